package casework

import (
	"seine/internal/bank"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
)

// served tells whether a step that settles the debt for good was taken already:
// goods that pass after their declaration was accepted do not owe it any more.
func (w *writer) served(d *procedure.Debt) bool {
	for _, step := range w.mode.Steps {
		if _, done := w.c.Done[step.ID]; !done || step.Repeats || step.ID == w.s.ID {
			continue
		}
		for _, settles := range step.Discharge {
			if settles.Debt == d {
				return true
			}
		}
	}
	return false
}

// open opens a debt of the mode.
func (w *writer) open(o procedure.Opening) error {
	if w.served(o.Debt) {
		return nil
	}
	item := procedure.LadingLine
	if o.Debt.Of == procedure.OwedTax {
		item = procedure.Tax
	} else if len(w.s.Goods[procedure.LadingLine][o.Of]) == 0 {
		item = procedure.BookLine
	}
	var lines []obligation.Line
	for _, l := range w.s.Goods[item][o.Of] {
		if l.Quantity > 0 {
			lines = append(lines, obligation.Line{Item: string(item) + "/" + l.Key, Unit: l.Unit, Amount: l.Quantity})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	next := obligation.Obligation{
		ID: w.s.IDs(), Kind: o.Debt.Name, Debtor: w.c.Owes(o.Debt.Debtor), Mode: w.c.Mode, OpenedBy: w.c.subject(), Opened: w.s.At,
		Due: o.Due.Day, Provisional: o.Due.Provisional, Counted: o.Due.Counted, Working: o.Due.Working, Lines: lines, Stages: o.Stages, Area: w.c.Area, Office: w.c.Office,
	}
	if err := w.hold(&next, o.Share); err != nil {
		return err
	}
	opened, err := obligation.New(next)
	if err != nil {
		return err
	}
	w.c.Debts[o.Debt.Name] = append(w.c.Debts[o.Debt.Name], opened.ID)
	w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: opened.ID, Body: opened})
	e := w.entry("obligation.opened", &opened)
	e.Body = body(map[string]any{
		"kind": opened.Kind, "due": opened.Due.String(), "open": opened.OpenTotal().String(),
		"held": opened.Hold.Amount.Fixed(), "guarantee": opened.Hold.Guarantee,
	})
	w.out.Entries = append(w.out.Entries, e)
	return nil
}

// hold takes the cover that a debt needs.
func (w *writer) hold(o *obligation.Obligation, share num.Rate) error {
	if share == 0 {
		return nil
	}
	amount, err := obligation.HoldAmount(w.s.HighestTax, share)
	if err != nil || amount == 0 {
		return err
	}
	if w.c.Guarantee == "" {
		return fault.New(fault.Refused, "CASE-GUARANTEE-01", "/guarantee", "{amount} CNY must be secured and no guarantee is named",
			"name an active guarantee of the enterprise", "amount", amount.Fixed())
	}
	o.Hold = obligation.Hold{Guarantee: w.c.Guarantee, Amount: amount}
	g := guarantee.Guarantee{Number: w.c.Guarantee, Enterprise: o.Debtor}
	op, err := g.Hold(w.s.IDs(), amount, w.s.At.Date(), o.ID)
	if err != nil {
		return err
	}
	w.out.Transfers = append(w.out.Transfers, op)
	w.notice(bank.Held, g.Number, amount, o.ID)
	return nil
}

// notice tells the guarantor what is held or free now: an order to its bank, in
// the outbox with the decision.
func (w *writer) notice(kind bank.Kind, number string, amount num.Money, obligationID string) {
	w.out.Orders = append(w.out.Orders, decision.Order{
		ID: w.s.IDs(), Channel: BankChannel, Target: number, Body: bank.Order{Kind: kind, Guarantee: number, Amount: amount, Obligation: obligationID},
	})
}

// BankChannel is where orders to banks wait in the outbox; their target is the
// number of a guarantee, or of a bank.
const BankChannel = "bank"

// discharge settles debts of the case: named lines, oldest first, or all. What
// one debt takes of a line is not there for the next.
func (w *writer) discharge(d procedure.Discharge) error {
	left := map[string]num.Quantity{}
	for _, class := range w.s.Goods.classes() {
		for _, l := range w.s.Goods[class][d.Of] {
			left[string(class)+"/"+l.Key] += l.Quantity
		}
	}
	for _, id := range w.c.Debts[d.Debt.Name] {
		held, ok := w.s.Debts[id]
		if !ok || obligation.Lifecycle.Final(held.Obligation.State) {
			continue
		}
		o := held.Obligation
		var next obligation.Obligation
		var freed num.Money
		var err error
		if d.By == procedure.All {
			next, freed, err = o.DischargeAll()
		} else {
			var parts []obligation.Part
			for _, line := range o.Lines {
				if q := min(line.Open, left[line.Item]); q > 0 {
					parts = append(parts, obligation.Part{Item: line.Item, Quantity: q})
					left[line.Item] -= q
				}
			}
			if len(parts) == 0 {
				continue
			}
			next, freed, err = o.Discharge(parts...)
		}
		if err != nil {
			return err
		}
		if err := w.settled(next, held.Version, freed); err != nil {
			return err
		}
	}
	return nil
}

