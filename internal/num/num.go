// Package num holds the exact numbers of customs: amounts of money, unit
// prices, quantities and rates. All are whole numbers of a fixed small unit, so
// that a sum of a million lines is right to the last fen; products run over 128
// bits and are rounded once, by a mode that the caller names. There is no
// binary fraction anywhere.
package num

import (
	"math"
	"math/bits"
	"strconv"
	"unicode/utf8"

	"seine/internal/fault"
)

// Money is an amount in hundredths of its currency (fen, cents). Range
// ±92,233,720,368,547,758.07.
type Money int64

// Price is a unit price in ten-thousandths of its currency (DR §0.2: at most
// four decimals).
type Price int64

// Quantity is a count, mass or measure in hundred-thousandths of its unit (DR
// §0.2: at most five decimals). One kilogram is 100,000; one gram is 100.
type Quantity int64

// Rate is a plain ratio in hundred-millionths: 6.5 % is 6,500,000; an exchange
// rate of 7.1795 is 717,950,000. It also carries specific duty rates (money per
// unit), of which some have eight decimals.
type Rate int64

// Decimals after the point of each kind.
const (
	MoneyDecimals    = 2
	PriceDecimals    = 4
	QuantityDecimals = 5
	RateDecimals     = 8
)

// One of each kind.
const (
	OneMoney    Money    = 100
	OnePrice    Price    = 10_000
	OneQuantity Quantity = 100_000
	OneRate     Rate     = 100_000_000
	Percent     Rate     = OneRate / 100
)

// Rounding names how a result that does not fit its unit is brought to it.
type Rounding uint8

const (
	HalfUp   Rounding = iota // half away from zero: taxes (DR §5.1, OR)
	HalfEven                 // half to the even neighbour
	Down                     // toward zero: partial release of a guarantee
	Up                       // away from zero: amount of a guarantee
)

// ParseMoney reads an amount with at most two decimals.
// Faults: NUM-SYNTAX-01, NUM-DECIMALS-01, NUM-RANGE-01.
func ParseMoney(s string) (Money, error) {
	v, err := parse(s, MoneyDecimals)
	return Money(v), err
}

// ParsePrice reads a unit price with at most four decimals; faults as ParseMoney.
func ParsePrice(s string) (Price, error) {
	v, err := parse(s, PriceDecimals)
	return Price(v), err
}

// ParseQuantity reads a quantity with at most five decimals; faults as ParseMoney.
func ParseQuantity(s string) (Quantity, error) {
	v, err := parse(s, QuantityDecimals)
	return Quantity(v), err
}

// ParseRate reads a plain ratio ("0.065") with at most eight decimals; faults
// as ParseMoney.
func ParseRate(s string) (Rate, error) {
	v, err := parse(s, RateDecimals)
	return Rate(v), err
}

// ParsePercent reads a percentage ("6.5") with at most six decimals as a Rate;
// faults as ParseMoney.
func ParsePercent(s string) (Rate, error) {
	v, err := parse(s, RateDecimals-2)
	return Rate(v), err
}

// String gives the shortest decimal text: "6550000", "0.05", "-1.5".
func (m Money) String() string { return format(int64(m), MoneyDecimals, 0) }

// Fixed gives the amount with exactly two decimals, as documents print it.
func (m Money) Fixed() string { return format(int64(m), MoneyDecimals, MoneyDecimals) }

// String gives the shortest decimal text.
func (p Price) String() string { return format(int64(p), PriceDecimals, 0) }

// String gives the shortest decimal text.
func (q Quantity) String() string { return format(int64(q), QuantityDecimals, 0) }

// String gives the ratio as the shortest decimal text: "0.065".
func (r Rate) String() string { return format(int64(r), RateDecimals, 0) }

// PercentString gives the ratio as a percentage without sign: "6.5".
func (r Rate) PercentString() string { return format(int64(r), RateDecimals-2, 0) }

// MarshalText and UnmarshalText make every kind a JSON string: no reader of our
// API can lose a digit in a binary fraction.
func (m Money) MarshalText() ([]byte, error) { return m.AppendText(nil) }

// AppendText appends what MarshalText gives.
func (m Money) AppendText(b []byte) ([]byte, error) {
	return appendDecimal(b, int64(m), MoneyDecimals, MoneyDecimals), nil
}

// UnmarshalText reads what ParseMoney reads.
func (m *Money) UnmarshalText(b []byte) (err error) { *m, err = ParseMoney(string(b)); return }

// MarshalText gives the shortest decimal text.
func (p Price) MarshalText() ([]byte, error) { return p.AppendText(nil) }

// AppendText appends what MarshalText gives.
func (p Price) AppendText(b []byte) ([]byte, error) {
	return appendDecimal(b, int64(p), PriceDecimals, 0), nil
}

