package exports

import (
	"cmp"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// required names a column without which rows of a table say nothing.
func (p *Plant) required(table string, r row, names ...string) bool {
	for _, n := range names {
		if r.get(strings.Split(n, "|")...) == "" {
			p.problem("%s: a row has no %s and is left out", table, strings.ReplaceAll(n, "|", " or "))
			return false
		}
	}
	return true
}

// inventree takes the tables of InvenTree: parts, bills, builds with their lines
// and allocations, stock.
func (p *Plant) inventree(d *data) error {
	number := map[string]string{} // of a part by its key
	partOf := func(key string) string { return cmp.Or(number[key], "P"+key) }
	for _, r := range d.tables["part"] {
		if p.required("parts", r, "pk|id") {
			key := r.get("pk", "id")
			number[key] = "P" + key
			p.part(partOf(key), r.get("name"), p.unit(r.get("units", "unit"), partOf(key)))
		}
	}
	items := map[string]row{}
	for _, r := range d.tables["bomitem"] {
		if !p.required("bom_items", r, "pk|id", "sub_part") {
			continue
		}
		items[r.get("pk", "id")] = r
		if r.get("part") != "" {
			p.Bills[partOf(r.get("part"))] = need(p.Bills[partOf(r.get("part"))], partOf(r.get("sub_part")), p.quantity(r.get("quantity"), "bom_items"))
		}
	}
	orders, lines := map[string]*Order{}, map[string]row{}
	for _, r := range d.tables["build"] {
		if !p.required("builds", r, "pk|id", "part", "quantity") {
			continue
		}
		key := r.get("pk", "id")
		o := &Order{
			Number: cmp.Or(r.get("reference"), "BO-"+key), Product: partOf(r.get("part")), Quantity: p.quantity(r.get("quantity"), "builds"),
			Made: p.quantity(r.get("completed"), "builds"),
		}
		p.part(o.Product, "", "")
		switch r.get("status") {
		case "40":
			o.State = "closed"
		case "20", "25", "":
			o.State = "issuing"
		case "10", "50":
			o.State = "released"
		case "30": // cancelled: it was no order
			continue
		default:
			p.problem("build %s has the status %s, which is not known: it is told as released", o.Number, r.get("status"))
			o.State = "released"
		}
		if o.State == "issuing" && o.Made.Sign() == 0 && r.get("status") == "" {
			o.State = "released"
		}
		orders[key] = o
		p.Orders = append(p.Orders, o)
	}
	for _, r := range d.tables["buildline"] {
		if !p.required("build_lines", r, "pk|id", "build", "bom_item", "quantity") {
			continue
		}
		lines[r.get("pk", "id")] = r
		o, item := orders[r.get("build")], items[r.get("bom_item")]
		if o == nil || item == nil {
			p.problem("line %s of build %s belongs to no build or no bill that is in the export", r.get("pk", "id"), r.get("build"))
			continue
		}
		has, want := p.quantity(r.get("quantity"), "build_lines"), times(p.quantity(item.get("quantity"), "bom_items"), o.Quantity)
		p.Checked.Lines++
		if has.Cmp(want) != 0 {
			p.problem("build %s needs %s of part %s by its line, %s by bill and quantity", o.Number, decimal(has), partOf(item.get("sub_part")), decimal(want))
		}
		o.Needs = need(o.Needs, partOf(item.get("sub_part")), has)
	}
	stock := map[string]row{}
	for _, r := range d.tables["stockitem"] {
		if !p.required("stock_items", r, "pk|id", "part") {
			continue
		}
		key := r.get("pk", "id")
		stock[key] = r
		if r.get("customer") != "" || r.get("belongs_to") != "" || r.get("consumed_by") != "" || r.get("is_building") == "1" || strings.EqualFold(r.get("is_building"), "true") {
			continue // not in stock: delivered, built into another, used up, or not made yet
		}
		l := Lot{Part: partOf(r.get("part")), Lot: "S" + key, Quantity: p.quantity(r.get("quantity"), "stock_items")}
		if r.get("location") != "" {
			l.Location = "L" + r.get("location")
		}
		if o := orders[r.get("build")]; o != nil && o.Product == l.Part {
			l.Order = o.Number
		}
		p.part(l.Part, "", "")
		if l.Quantity.Sign() > 0 {
			p.Stock = append(p.Stock, l)
		}
	}
	given := map[string]*big.Rat{}
	for _, r := range d.tables["builditem"] {
		if !p.required("build_items", r, "build_line", "stock_item", "quantity") {
			continue
		}
		line, item := lines[r.get("build_line")], stock[r.get("stock_item")]
		o := orders[line.get("build")]
		if line == nil || item == nil || o == nil {
			p.problem("an allocation of stock item %s belongs to no line or no stock that is in the export", r.get("stock_item"))
			continue
		}
		q := p.quantity(r.get("quantity"), "build_items")
		sum := given[r.get("build_line")]
		if sum == nil {
			sum = new(big.Rat)
			given[r.get("build_line")] = sum
		}
		p.Checked.Allocations++
		if sum.Add(sum, q).Cmp(p.quantity(line.get("quantity"), "build_lines")) > 0 {
			p.problem("build %s was given %s for line %s, which needs %s", o.Number, decimal(sum), r.get("build_line"), line.get("quantity"))
		}
		if o.State != "released" {
			i := Lot{Part: partOf(item.get("part")), Lot: "S" + r.get("stock_item"), Quantity: q}
			if item.get("location") != "" {
				i.Location = "L" + item.get("location")
			}
			o.Issues = append(o.Issues, i)
		}
	}
	return nil
}

// frepple takes the tables of frePPLe: items, what operations consume and produce,
// stock, manufacturing orders.
func (p *Plant) frepple(d *data) error {
	for _, r := range d.tables["item"] {
		if name := r.get("name", "pk", "id"); name != "" && len(d.tables["bomitem"]) == 0 {
			p.part(name, r.get("description"), p.unit(r.get("uom", "unit"), name))
		}
	}
	owner, product := map[string]string{}, map[string]string{}
	for _, r := range d.tables["operation"] {
		name := r.get("name", "pk", "id")
		owner[name], product[name] = r.get("owner"), r.get("item")
	}
	for _, r := range d.tables["suboperation"] {
		owner[r.get("suboperation")] = r.get("operation")
	}
	whole := func(operation string) string { // the routing that a step belongs to
		for range owner {
			if owner[operation] == "" {
				break
			}
			operation = owner[operation]
		}
		return operation
	}
	uses, makes := map[string][]Need{}, map[string][]Need{}
	flows := append(slices.Clone(d.tables["operationmaterial"]), d.tables["flow"]...)
	for _, r := range flows {
		if !p.required("operationmaterial", r, "operation", "item|buffer") {
			continue
		}
		q := p.quantity(cmp.Or(r.get("quantity"), "1"), "operationmaterial")
		op, item := whole(r.get("operation")), r.get("item", "buffer")
		p.part(item, "", "")
		if q.Sign() < 0 {
			uses[op] = need(uses[op], item, q.Neg(q))
		} else if q.Sign() > 0 {
			makes[op] = need(makes[op], item, q)
		}
	}
	for _, op := range slices.Sorted(maps.Keys(uses)) {
		made, per := product[op], big.NewRat(1, 1)
		for _, m := range makes[op] {
			if made == "" || made == m.Part {
				made, per = m.Part, m.Quantity
			}
		}
		if made == "" {
			p.note("operation %s makes nothing that is named: what it uses is left out", op)
			continue
		}
		product[op] = made
		if p.Bills[made] != nil {
			p.note("%s is made in more than one way: the bill of %s is left out", made, op)
			continue
		}
		for _, n := range uses[op] {
			p.Bills[made] = need(p.Bills[made], n.Part, new(big.Rat).Quo(n.Quantity, per))
		}
	}
	for _, r := range append(slices.Clone(d.tables["buffer"]), d.tables["inventory"]...) {
		if q := p.quantity(r.get("onhand", "quantity"), "buffer"); q.Sign() > 0 && r.get("item") != "" {
			p.part(r.get("item"), "", "")
			p.Stock = append(p.Stock, Lot{Part: r.get("item"), Lot: cmp.Or(r.get("batch"), r.get("location")), Location: r.get("location"), Quantity: q})
		}
	}
	other := 0
	for _, r := range append(slices.Clone(d.tables["operationplan"]), d.tables["manufacturingorder"]...) {
		made := cmp.Or(r.get("item"), product[whole(r.get("operation"))])
		if kind := r.get("type"); kind != "" && kind != "MO" || made == "" || r.get("status") == "proposed" {
			other++
			continue
		}
		o := &Order{Number: r.get("reference", "pk", "id"), Product: made, Quantity: p.quantity(r.get("quantity"), "operationplan"), Made: new(big.Rat), State: "released"}
		if s := r.get("status"); s == "completed" || s == "closed" {
			o.State, o.Made = "closed", o.Quantity
		}
		for _, n := range p.Bills[made] {
			o.Needs = need(o.Needs, n.Part, times(n.Quantity, o.Quantity))
		}
		p.Orders = append(p.Orders, o)
	}
	if other > 0 {
		p.note("%d plans are no work orders (purchases, deliveries, proposals): they move nothing and are left out", other)
	}
	return nil
}

// planned is a planning example.
type planned struct {
	Products []map[string]json.RawMessage `json:"products"`
	Lines    []map[string]json.RawMessage `json:"bom_lines"`
	Stock    []map[string]json.RawMessage `json:"on_hand"`
}

func (p *Plant) planned(d *data) error {
	for _, one := range d.plants {
		rows := func(list []map[string]json.RawMessage) []row {
			var all []row
			for _, o := range list {
				r := row{}
				for name, raw := range o {
					r[plainColumn(name)] = scalar(raw)
				}
				all = append(all, r)
			}
			return all
		}
		for _, r := range rows(one.Products) {
			if p.required("products", r, "product|id") {
				number := r.get("product", "id")
				p.part(number, r.get("name"), p.unit(r.get("unit", "uom"), number))
			}
		}
		for _, r := range rows(one.Lines) {
			if p.required("bom_lines", r, "product", "component", "quantity") {
				p.part(r.get("product"), "", "")
				p.part(r.get("component"), "", "")
				p.Bills[r.get("product")] = need(p.Bills[r.get("product")], r.get("component"), p.quantity(r.get("quantity"), "bom_lines"))
			}
		}
		for _, r := range rows(one.Stock) {
			if p.required("on_hand", r, "product", "quantity") {
				p.part(r.get("product"), "", "")
				p.Stock = append(p.Stock, Lot{Part: r.get("product"), Lot: cmp.Or(r.get("lot"), "opening"), Location: r.get("location"), Quantity: p.quantity(r.get("quantity"), "on_hand")})
			}
		}
	}
	return nil
}
