package book

import (
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/declaration/number"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// Direction of the goods, seen from the book.
type Direction string

const (
	In  Direction = "in"  // list of imports, I
	Out Direction = "out" // list of exports, E
)

// ListType is the type of a verification list (DR §1.5).
type ListType int

const (
	Ordinary         ListType = 0
	Centralized      ListType = 1
	EnterFirst       ListType = 3
	SimpleProcessing ListType = 4
	Display          ListType = 5
	Circulation      ListType = 6 // inside the zone
	PortLinkage      ListType = 7
	BondedCommerce   ListType = 8
	DomesticSale     ListType = 9 // of products, by general-taxpayer enterprises
)

// Valid tells whether t is one of the types; 2 is not in use.
func (t ListType) Valid() bool { return t >= 0 && t <= 9 && t != 2 }

// PostingMark says how far a list has changed the book (DR §1.5).
type PostingMark int

const (
	NotPosted  PostingMark = 0
	PrePosted  PostingMark = 1
	Posted     PostingMark = 2
	WrittenOff PostingMark = 3
)

// PostingMethod says what a list does to the book (DR §1.5).
type PostingMethod string

const (
	Forward   PostingMethod = "D"  // add or deduct
	Reverse   PostingMethod = "F"  // take an earlier posting back
	NoPosting PostingMethod = "N"  // none
	CheckOnly PostingMethod = "NF" // none, but the balance must suffice
)

// NoteFlag says how much of a list stands on release notes.
type NoteFlag int

const (
	NotesNone NoteFlag = 1
	NotesPart NoteFlag = 2
	NotesFull NoteFlag = 3
)

// DeclarationKind says how the bill belongs to the list.
type DeclarationKind int

const (
	RelatedDeclaration       DeclarationKind = 1
	CorrespondingDeclaration DeclarationKind = 2
)

// LevyBasis is what an enterprise asks the duty of products that it sells into the
// country to be levied on (选择性征收关税, DR §3.12). The bill of entry of the list
// follows it.
type LevyBasis string

const (
	LevyGoods     LevyBasis = "goods"     // the goods as they leave
	LevyMaterials LevyBasis = "materials" // the bonded materials in them
)

// ListLine is one line of a verification list (DR §1.5).
type ListLine struct {
	Number           int                     `json:"number"`
	BillLine         int                     `json:"billLine,omitempty"` // line of the bill it is merged into
	BookLine         int                     `json:"bookLine"`           // 0 on a book by lot: the arrival makes the line
	PartNumber       string                  `json:"partNumber,omitempty"`
	Commodity        string                  `json:"commodity"`
	Name             string                  `json:"name"`
	Model            string                  `json:"model,omitempty"`
	Quantity         num.Quantity            `json:"quantity"`
	Unit             codelist.UnitCode       `json:"unit"`
	LegalQuantity    num.Quantity            `json:"legalQuantity,omitempty"`
	LegalUnit        codelist.UnitCode       `json:"legalUnit,omitempty"`
	LegalQuantity2   num.Quantity            `json:"legalQuantity2,omitempty"`
	LegalUnit2       codelist.UnitCode       `json:"legalUnit2,omitempty"`
	UnitPrice        num.Price               `json:"unitPrice,omitempty"`
	Total            num.Money               `json:"total"`
	Currency         codelist.CurrencyCode   `json:"currency"`
	Origin           codelist.CountryCode    `json:"origin,omitempty"`
	Destination      string                  `json:"destination,omitempty"` // final destination
	LevyMode         codelist.ReliefModeCode `json:"levyMode,omitempty"`
	GrossMass        num.Quantity            `json:"grossMass,omitempty"` // kg
	NetMass          num.Quantity            `json:"netMass,omitempty"`   // kg
	Version          int                     `json:"version,omitempty"`   // consumption version of a product
	TransferLine     int                     `json:"transferLine,omitempty"`
	Consumable       bool                    `json:"consumable,omitempty"`
	Separate         bool                    `json:"separate,omitempty"` // marked by customs: never merged
	Licence          string                  `json:"licence,omitempty"`
	Remedy           string                  `json:"remedy,omitempty"`
	PreferenceOrigin bool                    `json:"preferenceOrigin,omitempty"`
	Noted            num.Quantity            `json:"noted,omitempty"`  // on release notes
	Passed           num.Quantity            `json:"passed,omitempty"` // through the gate
	Settled          num.Quantity            `json:"settled,omitempty"`
}

// VerificationList is the paper that changes a book (核注清单, DR §1.5).
type VerificationList struct {
	ID              string                       `json:"id"`
	Number          string                       `json:"number,omitempty"`
	InternalNumber  string                       `json:"internalNumber,omitempty"` // the enterprise's own
	Book            string                       `json:"book"`                     // number
	BookKind        Kind                         `json:"bookKind"`
	Type            ListType                     `json:"type"`
	Direction       Direction                    `json:"direction"`
	Goods           LineKind                     `json:"goods,omitempty"` // material or product
	TradeMode       codelist.SupervisionModeCode `json:"tradeMode,omitempty"`
	TransportMode   codelist.TransportModeCode   `json:"transportMode,omitempty"`
	EntryOffice     codelist.OfficeCode          `json:"entryOffice,omitempty"`
	CompetentOffice codelist.OfficeCode          `json:"competentOffice,omitempty"`
	Operator        Party                        `json:"operator"`
	Processor       Party                        `json:"processor,omitzero"`
	Declarant       Party                        `json:"declarant,omitzero"`
	EnteredBy       Party                        `json:"enteredBy,omitzero"`
	Declared        bool                         `json:"declared"` // goes with a bill
	DeclarationKind DeclarationKind              `json:"declarationKind,omitempty"`
	Bill            string                       `json:"bill,omitempty"` // its number
	RelatedList     string                       `json:"relatedList,omitempty"`
	RelatedBook     string                       `json:"relatedBook,omitempty"`
	Status          ledger.Status                `json:"status,omitempty"` // customs status of the goods; empty: bonded
	Method          PostingMethod                `json:"method"`
	Mark            PostingMark                  `json:"mark"`
	Policy          Policy                       `json:"policy,omitempty"`     // set by the procedure; empty: by type
	Round           int                          `json:"round,omitempty"`      // how often the list was changed after approval
	LevyAmount      num.Money                    `json:"levyAmount,omitempty"` // CNY
	LevyOn          LevyBasis                    `json:"levyOn,omitempty"`     // of products sold into the country; empty: no choice
	State           ListState                    `json:"state"`
	Version         int64                        `json:"version,omitempty"`
	BillReleased    clock.Instant                `json:"billReleased,omitempty"`
	FullyPassed     clock.Instant                `json:"fullyPassed,omitempty"`
	PrePostedAt     clock.Instant                `json:"prePostedAt,omitempty"`
	PostedAt        clock.Instant                `json:"postedAt,omitempty"`
	Officers        [2]string                    `json:"officers,omitzero"` // who confirmed a voiding
	Lines           []ListLine                   `json:"lines"`
	Local           map[string]string            `json:"local,omitempty"`
}

// Notes says how much of the list stands on release notes.
func (l *VerificationList) Notes() NoteFlag {
	any, all := false, len(l.Lines) > 0
	for i := range l.Lines {
		any = any || l.Lines[i].Noted > 0
		all = all && l.Lines[i].Noted >= l.Lines[i].Quantity
	}
	switch {
	case all:
		return NotesFull
	case any:
		return NotesPart
	}
	return NotesNone
}

// Line gives the line of a number.
func (l *VerificationList) Line(number int) (*ListLine, bool) {
	if number >= 1 && number <= len(l.Lines) && l.Lines[number-1].Number == number {
		return &l.Lines[number-1], true
	}
	return nil, false
}

// OpenToNote gives what of a line may still be put on a release note; false when
// there is no such line.
func (l *VerificationList) OpenToNote(number int) (num.Quantity, bool) {
	line, ok := l.Line(number)
	if !ok {
		return 0, false
	}
	return max(0, line.Quantity-line.Noted), true
}

// Validate judges a list against its book and returns all its faults. book may
// be nil when only the list itself is looked at.
//
// Faults: BOOK-LIST-01 type, 02 direction, 03 method, 04 no lines, 05 line
// numbers, 06 quantity, 07 price, 08 masses, 09 book line missing or unknown, 10
// code, name or unit differ from the book's, 11 paused line, 12 related list, 13
// bill flag, 14 operator, 15 another enterprise's book, 16 being mended, 17 what
// duty is levied on, 18 a choice of levy for what was not made here; BOOK-STATE-01 to 03;
// DEC-NUMBER-03, 05; CODELIST faults of parties.
func (l *VerificationList) Validate(book *Book, on clock.Date) error {
	var faults fault.List
	add := func(f *fault.Fault) { faults = append(faults, f) }
	take := func(path string, err error) { _ = faults.Add(path, err) } // every error here is a fault
	if !l.Type.Valid() {
		add(fault.New(fault.Invalid, "BOOK-LIST-01", "/type", "{value} is no type of verification list", "write 0, 1 or 3 to 9", "value", int(l.Type)))
	}
	if l.Direction != In && l.Direction != Out {
		add(fault.New(fault.Invalid, "BOOK-LIST-02", "/direction", "“{value}” is no direction", "write in or out", "value", l.Direction))
	}
	switch l.Method {
	case Forward, Reverse, NoPosting, CheckOnly:
	default:
		add(fault.New(fault.Invalid, "BOOK-LIST-03", "/method", "“{value}” is no posting method", "write D, F, N or NF", "value", l.Method))
	}
	if len(l.Lines) == 0 {
		add(fault.New(fault.Invalid, "BOOK-LIST-04", "/lines", "a list needs at least one line", "add the goods"))
	}
	if l.Number != "" {
		_, err := number.ParseList(l.Number)
		take("/number", err)
	}
	_, err := number.ParseBook(l.Book)
	take("/book", err)
	receiving := l.RelatedList == "" && l.Direction == In && l.Type == Circulation // the sender's list comes later
	if (l.RelatedList == "") != (l.RelatedBook == "") && !receiving {
		add(fault.New(fault.Invalid, "BOOK-LIST-12", "/relatedList", "a related list and its book belong together", "give both or neither"))
	}
	if l.Declared != (l.DeclarationKind == RelatedDeclaration || l.DeclarationKind == CorrespondingDeclaration) {
		add(fault.New(fault.Invalid, "BOOK-LIST-13", "/declarationKind", "the kind of declaration does not fit “declared to customs”",
			"write 1 or 2 when the list goes with a bill, nothing otherwise"))
	}
	if l.LevyOn != "" && l.LevyOn != LevyGoods && l.LevyOn != LevyMaterials {
		add(fault.New(fault.Invalid, "BOOK-LIST-17", "/levyOn", "“{value}” is nothing that duty can be levied on",
			"write goods or materials, or leave it out", "value", l.LevyOn))
	}
	if l.LevyOn != "" && (l.Direction != Out || book != nil && book.Kind != Processing) {
		add(fault.New(fault.Invalid, "BOOK-LIST-18", "/levyOn", "only products that leave a processing book have a choice of levy",
			"leave the choice out: duty is levied on the goods"))
	}
	if !l.Operator.Given() {
		add(fault.New(fault.Invalid, "BOOK-LIST-14", "/operator", "the list has no operating enterprise", "give its code"))
	}
	take("/operator", l.Operator.check())
	take("/processor", l.Processor.check())
	take("/declarant", l.Declarant.check())
	take("/enteredBy", l.EnteredBy.check())
	if book != nil {
		take("", book.Open(l.Direction, on))
		if book.Number != l.Book || book.Operator.Code != l.Operator.Code || book.Operator.CreditCode != l.Operator.CreditCode {
			add(fault.New(fault.Invalid, "BOOK-LIST-15", "/operator", "account book {book} belongs to another enterprise than the list says", "use a book of your own", "book", l.Book))
		}
	}
	for i := range l.Lines {
		l.validateLine(i, book, add)
	}
	return faults.OrNil()
}

func (l *VerificationList) validateLine(i int, book *Book, add func(*fault.Fault)) {
	line := &l.Lines[i]
	path := "/lines/" + strconv.Itoa(i)
	if line.Number != i+1 {
		add(fault.New(fault.Invalid, "BOOK-LIST-05", path+"/number", "line {position} carries the number {value}", "number the lines 1, 2, 3 … without gaps",
			"position", i+1, "value", line.Number))
	}
	if line.Quantity <= 0 || line.LegalQuantity < 0 || line.LegalQuantity2 < 0 {
		add(fault.New(fault.Invalid, "BOOK-LIST-06", path+"/quantity", "a quantity of {value} is not above zero", "give what moves", "value", line.Quantity))
	}
	if line.Total < 0 || line.UnitPrice < 0 || line.Total > 0 && line.Currency == "" {
		add(fault.New(fault.Invalid, "BOOK-LIST-07", path+"/total", "the price is below zero or has no currency", "give the price and its currency"))
	}
	if line.GrossMass < 0 || line.NetMass < 0 || line.GrossMass > 0 && line.NetMass > line.GrossMass {
		add(fault.New(fault.Invalid, "BOOK-LIST-08", path+"/netMass", "net mass {net} kg does not fit gross mass {gross} kg", "check the two masses",
			"net", line.NetMass, "gross", line.GrossMass))
	}
	if book == nil {
		return
	}
	makesLine := (book.Kind == Logistics || book.Kind == Commerce) && book.Posting == ByLot && l.Direction == In && line.BookLine == 0
	if makesLine {
		return
	}
	held, ok := book.Line(line.BookLine)
	if !ok {
		add(fault.New(fault.Invalid, "BOOK-LIST-09", path+"/bookLine", "account book {book} has no line {line}", "name a line of the book, or have it added first",
			"book", l.Book, "line", line.BookLine))
		return
	}
	if held.Commodity != line.Commodity || held.Unit != line.Unit || held.Name != line.Name {
		add(fault.New(fault.Invalid, "BOOK-LIST-10", path+"/commodity", "code, name or unit differ from line {line} of the book ({commodity} {name}, {unit})",
			"write them as the book has them, or have the book changed first", "line", held.Number, "commodity", held.Commodity, "name", held.Name, "unit", held.Unit))
	}
	if l.LevyOn != "" && book.Kind == Processing && held.Kind != Product {
		add(fault.New(fault.Invalid, "BOOK-LIST-18", path+"/bookLine", "only products that leave a processing book have a choice of levy",
			"leave the choice out: duty is levied on the goods"))
	}
	if held.EnterprisePaused || held.CustomsPaused {
		add(fault.New(fault.Refused, "BOOK-LIST-11", path+"/bookLine", "line {line} of the book is paused", "have the pause lifted first", "line", held.Number))
	}
	if held.Progress == InRepair && l.Direction == Out {
		add(fault.New(fault.Refused, "BOOK-LIST-16", path+"/bookLine", "line {line} of the book is being mended", "say first that it is repaired, or beyond repair", "line", held.Number))
	}
}

// ListState is where a list stands (DR §1.5).
type ListState string

const (
	ListDraft        ListState = "draft"
	ListSubmitted    ListState = "submitted"
	ListReturned     ListState = "returned"
	ListApproved     ListState = "approved"      // pre-posted
	ListBillReleased ListState = "bill_released" // waits for the gate
	ListFullyPassed  ListState = "fully_passed"  // waits for the bill
	ListPosted       ListState = "posted"
	ListWrittenOff   ListState = "written_off"
	ListChange       ListState = "change_requested"
	ListVoidAsked    ListState = "void_requested"
	ListVoidReview   ListState = "void_review"
	ListVoided       ListState = "voided"
)

// ListEvent is something that happens to a list.
type ListEvent string

const (
	ListSubmit       ListEvent = "submit"
	ListReturn       ListEvent = "return"
	ListRevise       ListEvent = "revise"
	ListWithdraw     ListEvent = "withdraw"
	ListApprove      ListEvent = "approve"
	ListBillRelease  ListEvent = "bill_release"
	ListAllPassed    ListEvent = "all_passed"
	ListPost         ListEvent = "post" // nothing more to wait for
	ListWriteOff     ListEvent = "write_off"
	ListAskChange    ListEvent = "ask_change"
	ListChanged      ListEvent = "changed" // the old reservation is undone, the list is submitted anew
	ListAskVoid      ListEvent = "ask_void"
	ListFirstConfirm ListEvent = "first_confirm"
	ListVoid         ListEvent = "void"
	ListKeep         ListEvent = "keep"
)

type listGuard = lifecycle.Guard[*VerificationList]

var (
	listNumbered = listGuard{Name: "numbered", Check: func(l *VerificationList) error {
		if l.Number == "" {
			return fault.New(fault.Refused, "BOOK-APPROVE-01", "/number", "an approved list needs its official number", "let customs give the number in the same step")
		}
		return nil
	}}
	nothingMoved = listGuard{Name: "nothing passed yet", Check: func(l *VerificationList) error {
		for i := range l.Lines {
			if l.Lines[i].Passed > 0 || l.Lines[i].Settled > 0 {
				return fault.New(fault.Refused, "BOOK-VOID-01", "/lines/"+strconv.Itoa(i), "goods of line {line} have already passed", "correct it by a list in the other direction",
					"line", l.Lines[i].Number)
			}
		}
		return nil
	}}
	nothingNoted = listGuard{Name: "no release note", Check: func(l *VerificationList) error {
		if l.Notes() != NotesNone {
			return fault.New(fault.Refused, "BOOK-VOID-02", "", "release notes were made from the list", "void the release notes first")
		}
		return nil
	}}
	billGone = listGuard{Name: "bill not released", Check: func(l *VerificationList) error {
		if l.BillReleased != 0 {
			return fault.New(fault.Refused, "BOOK-VOID-03", "/bill", "the bill {bill} of the list is released", "have the bill deleted first", "bill", l.Bill)
		}
		return nil
	}}
	voidedByTwo = listGuard{Name: "two different officers", Check: func(l *VerificationList) error {
		if o := l.Officers; o[0] != "" && o[1] != "" && o[0] != o[1] {
			return nil
		}
		return fault.New(fault.Refused, "BOOK-VOID-04", "/officers", "voiding a list needs two different officers", "let a second officer, drawn by the system, confirm it")
	}}
)

// ListLife is the life of a verification list. Code of a step that cannot
// happen: BOOK-LIFECYCLE-02.
var ListLife = &lifecycle.Table[ListState, ListEvent, *VerificationList]{
	Name: "verification list", Code: "BOOK-LIFECYCLE-02", Initial: ListDraft,
	States: []lifecycle.State[ListState]{
		{Name: ListDraft, Acts: "enterprise"},
		{Name: ListSubmitted, Acts: "system or officer"},
		{Name: ListReturned, Acts: "enterprise"},
		{Name: ListApproved, Acts: "bill and gate"},
		{Name: ListBillReleased, Acts: "gate"},
		{Name: ListFullyPassed, Acts: "bill"},
		{Name: ListPosted, Acts: "period end"},
		{Name: ListChange, Acts: "officer"},
		{Name: ListVoidAsked, Acts: "first officer"},
		{Name: ListVoidReview, Acts: "second officer, drawn"},
		{Name: ListWrittenOff, Acts: "nobody", Final: true},
		{Name: ListVoided, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[ListState, ListEvent, *VerificationList]{
		{From: ListDraft, On: ListSubmit, To: ListSubmitted},
		{From: ListDraft, On: ListWithdraw, To: ListVoided},
		{From: ListSubmitted, On: ListApprove, To: ListApproved, Guards: []listGuard{listNumbered}},
		{From: ListSubmitted, On: ListReturn, To: ListReturned},
		{From: ListSubmitted, On: ListWithdraw, To: ListVoided},
		{From: ListReturned, On: ListRevise, To: ListDraft},
		{From: ListReturned, On: ListWithdraw, To: ListVoided},
		{From: ListApproved, On: ListBillRelease, To: ListBillReleased},
		{From: ListApproved, On: ListAllPassed, To: ListFullyPassed},
		{From: ListApproved, On: ListPost, To: ListPosted},
		{From: ListBillReleased, On: ListAllPassed, To: ListPosted},
		{From: ListFullyPassed, On: ListBillRelease, To: ListPosted},
		{From: ListPosted, On: ListWriteOff, To: ListWrittenOff},
		{From: ListApproved, On: ListAskChange, To: ListChange, Guards: []listGuard{nothingMoved, nothingNoted, billGone}},
		{From: ListChange, On: ListChanged, To: ListSubmitted},
		{From: ListChange, On: ListKeep, To: ListApproved},
		{From: ListApproved, On: ListAskVoid, To: ListVoidAsked, Guards: []listGuard{nothingMoved, nothingNoted, billGone}},
		{From: ListVoidAsked, On: ListFirstConfirm, To: ListVoidReview},
		{From: ListVoidAsked, On: ListKeep, To: ListApproved},
		{From: ListVoidReview, On: ListVoid, To: ListVoided, Guards: []listGuard{voidedByTwo, nothingMoved}},
		{From: ListVoidReview, On: ListKeep, To: ListApproved},
	},
}

// Apply returns l after event on, without its effect on the book: see Approve,
// Release, Pass and GiveBack for that. Faults: BOOK-LIFECYCLE-02,
// BOOK-APPROVE-01, BOOK-VOID-01 to 04. l is never touched.
func (l VerificationList) Apply(on ListEvent) (VerificationList, error) {
	next, err := ListLife.Next(l.State, on, &l)
	if err != nil {
		return l, err
	}
	l.State = next
	return l, nil
}
