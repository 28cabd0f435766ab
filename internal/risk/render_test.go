package risk

import (
	"encoding/json"
	"testing"

	"seine/internal/clock"
	"seine/internal/num"
)

func TestWhyCardsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	type plain Verdict // without the methods
	same := func(v Verdict) {
		t.Helper()
		want, err := json.Marshal(plain(v))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		var back Verdict
		if err := json.Unmarshal(got, &back); err != nil {
			t.Error(err)
		}
	}
	same(Verdict{})
	full := Verdict{
		Subject: Subject{Kind: Declaration, ID: "d<1>", Version: 3}, At: clock.MustDate("2026-11-24").Start(), CreditLevel: 5, Mode: "m", Place: "2218",
		Channel: Red, Score: 71, Sum: -4, Band: Yellow, MediumAt: 40, HighAt: 70,
		Hits: []Hit{
			{
				Rule: "R", RuleVersion: "v", Object: Declaration, Title: Label{"one & two", "一"}, Weight: 10, Level: 2, Points: 20, Hard: Inspect, Line: 2, Lines: 3,
				Measure: "m", Measured: "1.5", Conditions: []ConditionSeen{{1, "f", Label{"l", "标"}, `f = "x"`, "x", true}, {2, "g", Label{}, "g is unknown", "", false}},
				Reason: Label{"why", "因"}, Law: "law", Cure: Label{"do", "做"}, Secret: true,
			},
			{},
		},
		Instructions: []InstructionHit{{ID: "i", Action: Hold, Share: num.OneRate, Picked: true, Secrecy: Open, Approver: "a"}},
		Draw:         Draw{Period: "2026-11", Value: 12_345_678, Ratio: 500_000, Picked: true}, Actions: []Action{Inspect, Hold}, Selected: []Selection{ByRandom},
		Missing: []string{"a", "b"}, Model: &ModelPart{Name: "m", Score: 3, Contributions: []Contribution{{"f", 12}}},
		Table: TableRef{"t", "1", "abc"},
	}
	same(full)
	full.Hits, full.Instructions, full.Actions, full.Selected, full.Missing, full.Model = []Hit{}, []InstructionHit{}, []Action{}, nil, []string{}, nil
	same(full)
}

func TestFactsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	table, err := DefaultTable(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	f := NewFacts(table.Catalogue, 0)
	f.Head().Text("office", "2218").Money("value_cny", -5).Count("amendments", 0).Flag("tax_short", true).Quantity("gross_mass", 12345).
		Date("accepted_on", clock.MustDate("2026-11-24")).Set("containers", []string{"CSQU3054383", "<x>"})
	f.AddLine().Text("hs", "2009110000").Rate("duty_rate", 7_500_000).Flag("preference", false)
	f.AddLine()
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"kind":"declaration","head":{"accepted_on":"2026-11-24","amendments":0,"containers":["CSQU3054383","\u003cx\u003e"],"gross_mass":"0.12345",` +
		`"office":"2218","tax_short":true,"value_cny":"-0.05"},"lines":[{"duty_rate":"0.075","hs":"2009110000","preference":false},{}]}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	back, err := ReadFacts(table.Catalogue, got)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(back); err != nil || string(again) != want {
		t.Errorf("%s (%v)\nwant\n%s", again, err, want)
	}
}
