package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
)

// stockPage is one line of a book: what it holds and why, what it held, and where
// its goods came from and went to.
type stockPage struct {
	Book     *book.Book
	Line     *book.Line
	Stock    bonded.Stock
	Status   []Link // the other customs statuses
	Query    stockQuery
	Layers   Table
	Reserved Table
	Moves    Table
	Posted   []ledger.Movement // of the page: what can be corrected
	Chart    StockChart
	Flow     Sankey
	Parts    Table     // of the enterprise's own system that are merged into the line
	Marks    []actCard // customs keep a part to itself, or no longer
	Acts     actsForm
	API      string // where the same is read by machines
}

// stockQuery is what the page was asked for; it stands in the address.
type stockQuery struct {
	Status    ledger.Status
	From, To  clock.Date // of the flow
	Effective clock.Date
	Recorded  clock.Date // by the end of this day
}

func (s *Server) stockQuery(q url.Values) stockQuery {
	today := s.now().Date()
	day := func(name string, otherwise clock.Date) clock.Date {
		if d, err := clock.ParseDate(q.Get(name)); err == nil {
			return d
		}
		return otherwise
	}
	a := stockQuery{
		Status: ledger.Status(cmp.Or(q.Get("status"), string(ledger.Bonded))), From: day("from", today.AddDays(-30)), To: day("to", today),
		Effective: day("effective", 0), Recorded: day("recorded", 0),
	}
	if a.To < a.From {
		a.From = a.To
	}
	return a
}

var statusWords = map[ledger.Status]Key{ledger.Bonded: "status.bonded", ledger.DutyPaid: "status.dutypaid", ledger.NonBonded: "status.nonbonded"}

// bookLine answers GET /books/{id}/lines/{line}.
func (s *Server) bookLine(w http.ResponseWriter, r *http.Request) { s.showLine(w, r, nil) }

func (s *Server) showLine(w http.ResponseWriter, r *http.Request, faults fault.List) {
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
	n, _ := strconv.Atoi(r.PathValue("line")) // what is no number is no line
	line, ok := b.Line(n)
	if !ok {
		s.Fail(w, r, party.Absent("line", r.PathValue("line")))
		return
	}
	p := stockPage{Book: b, Line: line, Query: s.stockQuery(r.URL.Query()), API: "/api/v1/books/" + b.ID + "/lines/" + strconv.Itoa(n)}
	if err := s.fillLine(ctx, &p, r.URL.Query().Get("after")); err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Acts = actsOn(ctx, who, bookObject(b), "/books/"+b.ID+"/lines/"+strconv.Itoa(n), s.lineActs(held, line, url.Values{}))
	p.Parts = markedParts(ctx, b, func(part *book.PartItem) bool { return part.Line == n })
	sent := ""
	if faults != nil {
		sent = r.PostForm.Get("act")
	}
	p.Marks = markCards(ctx, b, n, &p.Acts, sent, func(f *actsForm) { f.again(r, faults) })
	if who.Actor.Kind == journal.Officer {
		p.Acts.Fields = p.correctionFields(ctx)
	}
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := lineHead(ctx, b, line)
	page.Faults = faults
	s.Render(w, r, page, stockBody(p))
}

func lineHead(ctx context.Context, b *book.Book, line *book.Line) Page {
	page := Page{
		ID: numberOr(b.Number, b.ID) + "/" + strconv.Itoa(line.Number), Title: T(ctx, "line.title"),
		Trail: []Link{{T(ctx, "books.title"), "/books"}, {numberOr(b.Number, b.ID), "/books/" + b.ID}}, Live: []string{"book", "passage"},
		Facts: []Fact{{T(ctx, "lines.name"), Text(line.Name)}, {T(ctx, "column.commodity"), Code(line.Commodity)}, {T(ctx, "form.unit"), Text(string(line.Unit))}},
	}
	add := func(name Key, value string) {
		if value != "" {
			page.Facts = append(page.Facts, Fact{T(ctx, name), Text(value)})
		}
	}
	mark := func(name Key, on bool) {
		if on {
			add(name, T(ctx, "word.yes"))
		}
	}
	add("book.linekind", named(ctx, lineKindWords, line.Kind))
	add("list.part", line.PartNumber)
	add("form.model", line.Model)
	add("form.legalunit", joined(legalUnit(line.LegalUnit, line.Legal), legalUnit(line.LegalUnit2, line.Legal2)))
	add("line.feed", conversionText(line.Feed, true))
	add("column.origin", string(line.Origin))
	add("form.levymode", string(line.LevyMode))
	if line.MaxBalance != 0 {
		add("book.most", Measure(line.MaxBalance, string(line.Unit)))
	}
	if line.Opening != 0 {
		add("line.opening", Measure(line.Opening, string(line.Unit)))
	}
	mark("book.control", line.QuantityControl)
	mark("book.main", line.MainMaterial)
	mark("line.query", line.ConsumptionQuery)
	if line.SourceList != "" {
		add("line.source", line.SourceList+"/"+strconv.Itoa(line.SourceLine))
	}
	add("line.storage", line.StorageLimit.String())
	add("line.serial", line.SerialNumber)
	add("line.entryway", named(ctx, entryWays, line.EntryWay))
	add("line.supervised", line.SupervisedUntil.String())
	add("line.progress", named(ctx, progressWords, line.Progress))
	if line.CustomsPaused {
		page.Badges = append(page.Badges, Badge{Bad, T(ctx, "book.line.customspaused")})
	}
	if line.EnterprisePaused {
		page.Badges = append(page.Badges, Badge{Warn, T(ctx, "book.line.paused")})
	}
	return page
}

