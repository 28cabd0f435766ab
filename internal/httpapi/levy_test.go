package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/declaration"
	"seine/internal/num"
	"seine/internal/revenue"
)

// workshop files an account book over the door: bottled juice is made of juice and
// of resin, and all of them lie there.
func (h *house) workshop() string {
	h.t.Helper()
	line := func(n int, kind book.LineKind, code, name string) book.Line {
		return book.Line{Number: n, Kind: kind, Commodity: code, Name: name, Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "US"}
	}
	var filed bonded.Reply
	h.post("trader", "/api/v1/books", book.Book{
		Kind: book.Processing, Processing: book.ZoneProcessing, CycleMonths: 12, Operator: book.Party{CreditCode: trader}, CompetentOffice: "2218",
		Lines: []book.Line{
			line(1, book.Material, "2009110000", "juice"), line(2, book.Material, "3907611000", "resin"), line(3, book.Product, "2009110000", "bottled juice"),
		},
		Consumptions: []book.Consumption{
			{Product: 3, Material: 1, Version: 1, NetUse: 95_000, TangibleLoss: 5 * num.Percent}, {Product: 3, Material: 2, Version: 1, NetUse: 5_000},
		},
	}).into(http.StatusCreated, &filed)
	on := h.app.Clock.Now().Date().AddDays(-100)
	h.post("trader", "/api/v1/books/"+filed.ID+"/acts", map[string]any{"act": "state_opening", "opening": bonded.Opening{
		On: on, Reason: "counted on the first day", Lines: []bonded.OpeningLine{
			{Line: 1, Quantity: 2000 * num.OneQuantity, Value: 1_000_000}, {Line: 2, Quantity: 100 * num.OneQuantity, Value: 50_000}, {Line: 3, Quantity: 1000 * num.OneQuantity, Value: 2_000_000},
		},
	}}).into(http.StatusOK, nil)
	return filed.Number
}

// sold lists what the workshop sells into the country: 600 kg for 90,000 yuan.
func sold(number string, on book.LevyBasis) bonded.Listing {
	return bonded.Listing{Procedure: "second-line-exit", List: book.VerificationList{
		Book: number, Type: book.DomesticSale, Direction: book.Out, Operator: book.Party{CreditCode: trader}, CompetentOffice: "2218", LevyOn: on, Declared: true, DeclarationKind: book.CorrespondingDeclaration,
		Lines: []book.ListLine{{
			Number: 1, BookLine: 3, Commodity: "2009110000", Name: "bottled juice", Quantity: 600 * num.OneQuantity, Unit: "KGM", LegalQuantity: 600 * num.OneQuantity, LegalUnit: "KGM",
			Total: 9_000_000, Currency: "CNY", Origin: "CN", NetMass: 600 * num.OneQuantity, GrossMass: 660 * num.OneQuantity,
		}},
	}}
}

