package clearance

import (
	"encoding/json"
	"testing"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/jsonform/formtest"
	"seine/internal/risk"
)

func TestAssessmentsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	type plain Assessment // without the methods
	table, err := risk.DefaultTable(risk.Declaration)
	if err != nil {
		t.Fatal(err)
	}
	facts := risk.NewFacts(table.Catalogue, 0)
	facts.Head().Text("office", "2218")
	for name, a := range map[string]Assessment{
		"nothing": {},
		"all": {
			ID: "a.1", Declaration: "a", Version: 1, At: clock.MustDate("2026-11-24").Start(), Confirmation: &declaration.Confirmation{Result: declaration.Signal},
			Working: json.RawMessage(`{"total":"1.00"}`), Figures: []TaxFigure{{"vat", 12}, {"duty", -1}}, Value: 100, Total: 11, Highest: 12, SelfDiffers: true,
			SelfShort: true, Facts: facts, Verdict: risk.Verdict{Channel: risk.Red}, FollowUp: true,
		},
		"no tax": {Figures: []TaxFigure{}, Facts: facts},
	} {
		want, err := json.Marshal((*plain)(&a))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(&a)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s: %s\nwant\n%s", name, got, want)
		}
	}
}

func TestRepliesAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	formtest.Same(t, LodgeReply.AppendJSON)
}
