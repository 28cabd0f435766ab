package console

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/codelist"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/store"
)

// Lists is the desk of verification lists; *bonded.Desk is one.
type Lists interface {
	FileList(ctx context.Context, c decision.Command, by decision.Actor, l bonded.Listing) (decision.Receipt, error)
	ReviseList(ctx context.Context, c decision.Command, by decision.Actor, id string, l bonded.Listing) (decision.Receipt, error)
	TryList(ctx context.Context, c decision.Command, by decision.Actor, revises string, l bonded.Listing) (decision.Effects, error)
	WeighLevy(ctx context.Context, c decision.Command, l bonded.Listing) (*clearance.Levy, error)
	WithdrawList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	AskVoidList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	DecideList(ctx context.Context, c decision.Command, by decision.Actor, id string, approve bool, reason string) (decision.Receipt, error)
	KeepList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	ProposeVoidList(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	ProposeCloseShort(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
}

// listTypes are the types of verification lists (DR §1.5).
var listTypes = []struct {
	Type book.ListType
	Word Key
}{
	{book.Ordinary, "list.type.0"},
	{book.Centralized, "list.type.1"},
	{book.EnterFirst, "list.type.3"},
	{book.SimpleProcessing, "list.type.4"},
	{book.Display, "list.type.5"},
	{book.Circulation, "list.type.6"},
	{book.PortLinkage, "list.type.7"},
	{book.BondedCommerce, "list.type.8"},
	{book.DomesticSale, "list.type.9"},
}

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

// lists answers GET /lists: the verification lists of the enterprise, newest
// first.
func (s *Server) lists(w http.ResponseWriter, r *http.Request) {
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
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.VerificationList, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	t := Table{
		ID: "list", Caption: T(ctx, "lists.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "lists.empty"), Text: T(ctx, "lists.empty.text")},
		Columns: []Column{
			{Title: T(ctx, "object.list")},
			{Title: T(ctx, "object.book")},
			{Title: T(ctx, "form.direction")},
			{Title: T(ctx, "column.declaration")},
			{Title: T(ctx, "books.lines"), Number: true},
			{Title: T(ctx, "list.filed")},
			{Title: T(ctx, "column.state")},
		},
	}
	for _, item := range found.Items {
		l, err := read[bonded.List](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, listObject(l)) != nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Href: "/lists/" + l.ID, Cells: []templ.Component{
			Code(numberOr(l.Number, l.ID)), Code(l.Book), Text(directionWord(ctx, l.Direction)), Code(l.Bill), Number(Count(int64(len(l.Lines)))), When(l.Filed),
			BadgeView(badge(ctx, listWords, l.State)),
		}})
	}
	t.Pager = keyed(ctx, "/lists", r.URL.Query(), found.Next, len(t.Rows))
	page := Page{Title: T(ctx, "lists.title"), Live: []string{"book", "passage"}}
	if who.Actor.Enterprise != "" && s.house().Lists != nil {
		page.Acts = []Act{{Text: T(ctx, "list.new"), Href: "/lists/new", Key: "n"}}
		t.Empty.Act = Act{Text: T(ctx, "list.new"), Href: "/lists/new"}
	}
	s.Render(w, r, page, templ.Join(Search("/lists", r.URL.Query().Get("q"), "#list", T(ctx, "lists.search")), TableView(t)))
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

// listPage is a verification list with what of it has passed.
type listPage struct {
	*bonded.List
	Line  LifeLine
	Goods Table
	Notes Table
	Acts  actsForm
	Past  []pastList // versions that were returned, the last one first
	Lock  string     // whether the choice of levy can still change; empty where none was made
}

// pastList is a version of a list as it was filed before.
type pastList struct {
	Title string
	Goods Table
}

func pastLists(ctx context.Context, l *bonded.List) []pastList {
	var past []pastList
	for i := range l.Earlier {
		before := &l.Earlier[i]
		goods := listGoods(ctx, &bonded.List{VerificationList: before.List})
		goods.ID += "-" + strconv.Itoa(i+1)
		past = append(past, pastList{T(ctx, "list.earlier", "number", i+1, "filed", Moment(before.Filed), "until", Moment(before.Returned)), goods})
	}
	slices.Reverse(past)
	return past
}

// listActs are what can be done with a list.
func (s *Server) listActs(l *bonded.List) []paperAct {
	desk := s.house().Lists
	if desk == nil || book.ListLife.Final(l.State) {
		return nil
	}
	off := func(on book.ListEvent) error {
		_, err := book.ListLife.Next(l.State, on, &l.VerificationList)
		return err
	}
	word := func(approve bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
		return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.DecideList(ctx, c, by, id, approve, reason)
		}
	}
	switch l.State {
	case book.ListSubmitted:
		return []paperAct{
			{Value: "withdraw", Text: "list.withdraw", Right: party.Lodge, Danger: true, Do: desk.WithdrawList},
			{Value: "approve", Text: "list.approve", Right: party.Decide, Do: word(true)},
			{Value: "return", Text: "act.return", Right: party.Decide, Danger: true, Do: word(false)},
		}
	case book.ListReturned, book.ListDraft:
		return []paperAct{{Value: "withdraw", Text: "list.withdraw", Right: party.Lodge, Danger: true, Do: desk.WithdrawList}}
	case book.ListApproved:
		return []paperAct{
			{Value: "ask_void", Text: "list.askvoid", Right: party.Lodge, Danger: true, Off: off(book.ListAskVoid), Do: desk.AskVoidList},
			{Value: "close_short", Text: "list.closeshort", Right: party.Decide, Danger: true, Do: desk.ProposeCloseShort},
		}
	case book.ListBillReleased:
		return []paperAct{{Value: "close_short", Text: "list.closeshort", Right: party.Decide, Danger: true, Do: desk.ProposeCloseShort}}
	case book.ListVoidAsked:
		return []paperAct{
			{Value: "propose_void", Text: "list.proposevoid", Right: party.Decide, Do: desk.ProposeVoidList},
			{Value: "keep", Text: "list.keep", Right: party.Decide, Off: off(book.ListKeep), Do: desk.KeepList},
		}
	default:
		return nil
	}
}

func (s *Server) loadList(ctx context.Context, id string) (*bonded.List, error) {
	var l bonded.List
	_, err := s.house().Read.Load(ctx, dossier.VerificationList, id, &l)
	return &l, absentIf(err, journal.Ref{Kind: "verification_list", ID: id})
}

// list answers GET /lists/{id}.
func (s *Server) list(w http.ResponseWriter, r *http.Request) { s.showList(w, r, nil) }

// actOnList answers POST /lists/{id}.
func (s *Server) actOnList(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	l, err := s.loadList(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if faults, done := s.carryOut(w, r, listObject(l), l.ID, "list", "/lists/"+l.ID, s.listActs(l)); !done {
		s.showList(w, r, faults)
	}
}

func (s *Server) showList(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	l, err := s.loadList(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, listObject(l))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	subjects := []journal.Ref{{Kind: "verification_list", ID: l.ID}}
	if l.Declaration != "" {
		subjects = append(subjects, journal.Ref{Kind: "declaration", ID: l.Declaration})
	}
	entries, err := s.entriesOf(ctx, subjects...)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := &listPage{List: l, Line: lifeLine(ctx, entries, s.now()), Goods: listGoods(ctx, l), Past: pastLists(ctx, l)}
	if p.Notes, err = s.notesOf(ctx, who, l); err != nil {
		s.Fail(w, r, err)
		return
	}
	if p.Lock, err = s.levyLock(ctx, l); err != nil {
		s.Fail(w, r, err)
		return
	}
	p.Acts = actsOn(ctx, who, listObject(l), "/lists/"+l.ID, s.listActs(l))
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := listHead(ctx, l)
	page.Faults = faults
	page.Acts = p.Acts.onPage()
	if l.State == book.ListReturned && s.house().Lists != nil && party.May(who, party.Lodge, listObject(l)) == nil {
		page.Acts = append([]Act{{Text: T(ctx, "list.revise"), Href: "/lists/new?revises=" + l.ID}}, page.Acts...)
	}
	if who.Actor.Enterprise != "" && s.house().Notes != nil && l.Number != "" && l.Notes() != book.NotesFull && l.State != book.ListPosted && !book.ListLife.Final(l.State) {
		page.Acts = append([]Act{{Text: T(ctx, "note.new"), Href: "/notes/new?list=" + l.ID}}, page.Acts...)
	}
	if awaitsSender(l) && who.Actor.Enterprise != "" && s.house().Lists != nil {
		if from, err := s.loadBook(ctx, l.RelatedBook); err == nil && party.May(who, party.Lodge, bookObject(from)) == nil {
			page.Acts = append([]Act{{Text: T(ctx, "list.answer"), Href: "/lists/new?answers=" + l.ID}}, page.Acts...)
		}
	}
	if l.Declaration != "" {
		page.Acts = append(page.Acts, Act{Text: T(ctx, "list.bill"), Href: "/declarations/" + l.Declaration})
	}
	s.Render(w, r, page, listBody(p))
}

// levyLock says whether what the duty of a list is levied on is locked: it is from
// the acceptance of its bill of entry on (DR §3.12). Empty where nothing was chosen,
// or nothing is sold any more.
func (s *Server) levyLock(ctx context.Context, l *bonded.List) (string, error) {
	if l.Levy == nil {
		return "", nil
	}
	var file casework.Case
	if _, err := s.house().Read.Load(ctx, dossier.Case, l.Case, &file); err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return "", err
	}
	if file.Declaration != "" {
		d, _, err := s.loadDeclaration(ctx, file.Declaration)
		if err != nil {
			return "", err
		}
		if d.Times.Accepted != 0 {
			return T(ctx, "levy.locked", "number", d.Number, "at", Moment(d.Times.Accepted)), nil
		}
	}
	if book.ListLife.Final(l.State) {
		return "", nil
	}
	return T(ctx, "levy.open"), nil
}

func listHead(ctx context.Context, l *bonded.List) Page {
	return Page{
		ID: numberOr(l.Number, l.ID), Title: T(ctx, "object.list"), Live: []string{"book", "passage"},
		Trail:  []Link{{T(ctx, "lists.title"), "/lists"}, {l.Book, "/books/" + l.Book}},
		Badges: []Badge{badge(ctx, listWords, l.State), {Info, directionWord(ctx, l.Direction)}},
		Facts: []Fact{
			{T(ctx, "column.enterprise"), Text(cmp.Or(l.Operator.Name, ownerOf(l.Operator)))},
			{T(ctx, "list.filed"), When(l.Filed)},
			{T(ctx, "list.billreleased.at"), When(l.BillReleased)},
			{T(ctx, "list.passed.at"), When(l.FullyPassed)},
			{T(ctx, "list.posted.at"), When(l.PostedAt)},
		},
	}
}

// listGoods is the lines with what of each is noted, passed and posted.
func listGoods(ctx context.Context, l *bonded.List) Table {
	t := Table{
		ID: "lines", Caption: T(ctx, "lines.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "state.empty")},
		Columns: []Column{
			{Title: T(ctx, "lines.number"), Number: true},
			{Title: T(ctx, "lines.book"), Number: true},
			{Title: T(ctx, "column.commodity")},
			{Title: T(ctx, "lines.name")},
			{Title: T(ctx, "lines.quantity"), Number: true},
			{Title: T(ctx, "list.noted"), Number: true},
			{Title: T(ctx, "list.through"), Number: true},
			{Title: T(ctx, "list.postedquantity"), Number: true},
			{Title: T(ctx, "lines.price"), Number: true},
		},
	}
	for i := range l.Lines {
		line := &l.Lines[i]
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(strconv.Itoa(line.Number)), Text(strconv.Itoa(line.BookLine)), Code(line.Commodity), short(joinedWords(line.Name, line.Model), 36),
			Number(Measure(line.Quantity, string(line.Unit))), Number(Measure(line.Noted, "")), Number(Measure(line.Passed, "")),
			Number(Measure(line.Settled, "")), Number(Amount(line.Total, string(line.Currency))),
		}})
	}
	return t
}

