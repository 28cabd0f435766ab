package exports

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// workCase is one worked case of production: a bill, how much of it is made, and
// what should come of it.
type workCase struct {
	Case     string                     `json:"case"`
	Bill     *caseBill                  `json:"bom"`
	Inputs   []caseItem                 `json:"inputs"`
	Outputs  []caseItem                 `json:"outputs"`
	Quantity json.RawMessage            `json:"work_order_qty"`
	Before   map[string]json.RawMessage `json:"stock_before"`
	Expected map[string]json.RawMessage `json:"expected"`
}

type caseBill struct {
	Inputs  []caseItem `json:"inputs"`
	Outputs []caseItem `json:"outputs"`
}

type caseItem struct {
	Item      string          `json:"item"`
	Quantity  json.RawMessage `json:"qty"`
	Unit      string          `json:"unit"`
	StockUnit string          `json:"stock_unit"`
}

// conversion says that a quantity of a unit is so much of the part's own.
type conversion struct{ unit, quantity, equals string }

// steps are units of one measure, in their smallest one.
var steps = map[string]struct {
	measure string
	in      int64
}{
	"MMT": {"length", 1}, "CMT": {"length", 10}, "MTR": {"length", 1000}, "GRM": {"mass", 1}, "KGM": {"mass", 1000}, "TNE": {"mass", 1_000_000}, "MLT": {"volume", 1}, "LTR": {"volume", 1000},
}

// worked takes worked cases: each becomes a work order that was carried out as its
// bill says. What is counted in pieces goes in rounded up and comes out, beside the
// product, rounded down. Costs are no matter of a feed.
func (p *Plant) worked(d *data) error {
	for n, c := range d.cases {
		p.Checked.Cases++
		ins, outs := c.Inputs, c.Outputs
		if c.Bill != nil {
			ins, outs = c.Bill.Inputs, c.Bill.Outputs
		}
		if len(ins) == 0 || len(outs) == 0 {
			p.problem("case “%s” has no inputs or no outputs and is left out", c.Case)
			continue
		}
		where := "case “" + c.Case + "”"
		number := func(item string) string { return fmt.Sprintf("%d %s", n+1, item) }
		per := p.quantity(scalar(outs[0].Quantity), where)
		made := p.quantity(scalar(c.Quantity), where)
		if made.Sign() == 0 {
			made = per
		}
		if per.Sign() <= 0 || made.Sign() <= 0 {
			p.problem("%s makes nothing of its product and is left out", where)
			continue
		}
		share := new(big.Rat).Quo(made, per)
		o := &Order{Number: fmt.Sprintf("CASE-%d", n+1), Product: number(outs[0].Item), Quantity: made, Made: made, State: "closed"}
		p.part(o.Product, outs[0].Item, p.unit(outs[0].Unit, o.Product))
		for _, in := range ins {
			unit := p.unit(in.Unit, in.Item)
			q := whole(times(p.quantity(scalar(in.Quantity), where), share), unit, true)
			p.expect(c.Expected["inputs"], where, in.Item, q)
			part := p.part(number(in.Item), in.Item, unit)
			if in.StockUnit != "" {
				own := p.unit(in.StockUnit, in.Item)
				if q = p.into(part, unit, own, q, where); q == nil {
					continue
				}
			}
			o.Needs = need(o.Needs, part.Number, q)
		}
		p.expect(c.Expected["outputs"], where, outs[0].Item, made)
		for _, out := range outs[1:] {
			unit := p.unit(out.Unit, out.Item)
			q := whole(times(p.quantity(scalar(out.Quantity), where), share), unit, false)
			p.expect(c.Expected["outputs"], where, out.Item, q)
			p.part(number(out.Item), out.Item, unit)
			if q.Sign() > 0 {
				o.Also = need(o.Also, number(out.Item), q)
			}
		}
		p.Orders = append(p.Orders, o)
	}
	return nil
}

// into gives a quantity in the unit in which a part is kept, and lets the part
// know how the other unit converts.
func (p *Plant) into(part *Part, unit, own string, q *big.Rat, where string) *big.Rat {
	from, to := steps[unit], steps[own]
	if unit != own && (from.measure == "" || from.measure != to.measure) {
		p.problem("%s: %s of %s does not convert to %s", where, unit, part.Number, own)
		return nil
	}
	part.Unit = own
	if unit == own {
		return q
	}
	ratio := big.NewRat(from.in, to.in)
	part.Conversions = append(part.Conversions, conversion{unit, ratio.Denom().String(), ratio.Num().String()})
	return times(q, ratio)
}

// whole rounds what is counted in pieces.
func whole(q *big.Rat, unit string, up bool) *big.Rat {
	if unit != "C62" || q.IsInt() {
		return q
	}
	n := new(big.Int).Quo(q.Num(), q.Denom())
	if up {
		n.Add(n, big.NewInt(1))
	}
	return new(big.Rat).SetInt(n)
}

// expect holds a quantity against what a case says should come of it.
func (p *Plant) expect(raw json.RawMessage, where, item string, q *big.Rat) {
	var all map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &all) != nil {
		return
	}
	for name, value := range all {
		plain, of, _ := strings.Cut(name, " (")
		if _, unit := units[strings.TrimSuffix(of, ")")]; unit && of != "" {
			name = plain
		}
		if name == item && p.quantity(scalar(value), where).Cmp(q) != 0 {
			p.problem("%s: of %s there are %s, the case expects %s", where, item, decimal(q), scalar(value))
		}
	}
}
