package treasury_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"seine/internal/app"
	"seine/internal/bank"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/registry"
	"seine/internal/revenue"
	"seine/internal/store/storetest"
	"seine/internal/treasury"
)

const (
	trader = "91310115MA1K35W0X7"
	office = "2218"
)

// zone is a whole zone on one engine, its clock in the test's hand.
type zone struct {
	*testing.T
	app      *app.App
	clock    *clock.Virtual
	commands int
	sequence int64
	key      ed25519.PrivateKey
}

// onBothEngines runs a test on SQLite and on PostgreSQL; afterwards the second
// opinion must find nothing.
func onBothEngines(t *testing.T, test func(*zone)) {
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		z := newZone(t, app.Options{Dir: dir})
		t.Cleanup(func() { check.Tester(t, dir) })
		z.end(func() { test(z) })
	})
	t.Run("postgres", func(t *testing.T) {
		secrets := filepath.Join(t.TempDir(), "secrets")
		url := storetest.PostgresURL(t)
		z := newZone(t, app.Options{URL: url, Secrets: secrets})
		z.end(func() { test(z) })
		check.TesterURL(t, url, secrets)
	})
}

func (z *zone) end(test func()) {
	defer func() {
		z.ok(z.app.Seal(context.WithoutCancel(z.Context())))
		z.ok(z.app.Close())
	}()
	test()
}

func newZone(t *testing.T, o app.Options) *zone {
	t.Helper()
	z := &zone{T: t, clock: clock.NewVirtual(clock.MustDate("2026-11-23").Start().Add(9*time.Hour), false)}
	o.Clock = z.clock
	var err error
	z.app, err = app.Open(t.Context(), o)
	z.ok(err)
	e := party.Enterprise{
		CreditCode: codelist.CreditCode(trader), Name: "洋山物流", Kinds: []party.Kind{party.Trader}, RegisteredOn: clock.MustDate("2015-01-01"),
		Grades: []party.GradeChange{{Grade: "advanced-certified", From: clock.MustDate("2022-01-01"), Reason: "test"}},
	}
	z.must(z.app.Registry.Register(z.Context(), z.command("register"), decision.System, e))
	for id, post := range map[string]party.PostID{
		"1001": party.TaxOfficer, "1002": party.TaxOfficer, "1003": party.TaxOfficer, "2001": party.GuaranteeOfficer, "2002": party.GuaranteeOfficer, "2003": party.GuaranteeOfficer,
	} {
		z.must(z.app.Registry.Appoint(z.Context(), z.command("appoint"), decision.System, party.Officer{
			Number: id, Name: "关员" + id, Posts: []party.PostID{post}, Unit: "goods-trade", Areas: []string{party.AnyArea}, OnDuty: true,
		}))
	}
	z.must(z.app.Registry.Rate(z.Context(), z.command("rate"), decision.System, []registry.ExchangeRate{{Currency: "USD", From: clock.MustDate("2026-01-01"), Rate: 717_950_000, Source: "test"}}))
	z.ok(z.app.Reload(z.Context()))
	return z
}

func (z *zone) ok(err error) {
	z.Helper()
	if err != nil {
		z.Fatal(err)
	}
}

func (z *zone) must(r decision.Receipt, err error) decision.Receipt {
	z.Helper()
	z.ok(err)
	return r
}

func (z *zone) command(name string) decision.Command {
	z.commands++
	return decision.Command{Name: name, Actor: "test", Key: fmt.Sprintf("%s-%d", name, z.commands), Content: []byte(name), Received: z.clock.Now()}
}

func reply[T any](z *zone) func(decision.Receipt, error) T {
	return func(r decision.Receipt, err error) T {
		z.Helper()
		z.ok(err)
		var body T
		if err := json.Unmarshal(r.Reply, &body); err != nil {
			z.Fatalf("%s: %v", r.Reply, err)
		}
		return body
	}
}

