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
	w.Optional("kind", t.Kind)
	w.Optional("supplements", t.Supplements)
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
			if l.Declared != nil {
				jsonform.Plain(&w, "declared", *l.Declared)
			}
			w.Close('}')
		}
		w.Close(']')
	}
	if len(t.Shares) > 0 {
		w.Name("shares")
		w.Open('[')
		for _, s := range t.Shares {
			w.Open('{')
			w.Member("chapter", s.Chapter)
			w.Member("tax", s.Tax)
			jsonform.Plain(&w, "amount", s.Amount)
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
	w.Optional("statement", t.Statement)
	if err := w.Rest("credits", len(t.Credits) > 0, t.Credits); err != nil { // none before something is paid
		return nil, err
	}
	jsonform.Given(&w, "fee", t.Fee)
	jsonform.Given(&w, "claimed", t.Claimed)
	jsonform.Given(&w, "refunded", t.Refunded)
	w.Optional("reason", t.Reason)
	w.Member("state", string(t.State))
	w.Close('}')
	return w.B, nil
}
