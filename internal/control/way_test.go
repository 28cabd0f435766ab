package control_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/treasury"
)

func (z *zone) want(word string, want map[string]string) {
	z.t.Helper()
	if diff := cmp.Diff(want, z.accounts(word)); diff != "" {
		z.t.Error(diff)
	}
}

func (z *zone) lodge(d declaration.Declaration, guarantee string) clearance.LodgeReply {
	z.t.Helper()
	return must[clearance.LodgeReply](z)(z.clearance.Lodge(z.t.Context(), z.command("lodge"), user(d.Consignee.CreditCode), clearance.Lodging{Declaration: d, Guarantee: guarantee}))
}

func TestFirstLineEntryGoesAllTheWay(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 1)

	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	if list.State != string(book.ListApproved) || list.Number != "QD221826I000000001" {
		t.Fatalf("list: %+v", list)
	}
	z.want("book/", map[string]string{"legal 1 abroad": "0 -900", "legal 1 on-hand": "0 +900"})

	paper := bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900"))
	lodged := z.lodge(paper, "")
	if lodged.State != declaration.Released || lodged.Confirmation != declaration.Confirmed && lodged.Confirmation != declaration.Signal {
		t.Fatalf("bill: %+v", lodged)
	}
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.State != book.ListBillReleased || l.Bill != lodged.Number {
		t.Fatalf("the list learns of the release in its transaction: %s %s", l.State, l.Bill)
	}
	note := z.note(owner, truck(plate, list.Number, "1000", ""))
	if note.State != gate.Approved {
		t.Fatalf("note: %+v", note)
	}
	passed := z.pass(z.reading(plate, gate.In, "1000"))
	if passed.Outcome != gate.Pass || passed.Instruction != "lift" || !slices.Equal(passed.Posted, []string{list.Number}) {
		t.Fatalf("passage: %+v", passed)
	}
	z.want("book/", map[string]string{
		"legal 1 abroad": "-900", "legal 1 on-hand": "900", "physical 1 noted": "-900", "physical 1 passed": "900",
	})
	l := load[bonded.List](z, dossier.VerificationList, list.ID)
	if l.State != book.ListPosted || l.Mark != book.Posted || l.Lines[0].Settled != q("900") {
		t.Errorf("list: %+v", l)
	}
	if b := z.balances()["legal|"+owner+"|book/"+stock+"/1||on-hand|bonded"]; b.Value != 180000 {
		t.Errorf("the stock is worth %s", b.Value)
	}
	if again := z.pass(z.reading(plate, gate.In, "1000")); again.Outcome != gate.Refuse || again.LED != gate.LEDNoNote {
		t.Errorf("a note is good for one passage: %+v", again)
	}
}

// stocked is a zone with 900 kg of juice on line 1 of a book.
func stocked(t *testing.T) (z *zone, owner, stock string) {
	z = newZone(t)
	owner = z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock = z.open(owner, 1)
	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900")), "")
	z.note(owner, truck(plate, list.Number, "1000", ""))
	if passed := z.pass(z.reading(plate, gate.In, "1000")); len(passed.Posted) != 1 {
		t.Fatalf("stock: %+v", passed)
	}
	return z, owner, stock
}

