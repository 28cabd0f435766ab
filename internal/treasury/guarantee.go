package treasury

import (
	"context"
	"slices"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
)

// Standing reads what of a guarantee is held, used and free now.
func Standing(v ledger.View, g guarantee.Guarantee) (guarantee.Standing, error) {
	s := guarantee.Standing{Limit: g.Worth()}
	for _, part := range []struct {
		account ledger.Account
		into    *num.Money
	}{{g.HeldAccount(), &s.Held}, {g.UsedAccount(), &s.Used}, {g.FreeAccount(), &s.Free}} {
		b, err := v.Balance(part.account.Key())
		if err != nil {
			return s, err
		}
		*part.into = ledger.MoneyOf(b.Quantity)
	}
	return s, nil
}

// letterCame registers a guarantee that a bank has issued; the guarantee officer
// accepts it. What a letter lacks is told at once (GUA art. 13).
func (d *Desk) letterCame(v decision.View, by decision.Actor, peer string, l bank.Letter) (decision.Outcome, error) {
	var out decision.Outcome
	g := guarantee.Guarantee{
		Number: l.Number, Enterprise: l.Enterprise, Form: guarantee.Form(l.Form), Beneficiary: l.Beneficiary, Guarantor: l.Guarantor, Bank: peer,
		Obligation: l.Obligation, Liability: l.Liability, Limit: l.Limit, ValidFrom: l.ValidFrom, ValidTo: l.ValidTo, State: guarantee.Registered, Registered: v.Now(),
	}
	if err := g.Validate(); err != nil {
		return out, err
	}
	if g.Form == guarantee.Exempt {
		return out, guarantee.MayBeSpared(0, 1)
	}
	if known, err := byNumber[guarantee.Guarantee](v, dossier.Guarantee, "number", g.Number); err != nil {
		return out, err
	} else if known != nil {
		return out, fault.New(fault.Conflict, "TREASURY-LETTER-01", "/number", "guarantee {number} is registered already", "tell a change of it, or give another number", "number", g.Number)
	}
	if _, _, err := decision.Load[party.Enterprise](v, dossier.Enterprise, g.Enterprise); fault.Is(err, "STORE-ABSENT-01") {
		return out, fault.New(fault.Invalid, "TREASURY-LETTER-02", "/enterprise", "no enterprise {code} is registered here", "check the credit code with the customer", "code", g.Enterprise)
	} else if err != nil {
		return out, err
	}
	out.Puts = []decision.Put{{Kind: dossier.Guarantee, ID: g.Number, Body: g}}
	e := about(v, by, "guarantee.registered", g.Enterprise, "", map[string]any{
		"limit": g.Limit.Fixed(), "form": g.Form, "until": g.ValidTo.String(), "acceptBy": g.AcceptBy(v.Now().Date(), d.reference().Calendar).String(),
	}, ref(dossier.Guarantee, g.Number))
	e.Why = journal.Why{Law: "GUA-16"}
	out.Entries = []journal.Entry{e}
	return out, nil
}

// Answer accepts or refuses a guarantee that a bank has registered: with the
// acceptance its limit becomes available. One that an officer has written down is
// answered by a second officer alone. Faults: TREASURY-REASON-01,
// TREASURY-COVER-01, GUARANTEE-LIFECYCLE-01, those of
// guarantee.Guarantee.Validate; GUARANTEE-EXEMPT-01.
func (d *Desk) Answer(ctx context.Context, c decision.Command, by decision.Actor, number string, accept bool, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if reason == "" {
			return decision.Outcome{}, noReason()
		}
		if err := byTwo(v, number); err != nil {
			return decision.Outcome{}, err
		}
		return d.answered(v, by, number, accept, journal.Why{Reason: reason, Law: "GUA-16"})
	})
}

