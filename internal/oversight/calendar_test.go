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
	if due := book.Calendar.NextWorking(clock.MustDate("2027-01-01")); due != clock.MustDate("2027-01-04") || book.Calendar.KnownUntil != clock.MustDate("2027-02-08") {
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
