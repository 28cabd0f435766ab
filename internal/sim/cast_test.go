package sim

import (
	"math/rand/v2"
	"slices"
	"testing"

	"seine/internal/clock"
	"seine/internal/party"
	"seine/internal/review"
)

// A change of rule finds a second officer in the demonstration whoever of those
// who may propose it does, and more than one sits in another line.
func TestARuleChangeFindsASecondOfficer(t *testing.T) {
	c := newCast(rand.New(rand.NewPCG(1, 2)), clock.MustDate("2026-11-23"))
	var all []review.Officer
	for i := range c.officers {
		all = append(all, c.officers[i].ForReview())
	}
	for name, posts := range map[string][]party.PostID{
		"mode": {party.DivisionHead}, "parameter": {party.DivisionHead, party.TaxOfficer}, "risk table": {party.RiskAnalyst, party.DivisionHead},
	} {
		need := review.Need{}
		for _, p := range posts {
			need.Posts = append(need.Posts, string(p))
		}
		for i, o := range all {
			if !slices.ContainsFunc(o.Posts, func(p string) bool { return slices.Contains(need.Posts, p) }) {
				continue
			}
			p, err := review.New(review.Proposal{ID: "p", Matter: review.RuleChange, Kind: "rule", Subject: "s", Need: need},
				review.Call{By: o, Payload: "hash", Reason: "r", Officers: all, Key: review.PeriodKey{Period: "2026-11"}})
			if err != nil {
				t.Errorf("%s proposed by %s (%v): %v", name, o.ID, c.officers[i].Posts, err)
			} else if p.Second() == o.ID || slices.Contains(o.Superiors, p.Second()) {
				t.Errorf("%s proposed by %s: %s was drawn", name, o.ID, p.Second())
			}
		}
	}
}

// The zone knows two hundred enterprises with the bank: in every area, of every
// grade that the law knows and of none, and no two are called the same.
func TestTheZoneKnowsEnterprisesOfEveryGrade(t *testing.T) {
	day := clock.MustDate("2026-11-23")
	c := newCast(rand.New(rand.NewPCG(1, 2)), day)
	before := len(c.inside)
	c.settle(rand.New(rand.NewPCG(1, 3)), day.AddMonths(-30), neighbours)
	if len(c.inside) != before {
		t.Error("a neighbour does business")
	}
	all := slices.Concat(c.inside, c.traders, c.brokers, c.carriers, c.others)
	if len(all)+1 != 200 {
		t.Errorf("%d enterprises and a bank", len(all))
	}
	names, codes, areas, grades := map[string]bool{}, map[string]bool{}, map[string]int{}, map[string]int{}
	for _, e := range all {
		if names[e.Name] || names[e.NameEN] || codes[e.ID] {
			t.Errorf("%s, %s, %s comes twice", e.ID, e.Name, e.NameEN)
		}
		names[e.Name], names[e.NameEN], codes[e.ID] = true, true, true
		areas[e.Area]++
		grade := ""
		for _, g := range e.Grades {
			grade = g.Grade
		}
		grades[grade]++
	}
	for _, a := range party.Organisation().Areas {
		if areas[a.ID] < 25 {
			t.Errorf("%d enterprises in %s", areas[a.ID], a.ID)
		}
	}
	for _, g := range []string{"advanced-certified", "certified", "", "dishonest", "seriously-dishonest"} {
		if grades[g] < 4 {
			t.Errorf("%d enterprises of grade %q", grades[g], g)
		}
	}
	t.Log(areas, grades)
}
