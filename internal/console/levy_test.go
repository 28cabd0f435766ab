package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/tariff"
	"seine/locales"
)

// importForm is an ordinary import as it is filled in on the form.
func (z *zone) importForm() url.Values {
	day := z.clock.Now().Date().String()
	return url.Values{
		"/procedure": {"import-direct"}, "/kind": {"bill_of_entry"}, "/direction": {"import"}, "/competentOffice": {"2218"}, "/entryOffice": {"2218"},
		"/declaredOn": {day}, "/entryOn": {day}, "/consignee/creditCode": {z.owner}, "/declarant/creditCode": {z.owner}, "/transport/mode": {"2"},
		"/departureCountry": {"US"}, "/tradeMode": {"0110"}, "/levyNature": {"101"}, "/tradeCountry": {"US"}, "/terms": {"CIF"}, "/currency": {"USD"},
		"/packages": {"10"}, "/packageKind": {"CT"}, "/grossMass": {"1000"}, "/netMass": {"900"}, "lines": {"1"}, "key": {"levy"},
		"/lines/0/commodity": {"2009110000"}, "/lines/0/name": {"Frozen orange juice"}, "/lines/0/quantity": {"900"}, "/lines/0/unit": {"KGM"},
		"/lines/0/legalQuantity": {"900"}, "/lines/0/legalUnit": {"KGM"}, "/lines/0/total": {"1800"}, "/lines/0/origin": {"US"}, "/lines/0/netMass": {"900"},
		"/lines/0/levyMode": {"1"}, "/lines/0/finalDestination": {"CN"},
	}
}

// A code other than the one that customs decided on is flagged before lodging and
// on the page of the declaration, in the reader's language.
func TestAnotherCodeThanDecidedIsShownInBothLanguages(t *testing.T) {
	z := newZone(t)
	z.live()
	z.judge(false)
	z.ref.Classified = tariff.NewClassified([]tariff.Classification{{
		Number: "PC-2026-7", Name: "frozen orange juice", Code: "20091200", From: clock.MustDate("2026-01-01"), Reason: "brix of 20 or less",
	}})
	h := z.pages(z.people()["enterprise"])
	form := z.importForm()
	form.Set("do", "preview")
	want := map[string]string{
		"en":    "Line 1 is declared under 2009110000; decision PC-2026-7 puts these goods under 20091200.",
		"zh-CN": "第 1 项申报为 2009110000；预归类决定 PC-2026-7 将该货物归入 20091200。",
	}
	for _, tag := range locales.Languages {
		if w := post(t, h, "/declare", form, "Accept-Language", tag); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want[tag]) {
			t.Errorf("preview in %s: %d without the conflict %s", tag, w.Code, around(w.Body.String(), "20091200"))
		}
	}
	form.Set("do", "lodge")
	w := post(t, h, "/declare", form)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("lodge: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	for _, tag := range locales.Languages {
		page := get(t, h, w.Header().Get("Location"), "Accept-Language", tag).Body.String()
		if !strings.Contains(page, want[tag]) {
			t.Errorf("the page in %s does not tell of the conflict", tag)
		}
	}
}

func TestMaterialsAreReadFromRows(t *testing.T) {
	f := newDeclaration()
	f.Values["/levy/on"] = "materials"
	f.Values["/levy/materials"] = "1;4;3907.61.1000;us;1,000.5;kgm;400000.00;2026-05-27\n\n1\t\t2009110000\tUS\t2\tLTR\t7\t２０２６-05-28\tACFTA\tE1\n"
	d, faults := f.declaration()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := &declaration.LevyChoice{On: declaration.OnMaterials, Materials: []declaration.LevyMaterial{
		{Line: 1, BookLine: 4, Commodity: "3907611000", Origin: "US", Quantity: 100_050_000, Unit: "KGM", Value: 40_000_000, From: clock.MustDate("2026-05-27")},
		{Line: 1, Commodity: "2009110000", Origin: "US", Quantity: 2 * num.OneQuantity, Unit: "LTR", Value: 700, From: clock.MustDate("2026-05-28"), Agreement: "ACFTA", OriginProof: "E1"},
	}}
	if diff := cmp.Diff(want, d.Levy); diff != "" {
		t.Error(diff)
	}
	again := newDeclaration()
	again.fill(&d)
	if back, faults := again.declaration(); len(faults) > 0 || cmp.Diff(want, back.Levy) != "" {
		t.Errorf("what is written is not what is read: %v %+v", faults, back.Levy)
	}
	f.Values["/levy/materials"] = "one;;;;;;;\n1;2;3;4;5;6;7;2026-05-27;9;10;11"
	_, faults = f.declaration()
	codes := map[string]bool{}
	for _, one := range faults {
		codes[one.Code] = one.Path == "/levy/materials"
	}
	if !codes["CONSOLE-LEVY-01"] || !codes["CONSOLE-LEVY-02"] {
		t.Errorf("%v", faults)
	}
}

