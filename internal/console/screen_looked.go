package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

// lookedKinds are the papers that have a page of who looked at them.
var lookedKinds = map[string]bool{"declaration": true, "enterprise": true, "book": true, "guarantee": true}

func lookedPath(kind, id string) string { return "/looked/" + kind + "/" + id }

// mayAskWhoLooked tells whether a person may learn who looked at a paper: posts
// that oversee, as far as they may see the paper itself. The enterprise whose
// paper it is learns which desks looked at it and on which day (ownLooked), and
// not which officer. Fault: CONSOLE-LOOKED-01.
func mayAskWhoLooked(who party.Who, object party.Object) error {
	if err := party.May(who, party.View, object); err != nil {
		return err
	}
	for _, post := range overseers {
		if slices.Contains(who.Actor.Posts, string(post)) {
			return nil
		}
	}
	if owns(who, object) {
		return nil
	}
	return fault.New(fault.Forbidden, "CONSOLE-LOOKED-01", "", "who looked at a paper is for those who oversee", "ask an auditor, internal control or the head of the division")
}

// owns tells whether a paper is that of the enterprise somebody is of.
func owns(who party.Who, object party.Object) bool {
	return who.Actor.Enterprise != "" && slices.Contains(object.Parties, who.Actor.Enterprise)
}

// deskPostsShown are the posts that handle papers, whose looks the owner of a paper
// learns of. Who analyses risk, gathers intelligence or audits looks unseen: a look
// would tell what is being thought of.
var deskPostsShown = []party.PostID{
	party.FilingOfficer, party.Reviewer, party.GateOfficer, party.Inspector, party.TaxOfficer, party.GuaranteeOfficer, party.DivisionHead,
}

// overseers are the posts that watch over what others do.
var overseers = []party.PostID{party.Auditor, party.InternalControl, party.DivisionHead}

// lookedAct leads from a paper to who looked at it.
func lookedAct(ctx context.Context, who party.Who, object party.Object) []Act {
	if mayAskWhoLooked(who, object) != nil {
		return nil
	}
	return []Act{{Text: T(ctx, "looked.title"), Href: lookedPath(object.Kind, object.ID)}}
}

// looked answers GET /looked/{kind}/{id}: which of the staff looked at a paper and
// when, the last one first. This look is recorded as well.
func (s *Server) looked(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	subject := journal.Ref{Kind: r.PathValue("kind"), ID: r.PathValue("id")}
	if !lookedKinds[subject.Kind] {
		s.Fail(w, r, party.Absent(subject.Kind, subject.ID))
		return
	}
	object, title, err := s.objectOf(ctx, subject)
	var who party.Who
	if err == nil {
		who, err = s.who(ctx)
	}
	if err == nil {
		err = mayAskWhoLooked(who, object)
	}
	if err == nil {
		_, err = s.reads(ctx, object)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	f := store.Filter{Subject: subject, Types: []string{"access.read"}, Limit: pageRows}
	if position, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64); err == nil {
		f.Before = position
	}
	found, err := s.house().Read.Explore(ctx, f)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	own := owns(who, object)
	t := lookedTable(ctx, found.Entries)
	if own {
		t = ownLooked(ctx, found.Entries, s.house().Reference().Officers)
	}
	next := ""
	if found.Next > 0 {
		next = strconv.FormatInt(found.Next, 10)
	}
	t.Pager = keyed(ctx, lookedPath(subject.Kind, subject.ID), r.URL.Query(), next, len(t.Rows))
	if own {
		s.Render(w, r, lookedHead(ctx, subject, title), lookedOwnBody(t))
		return
	}
	s.Render(w, r, lookedHead(ctx, subject, title), TableView(t))
}

// ownLooked is what the owner of a paper learns: on which day which desk of which
// office looked, once for each, by the posts that the officers hold now.
func ownLooked(ctx context.Context, entries []*store.Stored, officers []party.Officer) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "looked.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "looked.own.none"), Text: T(ctx, "state.empty.text")},
		Columns: []Column{{Title: T(ctx, "looked.day")}, {Title: T(ctx, "looked.desk")}, {Title: T(ctx, "looked.office")}},
	}
	seen := map[string]bool{}
	for _, e := range entries {
		i := slices.IndexFunc(officers, func(o party.Officer) bool { return o.ID == e.Actor })
		if i < 0 {
			continue
		}
		posts := slices.DeleteFunc(slices.Clone(officers[i].Posts), func(p party.PostID) bool { return !slices.Contains(deskPostsShown, p) })
		if len(posts) == 0 {
			continue
		}
		day, desk, office := e.At.Date().String(), postTitles(ctx, posts), cmp.Or(e.Office, string(officers[i].Office))
		key := day + "/" + desk + "/" + office
		if seen[key] {
			continue
		}
		seen[key] = true
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(day), Text(desk), Text(dashed(office))}})
	}
	return t
}

func lookedHead(ctx context.Context, subject journal.Ref, title string) Page {
	return Page{
		ID: title, Title: T(ctx, "looked.title"), Badges: []Badge{{Info, named(ctx, objectWords, subject.Kind)}},
		Acts: []Act{{Text: T(ctx, "life.document"), Href: objectPath(subject.Kind, subject.ID)}},
	}
}

func lookedTable(ctx context.Context, entries []*store.Stored) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "looked.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "looked.none"), Text: T(ctx, "looked.none.text")},
		Columns: []Column{{Title: T(ctx, "journal.at")}, {Title: T(ctx, "journal.who")}, {Title: T(ctx, "looked.office")}, {Title: T(ctx, "journal.position"), Number: true}},
	}
	for _, e := range entries {
		t.Rows = append(t.Rows, Row{Href: "/journal/" + e.ID, Cells: []templ.Component{WhenExactly(e.At), actorCell(e), Text(dashed(e.Office)), Number(Count(e.Position))}})
	}
	return t
}

func galleryLooked(ctx context.Context) Specimen {
	at := sampleAt("2026-11-23T09:12")
	entries := []*store.Stored{
		{Entry: journal.Entry{ID: "gallery", At: at, Actor: "chen.jing", ActorKind: journal.Officer, Office: "2218", Type: "access.read", Position: 48_211}},
		{Entry: journal.Entry{ID: "gallery", At: sampleAt("2026-11-22T16:40"), Actor: "zhou.yan", ActorKind: journal.Officer, Type: "access.read", Position: 47_003}},
	}
	t := lookedTable(ctx, entries)
	t.Pager = Pager{NeverTurnPage: true}
	return Specimen{Name: "looked", Title: "looked.title", Page: lookedHead(ctx, journal.Ref{Kind: "declaration", ID: "gallery"}, "221820261000012345"), Body: TableView(t)}
}
