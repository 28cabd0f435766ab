package message

import (
	"io"
	"slices"
	"strings"

	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/message/edifact"
	"seine/internal/num"
)

// ReadCuscar reads the customs cargo report (CUSCAR) of any directory from
// D.95A on: one reading per message of the file. The order of segments in the
// directory is followed, not demanded: a segment is taken in the context of the
// last opening one (TDT, EQD, CNI, RFF, NAD, GID), which all national guides
// keep. The error is a fault that stopped the reading; readings made before it
// are given as well.
//
// Faults of the content: MSG-CUSCAR-TYPE-01 (another message), MSG-CUSCAR-KIND-01
// (document name), MSG-CUSCAR-DATE-01, MSG-CUSCAR-AMOUNT-01, MSG-CUSCAR-UNIT-01,
// MSG-CUSCAR-COUNT-01 (control total of consignments). Notes:
// MSG-CUSCAR-TYPE-02, MSG-CUSCAR-SEGMENT-01, MSG-CUSCAR-PLACE-01,
// MSG-CUSCAR-UNIT-02, MSG-CUSCAR-NUMBER-01, MSG-CUSCAR-EQUIPMENT-01,
// MSG-CUSCAR-DERIVED-01 and -02, MSG-CUSCAR-PACKAGE-01, MSG-CUSCAR-PIECES-01.
// Every one names its segment.
func ReadCuscar(r io.Reader) ([]ManifestReading, error) {
	file, err := edifact.Read(r, edifact.Limits{})
	var out []ManifestReading
	messages := file.Messages()
	for i := range messages {
		m := &messages[i]
		if m.Header.Tag == "" && !slices.ContainsFunc(m.Segments, func(s edifact.Segment) bool { return s.Tag == "BGM" || s.Tag == "CNI" }) {
			continue // segments that stand outside a message and make none: told as such
		}
		reading := readCuscarMessage(m)
		reading.Encoding = file.Interchanges[m.Interchange].Charset
		reading.Syntax = append(reading.Syntax, m.Faults...)
		if len(out) == 0 { // what concerns the whole file is said once
			reading.Syntax = append(reading.Syntax, withoutMessages(file)...)
			reading.Notes = append(reading.Notes, file.Notes...)
		}
		out = append(out, reading)
	}
	if len(out) > 0 {
		return out, err
	}
	found := fault.All(err)
	if err == nil {
		found = fault.List{fault.New(fault.Invalid, "MSG-CUSCAR-EMPTY-01", "", "the interchange holds no message", "send at least one CUSCAR message")}
	}
	if found != nil {
		err = append(found, file.Faults...) // no reading carries them
	}
	return nil, err
}

// withoutMessages gives the faults of a file that no message carries itself.
func withoutMessages(file *edifact.File) fault.List {
	carried := map[*fault.Fault]bool{}
	for _, m := range file.Messages() {
		for _, f := range m.Faults {
			carried[f] = true
		}
	}
	var out fault.List
	for _, f := range file.Faults {
		if !carried[f] {
			out = append(out, f)
		}
	}
	return out
}

// context is the group that a segment belongs to.
type context uint8

const (
	inHead context = iota
	inTransport
	inEquipment
	inConsignment // after CNI, before its first RFF
	inBill
	inOnward // transport of one bill
	inParty
	inGoods
	inPlacement // after SGP within a line
	inEnd
)

// cuscarSegments are the segments of CUSCAR in any directory; others are noted.
var cuscarSegments = map[string]bool{
	"BGM": true, "DTM": true, "LOC": true, "QTY": true, "RFF": true, "NAD": true, "CTA": true, "COM": true,
	"FTX": true, "TDT": true, "GIS": true, "GEI": true, "EQD": true, "TSR": true, "MEA": true, "DIM": true,
	"SEL": true, "TMP": true, "RNG": true, "CNT": true, "CNI": true, "MOA": true, "CUX": true, "CPI": true,
	"GID": true, "PAC": true, "HAN": true, "SGP": true, "DGS": true, "PCI": true, "CST": true, "DOC": true,
	"TMD": true, "AUT": true, "PIA": true, "GDS": true, "TPL": true, "EQN": true, "GIN": true, "STS": true,
}

