package clearance_test

import (
	"encoding/json"
	"strings"
	"testing"

	"seine/internal/book"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/revenue"
	"seine/internal/store/storetest"
)

const workshop = "H22186100001"

// processing files the account book of a workshop: bottles of juice (line 3) are
// made of juice (line 1) and of resin (line 2), 5 % of which is lost.
func (z *zone) processing() {
	z.t.Helper()
	z.spoiled = append(z.spoiled, check.NumberBeyond) // the book has its number by hand
	line := func(n int, kind book.LineKind, code, name string) book.Line {
		return book.Line{Number: n, Kind: kind, Commodity: code, Name: name, Unit: "KGM", Origin: "US", Currency: "CNY"}
	}
	b := book.Book{
		ID: "B1", Number: workshop, Kind: book.Processing, State: book.Active, Operator: book.Party{CreditCode: trader}, CompetentOffice: "2218",
		Processing: book.ZoneProcessing, CycleMonths: 12, Lines: []book.Line{
			line(1, book.Material, "2009110000", "juice"), line(2, book.Material, "3907611000", "resin"), line(3, book.Product, "2009110000", "bottled juice"),
		},
		Consumptions: []book.Consumption{
			{Product: 3, Material: 1, Version: 1, NetUse: num.OneQuantity}, // of an earlier version: not what counts
			{Product: 3, Material: 1, Version: 2, NetUse: 95_000, TangibleLoss: 5 * num.Percent},
			{Product: 3, Material: 2, Version: 2, NetUse: 5_000},
		},
	}
	z.decide(func(v decision.View) (decision.Outcome, error) {
		told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: "book", ID: b.ID}}}
		return decision.Outcome{Entries: []journal.Entry{told}, Puts: []decision.Put{{Kind: dossier.Book, ID: b.ID, Body: b}}}, nil
	})
}

// sale is 1,000 kg of bottled juice sold into the country for 1,000,000 yuan.
func (z *zone) sale(on declaration.LevyBasis) declaration.Declaration {
	d := z.bill()
	d.Procedure, d.BookNumber, d.BillOfLading, d.Currency, d.DepartureCountry, d.TradeCountry = "second-line-exit", workshop, "", "CNY", "CN", "CN"
	d.GrossMass, d.NetMass = 1100*num.OneQuantity, 1000*num.OneQuantity
	l := &d.Lines[0]
	l.BookLine, l.Name, l.Total, l.UnitPrice = 3, "bottled juice", 100_000_000, 10_000_000
	l.Quantity, l.LegalQuantity, l.NetMass = 1000*num.OneQuantity, 1000*num.OneQuantity, 1000*num.OneQuantity
	d.Levy = &declaration.LevyChoice{On: on, Materials: []declaration.LevyMaterial{
		{Line: 1, BookLine: 1, Quantity: 1000 * num.OneQuantity, Value: 40_000_000, From: clock.MustDate("2026-05-27")},
		{Line: 1, BookLine: 2, Quantity: 50 * num.OneQuantity, Value: 2_000_000, From: clock.MustDate("2026-05-27")},
	}}
	return d
}

func onBothEngines(t *testing.T, test func(t *testing.T, z *zone)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newZone(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newZoneOn(t, storetest.PostgresURL(t))) })
}

