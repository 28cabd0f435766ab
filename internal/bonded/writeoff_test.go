package bonded_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/revenue"
	"seine/internal/tariff"
	"seine/internal/writeoff"
)

// factory is a zone with a book of work orders: juice concentrate (1) becomes
// bottled juice (2).
type factory struct {
	*zone
	id string
}

func newFactory(t *testing.T) *factory {
	t.Helper()
	z := newZone(t)
	ref, err := duty.ReferenceOf("cn")
	if err != nil {
		t.Fatal(err)
	}
	ref.FX, ref.Calendar = duty.NewExchange(map[tariff.CurrencyCode][]duty.ExchangeRow{"USD": {{From: clock.MustDate("2020-01-01"), Rate: 7 * num.OneRate}}}, z.ref.Calendar, 0), z.ref.Calendar
	z.ref.Duty = ref
	reply := must[bonded.Reply](t)(z.FileBook(t.Context(), command("book"), z.user(), book.Book{
		Kind: book.Processing, Processing: book.WorkOrder, CycleMonths: 6, Operator: book.Party{CreditCode: z.owner}, CompetentOffice: office,
		Lines: []book.Line{
			{Number: 1, Kind: book.Material, PartNumber: "CON", Commodity: "2009110000", Name: "juice concentrate", Unit: "KGM", Currency: "USD", Origin: "US"},
			{Number: 2, Kind: book.Product, PartNumber: "JUI", Commodity: "2009120000", Name: "juice", Unit: "KGM", Currency: "USD", Origin: "CN"},
		},
	}))
	z.book = reply.Number
	z.clock.Advance(9 * 24 * time.Hour)
	value := num.Money(2_000_00)
	z.put(dossier.Parameter, "stock", map[string]string{"name": "stock"}, ledger.Op{
		ID: "stock", Kind: ledger.Post, From: z.account(ledger.Abroad), To: z.account(ledger.OnHand), Quantity: q(1000), Value: &value, EffectiveOn: clock.MustDate("2026-12-01"), Cause: "stock",
	})
	return &factory{z, reply.ID}
}

// later is a command of a coming day.
func (f *factory) later(name, day string) decision.Command {
	f.clock.Advance(max(0, (clock.MustDate(day).Start() - f.clock.Now()).Duration()))
	return command(name)
}

func (f *factory) writeOff(id string) bonded.WriteOff {
	f.t.Helper()
	var w bonded.WriteOff
	if _, err := f.store.Load(f.t.Context(), dossier.WriteOff, id, &w); err != nil {
		f.t.Fatal(err)
	}
	return w
}

var orders = []writeoff.Order{{
	Number: "W1", State: writeoff.OrderClosed,
	Issues:  []writeoff.Portion{{Line: 1, Quantity: q(400), On: clock.MustDate("2027-01-10")}},
	Outputs: []writeoff.Portion{{Line: 2, Quantity: q(380), On: clock.MustDate("2027-01-11")}},
}}

// drafted is a write-off with its orders given and its stock counted.
func (f *factory) drafted(material, product num.Quantity) string {
	t, ctx := f.t, f.t.Context()
	r := must[bonded.Reply](t)(f.DraftWriteOff(ctx, f.later("draft", "2027-05-23"), decision.System, f.id, bonded.Drafting{}))
	must[bonded.Reply](t)(f.GiveOrders(ctx, f.later("orders", "2027-05-24"), f.user(), r.ID, orders))
	must[bonded.Reply](t)(f.EnterCounts(ctx, f.later("count", "2027-05-24"), f.user(), r.ID, []writeoff.Count{{Line: 1, Spot: "tank", Quantity: material}}, false))
	must[bonded.Reply](t)(f.EnterCounts(ctx, f.later("count", "2027-05-24"), f.user(), r.ID, []writeoff.Count{{Part: "JUI", Quantity: product}}, false))
	return r.ID
}

