package bonded

import (
	"context"
	"reflect"
	"slices"

	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// Orders that the house gives itself about feeds; each names the account book.
const (
	FeedGoOn    = "feed.go-on"   // more messages can be applied
	FeedCompare = "feed.compare" // lay the columns of the day side by side
	FeedWatch   = "feed.watch"   // look whether the feed is silent
	FeedLook    = "feed.look"    // look whether a message is still missing or staged
)

// goOnAtMost bounds the messages that one decision applies.
const goOnAtMost = 20

// FeedReply tells what became of a message, and where the feed stands.
type FeedReply struct {
	Book     string            `json:"book"`
	Feed     feed.State        `json:"feed"`
	Sequence int64             `json:"sequence,omitempty"`
	State    feed.MessageState `json:"state,omitempty"` // of the message
	Repeated bool              `json:"repeated,omitempty"`
	Applied  int64             `json:"applied"` // the last message that was applied
	Next     int64             `json:"next"`    // the number that is awaited
	Gaps     []feed.Span       `json:"gaps,omitempty"`
	Stopped  int64             `json:"stopped,omitempty"` // the message that waits for a correction
	Faults   []feed.Notice     `json:"faults,omitempty"`
	Findings []feed.Notice     `json:"findings,omitempty"`
}

func feedReply(f *feed.Feed, m *feed.Received) FeedReply {
	r := FeedReply{Book: f.Book, Feed: f.State, Applied: f.Applied, Next: f.Next(), Gaps: f.Gaps(), Stopped: f.Stopped}
	if m != nil {
		r.Sequence, r.State, r.Faults, r.Findings = m.Sequence, m.State, m.Faults, m.Findings
	}
	return r
}

func feedEntry(v decision.View, f *feed.Feed, by decision.Actor, kind, reason string, body map[string]any, more ...journal.Ref) journal.Entry {
	e := told(v, v.NewID, by, kind, append([]journal.Ref{{Kind: string(dossier.Feed), ID: f.Book}}, more...)...)
	e.Enterprise, e.Area, e.Office = f.Enterprise, f.Area, f.Office
	e.Why = journal.Why{Reason: reason}
	e.Body = fact(body)
	return e
}

func houseOrder(v decision.View, channel, target, book string, at clock.Instant) decision.Order {
	return decision.Order{ID: v.NewID(), Channel: channel, Target: target, Body: book, NotBefore: at}
}

// ApplyForFeed is the enterprise asking for networked supervision of a book
// (DR §3.5). Faults: BONDED-FIND-01, BOOK-STATE-01, BONDED-FEED-01 (the book has a
// feed already), -02 (the system has no name).
func (d *Desk) ApplyForFeed(ctx context.Context, c decision.Command, by decision.Actor, number, system string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		b, _, err := find[Book](v, dossier.Book, number, "/book")
		if err != nil {
			return decision.Outcome{}, err
		}
		if b.State != book.Active && b.State != book.ChangePending {
			return decision.Outcome{}, fault.New(fault.Refused, "BOOK-STATE-01", "/book", "account book {book} is {state}", "use a book that is active", "book", b.Number, "state", b.State)
		}
		if system == "" || len(system) > 64 {
			return decision.Outcome{}, fault.New(fault.Invalid, "BONDED-FEED-02", "/system", "the system that will send has no name", "name the program in 1 to 64 characters, as its messages will")
		}
		f, version, err := decision.Load[feed.Feed](v, dossier.Feed, number)
		if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return decision.Outcome{}, err
		}
		if version != 0 && f.State != feed.Ended {
			return decision.Outcome{}, fault.New(fault.Refused, "BONDED-FEED-01", "/book", "the feed of account book {book} is {state} already", "go on with it", "book", number, "state", f.State.Word())
		}
		f.Book, f.Enterprise, f.System, f.State, f.Since = number, keyOf(b.Operator), system, feed.Applied, v.Now()
		f.Area, f.Office, f.CleanSince, f.Reason = b.Area, string(b.CompetentOffice), v.Now().Date(), ""
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Feed, ID: number, Version: version, Body: f}},
			Entries: []journal.Entry{feedEntry(v, &f, by, "feed.applied-for", "", map[string]any{"system": system})},
			Reply:   feedReply(&f, nil),
		}, nil
	})
}

