package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Kind says what a record tells.
type Kind string

// The kinds of records. Return, output and scrap belong to a work order; an
// issue does when it names one, otherwise the goods leave the enterprise.
const (
	PartMaster Kind = "part"
	Receipt    Kind = "receipt"
	Issue      Kind = "issue"
	Return     Kind = "return"
	Output     Kind = "output"
	Scrap      Kind = "scrap"
	Transfer   Kind = "transfer"
	Adjustment Kind = "adjustment"
	Order      Kind = "work-order"
	Snapshot   Kind = "snapshot"
)

// Kinds lists them in the order of the documentation.
var Kinds = []Kind{PartMaster, Receipt, Issue, Transfer, Adjustment, Order, Return, Output, Scrap, Snapshot}

// Conversion says that Quantity of Unit is Equals of the part's own unit: 12
// pieces are 1 dozen. Two quantities instead of a factor keep thirds exact.
type Conversion struct {
	Unit     codelist.UnitCode `json:"unit"`
	Quantity num.Quantity      `json:"quantity"`
	Equals   num.Quantity      `json:"equals"`
}

// Need is how much of a material a work order plans to use, in the part's unit.
type Need struct {
	Part     string       `json:"part"`
	Quantity num.Quantity `json:"quantity"`
}

// Record is one thing that the enterprise's system tells. Which members stand
// depends on Kind; the table shape says so.
type Record struct {
	Kind     Kind              `json:"kind"`
	ID       string            `json:"id"` // the sender's own number of the movement
	On       clock.Date        `json:"on"`
	Part     string            `json:"part,omitempty"`
	Lot      string            `json:"lot,omitempty"`
	Status   ledger.Status     `json:"status,omitempty"` // of the lot; bonded where the part has a book line
	Quantity num.Quantity      `json:"quantity,omitempty"`
	Unit     codelist.UnitCode `json:"unit,omitempty"`
	// Location is where it is taken from or counted; ToLocation where it is put. A
	// transfer that names only one of them goes into transit, or comes out of it.
	Location   string `json:"location,omitempty"`
	ToLocation string `json:"toLocation,omitempty"`
	Document   string `json:"document,omitempty"`  // verification list that an outside movement goes with
	WorkOrder  string `json:"workOrder,omitempty"` // that a movement belongs to
	Reason     string `json:"reason,omitempty"`

	Name        string       `json:"name,omitempty"`        // part
	BookLine    int          `json:"bookLine,omitempty"`    // part: line of the account book; none for goods that are not bonded
	Conversions []Conversion `json:"conversions,omitempty"` // part
	State       OrderState   `json:"state,omitempty"`       // work order
	Materials   []Need       `json:"materials,omitempty"`   // work order: planned for all of Quantity
	Reverses    string       `json:"reverses,omitempty"`    // work order: the closed order that it puts right
}

// Message is one message of a feed. Sequence counts from 1 without gaps, for
// each book.
type Message struct {
	Enterprise string        `json:"enterprise"` // credit code
	System     string        `json:"system"`     // name of the sender's program
	Book       string        `json:"book"`       // number of the account book
	Sequence   int64         `json:"sequence"`
	Key        string        `json:"key"` // unique for each message; the same when it is sent again
	SentAt     clock.Instant `json:"sentAt"`
	Records    []Record      `json:"records"`
}

// Bounds of a message. They protect the house and say nothing of the trade.
const (
	MaxRecords = 2000
	maxText    = 64
	maxReason  = 300
	maxFaults  = 200
	maxNested  = 200

	maxQuantity = 1_000_000_000 * num.OneQuantity
	sentAhead   = 10 * time.Minute // that a sender's clock may be fast
)

