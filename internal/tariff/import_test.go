package tariff_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"seine/internal/tariff"
)

// update rewrites the facts that ship with the program from the public data.
var update = flag.Bool("update", false, "rewrite the shipped tariff facts")

// shared gives the folder of public data, or skips the test.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SEINE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data is not here")
	}
	return dir
}

func TestImportIsRepeatableAndNamesWhatItDidNotRead(t *testing.T) {
	dir := shared(t)
	one, two := t.TempDir(), t.TempDir()
	report, err := tariff.Import(dir, one, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tariff.Import(dir, two, nil); err != nil {
		t.Fatal(err)
	}
	if *update {
		if _, err := tariff.Import(dir, "data", nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range report.Sources {
		t.Log(r.String())
		if len(r.Rejected) > 0 {
			t.Errorf("%s: rejected %v", r.Name, r.Rejected)
		}
		a, err := os.ReadFile(filepath.Join(one, r.Written))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(two, r.Written))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two imports differ", r.Name)
		}
		shipped, err := os.ReadFile(filepath.Join("data", r.Written))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, shipped) {
			t.Errorf("%s: the shipped facts are not those of the public data; run the test with -update", r.Name)
		}
	}
}
