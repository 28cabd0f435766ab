package bonded_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/ledger"
)

// feeding is a zone whose book is fed by the enterprise's system.
type feeding struct {
	*zone
	t   *testing.T
	now clock.Instant
}

func newFeeding(t *testing.T) *feeding {
	t.Helper()
	z := newZone(t)
	f := &feeding{z, t, clock.MustDate("2026-11-23").Start().Add(9 * time.Hour)}
	must[bonded.FeedReply](t)(z.ApplyForFeed(t.Context(), f.at("apply"), z.user(), z.book, "wms"))
	if _, err := z.TakeMessage(t.Context(), f.at("send"), z.user(), f.message(1)); !fault.Is(err, "FEED-STATE-01") {
		t.Errorf("before customs accepted it: %v", err)
	}
	must[bonded.FeedReply](t)(z.MoveFeed(t.Context(), f.at("accept"), z.actor("o1"), z.book, feed.Accept, ""))
	return f
}

func (f *feeding) at(name string) decision.Command {
	c := command(name)
	c.Received = f.now
	return c
}

// message is message n: the first tells of the part, each later one of 10 kg that came.
func (f *feeding) message(n int64, records ...feed.Record) feed.Message {
	if records == nil {
		records = []feed.Record{{Kind: feed.Receipt, ID: fmt.Sprint("r", n), On: clock.MustDate("2026-11-23"), Part: "P", Lot: fmt.Sprint("L", n), Quantity: q(10), Unit: "KGM", Location: "A"}}
		if n == 1 {
			records = []feed.Record{{Kind: feed.PartMaster, ID: "p", On: clock.MustDate("2026-11-23"), Part: "P", Unit: "KGM", BookLine: 1}}
		}
	}
	return feed.Message{Enterprise: f.owner, System: "wms", Book: f.book, Sequence: n, Key: fmt.Sprintf("key-%05d", n), SentAt: f.now, Records: records}
}

func (f *feeding) send(m feed.Message) bonded.FeedReply {
	f.t.Helper()
	return must[bonded.FeedReply](f.t)(f.TakeMessage(f.t.Context(), f.at("send"), f.user(), m))
}

func (f *feeding) shadow(p ledger.Place) ledger.Balance {
	f.t.Helper()
	var sum ledger.Balance
	for n := range 12 {
		move := feed.Move{Line: 1, Part: "P", Lot: fmt.Sprint("L", n), Status: ledger.Bonded}
		b, err := f.store.Balance(f.t.Context(), move.Account(f.owner, f.book, p).Key())
		if err != nil {
			f.t.Fatal(err)
		}
		sum.Quantity += b.Quantity
	}
	return sum
}

// Replayed, duplicated, out of order, with a gap, with a fault: nothing is lost,
// nothing counts twice, and the feed goes on from where it stopped.
func TestAFeedGoesOnFromWhereItStopped(t *testing.T) {
	f := newFeeding(t)
	ctx := t.Context()
	f.send(f.message(1))
	f.send(f.message(2))
	if r := f.send(f.message(2)); !r.Repeated || r.Applied != 2 {
		t.Errorf("the same message again: %+v", r)
	}
	changed := f.message(2)
	changed.Records[0].Quantity = q(11)
	if _, err := f.TakeMessage(ctx, f.at("send"), f.user(), changed); !fault.Is(err, "BONDED-FEED-04") {
		t.Errorf("another message of that number: %v", err)
	}
	twice := f.message(3)
	twice.Key = "key-00002"
	if _, err := f.TakeMessage(ctx, f.at("send"), f.user(), twice); !fault.Is(err, "BONDED-FEED-05") {
		t.Errorf("another message with that key: %v", err)
	}
	foreign := f.message(3)
	foreign.System = "erp"
	if _, err := f.TakeMessage(ctx, f.at("send"), f.user(), foreign); !fault.Is(err, "BONDED-FEED-03") {
		t.Errorf("from another system: %v", err)
	}
	// 5 and 4 come before 3.
	if r := f.send(f.message(5)); r.State != feed.Waits || r.Next != 3 || len(r.Gaps) != 1 || r.Gaps[0] != (feed.Span{From: 3, To: 4}) {
		t.Errorf("too early: %+v", r)
	}
	f.send(f.message(4))
	if r := f.send(f.message(3)); r.Applied != 5 || len(r.Gaps) != 0 || r.State != feed.Done {
		t.Errorf("what was missing came: %+v", r)
	}
	if b := f.shadow(ledger.OnHand); b.Quantity != q(40) {
		t.Errorf("four receipts of 10 kg leave %s", b.Quantity)
	}
	// A unit that does not convert stops the feed; what comes after waits.
	bad := f.message(6)
	bad.Records[0].Unit = "MTR"
	if r := f.send(bad); r.State != feed.Stage || r.Stopped != 6 || len(r.Faults) != 1 || r.Faults[0].Code != "FEED-UNIT-01" {
		t.Errorf("metres of juice: %+v", r)
	}
	if r := f.send(f.message(7)); r.State != feed.Waits || r.Applied != 5 || r.Next != 8 {
		t.Errorf("behind it: %+v", r)
	}
	right := bad.Records[0]
	right.Unit = "KGM"
	if _, err := f.CorrectMessage(ctx, f.at("correct"), f.user(), f.book, 6, 0, &right, ""); !fault.Is(err, "FEED-STAGE-03") {
		t.Errorf("without a reason: %v", err)
	}
	r := must[bonded.FeedReply](t)(f.CorrectMessage(ctx, f.at("correct"), f.user(), f.book, 6, 0, &right, "wrong unit in the master data"))
	if r.Applied != 7 || r.State != feed.Done || r.Stopped != 0 {
		t.Errorf("after the correction: %+v", r)
	}
	if b := f.shadow(ledger.OnHand); b.Quantity != q(60) {
		t.Errorf("six receipts of 10 kg leave %s", b.Quantity)
	}
	if _, err := f.CorrectMessage(ctx, f.at("correct"), f.user(), f.book, 6, 0, nil, "again"); !fault.Is(err, "FEED-STAGE-01") {
		t.Errorf("what is applied was corrected: %v", err)
	}
	// A record may be set aside: the others of its message count.
	half := f.message(8, feed.Record{Kind: feed.Receipt, ID: "x", On: f.now.Date(), Part: "unknown", Quantity: q(1), Unit: "KGM"},
		feed.Record{Kind: feed.Receipt, ID: "y", On: clock.MustDate("2026-11-23"), Part: "P", Lot: "L8", Quantity: q(10), Unit: "KGM", Location: "A"})
	f.send(half)
	must[bonded.FeedReply](t)(f.CorrectMessage(ctx, f.at("correct"), f.user(), f.book, 8, 0, nil, "belongs to another warehouse"))
	if b := f.shadow(ledger.OnHand); b.Quantity != q(70) {
		t.Errorf("the rest of the message counts: %s", b.Quantity)
	}
}

