package console

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/draft"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/procedure"
)

var formSections = []formSection{
	{"form.what", []formElement{
		{Path: "/procedure", Label: "fact.way", Kind: "select"},
		{Path: "/kind", Label: "form.kind", Kind: "select"},
		{Path: "/filingType", Label: "form.filingtype", Kind: "select", Hint: "form.filingtype.hint"},
		{Path: "/direction", Label: "form.direction", Kind: "select"},
		{Path: "/competentOffice", Label: "fact.office", Code: true},
		{Path: "/entryOffice", Label: "form.entryoffice", Code: true},
		{Path: "/declaredOn", Label: "form.declaredon", Kind: "date"},
		{Path: "/entryOn", Label: "form.entryon", Kind: "date"},
		{Path: "/guarantee", Label: "object.guarantee", Code: true, Hint: "form.guarantee.hint"},
	}},
	{"form.parties", []formElement{
		{Path: "/consignee/creditCode", Label: "form.consignee", Code: true},
		{Path: "/consignee/name", Label: "form.consigneename"},
		{Path: "/declarant/creditCode", Label: "head.declarant", Code: true},
		{Path: "/declarant/name", Label: "form.declarantname"},
		{Path: "/overseas/name", Label: "head.overseas"},
		{Path: "/overseas/country", Label: "form.overseascountry", Code: true},
	}},
	{"form.way", []formElement{
		{Path: "/billOfLading", Label: "object.bill", Code: true},
		{Path: "/transport/mode", Label: "form.transportmode", Code: true},
		{Path: "/transport/name", Label: "manifest.means"},
		{Path: "/transport/voyage", Label: "manifest.journey", Code: true},
		{Path: "/departureCountry", Label: "head.departure", Code: true},
		{Path: "/port", Label: "head.port", Code: true},
		{Path: "/containers", Label: "confirm.containers", Code: true, Hint: "form.containers.hint", Wide: true},
		{Path: "/bookNumber", Label: "object.book", Code: true},
		{Path: "/listNumber", Label: "head.list", Code: true},
	}},
	{"form.trade", []formElement{
		{Path: "/tradeMode", Label: "head.trademode", Code: true},
		{Path: "/levyNature", Label: "head.levy", Code: true},
		{Path: "/tradeCountry", Label: "head.country", Code: true},
		{Path: "/terms", Label: "head.terms", Kind: "select"},
		{Path: "/currency", Label: "form.currency", Code: true},
		{Path: "/freight/amount", Label: "form.freight", Kind: "number"},
		{Path: "/insurance/amount", Label: "form.insurance", Kind: "number"},
		{Path: "/packages", Label: "head.packages", Kind: "number"},
		{Path: "/packageKind", Label: "form.packagekind", Code: true},
		{Path: "/grossMass", Label: "form.gross", Kind: "number"},
		{Path: "/netMass", Label: "form.net", Kind: "number"},
		{Path: "/contract", Label: "head.contract"},
		{Path: "/remarks", Label: "column.remark"},
	}},
	{"form.levy", []formElement{
		{Path: "/levy/on", Label: "levy.on", Kind: "select", Hint: "levy.on.hint"},
		{Path: "/levy/materials", Label: "levy.materials", Kind: "textarea", Code: true, Hint: "levy.materials.hint", Wide: true},
	}},
}

// lineElements are the inputs of one line, in the order in which columns of a
// spreadsheet are pasted.
var lineElements = []formElement{
	{Path: "/commodity", Label: "column.commodity", Code: true},
	{Path: "/name", Label: "form.name", Wide: true},
	{Path: "/model", Label: "form.model", Wide: true},
	{Path: "/quantity", Label: "lines.quantity", Kind: "number"},
	{Path: "/unit", Label: "form.unit", Code: true},
	{Path: "/legalQuantity", Label: "form.legalquantity", Kind: "number"},
	{Path: "/legalUnit", Label: "form.legalunit", Code: true},
	{Path: "/total", Label: "lines.price", Kind: "number"},
	{Path: "/origin", Label: "column.origin", Code: true},
	{Path: "/netMass", Label: "form.net", Kind: "number"},
	{Path: "/levyMode", Label: "form.levymode", Code: true},
	{Path: "/bookLine", Label: "lines.book", Kind: "number"},
	{Path: "/finalDestination", Label: "form.destination", Code: true},
}

// home is where goods of an import mostly go.
const home = "CN"

