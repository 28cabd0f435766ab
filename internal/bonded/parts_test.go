package bonded_test

import (
	"slices"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
)

// parted gives the book of the zone two lines with two parts on the first.
func (z *zone) parted() (id string, b book.Book) {
	z.t.Helper()
	b = z.content()
	second := b.Lines[0]
	second.Number = 2
	b.Lines = append(b.Lines, second)
	for _, name := range []string{"A", "B"} {
		b.Parts = append(b.Parts, book.PartItem{Part: name, Line: 1, Commodity: "2009110000", Name: "juice " + name, Unit: "KGM"})
	}
	id = z.id(z.book)
	must[bonded.Reply](z.t)(z.ChangeBook(z.t.Context(), command("parts"), z.user(), id, b))
	return id, b
}

func (z *zone) held(id string) bonded.Book {
	z.t.Helper()
	var b bonded.Book
	if _, err := z.store.Load(z.t.Context(), dossier.Book, id, &b); err != nil {
		z.t.Fatal(err)
	}
	return b
}

func TestOnlyCustomsKeepAPartToItself(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	id, b := z.parted()
	refused := func(what string, err error, code, path string) {
		t.Helper()
		all := fault.All(err)
		if !slices.ContainsFunc(all, func(f *fault.Fault) bool { return f.Code == code && f.Path == path }) {
			t.Errorf("%s: %v, want %s at %s", what, err, code, path)
		}
	}
	change := func(b book.Book) error {
		_, err := z.ChangeBook(ctx, command("change"), z.user(), id, b)
		return err
	}
	with := func(do func(*book.Book)) book.Book {
		c := b
		c.Lines, c.Parts = slices.Clone(b.Lines), slices.Clone(b.Parts)
		do(&c)
		return c
	}
	refused("the enterprise marks a part itself", change(with(func(c *book.Book) { c.Parts[1].Line, c.Parts[1].Separate = 2, true })), "BONDED-SEPARATE-01", "/parts/1/separate")
	marked := z.content()
	marked.Parts = []book.PartItem{{Part: "A", Line: 1, Commodity: "2009110000", Name: "juice", Unit: "KGM", Separate: true}}
	_, err := z.FileBook(ctx, command("book"), z.user(), marked)
	refused("a new book with a mark", err, "BONDED-SEPARATE-01", "/parts/0/separate")

	mark := func(by decision.Actor, m bonded.PartMark, reason string) error {
		_, err := z.MarkPart(ctx, command("mark"), by, id, m, reason)
		return err
	}
	a := bonded.PartMark{Part: "A", Separate: true}
	refused("without a reason", mark(z.actor("o1"), a, ""), "BONDED-REASON-01", "/reason")
	refused("no such part", mark(z.actor("o1"), bonded.PartMark{Part: "C", Separate: true}, "r"), "BONDED-SEPARATE-04", "/part")
	refused("lifted where there is none", mark(z.actor("o1"), bonded.PartMark{Part: "A"}, "r"), "BONDED-SEPARATE-05", "/separate")
	stranger := z.actor("o1")
	stranger.Office = "2225"
	refused("another office", mark(stranger, a, "r"), "BONDED-OFFICE-01", "")
	if err := mark(z.actor("o1"), a, "under inquiry"); err != nil {
		t.Fatal(err)
	}
	kept := z.held(id)
	p, ok := kept.Marked("A")
	if !ok || p.Separation == nil || p.Separation.By != "o1" || p.Separation.Reason != "under inquiry" || p.Separation.At != z.clock.Now() {
		t.Fatalf("%+v", kept.Parts)
	}

	refused("it stays merged by a change", change(with(func(c *book.Book) { c.Parts[0].Separate = true })), "BONDED-MERGE-02", "/parts/1")
	refused("the mark is left out", change(with(func(c *book.Book) { c.Parts[0].Line = 2 })), "BONDED-SEPARATE-02", "/parts/0/separate")
	refused("the part is left out", change(with(func(c *book.Book) { c.Parts = c.Parts[1:] })), "BONDED-SEPARATE-03", "/parts")

	arrives := z.list("first-line-entry", z.book, book.In, 5)
	arrives.List.Lines[0].PartNumber = "A"
	_, err = z.FileList(ctx, command("list"), z.user(), arrives)
	refused("goods come onto the shared line", err, "BONDED-SEPARATE-06", "/lines/0/partNumber")

	if err := change(with(func(c *book.Book) {
		c.Parts[0].Line, c.Parts[0].Separate, c.Parts[0].Separation = 2, true, &book.Separation{By: "clerk", Reason: "mine"}
	})); err != nil {
		t.Fatal(err)
	}
	kept = z.held(id)
	if p, ok := kept.Marked("A"); !ok || p.Line != 2 || p.Separation.By != "o1" {
		t.Errorf("a change of the book touched the mark: %+v", kept.Parts)
	}

	// Lines of a bill: what the sender writes about the mark counts for nothing.
	two := z.list("second-line-exit", z.book, book.Out, 5)
	two.List.Lines = append(two.List.Lines, two.List.Lines[0])
	two.List.Lines[0].PartNumber, two.List.Lines[0].BookLine = "A", 2
	two.List.Lines[1].Number, two.List.Lines[1].PartNumber = 2, "B"
	two.List.Lines[0].BillLine, two.List.Lines[1].BillLine = 1, 1
	_, err = z.FileList(ctx, command("list"), z.user(), two)
	refused("merged on the bill", err, "BONDED-MERGE-01", "/lines/0")
	two.List.Lines[1].BillLine, two.List.Lines[1].Separate = 2, true
	z.state(id, 10, "")
	must[bonded.Reply](t)(z.StateOpening(ctx, command("opening"), z.user(), id, bonded.Opening{
		On: clock.MustDate("2026-11-01"), Reason: "stock-taking", Lines: []bonded.OpeningLine{{Line: 2, Quantity: q(10), Value: num.Money(1000)}},
	}))
	filed := must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), two))
	var list bonded.List
	if _, err := z.store.Load(ctx, dossier.VerificationList, filed.ID, &list); err != nil || !list.Lines[0].Separate || list.Lines[1].Separate {
		t.Errorf("%+v %v", list.Lines, err)
	}
	if got := z.findings(); len(got) != 0 {
		t.Errorf("the check: %v", got)
	}
	merge := func(line int) {
		t.Helper()
		_, err := z.store.Decide(ctx, command("tamper"), func(v decision.View) (decision.Outcome, error) {
			l, version, err := decision.Load[bonded.List](v, dossier.VerificationList, filed.ID)
			l.Lines[1].BillLine = line
			e := decision.Entry(v, decision.System, "test.tampered", journal.Ref{Kind: "verification_list", ID: l.ID})
			return decision.Outcome{Puts: []decision.Put{{Kind: dossier.VerificationList, ID: l.ID, Version: version, Body: l}}, Entries: []journal.Entry{e}}, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	merge(1)
	if got := z.findings(); !slices.Equal(got, []check.Code{check.PartMerged}) {
		t.Errorf("a list that merges a marked part: %v", got)
	}
	merge(2)

	if err := mark(z.actor("o2"), bonded.PartMark{Part: "A"}, "in order"); err != nil {
		t.Fatal(err)
	}
	if err := change(with(func(*book.Book) {})); err != nil {
		t.Errorf("merged again once the mark was lifted: %v", err)
	}
}

// A change that waits for two officers comes into force beside what happened to
// the book meanwhile, never instead of it.
func TestAChangeThatWaitedKeepsWhatCustomsMarkedMeanwhile(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	id, b := z.parted()
	_, err := z.store.Decide(ctx, command("grade"), func(v decision.View) (decision.Outcome, error) {
		e, version, err := decision.Load[party.Enterprise](v, dossier.Enterprise, z.owner)
		e.Grades = []party.GradeChange{{Grade: "dishonest", From: clock.MustDate("2022-01-01"), Reason: "test"}}
		told := decision.Entry(v, decision.System, "test.put", journal.Ref{Kind: "enterprise", ID: e.ID})
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Enterprise, ID: e.ID, Version: version, Body: e}}, Entries: []journal.Entry{told}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		b.ValidTo = b.ValidTo.AddDays(1)
		if r := must[bonded.Reply](t)(z.ChangeBook(ctx, command("change"), z.user(), id, b)); r.State != string(book.ChangePending) {
			t.Fatalf("%+v", r)
		}
	}
	propose := func() deliberation.Reply {
		t.Helper()
		return must[deliberation.Reply](t)(z.ProposeBook(ctx, command("propose"), z.actor("o1"), id, "in order"))
	}
	b.ValidTo = clock.MustDate("2027-11-30")
	ask()
	yes := true
	must[bonded.Reply](t)(z.MarkLine(ctx, command("line"), z.actor("o1"), id, bonded.LineMark{Line: 1, Paused: &yes}, "looked at"))
	p := propose()
	must[deliberation.Reply](t)(z.review.Confirm(ctx, command("agree"), z.actor(p.Second), p.Proposal, true, "seen"))
	if h := z.held(id); h.State != book.Active || !h.Lines[0].CustomsPaused || h.ValidTo != b.ValidTo {
		t.Errorf("%+v", h.Book)
	}
	ask()
	must[bonded.Reply](t)(z.MarkPart(ctx, command("mark"), z.actor("o1"), id, bonded.PartMark{Part: "A", Separate: true}, "under inquiry"))
	p = propose()
	if _, err := z.review.Confirm(ctx, command("agree"), z.actor(p.Second), p.Proposal, true, "seen"); !fault.Is(err, "BONDED-MERGE-02") {
		t.Errorf("a change that leaves a marked part merged: %v", err)
	}
	must[bonded.Reply](t)(z.MarkPart(ctx, command("lift"), z.actor("o1"), id, bonded.PartMark{Part: "A"}, "in order"))
}
