package declaration

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/declaration/number"
	"seine/internal/fault"
	"seine/internal/num"
)

// Codes answers whether a code stands in a published list on a day; the code
// lists satisfy it. The faults it returns carry no path.
type Codes interface {
	Check(list codelist.ListName, path, code string, on clock.Date) (codelist.Standing, error)
}

// Validate judges d as it was received on day on and returns every fault it
// finds, as a fault.List; nil when there is none. bounds are the parameters in
// force and required the elements that the procedure asks for.
//
// Faults: DEC-REQUIRED-01; DEC-KIND-01, 02; DEC-DIRECTION-01; DEC-DATE-01, 02;
// DEC-LINES-01 to 03; DEC-COMMODITY-01; DEC-QUANTITY-01, 02; DEC-PRICE-01 to
// 03; DEC-TOTAL-01; DEC-CURRENCY-01; DEC-MASS-01 to 04; DEC-PACKAGES-01;
// DEC-CHARGE-01, 02; DEC-TERMS-01; DEC-PARTY-01; DEC-CONTAINER-01;
// DEC-BOOK-01; DEC-TEXT-01; DEC-VALUATION-01; DEC-LEVY-01 to 09; DEC-NUMBER-01, 02, 03, 05;
// CODELIST faults of codes, credit codes and containers; NUM-RANGE-01.
func Validate(d *Declaration, bounds *Validation, required Requirements, codes Codes, on clock.Date) error {
	v := validator{d: d, bounds: bounds, codes: codes, on: on}
	required.missing(d, &v.faults)
	v.head()
	v.parties()
	v.texts()
	v.charges()
	v.equipment()
	if len(d.Lines) == 0 {
		v.add(fault.New(fault.Invalid, "DEC-LINES-01", "/lines", "a declaration needs at least one line", "add the goods"))
	}
	if len(d.Lines) > bounds.MaxLines {
		v.add(fault.New(fault.Invalid, "DEC-LINES-02", "/lines", "{count} lines are more than the {most} that one declaration may have",
			"split it into several declarations", "count", len(d.Lines), "most", bounds.MaxLines))
	}
	for i := range d.Lines {
		v.line(i)
	}
	v.levy()
	v.sums()
	if v.internal != nil {
		return v.internal
	}
	return v.faults.OrNil()
}

type validator struct {
	d        *Declaration
	bounds   *Validation
	codes    Codes
	on       clock.Date
	faults   fault.List
	internal error // an error that is no fault: the judgement could not be made
}

func (v *validator) add(f *fault.Fault) { v.faults = append(v.faults, f) }

func (v *validator) take(path string, err error) {
	if err := v.faults.Add(path, err); err != nil && v.internal == nil {
		v.internal = err
	}
}

func (v *validator) code(list codelist.ListName, path, code string) {
	if code == "" {
		return
	}
	if _, err := v.codes.Check(list, "", code, v.on); err != nil {
		v.take(path, err)
	}
}

