package check

import (
	"testing"

	"seine/internal/clock"
)

func TestACreditLevelIsThatOfTheSchemeOfItsDay(t *testing.T) {
	day := clock.MustDate
	grades := func(codes ...any) []any {
		var list []any
		for i := 0; i < len(codes); i += 2 {
			list = append(list, map[string]any{"code": codes[i], "level": codes[i+1]})
		}
		return list
	}
	agreed := day("2026-11-20").Start()
	r := &run{schemes: []ruleRow{
		{from: day("2014-12-01"), cells: map[string]any{"usual": "general", "grades": grades("high", 5, "general", 3)}},
		{from: day("2021-11-01"), cells: map[string]any{"usual": "regular", "grades": grades("high", 5, "regular", 3, "bad", 2), "carries": map[string]any{"high": "high", "general": "regular"}}},
		{from: day("2026-12-01"), approved: agreed, cells: map[string]any{"usual": "regular", "grades": grades("high", 4, "regular", 2, "bad", 1), "carries": map[string]any{"high": "high", "regular": "regular", "bad": "bad"}}},
	}}
	for name, c := range map[string]struct {
		grades []gradeOf
		on     string
		known  clock.Instant
		want   int
	}{
		"never graded has the usual grade":                {nil, "2026-11-23", agreed, 3},
		"the usual grade of the day":                      {nil, "2026-12-01", agreed, 2},
		"a change counts once it is agreed on":            {nil, "2026-12-01", agreed - 1, 3},
		"a grade of an earlier scheme is carried":         {[]gradeOf{{"general", day("2020-01-01")}}, "2022-01-01", agreed, 3},
		"and through two of them":                         {[]gradeOf{{"high", day("2020-01-01")}}, "2026-12-02", agreed, 4},
		"the last grade counts, in whatever order":        {[]gradeOf{{"bad", day("2023-01-01")}, {"high", day("2022-01-01")}}, "2026-11-23", agreed, 2},
		"a grade to come does not count yet":              {[]gradeOf{{"high", day("2022-01-01")}, {"bad", day("2026-11-24")}}, "2026-11-23", agreed, 5},
		"a grade that the scheme does not know is no one": {[]gradeOf{{"golden", day("2022-01-01")}}, "2026-11-23", agreed, 0},
		"before the first scheme nothing is known":        {nil, "2010-01-01", agreed, 0},
	} {
		if got := r.levelOn(c.grades, day(c.on), c.known); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
