package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
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
