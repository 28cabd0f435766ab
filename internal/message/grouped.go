package message

import (
	"io"
	"strconv"
	"strings"
	"time"

	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/message/edifact"
)

// EDIReading is one message of UN/EDIFACT in the words of its groups: what each
// segment says, in the group it belongs to. Faults must be corrected by the
// sender; notes say what was forgiven; what no field holds stands in Kept.
type EDIReading struct {
	Format    string      `json:"format"`
	Version   string      `json:"version,omitempty"`
	Encoding  string      `json:"encoding,omitempty"`
	Reference string      `json:"reference,omitempty"`
	Document  EDIHeading  `json:"document"`
	Head      Part        `json:"head,omitzero"`
	Summary   Part        `json:"summary,omitzero"` // behind UNS+S and what follows the groups
	Kept      []EDIKept   `json:"kept,omitempty"`
	Syntax    []faultBody `json:"syntax,omitempty"`
	Faults    []faultBody `json:"faults,omitempty"`
	Notes     []faultBody `json:"notes,omitempty"`
}

// EDIHeading is name, number and function of the document (BGM).
type EDIHeading struct {
	Segment    int      `json:"segment,omitempty"`
	Kind       Code     `json:"kind,omitzero"`
	Means      string   `json:"kindMeans,omitempty"`
	Number     string   `json:"number,omitempty"`
	Version    string   `json:"version,omitempty"`
	Function   string   `json:"function,omitempty"`
	FunctionIs Function `json:"functionMeans,omitempty"`
	Response   string   `json:"response,omitempty"`
}

// EDIKept is a segment, or a part of one, that no field holds.
type EDIKept struct {
	Segment int    `json:"segment"`
	Text    string `json:"text"`
	Why     string `json:"why"` // “segment” is no part of the message or has no fields; “elements”: has more than the fields hold
	Of      int    `json:"of,omitempty"`
}

// grammar says which groups a message has. The order within a group is not
// demanded: senders and directories differ in it.
type grammar struct {
	name, kind string
	documents  map[string]string // 1001: what the document is
	// within lists the segments of the group that a tag opens; “A/B” is group B
	// within A and comes before B. A segment that the open group does not list
	// closes it. What stands in no group is of the head.
	within map[string]string
	dated  bool              // places, and references of the head, carry days of their own
	head   string            // segments of head and summary
	after  map[string]string // tag+tag: a group that another segment narrows from there on
	wants  string            // segment that must be there once, beside BGM
	counts map[string]string // 6069: tag of what it counts
}

// readGrouped reads all messages of a file by one grammar. The error is a fault
// that stopped the reading; readings made before it are given as well.
//
// Faults: MSG-EDI-TYPE-01 (another message), MSG-EDI-MISSING-01 (BGM or the group
// that the message is about is missing), MSG-EDI-DATE-01, MSG-EDI-AMOUNT-01,
// MSG-EDI-COUNT-01 (control total), MSG-EDI-EMPTY-01. Notes: MSG-EDI-TYPE-02,
// MSG-EDI-SEGMENT-01, MSG-EDI-QUALIFIER-01, MSG-EDI-CONTAINER-01 (check digit),
// MSG-EDI-CONTAINER-02. Every one names its segment.
func readGrouped(r io.Reader, g *grammar) ([]EDIReading, error) {
	file, err := edifact.Read(r, edifact.Limits{})
	var out []EDIReading
	messages := file.Messages()
	for i := range messages {
		m := &messages[i]
		reading := g.message(m)
		reading.Encoding = file.Interchanges[m.Interchange].Charset
		reading.Syntax = faultBodies(m.Faults)
		if i == 0 { // what concerns the whole file is said once
			reading.Syntax = append(reading.Syntax, faultBodies(withoutMessages(file))...)
			reading.Notes = append(reading.Notes, faultBodies(file.Notes)...)
		}
		out = append(out, reading)
	}
	if found := fault.All(err); found != nil && len(out) == 0 { // no reading to carry them
		err = append(found, file.Faults...)
	}
	if err == nil && len(out) == 0 {
		err = fault.New(fault.Invalid, "MSG-EDI-EMPTY-01", "", "the interchange holds no message", "send at least one {type} message", "type", g.kind)
	}
	return out, err
}

// frame is an open group.
type frame struct {
	tag    string
	path   string // of its group in the grammar
	number int    // its segment
	part   *Part
}

type grouped struct {
	*grammar
	reading  EDIReading
	stack    []frame
	heading  bool // before UNS+D
	found    map[string]int
	noted    map[string]bool
	last     edifact.Segment // the segment before
	lastPart *Part
	faults   fault.List
	notes    fault.List
}

