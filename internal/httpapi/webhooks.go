package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/party"
	"seine/internal/store"
	"seine/internal/subscription"
)

const fanOutID = "webhooks-position"

// HookOptions say how webhooks are sent.
type HookOptions struct {
	Source string // of the events: the address of the house
	// Private also sends to addresses of the machine and the local network and
	// without TLS: for tests and demonstrations.
	Private bool
	Timeout time.Duration   // of one attempt; 10 s
	Backoff []time.Duration // between attempts; given up after the last
	Log     *slog.Logger
}

// backoff is how long a receiver that fails is waited for, about three days in
// all.
var backoff = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour,
}

// Webhooks finds out which entries go to whom and sends them. Deliveries are
// orders in the outbox: they survive a crash and may then come twice; receivers
// go by webhook-id, which is the entry's id for ever.
type Webhooks struct {
	store    Store
	identity *identity.Desk
	clock    clock.Clock
	o        HookOptions
	client   *http.Client
	at       int64 // position that was looked at
	began    bool
	ended    map[string]bool // removed webhooks that nothing waits for any more
}

// NewWebhooks gives the sender. The house runs Run.
func NewWebhooks(st Store, desk *identity.Desk, c clock.Clock, o HookOptions) *Webhooks {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.Source = cmp.Or(o.Source, "urn:seine")
	if len(o.Backoff) == 0 {
		o.Backoff = backoff
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !o.Private {
		dialer.Control = onlyOutside
	}
	return &Webhooks{
		store: st, identity: desk, clock: c, o: o, ended: map[string]bool{},
		client: &http.Client{
			Timeout:       o.Timeout,
			Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// onlyOutside keeps webhooks from reaching into the house's own network: the
// address is looked at after its name was resolved.
func onlyOutside(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := at.Addr().Unmap(); !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return fmt.Errorf("%s is no public address", ip)
	}
	return nil
}

// Run sends webhooks until ctx ends.
func (w *Webhooks) Run(ctx context.Context) error {
	grown, stop := w.store.Watch()
	defer stop()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := errors.Join(w.FanOut(ctx), w.Deliver(ctx)); err != nil && ctx.Err() == nil {
			w.o.Log.Error("webhooks stopped short and will go on", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-grown:
			if !open {
				return nil
			}
		case <-tick.C:
		}
	}
}

// position is how far the journal was looked at for webhooks.
type position struct {
	Name string `json:"name"`
	At   int64  `json:"at"`
}

// FanOut orders the deliveries of what was journaled since the last time. The
// position moves in the same transaction as the orders, so no entry is ordered
// twice and none is missed.
func (w *Webhooks) FanOut(ctx context.Context) error {
	var from position
	version, err := w.store.Load(ctx, dossier.Parameter, fanOutID, &from)
	if fault.Is(err, "STORE-ABSENT-01") {
		from, version, err = position{Name: fanOutID}, 0, nil
	}
	if err != nil {
		return err
	}
	if w.at < from.At || !w.began {
		w.at, w.began = max(w.at, from.At), true
	}
	hooks, err := w.hooks(ctx, subscription.Active)
	if err != nil {
		return err
	}
	for {
		entries, err := w.store.Entries(ctx, w.at, feedChunk)
		if err != nil || len(entries) == 0 {
			return err
		}
		orders, err := w.orders(ctx, hooks, entries)
		if err != nil {
			return err
		}
		last := entries[len(entries)-1].Position
		// Without webhooks nothing is written, but for a mark now and then.
		if len(orders.Orders) > 0 || last-from.At > 10_000 {
			from.At = last
			orders.Puts = append(orders.Puts, decision.Put{Kind: dossier.Parameter, ID: fanOutID, Version: version, Body: from})
			_, err := w.store.Decide(ctx, w.command("webhook.order"), func(decision.View) (decision.Outcome, error) { return orders, nil })
			if fault.Is(err, "STORE-RACE-01") {
				w.at = from.At
				return nil // another node was here; its position is read next time
			}
			if err != nil {
				return err
			}
			version++
		}
		w.at = last
	}
}

func (w *Webhooks) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: "system", Received: w.clock.Now()}
}

// hooks gives the webhooks of a state.
func (w *Webhooks) hooks(ctx context.Context, state subscription.State) ([]subscription.Webhook, error) {
	var hooks []subscription.Webhook
	q := store.Query{Where: map[string][]string{"state": {string(state)}}, Limit: 1000}
	for {
		page, err := w.store.List(ctx, dossier.Webhook, q)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			var h subscription.Webhook
			if err := json.Unmarshal(item.Body, &h); err != nil {
				return nil, err
			}
			hooks = append(hooks, h)
		}
		if page.Next == "" {
			return hooks, nil
		}
		q.Before = page.Next
	}
}

func (w *Webhooks) orders(ctx context.Context, hooks []subscription.Webhook, entries []*store.Stored) (decision.Outcome, error) {
	var out decision.Outcome
	for i := range hooks {
		h := &hooks[i]
		p := principalOf(h)
		may := func(a party.Action, o party.Object) error { return w.identity.May(ctx, p, a, o) }
		for _, e := range entries {
			if e.Position <= h.After || !h.Topics.Takes(e.Type) {
				continue
			}
			ok, err := visible(may, p, &e.Entry)
			if err != nil {
				return out, err
			}
			if ok {
				subscription.Order(&out, w.store.NewID(), h.ID, e.ID, e.Position, w.clock.Now())
			}
		}
	}
	return out, nil
}

