package clearance_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/casework"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/guarantee"
	"seine/internal/inspection"
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
	"seine/internal/treasury"
	"seine/procedures"
)

// zone is a small zone on SQLite with the desks of clearance and deliberation.
type zone struct {
	t      *testing.T
	store  *store.Store
	clock  *clock.Virtual
	desk   *clearance.Desk
	review *deliberation.Desk
	ref    *clearance.Reference
	dir    string

	spoiled []check.Code // what the test itself does that no story would
}

const (
	trader = "91310000MA1FL0EW6M" // credit code of the enterprise
	number = "G1"                 // its guarantee
)

// The officers: two that may act, the second of each pair a colleague; a chief
// above the first; two inspectors.
func staff() []party.Officer {
	officer := func(id string, superior []string, posts ...party.PostID) party.Officer {
		return party.Officer{ID: id, Number: id, Name: id, Posts: posts, Areas: []string{party.AnyArea}, Superiors: superior, OnDuty: true, State: party.Serving}
	}
	inspector := func(id string) party.Officer {
		o := officer(id, nil, party.Inspector)
		for _, m := range must(inspection.BuiltIn().At(clock.MustDate("2026-11-23"))).Methods {
			o.Skills = append(o.Skills, m.Skill)
		}
		return o
	}
	return []party.Officer{
		officer("anna", []string{"chief"}, party.FilingOfficer), officer("bert", []string{"other"}, party.Reviewer),
		officer("carl", []string{"other"}, party.Reviewer), officer("chief", nil, party.DivisionHead),
		inspector("ida"), inspector("ivan"),
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func newZone(t *testing.T) *zone {
	t.Helper()
	return newZoneOn(t, "")
}

// newZoneOn makes the zone on PostgreSQL where url is given, else on SQLite.
func newZoneOn(t *testing.T, url string) *zone {
	t.Helper()
	z := &zone{t: t, clock: clock.NewVirtual(clock.MustDate("2026-11-23").Start()+10*3600*1_000_000, true)}
	dir := t.TempDir()
	z.dir = dir
	options := store.Options{Dir: dir, Clock: z.clock}
	if url != "" {
		options = store.Options{URL: url, Clock: z.clock}
	}
	z.store = must(store.Open(t.Context(), options))
	t.Cleanup(func() {
		if err := z.store.Close(); err != nil {
			t.Error(err)
		}
		if url != "" {
			check.TesterURL(t, url, dir+"/secrets", z.spoiled...)
			return
		}
		check.Tester(t, dir, z.spoiled...)
	})
	table := must(risk.DefaultTable(risk.Declaration))
	spec := table.Spec
	spec.Draws = nil // the random draw stays out of these stories
	for _, d := range table.Spec.Draws {
		d.Ratio = 0
		spec.Draws = append(spec.Draws, d)
	}
	spec.Rules = []risk.RuleSpec{{ // nine hundred packages are looked at
		ID: "test-many", Object: risk.Declaration, Title: risk.Label{EN: "t", ZH: "t"}, When: "packages >= 900", Hard: risk.Review, ValidFrom: clock.MustDate("2000-01-01"),
		Owner: "test", Reason: risk.Label{EN: "r", ZH: "r"}, Source: "test",
	}}
	r := clearance.Reference{
		Codes: codelist.Default(), Declaration: declaration.BuiltIn(), Calendar: &clock.Calendar{}, Risk: must(risk.Compile(spec, table.Catalogue)),
		DrawKey: must(risk.NewDrawKey("2026-11", make([]byte, 32))), ReviewKey: review.PeriodKey{Period: "2026-11"},
		ReviewRules: review.Rules{ChiefPost: string(party.DivisionHead)}, Officers: staff(),
		Gate: gate.BuiltIn(), Revenue: revenue.BuiltIn(),
	}
	r.Duty = duty.Reference{
		Tariff: tariff.OnNomenclature(must(tariff.Shipped("cn")), must(tariff.Shipped("hs")), 8), Taxes: must(tariff.ShippedTaxes()),
		Rules: must(duty.Shipped()), Local: "CNY",
		FX: duty.NewExchange(map[tariff.CurrencyCode][]duty.ExchangeRow{"USD": {{From: clock.MustDate("2026-01-01"), Rate: 717_950_000}}}, r.Calendar, 0),
	}
	z.ref = r.With(must(clearance.NewModes(must(procedure.Load(procedures.Files)))))
	z.desk = clearance.New(z.store, func() *clearance.Reference { return z.ref })
	z.review = must(deliberation.New(z.store, z.ref.Setting, z.desk.Actions()))
	z.decide(func(v decision.View) (decision.Outcome, error) {
		g := guarantee.Guarantee{
			Number: number, Enterprise: trader, Form: guarantee.Letter, Guarantor: "bank", Limit: 100_000_000,
			ValidFrom: clock.MustDate("2026-01-01"), ValidTo: clock.MustDate("2027-12-31"), State: guarantee.Active,
		}
		op, err := g.Grant(v.NewID(), v.Now().Date())
		e := party.Enterprise{ID: trader, CreditCode: trader, Name: "洋山物流", State: party.Registered}
		told := journal.Entry{
			Type: "test.put", Actor: "test", ActorKind: journal.System,
			Subject: []journal.Ref{{Kind: string(dossier.Guarantee), ID: number}, {Kind: string(dossier.Enterprise), ID: trader}},
		}
		return decision.Outcome{Transfers: []ledger.Op{op}, Entries: []journal.Entry{told}, Puts: []decision.Put{
			{Kind: dossier.Guarantee, ID: number, Body: g}, {Kind: dossier.Enterprise, ID: trader, Body: e},
		}}, err
	})
	return z
}

func (z *zone) decide(f func(decision.View) (decision.Outcome, error)) {
	z.t.Helper()
	if _, err := z.store.Decide(z.t.Context(), z.command("test"), f); err != nil {
		z.t.Fatal(err)
	}
}

func (z *zone) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: "tester", Received: z.clock.Now()}
}