func TestSecondLineExitIsPaidBeforeItPasses(t *testing.T) {
	z, owner, stock := stocked(t)
	buyer := z.enterprise(2, "advanced-certified")
	if _, err := z.bonded.FileList(t.Context(), z.command("list"), user(owner), listing("second-line-exit", stock, book.Out, juice(1, "901"))); !fault.Is(err, "LEDGER-SHORT-01") {
		t.Fatalf("more than the book has: %v", err)
	}
	list := z.list("second-line-exit", owner, stock, book.Out, juice(1, "300"))
	z.want("book/", map[string]string{
		"legal 1 abroad": "-900", "legal 1 on-hand": "900 -300", "legal 1 home-market": "0 +300", "physical 1 noted": "-900", "physical 1 passed": "900",
	})
	if _, err := z.control.ApplyNote(t.Context(), z.command("note"), user(owner), truck(plate, list.Number, "330", "")); !fault.Is(err, "PROCEDURE-ORDER-01") {
		t.Fatalf("no note before the release: %v", err)
	}
	paper := bill("second-line-exit", buyer, stock, list.Number, "", "30", "330", juice(1, "300"))
	paper.Kind, paper.FilingType, paper.TradeMode = declaration.BillOfEntry, 0, "0110"
	lodged := z.lodge(paper, "")
	if lodged.State != declaration.Taxed || lodged.Total == 0 {
		t.Fatalf("the bill waits for its tax: %+v", lodged)
	}
	if _, err := z.control.ApplyNote(t.Context(), z.command("note"), user(owner), truck(plate, list.Number, "330", "")); !fault.Is(err, "PROCEDURE-ORDER-01") {
		t.Fatalf("no note before the payment: %v", err)
	}
	paid := must[treasury.PaymentReply](z)(treasury.New(z.store, func() *clearance.Reference { return z.ref }, z.clearance).Pay(t.Context(), z.command("pay"), decision.Actor{ID: "bank", Kind: journal.Outside},
		treasury.Payment{TaxBill: lodged.TaxBill, Amount: lodged.Total, BankRef: "B1"}))
	if paid.Released != declaration.Released || paid.Difference != nil {
		t.Fatalf("payment releases: %+v", paid)
	}
	for _, o := range z.owed(list.Case, "tax") {
		if o.State != obligation.Discharged {
			t.Errorf("tax: %+v", o)
		}
	}
	z.note(owner, truck(plate, list.Number, "330", ""))
	passed := z.pass(z.reading(plate, gate.Out, "330"))
	if passed.Outcome != gate.Pass || !slices.Equal(passed.Posted, []string{list.Number}) {
		t.Fatalf("passage: %+v", passed)
	}
	if l := z.balances()["legal|"+owner+"|book/"+stock+"/1||on-hand|bonded"]; l.Quantity != q("600") || l.Value != 120000 || l.Outgoing != 0 {
		t.Errorf("stock afterwards: %+v", l)
	}
	z.inspect()
}

func TestTheBookIsPostedByWhicheverComesLast(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 2)
	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "600"), juice(2, "300"))
	z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "600"), juice(2, "300")), "")
	one := gate.NoteLine{Document: list.Number, Line: 1, Quantity: q("600")}
	two := gate.NoteLine{Document: list.Number, Line: 2, Quantity: q("300")}
	z.note(owner, truck("沪A00001", list.Number, "660", "", one))
	over := truck("沪A00002", list.Number, "400", "", two)
	over.Note.Lines[0].Quantity = q("301")
	if _, err := z.control.ApplyNote(t.Context(), z.command("note"), user(owner), over); !fault.Is(err, "GATE-QUANTITY-02") {
		t.Fatalf("more than is left on the list: %v", err)
	}
	z.note(owner, truck("沪A00002", list.Number, "340", "", two))

	if first := z.pass(z.reading("沪A00001", gate.In, "660")); first.Outcome != gate.Pass || len(first.Posted) != 0 {
		t.Fatalf("half the goods post nothing: %+v", first)
	}
	z.want("book/", map[string]string{
		"legal 1 abroad": "0 -600", "legal 1 on-hand": "0 +600", "legal 2 abroad": "0 -300", "legal 2 on-hand": "0 +300",
		"physical 1 noted": "-600", "physical 1 passed": "600",
	})
	if second := z.pass(z.reading("沪A00002", gate.In, "340")); !slices.Equal(second.Posted, []string{list.Number}) {
		t.Fatalf("the last truck posts all: %+v", second)
	}
	z.want("book/", map[string]string{
		"legal 1 abroad": "-600", "legal 1 on-hand": "600", "legal 2 abroad": "-300", "legal 2 on-hand": "300",
		"physical 1 noted": "-600", "physical 1 passed": "600", "physical 2 noted": "-300", "physical 2 passed": "300",
	})
}