// billKind tells what sort of bill number an RFF qualifier announces (1153).
// HB is not listed for this use in the directory and is sent for it all the same.
var billKind = map[string]manifest.BillType{
	"BM": manifest.Straight, "AWB": manifest.Straight,
	"MB": manifest.Master, "MWB": manifest.Master,
	"BH": manifest.House, "HWB": manifest.House, "HB": manifest.House,
}

// billDocument tells the same of a document name (1001).
var billDocument = map[string]manifest.BillType{
	"703": manifest.House, "714": manifest.House, "704": manifest.Master, "741": manifest.Master,
	"705": manifest.Straight, "706": manifest.Straight, "707": manifest.Straight, "710": manifest.Straight, "740": manifest.Straight,
}

// openBill is a bill of lading in the making.
type openBill struct {
	bill     manifest.BillOfLading
	numbers  map[manifest.BillType]string
	waybill  string // AAM or AAS: used when nothing better is stated
	content  bool   // something besides references has been seen
	pieces   num.Quantity
	segment  int
	shippers map[string]manifest.Party // by NAD qualifier, the first of each
}

// consignment is what CNI and the segments before its first bill say.
type consignment struct {
	number  string
	master  string // last master number within it
	kind    manifest.BillType
	count   int // bills in it
	pending []edifact.Segment
}

type cuscar struct {
	reading   ManifestReading
	at        context
	main      bool // the main transport has been read
	export    bool
	equipment []manifest.TransportEquipment
	where     map[string]int // equipment by number
	used      map[string]bool
	headParty map[string]manifest.Party
	cni       consignment
	bill      *openBill
	bills     int // stated by CNT+10
	// consignments counts CNI.
	consignments int
	billsAt      int
	noted        map[string]bool
	ports        map[string]int // rank of the qualifier that set a port
}

func readCuscarMessage(m *edifact.Message) ManifestReading {
	c := &cuscar{
		where: map[string]int{}, used: map[string]bool{}, headParty: map[string]manifest.Party{},
		noted: map[string]bool{}, ports: map[string]int{}, bills: -1,
	}
	c.reading = ManifestReading{Format: "cuscar", Version: m.Version(), Reference: m.Reference()}
	c.reading.Manifest.Version = 1
	switch m.Type() {
	case "CUSCAR":
	case "":
		c.note(fault.New(fault.Invalid, "MSG-CUSCAR-TYPE-02", "", "UNH in segment {segment} names no message type; it was read as CUSCAR",
			"name the type in UNH", "segment", m.Header.Number))
	default:
		c.fault(fault.New(fault.Invalid, "MSG-CUSCAR-TYPE-01", "", "the message in segment {segment} is {type}, not CUSCAR",
			"send the cargo report as CUSCAR", "segment", m.Header.Number, "type", clip(m.Type())))
		return c.reading
	}
	for _, s := range m.Segments {
		c.take(s)
	}
	c.closeConsignment()
	c.finish()
	return c.reading
}

func (c *cuscar) fault(f *fault.Fault) { c.reading.Faults = append(c.reading.Faults, f) }
func (c *cuscar) note(f *fault.Fault)  { c.reading.Notes = append(c.reading.Notes, f) }

func (c *cuscar) take(s edifact.Segment) {
	if !cuscarSegments[s.Tag] {
		if !c.noted[s.Tag] {
			c.noted[s.Tag] = true
			c.note(fault.New(fault.Invalid, "MSG-CUSCAR-SEGMENT-01", "", "segment {segment} {tag} is no part of CUSCAR and was not used",
				"leave it out", "segment", s.Number, "tag", clip(s.Tag)))
		}
		return
	}
	switch s.Tag {
	case "BGM":
		c.beginning(s)
	case "TDT":
		c.transport(s)
	case "EQD":
		c.openEquipment(s)
	case "CNI":
		c.closeConsignment()
		c.consignments++
		c.cni = consignment{number: s.Get(2, 1)}
		c.at = inConsignment
	case "RFF":
		c.reference(s)
	case "AUT":
		c.closeConsignment()
		c.at = inEnd
	default:
		if c.at == inConsignment { // may belong to the bill that has not begun
			c.cni.pending = append(c.cni.pending, s)
			if s.Tag == "GID" || s.Tag == "NAD" || s.Tag == "LOC" {
				c.startBill(s)
			}
			return
		}
		c.detail(s)
	}
}