func officer(id string) decision.Actor { return decision.Actor{ID: id, Kind: journal.Officer} }

var (
	clerk   = decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: trader}
	bank    = decision.Actor{ID: "bank", Kind: journal.System}
	carrier = decision.Actor{ID: "carrier", Kind: journal.Enterprise, Enterprise: "CARRIER"}
)

// manifest sends a manifest with one bill of lading of 100 packages, 1,000 kg.
func (z *zone) manifest() (string, manifest.Manifest) {
	z.t.Helper()
	day := clock.MustDate("2026-11-22")
	m := manifest.Manifest{
		ID: "M1", Kind: manifest.Original, Transport: manifest.Transport{Mode: manifest.Sea, MeansID: "9074729", MeansName: "EVER TEST", Journey: "V001"},
		Office: "2218", Carrier: manifest.Party{Name: "CARRIER"}, PortOfLoading: "KRPUS", PortOfDischarge: "CNSHA", ArrivalEstimated: manifest.Moment{Day: day},
		Consignments: []manifest.BillOfLading{{
			Number: "BL1", Type: manifest.Straight, Consignor: manifest.Party{Name: "S"}, Consignee: manifest.Party{Code: trader, Name: "洋山物流"},
			Packages: 100 * num.OneQuantity, PackageKind: "CT", GrossMass: 1000 * num.OneQuantity, PortOfLoading: "KRPUS", PortOfDischarge: "CNSHA",
			Goods: []manifest.GoodsItem{{Number: 1, Description: "ORANGE JUICE", Packages: 100 * num.OneQuantity, PackageKind: "CT", GrossMass: 1000 * num.OneQuantity}},
		}},
	}
	r, err := z.desk.ReceiveManifest(z.t.Context(), z.command("manifest"), carrier, clearance.Filing{Manifest: m})
	if err != nil {
		z.t.Fatal(err)
	}
	var reply clearance.ManifestReply
	z.read(r.Reply, &reply)
	return reply.ID, m
}

func (z *zone) bill() declaration.Declaration {
	day := z.clock.Now().Date()
	return declaration.Declaration{
		Kind: declaration.BillOfEntry, Direction: declaration.Import, Procedure: "import-direct", EntryOffice: "2218", CompetentOffice: "2218",
		DeclaredOn: day, EntryOn: clock.MustDate("2026-11-22"), Consignee: declaration.Party{CreditCode: trader, Name: "洋山物流"},
		Declarant: declaration.Party{CreditCode: trader, Name: "洋山物流"}, Transport: declaration.Transport{Mode: "2", Name: "EVER TEST", Voyage: "V001"},
		BillOfLading: "BL1", TradeMode: "0110", LevyNature: "101", TradeCountry: "US", DepartureCountry: "KR", Terms: declaration.CIF, Currency: "USD",
		Packages: 60 * num.OneQuantity, PackageKind: "CT", GrossMass: 600 * num.OneQuantity, NetMass: 540 * num.OneQuantity,
		Lines: []declaration.GoodsItem{{
			Number: 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: 540 * num.OneQuantity, Unit: "KGM", LegalQuantity: 540 * num.OneQuantity,
			LegalUnit: "KGM", Total: 180_000, Origin: "US", LevyMode: "1", NetMass: 540 * num.OneQuantity,
		}},
	}
}

