package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"seine/internal/dossier"
	"seine/internal/oversight"
)

// A rate is checked with its effect on what is open, proposed, and agreed to on
// the page of the second officer; whoever may not change rates finds no editor.
func TestTheTariffEditorProposesAndShowsTheEffect(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	tax := z.pages(people["tax"])
	if w := get(t, z.pages(people["officer"]), "/tariff/changes"); w.Code == http.StatusOK {
		t.Error("a filing officer changes no rates")
	}
	form := url.Values{"code": {"20091100"}, "kind": {"mfn"}, "rate": {"5%"}, "from": {"2026-12-24"}, "law": {"announcement 12"}}
	page := get(t, tax, "/tariff/changes?"+form.Encode()).Body.String()
	for _, want := range []string{"7.5%", "5%", "Open business that it touches"} {
		if !strings.Contains(page, want) {
			t.Errorf("the check does not show %q", want)
		}
	}
	if strings.Contains(page, "No open form, lot or guarantee changes") {
		t.Error("juice lies under bond and on open forms: the change touches them")
	}
	bad := url.Values{"code": {"20091199"}, "kind": {"mfn"}, "rate": {"5%"}, "from": {"2026-12-24"}, "law": {"x"}, "reason": {"r"}, "key": {"k1"}}
	if page := post(t, tax, "/tariff/changes", bad).Body.String(); !strings.Contains(page, "20091100") {
		t.Error("the nearest codes are not named")
	}
	form.Set("reason", "as announced")
	form.Set("key", "k2")
	w := post(t, tax, "/tariff/changes", form)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/proposals/") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	proposal := w.Header().Get("Location")
	if page := get(t, tax, proposal).Body.String(); !strings.Contains(page, "announcement 12") {
		t.Error("the second officer does not see the change")
	}
	if w := post(t, z.pages(people["tax2"]), proposal, url.Values{"act": {"agree"}, "reason": {"seen"}, "key": {"k3"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	changes, err := oversight.TariffChanges(t.Context(), z.store)
	if err != nil || len(changes) != 1 || changes[0].State != oversight.Approved {
		t.Fatalf("%+v %v", changes, err)
	}
	var doc oversight.TariffChange
	if _, err := z.store.Load(t.Context(), dossier.Parameter, changes[0].ID, &doc); err != nil || doc.ApprovedBy != "t2" {
		t.Errorf("%+v %v", doc, err)
	}
	back := url.Values{"back": {"2027-02-01"}, "reason": {"withdrawn"}, "key": {"k4"}}
	if w := post(t, tax, "/tariff/changes/"+changes[0].ID, back); w.Code != http.StatusSeeOther {
		t.Errorf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
}
