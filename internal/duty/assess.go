package duty

import (
	"errors"

	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

var (
	errTerms   = errors.New("a working has more steps in one block than it can address")
	errFormula = errors.New("a working has a step of an unknown formula")
)

// assessor is one assessment under way.
type assessor struct {
	c      *Consignment
	ref    *Reference
	rules  *Rules
	w      *Working
	faults fault.List
	exempt [taxes]bool
	// shares of the head's charges for each line; nil when there is none.
	freight, insurance, other []int64
	byMass                    bool
}

// Assess works out the customs value and every duty and tax of a consignment
// (DR §5.1 to 5.3) and gives the working. All faults of the consignment are
// reported at once, with paths into the documented JSON form.
//
// Faults: DUTY-DATE-01, DUTY-DIRECTION-01, DUTY-LINE-01, DUTY-INCOTERM-01,
// DUTY-VALUE-01 and 02, DUTY-CHARGE-01 to 04, DUTY-FX-01, DUTY-QUANTITY-01 and
// 02, DUTY-PART-01, DUTY-RATE-01 to 05, DUTY-PREFERENCE-01, DUTY-QUOTA-01, those
// of tariff (TARIFF-CODE-…, TARIFF-UNIT-02) and num (NUM-RANGE-01).
func Assess(c *Consignment, ref *Reference) (*Working, error) {
	w := new(Working)
	if err := AssessInto(w, c, ref); err != nil {
		return nil, err
	}
	return w, nil
}

// AssessInto is Assess into a working whose room is used again; whatever it held
// is gone.
func AssessInto(w *Working, c *Consignment, ref *Reference) error {
	a := assessor{c: c, ref: ref, w: w}
	if err := a.check(); err != nil {
		return err
	}
	a.rules = ref.Rules.At(c.Date)
	for {
		if err := a.pass(); err != nil {
			return err
		}
		if len(a.faults) > 0 {
			return a.faults
		}
		if !a.findExempt() {
			return nil
		}
	}
}

// check refuses what cannot be assessed at all.
func (a *assessor) check() error {
	c := a.c
	if c.Date == 0 {
		a.refuse(fault.New(fault.Invalid, "DUTY-DATE-01", "/date", "the day whose rates apply is missing", "give the date as YYYY-MM-DD"))
	}
	if c.Direction != Import && c.Direction != Export {
		a.refuse(fault.New(fault.Invalid, "DUTY-DIRECTION-01", "/direction", "“{direction}” is neither import nor export",
			"write import or export", "direction", c.Direction))
	}
	if len(c.Lines) == 0 {
		a.refuse(fault.New(fault.Invalid, "DUTY-LINE-01", "/lines", "there are no goods to assess", "give at least one line"))
	}
	if _, ok := terms[c.Incoterm]; !ok {
		a.refuse(fault.New(fault.Invalid, "DUTY-INCOTERM-01", "/incoterm", "“{term}” is not a delivery term",
			"use an Incoterms code such as FOB, CFR or CIF", "term", c.Incoterm))
	}
	for i := range c.Lines {
		if c.Lines[i].Price <= 0 {
			a.refuse(fault.New(fault.Invalid, "DUTY-VALUE-01", linePath(i, "/price"), "the price must be above zero",
				"give the price of the whole line; for goods without a price, the value customs would accept"))
		}
		for j := range c.Lines[i].Quantities {
			if c.Lines[i].Quantities[j].Value < 0 {
				a.refuse(fault.New(fault.Invalid, "DUTY-QUANTITY-03", linePath(i, "/quantity"), "a quantity cannot be negative", "give the quantity of the goods"))
				break
			}
		}
		for _, m := range [...]struct {
			path string
			mass num.Quantity
		}{{"/net_mass", c.Lines[i].NetMass}, {"/gross_mass", c.Lines[i].GrossMass}} {
			if m.mass < 0 {
				a.refuse(fault.New(fault.Invalid, "DUTY-QUANTITY-03", linePath(i, m.path), "a quantity cannot be negative", "give the quantity of the goods"))
			}
		}
	}
	return a.faults.OrNil()
}

func (a *assessor) refuse(f *fault.Fault) { a.faults = append(a.faults, f) }

// collect keeps what err carries as faults; anything else is internal and given
// back.
func (a *assessor) collect(err error) error { return a.faults.Add("", err) }

func (a *assessor) note(line int, code, text string, values ...NoteValue) {
	a.w.Notes = append(a.w.Notes, Note{Line: line, Code: code, Text: text, Values: values})
}

// exchange gives the rate of a currency into that of the house.
func (a *assessor) exchange(c tariff.CurrencyCode) (num.Rate, error) {
	switch {
	case c == a.c.Currency && a.c.FX > 0:
		return a.c.FX, nil
	case c == a.c.Currency && a.c.FX < 0:
		return 0, noExchange(c, a.c.Date)
	case c == "" || c == a.ref.Local:
		return num.OneRate, nil
	}
	return a.ref.FX.Rate(c, a.c.Date, a.rules.ExchangeRule)
}

// pass works the whole consignment out once, with the taxes that are known to
// fall under the threshold set to nothing.
func (a *assessor) pass() error {
	c, w := a.c, a.w
	steps, blocks, notes := w.Steps[:0], w.Blocks[:0], w.Notes[:0]
	if cap(steps) == 0 {
		steps = make([]Step, 0, 10*len(c.Lines)+6)
		blocks = make([]Block, 0, len(c.Lines)+1)
	}
	*w = Working{
		Date: c.Date, Currency: a.ref.Local, Steps: steps, Blocks: blocks, Notes: notes, Parameter: a.ref.Rules.Epoch(),
	}
	if a.ref.Tariff != nil {
		w.Tariff = a.ref.Tariff.Epoch()
	}
	if a.ref.Taxes != nil {
		w.TaxTable = a.ref.Taxes.Epoch()
	}
	fx, err := a.exchange(c.Currency)
	if err != nil {
		return err
	}
	if err := a.head(fx); err != nil {
		return err
	}
	if len(a.faults) > 0 {
		return nil
	}
	for i := range c.Lines {
		if err := a.collect(a.line(i, fx)); err != nil {
			return err
		}
	}
	for i := range w.Blocks {
		b := &w.Blocks[i]
		for t, m := range b.Amounts {
			if w.Totals[t], err = num.Add(w.Totals[t], m); err != nil {
				return err
			}
			if w.Total, err = num.Add(w.Total, m); err != nil {
				return err
			}
		}
		if b.Line >= 0 {
			if w.Value, err = num.Add(w.Value, b.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// findExempt finds the first tax that now falls under the threshold and was not
// yet exempted (DR §5.3): duties first, as they stand in the base of the others.
func (a *assessor) findExempt() bool {
	for t := Duty; t < taxes; t++ {
		limit := a.rules.ExemptOther
		if t == Duty || t == ExportTax {
			limit = a.rules.ExemptDuty
		}
		if m := a.w.Totals[t]; !a.exempt[t] && m > 0 && m <= limit {
			a.exempt[t] = true
			return true
		}
	}
	return false
}

// line assesses one line of goods into a block of its own.
func (a *assessor) line(i int, fx num.Rate) error {
	w, l := a.w, &a.c.Lines[i]
	start := len(w.Steps)
	w.Blocks = append(w.Blocks, Block{Line: i, First: start})
	b := &w.Blocks[len(w.Blocks)-1]
	defer func() { b.Last = len(w.Steps) }()
	foreign := a.c.Currency
	if foreign == a.ref.Local && fx == num.OneRate {
		foreign = ""
	}
	terms := uint64(1)
	w.Steps = append(w.Steps, Step{Label: LabelPrice, Formula: Given, Base: l.Price, Currency: foreign, Result: l.Price})
	local := l.Price
	if foreign != "" {
		s := Step{Label: LabelPriceLocal, Formula: Converted, Rounding: num.HalfUp, Base: l.Price, Rate: fx}
		var err error
		if s.Result, err = l.Price.Times(fx, num.HalfUp); err != nil {
			return lineFault(i, "/price", err)
		}
		w.Steps = append(w.Steps, s)
		terms, local = 2, s.Result
	}
	for _, share := range [...]struct {
		label Label
		parts []int64
		head  Label
		mass  bool
	}{
		{LabelFreightShare, a.freight, LabelFreight, a.byMass},
		{LabelInsuranceShare, a.insurance, LabelInsurance, false},
		{LabelOtherShare, a.other, LabelOther, a.byMass},
	} {
		if share.parts == nil {
			continue
		}
		head, weight, of := a.headAmount(share.head), int64(l.GrossMass), a.totalMass()
		if !share.mass {
			weight, of = int64(local), int64(w.Blocks[0].Value)
		}
		terms |= 1 << (len(w.Steps) - start)
		w.Steps = append(w.Steps, Step{Label: share.label, Formula: Share, Base: head, Numer: weight, Denom: of, Result: num.Money(share.parts[i])})
	}
	value, err := sumOf(w.Steps[start:], terms)
	if err != nil {
		return lineFault(i, "/price", err)
	}
	w.Steps = append(w.Steps, Step{Label: LabelValue, Formula: Sum, Terms: terms, Result: value})
	if a.rules.ValueRound == "yuan" {
		s := Step{Label: LabelValueRounded, Formula: WholeUnits, Rounding: num.HalfUp, Terms: 1 << (len(w.Steps) - 1 - start)}
		if s.Result, err = s.result(w.Steps[start:]); err != nil {
			return err
		}
		value = s.Result
		w.Steps = append(w.Steps, s)
	}
	if l.Relief != nil {
		s, err := l.Relief.step(value, linePath(i, "/relief"))
		if err != nil {
			return err
		}
		value = s.Result
		w.Steps = append(w.Steps, s)
	}
	if value <= 0 && l.Relief == nil {
		return fault.New(fault.Invalid, "DUTY-VALUE-02", linePath(i, "/price"), "the customs value comes to {value}",
			"check the deductions against the price", "value", value.Fixed())
	}
	b.Value = value
	if a.c.Direction == Export {
		return a.exportLine(i, b, start, value)
	}
	return a.importTaxes(i, b, start, value)
}

// importTaxes appends duty, remedies, consumption tax and VAT of one line.
func (a *assessor) importTaxes(i int, b *Block, start int, value num.Money) error {
	w, l := a.w, &a.c.Lines[i]
	valueTerm := uint64(1) << (len(w.Steps) - 1 - start)
	cols, err := a.columnsOf(i)
	if err != nil {
		return err
	}
	rate, err := a.choose(i, &cols, value)
	if err != nil {
		return err
	}
	base := valueTerm
	duties := func(e *tariff.Expression, tax Tax, label Label, from source, inBase bool) error {
		first := len(w.Steps) - start
		steps, sum, err := a.evaluate(w.Steps, start, e, tax, label, from, i, value, valueTerm)
		w.Steps = steps
		if err != nil {
			return lineFault(i, "/hs", err)
		}
		var own uint64
		for n := first; n < len(w.Steps)-start; n++ {
			if w.Steps[start+n].Tax == tax {
				own |= 1 << n
			}
		}
		if a.exempt[tax] && sum > 0 {
			w.Steps = append(w.Steps, a.exemption(tax, own, sum))
			own |= 1 << (len(w.Steps) - 1 - start)
			sum = 0
		}
		if b.Amounts[tax], err = num.Add(b.Amounts[tax], sum); err != nil {
			return lineFault(i, "/price", err)
		}
		if inBase {
			base |= own
		}
		return nil
	}
	var remedies [8]Remedy
	given := a.remediesOf(i, remedies[:0])
	if l.unproved() && a.rules.MissingOrigin && len(given) > 0 {
		if rate, given, err = a.withoutProof(i, &cols, rate, given, value); err != nil {
			return err
		}
	}
	if l.Instead != nil {
		base |= 1 << (len(w.Steps) - start)
		w.Steps = append(w.Steps, Step{Label: LabelMaterialDuty, Tax: Duty, Formula: Given, Base: *l.Instead, Result: *l.Instead, Source: selectiveLaw})
		b.Amounts[Duty] = *l.Instead
	} else if err := duties(rate.duty, Duty, LabelDuty, rate.from, true); err != nil {
		return err
	}
	for _, r := range given {
		tax, ok := remedyTax(r.Kind)
		if !ok || r.Duty == nil {
			return fault.New(fault.Invalid, "DUTY-RATE-05", linePath(i, "/remedies"), "“{kind}” is not a trade remedy",
				"use anti_dumping, countervailing, safeguard or retaliation", "kind", r.Kind)
		}
		if err := duties(r.Duty, tax, LabelRemedy, source{column: r.Kind, law: r.Law}, a.rules.RemediesInBase); err != nil {
			return err
		}
	}
	if e, from := a.exciseOf(i); e != nil {
		if err := duties(e, Excise, LabelExcise, from, true); err != nil {
			return err
		}
	}
	if base, err = a.consumption(i, b, start, base); err != nil {
		return err
	}
	return a.vat(i, b, start, base)
}

// exemption is the step that takes a tax under the threshold off again.
func (a *assessor) exemption(tax Tax, own uint64, sum num.Money) Step {
	name := "exempt_other"
	if tax == Duty || tax == ExportTax {
		name = "exempt_duty"
	}
	return Step{Label: LabelExempt, Tax: tax, Formula: Exempted, Terms: own, Result: -sum, Source: a.ref.Rules.Law(name, a.c.Date)}
}

// consumption appends the consumption tax of one line and gives the terms of the
// base of VAT. The three kinds (DR §5.3) are one: an amount Q×s, a share c of the
// price that includes the tax, or both, where the price includes Q×s too.
func (a *assessor) consumption(i int, b *Block, start int, base uint64) (uint64, error) {
	w, l := a.w, &a.c.Lines[i]
	var e *tariff.Expression
	from := source{column: tariff.ConsumptionTax, law: "stated with the case"}
	if l.Rates != nil {
		e = l.Rates.Consumption
	} else if a.ref.Taxes != nil {
		if row, ok := a.ref.Taxes.At(tariff.ConsumptionTax, l.Code, a.c.Date); ok {
			e, from.law = &row.Duty, row.Law
		} else {
			for _, row := range a.ref.Taxes.Conditional(tariff.ConsumptionTax, l.Code, a.c.Date) {
				a.note(i, "consumption_tax_possible", "Consumption tax of "+row.Duty.Text+" is due if: "+row.Condition+" ("+row.Goods+").",
					NoteValue{"condition", row.Condition}, NoteValue{"goods", row.Goods}, NoteValue{"rate", row.Duty.Text})
			}
		}
	}
	if e == nil {
		return base, nil
	}
	var share num.Rate
	var own uint64
	var sum num.Money
	priced := base
	for n := range e.Components {
		c := &e.Components[n]
		if c.Op != Plus || c.Basis != "" || (c.Unit == "" && c.Per > 1) {
			return base, fault.New(fault.Invalid, "DUTY-RATE-05", linePath(i, "/rates/consumption"), "“{kind}” is not a rate of consumption tax",
				"give a rate, an amount per unit, or both", "kind", e.Text)
		}
		if c.Unit == "" {
			share += c.Rate
			continue
		}
		one := tariff.Expression{Text: e.Text, Components: e.Components[n : n+1], Understood: true}
		first := len(w.Steps) - start
		steps, m, err := a.evaluate(w.Steps, start, &one, ConsumptionTax, LabelConsumption, from, i, b.Value, 0)
		w.Steps = steps
		if err != nil {
			return base, lineFault(i, "/rates/consumption", err)
		}
		for k := first; k < len(w.Steps)-start; k++ {
			if w.Steps[start+k].Tax == ConsumptionTax {
				own |= 1 << k
				priced |= 1 << k
			}
		}
		if sum, err = num.Add(sum, m); err != nil {
			return base, lineFault(i, "/rates/consumption", err)
		}
	}
	if share > 0 {
		price := Step{Label: LabelTaxedPrice, Formula: GrossUp, Rounding: a.rules.TaxRounding, Terms: priced, Rate: share, Column: tariff.ConsumptionTax, Source: from.law}
		tax := Step{Label: LabelConsumption, Tax: ConsumptionTax, Formula: Within, Rounding: a.rules.TaxRounding, Terms: priced, Rate: share, Column: tariff.ConsumptionTax, Source: from.law}
		var err error
		// The tax first: it refuses a rate of 100 % and more.
		if tax.Result, err = tax.result(w.Steps[start:]); err != nil {
			return base, lineFault(i, "/rates/consumption", err)
		}
		if price.Result, err = price.result(w.Steps[start:]); err != nil {
			return base, lineFault(i, "/rates/consumption", err)
		}
		w.Steps = append(w.Steps, price, tax)
		own |= 1 << (len(w.Steps) - 1 - start)
		if sum, err = num.Add(sum, tax.Result); err != nil {
			return base, lineFault(i, "/rates/consumption", err)
		}
	}
	if a.exempt[ConsumptionTax] && sum > 0 {
		w.Steps = append(w.Steps, a.exemption(ConsumptionTax, own, sum))
		own |= 1 << (len(w.Steps) - 1 - start)
		sum = 0
	}
	b.Amounts[ConsumptionTax] = sum
	return base | own, nil
}

// vat appends the VAT of one line on value, duties and consumption tax.
func (a *assessor) vat(i int, b *Block, start int, base uint64) error {
	w, l := a.w, &a.c.Lines[i]
	var rate num.Rate
	law := "stated with the case"
	switch {
	case l.Rates != nil && l.Rates.VAT != nil:
		rate = *l.Rates.VAT
	case l.Rates != nil:
		return nil
	case a.ref.Taxes == nil: // a schedule that carries VAT itself
		if a.ref.Tariff == nil || !a.ref.Tariff.Has(tariff.VAT) {
			return nil
		}
		g, err := a.goods(i)
		if err != nil {
			return err
		}
		m, ok := g.Rate(tariff.VAT, l.Origin)
		if !ok || m.Duty == nil {
			return nil
		}
		if rate, ok = m.Duty.Plain(); !ok {
			return pointsElsewhere(i, m.Duty)
		}
		law = "vat " + m.Type
	default:
		row, ok := a.ref.Taxes.At(tariff.VAT, l.Code, a.c.Date)
		if !ok {
			return nil
		}
		rate, law = row.Rate(), row.Law
	}
	s := Step{Label: LabelVAT, Tax: VAT, Formula: OfValue, Rounding: a.rules.TaxRounding, Terms: base, Rate: rate, Column: tariff.VAT, Source: law}
	var err error
	if s.Base, err = sumOf(w.Steps[start:], base); err != nil {
		return lineFault(i, "/rates/vat", err)
	}
	if s.Result, err = s.Base.Times(rate, s.Rounding); err != nil {
		return lineFault(i, "/rates/vat", err)
	}
	w.Steps = append(w.Steps, s)
	b.Amounts[VAT] = s.Result
	if a.exempt[VAT] && s.Result > 0 {
		w.Steps = append(w.Steps, a.exemption(VAT, 1<<(len(w.Steps)-1-start), s.Result))
		b.Amounts[VAT] = 0
	}
	return nil
}

// exportLine appends the export duty of one line: the value is the price at the
// border without the duty, value ÷ (1 + rate). Goods without a rate pay none.
func (a *assessor) exportLine(i int, b *Block, start int, value num.Money) error {
	w, l := a.w, &a.c.Lines[i]
	var e *tariff.Expression
	from := source{column: tariff.ExportDuty, law: "stated with the case"}
	if l.Rates != nil {
		e = l.Rates.Export
	} else if a.ref.Tariff != nil {
		g, err := a.goods(i)
		if err != nil {
			return err
		}
		if m, ok := g.Rate(tariff.ExportDuty, ""); ok && m.Duty != nil {
			e, from = m.Duty, source{tariff.ExportDuty, m, m.Law, a.ref.Tariff.About.Currency}
		}
	}
	if e == nil {
		return nil
	}
	valueTerm := uint64(1) << (len(w.Steps) - 1 - start)
	if rate, ok := e.Plain(); ok {
		s := Step{Label: LabelExportValue, Formula: OutOfExport, Rounding: num.HalfUp, Terms: valueTerm, Rate: rate, Column: tariff.ExportDuty, Measure: from.measure, Source: from.law}
		var err error
		if s.Result, err = s.result(w.Steps[start:]); err != nil {
			return err
		}
		w.Steps = append(w.Steps, s)
		value, b.Value, valueTerm = s.Result, s.Result, valueTerm<<1
	}
	first := len(w.Steps) - start
	steps, sum, err := a.evaluate(w.Steps, start, e, ExportTax, LabelDuty, from, i, value, valueTerm)
	w.Steps = steps
	if err != nil {
		return lineFault(i, "/hs", err)
	}
	if a.exempt[ExportTax] && sum > 0 {
		var own uint64
		for n := first; n < len(w.Steps)-start; n++ {
			if w.Steps[start+n].Tax == ExportTax {
				own |= 1 << n
			}
		}
		w.Steps = append(w.Steps, a.exemption(ExportTax, own, sum))
		sum = 0
	}
	b.Amounts[ExportTax] = sum
	return nil
}

// lineFault puts a fault that has no path yet on a member of a line.
func lineFault(i int, member string, err error) error {
	found := fault.All(err)
	if found == nil {
		return err
	}
	out := make(fault.List, len(found))
	for n, f := range found {
		if out[n] = f; f.Path == "" {
			out[n] = f.Under(linePath(i, member))
		}
	}
	return out
}
