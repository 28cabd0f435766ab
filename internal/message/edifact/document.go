package edifact

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"seine/internal/fault"
)

// Message is one message, UNH to UNT.
type Message struct {
	Interchange int // index of its interchange within the file
	Group       int // index of its group within the interchange, -1 without
	Header      Segment
	Segments    []Segment // between header and trailer
	Trailer     *Segment  // nil when missing
	// Faults of the envelope of this message: counts, references.
	Faults fault.List
}

// Reference gives the message's own number (UNH 0062).
func (m *Message) Reference() string { return m.Header.Get(1, 1) }

// Type gives the kind of message, such as CUSCAR (UNH 0065); where the header
// leaves it out, "".
func (m *Message) Type() string { return m.Header.Get(2, 1) }

// Version gives version and release of the directory, such as D.95B.
func (m *Message) Version() string {
	version, release := m.Header.Get(2, 2), m.Header.Get(2, 3)
	if version == "" || release == "" {
		return version + release
	}
	return version + "." + release
}

// Group is a functional group, UNG to UNE.
type Group struct {
	Header   Segment
	Trailer  *Segment
	Messages []Message
}

// Interchange is one envelope, UNB to UNZ. Header is nil when messages came
// without one.
type Interchange struct {
	Header   *Segment
	Trailer  *Segment
	Groups   []Group
	Messages []Message // those outside groups
	Charset  string
}

// Syntax gives the syntax identifier and version of UNB, such as UNOA and 2.
func (i *Interchange) Syntax() (identifier, version string) {
	if i.Header == nil {
		return "", ""
	}
	return i.Header.Get(1, 1), i.Header.Get(1, 2)
}

// Sender gives the sender's identification with its qualifier.
func (i *Interchange) Sender() (id, qualifier string) { return i.party(2) }

// Recipient gives the recipient's identification with its qualifier.
func (i *Interchange) Recipient() (id, qualifier string) { return i.party(3) }

func (i *Interchange) party(element int) (id, qualifier string) {
	if i.Header == nil {
		return "", ""
	}
	return i.Header.Get(element, 1), i.Header.Get(element, 2)
}

// Reference gives the interchange control reference (UNB 0020).
func (i *Interchange) Reference() string {
	if i.Header == nil {
		return ""
	}
	return i.Header.Get(5, 1)
}

// File is everything one file holds.
type File struct {
	Interchanges []Interchange
	Segments     int        // all of them, UNA not counted
	Faults       fault.List // to be put right by the sender
	Notes        fault.List // departures that were forgiven
}

// Messages gives all messages of the file in order.
func (f *File) Messages() []Message {
	var all []Message
	for _, i := range f.Interchanges {
		for _, g := range i.Groups {
			all = append(all, g.Messages...)
		}
		all = append(all, i.Messages...)
	}
	return all
}

// Read reads a whole file. It gives what could be read even together with an
// error, which then is the fault that stopped the reading (see Reader.Next).
//
// Envelope faults, each with its segment: EDI-ENVELOPE-01 (no UNB; a note),
// EDI-ENVELOPE-02 (part not closed), EDI-ENVELOPE-03 (closing segment without
// an opening one), EDI-ENVELOPE-04 (segment outside a message), EDI-COUNT-01
// (UNT), EDI-COUNT-02 (UNE), EDI-COUNT-03 (UNZ), EDI-REFERENCE-01 (closing
// reference differs), EDI-REFERENCE-02 (reference used twice),
// EDI-HEADER-01 (message type missing).
func Read(r io.Reader, limits Limits) (*File, error) {
	a := assembler{reader: NewReader(r, limits)}
	for {
		s, err := a.reader.Next()
		if errors.Is(err, io.EOF) {
			a.end()
			return a.result(), nil
		}
		if err != nil {
			a.end()
			return a.result(), err
		}
		a.file.Segments++
		a.take(s)
	}
}

// assembler puts segments into envelopes.
type assembler struct {
	reader *Reader
	file   File

	open    *Interchange
	group   *Group
	message *Message
	refs    map[string]int
	bare    bool // messages without UNB were noted
}

func (a *assembler) result() *File {
	a.file.Faults = append(a.file.Faults, a.reader.Faults...)
	a.file.Notes = append(a.file.Notes, a.reader.Notes...)
	return &a.file
}

