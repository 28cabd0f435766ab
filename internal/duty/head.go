package duty

import (
	"seine/internal/fault"
	"seine/internal/num"
)

// included says what the price under a delivery term already contains.
type included struct {
	freight, insurance bool // paid by the seller: in the price
	stated             bool // no term: take the charges as they are stated
}

// terms are the Incoterms rules of 2000 to 2020. Under the D terms and CIF the
// seller pays both up to the border; under C terms without insurance the
// freight; under E and F terms neither (DR §5.1).
var terms = map[Incoterm]included{
	"":    {stated: true},
	"EXW": {}, "FCA": {}, "FAS": {}, "FOB": {},
	"CFR": {freight: true}, "CPT": {freight: true}, "C&F": {freight: true}, "CNF": {freight: true},
	"C&I": {insurance: true},
	// The transaction modes of the Chinese form.
	"1": {freight: true, insurance: true}, "2": {freight: true}, "3": {}, "4": {insurance: true},
	"CIF": {freight: true, insurance: true}, "CIP": {freight: true, insurance: true},
	"DAP": {freight: true, insurance: true}, "DPU": {freight: true, insurance: true}, "DDP": {freight: true, insurance: true},
	"DAT": {freight: true, insurance: true}, "DAF": {freight: true, insurance: true}, "DES": {freight: true, insurance: true},
	"DEQ": {freight: true, insurance: true}, "DDU": {freight: true, insurance: true},
}

// head appends the head's block: the price of all lines in the currency of the
// house, freight, insurance and other charges, and shares them over the lines
// so that the shares sum to the charge.
func (a *assessor) head(fx num.Rate) error {
	c, w := a.c, a.w
	w.Blocks = append(w.Blocks, Block{Line: -1})
	b := &w.Blocks[0]
	var price num.Money
	for i := range c.Lines {
		local, err := c.Lines[i].Price.Times(fx, num.HalfUp)
		if err == nil {
			price, err = num.Add(price, local)
		}
		if err != nil {
			return a.collect(lineFault(i, "/price", err))
		}
	}
	// Block 0 keeps the price as the whole of the weights by value.
	b.Value = price
	a.freight, a.insurance, a.other = nil, nil, nil
	in := terms[c.Incoterm]
	if c.Freight.Mark == NoCharge && c.Insurance.Mark == NoCharge && c.Other.Mark == NoCharge &&
		(in.stated || in.insurance && c.Direction == Import || !in.freight && c.Direction == Export) {
		b.Last = len(w.Steps)
		return nil
	}
	w.Steps = append(w.Steps, Step{Label: LabelPrice, Formula: Given, Base: price, Result: price})
	var freight, insurance, other num.Money
	var err error
	if c.Direction == Export {
		// The export value is the price at the border: what the price contains
		// beyond it comes off.
		if in.freight && c.Freight.Mark == NoCharge {
			return a.collect(fault.New(fault.Invalid, "DUTY-CHARGE-01", "/freight", "under {term} the freight must be stated",
				"give the freight up to unloading; 0 if there was none", "term", c.Incoterm))
		}
		if freight, err = a.charge(LabelFreight, "/freight", c.Freight, price, 1); err != nil {
			return a.collect(err)
		}
		base, err := num.Add(price, freight)
		if err != nil {
			return a.collect(lineless("/freight", err))
		}
		if insurance, err = a.charge(LabelInsurance, "/insurance", c.Insurance, base, 1|1<<(len(w.Steps)-1)); err != nil {
			return a.collect(err)
		}
		if !in.freight {
			freight = 0
		}
		if !in.insurance {
			insurance = 0
		}
		freight, insurance = -freight, -insurance
	} else {
		if freight, err = a.freightOf(in, price); err != nil {
			return a.collect(err)
		}
		if insurance, err = a.insuranceOf(in, price, freight); err != nil {
			return a.collect(err)
		}
	}
	if other, err = a.charge(LabelOther, "/other", c.Other, price, 1); err != nil {
		return a.collect(err)
	}
	b.Last = len(w.Steps)
	return a.collect(a.share(freight, insurance, other))
}

// freightOf gives the freight that is to be added to the price.
func (a *assessor) freightOf(in included, price num.Money) (num.Money, error) {
	f := a.c.Freight
	switch {
	case in.freight && f.Mark != NoCharge && (f.Amount != 0 || f.Rate != 0):
		return 0, fault.New(fault.Invalid, "DUTY-CHARGE-02", "/freight", "under {term} the freight is in the price", "leave the freight out, or correct the delivery term", "term", a.c.Incoterm)
	case !in.freight && !in.stated && f.Mark == NoCharge:
		return 0, fault.New(fault.Invalid, "DUTY-CHARGE-01", "/freight", "under {term} the freight must be stated", "give the freight up to unloading; 0 if there was none", "term", a.c.Incoterm)
	case in.freight:
		return 0, nil
	}
	return a.charge(LabelFreight, "/freight", f, price, 1)
}

