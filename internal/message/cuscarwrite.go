package message

import (
	"io"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/manifest"
	"seine/internal/message/edifact"
	"seine/internal/num"
)

// Envelope is what an interchange needs besides its message.
type Envelope struct {
	Sender, Recipient string
	Reference         string // of interchange and message, at most 14 characters
	Prepared          clock.Instant
}

// WriteCuscar writes a manifest as CUSCAR D.95B in UTF-8 (UNOY, syntax 4), so
// that ReadCuscar gives back what was written. Text is cut into pieces of 70
// characters as the directory asks. Fault: EDI-CHARSET-03 never, in UTF-8.
func WriteCuscar(w io.Writer, m manifest.Manifest, f Function, e Envelope) error {
	out := edifact.NewWriter(w, edifact.Default(4), "UNOY")
	var segments []edifact.Segment
	add := func(tag string, elements ...[]string) {
		segments = append(segments, trim(edifact.Seg(tag, elements...)))
	}
	writeHead(add, m, f)
	written := map[string]bool{}
	for _, b := range m.Consignments {
		for _, unit := range b.Equipment {
			if !written[unit.Number] {
				written[unit.Number] = true
				writeUnit(add, unit)
			}
		}
	}
	add("CNT", edifact.C("10", strconv.Itoa(len(m.Consignments))))
	for i, b := range m.Consignments {
		writeBill(add, i, b)
	}
	prepared := e.Prepared.Time()
	head := []edifact.Segment{
		edifact.Seg("UNB", edifact.C("UNOY", "4"), edifact.C(e.Sender), edifact.C(e.Recipient), edifact.C(prepared.Format("20060102"), prepared.Format("1504")), edifact.C(e.Reference)),
		edifact.Seg("UNH", edifact.C(e.Reference), edifact.C("CUSCAR", "D", "95B", "UN")),
	}
	tail := []edifact.Segment{
		edifact.Seg("UNT", edifact.C(strconv.Itoa(len(segments)+2)), edifact.C(e.Reference)),
		edifact.Seg("UNZ", edifact.C("1"), edifact.C(e.Reference)),
	}
	for _, part := range [][]edifact.Segment{head, segments, tail} {
		for _, s := range part {
			if err := out.Segment(s); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// trim drops empty components and elements at the end, as the syntax asks.
func trim(s edifact.Segment) edifact.Segment {
	for i, e := range s.Data {
		c := e[0]
		for len(c) > 1 && c[len(c)-1] == "" {
			c = c[:len(c)-1]
		}
		s.Data[i][0] = c
	}
	for len(s.Data) > 0 && len(s.Data[len(s.Data)-1][0]) == 1 && s.Data[len(s.Data)-1][0][0] == "" {
		s.Data = s.Data[:len(s.Data)-1]
	}
	return s
}

type adder func(tag string, elements ...[]string)

func writeHead(add adder, m manifest.Manifest, f Function) {
	name, function := "785", ""
	if m.Kind == manifest.Loading {
		name = "833"
	}
	for code, meaning := range functions {
		if meaning == f && len(code) == 1 {
			function = code
		}
	}
	add("BGM", edifact.C(name), edifact.C(m.ID), edifact.C(function))
	writeParty(add, "CA", m.Carrier)
	writeParty(add, "CG", m.Agent)
	t := m.Transport
	add("TDT", edifact.C("20"), edifact.C(t.Journey), edifact.C(string(t.Mode)), edifact.C(), edifact.C(), edifact.C(), edifact.C(), edifact.C(t.MeansID, "", "", t.MeansName, t.Flag))
	writePlace(add, "9", m.PortOfLoading)
	writePlace(add, "11", m.PortOfDischarge)
	if m.Office != "" {
		add("LOC", edifact.C("22"), edifact.C(m.Office))
	}
	writeMoment(add, "132", m.ArrivalEstimated)
	writeMoment(add, "178", m.ArrivalActual)
	writeMoment(add, "136", m.DepartureTime)
}

func writeUnit(add adder, u manifest.TransportEquipment) {
	filling := map[manifest.Filling]string{manifest.Full: "5", manifest.Empty: "4"}[u.Filling]
	add("EQD", edifact.C(u.Type), edifact.C(u.Number), edifact.C(u.SizeType), edifact.C(), edifact.C(), edifact.C(filling))
	writeMeasure(add, "G", "KGM", u.GrossMass)
	for _, s := range u.Seals {
		add("SEL", edifact.C(s.Number), edifact.C(s.Party))
	}
}

func writeBill(add adder, i int, b manifest.BillOfLading) {
	add("CNI", edifact.C(strconv.Itoa(i+1)))
	qualifier := map[manifest.BillType]string{manifest.House: "BH", manifest.Master: "MB"}[b.Type]
	if qualifier == "" {
		qualifier = "BM"
	}
	if b.Type == manifest.House && b.Master != "" {
		add("RFF", edifact.C("MB", b.Master))
	}
	add("RFF", edifact.C(qualifier, b.Number))
	writeTotal(add, "11", "", b.Packages)
	writeTotal(add, "7", "KGM", b.GrossMass)
	writeTotal(add, "15", "MTQ", b.Measurement)
	writePlace(add, "9", b.PortOfLoading)
	writePlace(add, "11", b.PortOfDischarge)
	writePlace(add, "7", b.PlaceOfDelivery)
	writePlace(add, "20", b.FinalDestination)
	writePlace(add, "88", b.PlaceOfReceipt)
	writeParty(add, "CZ", b.Consignor)
	if b.ToOrder && !b.Consignee.Given() {
		writeParty(add, "CN", manifest.Party{Name: "TO ORDER"})
	}
	writeParty(add, "CN", b.Consignee)
	for _, p := range b.Notify {
		writeParty(add, "N1", p)
	}
	for _, g := range b.Goods {
		writeLine(add, g)
	}
}

func writeLine(add adder, g manifest.GoodsItem) {
	packages := ""
	if g.Packages != 0 {
		packages = g.Packages.String()
	}
	add("GID", edifact.C(strconv.Itoa(g.Number)), edifact.C(packages, g.PackageKind))
	for _, lines := range pieces(g.Description, 70, 5) {
		add("FTX", edifact.C("AAA"), edifact.C(), edifact.C(), lines)
	}
	writeMeasure(add, "G", "KGM", g.GrossMass)
	writeMeasure(add, "AAW", "MTQ", g.Measurement)
	for _, p := range g.Equipment {
		count := ""
		if p.Packages != 0 {
			count = p.Packages.String()
		}
		add("SGP", edifact.C(p.Number), edifact.C(count))
		writeMeasure(add, "G", "KGM", p.GrossMass)
	}
	for _, d := range g.Dangerous {
		degree, unit, _ := strings.Cut(d.Flashpoint, " ")
		add("DGS", edifact.C(d.Regulation), edifact.C(d.Class), edifact.C(d.UNNumber), edifact.C(degree, unit), edifact.C(d.Packing))
	}
	if g.Marks != "" {
		add("PCI", edifact.C("28"), edifact.C(g.Marks))
	}
	if g.HS != "" {
		add("CST", edifact.C(), edifact.C(g.HS))
	}
}

// pieces cuts text into lists of at most count pieces of at most size characters.
func pieces(text string, size, count int) [][]string {
	var out [][]string
	var list []string
	for runes := []rune(text); len(runes) > 0; {
		n := min(size, len(runes))
		list = append(list, string(runes[:n]))
		runes = runes[n:]
		if len(list) == count || len(runes) == 0 {
			out, list = append(out, list), nil
		}
	}
	return out
}

func writeParty(add adder, qualifier string, p manifest.Party) {
	if !p.Given() {
		return
	}
	codeList, agency, _ := strings.Cut(p.CodeList, ":")
	add("NAD", edifact.C(qualifier), edifact.C(p.Code, codeList, agency), edifact.C(), edifact.C(p.Name), edifact.C(p.Address), edifact.C(), edifact.C(), edifact.C(), edifact.C(p.Country))
}

func writePlace(add adder, qualifier string, port manifest.Location) {
	if port != "" {
		add("LOC", edifact.C(qualifier), edifact.C(string(port), "139", "6"))
	}
}

func writeMoment(add adder, qualifier string, m manifest.Moment) {
	switch {
	case m.At != 0:
		add("DTM", edifact.C(qualifier, m.At.Time().Format("20060102150405"), "204"))
	case m.Day != 0:
		add("DTM", edifact.C(qualifier, strings.ReplaceAll(m.Day.String(), "-", ""), "102"))
	}
}

func writeMeasure(add adder, dimension, unit string, q num.Quantity) {
	if q != 0 {
		add("MEA", edifact.C("AAE"), edifact.C(dimension), edifact.C(unit, q.String()))
	}
}

func writeTotal(add adder, qualifier, unit string, q num.Quantity) {
	if q != 0 {
		add("CNT", edifact.C(qualifier, q.String(), unit))
	}
}
