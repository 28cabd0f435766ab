package clearance

import (
	"fmt"
	"slices"
	"strconv"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/procedure"
	"seine/internal/tariff"
	"seine/internal/writeoff"
)

// manyOrders is how many work orders of a book are looked through at most for
// those that made a product. A book with more is not asked: what a part of them
// took says nothing of the rest.
const manyOrders = 2000

// breakdown is the materials of a declaration held against the account book, and
// filled from it where they are not stated.
type breakdown struct {
	v         decision.View
	doc       *declaration.Declaration
	on        clock.Date
	rules     *declaration.LevyRules
	ref       *duty.Reference
	held      *book.Book
	own       bool        // what the book knows may be told to whoever declares
	versions  map[int]int // consumption version of a product line of the book, as the verification list names it
	orders    []feed.WorkOrder
	asked     bool         // the work orders of the book were read
	crowded   bool         // there are too many of them
	sources   []LevySource // of the lines that the book tells of
	unchecked []int        // lines of goods whose materials the book does not tell
}

// read finds the account book and, of the verification list, which consumption
// its products were made by. Fault: CLR-LEVY-04.
func (b *breakdown) read() error {
	if b.doc.BookNumber == "" {
		return nil
	}
	ids, err := b.v.Find(dossier.Book, "number", b.doc.BookNumber, 1)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return fault.New(fault.Refused, "CLR-LEVY-04", "/bookNumber", "there is no account book {book}", "name the book of the goods", "book", b.doc.BookNumber)
	}
	held, _, err := decision.Load[book.Book](b.v, dossier.Book, ids[0])
	if err != nil {
		return err
	}
	b.held, b.own = &held, payer(b.doc) == held.Operator.Key() || b.doc.Declarant.Code() == held.Operator.Key()
	list, err := listOf(b.v, b.doc)
	if err != nil || list == nil {
		return err
	}
	b.own = b.own || list.Book == held.Number
	b.named(list)
	return nil
}

// named takes the versions of consumption from a verification list.
func (b *breakdown) named(list *book.VerificationList) {
	for i := range list.Lines {
		if l := &list.Lines[i]; l.Version != 0 {
			b.versions[l.BookLine] = l.Version
		}
	}
}

// listOf finds the verification list that a declaration names; nil where there is
// none.
func listOf(v decision.View, doc *declaration.Declaration) (*book.VerificationList, error) {
	if doc.ListNumber == "" {
		return nil, nil
	}
	ids, err := v.Find(dossier.VerificationList, "number", doc.ListNumber, 1)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	list, _, err := decision.Load[book.VerificationList](v, dossier.VerificationList, ids[0])
	return &list, err
}

// follow takes the choice of levy over from the verification list of the goods,
// where the enterprise made it (DR §3.12). Fault: CLR-LEVY-12 (the declaration
// chooses otherwise).
func follow(v decision.View, doc *declaration.Declaration) error {
	list, err := listOf(v, doc)
	if err != nil || list == nil || list.LevyOn == "" {
		return err
	}
	on := declaration.LevyBasis(list.LevyOn)
	if doc.Levy == nil {
		doc.Levy = &declaration.LevyChoice{On: on}
	}
	if doc.Levy.On != on {
		return fault.New(fault.Refused, "CLR-LEVY-12", "/levy/on", "verification list {list} asks for duty on the {listed}, the declaration on the {declared}",
			"declare as the list asks, or have the list changed first", "list", list.Number, "listed", list.LevyOn, "declared", doc.Levy.On)
	}
	return nil
}

// check fills in what the book knows and holds the materials against it.
func (b *breakdown) check() error {
	var faults fault.List
	choice := b.doc.Levy
	for i := range b.doc.Lines {
		stated := slices.ContainsFunc(choice.Materials, func(m declaration.LevyMaterial) bool { return m.Line == i+1 })
		told, bad, err := b.recipe(i)
		if err != nil {
			return err
		}
		if bad != nil {
			faults = append(faults, bad)
			continue
		}
		switch {
		case !stated && (told == nil || !b.own):
			faults = append(faults, fault.New(fault.Invalid, "CLR-LEVY-03", "/levy/materials", "the materials in line {line} are not stated",
				"list the bonded materials of every line, or have the consumption of the product filed", "line", i+1))
			continue
		case told == nil:
			b.unchecked = append(b.unchecked, b.doc.Lines[i].Number)
			continue
		case !stated:
			for _, n := range told.lines {
				if q := told.takes[n]; q > 0 {
					choice.Materials = append(choice.Materials, declaration.LevyMaterial{Line: i + 1, BookLine: n, Quantity: q})
				}
			}
		}
		source := told.source
		source.Filled = !stated
		b.sources = append(b.sources, source)
		faults = append(faults, b.consumed(i, told)...)
	}
	for i := range choice.Materials {
		found, err := b.known(i, &choice.Materials[i])
		if err != nil {
			return err
		}
		faults = append(faults, found...)
	}
	return faults.OrNil()
}

