package risk

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seine/internal/clock"
	"seine/internal/num"
)

// realCases reads the public declarations of 2020 with their inspection results
// (Customs-Declaration-Datasets, MIT). What the source lacks stays unknown.
// The price reference is the mean price of a kilogram in the earlier rows of the
// same heading and origin.
func realCases(t *testing.T, c *Catalogue) []Case {
	t.Helper()
	root := os.Getenv("SEINE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(root, "data", "01-declarations-fraud", "declarations_train.csv.gz"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("shared data is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[name] = i
	}
	type reference struct{ price, mass, count int64 }
	known := map[string]reference{}
	var cases []Case
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return cases
		}
		if err != nil {
			t.Fatal(err)
		}
		get := func(name string) string { return row[column[name]] }
		price, err := num.ParseMoney(cut(get("Item Price"), 2))
		if err != nil {
			t.Fatal(err)
		}
		mass, err := num.ParseQuantity(cut(get("Net Mass"), 5))
		if err != nil {
			t.Fatal(err)
		}
		rate, err := num.ParsePercent(cut(get("Tax Rate"), 6))
		if err != nil {
			t.Fatal(err)
		}
		day, err := clock.ParseDate(get("Date"))
		if err != nil {
			t.Fatal(err)
		}
		hs := strings.Repeat("0", 6-len(get("HS6 Code"))) + get("HS6 Code")
		facts := NewFacts(c, 0)
		facts.Head().Text("direction", "I").Text("office", get("Office ID")).Text("transport_mode", get("Mode of Transport")).
			Text("departure", get("Country of Departure")).Money("value_cny", price).Quantity("net_mass", mass).Date("accepted_on", day)
		line := facts.AddLine().Text("hs", hs).Text("hs.chapter", hs[:2]).Text("hs.heading", hs[:4]).
			Text("origin", get("Country of Origin")).Rate("duty_rate", rate).Money("line.value_cny", price).Quantity("line.net_mass", mass)
		key := hs[:4] + get("Country of Origin")
		ref := known[key]
		if mass > 0 && ref.price > 0 {
			// price/mass ÷ (Σprice/Σmass) − 1, in whole grams and units of currency.
			expected, err := num.MulDiv(ref.price, int64(mass), ref.mass, num.HalfUp)
			if err == nil && expected > 0 {
				if ratio, err := num.MulDiv(int64(price), int64(num.OneRate), expected, num.HalfUp); err == nil {
					line.Rate("price_deviation", num.Rate(ratio)-num.OneRate).Count("price_reference_count", ref.count)
				}
			}
		}
		known[key] = reference{ref.price + int64(price), ref.mass + int64(mass), ref.count + 1}
		result := Normal
		if get("Fraud") == "1" {
			result = Found
		}
		cases = append(cases, Case{
			Subject: Subject{Declaration, get("Declaration ID"), 1}, Facts: facts, CreditLevel: 3, On: day, Result: result,
		})
	}
}

// cut drops decimals past n: the source holds binary fractions.
func cut(s string, n int) string {
	whole, part, _ := strings.Cut(s, ".")
	if part == "" {
		return whole
	}
	return whole + "." + part[:min(n, len(part))]
}

func TestTheDefaultTableOnRealDeclarations(t *testing.T) {
	table, err := DefaultTable(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	cases := realCases(t, table.Catalogue)
	spec := table.Spec
	spec.Version = "draft"
	spec.Rules = append([]RuleSpec{}, spec.Rules...)
	for i := range spec.Rules {
		if spec.Rules[i].ID == "D-PRICE-DUTY" {
			spec.Rules[i].Weight = 40
		}
	}
	draft, err := Compile(spec, table.Catalogue)
	if err != nil {
		t.Fatal(err)
	}
	report, err := BackTest(context.Background(), func(yield func(Case, error) bool) {
		for _, c := range cases {
			if !yield(c, nil) {
				return
			}
		}
	}, table, draft, 2)
	if err != nil {
		t.Fatal(err)
	}
	if report.Cases != len(cases) || report.Checked != len(cases) || report.Old.Found+report.Old.Missed != report.KnownCases {
		t.Errorf("counts do not add up: %+v", report)
	}
	if report.NewlyMissed != 0 || report.New.Selected < report.Old.Selected {
		t.Error("a heavier rule selects no less")
	}
	key := testKey(t)
	health, err := Tally(func(yield func(Outcome) bool) {
		for _, c := range cases {
			v, err := Assess(Question{Subject: c.Subject, Facts: c.Facts, Table: table, Key: key, CreditLevel: 3, At: c.On.Start()})
			if err != nil {
				t.Error(err)
				return
			}
			o := OutcomeOf(v)
			o.Result = c.Result
			if !yield(o) {
				return
			}
		}
	}, 100)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d declarations, %d known cases; in force %v, draft %v; newly found %d", report.Cases, report.KnownCases,
		report.Old.Channels, report.New.Channels, report.NewlyFound)
	t.Logf("drawn at random %d of %d, of which found %s %%", health.Random.Checked, health.All.Judged, health.Random.FindRate().PercentString())
	for _, r := range health.Rules {
		t.Logf("%-16s hits %6d, found %s %%, %s", r.Rule, r.Counts.Judged, r.FindRate.PercentString(), r.Standing)
	}
}
