package duty_test

import (
	"bytes"
	"os"
	"testing"

	"seine/internal/duty"
)

func FuzzReadParameters(f *testing.F) {
	shipped, err := os.ReadFile("data/parameters.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shipped)
	f.Add([]byte("[]"))
	f.Add([]byte("[{}]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := duty.ReadParameters(bytes.NewReader(body))
		if err == nil {
			_, _ = p.Rows(), p.Epoch()
		}
	})
}
