package console

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
)

// Feeds is the desk of networked supervision; *bonded.Desk is one.
type Feeds interface {
	ApplyForFeed(ctx context.Context, c decision.Command, by decision.Actor, number, system string) (decision.Receipt, error)
	MoveFeed(ctx context.Context, c decision.Command, by decision.Actor, number string, on feed.Event, reason string) (decision.Receipt, error)
	CorrectMessage(ctx context.Context, c decision.Command, by decision.Actor, number string, sequence int64, record int, after *feed.Record, reason string) (decision.Receipt, error)
	ExplainDifference(ctx context.Context, c decision.Command, by decision.Actor, id string, line int, reason string) (decision.Receipt, error)
}

var feedWords = map[feed.State]wording{
	feed.Applied: {Info, "feed.state.applied"}, feed.TestFeed: {Info, "feed.state.test"}, feed.Live: {OK, "feed.state.live"},
	feed.Degraded: {Warn, "feed.state.degraded"}, feed.Suspended: {Bad, "feed.state.suspended"}, feed.Ended: {Neutral, "feed.state.ended"},
}

var feedAlarmWords = map[feed.AlarmKind]wording{
	feed.AlarmSilent: {Warn, "feed.alarm.silent"}, feed.AlarmApart: {Bad, "feed.alarm.apart"}, feed.AlarmGap: {Missed, "feed.alarm.gap"}, feed.AlarmStaged: {Warn, "feed.alarm.staged"},
}

var feedTableWords = map[feed.TableState]wording{
	feed.TableAgreed: {OK, "feed.table.agreed"}, feed.TableOpen: {Bad, "feed.table.open"}, feed.TableExplained: {Agreed, "feed.table.explained"},
	feed.TableCarried: {Neutral, "feed.table.carried"},
}

var orderWords = map[feed.OrderState]wording{
	feed.OrderOpen: {Info, "feed.order.open"}, feed.OrderReleased: {Info, "feed.order.released"}, feed.OrderIssuing: {Info, "feed.order.issuing"},
	feed.OrderCompleted: {OK, "feed.order.completed"}, feed.OrderClosed: {Neutral, "feed.order.closed"},
}

var columnWords = map[feed.Column]Key{feed.Book: "feed.column.book", feed.System: "feed.column.system", feed.Gate: "feed.column.gate"}

func feedObject(f *feed.Feed) party.Object {
	return party.Object{Kind: string(dossier.Book), ID: f.Book, Area: f.Area, Parties: []string{f.Enterprise}}
}

func feedPath(id string) string {
	book, _, _ := strings.Cut(id, "|")
	return "/feeds/" + url.PathEscape(book)
}

// feeds answers GET /feeds.
func (s *Server) feeds(w http.ResponseWriter, r *http.Request) { s.showFeeds(w, r, nil) }

func (s *Server) showFeeds(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	q := store.Query{Limit: pageRows, Before: r.URL.Query().Get("after"), Where: map[string][]string{}}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.Feed, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var list []feed.Feed
	for _, item := range found.Items {
		f, err := read[feed.Feed](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, feedObject(f)) == nil {
			list = append(list, *f)
		}
	}
	t := feedsTable(ctx, list)
	t.Pager = keyed(ctx, "/feeds", r.URL.Query(), found.Next, len(t.Rows))
	parts := []templ.Component{TableView(t)}
	if who.Actor.Enterprise != "" && s.house().Feeds != nil {
		form := actsForm{Path: "/feeds", Key: newKey(), NoWhy: true, Acts: []Act{{Text: T(ctx, "feed.act.apply"), Name: "act", Value: "apply"}}, Fields: []Field{
			{Path: "/book", Name: "book", Label: T(ctx, "object.book"), Code: true, Required: true}, {Path: "/system", Name: "system", Label: T(ctx, "feed.system"), Required: true},
		}}
		if faults != nil {
			form.again(r, faults)
		}
		parts = append(parts, paperActs(form))
	}
	s.Render(w, r, Page{Title: T(ctx, "feeds.title"), Live: []string{"feed"}, Faults: faults}, templ.Join(parts...))
}