// MoveFeed is an officer changing the state of a feed. Faults: FEED-LIFECYCLE-01,
// FEED-CLEAN-01, BONDED-REASON-01.
func (d *Desk) MoveFeed(ctx context.Context, c decision.Command, by decision.Actor, number string, on feed.Event, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		s, err := d.sitting(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		if on == feed.Silence || on == feed.Heard { // these come by themselves
			_, err := feed.Life.Next(feed.Ended, on, feed.Trial{})
			return decision.Outcome{}, err
		}
		if on != feed.Accept && on != feed.GoLive {
			if err := reasoned(reason); err != nil {
				return decision.Outcome{}, err
			}
		}
		if s.feed, err = s.feed.Move(on, v.Now(), s.rules); err != nil {
			return decision.Outcome{}, err
		}
		s.feed.Reason = reason
		if on == feed.GoLive || on == feed.Accept || on == feed.Resume {
			s.feed.Heard = max(s.feed.Heard, v.Now()) // the day of silence begins now
			s.watch()
		}
		s.tell(by, "feed.state-changed", reason, map[string]any{"event": on, "state": s.feed.State})
		if err := s.goOn(nil); err != nil {
			return decision.Outcome{}, err
		}
		return s.outcome(nil), nil
	})
}

// sitting is one decision about a feed: what was loaded, changed and is to be
// written.
type sitting struct {
	d       *Desk
	v       decision.View
	feed    feed.Feed
	version int64
	rules   feed.Rules
	out     decision.Outcome
	book    *Book
	// What messages were laid on so far, and what the present one changes.
	parts, partsNow   map[string]*held[feed.Part]
	orders, ordersNow map[string]*held[feed.WorkOrder]
}

type held[T any] struct {
	doc     *T
	version int64
	changed bool
}

// sitting loads a feed. Fault: BONDED-FIND-01.
func (d *Desk) sitting(v decision.View, number string) (*sitting, error) {
	f, version, err := decision.Load[feed.Feed](v, dossier.Feed, number)
	if fault.Is(err, "STORE-ABSENT-01") {
		return nil, fault.New(fault.NotFound, "BONDED-FIND-01", "/book", "there is no {kind} with number “{number}”", "check the number", "kind", "feed", "number", number)
	}
	return &sitting{
		d: d, v: v, feed: f, version: version, rules: d.reference().Feed.At(v.Now().Date()),
		parts: map[string]*held[feed.Part]{}, orders: map[string]*held[feed.WorkOrder]{},
	}, err
}

func (s *sitting) tell(by decision.Actor, kind, reason string, body map[string]any, more ...journal.Ref) {
	s.out.Entries = append(s.out.Entries, feedEntry(s.v, &s.feed, by, kind, reason, body, more...))
}

func (s *sitting) watch() {
	s.out.Orders = append(s.out.Orders, houseOrder(s.v, clearance.Reminder, FeedWatch, s.feed.Book, s.feed.Heard.Add(s.rules.Silent)))
}

// alarm raises and ends the alarms of the feed as it stands at the end of the
// sitting, and orders a look for when patience is over.
func (s *sitting) alarm() {
	troubled := s.feed.Troubled
	var raised, ended []feed.AlarmKind
	s.feed, raised, ended = s.feed.Alarmed(s.v.Now(), s.rules)
	if troubled == 0 && s.feed.Troubled != 0 {
		s.out.Orders = append(s.out.Orders, houseOrder(s.v, clearance.Reminder, FeedLook, s.feed.Book, s.feed.Troubled.Add(s.rules.Patience)))
	}
	for _, kind := range raised {
		s.tell(decision.System, "alarm.raised", alarmReasons[kind], map[string]any{
			"alarm": kind, "state": s.feed.State, "gaps": s.feed.Gaps(), "stopped": s.feed.Stopped, "heard": s.feed.Heard, "parted": s.feed.Parted,
		})
	}
	for _, kind := range ended {
		s.tell(decision.System, "alarm.ended", "", map[string]any{"alarm": kind, "state": s.feed.State})
	}
}

