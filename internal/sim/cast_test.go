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
