package tariff

import (
	"strconv"
	"strings"

	"seine/internal/fault"
	"seine/internal/num"
)

// ParseNotation reads a duty expression in our own notation: terms joined by
// "+", "-", "min" (at least) or "max" (at most), "and" adding to such a bound; a term is a percentage ("10%",
// "33.5% on case") or an amount per unit ("0.5/KGM", "1.2 USD/100 KGM", "3 per
// NAR", "0.5/HLT per ASV": for each % vol of a hectolitre). "free" is 0%. Units are read by ParseUnit, or by their own code.
// Faults: TARIFF-RATE-01, and those of num and ParseUnit.
func ParseNotation(s string) (*Expression, error) {
	text := strings.TrimSpace(s)
	bad := func() error {
		shown := text
		if len(shown) > 80 {
			shown = strings.ToValidUTF8(shown[:80], "") + "…"
		}
		return fault.New(fault.Invalid, "TARIFF-RATE-01", "", "“{rate}” is not a rate of duty",
			"write a percentage and amounts per unit, such as 6.5% or 10% + 0.5/KGM", "rate", strings.ToValidUTF8(shown, "�"))
	}
	e := &Expression{Text: text, Understood: true}
	if strings.EqualFold(text, "free") {
		e.Components = []Component{{}}
		return e, nil
	}
	if text == "" || len(text) > 200 {
		return nil, bad()
	}
	op := Plus
	var words []string
	finish := func() error {
		if len(words) == 0 {
			return bad()
		}
		c, err := parseTerm(strings.Join(words, " "), bad)
		if err != nil {
			return err
		}
		c.Op = op
		if n := len(e.Components); op == BoundPlus && (n == 0 || e.Components[n-1].Op < AtLeast) {
			return bad() // it belongs to no bound
		}
		e.Components = append(e.Components, c)
		words = nil
		return nil
	}
	// A sign between terms stands free or directly after a term; a minus inside
	// a number never does.
	spaced := strings.NewReplacer("+", " + ", " - ", " − ", "−", " − ").Replace(text)
	for _, w := range strings.Fields(spaced) {
		var next Op
		switch w {
		case "+", "plus":
			next = Plus
		case "−", "minus", "less":
			next = Minus
		case "min":
			next = AtLeast
		case "max":
			next = AtMost
		case "and": // only a bound has a second term; elsewhere it is a word of a part's name
			if op < AtLeast {
				words = append(words, w)
				continue
			}
			next = BoundPlus
		default:
			words = append(words, w)
			continue
		}
		if err := finish(); err != nil {
			return nil, err
		}
		op = next
	}
	if err := finish(); err != nil {
		return nil, err
	}
	return e, nil
}

// parseTerm reads one term of the notation.
func parseTerm(s string, bad func() error) (Component, error) {
	var c Component
	s, basis, _ := strings.Cut(s, " on ")
	c.Basis = strings.TrimSpace(basis)
	if value, rest, found := strings.Cut(s, "%"); found {
		if strings.TrimSpace(rest) != "" {
			return c, bad()
		}
		rate, err := num.ParsePercent(strings.TrimSpace(value))
		c.Rate = rate
		if err == nil && rate < 0 {
			return c, bad()
		}
		return c, err
	}
	amount, unit, found := strings.Cut(s, "/")
	if !found {
		amount, unit, found = strings.Cut(s, " per ")
	}
	if !found {
		// A bare number is a percentage, as tariff columns print it.
		rate, err := num.ParsePercent(strings.TrimSpace(s))
		if err == nil && rate < 0 {
			return c, bad()
		}
		c.Rate = rate
		return c, err
	}
	f := strings.Fields(amount)
	if len(f) == 2 && len(f[1]) == 3 {
		c.Currency = CurrencyCode(strings.ToUpper(f[1]))
	} else if len(f) != 1 {
		return c, bad()
	}
	rate, err := num.ParseRate(f[0])
	if err != nil {
		return c, err
	}
	if rate < 0 {
		return c, bad()
	}
	c.Rate = rate
	unit = strings.TrimSpace(unit)
	if n, rest, ok := strings.Cut(unit, " "); ok {
		if per, err := strconv.ParseInt(n, 10, 64); err == nil {
			if per < 1 || per > 1_000_000 {
				return c, bad()
			}
			if per > 1 {
				c.Per = per
			}
			unit = rest
		}
	}
	unit, times, found := strings.Cut(unit, " per ")
	if found {
		if c.Times, err = ParseUnit(times); err != nil {
			return c, err
		}
	}
	c.Unit, err = ParseUnit(unit)
	return c, err
}