// alarmReasons are what the journal says of an alarm.
var alarmReasons = map[feed.AlarmKind]string{
	feed.AlarmSilent: "nothing of the feed could be applied for too long", feed.AlarmApart: "book, system and gate part",
	feed.AlarmGap: "a message of the feed is missing", feed.AlarmStaged: "a message of the feed waits for its correction",
}

// outcome gives everything that the sitting changed.
func (s *sitting) outcome(m *feed.Received) decision.Outcome {
	s.alarm()
	s.out.Puts = append(s.out.Puts, decision.Put{Kind: dossier.Feed, ID: s.feed.Book, Version: s.version, Body: s.feed})
	for _, name := range sorted(s.parts) {
		if h := s.parts[name]; h.changed {
			s.out.Puts = append(s.out.Puts, decision.Put{Kind: dossier.FeedPart, ID: feed.PartID(s.feed.Book, name), Version: h.version, Body: *h.doc})
		}
	}
	for _, name := range sorted(s.orders) {
		if h := s.orders[name]; h.changed {
			s.out.Puts = append(s.out.Puts, decision.Put{Kind: dossier.WorkOrder, ID: feed.WorkOrderID(s.feed.Book, name), Version: h.version, Body: *h.doc})
		}
	}
	s.out.Reply = feedReply(&s.feed, m)
	return s.out
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TakeMessage takes a message of a feed. The same message again changes nothing;
// one that comes too early waits; one that cannot be understood waits in staging.
//
// Faults: those of feed.Message.Check; BONDED-FIND-01, FEED-STATE-01,
// FEED-SEQUENCE-02; BONDED-FEED-03 (of another enterprise or system), -04 (another
// message had this number), -05 (another number had this key).
func (d *Desk) TakeMessage(ctx context.Context, c decision.Command, by decision.Actor, m feed.Message) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if err := m.Check(v.Now()); err != nil {
			return decision.Outcome{}, err
		}
		s, err := d.sitting(v, m.Book)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := s.feed.Takes(); err != nil {
			return decision.Outcome{}, err
		}
		if m.Enterprise != s.feed.Enterprise || m.System != s.feed.System {
			return decision.Outcome{}, fault.New(fault.Invalid, "BONDED-FEED-03", "/system", "the feed of account book {book} comes from system {system} of {enterprise}", "send from there; another system needs a feed of its own",
				"book", m.Book, "system", s.feed.System, "enterprise", s.feed.Enterprise)
		}
		id, hash := feed.MessageID(m.Book, m.Sequence), m.Hash()
		old, version, err := decision.Load[feed.Received](v, dossier.FeedMessage, id)
		switch {
		case err != nil && !fault.Is(err, "STORE-ABSENT-01"):
			return decision.Outcome{}, err
		case version != 0 && old.Hash == hash:
			r := feedReply(&s.feed, &old)
			r.Repeated = true
			return decision.Outcome{Reply: r}, nil
		case version != 0:
			return decision.Outcome{}, fault.New(fault.Conflict, "BONDED-FEED-04", "/sequence", "message {sequence} came before, with other content", "give new content a new number; what waits in staging is corrected there", "sequence", m.Sequence)
		}
		twice, err := v.Find(dossier.FeedMessage, "message_key", m.Book+"|"+m.Key, 1)
		if err != nil {
			return decision.Outcome{}, err
		}
		if len(twice) > 0 {
			return decision.Outcome{}, fault.New(fault.Conflict, "BONDED-FEED-05", "/key", "the key of message {sequence} was used for another message", "give each message a key of its own", "sequence", m.Sequence)
		}
		if err := s.feed.Await(m.Sequence, s.rules); err != nil {
			return decision.Outcome{}, err
		}
		s.feed.Received = v.Now()
		got := &message{doc: feed.Received{Message: m, State: feed.Waits, Hash: hash, At: v.Now(), By: by.ID}, id: id, by: by}
		if err := s.goOn(got); err != nil {
			return decision.Outcome{}, err
		}
		if got.doc.State == feed.Waits {
			s.tell(by, "feed.message-waits", "", map[string]any{"sequence": m.Sequence, "awaited": s.feed.Next(), "records": len(m.Records)}, got.ref())
			s.put(got)
		}
		return s.outcome(&got.doc), nil
	})
}

