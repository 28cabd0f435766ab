package console

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/risk"
	"seine/internal/store"
)

// rows of one page of a list, and how many open documents an order other than
// newest first looks at.
const (
	pageRows = 50
	sortRows = 1000
)

// workView is one saved view of the worklist.
type workView struct {
	Name  string
	Title Key
	Empty Key
	Kind  decision.Kind
	Query store.Query
	Due   bool // by day due, up to today
}

// papersView is the view of papers of several kinds.
const papersView = "papers"

// feedsView is the view of feeds that raise an alarm.
const feedsView = "feeds"

// lateView is the view of steps whose limit passed.
const lateView = "late"

// workViews are the views of an officer: what waits for a decision, inspections,
// what is overdue, proposals drawn for this officer, papers that wait for a first
// word, what waits for others; for whoever modes call when a limit passes the steps
// that are late; for whoever decides about account books feeds that raise an alarm,
// and for the risk desk instructions that another officer has to approve.
func workViews(who party.Who) []workView {
	views := []workView{
		{Name: "decide", Title: "work.decide", Empty: "work.decide.empty", Kind: dossier.Declaration, Query: stateIs(declaration.Manual)},
		{
			Name: "inspect", Title: "work.inspect", Empty: "work.inspect.empty", Kind: dossier.InspectionOrder,
			Query: stateIs(inspection.Issued, inspection.Notified, inspection.Arrived, inspection.InProgress, inspection.Abnormal),
		},
		{Name: "overdue", Title: "work.overdue", Empty: "work.overdue.empty", Kind: dossier.Obligation, Due: true},
		{
			Name: "mine", Title: "work.mine", Empty: "work.mine.empty", Kind: dossier.Proposal,
			Query: store.Query{Where: map[string][]string{"second": {who.Actor.ID}}, Open: true},
		},
		{Name: papersView, Title: "work.papers", Empty: "work.papers.empty"},
		{
			Name: "others", Title: "work.others", Empty: "work.others.empty", Kind: dossier.Declaration,
			Query: stateIs(declaration.SupplementAsked, declaration.Inspecting, declaration.Taxed, declaration.PaidOrGuaranteed),
		},
	}
	if len(desksOf(who)) > 0 {
		views = append(views, workView{Name: lateView, Title: "work.late", Empty: "work.late.empty"})
	}
	if party.May(who, party.Decide, party.Object{Kind: string(dossier.Book)}) == nil {
		views = append(views, workView{Name: feedsView, Title: "work.feeds", Empty: "work.feeds.empty"})
	}
	if party.May(who, party.Decide, party.Object{Kind: "instruction"}) == nil {
		views = append(views, workView{Name: "instructions", Title: "work.instructions", Empty: "work.instructions.empty", Kind: dossier.Instruction, Query: stateIs(risk.InstructionDraft)})
	}
	return views
}

func stateIs[S ~string](states ...S) store.Query {
	values := make([]string, len(states))
	for i, state := range states {
		values[i] = string(state)
	}
	return store.Query{Where: map[string][]string{"state": values}}
}

// work answers GET /work: the officer's worklist.
func (s *Server) work(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	views := workViews(who)
	at := max(slices.IndexFunc(views, func(v workView) bool { return v.Name == r.URL.Query().Get("view") }), 0)
	tabs, err := s.workTabs(ctx, who, views, at)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	list, err := s.workList(ctx, who, views[at], r.URL.Query())
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := Page{Title: T(ctx, "work.title"), Live: []string{"declaration", "inspection", "obligation", "proposal", "alarm", "step"}}
	if len(list.Table.Rows) > 0 {
		page.Acts = []Act{{Text: T(ctx, "work.next"), Href: list.Table.Rows[0].Href, Key: "o"}}
	}
	s.Render(w, r, page, workBody(workPage{Tabs: tabs, View: views[at], List: list, Asked: r.URL.Query()}))
}

// workPage is what the worklist shows.
type workPage struct {
	Tabs  []View
	View  workView
	List  workList
	Asked url.Values
}

// workList is the table of a view with the newest id on it.
type workList struct {
	Table  Table
	Newest string
	Cut    bool // sorted among the newest only
}

func (p workPage) newPath() string {
	return "/work/new?" + url.Values{"view": {p.View.Name}, "since": {p.List.Newest}}.Encode()
}

