package clearance

import (
	"context"
	"encoding/json"
	"strings"

	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/party"
	"seine/internal/review"
)

// Names of what two officers decide on in clearance.
const (
	ActionCorrect = "clearance.correct"
	ActionDispose = "clearance.dispose"
)

// correctors are the posts that may propose and confirm a correction.
var correctors = []party.PostID{party.FilingOfficer, party.Reviewer}

// Setting is who can be drawn as second officer, with which key and rules.
func (r *Reference) Setting() deliberation.Setting {
	return deliberation.Setting{Officers: r.Officers, Key: r.ReviewKey, Rules: r.ReviewRules}
}

// Actions are what two officers can decide on in clearance: the desk of
// deliberation carries them out.
func (d *Desk) Actions() map[string]deliberation.Action {
	return map[string]deliberation.Action{
		ActionCorrect: deliberation.Pair{Agreed: d.corrected, Kept: d.correctionKept},
		ActionDispose: deliberation.Func(d.disposed),
	}
}

// CorrectionRequest asks to amend or delete an accepted declaration for a listed
// reason (Customs Law art. 26; DR §1.4).
type CorrectionRequest struct {
	Reason string `json:"reason"` // code of the list in force
	Text   string `json:"text"`   // what happened and what proves it
	// Proposed is the whole declaration as it shall be; nil asks for deletion.
	Proposed *declaration.Declaration `json:"proposed,omitempty"`
	// Version is the version that was seen; 0 takes the newest.
	Version int64 `json:"version,omitempty"`
}

// AskCorrection is the declarant asking to amend or delete a declaration. It
// waits for the first officer; nothing else changes yet.
//
// Faults: those of declaration.NewCorrection and declaration.Validate;
// DEC-LIFECYCLE-01, DEC-CORRECT-06; CLR-SEEN-01; CLR-CORRECT-03 (tax was paid:
// it is refunded first); CLR-CORRECT-06 (an element that belongs to the number
// or to the case); CLR-LEVY-11 (what the duty is levied on).
func (d *Desk) AskCorrection(ctx context.Context, c decision.Command, by decision.Actor, id string, r CorrectionRequest) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := d.seen(v, id, r.Version)
		if err != nil {
			return out, err
		}
		rules, err := d.reference().Declaration.AmendmentAt(v.Now().Date())
		if err != nil {
			return out, err
		}
		proposed, err := d.proposed(v, &doc, r.Proposed)
		if err != nil {
			return out, err
		}
		if doc.Correction, err = declaration.NewCorrection(&doc, proposed, r.Reason, r.Text, by.ID, v.Now(), rules); err != nil {
			return out, err
		}
		bill, err := billOf(v, doc.ID)
		if err != nil {
			return out, err
		}
		if bill != nil && (proposed == nil || doc.Times.Released == 0) {
			if err := unpaid(bill); err != nil {
				return out, err
			}
		}
		facts, err := posted(v, doc.ID)
		if err != nil {
			return out, err
		}
		event, kind := declaration.EventAskAmend, "declaration.amendment-requested"
		if proposed == nil {
			event, kind = declaration.EventAskDelete, "declaration.deletion-requested"
		}
		next, err := doc.Apply(event, v.Now(), facts)
		if err != nil {
			return out, err
		}
		next.Version = version + 1
		out.Puts = []decision.Put{{Kind: dossier.Declaration, ID: doc.ID, Version: version, Body: next}}
		e := about(v, by, kind, &next, r.Text, map[string]any{"number": doc.Number, "reason": r.Reason, "changes": next.Correction.Changes, "from": doc.State})
		e.Why.Law = "CL-26"
		out.Entries = []journal.Entry{e}
		out.Reply = StateReply{next.ID, next.Number, next.State, next.Version}
		return out, nil
	})
}

// seen loads a declaration and refuses when it is no longer the one that was
// shown. Fault: CLR-SEEN-01.
func (d *Desk) seen(v decision.View, id string, shown int64) (declaration.Declaration, int64, error) {
	doc, version, err := decision.Load[declaration.Declaration](v, dossier.Declaration, id)
	if err == nil && shown != 0 && shown != version {
		err = fault.New(fault.Conflict, "CLR-SEEN-01", "/version", "the declaration has changed since it was shown (version {seen}, now {now})",
			"look at it again and decide then", "seen", shown, "now", version)
	}
	return doc, version, err
}

