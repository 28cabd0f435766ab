package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/draft"
	"seine/internal/duty"
	"seine/internal/gate"
	"seine/internal/guarantee"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/registry"
	"seine/internal/revenue"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
	"seine/internal/subscription"
	"seine/internal/tariff"
	"seine/internal/treasury"
	"seine/procedures"
)

// A zone with a little history, made through the stories, for the screens.

const (
	zoneOffice = "2218"
	zoneArea   = "waigaoqiao"
	zonePort   = "2225"
)

func q(s string) num.Quantity {
	v, err := num.ParseQuantity(s)
	if err != nil {
		panic(err)
	}
	return v
}

type zone struct {
	t         testing.TB
	store     *store.Store
	clock     *clock.Virtual
	ref       *clearance.Reference
	tables    map[bool]*risk.Table // with everybody drawn, and with nobody
	clearance *clearance.Desk
	bonded    *bonded.Desk
	control   *control.Desk
	review    *deliberation.Desk
	rules     *oversight.Desk
	money     *treasury.Desk
	commands  int
	spoiled   []check.Code // what the test itself does that no story would
	logged    []string

	owner, other             string // enterprises
	book, list, note, lane   string
	held, released, returned string // declarations
	order, proposal, bill    string
	manifest, entry          string
}

func drawn(t testing.TB, kind risk.Kind, ratio num.Rate) *risk.Table {
	t.Helper()
	table, err := risk.DefaultTable(kind)
	if err != nil {
		t.Fatal(err)
	}
	spec := table.Spec
	spec.Draws = append([]risk.DrawRatio(nil), spec.Draws...)
	for i := range spec.Draws {
		spec.Draws[i].Ratio, spec.Draws[i].Action = ratio, risk.Inspect
	}
	if table, err = risk.Compile(spec, table.Catalogue); err != nil {
		t.Fatal(err)
	}
	return table
}

func newZone(t testing.TB) *zone {
	t.Helper()
	begin := clock.MustDate("2026-11-23").Start().Add(9 * time.Hour)
	z := &zone{t: t, clock: clock.NewVirtual(begin, false)}
	fatal := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	var err error
	z.store, err = store.Open(context.Background(), store.Options{Dir: dir, Clock: z.clock})
	fatal(err)
	t.Cleanup(func() {
		if err := z.store.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir, z.spoiled...)
	})
	catalogue, err := procedure.Load(procedures.Files)
	fatal(err)
	modes, err := clearance.NewModes(catalogue)
	fatal(err)
	cn, err := tariff.Shipped("cn")
	fatal(err)
	hs, err := tariff.Shipped("hs")
	fatal(err)
	taxes, err := tariff.ShippedTaxes()
	fatal(err)
	rules, err := duty.Shipped()
	fatal(err)
	key, err := risk.NewDrawKey("2026-11", []byte(strings.Repeat("k", 32)))
	fatal(err)
	calendar := &clock.Calendar{}
	z.tables = map[bool]*risk.Table{true: drawn(t, risk.Declaration, num.OneRate), false: drawn(t, risk.Declaration, 0)}
	ref := clearance.Reference{
		Gate:  gate.BuiltIn(),
		Codes: codelist.Default(), Declaration: declaration.BuiltIn(), Calendar: calendar, Risk: z.tables[false], DrawKey: key,
		Duty: duty.Reference{
			Tariff: tariff.OnNomenclature(cn, hs, 8), Taxes: taxes, Rules: rules, Local: "CNY",
			FX: duty.NewExchange(map[tariff.CurrencyCode][]duty.ExchangeRow{"USD": {{From: clock.MustDate("2026-01-01"), Rate: 717_950_000}}}, calendar, 0),
		},
		Revenue:   revenue.BuiltIn(),
		ReviewKey: review.PeriodKey{Period: "2026-11"}, ReviewRules: review.Rules{ChiefPost: string(party.DivisionHead)},
	}
	for id, posts := range map[string][]party.PostID{
		"o1": {party.FilingOfficer}, "o2": {party.FilingOfficer}, "i1": {party.Inspector}, "i2": {party.Inspector}, "i3": {party.Inspector},
		"g1": {party.GateOfficer}, "chief": {party.DivisionHead}, "a1": {party.Auditor}, "r1": {party.RiskAnalyst}, "r2": {party.RiskAnalyst}, "admin": {party.Administrator}, "t1": {party.TaxOfficer}, "t2": {party.TaxOfficer}, "q1": {party.GuaranteeOfficer}, "q2": {party.GuaranteeOfficer},
	} {
		o := party.Officer{
			ID: id, Number: id, Name: "关员 " + id, Posts: posts, Office: zoneOffice, Area: zoneArea, Areas: []string{zoneArea}, OnDuty: true, State: party.Serving,
			Skills: []string{"manual"},
		}
		if id != "chief" {
			o.Superiors = []string{"chief"}
		}
		ref.Officers = append(ref.Officers, o)
		z.put(dossier.Officer, id, o)
	}
	z.ref = ref.With(modes)
	get := func() *clearance.Reference { return z.ref }
	passages := drawn(t, risk.Passage, 0)
	z.bonded = bonded.New(z.store, get)
	z.control = control.New(z.store, get, func() *risk.Table { return passages })
	z.clearance = clearance.New(casework.Steady(z.store), get)
	z.money = treasury.New(z.store, get, z.clearance)
	z.clearance.OnRelease(z.bonded.AfterRelease)
	shipped, err := shippedTables()
	fatal(err)
	z.rules = oversight.New(z.store, func() oversight.House {
		return oversight.House{Setting: bonded.Setting(z.ref), Tables: shipped, Modes: catalogue, Days: 90, Tariff: z.ref.Duty.Tariff, ShippedTariff: z.ref.Duty.Tariff, Nomenclature: hs, Pages: func(ctx context.Context, kind decision.Kind, before string) (bodies []json.RawMessage, next string, err error) {
			page, err := z.store.List(ctx, kind, store.Query{Before: before})
			for _, item := range page.Items {
				bodies = append(bodies, item.Body)
			}
			return bodies, page.Next, err
		}}
	})
	z.review, err = deliberation.New(z.store, func() deliberation.Setting { return bonded.Setting(z.ref) }, z.bonded.Actions(), z.control.Actions(), z.clearance.Actions(), z.rules.Actions(), z.money.Actions())
	fatal(err)
	return z
}

