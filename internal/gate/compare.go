package gate

import (
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/num"
)

// Outcome is what happens to the truck; the strictest of all checks wins.
type Outcome string

const (
	Pass    Outcome = "pass"
	Inspect Outcome = "guide_to_inspection"
	Hold    Outcome = "hold"
	Refuse  Outcome = "refuse"
)

// severity orders outcomes: a refused truck turns round, a held one waits at the
// lane, an inspected one drives on to the yard.
func (o Outcome) severity() int {
	switch o {
	case Inspect:
		return 1
	case Hold:
		return 2
	case Refuse:
		return 3
	}
	return 0
}

func (o Outcome) known() bool { return o == Pass || o.severity() > 0 }

// Risk is the level that the risk room gave the note or its document.
type Risk string

const (
	LowRisk    Risk = "low"
	MediumRisk Risk = "medium"
	HighRisk   Risk = "high"
)

// Facts is what the books say of one note at this moment.
type Facts struct {
	DocumentsApproved  bool   // every list, stock note or lading application is approved
	BillReleased       bool   // the bill of entry is released (second line, two-step)
	FormGuaranteed     bool   // or the goods move under a form with a guarantee
	GuaranteeNeeded    bool   // tax is at risk on this move
	GuaranteeHeld      bool   // and is secured
	ControlInstruction string // number of an instruction that hits note, vehicle or container
	Risk               Risk
}

// Check names one comparison of DR §6.3.
type Check string

const (
	CheckNote      Check = "note"
	CheckPlate     Check = "plate"
	CheckContainer Check = "container"
	CheckWeight    Check = "weight"
	CheckLock      Check = "lock"
	CheckWindow    Check = "window"
	CheckControl   Check = "control"
	CheckDocuments Check = "documents"
	CheckGuarantee Check = "guarantee"
)

// Row is one comparison with what was expected and what was read.
type Row struct {
	Check     Check   `json:"check"`
	Expected  string  `json:"expected,omitempty"`
	Read      string  `json:"read,omitempty"`
	Outcome   Outcome `json:"outcome"`
	Tolerance string  `json:"tolerance,omitempty"`
	Reason    string  `json:"reason,omitempty"` // key of the words for it, led.*
	Note      string  `json:"note,omitempty"`   // number of the note that fails
}

// Verdict is the judgement of one vehicle at one lane.
type Verdict struct {
	Outcome   Outcome      `json:"outcome"`
	LED       string       `json:"led"` // key of the text on the lane's display
	Rows      []Row        `json:"rows"`
	Reread    bool         `json:"reread,omitempty"`   // gather once more before anything else
	Expected  num.Quantity `json:"expected,omitempty"` // kg
	MassError num.Quantity `json:"massError,omitempty"`
	ErrorRate num.Rate     `json:"errorRate,omitempty"`
}

// Keys of the words on the display.
const (
	LEDPass      = "led.pass"
	LEDNoNote    = "led.no_note"
	LEDState     = "led.note_state"
	LEDExpired   = "led.note_expired"
	LEDGate      = "led.wrong_gate"
	LEDDirection = "led.wrong_direction"
	LEDLane      = "led.wrong_lane"
	LEDMixed     = "led.notes_differ"
	LEDPlate     = "led.plate"
	LEDContainer = "led.container"
	LEDDigit     = "led.container_digit"
	LEDWeight    = "led.weight"
	LEDNoWeight  = "led.no_weight"
	LEDLock      = "led.lock"
	LEDWindow    = "led.window"
	LEDRoute     = "led.route"
	LEDControl   = "led.inspection"
	LEDDocuments = "led.documents"
	LEDGuarantee = "led.guarantee"
	LEDOffline   = "led.offline"
)

// LEDKeys lists every key, so that a test can ask for the words of each.
var LEDKeys = []string{
	LEDPass, LEDNoNote, LEDState, LEDExpired, LEDGate, LEDDirection, LEDLane, LEDMixed, LEDPlate, LEDContainer, LEDDigit,
	LEDWeight, LEDNoWeight, LEDLock, LEDWindow, LEDRoute, LEDControl, LEDDocuments, LEDGuarantee, LEDOffline,
}

type comparison struct {
	notes []*ReleaseNote
	facts []Facts
	r     *Readings
	tol   *Tolerances
	v     Verdict
}

