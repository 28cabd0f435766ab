package book

import (
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/declaration/number"
	"seine/internal/fault"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// Kind says what a book holds (DR §4.1).
type Kind string

const (
	Logistics  Kind = "logistics"  // 物流账册: lots or part lines in a warehouse
	Processing Kind = "processing" // 加工账册: materials, products, consumption
	Equipment  Kind = "equipment"  // 设备账册: single machines under supervision
	Repair     Kind = "repair"     // 维修账册: what is mended or serviced, by serial or lot
	Exhibition Kind = "display"    // 展示账册: what is shown and may be sold
	Commerce   Kind = "e-commerce" // 电商账册: as logistics, for one way of trading
)

// Kinds are all kinds of book.
var Kinds = []Kind{Logistics, Processing, Equipment, Repair, Exhibition, Commerce}

// Use is what an e-commerce book is for (DR §4.1: use flag).
type Use string

const (
	RetailImport Use = "retail_import" // stocked in the zone, sold to buyers at home
	RetailExport Use = "retail_export" // stocked in the zone, sold to buyers abroad
)

// EntryWay says how a machine came under supervision (DR §4.1).
type EntryWay string

const (
	ByFirstLine  EntryWay = "first_line"
	BySecondLine EntryWay = "second_line"
	CarriedOver  EntryWay = "carried_over" // from another book
)

// ProcessingType is the type of a processing book (DR §4.1).
type ProcessingType int

const (
	Networked        ProcessingType = 1 // E book
	ZoneProcessing   ProcessingType = 2 // H book
	ConsumptionSlip  ProcessingType = 3
	WorkOrder        ProcessingType = 4
	EnterpriseAsUnit ProcessingType = 5
)

// PostingMode says how a logistics book gets its lines (DR §4.1).
type PostingMode string

const (
	ByPart PostingMode = "by_part" // one line per part, every arrival adds to it
	ByLot  PostingMode = "by_lot"  // one line per arriving list line
)

// State is where a book stands (DR §4.1).
type State string

const (
	Draft         State = "draft"
	Review        State = "review"
	Active        State = "active"
	ChangePending State = "change_pending"
	Paused        State = "paused"
	Closing       State = "closing"
	Closed        State = "closed"
)

// Execution is the mark that customs set on a book (DR §4.1).
type Execution int

const (
	ExecutionNormal       Execution = 1
	ExecutionPausedBoth   Execution = 4
	ExecutionPausedImport Execution = 5
	ExecutionPausedExport Execution = 6
)

// Party is an enterprise in a book or list.
type Party struct {
	Code       string `json:"code,omitempty"`       // customs registration code, 10 characters
	CreditCode string `json:"creditCode,omitempty"` // 18 characters
	Name       string `json:"name,omitempty"`
}

// Key is the code under which the party owns accounts and debts.
func (p Party) Key() string {
	if p.CreditCode != "" {
		return p.CreditCode
	}
	return p.Code
}

// Given tells whether the party is named by a code.
func (p Party) Given() bool { return p.Code != "" || p.CreditCode != "" }

// Warehouse is the place of a logistics book.
type Warehouse struct {
	Number    string       `json:"number,omitempty"`
	Name      string       `json:"name,omitempty"`
	Area      num.Quantity `json:"area,omitempty"`   // m²
	Volume    num.Quantity `json:"volume,omitempty"` // m³
	Address   string       `json:"address,omitempty"`
	SiteClass string       `json:"siteClass,omitempty"`
}

// Book is one account book.
type Book struct {
	ID              string              `json:"id"`
	Number          string              `json:"number,omitempty"`
	Kind            Kind                `json:"kind"`
	State           State               `json:"state"`
	Version         int64               `json:"version,omitempty"`
	Operator        Party               `json:"operator"`           // whose book it is (经营企业)
	Processor       Party               `json:"processor,omitzero"` // who stores or processes
	Declarant       Party               `json:"declarant,omitzero"`
	CompetentOffice codelist.OfficeCode `json:"competentOffice"`
	Area            string              `json:"area,omitempty"` // area of the zone
	ValidTo         clock.Date          `json:"validTo,omitempty"`
	Execution       Execution           `json:"execution,omitempty"`

	// Layered keeps the arrivals of each line apart: what leaves is the oldest, and
	// leads back to the document that admitted it.
	Layered bool `json:"layered,omitempty"`

	// logistics, e-commerce, display and repair
	Warehouse Warehouse   `json:"warehouse,omitzero"`
	Posting   PostingMode `json:"posting,omitempty"`
	Rebate    bool        `json:"rebate,omitempty"` // domestic goods get their tax refund on entry
	Use       Use         `json:"use,omitempty"`    // of an e-commerce book

	// processing
	Processing       ProcessingType    `json:"processing,omitempty"`
	MaxTurnover      num.Money         `json:"maxTurnover,omitempty"` // CNY
	CycleMonths      int               `json:"cycleMonths,omitempty"` // write-off cycle
	LastWriteOff     clock.Date        `json:"lastWriteOff,omitempty"`
	ConsumptionStage string            `json:"consumptionStage,omitempty"` // when consumption is declared
	SelfVerification bool              `json:"selfVerification,omitempty"`
	Consumptions     []Consumption     `json:"consumptions,omitempty"`
	Officers         [2]string         `json:"officers,omitzero"` // who confirmed filing or the last change
	Automatic        bool              `json:"automatic,omitempty"`
	Lines            []Line            `json:"lines,omitempty"`
	Parts            []PartItem        `json:"parts,omitempty"` // of the enterprise's own system, merged into the lines
	Local            map[string]string `json:"local,omitempty"`
}

// LineKind is what a line is.
type LineKind string

const (
	Material LineKind = "material"
	Product  LineKind = "product"
	Lot      LineKind = "lot"    // by lot
	Part     LineKind = "part"   // by part
	Machine  LineKind = "unit"   // one machine
	Serial   LineKind = "serial" // one thing with a serial number
)

// lineKinds are the kinds of line that a book of each kind may have.
var lineKinds = map[Kind][]LineKind{
	Logistics: {Part, Lot}, Commerce: {Part, Lot}, Processing: {Material, Product}, Equipment: {Machine}, Repair: {Serial, Lot}, Exhibition: {Serial, Lot},
}

// LineKinds gives the kinds of line that a book of a kind may have.
func LineKinds(k Kind) []LineKind { return slices.Clone(lineKinds[k]) }

// Progress is how far a thing in a repair or display book has come (DR §4.1;
// which steps there are is our reading).
type Progress string

const (
	Waiting    Progress = "waiting"
	InRepair   Progress = "in_repair"
	Repaired   Progress = "repaired"
	BeyondHelp Progress = "beyond_repair"
	InStore    Progress = "in_store"
	OnShow     Progress = "on_show"
	SoldThere  Progress = "sold"
)

// progress are the steps of each kind of book, the first one first.
var progress = map[Kind][]Progress{
	Repair: {Waiting, InRepair, Repaired, BeyondHelp}, Exhibition: {InStore, OnShow, SoldThere},
}

// ProgressOf gives the steps that lines of a kind of book go through, the first
// one first; none where lines have no such steps.
func ProgressOf(k Kind) []Progress { return slices.Clone(progress[k]) }

// Line is one line of a book (DR §4.2). Its quantities are accounts of the
// ledger, not fields here.
type Line struct {
	Number           int                     `json:"number"`
	Kind             LineKind                `json:"kind"`
	PartNumber       string                  `json:"partNumber,omitempty"`
	Commodity        string                  `json:"commodity"`
	Name             string                  `json:"name"`
	Model            string                  `json:"model,omitempty"`
	Unit             codelist.UnitCode       `json:"unit"`
	LegalUnit        codelist.UnitCode       `json:"legalUnit,omitempty"`
	LegalUnit2       codelist.UnitCode       `json:"legalUnit2,omitempty"`
	Currency         codelist.CurrencyCode   `json:"currency,omitempty"`
	LevyMode         codelist.ReliefModeCode `json:"levyMode,omitempty"`
	Origin           codelist.CountryCode    `json:"origin,omitempty"`
	QuantityControl  bool                    `json:"quantityControl,omitempty"`
	MainMaterial     bool                    `json:"mainMaterial,omitempty"`
	EnterprisePaused bool                    `json:"enterprisePaused,omitempty"`
	CustomsPaused    bool                    `json:"customsPaused,omitempty"`
	MaxBalance       num.Quantity            `json:"maxBalance,omitempty"` // approved maximum, 0 for none
	Opening          num.Quantity            `json:"opening,omitempty"`    // at the start of the cycle
	ConsumptionQuery bool                    `json:"consumptionQuery,omitempty"`
	SourceList       string                  `json:"sourceList,omitempty"` // by lot: the list and line that brought it
	SourceLine       int                     `json:"sourceLine,omitempty"`
	StorageLimit     clock.Date              `json:"storageLimit,omitempty"` // none inside the free-trade zone
	SerialNumber     string                  `json:"serialNumber,omitempty"`
	Progress         Progress                `json:"progress,omitempty"`        // of repair and display
	EntryWay         EntryWay                `json:"entryWay,omitempty"`        // of a machine
	SupervisedUntil  clock.Date              `json:"supervisedUntil,omitempty"` // of a machine: last day of supervision
	Legal            *Conversion             `json:"legal,omitempty"`           // declared unit → first legal unit
	Legal2           *Conversion             `json:"legal2,omitempty"`          // declared unit → second legal unit
	Feed             *Conversion             `json:"feed,omitempty"`            // declared unit → unit of the enterprise's own system
}

// Consumption says how much of a material one unit of a product takes.
type Consumption struct {
	Product        int          `json:"product"` // book lines
	Material       int          `json:"material"`
	Version        int          `json:"version"`
	NetUse         num.Quantity `json:"netUse"`
	TangibleLoss   num.Rate     `json:"tangibleLoss,omitempty"`
	IntangibleLoss num.Rate     `json:"intangibleLoss,omitempty"`
	BondedShare    num.Rate     `json:"bondedShare,omitempty"` // 0 means all of it
	ValidTo        clock.Date   `json:"validTo,omitempty"`
}

// ConsumptionOn picks what a product takes of each material on a day: the lowest
// version that is still valid. A consumption line says until when it holds and not
// from when (DR §4.2), so that the next begins when it ends is our reading.
func ConsumptionOn(all []Consumption, product int, on clock.Date) []Consumption {
	best := map[int]Consumption{}
	var order []int
	for _, c := range all {
		if c.Product != product || c.ValidTo != 0 && on > c.ValidTo {
			continue
		}
		b, seen := best[c.Material]
		if !seen {
			order = append(order, c.Material)
		}
		if !seen || c.Version < b.Version {
			best[c.Material] = c
		}
	}
	list := make([]Consumption, len(order))
	for i, m := range order {
		list[i] = best[m]
	}
	return list
}

// UnitConsumption gives net use ÷ (1 − loss rate), rounded half up to the fifth
// decimal (DR §3.6; vector T22). Faults: BOOK-CONSUMPTION-01 when the losses
// reach 100 % or are below zero, NUM-RANGE-01.
func (c Consumption) UnitConsumption() (num.Quantity, error) {
	loss := c.TangibleLoss + c.IntangibleLoss
	if c.TangibleLoss < 0 || c.IntangibleLoss < 0 || loss >= num.OneRate {
		return 0, fault.New(fault.Invalid, "BOOK-CONSUMPTION-01", "/tangibleLoss", "a loss of {loss} % leaves nothing of the material",
			"give the two loss rates, together below 100 %", "loss", loss.PercentString())
	}
	v, err := num.MulDiv(int64(c.NetUse), int64(num.OneRate), int64(num.OneRate-loss), num.HalfUp)
	return num.Quantity(v), err
}

// Line gives the line of a number.
func (b *Book) Line(number int) (*Line, bool) {
	if number >= 1 && number <= len(b.Lines) && b.Lines[number-1].Number == number {
		return &b.Lines[number-1], true // the usual case: lines in order
	}
	for i := range b.Lines {
		if b.Lines[i].Number == number {
			return &b.Lines[i], true
		}
	}
	return nil, false
}

// Open tells whether goods may move in direction d under the book on day on.
// A paused book stops what its mark says, both ways where it has none.
// Faults: BOOK-STATE-01 not active, BOOK-STATE-02 paused in this direction,
// BOOK-STATE-03 expired.
func (b *Book) Open(d Direction, on clock.Date) error {
	if b.State != Active && b.State != ChangePending && b.State != Paused {
		return fault.New(fault.Refused, "BOOK-STATE-01", "/book", "account book {book} is {state}", "use a book that is active", "book", b.Number, "state", b.State)
	}
	unmarked := b.Execution == 0 || b.Execution == ExecutionNormal
	if b.Execution == ExecutionPausedBoth || b.Execution == ExecutionPausedImport && d == In || b.Execution == ExecutionPausedExport && d == Out || b.State == Paused && unmarked {
		return fault.New(fault.Refused, "BOOK-STATE-02", "/book", "account book {book} is paused for goods going {direction}", "ask customs why it is paused",
			"book", b.Number, "direction", d)
	}
	if b.ValidTo != 0 && on > b.ValidTo {
		return fault.New(fault.Refused, "BOOK-STATE-03", "/book", "account book {book} was valid until {day}", "have the book extended",
			"book", b.Number, "day", b.ValidTo)
	}
	return nil
}

// Validate judges a book as filed and returns all its faults.
//
// Faults: BOOK-FILE-01 kind, 02 operator, 03 posting mode, 04 processing type,
// 05 line numbers, 06 line content, 07 line kind, 08 part under two codes, 09
// consumption, 10 cycle, 11 use of an e-commerce book, 12 entry way or supervision
// of a machine, 13 serial number missing or twice, 14 progress; BOOK-UNIT-01 a
// conversion of units; DEC-NUMBER-05, BOOK-CONSUMPTION-01, CODELIST-CREDIT and
// CODELIST-CUSTOMSCODE faults.
func (b *Book) Validate() error {
	var faults fault.List
	add := func(f *fault.Fault) { faults = append(faults, f) }
	take := func(path string, err error) { _ = faults.Add(path, err) } // every error here is a fault
	if !slices.Contains(Kinds, b.Kind) {
		add(fault.New(fault.Invalid, "BOOK-FILE-01", "/kind", "“{value}” is no kind of account book",
			"write logistics, processing, equipment, repair, display or e-commerce", "value", b.Kind))
	}
	if !b.Operator.Given() {
		add(fault.New(fault.Invalid, "BOOK-FILE-02", "/operator", "the book has no owner", "give the code of the enterprise"))
	}
	take("/operator", b.Operator.check())
	take("/processor", b.Processor.check())
	take("/declarant", b.Declarant.check())
	if b.Number != "" {
		_, err := number.ParseBook(b.Number)
		take("/number", err)
	}
	switch b.Kind {
	case Logistics, Commerce:
		if b.Posting != ByPart && b.Posting != ByLot {
			add(fault.New(fault.Invalid, "BOOK-FILE-03", "/posting", "“{value}” is no way to post a logistics book", "write by_part or by_lot", "value", b.Posting))
		}
	case Processing:
		if b.Processing < Networked || b.Processing > EnterpriseAsUnit {
			add(fault.New(fault.Invalid, "BOOK-FILE-04", "/processing", "{value} is no type of processing book", "write 1 to 5", "value", int(b.Processing)))
		}
		if b.CycleMonths < 1 || b.CycleMonths > 12 {
			add(fault.New(fault.Invalid, "BOOK-FILE-10", "/cycleMonths", "a write-off cycle of {value} months is not allowed", "give 1 to 12 months", "value", b.CycleMonths))
		}
	case Equipment, Repair, Exhibition:
	}
	if (b.Kind == Commerce) != (b.Use == RetailImport || b.Use == RetailExport) {
		add(fault.New(fault.Invalid, "BOOK-FILE-11", "/use", "“{value}” does not say what an e-commerce book is for", "write retail_import or retail_export in an e-commerce book, nothing in any other", "value", b.Use))
	}
	b.validateLines(add)
	for i := range b.Consumptions {
		c := &b.Consumptions[i]
		path := "/consumptions/" + strconv.Itoa(i)
		product, p := b.Line(c.Product)
		material, m := b.Line(c.Material)
		if !p || !m || product.Kind != Product || material.Kind != Material || c.NetUse <= 0 {
			add(fault.New(fault.Invalid, "BOOK-FILE-09", path, "a consumption joins a product line to a material line and has a net use above zero", "correct the lines or the net use"))
		}
		_, err := c.UnitConsumption()
		take(path, err)
	}
	return faults.OrNil()
}

func (b *Book) validateLines(add func(*fault.Fault)) {
	seen := map[int]bool{}
	codes, serials := map[string]string{}, map[string]bool{}
	for i := range b.Lines {
		l := &b.Lines[i]
		path := "/lines/" + strconv.Itoa(i)
		if l.Number < 1 || seen[l.Number] {
			add(fault.New(fault.Invalid, "BOOK-FILE-05", path+"/number", "line number {value} is used twice or below 1", "number each line once, from 1", "value", l.Number))
		}
		seen[l.Number] = true
		if len(l.Commodity) < 8 || l.Name == "" || l.Unit == "" || l.MaxBalance < 0 {
			add(fault.New(fault.Invalid, "BOOK-FILE-06", path, "the line lacks its commodity code, name or unit", "fill in what is missing; the code has at least eight digits"))
		}
		if !slices.Contains(lineKinds[b.Kind], l.Kind) {
			add(fault.New(fault.Invalid, "BOOK-FILE-07", path+"/kind", "a line of kind “{value}” does not belong into a {book} book",
				"use one of: {kinds}", "value", l.Kind, "book", b.Kind, "kinds", joined(lineKinds[b.Kind])))
		}
		l.validateKind(b.Kind, path, serials, add)
		l.validateUnits(path, add)
		if l.PartNumber == "" || l.Kind == Lot {
			continue
		}
		if other, known := codes[l.PartNumber]; known && other != l.Commodity {
			add(fault.New(fault.Invalid, "BOOK-FILE-08", path+"/commodity", "part {part} stands under {one} and under {other}",
				"classify the part once", "part", l.PartNumber, "one", other, "other", l.Commodity))
		}
		codes[l.PartNumber] = l.Commodity
	}
}

// validateKind judges what only lines of one kind have.
func (l *Line) validateKind(k Kind, path string, serials map[string]bool, add func(*fault.Fault)) {
	way := l.EntryWay == ByFirstLine || l.EntryWay == BySecondLine || l.EntryWay == CarriedOver
	if (l.Kind == Machine) != way || l.Kind != Machine && l.SupervisedUntil != 0 || l.Kind == Machine && l.EntryWay == ByFirstLine && l.SupervisedUntil == 0 {
		add(fault.New(fault.Invalid, "BOOK-FILE-12", path+"/entryWay", "a machine needs the way it came in, and the last day of its supervision when it came from abroad; other lines have neither",
			"write first_line, second_line or carried_over, and the day", "value", l.EntryWay))
	}
	single := l.Kind == Machine || l.Kind == Serial
	if single != (l.SerialNumber != "") || single && serials[l.SerialNumber] {
		add(fault.New(fault.Invalid, "BOOK-FILE-13", path+"/serialNumber", "“{value}” is missing, stands twice in the book, or belongs to a line of another kind",
			"give each single thing its own serial number", "value", l.SerialNumber))
	}
	if single {
		serials[l.SerialNumber] = true
	}
	if steps := progress[k]; l.Progress != "" && !slices.Contains(steps, l.Progress) {
		add(fault.New(fault.Invalid, "BOOK-FILE-14", path+"/progress", "lines of a {book} book are never “{value}”", "use one of: {steps}",
			"book", k, "value", l.Progress, "steps", joined(steps)))
	}
}

func joined[T ~string](words []T) string {
	text := ""
	for i, w := range words {
		if i > 0 {
			text += ", "
		}
		text += string(w)
	}
	return text
}

// Single tells whether the line is one thing, of which there is at most one.
func (l *Line) Single() bool { return l.Kind == Machine || l.Kind == Serial }

// Most is the highest balance the line may have: the approved one, 1 for a single
// thing; 0 for no limit.
func (l *Line) Most() num.Quantity {
	if l.Single() && (l.MaxBalance == 0 || l.MaxBalance > num.OneQuantity) {
		return num.OneQuantity
	}
	return l.MaxBalance
}

func (p Party) check() error {
	var faults fault.List
	if p.CreditCode != "" {
		_, err := codelist.ParseCreditCode(p.CreditCode)
		_ = faults.Add("/creditCode", err)
	}
	if p.Code != "" {
		_, err := codelist.ParseCustomsCode(p.Code)
		_ = faults.Add("/code", err)
	}
	return faults.OrNil()
}

// Event is something that happens to a book.
type Event string

const (
	EventSubmit      Event = "submit"
	EventReturn      Event = "return"
	EventApprove     Event = "approve" // two officers, or the machine for low risk
	EventAskChange   Event = "ask_change"
	EventChange      Event = "change"
	EventKeep        Event = "keep" // the change or closing is refused
	EventPause       Event = "pause"
	EventResume      Event = "resume"
	EventAskClose    Event = "ask_close"
	EventClose       Event = "close"
	EventAutoApprove Event = "auto_approve"
	EventAutoChange  Event = "auto_change"
)

// Facts is what a guard of the book asks about and the book does not hold.
type Facts struct {
	LowRisk     bool // the machine may pass it by itself
	LinesOpen   int  // lines with anything on hand or reserved
	ListsOpen   int  // lists neither posted nor voided
	Obligations int  // open obligations under the book
}

// Case is a book with the facts around it.
type Case struct {
	Book  *Book
	Facts Facts
}

type bookGuard = lifecycle.Guard[Case]

var (
	inOrder = bookGuard{Name: "in order", Check: func(c Case) error { return c.Book.Validate() }}
	byTwo   = bookGuard{Name: "two different officers", Check: func(c Case) error {
		if o := c.Book.Officers; o[0] != "" && o[1] != "" && o[0] != o[1] {
			return nil
		}
		return fault.New(fault.Refused, "BOOK-REVIEW-01", "/officers", "filing and changing an account book need two different officers",
			"let a second officer, drawn by the system, confirm it")
	}}
	lowRisk = bookGuard{Name: "low risk", Check: func(c Case) error {
		if c.Facts.LowRisk {
			return nil
		}
		return fault.New(fault.Refused, "BOOK-REVIEW-02", "", "the machine may pass only what is low risk", "send it to two officers")
	}}
	emptied = bookGuard{Name: "nothing left", Check: func(c Case) error {
		if c.Facts.LinesOpen == 0 && c.Facts.ListsOpen == 0 && c.Facts.Obligations == 0 {
			return nil
		}
		return fault.New(fault.Refused, "BOOK-CLOSE-01", "", "{lines} lines, {lists} lists and {obligations} obligations are still open",
			"move, declare or write off what is left", "lines", c.Facts.LinesOpen, "lists", c.Facts.ListsOpen, "obligations", c.Facts.Obligations)
	}}
)

// Life is the life of an account book. Code of a step that cannot happen:
// BOOK-LIFECYCLE-01.
var Life = &lifecycle.Table[State, Event, Case]{
	Name: "account book", Code: "BOOK-LIFECYCLE-01", Initial: Draft,
	States: []lifecycle.State[State]{
		{Name: Draft, Acts: "enterprise"},
		{Name: Review, Acts: "system, or two officers"},
		{Name: Active, Acts: "enterprise"},
		{Name: ChangePending, Acts: "system, or two officers"},
		{Name: Paused, Acts: "customs"},
		{Name: Closing, Acts: "two officers"},
		{Name: Closed, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[State, Event, Case]{
		{From: Draft, On: EventSubmit, To: Review, Guards: []bookGuard{inOrder}},
		{From: Review, On: EventReturn, To: Draft},
		{From: Review, On: EventApprove, To: Active, Guards: []bookGuard{byTwo}},
		{From: Review, On: EventAutoApprove, To: Active, Guards: []bookGuard{lowRisk}},
		{From: Active, On: EventAskChange, To: ChangePending},
		{From: ChangePending, On: EventChange, To: Active, Guards: []bookGuard{inOrder, byTwo}},
		{From: ChangePending, On: EventAutoChange, To: Active, Guards: []bookGuard{inOrder, lowRisk}},
		{From: ChangePending, On: EventKeep, To: Active},
		{From: Active, On: EventPause, To: Paused},
		{From: Paused, On: EventResume, To: Active},
		{From: Active, On: EventAskClose, To: Closing},
		{From: Paused, On: EventAskClose, To: Closing},
		{From: Closing, On: EventClose, To: Closed, Guards: []bookGuard{emptied, byTwo}},
		{From: Closing, On: EventKeep, To: Active},
	},
}

// Apply returns b after event on. Faults: BOOK-LIFECYCLE-01, BOOK-REVIEW-01, 02,
// BOOK-CLOSE-01 and those of Validate. b is never touched.
func (b Book) Apply(on Event, facts Facts) (Book, error) {
	next, err := Life.Next(b.State, on, Case{&b, facts})
	if err != nil {
		return b, err
	}
	b.State = next
	return b, nil
}
