package risk

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

var (
	day = clock.MustDate("2026-11-23")
	at  = day.Start().Add(9 * 3600 * 1e9)
)

func testKey(t testing.TB) DrawKey {
	t.Helper()
	k, err := NewDrawKey("2026-11", bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func label(s string) Label { return Label{EN: s, ZH: s} }

func aRule(id, when string, weight int) RuleSpec {
	return RuleSpec{
		ID: id, Object: Declaration, Title: label(id), When: when, Weight: weight,
		ValidFrom: clock.MustDate("2014-01-01"), Owner: "test", Reason: label("because"), Source: "test",
	}
}

// aTable gives a table without random draw around the rules.
func aTable(t testing.TB, rules ...RuleSpec) *Table {
	t.Helper()
	c, err := DefaultCatalogue(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	table, err := Compile(TableSpec{
		ID: "t", Subject: Declaration, Version: "1", Title: label("t"),
		Bands: []Band{{From: clock.MustDate("2014-01-01"), Medium: 40, High: 70, Source: "test"}},
		Draws: []DrawRatio{{From: clock.MustDate("2014-01-01"), Ratio: 0, Action: Inspect, Source: "test"}},
		Lists: map[string]NamedList{"dear": {Title: label("dear"), Values: []string{"22", "24"}, Source: "test"}},
		Rules: rules,
	}, c)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func ask(t testing.TB, table *Table, f *Facts, in ...*Instruction) Verdict {
	t.Helper()
	v, err := Assess(Question{
		Subject: Subject{Declaration, "D1", 1}, Facts: f, Table: table, Instructions: in,
		Key: testKey(t), CreditLevel: 3, Mode: "enter-first", Place: "2216", At: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestScoreBands(t *testing.T) {
	for _, tc := range []struct {
		weight, score int
		channel       Channel
	}{
		{1, 1, Green}, {39, 39, Green}, {40, 40, Yellow}, {69, 69, Yellow}, {70, 70, Red}, {100, 100, Red},
	} {
		table := aTable(t, aRule("A", "tax_short", tc.weight))
		f := NewFacts(table.Catalogue, 0)
		f.Head().Flag("tax_short", true)
		v := ask(t, table, f)
		if v.Score != tc.score || v.Channel != tc.channel || v.Band != tc.channel {
			t.Errorf("weight %d: score %d channel %s, want %d %s", tc.weight, v.Score, v.Channel, tc.score, tc.channel)
		}
	}
	table := aTable(t, aRule("A", "tax_short", 100), aRule("B", "tax_short", 100))
	f := NewFacts(table.Catalogue, 0)
	f.Head().Flag("tax_short", true)
	if v := ask(t, table, f); v.Score != 100 || v.Sum != 200 {
		t.Errorf("the score is cut to 100 and the sum kept: %d, %d", v.Score, v.Sum)
	}
}

func TestLevelsCountThresholdsReached(t *testing.T) {
	up := aRule("UP", "", 10)
	up.Measure, up.Direction, up.Levels = "value_cny", "up", []string{"100", "200.50", "300"}
	down := aRule("DOWN", "", 10)
	down.Measure, down.Direction, down.Levels = "credit_level", "down", []string{"3", "2", "1"}
	table := aTable(t, up, down)
	for _, tc := range []struct {
		value  string
		credit int64
		points string
	}{
		{"99.99", 5, "[]"}, {"100", 4, "[10]"}, {"200.49", 3, "[10 10]"}, {"200.50", 2, "[20 20]"}, {"1000", 1, "[30 30]"},
	} {
		m, err := num.ParseMoney(tc.value)
		if err != nil {
			t.Fatal(err)
		}
		f := NewFacts(table.Catalogue, 0)
		f.Head().Money("value_cny", m).Count("credit_level", tc.credit)
		points := []int{}
		for _, h := range ask(t, table, f).Hits {
			points = append(points, h.Points)
		}
		if got := fmt.Sprint(points); got != tc.points {
			t.Errorf("%s, credit %d: points %s, want %s", tc.value, tc.credit, got, tc.points)
		}
	}
}

func TestConditionsOfALineMeetOnOneLine(t *testing.T) {
	table := aTable(t, aRule("A", `hs.chapter in @dear and origin = "CU" and value_cny >= 500000`, 50))
	f := NewFacts(table.Catalogue, 0)
	f.Head().Money("value_cny", 600_000_00)
	f.AddLine().Text("hs.chapter", "22").Text("origin", "FR")
	f.AddLine().Text("hs.chapter", "84").Text("origin", "CU")
	if v := ask(t, table, f); len(v.Hits) != 0 {
		t.Fatal("two lines that each hold half of a rule must not add up to a hit")
	}
	f.AddLine().Text("hs.chapter", "24").Text("origin", "CU")
	v := ask(t, table, f)
	if len(v.Hits) != 1 || v.Hits[0].Line != 3 || v.Hits[0].Lines != 1 || v.Channel != Yellow {
		t.Fatalf("third line should hit alone: %+v", v.Hits)
	}
	want := []ConditionSeen{
		{1, "value_cny", Label{"total value", "总价值"}, "value_cny >= 500000", "600000.00", true},
		{2, "hs.chapter", Label{"HS chapter", "章"}, "hs.chapter in @dear", "24", true},
		{3, "origin", Label{"country of origin", "原产国"}, `origin = "CU"`, "CU", true},
	}
	if diff := cmp.Diff(want, v.Hits[0].Conditions); diff != "" {
		t.Errorf("the why card does not show what was seen:\n%s", diff)
	}
}

func TestUnknownFactsMakeNothingTrueAndAreNamed(t *testing.T) {
	table := aTable(t,
		aRule("NE", `office != "2216"`, 10), aRule("NOTIN", `office not in ["2216"]`, 10),
		aRule("OR", `office = "1" or tax_short`, 10), aRule("SETTLED", `prohibited and tax_short`, 10),
		aRule("ASK", `office is unknown`, 10))
	f := NewFacts(table.Catalogue, 0)
	f.Head().Text("office", "")
	f.AddLine().Flag("prohibited", false)
	v := ask(t, table, f)
	if len(v.Hits) != 1 || v.Hits[0].Rule != "ASK" {
		t.Errorf("only the rule that asks for the unknown may hit: %+v", v.Hits)
	}
	if diff := cmp.Diff([]string{"office", "tax_short"}, v.Missing); diff != "" {
		t.Error(diff)
	}
	f.Head().Flag("tax_short", false).Text("office", "2216")
	if v := ask(t, table, f); v.Missing != nil {
		t.Errorf("nothing is missing now: %v", v.Missing)
	}
}

func TestHardRulesOverrideTheScore(t *testing.T) {
	for action, channel := range map[Action]Channel{Hold: Red, Inspect: Red, Review: Red, Audit: Yellow} {
		r := aRule("H", "licence_missing", 0)
		r.Hard = action
		table := aTable(t, r)
		f := NewFacts(table.Catalogue, 0)
		f.Head().Flag("licence_missing", true)
		v := ask(t, table, f)
		if v.Channel != channel || v.Score != 0 || !slices.Equal(v.Selected, []Selection{ByHardRule}) || !slices.Equal(v.Actions, []Action{action}) {
			t.Errorf("%s: %s, score %d, %v, %v", action, v.Channel, v.Score, v.Selected, v.Actions)
		}
	}
}

func TestRulesActOnlyInTheirTimeCreditAndMode(t *testing.T) {
	for name, change := range map[string]func(*RuleSpec){
		"not begun":    func(r *RuleSpec) { r.ValidFrom = day + 1 },
		"ended":        func(r *RuleSpec) { r.ValidTo = day - 1 },
		"other credit": func(r *RuleSpec) { r.Credit = []int{1, 2} },
		"other mode":   func(r *RuleSpec) { r.Modes = []string{"display"} },
	} {
		r := aRule("A", "tax_short", 10)
		change(&r)
		table := aTable(t, r)
		f := NewFacts(table.Catalogue, 0)
		f.Head().Flag("tax_short", true)
		if v := ask(t, table, f); len(v.Hits) != 0 {
			t.Errorf("%s: the rule acted", name)
		}
	}
	r := aRule("A", "tax_short", 10)
	r.ValidFrom, r.ValidTo, r.Credit, r.Modes = day, day, []int{3}, []string{"enter-first"}
	table := aTable(t, r)
	f := NewFacts(table.Catalogue, 0)
	f.Head().Flag("tax_short", true)
	if v := ask(t, table, f); len(v.Hits) != 1 {
		t.Error("a rule acts on its first and last day, for its credit level and mode")
	}
}

func TestInstructions(t *testing.T) {
	table := aTable(t)
	good := InstructionSpec{
		ID: "BK-1", Subject: Declaration, Scope: `origin = "CU"`, Action: Inspect, Share: num.OneRate,
		From: at, To: at.Add(3600 * 1e9), Issuer: "risk1", Approver: "risk2", State: InstructionApproved,
		Secrecy: Restricted, Reason: label("a tip"),
	}
	f := NewFacts(table.Catalogue, 0)
	f.AddLine().Text("origin", "FR")
	f.AddLine().Text("origin", "CU")
	for name, tc := range map[string]struct {
		change func(*InstructionSpec)
		hits   int
		picked bool
	}{
		"approved and in time":         {func(*InstructionSpec) {}, 1, true},
		"drafts do not act":            {func(s *InstructionSpec) { s.State = InstructionDraft }, 0, false},
		"withdrawn ones do not act":    {func(s *InstructionSpec) { s.State = InstructionWithdrawn }, 0, false},
		"expired ones stop":            {func(s *InstructionSpec) { s.From, s.To = at-2, at }, 0, false},
		"not begun":                    {func(s *InstructionSpec) { s.From = at + 1 }, 0, false},
		"other place":                  {func(s *InstructionSpec) { s.Places = []string{"2200"} }, 0, false},
		"this place":                   {func(s *InstructionSpec) { s.Places = []string{"2200", "2216"} }, 1, true},
		"other scope":                  {func(s *InstructionSpec) { s.Scope = `origin = "DE"` }, 0, false},
		"not drawn for a tiny share":   {func(s *InstructionSpec) { s.Share = 1 }, 1, false},
		"an audit lets the goods go":   {func(s *InstructionSpec) { s.Action = Audit }, 1, true},
		"secret ones act all the same": {func(s *InstructionSpec) { s.Secrecy = Secret }, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			tc.change(&s)
			in, err := CompileInstruction(s, table.Catalogue, table.Spec.Lists)
			if err != nil {
				t.Fatal(err)
			}
			v := ask(t, table, f, in)
			if len(v.Instructions) != tc.hits || tc.hits == 1 && v.Instructions[0].Picked != tc.picked {
				t.Fatalf("got %+v", v.Instructions)
			}
			want := Green
			if tc.picked {
				want = s.Action.Channel()
			}
			if v.Channel != want {
				t.Errorf("channel %s, want %s", v.Channel, want)
			}
		})
	}
	for code, change := range map[string]func(*InstructionSpec){
		"RISK-INSTRUCTION-01": func(s *InstructionSpec) { s.Subject = Passage },
		"RISK-INSTRUCTION-02": func(s *InstructionSpec) { s.Action = "shout" },
		"RISK-INSTRUCTION-03": func(s *InstructionSpec) { s.Share = 0 },
		"RISK-INSTRUCTION-04": func(s *InstructionSpec) { s.To = s.From },
		"RISK-INSTRUCTION-05": func(s *InstructionSpec) { s.Approver = s.Issuer },
		"RISK-INSTRUCTION-06": func(s *InstructionSpec) { s.Reason = Label{} },
		"RISK-FIELD-01":       func(s *InstructionSpec) { s.Scope = `orign = "CU"` },
		"RISK-EXPR-01":        func(s *InstructionSpec) { s.Scope = `` },
	} {
		s := good
		change(&s)
		if _, err := CompileInstruction(s, table.Catalogue, nil); !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

func TestDrawIsTheSameAgainAndKeepsItsShare(t *testing.T) {
	k := testKey(t)
	s := Subject{Declaration, "222620261000000001", 3}
	if again := testKey(t); k.Number("", s) != again.Number("", s) {
		t.Error("drawing again gave another number")
	}
	// The documented formula, computed another way, for short and long keys and ids.
	for _, length := range []int{32, 64, 65, 200} {
		for _, id := range []string{s.ID, "", strings.Repeat("长", 200)} {
			secret := bytes.Repeat([]byte{7}, length)
			key, err := NewDrawKey("2026-11", secret)
			if err != nil {
				t.Fatal(err)
			}
			mac := hmac.New(sha256.New, secret)
			for _, part := range []string{"2026-11", "", "declaration", id} {
				_ = binary.Write(mac, binary.BigEndian, uint32(len(part)))
				mac.Write([]byte(part))
			}
			_ = binary.Write(mac, binary.BigEndian, int64(3))
			n := new(big.Int).SetBytes(mac.Sum(nil)[:8])
			n.Mul(n, big.NewInt(int64(num.OneRate))).Rsh(n, 64)
			if got := key.Number("", Subject{Declaration, id, 3}); int64(got) != n.Int64() {
				t.Errorf("key of %d bytes, id of %d: number %s, by the formula %s", length, len(id), got, n)
			}
		}
	}
	seen := map[num.Rate]bool{}
	for _, other := range []Subject{{Declaration, s.ID, 4}, {List, s.ID, 3}, {Declaration, s.ID + "0", 3}} {
		seen[k.Number("", other)] = true
	}
	seen[k.Number("BK-1", s)], seen[k.Number("", s)] = true, true
	if len(seen) != 5 {
		t.Error("version, kind, id and purpose must each change the number")
	}
	for _, ratio := range []num.Rate{500_000, 3_000_000, 80_000_000, num.OneRate} {
		picked, all := 0, 40_000
		for i := range all {
			if k.Number("", Subject{Declaration, fmt.Sprint(i), 1}) < ratio {
				picked++
			}
		}
		// Five standard deviations; the key is fixed, so this never flickers.
		p := float64(ratio) / float64(num.OneRate)
		off := float64(picked) - p*float64(all)
		if off*off > 25*p*(1-p)*float64(all) {
			t.Errorf("ratio %s: %d of %d picked", ratio, picked, all)
		}
	}
}

func TestDrawRatiosOfTheDefaultTable(t *testing.T) {
	table, err := DefaultTable(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	for credit, want := range map[int]string{5: "0.005", 4: "0.01", 3: "0.03", 2: "0.8", 1: "1"} {
		if d, ok := table.draw(day, credit, ""); !ok || d.Ratio.String() != want {
			t.Errorf("credit %d is drawn at %s, want %s", credit, d.Ratio, want)
		}
	}
}

func TestKeyCommitment(t *testing.T) {
	k := testKey(t)
	if _, err := OpenDrawKey("2026-11", k.Secret(), k.Commitment()); err != nil {
		t.Error(err)
	}
	for name, open := range map[string]func() (DrawKey, error){
		"another period":    func() (DrawKey, error) { return OpenDrawKey("2026-12", k.Secret(), k.Commitment()) },
		"another key":       func() (DrawKey, error) { return OpenDrawKey("2026-11", k.Secret()[2:]+"00", k.Commitment()) },
		"nothing announced": func() (DrawKey, error) { return OpenDrawKey("2026-11", k.Secret(), "") },
	} {
		if _, err := open(); !fault.Is(err, "RISK-KEY-02") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenDrawKey("2026-11", "zz", k.Commitment()); !fault.Is(err, "RISK-KEY-01") {
		t.Error(err)
	}
}

func TestAssessRefusals(t *testing.T) {
	table := aTable(t)
	good := Question{Subject: Subject{Declaration, "D", 1}, Facts: NewFacts(table.Catalogue, 0), Table: table, Key: testKey(t), CreditLevel: 3, At: at}
	for code, change := range map[string]func(*Question){
		"RISK-ASSESS-01": func(q *Question) { q.Subject.Kind = Passage },
		"RISK-ASSESS-02": func(q *Question) { q.CreditLevel = 0 },
		"RISK-ASSESS-03": func(q *Question) { q.At = clock.MustDate("2013-01-01").Start() },
		"RISK-ASSESS-04": func(q *Question) { q.Key = DrawKey{} },
		"RISK-FACT-01":   func(q *Question) { q.Facts.Head().Text("orgin", "CN") },
		"RISK-FACT-02":   func(q *Question) { q.Facts.Head().Count("office", 1) },
		"RISK-FACT-03":   func(q *Question) { q.Facts.Head().Text("origin", "CN") },
	} {
		q := good
		q.Facts = NewFacts(table.Catalogue, 0)
		change(&q)
		if _, err := Assess(q); !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	c, err := DefaultCatalogue(Passage)
	if err != nil {
		t.Fatal(err)
	}
	q := good
	q.Facts = NewFacts(c, 0)
	if _, err := Assess(q); !fault.Is(err, "RISK-ASSESS-01") {
		t.Errorf("facts of a passage for a declaration: %v", err)
	}
}

func TestTableRefusesWrongCells(t *testing.T) {
	c, err := DefaultCatalogue(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	for code, change := range map[string]func(*TableSpec){
		"RISK-TABLE-02": func(s *TableSpec) { s.Rules = append(s.Rules, s.Rules[0]) },
		"RISK-TABLE-03": func(s *TableSpec) { s.Rules[0].Owner = "" },
		"RISK-TABLE-04": func(s *TableSpec) { s.Rules[0].Weight = 101 },
		"RISK-TABLE-05": func(s *TableSpec) { s.Rules[0].ValidFrom = 0 },
		"RISK-TABLE-06": func(s *TableSpec) { s.Rules[0].Weight = 0 },
		"RISK-TABLE-07": func(s *TableSpec) { s.Bands[0].High = s.Bands[0].Medium },
		"RISK-TABLE-08": func(s *TableSpec) { s.Draws[0].Credit = []int{5, 4, 3, 2} },
		"RISK-TABLE-09": func(s *TableSpec) { s.Subject = Passage },
		"RISK-TABLE-10": func(s *TableSpec) {
			s.Rules[0].Measure, s.Rules[0].Direction, s.Rules[0].Levels = "origin", "up", []string{"1"}
		},
		"RISK-TABLE-11": func(s *TableSpec) { s.Rules[0].Credit = []int{6} },
		"RISK-FIELD-01": func(s *TableSpec) { s.Rules[0].When = "tax_shrt" },
		"RISK-LIST-01":  func(s *TableSpec) { s.Lists = nil },
	} {
		spec := aTable(t, aRule("A", "tax_short", 10), aRule("B", "hs.chapter in @dear", 10)).Spec
		change(&spec)
		_, err := Compile(spec, c)
		if !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	bad := aRule("A", "tax_shrt and", 10)
	bad.Levels = []string{"1"}
	_, err = Compile(TableSpec{ID: "x", Version: "1", Subject: Declaration, Rules: []RuleSpec{aRule("B", "orgin = 1", 1), bad}}, c)
	paths := map[string]string{}
	for _, f := range fault.All(err) {
		paths[f.Code] = f.Path
	}
	want := map[string]string{
		"RISK-TABLE-07": "/bands", "RISK-TABLE-08": "/draws", "RISK-FIELD-01": "/rules/0/when",
		"RISK-EXPR-01": "/rules/1/when", "RISK-TABLE-04": "/rules/1/levels",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("all faults at once, each with its place:\n%s", diff)
	}
}

func TestVerdictSurvivesJSON(t *testing.T) {
	table, err := DefaultTable(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	f := riskyFacts(table.Catalogue)
	v, err := Assess(Question{Subject: Subject{Declaration, "D", 2}, Facts: f, Table: table, Key: testKey(t), CreditLevel: 2, Mode: "enter-first", At: at})
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var again Verdict
	if err := json.Unmarshal(body, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, again); diff != "" {
		t.Error(diff)
	}
	t.Logf("%d hits, score %d, %d bytes", len(v.Hits), v.Score, len(body))
}

func riskyFacts(c *Catalogue) *Facts {
	f := NewFacts(c, 0)
	f.Head().Text("direction", "I").Text("office", "2216").Count("credit_level", 2).Money("value_cny", 12_000_000_00).
		Count("violations_12m", 2).Count("violations_24m", 5).Count("enterprise_age_days", 80).Count("declarations_90d", 40).
		Rate("amendment_rate_90d", 12*num.Percent).Flag("partner_alert", true).Count("manifest_signals", 1).
		Text("manifest_state", "signal").Date("accepted_on", day).Set("containers", []string{"CSQU3054383"})
	f.AddLine().Text("hs", "8471300000").Text("hs.chapter", "84").Text("hs.heading", "8471").Text("origin", "CN").
		Rate("price_deviation", -55*num.Percent).Count("price_reference_count", 9).Rate("duty_rate", 0).Flag("new_goods", true)
	f.AddLine().Text("hs", "2204210000").Text("hs.chapter", "22").Text("hs.heading", "2204").Text("origin", "FR").
		Rate("price_deviation", -75*num.Percent).Count("price_reference_count", 30).Rate("duty_rate", 14*num.Percent).
		Flag("preference", true).Flag("origin_proof", false)
	return f
}

func TestWhoSeesWhat(t *testing.T) {
	table, err := DefaultTable(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	in, err := CompileInstruction(InstructionSpec{
		ID: "BK-SECRET", Subject: Declaration, Scope: `direction = "I"`, Action: Inspect, Share: num.OneRate, From: at, To: at + 1,
		Issuer: "a", Approver: "b", State: InstructionApproved, Secrecy: Secret, Reason: label("tip"),
	}, table.Catalogue, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := ask(t, table, riskyFacts(table.Catalogue), in)
	for reader, forbidden := range map[Audience][]string{
		Officer:   {"BK-SECRET", "D-PARTNER", "special attention"},
		Declarant: {"BK-SECRET", "D-PARTNER", "special attention", `"points":14`, "partner"},
	} {
		card := v.For(reader)
		body, err := json.Marshal(card)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range forbidden {
			if bytes.Contains(body, []byte(word)) {
				t.Errorf("the %s reads %q", reader, word)
			}
		}
		if card.Channel != Red || !slices.Contains(card.Actions, Inspect) {
			t.Errorf("the %s must see channel and action", reader)
		}
	}
	if officer := v.For(Officer); len(officer.Instructions) != 1 || officer.Instructions[0].Action != Inspect {
		t.Error("the officer sees that there is an instruction and what to do")
	}
	if declarant := v.For(Declarant); declarant.Score != 0 || declarant.Draw != (Draw{}) || len(declarant.Hits) == 0 {
		t.Error("the declarant sees reasons and cures, no score and no draw")
	}
	if analyst := v.For(Analyst); !reflect.DeepEqual(analyst, v) {
		t.Error("the analyst sees all")
	}
}

func TestJudgingAllocatesNothing(t *testing.T) {
	table, err := DefaultTable(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	facts, key := riskyFacts(table.Catalogue), testKey(t)
	var room [64]rawHit
	if n := testing.AllocsPerRun(100, func() {
		var seen missing
		table.judge(facts, day, 2, "enter-first", room[:0], &seen)
		key.Number("BK-1", Subject{Declaration, "222620261000000001", 1})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestStricterWinsWhateverTheOrder(t *testing.T) {
	all := []Channel{Green, Yellow, Red}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := rapid.SampledFrom(all).Draw(t, "a"), rapid.SampledFrom(all).Draw(t, "b"), rapid.SampledFrom(all).Draw(t, "c")
		if Stricter(a, b) != Stricter(b, a) || Stricter(a, Stricter(b, c)) != Stricter(Stricter(a, b), c) || Stricter(a, a) != a {
			t.Fatal("not a maximum")
		}
	})
}
