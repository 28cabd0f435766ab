package bonded_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
	"seine/internal/store/storetest"
	"seine/procedures"
)

const (
	office = "2218"
	area   = "waigaoqiao"
)

func q(n int) num.Quantity { return num.Quantity(n) * num.OneQuantity }

// zone is a desk of stock on its own store, with one enterprise and its book.
type zone struct {
	*bonded.Desk
	t           *testing.T
	store       *store.Store
	ref         *clearance.Reference
	review      *deliberation.Desk
	owner, book string
	dir         string
	clock       *clock.Virtual
}

func must[T any](t *testing.T) func(decision.Receipt, error) T {
	return func(r decision.Receipt, err error) (reply T) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(r.Reply, &reply); err != nil {
			t.Fatalf("%s: %v", r.Reply, err)
		}
		return reply
	}
}

func command(name string) decision.Command { return decision.Command{Name: name, Actor: "test"} }

func newZone(t *testing.T) *zone {
	t.Helper()
	return zoneOn(t, store.Options{Dir: t.TempDir()})
}

// zoneOn is newZone on one of the engines.
func zoneOn(t *testing.T, o store.Options) *zone {
	t.Helper()
	z := &zone{t: t}
	now := clock.NewVirtual(clock.MustDate("2026-11-23").Start().Add(9*time.Hour), false)
	var err error
	z.clock = now
	z.dir = o.Dir
	o.Clock = now
	if z.store, err = store.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := z.store.Close(); err != nil {
			t.Error(err)
		}
		if o.Dir != "" {
			check.Tester(t, o.Dir)
		}
	})
	catalogue, err := procedure.Load(procedures.Files)
	if err != nil {
		t.Fatal(err)
	}
	modes, err := clearance.NewModes(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	ref := clearance.Reference{
		Codes: codelist.Default(), Declaration: declaration.BuiltIn(), Calendar: &clock.Calendar{},
		ReviewKey: review.PeriodKey{Period: "2026-11"}, ReviewRules: review.Rules{ChiefPost: string(party.DivisionHead)},
	}
	for _, id := range []string{"o1", "o2", "o3"} {
		ref.Officers = append(ref.Officers, party.Officer{
			ID: id, Number: id, Name: id, Posts: []party.PostID{party.FilingOfficer}, Office: office, Area: area, Areas: []string{area},
			Superiors: []string{"chief"}, OnDuty: true, State: party.Serving,
		})
	}
	z.ref = ref.With(modes)
	z.Desk = bonded.New(z.store, func() *clearance.Reference { return z.ref })
	if z.review, err = deliberation.New(z.store, func() deliberation.Setting { return bonded.Setting(z.ref) }, z.Actions()); err != nil {
		t.Fatal(err)
	}
	digit, _ := codelist.CreditCheck("91310115MA1H00001")
	z.owner = "91310115MA1H00001" + string(digit)
	z.put(dossier.Enterprise, z.owner, party.Enterprise{
		ID: z.owner, CreditCode: codelist.CreditCode(z.owner), Name: "企业", Kinds: []party.Kind{party.ZoneEnterprise}, Area: area,
		RegisteredOn: clock.MustDate("2015-01-01"), State: party.Registered,
	})
	z.book = must[bonded.Reply](t)(z.FileBook(t.Context(), command("book"), z.user(), z.content())).Number
	return z
}

func (z *zone) content() book.Book {
	return book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: z.owner}, CompetentOffice: office,
		Lines: []book.Line{{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"}},
	}
}

func (z *zone) put(kind decision.Kind, id string, body any, ops ...ledger.Op) {
	z.t.Helper()
	_, err := z.store.Decide(z.t.Context(), command("put"), func(decision.View) (decision.Outcome, error) {
		told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: string(kind), ID: id}}}
		return decision.Outcome{Puts: []decision.Put{{Kind: kind, ID: id, Body: body}}, Transfers: ops, Entries: []journal.Entry{told}}, nil
	})
	if err != nil {
		z.t.Fatal(err)
	}
}

func (z *zone) user() decision.Actor {
	return decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: z.owner}
}

func (z *zone) actor(id string) decision.Actor {
	for i := range z.ref.Officers {
		if z.ref.Officers[i].ID == id {
			return z.ref.Officers[i].Actor()
		}
	}
	z.t.Fatalf("no officer %s", id)
	return decision.Actor{}
}

func (z *zone) account(p ledger.Place) ledger.Account {
	return ledger.Account{Ledger: ledger.Legal, Owner: z.owner, Item: "book/" + z.book + "/1", Place: p, Status: ledger.Bonded}
}

// stocked puts a quantity on line 1 of the book.
func (z *zone) stocked(n int) {
	z.t.Helper()
	z.put(dossier.Parameter, "stock", map[string]string{"name": "stock"}, ledger.Op{
		ID: "stock", Kind: ledger.Post, From: z.account(ledger.Abroad), To: z.account(ledger.OnHand), Quantity: q(n), EffectiveOn: clock.MustDate("2026-11-23"), Cause: "stock",
	})
}

