package console

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/subscription"
)

func TestAnEnterpriseKeepsItsWebhooks(t *testing.T) {
	z := newZone(t)
	z.live()
	trade, other, admin := z.pages(z.people()["enterprise"]), z.pages(z.people()["other"]), z.pages(z.people()["operator"])
	form := formOf(t, strings.Replace(get(t, trade, "/webhooks/new").Body.String(), `<form class="form card narrow"`, `<form id="new"`, 1), "new")
	form.Set("url", "http://erp.example.com")
	if w := post(t, trade, "/webhooks", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-url"`) {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("url", "https://erp.example.com/seine")
	form.Set("topics", "declaration, tax-bill")
	w := post(t, trade, "/webhooks", form)
	secret := regexp.MustCompile(`whsec_[^<]+`).FindString(w.Body.String())
	if w.Code != http.StatusOK || secret == "" {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	path := regexp.MustCompile(`/webhooks/[0-9][0-9a-z]+`).FindString(get(t, trade, "/webhooks").Body.String())
	if path == "" || strings.Contains(get(t, trade, path).Body.String(), "whsec_") {
		t.Fatal("the webhook is not listed, or its secret is shown again", path)
	}
	if code := get(t, other, path).Code; code != http.StatusNotFound {
		t.Errorf("shown to another: %d", code)
	}
	if strings.Contains(get(t, admin, "/webhooks").Body.String(), "erp.example.com") {
		t.Error("customs lists the webhook of an enterprise as its own")
	}
	act := func(name string) string {
		t.Helper()
		acts := formOf(t, get(t, trade, path).Body.String(), "acts")
		acts.Set("act", name)
		w := post(t, trade, path, acts)
		if w.Code >= http.StatusBadRequest {
			t.Fatalf("%s: %d %s", name, w.Code, refusalOf(w.Body.String()))
		}
		return w.Body.String()
	}
	state := func() subscription.Webhook { return saved[subscription.Webhook](z, dossier.Webhook, path) }
	if next := regexp.MustCompile(`whsec_[^<]+`).FindString(act("rotate")); next == "" || next == secret || state().Former == nil {
		t.Error("no other secret", next)
	}
	if act("pause"); state().State != subscription.Paused {
		t.Error(state().State)
	}
	change := formOf(t, get(t, trade, path).Body.String(), "change")
	change.Set("act", "change")
	change.Set("topics", "Declaration!")
	if w := post(t, trade, path, change); !strings.Contains(w.Body.String(), "HTTP-TOPIC-01") || !strings.Contains(w.Body.String(), "Declaration!") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	change.Set("topics", "declaration")
	if w := post(t, trade, path, change); w.Code != http.StatusSeeOther || len(state().Topics) != 1 || state().State != subscription.Paused {
		t.Fatalf("%d %s %+v", w.Code, refusalOf(w.Body.String()), state())
	}
	act("resume")
	// A delivery that was given up is sent again.
	var out decision.Outcome
	subscription.Order(&out, z.store.NewID(), state().ID, z.entry, 1, z.clock.Now())
	d := out.Puts[0].Body.(subscription.Delivery)
	d.State, d.Result, d.Attempts = subscription.GivenUp, "connection refused", 11
	z.put(dossier.Delivery, d.ID, d)
	if err := z.store.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	body := get(t, trade, path).Body.String()
	if !strings.Contains(body, "connection refused") {
		t.Fatal("the delivery is not shown")
	}
	again := formOf(t, get(t, trade, path).Body.String(), "acts")
	again.Set("act", "resend")
	again.Set("delivery", d.ID)
	if w := post(t, trade, path, again); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if waiting, err := z.store.Claim(t.Context(), subscription.Channel, 10, 1); err != nil || len(waiting) != 1 {
		t.Error(waiting, err)
	}
	if act("remove"); state().State != subscription.Removed {
		t.Error(state().State)
	}
	if strings.Contains(get(t, trade, path).Body.String(), `id="acts"`) {
		t.Error("a removed webhook offers acts")
	}
}
