package treasury

import (
	"context"
	"encoding/json"

	"seine/internal/bank"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/review"
)

// collectors are the posts that may propose and confirm what is given back or
// asked for (DR §9.1, deposit and tax collection).
var collectors = []party.PostID{party.TaxOfficer}

// RefundRequest proposes to give money back: of a tax bill, or what a payment
// left over.
type RefundRequest struct {
	Amount num.Money `json:"amount"` // CNY; of a payment: 0 takes all that is left
	Reason string    `json:"reason"`
}

// refundPayload is what two officers agree on.
type refundPayload struct {
	Refund string `json:"refund"`
	Reason string `json:"reason"`
}

// ProposeRefund is the first officer's proposal to give back tax of a bill; the
// second is drawn. The amount is set aside at once, so that two proposals never
// give back more than was paid.
// Faults: those of revenue.TaxBill.Claim and of deliberation.Open.
func (d *Desk) ProposeRefund(ctx context.Context, c decision.Command, by decision.Actor, billID string, r RefundRequest) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		b, version, err := decision.Load[revenue.TaxBill](v, dossier.TaxBill, billID)
		if err != nil {
			return decision.Outcome{}, err
		}
		today := v.Now().Date()
		next, err := b.Claim(r.Amount, r.Reason, today, duty.RefundUntil(lastPaid(&b), d.reference().Duty.Rules))
		if err != nil {
			return decision.Outcome{}, err
		}
		refund := revenue.Refund{
			ID: v.NewID(), Bill: b.Number, Declaration: b.Declaration, Enterprise: b.Enterprise, Office: b.Office, Amount: r.Amount, Reason: r.Reason,
			Asked: v.Now(), First: by.ID, State: revenue.RefundProposed,
		}
		out, err := d.proposed(v, by, refund, ActionRefund)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: billID, Version: version, Body: next})
		return out, err
	})
}

// lastPaid is the day from which a refund may be asked for: that of the last
// payment, or of the issue where nothing was paid.
func lastPaid(b *revenue.TaxBill) clock.Date {
	day := b.Issued.Date()
	for _, c := range b.Credits {
		day = max(day, c.On)
	}
	return day
}

// ProposeReturn is the first officer's proposal to give back what a payment left
// over. Faults: TREASURY-REASON-01, REVENUE-EXCESS-01, REVENUE-PAYMENT-01, those
// of deliberation.Open; TREASURY-RETURN-01 (nobody is known who could get it).
func (d *Desk) ProposeReturn(ctx context.Context, c decision.Command, by decision.Actor, payment string, r RefundRequest) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		p, version, err := decision.Load[revenue.Payment](v, dossier.Payment, payment)
		if err != nil {
			return decision.Outcome{}, err
		}
		if r.Reason == "" {
			return decision.Outcome{}, noReason()
		}
		amount := r.Amount
		if amount == 0 {
			amount = p.Left
		}
		if _, err := p.Use(amount); err != nil {
			return decision.Outcome{}, err
		}
		if amount != p.Left {
			return decision.Outcome{}, fault.New(fault.Refused, "TREASURY-RETURN-01", "/amount", "{left} CNY are left of this payment and go back in one amount", "use the other part for a bill first", "left", p.Left.Fixed())
		}
		next, err := p.Apply(revenue.EventGive)
		if err != nil {
			return decision.Outcome{}, err
		}
		owner := p.Enterprise
		if owner == "" {
			owner = p.Payer
		}
		refund := revenue.Refund{
			ID: v.NewID(), Payment: p.ID, Bill: p.Bill, Enterprise: owner, Office: p.Office, Amount: amount, Reason: r.Reason, Asked: v.Now(), First: by.ID,
			State: revenue.RefundProposed,
		}
		next.Refund = refund.ID
		out, err := d.proposed(v, by, refund, ActionExcess)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Payment, ID: payment, Version: version, Body: next})
		return out, err
	})
}

func (d *Desk) proposed(v decision.View, by decision.Actor, r revenue.Refund, action string) (decision.Outcome, error) {
	out, err := deliberation.Open(v, d.reference().Setting(), by, deliberation.Motion{
		Matter: review.Collection, Kind: string(dossier.Refund), Subject: r.ID, Number: r.Bill, Action: action,
		Payload: refundPayload{r.ID, r.Reason}, Posts: collectors, Reason: r.Reason, Enterprise: r.Enterprise, Office: r.Office,
	})
	if err != nil {
		return out, err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Refund, ID: r.ID, Body: r})
	e := about(v, by, "refund.proposed", r.Enterprise, r.Office, map[string]any{"taxBill": r.Bill, "payment": r.Payment, "amount": r.Amount.Fixed()}, ref(dossier.Refund, r.ID))
	e.Why = journal.Why{Reason: r.Reason}
	out.Entries = append(out.Entries, e)
	return out, nil
}

