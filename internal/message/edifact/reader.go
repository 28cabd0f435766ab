package edifact

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"seine/internal/fault"
)

// Reader gives the segments of a file one by one and keeps only one in memory.
type Reader struct {
	in        *bufio.Reader
	limits    Limits
	sep       Separators
	set       charset
	una       bool // UNA has settled the separators of this interchange
	started   bool
	offset    int64
	line      int
	number    int
	notedSet  bool
	notedWrap bool
	// Notes are departures that were forgiven, Faults those that a sender must
	// put right; both only grow.
	Notes  fault.List
	Faults fault.List

	raw   []byte // text bytes of the segment, without service characters
	marks []mark // ends of components within raw
}

// mark ends a component at raw[:at]; kind says what came after it.
type mark struct {
	at   int
	kind byte // 'c' component, 'r' repetition, 'e' element
}

// NewReader gives a reader over r, which is plain bytes (not compressed).
func NewReader(r io.Reader, limits Limits) *Reader {
	return &Reader{
		in: bufio.NewReaderSize(r, 64<<10), limits: limits.orDefault(),
		sep: Default(0), set: charsets["UNOC"], line: 1,
	}
}

// Separators gives the service characters in use at this point of the file.
func (r *Reader) Separators() Separators { return r.sep }

// Charset gives the name of the character set in use at this point.
func (r *Reader) Charset() string { return r.set.name }

// Next gives the next segment, io.EOF after the last. Any other error ends the
// file; it is a fault, or an error of the source itself.
//
// Faults: EDI-START-01 (not EDIFACT at all), EDI-START-02 (empty), EDI-LIMIT-01 (file too large),
// EDI-LIMIT-02 (too many segments), EDI-LIMIT-03 (segment too long),
// EDI-LIMIT-04 (too many elements), EDI-LIMIT-05 (too many faults),
// EDI-INTERACTIVE-01 (interactive EDIFACT), EDI-OBJECT-01 (a binary object). Noted, and
// reading goes on: EDI-TAG-01, EDI-UNA-01, EDI-TERMINATOR-01, EDI-TERMINATOR-02,
// EDI-BREAK-01, EDI-CHARSET-01, EDI-CHARSET-02.
func (r *Reader) Next() (Segment, error) {
	if !r.started {
		r.started = true
		if err := r.start(); err != nil {
			return Segment{}, err
		}
	}
	if len(r.Faults) > r.limits.Faults {
		return Segment{}, fault.New(fault.Invalid, "EDI-LIMIT-05", path(r.number, 0, 0),
			"more than {count} faults up to segment {segment}: reading stopped",
			"correct the faults listed and send again", "count", r.limits.Faults, "segment", r.number)
	}
	if err := r.skipBlank(); err != nil {
		return Segment{}, err
	}
	if head, _ := r.in.Peek(3); string(head) == "UNA" {
		if err := r.readUNA(); err != nil {
			return Segment{}, err
		}
		if err := r.skipBlank(); err != nil {
			return Segment{}, err
		}
	}
	if head, _ := r.in.Peek(4); !r.una && bytes.HasPrefix(head, []byte("UNB")) && len(head) == 4 {
		if head[3] == levelB.Element {
			r.sep = levelB
		} else if r.sep == levelB {
			r.sep = Default(0)
		}
	}
	return r.segment()
}

// start looks at the beginning: byte order mark, and whether this is EDIFACT.
func (r *Reader) start() error {
	if head, _ := r.in.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = r.in.Discard(3)
		r.offset = 3
		r.set = charsets["UNOY"]
	}
	if err := r.skipBlank(); err != nil {
		if errors.Is(err, io.EOF) {
			return fault.New(fault.Invalid, "EDI-START-02", "", "the file is empty", "send a file that begins with UNA, UNB or UNH")
		}
		return err
	}
	window, err := r.in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the interchange: %w", err)
	}
	if bytes.HasPrefix(window, []byte("UNA")) {
		return nil
	}
	if len(window) < 4 || !isTag(window[:3]) || (window[3] != '+' && window[3] != ':' && window[3] != levelB.Element) {
		return notEdifact(strconv.Quote(string(window[:min(len(window), 20)])))
	}
	if newlineEnds(window) {
		r.sep.Terminator = '\n'
		r.Notes = append(r.Notes, fault.New(fault.Invalid, "EDI-TERMINATOR-01", path(1, 0, 0),
			"segments end with a line break instead of the apostrophe",
			"end each segment with ' or announce another character in UNA"))
	}
	return nil
}

func notEdifact(found string) error {
	return fault.New(fault.Invalid, "EDI-START-01", "", "this is no UN/EDIFACT interchange: it begins with {found}",
		"send a file that begins with UNA, UNB or UNH", "found", found)
}

// newlineEnds tells whether lines, not apostrophes, end the segments: the first
// line holds no apostrophe and the second begins like a segment.
func newlineEnds(window []byte) bool {
	first, rest, found := bytes.Cut(window, []byte("\n"))
	if !found || bytes.IndexByte(first, '\'') >= 0 {
		return false
	}
	second, _, _ := bytes.Cut(rest, []byte("\n"))
	return len(second) > 3 && isTag(second[:3]) && second[3] == '+' && bytes.IndexByte(second, '\'') < 0
}

