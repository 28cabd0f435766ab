package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/risk"
)

// RiskDesk is where the rules of risk are changed; *oversight.Desk is one.
type RiskDesk interface {
	SaveTable(ctx context.Context, c decision.Command, by decision.Actor, draft oversight.TableDraft) (decision.Receipt, error)
	TestTable(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error)
	ProposeTable(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	DiscardTable(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	RestoreTable(ctx context.Context, c decision.Command, by decision.Actor, r oversight.Rollback) (decision.Receipt, error)
	ProposeParameter(ctx context.Context, c decision.Command, by decision.Actor, draft oversight.ParameterDraft) (decision.Receipt, error)
	Health(ctx context.Context, now clock.Instant) (oversight.Health, error)
	ProposeGrade(ctx context.Context, c decision.Command, by decision.Actor, draft oversight.GradeDraft) (decision.Receipt, error)
	ProposeMode(ctx context.Context, c decision.Command, by decision.Actor, source []byte, reason, urgent string) (decision.Receipt, error)
	IssueInstruction(ctx context.Context, c decision.Command, by decision.Actor, s risk.InstructionSpec) (decision.Receipt, error)
	WithdrawInstruction(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
}

// judgedKinds are the subjects that risk tables judge, with their words.
var judgedKinds = []struct {
	Kind risk.Kind
	Word Key
}{
	{risk.Declaration, "risk.declarations"},
	{risk.List, "risk.lists"},
	{risk.Passage, "risk.passages"},
}

var tableWords = map[oversight.State]wording{
	oversight.Draft: {Neutral, "risk.draft"}, oversight.Proposed: {Pending, "proposal.proposed"}, oversight.Approved: {OK, "risk.approved"},
	oversight.Refused: {Missed, "proposal.refused"}, oversight.Overtaken: {Missed, "risk.overtaken"}, oversight.Discarded: {Missed, "risk.discarded"},
}

// healthFor is how long a count of the rules' health is shown before it is made
// anew: it reads the whole past.
const healthFor = 10 * time.Minute

type keptHealth struct {
	sync.Mutex
	health oversight.Health
}

// rulesHealth gives how the rules of declarations did, nil where nobody counts.
func (s *Server) rulesHealth(ctx context.Context) (*oversight.Health, error) {
	if s.house().Rules == nil {
		return nil, nil
	}
	s.health.Lock()
	defer s.health.Unlock()
	if h := s.health.health; h.At == 0 || s.now() > h.At.Add(healthFor) || s.now() < h.At {
		var err error
		if s.health.health, err = s.house().Rules.Health(ctx, s.now()); err != nil {
			return nil, err
		}
	}
	h := s.health.health
	return &h, nil
}

// tablesOf gives every table of a kind, the one in force on a day, and its id:
// oversight.Shipped where it is the program's.
func (s *Server) tablesOf(ctx context.Context, kind risk.Kind, on clock.Date) (spec risk.TableSpec, id string, all []oversight.RiskTable, err error) {
	if all, err = oversight.RiskTables(ctx, s.house().Read, kind); err != nil {
		return spec, "", nil, err
	}
	if now, ok := oversight.RiskTableInForce(all, on); ok {
		spec, err = risk.ReadTable([]byte(now.Source))
		return spec, now.ID, all, err
	}
	shipped, err := shippedTables()
	if err != nil {
		return spec, "", nil, err
	}
	return shipped[kind].Spec, oversight.Shipped, all, nil
}

// shippedTables are the tables that come with the program.
var shippedTables = sync.OnceValues(func() (map[risk.Kind]*risk.Table, error) {
	tables := map[risk.Kind]*risk.Table{}
	for _, k := range judgedKinds {
		table, err := risk.DefaultTable(k.Kind)
		if err != nil {
			return nil, err
		}
		tables[k.Kind] = table
	}
	return tables, nil
})

// seesSecrets tells whether the viewer reads secret rules.
func seesSecrets(ctx context.Context) bool { return oversight.Cleared(ViewerOf(ctx).Posts) }

func kindAsked(r *http.Request) risk.Kind {
	for _, k := range judgedKinds {
		if string(k.Kind) == r.FormValue("subject") {
			return k.Kind
		}
	}
	return risk.Declaration
}

func riskTrail(ctx context.Context) []Link {
	return []Link{{T(ctx, "settings.title"), "/settings"}, {T(ctx, "settings.risk"), "/settings/risk"}}
}

type riskPage struct {
	Kind    risk.Kind
	Kinds   []View
	Spec    risk.TableSpec
	Rules   Table
	History Table
	May     bool // begin a draft
	Key     string
	Health  *oversight.Health
}

// riskTable answers GET /settings/risk: the table in force, rule by rule, and
// how it came to be.
func (s *Server) riskTable(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.may(ctx, party.View, party.Object{Kind: "risk_table"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := riskPage{Kind: kindAsked(r), Key: newKey()}
	spec, inForce, all, err := s.tablesOf(ctx, p.Kind, s.now().Date())
	if err == nil && p.Kind == risk.Declaration {
		p.Health, err = s.rulesHealth(ctx)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Spec = spec
	p.Kinds = kindViews(ctx, p.Kind)
	p.May = s.house().Rules != nil && party.May(who, party.Configure, party.Object{Kind: "risk_table"}) == nil
	p.Rules = riskView(ctx, spec, seesSecrets(ctx), p.Health)
	p.History = riskHistory(ctx, all, inForce, p.May, p.Kind, p.Key)
	s.Render(w, r, riskHead(ctx, &p), riskBody(p))
}

func kindViews(ctx context.Context, now risk.Kind) []View {
	var views []View
	for _, k := range judgedKinds {
		views = append(views, View{Text: T(ctx, k.Word), Href: "/settings/risk?subject=" + string(k.Kind), Current: k.Kind == now})
	}
	return views
}

func riskHead(ctx context.Context, p *riskPage) Page {
	page := Page{
		Title: T(ctx, "settings.risk"), Trail: riskTrail(ctx)[:1],
		Badges: []Badge{{Info, T(ctx, "risk.inforce", "version", p.Spec.Version)}},
	}
	if p.May {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "risk.begin"), Form: "begin", Key: "n"})
	}
	if p.Health != nil && seesSecrets(ctx) {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "risk.health"), Href: "/settings/risk/health"})
	}
	return page
}

