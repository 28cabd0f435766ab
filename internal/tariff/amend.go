package tariff

import (
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Amendment is a rate that follows another: from a day on the measure of one kind
// on one commodity is another, or none. A measure is never changed itself: it ends
// the day before, and its successor begins.
type Amendment struct {
	Code    Code       `json:"code"`
	Kind    string     `json:"kind"`            // of the measure, as Kind.String writes it
	Areas   []AreaCode `json:"areas,omitempty"` // origins or programmes; empty is all
	Rate    string     `json:"rate"`            // in our notation; empty ends the measure without a successor
	From    clock.Date `json:"from"`
	To      clock.Date `json:"to,omitempty"`      // last day; then the old rate stands again
	Law     string     `json:"law"`               // what the new rate rests on
	Replace bool       `json:"replace,omitempty"` // a rate already known for a later day gives way
}

// amendable are the kinds whose rate an amendment may set.
var amendable = []Kind{
	MFN, Conventional, Special, General, Provisional, ProvisionalPart, QuotaIn, Suspension, AntiDumping, Countervailing, Safeguard, Retaliation, Additional,
	Excise, VAT, ExportDuty,
}

// Amend gives the schedule with amendments, in their order, on it. The schedule
// itself is not changed: it may be in use.
//
// Faults, with the path of the amendment in the list: TARIFF-CODE-… (no such code
// on that day, with the nearest), TARIFF-AMEND-01 (no such kind), -02 (no day, or
// an end before the beginning), -03 (no law), -04 (two amendments of one measure
// overlap), -05 (another rate is known for a later day), -06 (nothing to end),
// TARIFF-RATE-01 and those of num.
func (s *Schedule) Amend(list []Amendment) (*Schedule, error) {
	var faults fault.List
	type place struct {
		code  Code
		kind  Kind
		areas string
	}
	changed := map[int32][]Measure{} // by line: its measures anew
	taken := map[place][]int{}
	for n := range list {
		a := &list[n]
		at := func(member string) string { return "/" + strconv.Itoa(n) + member }
		refuse := func(f *fault.Fault) { faults = append(faults, f) }
		before := len(faults)
		kind := KindOf(a.Kind)
		if !slices.Contains(amendable, kind) {
			refuse(fault.New(fault.Invalid, "TARIFF-AMEND-01", at("/kind"), "“{kind}” is no kind of rate", "use mfn, conventional, special, general, provisional, quota, export_duty or a trade remedy", "kind", a.Kind))
		}
		if a.From == 0 || a.To != 0 && a.To < a.From {
			refuse(fault.New(fault.Invalid, "TARIFF-AMEND-02", at("/from"), "a rate needs the day it begins on, and cannot end before it", "give the first day, and the last one or none"))
		}
		if a.Law == "" {
			refuse(fault.New(fault.Invalid, "TARIFF-AMEND-03", at("/law"), "a rate needs the law it rests on", "name the announcement or regulation"))
		}
		var duty *Expression
		if a.Rate != "" {
			e, err := ParseNotation(a.Rate)
			if other := faults.Add(at("/rate"), err); other != nil {
				return nil, other
			}
			duty = e
		}
		areas := slices.Clone(a.Areas)
		slices.Sort(areas)
		var g Goods
		if a.From != 0 {
			found, err := s.At(a.Code, a.From)
			if other := faults.Add(at("/code"), err); other != nil {
				return nil, other
			}
			g = found
		}
		if len(faults) > before {
			continue
		}
		key := place{a.Code, kind, joinAreas(areas)}
		for _, m := range taken[key] {
			if b := &list[m]; overlap(a.From, a.To, b.From, b.To) {
				refuse(fault.New(fault.Invalid, "TARIFF-AMEND-04", at("/from"), "the rate overlaps with that of amendment {other}", "let one end before the other begins", "other", m+1))
			}
		}
		taken[key] = append(taken[key], n)
		measures, ok := changed[g.i]
		if !ok {
			c := &s.goods[g.i]
			measures = slices.Clone(s.measures[c.firstMeasure : c.firstMeasure+c.measures])
		}
		var next []Measure
		ended := false
		for _, m := range measures {
			own := slices.Clone(m.Areas)
			slices.Sort(own)
			if m.Kind != kind || !slices.Equal(own, areas) || m.AdditionalCode != "" || m.Quota != "" || m.Season != (Season{}) || !overlap(a.From, a.To, m.From, m.To) {
				next = append(next, m)
				continue
			}
			if m.From > a.From && !a.Replace {
				refuse(fault.New(fault.Invalid, "TARIFF-AMEND-05", at("/from"), "another rate stands already from {day}: {rate}", "end this one before that day, or say that it replaces the other", "day", m.From, "rate", rateOf(&m)))
			}
			ended = true
			if m.From < a.From {
				first := m
				first.To = a.From.AddDays(-1)
				next = append(next, first)
			}
			if a.To != 0 && (m.To == 0 || m.To > a.To) {
				after := m
				after.From = a.To.AddDays(1)
				next = append(next, after)
			}
		}
		if duty == nil && !ended {
			refuse(fault.New(fault.Invalid, "TARIFF-AMEND-06", at("/rate"), "there is no {kind} rate of {code} on that day to end", "give a rate, or leave the amendment out", "kind", a.Kind, "code", a.Code))
		}
		if duty != nil {
			next = append(next, Measure{Kind: kind, Type: "amended", Areas: areas, Duty: duty, From: a.From, To: a.To, Law: a.Law})
		}
		changed[g.i] = next
	}
	if len(faults) > 0 {
		return nil, faults
	}
	b := NewBuilder(s.About)
	for i := range s.goods {
		c := s.goods[i]
		line := b.Add(c)
		measures, ok := changed[int32(i)]
		if !ok {
			measures = s.measures[c.firstMeasure : c.firstMeasure+c.measures]
		}
		b.measures[line] = slices.Clone(measures)
	}
	next := b.Schedule()
	for i := range next.goods { // what is declarable does not change with a rate
		next.goods[i].Declarable = s.goods[i].Declarable
	}
	return next, nil
}

func rateOf(m *Measure) string {
	if m.Duty == nil {
		return ""
	}
	return m.Duty.String()
}

// overlap tells whether two spans of days, both ends included and 0 open, share a day.
func overlap(from1, to1, from2, to2 clock.Date) bool {
	return (to1 == 0 || from2 <= to1) && (to2 == 0 || from1 <= to2)
}

// Undo gives the amendments that bring back, from a day on, what stood without
// others: the schedule s is the one without them.
func (s *Schedule) Undo(list []Amendment, from clock.Date, law string) []Amendment {
	var back []Amendment
	for _, a := range list {
		if a.To != 0 && a.To < from {
			continue // it is over by itself
		}
		begin := max(a.From, from)
		old := Amendment{Code: a.Code, Kind: a.Kind, Areas: a.Areas, From: begin, To: a.To, Law: law, Replace: true}
		if g, ok := s.Find(a.Code, begin); ok {
			areas := slices.Clone(a.Areas)
			slices.Sort(areas)
			c := g.Commodity()
			for j := c.firstMeasure; j < c.firstMeasure+c.measures; j++ {
				m := &s.measures[j]
				own := slices.Clone(m.Areas)
				slices.Sort(own)
				if m.Kind == KindOf(a.Kind) && slices.Equal(own, areas) && m.In(begin) && m.AdditionalCode == "" && m.Quota == "" && m.Duty != nil {
					old.Rate, old.Law = m.Duty.String(), law+"; "+m.Law
					if m.To != 0 && (old.To == 0 || m.To < old.To) {
						old.To = m.To
					}
				}
			}
		}
		if old.Rate != "" || a.Rate != "" {
			back = append(back, old)
		}
	}
	return back
}
