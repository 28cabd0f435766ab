package duty

import (
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"seine/internal/jsonform"
	"seine/internal/num"
)

// taxesOf writes the taxes that a step names or that have an amount, by name, as
// an object. block nil stands for the whole working.
func (w *Working) taxesOf(out *jsonform.Writer, amounts *[taxes]num.Money, block *Block) {
	seen := [taxes]bool{}
	for n := range w.Blocks {
		if b := &w.Blocks[n]; block == nil || b == block {
			for i := b.First; i < b.Last; i++ {
				seen[w.Steps[i].Tax] = true
			}
		}
	}
	out.Open('{')
	for _, t := range taxesByName {
		if seen[t] || amounts[t] != 0 {
			out.Member(t.String(), amounts[t].Fixed())
		}
	}
	out.Close('}')
}

var taxesByName = func() []Tax {
	var all []Tax
	for t := NoTax + 1; t < taxes; t++ {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Tax) int { return strings.Compare(a.String(), b.String()) })
	return all
}()

// MarshalJSON gives the documented form; amounts and rates are decimal strings.
func (w *Working) MarshalJSON() ([]byte, error) { return w.AppendJSON(nil) }

// AppendJSON appends the JSON form that docs/duty.md describes.
func (w *Working) AppendJSON(b []byte) ([]byte, error) {
	out := jsonform.Writer{B: slices.Grow(b, 256+192*len(w.Steps))}
	out.Open('{')
	out.Optional("date", w.Date.String())
	out.Member("currency", string(w.Currency))
	out.Member("customs_value", w.Value.Fixed())
	out.Name("taxes")
	w.taxesOf(&out, &w.Totals, nil)
	out.Member("total", w.Total.Fixed())
	out.Name("lines")
	out.Open('[')
	for n := range w.Blocks {
		if b := &w.Blocks[n]; b.Line >= 0 {
			out.Open('{')
			out.Number("line", int64(b.Line))
			out.Member("customs_value", b.Value.Fixed())
			out.Name("taxes")
			w.taxesOf(&out, &b.Amounts, b)
			out.Close('}')
		}
	}
	out.Close(']')
	out.Name("steps")
	out.Open('[')
	for n := range w.Blocks {
		b := &w.Blocks[n]
		for i := b.First; i < b.Last; i++ {
			w.Steps[i].appendTo(&out, i, b)
		}
	}
	out.Close(']')
	if len(w.Notes) > 0 {
		out.Name("notes")
		out.Open('[')
		for _, n := range w.Notes {
			out.Open('{')
			if n.Line >= 0 {
				out.Number("line", int64(n.Line))
			}
			out.Member("code", n.Code)
			out.Member("text", n.Text)
			if len(n.Values) > 0 {
				out.Name("values")
				out.Open('{')
				for _, v := range n.Values {
					out.Member(v.Name, v.Value)
				}
				out.Close('}')
			}
			out.Close('}')
		}
		out.Close(']')
	}
	out.Name("reference")
	out.Open('{')
	out.Member("parameters", w.Parameter)
	out.Optional("tariff", w.Tariff)
	out.Optional("taxes", w.TaxTable)
	out.Close('}')
	out.Close('}')
	return out.B, nil
}

// appendTo writes step number i of block b.
func (s *Step) appendTo(out *jsonform.Writer, i int, b *Block) {
	out.Open('{')
	out.Number("step", int64(i))
	if b.Line >= 0 {
		out.Number("line", int64(b.Line)) // index into lines; absent on the head
	}
	out.Member("label", string(s.Label))
	out.Optional("tax", s.Tax.String())
	out.Member("formula", s.Formula.String())
	if s.Terms != 0 {
		out.Name("terms") // numbers of the steps summed
		out.Open('[')
		for t := s.Terms; t != 0; t &= t - 1 {
			out.Int(int64(b.First + bits.TrailingZeros64(t)))
		}
		out.Close(']')
	}
	switch s.Formula {
	case OfQuantity:
		out.Member("quantity", s.Quantity.String())
	case Sum, Exempted, GrossUp, Within, WholeUnits, OutOfExport, RoundedOnce:
	default:
		out.Member("base", s.Base.Fixed())
	}
	out.Optional("unit", string(s.Unit))
	out.Optional("rate", s.RateText())
	switch s.Formula {
	case Share, Proportion, PerDay:
		if s.Numer != 0 {
			out.Number("numerator", s.Numer)
		}
		if s.Denom != 0 {
			out.Number("denominator", s.Denom)
		}
	default:
	}
	out.Optional("source", s.SourceText())
	switch s.Formula {
	case OfValue, OfBase, OfQuantity, Converted, GrossUp, Within, RoundedOnce, PerDay:
		out.Optional("rounding", roundingName(s.Rounding))
	default:
	}
	out.Optional("currency", string(s.Currency))
	out.Member("result", s.Result.Fixed())
	out.Close('}')
}