// UnmarshalText reads what ParsePrice reads.
func (p *Price) UnmarshalText(b []byte) (err error) { *p, err = ParsePrice(string(b)); return }

// MarshalText gives the shortest decimal text.
func (q Quantity) MarshalText() ([]byte, error) { return q.AppendText(nil) }

// AppendText appends what MarshalText gives.
func (q Quantity) AppendText(b []byte) ([]byte, error) {
	return appendDecimal(b, int64(q), QuantityDecimals, 0), nil
}

// UnmarshalText reads what ParseQuantity reads.
func (q *Quantity) UnmarshalText(b []byte) (err error) { *q, err = ParseQuantity(string(b)); return }

// MarshalText gives the shortest decimal text of the ratio.
func (r Rate) MarshalText() ([]byte, error) { return r.AppendText(nil) }

// AppendText appends what MarshalText gives.
func (r Rate) AppendText(b []byte) ([]byte, error) {
	return appendDecimal(b, int64(r), RateDecimals, 0), nil
}

// UnmarshalText reads what ParseRate reads.
func (r *Rate) UnmarshalText(b []byte) (err error) { *r, err = ParseRate(string(b)); return }

// parse reads one optional minus, digits, and at most one point followed by 1 to
// decimals digits. No plus, no blanks, no exponent, no separators; a point needs
// digits on both sides. At most 40 characters are looked at.
func parse(s string, decimals int) (int64, error) {
	syntax := func() error {
		return fault.New(fault.Invalid, "NUM-SYNTAX-01", "", "“{value}” is not a decimal number",
			"write digits with one point, such as 1234.5, without blanks, signs or separators", "value", clip(s))
	}
	if s == "" || len(s) > 40 {
		return 0, syntax()
	}
	i, negative := 0, false
	if s[0] == '-' {
		negative, i = true, 1
	}
	var whole uint64
	digits, after, point := 0, 0, false
	overflow, tooFine := false, false
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && !point && digits > 0:
			point = true
			continue
		case c < '0' || c > '9':
			return 0, syntax()
		}
		digits++
		if point {
			after++
		}
		if after > decimals {
			tooFine = tooFine || c != '0'
			continue
		}
		hi, lo := bits.Mul64(whole, 10)
		sum, carry := bits.Add64(lo, uint64(c-'0'), 0)
		if hi != 0 || carry != 0 || sum > 1<<63-1 {
			overflow = true
			sum = 0
		}
		whole = sum
	}
	if digits == 0 || (point && after == 0) {
		return 0, syntax()
	}
	if tooFine {
		return 0, fault.New(fault.Invalid, "NUM-DECIMALS-01", "", "“{value}” has more than {decimals} decimals",
			"round it to {decimals} decimals", "value", clip(s), "decimals", decimals)
	}
	for ; after < decimals; after++ {
		hi, lo := bits.Mul64(whole, 10)
		if hi != 0 || lo > 1<<63-1 {
			overflow = true
			break
		}
		whole = lo
	}
	if overflow {
		return 0, tooLarge(s)
	}
	if negative {
		return -int64(whole), nil
	}
	return int64(whole), nil
}

func tooLarge(s string) error {
	return fault.New(fault.Invalid, "NUM-RANGE-01", "", "“{value}” is larger than this field can hold",
		"check the unit and the number of digits", "value", clip(s))
}

