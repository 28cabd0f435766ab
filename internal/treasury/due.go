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
