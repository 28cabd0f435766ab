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