// declarationShape is the form of a declaration.
var declarationShape = &formShape{
	Name: "declare", Action: "/declare", Sections: formSections, Line: lineElements, Preset: []string{"/levyMode", "/finalDestination"},
	Within: map[string]string{"/equipment": "/containers", "/levy/materials": "/levy/materials"},
}

// declareForm is the form of a declaration: every value as it was entered.
type declareForm struct {
	paperForm
	Preview *preview
	Source  string            // number of the paper it was filled from
	Origin  map[string]string // which paper that was: declaration, bill of lading, lading application
	Keeps   bool              // unfinished forms are kept here
	Draft   string            // id under which it is kept, "" when it is not
	Saved   clock.Instant     // when it was kept last
	Others  int               // drafts of the same person
}

func newDeclaration() *declareForm { return &declareForm{paperForm: newForm(declarationShape)} }

// preset fills in what nearly every line has.
func (f *declareForm) preset(path string) {
	if f.Values[path+"/levyMode"] == "" {
		f.Values[path+"/levyMode"] = "1"
	}
	if f.Values[path+"/finalDestination"] == "" && f.Values["/direction"] != string(declaration.Export) {
		f.Values[path+"/finalDestination"] = home
	}
}

// preview is what a declarant learns before lodging, by a dry run of the same
// story.
type preview struct {
	Value, Total num.Money // CNY
	Working      *working
	Confirmation *declaration.Confirmation
	Levy         *clearance.Levy
}

