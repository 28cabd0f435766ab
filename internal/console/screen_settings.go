package console

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/party"
	"seine/internal/print"
	"seine/internal/procedure"
	"seine/internal/store"
	"seine/internal/tariff"
)

// settings answers GET /settings: where everything that can be set stands.
func (s *Server) settings(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	var links []settingsLink
	for _, link := range []struct {
		title, text Key
		href, kind  string
		action      party.Action
	}{
		{"settings.rights", "settings.rights.text", "/settings/rights", "", ""},
		{"settings.people", "settings.people.text", "/settings/people", "officer", party.View},
		{"accounts.title", "accounts.text", "/settings/accounts", "user", party.View},
		{"machines.title", "machines.text", "/settings/machines", "client", party.View},
		{"settings.risk", "settings.risk.text", "/settings/risk", "risk_table", party.View},
		{"instructions.title", "instructions.text", "/settings/instructions", "instruction", party.View},
		{"settings.parameters", "settings.parameters.text", "/settings/parameters", "rule", party.View},
		{"settings.modes", "settings.modes.text", "/modes", "", ""},
		{"settings.codes", "settings.codes.text", "/codes", "", ""},
		{"settings.tariff", "settings.tariff.text", "/tariff", "", ""},
	} {
		if link.action != "" {
			if _, err := s.may(ctx, link.action, party.Object{Kind: link.kind}); err != nil {
				continue
			}
		}
		links = append(links, settingsLink{T(ctx, link.title), T(ctx, link.text), link.href})
	}
	s.Render(w, r, Page{Title: T(ctx, "settings.title")}, settingsBody(links))
}

type settingsLink struct{ Title, Text, Href string }

// rights answers GET /settings/rights: who may do what, post by post.
func (s *Server) rights(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s.Render(w, r, Page{Title: T(ctx, "settings.rights"), Trail: []Link{{T(ctx, "settings.title"), "/settings"}}}, TableView(rightsTable(ctx)))
}

var rightWords = map[party.Action]Key{
	party.View: "right.view", party.Lodge: "right.lodge", party.Decide: "right.decide", party.Confirm: "right.confirm", party.Inspect: "right.inspect",
	party.Operate: "right.operate", party.Configure: "right.configure", party.Manage: "right.manage",
}

