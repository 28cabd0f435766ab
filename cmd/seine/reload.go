package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"

	"seine/internal/config"
	"seine/internal/identity"
)

// reloading lets a server take over new settings without a break.
type reloading struct {
	s     *session
	log   *slog.Logger
	desk  *identity.Desk
	begun *config.Effective // at the start
	last  *config.Effective // as last read
	again func() (*config.Effective, error)

	certificates atomic.Pointer[tls.Config] // nil without TLS
}

func (r *reloading) use(c *tls.Config) { r.certificates.Store(c) }

// config gives TLS settings that ask for the certificate in force at each new
// connection.
func (r *reloading) config() *tls.Config {
	c := r.certificates.Load().Clone()
	c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return r.certificates.Load(), nil }
	return c
}

// watch reads the settings again at each HUP signal until what it gives is called.
func (r *reloading) watch(ctx context.Context) (stop func()) {
	calls := make(chan os.Signal, 1)
	signal.Notify(calls, syscall.SIGHUP)
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-calls:
				r.reload()
			}
		}
	}()
	return func() {
		signal.Stop(calls)
		cancel()
		<-ended
	}
}

// reload takes over what may change while the doors are open. With any fault
// everything stays as it was. A certificate is read again whether its setting
// changed or not: it is renewed under the same name.
func (r *reloading) reload() {
	next, err := r.again()
	if err != nil {
		r.log.Error("the settings stay as they were: what was read has faults", "error", err)
		return
	}
	live, _ := r.last.Changes(next)
	_, later := r.begun.Changes(next)
	if r.certificates.Load() != nil && next.Serve.TLSCertificate != "" {
		c, err := certificate(next)
		if err != nil {
			r.log.Error("the settings stay as they were: the certificate cannot be used", "error", err)
			return
		}
		r.use(c)
		live = append(live, "the certificate")
	}
	r.s.setLevel(next)
	r.desk.SetLives(identity.Lives{Session: next.Session.Lifetime, Idle: next.Session.Idle, Link: next.Session.Link})
	r.log.Log(context.Background(), max(slog.LevelInfo, r.s.level.Level()), "the settings were read again", "taken over", strings.Join(live, ", "), "at the next start", strings.Join(later, ", "))
	r.last = next
}