// declare answers GET /declare: an empty form, or one filled from an earlier
// declaration (from), a bill of lading (bill) or a lading application whose goods
// entered first (application).
func (s *Server) declare(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.mayLodge(ctx, "declaration")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var form *declareForm
	if id := r.URL.Query().Get("draft"); id != "" {
		form, err = s.restored(ctx, who, id)
	} else {
		var kept []*draft.Draft
		if form, err = s.prefilled(ctx, who, r.URL.Query()); err == nil {
			kept, err = s.draftsOf(ctx, who)
			form.Others = len(kept)
		}
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showForm(w, r, form)
}

// origins are the papers that a declaration can be filled from.
var origins = []string{"from", "bill", "application"}

// originsOf gives the papers that a form was filled from, by what they are.
func originsOf(asked url.Values) map[string]string {
	found := map[string]string{}
	for _, name := range origins {
		if id := asked.Get(name); id != "" {
			found[name] = id
		}
	}
	return found
}

// prefilled gives the form with all that is known already, each value with its
// source: nobody is asked twice.
func (s *Server) prefilled(ctx context.Context, who party.Who, asked url.Values) (*declareForm, error) {
	form := newDeclaration()
	form.Origin = originsOf(asked)
	s.usual(ctx, who, form)
	if from := form.Origin["from"]; from != "" {
		d, _, err := s.loadDeclaration(ctx, from)
		if err == nil {
			err = party.May(who, party.View, declarationObject(d))
		}
		if err != nil {
			return nil, err
		}
		form.over(T(ctx, "form.source.declaration", "number", numberOr(d.Number, d.ID), "day", d.DeclaredOn.String()), func() { form.fill(d) })
		form.Values["/declaredOn"] = s.now().Date().String()
		form.Source = numberOr(d.Number, d.ID)
	}
	if id := form.Origin["bill"]; id != "" {
		b, _, err := s.loadBill(ctx, id)
		if err == nil {
			err = party.May(who, party.View, s.billObject(ctx, b))
		}
		if err != nil {
			return nil, err
		}
		form.over(T(ctx, "form.source.bill", "number", b.Number, "journey", b.Journey), func() { form.fromBill(b) })
		form.Source = b.Number
	}
	if id := form.Origin["application"]; id != "" {
		if err := s.fromApplication(ctx, who, id, form); err != nil {
			return nil, err
		}
	}
	return form, nil
}

// usual fills in what is nearly always the same for this enterprise.
func (s *Server) usual(ctx context.Context, who party.Who, form *declareForm) {
	var e party.Enterprise
	if _, err := s.house().Read.Load(ctx, dossier.Enterprise, who.Actor.Enterprise, &e); err == nil {
		form.Values["/declarant/creditCode"], form.Values["/declarant/name"] = string(e.CreditCode), e.Name
		if !e.Is(party.Broker) {
			form.Values["/consignee/creditCode"], form.Values["/consignee/name"] = string(e.CreditCode), e.Name
		}
		for _, a := range party.Organisation().Areas {
			if a.ID == e.Area {
				form.Values["/competentOffice"], form.Values["/entryOffice"] = string(a.Office), string(a.Office)
			}
		}
		form.from(T(ctx, "form.source.registration"))
	}
	form.Values["/declaredOn"] = s.now().Date().String()
	form.Values["/kind"], form.Values["/direction"], form.Values["/terms"] = string(declaration.BillOfEntry), string(declaration.Import), string(declaration.CIF)
	form.Values["/tradeMode"], form.Values["/levyNature"], form.Values["/transport/mode"] = "0110", "101", "2"
	form.Values["/lines/0/levyMode"], form.Values["/lines/0/finalDestination"] = "1", home
}

// fill puts an earlier declaration into the form.
func (f *declareForm) fill(d *declaration.Declaration) {
	set := f.set
	set("/procedure", d.Procedure)
	set("/kind", string(d.Kind))
	set("/filingType", strconv.Itoa(int(d.FilingType)))
	set("/direction", string(d.Direction))
	set("/competentOffice", string(d.CompetentOffice))
	set("/entryOffice", string(d.EntryOffice))
	set("/entryOn", d.EntryOn.String())
	set("/consignee/creditCode", d.Consignee.CreditCode)
	set("/consignee/name", d.Consignee.Name)
	set("/declarant/creditCode", d.Declarant.CreditCode)
	set("/declarant/name", d.Declarant.Name)
	set("/overseas/name", d.Overseas.Name)
	set("/overseas/country", string(d.Overseas.Country))
	set("/billOfLading", d.BillOfLading)
	set("/transport/mode", string(d.Transport.Mode))
	set("/transport/name", d.Transport.Name)
	set("/transport/voyage", d.Transport.Voyage)
	set("/departureCountry", string(d.DepartureCountry))
	set("/port", string(d.Port))
	set("/bookNumber", d.BookNumber)
	set("/listNumber", d.ListNumber)
	set("/tradeMode", string(d.TradeMode))
	set("/levyNature", string(d.LevyNature))
	set("/tradeCountry", string(d.TradeCountry))
	set("/terms", string(d.Terms))
	set("/currency", string(d.Currency))
	set("/packages", d.Packages.String())
	set("/packageKind", string(d.PackageKind))
	set("/grossMass", d.GrossMass.String())
	set("/netMass", d.NetMass.String())
	set("/contract", d.Contract)
	set("/remarks", d.Remarks)
	var boxes []string
	for i := range d.Equipment {
		boxes = append(boxes, strings.Join(append([]string{d.Equipment[i].Number}, d.Equipment[i].Seals...), " "))
	}
	set("/containers", strings.Join(boxes, ", "))
	for i := range d.Lines {
		l, path := &d.Lines[i], linePath(i)
		set(path+"/commodity", string(l.Commodity))
		set(path+"/name", l.Name)
		set(path+"/model", l.Model)
		set(path+"/quantity", l.Quantity.String())
		set(path+"/unit", string(l.Unit))
		set(path+"/legalQuantity", l.LegalQuantity.String())
		set(path+"/legalUnit", string(l.LegalUnit))
		set(path+"/total", l.Total.String())
		set(path+"/origin", string(l.Origin))
		set(path+"/netMass", l.NetMass.String())
		set(path+"/levyMode", string(l.LevyMode))
		set(path+"/bookLine", strconv.Itoa(l.BookLine))
		set(path+"/finalDestination", l.FinalDestination)
	}
	f.Lines = max(len(d.Lines), 1)
	if d.Levy != nil {
		set("/levy/on", string(d.Levy.On))
		set("/levy/materials", materialRows(d.Levy.Materials))
	}
}

// fromBill puts what a bill of lading says into the form: nobody is asked twice.
func (f *declareForm) fromBill(b *clearance.BillOfLading) {
	set := f.set
	set("/billOfLading", b.Number)
	set("/transport/name", b.Transport.MeansName)
	set("/transport/voyage", b.Journey)
	set("/port", string(b.Content.PortOfLoading))
	set("/packages", b.Content.Packages.String())
	set("/packageKind", b.Content.PackageKind)
	set("/grossMass", b.Content.GrossMass.String())
	set("/entryOn", b.Arrival.Day.String())
	set("/overseas/name", b.Content.Consignor.Name)
	var boxes []string
	for _, e := range b.Content.Equipment {
		box := e.Number
		for _, seal := range e.Seals {
			box += " " + seal.Number
		}
		boxes = append(boxes, box)
	}
	set("/containers", strings.Join(boxes, ", "))
	for i, g := range b.Content.Goods {
		if i < mostLines {
			set(linePath(i)+"/name", g.Description)
			set(linePath(i)+"/commodity", g.HS)
			f.Lines = i + 1
		}
	}
}

// lodge answers POST /declare: take pasted lines in, add a line, tell what would
// happen, or lodge.
func (s *Server) lodge(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	form := newDeclaration()
	form.take(r.PostForm)
	who, err := s.who(ctx)
	if err == nil {
		var known *declareForm
		if known, err = s.prefilled(ctx, who, r.PostForm); err == nil {
			form.Origin, form.Source = known.Origin, known.Source
			form.keep(&known.paperForm)
		}
	}
	form.Draft = r.PostForm.Get("draft")
	if form.Draft != "" && err == nil {
		kept, absent := s.loadDraft(ctx, who, form.Draft)
		if form.Draft = ""; absent == nil {
			form.Draft, form.Saved = kept.ID, kept.Saved
		}
	}
	if r.PostForm.Get("do") == "save" && err == nil && s.house().Drafts != nil {
		s.saveDraft(w, r, form)
		return
	}
	if err == nil {
		owner := cmp.Or(form.value("/consignee/creditCode"), who.Actor.Enterprise)
		err = party.May(who, party.Lodge, party.Object{Kind: "declaration", Parties: []string{owner}})
	}
	if err != nil {
		if form.Faults = fault.All(err); len(form.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
		form.Faults = at("/consignee/creditCode", err)
		s.showForm(w, r, form)
		return
	}
	if form.rearrange(ctx, r, form.preset) {
		if r.PostForm.Get("do") == "import" && len(form.Faults) == 0 {
			form.Faults = onLines(s.faultsOf(r, who, form))
		}
		s.showForm(w, r, form)
		return
	}
	if wantsBack(r) {
		form.giveBack(w, r, "lines", s.faultsOf(r, who, form))
		return
	}
	doc, faults := form.declaration()
	lodging := clearance.Lodging{Declaration: doc, Guarantee: form.value("/guarantee")}
	if len(faults) > 0 {
		form.Faults = faults
		s.showForm(w, r, form)
		return
	}
	if r.PostForm.Get("do") == "preview" {
		form.Preview, err = s.tryLodge(r, who, lodging)
	} else {
		var receipt struct {
			ID string `json:"id"`
		}
		done, lodged := s.house().Clearance.Lodge(ctx, s.command(r, "declaration.lodge", who.Actor), who.Actor, lodging)
		if err = lodged; err == nil {
			if err = json.Unmarshal(done.Reply, &receipt); err == nil {
				s.finished(r, who)
				sent(w, r, "/declarations/"+receipt.ID)
				return
			}
		}
	}
	if err != nil {
		if form.Faults = fault.All(err); len(form.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	s.showForm(w, r, form)
}

// faultsOf tells everything that is wrong with the form as it stands.
func (s *Server) faultsOf(r *http.Request, who party.Who, form *declareForm) fault.List {
	doc, faults := form.declaration()
	if len(faults) == 0 {
		_, err := s.tryLodge(r, who, clearance.Lodging{Declaration: doc, Guarantee: form.value("/guarantee")})
		faults = fault.All(err)
	}
	return faults
}

// tryLodge asks the story what it would do, without doing it. Of its answer a
// declarant learns the duty and whether the three documents agree: a form that
// told the channel as well would be a way to find out the rules by trying.
func (s *Server) tryLodge(r *http.Request, who party.Who, l clearance.Lodging) (*preview, error) {
	c := s.command(r, "declaration.lodge", who.Actor)
	c.Key = ""
	effects, err := s.house().Clearance.TryLodge(r.Context(), c, who.Actor, l)
	if err != nil {
		return nil, err
	}
	p := &preview{}
	for _, put := range effects.Puts {
		if a, ok := put.Body.(*clearance.Assessment); ok && put.Kind == dossier.Assessment {
			p.Value, p.Total, p.Confirmation, p.Levy = a.Value, a.Total, a.Confirmation, a.Levy
			if p.Working, err = readWorking(a.Working); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// showForm renders the form with its faults beside the fields.
func (s *Server) showForm(w http.ResponseWriter, r *http.Request, form *declareForm) {
	ctx := r.Context()
	form.keyed(r)
	form.Keeps = s.house().Drafts != nil
	form.Choices = s.formChoices(ctx, form)
	page := Page{
		Title: T(ctx, "form.new"), Trail: []Link{{T(ctx, "declarations.title"), "/declarations"}}, Faults: form.known(),
		Acts: []Act{{Text: T(ctx, "form.lodge"), Form: "declare", Name: "do", Value: "lodge"}, {Text: T(ctx, "form.preview"), Form: "declare", Name: "do", Value: "preview"}},
	}
	if form.Source != "" {
		page.Badges = []Badge{{Info, T(ctx, "form.filled", "number", form.Source)}}
	}
	s.Render(w, r, page, formBody(form))
}

// formChoices are the choices of the selects.
func (s *Server) formChoices(ctx context.Context, form *declareForm) map[string][]Option {
	choices := map[string][]Option{
		"/kind": options(ctx, declarationKinds),
		"/filingType": {
			{"", T(ctx, "form.filing.none")},
			{"1", T(ctx, "form.filing.ordinary")},
			{"2", T(ctx, "form.filing.enterfirst")},
			{"3", T(ctx, "form.filing.collected")},
			{"4", T(ctx, "form.filing.collectedentry")},
		},
		"/direction": {{string(declaration.Import), T(ctx, "form.import")}, {string(declaration.Export), T(ctx, "form.export")}},
	}
	choices["/levy/on"] = append([]Option{{"", T(ctx, "levy.none")}}, options(ctx, levyWords)...)
	for _, terms := range []declaration.Terms{declaration.CIF, declaration.CFR, declaration.FOB, declaration.EXW, declaration.CAI} {
		choices["/terms"] = append(choices["/terms"], Option{string(terms), string(terms)})
	}
	modes := []Option{{"", T(ctx, "form.choose")}}
	if ref := s.reference(); ref != nil {
		day, err := clock.ParseDate(form.value("/declaredOn"))
		if err != nil {
			day = s.now().Date()
		}
		for _, m := range ref.Modes().Catalogue().List() {
			if m.InForce(day) && declares(m) && !slices.ContainsFunc(modes, func(o Option) bool { return o.Value == m.ID }) {
				modes = append(modes, Option{m.ID, inLanguage(ctx, m.Title.English, m.Title.Chinese)})
			}
		}
	} else if form.value("/procedure") != "" {
		modes = append(modes, Option{form.value("/procedure"), form.value("/procedure")})
	}
	choices["/procedure"] = modes
	return choices
}

// declares tells whether a mode is chosen on a declaration.
func declares(m *procedure.Mode) bool {
	return slices.ContainsFunc(m.Papers, func(p procedure.Paper) bool { return p == "bill-of-entry" || p == "filing-bill" })
}

func galleryDeclare(ctx context.Context) Specimen {
	d := sampleDeclaration()
	form := newDeclaration()
	form.Lines, form.Source = 2, "221820261000012001"
	form.Keeps, form.Draft, form.Saved = true, "gallery", sampleAt("2026-11-23T09:38")
	form.Faults = fault.List{
		fault.New(fault.Invalid, "NUM-DECIMALS-01", "/grossMass", "“{value}” has more than {decimals} decimals",
			"round it to {decimals} decimals", "value", "17905.1234567", "decimals", 5),
		fault.New(fault.Invalid, "CLOCK-DATE-01", "/entryOn", "“{value}” is not a day", "write an existing day as YYYY-MM-DD", "value", "2026-11-31"),
	}
	form.fill(&d)
	form.from(T(ctx, "form.source.declaration", "number", form.Source, "day", "2026-11-02"))
	form.Values["/grossMass"], form.Values["/entryOn"] = "17905.1234567", "2026-11-31"
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	form.Choices = s.formChoices(ctx, form)
	a := sampleAssessment()
	w, err := readWorking(a.Working)
	if err != nil {
		panic(err) // fixed data of the gallery, read by every test of this package
	}
	form.Preview = &preview{Working: w, Value: a.Value, Total: a.Total, Confirmation: a.Confirmation, Levy: sampleLevy()}
	choice := sampleChoice()
	form.Values["/levy/on"], form.Values["/levy/materials"] = string(choice.On), materialRows(choice.Materials)
	return Specimen{
		Name: "declare", Title: "form.new", Body: formBody(form),
		Page: Page{
			Title: T(ctx, "form.new"), Faults: form.Faults, Badges: []Badge{{Info, T(ctx, "form.filled", "number", form.Source)}},
			Acts: []Act{{Text: T(ctx, "form.lodge"), Form: "declare", Name: "do", Value: "lodge"}},
		},
	}
}
