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
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/store"
)

// Ladings is the desk of goods that enter before they are declared; *bonded.Desk
// is one.
type Ladings interface {
	Apply(ctx context.Context, c decision.Command, by decision.Actor, r bonded.LadingRequest) (decision.Receipt, error)
	DecideApplication(ctx context.Context, c decision.Command, by decision.Actor, id string, agree bool, reason string) (decision.Receipt, error)
	Arrive(ctx context.Context, c decision.Command, by decision.Actor, id string, arrived bonded.Amounts) (decision.Receipt, error)
	DecideArrival(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
}

var ladingWords = map[string]wording{
	bonded.ApplicationSubmitted: {Info, "lading.submitted"}, bonded.ApplicationApproved: {OK, "lading.approved"},
	bonded.ApplicationReturned: {Warn, "lading.returned"}, bonded.ApplicationVoided: {Missed, "lading.voided"},
}

var officeWords = map[procedure.Office]Key{procedure.ZoneOffice: "lading.zone", procedure.PortOffice: "lading.port"}

// applicationObject is what rights ask of an application: it is a paper on a bill
// of lading and entrusted with it.
func applicationObject(a *bonded.Application) party.Object {
	return party.Object{Kind: "bill_of_lading", ID: a.Bill, Area: a.Area, Parties: []string{a.Enterprise}}
}

// ladingShape is the form of a lading application: what is known of the goods, in
// the words of the declaration that will follow.
var ladingShape = &formShape{
	Name: "lading", Action: "/ladings", Sections: []formSection{
		{"lading.what", []formElement{
			{Path: "/procedure", Label: "fact.way", Kind: "select"},
			{Path: "/competentOffice", Label: "fact.office", Code: true},
			{Path: "/entryOffice", Label: "form.entryoffice", Code: true},
			{Path: "/bookNumber", Label: "object.book", Code: true},
			{Path: "/guarantee", Label: "object.guarantee", Code: true, Hint: "lading.guarantee.hint"},
			{Path: "/entryOn", Label: "form.entryon", Kind: "date", Hint: "lading.entryon.hint"},
		}},
		{"form.parties", []formElement{
			{Path: "/consignee/creditCode", Label: "form.consignee", Code: true},
			{Path: "/consignee/name", Label: "form.consigneename"},
			{Path: "/declarant/creditCode", Label: "head.declarant", Code: true},
			{Path: "/declarant/name", Label: "form.declarantname"},
		}},
		{"form.way", []formElement{
			{Path: "/billOfLading", Label: "object.bill", Code: true},
			{Path: "/manifest", Label: "object.manifest", Code: true},
			{Path: "/transport/mode", Label: "form.transportmode", Code: true},
			{Path: "/transport/name", Label: "manifest.means"},
			{Path: "/transport/voyage", Label: "manifest.journey", Code: true},
			{Path: "/packages", Label: "head.packages", Kind: "number"},
			{Path: "/packageKind", Label: "form.packagekind", Code: true},
			{Path: "/grossMass", Label: "form.gross", Kind: "number"},
			{Path: "/terms", Label: "head.terms", Kind: "select"},
			{Path: "/currency", Label: "form.currency", Code: true},
			{Path: "/containers", Label: "confirm.containers", Code: true, Hint: "form.containers.hint"},
		}},
	},
	Line: []formElement{
		{Path: "/commodity", Label: "column.commodity", Code: true},
		{Path: "/name", Label: "form.name", Wide: true},
		{Path: "/quantity", Label: "lines.quantity", Kind: "number"},
		{Path: "/unit", Label: "form.unit", Code: true},
		{Path: "/legalQuantity", Label: "form.legalquantity", Kind: "number"},
		{Path: "/legalUnit", Label: "form.legalunit", Code: true},
		{Path: "/total", Label: "lines.price", Kind: "number"},
		{Path: "/origin", Label: "column.origin", Code: true},
	},
	Within: map[string]string{"/equipment": "/containers", "/containers": "/containers", "/operator": "/consignee/creditCode"},
}

func (s *Server) loadApplication(ctx context.Context, id string) (*bonded.Application, error) {
	var a bonded.Application
	_, err := s.house().Read.Load(ctx, dossier.Application, id, &a)
	return &a, absentIf(err, journal.Ref{Kind: "bill_of_lading", ID: id})
}

// ladings answers GET /ladings: newest first.
func (s *Server) ladings(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	q := store.Query{Limit: pageRows, Before: r.URL.Query().Get("after"), Where: map[string][]string{"kind": {string(procedure.LadingApplication)}}}
	if number := strings.ToUpper(fold(r.URL.Query().Get("q"))); number != "" {
		q.Where["number"] = []string{number}
	}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.Application, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := Table{
		ID: "list", Caption: T(ctx, "ladings.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "ladings.empty"), Text: T(ctx, "ladings.empty.text"), Act: Act{Text: T(ctx, "manifests.title"), Href: "/manifests"}},
		Columns: []Column{
			{Title: T(ctx, "object.application")},
			{Title: T(ctx, "object.bill")},
			{Title: T(ctx, "head.packages"), Number: true},
			{Title: T(ctx, "column.gross"), Unit: "kg", Number: true},
			{Title: T(ctx, "lading.arrived"), Number: true},
			{Title: T(ctx, "list.filed")},
			{Title: T(ctx, "column.state")},
		},
	}
	for _, item := range found.Items {
		a, err := read[bonded.Application](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, applicationObject(a)) != nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Href: "/ladings/" + a.ID, Cells: []templ.Component{
			Code(numberOr(a.Number, a.ID)), Code(a.Content.BillOfLading), Number(Measure(a.Content.Packages, "")), Number(Measure(a.Content.GrossMass, "")),
			Number(Measure(a.Arrived.Packages, "")), When(a.Filed), BadgeView(badge(ctx, ladingWords, a.State)),
		}})
	}
	t.Pager = keyed(ctx, "/ladings", r.URL.Query(), found.Next, len(t.Rows))
	s.Render(w, r, Page{Title: T(ctx, "ladings.title"), Live: []string{"book", "passage"}},
		templ.Join(Search("/ladings", r.URL.Query().Get("q"), "#list", T(ctx, "ladings.search")), TableView(t)))
}

