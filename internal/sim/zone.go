package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/control"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/gate"
	"seine/internal/message"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/registry"
	"seine/internal/tariff"
	"seine/internal/treasury"
)

// Host is what the simulation needs of whoever starts it.
type Host struct {
	Base  string // of the HTTP interface
	HTTP  *http.Client
	Admin string // token of an administrator: from here on everything goes through the interface
	Now   func() clock.Instant
	// Advance pushes the zone's clock while history is made; nil when time runs by
	// itself.
	Advance func(time.Duration)
	// Bank speaks the bank link; nil tells payments over the interface instead.
	Bank Bank
	// Wire is the line between lanes and centre; nil is one that nobody cuts.
	Wire *Wire
	// Tell reports what happens, for a progress line; may be nil.
	Tell func(what string, done, total int)
}

// Zone is the living zone.
type Zone struct {
	host      Host
	seed      uint64
	source    *rand.PCG
	rand      *rand.Rand
	cast      *cast
	admin     *Door
	doors     map[string]*Door // by enterprise
	lanes     map[string]*Door // of its equipment, by lane
	bank      *Door
	officers  map[party.PostID][]*Door // an officer's own door, by post
	byOfficer map[string]*Door
	stock     []stock
	shops     []workshop
	ahead     []*ahead
	sequence  int
	// leftUnpaid is the monthly statement that nobody pays.
	leftUnpaid string
	house      *warehouse // whose system tells customs of its stock; nil before it was accepted
	serial     int
	Counts     Counts
}

// Counts is what the simulation did.
type Counts struct {
	Manifests    int            `json:"manifests"`
	Declarations int            `json:"declarations"`
	Lists        int            `json:"lists"`
	Notes        int            `json:"notes"`
	Passages     int            `json:"passages"`
	Payments     int            `json:"payments"`
	Inspections  int            `json:"inspections"`
	Applications int            `json:"applications"`
	Messages     int            `json:"messages"`
	Refused      int            `json:"refused"`
	Refusals     map[string]int `json:"refusals,omitempty"` // by fault code
}

// stock is goods that lie in the zone on an account book.
type stock struct {
	owner   *party.Enterprise
	office  string
	account string
	line    int
	goods   parcel
}

// New gives a zone whose people are the same for the same seed, and on each day
// ship the same goods in the same trucks. Whom customs draw at random for a look is
// not theirs to say: the keys of the draws are the zone's secret, and what follows
// from a draw differs with it.
func New(host Host, seed uint64) *Zone {
	source := rand.NewPCG(seed, seed^0x5e17e)
	w := &Zone{host: host, seed: seed, source: source, rand: rand.New(source), doors: map[string]*Door{}, officers: map[party.PostID][]*Door{}, byOfficer: map[string]*Door{}, lanes: map[string]*Door{}}
	w.admin = &Door{Base: host.Base, HTTP: host.HTTP, Token: host.Admin}
	return w
}

// chapter begins chance anew for the n-th piece of a day: what customs decided in
// the piece before then changes nothing in this one.
func (w *Zone) chapter(piece uint64, day, n int) {
	w.source.Seed(w.seed^piece<<48, uint64(day)<<32|uint64(n))
}

// The pieces of a day.
const (
	ofShips uint64 = iota + 1
	ofSales
	ofTheLate
	ofTheDesks
)

func (w *Zone) tell(what string, done, total int) {
	if w.host.Tell != nil {
		w.host.Tell(what, done, total)
	}
}

func (w *Zone) number(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%07d", prefix, w.serial)
}

// refused counts a refusal and lets everything else travel on: a simulated user
// makes mistakes, a broken house is an error.
func (w *Zone) refused(err error) error {
	var r *Refusal
	if errors.As(err, &r) && r.Status < 500 {
		w.Counts.Refused++
		if w.Counts.Refusals == nil {
			w.Counts.Refusals = map[string]int{}
		}
		for _, code := range r.Codes {
			w.Counts.Refusals[code]++
		}
		return nil
	}
	return err
}

