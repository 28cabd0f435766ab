package console

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/message"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/print"
	"seine/internal/store"
	"seine/internal/writeoff"
)

// WriteOffs is the desk where periods of books are closed; *bonded.Desk is one.
type WriteOffs interface {
	DraftWriteOff(ctx context.Context, c decision.Command, by decision.Actor, bookID string, w bonded.Drafting) (decision.Receipt, error)
	EnterCounts(ctx context.Context, c decision.Command, by decision.Actor, id string, counts []writeoff.Count, all bool) (decision.Receipt, error)
	TakeBackCount(ctx context.Context, c decision.Command, by decision.Actor, id string, at writeoff.Spot) (decision.Receipt, error)
	GiveOrders(ctx context.Context, c decision.Command, by decision.Actor, id string, orders []writeoff.Order) (decision.Receipt, error)
	ExplainWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id string, all []writeoff.Explanation) (decision.Receipt, error)
	SubmitWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error)
	AskExtension(ctx context.Context, c decision.Command, by decision.Actor, id string, days int, reason string) (decision.Receipt, error)
	AnswerExtension(ctx context.Context, c decision.Command, by decision.Actor, id string, grant bool, reason string) (decision.Receipt, error)
	ReturnWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	VisitWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	FoundWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, found string) (decision.Receipt, error)
	ProposeWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	CloseToday(ctx context.Context, c decision.Command, bookID string) (bonded.Forecast, error)
}

var writeOffTones = map[writeoff.State]Tone{
	writeoff.Draft: Neutral, writeoff.Counting: Warn, writeoff.Submitted: Info, writeoff.Compared: Info, writeoff.Passed: OK, writeoff.Review: Warn,
	writeoff.OnSite: Warn, writeoff.Decided: Agreed, writeoff.Adjusted: OK,
}

func writeOffBadge(ctx context.Context, s writeoff.State) Badge {
	return Badge{writeOffTones[s], T(ctx, Key(print.WriteOffStateKeys[s]))}
}

var gapWords = map[writeoff.GapKind]Key{
	writeoff.GapCount: "gap.count", writeoff.GapList: "gap.list", writeoff.GapOrder: "gap.order", writeoff.GapDoubt: "gap.doubt", writeoff.GapShort: "gap.short",
	writeoff.GapResidue: "gap.residue", writeoff.GapUse: "gap.use", writeoff.GapDiffers: "gap.differs", writeoff.GapTax: "gap.tax",
}

var doubtWords = map[writeoff.DoubtKind]Key{
	writeoff.DoubtYield: "doubt.yield", writeoff.DoubtMass: "doubt.mass", writeoff.DoubtBefore: "doubt.before", writeoff.DoubtHours: "doubt.hours", writeoff.DoubtLot: "doubt.lot",
}

func writeOffObject(w *bonded.WriteOff) party.Object {
	return party.Object{Kind: "book", ID: w.BookID, Area: w.Area, Parties: []string{w.Enterprise}}
}

func writeOffPath(id string) string { return "/write-offs/" + url.PathEscape(id) }

func (s *Server) loadWriteOff(ctx context.Context, id string) (*bonded.WriteOff, error) {
	var w bonded.WriteOff
	_, err := s.house().Read.Load(ctx, dossier.WriteOff, id, &w)
	return &w, absentIf(err, journal.Ref{Kind: "write_off", ID: id})
}

// writeOffs answers GET /write-offs: those of the enterprise, or for officers
// those that wait for them first.
func (s *Server) writeOffs(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	asked := r.URL.Query()
	q := store.Query{Limit: pageRows, Before: asked.Get("after"), Where: map[string][]string{}}
	waiting := asked.Get("view") == "waiting"
	if waiting {
		q.Where["state"] = []string{string(writeoff.Review), string(writeoff.OnSite)}
	}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.WriteOff, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var list []*bonded.WriteOff
	for _, item := range found.Items {
		one, err := read[bonded.WriteOff](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, writeOffObject(one)) == nil {
			list = append(list, one)
		}
	}
	t := writeOffTable(ctx, list)
	t.Pager = keyed(ctx, "/write-offs", asked, found.Next, len(t.Rows))
	views := Views([]View{
		{Text: T(ctx, "writeoffs.all"), Href: "/write-offs", Current: !waiting},
		{Text: T(ctx, "writeoffs.waiting"), Href: "/write-offs?view=waiting", Current: waiting},
	})
	s.Render(w, r, Page{Title: T(ctx, "writeoffs.title")}, templ.Join(views, TableView(t)))
}

