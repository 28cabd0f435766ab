package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/num"
)

// readForm takes the values as they were entered, folded from full width.
func readForm(posted url.Values) *declareForm {
	f := &declareForm{Values: map[string]string{}, Paste: posted.Get("paste")}
	for name, values := range posted {
		if strings.HasPrefix(name, "/") && len(values) > 0 {
			f.Values[name] = strings.TrimSpace(values[0])
		}
	}
	f.Lines = 1
	for i := range mostLines {
		if f.filled(i) {
			f.Lines = i + 1
		}
	}
	if lines, err := strconv.Atoi(posted.Get("lines")); err == nil {
		f.Lines = min(max(f.Lines, lines), mostLines)
	}
	return f
}

// filled tells whether anything but what the form itself presets stands on a line.
func (f *declareForm) filled(i int) bool {
	return slices.ContainsFunc(lineElements, func(e formElement) bool {
		return e.Path != "/levyMode" && e.Path != "/finalDestination" && f.Values[linePath(i)+e.Path] != ""
	})
}

// takePaste puts rows of a spreadsheet below the lines that are filled: columns
// by tabs, in the order of the grid.
func (f *declareForm) takePaste() {
	next := 0
	for i := range mostLines {
		if f.filled(i) {
			next = i + 1
		}
	}
	for row := range strings.Lines(f.Paste) {
		row = strings.TrimRight(row, "\r\n")
		if strings.TrimSpace(row) == "" {
			continue
		}
		if next >= mostLines {
			f.Faults = append(f.Faults, fault.New(fault.Invalid, "CONSOLE-PASTE-01", "/paste", "the form takes {most} lines",
				"send more lines as a file or by the API", "most", mostLines))
			break
		}
		for i, cell := range strings.Split(row, "\t") {
			if i < len(lineElements) {
				f.Values[linePath(next)+lineElements[i].Path] = strings.TrimSpace(cell)
			}
		}
		if f.Values[linePath(next)+"/levyMode"] == "" {
			f.Values[linePath(next)+"/levyMode"] = "1"
		}
		if f.Values[linePath(next)+"/finalDestination"] == "" && f.Values["/direction"] != string(declaration.Export) {
			f.Values[linePath(next)+"/finalDestination"] = home
		}
		next++
	}
	f.Lines, f.Paste = max(f.Lines, next), ""
}

// declaration makes the document; what cannot be read as a number or a day is a
// fault of its field.
func (f *declareForm) declaration() (declaration.Declaration, fault.List) {
	p := formReader{f: f}
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
			Number: len(d.Lines) + 1, Commodity: declaration.CommodityCode(strings.NewReplacer(".", "", " ", "").Replace(p.code(path + "/commodity"))),
			Name: p.text(path + "/name"), Model: p.text(path + "/model"), Quantity: p.quantity(path + "/quantity"),
			Unit: declaration.UnitCode(p.code(path + "/unit")), LegalQuantity: p.quantity(path + "/legalQuantity"),
			LegalUnit: declaration.UnitCode(p.code(path + "/legalUnit")), Total: p.money(path + "/total"),
			Origin: declaration.CountryCode(p.code(path + "/origin")), NetMass: p.quantity(path + "/netMass"),
			LevyMode: declaration.LevyModeCode(p.code(path + "/levyMode")), BookLine: int(p.quantity(path+"/bookLine") / num.OneQuantity),
			FinalDestination: p.code(path + "/finalDestination"),
		})
	}
	return d, p.faults
}

// formReader reads the values of a form and gathers what cannot be read.
type formReader struct {
	f      *declareForm
	faults fault.List
}

// fold brings full-width signs to their plain form: ＭＳＣＵ is MSCU.
func fold(s string) string { return strings.TrimSpace(width.Fold.String(s)) }

func (p *formReader) text(path string) string { return strings.TrimSpace(p.f.Values[path]) }

func (p *formReader) code(path string) string { return strings.ToUpper(fold(p.f.Values[path])) }

func (p *formReader) bad(path string, err error) {
	if err != nil {
		p.faults = append(p.faults, at(path, err)...)
	}
}

// number gives the digits of a field without the commas people group them by.
func (p *formReader) number(path string) string {
	return strings.NewReplacer(",", "", " ", "", "\u00a0", "").Replace(fold(p.f.Values[path]))
}

func (p *formReader) quantity(path string) num.Quantity {
	text := p.number(path)
	if text == "" {
		return 0
	}
	q, err := num.ParseQuantity(text)
	p.bad(path, err)
	return q
}

func (p *formReader) money(path string) num.Money {
	text := p.number(path)
	if text == "" {
		return 0
	}
	m, err := num.ParseMoney(text)
	p.bad(path, err)
	return m
}

func (p *formReader) day(path string) clock.Date {
	text := fold(p.f.Values[path])
	if text == "" {
		return 0
	}
	d, err := clock.ParseDate(text)
	p.bad(path, err)
	return d
}

func (p *formReader) charge(path string, currency declaration.CurrencyCode) *declaration.Charge {
	amount := p.money(path + "/amount")
	if amount == 0 {
		return nil
	}
	return &declaration.Charge{Mark: declaration.ChargeTotal, Amount: amount, Currency: currency}
}
