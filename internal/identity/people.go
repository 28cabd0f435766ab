package identity

import (
	"context"
	"io"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
)

// Opened is a new session: Token is for the cookie and is shown this once.
type Opened struct {
	Token   string
	Expires clock.Instant
	User    string
}

// MakeLink makes a one-time sign-in link for an account and gives its token. A
// life of 0 takes the default. Faults: IDENTITY-ACCOUNT-01 (no such account, or
// it is closed).
func (d *Desk) MakeLink(ctx context.Context, by decision.Actor, user string, life time.Duration) (token string, expires clock.Instant, err error) {
	if life <= 0 {
		life = d.lives.Load().Link
	}
	if token, err = d.Token(); err != nil {
		return "", 0, err
	}
	_, err = d.store.Decide(ctx, d.command("link.make", by.ID), func(v decision.View) (decision.Outcome, error) {
		u, _, err := decision.Load[party.User](v, dossier.User, user)
		if err != nil && !fault.Is(err, absent) {
			return decision.Outcome{}, err
		}
		if err != nil || u.State == party.Closed {
			return decision.Outcome{}, fault.New(fault.NotFound, "IDENTITY-ACCOUNT-01", "/user", "there is no account “{name}”", "check the name", "name", user)
		}
		expires = v.Now().Add(life)
		link := party.Link{TokenHash: party.TokenHash(token), User: user, Expires: expires}
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Link, ID: link.TokenHash, Body: link}},
			Entries: []journal.Entry{about(v, by, "link.made", &u)},
		}, nil
	})
	return token, expires, err
}

// UseLink signs in with a one-time link; a locked account is opened again by it.
// Fault: PARTY-LINK-01.
func (d *Desk) UseLink(ctx context.Context, token string) (Opened, error) {
	return d.open(ctx, "link.use", func(v decision.View, out *decision.Outcome) (*party.User, error) {
		hash := party.TokenHash(token)
		link, version, err := decision.Load[party.Link](v, dossier.Link, hash)
		if err != nil && !fault.Is(err, absent) {
			return nil, err
		}
		if link, err = link.Use(token, v.Now()); err != nil {
			return nil, err
		}
		u, userVersion, err := decision.Load[party.User](v, dossier.User, link.User)
		if err != nil {
			return nil, err
		}
		if u.State == party.Closed {
			return nil, unknown()
		}
		if u.State == party.Locked || u.Failures > 0 {
			u.State, u.Failures = party.Active, 0
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.User, ID: u.ID, Version: userVersion, Body: u})
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Link, ID: hash, Version: version, Body: link})
		return &u, nil
	})
}

// SignIn signs in with name and password. Whatever is wrong, the answer is the
// same and takes the same time: IDENTITY-SIGNIN-01. IDENTITY-BUSY-01 when too
// many try at once.
func (d *Desk) SignIn(ctx context.Context, name, password string) (Opened, error) {
	select {
	case d.guesses <- struct{}{}:
		defer func() { <-d.guesses }()
	case <-time.After(2 * time.Second):
		return Opened{}, fault.New(fault.Overload, "IDENTITY-BUSY-01", "", "too many people are signing in", "try again in a moment")
	case <-ctx.Done():
		return Opened{}, ctx.Err()
	}
	var u party.User
	_, err := d.store.Load(ctx, dossier.User, name, &u)
	if err != nil && !fault.Is(err, absent) {
		return Opened{}, err
	}
	if u.Password == "" {
		// As much work as for an account that is there.
		party.HashPassword(password, make([]byte, 16), d.o.Cost)
		return Opened{}, unknown()
	}
	if !u.Password.Matches(password) {
		if err := d.failed(ctx, u.ID); err != nil {
			return Opened{}, err
		}
		return Opened{}, unknown()
	}
	checked := u.Password
	return d.open(ctx, "account.sign-in", func(v decision.View, out *decision.Outcome) (*party.User, error) {
		u, version, err := decision.Load[party.User](v, dossier.User, name)
		if err != nil {
			return nil, err
		}
		if u.State != party.Active || u.Password != checked {
			return nil, unknown()
		}
		if u.Failures > 0 {
			u.Failures = 0
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.User, ID: u.ID, Version: version, Body: u})
		}
		return &u, nil
	})
}