// Found registers everybody and opens the books.
func (w *Zone) Found(ctx context.Context) error {
	today := w.host.Now().Date()
	w.cast = newCast(w.rand, today.AddDays(40))
	c := w.cast
	c.settle(rand.New(rand.NewPCG(w.seed, w.seed^0x0e19b)), today.AddMonths(-30), neighbours)
	for i := range c.officers {
		if err := w.admin.send(ctx, http.MethodPost, pathOfficers, c.officers[i], nil); err != nil {
			return err
		}
	}
	if err := w.staff(ctx); err != nil {
		return err
	}
	all := [][]party.Enterprise{c.carriers, c.brokers, c.traders, c.inside}
	done := 0
	for _, group := range all {
		for i := range group {
			if err := w.as(party.FilingOfficer).send(ctx, http.MethodPost, pathEnterprises, group[i], nil); err != nil {
				return err
			}
			done++
			w.tell("registering enterprises", done, len(c.carriers)+len(c.brokers)+len(c.traders)+len(c.inside))
		}
	}
	for _, group := range all {
		for i := range group {
			post := party.EnterpriseClerk
			switch {
			case group[i].Is(party.Carrier):
				post = party.CarrierPost
			case group[i].Is(party.Broker):
				post = party.BrokerPost
			}
			door, err := w.machine(ctx, fmt.Sprintf("system-%s", group[i].ID), group[i].ID, post)
			if err != nil {
				return err
			}
			w.doors[group[i].ID] = door
		}
	}
	bank := w.cast.bank(w.rand, today)
	if err := w.as(party.FilingOfficer).send(ctx, http.MethodPost, pathEnterprises, bank, nil); err != nil {
		return err
	}
	var err error
	if w.bank, err = w.machine(ctx, "bank", bank.ID, party.BankPost); err != nil {
		return err
	}
	if err := w.rates(ctx, today); err != nil {
		return err
	}
	if err := w.decisions(ctx, today); err != nil {
		return err
	}
	for i := range c.guarantees {
		request := treasury.CoverRequest{Guarantee: c.guarantees[i], Reason: "agreement of the general account seen (demonstration)"}
		if err := w.twoAgree(ctx, w.as(party.GuaranteeOfficer), pathGuarantees, request, "account confirmed by the guarantor (demonstration)"); err != nil {
			return err
		}
	}
	if err := w.books(ctx); err != nil {
		return err
	}
	if err := w.welcome(ctx); err != nil {
		return err
	}
	return w.workshops(ctx)
}

// rates enters the exchange rates of the months that the history touches. They
// are rounded figures of the demonstration, and say so.
func (w *Zone) rates(ctx context.Context, today clock.Date) error {
	var rates []registry.ExchangeRate
	first := today.AddMonths(-3)
	for month := range 16 {
		on := first.AddMonths(month)
		on = clock.Day(on.Year(), on.Month(), 1)
		rates = append(rates, registry.ExchangeRate{Currency: "USD", From: on, Rate: num.Rate(710_000_000 + int64(month%5)*1_000_000), Source: "demonstration figure"},
			registry.ExchangeRate{Currency: "EUR", From: on, Rate: num.Rate(780_000_000 + int64(month%4)*2_000_000), Source: "demonstration figure"})
	}
	return w.as(party.TaxOfficer).send(ctx, http.MethodPost, pathRates, rates, nil)
}