func (g *grammar) message(m *edifact.Message) EDIReading {
	r := &grouped{grammar: g, found: map[string]int{}, noted: map[string]bool{}}
	r.reading = EDIReading{Format: g.name, Version: m.Version(), Reference: m.Reference()}
	mine := true
	switch m.Type() {
	case g.kind:
	case "":
		r.forgiven("MSG-EDI-TYPE-02", m.Header, "UNH in segment {segment} names no message type; it was read as {expected}", "name the type in UNH", "expected", g.kind)
	default:
		mine = false
		r.mustCorrect("MSG-EDI-TYPE-01", m.Header, "the message in segment {segment} is {type}, not {expected}", "send it as {expected}, or decode it as what it is",
			"type", clip(m.Type()), "expected", g.kind)
	}
	r.stack = []frame{{part: &r.reading.Head}}
	for _, s := range m.Segments {
		r.heading = r.heading || (s.Tag == "UNS" && s.Get(1, 1) == "D")
	}
	for _, s := range m.Segments {
		if !mine {
			r.keep(s, "segment")
			continue
		}
		r.found[s.Tag]++
		r.take(s)
	}
	if mine {
		r.finish(m)
	}
	r.reading.Faults, r.reading.Notes = faultBodies(r.faults), faultBodies(r.notes)
	return r.reading
}

func (r *grouped) mustCorrect(code string, s edifact.Segment, text, cure string, values ...any) {
	r.faults = append(r.faults, fault.New(fault.Invalid, code, "/segment/"+strconv.Itoa(s.Number), text, cure, append([]any{"segment", s.Number}, values...)...))
}

func (r *grouped) forgiven(code string, s edifact.Segment, text, cure string, values ...any) {
	r.notes = append(r.notes, fault.New(fault.Invalid, code, "/segment/"+strconv.Itoa(s.Number), text, cure, append([]any{"segment", s.Number}, values...)...))
}

func (r *grouped) keep(s edifact.Segment, why string) {
	kept := EDIKept{Segment: s.Number, Text: spelled(s), Why: why}
	if n := len(r.stack); n > 0 {
		kept.Of = r.stack[n-1].number
	}
	r.reading.Kept = append(r.reading.Kept, kept)
}

func holds(list, tag string) bool { return strings.Contains(" "+list+" ", " "+tag+" ") }

// take puts a segment into the innermost open group that lists it.
func (r *grouped) take(s edifact.Segment) {
	l := &line{Segment: s}
	switch s.Tag {
	case "BGM":
		r.beginning(l)
		r.rest(l)
		return
	case "UNS":
		l.get(1, 1)
		r.stack = r.stack[:1]
		r.heading = false
		if s.Get(1, 1) == "S" {
			r.stack[0].part = &r.reading.Summary
		}
		r.rest(l)
		return
	}
	for len(r.stack) > 1 && !holds(r.within[r.top().path], s.Tag) {
		r.stack = r.stack[:len(r.stack)-1]
	}
	if len(r.stack) == 1 && !holds(r.head, s.Tag) {
		if !r.noted[s.Tag] {
			r.noted[s.Tag] = true
			r.forgiven("MSG-EDI-SEGMENT-01", s, "segment {segment} {tag} does not belong here in {type}; it is kept as it came", "put it in its group, or leave it out", "tag", clip(s.Tag), "type", r.kind)
		}
		r.keep(s, "segment")
		return
	}
	top := r.top()
	if narrowed, is := r.after[top.path+"+"+s.Tag]; is {
		top.path = narrowed
	}
	into := top.part
	switch {
	case s.Tag == "CNT": // totals stand behind all groups
		into = &r.reading.Summary
	case s.Tag == "CST" && r.heading: // the declaration's own procedure, not a line
		r.found["CST"]--
		into.Identities = append(into.Identities, identities(l)...)
		l.get(1, 1)
		r.rest(l)
		return
	}
	part, typed := r.fill(into, l)
	if !typed {
		r.keep(s, "segment")
		return
	}
	r.rest(l)
	if s.Tag != "DTM" { // several may follow one place
		r.last, r.lastPart = s, into
	}
	if part == nil {
		return
	}
	path := s.Tag
	if inner := r.top().path + "/" + s.Tag; r.within[inner] != "" {
		path = inner
	}
	if r.within[path] != "" {
		r.stack = append(r.stack, frame{s.Tag, path, s.Number, part})
	}
}

func (r *grouped) top() *frame { return &r.stack[len(r.stack)-1] }