// newLading answers GET /ladings/new: filled from the registration and from a
// bill of lading.
func (s *Server) newLading(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.mayLodge(ctx, "bill_of_lading")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	f := newDeclaration()
	f.Shape = ladingShape
	s.usual(ctx, who, f)
	f.Values = onlyShown(f)
	if id := r.URL.Query().Get("bill"); id != "" {
		b, _, err := s.loadBill(ctx, id)
		if err == nil {
			err = party.May(who, party.View, s.billObject(ctx, b))
		}
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		f.over(T(ctx, "form.source.bill", "number", b.Number, "journey", b.Journey), func() {
			f.fromBill(b)
			f.set("/manifest", s.manifestNumber(ctx, b.Manifest))
			f.set("/entryOffice", b.Office)
			if b.Content.Consignee.Code != "" {
				f.set("/consignee/creditCode", b.Content.Consignee.Code)
				f.set("/consignee/name", b.Content.Consignee.Name)
			}
		})
		f.Values, f.Lines = onlyShown(f), 1
		for path := range f.Values { // goods are stated with their price, or not at all
			if strings.HasPrefix(path, "/lines/") {
				delete(f.Values, path)
			}
		}
	}
	books, err := s.house().Read.Find(ctx, dossier.Book, "enterprise", f.value("/consignee/creditCode"), 2)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if len(books) == 1 {
		if b, err := s.loadBook(ctx, books[0]); err == nil && b.Number != "" && party.May(who, party.View, bookObject(b)) == nil {
			f.Values["/bookNumber"], f.Sources["/bookNumber"] = b.Number, T(ctx, "form.source.onlybook")
		}
	}
	if modes := s.modesWith(ctx, procedure.StepApply); len(modes) == 2 {
		f.Values["/procedure"] = modes[1].Value
	}
	s.showLadingForm(w, r, f)
}

