package sim

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/treasury"
)

// Bank is the bank of the zone, which speaks the bank link with customs;
// banksim.Bank is one.
type Bank interface {
	Pay(p bank.Payment) error
	Tell(kind bank.Kind, body any) error
	Day(day clock.Date) error
	Outstanding() int
	// Silent tells whether the bank cannot be reached now: what it tells waits.
	Silent() bool
}

// BankName is what the bank of the demonstration is called on the link.
const BankName = "DEMO-BANK"

// pays lets the bank pay a bill or a statement and waits until customs have
// acknowledged it.
func (w *Zone) pays(ctx context.Context, p bank.Payment) error {
	p.PaidOn = w.host.Now().Date()
	if err := w.host.Bank.Pay(p); err != nil {
		return err
	}
	w.Counts.Payments++
	return w.heard(ctx)
}

// heard waits until customs have acknowledged everything that the bank told.
func (w *Zone) heard(ctx context.Context) error {
	end := time.Now().Add(time.Minute)
	for w.host.Bank.Outstanding() > 0 && !w.host.Bank.Silent() {
		if time.Now().After(end) {
			return fmt.Errorf("customs do not acknowledge what the bank tells")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

// payByMessage pays a tax bill by a message of the bank and looks where the
// declaration stands then. Now and then the payer's bank makes a mistake.
func (w *Zone) payByMessage(ctx context.Context, declarationID, bill string, amount num.Money) (declaration.State, error) {
	payer := bank.Payment{Reference: w.number("DEMOPAY"), TaxBill: bill, Amount: amount}
	switch w.rand.IntN(30) {
	case 0: // too much
		payer.Amount += 100_00
	case 1: // in two parts
		part := payer
		part.Reference, part.Amount = w.number("DEMOPAY"), amount/2
		if err := w.pays(ctx, part); err != nil {
			return "", err
		}
		payer.Amount -= part.Amount
	}
	if err := w.pays(ctx, payer); err != nil {
		return "", err
	}
	var d struct {
		State declaration.State `json:"state"`
	}
	err := w.as(party.TaxOfficer).send(ctx, http.MethodGet, pathDeclarations+"/"+declarationID, nil, &d)
	return d.State, err
}

// page is a page of a list over the interface.
type page[T any] struct {
	Items []*T   `json:"items"`
	Next  string `json:"next"`
}

// statementsPaid pays the monthly statements that are out, but for one that is
// left to fall due.
func (w *Zone) statementsPaid(ctx context.Context) error {
	if w.host.Bank == nil {
		return nil
	}
	var open page[revenue.Statement]
	if err := w.as(party.TaxOfficer).send(ctx, http.MethodGet, pathStatements+"?state=issued&limit=100", nil, &open); err != nil {
		return err
	}
	for i, s := range open.Items {
		if i == 0 && w.leftUnpaid == "" {
			w.leftUnpaid = s.Number
		}
		if s.Number == w.leftUnpaid {
			continue
		}
		if err := w.pays(ctx, bank.Payment{Reference: w.number("DEMOPAY"), Statement: s.Number, Amount: s.Total - s.Paid, Payer: s.Enterprise}); err != nil {
			return err
		}
	}
	return nil
}

// dayClosed sends the bank's statement of a day.
func (w *Zone) dayClosed(ctx context.Context, on clock.Date) error {
	if w.host.Bank == nil {
		return nil
	}
	if err := w.host.Bank.Day(on); err != nil {
		return err
	}
	return w.heard(ctx)
}

// moneyScenes leaves something on the desks of the money side: a refund that
// waits for the second officer, a letter of guarantee that waits for its
// acceptance, money that fits no bill.
func (w *Zone) moneyScenes(ctx context.Context) error {
	officer := w.as(party.TaxOfficer)
	var paid page[struct {
		Number string    `json:"number"`
		Total  num.Money `json:"total"`
	}]
	if err := officer.send(ctx, http.MethodGet, pathTaxBills+"?state=paid&limit=3", nil, &paid); err != nil {
		return err
	}
	if len(paid.Items) > 0 {
		b := paid.Items[0]
		request := treasury.RefundRequest{Amount: b.Total / 10, Reason: "demonstration: the origin was proven after payment"}
		if err := officer.send(ctx, http.MethodPost, pathTaxBills+"/"+b.Number+"/refunds", request, nil); err != nil {
			if err := w.refused(err); err != nil {
				return err
			}
		}
	}
	if w.host.Bank == nil {
		return nil
	}
	today := w.host.Now().Date()
	if err := w.host.Bank.Tell(bank.GuaranteeIssued, bank.Letter{
		Number: "L2026-DEMO-1", Form: "letter", Beneficiary: "customs", Guarantor: "演示银行 Demo Bank", Enterprise: w.cast.traders[0].ID,
		Obligation: "import taxes of goods released before payment", Liability: "joint and several", Limit: 3_000_000_00, ValidFrom: today, ValidTo: today.AddMonths(12),
	}); err != nil {
		return err
	}
	return w.pays(ctx, bank.Payment{Reference: w.number("DEMOPAY"), TaxBill: "T-UNREADABLE", Amount: 1_234_50, Payer: w.cast.traders[1].ID})
}