// SignInKnown signs in somebody whom the sign-on of another house vouches for.
// Fault: IDENTITY-SIGNIN-01 when there is no active account of that name.
func (d *Desk) SignInKnown(ctx context.Context, name string) (Opened, error) {
	return d.open(ctx, "account.sign-in", func(v decision.View, _ *decision.Outcome) (*party.User, error) {
		u, _, err := decision.Load[party.User](v, dossier.User, name)
		if fault.Is(err, absent) || err == nil && u.State != party.Active {
			return nil, unknown()
		}
		return &u, err
	})
}

// failed counts a wrong password and locks the account after too many.
func (d *Desk) failed(ctx context.Context, id string) error {
	_, err := d.store.Decide(ctx, d.command("account.fail", id), func(v decision.View) (decision.Outcome, error) {
		u, version, err := decision.Load[party.User](v, dossier.User, id)
		if err != nil || u.State != party.Active {
			return decision.Outcome{}, err
		}
		u.Failures++
		kind := "account.sign-in-failed"
		if u.Failures >= d.o.MaxFailures {
			u.State, kind = party.Locked, "account.locked"
		}
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.User, ID: u.ID, Version: version, Body: u}},
			Entries: []journal.Entry{about(v, decision.System, kind, &u)},
		}, nil
	})
	return err
}

// open opens a session for the user that find gives, in one decision with what
// find puts out.
func (d *Desk) open(ctx context.Context, name string, find func(decision.View, *decision.Outcome) (*party.User, error)) (Opened, error) {
	token, err := d.Token()
	if err != nil {
		return Opened{}, err
	}
	o := Opened{Token: token}
	_, err = d.store.Decide(ctx, d.command(name, "sign-in"), func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		u, err := find(v, &out)
		if err != nil {
			return out, err
		}
		s := party.Session{TokenHash: party.TokenHash(token), User: u.ID, Started: v.Now(), Seen: v.Now(), Expires: v.Now().Add(d.lives.Load().Session)}
		s.ID = s.TokenHash
		o.Expires, o.User = s.Expires, u.ID
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Session, ID: s.ID, Body: s})
		out.Entries = append(out.Entries, about(v, actorOf(u), "session.opened", u))
		return out, nil
	})
	return o, err
}

// seenEvery is how often the use of a session is written down.
const seenEvery = 5 * time.Minute

// Session gives who holds a session. Faults: PARTY-SESSION-01,
// IDENTITY-SIGNIN-01 when the account was closed meanwhile.
func (d *Desk) Session(ctx context.Context, token string) (*Principal, error) {
	id := party.TokenHash(token)
	now := d.o.Clock.Now()
	if p := d.known.get(id, now); p != nil {
		return p, nil
	}
	var s party.Session
	version, err := d.store.Load(ctx, dossier.Session, id, &s)
	if err != nil && !fault.Is(err, absent) {
		return nil, err
	}
	if err := s.Alive(now, d.lives.Load().Idle); err != nil { // one that never was is not alive
		return nil, err
	}
	var u party.User
	if _, err := d.store.Load(ctx, dossier.User, s.User, &u); err != nil {
		return nil, err
	}
	p, err := d.person(ctx, &u)
	if err != nil {
		return nil, err
	}
	p.Session = id
	if now >= s.Seen.Add(seenEvery) {
		s.Seen = now
		_, err := d.store.Decide(ctx, d.command("session.use", u.ID), func(decision.View) (decision.Outcome, error) {
			return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Session, ID: id, Version: version, Body: s}}}, nil
		})
		if err != nil {
			return nil, err
		}
	}
	d.known.put(id, p, s.Expires)
	return p, nil
}