// principal is with whose eyes a webhook looks.
func principalOf(h *subscription.Webhook) *identity.Principal {
	p := &identity.Principal{Actor: h.Actor}
	if h.Owner == subscription.Customs {
		p.Officer = &party.Officer{ID: h.Actor.ID}
	}
	return p
}

// Deliver sends what waits and is due. What is for a paused webhook stays where
// it is until that is resumed; what is for a removed one ends.
func (w *Webhooks) Deliver(ctx context.Context) error {
	if err := w.end(ctx); err != nil {
		return err
	}
	held, err := w.hooks(ctx, subscription.Paused)
	if err != nil {
		return err
	}
	var except []string
	for i := range held {
		except = append(except, held[i].ID)
	}
	for {
		waiting, err := w.store.ClaimExcept(ctx, subscription.Channel, except, 50, w.claim())
		if err != nil || len(waiting) == 0 {
			return err
		}
		for i := range waiting {
			if err := w.one(ctx, &waiting[i]); err != nil {
				return err
			}
		}
	}
}

// claim is how long a delivery is in hand at most.
func (w *Webhooks) claim() time.Duration { return w.o.Timeout*3 + time.Minute }

// end gives up what waits for removed webhooks, due or not.
func (w *Webhooks) end(ctx context.Context) error {
	removed, err := w.hooks(ctx, subscription.Removed)
	if err != nil {
		return err
	}
	for i := range removed {
		id := removed[i].ID
		for !w.ended[id] {
			waiting, err := w.store.ClaimOf(ctx, subscription.Channel, id, 50, w.claim())
			if err != nil {
				return err
			}
			for i := range waiting {
				if err := w.one(ctx, &waiting[i]); err != nil {
					return err
				}
			}
			w.ended[id] = len(waiting) == 0
		}
	}
	return nil
}

// one sends one delivery and notes the result.
func (w *Webhooks) one(ctx context.Context, o *store.Outgoing) error {
	var h subscription.Webhook
	if _, err := w.store.Load(ctx, dossier.Webhook, o.Target, &h); err != nil {
		return err
	}
	result, done := "the webhook was removed", false
	switch h.State {
	case subscription.Paused: // since its orders were claimed
		return w.store.Unclaim(ctx, o.ID)
	case subscription.Active:
		var err error
		if result, done, err = w.attempt(ctx, o, &h); err != nil {
			return err
		}
	}
	var d subscription.Delivery
	version, err := w.store.Load(ctx, dossier.Delivery, o.ID, &d)
	if err != nil {
		return err
	}
	d.Attempts, d.Result, d.Next = o.Attempts, result, 0
	again := clock.Instant(0)
	switch {
	case h.State == subscription.Removed:
		d.Attempts, d.State = o.Attempts-1, subscription.GivenUp
	case done:
		d.Tried, d.State = w.clock.Now(), subscription.Delivered
	case o.Attempts > len(w.o.Backoff):
		d.Tried, d.State = w.clock.Now(), subscription.GivenUp
	default:
		d.Tried = w.clock.Now()
		again = d.Tried.Add(w.o.Backoff[o.Attempts-1])
		d.Next = again
	}
	_, err = w.store.Decide(ctx, w.command("webhook.result"), func(decision.View) (decision.Outcome, error) {
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Delivery, ID: d.ID, Version: version, Body: d}}}, nil
	})
	if err != nil {
		return err
	}
	if done || h.State == subscription.Removed {
		return w.store.Sent(ctx, o.ID, result)
	}
	return w.store.Failed(ctx, o.ID, result, again)
}

// attempt sends a delivery once; done where it arrived.
func (w *Webhooks) attempt(ctx context.Context, o *store.Outgoing, h *subscription.Webhook) (result string, done bool, err error) {
	var body struct{ Entry string }
	if err := json.Unmarshal(o.Body, &body); err != nil {
		return "", false, err
	}
	e, err := w.store.Entry(ctx, body.Entry)
	if err != nil {
		return "", false, err
	}
	shown, _ := forReader(principalOf(h), e.Entry)
	raw, err := json.Marshal(eventOf(w.o.Source, shown))
	if err != nil {
		return "", false, err
	}
	at := time.Now() // receivers compare with their own clocks, not with the zone's
	var signatures []string
	for _, secret := range h.Secrets(w.clock.Now()) {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return "", false, err
		}
		signature, err := signer.Sign(e.ID, at, raw)
		if err != nil {
			return "", false, err
		}
		signatures = append(signatures, signature)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(raw))
	if err != nil {
		return err.Error(), false, nil
	}
	r.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	r.Header.Set("User-Agent", "Seine-Webhooks/1")
	r.Header.Set(standardwebhooks.HeaderWebhookID, e.ID)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	answer, err := w.client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return "", false, ctx.Err()
		}
		return clip(err.Error()), false, nil
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // so that the connection can be used again
	return answer.Status, answer.StatusCode >= 200 && answer.StatusCode < 300, nil
}
