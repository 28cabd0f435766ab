package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
)

// Notes is the desk of release notes; *control.Desk is one.
type Notes interface {
	ApplyNote(ctx context.Context, c decision.Command, by decision.Actor, r control.NoteRequest) (decision.Receipt, error)
	DeleteNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	AskVoidNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	DecideNote(ctx context.Context, c decision.Command, by decision.Actor, id string, approve bool, reason string) (decision.Receipt, error)
	KeepNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	ProposeVoidNote(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
}

var noteWords = map[gate.NoteState]wording{
	gate.Applied: {Info, "note.applied"}, gate.Approved: {OK, "note.approved"}, gate.Passed: {Agreed, "note.passed"},
	gate.PassedGate1: {Info, "note.passed1"}, gate.PassedGate2: {Agreed, "note.passed"}, gate.Deleted: {Missed, "note.deleted"},
	gate.VoidRequested: {Warn, "note.voidasked"}, gate.Void: {Missed, "note.void"},
}

var noteTypes = map[gate.NoteType]Key{
	gate.EnterFirst: "note.type.1", gate.FirstLineIntegrated: "note.type.2", gate.SecondLine: "note.type.3", gate.NotDeclared: "note.type.4",
	gate.GateRegistered: "note.type.5", gate.EmptyTruck: "note.type.6", gate.TwoStep: "note.type.7",
}

var noteBindings = []struct {
	Value gate.Binding
	Word  Key
}{
	{gate.OneDocumentOneTruck, "note.binding.oneone"},
	{gate.OneDocumentManyTrucks, "note.binding.onemany"},
	{gate.OneTruckManyDocuments, "note.binding.manyone"},
}

func noteObject(n *control.Note) party.Object {
	return party.Object{Kind: "release_note", ID: n.ID, Area: n.Area, Parties: []string{n.Enterprise}}
}

// noteShape is the form of a release note: the paper, the truck, what it weighs,
// and the part of each list line that is on it.
var noteShape = &formShape{
	Name: "note", Action: "/notes", Sections: []formSection{
		{"note.paper", []formElement{
			{Path: "/type", Label: "note.type", Kind: "select", Hint: "note.type.hint"},
			{Path: "/binding", Label: "note.binding", Kind: "select"},
			{Path: "/documentKind", Label: "note.documentkind", Kind: "select"},
			{Path: "/documents", Label: "note.documents", Code: true, Hint: "note.documents.hint"},
			{Path: "/direction", Label: "form.direction", Kind: "select"},
			{Path: "/packages", Label: "note.packages", Kind: "number", Hint: "note.packages.hint"},
			{Path: "/validFrom", Label: "note.validfrom", Kind: "datetime-local"},
			{Path: "/validTo", Label: "note.validto", Kind: "datetime-local"},
			{Path: "/applicant", Label: "note.applicant"},
			{Path: "/phone", Label: "note.phone"},
		}},
		{"note.truck", []formElement{
			{Path: "/plate", Label: "note.plate", Code: true},
			{Path: "/ePlate", Label: "note.eplate", Code: true},
			{Path: "/icCard", Label: "note.iccard", Code: true},
			{Path: "/eLock", Label: "note.elock", Code: true},
			{Path: "/chassis", Label: "note.chassis", Code: true},
			{Path: "/containers/0/number", Label: "note.box1", Code: true},
			{Path: "/containers/0/seal", Label: "note.seal1", Code: true},
			{Path: "/containers/1/number", Label: "note.box2", Code: true},
			{Path: "/containers/1/seal", Label: "note.seal2", Code: true},
		}},
		{"note.weight", []formElement{
			{Path: "/truckTare", Label: "note.trucktare", Kind: "number"},
			{Path: "/chassisTare", Label: "note.chassistare", Kind: "number"},
			{Path: "/containers/0/tare", Label: "note.boxtare1", Kind: "number"},
			{Path: "/containers/1/tare", Label: "note.boxtare2", Kind: "number"},
			{Path: "/goodsGross", Label: "note.gross", Kind: "number"},
			{Path: "/goodsNet", Label: "note.net", Kind: "number"},
			{Path: "/total", Label: "note.total", Kind: "number", Hint: "note.total.hint"},
		}},
	},
	Line: []formElement{
		{Path: "/document", Label: "note.line.document", Code: true},
		{Path: "/line", Label: "note.line.number", Kind: "number"},
		{Path: "/quantity", Label: "lines.quantity", Kind: "number"},
	},
	Preset: []string{"/document"},
	Within: map[string]string{"/documents": "/documents", "/lines": "/documents", "/gates": "/documents", "/enterprise": "/documents"},
}

// noteForm is an application for a release note as it is being written.
type noteForm struct {
	paperForm
	Weights []weight
	Sum     num.Quantity
	Stated  num.Quantity
}

// weight is one term of the sum that the scale will see.
type weight struct {
	Label Key
	Mass  num.Quantity
}

// notes answers GET /notes: newest first.
func (s *Server) notes(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	q := store.Query{Limit: pageRows, Before: r.URL.Query().Get("after"), Where: map[string][]string{}}
	if number := strings.ToUpper(fold(r.URL.Query().Get("q"))); number != "" {
		q.Where["number"] = []string{number}
	}
	if state := r.URL.Query().Get("state"); state != "" {
		q.Where["state"] = []string{state}
	}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.ReleaseNote, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := noteTable(ctx)
	for _, item := range found.Items {
		n, err := read[control.Note](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, noteObject(n)) != nil {
			continue
		}
		t.Rows = append(t.Rows, noteRow(ctx, n))
	}
	t.Pager = keyed(ctx, "/notes", r.URL.Query(), found.Next, len(t.Rows))
	page := Page{Title: T(ctx, "notes.title"), Live: []string{"passage", "gate"}}
	if who.Actor.Enterprise != "" && s.house().Notes != nil {
		page.Acts = []Act{{Text: T(ctx, "note.new"), Href: "/notes/new", Key: "n"}}
		t.Empty.Act = Act{Text: T(ctx, "note.new"), Href: "/notes/new"}
	}
	s.Render(w, r, page, templ.Join(Search("/notes", r.URL.Query().Get("q"), "#list", T(ctx, "notes.search")), TableView(t)))
}

func noteTable(ctx context.Context) Table {
	return Table{
		ID: "list", Caption: T(ctx, "notes.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "notes.empty"), Text: T(ctx, "notes.empty.text")},
		Columns: []Column{
			{Title: T(ctx, "object.note")},
			{Title: T(ctx, "note.plate")},
			{Title: T(ctx, "note.documents")},
			{Title: T(ctx, "form.direction")},
			{Title: T(ctx, "note.total"), Unit: "kg", Number: true},
			{Title: T(ctx, "list.filed")},
			{Title: T(ctx, "column.state")},
		},
	}
}

func noteRow(ctx context.Context, n *control.Note) Row {
	return Row{Href: "/notes/" + n.ID, Cells: []templ.Component{
		Code(numberOr(n.Number, n.ID)), Code(n.Plate), Code(strings.Join(n.Documents, ", ")), Text(wayWord(ctx, n.Direction)), Number(Measure(n.Total, "")),
		When(n.Filed), BadgeView(badge(ctx, noteWords, n.State)),
	}}
}

func wayWord(ctx context.Context, d gate.Direction) string {
	switch d {
	case gate.In:
		return T(ctx, "list.in")
	case gate.Out:
		return T(ctx, "list.out")
	}
	return string(d)
}

// newNote answers GET /notes/new: empty, or filled from a verification list or a
// lading application.
func (s *Server) newNote(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.mayLodge(ctx, "release_note")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	f := &noteForm{paperForm: newForm(noteShape)}
	f.Values["/binding"], f.Values["/documentKind"], f.Values["/direction"] = string(gate.OneDocumentOneTruck), string(gate.VerificationList), string(gate.In)
	f.Values["/applicant"] = ViewerOf(ctx).Name
	now := s.now()
	f.Values["/validFrom"], f.Values["/validTo"] = localMinute(now), localMinute(now+clock.Instant(72*3_600_000_000))
	if id := r.URL.Query().Get("list"); id != "" {
		var l bonded.List
		_, err := s.house().Read.Load(ctx, dossier.VerificationList, id, &l)
		if err = absentIf(err, journal.Ref{Kind: "verification_list", ID: id}); err == nil {
			err = party.May(who, party.View, listObject(&l))
		}
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		f.over(T(ctx, "form.source.list", "number", l.Number), func() { f.fromList(&l) })
	}
	if id := r.URL.Query().Get("application"); id != "" {
		a, err := s.loadApplication(ctx, id)
		if err == nil {
			err = party.May(who, party.View, applicationObject(a))
		}
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		f.over(T(ctx, "form.source.application", "number", a.Number, "day", a.Filed.Date().String()), func() { f.fromApplication(a) })
	}
	s.showNoteForm(w, r, f)
}

// fromList puts what is left of a list into the form.
func (f *noteForm) fromList(l *bonded.List) {
	f.set("/documents", l.Number)
	f.set("/documentKind", string(gate.VerificationList))
	f.set("/direction", string(l.Direction))
	var gross, net num.Quantity
	n := 0
	for i := range l.Lines {
		line := &l.Lines[i]
		left, _ := l.OpenToNote(line.Number)
		if left <= 0 || n >= mostLines {
			continue
		}
		f.set(linePath(n)+"/document", l.Number)
		f.set(linePath(n)+"/line", strconv.Itoa(line.Number))
		f.set(linePath(n)+"/quantity", left.String())
		if left == line.Quantity {
			gross, net = gross+line.GrossMass, net+line.NetMass
		}
		n++
	}
	f.Lines = max(n, 1)
	f.set("/goodsGross", gross.String())
	f.set("/goodsNet", net.String())
}

// fromApplication puts what is left of an application into the form.
func (f *noteForm) fromApplication(a *bonded.Application) {
	left := a.OpenToNote()
	f.set("/documents", a.Number)
	f.set("/documentKind", string(gate.TransportPaper))
	f.set("/direction", string(gate.In))
	f.set("/packages", left.Packages.String())
	f.set("/goodsGross", left.GrossMass.String())
	f.set("/goodsNet", a.Content.NetMass.String())
	for i, box := range a.Containers {
		if i < 2 {
			f.set("/containers/"+strconv.Itoa(i)+"/number", box)
		}
	}
}

// localMinute is a moment as an input of day and time takes it, in the zone's time.
func localMinute(at clock.Instant) string { return strings.Replace(Moment(at), " ", "T", 1) }

// minute reads such an input.
func (p *formReader) minute(path string) clock.Instant {
	text := p.text(path)
	if text == "" {
		return 0
	}
	var at clock.Instant
	text = strings.Replace(text, " ", "T", 1)
	if len(text) == len("2006-01-02T15:04") {
		text += ":00"
	}
	if at.UnmarshalText([]byte(text+"+08:00")) != nil {
		p.bad(path, fault.New(fault.Invalid, "CONSOLE-FORM-04", "", "“{value}” is not a day and time", "write it as 2026-11-23 09:41", "value", p.text(path)))
		return 0
	}
	return at
}

// note makes the document.
func (f *noteForm) note() (control.NoteRequest, fault.List) {
	p := formReader{f: &f.paperForm}
	n := gate.ReleaseNote{
		Type: gate.NoteType(p.whole("/type")), Binding: gate.Binding(p.text("/binding")), Direction: gate.Direction(p.text("/direction")),
		Kind: gate.DocumentKind(p.text("/documentKind")), Plate: p.code("/plate"), EPlate: p.code("/ePlate"), ICCard: p.code("/icCard"), ELock: p.code("/eLock"),
		TruckTare: p.quantity("/truckTare"), Chassis: p.code("/chassis"), ChassisTare: p.quantity("/chassisTare"), GoodsGross: p.quantity("/goodsGross"),
		GoodsNet: p.quantity("/goodsNet"), Total: p.quantity("/total"), Applicant: p.text("/applicant"), Phone: p.text("/phone"),
		ValidFrom: p.minute("/validFrom"), ValidTo: p.minute("/validTo"),
	}
	n.Documents = strings.FieldsFunc(p.code("/documents"), func(r rune) bool { return r == ',' || r == '、' || r == ' ' || r == '\n' || r == ';' })
	for i := range 2 {
		path := "/containers/" + strconv.Itoa(i)
		box := gate.Container{Number: p.code(path + "/number"), Tare: p.quantity(path + "/tare"), Seal: p.code(path + "/seal")}
		if box.Number != "" || box.Tare != 0 {
			n.Containers = append(n.Containers, box)
		}
	}
	for i := range f.Lines {
		if !f.filled(i) {
			continue
		}
		path := linePath(i)
		line := gate.NoteLine{Document: p.code(path + "/document"), Line: p.whole(path + "/line"), Quantity: p.quantity(path + "/quantity")}
		if line.Document == "" && len(n.Documents) == 1 {
			line.Document = n.Documents[0]
		}
		n.Lines = append(n.Lines, line)
	}
	f.weigh(&n)
	return control.NoteRequest{Note: n, Packages: p.quantity("/packages")}, p.faults
}

// weigh lays out what the truck should weigh, term by term.
func (f *noteForm) weigh(n *gate.ReleaseNote) {
	f.Weights = []weight{{"note.trucktare", n.TruckTare}, {"note.chassistare", n.ChassisTare}}
	for i := range n.Containers {
		f.Weights = append(f.Weights, weight{[]Key{"note.boxtare1", "note.boxtare2"}[min(i, 1)], n.Containers[i].Tare})
	}
	f.Weights = append(f.Weights, weight{"note.gross", n.GoodsGross})
	f.Sum, f.Stated = 0, n.Total
	if sum, err := n.Expected(); err == nil {
		f.Sum = sum
	}
}

// applyNote answers POST /notes: add up, arrange lines, or apply.
func (s *Server) applyNote(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	f := &noteForm{paperForm: newForm(noteShape)}
	f.take(r.PostForm)
	who, err := s.mayLodge(ctx, "release_note")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	request, faults := f.note()
	switch {
	case f.rearrange(ctx, r, nil):
		s.showNoteForm(w, r, f)
		return
	case r.PostForm.Get("do") == "sum":
		if f.Faults = faults; len(faults) == 0 && f.Stated == 0 {
			f.Values["/total"], f.Stated = f.Sum.String(), f.Sum
		}
		s.showNoteForm(w, r, f)
		return
	case wantsBack(r):
		f.giveBack(w, r, "note-lines", faults)
		return
	}
	if f.Faults = faults; len(faults) == 0 {
		if request.Note.Enterprise, err = s.ownerOfPapers(ctx, who, &request.Note); err == nil {
			object := party.Object{Kind: "release_note", ID: "new", Parties: []string{request.Note.Enterprise}}
			if err = party.May(who, party.Lodge, object); err == nil {
				if request.Note.Area == "" && len(request.Note.Documents) == 0 {
					request.Note.Area = s.areaOfEnterprise(ctx, request.Note.Enterprise)
				}
				var done decision.Receipt
				if done, err = s.house().Notes.ApplyNote(ctx, s.command(r, "note.apply", who.Actor), who.Actor, request); err == nil {
					var reply control.Reply
					if err = json.Unmarshal(done.Reply, &reply); err == nil {
						sent(w, r, "/notes/"+reply.ID)
						return
					}
				}
			}
		}
		if f.Faults = fault.All(err); len(f.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	s.showNoteForm(w, r, f)
}

// ownerOfPapers tells whose goods a note carries: the party of its first paper
// that this person may see, else the person's own enterprise.
func (s *Server) ownerOfPapers(ctx context.Context, who party.Who, n *gate.ReleaseNote) (string, error) {
	if len(n.Documents) > 0 {
		switch n.Kind {
		case gate.TransportPaper:
			ids, err := s.house().Read.Find(ctx, dossier.Application, "number", n.Documents[0], 1)
			if err != nil {
				return "", err
			}
			for _, id := range ids {
				a, err := s.loadApplication(ctx, id)
				if err != nil {
					return "", err
				}
				if party.May(who, party.View, applicationObject(a)) == nil {
					return a.Enterprise, nil
				}
			}
		case gate.VerificationList, "":
			ids, err := s.house().Read.Find(ctx, dossier.VerificationList, "number", n.Documents[0], 1)
			if err != nil {
				return "", err
			}
			for _, id := range ids {
				var l bonded.List
				if _, err := s.house().Read.Load(ctx, dossier.VerificationList, id, &l); err != nil {
					return "", err
				}
				if party.May(who, party.View, listObject(&l)) == nil {
					return ownerOf(l.Operator), nil
				}
			}
		case gate.StockNote, gate.EntryBill:
		}
	}
	return who.Actor.Enterprise, nil
}

func (s *Server) areaOfEnterprise(ctx context.Context, code string) string {
	var e party.Enterprise
	if _, err := s.house().Read.Load(ctx, dossier.Enterprise, code, &e); err != nil {
		return "" // the story says what is missing
	}
	return e.Area
}

func (s *Server) showNoteForm(w http.ResponseWriter, r *http.Request, f *noteForm) {
	ctx := r.Context()
	f.keyed(r)
	f.Choices = noteChoices(ctx)
	if f.Weights == nil {
		_, _ = f.note() // for the sum only: what cannot be read is told when it is sent
	}
	s.Render(w, r, Page{
		Title: T(ctx, "note.new"), Trail: []Link{{T(ctx, "notes.title"), "/notes"}}, Faults: f.known(),
		Acts: []Act{{Text: T(ctx, "note.apply"), Form: "note", Name: "do", Value: "apply"}},
	}, noteFormBody(f))
}

func noteChoices(ctx context.Context) map[string][]Option {
	choices := map[string][]Option{
		"/type":         {{"", T(ctx, "note.type.bypaper")}},
		"/direction":    {{string(gate.In), T(ctx, "list.in")}, {string(gate.Out), T(ctx, "list.out")}},
		"/documentKind": {{string(gate.VerificationList), T(ctx, "object.list")}, {string(gate.TransportPaper), T(ctx, "object.application")}},
	}
	for n := gate.EnterFirst; n <= gate.TwoStep; n++ {
		choices["/type"] = append(choices["/type"], Option{strconv.Itoa(int(n)), strconv.Itoa(int(n)) + " " + T(ctx, noteTypes[n])})
	}
	for _, b := range noteBindings {
		choices["/binding"] = append(choices["/binding"], Option{string(b.Value), T(ctx, b.Word)})
	}
	return choices
}

// notePage is a release note with what the gate wrote on it.
type notePage struct {
	*control.Note
	noteForm
	Line   LifeLine
	Goods  Table
	Passed Table
	Acts   actsForm
}

func (s *Server) loadNote(ctx context.Context, id string) (*control.Note, error) {
	var n control.Note
	_, err := s.house().Read.Load(ctx, dossier.ReleaseNote, id, &n)
	return &n, absentIf(err, journal.Ref{Kind: "release_note", ID: id})
}

// noteActs are what can be done with a note.
func (s *Server) noteActs(n *control.Note) []paperAct {
	desk := s.house().Notes
	if desk == nil || gate.NoteLife.Final(n.State) {
		return nil
	}
	off := func(on gate.NoteEvent) error {
		_, err := gate.NoteLife.Next(n.State, on, &n.ReleaseNote)
		return err
	}
	var list []paperAct
	add := func(a paperAct) { list = append(list, a) }
	word := func(approve bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.DecideNote(ctx, c, by, id, approve, reason)
		}
	}
	switch n.State {
	case gate.Applied:
		add(paperAct{Value: "delete", Text: "note.act.delete", Right: party.Lodge, Danger: true, Do: desk.DeleteNote})
		add(paperAct{Value: "approve", Text: "note.act.approve", Right: party.Decide, Do: word(true)})
		add(paperAct{Value: "refuse", Text: "note.act.refuse", Right: party.Decide, Danger: true, Do: word(false)})
	case gate.Approved:
		add(paperAct{Value: "ask_void", Text: "note.act.void", Right: party.Lodge, Danger: true, Off: off(gate.EventAskVoid), Do: desk.AskVoidNote})
	case gate.VoidRequested:
		add(paperAct{Value: "propose_void", Text: "note.act.proposevoid", Right: party.Decide, Do: desk.ProposeVoidNote})
		add(paperAct{Value: "keep", Text: "note.act.keep", Right: party.Decide, Off: off(gate.EventKeep), Do: desk.KeepNote})
	case gate.PassedGate1, gate.Passed, gate.PassedGate2, gate.Deleted, gate.Void:
	}
	return list
}

// note answers GET /notes/{id}.
func (s *Server) note(w http.ResponseWriter, r *http.Request) { s.showNote(w, r, nil) }

// actOnNote answers POST /notes/{id}.
func (s *Server) actOnNote(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	n, err := s.loadNote(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if faults, done := s.carryOut(w, r, noteObject(n), n.ID, "note", "/notes/"+n.ID, s.noteActs(n)); !done {
		s.showNote(w, r, faults)
	}
}

func (s *Server) showNote(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	n, err := s.loadNote(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, noteObject(n))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: "release_note", ID: n.ID})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := notePage{Note: n, Line: lifeLine(ctx, entries, s.now()), Goods: noteGoods(ctx, n), Passed: notePassages(ctx, n)}
	p.weigh(&n.ReleaseNote)
	p.Acts = actsOn(ctx, who, noteObject(n), "/notes/"+n.ID, s.noteActs(n))
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := noteHead(ctx, n)
	page.Faults = faults
	page.Acts = p.Acts.onPage()
	s.Render(w, r, page, noteBody(&p))
}

func noteHead(ctx context.Context, n *control.Note) Page {
	return Page{
		ID: numberOr(n.Number, n.ID), Title: T(ctx, "object.note"), Live: []string{"gate", "passage"}, Trail: []Link{{T(ctx, "notes.title"), "/notes"}},
		Badges: []Badge{badge(ctx, noteWords, n.State), {Info, wayWord(ctx, n.Direction)}},
		Facts: []Fact{
			{T(ctx, "note.plate"), Code(n.Plate)},
			{T(ctx, "note.type"), Text(named(ctx, noteTypeWords, strconv.Itoa(int(n.Type))))},
			{T(ctx, "note.validto"), When(n.ValidTo)},
			{T(ctx, "column.enterprise"), Enterprise(ctx, n.Enterprise)},
		},
	}
}

// noteTypeWords are the types of notes by their code.
var noteTypeWords = func() map[string]Key {
	words := map[string]Key{}
	for n, key := range noteTypes {
		words[strconv.Itoa(int(n))] = key
	}
	return words
}()

func noteGoods(ctx context.Context, n *control.Note) Table {
	t := Table{
		ID: "lines", Caption: T(ctx, "note.goods"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "note.nolines")},
		Columns: []Column{
			{Title: T(ctx, "note.line.document")},
			{Title: T(ctx, "note.line.number"), Number: true},
			{Title: T(ctx, "lines.book"), Number: true},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "lines.quantity"), Number: true},
		},
	}
	for i := range n.Lines {
		l := &n.Lines[i]
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Code(l.Document), Number(strconv.Itoa(l.Line)), Number(strconv.Itoa(l.BookLine)), Code(l.Commodity), Number(Measure(l.Quantity, "")),
		}})
	}
	return t
}