func (s *Server) workTabs(ctx context.Context, who party.Who, views []workView, at int) ([]View, error) {
	tabs := make([]View, len(views))
	for i, v := range views {
		count, err := s.workCount(ctx, who, v)
		if err != nil {
			return nil, err
		}
		text := Count(int64(count))
		if count >= sortRows {
			text = Count(sortRows) + "+"
		}
		tabs[i] = View{Text: T(ctx, v.Title), Count: text, Href: "/work?view=" + v.Name, Current: i == at}
	}
	return tabs, nil
}

func (s *Server) workCount(ctx context.Context, who party.Who, v workView) (int, error) {
	switch v.Name {
	case papersView:
		rows, err := s.waitingPapers(ctx, who)
		return len(rows), err
	case feedsView:
		rows, err := s.alarmedFeeds(ctx, who)
		return len(rows), err
	case lateView:
		rows, err := s.lateSteps(ctx, who)
		return len(rows), err
	}
	if !v.Due {
		q := v.Query
		inAreas(&q, v.Kind, who)
		return s.house().Read.Count(ctx, v.Kind, q, sortRows)
	}
	page, err := s.house().Read.Due(ctx, v.Kind, s.now().Date(), "", sortRows)
	return len(page.Items), err
}

// inAreas keeps a query to the offices of the areas an officer works in, where
// the kind of document knows its office.
func inAreas(q *store.Query, kind decision.Kind, who party.Who) {
	list := offices(who.Actor.Areas)
	if kind == dossier.Proposal || kind == dossier.Instruction || list == nil {
		return
	}
	where := map[string][]string{"office": list}
	for name, values := range q.Where {
		where[name] = values
	}
	q.Where = where
}

// workList reads one page of a view in the order asked for.
func (s *Server) workList(ctx context.Context, who party.Who, v workView, asked url.Values) (workList, error) {
	switch v.Name {
	case papersView:
		return s.workPapers(ctx, who, v)
	case feedsView:
		return s.workFeeds(ctx, who, v, asked)
	case lateView:
		return s.workLate(ctx, who, v)
	}
	switch v.Kind {
	case dossier.InspectionOrder:
		return s.workInspections(ctx, who, v, asked)
	case dossier.Obligation:
		return s.workOverdue(ctx, who, v, asked)
	case dossier.Proposal:
		return s.workProposals(ctx, who, v, asked)
	case dossier.Instruction:
		return s.workInstructions(ctx, v, asked)
	}
	return s.workDeclarations(ctx, who, v, asked)
}

// declarationRow is a declaration with its last assessment.
type declarationRow struct {
	declaration.Declaration
	Assessment clearance.Assessment
}

func (s *Server) workDeclarations(ctx context.Context, who party.Who, v workView, asked url.Values) (workList, error) {
	q := v.Query
	inAreas(&q, v.Kind, who)
	if asked.Get("sort") == "" { // who has waited longest comes first
		asked = maps.Clone(asked)
		asked.Set("sort", "since")
	}
	if channel := asked.Get("channel"); channel != "" {
		where := map[string][]string{"channel": {channel}}
		for name, values := range q.Where {
			where[name] = values
		}
		q.Where = where
	}
	return s.declarations(ctx, who, declarationList{
		Path: "/work", Title: v.Title, Empty: State{Kind: StateEmpty, Title: T(ctx, v.Empty), Text: T(ctx, "state.empty.text")},
		Query: q, Asked: asked,
	})
}

// declarationList says which declarations a table shows.
type declarationList struct {
	Path  string // of the page, for sorting and paging
	Title Key
	Empty State
	Query store.Query
	Asked url.Values // view, channel, q, sort, after
}

// link gives the address of the list with some of what was asked changed.
func (l declarationList) link(changes ...string) string {
	next := url.Values{}
	for name, values := range l.Asked {
		if name != "after" && len(values) > 0 && values[0] != "" {
			next.Set(name, values[0])
		}
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if next.Del(changes[i]); changes[i+1] != "" {
			next.Set(changes[i], changes[i+1])
		}
	}
	if len(next) == 0 {
		return l.Path
	}
	return l.Path + "?" + next.Encode()
}

// orders are the ways to sort declarations beside newest first.
var orders = map[string]func(a, b *declarationRow) int{
	"since": func(a, b *declarationRow) int { return cmp.Compare(a.Times.Accepted, b.Times.Accepted) },
	"value": func(a, b *declarationRow) int { return cmp.Compare(a.Assessment.Value, b.Assessment.Value) },
	"risk": func(a, b *declarationRow) int {
		return cmp.Compare(a.Assessment.Verdict.Score, b.Assessment.Verdict.Score)
	},
}

