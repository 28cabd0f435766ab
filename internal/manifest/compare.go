package manifest

import (
	"slices"
	"strings"

	"seine/internal/clock"
)

// Change is one element in which two forms of a manifest differ. Bill is the
// number of the bill of lading that it belongs to, "" for the head; Element is its
// name as manifest JSON writes it, or “bill” for a bill that comes or goes whole.
type Change struct {
	Bill    string `json:"bill,omitempty"`
	Element string `json:"element"`
	Before  string `json:"before,omitempty"`
	After   string `json:"after,omitempty"`
}

// Compare lists what next changes, the head first, then bill by bill in the order
// of next; bills that it leaves out come last. Part shipments of one number are
// compared in their order.
func (m Manifest) Compare(next Manifest) []Change {
	var list []Change
	bill := ""
	differ := func(element, before, after string) {
		if before != after {
			list = append(list, Change{bill, element, before, after})
		}
	}
	a, b := m.Transport, next.Transport
	differ("transport/meansId", a.MeansID, b.MeansID)
	differ("transport/meansName", a.MeansName, b.MeansName)
	differ("transport/journey", a.Journey, b.Journey)
	differ("carrier", m.Carrier.says(), next.Carrier.says())
	differ("portOfLoading", string(m.PortOfLoading), string(next.PortOfLoading))
	differ("portOfDischarge", string(m.PortOfDischarge), string(next.PortOfDischarge))
	differ("arrivalEstimated", m.ArrivalEstimated.says(), next.ArrivalEstimated.says())
	if next.ArrivalActual.Given() {
		differ("arrivalActual", m.ArrivalActual.says(), next.ArrivalActual.says())
	}
	old := map[string][]*BillOfLading{}
	for i := range m.Consignments {
		number := NormalNumber(m.Consignments[i].Number)
		old[number] = append(old[number], &m.Consignments[i])
	}
	for i := range next.Consignments {
		now := &next.Consignments[i]
		bill = NormalNumber(now.Number)
		was := old[bill]
		if len(was) == 0 {
			differ("bill", "", now.says())
			continue
		}
		old[bill] = was[1:]
		was[0].compare(now, differ)
	}
	for i := range m.Consignments {
		bill = NormalNumber(m.Consignments[i].Number)
		if left := old[bill]; len(left) > 0 && left[0] == &m.Consignments[i] {
			old[bill] = left[1:]
			differ("bill", left[0].says(), "")
		}
	}
	return list
}

func (b *BillOfLading) compare(next *BillOfLading, differ func(element, before, after string)) {
	differ("type", string(b.Type), string(next.Type))
	differ("master", NormalNumber(b.Master), NormalNumber(next.Master))
	differ("packages", b.Packages.String(), next.Packages.String())
	differ("packageKind", b.PackageKind, next.PackageKind)
	differ("grossMass", b.GrossMass.String(), next.GrossMass.String())
	differ("consignor", b.Consignor.says(), next.Consignor.says())
	differ("consignee", b.Consignee.says(), next.Consignee.says())
	differ("goods", b.goods(), next.goods())
	differ("equipment", b.boxes(), next.boxes())
	differ("portOfLoading", string(b.PortOfLoading), string(next.PortOfLoading))
	differ("portOfDischarge", string(b.PortOfDischarge), string(next.PortOfDischarge))
	differ("placeOfDelivery", string(b.PlaceOfDelivery), string(next.PlaceOfDelivery))
}

func (b *BillOfLading) says() string {
	return strings.TrimSpace(b.Packages.String() + " " + b.PackageKind + ", " + b.GrossMass.String() + " kg")
}

func (b *BillOfLading) goods() string {
	lines := make([]string, len(b.Goods))
	for i, g := range b.Goods {
		lines[i] = strings.Join(strings.Fields(g.HS+" "+g.Description), " ")
	}
	return strings.Join(lines, "; ")
}

// boxes are the containers of a bill with their seals, in order of number.
func (b *BillOfLading) boxes() string {
	list := make([]string, len(b.Equipment))
	for i, e := range b.Equipment {
		list[i] = NormalNumber(e.Number)
		for _, seal := range e.Seals {
			list[i] += " " + NormalNumber(seal.Number)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func (p Party) says() string { return strings.Join(strings.Fields(p.Code+" "+p.Name), " ") }

func (m Moment) says() string {
	switch {
	case m.At != clock.Instant(0):
		return m.At.String()
	case m.Day != 0:
		return m.Day.String()
	}
	return ""
}
