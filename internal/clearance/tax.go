package clearance

import (
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/duty"
	"seine/internal/num"
	"seine/internal/tariff"
)

// localExchange is the further element by which a mapping of a foreign source
// states the exchange rate it supplies (yuan for one unit of the currency).
const localExchange = "exchangeRate"

// consignment says a declaration in the words of the duty room. on is the legal
// day whose rates apply. declared tells that the lines' own rates are taken, as
// for sets of another country's declarations.
func consignment(d *declaration.Declaration, on clock.Date, declared bool) (duty.Consignment, error) {
	c := duty.Consignment{
		Date: on, Direction: duty.Direction(d.Direction), Incoterm: duty.Incoterm(d.Terms), Currency: tariff.CurrencyCode(d.Currency),
		Freight: charge(d.Freight), Insurance: charge(d.Insurance), Other: charge(d.Other),
		Lines: make([]duty.Line, len(d.Lines)),
	}
	if rate := d.Local[localExchange]; rate != "" {
		fx, err := num.ParseRate(rate)
		if err != nil {
			return c, err
		}
		c.FX = fx
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		line := duty.Line{
			Code: tariff.Code(l.Commodity), Origin: tariff.AreaCode(l.Origin), Preference: duty.Preference(l.Agreement),
			Price: l.Total, NetMass: l.NetMass, GrossMass: l.GrossMass,
		}
		if l.Origin == declaration.UnknownCountry {
			line.Origin = ""
		}
		line.Quantities = append(line.Quantities, duty.Quantity{Value: l.Quantity, Unit: tariff.UnitCode(l.Unit)})
		if l.LegalUnit != "" {
			line.Quantities = append(line.Quantities, duty.Quantity{Value: l.LegalQuantity, Unit: tariff.UnitCode(l.LegalUnit)})
		}
		if l.LegalUnit2 != "" {
			line.Quantities = append(line.Quantities, duty.Quantity{Value: l.LegalQuantity2, Unit: tariff.UnitCode(l.LegalUnit2)})
		}
		if declared && l.DeclaredRate != nil {
			line.Rates = &duty.GivenRates{MFN: tariff.AdValorem(*l.DeclaredRate)}
		}
		c.Lines[i] = line
	}
	return c, nil
}

func charge(c *declaration.Charge) duty.Charge {
	if c == nil {
		return duty.Charge{}
	}
	out := duty.Charge{Rate: c.Rate, Amount: c.Amount, Currency: tariff.CurrencyCode(c.Currency)}
	switch c.Mark {
	case declaration.ChargeRate:
		out.Mark = duty.ByRate
	case declaration.ChargeUnit:
		out.Mark = duty.ByMass
	case declaration.ChargeTotal:
		out.Mark = duty.InTotal
	}
	return out
}

// TaxFigure is one tax total of an assessment.
type TaxFigure struct {
	Tax    string    `json:"tax"`
	Amount num.Money `json:"amount"`
}

// figures gives the totals of a working, tax by tax, zero ones left out.
func figures(w *duty.Working) []TaxFigure {
	var list []TaxFigure
	for tax, amount := range w.Totals {
		if amount != 0 {
			list = append(list, TaxFigure{duty.Tax(tax).String(), amount})
		}
	}
	return list
}

// payer is who owes the tax: the party inside.
func payer(d *declaration.Declaration) string { return d.Consignee.Code() }

// selfDeclared compares the enterprise's own figures with ours (DR §3.4).
// Within tolerance they agree; a difference is marked for a follow-up check;
// short tells that so much less was declared that a person must look.
func selfDeclared(d *declaration.Declaration, w *duty.Working, p SelfDeclaration) (differs, short bool) {
	if len(d.DeclaredTax) == 0 {
		return false, false
	}
	own := map[string]num.Money{}
	for _, t := range d.DeclaredTax {
		own[t.Kind] += t.Amount
	}
	ours := map[string]num.Money{}
	for _, f := range figures(w) {
		ours[f.Tax] = f.Amount
	}
	for tax := range own {
		if _, known := ours[tax]; !known {
			ours[tax] = 0
		}
	}
	var gap num.Money
	for tax, amount := range ours {
		diff := amount - own[tax]
		if diff > p.Tolerance || -diff > p.Tolerance {
			differs = true
		}
		gap += diff
	}
	bound := p.ShortAmount
	if share, err := w.Total.Times(p.ShortShare, num.Down); err == nil {
		bound = max(bound, share)
	}
	return differs, gap > bound
}

// SelfDeclaration is how far self-declared tax may differ (DR §3.4, OR): per tax
// line without consequence, and in all before an officer must look.
type SelfDeclaration struct {
	Tolerance   num.Money
	ShortShare  num.Rate
	ShortAmount num.Money
}
