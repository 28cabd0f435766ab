package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/lifecycle"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/treasury"
)

// correctionWords are the listed reasons for a correction (Customs Law art. 26); a
// reason that an office adds to its list shows by its title.
var correctionWords = map[string]Key{
	"writing_error": "correction.writing", "system_error": "correction.system", "shipping_change": "correction.shipping",
	"shortage_or_loss": "correction.shortage", "final_price": "correction.price", "other_formality": "correction.formality",
	"direct_return": "correction.directreturn",
}

// correctionShape is the form of a declaration without what its number stands on.
var correctionShape = func() *formShape {
	shape := *declarationShape
	shape.Name, shape.Sections = "correct", append([]formSection{}, shape.Sections...)
	what := shape.Sections[0]
	what.Elements = nil
	for _, e := range shape.Sections[0].Elements {
		switch e.Path {
		case "/entryOffice", "/entryOn":
			what.Elements = append(what.Elements, e)
		}
	}
	shape.Sections[0] = what
	return &shape
}()

// correctionForm is a request for amendment or deletion as it is being written.
type correctionForm struct {
	declareForm
	Declaration *declaration.Declaration
	Kind        declaration.CorrectionKind
	Reason      string
	Text        string
	Reasons     []Option
	Version     int64
	Changes     []declaration.Change
}

// correction answers GET /declarations/{id}/correction: the form of an amendment,
// filled with the declaration as it is, or of a deletion (kind=delete).
func (s *Server) correction(w http.ResponseWriter, r *http.Request) {
	f, _, ok := s.correctionOf(w, r)
	if !ok {
		return
	}
	f.Kind = declaration.Amend
	if r.URL.Query().Get("kind") == string(declaration.Delete) {
		f.Kind = declaration.Delete
	}
	s.showCorrection(w, r, f)
}

// correctionOf loads the declaration for a person who may ask to correct it.
func (s *Server) correctionOf(w http.ResponseWriter, r *http.Request) (*correctionForm, party.Who, bool) {
	ctx := r.Context()
	d, version, err := s.loadDeclaration(ctx, r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.may(ctx, party.Lodge, declarationObject(d))
	}
	if err != nil {
		s.Fail(w, r, err)
		return nil, who, false
	}
	f := &correctionForm{declareForm: *newDeclaration(), Declaration: d, Version: version}
	f.Shape = correctionShape
	f.fill(d)
	f.Before = map[string]string{}
	for path, value := range f.Values {
		f.Before[path] = value
	}
	f.Reasons = []Option{{"", T(ctx, "form.choose")}}
	if ref := s.reference(); ref != nil {
		rules, err := ref.Declaration.AmendmentAt(s.now().Date())
		if err != nil {
			s.Fail(w, r, err)
			return nil, who, false
		}
		for i := range rules.Reasons {
			reason := &rules.Reasons[i]
			text := reason.Title
			if key, known := correctionWords[reason.Code]; known {
				text = T(ctx, key)
			}
			f.Reasons = append(f.Reasons, Option{reason.Code, text})
		}
	}
	return f, who, true
}

// askCorrection answers POST /declarations/{id}/correction: arrange lines, show
// what would change, or send the request.
func (s *Server) askCorrection(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	f, who, ok := s.correctionOf(w, r)
	if !ok {
		return
	}
	f.Kind = declaration.CorrectionKind(r.PostForm.Get("kind"))
	f.Reason, f.Text = r.PostForm.Get("reason"), strings.TrimSpace(r.PostForm.Get("text"))
	if seen, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64); err == nil {
		f.Version = seen
	}
	request := clearance.CorrectionRequest{Reason: f.Reason, Text: f.Text, Version: f.Version}
	if f.Kind != declaration.Delete {
		f.Kind = declaration.Amend
		before := f.declareForm
		f.paperForm.Values, f.Lines = map[string]string{}, 1
		f.take(r.PostForm)
		for _, kept := range []string{"/procedure", "/kind", "/filingType", "/direction", "/competentOffice"} {
			if value := before.Values[kept]; value != "" {
				f.Values[kept] = value
			}
		}
		if f.rearrange(ctx, r, f.preset) {
			s.showCorrection(w, r, f)
			return
		}
		proposed, faults := amended(f.Declaration, &before, &f.declareForm)
		if wantsBack(r) {
			f.giveBack(w, r, "lines-"+f.Declaration.ID, faults)
			return
		}
		if f.Faults = faults; len(faults) > 0 {
			s.showCorrection(w, r, f)
			return
		}
		var err error
		if f.Changes, err = declaration.Diff(f.Declaration, proposed); err != nil {
			s.Fail(w, r, err)
			return
		}
		if r.PostForm.Get("do") == "compare" {
			s.showCorrection(w, r, f)
			return
		}
		request.Proposed = proposed
	}
	_, err := s.house().Clearance.AskCorrection(ctx, s.command(r, "declaration.correct", who.Actor), who.Actor, f.Declaration.ID, request)
	if err == nil {
		sent(w, r, "/declarations/"+f.Declaration.ID)
		return
	}
	if f.Faults = fault.All(err); len(f.Faults) == 0 {
		s.Fail(w, r, err)
		return
	}
	s.showCorrection(w, r, f)
}

