package app

import (
	"context"
	"net/http"
	"time"

	"seine/internal/clearance"
	"seine/internal/console"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/httpapi"
	"seine/internal/identity"
	"seine/internal/party"
)

// pages gives the console behind its sign-in.
func (a *App) pages(o ServeOptions) http.Handler {
	var demo *console.Demonstration
	if o.Demo != nil {
		demo = &console.Demonstration{Roles: o.Demo.Roles, Take: doorman{a}.demonstrated(*o.Demo), Advance: o.Demo.Advance, Outages: o.Demo.Outages, ReadOnly: o.Demo.ReadOnly}
	}
	pages := console.New(console.Deps{
		Demo: demo, Log: a.Log, Now: a.now, Feed: &liveFeed{app: a}, Gallery: o.Gallery,
		Remember: func(ctx context.Context, v console.Viewer, setting, value string) error {
			return a.Identity.Prefer(ctx, principal(ctx).Actor, principal(ctx).User.ID, setting, value)
		},
		House: console.House{
			Read: a.Store, Reference: func() *clearance.Reference { return a.Reference() }, Identity: doorman{a}, Clearance: a.Clearance,
			Deliberation: a.Review, Lane: a.Control, Rules: a.Oversight, Tariff: a.Oversight, Treasury: a.Treasury, Cash: a.Cash, Drafts: a.Drafts, Books: a.Bonded, Feeds: a.Bonded, WriteOffs: a.Bonded, Residues: a.Bonded, Lists: a.Bonded, Ladings: a.Bonded, Notes: a.Control, Accounts: a.Registry, Secrets: a.Identity, Webhooks: a.Subscriptions, Key: a.Journal.Public,
			Who: func(ctx context.Context, _ console.Viewer) (party.Who, error) {
				p := principal(ctx)
				return party.Who{Actor: p.Actor, Mandates: p.Mandates, On: a.Clock.Now().Date()}, nil
			},
			Logged: func(ctx context.Context, _ console.Viewer, kind, id string) error {
				return a.Identity.Read(ctx, principal(ctx), decision.Kind(kind), id)
			},
		},
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := httpapi.Who(a.Identity, r)
		switch {
		case err == nil && who.User != nil:
			ctx := context.WithValue(r.Context(), principalKey{}, who)
			r = r.WithContext(console.WithViewer(ctx, viewer(who)))
		case err != nil && fault.All(err) == nil:
			a.Log.Error("a session could not be looked up", "error", err)
		}
		pages.ServeHTTP(w, r)
	})
}

type principalKey struct{}

// principal gives the person of a request; nobody where nobody has signed in.
func principal(ctx context.Context) *identity.Principal {
	if p, ok := ctx.Value(principalKey{}).(*identity.Principal); ok {
		return p
	}
	return &identity.Principal{User: &party.User{}}
}

// viewer is the person as pages show it.
func viewer(p *identity.Principal) console.Viewer {
	v := console.Viewer{
		ID: p.Actor.ID, Name: p.Actor.Name, Role: party.Rights().Desk(p.Actor.Posts), Language: p.Language,
		Posts: p.Actor.Posts, Areas: p.Actor.Areas, Enterprise: p.Actor.Enterprise,
	}
	if p.User != nil {
		v.Theme = p.User.Theme
		if v.Name == "" {
			v.Name = p.User.FullName
		}
	}
	return v
}

// doorman signs people in for the console.
type doorman struct{ app *App }

// UseLink opens a session by a one-time link.
func (d doorman) UseLink(ctx context.Context, token string) (string, console.Viewer, error) {
	return d.opened(ctx)(d.app.Identity.UseLink(ctx, token))
}

// demonstrated opens a session of a role's account by a link of its own.
func (d doorman) demonstrated(o Demonstration) func(context.Context, string) (string, console.Viewer, error) {
	return func(ctx context.Context, role string) (string, console.Viewer, error) {
		link, _, err := d.app.Identity.MakeLink(ctx, o.By, o.Account+role, time.Minute)
		if err != nil {
			return "", console.Viewer{}, err
		}
		return d.UseLink(ctx, link)
	}
}

// SignIn opens a session by name and password.
func (d doorman) SignIn(ctx context.Context, name, password string) (string, console.Viewer, error) {
	return d.opened(ctx)(d.app.Identity.SignIn(ctx, name, password))
}

// SignOut ends a session.
func (d doorman) SignOut(ctx context.Context, session string) error {
	return d.app.Identity.SignOut(ctx, session)
}

func (d doorman) opened(ctx context.Context) func(identity.Opened, error) (string, console.Viewer, error) {
	return func(o identity.Opened, err error) (string, console.Viewer, error) {
		if err != nil {
			return "", console.Viewer{}, err
		}
		p, err := d.app.Identity.Session(ctx, o.Token)
		if err != nil {
			return "", console.Viewer{}, err
		}
		return o.Token, viewer(p), nil
	}
}
