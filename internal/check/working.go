package check

import (
	"math/big"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/num"
	"seine/internal/risk"
)

// assessed is an assessment as it is stored.
type assessed struct {
	ID          string              `json:"id"`
	Declaration string              `json:"declaration"`
	Version     int64               `json:"version"`
	At          clock.Instant       `json:"at"`
	Working     working             `json:"working"`
	Figures     []figure            `json:"figures"`
	Value       num.Money           `json:"value"`
	Total       num.Money           `json:"total"`
	Highest     num.Money           `json:"highest"`
	Facts       facts               `json:"facts"`
	Verdict     risk.Verdict        `json:"verdict"`
	Confirmed   *confirmationResult `json:"confirmation"`
	Levy        *levyWays           `json:"levy"`
}

// levyWays are the two ways of a domestic sale as they were shown.
type levyWays struct {
	On   string `json:"on"`
	Ways []struct {
		On    string    `json:"on"`
		Total num.Money `json:"total"`
	} `json:"ways"`
}

type confirmationResult struct {
	Result string `json:"result"`
}

type figure struct {
	Tax    string    `json:"tax"`
	Amount num.Money `json:"amount"`
}

// working is the working of a duty in its documented form: all in words.
type working struct {
	Date      string            `json:"date"`
	Currency  string            `json:"currency"`
	Value     string            `json:"customs_value"`
	Taxes     map[string]string `json:"taxes"`
	Total     string            `json:"total"`
	Lines     []workingLine     `json:"lines"`
	Steps     []workingStep     `json:"steps"`
	Reference map[string]string `json:"reference"`
}

type workingLine struct {
	Line  int               `json:"line"`
	Value string            `json:"customs_value"`
	Taxes map[string]string `json:"taxes"`
}

type workingStep struct {
	Step     int    `json:"step"`
	Line     *int   `json:"line"`
	Label    string `json:"label"`
	Tax      string `json:"tax"`
	Formula  string `json:"formula"`
	Terms    []int  `json:"terms"`
	Base     string `json:"base"`
	Quantity string `json:"quantity"`
	Rate     string `json:"rate"`
	Numer    int64  `json:"numerator"`
	Denom    int64  `json:"denominator"`
	Rounding string `json:"rounding"`
	Currency string `json:"currency"`
	Result   string `json:"result"`
}

// sound proves a working from its own lines, in words that tell what is wrong.
func (w *working) sound() (problem, expected, actual string) {
	results, exact := make([]*big.Rat, len(w.Steps)), make([]*big.Rat, len(w.Steps))
	byLine := map[int]map[string]*big.Rat{}
	all := map[string]*big.Rat{}
	shares := map[string][2]*big.Rat{}
	for n := range w.Steps {
		s := &w.Steps[n]
		at := "step " + strconv.Itoa(n)
		result := decimal(s.Result)
		if result == nil || s.Step != n {
			return at + " has no result", "", s.Result
		}
		results[n], exact[n] = result, s.exact(results[:n])
		if s.Formula == "rounded_once" {
			whole, terms := new(big.Rat), new(big.Rat)
			for _, t := range s.Terms {
				if t < 0 || t >= n || exact[t] == nil {
					return at + " (" + s.Label + ") does not follow", "", s.Result
				}
				whole.Add(whole, exact[t])
				terms.Add(terms, results[t])
			}
			if want := sum(cents(whole, rounding(s.Rounding)), minus(terms)); want.Cmp(result) != 0 {
				return at + " (" + s.Label + ") does not follow", money(want), s.Result
			}
		} else if s.Formula == "share" {
			// Shares follow the largest remainder: each within a fen, together the whole.
			exact := quotient(product(value(s.Base), big.NewRat(s.Numer, 1)), big.NewRat(max(s.Denom, 1), 1))
			if off := new(big.Rat).Abs(sum(exact, minus(result))); off.Cmp(big.NewRat(1, 100)) >= 0 {
				return at + " is no share of its base", money(exact), s.Result
			}
			so := shares[s.Label]
			if so[0] == nil {
				so = [2]*big.Rat{value(s.Base), new(big.Rat)}
			}
			so[1] = sum(so[1], result)
			shares[s.Label] = so
		} else if want := s.work(results[:n]); want == nil || want.Cmp(result) != 0 {
			text := "another"
			if want != nil {
				text = money(want)
			}
			return at + " (" + s.Label + ") does not follow", text, s.Result
		}
		if s.Tax == "" {
			continue
		}
		line := -1
		if s.Line != nil {
			line = *s.Line
		}
		if byLine[line] == nil {
			byLine[line] = map[string]*big.Rat{}
		}
		for _, into := range []map[string]*big.Rat{byLine[line], all} {
			if into[s.Tax] == nil {
				into[s.Tax] = new(big.Rat)
			}
			into[s.Tax].Add(into[s.Tax], result)
		}
	}
	for label, so := range shares {
		if so[0].Cmp(so[1]) != 0 {
			return "the shares of " + label + " do not make the whole", money(so[0]), money(so[1])
		}
	}
	total, worth := new(big.Rat), new(big.Rat)
	for _, l := range w.Lines {
		worth.Add(worth, value(l.Value))
		if problem, expected, actual = same(byLine[l.Line], l.Taxes, "line "+strconv.Itoa(l.Line+1)); problem != "" {
			return problem, expected, actual
		}
	}
	for _, amount := range all {
		total.Add(total, amount)
	}
	if problem, expected, actual = same(all, w.Taxes, "the whole"); problem != "" {
		return problem, expected, actual
	}
	if money(total) != w.Total {
		return "the total is not the sum of the taxes", money(total), w.Total
	}
	if money(worth) != w.Value {
		return "the customs value is not the sum of the lines", money(worth), w.Value
	}
	return "", "", ""
}

