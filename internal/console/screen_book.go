package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
)

func ownerOf(p book.Party) string { return cmp.Or(p.CreditCode, p.Code) }

func bookObject(b *book.Book) party.Object {
	return party.Object{Kind: "book", ID: b.ID, Area: cmp.Or(b.Area, areaOf(string(b.CompetentOffice))), Parties: []string{ownerOf(b.Operator)}}
}

func listObject(l *bonded.List) party.Object {
	return party.Object{Kind: "verification_list", ID: l.ID, Area: areaOf(string(l.CompetentOffice)), Parties: []string{ownerOf(l.Operator)}}
}

// stockAccount is where the ledger keeps what a book line holds.
func stockAccount(b *book.Book, line int) ledger.Account {
	return ledger.Account{
		Ledger: ledger.Legal, Owner: ownerOf(b.Operator), Item: "book/" + book.Item(b.Number, line), Place: ledger.OnHand, Status: ledger.Bonded,
	}
}

func (s *Server) loadBook(ctx context.Context, id string) (*book.Book, error) {
	var b book.Book
	_, err := s.house().Read.Load(ctx, dossier.Book, id, &b)
	if fault.Is(err, "STORE-ABSENT-01") {
		// Papers name a book by its number.
		ids, missing := s.house().Read.Find(ctx, dossier.Book, "number", id, 1)
		if missing != nil {
			return nil, missing
		}
		if len(ids) == 1 {
			_, err = s.house().Read.Load(ctx, dossier.Book, ids[0], &b)
		}
	}
	return &b, absentIf(err, journal.Ref{Kind: "book", ID: id})
}

// books answers GET /books.
func (s *Server) books(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	q := store.Query{Limit: pageRows, Before: r.URL.Query().Get("after"), Where: map[string][]string{}}
	if number := fold(r.URL.Query().Get("q")); number != "" {
		q.Where["number"] = []string{number}
	}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.Book, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := Table{
		ID: "list", Caption: T(ctx, "books.title"), Hidden: true,
		Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty"), Text: T(ctx, "books.empty")},
		Columns: []Column{
			{Title: T(ctx, "object.book")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "books.kind")},
			{Title: T(ctx, "books.lines"), Number: true},
			{Title: T(ctx, "books.validto")},
			{Title: T(ctx, "column.state")},
		},
	}
	for _, item := range found.Items {
		b, err := read[book.Book](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, bookObject(b)) != nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Href: "/books/" + b.ID, Cells: []templ.Component{
			Code(numberOr(b.Number, b.ID)), short(cmp.Or(b.Operator.Name, ownerOf(b.Operator)), 30), Text(named(ctx, bookKinds, b.Kind)),
			Number(Count(int64(len(b.Lines)))), Text(b.ValidTo.String()), BadgeView(badge(ctx, bookWords, b.State)),
		}})
	}
	t.Pager = keyed(ctx, "/books", r.URL.Query(), found.Next, len(t.Rows))
	page := Page{Title: T(ctx, "books.title"), Live: []string{"book"}}
	if who.Actor.Enterprise != "" && s.house().Books != nil {
		page.Acts = []Act{{Text: T(ctx, "book.new"), Href: "/books/new", Key: "n"}}
		t.Empty.Act = Act{Text: T(ctx, "book.new"), Href: "/books/new"}
	}
	s.Render(w, r, page,
		templ.Join(Search("/books", r.URL.Query().Get("q"), "#list", T(ctx, "books.search")), TableView(t)))
}

// stock is a book line with what the ledger says of it now.
type stock struct {
	book.Line
	ledger.Balance
	Old num.Quantity // left of what was there before the books began
}

type bookPage struct {
	Book    *book.Book
	Asked   []compared // the change that customs think about
	Acts    actsForm
	Stock   []stock
	Lists   Table
	Chosen  int // number of the line whose movements are shown, 0 none
	Moves   Table
	Chart   StockChart
	Refresh string
}

// book answers GET /books/{id}: lines with their balances; line chooses one for
// its movements.
func (s *Server) book(w http.ResponseWriter, r *http.Request) { s.showBook(w, r, nil) }

