package console

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/risk"
)

// draftPage is a risk table on its way beside the one it changes.
type draftPage struct {
	Doc      oversight.RiskTable
	Version  int64 // of the document
	Base     risk.TableSpec
	Spec     risk.TableSpec
	Facts    []risk.Field
	May      bool // the viewer may change it
	Proposal string
	Rules    Table
	Report   *risk.Report
	Form     *ruleForm // the rule that is open for changes
	Head     []Field
	Bands    []Field // from, medium, high, source of each band and of one more
	Draws    []Field // the share of each row
	Source   Field
	Key      string
	Faults   fault.List
}

// ruleForm is one rule in the fields of a form.
type ruleForm struct {
	ID    string // "" for a new rule
	Main  []Field
	More  []Field
	There bool // it is in the table: it can be taken out
}

// riskDraft answers GET /settings/risk/drafts/{id}.
func (s *Server) riskDraft(w http.ResponseWriter, r *http.Request) { s.showRiskDraft(w, r, nil) }

// beginRiskDraft answers POST /settings/risk/drafts: a draft with the rules in
// force, or with those of an earlier table.
func (s *Server) beginRiskDraft(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "risk_table"})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	kind, today := kindAsked(r), s.now().Date()
	_, inForce, all, err := s.tablesOf(ctx, kind, today.AddDays(1))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	back := oversight.Rollback{Subject: kind, To: r.PostForm.Get("to"), Version: freeVersion(all, today), From: today.AddDays(1)}
	if back.To == "" {
		back.To = inForce
	} else {
		back.Reason = T(ctx, "risk.restores")
	}
	c := s.command(r, "risk-table.restore", who.Actor)
	receipt, err := s.house().Rules.RestoreTable(ctx, c, who.Actor, back)
	var made oversight.TableReply
	if err == nil {
		err = json.Unmarshal(receipt.Reply, &made)
	}
	if err == nil {
		err = s.tryDraft(ctx, c, who.Actor, made.ID)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	sent(w, r, "/settings/risk/drafts/"+made.ID)
}

// freeVersion names a new table by its day and a number.
func freeVersion(all []oversight.RiskTable, today clock.Date) string {
	for n := 1; ; n++ {
		name := today.String() + "." + strconv.Itoa(n)
		if !slices.ContainsFunc(all, func(t oversight.RiskTable) bool { return t.Version == name }) {
			return name
		}
	}
}

// tryDraft runs the back-test of a draft that was just saved, under a key of its
// own. What was saved again meanwhile is tried by whoever saved it.
func (s *Server) tryDraft(ctx context.Context, c decision.Command, by decision.Actor, id string) error {
	if c.Name = "risk-table.test"; c.Key != "" {
		c.Key += ".test"
	}
	_, err := s.house().Rules.TestTable(ctx, c, by, id)
	if fault.Is(err, "OVERSIGHT-TABLE-06") {
		return nil
	}
	return err
}

// changeRiskDraft answers POST /settings/risk/drafts/{id}: every change is saved,
// tried on the past and shown.
func (s *Server) changeRiskDraft(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	who, err := s.may(ctx, party.Configure, party.Object{Kind: "risk_table", ID: id})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var doc oversight.RiskTable
	if _, err = s.house().Read.Load(ctx, dossier.RiskTable, id, &doc); err == nil {
		err = s.actOnDraft(ctx, s.command(r, "risk-table."+r.PostForm.Get("act"), who.Actor), who.Actor, &doc, r.PostForm)
	}
	faults := fault.All(err)
	switch {
	case err == nil:
		sent(w, r, "/settings/risk/drafts/"+id)
	case len(faults) == 0 || fault.Is(err, "STORE-ABSENT-01"):
		s.Fail(w, r, err)
	default:
		s.showRiskDraft(w, r, faults)
	}
}

