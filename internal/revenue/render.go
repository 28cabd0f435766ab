package revenue

import (
	"slices"

	"seine/internal/jsonform"
)

// AppendJSON appends the bill as encoding/json writes it: nearly every
// declaration has one.
func (t TaxBill) AppendJSON(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: slices.Grow(b, 512)}
	w.Open('{')
	w.Member("number", t.Number)
	w.Member("declaration", t.Declaration)
	w.Member("enterprise", t.Enterprise)
	w.Member("office", t.Office)
	w.Name("lines")
	if t.Lines == nil {
		w.Raw(nil)
	} else {
		w.Open('[')
		for _, l := range t.Lines {
			w.Open('{')
			w.Member("tax", l.Tax)
			jsonform.Plain(&w, "amount", l.Amount)
			w.Close('}')
		}
		w.Close(']')
	}
	jsonform.Plain(&w, "total", t.Total)
	jsonform.Plain(&w, "issued", t.Issued)
	jsonform.Plain(&w, "due", t.Due)
	jsonform.Given(&w, "paidAt", t.PaidAt)
	w.Optional("bankReference", t.BankRef)
	w.Optional("guarantee", t.Guarantee)
	w.Member("state", string(t.State))
	w.Close('}')
	return w.B, nil
}
