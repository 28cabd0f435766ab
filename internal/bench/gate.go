package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/party"
)

const (
	arrivals  = 5 * time.Millisecond // from one truck to the next
	area      = "waigaoqiao"
	port      = "2225"
	perShip   = 50
	juiceKG   = 900
	truckTare = 14_000
	mode      = "first-line-entry"
)

// yard is where the trucks of the bench come from: an enterprise inside the zone
// with its account book.
type yard struct {
	*run
	enterprise party.Enterprise
	book       string
	lanes      int // 0: at their pace
	ships      int
	sequence   int
	beside     bool  // lodging runs meanwhile
	grown      int64 // bytes on disk, of passing alone
	passed     int64
}

// Gate measures what a truck waits for: from the readings of a lane to the
// verdict that is on disk, with the goods booked as passed and the verification
// list that they complete posted to the account book in the same transaction. A
// truck comes every 5 ms, whether or not the one before is through; with clients,
// each is a lane that takes the next truck when the one before is through.
func Gate(ctx context.Context, o Options) (_ *Report, err error) {
	r := begin(o)
	r.What = "one truck: readings compared with its note, judged, booked as passed, its list posted to the book"
	r.Way = "in process"
	if o.Beside {
		r.Beside = fmt.Sprintf("while %d clients lodge without pause", usual)
	}
	b, err := open(ctx, o, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = closed(ctx, b, err) }()
	y := &yard{run: b, lanes: o.Clients}
	if err := y.found(ctx); err != nil {
		return nil, err
	}
	l := &lodging{run: b, scene: nil}
	if l.scene, err = b.found(ctx); err != nil {
		return nil, err
	}
	if err := l.preload(ctx); err != nil {
		return nil, err
	}
	if err := b.house.Start(ctx); err != nil {
		return nil, err
	}
	y.beside = o.Beside
	if o.Beside {
		// Whose bytes are whose cannot be told while both are written: what a truck
		// adds is measured while trucks pass alone.
		y.beside = false
		if _, err := y.traffic(ctx, l, min(time.Second, time.Duration(o.Seconds*float64(time.Second)))); err != nil {
			return nil, err
		}
		y.beside = true
	}
	if err := b.rounds(ctx, func(ctx context.Context, d time.Duration) (stretch, error) { return y.traffic(ctx, l, d) }); err != nil {
		return nil, err
	}
	if o.Clients == 0 {
		r.Notes = append(r.Notes, "a truck comes every "+arrivals.String()+": the rate is that pace, and the ratio says how much of the storage is taken")
	}
	if r.BytesPerOp = 0; y.passed > 0 {
		r.BytesPerOp = y.grown / y.passed // without the papers of the trucks
	}
	if o.Beside {
		r.Notes = append(r.Notes,
			"processor time, raw limit and ratio are of everything meanwhile, trucks and lodgings: the ratio is what the house wrote in a second, divided by what the storage takes of the same rows",
			"bytes for one operation are of trucks that pass alone, before the rounds: beside lodging nobody can tell whose a page is")
	}
	return r, b.booksBalance(ctx)
}

// found registers the enterprise and opens its book.
func (y *yard) found(ctx context.Context) error {
	today := y.house.Clock.Now().Date()
	y.enterprise = party.Enterprise{
		CreditCode: creditCode(rand.New(rand.NewPCG(9, 9))), Name: "测量仓储", NameEN: "Measurement Storage", Kinds: []party.Kind{party.ZoneEnterprise, party.Warehouse},
		Area: area, Areas: []string{area}, RegisteredOn: today.AddMonths(-40), State: party.Registered,
		Grades: []party.GradeChange{{Grade: "advanced-certified", From: today.AddMonths(-6), Reason: "figure of the measurement"}},
	}
	y.enterprise.ID = string(y.enterprise.CreditCode)
	if _, err := y.house.Registry.Register(ctx, y.command("enterprise.register"), decision.System, y.enterprise); err != nil {
		return fmt.Errorf("register the enterprise: %w", err)
	}
	b := book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: y.enterprise.ID, Name: y.enterprise.Name}, CompetentOffice: office,
		Lines: []book.Line{{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"}},
	}
	var reply bonded.Reply
	if err := answer(&reply)(y.house.Bonded.FileBook(ctx, y.command("book.file"), y.clerk(), b)); err != nil {
		return fmt.Errorf("open the account book: %w", err)
	}
	y.book = reply.Number
	return nil
}

func (y *yard) clerk() decision.Actor {
	return decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: y.enterprise.ID}
}

