package risk

import "seine/internal/jsonform"

// This file writes why cards. Each judgement leaves one, so it is written by
// hand; the members and their order are those of the types.

// MarshalJSON writes the card with every member of Verdict.
func (v Verdict) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil) }

// AppendJSON appends what MarshalJSON writes.
func (v *Verdict) AppendJSON(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: b}
	w.Open('{')
	w.Name("subject")
	w.Open('{')
	w.Member("kind", string(v.Subject.Kind))
	w.Member("id", v.Subject.ID)
	w.Number("version", v.Subject.Version)
	w.Close('}')
	w.Member("at", v.At.String())
	w.Number("credit_level", int64(v.CreditLevel))
	w.Optional("mode", v.Mode)
	w.Optional("place", v.Place)
	w.Member("channel", string(v.Channel))
	w.Number("score", int64(v.Score))
	w.Number("sum", int64(v.Sum))
	w.Member("band", string(v.Band))
	w.Number("medium_at", int64(v.MediumAt))
	w.Number("high_at", int64(v.HighAt))
	if len(v.Hits) > 0 {
		w.Name("hits")
		w.Open('[')
		for i := range v.Hits {
			v.Hits[i].appendTo(&w)
		}
		w.Close(']')
	}
	if len(v.Instructions) > 0 {
		w.Name("instructions")
		if err := w.Value(v.Instructions); err != nil {
			return nil, err
		}
	}
	w.Name("draw")
	w.Open('{')
	w.Member("period", v.Draw.Period)
	w.Member("value", v.Draw.Value.String())
	w.Member("ratio", v.Draw.Ratio.String())
	w.Name("picked")
	w.Bool(v.Draw.Picked)
	w.Close('}')
	texts(&w, "actions", v.Actions)
	texts(&w, "selected", v.Selected)
	texts(&w, "missing", v.Missing)
	if v.Model != nil {
		w.Name("model")
		if err := w.Value(v.Model); err != nil {
			return nil, err
		}
	}
	w.Name("table")
	w.Open('{')
	w.Member("id", v.Table.ID)
	w.Member("version", v.Table.Version)
	w.Member("epoch", v.Table.Epoch)
	w.Close('}')
	w.Close('}')
	return w.B, nil
}

// texts writes a list of texts where there are any.
func texts[T ~string](w *jsonform.Writer, name string, list []T) {
	if len(list) == 0 {
		return
	}
	w.Name(name)
	w.Open('[')
	for _, s := range list {
		w.Text(string(s))
	}
	w.Close(']')
}

func (h *Hit) appendTo(w *jsonform.Writer) {
	w.Open('{')
	w.Member("rule", h.Rule)
	w.Member("rule_version", h.RuleVersion)
	w.Member("object", string(h.Object))
	h.Title.appendTo(w, "title")
	w.Number("weight", int64(h.Weight))
	w.Number("level", int64(h.Level))
	w.Number("points", int64(h.Points))
	w.Optional("hard", string(h.Hard))
	if h.Line != 0 {
		w.Number("line", int64(h.Line))
	}
	if h.Lines != 0 {
		w.Number("lines", int64(h.Lines))
	}
	w.Optional("measure", h.Measure)
	w.Optional("measured", h.Measured)
	if len(h.Conditions) > 0 {
		w.Name("conditions")
		w.Open('[')
		for i := range h.Conditions {
			c := &h.Conditions[i]
			w.Open('{')
			w.Number("group", int64(c.Group))
			w.Member("field", c.Field)
			c.Label.appendTo(w, "label")
			w.Member("text", c.Text)
			w.Member("actual", c.Actual)
			w.Name("held")
			w.Bool(c.Held)
			w.Close('}')
		}
		w.Close(']')
	}
	h.Reason.appendTo(w, "reason")
	w.Optional("law", h.Law)
	if h.Cure != (Label{}) {
		h.Cure.appendTo(w, "cure")
	}
	if h.Secret {
		w.Name("secret")
		w.Bool(true)
	}
	w.Close('}')
}

func (l Label) appendTo(w *jsonform.Writer, name string) {
	w.Name(name)
	w.Open('{')
	w.Member("en", l.EN)
	w.Member("zh", l.ZH)
	w.Close('}')
}