func TestAWriteOffWithinTolerancePassesByItselfAndIsTheNextOpening(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	if _, err := f.DraftWriteOff(ctx, f.later("draft", "2027-05-22"), decision.System, f.id, bonded.Drafting{}); !fault.Is(err, "BONDED-WRITEOFF-01") {
		t.Errorf("before the period is over: %v", err)
	}
	id := f.drafted(q(599), q(380))
	if _, err := f.DraftWriteOff(ctx, f.later("again", "2027-05-23"), decision.System, f.id, bonded.Drafting{}); !fault.Is(err, "BONDED-WRITEOFF-02") {
		t.Errorf("a second one: %v", err)
	}
	changed := []writeoff.Order{{Number: "W1", State: writeoff.OrderClosed}}
	if _, err := f.GiveOrders(ctx, f.later("orders", "2027-05-24"), f.user(), id, changed); !fault.Is(err, "WRITEOFF-ORDER-03") || fault.All(err)[0].Path != "/orders/0/state" {
		t.Errorf("a closed order changed: %v", err)
	}
	r := must[bonded.Reply](t)(f.SubmitWriteOff(ctx, f.later("submit", "2027-05-25"), f.user(), id))
	w := f.writeOff(id)
	if r.State != string(writeoff.Adjusted) || !w.Automatic || w.Entry == "" {
		t.Fatalf("%+v %+v", r, w.Waits)
	}
	for line, want := range map[int]num.Quantity{1: q(599), 2: q(380)} {
		at := f.account(ledger.OnHand)
		at.Item = fmt.Sprint("book/", f.book, "/", line)
		b, err := f.store.Balance(ctx, at.Key())
		if err != nil || b.Quantity != want {
			t.Errorf("line %d holds %v, counted were %v, %v", line, b.Quantity, want, err)
		}
	}
	var held bonded.Book
	if _, err := f.store.Load(ctx, dossier.Book, f.id, &held); err != nil || held.LastWriteOff != w.Report.Period.End || held.Lines[0].Opening != q(599) {
		t.Errorf("%v %v", held.LastWriteOff, err)
	}
	ids, err := f.store.Find(ctx, dossier.Obligation, "opened_by", id, 10)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	var o obligation.Obligation
	if _, err := f.store.Load(ctx, dossier.Obligation, ids[0], &o); err != nil || o.State != obligation.Discharged {
		t.Errorf("what was submitted is not owed: %s %v", o.State, err)
	}
	next := must[bonded.Reply](t)(f.DraftWriteOff(ctx, f.later("draft", "2027-11-23"), decision.System, f.id, bonded.Drafting{}))
	w = f.writeOff(next.ID)
	if it, _ := w.Report.Item(1); it.Opening.Quantity != q(599) || it.Late != 0 {
		t.Errorf("the next opening is what was counted: %+v", it)
	}
}

func TestAShortageIsTaxedByTwoOfficers(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	id := f.drafted(q(500), q(380))
	must[bonded.Reply](t)(f.ExplainWriteOff(ctx, f.later("explain", "2027-05-25"), f.user(), id, []writeoff.Explanation{{Line: 1, Cause: writeoff.ProcessLoss, Quantity: q(20), Reason: "foam"}}))
	if _, err := f.ExplainWriteOff(ctx, f.later("explain", "2027-05-25"), f.user(), id, []writeoff.Explanation{{Line: 1, Cause: writeoff.ProcessLoss, Quantity: q(101), Reason: "foam"}}); !fault.Is(err, "WRITEOFF-EXPLAIN-04") {
		t.Errorf("more than differs: %v", err)
	}
	r := must[bonded.Reply](t)(f.SubmitWriteOff(ctx, f.later("submit", "2027-05-25"), f.user(), id))
	w := f.writeOff(id)
	if r.State != string(writeoff.Review) || len(r.Waits) == 0 || len(w.Taxes) != 1 || w.Taxes[0].Quantity != q(80) || w.Taxes[0].Total == 0 || w.Taxes[0].Unknown != "" {
		t.Fatalf("%+v %+v", r, w.Taxes)
	}
	must[bonded.Reply](t)(f.VisitWriteOff(ctx, f.later("visit", "2027-05-26"), f.actor("o1"), id, "look at the tank"))
	must[bonded.Reply](t)(f.FoundWriteOff(ctx, f.later("found", "2027-05-27"), f.actor("o1"), id, "the tank holds 500 kg"))
	p := must[deliberation.Reply](t)(f.ProposeWriteOff(ctx, f.later("propose", "2027-05-27"), f.actor("o1"), id, "as found"))
	must[deliberation.Reply](t)(f.review.Confirm(ctx, f.later("confirm", "2027-05-27"), f.actor(p.Second), p.Proposal, true, "seen"))
	w = f.writeOff(id)
	if w.State != writeoff.Adjusted || w.TaxBill == "" || w.Officers[0] == w.Officers[1] {
		t.Fatalf("%s %q %v", w.State, w.TaxBill, w.Officers)
	}
	ids, err := f.store.Find(ctx, dossier.TaxBill, "number", w.TaxBill, 1)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	var bill revenue.TaxBill
	if _, err := f.store.Load(ctx, dossier.TaxBill, ids[0], &bill); err != nil || bill.Total != w.Taxes[0].Total || bill.State != revenue.Issued {
		t.Errorf("%v %s %v", bill.Total, bill.State, err)
	}
	if b := f.on(ledger.Difference); b.Quantity != q(80) {
		t.Errorf("%v left as a difference", b.Quantity)
	}
}

