package manifest

import (
	"seine/internal/fault"
	"seine/internal/lifecycle"
)

// State is where a manifest stands (DR §1.2).
type State string

const (
	Received   State = "received"
	PrimaryOK  State = "primary_ok"
	Arrived    State = "arrived"
	Tallied    State = "tallied"
	Matched    State = "matched"
	WrittenOff State = "written_off"
	Returned   State = "returned"
	Cancelled  State = "cancelled"
)

// Event is something that happens to a manifest.
type Event string

const (
	EventPrimaryAccepted Event = "primary_accepted" // primary data are without fault
	EventReturned        Event = "returned"         // primary data are wrong: the carrier must correct them
	EventResent          Event = "resent"           // the carrier has corrected them
	EventAmended         Event = "amended"          // changed before the cut-off, no leave needed
	EventAmendApproved   Event = "amend_approved"   // changed after it, with an officer's leave
	EventArrived         Event = "arrived"          // the means of transport is there
	EventTallied         Event = "tallied"          // the tally report is in
	EventRecounted       Event = "recounted"        // a later tally report takes its place
	EventMatched         Event = "matched"          // every bill of lading has found its declaration
	EventUnmatched       Event = "unmatched"        // an amendment broke a match
	EventWrittenOff      Event = "written_off"      // every bill of lading is written off
	EventCancelled       Event = "cancelled"        // the call did not take place
)

// Case is what the guards of a manifest's life look at.
type Case struct {
	Manifest       Manifest
	PastCutOff     bool // the deadline for amendments without leave has passed
	AmendmentGiven bool // an officer approved the amendment at hand
}

var (
	beforeCutOff = lifecycle.Guard[Case]{Name: "before the cut-off", Check: func(c Case) error {
		if c.PastCutOff {
			return fault.New(fault.Refused, "MAN-AMEND-01", "", "the time for changing manifest {number} freely has passed",
				"apply for an amendment; an officer decides", "number", c.Manifest.ID)
		}
		return nil
	}}
	approved = lifecycle.Guard[Case]{Name: "approved by an officer", Check: func(c Case) error {
		if !c.AmendmentGiven {
			return fault.New(fault.Refused, "MAN-AMEND-02", "", "the amendment of manifest {number} is not approved",
				"wait for the officer's decision", "number", c.Manifest.ID)
		}
		return nil
	}}
	outbound = lifecycle.Guard[Case]{Name: "outbound", Check: func(c Case) error {
		if c.Manifest.Inbound() {
			return fault.New(fault.Refused, "MAN-TALLY-01", "", "inbound manifest {number} cannot be tallied before arrival",
				"report the arrival first", "number", c.Manifest.ID)
		}
		return nil
	}}
	allMatched = lifecycle.Guard[Case]{Name: "every bill matched", Check: func(c Case) error {
		return allBills(c.Manifest, BillMatched, BillWrittenOff, BillDelivered, BillSplit, BillMerged)
	}}
	allWrittenOff = lifecycle.Guard[Case]{Name: "every bill written off", Check: func(c Case) error {
		return allBills(c.Manifest, BillWrittenOff, BillDelivered, BillSplit, BillMerged)
	}}
)

func allBills(m Manifest, states ...BillState) error {
	for _, b := range m.Consignments {
		found := false
		for _, s := range states {
			found = found || b.State == s
		}
		if !found {
			return fault.New(fault.Refused, "MAN-BILL-10", "", "bill of lading {bill} is still {state}",
				"settle every bill of lading first", "bill", b.Number, "state", string(b.State))
		}
	}
	return nil
}