func (z *zone) read(raw json.RawMessage, into any) {
	z.t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		z.t.Fatalf("%v in %s", err, raw)
	}
}

func (z *zone) lodge(d declaration.Declaration, guarantee string) clearance.LodgeReply {
	z.t.Helper()
	r, err := z.desk.Lodge(z.t.Context(), z.command("lodge"), clerk, clearance.Lodging{Declaration: d, Guarantee: guarantee})
	if err != nil {
		z.t.Fatal(err)
	}
	var reply clearance.LodgeReply
	z.read(r.Reply, &reply)
	return reply
}

func (z *zone) declaration(id string) declaration.Declaration {
	z.t.Helper()
	return load[declaration.Declaration](z, dossier.Declaration, id)
}

func load[T any](z *zone, kind decision.Kind, id string) T {
	z.t.Helper()
	var body T
	if _, err := z.store.Load(z.t.Context(), kind, id, &body); err != nil {
		z.t.Fatal(err)
	}
	return body
}

func all[T any](z *zone, kind decision.Kind, column, value string) []T {
	z.t.Helper()
	ids, err := z.store.Find(z.t.Context(), kind, column, value, 100)
	if err != nil {
		z.t.Fatal(err)
	}
	var list []T
	for _, id := range ids {
		list = append(list, load[T](z, kind, id))
	}
	return list
}

// drawn gives what is drawn on the only bill of lading, packages and kilograms.
func (z *zone) drawn() string {
	z.t.Helper()
	ids, err := z.store.Find(z.t.Context(), dossier.BillOfLading, "journey_number", "V001|BL1", 1)
	if err != nil || len(ids) != 1 {
		z.t.Fatal(ids, err)
	}
	text := ""
	for _, what := range []string{"packages", "mass"} {
		b, err := z.store.Balance(z.t.Context(), ledger.Account{Ledger: ledger.Legal, Owner: "office/2218", Item: "bl/" + ids[0] + "/" + what, Place: ledger.Drawn}.Key())
		if err != nil {
			z.t.Fatal(err)
		}
		text += fmt.Sprintf("%s=%s ", what, b.Quantity)
	}
	return text
}

// owed sums the enterprise's account of taxes owed, in fen.
func (z *zone) owed() int64 {
	z.t.Helper()
	b, err := z.store.Balance(z.t.Context(), ledger.Account{Ledger: ledger.Cash, Owner: trader, Item: "tax/2218", Place: ledger.Owed}.Key())
	if err != nil {
		z.t.Fatal(err)
	}
	return int64(b.Quantity)
}

func (z *zone) held() int64 {
	z.t.Helper()
	g := guarantee.Guarantee{Number: number, Enterprise: trader}
	b, err := z.store.Balance(z.t.Context(), g.HeldAccount().Key())
	if err != nil {
		z.t.Fatal(err)
	}
	return int64(b.Quantity)
}

func (z *zone) ask(id string, proposed *declaration.Declaration, reason string) error {
	_, err := z.desk.AskCorrection(z.t.Context(), z.command("ask"), clerk, id, clearance.CorrectionRequest{Reason: reason, Text: "the packing list shows it", Proposed: proposed})
	return err
}

// propose is the first officer's yes; it gives the proposal and who was drawn.
func (z *zone) propose(id string) (proposal, second string) {
	z.t.Helper()
	r, err := z.desk.ReviewCorrection(z.t.Context(), z.command("propose"), officer("anna"), id, clearance.Opinion{Agree: true, Reason: "proved"})
	if err != nil {
		z.t.Fatal(err)
	}
	var reply deliberation.Reply
	z.read(r.Reply, &reply)
	return reply.Proposal, reply.Second
}

