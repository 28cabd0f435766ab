package message

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/num"
)

// ManifestColumns are the columns of a manifest as a table: one row per line of
// goods (in one container, when it is in any). Columns of manifest and bill are
// repeated in every row or left empty after the first.
func ManifestColumns() []Column {
	return []Column{
		{Name: "manifest_number", Also: []string{"manifest", "manifest no", "舱单号", "舱单编号"}, Required: true},
		{Name: "kind", Also: []string{"manifest kind", "舱单类型"}},
		{Name: "transport_mode", Also: []string{"mode", "运输方式"}},
		{Name: "means_id", Also: []string{"imo", "imo number", "registration", "船舶编号", "运输工具编号"}},
		{Name: "means_name", Also: []string{"vessel", "vessel name", "船名", "运输工具名称"}},
		{Name: "flag", Also: []string{"nationality", "国籍"}},
		{Name: "journey", Also: []string{"voyage", "voyage no", "flight", "flight no", "航次", "航次号", "航班号"}},
		{Name: "carrier", Also: []string{"carrier code", "承运人", "承运人代码"}},
		{Name: "port_of_loading", Also: []string{"pol", "loading port", "装货港"}},
		{Name: "port_of_discharge", Also: []string{"pod", "discharge port", "卸货港"}},
		{Name: "arrival", Also: []string{"eta", "arrival estimated", "预计到达", "预抵日期"}},
		{Name: "bill_number", Also: []string{"bill", "bl", "bl no", "bill of lading", "提单号", "提运单号"}, Required: true},
		{Name: "bill_type", Also: []string{"bl type", "提单类型"}},
		{Name: "master_bill", Also: []string{"master", "mbl", "总提单号", "主提单号"}},
		{Name: "consignor", Also: []string{"shipper", "consignor name", "发货人"}},
		{Name: "consignor_code", Also: []string{"shipper code", "发货人代码"}},
		{Name: "consignee", Also: []string{"consignee name", "收货人"}},
		{Name: "consignee_code", Also: []string{"收货人代码"}},
		{Name: "notify", Also: []string{"notify party", "通知人"}},
		{Name: "notify_code", Also: []string{"通知人代码"}},
		{Name: "to_order", Also: []string{"order bill", "指示提单"}},
		{Name: "bill_packages", Also: []string{"total packages", "总件数"}},
		{Name: "bill_gross_mass", Also: []string{"total gross weight", "bill gross weight", "总毛重"}},
		{Name: "place_of_delivery", Also: []string{"delivery", "交货地"}},
		{Name: "description", Also: []string{"goods", "goods description", "品名", "货名", "货物名称"}, Required: true},
		{Name: "hs", Also: []string{"hs code", "commodity code", "商品编码", "税号"}},
		{Name: "packages", Also: []string{"number of packages", "件数"}, Required: true},
		{Name: "package_kind", Also: []string{"package type", "包装种类", "包装"}},
		{Name: "gross_mass", Also: []string{"gross weight", "weight", "gross weight kg", "毛重"}, Required: true},
		{Name: "measurement", Also: []string{"volume", "cbm", "体积"}},
		{Name: "un_number", Also: []string{"dangerous goods", "undg", "危险品编号"}},
		{Name: "container", Also: []string{"container number", "container no", "集装箱号", "箱号"}},
		{Name: "size_type", Also: []string{"container type", "箱型"}},
		{Name: "seal", Also: []string{"seal number", "seal no", "封志号", "铅封号"}},
	}
}