// settled writes an obligation after a change and frees its cover.
func (w *writer) settled(o obligation.Obligation, version int64, freed num.Money) error {
	w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: o.ID, Version: version, Body: o})
	if freed > 0 {
		g := guarantee.Guarantee{Number: o.Hold.Guarantee, Enterprise: o.Debtor}
		op, err := g.Release(w.s.IDs(), freed, w.s.At.Date(), o.ID)
		if err != nil {
			return err
		}
		w.out.Transfers = append(w.out.Transfers, op)
		w.notice(bank.Released, o.Hold.Guarantee, freed, o.ID)
	}
	kind := "obligation." + string(o.State)
	if !obligation.Lifecycle.Final(o.State) {
		kind = "obligation.partly-discharged"
	}
	e := w.entry(kind, &o)
	e.Body = body(map[string]any{"kind": o.Kind, "open": o.OpenTotal().String(), "freed": freed.Fixed(), "guarantee": o.Hold.Guarantee})
	w.out.Entries = append(w.out.Entries, e)
	return nil
}

// carry closes debts and opens their successor under the same cover.
func (w *writer) carry(k procedure.Carrying) error {
	var old []obligation.Obligation
	versions := map[string]int64{}
	for _, debt := range k.From {
		for _, id := range w.c.Debts[debt.Name] {
			if held, ok := w.s.Debts[id]; ok && !obligation.Lifecycle.Final(held.Obligation.State) {
				old = append(old, held.Obligation)
				versions[id] = held.Version
			}
		}
	}
	if len(old) == 0 {
		return nil
	}
	var lines []obligation.Line
	for _, o := range old {
		for _, l := range o.Lines {
			if l.Open > 0 {
				lines = append(lines, obligation.Line{Item: l.Item, Unit: l.Unit, Amount: l.Open})
			}
		}
	}
	var need num.Money
	if k.Into.Share > 0 {
		var err error
		if need, err = obligation.HoldAmount(w.s.HighestTax, k.Into.Share); err != nil {
			return err
		}
		if need > 0 && w.c.Guarantee == "" {
			return fault.New(fault.Refused, "CASE-GUARANTEE-01", "/guarantee", "{amount} CNY must be secured and no guarantee is named",
				"name an active guarantee of the enterprise", "amount", need.Fixed())
		}
		for i := range old {
			if old[i].Hold.Guarantee == "" {
				old[i].Hold.Guarantee = w.c.Guarantee
			}
		}
	}
	next := obligation.Obligation{
		ID: w.s.IDs(), Kind: k.Into.Debt.Name, Mode: w.c.Mode, OpenedBy: w.c.subject(), Opened: w.s.At, Due: k.Into.Due.Day,
		Provisional: k.Into.Due.Provisional, Counted: k.Into.Due.Counted, Working: k.Into.Due.Working, Lines: lines, Stages: k.Into.Stages, Area: w.c.Area, Office: w.c.Office,
	}
	closed, opened, top, err := obligation.Carry(old, next, need)
	if err != nil {
		return err
	}
	for _, o := range closed {
		w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: o.ID, Version: versions[o.ID], Body: o})
	}
	g := guarantee.Guarantee{Number: opened.Hold.Guarantee, Enterprise: opened.Debtor}
	if top != 0 {
		move, kind := g.Hold, bank.Held
		if top < 0 {
			move, kind, top = g.Release, bank.Released, -top
		}
		op, err := move(w.s.IDs(), top, w.s.At.Date(), opened.ID)
		if err != nil {
			return err
		}
		w.out.Transfers = append(w.out.Transfers, op)
		w.notice(kind, g.Number, top, opened.ID)
	}
	w.c.Debts[k.Into.Debt.Name] = append(w.c.Debts[k.Into.Debt.Name], opened.ID)
	w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: opened.ID, Body: opened})
	e := w.entry("obligation.carried", &opened)
	e.Body = body(map[string]any{"kind": opened.Kind, "due": opened.Due.String(), "from": len(closed), "held": opened.Hold.Amount.Fixed()})
	w.out.Entries = append(w.out.Entries, e)
	return nil
}
