package tariff

import (
	"bytes"
	"io"

	"seine/internal/clock"
	"seine/internal/fault"
)

// mostUnpacked bounds what a packed schedule may hold: the largest public one is a
// twentieth of it.
const mostUnpacked = 128 << 20

// ReadSuccessor reads a schedule of a file that is to follow the national one: put
// on the nomenclature hs, with codes of that many digits, in the local currency.
//
// Faults: TARIFF-FACTS-01 (no file of a schedule, or too large), TARIFF-FACTS-02
// (a line without a code), TARIFF-FACTS-03 (another currency), TARIFF-FACTS-04
// (no code that goods could be declared under).
func ReadSuccessor(packed []byte, hs *Schedule, digits int, local CurrencyCode) (*Schedule, error) {
	in, err := plain(bytes.NewReader(packed))
	if err != nil {
		return nil, noFacts(err)
	}
	limited := &io.LimitedReader{R: in, N: mostUnpacked}
	s, err := ReadFacts(limited)
	if err != nil {
		return nil, noFacts(err)
	}
	if limited.N == 0 {
		return nil, fault.New(fault.Invalid, "TARIFF-FACTS-01", "", "this is no file of a schedule: {problem}", "give a file that “seine tariff import” wrote", "problem", "too large")
	}
	for i := range s.goods {
		if s.goods[i].Code == "" {
			return nil, fault.New(fault.Invalid, "TARIFF-FACTS-02", "", "line {line} of the schedule has no code", "give a schedule in the national form: every line has its code",
				"line", i+1)
		}
	}
	if s.About.Currency != local {
		return nil, fault.New(fault.Invalid, "TARIFF-FACTS-03", "", "the schedule states its rates in {other}, and duty here is in {local}", "give a schedule in {local}", "other", s.About.Currency, "local", local)
	}
	whole := OnNomenclature(s, hs, digits)
	for i := range whole.goods {
		if whole.goods[i].Declarable {
			return whole, nil
		}
	}
	return nil, fault.New(fault.Invalid, "TARIFF-FACTS-04", "", "the schedule has no code of {digits} digits", "give the whole schedule, with the codes that goods are declared under", "digits", digits)
}

func noFacts(err error) error {
	return fault.New(fault.Invalid, "TARIFF-FACTS-01", "", "this is no file of a schedule: {problem}", "give a file that “seine tariff import” wrote", "problem", err.Error()).Because(err)
}

// Succeed gives the schedule that is s until the day before from, and next from
// that day on: codes, words and rates, whatever s knew of later days. Neither of
// them is changed.
func (s *Schedule) Succeed(next *Schedule, from clock.Date) *Schedule {
	b := NewBuilder(s.About)
	declarable := make([]bool, 0, len(s.goods)+len(next.goods))
	add := func(of *Schedule, limit func(*Commodity)) {
		for i := range of.goods {
			c := of.goods[i]
			declarable = append(declarable, c.Declarable)
			measures := of.measures[c.firstMeasure : c.firstMeasure+c.measures]
			limit(&c)
			line := b.Add(c)
			b.measures[line] = append([]Measure(nil), measures...)
		}
	}
	add(s, func(c *Commodity) {
		if last := from.AddDays(-1); c.To == 0 || c.To > last {
			c.To = last
		}
	})
	add(next, func(c *Commodity) { c.From = max(c.From, from) })
	whole := b.Schedule()
	for i := range whole.goods { // what is declarable does not change by being joined
		whole.goods[i].Declarable = declarable[i]
	}
	return whole
}