func TestADomesticSaleIsLeviedOnTheMaterialsThatWereChosen(t *testing.T) {
	onBothEngines(t, func(t *testing.T, z *zone) {
		z.processing()
		sale := z.sale(declaration.OnMaterials)
		effects, err := z.desk.TryLodge(t.Context(), z.command("try"), clerk, clearance.Lodging{Declaration: sale})
		ok(t, err)
		var tried clearance.LodgeReply
		z.read(effects.Reply, &tried)
		lodged := z.lodge(sale, "")
		// By the goods: 7.5 % of 1,000,000, VAT 13 % of 1,075,000. By the materials:
		// 7.5 % of 400,000 and 6.5 % of 20,000, 180 days of interest at the deposit
		// rate of today, VAT on 1,031,300.
		want := "goods 214750.00, materials 165369.00"
		rate := z.ref.Duty.Rules.At(z.clock.Now().Date()).DeferralRate
		interest := must(num.MulDiv(3_000_000*180, int64(rate), int64(num.OneRate)*360, num.HalfUp)) +
			must(num.MulDiv(130_000*180, int64(rate), int64(num.OneRate)*360, num.HalfUp))
		if interest <= 0 {
			t.Fatal("no interest")
		}
		for _, reply := range []clearance.LodgeReply{tried, lodged} {
			if reply.Levy == nil || len(reply.Levy.Ways) != 2 {
				t.Fatalf("%+v", reply)
			}
			ways := reply.Levy.Ways
			ways[1].Total -= num.Money(interest)
			got := string(ways[0].On) + " " + ways[0].Total.Fixed() + ", " + string(ways[1].On) + " " + ways[1].Total.Fixed()
			if got != want || reply.Total != ways[1].Total+num.Money(interest) {
				t.Fatalf("%s (interest %s), want %s; total %s", got, num.Money(interest).Fixed(), want, reply.Total.Fixed())
			}
		}
		bills := all[revenue.TaxBill](z, dossier.TaxBill, "declaration", lodged.ID)
		if len(bills) != 1 || bills[0].Total != lodged.Total || bills[0].Lines[len(bills[0].Lines)-1].Tax != "interest" {
			t.Fatalf("%+v", bills)
		}
		kept := z.declaration(lodged.ID)
		if m := kept.Levy.Materials[1]; m.Commodity != "3907611000" || m.Unit != "KGM" || m.Origin != "US" {
			t.Fatalf("the book fills in what it knows: %+v", m)
		}
		z.lockedAs(lodged.ID, "materials")

		next := kept
		next.Levy = &declaration.LevyChoice{On: declaration.OnGoods, Materials: kept.Levy.Materials}
		wants(t, z.ask(lodged.ID, &next, "writing_error"), "CLR-LEVY-11")
		next.Levy = nil
		wants(t, z.ask(lodged.ID, &next, "writing_error"), "CLR-LEVY-11")
	})
}

// lockedAs reads the entry that locks the choice.
func (z *zone) lockedAs(id, on string) {
	z.t.Helper()
	ok(z.t, z.store.CatchUp(z.t.Context()))
	page, err := z.store.Entries(z.t.Context(), 0, 1000)
	ok(z.t, err)
	for _, e := range page {
		var body struct {
			On          string `json:"on"`
			ByGoods     string `json:"by_goods"`
			ByMaterials string `json:"by_materials"`
		}
		if e.Type == "declaration.levy-locked" && json.Unmarshal(e.Body, &body) == nil && body.On == on && body.ByGoods != "" && body.ByMaterials != "" {
			return
		}
	}
	z.t.Fatalf("no entry locks the choice of %s", on)
}

func TestADomesticSaleByTheGoodsShowsTheMaterialsToo(t *testing.T) {
	z := newZone(t)
	z.processing()
	lodged := z.lodge(z.sale(declaration.OnGoods), "")
	if lodged.Total.Fixed() != "214750.00" || lodged.Levy.Ways[1].Total >= lodged.Total || lodged.Levy.Difference >= 0 {
		t.Fatalf("%+v", lodged)
	}
	z.lockedAs(lodged.ID, "goods")
}