// alarmedFeeds are all feeds of an officer's areas that raise an alarm, read page by
// page by the index of their states; what holds longest comes first.
func (s *Server) alarmedFeeds(ctx context.Context, who party.Who) ([]feed.Feed, error) {
	q := stateIs(feed.Live, feed.Degraded, feed.Suspended)
	inAreas(&q, dossier.Feed, who)
	q.Limit = sortRows
	var list []feed.Feed
	for {
		page, err := s.house().Read.List(ctx, dossier.Feed, q)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			f, err := read[feed.Feed](item)
			if err != nil {
				return nil, err
			}
			if len(f.Alarms) > 0 && party.May(who, party.Decide, feedObject(f)) == nil {
				list = append(list, *f)
			}
		}
		if q.Before = page.Next; page.Next == "" {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b feed.Feed) int { return cmp.Compare(alarmedSince(&a), alarmedSince(&b)) })
	return list, nil
}

// alarmedSince is the moment of the oldest alarm that holds.
func alarmedSince(f *feed.Feed) clock.Instant {
	return slices.MinFunc(f.Alarms, func(a, b feed.Alarm) int { return cmp.Compare(a.Since, b.Since) }).Since
}

// workFeeds is the view of the worklist that shows them.
func (s *Server) workFeeds(ctx context.Context, who party.Who, v workView, asked url.Values) (workList, error) {
	all, err := s.alarmedFeeds(ctx, who)
	if err != nil {
		return workList{}, err
	}
	l := declarationList{Path: "/work", Asked: asked}
	part, older := after(all, asked.Get("after"), func(f feed.Feed) string { return f.Book }, func(book string) string { return l.link("after", book) })
	t := alarmsTable(ctx, v, part, s.now())
	if t.Pager.Older = older; asked.Get("after") != "" {
		t.Pager.FirstOfAll = l.link()
	}
	return workList{Table: t}, nil
}

func alarmsTable(ctx context.Context, v workView, list []feed.Feed, now clock.Instant) Table {
	t := Table{
		ID: "list", Caption: T(ctx, v.Title), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, v.Empty), Text: T(ctx, "state.empty.text")},
		Pager: Pager{Shown: N(ctx, "pager.shown", len(list))},
		Columns: []Column{
			{Title: T(ctx, "object.book")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "feed.system")},
			{Title: T(ctx, "feed.alarms")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "column.since")},
		},
	}
	for i := range list {
		f := &list[i]
		t.Rows = append(t.Rows, Row{Href: feedPath(f.Book), Cells: []templ.Component{
			Code(f.Book), Enterprise(ctx, f.Enterprise), Text(f.System), badgesView(feedAlarms(ctx, f)), BadgeView(badge(ctx, feedWords, f.State)), since(alarmedSince(f), now),
		}})
	}
	return t
}

// feedAlarms are what is wrong with a feed, as badges.
func feedAlarms(ctx context.Context, f *feed.Feed) []Badge {
	var list []Badge
	for _, a := range f.Alarms {
		list = append(list, badge(ctx, feedAlarmWords, a.Kind))
	}
	return list
}

// applyForFeed answers POST /feeds.
func (s *Server) applyForFeed(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	number := fold(r.PostForm.Get("book"))
	object := party.Object{Kind: string(dossier.Book), ID: number}
	if who, err := s.who(r.Context()); err == nil {
		object.Parties = []string{who.Actor.Enterprise}
	}
	faults, done := s.carryOut(w, r, object, number, "feed", feedPath(number), []paperAct{{
		Value: "apply", Text: "feed.act.apply", Right: party.Lodge,
		Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			if err := s.ownBook(ctx, by, id); err != nil {
				return decision.Receipt{}, err
			}
			return s.house().Feeds.ApplyForFeed(ctx, c, by, id, strings.TrimSpace(r.PostForm.Get("system")))
		},
	}})
	if !done {
		s.showFeeds(w, r, faults)
	}
}

// ownBook looks whether a book is the actor's; another one is not found.
func (s *Server) ownBook(ctx context.Context, by decision.Actor, number string) error {
	page, err := s.house().Read.List(ctx, dossier.Book, store.Query{Where: map[string][]string{"number": {number}, "enterprise": {by.Enterprise}}, Limit: 1})
	if err == nil && len(page.Items) == 0 {
		err = fault.New(fault.NotFound, "CONSOLE-FEED-01", "/book", "you have no account book {number}", "check the number", "number", number)
	}
	return err
}

