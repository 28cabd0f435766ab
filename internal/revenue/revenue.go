// Package revenue holds the money that is owed to customs: the tax bill of a
// declaration (DR §1.11), what was paid on it, the late fee that runs while it
// is overdue, the consolidated statement of a month (DR §3.4), and what is
// refunded or asked for afterwards. What is owed, paid and given back are
// accounts of the money ledger; the treasury's account at the bank stands beside
// them, so that both can be compared at any moment.
//
// Everything here is pure: amounts and days come in as values.
package revenue

import (
	"strconv"

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
	ConfirmedTax State = "confirmed"    // self-declared figures or an officer's review stand behind it
	Issued       State = "issued"       // payer pays
	Guaranteed   State = "guaranteed"   // payer pays; the goods may go
	Consolidated State = "consolidated" // waits for the monthly statement
	Overdue      State = "overdue"      // payer pays with late fee
	Paid         State = "paid"         // nobody, unless it must be corrected
	Called       State = "collected"    // from the guarantee
	Supplemented State = "supplemented" // short tax was asked for by a further bill
	Refunded     State = "refunded"     // nobody: final
	Withdrawn    State = "withdrawn"    // declaration cancelled before payment: final
)

// Event moves a tax bill.
type Event string

const (
	EventConfirm     Event = "confirmed"
	EventIssue       Event = "issued"
	EventGuarantee   Event = "guaranteed"
	EventConsolidate Event = "consolidated"
	EventPayPart     Event = "partly paid"
	EventPay         Event = "paid"
	EventFallDue     Event = "fallen due"
	EventCall        Event = "guarantee called"
	EventSupplement  Event = "supplemented"
	EventRefundPart  Event = "partly refunded"
	EventRefund      Event = "refunded"
	EventWithdraw    Event = "withdrawn"
)

// Lifecycle is the whole life of a tax bill (DR §1.11).
var Lifecycle = &lifecycle.Table[State, Event, *TaxBill]{
	Name: "tax bill", Code: "REVENUE-LIFECYCLE-01", Initial: Calculated,
	States: []lifecycle.State[State]{
		{Name: Calculated, Acts: "enterprise or tax officer"},
		{Name: ConfirmedTax, Acts: "customs"},
		{Name: Issued, Acts: "payer"},
		{Name: Guaranteed, Acts: "payer"},
		{Name: Consolidated, Acts: "payer, by the fifth working day"},
		{Name: Overdue, Acts: "payer, with late fee"},
		{Name: Paid, Acts: "nobody, unless corrected"},
		{Name: Called, Acts: "nobody, unless corrected"},
		{Name: Supplemented, Acts: "payer of the further bill"},
		{Name: Refunded, Final: true},
		{Name: Withdrawn, Final: true},
	},
	Moves: []lifecycle.Move[State, Event, *TaxBill]{
		{From: Calculated, On: EventConfirm, To: ConfirmedTax},
		{From: Calculated, On: EventWithdraw, To: Withdrawn},
		{From: ConfirmedTax, On: EventIssue, To: Issued},
		{From: ConfirmedTax, On: EventWithdraw, To: Withdrawn},
		{From: Issued, On: EventGuarantee, To: Guaranteed},
		{From: Issued, On: EventConsolidate, To: Consolidated},
		{From: Issued, On: EventPayPart, To: Issued},
		{From: Issued, On: EventPay, To: Paid},
		{From: Issued, On: EventFallDue, To: Overdue},
		{From: Issued, On: EventWithdraw, To: Withdrawn, Guards: []lifecycle.Guard[*TaxBill]{nothingPaid}},
		{From: Guaranteed, On: EventPayPart, To: Guaranteed},
		{From: Guaranteed, On: EventPay, To: Paid},
		{From: Guaranteed, On: EventFallDue, To: Overdue},
		{From: Guaranteed, On: EventWithdraw, To: Withdrawn, Guards: []lifecycle.Guard[*TaxBill]{nothingPaid}},
		{From: Consolidated, On: EventPayPart, To: Consolidated},
		{From: Consolidated, On: EventPay, To: Paid},
		{From: Consolidated, On: EventFallDue, To: Overdue},
		{From: Consolidated, On: EventWithdraw, To: Withdrawn, Guards: []lifecycle.Guard[*TaxBill]{nothingPaid}},
		{From: Overdue, On: EventFallDue, To: Overdue},
		{From: Overdue, On: EventPayPart, To: Overdue},
		{From: Overdue, On: EventPay, To: Paid},
		{From: Overdue, On: EventCall, To: Called},
		{From: Paid, On: EventSupplement, To: Supplemented},
		{From: Paid, On: EventRefundPart, To: Paid},
		{From: Paid, On: EventRefund, To: Refunded},
		{From: Called, On: EventSupplement, To: Supplemented},
		{From: Called, On: EventRefundPart, To: Called},
		{From: Called, On: EventRefund, To: Refunded},
		{From: Supplemented, On: EventSupplement, To: Supplemented},
		{From: Supplemented, On: EventRefundPart, To: Supplemented},
		{From: Supplemented, On: EventRefund, To: Refunded},
	},
}

