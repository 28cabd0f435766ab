package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/store"
	"seine/internal/writeoff"
)

// Residues is the desk of scrap, remainders, defectives and by-products (DR
// §4.6); *bonded.Desk is one.
type Residues interface {
	TellResidue(ctx context.Context, c decision.Command, by decision.Actor, bookID string, told writeoff.Residue) (decision.Receipt, error)
	AskDestroy(ctx context.Context, c decision.Command, by decision.Actor, id, destroyer, reason string) (decision.Receipt, error)
	ProposeDestroy(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	Destroyed(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	CorrectResidue(ctx context.Context, c decision.Command, by decision.Actor, id string, code bonded.ResidueCode, reason string) (decision.Receipt, error)
	SellResidue(ctx context.Context, c decision.Command, by decision.Actor, id string, s bonded.ResidueSale) (decision.Receipt, error)
	AskLeave(ctx context.Context, c decision.Command, by decision.Actor, id, document, reason string) (decision.Receipt, error)
	GiveUp(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error)
	ResidueGone(ctx context.Context, c decision.Command, by decision.Actor, id string, gone bool, reason string) (decision.Receipt, error)
}

var residueWords = map[writeoff.ResidueState]wording{
	writeoff.ResidueKept: {Neutral, "residue.kept"}, writeoff.ResidueAsked: {Warn, "residue.asked"}, writeoff.ResidueApproved: {Agreed, "residue.approved"},
	writeoff.ResidueDestroyed: {OK, "residue.destroyed"}, writeoff.ResidueSold: {OK, "residue.sold"}, writeoff.ResidueLeaving: {Warn, "residue.leaving"},
	writeoff.ResidueExported: {OK, "residue.exported"}, writeoff.ResidueGivenUp: {Warn, "residue.givenup"}, writeoff.ResidueTaken: {OK, "residue.taken"},
}

var classWords = map[writeoff.Class]Key{
	writeoff.Scrap: "residue.scrap", writeoff.Remainder: "residue.remainder", writeoff.Defective: "residue.defective", writeoff.ByProduct: "residue.byproduct",
}

func residueObject(r *bonded.Residue) party.Object {
	return party.Object{Kind: "book", ID: r.BookID, Area: r.Area, Parties: []string{r.Enterprise}}
}

func residuePath(id string) string { return "/residues/" + url.PathEscape(id) }

func (s *Server) loadResidue(ctx context.Context, id string) (*bonded.Residue, error) {
	var r bonded.Residue
	_, err := s.house().Read.Load(ctx, dossier.Residue, id, &r)
	return &r, absentIf(err, journal.Ref{Kind: "residue", ID: id})
}

// tellForm is the form by which a residue is taken onto a book.
type tellForm struct {
	Path, Key string
	Fields    []Field
}

// residues answers GET /residues: those of the enterprise or of the area, of one
// book by ?book=, those of which nothing final has become by ?view=open, or those
// that wait for somebody by ?view=waiting.
func (s *Server) residues(w http.ResponseWriter, r *http.Request) { s.showResidues(w, r, nil) }

func (s *Server) showResidues(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	who, err := s.who(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	asked := r.URL.Query()
	q := store.Query{Limit: pageRows, Before: asked.Get("after"), Where: map[string][]string{}}
	waiting, open, number := asked.Get("view") == "waiting", asked.Get("view") == "open", asked.Get("book")
	q.Open = open
	if waiting {
		q.Where["state"] = []string{string(writeoff.ResidueAsked), string(writeoff.ResidueApproved), string(writeoff.ResidueLeaving), string(writeoff.ResidueGivenUp)}
	}
	if number != "" {
		q.Where["book"] = []string{number}
	}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	found, err := s.house().Read.List(ctx, dossier.Residue, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var list []*bonded.Residue
	for _, item := range found.Items {
		one, err := read[bonded.Residue](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		if party.May(who, party.View, residueObject(one)) == nil {
			list = append(list, one)
		}
	}
	t := residueTable(ctx, list)
	t.Pager = keyed(ctx, "/residues", asked, found.Next, len(t.Rows))
	page := Page{Title: T(ctx, "residues.title"), Faults: faults}
	parts := []templ.Component{Views([]View{
		{Text: T(ctx, "writeoffs.all"), Href: "/residues" + ofBook(number, "?"), Current: !waiting && !open},
		{Text: T(ctx, "residues.open"), Href: "/residues?view=open" + ofBook(number, "&"), Current: open},
		{Text: T(ctx, "residues.waiting"), Href: "/residues?view=waiting" + ofBook(number, "&"), Current: waiting},
	}), TableView(t)}
	if number != "" {
		held, err := s.loadBook(ctx, number)
		if err == nil {
			_, err = s.reads(ctx, bookObject(held))
		}
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		page.ID, page.Trail = held.Number, []Link{{T(ctx, "books.title"), "/books"}, {held.Number, "/books/" + held.ID}}
		if s.house().Residues != nil && who.Actor.Enterprise != "" && can(ctx, who, party.Lodge, bookObject(held)) == "" {
			f := tellForm{Path: "/residues?book=" + url.QueryEscape(number), Key: newKey(), Fields: residueFields(ctx, held)}
			if faults != nil {
				given := actsForm{Fields: f.Fields}
				given.again(r, faults)
			}
			parts = append(parts, tellBody(f))
		}
	}
	s.Render(w, r, page, stacked(parts...))
}

// ofBook keeps a list to one book, after what stands before it in the address.
func ofBook(number, after string) string {
	if number == "" {
		return ""
	}
	return after + "book=" + url.QueryEscape(number)
}

func residueTable(ctx context.Context, list []*bonded.Residue) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "residues.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "residues.none"), Text: T(ctx, "residues.none.text")},
		Columns: []Column{
			{Title: T(ctx, "residue.name")},
			{Title: T(ctx, "residue.class")},
			{Title: T(ctx, "writeoff.book")},
			{Title: T(ctx, "writeoff.line"), Number: true},
			{Title: T(ctx, "writeoff.quantity"), Number: true},
			{Title: T(ctx, "residue.arisen")},
			{Title: T(ctx, "writeoff.state")},
		},
	}
	for _, one := range list {
		t.Rows = append(t.Rows, Row{Href: residuePath(one.ID), Cells: []templ.Component{
			short(one.Commodity+" "+one.Name, 40), Text(named(ctx, classWords, one.Class)), Code(one.Book), Number(strconv.Itoa(one.Line)),
			Number(Measure(one.Quantity, string(one.Unit))), Text(one.Arisen.String()), BadgeView(badge(ctx, residueWords, one.State)),
		}})
	}
	return t
}

func residueFields(ctx context.Context, held *book.Book) []Field {
	line := Field{Path: "/line", Name: "line", Label: T(ctx, "residue.line"), Kind: "select"}
	for i := range held.Lines {
		l := &held.Lines[i]
		line.Options = append(line.Options, Option{strconv.Itoa(l.Number), strconv.Itoa(l.Number) + " " + l.Name + " (" + string(l.Unit) + ")"})
	}
	class := Field{Path: "/class", Name: "class", Label: T(ctx, "residue.class"), Kind: "select"}
	for _, c := range []writeoff.Class{writeoff.Scrap, writeoff.Remainder, writeoff.Defective, writeoff.ByProduct} {
		class.Options = append(class.Options, Option{string(c), T(ctx, classWords[c])})
	}
	inUse := Field{Path: "/inUse", Name: "inUse", Label: T(ctx, "residue.inuse"), Kind: "select", Hint: T(ctx, "residue.inuse.hint"), Options: []Option{{"no", T(ctx, "residue.no")}, {"yes", T(ctx, "residue.yes")}}}
	worthless := Field{Path: "/worthless", Name: "worthless", Label: T(ctx, "residue.worthless"), Kind: "select", Options: []Option{{"no", T(ctx, "residue.no")}, {"yes", T(ctx, "residue.yes")}}}
	return []Field{
		class, line,
		{Path: "/commodity", Name: "commodity", Label: T(ctx, "residue.commodity"), Code: true, Required: true, Complete: "off", Hint: T(ctx, "residue.commodity.hint")},
		{Path: "/name", Name: "name", Label: T(ctx, "residue.name"), Required: true},
		{Path: "/quantity", Name: "quantity", Label: T(ctx, "writeoff.quantity"), Kind: "number", Required: true, Hint: T(ctx, "residue.quantity.hint")},
		{Path: "/arisen", Name: "arisen", Label: T(ctx, "residue.arisen"), Kind: "date"},
		inUse, worthless,
	}
}

// tellResidue answers POST /residues?book=: a residue is taken onto the book.
func (s *Server) tellResidue(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	ctx := r.Context()
	held, err := s.loadBook(ctx, r.URL.Query().Get("book"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	path := "/residues?book=" + url.QueryEscape(held.Number)
	faults, done := s.carryOut(w, r, bookObject(held), held.ID, "residue", path, []paperAct{{
		Value: "tell", Text: "residue.tell", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			told, err := residueOf(r)
			if err != nil {
				return decision.Receipt{}, err
			}
			return s.house().Residues.TellResidue(ctx, c, by, id, told)
		},
	}})
	if !done {
		s.showResidues(w, r, faults)
	}
}

func residueOf(r *http.Request) (writeoff.Residue, error) {
	var faults fault.List
	f := r.PostForm
	told := writeoff.Residue{Class: writeoff.Class(f.Get("class")), Commodity: fold(f.Get("commodity")), Name: fold(f.Get("name")), InUse: f.Get("inUse") == "yes", Worthless: f.Get("worthless") == "yes"}
	told.Line, _ = strconv.Atoi(f.Get("line")) // the story says when there is no such line
	var err error
	if told.Quantity, err = num.ParseQuantity(fold(f.Get("quantity"))); err != nil {
		if err := faults.Add("/quantity", err); err != nil {
			return told, err
		}
	}
	if day := f.Get("arisen"); day != "" {
		if told.Arisen, err = clock.ParseDate(day); err != nil {
			if err := faults.Add("/arisen", err); err != nil {
				return told, err
			}
		}
	}
	return told, faults.OrNil()
}

// residue answers GET /residues/{id}.
func (s *Server) residue(w http.ResponseWriter, r *http.Request) { s.showResidue(w, r, nil) }

// actOnResidue answers POST /residues/{id}: acts of both sides.
func (s *Server) actOnResidue(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	doc, err := s.loadResidue(r.Context(), id)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	faults, done := s.carryOut(w, r, residueObject(doc), id, "residue", residuePath(id), s.residueActs(doc, r))
	if !done {
		s.showResidue(w, r, faults)
	}
}

// residueActs are what can be done with a residue; r is the form as sent, nil
// when it is only shown.
func (s *Server) residueActs(doc *bonded.Residue, r *http.Request) []paperAct {
	desk := s.house().Residues
	switch doc.State {
	case writeoff.ResidueKept:
		return []paperAct{{Value: "ask_destroy", Text: "residue.ask", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.AskDestroy(ctx, c, by, id, fold(r.PostForm.Get("destroyer")), reason)
		}}, {Value: correctCode, Text: "residue.correct", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			code := bonded.ResidueCode{Commodity: fold(r.PostForm.Get("commodity")), Name: fold(r.PostForm.Get("name"))}
			receipt, err := desk.CorrectResidue(ctx, c, by, id, code, reason)
			return receipt, besideFields("/correct", err)
		}}, {Value: "sell", Text: "residue.sell", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			value, err := num.ParseMoney(fold(r.PostForm.Get("value")))
			if err != nil {
				return decision.Receipt{}, at("/value", err)
			}
			return desk.SellResidue(ctx, c, by, id, bonded.ResidueSale{Buyer: fold(r.PostForm.Get("buyer")), Value: value})
		}}, {Value: "ask_export", Text: "residue.leave", Right: party.Lodge, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return desk.AskLeave(ctx, c, by, id, fold(r.PostForm.Get("document")), reason)
		}}, {Value: "ask_abandonment", Text: "residue.giveup", Right: party.Lodge, Danger: true, Do: desk.GiveUp}}
	case writeoff.ResidueLeaving, writeoff.ResidueGivenUp:
		gone := Key("residue.left")
		if doc.State == writeoff.ResidueGivenUp {
			gone = "residue.take"
		}
		word := func(gone bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
			return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
				return desk.ResidueGone(ctx, c, by, id, gone, reason)
			}
		}
		return []paperAct{{Value: "gone", Text: gone, Right: party.Decide, Do: word(true)}, {Value: "refuse", Text: "residue.refuse", Right: party.Decide, Danger: true, Do: word(false)}}
	case writeoff.ResidueAsked:
		return []paperAct{{Value: "propose_destroy", Text: "motion.destroy", Right: party.Decide, Do: desk.ProposeDestroy}}
	case writeoff.ResidueApproved:
		return []paperAct{{Value: "destroyed", Text: "residue.seen", Right: party.Decide, Do: desk.Destroyed}}
	case writeoff.ResidueDestroyed, writeoff.ResidueSold, writeoff.ResidueExported, writeoff.ResidueTaken:
	}
	return nil
}

