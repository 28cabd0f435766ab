package print

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seine/internal/duty"
)

// Working is the working of a tax as it is stored (docs/duty.md).
type Working struct {
	Date      string            `json:"date"`
	Currency  string            `json:"currency"`
	Value     string            `json:"customs_value"`
	Taxes     map[string]string `json:"taxes"`
	Total     string            `json:"total"`
	Steps     []Step            `json:"steps"`
	Notes     []Note            `json:"notes"`
	Reference struct {
		Parameters string `json:"parameters"`
		Tariff     string `json:"tariff"`
		Taxes      string `json:"taxes"`
	} `json:"reference"`
}

// Note is something its reader should know.
type Note struct {
	Line   *int              `json:"line"`
	Code   string            `json:"code"`
	Text   string            `json:"text"`
	Values map[string]string `json:"values"`
}

// Step is one line of it.
type Step struct {
	Step     int        `json:"step"`
	Line     *int       `json:"line"`
	Label    duty.Label `json:"label"`
	Tax      string     `json:"tax"`
	Formula  string     `json:"formula"`
	Terms    []int      `json:"terms"`
	Base     string     `json:"base"`
	Quantity string     `json:"quantity"`
	Unit     string     `json:"unit"`
	Rate     string     `json:"rate"`
	Numer    int64      `json:"numerator"`
	Denom    int64      `json:"denominator"`
	Source   string     `json:"source"`
	Rounding string     `json:"rounding"`
	Currency string     `json:"currency"`
	Result   string     `json:"result"`
}

// ReadWorking reads a stored working; nil where there is none.
func ReadWorking(raw json.RawMessage) (*Working, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var w Working
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("read the working of the tax: %w", err)
	}
	return &w, nil
}

// How writes how the result of a step comes about; (n) is the result of step n.
func (s *Step) How() string {
	var terms []string
	for _, t := range s.Terms {
		terms = append(terms, "("+strconv.Itoa(t+1)+")")
	}
	sum := strings.Join(terms, " + ")
	if len(terms) > 1 && s.Rate != "" {
		sum = "[" + sum + "]"
	}
	base := Grouped(s.Base)
	if s.Base == "" {
		base = sum
	}
	switch {
	case s.Formula == "given":
		return ""
	case s.Formula == "sum":
		return strings.Join(terms, " + ")
	case s.Formula == "of_quantity":
		return Grouped(s.Quantity) + " " + s.Unit + " × " + s.Rate
	case s.Formula == "gross_up":
		return sum + " ÷ (1 − " + s.Rate + ")"
	case s.Formula == "within_price":
		return sum + " ÷ (1 − " + s.Rate + ") × " + s.Rate
	case s.Denom > 1:
		return fmt.Sprintf("%s × %d ÷ %d", base, s.Numer, s.Denom)
	case len(terms) > 0 && s.Rate != "":
		return sum + " × " + s.Rate
	case s.Rate != "":
		return base + " × " + s.Rate
	}
	return base
}

// Grouped writes a decimal with its thousands apart.
func Grouped(decimal string) string {
	digits, negative := strings.CutPrefix(decimal, "-")
	whole, rest, point := strings.Cut(digits, ".")
	var b strings.Builder
	if negative {
		b.WriteString("−")
	}
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteByte('.')
		b.WriteString(rest)
	}
	return b.String()
}

// Head is what stands above a working: whose it is, and what the goods of its
// lines are.
type Head struct {
	Number     string   // of the declaration, "" for a calculation
	Enterprise string   // name and code
	Goods      []string // code and name of each line, in their order
	Printed    string   // moment in the zone's time
}

