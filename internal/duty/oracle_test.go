package duty_test

import (
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// bigChain is the chain of taxes of DR §5.3 over unbounded fractions, each tax
// brought to the fen half-up.
func bigChain(value num.Money, c duty.Chain) (d, ad, ct, vat *big.Int) {
	rate := func(r num.Rate) *big.Rat { return big.NewRat(int64(r), int64(num.OneRate)) }
	fen := func(x *big.Rat) *big.Int { // half-up; x is never negative
		n := new(big.Int).Mul(x.Num(), big.NewInt(2))
		n.Add(n, x.Denom())
		return n.Div(n, new(big.Int).Mul(x.Denom(), big.NewInt(2)))
	}
	whole := func(i *big.Int) *big.Rat { return new(big.Rat).SetInt(i) }
	v := big.NewRat(int64(value), 1)
	d = fen(new(big.Rat).Mul(v, rate(c.Duty)))
	ad = fen(new(big.Rat).Mul(v, rate(c.Remedies)))
	base := new(big.Rat).Add(v, whole(d))
	base.Add(base, whole(ad))
	ct = new(big.Int)
	if c.Consumption != 0 {
		rest := new(big.Rat).Sub(big.NewRat(1, 1), rate(c.Consumption))
		price := new(big.Rat).Quo(base, rest)
		ct = fen(new(big.Rat).Mul(price, rate(c.Consumption)))
	}
	base.Add(base, whole(ct))
	vat = fen(new(big.Rat).Mul(base, rate(c.VAT)))
	return d, ad, ct, vat
}

func equalsOracle(t interface {
	Helper()
	Fatalf(string, ...any)
}, value num.Money, c duty.Chain, rules *duty.Rules,
) {
	t.Helper()
	got, err := c.Levy(value, rules)
	if err != nil {
		t.Fatalf("%s %+v: %v", value, c, err)
	}
	d, ad, ct, vat := bigChain(value, c)
	for _, x := range []struct {
		got  num.Money
		want *big.Int
	}{{got.Duty, d}, {got.Remedies, ad}, {got.Consumption, ct}, {got.VAT, vat}} {
		if !x.want.IsInt64() || int64(x.got) != x.want.Int64() {
			t.Fatalf("%s %+v: %+v, oracle %s %s %s %s", value, c, got, d, ad, ct, vat)
		}
	}
}

// TestChainEqualsTheOracle runs 200,000 random chains, or as many as
// SEINE_ORACLE_CASES says.
func TestChainEqualsTheOracle(t *testing.T) {
	n := 200_000
	if s := os.Getenv("SEINE_ORACLE_CASES"); s != "" {
		v, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		n = v
	}
	if testing.Short() {
		n = 10_000
	}
	rules := parameters(t).At(day("2025-06-16"))
	seed := uint64(20141123)
	next := func(limit uint64) uint64 { // SplitMix64: the same cases on every machine
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return (z ^ z>>31) % limit
	}
	limits := []uint64{100, 10_000, 1_000_000, 1_000_000_000, 100_000_000_000_000}
	for range n {
		value := num.Money(next(limits[next(uint64(len(limits)))]) + 1)
		c := duty.Chain{Duty: num.Rate(next(200)) * num.Percent / 2, VAT: num.Rate(next(30)) * num.Percent}
		if next(4) == 0 {
			c.Duty = num.Rate(next(3 * uint64(num.OneRate)))
		}
		if next(3) == 0 {
			c.Remedies = num.Rate(next(uint64(num.OneRate)))
		}
		if next(2) == 0 {
			c.Consumption = num.Rate(next(60)) * num.Percent
		}
		equalsOracle(t, value, c, rules)
	}
	t.Logf("%d random chains equal the oracle", n)
}

// Assess must give what the chain gives, and its own lines must recompute to it.
func TestAssessEqualsTheChainAndVerifies(t *testing.T) {
	ref := reference(t)
	rules := ref.Rules.At(day("2025-06-16"))
	rapid.Check(t, func(t *rapid.T) {
		c := duty.Consignment{Date: day("2025-06-16"), Direction: duty.Import, Currency: "CNY"}
		rate := func(name string, most int) num.Rate {
			return num.Rate(rapid.IntRange(0, most).Draw(t, name)) * num.Percent / 10
		}
		var total num.Money
		for range rapid.IntRange(1, 5).Draw(t, "lines") {
			chain := duty.Chain{Duty: rate("duty", 1800), Remedies: rate("remedy", 500), Consumption: rate("consumption", 560), VAT: rate("vat", 170)}
			// Above every threshold, so that nothing is exempt.
			price := num.Money(rapid.Int64Range(100_000_000, 1e14).Draw(t, "price"))
			l := duty.Line{Origin: "JP", Price: price, Rates: &duty.GivenRates{MFN: tariff.AdValorem(chain.Duty + num.Percent), VAT: &chain.VAT}}
			chain.Duty += num.Percent
			if chain.Remedies > 0 {
				l.Rates.Remedies = []duty.Remedy{{Kind: tariff.AntiDumping, Duty: tariff.AdValorem(chain.Remedies)}}
			}
			if chain.Consumption > 0 {
				l.Rates.Consumption = tariff.AdValorem(chain.Consumption)
			}
			c.Lines = append(c.Lines, l)
			taxed, err := chain.Levy(price, rules)
			if err != nil {
				t.Fatal(err)
			}
			total += taxed.Duty + taxed.Remedies + taxed.Consumption + taxed.VAT
		}
		w, err := duty.Assess(&c, &ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Verify(); err != nil {
			t.Fatal(err)
		}
		if w.Total != total {
			t.Fatalf("assessed %s, chain %s", w.Total, total)
		}
	})
}

// Any consignment that is accepted verifies; its charges are shared without loss.
func TestSharesSumToTheCharge(t *testing.T) {
	ref := reference(t)
	rapid.Check(t, func(t *rapid.T) {
		c := duty.Consignment{Date: day("2025-06-16"), Direction: duty.Import, Incoterm: "FOB", Currency: "USD", FX: num.Rate(rapid.Int64Range(1e6, 2e9).Draw(t, "fx"))}
		freight := num.Money(rapid.Int64Range(0, 1e9).Draw(t, "freight"))
		c.Freight = duty.Charge{Mark: duty.InTotal, Amount: freight, Currency: "CNY"}
		c.Insurance = duty.Charge{Mark: duty.ByRate, Rate: num.Rate(rapid.Int64Range(0, 1e6).Draw(t, "insurance"))}
		masses := rapid.Bool().Draw(t, "masses")
		var prices num.Money
		for range rapid.IntRange(1, 12).Draw(t, "lines") {
			l := duty.Line{Origin: "JP", Price: num.Money(rapid.Int64Range(1000, 1e10).Draw(t, "price")), Rates: &duty.GivenRates{MFN: tariff.AdValorem(num.Percent)}}
			if masses {
				l.GrossMass = num.Quantity(rapid.Int64Range(1, 1e12).Draw(t, "mass"))
			}
			local, err := l.Price.Times(c.FX, num.HalfUp)
			if err != nil || local == 0 {
				t.Skip("a price of nothing in the currency of the house")
			}
			prices += local
			c.Lines = append(c.Lines, l)
		}
		w, err := duty.Assess(&c, &ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Verify(); err != nil {
			t.Fatal(err)
		}
		insurance, err := (prices + freight).Times(c.Insurance.Rate, num.HalfUp)
		if err != nil {
			t.Fatal(err)
		}
		if w.Value != prices+freight+insurance {
			t.Fatalf("value %s of %s + %s + %s", w.Value, prices, freight, insurance)
		}
	})
}

func TestDutyNeverFallsWhenValueOrRateRises(t *testing.T) {
	ref := reference(t)
	assess := func(t *rapid.T, price num.Money, rate num.Rate) num.Money {
		vat := 13 * num.Percent
		w, err := duty.Assess(&duty.Consignment{Date: day("2025-06-16"), Direction: duty.Import, Currency: "CNY", Lines: []duty.Line{
			{Origin: "JP", Price: price, Rates: &duty.GivenRates{MFN: tariff.AdValorem(rate), VAT: &vat}},
		}}, &ref)
		if err != nil {
			t.Fatal(err)
		}
		return w.Total
	}
	rapid.Check(t, func(t *rapid.T) {
		price := num.Money(rapid.Int64Range(1, 1e12).Draw(t, "price"))
		rate := num.Rate(rapid.Int64Range(0, int64(num.OneRate)).Draw(t, "rate"))
		more := num.Money(rapid.Int64Range(0, 1e10).Draw(t, "more"))
		higher := num.Rate(rapid.Int64Range(0, int64(num.OneRate)).Draw(t, "higher"))
		base := assess(t, price, rate)
		if assess(t, price+more, rate) < base || assess(t, price, rate+higher) < base {
			t.Fatalf("the tax fell: %s at %s, then %s more or %s higher", price, rate, more, higher)
		}
	})
}

func TestVerifyFindsAChangedFigure(t *testing.T) {
	w := calculate(t, `{"date":"2025-06-16","incoterm":"FOB","currency":"USD","fx":"7.1","freight":100,"lines":[{"price":1000,"origin":"JP"},{"price":2000,"origin":"JP"}],"rates":{"mfn":10,"consumption":5,"vat":13}}`)
	for i := range w.Steps {
		w.Steps[i].Result += 5
		if w.Verify() == nil {
			t.Errorf("step %d (%s) was changed unseen", i, w.Steps[i].Label)
		}
		w.Steps[i].Result -= 5
	}
	w.Total++
	if w.Verify() == nil {
		t.Error("the total was changed unseen")
	}
}

func FuzzReadCase(f *testing.F) {
	f.Add(`{"date":"2014-06-16","incoterm":"FOB","currency":"USD","freight":100,"insurance":"0.3%","other":{"mark":3,"value":-5,"currency":"CNY"},"lines":[{"hs":"8517.13.00","price":10000,"origin":"US","quantity":[{"value":2,"unit":"kg"}],"remedies":[{"kind":"anti_dumping","rate":12,"highest":30}]}],"rates":{"mfn":10,"specific":1,"consumption":{"kind":"compound","rate":5,"specific":1},"vat":17}}`)
	f.Add(`{"date":"2025-06-16","lines":[{"price":1,"price":2}]}`)
	f.Add(`[{}]`)
	f.Add(`{"lines":[[]]}`)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := duty.ReadCase(strings.NewReader(s))
		if err != nil {
			if fault.All(err) == nil {
				t.Fatalf("not a fault: %v", err)
			}
			return
		}
		w, err := duty.Calculate(c, reference(t))
		if err != nil {
			if fault.All(err) == nil {
				t.Fatalf("%s: not a fault: %v", s, err)
			}
			return
		}
		if err := w.Verify(); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	})
}

func BenchmarkChain(b *testing.B) {
	rules := parameters(b).At(day("2025-06-16"))
	c := duty.Chain{Duty: 65 * num.Percent / 10, Remedies: 12 * num.Percent, Consumption: 10 * num.Percent, VAT: 13 * num.Percent}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Levy(123_456_789, rules); err != nil {
			b.Fatal(err)
		}
	}
}