// declarations reads one page of a list of declarations and makes its table.
func (s *Server) declarations(ctx context.Context, who party.Who, l declarationList) (workList, error) {
	order, down := strings.CutPrefix(l.Asked.Get("sort"), "-")
	compare := orders[order]
	q := l.Query
	q.Limit = pageRows
	if compare == nil {
		q.Before = l.Asked.Get("after")
	} else {
		q.Limit = sortRows
	}
	page, err := s.found(ctx, q, l.Asked.Get("q"))
	if err != nil {
		return workList{}, err
	}
	rows, err := s.assessed(ctx, who, page.Items)
	if err != nil {
		return workList{}, err
	}
	result := workList{Cut: compare != nil && page.Next != ""}
	if len(rows) > 0 && l.Asked.Get("after") == "" {
		result.Newest = rows[0].ID
	}
	pager := Pager{}
	if compare != nil {
		slices.SortStableFunc(rows, func(a, b *declarationRow) int {
			if down {
				a, b = b, a
			}
			return compare(a, b)
		})
		rows, pager.Older = after(rows, l.Asked.Get("after"), func(row *declarationRow) string { return row.ID }, func(id string) string { return l.link("after", id) })
	} else if page.Next != "" {
		pager.Older = l.link("after", page.Next)
	}
	if l.Asked.Get("after") != "" {
		pager.FirstOfAll = l.link()
	}
	pager.Shown = N(ctx, "pager.shown", len(rows))
	result.Table = Table{
		ID: "list", Caption: T(ctx, l.Title), Hidden: true, Empty: l.Empty, Pager: pager,
		Columns: []Column{
			{Title: T(ctx, "column.declaration")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "column.goods")},
			l.column(ctx, "value", "column.value", true),
			l.column(ctx, "risk", "column.risk", false),
			{Title: T(ctx, "column.why")},
			{Title: T(ctx, "column.state")},
			l.column(ctx, "since", "column.since", false),
		},
	}
	for _, row := range rows {
		result.Table.Rows = append(result.Table.Rows, s.declarationCells(ctx, row))
	}
	return result, nil
}

// column is a head that sorts: a click turns the order round.
func (l declarationList) column(ctx context.Context, name string, title Key, number bool) Column {
	c := Column{Title: T(ctx, title), Number: number, Href: l.link("sort", name)}
	switch l.Asked.Get("sort") {
	case name:
		c.Sorted, c.Href = "ascending", l.link("sort", "-"+name)
	case "-" + name:
		c.Sorted, c.Href = "descending", l.link("sort", "")
	}
	return c
}

// after gives the part of a sorted list behind one of its ids, and the address
// of the part after that.
func after[T any](rows []T, id string, idOf func(T) string, link func(string) string) (part []T, older string) {
	if id != "" {
		at := slices.IndexFunc(rows, func(row T) bool { return idOf(row) == id })
		rows = rows[at+1:]
	}
	if len(rows) > pageRows {
		return rows[:pageRows], link(idOf(rows[pageRows-1]))
	}
	return rows, ""
}

// found lists by a query, or by a number when one is asked for: of a
// declaration, else of a bill of lading.
func (s *Server) found(ctx context.Context, q store.Query, wanted string) (store.Page, error) {
	read := s.house().Read
	wanted = strings.ToUpper(strings.TrimSpace(wanted))
	if wanted == "" {
		return read.List(ctx, dossier.Declaration, q)
	}
	for _, column := range []string{"number", "bill"} {
		where := map[string][]string{column: {wanted}}
		for _, name := range []string{"enterprise", "broker"} {
			if values, kept := q.Where[name]; kept {
				where[name] = values
			}
		}
		page, err := read.List(ctx, dossier.Declaration, store.Query{Where: where, Limit: pageRows})
		if err != nil || len(page.Items) > 0 {
			return page, err
		}
	}
	return store.Page{}, nil
}

