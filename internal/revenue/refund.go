package revenue

import (
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// RefundState is where a refund stands.
type RefundState string

const (
	RefundProposed RefundState = "proposed" // second officer
	RefundOrdered  RefundState = "ordered"  // bank pays it out
	RefundBounced  RefundState = "bounced"  // tax officer orders it again
	RefundPaid     RefundState = "paid"     // nobody: final
	RefundRefused  RefundState = "refused"  // nobody: final
)

// RefundEvent moves a refund.
type RefundEvent string

const (
	EventOrder       RefundEvent = "agreed"
	EventRefuse      RefundEvent = "not agreed"
	EventBankPaid    RefundEvent = "paid out"
	EventBankBounced RefundEvent = "bounced"
	EventOrderAgain  RefundEvent = "ordered again"
)

// RefundLife is the whole life of a refund.
var RefundLife = &lifecycle.Table[RefundState, RefundEvent, *Refund]{
	Name: "refund", Code: "REVENUE-REFUND-01", Initial: RefundProposed,
	States: []lifecycle.State[RefundState]{
		{Name: RefundProposed, Acts: "second officer"},
		{Name: RefundOrdered, Acts: "bank"},
		{Name: RefundBounced, Acts: "tax officer"},
		{Name: RefundPaid, Final: true},
		{Name: RefundRefused, Final: true},
	},
	Moves: []lifecycle.Move[RefundState, RefundEvent, *Refund]{
		{From: RefundProposed, On: EventOrder, To: RefundOrdered},
		{From: RefundProposed, On: EventRefuse, To: RefundRefused},
		{From: RefundOrdered, On: EventBankPaid, To: RefundPaid},
		{From: RefundOrdered, On: EventBankBounced, To: RefundBounced},
		{From: RefundBounced, On: EventOrderAgain, To: RefundOrdered},
	},
}

// Refund gives money back: tax or late fee of a bill that was paid too much, or
// what a payment left over.
type Refund struct {
	ID          string        `json:"id"`
	Bill        string        `json:"taxBill,omitempty"` // number
	Payment     string        `json:"payment,omitempty"` // id, of excess
	Declaration string        `json:"declaration,omitempty"`
	Enterprise  string        `json:"enterprise"`
	Office      string        `json:"office"`
	Amount      num.Money     `json:"amount"`
	Reason      string        `json:"reason"`
	Asked       clock.Instant `json:"asked"`
	First       string        `json:"first"`            // officer who proposed
	Second      string        `json:"second,omitempty"` // officer who agreed
	Ordered     clock.Instant `json:"ordered,omitempty"`
	PaidOut     clock.Instant `json:"paidOut,omitempty"`
	Bank        string        `json:"bank,omitempty"` // that was told to pay it out
	BankRef     string        `json:"bankReference,omitempty"`
	BankDay     string        `json:"bankDay,omitempty"` // finds it by bank and day it was paid out
	State       RefundState   `json:"state"`
}

// Apply gives the refund after event on. Fault: REVENUE-REFUND-01.
func (r Refund) Apply(on RefundEvent) (Refund, error) {
	next, err := RefundLife.Next(r.State, on, &r)
	r.State = next
	return r, err
}

func needsReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "REVENUE-REASON-01", "/reason", "a refund or a supplement needs a reason", "say in a few words why, and what proves it")
	}
	return nil
}

// Claim sets an amount of the bill aside for a refund that is proposed. until is
// the last day on which it may be asked for (DR §5.3), today the day it is.
// Faults: REVENUE-REASON-01, REVENUE-REFUND-02 (more than was paid and not given
// back yet), REVENUE-REFUND-03 (too late).
func (b TaxBill) Claim(amount num.Money, reason string, today, until clock.Date) (TaxBill, error) {
	var list fault.List
	if err := list.Add("", needsReason(reason)); err != nil {
		return b, err
	}
	if amount <= 0 || amount > b.Refundable() {
		list = append(list, fault.New(fault.Refused, "REVENUE-REFUND-02", "/amount", "{amount} CNY is not within the {paid} CNY that were paid on {number} and not given back yet",
			"refund at most what was paid", "amount", amount.Fixed(), "paid", b.Refundable().Fixed(), "number", b.Number))
	}
	if today > until {
		list = append(list, fault.New(fault.Refused, "REVENUE-REFUND-03", "", "a refund of {number} could be asked for until {until}", "the term has passed: refuse the claim",
			"number", b.Number, "until", until))
	}
	if err := list.OrNil(); err != nil {
		return b, err
	}
	b.Claimed += amount
	return b, nil
}

// Dropped gives a claim up that was not agreed.
func (b TaxBill) Dropped(amount num.Money) TaxBill {
	b.Claimed -= min(amount, b.Claimed)
	return b
}

// Refund turns a claim into a refund that two officers agreed on; the bill is
// refunded when all of its money goes back.
// Faults: REVENUE-REFUND-02, REVENUE-LIFECYCLE-01 (nothing was settled yet).
func (b TaxBill) Refund(amount num.Money) (TaxBill, error) {
	if amount <= 0 || amount > b.Claimed || b.Refunded+amount > b.PaidTotal() {
		return b, fault.New(fault.Refused, "REVENUE-REFUND-02", "/amount", "{amount} CNY is not within the {paid} CNY that were paid on {number} and not given back yet",
			"refund at most what was paid", "amount", amount.Fixed(), "paid", (b.PaidTotal() - b.Refunded).Fixed(), "number", b.Number)
	}
	b.Claimed -= amount
	b.Refunded += amount
	if b.Refunded == b.PaidTotal() {
		return b.Apply(EventRefund)
	}
	return b.Apply(EventRefundPart)
}

// Supplement makes the further bill for short tax, and the first bill as it is
// then; before is how many further bills there are. Faults: REVENUE-REASON-01,
// REVENUE-SUPPLEMENT-01 (too late: until is the last day), -02 (nothing is asked
// for), REVENUE-LIFECYCLE-01 (the first bill is not settled).
func (b TaxBill) Supplement(lines []Line, shares []Share, reason string, before int, today, until, due clock.Date, at clock.Instant) (supplemented, further TaxBill, err error) {
	var list fault.List
	if err := list.Add("", needsReason(reason)); err != nil {
		return b, further, err
	}
	if today > until {
		list = append(list, fault.New(fault.Refused, "REVENUE-SUPPLEMENT-01", "", "short tax on {number} could be asked for until {until}",
			"the term has passed; after a breach of rules the longer one runs", "number", b.Number, "until", until))
	}
	further, err = New(TaxBill{
		Number: supplementNumber(b.Number, before+1), Kind: SupplementKind, Supplements: b.Number, Declaration: b.Declaration, Enterprise: b.Enterprise,
		Office: b.Office, Lines: lines, Shares: shares, Issued: at, Due: due, Reason: reason,
	})
	if err := list.Add("", err); err != nil {
		return b, further, err
	}
	if err == nil && further.Total == 0 {
		list = append(list, fault.New(fault.Invalid, "REVENUE-SUPPLEMENT-02", "/lines", "a supplement of nothing", "give the tax that was short"))
	}
	if err := list.OrNil(); err != nil {
		return b, further, err
	}
	if supplemented, err = b.Apply(EventSupplement); err != nil {
		return b, further, err
	}
	if further, err = further.Apply(EventConfirm); err != nil {
		return b, further, err
	}
	further, err = further.Apply(EventIssue)
	return supplemented, further, err
}