// onlyShown leaves out the values that a form does not show.
func onlyShown(f *declareForm) map[string]string {
	shown := map[string]string{}
	keep := func(path string) {
		if value, ok := f.Values[path]; ok {
			shown[path] = value
		}
	}
	for _, section := range f.Shape.Sections {
		for _, e := range section.Elements {
			keep(e.Path)
		}
	}
	for i := range f.Lines {
		for _, e := range f.Shape.Line {
			keep(linePath(i) + e.Path)
		}
	}
	return shown
}

// modesWith are the modes in force that have a step, after a line that asks for a
// choice.
func (s *Server) modesWith(ctx context.Context, step string) []Option {
	list := []Option{{"", T(ctx, "form.choose")}}
	if ref := s.reference(); ref != nil {
		for _, m := range ref.Modes().Catalogue().List() {
			if m.InForce(s.now().Date()) && m.Step(step) != nil && !slices.ContainsFunc(list, func(o Option) bool { return o.Value == m.ID }) {
				list = append(list, Option{m.ID, inLanguage(ctx, m.Title.English, m.Title.Chinese)})
			}
		}
	}
	return list
}

// applyLading answers POST /ladings.
func (s *Server) applyLading(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	f := newDeclaration()
	f.Shape = ladingShape
	f.take(r.PostForm)
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if f.rearrange(ctx, r, nil) {
		s.showLadingForm(w, r, f)
		return
	}
	content, faults := f.declaration()
	if wantsBack(r) {
		f.giveBack(w, r, "lading-lines", faults)
		return
	}
	content.Kind, content.FilingType, content.Direction = declaration.FilingBill, declaration.FilingEnterFirst, declaration.Import
	content.Manifest, content.DeclaredOn = strings.TrimSpace(f.value("/manifest")), s.now().Date()
	content.NetMass, content.TradeMode, content.LevyNature = 0, "", ""
	request := bonded.LadingRequest{Content: content, Procedure: f.value("/procedure"), Guarantee: strings.ToUpper(fold(f.value("/guarantee")))}
	for i := range content.Equipment {
		request.Containers = append(request.Containers, content.Equipment[i].Number)
	}
	if f.Faults = faults; len(faults) == 0 {
		object := party.Object{Kind: "bill_of_lading", ID: content.BillOfLading, Parties: []string{content.Consignee.Code()}}
		if err = party.May(who, party.Lodge, object); err == nil {
			var done decision.Receipt
			if done, err = s.house().Ladings.Apply(ctx, s.command(r, "application.file", who.Actor), who.Actor, request); err == nil {
				var reply bonded.Reply
				if err = json.Unmarshal(done.Reply, &reply); err == nil {
					sent(w, r, "/ladings/"+reply.ID)
					return
				}
			}
		}
		if f.Faults = fault.All(err); len(f.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
		for i, one := range f.Faults { // the story knows what was stated as the content
			if rest, ok := strings.CutPrefix(one.Path, "/content"); ok {
				moved := *one
				moved.Path = rest
				f.Faults[i] = &moved
			}
		}
	}
	s.showLadingForm(w, r, f)
}

func (s *Server) showLadingForm(w http.ResponseWriter, r *http.Request, f *declareForm) {
	ctx := r.Context()
	f.keyed(r)
	f.Choices = s.formChoices(ctx, f)
	f.Choices["/procedure"] = s.modesWith(ctx, procedure.StepApply)
	s.Render(w, r, Page{
		Title: T(ctx, "lading.new"), Trail: []Link{{T(ctx, "ladings.title"), "/ladings"}}, Faults: f.known(),
		Acts: []Act{{Text: T(ctx, "lading.apply"), Form: "lading", Name: "do", Value: "apply"}},
	}, ladingFormBody(f))
}

// passingStep is one of the two customs on the way of an application.
type passingStep struct {
	Office procedure.Office
	Done   bool
	Turn   bool
}

// ladingPage is an application with what hangs on it.
type ladingPage struct {
	*bonded.Application
	Steps  []passingStep
	Amount Table
	Notes  Table
	Debts  []*obligation.Obligation
	Case   *casework.Case
	Line   LifeLine
	Acts   actsForm
	Held   num.Money
}

// ladingActs are what can be done with an application.
func (s *Server) ladingActs(a *bonded.Application, arrived func(path string) num.Quantity) []paperAct {
	desk := s.house().Ladings
	if desk == nil {
		return nil
	}
	decide := func(agree bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.DecideApplication(ctx, c, by, id, agree, reason)
		}
	}
	waits := len(a.Arrivals) > 0 && a.Arrivals[len(a.Arrivals)-1].Open
	switch {
	case a.State == bonded.ApplicationSubmitted:
		return []paperAct{
			{Value: "agree", Text: "lading.agree", Right: party.Decide, Do: decide(true)},
			{Value: "refuse", Text: "lading.refuse", Right: party.Decide, Danger: true, Do: decide(false)},
		}
	case a.State == bonded.ApplicationApproved && waits:
		return []paperAct{{Value: "confirm", Text: "lading.confirm", Right: party.Decide, Do: desk.DecideArrival}}
	case a.State == bonded.ApplicationApproved && a.Passed.Packages > a.Arrived.Packages:
		return []paperAct{{Value: "arrive", Text: "lading.arrive", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			return desk.Arrive(ctx, c, by, id, bonded.Amounts{Packages: arrived("/packages"), GrossMass: arrived("/grossMass")})
		}}}
	}
	return nil
}

