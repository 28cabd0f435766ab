package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/store"
)

func obligationObject(o *obligation.Obligation) party.Object {
	area := o.Area
	if area == "" {
		area = areaOf(o.Office)
	}
	return party.Object{Kind: "obligation", ID: o.ID, Area: area, Parties: []string{o.Debtor}}
}

func taxBillObject(b *revenue.TaxBill) party.Object {
	return party.Object{Kind: "tax_bill", ID: b.Number, Area: areaOf(b.Office), Parties: []string{b.Enterprise}}
}

func guaranteeObject(g *guarantee.Guarantee) party.Object {
	return party.Object{Kind: "guarantee", ID: g.Number, Parties: []string{g.Enterprise}}
}

// farDay is after every day that anything can be due.
var farDay = clock.MustDate("2199-12-31")

// obligationTable shows a page of obligations that the person may see.
func (s *Server) obligationTable(ctx context.Context, who party.Who, page store.Page) (Table, error) {
	t := Table{
		ID: "list", Caption: T(ctx, "obligations.title"), Hidden: true,
		Empty: State{Kind: StateEmpty, Title: T(ctx, "due.nothing"), Text: T(ctx, "state.empty.text")},
		Columns: []Column{
			{Title: T(ctx, "column.due"), Sorted: "ascending"},
			{Title: T(ctx, "due.what")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "due.opened")},
			{Title: T(ctx, "due.rest"), Number: true},
			{Title: T(ctx, "due.held"), Number: true},
			{Title: T(ctx, "column.state")},
		},
	}
	for _, item := range page.Items {
		o, err := read[obligation.Obligation](item)
		if err != nil {
			return t, err
		}
		if party.May(who, party.View, obligationObject(o)) != nil {
			continue
		}
		state := badge(ctx, obligationWords, o.State)
		if dueNow(o.Due, s.now()) && o.State == obligation.Open {
			state = badge(ctx, obligationWords, obligation.Overdue)
		}
		rest := ""
		if len(o.Lines) > 0 {
			rest = Measure(o.OpenTotal(), o.Lines[0].Unit)
		}
		t.Rows = append(t.Rows, Row{Href: "/life/obligation/" + o.ID, Cells: []templ.Component{
			dueCell(o.Due, s.now()), Text(named(ctx, duties, o.Kind)), Enterprise(ctx, o.Debtor), When(o.Opened), Number(rest),
			Number(Amount(o.Hold.Left, "CNY")), BadgeView(state),
		}})
	}
	if who.Actor.Enterprise != "" { // all are its own
		const debtor = 2
		t.Columns = slices.Delete(t.Columns, debtor, debtor+1)
		for i := range t.Rows {
			t.Rows[i].Cells = slices.Delete(t.Rows[i].Cells, debtor, debtor+1)
		}
	}
	return t, nil
}

// ownDue gives the open obligations of one enterprise, soonest due first.
func (s *Server) ownDue(ctx context.Context, enterprise string) (store.Page, error) {
	page, err := s.house().Read.List(ctx, dossier.Obligation, store.Query{
		Where: map[string][]string{"debtor": {enterprise}, "state": {string(obligation.Open), string(obligation.Overdue)}}, Limit: 200,
	})
	if err != nil {
		return page, err
	}
	due := map[string]clock.Date{}
	for _, item := range page.Items {
		o, err := read[obligation.Obligation](item)
		if err != nil {
			return page, err
		}
		due[item.ID] = o.Due
	}
	slices.SortStableFunc(page.Items, func(a, b store.Item) int { return int(due[a.ID] - due[b.ID]) })
	return page, nil
}

