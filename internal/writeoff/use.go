package writeoff

import (
	"seine/internal/book"
	"seine/internal/fault"
	"seine/internal/num"
)

// Use is what a line was used for in a period.
type Use struct {
	Method     Method
	Taken      num.Quantity // of a material, losses included
	Tangible   num.Quantity // loss of it that can be seen: scrap
	Intangible num.Quantity // loss of it that cannot: evaporated, dust
	Made       num.Quantity // of a product, by work orders
}

// useOf gives the use of each line by the method of the book.
func useOf(f *Facts, method Method) (map[int]Use, error) {
	switch method {
	case ByConsumption:
		return useByConsumption(f)
	case ByOrder:
		return UseByOrders(f.Orders, f.Period)
	case ByStock:
	}
	return nil, nil
}

// leaves are the columns in which a product leaves with its materials.
var leaves = map[Column]bool{Exported: true, Sold: true, CarriedOver: true, ExchangedOut: true}

// useByConsumption is the theoretical use: what left of each product, times its
// unit consumption on the day it left. Fault: WRITEOFF-USE-01 for a product that
// left and has no consumption.
func useByConsumption(f *Facts) (map[int]Use, error) {
	type key struct{ product, material, version int }
	gone := map[key]num.Quantity{}
	by := map[key]book.Consumption{}
	var order []key
	for i := range f.Lines {
		facts := &f.Lines[i]
		line, ok := f.Book.Line(facts.Line)
		if !ok || line.Kind != book.Product {
			continue
		}
		for _, m := range facts.Moves {
			if !leaves[m.Column] && m.Column != ExchangedIn {
				continue
			}
			versions := book.ConsumptionOn(f.Book.Consumptions, line.Number, m.On)
			if len(versions) == 0 {
				return nil, fault.New(fault.Refused, "WRITEOFF-USE-01", "", "product {line} left on {day} and has no unit consumption", "file the consumption of the product first",
					"line", line.Number, "day", m.On)
			}
			q := m.Quantity
			if m.In {
				q = -q
			}
			for _, c := range versions {
				k := key{c.Product, c.Material, c.Version}
				if _, seen := by[k]; !seen {
					order = append(order, k)
				}
				by[k] = c
				gone[k] += q
			}
		}
	}
	use := map[int]Use{}
	for i := range f.Book.Lines {
		if f.Book.Lines[i].Kind == book.Material {
			use[f.Book.Lines[i].Number] = Use{Method: ByConsumption}
		}
	}
	for _, k := range order {
		taken, tangible, intangible, err := UseOf(by[k], gone[k])
		if err != nil {
			return nil, err
		}
		u := use[k.material]
		u.Taken, u.Tangible, u.Intangible = u.Taken+taken, u.Tangible+tangible, u.Intangible+intangible
		use[k.material] = u
	}
	return use, nil
}

// UseOf gives what a number of products takes of a material, and how much of that
// is lost: products × unit consumption × bonded share, each rounded once. The
// losses are what is not net use; what of them can be seen is cut down, so that
// the parts never exceed the whole.
func UseOf(c book.Consumption, products num.Quantity) (taken, tangible, intangible num.Quantity, err error) {
	unit, err := c.UnitConsumption()
	if err != nil {
		return 0, 0, 0, err
	}
	times := func(per num.Quantity) (num.Quantity, error) {
		v, err := num.MulDiv(int64(products), int64(per), int64(num.OneQuantity), num.HalfUp)
		if err != nil || c.BondedShare == 0 {
			return num.Quantity(v), err
		}
		return num.Quantity(v).Times(c.BondedShare, num.HalfUp)
	}
	if taken, err = times(unit); err != nil {
		return 0, 0, 0, err
	}
	net, err := times(c.NetUse)
	if err != nil {
		return 0, 0, 0, err
	}
	lost := taken - net
	if all := c.TangibleLoss + c.IntangibleLoss; all > 0 {
		v, err := num.MulDiv(int64(lost), int64(c.TangibleLoss), int64(all), num.Down)
		if err != nil {
			return 0, 0, 0, err
		}
		tangible = num.Quantity(v)
		intangible = lost - tangible
	}
	return taken, tangible, intangible, nil
}

// Unaccounted is what a declared unit consumption writes off beyond what was
// used: products × (declared − actual) (DR §5.5, T12).
func Unaccounted(products, declared, actual num.Quantity) (num.Quantity, error) {
	v, err := num.MulDiv(int64(products), int64(declared-actual), int64(num.OneQuantity), num.HalfUp)
	return num.Quantity(v), err
}
