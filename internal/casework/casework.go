// Package casework carries a consignment through its supervision mode. The mode
// file says which step may come when, what it posts and what it opens or
// discharges; casework keeps the case (which steps are done, what is reserved,
// what is owed) and turns the file's words into entries of the books and debts.
// The stories of clearance, bonded stock and the gate all take their steps here,
// so that a new mode is a new file and no new code.
package casework

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
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
	Debtor      string                             `json:"debtor"` // enterprise
	Credit      int                                `json:"credit"`
	Lading      string                             `json:"lading,omitempty"`      // journey|number of the bill of lading
	Bill        string                             `json:"bill,omitempty"`        // its id
	BillOffice  string                             `json:"billOffice,omitempty"`  // whose account counts it
	Application string                             `json:"application,omitempty"` // lading application (DR §3.1)
	Declaration string                             `json:"declaration,omitempty"`
	List        string                             `json:"list,omitempty"` // verification list, id
	Book        string                             `json:"book,omitempty"` // number
	Guarantee   string                             `json:"guarantee,omitempty"`
	Done        map[string]clock.Instant           `json:"done"`
	Events      map[procedure.Event]clock.Instant  `json:"events,omitempty"`
	Reserved    map[string]map[string]string       `json:"reserved,omitempty"` // reservation → item → pending movement
	Drawn       map[string]map[string]num.Quantity `json:"drawn,omitempty"`    // step → item → quantity posted, for undoing
	Debts       map[string][]string                `json:"debts,omitempty"`    // debt → obligations
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
	c.Done, c.Events, c.Reserved, c.Debts, c.Drawn = done, events, reserved, debts, drawn
	return c
}

// Line is a quantity of one item: for a bill of lading the key is packages or
// mass, for a book the line number, for tax the bill's number.
type Line struct {
	Key      string
	Unit     string
	Quantity num.Quantity
	Value    *num.Money
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

// Step is a step to take with all that the story knows.
type Step struct {
	ID        string
	By        decision.Actor
	True      map[procedure.Condition]bool
	Confirmed []procedure.Given
	LowRisk   bool
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
		if l == ledger.Physical {
			a.Lot = c.ID
		}
		return a
	case procedure.BookLine, procedure.Material, procedure.Product, procedure.Unit, procedure.Residue, procedure.Tax:
	}
	a := ledger.Account{Ledger: l, Owner: c.Debtor, Item: "book/" + c.Book + "/" + key, Place: at, Status: ledger.Bonded}
	if l == ledger.Physical {
		a.Lot = c.List // what passed is counted list by list
	}
	return a
}

