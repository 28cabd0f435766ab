package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/registry"
)

// Sizes of the scene.
const (
	traders    = 200  // enterprises that import
	drafts     = 1000 // different declarations that are sent again and again
	goodsLines = 3
	office     = "2218"
	usual      = 256 // clients
	allowing   = 30 * time.Second
)

// goods are lines that an ordinary import declares: code of the shipped Chinese
// schedule, unit and a usual price for one in cents.
var goods = []struct {
	code, name, unit string
	price            int64
	origins          []string
}{
	{"2009110000", "frozen orange juice", "KGM", 230, []string{"BR", "US"}},
	{"2204210000", "still red wine in bottles", "LTR", 620, []string{"FR", "CL", "AU"}},
	{"3303000000", "perfume", "KGM", 9800, []string{"FR", "IT"}},
	{"2106909000", "food supplement powder", "KGM", 1450, []string{"AU", "NZ"}},
	{"8541290000", "power transistor", "KGM", 31_000, []string{"DE", "MY", "JP"}},
	{"8544421900", "connecting cable with plugs", "KGM", 1850, []string{"VN", "TH"}},
	{"8708309900", "part of a brake", "KGM", 980, []string{"DE", "CZ"}},
	{"3901200001", "polyethylene granules", "KGM", 108, []string{"SA", "KR"}},
}

// scene is who lodges what.
type scene struct {
	traders []party.Enterprise
	drafts  []draft
}

// draft is a declaration ready to be sent.
type draft struct {
	trader int
	body   []byte // as JSON
}

var importer = decision.Actor{ID: "bench", Kind: journal.Client}

// found registers enterprises and exchange rates and writes the drafts.
func (b *run) found(ctx context.Context) (*scene, error) {
	random := rand.New(rand.NewPCG(1, 2))
	today := b.house.Clock.Now().Date()
	rates := []registry.ExchangeRate{{Currency: "USD", From: today.AddMonths(-12), Rate: 710_000_000, Source: "figure of the measurement"}}
	if _, err := b.house.Registry.Rate(ctx, b.command("exchange.rate"), decision.System, rates); err != nil {
		return nil, fmt.Errorf("state the exchange rates: %w", err)
	}
	s := &scene{}
	for i := range traders {
		e := party.Enterprise{
			CreditCode: creditCode(random), Name: fmt.Sprintf("测量贸易%d号", i+1), NameEN: fmt.Sprintf("Measurement Trader %d", i+1),
			Kinds: []party.Kind{party.Trader}, RegisteredOn: today.AddMonths(-30), State: party.Registered,
		}
		if i%4 == 0 {
			e.Grades = []party.GradeChange{{Grade: "advanced-certified", From: today.AddMonths(-6), Reason: "figure of the measurement"}}
		}
		e.ID = string(e.CreditCode)
		if _, err := b.house.Registry.Register(ctx, b.command("enterprise.register"), decision.System, e); err != nil {
			return nil, fmt.Errorf("register an enterprise: %w", err)
		}
		s.traders = append(s.traders, e)
	}
	if err := b.house.Reload(ctx); err != nil {
		return nil, err
	}
	for i := range drafts {
		d := draft{trader: i % traders}
		l := clearance.Lodging{Declaration: s.importBill(random, d.trader, today)}
		var err error
		if d.body, err = json.Marshal(l); err != nil {
			return nil, err
		}
		s.drafts = append(s.drafts, d)
	}
	return s, nil
}