func writeOffTable(ctx context.Context, list []*bonded.WriteOff) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "writeoffs.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "writeoffs.none"), Text: T(ctx, "writeoffs.none.text")},
		Columns: []Column{
			{Title: T(ctx, "writeoff.number")},
			{Title: T(ctx, "writeoff.enterprise")},
			{Title: T(ctx, "writeoff.period")},
			{Title: T(ctx, "writeoffs.due")},
			{Title: T(ctx, "writeoff.state")},
		},
	}
	for _, one := range list {
		p := one.Report.Period
		t.Rows = append(t.Rows, Row{Href: writeOffPath(one.ID), Cells: []templ.Component{
			Code(one.Number), Enterprise(ctx, one.Enterprise), Text(p.Start.String() + " – " + p.End.String()), Text(one.Due.String()), BadgeView(writeOffBadge(ctx, one.State)),
		}})
	}
	return t
}

type writeOffPage struct {
	ID      string
	Compare Table
	Said    Table // what the enterprise says of its differences
	Doubts  Table
	Orders  Table
	ByOrder bool // the book is written off by work order
	Order   []Field
	Giving  bool // the form of work orders is open
	Waits   []string
	Open    bool // counted and explained by the enterprise
	Key     string
	Faults  fault.List
	Own     []actCard // of the enterprise
	Acts    actsForm  // of customs
}

// actCard is one act of the enterprise in a card of its own.
type actCard struct {
	ID, Title, Text string
	Form            actsForm
	First           bool // what the page leads to
}

// ownActs parts the acts of the enterprise into cards: each asks only what it
// needs, and what was refused comes back to the card that it was sent from.
func ownActs(ctx context.Context, doc *bonded.WriteOff, acts *actsForm, sent string, again func(*actsForm)) []actCard {
	var cards []actCard
	for _, c := range []struct {
		act         string
		title, text Key
		fields      func() []Field
	}{
		{"explain", "writeoff.explain", "writeoff.explain.text", func() []Field { return explanationFields(ctx, doc) }},
		{"ask_extension", "extension.ask", "", func() []Field { return extensionFields(ctx) }},
		{"submit", "writeoff.submit.title", "writeoff.submit.text", func() []Field { return nil }},
	} {
		at := slices.IndexFunc(acts.Acts, func(a Act) bool { return a.Value == c.act })
		if at < 0 {
			continue
		}
		one := actCard{ID: strings.ReplaceAll(c.act, "_", "-"), Title: T(ctx, c.title), First: c.act == "submit"}
		if c.text != "" {
			one.Text = T(ctx, c.text)
		}
		one.Form = actsForm{Path: acts.Path, Key: acts.Key + "-" + c.act, Acts: acts.Acts[at : at+1 : at+1], Fields: c.fields()}
		if off := acts.Acts[at].Off; off != "" {
			one.Form.Off = []string{off}
		}
		if sent == c.act {
			again(&one.Form)
		}
		cards = append(cards, one)
	}
	acts.Acts = slices.DeleteFunc(slices.Clone(acts.Acts), func(a Act) bool {
		return slices.ContainsFunc(cards, func(c actCard) bool { return c.Form.Acts[0].Value == a.Value })
	})
	return cards
}

func extensionFields(ctx context.Context) []Field {
	return []Field{
		{Path: "/extension/days", Name: "days", Label: T(ctx, "extension.days"), Kind: "number", Required: true, Hint: T(ctx, "extension.hint")},
		{Path: "/extension/reason", Name: "reason", Label: T(ctx, "acts.reason"), Kind: "textarea"},
	}
}

// writeOff answers GET /write-offs/{id}.
func (s *Server) writeOff(w http.ResponseWriter, r *http.Request) { s.showWriteOff(w, r, nil) }

// actOnWriteOff answers POST /write-offs/{id}: acts of both sides, or the file of
// a stock-taking.
func (s *Server) actOnWriteOff(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	ctx, id := r.Context(), r.PathValue("id")
	doc, err := s.loadWriteOff(ctx, id)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	faults, done := s.carryOut(w, r, writeOffObject(doc), id, "write-off", writeOffPath(id), s.writeOffActs(doc, r))
	if !done {
		s.showWriteOff(w, r, faults)
	}
}

