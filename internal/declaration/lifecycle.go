package declaration

import (
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
)

// State is where a declaration stands (DR §1.4).
type State string

const (
	Draft            State = "draft"
	Submitted        State = "submitted"
	Accepted         State = "accepted"
	LowRiskAuto      State = "low_risk_auto"
	Manual           State = "manual"
	SupplementAsked  State = "supplement_requested"
	Inspecting       State = "inspect"
	Taxed            State = "taxed"
	PaidOrGuaranteed State = "paid_or_guaranteed"
	Released         State = "released"
	Closed           State = "closed"
	Returned         State = "returned"
	AmendRequested   State = "amend_requested"
	AmendReview      State = "amend_review"
	DeleteRequested  State = "delete_requested"
	DeleteReview     State = "delete_review"
	Deleted          State = "deleted"
)

// Event is something that happens to a declaration.
type Event string

const (
	EventSubmit       Event = "submit"        // the declarant sends it
	EventAccept       Event = "accept"        // customs accepts; the number is given
	EventReturn       Event = "return"        // customs sends it back with reasons
	EventRevise       Event = "revise"        // the declarant works on it again
	EventWithdraw     Event = "withdraw"      // the declarant gives it up before acceptance
	EventPassLow      Event = "pass_low"      // verdict low: no person needed
	EventHold         Event = "hold"          // verdict medium or high: a person decides
	EventAskMore      Event = "ask_more"      // the officer asks for attachments or answers
	EventSupplement   Event = "supplement"    // the declarant answers
	EventInspect      Event = "inspect"       // an inspection is ordered
	EventInspected    Event = "inspected"     // its result is back and a person decides on it
	EventTax          Event = "tax"           // the tax is determined, possibly nil
	EventSettle       Event = "settle"        // the tax is paid, guaranteed or nil
	EventRelease      Event = "release"       // the goods may go
	EventClose        Event = "close"         // nothing is owed any more
	EventAskAmend     Event = "ask_amend"     // the declarant asks for an amendment
	EventAskDelete    Event = "ask_delete"    // the declarant or customs asks for deletion
	EventFirstConfirm Event = "first_confirm" // the first officer agrees
	EventAmended      Event = "amended"       // the second officer agrees, before release: judged anew
	EventAmendedLate  Event = "amended_late"  // the second officer agrees, after release
	EventDeleted      Event = "deleted"       // the second officer agrees to the deletion
	EventRefused      Event = "refused"       // an officer refuses the correction, before release
	EventRefusedLate  Event = "refused_late"  // an officer refuses the correction, after release
)

// Facts is what the world says at the moment of a step: the things a guard asks
// about that are not in the declaration itself.
type Facts struct {
	NeedsConfirmation  bool     // the procedure wants the three documents confirmed
	ManifestVersion    int      // of the manifest as it stands now
	TaxPaid            bool     // every tax is paid
	TaxGuaranteed      bool     // or secured by a hold
	NoTaxDue           bool     // or there is none
	OpenInspections    int      // orders without a result
	AbnormalOpen       int      // abnormal results not yet disposed of
	ControlInstruction string   // number of an instruction that forbids release, "" for none
	OpenObligations    int      // of this declaration that are neither discharged nor carried
	GoodsPending       bool     // goods not yet through the gate as the procedure wants
	LinkedPosted       []string // lists or notes already posted, which forbid deletion
}

// Case is a declaration with the facts around it: what guards look at.
type Case struct {
	Declaration *Declaration
	Facts       Facts
}

