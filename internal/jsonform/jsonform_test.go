package jsonform

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestTextsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	same := func(t interface{ Fatalf(string, ...any) }, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("%v", err)
		}
		w := Writer{}
		w.Text(s)
		if string(w.B) != string(want) {
			t.Fatalf("%q: %s, want %s", s, w.B, want)
		}
	}
	for _, s := range []string{"", "plain", "a\"b\\c", "<&>", "冷冻橙汁", "line\nend\ttab", "\u2028\u2029", "\x7f", "\xff\xfe", "é\x00", "\ufffd"} {
		same(t, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if rapid.Bool().Draw(t, "broken") {
			s += string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}
		same(t, s)
	})
}

func TestCommasStandWhereTheyMust(t *testing.T) {
	w := Writer{}
	w.Open('{')
	w.Member("a", "x,")
	w.Name("list")
	w.Open('[')
	w.Int(1)
	w.Text("{")
	w.Open('{')
	w.Close('}')
	w.Open('[')
	w.Close(']')
	w.Bool(true)
	w.Close(']')
	w.Optional("none", "")
	w.Name("raw")
	w.Raw(nil)
	w.Name("value")
	if err := w.Value(map[string]int{"n": 1}); err != nil {
		t.Fatal(err)
	}
	w.Close('}')
	const want = `{"a":"x,","list":[1,"{",{},[],true],"raw":null,"value":{"n":1}}`
	if string(w.B) != want {
		t.Errorf("%s, want %s", w.B, want)
	}
}

func TestSmallObjectsAreWrittenAsTheStandardLibraryDoes(t *testing.T) {
	for _, values := range []map[string]any{
		nil, {}, {"b": 1, "a": "x<", "é\"": int64(-2), "on": true, "more": []string{"1"}, "none": nil},
	} {
		want, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Object(values)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) && values != nil {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
