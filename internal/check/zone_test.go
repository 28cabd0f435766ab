package check_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver “pgx”

	"seine/internal/app"
	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/httpapi"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/sim"
	"seine/internal/store"
	"seine/internal/store/storetest"
	"seine/internal/tariff"
	"seine/internal/writeoff"
)

// made is a zone of a few days, made through its doors as everybody uses them.
type made struct {
	engine, driver, name string // of the database
	secrets              string
	public               string // key of the journal
}

// opened gives a connection to the records of the zone, past the program.
func (m made) opened(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(m.driver, m.name)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// live makes the zone: days of business, everything sealed but one last entry,
// which is written when nothing runs by itself any more.
func live(ctx context.Context, o app.Options, days int) (m made, err error) {
	day := clock.NewVirtual(clock.MustDate("2026-11-16").Start().Add(8*time.Hour), false)
	const long = 400 * 24 * time.Hour
	o.Clock, o.SessionLife, o.SessionIdle, o.TokenLife = day, long, long, long
	if err := business(ctx, o, day, days); err != nil {
		return m, err
	}
	a, err := app.Open(ctx, o)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	// The clock stands, so that identifiers run ahead of it: without a second more those
	// of this start could come before the last ones of the start before.
	day.Advance(time.Second)
	late := party.Officer{Number: "SH0002", Name: "late", Unit: "technology", Areas: []string{party.AnyArea}, Posts: []party.PostID{party.Administrator}}
	command := decision.Command{Name: "officer.late", Actor: decision.System.ID, Received: day.Now(), Key: "officer.late", Content: []byte("late")}
	if _, err := a.Registry.Appoint(ctx, command, decision.System, late); err != nil {
		return m, err
	}
	m.public = a.Journal.Public
	return m, errors.Join(a.Store.Settle(ctx), a.Store.CatchUp(ctx))
}

// inZone founds a zone and does something in it, through the doors that everybody
// uses.
func inZone(ctx context.Context, o app.Options, day *clock.Virtual, do func(*app.App, *sim.Zone) error) (err error) {
	a, err := app.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Start(ctx); err != nil {
		return err
	}
	doors, err := a.Doors(app.ServeOptions{PublicURL: "urn:test", Private: true})
	if err != nil {
		return err
	}
	server := httptest.NewUnstartedServer(doors)
	server.Config = httpapi.Listener("", doors)
	server.Start()
	defer server.Close()
	command := func(name string) decision.Command {
		return decision.Command{Name: name, Actor: decision.System.ID, Received: day.Now(), Key: name, Content: []byte(name)}
	}
	founder := party.Officer{Number: "SH0001", Name: "founder", Unit: "technology", Areas: []string{party.AnyArea}, Posts: []party.PostID{party.Administrator}}
	if _, err := a.Registry.Appoint(ctx, command("officer.appoint"), decision.System, founder); err != nil {
		return err
	}
	if _, err := a.Registry.OpenAccount(ctx, command("account.open"), decision.System, party.User{Name: "founder", Officer: founder.Number}); err != nil {
		return err
	}
	link, _, err := a.Identity.MakeLink(ctx, decision.System, "founder", time.Minute)
	if err != nil {
		return err
	}
	session, err := a.Identity.UseLink(ctx, link)
	if err != nil {
		return err
	}
	zone := sim.New(sim.Host{Base: server.URL, HTTP: server.Client(), Admin: session.Token, Now: day.Now, Advance: day.Advance}, 3)
	if err := zone.Found(ctx); err != nil {
		return err
	}
	return do(a, zone)
}

// business is days of it through the doors, sealed at the end.
func business(ctx context.Context, o app.Options, day *clock.Virtual, days int) error {
	return inZone(ctx, o, day, func(a *app.App, zone *sim.Zone) error { return daysOf(ctx, a, zone, day, days) })
}

func daysOf(ctx context.Context, a *app.App, zone *sim.Zone, day *clock.Virtual, days int) error {
	if err := zone.History(ctx, 1, 1); err != nil {
		return err
	}
	if err := otherRates(ctx, a, day); err != nil {
		return err
	}
	sell, err := works(ctx, a, day)
	if err != nil {
		return err
	}
	if err := zone.History(ctx, days-1, 1); err != nil {
		return err
	}
	if err := sell(); err != nil {
		return err
	}
	if c := zone.Counts; c.Passages == 0 || c.Payments == 0 {
		return fmt.Errorf("a zone in which too little happened: %+v", c)
	}
	if err := fed(ctx, a, day); err != nil {
		return err
	}
	for {
		if err := errors.Join(a.Store.Settle(ctx), a.Seal(ctx)); err != nil {
			return err
		}
		if last, err := a.Store.LastCheckpoint(ctx); err != nil || last.Size >= a.Store.Position() {
			return err
		}
	}
}

// fed lets the feed of the zone tell of goods for which there is no paper, so that
// its newest table has a line that is apart.
func fed(ctx context.Context, a *app.App, day clock.Clock) error {
	page, err := a.Store.List(ctx, dossier.Feed, store.Query{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return errors.Join(errors.New("the zone has no feed"), err)
	}
	var f feed.Feed
	if _, err := a.Store.Load(ctx, dossier.Feed, page.Items[0].ID, &f); err != nil {
		return err
	}
	ids, err := a.Store.Find(ctx, dossier.FeedPart, "book", f.Book, 1)
	if err != nil || len(ids) == 0 {
		return errors.Join(errors.New("the feed has no part"), err)
	}
	var part feed.Part
	if _, err := a.Store.Load(ctx, dossier.FeedPart, ids[0], &part); err != nil {
		return err
	}
	command := decision.Command{Name: "feed.send", Actor: decision.System.ID, Received: day.Now()}
	_, err = a.Bonded.TakeMessage(ctx, command, decision.System, feed.Message{
		Enterprise: f.Enterprise, System: f.System, Book: f.Book, Sequence: f.Next(), Key: "without a paper", SentAt: day.Now(),
		Records: []feed.Record{{Kind: feed.Receipt, ID: "no paper", On: day.Now().Date(), Part: part.Number, Lot: "no paper", Quantity: 12 * num.OneQuantity, Unit: part.Unit, Location: "A"}},
	})
	if err != nil {
		return err
	}
	if err := a.CompareFeed(ctx, f.Book); err != nil && !fault.Is(err, "BONDED-FEED-06") { // the zone compared by itself meanwhile
		return err
	}
	return nil
}

// works opens an enterprise a book of processing. What it gives sells a remainder,
// scrap and a defective product of it, once there are days of interest.
func works(ctx context.Context, a *app.App, day clock.Clock) (sell func() error, err error) {
	page, err := a.Store.List(ctx, dossier.Enterprise, store.Query{Limit: 1, Where: map[string][]string{"state": {"registered"}}})
	if err != nil || len(page.Items) == 0 {
		return nil, errors.Join(errors.New("the zone has no enterprise"), err)
	}
	var firm party.Enterprise
	if _, err := a.Store.Load(ctx, dossier.Enterprise, page.Items[0].ID, &firm); err != nil {
		return nil, err
	}
	by := decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: firm.ID}
	command := func(name string) decision.Command {
		return decision.Command{Name: name, Actor: by.ID, Received: day.Now(), Key: name, Content: []byte(name)}
	}
	today := day.Now().Date()
	receipt, err := a.Bonded.FileBook(ctx, command("works"), by, book.Book{
		Kind: book.Processing, Processing: book.WorkOrder, CycleMonths: 6, Operator: book.Party{CreditCode: firm.ID, Code: string(firm.CustomsCode), Name: firm.Name},
		CompetentOffice: "2218", Area: firm.Area, ValidTo: today.AddMonths(24),
		Lines: []book.Line{
			{Number: 1, Kind: book.Material, PartNumber: "CON", Commodity: "2009110000", Name: "concentrate", Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "BR"},
			{Number: 2, Kind: book.Product, PartNumber: "JUI", Commodity: "2009120090", Name: "juice", Unit: "KGM", LegalUnit: "KGM", Currency: "USD", Origin: "CN"},
		},
		Consumptions: []book.Consumption{{Product: 2, Material: 1, Version: 1, NetUse: 2 * num.OneQuantity, TangibleLoss: num.OneRate / 10}},
		Parts: []book.PartItem{
			{Part: "C-65", Line: 1, Commodity: "2009110000", Name: "concentrate", Unit: "KGM"}, {Part: "J-1", Line: 2, Commodity: "2009120090", Name: "juice", Unit: "KGM"},
		},
	})
	if err != nil {
		return nil, err
	}
	var filed bonded.Reply
	if err := json.Unmarshal(receipt.Reply, &filed); err != nil {
		return nil, err
	}
	if filed.Number == "" {
		return nil, errors.New("the book waits for two officers")
	}
	if err := marked(ctx, a, day, by, filed.ID); err != nil {
		return nil, err
	}
	opening := bonded.Opening{On: today.AddDays(-1), Reason: "counted", Lines: []bonded.OpeningLine{
		{Line: 1, Quantity: 9_000 * num.OneQuantity, Value: 18_000_00}, {Line: 2, Quantity: 100 * num.OneQuantity, Value: 300_00},
	}}
	if _, err := a.Bonded.StateOpening(ctx, command("works-opening"), by, filed.ID, opening); err != nil {
		return nil, err
	}
	return func() error {
		if err := short(ctx, a, day, by, filed.ID); err != nil {
			return err
		}
		for _, one := range []writeoff.Residue{
			{Line: 1, Class: writeoff.Remainder, Commodity: "2009110000", Name: "rest", Quantity: 700 * num.OneQuantity},
			{Line: 1, Class: writeoff.ByProduct, Commodity: "2309909000", Name: "pulp", Quantity: 5 * num.OneQuantity},
			{Line: 1, Class: writeoff.Scrap, Commodity: "3907611000", Name: "film", Quantity: 90 * num.OneQuantity},
			{Line: 2, Class: writeoff.Defective, Commodity: "2009120090", Name: "off", Quantity: 60 * num.OneQuantity},
		} {
			name := "works-" + string(one.Class)
			receipt, err := a.Bonded.TellResidue(ctx, command(name), by, filed.ID, one)
			if err != nil {
				return err
			}
			var told bonded.Reply
			if err := json.Unmarshal(receipt.Reply, &told); err != nil {
				return err
			}
			if one.Class == writeoff.ByProduct { // is corrected, and kept
				if _, err := a.Bonded.CorrectResidue(ctx, command(name+"-code"), by, told.ID, bonded.ResidueCode{Commodity: "2309901000"}, "as the laboratory says"); err != nil {
					return err
				}
				continue
			}
			if _, err := a.Bonded.SellResidue(ctx, command(name+"-sold"), by, told.ID, bonded.ResidueSale{Buyer: "feed mill", Value: 12_345_67}); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// short writes a book off of which something is missing: two officers agree that it
// is taxed.
func short(ctx context.Context, a *app.App, day clock.Clock, by decision.Actor, id string) error {
	command := func(name string, by decision.Actor) decision.Command {
		return decision.Command{Name: name, Actor: by.ID, Received: day.Now(), Key: name, Content: []byte(name)}
	}
	receipt, err := a.Bonded.DraftWriteOff(ctx, command("works-draft", by), by, id, bonded.Drafting{Kind: writeoff.Supplementary, End: day.Now().Date().AddDays(-1)})
	if err != nil {
		return err
	}
	var drafted bonded.Reply
	if err := json.Unmarshal(receipt.Reply, &drafted); err != nil {
		return err
	}
	var doc bonded.WriteOff
	if _, err := a.Store.Load(ctx, dossier.WriteOff, drafted.ID, &doc); err != nil {
		return err
	}
	var counts []writeoff.Count
	for i := range doc.Report.Items {
		it := &doc.Report.Items[i]
		missing := num.Quantity(0)
		if it.Line == 1 {
			missing = 1_234 * num.OneQuantity
		}
		counts = append(counts, writeoff.Count{Line: it.Line, Quantity: it.ShouldRemain.Quantity - missing})
	}
	if _, err := a.Bonded.EnterCounts(ctx, command("works-count", by), by, drafted.ID, counts, true); err != nil {
		return err
	}
	explained := []writeoff.Explanation{{Line: 1, Cause: writeoff.ProcessLoss, Quantity: 34 * num.OneQuantity, Reason: "foam"}}
	if _, err := a.Bonded.ExplainWriteOff(ctx, command("works-explain", by), by, drafted.ID, explained); err != nil {
		return err
	}
	if _, err := a.Bonded.SubmitWriteOff(ctx, command("works-submit", by), by, drafted.ID); err != nil {
		return err
	}
	for _, o := range a.Reference().Officers {
		if !slices.Contains(o.Posts, party.FilingOfficer) && !slices.Contains(o.Posts, party.Reviewer) {
			continue
		}
		first := o.Actor()
		if receipt, err = a.Bonded.ProposeWriteOff(ctx, command("works-propose", first), first, drafted.ID, "as counted"); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	var proposed struct{ Proposal, Second string }
	if err := json.Unmarshal(receipt.Reply, &proposed); err != nil {
		return err
	}
	for _, o := range a.Reference().Officers {
		if o.ID == proposed.Second {
			_, err := a.Review.Confirm(ctx, command("works-agree", o.Actor()), o.Actor(), proposed.Proposal, true, "seen")
			return err
		}
	}
	return fmt.Errorf("nobody is officer %q", proposed.Second)
}

// marked lets customs keep a part of a book to itself, and the enterprise change
// the book afterwards.
func marked(ctx context.Context, a *app.App, day clock.Clock, by decision.Actor, id string) error {
	var officer decision.Actor
	for _, o := range a.Reference().Officers {
		if slices.Contains(o.Posts, party.FilingOfficer) && o.Office == "2218" {
			officer = o.Actor()
		}
	}
	command := func(name string, by decision.Actor) decision.Command {
		return decision.Command{Name: name, Actor: by.ID, Received: day.Now(), Key: name, Content: []byte(name)}
	}
	if _, err := a.Bonded.MarkPart(ctx, command("works-mark", officer), officer, id, bonded.PartMark{Part: "C-65", Separate: true}, "under inquiry"); err != nil {
		return err
	}
	var held bonded.Book
	if _, err := a.Store.Load(ctx, dossier.Book, id, &held); err != nil {
		return err
	}
	held.CycleMonths = 12
	_, err := a.Bonded.ChangeBook(ctx, command("works-change", by), by, id, held.Book)
	return err
}

// otherRates lets two officers agree on other rates and on another rule of tax,
// from the next day on and at once.
func otherRates(ctx context.Context, a *app.App, day clock.Clock) error {
	var first decision.Actor
	for _, o := range a.Reference().Officers {
		if slices.Contains(o.Posts, party.TaxOfficer) && o.OnDuty {
			first = o.Actor()
		}
	}
	today := day.Now().Date()
	command := func(name string) decision.Command {
		return decision.Command{Name: name, Actor: first.ID, Received: day.Now(), Key: name, Content: []byte(name)}
	}
	var rates []tariff.Amendment
	for _, code := range []tariff.Code{"22042100", "33030000", "33049900", "21069090", "20091100"} {
		rates = append(rates, tariff.Amendment{Code: code, Kind: "mfn", Rate: "4.7%", From: today, Law: "announcement 12"})
	}
	for n, propose := range []func(name string) (decision.Receipt, error){
		func(name string) (decision.Receipt, error) {
			return a.Oversight.ProposeTariff(ctx, command(name), first, rates, "as announced", "it counts from today")
		},
		func(name string) (decision.Receipt, error) {
			return a.Oversight.ProposeParameter(ctx, command(name), first, oversight.ParameterDraft{
				Name: "duty/tax_rounding", From: today + 1, Source: "our reading", Values: map[string]string{"value": "half_even"}, Reason: "as announced",
			})
		},
		func(name string) (decision.Receipt, error) {
			return a.Oversight.ProposeParameter(ctx, command(name), first, oversight.ParameterDraft{
				Name: "house/calendar", From: today + 1, Source: "our reading", Values: map[string]string{"holidays": "- 2026-12-02..2026-12-03", "workdays": "- 2026-12-05"}, Reason: "as announced",
			})
		},
		func(name string) (decision.Receipt, error) { // a whole schedule of the coming year
			file, err := nextYears()
			if err != nil {
				return decision.Receipt{}, err
			}
			receipt, err := a.Oversight.LoadSchedule(ctx, command(name+"-file"), first, file, clock.MustDate("2027-01-01"))
			if err != nil {
				return receipt, err
			}
			var draft oversight.TariffReply
			if err := json.Unmarshal(receipt.Reply, &draft); err != nil {
				return receipt, err
			}
			return a.Oversight.ProposeSchedule(ctx, command(name), first, draft.ID, "announcement 99", "as announced")
		},
	} {
		receipt, err := propose(fmt.Sprintf("propose-%d", n))
		if err != nil {
			return err
		}
		var proposed struct{ Proposal, Second string }
		if err := json.Unmarshal(receipt.Reply, &proposed); err != nil {
			return err
		}
		for _, o := range a.Reference().Officers {
			if o.ID != proposed.Second {
				continue
			}
			if _, err := a.Review.Confirm(ctx, command(fmt.Sprintf("agree-%d", n)), o.Actor(), proposed.Proposal, true, ""); err != nil {
				return err
			}
		}
	}
	return a.Reload(ctx)
}

// nextYears is the file of a schedule that differs from the one in force.
func nextYears() ([]byte, error) {
	cn, err := tariff.Shipped("cn")
	if err != nil {
		return nil, err
	}
	next, err := cn.Amend([]tariff.Amendment{{Code: "22042100", Kind: "mfn", Rate: "9%", From: clock.MustDate("2027-01-01"), Law: "announcement 99"}})
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = tariff.WriteFacts(&file, next)
	return file.Bytes(), err
}

var place string // of the zone on SQLite

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "seine-check-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	place = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var embedded = sync.OnceValues(func() (made, error) {
	m, err := live(context.Background(), app.Options{Dir: place}, 6)
	m.engine, m.driver, m.name, m.secrets = "sqlite", "sqlite", filepath.Join(place, "zone.db"), filepath.Join(place, "secrets")
	return m, err
})

func sqliteZone(t testing.TB) made {
	t.Helper()
	m, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func postgresZone(t *testing.T) made {
	t.Helper()
	url, secrets := storetest.PostgresURL(t), filepath.Join(t.TempDir(), "secrets")
	m, err := live(t.Context(), app.Options{URL: url, Secrets: secrets}, 5)
	if err != nil {
		t.Fatal(err)
	}
	m.engine, m.driver, m.name, m.secrets = "postgres", "pgx", url, secrets
	return m
}

// hand is somebody who changes records past the program, in a transaction that
// is never committed: the check reads within it.
type hand struct {
	t      *testing.T
	tx     *sql.Tx
	engine string
	zone   made
}

// Engine makes hand a check.Source.
func (h *hand) Engine() string { return h.engine }

// Query makes hand a check.Source.
func (h *hand) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return h.tx.QueryContext(ctx, query, args...)
}

// do runs a statement that must change something.
func (h *hand) do(query string, args ...any) {
	h.t.Helper()
	result, err := h.tx.ExecContext(h.t.Context(), query, args...)
	if err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		h.t.Fatalf("%s: changed nothing, %v", query, err)
	}
}

// ddl changes a table's rules.
func (h *hand) ddl(query string) {
	h.t.Helper()
	if _, err := h.tx.ExecContext(h.t.Context(), query); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

// text reads one value.
func (h *hand) text(query string, args ...any) (s string) {
	h.t.Helper()
	if err := h.tx.QueryRowContext(h.t.Context(), query, args...).Scan(&s); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return s
}

// document is a body as it lies in a table.
type document map[string]any

// at gives what stands at a place: names and numbers of lists.
func (d document) at(path ...any) any {
	var v any = map[string]any(d)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// set puts a value at a place that is there; nil takes it away.
func (d document) set(value any, path ...any) {
	parent, last := d.at(path[:len(path)-1]...), path[len(path)-1]
	switch p := parent.(type) {
	case map[string]any:
		if value == nil {
			delete(p, last.(string))
			return
		}
		p[last.(string)] = value
	case []any:
		p[last.(int)] = value
	default:
		panic(fmt.Sprintf("nothing at %v", path))
	}
}

// edit changes the first document of a table that a condition names and that
// change takes; it gives its id.
func (h *hand) edit(table, where string, change func(document) bool) string {
	h.t.Helper()
	rows, err := h.tx.QueryContext(h.t.Context(), "SELECT id, body FROM "+table+" WHERE "+where+" ORDER BY id")
	if err != nil {
		h.t.Fatal(err)
	}
	ids, bodies := []string{}, []string{}
	for rows.Next() {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			h.t.Fatal(err)
		}
		ids, bodies = append(ids, id), append(bodies, body)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		h.t.Fatal(err)
	}
	for i, id := range ids {
		d := document{}
		if err := json.Unmarshal([]byte(bodies[i]), &d); err != nil {
			h.t.Fatal(err)
		}
		if !change(d) {
			continue
		}
		body, err := json.Marshal(d)
		if err != nil {
			h.t.Fatal(err)
		}
		h.do("UPDATE "+table+" SET body = $1 WHERE id = $2", string(body), id)
		return id
	}
	h.t.Fatalf("no document of %s where %s can be changed so", table, where)
	return ""
}

// put sets one place of the first document that a condition names.
func (h *hand) put(table, where string, value any, path ...any) string {
	h.t.Helper()
	return h.edit(table, where, func(d document) bool {
		d.set(value, path...)
		return true
	})
}

// tampered runs the check on the zone after somebody had his hand in it.
func tampered(t *testing.T, db *sql.DB, zone made, by func(*hand)) *check.Report {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}()
	h := &hand{t: t, tx: tx, engine: zone.engine, zone: zone}
	by(h)
	report, err := check.Run(t.Context(), h, check.Options{Secrets: zone.secrets})
	if err != nil {
		t.Fatalf("the check was not finished: %v", err)
	}
	return report
}
