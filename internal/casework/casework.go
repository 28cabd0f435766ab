// Package casework carries a consignment through its supervision mode. The mode
// file says which step may come when, what it posts and what it opens or
// discharges; casework keeps the case (which steps are done, what is reserved,
// what is owed) and turns the file's words into entries of the books and debts.
// The stories of clearance, bonded stock and the gate all take their steps here,
// so that a new mode is a new file and no new code.
package casework

import (
	"cmp"
	"maps"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
)

// State of a case.
const (
	Open   = "open"
	Closed = "closed"
)

// Case is one consignment under one mode. It keeps the version of the mode it
// was opened under.
type Case struct {
	ID          string                             `json:"id"`
	Mode        string                             `json:"mode"`
	ModeVersion int                                `json:"modeVersion"`
	ModeDay     clock.Date                         `json:"modeDay"` // day that picked the version
	State       string                             `json:"state"`
	Area        string                             `json:"area,omitempty"`
	Office      string                             `json:"office,omitempty"`
	Debtor      string                             `json:"debtor"`              // enterprise whose goods they are
	Declarant   string                             `json:"declarant,omitempty"` // who owes what the mode lays on the declarant; empty: the debtor
	Credit      int                                `json:"credit"`
	Lading      string                             `json:"lading,omitempty"`      // journey|number of the bill of lading
	Bill        string                             `json:"bill,omitempty"`        // its id
	BillOffice  string                             `json:"billOffice,omitempty"`  // whose account counts it
	Application string                             `json:"application,omitempty"` // lading application (DR §3.1)
	Declaration string                             `json:"declaration,omitempty"`
	List        string                             `json:"list,omitempty"`    // verification list, id
	Book        string                             `json:"book,omitempty"`    // number
	Status      ledger.Status                      `json:"status,omitempty"`  // customs status of the goods; empty: bonded
	Layered     bool                               `json:"layered,omitempty"` // the book keeps arrivals apart
	Guarantee   string                             `json:"guarantee,omitempty"`
	Done        map[string]clock.Instant           `json:"done"`
	Events      map[procedure.Event]clock.Instant  `json:"events,omitempty"`
	Reserved    map[string]map[string]string       `json:"reserved,omitempty"` // reservation → item → pending movement
	Drawn       map[string]map[string]num.Quantity `json:"drawn,omitempty"`    // step → item → quantity posted, for undoing
	Debts       map[string][]string                `json:"debts,omitempty"`    // debt → obligations
	Instead     map[string]string                  `json:"instead,omitempty"`  // obligation that was settled → the one owed in its place after that was undone
	Opened      clock.Instant                      `json:"opened"`
	Closed      clock.Instant                      `json:"closed,omitempty"`
}

// New opens a case.
func New(id string, mode *procedure.Mode, on clock.Date, at clock.Instant) Case {
	return Case{
		ID: id, Mode: mode.ID, ModeVersion: mode.Version, ModeDay: on, State: Open, Opened: at,
		Done: map[string]clock.Instant{}, Events: map[procedure.Event]clock.Instant{},
	}
}

// copied gives a case whose maps may be changed.
func (c Case) copied() Case {
	done := make(map[string]clock.Instant, len(c.Done)+4)
	for k, v := range c.Done {
		done[k] = v
	}
	events := make(map[procedure.Event]clock.Instant, len(c.Events)+4)
	for k, v := range c.Events {
		events[k] = v
	}
	reserved := make(map[string]map[string]string, len(c.Reserved)+1)
	for k, v := range c.Reserved {
		inner := make(map[string]string, len(v))
		for item, id := range v {
			inner[item] = id
		}
		reserved[k] = inner
	}
	debts := make(map[string][]string, len(c.Debts)+1)
	for k, v := range c.Debts {
		debts[k] = slices.Clone(v)
	}
	drawn := make(map[string]map[string]num.Quantity, len(c.Drawn)+1)
	for k, v := range c.Drawn {
		drawn[k] = v
	}
	c.Done, c.Events, c.Reserved, c.Debts, c.Drawn, c.Instead = done, events, reserved, debts, drawn, maps.Clone(c.Instead)
	return c
}