// judge chooses whether everybody is drawn for a check from now on.
func (z *zone) judge(all bool) {
	next := *z.ref
	next.Risk = z.tables[all]
	z.ref = next.With(z.ref.Modes())
}

func (z *zone) command(name string) decision.Command {
	z.commands++
	return decision.Command{Name: name, Actor: "test", Key: fmt.Sprintf("%s-%d", name, z.commands), Content: []byte(name), Received: z.clock.Now()}
}

func (z *zone) put(kind decision.Kind, id string, body any, ops ...ledger.Op) {
	z.t.Helper()
	_, err := z.store.Decide(context.Background(), z.command("put"), func(decision.View) (decision.Outcome, error) {
		told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: string(kind), ID: id}}}
		return decision.Outcome{Puts: []decision.Put{{Kind: kind, ID: id, Body: body}}, Transfers: ops, Entries: []journal.Entry{told}}, nil
	})
	if err != nil {
		z.t.Fatal(err)
	}
}

func reply[T any](z *zone) func(decision.Receipt, error) T {
	return func(r decision.Receipt, err error) T {
		z.t.Helper()
		var body T
		if err != nil {
			z.t.Fatal(err)
		}
		if err := json.Unmarshal(r.Reply, &body); err != nil {
			z.t.Fatalf("%s: %v", r.Reply, err)
		}
		return body
	}
}

func clerk(code string) decision.Actor {
	return decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: code, Posts: []string{string(party.EnterpriseClerk)}}
}

func (z *zone) officer(id string) decision.Actor {
	for i := range z.ref.Officers {
		if z.ref.Officers[i].ID == id {
			return z.ref.Officers[i].Actor()
		}
	}
	z.t.Fatalf("no officer %s", id)
	return decision.Actor{}
}

func (z *zone) enterprise(n int, name string) string {
	stem := fmt.Sprintf("91310115MA1H%05d", n)
	check, ok := codelist.CreditCheck(stem)
	if !ok {
		z.t.Fatal(stem)
	}
	code := stem + string(check)
	z.put(dossier.Enterprise, code, party.Enterprise{
		ID: code, CreditCode: codelist.CreditCode(code), Name: name, Kinds: []party.Kind{party.ZoneEnterprise}, Area: zoneArea,
		RegisteredOn: clock.MustDate("2015-01-01"), State: party.Registered, Grades: []party.GradeChange{{Grade: "advanced-certified", From: clock.MustDate("2022-01-01")}},
	})
	return code
}