// guaranteed registers a general guarantee account of the trader.
func (z *zone) guaranteed(number string, limit num.Money) {
	z.Helper()
	g := guarantee.Guarantee{
		Number: number, Enterprise: trader, Form: guarantee.Account, Guarantor: "bank", Bank: "BANKA", Limit: limit, ValidFrom: clock.MustDate("2026-01-01"), ValidTo: clock.MustDate("2027-12-31"),
		State: guarantee.Active,
	}
	z.must(z.app.Store.Decide(z.Context(), z.command("accept"), func(v decision.View) (decision.Outcome, error) {
		g.Registered = v.Now()
		op, err := g.Grant(v.NewID(), v.Now().Date())
		return decision.Outcome{
			Puts: []decision.Put{{Kind: dossier.Guarantee, ID: number, Body: g}}, Transfers: []ledger.Op{op},
			Entries: []journal.Entry{decision.Entry(v, decision.System, "guarantee.accepted", journal.Ref{Kind: "guarantee", ID: number})},
		}, err
	}))
}

// lodge declares frozen orange juice worth so many US dollars.
func (z *zone) lodge(dollars int64, guaranteeNumber string, own ...declaration.DutyTaxFee) clearance.LodgeReply {
	z.Helper()
	d := z.paper(dollars, own...)
	r := reply[clearance.LodgeReply](z)(z.app.Clearance.Lodge(z.Context(), z.command("lodge"), clerk, clearance.Lodging{Declaration: d, Guarantee: guaranteeNumber}))
	if r.State == declaration.Manual {
		z.must(z.app.Clearance.Decide(z.Context(), z.command("release"), decision.Actor{ID: "officer", Kind: journal.Officer}, r.ID, clearance.Decision{Act: clearance.ActRelease, Reason: "looked at", Guarantee: guaranteeNumber}))
		r.State = load[declaration.Declaration](z, dossier.Declaration, r.ID).State
	}
	return r
}

var clerk = decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: trader}

// tryLodge lodges under a guarantee and gives what it is refused with, or that the
// random draw gave it to an officer.
func (z *zone) tryLodge(number string) (drawn bool, err error) {
	receipt, err := z.app.Clearance.Lodge(z.Context(), z.command("lodge"), clerk, clearance.Lodging{Declaration: z.paper(90_000), Guarantee: number})
	if err != nil {
		return false, err
	}
	var r clearance.LodgeReply
	z.ok(json.Unmarshal(receipt.Reply, &r))
	return r.State == declaration.Manual, nil
}

func (z *zone) paper(dollars int64, own ...declaration.DutyTaxFee) declaration.Declaration {
	day := z.clock.Now().Date()
	q := func(n int64) num.Quantity { return num.Quantity(n) * num.OneQuantity }
	d := declaration.Declaration{
		Kind: declaration.BillOfEntry, Direction: declaration.Import, Procedure: "import-direct", EntryOffice: office, CompetentOffice: office,
		DeclaredOn: day, EntryOn: day, Consignee: declaration.Party{CreditCode: trader, Name: "洋山物流"}, Declarant: declaration.Party{CreditCode: trader},
		Transport: declaration.Transport{Mode: "2"}, TradeMode: "0110", LevyNature: "101", TradeCountry: "US", DepartureCountry: "US", Terms: declaration.CIF,
		Currency: "USD", Packages: q(1), GrossMass: q(1000), NetMass: q(900), DeclaredTax: own,
		Lines: []declaration.GoodsItem{{
			Number: 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: q(900), Unit: "KGM", LegalQuantity: q(900), LegalUnit: "KGM",
			Total: num.Money(dollars * 100), Origin: "US", LevyMode: "1", NetMass: q(900),
		}},
	}
	return d
}

// tells sends what a bank says through the story that the link calls.
func (z *zone) tells(kind bank.Kind, body any) bank.AckBody {
	z.Helper()
	z.sequence++
	return z.says(z.sequence, kind, body)
}

func (z *zone) says(sequence int64, kind bank.Kind, body any) bank.AckBody {
	z.Helper()
	ack, err := z.said(sequence, kind, body)
	z.ok(err)
	return ack
}

func (z *zone) said(sequence int64, kind bank.Kind, body any) (bank.AckBody, error) {
	z.Helper()
	return z.toldBy("BANKA", sequence, kind, body)
}