// answer reads the reply of a command.
func answer(reply any) func(decision.Receipt, error) error {
	return func(r decision.Receipt, err error) error {
		if err != nil {
			return err
		}
		return json.Unmarshal(r.Reply, reply)
	}
}

// trucks brings as many trucks before the gate, each with goods of its own on a
// bill, a list and a note. A few are kept by the random draw and do not come.
func (y *yard) trucks(ctx context.Context, n int) ([]string, error) {
	var ready []string
	for len(ready) < n {
		y.ships++
		voyage := fmt.Sprintf("%03dE", y.ships%1000)
		today := y.house.Clock.Now().Date()
		m := manifest.Manifest{
			ID: fmt.Sprintf("BENCH%06d", y.ships), Kind: manifest.Original, Office: port, PortOfDischarge: "CNSHA",
			Transport:     manifest.Transport{Mode: manifest.Sea, MeansName: "MEASURE", Journey: voyage},
			ArrivalActual: manifest.Moment{Day: today},
		}
		mass := num.Quantity(juiceKG) * num.OneQuantity
		for i := range perShip {
			m.Consignments = append(m.Consignments, manifest.BillOfLading{
				Number: fmt.Sprintf("BL%06d%03d", y.ships, i), Type: manifest.Straight, Consignee: manifest.Party{Code: y.enterprise.ID},
				Packages: 40 * num.OneQuantity, PackageKind: "CT", GrossMass: mass,
				Goods: []manifest.GoodsItem{{Number: 1, Description: "FROZEN ORANGE JUICE", HS: "200911", Packages: 40 * num.OneQuantity, GrossMass: mass}},
			})
		}
		carrier := decision.Actor{ID: "carrier", Kind: journal.Enterprise}
		if _, err := y.house.Clearance.ReceiveManifest(ctx, y.command("manifest.receive"), carrier, clearance.Filing{Manifest: m}); err != nil {
			return nil, fmt.Errorf("send the manifest: %w", err)
		}
		for i := range m.Consignments {
			plate, err := y.truck(ctx, voyage, m.Consignments[i].Number)
			if err != nil {
				return nil, err
			}
			if plate != "" {
				ready = append(ready, plate)
			}
		}
	}
	return ready, nil
}

// truck takes one consignment as far as the gate; "" where customs keep it.
func (y *yard) truck(ctx context.Context, voyage, lading string) (plate string, err error) {
	mass := num.Quantity(juiceKG) * num.OneQuantity
	line := book.ListLine{
		Number: 1, BookLine: 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: mass, Unit: "KGM", LegalQuantity: mass, LegalUnit: "KGM",
		Total: juiceKG * 200, Currency: "USD", Origin: "US",
	}
	var list bonded.Reply
	listing := bonded.Listing{Procedure: mode, List: book.VerificationList{Book: y.book, Direction: book.In, Lines: []book.ListLine{line}}}
	if err := answer(&list)(y.house.Bonded.FileList(ctx, y.command("list.file"), y.clerk(), listing)); err != nil {
		return "", fmt.Errorf("file the list: %w", err)
	}
	if list.Number == "" {
		return "", nil
	}
	day := y.house.Clock.Now().Date()
	who := declaration.Party{CreditCode: y.enterprise.ID}
	d := declaration.Declaration{
		Kind: declaration.FilingBill, FilingType: declaration.FilingNormal, Direction: declaration.Import, Procedure: mode, EntryOffice: port, CompetentOffice: office,
		DeclaredOn: day, EntryOn: day, Consignee: who, Declarant: who, Overseas: declaration.Party{Name: "Measurement Exporter Ltd.", Country: "US"},
		BookNumber: y.book, ListNumber: list.Number, Transport: declaration.Transport{Mode: "2", Name: "MEASURE", Voyage: voyage}, BillOfLading: lading,
		TradeMode: "5033", LevyNature: "101", TradeCountry: "US", DepartureCountry: "US", Port: "USNYC", Terms: declaration.CIF, Currency: "USD",
		Packages: 40 * num.OneQuantity, PackageKind: "CT", GrossMass: mass, NetMass: mass,
		Lines: []declaration.GoodsItem{{
			Number: 1, BookLine: 1, Commodity: "2009110000", Name: "frozen orange juice", Quantity: mass, Unit: "KGM", LegalQuantity: mass, LegalUnit: "KGM",
			UnitPrice: 20_000, Total: line.Total, Origin: "US", FinalDestination: "31222", LevyMode: "1", NetMass: mass,
		}},
	}
	var lodged clearance.LodgeReply
	if err := answer(&lodged)(y.house.Clearance.Lodge(ctx, y.command("declaration.lodge"), y.clerk(), clearance.Lodging{Declaration: d})); err != nil {
		return "", fmt.Errorf("lodge the filing bill: %w", err)
	}
	if lodged.State != declaration.Released {
		return "", nil
	}
	y.sequence++
	plate = fmt.Sprintf("沪A%05d", y.sequence)
	note := control.NoteRequest{Note: gate.ReleaseNote{
		Binding: gate.OneDocumentOneTruck, Documents: []string{list.Number}, Plate: plate, TruckTare: truckTare * num.OneQuantity,
		GoodsGross: mass, GoodsNet: mass, Total: truckTare*num.OneQuantity + mass,
	}}
	var noted control.Reply
	if err := answer(&noted)(y.house.Control.ApplyNote(ctx, y.command("note.apply"), y.clerk(), note)); err != nil {
		return "", fmt.Errorf("ask for the release note: %w", err)
	}
	if noted.State != gate.Approved {
		return "", nil
	}
	return plate, nil
}

