package control_test

import (
	"encoding/json"
	"fmt"
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
	"seine/internal/duty"
	"seine/internal/gate"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/revenue"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
	"seine/internal/tariff"
	"seine/procedures"
)

const (
	office = "2218"
	area   = "waigaoqiao"
	port   = "2225"
	plate  = "沪A12345"
)

func q(s string) num.Quantity {
	v, err := num.ParseQuantity(s)
	if err != nil {
		panic(err)
	}
	return v
}

// zone is a whole zone on its own store: the stories put together as the program
// does it.
type zone struct {
	t         *testing.T
	store     *store.Store
	clock     *clock.Virtual
	ref       *clearance.Reference
	clearance *clearance.Desk
	bonded    *bonded.Desk
	control   *control.Desk
	review    *deliberation.Desk
	commands  int
	spoiled   []check.Code // what the test itself does that no story would
}

// certain gives a delivered risk table without its random draw.
func certain(t *testing.T, kind risk.Kind) *risk.Table {
	t.Helper()
	table, err := risk.DefaultTable(kind)
	if err != nil {
		t.Fatal(err)
	}
	spec := table.Spec
	spec.Draws = append([]risk.DrawRatio(nil), spec.Draws...)
	for i := range spec.Draws {
		spec.Draws[i].Ratio = 0
	}
	if table, err = risk.Compile(spec, table.Catalogue); err != nil {
		t.Fatal(err)
	}
	return table
}

// always gives a delivered table with everybody drawn.
func always(t *testing.T, kind risk.Kind) func() *risk.Table {
	t.Helper()
	table, err := risk.DefaultTable(kind)
	if err != nil {
		t.Fatal(err)
	}
	spec := table.Spec
	spec.Draws = append([]risk.DrawRatio(nil), spec.Draws...)
	for i := range spec.Draws {
		spec.Draws[i].Ratio = num.OneRate
	}
	if table, err = risk.Compile(spec, table.Catalogue); err != nil {
		t.Fatal(err)
	}
	return func() *risk.Table { return table }
}

