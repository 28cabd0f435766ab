package console

import (
	"net/http"
	"strings"
	"testing"

	"seine/internal/dossier"
	"seine/internal/party"
)

func TestAGradeIsProposedOnThePageOfItsEnterprise(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	path := "/enterprises/" + z.owner
	officer := z.pages(people["officer"])
	body := get(t, officer, path).Body.String()
	if !strings.Contains(body, "Advanced certified") || !strings.Contains(body, "2022-01-01") {
		t.Error("the officer does not see the grade and its history")
	}
	form := formOf(t, body, "grade")
	form.Set("from", "soon")
	if w := post(t, officer, path, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-from"`) {
		t.Errorf("a day in words: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("from", z.clock.Now().Date().AddDays(1).String())
	form.Set("reason", "hid <goods>")
	w := post(t, officer, path, form)
	for _, field := range []string{"#f-grade", "#f-law", "#f-evidence"} {
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="`+field+`"`) {
			t.Errorf("the same grade without law and evidence: %d, %s is not named", w.Code, field)
		}
	}
	if !strings.Contains(w.Body.String(), "hid &lt;goods&gt;") {
		t.Error("what was typed is lost")
	}
	form.Set("grade", "dishonest")
	form.Set("law", "credit rules of 2026")
	form.Set("evidence", "P-2026-7\r\nA-31")
	for _, who := range []string{"lane", "inspector", "auditor", "analyst", "enterprise", "other", "chief"} {
		if w := post(t, z.pages(people[who]), path, form); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s proposes: %d", who, w.Code)
		}
	}
	form.Set("key", "again")
	w = post(t, officer, path, form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	ids, err := z.store.Find(t.Context(), dossier.Proposal, "subject", z.owner, 10)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if e := saved[party.Enterprise](z, dossier.Enterprise, "/"+z.owner); len(e.Grades) != 1 {
		t.Errorf("one officer changed %+v", e.Grades)
	}
	if !strings.Contains(get(t, officer, path).Body.String(), "/proposals/"+ids[0]) {
		t.Error("the page does not lead to the proposal")
	}
	shown := get(t, officer, "/proposals/"+ids[0]).Body.String()
	for _, want := range []string{"Advanced certified", "Dishonest", "P-2026-7", "Credit grade"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the proposal does not show %s", want)
		}
	}
	if body := get(t, z.pages(people["enterprise"]), path).Body.String(); !strings.Contains(body, "Advanced certified") || strings.Contains(body, `id="grade"`) || strings.Contains(body, ids[0]) {
		t.Error("an enterprise does not see its own grade, or sees the proposal or its form")
	}
	if w := get(t, z.pages(people["other"]), path); w.Code != get(t, z.pages(people["other"]), "/enterprises/nobody").Code || strings.Contains(w.Body.String(), "2022-01-01") {
		t.Errorf("another enterprise reads it: %d", w.Code)
	}
}
