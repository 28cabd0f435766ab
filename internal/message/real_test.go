package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"seine/internal/manifest"
)

// shared gives a folder of real data, or skips the test.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("SEINE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(append([]string{root, "data"}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data is not here")
	}
	return dir
}

func TestRealCargoReportsBecomeManifests(t *testing.T) {
	dir := shared(t, "04-messages", "edifact")
	names, err := filepath.Glob(filepath.Join(dir, "CUSCAR*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		readings, err := ReadCuscar(f)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, r := range readings {
			out, err := json.MarshalIndent(r, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Manifest.Consignments) == 0 {
				t.Errorf("%s: no bill of lading", name)
			}
			t.Logf("%s\n%s\nrules: %v", filepath.Base(name), out, r.Manifest.Check(manifest.SecondaryData, nil, 0))
		}
	}
}