// proposed gives a declaration as it shall be, with the elements that are not
// the declarant's to change as they were, and every fault of it.
func (d *Desk) proposed(v decision.View, doc, given *declaration.Declaration) (*declaration.Declaration, error) {
	if given == nil {
		return nil, nil
	}
	ref := d.reference()
	p := *given
	p.BillOfLading, p.DeclaredOn = manifest.NormalNumber(p.BillOfLading), doc.DeclaredOn
	local := Lodging{Declaration: p}.without()
	for _, kept := range []string{localRates, localExchange} {
		if value, ok := doc.Local[kept]; ok {
			if local == nil {
				local = map[string]string{}
			}
			local[kept] = value
		}
	}
	p.Local = local
	holder := *doc
	holder.Correction = &declaration.Correction{Proposed: &p}
	next, err := holder.Amended()
	if err != nil {
		return nil, err
	}
	next.Correction = nil
	var faults fault.List
	if err := faults.Add("", d.rooted(v, doc, &next)); err != nil {
		return nil, err
	}
	t, err := ref.terms(&next, doc.DeclaredOn)
	if err != nil {
		return nil, err
	}
	bounds, err := ref.Declaration.ValidationAt(doc.DeclaredOn)
	if err != nil {
		return nil, err
	}
	if err := faults.Add("", declaration.Validate(&next, bounds, t.required, ref.Codes, v.Now().Date())); err != nil {
		return nil, err
	}
	return &next, faults.OrNil()
}

// rooted refuses to change what the number, the books or the case stand on: such
// a declaration is deleted and lodged anew. Fault: CLR-CORRECT-06.
func (d *Desk) rooted(v decision.View, doc, next *declaration.Declaration) error {
	var faults fault.List
	fixed := func(path string, same bool) {
		if !same {
			faults = append(faults, fault.New(fault.Refused, "CLR-CORRECT-06", path, "this element cannot be amended: number, tax and books stand on it",
				"ask for deletion and lodge the declaration anew"))
		}
	}
	fixed("/competentOffice", doc.CompetentOffice == next.CompetentOffice)
	fixed("/consignee/creditCode", payer(doc) == payer(next))
	fixed("/bookNumber", doc.BookNumber == next.BookNumber)
	fixed("/listNumber", doc.ListNumber == next.ListNumber)
	if (doc.Levy == nil) != (next.Levy == nil) || doc.Levy != nil && doc.Levy.On != next.Levy.On {
		faults = append(faults, fault.New(fault.Refused, "CLR-LEVY-11", "/levy/on", "what the duty is levied on was locked when the declaration was accepted",
			"leave the choice as it was; the materials may be put right"))
	}
	file, _, ok, err := casework.Find(v, "declaration", doc.ID)
	if err != nil {
		return err
	}
	// Goods that entered first are known by their bill of lading.
	if ok && (file.Application != "" || file.List != "") {
		fixed("/billOfLading", billKey(doc.Transport.Voyage, doc.BillOfLading) == billKey(next.Transport.Voyage, next.BillOfLading))
	}
	return faults.OrNil()
}

// without gives the further elements, without those that only customs may set.
func (l Lodging) without() map[string]string {
	l.Foreign = false
	return l.local()
}

// unpaid refuses when the tax of a bill was paid or collected already.
// Fault: CLR-CORRECT-03.
func unpaid(b *standingBill) error {
	if b.bill.PaidTotal() == b.bill.Refunded {
		return nil
	}
	return fault.New(fault.Refused, "CLR-CORRECT-03", "", "tax bill {bill} of {total} CNY is {state}",
		"have the tax refunded first; then the declaration can be corrected", "bill", b.bill.Number, "total", b.bill.Total.Fixed(), "state", string(b.bill.State))
}

// posted tells whether the book was posted on a declaration: then the posting is
// undone first.
func posted(v decision.View, declarationID string) (declaration.Facts, error) {
	var facts declaration.Facts
	ids, err := v.Find(dossier.Case, "declaration", declarationID, 20)
	if err != nil {
		return facts, err
	}
	for _, id := range ids {
		file, _, err := decision.Load[casework.Case](v, dossier.Case, id)
		if err != nil {
			return facts, err
		}
		if _, done := file.Done["post"]; done {
			facts.LinkedPosted = append(facts.LinkedPosted, file.List)
		}
	}
	return facts, nil
}