var lineKindWords = map[book.LineKind]Key{
	book.Part: "book.line.part", book.Lot: "book.line.lot", book.Material: "book.line.material", book.Product: "book.line.product",
	book.Machine: "book.line.unit", book.Serial: "book.line.serial",
}

// legalUnit is a legal unit with what the declared one makes of it.
func legalUnit(unit codelist.UnitCode, c *book.Conversion) string {
	if c == nil {
		return string(unit)
	}
	return string(unit) + " (" + conversionText(c, false) + ")"
}

// fillLine reads what the page shows.
func (s *Server) fillLine(ctx context.Context, p *stockPage, after string) error {
	read := s.house().Read
	all, err := bonded.StockOf(ctx, read, p.Book, p.Line.Number)
	if err != nil {
		return err
	}
	path := "/books/" + p.Book.ID + "/lines/" + strconv.Itoa(p.Line.Number)
	p.Stock = all[0]
	for _, one := range all {
		if one.Status == p.Query.Status {
			p.Stock = one
		}
		p.Status = append(p.Status, Link{named(ctx, statusWords, one.Status), path + "?status=" + string(one.Status)})
	}
	p.Query.Status = p.Stock.Status
	if len(p.Stock.Layers) == 0 { // that all the old goods are gone is worth telling too
		if err := p.Stock.Before(ctx, read, p.Book); err != nil {
			return err
		}
	}
	end := clock.Instant(0)
	if p.Query.Recorded != 0 {
		end = p.Query.Recorded.AddDays(1).Start() - 1
	}
	if err := p.Stock.Asking(ctx, read, p.Query.Effective, end); err != nil {
		return err
	}
	reserved, err := bonded.ReservedOn(ctx, read, &p.Stock)
	if err != nil {
		return err
	}
	list, next, err := read.History(ctx, p.Stock.Account, after, pageRows)
	if err != nil {
		return err
	}
	asked := append([]ledger.Movement(nil), list...)
	for _, one := range reserved {
		asked = append(asked, ledger.Movement{Cause: one.Cause})
	}
	for _, l := range p.Stock.Layers {
		asked = append(asked, ledger.Movement{Cause: l.Cause})
	}
	causes, err := s.causes(ctx, asked)
	if err != nil {
		return err
	}
	unit := string(p.Line.Unit)
	p.Moves, p.Chart = movementTable(ctx, p.Stock.Account, unit, list, causes), stockChart(ctx, p.Stock.Account, p.Line, list)
	p.Posted = list
	if err := p.Chart.know(ctx, read, p.Stock.Account, list); err != nil {
		return err
	}
	p.Moves.Pager = Pager{Shown: N(ctx, "pager.shown", len(p.Moves.Rows))}
	if next != "" {
		p.Moves.Pager.Older = path + "?status=" + string(p.Query.Status) + "&after=" + next
	}
	if after != "" {
		p.Moves.Pager.FirstOfAll = path + "?status=" + string(p.Query.Status)
	}
	p.Layers, p.Reserved = layerTable(ctx, unit, p.Stock.Layers, causes), reservedTable(ctx, unit, reserved, causes)
	flow, err := bonded.FlowOf(ctx, read, p.Stock.Account, p.Query.From, p.Query.To)
	if err != nil && len(fault.All(err)) == 0 {
		return err
	}
	p.Flow = sankeyOf(ctx, &flow, p.Line)
	return nil
}

