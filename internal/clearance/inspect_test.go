package clearance_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/clearance"
	"seine/internal/dossier"
	"seine/internal/inspection"
)

func TestADeclarationMayBeInspectedTwice(t *testing.T) {
	z := newZone(t)
	lodged := z.lodge(z.bill(), "")
	for range 2 {
		_, err := z.desk.Decide(t.Context(), z.command("inspect"), officer("anna"), lodged.ID, clearance.Decision{Act: clearance.ActInspect, Reason: "look"})
		ok(t, err)
		for _, o := range all[inspection.Order](z, dossier.InspectionOrder, "subject", lodged.ID) {
			if !o.Open() {
				continue
			}
			_, err := z.desk.Inspected(t.Context(), z.command("result"), officer(o.Inspectors()[0]), o.ID, clearance.Finding{
				Begin: true, Result: inspection.Result{Code: "N00", Present: &inspection.Present{Name: "王", Signature: "x"}},
			})
			ok(t, err)
		}
	}
	var numbers []string
	for _, o := range all[inspection.Order](z, dossier.InspectionOrder, "subject", lodged.ID) {
		numbers = append(numbers, o.Number)
	}
	if diff := cmp.Diff([]string{"I" + lodged.Number, "I" + lodged.Number + "-2"}, numbers); diff != "" {
		t.Error(diff)
	}
}
