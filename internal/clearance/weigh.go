package clearance

import (
	"fmt"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/procedure"
)

// Weighed is a sale that a verification list is to file, before there is a bill.
type Weighed struct {
	Book *book.Book
	List *book.VerificationList
	Mode *procedure.Mode
	Area string
}

// SoldAtHome tells whether goods of a mode are sold into the country and taxed: only
// those have a choice of levy.
func SoldAtHome(m *procedure.Mode) bool {
	return m.Line == procedure.SecondLine && m.Way == procedure.Out && m.Step(procedure.StepLodge) != nil && m.Step("accept") != nil
}

// Weigh works a sale out both ways before there is a bill of entry (DR §3.12): the
// goods of the list, the materials in them from the book. on is the day of which the
// rates are taken; those of the bill are of its own day.
//
// Faults: as the choice on a declaration; CLR-LEVY-01 (the mode sells nothing into
// the country), -14 (prices in several currencies).
func Weigh(v decision.View, ref *Reference, w Weighed, on clock.Date) (*Levy, error) {
	doc := declaration.Declaration{
		Direction: declaration.Import, Procedure: w.Mode.ID, BookNumber: w.Book.Number, Terms: "CIF",
		Levy: &declaration.LevyChoice{On: declaration.LevyBasis(w.List.LevyOn)}, Lines: make([]declaration.GoodsItem, len(w.List.Lines)),
	}
	if doc.Levy.On == "" {
		doc.Levy.On = declaration.OnGoods
	}
	if !SoldAtHome(w.Mode) {
		return nil, soldNowhere(w.Mode)
	}
	for i := range w.List.Lines {
		l := &w.List.Lines[i]
		if i == 0 {
			doc.Currency = declaration.CurrencyCode(l.Currency)
		}
		if string(doc.Currency) != string(l.Currency) {
			return nil, fault.New(fault.Invalid, "CLR-LEVY-14", fmt.Sprintf("/lines/%d/currency", i), "line {line} is priced in {currency}, the lines before it in {first}",
				"price all goods of a sale in one currency", "line", i+1, "currency", l.Currency, "first", doc.Currency)
		}
		doc.Lines[i] = declaration.GoodsItem{
			Number: i + 1, BookLine: l.BookLine, Commodity: declaration.CommodityCode(l.Commodity), Name: l.Name, Quantity: l.Quantity, Unit: l.Unit,
			LegalQuantity: l.LegalQuantity, LegalUnit: l.LegalUnit, LegalQuantity2: l.LegalQuantity2, LegalUnit2: l.LegalUnit2, Total: l.Total,
			Origin: l.Origin, NetMass: l.NetMass, GrossMass: l.GrossMass,
		}
	}
	rules, err := ref.Declaration.LevyAt(on)
	if err != nil {
		return nil, err
	}
	c, err := consignment(&doc, on, false)
	if err != nil {
		return nil, err
	}
	b := breakdown{v: v, doc: &doc, on: on, rules: rules, ref: &ref.Duty, held: w.Book, own: true, versions: map[int]int{}}
	b.named(w.List)
	_, l, err := b.levied(&c, terms{mode: w.Mode, levied: true, area: w.Area})
	return l, err
}
