// Package identity tells who stands at the counter. A person signs in with a
// link that works once, with a password, or through the sign-on of another house
// (OpenID Connect); a machine of an enterprise, or the equipment of a gate, shows
// its secret and is given a token for a quarter of an hour, or comes with a
// certificate. Whoever it is
// becomes a Principal: one who acts, with the posts and areas that decide what
// may be seen and done.
//
// Of every token only a hash is kept. Signing in and out, failing to and being
// locked out stand in the journal; so does each protected document that customs
// staff looked at.
package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
)

// Store is what identity needs of the store.
type Store interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
	Load(ctx context.Context, kind decision.Kind, id string, body any) (int64, error)
	Find(ctx context.Context, kind decision.Kind, column, value string, limit int) ([]string, error)
}

// Options say how people and machines sign in. Zero values take the defaults.
type Options struct {
	// TokenKey signs the tokens of machine clients. All nodes of a zone share it.
	TokenKey [32]byte
	Clock    clock.Clock
	Random   io.Reader
	Log      *slog.Logger

	SessionLife time.Duration      // whatever happens; 24 h
	Idle        time.Duration      // without use; party.Idle
	TokenLife   time.Duration      // of a machine's token; 15 min
	LinkLife    time.Duration      // of a one-time link; 15 min
	MaxFailures int                // wrong passwords in a row until an account is locked; 5
	Cost        party.PasswordCost // of new passwords; party.DefaultPasswordCost
}

// Desk is where identity is established. Its methods may be called at once from
// many goroutines.
type Desk struct {
	store Store
	o     Options
	lives atomic.Pointer[Lives] // in place of those in o

	guesses chan struct{} // room for password checks at once: each takes much memory
	known   cache
	reads   reads
}