func TestGoodsEnterFirstAndAreDeclaredLater(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "regular") // general credit: the whole of the highest tax is held
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 1)
	content := bill("enter-first", owner, stock, "", "COSU1", "100", "1000", juice(1, "900"))
	content.Manifest = "MCOSU1"
	ask := bonded.LadingRequest{Content: content, Procedure: "enter-first", Guarantee: "G1"}

	z.guarantee("G1", owner, 10)
	if _, err := z.bonded.Apply(t.Context(), z.command("apply"), user(owner), ask); !fault.Is(err, "BONDED-WAITS-01") {
		t.Fatalf("without enough cover: %v", err)
	}
	z.guarantee("G2", owner, 100_000_000)
	ask.Guarantee = "G2"
	app := must[bonded.Reply](z)(z.bonded.Apply(t.Context(), z.command("apply"), user(owner), ask))
	if app.State != bonded.ApplicationApproved || app.Highest == 0 {
		t.Fatalf("application: %+v", app)
	}
	z.want("bl/", map[string]string{
		"legal packages abroad": "-100", "legal packages undrawn": "100 -100", "legal packages drawn": "0 +100",
		"legal mass abroad": "-1000", "legal mass undrawn": "1000 -1000", "legal mass drawn": "0 +1000",
	})
	z.note(owner, truck("沪A00001", app.Number, "600", "60"))
	z.note(owner, truck("沪A00002", app.Number, "400", "40"))
	held := func() num.Money { return ledger.MoneyOf(z.balances()["money|"+owner+"|guarantee/G2||held|"].Quantity) }

	if p := z.pass(z.reading("沪A00001", gate.In, "600")); p.Outcome != gate.Pass {
		t.Fatalf("first truck: %+v", p)
	}
	share, err := app.Highest.Part(600, 1000, num.Up)
	if err != nil {
		t.Fatal(err)
	}
	if held() != share {
		t.Errorf("held %s, want %s", held(), share)
	}
	debts := z.owed(app.Case, "declare")
	if len(debts) != 1 || debts[0].Due != clock.MustDate("2026-12-07") {
		t.Fatalf("debt: %+v", debts)
	}
	must[bonded.Reply](z)(z.bonded.Arrive(t.Context(), z.command("arrive"), user(owner), app.ID, bonded.Amounts{Packages: q("60"), GrossMass: q("600")}))
	if p := z.pass(z.reading("沪A00002", gate.In, "400")); p.Outcome != gate.Pass {
		t.Fatalf("second truck: %+v", p)
	}
	if held() < app.Highest {
		t.Errorf("held %s of %s", held(), app.Highest)
	}
	listing := listing("enter-first", stock, book.In, juice(1, "900"))
	listing.Application, listing.List.Type = app.Number, book.EnterFirst
	list := must[bonded.Reply](z)(z.bonded.FileList(t.Context(), z.command("list"), user(owner), listing))
	paper := bill("enter-first", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900"))
	paper.FilingType = declaration.FilingEnterFirst
	lodged := z.lodge(paper, "")
	if lodged.State != declaration.Released {
		t.Fatalf("bill: %+v", lodged)
	}
	for _, o := range z.owed(app.Case, "declare") {
		if o.State != obligation.Discharged || o.Hold.Left != 0 {
			t.Errorf("declared: %+v", o)
		}
	}
	if held() != 0 {
		t.Errorf("%s is still held", held())
	}
	z.want("bl/", map[string]string{
		"legal packages abroad": "-200", "legal packages drawn": "100", "legal packages consumed": "100",
		"legal mass abroad": "-2000", "legal mass drawn": "1000", "legal mass consumed": "1000",
		"physical packages noted": "-100", "physical packages passed": "100", "physical mass noted": "-1000", "physical mass passed": "1000",
	})
	z.want("book/", map[string]string{"legal 1 produced": "-900", "legal 1 on-hand": "900"})
	if c := load[casework.Case](z, dossier.Case, app.Case); c.State != casework.Closed {
		t.Errorf("the case is %s", c.State)
	}
}

func TestAnUndeclaredArrivalFallsDueByTheClock(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	content := bill("enter-first", owner, z.open(owner, 1), "", "COSU1", "100", "1000", juice(1, "900"))
	content.Manifest = "MCOSU1"
	ask := bonded.LadingRequest{Content: content, Procedure: "enter-first"}
	app := must[bonded.Reply](z)(z.bonded.Apply(t.Context(), z.command("apply"), user(owner), ask))
	z.note(owner, truck(plate, app.Number, "1000", "100"))
	z.pass(z.reading(plate, gate.In, "1000"))
	debt := z.owed(app.Case, "declare")[0]
	fall := func() (casework.Overdue, error) {
		c := z.command("fall-due")
		r, err := casework.LetFallDue(t.Context(), z.store, c, debt.ID)
		if err != nil {
			return casework.Overdue{}, err
		}
		return must[casework.Overdue](z)(r, nil), nil
	}
	if _, err := fall(); !fault.Is(err, "OBLIGATION-STAGE-01") {
		t.Fatalf("nothing is due yet: %v", err)
	}
	z.clock.Advance(15 * 24 * time.Hour)
	var stages []string
	for {
		o, err := fall()
		if err != nil {
			break
		}
		stages = append(stages, o.Stage)
	}
	if diff := cmp.Diff([]string{"alarm", "late-declaration-fee", "suspend-mode"}, stages); diff != "" {
		t.Error(diff)
	}
	z.arrives("COSU2", owner, "100", "1000")
	ask.Content.BillOfLading = "COSU2"
	if _, err := z.bonded.Apply(t.Context(), z.command("apply"), user(owner), ask); !fault.Is(err, "BONDED-WAITS-01") {
		t.Errorf("whoever owes a declaration that is overdue may not enter first again: %v", err)
	}
}