// assessed reads declarations out of a page, those the person may see, with
// their last assessments.
func (s *Server) assessed(ctx context.Context, who party.Who, items []store.Item) ([]*declarationRow, error) {
	var rows []*declarationRow
	for _, item := range items {
		row := &declarationRow{}
		if err := json.Unmarshal(item.Body, &row.Declaration); err != nil {
			return nil, fmt.Errorf("read declaration %s: %w", item.ID, err)
		}
		if party.May(who, party.View, declarationObject(&row.Declaration)) != nil {
			continue
		}
		if row.Verdict != "" {
			_, err := s.house().Read.Load(ctx, dossier.Assessment, row.Verdict, &row.Assessment)
			if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
				return nil, fmt.Errorf("load assessment of %s: %w", item.ID, err)
			}
		}
		row.Assessment.Verdict = row.Assessment.Verdict.For(audience(ctx))
		rows = append(rows, row)
	}
	return rows, nil
}

func (s *Server) declarationCells(ctx context.Context, row *declarationRow) Row {
	goods := ""
	if len(row.Lines) > 0 {
		goods = row.Lines[0].Name
		if more := len(row.Lines) - 1; more > 0 {
			goods += " " + N(ctx, "column.more", more)
		}
	}
	number := row.Number
	if number == "" {
		number = row.ID
	}
	return Row{Href: "/declarations/" + row.ID, Cells: []templ.Component{
		Code(number), short(partyName(row.Consignee), 26), short(goods, 26), Number(Amount(row.Assessment.Value, "")), riskCell(row),
		short(whyShort(ctx, row), 34), BadgeView(badge(ctx, declarationWords, row.State)), since(row.Times.Accepted, s.now()),
	}}
}

// whyShort is the first reason why a declaration waits.
func whyShort(ctx context.Context, row *declarationRow) string {
	c, v := row.Assessment.Confirmation, &row.Assessment.Verdict
	if c != nil && c.Result != declaration.Confirmed && c.Result != declaration.Signal {
		return T(ctx, confirmationWords[c.Result].Word)
	}
	for _, h := range v.Hits {
		if title := inLanguage(ctx, h.Title.EN, h.Title.ZH); title != "" {
			return title
		}
	}
	if len(v.Selected) > 0 {
		return named(ctx, selectionWords, v.Selected[0])
	}
	return ""
}

// workInspections lists open inspection orders, soonest due first.
func (s *Server) workInspections(ctx context.Context, who party.Who, v workView, asked url.Values) (workList, error) {
	q := v.Query
	inAreas(&q, v.Kind, who)
	q.Before, q.Limit = asked.Get("after"), pageRows
	page, err := s.house().Read.List(ctx, v.Kind, q)
	if err != nil {
		return workList{}, err
	}
	t := Table{ID: "list", Caption: T(ctx, v.Title), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, v.Empty)}, Columns: []Column{
		{Title: T(ctx, "object.inspection")},
		{Title: T(ctx, "column.subject")},
		{Title: T(ctx, "column.place")},
		{Title: T(ctx, "column.inspectors")},
		{Title: T(ctx, "column.state")},
		{Title: T(ctx, "column.due")},
	}}
	result := workList{}
	for _, item := range page.Items {
		o, err := read[inspection.Order](item)
		if err != nil {
			return workList{}, err
		}
		if party.May(who, party.View, orderObject(o)) != nil {
			continue
		}
		if result.Newest == "" && q.Before == "" {
			result.Newest = o.ID
		}
		t.Rows = append(t.Rows, Row{Href: "/inspections/" + o.ID, Cells: []templ.Component{
			Code(o.Number), Code(o.Target.Number), short(o.Place, 24), Text(strings.Join(o.Inspectors(), ", ")),
			BadgeView(badge(ctx, inspectionWords, o.State)), dueCell(o.DueOn, s.now()),
		}})
	}
	t.Pager = keyed(ctx, "/work", asked, page.Next, len(t.Rows))
	result.Table = t
	return result, nil
}

// workOverdue lists obligations whose day has come, the oldest first.
func (s *Server) workOverdue(ctx context.Context, who party.Who, v workView, asked url.Values) (workList, error) {
	page, err := s.house().Read.Due(ctx, dossier.Obligation, s.now().Date(), asked.Get("after"), pageRows)
	if err != nil {
		return workList{}, err
	}
	t, err := s.obligationTable(ctx, who, page)
	if err != nil {
		return workList{}, err
	}
	t.Caption, t.Empty = T(ctx, v.Title), State{Kind: StateEmpty, Title: T(ctx, v.Empty)}
	t.Pager = keyed(ctx, "/work", asked, page.Next, len(t.Rows))
	return workList{Table: t}, nil
}

