package importing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/fault"
	"seine/internal/message"
)

const bare = `{"id": "M1", "kind": "original", "transport": {"journey": "V1"}, "consignments": [
	{"number": "B1", "packageKind": "COL", "grossMass": "many"}, {"number": "B2", "packageKind": "CT", "grossMass": "5"}]}`

func reading(t *testing.T) *message.ManifestReading {
	t.Helper()
	all, err := message.ReadManifestJSON(strings.NewReader(bare))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return &all[0]
}

func TestAdditionsFillWhatIsMissingAndTranslateCodes(t *testing.T) {
	s, err := ReadSupply([]byte(`
name: test
elements:
  - {to: /transport/mode, value: "1", supplied: not stated}
  - {to: /transport/journey, value: OTHER, supplied: stated already}
  - {to: "/consignments/*/grossMass", value: "7", supplied: cannot be read}
  - {to: "/consignments/*/packageKind", table: {COL: PK}, supplied: own codes}
  - {to: /consignments/0/consignee/name, value: UNKNOWN, supplied: not stated}
`))
	if err != nil {
		t.Fatal(err)
	}
	r := reading(t)
	if len(r.Faults) == 0 {
		t.Fatal("the mass that cannot be read is no fault")
	}
	done, err := s.apply(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []Supplied{
		{"/transport/mode", "1", "not stated"},
		{"/consignments/0/grossMass", "7", "cannot be read"},
		{"/consignments/0/packageKind", "PK", "own codes"},
		{"/consignments/0/consignee/name", "UNKNOWN", "not stated"},
	}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Error(diff)
	}
	m := r.Manifest
	if len(r.Faults) > 0 || m.Transport.Mode != "1" || m.Transport.Journey != "V1" || m.Consignments[0].PackageKind != "PK" || m.Consignments[1].PackageKind != "CT" {
		t.Errorf("%v %+v", r.Faults, m)
	}
}

func TestAnAdditionWithoutReasonIsRefused(t *testing.T) {
	for _, text := range []string{
		"elements: [{to: /id, value: x}]", "elements: [{to: id, value: x, supplied: y}]", "elements: [{to: /id, supplied: y}]",
		"elements: [{to: /id, value: x, table: {a: b}, supplied: y}]", "elements: [{to: /id, worth: x, supplied: y}]", "- nothing", "",
	} {
		if _, err := ReadSupply([]byte(text)); !fault.Is(err, "IMPORT-SUPPLY-01") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzSupply(f *testing.F) {
	f.Add("elements: [{to: /transport/mode, value: x, supplied: y}]")
	f.Add("elements: [{to: '/consignments/*/goods/*/grossMass', value: '1', supplied: y}, {to: /id/x, value: x, supplied: y}]")
	f.Add("elements: [{to: //, value: x, supplied: y}, {to: /consignments, value: x, supplied: y}]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSupply([]byte(text))
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		all, err := message.ReadManifestJSON(strings.NewReader(bare))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.apply(&all[0]); err != nil && fault.All(err) == nil {
			t.Fatalf("no fault: %v", err)
		}
	})
}