// traffic lets the trucks pass at their pace.
func (y *yard) traffic(ctx context.Context, l *lodging, d time.Duration) (stretch, error) {
	plates, err := y.trucks(ctx, int(d/arrivals))
	if err != nil {
		return stretch{}, err
	}
	if err := y.follow(ctx); err != nil { // what it took to bring them is not measured
		return stretch{}, err
	}
	beside, stop := context.WithCancel(ctx)
	defer stop()
	var wait sync.WaitGroup
	var busy error
	if y.beside {
		l.Clients = usual
		wait.Go(func() {
			if _, err := l.inProcess(beside, time.Hour); beside.Err() == nil {
				busy = err
			}
		})
		time.Sleep(300 * time.Millisecond) // until it runs full
	}
	if err := y.house.Store.CatchUp(ctx); err != nil {
		return stretch{}, err
	}
	before, err := y.size(ctx)
	if err != nil {
		return stretch{}, err
	}
	from := readMeter()
	written := y.house.Store.Stats().Outcomes
	s, err := y.through(ctx, plates)
	if y.beside {
		s.outcomes = y.house.Store.Stats().Outcomes - written
	}
	s.began = &from
	stop()
	wait.Wait()
	if err = errors.Join(err, busy); err != nil {
		return s, err
	}
	if err := y.house.Store.CatchUp(ctx); err != nil {
		return s, err
	}
	after, err := y.size(ctx)
	if !y.beside {
		y.grown += after - before
		y.passed += s.operations
	}
	return s, err
}

// through lets trucks pass: at their pace, or lane by lane without a pause.
func (y *yard) through(ctx context.Context, plates []string) (stretch, error) {
	if y.lanes > 0 {
		var next atomic.Int64
		return closedLoop(ctx, y.lanes, 0, nil, func(ctx context.Context, _, _ int) (string, int64, error) {
			i := int(next.Add(1)) - 1
			if i >= len(plates) {
				return "", 0, errDone
			}
			outcome, err := y.pass(ctx, plates[i])
			return outcome, 1, err
		})
	}
	s := stretch{answers: map[string]int64{}}
	var problem error
	var mu sync.Mutex
	var trucks sync.WaitGroup
	began := time.Now()
	for i, plate := range plates {
		if ctx.Err() != nil {
			break
		}
		due := began.Add(time.Duration(i) * arrivals)
		time.Sleep(time.Until(due))
		trucks.Go(func() {
			outcome, err := y.pass(ctx, plate)
			took := time.Since(due) // a late start counts as waiting
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				problem = err
				return
			}
			s.operations++
			s.took = append(s.took, took)
			s.answers[outcome]++
		})
	}
	trucks.Wait()
	s.wall = time.Since(began)
	return s, problem
}

// pass is one truck at a lane.
func (y *yard) pass(ctx context.Context, plate string) (string, error) {
	now := y.house.Clock.Now()
	r := gate.Readings{
		Area: area, Gate: "G1", Lane: "3", LaneKind: gate.GoodsLane, Direction: gate.In, Sequence: plate, At: now, CameraPlate: plate, Weighed: true,
		Scale: (truckTare + juiceKG) * num.OneQuantity,
	}
	lane := decision.Actor{ID: "lane-3", Kind: journal.Device}
	var reply control.PassReply
	err := answer(&reply)(y.house.Control.Pass(ctx, decision.Command{Name: "gate.pass", Received: now}, lane, r))
	outcome := string(reply.Outcome)
	if len(reply.Posted) > 0 {
		outcome += "/posted"
	}
	return outcome, err
}