// arrivalFields ask what stands in the warehouse; all that passed is proposed.
func arrivalFields(ctx context.Context, a *bonded.Application) []Field {
	return []Field{
		{Path: "/packages", Name: "/packages", Label: T(ctx, "lading.arrived.packages"), Kind: "number", Complete: "off", Value: (a.Passed.Packages - a.Arrived.Packages).String()},
		{Path: "/grossMass", Name: "/grossMass", Label: T(ctx, "lading.arrived.mass"), Kind: "number", Complete: "off", Value: (a.Passed.GrossMass - a.Arrived.GrossMass).String(), Hint: T(ctx, "lading.arrived.hint")},
	}
}

// lading answers GET /ladings/{id}.
func (s *Server) lading(w http.ResponseWriter, r *http.Request) {
	if path := s.amendmentHere(r.Context(), r.PathValue("id")); path != "" {
		http.Redirect(w, r, path, http.StatusSeeOther)
		return
	}
	s.showLading(w, r, nil)
}

// actOnLading answers POST /ladings/{id}.
func (s *Server) actOnLading(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	a, err := s.loadApplication(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	entered := newForm(ladingShape)
	entered.take(r.PostForm)
	p := formReader{f: &entered}
	amounts := map[string]num.Quantity{}
	if r.PostForm.Get("act") == "arrive" {
		amounts["/packages"], amounts["/grossMass"] = p.quantity("/packages"), p.quantity("/grossMass")
	}
	if len(p.faults) > 0 {
		s.showLading(w, r, p.faults)
		return
	}
	acts := s.ladingActs(a, func(path string) num.Quantity { return amounts[path] })
	if faults, done := s.carryOut(w, r, applicationObject(a), a.ID, "lading-application", "/ladings/"+a.ID, acts); !done {
		s.showLading(w, r, faults)
	}
}

func (s *Server) showLading(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	a, err := s.loadApplication(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, applicationObject(a))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := &ladingPage{Application: a}
	if err := s.gatherLading(ctx, p); err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Acts = actsOn(ctx, who, applicationObject(a), "/ladings/"+a.ID, s.ladingActs(a, nil))
	if len(p.Acts.Acts) > 0 && who.Actor.Kind != journal.Officer {
		p.Acts.Fields, p.Acts.NoWhy = arrivalFields(ctx, a), true
	}
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := ladingHead(ctx, a)
	page.Faults = faults
	page.Acts = p.Acts.onPage()
	if who.Actor.Enterprise != "" && a.State == bonded.ApplicationApproved {
		if s.house().Notes != nil && a.OpenToNote().Packages > 0 {
			page.Acts = append(page.Acts, Act{Text: T(ctx, "note.new"), Href: "/notes/new?application=" + a.ID})
		}
		if s.house().Lists != nil && p.Case.List == "" && a.Arrived.Packages > 0 {
			page.Acts = append(page.Acts, Act{Text: T(ctx, "list.new"), Href: "/lists/new?application=" + a.ID})
		}
		if s.house().Clearance != nil && p.Case.Declaration == "" && a.Passed.Packages > 0 {
			page.Acts = append(page.Acts, Act{Text: T(ctx, "bill.declare"), Href: "/declare?application=" + a.ID})
		}
	}
	s.Render(w, r, page, ladingBody(s, p))
}

func ladingHead(ctx context.Context, a *bonded.Application) Page {
	return Page{
		ID: numberOr(a.Number, a.ID), Title: T(ctx, "object.application"), Live: []string{"book", "passage", "obligation"},
		Trail: []Link{{T(ctx, "ladings.title"), "/ladings"}}, Badges: []Badge{badge(ctx, ladingWords, a.State)},
		Facts: []Fact{
			{T(ctx, "object.bill"), Identifier(a.Content.BillOfLading, "/bills/"+a.Bill)},
			{T(ctx, "column.enterprise"), Text(partyName(a.Content.Consignee))},
			{T(ctx, "object.book"), Text(a.Content.BookNumber)},
			{T(ctx, "list.filed"), When(a.Filed)},
		},
	}
}

// gatherLading reads what hangs on an application.
func (s *Server) gatherLading(ctx context.Context, p *ladingPage) error {
	house, a := s.house().Read, p.Application
	p.Case = &casework.Case{}
	if _, err := house.Load(ctx, dossier.Case, a.ID, p.Case); err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return err
	}
	subjects := []journal.Ref{{Kind: "application", ID: a.ID}}
	for _, debts := range p.Case.Debts {
		for _, id := range debts {
			o := &obligation.Obligation{}
			if _, err := house.Load(ctx, dossier.Obligation, id, o); err != nil {
				return err
			}
			p.Debts = append(p.Debts, o)
			subjects = append(subjects, journal.Ref{Kind: "obligation", ID: id})
		}
	}
	entries, err := s.entriesOf(ctx, subjects...)
	if err != nil {
		return err
	}
	p.Line, p.Amount = lifeLine(ctx, entries, s.now()), ladingAmounts(ctx, a)
	p.Steps = []passingStep{{Office: procedure.ZoneOffice}, {Office: procedure.PortOffice}}
	if ref := s.reference(); ref != nil {
		if mode, err := bonded.ModeOf(ref, p.Case); err == nil {
			if step := mode.Step(procedure.StepApply); step != nil {
				p.Steps = nil
				for _, c := range step.Confirm {
					p.Steps = append(p.Steps, passingStep{Office: c.Office})
				}
			}
		}
	}
	for i := range p.Steps {
		p.Steps[i].Done = a.State == bonded.ApplicationApproved || i < len(a.Confirmed)
		p.Steps[i].Turn = a.State == bonded.ApplicationSubmitted && i == len(a.Confirmed)
	}
	return nil
}

