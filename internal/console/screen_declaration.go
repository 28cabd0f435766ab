package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/obligation"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/risk"
)

// declarationObject is what rights ask of a declaration: whose it is and where.
func declarationObject(d *declaration.Declaration) party.Object {
	object := party.Object{Kind: "declaration", ID: d.ID, Area: areaOf(string(d.CompetentOffice))}
	for _, p := range []declaration.Party{d.Consignee, d.Declarant} {
		if code := p.Code(); code != "" {
			object.Parties = append(object.Parties, code)
		}
	}
	return object
}

func orderObject(o *inspection.Order) party.Object {
	return party.Object{Kind: "inspection_order", ID: o.ID, Area: o.Area, Parties: append([]string{o.Enterprise}, o.Parties...)}
}

// audience tells how much of a why card the person may read.
func audience(ctx context.Context) risk.Audience {
	switch v := ViewerOf(ctx); {
	case v.Enterprise != "":
		return risk.Declarant
	case oversight.Cleared(v.Posts):
		return risk.Analyst
	}
	return risk.Officer
}

// file is a declaration with everything that hangs on it.
type file struct {
	declaration.Declaration
	Seen        int64 // version in the store
	Assessment  *clearance.Assessment
	Working     *working
	Orders      []*inspection.Order
	TaxBills    []*revenue.TaxBill
	Obligations []*obligation.Obligation
	Case        *casework.Case
	Line        LifeLine
	Acts        []Act
	Off         []string // why acts are off, each once
	Key         string   // of the form of acts
	Reason      string   // as entered
	Faults      fault.List
	Staff       bool
	Mode        string // title of its mode
	Corrected   *askedCorrection
}

func (s *Server) loadDeclaration(ctx context.Context, id string) (*declaration.Declaration, int64, error) {
	var d declaration.Declaration
	version, err := s.house().Read.Load(ctx, dossier.Declaration, id, &d)
	return &d, version, absentIf(err, journal.Ref{Kind: "declaration", ID: id})
}

// declaration answers GET /declarations/{id}.
func (s *Server) declaration(w http.ResponseWriter, r *http.Request) {
	s.showDeclaration(w, r, "", nil)
}

// decide answers POST /declarations/{id}: an officer's act with its reason, or
// the declarant's answer to what was asked.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	d, _, err := s.loadDeclaration(ctx, id)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	act := clearance.Decision{
		Act: clearance.Act(r.PostForm.Get("act")), Reason: strings.TrimSpace(r.PostForm.Get("reason")), Guarantee: r.PostForm.Get("guarantee"),
	}
	right := party.Decide
	if act.Act == clearance.ActSupplement {
		right = party.Lodge
	}
	who, err := s.may(ctx, right, declarationObject(d))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if act.Version, err = strconv.ParseInt(r.PostForm.Get("version"), 10, 64); err != nil {
		act.Version = 0
	}
	if _, err = s.house().Clearance.Decide(ctx, s.command(r, "declaration."+string(act.Act), who.Actor), who.Actor, id, act); err != nil {
		faults := fault.All(err)
		if len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
		s.showDeclaration(w, r, act.Reason, faults)
		return
	}
	sent(w, r, "/declarations/"+id)
}

func (s *Server) showDeclaration(w http.ResponseWriter, r *http.Request, reason string, faults fault.List) {
	ctx := r.Context()
	d, version, err := s.loadDeclaration(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, declarationObject(d))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	f := &file{Declaration: *d, Seen: version, Reason: reason, Faults: faults, Key: newKey(), Staff: who.Actor.Kind == journal.Officer}
	if err := s.gather(ctx, f); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.acts(ctx, who, f)
	f.Corrected = s.correctionCardOf(ctx, who, f)
	page := s.declarationPage(ctx, f)
	page.Acts = append(page.Acts, lookedAct(ctx, who, declarationObject(d))...)
	s.Render(w, r, page, declarationBody(s, f))
}

