package subscription_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/store"
	"seine/internal/subscription"
)

func TestTopicsAreBeginningsOfTypes(t *testing.T) {
	topics, err := subscription.ReadTopics(" declaration , tax-bill.paid,")
	if err != nil || len(topics) != 2 {
		t.Fatal(topics, err)
	}
	for kind, want := range map[string]bool{"declaration.released": true, "declarations.x": false, "tax-bill.paid": true, "tax-bill.issued": false} {
		if topics.Takes(kind) != want {
			t.Errorf("%s: %t", kind, !want)
		}
	}
	if all := subscription.Topics(nil); !all.Takes("manifest.tallied") || all.Takes("access.read") {
		t.Error("no topics are not all but the looks of staff")
	}
	if _, err := subscription.ReadTopics("A!"); !fault.Is(err, "HTTP-TOPIC-01") {
		t.Error(err)
	}
	if problems := subscription.Life.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestASubscriptionLives(t *testing.T) {
	now := clock.NewVirtual(clock.MustDate("2026-11-23").Start(), false)
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	desk := subscription.New(st, false)
	clerk := decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: "E1"}
	c := func() decision.Command {
		return decision.Command{Name: "webhook", Actor: clerk.ID, Received: now.Now()}
	}
	for _, bad := range []string{"http://erp.example.com", "https://user:pass@erp.example.com", "ftp://x", ""} {
		if _, err := desk.Add(t.Context(), c(), clerk, subscription.Wanted{URL: bad}); !fault.Is(err, "HTTP-HOOK-01") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	made, err := desk.Add(t.Context(), c(), clerk, subscription.Wanted{URL: "https://erp.example.com/seine", Topics: []string{"declaration"}})
	if err != nil || !strings.HasPrefix(made.Secret, "whsec_") {
		t.Fatal(made, err)
	}
	load := func() (h subscription.Webhook) {
		t.Helper()
		if _, err := st.Load(t.Context(), dossier.Webhook, made.ID, &h); err != nil {
			t.Fatal(err)
		}
		return h
	}
	if h := load(); h.Owner != "E1" || h.State != subscription.Active || h.Secret != made.Secret {
		t.Errorf("%+v", h)
	}
	rotated, err := desk.Rotate(t.Context(), c(), clerk, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	h := load()
	if both := h.Secrets(now.Now()); len(both) != 2 || both[0] != rotated.Secret || both[1] != made.Secret {
		t.Error("the old secret does not sign beside the new one")
	}
	now.Advance(25 * time.Hour)
	if one := h.Secrets(now.Now()); len(one) != 1 {
		t.Error("the old secret signs for ever")
	}
	move := func(on subscription.Event, code string) {
		t.Helper()
		_, err := desk.Move(t.Context(), c(), clerk, made.ID, on)
		if code == "" && err != nil || code != "" && !fault.Is(err, code) {
			t.Fatalf("%s: %v", on, err)
		}
	}
	move(subscription.EventPause, "")
	move(subscription.EventPause, "WEBHOOK-LIFECYCLE-01")
	move(subscription.EventResume, "")
	if _, err := desk.Change(t.Context(), c(), clerk, made.ID, subscription.Wanted{URL: "https://erp.example.com/other", State: "paused"}); err != nil {
		t.Fatal(err)
	}
	if h := load(); h.State != subscription.Paused || len(h.Topics) != 0 || !strings.HasSuffix(h.URL, "other") {
		t.Errorf("%+v", h)
	}
	move(subscription.EventRemove, "")
	if _, err := desk.Rotate(t.Context(), c(), clerk, made.ID); !fault.Is(err, "WEBHOOK-LIFECYCLE-01") {
		t.Error(err)
	}
	// Nothing of the secrets stands in the journal.
	entries, err := st.Entries(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(entries)
	if err != nil || strings.Contains(string(raw), "whsec_") {
		t.Error("a secret stands in the journal", err)
	}
}