func (a *assembler) fault(f *fault.Fault) {
	if len(a.file.Faults) <= a.reader.limits.Faults {
		a.file.Faults = append(a.file.Faults, f)
	}
}

func (a *assembler) take(s Segment) {
	switch s.Tag {
	case "UNB":
		a.endInterchange()
		header := s
		a.open = &Interchange{Header: &header, Charset: a.reader.Charset()}
		a.refs = map[string]int{}
	case "UNZ":
		a.closeInterchange(s)
	case "UNG":
		a.endGroup()
		a.needInterchange(s)
		a.group = &Group{Header: s}
	case "UNE":
		a.closeGroup(s)
	case "UNH":
		a.endMessage()
		a.needInterchange(s)
		a.message = &Message{Header: s, Interchange: len(a.file.Interchanges), Group: -1}
		if a.group != nil {
			a.message.Group = len(a.open.Groups)
		}
		a.openMessage(s)
	case "UNT":
		a.closeMessage(s)
	default:
		if a.message == nil {
			a.stray(s)
			return
		}
		a.message.Segments = append(a.message.Segments, s)
	}
}

func (a *assembler) openMessage(s Segment) {
	if ref := s.Get(1, 1); ref != "" {
		if first, twice := a.refs[ref]; twice {
			a.messageFault(fault.New(fault.Invalid, "EDI-REFERENCE-02", path(s.Number, 1, 1),
				"the message reference {reference} in segment {segment} was used before in segment {first}",
				"give each message of an interchange its own reference", "reference", clip(ref), "segment", s.Number, "first", first))
		} else {
			a.refs[ref] = s.Number
		}
	}
	if s.Get(2, 1) == "" {
		a.messageFault(fault.New(fault.Invalid, "EDI-HEADER-01", path(s.Number, 2, 1),
			"UNH in segment {segment} does not name the message type", "give the type as first component of S009, such as CUSCAR",
			"segment", s.Number))
	}
}

// messageFault notes a fault with the message and with the file.
func (a *assembler) messageFault(f *fault.Fault) {
	a.message.Faults = append(a.message.Faults, f)
	a.fault(f)
}

func (a *assembler) needInterchange(s Segment) {
	if a.open != nil {
		return
	}
	a.open = &Interchange{Charset: a.reader.Charset()}
	a.refs = map[string]int{}
	if !a.bare {
		a.bare = true
		a.file.Notes = append(a.file.Notes, fault.New(fault.Invalid, "EDI-ENVELOPE-01", path(s.Number, 0, 0),
			"segment {segment} {tag} stands outside an interchange: UNB is missing", "begin the file with UNB and end it with UNZ",
			"segment", s.Number, "tag", s.Tag))
	}
}

// stray keeps a segment that stands in no message in a message without header,
// so that nothing is lost.
func (a *assembler) stray(s Segment) {
	a.needInterchange(s)
	a.fault(fault.New(fault.Invalid, "EDI-ENVELOPE-04", path(s.Number, 0, 0),
		"segment {segment} {tag} stands outside a message", "put it between UNH and UNT", "segment", s.Number, "tag", clip(s.Tag)))
	a.message = &Message{Interchange: len(a.file.Interchanges), Group: -1, Segments: []Segment{s}}
	if a.group != nil {
		a.message.Group = len(a.open.Groups)
	}
}

func (a *assembler) unclosed(opening Segment, tag, missing string) *fault.Fault {
	return fault.New(fault.Invalid, "EDI-ENVELOPE-02", path(opening.Number, 0, 0),
		"{tag} in segment {segment} is not closed by {missing}", "end it with {missing}; check that the file was sent completely",
		"tag", tag, "segment", opening.Number, "missing", missing)
}

func (a *assembler) surplus(s Segment, opening string) {
	a.fault(fault.New(fault.Invalid, "EDI-ENVELOPE-03", path(s.Number, 0, 0),
		"{tag} in segment {segment} closes nothing: there is no open {opening}", "remove it or send the {opening} that belongs to it",
		"tag", s.Tag, "segment", s.Number, "opening", opening))
}