func feedsTable(ctx context.Context, list []feed.Feed) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "feeds.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty"), Text: T(ctx, "feeds.empty")},
		Columns: []Column{
			{Title: T(ctx, "object.book")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "feed.system")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "feed.alarms")},
			{Title: T(ctx, "feed.applied"), Number: true},
			{Title: T(ctx, "feed.waiting"), Number: true},
			{Title: T(ctx, "feed.heard")},
		},
	}
	for i := range list {
		f := &list[i]
		waits := len(f.Waiting)
		if f.Stopped != 0 {
			waits++
		}
		t.Rows = append(t.Rows, Row{Href: feedPath(f.Book), Cells: []templ.Component{
			Code(f.Book), Enterprise(ctx, f.Enterprise), Text(f.System), BadgeView(badge(ctx, feedWords, f.State)), badgesView(feedAlarms(ctx, f)), Number(Count(f.Applied)), Number(Count(int64(waits))), When(f.Heard),
		}})
	}
	return t
}

// feedSight is a feed with what stands around it.
type feedSight struct {
	Feed   feed.Feed
	Staged *feed.Received // the message that waits for a correction
	Table  feed.Table
	Orders []feed.WorkOrder
}

type feedPage struct {
	Staging, Differences, Orders Table
	Stage                        bool
	Day                          string
	At                           clock.Instant // until when everything that moved is in the table
	API                          string        // of the table as a file
	Badge                        Badge
	Acts                         actsForm
}

func (s *Server) loadFeed(ctx context.Context, number string) (*feedSight, error) {
	v := new(feedSight)
	if _, err := s.house().Read.Load(ctx, dossier.Feed, number, &v.Feed); err != nil {
		return nil, absentIf(err, journal.Ref{Kind: string(dossier.Feed), ID: number})
	}
	if n := v.Feed.Stopped; n != 0 {
		v.Staged = new(feed.Received)
		if _, err := s.house().Read.Load(ctx, dossier.FeedMessage, feed.MessageID(number, n), v.Staged); err != nil {
			return nil, err
		}
	}
	if v.Feed.Table != "" {
		if _, err := s.house().Read.Load(ctx, dossier.FeedTable, v.Feed.Table, &v.Table); err != nil {
			return nil, err
		}
	}
	page, err := s.house().Read.List(ctx, dossier.WorkOrder, store.Query{Where: map[string][]string{"book": {number}}, Limit: pageRows})
	if err != nil {
		return nil, err
	}
	for _, item := range page.Items {
		o, err := read[feed.WorkOrder](item)
		if err != nil {
			return nil, err
		}
		v.Orders = append(v.Orders, *o)
	}
	return v, nil
}

// feed answers GET /feeds/{book}: how the feed stands, what waits for a
// correction, and where the columns part.
func (s *Server) feed(w http.ResponseWriter, r *http.Request) { s.showFeed(w, r, nil) }

