package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"seine/internal/dossier"
	"seine/internal/oversight"
	"seine/internal/risk"
)

// draftOf begins a draft as the analyst and gives its page.
func draftOf(t *testing.T, h http.Handler) string {
	t.Helper()
	w := post(t, h, "/settings/risk/drafts", url.Values{"subject": {"declaration"}, "key": {"begin"}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("begin: %d %s", w.Code, stateOf(w.Body.String()))
	}
	return w.Header().Get("Location")
}

func seen(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	return regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(get(t, h, path).Body.String())[1]
}

func TestARiskTableIsChangedTriedAndAgreed(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	h := z.pages(people["analyst"])
	path := draftOf(t, h)
	shipped, err := shippedTables()
	if err != nil {
		t.Fatal(err)
	}
	var scored risk.RuleSpec
	for _, r := range shipped[risk.Declaration].Spec.Rules {
		if r.Weight > 0 {
			scored = r
		}
	}
	send := func(form url.Values) (int, string) {
		form.Set("seen", seen(t, h, path))
		w := post(t, h, path, form)
		return w.Code, w.Body.String()
	}
	body := get(t, h, path).Body.String()
	if !strings.Contains(body, "declarations of this zone") || !strings.Contains(body, `class="score-old"`) {
		t.Fatal("a new draft was not tried on the past")
	}
	if code, body := send(url.Values{"act": {"weights"}, "weight." + scored.ID: {"many"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "CONSOLE-WHOLE-01") {
		t.Errorf("a weight in words: %d", code)
	}
	if code, body := send(url.Values{"act": {"weights"}, "weight." + scored.ID: {"101"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "RISK-TABLE-04") {
		t.Errorf("a weight above 100: %d", code)
	}
	if code, _ := send(url.Values{"act": {"weights"}, "weight." + scored.ID: {"９９"}}); code != http.StatusSeeOther {
		t.Fatalf("a weight: %d", code)
	}
	if body = get(t, h, path).Body.String(); !strings.Contains(body, "<del>"+pointsOf(scored)+"</del>") || !strings.Contains(body, `value="99"`) {
		t.Error("the old weight is not struck beside the new one")
	}
	rule := url.Values{"act": {"rule"}, "rule": {"D-H01-PROHIBITED"}, "rule.when": {"prohibitted"}, "rule.hard": {"hold"}, "rule.weight": {"0"}, "rule.object": {"declaration"}}
	code, body := send(rule)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#f-rule-when"`) || !strings.Contains(body, `value="prohibitted"`) && !strings.Contains(body, ">prohibitted</textarea>") {
		t.Errorf("a fact that is not there: %d", code)
	}
	for i, act := range []url.Values{
		{"act": {"draws"}, "draws.2": {"5"}},
		{"act": {"bands"}, "bands.0.from": {"2013-09-29"}, "bands.0.medium": {"1"}, "bands.0.high": {"70"}, "bands.0.source": {"OR"}, "bands.1.from": {""}},
		{"act": {"remove"}, "rule": {"D-H02-LICENCE"}},
		{"act": {"head"}, "version": {"next"}, "from": {z.clock.Now().Date().AddDays(1).String()}, "reason": {""}},
	} {
		if code, body := send(act); code != http.StatusSeeOther {
			t.Fatalf("change %d: %d %s", i, code, refusalOf(body))
		}
	}
	var doc oversight.RiskTable
	id := path[strings.LastIndex(path, "/")+1:]
	load := func() {
		if _, err := z.store.Load(t.Context(), dossier.RiskTable, id, &doc); err != nil {
			t.Fatal(err)
		}
	}
	load()
	if len(doc.Changes) != 5 && len(doc.Changes) != 4 || doc.Tested == nil || doc.Tested.Cases == 0 || doc.Tested.Old.Channels[risk.Green] <= doc.Tested.New.Channels[risk.Green] {
		t.Errorf("%d changes, %+v", len(doc.Changes), doc.Tested)
	}
	stale := post(t, h, path, url.Values{"act": {"draws"}, "draws.2": {"6"}, "seen": {"1"}})
	if stale.Code != http.StatusConflict || !strings.Contains(stale.Body.String(), "OVERSIGHT-TABLE-07") {
		t.Errorf("an old page: %d", stale.Code)
	}
	head := url.Values{"act": {"propose"}, "version": {"next"}, "from": {z.clock.Now().Date().AddDays(1).String()}, "reason": {""}, "key": {"p"}}
	if code, body := send(head); code != http.StatusUnprocessableEntity || !strings.Contains(body, "RISK-DRAFT-02") || !strings.Contains(body, `href="#f-reason"`) {
		t.Errorf("without a reason: %d %s", code, refusalOf(body))
	}
	head.Set("reason", "too many pass")
	head.Set("key", "p2")
	if code, body := send(head); code != http.StatusSeeOther {
		t.Fatalf("propose: %d %s", code, refusalOf(body))
	}
	proposal, err := (&Server{deps: Deps{House: House{Read: z.store}}}).proposalOn(t.Context(), id)
	if err != nil || proposal == "" {
		t.Fatal(proposal, err)
	}
	if body = get(t, h, path).Body.String(); !strings.Contains(body, "/proposals/"+proposal) || strings.Contains(body, `name="act"`) {
		t.Error("a proposed table can still be changed, or does not lead to its proposal")
	}
	if w := post(t, z.pages(people["analyst2"]), "/proposals/"+proposal, url.Values{"act": {"agree"}, "reason": {"yes"}, "key": {"c"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("the second officer: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if load(); doc.State != oversight.Approved || doc.ApprovedBy != "r2" {
		t.Fatalf("%s by %s", doc.State, doc.ApprovedBy)
	}
	z.clock.Advance(24 * 3600 * 1e9)
	body = get(t, h, "/settings/risk").Body.String()
	if !strings.Contains(body, "In force: next") || !strings.Contains(body, `name="to" value="shipped"`) {
		t.Error("the approved table is not in force, or the shipped one cannot be brought back")
	}
	w := post(t, h, "/settings/risk/drafts", url.Values{"subject": {"declaration"}, "to": {"shipped"}, "key": {"back"}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("bring back: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	path = w.Header().Get("Location")
	if code, body := send(url.Values{"act": {"discard"}}); code != http.StatusSeeOther {
		t.Errorf("discard: %d %s", code, refusalOf(body))
	}
}

func TestOnlyTheRiskDeskChangesRules(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	path := draftOf(t, z.pages(people["analyst"]))
	if w := get(t, z.pages(people["analyst"]), path+"?rule=D-H01-PROHIBITED"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="edit"`) {
		t.Errorf("a rule is not open for changes: %d", w.Code)
	}
	whole, part := get(t, z.pages(people["analyst"]), path), get(t, z.pages(people["analyst"]), path, "HX-Request", "true")
	if strings.Contains(part.Body.String(), "<main") || !strings.Contains(stable(whole.Body.String()), stable(part.Body.String())) {
		t.Error("the fragment is not a part of the page")
	}
	officer := z.pages(people["officer"])
	body := get(t, officer, path).Body.String()
	if strings.Contains(body, `name="act"`) || strings.Contains(get(t, officer, "/settings/risk").Body.String(), `action="/settings/risk/drafts"`) {
		t.Error("a filing officer is offered to change rules")
	}
	shipped, err := shippedTables()
	if err != nil {
		t.Fatal(err)
	}
	secrets := 0
	for _, r := range shipped[risk.Declaration].Spec.Rules {
		if r.Secret {
			secrets++
			if strings.Contains(body, r.ID) {
				t.Errorf("a filing officer reads of secret rule %s", r.ID)
			}
		}
	}
	if secrets == 0 {
		t.Error("no secret rule to test with")
	}
	for _, form := range []url.Values{{"act": {"weights"}}, {"act": {"discard"}}} {
		if w := post(t, officer, path, form); w.Code != http.StatusForbidden {
			t.Errorf("a filing officer: %d", w.Code)
		}
	}
	if w := get(t, officer, "/settings/risk/health"); w.Code != http.StatusNotFound {
		t.Errorf("rule health for a filing officer: %d", w.Code)
	}
	for _, p := range []string{path, "/settings/risk/health"} {
		if w := get(t, z.pages(people["enterprise"]), p); w.Code != http.StatusForbidden {
			t.Errorf("%s for an enterprise: %d", p, w.Code)
		}
	}
	if w := get(t, z.pages(people["analyst"]), "/settings/risk/drafts/nosuch"); w.Code != http.StatusNotFound {
		t.Errorf("a draft that is not there: %d", w.Code)
	}
}