// Compare judges the vehicle at the lane: notes are those found for it (several
// for one truck with many documents or two containers; none is a refusal), facts
// belong to the notes one by one, tol are the tolerances in force. It never
// fails; one failing box or document stops the whole truck (DR §6.3, §6.5).
func Compare(notes []*ReleaseNote, facts []Facts, r *Readings, tol *Tolerances) Verdict {
	c := comparison{notes: notes, facts: facts, r: r, tol: tol}
	c.v.Rows = make([]Row, 0, 10)
	if len(notes) == 0 {
		c.row(Row{Check: CheckNote, Read: r.CameraPlate, Outcome: Refuse, Reason: LEDNoNote})
		return c.finish()
	}
	c.note()
	c.plate()
	c.containers()
	c.weight()
	c.lock()
	c.window()
	c.control()
	c.documents()
	c.guarantee()
	return c.finish()
}

func (c *comparison) row(r Row) { c.v.Rows = append(c.v.Rows, r) }

func (c *comparison) finish() Verdict {
	c.v.Outcome, c.v.LED = Pass, LEDPass
	for i := range c.v.Rows {
		if r := &c.v.Rows[i]; r.Outcome.severity() > c.v.Outcome.severity() {
			c.v.Outcome, c.v.LED = r.Outcome, r.Reason
		}
	}
	return c.v
}

func (c *comparison) fact(i int) Facts {
	if i < len(c.facts) {
		return c.facts[i]
	}
	return Facts{} // nothing is known of the note: every check that asks will fail
}

func (c *comparison) note() {
	r := c.r
	for _, n := range c.notes {
		bad := func(expected, read, reason string) {
			c.row(Row{Check: CheckNote, Expected: expected, Read: read, Outcome: Refuse, Reason: reason, Note: n.Number})
		}
		gate := 0
		if n.State == PassedGate1 {
			gate = 1
		}
		switch {
		case n.State != Approved && n.State != PassedGate1:
			bad(string(Approved), string(n.State), LEDState)
		case n.ValidFrom != 0 && r.At < n.ValidFrom:
			bad(n.ValidFrom.String(), r.At.String(), LEDState)
		case n.ValidTo != 0 && r.At > n.ValidTo:
			bad(n.ValidTo.String(), r.At.String(), LEDExpired)
		case n.Area != "" && n.Area != r.Area && !n.TwoGates:
			bad(n.Area, r.Area, LEDGate)
		case n.TwoGates && (len(n.Gates) != 2 || n.Gates[gate] != r.Gate), !n.TwoGates && len(n.Gates) > 0 && !slices.Contains(n.Gates, r.Gate):
			bad(strings.Join(n.Gates, " "), r.Gate, LEDGate)
		case !c.directed(n):
			bad(string(n.Direction), string(r.Direction), LEDDirection)
		case !laneFits(n.Type, r.LaneKind):
			bad("", string(r.LaneKind), LEDLane)
		case n.TruckTare != c.notes[0].TruckTare || n.ChassisTare != c.notes[0].ChassisTare ||
			codelist.NormalisePlate(n.Plate) != codelist.NormalisePlate(c.notes[0].Plate):
			bad(c.notes[0].Plate, n.Plate, LEDMixed)
		default:
			continue
		}
		return
	}
	c.row(Row{Check: CheckNote, Expected: c.notes[0].Number, Read: c.notes[0].Number, Outcome: Pass})
}

// directed tells whether the vehicle drives the way of the note. A note for two
// gates always leaves through the first (port or area) and enters through the
// second, whichever side of the zone it begins on.
func (c *comparison) directed(n *ReleaseNote) bool {
	switch {
	case n.TwoGates && n.State == PassedGate1:
		return c.r.Direction == In
	case n.TwoGates:
		return c.r.Direction == Out
	}
	return n.Direction == c.r.Direction
}

// laneFits: loaded and empty goods vehicles use goods lanes, gate-registered
// goods may use the convenient lane, empty trucks the empty lane; inspection and
// manual lanes take everybody.
func laneFits(t NoteType, k LaneKind) bool {
	switch k {
	case GoodsLane, InspectionLane, ManualLane:
		return true
	case ConvenientLane:
		return t == GateRegistered
	case EmptyLane:
		return t == EmptyTruck
	}
	return false
}

