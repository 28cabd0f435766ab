package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/obligation"
)

// debts checks every debt by itself, against the journal, and the cover of all of
// them against the guarantees and the books.
func (r *run) debts(ctx context.Context) error {
	type paper struct {
		row paperRow
		o   obligation.Obligation
		ok  bool
	}
	d := drawerOf("obligation")
	held := map[string]num.Money{} // by guarantee
	successors := map[key]string{} // named → by whom
	there := map[key]bool{}
	err := flow(ctx, r, "debts", d.fields()+"FROM obligation ORDER BY id", nil, func(rows *sql.Rows, p *paper) (err error) {
		p.row, err = d.scan(rows)
		return err
	}, func(p *paper) {
		if !r.sound(d, &p.row) {
			return
		}
		if err := json.Unmarshal([]byte(p.row.body), &p.o); err != nil {
			r.found(DebtForm, "obligation", p.row.id, "the debt cannot be read: "+err.Error(), "", "")
			return
		}
		p.ok = true
		r.owed(p.row.id, &p.o)
	}, func(p *paper) {
		there[keyOf(p.row.id)] = true
		if !p.ok {
			return
		}
		held[p.o.Hold.Guarantee] += p.o.Hold.Left
		for _, next := range p.o.Successors {
			successors[keyOf(next)] = next + "\x00" + p.row.id
		}
	})
	if err != nil {
		return err
	}
	for k, pair := range successors {
		if next, by, _ := strings.Cut(pair, "\x00"); !there[k] {
			r.found(DebtSuccessor, "obligation", by, "the debt it was carried into is not there", next, "")
		}
	}
	for k, trail := range r.trail.debts {
		if !there[k] && trail.opened != 0 {
			r.found(DebtJournal, "obligation", strings.TrimRight(string(k[:]), "\x00"), "the journal tells of a debt that is not there", trail.open.String(), "")
		}
	}
	return r.guarantees(ctx, held)
}

// owed checks one debt.
func (r *run) owed(id string, o *obligation.Obligation) {
	tell := func(c Code, detail, expected, actual string) { r.found(c, "obligation", id, detail, expected, actual) }
	r.told("obligation", id)
	if !r.known("obligation", id, string(o.State)) {
		return
	}
	var open, amount num.Quantity
	for _, l := range o.Lines {
		if l.Open < 0 || l.Open > l.Amount || l.Amount <= 0 {
			tell(DebtForm, "the open rest of "+l.Item+" is not within its amount", l.Amount.String(), l.Open.String())
		}
		open += l.Open
		amount += l.Amount
	}
	switch o.State {
	case obligation.Discharged:
		if open != 0 {
			tell(DebtForm, "is discharged and something is open", "0", open.String())
		}
	case obligation.Open, obligation.Overdue:
		if open == 0 {
			tell(DebtForm, "nothing is open and it is not discharged", string(obligation.Discharged), string(o.State))
		}
	case obligation.Carried:
		if len(o.Successors) == 0 {
			tell(DebtSuccessor, "is carried and names no successor", "", "")
		}
	}
	final := o.State == obligation.Discharged || o.State == obligation.Carried || o.State == obligation.Lifted
	if o.Hold.Left < 0 || o.Hold.Left > o.Hold.Amount || final && o.Hold.Left != 0 {
		tell(DebtHold, "what is still held is not within what was held", o.Hold.Amount.Fixed(), o.Hold.Left.Fixed())
	}
	if o.State == obligation.Overdue && r.today <= o.Due {
		tell(DebtDue, "is overdue on "+r.today.String(), "after "+o.Due.String(), r.today.String())
	}
	t := r.trail.debts[keyOf(id)]
	if !r.ran("journal") || t == nil {
		return
	}
	if t.due != 0 && t.due != o.Due {
		tell(DebtJournal, "the day it is due", t.due.String(), o.Due.String())
	}
	r.differ(DebtJournal, "obligation", id, "consequences that have bitten", int64(t.stages), int64(o.StagesDone))
	if o.State != obligation.Carried && t.state != "open" && t.state != string(o.State) || t.state == "open" && (o.State == obligation.Discharged || o.State == obligation.Lifted) {
		tell(DebtJournal, "state", t.state, string(o.State))
	}
	if t.noFigures {
		return
	}
	if amount != t.opened {
		tell(DebtJournal, "amount owed at first", t.opened.String(), amount.String())
	}
	if open != t.open {
		tell(DebtJournal, "amount still owed", t.open.String(), open.String())
	}
	if o.Hold.Amount != t.held {
		tell(DebtHold, "cover held at first", t.held.Fixed(), o.Hold.Amount.Fixed())
	}
	if o.State != obligation.Carried && o.Hold.Left != t.left {
		tell(DebtHold, "cover still held", t.left.Fixed(), o.Hold.Left.Fixed())
	}
}

// guarantees compares each guarantee with the books and with the debts under it.
func (r *run) guarantees(ctx context.Context, needed map[string]num.Money) error {
	type account struct{ free, held, granted, called int64 }
	have := map[string]*account{}
	err := r.all(ctx, moneyAll, nil, func(rows *sql.Rows) error {
		var key string
		var quantity int64
		if err := rows.Scan(&key, &quantity); err != nil {
			return err
		}
		parts := strings.Split(key, "|")
		number, is := "", false
		if len(parts) == 6 {
			number, is = strings.CutPrefix(parts[2], "guarantee/")
		}
		if !is {
			return nil
		}
		a := have[number]
		if a == nil {
			a = &account{}
			have[number] = a
		}
		switch parts[4] {
		case "free":
			a.free += quantity
		case "held":
			a.held += quantity
		case "granted":
			a.granted += quantity
		case "used":
			a.called += quantity
		}
		return nil
	})
	if err != nil {
		return err
	}
	d := drawerOf("guarantee")
	err = r.all(ctx, d.fields()+"FROM guarantee ORDER BY id", nil, func(rows *sql.Rows) error {
		row, err := d.scan(rows)
		if err != nil {
			return err
		}
		var g guarantee.Guarantee
		if !r.sound(d, &row) || json.Unmarshal([]byte(row.body), &g) != nil {
			return nil
		}
		r.told("guarantee", row.id)
		r.known("guarantee", row.id, string(g.State))
		a := have[g.Number]
		delete(have, g.Number)
		if a == nil {
			a = &account{}
		}
		limit := int64(0)
		if !slices.Contains([]guarantee.State{guarantee.Registered, guarantee.Refused, guarantee.Closed}, g.State) {
			limit = int64(g.Limit) * 1000 // the ledger counts money with five decimals
		}
		r.differ(DebtLimit, "guarantee", g.Number, "granted by its limit", limit, -a.granted)
		r.differ(DebtLimit, "guarantee", g.Number, "free, held and called together", limit, a.free+a.held+a.called)
		r.differ(DebtHeld, "guarantee", g.Number, "held for its debts", int64(needed[g.Number])*1000, a.held)
		delete(needed, g.Number)
		return nil
	})
	if err != nil {
		return err
	}
	for number, a := range have {
		r.differ(DebtHeld, "guarantee", number, "there is no such guarantee, and something is held", 0, a.held)
	}
	for number, amount := range needed {
		if number != "" && amount != 0 {
			r.found(DebtHeld, "guarantee", number, "debts are held under a guarantee that is not there", "", amount.Fixed())
		}
	}
	return nil
}