func TestClosingTodayIsATrial(t *testing.T) {
	f := newFactory(t)
	got, err := f.CloseToday(t.Context(), f.later("trial", "2026-12-05"), f.id)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Gaps) != 1 || got.Gaps[0].Kind != writeoff.GapCount || got.Gaps[0].Line != 1 {
		t.Errorf("%+v", got.Gaps)
	}
	if ids, err := f.store.Find(t.Context(), dossier.WriteOff, "book", f.book, 10); err != nil || len(ids) != 0 {
		t.Errorf("a trial wrote %v, %v", ids, err)
	}
}

func TestScrapIsDestroyedAfterTwoLevels(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	r := must[bonded.Reply](t)(f.TellResidue(ctx, f.later("tell", "2026-12-05"), f.user(), f.id, writeoff.Residue{Line: 1, Class: writeoff.Scrap, Commodity: "2309909000", Name: "pulp", Quantity: q(10), Worthless: true}))
	if b := f.on(ledger.OnHand); b.Quantity != q(990) {
		t.Errorf("scrap is no material any more: %v", b.Quantity)
	}
	if _, err := f.Destroyed(ctx, f.later("destroy", "2026-12-06"), f.actor("o1"), r.ID, "burnt"); !fault.Is(err, "WRITEOFF-RESIDUE-06") {
		t.Errorf("without approval: %v", err)
	}
	must[bonded.Reply](t)(f.AskDestroy(ctx, f.later("ask", "2026-12-06"), f.user(), r.ID, "Green Works", "no use"))
	p := must[deliberation.Reply](t)(f.ProposeDestroy(ctx, f.later("propose", "2026-12-06"), f.actor("o1"), r.ID, "worthless"))
	must[deliberation.Reply](t)(f.review.Confirm(ctx, f.later("confirm", "2026-12-06"), f.actor(p.Second), p.Proposal, true, "seen"))
	if done := must[bonded.Reply](t)(f.Destroyed(ctx, f.later("destroy", "2026-12-07"), f.actor("o2"), r.ID, "burnt")); done.State != string(writeoff.ResidueDestroyed) {
		t.Errorf("%+v", done)
	}
	id := must[bonded.Reply](t)(f.DraftWriteOff(ctx, f.later("draft", "2026-12-20"), f.user(), f.id, bonded.Drafting{Kind: writeoff.Supplementary})).ID
	w := f.writeOff(id)
	if it, _ := w.Report.Item(1); it.Flows[writeoff.Scrapped] != q(10) || it.ShouldRemain.Quantity != q(990) {
		t.Errorf("%+v", it)
	}
}

// told takes a residue of a line onto the book.
func (f *factory) told(day string, line int, class writeoff.Class, quantity string) string {
	f.t.Helper()
	return must[bonded.Reply](f.t)(f.TellResidue(f.t.Context(), f.later("tell", day), f.user(), f.id, writeoff.Residue{
		Line: line, Class: class, Commodity: "3907611000", Name: "what is left", Quantity: qs(f.t, quantity), InUse: class == writeoff.Defective,
	})).ID
}

