package console

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/party"
	"seine/internal/procedure"
)

// listShape is the form of a verification list.
var listShape = &formShape{
	Name: "list", Action: "/lists", Sections: []formSection{
		{"list.what", []formElement{
			{Path: "/procedure", Label: "fact.way", Kind: "select"},
			{Path: "/book", Label: "object.book", Code: true},
			{Path: "/type", Label: "list.type", Kind: "select"},
			{Path: "/direction", Label: "form.direction", Kind: "select"},
			{Path: "/method", Label: "list.method", Kind: "select"},
			{Path: "/declarationKind", Label: "list.declarationkind", Kind: "select"},
			{Path: "/internalNumber", Label: "list.internal", Code: true},
			{Path: "/application", Label: "object.application", Code: true, Hint: "list.application.hint"},
			{Path: "/guarantee", Label: "object.guarantee", Code: true, Hint: "form.guarantee.hint"},
		}},
		{"list.way", []formElement{
			{Path: "/tradeMode", Label: "head.trademode", Code: true},
			{Path: "/transportMode", Label: "form.transportmode", Code: true},
			{Path: "/competentOffice", Label: "fact.office", Code: true},
			{Path: "/entryOffice", Label: "form.entryoffice", Code: true},
			{Path: "/relatedList", Label: "list.relatedlist", Code: true, Hint: "list.related.hint"},
			{Path: "/relatedBook", Label: "list.relatedbook", Code: true},
			{Path: "/levyAmount", Label: "list.levyamount", Kind: "number"},
			{Path: "/levyOn", Label: "levy.on", Kind: "select", Hint: "levy.list.hint"},
			{Path: "/status", Label: "line.status", Kind: "select"},
		}},
	},
	Line: []formElement{
		{Path: "/bookLine", Label: "lines.book", Kind: "number"},
		{Path: "/quantity", Label: "lines.quantity", Kind: "number"},
		{Path: "/total", Label: "lines.price", Kind: "number"},
		{Path: "/currency", Label: "form.currency", Code: true},
		{Path: "/origin", Label: "column.origin", Code: true},
		{Path: "/legalQuantity", Label: "form.legalquantity", Kind: "number"},
		{Path: "/grossMass", Label: "form.gross", Kind: "number"},
		{Path: "/netMass", Label: "form.net", Kind: "number"},
		{Path: "/commodity", Label: "column.commodity", Code: true},
		{Path: "/name", Label: "form.name", Wide: true},
		{Path: "/model", Label: "form.model", Wide: true},
		{Path: "/unit", Label: "form.unit", Code: true},
		{Path: "/legalUnit", Label: "form.legalunit", Code: true},
		{Path: "/partNumber", Label: "list.part", Code: true},
		{Path: "/levyMode", Label: "form.levymode", Code: true},
		{Path: "/destination", Label: "form.destination", Code: true},
		{Path: "/billLine", Label: "list.billline", Kind: "number"},
		{Path: "/version", Label: "list.version", Kind: "number"},
	},
	Within: map[string]string{"/operator": "/book", "/lines": "/book"},
}