// gather reads what hangs on a declaration.
func (s *Server) gather(ctx context.Context, f *file) error {
	house := s.house().Read
	if f.Verdict != "" {
		var a clearance.Assessment
		_, err := house.Load(ctx, dossier.Assessment, f.Verdict, &a)
		switch {
		case fault.Is(err, "STORE-ABSENT-01"):
		case err != nil:
			return fmt.Errorf("load assessment %s: %w", f.Verdict, err)
		default:
			a.Verdict = a.Verdict.For(audience(ctx))
			f.Assessment = &a
			if f.Working, err = readWorking(a.Working); err != nil {
				return err
			}
		}
	}
	subjects := []journal.Ref{{Kind: "declaration", ID: f.ID}}
	orders, err := house.Find(ctx, dossier.InspectionOrder, "subject", f.ID, 20)
	if err != nil {
		return err
	}
	for _, id := range orders {
		o := &inspection.Order{}
		if _, err := house.Load(ctx, dossier.InspectionOrder, id, o); err != nil {
			return err
		}
		f.Orders = append(f.Orders, o)
		subjects = append(subjects, journal.Ref{Kind: "inspection_order", ID: id})
	}
	bills, err := house.Find(ctx, dossier.TaxBill, "declaration", f.ID, 20)
	if err != nil {
		return err
	}
	for _, id := range bills {
		b := &revenue.TaxBill{}
		if _, err := house.Load(ctx, dossier.TaxBill, id, b); err != nil {
			return err
		}
		f.TaxBills = append(f.TaxBills, b)
	}
	cases, err := house.Find(ctx, dossier.Case, "declaration", f.ID, 1)
	if err != nil {
		return err
	}
	for _, id := range cases {
		f.Case = &casework.Case{}
		if _, err := house.Load(ctx, dossier.Case, id, f.Case); err != nil {
			return err
		}
		if f.Case.Bill != "" {
			subjects = append(subjects, journal.Ref{Kind: "bill_of_lading", ID: f.Case.Bill})
		}
		for _, debts := range f.Case.Debts {
			for _, debt := range debts {
				o := &obligation.Obligation{}
				if _, err := house.Load(ctx, dossier.Obligation, debt, o); err != nil {
					return err
				}
				f.Obligations = append(f.Obligations, o)
				subjects = append(subjects, journal.Ref{Kind: "obligation", ID: debt})
			}
		}
	}
	entries, err := s.entriesOf(ctx, subjects...)
	if err != nil {
		return err
	}
	f.Line = lifeLine(ctx, entries, s.now())
	if ref := s.reference(); ref != nil {
		if mode, err := ref.Modes().Catalogue().At(f.Procedure, f.DeclaredOn); err == nil {
			f.Mode = inLanguage(ctx, mode.Title.English, mode.Title.Chinese)
		}
	}
	return nil
}

// reference gives the reference snapshots in force, nil where there are none.
func (s *Server) reference() *clearance.Reference {
	if s.deps.House.Reference == nil {
		return nil
	}
	return s.deps.House.Reference()
}

// acts fills in what the person can do with the declaration, and why not what
// cannot be done.
func (s *Server) acts(ctx context.Context, who party.Who, f *file) {
	if s.house().Clearance == nil {
		return
	}
	object := declarationObject(&f.Declaration)
	add := func(text Key, act clearance.Act, key string, on declaration.Event, right party.Action, danger bool) {
		off := can(ctx, who, right, object)
		if off == "" {
			if _, err := f.Apply(on, s.now(), declaration.Facts{}); err != nil {
				off = offBecause(ctx, err)
			}
		}
		if off == "" && act == clearance.ActRelease {
			off = f.standsInTheWay(ctx)
		}
		f.Acts = append(f.Acts, Act{Text: T(ctx, text), Form: "acts", Name: "act", Value: string(act), Key: key, Danger: danger, Off: off})
		if off != "" && !containsString(f.Off, off) {
			f.Off = append(f.Off, off)
		}
	}
	if !f.Staff {
		if f.State == declaration.SupplementAsked {
			add("act.supplement", clearance.ActSupplement, "", declaration.EventSupplement, party.Lodge, false)
		}
		return
	}
	if declaration.Life.Final(f.State) || f.State == declaration.Released {
		return
	}
	add("act.release", clearance.ActRelease, "a", declaration.EventTax, party.Decide, false)
	add("act.inspect", clearance.ActInspect, "i", declaration.EventInspect, party.Decide, false)
	add("act.ask", clearance.ActAskMore, "q", declaration.EventAskMore, party.Decide, false)
	add("act.return", clearance.ActReturn, "r", declaration.EventReturn, party.Decide, true)
}

