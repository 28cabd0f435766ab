package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/app"
	"seine/internal/clock"
	"seine/internal/console"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/httpapi"
	"seine/internal/party"
	"seine/internal/sim"
	"seine/internal/sim/banksim"
	"seine/internal/store"
)

// demo is what a demonstration is asked for.
type demo struct {
	addr  string
	seed  uint64
	days  int
	ships int
	every time.Duration
	drop  string
	// public lets everybody look and nobody change anything; anew is after how long
	// all is thrown away and made again, 0 for never.
	public bool
	anew   time.Duration
}

const demoSession = 400 * 24 * time.Hour // the demonstration's clock is pushed by weeks

func newDemo(s *session) *cobra.Command {
	d := demo{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a living zone",
		Long: "demo makes a zone of four areas with enterprises of every grade and some weeks of\n" +
			"history, through the same doors that users have, prints a one-time sign-in link for\n" +
			"each role, and goes on living until it is stopped. Everything in it is invented.\n" +
			"Without --data the zone lies in a folder of its own that goes away at the end; with --db (and\n" +
			"--secrets) it is made in an empty PostgreSQL database. Given one that it made before, demo shows it\n" +
			"as it was left.\n\n" +
			"With --reset-every it is thrown away and made again after that time. With --public whoever\n" +
			"reaches the address may look as every role and change nothing: no form, no call of the\n" +
			"interface that writes, no faster than a person reads; put a proxy with TLS before it.",
		Example: "  seine demo\n  seine demo --public --reset-every 24h --addr 0.0.0.0:8080\n  seine demo --seed 7 --data ./zone --addr 127.0.0.1:9090",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return s.demos(cmd.Context(), d) },
	}
	f := cmd.Flags()
	f.StringVar(&d.addr, "addr", "127.0.0.1:8080", "address to serve; port 0 takes a free one")
	f.Uint64Var(&d.seed, "seed", 1, "the same seed invents the same enterprises, ships, goods and trucks; whom the draws pick is the zone's secret")
	f.IntVar(&d.days, "days", 33, "days of history")
	f.IntVar(&d.ships, "ships", 3, "ships a day in the history")
	f.DurationVar(&d.every, "every", 4*time.Second, "pause between events while it lives")
	f.BoolVar(&d.public, "public", false, "let everybody look and nobody change anything")
	f.DurationVar(&d.anew, "reset-every", 0, "throw the zone away and make it again after this time (never; 24h with --public)")
	f.StringVar(&d.drop, "drop", "", "folder in which files for feeds may be left (none)")
	return cmd
}

// Bounds of what a demonstration may be asked for.
const (
	mostDays   = 366
	mostShips  = 100
	leastPause = 10 * time.Millisecond
	mostPause  = 31 * 24 * time.Hour // a zone that stands still is looked at too
)

// leastReset is the shortest time after which a demonstration begins anew: making
// its history takes a part of it.
const leastReset = time.Minute

// demos shows one demonstration after the other, for as long as each may live.
// Faults: CMD-DEMO-01 (a folder of the user's would be thrown away), CMD-DEMO-02.
func (s *session) demos(ctx context.Context, d demo) error {
	kept := s.data != "" || s.db != ""
	if d.public && d.anew == 0 && !kept {
		d.anew = 24 * time.Hour
	}
	switch {
	case d.anew != 0 && kept:
		return fault.New(fault.Refused, "CMD-DEMO-01", "/reset-every", "a zone of yours is not thrown away and made again", "leave out --data or --db, or --reset-every")
	case d.anew < 0 || d.anew > 0 && d.anew < leastReset:
		return fault.New(fault.Invalid, "CMD-DEMO-02", "", "a demonstration cannot begin anew every {value}", "give {least} or more", "value", d.anew.String(), "least", leastReset.String())
	}
	switch {
	case d.days < 1 || d.days > mostDays:
		return outOfRange("days", strconv.Itoa(d.days), "1", strconv.Itoa(mostDays))
	case d.ships < 0 || d.ships > mostShips:
		return outOfRange("ships", strconv.Itoa(d.ships), "0", strconv.Itoa(mostShips))
	case d.every < leastPause || d.every > mostPause:
		return outOfRange("every", d.every.String(), leastPause.String(), mostPause.String())
	}
	for {
		err := s.demo(ctx, &d)
		if err != nil || ctx.Err() != nil || d.anew == 0 {
			return err
		}
		s.line(map[string]bool{"anew": true}, "the demonstration begins anew")
	}
}

