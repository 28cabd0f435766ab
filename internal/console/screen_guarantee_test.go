package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/num"
)

func TestAGuaranteeIsRegisteredByOneAndAcceptedByAnother(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	first, second := z.pages(people["cover"]), z.pages(people["cover2"])
	if body := get(t, first, "/due?view=guarantees").Body.String(); !strings.Contains(body, "/guarantees/new") || !strings.Contains(body, "/guarantees/G1") {
		t.Error("the list does not lead on")
	}
	form := formOf(t, get(t, first, "/guarantees/new").Body.String(), "register")
	form = with(form, "number", "L-7", "enterprise", z.owner, "guarantor", "Bank of Shanghai", "obligation", "taxes", "liability", "", "limit", "1,000.00", "validTo", "2027-06-30", "beneficiary", "on", "reason", "letter on paper")
	if w := post(t, first, "/guarantees", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-liability"`) {
		t.Fatalf("without liability: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	for _, who := range []string{"officer", "enterprise", "auditor"} {
		if w := post(t, z.pages(people[who]), "/guarantees", with(form, "liability", "joint")); w.Code != http.StatusForbidden {
			t.Errorf("%s registers: %d", who, w.Code)
		}
	}
	w := post(t, first, "/guarantees", with(form, "liability", "joint and several"))
	path := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(path, "/proposals/") {
		t.Fatalf("%d %s %s", w.Code, path, refusalOf(w.Body.String()))
	}
	state := func(number string, want guarantee.State, limit num.Money) {
		t.Helper()
		var g guarantee.Guarantee
		if _, err := z.store.Load(t.Context(), dossier.Guarantee, number, &g); err != nil || g.State != want || g.Limit != limit {
			t.Errorf("%+v %v", g, err)
		}
	}
	state("L-7", guarantee.Registered, 100_000)
	if body := get(t, first, "/guarantees/L-7").Body.String(); !strings.Contains(body, path) || strings.Contains(body, `value="accept"`) {
		t.Error("the page offers an answer of one officer, or does not lead to the proposal")
	}
	agree := func(path string) {
		t.Helper()
		acts := formOf(t, get(t, second, path).Body.String(), "acts")
		if w := post(t, second, path, with(acts, "act", "agree", "reason", "seen")); w.Code != http.StatusSeeOther {
			t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
		}
	}
	agree(path)
	state("L-7", guarantee.Active, 100_000)
	onPaper := func(pairs ...string) url.Values {
		return with(formOf(t, get(t, first, "/guarantees/L-7").Body.String(), "acts"), pairs...)
	}
	if w := post(t, first, "/guarantees/L-7", onPaper("act", "change", "limit", "a lot", "reason", "more")); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-limit"`) {
		t.Errorf("a limit that cannot be read: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, first, "/guarantees/L-7", onPaper("act", "change", "limit", "2500", "validTo", "2027-12-31", "reason", "a further letter")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	body := get(t, first, "/guarantees/L-7").Body.String()
	_, rest, _ := strings.Cut(body, "/proposals/")
	id, _, _ := strings.Cut(rest, `"`)
	agree("/proposals/" + id)
	state("L-7", guarantee.Active, 250_000)
	if body := get(t, z.pages(people["enterprise"]), "/guarantees/L-7").Body.String(); !strings.Contains(body, Amount(250_000, "CNY")) || strings.Contains(body, `id="acts"`) {
		t.Error("the enterprise does not see what is free, or is offered acts of officers")
	}
	if w := post(t, first, "/guarantees/L-7", onPaper("act", "end", "reason", "")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no reason: %d", w.Code)
	}
	if w := post(t, first, "/guarantees/L-7", onPaper("act", "end", "reason", "the enterprise asked")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	state("L-7", guarantee.Expired, 250_000)
	if w := post(t, first, "/guarantees/L-7", onPaper("act", "return", "reason", "nothing is held")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
}