// actOnFeed answers POST /feeds/{book}.
func (s *Server) actOnFeed(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	v, err := s.loadFeed(r.Context(), r.PathValue("book"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if faults, done := s.carryOut(w, r, feedObject(&v.Feed), v.Feed.Book, "feed", feedPath(v.Feed.Book), s.feedActs(v, r.PostForm)); !done {
		s.showFeed(w, r, faults)
	}
}

// firstFault is the record of a staged message that is offered for correction.
func firstFault(m *feed.Received) int {
	for _, n := range m.Faults {
		if rest, ok := strings.CutPrefix(n.Path, "/records/"); ok {
			place, _, _ := strings.Cut(rest, "/")
			if i, err := strconv.Atoi(place); err == nil && i < len(m.Records) {
				return i
			}
		}
	}
	return 0
}

// feedActs are what can be done with a feed as it stands.
func (s *Server) feedActs(v *feedSight, form url.Values) []paperAct {
	var acts []paperAct
	if v.Table.State == feed.TableOpen || v.Table.State == feed.TableExplained {
		acts = append(acts, paperAct{
			Value: "explain", Text: "feed.act.explain", Right: party.Decide,
			Do: func(ctx context.Context, c decision.Command, by decision.Actor, _, reason string) (decision.Receipt, error) {
				line, err := strconv.Atoi(form.Get("line"))
				if err != nil {
					line = -1 // the story says that there is none
				}
				return s.house().Feeds.ExplainDifference(ctx, c, by, v.Feed.Table, line, reason)
			},
		})
	}
	for _, a := range []struct {
		value string
		text  Key
		on    feed.Event
	}{
		{"accept", "feed.act.accept", feed.Accept},
		{"live", "feed.act.live", feed.GoLive},
		{"resume", "feed.act.resume", feed.Resume},
		{"refuse", "feed.act.refuse", feed.Refuse},
		{"suspend", "feed.act.suspend", feed.Suspend},
		{"end", "feed.act.end", feed.End},
	} {
		if !slices.Contains(feed.Life.Allowed(v.Feed.State), a.on) {
			continue
		}
		acts = append(acts, paperAct{
			Value: a.value, Text: a.text, Right: party.Decide, Danger: a.on == feed.Refuse || a.on == feed.Suspend || a.on == feed.End,
			Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
				return s.house().Feeds.MoveFeed(ctx, c, by, id, a.on, reason)
			},
		})
	}
	if v.Staged != nil {
		at := firstFault(v.Staged)
		correct := func(after func() (*feed.Record, error)) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
			return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
				record, err := after()
				if err != nil {
					return decision.Receipt{}, err
				}
				return s.house().Feeds.CorrectMessage(ctx, c, by, id, v.Staged.Sequence, at, record, reason)
			}
		}
		acts = append(acts,
			paperAct{Value: "correct", Text: "feed.act.correct", Right: party.Lodge, Do: correct(func() (*feed.Record, error) {
				record, err := feed.ReadRecord([]byte(form.Get("record")))
				var faults fault.List
				for _, f := range fault.All(err) {
					g := *f
					g.Path = "/record"
					faults = append(faults, &g)
				}
				return &record, faults.OrNil()
			})},
			paperAct{Value: "aside", Text: "feed.act.aside", Right: party.Lodge, Danger: true, Do: correct(func() (*feed.Record, error) { return nil, nil })})
	}
	return acts
}