func (z *zone) on(p ledger.Place) ledger.Balance {
	z.t.Helper()
	b, err := z.store.Balance(z.t.Context(), z.account(p).Key())
	if err != nil {
		z.t.Fatal(err)
	}
	return b
}

func (z *zone) leaving(n int) bonded.Listing {
	return bonded.Listing{Procedure: "second-line-exit", List: book.VerificationList{Book: z.book, Direction: book.Out, Lines: []book.ListLine{{
		Number: 1, BookLine: 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: q(n), Unit: "KGM", LegalQuantity: q(n), LegalUnit: "KGM",
		Total: num.Money(200 * n), Currency: "USD", Origin: "US",
	}}}}
}

func TestAnApprovedListHoldsItsGoodsAndAVoidedOneGivesThemBack(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	z.stocked(900)
	if _, err := z.FileList(ctx, command("list"), z.user(), z.leaving(901)); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Fatalf("more than the book has: %v", err)
	}
	list := must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), z.leaving(600)))
	if list.State != string(book.ListApproved) || list.Number == "" {
		t.Fatalf("%+v", list)
	}
	if b := z.on(ledger.OnHand); b.Quantity != q(900) || b.Outgoing != q(600) || z.on(ledger.HomeMarket).Incoming != q(600) {
		t.Errorf("approval reserves and posts nothing: %+v", b)
	}
	if _, err := z.FileList(ctx, command("list"), z.user(), z.leaving(301)); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Errorf("what is held cannot be held twice: %v", err)
	}
	must[bonded.Reply](t)(z.AskVoidList(ctx, command("void"), z.user(), list.ID, "sold elsewhere"))
	p := must[deliberation.Reply](t)(z.ProposeVoidList(ctx, command("void"), z.actor("o1"), list.ID, "agreed"))
	if _, err := z.review.Confirm(ctx, command("confirm"), z.actor("o1"), p.Proposal, true, "so say I twice"); !fault.Is(err, "REVIEW-SECOND-02") {
		t.Errorf("one officer alone: %v", err)
	}
	if b := z.on(ledger.OnHand); b.Outgoing != q(600) {
		t.Errorf("one signature gives nothing back: %+v", b)
	}
	must[deliberation.Reply](t)(z.review.Confirm(ctx, command("confirm"), z.actor(p.Second), p.Proposal, true, "seen"))
	if b := z.on(ledger.OnHand); b.Quantity != q(900) || b.Outgoing != 0 {
		t.Errorf("voiding gives back what was held: %+v", b)
	}
}

func TestOfManyListsAtOnceOnlyAsManyAreApprovedAsThereAreGoods(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { lastCartons(t, newZone(t)) })
	t.Run("postgres", func(t *testing.T) { lastCartons(t, zoneOn(t, store.Options{URL: storetest.PostgresURL(t)})) })
}

// lastCartons lets more writers ask for cartons than there are: first come, first
// served, and nobody gets what is not there.
func lastCartons(t *testing.T, z *zone) {
	const there, writers = 5, 9
	z.stocked(there)
	var group sync.WaitGroup
	errs := make([]error, writers)
	for n := range writers {
		group.Go(func() {
			c := command("list")
			c.Key, c.Content = fmt.Sprint("list ", n), []byte(fmt.Sprint(n))
			_, errs[n] = z.FileList(t.Context(), c, z.user(), z.leaving(1))
		})
	}
	group.Wait()
	approved := 0
	for _, err := range errs {
		switch {
		case err == nil:
			approved++
		case !fault.Is(err, "LEDGER-SHORT-01"):
			t.Error(err)
		}
	}
	if b := z.on(ledger.OnHand); approved != there || b.Outgoing != q(there) {
		t.Errorf("%d lists approved for %d kilograms, held %s", approved, there, b.Outgoing)
	}
}

func TestABookIsOpenedForRegisteredEnterprisesWithNumbersOfItsOwn(t *testing.T) {
	z := newZone(t)
	b := z.content()
	b.Operator.CreditCode = "91310115MA1H00009X"
	if _, err := z.FileBook(t.Context(), command("book"), z.user(), b); fault.All(err) == nil {
		t.Errorf("an enterprise that is not registered: %v", err)
	}
	second := must[bonded.Reply](t)(z.FileBook(t.Context(), command("book"), z.user(), z.content()))
	if second.Number == "" || second.Number == z.book {
		t.Errorf("two books have the number %s", z.book)
	}
}

// always draws every list for an officer.
func always(t *testing.T) func() *risk.Table {
	t.Helper()
	table, err := risk.DefaultTable(risk.List)
	if err != nil {
		t.Fatal(err)
	}
	spec := table.Spec
	spec.Draws = slices.Clone(spec.Draws)
	for i := range spec.Draws {
		spec.Draws[i].Ratio, spec.Draws[i].Action = num.OneRate, risk.Inspect
	}
	if table, err = risk.Compile(spec, table.Catalogue); err != nil {
		t.Fatal(err)
	}
	return func() *risk.Table { return table }
}