// due answers GET /due: what is owed, soonest first.
func (s *Server) due(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	asked := r.URL.Query()
	views := dueViews(ctx, who, asked.Get("view"))
	var t Table
	switch asked.Get("view") {
	case "tax":
		t, err = s.taxTable(ctx, who, asked)
	case "guarantees":
		t, err = s.guaranteeTable(ctx, who, asked)
	case "statements":
		t, err = s.statementTable(ctx, who, asked)
	case "payments":
		t, err = s.paymentTable(ctx, who, asked)
	case "differences":
		t, err = s.taxDifferenceTable(ctx, who, asked)
	default:
		var page store.Page
		if who.Actor.Enterprise != "" {
			page, err = s.ownDue(ctx, who.Actor.Enterprise)
		} else {
			page, err = s.house().Read.Due(ctx, dossier.Obligation, farDay, asked.Get("after"), pageRows)
		}
		if err == nil {
			if t, err = s.obligationTable(ctx, who, page); err == nil {
				t.Pager = keyed(ctx, "/due", asked, page.Next, len(t.Rows))
			}
		}
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	head := Page{Title: T(ctx, "due.title"), Live: []string{"obligation", "tax"}}
	if asked.Get("view") == "guarantees" && s.house().Treasury != nil && party.May(who, party.Decide, party.Object{Kind: "guarantee"}) == nil {
		head.Acts = []Act{{Text: T(ctx, "guarantee.new"), Href: "/guarantees/new", Key: "n"}}
	}
	s.Render(w, r, head, dueBody(views, t))
}

func dueViews(ctx context.Context, who party.Who, now string) []View {
	var views []View
	for _, v := range []struct {
		name  string
		title Key
	}{{"", "obligations.title"}, {"tax", "due.tax"}, {"statements", "statements.title"}, {"guarantees", "due.guarantees"}, {"differences", "differences.title"}, {"payments", "payments.title"}} {
		if v.name == "payments" && who.Actor.Enterprise != "" { // money that nobody is known to own
			continue
		}
		href := "/due"
		if v.name != "" {
			href += "?view=" + v.name
		}
		views = append(views, View{Text: T(ctx, v.title), Href: href, Current: v.name == now})
	}
	return views
}

func (s *Server) taxTable(ctx context.Context, who party.Who, asked url.Values) (Table, error) {
	t := Table{
		ID: "list", Caption: T(ctx, "due.tax"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "due.nothing")},
		Columns: []Column{
			{Title: T(ctx, "object.taxbill")},
			{Title: T(ctx, "column.declaration")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "working.result"), Number: true},
			{Title: T(ctx, "column.due")},
			{Title: T(ctx, "object.guarantee")},
			{Title: T(ctx, "column.state")},
		},
	}
	var page store.Page
	var err error
	if who.Actor.Enterprise != "" {
		page, err = s.house().Read.List(ctx, dossier.TaxBill, store.Query{Where: map[string][]string{"enterprise": {who.Actor.Enterprise}}, Before: asked.Get("after"), Limit: pageRows})
	} else {
		page, err = s.house().Read.Due(ctx, dossier.TaxBill, farDay, asked.Get("after"), pageRows)
	}
	if err != nil {
		return t, err
	}
	for _, item := range page.Items {
		b, err := read[revenue.TaxBill](item)
		if err != nil {
			return t, err
		}
		if party.May(who, party.View, taxBillObject(b)) != nil {
			continue
		}
		state := badge(ctx, billTaxWords, b.State)
		if !b.Settled() && dueNow(b.Due, s.now()) {
			state = badge(ctx, billTaxWords, revenue.Overdue)
		}
		t.Rows = append(t.Rows, Row{Href: taxBillPath(item.ID), Cells: []templ.Component{
			Code(b.Number), Code(shortNumber(b.Declaration)), Enterprise(ctx, b.Enterprise), Number(Amount(b.Total, "CNY")), dueCell(b.Due, s.now()), Code(b.Guarantee), BadgeView(state),
		}})
	}
	t.Pager = keyed(ctx, "/due", asked, page.Next, len(t.Rows))
	return t, nil
}

// cover is what of a guarantee is free, held and used: accounts of the ledger.
type cover struct {
	guarantee.Guarantee
	Free, Held, Used num.Money
}

