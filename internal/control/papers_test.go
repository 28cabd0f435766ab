package control_test

import (
	_ "embed"
	"slices"
	"strings"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/control"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/procedure"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/procedures"
)

//go:embed testdata/second-line-entry.yaml
var fourth []byte

func TestAFourthModeIsAFileAlone(t *testing.T) {
	mode, err := procedure.Parse(fourth)
	if err != nil {
		t.Fatal(err)
	}
	z := newZone(t, mode)
	owner := z.enterprise(1, "advanced-certified")
	stock := z.open(owner, 1)
	bare := juice(1, "50")
	if _, err := z.bonded.FileList(t.Context(), z.command("list"), user(owner), listing("second-line-entry", stock, book.In, bare)); !fault.Is(err, "PROCEDURE-ELEMENT-01") {
		t.Fatalf("what the file requires is required: %v", err)
	}
	bare.Model = "brix 66"
	list := z.list("second-line-entry", owner, stock, book.In, bare)
	z.note(owner, truck(plate, list.Number, "55", ""))
	passed := z.pass(z.reading(plate, gate.In, "55"))
	if passed.Outcome != gate.Pass || !slices.Equal(passed.Posted, []string{list.Number}) {
		t.Fatalf("%+v", passed)
	}
	z.want("book/", map[string]string{
		"legal 1 home-market": "-50", "legal 1 on-hand": "50", "physical 1 noted": "-50", "physical 1 passed": "50",
	})
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.State != book.ListPosted || l.Declared {
		t.Errorf("%+v", l)
	}
}

func TestPapersOfADishonestEnterpriseAreReadByOfficers(t *testing.T) {
	mode, err := procedure.Parse(fourth)
	if err != nil {
		t.Fatal(err)
	}
	z := newZone(t, mode)
	owner := z.enterprise(1, "dishonest")
	ctx := t.Context()

	b := book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: owner}, CompetentOffice: office,
		Lines: []book.Line{{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM"}},
	}
	filed := must[bonded.Reply](z)(z.bonded.FileBook(ctx, z.command("book"), user(owner), b))
	if filed.State != string(book.Review) || filed.Number != "" || len(filed.Waits) != 1 {
		t.Fatalf("book: %+v", filed)
	}
	p := must[deliberation.Reply](z)(z.bonded.ProposeBook(ctx, z.command("propose"), z.actor("o1"), filed.ID, "in order"))
	if _, err := z.bonded.ProposeBook(ctx, z.command("propose"), z.actor("o2"), filed.ID, "in order"); !fault.Is(err, "DELIBERATION-SUBJECT-01") {
		t.Errorf("proposed twice: %v", err)
	}
	must[bonded.Reply](z)(z.review.Confirm(ctx, z.command("confirm"), z.actor(p.Second), p.Proposal, true, "seen"))
	kept := load[bonded.Book](z, dossier.Book, filed.ID)
	if kept.State != book.Active || kept.Number != "T2218W000001" || kept.Officers[0] != "o1" || kept.Officers[1] != p.Second || kept.Automatic {
		t.Fatalf("book: %+v", kept)
	}
	if done := load[deliberation.Proposed](z, dossier.Proposal, p.Proposal); done.Proposal.State != review.Confirmed || done.Second != "" {
		t.Errorf("proposal: %+v", done)
	}

	line := juice(1, "50")
	line.Model = "brix 66"
	list := z.list("second-line-entry", owner, kept.Number, book.In, line)
	if list.State != string(book.ListSubmitted) || list.Number != "" {
		t.Fatalf("list: %+v", list)
	}
	elsewhere := z.actor("o1")
	elsewhere.Office = "2249"
	if _, err := z.bonded.DecideList(ctx, z.command("decide"), elsewhere, list.ID, true, "in order"); !fault.Is(err, "BONDED-OFFICE-01") {
		t.Errorf("another office: %v", err)
	}
	decided := must[bonded.Reply](z)(z.bonded.DecideList(ctx, z.command("decide"), z.actor("o1"), list.ID, true, "in order"))
	if decided.State != string(book.ListApproved) || decided.Number == "" {
		t.Fatalf("list: %+v", decided)
	}
	note := z.note(owner, truck(plate, decided.Number, "55", ""))
	if note.State != gate.Applied || len(note.Waits) != 1 {
		t.Fatalf("note: %+v", note)
	}
	if early := z.pass(z.reading(plate, gate.In, "55")); early.Outcome != gate.Refuse {
		t.Fatalf("not approved yet: %+v", early)
	}
	cleared := must[control.Reply](z)(z.control.DecideNote(ctx, z.command("decide"), z.actor("g1"), note.ID, true, "in order"))
	if cleared.State != gate.Approved || cleared.Number != "Z2218I261123000000000001" {
		t.Fatalf("note: %+v", cleared)
	}
	if p := z.pass(z.reading(plate, gate.In, "55")); p.Outcome != gate.Pass || len(p.Posted) != 1 {
		t.Errorf("%+v", p)
	}
	z.inspect()
	returned := z.list("second-line-entry", owner, kept.Number, book.In, line)
	back := must[bonded.Reply](z)(z.bonded.DecideList(ctx, z.command("decide"), z.actor("o1"), returned.ID, false, "illegible"))
	if back.State != string(book.ListReturned) {
		t.Errorf("%+v", back)
	}
	gone := must[bonded.Reply](z)(z.bonded.WithdrawList(ctx, z.command("withdraw"), user(owner), returned.ID, "given up"))
	if gone.State != string(book.ListVoided) {
		t.Errorf("%+v", gone)
	}
}