// importBill is an ordinary import of three lines.
func (s *scene) importBill(random *rand.Rand, trader int, day clock.Date) declaration.Declaration {
	e := &s.traders[trader]
	who := declaration.Party{CreditCode: string(e.CreditCode), Name: e.Name, Country: "CN"}
	d := declaration.Declaration{
		Kind: declaration.BillOfEntry, Direction: declaration.Import, Procedure: "import-direct", EntryOffice: office, CompetentOffice: office,
		DeclaredOn: day, EntryOn: day, Consignee: who, Declarant: who, Overseas: declaration.Party{Name: "Measurement Exporter Ltd.", Country: "US"},
		Transport: declaration.Transport{Mode: "2", Name: "MEASURE", Voyage: "0" + strconv.Itoa(100+random.IntN(900)) + "E"}, TradeMode: "0110", LevyNature: "101",
		TradeCountry: "US", DepartureCountry: "US", Port: "USLAX", Terms: declaration.CIF, Currency: "USD", PackageKind: "CT",
	}
	for i := range goodsLines {
		g := &goods[random.IntN(len(goods))]
		quantity := num.Quantity(10+random.Int64N(2000)) * num.OneQuantity
		price := g.price * (80 + random.Int64N(41)) / 100
		total := num.Money(int64(quantity/num.OneQuantity) * price)
		net := quantity // a litre of wine is about a kilogram too
		d.Lines = append(d.Lines, declaration.GoodsItem{
			Number: i + 1, Commodity: declaration.CommodityCode(g.code), Name: g.name, Quantity: quantity, Unit: declaration.UnitCode(g.unit),
			LegalQuantity: quantity, LegalUnit: declaration.UnitCode(g.unit), Total: total,
			Origin: declaration.CountryCode(g.origins[random.IntN(len(g.origins))]), LevyMode: "1", NetMass: net, GrossMass: net * 11 / 10,
		})
		d.TotalAmount += total
		d.NetMass += net
		d.GrossMass += net * 11 / 10
		d.Packages += num.Quantity(1+random.Int64N(40)) * num.OneQuantity
	}
	return d
}

// creditCode makes a credit code with its right check character.
func creditCode(random *rand.Rand) codelist.CreditCode {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for {
		stem := []byte("91310115MA1")
		for len(stem) < 17 {
			stem = append(stem, alphabet[random.IntN(len(alphabet))])
		}
		if check, ok := codelist.CreditCheck(string(stem)); ok {
			return codelist.CreditCode(append(stem, check))
		}
	}
}

// lodging is the bench of declarations.
type lodging struct {
	*run
	scene *scene
	sent  atomic.Int64 // numbers the keys
	acked atomic.Int64 // declarations that the house took
}

// lodge lodges one draft in process, as the interface does it after the body was
// read.
func (l *lodging) lodge(ctx context.Context, d *draft) (clearance.LodgeReply, error) {
	var in clearance.Lodging
	if err := json.Unmarshal(d.body, &in); err != nil {
		return clearance.LodgeReply{}, err
	}
	by := importer
	by.Enterprise = l.scene.traders[d.trader].ID
	c := decision.Command{Name: "declaration.lodge", Actor: by.ID, Content: d.body, Received: l.house.Clock.Now()}
	if !l.Keyless {
		c.Key = "in-process-" + strconv.FormatInt(l.sent.Add(1), 10)
	}
	receipt, err := l.house.Clearance.Lodge(ctx, c, by, in)
	if err != nil {
		return clearance.LodgeReply{}, err
	}
	l.acked.Add(1)
	var reply clearance.LodgeReply
	return reply, json.Unmarshal(receipt.Reply, &reply)
}

// inProcess is the load without HTTP.
func (l *lodging) inProcess(ctx context.Context, d time.Duration) (stretch, error) {
	return closedLoop(ctx, l.Clients, d, paced(l.Clients, l.Rate), func(ctx context.Context, client, n int) (string, int64, error) {
		reply, err := l.lodge(ctx, &l.scene.drafts[(client*131+n*7)%len(l.scene.drafts)])
		return string(reply.Channel) + "/" + string(reply.State), 1, err
	})
}