// SignOut ends a session; one that has ended stays ended.
func (d *Desk) SignOut(ctx context.Context, token string) error {
	id := party.TokenHash(token)
	d.known.drop(id)
	_, err := d.store.Decide(ctx, d.command("session.end", "sign-out"), func(v decision.View) (decision.Outcome, error) {
		s, version, err := decision.Load[party.Session](v, dossier.Session, id)
		if fault.Is(err, absent) || err == nil && s.Ended != 0 {
			return decision.Outcome{}, nil
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		u, _, err := decision.Load[party.User](v, dossier.User, s.User)
		if err != nil {
			return decision.Outcome{}, err
		}
		s.Ended = v.Now()
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Session, ID: id, Version: version, Body: s}},
			Entries: []journal.Entry{about(v, actorOf(&u), "session.ended", &u)},
		}, nil
	})
	return err
}

// SetPassword gives an account a new password. A person changes the own one with
// the old one; an administrator passes old as nil. Faults: PARTY-PASSWORD-01,
// IDENTITY-PASSWORD-01 (the old one is wrong), IDENTITY-ACCOUNT-01.
func (d *Desk) SetPassword(ctx context.Context, by decision.Actor, user string, old *string, password string) error {
	if err := party.CheckPassword(user, password); err != nil {
		return err
	}
	salt := make([]byte, 16)
	if _, err := io.ReadFull(d.o.Random, salt); err != nil {
		return err
	}
	d.guesses <- struct{}{}
	defer func() { <-d.guesses }()
	if old != nil {
		var u party.User
		if _, err := d.store.Load(ctx, dossier.User, user, &u); err != nil {
			return err
		}
		if u.Password != "" && !u.Password.Matches(*old) {
			return fault.New(fault.Refused, "IDENTITY-PASSWORD-01", "/old", "the old password is not right", "type it again, or sign in by a link")
		}
	}
	hash := party.HashPassword(password, salt, d.o.Cost)
	_, err := d.store.Decide(ctx, d.command("account.set-password", by.ID), func(v decision.View) (decision.Outcome, error) {
		u, version, err := decision.Load[party.User](v, dossier.User, user)
		if fault.Is(err, absent) {
			err = fault.New(fault.NotFound, "IDENTITY-ACCOUNT-01", "/user", "there is no account “{name}”", "check the name", "name", user)
		}
		if err != nil {
			return decision.Outcome{}, err
		}
		u.Password, u.Failures = hash, 0
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.User, ID: u.ID, Version: version, Body: u}},
			Entries: []journal.Entry{about(v, by, "account.password-set", &u)},
		}, nil
	})
	return err
}

// Prefer stores a choice of a person: language or theme. Fault:
// IDENTITY-CHOICE-01.
func (d *Desk) Prefer(ctx context.Context, by decision.Actor, user, setting, value string) error {
	_, err := d.store.Decide(ctx, d.command("account.prefer", by.ID), func(v decision.View) (decision.Outcome, error) {
		u, version, err := decision.Load[party.User](v, dossier.User, user)
		if err != nil {
			return decision.Outcome{}, err
		}
		switch setting {
		case "language":
			u.Language = value
		case "theme":
			u.Theme = value
		default:
			return decision.Outcome{}, fault.New(fault.Invalid, "IDENTITY-CHOICE-01", "/setting", "“{setting}” is nothing to choose", "choose language or theme", "setting", setting)
		}
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.User, ID: u.ID, Version: version, Body: u}}}, nil
	})
	return err
}

func (d *Desk) command(name, actor string) decision.Command {
	return decision.Command{Name: name, Actor: actor, Received: d.o.Clock.Now()}
}

// actorOf is who an account belongs to, as far as the account says.
func actorOf(u *party.User) decision.Actor {
	if u.Officer != "" {
		return decision.Actor{ID: u.Officer, Kind: journal.Officer}
	}
	return u.Actor()
}

func about(v decision.View, by decision.Actor, kind string, u *party.User) journal.Entry {
	e := decision.Entry(v, by, kind, journal.Ref{Kind: string(dossier.User), ID: u.ID})
	e.Enterprise = u.Enterprise
	return e
}

func unknown() error {
	return fault.New(fault.Forbidden, "IDENTITY-SIGNIN-01", "", "name or password is not right, or the account is not open",
		"after five wrong passwords an account is locked: ask your administrator for a sign-in link")
}
