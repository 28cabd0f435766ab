// Package subscription holds webhooks: an enterprise, or customs, has entries of
// the journal sent to an address of its own as they come, signed, so that its
// system need not ask. It tells what a subscription is and how it changes; sending
// is the door's work.
package subscription

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/lifecycle"
)

// State of a subscription.
type State string

const (
	Active  State = "active"  // what is journaled is sent
	Paused  State = "paused"  // nothing new is ordered
	Removed State = "removed" // final
)

// Event changes a subscription.
type Event string

const (
	EventPause  Event = "paused"
	EventResume Event = "resumed"
	EventRemove Event = "removed"
	EventChange Event = "changed" // address, topics or secret
)

// Life is the life of a subscription.
var Life = &lifecycle.Table[State, Event, *Webhook]{
	Name: "webhook", Code: "WEBHOOK-LIFECYCLE-01", Initial: Active,
	States: []lifecycle.State[State]{
		{Name: Active, Acts: "house: sends"},
		{Name: Paused, Acts: "owner: resumes"},
		{Name: Removed, Final: true},
	},
	Moves: []lifecycle.Move[State, Event, *Webhook]{
		{From: Active, On: EventChange, To: Active},
		{From: Paused, On: EventChange, To: Paused},
		{From: Active, On: EventPause, To: Paused},
		{From: Paused, On: EventResume, To: Active},
		{From: Active, On: EventRemove, To: Removed},
		{From: Paused, On: EventRemove, To: Removed},
	},
}

// Webhook is a subscription: journal entries of some types are sent to an
// address, signed as Standard Webhooks says.
type Webhook struct {
	ID      string         `json:"id"`
	Owner   string         `json:"owner"` // enterprise, or “customs”
	Actor   decision.Actor `json:"actor"` // with whose rights it looks
	URL     string         `json:"url"`
	Topics  Topics         `json:"topics,omitempty"`
	Secret  string         `json:"secret,omitempty"` // whsec_…; shown once
	Former  *Former        `json:"former,omitempty"` // that still signs beside it
	State   State          `json:"state"`
	Created clock.Instant  `json:"created"`
	After   int64          `json:"after"` // position at which it began
}

// Former is the secret before a rotation: messages bear its signature too until
// the receiver has had time to change over.
type Former struct {
	Secret string        `json:"secret,omitempty"`
	Until  clock.Instant `json:"until"`
}

// Secrets are those that sign at a moment, the newest first.
func (w *Webhook) Secrets(at clock.Instant) []string {
	list := []string{w.Secret}
	if w.Former != nil && at < w.Former.Until {
		list = append(list, w.Former.Secret)
	}
	return list
}

// Customs is the owner of the subscriptions of staff.
const Customs = "customs"

// Delivery is one entry on its way to one webhook.
type Delivery struct {
	ID       string        `json:"id"`
	Webhook  string        `json:"webhook"`
	Entry    string        `json:"entry"`
	Position int64         `json:"position"`
	State    string        `json:"state"` // waiting, delivered, given-up
	Attempts int           `json:"attempts,omitempty"`
	Result   string        `json:"result,omitempty"`
	Created  clock.Instant `json:"created"`
	Tried    clock.Instant `json:"tried,omitempty"`
	Next     clock.Instant `json:"next,omitempty"` // when it is tried again
}

// States of a delivery.
const (
	Waiting   = "waiting"
	Delivered = "delivered"
	GivenUp   = "given-up"
)

// Channel is the channel of deliveries in the outbox.
const Channel = "webhook"

// Order enters one delivery of an entry to a webhook.
func Order(out *decision.Outcome, id, webhook, entry string, position int64, at clock.Instant) {
	d := Delivery{ID: id, Webhook: webhook, Entry: entry, Position: position, State: Waiting, Created: at}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Delivery, ID: id, Body: d})
	out.Orders = append(out.Orders, decision.Order{ID: id, Channel: Channel, Target: webhook, Body: map[string]string{"entry": entry}})
}

// Topics are beginnings of types of entries.
type Topics []string