func (s *session) demo(ctx context.Context, d *demo) (err error) {
	if d.anew > 0 {
		short, stop := context.WithTimeout(ctx, d.anew)
		defer stop()
		ctx = short
	}
	o := app.Options{
		Dir: s.data, URL: s.db, Secrets: s.secrets, Logger: slog.New(slog.NewTextHandler(s.errs, &slog.HandlerOptions{Level: slog.LevelWarn})),
		SessionLife: demoSession, SessionIdle: demoSession, TokenLife: demoSession, Drop: d.drop,
	}
	dir := o.Dir // of the zone and of its bank
	switch {
	case dir == "" && o.URL == "":
		if dir, err = os.MkdirTemp("", "seine-demo-"); err != nil {
			return err
		}
		o.Dir = dir
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	case dir == "":
		dir = o.Secrets
	}
	if dir != "" { // else the zone is refused for want of a folder of secrets
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	fresh, err := s.unmade(ctx, o)
	if err != nil {
		return err
	}
	now := clock.At(time.Now())
	zoneTime := clock.NewVirtual(now, true)
	if fresh {
		zoneTime = clock.NewVirtual(now.Date().AddDays(1-d.days).Start().Add(morning), true)
	}
	o.Clock = zoneTime
	a, err := app.Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Start(ctx); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", d.addr, err)
	}
	d.addr = listener.Addr().String() // the same one when it begins anew
	base := "http://" + d.addr
	// The bank is there before the doors open: a visitor may make it fail.
	serving, stop := context.WithCancel(ctx)
	defer stop()
	teller, err := s.demoBank(serving, a, dir)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	wire := &sim.Wire{}
	shows := demonstrated(listener.Addr(), zoneTime.Advance, d.public)
	shows.Outages = outages(teller, wire)
	doors, err := a.Doors(app.ServeOptions{PublicURL: base, Private: true, Gallery: true, Demo: shows})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	world, open, err := worldOf(ctx, a, d, doors, base)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	served := make(chan error, 1)
	go func() { served <- a.Serve(serving, listener, open, nil) }()
	lived := s.live(serving, a, d, zoneTime, now, base, world, fresh, teller, wire)
	if ctx.Err() != nil {
		lived = nil // what was under way when it ended was broken off
	}
	stop()
	return errors.Join(lived, <-served)
}

// unmade tells whether the demonstration is still to be made where it shall lie.
func (s *session) unmade(ctx context.Context, o app.Options) (bool, error) {
	if o.URL == "" {
		return !exists(filepath.Join(o.Dir, "zone.db")), nil
	}
	st, err := store.Open(ctx, store.Options{URL: o.URL, ReadOnly: true})
	if err != nil {
		if fault.Is(err, "STORE-EMPTY-01") {
			return true, nil
		}
		return false, err
	}
	return st.Position() == 0, st.Close()
}

// worldOf says where the invented world knocks, and what the public meets. A
// demonstration for the public has a second door on this machine alone, through
// which its world goes on living.
func worldOf(ctx context.Context, a *app.App, d *demo, doors http.Handler, base string) (world string, open http.Handler, err error) {
	if !d.public {
		return base, doors, nil
	}
	inner, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen for the demonstration's own world: %w", err)
	}
	server := httpapi.Listener("", doors)
	go func() {
		if err := server.Serve(inner); !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("the door of the demonstration's own world closed", "error", err)
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + inner.Addr().String(), app.Showcase(doors, time.Now), nil
}

// outages are what visitors of a demonstration may make fail for a while.
func outages(teller *banksim.Bank, wire *sim.Wire) []console.Outage {
	return []console.Outage{
		{Kind: "bank", Order: teller.Hush, State: func() (time.Duration, int) { return teller.SilentFor(), teller.Outstanding() }},
		{Kind: "lanes", Order: wire.Cut, State: wire.Down},
	}
}

// demonstrated says which roles may be taken by one click: all where only this
// machine reaches the pages, none elsewhere. Where nothing can be changed they are
// free for all but the administrator, who sees accounts.
func demonstrated(at net.Addr, advance func(time.Duration), public bool) *app.Demonstration {
	d := &app.Demonstration{Account: demoAccount, By: operator, Advance: advance}
	if public {
		d.Advance, d.ReadOnly = nil, true
		d.Roles = slices.DeleteFunc(slices.Clone(sim.RoleNames), func(role string) bool { return role == "administrator" })
		return d
	}
	if tcp, ok := at.(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		d.Roles = sim.RoleNames
	}
	return d
}

// demoAccount begins the names of the accounts of a demonstration's roles.
const demoAccount = "demo-"

// morning is when the first day of a history begins.
const morning = 8 * time.Hour

