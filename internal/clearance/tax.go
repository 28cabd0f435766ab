package clearance

import (
	"cmp"
	"slices"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/duty"
	"seine/internal/num"
	"seine/internal/revenue"
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

// lines gives the totals of a working as the lines of a bill, with the
// enterprise's own figure beside each where it declared any.
func lines(figures []TaxFigure, self *revenue.SelfComparison) []revenue.Line {
	list := make([]revenue.Line, 0, len(figures))
	for _, f := range figures {
		list = append(list, revenue.Line{Tax: f.Tax, Amount: f.Amount})
	}
	if self == nil {
		return list
	}
	for _, s := range self.Lines {
		declared := s.Declared
		i := slices.IndexFunc(list, func(l revenue.Line) bool { return l.Tax == s.Tax })
		if i < 0 {
			list = append(list, revenue.Line{Tax: s.Tax})
			i = len(list) - 1
		}
		list[i].Declared = &declared
	}
	return list
}

// shares tells on the goods of which chapter each tax falls: the blocks of the
// working, summed. They sum to its totals.
func shares(d *declaration.Declaration, w *duty.Working) []revenue.Share {
	var list []revenue.Share
	for _, b := range w.Blocks {
		chapter := ""
		if b.Line >= 0 && b.Line < len(d.Lines) && len(d.Lines[b.Line].Commodity) >= 2 {
			chapter = string(d.Lines[b.Line].Commodity[:2])
		}
		for tax, amount := range b.Amounts {
			if amount == 0 {
				continue
			}
			name := duty.Tax(tax).String()
			i := slices.IndexFunc(list, func(s revenue.Share) bool { return s.Chapter == chapter && s.Tax == name })
			if i < 0 {
				list = append(list, revenue.Share{Chapter: chapter, Tax: name})
				i = len(list) - 1
			}
			list[i].Amount += amount
		}
	}
	slices.SortFunc(list, func(a, b revenue.Share) int {
		return cmp.Or(cmp.Compare(a.Chapter, b.Chapter), cmp.Compare(a.Tax, b.Tax))
	})
	return list
}

// selfDeclared lays the enterprise's own figures beside ours (DR §3.4); nil when
// it declared none.
func selfDeclared(d *declaration.Declaration, w *duty.Working, r revenue.Rules) (*revenue.SelfComparison, error) {
	var own, ours []revenue.Line
	for _, t := range d.DeclaredTax {
		own = append(own, revenue.Line{Tax: t.Kind, Amount: t.Amount})
	}
	for _, f := range figures(w) {
		ours = append(ours, revenue.Line{Tax: f.Tax, Amount: f.Amount})
	}
	return revenue.CompareSelf(own, ours, w.Total, r)
}
