package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"seine/internal/app"
	"seine/internal/bonded"
	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/httpapi"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/registry"
	"seine/internal/risk"
	"seine/internal/subscription"
)

// The people of the tests. Credit codes carry their right check character.
var trader, broker, carrier, bank = credit("91310000MA1FL0EW6"), credit("91310000MA1FL0EW7"), credit("91310000MA1FL0EW8"), credit("91310000MA1FL0EW9")

func credit(stem string) string {
	check, ok := codelist.CreditCheck(stem)
	if !ok {
		panic(stem)
	}
	return stem + string(check)
}

// house is a whole zone behind its door on a loopback address.
type house struct {
	t    testing.TB
	app  *app.App
	desk *identity.Desk
	api  *httpapi.Server
	hook *httpapi.Webhooks
	url  string

	spoiled []check.Code // what the test itself does that no story would

	tokens map[string]string // by name of account or client
}

var quick = party.PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1}

func open(t testing.TB) *house {
	t.Helper()
	return openAt(t, app.Options{Dir: t.TempDir()})
}

// openAt is open on an engine of choice; afterwards the second opinion must find
// nothing.
func openAt(t testing.TB, o app.Options) *house {
	t.Helper()
	o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	a, err := app.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, app: a, tokens: map[string]string{}}
	h.desk = identity.New(a.Store, identity.Options{Clock: a.Clock, TokenKey: [32]byte{1, 2, 3}, Cost: quick})
	h.hook = httpapi.NewWebhooks(a.Store, h.desk, a.Clock, httpapi.HookOptions{
		Source: "urn:test", Private: true, Backoff: []time.Duration{10 * time.Millisecond, 10 * time.Millisecond, 10 * time.Millisecond},
	})
	stock := bonded.New(a.Store, a.Reference)
	lane := control.New(a.Store, a.Reference, func() *risk.Table { return nil })
	review, err := deliberation.New(a.Store, func() deliberation.Setting { return bonded.Setting(a.Reference()) }, a.Clearance.Actions(), a.Treasury.Actions(), stock.Actions(), lane.Actions(), a.Oversight.Actions())
	if err != nil {
		t.Fatal(err)
	}
	a.Clearance.OnRelease(stock.AfterRelease)
	h.api = httpapi.New(httpapi.Deps{
		Store: a.Store, Clock: a.Clock, Log: a.Log, Identity: h.desk, Registry: a.Registry, Clearance: a.Clearance, Treasury: a.Treasury, Cash: a.Cash, Reference: a.Reference,
		Bonded: stock, Gate: lane, Oversight: a.Oversight, Review: review, LogKey: a.Journal.Public, Extract: a.BookExtract, Hooks: h.hook, Subscriptions: subscription.New(a.Store, true), Drafts: a.Drafts, PublicURL: "urn:test",
	})
	server := httptest.NewUnstartedServer(h.api)
	server.Config = httpapi.Listener("", h.api)
	server.Start()
	h.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if o.Dir != "" {
			check.Tester(t, o.Dir, h.spoiled...)
		} else {
			check.TesterURL(t, o.URL, o.Secrets)
		}
	})
	h.people()
	return h
}

func (h *house) must(_ decision.Receipt, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: "test", Received: h.app.Clock.Now()}
}

// people opens the accounts that the tests sign in with.
func (h *house) people() {
	h.t.Helper()
	ctx, system := context.Background(), decision.System
	for code, e := range map[string]party.Enterprise{
		trader: {Name: "测试贸易", Kinds: []party.Kind{party.Trader}}, broker: {Name: "测试报关", Kinds: []party.Kind{party.Broker}},
		carrier: {Name: "测试船公司", Kinds: []party.Kind{party.Carrier}}, bank: {Name: "测试银行", Kinds: []party.Kind{party.Bank}},
	} {
		e.CreditCode = codelist.CreditCode(code)
		e.RegisteredOn = clock.MustDate("2020-01-01")
		h.must(h.app.Registry.Register(ctx, h.command("enterprise.register"), system, e))
	}
	for number, posts := range map[string][]party.PostID{
		"1001": {party.FilingOfficer}, "1002": {party.Inspector}, "1003": {party.Inspector}, "1004": {party.RiskAnalyst}, "1005": {party.Administrator}, "1006": {party.GuaranteeOfficer},
		"1007": {party.Inspector}, "1008": {party.Reviewer}, "1009": {party.TaxOfficer}, "1011": {party.RiskAnalyst}, "1010": {party.GateOfficer}, "1012": {party.DivisionHead},
	} {
		h.must(h.app.Registry.Appoint(ctx, h.command("officer.appoint"), system, party.Officer{
			Number: number, Name: "关员" + number, Posts: posts, Unit: "zone-customs", Office: "2218", Areas: []string{party.AnyArea}, OnDuty: true, Skills: []string{"manual"},
		}))
		h.must(h.app.Registry.OpenAccount(ctx, h.command("account.open"), system, party.User{Name: "officer-" + number, Officer: number}))
		h.tokens[number] = h.session("officer-" + number)
	}
	for name, m := range map[string]party.Client{
		"trader": {Enterprise: trader, Posts: []party.PostID{party.EnterpriseClerk}}, "broker": {Enterprise: broker, Posts: []party.PostID{party.BrokerPost}},
		"carrier": {Enterprise: carrier, Posts: []party.PostID{party.CarrierPost}}, "bank": {Enterprise: bank, Posts: []party.PostID{party.BankPost}},
	} {
		m.ClientID, m.Name, m.Secret = name, name, party.TokenHash("secret of "+name)
		h.must(h.app.Registry.OpenClient(ctx, h.command("client.open"), system, m))
		issued, err := h.desk.Issue(ctx, name, "secret of "+name)
		if err != nil {
			h.t.Fatal(err)
		}
		h.tokens[name] = issued.Token
	}
	h.must(h.accepted(guarantee.Guarantee{
		Number: "G1", Enterprise: trader, Form: guarantee.Account, Guarantor: bank, Limit: 1_000_000_00,
		ValidFrom: clock.MustDate("2026-01-01"), ValidTo: clock.MustDate("2027-12-31"),
	}))
	h.must(h.app.Registry.Rate(ctx, h.command("rates.enter"), system, []registry.ExchangeRate{{Currency: "USD", From: clock.MustDate("2026-01-01"), Rate: 717_950_000, Source: "test"}}))
	if err := h.app.Reload(ctx); err != nil {
		h.t.Fatal(err)
	}
}