func materialPath(i int, member string) string {
	return "/levy/materials/" + strconv.Itoa(i) + member
}

// known holds one material against its line of the book.
func (b *breakdown) known(i int, m *declaration.LevyMaterial) (faults fault.List, err error) {
	var line *book.Line
	if m.BookLine != 0 {
		found, ok := b.held.Line(m.BookLine)
		if !ok || found.Kind != book.Material {
			return append(faults, fault.New(fault.Invalid, "CLR-LEVY-05", materialPath(i, "/bookLine"), "line {line} of account book {book} is no material",
				"name the line under which the material came in", "line", m.BookLine, "book", b.held.Number)), nil
		}
		line = found
		if bad, err := b.entered(i, m, line); err != nil || bad != nil {
			return append(faults, bad), err
		}
	}
	if b.held != nil && b.held.Processing == book.Networked && b.held.LastWriteOff != 0 {
		m.From = b.held.LastWriteOff // DR §5.3: of a networked book, its last write-off
	}
	if m.From == 0 {
		faults = append(faults, fault.New(fault.Invalid, "CLR-LEVY-10", materialPath(i, "/from"), "of material {material} it is not stated since when its duty is deferred",
			"give the day of its first import", "material", i+1))
	}
	if line == nil {
		return faults, nil
	}
	if m.Commodity == "" {
		m.Commodity = declaration.CommodityCode(line.Commodity)
	}
	if m.Unit == "" {
		m.Unit = line.Unit
	}
	if m.Origin == "" {
		m.Origin = line.Origin
	}
	if m.Name == "" {
		m.Name = line.Name
	}
	if string(m.Commodity) != line.Commodity || m.Unit != line.Unit {
		faults = append(faults, fault.New(fault.Invalid, "CLR-LEVY-06", materialPath(i, "/commodity"), "line {line} of the book is {commodity} in {unit}",
			"state code and unit as the book has them, or leave them out", "line", line.Number, "commodity", line.Commodity, "unit", line.Unit))
	}
	return faults, nil
}

// entered fills in at what value a material came in and since when its duty is
// deferred, where that is not stated: the average of what lies on its line, else of
// all that came; the day of the oldest arrival that is kept apart, else of the
// first. A value in another currency is taken at the rate of the day of the sale
// (DR §4.7). Fault: CLR-LEVY-13.
func (b *breakdown) entered(i int, m *declaration.LevyMaterial, line *book.Line) (*fault.Fault, error) {
	if !b.own || m.Value != 0 && m.From != 0 {
		if m.Value == 0 {
			return b.worthless(i, line), nil
		}
		return nil, nil
	}
	file := casework.Case{Debtor: b.held.Operator.Key(), Book: b.held.Number}
	account := file.Account(procedure.BookLine, strconv.Itoa(line.Number), ledger.Legal, ledger.OnHand)
	key := account.Key()
	now, err := b.v.Balance(key)
	if err != nil {
		return nil, err
	}
	posted, err := b.v.Period(key, 1, b.on)
	if err != nil {
		return nil, err
	}
	came, value, first := num.Quantity(0), num.Money(0), clock.Date(0)
	for n := range posted.Movements {
		arrival := &posted.Movements[n]
		if arrival.To != key {
			continue
		}
		from, err := ledger.ParseKey(arrival.From)
		if err != nil {
			return nil, err
		}
		switch writeoff.ColumnOf(line.Kind, from, true) {
		case writeoff.FirstLine, writeoff.SecondLine, writeoff.CarriedIn:
		default:
			continue
		}
		if came, err = num.Add(came, arrival.Quantity); err != nil {
			return nil, err
		}
		if value, err = num.Add(value, arrival.Value); err != nil {
			return nil, err
		}
		if first == 0 || arrival.EffectiveOn < first {
			first = arrival.EffectiveOn
		}
	}
	if len(now.Layers) > 0 && now.Layers[0].On != 0 {
		first = now.Layers[0].On
	}
	if m.From == 0 {
		m.From = first
	}
	if m.Value != 0 {
		return nil, nil
	}
	if now.Quantity > 0 {
		came, value = now.Quantity, now.Value
	}
	if came <= 0 || value <= 0 || line.Currency == "" {
		return b.worthless(i, line), nil
	}
	if m.Value, err = value.Part(int64(m.Quantity), int64(came), num.HalfUp); err != nil {
		return nil, err
	}
	if line.Currency != codelist.CurrencyCode(b.ref.Local) {
		rate, err := b.ref.FX.Rate(tariff.CurrencyCode(line.Currency), b.on, b.ref.Rules.At(b.on).ExchangeRule)
		if err != nil {
			return nil, err
		}
		if m.Value, err = m.Value.Times(rate, num.HalfUp); err != nil {
			return nil, err
		}
	}
	if m.Value == 0 {
		return b.worthless(i, line), nil
	}
	return nil, nil
}