func (s *Server) actOnDraft(ctx context.Context, c decision.Command, by decision.Actor, doc *oversight.RiskTable, form url.Values) error {
	desk, act := s.house().Rules, form.Get("act")
	spec, err := risk.ReadTable([]byte(doc.Source))
	if err != nil {
		return err
	}
	draft := oversight.TableDraft{ID: doc.ID, From: doc.ValidFrom, Urgent: doc.Urgent, Reason: doc.Reason, Missing: doc.Missing}
	draft.Seen, _ = strconv.ParseInt(form.Get("seen"), 10, 64)
	switch act {
	case "discard":
		_, err := desk.DiscardTable(ctx, c, by, doc.ID, strings.TrimSpace(form.Get("reason")))
		return err
	case "weights":
		err = readWeights(&spec, form)
	case "rule":
		err = readRule(&spec, form)
	case "remove":
		spec.Rules = slices.DeleteFunc(spec.Rules, func(r risk.RuleSpec) bool { return r.ID == form.Get("rule") })
	case "bands":
		err = readBands(&spec, form)
	case "draws":
		err = readDraws(&spec, form)
	case "source":
		if spec, err = risk.ReadTable([]byte(form.Get("source"))); err != nil {
			return at("/source", err)
		}
	case "head", "propose":
		spec.Version = fold(form.Get("version"))
		draft.Urgent, draft.Reason, draft.Missing = strings.TrimSpace(form.Get("urgent")), strings.TrimSpace(form.Get("reason")), strings.TrimSpace(form.Get("missing"))
		if draft.From, err = clock.ParseDate(fold(form.Get("from"))); err != nil {
			return at("/from", err)
		}
	default:
		return noActHere(act)
	}
	if err != nil {
		return err
	}
	source, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	draft.Source = string(source)
	save := c
	if save.Name = "risk-table.save"; act == "propose" && save.Key != "" {
		save.Key += ".save"
	}
	if _, err := desk.SaveTable(ctx, save, by, draft); err != nil {
		return besideRule(err, &spec, form.Get("rule"))
	}
	if err := s.tryDraft(ctx, c, by, doc.ID); err != nil || act != "propose" {
		return err
	}
	_, err = desk.ProposeTable(ctx, c, by, doc.ID, draft.Reason)
	return err
}

func noActHere(act string) error {
	return fault.New(fault.Invalid, "CONSOLE-ACT-10", "/act", "“{act}” is no act on this page", "use a button of the page", "act", act)
}

// besideRule gives the faults of one rule the paths of the fields of its form.
func besideRule(err error, spec *risk.TableSpec, id string) error {
	i := slices.IndexFunc(spec.Rules, func(r risk.RuleSpec) bool { return r.ID == id })
	faults := fault.All(err)
	if i < 0 || len(faults) == 0 {
		return err
	}
	prefix := "/rules/" + strconv.Itoa(i)
	beside := slices.Clone(faults)
	for k, f := range beside {
		if rest, mine := strings.CutPrefix(f.Path, prefix); mine {
			own := *f
			own.Path = "/rule" + rest
			beside[k] = &own
		}
	}
	return beside
}

func notWhole(path, value string) *fault.Fault {
	return fault.New(fault.Invalid, "CONSOLE-WHOLE-01", path, "“{value}” is no whole number", "write digits only", "value", value)
}

func readWeights(spec *risk.TableSpec, form url.Values) error {
	var faults fault.List
	for i := range spec.Rules {
		rule := &spec.Rules[i]
		name := "weight." + rule.ID
		if !form.Has(name) {
			continue
		}
		weight, err := strconv.Atoi(fold(form.Get(name)))
		if err != nil {
			faults = append(faults, notWhole("/"+name, form.Get(name)))
			continue
		}
		rule.Weight = weight
	}
	return faults.OrNil()
}

// typedList splits a list typed with spaces or commas.
func typedList(text string) []string {
	return strings.FieldsFunc(fold(text), func(r rune) bool { return r == ',' || r == ' ' || r == '、' || r == ';' })
}