func TestALotBookGrowsALineWithEachArrival(t *testing.T) {
	mode, err := procedure.Parse(fourth)
	if err != nil {
		t.Fatal(err)
	}
	z := newZone(t, mode)
	owner := z.enterprise(1, "advanced-certified")
	stock := must[bonded.Reply](z)(z.bonded.FileBook(t.Context(), z.command("book"), user(owner),
		book.Book{Kind: book.Logistics, Posting: book.ByLot, Operator: book.Party{CreditCode: owner}, CompetentOffice: office}))
	for range 2 {
		line := juice(1, "50")
		line.BookLine, line.Model = 0, "brix 66"
		z.list("second-line-entry", owner, stock.Number, book.In, line)
	}
	b := load[bonded.Book](z, dossier.Book, stock.ID)
	if len(b.Lines) != 2 || b.Lines[1].Number != 2 || b.Lines[1].SourceList != "QD221826I000000002" || b.Lines[1].SourceLine != 1 {
		t.Fatalf("%+v", b.Lines)
	}
	z.want("book/", map[string]string{
		"legal 1 home-market": "0 -50", "legal 1 on-hand": "0 +50", "legal 2 home-market": "0 -50", "legal 2 on-hand": "0 +50",
	})
}

func TestABookIsChangedWithoutTouchingWhatItCounts(t *testing.T) {
	z := newZone(t)
	owner := z.enterprise(1, "regular")
	number := z.open(owner, 1)
	ids, err := z.store.Find(t.Context(), dossier.Book, "number", number, 1)
	if err != nil || len(ids) != 1 {
		t.Fatal(err, ids)
	}
	wanted := load[bonded.Book](z, dossier.Book, ids[0]).Book
	wanted.Lines = append(wanted.Lines, book.Line{Number: 2, Kind: book.Part, Commodity: "2204210000", Name: "wine", Unit: "LTR"})
	changed := must[bonded.Reply](z)(z.bonded.ChangeBook(t.Context(), z.command("change"), user(owner), ids[0], wanted))
	if b := load[bonded.Book](z, dossier.Book, ids[0]); changed.State != string(book.Active) || len(b.Lines) != 2 || b.Number != number {
		t.Errorf("%+v", b)
	}
	wanted.Lines[0].Unit = "LTR"
	if _, err := z.bonded.ChangeBook(t.Context(), z.command("change"), user(owner), ids[0], wanted); !fault.Is(err, "BONDED-CHANGE-02") {
		t.Errorf("%v", err)
	}
	wanted.Operator.CreditCode = z.enterprise(2, "regular")
	if _, err := z.bonded.ChangeBook(t.Context(), z.command("change"), user(owner), ids[0], wanted); !fault.Is(err, "BONDED-CHANGE-01") {
		t.Errorf("%v", err)
	}
}

