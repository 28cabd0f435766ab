package message

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/message/edifact"
	"seine/internal/num"
)

// path points to the open bill, or to the manifest when none is open.
func (c *cuscar) path(field string) string {
	p := ""
	if c.bill != nil {
		p = "/consignments/" + strconv.Itoa(len(c.reading.Manifest.Consignments))
		if c.at == inGoods || c.at == inPlacement {
			if n := len(c.bill.bill.Goods); n > 0 {
				p += "/goods/" + strconv.Itoa(n-1)
			}
		}
	}
	if field != "" {
		p += "/" + field
	}
	return p
}

// dateForms maps UN/EDIFACT 2379 to the form of Go's clock; a form without hour
// states a day only.
var dateForms = map[string]string{
	"2": "020106", "101": "060102", "102": "20060102", "201": "0601021504", "202": "060102150405",
	"203": "200601021504", "204": "20060102150405", "205": "200601021504Z0700",
	"718": "", "": "",
}

// moment reads C507. Times without a zone are the zone's. 303 and 304 end in a
// named zone of three letters, of which only UTC, GMT and CST (China) are known.
func moment(value, form string) (manifest.Moment, bool) {
	zone := clock.Zone
	if (form == "303" || form == "304") && len(value) > 3 {
		switch value[len(value)-3:] {
		case "UTC", "GMT":
			zone = time.UTC
		case "CST":
		default:
			return manifest.Moment{}, false
		}
		value, form = value[:len(value)-3], map[string]string{"303": "203", "304": "204"}[form]
	}
	layout := dateForms[form]
	if layout == "" { // the form is not stated: the length tells
		switch len(value) {
		case 8:
			layout = dateForms["102"]
		case 12:
			layout = dateForms["203"]
		case 14:
			layout = dateForms["204"]
		default:
			return manifest.Moment{}, false
		}
	}
	t, err := time.ParseInLocation(layout, value, zone)
	if err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return manifest.Moment{}, false
	}
	if !strings.Contains(layout, "15") {
		return manifest.Moment{Day: clock.DateOf(t)}, true
	}
	return manifest.MomentOf(clock.At(t)), true
}

// date takes arrival and departure of the reported journey (2005).
func (c *cuscar) date(s edifact.Segment) {
	if c.at != inHead && c.at != inTransport {
		return
	}
	m := &c.reading.Manifest
	var into *manifest.Moment
	overrides := true
	field := ""
	switch s.Get(1, 1) {
	case "132":
		into, field = &m.ArrivalEstimated, "arrivalEstimated"
	case "232", "252":
		into, field, overrides = &m.ArrivalEstimated, "arrivalEstimated", false
	case "178":
		into, field = &m.ArrivalActual, "arrivalActual"
	case "136", "186":
		into, field = &m.DepartureTime, "departureTime"
	case "133", "189":
		into, field, overrides = &m.DepartureTime, "departureTime", false
	case "137":
		if when, ok := moment(s.Get(1, 2), s.Get(1, 3)); ok && c.at == inHead {
			c.state("/issued", momentText(when), "")
		}
		return
	default:
		return
	}
	when, ok := moment(s.Get(1, 2), s.Get(1, 3))
	if !ok {
		c.fault(fault.New(fault.Invalid, "MSG-CUSCAR-DATE-01", "/"+field, "“{value}” in segment {segment} is no date of form {form}",
			"give it as CCYYMMDD (102) or CCYYMMDDHHMM (203)", "value", clip(s.Get(1, 2)), "segment", s.Number, "form", clip(s.Get(1, 3))))
		return
	}
	if overrides || !into.Given() {
		*into = when
	}
}

// placeUse says which field a location qualifier (3227) fills and how well it
// fits: a lower rank wins.
type placeUse struct {
	field string
	rank  int
}

var (
	headPlaces = map[string]placeUse{
		"9": {"portOfLoading", 1}, "5": {"portOfLoading", 2},
		"11": {"portOfDischarge", 1}, "12": {"portOfDischarge", 2}, "60": {"portOfDischarge", 3}, "87": {"portOfDischarge", 4},
	}
	billPlaces = map[string]placeUse{
		"9": {"portOfLoading", 1}, "76": {"portOfLoading", 2}, "5": {"portOfLoading", 3},
		"11": {"portOfDischarge", 1}, "12": {"portOfDischarge", 2},
		"7": {"placeOfDelivery", 1}, "83": {"placeOfDelivery", 2},
		"20": {"finalDestination", 1}, "8": {"finalDestination", 2}, "65": {"finalDestination", 3},
		"88": {"placeOfReceipt", 1}, "10": {"placeOfReceipt", 2},
	}
)