func (s *Server) showBook(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	held, err := s.loadHeld(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	b := &held.Book
	who, err := s.reads(ctx, bookObject(b))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := bookPage{Book: b, Asked: askedOf(ctx, held), Refresh: r.URL.RequestURI()}
	p.Acts = actsOn(ctx, who, bookObject(b), "/books/"+b.ID, s.bookActs(held))
	if faults != nil {
		p.Acts.again(r, faults)
		p.Refresh = "" // what is being written stays
	}
	from := 0
	if n, err := strconv.Atoi(r.URL.Query().Get("from")); err == nil && n > 0 && n < len(b.Lines) {
		from = n
	}
	for _, line := range b.Lines[from:min(from+pageRows, len(b.Lines))] {
		balance, err := s.house().Read.Balance(ctx, stockAccount(b, line.Number).Key())
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		one := stock{Line: line, Balance: balance}
		if len(balance.Layers) > 0 {
			held := bonded.Stock{Line: line.Number, Status: ledger.Bonded, Layers: balance.Layers}
			if err := held.Before(ctx, s.house().Read, b); err != nil {
				s.Fail(w, r, err)
				return
			}
			one.Old = held.Old
		}
		p.Stock = append(p.Stock, one)
	}
	if p.Chosen, err = strconv.Atoi(r.URL.Query().Get("line")); err != nil && len(p.Stock) > 0 {
		p.Chosen = p.Stock[0].Number
	}
	if line, ok := b.Line(p.Chosen); ok {
		if err := s.movements(ctx, &p, line, r.URL.Query().Get("after")); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	if p.Lists, err = s.listsOf(ctx, who, b); err != nil {
		s.Fail(w, r, err)
		return
	}
	page := bookHead(ctx, b)
	page.Faults, page.Acts = faults, p.Acts.onPage()
	if who.Actor.Enterprise != "" {
		if s.house().Lists != nil && (b.State == book.Active || b.State == book.ChangePending) {
			page.Acts = append(page.Acts, Act{Text: T(ctx, "list.new"), Href: "/lists/new?book=" + b.ID}, Act{Text: T(ctx, "list.receive"), Href: "/lists/new?from=book&book=" + b.ID})
		}
		if s.house().Books != nil && (b.State == book.Active || b.State == book.Draft) {
			page.Acts = append(page.Acts, Act{Text: T(ctx, "book.change"), Href: "/books/" + b.ID + "/change"}, Act{Text: T(ctx, "merger.title"), Href: "/books/" + b.ID + "/merger"})
		}
		if s.house().Books != nil && b.State == book.Active {
			page.Acts = append(page.Acts, Act{Text: T(ctx, "opening.title"), Href: "/books/" + b.ID + "/opening"})
		}
	}
	if s.house().WriteOffs != nil && b.Number != "" {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "writeoff.today"), Href: "/books/" + b.ID + "/today"})
		if b.Kind == book.Processing {
			page.Acts = append(page.Acts, Act{Text: T(ctx, "residues.title"), Href: "/residues?book=" + url.QueryEscape(b.Number)})
		}
	}
	page.Acts = append(page.Acts, lookedAct(ctx, who, bookObject(b))...)
	s.Render(w, r, page, bookBody(p))
}

func bookHead(ctx context.Context, b *book.Book) Page {
	page := Page{
		ID: numberOr(b.Number, b.ID), Title: T(ctx, "object.book"), Trail: []Link{{T(ctx, "books.title"), "/books"}}, Live: []string{"book", "passage"},
		Badges: []Badge{badge(ctx, bookWords, b.State), {Info, named(ctx, bookKinds, b.Kind)}},
		Facts: []Fact{
			{T(ctx, "column.enterprise"), Text(cmp.Or(b.Operator.Name, ownerOf(b.Operator)))},
			{T(ctx, "books.validto"), Text(b.ValidTo.String())},
			{T(ctx, "fact.office"), Text(string(b.CompetentOffice))},
		},
	}
	if w, marked := executionWords[b.Execution]; marked {
		page.Badges = append(page.Badges, Badge{w.Tone, T(ctx, w.Word)})
	}
	return page
}

// movements reads what moved on one line: the table with its running balance and
// the picture of the stock.
func (s *Server) movements(ctx context.Context, p *bookPage, line *book.Line, from string) error {
	key := stockAccount(p.Book, line.Number).Key()
	list, next, err := s.house().Read.History(ctx, key, from, pageRows)
	if err != nil {
		return err
	}
	causes, err := s.causes(ctx, list)
	if err != nil {
		return err
	}
	p.Moves, p.Chart = movementTable(ctx, key, string(line.Unit), list, causes), stockChart(ctx, key, line, list)
	if err := p.Chart.know(ctx, s.house().Read, key, list); err != nil {
		return err
	}
	path := "/books/" + p.Book.ID + "?line=" + strconv.Itoa(line.Number)
	p.Moves.Pager = Pager{Shown: N(ctx, "pager.shown", len(p.Moves.Rows))}
	if next != "" {
		p.Moves.Pager.Older = path + "&after=" + next
	}
	if from != "" {
		p.Moves.Pager.FirstOfAll = path
	}
	return nil
}

