package manifest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/clock"
	"seine/internal/num"
)

func TestTwoFormsOfAManifestAreCompared(t *testing.T) {
	bill := func(number string, packages int64) BillOfLading {
		return BillOfLading{
			Number: number, Packages: num.Quantity(packages) * num.OneQuantity, PackageKind: "CT", GrossMass: 5 * num.OneQuantity,
			Equipment: []TransportEquipment{{Number: "SEIU1000017", Seals: []Seal{{Number: "S1"}}}},
		}
	}
	m := Manifest{ID: "M1", ArrivalEstimated: Moment{Day: clock.MustDate("2026-11-22")}, Consignments: []BillOfLading{bill("BL1", 100), bill("BL2", 1), bill("P", 2), bill("P", 3)}}
	if got := m.Compare(m); len(got) != 0 {
		t.Fatal(got)
	}
	next := m
	next.ArrivalEstimated.Day++
	first := bill("bl 1", 98)
	first.Consignee, first.Equipment = Party{Code: "X1", Name: "A  CO"}, nil
	next.Consignments = []BillOfLading{bill("BL9", 4), first, bill("P", 2), bill("P", 7)}
	want := []Change{
		{"", "arrivalEstimated", "2026-11-22", "2026-11-23"},
		{"BL9", "bill", "", "4 CT, 5 kg"},
		{"BL1", "packages", "100", "98"},
		{"BL1", "consignee", "", "X1 A CO"},
		{"BL1", "equipment", "SEIU1000017 S1", ""},
		{"P", "packages", "3", "7"},
		{"BL2", "bill", "1 CT, 5 kg", ""},
	}
	if diff := cmp.Diff(want, m.Compare(next)); diff != "" {
		t.Error(diff)
	}
}