func juice(line int, quantity string) book.ListLine {
	return book.ListLine{
		Number: line, BookLine: line, Commodity: "2009110000", Name: "Frozen orange juice", Quantity: q(quantity), Unit: "KGM", LegalQuantity: q(quantity),
		LegalUnit: "KGM", Total: num.Money(q(quantity) / num.OneQuantity * 200), Currency: "USD", Origin: "US",
	}
}

func (z *zone) paper(mode, consignee, bookNumber, listNumber, lading, packages, gross string, lines ...book.ListLine) declaration.Declaration {
	day := z.clock.Now().Date()
	d := declaration.Declaration{
		Kind: declaration.FilingBill, FilingType: declaration.FilingNormal, Direction: declaration.Import, Procedure: mode, EntryOffice: zonePort, CompetentOffice: zoneOffice,
		DeclaredOn: day, EntryOn: day, Consignee: declaration.Party{CreditCode: consignee, Name: "外高桥葡萄酒交易有限公司"}, Declarant: declaration.Party{CreditCode: consignee},
		Overseas: declaration.Party{Name: "Groves", Country: "US"}, BookNumber: bookNumber, ListNumber: listNumber,
		Transport: declaration.Transport{Mode: "2", Name: "EVER GIVEN", Voyage: "012E"}, BillOfLading: lading, TradeMode: "5033", LevyNature: "101",
		TradeCountry: "US", DepartureCountry: "US", Port: "USNYC", Terms: declaration.CIF, Currency: "USD", Packages: q(packages), PackageKind: "CT", GrossMass: q(gross),
	}
	if mode == "import-direct" {
		d.Kind, d.FilingType, d.TradeMode, d.EntryOffice, d.Transport.Name, d.Transport.Voyage = declaration.BillOfEntry, 0, "0110", zoneOffice, "", ""
	}
	for i := range lines {
		l := &lines[i]
		d.NetMass += l.Quantity
		d.Lines = append(d.Lines, declaration.GoodsItem{
			Number: i + 1, BookLine: l.BookLine, Commodity: "2009110000", Name: l.Name, Quantity: l.Quantity, Unit: "KGM", LegalQuantity: l.Quantity,
			LegalUnit: "KGM", UnitPrice: 20_000, Total: l.Total, Origin: "US", FinalDestination: "31222", LevyMode: "1", NetMass: l.Quantity,
		})
		if bookNumber == "" {
			d.Lines[i].BookLine = 0
		}
	}
	return d
}

func (z *zone) lodge(d declaration.Declaration) clearance.LodgeReply {
	z.t.Helper()
	return reply[clearance.LodgeReply](z)(z.clearance.Lodge(context.Background(), z.command("lodge"), clerk(d.Consignee.CreditCode), clearance.Lodging{Declaration: d}))
}

func (z *zone) decide(by, id string, act clearance.Act, reason string) {
	z.t.Helper()
	if _, err := z.clearance.Decide(context.Background(), z.command("decide"), z.officer(by), id, clearance.Decision{Act: act, Reason: reason}); err != nil {
		z.t.Fatal(err)
	}
}

