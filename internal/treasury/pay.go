package treasury

import (
	"context"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/revenue"
)

// Payment is a bank's word that money came in for a tax bill or a monthly
// statement. It is a fact: what fits nothing is recorded as a difference that an
// officer has to clear.
type Payment struct {
	TaxBill   string     `json:"taxBill,omitempty"`   // number, or
	Statement string     `json:"statement,omitempty"` // number of a monthly statement
	Amount    num.Money  `json:"amount"`              // CNY
	BankRef   string     `json:"bankReference"`
	PaidOn    clock.Date `json:"paidOn,omitzero"` // day it was paid; today where it is not given
	Payer     string     `json:"payer,omitempty"` // credit code
}

// Notice says why something stands apart.
type Notice struct {
	Code   string `json:"code"`
	Path   string `json:"path,omitempty"`
	Detail string `json:"detail"`
}

// PaymentReply tells what became of a payment.
type PaymentReply struct {
	Payment     string            `json:"payment"` // id
	Result      revenue.Result    `json:"result"`
	TaxBill     string            `json:"taxBill,omitempty"`
	Statement   string            `json:"statement,omitempty"`
	State       revenue.State     `json:"state,omitempty"` // of the bill
	Declaration string            `json:"declaration,omitempty"`
	Released    declaration.State `json:"declarationState,omitempty"`
	Excess      num.Money         `json:"excess"`
	Difference  *Notice           `json:"difference,omitempty"`
}

// Pay records a payment that a bank tells over the interface for machines.
// Faults: TREASURY-PAY-01 (not above zero), TREASURY-PAY-02 (no reference).
func (d *Desk) Pay(ctx context.Context, c decision.Command, by decision.Actor, p Payment) (decision.Receipt, error) {
	c.Nature = decision.Fact
	bank := by.Enterprise
	if bank == "" {
		bank = by.ID
	}
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		return d.pay(v, by, revenue.Payment{
			Bank: bank, Reference: p.BankRef, Bill: p.TaxBill, Statement: p.Statement, Payer: p.Payer, Amount: p.Amount, On: p.PaidOn, By: revenue.ByPayer,
		})
	})
}

// booking is a payment while it is booked: several bills may take a part.
type booking struct {
	d         *Desk
	v         decision.View
	by        decision.Actor
	p         revenue.Payment
	out       decision.Outcome
	rest      num.Money
	parts     []revenue.Part
	reply     PaymentReply
	statement *found[revenue.Statement]
}

// pay books money that came in. Each case has one outcome: exact, partial, over,
// twice, not owed, no such bill; the parts and the excess sum to the amount.
func (d *Desk) pay(v decision.View, by decision.Actor, p revenue.Payment) (decision.Outcome, error) {
	if p.Amount <= 0 {
		return decision.Outcome{}, fault.New(fault.Invalid, "TREASURY-PAY-01", "/amount", "a payment must be above zero", "send the amount that was paid")
	}
	if p.Reference == "" {
		return decision.Outcome{}, fault.New(fault.Invalid, "TREASURY-PAY-02", "/bankReference", "a payment needs the bank's reference", "send the reference under which the bank booked it")
	}
	p.ID, p.At = v.NewID(), v.Now()
	if today := v.Now().Date(); p.On == 0 || p.On > today {
		p.On = today
	}
	b := &booking{d: d, v: v, by: by, p: p, rest: p.Amount}
	arrived, err := p.Arrive(v.NewID())
	if err != nil {
		return b.out, err
	}
	b.out.Transfers = append(b.out.Transfers, arrived)
	result, refusal, err := b.book()
	if err != nil {
		return b.out, err
	}
	return b.finish(result, refusal)
}

