package writeoff

import (
	"math"
	"math/big"
	"reflect"
	"strconv"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/num"
)

// side is one of the four lists of an order, with the name by which files and
// paths call it.
type side struct {
	name     string
	portions *[]Portion
}

func (o *Order) sides() []side {
	return []side{{"issues", &o.Issues}, {"returns", &o.Returns}, {"scraps", &o.Scraps}, {"outputs", &o.Outputs}}
}

// CheckOrders brings work orders as they were sent to lines and units of the book
// and says everything that is wrong with them. Paths are "/orders/0/issues/1/line",
// or "/row/5/line" for what came from a file. today is the last day on which
// anything can have happened.
//
// Faults: WRITEOFF-ORDER-02 (a quantity that is not above zero), -05 (no such line
// or part), -06 (line and part disagree), -07 (a unit that does not convert), -08
// (no state of a work order), -09 (no number), -10 (no day, or one to come), -12
// (given twice), -13 (it reverses itself).
func CheckOrders(b *book.Book, orders []Order, today clock.Date, units feed.Units) ([]Order, error) {
	var faults fault.List
	out := make([]Order, 0, len(orders))
	seen := map[string]bool{}
	for i := range orders {
		o := orders[i]
		path := func(field string) string { return orderPath(i, o.Row, field) }
		switch {
		case o.Number == "":
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-09", path("number"), "the work order has no number", "write the number that your system gives it"))
		case seen[o.Number]:
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-12", path("number"), "work order {order} is given twice", "put all that it moved into one order", "order", o.Number))
		}
		seen[o.Number] = true
		if stage(o.State) < 0 {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-08", path("state"), "“{value}” is no state of a work order", "write open, released, issuing, completed or closed", "value", string(o.State)))
		}
		if o.Reverses == o.Number && o.Number != "" {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-13", path("reverses"), "work order {order} cannot reverse itself", "give the reversing order a number of its own", "order", o.Number))
		}
		for _, s := range o.sides() {
			given := *s.portions
			*s.portions = nil
			for k := range given {
				p := given[k]
				wrong := p.settle(b, o.Number, today, units)
				for _, f := range wrong {
					at := "/orders/" + strconv.Itoa(i) + "/" + s.name + "/" + strconv.Itoa(k)
					if p.Row > 0 {
						at = "/row/" + strconv.Itoa(p.Row)
					}
					faults = append(faults, f.Under(at))
				}
				p.Part, p.Unit, p.Row = "", "", 0
				*s.portions = append(*s.portions, p)
			}
		}
		o.Source, o.Row = "", 0
		out = append(out, o)
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	return out, nil
}

// orderPath is where a field of an order stands: in its row of a file, else in
// the list that was sent.
func orderPath(i, row int, field string) string {
	if row > 0 {
		return "/row/" + strconv.Itoa(row) + "/" + field
	}
	return "/orders/" + strconv.Itoa(i) + "/" + field
}

// settle brings a portion to its line and the unit of that line.
func (p *Portion) settle(b *book.Book, order string, today clock.Date, units feed.Units) (faults fault.List) {
	line, ok := lineOf(b, p.Line, p.Part)
	if !ok {
		field, value := "/line", strconv.Itoa(p.Line)
		if p.Line == 0 {
			field, value = "/part", p.Part
		}
		faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-05", field, "“{value}” is no line and no part of account book {book}",
			"write the number of a line of the book, or the part number as the book has it", "value", value, "book", b.Number))
	} else {
		if p.Line != 0 && p.Part != "" && line.PartNumber != "" && line.PartNumber != p.Part {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-06", "/part", "line {line} is part {known}, not {part}", "correct the line or the part",
				"line", line.Number, "known", line.PartNumber, "part", p.Part))
		}
		p.Line = line.Number
		if p.Unit != "" && p.Unit != line.Unit {
			q, ok := converted(p.Quantity, p.Unit, line.Unit, units)
			if !ok {
				faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-07", "/unit", "{quantity} {unit} of line {line} do not convert exactly to {known}", "write the quantity in {known}",
					"quantity", p.Quantity, "unit", string(p.Unit), "line", line.Number, "known", line.Unit))
			}
			p.Quantity = q
		}
	}
	if p.Quantity <= 0 {
		faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-02", "/quantity", "work order {order} moves {quantity} of line {line}", "give quantities above zero; what was wrong is put right by a reversing order",
			"order", order, "quantity", p.Quantity, "line", p.Line))
	}
	if p.On == 0 || p.On > today {
		day := ""
		if p.On != 0 {
			day = p.On.String()
		}
		faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-10", "/on", "nothing can have been moved on “{day}”", "write the day on which it was moved, today at the latest", "day", day))
	}
	return faults
}

