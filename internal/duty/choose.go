package duty

import (
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// source is where a rate comes from.
type source struct {
	column   tariff.Kind
	measure  *tariff.Measure
	law      string
	currency tariff.CurrencyCode // of amounts per unit without one of their own
}

// statedLaw is the source of what the case itself gives.
const statedLaw = "stated with the case"

// candidate is a rate that could be applied.
type candidate struct {
	duty *tariff.Expression
	from source
}

func (c candidate) known() bool { return c.duty != nil }

// columns is every rate of one line that the choice is made from.
type columns struct {
	mfn, conventional, special, general, provisional, quota candidate
}

// columnsOf collects the rates of a line: those given with it, or the
// schedule's on the day.
func (a *assessor) columnsOf(line int) (columns, error) {
	l := &a.c.Lines[line]
	var c columns
	if r := l.Rates; r != nil {
		given := func(e *tariff.Expression, k tariff.Kind) candidate {
			return candidate{e, source{column: k, law: statedLaw}}
		}
		c.mfn, c.conventional, c.special = given(r.MFN, tariff.MFN), given(r.Conventional, tariff.Conventional), given(r.Special, tariff.Special)
		c.general, c.provisional, c.quota = given(r.General, tariff.General), given(r.Provisional, tariff.Provisional), given(r.Quota, tariff.QuotaIn)
		return c, nil
	}
	g, err := a.goods(line)
	if err != nil {
		return c, err
	}
	currency := a.ref.Tariff.About.Currency
	look := func(k tariff.Kind, area tariff.AreaCode) candidate {
		m, ok := g.Rate(k, area)
		if !ok || m.Duty == nil {
			return candidate{}
		}
		return candidate{m.Duty, source{k, m, m.Law, currency}}
	}
	c.mfn, c.general = look(tariff.MFN, l.Origin), look(tariff.General, l.Origin)
	c.provisional = look(tariff.Provisional, l.Origin)
	if l.PartClaimed && !c.provisional.known() {
		c.provisional = look(tariff.ProvisionalPart, l.Origin)
	}
	switch l.Preference {
	case "", "mfn", "general":
	case "special":
		c.special = look(tariff.Special, l.Origin)
	case "suspension":
		c.provisional = look(tariff.Suspension, l.Origin)
	case "conventional":
		c.conventional = look(tariff.Conventional, l.Origin)
	default:
		c.conventional = look(tariff.Conventional, tariff.AreaCode(l.Preference))
	}
	if l.InQuota {
		for _, m := range g.Measures() {
			if m.Kind == tariff.QuotaIn && m.Duty != nil && m.Covers(l.Origin) && (l.QuotaNumber == "" || m.Quota == l.QuotaNumber) {
				c.quota = candidate{m.Duty, source{tariff.QuotaIn, m, m.Law, currency}}
				break
			}
		}
	}
	return c, nil
}

// goods finds the commodity that the line's code is declared under.
func (a *assessor) goods(line int) (tariff.Goods, error) {
	code := a.c.Lines[line].Code
	if a.ref.Tariff == nil {
		return tariff.Goods{}, fault.New(fault.Invalid, "DUTY-RATE-01", linePath(line, "/hs"), "no rate is stated for code {code} and no schedule is loaded",
			"state the rates with the case", "code", code)
	}
	g, err := a.ref.Tariff.Declared(code, a.c.Date)
	if err == nil {
		return g, nil
	}
	var found fault.List
	if other := found.Add(linePath(line, "/hs"), err); other != nil {
		return tariff.Goods{}, other
	}
	return tariff.Goods{}, found.OrNil()
}

// choose picks the rate of duty (DR §5.2): the column by origin and claim, then
// the provisional rate, then the quota.
func (a *assessor) choose(line int, c *columns, value num.Money) (candidate, error) {
	l := &a.c.Lines[line]
	if l.InQuota {
		if !c.quota.known() {
			return candidate{}, fault.New(fault.Invalid, "DUTY-QUOTA-01", linePath(line, "/quota"), "there is no rate inside a quota for these goods",
				"leave the quota out, or state its rate or order number")
		}
		return c.quota, nil
	}
	unknown := l.Origin == ""
	// Under a remedy without proof the normal rate is raised, and compared with the
	// general rate then: see withoutProof.
	var remedies [8]Remedy
	raised := l.unproved() && a.rules.MissingOrigin && c.mfn.known() && len(a.remediesOf(line, remedies[:0])) > 0
	if l.Preference == "general" || (unknown && l.Preference == "" && c.general.known() && !raised) {
		if !c.general.known() {
			return candidate{}, noRate(line, l.Code, tariff.General)
		}
		// A provisional rate never replaces the general rate.
		return c.general, nil
	}
	preferred := candidate{}
	switch {
	case l.Preference == "" || l.Preference == "mfn" || l.Preference == "suspension" || l.Proof == ProofMissing:
	case l.Preference == "special":
		preferred = c.special
	default:
		preferred = c.conventional
	}
	claimed := l.Preference != "" && l.Preference != "mfn"
	if l.Preference == "suspension" {
		if !c.provisional.known() {
			return candidate{}, noPreference(line, l.Preference)
		}
		return c.provisional, nil
	}
	if claimed && l.Proof == ProofMissing {
		a.note(line, "preference_without_proof", "The preference was claimed without proof of origin and is not applied.")
	} else if claimed && !preferred.known() {
		return candidate{}, noPreference(line, l.Preference)
	}
	switch {
	case preferred.known() && c.provisional.known():
		return a.lower(line, c.provisional, preferred, value)
	case preferred.known() && a.rules.PreferLowerMFN && c.mfn.known():
		return a.lower(line, preferred, c.mfn, value)
	case preferred.known():
		return preferred, nil
	case c.provisional.known():
		return c.provisional, nil
	case c.mfn.known():
		if unknown {
			a.note(line, "origin_not_stated", "The origin is not stated and no general rate is known: the most favoured nation rate is applied.")
		}
		return c.mfn, nil
	case c.general.known():
		return c.general, nil
	}
	return candidate{}, noRate(line, l.Code, tariff.MFN)
}

func noPreference(line int, claimed Preference) error {
	return fault.New(fault.Invalid, "DUTY-PREFERENCE-01", linePath(line, "/preference"), "there is no rate under “{preference}” for these goods",
		"leave the preference out or claim one that covers the goods", "preference", claimed)
}

// resolved gives the duty that a rate pointing elsewhere comes to. Faults:
// DUTY-RATE-02 when no schedule gave the rate, those of tariff.Goods.Resolve.
func (a *assessor) resolved(e *tariff.Expression, from source, line int) (*tariff.Expression, error) {
	l := &a.c.Lines[line]
	if from.measure == nil || !e.Understood {
		return nil, pointsElsewhere(line, e)
	}
	g, err := a.goods(line)
	if err != nil {
		return nil, err
	}
	area := l.Origin
	if len(from.measure.Areas) > 0 {
		area = from.measure.Areas[0]
	}
	found, err := g.Resolve(e, from.column, area, l.Applicable)
	if err != nil {
		member := "/hs"
		if fault.Is(err, "TARIFF-POINT-02") || fault.Is(err, "TARIFF-POINT-04") || l.Applicable != "" {
			member = "/applicable"
		}
		return nil, lineFault(line, member, err)
	}
	return found, nil
}

func pointsElsewhere(line int, e *tariff.Expression) error {
	return fault.New(fault.Refused, "DUTY-RATE-02", linePath(line, "/hs"), "the rate “{rate}” does not follow from value and quantity alone",
		"find the rate it points to and state it with the case", "rate", e.Text)
}

func noRate(line int, code tariff.Code, column tariff.Kind) error {
	return fault.New(fault.Invalid, "DUTY-RATE-03", linePath(line, "/hs"), "there is no {column} rate for code {code} on that day",
		"give the full code, or state the rate with the case", "column", column, "code", code)
}

// lower gives the candidate with the smaller duty on this line; of two equal
// duties the smaller plain rate, then the first.
func (a *assessor) lower(line int, x, y candidate, value num.Money) (candidate, error) {
	rx, plainX := x.duty.Plain()
	ry, plainY := y.duty.Plain()
	if plainX && plainY {
		if ry < rx {
			return y, nil
		}
		return x, nil
	}
	dx, err := a.dutyOf(line, x, value)
	if err != nil {
		return x, err
	}
	dy, err := a.dutyOf(line, y, value)
	if err != nil {
		return x, err
	}
	if dy < dx {
		return y, nil
	}
	return x, nil
}

// dutyOf gives the duty a candidate would come to.
func (a *assessor) dutyOf(line int, c candidate, value num.Money) (num.Money, error) {
	var buf [maxTerms * 3]Step
	buf[0].Result = value
	_, sum, err := a.evaluate(buf[:1], 0, c.duty, Duty, LabelDuty, c.from, line, value, 1)
	return sum, err
}

// exciseOf gives the excise of a line: stated with it, or the schedule's for its
// additional code.
func (a *assessor) exciseOf(line int) (*tariff.Expression, source) {
	l := &a.c.Lines[line]
	if l.Rates != nil {
		return l.Rates.Excise, source{column: tariff.Excise, law: statedLaw}
	}
	if a.ref.Tariff == nil || !a.ref.Tariff.Has(tariff.Excise) {
		return nil, source{}
	}
	g, err := a.goods(line)
	if err != nil {
		return nil, source{} // importTaxes has told it already
	}
	for _, m := range g.Measures() {
		if m.Kind == tariff.Excise && m.Duty != nil && m.Covers(l.Origin) && m.AdditionalCode == l.Additional {
			return m.Duty, source{tariff.Excise, m, m.Law, a.ref.Tariff.About.Currency}
		}
	}
	return nil, source{}
}