func (c *comparison) plate() {
	n := c.notes[0]
	want := codelist.NormalisePlate(n.Plate)
	camera := codelist.NormalisePlate(c.r.CameraPlate)
	row := Row{Check: CheckPlate, Expected: string(want), Read: string(camera), Outcome: Pass, Note: n.Number}
	if n.EPlate != "" {
		row.Read = string(camera) + " / " + c.r.EPlate
	}
	electronic := c.r.EPlate != "" || c.r.EPlatePlate != ""
	electronicAgrees := electronic && (n.EPlate == "" || c.r.EPlate == n.EPlate) &&
		(c.r.EPlatePlate == "" || codelist.NormalisePlate(c.r.EPlatePlate) == want) &&
		(n.EPlate != "" || c.r.EPlatePlate != "")
	switch {
	case n.EPlate != "" && !electronicAgrees, c.r.EPlatePlate != "" && !electronicAgrees:
		row.Outcome, row.Reason = Hold, LEDPlate
	case camera == want:
	case electronicAgrees && unclear(string(camera), string(want)) <= c.tol.UnclearCharacters:
		row.Tolerance = "unclear characters, e-plate agrees"
	default:
		row.Outcome, row.Reason = Hold, LEDPlate
	}
	c.row(row)
}

// unclear counts the ? in a plate that otherwise is the one wanted; a plate that
// differs in a clear character counts as wholly unclear.
func unclear(read, want string) int {
	a, b := []rune(read), []rune(want)
	if len(a) != len(b) {
		return len(b) + 1
	}
	count := 0
	for i := range a {
		switch {
		case a[i] == '?' || a[i] == '*':
			count++
		case a[i] != b[i]:
			return len(b) + 1
		}
	}
	return count
}

func plainBox(s string) string {
	plain := true
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= 'A' && s[i] <= 'Z' || s[i] >= '0' && s[i] <= '9'
	}
	if plain {
		return s
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' || r == '/' {
			return -1
		}
		return r
	}, s))
}

func boxesRead(r *Readings) []string {
	var boxes []string
	for _, s := range [2]string{r.Front, r.Rear} {
		if plain := plainBox(s); plain != "" && !slices.Contains(boxes, plain) {
			boxes = append(boxes, plain)
		}
	}
	return boxes
}

func (c *comparison) containers() {
	var want []string
	for _, n := range c.notes {
		for i := range n.Containers {
			if plain := plainBox(n.Containers[i].Number); !slices.Contains(want, plain) {
				want = append(want, plain)
			}
		}
	}
	read := boxesRead(c.r)
	row := Row{Check: CheckContainer, Expected: strings.Join(want, " "), Read: strings.Join(read, " "), Outcome: Pass}
	for _, one := range read {
		if _, err := codelist.ParseContainerNumber(one); err != nil {
			row.Outcome, row.Reason = Hold, LEDDigit
			c.v.Reread = !c.r.Again // a wrong digit is mostly a misread one
			c.row(row)
			return
		}
	}
	if len(want) != len(read) || slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(read, w) }) {
		row.Outcome, row.Reason = Hold, LEDContainer
	}
	c.row(row)
}

// expected adds up the whole truck: tare and chassis once, each container once,
// goods of every note.
func (c *comparison) expected() (num.Quantity, bool) {
	total, err := num.Sum(c.notes[0].TruckTare, c.notes[0].ChassisTare)
	var counted []string
	for _, n := range c.notes {
		if err == nil {
			total, err = num.Add(total, n.GoodsGross)
		}
		for i := range n.Containers {
			plain := plainBox(n.Containers[i].Number)
			if err != nil || slices.Contains(counted, plain) {
				continue
			}
			counted = append(counted, plain)
			total, err = num.Add(total, n.Containers[i].Tare)
		}
	}
	return total, err == nil
}

func (c *comparison) weight() {
	expected, ok := c.expected()
	c.v.Expected = expected
	row := Row{Check: CheckWeight, Expected: expected.String(), Read: c.r.Scale.String(), Outcome: Pass, Note: c.notes[0].Number}
	if !c.r.Weighed || !ok || expected <= 0 {
		row.Read = ""
		row.Outcome, row.Reason = Hold, LEDNoWeight
		c.row(row)
		return
	}
	difference := c.r.Scale - expected
	c.v.MassError = difference
	absolute := max(difference, -difference)
	if rate, err := num.MulDiv(int64(difference), int64(num.OneRate), int64(expected), num.HalfUp); err == nil {
		c.v.ErrorRate = num.Rate(rate)
	}
	if c.empty() {
		row.Tolerance = "±" + c.tol.EmptyKg.String() + " kg"
		if absolute > c.tol.EmptyKg {
			row.Outcome, row.Reason = Hold, LEDWeight
		}
		c.row(row)
		return
	}
	bound := c.tol.boundFor(c.notes[0])
	for _, n := range c.notes[1:] { // several notes on one truck: the narrowest bound of all
		if b := c.tol.boundFor(n); b.Percent < bound.Percent {
			bound = b
		}
	}
	row.Tolerance = bound.Percent.PercentString() + " % or " + bound.Kg.String() + " kg"
	light := max(share(expected, bound.Percent), bound.Kg)
	heavy := max(share(expected, bound.HoldPercent), bound.Kg)
	switch {
	case absolute <= light:
	case absolute <= heavy:
		row.Outcome = c.middle()
		row.Reason = LEDWeight
	default:
		row.Outcome, row.Reason = Hold, LEDWeight
	}
	c.row(row)
}