func (s *Server) showResidue(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	doc, err := s.loadResidue(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, residueObject(doc))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var f actsForm
	var code []actCard
	sent := ""
	if faults != nil {
		sent = r.PostForm.Get("act")
	}
	if s.house().Residues != nil {
		f = actsOn(ctx, who, residueObject(doc), residuePath(doc.ID), s.residueActs(doc, nil))
		code = codeCard(ctx, doc, &f, sent, func(f *actsForm) { f.again(r, faults) })
		if doc.State == writeoff.ResidueKept && len(f.Acts) > 0 {
			f.Fields = []Field{
				{Path: "/destroyer", Name: "destroyer", Label: T(ctx, "residue.destroyer")},
				{Path: "/buyer", Name: "buyer", Label: T(ctx, "residue.buyer")},
				{Path: "/value", Name: "value", Label: T(ctx, "residue.value"), Kind: "number", Hint: T(ctx, "residue.value.hint")},
				{Path: "/document", Name: "document", Label: T(ctx, "residue.document"), Code: true},
			}
		}
	}
	if faults != nil {
		f.again(r, faults)
	}
	page := residueHead(ctx, doc)
	page.Faults = faults
	s.Render(w, r, page, residueBody(f, code))
}

// correctCode is the act by which an enterprise puts another code on a residue.
const correctCode = "correct_code"

