package duty

import (
	"seine/internal/num"
	"seine/internal/tariff"
)

// remedyTax gives the tax a kind of measure is owed as, and whether it is a trade
// remedy at all.
func remedyTax(k tariff.Kind) (Tax, bool) {
	switch k {
	case tariff.AntiDumping:
		return AntiDumping, true
	case tariff.Countervailing:
		return Countervailing, true
	case tariff.Safeguard:
		return Safeguard, true
	case tariff.Retaliation, tariff.Additional:
		return Retaliation, true
	default:
		return NoTax, false
	}
}

// remediesOf collects what stands on the line: given with it, and the
// schedule's for its origin and additional code.
func (a *assessor) remediesOf(i int, into []Remedy) []Remedy {
	l := &a.c.Lines[i]
	into = append(into, l.Remedies...)
	if l.Rates != nil {
		return append(into, l.Rates.Remedies...)
	}
	g, err := a.goods(i)
	if err != nil {
		return into
	}
	for _, k := range [...]tariff.Kind{tariff.AntiDumping, tariff.Countervailing, tariff.Safeguard, tariff.Retaliation, tariff.Additional} {
		if !a.ref.Tariff.Has(k) {
			continue
		}
		for _, m := range g.Measures() {
			if m.Kind == k && m.Duty != nil && m.Covers(l.Origin) && m.Quota == "" && (m.AdditionalCode == "" || m.AdditionalCode == l.Additional) {
				into = append(into, Remedy{Kind: k, Duty: m.Duty, Exporter: m.AdditionalCode, Law: m.Law})
			}
		}
	}
	return into
}

// withoutProof applies the rule for goods under a remedy whose origin is not
// proved: the higher of (highest rate of the measure + normal rate) and the
// general rate (Customs Duty Law art. 19).
func (a *assessor) withoutProof(i int, cols *columns, normal candidate, given []Remedy, value num.Money) (candidate, []Remedy, error) {
	raised := make([]Remedy, len(given))
	total := num.Money(0)
	for n, r := range given {
		if r.Highest > 0 {
			r.Duty = tariff.AdValorem(r.Highest)
		}
		raised[n] = r
		if r.Duty == nil {
			continue
		}
		m, err := a.dutyOf(i, candidate{r.Duty, source{column: r.Kind}}, value)
		if err != nil {
			return normal, nil, err
		}
		if total, err = num.Add(total, m); err != nil {
			return normal, nil, err
		}
	}
	m, err := a.dutyOf(i, normal, value)
	if err != nil {
		return normal, nil, err
	}
	if total, err = num.Add(total, m); err != nil {
		return normal, nil, err
	}
	a.note(i, "origin_not_proved", "The origin is not proved: the higher of the measure's highest rate with the normal rate, and the general rate, is applied.")
	if cols.general.known() {
		g, err := a.dutyOf(i, cols.general, value)
		if err != nil {
			return normal, nil, err
		}
		if g > total {
			return cols.general, nil, nil
		}
	}
	return normal, raised, nil
}