// amended gives the declaration with what was changed on the form: elements that
// the form does not show, and those left as they were, stay exactly as they are.
func amended(d *declaration.Declaration, before, after *declareForm) (*declaration.Declaration, fault.List) {
	was, _ := before.declaration() // what is in force was read from a document
	shall, faults := after.declaration()
	if len(faults) > 0 {
		return nil, faults
	}
	var trees [3]any
	for i, one := range []any{d, was, shall} {
		body, err := json.Marshal(one)
		if err == nil {
			err = json.Unmarshal(body, &trees[i])
		}
		if err != nil {
			return nil, at("", err)
		}
	}
	merged, _ := threeWay(trees[0], trees[1], trees[2])
	body, err := json.Marshal(merged)
	var next declaration.Declaration
	if err == nil {
		err = json.Unmarshal(body, &next)
	}
	if err != nil {
		return nil, at("", err)
	}
	var total num.Money
	for i := range next.Lines {
		l := &next.Lines[i]
		l.Number = i + 1
		total += l.Total
		if product, err := num.MulDiv(int64(l.Quantity), int64(l.UnitPrice), 10_000_000, num.HalfUp); err != nil || num.Money(product) != l.Total {
			l.UnitPrice = 0 // the form does not ask for it: quantity and total say it
		}
	}
	if d.TotalAmount != 0 {
		next.TotalAmount = total
	}
	return &next, nil
}

// threeWay takes into whole what changed from before to after, member by member;
// what is alike in both stays as it is in whole. There tells whether anything is
// left.
func threeWay(whole, before, after any) (merged any, there bool) {
	if alike(before, after) {
		return whole, whole != nil
	}
	switch then := after.(type) {
	case map[string]any:
		old, _ := before.(map[string]any)
		base, _ := whole.(map[string]any)
		next := map[string]any{}
		for name, value := range base {
			next[name] = value
		}
		for name := range old {
			if _, still := then[name]; !still {
				delete(next, name)
			}
		}
		for name, value := range then {
			if one, ok := threeWay(base[name], old[name], value); ok {
				next[name] = one
			}
		}
		return next, true
	case []any:
		old, _ := before.([]any)
		base, _ := whole.([]any)
		next := make([]any, len(then))
		for i, value := range then {
			var was, is any
			if i < len(old) {
				was = old[i]
			}
			if i < len(base) {
				is = base[i]
			}
			next[i], _ = threeWay(is, was, value)
		}
		return next, true
	}
	return after, after != nil
}

func alike(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}

func (s *Server) showCorrection(w http.ResponseWriter, r *http.Request, f *correctionForm) {
	ctx := r.Context()
	f.keyed(r)
	f.Choices = s.formChoices(ctx, &f.declareForm)
	for i, one := range f.Faults { // of the request, not of the declaration
		if one.Path == "/correction/reason" || one.Path == "/correction/text" {
			moved := *one
			moved.Path = strings.TrimPrefix(one.Path, "/correction")
			f.Faults[i] = &moved
		}
	}
	s.Render(w, r, correctionHead(ctx, f), correctionBody(f))
}

