// Package revenue holds the tax bill: what a declaration costs, tax by tax,
// since when it is due and how it was settled (DR §1.11). What is owed and paid
// are accounts of the money ledger; the treasury stands on the other side.
package revenue

import (
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// State of a tax bill.
type State string

const (
	Calculated   State = "calculated"   // enterprise confirms, or the officer reviews
	Issued       State = "issued"       // payer pays
	Guaranteed   State = "guaranteed"   // payer pays; the goods may go
	Consolidated State = "consolidated" // waits for the monthly statement
	Overdue      State = "overdue"      // payer pays with late fee
	Paid         State = "paid"         // nobody, unless it must be corrected
	Called       State = "collected"    // from the guarantee
	Refunded     State = "refunded"     // nobody: final
	Withdrawn    State = "withdrawn"    // declaration cancelled before payment: final
)

// Event moves a tax bill.
type Event string

const (
	EventIssue       Event = "issued"
	EventGuarantee   Event = "guaranteed"
	EventConsolidate Event = "consolidated"
	EventPay         Event = "paid"
	EventFallDue     Event = "fallen due"
	EventCall        Event = "guarantee called"
	EventRefund      Event = "refunded"
	EventWithdraw    Event = "withdrawn"
)

// Lifecycle is the whole life of a tax bill (DR §1.11).
var Lifecycle = &lifecycle.Table[State, Event, *TaxBill]{
	Name: "tax bill", Code: "REVENUE-LIFECYCLE-01", Initial: Calculated,
	States: []lifecycle.State[State]{
		{Name: Calculated, Acts: "enterprise or tax officer"},
		{Name: Issued, Acts: "payer"},
		{Name: Guaranteed, Acts: "payer"},
		{Name: Consolidated, Acts: "payer, by the fifth working day"},
		{Name: Overdue, Acts: "payer, with late fee"},
		{Name: Paid, Acts: "nobody, unless corrected"},
		{Name: Called, Acts: "nobody, unless corrected"},
		{Name: Refunded, Final: true},
		{Name: Withdrawn, Final: true},
	},
	Moves: []lifecycle.Move[State, Event, *TaxBill]{
		{From: Calculated, On: EventIssue, To: Issued},
		{From: Calculated, On: EventWithdraw, To: Withdrawn},
		{From: Issued, On: EventGuarantee, To: Guaranteed},
		{From: Issued, On: EventConsolidate, To: Consolidated},
		{From: Issued, On: EventPay, To: Paid},
		{From: Issued, On: EventFallDue, To: Overdue},
		{From: Issued, On: EventWithdraw, To: Withdrawn},
		{From: Guaranteed, On: EventPay, To: Paid},
		{From: Guaranteed, On: EventFallDue, To: Overdue},
		{From: Guaranteed, On: EventWithdraw, To: Withdrawn},
		{From: Consolidated, On: EventPay, To: Paid},
		{From: Consolidated, On: EventFallDue, To: Overdue},
		{From: Consolidated, On: EventWithdraw, To: Withdrawn},
		{From: Overdue, On: EventPay, To: Paid},
		{From: Overdue, On: EventCall, To: Called},
		{From: Paid, On: EventRefund, To: Refunded},
		{From: Called, On: EventRefund, To: Refunded},
	},
}

// Line is one tax of a bill.
type Line struct {
	Tax    string    `json:"tax"` // duty, anti-dumping, consumption, vat, interest, late-declaration
	Amount num.Money `json:"amount"`
}

// TaxBill is what one declaration owes.
type TaxBill struct {
	Number      string        `json:"number"`
	Declaration string        `json:"declaration"` // id
	Enterprise  string        `json:"enterprise"`  // payer
	Office      string        `json:"office"`
	Lines       []Line        `json:"lines"`
	Total       num.Money     `json:"total"`
	Issued      clock.Instant `json:"issued"`
	Due         clock.Date    `json:"due"`
	PaidAt      clock.Instant `json:"paidAt,omitempty"`
	BankRef     string        `json:"bankReference,omitempty"`
	Guarantee   string        `json:"guarantee,omitempty"`
	State       State         `json:"state"`
}

// New makes a bill of its lines; lines of nothing are left out.
// Faults: REVENUE-LINE-01 (negative amount), NUM-RANGE-01.
func New(b TaxBill) (TaxBill, error) {
	var lines []Line
	for _, l := range b.Lines {
		if l.Amount < 0 {
			return b, fault.New(fault.Invalid, "REVENUE-LINE-01", "/lines", "{tax} is below zero", "a refund is a document of its own", "tax", l.Tax)
		}
		if l.Amount > 0 {
			lines = append(lines, l)
		}
		var err error
		if b.Total, err = num.Add(b.Total, l.Amount); err != nil {
			return b, err
		}
	}
	b.Lines, b.State = lines, Calculated
	return b, nil
}

// Apply gives the bill after event on. Fault: REVENUE-LIFECYCLE-01.
func (b TaxBill) Apply(on Event) (TaxBill, error) {
	next, err := Lifecycle.Next(b.State, on, &b)
	b.State = next
	return b, err
}

// Settled tells whether the goods may go as far as tax is concerned.
func (b TaxBill) Settled() bool {
	switch b.State {
	case Paid, Guaranteed, Consolidated, Called:
		return true
	case Calculated, Issued, Overdue, Refunded, Withdrawn:
	}
	return b.Total == 0
}

// Pay gives the bill paid in full on a bank's message.
// Faults: REVENUE-AMOUNT-01 (other amount), REVENUE-LIFECYCLE-01 (paid before).
func (b TaxBill) Pay(amount num.Money, bankRef string, at clock.Instant) (TaxBill, error) {
	if amount != b.Total {
		return b, fault.New(fault.Refused, "REVENUE-AMOUNT-01", "/amount", "{amount} CNY was paid on a bill of {total} CNY",
			"pay the bill in one amount; the payment stays on record as a difference", "amount", amount.Fixed(), "total", b.Total.Fixed())
	}
	next, err := b.Apply(EventPay)
	if err != nil {
		return b, err
	}
	next.PaidAt, next.BankRef = at, bankRef
	return next, nil
}

func (b TaxBill) account(p ledger.Place) ledger.Account {
	return ledger.Account{Ledger: ledger.Cash, Owner: b.Enterprise, Item: "tax/" + b.Office, Place: p}
}

// Owe books the bill as owed: treasury → owed.
func (b TaxBill) Owe(id string, on clock.Date) (ledger.Op, error) {
	return b.move(id, ledger.Treasury, ledger.Owed, on)
}

// Settle books the payment: owed → paid.
func (b TaxBill) Settle(id string, on clock.Date) (ledger.Op, error) {
	return b.move(id, ledger.Owed, ledger.Paid, on)
}

// Withdraw books back what was owed.
func (b TaxBill) Withdraw(id string, on clock.Date) (ledger.Op, error) {
	return b.move(id, ledger.Owed, ledger.Treasury, on)
}

func (b TaxBill) move(id string, from, to ledger.Place, on clock.Date) (ledger.Op, error) {
	q, err := ledger.Amount(b.Total)
	if err != nil {
		return ledger.Op{}, err
	}
	return ledger.Op{
		ID: id, Kind: ledger.Post, From: b.account(from), To: b.account(to), Quantity: q,
		EffectiveOn: on, Cause: b.Declaration,
	}, nil
}
