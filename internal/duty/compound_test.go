package duty_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"seine/internal/duty"
	"seine/internal/num"
	"seine/internal/tariff"
)

// A duty of several terms is the exact sum of the terms, rounded once; the working
// shows the terms one by one, and what the one rounding changes.
func TestCompoundDutyIsRoundedOnce(t *testing.T) {
	ref := reference(t)
	rules, err := ref.Rules.With(map[string]string{"exempt_duty": "0", "exempt_other": "0"})
	if err != nil {
		t.Fatal(err)
	}
	ref.Rules = rules
	rapid.Check(t, func(t *rapid.T) {
		price := num.Money(rapid.Int64Range(1, 1e11).Draw(t, "price"))
		count := num.Quantity(rapid.Int64Range(1, 1e11).Draw(t, "count"))
		exact := new(big.Rat)
		var e tariff.Expression
		e.Understood = true
		for range rapid.IntRange(1, 5).Draw(t, "terms") {
			c := tariff.Component{Rate: num.Rate(rapid.Int64Range(0, 2e8).Draw(t, "rate")), Per: rapid.SampledFrom([]int64{0, 3, 100, 7}).Draw(t, "per")}
			term := big.NewRat(int64(price), 1)
			if rapid.Bool().Draw(t, "specific") {
				c.Unit = "NAR"
				term = big.NewRat(int64(count), 1000) // fen for each unit of money a piece
			}
			term.Mul(term, big.NewRat(int64(c.Rate), int64(num.OneRate)*c.Divisor()))
			if len(e.Components) > 0 && rapid.IntRange(0, 4).Draw(t, "less") == 0 {
				c.Op = tariff.Minus
				term.Neg(term)
			}
			exact.Add(exact, term)
			e.Components = append(e.Components, c)
		}
		w, err := duty.Assess(&duty.Consignment{Date: day("2025-06-16"), Direction: duty.Import, Currency: "CNY", Lines: []duty.Line{{
			Origin: "JP", Price: price, Quantities: []duty.Quantity{{Value: count, Unit: "NAR"}}, Rates: &duty.GivenRates{MFN: &e},
		}}}, &ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Verify(); err != nil {
			t.Fatal(err)
		}
		want := new(big.Int)
		if exact.Sign() > 0 { // half-up
			n := new(big.Int).Add(new(big.Int).Lsh(exact.Num(), 1), exact.Denom())
			want.Div(n, new(big.Int).Lsh(exact.Denom(), 1))
		}
		got := w.Amount(duty.Duty)
		// Below half a fen under nothing the terms stand rounded by themselves.
		if exact.Sign() < 0 && exact.Cmp(big.NewRat(-6, 1)) > 0 && got <= 3 {
			return
		}
		if want.Cmp(big.NewInt(int64(got))) != 0 {
			t.Fatalf("%s on %s and %s pieces is %s, exactly %s fen", e.String(), price, count, got, exact.FloatString(4))
		}
	})
}

func TestWorkingShowsTheOneRounding(t *testing.T) {
	w := calculate(t, `{"date":"2025-06-16","parameters":{"exempt_duty":"0"},"lines":[{"price":100,"origin":"JP","quantity":[{"value":1,"unit":"LTR"},{"value":1,"unit":"PFL"}]}],"rates":{"mfn":"0.044/LTR + 0.314/PFL"}}`)
	want(t, w, "duty", "0.36") // 0.044 and 0.314: 0.04 and 0.31 by themselves
	if s := w.Steps[len(w.Steps)-1]; s.Label != duty.LabelDutyRounded || s.Result != 1 {
		t.Errorf("%+v", s)
	}
	if err := w.Verify(); err != nil {
		t.Error(err)
	}
	w.Steps[len(w.Steps)-1].Result++
	if w.Verify() == nil {
		t.Error("another rounding was not seen")
	}
}
