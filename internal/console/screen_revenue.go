package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/revenue"
)

var reportWords = map[string]Key{"day": "revenue.day", "office": "revenue.office", "chapter": "revenue.chapter", "tax": "revenue.tax"}

var ageWords = map[string]wording{
	"not-due": {Info, "age.notdue"}, "1-15": {Warn, "age.15"}, "16-30": {Warn, "age.30"}, "31-90": {Bad, "age.90"}, "over-90": {Alarm, "age.over"},
}

type revenuePage struct {
	Fields []Field
	Paid   Bars
	Sums   Table
	Ages   Table
	CSV    string
	XLSX   string
}

// manyOpenBills bounds the open bills that are looked at for one page.
const manyOpenBills = 100_000

// revenueReport answers GET /revenue: what came in and what is outstanding.
func (s *Server) revenueReport(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	who, err := s.may(ctx, party.View, party.Object{Kind: string(dossier.TaxBill)})
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	asked := r.URL.Query()
	report, faults, err := s.reportOf(ctx, who, asked)
	var ages *revenue.Ages
	if err == nil {
		ages, err = s.agesOf(ctx, who)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := Page{Title: T(ctx, "revenue.title"), Live: []string{"tax"}, Faults: faults}
	if party.May(who, party.Decide, reconciliationObject("")) == nil {
		page.Acts = []Act{{Text: T(ctx, "reconciliations.title"), Href: "/reconciliations", Key: "b"}}
	}
	s.Render(w, r, page, revenueBody(s.revenueView(ctx, asked, &report, ages.Bands, faults)))
}

// reportOf reads the report that is asked for, of the offices that the person
// works in. What was typed wrong comes back as faults and the report is that of
// this month.
func (s *Server) reportOf(ctx context.Context, who party.Who, asked url.Values) (revenue.Report, fault.List, error) {
	var faults fault.List
	day := func(name string) clock.Date {
		text := fold(strings.TrimSpace(asked.Get(name)))
		if text == "" {
			return 0
		}
		d, err := clock.ParseDate(text)
		if err != nil {
			faults = append(faults, at("/"+name, err)...)
		}
		return d
	}
	today := s.now().Date()
	report, err := revenue.NewReport(day("from"), day("to"), asked.Get("by"), today)
	faults = append(faults, fault.All(err)...)
	if len(faults) > 0 {
		if report, err = revenue.NewReport(0, 0, "", today); err != nil {
			return report, faults, err
		}
	}
	f := revenue.ReportFilter{From: report.From, To: report.To, By: report.By, Offices: reportOffices(who.Actor.Areas)}
	if one := asked.Get("office"); one != "" {
		if f.Offices != nil && !slices.Contains(f.Offices, one) {
			return report, faults, party.Absent("revenue", "report")
		}
		f.Offices = []string{one}
	}
	rows, err := s.house().Read.Revenue(ctx, f)
	if err != nil {
		return report, faults, err
	}
	report, err = report.Filled(rows)
	return report, faults, err
}

// reportOffices are the offices whose revenue somebody reads; nil is all.
func reportOffices(areas []string) []string {
	if slices.Contains(areas, party.AnyArea) {
		return nil
	}
	list := []string{}
	for _, id := range areas {
		if a, ok := party.Organisation().Area(id); ok && !slices.Contains(list, string(a.Office)) {
			list = append(list, string(a.Office))
		}
	}
	return list
}

// agesOf counts what is outstanding today among the bills that the person may see.
func (s *Server) agesOf(ctx context.Context, who party.Who) (*revenue.Ages, error) {
	today := s.now().Date()
	rules := s.house().Reference().Duty.Rules.At(today)
	ages := revenue.NewAges(today, revenue.LateRule{PerDay: rules.LatePerDay, Minimum: rules.LateMinimum, Rounding: rules.TaxRounding})
	seen := 0
	for after := ""; seen < manyOpenBills; {
		page, err := s.house().Read.Due(ctx, dossier.TaxBill, farDay, after, 1000)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			seen++
			b, err := read[revenue.TaxBill](item)
			if err != nil {
				return nil, err
			}
			if party.May(who, party.View, taxBillObject(b)) != nil {
				continue
			}
			if err := ages.Take(b); err != nil {
				return nil, err
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return ages, nil
}

func (s *Server) revenueView(ctx context.Context, asked url.Values, r *revenue.Report, ages []revenue.Aged, faults fault.List) revenuePage {
	typed := func(name, value string) string {
		if len(faults) > 0 && asked.Has(name) {
			return asked.Get(name)
		}
		return value
	}
	p := revenuePage{
		Fields: []Field{
			{Path: "/from", Name: "from", Label: T(ctx, "journal.from"), Kind: "date", Value: typed("from", r.From.String()), Faults: Of(faults, "/from")},
			{Path: "/to", Name: "to", Label: T(ctx, "journal.until"), Kind: "date", Value: typed("to", r.To.String()), Faults: Of(faults, "/to")},
			{Path: "/by", Name: "by", Label: T(ctx, "revenue.by"), Kind: "select", Value: r.By, Options: options(ctx, reportWords), Faults: Of(faults, "/by")},
			{Path: "/office", Name: "office", Label: T(ctx, "fact.office"), Value: asked.Get("office"), Code: true, Complete: "off"},
		},
		Paid: Bars{Title: T(ctx, "revenue.paid"), Head: [2]string{named(ctx, reportWords, r.By), T(ctx, "revenue.paid")}},
		Sums: Table{
			ID: "list", Filed: true, Caption: T(ctx, "revenue.sums"), Hidden: true, Pager: Pager{NeverTurnPage: true},
			Empty: State{Kind: StateEmpty, Title: T(ctx, "revenue.none"), Text: T(ctx, "revenue.none.text")},
			Columns: []Column{
				{Title: named(ctx, reportWords, r.By)},
				{Title: T(ctx, "revenue.assessed"), Number: true},
				{Title: T(ctx, "revenue.withdrawn"), Number: true},
				{Title: T(ctx, "revenue.paid"), Number: true},
				{Title: T(ctx, "revenue.refunded"), Number: true},
			},
		},
		Ages: ageTable(ctx, ages),
	}
	row := func(name string, v *revenue.ReportRow) []templ.Component {
		return []templ.Component{
			Text(name), Number(Amount(v.Assessed, "CNY")), Number(Amount(v.Withdrawn, "CNY")), Number(Amount(v.Paid, "CNY")), Number(Amount(v.Refunded, "CNY")),
		}
	}
	for i := range r.Rows {
		v := &r.Rows[i]
		name := s.revenueName(ctx, r.By, v.Key())
		p.Paid.Rows = append(p.Paid.Rows, Bar{Name: name, Value: int64(v.Paid), Text: Amount(v.Paid, "CNY"), Tone: OK})
		p.Sums.Rows = append(p.Sums.Rows, Row{Cells: row(name, v)})
	}
	if len(r.Rows) > 0 {
		p.Sums.Rows = append(p.Sums.Rows, Row{Total: true, Cells: row(T(ctx, "revenue.sum"), &r.Sum)})
	}
	q := url.Values{"from": {r.From.String()}, "to": {r.To.String()}, "by": {r.By}}
	if office := asked.Get("office"); office != "" {
		q.Set("office", office)
	}
	p.CSV, p.XLSX = "/api/v1/revenue/report.csv?"+q.Encode(), "/api/v1/revenue/report.xlsx?"+q.Encode()
	return p
}

// revenueName gives what a row is the sum of, in words.
func (s *Server) revenueName(ctx context.Context, by, key string) string {
	switch {
	case key == "":
		return T(ctx, "revenue.without")
	case by == "tax":
		return named(ctx, taxWords, key)
	case by == "office":
		if name := s.codeName(ctx, codelist.Offices, key); name != key {
			return joinedWords(key, name)
		}
	case by == "chapter":
		return T(ctx, "revenue.ofchapter", "chapter", key)
	}
	return key
}

func ageTable(ctx context.Context, ages []revenue.Aged) Table {
	t := Table{
		ID: "ages", Caption: T(ctx, "revenue.outstanding"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "due.nothing")},
		Columns: []Column{
			{Title: T(ctx, "revenue.age")},
			{Title: T(ctx, "due.tax"), Number: true},
			{Title: T(ctx, "revenue.share")},
			{Title: T(ctx, "revenue.rest"), Number: true},
			{Title: T(ctx, "taxname.latepayment"), Number: true},
		},
	}
	bills := 0
	var tax num.Money
	for _, a := range ages {
		bills += a.Bills
		tax += a.Tax
	}
	if bills == 0 {
		return t
	}
	for _, a := range ages {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			BadgeView(badge(ctx, ageWords, a.Age)), Number(Count(int64(a.Bills))), shareBar(int64(a.Tax), int64(tax)), Number(Amount(a.Tax, "CNY")), Number(Amount(a.Fee, "CNY")),
		}})
	}
	return t
}

func galleryRevenue(ctx context.Context) Specimen {
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	report := revenue.Report{
		From: clock.MustDate("2026-11-01"), To: clock.MustDate("2026-11-23"), By: "tax",
		Rows: []revenue.ReportRow{{Tax: "duty", Assessed: 12_480_000, Paid: 9_120_000}, {Tax: "vat", Assessed: 48_200_300, Withdrawn: 1_200_000, Paid: 41_006_050, Refunded: 250_000}},
		Sum:  revenue.ReportRow{Assessed: 60_680_300, Withdrawn: 1_200_000, Paid: 50_126_050, Refunded: 250_000},
	}
	ages := []revenue.Aged{{Age: "not-due", Bills: 12, Tax: 8_200_000}, {Age: "1-15", Bills: 2, Tax: 1_054_250, Fee: 5_270}, {Age: "16-30"}, {Age: "31-90"}, {Age: "over-90"}}
	return Specimen{
		Name: "revenue", Title: "revenue.title", Page: Page{Title: T(ctx, "revenue.title"), Live: []string{"tax"}},
		Body: revenueBody(s.revenueView(ctx, url.Values{}, &report, ages, nil)),
	}
}
