package duty

import (
	"encoding/json"
	"math/bits"
	"testing"

	"seine/internal/num"
	"seine/internal/tariff"
)

// The JSON form as the general encoder writes it: the oracle of AppendJSON.
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

func (w *Working) byTheBook() ([]byte, error) {
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

func TestWorkingsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	compared := 0
	for _, schedule := range []string{"cn", "us"} {
		ref, err := ReferenceOf(schedule)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range ref.Tariff.Suggest("6", 20_758, 1000) {
			for _, incoterm := range []Incoterm{"CIF", "FOB"} {
				c := Consignment{
					Date: 20_758, Direction: Import, Incoterm: incoterm, Currency: "USD", FX: 710_000_000,
					Freight: Charge{Mark: InTotal, Amount: 12_345, Currency: "USD"}, Insurance: Charge{Mark: ByRate, Rate: 300_000},
				}
				for i := range 3 {
					c.Lines = append(c.Lines, Line{
						Code: code, Origin: "DE", Price: num.Money(100_001 * (i + 1)), NetMass: 250 * num.OneQuantity, GrossMass: 260 * num.OneQuantity,
						Quantities: []Quantity{{Value: 250 * num.OneQuantity, Unit: "KGM"}, {Value: 33 * num.OneQuantity, Unit: "NAR"}, {Value: 40 * num.OneQuantity, Unit: "LTR"}},
					})
				}
				w, err := Assess(&c, &ref)
				if err != nil {
					continue
				}
				w.Notes = append(w.Notes, Note{Line: -1, Code: "X", Text: "of the whole “paper”"}, Note{Line: 1, Code: "Y", Text: "<line>"})
				want, err := w.byTheBook()
				if err != nil {
					t.Fatal(err)
				}
				got, err := json.Marshal(w)
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != string(want) {
					t.Fatalf("%s:\n%s\nwant\n%s", code, got, want)
				}
				compared++
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d workings were compared", compared)
	}
}