func TestASilentFeedIsDegradedAndComesBack(t *testing.T) {
	f := newFeeding(t)
	ctx := t.Context()
	f.send(f.message(1))
	if _, err := f.MoveFeed(ctx, f.at("live"), f.actor("o1"), f.book, feed.GoLive, ""); !fault.Is(err, "FEED-CLEAN-01") {
		t.Errorf("live before the test days are over: %v", err)
	}
	f.now = f.now.Add(30 * 24 * time.Hour)
	if r := must[bonded.FeedReply](t)(f.MoveFeed(ctx, f.at("live"), f.actor("o1"), f.book, feed.GoLive, "")); r.Feed != feed.Live {
		t.Fatalf("%+v", r)
	}
	f.send(f.message(2))
	f.now = f.now.Add(23 * time.Hour)
	if r := must[bonded.FeedReply](t)(f.WatchFeed(ctx, f.at("watch"), f.book)); r.Feed != feed.Live {
		t.Errorf("after 23 hours it is %s", r.Feed)
	}
	// A message behind a gap says nothing that could be applied.
	f.send(f.message(4))
	f.now = f.now.Add(2 * time.Hour)
	if r := must[bonded.FeedReply](t)(f.WatchFeed(ctx, f.at("watch"), f.book)); r.Feed != feed.Degraded {
		t.Errorf("after 25 hours it is %s", r.Feed)
	}
	if r := f.send(f.message(3)); r.Feed != feed.Live || r.Applied != 4 {
		t.Errorf("heard again: %+v", r)
	}
	must[bonded.FeedReply](t)(f.MoveFeed(ctx, f.at("suspend"), f.actor("o1"), f.book, feed.Suspend, "stock check"))
	if r := f.send(f.message(5)); r.State != feed.Waits || r.Applied != 4 {
		t.Errorf("a suspended feed keeps what comes: %+v", r)
	}
	if r := must[bonded.FeedReply](t)(f.MoveFeed(ctx, f.at("resume"), f.actor("o1"), f.book, feed.Resume, "checked")); r.Applied != 5 || r.Feed != feed.TestFeed {
		t.Errorf("resumed: %+v", r)
	}
}