// effectOn is what a movement did to the posted quantity of an account, and what
// stood there afterwards. A reservation changes nothing posted.
func effectOn(m *ledger.Movement, key string) (change, afterwards num.Quantity, posted bool) {
	posted = m.Kind == ledger.Post || m.Kind == ledger.Settle
	if m.To == key {
		return m.Quantity, m.AfterTo, posted
	}
	return -m.Quantity, m.AfterFrom, posted
}

var movementWords = map[ledger.Kind]wording{
	ledger.Post: {OK, "move.post"}, ledger.Reserve: {Pending, "move.reserve"}, ledger.Settle: {OK, "move.settle"}, ledger.Void: {Neutral, "move.void"},
}

var placeWords = map[ledger.Place]Key{
	ledger.Abroad: "place.abroad", ledger.HomeMarket: "place.home", ledger.Consumed: "place.consumed", ledger.Produced: "place.produced",
	ledger.Scrap: "place.scrap", ledger.Lost: "place.lost", ledger.Destroyed: "place.destroyed", ledger.Surrendered: "place.surrendered", ledger.Difference: "place.difference", ledger.Border: "place.border",
	ledger.Provisional: "place.provisional", ledger.OnHand: "place.onhand", ledger.InTransit: "place.transit",
	ledger.WorkInProgress: "place.process", ledger.OnDisplay: "place.display", ledger.Earlier: "place.earlier", ledger.OtherBook: "place.otherbook",
	ledger.Noted: "place.noted", ledger.Passed: "place.passed", ledger.Undrawn: "place.undrawn", ledger.Drawn: "place.drawn",
}

// causes names the verification list for whose goods a movement was made, by the
// movement's cause: the case of the list.
func (s *Server) causes(ctx context.Context, list []ledger.Movement) (map[string]Link, error) {
	named := map[string]Link{}
	for i := range list {
		id := list[i].Cause
		if _, known := named[id]; known {
			continue
		}
		named[id] = Link{}
		var file casework.Case
		if _, err := s.house().Read.Load(ctx, dossier.Case, id, &file); err != nil {
			if fault.Is(err, "STORE-ABSENT-01") {
				continue // moved by something else than a case: its own name says so
			}
			return nil, err
		}
		if file.List == "" {
			continue
		}
		var l bonded.List
		if _, err := s.house().Read.Load(ctx, dossier.VerificationList, file.List, &l); err != nil {
			return nil, err
		}
		named[id] = Link{Text: numberOr(l.Number, l.ID), Href: "/lists/" + l.ID}
	}
	return named, nil
}

func movementTable(ctx context.Context, key, unit string, list []ledger.Movement, causes map[string]Link) Table {
	t := Table{
		ID: "movements", Caption: T(ctx, "move.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "move.empty")},
		Columns: []Column{
			{Title: T(ctx, "journal.at")},
			{Title: T(ctx, "entry.effective")},
			{Title: T(ctx, "move.kind")},
			{Title: T(ctx, "move.where")},
			{Title: T(ctx, "lines.quantity"), Unit: unit, Number: true},
			{Title: T(ctx, "move.after"), Unit: unit, Number: true},
			{Title: T(ctx, "move.cause")},
		},
	}
	for i := range list {
		m := &list[i]
		change, afterwards, posted := effectOn(m, key)
		other := m.From
		if m.From == key {
			other = m.To
		}
		place := ""
		if a, err := ledger.ParseKey(other); err == nil {
			place = named(ctx, placeWords, a.Place)
		}
		quantity, running := Measure(change, ""), Measure(afterwards, "")
		if change > 0 {
			quantity = "+" + quantity
		}
		if !posted {
			quantity, running = "("+quantity+")", ""
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			When(m.Recorded), Day(m.EffectiveOn), BadgeView(badge(ctx, movementWords, m.Kind)), Text(place),
			Number(quantity), Number(running), causeCell(causes[m.Cause], m.Cause),
		}})
	}
	return t
}

