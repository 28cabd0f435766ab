package journal

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"seine/internal/clock"
	"seine/internal/fault"
)

// ActorKind says what sort of actor wrote an entry: an officer, a person of an
// enterprise, one of its machines, a device at a lane, the system itself (a
// timer, a rule) or an outside party such as a bank or another department.
type ActorKind string

// The kinds of actor that the house knows. The journal takes any lower-case
// word: a new kind of actor needs no new journal.
const (
	Officer    ActorKind = "officer"
	Enterprise ActorKind = "enterprise"
	Client     ActorKind = "client"
	Device     ActorKind = "device"
	System     ActorKind = "system"
	Outside    ActorKind = "outside"
)

// Limits of one entry. They keep a proof readable and hostile input bounded.
const (
	MaxWord     = 256     // bytes of an id, a code or a kind
	MaxReason   = 4096    // bytes of a reason
	MaxSubjects = 256     // subjects of one entry
	MaxBody     = 1 << 20 // bytes of the body as sent
	MaxDepth    = 64      // objects and lists inside each other in the body
	MaxMoved    = 1 << 20 // movements quoted by one entry
)

// Entry is one change of state. It is never altered after it is written.
type Entry struct {
	// ID is time-ordered and chosen by the writer.
	ID string `json:"id"`
	// Position is the dense number of the entry in the log, from 1; 0 until the
	// sequencer has numbered it. It is proven by the tree (index + 1) and is
	// therefore not part of the canonical bytes.
	Position int64 `json:"position"`
	// At is when the change was recorded; EffectiveOn the legal day it counts for.
	At          clock.Instant `json:"at"`
	EffectiveOn clock.Date    `json:"effective_on"`
	Actor       string        `json:"actor"`
	ActorKind   ActorKind     `json:"actor_kind"`
	// Type is a past participle such as "declaration.released".
	Type string `json:"type"`
	// Subject names the documents, enterprises, areas … that the entry is about:
	// feeds and visibility go by them. The first is the principal one.
	Subject    []Ref  `json:"subject"`
	Enterprise string `json:"enterprise,omitempty"`
	Area       string `json:"area,omitempty"`
	Office     string `json:"office,omitempty"`
	Why        Why    `json:"why"`
	// Cause is the id of the entry or command that led to this one.
	Cause string `json:"cause,omitempty"`
	// Body holds the facts, or what was before and after, as one JSON value.
	// Blanks and the order of names inside it do not matter to the proof.
	Body json.RawMessage `json:"body,omitempty"`
	// Moved quotes the movements of the books that were written with the entry.
	Moved *Moved `json:"moved,omitempty"`
}

// Moved is what an entry says of the books: how many movements were written in
// the same transaction because of it, and one hash over them (ledger.Quoted). So
// a receipt of the entry proves the movements too.
type Moved struct {
	Count int  `json:"count"`
	Hash  Hash `json:"hash"`
}