// writeOffActs are what can be done with a write-off; r is the form as sent, nil
// when it is only shown.
func (s *Server) writeOffActs(doc *bonded.WriteOff, r *http.Request) []paperAct {
	desk := s.house().WriteOffs
	open, review, onSite := doc.State == writeoff.Draft || doc.State == writeoff.Counting, doc.State == writeoff.Review, doc.State == writeoff.OnSite
	all := []struct {
		when bool
		act  paperAct
	}{
		{open, paperAct{Value: "submit", Text: "writeoff.submit", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			return desk.SubmitWriteOff(ctx, c, by, id)
		}}},
		{open && len(doc.Counts) > 0, paperAct{Value: "explain", Text: "writeoff.explain", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			one, err := explanationOf(r, reason)
			if err != nil {
				return decision.Receipt{}, err
			}
			kept := slices.DeleteFunc(slices.Clone(doc.Explanations), func(e writeoff.Explanation) bool { return e.Line == one.Line && e.Cause == one.Cause })
			return desk.ExplainWriteOff(ctx, c, by, id, append(kept, one))
		}}},
		{open && r != nil, paperAct{Value: "unexplain", Text: "writeoff.unexplain", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			kept := slices.DeleteFunc(slices.Clone(doc.Explanations), func(e writeoff.Explanation) bool {
				return strconv.Itoa(e.Line) == r.PostForm.Get("line") && string(e.Cause) == r.PostForm.Get("cause")
			})
			return desk.ExplainWriteOff(ctx, c, by, id, kept)
		}}},
		{open && r != nil, paperAct{Value: "file", Text: "writeoff.file", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			content, err := sheetOf(r)
			if err != nil {
				return decision.Receipt{}, err
			}
			counts, err := message.ReadCounts(content)
			if err != nil {
				return decision.Receipt{}, err
			}
			return desk.EnterCounts(ctx, c, by, id, counts, true)
		}}},
		{open && doc.Report.Method == writeoff.ByOrder && doc.Extension == nil, paperAct{Value: "ask_extension", Text: "extension.ask", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			days, _ := strconv.Atoi(fold(r.PostForm.Get("days"))) // the story says when it is no number of days
			receipt, err := desk.AskExtension(ctx, c, by, id, days, reason)
			return receipt, besideFields("/extension", err)
		}}},
		{open && doc.Extension != nil && doc.Extension.Officer == "", paperAct{Value: "extend", Text: "extension.grant", Right: party.Decide, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.AnswerExtension(ctx, c, by, id, true, reason)
		}}},
		{open && doc.Extension != nil && doc.Extension.Officer == "", paperAct{Value: "refuse_extension", Text: "extension.refuse", Right: party.Decide, Danger: true, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.AnswerExtension(ctx, c, by, id, false, reason)
		}}},
		{review, paperAct{Value: "propose", Text: "writeoff.propose", Right: party.Decide, Do: desk.ProposeWriteOff}},
		{review, paperAct{Value: "visit", Text: "writeoff.visit", Right: party.Decide, Do: desk.VisitWriteOff}},
		{review, paperAct{Value: "return", Text: "writeoff.return", Right: party.Decide, Danger: true, Do: desk.ReturnWriteOff}},
		{onSite, paperAct{Value: "found", Text: "writeoff.found", Right: party.Decide, Do: desk.FoundWriteOff}},
	}
	var list []paperAct
	for _, a := range all {
		if a.when {
			list = append(list, a.act)
		}
	}
	if open && r != nil {
		list = append(list, s.orderActs(doc, r)...)
	}
	return list
}

// explanationOf reads the form of one explanation.
func explanationOf(r *http.Request, reason string) (writeoff.Explanation, error) {
	var faults fault.List
	e := writeoff.Explanation{Cause: writeoff.Cause(r.PostForm.Get("cause")), Reason: reason, Proof: fold(r.PostForm.Get("proof")), Voluntary: r.PostForm.Get("voluntary") != ""}
	e.Line, _ = strconv.Atoi(r.PostForm.Get("line")) // the story says when there is no such line
	var err error
	if e.Quantity, err = num.ParseQuantity(fold(r.PostForm.Get("quantity"))); err != nil {
		if err := faults.Add("/quantity", err); err != nil {
			return e, err
		}
	}
	if day := r.PostForm.Get("discovered"); day != "" {
		if e.Discovered, err = clock.ParseDate(day); err != nil {
			if err := faults.Add("/discovered", err); err != nil {
				return e, err
			}
		}
	}
	return e, faults.OrNil()
}