// ReadTopics reads topics with commas between them. Fault: HTTP-TOPIC-01.
func ReadTopics(text string) (Topics, error) {
	var list Topics
	for topic := range strings.SplitSeq(text, ",") {
		if topic = strings.TrimSpace(topic); topic == "" {
			continue
		}
		for i := range len(topic) {
			if c := topic[i]; (c < 'a' || c > 'z') && c != '.' && c != '-' && c != '_' {
				return nil, fault.New(fault.Invalid, "HTTP-TOPIC-01", "/topics", "“{topic}” is no topic", "write beginnings of types such as declaration or tax-bill.paid", "topic", clip(topic))
			}
		}
		list = append(list, topic)
	}
	return list, nil
}

// Takes tells whether a type is one of the topics; none takes all but the looks
// of staff.
func (t Topics) Takes(kind string) bool {
	if len(t) == 0 {
		return !strings.HasPrefix(kind, "access.")
	}
	for _, topic := range t {
		if kind == topic || strings.HasPrefix(kind, topic+".") {
			return true
		}
	}
	return false
}

func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// Wanted is a subscription as it is asked for.
type Wanted struct {
	URL    string   `json:"url" doc:"https address that takes POST"`
	Topics []string `json:"topics,omitempty" doc:"beginnings of types of entries; all when not given"`
	State  string   `json:"state,omitempty" enum:"active,paused"`
}

// Made is a subscription with a new secret, which is shown this once.
type Made struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// Store takes decisions and knows how far the journal has come.
type Store interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
	Position() int64
}

// Desk is where subscriptions are kept. Who may do it is asked before.
type Desk struct {
	store   Store
	private bool
	grace   time.Duration
}

// New gives a desk. private also takes addresses without TLS, for tests and
// demonstrations.
func New(store Store, private bool) *Desk { return &Desk{store, private, 24 * time.Hour} }

// Add begins a subscription of an enterprise, or of customs. The secret is shown
// this once, so the command's key is not kept: it cannot be answered again.
// Faults: HTTP-HOOK-01, HTTP-HOOK-02, HTTP-TOPIC-01.
func (d *Desk) Add(ctx context.Context, c decision.Command, by decision.Actor, wanted Wanted) (Made, error) {
	c.Key = ""
	h := Webhook{Owner: by.Enterprise, Actor: by, Secret: newSecret(), After: d.store.Position(), State: Active}
	if by.Kind == journal.Officer || h.Owner == "" {
		h.Owner = Customs
	}
	var err error
	if h.URL, h.Topics, err = d.read(wanted); err != nil {
		return Made{}, err
	}
	if h.State, err = wantedState(wanted.State, Active); err != nil {
		return Made{}, err
	}
	_, err = d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		h.ID, h.Created = v.NewID(), v.Now()
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Webhook, ID: h.ID, Body: h}},
			Entries: []journal.Entry{entry(v, by, "webhook.added", &h)},
		}, nil
	})
	return Made{h.ID, h.Secret}, err
}

// Change sets address, topics and state. Faults: as Add; WEBHOOK-LIFECYCLE-01.
func (d *Desk) Change(ctx context.Context, c decision.Command, by decision.Actor, id string, wanted Wanted) (decision.Receipt, error) {
	return d.change(ctx, c, by, id, "webhook.changed", func(v decision.View, h *Webhook) error {
		address, topics, err := d.read(wanted)
		if err != nil {
			return err
		}
		state, err := wantedState(wanted.State, Active)
		if err != nil {
			return err
		}
		if _, err := Life.Next(h.State, EventChange, h); err != nil {
			return err
		}
		h.URL, h.Topics, h.State = address, topics, state
		return nil
	})
}

// Rotate gives a new secret, shown this once; messages are signed with the old
// one too for a day. Fault: WEBHOOK-LIFECYCLE-01.
func (d *Desk) Rotate(ctx context.Context, c decision.Command, by decision.Actor, id string) (Made, error) {
	c.Key = ""
	secret := newSecret()
	_, err := d.change(ctx, c, by, id, "webhook.secret-rotated", func(v decision.View, h *Webhook) error {
		if _, err := Life.Next(h.State, EventChange, h); err != nil {
			return err
		}
		h.Former = &Former{h.Secret, v.Now().Add(d.grace)}
		h.Secret = secret
		return nil
	})
	return Made{id, secret}, err
}