func (v *validator) head() {
	d := v.d
	switch d.Kind {
	case BillOfEntry, FilingBill:
	default:
		v.add(fault.New(fault.Invalid, "DEC-KIND-01", "/kind", "“{value}” is no kind of declaration",
			"write bill_of_entry or filing_bill", "value", d.Kind))
	}
	if d.FilingType < 0 || d.FilingType > 4 || d.Kind == FilingBill && d.FilingType == 0 {
		v.add(fault.New(fault.Invalid, "DEC-KIND-02", "/filingType", "{value} is no type of filing bill",
			"write 1 ordinary, 2 first enter then declare, 3 centralized filing bill or 4 centralized bill of entry", "value", int(d.FilingType)))
	}
	if d.Direction != Import && d.Direction != Export {
		v.add(fault.New(fault.Invalid, "DEC-DIRECTION-01", "/direction", "“{value}” is no direction",
			"write import or export", "value", d.Direction))
	}
	if d.DeclaredOn != 0 && (d.DeclaredOn < v.bounds.EarliestDay || d.DeclaredOn > v.on) {
		v.add(fault.New(fault.Invalid, "DEC-DATE-01", "/declaredOn", "the day of declaration {value} is out of range",
			"give a day from {first} to {last}", "value", d.DeclaredOn, "first", v.bounds.EarliestDay, "last", v.on))
	}
	base := d.DeclaredOn
	if base == 0 {
		base = v.on
	}
	if last := base.AddDays(v.bounds.EntryDaysAhead); d.EntryOn != 0 && (d.EntryOn < v.bounds.EarliestDay || d.EntryOn > last) {
		v.add(fault.New(fault.Invalid, "DEC-DATE-02", "/entryOn", "the day of entry or exit {value} is out of range",
			"give a day from {first} to {last}", "value", d.EntryOn, "first", v.bounds.EarliestDay, "last", last))
	}
	v.code(codelist.Offices, "/entryOffice", string(d.EntryOffice))
	v.code(codelist.Offices, "/competentOffice", string(d.CompetentOffice))
	v.code(codelist.Offices, "/inspectionOffice", string(d.InspectionOffice))
	v.code(codelist.TransportModes, "/transport/mode", string(d.Transport.Mode))
	v.code(codelist.SupervisionModes, "/tradeMode", string(d.TradeMode))
	v.code(codelist.LevyNatures, "/levyNature", string(d.LevyNature))
	v.country("/tradeCountry", d.TradeCountry)
	v.country("/departureCountry", d.DepartureCountry)
	v.code(codelist.Locations, "/port", string(d.Port))
	v.code(codelist.Locations, "/transitPort", string(d.TransitPort))
	v.code(codelist.Currencies, "/currency", string(d.Currency))
	v.code(codelist.Packages, "/packageKind", string(d.PackageKind))
	if d.Number != "" {
		_, err := number.ParseBill(d.Number)
		v.take("/number", err)
	}
	if d.PreEntryNumber != "" {
		_, err := number.ParsePreEntry(d.PreEntryNumber)
		v.take("/preEntryNumber", err)
	}
	if d.ListNumber != "" {
		_, err := number.ParseList(d.ListNumber)
		v.take("/listNumber", err)
	}
	if d.BookNumber != "" {
		_, err := number.ParseBook(d.BookNumber)
		v.take("/bookNumber", err)
	}
	if d.Packages < 0 || d.Packages%num.OneQuantity != 0 {
		v.add(fault.New(fault.Invalid, "DEC-PACKAGES-01", "/packages", "{value} is no number of packages",
			"give a whole number above zero", "value", d.Packages))
	}
	v.mass("/grossMass", d.GrossMass)
	v.mass("/netMass", d.NetMass)
	if d.GrossMass > 0 && d.NetMass > d.GrossMass {
		v.add(heavier("/netMass", d.NetMass, d.GrossMass))
	}
	switch d.Terms {
	case "", CIF, CFR, FOB, EXW, CAI:
	default:
		v.add(fault.New(fault.Invalid, "DEC-TERMS-01", "/terms", "“{value}” are no terms of sale that a declaration can state",
			"write CIF, CFR, FOB, EXW or C&I", "value", d.Terms))
	}
}

// country accepts ZZ for a country that cannot be told.
func (v *validator) country(path string, c CountryCode) {
	if c != UnknownCountry {
		v.code(codelist.Countries, path, string(c))
	}
}

func (v *validator) mass(path string, q num.Quantity) {
	if q < 0 {
		v.add(below(q).Under(path))
	}
}

func below(q num.Quantity) *fault.Fault {
	return fault.New(fault.Invalid, "DEC-MASS-01", "", "a mass cannot be {value}", "give kilograms above zero", "value", q)
}

func heavier(path string, net, gross num.Quantity) *fault.Fault {
	return fault.New(fault.Invalid, "DEC-MASS-02", path, "net mass {net} kg is more than gross mass {gross} kg",
		"check the two masses and their unit", "net", net, "gross", gross)
}

func (v *validator) parties() {
	d := v.d
	v.party("/consignee", &d.Consignee)
	v.party("/overseas", &d.Overseas)
	v.party("/owner", &d.Owner)
	v.party("/declarant", &d.Declarant)
}