// clip keeps a refused text short enough to show, and never cuts a character.
func clip(s string) string {
	if len(s) <= 40 {
		return s
	}
	cut := 40
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// format writes v with decimals places, at least minimum of them shown.
func format(v int64, decimals, minimum int) string {
	var buf [24]byte
	return string(appendDecimal(buf[:0], v, decimals, minimum))
}

func appendDecimal(out []byte, v int64, decimals, minimum int) []byte {
	u := uint64(v)
	if v < 0 {
		out = append(out, '-')
		u = -u
	}
	unit := uint64(1)
	for range decimals {
		unit *= 10
	}
	out = strconv.AppendUint(out, u/unit, 10)
	rest := u % unit
	if rest == 0 && minimum == 0 {
		return out
	}
	out = append(out, '.')
	shown := 0
	for unit /= 10; unit > 0 && (rest > 0 || shown < minimum); unit /= 10 {
		out = append(out, byte('0'+rest/unit))
		rest %= unit
		shown++
	}
	return out
}

// MulDiv returns a × b ÷ c, rounded once by mode, over a 128-bit product.
// Faults: NUM-ZERO-01 when c is 0, NUM-RANGE-01 when the result does not fit.
func MulDiv(a, b, c int64, mode Rounding) (int64, error) {
	if c == 0 {
		return 0, fault.New(fault.Invalid, "NUM-ZERO-01", "", "division by zero", "give a divisor that is not 0")
	}
	negative := (a < 0) != (b < 0) != (c < 0)
	divisor := magnitude(c)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= divisor {
		return 0, tooLarge("product")
	}
	q, r := bits.Div64(hi, lo, divisor)
	if r != 0 {
		up := false
		switch mode {
		case HalfUp:
			up = r >= divisor-r
		case HalfEven:
			up = r > divisor-r || (r == divisor-r && q&1 == 1)
		case Up:
			up = true
		case Down:
		}
		// A quotient of 2^64−1 must not wrap to 0; it is out of range as it is.
		if up && q < 1<<63 {
			q++
		}
	}
	if q > 1<<63-1 {
		return 0, tooLarge("product")
	}
	if negative {
		return -int64(q), nil
	}
	return int64(q), nil
}

// DivMod returns the whole part and the rest of a × b ÷ c over a 128-bit product,
// for amounts of zero or more that are to be rounded only when they are added.
// Faults: NUM-ZERO-01 when c is 0, NUM-RANGE-01 when the result does not fit or an
// operand is negative.
func DivMod(a, b, c int64) (quotient, rest int64, err error) {
	if c == 0 {
		return 0, 0, fault.New(fault.Invalid, "NUM-ZERO-01", "", "division by zero", "give a divisor that is not 0")
	}
	if a < 0 || b < 0 || c < 0 {
		return 0, 0, tooLarge("product")
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return 0, 0, tooLarge("product")
	}
	q, r := bits.Div64(hi, lo, uint64(c))
	if q > 1<<63-1 {
		return 0, 0, tooLarge("product")
	}
	return int64(q), int64(r), nil
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// Times returns amount × rate in the amount's unit, rounded once.
func (m Money) Times(rate Rate, mode Rounding) (Money, error) {
	v, err := MulDiv(int64(m), int64(rate), int64(OneRate), mode)
	return Money(v), err
}

// Part returns amount × numerator ÷ denominator, rounded once.
func (m Money) Part(numerator, denominator int64, mode Rounding) (Money, error) {
	v, err := MulDiv(int64(m), numerator, denominator, mode)
	return Money(v), err
}

// At returns quantity × rate as money, where rate is money per one unit of the
// quantity (specific duty).
func (q Quantity) At(rate Rate, mode Rounding) (Money, error) {
	// 1e-5 × 1e-8 = 1e-13; money is 1e-2.
	v, err := MulDiv(int64(q), int64(rate), 100_000_000_000, mode)
	return Money(v), err
}

// Times returns quantity × rate in the quantity's unit (unit conversion).
func (q Quantity) Times(rate Rate, mode Rounding) (Quantity, error) {
	v, err := MulDiv(int64(q), int64(rate), int64(OneRate), mode)
	return Quantity(v), err
}

// Add returns a + b of any of the four kinds, or NUM-RANGE-01. The range is the
// same on both sides of zero, so that every sum can be negated, printed and read
// again.
func Add[T ~int64](a, b T) (T, error) {
	c := a + b
	if (c > a) != (b > 0) && b != 0 || int64(c) == math.MinInt64 {
		return 0, tooLarge("sum")
	}
	return c, nil
}

// Sum adds all values, or NUM-RANGE-01.
func Sum[T ~int64](values ...T) (T, error) {
	var total T
	for _, v := range values {
		var err error
		if total, err = Add(total, v); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Apportion splits total over weights by the largest remainder method, so that
// the parts sum to the total exactly; ties go to the earlier part. Weights must
// not be negative; when all are 0 the parts are as equal as can be.
// Faults: NUM-WEIGHT-01 for a negative weight or none at all, NUM-RANGE-01.
func Apportion(total int64, weights []int64) ([]int64, error) {
	if len(weights) == 0 {
		return nil, weightFault()
	}
	var sum int64
	for _, w := range weights {
		if w < 0 {
			return nil, weightFault()
		}
		var err error
		if sum, err = Add(sum, w); err != nil {
			return nil, err
		}
	}
	if sum == 0 {
		equal := make([]int64, len(weights))
		for i := range equal {
			equal[i] = 1
		}
		return Apportion(total, equal)
	}
	parts := make([]int64, len(weights))
	rests := make([]uint64, len(weights))
	whole := magnitude(total)
	left := whole
	for i, w := range weights {
		hi, lo := bits.Mul64(whole, uint64(w))
		q, r := bits.Div64(hi, lo, uint64(sum))
		parts[i], rests[i] = int64(q), r
		left -= q
	}
	for ; left > 0; left-- {
		best := -1
		for i := range rests {
			if best < 0 || rests[i] > rests[best] {
				best = i
			}
		}
		parts[best]++
		rests[best] = 0
	}
	if total < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return parts, nil
}

func weightFault() error {
	return fault.New(fault.Invalid, "NUM-WEIGHT-01", "", "the parts to share over need weights that are not negative",
		"give a weight or a value for each line")
}
