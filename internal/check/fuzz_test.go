package check

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"seine/internal/clock"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/risk"
)

// plucked is what pluck must give for the places a, a/b and c_d, worked out from
// the tokens of encoding/json.
func plucked(doc string) [3]string {
	var got [3]string
	d := json.NewDecoder(strings.NewReader(doc))
	d.UseNumber()
	var object func(at string)
	var list func()
	value := func(at string, t json.Token) {
		switch t := t.(type) {
		case json.Delim:
			if t == '{' {
				object(at)
			} else {
				list()
			}
			return
		case nil:
			return
		}
		for i, place := range []string{"/a", "/a/b", "/cd"} {
			if at == place {
				switch t := t.(type) {
				case string:
					got[i] = t
				case json.Number:
					got[i] = t.String()
				case bool:
					got[i] = map[bool]string{true: "true", false: "false"}[t]
				}
			}
		}
	}
	object = func(at string) {
		for d.More() {
			name, _ := d.Token()
			t, _ := d.Token()
			key := ""
			for _, c := range []byte(name.(string)) {
				if c >= 'A' && c <= 'Z' {
					c += 'a' - 'A'
				}
				if c != '_' {
					key += string([]byte{c})
				}
			}
			if at == "none" {
				value("none", t)
				continue
			}
			value(at+"/"+strings.ReplaceAll(key, "/", "\x00"), t)
		}
		_, _ = d.Token()
	}
	list = func() {
		for d.More() {
			t, _ := d.Token()
			value("none", t)
		}
		_, _ = d.Token()
	}
	if t, _ := d.Token(); t == json.Delim('{') {
		object("")
	}
	return got
}

func FuzzPluck(f *testing.F) {
	for _, doc := range []string{
		`{}`, `{"a":1,"c_d":"x"}`, `{"a":{"b":"é"}}`, `{"A":[{"a":1}],"CD":null}`, `{"a":"\u00e9\n"}`, `{"a":1}x`, `{"a"`, `[]`, `{"a":-1.5e3 , "cd" : true}`, "{\"a\":{\"b\":1},\"a\":2}",
	} {
		f.Add(doc)
	}
	w := &way{n: -1}
	for i, place := range []string{"a", "a/b", "c_d"} {
		w.add(place, i)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		into := make([]string, 3)
		ok := w.pluck(doc, into)
		if !json.Valid([]byte(doc)) || !utf8.ValidString(doc) || !strings.HasPrefix(strings.TrimLeft(doc, " \t\r\n"), "{") {
			return
		}
		if !ok {
			t.Fatalf("%q is an object and was refused", doc)
		}
		// Names are compared as they are written: the house writes none with escapes.
		if strings.Contains(doc, `\`) {
			return
		}
		if want := plucked(doc); want != [3]string(into) {
			t.Fatalf("%q gives %q, want %q", doc, into, want)
		}
	})
}

// The second hand hashes an entry as the first: a body that the journal takes has
// the same commitment here.
func FuzzCommit(f *testing.F) {
	for _, body := range []string{`{"a":1}`, `{"b":[1.50,null,true],"a":{"c":"é\u00e9\ud83d\ude00"}}`, `"x"`, `-0.0e-0`, ``, `{"a":1,"a":2}`, ` [ ] `} {
		f.Add("id", "reason", []byte(body))
	}
	f.Fuzz(func(t *testing.T, id, reason string, body []byte) {
		var salt journal.Salt
		copy(salt[:], id)
		e := journal.Entry{
			ID: id, At: 1_700_000_000_000_000, EffectiveOn: clock.MustDate("2026-11-23"), Actor: "a", ActorKind: journal.System, Type: "x.told",
			Subject: []journal.Ref{{Kind: "book", ID: "b"}}, Why: journal.Why{Reason: reason}, Body: body,
		}
		want, err := e.Commit(salt)
		if err != nil {
			return
		}
		row := entryRow{
			at: int64(e.At), on: int64(e.EffectiveOn), id: id, actor: "a", actorKind: "system", kind: "x.told", reason: reason, body: bytes.Clone(body), salt: salt[:],
			refs: []ref{{"book", "b"}},
		}
		got, err := row.commit()
		if err != nil || got != want {
			t.Fatalf("%q: %v, another hash", body, err)
		}
	})
}

func FuzzWorking(f *testing.F) {
	f.Add([]byte(`{"customs_value":"100.00","taxes":{"vat":"13.00"},"total":"13.00","lines":[{"line":0,"customs_value":"100.00","taxes":{"vat":"13.00"}}],
		"steps":[{"step":0,"line":0,"label":"v","formula":"given","base":"100.00","result":"100.00"},
		{"step":1,"line":0,"label":"vat","tax":"vat","formula":"of_value","terms":[0],"base":"100.00","rate":"13%","rounding":"half_up","result":"13.00"}]}`))
	f.Add([]byte(`{"steps":[{"step":0,"formula":"share","denominator":0,"result":"1p2000000000"},{"step":1,"formula":"sum","terms":[-1,9],"result":"0b1"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var w working
		if json.Unmarshal(raw, &w) != nil {
			return
		}
		problem, _, _ := w.sound()
		if problem == "" && len(w.Steps) > 0 && decimal(w.Total) == nil {
			t.Fatalf("a total of %q was found sound", w.Total)
		}
	})
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"1", "-0.5", "1p9", "0x1", "0b1", "1e9", "+1", ".5", "5.", "1_0", "", "-", "1/3", "Inf", "９"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := decimal(s)
		// What the house reads as a quantity is the same number here.
		if have, err := num.ParseQuantity(s); err == nil {
			if q == nil || q.Cmp(big.NewRat(int64(have), int64(num.OneQuantity))) != 0 {
				t.Fatalf("%q is %v, and %s for the house", s, q, have)
			}
		}
		if q != nil && strings.Trim(s, "-.0123456789") != "" {
			t.Fatalf("%q was read as %s", s, q)
		}
	})
}

func FuzzRiskExpression(f *testing.F) {
	table, err := risk.DefaultTable(risk.Declaration)
	if err != nil {
		f.Fatal(err)
	}
	for i := range table.Spec.Rules {
		f.Add(table.Spec.Rules[i].When, "12")
	}
	f.Add(`origin in @l and not (gross_mass >= 20 or "`, "x")
	f.Fuzz(func(t *testing.T, when, level string) {
		spec := table.Spec
		spec.Rules = []risk.RuleSpec{{ID: "a", Object: risk.Declaration, When: when, Measure: "value_cny", Direction: "up", Levels: []string{level}, Weight: 1}}
		own, err := newRiskTable(spec, table.Catalogue.Fields)
		if err != nil {
			return
		}
		own.judge(&facts{Head: map[string]any{"value_cny": json.Number("15"), "origin": "US", "gross_mass": "x"}, Lines: []map[string]any{{"hs": "2009"}}}, "2026-11-23", 3, "m")
	})
}
