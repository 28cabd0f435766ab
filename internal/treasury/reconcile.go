package treasury

import (
	"context"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/revenue"
)

// ReconciliationID names the reconciliation of a bank's day.
func ReconciliationID(peer string, day clock.Date) string { return peer + "|" + day.String() }

// dayCame keeps a bank's statement of a day; it is compared with our books next,
// and again whenever something late may have changed the result.
func (d *Desk) dayCame(v decision.View, by decision.Actor, peer string, s bank.DayStatement) (decision.Outcome, error) {
	var out decision.Outcome
	if s.Day == 0 || s.Day > v.Now().Date() {
		return out, fault.New(fault.Invalid, "TREASURY-DAY-01", "/day", "a statement of {day} is of no day that is over or today", "give its day", "day", s.Day)
	}
	id := ReconciliationID(peer, s.Day)
	r, version, err := decision.Load[bank.Reconciliation](v, dossier.Reconciliation, id)
	if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return out, err
	}
	if version == 0 {
		r = bank.Reconciliation{ID: id, Bank: peer, Day: s.Day}
	}
	r.Statement = s
	r.State = bank.ReconciliationOpen
	out.Puts = []decision.Put{{Kind: dossier.Reconciliation, ID: id, Version: version, Body: r}}
	out.Entries = []journal.Entry{about(v, by, "reconciliation.statement-came", "", "", map[string]any{
		"bank": peer, "day": s.Day.String(), "opening": s.Opening.Fixed(), "closing": s.Closing.Fixed(), "lines": len(s.Lines),
	}, ref(dossier.Reconciliation, id))}
	return out, nil
}

// manyRecords bounds the movements of one bank on one day.
const manyRecords = 200_000

// Reconcile lays a bank's statement of a day beside our books and names each
// difference. ours is the balance of the treasury's account there at the end of
// that day, as the books have it by effective day. A result that did not change
// writes nothing. Faults: STORE-ABSENT-01 (no statement of that day came).
func (d *Desk) Reconcile(ctx context.Context, c decision.Command, by decision.Actor, peer string, day clock.Date, ours num.Money) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		id := ReconciliationID(peer, day)
		r, version, err := decision.Load[bank.Reconciliation](v, dossier.Reconciliation, id)
		if err != nil {
			return out, err
		}
		records, err := recordsOf(v, peer, day)
		if err != nil {
			return out, err
		}
		p, _, err := loadPeer(v, peer)
		if err != nil {
			return out, err
		}
		differences, err := bank.Compare(&r.Statement, ours, records, p.Gaps())
		if err != nil {
			return out, err
		}
		next, err := r.Compared(differences, v.Now())
		if err != nil {
			return out, err
		}
		next.Ours, next.Records = ours, len(records)
		out.Reply = next
		if r.At != 0 && r.State == next.State && r.Ours == ours && r.Records == next.Records && sameDifferences(r.Differences, next.Differences) {
			return out, nil
		}
		kinds := map[bank.DifferenceKind]int{}
		for _, f := range next.Differences {
			kinds[f.Kind]++
		}
		out.Puts = []decision.Put{{Kind: dossier.Reconciliation, ID: id, Version: version, Body: next}}
		out.Entries = []journal.Entry{about(v, by, "reconciliation.compared", "", "", map[string]any{
			"bank": peer, "day": day.String(), "closing": r.Statement.Closing.Fixed(), "ours": ours.Fixed(), "differences": kinds, "state": next.State,
		}, ref(dossier.Reconciliation, id))}
		return out, nil
	})
}

func sameDifferences(a, b []bank.Difference) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// recordsOf gives what our books have of a bank's day: payments and refunds.
func recordsOf(v decision.View, peer string, day clock.Date) ([]bank.Entry, error) {
	var list []bank.Entry
	key := revenue.BankDay(peer, day)
	payments, err := v.Find(dossier.Payment, "bank_day", key, manyRecords)
	if err != nil {
		return nil, err
	}
	for _, id := range payments {
		p, _, err := decision.Load[revenue.Payment](v, dossier.Payment, id)
		if err != nil {
			return nil, err
		}
		if p.Sequence == 0 && p.Bank != peer {
			continue
		}
		subject := p.Bill
		if subject == "" {
			subject = p.Statement
		}
		list = append(list, bank.Entry{
			Reference: p.Reference, In: true, Amount: p.Amount, Subject: subject,
			Twice:   p.State != revenue.Cleared && (p.Result == revenue.Twice || p.Result == revenue.NotOwed),
			Unknown: p.State != revenue.Cleared && p.Result == revenue.NoBill,
		})
	}
	refunds, err := v.Find(dossier.Refund, "bank_day", key, manyRecords)
	if err != nil {
		return nil, err
	}
	for _, id := range refunds {
		r, _, err := decision.Load[revenue.Refund](v, dossier.Refund, id)
		if err != nil {
			return nil, err
		}
		list = append(list, bank.Entry{Reference: r.BankRef, Amount: r.Amount, Subject: r.ID})
	}
	return list, nil
}

// Explain gives an officer's reason for one difference of a day.
// Faults: BANK-RECONCILE-01 to -03.
func (d *Desk) Explain(ctx context.Context, c decision.Command, by decision.Actor, id string, difference int, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		r, version, err := decision.Load[bank.Reconciliation](v, dossier.Reconciliation, id)
		if err != nil {
			return out, err
		}
		if r, err = r.Explain(difference, reason); err != nil {
			return out, err
		}
		out.Puts = []decision.Put{{Kind: dossier.Reconciliation, ID: id, Version: version, Body: r}}
		e := about(v, by, "reconciliation.explained", "", "", map[string]any{
			"bank": r.Bank, "day": r.Day.String(), "difference": r.Differences[difference].Kind, "reference": r.Differences[difference].Reference, "state": r.State,
		}, ref(dossier.Reconciliation, id))
		e.Why = journal.Why{Reason: reason}
		out.Entries = []journal.Entry{e}
		out.Reply = r
		return out, nil
	})
}
