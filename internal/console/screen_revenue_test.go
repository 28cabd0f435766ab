package console

import (
	"net/http"
	"strings"
	"testing"
)

func TestRevenueIsReadOnItsPage(t *testing.T) {
	z := newZone(t)
	z.live()
	z.judge(false)
	if body := get(t, z.pages(z.people()["tax"]), "/revenue?from=2020-01-01&to=2020-01-31").Body.String(); !strings.Contains(body, "No revenue in these days") {
		t.Error("days without revenue do not say so")
	}
	z.lodge(z.paper("import-direct", z.owner, "", "", "COSU2", "10", "1000", juice(1, "900")))
	tax := z.pages(z.people()["tax"])
	body := get(t, tax, "/revenue?by=tax").Body.String()
	for _, want := range []string{
		"Value added tax", `class="bar-fill"`, `href="/api/v1/revenue/report.csv?by=tax&amp;from=2026-11-01&amp;to=2026-11-23"`, "report.xlsx?by=tax", "not yet due", `href="/revenue" aria-current="page"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for path, want := range map[string]string{
		"/revenue?by=colour": "REVENUE-REPORT-01", "/revenue?from=2026-11-20&to=2026-11-01": `href="#f-to"`, "/revenue?from=soon": `href="#f-from"`,
	} {
		if w := get(t, tax, path); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", path, w.Code, refusalOf(w.Body.String()))
		}
	}
	if w := get(t, tax, "/revenue?office=0100"); w.Code != http.StatusNotFound {
		t.Errorf("another office: %d", w.Code)
	}
	for _, who := range []string{"enterprise", "lane", "operator"} {
		if w := get(t, z.pages(z.people()[who]), "/revenue"); w.Code != http.StatusForbidden {
			t.Errorf("%s reads revenue: %d", who, w.Code)
		}
	}
}