func rightsTable(ctx context.Context) Table {
	m := party.Rights()
	t := Table{
		ID: "rights", Caption: T(ctx, "settings.rights"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "rights.post")}},
	}
	actions := []party.Action{party.View, party.Lodge, party.Decide, party.Confirm, party.Inspect, party.Operate, party.Configure, party.Manage}
	for _, a := range actions {
		t.Columns = append(t.Columns, Column{Title: T(ctx, rightWords[a])})
	}
	for i := range m.Posts {
		post := &m.Posts[i]
		row := Row{Cells: []templ.Component{postCell(inLanguage(ctx, post.Title, post.TitleZH), string(post.ID))}}
		for _, a := range actions {
			var kinds []string
			for kind, may := range post.May {
				if slices.Contains(may, a) {
					if kind == "*" {
						kinds = append(kinds, T(ctx, "rights.all"))
					} else {
						kinds = append(kinds, named(ctx, objectWords, kind))
					}
				}
			}
			slices.Sort(kinds)
			row.Cells = append(row.Cells, wrapped(strings.Join(kinds, ", ")))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// people answers GET /settings/people: officers with their posts.
func (s *Server) people(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.may(ctx, party.View, party.Object{Kind: "officer"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page, err := s.house().Read.List(ctx, dossier.Officer, store.Query{Limit: pageRows, Before: r.URL.Query().Get("after")})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := Table{
		ID: "people", Caption: T(ctx, "settings.people"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty")},
		Columns: []Column{
			{Title: T(ctx, "people.number")},
			{Title: T(ctx, "signin.name")},
			{Title: T(ctx, "people.posts")},
			{Title: T(ctx, "people.areas")},
			{Title: T(ctx, "fact.office")},
			{Title: T(ctx, "people.duty")},
		},
	}
	for _, item := range page.Items {
		o, err := read[party.Officer](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, party.Object{Kind: "officer", ID: o.ID, Area: o.Area}) != nil {
			continue
		}
		posts := make([]string, len(o.Posts))
		for i, id := range o.Posts {
			posts[i] = string(id)
			if post, ok := party.Rights().Post(id); ok {
				posts[i] = inLanguage(ctx, post.Title, post.TitleZH)
			}
		}
		duty := Badge{Neutral, T(ctx, "people.off")}
		if o.OnDuty && o.State == party.Serving {
			duty = Badge{OK, T(ctx, "people.on")}
		}
		t.Rows = append(t.Rows, Row{Href: "/life/officer/" + o.ID, Cells: []templ.Component{
			Code(o.Number), Text(joinedWords(o.Name, o.NameEN)), wrapped(strings.Join(posts, ", ")), Text(strings.Join(o.Areas, ", ")), Text(string(o.Office)), BadgeView(duty),
		}})
	}
	t.Pager = keyed(ctx, "/settings/people", r.URL.Query(), page.Next, len(t.Rows))
	s.Render(w, r, Page{Title: T(ctx, "settings.people"), Trail: []Link{{T(ctx, "settings.title"), "/settings"}}}, TableView(t))
}

// modes answers GET /modes: the supervision modes.
func (s *Server) modes(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	t := Table{
		ID: "modes", Caption: T(ctx, "settings.modes"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty")},
		Columns: []Column{
			{Title: T(ctx, "mode.name")},
			{Title: T(ctx, "manifest.version"), Number: true},
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "mode.credit"), Number: true},
			{Title: T(ctx, "mode.steps"), Number: true},
			{Title: T(ctx, "entry.law")},
		},
	}
	if ref := s.reference(); ref != nil {
		for _, m := range ref.Modes().Catalogue().List() {
			t.Rows = append(t.Rows, Row{Href: "/modes/" + m.ID, Cells: []templ.Component{
				ruleName(m.ID, inLanguage(ctx, m.Title.English, m.Title.Chinese)), Number(strconv.Itoa(m.Version)), Text(m.From.String()), Number(strconv.Itoa(m.Credit)),
				Number(strconv.Itoa(len(m.Steps))), wrapped(strings.Join(m.Law, ", ")),
			}})
		}
	}
	s.Render(w, r, Page{Title: T(ctx, "settings.modes")}, TableView(t))
}

// modePicture is the steps of a mode from left to right: a step stands after all
// it waits for.
type modePicture struct {
	Boxes         []modeBox
	Lines         []string // paths
	Width, Height int
}

type modeBox struct {
	Step *procedure.Step
	X, Y int
}

const (
	modeWidth, modeHeight = 168, 46
	modeGapX, modeGapY    = 44, 16
)

func layOut(steps []*procedure.Step) modePicture {
	column := map[string]int{}
	// As many rounds as there are steps settle every order without circles.
	for range steps {
		for _, step := range steps {
			at := 0
			for _, any := range step.After {
				for _, before := range any {
					at = max(at, column[before]+1)
				}
			}
			column[step.ID] = min(at, len(steps))
		}
	}
	var p modePicture
	rows := map[int]int{}
	place := map[string]modeBox{}
	for _, step := range steps {
		c := column[step.ID]
		box := modeBox{Step: step, X: 4 + c*(modeWidth+modeGapX), Y: 4 + rows[c]*(modeHeight+modeGapY)}
		rows[c]++
		place[step.ID] = box
		p.Boxes = append(p.Boxes, box)
		p.Width, p.Height = max(p.Width, box.X+modeWidth+4), max(p.Height, box.Y+modeHeight+4)
	}
	for _, step := range steps {
		to := place[step.ID]
		for _, any := range step.After {
			for _, before := range any {
				from, known := place[before]
				if !known {
					continue
				}
				x1, y1, x2, y2 := from.X+modeWidth, from.Y+modeHeight/2, to.X, to.Y+modeHeight/2
				half := strconv.Itoa((x1 + x2) / 2)
				p.Lines = append(p.Lines, "M"+strconv.Itoa(x1)+" "+strconv.Itoa(y1)+"C"+half+" "+strconv.Itoa(y1)+" "+half+" "+strconv.Itoa(y2)+" "+strconv.Itoa(x2)+" "+strconv.Itoa(y2))
			}
		}
	}
	return p
}

// codes answers GET /codes: code lists, and a search in one of them.
func (s *Server) codes(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	ref := s.reference()
	if ref == nil {
		s.Fail(w, r, party.Absent("codes", ""))
		return
	}
	name, query := codelist.ListName(r.URL.Query().Get("list")), strings.TrimSpace(r.URL.Query().Get("q"))
	var lists []Option
	for _, one := range ref.Codes.Names() {
		lists = append(lists, Option{string(one), string(one)})
	}
	if name == "" {
		name = codelist.Countries
	}
	t := Table{
		ID: "codes", Caption: T(ctx, "settings.codes"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "codes.none")},
		Columns: []Column{{Title: T(ctx, "codes.code")}, {Title: T(ctx, "codes.meaning")}, {Title: T(ctx, "codes.other")}, {Title: T(ctx, "mode.from")}, {Title: T(ctx, "books.validto")}},
	}
	if l := ref.Codes.List(name); l != nil {
		var found []codelist.Entry
		if query != "" {
			if e, ok := l.At(strings.ToUpper(query), s.now().Date()); ok {
				found = append(found, e)
			}
			for _, e := range l.Search(query, s.now().Date(), 100) {
				if !slices.ContainsFunc(found, func(x codelist.Entry) bool { return x.Code == e.Code }) {
					found = append(found, e)
				}
			}
		} else {
			for e := range l.All() {
				if found = append(found, e); len(found) == 100 {
					break
				}
			}
		}
		for _, e := range found {
			t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(e.Code), wrapped(e.Label(LanguageOf(ctx))), otherName(e, LanguageOf(ctx)), Text(e.ValidFrom.String()), Text(e.ValidTo.String())}})
		}
	}
	s.Render(w, r, Page{Title: T(ctx, "settings.codes")}, codesBody(lists, string(name), query, t))
}

