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