func (v *validator) party(path string, p *Party) {
	if p.CreditCode != "" {
		plain, err := codelist.ParseCreditCode(p.CreditCode)
		v.take(path+"/creditCode", err)
		if err == nil && string(plain) != p.CreditCode {
			v.add(notPlain(path+"/creditCode", p.CreditCode, string(plain)))
		}
	}
	if p.CustomsCode != "" {
		plain, err := codelist.ParseCustomsCode(p.CustomsCode)
		v.take(path+"/customsCode", err)
		if err == nil && string(plain) != p.CustomsCode {
			v.add(notPlain(path+"/customsCode", p.CustomsCode, string(plain)))
		}
	}
	v.country(path+"/country", p.Country)
	v.text(path+"/name", p.Name)
	v.text(path+"/foreignCode", p.ForeignCode)
}

func notPlain(path, value, plain string) *fault.Fault {
	return fault.New(fault.Invalid, "DEC-PARTY-01", path, "the code “{value}” is not in its plain form",
		"write it as {plain}", "value", value, "plain", plain)
}

func (v *validator) texts() {
	d := v.d
	v.text("/transport/name", d.Transport.Name)
	v.text("/transport/voyage", d.Transport.Voyage)
	v.text("/manifest", d.Manifest)
	v.text("/billOfLading", d.BillOfLading)
	v.text("/contract", d.Contract)
	v.text("/goodsPlace", d.GoodsPlace)
	v.text("/marks", d.Marks)
	v.text("/remarks", d.Remarks)
	v.text("/relatedNumber", d.RelatedNumber)
	v.text("/relatedBook", d.RelatedBook)
}

// text refuses what cannot be printed or is too long. Line breaks are allowed:
// marks are written in several lines.
func (v *validator) text(path, s string) {
	if s == "" {
		return
	}
	good := utf8.ValidString(s)
	for i := 0; good && i < len(s); i++ {
		good = s[i] >= ' ' && s[i] != 0x7f || s[i] == '\n' || s[i] == '\t'
	}
	if count := utf8.RuneCountInString(s); !good || count > v.bounds.TextRunes {
		v.add(fault.New(fault.Invalid, "DEC-TEXT-01", path, "this text has {count} characters or holds characters that cannot be printed",
			"write at most {most} printable characters", "count", count, "most", v.bounds.TextRunes))
	}
}

func (v *validator) charges() {
	v.charge("/freight", v.d.Freight)
	v.charge("/insurance", v.d.Insurance)
	v.charge("/other", v.d.Other)
}

func (v *validator) charge(path string, c *Charge) {
	if c == nil {
		return
	}
	bad := false
	switch c.Mark {
	case ChargeRate:
		bad = c.Rate <= 0 || c.Rate > num.OneRate || c.Amount != 0
	case ChargeUnit, ChargeTotal:
		// other charges may be deductions, freight and insurance may not
		bad = c.Amount == 0 || c.Amount < 0 && path != "/other" || c.Rate != 0 || c.Currency == ""
	default:
		v.add(fault.New(fault.Invalid, "DEC-CHARGE-01", path+"/mark", "“{value}” is no mark of a charge",
			"write 1 rate, 2 price per tonne or 3 total", "value", c.Mark))
		return
	}
	if bad {
		v.add(fault.New(fault.Invalid, "DEC-CHARGE-02", path, "this charge does not fit its mark {mark}",
			"with mark 1 give a rate up to 100 %, with marks 2 and 3 an amount and its currency", "mark", c.Mark))
	}
	v.code(codelist.Currencies, path+"/currency", string(c.Currency))
}

func (v *validator) equipment() {
	for i := range v.d.Equipment {
		e := &v.d.Equipment[i]
		path := "/equipment/" + strconv.Itoa(i)
		plain, err := codelist.ParseContainerNumber(e.Number)
		v.take(path+"/number", err)
		if err == nil {
			for j := range i {
				if other, err := codelist.ParseContainerNumber(v.d.Equipment[j].Number); err == nil && other == plain {
					v.add(fault.New(fault.Invalid, "DEC-CONTAINER-01", path+"/number", "container {value} is listed twice",
						"list each container once", "value", plain))
					break
				}
			}
		}
		for j, s := range e.Seals {
			v.text(path+"/seals/"+strconv.Itoa(j), s)
		}
	}
}

