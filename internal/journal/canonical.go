package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"seine/internal/fault"
)

// magic opens the canonical bytes; after it stands the version of the layout.
const magic = "seinelog"

// Versions of the layout: of an entry alone, and of one that quotes movements.
const (
	plainLayout  = 1
	quotedLayout = 2
)

// Canonical appends the canonical bytes of e to dst. Two entries have the same
// bytes exactly when every field but Position is the same and their bodies are
// the same JSON value. All numbers are big-endian; text is its length in bytes
// as u32 followed by UTF-8.
//
//	byte 0..7    "seinelog"
//	byte 8       layout version: 2 where movements are quoted, else 1
//	byte 9..16   At, i64, microseconds since 1970-01-01 UTC
//	byte 17..20  EffectiveOn, i32, days since 1970-01-01; 0 means not given
//	then text    ID, Type, Actor, ActorKind, Enterprise, Area, Office,
//	             Why.Rule, Why.Law, Why.Reason, Cause: eleven in this order
//	then u32     number of subjects; of each, in the entry's order,
//	             text Kind and text ID
//	then u32     length of the body's bytes, then the body, 0 when there is none
//	in layout 2  u32 count of the movements quoted, and the 32 bytes of their hash
//
// The body is one JSON value, written as a tag byte and its content:
//
//	'n'  null        't'  true        'f'  false
//	'#'  number: text, the literal as it stands (1 and 1.0 differ)
//	'"'  string: text, escapes resolved
//	'['  list: u32 number of values, then the values
//	'{'  object: u32 number of members, then for each, in the order of the
//	     names' UTF-8 bytes: name as text, then the value
//
// Faults: JOURNAL-BODY-01 (not one JSON value), JOURNAL-BODY-02 (a name twice in
// one object), JOURNAL-BODY-03 (too large or too deep), JOURNAL-BODY-04 (half of
// a surrogate pair). The other fields are taken as they are: see Validate.
func (e *Entry) Canonical(dst []byte) ([]byte, error) {
	dst = append(dst, magic...)
	if e.Moved == nil {
		dst = append(dst, plainLayout)
	} else {
		dst = append(dst, quotedLayout)
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(e.At))
	dst = binary.BigEndian.AppendUint32(dst, uint32(e.EffectiveOn))
	for _, s := range [...]string{
		e.ID, e.Type, e.Actor, string(e.ActorKind), e.Enterprise, e.Area, e.Office,
		e.Why.Rule, e.Why.Law, e.Why.Reason, e.Cause,
	} {
		dst = appendText(dst, s)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(e.Subject)))
	for _, s := range e.Subject {
		dst = appendText(dst, s.Kind)
		dst = appendText(dst, s.ID)
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst, err := appendBody(dst, e.Body)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	if e.Moved != nil {
		dst = binary.BigEndian.AppendUint32(dst, uint32(e.Moved.Count))
		dst = append(dst, e.Moved.Hash[:]...)
	}
	return dst, nil
}

// Commit gives SHA-256(salt ‖ canonical bytes) of e. Faults as Canonical.
func (e *Entry) Commit(salt Salt) (Commitment, error) {
	var stack [2048]byte
	b, err := e.Canonical(append(stack[:0], salt[:]...))
	if err != nil {
		return Commitment{}, err
	}
	return sha256.Sum256(b), nil
}

func appendText(dst []byte, s string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
	return append(dst, s...)
}

// appendBody appends the canonical bytes of one JSON value; none for no body.
func appendBody(dst []byte, body []byte) ([]byte, error) {
	if len(body) == 0 {
		return dst, nil
	}
	if len(body) > MaxBody {
		return nil, bodyTooLarge()
	}
	s := scanner{src: body}
	dst, err := s.value(dst, 0)
	if err != nil {
		return nil, err
	}
	if s.blanks(); s.at != len(s.src) {
		return nil, s.syntax()
	}
	return dst, nil
}

// scanner reads strict JSON (RFC 8259) once, from front to back.
type scanner struct {
	src []byte
	at  int
}

func (s *scanner) syntax() error {
	return fault.New(fault.Invalid, "JOURNAL-BODY-01", "", "the body is not one JSON value; it goes wrong at byte {byte}",
		"write the body by a JSON encoder", "byte", s.at)
}

func bodyTooLarge() error {
	return fault.New(fault.Invalid, "JOURNAL-BODY-03", "", "the body is larger than {bytes} bytes or deeper than {depth} levels",
		"keep the document beside the journal and write its hash here", "bytes", MaxBody, "depth", MaxDepth)
}

