package sim

import (
	"context"
	"net/http"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/num"
)

// The materials and the product of the visitors' workshop: orange juice that came in
// bulk is bottled in the zone.
var (
	bulkJuice  = &article{"2009110000", "Frozen orange juice in bulk", "散装冷冻橙汁", "KGM", []string{"BR"}, 180, 1000, 18000, "DR"}
	granules   = &article{"3901200001", "Polyethylene granules", "聚乙烯颗粒", "KGM", []string{"SA"}, 108, 1000, 24000, "BG"}
	juiceBoxed = &article{"2009110000", "Orange juice in bottles", "瓶装橙汁", "KGM", []string{"CN"}, 420, 1050, 9000, "CT"}
)

// workshop lets the visitors' enterprise process what it holds under bond and sell
// some of it into the country: its book has a bill of materials in two versions, the
// list asks for duty on the materials, and the buyer's bill of entry follows with the
// materials that the book tells.
func (w *Zone) workshop(ctx context.Context, on clock.Date) error {
	from, err := w.plenty(ctx)
	if err != nil || from == nil {
		return err
	}
	door := w.doors[from.owner.ID]
	line := func(n int, kind book.LineKind, a *article) book.Line {
		return book.Line{
			Number: n, Kind: kind, Commodity: a.code, Name: a.zh, Model: a.en, Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "BR",
			MainMaterial: kind == book.Material && n == 1,
		}
	}
	b := book.Book{
		Kind: book.Processing, Processing: book.ZoneProcessing, CycleMonths: 12, MaxTurnover: 900_000_000,
		Operator:        book.Party{CreditCode: from.owner.ID, Code: string(from.owner.CustomsCode), Name: from.owner.Name},
		CompetentOffice: "2218", Area: from.owner.Area, ValidTo: on.AddMonths(24),
		Lines: []book.Line{line(1, book.Material, bulkJuice), line(2, book.Material, granules), line(3, book.Product, juiceBoxed)},
		Consumptions: []book.Consumption{
			{Product: 3, Material: 1, Version: 1, NetUse: 95_500, TangibleLoss: 3 * num.Percent},
			{Product: 3, Material: 2, Version: 1, NetUse: 4_600, TangibleLoss: num.Percent},
			{Product: 3, Material: 1, Version: 2, NetUse: 95_500, TangibleLoss: 2 * num.Percent},
			{Product: 3, Material: 2, Version: 2, NetUse: 4_200, TangibleLoss: num.Percent},
		},
	}
	part := func(name string, line int, a *article, text string) book.PartItem {
		return book.PartItem{Part: name, Line: line, Commodity: a.code, Name: text, Unit: "KGM"}
	}
	b.Parts = []book.PartItem{
		part("DEMO-BRIX-65", 1, bulkJuice, "冷冻橙汁 65°"), part("DEMO-BRIX-66", 1, bulkJuice, "冷冻橙汁 66°"), part("DEMO-PE-1", 2, granules, "聚乙烯颗粒"), part("DEMO-BOTTLE", 3, juiceBoxed, "瓶装橙汁"),
	}
	b.Lines[1].Origin, b.Lines[2].Origin = "SA", "CN"
	var opened bonded.Reply
	if err := door.send(ctx, http.MethodPost, pathBooks, b, &opened); err != nil || opened.Number == "" {
		return w.refused(err)
	}
	mark := map[string]any{"act": "mark_part", "part": bonded.PartMark{Part: "DEMO-PE-1", Separate: true}, "reason": "origin under inquiry: not to be merged (demonstration)"}
	if err := w.filingDesk(ctx, opened.ID, mark); err != nil {
		return err
	}
	opening := bonded.Opening{On: on.AddDays(-120), Reason: "counted before the first day (demonstration)", Lines: []bonded.OpeningLine{
		{Line: 1, Quantity: 20_000 * num.OneQuantity, Value: 3_600_000},
		{Line: 2, Quantity: 2_000 * num.OneQuantity, Value: 216_000},
		{Line: 3, Quantity: 8_000 * num.OneQuantity, Value: 3_360_000},
	}}
	if err := door.send(ctx, http.MethodPost, pathBooks+"/"+opened.ID+"/acts", map[string]any{"act": "state_opening", "opening": opening}, nil); err != nil {
		return w.refused(err)
	}
	c := &consignment{
		owner: from.owner, office: "2218", bookLines: []int{3}, arrival: on,
		goods: []parcel{{article: juiceBoxed, origin: "CN", units: 2_400, cents: juiceBoxed.price, packages: 200}},
	}
	list := c.listOf(opened.Number, book.Processing, false)
	list.Type, list.Goods, list.LevyOn = book.DomesticSale, book.Product, book.LevyMaterials
	list.Lines[0].Version = 2
	var listed bonded.Reply
	if err := door.send(ctx, http.MethodPost, pathLists, bonded.Listing{Procedure: secondLineExit, List: list}, &listed); err != nil || listed.Number == "" {
		return w.refused(err)
	}
	w.Counts.Lists++
	buyer := &w.cast.traders[0]
	_, err = w.lodge(ctx, w.doors[buyer.ID], clearance.Lodging{Declaration: c.exitBill(on, buyer, opened.Number, listed.Number)})
	return err
}
