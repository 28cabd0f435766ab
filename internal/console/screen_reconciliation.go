package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

var reconciliationWords = map[bank.ReconciliationState]wording{
	bank.ReconciliationAgreed: {OK, "reconciliation.agreed"}, bank.ReconciliationOpen: {Warn, "reconciliation.open"}, bank.ReconciliationExplained: {Agreed, "reconciliation.explained"},
}

var differenceWords = map[bank.DifferenceKind]Key{
	bank.MessageMissing: "difference.missing", bank.NotAtBank: "difference.notatbank", bank.AmountDiffers: "difference.amount", bank.PaidTwice: "difference.twice",
	bank.UnknownBill: "difference.unknown", bank.SequenceGap: "difference.gap", bank.NotSummed: "difference.sum", bank.BalanceDiffers: "difference.balance",
	bank.NotAnswered: "difference.unanswered",
}

func reconciliationObject(id string) party.Object {
	return party.Object{Kind: string(dossier.Reconciliation), ID: id}
}

func reconciliationPath(id string) string { return "/reconciliations/" + url.PathEscape(id) }

// reconciliations answers GET /reconciliations: the days of the banks beside our
// books, newest first. The page is the tax officers'.
func (s *Server) reconciliations(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if _, err := s.may(ctx, party.Decide, reconciliationObject("")); err != nil {
		s.Fail(w, r, err)
		return
	}
	asked := r.URL.Query()
	q := store.Query{Before: asked.Get("after"), Limit: pageRows}
	open := asked.Get("view") == "open"
	if open {
		q.Where = map[string][]string{"state": {string(bank.ReconciliationOpen)}}
	}
	page, err := s.house().Read.List(ctx, dossier.Reconciliation, q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var list []bank.Reconciliation
	for _, item := range page.Items {
		day, err := read[bank.Reconciliation](item)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		list = append(list, *day)
	}
	t := reconciliationTable(ctx, list)
	t.Pager = keyed(ctx, "/reconciliations", asked, page.Next, len(t.Rows))
	views := Views([]View{
		{Text: T(ctx, "reconciliations.all"), Href: "/reconciliations", Current: !open},
		{Text: T(ctx, "reconciliations.open"), Href: "/reconciliations?view=open", Current: open},
	})
	s.Render(w, r, Page{Title: T(ctx, "reconciliations.title"), Trail: revenueTrail(ctx)}, templ.Join(views, TableView(t)))
}

func revenueTrail(ctx context.Context) []Link { return []Link{{T(ctx, "revenue.title"), "/revenue"}} }

func reconciliationTable(ctx context.Context, list []bank.Reconciliation) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "reconciliations.title"), Hidden: true,
		Empty: State{Kind: StateEmpty, Title: T(ctx, "reconciliations.none"), Text: T(ctx, "reconciliations.none.text")},
		Columns: []Column{
			{Title: T(ctx, "revenue.day")},
			{Title: T(ctx, "reconciliation.bank")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "reconciliation.closing"), Number: true},
			{Title: T(ctx, "reconciliation.ours"), Number: true},
			{Title: T(ctx, "reconciliation.differences"), Number: true},
			{Title: T(ctx, "reconciliation.compared")},
		},
	}
	for i := range list {
		r := &list[i]
		t.Rows = append(t.Rows, Row{Href: reconciliationPath(r.ID), Cells: []templ.Component{
			Text(r.Day.String()), Code(r.Bank), BadgeView(badge(ctx, reconciliationWords, r.State)), Number(Amount(r.Statement.Closing, "CNY")), Number(Amount(r.Ours, "CNY")),
			Number(Count(int64(len(r.Differences)))), When(r.At),
		}})
	}
	return t
}

type reconciliationPage struct {
	Differences Table
	Acts        actsForm
}

// reconciliation answers GET /reconciliations/{id}: one day of one bank.
func (s *Server) reconciliation(w http.ResponseWriter, r *http.Request) {
	s.showReconciliation(w, r, nil)
}

func (s *Server) loadReconciliation(ctx context.Context, id string) (*bank.Reconciliation, error) {
	var day bank.Reconciliation
	_, err := s.house().Read.Load(ctx, dossier.Reconciliation, id, &day)
	return &day, absentIf(err, journal.Ref{Kind: string(dossier.Reconciliation), ID: id})
}

// actOnReconciliation answers POST /reconciliations/{id}: a reason for one
// difference, or the day is compared again.
func (s *Server) actOnReconciliation(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	faults, done := s.carryOut(w, r, reconciliationObject(id), id, "reconciliation", reconciliationPath(id), s.reconciliationActs(r.PostForm.Get("difference")))
	if !done {
		s.showReconciliation(w, r, faults)
	}
}

// reconciliationActs are what can be done with a day; difference is the place of
// the chosen one as it was sent.
func (s *Server) reconciliationActs(difference string) []paperAct {
	return []paperAct{{
		Value: "compare", Text: "reconciliation.again", Right: party.Decide,
		Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, _ string) (decision.Receipt, error) {
			day, err := s.loadReconciliation(ctx, id)
			if err != nil {
				return decision.Receipt{}, err
			}
			ours, err := s.house().Cash(ctx, day.Bank, day.Day)
			if err != nil {
				return decision.Receipt{}, err
			}
			return s.house().Treasury.Reconcile(ctx, c, by, day.Bank, day.Day, ours)
		},
	}, {
		Value: "explain", Text: "reconciliation.explain", Right: party.Decide,
		Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			n, err := strconv.Atoi(difference)
			if err != nil {
				n = -1 // the story says that there is none
			}
			return s.house().Treasury.Explain(ctx, c, by, id, n, reason)
		},
	}}
}

