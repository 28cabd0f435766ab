package httpapi_test

import (
	"net/http"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/num"
)

// A book of every kind is filed by its enterprise, takes goods in from another book
// and lets them out again; what its kind needs and lacks is named by its place.
func TestEveryKindOfBookTakesGoodsInAndLetsThemOut(t *testing.T) {
	h := open(t)
	today := h.app.Clock.Now().Date()
	file := func(b book.Book) (filed bonded.Reply) {
		t.Helper()
		b.CompetentOffice = "2218"
		h.post("trader", "/api/v1/books", b).into(http.StatusCreated, &filed)
		if filed.Number == "" {
			t.Fatalf("%s waits: %+v", b.Kind, filed)
		}
		return filed
	}
	line := func(kind book.LineKind) book.Line {
		return book.Line{Number: 1, Kind: kind, Commodity: "8427109000", Name: "fork-lift truck", Unit: "C62", Currency: "USD", Origin: "US"}
	}
	source := file(book.Book{Kind: book.Logistics, Posting: book.ByPart, Lines: []book.Line{line(book.Part)}})
	h.post("trader", "/api/v1/books/"+source.ID+"/acts", map[string]any{"act": "state_opening", "opening": bonded.Opening{
		On: today.AddDays(-10), Reason: "counted on the first day", Lines: []bonded.OpeningLine{{Line: 1, Quantity: 10 * num.OneQuantity, Value: 1_000_000_00}},
	}}).into(http.StatusOK, nil)
	holds := func(b bonded.Reply) string {
		t.Helper()
		var held struct {
			Items []struct{ Quantity num.Quantity }
		}
		h.get("trader", "/api/v1/books/"+b.ID+"/balances").into(http.StatusOK, &held)
		return held.Items[0].Quantity.String()
	}
	list := func(mode string, way book.Direction, of bonded.Reply, beside, related string) (l bonded.Listing) {
		return bonded.Listing{Procedure: mode, List: book.VerificationList{
			Book: of.Number, Direction: way, RelatedBook: beside, RelatedList: related,
			Lines: []book.ListLine{{
				Number: 1, BookLine: 1, Commodity: "8427109000", Name: "fork-lift truck", Quantity: num.OneQuantity, Unit: "C62", LegalQuantity: num.OneQuantity, LegalUnit: "C62",
				Total: 100_000_00, Currency: "USD", Origin: "US",
			}},
		}}
	}
	carry := func(from, to bonded.Reply) {
		t.Helper()
		var received, sent bonded.Reply
		h.post("trader", "/api/v1/verification-lists", list("transfer-in", book.In, to, from.Number, "")).into(http.StatusCreated, &received)
		h.post("trader", "/api/v1/verification-lists", list("transfer-out", book.Out, from, to.Number, received.Number)).into(http.StatusCreated, &sent)
		if !sent.Posted {
			t.Fatalf("%+v", sent)
		}
	}
	for _, c := range []struct {
		kind    book.Kind
		line    book.LineKind
		whole   func(*book.Book)
		code    string // of the refusal without it
		pointer string
	}{
		{book.Commerce, book.Part, func(b *book.Book) { b.Posting, b.Use = book.ByPart, book.RetailImport }, "BOOK-FILE-11", "/use"},
		{book.Equipment, book.Machine, func(b *book.Book) {
			b.Lines[0].EntryWay, b.Lines[0].SupervisedUntil, b.Lines[0].SerialNumber = book.CarriedOver, today.AddMonths(60), "F-1"
		}, "BOOK-FILE-12", "/lines/0/entryWay"},
		{book.Repair, book.Serial, func(b *book.Book) { b.Lines[0].SerialNumber = "F-2" }, "BOOK-FILE-13", "/lines/0/serialNumber"},
		{book.Exhibition, book.Serial, func(b *book.Book) { b.Lines[0].SerialNumber = "F-3" }, "BOOK-FILE-13", "/lines/0/serialNumber"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			bare := book.Book{Kind: c.kind, CompetentOffice: "2218", Lines: []book.Line{line(c.line)}}
			if c.kind == book.Commerce {
				bare.Posting = book.ByPart
			}
			h.post("trader", "/api/v1/books", bare).refused(http.StatusUnprocessableEntity, c.code, c.pointer)
			c.whole(&bare)
			b := file(bare)
			carry(source, b)
			if got := holds(b); got != "1" {
				t.Errorf("received %s", got)
			}
			if c.kind == book.Repair {
				acts := "/api/v1/books/" + b.ID + "/acts"
				mark := func(p book.Progress) map[string]any {
					return map[string]any{"act": "mark_line", "mark": bonded.LineMark{Line: 1, Progress: p}}
				}
				h.post("trader", acts, mark(book.OnShow)).refused(http.StatusUnprocessableEntity, "BOOK-FILE-14", "/mark/lines/0/progress")
				h.post("trader", acts, mark(book.InRepair)).into(http.StatusOK, nil)
				h.post("trader", "/api/v1/verification-lists", list("transfer-out", book.Out, b, source.Number, "")).refused(http.StatusUnprocessableEntity, "BOOK-LIST-16", "/list/lines/0/bookLine")
				h.post("trader", acts, mark(book.Repaired)).into(http.StatusOK, nil)
			}
			carry(b, source)
			if got := holds(b); got != "0" {
				t.Errorf("let out, and %s is left", got)
			}
		})
	}
}
