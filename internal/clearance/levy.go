package clearance

import (
	"encoding/json"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/procedure"
	"seine/internal/tariff"
)

// LevyWay is one way of taxing a domestic sale and what it comes to.
type LevyWay struct {
	On    declaration.LevyBasis `json:"on"`
	Taxes []TaxFigure           `json:"taxes"`
	Total num.Money             `json:"total"`
}

// Levy is the choice of a domestic sale worked out both ways (DR §3.12): the
// declarant sees them before submission, and the one chosen is billed.
type Levy struct {
	On         declaration.LevyBasis `json:"on"`
	Ways       []LevyWay             `json:"ways"`       // by the goods, by the materials
	Difference num.Money             `json:"difference"` // of the materials against the goods; below nothing they are cheaper
	Unchecked  []int                 `json:"unchecked,omitempty"`

	Materials []declaration.LevyMaterial `json:"materials,omitempty"` // in the goods, with what the book filled in
	Sources   []LevySource               `json:"sources,omitempty"`   // by what of the book each line was filled or checked

	Duty  json.RawMessage `json:"duty"`  // working of the duty on the materials
	Other json.RawMessage `json:"other"` // working of the way that was not chosen
}

// LevyReply is what a declarant learns of both ways.
type LevyReply struct {
	On         declaration.LevyBasis      `json:"on"`
	Ways       []LevyWay                  `json:"ways"`
	Difference num.Money                  `json:"difference"`
	Materials  []declaration.LevyMaterial `json:"materials,omitempty"`
	Sources    []LevySource               `json:"sources,omitempty"`
	Unchecked  []int                      `json:"unchecked,omitempty"` // lines for which the book tells no materials
}

// LevySource says by what the account book tells the materials of a line of goods:
// the consumption on file in a version, or the work orders that made them.
type LevySource struct {
	Line    int         `json:"line"`
	By      LevyWitness `json:"by"`
	Version int         `json:"version,omitempty"` // of the consumption
	Orders  int         `json:"orders,omitempty"`  // how many work orders
	Filled  bool        `json:"filled,omitempty"`  // the materials were not stated: they are the book's
}

// LevyWitness is what tells the materials of goods.
type LevyWitness string

const (
	ByConsumption LevyWitness = "consumption"
	ByWorkOrders  LevyWitness = "work_orders"
)

// Reply is what is told of both ways, without their workings.
func (l *Levy) Reply() *LevyReply {
	if l == nil {
		return nil
	}
	return &LevyReply{l.On, l.Ways, l.Difference, l.Materials, l.Sources, l.Unchecked}
}

// levied works a domestic sale out both ways and gives the working of the one
// that was chosen. What the book knows of the materials is filled into doc.
//
// Faults: CLR-LEVY-01 (the mode sells nothing into the country), -02 (the area may
// not choose), -03 (a line without materials, of which the book knows none), -04 (no
// such account book), -05 to -08 (materials that the book tells otherwise), -09
// (goods under a trade remedy), -10 (no day from which duty was deferred), -13 (the
// book tells no value); those of duty.SelectiveLevy.
func levied(v decision.View, ref *Reference, doc *declaration.Declaration, c *duty.Consignment, on clock.Date, t terms) (*duty.Working, *Levy, error) {
	rules, err := ref.Declaration.LevyAt(on)
	if err != nil {
		return nil, nil, err
	}
	if !t.levied || t.mode.Line != procedure.SecondLine || t.mode.Way != procedure.Out {
		return nil, nil, soldNowhere(t.mode)
	}
	choice := *doc.Levy
	choice.Materials = slices.Clone(choice.Materials)
	doc.Levy = &choice
	b := breakdown{v: v, doc: doc, on: on, rules: rules, ref: &ref.Duty, versions: map[int]int{}}
	if err := b.read(); err != nil {
		return nil, nil, err
	}
	return b.levied(c, t)
}

// levied works both ways out once the book of the goods is read.
func (b *breakdown) levied(c *duty.Consignment, t terms) (*duty.Working, *Levy, error) {
	doc, choice, rules := b.doc, b.doc.Levy, b.rules
	area := t.area
	if b.held != nil && b.held.Area != "" {
		area = b.held.Area
	}
	if !rules.Eligible(area) {
		return nil, nil, fault.New(fault.Refused, "CLR-LEVY-02", "/levy/on", "enterprises of area {area} cannot choose what duty is levied on",
			"leave the choice out: duty is levied on the goods", "area", area)
	}
	if err := b.check(); err != nil {
		return nil, nil, err
	}
	ways, err := sold(b.ref, doc, c)
	if err != nil {
		return nil, nil, inLevy(err)
	}
	if choice.On == declaration.OnMaterials && ways.Remedy && !rules.RemedyGoods {
		return nil, nil, fault.New(fault.Refused, "CLR-LEVY-09", "/levy/on", "goods or a material fall under a trade remedy: duty is levied on the goods",
			"choose the goods")
	}
	chosen, other := ways.Goods, ways.Materials
	if choice.On == declaration.OnMaterials {
		chosen, other = other, chosen
	}
	l := &Levy{On: choice.On, Difference: ways.Materials.Total - ways.Goods.Total, Unchecked: b.unchecked, Materials: choice.Materials, Sources: b.sources, Ways: []LevyWay{
		{declaration.OnGoods, figures(ways.Goods), ways.Goods.Total}, {declaration.OnMaterials, figures(ways.Materials), ways.Materials.Total},
	}}
	if l.Duty, err = ways.Duty.AppendJSON(nil); err != nil {
		return nil, nil, err
	}
	if l.Other, err = other.AppendJSON(nil); err != nil {
		return nil, nil, err
	}
	return chosen, l, nil
}

func soldNowhere(m *procedure.Mode) *fault.Fault {
	return fault.New(fault.Refused, "CLR-LEVY-01", "/levy", "under mode {mode} no goods are sold into the country",
		"leave the choice out, or choose the mode of a domestic sale", "mode", m.ID)
}

// sold works both ways out as the declaration states its materials.
func sold(ref *duty.Reference, doc *declaration.Declaration, c *duty.Consignment) (duty.Ways, error) {
	materials := make([]duty.Bonded, len(doc.Levy.Materials))
	for i := range doc.Levy.Materials {
		m := &doc.Levy.Materials[i]
		bonded := duty.Bonded{Of: m.Line - 1, Line: duty.Line{
			Code: tariff.Code(m.Commodity), Origin: tariff.AreaCode(m.Origin), Preference: duty.Preference(m.Agreement), Price: m.Value,
			Quantities: []duty.Quantity{{Value: m.Quantity, Unit: tariff.UnitCode(m.Unit)}},
		}}
		if m.Unit == "KGM" {
			bonded.NetMass = m.Quantity
		}
		if m.Origin == declaration.UnknownCountry {
			bonded.Origin = ""
		}
		if m.From != 0 {
			bonded.Days = int64(c.Date) - int64(m.From)
		}
		materials[i] = bonded
	}
	return duty.SelectiveLevy(c, materials, ref)
}

// inLevy puts faults of the materials below the choice.
func inLevy(err error) error {
	found := fault.All(err)
	if found == nil {
		return err
	}
	out := make(fault.List, len(found))
	for i, f := range found {
		out[i] = f
		if len(f.Path) > 10 && f.Path[:10] == "/materials" {
			out[i] = f.Under("/levy")
		}
	}
	return out
}
