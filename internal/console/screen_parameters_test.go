package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"seine/internal/dossier"
)

func TestAParameterIsProposedOnItsPage(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	chief := z.pages(people["chief"])
	const path = "/settings/parameters/gate/comparison"
	if body := get(t, chief, "/settings/parameters").Body.String(); !strings.Contains(body, path) || !strings.Contains(body, "duty/payment_days") {
		t.Error("parameters are missing in the list")
	}
	whole, part := get(t, chief, path), get(t, chief, path, "HX-Request", "true")
	if whole.Code != http.StatusOK || strings.Contains(part.Body.String(), "<main") || !strings.Contains(stable(whole.Body.String()), stable(part.Body.String())) {
		t.Errorf("%d, or the fragment is not a part of the page", whole.Code)
	}
	form := url.Values{"value.emptyKg": {"many"}, "from": {z.clock.Now().Date().AddDays(1).String()}, "source": {"order 12"}, "reason": {"wet season"}, "key": {"p1"}}
	if w := post(t, chief, path, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "GATE-PARAMETER-01") || !strings.Contains(w.Body.String(), `value="many"`) {
		t.Errorf("a value of the wrong form: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("value.emptyKg", "250")
	form.Set("from", "soon")
	if w := post(t, chief, path, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-from"`) {
		t.Errorf("a day in words: %d", w.Code)
	}
	form.Set("from", z.clock.Now().Date().AddDays(1).String())
	if w := post(t, chief, path, form); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "REVIEW-SECOND-01") {
		t.Errorf("nobody else may agree, yet: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	for _, who := range []string{"officer", "operator"} {
		h := z.pages(people[who])
		if w := get(t, h, path); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `id="propose"`) {
			t.Errorf("%s: %d, or is offered to change it", who, w.Code)
		}
		if w := post(t, h, path, form); w.Code != http.StatusForbidden {
			t.Errorf("%s proposes: %d", who, w.Code)
		}
	}
	for _, p := range []string{"/settings/parameters", path} {
		if w := get(t, z.pages(people["enterprise"]), p); w.Code != http.StatusForbidden {
			t.Errorf("%s for an enterprise: %d", p, w.Code)
		}
	}
	if w := get(t, chief, "/settings/parameters/gate/nothing"); w.Code != http.StatusNotFound {
		t.Errorf("a parameter that is not there: %d", w.Code)
	}
	if ids, err := z.store.Find(t.Context(), dossier.Parameter, "name", "gate/comparison", 10); err != nil || len(ids) != 0 {
		t.Errorf("a refused proposal left %v %v", ids, err)
	}
}

// What was proposed for a rule of tax or for the calendar stands in one list that
// whoever may decide reads, and leaves it once it is decided.
func TestProposedParametersWaitInOneList(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	tax, chief := z.pages(people["tax"]), z.pages(people["chief"])
	from := z.clock.Now().Date().AddDays(5).String()
	waiting := map[string]string{}
	for path, form := range map[string]url.Values{
		"/settings/parameters/duty/payment_days": {"value.value": {"14"}, "from": {from}, "source": {"order 31"}, "reason": {"shorter term"}, "key": {"w1"}},
		"/settings/parameters/house/calendar":    {"value.holidays": {"- 2027-01-01..2027-01-03"}, "value.workdays": {""}, "from": {from}, "source": {"notice 7"}, "reason": {"new year"}, "key": {"w2"}},
	} {
		w := post(t, tax, path, form)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, w.Code, refusalOf(w.Body.String()))
		}
		for _, id := range must(z.store.Find(t.Context(), dossier.Proposal, "first", "t1", 5)) {
			if waiting[id] == "" {
				waiting[id] = form.Get("reason")
			}
		}
	}
	if len(waiting) != 2 {
		t.Fatalf("%v", waiting)
	}
	list := get(t, chief, "/settings/parameters").Body.String()
	for id, reason := range waiting {
		if !strings.Contains(list, "/proposals/"+id) || !strings.Contains(list, reason) {
			t.Errorf("%s does not wait in the list", reason)
		}
	}
	if w := get(t, z.pages(people["enterprise"]), "/settings/parameters"); w.Code != http.StatusForbidden {
		t.Errorf("an enterprise reads what is proposed: %d", w.Code)
	}
	for id := range waiting {
		if w := post(t, z.pages(people["tax2"]), "/proposals/"+id, url.Values{"act": {"agree"}, "reason": {"seen"}, "key": {"a" + id}}); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
		}
	}
	if list := get(t, chief, "/settings/parameters").Body.String(); strings.Contains(list, "/proposals/") {
		t.Error("what is decided still waits")
	}
}
