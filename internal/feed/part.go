package feed

import (
	"cmp"
	"maps"
	"math/big"
	"slices"

	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Lot is one lot of a part as the enterprise's system has it, in the unit of the
// book line (of the part where it has none). A part without lots has one lot
// without a name.
type Lot struct {
	Lot      string                  `json:"lot,omitempty"`
	Status   ledger.Status           `json:"status"`
	At       map[string]num.Quantity `json:"at,omitempty"`       // on hand, by location
	Transit  num.Quantity            `json:"transit,omitempty"`  // between two locations
	Progress num.Quantity            `json:"progress,omitempty"` // in work orders
}

// OnHand is what lies at all locations together.
func (l *Lot) OnHand() num.Quantity {
	var sum num.Quantity
	for _, q := range l.At {
		sum += q
	}
	return sum
}

func (l *Lot) put(location string, q num.Quantity) {
	if l.At == nil {
		l.At = map[string]num.Quantity{}
	}
	if l.At[location] += q; l.At[location] == 0 {
		delete(l.At, location)
	}
}

// take takes up to q, at the location named first and from the others after it,
// and gives how much there was.
func (l *Lot) take(location string, q num.Quantity) num.Quantity {
	var got num.Quantity
	places := append([]string{location}, slices.Sorted(maps.Keys(l.At))...)
	for _, at := range places {
		if part := min(l.At[at], q-got); part > 0 {
			l.put(at, -part)
			got += part
		}
	}
	return got
}

// Part is a part of the enterprise with its stock. Its id is PartID.
type Part struct {
	Book        string            `json:"book"`
	Enterprise  string            `json:"enterprise"`
	Number      string            `json:"number"`
	Name        string            `json:"name,omitempty"`
	Line        int               `json:"line,omitempty"` // of the account book; 0 for goods that are not bonded
	Unit        codelist.UnitCode `json:"unit"`
	LineUnit    codelist.UnitCode `json:"lineUnit"` // in which its stock is counted
	Conversions []Conversion      `json:"conversions,omitempty"`
	Location    string            `json:"location,omitempty"` // where it usually lies
	Lots        []Lot             `json:"lots,omitempty"`     // that are not empty
	Moved       bool              `json:"moved,omitempty"`    // something was told of its stock
}

// PartID names a part.
func PartID(book, number string) string { return book + "|" + number }

// Clone gives a part that may be changed.
func (p *Part) Clone() *Part {
	next := *p
	next.Lots = slices.Clone(p.Lots)
	for i := range next.Lots {
		next.Lots[i].At = maps.Clone(next.Lots[i].At)
	}
	return &next
}

func (p *Part) lot(name string) *Lot {
	for i := range p.Lots {
		if p.Lots[i].Lot == name {
			return &p.Lots[i]
		}
	}
	return nil
}

// tidy drops lots of which nothing is left, and orders the others.
func (p *Part) tidy() {
	p.Lots = slices.DeleteFunc(p.Lots, func(l Lot) bool { return len(l.At) == 0 && l.Transit == 0 && l.Progress == 0 })
	slices.SortFunc(p.Lots, func(a, b Lot) int { return cmp.Compare(a.Lot, b.Lot) })
}

// Units knows the ratios of the units that everybody knows.
type Units interface {
	Factor(from, to string) (codelist.Ratio, error)
}

// ratio gives how many of one unit make one of the other: as the part's master
// data say, else as everybody knows.
func (p *Part) ratio(from, to codelist.UnitCode, units Units) *big.Rat {
	if from == to {
		return big.NewRat(1, 1)
	}
	for _, c := range p.Conversions {
		switch {
		case c.Unit == from && p.Unit == to:
			return big.NewRat(int64(c.Equals), int64(c.Quantity))
		case c.Unit == to && p.Unit == from:
			return big.NewRat(int64(c.Quantity), int64(c.Equals))
		}
	}
	if f, err := units.Factor(string(from), string(to)); err == nil {
		return big.NewRat(f.Num, f.Den)
	}
	return nil
}

// Booked gives a quantity in the unit in which the part's stock is counted.
// Faults: FEED-UNIT-01 (no conversion), -02 (it does not come out exactly).
func (p *Part) Booked(q num.Quantity, unit codelist.UnitCode, units Units) (num.Quantity, error) {
	first, second := p.ratio(unit, p.Unit, units), p.ratio(p.Unit, p.LineUnit, units)
	if first == nil || second == nil {
		return 0, fault.New(fault.Invalid, "FEED-UNIT-01", "/unit", "{unit} does not convert to {wanted} for part {part}", "send the part with a conversion, or the quantity in {wanted}",
			"unit", clip(string(unit)), "wanted", p.LineUnit, "part", p.Number)
	}
	v := new(big.Rat).SetInt64(int64(q))
	v.Mul(v, first).Mul(v, second)
	if limit := big.NewRat(int64(maxQuantity), 1); !v.IsInt() || v.Cmp(limit) > 0 || v.Cmp(new(big.Rat).Neg(limit)) < 0 {
		return 0, fault.New(fault.Invalid, "FEED-UNIT-02", "/quantity", "{quantity} {unit} of part {part} is no exact quantity of {wanted}",
			"send the quantity in {wanted}, with at most five decimals", "quantity", q, "unit", clip(string(unit)), "part", p.Number, "wanted", p.LineUnit)
	}
	return num.Quantity(v.Num().Int64()), nil
}

// master takes what a record says of the part itself. lineUnit is the unit of its
// book line. Faults: FEED-PART-02 (stock is counted in another unit or line), -03
// (a conversion that is none), FEED-UNIT-01.
func (p *Part) master(r *Record, lineUnit codelist.UnitCode, units Units) error {
	if p.Unit != "" && len(p.Lots) > 0 && (p.Line != r.BookLine || p.LineUnit != lineUnit) {
		return fault.New(fault.Refused, "FEED-PART-02", "/bookLine", "stock of part {part} is counted under line {line} in {unit}", "bring its stock to nothing first, or use another part number",
			"part", p.Number, "line", p.Line, "unit", p.LineUnit)
	}
	for _, c := range r.Conversions {
		if c.Quantity <= 0 || c.Equals <= 0 || c.Unit == "" || c.Unit == r.Unit {
			return fault.New(fault.Invalid, "FEED-PART-03", "/conversions", "a conversion of part {part} says nothing", "write how much of another unit equals how much of {unit}, both above 0",
				"part", p.Number, "unit", r.Unit)
		}
	}
	p.Name, p.Line, p.Unit, p.LineUnit, p.Conversions, p.Location = r.Name, r.BookLine, r.Unit, lineUnit, r.Conversions, r.Location
	if p.ratio(p.Unit, p.LineUnit, units) == nil {
		return fault.New(fault.Invalid, "FEED-UNIT-01", "/unit", "{unit} does not convert to {wanted} for part {part}", "send the part with a conversion, or the quantity in {wanted}",
			"unit", p.Unit, "wanted", p.LineUnit, "part", p.Number)
	}
	return nil
}
