package console

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/duty"
)

// working is a tax working as it is stored (docs/duty.md).
type working struct {
	Date     string            `json:"date"`
	Currency string            `json:"currency"`
	Value    string            `json:"customs_value"`
	Taxes    map[string]string `json:"taxes"`
	Total    string            `json:"total"`
	Steps    []workingStep     `json:"steps"`
	Notes    []workingNote     `json:"notes"`
}

// workingNote is something the reader of a working should know.
type workingNote struct {
	Line   *int              `json:"line"`
	Code   string            `json:"code"`
	Text   string            `json:"text"`
	Values map[string]string `json:"values"`
}

// workingNoteWords are the notes that the console has words of its own for.
var workingNoteWords = map[string]Key{"classification_conflict": "note.classified"}

// noteText says a note in the reader's language where its values are known.
func noteText(ctx context.Context, n workingNote) string {
	key, known := workingNoteWords[n.Code]
	if !known || len(n.Values) == 0 {
		return n.Text
	}
	args := []any{}
	for name, value := range n.Values {
		args = append(args, name, value)
	}
	if n.Line != nil {
		args = append(args, "line", *n.Line+1)
	}
	return T(ctx, key, args...)
}

// noteTone makes what somebody must look at stand out.
func noteTone(n workingNote) Tone {
	if n.Code == "classification_conflict" {
		return Warn
	}
	return Info
}

type workingStep struct {
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
	Currency string     `json:"currency"`
	Result   string     `json:"result"`
}

func readWorking(raw json.RawMessage) (*working, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var w working
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("read the working of the tax: %w", err)
	}
	return &w, nil
}

// how writes how the result of a step comes about; (n) is the result of step n.
func (s workingStep) how() string {
	var terms []string
	for _, t := range s.Terms {
		terms = append(terms, "("+strconv.Itoa(t+1)+")")
	}
	sum := strings.Join(terms, " + ")
	if len(terms) > 1 && s.Rate != "" {
		sum = "[" + sum + "]"
	}
	base := grouped(s.Base)
	if s.Base == "" {
		base = sum
	}
	switch {
	case s.Formula == "given":
		return ""
	case s.Formula == "sum":
		return strings.Join(terms, " + ")
	case s.Formula == "of_quantity":
		return grouped(s.Quantity) + narrow + s.Unit + " × " + s.Rate
	case s.Formula == "gross_up":
		return sum + " ÷ (1 − " + s.Rate + ")"
	case s.Formula == "within_price":
		return sum + " ÷ (1 − " + s.Rate + ") × " + s.Rate
	case s.Formula == "per_day":
		return fmt.Sprintf("%s × %s × %d ÷ %d", base, s.Rate, s.Numer, max(s.Denom, 1))
	case s.Denom > 1:
		return fmt.Sprintf("%s × %d ÷ %d", base, s.Numer, s.Denom)
	case len(terms) > 0 && s.Rate != "":
		return sum + " × " + s.Rate
	case s.Rate != "":
		return base + " × " + s.Rate
	}
	return base
}

// workingTable is a working as ordered lines: what is owed stands out.
func workingTable(ctx context.Context, w *working) Table { return workingTableOf(ctx, "working", w) }

// workingTableOf is a working on a page that has several.
func workingTableOf(ctx context.Context, id string, w *working) Table {
	t := Table{
		ID: id, Caption: T(ctx, "working.title"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "working.step"), Number: true},
			{Title: T(ctx, "working.what")},
			{Title: T(ctx, "working.how")},
			{Title: T(ctx, "working.source")},
			{Title: T(ctx, "working.result"), Unit: w.Currency, Number: true},
		},
	}
	last := -1
	for _, step := range w.Steps {
		line := 0
		if step.Line != nil {
			line = *step.Line + 1
		}
		if line != last {
			heading := T(ctx, "working.head")
			if line > 0 {
				heading = T(ctx, "working.line", "line", line)
			}
			t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(""), strong(heading), Text(""), Text(""), Text("")}})
			last = line
		}
		result := grouped(step.Result)
		if step.Currency != "" && step.Currency != w.Currency {
			result = step.Currency + narrow + result
		}
		row := Row{Cells: []templ.Component{
			Text(strconv.Itoa(step.Step + 1)), Text(stepName(ctx, step)), Text(step.how()), short(step.Source, 40), Number(result),
		}}
		if step.Tax != "" {
			row.Cells[1], row.Cells[4] = strong(stepName(ctx, step)), strong(result)
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = append(t.Rows, Row{Total: true, Cells: []templ.Component{
		Text(""), Text(T(ctx, "working.total")), Text(""), Text(""), Number(grouped(w.Total)),
	}})
	return t
}

func stepName(ctx context.Context, step workingStep) string {
	if key, known := stepWords[step.Label]; known {
		return T(ctx, key)
	}
	if key, known := taxWords[step.Tax]; known {
		return T(ctx, key)
	}
	return string(step.Label)
}
