package app

import (
	"encoding/json"
	"testing"

	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/registry"
)

func open(t testing.TB) *App {
	t.Helper()
	dir := t.TempDir()
	a, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir)
	})
	return a
}

func command(name string, a *App) decision.Command {
	return decision.Command{Name: name, Actor: "tester", Received: a.Clock.Now()}
}

var clerk = decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: "91310000MA1FL0EW6M"}

func importBill(day clock.Date) declaration.Declaration {
	return declaration.Declaration{
		Kind: declaration.BillOfEntry, Direction: declaration.Import, Procedure: "import-direct", EntryOffice: "2218", CompetentOffice: "2218",
		DeclaredOn: day, EntryOn: day, Consignee: declaration.Party{ForeignCode: "X1", Country: "KR"},
		Declarant: declaration.Party{ForeignCode: "Y1", Country: "KR"}, Transport: declaration.Transport{Mode: "2"}, TradeMode: "0110", LevyNature: "101",
		TradeCountry: "US", DepartureCountry: "US", Terms: declaration.CIF, Currency: "USD", Packages: 1 * num.OneQuantity, GrossMass: 1000 * num.OneQuantity,
		NetMass: 900 * num.OneQuantity,
		Lines: []declaration.GoodsItem{{
			Number: 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: 900 * num.OneQuantity, Unit: "KGM",
			LegalQuantity: 900 * num.OneQuantity, LegalUnit: "KGM", Total: 180000, Origin: "US", LevyMode: "1", NetMass: 900 * num.OneQuantity,
		}},
	}
}

func TestAnOrdinaryImportIsTaxedAndWaitsForPayment(t *testing.T) {
	a := open(t)
	ctx := t.Context()
	now := a.Clock.Now()
	_, err := a.Registry.Rate(ctx, command("rates", a), decision.System, []registry.ExchangeRate{{Currency: "USD", From: clock.MustDate("2026-01-01"), Rate: 717_950_000, Source: "test"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = party.Registered
	if err := a.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := a.Clearance.Lodge(ctx, command("lodge", a), clerk, clearance.Lodging{Declaration: importBill(now.Date())})
	if err != nil {
		t.Fatal(err)
	}
	var reply clearance.LodgeReply
	if err := json.Unmarshal(r.Reply, &reply); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", r.Reply)
}