// Life is the life of a manifest (DR §1.2). Amendments keep the state; after
// the cut-off they need an officer's leave.
func Life() *lifecycle.Table[State, Event, Case] {
	type move = lifecycle.Move[State, Event, Case]
	type guards = []lifecycle.Guard[Case]
	t := &lifecycle.Table[State, Event, Case]{
		Name: "manifest", Code: "MAN-LIFECYCLE-01", Initial: Received,
		States: []lifecycle.State[State]{
			{Name: Received, Acts: "system: checks the primary data"},
			{Name: Returned, Acts: "carrier: corrects"},
			{Name: PrimaryOK, Acts: "carrier: arrives, sends the other data"},
			{Name: Arrived, Acts: "terminal: tallies"},
			{Name: Tallied, Acts: "declarants: declare"},
			{Name: Matched, Acts: "customs: releases"},
			{Name: WrittenOff, Acts: "nobody", Final: true},
			{Name: Cancelled, Acts: "nobody", Final: true},
		},
		Moves: []move{
			{From: Received, On: EventPrimaryAccepted, To: PrimaryOK},
			{From: Received, On: EventReturned, To: Returned},
			{From: Returned, On: EventResent, To: Received},
			{From: Returned, On: EventCancelled, To: Cancelled},
			{From: Received, On: EventCancelled, To: Cancelled},
			{From: PrimaryOK, On: EventCancelled, To: Cancelled},
			{From: PrimaryOK, On: EventArrived, To: Arrived},
			{From: PrimaryOK, On: EventTallied, To: Tallied, Guards: guards{outbound}},
			{From: Arrived, On: EventTallied, To: Tallied},
			{From: Tallied, On: EventRecounted, To: Tallied},
			{From: Matched, On: EventRecounted, To: Tallied},
			{From: Tallied, On: EventMatched, To: Matched, Guards: guards{allMatched}},
			{From: Matched, On: EventUnmatched, To: Tallied},
			{From: Matched, On: EventWrittenOff, To: WrittenOff, Guards: guards{allWrittenOff}},
		},
	}
	for _, s := range []State{Received, PrimaryOK} {
		t.Moves = append(t.Moves, move{From: s, On: EventAmended, To: s, Guards: guards{beforeCutOff}})
	}
	for _, s := range []State{PrimaryOK, Arrived, Tallied, Matched} {
		t.Moves = append(t.Moves, move{From: s, On: EventAmendApproved, To: s, Guards: guards{approved}})
	}
	return t
}

// BillState is where a bill of lading on a manifest stands (DR §1.3, and
// “matched” and “written off” of DR §1.2, which count per bill). The zero value
// is a bill that the receiver has not filed yet.
type BillState string

const (
	BillIssued     BillState = "issued"
	BillMatched    BillState = "matched"
	BillSplit      BillState = "split"
	BillMerged     BillState = "merged"
	BillWrittenOff BillState = "written_off"
	BillDelivered  BillState = "delivered"
)

// BillEvent is something that happens to a bill of lading.
type BillEvent string

const (
	BillEventMatched    BillEvent = "matched"     // manifest, bill and declaration confirm each other
	BillEventUnmatched  BillEvent = "unmatched"   // an amendment broke the match
	BillEventSplit      BillEvent = "split"       // replaced by several bills
	BillEventMerged     BillEvent = "merged"      // replaced by one bill with others
	BillEventWrittenOff BillEvent = "written_off" // a declaration for all of it is released
	BillEventReopened   BillEvent = "reopened"    // that release was undone
	BillEventDelivered  BillEvent = "delivered"   // the goods left the port or apron
)

// BillLife is the life of a bill of lading.
func BillLife() *lifecycle.Table[BillState, BillEvent, BillOfLading] {
	type move = lifecycle.Move[BillState, BillEvent, BillOfLading]
	return &lifecycle.Table[BillState, BillEvent, BillOfLading]{
		Name: "bill of lading", Code: "MAN-LIFECYCLE-02", Initial: BillIssued,
		States: []lifecycle.State[BillState]{
			{Name: BillIssued, Acts: "declarant: declares"},
			{Name: BillMatched, Acts: "customs: releases"},
			{Name: BillWrittenOff, Acts: "holder of the goods: takes delivery"},
			{Name: BillSplit, Acts: "nobody", Final: true},
			{Name: BillMerged, Acts: "nobody", Final: true},
			{Name: BillDelivered, Acts: "nobody", Final: true},
		},
		Moves: []move{
			{From: BillIssued, On: BillEventMatched, To: BillMatched},
			{From: BillMatched, On: BillEventUnmatched, To: BillIssued},
			{From: BillIssued, On: BillEventSplit, To: BillSplit},
			{From: BillIssued, On: BillEventMerged, To: BillMerged},
			{From: BillMatched, On: BillEventWrittenOff, To: BillWrittenOff},
			{From: BillWrittenOff, On: BillEventReopened, To: BillMatched},
			{From: BillWrittenOff, On: BillEventDelivered, To: BillDelivered},
		},
	}
}