// accepted puts a guarantee in force without its papers.
func (h *house) accepted(g guarantee.Guarantee) (decision.Receipt, error) {
	return h.app.Store.Decide(context.Background(), h.command("guarantee.accept"), func(v decision.View) (decision.Outcome, error) {
		g.State, g.Registered = guarantee.Active, v.Now()
		op, err := g.Grant(v.NewID(), v.Now().Date())
		return decision.Outcome{
			Puts: []decision.Put{{Kind: dossier.Guarantee, ID: g.Number, Body: g}}, Transfers: []ledger.Op{op},
			Entries: []journal.Entry{decision.Entry(v, decision.System, "guarantee.accepted", journal.Ref{Kind: "guarantee", ID: g.Number})},
		}, err
	})
}

// session signs an account in by a link.
func (h *house) session(user string) string {
	h.t.Helper()
	token, _, err := h.desk.MakeLink(context.Background(), decision.System, user, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	o, err := h.desk.UseLink(context.Background(), token)
	if err != nil {
		h.t.Fatal(err)
	}
	return o.Token
}

// answer is what came back.
type answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   []byte
}

type asked struct {
	who, kind, key string
	header         map[string]string
}

// ask does one request. body is JSON text, or marshalled.
func (h *house) ask(a asked, method, path string, body any) answer {
	h.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	case []byte:
		raw = b
	default:
		var err error
		if raw, err = json.Marshal(b); err != nil {
			h.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, bytes.NewReader(raw))
	if err != nil {
		h.t.Fatal(err)
	}
	if a.kind == "" {
		a.kind = "application/json"
	}
	if raw != nil {
		r.Header.Set("Content-Type", a.kind)
	}
	if a.who != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[a.who])
	}
	if a.key != "" {
		r.Header.Set("Idempotency-Key", a.key)
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{h.t, res.StatusCode, res.Header, content}
}

func (h *house) get(who, path string) answer {
	return h.ask(asked{who: who}, http.MethodGet, path, nil)
}

func (h *house) post(who, path string, body any) answer {
	return h.ask(asked{who: who}, http.MethodPost, path, body)
}

// into reads a successful answer.
func (a answer) into(status int, v any) {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	if v != nil {
		if err := json.Unmarshal(a.Body, v); err != nil {
			a.t.Fatalf("%v in %s", err, a.Body)
		}
	}
}

// refused checks status, code and pointer of a refusal, and that it says how to
// put it right in both languages.
func (a answer) refused(status int, code, pointer string) httpapi.Problem {
	a.t.Helper()
	var p httpapi.Problem
	if err := json.Unmarshal(a.Body, &p); err != nil || a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("content type %s", got)
	}
	if p.Reference == "" || p.Reference != a.Header.Get("X-Request-Id") || p.Status != status {
		a.t.Errorf("reference %q, status %d", p.Reference, p.Status)
	}
	for _, e := range p.Errors {
		if e.Code == code && e.Pointer == pointer {
			if e.Detail == "" || e.Cure == "" || e.DetailZH == "" || e.CureZH == "" || e.DetailZH == e.Detail {
				a.t.Errorf("%s lacks words: %+v", code, e)
			}
			return p
		}
	}
	a.t.Fatalf("no %s at %q in %s", code, pointer, a.Body)
	return p
}

// bill is an import declaration of the trader's that needs no manifest.
func (h *house) bill() declaration.Declaration {
	return declaration.Declaration{
		Kind: declaration.BillOfEntry, Direction: declaration.Import, Procedure: "import-direct", EntryOffice: "2218", CompetentOffice: "2218",
		DeclaredOn: h.app.Clock.Now().Date(), EntryOn: h.app.Clock.Now().Date(), Consignee: declaration.Party{CreditCode: trader},
		Declarant: declaration.Party{CreditCode: trader}, Transport: declaration.Transport{Mode: "2"}, TradeMode: "0110", LevyNature: "101",
		TradeCountry: "US", DepartureCountry: "US", Terms: declaration.CIF, Currency: "USD", Packages: 1 * num.OneQuantity, GrossMass: 1000 * num.OneQuantity,
		NetMass: 900 * num.OneQuantity,
		Lines: []declaration.GoodsItem{{
			Number: 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: 900 * num.OneQuantity, Unit: "KGM",
			LegalQuantity: 900 * num.OneQuantity, LegalUnit: "KGM", Total: 180000, Origin: "US", LevyMode: "1", NetMass: 900 * num.OneQuantity,
		}},
	}
}

func lodging(d declaration.Declaration, guarantee string) map[string]any {
	body := map[string]any{"declaration": d}
	if guarantee != "" {
		body["guarantee"] = guarantee
	}
	return body
}

func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// eventually waits until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it never came: %s", strings.TrimSpace(what))
}