// notesOf gives the release notes of a list: those on its book that name it.
func (s *Server) notesOf(ctx context.Context, who party.Who, l *bonded.List) (Table, error) {
	t := noteTable(ctx)
	t.ID, t.Pager, t.Empty = "notes", Pager{NeverTurnPage: true}, State{Kind: StateEmpty, Title: T(ctx, "notes.empty")}
	if l.Number == "" || l.Notes() == book.NotesNone {
		return t, nil
	}
	found, err := s.house().Read.List(ctx, dossier.ReleaseNote, store.Query{Where: map[string][]string{"book": {l.Book}}, Limit: 200})
	if err != nil {
		return t, err
	}
	for _, item := range found.Items {
		n, err := read[control.Note](item)
		if err != nil {
			return t, err
		}
		if slices.Contains(n.Documents, l.Number) && party.May(who, party.View, noteObject(n)) == nil {
			t.Rows = append(t.Rows, noteRow(ctx, n))
		}
	}
	return t, nil
}

func sampleList() *bonded.List {
	return &bonded.List{
		Filed: sampleAt("2026-11-20T09:30"), Procedure: "first-line-entry", Declaration: "gallery", VerificationList: book.VerificationList{
			ID: "gallery", Number: "QD221826I000000012", Book: "T2218W000001", Direction: book.In, State: book.ListBillReleased, Method: book.Forward,
			Operator: book.Party{CreditCode: "91310000MA1FL0EW6X", Name: "外高桥葡萄酒交易有限公司"}, Declared: true, Bill: "221820261000012345",
			BillReleased: sampleAt("2026-11-22T14:05"),
			Lines: []book.ListLine{{
				Number: 1, BookLine: 1, Commodity: "2204210000", Name: "Red wine in bottles", Unit: "LTR", Quantity: 12_000 * num.OneQuantity, Total: 4_800_000, Currency: "EUR",
				Noted: 9_000 * num.OneQuantity, Passed: 2_100 * num.OneQuantity,
			}},
		},
	}
}

func galleryVerificationList(ctx context.Context) Specimen {
	l := sampleList()
	l.Earlier = []bonded.Earlier{{List: sampleList().VerificationList, Filed: sampleAt("2026-11-19T16:40"), Returned: sampleAt("2026-11-20T09:30")}}
	l.Earlier[0].List.Lines[0].Quantity = 11_000 * num.OneQuantity
	l.Levy = sampleLevy()
	p := &listPage{Past: pastLists(ctx, l), Lock: T(ctx, "levy.open"), List: l, Goods: listGoods(ctx, l), Notes: noteTable(ctx), Acts: actsForm{Path: "/gallery/verificationlist", Acts: []Act{{Text: T(ctx, "list.askvoid"), Form: "acts", Name: "act", Value: "ask_void", Danger: true, Off: T(ctx, "state.refused")}}, Off: []string{T(ctx, "state.refused")}}}
	p.Notes.ID, p.Notes.Pager = "notes", Pager{NeverTurnPage: true}
	p.Notes.Rows = []Row{noteRow(ctx, sampleNote())}
	return Specimen{Name: "verificationlist", Title: "object.list", Page: listHead(ctx, l), Body: listBody(p)}
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
