package feed

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
)

// State is where a feed stands (DR §3.5).
type State string

const (
	Applied   State = "applied"   // customs answer
	TestFeed  State = "test_feed" // enterprise sends; differences are shown and raise no alarm
	Live      State = "live"
	Degraded  State = "degraded"  // nothing could be applied for a day
	Suspended State = "suspended" // messages are kept and not applied
	Ended     State = "ended"     // nobody: final
)

// Word gives the state as a refusal tells it.
func (s State) Word() string {
	switch s {
	case Applied:
		return "applied for"
	case TestFeed:
		return "in test"
	}
	return string(s)
}

// Event moves a feed.
type Event string

const (
	Accept  Event = "accepted"
	Refuse  Event = "refused"
	GoLive  Event = "put live"
	Silence Event = "missed"
	Heard   Event = "heard again"
	Suspend Event = "suspended"
	Resume  Event = "resumed"
	End     Event = "ended"
)

// Trial is a feed with what the guard of going live looks at.
type Trial struct {
	Feed  *Feed
	Today clock.Date
	Rules Rules
}

// Life is the whole life of a feed.
var Life = &lifecycle.Table[State, Event, Trial]{
	Name: "feed", Code: "FEED-LIFECYCLE-01", Initial: Applied,
	States: []lifecycle.State[State]{
		{Name: Applied, Acts: "customs answer the application"},
		{Name: TestFeed, Acts: "enterprise sends; customs put it live when it was clean for long enough"},
		{Name: Live, Acts: "enterprise sends"},
		{Name: Degraded, Acts: "enterprise repairs; customs may suspend"},
		{Name: Suspended, Acts: "customs resume or end"},
		{Name: Ended, Final: true},
	},
	Moves: []lifecycle.Move[State, Event, Trial]{
		{From: Applied, On: Accept, To: TestFeed},
		{From: Applied, On: Refuse, To: Ended},
		{From: TestFeed, On: GoLive, To: Live, Guards: []lifecycle.Guard[Trial]{{Name: "clean for the test days", Check: clean}}},
		{From: Live, On: Silence, To: Degraded},
		{From: Degraded, On: Heard, To: Live},
		{From: Live, On: Suspend, To: Suspended},
		{From: Degraded, On: Suspend, To: Suspended},
		{From: TestFeed, On: Suspend, To: Suspended},
		{From: Suspended, On: Resume, To: TestFeed},
		{From: TestFeed, On: End, To: Ended},
		{From: Live, On: End, To: Ended},
		{From: Degraded, On: End, To: Ended},
		{From: Suspended, On: End, To: Ended},
	},
}

// clean is the guard of going live. Fault: FEED-CLEAN-01.
func clean(t Trial) error {
	if t.Feed.Applied > 0 && len(t.Feed.Waiting) == 0 && t.Feed.Stopped == 0 && int(t.Today-t.Feed.CleanSince) >= t.Rules.TestDays {
		return nil
	}
	return fault.New(fault.Refused, "FEED-CLEAN-01", "", "the feed of {book} is clean since {day}; {days} clean days are wanted and nothing may wait",
		"put it live later", "book", t.Feed.Book, "day", t.Feed.CleanSince, "days", t.Rules.TestDays)
}

// Feed is the link of one account book to the enterprise's system. Its id is the
// number of the book.
type Feed struct {
	Book       string        `json:"book"`
	Enterprise string        `json:"enterprise"`
	System     string        `json:"system"`
	State      State         `json:"state"`
	Area       string        `json:"area,omitempty"`
	Office     string        `json:"office,omitempty"`
	Since      clock.Instant `json:"since"`               // of the state
	Reason     string        `json:"reason,omitempty"`    // of the last change that a person made
	Applied    int64         `json:"applied"`             // the last message that was applied
	Stopped    int64         `json:"stopped,omitempty"`   // the message that waits in staging for a correction
	Waiting    []int64       `json:"waiting,omitempty"`   // messages that came and wait behind it or behind a gap, in order
	Received   clock.Instant `json:"received,omitempty"`  // the last message, whatever became of it
	Heard      clock.Instant `json:"heard,omitempty"`     // the last message that was applied
	CleanSince clock.Date    `json:"cleanSince"`          // last day with a gap, a fault or a difference
	Records    int64         `json:"records"`             // applied
	Corrected  int64         `json:"corrected,omitempty"` // records that were corrected in staging
	Table      string        `json:"table,omitempty"`     // id of the newest difference table
	Parted     int           `json:"parted,omitempty"`    // lines in it that are apart and not explained
	Troubled   clock.Instant `json:"troubled,omitempty"`  // since when a message is missing or waits for its correction
	Alarms     []Alarm       `json:"alarms,omitempty"`    // that hold, the gravest first
}

// Move gives the feed after an event. Faults: FEED-LIFECYCLE-01, FEED-CLEAN-01.
func (f Feed) Move(on Event, at clock.Instant, rules Rules) (Feed, error) {
	next, err := Life.Next(f.State, on, Trial{&f, at.Date(), rules})
	if err != nil {
		return f, err
	}
	if next == TestFeed {
		f.CleanSince = at.Date()
	}
	f.State, f.Since = next, at
	return f, nil
}