func isTag(b []byte) bool {
	if len(b) != 3 || b[0] < 'A' || b[0] > 'Z' {
		return false
	}
	for _, c := range b[1:] {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// skipBlank passes over what may stand between segments: blanks, tabs, line
// breaks, NUL and the old end-of-file mark.
func (r *Reader) skipBlank() error {
	for {
		c, err := r.readByte()
		if err != nil {
			return err
		}
		switch c {
		case ' ', '\t', '\r', 0, 0x1A:
		case '\n':
			r.line++
		default:
			r.offset--
			return r.in.UnreadByte()
		}
	}
}

func (r *Reader) readByte() (byte, error) {
	c, err := r.in.ReadByte()
	if err != nil {
		if errors.Is(err, io.EOF) || fault.All(err) != nil {
			return 0, err
		}
		return 0, fmt.Errorf("read the interchange: %w", err)
	}
	r.offset++
	if r.offset > r.limits.Bytes {
		return 0, fault.New(fault.Invalid, "EDI-LIMIT-01", "", "the file is larger than {limit} bytes",
			"send it in several interchanges", "limit", r.limits.Bytes)
	}
	return c, nil
}

// readUNA takes the nine characters of the service string advice.
func (r *Reader) readUNA() error {
	head, err := r.in.Peek(9)
	if err != nil {
		return notEdifact(strconv.Quote(string(head)))
	}
	s := Separators{Component: head[3], Element: head[4], Decimal: head[5], Release: head[6], Repetition: head[7], Terminator: head[8]}
	_, _ = r.in.Discard(9)
	r.offset += 9
	if s.Terminator == '\n' {
		r.line++
	}
	if s.Release == ' ' {
		s.Release = 0
	}
	if s.Repetition == ' ' {
		s.Repetition = 0
	}
	if clash(s) {
		r.Faults = append(r.Faults, fault.New(fault.Invalid, "EDI-UNA-01", "",
			"UNA announces {value}, in which two service characters are the same or letters or digits",
			"announce six different signs, usually UNA:+.? '", "value", strconv.Quote(string(head[3:]))))
		s = Default(0)
	}
	r.sep, r.una = s, true
	return nil
}

func clash(s Separators) bool {
	seen := map[byte]bool{}
	for _, c := range []byte{s.Component, s.Element, s.Release, s.Repetition, s.Terminator} {
		if c == 0 {
			continue
		}
		if seen[c] || c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') {
			return true
		}
		seen[c] = true
	}
	return s.Component == ' ' || s.Element == ' ' || s.Terminator == ' ' || s.Component == 0 || s.Element == 0 || s.Terminator == 0
}

// segment reads up to the terminator.
func (r *Reader) segment() (Segment, error) {
	s := Segment{Number: r.number + 1, Line: r.line, Offset: r.offset}
	if s.Number > r.limits.Segments {
		return Segment{}, fault.New(fault.Invalid, "EDI-LIMIT-02", "", "the file has more than {limit} segments",
			"send it in several interchanges", "limit", r.limits.Segments)
	}
	r.raw, r.marks = r.raw[:0], r.marks[:0]
	released, closed := false, false
	breaks := 0 // line breaks seen inside, not yet known to be followed by data
	for {
		c, err := r.readByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Segment{}, err
		}
		if c == '\n' {
			r.line++
		}
		switch {
		case (c == '\n' || c == '\r') && c != r.sep.Terminator:
			breaks++
			continue
		case released:
			released = false
			r.raw = append(r.raw, c)
		case c == r.sep.Release && c != 0:
			released = true
		case c == r.sep.Terminator:
			closed = true
		case c == r.sep.Element:
			r.marks = append(r.marks, mark{len(r.raw), 'e'})
		case c == r.sep.Component:
			r.marks = append(r.marks, mark{len(r.raw), 'c'})
		case c == r.sep.Repetition && c != 0:
			r.marks = append(r.marks, mark{len(r.raw), 'r'})
		default:
			r.raw = append(r.raw, c)
		}
		if closed {
			break
		}
		if breaks > 0 {
			s.Wrapped = true
		}
		if len(r.raw) > r.limits.SegmentBytes {
			return Segment{}, fault.New(fault.Invalid, "EDI-LIMIT-03", path(s.Number, 0, 0),
				"segment {segment} is longer than {limit} bytes", "check that each segment ends with its terminator {terminator}",
				"segment", s.Number, "limit", r.limits.SegmentBytes, "terminator", strconv.QuoteRune(rune(r.sep.Terminator)))
		}
		if len(r.marks) > r.limits.Elements {
			return Segment{}, fault.New(fault.Invalid, "EDI-LIMIT-04", path(s.Number, 0, 0),
				"segment {segment} has more than {limit} elements and components", "check that each segment ends with its terminator",
				"segment", s.Number, "limit", r.limits.Elements)
		}
	}
	r.number++
	r.build(&s)
	r.judge(&s, closed)
	switch s.Tag {
	case "UIB", "UIH", "UIT", "UIZ", "UIR":
		return Segment{}, fault.New(fault.Invalid, "EDI-INTERACTIVE-01", path(s.Number, 0, 0),
			"segment {segment} {tag} belongs to interactive EDIFACT (ISO 9735-3), which is not taken",
			"send a batch interchange: UNB, its messages from UNH to UNT, UNZ", "segment", s.Number, "tag", s.Tag)
	case "UNO", "UNP": // between them stand bytes that are no segments
		return Segment{}, fault.New(fault.Invalid, "EDI-OBJECT-01", path(s.Number, 0, 0),
			"segment {segment} {tag} encloses a binary object (ISO 9735-8), which is not taken",
			"send the messages without it, and the file it holds as an attachment of its own", "segment", s.Number, "tag", s.Tag)
	case "UNB":
		r.settle(&s)
	case "UNZ": // UNA speaks for one interchange
		terminator := r.sep.Terminator
		if r.una {
			terminator = Default(0).Terminator
		}
		if r.una = false; r.sep != levelB {
			r.sep = Default(0)
			r.sep.Terminator = terminator
		}
	}
	return s, nil
}