// Hash is what tells a repeat from a change.
func (m *Message) Hash() string {
	body, err := json.Marshal(m)
	if err != nil { // texts and numbers can always be written
		panic(err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Check judges the envelope. A message with such a fault is not taken at all: its
// place in the sequence stays open. Faults: FEED-MESSAGE-01 to -06.
func (m *Message) Check(now clock.Instant) error {
	var faults fault.List
	add := func(f *fault.Fault) { faults = append(faults, f) }
	if !plain(m.Enterprise, 1) || !plain(m.Book, 1) || !plain(m.System, 1) {
		add(fault.New(fault.Invalid, "FEED-MESSAGE-01", "", "the message does not say whose system tells of which account book",
			"give enterprise, book and system, each in 1 to {limit} characters without “|” or “~”", "limit", maxText))
	}
	if m.Sequence < 1 {
		add(fault.New(fault.Invalid, "FEED-MESSAGE-02", "/sequence", "the sequence number is {value}", "count the messages of a book from 1, without gaps", "value", m.Sequence))
	}
	if !plain(m.Key, 8) {
		add(fault.New(fault.Invalid, "FEED-MESSAGE-03", "/key", "the message has no key of its own", "give each message a key of 8 to {limit} characters, such as a UUID; the same key when it is sent again", "limit", maxText))
	}
	if m.SentAt == 0 || m.SentAt > now.Add(sentAhead) {
		add(fault.New(fault.Invalid, "FEED-MESSAGE-04", "/sentAt", "the message was sent at no time that can be", "give the time of sending as RFC 3339; set the clock of the sender"))
	}
	if len(m.Records) == 0 {
		add(fault.New(fault.Invalid, "FEED-MESSAGE-05", "/records", "the message has no records", "send at least one record"))
	}
	if len(m.Records) > MaxRecords {
		add(fault.New(fault.Invalid, "FEED-MESSAGE-06", "/records", "the message has more than {limit} records", "send them in several messages", "limit", MaxRecords))
	}
	return faults.OrNil()
}

// plain tells whether a name can stand in accounts: printable, none of the marks
// that separate.
func plain(s string, least int) bool {
	if len(s) < least || len(s) > maxText || strings.TrimSpace(s) != s {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r == '|' || r == '~' || r < ' ' || r == 0x7F || r == '\uFFFD' })
}

// shape says for each kind which members must stand and which may.
var shape = map[Kind]struct{ must, may string }{
	PartMaster: {"part unit", "name bookLine conversions location"},
	Receipt:    {"part quantity unit", "lot status location document reason"},
	Issue:      {"part quantity unit", "lot status location document workOrder reason"},
	Return:     {"part quantity unit workOrder", "lot status location reason"},
	Output:     {"part quantity unit workOrder", "lot status location reason"},
	Scrap:      {"part quantity unit workOrder", "lot status reason"},
	Transfer:   {"part quantity unit", "lot status location toLocation reason"},
	Adjustment: {"part quantity unit reason", "lot status location"},
	Order:      {"workOrder state", "part quantity unit materials reverses reason"},
	Snapshot:   {"part unit", "lot status location quantity"},
}

// members gives which of a record's optional members are given.
func (r *Record) members() map[string]bool {
	return map[string]bool{
		"part": r.Part != "", "lot": r.Lot != "", "status": r.Status != "", "quantity": r.Quantity != 0, "unit": r.Unit != "",
		"location": r.Location != "", "toLocation": r.ToLocation != "", "document": r.Document != "", "workOrder": r.WorkOrder != "",
		"reason": r.Reason != "", "name": r.Name != "", "bookLine": r.BookLine != 0, "conversions": len(r.Conversions) > 0,
		"state": r.State != "", "materials": len(r.Materials) > 0, "reverses": r.Reverses != "",
	}
}

// check judges a record by itself. Faults: FEED-RECORD-01 to -10, -12.
func (r *Record) check(today clock.Date) (faults fault.List) {
	add := func(f *fault.Fault) { faults = append(faults, f) }
	form, known := shape[r.Kind]
	if !known {
		add(fault.New(fault.Invalid, "FEED-RECORD-01", "/kind", "there are no records of kind “{kind}”", "use one of: {kinds}", "kind", clip(string(r.Kind)), "kinds", kindList()))
		return faults
	}
	if !plain(r.ID, 1) {
		add(fault.New(fault.Invalid, "FEED-RECORD-02", "/id", "the record has no number of its own", "give the number of the movement in your system, 1 to {limit} characters", "limit", maxText))
	}
	if r.On == 0 || r.On > today {
		add(fault.New(fault.Invalid, "FEED-RECORD-03", "/on", "a record of {day} tells of no day that has come", "give the day on which it happened", "day", r.On))
	}
	given := r.members()
	must, may := strings.Fields(form.must), strings.Fields(form.may)
	for _, name := range must {
		if !given[name] {
			add(fault.New(fault.Invalid, "FEED-RECORD-04", "/"+name, "a record of kind {kind} needs “{member}”", "give it", "kind", r.Kind, "member", name))
		}
	}
	for _, name := range memberNames {
		if given[name] && !slices.Contains(must, name) && !slices.Contains(may, name) {
			add(fault.New(fault.Invalid, "FEED-RECORD-05", "/"+name, "a record of kind {kind} has no “{member}”", "leave it out", "kind", r.Kind, "member", name))
		}
	}
	if r.Quantity > maxQuantity || r.Quantity < -maxQuantity {
		add(fault.New(fault.Invalid, "FEED-RECORD-12", "/quantity", "{value} is more than one record can move", "give at most {limit}", "value", r.Quantity, "limit", maxQuantity))
	}
	if r.Quantity < 0 && r.Kind != Adjustment {
		add(fault.New(fault.Invalid, "FEED-RECORD-06", "/quantity", "{value} is less than nothing", "give the quantity that moved; only an adjustment may be below 0", "value", r.Quantity))
	}
	for _, text := range []struct{ path, value string }{
		{"/part", r.Part},
		{"/lot", r.Lot},
		{"/location", r.Location},
		{"/toLocation", r.ToLocation},
		{"/document", r.Document},
		{"/workOrder", r.WorkOrder},
		{"/reverses", r.Reverses},
		{"/unit", string(r.Unit)},
	} {
		if text.value != "" && !plain(text.value, 1) {
			add(fault.New(fault.Invalid, "FEED-RECORD-07", text.path, "“{value}” cannot be used as a name", "use 1 to {limit} printable characters without “|” or “~”", "value", clip(text.value), "limit", maxText))
		}
	}
	if len(r.Reason) > maxReason || len(r.Name) > maxReason || len(r.Conversions) > maxNested || len(r.Materials) > maxNested {
		add(fault.New(fault.Invalid, "FEED-RECORD-09", "", "the record is longer than is taken", "keep texts to {text} and lists to {list}", "text", maxReason, "list", maxNested))
	}
	switch r.Status {
	case "", ledger.Bonded, ledger.DutyPaid, ledger.NonBonded:
	default:
		add(fault.New(fault.Invalid, "FEED-RECORD-08", "/status", "“{value}” is no status of goods", "write bonded, duty-paid or non-bonded", "value", clip(string(r.Status))))
	}
	if r.Kind == Transfer && r.Location == r.ToLocation {
		add(fault.New(fault.Invalid, "FEED-RECORD-10", "/toLocation", "the transfer goes nowhere", "give two locations, or one of them for a way into or out of transit"))
	}
	return faults
}

var memberNames = strings.Fields("part lot status quantity unit location toLocation document workOrder reason name bookLine conversions state materials reverses")

func kindList() string {
	names := make([]string, len(Kinds))
	for i, k := range Kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// MessageID names a message, so that ids follow the sequence.
func MessageID(book string, sequence int64) string { return fmt.Sprintf("%s|%012d", book, sequence) }

// place is the pointer of a record.
func place(i int) string { return "/records/" + strconv.Itoa(i) }