// counts tells whether a closing segment states the number that was seen, and
// gives what it states.
func counts(s Segment, expected int) (given string, right bool) {
	given = strings.TrimSpace(s.Get(1, 1))
	n, err := strconv.Atoi(given)
	return clip(given), err == nil && n == expected
}

func referenced(s Segment, opening string) *fault.Fault {
	if given := s.Get(2, 1); given != opening {
		return fault.New(fault.Invalid, "EDI-REFERENCE-01", path(s.Number, 2, 1),
			"{tag} in segment {segment} has the reference “{given}”, its opening segment “{expected}”", "repeat the opening reference exactly",
			"tag", s.Tag, "segment", s.Number, "given", clip(given), "expected", clip(opening))
	}
	return nil
}

func (a *assembler) closeMessage(s Segment) {
	if a.message == nil || a.message.Header.Tag == "" {
		a.surplus(s, "UNH")
		a.endMessage()
		return
	}
	if given, right := counts(s, len(a.message.Segments)+2); !right {
		a.messageFault(fault.New(fault.Invalid, "EDI-COUNT-01", path(s.Number, 1, 1), "UNT in segment {segment} states “{given}” segments, there are {expected}",
			"send {expected}, or send what is missing", "segment", s.Number, "given", given, "expected", len(a.message.Segments)+2))
	}
	if f := referenced(s, a.message.Reference()); f != nil {
		a.messageFault(f)
	}
	trailer := s
	a.message.Trailer = &trailer
	a.endMessage()
}

// endMessage files the open message.
func (a *assembler) endMessage() {
	if a.message == nil {
		return
	}
	if a.message.Trailer == nil && a.message.Header.Tag != "" {
		a.messageFault(a.unclosed(a.message.Header, "UNH", "UNT"))
	}
	if a.group != nil {
		a.group.Messages = append(a.group.Messages, *a.message)
	} else {
		a.open.Messages = append(a.open.Messages, *a.message)
	}
	a.message = nil
}

func (a *assembler) closeGroup(s Segment) {
	a.endMessage()
	if a.group == nil {
		a.surplus(s, "UNG")
		return
	}
	if given, right := counts(s, len(a.group.Messages)); !right {
		a.fault(fault.New(fault.Invalid, "EDI-COUNT-02", path(s.Number, 1, 1), "UNE in segment {segment} states “{given}” messages, there are {expected}",
			"send {expected}, or send what is missing", "segment", s.Number, "given", given, "expected", len(a.group.Messages)))
	}
	if f := referenced(s, a.group.Header.Get(5, 1)); f != nil {
		a.fault(f)
	}
	trailer := s
	a.group.Trailer = &trailer
	a.endGroup()
}

func (a *assembler) endGroup() {
	a.endMessage()
	if a.group == nil {
		return
	}
	if a.group.Trailer == nil {
		a.fault(a.unclosed(a.group.Header, "UNG", "UNE"))
	}
	a.open.Groups = append(a.open.Groups, *a.group)
	a.group = nil
}

func (a *assembler) closeInterchange(s Segment) {
	a.endGroup()
	if a.open == nil || a.open.Header == nil {
		a.surplus(s, "UNB")
		a.endInterchange()
		return
	}
	count := len(a.open.Messages)
	if len(a.open.Groups) > 0 {
		count = len(a.open.Groups)
	}
	if given, right := counts(s, count); !right {
		a.fault(fault.New(fault.Invalid, "EDI-COUNT-03", path(s.Number, 1, 1), "UNZ in segment {segment} states “{given}” messages or groups, there are {expected}",
			"send {expected}, or send what is missing", "segment", s.Number, "given", given, "expected", count))
	}
	if f := referenced(s, a.open.Reference()); f != nil {
		a.fault(f)
	}
	trailer := s
	a.open.Trailer = &trailer
	a.endInterchange()
}

func (a *assembler) endInterchange() {
	if a.open == nil {
		return
	}
	a.endGroup()
	if a.open.Header != nil && a.open.Trailer == nil {
		a.fault(a.unclosed(*a.open.Header, "UNB", "UNZ"))
	}
	a.file.Interchanges = append(a.file.Interchanges, *a.open)
	a.open = nil
}

func (a *assembler) end() { a.endInterchange() }