var (
	numbered = lifecycle.Guard[Case]{Name: "numbered", Check: func(c Case) error {
		if c.Declaration.Number == "" {
			return fault.New(fault.Refused, "DEC-ACCEPT-01", "/number", "an accepted declaration needs its official number",
				"let customs give the number in the same step")
		}
		return nil
	}}
	matched = lifecycle.Guard[Case]{Name: "confirmed at the current manifest", Check: func(c Case) error {
		if !c.Facts.NeedsConfirmation {
			return nil
		}
		ref := c.Declaration.Confirmed
		if ref == nil || (ref.Result != Confirmed && ref.Result != Signal) || ref.ManifestVersion != c.Facts.ManifestVersion {
			result, version := Missing, 0
			if ref != nil {
				result, version = ref.Result, ref.ManifestVersion
			}
			return fault.New(fault.Refused, "DEC-RELEASE-01", "/confirmed",
				"the three documents are not confirmed at manifest version {current} (last result {result} at version {version})",
				"wait for the new confirmation, or correct the field it names",
				"current", c.Facts.ManifestVersion, "result", result, "version", version)
		}
		return nil
	}}
	settled = lifecycle.Guard[Case]{Name: "tax paid, guaranteed or nil", Check: func(c Case) error {
		if c.Facts.TaxPaid || c.Facts.TaxGuaranteed || c.Facts.NoTaxDue {
			return nil
		}
		return fault.New(fault.Refused, "DEC-RELEASE-02", "/declaredTax", "the tax is neither paid nor guaranteed",
			"pay the tax bill, or have a guarantee held for it")
	}}
	noInspection = lifecycle.Guard[Case]{Name: "no open inspection", Check: func(c Case) error {
		if c.Facts.OpenInspections == 0 && c.Facts.AbnormalOpen == 0 {
			return nil
		}
		return fault.New(fault.Refused, "DEC-RELEASE-03", "", "{open} inspections have no result and {abnormal} abnormal results are not settled",
			"enter the result of each inspection, or settle the abnormal one with a second officer",
			"open", c.Facts.OpenInspections, "abnormal", c.Facts.AbnormalOpen)
	}}
	noControl = lifecycle.Guard[Case]{Name: "no control instruction", Check: func(c Case) error {
		if c.Facts.ControlInstruction == "" {
			return nil
		}
		return fault.New(fault.Refused, "DEC-RELEASE-04", "", "control instruction {instruction} holds the goods",
			"carry the instruction out, or have it lifted by whoever gave it", "instruction", c.Facts.ControlInstruction)
	}}
	nothingOwed = lifecycle.Guard[Case]{Name: "nothing owed", Check: func(c Case) error {
		if c.Facts.OpenObligations == 0 && !c.Facts.GoodsPending {
			return nil
		}
		return fault.New(fault.Refused, "DEC-CLOSE-01", "", "{open} obligations are open or the goods have not all moved as declared",
			"discharge what is owed and let the goods pass first", "open", c.Facts.OpenObligations)
	}}
	corrected = lifecycle.Guard[Case]{Name: "correction named", Check: func(c Case) error {
		if c.Declaration.Correction == nil {
			return fault.New(fault.Refused, "DEC-CORRECT-01", "/correction", "a correction needs its reason and its changes",
				"state the reason from the list and the fields to change")
		}
		return nil
	}}
	twoOfficers = lifecycle.Guard[Case]{Name: "two different officers", Check: func(c Case) error {
		if k := c.Declaration.Correction; k != nil && k.First != "" && k.Second != "" && k.First != k.Second {
			return nil
		}
		return fault.New(fault.Refused, "DEC-CORRECT-02", "/correction/second", "a correction needs two different officers",
			"let a second officer, drawn by the system, confirm it")
	}}
	firstOfficer = lifecycle.Guard[Case]{Name: "first officer named", Check: func(c Case) error {
		if k := c.Declaration.Correction; k != nil && k.First != "" {
			return nil
		}
		return fault.New(fault.Refused, "DEC-CORRECT-03", "/correction/first", "the officer who proposes the correction is not named",
			"sign in and confirm under your own name")
	}}
	beforeRelease = lifecycle.Guard[Case]{Name: "not released yet", Check: func(c Case) error {
		if c.Declaration.Times.Released == 0 {
			return nil
		}
		return fault.New(fault.Refused, "DEC-CORRECT-04", "", "the goods are already released",
			"use the correction after release")
	}}
	afterRelease = lifecycle.Guard[Case]{Name: "already released", Check: func(c Case) error {
		if c.Declaration.Times.Released != 0 {
			return nil
		}
		return fault.New(fault.Refused, "DEC-CORRECT-05", "", "the goods are not released yet",
			"use the correction before release")
	}}
	notPosted = lifecycle.Guard[Case]{Name: "nothing posted", Check: func(c Case) error {
		if len(c.Facts.LinkedPosted) == 0 {
			return nil
		}
		return fault.New(fault.Refused, "DEC-CORRECT-06", "", "the account book was already posted by {document}",
			"undo the posting first", "document", c.Facts.LinkedPosted[0])
	}}
)

type (
	move  = lifecycle.Move[State, Event, Case]
	guard = lifecycle.Guard[Case]
)

// Life is the whole life of a declaration. Code of a step that cannot happen:
// DEC-LIFECYCLE-01.
//
// A correction before release leads back to accepted: a changed declaration is
// confirmed, taxed and judged anew, never released on an old judgement. It
// cannot be asked for while an inspection runs.
var Life = &lifecycle.Table[State, Event, Case]{
	Name: "declaration", Code: "DEC-LIFECYCLE-01", Initial: Draft,
	States: []lifecycle.State[State]{
		{Name: Draft, Acts: "declarant"},
		{Name: Submitted, Acts: "system: format, codes, required elements"},
		{Name: Accepted, Acts: "system: confirmation, duty, risk"},
		{Name: LowRiskAuto, Acts: "system: tax"},
		{Name: Manual, Acts: "officer"},
		{Name: SupplementAsked, Acts: "declarant, within three working days"},
		{Name: Inspecting, Acts: "two inspectors, drawn"},
		{Name: Taxed, Acts: "payer or guarantor"},
		{Name: PaidOrGuaranteed, Acts: "system: release"},
		{Name: Released, Acts: "holder of the goods"},
		{Name: Returned, Acts: "declarant"},
		{Name: AmendRequested, Acts: "first officer"},
		{Name: AmendReview, Acts: "second officer, drawn"},
		{Name: DeleteRequested, Acts: "first officer"},
		{Name: DeleteReview, Acts: "second officer, drawn"},
		{Name: Closed, Acts: "nobody", Final: true},
		{Name: Deleted, Acts: "nobody", Final: true},
	},
	Moves: moves(),
}