func correctionHead(ctx context.Context, f *correctionForm) Page {
	d := f.Declaration
	title := T(ctx, "correction.amend")
	if f.Kind == declaration.Delete {
		title = T(ctx, "correction.delete")
	}
	return Page{
		ID: numberOr(d.Number, d.ID), Title: title, Faults: f.known(), Badges: []Badge{badge(ctx, declarationWords, d.State)},
		Trail: []Link{{T(ctx, "declarations.title"), "/declarations"}, {numberOr(d.Number, d.ID), "/declarations/" + d.ID}},
		Acts:  []Act{{Text: T(ctx, "correction.send"), Form: "correct", Name: "do", Value: "ask", Danger: f.Kind == declaration.Delete}},
	}
}

// labelOf gives the words of an element by its pointer: of a line with its number.
func (f *formShape) labelOf(ctx context.Context, path string) string {
	for _, section := range f.Sections {
		for _, e := range section.Elements {
			if path == e.Path {
				return T(ctx, e.Label)
			}
		}
	}
	if rest, ok := strings.CutPrefix(path, "/lines/"); ok {
		number, element, _ := strings.Cut(rest, "/")
		for _, e := range f.Line {
			if n, err := strconv.Atoi(number); err == nil && e.Path == "/"+element {
				return T(ctx, "working.line", "line", n+1) + ": " + T(ctx, e.Label)
			}
		}
	}
	for from, to := range f.Within {
		if strings.HasPrefix(path, from+"/") && to != path {
			return f.labelOf(ctx, to)
		}
	}
	return path
}

// changesTable shows what a correction changes: old struck, new bold.
func changesTable(ctx context.Context, changes []declaration.Change) Table {
	t := Table{
		ID: "changes", Caption: T(ctx, "correction.changes"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty:   State{Kind: StateEmpty, Title: T(ctx, "correction.nothing")},
		Columns: []Column{{Title: T(ctx, "confirm.field")}, {Title: T(ctx, "proposal.now")}, {Title: T(ctx, "proposal.then")}},
	}
	for _, c := range changes {
		t.Rows = append(t.Rows, Row{Changed: true, Cells: []templ.Component{Text(declarationShape.labelOf(ctx, c.Path)), struck(c.Before), bold(c.After)}})
	}
	return t
}

// corrections are the acts of the first officer on a request.
func (s *Server) correctionActs(d *declaration.Declaration, version int64) []paperAct {
	word := func(agree bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return s.house().Clearance.ReviewCorrection(ctx, c, by, id, clearance.Opinion{Agree: agree, Reason: reason, Version: version})
		}
	}
	if d.State != declaration.AmendRequested && d.State != declaration.DeleteRequested {
		return nil
	}
	return []paperAct{
		{Value: "propose", Text: "correction.propose", Right: party.Decide, Do: word(true)},
		{Value: "refuse", Text: "correction.refuse", Right: party.Decide, Danger: true, Do: word(false)},
	}
}

// reviewCorrection answers POST /declarations/{id}/correction/word: the first
// officer's word.
func (s *Server) reviewCorrection(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	d, _, err := s.loadDeclaration(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	seen, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		seen = 0
	}
	faults, done := s.carryOut(w, r, declarationObject(d), d.ID, "declaration.correction", "/declarations/"+d.ID, s.correctionActs(d, seen))
	if !done {
		s.showDeclaration(w, r, r.PostForm.Get("reason"), faults)
	}
}

// mayBecome tells whether the life of a declaration knows such a step from where
// it stands; the story judges the request.
func (f *file) mayBecome(on declaration.Event) bool {
	return slices.ContainsFunc(declaration.Life.Moves, func(m lifecycle.Move[declaration.State, declaration.Event, declaration.Case]) bool {
		return m.From == f.State && m.On == on
	})
}

// askedCorrection is the open or last correction of a declaration, as its page
// shows it.
type askedCorrection struct {
	*declaration.Correction
	Open  bool
	Acts  actsForm
	Seen  int64
	Staff bool
}