// keyed is the pager of a list that the store pages by key.
func keyed(ctx context.Context, path string, asked url.Values, next string, rows int) Pager {
	l := declarationList{Path: path, Asked: asked}
	p := Pager{Shown: N(ctx, "pager.shown", rows)}
	if next != "" {
		p.Older = l.link("after", next)
	}
	if asked.Get("after") != "" {
		p.FirstOfAll = l.link()
	}
	return p
}

// read gives the body of a listed document.
func read[T any](item store.Item) (*T, error) {
	var body T
	if err := json.Unmarshal(item.Body, &body); err != nil {
		return nil, fmt.Errorf("read document %s: %w", item.ID, err)
	}
	return &body, nil
}

// workNew answers GET /work/new: how many came since the page was opened. Rows
// never move under the pointer; the person takes the new ones.
func (s *Server) workNew(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	asked := r.URL.Query()
	views := workViews(who)
	at := max(slices.IndexFunc(views, func(v workView) bool { return v.Name == asked.Get("view") }), 0)
	fresh := 0
	if v := views[at]; !v.Due && v.Kind != "" {
		q := v.Query
		inAreas(&q, v.Kind, who)
		q.Limit = 100
		page, err := s.house().Read.List(ctx, v.Kind, q)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		for _, item := range page.Items {
			if item.ID > asked.Get("since") {
				fresh++
			}
		}
	}
	s.Render(w, r, Page{Title: T(ctx, "work.title")}, newRows("/work?view="+views[at].Name, fresh))
}

// waited tells for how long something has waited: the two largest units.
func waited(ctx context.Context, from, now clock.Instant) string {
	minutes := int64(now-from) / 60_000_000
	switch {
	case minutes < 1:
		return T(ctx, "time.now")
	case minutes < 60:
		return T(ctx, "time.minutes", "m", minutes)
	case minutes < 24*60:
		return T(ctx, "time.hours", "h", minutes/60, "m", minutes%60)
	}
	return T(ctx, "time.days", "d", minutes/(24*60), "h", minutes/60%24)
}

// partyName is how a party is shown: its name, else its code.
func partyName(p declaration.Party) string {
	if p.Name != "" {
		return p.Name
	}
	return p.Code()
}

func galleryWork(ctx context.Context) Specimen {
	table := galleryList(ctx).tableForWork(ctx)
	return Specimen{
		Name: "work", Title: "work.title",
		Page: Page{Title: T(ctx, "work.title"), Live: []string{"declaration"}, Acts: []Act{{Text: T(ctx, "work.next"), Href: "/gallery/declaration", Key: "o"}}},
		Body: workBody(workPage{
			Tabs: []View{
				{T(ctx, "work.decide"), "4", "/gallery/work", true},
				{T(ctx, "work.inspect"), "2", "/gallery/work?view=inspect", false},
				{T(ctx, "work.overdue"), "1", "/gallery/work?view=overdue", false},
				{T(ctx, "work.mine"), "3", "/gallery/work?view=mine", false},
			},
			View: workViews(party.Who{})[0], List: workList{Table: table, Newest: "a"},
		}),
	}
}

// tableForWork is the sample of the worklist.
func (Specimen) tableForWork(ctx context.Context) Table {
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	t := Table{ID: "list", Caption: T(ctx, "work.decide"), Hidden: true, Columns: []Column{
		{Title: T(ctx, "column.declaration")},
		{Title: T(ctx, "column.enterprise")},
		{Title: T(ctx, "column.goods")},
		{Title: T(ctx, "column.value"), Number: true},
		{Title: T(ctx, "column.risk"), Sorted: "descending"},
		{Title: T(ctx, "column.why")},
		{Title: T(ctx, "column.state")},
		{Title: T(ctx, "column.since")},
	}, Pager: Pager{Shown: N(ctx, "pager.shown", 2)}}
	for i, value := range []num.Money{41260000, 1286450} {
		row := &declarationRow{Declaration: sampleDeclaration(), Assessment: sampleAssessment()}
		row.Number, row.Assessment.Value = row.Number[:17]+string(rune('5'+i)), value
		cells := s.declarationCells(ctx, row)
		cells.Href = "/gallery/declaration"
		t.Rows = append(t.Rows, cells)
	}
	return t
}