// codeCard parts the correction of a code from the other acts: a card of its own,
// for what is still kept.
func codeCard(ctx context.Context, doc *bonded.Residue, acts *actsForm, sent string, again func(*actsForm)) []actCard {
	at := slices.IndexFunc(acts.Acts, func(a Act) bool { return a.Value == correctCode })
	if at < 0 {
		return nil
	}
	one := actCard{ID: "correct-code", Title: T(ctx, "residue.correct"), Text: T(ctx, "residue.correct.text"), Form: actsForm{
		Path: acts.Path, Key: acts.Key + "-" + correctCode, Acts: acts.Acts[at : at+1 : at+1], Fields: []Field{
			{Path: "/correct/commodity", Name: "commodity", Label: T(ctx, "residue.commodity"), Code: true, Required: true, Complete: "off", Value: doc.Commodity, Hint: T(ctx, "residue.commodity.hint")},
			{Path: "/correct/name", Name: "name", Label: T(ctx, "residue.name"), Value: doc.Name},
			{Path: "/correct/reason", Name: "reason", Label: T(ctx, "acts.reason"), Kind: "textarea"},
		},
	}}
	if off := acts.Acts[at].Off; off != "" {
		one.Form.Off = []string{off}
	}
	if sent == correctCode {
		again(&one.Form)
	}
	acts.Acts = slices.DeleteFunc(slices.Clone(acts.Acts), func(a Act) bool { return a.Value == correctCode })
	return []actCard{one}
}

