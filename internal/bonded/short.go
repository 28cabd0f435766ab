package bonded

import (
	"context"

	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/journal"
)

// ShortPass is the order to look at a list whose goods came in part only.
const ShortPass = "short-pass"

// LookLater orders a look at a list of which a part passed at moment at, when the
// days of the rules are over (DR §4.4, short pass). Each passage orders one; the
// last of them finds the list as it stayed.
func LookLater(v decision.View, ref *clearance.Reference, l *List, at clock.Instant) (decision.Order, error) {
	rules, err := ref.Books.At(at.Date())
	if err != nil {
		return decision.Order{}, err
	}
	return decision.Order{
		ID: v.NewID(), Channel: clearance.Reminder, Target: ShortPass, Body: l.ID, NotBefore: at.Date().AddDays(rules.ShortPassDays + 1).Start(),
	}, nil
}

// LookAtShort raises an alarm for a list that still waits for the rest of its
// goods when the days of the rules have passed since the last of them came. It is
// raised once.
func (d *Desk) LookAtShort(ctx context.Context, c decision.Command, id string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		l, version, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return out, err
		}
		rules, err := d.reference().Books.At(v.Now().Date())
		if err != nil {
			return out, err
		}
		waits := l.State == book.ListApproved || l.State == book.ListBillReleased
		if !waits || l.FullyPassed != 0 || l.LastPassed == 0 || l.ShortAlarm != 0 || v.Now().Date() <= l.LastPassed.Date().AddDays(rules.ShortPassDays) {
			return out, nil
		}
		l.ShortAlarm = v.Now()
		e := l.entry(v, v.NewID, decision.System, "alarm.raised", "goods of the list came in part only")
		e.Why = journal.Why{Rule: "short pass", Reason: "goods of the list came in part only"}
		out.Puts = []decision.Put{{Kind: dossier.VerificationList, ID: id, Version: version, Body: l}}
		out.Entries = []journal.Entry{e}
		return out, nil
	})
}
