package declaration

import (
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/num"
)

// Result is the outcome of a three-document confirmation (DR §2).
type Result string

const (
	Confirmed Result = "confirmed" // all agree: feeds the automatic pass
	Signal    Result = "signal"    // agrees in what blocks, differs in what only raises the score
	Conflict  Result = "conflict"  // a blocking row differs: the declaration waits
	NoMatch   Result = "no_match"  // no such bill of lading
	Missing   Result = "missing"   // the manifest has not come yet: hold, try again on arrival
)

// Outcome is that of one row.
type Outcome string

const (
	RowPass        Outcome = "pass"
	RowSignal      Outcome = "signal"
	RowConflict    Outcome = "conflict"
	RowNoMatch     Outcome = "no_match"
	RowNotCompared Outcome = "not_compared" // one side does not state it
)

// Who has to put a difference right.
const (
	ByCarrier   = "carrier"
	ByDeclarant = "declarant"
)

// Row is one compared field. Left and Right are what the two papers that differ
// say; where nothing differs they are the bill of lading and the declaration.
type Row struct {
	Check     int     `json:"check"` // number of the row in DR §2, from 1
	Name      string  `json:"name"`
	Left      string  `json:"left,omitempty"`
	Right     string  `json:"right,omitempty"`
	Outcome   Outcome `json:"outcome"`
	Tolerance string  `json:"tolerance,omitempty"`
	Path      string  `json:"path"`            // of the field: in the declaration, or in the manifest's bill when the carrier must act
	Act       string  `json:"act,omitempty"`   // carrier or declarant, when it differs
	Over      bool    `json:"over,omitempty"`  // more is drawn than the bill of lading holds
	Tally     bool    `json:"tally,omitempty"` // Right is what was counted at the quay or apron
}

// Confirmation is the whole comparison.
type Confirmation struct {
	Result          Result  `json:"result"`
	Manifest        string  `json:"manifest,omitempty"`
	ManifestVersion int     `json:"manifestVersion,omitempty"`
	BillOfLading    string  `json:"billOfLading"`
	Rows            [10]Row `json:"rows"`
}

// Ref is what the declaration keeps of the confirmation.
func (c *Confirmation) Ref(at clock.Instant) *ConfirmationRef {
	return &ConfirmationRef{Result: c.Result, Manifest: c.Manifest, ManifestVersion: c.ManifestVersion, At: at}
}

// Differences lists the rows that did not pass, blocking ones first.
func (c *Confirmation) Differences() []Row {
	var blocking, signals []Row
	for _, r := range c.Rows {
		switch r.Outcome {
		case RowConflict, RowNoMatch:
			blocking = append(blocking, r)
		case RowSignal:
			signals = append(signals, r)
		}
	}
	return append(blocking, signals...)
}

// Papers are the documents that confirm each other.
type Papers struct {
	// Manifest is the carrier's manifest; nil when it has not come yet.
	Manifest *manifest.Manifest
	// Listed is the bill of lading as it stands on the manifest; nil when the
	// manifest has none of that number.
	Listed *manifest.BillOfLading
	// Lading is the bill of lading as it was issued, when it reached us by itself;
	// nil when only the manifest tells of it, and then it stands for both.
	Lading *manifest.BillOfLading
	// LadingTransport is the means and journey that the issued bill names.
	LadingTransport manifest.Transport
	// Tally is what was counted of the bill's goods; nil before the report is in.
	Tally *Count
	// LadingClosed: no further declaration will draw on the bill.
	LadingClosed bool
	// Agencies are party codes for which the consignee of the bill has filed that
	// they may declare in its place.
	Agencies []string
	// Others are the other declarations drawing on the same bill, deleted and
	// returned ones left out.
	Others []*Declaration
}

// Count is what a tally report says of one bill of lading.
type Count struct {
	Packages   num.Quantity
	GrossMass  num.Quantity // kg, 0 when the goods were not weighed
	Containers *int         // nil when they were not counted
}

