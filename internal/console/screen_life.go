package console

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

// lifeEntries is how far a life line looks back: more is left to the journal.
const lifeEntries = 200

// life answers GET /life/{kind}/{id...}: the life line of any object, from the
// journal alone.
func (s *Server) life(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	subject := journal.Ref{Kind: r.PathValue("kind"), ID: r.PathValue("id")}
	object, title, err := s.objectOf(ctx, subject)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if _, err := s.reads(ctx, object); err != nil {
		s.Fail(w, r, err)
		return
	}
	entries, err := s.entriesOf(ctx, subject)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := Page{
		ID: title, Title: T(ctx, "lifeline.title"), Live: []string{"declaration", "gate"},
		Badges: []Badge{{Info, named(ctx, objectWords, subject.Kind)}},
	}
	if path := objectPath(subject.Kind, subject.ID); !strings.HasPrefix(path, "/life/") {
		page.Acts = []Act{{Text: T(ctx, "life.document"), Href: path}}
	}
	s.Render(w, r, page, lifeBody(lifePage{
		Line: lifeLine(ctx, entries, s.now()), Entries: entries, Refresh: r.URL.RequestURI(),
		Columns: s.entryTable(ctx, entries, T(ctx, "life.entries")),
	}))
}

type lifePage struct {
	Line    LifeLine
	Entries []*store.Stored
	Columns Table
	Refresh string
}