// newList answers GET /lists/new: for a book (book), or for goods that entered
// first (application).
func (s *Server) newList(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.mayLodge(ctx, "verification_list")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if id := r.URL.Query().Get("revises"); id != "" {
		l, err := s.revisable(ctx, who, id)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		f := newForm(listShape)
		f.over(T(ctx, "form.source.returned", "number", numberOr(l.Number, l.ID), "day", l.Filed.Date().String()), func() { f.fillList(ctx, s, l) })
		f.Revises = l.ID
		s.showListForm(w, r, &f)
		return
	}
	f := newForm(listShape)
	f.Values["/type"], f.Values["/direction"], f.Values["/method"], f.Values["/transportMode"] = "0", string(book.In), string(book.Forward), "2"
	f.Values["/declarationKind"] = strconv.Itoa(int(book.RelatedDeclaration))
	if d := r.URL.Query().Get("direction"); d == string(book.Out) {
		f.Values["/direction"] = d
	}
	if r.URL.Query().Get("from") == "book" {
		f.transfer(receiving)
	}
	number := r.URL.Query().Get("book")
	if id := r.URL.Query().Get("answers"); id != "" {
		l, err := s.loadList(ctx, id)
		if err == nil {
			err = party.May(who, party.View, listObject(l))
		}
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		number = l.RelatedBook
		f.over(T(ctx, "form.source.receiver", "number", numberOr(l.Number, l.ID), "day", l.Filed.Date().String()), func() { f.answer(l) })
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
		number = cmp.Or(number, a.Content.BookNumber)
		f.over(T(ctx, "form.source.application", "number", a.Number, "day", a.Filed.Date().String()), func() {
			f.set("/application", a.Number)
			f.set("/procedure", a.Procedure)
			f.set("/type", strconv.Itoa(int(book.EnterFirst)))
			f.set("/direction", string(book.In))
			f.set("/entryOffice", string(a.Content.EntryOffice))
			f.set("/transportMode", string(a.Content.Transport.Mode))
			f.set("/guarantee", a.Guarantee)
			for i := range a.Content.Lines {
				if i >= mostLines {
					break
				}
				line, path := &a.Content.Lines[i], linePath(i)
				f.set(path+"/commodity", string(line.Commodity))
				f.set(path+"/name", line.Name)
				f.set(path+"/quantity", line.Quantity.String())
				f.set(path+"/unit", string(line.Unit))
				f.set(path+"/legalQuantity", line.LegalQuantity.String())
				f.set(path+"/legalUnit", string(line.LegalUnit))
				f.set(path+"/total", line.Total.String())
				f.set(path+"/currency", string(a.Content.CurrencyOf(line)))
				f.set(path+"/origin", string(line.Origin))
				f.Lines = i + 1
			}
		})
	}
	if number == "" {
		ids, err := s.house().Read.Find(ctx, dossier.Book, "enterprise", who.Actor.Enterprise, 2)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if len(ids) == 1 {
			number = ids[0]
		}
	}
	if number != "" {
		b, err := s.loadBook(ctx, number)
		if err == nil {
			err = party.May(who, party.View, bookObject(b))
		}
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		f.over(T(ctx, "form.source.book", "number", numberOr(b.Number, b.ID)), func() {
			f.set("/book", b.Number)
			f.set("/competentOffice", string(b.CompetentOffice))
			if r.URL.Query().Get("answers") != "" {
				f.linesOf(b)
			}
		})
		if f.Values["/entryOffice"] == "" {
			f.set("/entryOffice", string(b.CompetentOffice))
		}
	}
	s.showListForm(w, r, &f)
}

// revisable gives a returned list to whoever may file it anew.
func (s *Server) revisable(ctx context.Context, who party.Who, id string) (*bonded.List, error) {
	l, err := s.loadList(ctx, id)
	if err == nil {
		err = party.May(who, party.Lodge, listObject(l))
	}
	if err == nil {
		_, err = l.Apply(book.ListRevise)
	}
	return l, err
}

// The ways by which goods come from another account book, and go to one.
const (
	receiving = "transfer-in"
	sending   = "transfer-out"
)

// transfer presets what every list of a transfer says: goods circulate within the
// zone, and nothing is declared.
func (f *paperForm) transfer(way string) {
	f.Values["/procedure"], f.Values["/type"], f.Values["/declarationKind"] = way, strconv.Itoa(int(book.Circulation)), "0"
	f.Values["/direction"] = string(book.In)
	if way == sending {
		f.Values["/direction"] = string(book.Out)
	}
}

// awaitsSender tells whether a list of a receiver waits for that of the sender.
func awaitsSender(l *bonded.List) bool {
	return l.Policy == book.WithPartner && l.Direction == book.In && l.State == book.ListApproved && l.RelatedList == ""
}

// answer begins the sender's list with what the receiver's says; from which line
// of its own book the goods come, the sender tells.
func (f *paperForm) answer(l *bonded.List) {
	f.transfer(sending)
	f.set("/relatedBook", l.Book)
	f.set("/relatedList", l.Number)
	f.set("/transportMode", string(l.TransportMode))
	for i := range l.Lines {
		if i >= mostLines {
			break
		}
		line, path := &l.Lines[i], linePath(i)
		f.set(path+"/commodity", string(line.Commodity))
		f.set(path+"/name", line.Name)
		f.set(path+"/quantity", line.Quantity.String())
		f.set(path+"/unit", string(line.Unit))
		f.set(path+"/legalQuantity", line.LegalQuantity.String())
		f.set(path+"/legalUnit", string(line.LegalUnit))
		f.set(path+"/total", line.Total.String())
		f.set(path+"/currency", string(line.Currency))
		f.set(path+"/origin", string(line.Origin))
		f.set(path+"/grossMass", line.GrossMass.String())
		f.set(path+"/netMass", line.NetMass.String())
		f.Lines = i + 1
	}
}