type comparer struct {
	p      Papers
	d      *Declaration
	tol    *Tolerances
	bill   *manifest.BillOfLading // what the declaration is compared with
	result Confirmation
}

// Confirm compares manifest, bill of lading and declaration d in the ten rows of
// DR §2. tol are the tolerances in force. It never fails: what cannot be
// compared because a paper is silent is not_compared and blocks nothing, but
// when voyage, packages, mass or containers are among it the result is a signal.
func Confirm(p Papers, d *Declaration, tol *Tolerances) Confirmation {
	c := comparer{p: p, d: d, tol: tol}
	c.result.BillOfLading = d.BillOfLading
	for i, name := range [10]string{
		"bill of lading number", "means and voyage", "arrival", "consignee", "packages",
		"gross mass", "containers", "seals", "goods", "port and country",
	} {
		c.result.Rows[i] = Row{Check: i + 1, Name: name, Outcome: RowNotCompared, Path: rowPaths[i]}
	}
	if p.Manifest == nil {
		c.result.Result = Missing
		return c.result
	}
	c.result.Manifest, c.result.ManifestVersion = p.Manifest.ID, p.Manifest.Version
	c.bill = p.Lading
	if c.bill == nil {
		c.bill = p.Listed
	}
	if !c.number() {
		c.result.Result = NoMatch
		return c.result
	}
	c.voyage()
	c.arrival()
	c.consignee()
	c.packages()
	c.mass()
	c.containers()
	c.seals()
	c.goods()
	c.port()
	c.result.Result = Confirmed
	for _, row := range [4]int{2, 5, 6, 7} { // confirmed says that these agree, not that nobody stated them
		if c.result.Rows[row-1].Outcome == RowNotCompared {
			c.result.Result = Signal
		}
	}
	for i := range c.result.Rows {
		switch c.result.Rows[i].Outcome {
		case RowNoMatch:
			c.result.Result = NoMatch
			return c.result
		case RowConflict:
			c.result.Result = Conflict
		case RowSignal:
			if c.result.Result == Confirmed {
				c.result.Result = Signal
			}
		}
	}
	return c.result
}

var rowPaths = [10]string{
	"/billOfLading", "/transport", "/entryOn", "/consignee", "/packages",
	"/grossMass", "/equipment", "/equipment", "/lines", "/port",
}

func (c *comparer) pass(row int, left, right, tolerance string) {
	r := &c.result.Rows[row-1]
	if r.Outcome == RowNotCompared {
		r.Outcome, r.Left, r.Right, r.Tolerance = RowPass, left, right, tolerance
	}
}

// differ notes a difference; the first one of a row stands.
func (c *comparer) differ(row int, left, right, tolerance, path, act string) {
	r := &c.result.Rows[row-1]
	if r.Outcome != RowNotCompared && r.Outcome != RowPass {
		return
	}
	r.Outcome, r.Left, r.Right, r.Tolerance, r.Path, r.Act = c.tol.Mismatch[row-1], left, right, tolerance, path, act
}

// issued tells whether there is a bill of lading beside the manifest's line.
func (c *comparer) issued() bool { return c.p.Lading != nil && c.p.Listed != nil }

func (c *comparer) number() bool {
	declared := Plain(c.d.BillOfLading)
	if c.p.Listed == nil {
		c.differ(1, "", c.d.BillOfLading, "exact", "/billOfLading", ByDeclarant)
		return false
	}
	if c.issued() && Plain(c.p.Listed.Number) != Plain(c.p.Lading.Number) {
		c.differ(1, c.p.Listed.Number, c.p.Lading.Number, "exact", "/number", ByCarrier)
		return false
	}
	if Plain(c.bill.Number) != declared {
		c.differ(1, c.bill.Number, c.d.BillOfLading, "exact", "/billOfLading", ByDeclarant)
		return false
	}
	c.pass(1, c.bill.Number, c.d.BillOfLading, "exact")
	return true
}