func (v *validator) line(i int) {
	l := &v.d.Lines[i]
	bad := func(field string, f *fault.Fault) { v.add(f.Under(linePath(i) + field)) }
	if l.Number != i+1 {
		bad("/number", fault.New(fault.Invalid, "DEC-LINES-03", "", "line {position} carries the number {value}",
			"number the lines 1, 2, 3 … without gaps", "position", i+1, "value", l.Number))
	}
	if !tenDigits(string(l.Commodity)) || strings.HasPrefix(string(l.Commodity), "00") { // there is no chapter 0
		bad("/commodity", fault.New(fault.Invalid, "DEC-COMMODITY-01", "", "“{value}” is no commodity code",
			"write ten digits of the tariff", "value", l.Commodity))
	}
	if l.Quantity <= 0 {
		bad("/quantity", notAbove(l.Quantity))
	}
	v.legal(i, "/legalQuantity", l.LegalQuantity, l.LegalUnit)
	v.legal(i, "/legalQuantity2", l.LegalQuantity2, l.LegalUnit2)
	v.price(i, l)
	if l.GrossMass < 0 || l.NetMass < 0 {
		bad("/netMass", below(min(l.GrossMass, l.NetMass)))
	}
	if l.GrossMass > 0 && l.NetMass > l.GrossMass {
		bad("/netMass", heavier("", l.NetMass, l.GrossMass))
	}
	if l.BookLine < 0 || l.BookLine > 0 && v.d.BookNumber == "" {
		bad("/bookLine", fault.New(fault.Invalid, "DEC-BOOK-01", "", "book line {value} is named without an account book",
			"name the account book in the head, or leave the book line out", "value", l.BookLine))
	}
	v.lineCodes(i, l)
	v.lineText(i, "/name", l.Name)
	v.lineText(i, "/model", l.Model)
}

func (v *validator) lineCodes(i int, l *GoodsItem) {
	check := func(list codelist.ListName, field, code string) {
		if code == "" {
			return
		}
		if _, err := v.codes.Check(list, "", code, v.on); err != nil {
			v.take(linePath(i)+field, err)
		}
	}
	check(codelist.Units, "/unit", string(l.Unit))
	check(codelist.Units, "/legalUnit", string(l.LegalUnit))
	check(codelist.Units, "/legalUnit2", string(l.LegalUnit2))
	check(codelist.Currencies, "/currency", string(l.Currency))
	check(codelist.ReliefModes, "/levyMode", string(l.LevyMode))
	if l.Origin != UnknownCountry {
		check(codelist.Countries, "/origin", string(l.Origin))
	}
	if len(l.FinalDestination) == 2 { // longer ones are regions inside China
		check(codelist.Countries, "/finalDestination", l.FinalDestination)
	}
	if l.Valuation < 0 || l.Valuation > FallbackValue {
		v.add(fault.New(fault.Invalid, "DEC-VALUATION-01", linePath(i)+"/valuation", "{value} is no valuation method",
			"write 1 transaction value, 2 identical, 3 similar, 4 deductive, 5 computed or 6 fall-back", "value", int(l.Valuation)))
	}
}

func (v *validator) lineText(i int, field, s string) {
	before := len(v.faults)
	v.text("", s)
	if len(v.faults) > before {
		v.faults[before] = v.faults[before].Under(linePath(i) + field)
	}
}

func (v *validator) legal(i int, field string, q num.Quantity, u UnitCode) {
	switch {
	case q < 0:
		v.add(notAbove(q).Under(linePath(i) + field))
	case (q == 0) != (u == ""):
		v.add(fault.New(fault.Invalid, "DEC-QUANTITY-02", linePath(i)+field, "a legal quantity and its unit belong together",
			"give both or neither"))
	}
}

func notAbove(q num.Quantity) *fault.Fault {
	return fault.New(fault.Invalid, "DEC-QUANTITY-01", "", "a quantity of {value} is not above zero", "give what is declared, at most five decimals", "value", q)
}