// riskView lists the rules; what a secret one is about only analysts read.
func riskView(ctx context.Context, spec risk.TableSpec, all bool, h *oversight.Health) Table {
	t := Table{
		ID: "rules", Caption: T(ctx, "settings.risk"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "entry.rule")}, {Title: T(ctx, "risk.when")}, {Title: T(ctx, "risk.points"), Number: true}, {Title: T(ctx, "risk.hard")}},
	}
	if h != nil {
		t.Columns = append(t.Columns, Column{Title: T(ctx, "risk.stops")}, Column{Title: T(ctx, "risk.finds"), Number: true})
	}
	t.Columns = append(t.Columns, Column{Title: T(ctx, "entry.law")})
	for _, rule := range spec.Rules {
		row := Row{Href: "/settings/risk/" + rule.ID, Cells: []templ.Component{
			ruleName(rule.ID, inLanguage(ctx, rule.Title.EN, rule.Title.ZH)), conditions(rule.When, rule.Measure, rule.Direction, rule.Levels), Number(pointsOf(rule)),
			hardCell(ctx, rule.Hard),
		}}
		if rule.Secret && !all {
			row = Row{Cells: []templ.Component{ruleName("", T(ctx, "why.secret")), Text(""), Text(""), Text("")}}
			rule = risk.RuleSpec{}
		}
		if h != nil {
			row.Cells = append(row.Cells, healthCells(h, rule.ID)...)
		}
		row.Cells = append(row.Cells, Code(rule.Law))
		t.Rows = append(t.Rows, row)
	}
	return t
}

// pointsOf writes what a rule adds to the score.
func pointsOf(rule risk.RuleSpec) string {
	if len(rule.Levels) > 0 {
		return strconv.Itoa(rule.Weight) + " × " + strconv.Itoa(len(rule.Levels))
	}
	return strconv.Itoa(rule.Weight)
}

func hardCell(ctx context.Context, hard risk.Action) templ.Component {
	if hard == "" {
		return Text("")
	}
	return BadgeView(Badge{Bad, named(ctx, actionWords, hard)})
}

// healthCells are the stops of a rule and its find rate.
func healthCells(h *oversight.Health, rule string) []templ.Component {
	rate := "–"
	for _, one := range h.Rules {
		if one.Rule == rule && one.Counts.Checked > 0 {
			rate = wholePercent(one.FindRate)
		}
	}
	return []templ.Component{spark(h.Stops[rule]), Number(rate)}
}

// wholePercent writes a rate in whole percent, rounded half up.
func wholePercent(r num.Rate) string {
	whole, err := num.MulDiv(int64(r), 100, int64(num.OneRate), num.HalfUp)
	if err != nil {
		return "–"
	}
	return strconv.FormatInt(whole, 10) + narrow + "%"
}

// sparkBar is one column of the small picture of a rule's stops.
type sparkBar struct{ X, Y, H int }

