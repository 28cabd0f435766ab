package check

import (
	"context"
	"database/sql"
	"encoding/json"
)

// handled are the kinds that a section of their own looks at.
var handled = map[string]string{
	"declaration": "declarations", "assessment": "declarations", "tax_bill": "declarations", "obligation": "debts", "guarantee": "debts",
	"payment": "money", "refund": "money", "statement": "money", "bank_message": "money", "reconciliation": "money",
	"release_note": "stock", "passage": "stock", "verification_list": "stock", "write_off": "stock",
}

// documents checks what holds for every kind of document: that it can be read,
// that it is found by what it says, that its state is one of its kind's, and that
// the journal tells of it.
func (r *run) documents(ctx context.Context) error {
	for i := range drawers {
		d := &drawers[i]
		if handled[d.kind] != "" {
			continue
		}
		err := flow(ctx, r, "documents", d.fields()+"FROM "+d.table+" ORDER BY id", nil, func(rows *sql.Rows, p *paperRow) (err error) {
			*p, err = d.scan(rows)
			return err
		}, func(p *paperRow) {
			if !r.sound(d, p) {
				return
			}
			var body struct {
				State  string `json:"state"`
				Number string `json:"number"`
			}
			if json.Unmarshal([]byte(p.body), &body) != nil {
				r.found(StateColumn, d.kind, p.id, "state or number is no text", "", "")
				return
			}
			if _, listed := stateNames[d.kind]; listed {
				r.known(d.kind, p.id, body.State)
			}
			if d.told {
				r.told(d.kind, p.id)
			}
			switch d.kind {
			case "enterprise":
				r.grades(p)
			case "book":
				r.parts(p)
			case "residue":
				r.residue(p)
			}
		}, func(p *paperRow) {
			// A carrier's application to amend bears the number of its manifest.
			if d.kind == "book" || d.kind == "application" && p.column(d, "kind") != "manifest-amendment" {
				r.numbered(d.kind, p.id, p.column(d, "number"))
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