func residueHead(ctx context.Context, doc *bonded.Residue) Page {
	page := Page{
		ID: doc.Commodity, Title: doc.Name, Trail: []Link{{T(ctx, "residues.title"), "/residues"}, {doc.Book, "/residues?book=" + url.QueryEscape(doc.Book)}}, Badges: []Badge{badge(ctx, residueWords, doc.State)},
		Facts: []Fact{
			{T(ctx, "residue.class"), Text(named(ctx, classWords, doc.Class))},
			{T(ctx, "writeoff.quantity"), Text(Measure(doc.Quantity, string(doc.Unit)))},
			{T(ctx, "residue.line"), Text(strconv.Itoa(doc.Line))},
			{T(ctx, "residue.arisen"), Text(doc.Arisen.String())},
		},
	}
	yes := func(title Key, is bool) {
		if is {
			page.Facts = append(page.Facts, Fact{T(ctx, title), Text(T(ctx, "residue.yes"))})
		}
	}
	yes("residue.inuse", doc.InUse)
	yes("residue.worthless", doc.Worthless)
	for _, f := range []struct {
		title Key
		text  string
	}{
		{"residue.destroyer", doc.Destroyer},
		{"acts.reason", doc.Reason},
		{"writeoff.officers", joined(doc.Officers[0], doc.Officers[1])},
		{"residue.destroyedon", doc.DestroyedOn.String()},
		{"residue.witness", doc.Witness},
		{"residue.document", doc.Document},
		{"residue.lefton", doc.LeftOn.String()},
	} {
		if f.text != "" {
			page.Facts = append(page.Facts, Fact{T(ctx, f.title), Text(f.text)})
		}
	}
	if sale := doc.Sale; sale != nil {
		page.Facts = append(page.Facts, Fact{T(ctx, "residue.buyer"), Text(sale.Buyer)}, Fact{T(ctx, "residue.value"), Number(Amount(sale.Value, "CNY"))}, Fact{T(ctx, "residue.tax"), Number(Amount(sale.Total, "CNY"))})
		if sale.TaxBill != "" {
			page.Facts = append(page.Facts, Fact{T(ctx, "object.taxbill"), causeCell(Link{Text: sale.TaxBill, Href: "/tax-bills/" + url.PathEscape(sale.TaxBill)}, sale.TaxBill)})
		}
	}
	return page
}