func (s *Server) showReconciliation(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	id := r.PathValue("id")
	who, err := s.may(ctx, party.Decide, reconciliationObject(id))
	var day *bank.Reconciliation
	if err == nil {
		day, err = s.loadReconciliation(ctx, id)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := reconciliationPage{Differences: differenceTable(ctx, day)}
	if s.house().Treasury != nil {
		acts := s.reconciliationActs("")
		if len(day.Differences) == 0 {
			acts = acts[:1]
		}
		p.Acts = actsOn(ctx, who, reconciliationObject(id), reconciliationPath(id), acts)
		if p.Acts.NoWhy = len(day.Differences) == 0; !p.Acts.NoWhy {
			p.Acts.Fields = []Field{differenceField(ctx, day)}
		}
	}
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := reconciliationHead(ctx, day)
	page.Faults = faults
	s.Render(w, r, page, reconciliationBody(p))
}

func reconciliationHead(ctx context.Context, day *bank.Reconciliation) Page {
	return Page{
		ID: day.Bank, Title: day.Day.String(), Trail: append(revenueTrail(ctx), Link{T(ctx, "reconciliations.title"), "/reconciliations"}),
		Badges: []Badge{badge(ctx, reconciliationWords, day.State)},
		Facts: []Fact{
			{T(ctx, "reconciliation.opening"), Text(Amount(day.Statement.Opening, "CNY"))},
			{T(ctx, "reconciliation.closing"), Text(Amount(day.Statement.Closing, "CNY"))},
			{T(ctx, "reconciliation.ours"), Text(Amount(day.Ours, "CNY"))},
			{T(ctx, "reconciliation.lines"), Text(Count(int64(len(day.Statement.Lines))))},
			{T(ctx, "reconciliation.records"), Text(Count(int64(day.Records)))},
			{T(ctx, "reconciliation.compared"), When(day.At)},
		},
	}
}

func differenceTable(ctx context.Context, day *bank.Reconciliation) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "reconciliation.differences"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "reconciliation.nothing")},
		Columns: []Column{
			{Title: T(ctx, "reconciliation.what")},
			{Title: T(ctx, "reconciliation.reference")},
			{Title: T(ctx, "reconciliation.subject")},
			{Title: T(ctx, "reconciliation.expected"), Number: true},
			{Title: T(ctx, "reconciliation.actual"), Number: true},
			{Title: T(ctx, "reconciliation.why")},
		},
	}
	for _, d := range day.Differences {
		why := BadgeView(Badge{Warn, T(ctx, "reconciliation.open")})
		if d.Explained != "" {
			why = Text(d.Explained)
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(named(ctx, differenceWords, d.Kind)), Code(d.Reference), Code(d.Subject), Number(Amount(d.Ours, "CNY")), Number(Amount(d.Bank, "CNY")), why,
		}})
	}
	return t
}

// differenceField chooses the difference that is explained: the first that has no
// reason yet, unless another is chosen.
func differenceField(ctx context.Context, day *bank.Reconciliation) Field {
	f := Field{Path: "/difference", Name: "difference", Label: T(ctx, "reconciliation.which"), Kind: "select"}
	for i, d := range day.Differences {
		place := strconv.Itoa(i)
		if f.Value == "" && d.Explained == "" {
			f.Value = place
		}
		f.Options = append(f.Options, Option{place, joined(named(ctx, differenceWords, d.Kind), d.Reference, d.Subject)})
	}
	return f
}

func galleryReconciliation(ctx context.Context) Specimen {
	day := bank.Reconciliation{
		ID: "BOCSHA|2026-11-22", Bank: "BOCSHA", Day: clock.MustDate("2026-11-22"), Ours: 118_400_050, Records: 41, At: sampleAt("2026-11-23T01:10"), State: bank.ReconciliationOpen,
		Statement: bank.DayStatement{Day: clock.MustDate("2026-11-22"), Opening: 90_000_000, Closing: 118_912_050, Lines: make([]bank.DayLine, 42)},
		Differences: []bank.Difference{
			{Kind: bank.BalanceDiffers, Bank: 118_912_050, Ours: 118_400_050},
			{Kind: bank.MessageMissing, Reference: "P-20261122-0042", Subject: "T2218260000117", Bank: 512_000},
			{Kind: bank.PaidTwice, Reference: "P-20261122-0007", Subject: "T2218260000098", Bank: 84_000, Explained: T(ctx, "gallery.sample")},
		},
	}
	p := reconciliationPage{Differences: differenceTable(ctx, &day)}
	p.Acts = actsForm{Path: "/gallery/reconciliation", Key: "sample", Acts: []Act{{Text: T(ctx, "reconciliation.again"), Name: "act", Value: "compare"}, {Text: T(ctx, "reconciliation.explain"), Name: "act", Value: "explain"}}, Fields: []Field{differenceField(ctx, &day)}}
	return Specimen{Name: "reconciliation", Title: "reconciliations.title", Page: reconciliationHead(ctx, &day), Body: reconciliationBody(p)}
}
