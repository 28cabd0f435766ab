package httpapi_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"seine/internal/app"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/revenue"
	"seine/internal/treasury"
)

// differences lists what self-declared tax of a declaration differs by.
func (h *house) differences(who, of string) []revenue.TaxDifference {
	h.t.Helper()
	var page struct{ Items []revenue.TaxDifference }
	h.get(who, "/api/v1/tax-differences").into(http.StatusOK, &page)
	var list []revenue.TaxDifference
	for _, d := range page.Items {
		if d.Declaration == of {
			list = append(list, d)
		}
	}
	return list
}

// Tax that the enterprise computes itself is kept beside ours, and a difference
// goes where the rule says (DR §3.4).
func TestSelfDeclaredTaxGoesWhereTheRuleSays(t *testing.T) {
	h := open(t)
	plain := h.passed("trader")
	declared := func(change num.Money) []declaration.DutyTaxFee {
		var own []declaration.DutyTaxFee
		for i, f := range plain.Taxes {
			amount := f.Amount
			if i == len(plain.Taxes)-1 {
				amount += change
			}
			own = append(own, declaration.DutyTaxFee{Kind: f.Tax, Amount: amount})
		}
		return own
	}
	for _, c := range []struct {
		name   string
		change num.Money
		band   revenue.Band
	}{
		{"equal", 0, revenue.NotDeclared},
		{"within five fen", -5, revenue.NotDeclared},
		{"a little lower", -6, revenue.FollowUp},
		{"higher", 2_000_00, revenue.FollowUp},
		{"a thousand lower", -1_000_00, revenue.FollowUp},
		{"lower by more than a thousand", -1_000_01, revenue.Manual},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := h.bill()
			d.DeclaredTax = declared(c.change)
			r := h.lodge("trader", d, "")
			found := h.differences("1009", r.ID)
			if c.band == revenue.NotDeclared {
				if len(found) != 0 {
					t.Fatalf("%+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Band != c.band || found[0].Compared.Short != -c.change || found[0].State != revenue.DifferenceOpen {
				t.Fatalf("%+v", found)
			}
			if held := r.State == declaration.Manual; c.band == revenue.Manual && !held {
				t.Errorf("so much lower, and it is %s", r.State)
			}
			path := "/api/v1/tax-differences/" + found[0].ID
			var seen revenue.TaxDifference
			h.get("trader", path).into(http.StatusOK, &seen)
			h.get("carrier", path).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
			h.post("trader", path+"/settlement", map[string]string{"reason": "mine"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
			h.post("1009", path+"/settlement", map[string]string{"reason": ""}).refused(http.StatusUnprocessableEntity, "REVENUE-REASON-02", "/reason")
			h.post("1009", path+"/settlement", map[string]string{"reason": "the freight was left out"}).into(http.StatusOK, &seen)
			if seen.State != revenue.DifferenceSettled || seen.Reason == "" || seen.By == "" {
				t.Errorf("%+v", seen)
			}
			h.post("1009", path+"/settlement", map[string]string{"reason": "again"}).refused(http.StatusConflict, "REVENUE-DIFFERENCE-01", "")
		})
	}
}

func TestDuesCoverAndRevenueAreReadAndDownloaded(t *testing.T) {
	h := open(t)
	bill := h.passed("trader")
	var f treasury.Forecast
	h.get("trader", "/api/v1/dues").into(http.StatusOK, &f)
	if f.Enterprise != trader || f.Tax < bill.Total || len(f.Items) == 0 || f.Soon != f.Tax {
		t.Errorf("%+v", f)
	}
	h.get("1009", "/api/v1/dues?enterprise="+trader).into(http.StatusOK, &f)
	h.get("1009", "/api/v1/dues").refused(http.StatusUnprocessableEntity, "HTTP-DUES-01", "/enterprise")
	h.get("carrier", "/api/v1/dues?enterprise="+trader).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	var cover struct {
		Guarantee string
		Standing  guarantee.Standing
		Forecast  []guarantee.ExposureDay
	}
	h.get("trader", "/api/v1/guarantees/G1/exposure").into(http.StatusOK, &cover)
	if s := cover.Standing; s.Held+s.Used+s.Free != s.Limit || len(cover.Forecast) == 0 {
		t.Errorf("%+v", cover)
	}
	h.get("carrier", "/api/v1/guarantees/G1/exposure").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	table := func(who, path string) [][]string {
		t.Helper()
		a := h.get(who, path)
		if a.Status != http.StatusOK || !bytes.HasPrefix(a.Body, []byte("\ufeff")) || !strings.Contains(a.Header.Get("Content-Disposition"), "attachment") {
			t.Fatalf("%s: %d %s", path, a.Status, a.Body)
		}
		rows, err := csv.NewReader(bytes.NewReader(a.Body[3:])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	if rows := table("trader", "/api/v1/dues/dues.csv"); len(rows) != 1+len(f.Items) || rows[1][5] == "0.00" {
		t.Errorf("%v", rows)
	}
	if rows := table("trader", "/api/v1/guarantees/G1/exposure/exposure.csv"); len(rows) != 1+len(cover.Forecast) {
		t.Errorf("%v", rows)
	}
	for _, path := range []string{"/api/v1/dues/dues.xlsx", "/api/v1/guarantees/G1/exposure/exposure.xlsx"} {
		if a := h.get("trader", path); a.Status != http.StatusOK || !bytes.HasPrefix(a.Body, []byte("PK")) {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	eventually(t, "revenue is summed up", func() bool { return h.app.Store.CatchUp(t.Context()) == nil })
	var report revenue.Report
	for _, by := range revenue.ReportKeys {
		h.get("1009", "/api/v1/revenue?by="+by).into(http.StatusOK, &report)
		if report.Sum.Assessed < bill.Total || len(report.Rows) == 0 {
			t.Errorf("%s: %+v", by, report)
		}
		var sum num.Money
		for i := range report.Rows {
			sum += report.Rows[i].Assessed
		}
		if sum != report.Sum.Assessed {
			t.Errorf("%s: %s is not %s", by, sum.Fixed(), report.Sum.Assessed.Fixed())
		}
	}
	if rows := table("1009", "/api/v1/revenue/report.csv?by=tax"); len(rows) < 2 {
		t.Errorf("%v", rows)
	}
	h.get("trader", "/api/v1/revenue").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.get("1009", "/api/v1/revenue?by=colour").refused(http.StatusUnprocessableEntity, "REVENUE-REPORT-01", "/by")
	h.get("1009", "/api/v1/revenue?from=2026-11-20&to=2026-11-01").refused(http.StatusUnprocessableEntity, "REVENUE-REPORT-02", "/to")
	var ages struct{ Items []revenue.Aged }
	h.get("1009", "/api/v1/revenue/outstanding").into(http.StatusOK, &ages)
	if len(ages.Items) != 5 || ages.Items[0].Age != "not-due" || ages.Items[0].Tax < bill.Total {
		t.Errorf("%+v", ages)
	}
	h.get("trader", "/api/v1/revenue/outstanding").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
}

// What is outstanding is counted by its age: band by band, with the fee of the day.
func TestOverdueTaxAges(t *testing.T) {
	late := revenue.LateRule{PerDay: 500_000, Minimum: 50_00, Rounding: num.HalfUp}
	today := clock.MustDate("2026-11-30")
	ages := revenue.NewAges(today, late)
	for _, days := range []int{-10, 0, 1, 15, 16, 30, 31, 90, 91, 400} {
		b := revenue.TaxBill{State: revenue.Issued, Total: 1_000_000_00, Due: today.AddDays(-days)}
		if err := ages.Take(&b); err != nil {
			t.Fatal(err)
		}
	}
	settled := revenue.TaxBill{State: revenue.Paid, Total: 5_00, Due: today}
	if err := ages.Take(&settled); err != nil {
		t.Fatal(err)
	}
	for i, band := range ages.Bands {
		if band.Bills != 2 || band.Tax != 2_000_000_00 || (band.Fee > 0) != (i > 0) {
			t.Errorf("%+v", band)
		}
	}
}

// The statement of a month is given as a table and as a workbook: a row for each
// bill, to its enterprise and to customs, and to nobody else.
func TestTheStatementOfAMonthIsDownloaded(t *testing.T) {
	hands := clock.NewVirtual(clock.MustDate("2026-11-30").Start().Add(20*time.Hour), false)
	h := openAt(t, app.Options{Dir: t.TempDir(), Clock: hands})
	var reply clearance.LodgeReply
	for range 50 {
		if reply = h.lodge("trader", h.bill(), "G1"); reply.State == declaration.Released {
			break
		}
	}
	if reply.State != declaration.Released {
		t.Fatalf("none of 50 is put on the statement: %+v", reply)
	}
	hands.Advance(6 * time.Hour) // the first of December
	if err := h.app.Money(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"trader", "carrier"} { // a token of a machine does not last that long
		issued, err := h.desk.Issue(t.Context(), name, "secret of "+name)
		if err != nil {
			t.Fatal(err)
		}
		h.tokens[name] = issued.Token
	}
	h.tokens["1009"] = h.session("officer-1009")
	var list struct{ Items []revenue.Statement }
	h.get("trader", "/api/v1/statements").into(http.StatusOK, &list)
	if len(list.Items) != 1 || len(list.Items[0].Lines) == 0 {
		t.Fatalf("%+v", list)
	}
	s := list.Items[0]
	path := "/api/v1/statements/" + s.Number + "/statement."
	for _, who := range []string{"trader", "1009"} {
		a := h.get(who, path+"csv")
		if a.Status != http.StatusOK || !bytes.HasPrefix(a.Body, []byte("\ufeff")) || !strings.Contains(a.Header.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") {
			t.Fatalf("%s: %d %s", who, a.Status, a.Body)
		}
		rows, err := csv.NewReader(bytes.NewReader(a.Body[3:])).ReadAll()
		if err != nil || len(rows) != 1+len(s.Lines) {
			t.Fatalf("%d rows for %d bills: %v %v", len(rows), len(s.Lines), rows, err)
		}
		all := string(a.Body)
		for _, want := range []string{reply.TaxBill, reply.Total.Fixed()} {
			if !strings.Contains(all, want) {
				t.Errorf("%s is not in %s", want, all)
			}
		}
	}
	book, err := zip.NewReader(bytes.NewReader(h.get("trader", path+"xlsx").Body), int64(len(h.get("trader", path+"xlsx").Body)))
	if err != nil {
		t.Fatal(err)
	}
	var sheet strings.Builder
	for _, f := range book.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&sheet, r); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(sheet.String(), reply.TaxBill) {
		t.Errorf("bill %s is not in the workbook", reply.TaxBill)
	}
	h.get("carrier", path+"csv").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.get("trader", "/api/v1/statements/none/statement.csv").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
}
