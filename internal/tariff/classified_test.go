package tariff_test

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/tariff"
)

func TestADecisionIsFoundByPartOrName(t *testing.T) {
	cn := shipped(t, "cn")
	day := clock.MustDate("2026-06-01")
	good := []tariff.Classification{
		{Number: "R-1", Name: "冷冻橙汁", Code: "20091100", From: day, Reason: "frozen juice"},
		{Number: "A-2", Enterprise: "ACME", Part: "OJ-7", Name: "orange juice base", Code: "20091200", From: day, To: clock.MustDate("2026-12-31"), Reason: "not frozen, Brix below 20"},
	}
	var none *tariff.Classified
	all, err := none.With(good, cn)
	if err != nil {
		t.Fatal(err)
	}
	c := tariff.NewClassified(all)
	for _, x := range []struct {
		name, enterprise, part, goods, day, want string
	}{
		{"by name, for everybody", "OTHER", "", "冷冻橙汁", "2026-06-01", "R-1"},
		{"by part, for its holder", "ACME", "oj-7 ", "anything", "2026-06-01", "A-2"},
		{"a ruling is for its holder alone", "OTHER", "OJ-7", "orange juice base", "2026-06-01", ""},
		{"before its day", "ACME", "OJ-7", "", "2026-05-31", ""},
		{"after its last day", "ACME", "OJ-7", "", "2027-01-01", ""},
		{"another part of the same name", "ACME", "OJ-8", "orange juice base", "2026-06-01", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := ""
			if d, ok := c.Decided(x.enterprise, x.part, x.goods, clock.MustDate(x.day)); ok {
				got = d.Number
			}
			if got != x.want {
				t.Errorf("%q, want %q", got, x.want)
			}
		})
	}
	if !good[0].Agrees("2009110000") || good[0].Agrees("2009120000") {
		t.Error("a declaration carries more digits than the decision")
	}
	if n := len(c.Search("juice", "OTHER", false, 10)); n != 0 {
		t.Errorf("%d: rulings of others are not shown", n)
	}
	if n := len(c.Search("oj-7", "ACME", false, 10)); n != 1 {
		t.Errorf("%d found by part", n)
	}
	for _, x := range []struct {
		code, path string
		d          tariff.Classification
	}{
		{"TARIFF-CLASS-01", "/0/reason", tariff.Classification{Number: "X", Name: "n", Code: "20091100", From: day}},
		{"TARIFF-CLASS-02", "/0/from", tariff.Classification{Number: "X", Name: "n", Code: "20091100", Reason: "r"}},
		{"TARIFF-CODE-02", "/0/code", tariff.Classification{Number: "X", Name: "n", Code: "20091199", From: day, Reason: "r"}},
		{"TARIFF-CLASS-03", "/0/number", tariff.Classification{Number: "R-1", Name: "n", Code: "20091100", From: day, Reason: "r"}},
		{"TARIFF-CLASS-04", "/0/code", tariff.Classification{Number: "X", Name: "冷冻橙汁", Code: "20091200", From: day, Reason: "r"}},
	} {
		_, err := c.With([]tariff.Classification{x.d}, cn)
		found := false
		for _, f := range fault.All(err) {
			found = found || f.Code == x.code && f.Path == x.path
		}
		if !found {
			t.Errorf("%v, want %s at %s", err, x.code, x.path)
		}
	}
}