// Owes is who owes a debt that the mode lays on a role: the declarant where one
// is known, else the enterprise whose goods they are.
func (c *Case) Owes(role procedure.Role) string {
	if role == procedure.Declarant && c.Declarant != "" {
		return c.Declarant
	}
	return c.Debtor
}

// Line is a quantity of one item: for a bill of lading the key is packages or
// mass, for a book the line number, for tax the bill's number.
type Line struct {
	Key      string
	Unit     string
	Quantity num.Quantity
	Value    *num.Money
	Most     num.Quantity // highest balance expected where it goes, 0 for no limit
}

// Goods tells which quantities a step is about, by class of item and measure.
type Goods map[procedure.Item]map[procedure.Measure][]Line

// Add notes a quantity.
func (g Goods) Add(item procedure.Item, of procedure.Measure, lines ...Line) Goods {
	if g[item] == nil {
		g[item] = map[procedure.Measure][]Line{}
	}
	g[item][of] = append(g[item][of], lines...)
	return g
}

// classes lists the classes of item in one order, so that a step always writes
// the same entries in the same order.
func (g Goods) classes() []procedure.Item { return slices.Sorted(maps.Keys(g)) }

// Step is a step to take with all that the story knows.
type Step struct {
	ID        string
	By        decision.Actor
	True      map[procedure.Condition]bool
	Confirmed []procedure.Given
	LowRisk   bool
	Paper     procedure.Document // the document of the step, nil when others have looked into it
	Goods     Goods
	// HighestTax is what a hold on the highest possible tax is measured by.
	HighestTax num.Money
	Calendar   *clock.Calendar
	At         clock.Instant
	IDs        func() string
	// Debts are the open obligations of the case that the step may settle.
	Debts map[string]Held
}

// Held is an obligation as it was read.
type Held struct {
	Obligation obligation.Obligation
	Version    int64
}

// Taken is what became of a step.
type Taken struct {
	Case    Case
	Ready   bool
	Missing []procedure.Confirmation
	Unmet   []procedure.Condition
	Outcome decision.Outcome
	Mode    procedure.Outcome
}

// account gives the account of an item of a class for this case.
func (c *Case) account(item procedure.Item, key string, l ledger.Name, at ledger.Place) ledger.Account {
	switch item {
	case procedure.LadingLine:
		a := ledger.Account{Ledger: l, Owner: "office/" + c.BillOffice, Item: "bl/" + c.Bill + "/" + key, Place: at}
		// Two consignments may share a bill of lading: what came in of it, and what
		// passed, is counted case by case.
		if l == ledger.Physical || at == ledger.Provisional {
			a.Lot = c.ID
		}
		return a
	case procedure.BookLine, procedure.Material, procedure.Product, procedure.Unit, procedure.Residue, procedure.Tax:
	}
	a := ledger.Account{Ledger: l, Owner: c.Debtor, Item: "book/" + c.Book + "/" + key, Place: at, Status: cmp.Or(c.Status, ledger.Bonded)}
	if l == ledger.Physical {
		a.Lot = c.List // what passed is counted list by list
	}
	return a
}

// Account gives the account that counts an item of a class for this case, as
// screens and checks need it.
func (c *Case) Account(item procedure.Item, key string, l ledger.Name, at ledger.Place) ledger.Account {
	return c.account(item, key, l, at)
}

// layered tells whether the arrivals of a class of items are kept apart: those of
// the book, where it asks for it.
func (c *Case) layered(item procedure.Item) bool {
	return c.Layered && item != procedure.LadingLine && item != procedure.Tax
}