// listsOf gives the verification lists of a book, newest first.
func (s *Server) listsOf(ctx context.Context, who party.Who, b *book.Book) (Table, error) {
	t := Table{
		ID: "lists", Caption: T(ctx, "lists.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "lists.empty")},
		Columns: []Column{
			{Title: T(ctx, "object.list")},
		},
	}
	found, err := s.house().Read.List(ctx, dossier.VerificationList, store.Query{Where: map[string][]string{"book": {b.Number}}, Limit: 20})
	if err != nil {
		return t, err
	}
	for _, item := range found.Items {
		l, err := read[bonded.List](item)
		if err != nil {
			return t, err
		}
		if party.May(who, party.View, listObject(l)) != nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Href: "/lists/" + l.ID, Cells: []templ.Component{
			listCell(numberOr(l.Number, l.ID), directionWord(ctx, l.Direction), badge(ctx, listWords, l.State)),
		}})
	}
	return t, nil
}

func directionWord(ctx context.Context, d book.Direction) string {
	if d == book.Out {
		return T(ctx, "list.out")
	}
	return T(ctx, "list.in")
}

// StockChart is the posted quantity of a line over time, as steps, with the
// approved maximum: Points as it was known at each moment, Known as it is known now
// about the end of each day, where something was posted for another day than its own.
type StockChart struct {
	Title  string
	Unit   string
	Points []stockPoint
	Known  []stockPoint
	Most   num.Quantity
}

type stockPoint struct {
	At       clock.Instant
	Quantity num.Quantity
}

func stockChart(ctx context.Context, key string, line *book.Line, newestFirst []ledger.Movement) StockChart {
	c := StockChart{Title: T(ctx, "stock.title", "line", line.Number, "name", line.Name), Unit: string(line.Unit), Most: line.MaxBalance}
	for i := range newestFirst {
		m := &newestFirst[len(newestFirst)-1-i]
		change, afterwards, posted := effectOn(m, key)
		if !posted {
			continue
		}
		if len(c.Points) == 0 && afterwards != change {
			c.Points = append(c.Points, stockPoint{m.Recorded - 1, afterwards - change})
		}
		c.Points = append(c.Points, stockPoint{m.Recorded, afterwards})
	}
	return c
}

// know reads what is known now about the days of the chart, where that may be
// something else than what was known then.
func (c *StockChart) know(ctx context.Context, read bonded.Past, key string, list []ledger.Movement) error {
	late := false
	var days []clock.Date
	for i := range list {
		m := &list[i]
		if _, _, posted := effectOn(m, key); !posted {
			continue
		}
		late = late || m.EffectiveOn != m.Recorded.Date()
		days = append(days, m.EffectiveOn, m.Recorded.Date())
	}
	if !late {
		return nil
	}
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		q, _, err := read.BalanceEffective(ctx, key, day)
		if err != nil {
			return err
		}
		c.Known = append(c.Known, stockPoint{day.End() - 1, q})
	}
	return nil
}

// then gives what was known at the end of a day, as far as the chart goes back.
func (c StockChart) then(day clock.Date) string {
	text := ""
	for _, p := range c.Points {
		if p.At.Date() <= day {
			text = Measure(p.Quantity, "")
		}
	}
	return text
}

// steps gives the paths of the chart in a field of 1,000 × 200, what was known then
// and what is known now, its ground line and that of the maximum.
func (c StockChart) steps() (path, known, area string, ground, most int64) {
	if len(c.Points) == 0 {
		return "", "", "", 200, -1
	}
	top := int64(c.Most)
	low := int64(0)
	for _, p := range append(slices.Clone(c.Points), c.Known...) {
		top, low = max(top, int64(p.Quantity)), min(low, int64(p.Quantity))
	}
	spread := max(top-low, 1)
	y := func(q num.Quantity) int64 { return 190 - 180*(int64(q)-low)/spread }
	first, last := c.Points[0].At, c.Points[len(c.Points)-1].At
	if n := len(c.Known); n > 0 {
		first, last = min(first, c.Known[0].At), max(last, c.Known[n-1].At)
	}
	span := max(int64(last-first), 1)
	x := func(at clock.Instant) int64 { return 940 * int64(at-first) / span }
	num := func(n int64) string { return strconv.FormatInt(n, 10) }
	draw := func(points []stockPoint) string {
		if len(points) == 0 {
			return ""
		}
		line := "M" + num(x(points[0].At)) + " " + num(y(points[0].Quantity))
		for _, p := range points[1:] {
			line += "H" + num(x(p.At)) + "V" + num(y(p.Quantity))
		}
		return line + "H1000"
	}
	path, known = draw(c.Points), draw(c.Known)
	ground = y(0)
	area = path + "V" + num(ground) + "H" + num(x(c.Points[0].At)) + "Z"
	if c.Most > 0 {
		most = y(c.Most)
	} else {
		most = -1
	}
	return path, known, area, ground, most
}