// message is a message while it is worked on.
type message struct {
	doc     feed.Received
	id      string
	version int64
	by      decision.Actor
}

func (m *message) ref() journal.Ref { return journal.Ref{Kind: string(dossier.FeedMessage), ID: m.id} }

func (s *sitting) put(m *message) {
	s.out.Puts = append(s.out.Puts, decision.Put{Kind: dossier.FeedMessage, ID: m.id, Version: m.version, Body: m.doc})
}

// goOn applies what waits, in the order of the sequence, until something is
// missing or cannot be understood. came is the message that has just come, which
// is not in the store yet.
func (s *sitting) goOn(came *message) error {
	for n := 0; s.feed.Stopped == 0 && s.feed.State != feed.Suspended && len(s.feed.Waiting) > 0 && s.feed.Waiting[0] == s.feed.Applied+1; n++ {
		if n == goOnAtMost {
			s.out.Orders = append(s.out.Orders, houseOrder(s.v, clearance.Work, FeedGoOn, s.feed.Book, 0))
			break
		}
		m := came
		if next := s.feed.Waiting[0]; came == nil || came.doc.Sequence != next {
			m = &message{id: feed.MessageID(s.feed.Book, next), by: decision.System}
			var err error
			if m.doc, m.version, err = decision.Load[feed.Received](s.v, dossier.FeedMessage, m.id); err != nil {
				return err
			}
		}
		s.feed.Waiting = slices.Clone(s.feed.Waiting[1:])
		if err := s.apply(m); err != nil {
			return err
		}
		s.put(m)
	}
	return nil
}

// apply lays one message on the stock, or puts it in staging.
func (s *sitting) apply(m *message) error {
	s.partsNow, s.ordersNow = map[string]*held[feed.Part]{}, map[string]*held[feed.WorkOrder]{}
	today := s.v.Now().Date()
	result, err := feed.Apply(&m.doc, today, s.rules, s, s.d.reference().Codes)
	if err != nil {
		faults := fault.All(err)
		if faults == nil {
			return err
		}
		m.doc.State, m.doc.Faults = feed.Stage, notices(faults)
		s.feed.Stopped, s.feed.CleanSince = m.doc.Sequence, today
		s.tell(m.by, "feed.message-staged", "", map[string]any{"sequence": m.doc.Sequence, "faults": len(faults), "first": faults[0].Code}, m.ref())
		return nil
	}
	s.commit()
	m.doc.State, m.doc.Applied, m.doc.Faults, m.doc.Findings, m.doc.Moves = feed.Done, s.v.Now(), nil, notices(result.Findings), result.Moves
	for i := range result.Moves {
		move := &result.Moves[i]
		s.out.Transfers = append(s.out.Transfers, ledger.Op{
			ID: s.v.NewID(), Kind: ledger.Post, From: move.Account(s.feed.Enterprise, s.feed.Book, move.From), To: move.Account(s.feed.Enterprise, s.feed.Book, move.To),
			Quantity: move.Quantity, EffectiveOn: move.On, Cause: m.id,
		})
	}
	f := &s.feed
	f.Applied, f.Heard = m.doc.Sequence, s.v.Now()
	f.Records += int64(len(m.doc.Records) - len(m.doc.Aside))
	if len(result.Findings) > 0 {
		f.CleanSince = today
	}
	s.tell(m.by, "feed.message-applied", "", map[string]any{
		"sequence": m.doc.Sequence, "records": len(m.doc.Records), "moves": len(result.Moves), "findings": len(result.Findings),
	}, m.ref())
	if f.State == feed.Degraded {
		if *f, err = f.Move(feed.Heard, s.v.Now(), s.rules); err != nil {
			return err
		}
		s.watch()
		s.tell(decision.System, "feed.state-changed", "", map[string]any{"event": feed.Heard, "state": f.State})
	}
	if len(result.Moves) > 0 && !slices.ContainsFunc(s.out.Orders, func(o decision.Order) bool { return o.Target == FeedCompare }) {
		s.out.Orders = append(s.out.Orders, houseOrder(s.v, clearance.Work, FeedCompare, f.Book, 0))
	}
	return nil
}

