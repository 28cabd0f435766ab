package procedure

import (
	"slices"

	"seine/internal/ledger"
)

// Steps that the stories look for by name. A file may leave them out, which says
// that its mode has no such step, and may have others, which the console offers
// by their titles.
const (
	StepApply   = "apply"    // permission asked for on an application
	StepList    = "list"     // verification list approved
	StepLodge   = "lodge"    // declaration lodged
	StepAccept  = "accept"   // declaration accepted, and taxed where tax is due
	StepSettle  = "settle"   // tax paid or secured
	StepRelease = "release"  // declaration released
	StepNote    = "note"     // release note approved
	StepPortOut = "port-out" // passed the port's gate
	StepGateIn  = "gate-in"  // passed the zone's gate inwards
	StepGateOut = "gate-out" // passed the zone's gate outwards
	StepArrive  = "arrive"   // arrival confirmed
	StepPost    = "post"     // list posted to the book
	StepClose   = "close"    // nothing is owed any more
)

// Kind says what makes a step happen.
type Kind string

// Kinds of step.
const (
	Request   Kind = "request"   // somebody asks; it may be refused
	Fact      Kind = "fact"      // it happened; it is recorded whatever the rules say
	Timer     Kind = "timer"     // a time has come
	Automatic Kind = "automatic" // it follows by itself once its conditions hold
)

// Role says who acts or confirms.
type Role string

// Roles.
const (
	Declarant  Role = "declarant"
	Enterprise Role = "enterprise" // the zone enterprise that holds the goods
	Sender     Role = "sender"
	Receiver   Role = "receiver"
	Carrier    Role = "carrier"
	Customs    Role = "customs"
	Gate       Role = "gate" // the devices of a lane
	Bank       Role = "bank"
	System     Role = "system"
)

// Side says on which side of the fence an actor stands.
type Side string

// Sides.
const (
	Inside  Side = "inside"
	Outside Side = "outside"
)

// Office says which customs office, as seen from the papers.
type Office string

// Offices.
const (
	ZoneOffice     Office = "zone"    // competent for the area
	PortOffice     Office = "port"    // of entry or exit
	DeclareOffice  Office = "declare" // where the paper is lodged
	SenderOffice   Office = "sender"
	ReceiverOffice Office = "receiver"
)

// Item is a class of what is counted.
type Item string

// Classes of item. For tax and guarantee the ledger is money.
const (
	LadingLine Item = "lading-line" // line of a bill of lading: packages and grams
	BookLine   Item = "book-line"   // line of an account book
	Material   Item = "material"    // lot of material
	Product    Item = "product"     // lot of product
	Unit       Item = "unit"        // one thing with a serial number
	Residue    Item = "residue"     // scrap, remainders, by-products
	Tax        Item = "tax"
)

// Measure says which quantity of the items is meant; the story knows it.
type Measure string

// Measures.
const (
	Declared    Measure = "declared"   // on the declaration or application
	Listed      Measure = "listed"     // on the verification list
	Noted       Measure = "noted"      // on the release note
	PassedNow   Measure = "passed"     // by this passage
	AllPassed   Measure = "all-passed" // by all passages so far
	Arrived     Measure = "arrived"    // confirmed on arrival
	Short       Measure = "short"      // noted or declared less what is there
	Sold        Measure = "sold"
	ReturnedNow Measure = "returned"
	Assessed    Measure = "assessed" // the tax as assessed
	PaidNow     Measure = "paid"
	Rest        Measure = "rest" // what is left
)

// Condition is something that is true or not when a step is taken; the story
// answers it.
type Condition string

