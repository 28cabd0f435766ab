// Package ledger keeps the books: double entry for anything that is counted,
// goods or money. A movement takes a quantity from one account and gives it to
// another account of the same item, so that over all accounts an item always
// sums to zero and nothing can appear or vanish. Movements are never changed:
// a mistake is put right by a further movement that says when it should have
// been.
//
// Four ledgers stand side by side: legal is what the law's book says, physical
// is what gates and scales saw, shadow is what the enterprise's own system
// reports, money is what is owed, held and paid. A difference between them is a
// finding, not an error.
//
// Everything here is a pure function of the balances it is shown.
package ledger

import (
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Name is one of the four ledgers.
type Name string

const (
	Legal    Name = "legal"
	Physical Name = "physical"
	Shadow   Name = "shadow"
	Cash     Name = "money"
)

// Place says where, in law or in fact, a quantity is.
type Place string

// Outside places may go negative: they are where things come from and go to.
const (
	Abroad      Place = "abroad"
	HomeMarket  Place = "home-market"
	Consumed    Place = "consumed"
	Produced    Place = "produced"
	Scrap       Place = "scrap"
	Lost        Place = "lost"
	Destroyed   Place = "destroyed"   // under the eyes of customs
	Surrendered Place = "surrendered" // abandoned to customs (D111)
	Difference  Place = "difference"
	Noted       Place = "noted"   // on a note or bill, the source of what may pass
	Granted     Place = "granted" // a limit given by a bank or by customs
	Treasury    Place = "treasury"
	Bank        Place = "bank"       // the banking world beyond the treasury's account
	Earlier     Place = "earlier"    // what was there before the books began
	OtherBook   Place = "other-book" // the account book that goods are carried over from, or to
)

// Inside places never go below zero.
const (
	Border         Place = "border"
	Provisional    Place = "provisional"
	OnHand         Place = "on-hand"
	InTransit      Place = "in-transit"
	WorkInProgress Place = "work-in-progress"
	OnDisplay      Place = "on-display"
	Passed         Place = "passed"
	Undrawn        Place = "undrawn" // of a bill of lading: not yet on a declaration
	Drawn          Place = "drawn"   // of a bill of lading: on a declaration
	Free           Place = "free"    // of a guarantee
	Held           Place = "held"    // of a guarantee
	Used           Place = "used"    // of a guarantee: called, not restored yet
	Owed           Place = "owed"
	Paid           Place = "paid"
	Received       Place = "received"  // money on the treasury's account at the bank
	Excess         Place = "excess"    // received and owed by nobody: it belongs to whoever paid
	Refunding      Place = "refunding" // to be given back, the bank has not answered yet
)

var outside = map[Place]bool{
	Abroad: true, HomeMarket: true, Consumed: true, Produced: true, Scrap: true, Lost: true, Destroyed: true, Surrendered: true,
	Difference: true, Noted: true, Granted: true, Treasury: true, Bank: true, Earlier: true, OtherBook: true,
}

// Outside tells whether a place may hold less than nothing.
func (p Place) Outside() bool { return outside[p] }

// Status is the customs status of goods (DR §3.5); empty where it has none.
type Status string

const (
	Bonded    Status = "bonded"
	DutyPaid  Status = "duty-paid"
	NonBonded Status = "non-bonded"
)

// Account is one pot: of whom, of what, where and in which status. Item names a
// book line, or a manifest or lading line before there is one, or a currency
// account; an item has exactly one unit.
type Account struct {
	Ledger Name   `json:"ledger"`
	Owner  string `json:"owner"`
	Item   string `json:"item"`
	Lot    string `json:"lot,omitempty"`
	Place  Place  `json:"place"`
	Status Status `json:"status,omitempty"`
}

// Key is the account as one text, owner and item first, so that all accounts of
// one item stand together.
func (a Account) Key() string {
	return string(a.Ledger) + "|" + a.Owner + "|" + a.Item + "|" + a.Lot + "|" + string(a.Place) + "|" + string(a.Status)
}

// Label is what people call the account's item: its name without the kind before
// it, so "T2218W000001/4" for line 4 of that book. Key tells the owner too, whom
// not everybody may know.
func (a Account) Label() string {
	if _, name, kind := strings.Cut(a.Item, "/"); kind {
		return name
	}
	return a.Item
}

// At gives the same account at another place.
func (a Account) At(p Place) Account { a.Place = p; return a }

// ParseKey reads what Key wrote. Fault: LEDGER-ACCOUNT-01.
func ParseKey(key string) (Account, error) {
	p := strings.Split(key, "|")
	if len(p) != 6 {
		return Account{}, fault.New(fault.Invalid, "LEDGER-ACCOUNT-01", "", "“{key}” is not an account",
			"write ledger|owner|item|lot|place|status", "key", key)
	}
	a := Account{Ledger: Name(p[0]), Owner: p[1], Item: p[2], Lot: p[3], Place: Place(p[4]), Status: Status(p[5])}
	return a, a.check()
}

func (a Account) check() error {
	if a.Ledger == "" || a.Owner == "" || a.Item == "" || a.Place == "" ||
		strings.ContainsRune(a.Owner+a.Item+a.Lot+string(a.Place)+string(a.Status), '|') {
		return fault.New(fault.Invalid, "LEDGER-ACCOUNT-01", "", "“{key}” is not an account",
			"write ledger|owner|item|lot|place|status", "key", a.Key())
	}
	return nil
}

// Layer is what is left of one arrival, oldest first: it leads back to the
// document that admitted the goods. Cause is "" for what came to the account
// before layers were kept on it.
type Layer struct {
	Cause    string       `json:"cause"`
	On       clock.Date   `json:"on"`
	Quantity num.Quantity `json:"quantity"`
}

// Balance is what one account holds now.
type Balance struct {
	Quantity num.Quantity `json:"quantity"`           // posted
	Value    num.Money    `json:"value"`              // carried by the posted quantity
	Incoming num.Quantity `json:"incoming,omitempty"` // pending in
	Outgoing num.Quantity `json:"outgoing,omitempty"` // pending out: reserved
	Layers   []Layer      `json:"layers,omitempty"`   // only where a book asks for them
	Last     string       `json:"last,omitempty"`     // id of the last movement; its Prev leads further back
	Count    int64        `json:"count,omitempty"`    // movements so far
}

// Available is what may still be taken (DR §4.2).
func (b Balance) Available() num.Quantity { return b.Quantity - b.Outgoing }

// Expected is what there will be once all that is pending has happened.
func (b Balance) Expected() num.Quantity { return b.Quantity - b.Outgoing + b.Incoming }

// Average is the value of q at the balance's present average; all of the
// balance takes all of its value, so that nothing is left over.
func (b Balance) Average(q num.Quantity) (num.Money, error) {
	if q == b.Quantity {
		return b.Value, nil
	}
	if b.Quantity == 0 {
		return 0, nil
	}
	return b.Value.Part(int64(q), int64(b.Quantity), num.HalfUp)
}

// Kind of an operation.
type Kind string

const (
	Post    Kind = "post"    // move now
	Reserve Kind = "reserve" // pending: set aside at From, expected at To
	Settle  Kind = "settle"  // post a part or all of a pending movement
	Void    Kind = "void"    // give back what is left of a pending movement
)

// Op is one thing to do to the books. The caller gives the ID: the same ID never
// acts twice.
type Op struct {
	ID       string       `json:"id"`
	Kind     Kind         `json:"kind"`
	From     Account      `json:"from,omitzero"`     // Post, Reserve
	To       Account      `json:"to,omitzero"`       // Post, Reserve
	Pending  string       `json:"pending,omitempty"` // Settle, Void: ID of the Reserve
	Quantity num.Quantity `json:"quantity"`          // above 0; Settle: 0 means all that is left
	// Value of the quantity. nil: the value goes along at From's average (from an
	// outside place: nothing). Settle of a part takes its share of the Reserve's
	// value, cut down; the last part takes the rest.
	Value *num.Money `json:"value,omitempty"`
	// Most is the highest Expected that To may have afterwards, 0 for no limit
	// (approved maximum balance, quota, quantity of a note).
	Most num.Quantity `json:"most,omitempty"`
	// Layered keeps arrival layers on both accounts (first in, first out).
	Layered     bool       `json:"layered,omitempty"`
	EffectiveOn clock.Date `json:"effectiveOn"`
	Cause       string     `json:"cause"`          // document or event that asks for it
	Turn        string     `json:"turn,omitempty"` // id shared by all legs of a turn
}

// Pending is what is left of a reserved movement.
type Pending struct {
	ID       string       `json:"id"`
	From     Account      `json:"from"`
	To       Account      `json:"to"`
	Reserved num.Quantity `json:"reserved"`
	Open     num.Quantity `json:"open"`
	Value    *num.Money   `json:"value,omitempty"` // of Open
	Layered  bool         `json:"layered,omitempty"`
	Cause    string       `json:"cause"`
}

// Movement is one applied operation, as it is stored for ever. For Reserve and
// Void it changes only pending figures.
type Movement struct {
	ID          string        `json:"id"`
	Kind        Kind          `json:"kind"`
	From        string        `json:"from"` // account keys
	To          string        `json:"to"`
	Quantity    num.Quantity  `json:"quantity"`
	Value       num.Money     `json:"value"`
	Pending     string        `json:"pending,omitempty"`
	EffectiveOn clock.Date    `json:"effectiveOn"`
	Recorded    clock.Instant `json:"recorded"`
	Cause       string        `json:"cause"`
	Turn        string        `json:"turn,omitempty"`
	PrevFrom    string        `json:"prevFrom,omitempty"` // the movement before, of From
	PrevTo      string        `json:"prevTo,omitempty"`   // the movement before, of To
	AfterFrom   num.Quantity  `json:"afterFrom"`          // posted quantity afterwards
	AfterTo     num.Quantity  `json:"afterTo"`
	Layered     bool          `json:"layered,omitempty"` // arrival layers moved along, first in, first out
	Entry       string        `json:"entry,omitempty"`   // the journal entry that quotes it; the store knows
}

// Period is what was posted on an account within some days: what it held before
// them, and every movement with an effective day among them, in the order in
// which they were decided.
type Period struct {
	Opening   num.Quantity
	Value     num.Money // of the opening
	Movements []Movement
}

// View shows the balances as they are.
type View interface {
	// Balance gives an account's balance by its key, zero where there is none.
	Balance(key string) (Balance, error)
	// Pending gives what is left of a reserved movement; false where there is none.
	Pending(id string) (Pending, bool, error)
}