// tariffView is the look-up with its calculator.
type tariffView struct {
	Query   string
	Hits    Table
	Values  map[string]string
	Faults  fault.List
	Working *working
	File    string // address of the working as PDF
	Answer  *duty.Answer
	Path    []Link
	Rates   Table
	Ways    Table
	Decided Table
	Changes bool // may look at the changes of the tariff
}

// tariff answers GET /tariff: search by code or words, and the duty calculator,
// whose values stand in the address.
func (s *Server) tariff(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	ref := s.reference()
	if ref == nil {
		s.Fail(w, r, party.Absent("tariff", ""))
		return
	}
	asked := r.URL.Query()
	today := s.now().Date()
	v := tariffView{Query: strings.TrimSpace(asked.Get("q")), Values: map[string]string{}}
	v.take(asked)
	v.Hits = Table{
		ID: "hits", Caption: T(ctx, "settings.tariff"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "tariff.none")},
		Columns: []Column{{Title: T(ctx, "column.commodity")}, {Title: T(ctx, "codes.meaning")}},
	}
	if v.Query != "" {
		for _, hit := range ref.Duty.Tariff.Search(v.Query, today, 30) {
			v.Hits.Rows = append(v.Hits.Rows, s.tariffRow(ctx, hit.Goods, hit.Path))
		}
	}
	if v.Values["code"] != "" {
		v.calculate(ctx, ref.Duty, today)
	}
	if v.Working != nil {
		v.File = "/tariff/working.pdf?" + asked.Encode()
	}
	if v.Query != "" {
		v.Decided = s.decisions(ctx, ref, v.Query)
	}
	if s.house().Tariff != nil {
		_, err := s.may(ctx, party.Confirm, party.Object{Kind: "tariff"})
		v.Changes = err == nil
	}
	s.Render(w, r, Page{Title: T(ctx, "settings.tariff"), Faults: v.Faults}, tariffBody(v))
}

