package duty

import (
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"seine/internal/num"
	"seine/internal/tariff"
)

// The JSON form of a working; docs/duty.md describes it.
type (
	workingJSON struct {
		Date      string              `json:"date,omitempty"`
		Currency  tariff.CurrencyCode `json:"currency"`
		Value     string              `json:"customs_value"`
		Taxes     map[string]string   `json:"taxes"`
		Total     string              `json:"total"`
		Lines     []lineJSON          `json:"lines"`
		Steps     []stepJSON          `json:"steps"`
		Notes     []noteJSON          `json:"notes,omitempty"`
		Reference map[string]string   `json:"reference"`
	}
	lineJSON struct {
		Line  int               `json:"line"`
		Value string            `json:"customs_value"`
		Taxes map[string]string `json:"taxes"`
	}
	stepJSON struct {
		Step     int    `json:"step"`
		Line     *int   `json:"line,omitempty"` // index into lines; absent on the head
		Label    Label  `json:"label"`
		Tax      string `json:"tax,omitempty"`
		Formula  string `json:"formula"`
		Terms    []int  `json:"terms,omitempty"` // numbers of the steps summed
		Base     string `json:"base,omitempty"`
		Quantity string `json:"quantity,omitempty"`
		Unit     string `json:"unit,omitempty"`
		Rate     string `json:"rate,omitempty"`
		Numer    int64  `json:"numerator,omitempty"`
		Denom    int64  `json:"denominator,omitempty"`
		Source   string `json:"source,omitempty"`
		Rounding string `json:"rounding,omitempty"`
		Currency string `json:"currency,omitempty"`
		Result   string `json:"result"`
	}
	noteJSON struct {
		Line *int   `json:"line,omitempty"`
		Code string `json:"code"`
		Text string `json:"text"`
	}
)

func taxMap(amounts *[taxes]num.Money, w *Working, block *Block) map[string]string {
	out := map[string]string{}
	seen := [taxes]bool{}
	for n := range w.Blocks {
		if b := &w.Blocks[n]; block == nil || b == block {
			for i := b.First; i < b.Last; i++ {
				seen[w.Steps[i].Tax] = true
			}
		}
	}
	for t := NoTax + 1; t < taxes; t++ {
		if seen[t] || amounts[t] != 0 {
			out[t.String()] = amounts[t].Fixed()
		}
	}
	return out
}

// MarshalJSON gives the documented form; amounts and rates are decimal strings.
func (w *Working) MarshalJSON() ([]byte, error) {
	out := workingJSON{
		Date: w.Date.String(), Currency: w.Currency, Value: w.Value.Fixed(), Total: w.Total.Fixed(), Taxes: taxMap(&w.Totals, w, nil),
		Lines: []lineJSON{}, Steps: []stepJSON{}, Reference: map[string]string{"parameters": w.Parameter},
	}
	if w.Tariff != "" {
		out.Reference["tariff"] = w.Tariff
	}
	if w.TaxTable != "" {
		out.Reference["taxes"] = w.TaxTable
	}
	for n := range w.Blocks {
		b := &w.Blocks[n]
		var line *int
		if b.Line >= 0 {
			l := b.Line
			line = &l
			out.Lines = append(out.Lines, lineJSON{l, b.Value.Fixed(), taxMap(&b.Amounts, w, b)})
		}
		for i := b.First; i < b.Last; i++ {
			s := &w.Steps[i]
			j := stepJSON{
				Step: i, Line: line, Label: s.Label, Tax: s.Tax.String(), Formula: s.Formula.String(), Unit: string(s.Unit),
				Rate: s.RateText(), Source: s.SourceText(), Currency: string(s.Currency), Result: s.Result.Fixed(),
			}
			for t := s.Terms; t != 0; t &= t - 1 {
				j.Terms = append(j.Terms, b.First+bits.TrailingZeros64(t))
			}
			switch s.Formula {
			case OfQuantity:
				j.Quantity = s.Quantity.String()
			case Sum, Exempted, GrossUp, Within, WholeUnits, OutOfExport:
			default:
				j.Base = s.Base.Fixed()
			}
			switch s.Formula {
			case Share, Proportion, PerDay:
				j.Numer, j.Denom = s.Numer, s.Denom
			case OfValue, OfBase, OfQuantity, Converted, GrossUp, Within:
				j.Rounding = roundingName(s.Rounding)
			}
			out.Steps = append(out.Steps, j)
		}
	}
	for _, n := range w.Notes {
		j := noteJSON{Code: n.Code, Text: n.Text}
		if n.Line >= 0 {
			l := n.Line
			j.Line = &l
		}
		out.Notes = append(out.Notes, j)
	}
	return json.Marshal(out)
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
