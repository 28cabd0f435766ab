package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/store"
)

// parameterWords name the parameters; a rule of tax goes by its own name.
var parameterWords = map[string]Key{
	"declaration/validation": "parameter.validation", "declaration/confirmation": "parameter.confirmation", "declaration/amendment": "parameter.amendment",
	"gate/comparison": "parameter.gate", "feed/supervision": "parameter.feed", "house/riskDesk": "parameter.riskdesk", "house/calendar": "calendar.title",
	"inspection/rules": "parameter.inspection", "credit/schemes": "parameter.schemes", "credit/effects": "parameter.effects", "credit/objectionDays": "parameter.objection",
	"writeoff/writeOff": "parameter.writeoff",
	"book/books":        "parameter.books",
}

func parameterName(ctx context.Context, name string) string {
	if rule, tax := strings.CutPrefix(name, "duty/"); tax {
		return T(ctx, "parameter.duty", "name", strings.ReplaceAll(rule, "_", " "))
	}
	return named(ctx, parameterWords, name)
}

// rulebook reads every parameter as it stands and will stand.
func (s *Server) rulebook(ctx context.Context) (*oversight.Rulebook, error) {
	changes, err := oversight.ParameterChanges(ctx, s.house().Read)
	if err != nil {
		return nil, err
	}
	return oversight.NewRulebook(changes)
}

// parameters answers GET /settings/parameters: what holds today.
func (s *Server) parameters(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	_, err := s.may(ctx, party.View, party.Object{Kind: "rule", ID: "parameters"})
	var book *oversight.Rulebook
	var waiting Table
	if err == nil {
		book, err = s.rulebook(ctx)
	}
	if err == nil {
		waiting, err = s.parametersWaiting(ctx)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, parametersHead(ctx), parametersBody(waiting, parametersTable(ctx, book, s.now().Date())))
}

// parametersWaiting lists what was proposed for any parameter and waits for its
// second officer, each with its proposal.
func (s *Server) parametersWaiting(ctx context.Context) (Table, error) {
	t := Table{
		ID: "waiting", Caption: T(ctx, "rulestate.proposed"), Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "parameter.name")},
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "parameter.values")},
			{Title: T(ctx, "proposal.first")},
			{Title: T(ctx, "acts.reason")},
		},
	}
	page, err := s.house().Read.List(ctx, dossier.Proposal, store.Query{Where: map[string][]string{"matter": {string(review.RuleChange)}, "state": {string(review.Proposed)}}, Limit: 200})
	if err != nil {
		return t, err
	}
	for _, item := range page.Items {
		d, err := read[deliberation.Proposed](item)
		if err != nil {
			return t, err
		}
		if d.Proposal.Kind != "parameter" {
			continue
		}
		var c oversight.ParameterChange
		if _, err := s.house().Read.Load(ctx, dossier.Parameter, d.Proposal.Subject, &c); err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, Row{Href: "/proposals/" + d.ID, Changed: true, Cells: []templ.Component{
			ruleName(c.Name, parameterName(ctx, c.Name)), Text(c.ValidFrom.String()), cellsReplaced(c.Changes), Text(c.Author), short(c.Reason, 60),
		}})
	}
	return t, nil
}

func parametersHead(ctx context.Context) Page {
	return Page{Title: T(ctx, "settings.parameters"), Trail: []Link{{T(ctx, "settings.title"), "/settings"}}}
}

func parametersTable(ctx context.Context, book *oversight.Rulebook, today clock.Date) Table {
	t := Table{
		ID: "parameters", Caption: T(ctx, "settings.parameters"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "parameter.name")},
			{Title: T(ctx, "parameter.values")},
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "parameter.next")},
			{Title: T(ctx, "working.source")},
		},
	}
	for i := range book.Rows {
		row := &book.Rows[i]
		if !row.InForce(today) {
			continue
		}
		next := ""
		if i+1 < len(book.Rows) && book.Rows[i+1].Name == row.Name {
			next = book.Rows[i+1].ValidFrom.String()
		}
		t.Rows = append(t.Rows, Row{Href: "/settings/parameters/" + row.Name, Changed: next != "", Cells: []templ.Component{
			ruleName(row.Name, parameterName(ctx, row.Name)), cellChips(row.Cells), Text(row.ValidFrom.String()), Text(next), wrapped(row.Source),
		}})
	}
	return t
}