func notices(faults []*fault.Fault) []feed.Notice {
	list := make([]feed.Notice, len(faults))
	for i, f := range faults {
		list[i] = feed.NoticeOf(f)
	}
	return list
}

// commit keeps what the present message changed.
func (s *sitting) commit() {
	for name, now := range s.partsNow {
		before := s.parts[name]
		if before == nil || !reflect.DeepEqual(before.doc, now.doc) {
			s.parts[name] = &held[feed.Part]{now.doc, now.version, true}
		}
	}
	for name, now := range s.ordersNow {
		before := s.orders[name]
		if before == nil || !reflect.DeepEqual(before.doc, now.doc) {
			s.orders[name] = &held[feed.WorkOrder]{now.doc, now.version, true}
		}
	}
}

// Part gives a copy of a part.
func (s *sitting) Part(number string) (*feed.Part, error) {
	if h := s.partsNow[number]; h != nil {
		return h.doc, nil
	}
	h := s.parts[number]
	if h == nil {
		doc, version, err := decision.Load[feed.Part](s.v, dossier.FeedPart, feed.PartID(s.feed.Book, number))
		if fault.Is(err, "STORE-ABSENT-01") {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		h = &held[feed.Part]{doc: &doc, version: version}
		s.parts[number] = h
	}
	s.partsNow[number] = &held[feed.Part]{doc: h.doc.Clone(), version: h.version}
	return s.partsNow[number].doc, nil
}

// AddPart puts up a new part.
func (s *sitting) AddPart(p *feed.Part) { s.partsNow[p.Number] = &held[feed.Part]{doc: p} }

// Order gives a copy of a work order.
func (s *sitting) Order(number string) (*feed.WorkOrder, error) {
	if h := s.ordersNow[number]; h != nil {
		return h.doc, nil
	}
	h := s.orders[number]
	if h == nil {
		doc, version, err := decision.Load[feed.WorkOrder](s.v, dossier.WorkOrder, feed.WorkOrderID(s.feed.Book, number))
		if fault.Is(err, "STORE-ABSENT-01") {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		h = &held[feed.WorkOrder]{doc: &doc, version: version}
		s.orders[number] = h
	}
	s.ordersNow[number] = &held[feed.WorkOrder]{doc: h.doc.Clone(), version: h.version}
	return s.ordersNow[number].doc, nil
}

// AddOrder puts up a new work order.
func (s *sitting) AddOrder(o *feed.WorkOrder) {
	s.ordersNow[o.Number] = &held[feed.WorkOrder]{doc: o}
}

// Paper gives a verification list of the book.
func (s *sitting) Paper(number string) (*feed.Paper, error) {
	l, _, err := find[List](s.v, dossier.VerificationList, number, "")
	if fault.Is(err, "BONDED-FIND-01") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return PaperOf(&l, s.feed.Book), nil
}

// PaperOf gives a list as feeds see it; nil where it is of another book.
func PaperOf(l *List, number string) *feed.Paper {
	if l.Book != number {
		return nil
	}
	policy := book.PolicyOf(&l.VerificationList)
	return &feed.Paper{Number: l.Number, In: l.Direction == book.In, Gate: l.Application == "" && (policy == book.BillAndGate || policy == book.GateOnly)}
}

// LineUnit gives the unit of a line of the book.
func (s *sitting) LineUnit(line int) (codelist.UnitCode, error) {
	if s.book == nil {
		b, _, err := find[Book](s.v, dossier.Book, s.feed.Book, "/book")
		if err != nil {
			return "", err
		}
		s.book = &b
	}
	if l, ok := s.book.Line(line); ok {
		return l.Unit, nil
	}
	return "", nil
}

// CorrectMessage is the enterprise correcting one record of a message in staging,
// or setting it aside where after is nil; the feed goes on from there. Faults:
// BONDED-FIND-01, FEED-STAGE-01 to -03.
func (d *Desk) CorrectMessage(ctx context.Context, c decision.Command, by decision.Actor, number string, sequence int64, record int, after *feed.Record, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		s, err := d.sitting(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		m := &message{id: feed.MessageID(number, sequence), by: by}
		if m.doc, m.version, err = decision.Load[feed.Received](v, dossier.FeedMessage, m.id); err != nil {
			return decision.Outcome{}, err
		}
		before := m.doc.Records
		if m.doc, err = m.doc.Correct(v.Now(), by.ID, reason, record, after); err != nil {
			return decision.Outcome{}, err
		}
		s.feed.Stopped = 0
		s.feed.Corrected++
		s.feed.Waiting = append([]int64{sequence}, s.feed.Waiting...)
		s.tell(by, "feed.message-corrected", reason, map[string]any{"sequence": sequence, "record": record, "before": before[record], "after": after}, m.ref())
		if err := s.goOn(m); err != nil {
			return decision.Outcome{}, err
		}
		if m.doc.State == feed.Stage && s.feed.Stopped == 0 { // the feed is suspended: it waits as it is
			m.doc.State = feed.Waits
			s.put(m)
		}
		return s.outcome(&m.doc), nil
	})
}

// GoOn applies more of what waits.
func (d *Desk) GoOn(ctx context.Context, c decision.Command, number string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		s, err := d.sitting(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := s.goOn(nil); err != nil {
			return decision.Outcome{}, err
		}
		return s.outcome(nil), nil
	})
}

