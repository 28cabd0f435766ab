package treasury

import (
	"context"
	"strings"

	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/obligation"
	"seine/internal/revenue"
)

// LetFallDue lets the next consequence of an overdue debt bite, as a command of
// the clock. Where tax is owed, its bill and the statement it stands on become
// overdue with the first consequence after the due day: from then on the late fee
// runs, and consolidated payment is closed to the enterprise until its arrears are
// cleared (DR §3.4). “call-guarantee” takes what is held and orders the guarantor
// to pay. Faults: those of casework.FallDue.
func (d *Desk) LetFallDue(ctx context.Context, c decision.Command, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		today := v.Now().Date()
		out, err := casework.FallDue(v, today, id)
		if err != nil {
			return out, err
		}
		o, _, err := decision.Load[obligation.Obligation](v, dossier.Obligation, id)
		if err != nil || today <= o.Due {
			return out, err
		}
		statements := map[string]*found[revenue.Statement]{}
		for _, line := range o.Lines {
			number, tax := strings.CutPrefix(line.Item, "tax/")
			if !tax || line.Open == 0 {
				continue
			}
			if err := d.overdue(v, &out, number, statements); err != nil {
				return out, err
			}
		}
		for _, s := range statements {
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Statement, ID: s.id, Version: s.version, Body: s.doc})
		}
		return out, nil
	})
}

// MoveDue reckons the day of an open debt anew by the calendar in force, as a command
// of the clock: other days off were agreed on, or the holidays of a year became
// known. The tax bills in it and the statement they stand on move along, and the
// journal tells the enterprise. A debt whose day stays, has passed or would have
// passed is left as it is; nothing is written then.
func (d *Desk) MoveDue(ctx context.Context, c decision.Command, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		o, version, err := decision.Load[obligation.Obligation](v, dossier.Obligation, id)
		if err != nil {
			return out, err
		}
		reference := d.reference()
		next, moves := o.Again(reference.Calendar, v.Now().Date())
		if !moves {
			return out, nil
		}
		out.Epochs = reference.Epochs
		out.Puts = []decision.Put{{Kind: dossier.Obligation, ID: id, Version: version, Body: next}}
		if next.Due == o.Due {
			return out, nil // only that it is no longer provisional, or is again
		}
		e := about(v, decision.System, "obligation.rescheduled", o.Debtor, o.Office, map[string]any{
			"kind": o.Kind, "was": o.Due.String(), "due": next.Due.String(), "provisional": next.Provisional,
		}, ref(dossier.Obligation, id))
		e.Area, e.Why = o.Area, journal.Why{Rule: "house/calendar"}
		statements := map[string]bool{}
		for _, line := range o.Lines {
			number, tax := strings.CutPrefix(line.Item, "tax/")
			if !tax || line.Open == 0 {
				continue
			}
			bill, err := byNumber[revenue.TaxBill](v, dossier.TaxBill, "number", number)
			if err != nil {
				return out, err
			}
			if bill == nil || bill.doc.Due != o.Due {
				continue
			}
			bill.doc.Due = next.Due
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: bill.id, Version: bill.version, Body: bill.doc})
			e.Subject = append(e.Subject, ref(dossier.TaxBill, bill.id), ref(dossier.Declaration, bill.doc.Declaration))
			if bill.doc.Statement == "" || statements[bill.doc.Statement] {
				continue
			}
			statements[bill.doc.Statement] = true
			s, err := byNumber[revenue.Statement](v, dossier.Statement, "number", bill.doc.Statement)
			if err != nil {
				return out, err
			}
			if s != nil && s.doc.Due == o.Due {
				s.doc.Due = next.Due
				out.Puts = append(out.Puts, decision.Put{Kind: dossier.Statement, ID: s.id, Version: s.version, Body: s.doc})
				e.Subject = append(e.Subject, ref(dossier.Statement, s.id))
			}
		}
		out.Entries = append(out.Entries, e)
		return out, nil
	})
}

// overdue makes a tax bill overdue, and the statement it stands on.
func (d *Desk) overdue(v decision.View, out *decision.Outcome, number string, statements map[string]*found[revenue.Statement]) error {
	bill, err := byNumber[revenue.TaxBill](v, dossier.TaxBill, "number", number)
	if err != nil || bill == nil || !bill.doc.Payable() || bill.doc.State == revenue.Overdue {
		return err
	}
	next, err := bill.doc.Apply(revenue.EventFallDue)
	if err != nil {
		return err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: bill.id, Version: bill.version, Body: next})
	e := about(v, decision.System, "tax-bill.overdue", next.Enterprise, next.Office, map[string]any{
		"number": next.Number, "due": next.Due.String(), "rest": next.Rest().Fixed(), "statement": next.Statement,
	}, ref(dossier.TaxBill, bill.id), ref(dossier.Declaration, next.Declaration))
	e.Why = journal.Why{Rule: "late payment", Law: "DL-43"}
	out.Entries = append(out.Entries, e)
	if next.Statement == "" || statements[next.Statement] != nil {
		return nil
	}
	s, err := byNumber[revenue.Statement](v, dossier.Statement, "number", next.Statement)
	if err != nil || s == nil || revenue.StatementLife.Final(s.doc.State) || s.doc.State == revenue.StatementOverdue {
		return err
	}
	if s.doc, err = s.doc.Apply(revenue.EventStatementDue); err != nil {
		return err
	}
	statements[next.Statement] = s
	out.Entries = append(out.Entries, about(v, decision.System, "statement.overdue", s.doc.Enterprise, s.doc.Office,
		map[string]any{"number": s.doc.Number, "due": s.doc.Due.String(), "open": (s.doc.Total - s.doc.Paid).Fixed()}, ref(dossier.Statement, s.id)))
	return nil
}
