package clearance

import (
	"context"
	"encoding/json"

	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/review"
)

// disposers are the posts that may propose and confirm what follows an abnormal
// inspection. Inspectors are not among them: who found it does not judge it
// (Customs Law art. 79).
var disposers = []party.PostID{party.FilingOfficer, party.Reviewer}

// Disposal is what an officer proposes to do about an abnormal inspection.
type Disposal struct {
	// Measure: release (nothing follows), amend (the declaration is put right
	// first), levy (further tax: amended and taxed first), return, detain, case.
	Measure   string    `json:"measure"`
	Text      string    `json:"text,omitempty"`
	TaxEffect num.Money `json:"taxEffect,omitempty"` // tax that comes out of it, CNY
	Reason    string    `json:"reason"`
	Version   int64     `json:"version,omitempty"` // of the order that was shown; 0 takes the newest
}

// disposal is what two officers agree on.
type disposal struct {
	Order   string              `json:"order"`
	Version int64               `json:"version"`
	Result  inspection.Result   `json:"result"`
	Decided inspection.Disposal `json:"decided"`
	Reason  string              `json:"reason"`
}

// ProposeDisposal is the first officer's proposal on an abnormal inspection; the
// second officer is drawn (DR §1.12, §9.1).
// Faults: CLR-SEEN-01; CLR-DISPOSE-01 (not abnormal), INSPECTION-DISPOSE-01;
// those of deliberation.Open.
func (d *Desk) ProposeDisposal(ctx context.Context, c decision.Command, by decision.Actor, orderID string, p Disposal) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		o, version, err := decision.Load[inspection.Order](v, dossier.InspectionOrder, orderID)
		if err != nil {
			return decision.Outcome{}, err
		}
		if p.Version != 0 && p.Version != version {
			return decision.Outcome{}, fault.New(fault.Conflict, "CLR-SEEN-01", "/version", "the declaration has changed since it was shown (version {seen}, now {now})",
				"look at it again and decide then", "seen", p.Version, "now", version)
		}
		if o.State != inspection.Abnormal || o.Result == nil {
			return decision.Outcome{}, fault.New(fault.Refused, "CLR-DISPOSE-01", "", "inspection {number} is {state}: only an abnormal result is disposed of",
				"record the result first", "number", o.Number, "state", string(o.State))
		}
		decided := inspection.Disposal{Measure: p.Measure, Text: p.Text, TaxEffect: p.TaxEffect, At: v.Now()}
		tried := decided
		tried.Proposal = "proposed"
		if _, err := o.Dispose(tried); err != nil {
			return decision.Outcome{}, err
		}
		return deliberation.Open(v, d.reference().Setting(), by, deliberation.Motion{
			Matter: review.AbnormalCheck, Kind: "inspection_order", Subject: o.ID, Number: o.Number, Action: ActionDispose,
			Payload: disposal{o.ID, version, *o.Result, decided, p.Reason}, Posts: disposers, Reason: p.Reason,
			Enterprise: o.Enterprise, Area: o.Area, Office: string(o.Office),
		})
	})
}

// disposed carries out what two officers decided: the order is closed and risk
// learns the finding with its tax effect. A returned declaration goes back to the
// declarant; for every other measure it stays at the desk, where release waits
// until what was decided is done.
// Fault: CLR-DISPOSE-02 when the order is no longer as it was proposed.
func (d *Desk) disposed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	var p disposal
	if err := json.Unmarshal(payload, &p); err != nil {
		return out, err
	}
	stored, version, err := decision.Load[inspection.Order](v, dossier.InspectionOrder, p.Order)
	if err != nil {
		return out, err
	}
	if version != p.Version {
		return out, fault.New(fault.Conflict, "CLR-DISPOSE-02", "/version", "inspection {number} is no longer as it was proposed (version {proposed}, now {now})",
			"return the proposal; the first officer looks again", "number", stored.Number, "proposed", p.Version, "now", version)
	}
	if p.Decided.Proposal, err = proposalOn(v, p.Order, ActionDispose); err != nil {
		return out, err
	}
	p.Decided.At = v.Now()
	o, err := stored.Dispose(p.Decided)
	if err != nil {
		return out, err
	}
	var label inspection.Label
	if o, label, err = o.FeedBack(v.NewID(), v.Now()); err != nil {
		return out, err
	}
	doc, docVersion, err := decision.Load[declaration.Declaration](v, dossier.Declaration, o.Subject)
	if err != nil {
		return out, err
	}
	if p.Decided.Measure == "return" {
		if out, err = d.simple(v, by, doc, docVersion, declaration.EventReturn, "declaration.returned", p.Reason); err != nil {
			return out, err
		}
	}
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.InspectionOrder, ID: o.ID, Version: version, Body: o},
		decision.Put{Kind: dossier.Label, ID: label.ID, Body: label})
	e := about(v, by, "inspection.disposed", &doc, p.Reason, map[string]any{
		"number": o.Number, "measure": p.Decided.Measure, "taxEffect": p.Decided.TaxEffect.Fixed(), "types": label.Types,
	})
	e.Subject = append(e.Subject, journal.Ref{Kind: "inspection_order", ID: o.ID})
	e.Why.Law = "SEED-II.3.1"
	out.Entries = append(out.Entries, e)
	return out, nil
}

// proposalOn finds the proposal that is being decided on a subject.
func proposalOn(v decision.View, subject, action string) (string, error) {
	ids, err := v.Find(dossier.Proposal, "subject", subject, 50)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		p, _, err := decision.Load[deliberation.Proposed](v, dossier.Proposal, id)
		if err != nil {
			return "", err
		}
		if p.Action == action && !review.Lifecycle.Final(p.Proposal.State) {
			return id, nil
		}
	}
	return "", nil
}

// holds tells whether what two officers decided on an abnormal inspection still
// stands in the way of a release: goods that are detained or under a case, a
// declaration that is to be put right and was not yet.
func holds(v decision.View, o *inspection.Order, facts *declaration.Facts) error {
	if o.Disposal == nil {
		return nil
	}
	switch o.Disposal.Measure {
	case "detain", "case":
		facts.ControlInstruction = o.Number
	case "amend", "levy":
		doc, _, err := decision.Load[declaration.Declaration](v, dossier.Declaration, o.Subject)
		if err != nil {
			return err
		}
		if k := doc.Correction; k == nil || k.Kind != declaration.Amend || k.Second == "" || doc.Times.CorrectionDone < o.Disposal.At {
			facts.AbnormalOpen++
		}
	}
	return nil
}