func notePassages(ctx context.Context, n *control.Note) Table {
	t := Table{
		ID: "passages", Caption: T(ctx, "note.passages"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "note.notpassed")},
		Columns: []Column{
			{Title: T(ctx, "note.gate")},
			{Title: T(ctx, "journal.at")},
			{Title: T(ctx, "note.scale"), Unit: "kg", Number: true},
			{Title: T(ctx, "note.error"), Unit: "kg", Number: true},
		},
	}
	for _, back := range n.Returns {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Code(back.Gate), When(back.At), Number(Measure(back.Scale, "")), Number(Measure(back.MassError, ""))}})
	}
	return t
}

func sampleNote() *control.Note {
	return &control.Note{
		Filed: sampleAt("2026-11-22T16:00"), Cleared: sampleAt("2026-11-22T16:00"), ReleaseNote: gate.ReleaseNote{
			ID: "gallery", Number: "Z2218I261122000000000012", Type: gate.FirstLineIntegrated, Binding: gate.OneDocumentOneTruck, Direction: gate.In, State: gate.Passed,
			Enterprise: "91310000MA1FL0EW6X", Kind: gate.VerificationList, Documents: []string{"QD221826I000000012"}, Plate: "沪A12345", TruckTare: 13_000 * num.OneQuantity,
			ChassisTare: 1_000 * num.OneQuantity, Containers: []gate.Container{{Number: "MSCU1234566", Tare: 3_900 * num.OneQuantity, Seal: "ES0009377"}},
			GoodsGross: 2_245 * num.OneQuantity, GoodsNet: 2_100 * num.OneQuantity, Total: 20_145 * num.OneQuantity, Applicant: "王丽 Wang Li",
			Lines:   []gate.NoteLine{{Document: "QD221826I000000012", Line: 1, BookLine: 1, Commodity: "2204210000", Quantity: 2_100 * num.OneQuantity}},
			Returns: []gate.GateReturn{{Gate: "WGQ-3", At: sampleAt("2026-11-22T18:04"), Scale: 20_160 * num.OneQuantity, MassError: 15 * num.OneQuantity}},
			ValidTo: sampleAt("2026-11-25T16:00"),
		},
	}
}

