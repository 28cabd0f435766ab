package httpapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"seine/internal/clearance"
	"seine/internal/fault"
)

func TestEveryFaultOfADocumentIsNamedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		want []string // code and pointer
	}{
		"nothing":                     {"", []string{"HTTP-JSON-01 "}},
		"no JSON":                     {"{", []string{"HTTP-JSON-01 "}},
		"two documents":               {"{} {}", []string{"HTTP-JSON-01 "}},
		"a list for an object":        {"[]", []string{"HTTP-JSON-03 "}},
		"an unknown member":           {`{"x":1}`, []string{"HTTP-JSON-02 /x"}},
		"a name to be escaped":        {`{"a/b~c":1}`, []string{"HTTP-JSON-02 /a~1b~0c"}},
		"a number for a text":         {`{"guarantee":1,"declaration":{"kind":2}}`, []string{"HTTP-JSON-03 /declaration/kind", "HTTP-JSON-03 /guarantee"}},
		"a fraction for a whole":      {`{"declaration":{"lines":[{"number":1.5}]}}`, []string{"HTTP-JSON-03 /declaration/lines/0/number"}},
		"too many decimals":           {`{"declaration":{"lines":[{"total":"1.234"},{"quantity":"x"}]}}`, []string{"NUM-PARSE-03 /declaration/lines/0/total", "NUM-PARSE-01 /declaration/lines/1/quantity"}},
		"a day that there is not":     {`{"declaration":{"declaredOn":"2026-02-30"}}`, []string{"CLOCK-DATE-01 /declaration/declaredOn"}},
		"good and bad side by side":   {`{"declaration":{"kind":"bill_of_entry","line":[]}}`, []string{"HTTP-JSON-02 /declaration/line"}},
		"a member that is not theirs": {`{"Foreign":true}`, []string{"HTTP-JSON-02 /Foreign"}},
	} {
		var l clearance.Lodging
		list := fault.All(decode([]byte(c.doc), &l))
		var got []string
		for _, f := range list {
			got = append(got, f.Code+" "+f.Path)
		}
		same := len(got) == len(c.want)
		for i := range got {
			same = same && (got[i] == c.want[i] || strings.HasPrefix(c.want[i], "NUM-") && strings.HasSuffix(got[i], c.want[i][strings.IndexByte(c.want[i], ' '):]) ||
				strings.HasPrefix(c.want[i], "CLOCK-") && strings.HasSuffix(got[i], c.want[i][strings.IndexByte(c.want[i], ' '):]))
		}
		if !same {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Whatever comes: no panic, a refusal is made of coded faults that say how to go
// on, and what is taken is what the standard library understands.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"declaration":{"kind":"bill_of_entry","lines":[{"number":1,"total":"1.00"}],"declaredOn":"2026-11-23","local":{"a":"b"}},"guarantee":"G1"}`,
		`{"declaration":{"lines":[{"number":1e9}]}}`, `[`, `null`, `{"a":{"b":[{}]}}`, "{\"declaration\":{\"name\":\"\xff\"}}", `{"declaration":{"freight":null}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var l clearance.Lodging
		err := decode(raw, &l)
		if err != nil {
			list := fault.All(err)
			if len(list) == 0 {
				t.Fatalf("no coded fault: %v", err)
			}
			for _, one := range list {
				if one.Code == "" || one.Message() == "" || one.Remedy() == "" {
					t.Fatalf("%+v", one)
				}
			}
			return
		}
		var plain clearance.Lodging
		if err := json.Unmarshal(raw, &plain); err != nil {
			t.Fatalf("taken, and is none: %v", err)
		}
	})
}

// However a bulk is written, cutting it neither loses nor makes rows.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("{}\n{}\n"), true)
	f.Add([]byte("[{},{}]"), false)
	f.Fuzz(func(t *testing.T, raw []byte, lines bool) {
		rows, err := split(raw, lines)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		if len(rows) == 0 || len(rows) > maxRows {
			t.Fatalf("%d rows", len(rows))
		}
		if lines && len(bytes.Fields(bytes.Join(rowsOf(rows), nil))) > len(bytes.Fields(raw)) {
			t.Fatal("more than was sent")
		}
	})
}

func rowsOf(rows []json.RawMessage) [][]byte {
	all := make([][]byte, len(rows))
	for i := range rows {
		all[i] = rows[i]
	}
	return all
}
