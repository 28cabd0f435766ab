package tariff_test

import (
	"strings"
	"testing"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/tariff"
)

func mfnOn(t *testing.T, s *tariff.Schedule, code tariff.Code, day string) string {
	t.Helper()
	g, err := s.At(code, clock.MustDate(day))
	if err != nil {
		t.Fatal(err)
	}
	m, ok := g.Rate(tariff.MFN, "DE")
	if !ok {
		return "none"
	}
	return m.Duty.String()
}

func TestAnAmendedRateFollowsTheOldOne(t *testing.T) {
	cn := shipped(t, "cn")
	next, err := cn.Amend([]tariff.Amendment{
		{Code: "20091100", Kind: "mfn", Rate: "5%", From: clock.MustDate("2026-07-01"), To: clock.MustDate("2026-12-31"), Law: "announcement 1"},
		{Code: "20091100", Kind: "conventional", Areas: []tariff.AreaCode{"BR"}, Rate: "2% + 0.5/KGM", From: clock.MustDate("2026-08-01"), Law: "agreement"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2026-06-30": "7.5%", "2026-07-01": "5%", "2026-12-31": "5%", "2027-01-01": "7.5%"} {
		if got := mfnOn(t, next, "20091100", day); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	if got := mfnOn(t, cn, "20091100", "2026-07-01"); got != "7.5%" || cn.Epoch() == next.Epoch() {
		t.Errorf("the old schedule was changed: %s", got)
	}
	g, err := next.At("20091100", clock.MustDate("2026-08-01"))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := g.Rate(tariff.Conventional, "BR"); !ok || m.Duty.String() != "2% + 0.5/KGM" || m.Law != "agreement" {
		t.Errorf("%+v", m)
	}
	// Every other line answers as before.
	if changes := tariff.Compare(cn, clock.MustDate("2026-09-01"), next, clock.MustDate("2026-09-01")); len(changes) != 2 {
		t.Errorf("%+v", changes)
	}
	// And taken back from a day on it is as if it had never been.
	list := []tariff.Amendment{{Code: "20091100", Kind: "mfn", Rate: "5%", From: clock.MustDate("2026-07-01"), Law: "announcement 1"}}
	on, err := cn.Amend(list)
	if err != nil {
		t.Fatal(err)
	}
	back, err := on.Amend(cn.Undo(list, clock.MustDate("2026-09-01"), "taken back"))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2026-06-30": "7.5%", "2026-08-31": "5%", "2026-09-01": "7.5%", "2028-01-01": "7.5%"} {
		if got := mfnOn(t, back, "20091100", day); got != want {
			t.Errorf("taken back, %s: %s, want %s", day, got, want)
		}
	}
}

func TestABadAmendmentIsRefused(t *testing.T) {
	cn := shipped(t, "cn")
	day := clock.MustDate("2026-07-01")
	good := tariff.Amendment{Code: "20091100", Kind: "mfn", Rate: "5%", From: day, Law: "announcement"}
	with := func(change func(*tariff.Amendment)) []tariff.Amendment {
		a := good
		change(&a)
		return []tariff.Amendment{a}
	}
	later, err := cn.Amend([]tariff.Amendment{{Code: "20091100", Kind: "mfn", Rate: "4%", From: clock.MustDate("2026-10-01"), Law: "announcement"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, code, path string
		on               *tariff.Schedule
		list             []tariff.Amendment
	}{
		{"unknown code", "TARIFF-CODE-02", "/0/code", cn, with(func(a *tariff.Amendment) { a.Code = "20091199" })},
		{"no kind of rate", "TARIFF-AMEND-01", "/0/kind", cn, with(func(a *tariff.Amendment) { a.Kind = "control" })},
		{"no day", "TARIFF-AMEND-02", "/0/from", cn, with(func(a *tariff.Amendment) { a.From = 0 })},
		{"an end before the beginning", "TARIFF-AMEND-02", "/0/from", cn, with(func(a *tariff.Amendment) { a.To = day - 1 })},
		{"no law", "TARIFF-AMEND-03", "/0/law", cn, with(func(a *tariff.Amendment) { a.Law = "" })},
		{"a rate that is none", "NUM-SYNTAX-01", "/0/rate", cn, with(func(a *tariff.Amendment) { a.Rate = "cheap" })},
		{"overlapping validity within the change", "TARIFF-AMEND-04", "/1/from", cn, append(with(func(a *tariff.Amendment) { a.To = day + 30 }), with(func(a *tariff.Amendment) { a.From = day + 30 })...)},
		{"overlapping validity with a rate of a later day", "TARIFF-AMEND-05", "/0/from", later, with(func(*tariff.Amendment) {})},
		{"nothing to end", "TARIFF-AMEND-06", "/0/rate", cn, with(func(a *tariff.Amendment) { a.Kind, a.Rate = "safeguard", "" })},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.on.Amend(c.list)
			for _, f := range fault.All(err) {
				if f.Code == c.code && f.Path == c.path {
					return
				}
			}
			t.Errorf("%v, want %s at %s", err, c.code, c.path)
		})
	}
	if _, err := later.Amend(with(func(a *tariff.Amendment) { a.To = clock.MustDate("2026-09-30") })); err != nil {
		t.Errorf("ending before the later rate is right: %v", err)
	}
	if _, err := later.Amend(with(func(a *tariff.Amendment) { a.Replace = true })); err != nil {
		t.Errorf("replacing it is said: %v", err)
	}
	_, err = cn.Amend(with(func(a *tariff.Amendment) { a.Code = "20091199" }))
	if f := fault.All(err); len(f) == 0 || !strings.Contains(f[0].Remedy(), "20091100") {
		t.Errorf("the nearest valid codes are named: %v", err)
	}
}