func galleryNote(ctx context.Context) Specimen {
	n := sampleNote()
	p := notePage{Note: n, Goods: noteGoods(ctx, n), Passed: notePassages(ctx, n)}
	p.weigh(&n.ReleaseNote)
	p.Acts = actsForm{Path: "/gallery/note", Acts: []Act{{Text: T(ctx, "note.act.void"), Form: "acts", Name: "act", Value: "ask_void", Danger: true}}}
	return Specimen{Name: "note", Title: "object.note", Page: noteHead(ctx, n), Body: noteBody(&p)}
}

func galleryNoteForm(ctx context.Context) Specimen {
	f := &noteForm{paperForm: newForm(noteShape)}
	for path, value := range map[string]string{
		"/binding": string(gate.OneDocumentOneTruck), "/documents": "QD221826I000000012", "/plate": "沪A12345", "/truckTare": "13000", "/chassisTare": "1000",
		"/containers/0/number": "MSCU1234566", "/containers/0/tare": "3900", "/goodsGross": "2245", "/goodsNet": "2100", "/total": "20000",
		"/lines/0/line": "1", "/lines/0/quantity": "2100",
	} {
		f.Values[path] = value
	}
	f.from(T(ctx, "form.source.list", "number", "QD221826I000000012"))
	_, _ = f.note()
	f.Faults = fault.List{fault.New(fault.Invalid, "GATE-NOTE-05", "/total", "truck, chassis, containers and goods weigh {sum} kg together, the note says {total} kg",
		"correct the part that is wrong, or the total", "sum", f.Sum, "total", f.Stated)}
	f.Choices = noteChoices(ctx)
	return Specimen{Name: "newnote", Title: "note.new", Page: Page{Faults: f.Faults, Acts: []Act{{Text: T(ctx, "note.apply"), Form: "note", Name: "do", Value: "apply"}}}, Body: noteFormBody(f)}
}

// noteFacts are the elements of a note that are stated.
func noteFacts(ctx context.Context, n *control.Note) []Fact {
	var facts []Fact
	add := func(name Key, value templ.Component, given bool) {
		if given {
			facts = append(facts, Fact{T(ctx, name), value})
		}
	}
	for _, b := range noteBindings {
		add("note.binding", Text(T(ctx, b.Word)), b.Value == n.Binding)
	}
	for i := range n.Containers {
		add("column.container", containerCell(n.Containers[i].Number, n.Containers[i].Seal), true)
	}
	add("note.packages", Text(Measure(n.Packages, "")), n.Packages != 0)
	add("note.net", Text(Measure(n.GoodsNet, "kg")), n.GoodsNet != 0)
	add("note.eplate", Code(n.EPlate), n.EPlate != "")
	add("note.iccard", Code(n.ICCard), n.ICCard != "")
	add("note.elock", Code(n.ELock), n.ELock != "")
	add("note.chassis", Code(n.Chassis), n.Chassis != "")
	add("note.validfrom", When(n.ValidFrom), n.ValidFrom != 0)
	add("note.applicant", Text(joinedWords(n.Applicant, n.Phone)), n.Applicant != "")
	return facts
}