// Takes tells whether messages are taken. Fault: FEED-STATE-01.
func (f *Feed) Takes() error {
	if f.State == Applied || f.State == Ended {
		return fault.New(fault.Refused, "FEED-STATE-01", "/book", "the feed of account book {book} is {state}", "send once customs have accepted it", "book", f.Book, "state", f.State.Word())
	}
	return nil
}

// Span is a run of missing messages.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Gaps gives the messages that are missing before those that wait.
func (f *Feed) Gaps() []Span {
	var gaps []Span
	next := f.Applied + 1
	if f.Stopped != 0 {
		next = f.Stopped + 1
	}
	for _, w := range f.Waiting {
		if w > next {
			gaps = append(gaps, Span{next, w - 1})
		}
		next = w + 1
	}
	return gaps
}

// Next is the number that the next new message must bear.
func (f *Feed) Next() int64 {
	next := max(f.Applied, f.Stopped) + 1
	for _, w := range f.Waiting {
		if w != next {
			return next
		}
		next++
	}
	return next
}

// Await notes a message that came and cannot be applied yet. Fault:
// FEED-SEQUENCE-02 (too many wait).
func (f *Feed) Await(sequence int64, rules Rules) error {
	if len(f.Waiting) >= rules.Waiting || sequence > f.Applied+10*int64(rules.Waiting) {
		return fault.New(fault.Refused, "FEED-SEQUENCE-02", "/sequence", "message {sequence} is too far ahead: message {next} is awaited and {waiting} wait",
			"send what is missing first, then this one again", "sequence", sequence, "next", f.Next(), "waiting", len(f.Waiting))
	}
	at, found := slices.BinarySearch(f.Waiting, sequence)
	if !found {
		f.Waiting = slices.Insert(slices.Clone(f.Waiting), at, sequence)
	}
	return nil
}

// MessageState is where a message stands.
type MessageState string

const (
	Waits MessageState = "waiting" // something before it is missing or staged
	Stage MessageState = "staged"  // it has faults: the enterprise corrects
	Done  MessageState = "applied" // final
)

// Notice is a fault or a finding as it is kept, so that it can be shown again in
// either language.
type Notice struct {
	Code string            `json:"code"`
	Path string            `json:"path,omitempty"`
	Text string            `json:"text"`
	Cure string            `json:"cure"`
	Args map[string]string `json:"args,omitempty"`
	// TextZH and CureZH stand only where a notice is told to a machine, with Text and
	// Cure filled in.
	TextZH string `json:"text_zh,omitempty"`
	CureZH string `json:"cure_zh,omitempty"`
}

// NoticeOf keeps a fault.
func NoticeOf(f *fault.Fault) Notice {
	return Notice{Code: f.Code, Path: f.Path, Text: f.Text, Cure: f.Cure, Args: f.Args}
}

// Fault gives it back.
func (n *Notice) Fault() *fault.Fault {
	return &fault.Fault{Kind: fault.Refused, Code: n.Code, Path: n.Path, Text: n.Text, Cure: n.Cure, Args: n.Args}
}

// Correction is what the enterprise changed in a staged message.
type Correction struct {
	At     clock.Instant `json:"at"`
	By     string        `json:"by"`
	Reason string        `json:"reason"`
	Record int           `json:"record"`
	Before Record        `json:"before"`
	After  *Record       `json:"after,omitempty"` // none: the record was set aside
}

// Received is a message as the house keeps it.
type Received struct {
	Message
	State       MessageState  `json:"state"`
	Hash        string        `json:"hash"` // as it was sent
	At          clock.Instant `json:"at"`   // of receipt
	By          string        `json:"by"`   // who sent it
	Applied     clock.Instant `json:"applied,omitempty"`
	Faults      []Notice      `json:"faults,omitempty"`
	Findings    []Notice      `json:"findings,omitempty"`
	Moves       []Move        `json:"moves,omitempty"` // of the shadow, once applied
	Corrections []Correction  `json:"corrections,omitempty"`
	Aside       []int         `json:"aside,omitempty"` // records that the enterprise set aside
}

// Correct changes one record of a staged message, or sets it aside where after is
// nil. Faults: FEED-STAGE-01 (it is not staged), -02 (no such record), -03 (no
// reason).
func (m Received) Correct(at clock.Instant, by, reason string, record int, after *Record) (Received, error) {
	if m.State != Stage {
		return m, fault.New(fault.Refused, "FEED-STAGE-01", "", "message {sequence} does not wait for a correction", "what is applied is put right by a further message", "sequence", m.Sequence)
	}
	if record < 0 || record >= len(m.Records) {
		return m, fault.New(fault.Invalid, "FEED-STAGE-02", "/record", "the message has no record {record}", "count its records from 0", "record", record)
	}
	if reason == "" || len(reason) > maxReason {
		return m, fault.New(fault.Invalid, "FEED-STAGE-03", "/reason", "a correction needs a reason of 1 to {limit} characters", "say why the record was wrong", "limit", maxReason)
	}
	m.Corrections = append(slices.Clone(m.Corrections), Correction{at, by, reason, record, m.Records[record], after})
	m.Records = slices.Clone(m.Records)
	if after == nil {
		if !slices.Contains(m.Aside, record) {
			m.Aside = append(slices.Clone(m.Aside), record)
		}
		return m, nil
	}
	m.Records[record] = *after
	m.Aside = slices.DeleteFunc(slices.Clone(m.Aside), func(i int) bool { return i == record })
	return m, nil
}
