package obligation

import (
	"slices"

	"seine/internal/jsonform"
)

// AppendJSON appends the obligation as encoding/json writes it: nearly every
// declaration opens one.
func (o Obligation) AppendJSON(b []byte) ([]byte, error) { return o.appendTo(b) }

func (o *Obligation) appendTo(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: slices.Grow(b, 768)}
	w.Open('{')
	w.Member("id", o.ID)
	w.Member("kind", o.Kind)
	w.Member("debtor", o.Debtor)
	w.Member("mode", o.Mode)
	w.Member("openedBy", o.OpenedBy)
	jsonform.Plain(&w, "opened", o.Opened)
	jsonform.Plain(&w, "due", o.Due)
	if o.Provisional {
		w.Name("provisional")
		w.Bool(true)
	}
	jsonform.Given(&w, "counted", o.Counted)
	w.Count("working", int64(o.Working))
	w.Member("state", string(o.State))
	w.Name("lines")
	if o.Lines == nil {
		w.Raw(nil)
	} else {
		w.Open('[')
		for i := range o.Lines {
			l := &o.Lines[i]
			w.Open('{')
			w.Member("item", l.Item)
			w.Member("unit", l.Unit)
			jsonform.Plain(&w, "amount", l.Amount)
			jsonform.Plain(&w, "open", l.Open)
			w.Close('}')
		}
		w.Close(']')
	}
	w.Name("hold")
	w.Open('{')
	w.Member("guarantee", o.Hold.Guarantee)
	jsonform.Plain(&w, "amount", o.Hold.Amount)
	jsonform.Plain(&w, "left", o.Hold.Left)
	w.Close('}')
	if len(o.Stages) > 0 {
		w.Name("stages")
		w.Open('[')
		for i := range o.Stages {
			w.Open('{')
			w.Member("name", o.Stages[i].Name)
			w.Number("afterDays", int64(o.Stages[i].AfterDays))
			w.Close('}')
		}
		w.Close(']')
	}
	w.Count("stagesDone", int64(o.StagesDone))
	if err := w.Rest("successors", len(o.Successors) > 0, o.Successors); err != nil {
		return nil, err
	}
	w.Optional("area", o.Area)
	w.Optional("office", o.Office)
	w.Close('}')
	return w.B, nil
}
