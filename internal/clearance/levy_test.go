package clearance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/procedure"
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
			{Product: 3, Material: 1, Version: 1, NetUse: num.OneQuantity, ValidTo: clock.MustDate("2026-06-30")}, // of a version that has ended: not what counts
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
		"a product as material":                        {func(d *declaration.Declaration) { d.Levy.Materials[1].BookLine = 3 }, "CLR-LEVY-05"},
		"another code than the book's":                 {func(d *declaration.Declaration) { d.Levy.Materials[1].Commodity = "2009110000" }, "CLR-LEVY-06"},
		"a unit that the book does not count":          {func(d *declaration.Declaration) { d.Lines[0].Unit, d.Lines[0].LegalUnit = "LTR", "LTR" }, "CLR-LEVY-07"},
		"a book that is not there":                     {func(d *declaration.Declaration) { d.BookNumber = "H22186100009" }, "CLR-LEVY-04"},
		"no day of entry":                              {func(d *declaration.Declaration) { d.Levy.Materials[0].From = 0 }, "CLR-LEVY-10"},
		"a mode that sells nothing":                    {func(d *declaration.Declaration) { d.Procedure = "import-direct" }, "CLR-LEVY-01"},
		"no materials and no book":                     {func(d *declaration.Declaration) { d.Levy.Materials, d.BookNumber = nil, "" }, "DEC-LEVY-02"},
		"no materials of which the book knows a value": {func(d *declaration.Declaration) { d.Levy.Materials = nil }, "CLR-LEVY-13"},
		"another basis":                                {func(d *declaration.Declaration) { d.Levy.On = "profit" }, "DEC-LEVY-01"},
		"a line that is not there":                     {func(d *declaration.Declaration) { d.Levy.Materials[0].Line = 2 }, "DEC-LEVY-04"},
		"a material without value": {func(d *declaration.Declaration) {
			m := &d.Levy.Materials[0]
			m.BookLine, m.Commodity, m.Unit, m.Value = 0, "2009110000", "KGM", 0
		}, "DEC-LEVY-07"},
		"a material that came in tomorrow":   {func(d *declaration.Declaration) { d.Levy.Materials[0].From = clock.MustDate("2026-11-24") }, "DEC-LEVY-08"},
		"an agreement without a certificate": {func(d *declaration.Declaration) { d.Levy.Materials[0].Agreement = "conventional" }, "DEC-LEVY-09"},
		"a line whose materials are not stated": {func(d *declaration.Declaration) {
			d.Lines = append(d.Lines, d.Lines[0])
			d.Lines[1].Number, d.Lines[1].BookLine = 2, 1
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

// received lets materials lie on the lines of the workshop's book: 1,200 kg of juice
// for 480,000 yuan in two arrivals, 200 kg of resin for 8,000.
func (z *zone) received() {
	z.t.Helper()
	z.decide(func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		for _, a := range []struct {
			line  string
			on    string
			q     num.Quantity
			value num.Money
		}{{"1", "2026-05-27", 700 * num.OneQuantity, 28_000_000}, {"1", "2026-06-30", 500 * num.OneQuantity, 20_000_000}, {"2", "2026-05-27", 200 * num.OneQuantity, 800_000}} {
			file := casework.Case{Debtor: trader, Book: workshop}
			to := file.Account(procedure.BookLine, a.line, ledger.Legal, ledger.OnHand)
			from := to
			from.Place = ledger.Earlier
			out.Transfers = append(out.Transfers, ledger.Op{
				ID: v.NewID(), Kind: ledger.Post, From: from, To: to, Quantity: a.q, Value: &a.value, EffectiveOn: clock.MustDate(a.on), Cause: "B1",
			})
		}
		told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: "book", ID: "B1"}}}
		out.Entries = []journal.Entry{told}
		return out, nil
	})
}

func TestMaterialsThatAreNotStatedAreFilledFromTheConsumptionOnFile(t *testing.T) {
	onBothEngines(t, func(t *testing.T, z *zone) {
		z.processing()
		z.received()
		sale := z.sale(declaration.OnMaterials)
		sale.Levy.Materials = nil
		lodged := z.lodge(sale, "")
		want := []declaration.LevyMaterial{
			{Line: 1, BookLine: 1, Commodity: "2009110000", Name: "juice", Origin: "US", Quantity: 1000 * num.OneQuantity, Unit: "KGM", Value: 40_000_000, From: clock.MustDate("2026-05-27")},
			{Line: 1, BookLine: 2, Commodity: "3907611000", Name: "resin", Origin: "US", Quantity: 50 * num.OneQuantity, Unit: "KGM", Value: 200_000, From: clock.MustDate("2026-05-27")},
		}
		source := []clearance.LevySource{{Line: 1, By: clearance.ByConsumption, Version: 2, Filled: true}}
		if diff := cmp.Diff(want, lodged.Levy.Materials) + cmp.Diff(source, lodged.Levy.Sources); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, z.declaration(lodged.ID).Levy.Materials); diff != "" {
			t.Error("kept: " + diff)
		}
		// 7.5 % of 400,000 and 6.5 % of 2,000, with interest, are cheaper than 7.5 % of 1,000,000.
		if lodged.Levy.Difference >= 0 || lodged.Total != lodged.Levy.Ways[1].Total {
			t.Errorf("%+v", lodged.Levy)
		}
	})
}