func sparkBars(values [oversight.Spans]int) (bars []sparkBar, sum int) {
	most := max(1, slices.Max(values[:]))
	for i, n := range values {
		h := n * 20 / most
		if n > 0 {
			h = max(h, 1)
		}
		bars = append(bars, sparkBar{i * 10, 20 - h, h})
		sum += n
	}
	return bars, sum
}

// riskHistory lists every version that was in force or on its way, the newest
// first; a table of the past can be brought back as a draft.
func riskHistory(ctx context.Context, all []oversight.RiskTable, inForce string, may bool, kind risk.Kind, key string) Table {
	t := Table{
		ID: "history", Caption: T(ctx, "risk.history"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "manifest.version")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "risk.changes"), Number: true},
			{Title: T(ctx, "proposal.first")},
			{Title: T(ctx, "proposal.second")},
			{Title: T(ctx, "acts.reason")},
			{Title: T(ctx, "risk.act")},
		},
	}
	back := func(id string) templ.Component {
		if !may || id == inForce {
			return Text("")
		}
		return restoreAct(string(kind), id, key)
	}
	for i := range slices.Backward(all) {
		d := &all[i]
		state := badge(ctx, tableWords, d.State)
		if d.ID == inForce {
			state = Badge{OK, T(ctx, "risk.now")}
		}
		act := templ.Component(Text(""))
		if d.State == oversight.Approved {
			act = back(d.ID)
		}
		t.Rows = append(t.Rows, Row{Href: "/settings/risk/drafts/" + d.ID, Cells: []templ.Component{
			Code(d.Version), BadgeView(state), Text(d.ValidFrom.String()), Number(strconv.Itoa(len(d.Changes))), Text(d.Author), Text(d.ApprovedBy), short(d.Reason, 60), act,
		}})
	}
	shipped := Badge{Neutral, T(ctx, "risk.shipped")}
	if inForce == oversight.Shipped {
		shipped = Badge{OK, T(ctx, "risk.now")}
	}
	t.Rows = append(t.Rows, Row{Cells: []templ.Component{
		Text(T(ctx, "risk.shipped")), BadgeView(shipped), Text(""), Number(""), Text(""), Text(""), Text(""), back(oversight.Shipped),
	}})
	return t
}

// riskRule answers GET /settings/risk/{rule}.
func (s *Server) riskRule(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if _, err := s.may(ctx, party.View, party.Object{Kind: "risk_table"}); err != nil {
		s.Fail(w, r, err)
		return
	}
	for _, k := range judgedKinds {
		spec, _, _, err := s.tablesOf(ctx, k.Kind, s.now().Date())
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		for _, rule := range spec.Rules {
			if rule.ID == r.PathValue("rule") && (!rule.Secret || seesSecrets(ctx)) {
				s.Render(w, r, Page{ID: rule.ID, Title: inLanguage(ctx, rule.Title.EN, rule.Title.ZH), Trail: riskTrail(ctx)}, ruleBody(rule))
				return
			}
		}
	}
	s.Fail(w, r, party.Absent("risk_table", r.PathValue("rule")))
}

func ruleFacts(ctx context.Context, rule risk.RuleSpec) []Fact {
	return []Fact{
		{T(ctx, "risk.points"), Text(strconv.Itoa(rule.Weight))},
		{T(ctx, "risk.hard"), Text(named(ctx, actionWords, rule.Hard))},
		{T(ctx, "mode.credit"), Text(numbers(rule.Credit))},
		{T(ctx, "mode.from"), Text(joinedWords(rule.ValidFrom.String(), rule.ValidTo.String()))},
		{T(ctx, "risk.owner"), Text(rule.Owner)},
		{T(ctx, "entry.law"), Text(rule.Law)},
		{T(ctx, "working.source"), Text(rule.Source)},
		{T(ctx, "manifest.version"), Code(rule.Version())},
	}
}

var standingWords = map[risk.Standing]wording{
	risk.Better: {OK, "standing.better"}, risk.NotBetter: {Bad, "standing.notbetter"}, risk.Unclear: {Warn, "standing.unclear"}, risk.TooFew: {Neutral, "standing.few"},
}

// riskHealth answers GET /settings/risk/health: each rule held against chance.
func (s *Server) riskHealth(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	_, err := s.may(ctx, party.View, party.Object{Kind: "risk_table"})
	if err == nil && !seesSecrets(ctx) {
		err = party.Absent("risk_table", "health")
	}
	var h *oversight.Health
	if err == nil {
		h, err = s.rulesHealth(ctx)
	}
	if err == nil && h == nil {
		err = errors.New("nobody counts how the rules do")
	}
	var spec risk.TableSpec
	if err == nil {
		spec, _, _, err = s.tablesOf(ctx, risk.Declaration, s.now().Date())
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, healthHead(ctx, h), healthBody(*h, healthTable(ctx, h, spec)))
}