// decisions enters what customs decided on codes beforehand: one for everybody,
// one for the first enterprise of the zone.
func (w *Zone) decisions(ctx context.Context, today clock.Date) error {
	from := clock.Day(2026, time.January, 1)
	if today < from {
		return nil // the schedule does not speak for that day
	}
	return w.as(party.TaxOfficer).send(ctx, http.MethodPost, pathClassifications, []tariff.Classification{
		{Number: "PC-2026-001", Name: "冷冻橙汁 frozen orange juice", Code: "20091100", From: from, Reason: "frozen, unfermented (demonstration)"},
		{Number: "AR-2026-017", Enterprise: w.cast.inside[0].ID, Part: "OJ-CONC-65", Name: "orange juice concentrate, not frozen", Code: "20091900", From: from, To: today.AddMonths(36), Reason: "Brix value above 20 (demonstration)"},
	}, nil)
}

// books opens an account book for every enterprise inside, with a line for each
// article it deals in.
func (w *Zone) books(ctx context.Context) error {
	for i := range w.cast.inside {
		e := &w.cast.inside[i]
		area, _ := party.Organisation().Area(e.Area)
		b := book.Book{
			Kind: book.Logistics, Operator: book.Party{CreditCode: e.ID, Code: string(e.CustomsCode), Name: e.Name},
			CompetentOffice: area.Office, Area: e.Area, ValidTo: w.host.Now().Date().AddMonths(24), Posting: book.ByPart,
			Warehouse: book.Warehouse{Number: fmt.Sprintf("WH%03d", i+1), Name: e.Name},
		}
		start := w.rand.IntN(len(articles))
		for n := range 5 {
			a := &articles[(start+n*3)%len(articles)]
			b.Lines = append(b.Lines, book.Line{
				Number: n + 1, Kind: book.Part, PartNumber: partNumber(n+1, a), Commodity: a.code,
				Name: a.zh, Unit: codelist.UnitCode(a.unit), LegalUnit: codelist.UnitCode(a.unit), Currency: "USD",
			})
			w.stock = append(w.stock, stock{owner: e, office: string(area.Office), line: n + 1, goods: parcel{article: a}})
		}
		var reply bonded.Reply
		if err := w.doors[e.ID].send(ctx, http.MethodPost, pathBooks, b, &reply); err != nil {
			return err
		}
		if reply.Number == "" {
			w.stock = w.stock[:len(w.stock)-5]
			if err := w.proposeBook(ctx, reply.ID); err != nil {
				return err
			}
		}
		for k := len(w.stock) - 5; reply.Number != "" && k < len(w.stock); k++ {
			w.stock[k].account = reply.Number
		}
		w.tell("opening account books", i+1, len(w.cast.inside))
	}
	return nil
}

// proposeBook lets a first officer propose a book that waits for two; the drawn
// second one is left for the visitor.
func (w *Zone) proposeBook(ctx context.Context, id string) error {
	return w.filingDesk(ctx, id, map[string]any{"act": "propose", "reason": "warehouse seen, lines complete (demonstration)"})
}

// filingDesk lets the officer whose office a book belongs to act on it.
func (w *Zone) filingDesk(ctx context.Context, id string, act map[string]any) error {
	var err error
	for _, door := range w.officers[party.FilingOfficer] {
		if err = door.send(ctx, http.MethodPost, pathBooks+"/"+id+"/acts", act, nil); err == nil {
			return nil
		}
	}
	return w.refused(err)
}

// twoAgree sends what one officer proposes and lets the drawn second one agree.
func (w *Zone) twoAgree(ctx context.Context, first *Door, path string, body any, reason string) error {
	var opened deliberation.Reply
	if err := first.send(ctx, http.MethodPost, path, body, &opened); err != nil {
		return err
	}
	second := w.byOfficer[opened.Second]
	if second == nil {
		return fmt.Errorf("%s: nobody sits at the desk of officer %q", path, opened.Second)
	}
	return second.send(ctx, http.MethodPost, pathProposals+"/"+opened.Proposal+"/acts", map[string]string{"act": "agree", "reason": reason}, nil)
}

