package risk_test

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/law"
	"seine/internal/risk"
)

func TestEveryDeliveredRuleStandsOnLivingLaw(t *testing.T) {
	register, err := law.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []risk.Kind{risk.Declaration, risk.List, risk.Passage} {
		table, err := risk.DefaultTable(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range table.Spec.Rules {
			for _, day := range []string{"2014-06-01", "2026-11-23"} {
				if err := register.Check(rule.Law, clock.MustDate(day)); err != nil {
					t.Errorf("%s: %v", rule.ID, err)
				}
			}
		}
	}
}