// ReadManifestCSV reads manifests from a table (ManifestColumns), one reading
// per manifest number, in order. A bad row is reported in the reading of its
// manifest and the others go on.
//
// Faults that stop: those of NewTable. By row: those of Table.Next and Row,
// MSG-CSV-DIFFERS-01 (a manifest or bill column says two things),
// MSG-CSV-TRUTH-01. Notes: MSG-CSV-UNUSED-01, MSG-CSV-DERIVED-01.
func ReadManifestCSV(r io.Reader) ([]ManifestReading, error) {
	table, err := NewTable(r, ManifestColumns(), TableLimits{})
	if err != nil {
		return nil, err
	}
	c := &manifestTable{index: map[string]int{}, bills: map[string]int{}, first: map[string]string{}}
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && row.table == nil {
			return c.finish(table), err
		}
		c.take(row, err)
	}
	if len(c.out) == 0 {
		if len(c.loose) > 0 {
			return nil, c.loose
		}
		return nil, fault.New(fault.Invalid, "MSG-CSV-EMPTY-01", "", "the table has no row below its header", "send at least one line of goods")
	}
	return c.finish(table), nil
}

type manifestTable struct {
	out   []ManifestReading
	index map[string]int    // reading by manifest number
	bills map[string]int    // bill by manifest and bill number
	first map[string]string // first value of a column that is repeated
	last  string            // manifest number of the row before
	loose fault.List        // faults before any manifest
}

// reading gives the reading of the row's manifest; a row without number belongs
// to the one before.
func (c *manifestTable) reading(number string) *ManifestReading {
	number = manifest.NormalNumber(number)
	if number == "" {
		number = c.last
	}
	c.last = number
	i, known := c.index[number]
	if !known {
		i = len(c.out)
		c.index[number] = i
		c.out = append(c.out, ManifestReading{Format: "manifest-csv", Manifest: manifest.Manifest{ID: number, Version: 1}})
	}
	return &c.out[i]
}

// take reads one row. A row with any fault adds nothing: it is wholly there or
// not at all.
func (c *manifestTable) take(row Row, bad error) {
	if bad != nil {
		if len(c.out) == 0 {
			_ = c.loose.Add("", bad)
			return
		}
		_ = c.reading(c.last).Faults.Add("", bad)
		return
	}
	reading := c.reading(row.Text("manifest_number"))
	p := &rowParser{row: row}
	number := manifest.NormalNumber(p.needed("bill_number"))
	line := manifest.GoodsItem{
		Description: p.row.Text("description"), HS: commodity(p.row.Text("hs")), Packages: p.quantity("packages"),
		PackageKind: p.row.Text("package_kind"), GrossMass: p.quantity("gross_mass"), Measurement: p.quantity("measurement"),
	}
	if p.row.Text("hs") != "" && line.HS == "" {
		line.HS = p.row.Text("hs") // judged by the manifest's own rules
	}
	billPackages, billMass := p.quantity("bill_packages"), p.quantity("bill_gross_mass")
	arrival, err := momentOf(row.Text("arrival"))
	p.add("arrival", err)
	order := p.truth("to_order")
	if len(p.faults) > 0 {
		reading.Faults = append(reading.Faults, p.faults...)
		return
	}
	m := &reading.Manifest
	headScope, key := m.ID+"\x00", m.ID+"\x00"+number
	if differing := append(c.differing(row, headScope, headColumns), c.differing(row, key+"\x00", billColumns)...); len(differing) > 0 {
		reading.Faults = append(reading.Faults, differing...)
		return
	}
	once := func(scope, column string, into *string) {
		if value := row.Text(column); value != "" && c.first[scope+column] == "" {
			c.first[scope+column] = value
			*into = value
		}
	}
	head := func(column string, into *string) { once(headScope, column, into) }
	kind, mode := string(m.Kind), string(m.Transport.Mode)
	head("kind", &kind)
	head("transport_mode", &mode)
	head("means_id", &m.Transport.MeansID)
	head("means_name", &m.Transport.MeansName)
	head("flag", &m.Transport.Flag)
	head("journey", &m.Transport.Journey)
	head("carrier", &m.Carrier.Code)
	m.Kind, m.Transport.Mode = manifest.Kind(kind), manifest.Mode(mode)
	if arrival.Given() {
		m.ArrivalEstimated = arrival
		c.first[headScope+"arrival"] = row.Text("arrival")
	}
	i, known := c.bills[key]
	if !known {
		i = len(m.Consignments)
		c.bills[key] = i
		m.Consignments = append(m.Consignments, manifest.BillOfLading{Number: number, Type: manifest.Straight})
	}
	b := &m.Consignments[i]
	bill := func(column string, into *string) { once(key+"\x00", column, into) }
	billType, delivery := "", ""
	bill("bill_type", &billType)
	bill("master_bill", &b.Master)
	bill("consignor", &b.Consignor.Name)
	bill("consignor_code", &b.Consignor.Code)
	bill("consignee", &b.Consignee.Name)
	bill("consignee_code", &b.Consignee.Code)
	bill("place_of_delivery", &delivery)
	from, to := string(b.PortOfLoading), string(b.PortOfDischarge)
	bill("port_of_loading", &from)
	bill("port_of_discharge", &to)
	b.PortOfLoading, b.PortOfDischarge = manifest.Location(from), manifest.Location(to)
	if delivery != "" {
		b.PlaceOfDelivery = manifest.Location(delivery)
	}
	if billType != "" {
		b.Type = manifest.BillType(strings.ToLower(billType))
	}
	text := "" // totals are read as numbers above; here they are only remembered
	bill("bill_packages", &text)
	bill("bill_gross_mass", &text)
	if billPackages != 0 {
		b.Packages = billPackages
	}
	if billMass != 0 {
		b.GrossMass = billMass
	}
	b.ToOrder = b.ToOrder || order || toOrder(b.Consignee)
	if n := (manifest.Party{Name: row.Text("notify"), Code: row.Text("notify_code")}); n.Given() && len(b.Notify) == 0 {
		b.Notify = []manifest.Party{n}
	}
	if un := row.Text("un_number"); un != "" {
		line.Dangerous = []manifest.DangerousGoods{{UNNumber: strings.TrimPrefix(strings.ToUpper(manifest.NormalNumber(un)), "UN")}}
	}
	line.Number = len(b.Goods) + 1
	if unit := manifest.NormalNumber(row.Text("container")); unit != "" {
		line.Equipment = []manifest.Placement{{Number: unit}}
		addUnit(b, unit, row.Text("size_type"), row.Text("seal"))
	}
	b.Goods = append(b.Goods, line)
}