func layerTable(ctx context.Context, unit string, layers []ledger.Layer, causes map[string]Link) Table {
	t := Table{
		ID: "layers", Caption: T(ctx, "layers.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "layers.empty")},
		Columns: []Column{{Title: T(ctx, "layers.on")}, {Title: T(ctx, "layers.cause")}, {Title: T(ctx, "lines.quantity"), Unit: unit, Number: true}},
	}
	for _, l := range layers {
		cause := causeCell(causes[l.Cause], l.Cause)
		if l.Cause == "" {
			cause = Text(T(ctx, "layers.before"))
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Day(l.On), cause, Number(Measure(l.Quantity, ""))}})
	}
	return t
}

func reservedTable(ctx context.Context, unit string, list []bonded.Reserved, causes map[string]Link) Table {
	t := Table{
		ID: "reserved", Caption: T(ctx, "reserved.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "reserved.empty")},
		Columns: []Column{{Title: T(ctx, "reserved.since")}, {Title: T(ctx, "form.direction")}, {Title: T(ctx, "lines.quantity"), Unit: unit, Number: true}, {Title: T(ctx, "move.cause")}},
	}
	for _, r := range list {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{When(r.Since), Text(directionWord(ctx, r.Direction)), Number(Measure(r.Open, "")), causeCell(causes[r.Cause], r.Cause)}})
	}
	return t
}

// facts are what the line holds, and held.
func (p *stockPage) facts(ctx context.Context) []Fact {
	unit := string(p.Line.Unit)
	s := &p.Stock
	list := []Fact{
		{T(ctx, "line.status"), Text(named(ctx, statusWords, s.Status))},
		{T(ctx, "stock.posted"), Number(Measure(s.Quantity, unit))},
		{T(ctx, "stock.available"), Number(Measure(s.Available, unit))},
		{T(ctx, "stock.expected"), Number(Measure(s.Expected, unit))},
		{T(ctx, "stock.value"), Number(Amount(s.Value, string(p.Line.Currency)))},
	}
	if price, err := averagePrice(s.Value, s.Quantity); err == nil && s.Quantity > 0 {
		list = append(list, Fact{T(ctx, "stock.average"), Number(price + " " + string(p.Line.Currency) + "/" + unit)})
	}
	if last := p.Posted; len(last) > 0 {
		list = append(list, Fact{T(ctx, "stock.last"), When(last[0].Recorded)})
	}
	if s.Opened > 0 {
		list = append(list, Fact{T(ctx, "line.old"), Number(T(ctx, "line.old.of", "left", Measure(s.Old, unit), "opened", Measure(s.Opened, unit)))})
	}
	if t := s.Then; t != nil && t.Known != nil {
		cell := Number(Measure(*t.Known, unit))
		if *t.Known < 0 {
			cell = BadgeView(Badge{Alarm, Measure(*t.Known, unit)})
		}
		list = append(list, Fact{T(ctx, "then.known", "day", t.EffectiveOn.String()), cell})
	}
	if t := s.Then; t != nil && t.Knew != nil {
		list = append(list, Fact{T(ctx, "then.knew", "day", t.RecordedAt.Date().String()), Number(Measure(*t.Knew, unit))})
	}
	return list
}

// averagePrice is the value of one unit of a stock, to four decimals (DR §4.2).
func averagePrice(value num.Money, quantity num.Quantity) (string, error) {
	if quantity <= 0 {
		return "", nil
	}
	price, err := num.MulDiv(int64(value), 100*int64(num.OneQuantity), int64(quantity), num.HalfUp)
	return num.Price(price).String(), err
}

// correctionFields ask which posting was wrong, and by how much.
func (p *stockPage) correctionFields(ctx context.Context) []Field {
	list := []Option{{"", T(ctx, "correct.none")}}
	for i := range p.Posted {
		m := &p.Posted[i]
		if _, _, posted := effectOn(m, p.Stock.Account); posted {
			list = append(list, Option{m.ID, T(ctx, "correct.movement", "day", m.EffectiveOn.String(), "quantity", Measure(m.Quantity, string(p.Line.Unit)), "kind", badge(ctx, movementWords, m.Kind).Text)})
		}
	}
	return []Field{
		{Path: "/movement", Name: "movement", Label: T(ctx, "correct.which"), Kind: "select", Options: list},
		{Path: "/change", Name: "change", Label: T(ctx, "correct.change"), Hint: T(ctx, "correct.hint")},
	}
}