func TestAChoiceThatCannotBeMadeIsMarkedOnTheForm(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["enterprise"])
	form := z.importForm()
	form.Set("/levy/on", "materials")
	form.Set("/levy/materials", "1;;3907611000;US;900;KGM;1000;2026-05-27")
	form.Set("do", "preview")
	w := post(t, h, "/declare", form)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `href="#f-levy-on"`) || !strings.Contains(w.Body.String(), "CLR-LEVY-01") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/levy/materials", "7;;3907611000;US;900;KGM;1000;2026-05-27")
	if w = post(t, h, "/declare", form); !strings.Contains(w.Body.String(), `href="#f-levy-materials"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
}

// sold lists 600 kg of what a workshop made of juice and resin, to be sold into the
// country with the duty levied on the materials.
func (z *zone) sold() (listed bonded.Reply, of declaration.Declaration) {
	z.t.Helper()
	ctx := context.Background()
	line := func(n int, kind book.LineKind, code, name string) book.Line {
		return book.Line{Number: n, Kind: kind, Commodity: code, Name: name, Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "US"}
	}
	filed := reply[bonded.Reply](z)(z.bonded.FileBook(ctx, z.command("book.file"), clerk(z.owner), book.Book{
		Kind: book.Processing, Processing: book.ZoneProcessing, CycleMonths: 12, Operator: book.Party{CreditCode: z.owner}, CompetentOffice: zoneOffice,
		Lines: []book.Line{line(1, book.Material, "2009110000", "juice"), line(2, book.Material, "3907611000", "resin"), line(3, book.Product, "2009110000", "bottled juice")},
		Consumptions: []book.Consumption{
			{Product: 3, Material: 1, Version: 1, NetUse: 95_000, TangibleLoss: 5 * num.Percent}, {Product: 3, Material: 2, Version: 1, NetUse: 5_000},
		},
	}))
	reply[bonded.Reply](z)(z.bonded.StateOpening(ctx, z.command("book.open"), clerk(z.owner), filed.ID, bonded.Opening{
		On: z.clock.Now().Date().AddDays(-100), Reason: "counted on the first day", Lines: []bonded.OpeningLine{
			{Line: 1, Quantity: q("2000"), Value: 1_000_000}, {Line: 2, Quantity: q("100"), Value: 50_000}, {Line: 3, Quantity: q("1000"), Value: 2_000_000},
		},
	}))
	goods := juice(1, "600")
	goods.BookLine, goods.Name, goods.Total, goods.Currency, goods.Origin, goods.NetMass, goods.GrossMass = 3, "bottled juice", 9_000_000, "CNY", "CN", q("600"), q("660")
	listed = reply[bonded.Reply](z)(z.bonded.FileList(ctx, z.command("list.file"), clerk(z.owner), bonded.Listing{Procedure: "second-line-exit", List: book.VerificationList{
		Book: filed.Number, Type: book.DomesticSale, Direction: book.Out, Operator: book.Party{CreditCode: z.owner}, CompetentOffice: zoneOffice, LevyOn: book.LevyMaterials,
		Declared: true, DeclarationKind: book.CorrespondingDeclaration, Lines: []book.ListLine{goods},
	}}))
	of = z.paper("import-direct", z.owner, filed.Number, listed.Number, "", "10", "660", goods)
	of.Procedure, of.Currency, of.DepartureCountry, of.TradeCountry = "second-line-exit", "CNY", "CN", "CN"
	of.Lines[0].Origin, of.Lines[0].UnitPrice = "CN", 1_500_000
	return listed, of
}

// The page of a list shows the breakdown of a selective levy itself: the materials
// with their quantities, both ways tax by tax, the one chosen, and whether it can
// still change; before its bill of entry is accepted, and after.
func TestAListShowsTheBreakdownOfItsLevy(t *testing.T) {
	z := newZone(t)
	z.live()
	z.judge(false)
	listed, bill := z.sold()
	h := z.pages(z.people()["enterprise"])
	page := func(tag string) string {
		w := get(t, h, "/lists/"+listed.ID, "Accept-Language", tag)
		if w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
		}
		return w.Body.String()
	}
	words := map[string]struct{ ways, chosen, materials, open, locked string }{
		"en":    {"Selective levy, both ways", "Chosen", "Bonded materials in the goods", "Not locked yet", "Locked since "},
		"zh-CN": {"选择性征收关税：两种方式", "已选", "货物所含保税料件", "尚未锁定", "被接受申报时已锁定"},
	}
	if listed.Levy == nil || len(listed.Levy.Ways) != 2 {
		t.Fatalf("%+v", listed)
	}
	shown := []string{"3907611000", Measure(q("600"), "KGM"), Measure(q("30"), "KGM"), "21,538.50"} // of the juice: 600 of 2,000 kg that came for 10,000 dollars, at 7.1795 yuan
	for _, way := range listed.Levy.Ways {
		shown = append(shown, Amount(way.Total, ""))
		for _, tax := range way.Taxes {
			shown = append(shown, Amount(tax.Amount, ""))
		}
	}
	for _, tag := range locales.Languages {
		body, w := page(tag), words[tag]
		for _, want := range append([]string{w.ways, w.chosen, w.materials, w.open}, shown...) {
			if !strings.Contains(body, want) {
				t.Errorf("the page in %s does not show %s", tag, want)
			}
		}
		if strings.Contains(body, w.locked) {
			t.Errorf("the page in %s says it is locked: %s", tag, around(body, w.locked))
		}
		if i := strings.Index(body, `id="ways"`); i < 0 || !strings.Contains(body[i:], w.chosen) {
			t.Errorf("the table of both ways is missing in %s", tag)
		}
	}
	z.judge(true) // held for a check: accepted, and not released
	lodged := z.lodge(bill)
	if lodged.Levy == nil || lodged.Levy.On != declaration.OnMaterials {
		t.Fatalf("%+v", lodged)
	}
	for _, tag := range locales.Languages {
		body, w := page(tag), words[tag]
		if !strings.Contains(body, w.locked) || !strings.Contains(body, lodged.Number) || strings.Contains(body, w.open) {
			t.Errorf("the page in %s does not say that the choice is locked: %s", tag, around(body, w.open))
		}
	}
}

func around(body, part string) string {
	i := strings.Index(body, part)
	if i < 0 {
		return "nowhere"
	}
	return body[max(0, i-200):min(len(body), i+200)]
}