// ladingAmounts lays out how far the goods are: applied for, on notes, through
// the gate, in the warehouse.
func ladingAmounts(ctx context.Context, a *bonded.Application) Table {
	t := Table{
		ID: "amounts", Caption: T(ctx, "lading.amounts"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "lading.stage")}, {Title: T(ctx, "head.packages"), Number: true}, {Title: T(ctx, "column.gross"), Unit: "kg", Number: true}},
	}
	for _, row := range []struct {
		stage Key
		of    bonded.Amounts
	}{
		{"lading.declared", bonded.Amounts{Packages: a.Content.Packages, GrossMass: a.Content.GrossMass}},
		{"list.noted", a.Noted},
		{"list.through", a.Passed},
		{"lading.arrived", a.Arrived},
	} {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(T(ctx, row.stage)), Number(Measure(row.of.Packages, "")), Number(Measure(row.of.GrossMass, ""))}})
	}
	return t
}

// fromApplication fills a declaration from goods that entered first: what the
// application said, what the bill of lading says, and the lines of the
// verification list where there is one.
func (s *Server) fromApplication(ctx context.Context, who party.Who, id string, form *declareForm) error {
	a, err := s.loadApplication(ctx, id)
	if err == nil {
		err = party.May(who, party.View, applicationObject(a))
	}
	if err != nil {
		return err
	}
	earlier, err := s.earlierOf(ctx, who, a.Enterprise)
	if err != nil {
		return err
	}
	if earlier != nil { // what hardly ever changes for this enterprise
		form.over(T(ctx, "form.source.declaration", "number", numberOr(earlier.Number, earlier.ID), "day", earlier.DeclaredOn.String()), func() {
			form.set("/overseas/name", earlier.Overseas.Name)
			form.set("/overseas/country", string(earlier.Overseas.Country))
			form.set("/tradeCountry", string(earlier.TradeCountry))
			form.set("/departureCountry", string(earlier.DepartureCountry))
			form.set("/tradeMode", string(earlier.TradeMode))
			form.set("/levyNature", string(earlier.LevyNature))
			form.set("/terms", string(earlier.Terms))
			form.set("/currency", string(earlier.Currency))
		})
	}
	if b, _, err := s.loadBill(ctx, a.Bill); err == nil {
		form.over(T(ctx, "form.source.bill", "number", b.Number, "journey", b.Journey), func() { form.fromBill(b) })
	} else if !fault.Is(err, "PARTY-RIGHT-01") {
		return err
	}
	form.over(T(ctx, "form.source.application", "number", a.Number, "day", a.Filed.Date().String()), func() {
		form.fill(&a.Content)
		form.set("/procedure", a.Procedure)
		form.set("/kind", string(declaration.FilingBill))
		form.set("/filingType", strconv.Itoa(int(declaration.FilingEnterFirst)))
		form.set("/direction", string(declaration.Import))
		form.set("/guarantee", a.Guarantee)
	})
	form.Values["/declaredOn"] = s.now().Date().String()
	form.Source = numberOr(a.Number, a.ID)
	var file casework.Case
	if _, err := s.house().Read.Load(ctx, dossier.Case, a.ID, &file); err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return err
	}
	if file.List == "" {
		return nil
	}
	var l bonded.List
	if _, err := s.house().Read.Load(ctx, dossier.VerificationList, file.List, &l); err != nil {
		return err
	}
	form.over(T(ctx, "form.source.list", "number", numberOr(l.Number, l.ID)), func() { form.fromList(&l) })
	form.Lines = max(1, min(len(l.Lines), mostLines))
	return nil
}

