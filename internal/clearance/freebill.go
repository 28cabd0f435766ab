package clearance

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/obligation"
	"seine/internal/revenue"
)

// Figures gives the totals of a working, tax by tax, zero ones left out.
func Figures(w *duty.Working) []TaxFigure { return figures(w) }

// FreeBill is a tax bill that no declaration stands behind: goods that are missing
// when a book is written off, and residues that are sold into the country.
type FreeBill struct {
	bill revenue.TaxBill
	ref  *Reference
	why  journal.Why
}

// By says under which rule and law the bill is issued; otherwise it is that of
// goods that are missing.
func (f *FreeBill) By(rule, law string) *FreeBill {
	f.why = journal.Why{Rule: rule, Law: law}
	return f
}

// TaxBillOf begins a bill of an enterprise under a number of the caller's.
func TaxBillOf(enterprise, office, number string, at clock.Instant, ref *Reference) *FreeBill {
	return &FreeBill{revenue.TaxBill{
		Number: number, Enterprise: enterprise, Office: office, Issued: at, Due: duty.PaymentDue(at.Date(), ref.Duty.Rules, ref.Calendar),
	}, ref, journal.Why{Rule: "write-off", Law: "PEN-18"}}
}

// Add puts one tax on goods of a chapter on the bill.
func (f *FreeBill) Add(chapter string, t TaxFigure) {
	f.bill.Shares = append(f.bill.Shares, revenue.Share{Chapter: chapter, Tax: t.Tax, Amount: t.Amount})
	if i := slices.IndexFunc(f.bill.Lines, func(l revenue.Line) bool { return l.Tax == t.Tax }); i >= 0 {
		f.bill.Lines[i].Amount += t.Amount
		return
	}
	f.bill.Lines = append(f.bill.Lines, revenue.Line{Tax: t.Tax, Amount: t.Amount})
}

// Issue gives the bill as issued, with the debt of paying it; nil when there is
// nothing to pay. Faults: those of revenue.New and obligation.New.
func (f *FreeBill) Issue(v decision.View, by decision.Actor, cause journal.Ref) (*revenue.TaxBill, decision.Outcome, error) {
	var out decision.Outcome
	b, err := revenue.New(f.bill)
	if err != nil || b.Total == 0 {
		return nil, out, err
	}
	for _, on := range []revenue.Event{revenue.EventConfirm, revenue.EventIssue} {
		if b, err = b.Apply(on); err != nil {
			return nil, out, err
		}
	}
	id := v.NewID()
	owe, err := b.Owe(v.NewID(), b.Total, v.Now().Date(), id)
	if err != nil {
		return nil, out, err
	}
	amount, err := ledger.Amount(b.Total)
	if err != nil {
		return nil, out, err
	}
	counted, working := duty.PaymentTerm(b.Issued.Date(), f.ref.Duty.Rules)
	o, err := obligation.New(obligation.Obligation{
		ID: v.NewID(), Kind: "tax", Debtor: b.Enterprise, OpenedBy: b.Number, Opened: v.Now(), Due: b.Due, Provisional: f.ref.Calendar.Provisional(b.Due), Counted: counted, Working: working,
		Lines:  []obligation.Line{{Item: "tax/" + b.Number, Unit: "CNY", Amount: amount}},
		Stages: []obligation.Stage{{Name: "alarm", AfterDays: 1}, {Name: "late-payment-fee", AfterDays: 1}, {Name: "credit-event", AfterDays: 90}}, Office: b.Office,
	})
	if err != nil {
		return nil, out, err
	}
	issued := decision.Entry(v, by, "tax-bill.issued", journal.Ref{Kind: string(dossier.TaxBill), ID: id}, cause)
	issued.Enterprise, issued.Office, issued.Why = b.Enterprise, b.Office, f.why
	issued.Body = fact(map[string]any{"number": b.Number, "total": b.Total.Fixed(), "due": b.Due.String(), "shares": b.Shares})
	opened := decision.Entry(v, by, "obligation.opened", journal.Ref{Kind: "obligation", ID: o.ID})
	opened.Enterprise, opened.Office = o.Debtor, o.Office
	opened.Body = fact(map[string]any{"kind": o.Kind, "due": o.Due.String(), "open": o.OpenTotal().String(), "held": "0.00", "guarantee": ""})
	out.Transfers = []ledger.Op{owe}
	out.Puts = []decision.Put{{Kind: dossier.TaxBill, ID: id, Body: b}, {Kind: dossier.Obligation, ID: o.ID, Body: o}}
	out.Entries = []journal.Entry{issued, opened}
	return &b, out, nil
}