func TestTheTableStandsAndIsExplained(t *testing.T) {
	f := newFeeding(t)
	ctx := t.Context()
	f.send(f.message(1))
	f.send(f.message(2))
	table := must[feed.Table](t)(f.Compare(ctx, f.at("compare"), decision.System, f.book, bonded.Laid{Up: 2, Facts: []feed.Fact{
		{Column: feed.System, Line: 1, On: f.now.Date(), Quantity: q(10), Source: "leak", Part: "P", Lot: "L7"},
	}}))
	id := feed.TableID(f.book, f.now.Date())
	if table.State != feed.TableOpen || table.Rows[0].First.Lot != "L7" || table.Rows[0].Name != "frozen orange juice" {
		t.Fatalf("%+v", table)
	}
	if _, err := f.Compare(ctx, f.at("compare"), decision.System, f.book, bonded.Laid{}); !fault.Is(err, "BONDED-FEED-06") {
		t.Errorf("on a table that is another by now: %v", err)
	}
	if _, err := f.ExplainDifference(ctx, f.at("explain"), f.actor("o1"), id, 2, "why"); !fault.Is(err, "FEED-TABLE-01") {
		t.Errorf("a line that agrees: %v", err)
	}
	if table = must[feed.Table](t)(f.ExplainDifference(ctx, f.at("explain"), f.actor("o1"), id, 1, "burnt, report 7")); table.State != feed.TableExplained {
		t.Errorf("%+v", table)
	}
	f.now = f.now.Add(24 * time.Hour)
	version, err := f.store.Load(ctx, dossier.FeedTable, id, &table)
	if err != nil {
		t.Fatal(err)
	}
	next := must[feed.Table](t)(f.Compare(ctx, f.at("compare"), decision.System, f.book, bonded.Laid{Base: id, Version: version, Up: 2}))
	if next.Day != f.now.Date() || next.State != feed.TableExplained || next.Rows[0].Explained == "" {
		t.Errorf("the next day: %+v", next)
	}
}

// alarms are those that the feed bears, with what the journal tells of them.
func (f *feeding) alarms() (holds []feed.AlarmKind) {
	f.t.Helper()
	var doc feed.Feed
	if _, err := f.store.Load(f.t.Context(), dossier.Feed, f.book, &doc); err != nil {
		f.t.Fatal(err)
	}
	for _, a := range doc.Alarms {
		holds = append(holds, a.Kind)
	}
	return holds
}

// What goes wrong with a feed is told once and goes away when it is cured; in the
// test of a feed nothing is told.
func TestAlarmsOfAFeedComeAndGo(t *testing.T) {
	f := newFeeding(t)
	ctx := t.Context()
	want := func(what string, kinds ...feed.AlarmKind) {
		t.Helper()
		if got := f.alarms(); !slices.Equal(got, kinds) {
			t.Errorf("%s: %v, not %v", what, got, kinds)
		}
	}
	look := func() { must[bonded.FeedReply](t)(f.LookAtFeed(ctx, f.at("look"), f.book)) }
	f.send(f.message(1))
	f.send(f.message(3))
	f.now = f.now.Add(time.Hour)
	look()
	want("a gap in the test")
	f.send(f.message(2))
	f.now = f.now.Add(30 * 24 * time.Hour)
	must[bonded.FeedReply](t)(f.MoveFeed(ctx, f.at("live"), f.actor("o1"), f.book, feed.GoLive, ""))
	// A message that is overtaken is no alarm; one that stays away is.
	f.send(f.message(5))
	f.now = f.now.Add(29 * time.Minute)
	look()
	want("a gap of 29 minutes")
	f.send(f.message(4))
	f.send(f.message(7))
	f.now = f.now.Add(29 * time.Minute)
	look()
	want("a later gap of 29 minutes")
	f.now = f.now.Add(time.Minute)
	look()
	look()
	want("a gap of half an hour", feed.AlarmGap)
	bad := f.message(6)
	bad.Records[0].Unit = "MTR"
	f.send(bad)
	want("what was missing came and cannot be understood", feed.AlarmStaged)
	f.now = f.now.Add(25 * time.Hour)
	must[bonded.FeedReply](t)(f.WatchFeed(ctx, f.at("watch"), f.book))
	want("nothing was applied for a day", feed.AlarmSilent, feed.AlarmStaged)
	right := bad.Records[0]
	right.Unit = "KGM"
	must[bonded.FeedReply](t)(f.CorrectMessage(ctx, f.at("correct"), f.user(), f.book, 6, 0, &right, "wrong unit"))
	want("corrected")
	// What parts stands until it is explained, also while customs suspend the feed.
	must[feed.Table](t)(f.Compare(ctx, f.at("compare"), decision.System, f.book, bonded.Laid{Up: 2, Facts: []feed.Fact{
		{Column: feed.System, Line: 1, On: f.now.Date(), Quantity: q(10), Source: "leak", Part: "P", Lot: "L7"},
	}}))
	want("it parts", feed.AlarmApart)
	must[bonded.FeedReply](t)(f.MoveFeed(ctx, f.at("suspend"), f.actor("o1"), f.book, feed.Suspend, "stock check"))
	want("suspended", feed.AlarmApart)
	must[feed.Table](t)(f.ExplainDifference(ctx, f.at("explain"), f.actor("o1"), feed.TableID(f.book, f.now.Date()), 1, "burnt, report 7"))
	want("explained")
	if err := f.store.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	entries, err := f.store.Entries(ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, e := range entries {
		if e.Type == "alarm.raised" || e.Type == "alarm.ended" {
			told[e.Type]++
		}
	}
	if told["alarm.raised"] != 4 || told["alarm.ended"] != 4 {
		t.Errorf("the journal tells of %v", told)
	}
}