// live makes a morning of the zone.
func (z *zone) live() {
	z.t.Helper()
	ctx := context.Background()
	pause := func() { z.clock.Advance(7 * time.Minute) }
	z.owner, z.other = z.enterprise(1, "外高桥葡萄酒交易有限公司"), z.enterprise(2, "Yangshan Cold Chain Ltd")
	g := guarantee.Guarantee{
		Number: "G1", Enterprise: z.owner, Form: guarantee.Letter, Guarantor: "Bank of Shanghai", Limit: 100_000_000, ValidFrom: clock.MustDate("2026-01-01"),
		ValidTo: clock.MustDate("2027-12-31"), State: guarantee.Active,
	}
	grant, err := g.Grant("grant", z.clock.Now().Date())
	if err != nil {
		z.t.Fatal(err)
	}
	z.put(dossier.Guarantee, g.Number, g, grant)
	m := manifest.Manifest{
		ID: "MCOSU1", Kind: manifest.Original, Transport: manifest.Transport{Mode: manifest.Sea, MeansName: "EVER GIVEN", Journey: "012E"}, Office: zonePort,
		PortOfDischarge: "CNSHA", PortOfLoading: "USNYC", ArrivalActual: manifest.Moment{Day: clock.MustDate("2026-11-22")},
	}
	for _, lading := range []string{"COSU1", "COSU2"} {
		m.Consignments = append(m.Consignments, manifest.BillOfLading{
			Number: lading, Type: manifest.Straight, Consignee: manifest.Party{Code: z.owner, Name: "Waigaoqiao Wine Exchange"}, Packages: q("100"), PackageKind: "CT", GrossMass: q("1000"),
			Goods: []manifest.GoodsItem{{Number: 1, Description: "FROZEN ORANGE JUICE", HS: "200911", Packages: q("100"), GrossMass: q("1000")}},
		})
	}
	carrier := decision.Actor{ID: "carrier", Kind: journal.Enterprise, Enterprise: z.other, Posts: []string{string(party.CarrierPost)}}
	received := reply[clearance.ManifestReply](z)(z.clearance.ReceiveManifest(ctx, z.command("manifest.receive"), carrier, clearance.Filing{Manifest: m}))
	z.manifest, z.bill = received.ID, received.Bills[0].ID

	filed := reply[bonded.Reply](z)(z.bonded.FileBook(ctx, z.command("book.file"), clerk(z.owner), book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: z.owner, Name: "外高桥葡萄酒交易有限公司"}, CompetentOffice: zoneOffice,
		Lines: []book.Line{
			{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "Frozen orange juice", Unit: "KGM", Currency: "USD", MaxBalance: q("5000")},
			{Number: 2, Kind: book.Part, Commodity: "2009190000", Name: "Orange juice, not frozen", Unit: "KGM", Currency: "USD"},
		},
	}))
	z.book = filed.ID
	pause()
	list := func(way book.Direction, mode, quantity string) bonded.Reply {
		return reply[bonded.Reply](z)(z.bonded.FileList(ctx, z.command("list.file"), clerk(z.owner), bonded.Listing{
			Procedure: mode, List: book.VerificationList{Book: filed.Number, Direction: way, Lines: []book.ListLine{juice(1, quantity)}},
		}))
	}
	in := list(book.In, "first-line-entry", "900")
	z.list = in.ID
	pause()
	z.released = z.lodge(z.paper("first-line-entry", z.owner, filed.Number, in.Number, "COSU1", "100", "1000", juice(1, "900"))).ID
	note := reply[control.Reply](z)(z.control.ApplyNote(ctx, z.command("note.apply"), clerk(z.owner), control.NoteRequest{Note: gate.ReleaseNote{
		Binding: gate.OneDocumentManyTrucks, Documents: []string{in.Number}, Plate: "沪A12345", TruckTare: q("13000"), ChassisTare: q("1000"),
		GoodsGross: q("1000"), GoodsNet: q("1000"), Total: q("15000"),
	}}))
	if note.State != gate.Approved {
		z.t.Fatalf("%+v", note)
	}
	z.note = note.ID
	pause()
	z.lane = "WGQ-3"
	for i, scale := range []string{"15900", "15030"} {
		pause()
		_, err := z.control.Pass(ctx, decision.Command{Name: "pass", Received: z.clock.Now()}, decision.Actor{ID: "lane-3", Kind: journal.Device}, gate.Readings{
			Area: zoneArea, Gate: "G1", Lane: z.lane, LaneKind: gate.GoodsLane, Direction: gate.In, Sequence: "S" + strconv.Itoa(i), At: z.clock.Now(),
			CameraPlate: "沪A12345", Weighed: true, Scale: q(scale),
		})
		if err != nil {
			z.t.Fatal(err)
		}
	}
	out := list(book.Out, "second-line-exit", "200")
	// Ordinary imports: some pass, some are drawn for a check.
	pause()
	z.lodge(z.paper("import-direct", z.owner, "", "", "", "10", "500", juice(1, "450")))
	z.judge(true)
	var ids []string
	for i := range 6 {
		pause()
		owner := z.owner
		if i == 5 {
			owner = z.other
		}
		ids = append(ids, z.lodge(z.paper("import-direct", owner, "", "", "", "20", strconv.Itoa(1000+100*i), juice(1, strconv.Itoa(900+100*i)))).ID)
	}
	z.held, z.returned = ids[0], ids[3]
	pause()
	z.decide("o1", ids[1], clearance.ActInspect, "the price is far below the usual")
	z.decide("o1", ids[2], clearance.ActAskMore, "send the contract")
	z.decide("o2", z.returned, clearance.ActReturn, "line 1 names other goods than the invoice")
	orders, err := z.store.Find(ctx, dossier.InspectionOrder, "subject", ids[1], 1)
	if err != nil || len(orders) == 0 {
		z.t.Fatal("no order", err)
	}
	z.order = orders[0]
	pause()
	if _, err := z.bonded.AskVoidList(ctx, z.command("list.void.ask"), clerk(z.owner), out.ID, "the buyer withdrew"); err != nil {
		z.t.Fatal(err)
	}
	proposed := reply[deliberation.Reply](z)(z.bonded.ProposeVoidList(ctx, z.command("list.void.propose"), z.officer("o1"), out.ID, "nothing has moved on it"))
	z.proposal = proposed.Proposal
	pause()
	if err := z.store.CatchUp(ctx); err != nil {
		z.t.Fatal(err)
	}
	entries, err := z.store.Entries(ctx, 0, 1000)
	if err != nil {
		z.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type == "declaration.returned" {
			z.entry = e.ID
		}
	}
}