// live makes the history and goes on until ctx ends.
func (s *session) live(ctx context.Context, a *app.App, d *demo, zoneTime *clock.Virtual, now clock.Instant, base, world string, fresh bool, teller sim.Bank, wire *sim.Wire) error {
	token, err := demoAdministrator(ctx, a)
	if err != nil {
		return err
	}
	var bar *progress
	what := ""
	zone := sim.New(sim.Host{
		Base: world, HTTP: &http.Client{}, Admin: token, Now: a.Clock.Now, Advance: zoneTime.Advance, Bank: teller, Wire: wire,
		Tell: func(w string, done, total int) {
			if w != what {
				if bar != nil {
					bar.end()
				}
				what, bar = w, newProgress(s.errs, w, int64(total))
			}
			bar.set(int64(done))
		},
	}, d.seed)
	if !fresh {
		if !s.asJSON {
			fmt.Fprintln(s.out, "the zone is shown as it was left; it does not go on living")
		}
		return s.again(ctx, a, base)
	}
	if err := zone.Found(ctx); err != nil {
		return err
	}
	if err := zone.History(ctx, d.days, d.ships); err != nil {
		return err
	}
	if bar != nil {
		bar.end()
	}
	if rest := now - a.Clock.Now(); rest > 0 {
		zoneTime.Advance(rest.Duration())
	}
	roles, err := zone.Roles(ctx)
	if err != nil {
		return err
	}
	c := zone.Counts
	if s.asJSON {
		return s.lives(ctx, zone, d, base, roles)
	}
	fmt.Fprintf(s.out, "made through the HTTP interface: %d manifests, %d declarations, %d lists, %d notes, %d passages, %d lading applications, %d payments, %d inspections, %d messages of a feed; %d refusals %v\n",
		c.Manifests, c.Declarations, c.Lists, c.Notes, c.Passages, c.Applications, c.Payments, c.Inspections, c.Messages, c.Refused, c.Refusals)
	for _, r := range roles {
		if !d.public {
			fmt.Fprintf(s.out, "sign-in %s %s/sign-in/%s\n", r.Role, base, r.Link)
		}
	}
	s.ready(base)
	return zone.Live(ctx, d.every)
}

// shown is a demonstration that is ready, as JSON.
type shown struct {
	Base   string            `json:"base"`
	Guide  string            `json:"guide"`
	Made   *sim.Counts       `json:"made,omitempty"` // nil where an older one is shown again
	SignIn map[string]string `json:"signIn,omitempty"`
}

// lives tells programs that the demonstration is ready, and lets it go on.
func (s *session) lives(ctx context.Context, zone *sim.Zone, d *demo, base string, roles []sim.SignIn) error {
	body := shown{Base: base, Guide: base + "/guide", Made: &zone.Counts, SignIn: map[string]string{}}
	for _, r := range roles {
		if !d.public {
			body.SignIn[r.Role] = base + "/sign-in/" + r.Link
		}
	}
	if err := json.NewEncoder(s.out).Encode(body); err != nil {
		return err
	}
	return zone.Live(ctx, d.every)
}

// ready says where the demonstration is and where to begin.
func (s *session) ready(base string) {
	fmt.Fprintf(s.out, "guided path %s/guide\n", base)
	fmt.Fprintf(s.out, "demonstration zone ready at %s (everything in it is invented); Ctrl-C stops it\n", base)
}

// demoAdmin is the account that founds the demonstration.
const demoAdmin = "demo-founder"

// demoAdministrator makes the first account, as “seine user add --admin” does,
// and signs it in. From here on everything goes through the doors.
func demoAdministrator(ctx context.Context, a *app.App) (string, error) {
	command := func(name string) decision.Command {
		return decision.Command{Name: name, Actor: operator.ID, Received: a.Clock.Now(), Key: demoAdmin + "/" + name, Content: []byte(name)}
	}
	founder := party.Officer{
		Number: "SH0001", Name: "演示", NameEN: "Demonstration", Unit: "technology", Areas: []string{party.AnyArea}, OnDuty: false,
		Posts: []party.PostID{party.Administrator},
	}
	if _, err := a.Registry.Appoint(ctx, command("officer.appoint"), operator, founder); err != nil {
		return "", err
	}
	if _, err := a.Registry.OpenAccount(ctx, command("account.open"), operator, party.User{Name: demoAdmin, FullName: "demonstration", Officer: founder.Number}); err != nil {
		return "", err
	}
	link, _, err := a.Identity.MakeLink(ctx, operator, demoAdmin, time.Minute)
	if err != nil {
		return "", err
	}
	opened, err := a.Identity.UseLink(ctx, link)
	return opened.Token, err
}

// again hands out new links for the roles of a zone that was kept.
func (s *session) again(ctx context.Context, a *app.App, base string) error {
	body := shown{Base: base, Guide: base + "/guide", SignIn: map[string]string{}}
	for _, role := range sim.RoleNames {
		link, _, err := a.Identity.MakeLink(ctx, operator, demoAccount+role, 30*time.Minute)
		if err != nil {
			return err
		}
		body.SignIn[role] = base + "/sign-in/" + link
		if !s.asJSON {
			fmt.Fprintf(s.out, "sign-in %s %s\n", role, body.SignIn[role])
		}
	}
	if s.asJSON {
		if err := json.NewEncoder(s.out).Encode(body); err != nil {
			return err
		}
	} else {
		s.ready(base)
	}
	<-ctx.Done()
	return nil
}
