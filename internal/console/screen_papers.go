package console

import (
	"cmp"
	"context"
	"slices"

	"github.com/a-h/templ"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/feed"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

// paperRow is a paper that waits for an officer's first word.
type paperRow struct {
	object party.Object
	about  journal.Ref
	href   string
	number string
	owner  string
	state  Badge
	since  clock.Instant
}

// waiting lists papers of one kind in states that wait for an officer, at most
// sortRows, as far as who may decide on them.
func waiting[T any](ctx context.Context, s *Server, who party.Who, kind decision.Kind, q store.Query, tell func(*T) paperRow) ([]paperRow, error) {
	q.Limit = sortRows
	page, err := s.house().Read.List(ctx, kind, q)
	if err != nil {
		return nil, err
	}
	var rows []paperRow
	for _, item := range page.Items {
		doc, err := read[T](item)
		if err != nil {
			return nil, err
		}
		if row := tell(doc); party.May(who, party.Decide, row.object) == nil {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// waitingPapers are what enterprises filed and asked for and the machine did not
// pass by itself: account books, verification lists, release notes, lading
// applications, feeds, corrections. Who has waited longest comes first.
func (s *Server) waitingPapers(ctx context.Context, who party.Who) (all []paperRow, err error) {
	add := func(rows []paperRow, failed error) {
		all, err = append(all, rows...), cmp.Or(err, failed)
	}
	add(waiting(ctx, s, who, dossier.Declaration, stateIs(declaration.AmendRequested, declaration.DeleteRequested), func(d *declaration.Declaration) paperRow {
		return paperRow{
			declarationObject(d),
			journal.Ref{Kind: "declaration", ID: d.ID},
			"/declarations/" + d.ID, d.Number, d.Consignee.Name,
			badge(ctx, declarationWords, d.State), d.Times.Accepted,
		}
	}))
	add(waiting(ctx, s, who, dossier.Book, stateIs(book.Review, book.ChangePending), func(b *book.Book) paperRow {
		return paperRow{bookObject(b), journal.Ref{Kind: "book", ID: b.ID}, "/books/" + b.ID, b.Number, b.Operator.Name, badge(ctx, bookWords, b.State), 0}
	}))
	add(waiting(ctx, s, who, dossier.VerificationList, stateIs(book.ListSubmitted, book.ListVoidAsked), func(l *bonded.List) paperRow {
		return paperRow{
			listObject(l),
			journal.Ref{Kind: "verification_list", ID: l.ID},
			"/lists/" + l.ID, l.Number, l.Operator.Name,
			badge(ctx, listWords, l.State), l.Filed,
		}
	}))
	add(waiting(ctx, s, who, dossier.ReleaseNote, stateIs(gate.Applied, gate.VoidRequested), func(n *control.Note) paperRow {
		return paperRow{noteObject(n), journal.Ref{Kind: "release_note", ID: n.ID}, "/notes/" + n.ID, n.Number, n.Applicant, badge(ctx, noteWords, n.State), n.ValidFrom}
	}))
	add(waiting(ctx, s, who, dossier.Application, stateIs(bonded.ApplicationSubmitted), func(a *bonded.Application) paperRow {
		return paperRow{
			applicationObject(a),
			journal.Ref{Kind: "application", ID: a.ID},
			"/ladings/" + a.ID, a.Number, a.Content.Consignee.Name,
			badge(ctx, ladingWords, a.State), a.Filed,
		}
	}))
	add(waiting(ctx, s, who, dossier.Application, stateIs(clearance.AmendmentAsked), func(a *clearance.ManifestAmendment) paperRow {
		return paperRow{
			party.Object{Kind: "manifest", ID: a.Manifest, Area: a.Area, Parties: []string{a.Enterprise}},
			journal.Ref{Kind: "manifest-amendment", ID: a.ID},
			amendmentPath(a), a.Number, a.Enterprise,
			badge(ctx, amendmentWords, a.State), a.Asked,
		}
	}))
	add(waiting(ctx, s, who, dossier.Feed, stateIs(feed.Applied), func(f *feed.Feed) paperRow {
		return paperRow{feedObject(f), journal.Ref{Kind: string(dossier.Feed), ID: f.Book}, feedPath(f.Book), f.Book, f.Enterprise, badge(ctx, feedWords, f.State), f.Since}
	}))
	slices.SortStableFunc(all, func(a, b paperRow) int { return cmp.Compare(a.since, b.since) })
	return all, err
}

// workPapers is the view of the papers that wait for a first officer.
func (s *Server) workPapers(ctx context.Context, who party.Who, v workView) (workList, error) {
	rows, err := s.waitingPapers(ctx, who)
	if err != nil {
		return workList{}, err
	}
	list := workList{Table: Table{
		ID: "list", Caption: T(ctx, v.Title), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, v.Empty), Text: T(ctx, "state.empty.text")},
		Pager: Pager{Shown: N(ctx, "pager.shown", len(rows))},
		Columns: []Column{
			{Title: T(ctx, "work.paper")},
			{Title: T(ctx, "work.kind")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "work.filed")},
		},
	}}
	for _, row := range rows {
		filed := templ.Component(Text(""))
		if row.since != 0 {
			filed = When(row.since)
		}
		list.Table.Rows = append(list.Table.Rows, Row{Href: row.href, Cells: []templ.Component{
			Code(numberOr(row.number, row.about.ID)), Text(named(ctx, objectWords, row.about.Kind)), Text(row.owner), BadgeView(row.state), filed,
		}})
	}
	return list, nil
}
