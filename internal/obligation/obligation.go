// Package obligation holds what is owed because goods were let move first:
// enter first and declare later, deliver in batches and declare together,
// display first and pay when sold, release now and pay next month, leave one
// area and arrive at another. Each of these is the same thing: somebody owes
// certain lines by a certain day, secured by a hold on a guarantee. It is
// discharged line by line, carried into a successor, or it falls due and bites
// by itself, once per stage.
//
// The package is pure: it says what an obligation becomes; stories write it.
package obligation

import (
	"sort"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// State of an obligation.
type State string

const (
	Open       State = "open"       // debtor acts
	Overdue    State = "overdue"    // debtor acts, consequences run
	Discharged State = "discharged" // nobody: final
	Carried    State = "carried"    // nobody: its successors go on; final
	Lifted     State = "lifted"     // nobody: the cause was undone; final
)

// Event moves an obligation.
type Event string

const (
	EventPart      Event = "partly discharged"
	EventDischarge Event = "discharged"
	EventCarry     Event = "carried"
	EventFallDue   Event = "fallen due"
	EventLift      Event = "lifted"
)

// Lifecycle is the whole life of an obligation.
var Lifecycle = &lifecycle.Table[State, Event, *Obligation]{
	Name: "obligation", Code: "OBLIGATION-LIFECYCLE-01", Initial: Open,
	States: []lifecycle.State[State]{
		{Name: Open, Acts: "debtor"},
		{Name: Overdue, Acts: "debtor, under consequences"},
		{Name: Discharged, Final: true},
		{Name: Carried, Final: true},
		{Name: Lifted, Final: true},
	},
	Moves: []lifecycle.Move[State, Event, *Obligation]{
		{From: Open, On: EventPart, To: Open},
		{From: Overdue, On: EventPart, To: Overdue},
		{From: Open, On: EventDischarge, To: Discharged},
		{From: Overdue, On: EventDischarge, To: Discharged},
		{From: Open, On: EventCarry, To: Carried},
		{From: Overdue, On: EventCarry, To: Carried},
		{From: Open, On: EventFallDue, To: Overdue},
		{From: Overdue, On: EventFallDue, To: Overdue},
		{From: Open, On: EventLift, To: Lifted},
		{From: Overdue, On: EventLift, To: Lifted},
	},
}

// Line is one thing owed. Unit is a unit code, or a currency for money (then the
// quantity is in currency units). Open is what is not yet discharged.
type Line struct {
	Item   string       `json:"item"`
	Unit   string       `json:"unit"`
	Amount num.Quantity `json:"amount"`
	Open   num.Quantity `json:"open"`
}

// Hold is the cover set aside for an obligation.
type Hold struct {
	Guarantee string    `json:"guarantee"` // guarantee number, "" when none is needed
	Amount    num.Money `json:"amount"`    // taken at opening
	Left      num.Money `json:"left"`      // still held
}

// Stage is a consequence that fires by itself when the due time has passed for
// AfterDays days: alarm, fee, credit, loss of the mode, guarantee called.
type Stage struct {
	Name      string `json:"name"`
	AfterDays int    `json:"afterDays"`
}

// Obligation is one debt of an enterprise towards customs.
type Obligation struct {
	ID          string        `json:"id"`
	Kind        string        `json:"kind"` // what is owed: declare, pay, return, arrive …
	Debtor      string        `json:"debtor"`
	Mode        string        `json:"mode"`     // procedure that opened it
	OpenedBy    string        `json:"openedBy"` // document
	Opened      clock.Instant `json:"opened"`
	Due         clock.Date    `json:"due"` // ends at 24:00 of that day
	Provisional bool          `json:"provisional,omitempty"`
	Counted     clock.Date    `json:"counted,omitempty"` // Due is the Working-th working day on or after it
	Working     int           `json:"working,omitempty"` // 0: no calendar was asked
	State       State         `json:"state"`
	Lines       []Line        `json:"lines"`
	Hold        Hold          `json:"hold"`
	Stages      []Stage       `json:"stages,omitempty"` // by AfterDays
	StagesDone  int           `json:"stagesDone,omitempty"`
	Successors  []string      `json:"successors,omitempty"`
	Area        string        `json:"area,omitempty"`
	Office      string        `json:"office,omitempty"`
}

// New checks and completes an obligation that is to be opened: every line open
// in full, the hold whole, stages in order.
// Faults: OBLIGATION-LINE-01 (no lines), OBLIGATION-LINE-02 (line without item,
// unit or positive amount), OBLIGATION-DUE-01 (no due day), OBLIGATION-HOLD-01
// (hold below zero, or without a guarantee number).
func New(o Obligation) (Obligation, error) {
	var list fault.List
	if len(o.Lines) == 0 {
		list = append(list, fault.New(fault.Invalid, "OBLIGATION-LINE-01", "/lines", "an obligation without lines owes nothing",
			"name what is owed"))
	}
	o.Lines = append([]Line(nil), o.Lines...)
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Item == "" || l.Unit == "" || l.Amount <= 0 {
			list = append(list, fault.New(fault.Invalid, "OBLIGATION-LINE-02", "/lines", "a line needs an item, a unit and an amount above zero",
				"complete the line “{item}”", "item", l.Item))
		}
		l.Open = l.Amount
	}
	if o.Due == 0 {
		list = append(list, fault.New(fault.Invalid, "OBLIGATION-DUE-01", "/due", "an obligation needs a due day", "give the day on which it ends"))
	}
	if o.Hold.Amount < 0 || (o.Hold.Amount > 0 && o.Hold.Guarantee == "") {
		list = append(list, fault.New(fault.Invalid, "OBLIGATION-HOLD-01", "/hold", "a hold needs a guarantee and an amount that is not negative",
			"name the guarantee that covers it"))
	}
	o.Hold.Left = o.Hold.Amount
	o.State, o.StagesDone, o.Successors = Open, 0, nil
	o.Stages = append([]Stage(nil), o.Stages...)
	sort.SliceStable(o.Stages, func(i, j int) bool { return o.Stages[i].AfterDays < o.Stages[j].AfterDays })
	return o, list.OrNil()
}

