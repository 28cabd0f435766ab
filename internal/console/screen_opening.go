package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/party"
)

// openingShape is the form of what was there before the book began.
var openingShape = &formShape{
	Name: "opening", Action: "/books",
	Sections: []formSection{{"opening.taking", []formElement{
		{Path: "/on", Label: "opening.on", Kind: "date", Hint: "opening.on.hint"},
		{Path: "/reason", Label: "opening.reason", Hint: "opening.reason.hint", Wide: true},
	}}},
	Line: []formElement{
		{Path: "/line", Label: "lines.book", Kind: "select", Wide: true},
		{Path: "/quantity", Label: "lines.quantity"},
		{Path: "/value", Label: "opening.value"},
		{Path: "/status", Label: "line.status", Kind: "select"},
	},
	Preset: []string{"/line", "/status"},
}

// openingForm is what an enterprise states that it held, line by line.
type openingForm struct {
	paperForm
	Held *bonded.Book
}

// openingForm begins with a row for each line of the book.
func (s *Server) openingForm(w http.ResponseWriter, r *http.Request) (*openingForm, party.Who, bool) {
	ctx := r.Context()
	b, who, ok := s.bookToFile(w, r)
	if !ok {
		return nil, who, false
	}
	return newOpening(ctx, b), who, true
}

func newOpening(ctx context.Context, b *bonded.Book) *openingForm {
	f := &openingForm{paperForm: newForm(openingShape), Held: b}
	lines := []Option{{"", "–"}}
	for i := range b.Lines {
		l := &b.Lines[i]
		lines = append(lines, Option{strconv.Itoa(l.Number), strconv.Itoa(l.Number) + " " + l.Name + " (" + string(l.Unit) + ")"})
	}
	var status []Option
	for _, one := range []ledger.Status{ledger.Bonded, ledger.DutyPaid, ledger.NonBonded} {
		status = append(status, Option{string(one), named(ctx, statusWords, one)})
	}
	f.Choices = map[string][]Option{"/lines/line": lines, "/lines/status": status}
	return f
}

// opening answers GET /books/{id}/opening.
func (s *Server) opening(w http.ResponseWriter, r *http.Request) {
	f, _, ok := s.openingForm(w, r)
	if !ok {
		return
	}
	f.set("/on", s.now().Date().String())
	f.Lines = min(max(len(f.Held.Lines), 1), mostLines)
	for i := range f.Lines {
		if i < len(f.Held.Lines) {
			f.set(linePath(i)+"/line", strconv.Itoa(f.Held.Lines[i].Number))
		}
	}
	s.showOpening(w, r, f)
}

// read gives the opening as it was entered; a row without a quantity says nothing.
func (f *openingForm) read() (bonded.Opening, []int, fault.List) {
	p := formReader{f: &f.paperForm}
	o := bonded.Opening{On: p.day("/on"), Reason: p.text("/reason")}
	var rows []int // of the form, for each line
	for i := range f.Lines {
		if !f.filled(i) {
			continue
		}
		path := linePath(i)
		o.Lines = append(o.Lines, bonded.OpeningLine{
			Line: p.whole(path + "/line"), Quantity: p.quantity(path + "/quantity"), Value: p.money(path + "/value"), Status: ledger.Status(p.text(path + "/status")),
		})
		rows = append(rows, i)
	}
	return o, rows, p.faults
}

// stateOpening answers POST /books/{id}/opening: arrange the rows, or state them.
func (s *Server) stateOpening(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	f, who, ok := s.openingForm(w, r)
	if !ok {
		return
	}
	ctx := r.Context()
	f.take(r.PostForm)
	if f.rearrange(ctx, r, nil) {
		s.showOpening(w, r, f)
		return
	}
	o, rows, faults := f.read()
	if wantsBack(r) {
		f.giveBack(w, r, "opening-"+numberOr(f.Held.Number, f.Held.ID), faults)
		return
	}
	f.Faults = faults
	if len(faults) == 0 {
		done, err := s.house().Books.StateOpening(ctx, s.command(r, "book.state_opening", who.Actor), who.Actor, f.Held.ID, o)
		if err == nil {
			var reply bonded.Reply
			if err = json.Unmarshal(done.Reply, &reply); err == nil {
				sent(w, r, "/books/"+reply.ID)
				return
			}
		}
		if f.Faults = onRows(fault.All(err), rows); len(f.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	s.showOpening(w, r, f)
}

// onRows leads faults of lines to the rows of the form in which they stand.
func onRows(list fault.List, rows []int) fault.List {
	moved := make(fault.List, len(list))
	for i, one := range list {
		moved[i] = one
		rest, of := strings.CutPrefix(one.Path, "/lines/")
		number, field, _ := strings.Cut(rest, "/")
		if n, err := strconv.Atoi(number); of && err == nil && n < len(rows) {
			there := *one
			if there.Path = linePath(rows[n]) + "/" + field; field == "" {
				there.Path = linePath(rows[n]) + "/line"
			}
			moved[i] = &there
		}
	}
	return moved
}

func (s *Server) showOpening(w http.ResponseWriter, r *http.Request, f *openingForm) {
	f.keyed(r)
	s.Render(w, r, openingHead(r.Context(), f), openingBody(f))
}

func openingHead(ctx context.Context, f *openingForm) Page {
	return Page{
		Title: T(ctx, "opening.title"), ID: f.Held.Number, Trail: []Link{{T(ctx, "books.title"), "/books"}, {numberOr(f.Held.Number, f.Held.ID), "/books/" + f.Held.ID}},
		Faults: f.known(), Acts: []Act{{Text: T(ctx, "opening.send"), Form: "opening", Name: "do", Value: "send"}},
	}
}

func galleryOpening(ctx context.Context) Specimen {
	held := &bonded.Book{Book: book.Book{
		ID: "gallery", Number: "T2218W000001", Lines: []book.Line{{Number: 1, Commodity: "2204210000", Name: "Red wine in bottles", Unit: "LTR"}, {Number: 2, Commodity: "2204100000", Name: "Champagne", Unit: "LTR"}},
	}}
	f := newOpening(ctx, held)
	f.take(url.Values{
		"/on": {"2026-11-23"}, "/reason": {"stock-taking before the system began"}, "/lines/0/line": {"1"}, "/lines/0/quantity": {"5400"}, "/lines/0/value": {"32400.00"},
		"/lines/1/line": {"2"}, "/lines/1/quantity": {"0"}, "/lines/1/status": {string(ledger.DutyPaid)},
	})
	f.Faults = fault.List{fault.New(fault.Invalid, "BONDED-OPENING-02", "/lines/1/line", "line {line} with {quantity} cannot be an opening balance", "name each line of the book once, with a quantity above zero, a value and a customs status", "line", 2, "quantity", 0)}
	return Specimen{Name: "opening", Title: "opening.title", Page: openingHead(ctx, f), Body: openingBody(f)}
}
