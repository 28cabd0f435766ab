package manifest

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
)

// Codes answers whether a code stands in a list on a day; *codelist.Set does.
type Codes interface {
	Check(name codelist.ListName, path, code string, on clock.Date) (codelist.Standing, error)
}

// Checked gives the verdict on the check digit of a container number (ISO 6346).
// Something that is no container number is CheckUnknown.
func Checked(number string) CheckDigit {
	if _, err := codelist.ParseContainerNumber(number); err == nil {
		return CheckRight
	} else if fault.Is(err, "CODELIST-CONTAINER-03") {
		return CheckWrong
	}
	if _, ok := codelist.ContainerCheckDigit(number); ok && len(number) == 10 {
		return CheckAbsent
	}
	return CheckUnknown
}

// Check gives all faults of a manifest at once. part says how much must be
// there: PrimaryData for the first sending, SecondaryData for everything. codes
// may be nil, then codes are judged by form only. on is the day whose code lists
// count. Paths point into the manifest as the JSON message writes it.
//
// Faults: MAN-ID-01, MAN-KIND-01, MAN-TRANSPORT-01 to -04, MAN-PORT-01 to -03,
// MAN-DATE-01 to -02, MAN-BILL-01 to -05, MAN-PACKAGES-01 to -03, MAN-MASS-01 to
// -02, MAN-PARTY-01 to -03, MAN-GOODS-01 to -02, MAN-HS-01, MAN-DANGEROUS-01,
// MAN-EQUIPMENT-01 to -03, CODELIST-* and whatever codes says.
func (m Manifest) Check(part Part, codes Codes, on clock.Date) error {
	c := checker{codes: codes, on: on, part: part, manifest: &m}
	c.head()
	seen := map[string]int{}
	for i := range m.Consignments {
		c.bill(i, seen)
	}
	if c.broken != nil {
		return c.broken
	}
	return c.list.OrNil()
}

type checker struct {
	codes    Codes
	on       clock.Date
	part     Part
	manifest *Manifest
	list     fault.List
	broken   error // an error that is no fault: it travels on
}

func (c *checker) add(f *fault.Fault) { c.list = append(c.list, f) }

func (c *checker) code(list codelist.ListName, path, code string) {
	if code == "" || c.codes == nil {
		return
	}
	_, err := c.codes.Check(list, path, code, c.on)
	if err := c.list.Add("", err); err != nil {
		c.broken = err
	}
}

func (c *checker) port(path string, port Location) {
	switch {
	case port == "":
	case !isLocode(string(port)):
		c.add(fault.New(fault.Invalid, "MAN-PORT-02", path, "“{value}” is not written like a UN/LOCODE",
			"write country and place in five characters, such as CNSHA", "value", clip(string(port))))
	default:
		c.code(codelist.Locations, path, string(port))
	}
}

func isLocode(s string) bool {
	if len(s) != 5 {
		return false
	}
	for i := range 5 {
		letter, digit := s[i] >= 'A' && s[i] <= 'Z', s[i] >= '2' && s[i] <= '9'
		if !letter && (i < 2 || !digit) {
			return false
		}
	}
	return true
}

func (c *checker) head() {
	m := c.manifest
	if m.ID == "" {
		c.add(fault.New(fault.Invalid, "MAN-ID-01", "/id", "the manifest has no number", "give the carrier's manifest number"))
	}
	switch m.Kind {
	case Original, PreStowage, Loading, Tally:
	default:
		c.add(fault.New(fault.Invalid, "MAN-KIND-01", "/kind", "“{value}” is not a kind of manifest",
			"state original, pre-stowage, loading or tally", "value", clip(string(m.Kind))))
	}
	c.transport(m.Transport)
	if m.Inbound() && m.PortOfDischarge == "" {
		c.add(fault.New(fault.Invalid, "MAN-PORT-01", "/portOfDischarge", "the port of discharge is missing", "give it as UN/LOCODE"))
	}
	if !m.Inbound() && m.PortOfLoading == "" {
		c.add(fault.New(fault.Invalid, "MAN-PORT-03", "/portOfLoading", "the port of loading is missing", "give it as UN/LOCODE"))
	}
	c.port("/portOfLoading", m.PortOfLoading)
	c.port("/portOfDischarge", m.PortOfDischarge)
	if m.Kind == Original && !m.ArrivalEstimated.Given() && !m.ArrivalActual.Given() {
		c.add(fault.New(fault.Invalid, "MAN-DATE-01", "/arrivalEstimated", "no arrival is stated", "give the estimated time of arrival"))
	}
	if arrival := m.ArrivalActual; m.Inbound() && arrival.Given() && m.DepartureTime.Given() && arrival.Day < m.DepartureTime.Day {
		c.add(fault.New(fault.Invalid, "MAN-DATE-02", "/arrivalActual", "the arrival {arrival} lies before the departure {departure}",
			"correct one of the two", "arrival", arrival.Day, "departure", m.DepartureTime.Day))
	}
	if len(m.Consignments) == 0 {
		c.add(fault.New(fault.Invalid, "MAN-BILL-01", "/consignments", "the manifest has no bill of lading", "list at least one"))
	}
}

