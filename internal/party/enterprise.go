package party

import (
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/lifecycle"
)

// Kind is what an enterprise does before customs.
type Kind string

// The kinds.
const (
	ZoneEnterprise Kind = "zone-enterprise" // registered inside the zone
	Trader         Kind = "trader"          // consignee or consignor outside
	Broker         Kind = "broker"          // declares for others
	Carrier        Kind = "carrier"         // by sea, air or road
	Warehouse      Kind = "warehouse"
	Processor      Kind = "processor"
	Bank           Kind = "bank"
	Exchange       Kind = "exchange" // futures and commodity exchanges
	Platform       Kind = "platform" // e-commerce
)

// Kinds lists them.
var Kinds = [...]Kind{ZoneEnterprise, Trader, Broker, Carrier, Warehouse, Processor, Bank, Exchange, Platform}

// State is the state of a registration.
type State string

// The states of a registration.
const (
	Applied      State = "applied"
	Registered   State = "registered"
	Suspended    State = "suspended"
	Deregistered State = "deregistered"
	Rejected     State = "rejected"
)

// Event moves a registration.
type Event string

// The events of a registration.
const (
	WasRegistered   Event = "registered"
	WasRejected     Event = "rejected"
	WasSuspended    Event = "suspended"
	WasResumed      Event = "resumed"
	WasDeregistered Event = "deregistered"
)