func (s *Server) showWriteOff(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	doc, err := s.loadWriteOff(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, writeOffObject(doc))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := writeOffBodyOf(ctx, doc)
	if s.house().WriteOffs != nil {
		p.Acts = actsOn(ctx, who, writeOffObject(doc), writeOffPath(doc.ID), s.writeOffActs(doc, nil))
		sent := ""
		if faults != nil {
			sent = r.PostForm.Get("act")
		}
		p.Own = ownActs(ctx, doc, &p.Acts, sent, func(f *actsForm) { f.again(r, faults) })
	}
	p.Open = slices.ContainsFunc(p.Own, func(c actCard) bool { return c.ID == "submit" })
	p.Said = saidTable(ctx, doc, p.Open, p.Key)
	if p.Open {
		p.Order = orderFields(ctx, doc)
	}
	if faults != nil && r.PostForm.Get("act") == "order" {
		given := actsForm{Fields: p.Order}
		given.again(r, faults)
		p.Giving = true
	} else if faults != nil {
		p.Acts.again(r, faults)
		p.Faults = faults
	}
	page := writeOffHead(ctx, doc)
	page.Faults = faults
	page.Acts = []Act{
		{Text: T(ctx, "writeoff.pdf"), Href: writeOffPath(doc.ID) + "/report.pdf"},
		{Text: T(ctx, "writeoff.report.csv"), Href: writeOffPath(doc.ID) + "/report.csv"},
		{Text: T(ctx, "writeoff.report.xlsx"), Href: writeOffPath(doc.ID) + "/report.xlsx"},
		{Text: T(ctx, "writeoff.csv"), Href: writeOffPath(doc.ID) + "/sheet.csv"},
		{Text: T(ctx, "writeoff.xlsx"), Href: writeOffPath(doc.ID) + "/sheet.xlsx"},
	}
	if p.ByOrder {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "workorder.csv"), Href: writeOffPath(doc.ID) + "/orders.csv"}, Act{Text: T(ctx, "workorder.xlsx"), Href: writeOffPath(doc.ID) + "/orders.xlsx"})
	}
	if p.Open {
		page.Acts = append([]Act{{Text: T(ctx, "writeoff.count"), Href: writeOffPath(doc.ID) + "/count", Key: "c"}}, page.Acts...)
	}
	s.Render(w, r, page, writeOffBody(p))
}

func writeOffHead(ctx context.Context, doc *bonded.WriteOff) Page {
	p := doc.Report.Period
	page := Page{
		ID: doc.Number, Title: T(ctx, "writeoff.number"), Trail: []Link{{T(ctx, "writeoffs.title"), "/write-offs"}}, Badges: []Badge{writeOffBadge(ctx, doc.State)},
		Facts: []Fact{
			{T(ctx, "writeoff.book"), Code(doc.Book)},
			{T(ctx, "writeoff.period"), Text(p.Start.String() + " – " + p.End.String())},
			{T(ctx, "writeoffs.due"), Text(doc.Due.String())},
			{T(ctx, "writeoff.lists"), Text(strconv.Itoa(doc.Report.ListsIn) + " / " + strconv.Itoa(doc.Report.ListsOut))},
			{T(ctx, "writeoff.orders"), Text(Count(int64(len(doc.Orders))))},
		},
	}
	if doc.TaxBill != "" {
		page.Facts = append(page.Facts, Fact{T(ctx, "writeoff.taxbill"), Code(doc.TaxBill)})
	}
	if e := doc.Extension; e != nil {
		word := Key("extension.asked")
		switch {
		case e.Granted:
			word = "extension.granted"
		case e.Officer != "":
			word = "extension.refused"
		}
		page.Facts = append(page.Facts, Fact{T(ctx, "extension.title"), Text(joined(T(ctx, word, "days", strconv.Itoa(e.Days)), e.Reason, e.Why))})
	}
	if doc.Visit != nil {
		page.Facts = append(page.Facts, Fact{T(ctx, "writeoff.onsite"), Text(joined(doc.Visit.Reason, doc.Visit.Found))})
	}
	return page
}

