package duty_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/duty"
)

var update = flag.Bool("update", false, "rewrite the golden workings")

// The working as people and programs read it; git shows what a change does to it.
func TestGoldenWorking(t *testing.T) {
	ref, err := duty.ReferenceOf("cn")
	if err != nil {
		t.Fatal(err)
	}
	w, err := assess(t, ref, `{"date":"2026-11-23","incoterm":"FOB","currency":"USD","fx":"7.0813","freight":1000,
		"lines":[{"hs":"22042100","price":10000,"origin":"FR","gross_mass":800},
			{"hs":"21069090","price":"3000.50","origin":"US","gross_mass":"33.3","provisional_part":true,"remedies":[{"kind":"anti_dumping","rate":"12.5%","law":"made up"}]},
			{"hs":"22083000","price":5000,"origin":"GB","gross_mass":120,"quantity":[{"value":100,"unit":"升"},{"value":95,"unit":"千克"}]}]}`)
	verified(t, w, err)
	// The epochs change with every edition of the data; the sum does not.
	w.Tariff, w.TaxTable, w.Parameter = "epoch of the schedule", "epoch of the tax table", "epoch of the parameters"
	var text, compact, pretty bytes.Buffer
	if err := w.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	compact.Write(b)
	if err := json.Indent(&pretty, compact.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	for name, got := range map[string][]byte{"working.txt": text.Bytes(), "working.json": pretty.Bytes()} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
