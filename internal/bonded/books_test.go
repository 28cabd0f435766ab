package bonded_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
)

// opened files a book of the zone's enterprise and gives its id and number.
func (z *zone) opened(change func(*book.Book)) bonded.Reply {
	z.t.Helper()
	b := z.content()
	change(&b)
	return must[bonded.Reply](z.t)(z.FileBook(z.t.Context(), command("book"), z.user(), b))
}

// of gives the balance of line 1 of a book.
func (z *zone) of(owner, number string, status ledger.Status, at ledger.Place) ledger.Balance {
	z.t.Helper()
	b, err := z.store.Balance(z.t.Context(), ledger.Account{Ledger: ledger.Legal, Owner: owner, Item: "book/" + number + "/1", Place: at, Status: status}.Key())
	if err != nil {
		z.t.Fatal(err)
	}
	return b
}

// neighbour registers another enterprise with a book of its own.
func (z *zone) neighbour() (owner string, user decision.Actor, opened bonded.Reply) {
	z.t.Helper()
	digit, _ := codelist.CreditCheck("91310115MA1H00002")
	owner = "91310115MA1H00002" + string(digit)
	z.put(dossier.Enterprise, owner, party.Enterprise{
		ID: owner, CreditCode: codelist.CreditCode(owner), Name: "邻居", Kinds: []party.Kind{party.ZoneEnterprise}, Area: area,
		RegisteredOn: clock.MustDate("2015-01-01"), State: party.Registered,
	})
	user = decision.Actor{ID: "neighbour", Kind: journal.Enterprise, Enterprise: owner}
	b := z.content()
	b.Operator.CreditCode = owner
	return owner, user, must[bonded.Reply](z.t)(z.FileBook(z.t.Context(), command("book"), user, b))
}

// state puts an opening balance on line 1 of a book.
func (z *zone) state(id string, n int, status ledger.Status) {
	z.t.Helper()
	must[bonded.Reply](z.t)(z.StateOpening(z.t.Context(), command("opening"), z.user(), id, bonded.Opening{
		On: clock.MustDate("2026-11-01"), Reason: "stock-taking", Lines: []bonded.OpeningLine{{Line: 1, Quantity: q(n), Value: num.Money(100 * n), Status: status}},
	}))
}

func (z *zone) list(procedure, number string, d book.Direction, n int) bonded.Listing {
	l := z.leaving(n)
	l.Procedure, l.List.Book, l.List.Direction = procedure, number, d
	return l
}

func (z *zone) id(number string) string {
	z.t.Helper()
	ids, err := z.store.Find(z.t.Context(), dossier.Book, "number", number, 1)
	if err != nil || len(ids) != 1 {
		z.t.Fatal(ids, err)
	}
	return ids[0]
}

