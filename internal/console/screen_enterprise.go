package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/review"
)

// enterprisePage is what is registered of an enterprise, its credit grades, and
// the form by which another is proposed.
type enterprisePage struct {
	Rules *party.CreditRules
	*party.Enterprise
	Now    party.Standing
	Facts  []Fact
	Grades Table
	OnWay  string // the proposal that waits
	May    bool
	Form   []Field
	Key    string
}

var enterpriseKinds = map[party.Kind]Key{
	party.ZoneEnterprise: "enterprise.kind.zone", party.Trader: "enterprise.kind.trader", party.Broker: "enterprise.kind.broker",
	party.Carrier: "enterprise.kind.carrier", party.Warehouse: "enterprise.kind.warehouse", party.Processor: "enterprise.kind.processor",
	party.Bank: "enterprise.kind.bank", party.Exchange: "enterprise.kind.exchange", party.Platform: "enterprise.kind.platform",
}

var enterpriseStates = map[party.State]wording{
	party.Applied: {Pending, "enterprise.applied"}, party.Registered: {OK, "enterprise.registered"}, party.Suspended: {Bad, "enterprise.suspended"},
	party.Deregistered: {Neutral, "enterprise.deregistered"}, party.Rejected: {Missed, "enterprise.rejected"},
}

func enterpriseObject(id string) party.Object {
	return party.Object{Kind: "enterprise", ID: id, Parties: []string{id}}
}

// enterprise answers GET /enterprises/{id}.
func (s *Server) enterprise(w http.ResponseWriter, r *http.Request) { s.showEnterprise(w, r, nil) }

func (s *Server) showEnterprise(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	id := r.PathValue("id")
	p := enterprisePage{Enterprise: &party.Enterprise{}, Key: newKey(), Rules: s.credit()}
	_, err := s.house().Read.Load(ctx, dossier.Enterprise, id, p.Enterprise)
	if err = absentIf(err, journal.Ref{Kind: "enterprise", ID: id}); err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, enterpriseObject(id))
	if err == nil && who.Actor.Kind == journal.Officer {
		p.OnWay, err = s.gradeOnWay(ctx, id)
	}
	if err == nil {
		p.May = s.house().Rules != nil && party.May(who, party.Decide, enterpriseObject(id)) == nil
		err = p.fill(ctx, s.now().Date(), r.PostForm, faults)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := enterpriseHead(ctx, &p, faults)
	page.Acts = append(page.Acts, lookedAct(ctx, who, enterpriseObject(id))...)
	s.Render(w, r, page, enterpriseBody(p))
}

// gradeOnWay gives the proposal of another grade that waits, "" when none does.
func (s *Server) gradeOnWay(ctx context.Context, id string) (string, error) {
	ids, err := s.house().Read.Find(ctx, dossier.Proposal, "subject", id, 50)
	if err != nil {
		return "", err
	}
	for _, proposal := range ids {
		var doc deliberation.Proposed
		if _, err := s.house().Read.Load(ctx, dossier.Proposal, proposal, &doc); err != nil {
			return "", err
		}
		if doc.Action == oversight.ActionGrade && !review.Lifecycle.Final(doc.Proposal.State) {
			return proposal, nil
		}
	}
	return "", nil
}

func enterpriseHead(ctx context.Context, p *enterprisePage, faults fault.List) Page {
	page := Page{
		ID: p.ID, Title: p.Name, Faults: faults,
		Badges: []Badge{badge(ctx, enterpriseStates, p.State), {levelTone(p.Now.Grade.Level), gradeTitle(ctx, p.Now.Grade)}},
		Acts:   []Act{{Text: T(ctx, "lifeline.title"), Href: "/life/enterprise/" + p.ID}},
	}
	if p.OnWay != "" {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "enterprise.onway"), Href: "/proposals/" + p.OnWay})
	}
	return page
}

func gradeTitle(ctx context.Context, g party.Grade) string {
	return inLanguage(ctx, sentenceCase(g.Title), g.TitleZH)
}

func sentenceCase(s string) string { return strings.TrimSuffix(sentence(s), ".") }

func levelTone(l party.Level) Tone {
	switch {
	case l >= party.Certified:
		return OK
	case l >= party.General:
		return Neutral
	}
	return Bad
}

// credit gives the rules of credit grades that the zone goes by.
func (s *Server) credit() *party.CreditRules {
	if ref := s.reference(); ref != nil && ref.Credit != nil {
		return ref.Credit
	}
	return party.Credit()
}

