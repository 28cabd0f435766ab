package treasury

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/review"
)

// guarantors are the posts that may propose and confirm what a guarantee is worth
// (DR §9.1, deposit and tax collection).
var guarantors = []party.PostID{party.GuaranteeOfficer}

// CoverRequest registers a guarantee that an officer has in hand.
type CoverRequest struct {
	Guarantee guarantee.Guarantee `json:"guarantee"`
	Reason    string              `json:"reason"`
}

// CoverChange is another limit or term of a guarantee, or what its guarantor has
// made good. What is zero stays as it is.
type CoverChange struct {
	Limit    num.Money  `json:"limit,omitempty" doc:"CNY; a smaller one takes effect as far as nothing is held on it"`
	ValidTo  clock.Date `json:"validTo,omitzero" doc:"last day of the term"`
	Restored num.Money  `json:"restored,omitempty" doc:"CNY of what was used that is free again"`
	Reason   string     `json:"reason"`
}

// coverPayload is what two officers agree on.
type coverPayload struct {
	Guarantee string     `json:"guarantee"`
	Limit     num.Money  `json:"limit,omitempty"`
	ValidTo   clock.Date `json:"validTo,omitzero"`
	Restored  num.Money  `json:"restored,omitempty"`
	Reason    string     `json:"reason"`
}

func (p coverPayload) change() bank.LetterChange {
	return bank.LetterChange{Number: p.Guarantee, Limit: p.Limit, ValidTo: p.ValidTo, Reinstated: p.Restored}
}

func (d *Desk) motion(v decision.View, by decision.Actor, action string, g *guarantee.Guarantee, p coverPayload) (decision.Outcome, error) {
	return deliberation.Open(v, d.reference().Setting(), by, deliberation.Motion{
		Matter: review.Collection, Kind: string(dossier.Guarantee), Subject: g.Number, Number: g.Number, Action: action, Payload: p, Posts: guarantors,
		Reason: p.Reason, Enterprise: g.Enterprise,
	})
}

// byTwo refuses an answer of one officer to a guarantee that an officer wrote
// down. Fault: TREASURY-COVER-01.
func byTwo(v decision.View, number string) error {
	ids, err := v.Find(dossier.Proposal, "subject", number, 50)
	if err != nil {
		return err
	}
	for _, id := range ids {
		p, _, err := decision.Load[deliberation.Proposed](v, dossier.Proposal, id)
		if err != nil {
			return err
		}
		if p.Action == ActionCover {
			return fault.New(fault.Refused, "TREASURY-COVER-01", "", "two officers answer guarantee {number}: an officer has written it down", "wait for the second officer", "number", number)
		}
	}
	return nil
}

// ProposeCover registers a guarantee that no bank tells over the link (a letter
// on paper, a deposit, a general account, or an exemption on application): the
// second officer, who is drawn, accepts it, and only then is its limit
// available. Faults: those of guarantee.Guarantee.Validate, all at once with
// TREASURY-LETTER-02; TREASURY-LETTER-01, GUARANTEE-EXEMPT-01, those of
// deliberation.Open.
func (d *Desk) ProposeCover(ctx context.Context, c decision.Command, by decision.Actor, r CoverRequest) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		g := r.Guarantee
		g.State, g.Registered, g.Told = guarantee.Registered, v.Now(), nil
		if g.Form == guarantee.Deposit || g.Form == guarantee.Exempt {
			g.Beneficiary = guarantee.Customs
		}
		var faults fault.List
		if other := faults.Add("", g.Validate()); other != nil {
			return decision.Outcome{}, other
		}
		if known, err := byNumber[guarantee.Guarantee](v, dossier.Guarantee, "number", g.Number); err != nil {
			return decision.Outcome{}, err
		} else if known != nil {
			faults = append(faults, fault.New(fault.Conflict, "TREASURY-LETTER-01", "/number", "guarantee {number} is registered already", "tell a change of it, or give another number", "number", g.Number))
		}
		if g.Enterprise != "" {
			if _, _, err := decision.Load[party.Enterprise](v, dossier.Enterprise, g.Enterprise); fault.Is(err, "STORE-ABSENT-01") {
				faults = append(faults, fault.New(fault.Invalid, "TREASURY-LETTER-02", "/enterprise", "no enterprise {code} is registered here", "check the credit code with the customer", "code", g.Enterprise))
			} else if err != nil {
				return decision.Outcome{}, err
			} else if other := faults.Add("", d.spared(v, &g)); other != nil {
				return decision.Outcome{}, other
			}
		}
		if err := faults.OrNil(); err != nil {
			return decision.Outcome{}, err
		}
		out, err := d.motion(v, by, ActionCover, &g, coverPayload{Guarantee: g.Number, Limit: g.Limit, ValidTo: g.ValidTo, Reason: r.Reason})
		if err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Guarantee, ID: g.Number, Body: g})
		e := about(v, by, "guarantee.registered", g.Enterprise, "", map[string]any{
			"limit": g.Limit.Fixed(), "form": g.Form, "until": g.ValidTo.String(), "acceptBy": g.AcceptBy(v.Now().Date(), d.reference().Calendar).String(),
		}, ref(dossier.Guarantee, g.Number))
		e.Why = journal.Why{Reason: r.Reason, Law: "GUA-16"}
		out.Entries = append(out.Entries, e)
		return out, nil
	})
}

func coverOf(payload json.RawMessage) (p coverPayload, err error) {
	err = json.Unmarshal(payload, &p)
	return p, err
}

func (d *Desk) coverAgreed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	p, err := coverOf(payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	return d.answered(v, by, p.Guarantee, true, journal.Why{Rule: "two officers", Reason: p.Reason, Law: "GUA-16"})
}

