package console

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/store"
)

var statementWords = map[revenue.StatementState]wording{
	revenue.StatementIssued: {Info, "statement.issued"}, revenue.StatementOverdue: {Alarm, "tax.overdue"},
	revenue.StatementPaid: {Agreed, "tax.paid"}, revenue.StatementCollected: {Agreed, "tax.called"},
}

func statementObject(s *revenue.Statement) party.Object {
	return party.Object{Kind: "tax_bill", ID: s.Number, Area: areaOf(s.Office), Parties: []string{s.Enterprise}}
}

func statementPath(id string) string { return "/statements/" + url.PathEscape(id) }

func (s *Server) statementBadge(ctx context.Context, st *revenue.Statement) Badge {
	if st.State == revenue.StatementIssued && dueNow(st.Due, s.now()) {
		return badge(ctx, statementWords, revenue.StatementOverdue)
	}
	return badge(ctx, statementWords, st.State)
}

// statementTable lists the monthly statements that the person may see, newest
// first.
func (s *Server) statementTable(ctx context.Context, who party.Who, asked url.Values) (Table, error) {
	t := Table{
		ID: "list", Caption: T(ctx, "statements.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "statements.none"), Text: T(ctx, "statements.none.text")},
		Columns: []Column{
			{Title: T(ctx, "statement.month")},
			{Title: T(ctx, "statement.one")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "statement.bills"), Number: true},
			{Title: T(ctx, "working.total"), Number: true},
			{Title: T(ctx, "statement.open"), Number: true},
			{Title: T(ctx, "column.due")},
			{Title: T(ctx, "column.state")},
		},
	}
	q := store.Query{Before: asked.Get("after"), Limit: pageRows, Where: map[string][]string{}}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	page, err := s.house().Read.List(ctx, dossier.Statement, q)
	if err != nil {
		return t, err
	}
	for _, item := range page.Items {
		st, err := read[revenue.Statement](item)
		if err != nil {
			return t, err
		}
		if party.May(who, party.View, statementObject(st)) == nil {
			t.Rows = append(t.Rows, s.statementRow(ctx, st))
		}
	}
	t.Pager = keyed(ctx, "/due", asked, page.Next, len(t.Rows))
	return t, nil
}

// statementDue is the due day, which is over only while something is to pay.
func (s *Server) statementDue(st *revenue.Statement) templ.Component {
	if revenue.StatementLife.Final(st.State) {
		return Text(st.Due.String())
	}
	return dueCell(st.Due, s.now())
}

func (s *Server) statementRow(ctx context.Context, st *revenue.Statement) Row {
	return Row{Href: statementPath(st.Number), Cells: []templ.Component{
		Text(st.Month.String()[:7]), Code(st.Number), Enterprise(ctx, st.Enterprise), Number(Count(int64(len(st.Lines)))), Number(Amount(st.Total, "CNY")),
		Number(Amount(st.Total-st.Paid, "CNY")), s.statementDue(st), BadgeView(s.statementBadge(ctx, st)),
	}}
}

// statement answers GET /statements/{id}: the consolidated tax of one month.
func (s *Server) statement(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	st, _, err := loadNumbered[revenue.Statement](ctx, s, dossier.Statement, r.PathValue("id"))
	if err == nil {
		_, err = s.readsOf(ctx, statementObject(st), journal.Ref{Kind: string(dossier.Statement), ID: st.Number})
	}
	var fee num.Money
	if err == nil {
		fee, err = s.feeOf(ctx, st)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, s.statementHead(ctx, st, fee), statementBody(statementLines(ctx, st), "/api/v1/statements/"+url.PathEscape(st.Number)+"/statement"))
}