func (c *comparison) empty() bool {
	return !slices.ContainsFunc(c.notes, func(n *ReleaseNote) bool { return n.Type != EmptyTruck })
}

// middle gives what a difference between the two bounds leads to, by the
// strictest risk of the notes; an unknown level is inspected.
func (c *comparison) middle() Outcome {
	worst := Pass
	for i := range c.notes {
		outcome, ok := c.tol.Middle[c.fact(i).Risk]
		if !ok {
			outcome = Inspect
		}
		if outcome.severity() > worst.severity() {
			worst = outcome
		}
	}
	return worst
}

func share(q num.Quantity, rate num.Rate) num.Quantity {
	part, err := q.Times(rate, num.HalfUp)
	if err != nil {
		return 0 // rates are at most 100 %, so the part of what fits also fits
	}
	return part
}

func (c *comparison) lock() {
	for _, n := range c.notes {
		if n.ELock == "" {
			continue
		}
		s := c.r.Seal
		row := Row{Check: CheckLock, Expected: n.ELock, Outcome: Pass, Note: n.Number}
		if s != nil {
			row.Read = s.ID
		}
		if s == nil || s.ID != n.ELock || !s.Sealed || s.Alarm {
			row.Outcome, row.Reason = Hold, LEDLock
			c.row(row)
			return
		}
		c.row(row)
		return
	}
}

func (c *comparison) window() {
	row := Row{Check: CheckWindow, Read: c.r.At.String(), Outcome: Pass}
	for _, n := range c.notes {
		if n.WindowFrom != 0 && c.r.At < n.WindowFrom || n.WindowTo != 0 && c.r.At > n.WindowTo {
			row.Outcome, row.Reason, row.Note = Hold, LEDWindow, n.Number
			row.Expected = span(n.WindowFrom, n.WindowTo)
			break
		}
	}
	if row.Outcome == Pass && c.r.Deviation {
		row.Outcome, row.Reason = Inspect, LEDRoute
	}
	c.row(row)
}

func span(from, to clock.Instant) string {
	text := "… "
	if from != 0 {
		text = from.String() + " "
	}
	if to != 0 {
		return text + to.String()
	}
	return text + "…"
}

func (c *comparison) control() {
	row := Row{Check: CheckControl, Outcome: Pass}
	for i, n := range c.notes {
		f := c.fact(i)
		if f.ControlInstruction != "" {
			row.Read, row.Outcome, row.Reason, row.Note = f.ControlInstruction, Inspect, LEDControl, n.Number
			break
		}
	}
	if c.r.Offline {
		for i, n := range c.notes {
			if c.fact(i).Risk != LowRisk { // without the centre only low risk passes (DR §6.2)
				row.Outcome, row.Reason, row.Note = Hold, LEDOffline, n.Number
				break
			}
		}
	}
	c.row(row)
}

func (c *comparison) documents() {
	row := Row{Check: CheckDocuments, Outcome: Pass}
	for i, n := range c.notes {
		f := c.fact(i)
		var good bool
		switch n.Type {
		case EmptyTruck, GateRegistered:
			good = true
		case SecondLine:
			good = f.DocumentsApproved && (f.BillReleased || f.FormGuaranteed)
		case NotDeclared:
			good = f.DocumentsApproved && f.FormGuaranteed
		case TwoStep:
			good = f.BillReleased
		default:
			good = f.DocumentsApproved
		}
		if !good {
			row.Outcome, row.Reason, row.Note = Refuse, LEDDocuments, n.Number
			row.Expected = strings.Join(n.Documents, " ")
			break
		}
	}
	c.row(row)
}

func (c *comparison) guarantee() {
	row := Row{Check: CheckGuarantee, Outcome: Pass}
	for i, n := range c.notes {
		if f := c.fact(i); f.GuaranteeNeeded && !f.GuaranteeHeld {
			row.Outcome, row.Reason, row.Note = Refuse, LEDGuarantee, n.Number
			break
		}
	}
	c.row(row)
}