// price checks one line's total against its quantity and unit price. The unit
// price is rounded to four decimals, so half a unit of its last digit times the
// quantity may separate the two.
func (v *validator) price(i int, l *GoodsItem) {
	if l.Total < 0 || l.UnitPrice < 0 {
		v.add(fault.New(fault.Invalid, "DEC-PRICE-01", linePath(i)+"/total", "a price below zero cannot be declared",
			"declare a deduction as another charge of the head"))
		return
	}
	if l.Total == 0 && l.Valuation <= TransactionValue {
		v.add(fault.New(fault.Invalid, "DEC-PRICE-02", linePath(i)+"/total", "the goods have no price",
			"give the price, or the valuation method (2 to 6) by which their value is to be found"))
		return
	}
	if l.Total > 0 && v.d.CurrencyOf(l) == "" {
		v.add(fault.New(fault.Invalid, "DEC-CURRENCY-01", linePath(i)+"/currency", "the price has no currency",
			"give the currency of the line or of the invoice"))
	}
	if l.UnitPrice == 0 || l.Quantity <= 0 {
		return
	}
	// 1e-5 × 1e-4 = 1e-9; money is 1e-2
	product, err := num.MulDiv(int64(l.Quantity), int64(l.UnitPrice), 10_000_000, num.HalfUp)
	if err != nil {
		v.take(linePath(i)+"/total", err)
		return
	}
	slack, err := num.MulDiv(int64(l.Quantity), 1, 20_000_000, num.Up)
	if err != nil {
		v.take(linePath(i)+"/total", err)
		return
	}
	if difference := num.Money(product) - l.Total; max(difference, -difference) > num.Money(slack)+v.bounds.TotalTolerance {
		v.add(fault.New(fault.Invalid, "DEC-PRICE-03", linePath(i)+"/total", "the total {total} is not quantity × unit price, which is {product}",
			"correct quantity, unit price or total", "total", l.Total.Fixed(), "product", num.Money(product).Fixed()))
	}
}

// sums compares the lines together with the head, where the head states it.
func (v *validator) sums() {
	d := v.d
	var gross, net num.Quantity
	allGross, allNet := len(d.Lines) > 0, len(d.Lines) > 0
	for i := range d.Lines {
		var err error
		if gross, err = num.Add(gross, d.Lines[i].GrossMass); err == nil {
			net, err = num.Add(net, d.Lines[i].NetMass)
		}
		if err != nil {
			v.take("/lines", err)
			return
		}
		allGross = allGross && d.Lines[i].GrossMass != 0
		allNet = allNet && d.Lines[i].NetMass != 0
	}
	slack := v.bounds.MassTolerance * num.Quantity(len(d.Lines))
	if allGross && d.GrossMass > 0 && max(gross-d.GrossMass, d.GrossMass-gross) > slack {
		v.add(fault.New(fault.Invalid, "DEC-MASS-03", "/grossMass", "the lines weigh {lines} kg gross, the head says {head} kg",
			"correct the lines or the head", "lines", gross, "head", d.GrossMass))
	}
	if allNet && d.NetMass > 0 && max(net-d.NetMass, d.NetMass-net) > slack {
		v.add(fault.New(fault.Invalid, "DEC-MASS-04", "/netMass", "the lines weigh {lines} kg net, the head says {head} kg",
			"correct the lines or the head", "lines", net, "head", d.NetMass))
	}
	if d.TotalAmount != 0 {
		total, err := d.TotalOf(d.Currency)
		if err != nil {
			v.take("/totalAmount", err)
		} else if difference := total - d.TotalAmount; max(difference, -difference) > v.bounds.TotalTolerance*num.Money(max(1, len(d.Lines))) {
			v.add(fault.New(fault.Invalid, "DEC-TOTAL-01", "/totalAmount", "the lines add up to {lines} {currency}, the invoice says {head}",
				"correct the lines or the invoice total", "lines", total.Fixed(), "head", d.TotalAmount.Fixed(), "currency", d.Currency))
		}
	}
}

func tenDigits(s string) bool {
	if len(s) != 10 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
