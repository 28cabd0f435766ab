package gate

import (
	"maps"
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/declaration/number"
	"seine/internal/fault"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// NoteType is the type of a release note (DR §1.6).
type NoteType int

const (
	EnterFirst          NoteType = 1 // first enter, then declare
	FirstLineIntegrated NoteType = 2 // first line, declared before entry
	SecondLine          NoteType = 3 // between zone and home market
	NotDeclared         NoteType = 4 // not declared to customs yet: deliveries under a form
	GateRegistered      NoteType = 5 // goods that are only registered at the gate
	EmptyTruck          NoteType = 6
	TwoStep             NoteType = 7 // summary declaration first
)

// Binding says how trucks and documents go together.
type Binding string

const (
	OneTruckManyDocuments Binding = "one_truck_many_documents"
	OneDocumentOneTruck   Binding = "one_document_one_truck"
	OneDocumentManyTrucks Binding = "one_document_many_trucks"
)

// DocumentKind is what a note refers to.
type DocumentKind string

const (
	VerificationList DocumentKind = "verification_list"
	StockNote        DocumentKind = "stock_note"
	TransportPaper   DocumentKind = "transport_document"
	EntryBill        DocumentKind = "bill_of_entry" // two-step notes name bills
)

// Direction of a passage, seen from the zone.
type Direction string

const (
	In  Direction = "in"
	Out Direction = "out"
)

// Container is one box on the truck.
type Container struct {
	Number   string       `json:"number"`
	SizeType string       `json:"sizeType,omitempty"`
	Tare     num.Quantity `json:"tare,omitempty"` // kg
	Seal     string       `json:"seal,omitempty"`
}

// NoteLine is the part of one list line that this truck carries.
type NoteLine struct {
	Document  string       `json:"document"` // list or stock note
	Line      int          `json:"line"`
	BookLine  int          `json:"bookLine,omitempty"`
	Commodity string       `json:"commodity,omitempty"`
	Quantity  num.Quantity `json:"quantity"` // in the line's declared unit
}

// NoteState is where a note stands; Code gives the field's number for it.
type NoteState string

const (
	Applied       NoteState = "applied"
	Approved      NoteState = "approved"
	Passed        NoteState = "passed"        // single gate
	PassedGate1   NoteState = "passed_gate_1" // first of two gates
	PassedGate2   NoteState = "passed_gate_2"
	Deleted       NoteState = "deleted"
	VoidRequested NoteState = "void_requested" // an approved note: two officers decide
	Void          NoteState = "void"
)

// Code gives the number under which zone systems exchange the state (DR §1.6);
// a note whose voiding is asked for still counts as approved (1).
func (s NoteState) Code() int {
	switch s {
	case Approved, VoidRequested:
		return 1
	case Passed:
		return 2
	case PassedGate1:
		return 3
	case PassedGate2:
		return 4
	case Deleted:
		return 5
	case Void:
		return 6
	}
	return 0
}

// GateReturn is what the gate writes back on the note.
type GateReturn struct {
	Gate      string        `json:"gate"`
	At        clock.Instant `json:"at"`
	Scale     num.Quantity  `json:"scale,omitempty"`     // kg
	MassError num.Quantity  `json:"massError,omitempty"` // kg, scale less expected
	Passage   string        `json:"passage"`
}

// ReleaseNote is one permission for one truck (DR §1.6).
type ReleaseNote struct {
	ID          string        `json:"id"`
	Number      string        `json:"number,omitempty"` // 24 characters, given at approval
	Type        NoteType      `json:"type"`
	Binding     Binding       `json:"binding"`
	Direction   Direction     `json:"direction"`
	State       NoteState     `json:"state"`
	Version     int64         `json:"version,omitempty"`
	Enterprise  string        `json:"enterprise,omitempty"` // code of the party whose goods they are
	Area        string        `json:"area,omitempty"`
	Gates       []string      `json:"gates,omitempty"` // gates it is good for in their order; empty: any of the area
	TwoGates    bool          `json:"twoGates,omitempty"`
	Book        string        `json:"book,omitempty"`
	Kind        DocumentKind  `json:"documentKind,omitempty"`
	Documents   []string      `json:"documents,omitempty"`
	Plate       string        `json:"plate"`
	EPlate      string        `json:"ePlate,omitempty"` // id of the RFID plate, when the vehicle has one
	ICCard      string        `json:"icCard,omitempty"`
	ELock       string        `json:"eLock,omitempty"` // id of the electronic seal
	TruckTare   num.Quantity  `json:"truckTare"`       // kg, as are all masses
	Chassis     string        `json:"chassis,omitempty"`
	ChassisTare num.Quantity  `json:"chassisTare,omitempty"`
	Containers  []Container   `json:"containers,omitempty"`
	GoodsGross  num.Quantity  `json:"goodsGross,omitempty"`
	GoodsNet    num.Quantity  `json:"goodsNet,omitempty"`
	Total       num.Quantity  `json:"total"`
	Lines       []NoteLine    `json:"lines,omitempty"`
	Applicant   string        `json:"applicant,omitempty"`
	Phone       string        `json:"phone,omitempty"`
	ValidFrom   clock.Instant `json:"validFrom,omitempty"`
	ValidTo     clock.Instant `json:"validTo,omitempty"`
	WindowFrom  clock.Instant `json:"windowFrom,omitempty"` // when the truck is expected at the gate
	WindowTo    clock.Instant `json:"windowTo,omitempty"`
	Waiting     bool          `json:"waiting,omitempty"` // waits for inspection until the last truck of its document is in
	Voiders     [2]string     `json:"voiders,omitzero"`  // officers who confirmed the voiding
	Returns     []GateReturn  `json:"returns,omitempty"`
}

// Expected gives what the truck should weigh: tare + chassis + containers +
// goods (DR §1.6). Fault: NUM-RANGE-01.
func (n *ReleaseNote) Expected() (num.Quantity, error) {
	total, err := num.Sum(n.TruckTare, n.ChassisTare, n.GoodsGross)
	for i := range n.Containers {
		if err == nil {
			total, err = num.Add(total, n.Containers[i].Tare)
		}
	}
	return total, err
}

// Validate judges a note as applied for and returns all its faults.
//
// Faults: GATE-NOTE-01 type, 02 binding, 03 direction, 04 number of documents,
// 05 arithmetic, 06 mass, 07 goods on an empty truck, 08 no goods, 09 line
// quantity, 10 span of validity, 11 container twice, 12 gates; CODELIST-PLATE-01,
// CODELIST-CONTAINER faults, DEC-NUMBER-04, NUM-RANGE-01.
func (n *ReleaseNote) Validate() error {
	var faults fault.List
	add := func(f *fault.Fault) { faults = append(faults, f) }
	take := func(path string, err error) { _ = faults.Add(path, err) } // every error here is a fault
	if n.Type < EnterFirst || n.Type > TwoStep {
		add(fault.New(fault.Invalid, "GATE-NOTE-01", "/type", "{value} is no type of release note", "write 1 to 7", "value", int(n.Type)))
	}
	switch n.Binding {
	case OneTruckManyDocuments, OneDocumentOneTruck, OneDocumentManyTrucks:
	default:
		add(fault.New(fault.Invalid, "GATE-NOTE-02", "/binding", "“{value}” is no way to bind trucks and documents",
			"write one_truck_many_documents, one_document_one_truck or one_document_many_trucks", "value", n.Binding))
	}
	if n.Direction != In && n.Direction != Out {
		add(fault.New(fault.Invalid, "GATE-NOTE-03", "/direction", "“{value}” is no direction", "write in or out", "value", n.Direction))
	}
	free := n.Type == EmptyTruck || n.Type == GateRegistered
	if !free && (len(n.Documents) == 0 || n.Binding != OneTruckManyDocuments && len(n.Documents) > 1) {
		add(fault.New(fault.Invalid, "GATE-NOTE-04", "/documents", "{count} documents do not fit the binding {binding}",
			"name the document the goods are under; several only for one truck with many documents",
			"count", len(n.Documents), "binding", n.Binding))
	}
	if n.Number != "" {
		_, err := number.ParseNote(n.Number)
		take("/number", err)
	}
	_, err := codelist.ParsePlate(n.Plate)
	take("/plate", err)
	n.validateMasses(add, take)
	n.validateLines(free, add)
	for i := range n.Containers {
		plain, err := codelist.ParseContainerNumber(n.Containers[i].Number)
		take("/containers/"+strconv.Itoa(i)+"/number", err)
		for j := range i {
			if other, bad := codelist.ParseContainerNumber(n.Containers[j].Number); err == nil && bad == nil && other == plain {
				add(fault.New(fault.Invalid, "GATE-NOTE-11", "/containers/"+strconv.Itoa(i)+"/number", "container {value} is listed twice",
					"list each container once", "value", plain))
			}
		}
	}
	if n.ValidTo != 0 && n.ValidTo <= n.ValidFrom || n.WindowTo != 0 && n.WindowTo <= n.WindowFrom {
		add(fault.New(fault.Invalid, "GATE-NOTE-10", "/validTo", "the note ends before it begins", "give an end after the beginning"))
	}
	if n.TwoGates && len(n.Gates) != 2 {
		add(fault.New(fault.Invalid, "GATE-NOTE-12", "/gates", "a note for two gates names {count}", "name both gates in the order of passing", "count", len(n.Gates)))
	}
	return faults.OrNil()
}

func (n *ReleaseNote) validateMasses(add func(*fault.Fault), take func(string, error)) {
	masses := []struct {
		path string
		mass num.Quantity
	}{
		{"/truckTare", n.TruckTare},
		{"/chassisTare", n.ChassisTare},
		{"/goodsGross", n.GoodsGross},
		{"/goodsNet", n.GoodsNet},
		{"/total", n.Total},
	}
	for _, m := range masses {
		if m.mass < 0 || m.mass == 0 && m.path == "/truckTare" {
			add(badMass(m.path, m.mass))
		}
	}
	for i := range n.Containers {
		if n.Containers[i].Tare < 0 {
			add(badMass("/containers/"+strconv.Itoa(i)+"/tare", n.Containers[i].Tare))
		}
	}
	expected, err := n.Expected()
	take("/total", err)
	if err == nil && expected != n.Total {
		add(fault.New(fault.Invalid, "GATE-NOTE-05", "/total", "truck, chassis, containers and goods weigh {sum} kg together, the note says {total} kg",
			"correct the part that is wrong, or the total", "sum", expected, "total", n.Total))
	}
}

func badMass(path string, mass num.Quantity) *fault.Fault {
	return fault.New(fault.Invalid, "GATE-NOTE-06", path, "a mass cannot be {value} kg", "give kilograms above zero", "value", mass)
}

func (n *ReleaseNote) validateLines(free bool, add func(*fault.Fault)) {
	if n.Type == EmptyTruck && (n.GoodsGross != 0 || n.GoodsNet != 0 || len(n.Lines) > 0) {
		add(fault.New(fault.Invalid, "GATE-NOTE-07", "/lines", "an empty truck carries no goods", "use the note type of the goods"))
	}
	if !free && (n.GoodsGross == 0 || n.GoodsNet > n.GoodsGross) {
		add(fault.New(fault.Invalid, "GATE-NOTE-08", "/goodsGross", "the goods weigh {gross} kg gross and {net} kg net",
			"give the gross mass of the goods on this truck, not below the net mass", "gross", n.GoodsGross, "net", n.GoodsNet))
	}
	for i := range n.Lines {
		if n.Lines[i].Quantity <= 0 {
			add(fault.New(fault.Invalid, "GATE-NOTE-09", "/lines/"+strconv.Itoa(i)+"/quantity", "a quantity of {value} is not above zero",
				"give the quantity on this truck", "value", n.Lines[i].Quantity))
		}
	}
}

// LineRef names one line of one document.
type LineRef struct {
	Document string
	Line     int
}

// CheckQuantities checks that the note with the notes before it takes no more
// from any line than its document holds. open gives what is left of a line
// before this note; false when the document has no such line.
// Faults: GATE-QUANTITY-01 no such line, GATE-QUANTITY-02 more than is left.
func (n *ReleaseNote) CheckQuantities(open func(LineRef) (num.Quantity, bool)) error {
	var faults fault.List
	taken := map[LineRef]num.Quantity{}
	for i := range n.Lines {
		l := &n.Lines[i]
		ref := LineRef{l.Document, l.Line}
		path := "/lines/" + strconv.Itoa(i)
		left, ok := open(ref)
		if !ok {
			faults = append(faults, fault.New(fault.Invalid, "GATE-QUANTITY-01", path+"/line", "{document} has no line {line}",
				"name a line of the document", "document", l.Document, "line", l.Line))
			continue
		}
		if l.Quantity > left-taken[ref] {
			faults = append(faults, fault.New(fault.Refused, "GATE-QUANTITY-02", path+"/quantity", "{quantity} are noted on line {line} of {document}, of which {left} are left",
				"note what is left, or void an earlier note", "quantity", l.Quantity, "line", l.Line, "document", l.Document, "left", left-taken[ref]))
			continue
		}
		taken[ref] += l.Quantity
	}
	return faults.OrNil()
}

// Completes tells whether the note takes all that is left of every line of its
// documents: with it the last truck of one document on many trucks is through
// (DR §6.5), and a document that waited for inspection is whole. left gives each
// line of the note's documents with what is open before this note.
func (n *ReleaseNote) Completes(left map[LineRef]num.Quantity) bool {
	if len(left) == 0 {
		return false
	}
	rest := maps.Clone(left)
	for i := range n.Lines {
		rest[LineRef{n.Lines[i].Document, n.Lines[i].Line}] -= n.Lines[i].Quantity
	}
	for _, q := range rest {
		if q > 0 {
			return false
		}
	}
	return true
}

// NoteEvent is something that happens to a note.
type NoteEvent string

const (
	EventApprove NoteEvent = "approve"
	EventDelete  NoteEvent = "delete"
	EventPass    NoteEvent = "pass"   // the one gate
	EventPass1   NoteEvent = "pass_1" // the first of two
	EventPass2   NoteEvent = "pass_2"
	EventAskVoid NoteEvent = "ask_void"
	EventVoid    NoteEvent = "void"
	EventKeep    NoteEvent = "keep" // the voiding is refused
)

type noteGuard = lifecycle.Guard[*ReleaseNote]

var (
	noteNumbered = noteGuard{Name: "numbered and in order", Check: func(n *ReleaseNote) error {
		if n.Number == "" {
			return fault.New(fault.Refused, "GATE-APPROVE-01", "/number", "an approved note needs its official number", "let customs give the number in the same step")
		}
		// What stands there may be the stand-in of a number that is being given; who
		// gives it checks its shape.
		rest := *n
		rest.Number = ""
		return rest.Validate()
	}}
	oneGate = noteGuard{Name: "one gate", Check: func(n *ReleaseNote) error {
		if n.TwoGates {
			return fault.New(fault.Refused, "GATE-PASS-01", "/gates", "the note is for two gates", "record the passage of the first gate")
		}
		return nil
	}}
	twoGates = noteGuard{Name: "two gates", Check: func(n *ReleaseNote) error {
		if !n.TwoGates {
			return fault.New(fault.Refused, "GATE-PASS-02", "/gates", "the note is for one gate", "record one passage")
		}
		return nil
	}}
	noteOfficers = noteGuard{Name: "two different officers", Check: func(n *ReleaseNote) error {
		if n.Voiders[0] == "" || n.Voiders[1] == "" || n.Voiders[0] == n.Voiders[1] {
			return fault.New(fault.Refused, "GATE-VOID-01", "/voiders", "voiding an approved note needs two different officers", "let a second officer, drawn by the system, confirm it")
		}
		return nil
	}}
)

// NoteLife is the life of a release note. Code of a step that cannot happen:
// GATE-LIFECYCLE-01.
var NoteLife = &lifecycle.Table[NoteState, NoteEvent, *ReleaseNote]{
	Name: "release note", Code: "GATE-LIFECYCLE-01", Initial: Applied,
	States: []lifecycle.State[NoteState]{
		{Name: Applied, Acts: "system or officer: approval"},
		{Name: Approved, Acts: "driver and gate"},
		{Name: PassedGate1, Acts: "driver and second gate"},
		{Name: VoidRequested, Acts: "two officers"},
		{Name: Passed, Acts: "nobody", Final: true},
		{Name: PassedGate2, Acts: "nobody", Final: true},
		{Name: Deleted, Acts: "nobody", Final: true},
		{Name: Void, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[NoteState, NoteEvent, *ReleaseNote]{
		{From: Applied, On: EventApprove, To: Approved, Guards: []noteGuard{noteNumbered}},
		{From: Applied, On: EventDelete, To: Deleted},
		{From: Approved, On: EventPass, To: Passed, Guards: []noteGuard{oneGate}},
		{From: Approved, On: EventPass1, To: PassedGate1, Guards: []noteGuard{twoGates}},
		{From: PassedGate1, On: EventPass2, To: PassedGate2},
		{From: Approved, On: EventAskVoid, To: VoidRequested},
		{From: VoidRequested, On: EventVoid, To: Void, Guards: []noteGuard{noteOfficers}},
		{From: VoidRequested, On: EventKeep, To: Approved},
	},
}

// Apply returns n after event on. Faults: GATE-LIFECYCLE-01, GATE-APPROVE-01,
// GATE-PASS-01, 02, GATE-VOID-01 and those of Validate. n is never touched.
func (n ReleaseNote) Apply(on NoteEvent) (ReleaseNote, error) {
	next, err := NoteLife.Next(n.State, on, &n)
	if err != nil {
		return n, err
	}
	n.State = next
	return n, nil
}

// PassEvent gives the event with which a passage moves the note on.
func (n *ReleaseNote) PassEvent() NoteEvent {
	switch {
	case n.State == PassedGate1:
		return EventPass2
	case n.TwoGates:
		return EventPass1
	}
	return EventPass
}