func TestTwoCustomsPassAnApplicationAndAShortArrivalIsADifference(t *testing.T) {
	z := newZone(t)
	ctx := t.Context()
	owner := z.enterprise(1, "regular")
	z.arrives("COSU1", owner, "100", "1000")
	content := bill("enter-first", owner, z.open(owner, 1), "", "COSU1", "100", "1000", juice(1, "900"))
	content.Manifest = "MCOSU1"
	z.guarantee("G1", owner, 100_000_000)
	ask := bonded.LadingRequest{Content: content, Procedure: "enter-first", Guarantee: "G1"}

	missing := ask
	missing.Content.BillOfLading = "COSU9"
	if _, err := z.bonded.Apply(ctx, z.command("apply"), user(owner), missing); !fault.Is(err, "BONDED-LADING-01") {
		t.Errorf("no such bill: %v", err)
	}
	boxed := ask
	boxed.Containers = []string{"CSQU3054383"}
	if _, err := z.bonded.Apply(ctx, z.command("apply"), user(owner), boxed); !fault.Is(err, "BONDED-LADING-02") {
		t.Errorf("no such container: %v", err)
	}
	unsaid := ask
	unsaid.Content.Packages = 0
	if _, err := z.bonded.Apply(ctx, z.command("apply"), user(owner), unsaid); !fault.Is(err, "PROCEDURE-ELEMENT-01") {
		t.Errorf("no packages: %v", err)
	}
	bad := ask
	bad.Content.Consignee.CreditCode = z.enterprise(3, "dishonest")
	if _, err := z.bonded.Apply(ctx, z.command("apply"), user(owner), bad); !fault.Is(err, "PROCEDURE-CREDIT-01") {
		t.Errorf("the mode is not open to a dishonest enterprise: %v", err)
	}

	app := must[bonded.Reply](z)(z.bonded.Apply(ctx, z.command("apply"), user(owner), ask))
	if _, err := z.control.ApplyNote(ctx, z.command("note"), user(owner), truck(plate, app.Number, "1100", "101")); !fault.Is(err, "CONTROL-QUANTITY-01") {
		t.Errorf("more than applied for: %v", err)
	}
	z.note(owner, truck(plate, app.Number, "1000", "100"))
	if _, err := z.bonded.Arrive(ctx, z.command("arrive"), user(owner), app.ID, bonded.Amounts{Packages: q("100"), GrossMass: q("1000")}); !fault.Is(err, "BONDED-ARRIVE-01") {
		t.Errorf("nothing passed yet: %v", err)
	}
	z.pass(z.reading(plate, gate.In, "1000"))
	short := must[bonded.Reply](z)(z.bonded.Arrive(ctx, z.command("arrive"), user(owner), app.ID, bonded.Amounts{Packages: q("97"), GrossMass: q("970")}))
	if len(short.Waits) != 1 {
		t.Fatalf("%+v", short)
	}
	if _, err := z.bonded.Arrive(ctx, z.command("arrive"), user(owner), app.ID, bonded.Amounts{Packages: q("3"), GrossMass: q("30")}); !fault.Is(err, "BONDED-ARRIVE-02") {
		t.Errorf("one waits: %v", err)
	}
	must[bonded.Reply](z)(z.bonded.DecideArrival(ctx, z.command("decide"), z.actor("o1"), app.ID, "counted"))
	z.want("bl/", map[string]string{
		"legal packages abroad": "-200", "legal packages undrawn": "100 -100", "legal packages drawn": "0 +100", "legal packages provisional": "97", "legal packages difference": "3",
		"legal mass abroad": "-2000", "legal mass undrawn": "1000 -1000", "legal mass drawn": "0 +1000", "legal mass provisional": "970", "legal mass difference": "30",
		"physical packages noted": "-100", "physical packages passed": "100", "physical mass noted": "-1000", "physical mass passed": "1000",
	})
	ids, err := z.store.Find(ctx, dossier.Obligation, "opened_by", app.ID, 10)
	if err != nil || len(ids) == 0 {
		t.Error("the difference is owed an explanation", err)
	}
}