func (b *breakdown) worthless(i int, line *book.Line) *fault.Fault {
	return fault.New(fault.Invalid, "CLR-LEVY-13", materialPath(i, "/value"), "account book {book} does not tell at what value the material of line {line} came in",
		"state its customs value in yuan and the day of its first import", "book", b.held.Number, "line", line.Number)
}

// recipe is what the book says is in one line of goods.
type recipe struct {
	source LevySource
	lines  []int                // of the book, in the order in which they are told
	takes  map[int]num.Quantity // of each of them, in the unit of the book
}

// recipe reads the materials in a line of goods from the book: the consumption on
// file, or what the work orders that made the product took. A book that is written
// off by work orders is asked for those first. nil where the book tells neither.
// Fault: CLR-LEVY-07.
func (b *breakdown) recipe(i int) (*recipe, *fault.Fault, error) {
	l := &b.doc.Lines[i]
	if b.held == nil || l.BookLine == 0 {
		return nil, nil, nil
	}
	product, ok := b.held.Line(l.BookLine)
	if !ok {
		return nil, nil, nil
	}
	uses := b.uses(l.BookLine)
	orders, err := b.made(l.BookLine)
	if err != nil {
		return nil, nil, err
	}
	if len(uses) == 0 && len(orders) == 0 || b.crowded && b.held.Processing == book.WorkOrder {
		return nil, nil, nil
	}
	goods := l.Quantity
	if l.Unit != product.Unit {
		if l.LegalUnit != product.Unit {
			return nil, fault.New(fault.Invalid, "CLR-LEVY-07", fmt.Sprintf("/lines/%d/unit", i), "the book counts product {line} in {unit}; its materials cannot be worked out from {declared}",
				"state the quantity in the unit of the book", "line", l.BookLine, "unit", product.Unit, "declared", l.Unit), nil
		}
		goods = l.LegalQuantity
	}
	r := &recipe{takes: map[int]num.Quantity{}}
	if len(orders) > 0 && (b.held.Processing == book.WorkOrder || len(uses) == 0) {
		r.source = LevySource{Line: l.Number, By: ByWorkOrders, Orders: len(orders)}
		return r, nil, r.ofOrders(orders, l.BookLine, goods)
	}
	r.source = LevySource{Line: l.Number, By: ByConsumption, Version: uses[0].Version}
	return r, nil, r.ofConsumption(uses, goods)
}

func (r *recipe) add(line int, q num.Quantity) {
	if _, seen := r.takes[line]; !seen {
		r.lines = append(r.lines, line)
	}
	r.takes[line] += q
}

// ofConsumption takes goods × unit consumption × bonded share of each material.
func (r *recipe) ofConsumption(uses []book.Consumption, goods num.Quantity) error {
	for _, use := range uses {
		taken, _, _, err := writeoff.UseOf(use, goods)
		if err != nil {
			return err
		}
		r.add(use.Material, taken)
	}
	return nil
}

