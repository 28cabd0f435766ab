package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"seine/internal/clock"
)

// LifeLine is what happened to one thing, on lanes over one time axis. Solid is
// what happened, dashed is planned or due, one line is now.
type LifeLine struct {
	Title    string
	From, To clock.Instant // the axis; zero: as the entries need
	Now      clock.Instant // 0: no line
	Lanes    []Lane
}

// Lane is one row of a life line: documents, goods, seal, money, decisions.
type Lane struct {
	Name  string
	Spans []Span
	Marks []Mark
}

// Span is a state that lasted: where it was, seal closed, guarantee in force.
type Span struct {
	From, To clock.Instant
	Text     string
	Tone     Tone
	Planned  bool
	Href     string
	Note     string // who and why, for the list
}

// Mark is an event.
type Mark struct {
	At      clock.Instant
	Text    string
	Tone    Tone
	Planned bool
	Href    string
	Note    string
}

// Entry is a mark or span of the list that stands beside the picture.
type Entry struct {
	At      clock.Instant
	Until   clock.Instant // 0 for an event
	Lane    string
	Text    string
	Note    string
	Tone    Tone
	Planned bool
	Href    string
}

// Entries gives everything on the life line in order of time.
func (l LifeLine) Entries() []Entry {
	var list []Entry
	for _, lane := range l.Lanes {
		for _, s := range lane.Spans {
			list = append(list, Entry{s.From, s.To, lane.Name, s.Text, s.Note, s.Tone, s.Planned, s.Href})
		}
		for _, m := range lane.Marks {
			list = append(list, Entry{m.At, 0, lane.Name, m.Text, m.Note, m.Tone, m.Planned, m.Href})
		}
	}
	slices.SortStableFunc(list, func(a, b Entry) int { return int(min(1, max(-1, a.At-b.At))) })
	return list
}

// Measures of the drawing, in its own units (1 unit is a pixel at 1,200 wide).
const (
	drawingWidth = 1200
	plotLeft     = 120
	plotRight    = 1176
	axisHeight   = 34
	rowHeight    = 18 // one line of labels
	bandHeight   = 18 // a span, and the room of a mark
)

type drawnSpan struct {
	Span
	X, W, Y  int
	Label    string // what fits inside
	LabelX   int
	Overflow bool // the label stands beside, not inside
}

type drawnMark struct {
	Mark
	X, Y           int
	LabelX, LabelY int
	Anchor         string
}

type drawnLane struct {
	Name       string
	Y, Bottom  int // of the lane
	Middle     int
	Spans      []drawnSpan
	Marks      []drawnMark
	lane       Lane
	above, low []int // right edges of the label rows above and below
}

type tick struct {
	X    int
	Text string
}

// drawing is a life line with every place computed; the template only writes it.
type drawing struct {
	Height     int
	Lanes      []drawnLane
	Ticks      []tick
	NowX       int
	NowText    string
	NowAnchor  string
	NowLabelX  int
	PlotBottom int
	Elastic    bool // pauses are drawn short
}

// draw lays the life line out. Labels of marks go below or above, one or two
// rows away, so that none covers another; a label that finds no room is left to
// the list and the mark's title.
func (l LifeLine) draw() drawing {
	from, to := l.extent()
	scale := newAxis(from, to, l.moments())
	x := scale.place
	d := drawing{Elastic: scale.elastic}
	y := axisHeight
	for _, lane := range l.Lanes {
		drawn := drawLane(lane, y, x)
		d.Lanes = append(d.Lanes, drawn)
		y = drawn.Bottom
	}
	d.PlotBottom = y
	d.Height = y + 10
	d.Ticks = scale.ticks()
	if scale.elastic {
		d.Height = y + 26
	}
	if l.Now >= from && l.Now <= to && l.Now != 0 {
		d.NowX, d.NowText = x(l.Now), Moment(l.Now)
		d.NowAnchor, d.NowLabelX = "start", d.NowX+6
		if d.NowX > plotRight-170 {
			d.NowAnchor, d.NowLabelX = "end", d.NowX-6
		}
		d.Height = y + 26
	}
	return d
}