// Take takes a step of the mode and gives what it writes. A request that still
// waits for a confirmation or a condition is not Ready and writes nothing.
// Faults: those of procedure.Mode.Do; CASE-RESERVED-01 when a mode settles what
// was never reserved; CASE-GUARANTEE-01 when a debt needs cover and none is
// named; those of obligation.New.
func Take(v decision.View, mode *procedure.Mode, c Case, s Step) (Taken, error) {
	situation := procedure.Situation{
		At: s.At, Area: c.Area, Credit: c.Credit, Events: c.Events, Done: c.Done, Confirmed: s.Confirmed,
		LowRisk: s.LowRisk, Paper: s.Paper, True: s.True, Calendar: s.Calendar,
	}
	result, err := mode.Do(s.ID, situation)
	t := Taken{Case: c, Mode: result, Ready: result.Ready, Missing: result.Missing, Unmet: result.Unmet}
	if err != nil || !result.Ready {
		return t, err
	}
	t.Case = c.copied()
	t.Case.Done[s.ID] = s.At
	w := writer{v: v, c: &t.Case, s: &s, mode: mode, out: &t.Outcome}
	for _, p := range result.Post {
		if err := w.post(p); err != nil {
			return t, err
		}
	}
	for i := range result.Turn {
		if err := w.turn(&result.Turn[i]); err != nil {
			return t, err
		}
	}
	for _, d := range result.Discharge {
		if err := w.discharge(d); err != nil {
			return t, err
		}
	}
	for _, o := range result.Open {
		if err := w.open(o); err != nil {
			return t, err
		}
	}
	for _, k := range result.Carry {
		if err := w.carry(k); err != nil {
			return t, err
		}
	}
	if result.Closes {
		t.Case.State, t.Case.Closed = Closed, s.At
	}
	return t, nil
}

// writer turns what the mode says into entries.
type writer struct {
	v    decision.View
	c    *Case
	s    *Step
	mode *procedure.Mode
	out  *decision.Outcome
}

// lines gives the quantities of a measure. “rest” of an item at a place is what
// the account holds there.
func (w *writer) lines(item procedure.Item, of procedure.Measure, l ledger.Name, at ledger.Place) ([]Line, error) {
	if of != procedure.Rest {
		return w.s.Goods[item][of], nil
	}
	var rest []Line
	for _, known := range w.s.Goods[item][procedure.Declared] {
		now, err := w.now()
		if err != nil {
			return nil, err
		}
		b, err := now.Balance(w.c.account(item, known.Key, l, at).Key())
		if err != nil {
			return nil, err
		}
		if q := b.Available(); q > 0 {
			rest = append(rest, Line{Key: known.Key, Unit: known.Unit, Quantity: q})
		}
	}
	return rest, nil
}

// now is the view with all that this step moved so far.
func (w *writer) now() (decision.View, error) { return Ahead(w.v, w.out.Transfers) }

func (w *writer) op(kind ledger.Kind) ledger.Op {
	return ledger.Op{ID: w.s.IDs(), Kind: kind, EffectiveOn: w.s.At.Date(), Cause: w.c.ID}
}

func (w *writer) post(p procedure.Posting) error {
	switch p.Do {
	case ledger.Settle, ledger.Void:
		return w.settle(p)
	case ledger.Post, ledger.Reserve:
	}
	lines, err := w.lines(p.Item, p.Of, p.Ledger, p.From)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if line.Quantity == 0 {
			continue
		}
		if p.Do == ledger.Reserve {
			rest, err := w.joined(p.As, line.Key)
			if err != nil {
				return err
			}
			line.Quantity += rest
		}
		op := w.op(p.Do)
		op.From, op.To = w.c.account(p.Item, line.Key, p.Ledger, p.From), w.c.account(p.Item, line.Key, p.Ledger, p.To)
		op.Quantity, op.Layered = line.Quantity, w.c.layered(p.Item)
		if p.From.Outside() {
			op.Value = line.Value
		}
		if !p.To.Outside() {
			op.Most = line.Most
		}
		w.out.Transfers = append(w.out.Transfers, op)
		if p.Do == ledger.Reserve {
			if w.c.Reserved[p.As] == nil {
				w.c.Reserved[p.As] = map[string]string{}
			}
			w.c.Reserved[p.As][line.Key] = op.ID
		}
	}
	return nil
}