func TestAPausedBookTakesNoListsInThatDirectionUntilItIsResumed(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	id := z.id(z.book)
	z.state(id, 900, "")
	file := func(d book.Direction) error {
		mode := "second-line-exit"
		if d == book.In {
			mode = "first-line-entry"
		}
		_, err := z.TryList(ctx, command("try"), z.user(), "", z.list(mode, z.book, d, 1))
		return err
	}
	for _, c := range []struct {
		mark    book.Execution
		in, out bool // stopped
	}{{book.ExecutionPausedImport, true, false}, {book.ExecutionPausedExport, false, true}, {book.ExecutionPausedBoth, true, true}} {
		must[bonded.Reply](t)(z.PauseBook(ctx, command("pause"), z.actor("o1"), id, c.mark, "stock-taking"))
		if in, out := file(book.In), file(book.Out); fault.Is(in, "BOOK-STATE-02") != c.in || fault.Is(out, "BOOK-STATE-02") != c.out {
			t.Errorf("mark %d: in %v, out %v", c.mark, in, out)
		}
	}
	if _, err := z.PauseBook(ctx, command("pause"), z.actor("o1"), id, 1, "x"); !fault.Is(err, "BONDED-PAUSE-01") {
		t.Error(err)
	}
	if _, err := z.PauseBook(ctx, command("pause"), z.actor("o1"), id, book.ExecutionPausedBoth, ""); !fault.Is(err, "BONDED-REASON-01") {
		t.Error(err)
	}
	must[bonded.Reply](t)(z.ResumeBook(ctx, command("resume"), z.actor("o1"), id, "counted"))
	if in, out := file(book.In), file(book.Out); in != nil || out != nil {
		t.Errorf("resumed: in %v, out %v", in, out)
	}
	// One line, by either side; each lifts only its own pause.
	yes, no := true, false
	must[bonded.Reply](t)(z.MarkLine(ctx, command("mark"), z.actor("o1"), id, bonded.LineMark{Line: 1, Paused: &yes}, "looked at"))
	must[bonded.Reply](t)(z.MarkLine(ctx, command("mark"), z.user(), id, bonded.LineMark{Line: 1, Paused: &no}, ""))
	if err := file(book.Out); !fault.Is(err, "BOOK-LIST-11") {
		t.Errorf("the enterprise lifted the pause of customs: %v", err)
	}
	b := z.content()
	b.Lines[0].CustomsPaused = false
	must[bonded.Reply](t)(z.ChangeBook(ctx, command("change"), z.user(), id, b))
	if err := file(book.Out); !fault.Is(err, "BOOK-LIST-11") {
		t.Errorf("a change of the book lifted the pause of customs: %v", err)
	}
	must[bonded.Reply](t)(z.MarkLine(ctx, command("mark"), z.actor("o1"), id, bonded.LineMark{Line: 1, Paused: &no}, "in order"))
	if err := file(book.Out); err != nil {
		t.Error(err)
	}
}

func TestGoodsGoFromBookToBookByAPairOfListsOrNotAtAll(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	owner, user, other := z.neighbour()
	z.state(z.id(z.book), 500, "")
	receive := func(n int) bonded.Listing {
		l := z.list("transfer-in", other.Number, book.In, n)
		l.List.RelatedBook = z.book
		return l
	}
	send := func(n int, list string) bonded.Listing {
		l := z.list("transfer-out", z.book, book.Out, n)
		l.List.RelatedBook, l.List.RelatedList = other.Number, list
		return l
	}
	refuse := func(l bonded.Listing, by decision.Actor, code string) {
		t.Helper()
		if _, err := z.FileList(ctx, command("list"), by, l); !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	none := receive(1)
	none.List.RelatedBook = ""
	refuse(none, user, "BONDED-TRANSFER-01")
	none.List.RelatedBook = "T9999W000001"
	refuse(none, user, "BONDED-TRANSFER-02")
	refuse(send(200, "QD221826I000000099"), z.user(), "BONDED-TRANSFER-03") // the receiver lists first
	in := must[bonded.Reply](t)(z.FileList(ctx, command("list"), user, receive(200)))
	if in.State != string(book.ListApproved) || in.Posted {
		t.Fatalf("the receiver's list waits: %+v", in)
	}
	if b := z.of(owner, other.Number, ledger.Bonded, ledger.OnHand); b.Quantity != 0 || b.Incoming != q(200) {
		t.Fatalf("%+v", b)
	}
	refuse(send(199, in.Number), z.user(), "BONDED-TRANSFER-04")
	wrong := send(200, in.Number)
	wrong.List.Lines[0].TransferLine = 7
	refuse(wrong, z.user(), "BONDED-TRANSFER-04")
	must[bonded.Reply](t)(z.PauseBook(ctx, command("pause"), z.actor("o1"), other.ID, book.ExecutionPausedImport, "counted"))
	refuse(send(200, in.Number), z.user(), "BONDED-TRANSFER-05")
	must[bonded.Reply](t)(z.ResumeBook(ctx, command("resume"), z.actor("o1"), other.ID, "counted"))
	if b := z.of(z.owner, z.book, ledger.Bonded, ledger.OnHand); b.Quantity != q(500) || b.Outgoing != 0 {
		t.Fatalf("a refused side moved something: %+v", b)
	}
	out := must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), send(200, in.Number)))
	if !out.Posted {
		t.Fatalf("%+v", out)
	}
	if a, b := z.of(z.owner, z.book, ledger.Bonded, ledger.OnHand), z.of(owner, other.Number, ledger.Bonded, ledger.OnHand); a.Quantity != q(300) || b.Quantity != q(200) || b.Incoming != 0 {
		t.Errorf("sender %+v, receiver %+v", a, b)
	}
	var kept bonded.List
	if _, err := z.store.Load(ctx, dossier.VerificationList, in.ID, &kept); err != nil || kept.State != book.ListPosted || kept.RelatedList != out.Number {
		t.Errorf("%s names %s, %v", kept.State, kept.RelatedList, err)
	}
	refuse(send(200, in.Number), z.user(), "BONDED-TRANSFER-03") // once
	// More than the sender has: neither side moves.
	in = must[bonded.Reply](t)(z.FileList(ctx, command("list"), user, receive(301)))
	refuse(send(301, in.Number), z.user(), "LEDGER-SHORT-01")
	if b := z.of(owner, other.Number, ledger.Bonded, ledger.OnHand); b.Quantity != q(200) || b.Incoming != q(301) {
		t.Errorf("%+v", b)
	}
}