func (s *Server) cover(ctx context.Context, g guarantee.Guarantee) (cover, error) {
	c := cover{Guarantee: g}
	for _, part := range []struct {
		account ledger.Account
		to      *num.Money
	}{{g.FreeAccount(), &c.Free}, {g.HeldAccount(), &c.Held}, {g.UsedAccount(), &c.Used}} {
		balance, err := s.house().Read.Balance(ctx, part.account.Key())
		if err != nil {
			return c, err
		}
		*part.to = ledger.MoneyOf(balance.Quantity)
	}
	return c, nil
}

func (s *Server) guaranteeTable(ctx context.Context, who party.Who, asked url.Values) (Table, error) {
	t := Table{
		ID: "list", Caption: T(ctx, "due.guarantees"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "due.noguarantee")},
		Columns: []Column{
			{Title: T(ctx, "object.guarantee")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "due.guarantor")},
			{Title: T(ctx, "due.limit"), Number: true},
			{Title: T(ctx, "due.held"), Number: true},
			{Title: T(ctx, "due.used"), Number: true},
			{Title: T(ctx, "due.free"), Number: true},
			{Title: T(ctx, "due.share")},
			{Title: T(ctx, "books.validto")},
			{Title: T(ctx, "column.state")},
		},
	}
	q := store.Query{Before: asked.Get("after"), Limit: pageRows, Where: map[string][]string{}}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	page, err := s.house().Read.List(ctx, dossier.Guarantee, q)
	if err != nil {
		return t, err
	}
	for _, item := range page.Items {
		g, err := read[guarantee.Guarantee](item)
		if err != nil {
			return t, err
		}
		if party.May(who, party.View, guaranteeObject(g)) != nil {
			continue
		}
		c, err := s.cover(ctx, *g)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, coverCells(ctx, c))
	}
	t.Pager = keyed(ctx, "/due", asked, page.Next, len(t.Rows))
	return t, nil
}

func coverCells(ctx context.Context, c cover) Row {
	return Row{Href: guaranteePath(c.Number), Cells: []templ.Component{
		Code(c.Number), Enterprise(ctx, c.Enterprise), short(c.Guarantor, 24), Number(Amount(c.Limit, "CNY")), Number(Amount(c.Held, "CNY")),
		Number(Amount(c.Used, "CNY")), Number(Amount(c.Free, "CNY")), shareBar(int64(c.Held), int64(c.Limit)), Text(c.ValidTo.String()), BadgeView(badge(ctx, guaranteeWords, c.State)),
	}}
}

// homePage is what an enterprise sees first: what is due, what moved.
type homePage struct {
	Due    Table
	Moved  Table
	Covers []cover
	Counts []View
	Asked  []workAsk
}

// workAsk is one thing that customs asks of the enterprise now.
type workAsk struct {
	Text, Href string
	Tone       Tone
}

// home answers GET /home.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p, err := s.homeOf(ctx, who)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := Page{Title: T(ctx, "home.title"), Live: []string{"declaration", "obligation", "tax", "passage"}}
	if s.house().Clearance != nil {
		page.Acts = []Act{{Text: T(ctx, "form.new"), Href: "/declare", Key: "n"}}
	}
	s.Render(w, r, page, homeBody(p))
}