func (c *checker) transport(t Transport) {
	switch t.Mode {
	case Sea, Rail, Road, Air, Mail, Multimodal, Fixed, InlandWater:
	default:
		c.add(fault.New(fault.Invalid, "MAN-TRANSPORT-01", "/transport/mode", "“{value}” is not a mode of transport",
			"give a code of UN/ECE Recommendation 19: 1 sea, 2 rail, 3 road, 4 air …", "value", clip(string(t.Mode))))
	}
	if t.MeansID == "" && t.MeansName == "" {
		c.add(fault.New(fault.Invalid, "MAN-TRANSPORT-02", "/transport/meansId", "the means of transport is missing",
			"give the ship's IMO number or name, the aircraft's or vehicle's registration"))
	}
	if t.Journey == "" && (t.Mode == Sea || t.Mode == Air || t.Mode == Rail || t.Mode == InlandWater) {
		c.add(fault.New(fault.Invalid, "MAN-TRANSPORT-03", "/transport/journey", "the voyage or flight number is missing", "give it as on the schedule"))
	}
	if t.Mode == Sea && len(t.MeansID) == 7 && !imoRight(t.MeansID) {
		c.add(fault.New(fault.Invalid, "MAN-TRANSPORT-04", "/transport/meansId", "the check digit of IMO number {value} is wrong",
			"compare with the ship's papers", "value", t.MeansID))
	}
	c.code(codelist.Countries, "/transport/flag", t.Flag)
}

// imoRight tests an IMO ship number: six digits weighted 7 to 2, the last digit
// of the sum is the seventh. Seven characters with letters are a call sign.
func imoRight(s string) bool {
	sum := 0
	for i := range 7 {
		if s[i] < '0' || s[i] > '9' {
			return true
		}
		if i < 6 {
			sum += int(s[i]-'0') * (7 - i)
		}
	}
	return sum%10 == int(s[6]-'0')
}

func (c *checker) bill(i int, seen map[string]int) {
	b := &c.manifest.Consignments[i]
	at := "/consignments/" + strconv.Itoa(i)
	switch first, twice := seen[b.Number]; {
	case b.Number == "":
		c.add(fault.New(fault.Invalid, "MAN-BILL-02", at+"/number", "bill of lading no. {row} has no number", "give its number", "row", i+1))
	case twice && !b.Split:
		c.add(fault.New(fault.Invalid, "MAN-BILL-03", at+"/number", "bill of lading {bill} stands twice on the manifest, first as no. {row}",
			"merge the two, or mark both as part shipments", "bill", b.Number, "row", first+1))
	default:
		seen[b.Number] = i
	}
	if utf8.RuneCountInString(b.Number) > 35 {
		c.add(fault.New(fault.Invalid, "MAN-BILL-05", at+"/number", "the number “{value}” has more than 35 characters",
			"give the number as on the bill of lading", "value", clip(b.Number)))
	}
	// Hauliers and the post issue house bills under no master bill.
	if b.Type == House && b.Master == "" && c.manifest.Transport.Mode != Road && c.manifest.Transport.Mode != Mail {
		c.add(fault.New(fault.Invalid, "MAN-BILL-04", at+"/master", "house bill {bill} names no master bill", "give the master bill's number", "bill", b.Number))
	}
	for _, p := range []struct {
		name string
		port Location
	}{
		{"placeOfReceipt", b.PlaceOfReceipt},
		{"portOfLoading", b.PortOfLoading},
		{"portOfDischarge", b.PortOfDischarge},
		{"placeOfDelivery", b.PlaceOfDelivery},
		{"finalDestination", b.FinalDestination},
	} {
		c.port(at+"/"+p.name, p.port)
	}
	c.amounts(at, b)
	c.goods(at, b)
	if c.part == SecondaryData {
		c.parties(at, b)
	}
	c.equipment(at, b)
}

func (c *checker) amounts(at string, b *BillOfLading) {
	var packages, mass num.Quantity
	allPackages, allMass := len(b.Goods) > 0, len(b.Goods) > 0
	for i, g := range b.Goods {
		c.count(at+"/goods/"+strconv.Itoa(i)+"/packages", g.Packages, false)
		allPackages = allPackages && g.Packages > 0
		allMass = allMass && g.GrossMass > 0
		var err error
		if packages, err = num.Add(packages, g.Packages); err != nil {
			_ = c.list.Add(at+"/goods", err)
			return
		}
		if mass, err = num.Add(mass, g.GrossMass); err != nil {
			_ = c.list.Add(at+"/goods", err)
			return
		}
	}
	c.count(at+"/packages", b.Packages, true)
	if b.Packages > 0 && allPackages && packages != b.Packages {
		c.add(fault.New(fault.Invalid, "MAN-PACKAGES-03", at+"/packages", "the lines have {lines} packages, the bill {bill}",
			"correct the total or the lines", "lines", packages, "bill", b.Packages))
	}
	if b.GrossMass <= 0 {
		c.add(fault.New(fault.Invalid, "MAN-MASS-01", at+"/grossMass", "the gross mass of bill {bill} is missing", "give it in kilograms, more than 0", "bill", b.Number))
	} else if allMass && mass != b.GrossMass {
		c.add(fault.New(fault.Invalid, "MAN-MASS-02", at+"/grossMass", "the lines weigh {lines} kg, the bill {bill} kg",
			"correct the total or the lines", "lines", mass, "bill", b.GrossMass))
	}
	c.code(codelist.Packages, at+"/packageKind", b.PackageKind)
}

