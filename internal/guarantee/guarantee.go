// Package guarantee holds the cover behind every facilitation: letters of
// guarantee, deposits and general guarantee accounts (DR §1.10). What is free
// and what is held of a guarantee are accounts of the money ledger, so that
// free + held = limit at every moment and a hold is taken in the transaction
// that lets the goods go.
package guarantee

import (
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// Form is what the cover consists of (CL art. 68).
type Form string

const (
	Letter  Form = "letter"  // of a bank or non-bank guarantor (保函)
	Deposit Form = "deposit" // cash (保证金)
	Account Form = "account" // general guarantee account (总担保)
	Exempt  Form = "exempt"  // spared for the best-rated enterprises, up to a limit (GUA art. 10)
)

// State of a guarantee.
type State string

const (
	Registered State = "registered" // guarantee officer accepts or refuses
	Active     State = "active"     // enterprise uses it
	Expired    State = "expired"    // guarantee officer closes it once nothing is held
	Refused    State = "refused"    // nobody: final
	Closed     State = "closed"     // nobody: final
)

// Event moves a guarantee.
type Event string

const (
	EventAccept Event = "accepted"
	EventRefuse Event = "refused"
	EventChange Event = "changed"
	EventExpire Event = "expired"
	EventClose  Event = "closed"
)

// Customs is the beneficiary that every guarantee must name.
const Customs = "customs"

// Guarantee is one cover of one enterprise. It must name beneficiary (customs),
// guarantor and guaranteed, obligation, amount, term and liability (GUA art. 13).
type Guarantee struct {
	Number      string        `json:"number"`
	Enterprise  string        `json:"enterprise"`
	Form        Form          `json:"form"`
	Beneficiary string        `json:"beneficiary,omitempty"` // customs
	Guarantor   string        `json:"guarantor"`             // bank; empty for a deposit or where it is spared
	Bank        string        `json:"bank,omitempty"`        // party of the bank link that speaks for the guarantor
	Obligation  string        `json:"obligation,omitempty"`  // what it secures, in the guarantor's words
	Liability   string        `json:"liability,omitempty"`   // joint and several, or what else
	Limit       num.Money     `json:"limit"`                 // CNY
	ValidFrom   clock.Date    `json:"validFrom"`
	ValidTo     clock.Date    `json:"validTo"`
	Purposes    []string      `json:"purposes,omitempty"` // modes it covers, none: all
	State       State         `json:"state"`
	Registered  clock.Instant `json:"registered"`
	Told        []string      `json:"told,omitempty"` // alarms that were raised and still hold: expires, short
}

// nothingHeld is checked by the story against the ledger before it asks; the
// table records that it must be.
type facts struct{ held num.Money }

var nothingHeld = lifecycle.Guard[facts]{Name: "nothing held", Check: func(f facts) error {
	if f.held > 0 {
		return fault.New(fault.Refused, "GUARANTEE-HELD-01", "", "{amount} CNY of the guarantee is still held", "settle the open obligations first",
			"amount", f.held.Fixed())
	}
	return nil
}}

// Lifecycle is the whole life of a guarantee.
var Lifecycle = &lifecycle.Table[State, Event, facts]{
	Name: "guarantee", Code: "GUARANTEE-LIFECYCLE-01", Initial: Registered,
	States: []lifecycle.State[State]{
		{Name: Registered, Acts: "guarantee officer"},
		{Name: Active, Acts: "enterprise"},
		{Name: Expired, Acts: "guarantee officer"},
		{Name: Refused, Final: true},
		{Name: Closed, Final: true},
	},
	Moves: []lifecycle.Move[State, Event, facts]{
		{From: Registered, On: EventAccept, To: Active},
		{From: Registered, On: EventRefuse, To: Refused},
		{From: Active, On: EventChange, To: Active},
		{From: Expired, On: EventChange, To: Active}, // its term was made longer
		{From: Active, On: EventExpire, To: Expired},
		{From: Active, On: EventClose, To: Closed, Guards: []lifecycle.Guard[facts]{nothingHeld}},
		{From: Expired, On: EventClose, To: Closed, Guards: []lifecycle.Guard[facts]{nothingHeld}},
	},
}

// Apply gives the guarantee after event on, while held is what the ledger holds
// of it. Faults: GUARANTEE-LIFECYCLE-01, GUARANTEE-HELD-01.
func (g Guarantee) Apply(on Event, held num.Money) (Guarantee, error) {
	next, err := Lifecycle.Next(g.State, on, facts{held})
	g.State = next
	return g, err
}

// Validate gives every fault of a guarantee that is to be registered. A letter
// must name all that the Regulations on Guarantees for Customs Affairs ask for in
// article 13. Faults: GUARANTEE-FIELD-01 (number, enterprise or guarantor
// missing), GUARANTEE-FIELD-02 (an element of a letter missing),
// GUARANTEE-BENEFICIARY-01, GUARANTEE-FORM-01, GUARANTEE-LIMIT-01,
// GUARANTEE-TERM-01.
func (g Guarantee) Validate() error {
	var list fault.List
	need := func(path, value string) {
		if value == "" {
			list = append(list, fault.New(fault.Invalid, "GUARANTEE-FIELD-01", path, "a guarantee must name this",
				"give number, enterprise and, for a letter or an account, the guarantor"))
		}
	}
	need("/number", g.Number)
	need("/enterprise", g.Enterprise)
	switch g.Form {
	case Letter:
		need("/guarantor", g.Guarantor)
		for _, named := range []struct{ path, value string }{{"/beneficiary", g.Beneficiary}, {"/obligation", g.Obligation}, {"/liability", g.Liability}} {
			if named.value == "" {
				list = append(list, fault.New(fault.Invalid, "GUARANTEE-FIELD-02", named.path, "a letter of guarantee must name beneficiary, obligation and liability",
					"ask the guarantor for a letter that does (Regulations on Guarantees for Customs Affairs, art. 13)"))
			}
		}
	case Account:
		need("/guarantor", g.Guarantor)
	case Deposit, Exempt:
	default:
		list = append(list, fault.New(fault.Invalid, "GUARANTEE-FORM-01", "/form", "“{form}” is no form of a guarantee", "choose letter, deposit, account or exempt", "form", string(g.Form)))
	}
	if g.Beneficiary != "" && g.Beneficiary != Customs {
		list = append(list, fault.New(fault.Invalid, "GUARANTEE-BENEFICIARY-01", "/beneficiary", "the beneficiary is {beneficiary} and must be customs", "ask for a letter in favour of customs",
			"beneficiary", g.Beneficiary))
	}
	if g.Limit <= 0 {
		list = append(list, fault.New(fault.Invalid, "GUARANTEE-LIMIT-01", "/limit", "the amount must be above zero", "give the guaranteed amount in CNY"))
	}
	if g.ValidFrom == 0 || g.ValidTo < g.ValidFrom {
		list = append(list, fault.New(fault.Invalid, "GUARANTEE-TERM-01", "/validTo", "the term ends before it begins", "give first and last day of the term"))
	}
	return list.OrNil()
}

// AcceptBy gives the last day on which customs answer an application: five
// working days for a single guarantee, ten for a general one (GUA art. 16).
func (g Guarantee) AcceptBy(received clock.Date, calendar *clock.Calendar) clock.Date {
	days := 5
	if g.Form == Account || g.Form == Exempt {
		days = 10
	}
	return calendar.NthWorking(received+1, days)
}

// MayBeSpared tells whether an enterprise of a credit level can be spared a
// guarantee (GUA art. 10); from is the level from which. Fault:
// GUARANTEE-EXEMPT-01.
func MayBeSpared(level, from int) error {
	if level < from {
		return fault.New(fault.Refused, "GUARANTEE-EXEMPT-01", "/form", "an enterprise of credit level {level} is not spared a guarantee; level {from} is", "register a letter, a deposit or an account",
			"level", level, "from", from)
	}
	return nil
}

// Covers tells why the guarantee cannot be used on day d for a mode, or nil.
// Faults: GUARANTEE-STATE-01, GUARANTEE-TERM-02, GUARANTEE-PURPOSE-01.
func (g Guarantee) Covers(mode string, d clock.Date) error {
	if g.State != Active {
		return fault.New(fault.Refused, "GUARANTEE-STATE-01", "/guarantee", "guarantee {number} is {state}", "name an active guarantee",
			"number", g.Number, "state", string(g.State))
	}
	if d < g.ValidFrom || d > g.ValidTo {
		return fault.New(fault.Refused, "GUARANTEE-TERM-02", "/guarantee", "guarantee {number} runs from {from} to {to}", "name one that is valid on {day}",
			"number", g.Number, "from", g.ValidFrom, "to", g.ValidTo, "day", d)
	}
	if len(g.Purposes) == 0 {
		return nil
	}
	for _, p := range g.Purposes {
		if p == mode {
			return nil
		}
	}
	return fault.New(fault.Refused, "GUARANTEE-PURPOSE-01", "/guarantee", "guarantee {number} does not cover {mode}", "name one that does",
		"number", g.Number, "mode", mode)
}

// Worth is the limit as it counts now: nothing before it was accepted and after it
// was given back.
func (g Guarantee) Worth() num.Money {
	switch g.State {
	case Registered, Refused, Closed:
		return 0
	case Active, Expired:
	}
	return g.Limit
}

// account gives the money account of the guarantee at a place.
func (g Guarantee) account(p ledger.Place) ledger.Account {
	return ledger.Account{Ledger: ledger.Cash, Owner: g.Enterprise, Item: "guarantee/" + g.Number, Place: p}
}

// FreeAccount and HeldAccount are where the ledger keeps what is free and what
// is held.
func (g Guarantee) FreeAccount() ledger.Account { return g.account(ledger.Free) }

// HeldAccount is what is held of the guarantee.
func (g Guarantee) HeldAccount() ledger.Account { return g.account(ledger.Held) }

// UsedAccount is what was called and is not restored yet: held, used and free
// are the limit at every moment.
func (g Guarantee) UsedAccount() ledger.Account { return g.account(ledger.Used) }

// Grant is the operation that makes the limit available when it is accepted.
func (g Guarantee) Grant(id string, on clock.Date) (ledger.Op, error) {
	return g.move(id, ledger.Granted, ledger.Free, g.Limit, on, g.Number)
}

// Hold takes amount out of what is free; the ledger refuses when it is short.
func (g Guarantee) Hold(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return g.move(id, ledger.Free, ledger.Held, amount, on, cause)
}

// Release gives amount back to what is free.
func (g Guarantee) Release(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return g.move(id, ledger.Held, ledger.Free, amount, on, cause)
}

// Call takes amount of what is held: the guarantor is to pay it.
func (g Guarantee) Call(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return g.move(id, ledger.Held, ledger.Used, amount, on, cause)
}

// Restore makes amount of what was used free again: the guarantor, or the payer
// for him, has made it good.
func (g Guarantee) Restore(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return g.move(id, ledger.Used, ledger.Free, amount, on, cause)
}

// TopUp makes the limit larger by amount.
func (g Guarantee) TopUp(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return g.move(id, ledger.Granted, ledger.Free, amount, on, cause)
}

// Lower makes the limit smaller by amount; what is held stays held, so that the
// ledger refuses more than is free.
func (g Guarantee) Lower(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return g.move(id, ledger.Free, ledger.Granted, amount, on, cause)
}

// Return makes what is free and what was used part of the limit no more: a
// guarantee that is given back. Nothing may be held.
func (g Guarantee) Return(newID func() string, free, used num.Money, on clock.Date) ([]ledger.Op, error) {
	var ops []ledger.Op
	for _, part := range []struct {
		from   ledger.Place
		amount num.Money
	}{{ledger.Free, free}, {ledger.Used, used}} {
		if part.amount == 0 {
			continue
		}
		op, err := g.move(newID(), part.from, ledger.Granted, part.amount, on, g.Number)
		if err != nil {
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func (g Guarantee) move(id string, from, to ledger.Place, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	q, err := ledger.Amount(amount)
	if err != nil {
		return ledger.Op{}, err
	}
	return ledger.Op{
		ID: id, Kind: ledger.Post, From: g.account(from), To: g.account(to), Quantity: q,
		EffectiveOn: on, Cause: cause,
	}, nil
}