func newZone(t *testing.T, modes ...*procedure.Mode) *zone {
	t.Helper()
	begin := clock.MustDate("2026-11-23").Start().Add(9 * time.Hour)
	z := &zone{t: t, clock: clock.NewVirtual(begin, false)}
	dir := t.TempDir()
	var err error
	if z.store, err = store.Open(t.Context(), store.Options{Dir: dir, Clock: z.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := z.store.Close(); err != nil {
			t.Error(err)
		}
		check.Tester(t, dir, z.spoiled...)
	})
	catalogue, err := procedure.Load(procedures.Files)
	if err != nil {
		t.Fatal(err)
	}
	if catalogue, err = catalogue.With(modes...); err != nil {
		t.Fatal(err)
	}
	ready, err := clearance.NewModes(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	cn, err := tariff.Shipped("cn")
	if err != nil {
		t.Fatal(err)
	}
	hs, err := tariff.Shipped("hs")
	if err != nil {
		t.Fatal(err)
	}
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := duty.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	key, err := risk.NewDrawKey("2026-11", []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	calendar := &clock.Calendar{}
	fx := duty.NewExchange(map[tariff.CurrencyCode][]duty.ExchangeRow{"USD": {{From: clock.MustDate("2026-01-01"), Rate: 717_950_000}}}, calendar, 0)
	ref := clearance.Reference{
		Gate:  gate.BuiltIn(),
		Codes: codelist.Default(), Declaration: declaration.BuiltIn(), Calendar: calendar, Risk: certain(t, risk.Declaration), DrawKey: key,
		Duty:      duty.Reference{Tariff: tariff.OnNomenclature(cn, hs, 8), Taxes: taxes, Rules: rules, FX: fx, Local: "CNY"},
		Revenue:   revenue.BuiltIn(),
		ReviewKey: review.PeriodKey{Period: "2026-11"}, ReviewRules: review.Rules{ChiefPost: string(party.DivisionHead)},
		Officers: []party.Officer{
			officer("o1", "chief", party.FilingOfficer), officer("o2", "chief", party.FilingOfficer), officer("g1", "chief", party.GateOfficer),
			officer("chief", "", party.DivisionHead),
		},
	}
	z.ref = ref.With(ready)
	get := func() *clearance.Reference { return z.ref }
	passages := certain(t, risk.Passage)
	z.bonded = bonded.New(z.store, get)
	z.control = control.New(z.store, get, func() *risk.Table { return passages })
	z.clearance = clearance.New(casework.Steady(z.store), get)
	z.clearance.OnRelease(z.bonded.AfterRelease)
	z.review, err = deliberation.New(z.store, func() deliberation.Setting { return bonded.Setting(z.ref) }, z.bonded.Actions(), z.control.Actions())
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func officer(id, superior string, post party.PostID) party.Officer {
	o := party.Officer{ID: id, Number: id, Name: id, Posts: []party.PostID{post}, Office: office, Area: area, Areas: []string{area}, OnDuty: true, State: party.Serving}
	if superior != "" {
		o.Superiors = []string{superior}
	}
	return o
}

// actor gives an officer of the zone as one who acts.
func (z *zone) actor(id string) decision.Actor {
	for i := range z.ref.Officers {
		if z.ref.Officers[i].ID == id {
			return z.ref.Officers[i].Actor()
		}
	}
	z.t.Fatalf("no officer %s", id)
	return decision.Actor{}
}

var device = decision.Actor{ID: "lane-3", Kind: journal.Device}

func user(code string) decision.Actor {
	return decision.Actor{ID: "user of " + code, Kind: journal.Enterprise, Enterprise: code}
}

func (z *zone) command(name string) decision.Command {
	z.commands++
	return decision.Command{Name: name, Actor: "test", Key: fmt.Sprintf("%s-%d", name, z.commands), Content: []byte(name), Received: z.clock.Now()}
}

// must reads the reply of a command that may not fail.
func must[T any](z *zone) func(decision.Receipt, error) T {
	return func(r decision.Receipt, err error) T {
		z.t.Helper()
		var reply T
		if err != nil {
			z.t.Fatal(err)
		}
		if err := json.Unmarshal(r.Reply, &reply); err != nil {
			z.t.Fatalf("%s: %v", r.Reply, err)
		}
		return reply
	}
}

func load[T any](z *zone, kind decision.Kind, id string) T {
	z.t.Helper()
	var body T
	if _, err := z.store.Load(z.t.Context(), kind, id, &body); err != nil {
		z.t.Fatal(err)
	}
	return body
}

// creditCode makes a valid code of an enterprise.
func creditCode(n int) string {
	stem := fmt.Sprintf("91310115MA1H%05d", n)
	check, ok := codelist.CreditCheck(stem)
	if !ok {
		panic(stem)
	}
	return stem + string(check)
}

// enterprise registers one with a grade.
func (z *zone) enterprise(n int, grade string) string {
	z.t.Helper()
	code := creditCode(n)
	e := party.Enterprise{
		ID: code, CreditCode: codelist.CreditCode(code), Name: fmt.Sprintf("企业%d", n), Kinds: []party.Kind{party.ZoneEnterprise}, Area: area,
		RegisteredOn: clock.MustDate("2015-01-01"), State: party.Registered,
		Grades: []party.GradeChange{{Grade: grade, From: clock.MustDate("2022-01-01")}},
	}
	z.put(dossier.Enterprise, e.ID, e)
	return code
}

func (z *zone) put(kind decision.Kind, id string, body any, ops ...ledger.Op) {
	z.t.Helper()
	_, err := z.store.Decide(z.t.Context(), z.command("put"), func(decision.View) (decision.Outcome, error) {
		told := journal.Entry{Type: "test.put", Actor: "test", ActorKind: journal.System, Subject: []journal.Ref{{Kind: string(kind), ID: id}}}
		return decision.Outcome{Puts: []decision.Put{{Kind: kind, ID: id, Body: body}}, Transfers: ops, Entries: []journal.Entry{told}}, nil
	})
	if err != nil {
		z.t.Fatal(err)
	}
}

func (z *zone) guarantee(number, enterprise string, limit num.Money) {
	z.t.Helper()
	g := guarantee.Guarantee{
		Number: number, Enterprise: enterprise, Form: guarantee.Letter, Guarantor: "bank", Limit: limit, ValidFrom: clock.MustDate("2026-01-01"),
		ValidTo: clock.MustDate("2027-12-31"), State: guarantee.Active,
	}
	op, err := g.Grant("grant-"+number, z.clock.Now().Date())
	if err != nil {
		z.t.Fatal(err)
	}
	z.put(dossier.Guarantee, number, g, op)
}

// juice is what all the goods of these tests are.
func juice(line int, quantity string) book.ListLine {
	return book.ListLine{
		Number: line, BookLine: line, Commodity: "2009110000", Name: "frozen orange juice", Quantity: q(quantity), Unit: "KGM", LegalQuantity: q(quantity),
		LegalUnit: "KGM", Total: num.Money(q(quantity) / num.OneQuantity * 200), Currency: "USD", Origin: "US",
	}
}

// open opens a logistics book with as many lines as are asked for.
func (z *zone) open(enterprise string, lines int) string {
	z.t.Helper()
	b := book.Book{Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: enterprise}, CompetentOffice: office}
	for n := range lines {
		b.Lines = append(b.Lines, book.Line{Number: n + 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"})
	}
	return must[bonded.Reply](z)(z.bonded.FileBook(z.t.Context(), z.command("book.file"), user(enterprise), b)).Number
}

// arrives brings a manifest with one bill of lading.
func (z *zone) arrives(lading, consignee, packages, mass string) {
	z.t.Helper()
	m := manifest.Manifest{
		ID: "M" + lading, Kind: manifest.Original, Transport: manifest.Transport{Mode: manifest.Sea, MeansName: "EVER GIVEN", Journey: "012E"},
		Office: port, PortOfDischarge: "CNSHA", ArrivalActual: manifest.Moment{Day: clock.MustDate("2026-11-22")},
		Consignments: []manifest.BillOfLading{{
			Number: lading, Type: manifest.Straight, Consignee: manifest.Party{Code: consignee}, Packages: q(packages), PackageKind: "CT", GrossMass: q(mass),
			Goods: []manifest.GoodsItem{{Number: 1, Description: "FROZEN ORANGE JUICE", HS: "200911", Packages: q(packages), GrossMass: q(mass)}},
		}},
	}
	must[clearance.ManifestReply](z)(z.clearance.ReceiveManifest(z.t.Context(), z.command("manifest.receive"), user("carrier"), clearance.Filing{Manifest: m}))
}

// bill is the declaration of juice lines.
func bill(mode, consignee, bookNumber, listNumber, lading, packages, gross string, lines ...book.ListLine) declaration.Declaration {
	day := clock.MustDate("2026-11-23")
	d := declaration.Declaration{
		Kind: declaration.FilingBill, FilingType: declaration.FilingNormal, Direction: declaration.Import, Procedure: mode, EntryOffice: port, CompetentOffice: office,
		DeclaredOn: day, EntryOn: day, Consignee: declaration.Party{CreditCode: consignee}, Declarant: declaration.Party{CreditCode: consignee},
		Overseas: declaration.Party{Name: "Groves", Country: "US"}, BookNumber: bookNumber, ListNumber: listNumber,
		Transport: declaration.Transport{Mode: "2", Name: "EVER GIVEN", Voyage: "012E"}, BillOfLading: lading, TradeMode: "5033", LevyNature: "101",
		TradeCountry: "US", DepartureCountry: "US", Port: "USNYC", Terms: declaration.CIF, Currency: "USD", Packages: q(packages), PackageKind: "CT", GrossMass: q(gross),
	}
	for i := range lines {
		l := &lines[i]
		d.NetMass += l.Quantity
		d.Lines = append(d.Lines, declaration.GoodsItem{
			Number: i + 1, BookLine: l.BookLine, Commodity: "2009110000", Name: "frozen orange juice", Quantity: l.Quantity, Unit: "KGM", LegalQuantity: l.Quantity,
			LegalUnit: "KGM", UnitPrice: 20_000, Total: l.Total, Origin: "US", FinalDestination: "31222", LevyMode: "1", NetMass: l.Quantity,
		})
	}
	return d
}

// list files a verification list and gives its reply.
func (z *zone) list(mode, enterprise, bookNumber string, way book.Direction, lines ...book.ListLine) bonded.Reply {
	z.t.Helper()
	return must[bonded.Reply](z)(z.bonded.FileList(z.t.Context(), z.command("list.file"), user(enterprise), listing(mode, bookNumber, way, lines...)))
}

func listing(mode, bookNumber string, way book.Direction, lines ...book.ListLine) bonded.Listing {
	return bonded.Listing{Procedure: mode, List: book.VerificationList{Book: bookNumber, Direction: way, Lines: lines}}
}

// truck asks for a note: gross mass of the goods, lines or packages.
func truck(number, documents, gross, packages string, lines ...gate.NoteLine) control.NoteRequest {
	n := gate.ReleaseNote{
		Binding: gate.OneDocumentManyTrucks, Documents: strings.Fields(documents), Plate: number, TruckTare: q("13000"), ChassisTare: q("1000"),
		GoodsGross: q(gross), GoodsNet: q(gross), Total: q("14000") + q(gross), Lines: lines,
	}
	r := control.NoteRequest{Note: n}
	if packages != "" {
		r.Packages, r.Note.Kind = q(packages), gate.TransportPaper
	}
	return r
}

func (z *zone) note(enterprise string, r control.NoteRequest) control.Reply {
	z.t.Helper()
	return must[control.Reply](z)(z.control.ApplyNote(z.t.Context(), z.command("note.apply"), user(enterprise), r))
}

// reading is a truck at the lane that weighs what its note says.
func (z *zone) reading(number string, way gate.Direction, gross string) gate.Readings {
	z.commands++
	return gate.Readings{
		Area: area, Gate: "G1", Lane: "3", LaneKind: gate.GoodsLane, Direction: way, Sequence: fmt.Sprintf("S%d", z.commands), At: z.clock.Now(),
		CameraPlate: number, Weighed: true, Scale: q("14000") + q(gross),
	}
}

func (z *zone) pass(r gate.Readings) control.PassReply {
	z.t.Helper()
	return must[control.PassReply](z)(z.control.Pass(z.t.Context(), decision.Command{Name: "pass", Received: z.clock.Now()}, device, r))
}

// accounts gives what each account of items with this word holds.
func (z *zone) accounts(word string) map[string]string {
	z.t.Helper()
	z.inspect()
	found := map[string]string{}
	for key, b := range z.balances() {
		if strings.Contains(key, word) && (b.Quantity != 0 || b.Incoming != 0 || b.Outgoing != 0) {
			a, err := ledger.ParseKey(key)
			if err != nil {
				z.t.Fatal(err)
			}
			text := b.Quantity.String()
			if b.Incoming != 0 {
				text += " +" + b.Incoming.String()
			}
			if b.Outgoing != 0 {
				text += " -" + b.Outgoing.String()
			}
			item := a.Item[strings.LastIndex(a.Item, "/")+1:]
			found[string(a.Ledger)+" "+item+" "+string(a.Place)] = text
		}
	}
	return found
}

// inspect proves that each item sums to zero over its accounts, values too.
func (z *zone) inspect() {
	z.t.Helper()
	quantity, value := map[string]num.Quantity{}, map[string]num.Money{}
	for key, b := range z.balances() {
		a, err := ledger.ParseKey(key)
		if err != nil {
			z.t.Fatal(err)
		}
		item := string(a.Ledger) + " " + a.Item
		quantity[item] += b.Quantity
		value[item] += b.Value
		if b.Incoming < 0 || b.Outgoing < 0 || !a.Place.Outside() && b.Quantity < 0 {
			z.t.Errorf("%s: %+v", key, b)
		}
	}
	for item, sum := range quantity {
		if sum != 0 || value[item] != 0 {
			z.t.Errorf("%s sums to %s worth %s", item, sum, value[item])
		}
	}
}

// balances reads every account of the zone.
func (z *zone) balances() map[string]ledger.Balance {
	z.t.Helper()
	all := map[string]ledger.Balance{}
	after := ""
	for {
		page, err := z.store.Balances(z.t.Context(), "", after, 500)
		if err != nil {
			z.t.Fatal(err)
		}
		for _, a := range page {
			all[a.Key] = a.Balance
			after = a.Key
		}
		if len(page) < 500 {
			return all
		}
	}
}

// entries gives the types of all journal entries in order.
func (z *zone) entries() []string {
	z.t.Helper()
	all, err := z.store.Entries(z.t.Context(), 0, 1000)
	if err != nil {
		z.t.Fatal(err)
	}
	var types []string
	for _, e := range all {
		types = append(types, e.Entry.Type)
	}
	return types
}

// owed gives the obligations of a case, in the order they were opened.
func (z *zone) owed(file, debt string) []obligation.Obligation {
	z.t.Helper()
	var all []obligation.Obligation
	for _, id := range load[casework.Case](z, dossier.Case, file).Debts[debt] {
		all = append(all, load[obligation.Obligation](z, dossier.Obligation, id))
	}
	return all
}
