package risk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// pastCases gives n cases that repeat a pool of made-up facts.
func pastCases(c *Catalogue, n int) iter.Seq2[Case, error] {
	r := rand.New(rand.NewPCG(42, 1))
	pool := make([]*Facts, 2000)
	for i := range pool {
		pool[i] = madeUp(c, r)
	}
	return func(yield func(Case, error) bool) {
		for i := range n {
			result := Unchecked
			switch i % 10 {
			case 0:
				result = Found
			case 1, 2:
				result = Normal
			}
			if !yield(Case{
				Subject: Subject{Declaration, fmt.Sprint(i), 1}, Facts: pool[i%len(pool)], CreditLevel: 1 + i%5, On: day, Result: result,
			}, nil) {
				return
			}
		}
	}
}

func madeUp(c *Catalogue, r *rand.Rand) *Facts {
	f := NewFacts(c, 0)
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	f.Head().Text("direction", pick("I", "E")).Text("office", pick("2216", "2225", "2233")).Text("transport_mode", pick("2", "4", "5")).
		Text("departure", pick("JP", "KR", "US", "DE")).Money("value_cny", num.Money(r.Int64N(2_000_000_00))).
		Count("credit_level", 1+r.Int64N(5)).Count("enterprise_age_days", r.Int64N(4000)).Count("violations_12m", r.Int64N(2)).
		Count("violations_24m", r.Int64N(4)).Count("declarations_90d", r.Int64N(200)).Count("amendments", r.Int64N(3)).
		Rate("amendment_rate_90d", num.Percent*num.Rate(r.Int64N(20))).Rate("zero_tax_share_90d", num.Percent*num.Rate(r.Int64N(100))).
		Text("manifest_state", pick("confirmed", "confirmed", "signal", "conflict")).Count("manifest_signals", r.Int64N(3)).
		Flag("partner_alert", r.IntN(50) == 0).Flag("licence_missing", r.IntN(200) == 0).Count("overdue_notes", r.Int64N(2)).
		Date("accepted_on", day-clock.Date(r.IntN(90)))
	for range 1 + r.IntN(3) {
		chapter := fmt.Sprintf("%02d", 1+r.IntN(97))
		f.AddLine().Text("hs", chapter+"01100000").Text("hs.chapter", chapter).Text("hs.heading", chapter+"01").
			Text("origin", pick("CN", "JP", "FR", "VN", "US", "CU")).Money("line.value_cny", num.Money(r.Int64N(500_000_00))).
			Rate("duty_rate", num.Percent*num.Rate(r.Int64N(25))).Rate("price_deviation", num.Percent*num.Rate(r.Int64N(160)-80)).
			Count("price_reference_count", r.Int64N(20)).Flag("preference", r.IntN(4) == 0).Flag("origin_proof", r.IntN(2) == 0).
			Flag("prohibited", false).Flag("new_goods", r.IntN(5) == 0)
	}
	return f
}

// manyRules gives n rules of two or three terms over document and line facts.
func manyRules(n int) []RuleSpec {
	r := rand.New(rand.NewPCG(42, 2))
	rules := make([]RuleSpec, n)
	for i := range rules {
		when := fmt.Sprintf(`hs starts ["%02d%02d", "%02d%02d"] and origin in ["CU", "VN", "JP"]`, 1+r.IntN(97), r.IntN(20), 1+r.IntN(97), r.IntN(20))
		switch i % 5 {
		case 1:
			when = fmt.Sprintf(`price_deviation <= -%d%% and duty_rate >= %d%% and price_reference_count >= 5`, 50+r.IntN(30), 12+r.IntN(12))
		case 2:
			when = fmt.Sprintf(`value_cny >= %d and departure in ["JP", "US"] and credit_level <= 3`, 1_700_000+r.IntN(600_000))
		case 3:
			when = fmt.Sprintf(`hs.chapter in ["%02d", "%02d"] and (origin = "FR" or line.value_cny > %d)`, 1+r.IntN(97), 1+r.IntN(97), r.IntN(600_000))
		case 4:
			when = fmt.Sprintf(`enterprise_age_days < %d and violations_24m >= %d and transport_mode in ["2", "5"]`, r.IntN(900), 1+r.IntN(4))
		}
		rules[i] = aRule(fmt.Sprintf("R%03d", i), when, 1+r.IntN(8))
	}
	return rules
}