// fill lays the record out for a day, with what was typed into the form.
func (p *enterprisePage) fill(ctx context.Context, today clock.Date, typed url.Values, faults fault.List) (err error) {
	if p.Now, err = p.GradeAt(p.Rules, today); err != nil {
		return err
	}
	var kinds []string
	for _, k := range p.Kinds {
		kinds = append(kinds, named(ctx, enterpriseKinds, k))
	}
	p.Facts = []Fact{
		{T(ctx, "enterprise.code"), Code(string(p.CreditCode))},
		{T(ctx, "enterprise.customscode"), Code(dashed(string(p.CustomsCode)))},
		{T(ctx, "enterprise.nameEN"), Text(dashed(p.NameEN))},
		{T(ctx, "enterprise.kinds"), Text(strings.Join(kinds, ", "))},
		{T(ctx, "enterprise.area"), Text(dashed(p.Area))},
		{T(ctx, "enterprise.since"), Text(dayOr(p.RegisteredOn, "–"))},
		{T(ctx, "enterprise.grade"), Text(gradeTitle(ctx, p.Now.Grade))},
		{T(ctx, "enterprise.gradesince"), Text(p.Now.Since.String())},
	}
	if effect, err := p.Rules.Effect(p.Now.Grade.Level, today); err == nil {
		p.Facts = append(p.Facts,
			Fact{T(ctx, "enterprise.share"), Text(effect.GuaranteeShare.PercentString() + " %")}, Fact{T(ctx, "enterprise.drawn"), Text(effect.Inspection.PercentString() + " %")},
			Fact{T(ctx, "enterprise.objection"), Text(strconv.Itoa(p.Rules.ObjectionDays(today)))})
	}
	p.Grades = Table{
		ID: "grades", Caption: T(ctx, "enterprise.grades"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty:   State{Kind: StateEmpty, Title: T(ctx, "enterprise.nogrades"), Text: T(ctx, "enterprise.nogrades.text")},
		Columns: []Column{{Title: T(ctx, "mode.from")}, {Title: T(ctx, "enterprise.grade")}, {Title: T(ctx, "enterprise.law")}, {Title: T(ctx, "enterprise.evidence")}, {Title: T(ctx, "acts.reason")}},
	}
	changes := slices.SortedFunc(slices.Values(p.Enterprise.Grades), func(a, b party.GradeChange) int { return int(b.From) - int(a.From) })
	for _, g := range changes {
		title := g.Grade
		if scheme, err := p.Rules.SchemeAt(g.From); err == nil {
			if grade, ok := scheme.Grade(g.Grade); ok {
				title = gradeTitle(ctx, grade)
			}
		}
		p.Grades.Rows = append(p.Grades.Rows, Row{Cells: []templ.Component{
			Text(g.From.String()), Text(title), short(dashed(g.Law), 60), short(dashed(strings.Join(g.Evidence, ", ")), 60), short(dashed(g.Reason), 60),
		}})
	}
	if !p.May {
		return nil
	}
	field := func(name string, label Key, value, kind string) Field {
		if typed.Has(name) {
			value = typed.Get(name)
		}
		return Field{Path: "/" + name, Name: name, Label: T(ctx, label), Value: value, Kind: kind, Complete: "off", Required: true, Faults: Of(faults, "/"+name)}
	}
	tomorrow := today.AddDays(1)
	scheme, err := p.Rules.SchemeAt(tomorrow)
	if err != nil {
		return err
	}
	grade := field("grade", "enterprise.newgrade", p.Now.Grade.Code, "select")
	for _, g := range scheme.Grades {
		grade.Options = append(grade.Options, Option{g.Code, gradeTitle(ctx, g)})
	}
	evidence := field("evidence", "enterprise.evidence", "", "textarea")
	evidence.Hint = T(ctx, "enterprise.evidence.hint")
	p.Form = []Field{grade, field("from", "risk.from", tomorrow.String(), "date"), field("law", "enterprise.law", "", ""), evidence, field("reason", "acts.reason", "", "textarea")}
	return nil
}

func dashed(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// proposeGrade answers POST /enterprises/{id}: another grade goes to a second
// officer.
func (s *Server) proposeGrade(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	draft := oversight.GradeDraft{
		Enterprise: r.PathValue("id"), Grade: r.PostForm.Get("grade"), Law: strings.TrimSpace(r.PostForm.Get("law")),
		Evidence: strings.Split(r.PostForm.Get("evidence"), "\n"), Reason: strings.TrimSpace(r.PostForm.Get("reason")),
	}
	who, err := s.may(ctx, party.Decide, enterpriseObject(draft.Enterprise))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var faults fault.List
	if draft.From, err = clock.ParseDate(fold(r.PostForm.Get("from"))); err != nil {
		faults = at("/from", err)
	} else if _, err = s.house().Rules.ProposeGrade(ctx, s.command(r, "enterprise.grade/"+draft.Enterprise, who.Actor), who.Actor, draft); err != nil {
		if faults = fault.All(err); len(faults) == 0 || fault.Is(err, "STORE-ABSENT-01") {
			s.Fail(w, r, absentIf(err, journal.Ref{Kind: "enterprise", ID: draft.Enterprise}))
			return
		}
	}
	if len(faults) > 0 {
		s.showEnterprise(w, r, faults)
		return
	}
	sent(w, r, "/enterprises/"+draft.Enterprise)
}

func galleryEnterprise(ctx context.Context) Specimen {
	p := enterprisePage{Rules: party.Credit(), Enterprise: &party.Enterprise{
		ID: "91310115MA1H00001Q", CreditCode: "91310115MA1H00001Q", Name: "外高桥葡萄酒交易有限公司", NameEN: "Waigaoqiao Wine Exchange", State: party.Registered,
		Kinds: []party.Kind{party.ZoneEnterprise, party.Trader}, Area: "waigaoqiao", RegisteredOn: clock.MustDate("2015-01-01"),
		Grades: []party.GradeChange{
			{Grade: "advanced-certified", From: clock.MustDate("2022-01-01")},
			{Grade: "dishonest", From: clock.MustDate("2026-11-20"), Law: "credit rules of 2026", Evidence: []string{"P-2026-7", "A-2026-31"}, Reason: "goods were hidden behind others"},
		},
	}, May: true, OnWay: "gallery", Key: "gallery"}
	if err := p.fill(ctx, clock.MustDate("2026-11-23"), nil, nil); err != nil {
		panic(err) // fixed data, read by every test of this package
	}
	return Specimen{Name: "enterprise", Title: "object.enterprise", Page: enterpriseHead(ctx, &p, nil), Body: enterpriseBody(p)}
}