// A workshop sells what it made into the country, from its book to the tax bill:
// both ways are shown before it chooses, the list carries the choice, the bill of
// entry follows it with the materials of the book, and nothing changes it later.
func TestAWorkshopSellsIntoTheCountryAndChoosesWhatDutyIsLeviedOn(t *testing.T) {
	h := open(t)
	number := h.workshop()

	var ways clearance.Levy
	h.post("trader", "/api/v1/verification-lists/levy", sold(number, "")).into(http.StatusOK, &ways)
	if len(ways.Ways) != 2 || ways.Difference >= 0 || len(ways.Materials) != 2 || ways.Materials[0].Quantity != 600*num.OneQuantity || ways.Materials[1].Quantity != 30*num.OneQuantity {
		t.Fatalf("both ways before choosing: %+v", ways)
	}
	// 600 of 2,000 kg that came for 10,000 dollars, at 7.1795 yuan.
	if got := ways.Materials[0].Value.Fixed(); got != "21538.50" || ways.Sources[0].By != clearance.ByConsumption || !ways.Sources[0].Filled {
		t.Errorf("value of the juice: %s, %+v", got, ways.Sources)
	}
	h.post("broker", "/api/v1/verification-lists/levy", sold(number, "")).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("trader", "/api/v1/verification-lists", sold(number, "profit")).refused(http.StatusUnprocessableEntity, "BOOK-LIST-17", "/list/levyOn")
	material := sold(number, book.LevyMaterials)
	material.List.Lines[0].BookLine, material.List.Lines[0].Name = 1, "juice"
	h.post("trader", "/api/v1/verification-lists", material).refused(http.StatusUnprocessableEntity, "BOOK-LIST-18", "/list/lines/0/bookLine")

	var listed bonded.Reply
	h.post("trader", "/api/v1/verification-lists", sold(number, book.LevyMaterials)).into(http.StatusCreated, &listed)
	if listed.Number == "" || listed.Levy == nil || listed.Levy.On != declaration.OnMaterials {
		t.Fatalf("the list: %+v", listed)
	}
	var list bonded.List
	h.get("trader", "/api/v1/verification-lists/"+listed.ID).into(http.StatusOK, &list)
	if list.LevyOn != book.LevyMaterials || list.Levy == nil || list.Levy.Difference != ways.Difference {
		t.Errorf("the list keeps both ways: %+v", list.Levy)
	}

	d := h.bill()
	d.Procedure, d.BookNumber, d.ListNumber, d.BillOfLading, d.Currency, d.DepartureCountry, d.TradeCountry = "second-line-exit", number, listed.Number, "", "CNY", "CN", "CN"
	d.PackageKind, d.NetMass, d.GrossMass = "CT", 600*num.OneQuantity, 660*num.OneQuantity
	l := &d.Lines[0]
	l.BookLine, l.Name, l.Origin, l.Total, l.UnitPrice = 3, "bottled juice", "CN", 9_000_000, 1_500_000
	l.Quantity, l.LegalQuantity, l.NetMass = 600*num.OneQuantity, 600*num.OneQuantity, 600*num.OneQuantity

	otherwise := d
	otherwise.Levy = &declaration.LevyChoice{On: declaration.OnGoods}
	h.post("trader", "/api/v1/declarations", lodging(otherwise, "")).refused(http.StatusConflict, "CLR-LEVY-12", "/declaration/levy/on")
	typed := d
	typed.Levy = &declaration.LevyChoice{On: declaration.OnMaterials, Materials: []declaration.LevyMaterial{
		{Line: 1, BookLine: 1, Quantity: 600 * num.OneQuantity}, {Line: 1, BookLine: 2, Quantity: 40 * num.OneQuantity},
	}}
	p := h.post("trader", "/api/v1/declarations", lodging(typed, "")).refused(http.StatusUnprocessableEntity, "CLR-LEVY-08", "/declaration/levy/materials/1/quantity")
	if !strings.Contains(text(p), "30") {
		t.Errorf("the fault tells what the book says: %s", text(p))
	}

	reply := h.lodge("trader", d, "")
	if reply.Levy == nil || reply.Levy.On != declaration.OnMaterials || reply.Total != reply.Levy.Ways[1].Total || reply.Total >= reply.Levy.Ways[0].Total {
		t.Fatalf("the bill of entry follows the list: %+v", reply)
	}
	if reply.Levy.Difference != ways.Difference {
		t.Errorf("what was shown before is what is billed: %s, %s", reply.Levy.Difference.Fixed(), ways.Difference.Fixed())
	}
	var bill revenue.TaxBill
	h.get("trader", "/api/v1/tax-bills/"+reply.TaxBill).into(http.StatusOK, &bill)
	taxes := map[string]num.Money{}
	for _, tax := range bill.Lines {
		taxes[tax.Tax] = tax.Amount
	}
	// 7.5 % of 21,538.50 and 6.5 % of 1,076.93 (30 of 100 kg for 500 dollars), in whole fen.
	if bill.Total != reply.Total || taxes["duty"] != 168_539 || taxes["interest"] <= 0 || taxes["vat"] <= 0 {
		t.Errorf("the bill: %+v", bill)
	}
	var doc declaration.Declaration
	h.get("trader", "/api/v1/declarations/"+reply.ID).into(http.StatusOK, &doc)
	if len(doc.Levy.Materials) != 2 || doc.Levy.Materials[1].Commodity != "3907611000" || doc.Levy.Materials[1].From == 0 {
		t.Errorf("the materials stand on the declaration: %+v", doc.Levy)
	}
	doc.Levy.On = declaration.OnGoods
	h.post("trader", "/api/v1/declarations/"+reply.ID+"/correction", map[string]any{"reason": "writing_error", "text": "the other way is wanted", "proposed": doc}).
		refused(http.StatusConflict, "CLR-LEVY-11", "/proposed/levy/on")
}
