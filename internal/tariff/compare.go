package tariff

import (
	"cmp"
	"slices"

	"seine/internal/clock"
)

// Change is one difference between two schedules on their days: a code that
// came or went, or a measure whose rate differs.
type Change struct {
	Code     Code
	Kind     Kind       // NoKind: the code itself
	Areas    []AreaCode // of the measure
	Old, New string     // rates in our notation; empty where there is none
}

// Compare gives what changes between schedule a on day da and b on day db, in
// tariff order: it tells, before a new tariff comes into force, which codes and
// rates it touches. Either may be the same schedule on another day.
func Compare(a *Schedule, da clock.Date, b *Schedule, db clock.Date) []Change {
	type key struct {
		kind               Kind
		areas, code, quota string
	}
	rates := func(g Goods) map[key]*Measure {
		out := map[key]*Measure{}
		c := g.Commodity()
		for j := c.firstMeasure; j < c.firstMeasure+c.measures; j++ {
			if m := &g.s.measures[j]; m.In(g.on) {
				out[key{m.Kind, joinAreas(m.Areas), string(m.AdditionalCode), m.Quota}] = m
			}
		}
		return out
	}
	text := func(m *Measure) string {
		if m == nil || m.Duty == nil {
			return ""
		}
		return m.Duty.String()
	}
	var changes []Change
	seen := map[Code]bool{}
	for _, s := range [...]*Schedule{a, b} {
		for _, i := range s.sorted {
			code := s.goods[i].Code
			if seen[code] {
				continue
			}
			seen[code] = true
			x, inA := a.Find(code, da)
			y, inB := b.Find(code, db)
			switch {
			case inA && !inB:
				changes = append(changes, Change{Code: code, Old: "in force"})
			case inB && !inA:
				changes = append(changes, Change{Code: code, New: "in force"})
			}
			var old, now map[key]*Measure
			if inA {
				old = rates(x)
			}
			if inB {
				now = rates(y)
			}
			for k, m := range old {
				if n := now[k]; text(m) != text(n) || n == nil {
					changes = append(changes, Change{code, k.kind, m.Areas, text(m), text(n)})
				}
			}
			for k, n := range now {
				if old[k] == nil {
					changes = append(changes, Change{code, k.kind, n.Areas, "", text(n)})
				}
			}
		}
	}
	slices.SortFunc(changes, func(p, q Change) int {
		return cmp.Or(cmp.Compare(p.Code, q.Code), cmp.Compare(p.Kind, q.Kind), cmp.Compare(joinAreas(p.Areas), joinAreas(q.Areas)), cmp.Compare(p.Old, q.Old), cmp.Compare(p.New, q.New))
	})
	return changes
}