// take reads the fields of the calculator.
func (v *tariffView) take(asked url.Values) {
	for _, name := range []string{"code", "origin", "price", "currency", "quantity", "unit", "day", "incoterm", "freight", "insurance", "preference"} {
		v.Values[name] = fold(asked.Get(name))
	}
}

// tariffPDF answers GET /tariff/working.pdf: what the calculator works out with
// the same values, as a file.
func (s *Server) tariffPDF(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	v := tariffView{Values: map[string]string{}}
	v.take(r.URL.Query())
	ref := s.reference()
	if ref == nil {
		s.Fail(w, r, party.Absent("tariff", ""))
		return
	}
	v.calculate(ctx, ref.Duty, s.now().Date())
	if v.Working == nil {
		if len(v.Faults) == 0 {
			v.Faults = fault.List{fault.New(fault.Invalid, "CONSOLE-AMOUNT-01", "/price", "an amount is missing", "give it in yuan, with at most two decimals")}
		}
		s.Fail(w, r, v.Faults)
		return
	}
	content, err := print.WorkingPDF(v.Working, print.Head{Goods: []string{v.Values["code"]}, Printed: Moment(s.now())}, LanguageOf(ctx))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", "attachment; filename=working.pdf")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(content) // who went away gets nothing
}

func (s *Server) tariffRow(ctx context.Context, g tariff.Goods, path []*tariff.Commodity) Row {
	var names []string
	for _, c := range path {
		names = append(names, commodityName(ctx, c))
	}
	code := string(g.Commodity().Code)
	return Row{Href: "/tariff?code=" + code, Cells: []templ.Component{Code(code), wrapped(strings.Join(names, " › "))}}
}

// decisions are those on codes that fit the words: an enterprise sees its own
// rulings and what was decided for everybody, customs sees all.
func (s *Server) decisions(ctx context.Context, ref *clearance.Reference, query string) Table {
	t := Table{
		ID: "decided", Caption: T(ctx, "tariff.decisions"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "tariff.decision")},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "tariff.part")},
			{Title: T(ctx, "codes.meaning")},
			{Title: T(ctx, "tariff.holder")},
			{Title: T(ctx, "mode.from")},
		},
	}
	viewer := ViewerOf(ctx)
	for _, d := range ref.Classified.Search(query, viewer.Enterprise, viewer.Role != RoleEnterprise, 20) {
		holder := d.Enterprise
		if holder == "" {
			holder = T(ctx, "tariff.everybody")
		}
		t.Rows = append(t.Rows, Row{Href: "/tariff?code=" + string(d.Code), Cells: []templ.Component{
			Code(d.Number), Code(string(d.Code)), Code(d.Part), wrapped(d.Name), Text(holder), Text(span(d.From, d.To)),
		}})
	}
	return t
}