// refunded carries out a refund that two officers agreed on: the books, and the
// order to the bank.
func (d *Desk) refunded(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	r, version, err := loadRefund(v, payload)
	if err != nil {
		return out, err
	}
	if r, err = r.Apply(revenue.EventOrder); err != nil {
		return out, err
	}
	r.Second, r.Ordered = by.ID, v.Now()
	var op ledger.Op
	target := ""
	if r.Payment != "" {
		p, _, err := decision.Load[revenue.Payment](v, dossier.Payment, r.Payment)
		if err != nil {
			return out, err
		}
		if op, err = p.GiveBack(v.NewID(), r.Amount, v.Now().Date(), r.ID); err != nil {
			return out, err
		}
		target = p.Bank
	} else {
		b, err := byNumber[revenue.TaxBill](v, dossier.TaxBill, "number", r.Bill)
		if err != nil {
			return out, err
		}
		if b == nil {
			return out, fault.New(fault.NotFound, "TREASURY-USE-01", "/taxBill", "there is no tax bill {number} of this payer", "choose a bill of the enterprise that paid", "number", r.Bill)
		}
		served := b.doc.Refunded
		if b.doc, err = b.doc.Refund(r.Amount); err != nil {
			return out, err
		}
		if op, err = b.doc.GiveBack(v.NewID(), r.Amount, v.Now().Date(), r.ID); err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: b.id, Version: b.version, Body: b.doc})
		kind := "tax-bill.partly-refunded"
		if b.doc.State == revenue.Refunded {
			kind = "tax-bill.refunded"
		}
		e := about(v, by, kind, r.Enterprise, r.Office, map[string]any{
			"number": r.Bill, "amount": r.Amount.Fixed(), "shares": revenue.Allot(b.doc.Shares, served, r.Amount),
		}, ref(dossier.TaxBill, b.id), ref(dossier.Declaration, b.doc.Declaration), ref(dossier.Refund, r.ID))
		e.Why = journal.Why{Reason: r.Reason, Law: "DL-51"}
		out.Entries = append(out.Entries, e)
		if n := len(b.doc.Credits); n > 0 {
			p, _, err := decision.Load[revenue.Payment](v, dossier.Payment, b.doc.Credits[n-1].Payment)
			if err != nil {
				return out, err
			}
			target = p.Bank
		}
	}
	out.Transfers = append(out.Transfers, op)
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Refund, ID: r.ID, Version: version, Body: r})
	out.Entries = append(out.Entries, about(v, by, "refund.ordered", r.Enterprise, r.Office, map[string]any{
		"taxBill": r.Bill, "payment": r.Payment, "amount": r.Amount.Fixed(), "first": r.First,
	}, ref(dossier.Refund, r.ID)))
	out.Orders = append(out.Orders, orderRefund(v, &r, target))
	out.Reply = r
	return out, nil
}

func orderRefund(v decision.View, r *revenue.Refund, target string) decision.Order {
	if target == "" {
		target = "treasury"
	}
	return decision.Order{ID: v.NewID(), Channel: casework.BankChannel, Target: target, Body: bank.Order{
		Kind: bank.RefundOrdered, Amount: r.Amount, Refund: r.ID, Payee: r.Enterprise, Reason: r.Reason,
	}}
}

func loadRefund(v decision.View, payload json.RawMessage) (revenue.Refund, int64, error) {
	var p refundPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return revenue.Refund{}, 0, err
	}
	return decision.Load[revenue.Refund](v, dossier.Refund, p.Refund)
}