// linesOf names the line of the book from which goods come where only one can be
// meant.
func (f *paperForm) linesOf(b *book.Book) {
	for i := range f.Lines {
		code, unit, found := f.Values[linePath(i)+"/commodity"], f.Values[linePath(i)+"/unit"], 0
		for k := range b.Lines {
			l := &b.Lines[k]
			if len(code) < 8 || !strings.HasPrefix(string(l.Commodity), code[:8]) || string(l.Unit) != unit {
				continue
			}
			if found++; found == 1 {
				f.set(linePath(i)+"/bookLine", strconv.Itoa(l.Number))
			} else {
				delete(f.Values, linePath(i)+"/bookLine")
			}
		}
	}
}

// fillList puts a list as it was filed into the form.
func (f *paperForm) fillList(ctx context.Context, s *Server, l *bonded.List) {
	f.set("/procedure", l.Procedure)
	f.set("/book", l.Book)
	f.Values["/type"] = strconv.Itoa(int(l.Type))
	f.set("/direction", string(l.Direction))
	f.set("/method", string(l.Method))
	f.Values["/declarationKind"] = strconv.Itoa(int(l.DeclarationKind))
	f.set("/internalNumber", l.InternalNumber)
	f.set("/tradeMode", string(l.TradeMode))
	f.set("/transportMode", string(l.TransportMode))
	f.set("/competentOffice", string(l.CompetentOffice))
	f.set("/entryOffice", string(l.EntryOffice))
	f.set("/relatedList", l.RelatedList)
	f.set("/relatedBook", l.RelatedBook)
	f.set("/status", string(l.Status))
	f.set("/levyOn", string(l.LevyOn))
	if l.LevyAmount != 0 {
		f.set("/levyAmount", l.LevyAmount.Fixed())
	}
	if l.Application != "" {
		if a, err := s.loadApplication(ctx, l.Application); err == nil {
			f.set("/application", a.Number)
		}
	}
	for i := range l.Lines {
		if i >= mostLines {
			break
		}
		line, path := &l.Lines[i], linePath(i)
		f.set(path+"/bookLine", strconv.Itoa(line.BookLine))
		f.set(path+"/billLine", strconv.Itoa(line.BillLine))
		f.set(path+"/partNumber", line.PartNumber)
		f.set(path+"/commodity", line.Commodity)
		f.set(path+"/name", line.Name)
		f.set(path+"/model", line.Model)
		f.set(path+"/quantity", line.Quantity.String())
		f.set(path+"/unit", string(line.Unit))
		f.set(path+"/legalQuantity", line.LegalQuantity.String())
		f.set(path+"/legalUnit", string(line.LegalUnit))
		f.set(path+"/total", line.Total.String())
		f.set(path+"/currency", string(line.Currency))
		f.set(path+"/origin", string(line.Origin))
		f.set(path+"/destination", line.Destination)
		f.set(path+"/levyMode", string(line.LevyMode))
		f.set(path+"/grossMass", line.GrossMass.String())
		f.set(path+"/netMass", line.NetMass.String())
		f.set(path+"/version", strconv.Itoa(line.Version))
		f.Lines = i + 1
	}
}

// complete fills in what the book says of a line: code, name and unit have to be
// as they stand there, so nobody is asked for them.
func (f *paperForm) complete(ctx context.Context, b *book.Book) {
	if f.Sources == nil {
		f.Sources = map[string]string{}
	}
	for i := range f.Lines {
		path := linePath(i)
		number, err := strconv.Atoi(f.value(path + "/bookLine"))
		if err != nil {
			continue
		}
		line, ok := b.Line(number)
		if !ok {
			continue
		}
		source := T(ctx, "form.source.bookline", "number", b.Number, "line", line.Number)
		for element, value := range map[string]string{
			"/commodity": line.Commodity, "/name": line.Name, "/model": line.Model, "/unit": string(line.Unit), "/legalUnit": string(line.LegalUnit),
			"/currency": string(line.Currency), "/origin": string(line.Origin), "/partNumber": line.PartNumber, "/levyMode": string(line.LevyMode),
		} {
			if value == "" {
				continue
			}
			if f.Values[path+element] == "" {
				f.Values[path+element] = value
			}
			if f.Values[path+element] == value {
				f.Sources[path+element] = source
			}
		}
		if f.Values[path+"/legalQuantity"] == "" && line.LegalUnit == line.Unit {
			f.Values[path+"/legalQuantity"] = f.Values[path+"/quantity"]
		}
	}
}