// machine opens an account for an enterprise's system and signs it in.
func (w *Zone) machine(ctx context.Context, name, enterprise string, posts ...party.PostID) (*Door, error) {
	var opened struct {
		ClientID string `json:"clientId"`
		Secret   string `json:"secret"`
	}
	body := map[string]any{"clientId": name, "name": name, "enterprise": enterprise, "posts": posts}
	if err := w.admin.send(ctx, http.MethodPost, pathClients, body, &opened); err != nil {
		return nil, err
	}
	return signIn(ctx, w.host, opened.ClientID, opened.Secret)
}

// equipment gives the door of a lane's equipment; its account is opened when its
// first vehicle comes.
func (w *Zone) equipment(ctx context.Context, area, lane string) (*Door, error) {
	if d := w.lanes[lane]; d != nil {
		return d, nil
	}
	var opened struct {
		Secret string `json:"secret"`
	}
	id := "lane-" + lane
	body := map[string]any{"clientId": id, "name": "lane " + lane + " (demonstration)", "area": area, "lane": lane}
	if err := w.admin.send(ctx, http.MethodPost, pathClients, body, &opened); err != nil {
		return nil, err
	}
	d, err := signIn(ctx, w.host, id, opened.Secret)
	if err == nil {
		w.lanes[lane] = d
	}
	return d, err
}

// as gives the door of an officer who holds a post.
func (w *Zone) as(post party.PostID) *Door {
	if doors := w.officers[post]; len(doors) > 0 {
		return doors[w.rand.IntN(len(doors))]
	}
	return w.admin
}