// ofOrders takes goods ÷ all that the orders made × the bonded material they used,
// losses included.
func (r *recipe) ofOrders(orders []feed.WorkOrder, product int, goods num.Quantity) error {
	var made num.Quantity
	used := map[int]num.Quantity{}
	for i := range orders {
		o := &orders[i]
		for n := range o.Outputs {
			if o.Outputs[n].Line == product {
				made += o.Outputs[n].Quantity
			}
		}
		for n := range o.Uses {
			u := &o.Uses[n]
			if u.Line == 0 || u.Status != ledger.Bonded || u.Used() <= 0 {
				continue
			}
			if _, seen := used[u.Line]; !seen {
				r.lines = append(r.lines, u.Line)
			}
			used[u.Line] += u.Used()
		}
	}
	for line, q := range used {
		share, err := num.MulDiv(int64(goods), int64(q), int64(made), num.HalfUp)
		if err != nil {
			return err
		}
		r.takes[line] = num.Quantity(share)
	}
	return nil
}

// made gives the finished work orders of the book that made a product and nothing
// beside it: what an order of several products took cannot be told apart.
func (b *breakdown) made(product int) ([]feed.WorkOrder, error) {
	if !b.asked {
		b.asked = true
		ids, err := b.v.Find(dossier.WorkOrder, "book", b.held.Number, manyOrders+1)
		if err != nil {
			return nil, err
		}
		if b.crowded = len(ids) > manyOrders; b.crowded {
			return nil, nil
		}
		for _, id := range ids {
			o, _, err := decision.Load[feed.WorkOrder](b.v, dossier.WorkOrder, id)
			if err != nil {
				return nil, err
			}
			if (o.State == feed.OrderCompleted || o.State == feed.OrderClosed) && o.Reverses == "" && o.ReversedBy == "" {
				b.orders = append(b.orders, o)
			}
		}
	}
	var list []feed.WorkOrder
	for _, o := range b.orders {
		var quantity num.Quantity
		alone := true
		for n := range o.Outputs {
			alone = alone && o.Outputs[n].Line == product
			quantity += o.Outputs[n].Quantity
		}
		if alone && quantity > 0 {
			list = append(list, o)
		}
	}
	return list, nil
}

// consumed holds the materials of one line of goods against what the book tells of
// them.
func (b *breakdown) consumed(i int, told *recipe) (faults fault.List) {
	l := &b.doc.Lines[i]
	stated, first := map[int]num.Quantity{}, map[int]int{}
	var other []int // lines of the book that it tells nothing of, in the order in which they are stated
	for n := range b.doc.Levy.Materials {
		m := &b.doc.Levy.Materials[n]
		if m.Line != l.Number {
			continue
		}
		if _, twice := first[m.BookLine]; !twice {
			first[m.BookLine] = n
			if _, known := told.takes[m.BookLine]; !known {
				other = append(other, m.BookLine)
			}
		}
		stated[m.BookLine] += m.Quantity
	}
	differ := func(material int, path string) {
		want := told.takes[material]
		off := stated[material] - want
		allowed, err := num.MulDiv(int64(want), int64(b.rules.Consumption), int64(num.OneRate), num.Down)
		if err != nil || max(off, -off) > num.Quantity(allowed) {
			faults = append(faults, fault.New(fault.Invalid, "CLR-LEVY-08", path, "of material line {material} the goods of line {line} take {expected} by the consumption on file; {stated} is stated",
				"state what the book says, within {percent} %, or have the consumption changed first",
				"material", material, "line", l.Number, "expected", want, "stated", stated[material], "percent", b.rules.Consumption.PercentString()))
		}
	}
	for _, material := range told.lines {
		path := "/levy/materials"
		if n, ok := first[material]; ok {
			path = materialPath(n, "/quantity")
		}
		differ(material, path)
	}
	for _, material := range other {
		differ(material, materialPath(first[material], "/bookLine"))
	}
	return faults
}

// uses gives the consumption of a product in force: the version that the list
// names, else the one that holds on the day.
func (b *breakdown) uses(product int) []book.Consumption {
	version := b.versions[product]
	if version == 0 {
		return book.ConsumptionOn(b.held.Consumptions, product, b.on)
	}
	return slices.DeleteFunc(slices.Clone(b.held.Consumptions), func(use book.Consumption) bool {
		return use.Product != product || use.Version != version || use.ValidTo != 0 && use.ValidTo < b.on
	})
}
