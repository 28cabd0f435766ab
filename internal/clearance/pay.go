package clearance

import (
	"context"

	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
	"seine/internal/revenue"
)

// Payment is a bank's message that a tax bill was paid. It is a fact: one that
// fits no bill is recorded as a difference that an officer has to clear.
type Payment struct {
	TaxBill string    `json:"taxBill"` // number
	Amount  num.Money `json:"amount"`  // CNY
	BankRef string    `json:"bankReference"`
}

// PaymentReply tells what became of a payment.
type PaymentReply struct {
	TaxBill     string            `json:"taxBill"`
	State       revenue.State     `json:"state,omitempty"`
	Declaration string            `json:"declaration,omitempty"`
	Released    declaration.State `json:"declarationState,omitempty"`
	Difference  *Notice           `json:"difference,omitempty"`
}

// Pay records a payment. The bill is settled, an obligation to pay is discharged
// and its guarantee freed, and a declaration that only waited for its tax is
// released, all in one transaction (DR §5.4, S44).
func (d *Desk) Pay(ctx context.Context, c decision.Command, by decision.Actor, p Payment) (decision.Receipt, error) {
	c.Nature = decision.Fact
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		ids, err := v.Find(dossier.TaxBill, "number", p.TaxBill, 1)
		if err != nil {
			return decision.Outcome{}, err
		}
		if len(ids) == 0 {
			return d.unmatched(v, by, p, fault.New(fault.NotFound, "CLR-PAY-01", "/taxBill", "there is no tax bill {number}", "compare the number with the bill", "number", p.TaxBill))
		}
		b, version, err := decision.Load[revenue.TaxBill](v, dossier.TaxBill, ids[0])
		if err != nil {
			return decision.Outcome{}, err
		}
		paid, err := b.Pay(p.Amount, p.BankRef, v.Now())
		if err != nil {
			return d.unmatched(v, by, p, err)
		}
		return d.paid(v, by, paid, ids[0], version)
	})
}

func (d *Desk) paid(v decision.View, by decision.Actor, b revenue.TaxBill, id string, version int64) (decision.Outcome, error) {
	var out decision.Outcome
	settled, err := b.Settle(v.NewID(), v.Now().Date())
	if err != nil {
		return out, err
	}
	out.Transfers = append(out.Transfers, settled)
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: id, Version: version, Body: b})
	e := decision.Entry(v, by, "tax-bill.paid", journal.Ref{Kind: "tax_bill", ID: id}, journal.Ref{Kind: "declaration", ID: b.Declaration})
	e.Enterprise, e.Office = b.Enterprise, b.Office
	e.Body = fact(map[string]any{"number": b.Number, "total": b.Total.Fixed(), "bankReference": b.BankRef})
	out.Entries = append(out.Entries, e)
	reply := PaymentReply{TaxBill: b.Number, State: b.State, Declaration: b.Declaration}
	if err := d.settle(v, by, &out, &b); err != nil {
		return out, err
	}
	doc, docVersion, err := decision.Load[declaration.Declaration](v, dossier.Declaration, b.Declaration)
	if err != nil {
		return out, err
	}
	reply.Released = doc.State
	if doc.State == declaration.Taxed {
		facts, err := d.releaseFacts(v, &doc)
		if err != nil {
			return out, err
		}
		facts.TaxPaid = true
		if doc, err = doc.Apply(declaration.EventSettle, v.Now(), facts); err != nil {
			return out, err
		}
		// What still stands in the way of release is a refusal of release, not of the
		// payment: the declaration then waits, paid.
		if released, err := doc.Apply(declaration.EventRelease, v.Now(), facts); err == nil {
			doc = released
			e := about(v, decision.System, "declaration.released", &doc, "", map[string]any{"number": doc.Number, "taxBill": b.Number})
			e.Why = journal.Why{Rule: "tax paid", Law: "DL-43"}
			out.Entries = append(out.Entries, e)
			if err := d.caseReleased(v, &out, &doc); err != nil {
				return out, err
			}
		} else if fault.All(err) == nil {
			return out, err
		}
		doc.Version = docVersion + 1
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Declaration, ID: doc.ID, Version: docVersion, Body: doc})
		reply.Released = doc.State
	}
	out.Reply = reply
	out.Once()
	return out, nil
}

// caseReleased takes the case's step of release after a payment, on the case as
// the outcome has left it.
func (d *Desk) caseReleased(v decision.View, out *decision.Outcome, doc *declaration.Declaration) error {
	file, version, ok, err := casework.Find(v, "declaration", doc.ID)
	if err != nil || !ok {
		return err
	}
	for _, p := range out.Puts {
		if changed, is := p.Body.(casework.Case); is {
			file = changed
		}
	}
	mode, err := d.reference().modes.catalogue.Version(file.Mode, file.ModeVersion)
	if err != nil || mode.Step("release") == nil {
		return err
	}
	t, err := casework.Take(v, mode, file, casework.Step{
		ID: "release", By: decision.System, LowRisk: true, Calendar: d.reference().Calendar, At: v.Now(), IDs: v.NewID,
		True: map[procedure.Condition]bool{
			procedure.ManifestMatched: true, procedure.RiskCleared: true, procedure.LicencesThere: true, procedure.TaxSettled: true,
		},
	})
	if err != nil || !t.Ready {
		return err
	}
	out.Merge(t.Outcome)
	if d.afterRelease != nil {
		if err := d.afterRelease(v, out, &t.Case, doc, v.NewID); err != nil {
			return err
		}
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: file.ID, Version: version, Body: t.Case})
	return nil
}