// refundKept lets a refund drop that came to nothing.
func (d *Desk) refundKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	r, version, err := loadRefund(v, payload)
	if err != nil {
		return out, err
	}
	if r, err = r.Apply(revenue.EventRefuse); err != nil {
		return out, err
	}
	r.Second = by.ID
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Refund, ID: r.ID, Version: version, Body: r})
	if r.Payment != "" {
		p, at, err := decision.Load[revenue.Payment](v, dossier.Payment, r.Payment)
		if err != nil {
			return out, err
		}
		if p, err = p.Apply(revenue.EventKeep); err != nil {
			return out, err
		}
		p.Refund = ""
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Payment, ID: p.ID, Version: at, Body: p})
	} else if b, err := byNumber[revenue.TaxBill](v, dossier.TaxBill, "number", r.Bill); err != nil {
		return out, err
	} else if b != nil {
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: b.id, Version: b.version, Body: b.doc.Dropped(r.Amount)})
	}
	out.Entries = []journal.Entry{about(v, by, "refund.refused", r.Enterprise, r.Office, map[string]any{"taxBill": r.Bill, "amount": r.Amount.Fixed()}, ref(dossier.Refund, r.ID))}
	return out, nil
}

// OrderAgain orders a refund again that the bank could not pay out.
// Faults: TREASURY-REASON-01, REVENUE-REFUND-01.
func (d *Desk) OrderAgain(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		if reason == "" {
			return out, noReason()
		}
		r, version, err := decision.Load[revenue.Refund](v, dossier.Refund, id)
		if err != nil {
			return out, err
		}
		if r, err = r.Apply(revenue.EventOrderAgain); err != nil {
			return out, err
		}
		out.Puts = []decision.Put{{Kind: dossier.Refund, ID: id, Version: version, Body: r}}
		e := about(v, by, "refund.ordered", r.Enterprise, r.Office, map[string]any{"taxBill": r.Bill, "amount": r.Amount.Fixed()}, ref(dossier.Refund, id))
		e.Why = journal.Why{Reason: reason}
		out.Entries = []journal.Entry{e}
		out.Orders = []decision.Order{orderRefund(v, &r, "")}
		out.Reply = r
		return out, nil
	})
}

// SupplementRequest proposes a further bill for short tax. Breach tells that the
// payer broke rules: the longer term runs, and the late fee from the first bill's
// due day is asked for too (DR §5.3).
type SupplementRequest struct {
	Lines  []revenue.Line `json:"lines"`
	Reason string         `json:"reason"`
	Breach bool           `json:"breach,omitempty"`
}

type supplementPayload struct {
	Bill   string         `json:"taxBill"` // id
	Lines  []revenue.Line `json:"lines"`
	Reason string         `json:"reason"`
	Breach bool           `json:"breach,omitempty"`
}

// ProposeSupplement is the first officer's proposal of a further bill; the second
// is drawn. Faults: those of revenue.TaxBill.Supplement and of deliberation.Open.
func (d *Desk) ProposeSupplement(ctx context.Context, c decision.Command, by decision.Actor, billID string, r SupplementRequest) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		b, _, err := decision.Load[revenue.TaxBill](v, dossier.TaxBill, billID)
		if err != nil {
			return decision.Outcome{}, err
		}
		p := supplementPayload{billID, r.Lines, r.Reason, r.Breach}
		if _, _, err := d.supplement(v, &b, p); err != nil {
			return decision.Outcome{}, err
		}
		return deliberation.Open(v, d.reference().Setting(), by, deliberation.Motion{
			Matter: review.Collection, Kind: string(dossier.TaxBill), Subject: billID, Number: b.Number, Action: ActionSupplement, Payload: p, Posts: collectors,
			Reason: r.Reason, Enterprise: b.Enterprise, Office: b.Office,
		})
	})
}

// supplement makes the further bill. The term runs from the payment of the first
// bill, or from its issue where the goods went on a guarantee.
func (d *Desk) supplement(v decision.View, b *revenue.TaxBill, p supplementPayload) (supplemented, further revenue.TaxBill, err error) {
	r := d.reference()
	today := v.Now().Date()
	before, err := v.Find(dossier.TaxBill, "supplements", b.Number, 100)
	if err != nil {
		return *b, further, err
	}
	lines := append([]revenue.Line(nil), p.Lines...)
	if p.Breach {
		var short num.Money
		for _, l := range lines {
			if short, err = num.Add(short, l.Amount); err != nil {
				return *b, further, err
			}
		}
		fee, err := duty.LatePaymentFee(short, b.Due, today, r.Duty.Rules, "CNY")
		if err != nil {
			return *b, further, err
		}
		if fee.Total > 0 {
			lines = append(lines, revenue.Line{Tax: duty.LatePayment.String(), Amount: fee.Total})
		}
	}
	shares := make([]revenue.Share, 0, len(lines))
	chapter := ""
	if len(b.Shares) > 0 {
		chapter = b.Shares[0].Chapter
	}
	for _, l := range lines {
		shares = append(shares, revenue.Share{Chapter: chapter, Tax: l.Tax, Amount: l.Amount})
	}
	until := duty.SupplementUntil(lastPaid(b), p.Breach, r.Duty.Rules)
	return b.Supplement(lines, shares, p.Reason, len(before), today, until, duty.PaymentDue(today, r.Duty.Rules, r.Calendar), v.Now())
}