func readRule(spec *risk.TableSpec, form url.Values) error {
	var faults fault.List
	get := func(name string) string { return strings.TrimSpace(form.Get("rule." + name)) }
	rule := risk.RuleSpec{
		ID: form.Get("rule"), Object: risk.Kind(get("object")), Title: risk.Label{EN: get("titleEN"), ZH: get("titleZH")}, When: get("when"), Measure: fold(get("measure")),
		Direction: get("direction"), Levels: typedList(get("levels")), Hard: risk.Action(get("hard")), Modes: typedList(get("modes")), Owner: get("owner"),
		Reason: risk.Label{EN: get("reasonEN"), ZH: get("reasonZH")}, Law: get("law"), Source: get("source"), Cure: risk.Label{EN: get("cureEN"), ZH: get("cureZH")},
		Secret: get("secret") == "on",
	}
	isNew := rule.ID == ""
	if isNew {
		rule.ID = fold(get("id"))
	}
	if rule.ID == "" {
		faults = append(faults, fault.New(fault.Invalid, "CONSOLE-RULE-01", "/rule/id", "the rule has no name", "give it an id, such as D-S12-NEW"))
	}
	var err error
	if rule.Weight, err = strconv.Atoi(fold(get("weight"))); err != nil {
		faults = append(faults, notWhole("/rule/weight", get("weight")))
	}
	for _, level := range typedList(get("credit")) {
		n, err := strconv.Atoi(level)
		if err != nil {
			faults = append(faults, notWhole("/rule/credit", level))
		}
		rule.Credit = append(rule.Credit, n)
	}
	for name, day := range map[string]*clock.Date{"validFrom": &rule.ValidFrom, "validTo": &rule.ValidTo} {
		if text := fold(get(name)); text != "" {
			if *day, err = clock.ParseDate(text); err != nil {
				faults = append(faults, at("/rule/"+name, err)...)
			}
		}
	}
	i := slices.IndexFunc(spec.Rules, func(r risk.RuleSpec) bool { return r.ID == rule.ID })
	switch {
	case i >= 0 && isNew:
		faults = append(faults, fault.New(fault.Invalid, "CONSOLE-RULE-02", "/rule/id", "there is a rule {id} already", "give it another id", "id", rule.ID))
	case i >= 0:
		spec.Rules[i] = rule
	default:
		spec.Rules = append(spec.Rules, rule)
	}
	if isNew {
		form.Set("rule", rule.ID)
	}
	return faults.OrNil()
}

func readBands(spec *risk.TableSpec, form url.Values) error {
	var faults fault.List
	var bands []risk.Band
	for i := 0; form.Has(fmt.Sprintf("bands.%d.from", i)); i++ {
		name := func(cell string) string { return fmt.Sprintf("bands.%d.%s", i, cell) }
		path := func(cell string) string { return fmt.Sprintf("/bands/%d/%s", i, cell) }
		if strings.TrimSpace(form.Get(name("from"))) == "" {
			continue // the row for one more
		}
		b := risk.Band{Source: strings.TrimSpace(form.Get(name("source")))}
		var err error
		if b.From, err = clock.ParseDate(fold(form.Get(name("from")))); err != nil {
			faults = append(faults, at(path("from"), err)...)
		}
		for cell, value := range map[string]*int{"medium": &b.Medium, "high": &b.High} {
			if *value, err = strconv.Atoi(fold(form.Get(name(cell)))); err != nil {
				faults = append(faults, notWhole(path(cell), form.Get(name(cell))))
			}
		}
		bands = append(bands, b)
	}
	spec.Bands = bands
	return faults.OrNil()
}

func readDraws(spec *risk.TableSpec, form url.Values) error {
	var faults fault.List
	spec.Draws = slices.Clone(spec.Draws)
	for i := range spec.Draws {
		name := fmt.Sprintf("draws.%d", i)
		if !form.Has(name) {
			continue
		}
		ratio, err := num.ParsePercent(strings.TrimRight(fold(form.Get(name)), " %"))
		if err != nil {
			faults = append(faults, at(fmt.Sprintf("/draws/%d", i), err)...)
			continue
		}
		spec.Draws[i].Ratio = ratio
	}
	return faults.OrNil()
}