func (c *cuscar) place(s edifact.Segment) {
	uses := headPlaces
	if c.bill != nil {
		c.bill.content = true
		uses = billPlaces
	}
	if (c.bill == nil && c.at != inHead && c.at != inTransport) || c.at == inOnward || c.at == inEquipment {
		return
	}
	code := strings.ReplaceAll(s.Get(2, 1), " ", "")
	if q := s.Get(1, 1); c.bill == nil && (q == "22" || q == "41" || q == "42") {
		c.reading.Manifest.Office = code
		return
	}
	use, known := uses[s.Get(1, 1)]
	if !known || code == "" {
		return
	}
	if len(code) != 5 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789") != "" || code[0] <= '9' || code[1] <= '9' {
		c.note(fault.New(fault.Invalid, "MSG-CUSCAR-PLACE-01", c.path(use.field), "place “{value}” in segment {segment} is no UN/LOCODE and was not used",
			"give the place as UN/LOCODE", "value", clip(code), "segment", s.Number))
		c.state(c.path(use.field), code, list(s, 2))
		return
	}
	key := c.path(use.field)
	if rank, set := c.ports[key]; set && rank <= use.rank {
		return
	}
	c.ports[key] = use.rank
	*c.placeField(use.field) = manifest.Location(code)
}

func (c *cuscar) placeField(field string) *manifest.Location {
	if c.bill == nil {
		if field == "portOfLoading" {
			return &c.reading.Manifest.PortOfLoading
		}
		return &c.reading.Manifest.PortOfDischarge
	}
	b := &c.bill.bill
	switch field {
	case "portOfLoading":
		return &b.PortOfLoading
	case "portOfDischarge":
		return &b.PortOfDischarge
	case "placeOfDelivery":
		return &b.PlaceOfDelivery
	case "finalDestination":
		return &b.FinalDestination
	default:
		return &b.PlaceOfReceipt
	}
}

// party takes NAD: name and address stand structured (C080 and after) or as
// lines (C058).
func (c *cuscar) party(s edifact.Segment) {
	p := manifest.Party{Code: s.Get(2, 1), CodeList: list(s, 2), Country: s.Get(9, 1)}
	lines := full(s.Components(3))
	if name := full(s.Components(4)); len(name) > 0 {
		if len(name) > 5 { // the sixth component says how the name is written
			name = name[:5]
		}
		p.Name = strings.Join(name, " ")
	} else if len(lines) > 0 {
		p.Name, lines = lines[0], lines[1:]
	}
	lines = append(lines, full(s.Components(5))...)
	for e := 6; e <= 8; e++ {
		if v := s.Get(e, 1); v != "" {
			lines = append(lines, v)
		}
	}
	p.Address = strings.Join(lines, ", ")
	qualifier := s.Get(1, 1)
	if c.bill == nil {
		if _, twice := c.headParty[qualifier]; !twice {
			c.headParty[qualifier] = p
		}
		return
	}
	c.bill.content = true
	if c.at != inGoods && c.at != inPlacement {
		c.at = inParty
	}
	switch qualifier {
	case "N1", "N2", "NI", "NP":
		c.bill.bill.Notify = append(c.bill.bill.Notify, p)
	default:
		if _, twice := c.bill.shippers[qualifier]; !twice {
			c.bill.shippers[qualifier] = p
		}
	}
}

func full(lines []string) []string {
	var out []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// settleParties picks consignor and consignee: what the bill states, else what
// the head states for all bills.
func (c *cuscar) settleParties(o *openBill) {
	pick := func(qualifiers ...string) manifest.Party {
		for _, from := range []map[string]manifest.Party{o.shippers, c.headParty} {
			for _, q := range qualifiers {
				if p := from[q]; p.Given() {
					return p
				}
			}
		}
		return manifest.Party{}
	}
	o.bill.Consignor = pick("CZ", "OS", "EX", "SU")
	o.bill.Consignee = pick("CN")
	o.bill.ToOrder = toOrder(o.bill.Consignee)
}

// toOrder tells whether the consignee field says that the bill is negotiable.
func toOrder(p manifest.Party) bool {
	for _, s := range []string{p.Name, p.Code} {
		s = strings.ToUpper(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
			return r == ' ' || r == '-' || r == '.' || r == ','
		}), " "))
		if s == "ORDER" || s == "TOORDER" || strings.HasPrefix(s, "TO ORDER") || strings.HasPrefix(s, "TO THE ORDER") ||
			strings.HasPrefix(s, "ORDER OF") || strings.HasPrefix(s, "凭指示") {
			return true
		}
	}
	return false
}

// parseAmount reads a number as EDIFACT writes it: a comma may be the decimal
// mark, and digits may be missing before or after it.
func parseAmount(value string) (num.Quantity, error) {
	text := strings.Replace(strings.TrimSpace(value), ",", ".", 1)
	text = strings.TrimSuffix(text, ".")
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	return num.ParseQuantity(text)
}