// insuranceOf gives the insurance to be added; when the buyer bears it and it is
// not known, the default share of price and freight.
func (a *assessor) insuranceOf(in included, price, freight num.Money) (num.Money, error) {
	f := a.c.Insurance
	switch {
	case in.insurance && f.Mark != NoCharge && (f.Amount != 0 || f.Rate != 0):
		return 0, fault.New(fault.Invalid, "DUTY-CHARGE-02", "/insurance", "under {term} the insurance is in the price", "leave the insurance out, or correct the delivery term", "term", a.c.Incoterm)
	case in.insurance:
		return 0, nil
	}
	base, err := num.Add(price, freight)
	if err != nil {
		return 0, err
	}
	of := uint64(1)
	if n := len(a.w.Steps); n > 1 && a.w.Steps[n-1].Result == freight {
		of |= 1 << (n - 1)
	}
	if f.Mark == NoCharge && !in.stated {
		s := Step{
			Label: LabelInsurance, Formula: OfValue, Rounding: num.HalfUp, Terms: of, Base: base, Rate: a.rules.Insurance,
			Source: a.ref.Rules.Law("insurance_default", a.c.Date),
		}
		if s.Result, err = base.Times(s.Rate, s.Rounding); err != nil {
			return 0, err
		}
		a.w.Steps = append(a.w.Steps, s)
		a.note(-1, "insurance_default", "The insurance is not known: the default share of price and freight is added.")
		return s.Result, nil
	}
	return a.charge(LabelInsurance, "/insurance", f, base, of)
}

// charge appends the steps of one charge and gives it in the currency of the
// house. base, the sum of the terms, is what a rate is taken of.
func (a *assessor) charge(label Label, path string, f Charge, base num.Money, of uint64) (num.Money, error) {
	w := a.w
	if f.Mark == NoCharge {
		return 0, nil
	}
	if (f.Amount < 0 || f.Rate < 0) && label != LabelOther {
		return 0, fault.New(fault.Invalid, "DUTY-CHARGE-04", path, "freight and insurance cannot be negative", "state deductions under other charges")
	}
	if f.Mark == ByRate {
		s := Step{Label: label, Formula: OfValue, Rounding: num.HalfUp, Terms: of, Base: base, Rate: f.Rate}
		var err error
		if s.Result, err = base.Times(f.Rate, num.HalfUp); err != nil {
			return 0, lineless(path, err)
		}
		w.Steps = append(w.Steps, s)
		return s.Result, nil
	}
	currency := f.Currency
	if currency == "" {
		currency = a.c.Currency
	}
	fx, err := a.exchange(currency)
	if err != nil {
		return 0, lineless(path, err)
	}
	shown := currency
	if fx == num.OneRate {
		shown = ""
	}
	s := Step{Label: label, Formula: Given, Base: f.Amount, Currency: shown, Result: f.Amount}
	if f.Mark == ByMass {
		mass := a.totalMass()
		if mass <= 0 {
			return 0, fault.New(fault.Invalid, "DUTY-CHARGE-03", path, "a charge by the tonne needs the gross mass of every line",
				"give gross_mass on each line, or state the charge in total")
		}
		s.Formula, s.Numer, s.Denom, s.Rounding = Proportion, mass, 1000*int64(num.OneQuantity), num.HalfUp
		if s.Result, err = s.result(nil); err != nil {
			return 0, lineless(path, err)
		}
	}
	w.Steps = append(w.Steps, s)
	if shown == "" {
		return s.Result, nil
	}
	s = Step{Label: label, Formula: Converted, Rounding: num.HalfUp, Base: s.Result, Rate: fx}
	if s.Result, err = s.result(nil); err != nil {
		return 0, lineless(path, err)
	}
	w.Steps = append(w.Steps, s)
	return s.Result, nil
}

func lineless(path string, err error) error {
	var l fault.List
	for _, f := range fault.All(err) {
		g := *f
		g.Path = path
		l = append(l, &g)
	}
	if l == nil {
		return err
	}
	return l
}

// totalMass gives the gross mass of all lines when every line states one.
func (a *assessor) totalMass() int64 {
	var sum int64
	for i := range a.c.Lines {
		m := int64(a.c.Lines[i].GrossMass)
		if m <= 0 {
			return 0
		}
		var err error
		if sum, err = num.Add(sum, m); err != nil {
			return 0
		}
	}
	return sum
}

// headAmount gives the charge that is shared, as the shares sum to.
func (a *assessor) headAmount(label Label) num.Money {
	var parts []int64
	switch label {
	case LabelFreight:
		parts = a.freight
	case LabelInsurance:
		parts = a.insurance
	case LabelOther:
		parts = a.other
	}
	var sum int64
	for _, p := range parts {
		sum += p
	}
	return num.Money(sum)
}

// share splits the charges over the lines (DR §5.1): freight and other charges
// by gross mass when every line has one, else by value; insurance by value;
// largest remainder, so that the shares sum to the charge.
func (a *assessor) share(freight, insurance, other num.Money) error {
	byValue := make([]int64, len(a.c.Lines))
	fx, err := a.exchange(a.c.Currency)
	if err != nil {
		return err
	}
	for i := range a.c.Lines {
		local, err := a.c.Lines[i].Price.Times(fx, num.HalfUp)
		if err != nil {
			return err
		}
		byValue[i] = int64(local)
	}
	weights := byValue
	if a.byMass = a.totalMass() > 0; a.byMass {
		weights = make([]int64, len(a.c.Lines))
		for i := range weights {
			weights[i] = int64(a.c.Lines[i].GrossMass)
		}
	}
	split := func(m num.Money, weights []int64) ([]int64, error) {
		if m == 0 {
			return nil, nil
		}
		return num.Apportion(int64(m), weights)
	}
	if a.freight, err = split(freight, weights); err != nil {
		return err
	}
	if a.insurance, err = split(insurance, byValue); err != nil {
		return err
	}
	a.other, err = split(other, weights)
	return err
}