func TestMaterialsAreHeldAgainstTheBook(t *testing.T) {
	z := newZone(t)
	z.processing()
	for name, c := range map[string]struct {
		change func(*declaration.Declaration)
		code   string
	}{
		"more of a material than is consumed": {func(d *declaration.Declaration) { d.Levy.Materials[1].Quantity = 53 * num.OneQuantity }, "CLR-LEVY-08"},
		"a material left out":                 {func(d *declaration.Declaration) { d.Levy.Materials = d.Levy.Materials[:1] }, "CLR-LEVY-08"},
		"a material that is not consumed": {func(d *declaration.Declaration) {
			d.Levy.Materials[1].BookLine = 0
			d.Levy.Materials[1].Commodity = "3907611000"
			d.Levy.Materials[1].Unit = "KGM"
		}, "CLR-LEVY-08"},
		"a product as material":               {func(d *declaration.Declaration) { d.Levy.Materials[1].BookLine = 3 }, "CLR-LEVY-05"},
		"another code than the book's":        {func(d *declaration.Declaration) { d.Levy.Materials[1].Commodity = "2009110000" }, "CLR-LEVY-06"},
		"a unit that the book does not count": {func(d *declaration.Declaration) { d.Lines[0].Unit, d.Lines[0].LegalUnit = "LTR", "LTR" }, "CLR-LEVY-07"},
		"a book that is not there":            {func(d *declaration.Declaration) { d.BookNumber = "H22186100009" }, "CLR-LEVY-04"},
		"no day of entry":                     {func(d *declaration.Declaration) { d.Levy.Materials[0].From = 0 }, "CLR-LEVY-10"},
		"a mode that sells nothing":           {func(d *declaration.Declaration) { d.Procedure = "import-direct" }, "CLR-LEVY-01"},
		"no materials":                        {func(d *declaration.Declaration) { d.Levy.Materials = nil }, "DEC-LEVY-02"},
		"another basis":                       {func(d *declaration.Declaration) { d.Levy.On = "profit" }, "DEC-LEVY-01"},
		"a line that is not there":            {func(d *declaration.Declaration) { d.Levy.Materials[0].Line = 2 }, "DEC-LEVY-04"},
		"a material without value":            {func(d *declaration.Declaration) { d.Levy.Materials[0].Value = 0 }, "DEC-LEVY-07"},
		"a material that came in tomorrow":    {func(d *declaration.Declaration) { d.Levy.Materials[0].From = clock.MustDate("2026-11-24") }, "DEC-LEVY-08"},
		"an agreement without a certificate":  {func(d *declaration.Declaration) { d.Levy.Materials[0].Agreement = "conventional" }, "DEC-LEVY-09"},
		"a line whose materials are not stated": {func(d *declaration.Declaration) {
			d.Lines = append(d.Lines, d.Lines[0])
			d.Lines[1].Number = 2
			d.NetMass *= 2
			d.GrossMass *= 2
		}, "CLR-LEVY-03"},
	} {
		d := z.sale(declaration.OnMaterials)
		c.change(&d)
		_, err := z.desk.Lodge(t.Context(), z.command("lodge"), clerk, clearance.Lodging{Declaration: d})
		if !fault.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
	within := z.sale(declaration.OnMaterials)
	within.Levy.Materials[1].Quantity = 52 * num.OneQuantity
	z.lodge(within, "")
}

func TestTheCheckFindsAChoiceThatWasChangedLater(t *testing.T) {
	z := newZone(t)
	z.processing()
	lodged := z.lodge(z.sale(declaration.OnMaterials), "")
	z.spoiled = append(z.spoiled, check.DutyLevy, check.DutyTotal)
	d := z.declaration(lodged.ID)
	z.decide(func(v decision.View) (decision.Outcome, error) {
		d.Levy.On, d.Version = declaration.OnGoods, d.Version+1
		told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: "declaration", ID: d.ID}}}
		return decision.Outcome{Entries: []journal.Entry{told}, Puts: []decision.Put{{Kind: dossier.Declaration, ID: d.ID, Version: d.Version - 1, Body: d}}}, nil
	})
	report := z.checked()
	var details []string
	for _, f := range report.Findings {
		if f.Code == check.DutyLevy {
			details = append(details, f.Detail)
		}
	}
	if got := strings.Join(details, "; "); !strings.Contains(got, "locked at acceptance") || !strings.Contains(got, "another basis") || !report.Has(check.DutyTotal) {
		t.Fatalf("%s; %+v %v", got, report.Findings, report.Skipped)
	}
}

// checked runs the check over the zone as it stands.
func (z *zone) checked() *check.Report {
	z.t.Helper()
	db := must(check.Open(z.t.Context(), z.dir, ""))
	defer func() { ok(z.t, db.Close()) }()
	return must(check.Run(z.t.Context(), db, check.Options{}))
}
