package procedure

import (
	"seine/internal/clock"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
)

// Text is the same words in both languages.
type Text struct {
	English string
	Chinese string
}

// Mode is one supervision mode in one version. It is not changed after it was
// parsed; everything that hangs on it may be read by many at once.
type Mode struct {
	ID      string
	Version int
	Title   Text
	Law     []string   // references in the law register
	From    clock.Date // first day in force
	To      clock.Date // last day in force, 0 for open
	Areas   []string   // areas that have the mode, none: all
	Credit  int        // least credit level, 1 to 5
	Line    Line
	Way     Direction
	Status  []ledger.Status // customs status of the goods, none: bonded
	Papers  []Paper         // kinds of document that this mode can be chosen on
	// Requires are the elements that each paper must have, as pointers such as
	// "/tradeMode" or "/lines/*/origin".
	Requires map[Paper][]string
	// Instructions tell the officer what to look at.
	Instructions Text
	// Risk names the set of risk parameters.
	Risk string
	// Begins is where goods must stand before the mode; Ends where it may leave
	// them.
	Begins []Stand
	Ends   []Stand
	Debts  []*Debt
	Steps  []*Step
	// Source is the file as it was read, Hash its SHA-256 in hexadecimal.
	Source []byte
	Hash   string
}

// Stand is items of a class at a place of a ledger.
type Stand struct {
	Ledger ledger.Name
	Item   Item
	At     ledger.Place
}

// OwedKind says what a debt consists of.
type OwedKind string

// What can be owed.
const (
	OwedGoods OwedKind = "goods" // declare, return, deliver: lines of goods
	OwedTax   OwedKind = "tax"   // money
)

// Debt is a kind of obligation that the mode can open.
type Debt struct {
	Name    string
	Title   Text
	Debtor  Role
	Of      OwedKind
	Due     Due
	Hold    *Hold // nil when nothing is held
	Overdue []obligation.Stage
}

// HoldBase is what a hold is a share of.
type HoldBase string

// Bases of a hold.
const (
	HighestTax HoldBase = "highest-tax" // highest possible tax (GUA art. 14)
	GoodsValue HoldBase = "goods-value"
)

// Hold says how much cover a debt needs: a share of a base, by credit level.
type Hold struct {
	Of     HoldBase
	Shares [6]num.Rate // by credit level 1 to 5; index 0 is not used
}

// Step is one thing that happens in a mode.
type Step struct {
	ID        string
	Title     Text
	Kind      Kind
	Actor     Actor
	Paper     Paper // the document that the step handles, "" for none
	After     []AnyOf
	When      []Condition
	Confirm   []Confirmation
	At        *Due // of a timer: when it fires
	Repeats   bool // may happen many times
	Optional  bool // the mode can end without it
	Final     bool // the case is closed by it
	Post      []Posting
	Turn      []Turn
	Open      []Open
	Discharge []Discharge
	Carry     []Carry
	Rates     Event // date that picks the rates, "" when no tax is assessed
	Exchange  Event // date that picks the exchange rate
	Issues    []Certificate
	Limit     *Limit
	Calls     []string // modes begun as child cases
	Undo      Undo
}

// Actor is who takes a step.
type Actor struct {
	Role   Role
	Side   Side   // "" when it does not matter
	Office Office // "" when no office takes part
}

// AnyOf is satisfied by one of several steps being done.
type AnyOf []string

// Confirmation is one word of assent that a step needs, in the order of the
// list.
type Confirmation struct {
	By       Role
	Office   Office
	Officers int  // 1, or 2 for the two-man review
	Machine  bool // low risk: the machine may give it
}

// Posting is one movement in the books, with its quantity still open.
type Posting struct {
	Do     ledger.Kind
	As     string // name of a reservation, for reserve, settle and void
	Ledger ledger.Name
	Item   Item
	From   ledger.Place
	To     ledger.Place
	Of     Measure
	When   []Condition // made only when these hold
}

// Turn consumes items of some classes and produces others in one entry.
type Turn struct {
	Ledger ledger.Name
	In     []Part
	Out    []Part
	When   []Condition
}

// Part is one input or output of a turn.
type Part struct {
	Item Item
	At   ledger.Place
	Of   Measure
}

// Open opens a debt.
type Open struct {
	Debt *Debt
	Of   Measure
	When []Condition
}

// Discharge settles a debt, or a part of it.
type Discharge struct {
	Debt *Debt
	By   Settling
	Of   Measure
	When []Condition
}

// Carry closes debts and opens a successor under the same hold.
type Carry struct {
	From []*Debt
	Into *Debt
	Of   Measure
	When []Condition
}

// Limit is how long a step may wait and who is called after that: see Mode.Next.
type Limit struct {
	Within   Due
	Escalate []Desk
}

// UndoHow says how a step is undone.
type UndoHow string

// Ways of undoing.
const (
	// Reverse books the counter-movements, gives up what was reserved, reopens
	// what was discharged and takes its hold again, lifts what was opened.
	Reverse UndoHow = "reverse"
	// NoUndo means that it cannot be undone, for the reason stated.
	NoUndo UndoHow = "none"
)

// Undo says how a step is undone.
type Undo struct {
	How       UndoHow
	Reason    string        // when it cannot
	Review    bool          // two officers
	Withdraws []Certificate // certificates that are taken back
}

// Step gives the step named id, nil when there is none.
func (m *Mode) Step(id string) *Step {
	for _, s := range m.Steps {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// InForce tells whether the mode is in force on day.
func (m *Mode) InForce(day clock.Date) bool { return day >= m.From && (m.To == 0 || day <= m.To) }

// Ref names the mode and its version: "enter-first@1".
func (m *Mode) Ref() string { return m.ID + "@" + itoa(m.Version) }