// detail takes a segment that opens no consignment or bill.
func (c *cuscar) detail(s edifact.Segment) {
	switch s.Tag {
	case "DTM":
		c.date(s)
	case "LOC":
		c.place(s)
	case "NAD":
		c.party(s)
	case "GIS", "GEI":
		c.indicator(s)
	case "CNT":
		c.total(s)
	case "SEL":
		c.seal(s)
	case "DOC":
		if c.bill != nil && !c.bill.content {
			c.document(s)
		}
	default:
		c.goods(s)
	}
}

func (c *cuscar) beginning(s edifact.Segment) {
	m := &c.reading.Manifest
	m.ID = s.Get(2, 1)
	c.reading.Function = functions[s.Get(3, 1)]
	switch code := s.Get(1, 1); code {
	case "85", "785", "87", "933", "98", "786", "788":
		m.Kind = manifest.Original
	case "833":
		m.Kind = manifest.Loading
	default:
		c.fault(fault.New(fault.Invalid, "MSG-CUSCAR-KIND-01", "/kind", "BGM in segment {segment} names the document “{value}”, which is no cargo report",
			"use 85 or 785 for a manifest, 933 on arrival, 833 on departure", "segment", s.Number, "value", clip(code)))
	}
}

// indicator takes the direction of trade stated for the whole report.
func (c *cuscar) indicator(s edifact.Segment) {
	if c.at != inHead && c.at != inTransport {
		return
	}
	element := 1 // GIS: the indicator itself; GEI: after its category
	if s.Tag == "GEI" {
		element = 2
	}
	c.export = c.export || s.Get(element, 1) == "22"
}

func (c *cuscar) transport(s edifact.Segment) {
	if c.bill != nil || c.at == inConsignment {
		c.startBill(s)
		c.at = inOnward
		return
	}
	c.at = inTransport
	stage := s.Get(1, 1)
	if c.main && stage != "20" && stage != "11" { // on-carriage of all goods: not the reported journey
		c.at = inOnward
		return
	}
	t := &c.reading.Manifest.Transport
	if c.main && t.Given() {
		return
	}
	c.main = true
	t.Journey = s.Get(2, 1)
	t.Mode = manifest.Mode(strings.TrimLeft(s.Get(3, 1), "0"))
	t.MeansID, t.MeansName, t.Flag = s.Get(8, 1), s.Get(8, 4), s.Get(8, 5)
	if carrier := (manifest.Party{Code: s.Get(5, 1), CodeList: list(s, 5), Name: s.Get(5, 4)}); carrier.Code != "" || carrier.Name != "" {
		c.reading.Manifest.Carrier = carrier
	}
}

// list names the list that a composite's code comes from: list and agency.
func list(s edifact.Segment, element int) string {
	if s.Get(element, 1) == "" {
		return ""
	}
	return strings.Trim(s.Get(element, 2)+":"+s.Get(element, 3), ":")
}

func (c *cuscar) openEquipment(s edifact.Segment) {
	if c.bill == nil && c.at != inConsignment {
		c.at = inEquipment
	}
	e := manifest.TransportEquipment{Type: s.Get(1, 1), Number: manifest.NormalNumber(s.Get(2, 1)), SizeType: s.Get(3, 1)}
	switch s.Get(6, 1) {
	case "4":
		e.Filling = manifest.Empty
	case "5", "7", "8", "6", "1", "2", "3":
		e.Filling = manifest.Full
	}
	c.addEquipment(e)
	if c.bill != nil { // stated within the bill: it is the bill's
		c.bill.content = true
		c.attach(e.Number)
	}
}

func (c *cuscar) addEquipment(e manifest.TransportEquipment) {
	if i, known := c.where[e.Number]; known && e.Number != "" {
		if c.equipment[i].SizeType == "" {
			c.equipment[i].SizeType = e.SizeType
		}
		return
	}
	c.where[e.Number] = len(c.equipment)
	c.equipment = append(c.equipment, e)
}

func (c *cuscar) seal(s edifact.Segment) {
	if n := len(c.equipment); n > 0 && s.Get(1, 1) != "" {
		e := &c.equipment[n-1]
		e.Seals = append(e.Seals, manifest.Seal{Number: s.Get(1, 1), Party: s.Get(2, 1)})
	}
}

// attach puts a unit on the open bill, once.
func (c *cuscar) attach(number string) {
	c.used[number] = true
	for _, e := range c.bill.bill.Equipment {
		if e.Number == number {
			return
		}
	}
	c.bill.bill.Equipment = append(c.bill.bill.Equipment, manifest.TransportEquipment{Number: number})
}