func TestAShortPassIsClosedByTwoOfficers(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 1)
	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900")), "")
	z.note(owner, truck("沪A00001", list.Number, "700", "", gate.NoteLine{Document: list.Number, Line: 1, Quantity: q("640")}))
	rest := z.note(owner, truck("沪A00002", list.Number, "300", "", gate.NoteLine{Document: list.Number, Line: 1, Quantity: q("260")}))
	z.pass(z.reading("沪A00001", gate.In, "700"))

	if _, err := z.bonded.ProposeCloseShort(t.Context(), z.command("close"), z.actor("o1"), list.ID, "the rest was damaged"); !fault.Is(err, "BONDED-SHORT-01") {
		t.Fatalf("a note is still open: %v", err)
	}
	z.void(rest.ID)
	p := must[deliberation.Reply](z)(z.bonded.ProposeCloseShort(t.Context(), z.command("close"), z.actor("o1"), list.ID, "the rest was damaged"))
	if _, err := z.review.Confirm(t.Context(), z.command("confirm"), z.actor("o1"), p.Proposal, true, "I say so twice"); !fault.Is(err, "REVIEW-SECOND-02") {
		t.Fatalf("one officer alone: %v", err)
	}
	done := must[deliberation.Reply](z)(z.review.Confirm(t.Context(), z.command("confirm"), z.actor(p.Second), p.Proposal, true, "the report is there"))
	if done.State != review.Confirmed {
		t.Fatalf("%+v", done)
	}
	z.want("book/", map[string]string{"legal 1 abroad": "-640", "legal 1 on-hand": "640", "physical 1 noted": "-640", "physical 1 passed": "640"})
	if c := load[casework.Case](z, dossier.Case, list.Case); c.State != casework.Closed {
		t.Errorf("the case is %s", c.State)
	}
}

func TestALimitThatPassedIsMarkedOnceAndEndsWithItsStep(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 1)
	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900")), "")
	z.note(owner, truck("沪A00001", list.Number, "700", "", gate.NoteLine{Document: list.Number, Line: 1, Quantity: q("640")}))
	z.note(owner, truck("沪A00002", list.Number, "300", "", gate.NoteLine{Document: list.Number, Line: 1, Quantity: q("260")}))
	z.pass(z.reading("沪A00001", gate.In, "700"))
	look := func() []string {
		t.Helper()
		before := len(z.entries())
		for range 2 {
			if _, err := z.clearance.LookAtLimits(t.Context(), z.command("look"), list.Case); err != nil {
				t.Fatal(err)
			}
		}
		return z.entries()[before:]
	}
	z.clock.Advance(7 * 24 * time.Hour)
	if told := look(); len(told) != 0 {
		t.Fatalf("on the seventh day: %v", told)
	}
	z.clock.Advance(24 * time.Hour)
	if told := look(); !slices.Equal(told, []string{"step.late"}) {
		t.Fatalf("after it: %v", told)
	}
	ids, err := z.store.Find(t.Context(), dossier.Late, "case_id", list.Case, 10)
	if err != nil || len(ids) != 1 {
		t.Fatal(err, ids)
	}
	mark := load[casework.Late](z, dossier.Late, ids[0])
	if mark.Step != "post" || mark.Rule != "gate-in+7d" || mark.State != casework.StillLate || !slices.Equal(mark.Desks, []procedure.Desk{procedure.GateOfficer}) ||
		mark.Limit != clock.MustDate("2026-11-30").End() {
		t.Errorf("%+v", mark)
	}
	z.pass(z.reading("沪A00002", gate.In, "300"))
	if told := look(); !slices.Equal(told, []string{"step.late-ended"}) {
		t.Fatalf("when the rest passed: %v", told)
	}
	if mark = load[casework.Late](z, dossier.Late, ids[0]); mark.State != casework.LateEnded || mark.Ended == 0 {
		t.Errorf("%+v", mark)
	}
}

