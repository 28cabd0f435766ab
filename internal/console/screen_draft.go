package console

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/draft"
	"seine/internal/fault"
	"seine/internal/party"
	"seine/internal/store"
)

// Drafts is where unfinished forms are kept; *draft.Desk is one.
type Drafts interface {
	Keep(ctx context.Context, c decision.Command, by decision.Actor, form draft.Draft) (decision.Receipt, error)
	Discard(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error)
}

const draftsPath = "/drafts"

// draftPath opens the form with what was kept.
func draftPath(id string) string { return "/declare?draft=" + url.QueryEscape(id) }

// draftsOf gives the drafts that are there for a person, the last kept first.
func (s *Server) draftsOf(ctx context.Context, who party.Who) ([]*draft.Draft, error) {
	if s.house().Drafts == nil {
		return nil, nil
	}
	page, err := s.house().Read.List(ctx, dossier.Draft, store.Query{Where: map[string][]string{"owner": {who.Actor.ID}}, Limit: draft.Most})
	if err != nil {
		return nil, err
	}
	var list []*draft.Draft
	for _, item := range page.Items {
		d, err := read[draft.Draft](item)
		if err != nil {
			return nil, err
		}
		if d.Belongs(who.Actor, s.now()) {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b *draft.Draft) int { return cmp.Compare(b.Saved, a.Saved) })
	return list, nil
}

// loadDraft gives one draft of a person; any other is not there.
func (s *Server) loadDraft(ctx context.Context, who party.Who, id string) (*draft.Draft, error) {
	list, err := s.draftsOf(ctx, who)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if d.ID == id {
			return d, nil
		}
	}
	return nil, party.Absent(string(dossier.Draft), id)
}

// drafts answers GET /drafts: a person's own unfinished forms.
func (s *Server) drafts(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.mayLodge(ctx, "declaration")
	var list []*draft.Draft
	if err == nil {
		list, err = s.draftsOf(ctx, who)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, draftsHead(ctx), TableView(draftTable(ctx, list)))
}

func draftsHead(ctx context.Context) Page {
	return Page{
		Title: T(ctx, "drafts.title"), Trail: []Link{{T(ctx, "declarations.title"), "/declarations"}},
		Acts: []Act{{Text: T(ctx, "form.new"), Href: "/declare", Key: "n"}},
	}
}

func draftTable(ctx context.Context, list []*draft.Draft) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "drafts.title"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "drafts.none"), Text: T(ctx, "drafts.none.text")},
		Columns: []Column{
			{Title: T(ctx, "drafts.what")},
			{Title: T(ctx, "drafts.lines"), Number: true},
			{Title: T(ctx, "drafts.saved")},
			{Title: T(ctx, "drafts.expires")},
			{Title: T(ctx, "drafts.discard")},
		},
	}
	for _, d := range list {
		title := cmp.Or(d.Title, T(ctx, "drafts.untitled"))
		t.Rows = append(t.Rows, Row{Href: draftPath(d.ID), Cells: []templ.Component{
			Text(title), Number(strconv.Itoa(d.Lines)), When(d.Saved), Text(d.Expires.Date().String()), discardDraft(d.ID, title),
		}})
	}
	return t
}

