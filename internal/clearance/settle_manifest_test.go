package clearance_test

import (
	"testing"

	"seine/internal/clearance"
	"seine/internal/dossier"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/store/storetest"
)

func TestAManifestIsMatchedAndWrittenOffAsItsGoodsAreDeclaredAndReleased(t *testing.T) {
	test := func(t *testing.T, z *zone) {
		settled := func(id string, want manifest.State) {
			t.Helper()
			ok(t, z.store.CatchUp(t.Context()))
			_, err := z.desk.SettleManifest(t.Context(), z.command("settle"), id)
			ok(t, err)
			if got := load[clearance.Manifest](z, dossier.Manifest, id).State; got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		}
		id, _ := z.landed(count("BL1", 100))
		settled(id, manifest.Tallied) // nothing is declared
		whole := z.bill()
		whole.Packages, whole.GrossMass = 100*num.OneQuantity, 1000*num.OneQuantity
		lodged := z.lodge(whole, "")
		settled(id, manifest.Matched)
		settled(id, manifest.Matched)
		ok(t, z.tally(id, "counted again", count("BL1", 98)))
		z.rematch(lodged.ID)
		settled(id, manifest.Tallied) // the counts differ
		ok(t, z.tally(id, "two stood behind the crane", count("BL1", 100)))
		z.rematch(lodged.ID)
		settled(id, manifest.Matched)
		z.pay(z.store, lodged)
		settled(id, manifest.WrittenOff)
		settled(id, manifest.WrittenOff)
		_, err := z.desk.AskAmendment(t.Context(), z.command("ask"), carrier, manifest.Manifest{ID: "M1"}, "late")
		if err == nil {
			t.Error("a manifest that is written off was to be amended")
		}
	}
	t.Run("SQLite", func(t *testing.T) { test(t, newZone(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newZoneOn(t, storetest.PostgresURL(t))) })
}
