package app

import (
	"encoding/json"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/writeoff"
)

// Each period of a book is drafted by itself on the day after it ends, once, and
// the next one when the one before is finished; a restart drafts nothing twice.
func TestPeriodsOfBooksAreDraftedByThemselves(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	now := clock.NewVirtual(clock.MustDate("2026-11-23").Start().Add(9*time.Hour), false)
	options := Options{Dir: dir, Clock: now}
	a, err := Open(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir)
	})
	e := party.Enterprise{
		ID: clerk.Enterprise, CreditCode: "91310000MA1FL0EW6M", CreditCodeProof: "licence", Name: "演示果汁", Kinds: []party.Kind{party.ZoneEnterprise}, Area: "waigaoqiao", Areas: []string{"waigaoqiao"}, RegisteredOn: clock.MustDate("2024-01-01"),
		State: party.Registered, Grades: []party.GradeChange{{Grade: "advanced-certified", From: clock.MustDate("2026-04-01"), Reason: "test"}},
	}
	if _, err := a.Registry.Register(ctx, command("register", a), decision.System, e); err != nil {
		t.Fatal(err)
	}
	receipt, err := a.Bonded.FileBook(ctx, command("book", a), clerk, book.Book{
		Kind: book.Processing, Processing: book.WorkOrder, CycleMonths: 6, Operator: book.Party{CreditCode: clerk.Enterprise}, CompetentOffice: "2218",
		Lines: []book.Line{{Number: 1, Kind: book.Material, PartNumber: "CON", Commodity: "2009110000", Name: "juice concentrate", Unit: "KGM", Currency: "USD", Origin: "US"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var filed bonded.Reply
	if err := json.Unmarshal(receipt.Reply, &filed); err != nil || filed.Number == "" {
		t.Fatal(filed, err)
	}
	drafted := func() []bonded.WriteOff {
		t.Helper()
		if err := a.WriteOffs(ctx); err != nil {
			t.Fatal(err)
		}
		ids, err := a.Store.Find(ctx, dossier.WriteOff, "book", filed.Number, 10)
		if err != nil {
			t.Fatal(err)
		}
		list := make([]bonded.WriteOff, len(ids))
		for i, id := range ids {
			if _, err := a.Store.Load(ctx, dossier.WriteOff, id, &list[i]); err != nil {
				t.Fatal(err)
			}
		}
		return list
	}
	until := func(day string) {
		t.Helper()
		now.Advance((clock.MustDate(day).Start() - now.Now()).Duration() + 9*time.Hour)
	}
	until("2027-05-22")
	if got := drafted(); len(got) != 0 {
		t.Fatalf("before the period is over: %+v", got)
	}
	until("2027-05-23")
	got := drafted()
	if len(got) != 1 || got[0].State != writeoff.Draft || got[0].Report.Period.End != clock.MustDate("2027-05-22") || got[0].Due != clock.MustDate("2027-06-21") {
		t.Fatalf("the day after: %+v", got)
	}
	ids, err := a.Store.Find(ctx, dossier.Obligation, "opened_by", got[0].ID, 2)
	if err != nil || len(ids) != 1 {
		t.Fatalf("its submission is owed: %v, %v", ids, err)
	}
	var o obligation.Obligation
	if _, err := a.Store.Load(ctx, dossier.Obligation, ids[0], &o); err != nil || o.Due != got[0].Due || o.Kind != bonded.SubmitWriteOff {
		t.Errorf("%+v, %v", o, err)
	}

	// The same day after a restart, and the days after it.
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if a, err = Open(ctx, options); err != nil {
		t.Fatal(err)
	}
	if got := drafted(); len(got) != 1 {
		t.Fatalf("after a restart: %+v", got)
	}
	until("2027-05-24")
	if got := drafted(); len(got) != 1 {
		t.Fatalf("while the one before is open: %+v", got)
	}
	if _, err := a.Bonded.EnterCounts(ctx, command("count", a), clerk, got[0].ID, []writeoff.Count{{Line: 1}}, true); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Bonded.SubmitWriteOff(ctx, command("submit", a), clerk, got[0].ID); err != nil {
		t.Fatal(err)
	}
	until("2027-11-22")
	if got := drafted(); len(got) != 1 {
		t.Fatalf("before the next period is over: %+v", got)
	}
	until("2027-11-23")
	if got = drafted(); len(got) != 2 || got[0].State != writeoff.Adjusted || got[1].State != writeoff.Draft || got[1].Report.Period.Start != clock.MustDate("2027-05-23") || got[1].Report.Period.End != clock.MustDate("2027-11-22") {
		t.Fatalf("the next period once the one before is finished: %+v", got)
	}
}