func moves() []move {
	all := []move{
		{From: Draft, On: EventSubmit, To: Submitted},
		{From: Draft, On: EventWithdraw, To: Deleted},
		{From: Submitted, On: EventAccept, To: Accepted, Guards: []guard{numbered}},
		{From: Submitted, On: EventReturn, To: Returned},
		{From: Submitted, On: EventWithdraw, To: Deleted},
		{From: Returned, On: EventRevise, To: Draft},
		{From: Returned, On: EventWithdraw, To: Deleted},
		{From: Accepted, On: EventPassLow, To: LowRiskAuto},
		{From: Accepted, On: EventHold, To: Manual},
		{From: LowRiskAuto, On: EventHold, To: Manual},
		{From: LowRiskAuto, On: EventTax, To: Taxed},
		{From: Manual, On: EventAskMore, To: SupplementAsked},
		{From: Manual, On: EventReturn, To: Returned},
		{From: Manual, On: EventTax, To: Taxed, Guards: []guard{noInspection}},
		{From: SupplementAsked, On: EventSupplement, To: Manual},
		{From: SupplementAsked, On: EventReturn, To: Returned},
		{From: Inspecting, On: EventInspected, To: Manual},
		{From: Inspecting, On: EventTax, To: Taxed, Guards: []guard{noInspection}},
		{From: Taxed, On: EventSettle, To: PaidOrGuaranteed, Guards: []guard{settled}},
		{From: Taxed, On: EventHold, To: Manual},
		{From: PaidOrGuaranteed, On: EventHold, To: Manual},
		{From: PaidOrGuaranteed, On: EventRelease, To: Released, Guards: []guard{matched, settled, noInspection, noControl}},
		{From: Released, On: EventClose, To: Closed, Guards: []guard{nothingOwed}},
		{From: Released, On: EventAskAmend, To: AmendRequested, Guards: []guard{corrected}},
		{From: Released, On: EventAskDelete, To: DeleteRequested, Guards: []guard{corrected, notPosted}},
		{From: AmendRequested, On: EventFirstConfirm, To: AmendReview, Guards: []guard{firstOfficer}},
		{From: AmendReview, On: EventAmended, To: Accepted, Guards: []guard{twoOfficers, beforeRelease}},
		{From: AmendReview, On: EventAmendedLate, To: Released, Guards: []guard{twoOfficers, afterRelease}},
		{From: DeleteRequested, On: EventFirstConfirm, To: DeleteReview, Guards: []guard{firstOfficer}},
		{From: DeleteReview, On: EventDeleted, To: Deleted, Guards: []guard{twoOfficers, notPosted}},
	}
	for _, from := range []State{LowRiskAuto, Manual, Taxed, PaidOrGuaranteed} {
		all = append(all, move{From: from, On: EventInspect, To: Inspecting})
	}
	for _, from := range []State{Accepted, LowRiskAuto, Manual, SupplementAsked, Taxed, PaidOrGuaranteed} {
		all = append(all,
			move{From: from, On: EventAskAmend, To: AmendRequested, Guards: []guard{corrected}},
			move{From: from, On: EventAskDelete, To: DeleteRequested, Guards: []guard{corrected, notPosted}})
	}
	for _, from := range []State{AmendRequested, AmendReview, DeleteRequested, DeleteReview} {
		all = append(all,
			move{From: from, On: EventRefused, To: Accepted, Guards: []guard{beforeRelease}},
			move{From: from, On: EventRefusedLate, To: Released, Guards: []guard{afterRelease}})
	}
	return all
}

// Apply returns d after event on at moment at, facts being what the world says
// now. State and the time of the state reached are the only things that change.
// An event that the state does not allow is fault.Refused, DEC-LIFECYCLE-01; a
// guard that does not hold gives its own code: DEC-ACCEPT-01, DEC-RELEASE-01 to
// 04, DEC-CLOSE-01, DEC-CORRECT-01 to 06. d itself is never touched.
func (d Declaration) Apply(on Event, at clock.Instant, facts Facts) (Declaration, error) {
	next, err := Life.Next(d.State, on, Case{&d, facts})
	if err != nil {
		return d, err
	}
	from := d.State
	d.State = next
	switch next {
	case Submitted:
		d.Times.Submitted = at
	case Accepted:
		if from == Submitted {
			d.Times.Accepted = at
		}
	case LowRiskAuto, Manual:
		if from == Accepted {
			d.Times.Assessed = at
		}
	case Taxed:
		d.Times.Taxed = at
	case PaidOrGuaranteed:
		d.Times.Settled = at
	case Released:
		if from == PaidOrGuaranteed {
			d.Times.Released = at
		}
	case Closed:
		d.Times.Closed = at
	case Returned:
		d.Times.Returned = at
	case Deleted:
		d.Times.Deleted = at
	case AmendRequested, DeleteRequested:
		d.Times.CorrectionOpen = at
	}
	switch on {
	case EventAmended, EventAmendedLate, EventDeleted, EventRefused, EventRefusedLate:
		d.Times.CorrectionDone = at
	}
	return d, nil
}