func (c *comparer) voyage() {
	t := c.p.Manifest.Transport
	const rule = "exact after upper case and removal of blanks"
	if c.issued() {
		l := c.p.LadingTransport
		if different(t.MeansName, l.MeansName) || different(t.MeansID, l.MeansID) || different(t.Journey, l.Journey) {
			c.differ(2, means(t), means(l), rule, "/transport", ByCarrier)
			return
		}
	}
	if t.MeansName == "" && t.MeansID == "" && t.Journey == "" {
		return
	}
	name := Plain(c.d.Transport.Name)
	if (t.MeansName != "" || t.MeansID != "") && name != Plain(t.MeansName) && name != Plain(t.MeansID) {
		c.differ(2, means(t), c.d.Transport.Name, rule, "/transport/name", ByDeclarant)
		return
	}
	if t.Journey != "" && Plain(c.d.Transport.Voyage) != Plain(t.Journey) {
		c.differ(2, t.Journey, c.d.Transport.Voyage, rule, "/transport/voyage", ByDeclarant)
		return
	}
	c.pass(2, means(t), strings.TrimSpace(c.d.Transport.Name+" "+c.d.Transport.Voyage), rule)
}

func means(t manifest.Transport) string {
	name := t.MeansName
	if name == "" {
		name = t.MeansID
	}
	return strings.TrimSpace(name + " " + t.Journey)
}

// different tells whether both are stated and differ.
func different(a, b string) bool { return a != "" && b != "" && Plain(a) != Plain(b) }

func (c *comparer) arrival() {
	if c.d.Direction != Import || c.d.EntryOn == 0 {
		return
	}
	day, estimated := c.p.Manifest.ArrivalActual.Day, false
	if day == 0 {
		day, estimated = c.p.Manifest.ArrivalEstimated.Day, true
	}
	if day == 0 {
		return
	}
	if c.d.EntryOn >= day {
		c.pass(3, day.String(), c.d.EntryOn.String(), "not before arrival")
		return
	}
	c.differ(3, day.String(), c.d.EntryOn.String(), "not before arrival", "/entryOn", ByDeclarant)
	if estimated && c.result.Rows[2].Outcome == RowConflict {
		c.result.Rows[2].Outcome = RowSignal // an estimate proves nothing
	}
}

// homeParty gives the party inside China that a bill names: the consignee of an
// import, the consignor of an export.
func (c *comparer) homeParty(b *manifest.BillOfLading) manifest.Party {
	if c.d.Direction == Export {
		return b.Consignor
	}
	return b.Consignee
}

func (c *comparer) consignee() {
	const rule = "code, not name"
	if c.issued() && !c.p.Listed.ToOrder && !c.p.Lading.ToOrder {
		if a, b := c.homeParty(c.p.Listed).Code, c.homeParty(c.p.Lading).Code; different(a, b) {
			c.differ(4, a, b, rule, "/consignee/code", ByCarrier)
			return
		}
	}
	code := c.homeParty(c.bill).Code
	if code == "" {
		return // the carrier named no code: a name alone proves nothing
	}
	own := []string{c.d.Consignee.CreditCode, c.d.Consignee.CustomsCode, c.d.Consignee.ForeignCode}
	for _, candidate := range own {
		if candidate == "" {
			continue
		}
		if Plain(candidate) == Plain(code) || slices.Contains(c.p.Agencies, candidate) {
			c.pass(4, code, candidate, rule)
			return
		}
	}
	if c.bill.ToOrder {
		return
	}
	c.differ(4, code, c.d.Consignee.Code(), rule, "/consignee", ByDeclarant)
}

// drawn adds up what all declarations take from the bill.
func (c *comparer) drawn() (packages, mass num.Quantity, ok bool) {
	return drawnBy(c.d, c.p.Others)
}