// standsInTheWay says what keeps a release, as far as it can be seen here; the
// story judges it again.
func (f *file) standsInTheWay(ctx context.Context) string {
	for _, o := range f.Orders {
		if o.Open() {
			return T(ctx, "act.off.inspection", "number", o.Number)
		}
	}
	if f.Confirmed != nil {
		switch f.Confirmed.Result {
		case declaration.Conflict, declaration.NoMatch, declaration.Missing:
			return T(ctx, "act.off.confirmation", "result", T(ctx, confirmationWords[f.Confirmed.Result].Word))
		case declaration.Confirmed, declaration.Signal:
		}
	}
	return ""
}

func containsString(list []string, value string) bool {
	for _, one := range list {
		if one == value {
			return true
		}
	}
	return false
}

// declarationPage is the frame of a declaration.
func (s *Server) declarationPage(ctx context.Context, f *file) Page {
	p := Page{
		ID: numberOr(f.Number, f.ID), Title: named(ctx, declarationKinds, f.Kind), Live: []string{"declaration", "inspection"}, Faults: f.Faults,
		Badges: []Badge{badge(ctx, declarationWords, f.State)},
		Facts: []Fact{
			{T(ctx, "column.enterprise"), enterpriseCell(f.Consignee, f.Staff)},
			{T(ctx, "fact.way"), Text(numberOr(f.Mode, f.Procedure))},
			{T(ctx, "fact.office"), Text(joinedWords(string(f.CompetentOffice), s.codeName(ctx, codelist.Offices, string(f.CompetentOffice))))},
			{T(ctx, "fact.accepted"), When(f.Times.Accepted)},
		},
	}
	if f.Staff {
		p.Trail = []Link{{T(ctx, "work.title"), "/work"}, {T(ctx, "declarations.title"), "/declarations"}}
	} else {
		p.Trail = []Link{{T(ctx, "declarations.title"), "/declarations"}}
	}
	if f.Assessment != nil {
		p.Badges = append(p.Badges, badge(ctx, channelWords, f.Assessment.Verdict.Channel))
		p.Facts = append(p.Facts, Fact{T(ctx, "fact.value"), Text(Amount(f.Assessment.Value, "CNY"))}, Fact{T(ctx, "fact.tax"), Text(Amount(f.Assessment.Total, "CNY"))})
	}
	if f.Confirmed != nil {
		p.Badges = append(p.Badges, badge(ctx, confirmationWords, f.Confirmed.Result))
	}
	for _, act := range f.Acts {
		if act.Off == "" {
			p.Acts = append(p.Acts, act)
		}
	}
	if !f.Staff && f.State == declaration.Returned {
		p.Acts = append(p.Acts, Act{Text: T(ctx, "form.again"), Href: "/declare?from=" + f.ID})
	} else if !f.Staff {
		p.Acts = append(p.Acts, Act{Text: T(ctx, "form.copy"), Href: "/declare?from=" + f.ID})
		for _, ask := range []struct {
			on     declaration.Event
			kind   declaration.CorrectionKind
			text   Key
			danger bool
		}{{declaration.EventAskAmend, declaration.Amend, "correction.amend", false}, {declaration.EventAskDelete, declaration.Delete, "correction.delete", true}} {
			if s.house().Clearance != nil && f.mayBecome(ask.on) {
				p.Acts = append(p.Acts, Act{Text: T(ctx, ask.text), Href: "/declarations/" + f.ID + "/correction?kind=" + string(ask.kind), Danger: ask.danger})
			}
		}
	}
	return p
}

var declarationKinds = map[declaration.Kind]Key{
	declaration.BillOfEntry: "kind.billofentry",
	declaration.FilingBill:  "kind.filingbill",
}