// keepDraft answers POST /drafts, which the form sends by itself while it is
// written: where it is kept, or why not.
func (s *Server) keepDraft(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	kept, err := draft.Reply{}, error(nil)
	if r.ParseForm() != nil {
		err = fault.New(fault.Invalid, "CONSOLE-FORM-01", "", "the form could not be read, or it is too large", "send it again from its page")
	}
	if err == nil {
		var who party.Who
		if who, err = s.mayLodge(ctx, "declaration"); err == nil {
			form := newDeclaration()
			form.take(r.PostForm)
			form.Origin = originsOf(r.PostForm)
			kept, err = s.keep(r, who, form)
		}
	}
	answer := map[string]string{"id": kept.ID, "path": draftPath(kept.ID), "said": T(ctx, "drafts.kept", "time", Moment(kept.Saved))}
	status := http.StatusOK
	if faults := fault.All(err); err != nil {
		answer = map[string]string{"said": T(ctx, "drafts.notkept") + " " + offBecause(ctx, err)}
		status = http.StatusInternalServerError
		if len(faults) > 0 {
			status = statusOf(faults.Kind())
		} else {
			s.deps.Log.Error("draft not kept", "err", err)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the answer is on its way: what fails now, fails at the reader
}

// keep writes the form down as it stands.
func (s *Server) keep(r *http.Request, who party.Who, form *declareForm) (kept draft.Reply, err error) {
	d := draft.Draft{ID: r.PostForm.Get("draft"), Form: form.Shape.Name, Title: form.title(), Values: form.shown(), Lines: form.Lines, Origin: form.Origin}
	receipt, err := s.house().Drafts.Keep(r.Context(), s.unkeyed(r, "draft.keep", who.Actor), who.Actor, d)
	if err == nil {
		err = json.Unmarshal(receipt.Reply, &kept)
	}
	return kept, err
}

// unkeyed is a command that may be sent again with other content: each one counts
// for itself.
func (s *Server) unkeyed(r *http.Request, name string, by decision.Actor) decision.Command {
	c := s.command(r, name, by)
	c.Key = ""
	return c
}

// shown gives the values of the fields that the form has, and no others.
func (f *paperForm) shown() map[string]string {
	values := map[string]string{}
	keep := func(path string) {
		if value := f.Values[path]; value != "" {
			values[path] = value
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
	return values
}

// titleLength bounds what a draft is known by.
const titleLength = 80

// title is what the writer knows the form by: its bill of lading and its goods.
func (f *declareForm) title() string {
	var parts []string
	for _, path := range []string{"/billOfLading", "/consignee/name", "/lines/0/name"} {
		if value := f.value(path); value != "" {
			parts = append(parts, value)
		}
	}
	title := []rune(strings.Join(parts, " · "))
	return string(title[:min(len(title), titleLength)])
}

// saveDraft is the button of the form that keeps it as it stands: it works
// without scripts.
func (s *Server) saveDraft(w http.ResponseWriter, r *http.Request, form *declareForm) {
	who, err := s.mayLodge(r.Context(), "declaration")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	kept, err := s.keep(r, who, form)
	if err == nil {
		sent(w, r, draftPath(kept.ID))
		return
	}
	if form.Faults = fault.All(err); len(form.Faults) == 0 {
		s.Fail(w, r, err)
		return
	}
	s.showForm(w, r, form)
}

// restored gives the form as it was kept; values that still are as a paper gave
// them keep their source.
func (s *Server) restored(ctx context.Context, who party.Who, id string) (*declareForm, error) {
	d, err := s.loadDraft(ctx, who, id)
	if err != nil {
		return nil, err
	}
	form := newDeclaration()
	asked := url.Values{}
	for name, paper := range d.Origin {
		asked.Set(name, paper)
	}
	known, err := s.prefilled(ctx, who, asked)
	switch {
	case err == nil:
		form.Origin, form.Source = known.Origin, known.Source
	case len(fault.All(err)) == 0:
		return nil, err
	default: // the paper may not be seen any more: what was typed stays the writer's own
		known, form.Origin = newDeclaration(), map[string]string{}
	}
	form.Values, form.Lines = maps.Clone(d.Values), min(max(d.Lines, 1), mostLines)
	if form.Values == nil {
		form.Values = map[string]string{}
	}
	form.keep(&known.paperForm)
	form.Draft, form.Saved = d.ID, d.Saved
	return form, nil
}

// discard answers POST /drafts/{id}: the draft is forgotten.
func (s *Server) discard(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	who, err := s.mayLodge(r.Context(), "declaration")
	if err == nil {
		_, err = s.house().Drafts.Discard(r.Context(), s.unkeyed(r, "draft.discard", who.Actor), who.Actor, r.PathValue("id"))
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	sent(w, r, draftsPath)
}

// keptWhileWritten lets the page send the form to be kept while it is written.
func keptWhileWritten(ctx context.Context, f *declareForm) templ.Attributes {
	if !f.Keeps {
		return nil
	}
	return templ.Attributes{"data-keep": draftsPath, "data-keep-failed": T(ctx, "drafts.notkept")}
}

// finished forgets the draft of a form that was sent. The form has arrived: what
// fails here is told to the operator only, and the draft expires.
func (s *Server) finished(r *http.Request, who party.Who) {
	id := r.PostForm.Get("draft")
	if id == "" || s.house().Drafts == nil {
		return
	}
	if _, err := s.house().Drafts.Discard(r.Context(), s.unkeyed(r, "draft.discard", who.Actor), who.Actor, id); err != nil && fault.All(err) == nil {
		s.deps.Log.Error("draft not forgotten", "err", fmt.Errorf("draft %s: %w", id, err))
	}
}

func galleryDrafts(ctx context.Context) Specimen {
	return Specimen{Name: "drafts", Title: "drafts.title", Page: draftsHead(ctx), Body: TableView(draftTable(ctx, []*draft.Draft{
		{ID: "gallery", Title: "COSU6123456 · 外高桥葡萄酒交易有限公司 · Red wine", Lines: 3, Saved: sampleAt("2026-11-23T09:38"), Expires: clock.MustDate("2026-12-23").Start()},
		{ID: "gallery2", Lines: 1, Saved: sampleAt("2026-11-20T16:02"), Expires: clock.MustDate("2026-12-20").Start()},
	}))}
}
