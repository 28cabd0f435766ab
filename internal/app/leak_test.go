package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/feed"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
)

// month is a warehouse over a month: each day a lot comes on its list, passes the
// gate, is posted and told; older lots leave in the same way.
type month struct {
	t     *testing.T
	app   *App
	clock *clock.Virtual
	owner string
	book  string
	lists int
	next  int64
}

func q(n int) num.Quantity { return num.Quantity(n) * num.OneQuantity }

func newMonth(t *testing.T) *month { return monthOn(t, Options{Dir: t.TempDir()}) }

// monthOn is newMonth on an engine of choice.
func monthOn(t *testing.T, o Options) *month {
	t.Helper()
	m := &month{t: t, clock: clock.NewVirtual(clock.MustDate("2026-10-01").Start().Add(8*time.Hour), false)}
	digit, _ := codelist.CreditCheck("91310115MA1H00001")
	m.owner = "91310115MA1H00001" + string(digit)
	var err error
	o.Clock = m.clock
	if m.app, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.app.Close(); err != nil {
			t.Error(err)
		}
	})
	m.must(m.app.Registry.Register(t.Context(), m.command("register"), decision.System, party.Enterprise{
		CreditCode: codelist.CreditCode(m.owner), Name: "企业", Kinds: []party.Kind{party.ZoneEnterprise}, Area: "waigaoqiao", RegisteredOn: clock.MustDate("2015-01-01"),
	}))
	m.must(m.app.Bonded.FileBook(t.Context(), m.command("file"), m.clerk(), book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: m.owner}, CompetentOffice: "2218",
		Lines: []book.Line{{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"}},
	}))
	ids, err := m.app.Store.Find(t.Context(), dossier.Book, "enterprise", m.owner, 1)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	var b bonded.Book
	if _, err := m.app.Store.Load(t.Context(), dossier.Book, ids[0], &b); err != nil {
		t.Fatal(err)
	}
	m.book = b.Number
	m.must(m.app.Bonded.ApplyForFeed(t.Context(), m.command("apply"), m.clerk(), m.book, "wms"))
	officer := decision.Actor{ID: "1001", Kind: journal.Officer}
	m.must(m.app.Bonded.MoveFeed(t.Context(), m.command("accept"), officer, m.book, feed.Accept, ""))
	m.send(feed.Record{Kind: feed.PartMaster, ID: "p", On: m.today(), Part: "OJ", Unit: "KGM", BookLine: 1})
	return m
}

func (m *month) today() clock.Date { return m.clock.Now().Date() }
func (m *month) clerk() decision.Actor {
	return decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: m.owner}
}

func (m *month) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: "tester", Received: m.clock.Now()}
}

func (m *month) must(_ decision.Receipt, err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *month) send(records ...feed.Record) {
	m.t.Helper()
	m.next++
	m.must(m.app.Bonded.TakeMessage(m.t.Context(), m.command("send"), m.clerk(), feed.Message{
		Enterprise: m.owner, System: "wms", Book: m.book, Sequence: m.next, Key: fmt.Sprintf("key-%06d", m.next), SentAt: m.clock.Now(), Records: records,
	}))
}

func (m *month) compare() feed.Table {
	m.t.Helper()
	if err := m.app.CompareFeed(m.t.Context(), m.book); err != nil {
		m.t.Fatal(err)
	}
	return m.table()
}

func (m *month) table() feed.Table {
	m.t.Helper()
	var f feed.Feed
	var table feed.Table
	if _, err := m.app.Store.Load(m.t.Context(), dossier.Feed, m.book, &f); err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.app.Store.Load(m.t.Context(), dossier.FeedTable, f.Table, &table); err != nil {
		m.t.Fatal(err)
	}
	return table
}

// list puts a posted list whose goods have passed the gate: the legal and the
// physical book have it, the system not yet.
func (m *month) list(in bool, n int) string { return m.listOn(in, n, "") }

