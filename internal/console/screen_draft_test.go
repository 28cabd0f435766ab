package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"seine/internal/draft"
)

func TestAnUnfinishedDeclarationIsKept(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	h := z.pages(people["enterprise"])
	form := formOf(t, get(t, h, "/declare?bill="+z.bill).Body.String(), "declare")
	form.Set("/lines/0/name", "Frozen orange juice, unfinished")
	form.Set("/lines/1/name", "a second line")
	form.Set("/nosuch/field", "smuggled in")
	w := post(t, h, "/declare", with(form, "do", "save"))
	path := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(path, "/declare?draft=") {
		t.Fatalf("%d %s %s", w.Code, path, refusalOf(w.Body.String()))
	}
	body := get(t, h, path).Body.String()
	again := formOf(t, body, "declare")
	if again.Get("/lines/0/name") != "Frozen orange juice, unfinished" || again.Get("/lines/1/name") != "a second line" || again.Get("/billOfLading") != "COSU1" || again.Get("bill") != z.bill {
		t.Errorf("not restored: %v", again)
	}
	if !strings.Contains(body, "Draft kept 2026-11-23") || strings.Contains(body, "smuggled in") {
		t.Error("the page does not say when it was kept, or keeps what is no field")
	}
	// The page sends it by itself while it is written.
	id := again.Get("draft")
	w = post(t, h, "/drafts", with(again, "/lines/0/name", "Frozen orange juice, nearly finished"))
	var answer struct{ ID, Path, Said string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || answer.ID != id || answer.Path != path || answer.Said == "" {
		t.Errorf("%d %s %v", w.Code, w.Body.String(), err)
	}
	if list := get(t, h, "/drafts").Body.String(); strings.Count(list, "/declare?draft=") != 1 || !strings.Contains(list, "COSU1") {
		t.Error("the list does not show the draft once")
	}
	for _, page := range []string{"/home", "/declare"} {
		if body := get(t, h, page).Body.String(); !strings.Contains(body, "1 unfinished declaration is kept") {
			t.Errorf("%s does not lead to it", page)
		}
	}
	// Nobody else is told that it is there; no journal entry names it.
	absent := get(t, h, "/declare?draft=nosuch")
	for _, who := range []string{"other", "officer", "auditor", "chief"} {
		pages := z.pages(people[who])
		if got := get(t, pages, path); got.Code != absent.Code && got.Code != http.StatusForbidden || strings.Contains(got.Body.String(), "nearly finished") {
			t.Errorf("%s opens it: %d", who, got.Code)
		}
		if got := post(t, pages, "/drafts/"+id, form); got.Code != http.StatusNotFound && got.Code != http.StatusForbidden {
			t.Errorf("%s discards it: %d", who, got.Code)
		}
		if body := get(t, pages, "/drafts").Body.String(); strings.Contains(body, id) {
			t.Errorf("%s lists it", who)
		}
	}
	entries, err := z.store.Entries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(string(e.Body), "unfinished") || strings.HasPrefix(e.Type, "draft") {
			t.Errorf("the journal tells of it: %s", e.Type)
		}
	}
	// What cannot be kept is said, and the form stays.
	for range draft.Most - 1 {
		post(t, h, "/declare", with(form, "do", "save"))
	}
	if w := post(t, h, "/declare", with(form, "do", "save")); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "DRAFT-MANY-01") || !strings.Contains(w.Body.String(), "a second line") {
		t.Errorf("too many: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, h, "/drafts", form); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "You keep 10 drafts already") {
		t.Errorf("too many, by script: %d %s", w.Code, w.Body.String())
	}
	if w := post(t, h, "/drafts/"+id, form); w.Code != http.StatusSeeOther {
		t.Errorf("discard: %d", w.Code)
	}
	if w := get(t, h, path); w.Code != absent.Code {
		t.Errorf("a discarded draft opens: %d", w.Code)
	}
}

func TestADraftEndsWhenItsDeclarationIsLodged(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["enterprise"])
	form := formOf(t, get(t, h, "/declare?from="+z.held).Body.String(), "declare")
	path := post(t, h, "/declare", with(form, "do", "save")).Header().Get("Location")
	again := formOf(t, get(t, h, path).Body.String(), "declare")
	if w := post(t, h, "/declare", with(again, "do", "lodge", "/grossMass", "much")); w.Code != http.StatusUnprocessableEntity || get(t, h, path).Code != http.StatusOK {
		t.Errorf("a form with faults lost its draft: %d", w.Code)
	}
	if w := post(t, h, "/declare", with(again, "do", "lodge")); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/declarations/") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if list := get(t, h, "/drafts").Body.String(); strings.Contains(list, "/declare?draft=") {
		t.Error("the draft of a lodged declaration is still there")
	}
}
