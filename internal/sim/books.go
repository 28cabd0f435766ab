package sim

import (
	"context"
	"net/http"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/ledger"
	"seine/internal/num"
)

// kinds opens the visitors' enterprise a book of each kind that the history has
// none of, states what was there before, lets domestic goods be announced and
// carries goods from one of its books to another.
func (w *Zone) kinds(ctx context.Context, on clock.Date) error {
	from, err := w.plenty(ctx)
	if err != nil || from == nil {
		return err
	}
	door := w.doors[from.owner.ID]
	head := func(kind book.Kind, lines ...book.Line) book.Book {
		return book.Book{
			Kind: kind, Operator: book.Party{CreditCode: from.owner.ID, Code: string(from.owner.CustomsCode), Name: from.owner.Name},
			CompetentOffice: "2218", Area: from.owner.Area, ValidTo: on.AddMonths(24), Lines: lines,
		}
	}
	machine := book.Line{
		Number: 1, Kind: book.Machine, Commodity: "8427109000", Name: "电动叉车", Model: "demonstration", Unit: "C62", Currency: "USD", SerialNumber: "DEMO-FORK-1",
		EntryWay: book.ByFirstLine, SupervisedUntil: on.AddMonths(60),
	}
	engine := book.Line{
		Number: 1, Kind: book.Serial, Commodity: "8411119000", Name: "涡轮喷气发动机", Model: "demonstration", Unit: "C62", Currency: "USD", SerialNumber: "DEMO-ENG-1", Progress: book.InRepair,
	}
	shown := book.Line{Number: 1, Kind: book.Lot, Commodity: "9701210000", Name: "油画", Model: "demonstration", Unit: "C62", Currency: "USD", Progress: book.OnShow}
	retail := head(book.Commerce, book.Line{Number: 1, Kind: book.Part, PartNumber: "DEMO-CREAM", Commodity: "3304990039", Name: "面霜", Unit: "KGM", Currency: "USD"})
	retail.Posting, retail.Use = book.ByPart, book.RetailImport
	second := head(book.Logistics, book.Line{
		Number: 1, Kind: book.Part, PartNumber: "DEMO-2", Commodity: from.goods.code, Name: from.goods.zh, Unit: from.goods.line().Unit, LegalUnit: from.goods.line().Unit, Currency: "USD",
	})
	second.Posting, second.Layered = book.ByPart, true
	var opened bonded.Reply
	for _, b := range []book.Book{head(book.Equipment, machine), head(book.Repair, engine), head(book.Exhibition, shown), retail, second} {
		opened = bonded.Reply{}
		if err := door.send(ctx, http.MethodPost, pathBooks, b, &opened); err != nil {
			return w.refused(err)
		}
		if opened.Number == "" {
			return nil // two officers decide
		}
		if b.Kind == book.Commerce || b.Kind == book.Logistics {
			continue
		}
		opening := bonded.Opening{On: on.AddDays(-1), Reason: "counted before the first day (demonstration)", Lines: []bonded.OpeningLine{{Line: 1, Quantity: num.OneQuantity, Value: 120_000_00}}}
		if err := door.send(ctx, http.MethodPost, pathBooks+"/"+opened.ID+"/acts", map[string]any{"act": "state_opening", "opening": opening}, nil); err != nil {
			return w.refused(err)
		}
	}
	return w.carried(ctx, door, from, opened.Number)
}

// plenty finds a line of the visitors' own books on which goods lie that can be
// carried over; nil when there is none.
func (w *Zone) plenty(ctx context.Context) (*stock, error) {
	own := w.shownStock()
	if own == nil || own.account == "" {
		return nil, nil
	}
	var held struct {
		Items []struct {
			Line      int          `json:"line"`
			Available num.Quantity `json:"available"`
		} `json:"items"`
	}
	if err := w.doors[own.owner.ID].send(ctx, http.MethodGet, pathBooks+"/"+own.account+"/balances", nil, &held); err != nil {
		return nil, w.refused(err)
	}
	for _, x := range held.Items {
		if s := w.stockOf(own.owner, x.Line); s != nil && x.Available >= 10*num.OneQuantity {
			return s, nil
		}
	}
	return own, nil
}

// carried carries goods over from one book of an enterprise to another, and has
// domestic goods announced beside them.
func (w *Zone) carried(ctx context.Context, door *Door, from *stock, to string) error {
	line := from.goods.line()
	line.Number, line.BookLine, line.Quantity, line.LegalQuantity, line.Total = 1, 1, 10*num.OneQuantity, 10*num.OneQuantity, 100_00
	list := func(procedure, account string, d book.Direction) bonded.Listing {
		l := bonded.Listing{Procedure: procedure, List: book.VerificationList{
			Book: account, Direction: d, Operator: book.Party{CreditCode: from.owner.ID, Code: string(from.owner.CustomsCode), Name: from.owner.Name}, Lines: []book.ListLine{line},
		}}
		return l
	}
	in := list("transfer-in", to, book.In)
	in.List.RelatedBook = from.account
	var received bonded.Reply
	if err := door.send(ctx, http.MethodPost, pathLists, in, &received); err != nil || received.Number == "" {
		return w.refused(err)
	}
	w.Counts.Lists++
	out := list("transfer-out", from.account, book.Out)
	out.List.RelatedBook, out.List.RelatedList, out.List.Lines = to, received.Number, []book.ListLine{line}
	out.List.Lines[0].BookLine = from.line
	if err := door.send(ctx, http.MethodPost, pathLists, out, nil); err != nil {
		return w.refused(err)
	}
	w.Counts.Lists++
	domestic := list("domestic-in", to, book.In)
	domestic.List.Status, domestic.List.Lines = ledger.NonBonded, []book.ListLine{line}
	if err := door.send(ctx, http.MethodPost, pathLists, domestic, nil); err != nil {
		return w.refused(err)
	}
	w.Counts.Lists++
	return nil
}

// line is a list line of a parcel, without its quantities.
func (p *parcel) line() book.ListLine {
	return book.ListLine{
		Commodity: p.code, Name: p.zh, Unit: codelist.UnitCode(p.unit), LegalUnit: codelist.UnitCode(p.unit), Currency: "USD", Origin: codelist.CountryCode(p.origin),
	}
}