// people are the viewers of the tests.
func (z *zone) people() map[string]Viewer {
	staff := func(id, role string) Viewer {
		a := z.officer(id)
		return Viewer{ID: id, Name: "关员 " + id, Role: role, Posts: a.Posts, Areas: a.Areas}
	}
	return map[string]Viewer{
		"officer": staff("o1", RoleOfficer), "second": staff("o2", RoleOfficer), "inspector": staff("i1", RoleOfficer), "lane": staff("g1", RoleLane),
		"auditor": staff("a1", RoleAuditor), "analyst": staff("r1", RoleAnalyst), "tax": staff("t1", RoleOfficer), "tax2": staff("t2", RoleOfficer), "operator": staff("admin", RoleOperator), "cover": staff("q1", RoleOfficer), "cover2": staff("q2", RoleOfficer), "chief": staff("chief", RoleOfficer), "analyst2": staff("r2", RoleAnalyst),
		"enterprise": {ID: "clerk", Name: "王丽 Wang Li", Role: RoleEnterprise, Enterprise: z.owner, Posts: []string{string(party.EnterpriseClerk)}},
		"other":      {ID: "clerk2", Name: "Li Na", Role: RoleEnterprise, Enterprise: z.other, Posts: []string{string(party.EnterpriseClerk)}},
	}
}

// cash is the balance of the treasury's account at a bank.
func (z *zone) cash(ctx context.Context, bank string, day clock.Date) (num.Money, error) {
	b, _, err := z.store.BalanceEffective(ctx, revenue.CashAccount(bank).Key(), day)
	return ledger.MoneyOf(b), err
}

// pages gives the console of the zone as one person sees it.
func (z *zone) pages(v Viewer) http.Handler {
	pages := New(Deps{Now: func() time.Time { return z.clock.Now().Time() }, Gallery: true, House: House{
		Read: z.store, Reference: func() *clearance.Reference { return z.ref }, Clearance: z.clearance, Deliberation: z.review, Lane: z.control, Rules: z.rules, Tariff: z.rules, Treasury: z.money, Cash: z.cash, Drafts: draft.New(z.store), Books: z.bonded, Feeds: z.bonded, WriteOffs: z.bonded, Residues: z.bonded, Lists: z.bonded, Ladings: z.bonded, Notes: z.control, Accounts: registry.New(z.store), Webhooks: subscription.New(z.store, false), Secrets: identity.New(z.store, identity.Options{Clock: z.clock}), Key: "key",
		Logged: func(_ context.Context, _ Viewer, kind, id string) error {
			z.logged = append(z.logged, kind+" "+id)
			return nil
		},
	}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.ServeHTTP(w, r.WithContext(WithViewer(r.Context(), v)))
	})
}

// TestScreensToLookAt serves the zone of these tests for people and browsers,
// one port for each role: SEINE_SCREENS=7900 go test -run TestScreensToLookAt.
func TestScreensToLookAt(t *testing.T) {
	first, err := strconv.Atoi(os.Getenv("SEINE_SCREENS"))
	if err != nil {
		t.Skip("SEINE_SCREENS is not set")
	}
	z := newZone(t)
	z.live()
	people := z.people()
	for i, name := range []string{"officer", "enterprise", "lane", "auditor", "second", "inspector", "analyst", "operator", "chief", "cover"} {
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(first+i))
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: z.pages(people[name]), ReadHeaderTimeout: time.Second}
		fmt.Printf("%s http://%s/\n", name, listener.Addr())
		go func() { _ = server.Serve(listener) }()
	}
	fmt.Println("held", z.held, "released", z.released, "order", z.order, "proposal", z.proposal, "book", z.book, "list", z.list, "bill", z.bill, "manifest", z.manifest, "entry", z.entry)
	time.Sleep(20 * time.Minute)
}