func TestADeclarationOnTheDeskIsLateForTheOffice(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "advanced-certified")
	z.arrives("COSU1", owner, "100", "1000")
	stock := z.open(owner, 1)
	list := z.list("first-line-entry", owner, stock, book.In, juice(1, "900"))
	z.ref.Risk = always(t, risk.Declaration)()
	lodged := z.lodge(bill("first-line-entry", owner, stock, list.Number, "COSU1", "100", "1000", juice(1, "900")), "")
	if lodged.State != declaration.Manual {
		t.Fatalf("%+v", lodged)
	}
	marks := func(days int) []string {
		t.Helper()
		z.clock.Advance(time.Duration(days) * 24 * time.Hour)
		doc := load[declaration.Declaration](z, dossier.Declaration, lodged.ID)
		if _, err := z.clearance.LookAtLimits(t.Context(), z.command("look"), list.Case); err != nil {
			t.Fatal(err)
		}
		ids, err := z.store.Find(t.Context(), dossier.Late, "declaration", doc.ID, 10)
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
	if ids := marks(1); len(ids) != 0 {
		t.Fatalf("a working day is given: %v", ids)
	}
	ids := marks(1)
	if len(ids) != 1 {
		t.Fatalf("marks %v", ids)
	}
	mark := load[casework.Late](z, dossier.Late, ids[0])
	if mark.Step != procedure.StepRelease || !slices.Equal(mark.Desks, []procedure.Desk{procedure.SectionChief}) || mark.Enterprise != owner {
		t.Errorf("%+v", mark)
	}
	c := load[casework.Case](z, dossier.Case, list.Case)
	if !z.ref.MayBeLate(&c, z.clock.Now()) || z.ref.MayBeLate(&c, c.Opened) {
		t.Error("the quick look does not agree")
	}
}

// void has a note voided by two officers.
func (z *zone) void(note string) {
	z.t.Helper()
	ctx := z.t.Context()
	must[control.Reply](z)(z.control.AskVoidNote(ctx, z.command("void"), user("owner"), note, "the truck broke down"))
	p := must[deliberation.Reply](z)(z.control.ProposeVoidNote(ctx, z.command("void"), z.actor("o1"), note, "agreed"))
	must[deliberation.Reply](z)(z.review.Confirm(ctx, z.command("confirm"), z.actor(p.Second), p.Proposal, true, "seen"))
	if n := load[control.Note](z, dossier.ReleaseNote, note); n.State != gate.Void || n.Voiders[0] == n.Voiders[1] {
		z.t.Fatalf("note: %+v", n)
	}
}

func TestAVoidedListGivesBackWhatItReserved(t *testing.T) {
	z, owner, stock := stocked(t)
	list := z.list("second-line-exit", owner, stock, book.Out, juice(1, "300"))
	must[bonded.Reply](z)(z.bonded.AskVoidList(t.Context(), z.command("void"), user(owner), list.ID, "sold elsewhere"))
	p := must[deliberation.Reply](z)(z.bonded.ProposeVoidList(t.Context(), z.command("void"), z.actor("o1"), list.ID, "agreed"))
	// The second officer disagrees twice, then the first gives it up: nothing has changed.
	must[deliberation.Reply](z)(z.review.Confirm(t.Context(), z.command("confirm"), z.actor(p.Second), p.Proposal, false, "why?"))
	must[deliberation.Reply](z)(z.review.Withdraw(t.Context(), z.command("withdraw"), z.actor("o1"), p.Proposal, "indeed"))
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.State != book.ListApproved {
		t.Fatalf("the list is %s", l.State)
	}
	must[bonded.Reply](z)(z.bonded.AskVoidList(t.Context(), z.command("void"), user(owner), list.ID, "sold elsewhere"))
	p = must[deliberation.Reply](z)(z.bonded.ProposeVoidList(t.Context(), z.command("void"), z.actor("o1"), list.ID, "agreed"))
	must[deliberation.Reply](z)(z.review.Confirm(t.Context(), z.command("confirm"), z.actor(p.Second), p.Proposal, true, "seen"))
	z.want("legal|"+owner+"|book/", map[string]string{"legal 1 abroad": "-900", "legal 1 on-hand": "900"})
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.State != book.ListVoided || l.Number == "" {
		t.Errorf("the list is %s and keeps its number %s", l.State, l.Number)
	}
}