// Ref names one object: its kind ("declaration", "book", "enterprise", "area")
// and its number.
type Ref struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Why says what an entry rests on: the rule and its version, the law it comes
// from (reference in the law register), and the reason a person gave.
type Why struct {
	Rule   string `json:"rule,omitempty"`
	Law    string `json:"law,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Hash is one SHA-256 value: a node of the tree or a root.
type Hash [32]byte

// Commitment is SHA-256(salt ‖ canonical bytes) of one entry: what the tree
// holds of it.
type Commitment [32]byte

// Salt hides what a commitment is about. It is drawn at random for each entry
// and handed out only with the entry itself.
type Salt [16]byte

// String gives standard base64.
func (h Hash) String() string { return base64.StdEncoding.EncodeToString(h[:]) }

// String gives standard base64.
func (c Commitment) String() string { return base64.StdEncoding.EncodeToString(c[:]) }

// String gives standard base64.
func (s Salt) String() string { return base64.StdEncoding.EncodeToString(s[:]) }

// MarshalText gives standard base64 with padding.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads exactly 32 bytes in base64. Fault: JOURNAL-BASE64-01.
func (h *Hash) UnmarshalText(b []byte) error { return unbase64(h[:], b) }

// MarshalText gives standard base64 with padding.
func (c Commitment) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads exactly 32 bytes in base64. Fault: JOURNAL-BASE64-01.
func (c *Commitment) UnmarshalText(b []byte) error { return unbase64(c[:], b) }

// MarshalText gives standard base64 with padding.
func (s Salt) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads exactly 16 bytes in base64. Fault: JOURNAL-BASE64-01.
func (s *Salt) UnmarshalText(b []byte) error { return unbase64(s[:], b) }

// unbase64 fills into with the bytes of b, which must be strict base64 of
// exactly that many bytes: one value has one spelling.
func unbase64(into, b []byte) error {
	raw := make([]byte, 0, 64)
	if len(b) <= 64 {
		raw, _ = base64.StdEncoding.Strict().AppendDecode(raw, b)
	}
	if len(raw) != len(into) || base64.StdEncoding.EncodeToString(raw) != string(b) {
		return fault.New(fault.Invalid, "JOURNAL-BASE64-01", "", "the value is not base64 of {bytes} bytes",
			"take the file as it was issued", "bytes", len(into))
	}
	copy(into, raw)
	return nil
}

// Validate tells everything that is wrong with the entry's form. Faults:
// JOURNAL-ENTRY-01 (a required field is empty), JOURNAL-ENTRY-02 (too long),
// JOURNAL-ENTRY-03 (not UTF-8 text), JOURNAL-ENTRY-04 (type is not words joined
// by points), JOURNAL-ENTRY-05 (kind of actor is not a word), JOURNAL-ENTRY-06
// (too many subjects), JOURNAL-ENTRY-07 (position below 0),
// JOURNAL-ENTRY-08 (time out of range), JOURNAL-ENTRY-09 (count of movements),
// JOURNAL-BODY-01 … 04 (body).
func (e *Entry) Validate() error {
	var faults fault.List
	text := func(path, value string, required bool, limit int) {
		switch {
		case value == "" && required:
			faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-01", path, "the entry does not say its {field}",
				"give it", "field", path[1:]))
		case len(value) > limit:
			faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-02", path, "longer than {limit} bytes",
				"shorten it, or put the text into the body", "limit", limit))
		case !utf8.ValidString(value):
			faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-03", path, "not UTF-8 text", "send UTF-8"))
		}
	}
	text("/id", e.ID, true, MaxWord)
	text("/actor", e.Actor, true, MaxWord)
	text("/actor_kind", string(e.ActorKind), true, MaxWord)
	text("/type", e.Type, true, MaxWord)
	text("/enterprise", e.Enterprise, false, MaxWord)
	text("/area", e.Area, false, MaxWord)
	text("/office", e.Office, false, MaxWord)
	text("/why/rule", e.Why.Rule, false, MaxWord)
	text("/why/law", e.Why.Law, false, MaxWord)
	text("/why/reason", e.Why.Reason, false, MaxReason)
	text("/cause", e.Cause, false, MaxWord)
	if e.Type != "" && !words(e.Type, '.', 2) {
		faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-04", "/type", "“{value}” is no type of entry",
			"write object and past participle, such as declaration.released", "value", e.Type))
	}
	if e.ActorKind != "" && !words(string(e.ActorKind), '.', 1) {
		faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-05", "/actor_kind", "“{value}” is no kind of actor",
			"write one lower-case word, such as officer", "value", string(e.ActorKind)))
	}
	if len(e.Subject) > MaxSubjects {
		faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-06", "/subject", "more than {limit} subjects",
			"write several entries with the same cause", "limit", MaxSubjects))
	} else {
		for i, s := range e.Subject {
			at := "/subject/" + strconv.Itoa(i)
			text(at+"/kind", s.Kind, true, MaxWord)
			text(at+"/id", s.ID, true, MaxWord)
		}
	}
	if e.Position < 0 {
		faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-07", "/position", "a position is never below 0",
			"leave it 0 until the entry is numbered"))
	}
	if m := e.Moved; m != nil && (m.Count < 1 || m.Count > MaxMoved) {
		faults = append(faults, fault.New(fault.Invalid, "JOURNAL-ENTRY-09", "/moved/count", "an entry quotes from 1 to {limit} movements",
			"take the entry as it was issued", "limit", MaxMoved))
	}
	// Outside these years a moment has no spelling that can be read back.
	first, last := clock.Day(1900, 1, 1), clock.Day(2200, 1, 1)
	if e.At < first.Start() || e.At >= last.Start() {
		faults = append(faults, outOfTime("/at"))
	}
	if e.EffectiveOn < first || e.EffectiveOn >= last {
		faults = append(faults, outOfTime("/effective_on"))
	}
	if _, err := appendBody(nil, e.Body); err != nil {
		if other := faults.Add("/body", err); other != nil {
			return other
		}
	}
	return faults.OrNil()
}

func outOfTime(path string) *fault.Fault {
	return fault.New(fault.Invalid, "JOURNAL-ENTRY-08", path, "the time is out of range",
		"give a time in the years 1900 to 2199")
}

// words tells whether s is at least least lower-case words (letters, digits,
// dash, underscore; a letter first) joined by sep.
func words(s string, sep byte, least int) bool {
	count, fresh := 1, true
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z':
			fresh = false
		case c == sep && !fresh:
			count, fresh = count+1, true
		case !fresh && (c >= '0' && c <= '9' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return !fresh && count >= least
}