type parameterPage struct {
	Name   string
	Rows   []oversight.ParameterRow // every value, the newest first
	Today  clock.Date
	OnWay  Table
	May    bool
	Values []Field
	Other  []Field
	Key    string
}

// parameter answers GET /settings/parameters/{room}/{name}: its values by day,
// and a form for the next one.
func (s *Server) parameter(w http.ResponseWriter, r *http.Request) { s.showParameter(w, r, nil) }

func (s *Server) showParameter(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	p := parameterPage{Name: r.PathValue("room") + "/" + r.PathValue("name"), Today: s.now().Date(), Key: newKey()}
	who, err := s.may(ctx, party.View, party.Object{Kind: "rule", ID: p.Name})
	var book *oversight.Rulebook
	if err == nil {
		book, err = s.rulebook(ctx)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for _, row := range slices.Backward(book.Rows) {
		if row.Name == p.Name {
			p.Rows = append(p.Rows, row)
		}
	}
	if len(p.Rows) == 0 {
		s.Fail(w, r, party.Absent("rule", p.Name))
		return
	}
	if p.OnWay, err = s.parameterChanges(ctx, p.Name); err != nil {
		s.Fail(w, r, err)
		return
	}
	p.May = s.house().Rules != nil && party.May(who, party.Configure, party.Object{Kind: "rule"}) == nil
	p.fields(ctx, r, faults)
	s.Render(w, r, parameterHead(ctx, &p, faults), parameterBody(p))
}

func parameterHead(ctx context.Context, p *parameterPage, faults fault.List) Page {
	page := Page{
		ID: p.Name, Title: parameterName(ctx, p.Name), Faults: faults,
		Trail: []Link{{T(ctx, "settings.title"), "/settings"}, {T(ctx, "settings.parameters"), "/settings/parameters"}},
	}
	if p.May {
		page.Acts = []Act{{Text: T(ctx, "risk.propose"), Form: "propose", Key: "s"}}
	}
	return page
}

func (p *parameterPage) fields(ctx context.Context, r *http.Request, faults fault.List) {
	typed := r.PostForm
	field := func(path, name, label, value, kind string) Field {
		if typed.Has(name) {
			value = typed.Get(name)
		}
		return Field{Path: path, Name: name, Label: label, Value: value, Kind: kind, Complete: "off", Faults: Of(faults, path)}
	}
	for _, c := range p.Rows[0].Cells {
		kind := ""
		if c.Parts {
			kind = "textarea"
		}
		f := field("/values/"+c.Name, "value."+c.Name, c.Name, c.Value, kind)
		f.Code = true
		p.Values = append(p.Values, f)
	}
	p.Other = []Field{
		field("/from", "from", T(ctx, "risk.from"), max(p.Today, p.Rows[0].ValidFrom).AddDays(1).String(), "date"),
		field("/source", "source", T(ctx, "parameter.source"), "", ""),
		field("/reason", "reason", T(ctx, "acts.reason"), "", "textarea"),
		field("/urgent", "urgent", T(ctx, "risk.urgent"), "", ""),
	}
	for i := range 3 {
		p.Other[i].Required = true
	}
}

// parameterChanges lists what was proposed for one parameter, the newest first.
func (s *Server) parameterChanges(ctx context.Context, name string) (Table, error) {
	t := Table{
		ID: "changes", Caption: T(ctx, "parameter.changes"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "parameter.none")},
		Columns: []Column{
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "parameter.values")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "proposal.first")},
			{Title: T(ctx, "proposal.second")},
			{Title: T(ctx, "acts.reason")},
		},
	}
	page, err := s.house().Read.List(ctx, dossier.Parameter, store.Query{Where: map[string][]string{"name": {name}}, Limit: 100})
	if err != nil {
		return t, err
	}
	for _, item := range page.Items {
		c, err := read[oversight.ParameterChange](item)
		if err != nil {
			return t, err
		}
		proposal, err := s.proposalOn(ctx, c.ID)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, changeRow(ctx, c, proposal))
	}
	return t, nil
}