// Move pauses, resumes or removes a subscription. What was ordered before a pause
// waits until it is resumed; what waits for a removed one ends. Fault: WEBHOOK-LIFECYCLE-01.
func (d *Desk) Move(ctx context.Context, c decision.Command, by decision.Actor, id string, on Event) (decision.Receipt, error) {
	return d.change(ctx, c, by, id, "webhook."+string(on), func(_ decision.View, h *Webhook) error {
		var err error
		if h.State, err = Life.Next(h.State, on, h); err == nil && h.State == Removed {
			h.Former = nil
		}
		return err
	})
}

// Resend orders the entry of a delivery again. Receivers know it by webhook-id,
// which is the entry's. Faults: WEBHOOK-DELIVERY-01, WEBHOOK-LIFECYCLE-01.
func (d *Desk) Resend(ctx context.Context, c decision.Command, by decision.Actor, id, delivery string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		h, version, err := decision.Load[Webhook](v, dossier.Webhook, id)
		if err != nil {
			return out, err
		}
		if _, err := Life.Next(h.State, EventChange, &h); err != nil {
			return out, err
		}
		old, _, err := decision.Load[Delivery](v, dossier.Delivery, delivery)
		if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return out, err
		}
		if err != nil || old.Webhook != id || old.State == Waiting {
			return out, fault.New(fault.Refused, "WEBHOOK-DELIVERY-01", "/delivery", "there is no delivery {delivery} of this webhook that has ended", "look at its deliveries", "delivery", clip(delivery))
		}
		out.Relied = []decision.Reliance{{Kind: dossier.Webhook, ID: id, Version: version}}
		Order(&out, v.NewID(), id, old.Entry, old.Position, v.Now())
		out.Entries = []journal.Entry{entry(v, by, "webhook.replayed", &h)}
		return out, nil
	})
}

func (d *Desk) change(ctx context.Context, c decision.Command, by decision.Actor, id, event string, with func(decision.View, *Webhook) error) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		h, version, err := decision.Load[Webhook](v, dossier.Webhook, id)
		if err == nil {
			err = with(v, &h)
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Webhook, ID: id, Version: version, Body: h}},
			Entries: []journal.Entry{entry(v, by, event, &h)},
		}, nil
	})
}

func entry(v decision.View, by decision.Actor, kind string, h *Webhook) journal.Entry {
	e := decision.Entry(v, by, kind, journal.Ref{Kind: string(dossier.Webhook), ID: h.ID})
	if h.Owner != Customs {
		e.Enterprise = h.Owner
	}
	return e
}

// read checks what is wanted. Faults: HTTP-HOOK-01 (address), HTTP-TOPIC-01.
func (d *Desk) read(wanted Wanted) (string, Topics, error) {
	address, err := url.Parse(wanted.URL)
	if err != nil || address.Host == "" || address.User != nil || address.Scheme != "https" && (address.Scheme != "http" || !d.private) {
		return "", nil, fault.New(fault.Invalid, "HTTP-HOOK-01", "/url", "“{url}” cannot be sent to", "give an https address without a name and password in it", "url", clip(wanted.URL))
	}
	topics, err := ReadTopics(strings.Join(wanted.Topics, ","))
	return wanted.URL, topics, err
}

func wantedState(text string, usual State) (State, error) {
	switch State(text) {
	case "":
		return usual, nil
	case Active, Paused:
		return State(text), nil
	case Removed:
	}
	return "", fault.New(fault.Invalid, "HTTP-HOOK-02", "/state", "“{state}” is no state of a webhook", "choose active or paused", "state", clip(text))
}

// newSecret makes a secret of Standard Webhooks: 24 random bytes.
func newSecret() string {
	var raw [24]byte
	_, _ = rand.Read(raw[:]) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(raw[:])
}