func TestTryingAListDoesNotTellWhetherItIsSelected(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	z.stocked(900)
	key, err := risk.NewDrawKey("2026-11", []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	z.ref.DrawKey = key
	tried := func(n int) string {
		t.Helper()
		effects, err := z.TryList(ctx, command("try"), z.user(), "", z.leaving(n))
		if err != nil {
			return err.Error()
		}
		for _, put := range effects.Puts {
			if l, ok := put.Body.(bonded.List); ok && l.Verdict != nil {
				t.Error("a trial carries the verdict")
			}
		}
		var r bonded.Reply
		if err := json.Unmarshal(effects.Reply, &r); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(r.State, r.Waits, len(effects.Puts), len(effects.Movements))
	}
	short, enough := tried(901), tried(600)
	z.JudgeLists(always(t))
	if got := tried(901); got != short || !strings.Contains(got, "LEDGER-SHORT-01") {
		t.Errorf("too much, and selected: %q, not selected: %q", got, short)
	}
	if got := tried(600); got != enough {
		t.Errorf("in order, and selected: %q, not selected: %q", got, enough)
	}
	if r := must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), z.leaving(600))); r.State != string(book.ListSubmitted) {
		t.Errorf("the list was not selected at all: %+v", r)
	}
}

func TestAReturnedListIsFiledAnewAndItsFirstVersionStays(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	z.stocked(900)
	key, err := risk.NewDrawKey("2026-11", []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	z.ref.DrawKey = key
	z.JudgeLists(always(t))
	first := must[bonded.Reply](t)(z.FileList(ctx, command("list"), z.user(), z.leaving(600)))
	revise := func(n int) (decision.Receipt, error) {
		return z.ReviseList(ctx, command("revise"), z.user(), first.ID, z.leaving(n))
	}
	if _, err := revise(500); !fault.Is(err, "BOOK-LIFECYCLE-02") {
		t.Errorf("a list that was not returned: %v", err)
	}
	must[bonded.Reply](t)(z.DecideList(ctx, command("return"), z.actor("o1"), first.ID, false, "the quantity is not that of the invoice"))
	z.JudgeLists(nil)
	l := z.leaving(500)
	l.Application = "A1"
	if _, err := z.ReviseList(ctx, command("revise"), z.user(), first.ID, l); err == nil {
		t.Error("a returned list took another application")
	}
	if _, err := z.TryList(ctx, command("try"), z.user(), first.ID, z.leaving(901)); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Errorf("trying a revision: %v", err)
	}
	again := must[bonded.Reply](t)(revise(500))
	if again.ID != first.ID || again.State != string(book.ListSubmitted) || again.Case != first.Case {
		t.Fatalf("an officer reads it again, under the same id: %+v", again)
	}
	var kept bonded.List
	if _, err := z.store.Load(ctx, dossier.VerificationList, first.ID, &kept); err != nil {
		t.Fatal(err)
	}
	if len(kept.Earlier) != 1 || kept.Earlier[0].List.Lines[0].Quantity != q(600) || kept.Lines[0].Quantity != q(500) {
		t.Fatalf("%+v", kept.Earlier)
	}
	must[bonded.Reply](t)(z.DecideList(ctx, command("approve"), z.actor("o2"), first.ID, true, "now it is"))
	if b := z.on(ledger.OnHand); b.Outgoing != q(500) {
		t.Errorf("%+v", b)
	}
}

func TestAControlInstructionAboutListsActs(t *testing.T) {
	z := newZone(t)
	z.stocked(900)
	key, err := risk.NewDrawKey("2026-11", []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	z.ref.DrawKey = key
	table, err := risk.DefaultTable(risk.List)
	if err != nil {
		t.Fatal(err)
	}
	z.JudgeLists(func() *risk.Table { return table })
	from := clock.MustDate("2026-11-23")
	in, err := risk.CompileInstruction(risk.InstructionSpec{
		ID: "I1", Subject: risk.List, Scope: `direction = "E"`, Action: risk.Inspect, Share: num.OneRate, From: from.Start(), To: from.AddDays(3).Start(), Secrecy: risk.Open,
		Issuer: "r1", Approver: "r2", State: risk.InstructionApproved, Reason: risk.Label{EN: "tip", ZH: "线索"},
	}, table.Catalogue, table.Spec.Lists)
	if err != nil {
		t.Fatal(err)
	}
	z.ControlLists(func() []*risk.Instruction { return []*risk.Instruction{in} })
	r := must[bonded.Reply](t)(z.FileList(t.Context(), command("list"), z.user(), z.leaving(600)))
	var kept bonded.List
	if _, err := z.store.Load(t.Context(), dossier.VerificationList, r.ID, &kept); err != nil {
		t.Fatal(err)
	}
	if r.State != string(book.ListSubmitted) || kept.Verdict == nil || len(kept.Verdict.Instructions) != 1 || !kept.Verdict.Instructions[0].Picked {
		t.Errorf("%+v %+v", r, kept.Verdict)
	}
}