// listOn is list for goods that entered on a lading application, where one is
// named: no line of theirs passed a gate, and the book makes them of its packages.
func (m *month) listOn(in bool, n int, application string) string {
	m.t.Helper()
	m.lists++
	id, number := fmt.Sprintf("list-%03d", m.lists), fmt.Sprintf("QD2218%012d", m.lists)
	l := bonded.List{VerificationList: book.VerificationList{
		ID: id, Number: number, Book: m.book, Direction: book.Out, State: book.ListPosted, Policy: book.GateOnly, Operator: book.Party{CreditCode: m.owner},
		Lines: []book.ListLine{{Number: 1, BookLine: 1, Quantity: q(n), Unit: "KGM"}},
	}, Case: "case-" + id, Application: application}
	at := func(l ledger.Name, lot string, p ledger.Place) ledger.Account {
		return ledger.Account{Ledger: l, Owner: m.owner, Item: "book/" + m.book + "/1", Lot: lot, Place: p, Status: ledger.Bonded}
	}
	legal := ledger.Op{ID: id + "/legal", Kind: ledger.Post, From: at(ledger.Legal, "", ledger.OnHand), To: at(ledger.Legal, "", ledger.HomeMarket), Quantity: q(n), EffectiveOn: m.today(), Cause: l.Case}
	if in {
		l.Direction = book.In
		legal.From, legal.To = at(ledger.Legal, "", ledger.Abroad), legal.From
	}
	transfers := []ledger.Op{legal}
	if application != "" {
		transfers[0].From = at(ledger.Legal, "", ledger.Produced)
	}
	gate := ledger.Op{ID: id + "/gate", Kind: ledger.Post, From: at(ledger.Physical, id, ledger.Noted), To: at(ledger.Physical, id, ledger.Passed), Quantity: q(n), EffectiveOn: m.today(), Cause: "passage-" + id}
	if application == "" {
		transfers = append(transfers, gate)
	}
	m.must(m.app.Store.Decide(m.t.Context(), m.command("list"), func(decision.View) (decision.Outcome, error) {
		return decision.Outcome{
			Puts:      []decision.Put{{Kind: dossier.VerificationList, ID: id, Body: l}, {Kind: dossier.Case, ID: l.Case, Body: casework.Case{ID: l.Case, List: id}}},
			Transfers: transfers,
			Entries:   []journal.Entry{{Type: "test.list", Actor: "tester", ActorKind: journal.System, Enterprise: m.owner, Subject: []journal.Ref{{Kind: "verification_list", ID: id}}}},
		}, nil
	}))
	return number
}

// TestALeakIsNamedTheSameDay: over a month of business one lot leaves without
// papers. The table of that day names the lot and the movement, whether the
// system told of it or only its count misses the lot.
func TestALeakIsNamedTheSameDay(t *testing.T) {
	const leakOn, lost = 17, "LOT-12"
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprint("told ", told), func(t *testing.T) {
			m := newMonth(t)
			m.compare()
			stock := map[string]num.Quantity{}
			for day := 1; day <= 31; day++ {
				lot, when := fmt.Sprintf("LOT-%d", day), m.today()
				records := []feed.Record{{Kind: feed.Receipt, ID: "in-" + lot, On: when, Part: "OJ", Lot: lot, Quantity: q(100), Unit: "KGM", Location: "A", Document: m.list(true, 100)}}
				stock[lot] = q(100)
				if old := fmt.Sprintf("LOT-%d", day-8); stock[old] != 0 && old != lost {
					records = append(records, feed.Record{Kind: feed.Issue, ID: "out-" + old, On: when, Part: "OJ", Lot: old, Quantity: stock[old], Unit: "KGM", Location: "A", Document: m.list(false, 100)})
					delete(stock, old)
				}
				if day == leakOn {
					if delete(stock, lost); told {
						records = append(records, feed.Record{Kind: feed.Issue, ID: "gone", On: when, Part: "OJ", Lot: lost, Quantity: q(100), Unit: "KGM", Location: "A"})
					}
				}
				m.send(records...)
				m.clock.Advance(10 * time.Hour) // the evening's count
				var count []feed.Record
				for _, lot := range sortedLots(stock) {
					count = append(count, feed.Record{Kind: feed.Snapshot, ID: "count-" + lot, On: when, Part: "OJ", Lot: lot, Quantity: stock[lot], Unit: "KGM", Location: "A"})
				}
				m.send(count...)
				table := m.compare()
				if table.Day != when {
					t.Fatalf("the table is of %s, not of %s", table.Day, when)
				}
				row := table.Rows[0]
				switch {
				case day < leakOn && (table.State != feed.TableAgreed || row.First != nil || row.Book != row.System || row.Gate != row.Book):
					t.Fatalf("day %d: %+v", day, row)
				case day >= leakOn:
					f := row.First
					if table.State != feed.TableOpen || row.Items != 1 || row.Apart != -q(100) || row.Gate != row.Book || f == nil || f.Lot != lost || f.On != clock.MustDate("2026-10-17") {
						t.Fatalf("day %d: %+v %+v", day, row, f)
					}
					var msg feed.Received
					if _, err := m.app.Store.Load(t.Context(), dossier.FeedMessage, f.Source, &msg); err != nil {
						t.Fatal(err)
					}
					if id := msg.Records[f.Record].ID; told && id != "gone" || !told && !strings.HasPrefix(id, "count-") {
						t.Fatalf("record %s is named", id)
					}
					if len(msg.Findings) == 0 {
						t.Error("the message itself has no finding")
					}
				}
				m.clock.Advance(14 * time.Hour)
			}
		})
	}
}

