package store

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
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