func (s *Server) homeOf(ctx context.Context, who party.Who) (homePage, error) {
	var p homePage
	own := who.Actor.Enterprise
	due, err := s.ownDue(ctx, own)
	if err != nil {
		return p, err
	}
	if p.Due, err = s.obligationTable(ctx, who, due); err != nil {
		return p, err
	}
	p.Due.Pager = Pager{NeverTurnPage: true}
	house := s.house().Read
	for _, ask := range []struct {
		word  Key
		tone  Tone
		kind  decision.Kind
		where map[string][]string
		href  string
	}{
		{"home.answer", Warn, dossier.Declaration, map[string][]string{"enterprise": {own}, "state": {string(declaration.SupplementAsked)}}, "/declarations?state=" + string(declaration.SupplementAsked)},
		{"home.returned", Warn, dossier.Declaration, map[string][]string{"enterprise": {own}, "state": {string(declaration.Returned)}}, "/declarations?state=" + string(declaration.Returned)},
		{"home.pay", Info, dossier.TaxBill, map[string][]string{"enterprise": {own}, "state": {string(revenue.Issued), string(revenue.Overdue)}}, "/due?view=tax"},
		{"home.inspections", Warn, dossier.InspectionOrder, map[string][]string{"enterprise": {own}, "state": {string(inspection.Notified), string(inspection.Arrived)}}, "/declarations?state=" + string(declaration.Inspecting)},
	} {
		count, err := house.Count(ctx, ask.kind, store.Query{Where: ask.where}, sortRows)
		if err != nil {
			return p, err
		}
		if count > 0 {
			p.Asked = append(p.Asked, workAsk{N(ctx, ask.word, count), ask.href, ask.tone})
		}
	}
	kept, err := s.draftsOf(ctx, who)
	if err != nil {
		return p, err
	}
	if len(kept) > 0 {
		p.Asked = append(p.Asked, workAsk{N(ctx, "home.drafts", len(kept)), draftsPath, Info})
	}
	guarantees, err := house.Find(ctx, dossier.Guarantee, "enterprise", own, 20)
	if err != nil {
		return p, err
	}
	for _, id := range guarantees {
		var g guarantee.Guarantee
		if _, err := house.Load(ctx, dossier.Guarantee, id, &g); err != nil {
			return p, err
		}
		c, err := s.cover(ctx, g)
		if err != nil {
			return p, err
		}
		p.Covers = append(p.Covers, c)
	}
	found, err := house.Explore(ctx, store.Filter{Subject: journal.Ref{Kind: "enterprise", ID: own}, Limit: 20})
	if err != nil {
		return p, err
	}
	for i := range found.Entries {
		found.Entries[i] = readable(ctx, found.Entries[i])
	}
	p.Moved = s.entryTable(ctx, found.Entries, T(ctx, "home.moved"))
	p.Moved.Hidden = true
	return p, nil
}

func percentOf(part, whole int64) string {
	if whole <= 0 {
		return "0"
	}
	return strconv.FormatInt(min(100*part/whole, 100), 10)
}

func galleryHome(ctx context.Context) Specimen {
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	due := Table{
		Caption: T(ctx, "obligations.title"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "column.due")}, {Title: T(ctx, "due.what")}, {Title: T(ctx, "column.enterprise")}, {Title: T(ctx, "column.state")}},
		Rows: []Row{
			{Href: "/gallery/life", Cells: []templ.Component{dueCell(clock.MustDate("2026-11-22"), s.now()), Text(T(ctx, "duty.declare")), Code("91310000MA1FL0EW6X"), BadgeView(badge(ctx, obligationWords, obligation.Overdue))}},
			{Href: "/gallery/life", Cells: []templ.Component{dueCell(clock.MustDate("2026-12-05"), s.now()), Text(T(ctx, "duty.pay")), Code("91310000MA1FL0EW6X"), BadgeView(badge(ctx, obligationWords, obligation.Open))}},
		},
	}
	moved := s.entryTable(ctx, sampleEntries(), T(ctx, "home.moved"))
	moved.Hidden = true
	return Specimen{
		Name: "home", Title: "home.title",
		Page: Page{Title: T(ctx, "home.title"), Live: []string{"declaration"}, Acts: []Act{{Text: T(ctx, "form.new"), Href: "/gallery/declare", Key: "n"}}},
		Body: homeBody(homePage{
			Due: due, Moved: moved, Asked: []workAsk{{N(ctx, "home.answer", 1), "/gallery/declaration", Warn}, {N(ctx, "home.pay", 2), "/gallery/home", Info}},
			Covers: []cover{{Guarantee: guarantee.Guarantee{Number: "G2026000117", Limit: 100_000_000, State: guarantee.Active, ValidTo: clock.MustDate("2027-03-31")}, Held: 41_260_000, Free: 58_740_000}},
		}),
	}
}