func (c *checker) count(path string, n num.Quantity, needed bool) {
	switch {
	case n < 0 || (needed && n == 0):
		c.add(fault.New(fault.Invalid, "MAN-PACKAGES-01", path, "the number of packages is missing", "give it; goods in bulk count as 1"))
	case n%num.OneQuantity != 0:
		c.add(fault.New(fault.Invalid, "MAN-PACKAGES-02", path, "{value} is not a whole number of packages", "give a whole number", "value", n))
	}
}

func (c *checker) goods(at string, b *BillOfLading) {
	if len(b.Goods) == 0 {
		c.add(fault.New(fault.Invalid, "MAN-GOODS-01", at+"/goods", "bill {bill} describes no goods", "give at least one line with a description", "bill", b.Number))
	}
	for i, g := range b.Goods {
		path := at + "/goods/" + strconv.Itoa(i)
		if strings.TrimSpace(g.Description) == "" && g.HS == "" {
			c.add(fault.New(fault.Invalid, "MAN-GOODS-02", path+"/description", "line {row} of bill {bill} has no description",
				"say in plain words what the goods are", "row", i+1, "bill", b.Number))
		}
		if g.HS != "" && (len(g.HS) < 4 || len(g.HS) > 13 || strings.Trim(g.HS, "0123456789") != "") {
			c.add(fault.New(fault.Invalid, "MAN-HS-01", path+"/hs", "“{value}” is not a commodity code", "give 4 to 13 digits; six are usual", "value", clip(g.HS)))
		}
		c.code(codelist.Packages, path+"/packageKind", g.PackageKind)
		for j, d := range g.Dangerous {
			if len(d.UNNumber) != 4 || strings.Trim(d.UNNumber, "0123456789") != "" {
				c.add(fault.New(fault.Invalid, "MAN-DANGEROUS-01", path+"/dangerous/"+strconv.Itoa(j)+"/unNumber",
					"“{value}” is not a UN number of dangerous goods", "give the four digits", "value", clip(d.UNNumber)))
			}
		}
	}
}

func (c *checker) parties(at string, b *BillOfLading) {
	if b.Consignor.Code == "" && b.Consignor.Name == "" {
		c.add(fault.New(fault.Invalid, "MAN-PARTY-01", at+"/consignor", "bill {bill} names no consignor", "give name or code", "bill", b.Number))
	}
	if !b.ToOrder && b.Consignee.Code == "" && b.Consignee.Name == "" {
		c.add(fault.New(fault.Invalid, "MAN-PARTY-02", at+"/consignee", "bill {bill} names no consignee and is not to order",
			"give the consignee's code and name, or mark the bill as to order", "bill", b.Number))
	}
	if b.ToOrder && len(b.Notify) == 0 {
		c.add(fault.New(fault.Invalid, "MAN-PARTY-03", at+"/notify", "bill {bill} is to order and names nobody to notify", "give the notify party", "bill", b.Number))
	}
}

func (c *checker) equipment(at string, b *BillOfLading) {
	known := map[string]bool{}
	for i, e := range b.Equipment {
		path := at + "/equipment/" + strconv.Itoa(i) + "/number"
		switch {
		case e.Number == "":
			c.add(fault.New(fault.Invalid, "MAN-EQUIPMENT-01", path, "unit {row} of bill {bill} has no number", "give the container number", "row", i+1, "bill", b.Number))
		case known[e.Number]:
			c.add(fault.New(fault.Invalid, "MAN-EQUIPMENT-02", path, "unit {value} stands twice on bill {bill}", "list it once", "value", e.Number, "bill", b.Number))
		case e.Type == "CN":
			_, err := codelist.ParseContainerNumber(e.Number)
			_ = c.list.Add(path, err)
		}
		known[e.Number] = true
	}
	for i, g := range b.Goods {
		for j, p := range g.Equipment {
			if !known[p.Number] {
				c.add(fault.New(fault.Invalid, "MAN-EQUIPMENT-03", at+"/goods/"+strconv.Itoa(i)+"/equipment/"+strconv.Itoa(j),
					"line {row} stands in {value}, which bill {bill} does not list", "list the unit with the bill", "row", i+1, "value", p.Number, "bill", b.Number))
			}
		}
	}
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
