package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/treasury"
)

// withKind adds the kind of a file to an address, before its query.
func withKind(address, kind string) string {
	path, query, asked := strings.Cut(address, "?")
	if path += "." + kind; asked {
		path += "?" + query
	}
	return path
}

// owedKinds are the kinds of what an enterprise must pay or do.
func owedKind(ctx context.Context, kind string) string {
	switch kind {
	case treasury.OwedBill:
		return T(ctx, "object.taxbill")
	case treasury.OwedStatement:
		return T(ctx, "statement.one")
	case treasury.OwedMonth:
		return T(ctx, "forecast.month")
	}
	return named(ctx, duties, kind)
}

func owedPath(o *treasury.Owing) string {
	switch o.Kind {
	case treasury.OwedBill:
		return taxBillPath(o.Number)
	case treasury.OwedStatement:
		return statementPath(o.Number)
	case treasury.OwedMonth:
		return "/due?view=tax"
	}
	return "/life/obligation/" + o.ID
}

// forecastPage is what an enterprise owes and when.
type forecastPage struct {
	Sums  []Fact
	Items Table
	File  string
}

// forecast answers GET /forecast: what will I owe, and when. Staff name the
// enterprise.
func (s *Server) forecast(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	asked := r.URL.Query()
	code := fold(strings.TrimSpace(asked.Get("enterprise")))
	who, err := s.who(ctx)
	if code == "" {
		code = who.Actor.Enterprise
	}
	if err == nil && code == "" {
		s.Render(w, r, Page{Title: T(ctx, "forecast.title"), Trail: []Link{{T(ctx, "due.title"), "/due"}}}, forecastAsk())
		return
	}
	if err == nil {
		_, err = s.readsOf(ctx, party.Object{Kind: "tax_bill", ID: code, Parties: []string{code}}, journal.Ref{Kind: string(dossier.Enterprise), ID: code})
	}
	var f *treasury.Forecast
	if err == nil {
		f, err = treasury.ForecastOf(ctx, s.house().Read, code, s.now().Date(), s.lateRule())
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p := s.forecastView(ctx, f)
	p.File = "/api/v1/dues/dues?enterprise=" + url.QueryEscape(code)
	s.Render(w, r, forecastHead(ctx, f), forecastBody(p))
}

func forecastHead(ctx context.Context, f *treasury.Forecast) Page {
	return Page{ID: f.Enterprise, Title: T(ctx, "forecast.title"), Trail: []Link{{T(ctx, "due.title"), "/due"}}, Live: []string{"obligation", "tax"}}
}

func (s *Server) forecastView(ctx context.Context, f *treasury.Forecast) forecastPage {
	p := forecastPage{
		Sums: []Fact{
			{T(ctx, "forecast.overdue"), Number(Amount(f.Overdue, "CNY"))},
			{T(ctx, "forecast.soon"), Number(Amount(f.Soon, "CNY"))},
			{T(ctx, "forecast.all"), Number(Amount(f.Tax+f.Fee, "CNY"))},
			{T(ctx, "taxname.latepayment"), Number(Amount(f.Fee, "CNY"))},
			{T(ctx, "due.held"), Number(Amount(f.Held, "CNY"))},
		},
		Items: Table{
			ID: "list", Caption: T(ctx, "forecast.title"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "due.nothing")},
			Columns: []Column{
				{Title: T(ctx, "column.due"), Sorted: "ascending"},
				{Title: T(ctx, "due.what")},
				{Title: T(ctx, "forecast.number")},
				{Title: T(ctx, "statement.bills"), Number: true},
				{Title: T(ctx, "revenue.tax"), Number: true},
				{Title: T(ctx, "taxname.latepayment"), Number: true},
				{Title: T(ctx, "forecast.perday"), Number: true},
				{Title: T(ctx, "forecast.then"), Number: true},
				{Title: T(ctx, "due.held"), Number: true},
			},
		},
	}
	zero := func(n int64, text string) templ.Component {
		if n == 0 {
			return Number("–")
		}
		return Number(text)
	}
	var then num.Money // all that is to be paid by that day
	for i := range f.Items {
		o := &f.Items[i]
		then += o.Owed()
		p.Items.Rows = append(p.Items.Rows, Row{Href: owedPath(o), Cells: []templ.Component{
			dueCell(o.Day, s.now()), Text(owedKind(ctx, o.Kind)), Code(shortNumber(o.Number)), zero(int64(o.Bills), Count(int64(o.Bills))),
			zero(int64(o.Tax), Amount(o.Tax, "CNY")), zero(int64(o.Fee), Amount(o.Fee, "CNY")), zero(int64(o.PerDay), Amount(o.PerDay, "CNY")),
			Number(Amount(then, "CNY")), zero(int64(o.Held), Amount(o.Held, "CNY")),
		}})
	}
	return p
}

func galleryForecast(ctx context.Context) Specimen {
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	f := &treasury.Forecast{
		Enterprise: "91310000MA1FL0EW6X", On: clock.MustDate("2026-11-23"), Overdue: 1_056_885, Soon: 6_394_300, Tax: 7_448_550, Fee: 2_635, Held: 47_448_550,
		Items: []treasury.Owing{
			{Day: clock.MustDate("2026-11-18"), Kind: treasury.OwedBill, Number: "T2218260000098", Bills: 1, Tax: 1_054_250, Fee: 2_635, PerDay: 527, Held: 1_054_250, Overdue: true},
			{Day: clock.MustDate("2026-12-05"), Kind: "declare", Number: "221820261000000098", ID: "x", Held: 40_000_000},
			{Day: clock.MustDate("2026-12-07"), Kind: treasury.OwedMonth, Number: "2026-11", Bills: 9, Tax: 6_394_300, Held: 6_394_300},
		},
	}
	p := s.forecastView(ctx, f)
	p.File = "/gallery/forecast"
	return Specimen{Name: "forecast", Title: "forecast.title", Page: forecastHead(ctx, f), Body: forecastBody(p)}
}
