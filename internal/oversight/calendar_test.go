package oversight_test

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/oversight"
)

func TestDaysOffAreDatedAndEnteredByOfficers(t *testing.T) {
	change := func(from, holidays, workdays string) oversight.ParameterChange {
		return oversight.ParameterChange{
			Name: "house/calendar", ValidFrom: clock.MustDate(from), Source: "notice of the State Council", Values: map[string]string{"holidays": holidays, "workdays": workdays},
		}
	}
	book, err := oversight.NewRulebook([]oversight.ParameterChange{
		change("2026-11-24", "- 2026-12-04\n- 2027-01-01..2027-01-03\n- 2027-02-05", "- 2026-12-05"),
		change("2027-01-15", "- 2027-02-08", "[]"), // a row follows: the fifth of February is worked again
	})
	if err != nil {
		t.Fatal(err)
	}
	for day, working := range map[string]bool{
		"2026-11-20": true, "2026-11-21": false, "2026-12-04": false, "2026-12-05": true, "2027-01-01": false, "2027-01-04": true, "2027-02-05": true, "2027-02-08": false,
	} {
		if got := book.Calendar.Working(clock.MustDate(day)); got != working {
			t.Errorf("%s is worked on: %v", day, got)
		}
	}
	if due := book.Calendar.NextWorking(clock.MustDate("2027-01-01")); due != clock.MustDate("2027-01-04") || book.Calendar.KnownUntil != clock.MustDate("2027-12-31") {
		t.Errorf("%s, known until %s", due, book.Calendar.KnownUntil)
	}
	for name, c := range map[string]oversight.ParameterChange{
		"no day":              change("2026-11-24", "- tomorrow", "[]"),
		"a span backwards":    change("2026-11-24", "- 2027-01-03..2027-01-01", "[]"),
		"a holiday of a year": change("2026-11-24", "- 2027-01-01..2027-12-31", "[]"),
		"off and worked":      change("2026-11-24", "- 2027-01-01", "- 2027-01-01"),
	} {
		if _, err := oversight.NewRulebook([]oversight.ParameterChange{c}); !fault.Is(err, "OVERSIGHT-PARAMETER-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheHolidaysOf2026ComeWithTheProgram(t *testing.T) {
	book, err := oversight.NewRulebook(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := book.Calendar
	for day, working := range map[string]bool{
		"2026-01-02": false, "2026-01-04": true, "2026-02-14": true, "2026-02-16": false, "2026-02-24": true, "2026-04-06": false, "2026-05-05": false, "2026-05-09": true,
		"2026-06-19": false, "2026-09-20": true, "2026-09-25": false, "2026-10-07": false, "2026-10-08": true, "2026-10-10": true, "2026-10-11": false,
	} {
		if c.Working(clock.MustDate(day)) != working {
			t.Errorf("%s is worked on: %v", day, !working)
		}
	}
	off := 0
	for _, e := range c.Exceptions(2026) {
		if !e.Working {
			off += e.Days()
		}
	}
	if off != 33 || len(c.Exceptions(2026)) != 13 || c.Provisional(clock.MustDate("2026-12-31")) || !c.Provisional(clock.MustDate("2027-01-01")) {
		t.Errorf("%d days off in %v, known until %s", off, c.Exceptions(2026), c.KnownUntil)
	}
}

func TestRulesOfRevenueAreParametersToo(t *testing.T) {
	change := oversight.ParameterChange{Name: "revenue/self_tolerance", ValidFrom: clock.MustDate("2026-11-24"), Source: "our reading", Values: map[string]string{"value": "0.10"}}
	book, err := oversight.NewRulebook([]oversight.ParameterChange{change})
	if err != nil {
		t.Fatal(err)
	}
	if before, after := book.Revenue.At(clock.MustDate("2026-11-23")), book.Revenue.At(clock.MustDate("2026-11-24")); before.SelfTolerance == after.SelfTolerance || after.SelfTolerance.Fixed() != "0.10" {
		t.Errorf("%s before, %s after", before.SelfTolerance.Fixed(), after.SelfTolerance.Fixed())
	}
	change.Values = map[string]string{"value": "some"}
	if _, err := oversight.NewRulebook([]oversight.ParameterChange{change}); !fault.Is(err, "OVERSIGHT-PARAMETER-04") {
		t.Error(err)
	}
}
