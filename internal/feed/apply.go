package feed

import (
	"fmt"
	"maps"
	"slices"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Paper is a verification list as a movement names it.
type Paper struct {
	Number string `json:"number"`
	In     bool   `json:"in,omitempty"`   // goods come in
	Gate   bool   `json:"gate,omitempty"` // its goods pass a gate
}

// Shelf is the stock that a message is laid on. What it gives may be changed: it
// is the caller's copy, kept when the whole message could be applied.
type Shelf interface {
	// Part gives a part, nil where master data have not told of it.
	Part(number string) (*Part, error)
	// AddPart puts up a new part.
	AddPart(p *Part)
	// Order gives a work order, nil where there is none.
	Order(number string) (*WorkOrder, error)
	// AddOrder puts up a new work order.
	AddOrder(o *WorkOrder)
	// Paper gives a verification list of the book, nil where there is none.
	Paper(number string) (*Paper, error)
	// LineUnit gives the unit of a book line, "" where there is none.
	LineUnit(line int) (codelist.UnitCode, error)
}

// Opening is the document of what a first snapshot found.
const Opening = "opening"

// Move is a movement of the shadow as one record makes it, in the unit in which
// the part's stock is counted.
type Move struct {
	Record   int           `json:"record"`
	Kind     Kind          `json:"kind"`
	Part     string        `json:"part"`
	Line     int           `json:"line,omitempty"`
	Lot      string        `json:"lot,omitempty"`
	Status   ledger.Status `json:"status"`
	From     ledger.Place  `json:"from"`
	To       ledger.Place  `json:"to"`
	Quantity num.Quantity  `json:"quantity"`
	On       clock.Date    `json:"on"`
	Document string        `json:"document,omitempty"`
	Order    string        `json:"order,omitempty"`
}

// Account gives the shadow account of a move at a place.
func (m *Move) Account(owner, book string, at ledger.Place) ledger.Account {
	item := fmt.Sprintf("book/%s/%d", book, m.Line)
	if m.Line == 0 {
		item = "part/" + book + "/" + m.Part
	}
	return ledger.Account{Ledger: ledger.Shadow, Owner: owner, Item: item, Lot: m.Part + "~" + m.Lot, Place: at, Status: m.Status}
}

// Outside tells what a move does to what the enterprise answers for: below 0 it
// left, above 0 it came, 0 it stayed within (work, transit and scrap are within).
func (m *Move) Outside() num.Quantity {
	beyond := func(p ledger.Place) bool {
		return p == ledger.Abroad || p == ledger.Lost || p == ledger.Difference
	}
	switch {
	case beyond(m.From) && !beyond(m.To):
		return m.Quantity
	case beyond(m.To) && !beyond(m.From):
		return -m.Quantity
	}
	return 0
}

// Result is what a message does.
type Result struct {
	Moves    []Move
	Findings fault.List // what was recorded and should not be so
}

// applying is a message while it is laid on the stock.
type applying struct {
	m      *Received
	shelf  Shelf
	rules  Rules
	units  Units
	out    Result
	faults fault.List
	i      int
	counts map[string][]int // part → records of a snapshot
}

// Apply lays a message on the stock. Faults mean that it must wait for a
// correction and that the shelf is to be thrown away; findings do not.
//
// Faults: FEED-RECORD-01 to -12, FEED-PART-01 to -04, FEED-UNIT-01, -02,
// FEED-LOT-01, -02, FEED-ORDER-01 to -07. Findings: FEED-SHORT-01, FEED-PAPER-01
// to -03, FEED-PLACE-01, FEED-COUNT-01, -02, FEED-ADJUST-01, FEED-PLAN-01.
func Apply(m *Received, today clock.Date, rules Rules, shelf Shelf, units Units) (Result, error) {
	a := &applying{m: m, shelf: shelf, rules: rules, units: units, counts: map[string][]int{}}
	seen := map[string]bool{}
	for i := range m.Records {
		if slices.Contains(m.Aside, i) {
			continue
		}
		r := &m.Records[i]
		a.i = i
		faults := r.check(today)
		if name := string(r.Kind) + "\x00" + r.ID + "\x00" + r.Part + "\x00" + r.Lot + "\x00" + r.Location; seen[name] {
			faults = append(faults, fault.New(fault.Invalid, "FEED-RECORD-11", "/id", "record {id} stands twice in the message", "send each movement once", "id", clip(r.ID)))
		} else {
			seen[name] = true
		}
		if len(faults) > 0 {
			a.refuse(faults)
			continue
		}
		if err := a.record(r); err != nil {
			if fault.All(err) == nil {
				return Result{}, err
			}
			a.refuse(fault.All(err))
		}
	}
	for _, part := range sortedNames(a.counts) {
		if err := a.count(part, a.counts[part]); err != nil {
			return Result{}, err
		}
	}
	return a.out, a.faults.OrNil()
}

func (a *applying) refuse(faults []*fault.Fault) {
	for _, f := range faults {
		if len(a.faults) < maxFaults {
			a.faults = append(a.faults, f.Under(place(a.i)))
		}
	}
}

func (a *applying) found(f *fault.Fault) {
	if len(a.out.Findings) < maxFaults {
		a.out.Findings = append(a.out.Findings, f.Under(place(a.i)))
	}
}

func (a *applying) record(r *Record) error {
	switch r.Kind {
	case PartMaster:
		return a.master(r)
	case Order:
		return a.order(r)
	case Receipt, Issue, Return, Output, Scrap, Transfer, Adjustment, Snapshot:
	}
	part, err := a.shelf.Part(r.Part)
	if err != nil {
		return err
	}
	if part == nil {
		return fault.New(fault.Invalid, "FEED-PART-01", "/part", "no master data tell of part {part}", "send a record of kind part for it first", "part", clip(r.Part))
	}
	q, err := part.Booked(r.Quantity, r.Unit, a.units)
	if err != nil {
		return err
	}
	lot, err := a.lot(r, part)
	if err != nil {
		return err
	}
	if r.Kind == Snapshot {
		a.counts[r.Part] = append(a.counts[r.Part], a.i)
		return nil
	}
	part.Moved = true
	if r.WorkOrder != "" {
		return a.work(r, part, lot, q)
	}
	defer part.tidy()
	switch r.Kind {
	case Receipt:
		for at := range lot.At {
			if r.Lot != "" && at != r.Location {
				return fault.New(fault.Invalid, "FEED-LOT-01", "/location", "lot {lot} of part {part} lies at {there} already and cannot arrive at {here}", "send a transfer, or another lot",
					"lot", r.Lot, "part", part.Number, "there", at, "here", r.Location)
			}
		}
		if err := a.paper(r, part, lot, true); err != nil {
			return err
		}
		lot.put(r.Location, q)
		a.move(r, part, lot, ledger.Abroad, ledger.OnHand, q)
	case Issue:
		if err := a.paper(r, part, lot, false); err != nil {
			return err
		}
		a.takeOut(r, part, lot, ledger.Abroad, q)
	case Transfer:
		a.transfer(r, part, lot, q)
	case Adjustment:
		if part.Line != 0 && lot.Status == ledger.Bonded {
			a.found(fault.New(fault.Refused, "FEED-ADJUST-01", "/quantity", "{quantity} {unit} of part {part}, lot {lot}, were adjusted: {reason}", "explain the adjustment to customs, with its cause",
				"quantity", q, "unit", part.LineUnit, "part", part.Number, "lot", named(lot.Lot), "reason", r.Reason))
		}
		if q > 0 {
			lot.put(r.Location, q)
			a.move(r, part, lot, ledger.Difference, ledger.OnHand, q)
			return nil
		}
		a.takeOut(r, part, lot, ledger.Lost, -q)
	case PartMaster, Return, Output, Scrap, Order, Snapshot:
	}
	return nil
}

func named(lot string) string {
	if lot == "" {
		return "–"
	}
	return lot
}

// lot finds the lot of a record, or begins it. Fault: FEED-LOT-02 (the lot has
// another status).
func (a *applying) lot(r *Record, part *Part) (*Lot, error) {
	status := r.Status
	lot := part.lot(r.Lot)
	if status == "" {
		if status = ledger.NonBonded; part.Line != 0 {
			status = ledger.Bonded
		}
		if lot != nil {
			status = lot.Status
		}
	}
	if lot != nil && lot.Status != status || status == ledger.Bonded && part.Line == 0 {
		had := ledger.NonBonded
		if lot != nil {
			had = lot.Status
		}
		return nil, fault.New(fault.Invalid, "FEED-LOT-02", "/status", "lot {lot} of part {part} is {had}, not {status}", "keep goods of another status in a lot of their own; bonded goods need a line of the account book",
			"lot", named(r.Lot), "part", part.Number, "had", had, "status", status)
	}
	if lot == nil {
		part.Lots = append(part.Lots, Lot{Lot: r.Lot, Status: status})
		lot = &part.Lots[len(part.Lots)-1]
	}
	return lot, nil
}

func (a *applying) move(r *Record, part *Part, lot *Lot, from, to ledger.Place, q num.Quantity) {
	if q == 0 {
		return
	}
	m := Move{
		Record: a.i, Kind: r.Kind, Part: part.Number, Line: part.Line, Lot: lot.Lot, Status: lot.Status, From: from, To: to, Quantity: q, On: r.On,
		Document: r.Document, Order: r.WorkOrder,
	}
	if from == ledger.Difference {
		m.Document = "" // no paper covers what was not there
	}
	a.out.Moves = append(a.out.Moves, m)
}

// takeOut takes a quantity from the shelf to a place. More than there is comes
// over the difference: it was taken, whatever the books say.
func (a *applying) takeOut(r *Record, part *Part, lot *Lot, to ledger.Place, q num.Quantity) {
	a.elsewhere(r, part, lot, q)
	got := lot.take(r.Location, q)
	a.move(r, part, lot, ledger.OnHand, to, got)
	if short := q - got; short > 0 {
		if to == ledger.WorkInProgress {
			a.move(r, part, lot, ledger.Difference, to, short)
		} else {
			a.move(r, part, lot, ledger.Difference, ledger.OnHand, short)
			a.move(r, part, lot, ledger.OnHand, to, short)
		}
		a.found(fault.New(fault.Refused, "FEED-SHORT-01", "/quantity", "{quantity} {unit} of part {part}, lot {lot}, were taken and {had} were there", "tell where the rest came from, or adjust",
			"quantity", q, "unit", part.LineUnit, "part", part.Number, "lot", named(lot.Lot), "had", got))
	}
}

// elsewhere finds a lot that lies at another location than the one at which it was
// taken: the system has it in two places.
func (a *applying) elsewhere(r *Record, part *Part, lot *Lot, q num.Quantity) {
	here := lot.At[r.Location]
	if r.Lot == "" || r.Location == "" || here >= q {
		return // what has no lot lies where it lies
	}
	for _, there := range slices.Sorted(maps.Keys(lot.At)) {
		if there != r.Location && lot.At[there] > 0 {
			a.found(fault.New(fault.Refused, "FEED-PLACE-01", "/location", "{quantity} {unit} of part {part}, lot {lot}, were taken at {here}, where {had} lay; the rest was at {there}", "tell the transfer from there to here, and look where the lot is",
				"quantity", q, "unit", part.LineUnit, "part", part.Number, "lot", named(lot.Lot), "here", r.Location, "had", here, "there", there))
			return
		}
	}
}

// paper looks at the paper of an outside movement of bonded goods.
func (a *applying) paper(r *Record, part *Part, lot *Lot, in bool) error {
	if part.Line == 0 || lot.Status != ledger.Bonded {
		return nil
	}
	if r.Document == "" {
		a.found(fault.New(fault.Refused, "FEED-PAPER-01", "/document", "bonded goods of part {part}, lot {lot}, moved without a verification list", "name the list; goods that moved without one are reported to customs",
			"part", part.Number, "lot", named(lot.Lot)))
		return nil
	}
	paper, err := a.shelf.Paper(r.Document)
	switch {
	case err != nil:
		return err
	case paper == nil:
		a.found(fault.New(fault.Refused, "FEED-PAPER-02", "/document", "{document} is no verification list of this account book", "name the list under which the goods moved", "document", clip(r.Document)))
	case paper.In != in:
		a.found(fault.New(fault.Refused, "FEED-PAPER-03", "/document", "the goods of {document} go the other way", "name the list under which the goods moved", "document", clip(r.Document)))
	}
	return nil
}

func (a *applying) transfer(r *Record, part *Part, lot *Lot, q num.Quantity) {
	short := func(had num.Quantity) {
		a.found(fault.New(fault.Refused, "FEED-SHORT-01", "/quantity", "{quantity} {unit} of part {part}, lot {lot}, were taken and {had} were there", "tell where the rest came from, or adjust",
			"quantity", q, "unit", part.LineUnit, "part", part.Number, "lot", named(lot.Lot), "had", had))
	}
	if r.Location == "" { // out of transit
		got := min(lot.Transit, q)
		lot.Transit -= got
		a.move(r, part, lot, ledger.InTransit, ledger.OnHand, got)
		if got < q {
			a.move(r, part, lot, ledger.Difference, ledger.OnHand, q-got)
			short(got)
		}
		lot.put(r.ToLocation, q)
		return
	}
	a.elsewhere(r, part, lot, q)
	got := lot.take(r.Location, q)
	if got < q {
		a.move(r, part, lot, ledger.Difference, ledger.OnHand, q-got)
		short(got)
	}
	if r.ToLocation == "" {
		lot.Transit += q
		a.move(r, part, lot, ledger.OnHand, ledger.InTransit, q)
		return
	}
	lot.put(r.ToLocation, q)
}

func (a *applying) master(r *Record) error {
	unit := r.Unit
	if r.BookLine != 0 {
		var err error
		if unit, err = a.shelf.LineUnit(r.BookLine); err != nil {
			return err
		}
		if unit == "" {
			return fault.New(fault.Invalid, "FEED-PART-04", "/bookLine", "the account book has no line {line}", "use a line of the book, or have it changed first", "line", r.BookLine)
		}
	}
	part, err := a.shelf.Part(r.Part)
	if err != nil {
		return err
	}
	if part != nil {
		return part.master(r, unit, a.units)
	}
	part = &Part{Book: a.m.Book, Enterprise: a.m.Enterprise, Number: r.Part}
	if err := part.master(r, unit, a.units); err != nil {
		return err
	}
	a.shelf.AddPart(part)
	return nil
}

// order takes a record of a work order itself. Faults: FEED-ORDER-01 to -04.
func (a *applying) order(r *Record) error {
	o, err := a.shelf.Order(r.WorkOrder)
	if err != nil {
		return err
	}
	if o == nil {
		if r.State != OrderOpen && r.State != OrderReleased {
			return fault.New(fault.Invalid, "FEED-ORDER-03", "/workOrder", "there is no work order {order} yet", "tell of it first, as open or released", "order", clip(r.WorkOrder))
		}
		o = &WorkOrder{Book: a.m.Book, Enterprise: a.m.Enterprise, Number: r.WorkOrder, State: r.State, Opened: r.On, Reverses: r.Reverses}
		if r.Reverses != "" {
			old, err := a.shelf.Order(r.Reverses)
			if err != nil {
				return err
			}
			if old == nil || old.State != OrderClosed || old.ReversedBy != "" || old.Reverses != "" {
				return fault.New(fault.Invalid, "FEED-ORDER-04", "/reverses", "{order} cannot be reversed", "name a closed order that was not reversed yet", "order", clip(r.Reverses))
			}
			old.ReversedBy = o.Number
		}
		a.shelf.AddOrder(o)
	}
	if err := o.tell(r); err != nil {
		return err
	}
	if o.State == OrderCompleted && r.State == OrderCompleted {
		a.plan(o)
	}
	if o.State == OrderClosed {
		return a.close(r, o)
	}
	return nil
}

// close brings what still lies in the work to its end: it was consumed.
func (a *applying) close(r *Record, o *WorkOrder) error {
	if o.Reverses != "" {
		return nil
	}
	for i := range o.Uses {
		u := &o.Uses[i]
		rest := u.open()
		if rest == 0 {
			continue
		}
		part, err := a.shelf.Part(u.Part)
		if err != nil {
			return err
		}
		if part == nil {
			continue // parts are never removed
		}
		lot := part.lot(u.Lot)
		if lot == nil {
			lot = &Lot{Lot: u.Lot, Status: u.Status}
		}
		lot.Progress -= rest
		a.move(r, part, lot, ledger.WorkInProgress, ledger.Consumed, rest)
		part.tidy()
	}
	return nil
}

// plan tells when an order used more or less than it planned for what it made.
func (a *applying) plan(o *WorkOrder) {
	_, made := o.sums(o.Product)
	if o.Planned == 0 || made == 0 {
		return
	}
	for _, need := range o.Materials {
		part, err := a.shelf.Part(need.Part)
		if err != nil || part == nil {
			continue
		}
		want, err := num.MulDiv(int64(need.Quantity), int64(made), int64(o.Planned), num.HalfUp)
		if err != nil {
			continue
		}
		planned, err := part.Booked(num.Quantity(want), part.Unit, a.units)
		if err != nil {
			planned = num.Quantity(want)
		}
		used, _ := o.sums(need.Part)
		bound, err := planned.Times(a.rules.Material, num.Down)
		if gap := used - planned; err == nil && (gap > bound || -gap > bound) {
			a.found(fault.New(fault.Refused, "FEED-PLAN-01", "/workOrder", "work order {order} used {used} of part {part}; {planned} were planned for what it made", "say why, or correct the plan of the next order",
				"order", o.Number, "used", used, "part", need.Part, "planned", planned))
		}
	}
}

// work takes a movement of a work order. Faults: FEED-ORDER-02, -03, -05 to -07.
func (a *applying) work(r *Record, part *Part, lot *Lot, q num.Quantity) error {
	o, err := a.shelf.Order(r.WorkOrder)
	if err != nil {
		return err
	}
	if o == nil {
		return fault.New(fault.Invalid, "FEED-ORDER-03", "/workOrder", "there is no work order {order} yet", "tell of it first, as open or released", "order", clip(r.WorkOrder))
	}
	if o.State == OrderClosed {
		return closedOrder(o)
	}
	if o.State == OrderOpen || r.Kind == Issue && o.State == OrderCompleted || r.Kind != Issue && o.State == OrderReleased && o.Reverses == "" {
		return fault.New(fault.Refused, "FEED-ORDER-05", "/workOrder", "work order {order} is {state}: nothing of kind {kind} belongs to it now", "tell its state first", "order", o.Number, "state", o.State, "kind", r.Kind)
	}
	if o.State == OrderReleased {
		o.State = OrderIssuing
	}
	defer part.tidy()
	if o.Reverses != "" {
		return a.backwards(r, o, part, lot, q)
	}
	switch r.Kind {
	case Issue:
		o.use(part, lot.Lot, lot.Status).Issued += q
		o.note(r, part, lot, q)
		a.takeOut(r, part, lot, ledger.WorkInProgress, q)
		lot.Progress += q
	case Return, Scrap:
		u := o.use(part, lot.Lot, lot.Status)
		if u.open() < q {
			return fault.New(fault.Invalid, "FEED-ORDER-06", "/quantity", "work order {order} holds {had} of part {part}, lot {lot}, not {quantity}", "give at most what was issued to it and neither returned nor scrapped",
				"order", o.Number, "had", u.open(), "part", part.Number, "lot", named(lot.Lot), "quantity", q)
		}
		lot.Progress -= q
		o.note(r, part, lot, q)
		if r.Kind == Scrap {
			u.Scrapped += q
			a.move(r, part, lot, ledger.WorkInProgress, ledger.Scrap, q)
			return nil
		}
		u.Returned += q
		lot.put(r.Location, q)
		a.move(r, part, lot, ledger.WorkInProgress, ledger.OnHand, q)
	case Output:
		o.made(part, lot.Lot, lot.Status).Quantity += q
		o.note(r, part, lot, q)
		lot.put(r.Location, q)
		a.move(r, part, lot, ledger.Produced, ledger.OnHand, q)
	case PartMaster, Receipt, Transfer, Adjustment, Order, Snapshot:
	}
	return nil
}

// backwards takes a movement of a reversing order: material that the closed order
// consumed lies in stock again, product that it made does not.
func (a *applying) backwards(r *Record, o *WorkOrder, part *Part, lot *Lot, q num.Quantity) error {
	old, err := a.shelf.Order(o.Reverses)
	if err != nil {
		return err
	}
	used, made := old.sums(part.Number)
	back, taken := o.sums(part.Number)
	switch {
	case r.Kind == Issue && back+q <= used:
		o.use(part, lot.Lot, lot.Status).Issued += q
		o.note(r, part, lot, q)
		lot.put(r.Location, q)
		a.move(r, part, lot, ledger.Consumed, ledger.OnHand, q)
		return nil
	case r.Kind == Output && taken+q <= made:
		o.made(part, lot.Lot, lot.Status).Quantity += q
		o.note(r, part, lot, q)
		a.takeOut(r, part, lot, ledger.Produced, q)
		return nil
	}
	return fault.New(fault.Invalid, "FEED-ORDER-07", "/quantity", "work order {order} did not use or make {quantity} of part {part} that could be reversed", "give back by an issue what it used, and by an output what it made, at most so much",
		"order", o.Reverses, "quantity", q, "part", part.Number)
}

// count lays a snapshot of a part beside its stock: movements must lead to what
// was counted. The records of one message name every lot of the part that is
// there; what is not named was not there.
func (a *applying) count(number string, records []int) error {
	part, err := a.shelf.Part(number)
	if err != nil || part == nil {
		return err
	}
	counted := map[string]map[string]num.Quantity{}
	first := map[string]int{}
	for _, i := range records {
		r := &a.m.Records[i]
		q, err := part.Booked(r.Quantity, r.Unit, a.units)
		if err != nil {
			return err
		}
		if counted[r.Lot] == nil {
			counted[r.Lot], first[r.Lot] = map[string]num.Quantity{}, i
		}
		counted[r.Lot][r.Location] += q
	}
	opening := !part.Moved
	part.Moved = true
	defer part.tidy()
	for i := range part.Lots {
		lot := &part.Lots[i]
		there := counted[lot.Lot]
		a.i = records[0]
		if at, named := first[lot.Lot]; named {
			a.i = at
		}
		r := a.m.Records[a.i]
		var sum num.Quantity
		for at, q := range there {
			if sum += q; q == 0 {
				delete(there, at)
			}
		}
		had := lot.OnHand()
		moved := false
		for at, q := range there {
			moved = moved || lot.At[at] != q
		}
		lot.At = there
		switch gap := sum - had; {
		case opening:
			r.Document = Opening
			a.move(&r, part, lot, ledger.Abroad, ledger.OnHand, sum)
		case gap != 0:
			if gap > 0 {
				a.move(&r, part, lot, ledger.Difference, ledger.OnHand, gap)
			} else {
				a.move(&r, part, lot, ledger.OnHand, ledger.Difference, -gap)
			}
			a.found(fault.New(fault.Refused, "FEED-COUNT-01", "/quantity", "{counted} {unit} of part {part}, lot {lot}, were counted; the movements lead to {had}", "find the movement that was not told, or tell the adjustment",
				"counted", sum, "unit", part.LineUnit, "part", part.Number, "lot", named(lot.Lot), "had", had))
		case moved:
			a.found(fault.New(fault.Refused, "FEED-COUNT-02", "/location", "lot {lot} of part {part} lies elsewhere than the movements say", "tell the transfer next time", "lot", named(lot.Lot), "part", part.Number))
		}
	}
	return nil
}
