package revenue

import (
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// PaymentState is where a payment stands.
type PaymentState string

const (
	Booked  PaymentState = "booked"  // used in full: final
	Loose   PaymentState = "open"    // a part of it belongs to no bill: tax officer
	Giving  PaymentState = "giving"  // two officers decide, or the bank pays out
	Cleared PaymentState = "cleared" // the rest was used or given back: final
)

// PaymentEvent moves a payment.
type PaymentEvent string

const (
	EventBook    PaymentEvent = "booked"
	EventLoose   PaymentEvent = "left over"
	EventGive    PaymentEvent = "proposed for refund"
	EventKeep    PaymentEvent = "kept"
	EventUsePart PaymentEvent = "partly used"
	EventClear   PaymentEvent = "cleared"
)

// PaymentLife is the whole life of a payment.
var PaymentLife = &lifecycle.Table[PaymentState, PaymentEvent, *Payment]{
	Name: "payment", Code: "REVENUE-PAYMENT-01", Initial: Loose,
	States: []lifecycle.State[PaymentState]{
		{Name: Loose, Acts: "tax officer"},
		{Name: Giving, Acts: "second officer, then the bank"},
		{Name: Booked, Final: true},
		{Name: Cleared, Final: true},
	},
	Moves: []lifecycle.Move[PaymentState, PaymentEvent, *Payment]{
		{From: Loose, On: EventBook, To: Booked},
		{From: Loose, On: EventLoose, To: Loose},
		{From: Loose, On: EventUsePart, To: Loose},
		{From: Loose, On: EventGive, To: Giving},
		{From: Loose, On: EventClear, To: Cleared},
		{From: Giving, On: EventKeep, To: Loose},
		{From: Giving, On: EventClear, To: Cleared},
	},
}

// Part is how much of a payment went to one bill.
type Part struct {
	Bill   string    `json:"bill"`
	Result Result    `json:"result"`
	Tax    num.Money `json:"tax"`
	Fee    num.Money `json:"fee"`
}

// Payment is money that a bank says came in. It is a fact: it is on record
// whatever it was meant for, and its parts and its excess sum to its amount.
type Payment struct {
	ID         string        `json:"id"`
	Bank       string        `json:"bank"`                 // sender of the message
	Sequence   int64         `json:"sequence,omitempty"`   // of the message; 0: not by the link
	Reference  string        `json:"reference"`            // the bank's own
	Bill       string        `json:"taxBill,omitempty"`    // number that was given
	Statement  string        `json:"statement,omitempty"`  // number that was given
	Payer      string        `json:"payer,omitempty"`      // credit code that was given
	Enterprise string        `json:"enterprise,omitempty"` // whose bill it was for, or who paid
	Office     string        `json:"office,omitempty"`
	Amount     num.Money     `json:"amount"` // CNY
	On         clock.Date    `json:"on"`     // day it was paid
	At         clock.Instant `json:"at"`     // moment it was booked
	By         Source        `json:"by"`
	Result     Result        `json:"result"`
	Parts      []Part        `json:"parts,omitempty"`
	Excess     num.Money     `json:"excess"`         // of nobody's bill, at first
	Left       num.Money     `json:"left,omitempty"` // of the excess, now
	Obligation string        `json:"obligation,omitempty"`
	Refund     string        `json:"refund,omitempty"`
	State      PaymentState  `json:"state"`
	// BankDay finds what a bank should have on the statement of a day,
	// BankReference a payment by the bank's own reference.
	BankDay       string `json:"bankDay"`
	BankReference string `json:"bankReference"`
}

// BankDay is how payments of a bank on a day are found.
func BankDay(bank string, on clock.Date) string { return bank + "|" + on.String() }

// NewPayment completes a payment that was split.
func NewPayment(p Payment, parts []Part, excess num.Money, result Result) (Payment, error) {
	sum := excess
	for _, part := range parts {
		sum += part.Tax + part.Fee
	}
	if sum != p.Amount {
		return p, fault.New(fault.Invalid, "REVENUE-SPLIT-01", "/amount", "{sum} CNY of {amount} CNY are accounted for", "this is a mistake of the program: report it",
			"sum", sum.Fixed(), "amount", p.Amount.Fixed())
	}
	p.Parts, p.Excess, p.Left, p.Result, p.State = parts, excess, excess, result, Loose
	p.BankDay, p.BankReference = BankDay(p.Bank, p.On), p.Bank+"|"+p.Reference
	if excess == 0 {
		return p.Apply(EventBook)
	}
	return p.Apply(EventLoose)
}

// Apply gives the payment after event on. Fault: REVENUE-PAYMENT-01.
func (p Payment) Apply(on PaymentEvent) (Payment, error) {
	next, err := PaymentLife.Next(p.State, on, &p)
	p.State = next
	return p, err
}

// Use takes an amount out of what is left over. Faults: REVENUE-PAYMENT-01,
// REVENUE-EXCESS-01 (more than is left).
func (p Payment) Use(amount num.Money) (Payment, error) {
	if amount <= 0 || amount > p.Left {
		return p, fault.New(fault.Refused, "REVENUE-EXCESS-01", "/amount", "{amount} CNY is not within the {left} CNY that are left of payment {reference}",
			"use at most what is left", "amount", amount.Fixed(), "left", p.Left.Fixed(), "reference", p.Reference)
	}
	p.Left -= amount
	event := EventUsePart
	if p.Left == 0 {
		event = EventClear
	}
	return p.Apply(event)
}

// CashAccount is the treasury's account at a bank as our books see it: all that
// came in there less all that was paid out.
func CashAccount(bank string) ledger.Account {
	return ledger.Account{Ledger: ledger.Cash, Owner: "treasury", Item: "cash/" + bank, Place: ledger.Received}
}

// Arrive books money that came in: bank → received.
func (p *Payment) Arrive(id string) (ledger.Op, error) {
	a := CashAccount(p.Bank)
	return move(a.At(ledger.Bank), a, id, p.Amount, p.On, p.ID)
}

// PaidOut books money that a bank has paid out: received → bank.
func PaidOut(bank, id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	a := CashAccount(bank)
	return move(a, a.At(ledger.Bank), id, amount, on, cause)
}

func (p *Payment) excessAccount() ledger.Account {
	owner := p.Enterprise
	if owner == "" {
		owner = "treasury"
	}
	return ledger.Account{Ledger: ledger.Cash, Owner: owner, Item: "excess/" + owner, Place: ledger.Excess}
}

// LeaveOver books the excess of a payment: treasury → excess.
func (p *Payment) LeaveOver(id string) (ledger.Op, error) {
	a := p.excessAccount()
	return move(a.At(ledger.Treasury), a, id, p.Excess, p.On, p.ID)
}

// UseExcess books excess that is used for a bill: excess → treasury.
func (p *Payment) UseExcess(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	a := p.excessAccount()
	return move(a, a.At(ledger.Treasury), id, amount, on, cause)
}

// GiveBack books excess that was decided to go back: excess → refunding.
func (p *Payment) GiveBack(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	a := p.excessAccount()
	return move(a, a.At(ledger.Refunding), id, amount, on, cause)
}

// GivenBack books that the bank has paid it out: refunding → treasury.
func (p *Payment) GivenBack(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	a := p.excessAccount()
	return move(a.At(ledger.Refunding), a.At(ledger.Treasury), id, amount, on, cause)
}