// Conditions.
const (
	LadingKnown     Condition = "lading-known"        // the bill of lading stands on a manifest
	ManifestMatched Condition = "manifest-matched"    // the three documents confirm each other, or no bill of lading is stated
	RiskCleared     Condition = "risk-cleared"        // low, or a person decided for it
	LicencesThere   Condition = "licences-there"      // every licence needed is given and valid
	TaxSettled      Condition = "tax-settled"         // paid, secured or nil
	TaxDue          Condition = "tax-due"             // there is tax above nil
	NothingOwed     Condition = "nothing-owed"        // no debt of the case is open
	BillReleased    Condition = "bill-released"       // the declaration of the list is released
	FullyPassed     Condition = "fully-passed"        // every line passed a lane in full
	GuaranteeEnough Condition = "guarantee-enough"    // free cover is at least what must be held
	NothingOverdue  Condition = "nothing-overdue"     // the debtor owes nothing that is overdue in this mode
	Networked       Condition = "networked"           // the enterprise's system feeds are live
	SameAsApplied   Condition = "same-as-application" // bill of lading, packages, containers as applied for
	ArrivalDiffers  Condition = "arrival-differs"     // what arrived is not what was noted
	BookGiven       Condition = "book-given"          // the goods go onto an account book
	ReportRecorded  Condition = "report-recorded"     // the enterprise reported the event itself
	PartnerListed   Condition = "partner-listed"      // the list of the other book is approved
)

// Event is a moment that time limits count from and that picks rates.
type Event string

// Events. A finished step is an event too, under its own id.
const (
	EntryDeclared Event = "entry_declared" // the transport declared entry
	Accepted      Event = "accepted"       // the paper was accepted
	Issued        Event = "issued"         // the tax bill was issued
	Released      Event = "released"
	GateIn        Event = "gate_in"
	GateOut       Event = "gate_out"
	WasSold       Event = "sold"
	FormExpiry    Event = "form_expiry" // end of the business declaration form
	WindowEnd     Event = "window_end"  // end of the transport's time window
	PeriodEnd     Event = "period_end"  // end of the enterprise's period
	Now           Event = "now"         // the moment of the step itself
)

// Bite is what happens by itself when a debt is overdue.
type Bite string

// Bites.
const (
	Alarm         Bite = "alarm"
	LateFee       Bite = "late-declaration-fee" // 0.05 % of value a day (D128)
	LateInterest  Bite = "late-payment-fee"     // 0.05 % of tax a day (DR art. 37)
	SuspendMode   Bite = "suspend-mode"         // the debtor may not use the mode until it is settled
	CreditEvent   Bite = "credit-event"
	CallGuarantee Bite = "call-guarantee"
	OpenCase      Bite = "open-case"
	DisposeGoods  Bite = "dispose-goods" // undeclared for three months: customs may sell (CL art. 30)
)

// Desk is who is called when a time limit passes.
type Desk string

// Desks.
const (
	SectionChief  Desk = "section-chief"
	CommandCentre Desk = "command-centre"
	ExpertDesk    Desk = "expert-desk"
	TaxOfficer    Desk = "tax-officer"
	GateOfficer   Desk = "gate-officer"
)

// Paper is a kind of document.
type Paper string

// Papers (DR §1).
const (
	LadingApplication Paper = "lading-application"
	FilingBill        Paper = "filing-bill"
	BillOfEntry       Paper = "bill-of-entry"
	VerificationList  Paper = "verification-list"
	ReleaseNote       Paper = "release-note"
	ArrivalNote       Paper = "arrival-note"
	BusinessForm      Paper = "business-form"
	StockNote         Paper = "stock-note"
	TaxBill           Paper = "tax-bill"
)

// Certificate is something handed out that undoing must take back.
type Certificate string

// Certificates.
const (
	ReleaseCertificate Certificate = "release-certificate"
	GateNote           Certificate = "gate-note"
	TaxReceipt         Certificate = "tax-receipt"
)

// Line says which line the goods cross.
type Line string

// Lines.
const (
	FirstLine  Line = "first"  // zone and abroad
	SecondLine Line = "second" // zone and the rest of China
	InsideLine Line = "inside" // between or within areas
	NoLine     Line = "none"   // ordinary import and export, outside the zone
)