func TestWorkOrdersTellTheMaterialsOfABookThatIsWrittenOffByThem(t *testing.T) {
	z := newZone(t)
	z.processing()
	z.received()
	order := func(number string, state feed.OrderState, change func(*feed.WorkOrder)) {
		o := feed.WorkOrder{
			Book: workshop, Enterprise: trader, Number: number, State: state, Opened: clock.MustDate("2026-07-01"),
			Uses: []feed.Use{
				{Part: "JUICE", Line: 1, Status: ledger.Bonded, Issued: 520 * num.OneQuantity, Returned: 20 * num.OneQuantity},
				{Part: "RESIN", Line: 2, Status: ledger.Bonded, Issued: 20 * num.OneQuantity},
				{Part: "RESIN", Line: 2, Status: ledger.NonBonded, Issued: 10 * num.OneQuantity}, // bought at home
			},
			Outputs: []feed.Made{{Part: "BOTTLE", Line: 3, Status: ledger.Bonded, Quantity: 500 * num.OneQuantity}},
		}
		change(&o)
		z.decide(func(v decision.View) (decision.Outcome, error) {
			told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: "work_order", ID: number}}}
			return decision.Outcome{Entries: []journal.Entry{told}, Puts: []decision.Put{{Kind: dossier.WorkOrder, ID: feed.WorkOrderID(workshop, number), Body: o}}}, nil
		})
	}
	order("W1", feed.OrderClosed, func(*feed.WorkOrder) {})
	order("W2", feed.OrderReleased, func(*feed.WorkOrder) {})                                                                 // nothing is finished
	order("W3", feed.OrderClosed, func(o *feed.WorkOrder) { o.ReversedBy = "W4" })                                            // taken back
	order("W5", feed.OrderClosed, func(o *feed.WorkOrder) { o.Outputs[0].Line = 9 })                                          // another product
	order("W6", feed.OrderClosed, func(o *feed.WorkOrder) { o.Outputs = append(o.Outputs, feed.Made{Line: 8, Quantity: 1}) }) // cannot be told apart
	z.change("B1", func(b *book.Book) { b.Processing = book.WorkOrder })
	sale := z.sale(declaration.OnMaterials)
	sale.Levy.Materials = nil
	lodged := z.lodge(sale, "")
	source := []clearance.LevySource{{Line: 1, By: clearance.ByWorkOrders, Orders: 1, Filled: true}}
	if diff := cmp.Diff(source, lodged.Levy.Sources); diff != "" {
		t.Error(diff)
	}
	if m := lodged.Levy.Materials; len(m) != 2 || m[0].Quantity != 1000*num.OneQuantity || m[1].Quantity != 40*num.OneQuantity {
		t.Errorf("%+v", m)
	}
	typed := z.sale(declaration.OnMaterials) // 50 kg of resin by the consumption on file, 40 by the orders
	_, err := z.desk.Lodge(t.Context(), z.command("lodge"), clerk, clearance.Lodging{Declaration: typed})
	wants(t, err, "CLR-LEVY-08")
}

// A part of the orders of a book says nothing of the rest: of a book with more than
// are looked through the materials must be stated.
func TestABookWithTooManyWorkOrdersIsNotAsked(t *testing.T) {
	z := newZone(t)
	z.processing()
	z.received()
	z.decide(func(decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		for n := range 2001 {
			o := feed.WorkOrder{
				Book: workshop, Enterprise: trader, Number: fmt.Sprintf("W%05d", n), State: feed.OrderClosed, Opened: clock.MustDate("2026-07-01"),
				Uses:    []feed.Use{{Part: "JUICE", Line: 1, Status: ledger.Bonded, Issued: 500 * num.OneQuantity}},
				Outputs: []feed.Made{{Part: "BOTTLE", Line: 3, Status: ledger.Bonded, Quantity: 500 * num.OneQuantity}},
			}
			if n%200 == 0 { // an entry names so many at most
				out.Entries = append(out.Entries, journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System})
			}
			told := &out.Entries[len(out.Entries)-1]
			told.Subject = append(told.Subject, journal.Ref{Kind: "work_order", ID: o.Number})
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.WorkOrder, ID: feed.WorkOrderID(workshop, o.Number), Body: o})
		}
		return out, nil
	})
	z.change("B1", func(b *book.Book) { b.Processing = book.WorkOrder })
	sale := z.sale(declaration.OnMaterials)
	sale.Levy.Materials = nil
	_, err := z.desk.Lodge(t.Context(), z.command("lodge"), clerk, clearance.Lodging{Declaration: sale})
	wants(t, err, "CLR-LEVY-03")
}

func TestWhatABookKnowsIsNotToldToStrangers(t *testing.T) {
	z := newZone(t)
	z.processing()
	z.received()
	z.change("B1", func(b *book.Book) { b.Operator.CreditCode = "91310000MA1FL0A00X" })
	sale := z.sale(declaration.OnMaterials)
	sale.Levy.Materials = nil
	_, err := z.desk.Lodge(t.Context(), z.command("lodge"), clerk, clearance.Lodging{Declaration: sale})
	wants(t, err, "CLR-LEVY-03")
}

// change changes the workshop's book by hand.
func (z *zone) change(id string, do func(*book.Book)) {
	z.t.Helper()
	z.decide(func(v decision.View) (decision.Outcome, error) {
		b, version, err := decision.Load[book.Book](v, dossier.Book, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		do(&b)
		told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: "book", ID: id}}}
		return decision.Outcome{Entries: []journal.Entry{told}, Puts: []decision.Put{{Kind: dossier.Book, ID: id, Version: version, Body: b}}}, nil
	})
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
