package console

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
)

// Books is the desk of account books; *bonded.Desk is one.
type Books interface {
	FileBook(ctx context.Context, c decision.Command, by decision.Actor, b book.Book) (decision.Receipt, error)
	RefileBook(ctx context.Context, c decision.Command, by decision.Actor, id string, b book.Book) (decision.Receipt, error)
	ChangeBook(ctx context.Context, c decision.Command, by decision.Actor, id string, wanted book.Book) (decision.Receipt, error)
	ProposeBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	PauseBook(ctx context.Context, c decision.Command, by decision.Actor, id string, mark book.Execution, reason string) (decision.Receipt, error)
	ResumeBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	MarkLine(ctx context.Context, c decision.Command, by decision.Actor, id string, m bonded.LineMark, reason string) (decision.Receipt, error)
	MarkPart(ctx context.Context, c decision.Command, by decision.Actor, id string, m bonded.PartMark, reason string) (decision.Receipt, error)
	AskCloseBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	StateOpening(ctx context.Context, c decision.Command, by decision.Actor, id string, o bonded.Opening) (decision.Receipt, error)
	ProposeCorrection(ctx context.Context, c decision.Command, by decision.Actor, id string, wanted bonded.Correction, reason string) (decision.Receipt, error)
	TryMerger(b *book.Book, lines []book.ListLine, on clock.Date) (bonded.Merged, error)
	ReturnBook(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
}

// bookShape is the form of an account book: head and lines of DR §4.1 and §4.2.
var bookShape = &formShape{
	Name: "bookform", Action: "/books", Sections: []formSection{
		{"book.what", []formElement{
			{Path: "/kind", Label: "books.kind", Kind: "select"},
			{Path: "/competentOffice", Label: "fact.office", Code: true},
			{Path: "/validTo", Label: "books.validto", Kind: "date"},
			{Path: "/operator/creditCode", Label: "book.operator", Code: true},
			{Path: "/operator/name", Label: "book.operatorname"},
			{Path: "/processor/creditCode", Label: "book.processor", Code: true},
			{Path: "/processor/name", Label: "book.processorname"},
			{Path: "/declarant/creditCode", Label: "head.declarant", Code: true},
			{Path: "/declarant/name", Label: "form.declarantname"},
		}},
		{"book.logistics", []formElement{
			{Path: "/posting", Label: "book.posting", Kind: "select"},
			{Path: "/warehouse/number", Label: "book.warehouse", Code: true},
			{Path: "/warehouse/name", Label: "book.warehousename"},
			{Path: "/warehouse/address", Label: "book.address"},
			{Path: "/warehouse/area", Label: "book.area", Kind: "number"},
			{Path: "/warehouse/volume", Label: "book.volume", Kind: "number"},
			{Path: "/warehouse/siteClass", Label: "book.siteclass", Code: true},
			{Path: "/rebate", Label: "book.rebate", Kind: "checkbox"},
			{Path: "/layered", Label: "book.layered", Kind: "checkbox"},
			{Path: "/use", Label: "book.use", Kind: "select"},
		}},
		{"book.processing", []formElement{
			{Path: "/processing", Label: "book.processingtype", Kind: "select"},
			{Path: "/maxTurnover", Label: "book.turnover", Kind: "number"},
			{Path: "/cycleMonths", Label: "book.cycle", Kind: "number"},
			{Path: "/consumptionStage", Label: "book.stage"},
			{Path: "/selfVerification", Label: "book.selfverification", Kind: "checkbox"},
			{Path: "/consumptions", Label: "book.consumptions", Kind: "textarea", Code: true, Hint: "book.consumptions.hint"},
		}},
	},
	Line: []formElement{
		{Path: "/kind", Label: "book.linekind", Kind: "select"},
		{Path: "/partNumber", Label: "list.part", Code: true},
		{Path: "/commodity", Label: "column.commodity", Code: true},
		{Path: "/name", Label: "form.name", Wide: true},
		{Path: "/model", Label: "form.model", Wide: true},
		{Path: "/unit", Label: "form.unit", Code: true},
		{Path: "/legalUnit", Label: "form.legalunit", Code: true},
		{Path: "/currency", Label: "form.currency", Code: true},
		{Path: "/origin", Label: "column.origin", Code: true},
		{Path: "/levyMode", Label: "form.levymode", Code: true},
		{Path: "/maxBalance", Label: "book.most", Kind: "number"},
		{Path: "/quantityControl", Label: "book.control", Kind: "checkbox"},
		{Path: "/mainMaterial", Label: "book.main", Kind: "checkbox"},
		{Path: "/enterprisePaused", Label: "book.pausedline", Kind: "checkbox"},
		{Path: "/serialNumber", Label: "line.serial", Code: true},
		{Path: "/entryWay", Label: "line.entryway", Kind: "select"},
		{Path: "/supervisedUntil", Label: "line.supervised", Kind: "date"},
		{Path: "/legal", Label: "line.legal", Hint: "line.legal.hint"},
		{Path: "/feed", Label: "line.feed", Hint: "line.feed.hint"},
		{Path: "/legalUnit2", Label: "form.legalunit2", Code: true}, // new columns stand last: rows are pasted in this order
		{Path: "/legal2", Label: "line.legal2", Hint: "line.legal.hint"},
	},
	Preset: []string{"/kind"},
	Within: map[string]string{"/consumptions": "/consumptions", "/lines": "/kind", "/operator": "/operator/creditCode"},
}

// bookForm is an account book as it is being written: a new one, or one in force
// as it shall be.
type bookForm struct {
	paperForm
	Held *bonded.Book // nil for a new one
}

func (f *bookForm) preset(path string) {
	if f.Values[path+"/kind"] == "" {
		f.Values[path+"/kind"] = string(lineKindOf(f.value("/kind"), f.value("/posting")))
	}
}

// lineKindOf is what the lines of a book mostly are.
func lineKindOf(kind, posting string) book.LineKind {
	switch {
	case kind == string(book.Processing):
		return book.Material
	case kind == string(book.Equipment):
		return book.Machine
	case kind == string(book.Repair), kind == string(book.Exhibition):
		return book.Serial
	case posting == string(book.ByLot):
		return book.Lot
	}
	return book.Part
}

// fillBook puts a book into the form.
func (f *bookForm) fillBook(b *book.Book) {
	set, mark := f.set, func(path string, on bool) {
		if on {
			f.Values[path] = "on"
		}
	}
	set("/kind", string(b.Kind))
	set("/competentOffice", string(b.CompetentOffice))
	set("/validTo", b.ValidTo.String())
	for name, p := range map[string]book.Party{"/operator": b.Operator, "/processor": b.Processor, "/declarant": b.Declarant} {
		set(name+"/creditCode", cmp.Or(p.CreditCode, p.Code))
		set(name+"/name", p.Name)
	}
	set("/posting", string(b.Posting))
	set("/warehouse/number", b.Warehouse.Number)
	set("/warehouse/name", b.Warehouse.Name)
	set("/warehouse/address", b.Warehouse.Address)
	set("/warehouse/area", b.Warehouse.Area.String())
	set("/warehouse/volume", b.Warehouse.Volume.String())
	set("/warehouse/siteClass", b.Warehouse.SiteClass)
	mark("/rebate", b.Rebate)
	mark("/layered", b.Layered)
	set("/use", string(b.Use))
	set("/processing", strconv.Itoa(int(b.Processing)))
	set("/maxTurnover", b.MaxTurnover.String())
	set("/cycleMonths", strconv.Itoa(b.CycleMonths))
	set("/consumptionStage", b.ConsumptionStage)
	mark("/selfVerification", b.SelfVerification)
	var rows []string
	for i := range b.Consumptions {
		c := &b.Consumptions[i]
		rows = append(rows, strings.TrimRight(strings.Join([]string{
			strconv.Itoa(c.Product), strconv.Itoa(c.Material), strconv.Itoa(c.Version), c.NetUse.String(), c.TangibleLoss.PercentString(),
			c.IntangibleLoss.PercentString(), c.BondedShare.PercentString(), c.ValidTo.String(),
		}, "\t"), "\t"))
	}
	set("/consumptions", strings.Join(rows, "\n"))
	for i := range b.Lines {
		if i >= mostLines {
			break
		}
		l, path := &b.Lines[i], linePath(i)
		set(path+"/kind", string(l.Kind))
		set(path+"/partNumber", l.PartNumber)
		set(path+"/commodity", l.Commodity)
		set(path+"/name", l.Name)
		set(path+"/model", l.Model)
		set(path+"/unit", string(l.Unit))
		set(path+"/legalUnit", string(l.LegalUnit))
		set(path+"/legalUnit2", string(l.LegalUnit2))
		set(path+"/currency", string(l.Currency))
		set(path+"/origin", string(l.Origin))
		set(path+"/levyMode", string(l.LevyMode))
		set(path+"/maxBalance", l.MaxBalance.String())
		mark(path+"/quantityControl", l.QuantityControl)
		mark(path+"/mainMaterial", l.MainMaterial)
		mark(path+"/enterprisePaused", l.EnterprisePaused)
		set(path+"/serialNumber", l.SerialNumber)
		set(path+"/entryWay", string(l.EntryWay))
		set(path+"/supervisedUntil", l.SupervisedUntil.String())
		set(path+"/legal", conversionText(l.Legal, false))
		set(path+"/legal2", conversionText(l.Legal2, false))
		set(path+"/feed", conversionText(l.Feed, true))
	}
	f.Lines = min(max(len(b.Lines), 1), mostLines)
}

// partyOf reads a party by whichever of its two codes was given.
func partyOf(p *formReader, path string) book.Party {
	one := book.Party{Name: p.text(path + "/name")}
	if code := p.code(path + "/creditCode"); len(code) == 10 {
		one.Code = code
	} else {
		one.CreditCode = code
	}
	return one
}

// book makes the document. What the form does not show stays as it is in held.
func (f *bookForm) book() (book.Book, fault.List) {
	p := formReader{f: &f.paperForm}
	var b book.Book
	if f.Held != nil {
		b = f.Held.Book
	}
	b.Kind, b.CompetentOffice, b.ValidTo = book.Kind(p.text("/kind")), codelist.OfficeCode(p.code("/competentOffice")), p.day("/validTo")
	b.Operator, b.Processor, b.Declarant = partyOf(&p, "/operator"), partyOf(&p, "/processor"), partyOf(&p, "/declarant")
	if f.Held != nil {
		b.Operator = f.Held.Operator // nobody else's book by a slip of the pen: a new one is opened for that
	}
	b.Warehouse = book.Warehouse{
		Number: p.text("/warehouse/number"), Name: p.text("/warehouse/name"), Area: p.quantity("/warehouse/area"), Volume: p.quantity("/warehouse/volume"),
		Address: p.text("/warehouse/address"), SiteClass: p.text("/warehouse/siteClass"),
	}
	b.Posting, b.Rebate = book.PostingMode(p.text("/posting")), p.on("/rebate")
	b.Processing, b.MaxTurnover, b.CycleMonths = book.ProcessingType(p.whole("/processing")), p.money("/maxTurnover"), p.whole("/cycleMonths")
	b.ConsumptionStage, b.SelfVerification = p.text("/consumptionStage"), p.on("/selfVerification")
	b.Layered, b.Use = p.on("/layered"), book.Use(p.text("/use"))
	if b.Kind != book.Processing {
		b.Processing, b.CycleMonths = 0, 0
	}
	if b.Kind != book.Logistics && b.Kind != book.Commerce {
		b.Posting = ""
	}
	if b.Kind != book.Commerce {
		b.Use = ""
	}
	b.Consumptions = f.consumptions(&p)
	old := b.Lines
	b.Lines = nil
	number := 0
	for i := range f.Lines {
		if !f.filled(i) {
			continue
		}
		path := linePath(i)
		var l book.Line
		if i < len(old) {
			l = old[i]
		} else {
			l.Number = number + 1
		}
		number = max(number, l.Number)
		l.Kind, l.PartNumber, l.Commodity = book.LineKind(p.text(path+"/kind")), p.text(path+"/partNumber"), p.commodity(path+"/commodity")
		l.Name, l.Model, l.Unit = p.text(path+"/name"), p.text(path+"/model"), codelist.UnitCode(p.code(path+"/unit"))
		l.LegalUnit, l.LegalUnit2 = codelist.UnitCode(p.code(path+"/legalUnit")), codelist.UnitCode(p.code(path+"/legalUnit2"))
		l.Currency = codelist.CurrencyCode(p.code(path + "/currency"))
		l.Origin, l.LevyMode = codelist.CountryCode(p.code(path+"/origin")), codelist.ReliefModeCode(p.code(path+"/levyMode"))
		l.MaxBalance, l.QuantityControl, l.MainMaterial = p.quantity(path+"/maxBalance"), p.on(path+"/quantityControl"), p.on(path+"/mainMaterial")
		l.EnterprisePaused = p.on(path + "/enterprisePaused")
		l.SerialNumber, l.EntryWay, l.SupervisedUntil = p.text(path+"/serialNumber"), book.EntryWay(p.text(path+"/entryWay")), p.day(path+"/supervisedUntil")
		l.Legal, l.Legal2 = p.conversion(path+"/legal", l.LegalUnit), p.conversion(path+"/legal2", l.LegalUnit2)
		l.Feed = p.conversion(path+"/feed", "")
		b.Lines = append(b.Lines, l)
	}
	if len(old) > mostLines { // those the form has no room for
		b.Lines = append(b.Lines, old[mostLines:]...)
	}
	return b, p.faults
}

// conversionText writes a conversion as it is entered: "12 = 9", with the other
// unit behind it where the line does not say it elsewhere.
func conversionText(c *book.Conversion, unit bool) string {
	if c == nil {
		return ""
	}
	text := c.Of.String() + " = " + c.Are.String()
	if unit {
		text += " " + string(c.Unit)
	}
	return text
}

// conversion reads what conversionText writes. Fault: CONSOLE-BOOK-02.
func (p *formReader) conversion(path string, unit codelist.UnitCode) *book.Conversion {
	text := fold(p.f.Values[path])
	if text == "" {
		return nil
	}
	of, rest, ok := strings.Cut(text, "=")
	words := strings.Fields(rest)
	if ok && len(words) == 2 && unit == "" {
		unit, words = codelist.UnitCode(strings.ToUpper(words[1])), words[:1]
	}
	var c book.Conversion
	var one, two error
	if ok && len(words) == 1 {
		c.Unit = unit
		c.Of, one = num.ParseQuantity(strings.TrimSpace(of))
		c.Are, two = num.ParseQuantity(words[0])
	}
	if !ok || len(words) != 1 || one != nil || two != nil {
		p.bad(path, fault.New(fault.Invalid, "CONSOLE-BOOK-02", "", "“{value}” is no conversion of units", "write two quantities that are the same goods, such as 12 = 9", "value", text))
		return nil
	}
	return &c
}

// consumptions reads the rows of the consumption table: product line, material
// line, version, net use, tangible loss, intangible loss and bonded share in
// percent, valid to. Fault: CONSOLE-BOOK-01.
func (f *bookForm) consumptions(p *formReader) []book.Consumption {
	var list []book.Consumption
	for n, row := range pasted(f.value("/consumptions")) {
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		if len(row) == 1 {
			row = strings.Fields(row[0])
		}
		for len(row) < 8 {
			row = append(row, "")
		}
		cells := paperForm{Values: map[string]string{}}
		for i, name := range []string{"product", "material", "version", "use", "tangible", "intangible", "share", "until"} {
			cells.Values[name] = row[i]
		}
		r := formReader{f: &cells}
		c := book.Consumption{
			Product: r.whole("product"), Material: r.whole("material"), Version: r.whole("version"), NetUse: r.quantity("use"),
			TangibleLoss: r.share("tangible"), IntangibleLoss: r.share("intangible"), BondedShare: r.share("share"), ValidTo: r.day("until"),
		}
		if len(r.faults) > 0 {
			p.bad("/consumptions", fault.New(fault.Invalid, "CONSOLE-BOOK-01", "", "row {row} of the consumption table cannot be read",
				"write product line, material line, version, net use, losses and bonded share in percent, and the last day", "row", n+1))
			continue
		}
		list = append(list, c)
	}
	return list
}

// newBook answers GET /books/new.
func (s *Server) newBook(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.mayLodge(ctx, "book")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	f := &bookForm{paperForm: newForm(bookShape)}
	var e party.Enterprise
	if _, err := s.house().Read.Load(ctx, dossier.Enterprise, who.Actor.Enterprise, &e); err == nil {
		f.Values["/operator/creditCode"], f.Values["/operator/name"] = string(e.CreditCode), e.Name
		if a, ok := party.Organisation().Area(e.Area); ok {
			f.Values["/competentOffice"] = string(a.Office)
		}
		f.from(T(ctx, "form.source.registration"))
	}
	f.Values["/kind"], f.Values["/posting"] = string(book.Logistics), string(book.ByPart)
	f.preset(linePath(0))
	s.showBookForm(w, r, f)
}

// changeBookForm answers GET /books/{id}/change: the book as it is, to be changed
// or sent again.
func (s *Server) changeBookForm(w http.ResponseWriter, r *http.Request) {
	if f, _, ok := s.heldBook(w, r); ok {
		f.fillBook(&f.Held.Book)
		s.showBookForm(w, r, f)
	}
}

// bookToFile loads the book of the address for a person who may file for it; else the
// refusal is on its way.
func (s *Server) bookToFile(w http.ResponseWriter, r *http.Request) (*bonded.Book, party.Who, bool) {
	b, err := s.loadHeld(r.Context(), r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.may(r.Context(), party.Lodge, bookObject(&b.Book))
	}
	if err != nil {
		s.Fail(w, r, err)
		return nil, who, false
	}
	return b, who, true
}

// heldBook begins the form of a book for a person who may change it.
func (s *Server) heldBook(w http.ResponseWriter, r *http.Request) (*bookForm, party.Who, bool) {
	b, who, ok := s.bookToFile(w, r)
	if !ok {
		return nil, who, false
	}
	f := &bookForm{paperForm: newForm(bookShape), Held: b}
	before := bookForm{paperForm: newForm(bookShape)}
	before.fillBook(&b.Book)
	f.Before = before.Values
	if b.Number != "" { // what a line is counted in never changes
		f.Fixed = []string{"/kind", "/competentOffice", "/operator/creditCode", "/operator/name"}
		for i := range b.Lines {
			for _, e := range []string{"/kind", "/commodity", "/unit", "/currency"} {
				f.Fixed = append(f.Fixed, linePath(i)+e)
			}
		}
	}
	return f, who, true
}

func (s *Server) loadHeld(ctx context.Context, id string) (*bonded.Book, error) {
	var b bonded.Book
	_, err := s.house().Read.Load(ctx, dossier.Book, id, &b)
	if fault.Is(err, "STORE-ABSENT-01") {
		// Papers name a book by its number.
		ids, missing := s.house().Read.Find(ctx, dossier.Book, "number", id, 1)
		if missing != nil {
			return nil, missing
		}
		if len(ids) == 1 {
			_, err = s.house().Read.Load(ctx, dossier.Book, ids[0], &b)
		}
	}
	return &b, absentIf(err, journal.Ref{Kind: "book", ID: id})
}

// fileBook answers POST /books and POST /books/{id}/change.
func (s *Server) fileBook(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	f := &bookForm{paperForm: newForm(bookShape)}
	var who party.Who
	var err error
	if r.PathValue("id") != "" {
		var ok bool
		if f, who, ok = s.heldBook(w, r); !ok {
			return
		}
	} else if who, err = s.who(ctx); err != nil {
		s.Fail(w, r, err)
		return
	}
	f.take(r.PostForm)
	if f.rearrange(ctx, r, f.preset) {
		s.showBookForm(w, r, f)
		return
	}
	b, faults := f.book()
	if wantsBack(r) {
		if len(faults) == 0 {
			faults = fault.All(b.Validate())
		}
		f.giveBack(w, r, "book-lines", faults)
		return
	}
	if f.Faults = faults; len(faults) == 0 && r.PostForm.Get("do") != "compare" {
		var done decision.Receipt
		desk := s.house().Books
		switch {
		case f.Held == nil:
			if err = party.May(who, party.Lodge, party.Object{Kind: "book", ID: "new", Parties: []string{ownerOf(b.Operator)}}); err == nil {
				done, err = desk.FileBook(ctx, s.command(r, "book.file", who.Actor), who.Actor, b)
			} else {
				err = at("/operator/creditCode", err)
			}
		case f.Held.Number == "":
			done, err = desk.RefileBook(ctx, s.command(r, "book.refile", who.Actor), who.Actor, f.Held.ID, b)
		default:
			done, err = desk.ChangeBook(ctx, s.command(r, "book.change", who.Actor), who.Actor, f.Held.ID, b)
		}
		if err == nil {
			var reply bonded.Reply
			if err = json.Unmarshal(done.Reply, &reply); err == nil {
				sent(w, r, "/books/"+reply.ID)
				return
			}
		}
		if f.Faults = fault.All(err); len(f.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	s.showBookForm(w, r, f)
}

func (s *Server) showBookForm(w http.ResponseWriter, r *http.Request, f *bookForm) {
	f.keyed(r)
	f.Choices = bookChoices(r.Context())
	s.Render(w, r, bookFormHead(r.Context(), f), bookFormBody(f))
}

func bookFormHead(ctx context.Context, f *bookForm) Page {
	page := Page{
		Title: T(ctx, "book.new"), Trail: []Link{{T(ctx, "books.title"), "/books"}}, Faults: f.known(),
		Acts: []Act{{Text: T(ctx, "book.send"), Form: "bookform", Name: "do", Value: "send"}},
	}
	if f.Held != nil {
		page.Title, page.ID = T(ctx, "book.change"), f.Held.Number
		page.Trail = append(page.Trail, Link{numberOr(f.Held.Number, f.Held.ID), "/books/" + f.Held.ID})
		page.Badges = []Badge{badge(ctx, bookWords, f.Held.State)}
		page.Acts = append(page.Acts, Act{Text: T(ctx, "correction.compare"), Form: "bookform", Name: "do", Value: "compare"})
	}
	return page
}

func bookChoices(ctx context.Context) map[string][]Option {
	choices := map[string][]Option{
		"/kind":    options(ctx, bookKinds),
		"/posting": {{string(book.ByPart), T(ctx, "book.posting.part")}, {string(book.ByLot), T(ctx, "book.posting.lot")}},
		"/processing": {
			{"", T(ctx, "book.processing.none")},
			{"1", T(ctx, "book.processing.1")},
			{"2", T(ctx, "book.processing.2")},
			{"3", T(ctx, "book.processing.3")},
			{"4", T(ctx, "book.processing.4")},
			{"5", T(ctx, "book.processing.5")},
		},
		"/lines/kind": {
			{string(book.Part), T(ctx, "book.line.part")},
			{string(book.Lot), T(ctx, "book.line.lot")},
			{string(book.Material), T(ctx, "book.line.material")},
			{string(book.Product), T(ctx, "book.line.product")},
			{string(book.Machine), T(ctx, "book.line.unit")},
			{string(book.Serial), T(ctx, "book.line.serial")},
		},
		"/use":            append([]Option{{"", T(ctx, "book.use.none")}}, options(ctx, bookUses)...),
		"/lines/entryWay": append([]Option{{"", T(ctx, "entryway.none")}}, options(ctx, entryWays)...),
	}
	return choices
}

// bookActs are what can be done with a book that waits for customs.
func (s *Server) bookActs(b *bonded.Book) []paperAct {
	desk := s.house().Books
	if desk == nil {
		return nil
	}
	pause := func(mark book.Execution) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.PauseBook(ctx, c, by, id, mark, reason)
		}
	}
	switch b.State {
	case book.Active:
		return []paperAct{
			{Value: "pause-in", Text: "book.pause.in", Right: party.Decide, Danger: true, Do: pause(book.ExecutionPausedImport)},
			{Value: "pause-out", Text: "book.pause.out", Right: party.Decide, Danger: true, Do: pause(book.ExecutionPausedExport)},
			{Value: "pause", Text: "book.pause.both", Right: party.Decide, Danger: true, Do: pause(book.ExecutionPausedBoth)},
			{Value: "close", Text: "book.askclose", Right: party.Lodge, Danger: true, Do: desk.AskCloseBook},
		}
	case book.Paused:
		return []paperAct{{Value: "resume", Text: "line.resume", Right: party.Decide, Do: desk.ResumeBook}}
	case book.Review, book.ChangePending, book.Closing:
	case book.Draft, book.Closed:
		return nil
	}
	return []paperAct{
		{Value: "propose", Text: "book.propose", Right: party.Decide, Do: desk.ProposeBook},
		{Value: "return", Text: "act.return", Right: party.Decide, Danger: true, Do: desk.ReturnBook},
	}
}

// actOnBook answers POST /books/{id}: an officer's word on a book, or its
// enterprise giving it up.
func (s *Server) actOnBook(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	b, err := s.loadHeld(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if faults, done := s.carryOut(w, r, bookObject(&b.Book), b.ID, "book", "/books/"+b.ID, s.bookActs(b)); !done {
		s.showBook(w, r, faults)
	}
}

// executionWords are the marks that customs set on a book (DR §4.1).
var executionWords = map[book.Execution]wording{
	book.ExecutionPausedBoth: {Bad, "book.paused.both"}, book.ExecutionPausedImport: {Bad, "book.paused.in"}, book.ExecutionPausedExport: {Bad, "book.paused.out"},
}

// bookFacts are the elements of the head that are stated.
func bookFacts(ctx context.Context, b *book.Book) []Fact {
	var facts []Fact
	add := func(name Key, value string) {
		if value != "" && value != "0" {
			facts = append(facts, Fact{T(ctx, name), Text(value)})
		}
	}
	add("book.processor", cmp.Or(b.Processor.Name, ownerOf(b.Processor)))
	add("head.declarant", cmp.Or(b.Declarant.Name, ownerOf(b.Declarant)))
	add("book.use", named(ctx, bookUses, b.Use))
	if b.Layered {
		add("book.layered", T(ctx, "word.yes"))
	}
	if b.Kind != book.Processing {
		add("book.posting", named(ctx, map[book.PostingMode]Key{book.ByPart: "book.posting.part", book.ByLot: "book.posting.lot"}, b.Posting))
		add("book.warehousename", joinedWords(b.Warehouse.Number, b.Warehouse.Name))
		add("book.address", b.Warehouse.Address)
		if b.Warehouse.Area != 0 {
			add("book.area", Measure(b.Warehouse.Area, ""))
		}
		if b.Warehouse.Volume != 0 {
			add("book.volume", Measure(b.Warehouse.Volume, ""))
		}
		return facts
	}
	for _, o := range bookChoices(ctx)["/processing"] {
		if o.Value == strconv.Itoa(int(b.Processing)) {
			add("book.processingtype", o.Text)
		}
	}
	if b.MaxTurnover != 0 {
		add("book.turnover", Amount(b.MaxTurnover, "CNY"))
	}
	add("book.cycle", strconv.Itoa(b.CycleMonths))
	add("book.stage", b.ConsumptionStage)
	add("book.lastwriteoff", b.LastWriteOff.String())
	return facts
}

// askedOf lays the change that is asked for beside the book, by elements.
func askedOf(ctx context.Context, b *bonded.Book) []compared {
	if b.Asked == nil {
		return nil
	}
	now, then := bookForm{paperForm: newForm(bookShape)}, bookForm{paperForm: newForm(bookShape)}
	now.fillBook(&b.Book)
	then.fillBook(b.Asked)
	var list []compared
	add := func(path string) {
		if now.Values[path] != then.Values[path] {
			list = append(list, compared{bookShape.labelOf(ctx, path), now.Values[path], then.Values[path]})
		}
	}
	for _, section := range bookShape.Sections {
		for _, e := range section.Elements {
			add(e.Path)
		}
	}
	for i := range max(now.Lines, then.Lines) {
		for _, e := range bookShape.Line {
			add(linePath(i) + e.Path)
		}
	}
	return append(list, askedParts(ctx, b)...)
}

// askedParts lays the merger that is asked for beside the one in force, part by
// part, whatever their order.
func askedParts(ctx context.Context, b *bonded.Book) []compared {
	now, then := map[string]string{}, map[string]string{}
	var order []string
	for i, parts := range [][]book.PartItem{b.Parts, b.Asked.Parts} {
		for k := range parts {
			p := &parts[k]
			if now[p.Part] == "" && then[p.Part] == "" {
				order = append(order, p.Part)
			}
			[]map[string]string{now, then}[i][p.Part] = partText(ctx, p)
		}
	}
	var list []compared
	for _, part := range order {
		if now[part] != then[part] {
			list = append(list, compared{T(ctx, "list.part") + " " + part, now[part], then[part]})
		}
	}
	return list
}

// partText says to which line a part belongs and all that decides about it.
func partText(ctx context.Context, p *book.PartItem) string {
	text := []string{T(ctx, "line.open", "line", p.Line), p.Commodity, p.Name, string(p.Unit), conversionText(p.Factor, false)}
	for _, m := range []struct {
		word Key
		on   bool
	}{{"merger.consumable", p.Consumable}, {"merger.licence", p.Licence}, {"merger.remedy", p.Remedy}, {"rule.separate", p.Separate}} {
		if m.on {
			text = append(text, T(ctx, m.word))
		}
	}
	return joined(text...)
}

func galleryBookForm(ctx context.Context) Specimen {
	b := &bonded.Book{Book: book.Book{
		ID: "gallery", Number: "T2218W000001", Kind: book.Logistics, State: book.Active, CompetentOffice: "2218", Posting: book.ByPart,
		Operator:  book.Party{CreditCode: "91310000MA1FL0EW6X", Name: "外高桥葡萄酒交易有限公司"},
		Warehouse: book.Warehouse{Number: "WGQ-17", Name: "Cold store 17", Area: 4_200 * num.OneQuantity},
		Lines: []book.Line{
			{Number: 1, Kind: book.Part, Commodity: "2204210000", Name: "Red wine in bottles", Unit: "LTR", Currency: "EUR", MaxBalance: 20_000 * num.OneQuantity},
			{Number: 2, Kind: book.Part, Commodity: "2204100000", Name: "Champagne", Unit: "LTR", Currency: "EUR"},
		},
	}}
	f := &bookForm{paperForm: newForm(bookShape), Held: b}
	f.fillBook(&b.Book)
	before := bookForm{paperForm: newForm(bookShape)}
	before.fillBook(&b.Book)
	f.Before = before.Values
	f.Values["/lines/0/maxBalance"], f.Values["/warehouse/area"] = "30000", "5600"
	f.Fixed = []string{"/kind", "/lines/0/unit", "/lines/0/commodity"}
	f.Choices = bookChoices(ctx)
	return Specimen{Name: "bookform", Title: "book.change", Page: bookFormHead(ctx, f), Body: bookFormBody(f)}
}

func (f *bookForm) action() templ.SafeURL {
	if f.Held == nil {
		return "/books"
	}
	return templ.SafeURL("/books/" + f.Held.ID + "/change")
}