var nothingPaid = lifecycle.Guard[*TaxBill]{Name: "nothing paid", Check: func(b *TaxBill) error {
	if paid := b.PaidTotal(); paid > 0 {
		return fault.New(fault.Refused, "REVENUE-PAID-01", "", "{amount} CNY was paid on tax bill {number}", "refund it first: two officers decide",
			"amount", paid.Fixed(), "number", b.Number)
	}
	return nil
}}

// Line is one tax of a bill. Declared is the enterprise's own figure where it
// computed the tax itself (DR §3.4).
type Line struct {
	Tax      string     `json:"tax"` // duty, anti-dumping, consumption, vat, interest, late-declaration
	Amount   num.Money  `json:"amount"`
	Declared *num.Money `json:"declared,omitempty"`
}

// Share is how much of a tax falls on the goods of one chapter of the
// nomenclature: what the reports are made of. The shares of a bill sum to its
// lines.
type Share struct {
	Chapter string    `json:"chapter"`
	Tax     string    `json:"tax"`
	Amount  num.Money `json:"amount"`
}

// Source says where the money of a credit came from.
type Source string

const (
	ByPayer     Source = "payer"
	ByGuarantor Source = "guarantor" // the guarantee was called
	ByExcess    Source = "excess"    // an officer used what was paid too much before
)

// Credit is money booked on a bill, split into tax and late fee. The tax is
// served first, so that the fee stops running (our reading; the law names no
// order).
type Credit struct {
	Payment string        `json:"payment"` // id
	On      clock.Date    `json:"on"`      // day it was paid
	At      clock.Instant `json:"at"`      // moment it was booked
	Tax     num.Money     `json:"tax"`
	Fee     num.Money     `json:"fee"`
	By      Source        `json:"by"`
	BankRef string        `json:"bankReference"`
}

// TaxBill is what one declaration owes, or what is asked for afterwards.
type TaxBill struct {
	Number      string        `json:"number"`
	Kind        string        `json:"kind,omitempty"`        // "" for the bill of a declaration, SupplementKind for a further one
	Supplements string        `json:"supplements,omitempty"` // number of the bill that was short
	Declaration string        `json:"declaration"`           // id
	Enterprise  string        `json:"enterprise"`            // payer
	Office      string        `json:"office"`
	Lines       []Line        `json:"lines"`
	Shares      []Share       `json:"shares,omitempty"`
	Total       num.Money     `json:"total"` // of the lines, without late fee
	Issued      clock.Instant `json:"issued"`
	Due         clock.Date    `json:"due"`
	PaidAt      clock.Instant `json:"paidAt,omitempty"` // settled in full
	BankRef     string        `json:"bankReference,omitempty"`
	Guarantee   string        `json:"guarantee,omitempty"`
	Statement   string        `json:"statement,omitempty"` // number of the monthly statement it stands on
	Credits     []Credit      `json:"credits,omitempty"`
	Fee         num.Money     `json:"fee,omitempty"`      // late fee charged so far
	Claimed     num.Money     `json:"claimed,omitempty"`  // proposed for refund, not decided yet
	Refunded    num.Money     `json:"refunded,omitempty"` // decided to be given back
	Reason      string        `json:"reason,omitempty"`   // of a supplement
	State       State         `json:"state"`
}

// SupplementKind marks the bill for short tax.
const SupplementKind = "supplement"