// WorkingPDF prints a working in a language of the house: its steps with base,
// rate and source, the taxes, and the versions of the data it was made with.
// Fault: PRINT-GLYPH-01 (a character that the font does not have).
func WorkingPDF(w *Working, h Head, language string) ([]byte, error) {
	t := wordsOf(language)
	title := t("print.working")
	s, err := newSheet(title)
	if err != nil {
		return nil, err
	}
	s.heading(title, titleSize)
	facts := [][2]string{}
	for _, f := range [][2]string{
		{t("object.declaration"), h.Number},
		{t("column.enterprise"), h.Enterprise},
		{t("print.day"), w.Date},
		{t("print.currency"), w.Currency},
		{t("step.value"), Grouped(w.Value)},
		{t("working.total"), Grouped(w.Total) + " " + w.Currency},
	} {
		if strings.TrimSpace(f[1]) != "" {
			facts = append(facts, f)
		}
	}
	s.facts(facts)
	columns := []column{
		{t("working.step"), 30, false}, {t("working.what"), 130, false}, {t("working.how"), 165, false}, {t("working.source"), 110, false}, {t("working.result"), 80.28, true},
	}
	last := -1
	for i := range w.Steps {
		step := &w.Steps[i]
		line := 0
		if step.Line != nil {
			line = *step.Line + 1
		}
		if line != last {
			heading := t("working.head")
			if line > 0 {
				heading = strings.ReplaceAll(t("working.line"), "{{.line}}", strconv.Itoa(line))
				if line <= len(h.Goods) {
					heading += "  " + h.Goods[line-1]
				}
			}
			s.heading(heading, headSize)
			s.headRow(columns)
			last = line
		}
		result := Grouped(step.Result)
		if step.Currency != "" && step.Currency != w.Currency {
			result = step.Currency + " " + result
		}
		how := step.How()
		if key := RoundingKeys[step.Rounding]; key != "" {
			how += ", " + t(key)
		}
		s.row(columns, []string{strconv.Itoa(step.Step + 1), stepName(t, step), how, SourceIn(language, step.Source), result}, step.Tax != "")
	}
	s.heading(t("taxbill.lines"), headSize)
	sums := []column{{t("revenue.tax"), 300, false}, {t("working.result"), 215.28, true}}
	s.headRow(sums)
	for tax := duty.NoTax + 1; tax.String() != "unknown"; tax++ {
		if amount := w.Taxes[tax.String()]; amount != "" {
			s.row(sums, []string{t(TaxKeys[tax.String()]), Grouped(amount)}, false)
		}
	}
	s.row(sums, []string{t("working.total"), Grouped(w.Total) + " " + w.Currency}, true)
	s.y += leading
	for _, n := range w.Notes {
		s.note(n.in(language))
	}
	var data []string
	for _, f := range [][2]string{{t("print.parameters"), w.Reference.Parameters}, {t("print.tariff"), w.Reference.Tariff}, {t("print.taxes"), w.Reference.Taxes}} {
		if f[1] != "" {
			data = append(data, f[0]+" "+f[1])
		}
	}
	if len(data) > 0 {
		s.note(t("print.data") + ": " + strings.Join(data, ", "))
	}
	foot := slices.DeleteFunc([]string{h.Number, h.Printed}, func(p string) bool { return p == "" })
	return s.finish(strings.Join(foot, " · "))
}

// in says a note in a language: what was noted before its values were kept, and what
// an officer wrote, stays as it is.
func (n *Note) in(language string) string {
	t, text := wordsOf(language), n.Text
	line := ""
	if n.Line != nil && *n.Line >= 0 {
		line = strconv.Itoa(*n.Line + 1)
	}
	if key, known := NoteKeys[n.Code]; known && len(n.Values) > 0 {
		text = strings.ReplaceAll(t(key), "{{.line}}", line)
		for name, value := range n.Values {
			text = strings.ReplaceAll(text, "{{."+name+"}}", ValueIn(language, value))
		}
		return text
	}
	if plain, known := PlainNotes[n.Code]; known {
		text = t(plain)
	}
	if line != "" {
		text = strings.ReplaceAll(t("working.line"), "{{.line}}", line) + ": " + text
	}
	return text
}

func stepName(t func(string) string, s *Step) string {
	if key, known := StepKeys[s.Label]; known {
		return t(key)
	}
	if key, known := TaxKeys[s.Tax]; known {
		return t(key)
	}
	return string(s.Label)
}