func galleryResidue(ctx context.Context) Specimen {
	doc := &bonded.Residue{ID: "sample", Enterprise: "91310115MA1K4T8X6C", Residue: writeoff.Residue{
		Book: "H2218A000001", Line: 1, Class: writeoff.Scrap, Commodity: "2309909000", Name: T(ctx, "gallery.sample"), Quantity: 30 * num.OneQuantity, Unit: "KGM", InUse: true,
		Worthless: true, Arisen: clock.MustDate("2026-06-30"), State: writeoff.ResidueAsked, Reason: T(ctx, "gallery.sample"), Destroyer: "Green Works",
	}}
	acts := actsForm{Path: "/gallery/residue", Key: "sample", Acts: []Act{{Text: T(ctx, "motion.destroy"), Name: "act", Value: "propose_destroy"}}}
	acts.Acts = append(acts.Acts, Act{Text: T(ctx, "residue.correct"), Name: "act", Value: correctCode})
	code := codeCard(ctx, doc, &acts, "", nil)
	return Specimen{Name: "residue", Title: "residues.title", Page: residueHead(ctx, doc), Body: residueBody(acts, code)}
}

func galleryResidues(ctx context.Context) Specimen {
	held := &book.Book{Number: "H2218A000001", Lines: []book.Line{{Number: 1, Name: T(ctx, "gallery.sample"), Unit: "KGM"}}}
	list := []*bonded.Residue{{ID: "sample", Residue: writeoff.Residue{
		Book: held.Number, Line: 1, Class: writeoff.Remainder, Commodity: "2009110000", Name: T(ctx, "gallery.sample"), Quantity: 30 * num.OneQuantity, Unit: "KGM",
		Arisen: clock.MustDate("2026-06-30"), State: writeoff.ResidueKept,
	}}}
	f := tellForm{Path: "/gallery/residues", Key: "sample", Fields: residueFields(ctx, held)}
	return Specimen{Name: "residues", Title: "residues.title", Page: Page{ID: held.Number, Title: T(ctx, "residues.title")}, Body: stacked(TableView(residueTable(ctx, list)), tellBody(f))}
}

func galleryToday(ctx context.Context) Specimen {
	gaps := []writeoff.Gap{{Kind: writeoff.GapCount, Line: 1}, {Kind: writeoff.GapList, Ref: "QD22182026000007", Args: map[string]string{"state": string(book.ListApproved)}}}
	p := writeOffBodyOf(ctx, &bonded.WriteOff{Report: writeoff.Report{Items: []writeoff.Item{{Line: 1, Commodity: "2009110000", Name: T(ctx, "gallery.sample"), Unit: "KGM"}}}})
	return Specimen{Name: "today", Title: "writeoff.today", Page: Page{ID: "H2218A000001", Title: T(ctx, "writeoff.today")}, Body: todayBody(gapTable(ctx, gaps), p)}
}
