package console

import (
	"context"
	"strings"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/num"
)

// Officers who decide about a change of a book see what becomes of its parts: one
// that goes to another line, one that is new and one that goes, whatever their order.
func TestAChangeShowsTheMergerThatItAsksFor(t *testing.T) {
	part := func(name string, line int) book.PartItem {
		return book.PartItem{Part: name, Line: line, Commodity: "8541430000", Name: "Cell", Unit: "PCE", Factor: &book.Conversion{Unit: "KGM", Of: num.OneQuantity, Are: 2 * num.OneQuantity}}
	}
	held := &bonded.Book{Book: book.Book{Number: "H2218A000001", Parts: []book.PartItem{part("SAME", 1), part("MOVED", 1), part("GONE", 1)}}}
	asked := held.Book
	consumable := part("NEW", 2)
	consumable.Consumable = true
	asked.Parts = []book.PartItem{consumable, part("MOVED", 2), part("SAME", 1)}
	held.Asked = &asked
	told := map[string]compared{}
	for _, c := range askedOf(context.Background(), held) {
		told[c.Path[strings.LastIndex(c.Path, " ")+1:]] = c
	}
	if len(told) != 3 || !strings.Contains(told["MOVED"].Now, "Line 1") || !strings.Contains(told["MOVED"].Proposed, "Line 2, 8541430000, Cell, PCE, 1 = 2") ||
		told["NEW"].Now != "" || !strings.Contains(told["NEW"].Proposed, "Consumable") || told["GONE"].Proposed != "" || told["GONE"].Now == "" {
		t.Errorf("%+v", told)
	}
}