// Direction says which way goods go.
type Direction string

// Directions.
const (
	In   Direction = "in"
	Out  Direction = "out"
	Both Direction = "both"
)

// Settling says which lines of a debt a step settles.
type Settling string

// Ways of settling.
const (
	ByLine Settling = "by-line" // the lines of the paper
	Oldest Settling = "oldest"  // oldest due first
	All    Settling = "all"     // whatever is open
)

// vocabulary lists the words a file may use, by what they mean.
var vocabulary = map[string][]string{
	"kind of step": texts(Request, Fact, Timer, Automatic),
	"role":         texts(Declarant, Enterprise, Sender, Receiver, Carrier, Customs, Gate, Bank, System),
	"side":         texts(Inside, Outside),
	"office":       texts(ZoneOffice, PortOffice, DeclareOffice, SenderOffice, ReceiverOffice),
	"item":         texts(LadingLine, BookLine, Material, Product, Unit, Residue, Tax),
	"measure": texts(Declared, Listed, Noted, PassedNow, AllPassed, Arrived, Short, Sold, ReturnedNow, Assessed,
		PaidNow, Rest),
	"condition": texts(LadingKnown, ManifestMatched, RiskCleared, LicencesThere, TaxSettled, TaxDue, NothingOwed, BillReleased,
		FullyPassed, GuaranteeEnough, NothingOverdue, Networked, SameAsApplied, ArrivalDiffers, BookGiven, ReportRecorded, PartnerListed),
	"event": texts(EntryDeclared, Accepted, Issued, Released, GateIn, GateOut, WasSold, FormExpiry, WindowEnd,
		PeriodEnd, Now),
	"consequence": texts(Alarm, LateFee, LateInterest, SuspendMode, CreditEvent, CallGuarantee, OpenCase, DisposeGoods),
	"desk":        texts(SectionChief, CommandCentre, ExpertDesk, TaxOfficer, GateOfficer),
	"paper": texts(LadingApplication, FilingBill, BillOfEntry, VerificationList, ReleaseNote, ArrivalNote,
		BusinessForm, StockNote, TaxBill),
	"certificate":     texts(ReleaseCertificate, GateNote, TaxReceipt),
	"line":            texts(FirstLine, SecondLine, InsideLine, NoLine),
	"direction":       texts(In, Out, Both),
	"way of settling": texts(ByLine, Oldest, All),
	"ledger":          texts(ledger.Legal, ledger.Physical, ledger.Shadow, ledger.Cash),
	"operation":       texts(ledger.Post, ledger.Reserve, ledger.Settle, ledger.Void),
	"place": texts(ledger.Abroad, ledger.HomeMarket, ledger.Consumed, ledger.Produced, ledger.Scrap, ledger.Lost, ledger.Destroyed, ledger.Surrendered,
		ledger.Difference, ledger.Noted, ledger.Granted, ledger.Treasury, ledger.Border, ledger.Provisional,
		ledger.OnHand, ledger.InTransit, ledger.WorkInProgress, ledger.OnDisplay, ledger.Passed, ledger.Undrawn,
		ledger.Drawn, ledger.Free, ledger.Held, ledger.Owed, ledger.Paid, ledger.OtherBook),
	"customs status": texts(ledger.Bonded, ledger.DutyPaid, ledger.NonBonded),
	"way of undoing": texts(Reverse, NoUndo),
	"subject of a debt": {
		string(OwedGoods), string(OwedTax),
	},
	"base of a hold": {string(HighestTax), string(GoodsValue)},
}

func texts[T ~string](words ...T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

// Words lists the words that a mode file may use for a meaning such as "place"
// or "condition", for editors and the manual; nil for an unknown meaning.
func Words(meaning string) []string { return slices.Clone(vocabulary[meaning]) }

// Meanings lists the meanings that Words knows, sorted.
func Meanings() []string {
	names := make([]string, 0, len(vocabulary))
	for name := range vocabulary {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