// writeOffBodyOf lays the report out: what should be there beside what was
// counted, lines that differ first.
func writeOffBodyOf(ctx context.Context, doc *bonded.WriteOff) writeOffPage {
	p := writeOffPage{ID: doc.ID, Key: newKey(), Orders: orderTable(ctx, doc), ByOrder: doc.Report.Method == writeoff.ByOrder || len(doc.Orders) > 0}
	p.Compare = Table{
		ID: "compare", Caption: T(ctx, "writeoff.report"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "writeoff.line"), Number: true},
			{Title: T(ctx, "writeoff.goods")},
			{Title: T(ctx, "writeoff.opening"), Number: true},
			{Title: T(ctx, "writeoff.came"), Number: true},
			{Title: T(ctx, "writeoff.used"), Number: true},
			{Title: T(ctx, "writeoff.left"), Number: true},
			{Title: T(ctx, "writeoff.should"), Number: true},
			{Title: T(ctx, "writeoff.counted"), Number: true},
			{Title: T(ctx, "writeoff.differs"), Number: true},
			{Title: T(ctx, "writeoff.tax"), Number: true},
		},
	}
	items := slices.Clone(doc.Report.Items)
	slices.SortStableFunc(items, func(a, b writeoff.Item) int {
		switch {
		case a.Difference != 0 && b.Difference == 0:
			return -1
		case a.Difference == 0 && b.Difference != 0:
			return 1
		}
		return a.Line - b.Line
	})
	for i := range items {
		it := &items[i]
		counted, differs := "–", Number(Measure(it.Difference, ""))
		if it.Counted != nil {
			counted = Measure(*it.Counted, "")
		}
		if it.Difference != 0 {
			differs = BadgeView(Badge{Warn, Measure(it.Difference, string(it.Unit))})
		}
		p.Compare.Rows = append(p.Compare.Rows, Row{Cells: []templ.Component{
			Number(strconv.Itoa(it.Line)), annotated(short(it.Commodity+" "+it.Name+" ("+string(it.Unit)+")", 40), movedOf(ctx, it)), Number(Measure(it.Opening.Quantity+it.Late, "")), Number(Measure(it.Total(true), "")),
			Number(Measure(it.Consumption, "")), Number(Measure(it.Total(false), "")), Number(Measure(it.ShouldRemain.Quantity, "")), Number(counted), differs, Number(Amount(it.Tax, "CNY")),
		}})
	}
	p.Doubts = Table{
		ID: "doubts", Caption: T(ctx, "doubt.title"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "doubt.order")}, {Title: T(ctx, "doubt.what")}, {Title: T(ctx, "writeoff.line"), Number: true}, {Title: T(ctx, "doubt.figures")}},
	}
	for _, d := range doc.Doubts {
		p.Doubts.Rows = append(p.Doubts.Rows, Row{Cells: []templ.Component{Code(d.Order), Text(named(ctx, doubtWords, d.Kind)), Number(strconv.Itoa(d.Line)), Text(figuresOf(ctx, d.Args))}})
	}
	for _, n := range doc.Waits {
		p.Waits = append(p.Waits, sentence(first(Refusal(ctx, &fault.Fault{Kind: fault.Refused, Code: n.Code, Text: n.Detail, Args: n.Args}))))
	}
	return p
}

// movedOf says in which columns of the form a line moved, and how its difference
// was settled, as the printed report does.
func movedOf(ctx context.Context, it *writeoff.Item) string {
	var moved []string
	add := func(word Key, q num.Quantity) {
		if q != 0 {
			moved = append(moved, T(ctx, word)+" "+Measure(q, ""))
		}
	}
	for _, c := range writeoff.Columns() {
		if word := print.ColumnKeys[c]; word != "" {
			add(Key(word), it.Flows[c])
		}
	}
	add("writeoff.late", it.Late)
	add("writeoff.tangible", it.TangibleLoss)
	add("writeoff.intangible", it.IntangibleLoss)
	add("writeoff.loss", it.Settled.Loss)
	add("writeoff.majeure", it.Settled.Majeure)
	add("writeoff.taxed", it.Settled.Taxed)
	add("writeoff.tolerated", it.Settled.Tolerated)
	add("writeoff.surplus", it.Settled.Added)
	return strings.Join(moved, "; ")
}