// moments gives when anything begins or ends, and now.
func (l LifeLine) moments() []clock.Instant {
	all := []clock.Instant{l.Now}
	for _, e := range l.Entries() {
		all = append(all, e.At)
		if e.Until != 0 {
			all = append(all, e.Until)
		}
	}
	return all
}

func (l LifeLine) extent() (from, to clock.Instant) {
	from, to = l.From, l.To
	if from == 0 || to == 0 {
		for _, e := range l.Entries() {
			if l.From == 0 && (from == 0 || e.At < from) {
				from = e.At
			}
			if l.To == 0 {
				to = max(to, e.At, e.Until, l.Now)
			}
		}
		margin := (to - from) / 24
		if l.From == 0 {
			from -= margin
		}
		if l.To == 0 {
			to += margin
		}
	}
	if to <= from {
		to = from + 3_600_000_000
	}
	return from, to
}

func drawLane(lane Lane, top int, x func(clock.Instant) int) drawnLane {
	d := drawnLane{Name: lane.Name, Y: top, lane: lane}
	type placed struct{ left, right, row int }
	var labels []placed
	// Rows: 1 and 2 are below, -1 and -2 above, in the order they are tried.
	room := func(left, right, row int) bool {
		for _, p := range labels {
			if p.row == row && left < p.right+10 && p.left < right+10 {
				return false
			}
		}
		return true
	}
	marks := slices.Clone(lane.Marks)
	slices.SortStableFunc(marks, func(a, b Mark) int { return int(min(1, max(-1, a.At-b.At))) })
	rows := make([]int, len(marks))
	lefts := make([]int, len(marks))
	lowest, highest := 0, 0
	for i, m := range marks {
		width := textWidth(m.Text)
		left := min(max(x(m.At)-width/2, plotLeft+2), plotRight-width)
		lefts[i] = left
		for _, row := range []int{1, -1, 2, -2} {
			if m.Text != "" && room(left, left+width, row) {
				rows[i] = row
				labels = append(labels, placed{left, left + width, row})
				lowest, highest = max(lowest, row), min(highest, row)
				break
			}
		}
	}
	d.Middle = top + 14 + rowHeight*(-highest) + bandHeight/2
	d.Bottom = d.Middle + bandHeight/2 + rowHeight*lowest + 14
	for i, m := range marks {
		drawn := drawnMark{Mark: m, X: x(m.At), Y: d.Middle, LabelX: lefts[i], Anchor: "start"}
		switch {
		case rows[i] > 0:
			drawn.LabelY = d.Middle + bandHeight/2 + rowHeight*rows[i] - 4
		case rows[i] < 0:
			drawn.LabelY = d.Middle - bandHeight/2 + rowHeight*(rows[i]+1) - 5
		}
		d.Marks = append(d.Marks, drawn)
	}
	for _, s := range lane.Spans {
		left, right := x(s.From), x(s.To)
		drawn := drawnSpan{Span: s, X: left, W: max(right-left, 4), Y: d.Middle - bandHeight/2, LabelX: left + 8}
		drawn.Label = clipText(s.Text, drawn.W-14)
		d.Spans = append(d.Spans, drawn)
	}
	return d
}

// ticks gives the days, hours or months that an axis is read by: at most nine.
func ticks(from, to clock.Instant, x func(clock.Instant) int) []tick {
	const hour = clock.Instant(3_600_000_000)
	steps := []clock.Instant{hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour, 48 * hour, 7 * 24 * hour, 14 * 24 * hour, 30 * 24 * hour, 90 * 24 * hour, 365 * 24 * hour}
	step := steps[len(steps)-1]
	for _, s := range steps {
		if (to-from)/s <= 9 {
			step = s
			break
		}
	}
	const zone = 8 * hour // days begin at the zone's midnight
	first := (from+zone+step-1)/step*step - zone
	var list []tick
	for at := first; at <= to; at += step {
		form := "01-02"
		switch {
		case step >= 365*24*hour:
			form = "2006-01"
		case (at+zone)%(24*hour) != 0:
			form = "15:04"
		}
		if place := x(at); place < plotRight-40 {
			list = append(list, tick{X: place, Text: at.Time().Format(form)})
		}
	}
	return list
}

// textWidth is about how wide a label of 12 units is: Chinese is square, Latin
// about half as wide.
func textWidth(s string) int {
	width := 0.0
	for _, r := range s {
		width += runeWidth(r)
	}
	return int(width) + 1
}