// state keeps what the manifest has no form for, the first of each element.
func (c *cuscar) state(path, value, list string) {
	if _, before := c.reading.StatedAt(path); !before {
		c.reading.Stated = append(c.reading.Stated, Stated{path, value, list})
	}
}

// amount reads a number of the message or notes that it is none.
func (c *cuscar) amount(s edifact.Segment, value, field string) (num.Quantity, bool) {
	q, err := parseAmount(value)
	if err != nil || q < 0 {
		c.fault(fault.New(fault.Invalid, "MSG-CUSCAR-AMOUNT-01", c.path(field), "“{value}” in segment {segment} {tag} is not an amount",
			"give digits with at most five decimals, not negative", "value", clip(value), "segment", s.Number, "tag", s.Tag).Because(err))
		return 0, false
	}
	return q, true
}

// Conversion factors to kilogram and cubic metre (UN/ECE Recommendation 20).
var (
	masses = map[string]num.Rate{
		"KGM": num.OneRate, "KG": num.OneRate, "K": num.OneRate, "KGS": num.OneRate, "TNE": 1000 * num.OneRate,
		"GRM": num.OneRate / 1000, "LBR": 45_359_237, "LTN": 101_604_690_880, "STN": 90_718_474_000, "DTN": 100 * num.OneRate,
	}
	volumes = map[string]num.Rate{
		"MTQ": num.OneRate, "M3": num.OneRate, "CBM": num.OneRate, "DMQ": num.OneRate / 1000, "LTR": num.OneRate / 1000, "FTQ": 2_831_685,
	}
	// unlisted units are no codes of the recommendation but their sense is plain.
	unlisted = map[string]bool{"KG": true, "K": true, "KGS": true, "M3": true, "CBM": true}
)

func (c *cuscar) convert(s edifact.Segment, q num.Quantity, unit string, table map[string]num.Rate, standard, field string) (num.Quantity, bool) {
	rate, known := table[strings.ToUpper(strings.TrimSpace(unit))]
	if !known {
		c.fault(fault.New(fault.Invalid, "MSG-CUSCAR-UNIT-01", c.path(field), "unit “{unit}” in segment {segment} {tag} is not known for this amount",
			"give it in {standard}", "unit", clip(unit), "segment", s.Number, "tag", s.Tag, "standard", standard))
		c.state(c.path(field), q.String(), unit)
		return 0, false
	}
	if unlisted[unit] && !c.noted["unit"+unit] {
		c.noted["unit"+unit] = true
		c.note(fault.New(fault.Invalid, "MSG-CUSCAR-UNIT-02", c.path(field), "unit “{unit}” in segment {segment} is no code of Recommendation 20; it was read as {standard}",
			"give it in {standard}", "unit", unit, "segment", s.Number, "standard", standard))
	}
	out, err := q.Times(rate, num.HalfUp)
	if err != nil {
		_ = c.reading.Faults.Add(c.path(field), err)
		return 0, false
	}
	return out, true
}

// total takes CNT (6069).
func (c *cuscar) total(s edifact.Segment) {
	qualifier, value := s.Get(1, 1), s.Get(1, 2)
	if c.bill == nil || c.at == inEnd {
		if qualifier == "10" {
			if n, err := strconv.Atoi(value); err == nil {
				c.bills, c.billsAt = n, s.Number
			}
		}
		return
	}
	b := &c.bill.bill
	unit := s.Get(1, 3)
	switch qualifier {
	case "7":
		if unit == "" {
			unit = "KGM"
		}
		if q, ok := c.amount(s, value, "grossMass"); ok {
			if q, ok = c.convert(s, q, unit, masses, "KGM", "grossMass"); ok {
				b.GrossMass = q
			}
		}
	case "11":
		if q, ok := c.amount(s, value, "packages"); ok {
			b.Packages = q
		}
	case "8": // pieces: packages only where nothing else says how many there are
		if q, ok := c.amount(s, value, "packages"); ok {
			c.bill.pieces = q
		}
	case "15", "26":
		if unit == "" {
			unit = "MTQ"
		}
		if q, ok := c.amount(s, value, "measurement"); ok {
			if q, ok = c.convert(s, q, unit, volumes, "MTQ", "measurement"); ok {
				b.Measurement = q
			}
		}
	}
}