func (s *Server) correctionCardOf(ctx context.Context, who party.Who, f *file) *askedCorrection {
	if f.Correction == nil {
		return nil
	}
	a := &askedCorrection{Correction: f.Correction, Seen: f.Seen, Staff: who.Actor.Kind == journal.Officer}
	switch f.State {
	case declaration.AmendRequested, declaration.AmendReview, declaration.DeleteRequested, declaration.DeleteReview:
		a.Open = true
	}
	if a.Staff {
		a.Acts = actsOn(ctx, who, declarationObject(&f.Declaration), "/declarations/"+f.ID+"/correction/word", s.correctionActs(&f.Declaration, f.Seen))
		a.Acts.Faults, a.Acts.Reason = f.Faults, f.Reason
		for i := range a.Acts.Acts {
			a.Acts.Acts[i].Form = "correction"
		}
	}
	return a
}

func galleryCorrection(ctx context.Context) Specimen {
	d := sampleDeclaration()
	d.State = declaration.Taxed
	f := &correctionForm{declareForm: *newDeclaration(), Declaration: &d, Kind: declaration.Amend, Reason: "writing_error", Text: "the invoice says 1,160 cartons; copy attached"}
	f.Shape = correctionShape
	f.fill(&d)
	f.Before = map[string]string{}
	for path, value := range f.Values {
		f.Before[path] = value
	}
	f.Values["/packages"], f.Values["/lines/0/quantity"] = "1160", "11800"
	f.Changes = []declaration.Change{{Path: "/lines/0/quantity", Before: "12000", After: "11800"}, {Path: "/packages", Before: "1180", After: "1160"}}
	f.Faults = fault.List{fault.New(fault.Refused, "DEC-AMEND-02", "/packages", "this element may not change for the reason “{reason}”",
		"give another listed reason, or leave the element as it was", "reason", "final_price")}
	f.Reasons = []Option{{"", T(ctx, "form.choose")}, {"writing_error", T(ctx, correctionWords["writing_error"])}, {"final_price", T(ctx, correctionWords["final_price"])}}
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	f.Choices = s.formChoices(ctx, &f.declareForm)
	return Specimen{Name: "correction", Title: "correction.amend", Page: correctionHead(ctx, f), Body: correctionBody(f)}
}

// changesProposed lays what two officers decide on beside what is in force, for
// the papers of an enterprise: the fields of a correction, the change of a book,
// or the quantities that a voiding gives back. ours tells that it is such a paper.
func (s *Server) changesProposed(ctx context.Context, p *deliberation.Proposed) (list []compared, ours bool, err error) {
	switch p.Action {
	case clearance.ActionCorrect:
		var payload struct {
			Correction declaration.Correction `json:"correction"`
		}
		if err := json.Unmarshal(p.Payload, &payload); err != nil {
			return nil, true, err
		}
		k := &payload.Correction
		list = append(list, compared{T(ctx, "correction.reason"), "", named(ctx, correctionWords, k.Reason)}, compared{T(ctx, "correction.text"), "", k.Text})
		if k.Kind == declaration.Delete {
			list = append(list, compared{T(ctx, "object.declaration"), p.Number, T(ctx, "declaration.deleted")})
		}
		for _, c := range k.Changes {
			list = append(list, compared{declarationShape.labelOf(ctx, c.Path), c.Before, c.After})
		}
		return list, true, nil
	case treasury.ActionCover, treasury.ActionCoverChange, treasury.ActionCoverReturn:
		list, err = s.coverProposed(ctx, p)
		return list, true, err
	case oversight.ActionTariff:
		list, err = s.tariffProposed(ctx, p.Payload)
		return list, true, err
	case oversight.ActionGrade:
		list, err = s.gradeProposed(ctx, p.Payload)
		return list, true, err
	case oversight.ActionInstruction: // what it is about stands on its own page, for those who may read it
		return nil, true, nil
	case treasury.ActionRefund, treasury.ActionExcess, treasury.ActionSupplement:
		list, err = s.moneyProposed(ctx, p.Action, p.Proposal.Subject, p.Payload)
		return list, true, err
	case bonded.ActChangeBook:
		b, err := s.loadHeld(ctx, p.Proposal.Subject)
		if err != nil || b.Asked == nil { // decided: the book is as it shall be
			return nil, b.Asked != nil, err
		}
		return askedOf(ctx, b), true, nil
	}
	return nil, false, nil
}