// book finds what the money is for and books it there. The refusal says why a
// part of it stands apart.
func (b *booking) book() (revenue.Result, *fault.Fault, error) {
	again, err := b.v.Find(dossier.Payment, "bank_reference", b.p.Bank+"|"+b.p.Reference, 1)
	if err != nil {
		return "", nil, err
	}
	if len(again) > 0 {
		before, _, err := decision.Load[revenue.Payment](b.v, dossier.Payment, again[0])
		if err != nil {
			return "", nil, err
		}
		b.p.Enterprise, b.p.Office = before.Enterprise, before.Office
		return revenue.Twice, fault.New(fault.Conflict, "TREASURY-PAY-03", "/bankReference", "{reference} was paid before, with {amount} CNY on {day}",
			"give it back unless it is for another bill", "reference", b.p.Reference, "amount", before.Amount.Fixed(), "day", before.On), nil
	}
	switch {
	case b.p.Statement != "":
		return b.onStatement()
	case b.p.Bill != "":
		return b.onBill()
	}
	return b.unknown()
}

func (b *booking) unknown() (revenue.Result, *fault.Fault, error) {
	if b.p.Payer != "" {
		_, _, err := decision.Load[party.Enterprise](b.v, dossier.Enterprise, b.p.Payer)
		switch {
		case err == nil:
			b.p.Enterprise = b.p.Payer
		case !fault.Is(err, "STORE-ABSENT-01"):
			return "", nil, err
		}
	}
	number := b.p.Bill + b.p.Statement
	return revenue.NoBill, fault.New(fault.NotFound, "TREASURY-PAY-04", "/taxBill", "there is no tax bill or statement {number}", "compare the number with the bill", "number", number), nil
}

func (b *booking) onBill() (revenue.Result, *fault.Fault, error) {
	bill, err := byNumber[revenue.TaxBill](b.v, dossier.TaxBill, "number", b.p.Bill)
	if err != nil {
		return "", nil, err
	}
	if bill == nil {
		return b.unknown()
	}
	b.p.Enterprise, b.p.Office = bill.doc.Enterprise, bill.doc.Office
	split, err := b.credit(bill, b.rest)
	if err != nil {
		return "", nil, err
	}
	return split.Result, b.refusal(split.Result, bill.doc.Number), nil
}

// refusal says why money stands apart, nil when none does.
func (b *booking) refusal(result revenue.Result, number string) *fault.Fault {
	switch result {
	case revenue.Over:
		return fault.New(fault.Refused, "TREASURY-PAY-05", "/amount", "{excess} CNY were paid too much on {number}", "give them back, or use them for another bill of the payer",
			"excess", b.rest.Fixed(), "number", number)
	case revenue.Twice:
		return fault.New(fault.Conflict, "TREASURY-PAY-06", "/taxBill", "{number} was settled already", "give the money back, or use it for another bill of the payer", "number", number)
	case revenue.NotOwed:
		return fault.New(fault.Refused, "TREASURY-PAY-07", "/taxBill", "{number} is withdrawn or refunded: nothing is owed on it", "give the money back, or use it for another bill of the payer",
			"number", number)
	case revenue.Exact, revenue.Partial, revenue.NoBill, revenue.Returned:
	}
	return nil
}

// onStatement books a payment on the bills of a monthly statement, in their
// order: what comes first is settled first.
func (b *booking) onStatement() (revenue.Result, *fault.Fault, error) {
	var err error
	if b.statement, err = byNumber[revenue.Statement](b.v, dossier.Statement, "number", b.p.Statement); err != nil {
		return "", nil, err
	}
	if b.statement == nil {
		return b.unknown()
	}
	s := &b.statement.doc
	b.p.Enterprise, b.p.Office = s.Enterprise, s.Office
	if revenue.StatementLife.Final(s.State) {
		return revenue.Twice, b.refusal(revenue.Twice, s.Number), nil
	}
	for _, line := range slices.Clone(s.Lines) {
		if line.Settled || b.rest == 0 {
			continue
		}
		bill, err := byNumber[revenue.TaxBill](b.v, dossier.TaxBill, "number", line.Bill)
		if err != nil {
			return "", nil, err
		}
		if bill == nil || !bill.doc.Payable() {
			continue
		}
		if _, err := b.credit(bill, b.rest); err != nil {
			return "", nil, err
		}
	}
	result := revenue.Exact
	switch {
	case !revenue.StatementLife.Final(b.statement.doc.State):
		result = revenue.Partial
	case b.rest > 0:
		result = revenue.Over
	}
	return result, b.refusal(result, s.Number), nil
}

