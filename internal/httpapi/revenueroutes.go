package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/message"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/store"
)

// reportQuery asks for revenue of a span of days.
type reportQuery struct {
	From   clock.Date `query:"from" doc:"first day; the first of this month where not given"`
	To     clock.Date `query:"to" doc:"last day; today where not given"`
	By     string     `query:"by" doc:"day, office, chapter or tax; day where not given"`
	Office string     `query:"office" doc:"of one customs office only"`
}

// report is revenue summed.
type report struct {
	From clock.Date         `json:"from"`
	To   clock.Date         `json:"to"`
	By   string             `json:"by"`
	Rows []store.RevenueRow `json:"rows"`
	Sum  store.RevenueRow   `json:"sum"`
}

// revenueReport reads a report for staff. Faults: HTTP-REPORT-01 (nothing can be
// summed by that), HTTP-REPORT-02 (it ends before it begins).
func (c *call) revenueReport(q *reportQuery) (*report, error) {
	if !c.who.Staff() || !c.reads(string(dossier.TaxBill)) {
		return nil, party.Absent("revenue", "report")
	}
	r := &report{From: q.From, To: q.To, By: q.By}
	today := c.now.Date()
	if r.To == 0 {
		r.To = today
	}
	if r.From == 0 {
		r.From = today.AddDays(1 - today.DayOfMonth())
	}
	if r.By == "" {
		r.By = "day"
	}
	if !slices.Contains([]string{"day", "office", "chapter", "tax"}, r.By) {
		return nil, fault.New(fault.Invalid, "HTTP-REPORT-01", "/by", "revenue is not summed by “{by}”", "choose day, office, chapter or tax", "by", clip(r.By))
	}
	if r.To < r.From {
		return nil, fault.New(fault.Invalid, "HTTP-REPORT-02", "/to", "the report ends on {to}, before it begins on {from}", "give the days the other way round", "to", r.To, "from", r.From)
	}
	f := store.RevenueFilter{From: r.From, To: r.To, By: r.By}
	if areas := c.who.Actor.Areas; !slices.Contains(areas, party.AnyArea) {
		f.Offices = []string{}
		for _, id := range areas {
			if a, ok := party.Organisation().Area(id); ok {
				f.Offices = append(f.Offices, string(a.Office))
			}
		}
	}
	if q.Office != "" {
		if f.Offices != nil && !slices.Contains(f.Offices, q.Office) {
			return nil, party.Absent("revenue", "report")
		}
		f.Offices = []string{q.Office}
	}
	var err error
	if r.Rows, err = c.s.store.Revenue(c.ctx(), f); err != nil {
		return nil, err
	}
	for _, row := range r.Rows {
		r.Sum.Assessed += row.Assessed
		r.Sum.Withdrawn += row.Withdrawn
		r.Sum.Paid += row.Paid
		r.Sum.Refunded += row.Refunded
	}
	return r, nil
}

// sheet is the report as a table.
func (r *report) sheet() *message.Sheet {
	s := &message.Sheet{Name: "revenue", Head: []string{r.By, "assessed", "withdrawn", "paid", "refunded"}, Amounts: []int{1, 2, 3, 4}}
	for _, row := range r.Rows {
		s.Rows = append(s.Rows, []string{row.Day + row.Office + row.Chapter + row.Tax, row.Assessed.Fixed(), row.Withdrawn.Fixed(), row.Paid.Fixed(), row.Refunded.Fixed()})
	}
	return s
}

// ages are the ages by which what is outstanding is counted, in days past due.
var ages = []struct {
	name string
	from int
}{{"not-due", -1 << 30}, {"1-15", 1}, {"16-30", 16}, {"31-90", 31}, {"over-90", 91}}

// aged is what is outstanding of one age.
type aged struct {
	Age   string    `json:"age" doc:"days past the due day"`
	Bills int       `json:"bills"`
	Tax   num.Money `json:"tax"`
	Fee   num.Money `json:"fee" doc:"late fee through today, charged or not"`
}

// manyOpen bounds the open bills that are looked at for one answer.
const manyOpen = 100_000

// outstanding counts what is owed, by age.
func (c *call) outstanding() ([]aged, error) {
	if !c.who.Staff() || !c.reads(string(dossier.TaxBill)) {
		return nil, party.Absent("revenue", "outstanding")
	}
	today := c.now.Date()
	rules := c.s.Reference().Duty.Rules.At(today)
	late := revenue.LateRule{PerDay: rules.LatePerDay, Minimum: rules.LateMinimum, Rounding: rules.TaxRounding}
	list := make([]aged, len(ages))
	for i := range ages {
		list[i].Age = ages[i].name
	}
	seen := 0
	for after := ""; seen < manyOpen; {
		page, err := c.s.store.Due(c.ctx(), dossier.TaxBill, clock.MustDate("2199-12-31"), after, 1000)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			seen++
			var b revenue.TaxBill
			if err := json.Unmarshal(item.Body, &b); err != nil {
				return nil, err
			}
			if !b.Payable() || c.may(party.View, taxBills.object(item.ID, &b)) != nil {
				continue
			}
			owed, err := b.OwedOn(today, late)
			if err != nil {
				return nil, err
			}
			at := 0
			for i := range ages {
				if int(today)-int(b.Due) >= ages[i].from {
					at = i
				}
			}
			list[at].Bills++
			list[at].Tax += b.Rest()
			list[at].Fee += owed - b.Rest()
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return list, nil
}

func (s *Server) revenueRoutes() {
	add(s, route{id: "get-revenue", method: http.MethodGet, path: "/api/v1/revenue", tag: "money", summary: "Revenue of a span of days by day, office, chapter or tax"},
		func(c *call, in *reportQuery) (*report, error) { return c.revenueReport(in) })
	for _, file := range []struct {
		name, kind string
		write      func(*message.Sheet, *bytes.Buffer) error
	}{
		{"csv", "text/csv; charset=utf-8", func(s *message.Sheet, b *bytes.Buffer) error { return s.WriteCSV(b) }},
		{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(s *message.Sheet, b *bytes.Buffer) error { return s.WriteXLSX(b) }},
	} {
		add(s, route{
			id: "get-revenue-" + file.name, method: http.MethodGet, path: "/api/v1/revenue/report." + file.name, tag: "money", summary: "The same as a file, " + file.name,
			answers: file.kind, own: true,
		}, func(c *call, in *reportQuery) (none, error) {
			r, err := c.revenueReport(in)
			if err != nil {
				return none{}, err
			}
			var b bytes.Buffer
			if err := file.write(r.sheet(), &b); err != nil {
				return none{}, err
			}
			c.w.Header().Set("Content-Disposition", "attachment; filename=revenue."+file.name)
			answer(c.w, http.StatusOK, file.kind, b.Bytes())
			return none{}, nil
		})
	}
	add(s, route{id: "get-outstanding", method: http.MethodGet, path: "/api/v1/revenue/outstanding", tag: "money", summary: "What is owed, by how long it is overdue"},
		func(c *call, _ *struct{}) (page[aged], error) {
			list, err := c.outstanding()
			return page[aged]{Items: list}, err
		})
}