func healthHead(ctx context.Context, h *oversight.Health) Page {
	return Page{
		Title: T(ctx, "risk.health"), Trail: riskTrail(ctx),
		Facts: []Fact{{T(ctx, "risk.health.since"), Text(h.Since.String())}, {T(ctx, "risk.health.at"), When(h.At)}},
	}
}

// healthTable lists the rules: those that find no more than chance first.
func healthTable(ctx context.Context, h *oversight.Health, spec risk.TableSpec) Table {
	t := Table{
		ID: "health", Caption: T(ctx, "risk.health"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "risk.health.none"), Text: T(ctx, "risk.health.none.text")},
		Columns: []Column{
			{Title: T(ctx, "entry.rule")},
			{Title: T(ctx, "risk.health.hits"), Number: true},
			{Title: T(ctx, "risk.health.checked"), Number: true},
			{Title: T(ctx, "risk.health.found"), Number: true},
			{Title: T(ctx, "risk.finds"), Number: true},
			{Title: T(ctx, "risk.health.tax"), Unit: "CNY", Number: true},
			{Title: T(ctx, "risk.stops")},
			{Title: T(ctx, "risk.health.standing")},
		},
	}
	order := []risk.Standing{risk.NotBetter, risk.Unclear, risk.Better, risk.TooFew}
	rows := slices.Clone(h.Rules)
	slices.SortStableFunc(rows, func(a, b risk.RuleHealth) int {
		return slices.Index(order, a.Standing) - slices.Index(order, b.Standing)
	})
	for _, one := range rows {
		title := one.Rule
		for _, rule := range spec.Rules {
			if rule.ID == one.Rule {
				title = inLanguage(ctx, rule.Title.EN, rule.Title.ZH)
			}
		}
		rate := "–"
		if one.Counts.Checked > 0 {
			rate = wholePercent(one.FindRate)
		}
		t.Rows = append(t.Rows, Row{Href: "/settings/risk/" + one.Rule, Cells: []templ.Component{
			ruleName(one.Rule, title), Number(Count(int64(one.Counts.Judged))), Number(Count(int64(one.Counts.Checked))), Number(Count(int64(one.Counts.Found))),
			Number(rate), Number(Amount(one.Counts.TaxDue, "")), spark(h.Stops[one.Rule]), BadgeView(badge(ctx, standingWords, one.Standing)),
		}})
	}
	return t
}

// proposalOn gives the last proposal about a document, "" when there is none.
func (s *Server) proposalOn(ctx context.Context, id string) (string, error) {
	ids, err := s.house().Read.Find(ctx, dossier.Proposal, "subject", id, 50)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return slices.MaxFunc(ids, strings.Compare), nil
}

func galleryRisk(ctx context.Context) Specimen {
	tables, err := shippedTables()
	if err != nil {
		panic(err) // the tables of the program, read by every test of this package
	}
	p := riskPage{Kind: risk.Declaration, Kinds: kindViews(ctx, risk.Declaration), Spec: tables[risk.Declaration].Spec, May: true, Key: "gallery"}
	h := sampleHealth(p.Spec)
	p.Health, p.Rules = &h, riskView(ctx, p.Spec, true, &h)
	p.History = riskHistory(ctx, []oversight.RiskTable{
		{ID: "t1", Version: "2026-10-12.1", State: oversight.Overtaken, ValidFrom: clock.MustDate("2026-10-20"), Author: "zhao.min", ApprovedBy: "liu.wei", Reason: "wine below half of the usual price"},
		{ID: "t2", Version: "2026-10-14.1", State: oversight.Approved, ValidFrom: clock.MustDate("2026-10-15"), Author: "zhao.min", ApprovedBy: "chen.jing", Reason: "tip on used tyres"},
	}, oversight.Shipped, true, risk.Declaration, p.Key)
	page := riskHead(ctx, &p)
	return Specimen{Name: "risk", Title: "settings.risk", Page: page, Body: riskBody(p)}
}

func galleryRiskHealth(ctx context.Context) Specimen {
	tables, err := shippedTables()
	if err != nil {
		panic(err) // the tables of the program, read by every test of this package
	}
	spec := tables[risk.Declaration].Spec
	h := sampleHealth(spec)
	return Specimen{Name: "risk-health", Title: "risk.health", Page: healthHead(ctx, &h), Body: healthBody(h, healthTable(ctx, &h, spec))}
}