// answered puts an answer to a registered guarantee in force.
func (d *Desk) answered(v decision.View, by decision.Actor, number string, accept bool, why journal.Why) (decision.Outcome, error) {
	var out decision.Outcome
	g, version, err := decision.Load[guarantee.Guarantee](v, dossier.Guarantee, number)
	if err != nil {
		return out, err
	}
	event, kind := guarantee.EventRefuse, "guarantee.refused"
	if accept {
		event, kind = guarantee.EventAccept, "guarantee.accepted"
		if err := g.Validate(); err != nil {
			return out, err
		}
		if err := d.spared(v, &g); err != nil {
			return out, err
		}
	}
	if g, err = g.Apply(event, 0); err != nil {
		return out, err
	}
	if accept {
		op, err := g.Grant(v.NewID(), v.Now().Date())
		if err != nil {
			return out, err
		}
		out.Transfers = []ledger.Op{op}
	}
	out.Puts = []decision.Put{{Kind: dossier.Guarantee, ID: number, Version: version, Body: g}}
	e := about(v, by, kind, g.Enterprise, "", map[string]any{"limit": g.Limit.Fixed(), "form": g.Form, "until": g.ValidTo.String()}, ref(dossier.Guarantee, number))
	e.Why = why
	out.Entries = []journal.Entry{e}
	out.Reply = g
	return out, nil
}

// spared refuses an exemption of an enterprise that is not rated well enough.
func (d *Desk) spared(v decision.View, g *guarantee.Guarantee) error {
	if g.Form != guarantee.Exempt {
		return nil
	}
	e, _, err := decision.Load[party.Enterprise](v, dossier.Enterprise, g.Enterprise)
	if fault.Is(err, "STORE-ABSENT-01") {
		return fault.New(fault.Invalid, "TREASURY-LETTER-02", "/enterprise", "no enterprise {code} is registered here", "check the credit code with the customer", "code", g.Enterprise)
	}
	if err != nil {
		return err
	}
	grade, err := e.GradeAt(d.reference().Credit, v.Now().Date())
	if err != nil {
		return err
	}
	return guarantee.MayBeSpared(int(grade.Grade.Level), d.rules(v).ExemptLevel)
}

// letterChanged puts a guarantor's change in force: a larger limit at once; a
// smaller one as far as nothing is held on it, the rest stays and is told.
func (d *Desk) letterChanged(v decision.View, by decision.Actor, change bank.LetterChange) (decision.Outcome, error) {
	var out decision.Outcome
	known, err := letter(v, change.Number)
	if err != nil {
		return out, err
	}
	g := known.doc
	if g, err = g.Apply(guarantee.EventChange, 0); err != nil {
		return out, err
	}
	s, err := Standing(v, g)
	if err != nil {
		return out, err
	}
	today, before := v.Now().Date(), g
	add := func(make func(string, num.Money, clock.Date, string) (ledger.Op, error), amount num.Money) error {
		op, err := make(v.NewID(), amount, today, g.Number)
		out.Transfers = append(out.Transfers, op)
		return err
	}
	if change.Limit < 0 || change.Reinstated < 0 || change.Reinstated > s.Used {
		return out, fault.New(fault.Invalid, "TREASURY-LETTER-03", "/reinstated", "{amount} CNY is not within the {used} CNY that were used of {number}", "give the amount that was made good",
			"amount", change.Reinstated.Fixed(), "used", s.Used.Fixed(), "number", g.Number)
	}
	if change.Reinstated > 0 {
		if err := add(g.Restore, change.Reinstated); err != nil {
			return out, err
		}
		s.Free += change.Reinstated
	}
	short := num.Money(0)
	switch {
	case change.Limit > g.Limit:
		if err := add(g.TopUp, change.Limit-g.Limit); err != nil {
			return out, err
		}
		g.Limit = change.Limit
	case change.Limit > 0 && change.Limit < g.Limit:
		lower := min(g.Limit-change.Limit, s.Free)
		short = g.Limit - change.Limit - lower
		if lower > 0 {
			if err := add(g.Lower, lower); err != nil {
				return out, err
			}
		}
		g.Limit -= lower
	}
	if change.ValidTo != 0 {
		g.ValidTo = change.ValidTo
	}
	out.Puts = []decision.Put{{Kind: dossier.Guarantee, ID: known.id, Version: known.version, Body: g}}
	e := about(v, by, "guarantee.changed", g.Enterprise, "", map[string]any{
		"limit": g.Limit.Fixed(), "before": before.Limit.Fixed(), "until": g.ValidTo.String(), "restored": change.Reinstated.Fixed(), "notLowered": short.Fixed(),
	}, ref(dossier.Guarantee, g.Number))
	if short > 0 {
		e.Why = journal.Why{Rule: "what is held stays covered", Reason: short.Fixed() + " CNY could not be given back to the guarantor: they are held"}
	}
	out.Entries = []journal.Entry{e}
	return out, nil
}

