package clearance

import (
	"context"
	"strings"

	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/revenue"
)

// Act is what an officer does with a declaration on the desk.
type Act string

const (
	ActRelease    Act = "release"    // pass it: tax, then release as far as it can go
	ActReturn     Act = "return"     // send it back with reasons
	ActAskMore    Act = "ask_more"   // ask for attachments or answers
	ActInspect    Act = "inspect"    // order an inspection
	ActSupplement Act = "supplement" // the declarant answers what was asked
)

// Decision is an officer's act with its reason: every act cites one (plan
// II.3(1) sixth, power list).
type Decision struct {
	Act    Act    `json:"act"`
	Reason string `json:"reason"`
	// Version is the version the officer saw; 0 takes the newest.
	Version   int64  `json:"version,omitempty"`
	Guarantee string `json:"guarantee,omitempty"` // with release: secures the tax
}

// Decide carries out an officer's act on a declaration.
// Faults: CLR-REASON-01 (no reason), CLR-SEEN-01 (another version was seen),
// CLR-ACT-01 (no such act), DEC-LIFECYCLE-01 and the guards of release.
func (d *Desk) Decide(ctx context.Context, c decision.Command, by decision.Actor, id string, act Decision) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[declaration.Declaration](v, dossier.Declaration, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if strings.TrimSpace(act.Reason) == "" {
			return decision.Outcome{}, fault.New(fault.Invalid, "CLR-REASON-01", "/reason", "an act of customs needs a reason", "say in a few words why")
		}
		if act.Version != 0 && act.Version != version {
			return decision.Outcome{}, fault.New(fault.Conflict, "CLR-SEEN-01", "/version", "the declaration has changed since it was shown (version {seen}, now {now})",
				"look at it again and decide then", "seen", act.Version, "now", version)
		}
		switch act.Act {
		case ActRelease:
			return d.release(v, by, doc, version, act)
		case ActReturn:
			return d.simple(v, by, doc, version, declaration.EventReturn, "declaration.returned", act.Reason)
		case ActAskMore:
			return d.simple(v, by, doc, version, declaration.EventAskMore, "declaration.supplement-requested", act.Reason)
		case ActSupplement:
			return d.simple(v, by, doc, version, declaration.EventSupplement, "declaration.supplemented", act.Reason)
		case ActInspect:
			return d.inspect(v, by, doc, version, act.Reason, inspection.ByOfficer)
		}
		return decision.Outcome{}, fault.New(fault.Invalid, "CLR-ACT-01", "/act", "“{act}” is no act on a declaration",
			"choose release, return, ask_more, supplement or inspect", "act", string(act.Act))
	})
}

// simple moves a declaration by one event and tells why. A return gives back
// what was drawn on the bill of lading, lifts its tax debt and withdraws its bill.
func (d *Desk) simple(v decision.View, by decision.Actor, doc declaration.Declaration, version int64, on declaration.Event, kind, reason string) (decision.Outcome, error) {
	var out decision.Outcome
	next, err := doc.Apply(on, v.Now(), declaration.Facts{})
	if err != nil {
		return out, err
	}
	if next.State == declaration.Returned {
		if err = d.handBack(v, by, &doc, &out); err != nil {
			return out, err
		}
	}
	next.Version = version + 1
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Declaration, ID: doc.ID, Version: version, Body: next})
	out.Entries = append(out.Entries, about(v, by, kind, &next, reason, map[string]any{"number": doc.Number, "from": doc.State, "to": next.State}))
	out.Reply = StateReply{next.ID, next.Number, next.State, next.Version}
	return out, nil
}

// StateReply tells where a declaration stands after an act.
type StateReply struct {
	ID      string            `json:"id"`
	Number  string            `json:"number"`
	State   declaration.State `json:"state"`
	Version int64             `json:"version"`
}

// about begins an entry on a declaration with a person's reason.
func about(v decision.View, by decision.Actor, kind string, doc *declaration.Declaration, reason string, body map[string]any) journal.Entry {
	e := decision.Entry(v, by, kind, journal.Ref{Kind: "declaration", ID: doc.ID})
	e.Enterprise, e.Office = payer(doc), string(doc.CompetentOffice)
	e.Why = journal.Why{Reason: reason}
	e.Body = fact(body)
	return e
}