// same compares taxes by name; one of nothing may be left out.
func same(want map[string]*big.Rat, have map[string]string, of string) (problem, expected, actual string) {
	for tax, amount := range want {
		if money(amount) != have[tax] && (amount.Sign() != 0 || value(have[tax]).Sign() != 0) {
			return tax + " of " + of, money(amount), have[tax]
		}
	}
	for tax, amount := range have {
		if want[tax] == nil && value(amount).Sign() != 0 {
			return tax + " of " + of, "0.00", amount
		}
	}
	return "", "", ""
}

// value reads an amount, nothing where there is none.
func value(s string) *big.Rat {
	if q := decimal(s); q != nil {
		return q
	}
	return new(big.Rat)
}

// share reads a rate such as 6.5%, 10%/3, 0.5/KGM, 35.1/100 KGM or 7.13.
func share(text string) *big.Rat {
	head, per, _ := strings.Cut(text, "/")
	percent := strings.HasSuffix(head, "%")
	rate := decimal(strings.TrimSuffix(head, "%"))
	if rate == nil {
		return nil
	}
	if percent {
		rate = quotient(rate, big.NewRat(100, 1))
	}
	if count, _, _ := strings.Cut(per, " "); count != "" {
		if n := decimal(count); n != nil && n.Sign() > 0 {
			rate = quotient(rate, n)
		}
	}
	return rate
}

// exact gives a term of a tax with all its decimals, nil for any other step.
func (s *workingStep) exact(before []*big.Rat) *big.Rat {
	rate := share(s.Rate)
	if rate == nil {
		return nil
	}
	var of *big.Rat
	switch s.Formula {
	case "of_value":
		of = new(big.Rat)
		for _, t := range s.Terms {
			if t < 0 || t >= len(before) {
				return nil
			}
			of.Add(of, before[t])
		}
	case "of_base":
		of = value(s.Base)
	case "of_quantity":
		of = value(s.Quantity)
	default:
		return nil
	}
	exact := product(of, rate)
	if have := decimal(s.Result); have != nil && have.Sign() < 0 {
		return minus(exact)
	}
	return exact
}

// work gives what a step must come to; nil where the step cannot be understood.
func (s *workingStep) work(before []*big.Rat) *big.Rat {
	terms := new(big.Rat)
	for _, n := range s.Terms {
		if n < 0 || n >= len(before) {
			return nil
		}
		terms.Add(terms, before[n])
	}
	how := rounding(s.Rounding)
	base, one := value(s.Base), big.NewRat(1, 1)
	rate := share(s.Rate)
	switch s.Formula {
	case "given":
		return base
	case "sum":
		return terms
	case "exempted":
		return minus(terms)
	case "whole_units":
		return new(big.Rat).SetInt(rounded(terms, halfUp))
	case "not_under":
		if gap := sum(base, minus(terms)); gap.Sign() > 0 {
			return gap
		}
		return new(big.Rat)
	case "not_over":
		if gap := sum(base, minus(terms)); gap.Sign() < 0 {
			return gap
		}
		return new(big.Rat)
	case "difference":
		return sum(base, minus(terms))
	case "proportion":
		return cents(quotient(product(base, big.NewRat(s.Numer, 1)), big.NewRat(max(s.Denom, 1), 1)), halfUp)
	}
	if rate == nil {
		return nil
	}
	// A term that is taken off carries its sign in the result alone.
	signed := func(q *big.Rat) *big.Rat {
		if have := decimal(s.Result); have != nil && have.Sign() < 0 && q.Sign() > 0 {
			return minus(q)
		}
		return q
	}
	switch s.Formula {
	case "per_day":
		return cents(quotient(product(product(base, rate), big.NewRat(s.Numer, 1)), big.NewRat(max(s.Denom, 1), 1)), how)
	case "converted":
		return cents(product(base, rate), how)
	case "of_value":
		if len(s.Terms) > 0 && terms.Cmp(base) != 0 {
			return nil
		}
		return signed(cents(product(base, rate), how))
	case "of_base":
		return signed(cents(product(base, rate), how))
	case "of_quantity":
		return signed(cents(product(value(s.Quantity), rate), how))
	case "gross_up":
		return cents(quotient(terms, sum(one, minus(rate))), how)
	case "within_price":
		return cents(quotient(product(terms, rate), sum(one, minus(rate))), how)
	case "out_of_export":
		return cents(quotient(terms, sum(one, rate)), halfUp)
	}
	return nil
}

// exchangeOf gives the exchange rate that a working used for a currency, nil
// where it used none.
func (w *working) exchangeOf(currency string) *big.Rat {
	for n := range w.Steps {
		s := &w.Steps[n]
		if s.Formula == "converted" && n > 0 && w.Steps[n-1].Currency == currency {
			return decimal(s.Rate)
		}
	}
	return nil
}