// credit books up to amount on one bill, with all that follows for its
// declaration, its debt and its statement.
func (b *booking) credit(bill *found[revenue.TaxBill], amount num.Money) (revenue.Split, error) {
	before := bill.doc
	next, split, err := before.Receive(amount, revenue.Credit{Payment: b.p.ID, On: b.p.On, At: b.v.Now(), By: b.p.By, BankRef: b.p.Reference}, b.d.lateRule(b.v))
	if err != nil {
		return split, err
	}
	used := split.Tax + split.Fee
	b.rest -= used
	if used == 0 && split.Charged == 0 {
		return split, nil
	}
	bill.doc = next
	b.parts = append(b.parts, revenue.Part{Bill: next.Number, Result: split.Result, Tax: split.Tax, Fee: split.Fee})
	today := b.v.Now().Date()
	for _, move := range []struct {
		amount num.Money
		make   func(string, num.Money, clock.Date, string) (ledger.Op, error)
	}{{split.Charged, next.Owe}, {used, next.Settle}} {
		if move.amount == 0 {
			continue
		}
		op, err := move.make(b.v.NewID(), move.amount, today, b.p.ID)
		if err != nil {
			return split, err
		}
		b.out.Transfers = append(b.out.Transfers, op)
	}
	b.out.Puts = append(b.out.Puts, decision.Put{Kind: dossier.TaxBill, ID: bill.id, Version: bill.version, Body: next})
	b.tell(bill.id, &next, &split, before.Total-before.Rest())
	settled := !next.Payable()
	if err := b.onTheStatement(&next, split.Tax, settled); err != nil {
		return split, err
	}
	b.reply.TaxBill, b.reply.State, b.reply.Declaration = next.Number, next.State, next.Declaration
	if next.Kind == revenue.SupplementKind {
		return split, b.dischargeSupplement(&next, split.Tax)
	}
	b.reply.Released, err = b.d.clearance.Collected(b.v, b.by, &b.out, &next, split.Tax)
	return split, err
}

// tell journals what was booked on a bill: with the chapters and taxes it is for,
// of which the reports are made.
func (b *booking) tell(id string, bill *revenue.TaxBill, split *revenue.Split, served num.Money) {
	kind := "tax-bill.paid"
	switch {
	case bill.State == revenue.Called:
		kind = "tax-bill.collected"
	case bill.Payable():
		kind = "tax-bill.partly-paid"
	}
	e := about(b.v, b.by, kind, bill.Enterprise, bill.Office, map[string]any{
		"number": bill.Number, "total": bill.Total.Fixed(), "bankReference": b.p.Reference, "paidOn": b.p.On.String(), "tax": split.Tax.Fixed(),
		"fee": split.Fee.Fixed(), "charged": split.Charged.Fixed(), "rest": bill.Rest().Fixed(), "by": b.p.By,
		"shares": revenue.Allot(bill.Shares, served, split.Tax),
	}, ref(dossier.TaxBill, id), ref(dossier.Declaration, bill.Declaration), ref(dossier.Payment, b.p.ID))
	e.Why = journal.Why{Law: "DL-43"}
	b.out.Entries = append(b.out.Entries, e)
}

// onTheStatement notes what was booked on the monthly statement that the bill
// stands on.
func (b *booking) onTheStatement(bill *revenue.TaxBill, tax num.Money, settled bool) error {
	if bill.Statement == "" {
		return nil
	}
	if b.statement == nil || b.statement.doc.Number != bill.Statement {
		s, err := byNumber[revenue.Statement](b.v, dossier.Statement, "number", bill.Statement)
		if err != nil || s == nil {
			return err
		}
		b.statement = s
	}
	if revenue.StatementLife.Final(b.statement.doc.State) {
		return nil
	}
	var err error
	b.statement.doc, err = b.statement.doc.Credited(bill.Number, tax, settled, b.p.By)
	return err
}

