package risk

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/fault"
)

func TestFactsSurviveJSON(t *testing.T) {
	c, err := DefaultCatalogue(Declaration)
	if err != nil {
		t.Fatal(err)
	}
	f := riskyFacts(c)
	body, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadFacts(c, body)
	if err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(again)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(body), string(second)); diff != "" {
		t.Error(diff)
	}
	for src, code := range map[string]string{
		`{"kind":"declaration","head":{"orgin":"CN"}}`:          "RISK-FACT-01",
		`{"kind":"declaration","head":{"origin":"CN"}}`:         "RISK-FACT-03",
		`{"kind":"passage","head":{}}`:                          "RISK-FACT-04",
		`{"kind":"declaration","head":{"value_cny":5}}`:         "RISK-FACT-04",
		`{"kind":"declaration","head":{"value_cny":"5.001"}}`:   "RISK-FACT-04",
		`{"kind":"declaration","head":{"credit_level":"5"}}`:    "RISK-FACT-04",
		`{"kind":"declaration","lines":[{"prohibited":"yes"}]}`: "RISK-FACT-04",
		`[`: "RISK-FACT-04",
	} {
		if _, err := ReadFacts(c, []byte(src)); !fault.Is(err, code) {
			t.Errorf("%s: got %v, want %s", src, err, code)
		}
	}
}

func FuzzReadFacts(f *testing.F) {
	c, err := DefaultCatalogue(Declaration)
	if err != nil {
		f.Fatal(err)
	}
	body, err := json.Marshal(riskyFacts(c))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"kind":"declaration","head":{"office":null},"lines":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := ReadFacts(c, data)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		once, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadFacts(c, once)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := json.Marshal(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s (%v)", once, twice, err)
		}
	})
}

func FuzzReadTable(f *testing.F) {
	f.Add([]byte(`{id: t, subject: declaration, version: "1", title: {en: t, zh: t}, lists: {l: {values: [A], source: s}},
bands: [{from: "2014-01-01", medium: 40, high: 70, source: s}], draws: [{from: "2014-01-01", ratio: "0.5", action: audit, source: s}],
rules: [{id: A, object: book, when: origin in @l, measure: value_cny, direction: up, levels: ["1", "2"], weight: 3, owner: o, valid_from: "2014-01-01"}]}`))
	f.Add([]byte("id: x\nrules:\n  - {id: a, weight: 1e9}\n"))
	f.Add([]byte("a: &a [*a]"))
	c, err := DefaultCatalogue(Declaration)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		spec, err := ReadTable(data)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		if _, err := Compile(spec, c); err != nil && fault.All(err) == nil {
			t.Fatal(err)
		}
	})
}
