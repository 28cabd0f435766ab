package httpapi_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

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