func letter(v decision.View, number string) (*found[guarantee.Guarantee], error) {
	known, err := byNumber[guarantee.Guarantee](v, dossier.Guarantee, "number", number)
	if err == nil && known == nil {
		err = fault.New(fault.NotFound, "TREASURY-LETTER-04", "/number", "there is no guarantee {number}", "compare the number with the letter", "number", number)
	}
	return known, err
}

// letterEnded ends a guarantee before or at its term: nothing new is held on it;
// what is held stays until its debts are settled (GUA art. 13, term).
func (d *Desk) letterEnded(v decision.View, by decision.Actor, end bank.LetterEnd) (decision.Outcome, error) {
	var out decision.Outcome
	known, err := letter(v, end.Number)
	if err != nil {
		return out, err
	}
	return d.expire(v, by, known, end.On)
}

func (d *Desk) expire(v decision.View, by decision.Actor, known *found[guarantee.Guarantee], on clock.Date) (decision.Outcome, error) {
	var out decision.Outcome
	g, err := known.doc.Apply(guarantee.EventExpire, 0)
	if err != nil {
		return out, err
	}
	if on != 0 && on < g.ValidTo {
		g.ValidTo = max(on, g.ValidFrom)
	}
	s, err := Standing(v, g)
	if err != nil {
		return out, err
	}
	out.Puts = []decision.Put{{Kind: dossier.Guarantee, ID: known.id, Version: known.version, Body: g}}
	e := about(v, by, "guarantee.expired", g.Enterprise, "", map[string]any{"until": g.ValidTo.String(), "held": s.Held.Fixed()}, ref(dossier.Guarantee, g.Number))
	e.Why = journal.Why{Rule: "term of the guarantee", Law: "GUA-13"}
	out.Entries = []journal.Entry{e}
	return out, nil
}

// WatchReply tells what the daily look at a guarantee found.
type WatchReply struct {
	Alarms []string `json:"alarms,omitempty"`
	State  string   `json:"state"`
}

// Watch is the clock's look at a guarantee: it ends when its term has passed, and
// what its holder should know is told once: its end is near, or little is free.
func (d *Desk) Watch(ctx context.Context, c decision.Command, number string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		known, err := letter(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		today := v.Now().Date()
		if known.doc.State == guarantee.Active && known.doc.ValidTo < today {
			out, err := d.expire(v, decision.System, known, 0)
			out.Reply = WatchReply{State: string(guarantee.Expired)}
			return out, err
		}
		g := known.doc
		s, err := Standing(v, g)
		if err != nil {
			return decision.Outcome{}, err
		}
		r := d.rules(v)
		alarms, err := g.Alarms(s, today, r.ExpiryDays, r.ShortShare)
		if err != nil {
			return decision.Outcome{}, err
		}
		out := decision.Outcome{Reply: WatchReply{alarms, string(g.State)}}
		if slices.Equal(alarms, g.Told) {
			return out, nil
		}
		for _, a := range alarms {
			if slices.Contains(g.Told, a) {
				continue
			}
			e := about(v, decision.System, "guarantee.alarm", g.Enterprise, "", map[string]any{
				"alarm": a, "until": g.ValidTo.String(), "limit": s.Limit.Fixed(), "held": s.Held.Fixed(), "used": s.Used.Fixed(), "free": s.Free.Fixed(),
			}, ref(dossier.Guarantee, g.Number))
			e.Why = journal.Why{Rule: "guarantee " + a}
			out.Entries = append(out.Entries, e)
		}
		g.Told = alarms
		out.Puts = []decision.Put{{Kind: dossier.Guarantee, ID: known.id, Version: known.version, Body: g}}
		return out, nil
	})
}