// dischargeSupplement settles the debt of a bill for short tax.
func (b *booking) dischargeSupplement(bill *revenue.TaxBill, tax num.Money) error {
	ids, err := b.v.Find(dossier.Obligation, "opened_by", bill.Number, 10)
	if err != nil || tax == 0 {
		return err
	}
	amount, err := ledger.Amount(tax)
	if err != nil {
		return err
	}
	for _, id := range ids {
		o, version, err := decision.Load[obligation.Obligation](b.v, dossier.Obligation, id)
		if err != nil {
			return err
		}
		if obligation.Lifecycle.Final(o.State) {
			continue
		}
		next, _, err := o.Discharge(obligation.Part{Item: "tax/" + bill.Number, Quantity: amount})
		if err != nil {
			return err
		}
		b.out.Puts = append(b.out.Puts, decision.Put{Kind: dossier.Obligation, ID: id, Version: version, Body: next})
		tellDischarge(b.v, b.by, &b.out, &next)
	}
	return nil
}

// finish records the payment itself; what is left over stands apart, and the
// office owes its clearing.
func (b *booking) finish(result revenue.Result, refusal *fault.Fault) (decision.Outcome, error) {
	p, err := revenue.NewPayment(b.p, b.parts, b.rest, result)
	if err != nil {
		return b.out, err
	}
	if b.statement != nil {
		s := &b.statement.doc
		b.out.Puts = append(b.out.Puts, decision.Put{Kind: dossier.Statement, ID: b.statement.id, Version: b.statement.version, Body: *s})
		b.reply.Statement = s.Number
		if revenue.StatementLife.Final(s.State) {
			b.out.Entries = append(b.out.Entries, about(b.v, b.by, "statement."+string(s.State), s.Enterprise, s.Office,
				map[string]any{"number": s.Number, "total": s.Total.Fixed()}, ref(dossier.Statement, b.statement.id), ref(dossier.Payment, p.ID)))
		}
	}
	b.out.Entries = append(b.out.Entries, about(b.v, b.by, "payment.received", p.Enterprise, p.Office, map[string]any{
		"bank": p.Bank, "bankReference": p.Reference, "amount": p.Amount.Fixed(), "paidOn": p.On.String(), "result": p.Result, "excess": p.Excess.Fixed(),
		"taxBill": p.Bill, "statement": p.Statement,
	}, ref(dossier.Payment, p.ID)))
	b.reply.Payment, b.reply.Result, b.reply.Excess = p.ID, result, p.Excess
	if b.reply.TaxBill == "" {
		b.reply.TaxBill = p.Bill
	}
	if p.Excess > 0 {
		if err := b.apart(&p, refusal); err != nil {
			return b.out, err
		}
		b.reply.Difference = &Notice{refusal.Code, refusal.Path, refusal.Message()}
	}
	b.out.Puts = append(b.out.Puts, decision.Put{Kind: dossier.Payment, ID: p.ID, Body: p})
	b.out.Reply = b.reply
	b.out.Once()
	return b.out, nil
}

// apart lets money stand apart that belongs to no bill.
func (b *booking) apart(p *revenue.Payment, refusal *fault.Fault) error {
	op, err := p.LeaveOver(b.v.NewID())
	if err != nil {
		return err
	}
	b.out.Transfers = append(b.out.Transfers, op)
	amount, err := ledger.Amount(p.Excess)
	if err != nil {
		return err
	}
	calendar, from, days := b.d.reference().Calendar, b.v.Now().Date()+1, b.d.rules(b.v).DifferenceDays
	due := calendar.NthWorking(from, days)
	o, err := obligation.New(obligation.Obligation{
		ID: b.v.NewID(), Kind: "clear-difference", Debtor: "treasury", OpenedBy: p.ID, Opened: b.v.Now(),
		Due: due, Provisional: calendar.Provisional(due), Counted: from, Working: days,
		Lines:  []obligation.Line{{Item: "payment/" + p.Reference, Unit: "CNY", Amount: amount}},
		Stages: []obligation.Stage{{Name: "alarm", AfterDays: 1}}, Office: p.Office,
	})
	if err != nil {
		return err
	}
	p.Obligation = o.ID
	b.out.Puts = append(b.out.Puts, decision.Put{Kind: dossier.Obligation, ID: o.ID, Body: o})
	e := about(b.v, b.by, "payment.unmatched", p.Enterprise, p.Office, map[string]any{
		"taxBill": p.Bill, "statement": p.Statement, "amount": p.Amount.Fixed(), "excess": p.Excess.Fixed(), "bankReference": p.Reference,
	}, ref(dossier.Obligation, o.ID), ref(dossier.Payment, p.ID))
	e.Why = journal.Why{Rule: refusal.Code, Reason: refusal.Message()}
	b.out.Entries = append(b.out.Entries, e)
	return nil
}

