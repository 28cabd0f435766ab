package declaration

import (
	"testing"

	"seine/internal/fault"
)

func FuzzReadParameters(f *testing.F) {
	f.Add(builtIn)
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("- {from: 2014-01-01}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := ReadParameters(body); err != nil && !fault.Is(err, "DEC-PARAMETER-01") {
			t.Fatal(err)
		}
	})
}