// rest keeps a segment that says more than its fields hold.
func (r *grouped) rest(l *line) {
	if l.unread() {
		r.keep(l.Segment, "elements")
	}
}

func (r *grouped) beginning(l *line) {
	r.reading.Document = EDIHeading{
		Segment: l.Number, Kind: l.code(1, 1), Number: l.get(2, 1), Version: l.get(2, 2), Function: l.get(3, 1), Response: l.get(4, 1),
	}
	d := &r.reading.Document
	d.Means, d.FunctionIs = r.documents[d.Kind.Code], functions[d.Function]
	if d.FunctionIs == Unstated {
		d.FunctionIs = answers[d.Function]
	}
}

// answers are the functions (1225) with which a message answers another.
var answers = map[string]Function{
	"6": "confirmation", "8": "status", "10": "not found", "11": "response", "12": "not processed", "13": "request", "14": "advance notification",
	"27": "not accepted", "28": "accepted with amendment in the heading", "29": "accepted", "30": "accepted with amendment in the detail",
	"31": "copy", "32": "approval", "34": "accepted with amendment", "35": "retransmission", "44": "accepted without reserves", "45": "accepted with reserves",
	"46": "provisional", "47": "definitive", "48": "accepted, contents rejected", "53": "test",
}

// finish says what the whole message lacks or counts wrongly.
func (r *grouped) finish(m *edifact.Message) {
	at := m.Header
	if r.found["BGM"] == 0 {
		r.mustCorrect("MSG-EDI-MISSING-01", at, "the message in segment {segment} has no {tag}", "send {tag}, which {type} demands", "tag", "BGM", "type", r.kind)
	}
	if r.wants != "" && r.found[r.wants] == 0 {
		r.mustCorrect("MSG-EDI-MISSING-01", at, "the message in segment {segment} has no {tag}", "send {tag}, which {type} demands", "tag", r.wants, "type", r.kind)
	}
	for _, t := range r.reading.Summary.Totals {
		tag := r.counts[t.Qualifier]
		if n, err := strconv.Atoi(t.Value); tag != "" && err == nil && n != r.found[tag] {
			r.mustCorrect("MSG-EDI-COUNT-01", edifact.Segment{Number: t.Segment}, "CNT in segment {segment} states {given} of {tag}, there are {found}",
				"send the missing ones or correct the total", "given", n, "tag", tag, "found", r.found[tag])
		}
	}
}

// number reads a number as EDIFACT writes it, with point or comma as the decimal
// mark, and gives it with a point; what is none is a fault and is given as it
// came.
func (r *grouped) number(l *line, element, component int) string {
	value := l.get(element, component)
	if value == "" {
		return ""
	}
	text := strings.Replace(value, ",", ".", 1)
	digits, sign := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		r.mustCorrect("MSG-EDI-AMOUNT-01", l.Segment, "“{value}” in segment {segment} {tag} is not a number", "give digits with at most one decimal mark", "value", clip(value), "tag", l.Tag)
		return value
	}
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if sign {
		return "-" + whole
	}
	return whole
}

// isoForms maps 2379 to the form of Go's clock and to that of ISO 8601.
var isoForms = map[string][2]string{
	"2": {"020106", time.DateOnly}, "3": {"010206", time.DateOnly}, "4": {"02012006", time.DateOnly}, "5": {"020120061504", isoMinute},
	"10": {"20060102T1504", isoMinute}, "101": {"060102", time.DateOnly}, "102": {"20060102", time.DateOnly},
	"201": {"0601021504", isoMinute}, "202": {"060102150405", isoSecond}, "203": {"200601021504", isoMinute}, "204": {"20060102150405", isoSecond},
	"205": {"200601021504Z0700", isoMinute + "Z07:00"}, "401": {"1504", "15:04"}, "402": {"150405", "15:04:05"}, "602": {"2006", "2006"}, "609": {"0601", "2006-01"}, "610": {"200601", "2006-01"},
}

const (
	isoMinute = "2006-01-02T15:04"
	isoSecond = "2006-01-02T15:04:05"
)

// periodForms are forms of two moments, by the form of each.
var periodForms = map[string]string{"702": "602", "710": "610", "713": "201", "717": "101", "718": "102", "719": "203"}

// zonedForms end in three letters of a zone, by the form before them.
var zonedForms = map[string]string{"301": "201", "302": "202", "303": "203", "304": "204"}

