package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/party"
)

// mergerShape is the form of the parts of a book: each is merged into one line.
var mergerShape = &formShape{
	Name: "merger", Action: "/books", Sections: nil,
	Line: []formElement{
		{Path: "/part", Label: "list.part", Code: true},
		{Path: "/line", Label: "lines.book", Kind: "number"},
		{Path: "/commodity", Label: "column.commodity", Code: true},
		{Path: "/name", Label: "form.name", Wide: true},
		{Path: "/unit", Label: "form.unit", Code: true},
		{Path: "/factor", Label: "merger.factor", Hint: "line.legal.hint"},
		{Path: "/consumable", Label: "merger.consumable", Kind: "checkbox"},
		{Path: "/licence", Label: "merger.licence", Kind: "checkbox"},
		{Path: "/remedy", Label: "merger.remedy", Kind: "checkbox"},
	},
}

// mergerForm is the parts of a book as they are being merged.
type mergerForm struct {
	paperForm
	Held *bonded.Book
	Bad  []book.PartViolation // what the lines on the screen would break
}

func (f *mergerForm) fill(parts []book.PartItem) {
	for i, p := range parts[:min(len(parts), mostLines)] {
		path := linePath(i)
		f.set(path+"/part", p.Part)
		f.set(path+"/line", strconv.Itoa(p.Line))
		f.set(path+"/commodity", p.Commodity)
		f.set(path+"/name", p.Name)
		f.set(path+"/unit", string(p.Unit))
		f.set(path+"/factor", conversionText(p.Factor, false))
		for name, on := range map[string]bool{"/consumable": p.Consumable, "/licence": p.Licence, "/remedy": p.Remedy} {
			if on {
				f.Values[path+name] = "on"
			}
		}
	}
	f.Lines = min(max(len(parts), 1), mostLines)
}

// parts reads the form. What customs marked stays marked; parts that the form has
// no room for stay as they are.
func (f *mergerForm) parts() ([]book.PartItem, fault.List) {
	p := formReader{f: &f.paperForm}
	var list []book.PartItem
	for i := range f.Lines {
		if !f.filled(i) {
			continue
		}
		path := linePath(i)
		one := book.PartItem{
			Part: p.text(path + "/part"), Line: p.whole(path + "/line"), Commodity: p.commodity(path + "/commodity"), Name: p.text(path + "/name"),
			Unit: codelist.UnitCode(p.code(path + "/unit")), Consumable: p.on(path + "/consumable"), Licence: p.on(path + "/licence"), Remedy: p.on(path + "/remedy"),
		}
		_, one.Separate = f.Held.Marked(one.Part)
		if line, ok := f.Held.Line(one.Line); ok {
			one.Factor = p.conversion(path+"/factor", line.Unit)
		}
		list = append(list, one)
	}
	if len(f.Held.Parts) > mostLines {
		list = append(list, f.Held.Parts[mostLines:]...)
	}
	return list, p.faults
}

// judge checks the merger on the screen; each violation is shown at its part.
func (s *Server) judge(f *mergerForm, parts []book.PartItem) error {
	b := f.Held.Book
	b.Parts = parts
	m, err := s.house().Books.TryMerger(&b, nil, s.now().Date())
	if err != nil {
		return err
	}
	f.Bad = m.Parts
	for _, v := range m.Parts {
		one := bonded.PartFault(&b, v)
		f.Faults = append(f.Faults, one)
	}
	f.partPaths()
	return nil
}

// partPaths turns pointers into the book's parts to those of the form's lines.
func (f *mergerForm) partPaths() {
	for i, one := range f.Faults {
		if n, rest, ok := partOf(one.Path); ok {
			moved := *one
			moved.Path = linePath(n) + rest
			f.Faults[i] = &moved
		}
	}
}

// partOf reads "/parts/3/unit" as part 3 and "/unit"; what names no element is
// about the part's line.
func partOf(path string) (n int, rest string, ok bool) {
	const head = "/parts/"
	if len(path) <= len(head) || path[:len(head)] != head {
		return 0, "", false
	}
	end := len(head)
	for end < len(path) && path[end] != '/' {
		end++
	}
	n, err := strconv.Atoi(path[len(head):end])
	switch rest = path[end:]; rest {
	case "":
		rest = "/line"
	case "/separate": // is no element of the form: the part is marked or not
		rest = "/part"
	}
	return n, rest, err == nil
}

func (s *Server) heldMerger(w http.ResponseWriter, r *http.Request) (*mergerForm, party.Who, bool) {
	b, who, ok := s.bookToFile(w, r)
	if !ok {
		return nil, who, false
	}
	return &mergerForm{paperForm: newForm(mergerShape), Held: b}, who, true
}