// reference takes RFF: within a consignment it names or opens a bill of lading,
// elsewhere it may name voyage or manifest.
func (c *cuscar) reference(s edifact.Segment) {
	qualifier, number := s.Get(1, 1), s.Get(1, 2)
	inside := c.bill != nil || c.at == inConsignment
	if !inside {
		switch qualifier {
		case "VON", "CRN":
			if t := &c.reading.Manifest.Transport; t.Journey == "" {
				t.Journey = number
			}
		case "AFB":
			if c.reading.Manifest.ID == "" {
				c.reading.Manifest.ID = number
			}
		}
		return
	}
	kind, names := billKind[qualifier]
	if !names {
		waybill := qualifier == "AAM" || qualifier == "AAS"
		if c.bill != nil && waybill && (c.at == inGoods || c.at == inPlacement) {
			c.closeBill() // no reference stands below a line: the next bill begins
		}
		c.startBill(s)
		switch {
		case c.bill.content:
		case waybill:
			if c.bill.waybill == "" {
				c.bill.waybill = number
			}
		case len(c.bill.numbers) == 0 && !c.noted["RFF"+qualifier]:
			c.noted["RFF"+qualifier] = true
			c.note(fault.New(fault.Invalid, "MSG-CUSCAR-NUMBER-01", c.path(""), "RFF in segment {segment} has the qualifier {qualifier}, which names no bill of lading",
				"give the bill's number with BM, MB, BH, AWB, MWB or HWB", "segment", s.Number, "qualifier", clip(qualifier)))
		}
		return
	}
	if c.bill != nil && (c.bill.content || (c.bill.numbers[kind] != "" && c.bill.numbers[kind] != number)) {
		c.closeBill()
	}
	c.startBill(s)
	c.at = inBill
	c.bill.numbers[kind] = number
	if kind == manifest.Master {
		c.cni.master = number
	}
}

func (c *cuscar) document(s edifact.Segment) {
	kind, known := billDocument[s.Get(1, 1)]
	if !known {
		return
	}
	c.bill.bill.Type = kind
	if s.Get(2, 1) != "" && c.bill.numbers[kind] == "" && c.bill.numbers[""] == "" {
		c.bill.numbers[""] = s.Get(2, 1)
	}
}

// startBill opens a bill where none is open and gives it what stood between CNI
// and its first reference.
func (c *cuscar) startBill(s edifact.Segment) {
	if c.bill != nil {
		return
	}
	c.bill = &openBill{numbers: map[manifest.BillType]string{}, segment: s.Number, shippers: map[string]manifest.Party{}}
	c.at = inBill
	c.cni.count++
	pending := c.cni.pending
	c.cni.pending = nil
	for _, p := range pending {
		c.detail(p)
	}
}

func (c *cuscar) closeConsignment() {
	if c.bill == nil && c.at == inConsignment && (c.cni.number != "" || len(c.cni.pending) > 0) {
		c.startBill(edifact.Segment{})
	}
	c.closeBill()
}

// closeBill settles number and relation of the open bill and files it.
func (c *cuscar) closeBill() {
	if c.bill == nil {
		return
	}
	o := c.bill
	b := &o.bill
	master := o.numbers[manifest.Master]
	stated := o.numbers[""] // from DOC
	switch {
	case o.numbers[manifest.House] != "":
		b.Number, b.Type = o.numbers[manifest.House], manifest.House
	case o.numbers[manifest.Straight] != "":
		b.Number = o.numbers[manifest.Straight]
	case master != "":
		b.Number, b.Type, master = master, manifest.Master, ""
	case o.waybill != "":
		b.Number = o.waybill
	case stated != "":
		b.Number = stated
	default:
		b.Number = c.cni.number
	}
	if b.Type == "" {
		b.Type = manifest.Straight
	}
	if b.Type == manifest.House {
		b.Master = master
		if b.Master == "" {
			b.Master = c.cni.master
		}
		if number := c.cni.number; b.Master == "" && number != "" && number != b.Number && number != stated {
			b.Master = number // CNI numbers master bills
		}
	}
	c.settleParties(o)
	c.settleAmounts(b)
	c.reading.Manifest.Consignments = append(c.reading.Manifest.Consignments, *b)
	c.bill = nil
}