func (z *zone) confirm(proposal, second string) error {
	_, err := z.review.Confirm(z.t.Context(), z.command("confirm"), officer(second), proposal, true, "")
	return err
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnAmendmentOfTwoOfficersIsJudgedAnew(t *testing.T) {
	z := newZone(t)
	z.manifest()
	lodged := z.lodge(z.bill(), "")
	if lodged.State != declaration.Taxed || z.drawn() != "packages=60 mass=600 " || z.owed() == 0 {
		t.Fatalf("%+v drawn %s owed %d", lodged, z.drawn(), z.owed())
	}
	before := z.owed()
	next := z.declaration(lodged.ID)
	next.Packages, next.GrossMass = 80*num.OneQuantity, 800*num.OneQuantity
	next.Lines[0].Total = 360_000
	ok(t, z.ask(lodged.ID, &next, "writing_error"))
	if got := z.declaration(lodged.ID); got.State != declaration.AmendRequested || len(got.Correction.Changes) != 3 {
		t.Fatalf("%s %+v", got.State, got.Correction.Changes)
	}
	if z.drawn() != "packages=60 mass=600 " {
		t.Fatal("asking alone changed what is drawn")
	}
	proposal, second := z.propose(lodged.ID)
	wants(t, z.confirm(proposal, "anna"), "REVIEW-SECOND-02")
	other := map[string]string{"bert": "carl", "carl": "bert"}[second]
	wants(t, z.confirm(proposal, other), "REVIEW-SECOND-03")
	ok(t, z.confirm(proposal, second))
	done := z.declaration(lodged.ID)
	if done.State != declaration.Taxed || done.Number != lodged.Number || done.Packages != next.Packages || done.Correction.Second != second || done.Correction.First != "anna" {
		t.Fatalf("%+v", done)
	}
	bills := all[revenue.TaxBill](z, dossier.TaxBill, "declaration", lodged.ID)
	if z.drawn() != "packages=80 mass=800 " || len(bills) != 2 || z.owed() != int64(must(ledger.Amount(bills[1].Total))) || z.owed() <= before {
		t.Fatalf("drawn %s, owed %d before, %d now", z.drawn(), before, z.owed())
	}
	var got []string
	for _, b := range bills {
		got = append(got, b.Number+" "+string(b.State))
	}
	want := []string{"T" + lodged.Number + " withdrawn", "T" + lodged.Number + "-2 issued"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	states := map[obligation.State]int{}
	for _, o := range all[obligation.Obligation](z, dossier.Obligation, "opened_by", lodged.ID) {
		states[o.State]++
	}
	if diff := cmp.Diff(map[obligation.State]int{obligation.Lifted: 1, obligation.Open: 1}, states); diff != "" {
		t.Error(diff)
	}
	if n := len(all[json.RawMessage](z, dossier.Assessment, "declaration", lodged.ID)); n != 2 {
		t.Errorf("%d assessments", n)
	}
	// It goes on as if it were lodged now: paid, it is released.
	_, err := treasury.New(z.store, func() *clearance.Reference { return z.ref }, z.desk).Pay(t.Context(), z.command("pay"), bank, treasury.Payment{TaxBill: "T" + lodged.Number + "-2", Amount: bills[1].Total, BankRef: "B1"})
	ok(t, err)
	if d := z.declaration(lodged.ID); d.State != declaration.Released {
		t.Fatal(d.State)
	}
}

func TestAConsolidatedTaxIsUndoneAndSecuredAgain(t *testing.T) {
	z := newZone(t)
	z.manifest()
	d := z.bill()
	d.Packages, d.PackageKind = 900*num.OneQuantity, "CT" // waits for an officer
	d.BillOfLading, d.Transport.Voyage = "", ""
	lodged := z.lodge(d, number)
	held := z.held()
	if lodged.State != declaration.Manual || held == 0 {
		t.Fatalf("%+v held %d", lodged, held)
	}
	next := z.declaration(lodged.ID)
	next.Lines[0].Total = 360_000
	ok(t, z.ask(lodged.ID, &next, "writing_error"))
	proposal, second := z.propose(lodged.ID)
	ok(t, z.confirm(proposal, second))
	if z.held() <= held || z.declaration(lodged.ID).State != declaration.Manual {
		t.Fatalf("held %d before, %d now: %s", held, z.held(), z.declaration(lodged.ID).State)
	}
	b := all[revenue.TaxBill](z, dossier.TaxBill, "declaration", lodged.ID)
	if len(b) != 2 || b[0].State != revenue.Withdrawn || b[1].State != revenue.Consolidated {
		t.Fatalf("%+v", b)
	}
	ok(t, z.ask(lodged.ID, nil, "writing_error"))
	proposal, second = z.propose(lodged.ID)
	ok(t, z.confirm(proposal, second))
	if z.held() != 0 || z.owed() != 0 {
		t.Fatalf("after deletion %d is held and %d owed", z.held(), z.owed())
	}
}

func TestADeletionKeepsTheNumberAndGivesEverythingBack(t *testing.T) {
	z := newZone(t)
	z.manifest()
	lodged := z.lodge(z.bill(), "")
	ok(t, z.ask(lodged.ID, nil, "writing_error"))
	proposal, second := z.propose(lodged.ID)
	ok(t, z.confirm(proposal, second))
	d := z.declaration(lodged.ID)
	if d.State != declaration.Deleted || d.Number != lodged.Number || z.drawn() != "packages=0 mass=0 " || z.owed() != 0 {
		t.Fatalf("%s drawn %s owed %d", d.State, z.drawn(), z.owed())
	}
	for _, o := range all[obligation.Obligation](z, dossier.Obligation, "opened_by", lodged.ID) {
		if o.State != obligation.Lifted {
			t.Errorf("%s is %s", o.Kind, o.State)
		}
	}
	for _, c := range all[casework.Case](z, dossier.Case, "declaration", lodged.ID) {
		if c.State != casework.Closed || len(c.Debts["tax"]) != 0 {
			t.Errorf("%+v", c)
		}
	}
	// The bill of lading can be declared again, on another number.
	if again := z.lodge(z.bill(), ""); again.Number == lodged.Number || again.State != declaration.Taxed {
		t.Fatalf("%+v", again)
	}
}

func TestAReturnGivesBackTaxAndDraws(t *testing.T) {
	z := newZone(t)
	z.manifest()
	d := z.bill()
	d.Transport.Voyage, d.BillOfLading, d.Packages = "", "", 900*num.OneQuantity
	lodged := z.lodge(d, "")
	if lodged.State != declaration.Manual || z.owed() == 0 {
		t.Fatalf("%+v", lodged)
	}
	_, err := z.desk.Decide(t.Context(), z.command("return"), officer("anna"), lodged.ID, clearance.Decision{Act: clearance.ActReturn, Reason: "wrong form"})
	ok(t, err)
	if z.declaration(lodged.ID).State != declaration.Returned || z.owed() != 0 {
		t.Fatalf("%s owes %d", z.declaration(lodged.ID).State, z.owed())
	}
}

func TestARefusedCorrectionLetsTheDeclarationGoOn(t *testing.T) {
	z := newZone(t)
	z.manifest()
	lodged := z.lodge(z.bill(), "")
	next := z.declaration(lodged.ID)
	next.Lines[0].Total = 360_000
	t.Run("by the first officer alone", func(t *testing.T) {
		ok(t, z.ask(lodged.ID, &next, "writing_error"))
		_, err := z.desk.ReviewCorrection(t.Context(), z.command("no"), officer("anna"), lodged.ID, clearance.Opinion{Reason: "not proved"})
		ok(t, err)
		if d := z.declaration(lodged.ID); d.State != declaration.Taxed || d.Lines[0].Total != 180_000 {
			t.Fatalf("%s %d", d.State, d.Lines[0].Total)
		}
	})
	t.Run("by two officers and their chief", func(t *testing.T) {
		ok(t, z.ask(lodged.ID, &next, "writing_error"))
		proposal, second := z.propose(lodged.ID)
		_, err := z.review.Confirm(t.Context(), z.command("no"), officer(second), proposal, false, "not proved")
		ok(t, err)
		r, err := z.review.Again(t.Context(), z.command("again"), officer("anna"), proposal, "see the attachment")
		ok(t, err)
		var reply deliberation.Reply
		z.read(r.Reply, &reply)
		_, err = z.review.Confirm(t.Context(), z.command("no"), officer(reply.Second), proposal, false, "still not")
		ok(t, err)
		_, err = z.review.Decide(t.Context(), z.command("decide"), officer("chief"), proposal, false, "dismissed")
		ok(t, err)
		if d := z.declaration(lodged.ID); d.State != declaration.Taxed || d.Lines[0].Total != 180_000 {
			t.Fatalf("%s %d", d.State, d.Lines[0].Total)
		}
	})
	t.Run("paid meanwhile, it is released", func(t *testing.T) {
		ok(t, z.ask(lodged.ID, &next, "writing_error"))
		_, err := treasury.New(z.store, func() *clearance.Reference { return z.ref }, z.desk).Pay(t.Context(), z.command("pay"), bank, treasury.Payment{TaxBill: lodged.TaxBill, Amount: lodged.Total, BankRef: "B1"})
		ok(t, err)
		proposal, second := z.propose(lodged.ID)
		wants(t, z.confirm(proposal, second), "CLR-CORRECT-03")
		_, err = z.review.Withdraw(t.Context(), z.command("withdraw"), officer("anna"), proposal, "the tax was paid")
		ok(t, err)
		if d := z.declaration(lodged.ID); d.State != declaration.Released {
			t.Fatal(d.State)
		}
	})
	t.Run("after release only what leaves the tax as it is", func(t *testing.T) {
		wants(t, z.ask(lodged.ID, &next, "writing_error"), "DEC-AMEND-04")
		wants(t, z.ask(lodged.ID, nil, "system_error"), "CLR-CORRECT-03")
		ok(t, z.ask(lodged.ID, &next, "system_error"))
		proposal, second := z.propose(lodged.ID)
		wants(t, z.confirm(proposal, second), "CLR-CORRECT-04")
		_, err := z.review.Withdraw(t.Context(), z.command("withdraw"), officer("anna"), proposal, "supplementary bill first")
		ok(t, err)
		late := z.declaration(lodged.ID)
		late.Packages, late.GrossMass, late.Remarks = 59*num.OneQuantity, 590*num.OneQuantity, "one carton short"
		ok(t, z.ask(lodged.ID, &late, "shortage_or_loss"))
		proposal, second = z.propose(lodged.ID)
		ok(t, z.confirm(proposal, second))
		if d := z.declaration(lodged.ID); d.State != declaration.Released || d.Remarks != "one carton short" || z.drawn() != "packages=59 mass=590 " {
			t.Fatalf("%s %q drawn %s", d.State, d.Remarks, z.drawn())
		}
	})
}

func TestWhatWasProposedIsWhatIsDecided(t *testing.T) {
	z := newZone(t)
	z.manifest()
	lodged := z.lodge(z.bill(), "")
	next := z.declaration(lodged.ID)
	next.Lines[0].Total = 360_000
	t.Run("an element that the reason does not cover", func(t *testing.T) {
		wants(t, z.ask(lodged.ID, &next, "shipping_change_of_plan"), "DEC-AMEND-01")
		other := next
		other.CompetentOffice = "2249"
		wants(t, z.ask(lodged.ID, &other, "writing_error"), "CLR-CORRECT-06")
		other = next
		other.Lines = append([]declaration.GoodsItem(nil), next.Lines...)
		other.Lines[0].Commodity = ""
		if err := z.ask(lodged.ID, &other, "writing_error"); fault.All(err) == nil {
			t.Fatal("an incomplete declaration was taken as an amendment")
		}
	})
	ok(t, z.ask(lodged.ID, &next, "writing_error"))
	proposal, second := z.propose(lodged.ID)
	t.Run("a payload that was changed is refused", func(t *testing.T) {
		var honest deliberation.Proposed
		change := func(f func(*deliberation.Proposed)) {
			z.decide(func(v decision.View) (decision.Outcome, error) {
				p, version, err := decision.Load[deliberation.Proposed](v, dossier.Proposal, proposal)
				f(&p)
				return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Proposal, ID: proposal, Version: version, Body: p}}}, err
			})
		}
		change(func(p *deliberation.Proposed) { honest = *p; p.Payload = json.RawMessage(`{"declaration":"another"}`) })
		wants(t, z.confirm(proposal, second), "REVIEW-PAYLOAD-01")
		change(func(p *deliberation.Proposed) { *p = honest })
	})
	t.Run("a declaration that was changed is refused", func(t *testing.T) {
		z.spoiled = append(z.spoiled, check.StateVersion) // the stories count the versions of a declaration
		z.decide(func(v decision.View) (decision.Outcome, error) {
			d, version, err := decision.Load[declaration.Declaration](v, dossier.Declaration, lodged.ID)
			return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Declaration, ID: d.ID, Version: version, Body: d}}}, err
		})
		wants(t, z.confirm(proposal, second), "CLR-CORRECT-02")
	})
}