// channelBadge is the channel of a row as the person may know it.
func channelBadge(ctx context.Context, row *declarationRow) Badge {
	if c := row.Assessment.Verdict.Channel; c != "" {
		return badge(ctx, channelWords, c)
	}
	if row.Channel != "" {
		return badge(ctx, channelWords, risk.Channel(row.Channel))
	}
	return Badge{Pending, T(ctx, "tone.pending")}
}

func channelOptions(ctx context.Context) []Option {
	return []Option{
		{string(risk.Green), T(ctx, "channel.green")}, {string(risk.Yellow), T(ctx, "channel.yellow")}, {string(risk.Red), T(ctx, "channel.red")},
	}
}

// linesTable is the goods of a declaration.
func (s *Server) linesTable(ctx context.Context, d *declaration.Declaration) Table {
	t := Table{
		ID: "lines", Caption: T(ctx, "lines.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty")},
		Columns: []Column{
			{Title: T(ctx, "lines.number"), Number: true},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "lines.name")},
			{Title: T(ctx, "lines.quantity"), Number: true},
			{Title: T(ctx, "lines.price"), Number: true},
			{Title: T(ctx, "column.origin")},
			{Title: T(ctx, "lines.book"), Number: true},
		},
	}
	for i := range d.Lines {
		l := &d.Lines[i]
		bookLine := ""
		if l.BookLine > 0 {
			bookLine = strconv.Itoa(l.BookLine)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(strconv.Itoa(l.Number)), Code(string(l.Commodity)), short(joinedWords(l.Name, l.Model), 44), Number(Measure(l.Quantity, string(l.Unit))),
			Number(Amount(l.Total, string(d.CurrencyOf(l)))), Text(joinedWords(string(l.Origin), s.codeName(ctx, codelist.Countries, string(l.Origin)))), Text(bookLine),
		}})
	}
	return t
}

// confirmationTable is the ten rows in which three documents confirm each other.
func confirmationTable(ctx context.Context, c *declaration.Confirmation) Table {
	t := Table{
		ID: "confirmation", Caption: T(ctx, "confirm.title"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "confirm.field")}, {Title: T(ctx, "confirm.papers")}, {Title: T(ctx, "column.declaration")}, {Title: T(ctx, "confirm.result")},
		},
	}
	for i, row := range c.Rows {
		right := templ.Component(short(row.Right, 26))
		if row.Outcome == declaration.RowConflict || row.Outcome == declaration.RowSignal {
			right = Differs(row.Right)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(T(ctx, rowNames[i])), short(row.Left, 26), right, rowOutcome(row),
		}})
	}
	return t
}

// headFacts are the elements of the head that are stated.
func (s *Server) headFacts(ctx context.Context, d *declaration.Declaration) []Fact {
	var facts []Fact
	add := func(name Key, value string) {
		if value != "" {
			facts = append(facts, Fact{T(ctx, name), Text(value)})
		}
	}
	coded := func(name Key, list codelist.ListName, code string) {
		if code != "" {
			add(name, joinedWords(code, s.codeName(ctx, list, code)))
		}
	}
	add("head.declarant", partyName(d.Declarant))
	add("head.overseas", partyName(d.Overseas))
	if d.BillOfLading != "" {
		facts = append(facts, Fact{T(ctx, "object.bill"), Identifier(d.BillOfLading, "")})
	}
	add("head.transport", joinedWords(s.codeName(ctx, codelist.TransportModes, string(d.Transport.Mode)), d.Transport.Name, d.Transport.Voyage))
	coded("head.trademode", codelist.SupervisionModes, string(d.TradeMode))
	coded("head.levy", codelist.LevyNatures, string(d.LevyNature))
	coded("head.country", codelist.Countries, string(d.TradeCountry))
	coded("head.departure", codelist.Countries, string(d.DepartureCountry))
	coded("head.port", codelist.Locations, string(d.Port))
	add("head.terms", joinedWords(string(d.Terms), string(d.Currency)))
	if d.Packages != 0 {
		add("head.packages", joinedWords(Measure(d.Packages, ""), s.codeName(ctx, codelist.Packages, string(d.PackageKind))))
	}
	if d.GrossMass != 0 {
		add("head.mass", Measure(d.GrossMass, "kg")+" / "+Measure(d.NetMass, "kg"))
	}
	for i := range d.Equipment {
		facts = append(facts, Fact{T(ctx, "column.container"), containerCell(d.Equipment[i].Number, strings.Join(d.Equipment[i].Seals, ", "))})
	}
	if d.BookNumber != "" {
		facts = append(facts, Fact{T(ctx, "object.book"), Identifier(d.BookNumber, "")})
	}
	add("head.list", d.ListNumber)
	add("head.contract", d.Contract)
	add("column.remark", d.Remarks)
	return facts
}