// days gives the balances at the end of each day, the latest first, for the table:
// as they are known now where that is something else.
func (c StockChart) days() []stockPoint {
	var list []stockPoint
	points := c.Points
	if len(c.Known) > 0 {
		points = c.Known
	}
	for _, p := range points {
		if n := len(list); n > 0 && list[n-1].At.Date() == p.At.Date() {
			list[n-1] = p
			continue
		}
		list = append(list, p)
	}
	slices.Reverse(list)
	return list
}

func galleryBook(ctx context.Context) Specimen {
	b := &book.Book{
		ID: "gallery", Number: "T2218W000001", Kind: book.Logistics, State: book.Active, CompetentOffice: "2218", ValidTo: clock.MustDate("2027-06-30"),
		Operator: book.Party{CreditCode: "91310000MA1FL0EW6X", Name: "外高桥葡萄酒交易有限公司"},
		Lines: []book.Line{
			{Number: 1, Commodity: "2204210000", Name: "Red wine in bottles", Unit: "LTR", MaxBalance: 30_000 * num.OneQuantity},
			{Number: 2, Commodity: "2204100000", Name: "Champagne", Unit: "LTR"},
		},
	}
	line := &b.Lines[0]
	key := stockAccount(b, 1).Key()
	abroad := stockAccount(b, 1).At(ledger.Abroad).Key()
	home := stockAccount(b, 1).At(ledger.HomeMarket).Key()
	move := func(at string, kind ledger.Kind, from, to string, quantity, fromAfter, toAfter int64) ledger.Movement {
		return ledger.Movement{
			Kind: kind, From: from, To: to, Quantity: num.Quantity(quantity) * num.OneQuantity, EffectiveOn: sampleAt(at).Date(), Recorded: sampleAt(at),
			Cause: "QD221826I000000012", AfterFrom: num.Quantity(fromAfter) * num.OneQuantity, AfterTo: num.Quantity(toAfter) * num.OneQuantity,
		}
	}
	list := []ledger.Movement{
		move("2026-11-22T14:10", ledger.Reserve, key, home, 3_000, 17_400, 0),
		move("2026-11-20T16:40", ledger.Settle, abroad, key, 12_000, -24_000, 17_400),
		move("2026-11-14T10:05", ledger.Settle, key, home, 6_600, 5_400, 6_600),
		move("2026-11-03T09:30", ledger.Settle, abroad, key, 12_000, -12_000, 12_000),
	}
	p := bookPage{
		Book: b, Chosen: 1, Moves: movementTable(ctx, key, "LTR", list, nil), Chart: stockChart(ctx, key, line, list), Stock: []stock{
			{b.Lines[0], ledger.Balance{Quantity: 17_400 * num.OneQuantity, Outgoing: 3_000 * num.OneQuantity}, 0},
			{b.Lines[1], ledger.Balance{Quantity: 2_160 * num.OneQuantity, Incoming: 720 * num.OneQuantity}, 0},
		},
		Lists: Table{Caption: T(ctx, "lists.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "lists.empty")}},
	}
	p.Moves.Pager = Pager{Shown: N(ctx, "pager.shown", len(list))}
	for _, day := range []struct {
		on string
		q  int64
	}{{"2026-11-02", 11_500}, {"2026-11-03", 11_500}, {"2026-11-14", 4_900}, {"2026-11-20", 17_400}} { // 500 litres were posted late
		p.Chart.Known = append(p.Chart.Known, stockPoint{clock.MustDate(day.on).End() - 1, num.Quantity(day.q) * num.OneQuantity})
	}
	page := bookHead(ctx, b)
	page.Trail = []Link{{T(ctx, "books.title"), "/gallery/book"}}
	return Specimen{Name: "book", Title: "object.book", Page: page, Body: bookBody(p)}
}
