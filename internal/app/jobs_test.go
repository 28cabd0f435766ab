package app

import (
	"encoding/json"
	"testing"
	"time"

	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/obligation"
)

func TestAPartShipmentFallsDueByItself(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	day := clock.MustDate("2026-11-22")
	now := clock.NewVirtual(day.Start(), false)
	a, err := Open(ctx, Options{Dir: dir, Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir)
	})
	q := 10 * num.OneQuantity
	m := manifest.Manifest{
		ID: "M1", Kind: manifest.Original, Office: "2218", Transport: manifest.Transport{Mode: manifest.Sea, MeansName: "EVER TEST", Journey: "V001"},
		PortOfDischarge: "CNSHA", ArrivalActual: manifest.Moment{Day: day},
		Consignments: []manifest.BillOfLading{{
			Number: "BL1", Type: manifest.Straight, Consignee: manifest.Party{Code: "X1"}, Packages: q, PackageKind: "CT", GrossMass: q, Split: true,
			Goods: []manifest.GoodsItem{{Number: 1, Description: "ORANGE JUICE", Packages: q, GrossMass: q}},
		}},
	}
	receipt, err := a.Clearance.ReceiveManifest(ctx, command("manifest", a), decision.Actor{ID: "carrier", Kind: journal.Enterprise, Enterprise: "C1"}, clearance.Filing{Manifest: m})
	if err != nil {
		t.Fatal(err)
	}
	var reply clearance.ManifestReply
	if err := json.Unmarshal(receipt.Reply, &reply); err != nil {
		t.Fatal(err)
	}
	owed := func() string {
		t.Helper()
		if err := a.Remind(ctx); err != nil {
			t.Fatal(err)
		}
		if err := a.Timers(ctx); err != nil {
			t.Fatal(err)
		}
		ids, err := a.Store.Find(ctx, dossier.Obligation, "opened_by", reply.Bills[0].ID, 10)
		if err != nil || len(ids) == 0 {
			return ""
		}
		var o obligation.Obligation
		if _, err := a.Store.Load(ctx, dossier.Obligation, ids[0], &o); err != nil {
			t.Fatal(err)
		}
		return string(o.State)
	}
	now.Advance(14 * 24 * time.Hour)
	if got := owed(); got != "" {
		t.Fatalf("%s on the fourteenth day", got)
	}
	now.Advance(24 * time.Hour)
	if got := owed(); got != string(obligation.Overdue) {
		t.Fatalf("%q when the fourteenth day is over", got)
	}
}