// fromList puts the lines of a verification list into a declaration.
func (f *declareForm) fromList(l *bonded.List) {
	f.set("/listNumber", l.Number)
	f.set("/bookNumber", l.Book)
	f.set("/tradeMode", string(l.TradeMode))
	var net num.Quantity
	for i := range l.Lines {
		if i >= mostLines {
			break
		}
		line, path := &l.Lines[i], linePath(i)
		f.set("/currency", string(line.Currency))
		f.set(path+"/commodity", line.Commodity)
		f.set(path+"/name", line.Name)
		f.set(path+"/model", line.Model)
		f.set(path+"/quantity", line.Quantity.String())
		f.set(path+"/unit", string(line.Unit))
		f.set(path+"/legalQuantity", line.LegalQuantity.String())
		f.set(path+"/legalUnit", string(line.LegalUnit))
		f.set(path+"/total", line.Total.String())
		f.set(path+"/origin", string(line.Origin))
		f.set(path+"/netMass", line.NetMass.String())
		f.set(path+"/levyMode", string(line.LevyMode))
		f.set(path+"/bookLine", strconv.Itoa(line.BookLine))
		f.set(path+"/finalDestination", line.Destination)
		net += line.NetMass
	}
	f.set("/netMass", net.String())
}

// earlierOf gives the last filing bill of an enterprise that this person may see,
// nil where there is none.
func (s *Server) earlierOf(ctx context.Context, who party.Who, enterprise string) (*declaration.Declaration, error) {
	found, err := s.house().Read.List(ctx, dossier.Declaration, store.Query{Where: map[string][]string{"enterprise": {enterprise}}, Limit: 20})
	if err != nil {
		return nil, err
	}
	for _, item := range found.Items {
		d, err := read[declaration.Declaration](item)
		if err != nil {
			return nil, err
		}
		if d.Kind == declaration.FilingBill && party.May(who, party.View, declarationObject(d)) == nil {
			return d, nil
		}
	}
	return nil, nil
}