// build turns raw and marks into tag and elements.
func (r *Reader) build(s *Segment) {
	from, instead := 0, ""
	text := func(to int) string {
		t, other := r.set.decode(r.raw[from:to])
		if other != "" {
			instead = other
		}
		from = to
		return t
	}
	parts, first := [][]string{nil}, true
	closeElement := func() {
		if first {
			first = false
			s.Tag = parts[0][0]
			if len(parts[0]) > 1 {
				s.Nesting = parts[0][1:]
			}
		} else {
			s.Data = append(s.Data, Element(parts))
		}
		parts = [][]string{nil}
	}
	for _, m := range append(r.marks, mark{len(r.raw), 'e'}) {
		last := len(parts) - 1
		parts[last] = append(parts[last], text(m.at))
		switch m.kind {
		case 'r':
			parts = append(parts, nil)
		case 'e':
			closeElement()
		}
	}
	if instead != "" && !r.notedSet {
		r.notedSet = true
		r.Notes = append(r.Notes, fault.New(fault.Invalid, "EDI-CHARSET-01", path(s.Number, 0, 0),
			"segment {segment} {tag} holds characters that are not {declared}; they were read as {instead}",
			"name the character set that is used in UNB, such as UNOY for UTF-8",
			"segment", s.Number, "tag", s.Tag, "declared", r.set.name, "instead", instead))
	}
}

// judge notes what is wrong with the segment itself.
func (r *Reader) judge(s *Segment, closed bool) {
	if !closed {
		r.Faults = append(r.Faults, fault.New(fault.Invalid, "EDI-TERMINATOR-02", path(s.Number, 0, 0),
			"the last segment {segment} {tag} has no terminator", "end it with '; check that the file was sent completely",
			"segment", s.Number, "tag", clip(s.Tag)))
	}
	if !isTag([]byte(s.Tag)) {
		r.Faults = append(r.Faults, fault.New(fault.Invalid, "EDI-TAG-01", path(s.Number, 0, 0),
			"segment {segment} on line {line} has the tag “{tag}”", "begin each segment with its tag of three capital letters or digits",
			"segment", s.Number, "line", s.Line, "tag", clip(s.Tag)))
	}
	if s.Wrapped && !r.notedWrap {
		r.notedWrap = true
		r.Notes = append(r.Notes, fault.New(fault.Invalid, "EDI-BREAK-01", path(s.Number, 0, 0),
			"line breaks stand inside the data from segment {segment} {tag} on; they were removed",
			"put line breaks only after a terminator", "segment", s.Number, "tag", clip(s.Tag)))
	}
}

// settle takes syntax identifier and version from UNB.
func (r *Reader) settle(s *Segment) {
	set, known := charsets[s.Get(1, 1)]
	if known {
		r.set = set
	} else if s.Get(1, 1) != "" {
		r.Notes = append(r.Notes, fault.New(fault.Invalid, "EDI-CHARSET-02", path(s.Number, 1, 1),
			"UNB names the unknown character set “{value}”; ISO 8859-1 was taken", "name one of UNOA to UNOL, UNOW, UNOX, UNOY",
			"value", clip(s.Get(1, 1))))
		r.set = charsets["UNOC"]
	}
	if version, _ := strconv.Atoi(s.Get(1, 2)); !r.una && r.sep != levelB {
		terminator := r.sep.Terminator
		r.sep = Default(version)
		r.sep.Terminator = terminator
	}
}

// path gives the pointer to a segment, element or component; numbers from 1, 0
// for none.
func path(segment, element, component int) string {
	p := "/segments/" + strconv.Itoa(segment)
	if element > 0 {
		p += "/" + strconv.Itoa(element)
	}
	if component > 0 {
		p += "/" + strconv.Itoa(component)
	}
	return p
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
