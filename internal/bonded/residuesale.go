package bonded

import (
	"context"
	"strings"

	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/tariff"
	"seine/internal/writeoff"
)

// ResidueSale is a residue sold into the country, with what it was taxed on and by
// (DR §4.6): scrap and by-products as they are, remainders and defectives as the
// material in them, with interest on the duty that was deferred.
type ResidueSale struct {
	Buyer string       `json:"buyer"`
	Value num.Money    `json:"value"` // price without tax, yuan
	On    []ResidueTax `json:"on,omitempty"`
	Total num.Money    `json:"total"` // duty, taxes and interest
	// InterestDays are the days for which duty was deferred: from the last write-off of
	// the book, or from its first day.
	InterestDays int64  `json:"interestDays,omitempty"`
	TaxBill      string `json:"taxBill,omitempty"`
}

// ResidueTax is goods that a sale is taxed on.
type ResidueTax struct {
	Commodity string                `json:"commodity"`
	Quantity  num.Quantity          `json:"quantity"`
	Unit      codelist.UnitCode     `json:"unit"`
	Value     num.Money             `json:"value"`
	Currency  string                `json:"currency"`
	Rate      num.Rate              `json:"exchangeRate,omitempty"` // of the currency, where it is a foreign one
	Origin    string                `json:"origin,omitempty"`
	Figures   []clearance.TaxFigure `json:"figures,omitempty"`
}

// basis is what a sale is taxed on. Fault: BONDED-RESIDUE-02 (a product without
// consumption: nobody knows what is in it).
func (r *Residue) basis(v decision.View, held *book.Book, value num.Money) ([]ResidueTax, error) {
	line, _ := held.Line(r.Line) // was judged when the residue was told
	switch r.Class {
	case writeoff.Scrap, writeoff.ByProduct:
		return []ResidueTax{{Commodity: r.Commodity, Quantity: r.Quantity, Unit: r.Unit, Value: value, Currency: "CNY", Origin: string(line.Origin)}}, nil
	case writeoff.Remainder:
		return []ResidueTax{{Commodity: string(line.Commodity), Quantity: r.Quantity, Unit: line.Unit, Value: value, Currency: "CNY", Origin: string(line.Origin)}}, nil
	case writeoff.Defective:
	}
	var all []ResidueTax
	for _, c := range book.ConsumptionOn(held.Consumptions, r.Line, r.Arisen) {
		material, ok := held.Line(c.Material)
		taken, _, _, err := writeoff.UseOf(c, r.Quantity)
		if err != nil {
			return nil, err
		}
		stock, err := v.Balance(r.lineAccount(c.Material).Key())
		if err != nil {
			return nil, err
		}
		if !ok || taken == 0 {
			continue
		}
		if stock.Quantity <= 0 { // nothing tells what the material was worth
			return nil, r.unknown()
		}
		worth, err := num.MulDiv(int64(stock.Value), int64(taken), int64(stock.Quantity), num.HalfUp)
		if err != nil {
			return nil, err
		}
		all = append(all, ResidueTax{Commodity: string(material.Commodity), Quantity: taken, Unit: material.Unit, Value: num.Money(worth), Currency: string(material.Currency), Origin: string(material.Origin)})
	}
	if len(all) == 0 {
		return nil, r.unknown()
	}
	return all, nil
}

func (r *Residue) unknown() error {
	return fault.New(fault.Refused, "BONDED-RESIDUE-02", "/line", "for product line {line} it is not known which materials are in it and what they were worth", "have the consumption entered in the book, or re-export or destroy it", "line", r.Line)
}

func (r *Residue) lineAccount(line int) ledger.Account {
	return ledger.Account{Ledger: ledger.Legal, Owner: r.Enterprise, Item: bookItem(r.Book, line), Place: ledger.OnHand, Status: ledger.Bonded}
}

// SellResidue sells a residue into the country: it is taxed at the rates of today,
// the bill is issued, and the book is rid of it, in one transaction.
// Faults: BONDED-RESIDUE-01 (buyer or price), -02; WRITEOFF-RESIDUE-06; those of
// duty.Assess.
func (d *Desk) SellResidue(ctx context.Context, c decision.Command, by decision.Actor, id string, s ResidueSale) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Residue](v, dossier.Residue, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		held, bookVersion, err := decision.Load[Book](v, dossier.Book, r.BookID)
		if err != nil {
			return decision.Outcome{}, err
		}
		if strings.TrimSpace(s.Buyer) == "" || s.Value <= 0 {
			return decision.Outcome{}, fault.New(fault.Invalid, "BONDED-RESIDUE-01", "/value", "a sale has a buyer and a price above zero, without tax", "name the buyer and the price in yuan")
		}
		if r.Residue, err = r.Apply(writeoff.ResidueSell); err != nil {
			return decision.Outcome{}, err
		}
		today := v.Now().Date()
		r.LeftOn, r.Sale = today, &ResidueSale{Buyer: s.Buyer, Value: s.Value}
		if r.Sale.On, err = r.basis(v, &held.Book, s.Value); err != nil {
			return decision.Outcome{}, err
		}
		lot := r.Class.Lot()
		out := decision.Outcome{Relied: []decision.Reliance{{Kind: dossier.Book, ID: r.BookID, Version: bookVersion}}}
		if err := d.billSale(v, by, &out, &r, max(held.LastWriteOff, held.Approved.Date())); err != nil {
			return out, err
		}
		sold := r.outcome(v, by, version, "residue.sold", s.Buyer, ledger.Op{
			ID: v.NewID(), Kind: ledger.Post, From: r.account(ledger.OnHand, lot), To: r.account(ledger.HomeMarket, lot), Quantity: r.Quantity, EffectiveOn: today, Cause: r.ID,
		})
		out.Merge(sold)
		out.Reply = sold.Reply
		return out, nil
	})
}

