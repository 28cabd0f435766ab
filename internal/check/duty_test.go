package check

import (
	"math/big"
	"testing"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/duty"
	"seine/internal/num"
	"seine/internal/tariff"
)

// T17: goods of unknown origin under a remedy of the schedule bear the higher of the
// normal rate with the remedy and the general rate; the assessment says the same.
func TestUnknownOriginUnderARemedy(t *testing.T) {
	cn, err := tariff.Shipped("cn")
	if err != nil {
		t.Fatal(err)
	}
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := duty.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	on := clock.MustDate("2026-11-23")
	for _, c := range []struct {
		general, claim string
		remedy         bool
		owed           int64
	}{
		{"35%", "", true, 40_000},
		{"80%", "", true, 80_000},
		{"35%", "mfn", true, 40_000},
		{"80%", "mfn", true, 80_000},
		{"35%", "", false, 35_000},
		{"80%", "mfn", false, 10_000},
	} {
		list := []tariff.Amendment{
			{Code: "20091100", Kind: "mfn", Rate: "10%", From: on, Law: "test"}, {Code: "20091100", Kind: "general", Rate: c.general, From: on, Law: "test"},
		}
		if c.remedy {
			list = append(list, tariff.Amendment{Code: "20091100", Kind: "anti_dumping", Rate: "30%", From: on, Law: "test"})
		}
		schedule, err := cn.Amend(list)
		if err != nil {
			t.Fatal(err)
		}
		tables, err := read(Reference{Tariff: schedule, Taxes: taxes, Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		k := tables.reckon(&declaration.Declaration{Direction: declaration.Import, Currency: "CNY", Lines: []declaration.GoodsItem{
			{Number: 1, Commodity: "2009110000", Origin: declaration.UnknownCountry, Agreement: c.claim, Total: 10_000_000},
		}}, on, func(string) *big.Rat { return nil })
		if got := sum(k.total("duty"), k.total("anti_dumping")); k.cannot != "" || got.Cmp(big.NewRat(c.owed, 1)) != 0 {
			t.Errorf("%+v: the second opinion is %s %s", c, got.FloatString(2), k.cannot)
		}
		w, err := duty.Assess(&duty.Consignment{Direction: duty.Import, Date: on, Currency: "CNY", Lines: []duty.Line{{Code: "2009110000", Preference: duty.Preference(c.claim), Price: 10_000_000}}},
			&duty.Reference{Tariff: schedule, Taxes: taxes, Rules: rules, Local: "CNY"})
		if err != nil {
			t.Fatal(err)
		}
		var owed num.Money
		for _, s := range w.Steps {
			if s.Tax == duty.Duty || s.Tax == duty.AntiDumping {
				owed += s.Result
			}
		}
		if owed != num.Money(c.owed*100) {
			t.Errorf("%+v: assessed are %s", c, owed.Fixed())
		}
	}
}
