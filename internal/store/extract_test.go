package store

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/journal"
)

func TestColumnsAreReadWhateverStandsAround(t *testing.T) {
	table := register(table{kind: "x", columns: []column{{name: "a", at: "/deep/a"}, {name: "n", at: "/n", form: integer}}})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		n := rapid.Int64().Draw(t, "n")
		noise := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.String())).Draw(t, "noise")
		body, err := json.Marshal(map[string]any{
			"before": noise, "n": n, "deep": map[string]any{"x": []any{noise, nil, true, -1.5e3}, "A": text, "z": "}"}, "zz": noise,
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := table.row(body)
		if err != nil {
			t.Fatal(err)
		}
		var want any = strings.ToValidUTF8(text, "\uFFFD")
		if text == "" {
			want = nil
		}
		if diff := cmp.Diff([]any{want, n}, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What a document's body looks like is known, but a damaged one must not take
// the program with it.
func FuzzColumns(f *testing.F) {
	for _, s := range []string{`{}`, `{"number":"1","state":null}`, `{"a":{"b":[1,{"c":"\""}]},"number":1}`, `[`, `{"number`, `{"number":`, "{\"a\":\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, table := range kinds {
			if _, err := table.row(body); err == nil && len(body) == 0 {
				t.Fatal("an empty body is no object")
			}
		}
	})
}

func BenchmarkColumns(b *testing.B) {
	steps := make([]map[string]any, 30)
	for i := range steps {
		steps[i] = map[string]any{"step": i, "label": "customs_value", "formula": "of_value", "terms": []int{1, 2}, "base": "12923.10", "rounding": "half_up", "result": "969.23"}
	}
	body, err := json.Marshal(map[string]any{"id": "1.1", "declaration": "1", "at": "2026-11-29T22:21:56.596437+08:00", "working": steps, "verdict": map[string]any{"channel": "green", "score": 18}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kinds["assessment"].row(body); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTheTailGivesTheColumnsOfEachDocument(t *testing.T) {
	d := func(id string, columns ...any) *docRow {
		return &docRow{table: register(table{kind: "thing", columns: []column{{name: "a", index: behind}, {name: "plain"}, {name: "b", index: behind}}}), id: id, columns: columns}
	}
	var text strings.Builder
	for _, one := range []*docRow{d("1", "x=y", "no", "z"), d("2", nil, "no", nil), d("3", nil, nil, int64(7))} {
		if got, want := one.behindFields(&text, nil), one.id != "2"; got != want {
			t.Errorf("document %s has something to be searched by: %t", one.id, got)
		}
	}
	for name, c := range map[string]struct {
		row  tailRow
		want []string
	}{
		"a commit's":              {tailRow{"", "", text.String()}, []string{"thing.a=x=y of 1", "thing.b=z of 1", "thing.b=7 of 3"}},
		"of an earlier version's": {tailRow{"thing", "9", fieldMark + "a=x=y" + fieldMark + "b=z" + fieldMark}, []string{"thing.a=x=y of 9", "thing.b=z of 9"}},
	} {
		var got []string
		c.row.each(func(field, value, id string) { got = append(got, field+"="+value+" of "+id) })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNumberedParametersInOrderNeedNoNumber(t *testing.T) {
	for query, want := range map[string]string{
		"INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)": "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"UPDATE t SET a = $2 WHERE b = $1":                                    "UPDATE t SET a = $2 WHERE b = $1",
		"SELECT $1, $1":                                                       "SELECT $1, $1", "COMMIT": "COMMIT", "SELECT $10": "SELECT $10",
	} {
		if got := inOrder(query); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestNumbersTakeThePlaceOfTheirStandIns(t *testing.T) {
	bill := decision.Next("bill", func(serial int64) (string, error) { return fmt.Sprintf("2218%09d", serial), nil })
	note := decision.Next("note", func(serial int64) (string, error) { return fmt.Sprintf("Z%d", serial), nil })
	out := &decision.Outcome{
		Numbers: []decision.Number{bill, note},
		Puts: []decision.Put{
			{Kind: dossier.Declaration, ID: "d", Body: map[string]any{"number": bill.StandIn, "name": "~AAAAAAAAAAAAAAAAAAAAAAAAAA", "note": "T" + note.StandIn + "/" + bill.StandIn}},
			{Kind: dossier.Declaration, ID: "e", Body: map[string]any{"number": "0002"}},
		},
		Entries: []journal.Entry{{
			Type: "declaration.accepted", Subject: []journal.Ref{{Kind: "declaration", ID: "d"}, {Kind: "note", ID: note.StandIn}},
			Why: journal.Why{Reason: "bill " + bill.StandIn + " is to be paid"}, Body: []byte(`{"number":"` + bill.StandIn + `"}`), ActorKind: journal.System, EffectiveOn: 1,
		}},
		Orders: []decision.Order{{Channel: "message", Target: bill.StandIn, Body: note.StandIn}},
		Reply:  bill.StandIn,
	}
	p, err := prepare(out, &decision.Command{Actor: "system"}, 1, rand.Reader, func() string { return "id" })
	if err != nil {
		t.Fatal(err)
	}
	for _, serial := range []string{"7", "8"} { // a batch that failed is tried again
		done, err := p.completed(out.Numbers, []string{"221800000000" + serial, "Z" + serial}, nil)
		if err != nil {
			t.Fatal(err)
		}
		number := "221800000000" + serial
		if got, want := string(done.docs[0].body), `{"name":"~AAAAAAAAAAAAAAAAAAAAAAAAAA","note":"TZ`+serial+`/`+number+`","number":"`+number+`"}`; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if got := done.docs[0].columns[0]; got != number {
			t.Errorf("column %v", got)
		}
		if got := string(done.docs[1].body); got != `{"number":"0002"}` {
			t.Errorf("%s", got)
		}
		e := done.entries[0]
		if e.Why.Reason != "bill "+number+" is to be paid" || string(e.Body) != `{"number":"`+number+`"}` || e.Subject[1].ID != "Z"+serial || !bytes.Contains(e.subject, []byte(`"Z`+serial+`"`)) {
			t.Errorf("%+v %s", e.Entry, e.subject)
		}
		if want, err := e.Commit(e.salt); err != nil || e.commitment != want {
			t.Errorf("the commitment is of something else, %v", err)
		}
		if o := done.orders[0]; o.Target != number || string(o.body) != `"Z`+serial+`"` || string(done.reply) != `"`+number+`"` {
			t.Errorf("%+v %s %s", o, o.body, done.reply)
		}
	}
	for _, bad := range []string{`a"b`, `a\b`, "a<b", "a\nb", "号"} {
		if _, err := p.completed(out.Numbers, []string{bad, "Z"}, nil); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