func drawnBy(d *Declaration, others []*Declaration) (packages, mass num.Quantity, ok bool) {
	packages, mass = d.Packages, d.GrossMass
	for _, o := range others {
		if o.ID == d.ID {
			continue
		}
		var err error
		if packages, err = num.Add(packages, o.Packages); err != nil {
			return 0, 0, false
		}
		if mass, err = num.Add(mass, o.GrossMass); err != nil {
			return 0, 0, false
		}
	}
	return packages, mass, true
}

func (c *comparer) packages() {
	tolerance := c.tol.Packages.String()
	if c.issued() && magnitude(c.p.Listed.Packages-c.p.Lading.Packages) > c.tol.Packages {
		c.differ(5, c.p.Listed.Packages.String(), c.p.Lading.Packages.String(), tolerance, "/packages", ByCarrier)
		return
	}
	drawn, _, ok := c.drawn()
	if c.bill.Packages == 0 {
		return
	}
	if t := c.p.Tally; t != nil && magnitude(t.Packages-c.bill.Packages) > c.tol.Packages {
		// Short or over landed: nothing goes on until the manifest says what is there.
		c.differ(5, c.bill.Packages.String(), t.Packages.String(), tolerance, "/packages", ByCarrier)
		c.result.Rows[4].Tally = true
		c.result.Rows[4].Over = !ok || drawn > c.bill.Packages+c.tol.Packages
		return
	}
	switch {
	case !ok || drawn > c.bill.Packages+c.tol.Packages:
		c.differ(5, c.bill.Packages.String(), drawn.String(), tolerance, "/packages", ByDeclarant)
		c.result.Rows[4].Over = true
	case c.p.LadingClosed && drawn < c.bill.Packages-c.tol.Packages:
		c.differ(5, c.bill.Packages.String(), drawn.String(), tolerance, "/packages", ByDeclarant)
	default:
		c.pass(5, c.bill.Packages.String(), drawn.String(), tolerance)
	}
}

func (c *comparer) mass() {
	if c.issued() {
		listed, lading := c.p.Listed.GrossMass, c.p.Lading.GrossMass
		slack := max(shareOf(lading, c.tol.MassManifestPercent), c.tol.MassManifestKg)
		if magnitude(listed-lading) > slack {
			c.differ(6, listed.String(), lading.String(), "±"+slack.String()+" kg", "/grossMass", ByCarrier)
			return
		}
	}
	packages, drawn, ok := c.drawn()
	whole := c.bill.GrossMass
	if whole == 0 {
		return
	}
	if t := c.p.Tally; t != nil && t.GrossMass > 0 {
		slack := max(shareOf(whole, c.tol.MassManifestPercent), c.tol.MassManifestKg)
		if magnitude(t.GrossMass-whole) > slack {
			c.differ(6, whole.String(), t.GrossMass.String(), "±"+slack.String()+" kg", "/grossMass", ByCarrier)
			c.result.Rows[5].Tally = true
			c.result.Rows[5].Over = !ok || drawn > whole+shareOf(whole, c.tol.MassDeclaredPercent)
			return
		}
	}
	slack := shareOf(whole, c.tol.MassDeclaredPercent)
	tolerance := "±" + c.tol.MassDeclaredPercent.PercentString() + " %"
	complete := c.p.LadingClosed || c.bill.Packages > 0 && packages >= c.bill.Packages
	switch {
	case !ok || drawn > whole+slack:
		c.differ(6, whole.String(), drawn.String(), tolerance, "/grossMass", ByDeclarant)
		c.result.Rows[5].Over = true
	case complete && drawn < whole-slack:
		c.differ(6, whole.String(), drawn.String(), tolerance, "/grossMass", ByDeclarant)
	default:
		c.pass(6, whole.String(), drawn.String(), tolerance)
	}
}