func addUnit(b *manifest.BillOfLading, number, size, seals string) {
	at := -1
	for i, e := range b.Equipment {
		if e.Number == number {
			at = i
		}
	}
	if at < 0 {
		at = len(b.Equipment)
		b.Equipment = append(b.Equipment, manifest.TransportEquipment{Number: number, Type: "CN", SizeType: size})
	}
	e := &b.Equipment[at]
	for _, s := range strings.FieldsFunc(seals, func(r rune) bool { return strings.ContainsRune("/;,|、，；", r) }) {
		s = manifest.NormalNumber(s)
		known := s == ""
		for _, old := range e.Seals {
			known = known || old.Number == s
		}
		if !known {
			e.Seals = append(e.Seals, manifest.Seal{Number: s})
		}
	}
}

// Columns that say one thing for a whole manifest or bill.
var (
	headColumns = []string{"kind", "transport_mode", "means_id", "means_name", "flag", "journey", "carrier", "arrival"}
	billColumns = []string{
		"bill_type", "master_bill", "consignor", "consignor_code", "consignee", "consignee_code", "notify", "notify_code",
		"port_of_loading", "port_of_discharge", "place_of_delivery", "bill_packages", "bill_gross_mass",
	}
)

// differing gives a fault for each column that says something else than in an
// earlier row of the same manifest or bill.
func (c *manifestTable) differing(row Row, scope string, columns []string) fault.List {
	var list fault.List
	for _, column := range columns {
		value, first := row.Text(column), c.first[scope+column]
		if value == "" || first == "" || manifest.NormalNumber(first) == manifest.NormalNumber(value) {
			continue
		}
		list = append(list, fault.New(fault.Invalid, "MSG-CSV-DIFFERS-01", row.Path(column), "line {line} says “{value}” for {column}, an earlier line “{first}”",
			"say the same in every line of one manifest or bill, or leave it empty", "line", row.Line, "value", clip(value), "column", column, "first", clip(first)))
	}
	return list
}