// lineActs are what can be done with one line: customs pause it and correct what
// was posted, the enterprise pauses it and says how far a thing has come.
func (s *Server) lineActs(held *bonded.Book, line *book.Line, form url.Values) []paperAct {
	desk := s.house().Books
	if desk == nil {
		return nil
	}
	mark := func(m bonded.LineMark) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		m.Line = line.Number
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.MarkLine(ctx, c, by, id, m, reason)
		}
	}
	yes, no := true, false
	correct := func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
		change, err := num.ParseQuantity(fold(form.Get("change")))
		if err != nil {
			return decision.Receipt{}, at("/change", err)
		}
		return desk.ProposeCorrection(ctx, c, by, id, bonded.Correction{Movement: form.Get("movement"), Change: change}, reason)
	}
	alone := func(separate bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			receipt, err := desk.MarkPart(ctx, c, by, id, bonded.PartMark{Part: form.Get("part"), Separate: separate}, reason)
			return receipt, besideFields("/"+markName(separate), err)
		}
	}
	acts := []paperAct{{Value: "correct", Text: "correct.propose", Right: party.Decide, Do: correct}}
	if line.CustomsPaused {
		acts = append(acts, paperAct{Value: "resume", Text: "line.resume", Right: party.Decide, Do: mark(bonded.LineMark{Paused: &no})})
	} else {
		acts = append(acts, paperAct{Value: "pause", Text: "line.pause", Right: party.Decide, Danger: true, Do: mark(bonded.LineMark{Paused: &yes})})
	}
	if line.EnterprisePaused {
		acts = append(acts, paperAct{Value: "resume-own", Text: "line.resume", Right: party.Lodge, Do: mark(bonded.LineMark{Paused: &no})})
	} else {
		acts = append(acts, paperAct{Value: "pause-own", Text: "line.pause", Right: party.Lodge, Do: mark(bonded.LineMark{Paused: &yes})})
	}
	for i := range held.Parts {
		if p := &held.Parts[i]; p.Line == line.Number {
			name, text := markName(!p.Separate), Key("part.lift")
			if !p.Separate {
				text = "part.mark"
			}
			if !slices.ContainsFunc(acts, func(a paperAct) bool { return a.Value == name }) {
				acts = append(acts, paperAct{Value: name, Text: text, Right: party.Decide, Do: alone(!p.Separate)})
			}
		}
	}
	for _, step := range book.ProgressOf(held.Kind) {
		if step != line.Progress {
			acts = append(acts, paperAct{Value: "is-" + string(step), Text: progressWords[step], Right: party.Lodge, Do: mark(bonded.LineMark{Progress: step})})
		}
	}
	return acts
}

// markName names the act by which customs mark a part, or lift the mark.
func markName(separate bool) string {
	if separate {
		return "mark-part"
	}
	return "lift-part"
}

// markCards parts the marks on parts from the other acts of customs: each is a card
// that asks for the part and the reason.
func markCards(ctx context.Context, b *book.Book, line int, acts *actsForm, sent string, again func(*actsForm)) []actCard {
	var cards []actCard
	for _, separate := range []bool{true, false} {
		name := markName(separate)
		at := slices.IndexFunc(acts.Acts, func(a Act) bool { return a.Value == name })
		if at < 0 {
			continue
		}
		title, text := T(ctx, "part.lift.title"), T(ctx, "part.lift.text")
		if separate {
			title, text = T(ctx, "part.mark.title"), T(ctx, "part.mark.text")
		}
		var choice []Option
		for i := range b.Parts {
			if p := &b.Parts[i]; p.Line == line && p.Separate != separate {
				choice = append(choice, Option{p.Part, joinedWords(p.Part, p.Name)})
			}
		}
		one := actCard{ID: name, Title: title, Text: text, Form: actsForm{
			Path: acts.Path, Key: acts.Key + "-" + name, Acts: acts.Acts[at : at+1 : at+1], Fields: []Field{
				{Path: "/" + name + "/part", Name: "part", Label: T(ctx, "list.part"), Kind: "select", Options: choice},
				{Path: "/" + name + "/reason", Name: "reason", Label: T(ctx, "acts.reason"), Kind: "textarea"},
			},
		}}
		if off := acts.Acts[at].Off; off != "" {
			one.Form.Off = []string{off}
		}
		if sent == name {
			again(&one.Form)
		}
		cards = append(cards, one)
	}
	acts.Acts = slices.DeleteFunc(slices.Clone(acts.Acts), func(a Act) bool { return a.Value == markName(true) || a.Value == markName(false) })
	return cards
}