func TestOfTwoProposalsAtOnceOneIsMade(t *testing.T) {
	z := newZone(t)
	z.manifest()
	lodged := z.lodge(z.bill(), "")
	next := z.declaration(lodged.ID)
	next.Lines[0].Total = 360_000
	ok(t, z.ask(lodged.ID, &next, "writing_error"))
	var group sync.WaitGroup
	var lock sync.Mutex
	made, refused := 0, 0
	for _, who := range []string{"anna", "bert", "carl", "anna", "bert", "carl"} {
		group.Go(func() {
			_, err := z.desk.ReviewCorrection(t.Context(), z.command("propose"), officer(who), lodged.ID, clearance.Opinion{Agree: true, Reason: "proved"})
			lock.Lock()
			defer lock.Unlock()
			switch {
			case err == nil:
				made++
			case fault.All(err) != nil:
				refused++
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if made != 1 || refused != 5 {
		t.Fatalf("%d proposals were made, %d refused", made, refused)
	}
	if n := len(all[deliberation.Proposed](z, dossier.Proposal, "subject", lodged.ID)); n != 1 {
		t.Fatalf("%d proposals are kept", n)
	}
}

// abnormal lodges a declaration, has it inspected and finds something.
func (z *zone) abnormal() (declarationID string, order inspection.Order) {
	z.t.Helper()
	lodged := z.lodge(z.bill(), "")
	_, err := z.desk.Decide(z.t.Context(), z.command("inspect"), officer("anna"), lodged.ID, clearance.Decision{Act: clearance.ActInspect, Reason: "look"})
	ok(z.t, err)
	orders := all[inspection.Order](z, dossier.InspectionOrder, "subject", lodged.ID)
	rules, err := inspection.BuiltIn().At(z.clock.Now().Date())
	ok(z.t, err)
	var found inspection.ResultCode
	for _, c := range rules.Results {
		if c.Found {
			found = c
			break
		}
	}
	_, err = z.desk.Inspected(z.t.Context(), z.command("result"), officer(orders[0].Inspectors()[0]), orders[0].ID, clearance.Finding{Begin: true, Result: inspection.Result{
		Code: found.Code, Findings: []inspection.Finding{{Line: 1, Type: found.Type, Declared: "540", Found: "640"}},
		Present: &inspection.Present{Name: "王", Signature: "x"},
	}})
	ok(z.t, err)
	return lodged.ID, load[inspection.Order](z, dossier.InspectionOrder, orders[0].ID)
}

func (z *zone) dispose(order, measure string, tax num.Money) (string, string) {
	z.t.Helper()
	r, err := z.desk.ProposeDisposal(z.t.Context(), z.command("dispose"), officer("anna"), order, clearance.Disposal{Measure: measure, TaxEffect: tax, Reason: "found more"})
	ok(z.t, err)
	var reply deliberation.Reply
	z.read(r.Reply, &reply)
	return reply.Proposal, reply.Second
}

func TestAnAbnormalInspectionIsDisposedOfByTwoOfficers(t *testing.T) {
	release := clearance.Decision{Act: clearance.ActRelease, Reason: "settled", Guarantee: number}
	for _, c := range []struct {
		measure, refusal string
		state            declaration.State
	}{
		{"release", "", declaration.Released},
		{"amend", "DEC-RELEASE-03", declaration.Manual},
		{"detain", "DEC-RELEASE-04", declaration.Manual},
		{"return", "", declaration.Returned},
	} {
		t.Run(c.measure, func(t *testing.T) {
			z := newZone(t)
			z.manifest()
			id, order := z.abnormal()
			if order.State != inspection.Abnormal {
				t.Fatal(order.State)
			}
			_, err := z.desk.Decide(t.Context(), z.command("release"), officer("anna"), id, release)
			wants(t, err, "DEC-RELEASE-03")
			_, err = z.desk.ProposeDisposal(t.Context(), z.command("dispose"), officer("ida"), order.ID, clearance.Disposal{Measure: c.measure, Reason: "r"})
			wants(t, err, "REVIEW-FIRST-01") // who found it does not judge it
			proposal, second := z.dispose(order.ID, c.measure, 12_345)
			wants(t, z.confirm(proposal, "anna"), "REVIEW-SECOND-02")
			ok(t, z.confirm(proposal, second))
			closed := load[inspection.Order](z, dossier.InspectionOrder, order.ID)
			if closed.State != inspection.FedBack || closed.Disposal.Proposal != proposal {
				t.Fatalf("%s %+v", closed.State, closed.Disposal)
			}
			labels := all[inspection.Label](z, dossier.Label, "subject", id)
			if len(labels) != 1 || labels[0].TaxEffect != 12_345 || labels[0].Outcome != inspection.OutcomeFound {
				t.Fatalf("%+v", labels)
			}
			if c.measure != "return" {
				_, err = z.desk.Decide(t.Context(), z.command("release"), officer("anna"), id, release)
				if c.refusal != "" {
					wants(t, err, c.refusal)
				} else {
					ok(t, err)
				}
			} else if z.owed() != 0 {
				t.Errorf("returned and %d owed", z.owed())
			}
			if d := z.declaration(id); d.State != c.state {
				t.Fatalf("%s, want %s", d.State, c.state)
			}
			if c.measure == "amend" { // put right by two officers, it can go on
				next := z.declaration(id)
				next.Lines[0].Total = 360_000
				ok(t, z.ask(id, &next, "writing_error"))
				proposal, second := z.propose(id)
				ok(t, z.confirm(proposal, second))
				_, err = z.desk.Decide(t.Context(), z.command("release"), officer("anna"), id, release)
				ok(t, err)
				if d := z.declaration(id); d.State != declaration.Released {
					t.Fatal(d.State)
				}
			}
		})
	}
}

func TestAManifestArrivesIsTalliedAndAmended(t *testing.T) {
	z := newZone(t)
	id, m := z.manifest()
	lodged := z.lodge(z.bill(), "")
	arrive := func(day string) clearance.ManifestReply {
		r, err := z.desk.ManifestArrived(t.Context(), z.command("arrive"), carrier, id, manifest.Moment{Day: clock.MustDate(day)})
		ok(t, err)
		var reply clearance.ManifestReply
		z.read(r.Reply, &reply)
		return reply
	}
	_, err := z.desk.ManifestTallied(t.Context(), z.command("tally"), carrier, id, clearance.Counting{})
	wants(t, err, "MAN-TALLY-01")
	if r := arrive("2026-11-21"); r.State != string(manifest.Arrived) || r.Version != 2 {
		t.Fatalf("%+v", r)
	}
	if r := arrive("2026-11-20"); len(r.Warnings) != 1 || r.Version != 2 {
		t.Fatalf("%+v", r)
	}
	if d := z.declaration(lodged.ID); d.Confirmed.ManifestVersion != 1 {
		t.Fatal(d.Confirmed)
	}
	_, err = treasury.New(z.store, func() *clearance.Reference { return z.ref }, z.desk).Pay(t.Context(), z.command("pay"), bank, treasury.Payment{TaxBill: lodged.TaxBill, Amount: lodged.Total, BankRef: "B1"})
	ok(t, err)
	if d := z.declaration(lodged.ID); d.State == declaration.Released {
		t.Fatal("released on a match with another day of arrival")
	}
	// Changing it freely is over; an officer decides.
	m.Consignments[0].Packages, m.Consignments[0].Goods[0].Packages = 99*num.OneQuantity, 99*num.OneQuantity
	_, err = z.desk.ReceiveManifest(t.Context(), z.command("manifest"), carrier, clearance.Filing{Manifest: m})
	wants(t, err, "CLR-MANIFEST-02")
	_, err = z.desk.ManifestTallied(t.Context(), z.command("tally"), carrier, id, clearance.Counting{})
	wants(t, err, "CLR-TALLY-01")
	r, err := z.desk.ManifestTallied(t.Context(), z.command("tally"), carrier, id, clearance.Counting{Lines: []clearance.TallyLine{
		{Bill: "bl1", Packages: 90 * num.OneQuantity}, {Bill: "bl 1", Packages: 9 * num.OneQuantity}, {Bill: "BL9", Packages: num.OneQuantity},
	}})
	ok(t, err)
	var tallied clearance.ManifestReply
	z.read(r.Reply, &tallied)
	debts := all[obligation.Obligation](z, dossier.Obligation, "opened_by", id)
	if tallied.State != string(manifest.Tallied) || tallied.Version != 3 || len(debts) != 1 || len(debts[0].Lines) != 2 {
		t.Fatalf("%+v %+v", tallied, debts)
	}
	ask := func() clearance.AmendmentReply {
		r, err := z.desk.AskAmendment(t.Context(), z.command("ask"), carrier, m, "one carton short")
		ok(t, err)
		var reply clearance.AmendmentReply
		z.read(r.Reply, &reply)
		return reply
	}
	first, second := ask(), ask()
	decide := func(id string, agree bool) error {
		_, err := z.desk.DecideAmendment(t.Context(), z.command("decide"), officer("anna"), id, clearance.Opinion{Agree: agree, Reason: "tally"})
		return err
	}
	ok(t, decide(first.ID, true))
	wants(t, decide(first.ID, true), "CLR-AMEND-03")
	wants(t, decide(second.ID, true), "CLR-AMEND-04")
	ok(t, decide(second.ID, false))
	now := load[clearance.Manifest](z, dossier.Manifest, id)
	if now.Version != 4 || now.State != manifest.Tallied || now.Content.ArrivalActual.Day != clock.MustDate("2026-11-21") {
		t.Fatalf("version %d %s %+v", now.Version, now.State, now.Content.ArrivalActual)
	}
	bill := load[clearance.BillOfLading](z, dossier.BillOfLading, now.Bills[0])
	if bill.Content.Packages != 99*num.OneQuantity || bill.Tally == nil || bill.Tally.Packages != 99*num.OneQuantity {
		t.Fatalf("%+v", bill)
	}
	m.ID = "M9"
	_, err = z.desk.AskAmendment(t.Context(), z.command("ask"), carrier, m, "")
	wants(t, err, "CLR-AMEND-02")
	_, err = z.desk.AskAmendment(t.Context(), z.command("ask"), carrier, m, "wrong number")
	wants(t, err, "CLR-AMEND-01")
}
