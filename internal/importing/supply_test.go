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

// cargo is a report in codes of its own; its third bill is complete.
const cargo = `UNH+1+CUSCAR:D:95B:UN'BGM+85+IBE0612+9'DTM+137:20261123:102'TDT+20++4'LOC+60+0901:77'
CNI+1'RFF+HB:07565054242001'GID+1+4:CTN'FTX+AAA+++A'MEA+AAE+G+TON:1.5'GID+2+6:CTN'FTX+AAA+++B'MEA+AAE+G+KGM:500'
CNI+2'RFF+HB:XY'GID+1+2:PK'FTX+AAA+++C'MEA+AAE+G+POODS:3'
CNI+3'RFF+AWB:07565054253'GID+1+2:PK'FTX+AAA+++D'MEA+AAE+G+KGM:3'UNT+25+1'`

func TestAdditionsUseWhatTheMessageStatesInCodesOfItsOwn(t *testing.T) {
	s, err := ReadSupply([]byte(`
name: test
elements:
  - {to: /portOfDischarge, table: {"0901": CNSGH}, supplied: national code}
  - {to: /arrivalEstimated, from: /issued, supplied: no arrival}
  - {to: /transport/journey, from: /id, match: "^([A-Z]{3}[0-9]+)$", supplied: the number is the flight}
  - {to: /transport/meansName, from: /id, match: "^(Q.+)$", supplied: does not match}
  - {to: "/consignments/*/master", from: number, match: "^([0-9]{11})[0-9]+$", supplied: the number begins with it}
  - {to: "/consignments/*/goods/*/packageKind", table: {CTN: CT}, supplied: own codes}
  - {to: "/consignments/*/goods/*/grossMass", units: {TON: TNE}, supplied: metric}
`))
	if err != nil {
		t.Fatal(err)
	}
	all, err := message.ReadCuscar(strings.NewReader(cargo))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	r := &all[0]
	done, err := s.apply(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []Supplied{
		{"/portOfDischarge", "CNSGH", "national code"},
		{"/arrivalEstimated", "2026-11-23", "no arrival"},
		{"/transport/journey", "IBE0612", "the number is the flight"},
		{"/consignments/0/master", "07565054242", "the number begins with it"},
		{"/consignments/0/goods/0/packageKind", "CT", "own codes"},
		{"/consignments/0/goods/1/packageKind", "CT", "own codes"},
		{"/consignments/0/goods/0/grossMass", "1500", "metric"},
	}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Error(diff)
	}
	if b := r.Manifest.Consignments[0]; b.GrossMass.String() != "2000" || b.Packages.String() != "10" {
		t.Errorf("the lines of the completed bill were not added: %s kg, %s packages", b.GrossMass, b.Packages)
	}
	// The unit nobody explained refuses its own bill, and no other.
	if len(r.Faults) != 1 || r.Faults[0].Code != "MSG-CUSCAR-UNIT-01" || r.Faults[0].Path != "/consignments/1/goods/0/grossMass" {
		t.Error(r.Faults)
	}
}

func TestAnAdditionWithoutReasonIsRefused(t *testing.T) {
	for _, text := range []string{
		"elements: [{to: /id, value: x}]", "elements: [{to: id, value: x, supplied: y}]", "elements: [{to: /id, supplied: y}]",
		"elements: [{to: /id, value: x, table: {a: b}, supplied: y}]", "elements: [{to: /id, worth: x, supplied: y}]", "- nothing", "",
		"elements: [{to: /id, from: /issued, value: x, supplied: y}]", "elements: [{to: /id, from: /issued, match: 'x', supplied: y}]",
		"elements: [{to: /id, from: /issued, match: '(', supplied: y}]", "elements: [{to: /id, value: x, match: '(x)', supplied: y}]",
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
	f.Add("elements: [{to: '/consignments/*/master', from: number, match: '(.)', supplied: y}, {to: /id, from: /transport/mode/x, supplied: y}]")
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
