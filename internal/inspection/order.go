package inspection

import (
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/lifecycle"
)

// Selection says by whom the subject was selected. Findings are counted by it:
// only random ones are an unbiased sample (DR §7.4).
type Selection string

// Who can select.
const (
	ByRule         Selection = "rule"
	ByRandom       Selection = "random"
	ByModel        Selection = "model"
	ByIntelligence Selection = "intelligence"
	ByOfficer      Selection = "officer"
)

var selections = [...]Selection{ByRule, ByRandom, ByModel, ByIntelligence, ByOfficer}

// Source is one reason of the order.
type Source struct {
	Selection Selection `json:"selection"`
	Ref       string    `json:"ref,omitempty"`  // rule, instruction, draw or officer
	Text      string    `json:"text,omitempty"` // what led to it, for the inspector
	Secret    bool      `json:"secret,omitempty"`
}

// TargetKind is what is inspected.
type TargetKind string

// What can be inspected.
const (
	Bill      TargetKind = "bill" // bill of entry or filing bill
	Note      TargetKind = "note" // release note
	Container TargetKind = "container"
	Vehicle   TargetKind = "vehicle"
	Lading    TargetKind = "lading" // bill of lading
)

var targets = [...]TargetKind{Bill, Note, Container, Vehicle, Lading}

// Target is what is inspected.
type Target struct {
	Kind       TargetKind                 `json:"kind"`
	Number     string                     `json:"number"`
	Containers []codelist.ContainerNumber `json:"containers,omitempty"`
	Plate      codelist.Plate             `json:"plate,omitempty"`
}

// Item is one thing that the inspectors must look at.
type Item struct {
	Line int    `json:"line,omitempty"` // goods line, 0 the whole
	What string `json:"what"`
}

// State is the state of an order.
type State string

// The states (DR §1.12), and withdrawn.
const (
	Issued     State = "issued"
	Notified   State = "notified"
	Arrived    State = "arrived"
	InProgress State = "in_progress"
	Normal     State = "normal"
	Abnormal   State = "abnormal"
	Disposed   State = "disposed"
	FedBack    State = "fed_back"
	Withdrawn  State = "withdrawn"
)

// Event moves an order.
type Event string

// The events of an order.
const (
	WasRedrawn    Event = "redrawn"
	WasNotified   Event = "notified"
	WasArrived    Event = "arrived"
	WasBegun      Event = "begun"
	WasBegunAlone Event = "begun_alone"
	WasNormal     Event = "found_normal"
	WasAbnormal   Event = "found_abnormal"
	WasDisposed   Event = "disposed"
	WasFedBack    Event = "fed_back"
	WasWithdrawn  Event = "withdrawn"
)