func sortedLots(stock map[string]num.Quantity) []string {
	var lots []string
	for day := 1; day <= 31; day++ {
		if lot := fmt.Sprintf("LOT-%d", day); stock[lot] != 0 {
			lots = append(lots, lot)
		}
	}
	return lots
}

// Goods that entered before they were declared come onto the book out of the
// packages of their application; for the enterprise they are a receipt like any.
func TestGoodsThatEnteredBeforeAgree(t *testing.T) {
	m := newMonth(t)
	m.clock.Advance(time.Hour)
	number := m.listOn(true, 40, "TY22180001")
	m.send(feed.Record{Kind: feed.Receipt, ID: "in", On: m.today(), Part: "OJ", Lot: "L", Quantity: q(40), Unit: "KGM", Location: "A", Document: number})
	m.clock.Advance(5 * 24 * time.Hour)
	if table := m.compare(); table.State != feed.TableAgreed || table.Rows[0].Book != q(40) || table.Rows[0].System != q(40) || table.Rows[0].Gate != q(40) || len(table.Items) != 0 {
		t.Errorf("%+v", table)
	}
}

// What the book posted between the acceptance of the feed and its first table is
// no opening: the system tells of it by its list.
func TestTheFirstTableBeginsWithTheAcceptance(t *testing.T) {
	m := newMonth(t)
	m.clock.Advance(time.Hour)
	number := m.list(true, 100)
	m.send(feed.Record{Kind: feed.Receipt, ID: "in", On: m.today(), Part: "OJ", Lot: "L", Quantity: q(100), Unit: "KGM", Location: "A", Document: number})
	for range 2 {
		table := m.compare()
		if r := table.Rows[0]; table.State != feed.TableAgreed || len(table.Items) != 0 || r.Book != q(100) || r.System != q(100) || r.Gate != q(100) {
			t.Errorf("%+v", table)
		}
		m.clock.Advance(5 * 24 * time.Hour)
	}
}

// What the book posts and the gate lets pass stands in the table without a message
// of the system: the columns are those of this hour, and what the system owes is
// awaited.
func TestTheTableFollowsTheBookAndTheGate(t *testing.T) {
	m := newMonth(t)
	m.compare()
	look := func() feed.Table {
		t.Helper()
		if err := m.app.FeedsMoved(t.Context()); err != nil {
			t.Fatal(err)
		}
		return m.table()
	}
	before := look()
	m.clock.Advance(time.Hour)
	m.list(true, 100)
	after := look()
	r := after.Rows[0]
	if r.Book != q(100) || r.Gate != q(100) || r.System != 0 || r.Awaited != -q(100) || after.State != feed.TableAgreed || after.Revision != before.Revision+1 {
		t.Errorf("%+v", after)
	}
	if again := look(); again.Revision != after.Revision {
		t.Error("nothing moved, and the table was written again")
	}
	m.clock.Advance(4 * 24 * time.Hour) // the two days in which the system may tell of it are over
	if late := m.compare(); late.State != feed.TableOpen || late.Rows[0].Apart != -q(100) || late.Rows[0].First == nil || late.Rows[0].First.Column != feed.Book {
		t.Errorf("%+v", late)
	}
}