// waiting gathers what a conclusion on a declaration at the desk rests on: its
// last judgement, the confirmation as it is now, its case, bill and debts.
func (d *Desk) waiting(v decision.View, by decision.Actor, doc declaration.Declaration, version int64, guarantee string) (*conclusion, *standingBill, []decision.Reliance, error) {
	ref := d.reference()
	t, err := ref.terms(&doc, doc.DeclaredOn)
	if err != nil {
		return nil, nil, nil, err
	}
	last, _, err := decision.Load[Assessment](v, dossier.Assessment, doc.Verdict)
	if err != nil {
		return nil, nil, nil, err
	}
	j := &judged{Assessment: last}
	if t.confirm {
		j.Confirmation = nil
		if err := j.confirm(v, ref, &doc); err != nil {
			return nil, nil, nil, err
		}
	}
	cover, err := loadCover(v, t.mode, guarantee, doc.DeclaredOn, payer(&doc))
	if err != nil {
		return nil, nil, nil, err
	}
	file, filed, ok, err := casework.Find(v, "declaration", doc.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	if !ok {
		return nil, nil, nil, fault.New(fault.Refused, "CLR-CASE-03", "", "the case of declaration {number} is closed", "look at its life line", "number", doc.Number)
	}
	owed, err := casework.Owed(v, &file)
	if err != nil {
		return nil, nil, nil, err
	}
	bill, err := billOf(v, doc.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	if cover.guarantee != nil {
		file.Guarantee = cover.guarantee.Number
	}
	c := &conclusion{
		v: v, ref: ref, terms: t, by: by, judged: j, cover: cover, now: v.Now(), doc: doc, known: version, file: file, filed: filed,
		owed: owed, after: d.afterRelease,
	}
	return c, bill, append(j.relied, cover.relied...), nil
}

// standingBill is the tax bill of a declaration as it stands.
type standingBill struct {
	id      string
	version int64
	bill    revenue.TaxBill
}

// billOf finds the tax bill of a declaration, nil where there is none.
func billOf(v decision.View, declarationID string) (*standingBill, error) {
	ids, err := v.Find(dossier.TaxBill, "declaration", declarationID, 10)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		b, version, err := decision.Load[revenue.TaxBill](v, dossier.TaxBill, id)
		if err != nil {
			return nil, err
		}
		if b.State != revenue.Withdrawn && b.State != revenue.Refunded && b.Kind != revenue.SupplementKind {
			return &standingBill{id, version, b}, nil
		}
	}
	return nil, nil
}

// release passes a declaration that waited at the desk: an open confirmation,
// inspection or instruction still stands in the way.
func (d *Desk) release(v decision.View, by decision.Actor, doc declaration.Declaration, version int64, act Decision) (decision.Outcome, error) {
	c, standing, relied, err := d.waiting(v, by, doc, version, act.Guarantee)
	if err != nil {
		return decision.Outcome{}, err
	}
	if f := c.judged.waits(); f != nil {
		return decision.Outcome{}, f
	}
	if c.open, err = inspections(v, doc.ID); err != nil {
		return decision.Outcome{}, err
	}
	c.reason = act.Reason
	out := decision.Outcome{Relied: relied, Epochs: c.ref.Epochs}
	out.Entries = append(out.Entries, about(v, by, "declaration.passed", &doc, act.Reason, map[string]any{"number": doc.Number, "from": doc.State}))
	return c.onwards(out, standing)
}

// onwards goes on with a declaration that waited: a guarantee named now
// consolidates its bill.
func (c *conclusion) onwards(out decision.Outcome, standing *standingBill) (decision.Outcome, error) {
	if c.judged.Confirmation != nil {
		c.doc.Confirmed = c.judged.Confirmation.Ref(c.now)
	}
	var bill *revenue.TaxBill
	if standing != nil {
		b := standing.bill
		bill = &b
		if b.State == revenue.Issued && c.cover.guarantee != nil && c.terms.mode.Step("consolidate") != nil {
			next, err := c.consolidate(&out, b)
			if err != nil {
				return out, err
			}
			bill = &next
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: standing.id, Version: standing.version, Body: next})
		}
	}
	return c.pass(out, bill)
}

// Rematch judges a waiting declaration again: its manifest came or changed.
// Whatever is already released stays; what waited for the confirmation alone
// goes on by itself.
func (d *Desk) Rematch(ctx context.Context, cmd decision.Command, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, cmd, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[declaration.Declaration](v, dossier.Declaration, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		same := decision.Outcome{Reply: StateReply{doc.ID, doc.Number, doc.State, version}}
		if !rematchable[doc.State] {
			return same, nil
		}
		c, standing, relied, err := d.waiting(v, decision.System, doc, version, "")
		if err != nil {
			return decision.Outcome{}, err
		}
		before, now := doc.Confirmed, c.judged.Confirmation
		if now == nil || before != nil && before.Result == now.Result && before.ManifestVersion == now.ManifestVersion {
			return same, nil
		}
		out := decision.Outcome{Relied: relied, Epochs: c.ref.Epochs}
		e := about(v, decision.System, "declaration.matched", &doc, "", map[string]any{
			"number": doc.Number, "result": now.Result, "manifestVersion": now.ManifestVersion, "differences": now.Differences(),
		})
		e.Why.Rule = "three-document-confirmation"
		out.Entries = append(out.Entries, e)
		if c.judged.bill != nil && c.file.Bill == "" {
			// The bill of lading is known now: what was declared is drawn on it.
			c.file.Bill, c.file.BillOffice, c.file.Lading = c.judged.bill.ID, c.judged.bill.Office, billKey(doc.Transport.Voyage, doc.BillOfLading)
			out.Transfers = c.judged.bill.draw(v, doc.Packages, doc.GrossMass, ledger.Undrawn, ledger.Drawn, doc.ID)
			look(v, c.judged.bill, &out)
		}
		c.doc.Confirmed = now.Ref(v.Now())
		waits := c.waits()
		switch {
		case len(waits) == 0 && doc.State == declaration.Manual && onlyConfirmation(before):
			return c.onwards(out, standing)
		case c.judged.waits() != nil && doc.State != declaration.Manual:
			if c.doc, err = c.doc.Apply(declaration.EventHold, v.Now(), declaration.Facts{}); err != nil {
				return out, err
			}
		}
		return c.written(out, nil, waits), nil
	})
}

var rematchable = map[declaration.State]bool{
	declaration.Accepted: true, declaration.LowRiskAuto: true, declaration.Manual: true,
	declaration.Taxed: true, declaration.PaidOrGuaranteed: true,
}

// onlyConfirmation tells whether the confirmation alone kept the declaration at
// the desk: it was not selected by risk then.
func onlyConfirmation(before *declaration.ConfirmationRef) bool {
	return before != nil && before.Result != declaration.Confirmed && before.Result != declaration.Signal
}