// HoldAmount is share × highest possible tax, rounded up to a fen (design §2;
// the cap is the highest possible tax, GUA art. 14).
func HoldAmount(highestTax num.Money, share num.Rate) (num.Money, error) {
	return highestTax.Times(share, num.Up)
}

// Part names how much of which line is discharged.
type Part struct {
	Item     string       `json:"item"`
	Quantity num.Quantity `json:"quantity"`
}

// OpenTotal is the sum of the open rests.
func (o Obligation) OpenTotal() num.Quantity {
	var sum num.Quantity
	for _, l := range o.Lines {
		sum += l.Open
	}
	return sum
}

// Discharge settles the named parts and gives the obligation afterwards and the
// cover that becomes free: pro rata of the lines' amount and rounded down; the
// last part frees all that is left.
// Faults: OBLIGATION-LINE-03 (no such line), OBLIGATION-REST-01 (more than the
// open rest), OBLIGATION-LIFECYCLE-01 (already final).
func (o Obligation) Discharge(parts ...Part) (Obligation, num.Money, error) {
	o.Lines = append([]Line(nil), o.Lines...)
	var amount, before num.Quantity
	for _, l := range o.Lines {
		amount += l.Amount
		before += l.Open
	}
	for _, p := range parts {
		i := o.line(p.Item)
		if i < 0 {
			return o, 0, fault.New(fault.Invalid, "OBLIGATION-LINE-03", "", "nothing is owed for “{item}”", "name a line of the obligation", "item", p.Item)
		}
		if p.Quantity <= 0 || p.Quantity > o.Lines[i].Open {
			return o, 0, fault.New(fault.Refused, "OBLIGATION-REST-01", "", "{quantity} is not within the open rest {open} of “{item}”",
				"discharge at most what is open", "quantity", p.Quantity, "open", o.Lines[i].Open, "item", p.Item)
		}
		o.Lines[i].Open -= p.Quantity
	}
	after := o.OpenTotal()
	event := EventPart
	if after == 0 {
		event = EventDischarge
	}
	var err error
	if o.State, err = Lifecycle.Next(o.State, event, &o); err != nil {
		return o, 0, err
	}
	freed := o.Hold.Left
	if after > 0 {
		v, err := num.MulDiv(int64(o.Hold.Amount), int64(before-after), int64(amount), num.Down)
		if err != nil {
			return o, 0, err
		}
		freed = min(num.Money(v), o.Hold.Left)
	}
	o.Hold.Left -= freed
	return o, freed, nil
}

func (o Obligation) line(item string) int {
	for i := range o.Lines {
		if o.Lines[i].Item == item {
			return i
		}
	}
	return -1
}

// DischargeAll settles every open rest.
func (o Obligation) DischargeAll() (Obligation, num.Money, error) {
	var parts []Part
	for _, l := range o.Lines {
		if l.Open > 0 {
			parts = append(parts, Part{l.Item, l.Open})
		}
	}
	return o.Discharge(parts...)
}