func (s *scanner) blanks() {
	for s.at < len(s.src) {
		switch s.src[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) word(w string) bool {
	if len(s.src)-s.at >= len(w) && string(s.src[s.at:s.at+len(w)]) == w {
		s.at += len(w)
		return true
	}
	return false
}

func (s *scanner) value(dst []byte, depth int) ([]byte, error) {
	if depth > MaxDepth {
		return nil, bodyTooLarge()
	}
	s.blanks()
	switch c := s.peek(); {
	case c == '{':
		return s.object(dst, depth)
	case c == '[':
		return s.list(dst, depth)
	case c == '"':
		return s.text(append(dst, '"'))
	case c == '-' || c >= '0' && c <= '9':
		return s.number(dst)
	case c == 't' && s.word("true"), c == 'f' && s.word("false"), c == 'n' && s.word("null"):
		return append(dst, c), nil
	}
	return nil, s.syntax()
}

func (s *scanner) list(dst []byte, depth int) (_ []byte, err error) {
	s.at++
	head := len(dst) + 1
	dst = append(dst, '[', 0, 0, 0, 0)
	count := uint32(0)
	if s.blanks(); s.peek() == ']' {
		s.at++
		return dst, nil
	}
	for {
		if dst, err = s.value(dst, depth+1); err != nil {
			return nil, err
		}
		count++
		s.blanks()
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			s.at++
			binary.BigEndian.PutUint32(dst[head:], count)
			return dst, nil
		default:
			return nil, s.syntax()
		}
	}
}

// member is where one member of an object stands in the bytes written so far.
type member struct{ from, name, to int }

func (s *scanner) object(dst []byte, depth int) (_ []byte, err error) {
	s.at++
	head := len(dst) + 1
	dst = append(dst, '{', 0, 0, 0, 0)
	first := len(dst)
	var room [16]member
	members, sorted := room[:0], true
	if s.blanks(); s.peek() == '}' {
		s.at++
		return dst, nil
	}
	name := func(m member) []byte { return dst[m.from+4 : m.name] }
	for {
		if s.blanks(); s.peek() != '"' {
			return nil, s.syntax()
		}
		m := member{from: len(dst)}
		if dst, err = s.text(dst); err != nil {
			return nil, err
		}
		m.name = len(dst)
		if s.blanks(); s.peek() != ':' {
			return nil, s.syntax()
		}
		s.at++
		if dst, err = s.value(dst, depth+1); err != nil {
			return nil, err
		}
		m.to = len(dst)
		if n := len(members); n > 0 && string(name(members[n-1])) >= string(name(m)) {
			sorted = false
		}
		members = append(members, m)
		s.blanks()
		if c := s.peek(); c == '}' {
			s.at++
			break
		} else if c != ',' {
			return nil, s.syntax()
		}
		s.at++
	}
	binary.BigEndian.PutUint32(dst[head:], uint32(len(members)))
	if sorted {
		return dst, nil
	}
	slices.SortFunc(members, func(a, b member) int { return slices.Compare(name(a), name(b)) })
	ordered := make([]byte, 0, len(dst)-first)
	for i, m := range members {
		if i > 0 && string(name(members[i-1])) == string(name(m)) {
			return nil, fault.New(fault.Invalid, "JOURNAL-BODY-02", "", "the name “{name}” stands twice in one object",
				"name every member once", "name", string(name(m)))
		}
		ordered = append(ordered, dst[m.from:m.to]...)
	}
	copy(dst[first:], ordered)
	return dst, nil
}

// number copies a literal: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number(dst []byte) ([]byte, error) {
	from := s.at
	digits := func() bool {
		start := s.at
		for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
			s.at++
		}
		return s.at > start
	}
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if !digits() {
		return nil, s.syntax()
	}
	if s.peek() == '.' {
		if s.at++; !digits() {
			return nil, s.syntax()
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !digits() {
			return nil, s.syntax()
		}
	}
	dst = append(dst, '#')
	return appendText(dst, string(s.src[from:s.at])), nil
}

// text appends a string's bytes, escapes resolved, behind their length.
func (s *scanner) text(dst []byte) ([]byte, error) {
	s.at++
	head := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for s.at < len(s.src) {
		// What needs no second look is copied in one piece.
		run := s.at
		for run < len(s.src) && s.src[run] >= ' ' && s.src[run] < utf8.RuneSelf && s.src[run] != '"' && s.src[run] != '\\' {
			run++
		}
		dst = append(dst, s.src[s.at:run]...)
		if s.at = run; s.at == len(s.src) {
			break
		}
		switch c := s.src[s.at]; {
		case c == '"':
			s.at++
			binary.BigEndian.PutUint32(dst[head:], uint32(len(dst)-head-4))
			return dst, nil
		case c == '\\':
			var err error
			if dst, err = s.escape(dst); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, s.syntax()
		default:
			r, size := utf8.DecodeRune(s.src[s.at:])
			if r == utf8.RuneError && size == 1 {
				return nil, s.syntax()
			}
			dst = append(dst, s.src[s.at:s.at+size]...)
			s.at += size
		}
	}
	return nil, s.syntax()
}

const (
	escaped  = `"\/bfnrt`
	resolved = "\"\\/\b\f\n\r\t"
)

func (s *scanner) escape(dst []byte) ([]byte, error) {
	s.at++
	c := s.peek()
	for i := range len(escaped) {
		if escaped[i] == c {
			s.at++
			return append(dst, resolved[i]), nil
		}
	}
	r, ok := s.unicode()
	if !ok {
		return nil, s.syntax()
	}
	if utf16.IsSurrogate(r) {
		low := rune(0)
		if s.word(`\`) {
			low, _ = s.unicode()
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return nil, fault.New(fault.Invalid, "JOURNAL-BODY-04", "", "half of a surrogate pair stands alone before byte {byte}",
				"write text in valid Unicode", "byte", s.at)
		}
	}
	return utf8.AppendRune(dst, r), nil
}

// unicode reads uXXXX.
func (s *scanner) unicode() (rune, bool) {
	if s.peek() != 'u' || len(s.src)-s.at < 5 {
		return 0, false
	}
	v := rune(0)
	for _, c := range s.src[s.at+1 : s.at+5] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			v = v<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	s.at += 5
	return v, true
}