func TestTheZoneAndThenThePortPassAnApplication(t *testing.T) {
	source, err := procedures.Files.ReadFile("enter-first.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("mode: enter-first", "mode: enter-watched", "credit: 3 ", "credit: 2 ", `3: "1"}`, `3: "1", 2: "1"}`).Replace(string(source))
	mode, err := procedure.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	z := newZone(t, mode)
	ctx := t.Context()
	owner := z.enterprise(1, "dishonest")
	z.arrives("COSU1", owner, "100", "1000")
	content := bill("enter-watched", owner, "T2218W000009", "", "COSU1", "100", "1000", juice(1, "900"))
	content.Manifest = "MCOSU1"
	z.guarantee("G1", owner, 100_000_000)
	app := must[bonded.Reply](z)(z.bonded.Apply(ctx, z.command("apply"), user(owner), bonded.LadingRequest{Content: content, Procedure: "enter-watched", Guarantee: "G1"}))
	if app.State != bonded.ApplicationSubmitted || len(app.Waits) != 2 {
		t.Fatalf("%+v", app)
	}
	zone, harbour := z.actor("o1"), z.actor("o2")
	harbour.Office = port
	if _, err := z.bonded.DecideApplication(ctx, z.command("decide"), harbour, app.ID, true, "first"); !fault.Is(err, "BONDED-OFFICE-01") {
		t.Errorf("the zone's turn comes first: %v", err)
	}
	half := must[bonded.Reply](z)(z.bonded.DecideApplication(ctx, z.command("decide"), zone, app.ID, true, "in order"))
	if half.State != bonded.ApplicationSubmitted || len(half.Waits) != 1 {
		t.Fatalf("%+v", half)
	}
	whole := must[bonded.Reply](z)(z.bonded.DecideApplication(ctx, z.command("decide"), harbour, app.ID, true, "in order"))
	if whole.State != bonded.ApplicationApproved || whole.Number != "LA221826000000001" {
		t.Fatalf("%+v", whole)
	}
	if _, err := z.bonded.DecideApplication(ctx, z.command("decide"), zone, app.ID, true, "again"); !fault.Is(err, "BONDED-APPLICATION-01") {
		t.Errorf("%v", err)
	}
	z.inspect()
}

func TestARiskTableMaySendAListToAnOfficer(t *testing.T) {
	mode, err := procedure.Parse(fourth)
	if err != nil {
		t.Fatal(err)
	}
	z := newZone(t, mode)
	z.bonded.JudgeLists(always(t, risk.List))
	owner := z.enterprise(1, "regular")
	line := juice(1, "50")
	line.Model = "brix 66"
	list := z.list("second-line-entry", owner, z.open(owner, 1), book.In, line)
	if list.State != string(book.ListSubmitted) {
		t.Fatalf("%+v", list)
	}
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.Verdict == nil || !l.Verdict.Draw.Picked {
		t.Errorf("the why card is kept: %+v", l.Verdict)
	}
}

func TestTwoOfficersWhoDisagreeTwiceAskTheirChief(t *testing.T) {
	z, owner, stock := stocked(t)
	ctx := t.Context()
	list := z.list("second-line-exit", owner, stock, book.Out, juice(1, "300"))
	must[bonded.Reply](z)(z.bonded.AskVoidList(ctx, z.command("void"), user(owner), list.ID, "sold elsewhere"))
	p := must[deliberation.Reply](z)(z.bonded.ProposeVoidList(ctx, z.command("void"), z.actor("o1"), list.ID, "agreed"))
	back := must[deliberation.Reply](z)(z.review.Confirm(ctx, z.command("no"), z.actor(p.Second), p.Proposal, false, "why?"))
	if back.State != review.Returned || back.Second != "" {
		t.Fatalf("%+v", back)
	}
	again := must[deliberation.Reply](z)(z.review.Again(ctx, z.command("again"), z.actor("o1"), p.Proposal, "because"))
	if again.State != review.Proposed || again.Second == "" {
		t.Fatalf("%+v", again)
	}
	dispute := must[deliberation.Reply](z)(z.review.Confirm(ctx, z.command("no"), z.actor(again.Second), p.Proposal, false, "no"))
	if dispute.State != review.Disputed {
		t.Fatalf("%+v", dispute)
	}
	if _, err := z.review.Decide(ctx, z.command("decide"), z.actor("o2"), p.Proposal, false, "no"); !fault.Is(err, "REVIEW-CHIEF-01") {
		t.Errorf("%v", err)
	}
	done := must[deliberation.Reply](z)(z.review.Decide(ctx, z.command("decide"), z.actor("chief"), p.Proposal, false, "it stays"))
	if done.State != review.Refused {
		t.Fatalf("%+v", done)
	}
	if l := load[bonded.List](z, dossier.VerificationList, list.ID); l.State != book.ListApproved {
		t.Errorf("the list is %s", l.State)
	}
	z.want("legal|"+owner+"|book/", map[string]string{"legal 1 abroad": "-900", "legal 1 on-hand": "900 -300", "legal 1 home-market": "0 +300"})
}