// joined gives up what is left of an earlier reservation of the same name and
// item, for the new one to hold it too: a case has one reservation of a name.
func (w *writer) joined(as, key string) (num.Quantity, error) {
	id, ok := w.c.Reserved[as][key]
	if !ok {
		return 0, nil
	}
	now, err := w.now()
	if err != nil {
		return 0, err
	}
	left, open, err := now.Pending(id)
	if err != nil || !open {
		return 0, err
	}
	op := w.op(ledger.Void)
	op.Pending = id
	w.out.Transfers = append(w.out.Transfers, op)
	return left.Open, nil
}

// settle posts or voids what was reserved under a name: the quantities of the
// measure, or with “rest” all that is still pending.
func (w *writer) settle(p procedure.Posting) error {
	pending := w.c.Reserved[p.As]
	if p.Of == procedure.Rest {
		now, err := w.now()
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(pending)) {
			if _, open, err := now.Pending(pending[key]); err != nil {
				return err
			} else if !open {
				continue
			}
			op := w.op(p.Do)
			op.Pending = pending[key]
			w.out.Transfers = append(w.out.Transfers, op)
		}
		return nil
	}
	// What the reservation was made of is known by its own item class.
	for _, class := range w.s.Goods.classes() {
		for _, line := range w.s.Goods[class][p.Of] {
			id, ok := pending[line.Key]
			if !ok || line.Quantity == 0 {
				continue
			}
			op := w.op(p.Do)
			op.Pending, op.Quantity = id, line.Quantity
			w.out.Transfers = append(w.out.Transfers, op)
		}
	}
	if len(pending) == 0 {
		return fault.New(fault.Refused, "CASE-RESERVED-01", "", "mode {mode} settles “{name}”, which was never reserved in this case",
			"look at the steps that were taken", "mode", w.mode.Ref(), "name", p.As)
	}
	return nil
}

// turn makes some items into others: provisional goods become book lines.
func (w *writer) turn(t *procedure.Turn) error {
	var in []ledger.Input
	var out []ledger.Output
	for _, part := range t.In {
		lines, err := w.lines(part.Item, part.Of, t.Ledger, part.At)
		if err != nil {
			return err
		}
		for _, l := range lines {
			in = append(in, ledger.Input{Account: w.c.account(part.Item, l.Key, t.Ledger, part.At), Quantity: l.Quantity})
		}
	}
	value := map[string]*num.Money{}
	for _, part := range t.Out {
		lines, err := w.lines(part.Item, part.Of, t.Ledger, part.At)
		if err != nil {
			return err
		}
		for _, l := range lines {
			account := w.c.account(part.Item, l.Key, t.Ledger, part.At)
			value[account.Key()] = l.Value
			out = append(out, ledger.Output{Account: account, Quantity: l.Quantity, Share: int64(l.Quantity)})
		}
	}
	now, err := w.now()
	if err != nil {
		return err
	}
	ops, err := ledger.Turn(now, w.s.IDs(), in, out, w.s.At.Date(), w.c.ID, w.c.Layered)
	if err != nil {
		return err
	}
	for i := range ops {
		// Goods that came in without a value take that of the list they turn into.
		if given := value[ops[i].To.Key()]; given != nil {
			ops[i].Value = given
		}
	}
	w.out.Transfers = append(w.out.Transfers, ops...)
	return nil
}

// subject is the document that obligations of the case are found by.
func (c *Case) subject() string {
	if c.Declaration != "" {
		return c.Declaration
	}
	return c.ID
}

func (w *writer) entry(kind string, o *obligation.Obligation) journal.Entry {
	e := journal.Entry{
		ID: w.s.IDs(), At: w.s.At, EffectiveOn: w.s.At.Date(), Actor: w.s.By.ID, ActorKind: w.s.By.Kind, Type: kind,
		Subject:    []journal.Ref{{Kind: "obligation", ID: o.ID}, {Kind: "case", ID: w.c.ID}},
		Enterprise: o.Debtor, Area: w.c.Area, Office: w.c.Office,
		Why: journal.Why{Rule: w.mode.Ref() + " " + w.s.ID},
	}
	if w.c.Declaration != "" {
		e.Subject = append(e.Subject, journal.Ref{Kind: "declaration", ID: w.c.Declaration})
	}
	return e
}