// markedParts lists parts of a book with the marks of customs: since when, by whom
// and why.
func markedParts(ctx context.Context, b *book.Book, wanted func(*book.PartItem) bool) Table {
	t := Table{
		ID: "parts", Caption: T(ctx, "parts.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "parts.empty")},
		Columns: []Column{
			{Title: T(ctx, "list.part")},
			{Title: T(ctx, "lines.book"), Number: true},
			{Title: T(ctx, "form.name")},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "part.customs")},
			{Title: T(ctx, "part.since")},
			{Title: T(ctx, "part.by")},
			{Title: T(ctx, "acts.reason")},
		},
	}
	for i := range b.Parts {
		p := &b.Parts[i]
		if !wanted(p) {
			continue
		}
		mark, since, by, why := Text(""), Text(""), Text(""), Text("")
		if p.Separate {
			mark = BadgeView(Badge{Warn, T(ctx, "rule.separate")})
			if others := b.Beside(p); len(others) > 0 {
				mark = templ.Join(mark, Text(" "), BadgeView(Badge{Bad, T(ctx, "part.beside", "others", strings.Join(others, ", "))}))
			}
		}
		if s := p.Separation; s != nil {
			since, by, why = When(s.At), Code(s.By), Text(s.Reason)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(p.Part), Number(strconv.Itoa(p.Line)), Text(p.Name), Code(p.Commodity), mark, since, by, why}})
	}
	return t
}

