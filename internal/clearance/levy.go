package clearance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
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
	Duty       json.RawMessage       `json:"duty"`  // working of the duty on the materials
	Other      json.RawMessage       `json:"other"` // working of the way that was not chosen
}

// LevyReply is what a declarant learns of both ways.
type LevyReply struct {
	On         declaration.LevyBasis `json:"on"`
	Ways       []LevyWay             `json:"ways"`
	Difference num.Money             `json:"difference"`
}

func (l *Levy) reply() *LevyReply {
	if l == nil {
		return nil
	}
	return &LevyReply{l.On, l.Ways, l.Difference}
}

// levied works a domestic sale out both ways and gives the working of the one
// that was chosen. What the book knows of the materials is filled into doc.
//
// Faults: CLR-LEVY-01 (the mode sells nothing into the country), -02 (the area may
// not choose), -03 (a line without materials), -04 (no such account book), -05 to
// -08 (materials that the book tells otherwise), -09 (goods under a trade remedy),
// -10 (no day from which duty was deferred); those of duty.SelectiveLevy.
func levied(v decision.View, ref *Reference, doc *declaration.Declaration, c *duty.Consignment, on clock.Date, t terms) (*duty.Working, *Levy, error) {
	rules, err := ref.Declaration.LevyAt(on)
	if err != nil {
		return nil, nil, err
	}
	if !t.levied || t.mode.Line != procedure.SecondLine || t.mode.Way != procedure.Out {
		return nil, nil, fault.New(fault.Refused, "CLR-LEVY-01", "/levy", "under mode {mode} no goods are sold into the country",
			"leave the choice out, or choose the mode of a domestic sale", "mode", t.mode.ID)
	}
	choice := *doc.Levy
	choice.Materials = slices.Clone(choice.Materials)
	doc.Levy = &choice
	b := breakdown{doc: doc, on: on, rules: rules}
	if err := b.read(v); err != nil {
		return nil, nil, err
	}
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
	ways, err := sold(&ref.Duty, doc, c)
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
	l := &Levy{On: choice.On, Difference: ways.Materials.Total - ways.Goods.Total, Unchecked: b.unchecked, Ways: []LevyWay{
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

// breakdown is the materials of a declaration held against the account book.
type breakdown struct {
	doc       *declaration.Declaration
	on        clock.Date
	rules     *declaration.LevyRules
	held      *book.Book
	versions  map[int]int // consumption version of a product line of the book, as the verification list names it
	unchecked []int       // lines of goods for which the book has no consumption
}

// read finds the account book and, of the verification list, which consumption
// its products were made by. Fault: CLR-LEVY-04.
func (b *breakdown) read(v decision.View) error {
	b.versions = map[int]int{}
	if b.doc.BookNumber == "" {
		return nil
	}
	ids, err := v.Find(dossier.Book, "number", b.doc.BookNumber, 1)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return fault.New(fault.Refused, "CLR-LEVY-04", "/bookNumber", "there is no account book {book}", "name the book of the goods", "book", b.doc.BookNumber)
	}
	held, _, err := decision.Load[book.Book](v, dossier.Book, ids[0])
	if err != nil {
		return err
	}
	b.held = &held
	if b.doc.ListNumber == "" {
		return nil
	}
	if ids, err = v.Find(dossier.VerificationList, "number", b.doc.ListNumber, 1); err != nil || len(ids) == 0 {
		return err
	}
	list, _, err := decision.Load[book.VerificationList](v, dossier.VerificationList, ids[0])
	if err != nil {
		return err
	}
	for i := range list.Lines {
		if l := &list.Lines[i]; l.Version != 0 {
			b.versions[l.BookLine] = l.Version
		}
	}
	return nil
}

// check fills in what the book knows and holds the materials against it.
func (b *breakdown) check() error {
	var faults fault.List
	choice := b.doc.Levy
	for i := range choice.Materials {
		faults = append(faults, b.known(i, &choice.Materials[i])...)
	}
	for i := range b.doc.Lines {
		if !slices.ContainsFunc(choice.Materials, func(m declaration.LevyMaterial) bool { return m.Line == i+1 }) {
			faults = append(faults, fault.New(fault.Invalid, "CLR-LEVY-03", "/levy/materials", "the materials in line {line} are not stated",
				"list the bonded materials of every line", "line", i+1))
			continue
		}
		found, err := b.consumed(i)
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
func (b *breakdown) known(i int, m *declaration.LevyMaterial) (faults fault.List) {
	if b.held != nil && b.held.Processing == book.Networked && b.held.LastWriteOff != 0 {
		m.From = b.held.LastWriteOff // DR §5.3: of a networked book, its last write-off
	}
	if m.From == 0 {
		faults = append(faults, fault.New(fault.Invalid, "CLR-LEVY-10", materialPath(i, "/from"), "of material {material} it is not stated since when its duty is deferred",
			"give the day of its first import", "material", i+1))
	}
	if m.BookLine == 0 {
		return faults
	}
	line, ok := b.held.Line(m.BookLine)
	if !ok || line.Kind != book.Material {
		return append(faults, fault.New(fault.Invalid, "CLR-LEVY-05", materialPath(i, "/bookLine"), "line {line} of account book {book} is no material",
			"name the line under which the material came in", "line", m.BookLine, "book", b.held.Number))
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
	return faults
}

// consumed holds the materials of one line of goods against the consumption that
// the book has of its product. A line without one is left unchecked, and the
// officer is told.
func (b *breakdown) consumed(i int) (fault.List, error) {
	l := &b.doc.Lines[i]
	uses := b.uses(l.BookLine)
	if len(uses) == 0 {
		b.unchecked = append(b.unchecked, l.Number)
		return nil, nil
	}
	product, _ := b.held.Line(l.BookLine)
	made := l.Quantity
	if l.Unit != product.Unit {
		if l.LegalUnit != product.Unit {
			return fault.List{fault.New(fault.Invalid, "CLR-LEVY-07", fmt.Sprintf("/lines/%d/unit", i), "the book counts product {line} in {unit}; its materials cannot be worked out from {declared}",
				"state the quantity in the unit of the book", "line", l.BookLine, "unit", product.Unit, "declared", l.Unit)}, nil
		}
		made = l.LegalQuantity
	}
	want := map[int]num.Quantity{}
	for _, use := range uses {
		each, err := use.UnitConsumption()
		if err != nil {
			return nil, err
		}
		q, err := num.MulDiv(int64(made), int64(each), int64(num.OneQuantity), num.HalfUp)
		if err != nil {
			return nil, err
		}
		if use.BondedShare != 0 {
			if q, err = num.MulDiv(q, int64(use.BondedShare), int64(num.OneRate), num.HalfUp); err != nil {
				return nil, err
			}
		}
		want[use.Material] += num.Quantity(q)
	}
	stated, first := map[int]num.Quantity{}, map[int]int{}
	for n := range b.doc.Levy.Materials {
		if m := &b.doc.Levy.Materials[n]; m.Line == l.Number {
			if _, twice := first[m.BookLine]; !twice {
				first[m.BookLine] = n
			}
			stated[m.BookLine] += m.Quantity
		}
	}
	var faults fault.List
	differ := func(material int, path string) {
		off := stated[material] - want[material]
		allowed, err := num.MulDiv(int64(want[material]), int64(b.rules.Consumption), int64(num.OneRate), num.Down)
		if err != nil || max(off, -off) > num.Quantity(allowed) {
			faults = append(faults, fault.New(fault.Invalid, "CLR-LEVY-08", path, "of material line {material} the goods of line {line} take {expected} by the consumption on file; {stated} is stated",
				"state what the book says, within {percent} %, or have the consumption changed first",
				"material", material, "line", l.Number, "expected", want[material], "stated", stated[material], "percent", b.rules.Consumption.PercentString()))
		}
	}
	for _, use := range uses {
		path := "/levy/materials"
		if n, ok := first[use.Material]; ok {
			path = materialPath(n, "/quantity")
		}
		if _, open := want[use.Material]; open {
			differ(use.Material, path)
			delete(stated, use.Material)
			delete(want, use.Material)
		}
	}
	for n := range b.doc.Levy.Materials {
		m := &b.doc.Levy.Materials[n]
		if _, left := stated[m.BookLine]; left && m.Line == l.Number {
			differ(m.BookLine, materialPath(n, "/bookLine"))
			delete(stated, m.BookLine)
		}
	}
	return faults, nil
}

// uses gives the consumption of a product in force: the version that the list
// names, else the newest.
func (b *breakdown) uses(product int) []book.Consumption {
	if b.held == nil || product == 0 {
		return nil
	}
	version := b.versions[product]
	var all []book.Consumption
	for _, use := range b.held.Consumptions {
		if use.Product == product && (use.ValidTo == 0 || use.ValidTo >= b.on) && (version == 0 || use.Version == version) {
			all = append(all, use)
		}
	}
	newest := 0
	for _, use := range all {
		newest = max(newest, use.Version)
	}
	return slices.DeleteFunc(all, func(use book.Consumption) bool { return use.Version != newest })
}