// Lifecycle is the life of a registration.
var Lifecycle = lifecycle.Table[State, Event, *Enterprise]{
	Name: "registration", Code: "PARTY-LIFECYCLE-01", Initial: Applied,
	States: []lifecycle.State[State]{
		{Name: Applied, Acts: "the filing officer"},
		{Name: Registered, Acts: "the enterprise"},
		{Name: Suspended, Acts: "the filing officer"},
		{Name: Deregistered, Acts: "nobody", Final: true},
		{Name: Rejected, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[State, Event, *Enterprise]{
		{From: Applied, On: WasRegistered, To: Registered, Guards: []lifecycle.Guard[*Enterprise]{sound}},
		{From: Applied, On: WasRejected, To: Rejected},
		{From: Registered, On: WasSuspended, To: Suspended},
		{From: Registered, On: WasDeregistered, To: Deregistered},
		{From: Suspended, On: WasResumed, To: Registered},
		{From: Suspended, On: WasDeregistered, To: Deregistered},
	},
}

var sound = lifecycle.Guard[*Enterprise]{Name: "data complete", Check: func(e *Enterprise) error { return e.Validate() }}

// Agency is a mandate: the enterprise that holds it lets Agent act for it.
type Agency struct {
	Agent   string     `json:"agent"`             // id of the broker or carrier
	Scope   []string   `json:"scope"`             // kinds of documents, "*" all
	From    clock.Date `json:"from"`              // first day
	To      clock.Date `json:"to,omitempty"`      // last day, zero until revoked
	Mandate string     `json:"mandate,omitempty"` // number of the document
}

// InForce tells whether the mandate covers kind on day on.
func (a Agency) InForce(kind string, on clock.Date) bool {
	return on >= a.From && (a.To == 0 || on <= a.To) && (slices.Contains(a.Scope, "*") || slices.Contains(a.Scope, kind))
}

// Enterprise is a party that is registered with the zone customs, or was.
type Enterprise struct {
	ID         string              `json:"id"`
	CreditCode codelist.CreditCode `json:"creditCode,omitempty"`
	// CreditCodeProof is the document that shows a credit code with a wrong check
	// character to be lawful: some were given out before the standard.
	CreditCodeProof string               `json:"creditCodeProof,omitempty"`
	CustomsCode     codelist.CustomsCode `json:"customsCode,omitempty"`
	Name            string               `json:"name"` // Chinese, as on the licence
	NameEN          string               `json:"nameEN,omitempty"`
	Kinds           []Kind               `json:"kinds,omitempty"`
	Area            string               `json:"area,omitempty"`  // home area, "" outside the zone
	Areas           []string             `json:"areas,omitempty"` // every area it works in
	RegisteredOn    clock.Date           `json:"registeredOn,omitempty"`
	State           State                `json:"state"`
	Grades          []GradeChange        `json:"grades,omitempty"`
	Agencies        []Agency             `json:"agencies,omitempty"`  // mandates given to others
	Networked       bool                 `json:"networked,omitempty"` // its books or warehouse system feed ours
	Fleet           []codelist.Plate     `json:"fleet,omitempty"`
}

// Is tells whether the enterprise is of kind k.
func (e *Enterprise) Is(k Kind) bool { return slices.Contains(e.Kinds, k) }

// GradeAt gives the credit standing on day on by the zone's rules; nil stands for
// those that come with the program. Faults:
// PARTY-SCHEME-01, PARTY-GRADE-01.
func (e *Enterprise) GradeAt(by *CreditRules, on clock.Date) (Standing, error) {
	if by == nil {
		by = Credit()
	}
	return by.At(e.Grades, on)
}

// Apply gives the enterprise after event on. What its state does not allow is
// PARTY-LIFECYCLE-01; registration needs Validate to pass.
func (e *Enterprise) Apply(on Event, day clock.Date) (*Enterprise, error) {
	next, err := Lifecycle.Next(e.State, on, e)
	if err != nil {
		return e, err
	}
	changed := *e
	changed.State = next
	if on == WasRegistered {
		changed.RegisteredOn = day
	}
	return &changed, nil
}

// Validate gives all faults of the record: PARTY-NAME-01 without a name,
// CODELIST-CREDIT-01 and -02 (the latter not with a proof),
// CODELIST-CUSTOMSCODE-01, PARTY-KIND-01 for none or an unknown kind,
// PARTY-AREA-01 for an unknown area or a zone enterprise without one,
// PARTY-GRADE-01, PARTY-GRADE-02 for two changes on one day, PARTY-AGENCY-01 for
// a mandate without agent, scope or days, or to itself, CODELIST-PLATE-01.
func (e *Enterprise) Validate() error {
	var faults fault.List
	add := func(path string, err error) {
		// Everything below refuses with faults; nothing internal can come back.
		_ = faults.Add(path, err)
	}
	if e.Name == "" {
		add("", fault.New(fault.Invalid, "PARTY-NAME-01", "/name", "the name is missing", "give the name as on the business licence"))
	}
	if code, err := codelist.ParseCreditCode(string(e.CreditCode)); err != nil {
		if !fault.Is(err, "CODELIST-CREDIT-02") || e.CreditCodeProof == "" {
			add("/creditCode", err)
		}
	} else if code != e.CreditCode {
		add("/creditCode", notPlain("", string(e.CreditCode), string(code)))
	}
	if e.CustomsCode != "" {
		if code, err := codelist.ParseCustomsCode(string(e.CustomsCode)); err != nil {
			add("/customsCode", err)
		} else if code != e.CustomsCode {
			add("/customsCode", notPlain("", string(e.CustomsCode), string(code)))
		}
	}
	if len(e.Kinds) == 0 {
		add("", unknownKind("/kinds", ""))
	}
	for i, k := range e.Kinds {
		if !slices.Contains(Kinds[:], k) {
			add("", unknownKind("/kinds/"+strconv.Itoa(i), string(k)))
		}
	}
	if e.Area == "" && e.Is(ZoneEnterprise) {
		add("", unknownArea("/area", ""))
	}
	if e.Area != "" && !knownArea(e.Area) {
		add("", unknownArea("/area", e.Area))
	}
	for i, a := range e.Areas {
		if !knownArea(a) {
			add("", unknownArea("/areas/"+strconv.Itoa(i), a))
		}
	}
	seen := map[clock.Date]bool{}
	for i, g := range e.Grades {
		path := "/grades/" + strconv.Itoa(i)
		if s, err := Credit().SchemeAt(g.From); err != nil {
			add(path+"/from", err)
		} else if _, ok := s.Grade(g.Grade); !ok {
			add("", unknownGrade(path+"/grade", g.Grade, s))
		}
		if seen[g.From] {
			add("", fault.New(fault.Invalid, "PARTY-GRADE-02", path+"/from", "two grades begin on {day}",
				"keep the one that was decided last", "day", g.From))
		}
		seen[g.From] = true
	}
	for i, a := range e.Agencies {
		if a.Agent == "" || a.Agent == e.ID || len(a.Scope) == 0 || a.From == 0 || (a.To != 0 && a.To < a.From) {
			add("", fault.New(fault.Invalid, "PARTY-AGENCY-01", "/agencies/"+strconv.Itoa(i), "mandate {number} is not complete",
				"give an agent other than the enterprise, the documents it covers and its first day, not after the last", "number", i+1))
		}
	}
	for i, p := range e.Fleet {
		if _, err := codelist.ParsePlate(string(p)); err != nil {
			add("/fleet/"+strconv.Itoa(i), err)
		}
	}
	return faults.OrNil()
}

func notPlain(path, given, plain string) *fault.Fault {
	return fault.New(fault.Invalid, "PARTY-PLAIN-01", path, "“{given}” is kept without blanks, in capitals and half width",
		"write {plain}", "given", given, "plain", plain)
}

func unknownKind(path, kind string) *fault.Fault {
	return fault.New(fault.Invalid, "PARTY-KIND-01", path, "“{kind}” is no kind of enterprise",
		"use zone-enterprise, trader, broker, carrier, warehouse, processor, bank, exchange or platform", "kind", kind)
}

func unknownArea(path, area string) *fault.Fault {
	return fault.New(fault.Invalid, "PARTY-AREA-01", path, "“{area}” is no area of the zone",
		"use one of {areas}", "area", area, "areas", areaNames())
}