func qs(t *testing.T, s string) num.Quantity {
	t.Helper()
	n, err := num.ParseQuantity(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (f *factory) residue(id string) bonded.Residue {
	f.t.Helper()
	var r bonded.Residue
	if _, err := f.store.Load(f.t.Context(), dossier.Residue, id, &r); err != nil {
		f.t.Fatal(err)
	}
	return r
}

// held is what lies at a place of a line under the lot of a class.
func (f *factory) held(line int, class writeoff.Class, at ledger.Place) num.Quantity {
	f.t.Helper()
	b, err := f.store.Balance(f.t.Context(), ledger.Account{Ledger: ledger.Legal, Owner: f.owner, Item: "book/" + book.Item(f.book, line), Lot: class.Lot(), Place: at, Status: ledger.Bonded}.Key())
	if err != nil {
		f.t.Fatal(err)
	}
	return b.Quantity
}

// Scrap is taxed as it is, a remainder and a defective as the material in them, with
// interest on the duty that was deferred (DR §4.6); the book is rid of them.
func TestResiduesAreSoldIntoTheCountry(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	scrap, rest := f.told("2027-01-05", 1, writeoff.Scrap, "10"), f.told("2027-01-05", 1, writeoff.Remainder, "20")
	sale := bonded.ResidueSale{Buyer: "feed mill", Value: 1_000_00}
	for _, bad := range []bonded.ResidueSale{{Buyer: " ", Value: 1}, {Buyer: "x"}, {Buyer: "x", Value: -1}} {
		if _, err := f.SellResidue(ctx, f.later("sell", "2027-01-06"), f.user(), scrap, bad); !fault.Is(err, "BONDED-RESIDUE-01") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	must[bonded.Reply](t)(f.SellResidue(ctx, f.later("sell", "2027-01-06"), f.user(), scrap, sale))
	must[bonded.Reply](t)(f.SellResidue(ctx, f.later("sell", "2027-01-06"), f.user(), rest, sale))
	s, m := f.residue(scrap), f.residue(rest)
	if s.State != writeoff.ResidueSold || s.Sale.On[0].Commodity != "3907611000" || s.Sale.InterestDays != 0 || s.Sale.Total <= 0 || s.Sale.TaxBill == "" {
		t.Errorf("scrap: %+v %+v", s.Residue, s.Sale)
	}
	if m.Sale.On[0].Commodity != "2009110000" || m.Sale.InterestDays <= 0 || m.Sale.TaxBill == s.Sale.TaxBill {
		t.Errorf("a remainder: %+v", m.Sale)
	}
	var kinds []string
	var sum num.Money
	for _, x := range m.Sale.On[0].Figures {
		kinds, sum = append(kinds, x.Tax), sum+x.Amount
	}
	if !slices.Contains(kinds, duty.Interest.String()) || sum != m.Sale.Total {
		t.Errorf("a remainder is taxed with interest: %v, %s of %s", kinds, sum.Fixed(), m.Sale.Total.Fixed())
	}
	if f.held(1, writeoff.Scrap, ledger.OnHand) != 0 || f.held(1, writeoff.Scrap, ledger.HomeMarket) != qs(t, "10") {
		t.Error("the book still has the scrap")
	}
	if _, err := f.SellResidue(ctx, f.later("sell", "2027-01-07"), f.user(), scrap, sale); !fault.Is(err, "WRITEOFF-RESIDUE-06") {
		t.Errorf("sold twice: %v", err)
	}
	ids, err := f.store.Find(ctx, dossier.TaxBill, "number", m.Sale.TaxBill, 1)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}

	bad := f.told("2027-01-07", 2, writeoff.Defective, "5")
	if _, err := f.SellResidue(ctx, f.later("sell", "2027-01-07"), f.user(), bad, sale); !fault.Is(err, "BONDED-RESIDUE-02") {
		t.Errorf("nobody knows what is in it: %v", err)
	}
	var held bonded.Book
	if _, err := f.store.Load(ctx, dossier.Book, f.id, &held); err != nil {
		t.Fatal(err)
	}
	held.Consumptions = []book.Consumption{{Product: 2, Material: 1, Version: 1, NetUse: qs(t, "2")}}
	must[bonded.Reply](t)(f.ChangeBook(ctx, f.later("change", "2027-01-07"), f.user(), f.id, held.Book))
	must[bonded.Reply](t)(f.SellResidue(ctx, f.later("sell", "2027-01-08"), f.user(), bad, sale))
	// 970 kg of the material are worth 970 / 1,000 of 2,000 dollars, less what left with the residues.
	if on := f.residue(bad).Sale.On; len(on) != 1 || on[0].Commodity != "2009110000" || on[0].Quantity != qs(t, "10") || on[0].Value != 20_00 || on[0].Currency != "USD" {
		t.Errorf("what is in a defective: %+v", on)
	}
	if got := f.findings(); len(got) != 0 {
		t.Errorf("the second opinion: %v", got)
	}
}

// What the schedule does not know cannot be told, and what was told under a wrong
// code is corrected before anything becomes of it.
func TestTheCodeOfAResidueIsOneOfTheSchedule(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	pulp := writeoff.Residue{Line: 1, Class: writeoff.Scrap, Commodity: "2308000000", Quantity: q(10)}
	_, err := f.TellResidue(ctx, f.later("tell", "2027-01-05"), f.user(), f.id, pulp)
	all := fault.All(err)
	at := slices.IndexFunc(all, func(x *fault.Fault) bool { return x.Code == "TARIFF-CODE-02" && x.Path == "/commodity" })
	if at < 0 || !strings.Contains(all[at].Remedy(), "2309") || !fault.Is(err, "WRITEOFF-RESIDUE-03") {
		t.Fatalf("all faults at once, with the nearest codes: %v", err)
	}
	if b := f.on(ledger.OnHand); b.Quantity != q(1000) {
		t.Errorf("a refused one left the stock: %s", b.Quantity)
	}
	pulp.Commodity, pulp.Name = "2309901000", "pulp"
	id := must[bonded.Reply](t)(f.TellResidue(ctx, f.later("tell", "2027-01-05"), f.user(), f.id, pulp)).ID
	correct := func(code bonded.ResidueCode, reason string) error {
		_, err := f.CorrectResidue(ctx, f.later("code", "2027-01-06"), f.user(), id, code, reason)
		return err
	}
	for want, err := range map[string]error{
		"TARIFF-CODE-02":      correct(bonded.ResidueCode{Commodity: "2308000000"}, "r"),
		"WRITEOFF-RESIDUE-03": correct(bonded.ResidueCode{Commodity: "2309"}, "r"),
		"BONDED-RESIDUE-05":   correct(bonded.ResidueCode{Commodity: "2309901000"}, "r"),
		"BONDED-REASON-01":    correct(bonded.ResidueCode{Commodity: "2309909000"}, ""),
	} {
		if !fault.Is(err, want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := correct(bonded.ResidueCode{Commodity: "2309909000"}, "as the laboratory says"); err != nil {
		t.Fatal(err)
	}
	must[bonded.Reply](t)(f.SellResidue(ctx, f.later("sell", "2027-01-07"), f.user(), id, bonded.ResidueSale{Buyer: "feed mill", Value: 1_000_00}))
	if r := f.residue(id); r.Name != "pulp" || r.Sale.On[0].Commodity != "2309909000" || r.Sale.Total <= 0 {
		t.Errorf("%+v %+v", r.Residue, r.Sale)
	}
	if err := correct(bonded.ResidueCode{Commodity: "2309901000"}, "too late"); !fault.Is(err, "BONDED-RESIDUE-04") {
		t.Errorf("corrected after the sale: %v", err)
	}
	if got := f.findings(); len(got) != 0 {
		t.Errorf("the second opinion: %v", got)
	}
}

// A residue goes abroad again or is abandoned with an officer's word; a refusal
// leaves it where it is, and no such word goes past the two of a destruction.
func TestResiduesLeaveWithAnOfficersWord(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	id := f.told("2026-12-05", 1, writeoff.Scrap, "10")
	if _, err := f.AskLeave(ctx, f.later("leave", "2026-12-06"), f.user(), id, " ", "back to the maker"); !fault.Is(err, "BONDED-RESIDUE-03") {
		t.Errorf("without a document: %v", err)
	}
	if _, err := f.AskLeave(ctx, f.later("leave", "2026-12-06"), f.user(), id, "QD1", ""); !fault.Is(err, "BONDED-REASON-01") {
		t.Errorf("without a reason: %v", err)
	}
	must[bonded.Reply](t)(f.AskLeave(ctx, f.later("leave", "2026-12-06"), f.user(), id, "QD1", "back to the maker"))
	must[bonded.Reply](t)(f.ResidueGone(ctx, f.later("word", "2026-12-06"), f.actor("o1"), id, false, "the list is another"))
	if r := f.residue(id); r.State != writeoff.ResidueKept || f.held(1, writeoff.Scrap, ledger.OnHand) != qs(t, "10") {
		t.Errorf("refused: %s", r.State)
	}
	must[bonded.Reply](t)(f.AskLeave(ctx, f.later("leave", "2026-12-07"), f.user(), id, "QD2", "back to the maker"))
	must[bonded.Reply](t)(f.ResidueGone(ctx, f.later("word", "2026-12-08"), f.actor("o1"), id, true, "seen at the gate"))
	if r := f.residue(id); r.State != writeoff.ResidueExported || r.Document != "QD2" || r.Witness != "o1" || f.held(1, writeoff.Scrap, ledger.Abroad) != qs(t, "10") {
		t.Errorf("gone: %+v", r)
	}
	id = f.told("2026-12-09", 1, writeoff.Remainder, "5")
	must[bonded.Reply](t)(f.GiveUp(ctx, f.later("give up", "2026-12-09"), f.user(), id, "no use for it"))
	must[bonded.Reply](t)(f.ResidueGone(ctx, f.later("word", "2026-12-10"), f.actor("o1"), id, true, "in the customs store"))
	if r := f.residue(id); r.State != writeoff.ResidueTaken || f.held(1, writeoff.Remainder, ledger.Surrendered) != qs(t, "5") {
		t.Errorf("abandoned: %+v", r)
	}
	id = f.told("2026-12-11", 1, writeoff.Scrap, "1")
	must[bonded.Reply](t)(f.AskDestroy(ctx, f.later("ask", "2026-12-11"), f.user(), id, "Green Works", "no use"))
	for _, gone := range []bool{true, false} {
		if _, err := f.ResidueGone(ctx, f.later("word", "2026-12-11"), f.actor("o1"), id, gone, "alone"); !fault.Is(err, "WRITEOFF-RESIDUE-06") {
			t.Errorf("one officer decides on a destruction: %v", err)
		}
	}
	if got := f.findings(); len(got) != 0 {
		t.Errorf("the second opinion: %v", got)
	}
}

// findings checks the zone as it is and gives the codes found, each once.
func (f *zone) findings() []check.Code {
	f.t.Helper()
	db, err := check.Open(f.t.Context(), f.dir, "")
	if err != nil {
		f.t.Fatal(err)
	}
	defer db.Close()
	report, err := check.Run(f.t.Context(), db, check.Options{Only: []string{"journal", "stock"}})
	if err != nil {
		f.t.Fatal(err)
	}
	var codes []check.Code
	for _, x := range report.Findings {
		if !slices.Contains(codes, x.Code) {
			codes = append(codes, x.Code)
		}
	}
	slices.Sort(codes)
	return codes
}

func TestTheCheckSeesAWriteOffThatWasChanged(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	id := f.drafted(q(599), q(380))
	must[bonded.Reply](t)(f.SubmitWriteOff(ctx, f.later("submit", "2027-05-25"), f.user(), id))
	next := must[bonded.Reply](t)(f.DraftWriteOff(ctx, f.later("draft", "2027-11-23"), decision.System, f.id, bonded.Drafting{})).ID
	must[bonded.Reply](t)(f.EnterCounts(ctx, f.later("count", "2027-11-24"), f.user(), next, []writeoff.Count{{Line: 1, Quantity: q(599)}, {Line: 2, Quantity: q(380)}}, true))
	must[bonded.Reply](t)(f.SubmitWriteOff(ctx, f.later("submit", "2027-11-25"), f.user(), next))
	if got := f.findings(); len(got) != 0 {
		t.Fatalf("before anything was changed: %v", got)
	}
	tamper := func(id string, change func(*bonded.WriteOff)) {
		t.Helper()
		_, err := f.store.Decide(ctx, command("tamper"), func(v decision.View) (decision.Outcome, error) {
			w, version, err := decision.Load[bonded.WriteOff](v, dossier.WriteOff, id)
			if err != nil {
				return decision.Outcome{}, err
			}
			change(&w)
			e := decision.Entry(v, decision.System, "test.tampered", journal.Ref{Kind: "write_off", ID: id})
			return decision.Outcome{Puts: []decision.Put{{Kind: dossier.WriteOff, ID: id, Version: version, Body: w}}, Entries: []journal.Entry{e}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		what   string
		id     string
		change func(*bonded.WriteOff)
		want   []check.Code
	}{
		{"less should remain", id, func(w *bonded.WriteOff) { w.Report.Items[0].ShouldRemain.Quantity -= q(1) }, []check.Code{check.BookIdentity, check.DutyShortage}},
		{"an order used more", id, func(w *bonded.WriteOff) { w.Orders[0].Issues[0].Quantity += q(1) }, []check.Code{check.BookIdentity}},
		{"more was counted", id, func(w *bonded.WriteOff) { w.Counts[0].Quantity += q(1) }, []check.Code{check.BookIdentity, check.BookAdjusted}},
		{"it closed with less", id, func(w *bonded.WriteOff) { w.Report.Items[0].Closing.Quantity -= q(1) }, []check.Code{check.BookAdjusted, check.BookOpening}},
		{"it opened with more", next, func(w *bonded.WriteOff) { w.Report.Items[0].Opening.Quantity += q(1) }, []check.Code{check.BookIdentity, check.BookOpening}},
		{"nobody decided", id, func(w *bonded.WriteOff) { w.Automatic = false }, []check.Code{check.BookDecided}},
	} {
		kept := f.writeOff(c.id)
		tamper(c.id, c.change)
		if got := f.findings(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
		tamper(c.id, func(w *bonded.WriteOff) { *w = kept })
	}
}

// A book that is fed is written off by the orders that its feed tells: once, and
// as the feed has them.
func TestOrdersOfTheFeedAreWrittenOffWithoutBeingSentTwice(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	must[bonded.FeedReply](t)(f.ApplyForFeed(ctx, f.later("apply", "2026-12-05"), f.user(), f.book, "erp"))
	must[bonded.FeedReply](t)(f.MoveFeed(ctx, f.later("accept", "2026-12-05"), f.actor("o1"), f.book, feed.Accept, ""))
	day := clock.MustDate("2026-12-06")
	sequence := int64(0)
	send := func(on string, records ...feed.Record) {
		t.Helper()
		sequence++
		r := must[bonded.FeedReply](t)(f.TakeMessage(ctx, f.later("send", on), f.user(), feed.Message{
			Enterprise: f.owner, System: "erp", Book: f.book, Sequence: sequence, Key: fmt.Sprintf("key-%05d", sequence), SentAt: clock.MustDate(on).Start(), Records: records,
		}))
		if r.State != feed.Done {
			t.Fatalf("%+v", r)
		}
	}
	record := func(kind feed.Kind, id, part string, quantity num.Quantity) feed.Record {
		return feed.Record{Kind: kind, ID: id, On: day, Part: part, Quantity: quantity, Unit: "KGM", Location: "tank"}
	}
	of := func(r feed.Record) feed.Record { r.WorkOrder = "W1"; return r }
	con, jui := record(feed.PartMaster, "p1", "CON", 0), record(feed.PartMaster, "p2", "JUI", 0)
	con.BookLine, jui.BookLine = 1, 2
	send("2026-12-06", con, jui, record(feed.Snapshot, "s1", "CON", q(1000)),
		feed.Record{Kind: feed.Order, ID: "o1", On: day, WorkOrder: "W1", State: feed.OrderReleased, Part: "JUI", Quantity: q(380), Unit: "KGM"},
		of(record(feed.Issue, "i1", "CON", q(410))), of(record(feed.Return, "r1", "CON", q(10))), of(record(feed.Output, "u1", "JUI", q(380))))

	// While the feed is on trial, what it tells does not count.
	r := must[bonded.Reply](t)(f.DraftWriteOff(ctx, f.later("draft", "2026-12-20"), f.user(), f.id, bonded.Drafting{Kind: writeoff.Supplementary}))
	if w := f.writeOff(r.ID); len(w.Orders) != 0 {
		t.Fatalf("a feed on trial: %+v", w.Orders)
	}
	byHand := []writeoff.Order{{Number: "W1", State: writeoff.OrderClosed, Issues: []writeoff.Portion{{Part: "CON", Quantity: 3_000_000 * num.OneQuantity / 10, Unit: "GRM", On: day}}}}
	must[bonded.Reply](t)(f.GiveOrders(ctx, f.later("orders", "2026-12-20"), f.user(), r.ID, byHand))
	w := f.writeOff(r.ID)
	if it, _ := w.Report.Item(1); it.Consumption != q(300) {
		t.Errorf("300 kg by hand, told in grams: %s", it.Consumption)
	}

	must[bonded.FeedReply](t)(f.MoveFeed(ctx, f.later("live", "2027-01-06"), f.actor("o1"), f.book, feed.GoLive, ""))
	must[bonded.Reply](t)(f.EnterCounts(ctx, f.later("count", "2027-01-07"), f.user(), r.ID, []writeoff.Count{{Line: 1, Quantity: q(600)}, {Line: 2, Quantity: q(380)}}, true))
	w = f.writeOff(r.ID)
	if len(w.Orders) != 1 || w.Orders[0].Source != writeoff.FromFeed || w.Orders[0].State != writeoff.OrderIssuing {
		t.Fatalf("the feed's record takes the place of the one by hand: %+v", w.Orders)
	}
	if it, _ := w.Report.Item(1); it.Consumption != q(400) || it.Difference != 0 {
		t.Errorf("%s used, %s differ", it.Consumption, it.Difference)
	}
	if _, err := f.GiveOrders(ctx, f.later("orders", "2027-01-07"), f.user(), r.ID, byHand); !fault.Is(err, "WRITEOFF-ORDER-14") || fault.All(err)[0].Path != "/orders/0/number" {
		t.Errorf("sent twice: %v", err)
	}
	if done := must[bonded.Reply](t)(f.SubmitWriteOff(ctx, f.later("submit", "2027-01-08"), f.user(), r.ID)); done.State != string(writeoff.Adjusted) {
		t.Errorf("%+v", done)
	}
	if got := f.findings(); len(got) != 0 {
		t.Errorf("the check: %v", got)
	}
}

func TestMoreTimeIsAskedForAndMovesTheDebt(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	r := must[bonded.Reply](t)(f.DraftWriteOff(ctx, f.later("draft", "2027-05-23"), decision.System, f.id, bonded.Drafting{}))
	due := f.writeOff(r.ID).Due
	if _, err := f.AnswerExtension(ctx, f.later("answer", "2027-05-24"), f.actor("o1"), r.ID, true, "why not"); !fault.Is(err, "BONDED-EXTEND-01") {
		t.Errorf("nobody asked: %v", err)
	}
	if _, err := f.AskExtension(ctx, f.later("ask", "2027-05-24"), f.user(), r.ID, 20, ""); !fault.Is(err, "BONDED-EXTEND-02") {
		t.Errorf("without a reason: %v", err)
	}
	must[bonded.Reply](t)(f.AskExtension(ctx, f.later("ask", "2027-05-24"), f.user(), r.ID, 40, "flood"))
	must[bonded.Reply](t)(f.AnswerExtension(ctx, f.later("answer", "2027-05-25"), f.actor("o1"), r.ID, false, "no flood is known"))
	if w := f.writeOff(r.ID); w.Due != due || w.Extension.Granted {
		t.Errorf("refused, and due %s", w.Due)
	}
	must[bonded.Reply](t)(f.AskExtension(ctx, f.later("ask", "2027-05-26"), f.user(), r.ID, 40, "flood, notice 7"))
	must[bonded.Reply](t)(f.AnswerExtension(ctx, f.later("answer", "2027-05-27"), f.actor("o1"), r.ID, true, "notice seen"))
	if _, err := f.AskExtension(ctx, f.later("ask", "2027-05-28"), f.user(), r.ID, 1, "more"); !fault.Is(err, "WRITEOFF-EXTEND-03") {
		t.Errorf("twice: %v", err)
	}
	if w := f.writeOff(r.ID); w.Due != due.AddDays(40) {
		t.Errorf("due %s, not %s", w.Due, due.AddDays(40))
	}
	ids, err := f.store.Find(ctx, dossier.Obligation, "opened_by", r.ID, 10)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	var o obligation.Obligation
	if _, err := f.store.Load(ctx, dossier.Obligation, ids[0], &o); err != nil || o.Due != due.AddDays(40) {
		t.Errorf("the debt is due %s, %v", o.Due, err)
	}
	db, err := check.Open(ctx, f.dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	report, err := check.Run(ctx, db, check.Options{Only: []string{"journal", "debts"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range report.Findings {
		t.Errorf("the check: %+v", x)
	}
}

// A trial tells what is missing and what it would cost, and takes nothing for
// missing that nobody has counted yet.
func TestATrialTellsWhatAShortageWouldCost(t *testing.T) {
	f := newFactory(t)
	ctx := t.Context()
	drafted := must[bonded.Reply](t)(f.DraftWriteOff(ctx, f.later("draft", "2026-12-05"), f.user(), f.id, bonded.Drafting{Kind: writeoff.Supplementary}))
	must[bonded.Reply](t)(f.EnterCounts(ctx, f.later("count", "2026-12-05"), f.user(), drafted.ID, []writeoff.Count{{Line: 2, Quantity: 0}}, false))
	half := f.writeOff(drafted.ID)
	if it, _ := half.Report.Item(1); it.Counted != nil || it.Difference != 0 || len(half.Taxes) != 0 {
		t.Errorf("a line that was not counted is missing: %+v %+v", it, half.Taxes)
	}
	must[bonded.Reply](t)(f.EnterCounts(ctx, f.later("count", "2026-12-05"), f.user(), drafted.ID, []writeoff.Count{{Line: 1, Spot: "A", Quantity: q(500)}, {Line: 1, Spot: "B", Quantity: q(400)}, {Line: 1, Spot: "AA", Quantity: q(500)}}, false))
	if _, err := f.TakeBackCount(ctx, f.later("back", "2026-12-05"), f.user(), drafted.ID, writeoff.Spot{Line: 1, Spot: "C"}); !fault.Is(err, "WRITEOFF-COUNT-07") {
		t.Errorf("a figure that nobody entered: %v", err)
	}
	must[bonded.Reply](t)(f.TakeBackCount(ctx, f.later("back", "2026-12-05"), f.user(), drafted.ID, writeoff.Spot{Line: 1, Spot: "AA"}))
	got, err := f.CloseToday(ctx, f.later("trial", "2026-12-06"), f.id)
	if err != nil {
		t.Fatal(err)
	}
	it, _ := got.WriteOff.Report.Item(1)
	n := slices.IndexFunc(got.Gaps, func(g writeoff.Gap) bool { return g.Kind == writeoff.GapDiffers })
	if n < 0 || got.Gaps[n].Line != 1 || got.Gaps[n].Args["quantity"] != "-100 KGM" || it.Tax == 0 || got.Gaps[n].Args["tax"] != it.Tax.Fixed()+" CNY" {
		t.Errorf("%+v, tax %v", got.Gaps, it.Tax)
	}
	must[bonded.Reply](t)(f.ExplainWriteOff(ctx, f.later("explain", "2026-12-06"), f.user(), drafted.ID, []writeoff.Explanation{{Line: 1, Cause: writeoff.ForceMajeure, Quantity: q(100), Reason: "fire", Proof: "F-1", Discovered: clock.MustDate("2026-12-01")}}))
	if got, err = f.CloseToday(ctx, f.later("trial", "2026-12-06"), f.id); err != nil || slices.ContainsFunc(got.Gaps, func(g writeoff.Gap) bool { return g.Kind == writeoff.GapDiffers }) {
		t.Errorf("what is explained is missing: %+v, %v", got.Gaps, err)
	}
	for _, c := range f.writeOff(drafted.ID).Counts[1:] {
		must[bonded.Reply](t)(f.TakeBackCount(ctx, f.later("back", "2026-12-06"), f.user(), drafted.ID, writeoff.Spot{Line: c.Line, Lot: c.Lot, Spot: c.Spot}))
	}
}
