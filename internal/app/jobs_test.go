package app

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"seine/internal/casework"
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

func TestALimitThatPassesIsNoticedByItself(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	now := clock.NewVirtual(clock.MustDate("2026-11-23").Start().Add(9*time.Hour), false) // a Monday
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
	mode, err := a.Reference().Modes().Catalogue().At("domestic-in", now.Now().Date())
	if err != nil {
		t.Fatal(err)
	}
	file := casework.New("C1", mode, now.Now().Date(), now.Now())
	file.Debtor = "91310000MA1FL0000X"
	file.Events["gate-in"], file.Done["gate-in"] = now.Now(), now.Now()
	for _, step := range mode.Steps {
		if step.ID != "post" && step.ID != "gate-in" && step.Limit == nil && !step.Final {
			file.Done[step.ID] = now.Now()
		}
	}
	put := func(version int64) {
		t.Helper()
		_, err := a.Store.Decide(ctx, decision.Command{Name: "test", Received: now.Now()}, func(decision.View) (decision.Outcome, error) {
			return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Case, ID: file.ID, Version: version, Body: file}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(0)
	marks := func(days int) (states []string) {
		t.Helper()
		now.Advance(time.Duration(days) * 24 * time.Hour)
		if err := a.Limits(ctx); err != nil {
			t.Fatal(err)
		}
		ids, err := a.Store.Find(ctx, dossier.Late, "case_id", file.ID, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			var mark casework.Late
			if _, err := a.Store.Load(ctx, dossier.Late, id, &mark); err != nil {
				t.Fatal(err)
			}
			states = append(states, mark.Step+" "+mark.State)
		}
		return states
	}
	if got := marks(7); len(got) != 0 {
		t.Fatalf("within its limit: %v", got)
	}
	if got := marks(1); !slices.Equal(got, []string{"post open"}) {
		t.Fatalf("after it: %v", got)
	}
	if got := marks(1); !slices.Equal(got, []string{"post open"}) {
		t.Fatalf("a day later: %v", got)
	}
	file.State, file.Done["post"], file.Closed = casework.Closed, now.Now(), now.Now()
	put(1)
	if got := marks(1); !slices.Equal(got, []string{"post ended"}) {
		t.Fatalf("when it was taken: %v", got)
	}
}
