package duty

import (
	"fmt"
	"strings"

	"seine/internal/num"
)

// Verify recomputes the working from its own lines: every step from its fields
// and the steps it names, every block and the total from its steps, and the
// shares of a charge against the charge. A difference is an error that names
// the step; it means the working was changed or computed wrongly.
func (w *Working) Verify() error {
	var totals [taxes]num.Money
	type shared struct{ of, sum num.Money }
	shares := map[Label]shared{}
	for n := range w.Blocks {
		b := &w.Blocks[n]
		if b.First < 0 || b.Last < b.First || b.Last > len(w.Steps) {
			return fmt.Errorf("block %d has no steps of its own", n)
		}
		block := w.Steps[b.First:b.Last]
		var amounts [taxes]num.Money
		for i := range block {
			s := &block[i]
			if s.Formula == Share {
				sh := shares[s.Label]
				if sh.sum != 0 && sh.of != s.Base {
					return fmt.Errorf("block %d, step %d: shares of %s and of %s under one name", n, i, s.Base, sh.of)
				}
				exact, err := s.result(nil)
				if err != nil {
					return fmt.Errorf("block %d, step %d: %w", n, i, err)
				}
				if d := exact - s.Result; d < -1 || d > 1 {
					return fmt.Errorf("block %d, step %d: share %s is not %s", n, i, s.Result, exact)
				}
				shares[s.Label] = shared{s.Base, sh.sum + s.Result}
				continue
			}
			got, err := s.result(block[:i])
			if err != nil {
				return fmt.Errorf("block %d, step %d (%s): %w", n, i, s.Label, err)
			}
			if got != s.Result {
				return fmt.Errorf("block %d, step %d (%s): %s, recomputed %s", n, i, s.Label, s.Result, got)
			}
			if s.Terms != 0 && s.Formula == OfValue {
				if sum, err := sumOf(block[:i], s.Terms); err != nil || sum != s.Base {
					return fmt.Errorf("block %d, step %d (%s): base %s, recomputed %s", n, i, s.Label, s.Base, sum)
				}
			}
			if s.Tax >= taxes {
				return fmt.Errorf("block %d, step %d: unknown tax", n, i)
			}
			amounts[s.Tax] += s.Result
		}
		amounts[NoTax] = 0
		if amounts != b.Amounts {
			return fmt.Errorf("block %d: its taxes are not the sum of its steps", n)
		}
		for t, m := range amounts {
			totals[t] += m
		}
	}
	for label, sh := range shares {
		if sh.of != sh.sum {
			return fmt.Errorf("%s: shares sum to %s, not to %s", label, sh.sum, sh.of)
		}
	}
	if totals != w.Totals {
		return fmt.Errorf("the totals by tax are not the sum of the blocks")
	}
	var total, value num.Money
	for _, m := range totals {
		total += m
	}
	for n := range w.Blocks {
		if w.Blocks[n].Line >= 0 {
			value += w.Blocks[n].Value
		}
	}
	if total != w.Total || value != w.Value {
		return fmt.Errorf("total %s on value %s, recomputed %s on %s", w.Total, w.Value, total, value)
	}
	return nil
}

// TaxLines gives the taxes by line of goods, as declarations and bills carry
// them. A tax of nothing is given too when a rate for it was applied.
func (w *Working) TaxLines() []TaxLine {
	var out []TaxLine
	for n := range w.Blocks {
		b := &w.Blocks[n]
		if b.Line < 0 {
			continue
		}
		at := [taxes]int{}
		for i := b.First; i < b.Last; i++ {
			s := &w.Steps[i]
			if s.Tax == NoTax {
				continue
			}
			if at[s.Tax] == 0 {
				out = append(out, TaxLine{Line: b.Line, Tax: s.Tax, Base: s.taxBase(w.Steps[b.First:i]), Source: s.SourceText()})
				at[s.Tax] = len(out)
			}
			t := &out[at[s.Tax]-1]
			t.Amount += s.Result
			if text := s.RateText(); text != "" {
				t.Rate = strings.TrimPrefix(t.Rate+" + "+text, " + ")
			}
		}
	}
	return out
}

func (s *Step) taxBase(before []Step) num.Money {
	switch s.Formula {
	case OfValue, OfBase, PerDay:
		return s.Base
	case Within:
		gross := *s
		gross.Formula = GrossUp
		m, err := gross.result(before)
		if err != nil {
			return 0
		}
		return m
	default:
		return 0
	}
}

// RateText gives the rate of a step as people write it, "" when it has none.
func (s *Step) RateText() string {
	per := ""
	if s.Denom > 1 || s.Denom < -1 {
		per = fmt.Sprintf("/%d", max(s.Denom, -s.Denom))
	}
	switch s.Formula {
	case OfValue, OfBase, GrossUp, Within, OutOfExport:
		return s.Rate.PercentString() + "%" + per
	case OfQuantity:
		if per != "" {
			per += " "
		} else {
			per = "/"
		}
		return s.Rate.String() + per + string(s.Unit)
	case PerDay:
		return s.Rate.PercentString() + "%"
	case Converted:
		if s.Tax == NoTax {
			return s.Rate.String()
		}
	}
	return ""
}

// SourceText says where the rate of a step is from.
func (s *Step) SourceText() string {
	if s.Measure == nil {
		return s.Source
	}
	text := s.Column.String()
	if s.Measure.Type != "" {
		text += " " + s.Measure.Type
	}
	if s.Measure.Law != "" {
		text += ", " + s.Measure.Law
	}
	if s.Measure.From != 0 {
		text += ", from " + s.Measure.From.String()
	}
	return text
}
