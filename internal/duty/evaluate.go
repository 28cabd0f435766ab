package duty

import (
	"math/bits"
	"strconv"

	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// quantityScale brings quantity × rate (1e-5 × 1e-8) to money (1e-2).
const quantityScale = 100_000_000_000

// maxTerms bounds the terms of one duty expression; no tariff writes more.
const maxTerms = 12

// Chain is the rates of one line where all are plain shares of the value: the
// usual case, and the hot path.
type Chain struct {
	Duty, Remedies, Consumption, VAT num.Rate
}

// Taxed is the result of a Chain.
type Taxed struct {
	Duty, Remedies, Consumption, VAT num.Money
}

// Levy works out the chain of taxes on a customs value (DR §5.3): duty and
// remedies on the value; consumption tax inside the price that includes it; VAT
// on value, duties and consumption tax. Each is rounded once, to the fen.
// It does not allocate. Fault: NUM-RANGE-01, NUM-ZERO-01 (consumption tax 100 %).
func (c *Chain) Levy(value num.Money, rules *Rules) (t Taxed, err error) {
	if t.Duty, err = value.Times(c.Duty, rules.TaxRounding); err != nil {
		return t, err
	}
	if c.Remedies != 0 {
		if t.Remedies, err = value.Times(c.Remedies, rules.TaxRounding); err != nil {
			return t, err
		}
	}
	base := value + t.Duty
	if rules.RemediesInBase {
		base += t.Remedies
	}
	if base < value { // duties are never negative: the sum ran over
		_, err := num.Sum(value, t.Duty, t.Remedies)
		return t, err
	}
	if c.Consumption != 0 {
		if t.Consumption, err = within(base, c.Consumption, rules.TaxRounding); err != nil {
			return t, err
		}
		if base, err = num.Add(base, t.Consumption); err != nil {
			return t, err
		}
	}
	t.VAT, err = base.Times(c.VAT, rules.TaxRounding)
	return t, err
}

// within gives the tax inside the price that includes it: base ÷ (1 − rate) × rate.
func within(base num.Money, rate num.Rate, mode num.Rounding) (num.Money, error) {
	if rate >= num.OneRate {
		return 0, fault.New(fault.Invalid, "DUTY-RATE-04", "", "a consumption tax of {rate} % inside the price leaves nothing for the goods",
			"give a rate below 100 %", "rate", rate.PercentString())
	}
	return base.Part(int64(rate), int64(num.OneRate-rate), mode)
}

// sumOf adds the results of the steps of a block that terms names.
func sumOf(block []Step, terms uint64) (num.Money, error) {
	var sum num.Money
	for ; terms != 0; terms &= terms - 1 {
		n := bits.TrailingZeros64(terms)
		if n >= len(block) {
			return 0, errTerms
		}
		var err error
		if sum, err = num.Add(sum, block[n].Result); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// result works out what a step gives from its own fields and the steps before it
// in its block. Assess fills every step through it, and Verify repeats it.
func (s *Step) result(before []Step) (num.Money, error) {
	denom := s.Denom
	if denom == 0 {
		denom = 1
	}
	var sum num.Money
	if s.Terms != 0 {
		var err error
		if sum, err = sumOf(before, s.Terms); err != nil {
			return 0, err
		}
	}
	switch s.Formula {
	case Given:
		return s.Base, nil
	case Sum:
		return sum, nil
	case Converted:
		return s.Base.Times(s.Rate, s.Rounding)
	case OfValue:
		return ratio(sum, s.Rate, denom, s.Rounding)
	case OfBase:
		return ratio(s.Base, s.Rate, denom, s.Rounding)
	case OfQuantity:
		v, err := num.MulDiv(int64(s.Quantity), int64(s.Rate), quantityScale*denom, s.Rounding)
		return num.Money(v), err
	case Share, Proportion:
		return s.Base.Part(s.Numer, denom, s.Rounding)
	case GrossUp:
		return sum.Part(int64(num.OneRate), int64(num.OneRate-s.Rate), s.Rounding)
	case Within:
		return within(sum, s.Rate, s.Rounding)
	case NotUnder:
		return max(0, s.Base-sum), nil
	case NotOver:
		return min(0, s.Base-sum), nil
	case Exempted:
		return -sum, nil
	case PerDay:
		days, err := num.MulDiv(int64(s.Rate), s.Numer, 1, num.HalfUp)
		if err != nil {
			return 0, err
		}
		v, err := num.MulDiv(int64(s.Base), days, int64(num.OneRate)*denom, s.Rounding)
		return num.Money(v), err
	case WholeUnits:
		v, err := num.MulDiv(int64(sum), 1, int64(num.OneMoney), s.Rounding)
		return num.Money(v) * num.OneMoney, err
	case OutOfExport:
		return sum.Part(int64(num.OneRate), int64(num.OneRate+s.Rate), s.Rounding)
	case Difference:
		return s.Base - sum, nil
	case RoundedOnce:
		return roundedOnce(before, s.Terms, s.Rounding)
	}
	return 0, errFormula
}

// roundedOnce gives what the exact sum of the steps that terms names, rounded
// once, exceeds the sum of their rounded results by: a tax of several terms is
// rounded once, not term by term (DR §5.1). The fractions left by each term are
// brought over one denominator; a tax below zero is left alone, as it is brought
// to nothing anyway.
func roundedOnce(block []Step, terms uint64, mode num.Rounding) (num.Money, error) {
	const most = 7_000_000 // of the common divisor: twelve fractions over it fit
	common := int64(1)
	for t := terms; t != 0; t &= t - 1 {
		n := bits.TrailingZeros64(t)
		if n >= len(block) {
			return 0, errTerms
		}
		d := max(block[n].Denom, -block[n].Denom, 1)
		if common = common / gcd(common, d) * d; common > most {
			return 0, nil // no tariff divides so finely
		}
	}
	var whole, parts int64
	for t := terms; t != 0; t &= t - 1 {
		s := &block[bits.TrailingZeros64(t)]
		amount, unit := s.Base, int64(num.OneRate)
		switch s.Formula {
		case OfValue, OfBase:
		case OfQuantity:
			amount, unit = num.Money(s.Quantity), quantityScale
		default:
			return 0, errFormula
		}
		d := max(s.Denom, -s.Denom, 1)
		q, rest, err := num.DivMod(int64(amount), int64(s.Rate), unit*d)
		if err != nil {
			return 0, err
		}
		rest *= quantityScale / unit * (common / d)
		if s.Denom < 0 {
			q, rest = -q, -rest
		}
		if whole, err = num.Add(whole, q); err != nil {
			return 0, err
		}
		parts += rest
	}
	of := common * quantityScale
	for parts < 0 {
		whole, parts = whole-1, parts+of
	}
	whole, parts = whole+parts/of, parts%of
	if whole < 0 {
		return 0, nil
	}
	up, err := num.MulDiv(parts, 1, of, mode)
	if mode == num.HalfEven && 2*parts == of {
		up = whole & 1
	}
	if err != nil {
		return 0, err
	}
	sum, err := sumOf(block, terms)
	return num.Money(whole+up) - sum, err
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func ratio(base num.Money, rate num.Rate, denom int64, mode num.Rounding) (num.Money, error) {
	v, err := num.MulDiv(int64(base), int64(rate), int64(num.OneRate)*denom, mode)
	return num.Money(v), err
}

// quantityIn finds the line's quantity of the goods, or of the part named, in a
// unit that can be converted to the one asked for. None of the goods at all is no
// quantity of them; their content or strength may well be nothing.
func (l *Line) quantityIn(unit tariff.UnitCode, of string) (num.Quantity, bool, error) {
	is := func(q *Quantity) bool {
		return q.Of == of && (q.Value != 0 || of != "" || unit == "DEG" || unit == "ASV" || unit == "BRX" || unit == "SPR")
	}
	for i := range l.Quantities {
		if q := &l.Quantities[i]; q.Unit == unit && is(q) {
			return q.Value, true, nil
		}
	}
	for i := range l.Quantities {
		if q := &l.Quantities[i]; tariff.Convertible(q.Unit, unit) && is(q) {
			v, err := tariff.Convert(q.Value, q.Unit, unit)
			return v, true, err
		}
	}
	if of == "" && l.NetMass > 0 && tariff.Convertible("KGM", unit) {
		v, err := tariff.Convert(l.NetMass, "KGM", unit)
		return v, true, err
	}
	return 0, false, nil
}

// evaluate appends the steps of a duty expression on one line to steps, whose
// first blockStart belong to other blocks, and gives what they sum to. valueAt
// is the number of the value step in the block. value is that step's result.
func (a *assessor) evaluate(steps []Step, blockStart int, e *tariff.Expression, tax Tax, label Label, from source, line int, value num.Money, valueTerms uint64) ([]Step, num.Money, error) {
	if e.Reference != tariff.NoReference {
		var err error
		if e, err = a.resolved(e, from, line); err != nil {
			return steps, 0, err
		}
	}
	if rate, ok := e.Plain(); ok {
		s := Step{
			Label: label, Tax: tax, Formula: OfValue, Rounding: a.rounding(tax), Terms: valueTerms, Base: value, Rate: rate,
			Column: from.column, Measure: from.measure, Source: from.law,
		}
		var err error
		s.Result, err = value.Times(rate, s.Rounding)
		return append(steps, s), s.Result, err
	}
	if !e.Calculable() || len(e.Components) > maxTerms {
		return steps, 0, pointsElsewhere(line, e)
	}
	l := &a.c.Lines[line]
	mode := a.rounding(tax)
	var sum num.Money
	var own, exact uint64 // the steps of this expression that count; of these, those not yet rounded together
	// once brings the terms since the last bound to what they come to when they
	// are rounded together.
	once := func() error {
		if exact&(exact-1) == 0 { // none, or one
			exact = 0
			return nil
		}
		s := Step{Label: LabelDutyRounded, Tax: tax, Formula: RoundedOnce, Rounding: mode, Terms: exact, Column: from.column, Measure: from.measure, Source: from.law}
		exact = 0
		var err error
		if s.Result, err = s.result(steps[blockStart:]); err != nil || s.Result == 0 {
			return err
		}
		steps = append(steps, s)
		at := len(steps) - 1 - blockStart
		if at >= 64 {
			return errTerms
		}
		own |= 1 << at
		sum, err = num.Add(sum, s.Result)
		return err
	}
	for i := 0; i < len(e.Components); i++ {
		c := &e.Components[i]
		counts := c.Op == Plus || c.Op == Minus
		if !counts {
			if err := once(); err != nil {
				return steps, 0, err
			}
		}
		var s Step
		var err error
		if steps, s, err = a.term(steps, blockStart, c, tax, label, from, l, line, value, valueTerms, mode); err != nil {
			return steps, 0, err
		}
		at := len(steps) - 1 - blockStart
		if counts && s.Formula != Converted {
			exact |= 1 << at
		}
		if !counts { // a bound: what the sum so far lacks or exceeds
			limit := s.Result
			for i+1 < len(e.Components) && e.Components[i+1].Op == BoundPlus {
				i++
				if steps, s, err = a.term(steps, blockStart, &e.Components[i], tax, label, from, l, line, value, valueTerms, mode); err != nil {
					return steps, 0, err
				}
				if limit, err = num.Add(limit, s.Result); err != nil {
					return steps, 0, err
				}
			}
			b := Step{Label: LabelDutyBound, Tax: tax, Formula: NotUnder, Terms: own, Base: limit, Column: s.Column, Measure: s.Measure, Source: s.Source}
			if c.Op == AtMost {
				b.Formula = NotOver
			}
			if b.Result, err = b.result(steps[blockStart:]); err != nil {
				return steps, 0, err
			}
			steps = append(steps, b)
			s, at = b, len(steps)-1-blockStart
		}
		if at >= 64 {
			return steps, 0, errTerms
		}
		own |= 1 << at
		if sum, err = num.Add(sum, s.Result); err != nil {
			return steps, 0, err
		}
	}
	if err := once(); err != nil {
		return steps, 0, err
	}
	if sum < 0 { // a rate that is less something never becomes a payment to the trader
		b := Step{Label: LabelDutyBound, Tax: tax, Formula: NotUnder, Terms: own, Column: from.column, Measure: from.measure, Source: from.law, Result: -sum}
		steps, sum = append(steps, b), 0
	}
	return steps, sum, nil
}

// rounding is how one tax is brought to the fen.
func (a *assessor) rounding(tax Tax) num.Rounding {
	if tax == Excise {
		return a.rules.ExciseRounding
	}
	return a.rules.TaxRounding
}

// term appends the step of one term of a duty expression, with its exchange into
// the money of the house where it is in another, and gives the last of them.
func (a *assessor) term(steps []Step, blockStart int, c *tariff.Component, tax Tax, label Label, from source, l *Line, line int, value num.Money, valueTerms uint64, mode num.Rounding) ([]Step, Step, error) {
	s := Step{
		Label: label, Rounding: mode, Rate: c.Rate, Denom: c.Divisor(),
		Column: from.column, Measure: from.measure, Source: from.law,
	}
	counts := c.Op == Plus || c.Op == Minus
	if counts {
		s.Tax = tax
	}
	if c.Op == Minus {
		s.Denom = -s.Denom
	}
	switch {
	case c.Unit == "" && c.Basis == "":
		s.Formula, s.Terms, s.Base = OfValue, valueTerms, value
	case c.Unit == "":
		part, err := a.partValue(l, line, c.Basis)
		if err != nil {
			return steps, s, err
		}
		s.Formula, s.Base = OfBase, part
	default:
		q, err := a.countOf(l, line, c)
		if err != nil {
			return steps, s, err
		}
		s.Formula, s.Quantity, s.Unit, s.Currency = OfQuantity, q, c.Unit, c.Currency
		if s.Currency == "" {
			s.Currency = from.currency
		}
		if s.Currency == a.ref.Local {
			s.Currency = ""
		}
	}
	var err error
	if s.Result, err = s.result(steps[blockStart:]); err != nil {
		return steps, s, err
	}
	if s.Currency == "" {
		return append(steps, s), s, nil
	}
	fx, err := a.exchange(s.Currency)
	if err != nil {
		return steps, s, err
	}
	s.Tax = NoTax
	steps = append(steps, s)
	s = Step{
		Label: label, Formula: Converted, Rounding: mode, Base: s.Result, Rate: fx,
		Column: s.Column, Measure: s.Measure, Source: s.Source,
	}
	if counts {
		s.Tax = tax
	}
	if s.Result, err = s.result(nil); err != nil {
		return steps, s, err
	}
	return append(steps, s), s, nil
}

// The operators, spelled short.
const (
	Plus    = tariff.Plus
	Minus   = tariff.Minus
	AtLeast = tariff.AtLeast
	AtMost  = tariff.AtMost

	BoundPlus = tariff.BoundPlus
)

// countOf gives the quantity a term counts, with its threshold or degrees.
func (a *assessor) countOf(l *Line, line int, c *tariff.Component) (num.Quantity, error) {
	q, ok, err := l.quantityIn(c.Unit, c.Basis)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, missingQuantity(line, c.Unit, c.Basis)
	}
	if c.Over != 0 {
		q = max(0, q-c.Over)
	}
	if c.Times != "" {
		times, ok, err := l.quantityIn(c.Times, "")
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, missingQuantity(line, c.Times, "")
		}
		v, err := num.MulDiv(int64(q), int64(times), int64(num.OneQuantity), num.HalfUp)
		return num.Quantity(v), err
	}
	if c.Under != 0 {
		degrees, ok, err := l.quantityIn("DEG", "")
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, missingQuantity(line, "DEG", "")
		}
		v, err := num.MulDiv(int64(q), int64(max(0, c.Under-degrees)), int64(num.OneQuantity), num.HalfUp)
		return num.Quantity(v), err
	}
	return q, nil
}

func missingQuantity(line int, unit tariff.UnitCode, of string) error {
	if of != "" {
		return fault.New(fault.Invalid, "DUTY-QUANTITY-02", linePath(line, "/quantity"), "the rate needs the quantity of {part} in {unit}",
			"add a quantity in {unit} of “{part}”", "unit", unit, "part", of)
	}
	return fault.New(fault.Invalid, "DUTY-QUANTITY-01", linePath(line, "/quantity"), "the rate needs a quantity in {unit}",
		"add a quantity in {unit} or a unit that converts to it", "unit", unit)
}

// partValue gives the value of a part of the goods in the currency of the house.
func (a *assessor) partValue(l *Line, line int, of string) (num.Money, error) {
	for i := range l.Parts {
		if l.Parts[i].Of == of {
			fx, err := a.exchange(a.c.Currency)
			if err != nil {
				return 0, err
			}
			return l.Parts[i].Price.Times(fx, num.HalfUp)
		}
	}
	return 0, fault.New(fault.Invalid, "DUTY-PART-01", linePath(line, "/parts"), "the rate needs the value of {part}",
		"state the part “{part}” with its price", "part", of)
}

func linePath(line int, rest string) string { return "/lines/" + strconv.Itoa(line) + rest }