// dueNow tells whether an obligation or bill is past its day.
func dueNow(due clock.Date, now clock.Instant) bool { return due != 0 && due.End() <= now }

// declarationsPage answers GET /declarations: all that the person may see.
func (s *Server) declarationsPage(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	l := declarationList{
		Path: "/declarations", Title: "declarations.title", Asked: r.URL.Query(),
		Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty"), Text: T(ctx, "state.empty.text")},
	}
	l.Query.Where = map[string][]string{}
	if v := ViewerOf(ctx); v.Enterprise != "" {
		column := "enterprise"
		if r.URL.Query().Get("view") == "broker" {
			column = "broker"
		}
		l.Query.Where[column] = []string{who.Actor.Enterprise}
		l.Empty.Act = Act{Text: T(ctx, "form.new"), Href: "/declare"}
	}
	if channel := l.Asked.Get("channel"); channel != "" {
		l.Query.Where["channel"] = []string{channel}
	}
	if state := l.Asked.Get("state"); state != "" {
		l.Query.Where["state"] = []string{state}
	}
	list, err := s.declarations(ctx, who, l)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := Page{Title: T(ctx, "declarations.title"), Live: []string{"declaration"}}
	if ViewerOf(ctx).Enterprise != "" && s.house().Clearance != nil {
		page.Acts = []Act{{Text: T(ctx, "form.new"), Href: "/declare", Key: "n"}}
	}
	s.Render(w, r, page, declarationsBody(l, list))
}

func galleryDeclaration(ctx context.Context) Specimen {
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-22T18:00").Time
	a := sampleAssessment()
	w, err := readWorking(a.Working)
	if err != nil {
		panic(err) // fixed data of the gallery, read by every test of this package
	}
	f := &file{
		Declaration: sampleDeclaration(), Assessment: &a, Working: w, Orders: []*inspection.Order{sampleOrder()}, Staff: true,
		Line: lifeLine(ctx, sampleEntries(), s.now()), Mode: "Ordinary import on a bill of entry", TaxBills: []*revenue.TaxBill{{
			Number: "T221820261000012345", Lines: []revenue.Line{{Tax: "duty", Amount: 5_776_400}, {Tax: "vat", Amount: 7_409_653}}, Total: 18_412_320,
			Due: clock.MustDate("2026-12-05"), State: revenue.Issued,
		}},
	}
	f.Levy, a.Levy = sampleChoice(), sampleLevy()
	w.Notes = []workingNote{{
		Line: new(int), Code: "classification_conflict", Text: "declared under another code",
		Values: map[string]string{"declared": "2204210000", "decision": "GC-2026-014", "decided": "2204220000"},
	}}
	for _, act := range []struct {
		word  Key
		value clearance.Act
		key   string
		off   string
	}{
		{"act.release", clearance.ActRelease, "a", T(ctx, "act.off.inspection", "number", "I221820261000012345")},
		{"act.inspect", clearance.ActInspect, "i", ""},
		{"act.ask", clearance.ActAskMore, "q", ""},
		{"act.return", clearance.ActReturn, "r", ""},
	} {
		f.Acts = append(f.Acts, Act{Text: T(ctx, act.word), Form: "acts", Name: "act", Value: string(act.value), Key: act.key, Off: act.off, Danger: act.value == clearance.ActReturn})
	}
	f.Off = []string{f.Acts[0].Off}
	page := s.declarationPage(ctx, f)
	page.Trail = []Link{{T(ctx, "work.title"), "/gallery/work"}}
	return Specimen{Name: "declaration", Title: "object.declaration", Page: page, Body: declarationBody(s, f)}
}