func (z *zone) toldBy(peer string, sequence int64, kind bank.Kind, body any) (bank.AckBody, error) {
	z.Helper()
	raw, err := json.Marshal(body)
	z.ok(err)
	m := &bank.Message{Version: bank.Version, Kind: kind, Sender: peer, Receiver: "CUSTOMS", Sequence: sequence, Sent: 1, Body: raw}
	payload, err := m.Payload()
	z.ok(err)
	return z.app.Treasury.Receive(z.Context(), decision.Command{Name: "bank.receive", Received: z.clock.Now()}, m, payload)
}

func load[T any](z *zone, kind decision.Kind, id string) T {
	z.Helper()
	var doc T
	_, err := z.app.Store.Load(z.Context(), kind, id, &doc)
	z.ok(err)
	return doc
}

func found[T any](z *zone, kind decision.Kind, column, value string) []T {
	z.Helper()
	ids, err := z.app.Store.Find(z.Context(), kind, column, value, 100)
	z.ok(err)
	var all []T
	for _, id := range ids {
		all = append(all, load[T](z, kind, id))
	}
	return all
}

func (z *zone) bill(number string) revenue.TaxBill {
	z.Helper()
	all := found[revenue.TaxBill](z, dossier.TaxBill, "number", number)
	if len(all) != 1 {
		z.Fatalf("%d bills %s", len(all), number)
	}
	return all[0]
}

func (z *zone) billID(number string) string {
	z.Helper()
	ids, err := z.app.Store.Find(z.Context(), dossier.TaxBill, "number", number, 1)
	z.ok(err)
	return ids[0]
}

func (z *zone) balance(a ledger.Account) num.Money {
	z.Helper()
	b, err := z.app.Store.Balance(z.Context(), a.Key())
	z.ok(err)
	return ledger.MoneyOf(b.Quantity)
}

func (z *zone) standing(number string) guarantee.Standing {
	z.Helper()
	g := load[guarantee.Guarantee](z, dossier.Guarantee, number)
	s := guarantee.Standing{Limit: g.Worth(), Held: z.balance(g.HeldAccount()), Used: z.balance(g.UsedAccount()), Free: z.balance(g.FreeAccount())}
	if s.Held+s.Used+s.Free != s.Limit {
		z.Errorf("held, used and free are not the limit: %+v", s)
	}
	return s
}

// until lets time pass to a day and does what the zone does by itself then.
func (z *zone) until(day string) {
	z.Helper()
	to := clock.MustDate(day).Start().Add(8 * time.Hour)
	z.clock.Advance((to - z.clock.Now()).Duration())
	z.ok(z.app.Timers(z.Context()))
	z.ok(z.app.Money(z.Context()))
}

func (z *zone) officer(id string) decision.Actor {
	return decision.Actor{ID: id, Kind: journal.Officer, Posts: []string{string(party.TaxOfficer)}, Areas: []string{party.AnyArea}}
}

func (z *zone) guarantor(id string) decision.Actor {
	return decision.Actor{ID: id, Kind: journal.Officer, Posts: []string{string(party.GuaranteeOfficer)}, Areas: []string{party.AnyArea}}
}

// agreed lets the drawn second officer decide on a proposal.
func (z *zone) agreed(p deliberation.Reply, agree bool) {
	z.Helper()
	z.must(z.app.Review.Confirm(z.Context(), z.command("confirm"), z.officer(p.Second), p.Proposal, agree, "looked at it"))
}

func (z *zone) debts(kind string) []obligation.Obligation {
	z.Helper()
	page := found[obligation.Obligation](z, dossier.Obligation, "debtor", trader)
	var list []obligation.Obligation
	for _, o := range page {
		if o.Kind == kind {
			list = append(list, o)
		}
	}
	return list
}

func paid(amount num.Money, reference, number string, on clock.Date) bank.Payment {
	return bank.Payment{Reference: reference, Amount: amount, PaidOn: on, Payer: trader, TaxBill: number}
}

var _ = treasury.MailID