func TestAnEnterpriseMovesOnlyItsOwnBooks(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	_, user, _ := z.neighbour()
	z.state(z.id(z.book), 500, "")
	l := z.leaving(10)
	l.List.Operator.CreditCode = user.Enterprise
	if _, err := z.FileList(ctx, command("list"), user, l); !fault.Is(err, "BOOK-LIST-15") {
		t.Errorf("a list of one enterprise on the book of another: %v", err)
	}
	// Own books do not mix either: a second one has nothing of the first.
	second := z.opened(func(*book.Book) {})
	if _, err := z.FileList(ctx, command("list"), z.user(), z.list("second-line-exit", second.Number, book.Out, 1)); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Errorf("goods of one book left by another: %v", err)
	}
}

func TestOldGoodsAreKnownUntilTheLastOfThemHasLeft(t *testing.T) {
	z := newZone(t)
	id := z.id(z.book)
	z.state(id, 100, "")
	if _, err := z.StateOpening(t.Context(), command("opening"), z.user(), id, bonded.Opening{
		On: clock.MustDate("2026-11-01"), Reason: "again", Lines: []bonded.OpeningLine{{Line: 1, Quantity: q(1)}},
	}); !fault.Is(err, "BONDED-OPENING-03") {
		t.Errorf("stated twice: %v", err)
	}
	for code, o := range map[string]bonded.Opening{
		"BONDED-OPENING-01": {On: clock.MustDate("2026-11-24"), Reason: "x", Lines: []bonded.OpeningLine{{Line: 1, Quantity: q(1)}}},
		"BONDED-OPENING-02": {On: clock.MustDate("2026-11-01"), Reason: "x", Lines: []bonded.OpeningLine{{Line: 2, Quantity: q(1)}}},
		"BONDED-REASON-01":  {On: clock.MustDate("2026-11-01")},
	} {
		if _, err := z.StateOpening(t.Context(), command("opening"), z.user(), id, o); !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	_, user, other := z.neighbour()
	// New goods come and all go on in two transfers; the old ones leave first.
	back := func(from, to string, sender, receiver decision.Actor, n int) {
		t.Helper()
		in := z.list("transfer-in", to, book.In, n)
		in.List.RelatedBook = from
		listed := must[bonded.Reply](t)(z.FileList(t.Context(), command("list"), receiver, in))
		out := z.list("transfer-out", from, book.Out, n)
		out.List.RelatedBook, out.List.RelatedList = to, listed.Number
		must[bonded.Reply](t)(z.FileList(t.Context(), command("list"), sender, out))
	}
	old := func() num.Quantity {
		var sum num.Quantity
		for _, l := range z.of(z.owner, z.book, ledger.Bonded, ledger.OnHand).Layers {
			if l.On == clock.MustDate("2026-11-01") {
				sum += l.Quantity
			}
		}
		return sum
	}
	for _, step := range []struct {
		away bool
		n    int
		left int
	}{{true, 60, 40}, {false, 50, 40}, {true, 30, 10}, {true, 60, 0}} {
		if step.away {
			back(z.book, other.Number, z.user(), user, step.n)
		} else {
			back(other.Number, z.book, user, z.user(), step.n)
		}
		if got := old(); got != q(step.left) {
			t.Fatalf("after %+v %s of the old goods are left", step, got)
		}
	}
}

func TestABookWithLayersLeadsEachPartBackToItsPaper(t *testing.T) {
	z := newZone(t)
	_, user, other := z.neighbour()
	z.state(z.id(z.book), 500, "")
	layered := z.opened(func(b *book.Book) { b.Layered = true })
	for _, n := range []int{30, 20} {
		in := z.list("transfer-in", layered.Number, book.In, n)
		in.List.RelatedBook = z.book
		listed := must[bonded.Reply](t)(z.FileList(t.Context(), command("list"), z.user(), in))
		out := z.list("transfer-out", z.book, book.Out, n)
		out.List.RelatedBook, out.List.RelatedList = layered.Number, listed.Number
		must[bonded.Reply](t)(z.FileList(t.Context(), command("list"), z.user(), out))
	}
	in := z.list("transfer-in", other.Number, book.In, 35)
	in.List.RelatedBook = layered.Number
	listed := must[bonded.Reply](t)(z.FileList(t.Context(), command("list"), user, in))
	out := z.list("transfer-out", layered.Number, book.Out, 35)
	out.List.RelatedBook, out.List.RelatedList = other.Number, listed.Number
	must[bonded.Reply](t)(z.FileList(t.Context(), command("list"), z.user(), out))
	left := z.of(z.owner, layered.Number, ledger.Bonded, ledger.OnHand).Layers
	if len(left) != 1 || left[0].Quantity != q(15) || left[0].Cause == "" {
		t.Errorf("the oldest go first: %+v", left)
	}
}

func TestACorrectionIsAFurtherEntryForTheSameDay(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	z.Recall(z.store.Movement)
	id := z.id(z.book)
	z.state(id, 100, "")
	key := z.account(ledger.OnHand).Key()
	first := z.on(ledger.OnHand).Last
	for code, c := range map[string]bonded.Correction{
		"BONDED-CORRECT-01": {Movement: "nothing", Change: q(1)}, "BONDED-CORRECT-02": {Movement: first, Change: q(-101)},
	} {
		if _, err := z.ProposeCorrection(ctx, command("correct"), z.actor("o1"), id, c, "miscounted"); !fault.Is(err, code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	_, _, other := z.neighbour()
	if _, err := z.ProposeCorrection(ctx, command("correct"), z.actor("o1"), other.ID, bonded.Correction{Movement: first, Change: q(1)}, "x"); !fault.Is(err, "BONDED-CORRECT-01") {
		t.Errorf("a movement of another book: %v", err)
	}
	before := z.moment()
	z.clock.Advance(time.Hour)
	p := must[deliberation.Reply](t)(z.ProposeCorrection(ctx, command("correct"), z.actor("o1"), id, bonded.Correction{Movement: first, Change: q(-30)}, "miscounted"))
	if b := z.on(ledger.OnHand); b.Quantity != q(100) {
		t.Errorf("one officer alone moved it: %s", b.Quantity)
	}
	must[deliberation.Reply](t)(z.review.Confirm(ctx, command("confirm"), z.actor(p.Second), p.Proposal, true, "seen"))
	if b := z.on(ledger.OnHand); b.Quantity != q(70) || b.Value != 7000 {
		t.Errorf("%+v", b)
	}
	day := clock.MustDate("2026-11-01")
	now, _, err := z.store.BalanceEffective(ctx, key, day)
	if err != nil || now != q(70) {
		t.Errorf("what we know now about then: %s %v", now, err)
	}
	then, _, err := z.store.BalanceRecorded(ctx, key, before)
	if err != nil || then != q(100) {
		t.Errorf("what we knew then: %s %v", then, err)
	}
	if m, err := z.store.Movement(ctx, first); err != nil || m.Quantity != q(100) {
		t.Errorf("the first entry was changed: %+v %v", m, err)
	}
}

func TestGoodsOfThreeCustomsStatusesLieInOneBook(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	id := z.id(z.book)
	z.state(id, 5, "")
	z.state(id, 7, ledger.DutyPaid)
	l := z.list("domestic-out", z.book, book.Out, 8)
	if _, err := z.FileList(ctx, command("list"), z.user(), l); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Errorf("bonded goods would leave as domestic ones: %v", err)
	}
	l.List.Status, l.List.Lines[0].Quantity = ledger.DutyPaid, q(7)
	if r := must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), l)); r.State != string(book.ListApproved) {
		t.Errorf("no bill is waited for, the gate is: %+v", r)
	}
	in := z.list("domestic-in", z.book, book.In, 3)
	must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), in))
	got := map[ledger.Status][3]num.Quantity{}
	for _, s := range []ledger.Status{ledger.Bonded, ledger.DutyPaid, ledger.NonBonded} {
		b := z.of(z.owner, z.book, s, ledger.OnHand)
		got[s] = [3]num.Quantity{b.Quantity, b.Incoming, b.Outgoing}
	}
	want := map[ledger.Status][3]num.Quantity{ledger.Bonded: {q(5), 0, 0}, ledger.DutyPaid: {q(7), 0, q(7)}, ledger.NonBonded: {0, q(3), 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	l = z.leaving(1)
	l.List.Status = ledger.DutyPaid
	if _, err := z.FileList(ctx, command("list"), z.user(), l); !fault.Is(err, "BONDED-STATUS-01") {
		t.Errorf("a mode of bonded goods took others: %v", err)
	}
}

func TestABookIsClosedWhenItIsEmpty(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	id := z.id(z.book)
	empty := z.opened(func(*book.Book) {})
	z.state(id, 5, ledger.NonBonded)
	if _, err := z.AskCloseBook(ctx, command("close"), z.user(), id, "given up"); !fault.Is(err, "BOOK-CLOSE-01") {
		t.Errorf("goods are on it: %v", err)
	}
	must[bonded.Reply](t)(z.AskCloseBook(ctx, command("close"), z.user(), empty.ID, "given up"))
	p := must[deliberation.Reply](t)(z.ProposeBook(ctx, command("close"), z.actor("o1"), empty.ID, "empty"))
	must[deliberation.Reply](t)(z.review.Confirm(ctx, command("confirm"), z.actor(p.Second), p.Proposal, true, "seen"))
	if _, err := z.TryList(ctx, command("list"), z.user(), "", z.list("first-line-entry", empty.Number, book.In, 1)); !fault.Is(err, "BOOK-STATE-01") {
		t.Errorf("a closed book takes goods: %v", err)
	}
}

func TestEveryKindOfBookHasItsLinesAndItsLetters(t *testing.T) {
	z := newZone(t)
	line := func(k book.LineKind, change func(*book.Line)) []book.Line {
		l := z.content().Lines[0]
		l.Kind = k
		change(&l)
		return []book.Line{l}
	}
	kinds := map[book.Kind]struct {
		lines []book.Line
		head  string
	}{
		book.Logistics:  {z.content().Lines, "T2218W"},
		book.Processing: {line(book.Material, func(*book.Line) {}), "H2218A"},
		book.Equipment: {line(book.Machine, func(l *book.Line) {
			l.SerialNumber, l.EntryWay, l.SupervisedUntil = "M-1", book.ByFirstLine, clock.MustDate("2031-11-23")
		}), "H2218D"},
		book.Repair:     {line(book.Serial, func(l *book.Line) { l.SerialNumber, l.Progress = "E-1", book.Waiting }), "H2218R"},
		book.Exhibition: {line(book.Lot, func(l *book.Line) { l.Progress = book.OnShow }), "T2218Z"},
		book.Commerce:   {line(book.Part, func(*book.Line) {}), "T2218S"},
	}
	for _, k := range book.Kinds {
		r := z.opened(func(b *book.Book) {
			b.Kind, b.Lines, b.Posting = k, kinds[k].lines, ""
			switch k {
			case book.Logistics:
				b.Posting = book.ByPart
			case book.Commerce:
				b.Posting, b.Use = book.ByPart, book.RetailImport
			case book.Processing:
				b.Processing, b.CycleMonths = book.WorkOrder, 6
			}
		})
		if r.Number[:6] != kinds[k].head {
			t.Errorf("%s has the number %s", k, r.Number)
		}
	}
}

func TestAThingThatIsBeingMendedStays(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	r := z.opened(func(b *book.Book) {
		b.Kind, b.Posting = book.Repair, ""
		b.Lines[0].Kind, b.Lines[0].SerialNumber = book.Serial, "E-1"
	})
	if _, err := z.StateOpening(ctx, command("opening"), z.user(), r.ID, bonded.Opening{
		On: clock.MustDate("2026-11-01"), Reason: "two of one", Lines: []bonded.OpeningLine{{Line: 1, Quantity: q(2)}},
	}); !fault.Is(err, "LEDGER-MOST-01") {
		t.Errorf("two of a single thing: %v", err)
	}
	z.state(r.ID, 1, "")
	leave := func() error {
		_, err := z.TryList(ctx, command("try"), z.user(), "", z.list("second-line-exit", r.Number, book.Out, 1))
		return err
	}
	mark := func(p book.Progress) error {
		_, err := z.MarkLine(ctx, command("mark"), z.user(), r.ID, bonded.LineMark{Line: 1, Progress: p}, "")
		return err
	}
	if err := mark(book.InRepair); err != nil || !fault.Is(leave(), "BOOK-LIST-16") {
		t.Error(err, leave())
	}
	if err := mark(book.OnShow); !fault.Is(err, "BOOK-FILE-14") {
		t.Error(err)
	}
	if _, err := z.MarkLine(ctx, command("mark"), z.actor("o1"), r.ID, bonded.LineMark{Line: 1, Progress: book.Repaired}, "x"); !fault.Is(err, "BONDED-LINE-02") {
		t.Error(err)
	}
	if err := mark(book.Repaired); err != nil || leave() != nil {
		t.Error(err, leave())
	}
}

// moment is when the newest movement of line 1 was recorded.
func (z *zone) moment() clock.Instant {
	z.t.Helper()
	m, err := z.store.Movement(z.t.Context(), z.on(ledger.OnHand).Last)
	if err != nil {
		z.t.Fatal(err)
	}
	return m.Recorded
}

func TestAListWhoseGoodsCameInPartRaisesOneAlarm(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	z.state(z.id(z.book), 10, ledger.NonBonded)
	r := must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), z.list("domestic-out", z.book, book.Out, 10)))
	look := func() int {
		t.Helper()
		receipt, err := z.LookAtShort(ctx, command("look"), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		return len(receipt.Entries)
	}
	z.clock.Advance(8 * 24 * time.Hour)
	if look() != 0 {
		t.Error("an alarm before anything passed")
	}
	var l bonded.List
	version, err := z.store.Load(ctx, dossier.VerificationList, r.ID, &l)
	if err != nil {
		t.Fatal(err)
	}
	l.LastPassed = clock.MustDate("2026-11-23").Start()
	if _, err := z.store.Decide(ctx, command("pass"), func(v decision.View) (decision.Outcome, error) {
		e := decision.Entry(v, decision.System, "test.put", journal.Ref{Kind: "verification_list", ID: r.ID})
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.VerificationList, ID: r.ID, Version: version, Body: l}}, Entries: []journal.Entry{e}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if look() != 1 || look() != 0 {
		t.Error("one alarm, once")
	}
}