func (c *manifestTable) finish(table *Table) []ManifestReading {
	for i := range c.out {
		r := &c.out[i]
		r.Encoding = table.Encoding()
		if i == 0 {
			r.Faults = append(c.loose, r.Faults...)
			if unused := table.Unused(); len(unused) > 0 {
				r.Notes = append(r.Notes, fault.New(fault.Invalid, "MSG-CSV-UNUSED-01", "/row/0", "the columns {names} are not known and were not used",
					"rename or remove them", "names", strings.Join(unused, ", ")))
			}
		}
		m := &r.Manifest
		for j := range m.Consignments {
			total(r, j, "packages", &m.Consignments[j].Packages, func(g manifest.GoodsItem) num.Quantity { return g.Packages })
			total(r, j, "grossMass", &m.Consignments[j].GrossMass, func(g manifest.GoodsItem) num.Quantity { return g.GrossMass })
			m.Consignments[j].PackageKind = commonKind(m.Consignments[j].Goods)
		}
		m.PortOfLoading = common(m.Consignments, func(b manifest.BillOfLading) manifest.Location { return b.PortOfLoading })
		m.PortOfDischarge = common(m.Consignments, func(b manifest.BillOfLading) manifest.Location { return b.PortOfDischarge })
		m.Normalise()
	}
	return c.out
}

// common gives the place that all bills state which state one, "" when they
// differ.
func common(bills []manifest.BillOfLading, of func(manifest.BillOfLading) manifest.Location) manifest.Location {
	var first manifest.Location
	for _, b := range bills {
		switch port := of(b); {
		case port == "" || port == first:
		case first == "":
			first = port
		default:
			return ""
		}
	}
	return first
}

func commonKind(goods []manifest.GoodsItem) string {
	kind := ""
	for i, g := range goods {
		if i > 0 && g.PackageKind != kind {
			return ""
		}
		kind = g.PackageKind
	}
	return kind
}

// total sums the lines of a bill that states no total of its own.
func total(r *ManifestReading, bill int, field string, into *num.Quantity, of func(manifest.GoodsItem) num.Quantity) {
	if *into != 0 {
		return
	}
	var all num.Quantity
	for _, g := range r.Manifest.Consignments[bill].Goods {
		q := of(g)
		if q == 0 {
			return
		}
		var err error
		if all, err = num.Add(all, q); err != nil {
			_ = r.Faults.Add("/consignments/"+strconv.Itoa(bill)+"/"+field, err)
			return
		}
	}
	*into = all
	r.Notes = append(r.Notes, fault.New(fault.Invalid, "MSG-CSV-DERIVED-01", "/consignments/"+strconv.Itoa(bill)+"/"+field,
		"the table states no total for bill {bill}; the lines were added", "state it in bill_packages and bill_gross_mass", "bill", r.Manifest.Consignments[bill].Number))
}

// rowParser reads cells and collects all faults of the row.
type rowParser struct {
	row    Row
	faults fault.List
}

// add notes a fault of a cell; parsing gives no other errors.
func (p *rowParser) add(column string, err error) {
	for _, f := range fault.All(err) {
		if f.Path == "" {
			f = f.Under(p.row.Path(column))
		}
		p.faults = append(p.faults, f)
	}
}

func (p *rowParser) needed(column string) string {
	s, err := p.row.Needed(column)
	p.add(column, err)
	return s
}

func (p *rowParser) quantity(column string) num.Quantity {
	q, err := p.row.Quantity(column)
	p.add(column, err)
	return q
}

func (p *rowParser) truth(column string) bool {
	switch strings.ToLower(p.row.Text(column)) {
	case "", "0", "n", "no", "false", "否":
		return false
	case "1", "y", "yes", "true", "是":
		return true
	}
	p.faults = append(p.faults, fault.New(fault.Invalid, "MSG-CSV-TRUTH-01", p.row.Path(column), "“{value}” in line {line} is neither yes nor no", "write yes or no",
		"value", clip(p.row.Text(column)), "line", p.row.Line))
	return false
}