func runeWidth(r rune) float64 {
	switch {
	case r > 0x2e80:
		return 12
	case unicode.IsUpper(r) || r == 'm' || r == 'w' || r == '@' || r == '%':
		return 8.4
	case r == 'i' || r == 'l' || r == ' ' || r == '.' || r == ',' || r == 'j' || r == 't' || r == 'f':
		return 3.9
	}
	return 6.7
}

// clipText gives as much of s as fits, with an ellipsis, or "" when that is
// hardly anything.
func clipText(s string, room int) string {
	if textWidth(s) <= room {
		return s
	}
	width := 12.0
	for i, r := range s {
		width += runeWidth(r)
		if width > float64(room) {
			if i < 3 {
				return ""
			}
			return s[:i] + "…"
		}
	}
	return s
}

func markPath(tone Tone, x, y int) string {
	switch tone {
	case Warn:
		return fmt.Sprintf("M%d %dl6 11h-12z", x, y-6)
	case Bad:
		return fmt.Sprintf("M%d %dh10v10h-10z", x-5, y-5)
	case Alarm:
		return fmt.Sprintf("M%d %dl7 7l-7 7l-7-7z", x, y-7)
	case Missed:
		return fmt.Sprintf("M%d %dl5 5l5-5l2 2l-5 5l5 5l-2 2l-5-5l-5 5l-2-2l5-5l-5-5z", x-5, y-7)
	case Neutral, OK, Info, Agreed, Pending:
	}
	return fmt.Sprintf("M%d %da5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z", x-5, y)
}

// Bars compares values by length. It is a table whose cells hold the bars, so
// that what is seen and what is read are one.
type Bars struct {
	Title string
	Head  [2]string // what the rows are, what is measured
	Rows  []Bar
}

// Bar is one value, and optionally what it was before.
type Bar struct {
	Name   string
	Href   string
	Value  int64
	Before int64 // drawn grey above when Compared
	Text   string
	Tone   Tone
	Paired bool
}

func (b Bars) width(value int64) string {
	top := int64(1)
	for _, row := range b.Rows {
		top = max(top, row.Value, row.Before)
	}
	return strconv.FormatInt(1000*max(value, 0)/top, 10)
}

// Parts shows how a whole divides: shares of one bar with their legend.
type Parts struct {
	Title string
	Parts []Part
}

// Part is one share.
type Part struct {
	Name  string
	Value int64
	Text  string
	Tone  Tone
	Href  string
}

type drawnPart struct {
	Part
	X, W int64
}

// draw gives each part its place on a bar of 1,000 with small gaps.
func (p Parts) draw() []drawnPart {
	var total int64
	for _, part := range p.Parts {
		total += max(part.Value, 0)
	}
	var list []drawnPart
	var before int64
	for _, part := range p.Parts {
		value := max(part.Value, 0)
		left, right := int64(0), int64(0)
		if total > 0 {
			left, right = 1000*before/total, 1000*(before+value)/total
		}
		before += value
		list = append(list, drawnPart{Part: part, X: left, W: max(right-left-2, min(right-left, 1))})
	}
	return list
}

// Columns is a small picture of values over time, such as passages by hour.
type Columns struct {
	Title       string
	First, Last string // words under the ends
	Values      []int64
	Names       []string // of each value, for the table
	Unit        string
}

type drawnColumn struct{ X, Y, W, H int64 }

func (c Columns) draw() []drawnColumn {
	top := int64(1)
	for _, v := range c.Values {
		top = max(top, v)
	}
	var list []drawnColumn
	n := int64(max(len(c.Values), 1))
	for i, v := range c.Values {
		height := 100 * max(v, 0) / top
		list = append(list, drawnColumn{X: 1000 * int64(i) / n, Y: 100 - height, W: max(1000/n-2, 1), H: height})
	}
	return list
}

func spanTitle(s Span) string {
	return joined(s.Text, Moment(s.From)+" – "+Moment(s.To), s.Note)
}

func markTitle(m Mark) string { return joined(m.Text, Moment(m.At), m.Note) }

func joined(words ...string) string {
	words = slices.DeleteFunc(words, func(s string) bool { return s == "" })
	return strings.Join(words, ", ")
}