// entriesOf gives the journal entries about some objects, oldest first, each
// once, as the person may read them.
func (s *Server) entriesOf(ctx context.Context, subjects ...journal.Ref) ([]*store.Stored, error) {
	var all []*store.Stored
	for _, subject := range subjects {
		page, err := s.house().Read.Explore(ctx, store.Filter{Subject: subject, Limit: lifeEntries})
		if err != nil {
			return nil, err
		}
		for _, e := range page.Entries {
			if !slices.ContainsFunc(all, func(x *store.Stored) bool { return x.ID == e.ID }) {
				all = append(all, readable(ctx, e))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *store.Stored) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Position, b.Position), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// readable gives an entry as the person may read it: a party learns what was
// decided and the reason given to it, not which rule chose it.
func readable(ctx context.Context, e *store.Stored) *store.Stored {
	if ViewerOf(ctx).Enterprise == "" {
		return e
	}
	shown := *e
	if shown.ActorKind == journal.Officer {
		shown.Actor = ""
	}
	shown.Why.Rule = ""
	switch e.Type {
	case "declaration.held", "inspection.ordered", "declaration.released":
		shown.Body = nil
	}
	return &shown
}

// lanes of a life line, in their order.
var lifeLanes = []struct {
	Name  Key
	Types []string // beginnings of the types of entries
}{
	{"lane.documents", []string{"declaration.accepted", "declaration.levy-locked", "declaration.matched", "declaration.supplemented", "manifest.", "case.", "verification-list.", "list.", "book.", "application.", "enterprise."}},
	{"lane.goods", []string{"passage.", "note.", "release-note.", "gate."}},
	{"lane.seal", []string{"seal."}},
	{"lane.money", []string{"tax-bill.", "payment.", "obligation.", "guarantee."}},
	{"lane.decisions", []string{""}},
}

// spans open with one type of entry and close with the first of others.
var lifeSpans = []struct {
	Opens  string
	Closes []string
	Word   Key
	Tone   Tone
	Lane   Key
	Due    bool // its body names a due day: dashed until then
}{
	{"declaration.held", []string{"declaration.passed", "declaration.released", "declaration.returned", "inspection.ordered", "declaration.supplement-requested"}, "life.atdesk", Bad, "lane.decisions", false},
	{"inspection.ordered", []string{"inspection.recorded"}, "life.inspection", Warn, "lane.decisions", false},
	{"tax-bill.issued", []string{"tax-bill.paid"}, "life.taxdue", Info, "lane.money", true},
	{"obligation.opened", []string{"obligation.discharged", "obligation.carried", "obligation.lifted"}, "life.owed", Warn, "lane.money", true},
}

// lifeLine lays entries out on five lanes: what happened as marks, what lasted as
// spans, what is due as dashed spans.
func lifeLine(ctx context.Context, entries []*store.Stored, now clock.Instant) LifeLine {
	l := LifeLine{Title: T(ctx, "lifeline.title"), Now: now}
	byName := map[Key]*Lane{}
	for _, lane := range lifeLanes {
		byName[lane.Name] = &Lane{Name: T(ctx, lane.Name)}
	}
	for i, e := range entries {
		lane := byName[laneOf(e.Type)]
		word := entryWord(ctx, e.Type)
		text := joinedWords(word.Text, shortNumber(entryFacts(e)["number"]))
		opened := false
		for _, span := range lifeSpans {
			if span.Opens != e.Type {
				continue
			}
			opened = true
			lane = byName[span.Lane]
			until, closed := closing(entries[i+1:], e, span.Closes)
			note := entryNote(ctx, e)
			one := Span{From: e.At, To: until, Text: T(ctx, span.Word), Tone: span.Tone, Note: note, Href: entryPath(ctx, e)}
			if closed {
				lane.Spans = append(lane.Spans, one)
				continue
			}
			one.To = max(now, e.At)
			lane.Spans = append(lane.Spans, one)
			if due, err := clock.ParseDate(entryFacts(e)["due"]); span.Due && err == nil && due.End() > one.To {
				lane.Spans = append(lane.Spans, Span{
					From: one.To, To: due.End(), Text: T(ctx, "life.due", "day", due.String()), Tone: span.Tone, Planned: true,
				})
			}
		}
		if !opened {
			lane.Marks = append(lane.Marks, Mark{At: e.At, Text: text, Tone: word.Tone, Note: entryNote(ctx, e), Href: entryPath(ctx, e)})
		}
	}
	for _, lane := range lifeLanes {
		if got := byName[lane.Name]; len(got.Marks)+len(got.Spans) > 0 {
			l.Lanes = append(l.Lanes, *got)
		}
	}
	if len(l.Lanes) > 0 {
		l.From, l.To = stretch(l, now)
	}
	return l
}

// stretch gives the axis: from just before the first thing to just after the
// last one or now; when all happened in minutes, an hour.
func stretch(l LifeLine, now clock.Instant) (from, to clock.Instant) {
	for _, e := range l.Entries() {
		if from == 0 || e.At < from {
			from = e.At
		}
		to = max(to, e.At, e.Until)
	}
	const minute = clock.Instant(60_000_000)
	if now > from && now-to < 7*24*60*minute {
		to = max(to, now)
	}
	if past := now - from; past > 0 {
		to = min(to, max(now+past, now+6*60*minute)) // what is due far ahead runs out of the picture
	}
	room := max((to-from)/20, 10*minute)
	return from - room, to + room
}

func laneOf(kind string) Key {
	for _, lane := range lifeLanes {
		for _, beginning := range lane.Types {
			if strings.HasPrefix(kind, beginning) {
				return lane.Name
			}
		}
	}
	return "lane.decisions"
}

// closing finds the entry that ends what opened: of the same thing where both
// name it.
func closing(later []*store.Stored, opened *store.Stored, types []string) (clock.Instant, bool) {
	for _, e := range later {
		if slices.Contains(types, e.Type) && sharesSubject(e, opened) {
			return e.At, true
		}
	}
	return 0, false
}

func sharesSubject(a, b *store.Stored) bool {
	for _, ref := range a.Subject {
		if slices.Contains(b.Subject, ref) {
			return true
		}
	}
	return false
}

// entryFacts gives the plain texts of an entry's body.
func entryFacts(e *store.Stored) map[string]string {
	var all map[string]any
	facts := map[string]string{}
	if json.Unmarshal(e.Body, &all) != nil {
		return facts
	}
	for name, value := range all {
		if text, ok := value.(string); ok {
			facts[name] = text
		}
	}
	return facts
}

// entryNote says who and why.
func entryNote(ctx context.Context, e *store.Stored) string {
	return joinedWords(e.Actor, e.Why.Rule, e.Why.Law, reasonText(ctx, e))
}

func joinedWords(words ...string) string {
	words = slices.DeleteFunc(words, func(s string) bool { return s == "" })
	return strings.Join(words, " · ")
}

// shortNumber keeps the end of a long number, which is what tells papers apart.
func shortNumber(number string) string {
	if len(number) > 12 {
		return "…" + number[len(number)-6:]
	}
	return number
}

// objectOf finds what an object is for the question of rights: whose it is and
// where. What is no document of ours (a container, an area) belongs to the
// journal.
func (s *Server) objectOf(ctx context.Context, ref journal.Ref) (object party.Object, title string, err error) {
	load := func(kind decision.Kind, body any) error {
		_, err := s.house().Read.Load(ctx, kind, ref.ID, body)
		return absentIf(err, ref)
	}
	switch ref.Kind {
	case "declaration":
		d, _, err := s.loadDeclaration(ctx, ref.ID)
		if err != nil {
			return object, "", err
		}
		return declarationObject(d), numberOr(d.Number, d.ID), nil
	case "manifest":
		var m clearance.Manifest
		if err := load(dossier.Manifest, &m); err != nil {
			return object, "", err
		}
		return manifestObject(&m), m.Number, nil
	case "bill_of_lading":
		b, _, err := s.loadBill(ctx, ref.ID)
		if err != nil {
			return object, "", err
		}
		return s.billObject(ctx, b), b.Number, nil
	case "enterprise":
		var e party.Enterprise
		if err := load(dossier.Enterprise, &e); err != nil {
			return object, "", err
		}
		return party.Object{Kind: "enterprise", ID: e.ID, Parties: []string{e.ID}}, e.Name, nil
	}
	// Any other document: its area and enterprise stand under the usual names.
	if kind := decision.Kind(ref.Kind); slices.Contains(store.Kinds(), kind) {
		var plain struct {
			Number, Enterprise, Debtor, Sender, Area, Office string
			Operator                                         struct{ CreditCode, Code string }
		}
		if err := load(kind, &plain); err != nil {
			return object, "", err
		}
		object = party.Object{Kind: ref.Kind, ID: ref.ID, Area: cmp.Or(plain.Area, areaOf(plain.Office))}
		for _, owner := range []string{plain.Enterprise, plain.Debtor, plain.Sender, plain.Operator.CreditCode, plain.Operator.Code} {
			if owner != "" {
				object.Parties = append(object.Parties, owner)
			}
		}
		return object, numberOr(plain.Number, ref.ID), nil
	}
	return party.Object{Kind: "journal", ID: ref.ID}, ref.ID, nil
}

// absentIf makes of a document that is not there what may not be seen looks like.
func absentIf(err error, ref journal.Ref) error {
	if fault.Is(err, "STORE-ABSENT-01") {
		return party.Absent(ref.Kind, ref.ID)
	}
	return err
}

func numberOr(number, id string) string { return cmp.Or(number, id) }

// entryPath leads to an entry. A party may open it where it may open the thing that
// the entry is about.
func entryPath(ctx context.Context, e *store.Stored) string {
	if ViewerOf(ctx).Enterprise != "" && (len(e.Subject) == 0 || !leads(ctx, objectPath(e.Subject[0].Kind, e.Subject[0].ID))) {
		return ""
	}
	return "/journal/" + e.ID
}

// entryTable lists entries: when, what, about what, by whom and why.
func (s *Server) entryTable(ctx context.Context, entries []*store.Stored, caption string) Table {
	t := Table{
		ID: "entries", Caption: caption, Empty: State{Kind: StateEmpty, Title: T(ctx, "journal.empty"), Text: T(ctx, "journal.empty.text")},
		Columns: []Column{
			{Title: T(ctx, "journal.position"), Number: true},
			{Title: T(ctx, "journal.at")},
			{Title: T(ctx, "journal.what")},
			{Title: T(ctx, "column.subject")},
			{Title: T(ctx, "journal.who")},
			{Title: T(ctx, "column.why")},
		},
		Pager: Pager{NeverTurnPage: true},
	}
	for _, e := range entries {
		about := templ.Component(Text(""))
		if len(e.Subject) > 0 {
			about = subjectLink(e.Subject[0], entryFacts(e)["number"])
		}
		t.Rows = append(t.Rows, Row{Href: entryPath(ctx, e), Cells: []templ.Component{
			Number(Count(e.Position)), WhenExactly(e.At), BadgeView(entryWord(ctx, e.Type)), about,
			actorCell(e), short(joinedWords(e.Why.Rule, e.Why.Law, reasonText(ctx, e)), 52),
		}})
	}
	return t
}

func galleryLife(ctx context.Context) Specimen {
	entries := sampleEntries()
	s := &Server{}
	return Specimen{
		Name: "life", Title: "lifeline.title",
		Page: Page{ID: "MSCU1234566", Title: T(ctx, "lifeline.title"), Live: []string{"declaration"}, Badges: []Badge{{Info, T(ctx, "object.container")}}},
		Body: lifeBody(lifePage{
			Line: lifeLine(ctx, entries, sampleAt("2026-11-22T18:00")), Entries: entries,
			Columns: s.entryTable(ctx, entries, T(ctx, "life.entries")),
		}),
	}
}