// actOnLine answers POST /books/{id}/lines/{line}.
func (s *Server) actOnLine(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	held, err := s.loadHeld(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	n, _ := strconv.Atoi(r.PathValue("line"))
	line, ok := held.Line(n)
	if !ok {
		line = &book.Line{Number: n}
	}
	path := "/books/" + held.ID + "/lines/" + strconv.Itoa(n)
	if faults, done := s.carryOut(w, r, bookObject(&held.Book), held.ID, "book", path, s.lineActs(held, line, r.PostForm)); !done {
		s.showLine(w, r, faults)
	}
}

// Sankey is what came from where and went to where, as bands whose height is the
// quantity.
type Sankey struct {
	Title     string
	Unit      string
	From, To  clock.Date
	Into, Out []Band
}

// Band is one source or end.
type Band struct {
	Name     string
	Quantity num.Quantity
	Y, H     int64 // where it is drawn, out of 1,000 high
	Mid      int64 // where it meets the line in the middle
}

// sankeyOf lays a flow out: on the left what was there and what came, on the right
// what is left and what went.
func sankeyOf(ctx context.Context, f *book.Flow, line *book.Line) Sankey {
	s := Sankey{Title: T(ctx, "flow.title", "name", line.Name), Unit: string(line.Unit), From: f.From, To: f.To}
	add := func(side *[]Band, name string, q num.Quantity) {
		if q > 0 {
			*side = append(*side, Band{Name: name, Quantity: q})
		}
	}
	add(&s.Into, T(ctx, "flow.opening"), f.Opening)
	for _, x := range f.In {
		add(&s.Into, named(ctx, placeWords, x.Place), x.Quantity)
	}
	add(&s.Out, T(ctx, "flow.closing"), f.Closing)
	for _, x := range f.Out {
		add(&s.Out, named(ctx, placeWords, x.Place), x.Quantity)
	}
	for _, side := range [][]Band{s.Into, s.Out} {
		var sum num.Quantity
		for _, b := range side {
			sum += b.Quantity
		}
		// Bands fill 160 of 200; the rest stands between them.
		gap := int64(40) / int64(max(len(side), 1))
		y, mid := int64(0), int64(20)
		for i := range side {
			h, err := num.MulDiv(int64(side[i].Quantity), 160, int64(max(sum, 1)), num.HalfUp)
			if err != nil {
				h = 1
			}
			side[i].Y, side[i].H, side[i].Mid = y, max(h, 1), mid
			y += side[i].H + gap
			mid += side[i].H
		}
	}
	return s
}

func px(n int64) string { return strconv.FormatInt(n, 10) }

// ribbon draws a band from its outer end to the middle.
func (b *Band) ribbon(outer, inner int64) string {
	middle := (outer + inner) / 2
	return "M" + px(outer) + " " + px(b.Y) + "C" + px(middle) + " " + px(b.Y) + " " + px(middle) + " " + px(b.Mid) + " " + px(inner) + " " + px(b.Mid) +
		"V" + px(b.Mid+b.H) + "C" + px(middle) + " " + px(b.Mid+b.H) + " " + px(middle) + " " + px(b.Y+b.H) + " " + px(outer) + " " + px(b.Y+b.H) + "Z"
}

func galleryStock(ctx context.Context) Specimen {
	b := &book.Book{ID: "gallery", Number: "T2218W000001", Kind: book.Logistics, State: book.Active, Operator: book.Party{CreditCode: "91310000MA1FL0EW6X"}}
	line := &book.Line{Number: 1, Commodity: "2204210000", Name: "Red wine in bottles", Unit: "LTR", MaxBalance: 30_000 * num.OneQuantity}
	on := func(n int64) num.Quantity { return num.Quantity(n) * num.OneQuantity }
	known, knew := on(17_100), on(17_400)
	flow := book.Flow{
		From: clock.MustDate("2026-11-01"), To: clock.MustDate("2026-11-23"), Opening: on(5_400), Closing: on(17_400),
		In: []book.Stream{{Place: ledger.Abroad, Quantity: on(24_000), Movements: 2}}, Out: []book.Stream{{Place: ledger.HomeMarket, Quantity: on(9_000), Movements: 3}, {Place: ledger.OtherBook, Quantity: on(3_000), Movements: 1}},
	}
	layers := []ledger.Layer{{On: clock.MustDate("2026-10-01"), Quantity: on(5_400)}, {Cause: "c1", On: clock.MustDate("2026-11-20"), Quantity: on(12_000)}}
	causes := map[string]Link{"c1": {Text: "QD221826I000000012", Href: "/gallery/list"}}
	p := stockPage{
		Book: b, Line: line, Query: stockQuery{Status: ledger.Bonded, From: flow.From, To: flow.To, Effective: flow.To, Recorded: flow.To},
		Stock:  bonded.Stock{Line: 1, Status: ledger.Bonded, Quantity: on(17_400), Available: on(14_400), Outgoing: on(3_000), Expected: on(14_400), Value: 1_218_000_00, Opened: on(9_000), Old: on(5_400), Layers: layers, Then: &bonded.StockThen{EffectiveOn: flow.To, Known: &known, RecordedAt: flow.To.Start(), Knew: &knew}},
		Status: []Link{{T(ctx, "status.bonded"), "/gallery/line"}, {T(ctx, "status.nonbonded"), "/gallery/line"}},
		Layers: layerTable(ctx, "LTR", layers, causes), Flow: sankeyOf(ctx, &flow, line), API: "/api/v1/books/gallery/lines/1",
		Reserved: reservedTable(ctx, "LTR", []bonded.Reserved{{Cause: "c1", Direction: book.Out, Open: on(3_000), Since: sampleAt("2026-11-22T14:10")}}, causes),
		Moves:    Table{Caption: T(ctx, "move.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "move.empty")}},
		Acts:     actsForm{Path: "/gallery/line", Key: "gallery", Acts: []Act{{Text: T(ctx, "correct.propose"), Name: "act", Value: "correct"}}},
	}
	b.Parts = []book.PartItem{
		{Part: "W-75", Line: 1, Name: "Red wine, 0.75 l", Commodity: line.Commodity, Unit: "LTR", Separate: true, Separation: &book.Separation{At: sampleAt("2026-11-20T10:00"), By: "SH1007", Reason: "under inquiry"}},
		{Part: "W-150", Line: 1, Name: "Red wine, 1.5 l", Commodity: line.Commodity, Unit: "LTR"},
	}
	p.Parts = markedParts(ctx, b, func(*book.PartItem) bool { return true })
	p.Acts.Acts = append(p.Acts.Acts, Act{Text: T(ctx, "part.mark"), Name: "act", Value: markName(true)}, Act{Text: T(ctx, "part.lift"), Name: "act", Value: markName(false)})
	p.Marks = markCards(ctx, b, 1, &p.Acts, "", nil)
	p.Acts.Fields = p.correctionFields(ctx)
	return Specimen{Name: "line", Title: "line.title", Page: lineHead(ctx, b, line), Body: stockBody(p)}
}
