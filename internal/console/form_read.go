package console

import (
	"strings"

	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/num"
)

// declaration makes the document; what cannot be read as a number or a day is a
// fault of its field.
func (f *declareForm) declaration() (declaration.Declaration, fault.List) {
	p := formReader{f: &f.paperForm}
	d := declaration.Declaration{
		Kind: declaration.Kind(p.text("/kind")), Direction: declaration.Direction(p.text("/direction")), Procedure: p.text("/procedure"),
		FilingType:      declaration.FilingType(p.quantity("/filingType") / num.OneQuantity),
		CompetentOffice: declaration.OfficeCode(p.code("/competentOffice")), EntryOffice: declaration.OfficeCode(p.code("/entryOffice")),
		DeclaredOn: p.day("/declaredOn"), EntryOn: p.day("/entryOn"),
		Consignee: declaration.Party{CreditCode: p.code("/consignee/creditCode"), Name: p.text("/consignee/name")},
		Declarant: declaration.Party{CreditCode: p.code("/declarant/creditCode"), Name: p.text("/declarant/name")},
		Overseas:  declaration.Party{Name: p.text("/overseas/name"), Country: declaration.CountryCode(p.code("/overseas/country"))},
		Transport: declaration.Transport{
			Mode: declaration.TransportModeCode(p.code("/transport/mode")), Name: p.text("/transport/name"), Voyage: p.code("/transport/voyage"),
		},
		BillOfLading: p.code("/billOfLading"), BookNumber: p.code("/bookNumber"), ListNumber: p.code("/listNumber"),
		TradeMode: declaration.TradeModeCode(p.code("/tradeMode")), LevyNature: declaration.LevyNatureCode(p.code("/levyNature")),
		TradeCountry: declaration.CountryCode(p.code("/tradeCountry")), DepartureCountry: declaration.CountryCode(p.code("/departureCountry")),
		Port: declaration.PortCode(p.code("/port")), Terms: declaration.Terms(p.text("/terms")), Currency: declaration.CurrencyCode(p.code("/currency")),
		Packages: p.quantity("/packages"), PackageKind: declaration.PackageCode(p.code("/packageKind")),
		GrossMass: p.quantity("/grossMass"), NetMass: p.quantity("/netMass"), Contract: p.text("/contract"), Remarks: p.text("/remarks"),
	}
	d.Freight, d.Insurance = p.charge("/freight", d.Currency), p.charge("/insurance", d.Currency)
	for box := range strings.FieldsFuncSeq(fold(f.value("/containers")), func(r rune) bool { return r == ',' || r == '、' || r == '\n' }) {
		if parts := strings.Fields(strings.ToUpper(box)); len(parts) > 0 {
			d.Equipment = append(d.Equipment, declaration.TransportEquipment{Number: parts[0], Seals: parts[1:]})
		}
	}
	for i := range f.Lines {
		if !f.filled(i) {
			continue
		}
		path := linePath(i)
		d.Lines = append(d.Lines, declaration.GoodsItem{
			Number: len(d.Lines) + 1, Commodity: declaration.CommodityCode(p.commodity(path + "/commodity")),
			Name: p.text(path + "/name"), Model: p.text(path + "/model"), Quantity: p.quantity(path + "/quantity"),
			Unit: declaration.UnitCode(p.code(path + "/unit")), LegalQuantity: p.quantity(path + "/legalQuantity"),
			LegalUnit: declaration.UnitCode(p.code(path + "/legalUnit")), Total: p.money(path + "/total"),
			Origin: declaration.CountryCode(p.code(path + "/origin")), NetMass: p.quantity(path + "/netMass"),
			LevyMode: declaration.LevyModeCode(p.code(path + "/levyMode")), BookLine: int(p.quantity(path+"/bookLine") / num.OneQuantity),
			FinalDestination: p.code(path + "/finalDestination"),
		})
	}
	if on := p.text("/levy/on"); on != "" {
		d.Levy = &declaration.LevyChoice{On: declaration.LevyBasis(on), Materials: p.materials("/levy/materials")}
	}
	return d, p.faults
}

func (p *formReader) charge(path string, currency declaration.CurrencyCode) *declaration.Charge {
	amount := p.money(path + "/amount")
	if amount == 0 {
		return nil
	}
	return &declaration.Charge{Mark: declaration.ChargeTotal, Amount: amount, Currency: currency}
}