// merger answers GET /books/{id}/merger.
func (s *Server) merger(w http.ResponseWriter, r *http.Request) {
	f, _, ok := s.heldMerger(w, r)
	if !ok {
		return
	}
	f.fill(f.Held.Parts)
	if err := s.judge(f, f.Held.Parts); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showMerger(w, r, f)
}

// fileMerger answers POST /books/{id}/merger: arrange, check, or send the merger as
// a change of the book.
func (s *Server) fileMerger(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	f, who, ok := s.heldMerger(w, r)
	if !ok {
		return
	}
	ctx := r.Context()
	f.take(r.PostForm)
	if f.rearrange(ctx, r, nil) {
		s.showMerger(w, r, f)
		return
	}
	parts, faults := f.parts()
	f.Faults = faults
	err := s.judge(f, parts)
	if err == nil && wantsBack(r) {
		f.giveBack(w, r, "parts-"+numberOr(f.Held.Number, f.Held.ID), f.Faults)
		return
	}
	if err == nil && r.PostForm.Get("do") == "send" && len(f.Faults) == 0 {
		wanted := f.Held.Book
		wanted.Parts = parts
		done, refusal := s.house().Books.ChangeBook(ctx, s.command(r, "book.change", who.Actor), who.Actor, f.Held.ID, wanted)
		if refusal == nil {
			var reply bonded.Reply
			if err = json.Unmarshal(done.Reply, &reply); err == nil {
				sent(w, r, "/books/"+reply.ID)
				return
			}
		} else if f.Faults = fault.All(refusal); len(f.Faults) == 0 {
			err = refusal
		}
		f.partPaths()
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showMerger(w, r, f)
}

func (s *Server) showMerger(w http.ResponseWriter, r *http.Request, f *mergerForm) {
	f.keyed(r)
	s.Render(w, r, mergerHead(r.Context(), f), mergerBody(f))
}

func mergerHead(ctx context.Context, f *mergerForm) Page {
	return Page{
		Title: T(ctx, "merger.title"), ID: f.Held.Number, Trail: []Link{{T(ctx, "books.title"), "/books"}, {numberOr(f.Held.Number, f.Held.ID), "/books/" + f.Held.ID}},
		Faults: f.known(), Acts: []Act{{Text: T(ctx, "book.send"), Form: "merger", Name: "do", Value: "send"}, {Text: T(ctx, "list.check"), Form: "merger", Name: "do", Value: "check"}},
	}
}

var mergeRules = map[book.MergeRule]Key{
	book.MergeCommodity: "rule.commodity", book.MergeUnit: "rule.unit", book.MergeConsumable: "rule.consumable", book.MergeSeparate: "rule.separate",
	book.MergeLicence: "rule.licence", book.MergeRemedy: "rule.remedy", book.MergePart: "rule.part", book.MergeItem: "rule.item",
	book.MergeClassified: "rule.classified", book.MergeFactor: "rule.factor",
}

// pairs is the list of violating pairs.
func (f *mergerForm) pairs(ctx context.Context) Table {
	t := Table{
		ID: "merger-pairs", Caption: T(ctx, "merger.pairs"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "merger.passes")},
		Columns: []Column{{Title: T(ctx, "lines.book"), Number: true}, {Title: T(ctx, "list.part")}, {Title: T(ctx, "merger.with")}, {Title: T(ctx, "merger.why")}},
	}
	for _, v := range f.Bad {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Number(strconv.Itoa(v.Line)), Code(v.A), Code(v.B), BadgeView(Badge{Bad, named(ctx, mergeRules, v.Rule)})}})
	}
	return t
}

func galleryMerger(ctx context.Context) Specimen {
	held := &bonded.Book{Book: book.Book{
		ID: "gallery", Number: "H2218A000001", Lines: []book.Line{{Number: 1, Commodity: "8541430000", Name: "Cells", Unit: "KGM"}},
		Parts: []book.PartItem{
			{Part: "C-100", Line: 1, Commodity: "8541430000", Name: "Cell 100", Unit: "KGM"},
			{Part: "C-200", Line: 1, Commodity: "8541430000", Name: "Cell 200", Unit: "PCE"},
			{Part: "C-300", Line: 1, Commodity: "8541430000", Name: "Cell 300", Unit: "KGM", Separate: true, Separation: &book.Separation{At: sampleAt("2026-11-20T10:00"), By: "SH1007", Reason: "under inquiry"}},
			{Part: "GREASE", Line: 1, Commodity: "8541430000", Name: "Grease", Unit: "KGM", Consumable: true},
		},
	}}
	f := &mergerForm{paperForm: newForm(mergerShape), Held: held}
	f.fill(held.Parts)
	f.Bad, _ = held.CheckParts(nil, 0) // fixed data
	for _, v := range f.Bad {
		f.Faults = append(f.Faults, bonded.PartFault(&held.Book, v))
	}
	f.partPaths()
	return Specimen{Name: "merger", Title: "merger.title", Page: mergerHead(ctx, f), Body: mergerBody(f)}
}
