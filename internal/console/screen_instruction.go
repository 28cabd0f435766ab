package console

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/risk"
	"seine/internal/store"
)

var instructionWords = map[risk.InstructionState]wording{
	risk.InstructionDraft: {Pending, "instruction.draft"}, risk.InstructionApproved: {OK, "instruction.approved"},
	risk.InstructionWithdrawn: {Missed, "instruction.withdrawn"}, oversight.Ended: {Neutral, "instruction.ended"},
}

var secrecyWords = map[risk.Secrecy]Key{
	risk.Open: "secrecy.open", risk.Restricted: "secrecy.restricted", risk.Secret: "secrecy.secret",
}

func instructionObject(id string) party.Object { return party.Object{Kind: "instruction", ID: id} }

func instructionTrail(ctx context.Context) []Link {
	return []Link{{T(ctx, "instructions.title"), "/settings/instructions"}}
}

// inWords gives an instruction as the viewer may read it.
func inWords(ctx context.Context, in *oversight.Instruction) oversight.Instruction {
	if seesSecrets(ctx) {
		return *in
	}
	return in.Openly()
}

// instructionBadge is its state; one that is approved but has not begun, or is
// over, does not act.
func instructionBadge(ctx context.Context, in *oversight.Instruction, now clock.Instant) Badge {
	switch {
	case in.State == risk.InstructionApproved && in.To <= now:
		return badge(ctx, instructionWords, oversight.Ended)
	case in.State == risk.InstructionApproved && in.From > now:
		return Badge{Pending, T(ctx, "parameter.tocome")}
	}
	return badge(ctx, instructionWords, in.State)
}

// lastDay is the last day on which an instruction acts.
func lastDay(in *oversight.Instruction) string {
	return clock.Instant(int64(in.To) - 1).Date().String()
}

// instructionViews are the saved views over the instructions.
func instructionViews(ctx context.Context, asked url.Values) ([]View, store.Query) {
	q := store.Query{Limit: pageRows, Before: asked.Get("after"), Open: true}
	all := asked.Get("view") == "all"
	q.Open = !all
	return []View{
		{Text: T(ctx, "instructions.open"), Href: "/settings/instructions", Current: !all},
		{Text: T(ctx, "instructions.all"), Href: "/settings/instructions?view=all", Current: all},
	}, q
}