// Lifecycle is the life of an inspection order.
var Lifecycle = lifecycle.Table[State, Event, *Order]{
	Name: "inspection order", Code: "INSPECTION-LIFECYCLE-01", Initial: Issued,
	States: []lifecycle.State[State]{
		{Name: Issued, Acts: "the system: notice to the declarant"},
		{Name: Notified, Acts: "the party: bring the goods"},
		{Name: Arrived, Acts: "the inspectors"},
		{Name: InProgress, Acts: "the inspectors"},
		{Name: Normal, Acts: "the system: label to risk"},
		{Name: Abnormal, Acts: "two officers"},
		{Name: Disposed, Acts: "the system: label to risk"},
		{Name: FedBack, Acts: "nobody", Final: true},
		{Name: Withdrawn, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[State, Event, *Order]{
		{From: Issued, On: WasNotified, To: Notified},
		{From: Issued, On: WasRedrawn, To: Issued},
		{From: Issued, On: WasWithdrawn, To: Withdrawn},
		{From: Notified, On: WasArrived, To: Arrived},
		{From: Notified, On: WasRedrawn, To: Notified},
		{From: Notified, On: WasBegunAlone, To: InProgress, Guards: []lifecycle.Guard[*Order]{inspectorsDrawn}},
		{From: Notified, On: WasWithdrawn, To: Withdrawn},
		{From: Arrived, On: WasBegun, To: InProgress, Guards: []lifecycle.Guard[*Order]{inspectorsDrawn}},
		{From: Arrived, On: WasBegunAlone, To: InProgress, Guards: []lifecycle.Guard[*Order]{inspectorsDrawn}},
		{From: Arrived, On: WasRedrawn, To: Arrived},
		{From: Arrived, On: WasWithdrawn, To: Withdrawn},
		{From: InProgress, On: WasNormal, To: Normal},
		{From: InProgress, On: WasAbnormal, To: Abnormal},
		{From: Normal, On: WasFedBack, To: FedBack},
		{From: Abnormal, On: WasDisposed, To: Disposed},
		{From: Disposed, On: WasFedBack, To: FedBack},
	},
}

var inspectorsDrawn = lifecycle.Guard[*Order]{Name: "inspectors drawn", Check: func(o *Order) error {
	if len(o.Inspectors()) < 2 {
		return fault.New(fault.Refused, "INSPECTION-DRAW-02", "", "no two inspectors have been drawn for this order",
			"draw them first")
	}
	return nil
}}

// Order is an inspection order.
type Order struct {
	ID         string              `json:"id"`
	Number     string              `json:"number,omitempty"`
	Subject    string              `json:"subject"` // id of the document that waits for it
	Target     Target              `json:"target"`
	Sources    []Source            `json:"sources"`
	Methods    []Method            `json:"methods"`
	Items      []Item              `json:"items,omitempty"`
	Place      string              `json:"place"` // lane, yard or site
	Area       string              `json:"area,omitempty"`
	Office     codelist.OfficeCode `json:"office,omitempty"`
	Enterprise string              `json:"enterprise"`        // id of the party that must be present
	Parties    []string            `json:"parties,omitempty"` // further enterprises and persons concerned
	IssuedBy   string              `json:"issuedBy"`          // officer, or "system"
	IssuedAt   clock.Instant       `json:"issuedAt"`
	DueOn      clock.Date          `json:"dueOn"`
	State      State               `json:"state"`
	Drawings   []Drawing           `json:"drawings,omitempty"`
	NotifiedAt clock.Instant       `json:"notifiedAt,omitempty"`
	ArrivedAt  clock.Instant       `json:"arrivedAt,omitempty"`
	BegunAt    clock.Instant       `json:"begunAt,omitempty"`
	Alone      *Alone              `json:"alone,omitempty"`
	Result     *Result             `json:"result,omitempty"`
	Disposal   *Disposal           `json:"disposal,omitempty"`
	Label      *Label              `json:"label,omitempty"`
	Withdrawal string              `json:"withdrawal,omitempty"` // reason
}

// Alone records that customs opened the goods without the party.
type Alone struct {
	Reason   string `json:"reason"`
	Approver string `json:"approver"` // officer who allowed it, not one of the inspectors
}

// Inspectors gives those whose turn it is, nil before the first draw.
func (o *Order) Inspectors() []string {
	if len(o.Drawings) == 0 {
		return nil
	}
	return o.Drawings[len(o.Drawings)-1].Drawn
}

// Open tells whether the order still stands in the way of a release: until the
// result is normal or an abnormal one is disposed of.
func (o *Order) Open() bool {
	switch o.State {
	case Issued, Notified, Arrived, InProgress, Abnormal:
		return true
	}
	return false
}

// Overdue tells whether the order should have been carried out before now.
func (o *Order) Overdue(now clock.Instant) bool {
	return now >= o.DueOn.End() && (o.State == Issued || o.State == Notified || o.State == Arrived || o.State == InProgress)
}

// Issue gives a draft as an issued order: state, time of issue and, when the
// draft has none, the day it is due. Faults, all of them: INSPECTION-SUBJECT-01
// (no subject or enterprise), INSPECTION-SOURCE-01 (none, or an unknown
// selection), INSPECTION-TARGET-01, INSPECTION-METHOD-01 (none or unknown),
// INSPECTION-PLACE-01, INSPECTION-ITEM-01 (says nothing), INSPECTION-DUE-01 (due
// before it is issued), INSPECTION-ISSUER-01, INSPECTION-RULES-01, and
// CODELIST-CONTAINER-… of the containers.
func Issue(by Editions, draft Order, at clock.Instant) (*Order, error) {
	rules, err := by.At(at.Date())
	if err != nil {
		return nil, err
	}
	o := draft
	o.State, o.IssuedAt = Issued, at
	if o.DueOn == 0 {
		o.DueOn = at.Date().AddDays(rules.ValidDays)
	}
	if err := o.validate(rules); err != nil {
		return nil, err
	}
	return &o, nil
}

func (o *Order) validate(rules *Rules) error {
	var faults fault.List
	add := func(f *fault.Fault) { faults = append(faults, f) }
	if o.Subject == "" || o.Enterprise == "" {
		add(fault.New(fault.Invalid, "INSPECTION-SUBJECT-01", "/subject", "the order names no document or no party",
			"name the document that waits and the enterprise that must be present"))
	}
	if len(o.Sources) == 0 {
		add(badSource("/sources", ""))
	}
	for i, s := range o.Sources {
		if !slices.Contains(selections[:], s.Selection) {
			add(badSource("/sources/"+strconv.Itoa(i)+"/selection", string(s.Selection)))
		}
	}
	if !slices.Contains(targets[:], o.Target.Kind) || o.Target.Number == "" {
		add(fault.New(fault.Invalid, "INSPECTION-TARGET-01", "/target", "the order does not say what is to be inspected",
			"name a bill, note, container, vehicle or lading and its number"))
	}
	for i, c := range o.Target.Containers {
		if _, err := codelist.ParseContainerNumber(string(c)); err != nil {
			_ = faults.Add("/target/containers/"+strconv.Itoa(i), err) // always a fault
		}
	}
	if len(o.Methods) == 0 {
		add(badMethod("/methods", "", rules))
	}
	for i, m := range o.Methods {
		if _, ok := rules.Method(m); !ok {
			add(badMethod("/methods/"+strconv.Itoa(i), string(m), rules))
		}
	}
	if o.Place == "" {
		add(fault.New(fault.Invalid, "INSPECTION-PLACE-01", "/place", "the order names no place", "name the site, yard or lane"))
	}
	for i, item := range o.Items {
		if item.What == "" || item.Line < 0 {
			add(fault.New(fault.Invalid, "INSPECTION-ITEM-01", "/items/"+strconv.Itoa(i), "required item {number} says nothing",
				"say what is to be looked at, for which line", "number", i+1))
		}
	}
	if o.DueOn < o.IssuedAt.Date() {
		add(fault.New(fault.Invalid, "INSPECTION-DUE-01", "/dueOn", "the order is due before it is issued", "give a later day"))
	}
	if o.IssuedBy == "" {
		add(fault.New(fault.Invalid, "INSPECTION-ISSUER-01", "/issuedBy", "nobody issues the order", "name the officer, or system"))
	}
	return faults.OrNil()
}

func badSource(path, value string) *fault.Fault {
	return fault.New(fault.Invalid, "INSPECTION-SOURCE-01", path, "“{value}” is no way of selecting for inspection",
		"name at least one of rule, random, model, intelligence, officer", "value", value)
}

func badMethod(path, value string, rules *Rules) *fault.Fault {
	return fault.New(fault.Invalid, "INSPECTION-METHOD-01", path, "“{value}” is no method of inspection",
		"name at least one of {methods}", "value", value, "methods", rules.methodNames())
}

// move gives a copy of o after event on.
func (o *Order) move(on Event) (*Order, error) {
	next, err := Lifecycle.Next(o.State, on, o)
	if err != nil {
		return nil, err
	}
	n := *o
	n.State = next
	n.Drawings = slices.Clone(o.Drawings)
	return &n, nil
}

// Notify records that the party was told, at at. Fault: INSPECTION-LIFECYCLE-01.
func (o *Order) Notify(at clock.Instant) (*Order, error) {
	n, err := o.move(WasNotified)
	if err != nil {
		return nil, err
	}
	n.NotifiedAt = at
	return n, nil
}

// Arrive records that the goods are at the place and the party is there. Fault:
// INSPECTION-LIFECYCLE-01.
func (o *Order) Arrive(at clock.Instant) (*Order, error) {
	n, err := o.move(WasArrived)
	if err != nil {
		return nil, err
	}
	n.ArrivedAt = at
	return n, nil
}

// Begin records that one of the drawn inspectors begins. Faults:
// INSPECTION-LIFECYCLE-01, INSPECTION-DRAW-02, INSPECTION-INSPECTOR-01 when by
// was not drawn.
func (o *Order) Begin(by string, at clock.Instant) (*Order, error) {
	n, err := o.move(WasBegun)
	if err != nil {
		return nil, err
	}
	if err := o.mustBeDrawn(by); err != nil {
		return nil, err
	}
	n.BegunAt = at
	return n, nil
}

// BeginAlone records that the goods are opened without the party, with reason
// and the officer who allowed it (Customs Law art. 28). Faults: those of Begin,
// and INSPECTION-ALONE-01 without a reason or when an inspector allows it
// himself.
func (o *Order) BeginAlone(by string, alone Alone, at clock.Instant) (*Order, error) {
	n, err := o.move(WasBegunAlone)
	if err != nil {
		return nil, err
	}
	if err := o.mustBeDrawn(by); err != nil {
		return nil, err
	}
	if alone.Reason == "" || alone.Approver == "" || slices.Contains(o.Inspectors(), alone.Approver) {
		return nil, fault.New(fault.Refused, "INSPECTION-ALONE-01", "/alone",
			"opening the goods without the party needs a reason and the leave of an officer who is not an inspector of this order",
			"state why it is necessary and who allows it")
	}
	n.BegunAt, n.Alone = at, &alone
	return n, nil
}

// Withdraw ends an order that has not begun. Faults: INSPECTION-LIFECYCLE-01,
// INSPECTION-WITHDRAW-01 without a reason.
func (o *Order) Withdraw(reason string) (*Order, error) {
	n, err := o.move(WasWithdrawn)
	if err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, fault.New(fault.Invalid, "INSPECTION-WITHDRAW-01", "/reason", "an order is not withdrawn without a reason",
			"state why the inspection is no longer needed")
	}
	n.Withdrawal = reason
	return n, nil
}

func (o *Order) mustBeDrawn(by string) error {
	if slices.Contains(o.Inspectors(), by) {
		return nil
	}
	return fault.New(fault.Forbidden, "INSPECTION-INSPECTOR-01", "", "you were not drawn for this order",
		"the inspectors drawn carry it out; who cannot come is drawn again")
}

// VisibleSources gives the reasons that an inspector at the site may read: of a
// secret one only that there is one (DR §7.2).
func (o *Order) VisibleSources() []Source {
	seen := make([]Source, len(o.Sources))
	for i, s := range o.Sources {
		if s.Secret {
			s = Source{Selection: s.Selection, Secret: true}
		}
		seen[i] = s
	}
	return seen
}