func (d *Desk) coverKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	p, err := coverOf(payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	return d.answered(v, by, p.Guarantee, false, journal.Why{Rule: "two officers", Law: "GUA-16"})
}

// ProposeCoverChange hands another limit or term of a guarantee, or what was made
// good of it, to a second officer. It is tried as things stand, so that what
// cannot be done is told at once. Faults: TREASURY-LETTER-03, -04,
// TREASURY-COVER-02 (nothing would change), -03 (a limit below zero), -04 (the
// term would end before today), GUARANTEE-LIFECYCLE-01, those of
// deliberation.Open.
func (d *Desk) ProposeCoverChange(ctx context.Context, c decision.Command, by decision.Actor, number string, change CoverChange) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		known, err := letter(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		g := &known.doc
		p := coverPayload{g.Number, change.Limit, change.ValidTo, change.Restored, change.Reason}
		if p.Limit == g.Limit {
			p.Limit = 0
		}
		if p.ValidTo == g.ValidTo {
			p.ValidTo = 0
		}
		var faults fault.List
		if p.Limit == 0 && p.ValidTo == 0 && p.Restored == 0 {
			faults = append(faults, fault.New(fault.Invalid, "TREASURY-COVER-02", "/limit", "nothing would change", "give another limit, another end of the term, or what was made good"))
		}
		if p.Limit < 0 {
			faults = append(faults, fault.New(fault.Invalid, "TREASURY-COVER-03", "/limit", "the limit must be above zero", "give the guaranteed amount in CNY; a guarantee that is not needed any more is given back"))
		}
		if p.ValidTo != 0 && p.ValidTo < v.Now().Date() {
			faults = append(faults, fault.New(fault.Invalid, "TREASURY-COVER-04", "/validTo", "the term would end before today", "choose today or a later day, or end the guarantee"))
		}
		if err := faults.OrNil(); err != nil {
			return decision.Outcome{}, err
		}
		if _, err := d.letterChanged(v, by, p.change()); err != nil {
			return decision.Outcome{}, atRestored(err)
		}
		return d.motion(v, by, ActionCoverChange, g, p)
	})
}

// atRestored gives a fault of a bank's message the name that the field has here.
func atRestored(err error) error {
	list := slices.Clone(fault.All(err))
	for i, f := range list {
		if f.Path == "/reinstated" {
			own := *f
			own.Path = "/restored"
			list[i] = &own
		}
	}
	if len(list) == 0 {
		return err
	}
	return list
}

func (d *Desk) coverChanged(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	p, err := coverOf(payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	out, err := d.letterChanged(v, by, p.change())
	for i := range out.Entries {
		if out.Entries[i].Why == (journal.Why{}) {
			out.Entries[i].Why = journal.Why{Rule: "two officers", Reason: p.Reason}
		}
	}
	return out, err
}

// EndCover ends a guarantee today, before its term: nothing new is held on it,
// and what is held stays until its debts are settled. One officer may: it only
// takes cover away, on the guarantor's or the enterprise's word.
// Faults: TREASURY-REASON-01, TREASURY-LETTER-04, GUARANTEE-LIFECYCLE-01.
func (d *Desk) EndCover(ctx context.Context, c decision.Command, by decision.Actor, number, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if strings.TrimSpace(reason) == "" {
			return decision.Outcome{}, noReason()
		}
		known, err := letter(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		out, err := d.expire(v, by, known, v.Now().Date())
		if err != nil {
			return out, err
		}
		out.Entries[0].Why = journal.Why{Reason: reason, Law: "GUA-13"}
		out.Reply = out.Puts[0].Body
		return out, nil
	})
}

// ProposeCoverReturn hands the return of a guarantee to a second officer: once
// nothing is held the guarantor is free, the deposit is given back.
// Faults: TREASURY-LETTER-04, GUARANTEE-HELD-01, GUARANTEE-LIFECYCLE-01, those of
// deliberation.Open.
func (d *Desk) ProposeCoverReturn(ctx context.Context, c decision.Command, by decision.Actor, number, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		known, err := letter(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		s, err := Standing(v, known.doc)
		if err != nil {
			return decision.Outcome{}, err
		}
		if _, err := known.doc.Apply(guarantee.EventClose, s.Held); err != nil {
			return decision.Outcome{}, err
		}
		return d.motion(v, by, ActionCoverReturn, &known.doc, coverPayload{Guarantee: number, Reason: reason})
	})
}

// coverReturned closes the guarantee that two officers give back. What was held
// meanwhile keeps it.
func (d *Desk) coverReturned(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	p, err := coverOf(payload)
	if err != nil {
		return out, err
	}
	known, err := letter(v, p.Guarantee)
	if err != nil {
		return out, err
	}
	s, err := Standing(v, known.doc)
	if err != nil {
		return out, err
	}
	g, err := known.doc.Apply(guarantee.EventClose, s.Held)
	if err != nil {
		return out, err
	}
	if out.Transfers, err = g.Return(v.NewID, s.Free, s.Used, v.Now().Date()); err != nil {
		return out, err
	}
	out.Puts = []decision.Put{{Kind: dossier.Guarantee, ID: known.id, Version: known.version, Body: g}}
	e := about(v, by, "guarantee.closed", g.Enterprise, "", map[string]any{"limit": g.Limit.Fixed(), "free": s.Free.Fixed(), "used": s.Used.Fixed()}, ref(dossier.Guarantee, g.Number))
	e.Why = journal.Why{Rule: "two officers", Reason: p.Reason}
	out.Entries = []journal.Entry{e}
	out.Reply = g
	return out, nil
}
