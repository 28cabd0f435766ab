// Package exports reads what other systems export of their parts, bills of
// material, stock and work orders, and writes it as messages of a feed. It uses the
// standard library alone.
//
// It knows the tables of InvenTree and of frePPLe (as CSV or as the objects of
// their database), planning examples with products, bill lines and stock, and
// worked cases of production. Columns may stand in any order, columns that are not
// needed may be missing, and an export may come in several files or folders.
// Quantities are exact throughout.
package exports

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Plant is what exports tell of one factory.
type Plant struct {
	Parts    map[string]*Part
	Bills    map[string][]Need // what one of a product needs
	Stock    []Lot
	Orders   []*Order
	Problems []string // what does not fit together
	Notes    []string // what is left out or taken otherwise, and why
	Checked  struct{ Lines, Allocations, Cases int }
}

// Part is a material or product.
type Part struct {
	Number, Name, Unit string
	Conversions        []conversion
}

// Need is a quantity of a part.
type Need struct {
	Part     string
	Quantity *big.Rat
}

// Lot is a quantity of a part that lies somewhere.
type Lot struct {
	Part, Lot, Location, Order string // Order made it
	Quantity                   *big.Rat
}

// Order is a work order: what it needs, what was put into it, what came out.
type Order struct {
	Number, Product string
	Quantity        *big.Rat
	State           string // of the feed
	Needs           []Need
	Issues          []Lot
	Made            *big.Rat
	Also            []Need // what came out beside the product
}

// Read reads exports from files and folders.
func Read(paths ...string) (*Plant, error) {
	d, err := load(paths)
	if err != nil {
		return nil, err
	}
	p := &Plant{Parts: map[string]*Part{}, Bills: map[string][]Need{}}
	for _, take := range []func(*data) error{p.inventree, p.frepple, p.planned, p.worked} {
		if err := take(d); err != nil {
			return nil, err
		}
	}
	if cycle := p.cycle(); cycle != nil {
		p.problem("the bill of %s leads back to itself: %s", cycle[0], strings.Join(cycle, " → "))
	}
	for _, product := range slices.Sorted(maps.Keys(p.Bills)) {
		p.part(product, "", "")
		for _, n := range p.Bills[product] {
			p.part(n.Part, "", "")
		}
	}
	if len(p.Parts) == 0 {
		return nil, errors.New("there are no parts in it: it is no export that is known")
	}
	return p, nil
}

func (p *Plant) problem(format string, args ...any) {
	p.Problems = append(p.Problems, fmt.Sprintf(format, args...))
}

func (p *Plant) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// part gives a part, which is known from then on.
func (p *Plant) part(number, name, unit string) *Part {
	known := p.Parts[number]
	if known == nil {
		known = &Part{Number: number, Unit: "C62"}
		p.Parts[number] = known
	}
	known.Name = cmp.Or(known.Name, name)
	if unit != "" {
		known.Unit = unit
	}
	return known
}

// units are words for units and their codes of UN/ECE Recommendation 20.
var units = map[string]string{
	"": "C62", "piece": "C62", "pieces": "C62", "pc": "C62", "pcs": "C62", "each": "C62", "ea": "C62", "unit": "C62", "units": "C62", "个": "C62", "件": "C62",
	"m": "MTR", "metre": "MTR", "metres": "MTR", "meter": "MTR", "meters": "MTR", "米": "MTR", "cm": "CMT", "centimetre": "CMT", "centimeter": "CMT",
	"mm": "MMT", "millimetre": "MMT", "millimeter": "MMT", "ft": "FOT", "foot": "FOT", "feet": "FOT", "in": "INH", "inch": "INH",
	"g": "GRM", "gram": "GRM", "grams": "GRM", "kg": "KGM", "kilogram": "KGM", "kilograms": "KGM", "千克": "KGM", "t": "TNE", "tonne": "TNE",
	"l": "LTR", "litre": "LTR", "litres": "LTR", "liter": "LTR", "liters": "LTR", "升": "LTR", "ml": "MLT", "millilitre": "MLT", "milliliter": "MLT",
	"m2": "MTK", "m²": "MTK", "m3": "MTQ", "m³": "MTQ", "h": "HUR", "hour": "HUR", "hours": "HUR",
}

func (p *Plant) unit(word, part string) string {
	code, known := units[strings.ToLower(strings.TrimSpace(word))]
	if !known {
		p.problem("the unit “%s” of part %s is not known: the part is told in pieces", word, part)
		return "C62"
	}
	return code
}

// quantity reads an exact decimal.
func (p *Plant) quantity(text, where string) *big.Rat {
	text = strings.TrimSpace(text)
	if text == "" {
		return new(big.Rat)
	}
	q, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "/xXpP_") {
		p.problem("%s: “%s” is no quantity", where, text)
		return new(big.Rat)
	}
	return q
}

func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// need adds a quantity of a part to a list.
func need(list []Need, part string, q *big.Rat) []Need {
	for i := range list {
		if list[i].Part == part {
			list[i].Quantity = new(big.Rat).Add(list[i].Quantity, q)
			return list
		}
	}
	return append(list, Need{part, q})
}

// cycle finds a bill that leads back to its own product.
func (p *Plant) cycle() []string {
	const open, done = 1, 2
	state := map[string]int{}
	var path []string
	var walk func(product string) []string
	walk = func(product string) []string {
		state[product] = open
		path = append(path, product)
		for _, n := range p.Bills[product] {
			switch state[n.Part] {
			case open:
				return append(slices.Clone(path[slices.Index(path, n.Part):]), n.Part)
			case done:
			default:
				if found := walk(n.Part); found != nil {
					return found
				}
			}
		}
		path = path[:len(path)-1]
		state[product] = done
		return nil
	}
	for _, product := range slices.Sorted(maps.Keys(p.Bills)) {
		if state[product] == 0 {
			if found := walk(product); found != nil {
				return found
			}
		}
	}
	return nil
}