// Use books what a payment left over on another bill of the same enterprise: an
// officer decides, with a reason. Faults: TREASURY-REASON-01, TREASURY-USE-01 (no
// such bill, or of another enterprise), TREASURY-USE-02 (it owes nothing),
// REVENUE-EXCESS-01, REVENUE-PAYMENT-01.
func (d *Desk) Use(ctx context.Context, c decision.Command, by decision.Actor, payment, number, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if reason == "" {
			return decision.Outcome{}, noReason()
		}
		p, version, err := decision.Load[revenue.Payment](v, dossier.Payment, payment)
		if err != nil {
			return decision.Outcome{}, err
		}
		bill, err := byNumber[revenue.TaxBill](v, dossier.TaxBill, "number", number)
		if err != nil {
			return decision.Outcome{}, err
		}
		if bill == nil || p.Enterprise != "" && bill.doc.Enterprise != p.Enterprise {
			return decision.Outcome{}, fault.New(fault.NotFound, "TREASURY-USE-01", "/taxBill", "there is no tax bill {number} of this payer", "choose a bill of the enterprise that paid", "number", number)
		}
		owed, err := bill.doc.OwedOn(v.Now().Date(), d.lateRule(v))
		if err != nil {
			return decision.Outcome{}, err
		}
		if !bill.doc.Payable() || owed == 0 {
			return decision.Outcome{}, fault.New(fault.Refused, "TREASURY-USE-02", "/taxBill", "nothing is owed on {number}", "choose a bill that is open", "number", number)
		}
		amount := min(owed, p.Left)
		used := p
		used.By, used.On = revenue.ByExcess, v.Now().Date()
		b := &booking{d: d, v: v, by: by, p: used, rest: amount}
		op, err := p.UseExcess(v.NewID(), amount, v.Now().Date(), p.ID)
		if err != nil {
			return b.out, err
		}
		b.out.Transfers = append(b.out.Transfers, op)
		split, err := b.credit(bill, amount)
		if err != nil {
			return b.out, err
		}
		next, err := p.Use(amount)
		if err != nil {
			return b.out, err
		}
		next.Parts = append(slices.Clone(p.Parts), b.parts...)
		if b.statement != nil {
			b.out.Puts = append(b.out.Puts, decision.Put{Kind: dossier.Statement, ID: b.statement.id, Version: b.statement.version, Body: b.statement.doc})
		}
		b.out.Puts = append(b.out.Puts, decision.Put{Kind: dossier.Payment, ID: p.ID, Version: version, Body: next})
		e := about(v, by, "payment.used", bill.doc.Enterprise, bill.doc.Office, map[string]any{
			"bankReference": p.Reference, "amount": amount.Fixed(), "taxBill": number, "left": next.Left.Fixed(),
		}, ref(dossier.Payment, p.ID), ref(dossier.TaxBill, bill.id))
		e.Why = journal.Why{Reason: reason}
		b.out.Entries = append(b.out.Entries, e)
		if next.State == revenue.Cleared {
			if err := discharged(v, by, &b.out, p.Obligation); err != nil {
				return b.out, err
			}
		}
		b.reply.Payment, b.reply.Result, b.reply.Excess = p.ID, split.Result, next.Left
		b.out.Reply = b.reply
		b.out.Once()
		return b.out, nil
	})
}

func noReason() error {
	return fault.New(fault.Invalid, "TREASURY-REASON-01", "/reason", "an act of customs needs a reason", "say in a few words why")
}