// Take takes a step of the mode and gives what it writes. A request that still
// waits for a confirmation or a condition is not Ready and writes nothing.
// Faults: those of procedure.Mode.Do; CASE-RESERVED-01 when a mode settles what
// was never reserved; CASE-GUARANTEE-01 when a debt needs cover and none is
// named; those of obligation.New.
func Take(v decision.View, mode *procedure.Mode, c Case, s Step) (Taken, error) {
	situation := procedure.Situation{
		At: s.At, Area: c.Area, Credit: c.Credit, Events: c.Events, Done: c.Done, Confirmed: s.Confirmed,
		LowRisk: s.LowRisk, True: s.True, Calendar: s.Calendar,
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
		b, err := w.v.Balance(w.c.account(item, known.Key, l, at).Key())
		if err != nil {
			return nil, err
		}
		if q := b.Available(); q > 0 {
			rest = append(rest, Line{Key: known.Key, Unit: known.Unit, Quantity: q})
		}
	}
	return rest, nil
}

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
		op := w.op(p.Do)
		op.From, op.To = w.c.account(p.Item, line.Key, p.Ledger, p.From), w.c.account(p.Item, line.Key, p.Ledger, p.To)
		op.Quantity = line.Quantity
		if p.From.Outside() {
			op.Value = line.Value
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

// settle posts or voids what was reserved under a name: the quantities of the
// measure, or with “rest” all that is still pending.
func (w *writer) settle(p procedure.Posting) error {
	pending := w.c.Reserved[p.As]
	if p.Of == procedure.Rest {
		keys := make([]string, 0, len(pending))
		for key := range pending {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			if _, open, err := w.v.Pending(pending[key]); err != nil {
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
	for _, byMeasure := range w.s.Goods {
		for _, line := range byMeasure[p.Of] {
			id, ok := pending[line.Key]
			if !ok {
				continue
			}
			if line.Quantity == 0 {
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
	ops, err := ledger.Turn(w.v, w.s.IDs(), in, out, w.s.At.Date(), w.c.ID, false)
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

// open opens a debt of the mode.
func (w *writer) open(o procedure.Opening) error {
	item := procedure.LadingLine
	if o.Debt.Of == procedure.OwedTax {
		item = procedure.Tax
	} else if len(w.s.Goods[procedure.LadingLine][o.Of]) == 0 {
		item = procedure.BookLine
	}
	var lines []obligation.Line
	for _, l := range w.s.Goods[item][o.Of] {
		if l.Quantity > 0 {
			lines = append(lines, obligation.Line{Item: string(item) + "/" + l.Key, Unit: l.Unit, Amount: l.Quantity})
		}
	}
	if len(lines) == 0 {
		return nil
	}
	next := obligation.Obligation{
		ID: w.s.IDs(), Kind: o.Debt.Name, Debtor: w.c.Debtor, Mode: w.c.Mode, OpenedBy: w.c.subject(), Opened: w.s.At,
		Due: o.Due.Day, Provisional: o.Due.Provisional, Lines: lines, Stages: o.Stages, Area: w.c.Area, Office: w.c.Office,
	}
	if err := w.hold(&next, o.Share); err != nil {
		return err
	}
	opened, err := obligation.New(next)
	if err != nil {
		return err
	}
	w.c.Debts[o.Debt.Name] = append(w.c.Debts[o.Debt.Name], opened.ID)
	w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: opened.ID, Body: opened})
	e := w.entry("obligation.opened", opened.ID)
	e.Body = body(map[string]any{"kind": opened.Kind, "due": opened.Due.String(), "open": opened.OpenTotal().String(),
		"held": opened.Hold.Amount.Fixed(), "guarantee": opened.Hold.Guarantee})
	w.out.Entries = append(w.out.Entries, e)
	return nil
}

// hold takes the cover that a debt needs.
func (w *writer) hold(o *obligation.Obligation, share num.Rate) error {
	if share == 0 {
		return nil
	}
	amount, err := obligation.HoldAmount(w.s.HighestTax, share)
	if err != nil || amount == 0 {
		return err
	}
	if w.c.Guarantee == "" {
		return fault.New(fault.Refused, "CASE-GUARANTEE-01", "/guarantee", "{amount} CNY must be secured and no guarantee is named",
			"name an active guarantee of the enterprise", "amount", amount.Fixed())
	}
	o.Hold = obligation.Hold{Guarantee: w.c.Guarantee, Amount: amount}
	g := guarantee.Guarantee{Number: w.c.Guarantee, Enterprise: w.c.Debtor}
	op, err := g.Hold(w.s.IDs(), amount, w.s.At.Date(), o.ID)
	if err != nil {
		return err
	}
	w.out.Transfers = append(w.out.Transfers, op)
	return nil
}

// discharge settles debts of the case: named lines, oldest first, or all.
func (w *writer) discharge(d procedure.Discharge) error {
	for _, id := range w.c.Debts[d.Debt.Name] {
		held, ok := w.s.Debts[id]
		if !ok || obligation.Lifecycle.Final(held.Obligation.State) {
			continue
		}
		o := held.Obligation
		var parts []obligation.Part
		if d.By != procedure.All {
			for item, byMeasure := range w.s.Goods {
				for _, l := range byMeasure[d.Of] {
					name := string(item) + "/" + l.Key
					for _, line := range o.Lines {
						if line.Item == name && line.Open > 0 && l.Quantity > 0 {
							parts = append(parts, obligation.Part{Item: name, Quantity: min(line.Open, l.Quantity)})
						}
					}
				}
			}
			if len(parts) == 0 {
				continue
			}
		}
		var next obligation.Obligation
		var freed num.Money
		var err error
		if d.By == procedure.All {
			next, freed, err = o.DischargeAll()
		} else {
			next, freed, err = o.Discharge(parts...)
		}
		if err != nil {
			return err
		}
		if err := w.settled(next, held.Version, freed); err != nil {
			return err
		}
	}
	return nil
}

// settled writes an obligation after a change and frees its cover.
func (w *writer) settled(o obligation.Obligation, version int64, freed num.Money) error {
	w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: o.ID, Version: version, Body: o})
	if freed > 0 {
		g := guarantee.Guarantee{Number: o.Hold.Guarantee, Enterprise: o.Debtor}
		op, err := g.Release(w.s.IDs(), freed, w.s.At.Date(), o.ID)
		if err != nil {
			return err
		}
		w.out.Transfers = append(w.out.Transfers, op)
		w.out.Orders = append(w.out.Orders, decision.Order{ID: w.s.IDs(), Channel: "bank", Target: o.Hold.Guarantee, Body: map[string]string{
			"guarantee": o.Hold.Guarantee, "released": freed.Fixed(), "obligation": o.ID,
		}})
	}
	kind := "obligation." + string(o.State)
	if !obligation.Lifecycle.Final(o.State) {
		kind = "obligation.partly-discharged"
	}
	e := w.entry(kind, o.ID)
	e.Body = body(map[string]any{"kind": o.Kind, "open": o.OpenTotal().String(), "freed": freed.Fixed(), "guarantee": o.Hold.Guarantee})
	w.out.Entries = append(w.out.Entries, e)
	return nil
}

// carry closes debts and opens their successor under the same cover.
func (w *writer) carry(k procedure.Carrying) error {
	var old []obligation.Obligation
	versions := map[string]int64{}
	for _, debt := range k.From {
		for _, id := range w.c.Debts[debt.Name] {
			if held, ok := w.s.Debts[id]; ok && !obligation.Lifecycle.Final(held.Obligation.State) {
				old = append(old, held.Obligation)
				versions[id] = held.Version
			}
		}
	}
	if len(old) == 0 {
		return nil
	}
	var lines []obligation.Line
	for _, o := range old {
		for _, l := range o.Lines {
			if l.Open > 0 {
				lines = append(lines, obligation.Line{Item: l.Item, Unit: l.Unit, Amount: l.Open})
			}
		}
	}
	var need num.Money
	if k.Into.Share > 0 {
		var err error
		if need, err = obligation.HoldAmount(w.s.HighestTax, k.Into.Share); err != nil {
			return err
		}
		if need > 0 && w.c.Guarantee == "" {
			return fault.New(fault.Refused, "CASE-GUARANTEE-01", "/guarantee", "{amount} CNY must be secured and no guarantee is named",
				"name an active guarantee of the enterprise", "amount", need.Fixed())
		}
		for i := range old {
			if old[i].Hold.Guarantee == "" {
				old[i].Hold.Guarantee = w.c.Guarantee
			}
		}
	}
	next := obligation.Obligation{
		ID: w.s.IDs(), Kind: k.Into.Debt.Name, Mode: w.c.Mode, OpenedBy: w.c.subject(), Opened: w.s.At, Due: k.Into.Due.Day,
		Provisional: k.Into.Due.Provisional, Lines: lines, Stages: k.Into.Stages, Area: w.c.Area, Office: w.c.Office,
	}
	closed, opened, top, err := obligation.Carry(old, next, need)
	if err != nil {
		return err
	}
	for _, o := range closed {
		w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: o.ID, Version: versions[o.ID], Body: o})
	}
	g := guarantee.Guarantee{Number: w.c.Guarantee, Enterprise: w.c.Debtor}
	if top != 0 {
		move := g.Hold
		if top < 0 {
			move, top = g.Release, -top
		}
		op, err := move(w.s.IDs(), top, w.s.At.Date(), opened.ID)
		if err != nil {
			return err
		}
		w.out.Transfers = append(w.out.Transfers, op)
	}
	w.c.Debts[k.Into.Debt.Name] = append(w.c.Debts[k.Into.Debt.Name], opened.ID)
	w.out.Puts = append(w.out.Puts, decision.Put{Kind: dossier.Obligation, ID: opened.ID, Body: opened})
	e := w.entry("obligation.carried", opened.ID)
	e.Body = body(map[string]any{"kind": opened.Kind, "due": opened.Due.String(), "from": len(closed), "held": opened.Hold.Amount.Fixed()})
	w.out.Entries = append(w.out.Entries, e)
	return nil
}

// subject is the document that obligations of the case are found by.
func (c *Case) subject() string {
	if c.Declaration != "" {
		return c.Declaration
	}
	return c.ID
}

func (w *writer) entry(kind, obligationID string) journal.Entry {
	e := journal.Entry{
		ID: w.s.IDs(), At: w.s.At, EffectiveOn: w.s.At.Date(), Actor: w.s.By.ID, ActorKind: w.s.By.Kind, Type: kind,
		Subject:    []journal.Ref{{Kind: "obligation", ID: obligationID}, {Kind: "case", ID: w.c.ID}},
		Enterprise: w.c.Debtor, Area: w.c.Area, Office: w.c.Office,
		Why: journal.Why{Rule: w.mode.Ref() + " " + w.s.ID},
	}
	if w.c.Declaration != "" {
		e.Subject = append(e.Subject, journal.Ref{Kind: "declaration", ID: w.c.Declaration})
	}
	return e
}