// Opinion is an officer's word on what was asked.
type Opinion struct {
	Agree   bool   `json:"agree"`
	Reason  string `json:"reason"`
	Version int64  `json:"version,omitempty"` // of what was shown; 0 takes the newest
}

// correction is what two officers agree on: the request as it stood when the
// first one proposed it.
type correction struct {
	Declaration string                 `json:"declaration"`
	Version     int64                  `json:"version"` // that the second officer sees
	Correction  declaration.Correction `json:"correction"`
}

// ReviewCorrection is the first officer's word on a request: agreeing proposes
// it, and the second officer is drawn; otherwise it is refused with the reason
// and the declaration goes on as it was (DR §9.1).
//
// Faults: CLR-REASON-01, CLR-SEEN-01, DEC-LIFECYCLE-01, those of
// deliberation.Open.
func (d *Desk) ReviewCorrection(ctx context.Context, c decision.Command, by decision.Actor, id string, o Opinion) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		if strings.TrimSpace(o.Reason) == "" {
			return out, fault.New(fault.Invalid, "CLR-REASON-01", "/reason", "an act of customs needs a reason", "say in a few words why")
		}
		doc, version, err := d.seen(v, id, o.Version)
		if err != nil {
			return out, err
		}
		if !o.Agree {
			if doc.State != declaration.AmendRequested && doc.State != declaration.DeleteRequested {
				return out, notAsked(&doc)
			}
			return d.keep(v, by, doc, version, o.Reason)
		}
		if doc.Correction == nil {
			return out, notAsked(&doc)
		}
		k := *doc.Correction
		k.First, k.Second = by.ID, ""
		doc.Correction = &k
		next, err := doc.Apply(declaration.EventFirstConfirm, v.Now(), declaration.Facts{})
		if err != nil {
			return out, err
		}
		next.Version = version + 1
		if out, err = deliberation.Open(v, d.reference().Setting(), by, deliberation.Motion{
			Matter: review.Correction, Kind: "declaration", Subject: doc.ID, Number: doc.Number, Action: ActionCorrect,
			Payload: correction{doc.ID, next.Version, k}, Posts: correctors, Reason: o.Reason,
			Enterprise: payer(&doc), Area: areaOf(string(doc.CompetentOffice)), Office: string(doc.CompetentOffice),
		}); err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Declaration, ID: doc.ID, Version: version, Body: next})
		out.Entries = append(out.Entries, about(v, by, "declaration.correction-proposed", &next, o.Reason, map[string]any{"number": doc.Number, "kind": k.Kind}))
		return out, nil
	})
}

func notAsked(doc *declaration.Declaration) error {
	return fault.New(fault.Refused, "CLR-CORRECT-01", "", "no correction of declaration {number} waits for an officer: it is {state}",
		"let the declarant ask for it first", "number", doc.Number, "state", string(doc.State))
}

// proposedOn loads the declaration that a proposal is about, as it was proposed.
// Fault: CLR-CORRECT-02.
func proposedOn(v decision.View, payload json.RawMessage) (doc declaration.Declaration, version int64, err error) {
	var p correction
	if err := json.Unmarshal(payload, &p); err != nil {
		return doc, 0, err
	}
	if doc, version, err = decision.Load[declaration.Declaration](v, dossier.Declaration, p.Declaration); err != nil {
		return doc, 0, err
	}
	if version != p.Version {
		return doc, 0, fault.New(fault.Conflict, "CLR-CORRECT-02", "/version", "declaration {number} is no longer as it was proposed (version {proposed}, now {now})",
			"return the proposal; the first officer looks again", "number", doc.Number, "proposed", p.Version, "now", version)
	}
	return doc, version, nil
}

// corrected puts in force what two officers agreed on.
func (d *Desk) corrected(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	doc, version, err := proposedOn(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	if doc.Correction == nil {
		return decision.Outcome{}, notAsked(&doc)
	}
	k := *doc.Correction
	k.Second = by.ID
	doc.Correction = &k
	switch {
	case k.Kind == declaration.Delete:
		return d.deleted(v, by, doc, version)
	case doc.Times.Released != 0:
		return d.amendedLate(v, by, doc, version)
	}
	return d.amended(v, by, doc, version)
}

// correctionKept lets a declaration go on whose correction came to nothing.
func (d *Desk) correctionKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	doc, version, err := proposedOn(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	return d.keep(v, by, doc, version, "the officers did not agree to the correction")
}