func TestBackTestIsTheSameWithAnyNumberOfWorkers(t *testing.T) {
	old := aTable(t, manyRules(60)...)
	spec := old.Spec
	spec.Version = "2"
	spec.Rules = append(manyRules(60)[5:], aRule("NEW", "violations_24m >= 2", 45))
	changed, err := Compile(spec, old.Catalogue)
	if err != nil {
		t.Fatal(err)
	}
	var first Report
	for _, workers := range []int{1, 2, 7} {
		r, err := BackTest(context.Background(), pastCases(old.Catalogue, 5000), old, changed, workers)
		if err != nil {
			t.Fatal(err)
		}
		if workers == 1 {
			first = r
			continue
		}
		if diff := cmp.Diff(first, r); diff != "" {
			t.Errorf("%d workers:\n%s", workers, diff)
		}
	}
	r := first
	sum := 0
	for _, n := range r.New.Histogram {
		sum += n
	}
	if r.Cases != 5000 || r.KnownCases != 500 || r.Checked != 1500 || sum != 5000 {
		t.Errorf("counts do not add up: %+v", r)
	}
	if r.Old.Found+r.Old.Missed != r.KnownCases || r.New.Found-r.Old.Found != r.NewlyFound-r.NewlyMissed {
		t.Errorf("found and missed do not add up: %+v", r)
	}
	if r.NewlyFound == 0 || r.Rules["NEW"].New == 0 || r.Rules["NEW"].Old != 0 {
		t.Errorf("the new rule should select: %+v", r.Rules["NEW"])
	}
}

func TestBackTestAgainstAssess(t *testing.T) {
	table := aTable(t, manyRules(100)...)
	want := map[Channel]int{}
	for c := range pastCases(table.Catalogue, 2000) {
		v, err := Assess(Question{Subject: c.Subject, Facts: c.Facts, Table: table, Key: testKey(t), CreditLevel: c.CreditLevel, At: c.On.Start()})
		if err != nil {
			t.Fatal(err)
		}
		want[v.Channel]++
	}
	r, err := BackTest(context.Background(), pastCases(table.Catalogue, 2000), table, table, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, r.New.Channels); diff != "" || len(r.Moves) != 0 || r.NewlyFound+r.NewlyMissed != 0 {
		t.Errorf("the back-test of the table in force must be what happened: %v %s", r.Moves, diff)
	}
}

func TestBackTestSeesAChangedList(t *testing.T) {
	old := aTable(t, aRule("A", "hs.chapter in @dear", 50))
	spec := aTable(t, aRule("A", "hs.chapter in @dear", 50)).Spec
	spec.Lists["dear"] = NamedList{Title: label("dear"), Values: []string{"84"}, Source: "test"}
	changed, err := Compile(spec, old.Catalogue)
	if err != nil {
		t.Fatal(err)
	}
	f := NewFacts(old.Catalogue, 0)
	f.AddLine().Text("hs.chapter", "84")
	one := func(yield func(Case, error) bool) { yield(Case{Facts: f, CreditLevel: 3, On: day, Result: Found}, nil) }
	r, err := BackTest(context.Background(), one, old, changed, 1)
	if err != nil || r.NewlyFound != 1 || r.Rules["A"] != (RuleEffect{0, 1}) {
		t.Errorf("the same rule over another list is another rule: %+v %v", r, err)
	}
}

func TestRulesAreComparedWithLuck(t *testing.T) {
	for _, tc := range []struct {
		a, b, c, d int
		want       Standing
	}{
		{10, 100, 10, 100, NotBetter},
		{9, 100, 10, 100, NotBetter},
		{12, 100, 10, 100, Unclear},
		{30, 100, 10, 100, Better},
		{100, 100, 100, 100, NotBetter},
		{100, 100, 99, 100, Unclear},
		{1_200_000, 10_000_000, 1_000_000, 10_000_000, Better},
	} {
		if got := compareShares(tc.a, tc.b, tc.c, tc.d); got != tc.want {
			t.Errorf("%d of %d against %d of %d: %s, want %s", tc.a, tc.b, tc.c, tc.d, got, tc.want)
		}
	}
}