// billSale taxes a sale and issues the bill.
func (d *Desk) billSale(v decision.View, by decision.Actor, out *decision.Outcome, r *Residue, since clock.Date) error {
	ref, today := d.reference(), v.Now().Date()
	bill := clearance.TaxBillOf(r.Enterprise, r.Office, "T-"+r.ID, v.Now(), ref).By("residues", "EPZ-20")
	deferred := r.Class == writeoff.Remainder || r.Class == writeoff.Defective
	if deferred {
		r.Sale.InterestDays = max(0, int64(today-since))
	}
	for i := range r.Sale.On {
		t := &r.Sale.On[i]
		w, err := duty.Assess(&duty.Consignment{
			Date: today, Direction: duty.Import, Currency: tariff.CurrencyCode(t.Currency),
			Lines: []duty.Line{{Code: tariff.Code(t.Commodity), Origin: tariff.AreaCode(t.Origin), Price: t.Value, Quantities: []duty.Quantity{{Value: t.Quantity, Unit: tariff.UnitCode(t.Unit)}}}},
		}, &ref.Duty)
		if err != nil {
			return onCode(err)
		}
		if currency := tariff.CurrencyCode(t.Currency); currency != ref.Duty.Local {
			if t.Rate, err = ref.Duty.FX.Rate(currency, today, ref.Duty.Rules.At(today).ExchangeRule); err != nil {
				return err
			}
		}
		t.Figures = clearance.Figures(w)
		if deferred && w.Totals[duty.Duty] > 0 && r.Sale.InterestDays > 0 {
			interest, err := duty.DeferralInterest(w.Totals[duty.Duty], r.Sale.InterestDays, today, ref.Duty.Rules, ref.Duty.Local)
			if err != nil {
				return err
			}
			t.Figures = append(t.Figures, clearance.Figures(interest)...)
		}
		for _, f := range t.Figures {
			bill.Add(t.Commodity[:2], f)
			r.Sale.Total += f.Amount
		}
	}
	issued, owed, err := bill.Issue(v, by, journal.Ref{Kind: "residue", ID: r.ID})
	if err != nil || issued == nil {
		return err
	}
	r.Sale.TaxBill = issued.Number
	out.Merge(owed)
	return nil
}

// onCode says of the residue's code what cannot be taxed.
func onCode(err error) error {
	found := fault.All(err)
	if found == nil {
		return err
	}
	moved := make(fault.List, len(found))
	for i, f := range found {
		one := *f
		one.Path = "/commodity"
		moved[i] = &one
	}
	return moved
}

// AskLeave asks that a residue goes abroad again, under a list or bill. Faults:
// BONDED-RESIDUE-03 (no document), BONDED-REASON-01, WRITEOFF-RESIDUE-06.
func (d *Desk) AskLeave(ctx context.Context, c decision.Command, by decision.Actor, id, document, reason string) (decision.Receipt, error) {
	return d.askResidue(ctx, c, by, id, writeoff.ResidueLeave, "residue.export-asked", reason, func(r *Residue) error {
		if r.Document = strings.TrimSpace(document); r.Document == "" {
			return fault.New(fault.Invalid, "BONDED-RESIDUE-03", "/document", "going abroad needs the list or bill under which it goes", "give its number")
		}
		return nil
	})
}

// GiveUp abandons a residue to customs, who take it over untaxed (D111). Faults:
// BONDED-REASON-01, WRITEOFF-RESIDUE-06.
func (d *Desk) GiveUp(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.askResidue(ctx, c, by, id, writeoff.ResidueGiveUp, "residue.abandonment-asked", reason, func(*Residue) error { return nil })
}

func (d *Desk) askResidue(ctx context.Context, c decision.Command, by decision.Actor, id string, on writeoff.ResidueEvent, entry, reason string, more func(*Residue) error) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Residue](v, dossier.Residue, id)
		if err == nil {
			err = reasoned(reason)
		}
		if err == nil {
			err = more(&r)
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		r.Reason = reason
		if r.Residue, err = r.Apply(on); err != nil {
			return decision.Outcome{}, err
		}
		return r.outcome(v, by, version, entry, reason), nil
	})
}

// ResidueGone is an officer's word on a residue that shall go abroad or was
// abandoned: it is gone and the book is rid of it, or it stays. Faults:
// BONDED-REASON-01, WRITEOFF-RESIDUE-06.
func (d *Desk) ResidueGone(ctx context.Context, c decision.Command, by decision.Actor, id string, gone bool, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Residue](v, dossier.Residue, id)
		if err == nil {
			err = reasoned(reason)
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		on, entry, to := writeoff.ResidueLeft, "residue.left", ledger.Abroad
		if r.State == writeoff.ResidueGivenUp {
			on, entry, to = writeoff.ResidueTake, "residue.taken-over", ledger.Surrendered
		}
		// A destruction is refused by the two officers who decide on it.
		if !gone && r.State != writeoff.ResidueAsked {
			on, entry = writeoff.ResidueRefuse, "residue.refused"
		}
		if r.Residue, err = r.Apply(on); err != nil {
			return decision.Outcome{}, err
		}
		if !gone {
			return r.outcome(v, by, version, entry, reason), nil
		}
		r.LeftOn, r.Witness = v.Now().Date(), by.ID
		lot := r.Class.Lot()
		return r.outcome(v, by, version, entry, reason, ledger.Op{
			ID: v.NewID(), Kind: ledger.Post, From: r.account(ledger.OnHand, lot), To: r.account(to, lot), Quantity: r.Quantity, EffectiveOn: r.LeftOn, Cause: r.ID,
		}), nil
	})
}