// feeOf is the late fee through today on the open bills of a statement.
func (s *Server) feeOf(ctx context.Context, st *revenue.Statement) (num.Money, error) {
	var sum num.Money
	today := s.now().Date()
	if today <= st.Due {
		return 0, nil
	}
	for _, l := range st.Lines {
		if l.Settled {
			continue
		}
		b, _, err := loadNumbered[revenue.TaxBill](ctx, s, dossier.TaxBill, l.Bill)
		if err != nil {
			return 0, err
		}
		owed, err := b.OwedOn(today, s.lateRule())
		if err != nil {
			return 0, err
		}
		if sum, err = num.Add(sum, owed-b.Rest()); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

func (s *Server) statementHead(ctx context.Context, st *revenue.Statement, fee num.Money) Page {
	page := Page{
		ID: st.Number, Title: T(ctx, "statement.of", "month", st.Month.String()[:7]), Badges: []Badge{s.statementBadge(ctx, st)}, Live: []string{"tax"},
		Trail: []Link{{T(ctx, "statements.title"), "/due?view=statements"}},
		Facts: []Fact{
			{T(ctx, "column.enterprise"), Text(st.Enterprise)},
			{T(ctx, "fact.office"), Text(st.Office)},
			{T(ctx, "taxbill.issued"), When(st.Issued)},
			{T(ctx, "statement.payby"), s.statementDue(st)},
			{T(ctx, "working.total"), Text(Amount(st.Total, "CNY"))},
			{T(ctx, "revenue.paid"), Text(Amount(st.Paid, "CNY"))},
			{T(ctx, "statement.open"), Text(Amount(st.Total-st.Paid, "CNY"))},
		},
	}
	if fee > 0 {
		page.Facts = append(page.Facts, Fact{T(ctx, "taxname.latepayment"), Text(Amount(fee, "CNY"))})
	}
	for _, g := range st.Guarantees {
		page.Facts = append(page.Facts, Fact{T(ctx, "object.guarantee"), Identifier(g, guaranteePath(g))})
	}
	return page
}

func statementLines(ctx context.Context, st *revenue.Statement) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "statement.bills"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "object.taxbill")},
			{Title: T(ctx, "column.declaration")},
			{Title: T(ctx, "taxbill.issued")},
			{Title: T(ctx, "working.result"), Number: true},
			{Title: T(ctx, "revenue.paid"), Number: true},
			{Title: T(ctx, "column.state")},
		},
	}
	for _, l := range st.Lines {
		state := BadgeView(Badge{Info, T(ctx, "tax.issued")})
		switch {
		case l.Settled:
			state = BadgeView(Badge{Agreed, T(ctx, "tax.paid")})
		case l.Paid >= l.Total:
			state = BadgeView(Badge{Warn, T(ctx, "statement.feeopen")})
		}
		t.Rows = append(t.Rows, Row{Href: taxBillPath(l.Bill), Cells: []templ.Component{
			Code(l.Bill), Code(shortNumber(l.Declaration)), Text(l.Issued.String()), Number(Amount(l.Total, "CNY")), Number(Amount(l.Paid, "CNY")), state,
		}})
	}
	t.Rows = append(t.Rows, Row{Total: true, Cells: []templ.Component{
		Text(T(ctx, "working.total")), Text(""), Text(""), Number(Amount(st.Total, "CNY")), Number(Amount(st.Paid, "CNY")), Text(""),
	}})
	return t
}

func galleryStatement(ctx context.Context) Specimen {
	s := &Server{}
	s.deps.Now = sampleAt("2026-12-02T09:41").Time
	st := &revenue.Statement{
		Number: "S2026112218-91310000MA1FL0EW6X", Enterprise: "91310000MA1FL0EW6X", Office: "2218", Month: clock.MustDate("2026-11-01"), Issued: sampleAt("2026-12-01T01:00"),
		Due: clock.MustDate("2026-12-07"), Total: 6_394_300, Paid: 1_250_050, Guarantees: []string{"G2026000117"}, State: revenue.StatementIssued,
		Lines: []revenue.StatementLine{
			{Bill: "T2218260000117", Declaration: "221820261000000117", Issued: clock.MustDate("2026-11-09"), Total: 1_250_050, Paid: 1_250_050, Settled: true},
			{Bill: "T2218260000131", Declaration: "221820261000000131", Issued: clock.MustDate("2026-11-18"), Total: 5_144_250},
		},
	}
	return Specimen{Name: "statement", Title: "statements.title", Page: s.statementHead(ctx, st, 0), Body: statementBody(statementLines(ctx, st), "/gallery/statement")}
}