// saidTable is what the enterprise says of its differences, which officers decide
// on; while the write-off is open it may take one back.
func saidTable(ctx context.Context, doc *bonded.WriteOff, open bool, key string) Table {
	t := Table{
		ID: "said", Caption: T(ctx, "writeoff.said"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "writeoff.line"), Number: true}, {Title: T(ctx, "writeoff.cause")}, {Title: T(ctx, "writeoff.quantity"), Number: true}, {Title: T(ctx, "acts.reason")}, {Title: T(ctx, "writeoff.proof")}},
	}
	if open {
		t.Columns = append(t.Columns, Column{Title: T(ctx, "writeoff.unexplain")})
	}
	for i, e := range doc.Explanations {
		unit := ""
		if it, ok := doc.Report.Item(e.Line); ok {
			unit = string(it.Unit)
		}
		found := ""
		if e.Discovered != 0 {
			found = T(ctx, "writeoff.discovered") + " " + e.Discovered.String()
		}
		voluntary := ""
		if e.Voluntary {
			voluntary = T(ctx, "writeoff.voluntary")
		}
		row := Row{Cells: []templ.Component{
			Number(strconv.Itoa(e.Line)), Text(T(ctx, Key(print.CauseKeys[e.Cause]))), Number(Measure(e.Quantity, unit)), annotated(Text(e.Reason), voluntary), Text(joined(e.Proof, found)),
		}}
		if open {
			row.Cells = append(row.Cells, unexplain(doc.ID, key+"-said-"+strconv.Itoa(i), e))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// figureWords name the figures of doubts and gaps.
var figureWords = map[string]Key{
	"day": "figure.day", "high": "figure.high", "hours": "figure.hours", "in": "figure.in", "kind": "doubt.what", "lot": "figure.lot", "low": "figure.low",
	"material": "figure.material", "missing": "figure.missing", "orders": "figure.orders", "out": "figure.out", "possible": "figure.possible",
	"quantity": "lines.quantity", "state": "figure.state", "tax": "writeoff.tax", "yield": "figure.yield",
}

// figuresOf writes the figures of a doubt or a gap in one order, in words.
func figuresOf(ctx context.Context, args map[string]string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		value := args[name]
		switch name {
		case "state":
			value = badge(ctx, listWords, book.ListState(value)).Text
		case "kind":
			value = named(ctx, doubtWords, writeoff.DoubtKind(value))
		}
		list = append(list, named(ctx, figureWords, name)+" "+value)
	}
	return strings.Join(list, ", ")
}

func explanationFields(ctx context.Context, doc *bonded.WriteOff) []Field {
	line := Field{Path: "/line", Name: "line", Label: T(ctx, "writeoff.line"), Kind: "select"}
	for i := range doc.Report.Items {
		if it := &doc.Report.Items[i]; it.Difference != 0 {
			line.Options = append(line.Options, Option{strconv.Itoa(it.Line), strconv.Itoa(it.Line) + " " + it.Name + ": " + Measure(it.Difference, string(it.Unit))})
		}
	}
	cause := Field{Path: "/cause", Name: "cause", Label: T(ctx, "writeoff.cause"), Kind: "select"}
	for _, c := range []writeoff.Cause{writeoff.ProcessLoss, writeoff.ForceMajeure, writeoff.Unexplained, writeoff.Surplus} {
		cause.Options = append(cause.Options, Option{string(c), T(ctx, Key(print.CauseKeys[c]))})
	}
	return []Field{
		line, cause,
		{Path: "/quantity", Name: "quantity", Label: T(ctx, "writeoff.quantity"), Kind: "number"},
		{Path: "/proof", Name: "proof", Label: T(ctx, "writeoff.proof")},
		{Path: "/discovered", Name: "discovered", Label: T(ctx, "writeoff.discovered"), Kind: "date"},
		{Path: "/reason", Name: "reason", Label: T(ctx, "acts.reason"), Kind: "textarea"},
		{Path: "/voluntary", Name: "voluntary", Label: T(ctx, "writeoff.voluntary"), Kind: "checkbox"},
	}
}

// countPage is one line of a stock-taking on a phone.
type countPage struct {
	ID, Key   string
	Line      book.Line
	Done, All int
	Found     []writeoff.Count // what was counted of the line so far
	Lot       string
	Spot      string
	Quantity  string
	Next      string
	Before    string
	Faults    fault.List
}

// sum is all that was counted of the line.
func (p *countPage) sum() string {
	var sum num.Quantity
	for _, c := range p.Found {
		sum += c.Quantity
	}
	return Measure(sum, string(p.Line.Unit))
}

// countStock answers GET /write-offs/{id}/count: one line after the other, with
// what a thumb can reach. The line is chosen by ?line=; the first one that was not
// counted yet where it is not.
func (s *Server) countStock(w http.ResponseWriter, r *http.Request) { s.showCount(w, r, nil) }

func (s *Server) showCount(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	doc, err := s.loadWriteOff(ctx, r.PathValue("id"))
	if err == nil {
		_, err = s.may(ctx, party.Lodge, writeOffObject(doc))
	}
	var held *book.Book
	if err == nil {
		held, err = s.loadBook(ctx, doc.BookID)
	}
	if err == nil && len(held.Lines) == 0 {
		err = errors.New("a book without lines is written off")
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	counted := map[int]bool{}
	for _, c := range doc.Counts {
		counted[c.Line] = true
	}
	at := slices.IndexFunc(held.Lines, func(l book.Line) bool { return strconv.Itoa(l.Number) == r.FormValue("line") })
	if at < 0 {
		at = max(0, slices.IndexFunc(held.Lines, func(l book.Line) bool { return !counted[l.Number] }))
	}
	p := countPage{ID: doc.ID, Key: newKey(), Line: held.Lines[at], Done: len(counted), All: len(held.Lines), Faults: faults}
	for _, c := range doc.Counts {
		if c.Line == p.Line.Number {
			p.Found = append(p.Found, c)
		}
	}
	if len(p.Found) == 1 { // to be counted again as easily as for the first time
		p.Lot, p.Spot, p.Quantity = p.Found[0].Lot, p.Found[0].Spot, p.Found[0].Quantity.String()
	}
	if faults != nil {
		p.Lot, p.Spot, p.Quantity = r.PostForm.Get("lot"), r.PostForm.Get("spot"), r.PostForm.Get("quantity")
	}
	if at > 0 {
		p.Before = countPath(doc.ID, held.Lines[at-1].Number)
	}
	if at+1 < len(held.Lines) {
		p.Next = countPath(doc.ID, held.Lines[at+1].Number)
	}
	page := Page{ID: doc.Number, Title: T(ctx, "writeoff.count"), Trail: []Link{{T(ctx, "writeoffs.title"), "/write-offs"}, {doc.Number, writeOffPath(doc.ID)}}, Faults: faults}
	s.Render(w, r, page, countBody(p))
}

func countPath(id string, line int) string {
	return writeOffPath(id) + "/count?line=" + strconv.Itoa(line)
}

// enterCount answers POST /write-offs/{id}/count: one figure, then the next line;
// or one figure taken back.
func (s *Server) enterCount(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	ctx, id := r.Context(), r.PathValue("id")
	doc, err := s.loadWriteOff(ctx, id)
	var who party.Who
	if err == nil {
		who, err = s.may(ctx, party.Lodge, writeOffObject(doc))
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	line, _ := strconv.Atoi(r.PostForm.Get("line")) // the story says when there is no such line
	if r.PostForm.Get("do") == "take-back" {
		at := writeoff.Spot{Line: line, Lot: r.PostForm.Get("lot"), Spot: r.PostForm.Get("spot")}
		if _, err := s.house().WriteOffs.TakeBackCount(ctx, s.command(r, "write-off.take-back-count", who.Actor), who.Actor, id, at); err != nil {
			if fault.All(err) == nil {
				s.Fail(w, r, err)
				return
			}
			s.showCount(w, r, fault.All(err))
			return
		}
		sent(w, r, countPath(id, line))
		return
	}
	c := writeoff.Count{Line: line, Lot: fold(r.PostForm.Get("lot")), Spot: fold(r.PostForm.Get("spot"))}
	var faults fault.List
	c.Quantity, err = num.ParseQuantity(fold(r.PostForm.Get("quantity")))
	if err := faults.Add("/quantity", err); err != nil {
		s.Fail(w, r, err)
		return
	}
	if len(faults) == 0 {
		_, err = s.house().WriteOffs.EnterCounts(ctx, s.command(r, "write-off.count", who.Actor), who.Actor, id, []writeoff.Count{c}, false)
		if err != nil {
			if fault.All(err) == nil {
				s.Fail(w, r, err)
				return
			}
			faults = append(faults, fault.All(besideFields("", err))...)
		}
	}
	if len(faults) > 0 {
		s.showCount(w, r, faults)
		return
	}
	next := writeOffPath(id) + "/count"
	if to := r.PostForm.Get("next"); strings.HasPrefix(to, next) {
		next = to
	}
	sent(w, r, next)
}

// writeOffFile answers GET /write-offs/{id}/{file}: the report as PDF, or the
// sheet of the stock-taking.
func (s *Server) writeOffFile(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	doc, err := s.loadWriteOff(ctx, r.PathValue("id"))
	if err == nil {
		_, err = s.reads(ctx, writeOffObject(doc))
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var b bytes.Buffer
	kind, name := "application/pdf", r.PathValue("file")
	switch name {
	case "report.pdf":
		link := ""
		if doc.Entry != "" {
			link = "https://" + r.Host + "/journal/" + doc.Entry + "/receipt"
			if r.TLS == nil {
				link = "http://" + r.Host + "/journal/" + doc.Entry + "/receipt"
			}
		}
		var content []byte
		content, err = print.WriteOffPDF(doc, s.now().Time().Format("2006-01-02 15:04 -07:00"), link, LanguageOf(ctx))
		b.Write(content)
	case "sheet.csv", "sheet.xlsx", "orders.csv", "orders.xlsx", "report.csv", "report.xlsx":
		var held *book.Book
		if held, err = s.loadBook(ctx, doc.BookID); err != nil {
			break
		}
		sheet := message.CountSheet(doc.Counts, held)
		switch {
		case strings.HasPrefix(name, "orders"):
			sheet = message.OrderSheet(doc.Orders, held)
		case strings.HasPrefix(name, "report"):
			sheet = message.ReportSheet(&doc.Report)
		}
		if kind = "text/csv; charset=utf-8"; strings.HasSuffix(name, ".csv") {
			err = sheet.WriteCSV(&b)
			break
		}
		kind, err = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet.WriteXLSX(&b)
	default:
		err = absentIf(fault.New(fault.NotFound, "STORE-ABSENT-01", "", "there is no {kind} {id}", "check the id", "kind", "file", "id", name), journal.Ref{Kind: "write_off", ID: doc.ID})
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", "attachment; filename="+name)
	_, _ = w.Write(b.Bytes()) // whoever left does not read it
}

// closeToday answers GET /books/{id}/today: a trial of closing the book now.
func (s *Server) closeToday(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	held, err := s.loadBook(ctx, r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.reads(ctx, bookObject(held))
	}
	var f bonded.Forecast
	if err == nil {
		f, err = s.house().WriteOffs.CloseToday(ctx, decision.Command{Name: "write-off.trial", Actor: who.Actor.ID, Received: s.now()}, held.ID)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := writeOffBodyOf(ctx, &f.WriteOff)
	p.Said = saidTable(ctx, &f.WriteOff, false, p.Key)
	page := Page{ID: held.Number, Title: T(ctx, "writeoff.today"), Trail: []Link{{T(ctx, "books.title"), "/books"}, {held.Number, "/books/" + held.ID}}}
	s.Render(w, r, page, todayBody(gapTable(ctx, f.Gaps), p))
}

func gapTable(ctx context.Context, gaps []writeoff.Gap) Table {
	t := Table{
		ID: "gaps", Caption: T(ctx, "gap.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "gap.none")},
		Columns: []Column{{Title: T(ctx, "gap.what")}, {Title: T(ctx, "writeoff.line"), Number: true}, {Title: T(ctx, "gap.paper")}, {Title: T(ctx, "doubt.figures")}},
	}
	for _, g := range gaps {
		line := ""
		if g.Line > 0 {
			line = strconv.Itoa(g.Line)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(named(ctx, gapWords, g.Kind)), Number(line), Code(g.Ref), Text(figuresOf(ctx, g.Args))}})
	}
	return t
}

func galleryWriteOff(ctx context.Context) Specimen {
	counted := num.Quantity(500 * num.OneQuantity)
	on := clock.MustDate("2026-03-02")
	doc := bonded.WriteOff{
		Orders: []writeoff.Order{
			{Number: "W7", State: writeoff.OrderClosed, Source: writeoff.FromFeed, Issues: []writeoff.Portion{{Line: 1, Quantity: 400 * num.OneQuantity, On: on}}},
			{Number: "W8", State: writeoff.OrderIssuing},
		},
		ID: "sample", Number: "H2218A000001-2026-06-30-1", Book: "H2218A000001", State: writeoff.Review, Due: clock.MustDate("2026-07-30"),
		Explanations: []writeoff.Explanation{{Line: 1, Cause: writeoff.ForceMajeure, Quantity: 40 * num.OneQuantity, Reason: T(ctx, "gallery.sample"), Proof: "F-1", Discovered: on, Voluntary: true}},
		Waits:        []clearance.Notice{clearance.NoticeOf(fault.New(fault.Refused, "BONDED-WRITEOFF-14", "", "work order {order} cannot be true", "wait for the decision of two officers", "order", "W7"))},
		Doubts:       []writeoff.Doubt{{Order: "W7", Kind: writeoff.DoubtYield, Line: 2, Args: map[string]string{"high": "0.96", "yield": "1.1"}}},
		Report: writeoff.Report{Period: writeoff.Period{Start: clock.MustDate("2026-01-01"), End: clock.MustDate("2026-06-30")}, Items: []writeoff.Item{
			{Line: 1, Commodity: "2009110000", Name: T(ctx, "gallery.sample"), Unit: "KGM", Opening: writeoff.Stock{Quantity: 1000 * num.OneQuantity}, Consumption: 400 * num.OneQuantity, ShouldRemain: writeoff.Stock{Quantity: 600 * num.OneQuantity}, Counted: &counted, Difference: -100 * num.OneQuantity, Tax: 51_234},
		}},
	}
	p := writeOffBodyOf(ctx, &doc)
	p.Acts = actsForm{Path: "/gallery/writeoff", Key: "sample", Acts: []Act{
		{Text: T(ctx, "writeoff.propose"), Name: "act", Value: "propose"},
		{Text: T(ctx, "writeoff.explain"), Name: "act", Value: "explain"},
		{Text: T(ctx, "extension.ask"), Name: "act", Value: "ask_extension"},
		{Text: T(ctx, "writeoff.submit"), Name: "act", Value: "submit"},
	}}
	p.Own = ownActs(ctx, &doc, &p.Acts, "", nil)
	p.Said = saidTable(ctx, &doc, true, "sample")
	return Specimen{Name: "writeoff", Title: "writeoffs.title", Page: writeOffHead(ctx, &doc), Body: writeOffBody(p)}
}

func galleryCount(ctx context.Context) Specimen {
	p := countPage{ID: "sample", Key: "sample", Line: book.Line{Number: 1, Name: T(ctx, "gallery.sample"), PartNumber: "CON-1", Unit: "KGM"}, Found: []writeoff.Count{{Line: 1, Spot: "A-01", Quantity: 300 * num.OneQuantity}, {Line: 1, Lot: "L7", Spot: "B-02", Quantity: 200 * num.OneQuantity}}, Done: 1, All: 2, Next: "/gallery/count"}
	return Specimen{Name: "count", Title: "writeoff.count", Page: Page{Title: T(ctx, "writeoff.count")}, Body: countBody(p)}
}
