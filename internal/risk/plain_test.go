package risk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/num"
)

// randomFacts draws any known or unknown value for every fact.
func randomFacts(t *rapid.T, c *Catalogue) *Facts {
	f := NewFacts(c, 0)
	fill := func(r Row, line bool) {
		for _, field := range c.Fields {
			if field.Line != line || rapid.IntRange(0, 2).Draw(t, "known") == 0 {
				continue
			}
			switch field.Type {
			case Text, Code:
				r.Text(field.Name, rapid.SampledFrom([]string{"I", "E", "22", "24", "4901", "KP", "CN", "conflict", "signal", "2216"}).Draw(t, field.Name))
			case Set:
				r.Set(field.Name, rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B"}), 0, 2).Draw(t, field.Name))
			case Bool:
				r.Flag(field.Name, rapid.Bool().Draw(t, field.Name))
			case Count:
				r.Count(field.Name, rapid.Int64Range(0, 400).Draw(t, field.Name))
			case Rate:
				r.Rate(field.Name, num.Percent*num.Rate(rapid.Int64Range(-100, 300).Draw(t, field.Name)))
			case Money:
				r.Money(field.Name, num.OneMoney*num.Money(rapid.Int64Range(0, 60_000_000).Draw(t, field.Name)))
			case Quantity:
				r.Quantity(field.Name, num.OneQuantity*num.Quantity(rapid.Int64Range(0, 500).Draw(t, field.Name)))
			case Date:
				r.Date(field.Name, day-clock.Date(rapid.IntRange(0, 900).Draw(t, field.Name)))
			}
		}
	}
	fill(f.Head(), false)
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		fill(f.AddLine(), true)
	}
	return f
}

func TestVerdictEqualsAPlainReadingOfTheTable(t *testing.T) {
	for _, kind := range []Kind{Declaration, List, Passage} {
		table, err := DefaultTable(kind)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			q := Question{
				Subject: Subject{kind, "S", rapid.Int64Range(1, 99).Draw(t, "version")}, Facts: randomFacts(t, table.Catalogue), Table: table,
				CreditLevel: rapid.IntRange(1, 5).Draw(t, "credit"), Mode: rapid.SampledFrom([]string{"", "enter-first"}).Draw(t, "mode"), At: at,
			}
			q.Key, err = NewDrawKey("p", bytes.Repeat([]byte{1}, 32))
			if err != nil {
				t.Fatal(err)
			}
			v, err := Assess(q)
			if err != nil {
				t.Fatal(err)
			}
			body, err := json.Marshal(q.Facts)
			if err != nil {
				t.Fatal(err)
			}
			sum, hard, hits := plainReading(t, table, body, q.CreditLevel, q.Mode)
			if v.Sum != sum || v.Score != min(sum, 100) || len(v.Hits) != len(hits) {
				t.Fatalf("sum %d hits %d, by plain reading %d and %v", v.Sum, len(v.Hits), sum, hits)
			}
			want := channelOf(v.Score, Band{Medium: 40, High: 70})
			if v.Draw.Picked {
				want = Red
			}
			if got := Stricter(want, hard); v.Channel != got {
				t.Fatalf("channel %s, by plain reading %s", v.Channel, got)
			}
			raw := table.judge(q.Facts, q.At.Date(), q.CreditLevel, q.Mode, nil, &missing{})
			score, c, _ := table.score(raw, q.At.Date())
			if score != v.Score || c.rank() > v.Channel.rank() {
				t.Fatal("the back-test's short way differs")
			}
		})
	}
}

// plainReading evaluates the table's texts over the JSON of the facts with
// nothing of the compiled table: big.Rat for numbers, maps for facts.
func plainReading(t *rapid.T, table *Table, facts []byte, credit int, mode string) (sum int, hard Channel, hits []string) {
	var body struct {
		Head  map[string]any   `json:"head"`
		Lines []map[string]any `json:"lines"`
	}
	if err := json.Unmarshal(facts, &body); err != nil {
		t.Fatal(err)
	}
	hard = Green
	for _, r := range table.Spec.Rules {
		if len(r.Modes) > 0 && !slices.Contains(r.Modes, mode) || len(r.Credit) > 0 && !slices.Contains(r.Credit, credit) {
			continue
		}
		rows := []map[string]any{body.Head}
		if speaksOfLines(t, table, r) {
			rows = nil
			for _, line := range body.Lines {
				row := map[string]any{}
				for k, v := range body.Head {
					row[k] = v
				}
				for k, v := range line {
					row[k] = v
				}
				rows = append(rows, row)
			}
		}
		best := 0
		for _, row := range rows {
			if r.When != "" && !plainHolds(t, table, r.When, row) {
				continue
			}
			level := 1
			if r.Measure != "" {
				level = 0
				v, known := row[r.Measure]
				for _, l := range r.Levels {
					if known && (r.Direction == "up" && rat(v).Cmp(rat(l)) >= 0 || r.Direction == "down" && rat(v).Cmp(rat(l)) <= 0) {
						level++
					}
				}
			}
			best = max(best, level)
		}
		if best > 0 {
			hits = append(hits, r.ID)
			sum += best * r.Weight
			if r.Hard != "" {
				hard = Stricter(hard, r.Hard.Channel())
			}
		}
	}
	return sum, hard, hits
}

func speaksOfLines(t *rapid.T, table *Table, r RuleSpec) bool {
	f, ok := table.Catalogue.Field(r.Measure)
	if ok && f.Line {
		return true
	}
	if r.When == "" {
		return false
	}
	e, err := Parse(r.When)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range e.All {
		for _, c := range g.Any {
			if f, _ := table.Catalogue.Field(c.Field); f.Line {
				return true
			}
		}
	}
	return false
}

func plainHolds(t *rapid.T, table *Table, src string, row map[string]any) bool {
	e, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range e.All {
		held := false
		for _, c := range g.Any {
			v, known := row[c.Field]
			texts := slices.Clone(table.Spec.Lists[c.List].Values)
			for _, val := range c.Values {
				texts = append(texts, val.String())
				texts[len(texts)-1] = string(bytes.Trim([]byte(texts[len(texts)-1]), `"`))
			}
			switch {
			case c.Op == Unknown:
				held = held || !known
			case c.Op == Known:
				held = held || known
			case !known:
			case c.Op == In:
				held = held || slices.Contains(texts, fmt.Sprint(v))
			case c.Op == Eq:
				held = held || fmt.Sprint(v) == texts[0]
			case c.Op == Lt:
				held = held || rat(v).Cmp(rat(texts[0])) < 0
			case c.Op == Le:
				held = held || rat(v).Cmp(rat(texts[0])) <= 0
			case c.Op == Gt:
				held = held || rat(v).Cmp(rat(texts[0])) > 0
			case c.Op == Ge:
				held = held || rat(v).Cmp(rat(texts[0])) >= 0
			default:
				t.Fatalf("%s is not read here", c.Op)
			}
		}
		if !held {
			return false
		}
	}
	return true
}

func rat(v any) *big.Rat {
	s := fmt.Sprint(v)
	percent := false
	if s[len(s)-1] == '%' {
		s, percent = s[:len(s)-1], true
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return new(big.Rat)
	}
	if percent {
		r.Quo(r, big.NewRat(100, 1))
	}
	return r
}
