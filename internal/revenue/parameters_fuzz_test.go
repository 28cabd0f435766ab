package revenue

import (
	"bytes"
	"testing"
)

// Whatever stands in a file of parameters is read or refused; what is read holds
// for each day from its first.
func FuzzReadParameters(f *testing.F) {
	f.Add([]byte(parameterFile))
	f.Add([]byte(`[{"from":"2014-01-01"}]`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ReadParameters(bytes.NewReader(b))
		if err == nil && p == nil {
			t.Fatal("neither parameters nor a fault")
		}
	})
}
