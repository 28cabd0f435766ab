package casework

import (
	"encoding/json"
	"slices"

	"seine/internal/bank"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/jsonform"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
)

// Undo takes a step back: counter-movements, debts lifted that it opened, debts
// open again that it settled or carried, with their cover; reservations given up.
// A final debt stays as it is for ever: what is owed again is a debt of its own,
// due on the same day. Faults: those of procedure.Mode.Reverse; of the ledger
// when the goods were used since, or the guarantee has not enough left.
func Undo(v decision.View, mode *procedure.Mode, c Case, s Step) (Taken, error) {
	situation := procedure.Situation{
		At: s.At, Area: c.Area, Credit: c.Credit, Events: c.Events, Done: c.Done, True: s.True, Calendar: s.Calendar,
	}
	undoing, err := mode.Reverse(s.ID, situation)
	t := Taken{Case: c, Ready: err == nil}
	if err != nil {
		return t, err
	}
	t.Case = c.copied()
	w := writer{v: v, c: &t.Case, s: &s, mode: mode, out: &t.Outcome}
	for _, p := range undoing.Post {
		if err := w.post(p); err != nil {
			return t, err
		}
		if p.Do == ledger.Void {
			delete(t.Case.Reserved, p.As)
		}
	}
	for i := range undoing.Turn {
		if err := w.turn(&undoing.Turn[i]); err != nil {
			return t, err
		}
	}
	for _, debt := range undoing.Lift {
		for _, id := range t.Case.Debts[debt.Name] {
			held, ok := s.Debts[id]
			if !ok || obligation.Lifecycle.Final(held.Obligation.State) {
				continue
			}
			lifted, freed, err := held.Obligation.Lift()
			if err != nil {
				return t, err
			}
			if err := w.settled(lifted, held.Version, freed); err != nil {
				return t, err
			}
		}
		delete(t.Case.Debts, debt.Name)
	}
	for _, debt := range undoing.Reopen {
		if err := w.reopen(debt); err != nil {
			return t, err
		}
	}
	for _, carried := range undoing.Uncarry {
		for _, id := range t.Case.Debts[carried.Into.Name] {
			if held, ok := s.Debts[id]; ok && !obligation.Lifecycle.Final(held.Obligation.State) {
				lifted, freed, err := held.Obligation.Lift()
				if err != nil {
					return t, err
				}
				if err := w.settled(lifted, held.Version, freed); err != nil {
					return t, err
				}
			}
		}
		delete(t.Case.Debts, carried.Into.Name)
		for _, debt := range carried.From {
			if err := w.reopen(debt); err != nil {
				return t, err
			}
		}
	}
	delete(t.Case.Done, s.ID)
	t.Case.State, t.Case.Closed = Open, 0
	return t, nil
}

// reopen lets the case owe again what it had settled of a debt: all of it.
func (w *writer) reopen(debt *procedure.Debt) error {
	ids := w.c.Debts[debt.Name]
	var now []string
	for _, id := range ids {
		old, version, err := decision.Load[obligation.Obligation](w.v, dossier.Obligation, id)
		if err != nil {
			return err
		}
		now = append(now, id)
		if w.c.Instead[id] != "" {
			continue // undone once more: only what stands instead comes back
		}
		if old.State == obligation.Lifted || old.OpenTotal() == amountOf(&old) && old.State != obligation.Carried {
			continue
		}
		if !obligation.Lifecycle.Final(old.State) {
			lifted, freed, err := old.Lift()
			if err != nil {
				return err
			}
			if err := w.settled(lifted, version, freed); err != nil {
				return err
			}
		}
		again := old
		again.ID, again.Opened = w.s.IDs(), w.s.At
		if again, err = obligation.New(again); err != nil {
			return err
		}
		if again.Hold.Amount > 0 {
			g := guarantee.Guarantee{Number: again.Hold.Guarantee, Enterprise: again.Debtor}
			op, err := g.Hold(w.s.IDs(), again.Hold.Amount, w.s.At.Date(), again.ID)
			if err != nil {
				return err
			}
			w.out.Transfers = append(w.out.Transfers, op)
			w.notice(bank.Held, g.Number, again.Hold.Amount, again.ID)
		}
		now = append(now, again.ID)
		if w.c.Instead == nil {
			w.c.Instead = map[string]string{}
		}
		w.c.Instead[id] = again.ID
		w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: again.ID, Body: again})
		e := w.entry("obligation.opened", &again)
		e.Body = body(map[string]any{
			"kind": again.Kind, "due": again.Due.String(), "open": again.OpenTotal().String(),
			"held": again.Hold.Amount.Fixed(), "guarantee": again.Hold.Guarantee, "instead": id,
		})
		w.out.Entries = append(w.out.Entries, e)
	}
	if len(now) > len(ids) {
		w.c.Debts[debt.Name] = now
	}
	return nil
}

func amountOf(o *obligation.Obligation) num.Quantity {
	var sum num.Quantity
	for _, l := range o.Lines {
		sum += l.Amount
	}
	return sum
}

// Owed reads the obligations of a case that are still open, by id.
func Owed(v decision.View, c *Case) (map[string]Held, error) {
	held := map[string]Held{}
	for _, ids := range c.Debts {
		for _, id := range ids {
			o, version, err := decision.Load[obligation.Obligation](v, dossier.Obligation, id)
			if err != nil {
				return nil, err
			}
			if !obligation.Lifecycle.Final(o.State) {
				held[id] = Held{o, version}
			}
		}
	}
	return held, nil
}

// Find gives the open case that a column leads to; false when there is none.
func Find(v decision.View, column, value string) (c Case, version int64, ok bool, err error) {
	ids, err := v.Find(dossier.Case, column, value, 20)
	if err != nil {
		return Case{}, 0, false, err
	}
	for _, id := range slices.Backward(ids) {
		c, version, err = decision.Load[Case](v, dossier.Case, id)
		if err != nil || c.State == Open {
			return c, version, err == nil, err
		}
	}
	return Case{}, 0, false, nil
}

// body renders the facts of an entry: plain texts and numbers, which always can
// be rendered.
func body(values map[string]any) json.RawMessage {
	raw, err := jsonform.Object(values)
	if err != nil {
		return nil
	}
	return raw
}