// Arrivals is one ship: a manifest with consignments, and what their owners do
// with them. kinds says how each is declared.
func (w *Zone) Arrivals(ctx context.Context, on clock.Date, kinds ...string) error {
	v := newVoyage(w.rand, w.serial, on)
	var load []*consignment
	office := ""
	for _, kind := range kinds {
		c := w.consignment(kind, v, on)
		if office != "" {
			c.office = office
		}
		office = c.office
		load = append(load, c)
	}
	m := manifestOf(w.number("DEMO"), v, office, load)
	for _, c := range load {
		c.manifest = m.ID
	}
	var edi bytes.Buffer
	if err := message.WriteCuscar(&edi, m, message.Original, message.Envelope{Sender: "DEMOCARRIER", Recipient: "SEINE", Reference: w.number("I"), Prepared: w.host.Now()}); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	carrier := w.doors[w.cast.carriers[w.rand.IntN(len(w.cast.carriers))].ID]
	if err := w.docks(ctx, carrier, edi.Bytes(), v.arrival, load); err != nil {
		return w.refused(err)
	}
	w.Counts.Manifests++
	for i, c := range load {
		var err error
		switch kinds[i] {
		case firstLineEntry:
			err = w.enter(ctx, c, on)
		case importDirect:
			err = w.importDirectly(ctx, c, on)
		case enterFirst:
			err = w.enterBefore(ctx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// consignment makes goods for one owner: of a book line of an enterprise inside,
// or for a trader outside.
func (w *Zone) consignment(kind string, v voyage, on clock.Date) *consignment {
	c := &consignment{voyage: v, bill: w.number("DEMOBL"), container: containerNumber(w.rand), seal: w.number("S"), arrival: on}
	if kind == importDirect {
		c.owner = &w.cast.traders[w.rand.IntN(len(w.cast.traders))]
		c.office = string(party.Organisation().Areas[w.rand.IntN(4)].Office)
		c.goods = []parcel{newParcel(w.rand, &articles[w.rand.IntN(len(articles))])}
		return c
	}
	c.of(w.rand, &w.stock[w.rand.IntN(len(w.stock))])
	return c
}

// of makes it a consignment for a line of an account book.
func (c *consignment) of(r *rand.Rand, s *stock) {
	c.owner, c.office = s.owner, s.office
	c.goods, c.bookLines = []parcel{newParcel(r, s.goods.article)}, []int{s.line}
}

// enter brings goods into the zone over the first line: list, filing bill,
// release note, passage; the book is posted by the last of them.
func (w *Zone) enter(ctx context.Context, c *consignment, on clock.Date) error {
	s := w.stockOf(c.owner, c.bookLines[0])
	door := w.doors[c.owner.ID]
	var list bonded.Reply
	listing := bonded.Listing{Procedure: firstLineEntry, List: c.listOf(s.account, book.Logistics, true)}
	if err := door.send(ctx, http.MethodPost, pathLists, listing, &list); err != nil {
		return w.refused(err)
	}
	w.Counts.Lists++
	if list.Number == "" {
		return nil // an officer looks at it
	}
	lodged, err := w.lodge(ctx, door, clearance.Lodging{Declaration: c.filingBill(on, s.account, list.Number, firstLineEntry)})
	if err != nil || lodged == nil || lodged.State != declaration.Released {
		return err
	}
	return w.drive(ctx, door, c, s, list.Number, gate.FirstLineIntegrated, true, func(p parcel) { s.add(p) })
}

// importDirectly clears goods for the home market at once.
func (w *Zone) importDirectly(ctx context.Context, c *consignment, on clock.Date) error {
	l := clearance.Lodging{Declaration: c.entryBill(on)}
	if w.rand.IntN(3) > 0 {
		l.Guarantee = w.guaranteeOf(c.owner)
	}
	lodged, err := w.lodge(ctx, w.doors[c.owner.ID], l)
	if err != nil || lodged == nil {
		return err
	}
	return w.payIf(ctx, lodged, l.Guarantee == "" && w.rand.IntN(8) > 0)
}

// Sale takes bonded goods over the second line to a buyer outside.
func (w *Zone) Sale(ctx context.Context, on clock.Date) error {
	var ready []*stock
	for i := range w.stock {
		if w.stock[i].goods.units > 10 {
			ready = append(ready, &w.stock[i])
		}
	}
	if len(ready) == 0 {
		return nil
	}
	s := ready[w.rand.IntN(len(ready))]
	c := &consignment{owner: s.owner, office: s.office, goods: []parcel{s.goods.part(s.goods.units * int64(20+w.rand.IntN(60)) / 100)}, bookLines: []int{s.line}, arrival: on}
	door := w.doors[s.owner.ID]
	buyer := &w.cast.traders[w.rand.IntN(len(w.cast.traders))]
	var list bonded.Reply
	if err := door.send(ctx, http.MethodPost, pathLists, bonded.Listing{Procedure: secondLineExit, List: c.listOf(s.account, book.Logistics, false)}, &list); err != nil {
		return w.refused(err)
	}
	w.Counts.Lists++
	if list.Number == "" {
		return nil // an officer looks at it
	}
	lodged, err := w.lodge(ctx, w.doors[buyer.ID], clearance.Lodging{Declaration: c.exitBill(on, buyer, s.account, list.Number)})
	if err != nil || lodged == nil {
		return err
	}
	if err := w.payIf(ctx, lodged, w.rand.IntN(10) > 0); err != nil || lodged.State != declaration.Released {
		return err
	}
	return w.drive(ctx, door, c, s, list.Number, gate.SecondLine, false, func(p parcel) { s.goods.units -= p.units })
}

// lodge sends a declaration; nil when it was refused.
func (w *Zone) lodge(ctx context.Context, door *Door, l clearance.Lodging) (*clearance.LodgeReply, error) {
	var reply clearance.LodgeReply
	if err := door.send(ctx, http.MethodPost, pathDeclarations, l, &reply); err != nil {
		return nil, w.refused(err)
	}
	w.Counts.Declarations++
	return &reply, nil
}

// payIf pays the tax bill of a declaration that only waits for it.
func (w *Zone) payIf(ctx context.Context, lodged *clearance.LodgeReply, pays bool) error {
	if lodged.State != declaration.Taxed || !pays || lodged.TaxBill == "" {
		return nil
	}
	if w.host.Bank != nil {
		state, err := w.payByMessage(ctx, lodged.ID, lodged.TaxBill, lodged.Total)
		if err == nil && state != "" {
			lodged.State = state
		}
		return err
	}
	var reply treasury.PaymentReply
	payment := treasury.Payment{TaxBill: lodged.TaxBill, Amount: lodged.Total, BankRef: w.number("DEMOPAY")}
	if err := w.bank.send(ctx, http.MethodPost, pathPayments, payment, &reply); err != nil {
		return w.refused(err)
	}
	w.Counts.Payments++
	if reply.Released != "" {
		lodged.State = reply.Released
	}
	return nil
}

// noteLife is how long a release note of the demonstration is good.
const noteLife = 72 * time.Hour

// drive takes a consignment through the gate: note, readings. Now and then the
// scale disagrees and the truck is held.
func (w *Zone) drive(ctx context.Context, door *Door, c *consignment, s *stock, list string, kind gate.NoteType, in bool, arrived func(parcel)) error {
	now := w.host.Now()
	t := w.newTruck(c.container, c.seal)
	n := c.note(t, kind, in, s.owner.Area, s.account, list, now, now.Add(noteLife))
	var approved bonded.Reply
	if err := door.send(ctx, http.MethodPost, pathNotes, control.NoteRequest{Note: n}, &approved); err != nil {
		return w.refused(err)
	}
	w.Counts.Notes++
	if w.rand.IntN(25) == 0 {
		return nil // the truck has not come yet
	}
	off := w.rand.Int64N(120) - 60
	if w.rand.IntN(40) == 0 {
		off = 1_900
	}
	r := w.readings(n, s.owner.Area, w.host.Now(), off)
	var outcome gate.Outcome
	var err error
	if w.away() {
		outcome = w.alone(r, approved.Number, off < 1_000)
	} else {
		outcome, err = w.pass(ctx, r)
	}
	if err != nil || outcome != gate.Pass {
		return err
	}
	for _, p := range c.goods {
		arrived(p)
	}
	return nil
}

// pass sends what a lane read of a vehicle and, when the verdict lets it through,
// that the barrier went up. The outcome is "" when the house refused.
func (w *Zone) pass(ctx context.Context, r gate.Readings) (gate.Outcome, error) {
	var passage control.PassReply
	lane, err := w.equipment(ctx, r.Area, r.Lane)
	if err != nil {
		return "", err
	}
	if err := lane.send(ctx, http.MethodPost, pathReadings, r, &passage); err != nil {
		return "", w.refused(err)
	}
	w.Counts.Passages++
	if passage.Outcome != gate.Pass {
		return passage.Outcome, nil
	}
	moved := map[string]any{"barrier": gate.LiftedAutomatically}
	if err := lane.send(ctx, http.MethodPost, pathPassages+"/"+passage.Passage+"/barrier", moved, nil); err != nil {
		return passage.Outcome, w.refused(err)
	}
	return passage.Outcome, nil
}

func (w *Zone) stockOf(owner *party.Enterprise, line int) *stock {
	for i := range w.stock {
		if w.stock[i].owner == owner && w.stock[i].line == line {
			return &w.stock[i]
		}
	}
	return nil
}

// add puts goods that arrived to the stock.
func (s *stock) add(p parcel) {
	units := s.goods.units + p.units
	s.goods = p
	s.goods.units = units
}

func (w *Zone) guaranteeOf(e *party.Enterprise) string {
	for _, g := range w.cast.guarantees {
		if g.Enterprise == e.ID {
			return g.Number
		}
	}
	return ""
}

// bank is the bank of the demonstration.
func (c *cast) bank(r *rand.Rand, today clock.Date) party.Enterprise {
	e := party.Enterprise{
		CreditCode: creditCode(r), Name: "演示银行", NameEN: "Demo Bank", Kinds: []party.Kind{party.Bank},
		RegisteredOn: today.AddMonths(-60), State: party.Registered,
	}
	e.ID = string(e.CreditCode)
	return e
}