// supplemented issues the further bill that two officers agreed on, and opens the
// debt of paying it.
func (d *Desk) supplemented(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	var p supplementPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return out, err
	}
	b, version, err := decision.Load[revenue.TaxBill](v, dossier.TaxBill, p.Bill)
	if err != nil {
		return out, err
	}
	first, further, err := d.supplement(v, &b, p)
	if err != nil {
		return out, err
	}
	id := v.NewID()
	owe, err := further.Owe(v.NewID(), further.Total, v.Now().Date(), id)
	if err != nil {
		return out, err
	}
	amount, err := ledger.Amount(further.Total)
	if err != nil {
		return out, err
	}
	calendar := d.reference().Calendar
	counted, working := duty.PaymentTerm(further.Issued.Date(), d.reference().Duty.Rules)
	o, err := obligation.New(obligation.Obligation{
		ID: v.NewID(), Kind: "tax", Debtor: further.Enterprise, OpenedBy: further.Number, Opened: v.Now(), Due: further.Due, Provisional: calendar.Provisional(further.Due), Counted: counted, Working: working,
		Lines:  []obligation.Line{{Item: "tax/" + further.Number, Unit: "CNY", Amount: amount}},
		Stages: []obligation.Stage{{Name: "alarm", AfterDays: 1}, {Name: "late-payment-fee", AfterDays: 1}, {Name: "credit-event", AfterDays: 90}}, Office: further.Office,
	})
	if err != nil {
		return out, err
	}
	out.Transfers = []ledger.Op{owe}
	out.Puts = []decision.Put{
		{Kind: dossier.TaxBill, ID: p.Bill, Version: version, Body: first},
		{Kind: dossier.TaxBill, ID: id, Body: further},
		{Kind: dossier.Obligation, ID: o.ID, Body: o},
	}
	supplemented := about(v, by, "tax-bill.supplemented", first.Enterprise, first.Office, map[string]any{
		"number": first.Number, "by": further.Number, "total": further.Total.Fixed(),
	}, ref(dossier.TaxBill, p.Bill), ref(dossier.Declaration, first.Declaration))
	supplemented.Why = journal.Why{Reason: p.Reason, Law: "DL-45"}
	issued := about(v, by, "tax-bill.issued", further.Enterprise, further.Office, map[string]any{
		"number": further.Number, "total": further.Total.Fixed(), "due": further.Due.String(), "shares": further.Shares, "supplements": first.Number,
	}, ref(dossier.TaxBill, id), ref(dossier.Declaration, further.Declaration))
	issued.Why = journal.Why{Reason: p.Reason, Law: "DL-45"}
	opened := about(v, by, "obligation.opened", o.Debtor, o.Office, map[string]any{
		"kind": o.Kind, "due": o.Due.String(), "open": o.OpenTotal().String(), "held": "0.00", "guarantee": "",
	}, ref(dossier.Obligation, o.ID))
	out.Entries = []journal.Entry{supplemented, issued, opened}
	out.Reply = further
	return out, nil
}

// SettleDifference closes a difference of self-declared tax with an officer's
// reason. Faults: REVENUE-REASON-02, REVENUE-DIFFERENCE-01.
func (d *Desk) SettleDifference(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		t, version, err := decision.Load[revenue.TaxDifference](v, dossier.TaxDifference, id)
		if err != nil {
			return out, err
		}
		if t, err = t.Settle(by.ID, reason, v.Now()); err != nil {
			return out, err
		}
		out.Puts = []decision.Put{{Kind: dossier.TaxDifference, ID: id, Version: version, Body: t}}
		e := about(v, by, "tax-difference.settled", t.Enterprise, t.Office, map[string]any{"number": t.Number, "band": t.Band},
			ref(dossier.TaxDifference, id), ref(dossier.Declaration, t.Declaration))
		e.Why = journal.Why{Reason: reason}
		out.Entries = []journal.Entry{e}
		out.Reply = t
		return out, nil
	})
}