// converted gives a quantity in another unit, when it comes out exactly.
func converted(q num.Quantity, from, to codelist.UnitCode, units feed.Units) (num.Quantity, bool) {
	ratio, err := units.Factor(string(from), string(to))
	if err != nil {
		return q, false // no conversion: the fault is said by the caller, with its row
	}
	v := new(big.Rat).SetInt64(int64(q))
	v.Mul(v, big.NewRat(ratio.Num, ratio.Den))
	if !v.IsInt() || v.Num().CmpAbs(big.NewInt(math.MaxInt64)) > 0 {
		return q, false
	}
	return num.Quantity(v.Num().Int64()), true
}

// TakeOrders lays work orders on those that are known, by number. What the feed
// tells is never given by hand beside it; reversible tells whether an order of an
// earlier period has a number. Paths are those of CheckOrders.
//
// Faults: WRITEOFF-ORDER-03, -04 (see Change), -11 (an order that reverses none
// that is known), -14 (the feed tells it).
func TakeOrders(known, fresh []Order, rows []int, reversible func(number string) (bool, error)) ([]Order, error) {
	var faults fault.List
	all := append([]Order(nil), known...)
	at := map[string]int{}
	for i := range all {
		at[all[i].Number] = i
	}
	for i := range fresh {
		o := &fresh[i]
		place := orderPath(i, rows[i], "")
		place = place[:len(place)-1]
		k, old := at[o.Number]
		if !old {
			at[o.Number] = len(all)
			all = append(all, *o)
			continue
		}
		if all[k].Source == FromFeed {
			same := *o
			if same.Source = FromFeed; reflect.DeepEqual(all[k], same) {
				continue // a sheet that was given out comes back
			}
			faults = append(faults, fault.New(fault.Refused, "WRITEOFF-ORDER-14", place+"/number", "work order {order} is known from the feed", "leave it out; what is wrong with it is put right in the feed", "order", o.Number))
			continue
		}
		if err := faults.Add(place, Change(&all[k], o)); err != nil {
			return nil, err
		}
		all[k] = *o
	}
	for i := range fresh {
		o := &fresh[i]
		if _, here := at[o.Reverses]; o.Reverses == "" || here {
			continue
		}
		before, err := reversible(o.Reverses)
		if err != nil {
			return nil, err
		}
		if !before {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-ORDER-11", orderPath(i, rows[i], "reverses"), "work order {reverses}, which {order} reverses, is not known", "give it first, or correct its number",
				"reverses", o.Reverses, "order", o.Number))
		}
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	return all, nil
}

// TellOrders gives the orders of a write-off when the feed of the book tells its
// own (DR §3.5): each order that the feed tells counts as the feed has it, and
// what was given by hand under the same number does not. Orders that only the
// hand gave stay.
func TellOrders(known, told []Order) []Order {
	named := map[string]bool{}
	for i := range told {
		named[told[i].Number] = true
	}
	var all []Order
	for i := range known {
		if known[i].Source != FromFeed && !named[known[i].Number] {
			all = append(all, known[i])
		}
	}
	return append(all, told...)
}

// OrderOf is a work order of a feed as a write-off counts it: what is bonded and
// stands on a line of the book, by day.
func OrderOf(w *feed.WorkOrder) Order {
	o := Order{Number: w.Number, State: w.State, Reverses: w.Reverses, Source: FromFeed}
	for i := range w.Days {
		d := &w.Days[i]
		if d.Line == 0 || !d.Bonded {
			continue
		}
		p := Portion{Line: d.Line, Lot: d.Lot, Quantity: d.Quantity, On: d.On}
		switch d.Kind {
		case feed.Issue:
			o.Issues = append(o.Issues, p)
		case feed.Return:
			o.Returns = append(o.Returns, p)
		case feed.Scrap:
			o.Scraps = append(o.Scraps, p)
		case feed.Output:
			o.Outputs = append(o.Outputs, p)
		case feed.PartMaster, feed.Receipt, feed.Transfer, feed.Adjustment, feed.Order, feed.Snapshot:
		}
	}
	return o
}