// Lodge measures lodging from the request to the answer that is on disk.
func Lodge(ctx context.Context, o Options) (_ *Report, err error) {
	if o.Clients == 0 {
		o.Clients = usual
		if o.Bulk > 1 {
			o.Clients = 8
		}
	}
	r := begin(o)
	r.What = "one ordinary import of three lines: read, checked, taxed, judged, numbered, journaled, answered"
	b, err := open(ctx, o, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = closed(ctx, b, err) }()
	l := &lodging{run: b}
	if l.scene, err = b.found(ctx); err != nil {
		return nil, err
	}
	do := l.inProcess
	r.Way = "in process"
	if b.house.Door != nil && len(o.Loader) > 0 {
		r.Way = "http"
		door, err := l.door(ctx)
		if err != nil {
			return nil, err
		}
		defer door.close()
		do = door.load
	} else {
		r.Notes = append(r.Notes, "the stories were called in process: HTTP, signing in and rights are not in the figures")
	}
	if o.Rate > 0 {
		r.Notes = append(r.Notes, "requests come "+strconv.FormatFloat(o.Rate, 'f', -1, 64)+" times a second whether or not those before are answered, as far as there are clients: the rate is that pace")
	}
	if err := l.preload(ctx); err != nil {
		return nil, err
	}
	if err := b.house.Start(ctx); err != nil {
		return nil, err
	}
	if err := b.rounds(ctx, do); err != nil {
		return nil, err
	}
	return r, l.check(ctx)
}

// preload stores declarations before the first round, through the same stories.
func (l *lodging) preload(ctx context.Context) error {
	const chunk = 10_000
	for done := 0; done < l.History; {
		l.Tell("storing history", int64(done), int64(l.History))
		n := int64(min(chunk, l.History-done))
		var next atomic.Int64
		if _, err := closedLoop(ctx, usual, 0, nil, func(ctx context.Context, client, _ int) (string, int64, error) {
			i := next.Add(1)
			if i > n {
				return "", 0, errDone
			}
			_, err := l.lodge(ctx, &l.scene.drafts[int(i)%len(l.scene.drafts)])
			return "", 1, err
		}); err != nil {
			return fmt.Errorf("store history: %w", err)
		}
		if err := l.follow(ctx); err != nil {
			return err
		}
		done += int(n)
	}
	return nil
}

// door serves the interface on loopback to load programs in other processes.
type door struct {
	l      *lodging
	server *http.Server
	plan   loadPlan
}

func (l *lodging) door(ctx context.Context) (*door, error) {
	d := &door{l: l, plan: loadPlan{Path: "/api/v1/declarations", Bulk: l.Bulk, Clients: l.Clients, Keyless: l.Keyless, Rate: l.Rate}}
	if l.Bulk > 1 {
		d.plan.Path += "/bulk"
	}
	for i := range l.scene.traders {
		e := &l.scene.traders[i]
		const secret = "a-secret-of-the-measurement-that-opens-nothing-else"
		m := party.Client{
			ClientID: "bench-" + strconv.Itoa(i), Name: "measurement", Enterprise: e.ID, Posts: []party.PostID{party.EnterpriseClerk},
			Secret: party.TokenHash(secret), State: party.Active,
		}
		if _, err := l.house.Registry.OpenClient(ctx, l.command("client.open"), decision.System, m); err != nil {
			return nil, fmt.Errorf("open a machine account: %w", err)
		}
		token, err := l.house.Token(ctx, m.ClientID, secret)
		if err != nil {
			return nil, fmt.Errorf("sign a machine in: %w", err)
		}
		d.plan.Tokens = append(d.plan.Tokens, token)
	}
	for i := range l.scene.drafts {
		d.plan.Drafts = append(d.plan.Drafts, loadDraft{l.scene.drafts[i].trader, l.scene.drafts[i].body})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d.plan.Address = listener.Addr().String()
	d.server = &http.Server{Handler: l.house.Door, ReadHeaderTimeout: allowing}
	go func() { _ = d.server.Serve(listener) }() // it ends with close
	return d, nil
}

func (d *door) close() { _ = d.server.Close() }