func changeRow(ctx context.Context, c *oversight.ParameterChange, proposal string) Row {
	row := Row{Cells: []templ.Component{
		Text(c.ValidFrom.String()), cellsReplaced(c.Changes), BadgeView(badge(ctx, tableWords, c.State)), Text(c.Author), Text(c.ApprovedBy), short(c.Reason, 60),
	}}
	if proposal != "" {
		row.Href = "/proposals/" + proposal
	}
	return row
}

// proposeParameter answers POST /settings/parameters/{room}/{name}.
func (s *Server) proposeParameter(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	draft := oversight.ParameterDraft{
		Name: r.PathValue("room") + "/" + r.PathValue("name"), Source: strings.TrimSpace(r.PostForm.Get("source")), Reason: strings.TrimSpace(r.PostForm.Get("reason")),
		Urgent: strings.TrimSpace(r.PostForm.Get("urgent")), Values: map[string]string{},
	}
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "rule", ID: draft.Name})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for name := range r.PostForm {
		if cell, ok := strings.CutPrefix(name, "value."); ok {
			draft.Values[cell] = r.PostForm.Get(name)
		}
	}
	var faults fault.List
	if draft.From, err = clock.ParseDate(fold(r.PostForm.Get("from"))); err != nil {
		faults = at("/from", err)
	} else if _, err = s.house().Rules.ProposeParameter(ctx, s.command(r, "parameter.propose", who.Actor), who.Actor, draft); err != nil {
		if faults = fault.All(err); len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	if len(faults) > 0 {
		s.showParameter(w, r, faults)
		return
	}
	sent(w, r, "/settings/parameters/"+draft.Name)
}

func galleryParameters(ctx context.Context) Specimen {
	book, err := oversight.NewRulebook([]oversight.ParameterChange{sampleChange()})
	if err != nil {
		panic(err) // fixed data, read by every test of this package
	}
	return Specimen{Name: "parameters", Title: "settings.parameters", Page: parametersHead(ctx), Body: parametersBody(Table{}, parametersTable(ctx, book, clock.MustDate("2026-11-23")))}
}

func sampleChange() oversight.ParameterChange {
	return oversight.ParameterChange{
		ID: "gallery", Name: "gate/comparison", ValidFrom: clock.MustDate("2026-12-01"), State: oversight.Approved, Source: "order 12 of the zone customs", Author: "sun.lei",
		ApprovedBy: "zhou.yan", Reason: "wet season", Values: map[string]string{"emptyKg": "250"},
		Changes: []risk.Change{{Part: "parameter", Key: "gate/comparison", Cell: "emptyKg", Old: "100", New: "250"}},
	}
}

func galleryParameter(ctx context.Context) Specimen {
	change := sampleChange()
	book, err := oversight.NewRulebook([]oversight.ParameterChange{change})
	if err != nil {
		panic(err) // fixed data, read by every test of this package
	}
	p := parameterPage{Name: change.Name, Today: clock.MustDate("2026-11-23"), May: true, Key: "gallery"}
	for _, row := range slices.Backward(book.Rows) {
		if row.Name == p.Name {
			p.Rows = append(p.Rows, row)
		}
	}
	p.OnWay = Table{ID: "changes", Caption: T(ctx, "parameter.changes"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Columns: []Column{
		{Title: T(ctx, "mode.from")},
		{Title: T(ctx, "parameter.values")},
		{Title: T(ctx, "column.state")},
		{Title: T(ctx, "proposal.first")},
		{Title: T(ctx, "proposal.second")},
		{Title: T(ctx, "acts.reason")},
	}, Rows: []Row{changeRow(ctx, &change, "gallery")}}
	p.fields(ctx, &http.Request{}, nil)
	return Specimen{Name: "parameter", Title: "parameter.name", Page: parameterHead(ctx, &p, nil), Body: parameterBody(p)}
}