// settleAmounts sums the lines where the bill states no total, and says so.
func (c *cuscar) settleAmounts(b *manifest.BillOfLading) {
	c.at = inBill
	if len(b.Goods) > 0 { // while the pieces are not the packages
		c.reading.deriveTotals(b, c.path("")+"/")
	}
	switch pieces := c.bill.pieces; {
	case pieces == 0:
	case b.Packages == 0:
		b.Packages = pieces
	case b.Packages != pieces:
		c.note(fault.New(fault.Invalid, "MSG-CUSCAR-PIECES-01", c.path("packages"), "the message states {pieces} pieces and its lines have {packages} packages; the packages were taken",
			"state the packages with CNT+11", "pieces", pieces, "packages", b.Packages))
	}
	c.settlePackageKind(b)
}

// settlePackageKind gives the bill the kind of package that all its lines have,
// or what all of them state in place of one.
func (c *cuscar) settlePackageKind(b *manifest.BillOfLading) {
	var first Stated
	for i := range b.Goods {
		one := Stated{Value: b.Goods[i].PackageKind}
		if stated, other := c.reading.StatedAt(c.path("goods/" + strconv.Itoa(i) + "/packageKind")); other {
			one = Stated{c.path("packageKind"), stated.Value, stated.List}
		}
		if i == 0 {
			first = one
		}
		if one != first {
			return
		}
	}
	if first.Path != "" {
		c.reading.Stated = append(c.reading.Stated, first)
		return
	}
	b.PackageKind = first.Value
}

// finish settles what needs the whole message.
func (c *cuscar) finish() {
	m := &c.reading.Manifest
	c.bill, c.at = nil, inHead
	if c.export && m.Kind == manifest.Original {
		m.Kind = manifest.Loading
	}
	if p := c.headParty["CA"]; p.Given() {
		m.Carrier = p
	}
	for _, q := range []string{"CG", "AG", "MS"} {
		if p := c.headParty[q]; p.Given() && !m.Agent.Given() {
			m.Agent = p
		}
	}
	c.settleEquipment()
	common := func(field string, port *manifest.Location, of func(manifest.BillOfLading) manifest.Location) {
		if *port != "" || len(m.Consignments) == 0 {
			return
		}
		first := of(m.Consignments[0])
		for _, b := range m.Consignments {
			if of(b) != first {
				return
			}
		}
		if first != "" {
			*port = first
			c.note(fault.New(fault.Invalid, "MSG-CUSCAR-DERIVED-02", "/"+field, "the message states no such port for the whole journey; its bills, which all name {port}, were taken",
				"state it with LOC after TDT", "port", string(first)))
		}
	}
	common("portOfLoading", &m.PortOfLoading, func(b manifest.BillOfLading) manifest.Location { return b.PortOfLoading })
	common("portOfDischarge", &m.PortOfDischarge, func(b manifest.BillOfLading) manifest.Location { return b.PortOfDischarge })
	// CNT in the head counts the master bills, one for each CNI; many senders
	// count every bill of lading there.
	if c.bills >= 0 && c.bills != len(m.Consignments) && c.bills != c.consignments && c.bills != c.masters() {
		c.fault(fault.New(fault.Invalid, "MSG-CUSCAR-COUNT-01", "/consignments", "CNT in segment {segment} states {given} consignments, there are {found}",
			"send the missing ones or correct the total", "segment", c.billsAt, "given", c.bills, "found", len(m.Consignments)))
	}
	m.Normalise()
}

// masters counts the bills that are not house bills and the masters that only
// house bills name.
func (c *cuscar) masters() int {
	all := map[string]bool{}
	for i := range c.reading.Manifest.Consignments {
		b := &c.reading.Manifest.Consignments[i]
		if b.Type != manifest.House {
			all[b.Number] = true
		} else {
			all[b.Master] = true
		}
	}
	return len(all)
}

// settleEquipment gives each bill the facts of its units. A unit that no line
// names belongs to the only bill there is, or is noted.
func (c *cuscar) settleEquipment() {
	m := &c.reading.Manifest
	for i := range m.Consignments {
		b := &m.Consignments[i]
		for j := range b.Equipment {
			if k, known := c.where[b.Equipment[j].Number]; known {
				b.Equipment[j] = c.equipment[k]
				b.Equipment[j].Seals = slices.Clone(c.equipment[k].Seals)
			} else if manifest.Checked(b.Equipment[j].Number) != manifest.CheckUnknown {
				b.Equipment[j].Type = "CN" // the number itself says that it is a freight container
			}
		}
	}
	for _, e := range c.equipment {
		switch {
		case c.used[e.Number]:
		case len(m.Consignments) == 1:
			m.Consignments[0].Equipment = append(m.Consignments[0].Equipment, e)
		default:
			c.note(fault.New(fault.Invalid, "MSG-CUSCAR-EQUIPMENT-01", "", "unit {value} carries the goods of no bill of lading",
				"name it with SGP at the lines it holds", "value", clip(e.Number)))
		}
	}
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
