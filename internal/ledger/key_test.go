package ledger_test

import (
	"testing"

	"seine/internal/fault"
	"seine/internal/ledger"
)

func FuzzParseKey(f *testing.F) {
	for _, key := range []string{"legal|e|book/B/1||on-hand|bonded", "||||||", "a|b|c|d|e|f|g", "money|e|tax/2218||owed|", "", "|||||"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		a, err := ledger.ParseKey(key)
		if err != nil {
			if !fault.Is(err, "LEDGER-ACCOUNT-01") {
				t.Fatal(err)
			}
			return
		}
		if a.Key() != key {
			t.Fatalf("%q read and written is %q", key, a.Key())
		}
		if again, err := ledger.ParseKey(a.At(ledger.Scrap).Key()); err != nil || again.At(a.Place) != a {
			t.Fatalf("%+v %v", again, err)
		}
	})
}