// listing makes the document.
func (f *paperForm) listing(held *book.Book) (bonded.Listing, fault.List) {
	p := formReader{f: f}
	l := book.VerificationList{
		Book: p.code("/book"), Type: book.ListType(p.whole("/type")), Direction: book.Direction(p.text("/direction")), Method: book.PostingMethod(p.text("/method")),
		DeclarationKind: book.DeclarationKind(p.whole("/declarationKind")), InternalNumber: p.text("/internalNumber"),
		TradeMode: codelist.SupervisionModeCode(p.code("/tradeMode")), TransportMode: codelist.TransportModeCode(p.code("/transportMode")),
		CompetentOffice: codelist.OfficeCode(p.code("/competentOffice")), EntryOffice: codelist.OfficeCode(p.code("/entryOffice")),
		RelatedList: p.code("/relatedList"), RelatedBook: p.code("/relatedBook"), Status: ledger.Status(p.text("/status")), LevyAmount: p.money("/levyAmount"),
		LevyOn: book.LevyBasis(p.text("/levyOn")),
	}
	l.Declared = l.DeclarationKind != 0
	if held != nil {
		l.BookKind, l.Operator, l.Processor, l.Declarant = held.Kind, held.Operator, held.Processor, held.Declarant
	}
	for i := range f.Lines {
		if !f.filled(i) {
			continue
		}
		path := linePath(i)
		l.Lines = append(l.Lines, book.ListLine{
			Number: len(l.Lines) + 1, BookLine: p.whole(path + "/bookLine"), BillLine: p.whole(path + "/billLine"), PartNumber: p.text(path + "/partNumber"),
			Commodity: p.commodity(path + "/commodity"), Name: p.text(path + "/name"), Model: p.text(path + "/model"), Quantity: p.quantity(path + "/quantity"),
			Unit: codelist.UnitCode(p.code(path + "/unit")), LegalQuantity: p.quantity(path + "/legalQuantity"), LegalUnit: codelist.UnitCode(p.code(path + "/legalUnit")),
			Total: p.money(path + "/total"), Currency: codelist.CurrencyCode(p.code(path + "/currency")), Origin: codelist.CountryCode(p.code(path + "/origin")),
			Destination: p.code(path + "/destination"), LevyMode: codelist.ReliefModeCode(p.code(path + "/levyMode")), GrossMass: p.quantity(path + "/grossMass"),
			NetMass: p.quantity(path + "/netMass"), Version: p.whole(path + "/version"),
		})
	}
	return bonded.Listing{List: l, Procedure: p.text("/procedure"), Application: p.code("/application"), Guarantee: p.code("/guarantee")}, p.faults
}