func (s *Server) showFeed(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	v, err := s.loadFeed(ctx, r.PathValue("book"))
	var who party.Who
	if err == nil {
		who, err = s.may(ctx, party.View, feedObject(&v.Feed))
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := feedParts(ctx, v)
	if s.house().Feeds != nil {
		p.Acts = actsOn(ctx, who, feedObject(&v.Feed), feedPath(v.Feed.Book), s.feedActs(v, nil))
		p.Acts.Fields = feedFields(ctx, v, who.Actor.Kind == journal.Officer)
	}
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := feedHead(ctx, &v.Feed)
	page.Faults = faults
	s.Render(w, r, page, feedBody(p))
}

// feedFields are what is asked beside the reason: an officer chooses the line, the
// enterprise writes the record as it should have been.
func feedFields(ctx context.Context, v *feedSight, staff bool) []Field {
	if staff {
		f := Field{Path: "/line", Name: "line", Label: T(ctx, "feed.line"), Kind: "select"}
		for _, r := range v.Table.Rows {
			if r.Items > 0 {
				f.Options = append(f.Options, Option{strconv.Itoa(r.Line), joined(strconv.Itoa(r.Line), r.Name)})
			}
		}
		if f.Options == nil {
			return nil
		}
		return []Field{f}
	}
	if v.Staged == nil {
		return nil
	}
	at := firstFault(v.Staged)
	body, err := json.MarshalIndent(v.Staged.Records[at], "", "  ")
	if err != nil {
		return nil
	}
	return []Field{{Path: "/record", Name: "record", Label: T(ctx, "feed.record", "number", strconv.Itoa(at)), Kind: "textarea", Value: string(body), Code: true}}
}

func feedHead(ctx context.Context, f *feed.Feed) Page {
	gaps := ""
	for _, g := range f.Gaps() {
		gaps = strings.TrimPrefix(gaps+", "+fmt.Sprintf("%d–%d", g.From, g.To), ", ")
	}
	return Page{
		ID: f.Book, Title: T(ctx, "feed.one"), Trail: []Link{{T(ctx, "feeds.title"), "/feeds"}}, Badges: append([]Badge{badge(ctx, feedWords, f.State)}, feedAlarms(ctx, f)...), Live: []string{"feed"},
		Facts: []Fact{
			{T(ctx, "feed.system"), Text(f.System)},
			{T(ctx, "feed.applied"), Text(Count(f.Applied))},
			{T(ctx, "feed.heard"), When(f.Heard)},
			{T(ctx, "feed.gaps"), Text(numberOr(gaps, "–"))},
			{T(ctx, "feed.waiting"), Text(Count(int64(len(f.Waiting))))},
			{T(ctx, "feed.clean"), Text(f.CleanSince.String())},
		},
	}
}

// firstApart names the first movement without its counterpart so that whoever
// keeps the system finds it there: what it was, and the message that told of it.
func firstApart(ctx context.Context, f *feed.Fact, unit string) string {
	message := ""
	if f.Sequence > 0 {
		message = T(ctx, "feed.first.message", "number", strconv.FormatInt(f.Sequence, 10), "record", strconv.Itoa(f.Record))
	}
	lot := ""
	if f.Lot != "" {
		lot = T(ctx, "feed.first.lot", "lot", f.Lot)
	}
	return joined(f.On.String(), named(ctx, columnWords, f.Column), Measure(f.Quantity, unit), f.Part, lot, f.Document, message)
}

func feedParts(ctx context.Context, v *feedSight) feedPage {
	p := feedPage{Day: v.Table.Day.String(), At: v.Table.At, API: "/api/v1/feeds/" + url.PathEscape(v.Feed.Book) + "/differences", Badge: badge(ctx, feedTableWords, v.Table.State), Stage: v.Staged != nil}
	whole := Pager{NeverTurnPage: true}
	p.Staging = Table{ID: "staging", Caption: T(ctx, "feed.staging"), Hidden: true, Pager: whole, Columns: []Column{{Title: T(ctx, "feed.place")}, {Title: T(ctx, "feed.fault")}, {Title: T(ctx, "feed.cure")}}}
	if v.Staged != nil {
		for i := range v.Staged.Faults {
			n := &v.Staged.Faults[i]
			text, cure := Refusal(ctx, n.Fault())
			p.Staging.Rows = append(p.Staging.Rows, Row{Cells: []templ.Component{Code(n.Path), Text(text), Text(cure)}})
		}
	}
	p.Differences = Table{
		ID: "differences", Caption: T(ctx, "feed.differences"), Hidden: true, Pager: whole, Empty: State{Kind: StateEmpty, Title: T(ctx, "feed.differences.none")},
		Columns: []Column{
			{Title: T(ctx, "feed.line")},
			{Title: T(ctx, "column.goods")},
			{Title: T(ctx, "feed.column.book"), Number: true},
			{Title: T(ctx, "feed.column.system"), Number: true},
			{Title: T(ctx, "feed.column.gate"), Number: true},
			{Title: T(ctx, "feed.awaited"), Number: true},
			{Title: T(ctx, "feed.apart"), Number: true},
			{Title: T(ctx, "feed.first")},
			{Title: T(ctx, "feed.explained")},
		},
	}
	quantity := func(q num.Quantity) templ.Component { return Number(Measure(q, "")) }
	for i := range v.Table.Rows {
		r := &v.Table.Rows[i]
		first := Text("")
		if f := r.First; f != nil {
			first = Text(firstApart(ctx, f, string(r.Unit)))
		}
		p.Differences.Rows = append(p.Differences.Rows, Row{Cells: []templ.Component{
			Text(strconv.Itoa(r.Line)), short(joinedWords(r.Name, string(r.Unit)), 26), quantity(r.Book), quantity(r.System), quantity(r.Gate), quantity(r.Awaited), quantity(r.Apart), first, Text(r.Explained),
		}})
	}
	p.Orders = Table{
		ID: "orders", Caption: T(ctx, "feed.orders"), Hidden: true, Pager: whole, Empty: State{Kind: StateEmpty, Title: T(ctx, "feed.orders.none")},
		Columns: []Column{{Title: T(ctx, "feed.order")}, {Title: T(ctx, "feed.product")}, {Title: T(ctx, "feed.planned"), Number: true}, {Title: T(ctx, "feed.materials"), Number: true}, {Title: T(ctx, "column.state")}},
	}
	for i := range v.Orders {
		o := &v.Orders[i]
		p.Orders.Rows = append(p.Orders.Rows, Row{Cells: []templ.Component{
			Code(o.Number), Code(o.Product), quantity(o.Planned), Number(Count(int64(len(o.Uses)))), BadgeView(badge(ctx, orderWords, o.State)),
		}})
	}
	return p
}

func galleryFeeds(ctx context.Context) Specimen {
	v := sampleFeed(ctx)
	quiet := v.Feed
	quiet.Book, quiet.System, quiet.State, quiet.Stopped, quiet.Waiting, quiet.Alarms = "T2218A000004", "erp", feed.TestFeed, 0, nil, nil
	return Specimen{Name: "feeds", Title: "feeds.title", Page: Page{Title: T(ctx, "feeds.title")}, Body: TableView(feedsTable(ctx, []feed.Feed{v.Feed, quiet}))}
}

func galleryFeed(ctx context.Context) Specimen {
	v := sampleFeed(ctx)
	p := feedParts(ctx, v)
	p.Acts = actsForm{
		Path: "/gallery/feed", Key: "sample", Fields: feedFields(ctx, v, true),
		Acts: []Act{{Text: T(ctx, "feed.act.explain"), Name: "act", Value: "explain"}, {Text: T(ctx, "feed.act.suspend"), Name: "act", Value: "suspend", Danger: true}},
	}
	return Specimen{Name: "feed", Title: "feed.one", Page: feedHead(ctx, &v.Feed), Body: feedBody(p)}
}

// sampleFeed is a feed with everything that can be the matter: a message is
// missing, another waits for its correction, and a line is apart.
func sampleFeed(ctx context.Context) *feedSight {
	at := sampleAt("2026-11-23T09:10")
	day := at.Date()
	units := &feed.Notice{
		Code: "FEED-UNIT-01", Path: "/records/0/unit", Text: "{unit} does not convert to {wanted} for part {part}", Cure: "send the part with a conversion, or the quantity in {wanted}",
		Args: map[string]string{"unit": "PF", "wanted": "KGM", "part": "OJ-65"},
	}
	v := &feedSight{
		Feed: feed.Feed{
			Book: "T2218W000001", Enterprise: "91310115MA1H000013", System: "wms", State: feed.Degraded, Since: at, Applied: 41, Stopped: 42, Waiting: []int64{43, 46}, Received: at, Heard: at.Add(-25 * time.Hour),
			CleanSince: day, Records: 911, Parted: 1, Alarms: []feed.Alarm{{Kind: feed.AlarmSilent, Since: at}, {Kind: feed.AlarmApart, Since: at}, {Kind: feed.AlarmGap, Since: at}, {Kind: feed.AlarmStaged, Since: at}},
		},
		Staged: &feed.Received{
			Message: feed.Message{Sequence: 42, Records: []feed.Record{{Kind: feed.Transfer, ID: "MV-7", On: day, Part: "OJ-65", Lot: "L7", Quantity: 2 * num.OneQuantity, Unit: "PF", Location: "A-01", ToLocation: "B-07"}}},
			State:   feed.Stage, Faults: []feed.Notice{*units},
		},
		Table: feed.Table{Book: "T2218W000001", Day: day, State: feed.TableOpen, Rows: []feed.Row{
			{
				Line: 1, Unit: "KGM", Name: T(ctx, "gallery.sample"), Book: 20_160 * num.OneQuantity, System: 20_155 * num.OneQuantity, Gate: 20_160 * num.OneQuantity, Apart: -5 * num.OneQuantity, Items: 1,
				First: &feed.Fact{Column: feed.System, Line: 1, On: day.AddDays(-1), Quantity: -5 * num.OneQuantity, Part: "OJ-65", Lot: "L7", Sequence: 41, Kind: feed.Issue},
			},
			{Line: 2, Unit: "LTR", Name: T(ctx, "gallery.sample"), Book: 1_242 * num.OneQuantity, System: 1_300 * num.OneQuantity, Gate: 1_242 * num.OneQuantity, Awaited: 58 * num.OneQuantity},
		}},
		Orders: []feed.WorkOrder{{Number: "WO-1001", Product: "OJ-BOTTLE", Planned: 400 * num.OneQuantity, State: feed.OrderIssuing}},
	}
	return v
}