func shareOf(q num.Quantity, share num.Rate) num.Quantity {
	part, err := q.Times(share, num.HalfUp)
	if err != nil {
		return 0 // a share below one of a quantity that fits also fits; 100 % and more never comes here
	}
	return part
}

func magnitude(q num.Quantity) num.Quantity { return max(q, -q) }

func (c *comparer) containers() {
	const rule = "exact, check digit valid"
	if t := c.p.Tally; t != nil && t.Containers != nil && *t.Containers != len(c.bill.Equipment) {
		c.differ(7, strconv.Itoa(len(c.bill.Equipment)), strconv.Itoa(*t.Containers), rule, "/equipment", ByCarrier)
		c.result.Rows[6].Tally = true
		return
	}
	if c.issued() {
		listed, lading := boxes(c.p.Listed), boxes(c.p.Lading)
		if one := firstMissing(listed, lading); one != "" {
			c.differ(7, one, "", rule, "/equipment", ByCarrier)
			return
		}
		if one := firstMissing(lading, listed); one != "" {
			c.differ(7, "", one, rule, "/equipment", ByCarrier)
			return
		}
	}
	known := boxes(c.bill)
	if len(known) == 0 && len(c.d.Equipment) == 0 {
		c.pass(7, "", "", rule) // loose goods on both papers
		return
	}
	for i := range c.d.Equipment {
		plain := Plain(c.d.Equipment[i].Number)
		path := "/equipment/" + strconv.Itoa(i) + "/number"
		if !slices.Contains(known, plain) {
			c.differ(7, strings.Join(known, " "), plain, rule, path, ByDeclarant)
			return
		}
		if _, err := codelist.ParseContainerNumber(plain); err != nil {
			c.differ(7, strings.Join(known, " "), plain, rule, path, ByDeclarant)
			return
		}
	}
	if len(c.d.Equipment) == 0 {
		// the bill stuffs the goods in containers and the declaration names none
		c.differ(7, strings.Join(known, " "), "", rule, "/equipment", ByDeclarant)
		return
	}
	c.pass(7, strings.Join(known, " "), joinBoxes(c.d.Equipment), rule)
}

func boxes(b *manifest.BillOfLading) []string {
	numbers := make([]string, 0, len(b.Equipment))
	for i := range b.Equipment {
		numbers = append(numbers, Plain(b.Equipment[i].Number))
	}
	return numbers
}

func joinBoxes(equipment []TransportEquipment) string {
	numbers := make([]string, len(equipment))
	for i := range equipment {
		numbers[i] = Plain(equipment[i].Number)
	}
	return strings.Join(numbers, " ")
}

// firstMissing gives the first of a that b lacks.
func firstMissing(a, b []string) string {
	for _, one := range a {
		if !slices.Contains(b, one) {
			return one
		}
	}
	return ""
}

func (c *comparer) seals() {
	if !c.issued() {
		return
	}
	for i := range c.p.Listed.Equipment {
		a := &c.p.Listed.Equipment[i]
		for j := range c.p.Lading.Equipment {
			b := &c.p.Lading.Equipment[j]
			if Plain(a.Number) != Plain(b.Number) || len(a.Seals) == 0 || len(b.Seals) == 0 {
				continue
			}
			x, y := seals(a), seals(b)
			if firstMissing(x, y) != "" || firstMissing(y, x) != "" {
				c.differ(8, strings.Join(x, " "), strings.Join(y, " "), "exact", "/equipment/"+strconv.Itoa(i)+"/seals", ByCarrier)
				return
			}
			c.pass(8, strings.Join(x, " "), strings.Join(y, " "), "exact")
		}
	}
}

func seals(e *manifest.TransportEquipment) []string {
	numbers := make([]string, 0, len(e.Seals))
	for _, s := range e.Seals {
		numbers = append(numbers, Plain(s.Number))
	}
	return numbers
}

