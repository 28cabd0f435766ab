package console

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"seine/internal/print"
)

// The working of a tax as it is stored is read where it is printed.
type (
	working     = print.Working
	workingStep = print.Step
	workingNote = print.Note
)

var readWorking = print.ReadWorking

// noteText says a note in the reader's language where its values are known.
func noteText(ctx context.Context, n workingNote) string {
	key, known := print.NoteKeys[n.Code]
	if plain, there := print.PlainNotes[n.Code]; there {
		return T(ctx, Key(plain))
	}
	if !known || len(n.Values) == 0 {
		return n.Text
	}
	args := []any{}
	for name, value := range n.Values {
		args = append(args, name, print.ValueIn(LanguageOf(ctx), value))
	}
	if n.Line != nil {
		args = append(args, "line", *n.Line+1)
	}
	return T(ctx, Key(key), args...)
}

// noteTone makes what somebody must look at stand out.
func noteTone(n workingNote) Tone {
	if n.Code == "classification_conflict" {
		return Warn
	}
	return Info
}

// workingFile is the address of the working of a declaration as PDF, in the
// page's language.
func workingFile(ctx context.Context, declaration string) string {
	return "/api/v1/declarations/" + declaration + "/working.pdf?language=" + LanguageOf(ctx)
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
	for i := range w.Steps {
		step := &w.Steps[i]
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
			Text(strconv.Itoa(step.Step + 1)), Text(stepName(ctx, step)), Text(step.How()), short(print.SourceIn(LanguageOf(ctx), step.Source), 40), Number(result),
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

func stepName(ctx context.Context, step *workingStep) string {
	if key, known := stepWords[step.Label]; known {
		return T(ctx, key)
	}
	if key, known := taxWords[step.Tax]; known {
		return T(ctx, key)
	}
	return string(step.Label)
}