// scheduled gives a consignment of n lines with rates from the full US schedule
// and Chinese taxes.
func scheduled(b *testing.B, n int) (*duty.Consignment, *duty.Reference) {
	b.Helper()
	us, err := tariff.Shipped("us")
	if err != nil {
		b.Fatal(err)
	}
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		b.Fatal(err)
	}
	ref := &duty.Reference{Tariff: us, Taxes: taxes, Rules: parameters(b), Local: "USD"}
	codes := []tariff.Code{"0101290010", "2204215005", "6109100012", "8517130000", "0406903700", "2009122500", "9503000011", "8703220110", "4202216000", "0201305000"}
	c := &duty.Consignment{Date: day("2026-11-23"), Direction: duty.Import, Incoterm: "CIF", Currency: "USD"}
	for i := range n {
		code := codes[i%len(codes)]
		if g, ok := us.Nearest(code, c.Date); ok {
			code = g.Commodity().Code
		}
		c.Lines = append(c.Lines, duty.Line{
			Code: code, Origin: "JP", Price: num.Money(1_000_000 + i*1234), NetMass: 1000 * num.OneQuantity,
			Quantities: []duty.Quantity{{Value: 100 * num.OneQuantity, Unit: "NAR"}, {Value: 500 * num.OneQuantity, Unit: "LTR"}},
		})
	}
	return c, ref
}

func BenchmarkAssess1(b *testing.B)  { benchmarkAssess(b, 1) }
func BenchmarkAssess10(b *testing.B) { benchmarkAssess(b, 10) }

func benchmarkAssess(b *testing.B, n int) {
	c, ref := scheduled(b, n)
	var w duty.Working
	b.ReportAllocs()
	for b.Loop() {
		if err := duty.AssessInto(&w, c, ref); err != nil {
			b.Fatal(err)
		}
	}
}