func (s *Server) manifestNumber(ctx context.Context, id string) string {
	var m clearance.Manifest
	if _, err := s.house().Read.Load(ctx, dossier.Manifest, id, &m); err != nil {
		return "" // the story asks for it
	}
	return m.Number
}

func sampleApplication() *bonded.Application {
	d := sampleDeclaration()
	d.BookNumber = "T2218W000001"
	return &bonded.Application{
		ID: "gallery", Number: "LA221826000000031", State: bonded.ApplicationApproved, Procedure: "enter-first", Enterprise: "91310000MA1FL0EW6X", Bill: "gallery", Content: d,
		Guarantee: "G221826000004", Level: 4, Highest: 18_412_320, Filed: sampleAt("2026-11-20T09:12"), Approved: sampleAt("2026-11-20T09:12"),
		Noted: bonded.Amounts{Packages: d.Packages, GrossMass: d.GrossMass}, Passed: bonded.Amounts{Packages: d.Packages, GrossMass: d.GrossMass},
	}
}

func galleryLading(ctx context.Context) Specimen {
	a := sampleApplication()
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	p := &ladingPage{
		Application: a, Amount: ladingAmounts(ctx, a), Case: &casework.Case{}, Steps: []passingStep{{procedure.ZoneOffice, true, false}, {procedure.PortOffice, true, false}},
		Debts: []*obligation.Obligation{{
			ID: "gallery", Kind: "declare", State: obligation.Open, Due: sampleAt("2026-12-04T00:00").Date(),
			Hold: obligation.Hold{Guarantee: a.Guarantee, Amount: 9_206_160, Left: 9_206_160},
		}},
		Acts: actsForm{Path: "/gallery/lading", NoWhy: true, Fields: arrivalFields(ctx, a), Acts: []Act{{Text: T(ctx, "lading.arrive"), Form: "acts", Name: "act", Value: "arrive"}}},
	}
	page := ladingHead(ctx, a)
	page.Acts = p.Acts.Acts
	return Specimen{Name: "lading", Title: "object.application", Page: page, Body: ladingBody(s, p)}
}

func galleryLadingForm(ctx context.Context) Specimen {
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	f := newDeclaration()
	f.Shape = ladingShape
	d := sampleDeclaration()
	f.fill(&d)
	f.Values = onlyShown(f)
	f.Lines = 2
	f.from(T(ctx, "form.source.bill", "number", d.BillOfLading, "journey", d.Transport.Voyage))
	f.Faults = fault.List{fault.New(fault.Refused, "BONDED-LADING-01", "/billOfLading", "bill of lading {number} of journey {journey} stands on no manifest",
		"check both numbers, or wait for the manifest", "number", d.BillOfLading, "journey", d.Transport.Voyage)}
	f.Choices = s.formChoices(ctx, f)
	return Specimen{Name: "newlading", Title: "lading.new", Page: Page{Faults: f.Faults, Acts: []Act{{Text: T(ctx, "lading.apply"), Form: "lading", Name: "do", Value: "apply"}}}, Body: ladingFormBody(f)}
}