// LookAtFeed looks whether a message that was missing, or staged, still is: then
// officers are told. It comes by a reminder; a trouble that began later has its own.
func (d *Desk) LookAtFeed(ctx context.Context, c decision.Command, number string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		s, err := d.sitting(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		if _, raised, ended := s.feed.Alarmed(v.Now(), s.rules); raised == nil && ended == nil {
			return decision.Outcome{Reply: feedReply(&s.feed, nil)}, nil
		}
		return s.outcome(nil), nil
	})
}

// WatchFeed looks whether a feed has been silent for longer than it may; then it is
// degraded. It comes by a reminder and leaves the next one.
func (d *Desk) WatchFeed(ctx context.Context, c decision.Command, number string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		s, err := d.sitting(v, number)
		if err != nil {
			return decision.Outcome{}, err
		}
		f := &s.feed
		if f.State != feed.Live && f.State != feed.TestFeed {
			return decision.Outcome{Reply: feedReply(f, nil)}, nil // whoever brings it back watches it again
		}
		if f.Heard.Add(s.rules.Silent) > v.Now() {
			s.watch()
			return decision.Outcome{Orders: s.out.Orders, Reply: feedReply(f, nil)}, nil
		}
		f.CleanSince = v.Now().Date()
		if f.State == feed.TestFeed {
			s.out.Orders = append(s.out.Orders, houseOrder(v, clearance.Reminder, FeedWatch, number, v.Now().Add(s.rules.Silent)))
			return s.outcome(nil), nil
		}
		if *f, err = f.Move(feed.Silence, v.Now(), s.rules); err != nil {
			return decision.Outcome{}, err
		}
		s.tell(decision.System, "feed.state-changed", "", map[string]any{"event": feed.Silence, "state": f.State, "heard": f.Heard, "gaps": f.Gaps(), "stopped": f.Stopped})
		return s.outcome(nil), nil
	})
}