// isoDate gives a value of a form in ISO 8601. known is false for a form that is
// no moment or period; the value is then kept as it came.
func isoDate(value, form string) (when, until string, known, ok bool) {
	if form == "" { // not stated: the length tells
		form = map[int]string{6: "101", 8: "102", 12: "203", 14: "204"}[len(value)]
		if form == "" {
			return "", "", true, false
		}
	}
	if half, period := periodForms[form]; period {
		from, to, cut := strings.Cut(value, "-")
		if !cut { // written without the hyphen
			from, to = value[:len(value)/2], value[len(value)/2:]
		}
		when, _, _, ok = isoDate(from, half)
		until, _, _, both := isoDate(to, half)
		return when, until, true, ok && both
	}
	zone := ""
	if plain, zoned := zonedForms[form]; zoned {
		if n := len(value) - 3; n > 0 {
			value, zone = value[:n], " "+value[n:]
		}
		if strings.TrimLeft(zone, " ") == "UTC" || strings.TrimLeft(zone, " ") == "GMT" {
			zone = "Z"
		}
		form = plain
	}
	layout, known := isoForms[form]
	if !known {
		return "", "", false, true
	}
	t, err := time.Parse(layout[0], value)
	if err != nil {
		return "", "", true, false
	}
	return t.Format(layout[1]) + zone, "", true, true
}

func (r *grouped) date(p *Part, l *line) {
	d := EDIDate{Segment: l.Number, Qualifier: l.get(1, 1), Value: l.get(1, 2), Form: l.get(1, 3)}
	if r.dated && r.lastPart == p && (r.last.Tag == "LOC" || (r.last.Tag == "RFF" && p == &r.reading.Head)) {
		d.Of = r.last.Number
	}
	if d.Value != "" {
		var ok bool
		if d.When, d.Until, _, ok = isoDate(d.Value, d.Form); !ok {
			r.mustCorrect("MSG-EDI-DATE-01", l.Segment, "“{value}” in segment {segment} DTM is no date of form {form}", "give it as CCYYMMDD (102) or CCYYMMDDHHMM (203)",
				"value", clip(d.Value), "form", clip(d.Form))
		}
	}
	p.Dates = append(p.Dates, d)
}

var (
	fillings = map[string]string{
		"1": "more than a quarter free", "2": "more than half free", "3": "more than three quarters free", "4": "empty", "5": "full",
		"6": "no volume free", "7": "full, several consignments", "8": "full, one consignment",
	}
	equipmentStatus = map[string]string{
		"1": "continental", "2": "export", "3": "import", "4": "remains on board", "5": "shifter", "6": "transhipment", "7": "shortlanded", "8": "overlanded",
		"9": "domestic", "10": "positioning", "11": "delivery", "12": "redelivery", "13": "repair", "14": "reloader",
	}
	messageSections = map[string]string{
		"1": "heading", "2": "detail", "5": "several sections", "6": "summary", "7": "sub-line", "8": "commercial heading of CUSDEC",
		"9": "commercial line of CUSDEC", "10": "customs item of CUSDEC", "11": "customs sub-item of CUSDEC",
	}
)

func (r *grouped) equipment(l *line) *EDIEquipment {
	e := &EDIEquipment{
		Segment: l.Number, Type: l.get(1, 1), Number: manifest.NormalNumber(l.get(2, 1)), Country: l.get(2, 4),
		SizeType: l.code(3, 1), Supplier: l.get(4, 1), Status: l.get(5, 1), Filling: l.get(6, 1),
	}
	l.get(2, 2) // list and agency of the number
	l.get(2, 3)
	e.StatusIs, e.FillingIs = equipmentStatus[e.Status], fillings[e.Filling]
	if e.Number == "" {
		return e
	}
	plain := strings.NewReplacer("-", "", ".", "", "/", "").Replace(e.Number)
	if _, container := codelist.ContainerCheckDigit(plain); container && len(plain) <= 11 { // painted with its signs
		e.Number = plain
	}
	e.CheckDigit = string(manifest.Checked(e.Number))
	switch manifest.CheckDigit(e.CheckDigit) {
	case manifest.CheckWrong, manifest.CheckAbsent:
		digit, _ := codelist.ContainerCheckDigit(e.Number)
		e.Expected = strconv.Itoa(digit)
		r.forgiven("MSG-EDI-CONTAINER-01", l.Segment, "the check digit of container {value} in segment {segment} should be {right} (ISO 6346)",
			"compare with the painted number", "value", clip(e.Number), "right", digit)
	case manifest.CheckUnknown:
		if e.Type == "CN" {
			r.forgiven("MSG-EDI-CONTAINER-02", l.Segment, "“{value}” in segment {segment} is no container number (ISO 6346)", "give four letters and seven digits", "value", clip(e.Number))
		}
	case manifest.CheckRight:
	}
	return e
}