// New makes a bill of its lines; lines of nothing are left out unless the
// enterprise declared something there.
// Faults: REVENUE-LINE-01 (negative amount), NUM-RANGE-01.
func New(b TaxBill) (TaxBill, error) {
	var lines []Line
	for _, l := range b.Lines {
		if l.Amount < 0 {
			return b, fault.New(fault.Invalid, "REVENUE-LINE-01", "/lines", "{tax} is below zero", "a refund is a document of its own", "tax", l.Tax)
		}
		if l.Amount > 0 || l.Declared != nil {
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

// Apply gives the bill after event on.
// Faults: REVENUE-LIFECYCLE-01, REVENUE-PAID-01 (withdrawal of a bill on which
// something was paid).
func (b TaxBill) Apply(on Event) (TaxBill, error) {
	next, err := Lifecycle.Next(b.State, on, &b)
	b.State = next
	return b, err
}

// Settled tells whether the goods may go as far as tax is concerned.
func (b TaxBill) Settled() bool {
	switch b.State {
	case Paid, Guaranteed, Consolidated, Called, Supplemented:
		return true
	case Calculated, ConfirmedTax, Issued, Overdue, Refunded, Withdrawn:
	}
	return b.Total == 0
}

// Payable tells whether money can be booked on the bill.
func (b *TaxBill) Payable() bool {
	switch b.State {
	case Issued, Guaranteed, Consolidated, Overdue:
		return true
	case Calculated, ConfirmedTax, Paid, Called, Supplemented, Refunded, Withdrawn:
	}
	return false
}

// Rest is the tax that is still open, without late fee.
func (b *TaxBill) Rest() num.Money {
	rest := b.Total
	for _, c := range b.Credits {
		rest -= c.Tax
	}
	return rest
}

// PaidTotal is all money that was booked on the bill, fee included.
func (b *TaxBill) PaidTotal() num.Money {
	var sum num.Money
	for _, c := range b.Credits {
		sum += c.Tax + c.Fee
	}
	return sum
}

// Refundable is what of it may still be given back: what was paid, less what was
// decided or proposed to be given back already.
func (b *TaxBill) Refundable() num.Money { return b.PaidTotal() - b.Refunded - b.Claimed }

// LateRule is how the late fee runs (DR §5.3): a share of the open tax for each
// day after the due day; a fee below the minimum is not collected.
type LateRule struct {
	PerDay   num.Rate
	Minimum  num.Money
	Rounding num.Rounding
}

// FeeThrough is the late fee for all days after the due day through day d, on
// the tax that was open on each of them. The days between two payments are
// rounded once. Faults: NUM-RANGE-01.
func (b *TaxBill) FeeThrough(d clock.Date, rule LateRule) (num.Money, error) {
	open, from, fee := b.Total, b.Due, num.Money(0)
	segment := func(until clock.Date) error {
		days := int64(until) - int64(from)
		if days <= 0 || open == 0 {
			return nil
		}
		perDay, err := num.MulDiv(int64(rule.PerDay), days, 1, num.Down)
		if err != nil {
			return err
		}
		part, err := open.Times(num.Rate(perDay), rule.Rounding)
		if err != nil {
			return err
		}
		fee, err = num.Add(fee, part)
		from = until
		return err
	}
	for _, c := range b.Credits {
		if err := segment(min(c.On, d)); err != nil {
			return 0, err
		}
		open -= c.Tax
	}
	if err := segment(d); err != nil {
		return 0, err
	}
	if fee < rule.Minimum {
		fee = 0
	}
	return max(fee, b.Fee), nil
}

// FeeOpen is what of the late fee charged so far was not paid yet.
func (b *TaxBill) FeeOpen() num.Money {
	open := b.Fee
	for _, c := range b.Credits {
		open -= c.Fee
	}
	return open
}

// OwedOn is everything that must be paid on day d to settle the bill.
func (b *TaxBill) OwedOn(d clock.Date, rule LateRule) (num.Money, error) {
	through, err := b.FeeThrough(d, rule)
	if err != nil {
		return 0, err
	}
	return num.Sum(b.Rest(), through-b.Fee, b.FeeOpen())
}

// Result says what became of an amount that was paid. Each has one outcome that
// the manual states (docs/bank.md).
type Result string

const (
	Exact    Result = "exact"    // the bill is settled
	Partial  Result = "partial"  // booked; the rest stays owed and nothing is released
	Over     Result = "over"     // the bill is settled; what is too much belongs to the payer
	Twice    Result = "twice"    // nothing was owed any more: all of it belongs to the payer
	NotOwed  Result = "not-owed" // the bill was withdrawn or refunded: the same
	NoBill   Result = "no-bill"  // there is no such bill or statement: an officer finds out
	Returned Result = "returned" // money that was too much and went back
)

// Split is how an amount was used.
type Split struct {
	Result  Result    `json:"result"`
	Tax     num.Money `json:"tax"`     // of the bill
	Fee     num.Money `json:"fee"`     // late fee that was paid
	Charged num.Money `json:"charged"` // late fee that was charged by this payment: it becomes owed with it
	Excess  num.Money `json:"excess"`  // belongs to the payer
}

// Receive books an amount that was paid on day c.On. The late fee through that
// day is charged first; the amount serves the tax, then the fee; what is more is
// excess. A bill that owes nothing takes nothing: all of it is excess.
// Faults: REVENUE-AMOUNT-01 (not above zero), NUM-RANGE-01.
func (b TaxBill) Receive(amount num.Money, c Credit, rule LateRule) (TaxBill, Split, error) {
	var s Split
	if amount <= 0 {
		return b, s, fault.New(fault.Invalid, "REVENUE-AMOUNT-01", "/amount", "{amount} CNY is no payment", "send the amount that was paid, above zero", "amount", amount.Fixed())
	}
	if !b.Payable() {
		s.Excess, s.Result = amount, NotOwed
		if b.State == Paid || b.State == Called || b.State == Supplemented {
			s.Result = Twice
		}
		return b, s, nil
	}
	through, err := b.FeeThrough(c.On, rule)
	if err != nil {
		return b, s, err
	}
	s.Charged = through - b.Fee
	b.Fee = through
	s.Tax = min(amount, b.Rest())
	s.Fee = min(amount-s.Tax, b.FeeOpen())
	s.Excess = amount - s.Tax - s.Fee
	c.Tax, c.Fee = s.Tax, s.Fee
	b.Credits = append(append([]Credit(nil), b.Credits...), c)
	event := EventPay
	switch {
	case b.Rest() > 0 || b.FeeOpen() > 0:
		s.Result, event = Partial, EventPayPart
		if b.Rest() == 0 && b.State != Overdue { // a fee stands open although no timer has run yet
			if b, err = b.Apply(EventFallDue); err != nil {
				return b, s, err
			}
		}
	case s.Excess > 0:
		s.Result = Over
	default:
		s.Result = Exact
	}
	if event == EventPay && c.By == ByGuarantor && b.State == Overdue {
		event = EventCall
	}
	if b, err = b.Apply(event); err != nil {
		return b, s, err
	}
	b.BankRef = c.BankRef
	if event != EventPayPart {
		b.PaidAt = c.At
	}
	return b, s, nil
}

// Allot shares an amount of tax over the shares of the bill, which are served in
// their order; served is what was allotted before. The parts sum to amount as
// long as the bill is not overpaid, and over all payments to the shares.
func Allot(shares []Share, served, amount num.Money) []Share {
	var parts []Share
	for _, s := range shares {
		taken := min(served, s.Amount)
		served -= taken
		part := min(amount, s.Amount-taken)
		amount -= part
		if part > 0 {
			parts = append(parts, Share{s.Chapter, s.Tax, part})
		}
	}
	return parts
}

func (b *TaxBill) account(p ledger.Place) ledger.Account {
	return ledger.Account{Ledger: ledger.Cash, Owner: b.Enterprise, Item: "tax/" + b.Office, Place: p}
}

// Owe books an amount as owed, the bill's total or a late fee: treasury → owed.
func (b *TaxBill) Owe(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return move(b.account(ledger.Treasury), b.account(ledger.Owed), id, amount, on, cause)
}

// Settle books what was paid of it: owed → paid.
func (b *TaxBill) Settle(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return move(b.account(ledger.Owed), b.account(ledger.Paid), id, amount, on, cause)
}

// Withdraw books back what was owed.
func (b *TaxBill) Withdraw(id string, on clock.Date) (ledger.Op, error) {
	return move(b.account(ledger.Owed), b.account(ledger.Treasury), id, b.Total, on, b.Declaration)
}

// GiveBack books what was decided to be refunded: paid → refunding.
func (b *TaxBill) GiveBack(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return move(b.account(ledger.Paid), b.account(ledger.Refunding), id, amount, on, cause)
}

// GivenBack books that the bank has paid it out: refunding → treasury.
func (b *TaxBill) GivenBack(id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	return move(b.account(ledger.Refunding), b.account(ledger.Treasury), id, amount, on, cause)
}

// supplementNumber is the number of the n-th further bill to a bill.
func supplementNumber(of string, n int) string { return of + "S" + strconv.Itoa(n) }

func move(from, to ledger.Account, id string, amount num.Money, on clock.Date, cause string) (ledger.Op, error) {
	q, err := ledger.Amount(amount)
	if err != nil {
		return ledger.Op{}, err
	}
	return ledger.Op{ID: id, Kind: ledger.Post, From: from, To: to, Quantity: q, EffectiveOn: on, Cause: cause}, nil
}
