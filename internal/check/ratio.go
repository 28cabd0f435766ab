package check

import (
	"math/big"
	"strings"
)

// rounding is how a fraction becomes a whole number.
type rounding string

const (
	halfUp   rounding = "half_up" // half away from zero
	halfEven rounding = "half_even"
	down     rounding = "down" // toward zero
	up       rounding = "up"   // away from zero
)

// rounded brings a fraction to a whole number.
func rounded(q *big.Rat, how rounding) *big.Int {
	whole, rest := new(big.Int).QuoRem(q.Num(), q.Denom(), new(big.Int)) // toward zero
	if rest.Sign() == 0 {
		return whole
	}
	away := false
	twice := new(big.Int).Abs(rest)
	twice.Lsh(twice, 1)
	switch half := twice.CmpAbs(q.Denom()); how {
	case up:
		away = true
	case halfEven:
		away = half > 0 || half == 0 && whole.Bit(0) == 1
	case down:
	default:
		away = half >= 0
	}
	if away {
		whole.Add(whole, big.NewInt(int64(q.Sign())))
	}
	return whole
}

// cents brings an amount of money to hundredths.
func cents(q *big.Rat, how rounding) *big.Rat {
	return new(big.Rat).SetFrac(rounded(new(big.Rat).Mul(q, big.NewRat(100, 1)), how), big.NewInt(100))
}

// decimal reads a number as it is written, nil when it is none: digits, one point
// and a minus. What else big.Rat takes, such as exponents, would let one short
// word fill the memory.
func decimal(s string) *big.Rat {
	if s == "" || strings.Trim(s, "-.0123456789") != "" {
		return nil
	}
	q, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return q
}

// scaled makes a fraction of a whole number of units.
func scaled(n, unit int64) *big.Rat { return big.NewRat(n, unit) }

func sum(a *big.Rat, more ...*big.Rat) *big.Rat {
	total := new(big.Rat).Set(a)
	for _, m := range more {
		total.Add(total, m)
	}
	return total
}

func product(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func quotient(a, b *big.Rat) *big.Rat {
	if b.Sign() == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(a, b)
}

func minus(a *big.Rat) *big.Rat { return new(big.Rat).Neg(a) }

func money(q *big.Rat) string { return q.FloatString(2) }