// instructions answers GET /settings/instructions: those that act or wait for
// their second officer, newest first.
func (s *Server) instructions(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.may(ctx, party.View, instructionObject(""))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	views, q := instructionViews(ctx, r.URL.Query())
	page, err := s.house().Read.List(ctx, dossier.Instruction, q)
	var h *oversight.Health
	if err == nil {
		h, err = s.rulesHealth(ctx)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := instructionTable(ctx)
	for _, item := range page.Items {
		in, err := read[oversight.Instruction](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		t.Rows = append(t.Rows, instructionRow(ctx, in, h, s.now()))
	}
	t.Pager = keyed(ctx, "/settings/instructions", r.URL.Query(), page.Next, len(t.Rows))
	may := s.house().Rules != nil && party.May(who, party.Decide, instructionObject("")) == nil
	s.Render(w, r, instructionsHead(ctx, may), templ.Join(Views(views), TableView(t)))
}

func instructionsHead(ctx context.Context, may bool) Page {
	page := Page{Title: T(ctx, "instructions.title")}
	if may {
		page.Acts = []Act{{Text: T(ctx, "instruction.new"), Href: "/settings/instructions/new", Key: "n"}}
	}
	return page
}

func instructionTable(ctx context.Context) Table {
	return Table{
		ID: "list", Caption: T(ctx, "instructions.title"), Hidden: true,
		Empty: State{Kind: StateEmpty, Title: T(ctx, "instructions.none"), Text: T(ctx, "instructions.none.text")},
		Columns: []Column{
			{Title: T(ctx, "object.instruction")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "instruction.action")},
			{Title: T(ctx, "instruction.scope")},
			{Title: T(ctx, "risk.ratio"), Unit: "%", Number: true},
			{Title: T(ctx, "mode.from")},
			{Title: T(ctx, "instruction.last")},
			{Title: T(ctx, "proposal.first")},
			{Title: T(ctx, "proposal.second")},
			{Title: T(ctx, "instruction.scoped"), Number: true},
			{Title: T(ctx, "instruction.taken"), Number: true},
		},
	}
}

// instructionRow is one line; of one that is not open those who are not cleared
// see what is to be done, not about whom.
func instructionRow(ctx context.Context, in *oversight.Instruction, h *oversight.Health, now clock.Instant) Row {
	shown := inWords(ctx, in)
	row := Row{Href: "/settings/instructions/" + in.ID, Cells: []templ.Component{
		Code(in.Number), BadgeView(instructionBadge(ctx, in, now)), Text(named(ctx, actionWords, in.Action)),
	}}
	hidden := shown.Scope == ""
	if hidden {
		row.Cells = append(row.Cells, Text(T(ctx, "why.secret")), Text("–"))
	} else {
		row.Cells = append(row.Cells, conditions(shown.Scope, "", "", nil), Number(shown.Share.PercentString()))
	}
	row.Cells = append(row.Cells, Text(in.ValidFrom.String()), Text(lastDay(in)), Text(in.Issuer), Text(in.Approver))
	if hidden || h == nil {
		return Row{Href: row.Href, Cells: append(row.Cells, Text("–"), Text("–"))}
	}
	use := h.Instructions[in.ID]
	row.Cells = append(row.Cells, Number(Count(int64(use.InScope))), Number(Count(int64(use.Taken))))
	return row
}

// workInstructions lists the instructions that wait for their second officer.
func (s *Server) workInstructions(ctx context.Context, v workView, asked url.Values) (workList, error) {
	q := v.Query
	q.Before, q.Limit = asked.Get("after"), pageRows
	page, err := s.house().Read.List(ctx, dossier.Instruction, q)
	if err != nil {
		return workList{}, err
	}
	t := instructionTable(ctx)
	t.Caption, t.Empty = T(ctx, v.Title), State{Kind: StateEmpty, Title: T(ctx, v.Empty)}
	t.Columns = t.Columns[:len(t.Columns)-2]
	result := workList{}
	for _, item := range page.Items {
		in, err := read[oversight.Instruction](item)
		if err != nil {
			return workList{}, err
		}
		if result.Newest == "" && q.Before == "" {
			result.Newest = in.ID
		}
		row := instructionRow(ctx, in, nil, s.now())
		row.Cells = row.Cells[:len(t.Columns)]
		t.Rows = append(t.Rows, row)
	}
	t.Pager = keyed(ctx, "/work", asked, page.Next, len(t.Rows))
	result.Table = t
	return result, nil
}

type instructionPage struct {
	Instruction oversight.Instruction // as the viewer may read it
	Use         *oversight.InstructionUse
	Line        LifeLine
	Acts        actsForm
}

// instructionActs are what can be done with an instruction as it stands.
func (s *Server) instructionActs(in *oversight.Instruction) []paperAct {
	desk := s.house().Rules
	if desk == nil {
		return nil
	}
	withdraw := paperAct{Value: "withdraw", Text: "instruction.withdraw", Right: party.Decide, Danger: true, Do: desk.WithdrawInstruction}
	switch {
	case in.State == risk.InstructionDraft && in.Proposal == "":
		return []paperAct{withdraw}
	case in.State == risk.InstructionApproved && in.To > s.now():
		return []paperAct{withdraw}
	}
	return nil
}

// instruction answers GET /settings/instructions/{id}.
func (s *Server) instruction(w http.ResponseWriter, r *http.Request) { s.showInstruction(w, r, nil) }

// actOnInstruction answers POST /settings/instructions/{id}: withdraw.
func (s *Server) actOnInstruction(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	in, err := s.loadInstruction(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	faults, done := s.carryOut(w, r, instructionObject(in.ID), in.ID, "instruction", "/settings/instructions/"+in.ID, s.instructionActs(in))
	if !done {
		s.showInstruction(w, r, faults)
	}
}

func (s *Server) loadInstruction(ctx context.Context, id string) (*oversight.Instruction, error) {
	var in oversight.Instruction
	_, err := s.house().Read.Load(ctx, dossier.Instruction, id, &in)
	return &in, absentIf(err, journal.Ref{Kind: "instruction", ID: id})
}

func (s *Server) showInstruction(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	who, err := s.may(ctx, party.View, instructionObject(r.PathValue("id")))
	var in *oversight.Instruction
	if err == nil {
		in, err = s.loadInstruction(ctx, r.PathValue("id"))
	}
	var h *oversight.Health
	if err == nil {
		h, err = s.rulesHealth(ctx)
	}
	var entries []*store.Stored
	if err == nil {
		entries, err = s.entriesOf(ctx, journal.Ref{Kind: "instruction", ID: in.ID})
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := instructionPage{Instruction: inWords(ctx, in), Line: lifeLine(ctx, entries, s.now())}
	if h != nil && p.Instruction.Scope != "" {
		use := h.Instructions[in.ID]
		p.Use = &use
	}
	if party.May(who, party.Decide, instructionObject(in.ID)) == nil {
		p.Acts = actsOn(ctx, who, instructionObject(in.ID), "/settings/instructions/"+in.ID, s.instructionActs(in))
	}
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := instructionHead(ctx, &p, s.now())
	page.Faults = faults
	s.Render(w, r, page, instructionBody(p))
}

func instructionHead(ctx context.Context, p *instructionPage, now clock.Instant) Page {
	in := &p.Instruction
	acts := p.Acts.onPage()
	if in.State == risk.InstructionDraft && in.Proposal != "" {
		acts = append(acts, Act{Text: T(ctx, "instruction.proposal"), Href: "/proposals/" + in.Proposal})
	}
	return Page{
		ID: in.Number, Title: named(ctx, actionWords, in.Action), Trail: instructionTrail(ctx), Acts: acts,
		Badges: []Badge{instructionBadge(ctx, in, now), {Info, named(ctx, secrecyWords, in.Secrecy)}},
		Facts: []Fact{
			{T(ctx, "instruction.subject"), Text(named(ctx, ruleObjects, in.Subject))},
			{T(ctx, "proposal.first"), Text(in.Issuer)},
			{T(ctx, "proposal.second"), Text(cmp.Or(in.Approver, in.Second, "–"))},
			{T(ctx, "mode.from"), When(in.From)},
			{T(ctx, "instruction.until"), When(in.To)},
		},
	}
}

func (p *instructionPage) hidden() bool { return p.Instruction.Scope == "" }

type instructionForm struct {
	Main, More []Field
	Facts      []risk.Field
	Others     []Link // the form about another subject, with its facts
	Key        string
}

// newInstruction answers GET /settings/instructions/new.
func (s *Server) newInstruction(w http.ResponseWriter, r *http.Request) {
	if _, err := s.may(r.Context(), party.Decide, instructionObject("")); err != nil {
		s.Fail(w, r, err)
		return
	}
	r.Form = r.URL.Query()
	s.showInstructionForm(w, r, nil)
}

// issueInstruction answers POST /settings/instructions: written down, to be
// approved by another officer.
func (s *Server) issueInstruction(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	who, err := s.may(ctx, party.Decide, instructionObject(""))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	spec, faults := readInstruction(ctx, r.PostForm)
	var issued oversight.InstructionReply
	if len(faults) == 0 {
		var receipt decision.Receipt
		if receipt, err = s.house().Rules.IssueInstruction(ctx, s.command(r, "instruction.issue", who.Actor), who.Actor, spec); err == nil {
			err = json.Unmarshal(receipt.Reply, &issued)
		}
		if faults = fault.All(err); err != nil && len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	if len(faults) > 0 {
		s.showInstructionForm(w, r, besideScope(faults))
		return
	}
	sent(w, r, "/settings/instructions/"+issued.ID)
}

// besideScope gives the faults inside of the scope the path of its field.
func besideScope(faults fault.List) fault.List {
	beside := slices.Clone(faults)
	for i, f := range beside {
		if strings.HasPrefix(f.Path, "/scope/") {
			own := *f
			own.Path = "/scope"
			beside[i] = &own
		}
	}
	return beside
}

// readInstruction makes the instruction of what was typed. Days are typed, as
// people speak of them: it acts from the beginning of the first to the end of the
// last.
func readInstruction(ctx context.Context, form url.Values) (risk.InstructionSpec, fault.List) {
	var faults fault.List
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	spec := risk.InstructionSpec{
		Subject: risk.Kind(get("subject")), Scope: get("scope"), Action: risk.Action(get("action")), Places: typedList(get("places")), Secrecy: risk.Secrecy(get("secrecy")),
		Intelligence: get("intelligence"), Law: get("law"),
	}
	if LanguageOf(ctx) == "en" {
		spec.Reason.EN = get("reason")
	} else {
		spec.Reason.ZH = get("reason")
	}
	var err error
	if spec.Share, err = num.ParsePercent(strings.TrimRight(fold(get("share")), " %")); err != nil {
		faults = append(faults, at("/share", err)...)
	}
	from, err := clock.ParseDate(fold(get("from")))
	if err != nil {
		faults = append(faults, at("/from", err)...)
	}
	to, err := clock.ParseDate(fold(get("to")))
	if err != nil {
		faults = append(faults, at("/to", err)...)
	}
	spec.From, spec.To = from.Start(), to.AddDays(1).Start()
	return spec, faults
}

func (s *Server) showInstructionForm(w http.ResponseWriter, r *http.Request, faults fault.List) {
	f, err := newInstructionForm(r.Context(), r.Form, faults, s.now().Date())
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := instructionFormHead(r.Context())
	page.Faults = faults
	s.Render(w, r, page, instructionFormBody(f))
}

func instructionFormHead(ctx context.Context) Page {
	return Page{
		Title: T(ctx, "instruction.new"), Trail: instructionTrail(ctx), Acts: []Act{{Text: T(ctx, "instruction.issue"), Form: "issue", Key: "s"}},
	}
}

func newInstructionForm(ctx context.Context, typed url.Values, faults fault.List, today clock.Date) (instructionForm, error) {
	f := instructionForm{Key: newKey()}
	tables, err := shippedTables()
	if err != nil {
		return f, err
	}
	kind := risk.Declaration
	if asked := risk.Kind(typed.Get("subject")); tables[asked] != nil {
		kind = asked
	}
	f.Facts = tables[kind].Catalogue.Fields
	field := func(name string, label Key, value, kind string) Field {
		if typed.Has(name) {
			value = typed.Get(name)
		}
		return Field{Path: "/" + name, Name: name, Label: T(ctx, label), Value: value, Kind: kind, Complete: "off", Faults: Of(faults, "/"+name)}
	}
	scope, places := field("scope", "instruction.scope", "", "textarea"), field("places", "instruction.places", "", "")
	scope.Code, scope.Hint, places.Code, places.Hint = true, T(ctx, "instruction.scope.hint"), true, T(ctx, "instruction.places.hint")
	action, secrecy := field("action", "instruction.action", string(risk.Inspect), "select"), field("secrecy", "instruction.secrecy", string(risk.Restricted), "select")
	action.Options, secrecy.Options = options(ctx, actionWords), options(ctx, secrecyWords)
	secrecy.Hint = T(ctx, "instruction.secrecy.hint")
	share := field("share", "instruction.share", "100", "number")
	share.Hint = T(ctx, "instruction.share.hint")
	subject := field("subject", "instruction.subject", string(kind), "select")
	for _, one := range judgedKinds {
		subject.Options = append(subject.Options, Option{string(one.Kind), T(ctx, one.Word)})
		if one.Kind != kind {
			f.Others = append(f.Others, Link{T(ctx, one.Word), "/settings/instructions/new?subject=" + string(one.Kind)})
		}
	}
	f.Main = []Field{
		subject, scope, action, share, field("from", "mode.from", today.String(), "date"), field("to", "instruction.last", today.AddDays(30).String(), "date"), secrecy,
		field("reason", "acts.reason", "", "textarea"),
	}
	for i := range f.Main {
		f.Main[i].Required = true
	}
	f.More = []Field{places, field("intelligence", "instruction.intelligence", "", ""), field("law", "entry.law", "", "")}
	return f, nil
}

func sampleInstruction() oversight.Instruction {
	return oversight.Instruction{
		Number: "C019A3", ValidFrom: clock.MustDate("2026-11-20"), ValidTo: clock.MustDate("2026-12-20"), Issued: sampleAt("2026-11-19T16:10"), Approved: sampleAt("2026-11-19T17:02"),
		InstructionSpec: risk.InstructionSpec{
			ID: "gallery", Subject: risk.Declaration, Scope: `hs.chapter = "22" and origin = "FR"`, Action: risk.Sample, Share: num.OneRate / 4, Secrecy: risk.Open,
			From: sampleAt("2026-11-20T00:00"), To: sampleAt("2026-12-20T00:00"), Issuer: "qian.wen", Approver: "zhou.yan", State: risk.InstructionApproved,
			Reason: risk.Label{EN: "alcohol content differed in three samples", ZH: "三次抽样酒精度与申报不符"}, Law: "Customs Law art. 28",
		},
	}
}

func galleryInstructions(ctx context.Context) Specimen {
	in := sampleInstruction()
	waits, secret := in, in
	waits.State, waits.Approver, waits.Number, waits.Action = risk.InstructionDraft, "", "C019B0", risk.Inspect
	secret.Secrecy, secret.Number, secret.Action = risk.Secret, "C01980", risk.Hold
	h := &oversight.Health{Instructions: map[string]oversight.InstructionUse{"gallery": {InScope: 42, Taken: 11}}}
	t := instructionTable(ctx)
	t.Pager = Pager{NeverTurnPage: true}
	for _, one := range []oversight.Instruction{waits, in, secret} {
		t.Rows = append(t.Rows, instructionRow(ctx, &one, h, sampleAt("2026-11-23T09:00")))
	}
	views, _ := instructionViews(ctx, nil)
	return Specimen{Name: "instructions", Title: "instructions.title", Page: instructionsHead(ctx, true), Body: templ.Join(Views(views), TableView(t))}
}

func galleryInstruction(ctx context.Context) Specimen {
	p := instructionPage{Instruction: sampleInstruction(), Use: &oversight.InstructionUse{InScope: 42, Taken: 11}}
	p.Instruction.State, p.Instruction.Approver, p.Instruction.Second, p.Instruction.Proposal = risk.InstructionDraft, "", "zhou.yan", "gallery"
	p.Acts = actsForm{Path: "/settings/instructions/gallery", Key: "gallery", Acts: []Act{
		{Text: T(ctx, "instruction.withdraw"), Form: "acts", Name: "act", Value: "withdraw", Danger: true},
	}}
	return Specimen{Name: "instruction", Title: "object.instruction", Page: instructionHead(ctx, &p, sampleAt("2026-11-23T09:00")), Body: instructionBody(p)}
}

func galleryInstructionForm(ctx context.Context) Specimen {
	faults := fault.List{fault.New(fault.Invalid, "RISK-INSTRUCTION-04", "/to", "the instruction ends before it begins", "give an end after the beginning; every instruction expires")}
	f, err := newInstructionForm(ctx, url.Values{"scope": {`hs.chapter = "22"`}, "from": {"2026-11-23"}, "to": {"2026-11-20"}}, faults, clock.MustDate("2026-11-23"))
	if err != nil {
		panic(err) // the tables of the program, read by every test of this package
	}
	f.Key = "gallery"
	page := instructionFormHead(ctx)
	page.Faults = faults
	return Specimen{Name: "instruction-form", Title: "instruction.new", Page: page, Body: instructionFormBody(f)}
}
