package console

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

// journalPage answers GET /journal: the explorer, by who, what, about what, when.
func (s *Server) journalPage(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if _, err := s.may(ctx, party.View, party.Object{Kind: "journal"}); err != nil {
		s.Fail(w, r, err)
		return
	}
	asked := r.URL.Query()
	f, faults := journalFilter(asked)
	result, err := s.house().Read.Explore(ctx, f)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	proven, err := s.house().Read.LastCheckpoint(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if f.Subject.ID != "" && s.deps.House.Logged != nil {
		if err := s.deps.House.Logged(ctx, ViewerOf(ctx), f.Subject.Kind, f.Subject.ID); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	t := s.entryTable(ctx, result.Entries, T(ctx, "journal.title"))
	t.Hidden = true
	next := ""
	if result.Next > 0 {
		next = strconv.FormatInt(result.Next, 10)
	}
	t.Pager = keyed(ctx, "/journal", asked, next, len(t.Rows))
	s.Render(w, r, Page{
		Title: T(ctx, "journal.title"), Live: []string{"journal"}, Faults: faults,
		Badges: []Badge{{Agreed, T(ctx, "journal.proven", "count", Count(proven.Size))}},
		Acts:   []Act{{Text: T(ctx, "journal.verify"), Href: "/verify"}},
	}, journalBody(journalView{Asked: asked, Table: t, Hours: hoursOf(ctx, result.Entries)}))
}

type journalView struct {
	Asked url.Values
	Table Table
	Hours Columns
}

// journalFilter reads what is asked for; what cannot be read is left out and said.
func journalFilter(asked url.Values) (f store.Filter, faults fault.List) {
	f.Limit = pageRows
	f.Actor = strings.TrimSpace(asked.Get("actor"))
	if kind := strings.TrimSpace(asked.Get("type")); kind != "" {
		f.Types = []string{kind}
	}
	f.Subject = journal.Ref{Kind: asked.Get("kind"), ID: strings.TrimSpace(asked.Get("id"))}
	if f.Subject.ID == "" || f.Subject.Kind == "" {
		f.Subject = journal.Ref{}
	}
	for _, day := range []struct {
		name string
		set  func(clock.Date)
	}{
		{"from", func(d clock.Date) { f.From = d.Start() }},
		{"until", func(d clock.Date) { f.Until = d.End() }},
	} {
		if text := asked.Get(day.name); text != "" {
			d, err := clock.ParseDate(text)
			if err != nil {
				faults = append(faults, at("/"+day.name, err)...)
				continue
			}
			day.set(d)
		}
	}
	if position, err := strconv.ParseInt(asked.Get("after"), 10, 64); err == nil {
		f.Before = position
	}
	return f, faults
}

// hoursOf counts entries by the hour of the day they were recorded.
func hoursOf(ctx context.Context, entries []*store.Stored) Columns {
	c := Columns{Title: T(ctx, "journal.hours"), First: "00:00", Last: "23:00", Values: make([]int64, 24)}
	for hour := range 24 {
		c.Names = append(c.Names, clock.Instant(int64(hour-8)*3_600_000_000).Time().Format("15:04"))
	}
	for _, e := range entries {
		c.Values[e.At.Time().Hour()]++
	}
	return c
}

// entry answers GET /journal/{id}: one entry with what it changed, why, and its
// proof.
func (s *Server) entry(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	e, whole, err := s.entryFor(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	proven, err := s.house().Read.LastCheckpoint(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, entryPage(ctx, e, whole, proven), entryBody(e, changesOf(e), proven))
}

// entryPage is the head of an entry; its proof holds the whole entry, so who is
// shown a part of it only is not offered the proof.
func entryPage(ctx context.Context, e *store.Stored, whole bool, proven store.Sealed) Page {
	page := Page{
		Title: entryWord(ctx, e.Type).Text, Trail: []Link{{T(ctx, "journal.title"), "/journal"}},
		Badges: []Badge{{Pending, T(ctx, "journal.notyet")}},
	}
	if e.Position > 0 && e.Position <= proven.Size {
		page.Badges = []Badge{{Agreed, T(ctx, "journal.isproven")}}
		if whole {
			page.Acts = []Act{{Text: T(ctx, "journal.download"), Href: "/journal/" + e.ID + "/receipt", Key: "d"}}
		}
	}
	return page
}

// entryFor gives an entry that the person may read: who may read the journal
// reads all, a party what is about its own things; whole tells whether nothing of
// it is withheld.
func (s *Server) entryFor(ctx context.Context, id string) (shown *store.Stored, whole bool, err error) {
	e, err := s.house().Read.Entry(ctx, id)
	if err != nil {
		return nil, false, absentIf(err, journal.Ref{Kind: "journal", ID: id})
	}
	object := party.Object{Kind: "journal", ID: id, Area: e.Area}
	if ViewerOf(ctx).Enterprise != "" {
		// A party reads an entry when it may read the thing that the entry is about.
		object = party.Object{Kind: "declaration", ID: id, Parties: []string{e.Enterprise}}
		if len(e.Subject) > 0 {
			if object, _, err = s.objectOf(ctx, e.Subject[0]); err != nil {
				return nil, false, err
			}
		}
	}
	if _, err := s.may(ctx, party.View, object); err != nil {
		return nil, false, err
	}
	shown = readable(ctx, e)
	return shown, shown.Why.Rule == e.Why.Rule && bytes.Equal(shown.Body, e.Body), nil
}

// receipt answers GET /journal/{id}/receipt: the file that proves the entry,
// which seine verify and anybody with the public key can check.
func (s *Server) receipt(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	id := r.PathValue("id")
	_, whole, err := s.entryFor(ctx, id)
	if err == nil && !whole {
		err = party.Absent("receipt", id)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	proof, err := s.house().Read.Receipt(ctx, id, s.deps.House.Key)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	raw, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="seine-receipt-`+url.PathEscape(id)+`.json"`)
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(append(raw, '\n')); err != nil {
		s.deps.Log.Debug("receipt not sent", "entry", id, "err", err)
	}
}

// verify answers GET /verify, open to everybody: how to check a proof, and the
// public key of the journal.
func (s *Server) verify(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	sealed, err := s.house().Read.LastCheckpoint(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, Page{Title: T(ctx, "verify.title"), Bare: !ViewerOf(ctx).SignedIn()}, verifyBody(s.deps.House.Key, sealed))
}

// change is one fact of an entry: what it is now and, where the entry says so,
// what it was before.
type change struct{ Name, Before, After string }

// changesOf lays out an entry's body: from and to, before and after side by
// side, everything else as it stands.
func changesOf(e *store.Stored) []change {
	var facts map[string]json.RawMessage
	if json.Unmarshal(e.Body, &facts) != nil {
		return nil
	}
	var list []change
	plain := func(raw json.RawMessage) string {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return text
		}
		var b bytes.Buffer
		if json.Compact(&b, raw) != nil {
			return string(raw)
		}
		return b.String()
	}
	pairs := [][2]string{{"from", "to"}, {"before", "after"}, {"old", "new"}}
	for _, pair := range pairs {
		before, known := facts[pair[0]]
		after, too := facts[pair[1]]
		if known && too {
			var b, a map[string]json.RawMessage
			if json.Unmarshal(before, &b) == nil && json.Unmarshal(after, &a) == nil && b != nil && a != nil {
				names := map[string]bool{}
				for name := range b {
					names[name] = true
				}
				for name := range a {
					names[name] = true
				}
				for _, name := range slices.Sorted(maps.Keys(names)) {
					if plain(b[name]) != plain(a[name]) {
						list = append(list, change{name, plain(b[name]), plain(a[name])})
					}
				}
			} else {
				list = append(list, change{pair[0] + " → " + pair[1], plain(before), plain(after)})
			}
			delete(facts, pair[0])
			delete(facts, pair[1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		list = append(list, change{Name: name, After: plain(facts[name])})
	}
	return list
}

// actorKinds are the kinds of those who act.
var actorKinds = map[journal.ActorKind]Key{
	journal.Officer: "actor.kind.officer", journal.Enterprise: "actor.kind.enterprise", journal.Client: "actor.kind.client",
	journal.Device: "actor.kind.device", journal.System: "actor.system", journal.Outside: "actor.kind.outside",
}

func entryHead(ctx context.Context, e *store.Stored) []Fact {
	facts := []Fact{
		{T(ctx, "journal.position"), Text(cmp.Or(Count(e.Position), "–"))},
		{T(ctx, "journal.at"), WhenExactly(e.At)},
		{T(ctx, "entry.effective"), Text(e.EffectiveOn.String())},
		{T(ctx, "journal.who"), Text(joinedWords(e.Actor, named(ctx, actorKinds, e.ActorKind)))},
		{T(ctx, "journal.what"), Code(e.Type)},
	}
	for _, ref := range e.Subject {
		facts = append(facts, Fact{T(ctx, "column.subject"), subjectLink(ref, "")})
	}
	for _, more := range []struct {
		Name  Key
		Value string
	}{
		{"column.enterprise", e.Enterprise},
		{"object.area", e.Area},
		{"fact.office", e.Office},
		{"entry.rule", e.Why.Rule},
		{"entry.law", e.Why.Law},
		{"acts.reason", reasonText(ctx, e)},
	} {
		if more.Value != "" {
			facts = append(facts, Fact{T(ctx, more.Name), Text(more.Value)})
		}
	}
	facts = append(facts, Fact{T(ctx, "entry.id"), Code(e.ID)}, Fact{T(ctx, "entry.commitment"), Code(e.Commitment.String())})
	return facts
}

func galleryEntry(ctx context.Context) Specimen {
	e := sampleEntries()[4]
	e.Body = json.RawMessage(`{"number":"222520261000012345","from":"manual","to":"returned"}`)
	proven := store.Sealed{Size: 48_210}
	page := entryPage(ctx, e, true, proven)
	page.Acts[0].Href, page.Trail[0].Href = "/gallery/entry", "/gallery/life"
	return Specimen{Name: "entry", Title: "journal.title", Page: page, Body: entryBody(e, changesOf(e), proven)}
}

func galleryJournal(ctx context.Context) Specimen {
	s := &Server{}
	entries := sampleEntries()
	t := s.entryTable(ctx, entries, T(ctx, "journal.title"))
	t.Hidden = true
	return Specimen{
		Name: "journal", Title: "journal.title",
		Page: Page{Title: T(ctx, "journal.title"), Live: []string{"journal"}, Badges: []Badge{{Agreed, T(ctx, "journal.proven", "count", Count(48210))}}},
		Body: journalBody(journalView{Table: t, Hours: hoursOf(ctx, entries)}),
	}
}