// releaseFacts is what the world says about a declaration that waits only for
// its tax.
func (d *Desk) releaseFacts(v decision.View, doc *declaration.Declaration) (declaration.Facts, error) {
	t, err := d.reference().terms(doc, doc.DeclaredOn)
	if err != nil {
		return declaration.Facts{}, err
	}
	facts, err := inspections(v, doc.ID)
	if err != nil {
		return facts, err
	}
	facts.NeedsConfirmation = t.confirm
	if t.confirm && doc.Confirmed != nil && doc.Confirmed.Manifest != "" {
		ids, err := v.Find(dossier.BillOfLading, "journey_number", billKey(doc.Transport.Voyage, doc.BillOfLading), 1)
		if err != nil {
			return facts, err
		}
		if len(ids) == 1 {
			b, _, err := decision.Load[BillOfLading](v, dossier.BillOfLading, ids[0])
			if err != nil {
				return facts, err
			}
			carried, _, err := decision.Load[Manifest](v, dossier.Manifest, b.Manifest)
			if err != nil {
				return facts, err
			}
			facts.ManifestVersion = carried.Version
		}
	}
	return facts, nil
}

// settle takes the case's step of payment: the debt is discharged and what was
// held for it becomes free.
func (d *Desk) settle(v decision.View, by decision.Actor, out *decision.Outcome, b *revenue.TaxBill) error {
	file, version, ok, err := casework.Find(v, "declaration", b.Declaration)
	if err != nil || !ok {
		return err
	}
	mode, err := d.reference().modes.catalogue.Version(file.Mode, file.ModeVersion)
	if err != nil {
		return err
	}
	step := "settle"
	if _, consolidated := file.Done["consolidate"]; consolidated {
		step = "pay-month"
	}
	if mode.Step(step) == nil {
		return nil
	}
	owed, err := casework.Owed(v, &file)
	if err != nil {
		return err
	}
	amount, err := ledger.Amount(b.Total)
	if err != nil {
		return err
	}
	goods := casework.Goods{}.Add(procedure.Tax, procedure.PaidNow, casework.Line{Key: b.Number, Unit: "CNY", Quantity: amount})
	t, err := casework.Take(v, mode, file, casework.Step{
		ID: step, By: by, Goods: goods, Calendar: d.reference().Calendar, At: v.Now(), IDs: v.NewID, Debts: owed,
	})
	if err != nil {
		return err
	}
	out.Merge(t.Outcome)
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: file.ID, Version: version, Body: t.Case})
	return nil
}

// differenceDays is how long the office has to clear a payment that fits no bill
// (DR §9.3, OR: five working days).
const differenceDays = 5

// unmatched records a payment that cannot be booked on a bill: the amount stands
// on the difference account and the office owes its clearing.
func (d *Desk) unmatched(v decision.View, by decision.Actor, p Payment, refusal error) (decision.Outcome, error) {
	list := fault.All(refusal)
	if list == nil {
		return decision.Outcome{}, refusal
	}
	if p.Amount <= 0 {
		return decision.Outcome{}, fault.New(fault.Invalid, "CLR-PAY-02", "/amount", "a payment must be above zero", "send the amount that was paid")
	}
	var out decision.Outcome
	calendar := d.reference().Calendar
	amount, err := ledger.Amount(p.Amount)
	if err != nil {
		return out, err
	}
	account := ledger.Account{Ledger: ledger.Cash, Owner: "treasury", Item: "payments", Place: ledger.Treasury}
	out.Transfers = []ledger.Op{{
		ID: v.NewID(), Kind: ledger.Post, From: account, To: account.At(ledger.Difference), Quantity: amount,
		EffectiveOn: v.Now().Date(), Cause: p.BankRef,
	}}
	o, err := obligation.New(obligation.Obligation{
		ID: v.NewID(), Kind: "clear-difference", Debtor: "treasury", OpenedBy: p.BankRef, Opened: v.Now(),
		Due:    calendar.NthWorking(v.Now().Date()+1, differenceDays),
		Lines:  []obligation.Line{{Item: "payment/" + p.BankRef, Unit: "CNY", Amount: amount}},
		Stages: []obligation.Stage{{Name: "alarm", AfterDays: 1}},
	})
	if err != nil {
		return out, err
	}
	out.Puts = []decision.Put{{Kind: dossier.Obligation, ID: o.ID, Body: o}}
	e := decision.Entry(v, by, "payment.unmatched", journal.Ref{Kind: "obligation", ID: o.ID})
	e.Why = journal.Why{Rule: list[0].Code, Reason: list[0].Message()}
	e.Body = fact(map[string]any{"taxBill": p.TaxBill, "amount": p.Amount.Fixed(), "bankReference": p.BankRef})
	out.Entries = []journal.Entry{e}
	out.Reply = PaymentReply{TaxBill: p.TaxBill, Difference: &Notice{list[0].Code, list[0].Path, list[0].Message()}}
	return out, nil
}
