package console

import (
	"net/http"
	"strings"
	"testing"

	"seine/internal/dossier"
	"seine/internal/oversight"
)

func TestAModeIsSwitchedOnItsPage(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	const path = "/modes/import-direct"
	chief := z.pages(people["chief"])
	form := formOf(t, get(t, chief, path).Body.String(), "switch")
	form.Set("areas", "atlantis")
	form.Set("from", "soon")
	form.Set("reason", "scanners stand here only")
	if w := post(t, chief, path, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-areas"`) || !strings.Contains(w.Body.String(), `href="#f-valid-from"`) || !strings.Contains(w.Body.String(), "scanners stand here only") {
		t.Errorf("an unknown area and a day in words: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	file := formOf(t, get(t, chief, path).Body.String(), "file")
	file.Set("source", "mode: [")
	if w := post(t, chief, path, file); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-source"`) {
		t.Errorf("a broken file: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("areas", zoneArea)
	form.Set("from", z.clock.Now().Date().AddDays(1).String())
	if w := post(t, chief, path, form); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "REVIEW-SECOND-01") {
		t.Errorf("nobody else may agree: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	// Another head makes it two.
	for i := range z.ref.Officers {
		if z.ref.Officers[i].ID == "g1" {
			head := z.ref.Officers[i]
			head.ID, head.Number, head.Superiors, head.Posts = "head2", "head2", nil, z.ref.Officers[0].Posts
			for _, o := range z.ref.Officers {
				if o.ID == "chief" {
					head.Posts = o.Posts
				}
			}
			next := *z.ref
			next.Officers = append(next.Officers[:len(next.Officers):len(next.Officers)], head)
			z.ref = next.With(z.ref.Modes())
			break
		}
	}
	form.Set("key", "again")
	w := post(t, chief, path, form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	ids, err := z.store.Find(t.Context(), dossier.ModeVersion, "mode", "import-direct", 10)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if doc := saved[oversight.ModeVersion](z, dossier.ModeVersion, "/"+ids[0]); doc.ModeVersion != 2 || !strings.Contains(doc.Source, "areas: ["+zoneArea+"]") {
		t.Errorf("%d %s", doc.ModeVersion, doc.Source)
	}
	if body := get(t, z.pages(people["officer"]), path).Body.String(); !strings.Contains(body, "scanners stand here only") || strings.Contains(body, `id="switch"`) {
		t.Error("an officer does not see the proposal, or is offered the form")
	}
	if body := get(t, z.pages(people["enterprise"]), path).Body.String(); strings.Contains(body, "scanners stand here only") || !strings.Contains(body, "Ordinary import") {
		t.Error("an enterprise sees the proposal, or not the mode")
	}
	for _, who := range []string{"officer", "analyst", "enterprise", "lane"} {
		if w := post(t, z.pages(people[who]), path, form); w.Code != http.StatusForbidden {
			t.Errorf("%s proposes: %d", who, w.Code)
		}
	}
}
