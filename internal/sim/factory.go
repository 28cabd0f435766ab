package sim

import (
	"context"
	"net/http"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/num"
	"seine/internal/writeoff"
)

// workshop is a book of processing whose work orders write it off.
type workshop struct {
	door   *Door
	id     string // of the book
	number string
	opened clock.Date
}

// workshops opens the visitors' enterprise two books of processing by work order,
// and states what lay there before: juice concentrate that becomes juice.
func (w *Zone) workshops(ctx context.Context) error {
	own := w.shownStock()
	if own == nil {
		return nil
	}
	today := w.host.Now().Date()
	for range 2 {
		b := book.Book{
			Kind: book.Processing, Processing: book.WorkOrder, CycleMonths: 6, Operator: book.Party{CreditCode: own.owner.ID, Code: string(own.owner.CustomsCode), Name: own.owner.Name},
			CompetentOffice: "2218", Area: own.owner.Area, ValidTo: today.AddMonths(24),
			Lines: []book.Line{
				{Number: 1, Kind: book.Material, PartNumber: "DEMO-CON", Commodity: "2009110000", Name: "冷冻橙汁", Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "BR"},
				{Number: 2, Kind: book.Material, PartNumber: "DEMO-SUG", Commodity: "1701999000", Name: "砂糖", Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "BR"},
				{Number: 3, Kind: book.Product, PartNumber: "DEMO-JUI", Commodity: "2009120090", Name: "橙汁饮料原浆", Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "CN"},
			},
		}
		s := workshop{door: w.doors[own.owner.ID], opened: today}
		var reply bonded.Reply
		if err := s.door.send(ctx, http.MethodPost, pathBooks, b, &reply); err != nil {
			return err
		}
		if reply.Number == "" {
			return nil // two officers decide
		}
		s.id, s.number = reply.ID, reply.Number
		opening := bonded.Opening{On: today.AddDays(-1), Reason: "counted before the first day (demonstration)", Lines: []bonded.OpeningLine{
			{Line: 1, Quantity: 9_000 * num.OneQuantity, Value: 18_000_00}, {Line: 2, Quantity: 2_000 * num.OneQuantity, Value: 1_200_00},
		}}
		if err := s.door.send(ctx, http.MethodPost, pathBooks+"/"+s.id+"/acts", map[string]any{"act": "state_opening", "opening": opening}, nil); err != nil {
			return err
		}
		w.shops = append(w.shops, s)
	}
	return nil
}

// writtenOff leaves the period of one book counted, with a line that differs and
// wants to be explained; that of the other before two officers, with a work order
// that cannot be true; scrap that was sold with its tax, and residues that wait for what becomes of
// them.
func (w *Zone) writtenOff(ctx context.Context, on clock.Date) error {
	for i := range w.shops {
		s := &w.shops[i]
		if s.opened >= on.AddDays(-1) {
			continue // a period has a day at least
		}
		kg := func(n int64) num.Quantity { return num.Quantity(n) * num.OneQuantity }
		order := func(number string, day clock.Date, state writeoff.OrderState, concentrate, sugar, juice int64) writeoff.Order {
			o := writeoff.Order{
				Number: number, State: state,
				Issues: []writeoff.Portion{{Part: "DEMO-CON", Quantity: kg(concentrate), On: day}, {Part: "DEMO-SUG", Quantity: kg(sugar), On: day}},
				Scraps: []writeoff.Portion{{Part: "DEMO-CON", Quantity: kg(10), On: day}},
			}
			if juice > 0 {
				o.Outputs = []writeoff.Portion{{Part: "DEMO-JUI", Quantity: kg(juice), On: day}}
			}
			return o
		}
		first, last := s.opened, on.AddDays(-1)
		orders := []writeoff.Order{
			order("WO-DEMO-1", first, writeoff.OrderClosed, 2_000, 300, 2_280),
			order("WO-DEMO-2", first, writeoff.OrderClosed, 1_500, 220, 1_700),
			order("WO-DEMO-3", last, writeoff.OrderCompleted, 800, 110, 890),
		}
		concentrate, juice := kg(9_000-4_300), kg(2_280+1_700+890)
		if i == 1 { // more juice than went in, and concentrate that is not there
			orders = append(orders, order("WO-DEMO-4", last, writeoff.OrderCompleted, 400, 50, 640))
			concentrate, juice = kg(9_000-4_700-180), juice+kg(640)
		} else {
			concentrate -= kg(60)
		}
		var draft bonded.Reply
		if err := s.door.send(ctx, http.MethodPost, pathBooks+"/"+s.id+"/write-offs", bonded.Drafting{Kind: writeoff.Supplementary, End: last}, &draft); err != nil {
			return w.refused(err)
		}
		path := pathWriteOffs + "/" + draft.ID
		if err := s.door.send(ctx, http.MethodPost, path+"/orders", map[string]any{"orders": orders}, nil); err != nil {
			return w.refused(err)
		}
		sugar := kg(2_000 - 630)
		if i == 1 {
			sugar -= kg(50)
		}
		counts := []writeoff.Count{
			{Part: "DEMO-CON", Spot: "tank 1", Quantity: kg(3_000)},
			{Part: "DEMO-CON", Spot: "tank 2", Quantity: concentrate - kg(3_000)},
			{Part: "DEMO-SUG", Spot: "hall 2", Quantity: sugar},
			{Part: "DEMO-JUI", Spot: "hall 3", Quantity: juice},
		}
		if err := s.door.send(ctx, http.MethodPost, path+"/counts", map[string]any{"counts": counts, "all": true}, nil); err != nil {
			return w.refused(err)
		}
		if i == 1 {
			if err := s.door.send(ctx, http.MethodPost, path+"/acts", map[string]any{"act": "submit"}, nil); err != nil {
				return w.refused(err)
			}
		}
		for _, r := range []writeoff.Residue{
			{Line: 1, Class: writeoff.Scrap, Commodity: "2309909000", Name: "饲料用橙渣", Quantity: kg(30), InUse: true, Worthless: true, Arisen: last},
			{Line: 3, Class: writeoff.Defective, Commodity: "2009120090", Name: "不合格原浆", Quantity: kg(12), InUse: true, Arisen: last},
		} {
			var told bonded.Reply
			if err := s.door.send(ctx, http.MethodPost, pathBooks+"/"+s.id+"/residues", r, &told); err != nil {
				return w.refused(err)
			}
			if i == 0 && r.Class == writeoff.Scrap { // taxed as it is, and the book is rid of it
				act := map[string]string{"act": "sell", "buyer": "东海饲料厂 Donghai Feed Mill (demonstration)", "value": "1860.00", "reason": "sold as feed (demonstration)"}
				if err := s.door.send(ctx, http.MethodPost, pathResidues+"/"+told.ID+"/acts", act, nil); err != nil {
					return w.refused(err)
				}
			}
			if i == 1 && r.Class == writeoff.Scrap {
				act := map[string]string{"act": "ask_destroy", "destroyer": "Green Works (demonstration)", "reason": "pulp without value (demonstration)"}
				if err := s.door.send(ctx, http.MethodPost, pathResidues+"/"+told.ID+"/acts", act, nil); err != nil {
					return w.refused(err)
				}
			}
			if i == 1 && r.Class == writeoff.Defective {
				act := map[string]string{"act": "ask_export", "document": "QD221826E000000001", "reason": "the maker takes it back (demonstration)"}
				if err := s.door.send(ctx, http.MethodPost, pathResidues+"/"+told.ID+"/acts", act, nil); err != nil {
					return w.refused(err)
				}
			}
		}
	}
	return nil
}