// fileList answers POST /lists: arrange lines, try, or send.
func (s *Server) fileList(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	f := newForm(listShape)
	f.take(r.PostForm)
	who, err := s.mayLodge(ctx, "verification_list")
	if f.Revises = r.PostForm.Get("revises"); err == nil && f.Revises != "" {
		_, err = s.revisable(ctx, who, f.Revises)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var held *book.Book
	if number := strings.ToUpper(fold(f.value("/book"))); number != "" {
		b, err := s.loadBook(ctx, number)
		if err == nil && party.May(who, party.Lodge, bookObject(b)) == nil {
			held = b
		}
	}
	arranged := f.rearrange(ctx, r, nil)
	if held != nil {
		f.complete(ctx, held)
	}
	if arranged && (r.PostForm.Get("do") != "import" || len(f.Faults) > 0) {
		s.showListForm(w, r, &f)
		return
	}
	listing, faults := f.listing(held)
	try := func() fault.List {
		if len(faults) > 0 {
			return faults
		}
		c := s.command(r, "list.file", who.Actor)
		c.Key = ""
		_, err := s.house().Lists.TryList(ctx, c, who.Actor, f.Revises, listing)
		return fault.All(err)
	}
	switch {
	case held == nil:
		f.Faults = append(faults, fault.New(fault.Invalid, "CONSOLE-LIST-01", "/book", "there is no account book “{number}” of yours", "give the number of an active book", "number", f.value("/book")))
	case arranged:
		f.Faults = onLines(try())
	case wantsBack(r):
		f.giveBack(w, r, "list-lines", try())
		return
	case r.PostForm.Get("do") == "check":
		f.Faults = try()
		if len(f.Faults) == 0 {
			f.InOrder = true
			if f.Levy, err = s.weighed(r, who, held, listing); err != nil {
				s.Fail(w, r, err)
				return
			}
		}
	case len(faults) > 0:
		f.Faults = faults
	default:
		file := s.house().Lists.FileList
		if f.Revises != "" {
			file = func(ctx context.Context, c decision.Command, by decision.Actor, l bonded.Listing) (decision.Receipt, error) {
				return s.house().Lists.ReviseList(ctx, c, by, f.Revises, l)
			}
		}
		done, err := file(ctx, s.command(r, "list.file", who.Actor), who.Actor, listing)
		if err == nil {
			var reply bonded.Reply
			if err = json.Unmarshal(done.Reply, &reply); err == nil {
				sent(w, r, "/lists/"+reply.ID)
				return
			}
		}
		if f.Faults = fault.All(err); len(f.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	s.showListForm(w, r, &f)
}

// weighed works a list of products that are sold into the country out both ways, so
// that they are seen before anything is chosen; nil for any other list, and where
// the goods have no choice of levy.
func (s *Server) weighed(r *http.Request, who party.Who, held *book.Book, l bonded.Listing) (*clearance.Levy, error) {
	if held.Kind != book.Processing || l.List.Direction != book.Out {
		return nil, nil
	}
	c := s.command(r, "list.file", who.Actor)
	c.Key = ""
	levy, err := s.house().Lists.WeighLevy(r.Context(), c, l)
	if fault.All(err) != nil {
		return nil, nil // what stands in the way of a choice that was made is a fault of the list
	}
	return levy, err
}

func (s *Server) showListForm(w http.ResponseWriter, r *http.Request, f *paperForm) {
	ctx := r.Context()
	f.keyed(r)
	f.Choices = listChoices(ctx)
	f.Choices["/procedure"] = s.modesWith(ctx, procedure.StepList)
	s.Render(w, r, Page{
		Title: T(ctx, "list.new"), Trail: []Link{{T(ctx, "lists.title"), "/lists"}}, Faults: f.known(),
		Acts: []Act{{Text: T(ctx, "list.send"), Form: "list", Name: "do", Value: "send"}, {Text: T(ctx, "list.check"), Form: "list", Name: "do", Value: "check"}},
	}, listFormBody(f))
}

func listChoices(ctx context.Context) map[string][]Option {
	choices := map[string][]Option{
		"/levyOn":          append([]Option{{"", T(ctx, "levy.none")}}, options(ctx, levyWords)...),
		"/status":          append([]Option{{"", T(ctx, "status.bymode")}}, options(ctx, statusWords)...),
		"/direction":       {{string(book.In), T(ctx, "list.in")}, {string(book.Out), T(ctx, "list.out")}},
		"/method":          {{string(book.Forward), T(ctx, "list.method.d")}, {string(book.CheckOnly), T(ctx, "list.method.nf")}, {string(book.NoPosting), T(ctx, "list.method.n")}},
		"/declarationKind": {{"0", T(ctx, "list.kind.none")}, {"1", T(ctx, "list.kind.related")}, {"2", T(ctx, "list.kind.corresponding")}},
	}
	for _, t := range listTypes {
		n := strconv.Itoa(int(t.Type))
		choices["/type"] = append(choices["/type"], Option{n, n + " " + T(ctx, t.Word)})
	}
	return choices
}

func galleryListForm(ctx context.Context) Specimen {
	f := newForm(listShape)
	for path, value := range map[string]string{
		"/book": "T2218W000001", "/type": "0", "/direction": "in", "/method": "D", "/declarationKind": "1", "/competentOffice": "2218", "/entryOffice": "2218",
		"/lines/0/bookLine": "1", "/lines/0/quantity": "12000", "/lines/0/total": "48000", "/lines/0/currency": "EUR", "/lines/0/origin": "FR",
		"/lines/1/bookLine": "9", "/lines/1/quantity": "12x",
	} {
		f.Values[path] = value
	}
	f.Lines = 2
	f.complete(ctx, &book.Book{Number: "T2218W000001", Lines: []book.Line{{Number: 1, Commodity: "2204210000", Name: "Red wine in bottles", Unit: "LTR", Currency: "EUR"}}})
	f.Faults = fault.List{
		fault.New(fault.Invalid, "BOOK-LIST-09", "/lines/1/bookLine", "account book {book} has no line {line}", "name a line of the book, or have it added first", "book", "T2218W000001", "line", 9),
		fault.New(fault.Invalid, "NUM-DECIMALS-01", "/lines/1/quantity", "“{value}” has more than {decimals} decimals", "round it to {decimals} decimals", "value", "12x", "decimals", 5),
	}
	f.Choices, f.Levy = listChoices(ctx), sampleLevy()
	return Specimen{Name: "newlist", Title: "list.new", Page: Page{Faults: f.Faults, Acts: []Act{{Text: T(ctx, "list.send"), Form: "list", Name: "do", Value: "send"}}}, Body: listFormBody(&f)}
}
