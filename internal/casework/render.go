package casework

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/jsonform"
)

// AppendJSON appends the case as encoding/json writes it. Every consignment has
// one, and each of its steps writes it.
func (c Case) AppendJSON(b []byte) ([]byte, error) { return c.appendTo(b) }

func (c *Case) appendTo(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: slices.Grow(b, 768)}
	w.Open('{')
	w.Member("id", c.ID)
	w.Member("mode", c.Mode)
	w.Number("modeVersion", int64(c.ModeVersion))
	jsonform.Plain(&w, "modeDay", c.ModeDay)
	w.Member("state", c.State)
	w.Optional("area", c.Area)
	w.Optional("office", c.Office)
	w.Member("debtor", c.Debtor)
	w.Optional("declarant", c.Declarant)
	w.Number("credit", int64(c.Credit))
	w.Optional("lading", c.Lading)
	w.Optional("bill", c.Bill)
	w.Optional("billOffice", c.BillOffice)
	w.Optional("application", c.Application)
	w.Optional("declaration", c.Declaration)
	w.Optional("list", c.List)
	w.Optional("book", c.Book)
	w.Optional("status", string(c.Status))
	if c.Layered {
		w.Name("layered")
		w.Bool(true)
	}
	w.Optional("guarantee", c.Guarantee)
	w.Name("done")
	moments(&w, c.Done)
	if len(c.Events) > 0 {
		w.Name("events")
		moments(&w, c.Events)
	}
	if err := w.Rest("reserved", len(c.Reserved) > 0, c.Reserved); err != nil {
		return nil, err
	}
	if err := w.Rest("drawn", len(c.Drawn) > 0, c.Drawn); err != nil {
		return nil, err
	}
	if len(c.Debts) > 0 {
		w.Name("debts")
		w.Open('{')
		for _, debt := range jsonform.Names(c.Debts) {
			w.Key(debt)
			if c.Debts[debt] == nil {
				w.Raw(nil)
				continue
			}
			w.Open('[')
			for _, id := range c.Debts[debt] {
				w.Text(id)
			}
			w.Close(']')
		}
		w.Close('}')
	}
	if err := w.Rest("instead", len(c.Instead) > 0, c.Instead); err != nil {
		return nil, err
	}
	jsonform.Plain(&w, "opened", c.Opened)
	jsonform.Given(&w, "closed", c.Closed)
	w.Close('}')
	return w.B, nil
}

func moments[K ~string](w *jsonform.Writer, at map[K]clock.Instant) {
	if at == nil {
		w.Raw(nil)
		return
	}
	w.Open('{')
	for _, name := range jsonform.Names(at) {
		w.Key(string(name))
		b, _ := at[name].AppendText(append(w.B, '"')) // it never fails
		w.B = append(b, '"')
	}
	w.Close('}')
}