// calculate works the duty of one line out, by the rules of declarations, with the
// other ways that its rates leave open, and looks the commodity up.
func (v *tariffView) calculate(ctx context.Context, ref duty.Reference, today clock.Date) {
	day := today
	if text := v.Values["day"]; text != "" {
		if d, err := clock.ParseDate(text); err == nil {
			day = d
		}
	}
	if code, err := tariff.ParseCode(v.Values["code"]); err == nil {
		if g, ok := ref.Tariff.Nearest(code, day); ok {
			v.Path = commodityPath(ctx, g)
			v.Rates = measureTable(ctx, g)
		}
	}
	if v.Values["price"] == "" {
		return
	}
	line, body := map[string]any{}, map[string]any{"date": day.String(), "currency": "CNY", "options": "auto"}
	for name, member := range map[string]string{"code": "hs", "origin": "origin", "preference": "preference"} {
		if text := v.Values[name]; text != "" {
			line[member] = text
		}
	}
	line["price"] = strings.ReplaceAll(v.Values["price"], ",", "")
	if text := v.Values["quantity"]; text != "" {
		line["quantity"] = map[string]any{"value": strings.ReplaceAll(text, ",", ""), "unit": v.Values["unit"]}
	}
	for name, member := range map[string]string{"day": "date", "currency": "currency", "incoterm": "incoterm", "freight": "freight", "insurance": "insurance"} {
		if text := v.Values[name]; text != "" {
			body[member] = text
		}
	}
	body["lines"] = []any{line}
	text, err := json.Marshal(body)
	if err != nil {
		v.Faults = at("/code", err)
		return
	}
	asked, err := duty.ReadCase(bytes.NewReader(text))
	if err == nil {
		v.Answer, err = duty.Resolve(asked, ref)
	}
	if err == nil {
		var raw []byte
		if raw, err = v.Answer.MarshalJSON(); err == nil {
			v.Working, err = readWorking(raw)
		}
	}
	if err == nil {
		v.Ways = waysTable(ctx, v.Answer)
		return
	}
	for _, f := range fault.All(err) {
		g := *f
		if path, known := caseFields[g.Path]; known {
			g.Path = path
		}
		v.Faults = append(v.Faults, &g)
	}
}

// caseFields are the fields of the calculator by the members of a case.
var caseFields = map[string]string{
	"/lines/0/hs": "/code", "/lines/0/origin": "/origin", "/lines/0/price": "/price", "/lines/0/preference": "/preference", "/lines/0/quantity": "/quantity",
	"/lines/0/quantity/value": "/quantity", "/lines/0/quantity/unit": "/unit", "/date": "/day",
}

// commodityPath is the lines from the chapter down, each a link that looks it up.
func commodityPath(ctx context.Context, g tariff.Goods) []Link {
	var path []Link
	for _, c := range g.Path() {
		text := commodityName(ctx, c)
		if c.Code != "" {
			text = string(c.Code) + " " + text
		}
		path = append(path, Link{strings.TrimSpace(text), "/tariff?code=" + string(c.Code)})
	}
	return path
}

// measureTable is every measure in force on the day, of the commodity and above.
func measureTable(ctx context.Context, g tariff.Goods) Table {
	t := Table{
		ID: "measures", Caption: T(ctx, "tariff.measures", "day", g.On().String()), Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "tariff.norates")},
		Columns: []Column{
			{Title: T(ctx, "books.kind")}, {Title: T(ctx, "tariff.rate")}, {Title: T(ctx, "tariff.areas")}, {Title: T(ctx, "mode.from")}, {Title: T(ctx, "entry.law")},
		},
	}
	for _, m := range g.Measures() {
		rate := ""
		if m.Duty != nil {
			rate = m.Duty.String()
		}
		areas := make([]string, len(m.Areas))
		for i, a := range m.Areas {
			areas[i] = string(a)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(named(ctx, rateKinds, m.Kind.String())), wrapped(rate), wrapped(strings.Join(areas, ", ")), Text(span(m.From, m.To)), wrapped(m.Law),
		}})
	}
	return t
}

// span writes the days from first to last, either of which may be open.
func span(from, to clock.Date) string {
	if from == 0 && to == 0 {
		return ""
	}
	return from.String() + " – " + to.String()
}

// waysTable is the ways side by side, with what each comes to.
func waysTable(ctx context.Context, a *duty.Answer) Table {
	t := Table{
		ID: "ways", Caption: T(ctx, "tariff.ways"), Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "tariff.way")}, {Title: T(ctx, "working.total"), Unit: string(a.Currency), Number: true}, {Title: T(ctx, "tariff.difference"), Number: true}},
	}
	for i := range a.Ways {
		way := &a.Ways[i]
		if way.Working == nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(way.Name), Number(grouped(way.Working.Total.Fixed())), Number(grouped((way.Working.Total - a.Total).Fixed()))}})
	}
	return t
}

func commodityName(ctx context.Context, c *tariff.Commodity) string {
	return inLanguage(ctx, c.EN, c.ZH)
}

