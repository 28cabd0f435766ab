package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/message"
	"seine/internal/party"
	"seine/internal/revenue"
)

// reportQuery asks for revenue of a span of days.
type reportQuery struct {
	From   clock.Date `query:"from" doc:"first day; the first of this month where not given"`
	To     clock.Date `query:"to" doc:"last day; today where not given"`
	By     string     `query:"by" doc:"day, office, chapter or tax; day where not given"`
	Office string     `query:"office" doc:"of one customs office only"`
}

// revenueReport reads a report for staff. Faults: those of revenue.NewReport.
func (c *call) revenueReport(q *reportQuery) (*revenue.Report, error) {
	if !c.who.Staff() || !c.reads(string(dossier.TaxBill)) {
		return nil, party.Absent("revenue", "report")
	}
	r, err := revenue.NewReport(q.From, q.To, clip(q.By), c.now.Date())
	if err != nil {
		return nil, err
	}
	f := revenue.ReportFilter{From: r.From, To: r.To, By: r.By}
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
	rows, err := c.s.store.Revenue(c.ctx(), f)
	if err == nil {
		r, err = r.Filled(rows)
	}
	return &r, err
}

// sheetOf is the report as a table.
func sheetOf(r *revenue.Report) *message.Sheet {
	s := &message.Sheet{Name: "revenue", Head: []string{r.By, "assessed", "withdrawn", "paid", "refunded"}, Amounts: []int{1, 2, 3, 4}}
	for i := range r.Rows {
		row := &r.Rows[i]
		s.Rows = append(s.Rows, []string{row.Key(), row.Assessed.Fixed(), row.Withdrawn.Fixed(), row.Paid.Fixed(), row.Refunded.Fixed()})
	}
	return s
}

// manyOpen bounds the open bills that are looked at for one answer.
const manyOpen = 100_000

// outstanding counts what is owed, by age.
func (c *call) outstanding() ([]revenue.Aged, error) {
	if !c.who.Staff() || !c.reads(string(dossier.TaxBill)) {
		return nil, party.Absent("revenue", "outstanding")
	}
	today := c.now.Date()
	rules := c.s.Reference().Duty.Rules.At(today)
	late := revenue.LateRule{PerDay: rules.LatePerDay, Minimum: rules.LateMinimum, Rounding: rules.TaxRounding}
	ages := revenue.NewAges(today, late)
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
			if c.may(party.View, taxBills.object(item.ID, &b)) != nil {
				continue
			}
			if err := ages.Take(&b); err != nil {
				return nil, err
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return ages.Bands, nil
}

func (s *Server) revenueRoutes() {
	add(s, route{id: "get-revenue", method: http.MethodGet, path: "/api/v1/revenue", tag: "money", summary: "Revenue of a span of days by day, office, chapter or tax"},
		func(c *call, in *reportQuery) (*revenue.Report, error) { return c.revenueReport(in) })
	addFiles(s, "revenue", "/api/v1/revenue", "report", "money", func(c *call, in *reportQuery) (*message.Sheet, error) {
		r, err := c.revenueReport(in)
		if err != nil {
			return nil, err
		}
		return sheetOf(r), nil
	})
	add(s, route{id: "get-outstanding", method: http.MethodGet, path: "/api/v1/revenue/outstanding", tag: "money", summary: "What is owed, by how long it is overdue"},
		func(c *call, _ *struct{}) (page[revenue.Aged], error) {
			list, err := c.outstanding()
			return page[revenue.Aged]{Items: list}, err
		})
}

// addFiles serves what one route answers as a file too: as CSV and as a workbook,
// at path/name.csv and path/name.xlsx.
func addFiles[I any](s *Server, id, path, name, tag string, sheet func(*call, *I) (*message.Sheet, error)) {
	for _, file := range []struct {
		name, kind string
		write      func(*message.Sheet, *bytes.Buffer) error
	}{
		{"csv", "text/csv; charset=utf-8", func(s *message.Sheet, b *bytes.Buffer) error { return s.WriteCSV(b) }},
		{"xlsx", typeXLSX, func(s *message.Sheet, b *bytes.Buffer) error { return s.WriteXLSX(b) }},
	} {
		add(s, route{
			id: "get-" + id + "-" + file.name, method: http.MethodGet, path: path + "/" + name + "." + file.name, tag: tag, summary: "The same as a file, " + file.name,
			answers: file.kind, own: true,
		}, func(c *call, in *I) (none, error) {
			t, err := sheet(c, in)
			if err != nil {
				return none{}, err
			}
			var b bytes.Buffer
			if err := file.write(t, &b); err != nil {
				return none{}, err
			}
			c.w.Header().Set("Content-Disposition", "attachment; filename="+t.Name+"."+file.name)
			answer(c.w, http.StatusOK, file.kind, b.Bytes())
			return none{}, nil
		})
	}
}