func (s *Server) showRiskDraft(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	id := r.PathValue("id")
	who, err := s.may(ctx, party.View, party.Object{Kind: "risk_table", ID: id})
	p := draftPage{Key: newKey(), Faults: faults}
	if err == nil {
		p.Version, err = s.house().Read.Load(ctx, dossier.RiskTable, id, &p.Doc)
		if fault.Is(err, "STORE-ABSENT-01") {
			err = party.Absent("risk_table", id)
		}
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if !seesSecrets(ctx) {
		p.Doc = p.Doc.Openly()
	}
	if err := s.fillDraft(ctx, who, &p); err != nil {
		s.Fail(w, r, err)
		return
	}
	p.forms(ctx, r)
	s.Render(w, r, draftHead(ctx, &p), draftBody(p))
}

// fillDraft loads what stands beside the draft.
func (s *Server) fillDraft(ctx context.Context, who party.Who, p *draftPage) error {
	kind := risk.Kind(p.Doc.Name)
	shipped, err := shippedTables()
	if err != nil {
		return err
	}
	if shipped[kind] == nil {
		return party.Absent("risk_table", p.Doc.ID)
	}
	p.Facts = shipped[kind].Catalogue.Fields
	if p.Spec, err = risk.ReadTable([]byte(p.Doc.Source)); err != nil {
		return err
	}
	all, err := oversight.RiskTables(ctx, s.house().Read, kind)
	if err != nil {
		return err
	}
	p.Base = shipped[kind].Spec
	for i := range all {
		if all[i].Epoch == p.Doc.Base {
			if p.Base, err = risk.ReadTable([]byte(all[i].Source)); err != nil {
				return err
			}
		}
	}
	if !seesSecrets(ctx) {
		p.Base.Rules = slices.DeleteFunc(slices.Clone(p.Base.Rules), func(r risk.RuleSpec) bool { return r.Secret })
	}
	p.May = s.house().Rules != nil && p.Doc.State == oversight.Draft && party.May(who, party.Configure, party.Object{Kind: "risk_table"}) == nil
	p.Report = p.Doc.Tested
	if p.Proposal, err = s.proposalOn(ctx, p.Doc.ID); err != nil {
		return err
	}
	var h *oversight.Health
	if kind == risk.Declaration && seesSecrets(ctx) {
		if h, err = s.rulesHealth(ctx); err != nil {
			return err
		}
	}
	p.Rules = p.table(ctx, h)
	return nil
}

func draftHead(ctx context.Context, p *draftPage) Page {
	page := Page{
		Title: T(ctx, "risk.draft.title", "version", p.Doc.Version), Trail: riskTrail(ctx), Faults: p.Faults,
		Badges: []Badge{badge(ctx, tableWords, p.Doc.State), {Info, T(ctx, "risk.based", "version", p.Base.Version)}},
		Facts: []Fact{
			{T(ctx, "mode.from"), Text(p.Doc.ValidFrom.String())},
			{T(ctx, "proposal.first"), Text(p.Doc.Author)},
			{T(ctx, "proposal.second"), Text(numberOr(p.Doc.ApprovedBy, "–"))},
			{T(ctx, "risk.changes"), Text(strconv.Itoa(len(p.Doc.Changes)))},
		},
	}
	if p.May {
		page.Acts = []Act{
			{Text: T(ctx, "risk.propose"), Form: "head", Name: "act", Value: "propose", Key: "s"},
			{Text: T(ctx, "risk.discard"), Form: "head", Name: "act", Value: "discard", Danger: true},
		}
	}
	return page
}

// ruleCells names the cells of a rule that stand in a column of their own.
var ruleCells = []string{"when", "measure", "direction", "levels", "weight", "hard"}

// table lists the rules of both tables: what is old struck, what is new bold.
func (p *draftPage) table(ctx context.Context, h *oversight.Health) Table {
	t := Table{
		ID: "rules", Caption: T(ctx, "settings.risk"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "entry.rule")}, {Title: T(ctx, "risk.when")}, {Title: T(ctx, "risk.points"), Number: true}},
	}
	if h != nil {
		t.Columns = append(t.Columns, Column{Title: T(ctx, "risk.stops")}, Column{Title: T(ctx, "risk.finds"), Number: true})
	}
	before, after := map[string]risk.RuleSpec{}, map[string]risk.RuleSpec{}
	var ids []string
	for _, r := range p.Base.Rules {
		before[r.ID] = r
		ids = append(ids, r.ID)
	}
	for _, r := range p.Spec.Rules {
		if after[r.ID] = r; before[r.ID].ID == "" {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		old, was := before[id]
		now, is := after[id]
		shown := now
		if !is {
			shown = old
		}
		d := ruleDifference{Old: old, New: now, Was: was, Is: is}
		for _, c := range p.Doc.Changes {
			if c.Part == "rule" && c.Key == id && c.Cell != "" && !slices.Contains(ruleCells, c.Cell) {
				d.Others = append(d.Others, c.Cell)
			}
		}
		row := Row{Changed: !was || !is || old.Version() != now.Version(), Cells: []templ.Component{
			ruleNameDiffers(shown.ID, inLanguage(ctx, shown.Title.EN, shown.Title.ZH), d), conditionsDiffer(d), pointsDiffer(d, p.May, Of(p.Faults, "/weight."+id)),
		}}
		if p.May && is {
			row.Href = "/settings/risk/drafts/" + p.Doc.ID + "?rule=" + url.QueryEscape(id) + "#edit"
		}
		if h != nil {
			row.Cells = append(row.Cells, healthCells(h, id)...)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// ruleDifference is one rule before and after.
type ruleDifference struct {
	Old, New risk.RuleSpec
	Was, Is  bool
	Others   []string // cells that differ and have no column
}

func (d ruleDifference) when() (old, now string) {
	return conditionText(d.Old), conditionText(d.New)
}

func conditionText(r risk.RuleSpec) string {
	return strings.Join([]string{r.When, r.Measure, r.Direction, strings.Join(r.Levels, "/")}, "|")
}

// forms fills the forms in: with what was typed where it was refused, else with
// what stands in the draft.
func (p *draftPage) forms(ctx context.Context, r *http.Request) {
	typed := r.PostForm
	if len(p.Faults) == 0 {
		typed = nil
	}
	field := func(path, name string, label Key, value, kind string) Field {
		if typed.Has(name) {
			value = typed.Get(name)
		}
		return Field{Path: path, Name: name, Label: T(ctx, label), Value: value, Kind: kind, Complete: "off", Faults: Of(p.Faults, path), ReadOnly: !p.May}
	}
	p.Head = []Field{
		field("/spec/version", "version", "manifest.version", p.Spec.Version, ""),
		field("/from", "from", "risk.from", p.Doc.ValidFrom.String(), "date"),
		field("/reason", "reason", "acts.reason", p.Doc.Reason, "textarea"),
		field("/urgent", "urgent", "risk.urgent", p.Doc.Urgent, ""),
	}
	if p.Report != nil && p.Report.NewlyMissed > 0 || p.Doc.Missing != "" {
		p.Head = append(p.Head, field("/missing_reason", "missing", "risk.missing", p.Doc.Missing, "textarea"))
	}
	for i, b := range append(slices.Clone(p.Spec.Bands), risk.Band{}) {
		from, medium, high := b.From.String(), strconv.Itoa(b.Medium), strconv.Itoa(b.High)
		if b.From == 0 {
			from, medium, high = "", "", ""
		}
		name := func(cell string) (string, string) {
			return fmt.Sprintf("/bands/%d/%s", i, cell), fmt.Sprintf("bands.%d.%s", i, cell)
		}
		for _, cell := range []struct {
			name  string
			label Key
			value string
			kind  string
		}{{"from", "mode.from", from, "date"}, {"medium", "channel.yellow", medium, "number"}, {"high", "channel.red", high, "number"}, {"source", "working.source", b.Source, ""}} {
			path, name := name(cell.name)
			p.Bands = append(p.Bands, field(path, name, cell.label, cell.value, cell.kind))
		}
	}
	for i, d := range p.Spec.Draws {
		f := field(fmt.Sprintf("/draws/%d", i), fmt.Sprintf("draws.%d", i), "risk.ratio", d.Ratio.PercentString(), "number")
		f.Label = T(ctx, "risk.draw.row", "level", numbers(d.Credit))
		p.Draws = append(p.Draws, f)
	}
	p.Source = field("/source", "source", "risk.source", p.Doc.Source, "textarea")
	p.Source.Code = true
	asked := r.FormValue("rule")
	if p.May && (asked != "" || r.URL.Query().Has("new") || typed.Get("act") == "rule") {
		p.Form = p.ruleForm(ctx, asked, field)
	}
}

func (p *draftPage) ruleForm(ctx context.Context, id string, field func(path, name string, label Key, value, kind string) Field) *ruleForm {
	rule := risk.RuleSpec{Object: risk.Kind(p.Doc.Name), ValidFrom: p.Doc.ValidFrom}
	f := &ruleForm{}
	for _, r := range p.Spec.Rules {
		if r.ID == id && id != "" {
			rule, f.ID, f.There = r, id, true
		}
	}
	one := func(name string, label Key, value, kind string) Field {
		return field("/rule/"+name, "rule."+name, label, value, kind)
	}
	choice := func(name string, label Key, value string, options []Option) Field {
		c := one(name, label, value, "select")
		c.Options = options
		return c
	}
	code := func(c Field) Field { c.Code = true; return c }
	if f.ID == "" {
		f.Main = append(f.Main, code(one("id", "rule.id", "", "")))
	}
	day := func(d clock.Date) string {
		if d == 0 {
			return ""
		}
		return d.String()
	}
	secret := ""
	if rule.Secret {
		secret = "on"
	}
	var credit []string
	for _, n := range rule.Credit {
		credit = append(credit, strconv.Itoa(n))
	}
	actions := append([]Option{{"", "–"}}, options(ctx, actionWords)...)
	directions := []Option{{"", "–"}, {"up", T(ctx, "rule.up")}, {"down", T(ctx, "rule.down")}}
	var objects []Option
	for kind, word := range ruleObjects {
		objects = append(objects, Option{string(kind), T(ctx, word)})
	}
	slices.SortFunc(objects, func(a, b Option) int { return strings.Compare(a.Value, b.Value) })
	f.Main = append(f.Main,
		one("weight", "risk.points", strconv.Itoa(rule.Weight), "number"), code(one("when", "risk.when", rule.When, "textarea")), choice("hard", "risk.hard", string(rule.Hard), actions),
		code(one("measure", "rule.measure", rule.Measure, "")), choice("direction", "rule.direction", rule.Direction, directions), one("levels", "rule.levels", strings.Join(rule.Levels, " "), ""),
	)
	f.More = []Field{
		one("titleEN", "rule.title.en", rule.Title.EN, ""), one("titleZH", "rule.title.zh", rule.Title.ZH, ""),
		one("reasonEN", "rule.reason.en", rule.Reason.EN, "textarea"), one("reasonZH", "rule.reason.zh", rule.Reason.ZH, "textarea"),
		one("cureEN", "rule.cure.en", rule.Cure.EN, "textarea"), one("cureZH", "rule.cure.zh", rule.Cure.ZH, "textarea"),
		one("validFrom", "mode.from", day(rule.ValidFrom), "date"), one("validTo", "books.validto", day(rule.ValidTo), "date"), one("credit", "mode.credit", strings.Join(credit, " "), ""),
		one("modes", "settings.modes", strings.Join(rule.Modes, " "), ""), choice("object", "rule.object", string(rule.Object), objects), one("owner", "risk.owner", rule.Owner, ""),
		one("law", "entry.law", rule.Law, ""), one("source", "working.source", rule.Source, ""), one("secret", "rule.secret", secret, "checkbox"),
	}
	return f
}

// ruleObjects are the things whose behaviour a rule looks at.
var ruleObjects = map[risk.Kind]Key{
	risk.Declaration: "object.declaration", risk.List: "object.list", risk.Passage: "object.passage", risk.Enterprise: "object.enterprise",
	risk.Book: "object.book", risk.Note: "object.note", risk.Vehicle: "object.vehicle",
}

// open tells whether a fault stands in one of the less used fields.
func (f *ruleForm) open() bool {
	return f.ID == "" || slices.ContainsFunc(f.More, func(field Field) bool { return len(field.Faults) > 0 })
}

// scores is the picture of how the scores of the past lie under both tables.
type scores struct {
	Bars   []scoreColumn
	Marks  []scoreMark // where yellow and red begin in the draft
	Before []scoreMark // and in force, where that differs
}

type scoreColumn struct {
	X, Y, H int // grey: in force
	LineY   int // the draft's height
	Tone    Tone
	Range   string
	Old     int
	New     int
}

type scoreMark struct {
	X    int
	Text string
}

const (
	scoreWidth  = 19 // of one column, which stands for five points
	scoreLeft   = 6
	scoreBottom = 150
	scoreHeight = 124
)

// drawScores draws square roots, so that the few high scores can be seen beside
// the many low ones.
func drawScores(r *risk.Report, was, is risk.Band) scores {
	most := 1
	for i := range r.Old.Histogram {
		most = max(most, r.Old.Histogram[i], r.New.Histogram[i])
	}
	height := func(n int) int { return int(math.Round(scoreHeight * math.Sqrt(float64(n)/float64(most)))) }
	at := func(score int) int { return scoreLeft + score*scoreWidth/5 }
	var s scores
	for i := range r.Old.Histogram {
		tone := OK
		switch {
		case i*5 >= is.High:
			tone = Bad
		case i*5 >= is.Medium:
			tone = Warn
		}
		old, now := height(r.Old.Histogram[i]), height(r.New.Histogram[i])
		name := fmt.Sprintf("%d–%d", i*5, i*5+4)
		if i == len(r.Old.Histogram)-1 {
			name = "100"
		}
		s.Bars = append(s.Bars, scoreColumn{at(i * 5), scoreBottom - old, old, scoreBottom - now, tone, name, r.Old.Histogram[i], r.New.Histogram[i]})
	}
	s.Marks = []scoreMark{{at(is.Medium), strconv.Itoa(is.Medium)}, {at(is.High), strconv.Itoa(is.High)}}
	if was.Medium != is.Medium {
		s.Before = append(s.Before, scoreMark{at(was.Medium), strconv.Itoa(was.Medium)})
	}
	if was.High != is.High {
		s.Before = append(s.Before, scoreMark{at(was.High), strconv.Itoa(was.High)})
	}
	return s
}

// bandOn gives the band of a table on a day.
func bandOn(spec risk.TableSpec, on clock.Date) risk.Band {
	var b risk.Band
	for _, one := range spec.Bands {
		if one.From <= on {
			b = one
		}
	}
	return b
}

// channelRow is one line of the channels under both tables.
type channelRow struct {
	Badge          Badge
	Old, New, More string
}

func channelRows(ctx context.Context, r *risk.Report) []channelRow {
	var rows []channelRow
	for _, c := range []risk.Channel{risk.Green, risk.Yellow, risk.Red} {
		change := r.New.Channels[c] - r.Old.Channels[c]
		more := Count(int64(change))
		switch {
		case change > 0:
			more = "+" + more
		case change < 0:
			more = "−" + Count(int64(-change))
		}
		rows = append(rows, channelRow{badge(ctx, channelWords, c), Count(int64(r.Old.Channels[c])), Count(int64(r.New.Channels[c])), more})
	}
	return rows
}

// knownDots are the cases of the past with a finding, one mark each: found by
// both, only by the draft, missed by the draft, missed by both.
type knownDot struct {
	Shape, Tone Tone
	Word        Key
}

// dotsShown bounds the marks: beyond it the sentence tells.
const dotsShown = 120

func knownDots(r *risk.Report) []knownDot {
	if r.KnownCases > dotsShown {
		return nil
	}
	var dots []knownDot
	add := func(n int, d knownDot) {
		for range n {
			dots = append(dots, d)
		}
	}
	add(r.New.Found-r.NewlyFound, knownDot{Info, Info, "known.both"})
	add(r.NewlyFound, knownDot{Alarm, OK, "known.new"})
	add(r.NewlyMissed, knownDot{Missed, Missed, "known.lost"})
	add(r.New.Missed-r.NewlyMissed, knownDot{Pending, Pending, "known.never"})
	return dots
}

// burden is how often declarations of each credit level are stopped, by a
// hundred of them.
func burden(ctx context.Context, r *risk.Report) Bars {
	b := Bars{Title: T(ctx, "risk.burden"), Head: [2]string{T(ctx, "mode.credit"), T(ctx, "risk.burden.unit")}}
	for level := 5; level >= 1; level-- {
		row := r.Burden[level]
		if row["cases"] == 0 {
			continue
		}
		per := func(stops int) (tenths int64, text string) {
			v, err := num.MulDiv(int64(stops), 1000, int64(row["cases"]), num.HalfUp)
			if err != nil {
				return 0, "–"
			}
			return v, fmt.Sprintf("%d.%d", v/10, v%10)
		}
		old, before := per(row["old_red"] + row["old_yellow"])
		now, after := per(row["new_red"] + row["new_yellow"])
		tone := Info
		switch {
		case now > old:
			tone = Warn
		case now < old:
			tone = OK
		}
		b.Rows = append(b.Rows, Bar{Name: T(ctx, "risk.level", "level", level), Before: old, Value: now, Paired: true, Text: before + " → " + after, Tone: tone})
	}
	return b
}

// hitsTable lists how often each rule applies under both tables.
func hitsTable(ctx context.Context, r *risk.Report) Table {
	t := Table{
		ID: "hits", Caption: T(ctx, "risk.hits"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "why.nohits")},
		Columns: []Column{{Title: T(ctx, "entry.rule")}, {Title: T(ctx, "risk.old"), Number: true}, {Title: T(ctx, "risk.new"), Number: true}},
	}
	var ids []string
	for id := range r.Rules {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		t.Rows = append(t.Rows, Row{Changed: r.Rules[id].Old != r.Rules[id].New, Cells: []templ.Component{
			Code(id), Number(Count(int64(r.Rules[id].Old))), Number(Count(int64(r.Rules[id].New))),
		}})
	}
	return t
}

func anyFaulty(fields ...[]Field) bool {
	for _, list := range fields {
		if slices.ContainsFunc(list, func(f Field) bool { return len(f.Faults) > 0 }) {
			return true
		}
	}
	return false
}

func joinWords(list []string) string { return strings.Join(list, ", ") }

func galleryRiskDraft(ctx context.Context) Specimen {
	tables, err := shippedTables()
	if err != nil {
		panic(err) // the tables of the program, read by every test of this package
	}
	base := tables[risk.Declaration].Spec
	base.Rules = slices.Clone(base.Rules[:min(12, len(base.Rules))])
	spec := base
	spec.Version, spec.Rules = "2026-11-23.1", slices.Clone(base.Rules)
	spec.Bands = []risk.Band{{From: base.Bands[0].From, Medium: 45, High: 70, Source: "OR"}}
	last := len(spec.Rules) - 1
	spec.Rules[last].Weight += 7
	spec.Rules[last-1].When += " and gross_mass > 100"
	spec.Rules[1].Hard = risk.Review
	p := draftPage{
		Doc: oversight.RiskTable{
			ID: "gallery", Name: string(risk.Declaration), Version: spec.Version, State: oversight.Draft, ValidFrom: clock.MustDate("2026-11-24"), Author: "zhao.min",
			Reason: "wine below half of the usual price passes too often", Changes: risk.Diff(base, spec),
		},
		Version: 4, Base: base, Spec: spec, May: true, Facts: tables[risk.Declaration].Catalogue.Fields[:9], Key: "gallery",
		Report: &risk.Report{
			Cases: 48210, Checked: 2210, KnownCases: 19, NewlyFound: 2, NewlyMissed: 1,
			Old: risk.Side{
				Channels: map[risk.Channel]int{risk.Green: 44890, risk.Yellow: 2604, risk.Red: 716}, Found: 17, Missed: 2,
				Histogram: [21]int{9100, 8200, 7900, 7100, 5400, 4100, 2300, 1290, 980, 620, 480, 300, 190, 120, 70, 30, 12, 8, 5, 3, 2},
			},
			New: risk.Side{
				Channels: map[risk.Channel]int{risk.Green: 44967, risk.Yellow: 2486, risk.Red: 757}, Found: 18, Missed: 1,
				Histogram: [21]int{9000, 8250, 7950, 7150, 5350, 4150, 2250, 1250, 960, 640, 500, 310, 200, 130, 90, 50, 22, 9, 6, 4, 3},
			},
			Missed: []risk.Subject{{Kind: risk.Declaration, ID: "01M3X9K7Q2"}},
			Rules:  map[string]risk.RuleEffect{spec.Rules[last].ID: {Old: 812, New: 812}, spec.Rules[last-1].ID: {Old: 420, New: 377}},
			Burden: map[int]map[string]int{
				5: {"cases": 21000, "old_red": 60, "old_yellow": 129, "new_red": 50, "new_yellow": 97},
				3: {"cases": 20000, "old_red": 400, "old_yellow": 880, "new_red": 430, "new_yellow": 890},
				2: {"cases": 7210, "old_red": 256, "old_yellow": 768, "new_red": 277, "new_yellow": 870},
			},
		},
	}
	h := sampleHealth(spec)
	p.Rules = p.table(ctx, &h)
	p.forms(ctx, &http.Request{URL: &url.URL{RawQuery: "rule=" + spec.Rules[last].ID}, Form: url.Values{"rule": {spec.Rules[last].ID}}})
	page := draftHead(ctx, &p)
	page.Trail = []Link{{T(ctx, "settings.risk"), "/gallery/risk"}}
	return Specimen{Name: "risk-draft", Title: "risk.new", Page: page, Body: draftBody(p)}
}

func sampleHealth(spec risk.TableSpec) oversight.Health {
	h := oversight.Health{Since: clock.MustDate("2026-08-25"), At: sampleAt("2026-11-23T09:40"), Stops: map[string][oversight.Spans]int{}}
	h.All, h.Random = risk.Counts{Judged: 48210, Checked: 2210, Found: 143, Normal: 2067}, risk.Counts{Judged: 640, Checked: 640, Found: 13, Normal: 627}
	standings := []risk.Standing{risk.Better, risk.Unclear, risk.NotBetter, risk.TooFew}
	for i, rule := range spec.Rules {
		h.Stops[rule.ID] = [oversight.Spans]int{3 + i, 4, 3 + i%3, 6, 7, 5 + i%4, 8, 6, 9, 7 + i}
		h.Rules = append(h.Rules, risk.RuleHealth{
			Rule: rule.ID, Counts: risk.Counts{Judged: 120 * (i + 1), Checked: 60 + i, Found: 3 + 2*i%17, Normal: 40, TaxDue: num.Money(1_250_00 * i)},
			FindRate: num.OneRate / 100 * num.Rate(4+7*i%40), Standing: standings[i%len(standings)],
		})
	}
	return h
}
