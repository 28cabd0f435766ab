package httpapi

import (
	"net/http"
	"net/url"

	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

var hooks = &resource[Webhook]{
	kind: dossier.Webhook, path: "webhooks", tag: "journal", one: "webhook", many: "webhooks", owner: "owner",
	parties: func(h *Webhook) ([]string, string) { return []string{h.Owner}, "" },
	redact: func(_ *identity.Principal, h *Webhook) {
		h.Secret, h.Actor = "", decision.Actor{ID: h.Actor.ID, Kind: h.Actor.Kind}
	},
}

// WebhookWanted is a subscription as it is asked for.
type WebhookWanted struct {
	URL    string   `json:"url" doc:"https address that takes POST"`
	Topics []string `json:"topics,omitempty" doc:"beginnings of types of entries; all when not given"`
	State  string   `json:"state,omitempty" enum:"active,paused"`
}

// WebhookMade is a new subscription with its secret, which is shown this once.
type WebhookMade struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
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
	if s.Hooks == nil {
		return
	}
	listed(s, hooks, func(q *paging) paging { return *q }, func(*paging) map[string]string { return nil })
	hooks.show(s)
	add(s, route{id: "add-webhook", method: http.MethodPost, path: "/api/v1/webhooks", tag: "journal", status: http.StatusCreated, summary: "Subscribe to journal entries; the secret is shown once"},
		func(c *call, in *struct{ Body WebhookWanted }) (WebhookMade, error) { return s.subscribe(c, &in.Body) })
	change := func(c *call, id string, with func(*Webhook) error, event string) error {
		h, id, version, err := hooks.load(c, id, c.hookRight())
		if err != nil {
			return err
		}
		if err := with(h); err != nil {
			return err
		}
		_, err = s.store.Decide(c.ctx(), c.command("webhook.change/"+id), func(v decision.View) (decision.Outcome, error) {
			return decision.Outcome{
				Puts:    []decision.Put{{Kind: dossier.Webhook, ID: id, Version: version, Body: h}},
				Entries: []journal.Entry{decision.Entry(v, c.who.Actor, event, refOf(dossier.Webhook, id))},
			}, nil
		})
		return err
	}
	add(s, route{id: "change-webhook", method: http.MethodPut, path: "/api/v1/webhooks/{id}", tag: "journal", summary: "Change address, topics or state of a subscription"},
		func(c *call, in *struct {
			byDocument
			Body WebhookWanted
		},
		) (none, error) {
			return none{}, change(c, in.ID, func(h *Webhook) error { return s.fill(h, &in.Body) }, "webhook.changed")
		})
	add(s, route{id: "remove-webhook", method: http.MethodDelete, path: "/api/v1/webhooks/{id}", tag: "journal", summary: "End a subscription"},
		func(c *call, in *byDocument) (none, error) {
			return none{}, change(c, in.ID, func(h *Webhook) error { h.State = hookRemoved; return nil }, "webhook.removed")
		})
	deliveries := &resource[Delivery]{kind: kindDelivery}
	add(s, route{id: "list-deliveries", method: http.MethodGet, path: "/api/v1/webhooks/{id}/deliveries", tag: "journal", summary: "Deliveries of a subscription, newest first"},
		func(c *call, in *struct {
			byDocument
			paging
			State string `query:"state" doc:"waiting, delivered or given-up"`
		},
		) (page[*Delivery], error) {
			out := page[*Delivery]{Items: []*Delivery{}}
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

func (s *Server) subscribe(c *call, wanted *WebhookWanted) (WebhookMade, error) {
	h := Webhook{ID: s.store.NewID(), Owner: c.who.Actor.Enterprise, Actor: c.who.Actor, Secret: newSecret(), Created: c.now, After: s.store.Position()}
	if c.who.Staff() {
		h.Owner = ownerCustoms
	}
	if err := c.may(c.hookRight(), party.Object{Kind: string(dossier.Webhook), ID: "new", Parties: []string{h.Owner}}); err != nil {
		return WebhookMade{}, err
	}
	if err := s.fill(&h, wanted); err != nil {
		return WebhookMade{}, err
	}
	cmd := c.command("webhook.add")
	cmd.Key = "" // the secret is shown once, so it cannot be answered again
	_, err := s.store.Decide(c.ctx(), cmd, func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Webhook, ID: h.ID, Body: h}},
			Entries: []journal.Entry{decision.Entry(v, c.who.Actor, "webhook.added", refOf(dossier.Webhook, h.ID))},
		}, nil
	})
	return WebhookMade{h.ID, h.Secret}, err
}

// fill takes over what is wanted. Faults: HTTP-HOOK-01 (address), HTTP-HOOK-02
// (state), HTTP-TOPIC-01.
func (s *Server) fill(h *Webhook, wanted *WebhookWanted) error {
	address, err := url.Parse(wanted.URL)
	if err != nil || address.Host == "" || address.User != nil || address.Scheme != "https" && (address.Scheme != "http" || !s.Hooks.o.Private) {
		return fault.New(fault.Invalid, "HTTP-HOOK-01", "/url", "“{url}” cannot be sent to", "give an https address without a name and password in it", "url", clip(wanted.URL))
	}
	var list topics
	for _, topic := range wanted.Topics {
		one, err := topicsOf(topic)
		if err != nil {
			return err
		}
		list = append(list, one...)
	}
	switch wanted.State {
	case "", hookActive:
		h.State = hookActive
	case hookPaused:
		h.State = hookPaused
	default:
		return fault.New(fault.Invalid, "HTTP-HOOK-02", "/state", "“{state}” is no state of a webhook", "choose active or paused", "state", clip(wanted.State))
	}
	h.URL, h.Topics = wanted.URL, list
	return nil
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
	out, err := s.Hooks.orders(c.ctx(), []Webhook{again}, entries)
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