func (v tariffView) field(ctx context.Context, name string, label Key, code bool) Field {
	f := Field{Path: "/" + name, Name: name, Label: T(ctx, label), Value: v.Values[name], Code: code, Complete: "off", Faults: Of(v.Faults, "/"+name)}
	switch name {
	case "price", "quantity":
		f.Kind = "number"
	case "day":
		f.Kind = "date"
	}
	return f
}

// splitConditions gives the parts of a rule that all must hold.
func splitConditions(when string) []string {
	if when == "" {
		return nil
	}
	return strings.Split(when, " and ")
}

// numbers lists whole numbers; none means all.
func numbers(list []int) string {
	if len(list) == 0 {
		return "–"
	}
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}

var stepRoles = map[procedure.Role]Key{
	procedure.Declarant: "head.declarant", procedure.Enterprise: "object.enterprise", procedure.Sender: "step.sender", procedure.Receiver: "step.receiver",
	procedure.Carrier: "step.carrier", procedure.Customs: "actor.officer", procedure.Gate: "lane.gate", procedure.Bank: "step.bank", procedure.System: "actor.system",
}

var stepKinds = map[procedure.Kind]Key{
	"request": "step.request", "fact": "step.fact", "timer": "step.timer", "automatic": "step.automatic",
}

// itemWords are the kinds of things that a step books, reservedWords the names of
// what it reserves.
var (
	itemWords     = map[procedure.Item]Key{procedure.LadingLine: "object.bill", procedure.BookLine: "object.book"}
	reservedWords = map[string]Key{"stock": "reserved.stock", "draw": "reserved.draw"}
)

func debtTitle(ctx context.Context, d *procedure.Debt) string {
	return inLanguage(ctx, d.Title.English, d.Title.Chinese)
}

// stepTable is the steps of a mode in words.
func stepTable(ctx context.Context, m *procedure.Mode) Table {
	t := Table{
		ID: "steps", Caption: T(ctx, "mode.steps"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "working.step")}, {Title: T(ctx, "books.kind")}, {Title: T(ctx, "journal.who")}, {Title: T(ctx, "step.after")}, {Title: T(ctx, "step.does")},
		},
	}
	for _, step := range m.Steps {
		var after, does []string
		for _, any := range step.After {
			after = append(after, strings.Join(any, " / "))
		}
		for _, o := range step.Open {
			does = append(does, T(ctx, "step.opens", "debt", debtTitle(ctx, o.Debt)))
		}
		for _, d := range step.Discharge {
			does = append(does, T(ctx, "step.discharges", "debt", debtTitle(ctx, d.Debt)))
		}
		for _, c := range step.Carry {
			from := make([]string, len(c.From))
			for i, debt := range c.From {
				from[i] = debtTitle(ctx, debt)
			}
			does = append(does, T(ctx, "step.carries", "from", strings.Join(from, ", "), "debt", debtTitle(ctx, c.Into)))
		}
		for _, p := range step.Post {
			does = append(does, postingWords(ctx, &p))
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			ruleName(step.ID, inLanguage(ctx, step.Title.English, step.Title.Chinese)), Text(named(ctx, stepKinds, step.Kind)), Text(named(ctx, stepRoles, step.Actor.Role)),
			wrapped(strings.Join(after, ", ")), wrapped(strings.Join(does, "; ")),
		}})
	}
	return t
}

// postingWords says what a step does to the books.
func postingWords(ctx context.Context, p *procedure.Posting) string {
	switch p.Do {
	case ledger.Settle:
		return T(ctx, "step.settles", "as", named(ctx, reservedWords, p.As))
	case ledger.Void:
		return T(ctx, "step.voids", "as", named(ctx, reservedWords, p.As))
	case ledger.Reserve, ledger.Post:
	}
	moved := named(ctx, itemWords, p.Item) + ": " + named(ctx, placeWords, p.From) + " → " + named(ctx, placeWords, p.To)
	if p.Do == ledger.Reserve {
		moved += " (" + T(ctx, "step.reserved", "as", named(ctx, reservedWords, p.As)) + ")"
	}
	return moved
}