// New gives a desk.
func New(store Store, o Options) *Desk {
	if o.Clock == nil {
		o.Clock = &clock.System{}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.TokenLife = cmp.Or(o.TokenLife, 15*time.Minute)
	o.MaxFailures = cmp.Or(o.MaxFailures, 5)
	if o.Cost == (party.PasswordCost{}) {
		o.Cost = party.DefaultPasswordCost
	}
	d := &Desk{store: store, o: o, guesses: make(chan struct{}, 2)}
	d.SetLives(Lives{Session: o.SessionLife, Idle: o.Idle, Link: o.LinkLife})
	return d
}

// Lives say how long what lets people in works. Zero values take the defaults.
type Lives struct {
	Session time.Duration // whatever happens; 24 h
	Idle    time.Duration // without use; party.Idle
	Link    time.Duration // of a one-time link; 15 min
}

// SetLives changes how long sessions and links work. Sessions that are open end by
// the new idle time; the end that was written into them stays.
func (d *Desk) SetLives(l Lives) {
	d.lives.Store(&Lives{Session: cmp.Or(l.Session, 24*time.Hour), Idle: cmp.Or(l.Idle, party.Idle), Link: cmp.Or(l.Link, 15*time.Minute)})
}

// Way is how a principal proved who it is.
type Way string

// The ways.
const (
	BySession     Way = "session"
	ByToken       Way = "token"
	ByCertificate Way = "certificate"
)

// Principal is who acts, with everything that decides what is allowed. It is
// shared between requests: do not change it.
type Principal struct {
	Actor    decision.Actor
	Way      Way
	User     *party.User       // nil for a machine
	Officer  *party.Officer    // nil on the enterprise side
	Client   *party.Client     // nil for a person
	Company  *party.Enterprise // nil for customs and its equipment
	Mandates []party.Mandate   // of others, that are known here; see May
	Language string
	Session  string // id of the session, "" without one
}

// Device tells whether the principal is equipment of a gate.
func (p *Principal) Device() bool { return p.Client != nil && p.Client.Device() }

// Staff tells whether the principal belongs to customs.
func (p *Principal) Staff() bool { return p.Officer != nil }

// Who gives the principal as the matrix of rights asks for it.
func (p *Principal) Who(on clock.Date) party.Who {
	return party.Who{Actor: p.Actor, Mandates: p.Mandates, On: on}
}

// Token makes a new secret of 32 random bytes in base64.
func (d *Desk) Token() (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(d.o.Random, raw[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), nil
}

// May tells whether p may do action on object: nil, or PARTY-RIGHT-01 or -02.
// For an agent the mandates of the parties of the object are looked up.
func (d *Desk) May(ctx context.Context, p *Principal, action party.Action, object party.Object) error {
	who := p.Who(d.o.Clock.Now().Date())
	refusal := party.May(who, action, object)
	if refusal == nil || p.Actor.Enterprise == "" || !agent(p.Actor.Posts) {
		return refusal
	}
	found := false
	for _, principal := range object.Parties {
		if principal == "" || principal == p.Actor.Enterprise {
			continue
		}
		var e party.Enterprise
		if _, err := d.store.Load(ctx, dossier.Enterprise, principal, &e); err != nil {
			if fault.Is(err, absent) {
				continue
			}
			return err
		}
		if mandates := party.Mandates(&e, p.Actor.Enterprise, who.On); len(mandates) > 0 {
			who.Mandates, found = append(who.Mandates[:len(who.Mandates):len(who.Mandates)], mandates...), true
		}
	}
	if !found {
		return refusal
	}
	return party.May(who, action, object)
}

// absent is the code of the store for a document that is not there.
const absent = "STORE-ABSENT-01"

func agent(posts []string) bool {
	for _, id := range posts {
		if p, ok := party.Rights().Post(party.PostID(id)); ok && p.Agent {
			return true
		}
	}
	return false
}

// person makes the principal of an account.
func (d *Desk) person(ctx context.Context, user *party.User) (*Principal, error) {
	p := &Principal{User: user, Way: BySession, Language: user.Language}
	if user.State != party.Active {
		return nil, unknown()
	}
	if user.Officer == "" {
		p.Actor = user.Actor()
		var err error
		p.Company, err = d.company(ctx, user.Enterprise)
		return p, err
	}
	var officer party.Officer
	if _, err := d.store.Load(ctx, dossier.Officer, user.Officer, &officer); err != nil {
		return nil, err
	}
	if officer.State == party.Left {
		return nil, unknown()
	}
	p.Officer, p.Actor = &officer, officer.Actor()
	return p, nil
}

// machine makes the principal of a client.
func (d *Desk) machine(ctx context.Context, client *party.Client, way Way) (*Principal, error) {
	if client.State != party.Active {
		return nil, wrongToken()
	}
	p := &Principal{Client: client, Actor: client.Actor(), Way: way}
	if client.Device() {
		return p, nil
	}
	var err error
	p.Company, err = d.company(ctx, client.Enterprise)
	return p, err
}

// company loads an enterprise that may still come to the counter.
func (d *Desk) company(ctx context.Context, id string) (*party.Enterprise, error) {
	var e party.Enterprise
	if _, err := d.store.Load(ctx, dossier.Enterprise, id, &e); err != nil {
		return nil, err
	}
	if e.State == party.Deregistered || e.State == party.Rejected {
		return nil, fault.New(fault.Forbidden, "IDENTITY-ENTERPRISE-01", "", "the registration of {name} has ended",
			"ask the filing officer of the zone", "name", e.Name)
	}
	return &e, nil
}

// remembered is how long a principal is taken as it was looked up: so long may a
// right that was withdrawn, or a session that another node ended, still work.
const remembered = 2 * time.Second

// cache remembers principals by the hash of what they showed.
type cache struct {
	mu   sync.Mutex
	byID map[string]cached
}

type cached struct {
	p     *Principal
	until time.Time // of the machine: a sandbox may stop the zone's clock
	ends  clock.Instant
}

func (c *cache) get(id string, now clock.Instant) *Principal {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found, ok := c.byID[id]; ok && time.Now().Before(found.until) && now < found.ends {
		return found.p
	}
	return nil
}

func (c *cache) put(id string, p *Principal, ends clock.Instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) > 10_000 {
		c.byID = map[string]cached{}
	}
	c.byID[id] = cached{p, time.Now().Add(remembered), ends}
}

func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}
