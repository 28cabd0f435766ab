package console

import (
	"cmp"
	"context"
	"slices"

	"github.com/a-h/templ"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/party"
	"seine/internal/procedure"
)

// deskPosts are the posts that sit at the desks which modes call.
var deskPosts = map[procedure.Desk]party.PostID{
	procedure.SectionChief: party.DivisionHead, procedure.CommandCentre: party.CommandWatch, procedure.ExpertDesk: party.Expert,
	procedure.TaxOfficer: party.TaxOfficer, procedure.GateOfficer: party.GateOfficer,
}

// deskWords name the desks.
var deskWords = map[procedure.Desk]Key{
	procedure.SectionChief: "desk.section-chief", procedure.CommandCentre: "desk.command-centre", procedure.ExpertDesk: "desk.expert-desk",
	procedure.TaxOfficer: "desk.tax-officer", procedure.GateOfficer: "desk.gate-officer",
}

// desksOf are the desks at which somebody sits.
func desksOf(who party.Who) []procedure.Desk {
	var desks []procedure.Desk
	for desk, post := range deskPosts {
		if slices.Contains(who.Actor.Posts, string(post)) {
			desks = append(desks, desk)
		}
	}
	return desks
}

func lateObject(l *casework.Late) party.Object {
	area := l.Area
	if area == "" {
		area = areaOf(l.Office)
	}
	return party.Object{Kind: string(dossier.Late), ID: l.ID, Area: area, Parties: []string{l.Enterprise}}
}

// lateSteps are the steps of an officer's areas whose limit passed and that call
// one of the officer's desks; what has been late longest comes first.
func (s *Server) lateSteps(ctx context.Context, who party.Who) ([]casework.Late, error) {
	q := stateIs(casework.StillLate)
	inAreas(&q, dossier.Late, who)
	q.Limit = sortRows
	page, err := s.house().Read.List(ctx, dossier.Late, q)
	if err != nil {
		return nil, err
	}
	desks := desksOf(who)
	var list []casework.Late
	for _, item := range page.Items {
		l, err := read[casework.Late](item)
		if err != nil {
			return nil, err
		}
		called := slices.ContainsFunc(l.Desks, func(d procedure.Desk) bool { return slices.Contains(desks, d) })
		if called && party.May(who, party.View, lateObject(l)) == nil {
			list = append(list, *l)
		}
	}
	slices.SortStableFunc(list, func(a, b casework.Late) int { return cmp.Compare(a.Limit, b.Limit) })
	return list, nil
}

// workLate is the view of the worklist that shows them.
func (s *Server) workLate(ctx context.Context, who party.Who, v workView) (workList, error) {
	list, err := s.lateSteps(ctx, who)
	if err != nil {
		return workList{}, err
	}
	return workList{Table: lateTable(ctx, v, list, s.now())}, nil
}

func lateTable(ctx context.Context, v workView, list []casework.Late, now clock.Instant) Table {
	t := Table{
		ID: "list", Caption: T(ctx, v.Title), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, v.Empty), Text: T(ctx, "state.empty.text")},
		Pager: Pager{Shown: N(ctx, "pager.shown", len(list))},
		Columns: []Column{
			{Title: T(ctx, "late.step")},
			{Title: T(ctx, "late.mode")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "late.limit")},
			{Title: T(ctx, "late.desks")},
			{Title: T(ctx, "late.since"), Sorted: "descending"},
		},
	}
	for i := range list {
		l := &list[i]
		kind, id := latePaper(l)
		desks := make([]Badge, len(l.Desks))
		for j, d := range l.Desks {
			desks[j] = Badge{Warn, T(ctx, deskWords[d])}
		}
		t.Rows = append(t.Rows, Row{Href: objectPath(kind, id), Cells: []templ.Component{
			Text(inLanguage(ctx, l.Title, l.TitleZH)), Code(l.Mode), Enterprise(ctx, l.Enterprise), When(l.Limit), badgesView(desks), since(l.Limit, now),
		}})
	}
	return t
}

// latePaper is the paper on which a late step waits.
func latePaper(l *casework.Late) (kind, id string) {
	switch {
	case l.Declaration != "":
		return "declaration", l.Declaration
	case l.List != "":
		return "verification_list", l.List
	case l.Application != "":
		return "application", l.Application
	}
	return "case", l.Case
}
