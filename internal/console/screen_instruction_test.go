package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"seine/internal/dossier"
	"seine/internal/oversight"
	"seine/internal/risk"
)

func TestAnInstructionIsIssuedApprovedAndWithdrawnOnItsPages(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	first, second := z.pages(people["analyst"]), z.pages(people["analyst2"])
	const list = "/settings/instructions"
	if body := get(t, first, list).Body.String(); !strings.Contains(body, "No control instruction") || !strings.Contains(body, list+"/new") {
		t.Error("an empty list does not say so, or nothing can be issued")
	}
	form := formOf(t, get(t, first, list+"/new").Body.String(), "issue")
	form.Set("scope", `offise = "2218"`)
	form.Set("share", "all")
	form.Set("reason", "tip of the port")
	for path, wrong := range map[string]url.Values{"share": form, "scope": with(form, "share", "100"), "to": with(form, "share", "100", "scope", `office = "2218"`, "to", "2026-11-01")} {
		if w := post(t, first, list, wrong); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-`+path+`"`) || !strings.Contains(w.Body.String(), "tip of the port") {
			t.Errorf("%s: %d %s", path, w.Code, refusalOf(w.Body.String()))
		}
	}
	form = with(form, "share", "25", "scope", `office = "2218"`, "secrecy", string(risk.Secret), "places", "2218, 2225")
	if w := post(t, first, list, with(form, "reason", " ")); !strings.Contains(w.Body.String(), `href="#f-reason"`) {
		t.Errorf("without a reason: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	w := post(t, first, list, form)
	at := made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	for _, who := range []string{"officer", "enterprise", "operator"} {
		if w := post(t, z.pages(people[who]), list, form); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s issues one: %d", who, w.Code)
		}
	}
	body := get(t, first, at).Body.String()
	if !strings.Contains(body, "tip of the port") || !strings.Contains(body, "/proposals/") || strings.Contains(body, `id="acts"`) {
		t.Error("the issuer is not led to the proposal, or offered more")
	}
	if w := post(t, first, at, url.Values{"act": {"approve"}, "reason": {"mine"}, "key": {"i1"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("the issuer approves: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, second, "/work?view=instructions").Body.String(); !strings.Contains(body, at) {
		t.Error("it does not stand on the worklist of the risk desk")
	}
	proposal := "/proposals/" + saved[oversight.Instruction](z, dossier.Instruction, at).Proposal
	if body := get(t, z.pages(people["officer"]), proposal).Body.String(); strings.Contains(body, "tip of the port") || strings.Contains(body, "office =") {
		t.Error("the proposal tells what is secret")
	}
	agree := formOf(t, get(t, second, proposal).Body.String(), "acts")
	w = post(t, second, proposal, with(agree, "act", "agree", "reason", "looked at"))
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if in := saved[oversight.Instruction](z, dossier.Instruction, at); in.State != risk.InstructionApproved || in.Approver != "r2" || len(in.Places) != 2 {
		t.Errorf("%+v", in)
	}
	for _, who := range []string{"officer", "lane", "auditor", "chief"} {
		for _, path := range []string{list, at} {
			w := get(t, z.pages(people[who]), path)
			if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "Inspect the goods") || strings.Contains(body, "tip of the port") || strings.Contains(body, "office =") || strings.Contains(body, `id="acts"`) {
				t.Errorf("%s reads %s: %d, not the action, or more than it", who, path, w.Code)
			}
		}
	}
	if w := post(t, z.pages(people["officer"]), at, url.Values{"act": {"withdraw"}, "reason": {"no"}, "key": {"i2"}}); w.Code != http.StatusForbidden {
		t.Errorf("an officer without the right withdraws: %d", w.Code)
	}
	for _, path := range []string{list, at, list + "/new"} {
		if w := get(t, z.pages(people["enterprise"]), path); w.Code != http.StatusForbidden {
			t.Errorf("%s for an enterprise: %d", path, w.Code)
		}
	}
	if w := get(t, first, list+"/nosuch"); w.Code != http.StatusNotFound {
		t.Errorf("one that is not there: %d", w.Code)
	}
	over := formOf(t, get(t, first, at).Body.String(), "acts")
	over.Set("act", "withdraw")
	over.Set("reason", "the ship has left")
	w = post(t, first, at, over)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if body := get(t, first, list+"?view=all").Body.String(); !strings.Contains(body, "Instruction withdrawn") {
		t.Error("what was withdrawn is not kept")
	}
	if body := get(t, first, list).Body.String(); strings.Contains(body, at) {
		t.Error("what was withdrawn still stands among those that act")
	}
}

// with gives a copy of a form with other values.
func with(form url.Values, pairs ...string) url.Values {
	other := url.Values{}
	for name, values := range form {
		other[name] = values
	}
	for i := 0; i < len(pairs); i += 2 {
		other.Set(pairs[i], pairs[i+1])
	}
	return other
}