// InOrder shares a quantity of one item over obligations, oldest due first,
// then oldest opened, and tells how much is left over. The obligations are not
// changed.
func InOrder(open []Obligation, item string, q num.Quantity) (parts map[string]Part, rest num.Quantity) {
	order := append([]Obligation(nil), open...)
	sort.SliceStable(order, func(i, j int) bool {
		if order[i].Due != order[j].Due {
			return order[i].Due < order[j].Due
		}
		return order[i].Opened < order[j].Opened
	})
	parts = map[string]Part{}
	for _, o := range order {
		i := o.line(item)
		if q == 0 || i < 0 || o.Lines[i].Open == 0 || Lifecycle.Final(o.State) {
			continue
		}
		take := min(q, o.Lines[i].Open)
		parts[o.ID] = Part{item, take}
		q -= take
	}
	return parts, q
}

// Carry closes several obligations and opens one successor under their holds,
// so that cover never has a gap. The successor's hold is what the old ones held;
// top is how much more must be held, or less than zero how much becomes free,
// when the successor needs need. All must lie on one guarantee.
// Faults: OBLIGATION-CARRY-01 (none, or different debtors or guarantees), as New.
func Carry(old []Obligation, next Obligation, need num.Money) (closed []Obligation, opened Obligation, top num.Money, err error) {
	mixed := fault.New(fault.Refused, "OBLIGATION-CARRY-01", "", "only obligations of one debtor under one guarantee can be carried together",
		"carry them apart")
	if len(old) == 0 {
		return nil, next, 0, mixed
	}
	var held num.Money
	for _, o := range old {
		if o.Debtor != old[0].Debtor || o.Hold.Guarantee != old[0].Hold.Guarantee {
			return nil, next, 0, mixed
		}
		if o.State, err = Lifecycle.Next(o.State, EventCarry, &o); err != nil {
			return nil, next, 0, err
		}
		held += o.Hold.Left
		o.Hold.Left = 0
		o.Successors = append(append([]string(nil), o.Successors...), next.ID)
		closed = append(closed, o)
	}
	next.Debtor = old[0].Debtor
	next.Hold = Hold{Guarantee: old[0].Hold.Guarantee, Amount: need}
	if opened, err = New(next); err != nil {
		return nil, next, 0, err
	}
	return closed, opened, need - held, nil
}

// NextStage gives the stage that fires next and the day at whose beginning it
// fires; false when none is left or the obligation is final. The due day itself
// is day 0: a stage with AfterDays 1 fires when that day has ended.
func (o Obligation) NextStage() (Stage, clock.Date, bool) {
	if Lifecycle.Final(o.State) || o.StagesDone >= len(o.Stages) {
		return Stage{}, 0, false
	}
	s := o.Stages[o.StagesDone]
	return s, o.Due.AddDays(s.AfterDays), true
}

// Fire records that the next stage has bitten on day today. A stage on or before
// the due day is a reminder: the obligation is overdue only when its day has
// ended.
// Faults: OBLIGATION-STAGE-01 when none is due, OBLIGATION-LIFECYCLE-01.
func (o Obligation) Fire(today clock.Date) (Obligation, Stage, error) {
	s, on, ok := o.NextStage()
	if !ok || today < on {
		return o, s, fault.New(fault.Refused, "OBLIGATION-STAGE-01", "", "no consequence is due on {day}", "ask again on {next}",
			"day", today, "next", on)
	}
	if today > o.Due {
		var err error
		if o.State, err = Lifecycle.Next(o.State, EventFallDue, &o); err != nil {
			return o, s, err
		}
	}
	o.StagesDone++
	return o, s, nil
}

// Again reckons the due day anew by a calendar: the day that it falls on now and
// whether that is provisional. false where nothing moves: no calendar was asked
// for it, it is final, its day has ended before today or would, or it is the same.
func (o Obligation) Again(calendar *clock.Calendar, today clock.Date) (Obligation, bool) {
	if o.Working == 0 || o.State != Open || o.Due < today {
		return o, false
	}
	due := calendar.NthWorking(o.Counted, o.Working)
	if due < today || due == o.Due && o.Provisional == calendar.Provisional(due) {
		return o, false
	}
	o.Due, o.Provisional = due, calendar.Provisional(due)
	return o, true
}

// PutOff moves an open obligation to a later day; false where nothing moves: it is
// not open any more, or the day is no later one.
func (o Obligation) PutOff(due clock.Date, provisional bool) (Obligation, bool) {
	if o.State != Open || due <= o.Due {
		return o, false
	}
	o.Due, o.Provisional = due, provisional
	return o, true
}

// Lift ends an obligation whose cause was undone and frees its cover.
func (o Obligation) Lift() (Obligation, num.Money, error) {
	var err error
	if o.State, err = Lifecycle.Next(o.State, EventLift, &o); err != nil {
		return o, 0, err
	}
	freed := o.Hold.Left
	o.Hold.Left = 0
	return o, freed, nil
}
