package httpapi

import (
	"net/http"

	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
	"seine/internal/subscription"
)

var hooks = &resource[subscription.Webhook]{
	kind: dossier.Webhook, path: "webhooks", tag: "journal", one: "webhook", many: "webhooks", owner: "owner",
	parties: func(h *subscription.Webhook) ([]string, string) { return []string{h.Owner}, "" },
	redact: func(_ *identity.Principal, h *subscription.Webhook) {
		h.Secret, h.Former, h.Actor = "", nil, decision.Actor{ID: h.Actor.ID, Kind: h.Actor.Kind}
	},
}

// ReplayWanted says which deliveries are to be sent again.
type ReplayWanted struct {
	After int64 `json:"after" doc:"every entry after this position, at most 1,000 at once"`
}

// Ordered tells how many deliveries were ordered.
type Ordered struct {
	Deliveries int   `json:"deliveries"`
	At         int64 `json:"at" doc:"position reached; ask again from here for the rest"`
}

const maxReplay = 1000

func (s *Server) webhookRoutes() {
	if s.Hooks == nil || s.Subscriptions == nil {
		return
	}
	listed(s, hooks, func(q *paging) paging { return *q }, func(*paging) map[string]string { return nil })
	hooks.show(s)
	add(s, route{id: "add-webhook", method: http.MethodPost, path: "/api/v1/webhooks", tag: "journal", status: http.StatusCreated, summary: "Subscribe to journal entries; the secret is shown once"},
		func(c *call, in *struct{ Body subscription.Wanted }) (subscription.Made, error) {
			owner := c.who.Actor.Enterprise
			if c.who.Staff() {
				owner = subscription.Customs
			}
			if err := c.may(c.hookRight(), party.Object{Kind: string(dossier.Webhook), ID: "new", Parties: []string{owner}}); err != nil {
				return subscription.Made{}, err
			}
			return s.Subscriptions.Add(c.ctx(), c.command("webhook.add"), c.who.Actor, in.Body)
		})
	add(s, route{id: "change-webhook", method: http.MethodPut, path: "/api/v1/webhooks/{id}", tag: "journal", summary: "Change address, topics or state of a subscription"},
		func(c *call, in *struct {
			byDocument
			Body subscription.Wanted
		},
		) (none, error) {
			_, id, _, err := hooks.load(c, in.ID, c.hookRight())
			if err == nil {
				_, err = s.Subscriptions.Change(c.ctx(), c.command("webhook.change/"+id), c.who.Actor, id, in.Body)
			}
			return none{}, err
		})
	add(s, route{id: "rotate-webhook-secret", method: http.MethodPost, path: "/api/v1/webhooks/{id}/secret", tag: "journal", summary: "A new secret, shown once; the old one signs beside it for a day"},
		func(c *call, in *byDocument) (subscription.Made, error) {
			_, id, _, err := hooks.load(c, in.ID, c.hookRight())
			if err != nil {
				return subscription.Made{}, err
			}
			return s.Subscriptions.Rotate(c.ctx(), c.command("webhook.rotate/"+id), c.who.Actor, id)
		})
	for _, move := range []struct {
		id, method, path, summary string
		on                        subscription.Event
	}{
		{"pause-webhook", http.MethodPost, "/pause", "Send nothing until it is resumed: what waits goes on waiting", subscription.EventPause},
		{"resume-webhook", http.MethodPost, "/resume", "Send what waits and what is journaled from now on", subscription.EventResume},
		{"remove-webhook", http.MethodDelete, "", "End a subscription and what waits for it", subscription.EventRemove},
	} {
		add(s, route{id: move.id, method: move.method, path: "/api/v1/webhooks/{id}" + move.path, tag: "journal", summary: move.summary},
			func(c *call, in *byDocument) (none, error) {
				_, id, _, err := hooks.load(c, in.ID, c.hookRight())
				if err == nil {
					_, err = s.Subscriptions.Move(c.ctx(), c.command("webhook."+string(move.on)+"/"+id), c.who.Actor, id, move.on)
				}
				return none{}, err
			})
	}
	add(s, route{id: "resend-delivery", method: http.MethodPost, path: "/api/v1/webhooks/{id}/deliveries/{delivery}/resend", tag: "journal", status: http.StatusAccepted, summary: "Send the entry of one delivery again"},
		func(c *call, in *struct {
			byDocument
			Delivery string `path:"delivery" doc:"id of the delivery"`
		},
		) (none, error) {
			_, id, _, err := hooks.load(c, in.ID, c.hookRight())
			if err == nil {
				_, err = s.Subscriptions.Resend(c.ctx(), c.command("webhook.resend/"+in.Delivery), c.who.Actor, id, in.Delivery)
			}
			return none{}, err
		})
	deliveries := &resource[subscription.Delivery]{kind: dossier.Delivery}
	add(s, route{id: "list-deliveries", method: http.MethodGet, path: "/api/v1/webhooks/{id}/deliveries", tag: "journal", summary: "Deliveries of a subscription, newest first"},
		func(c *call, in *struct {
			byDocument
			paging
			State string `query:"state" doc:"waiting, delivered or given-up"`
		},
		) (page[*subscription.Delivery], error) {
			out := page[*subscription.Delivery]{Items: []*subscription.Delivery{}}
			_, id, _, err := hooks.load(c, in.ID, party.View)
			if err != nil {
				return out, err
			}
			q := store.Query{Where: map[string][]string{"webhook": {id}}, Before: in.After, Limit: in.Limit}
			if in.State != "" {
				q.Where["state"] = []string{in.State}
			}
			return deliveries.plain(c, q)
		})
	add(s, route{id: "replay-webhook", method: http.MethodPost, path: "/api/v1/webhooks/{id}/replay", tag: "journal", status: http.StatusAccepted, summary: "Send entries again"},
		func(c *call, in *struct {
			byDocument
			Body ReplayWanted
		},
		) (Ordered, error) {
			return s.replay(c, in.ID, in.Body.After)
		})
}

// hookRight is what somebody needs to change webhooks: customs manage, the trade
// lodges.
func (c *call) hookRight() party.Action {
	if c.who.Staff() {
		return party.Manage
	}
	return party.Lodge
}

// replay orders the entries after a position again.
func (s *Server) replay(c *call, id string, after int64) (Ordered, error) {
	h, id, _, err := hooks.load(c, id, c.hookRight())
	if err != nil {
		return Ordered{}, err
	}
	entries, err := s.store.Entries(c.ctx(), after, maxReplay)
	if err != nil || len(entries) == 0 {
		return Ordered{At: after}, err
	}
	again := *h
	again.ID, again.After = id, 0
	out, err := s.Hooks.orders(c.ctx(), []subscription.Webhook{again}, entries)
	if err != nil {
		return Ordered{}, err
	}
	done := Ordered{Deliveries: len(out.Orders), At: entries[len(entries)-1].Position}
	if done.Deliveries == 0 {
		return done, nil
	}
	out.Reply = done
	_, err = c.replied(s.store.Decide(c.ctx(), c.command("webhook.replay/"+id), func(v decision.View) (decision.Outcome, error) {
		out.Entries = []journal.Entry{decision.Entry(v, c.who.Actor, "webhook.replayed", refOf(dossier.Webhook, id))}
		return out, nil
	}))
	return done, err
}
