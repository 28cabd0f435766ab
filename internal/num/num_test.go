package num_test

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/fault"
	"seine/internal/num"
)

// kinds are the four parsers with their decimals, so that one test serves all.
var kinds = []struct {
	name     string
	decimals int
	parse    func(string) (int64, error)
	format   func(int64) string
}{
	{"money", num.MoneyDecimals, func(s string) (int64, error) { v, err := num.ParseMoney(s); return int64(v), err }, func(v int64) string { return num.Money(v).String() }},
	{"price", num.PriceDecimals, func(s string) (int64, error) { v, err := num.ParsePrice(s); return int64(v), err }, func(v int64) string { return num.Price(v).String() }},
	{"quantity", num.QuantityDecimals, func(s string) (int64, error) { v, err := num.ParseQuantity(s); return int64(v), err }, func(v int64) string { return num.Quantity(v).String() }},
	{"rate", num.RateDecimals, func(s string) (int64, error) { v, err := num.ParseRate(s); return int64(v), err }, func(v int64) string { return num.Rate(v).String() }},
	{"percent", num.RateDecimals - 2, func(s string) (int64, error) { v, err := num.ParsePercent(s); return int64(v), err }, func(v int64) string { return num.Rate(v).PercentString() }},
}

func TestParseMoney(t *testing.T) {
	cases := []struct {
		name, text string
		want       num.Money
		code       string
	}{
		{"whole number", "6550000", 655_000_000, ""},
		{"two decimals", "0.05", 5, ""},
		{"zeros past the last decimal lose nothing", "1.5000", 150, ""},
		{"one minus", "-1.5", -150, ""},
		{"minus zero is zero", "-0.00", 0, ""},
		{"largest", "92233720368547758.07", math.MaxInt64, ""},
		{"one above the largest", "92233720368547758.08", 0, "NUM-RANGE-01"},
		{"twenty digits", "99999999999999999999", 0, "NUM-RANGE-01"},
		{"third decimal", "1.005", 0, "NUM-DECIMALS-01"},
		{"syntax is named before decimals", "1.005x", 0, "NUM-SYNTAX-01"},
		{"empty", "", 0, "NUM-SYNTAX-01"},
		{"minus alone", "-", 0, "NUM-SYNTAX-01"},
		{"no digit before the point", ".5", 0, "NUM-SYNTAX-01"},
		{"no digit after the point", "5.", 0, "NUM-SYNTAX-01"},
		{"two points", "1.2.3", 0, "NUM-SYNTAX-01"},
		{"minus inside", "1.-5", 0, "NUM-SYNTAX-01"},
		{"two minus", "--1", 0, "NUM-SYNTAX-01"},
		{"plus", "+1", 0, "NUM-SYNTAX-01"},
		{"blank", " 1", 0, "NUM-SYNTAX-01"},
		{"separator", "1,000", 0, "NUM-SYNTAX-01"},
		{"exponent", "1e3", 0, "NUM-SYNTAX-01"},
		{"full-width digit", "１", 0, "NUM-SYNTAX-01"},
		{"more than forty characters", strings.Repeat("0", 41), 0, "NUM-SYNTAX-01"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := num.ParseMoney(c.text)
			if c.code == "" && err != nil || c.code != "" && !fault.Is(err, c.code) {
				t.Fatalf("fault %v, want %q", err, c.code)
			}
			if got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	got := []string{
		num.Money(655_000_000).String(), num.Money(-5).Fixed(), num.Money(0).Fixed(), num.Price(12_345).String(),
		num.Quantity(1).String(), num.Rate(6_500_000).String(), num.Rate(6_500_000).PercentString(),
		num.Money(math.MinInt64).Fixed(), num.Money(150).Fixed(),
	}
	want := []string{"6550000", "-0.05", "0.00", "1.2345", "0.00001", "0.065", "6.5", "-92233720368547758.08", "1.50"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFaultTextStaysValidUTF8(t *testing.T) {
	_, err := num.ParseMoney(strings.Repeat("千", 30))
	if !fault.Is(err, "NUM-SYNTAX-01") || !utf8.ValidString(err.Error()) {
		t.Errorf("%q", err)
	}
}

// sameAsRat compares one parser with math/big.Rat: whatever we accept must be
// the same number, whatever we refuse must not be a plain decimal that fits.
func sameAsRat(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string,
) {
	t.Helper()
	for _, k := range kinds {
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(k.decimals)), nil)
		got, err := k.parse(text)
		plain := plainDecimal(text)
		if !plain {
			if err == nil {
				t.Fatalf("%s accepted %q as %d", k.name, text, got)
			}
			continue
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("the oracle does not read %q", text)
		}
		want.Mul(want, new(big.Rat).SetInt(scale))
		fits := want.IsInt() && want.Num().IsInt64() && want.Num().Int64() != math.MinInt64
		switch {
		case fits && err != nil:
			t.Fatalf("%s refused %q: %v", k.name, text, err)
		case fits && want.Num().Int64() != got:
			t.Fatalf("%s read %q as %d, want %s", k.name, text, got, want)
		case !fits && err == nil:
			t.Fatalf("%s accepted %q as %d", k.name, text, got)
		case !fits && !fault.Is(err, "NUM-DECIMALS-01") && !fault.Is(err, "NUM-RANGE-01"):
			t.Fatalf("%s: %q gives %v", k.name, text, err)
		}
		if err == nil {
			back, err := k.parse(k.format(got))
			if err != nil || back != got {
				t.Fatalf("%s: %q → %d → %q → %d %v", k.name, text, got, k.format(got), back, err)
			}
		}
	}
}

// plainDecimal says by a second way what our grammar allows.
func plainDecimal(s string) bool {
	if len(s) > 40 {
		return false
	}
	whole, after, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (!point || digits(after))
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-1.5", "1.-5", "92233720368547758.07", "92233720368547758.08", "0.00000001", "1.005x", "..", "-", "1e3", "00000.10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { sameAsRat(t, s) })
}

func TestParseAgreesWithRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sameAsRat(t, rapid.OneOf(
			rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{1,10})?`),
			rapid.StringMatching(`[-0-9.+e ]{0,12}`),
			rapid.String(),
		).Draw(t, "text"))
	})
}

func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "v")
		for _, k := range kinds {
			if got, err := k.parse(k.format(v)); err != nil || got != v {
				t.Fatalf("%s: %d → %q → %d %v", k.name, v, k.format(v), got, err)
			}
		}
		var m num.Money
		b, _ := num.Money(v).MarshalText()
		if err := m.UnmarshalText(b); err != nil || int64(m) != v {
			t.Fatalf("%s → %d %v", b, m, err)
		}
		var p num.Price
		b, _ = num.Price(v).MarshalText()
		if err := p.UnmarshalText(b); err != nil || int64(p) != v {
			t.Fatalf("%s → %d %v", b, p, err)
		}
		var q num.Quantity
		b, _ = num.Quantity(v).MarshalText()
		if err := q.UnmarshalText(b); err != nil || int64(q) != v {
			t.Fatalf("%s → %d %v", b, q, err)
		}
		var r num.Rate
		b, _ = num.Rate(v).MarshalText()
		if err := r.UnmarshalText(b); err != nil || int64(r) != v {
			t.Fatalf("%s → %d %v", b, r, err)
		}
	})
}

// mulDivOracle is a × b ÷ c rounded by mode with unbounded integers.
func mulDivOracle(a, b, c int64, mode num.Rounding) *big.Int {
	product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	negative := product.Sign()*big.NewInt(c).Sign() < 0
	product.Abs(product)
	divisor := new(big.Int).Abs(big.NewInt(c))
	q, r := new(big.Int).QuoRem(product, divisor, new(big.Int))
	twice := new(big.Int).Lsh(r, 1).Cmp(divisor)
	up := false
	switch mode {
	case num.HalfUp:
		up = twice >= 0
	case num.HalfEven:
		up = twice > 0 || (twice == 0 && q.Bit(0) == 1)
	case num.Up:
		up = r.Sign() != 0
	case num.Down:
	}
	if up {
		q.Add(q, big.NewInt(1))
	}
	if negative {
		q.Neg(q)
	}
	return q
}

func checkMulDiv(t interface {
	Helper()
	Fatalf(string, ...any)
}, a, b, c int64,
) {
	t.Helper()
	for _, mode := range []num.Rounding{num.HalfUp, num.HalfEven, num.Down, num.Up} {
		got, err := num.MulDiv(a, b, c, mode)
		if c == 0 {
			if !fault.Is(err, "NUM-ZERO-01") {
				t.Fatalf("division by zero gives %v", err)
			}
			continue
		}
		want := mulDivOracle(a, b, c, mode)
		fits := want.IsInt64() && want.Int64() != math.MinInt64
		if fits && (err != nil || got != want.Int64()) {
			t.Fatalf("%d × %d ÷ %d mode %d = %d %v, want %s", a, b, c, mode, got, err, want)
		}
		if !fits && !fault.Is(err, "NUM-RANGE-01") {
			t.Fatalf("%d × %d ÷ %d mode %d = %d %v, want a range fault", a, b, c, mode, got, err)
		}
	}
}

func TestMulDivAgreesWithBigInt(t *testing.T) {
	checkMulDiv(t, 31*8191, 145295143558111, 2) // quotient 2^64−1 and a half: rounding up must not wrap to 0
	checkMulDiv(t, math.MinInt64, math.MinInt64, math.MinInt64)
	checkMulDiv(t, math.MinInt64, 1, 1)
	checkMulDiv(t, math.MaxInt64, -1, 1)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100, 100), rapid.Int64Range(0, 1e12))
		checkMulDiv(t, n.Draw(t, "a"), n.Draw(t, "b"), n.Draw(t, "c"))
	})
}

func FuzzMulDiv(f *testing.F) {
	f.Add(int64(1), int64(1), int64(3))
	f.Add(int64(31*8191), int64(145295143558111), int64(2))
	f.Add(int64(math.MinInt64), int64(-1), int64(1))
	f.Fuzz(func(t *testing.T, a, b, c int64) { checkMulDiv(t, a, b, c) })
}

func TestProducts(t *testing.T) {
	m, err := num.Money(102_000_000).Times(6_500_000, num.HalfUp)
	if err != nil || m != 6_630_000 {
		t.Errorf("1,020,000.00 at 6.5 %% = %v %v", m, err)
	}
	m, err = num.Quantity(5_000_000).At(120_000_000_000, num.HalfUp)
	if err != nil || m != 6_000_000 {
		t.Errorf("50 units at 1,200 = %v %v", m, err)
	}
	q, err := num.Quantity(100_000).Times(100_000, num.HalfUp)
	if err != nil || q != 100 {
		t.Errorf("1 g in kg = %v %v", q, err)
	}
	m, err = num.Money(120_000_000).Part(40, 60, num.HalfUp)
	if err != nil || m != 80_000_000 {
		t.Errorf("part = %v %v", m, err)
	}
}

func TestAddNeverWraps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, -math.MaxInt64}))
		a, b := n.Draw(t, "a"), n.Draw(t, "b")
		want := new(big.Int).Add(big.NewInt(a), big.NewInt(b))
		got, err := num.Add(num.Money(a), num.Money(b))
		fits := want.IsInt64() && want.Int64() != math.MinInt64
		if fits && (err != nil || int64(got) != want.Int64()) || !fits && !fault.Is(err, "NUM-RANGE-01") {
			t.Fatalf("%d + %d = %d %v", a, b, got, err)
		}
	})
	if got, err := num.Sum[num.Money](1, 2, 3); err != nil || got != 6 {
		t.Error(got, err)
	}
	if _, err := num.Sum[num.Money](math.MaxInt64, 1, -1); !fault.Is(err, "NUM-RANGE-01") {
		t.Error(err)
	}
}

func TestApportion(t *testing.T) {
	cases := []struct {
		name    string
		total   int64
		weights []int64
		want    []int64
	}{
		{"T20 freight over gross weights", 100_000, []int64{12_050, 8_000, 3_330}, []int64{51_540, 34_217, 14_243}},
		{"ties go to the earlier part", 100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{"no weight at all is shared equally", 5, []int64{0, 0}, []int64{3, 2}},
		{"a line without weight gets nothing", 7, []int64{0, 2}, []int64{0, 7}},
		{"a deduction is shared like a charge", -100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := num.Apportion(c.total, c.weights)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	for _, bad := range [][]int64{nil, {}, {1, -1}} {
		if _, err := num.Apportion(1, bad); !fault.Is(err, "NUM-WEIGHT-01") {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := num.Apportion(1, []int64{math.MaxInt64, 1}); !fault.Is(err, "NUM-RANGE-01") {
		t.Error(err)
	}
}

func TestApportionedPartsSumToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1e15), 1, 40).Draw(t, "weights")
		parts, err := num.Apportion(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		sum, whole := new(big.Int), new(big.Int)
		for _, w := range weights {
			whole.Add(whole, big.NewInt(w))
		}
		for i, p := range parts {
			sum.Add(sum, big.NewInt(p))
			if whole.Sign() == 0 {
				continue
			}
			// No part is a whole unit away from its exact share.
			off := new(big.Int).Mul(big.NewInt(p), whole)
			off.Sub(off, new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])))
			if off.Abs(off).Cmp(whole) >= 0 {
				t.Fatalf("part %d of %d over %v is %d", i, total, weights, p)
			}
		}
		if sum.Cmp(big.NewInt(total)) != 0 {
			t.Fatalf("%v sums to %s, want %d", parts, sum, total)
		}
	})
}

func BenchmarkMulDiv(b *testing.B) {
	for b.Loop() {
		if _, err := num.MulDiv(123_456_789, 6_500_000, 100_000_000, num.HalfUp); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseMoney(b *testing.B) {
	for b.Loop() {
		if _, err := num.ParseMoney("1234567.89"); err != nil {
			b.Fatal(err)
		}
	}
}