func roundingName(r num.Rounding) string {
	for name, mode := range roundings {
		if mode == r {
			return name
		}
	}
	return ""
}

// WriteText prints the working for people: one step a line, with how its result
// comes about, then the totals.
func (w *Working) WriteText(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Working of %s in %s\n", w.Date, w.Currency)
	for n := range w.Blocks {
		block := &w.Blocks[n]
		if block.Last == block.First {
			continue
		}
		if block.Line < 0 {
			b.WriteString("\nConsignment\n")
		} else {
			fmt.Fprintf(&b, "\nLine %d\n", block.Line+1)
		}
		for i := block.First; i < block.Last; i++ {
			s := &w.Steps[i]
			owed := " "
			if s.Tax != NoTax {
				owed = "*"
			}
			source := s.SourceText()
			if source != "" {
				source = "[" + source + "]"
			}
			line := fmt.Sprintf("%4d %s %-26s %-46s %18s %-4s %s", i, owed, s.Label, s.explain(block.First), s.Result.Fixed(), s.Currency, source)
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	b.WriteString("\n")
	for t := NoTax + 1; t < taxes; t++ {
		if w.Totals[t] != 0 {
			fmt.Fprintf(&b, "%-34s %18s\n", t, w.Totals[t].Fixed())
		}
	}
	fmt.Fprintf(&b, "%-34s %18s\n%-34s %18s %s\n", "customs value", w.Value.Fixed(), "total owed", w.Total.Fixed(), w.Currency)
	for _, n := range w.Notes {
		if n.Line >= 0 {
			fmt.Fprintf(&b, "line %d: ", n.Line+1)
		}
		b.WriteString(n.Text + "\n")
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("write working: %w", err)
	}
	return nil
}

// explain writes how a step's result comes about; #n is the result of step n.
func (s *Step) explain(first int) string {
	var names []string
	for t := s.Terms; t != 0; t &= t - 1 {
		names = append(names, "#"+strconv.Itoa(first+bits.TrailingZeros64(t)))
	}
	sum := strings.Join(names, " + ")
	if len(names) > 1 {
		sum = "(" + sum + ")"
	}
	switch s.Formula {
	case Given:
		return "as stated"
	case Sum:
		return strings.Trim(sum, "()")
	case Converted, OfBase:
		return s.Base.Fixed() + " × " + s.RateTextFull()
	case OfValue:
		return sum + " × " + s.RateText()
	case OfQuantity:
		return s.Quantity.String() + " " + string(s.Unit) + " × " + s.RateText()
	case Share, Proportion:
		n, d := s.Numer, max(1, s.Denom)
		for a, b := n, d; ; a, b = b, a%b { // shown without their common factor
			if b == 0 {
				n, d = n/max(1, a), d/max(1, a)
				break
			}
		}
		return fmt.Sprintf("%s × %d ÷ %d", s.Base.Fixed(), n, d)
	case GrossUp:
		return sum + " ÷ (1 − " + s.RateText() + ")"
	case Within:
		return sum + " ÷ (1 − " + s.RateText() + ") × " + s.RateText()
	case NotUnder:
		return "at least " + s.Base.Fixed() + ", less " + sum
	case NotOver:
		return "at most " + s.Base.Fixed() + ", less " + sum
	case Exempted:
		return "small amount: −" + sum
	case PerDay:
		return fmt.Sprintf("%s × %s × %d days ÷ %d", s.Base.Fixed(), s.RateText(), s.Numer, max(1, s.Denom))
	case WholeUnits:
		return "whole units of " + sum
	case OutOfExport:
		return sum + " ÷ (1 + " + s.RateText() + ")"
	case Difference:
		return s.Base.Fixed() + " − " + sum
	case RoundedOnce:
		return sum + " rounded once"
	}
	return ""
}

// RateTextFull gives the rate of a step, the exchange rate included.
func (s *Step) RateTextFull() string {
	if s.Formula == Converted {
		return s.Rate.String()
	}
	return s.RateText()
}
