package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/dossier"
)

func TestADayOfABankIsExplainedOnItsPage(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	tax := z.pages(people["tax"])
	if body := get(t, tax, "/reconciliations").Body.String(); !strings.Contains(body, "No day of a bank yet") {
		t.Error("an empty list does not say so")
	}
	const id, path = "BANKA|2026-11-22", "/reconciliations/BANKA%7C2026-11-22"
	day := clock.MustDate("2026-11-22")
	statement := bank.DayStatement{Day: day, Closing: 10_000, Lines: []bank.DayLine{{Reference: "P1", In: true, Amount: 10_000, TaxBill: "T1"}}}
	differences, err := bank.Compare(&statement, 0, nil, nil)
	if err != nil || len(differences) != 2 {
		t.Fatalf("%v %v", differences, err)
	}
	z.put(dossier.Reconciliation, id, bank.Reconciliation{ID: id, Bank: "BANKA", Day: day, Statement: statement, Differences: differences, At: z.clock.Now(), State: bank.ReconciliationOpen})
	for _, list := range []string{"/reconciliations", "/reconciliations?view=open"} {
		if body := get(t, tax, list).Body.String(); !strings.Contains(body, path) {
			t.Errorf("%s lacks the day", list)
		}
	}
	body := get(t, tax, path).Body.String()
	for _, want := range []string{"the bank has it, no message came", "the closing balance differs", "P1", "T1", "100.00"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	form := formOf(t, body, "acts")
	form.Set("act", "explain")
	if w := post(t, tax, path, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "BANK-RECONCILE-03") || !strings.Contains(w.Body.String(), `href="#f-reason"`) {
		t.Errorf("without a reason: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	for _, n := range []string{"7", "-1", "one", ""} {
		if w := post(t, tax, path, with(form, "reason", "found", "difference", n)); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-difference"`) {
			t.Errorf("difference %q: %d %s", n, w.Code, refusalOf(w.Body.String()))
		}
	}
	for _, who := range []string{"officer", "enterprise", "auditor", "operator"} {
		h := z.pages(people[who])
		for name, code := range map[string]int{
			"list": get(t, h, "/reconciliations").Code, "day": get(t, h, path).Code, "act": post(t, h, path, with(form, "reason", "mine")).Code,
		} {
			if code != http.StatusForbidden && code != http.StatusNotFound {
				t.Errorf("%s, %s: %d", who, name, code)
			}
		}
	}
	for n, reason := range []string{"the message was lost", "booked the next day"} {
		w := post(t, tax, path, with(formOf(t, get(t, tax, path).Body.String(), "acts"), "act", "explain", "difference", string(rune('0'+n)), "reason", reason))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != path {
			t.Fatalf("explain %d: %d %s", n, w.Code, refusalOf(w.Body.String()))
		}
	}
	var r bank.Reconciliation
	if _, err := z.store.Load(t.Context(), dossier.Reconciliation, id, &r); err != nil || r.State != bank.ReconciliationExplained {
		t.Errorf("%s %v", r.State, err)
	}
	if body = get(t, tax, path).Body.String(); !strings.Contains(body, "booked the next day") {
		t.Error("the reason is not shown")
	}
	if body = get(t, tax, "/reconciliations?"+url.Values{"view": {"open"}}.Encode()).Body.String(); strings.Contains(body, path) {
		t.Error("an explained day is listed as open")
	}
	if w := get(t, tax, "/reconciliations/BANKA%7C2026-11-01"); w.Code != http.StatusNotFound {
		t.Errorf("a day that did not come: %d", w.Code)
	}
}