func TestBackTestStops(t *testing.T) {
	table := aTable(t, manyRules(5)...)
	broken := errors.New("broken store")
	_, err := BackTest(context.Background(), func(yield func(Case, error) bool) { yield(Case{}, broken) }, table, table, 2)
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := BackTest(ctx, pastCases(table.Catalogue, 10), table, table, 2); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestDiffNamesCells(t *testing.T) {
	old := aTable(t, aRule("A", "tax_short", 10), aRule("B", "prohibited", 5)).Spec
	changed := aTable(t, aRule("A", "tax_short", 20), aRule("C", "prohibited", 5)).Spec
	changed.Bands[0].High = 80
	got := Diff(old, changed)
	cells := map[string]string{}
	for _, c := range got {
		cells[c.Part+" "+c.Key+" "+c.Cell] = c.Old + ">" + c.New
		if c.Cell == "" {
			cells[c.Part+" "+c.Key+" "+c.Cell] = fmt.Sprint(c.Old != "", c.New != "")
		}
	}
	want := map[string]string{"band 001 high": "70>80", "rule A weight": "10>20", "rule B ": "true false", "rule C ": "false true"}
	if diff := cmp.Diff(want, cells); diff != "" {
		t.Error(diff)
	}
	if same := Diff(old, old); same != nil {
		t.Errorf("a table differs from itself: %v", same)
	}
}

func TestDraftMustBeFitToDecideOn(t *testing.T) {
	inForce := aTable(t, aRule("A", "tax_short", 10))
	spec := aTable(t, aRule("A", "tax_short", 20)).Spec
	spec.Version = "2"
	good := Draft{Base: inForce.Ref.Epoch, Spec: spec, From: day + 1, Author: "analyst", Reason: "more finds"}
	if table, err := good.Propose(inForce, nil, day); err != nil || table.Ref.Epoch == inForce.Ref.Epoch {
		t.Fatal(err)
	}
	for code, change := range map[string]func(*Draft){
		"RISK-DRAFT-01": func(d *Draft) { d.Base = "other" },
		"RISK-DRAFT-02": func(d *Draft) { d.Reason = " " },
		"RISK-DRAFT-03": func(d *Draft) { d.From = day },
		"RISK-DRAFT-04": func(d *Draft) { d.Spec.Version = "1" },
		"RISK-FIELD-01": func(d *Draft) { d.Spec = aTable(t).Spec; d.Spec.Rules = []RuleSpec{aRule("A", "tx", 1)} },
	} {
		d := good
		change(&d)
		if _, err := d.Propose(inForce, nil, day); !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	missed := &Report{NewlyMissed: 2}
	if _, err := good.Propose(inForce, missed, day); !fault.Is(err, "RISK-DRAFT-05") {
		t.Error("missing a known case needs a written reason")
	}
	good.Missing = "both were errors of the scale"
	if _, err := good.Propose(inForce, missed, day); err != nil {
		t.Error(err)
	}
}

func TestTally(t *testing.T) {
	outcomes := func(yield func(Outcome) bool) {
		for i := range 100 {
			o := Outcome{Subject: Subject{Declaration, fmt.Sprint(i), 1}}
			if i < 40 { // rule GOOD finds three of four
				o.Hits, o.Selected, o.Result = []string{"GOOD"}, []Selection{ByScore}, Normal
				if i%4 != 0 {
					o.Result, o.TaxDue = Found, 100
				}
			} else if i < 60 {
				o.Hits, o.Selected, o.Result = []string{"BAD"}, []Selection{ByRandom}, Normal
			} else if i < 70 {
				o.Selected, o.Result = []Selection{ByRandom}, Found
			} else {
				o.Hits = []string{"RARE"}
			}
			if !yield(o) {
				return
			}
		}
	}
	h, err := Tally(outcomes, 10)
	if err != nil {
		t.Fatal(err)
	}
	want := Health{
		All:      Counts{Judged: 100, Checked: 70, Found: 40, Normal: 30, TaxDue: 3000},
		Random:   Counts{Judged: 30, Checked: 30, Found: 10, Normal: 20},
		Selected: map[Selection]Counts{ByScore: {40, 40, 30, 10, 3000}, ByRandom: {30, 30, 10, 20, 0}},
		Rules: []RuleHealth{
			{"BAD", Counts{20, 20, 0, 20, 0}, 20 * num.Percent, 0, NotBetter},
			{"GOOD", Counts{40, 40, 30, 10, 3000}, 40 * num.Percent, 75 * num.Percent, Better},
			{"RARE", Counts{Judged: 30}, 30 * num.Percent, 0, TooFew},
		},
	}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkBackTest is bar P18: one rule change over a million declarations,
// two workers, at most 10 s.
func BenchmarkBackTest(b *testing.B) {
	old := aTable(b, manyRules(200)...)
	spec := old.Spec
	spec.Version = "2"
	spec.Rules = append(manyRules(200)[1:], aRule("R000", `hs.chapter = "22"`, 30))
	changed, err := Compile(spec, old.Catalogue)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := BackTest(context.Background(), pastCases(old.Catalogue, 1_000_000), old, changed, 2); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAssess(b *testing.B) {
	table := aTable(b, manyRules(200)...)
	r := rand.New(rand.NewPCG(1, 1))
	pool := make([]*Facts, 500)
	for i := range pool {
		pool[i] = madeUp(table.Catalogue, r)
	}
	key := testKey(b)
	b.Run("verdict of 200 rules", func(b *testing.B) {
		b.ReportAllocs()
		hits := 0
		for i := range b.N {
			v, err := Assess(Question{Subject: Subject{Declaration, "222620261000000001", 1}, Facts: pool[i%500], Table: table, Key: key, CreditLevel: 3, At: at})
			if err != nil {
				b.Fatal(err)
			}
			hits += len(v.Hits)
		}
		b.ReportMetric(float64(hits)/float64(b.N), "hits/op")
	})
	b.Run("rules alone", func(b *testing.B) {
		b.ReportAllocs()
		var room [64]rawHit
		for i := range b.N {
			var seen missing
			table.judge(pool[i%500], day, 3, "", room[:0], &seen)
		}
	})
	b.Run("draw", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			key.Number("", Subject{Declaration, "222620261000000001", 1})
		}
	})
}