func (c *comparer) goods() {
	if c.issued() {
		a, b := descriptions(c.p.Listed), descriptions(c.p.Lading)
		if a != "" && b != "" {
			if s := Similarity(a, b); s < c.tol.Similarity {
				c.differ(9, a, b, "similarity "+c.tol.Similarity.String(), "/goods", ByCarrier)
				return
			}
			c.pass(9, a, b, "similarity "+c.tol.Similarity.String())
		}
	}
	var known []string
	for i := range c.bill.Goods {
		if hs := c.bill.Goods[i].HS; len(hs) >= 4 {
			known = append(known, hs[:4])
		}
	}
	if len(known) == 0 {
		return
	}
	for i := range c.d.Lines {
		if code := string(c.d.Lines[i].Commodity); len(code) >= 4 && !slices.Contains(known, code[:4]) {
			c.differ(9, strings.Join(known, " "), code[:4], "first four digits", linePath(i)+"/commodity", ByDeclarant)
			return
		}
	}
	c.pass(9, strings.Join(known, " "), "", "first four digits")
}

func descriptions(b *manifest.BillOfLading) string {
	texts := make([]string, 0, len(b.Goods))
	for i := range b.Goods {
		texts = append(texts, b.Goods[i].Description)
	}
	return strings.TrimSpace(strings.Join(texts, " "))
}

func (c *comparer) port() {
	if c.issued() {
		a, b := c.foreignPort(c.p.Listed), c.foreignPort(c.p.Lading)
		if different(a, b) {
			c.differ(10, a, b, "exact", "/portOfLoading", ByCarrier)
			return
		}
	}
	port := c.foreignPort(c.bill)
	if port == "" {
		return
	}
	if c.d.Port != "" && Plain(string(c.d.Port)) != Plain(port) {
		c.differ(10, port, string(c.d.Port), "exact", "/port", ByDeclarant)
		return
	}
	if country := c.d.DepartureCountry; country != "" && country != UnknownCountry && len(port) >= 2 && string(country) != port[:2] {
		c.differ(10, port[:2], string(country), "exact", "/departureCountry", ByDeclarant)
		return
	}
	if c.d.Port != "" || c.d.DepartureCountry != "" {
		c.pass(10, port, string(c.d.Port), "exact")
	}
}

func (c *comparer) foreignPort(b *manifest.BillOfLading) string {
	port := b.PortOfLoading
	if c.d.Direction == Export {
		port = b.PortOfDischarge
	} else if port == "" {
		port = c.p.Manifest.PortOfLoading
	}
	return string(port)
}

// Draw checks that d together with the other declarations on the bill takes no
// more from it than it holds: packages exactly, mass within the tolerance. The
// ledger does the counting; this is the rule it counts by.
// Faults: DEC-DRAW-01 packages, DEC-DRAW-02 gross mass.
func Draw(bill *manifest.BillOfLading, d *Declaration, others []*Declaration, tol *Tolerances) error {
	packages, mass, ok := drawnBy(d, others)
	var faults fault.List
	if bill.Packages > 0 && (!ok || packages > bill.Packages+tol.Packages) {
		faults = append(faults, fault.New(fault.Refused, "DEC-DRAW-01", "/packages",
			"{drawn} packages are declared on bill of lading {bill}, which has {whole}",
			"declare what is left, or have the carrier amend the manifest", "drawn", packages, "bill", bill.Number, "whole", bill.Packages))
	}
	if bill.GrossMass > 0 && (!ok || mass > bill.GrossMass+shareOf(bill.GrossMass, tol.MassDeclaredPercent)) {
		faults = append(faults, fault.New(fault.Refused, "DEC-DRAW-02", "/grossMass",
			"{drawn} kg are declared on bill of lading {bill}, which has {whole} kg",
			"declare what is left, or have the carrier amend the manifest", "drawn", mass, "bill", bill.Number, "whole", bill.GrossMass))
	}
	return faults.OrNil()
}
