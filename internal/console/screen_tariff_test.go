package console

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/oversight"
	"seine/internal/tariff"
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
	// The head of the division, who may be drawn, finds what waits in the list, and no editor.
	list := get(t, z.pages(people["chief"]), "/tariff/changes").Body.String()
	if !strings.Contains(list, proposal) || !strings.Contains(list, "announcement 12") || strings.Contains(list, "<form class=\"form\" method=\"post\" action=\"/tariff") {
		t.Error("the head of the division does not see the proposed change, or may make one")
	}
	if !strings.Contains(get(t, z.pages(people["chief"]), "/tariff").Body.String(), `href="/tariff/changes"`) {
		t.Error("nothing leads the head of the division to the list")
	}
	if w := post(t, z.pages(people["chief"]), "/tariff/changes", with(form, "key", "k9")); w.Code == http.StatusSeeOther {
		t.Error("the head of the division proposed a rate")
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

// A whole schedule is loaded from its file, compared, sent to a second officer and
// taken back before its day.
func TestAWholeScheduleIsLoadedAndCompared(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	tax := z.pages(people["tax"])
	next, err := must(tariff.Shipped("cn")).Amend([]tariff.Amendment{{Code: "20091100", Kind: "mfn", Rate: "3%", From: clock.MustDate("2026-12-24"), Law: "next year", Replace: true}})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := tariff.WriteFacts(&file, next); err != nil {
		t.Fatal(err)
	}
	if w := sendFile(t, tax, "/tariff/schedules", url.Values{"day": {"2026-12-24"}, "key": {"s0"}}, "content", "rates"); !strings.Contains(w.Body.String(), "This is no file of a schedule") && !strings.Contains(w.Body.String(), "this is no file of a schedule") {
		t.Error("what is no schedule is not refused beside its field")
	}
	w := sendFile(t, tax, "/tariff/schedules", url.Values{"day": {"2026-12-24"}, "key": {"s1"}}, "content", file.String())
	page := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(page, "/tariff/schedules/") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	body := get(t, tax, page).Body.String()
	for _, want := range []string{"7.5%", "3%", "Draft", "Chinese import tariff 2026"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(body, "No open form, lot or guarantee changes") {
		t.Error("juice lies under bond and on open forms: the schedule touches them")
	}
	if w := post(t, tax, page, url.Values{"reason": {"new year"}, "key": {"s2"}}); !strings.Contains(w.Body.String(), "needs the law") {
		t.Error("a schedule without its law goes on")
	}
	w = post(t, tax, page, url.Values{"law": {"announcement 99"}, "reason": {"new year"}, "key": {"s3"}})
	proposal := w.Header().Get("Location")
	if !strings.HasPrefix(proposal, "/proposals/") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, tax, proposal).Body.String(); !strings.Contains(body, "announcement 99") {
		t.Error("the second officer does not see which schedule")
	}
	if w := post(t, z.pages(people["tax2"]), proposal, url.Values{"act": {"agree"}, "reason": {"seen"}, "key": {"s4"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, tax, page, url.Values{"act": {"back"}, "reason": {"postponed"}, "key": {"s5"}}); !strings.HasPrefix(w.Header().Get("Location"), "/proposals/") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, tax, "/tariff/changes").Body.String(); !strings.Contains(body, page) {
		t.Error("the list of changes does not lead to the schedule")
	}
}
