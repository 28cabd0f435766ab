package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"seine/internal/console"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/httpapi"
	"seine/internal/identity"
	"seine/internal/subscription"
)

// ServeOptions say how the doors are opened.
type ServeOptions struct {
	Secure    bool // reached by TLS only
	PublicURL string
	SignOn    *identity.SignOn // sign-in through another house; nil for local accounts only
	Private   bool             // webhooks may go to the machine itself: demonstrations
	Gallery   bool             // show every screen with fixed data
	Demo      *Demonstration   // set where everything is invented: pages say so
}

// Demonstration says who may take which role of a zone in which everything is
// invented.
type Demonstration struct {
	Roles   []string       // that whoever reaches the pages may take by one click
	Account string         // accounts are called by this and the role
	By      decision.Actor // who makes the links that open them
	// Advance pushes the clock; nil where it runs by itself only.
	Advance func(d time.Duration)
	// Outages are what may be made to fail for a while; none where the clock is not
	// to be pushed either.
	Outages []console.Outage
	// ReadOnly lets visitors look and change nothing; with Showcase.
	ReadOnly bool
}

// Doors gives the handler of all doors: the interface for machines and the
// console for people. It may be called once, after Open.
func (a *App) Doors(o ServeOptions) (http.Handler, error) {
	a.hooks = httpapi.NewWebhooks(a.Store, a.Identity, a.Clock, httpapi.HookOptions{Source: o.PublicURL, Private: o.Private, Log: a.Log})
	a.Subscriptions = subscription.New(a.Store, o.Private)
	api := httpapi.New(httpapi.Deps{
		Store: a.Store, Clock: a.Clock, Log: a.Log, Identity: a.Identity, SignOn: o.SignOn, Registry: a.Registry, Clearance: a.Clearance, Treasury: a.Treasury, Cash: a.Cash,
		Bonded: a.Bonded, Review: a.Review, Gate: a.Control, Oversight: a.Oversight, Reference: a.Reference, LogKey: a.Journal.Public, Extract: a.BookExtract, Secure: o.Secure,
		PublicURL: o.PublicURL, Ready: a.Ready, Hooks: a.hooks, Subscriptions: a.Subscriptions, Drafts: a.Drafts, Figures: a.drop.figures(),
	})
	pages := a.pages(o)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch p := r.URL.Path; {
		case strings.HasPrefix(p, "/api/"), p == "/healthz", p == "/readyz", p == "/metrics":
			api.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	}), nil
}

// Ready tells why the house cannot work now, nil when it can.
func (a *App) Ready(ctx context.Context) error {
	if _, err := a.Store.Epoch(ctx, referenceSets[0]); err != nil {
		return fault.New(fault.Overload, "APP-READY-01", "", "the database does not answer", "look at its log and its disk").Because(err)
	}
	return nil
}

// Serve answers on a listener until ctx ends, then lets what runs finish.
func (a *App) Serve(ctx context.Context, l net.Listener, h http.Handler, tls func(*http.Server) error) error {
	server := httpapi.Listener("", h)
	done := make(chan error, 1)
	go func() {
		if tls != nil {
			done <- tls(server)
			return
		}
		done <- server.Serve(l)
	}()
	if a.hooks != nil {
		hooks, stop := context.WithCancel(ctx)
		defer stop()
		a.running.Go(func() {
			if err := a.hooks.Run(hooks); err != nil && hooks.Err() == nil {
				a.Log.Error("webhooks have stopped", "error", err)
			}
		})
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(ending); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	_ = server.Close() // live streams do not end by themselves
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
