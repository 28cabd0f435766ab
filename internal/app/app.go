// Package app puts Seine together: the store, the reference snapshots, the
// stories and the jobs. The program, the tests and the demo start the same App.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"seine/internal/bonded"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/draft"
	"seine/internal/fault"
	"seine/internal/httpapi"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/oversight"
	"seine/internal/procedure"
	"seine/internal/registry"
	"seine/internal/risk"
	"seine/internal/store"
	"seine/internal/subscription"
	"seine/internal/treasury"
)

// Options say which zone is opened and how.
type Options struct {
	Dir      string      // folder of the zone, embedded database
	URL      string      // PostgreSQL, in place of Dir
	Secrets  string      // folder of keys; Dir/secrets where empty
	Origin   string      // name of the log when its key is made; "seine.zone/journal" where empty
	Clock    clock.Clock // the machine's where nil
	Node     string
	ReadOnly bool
	Logger   *slog.Logger
	Random   io.Reader // for keys and salts; the system's where nil
	Drop     string    // folder in which systems of enterprises leave files; none where empty

	// How long a person stays signed in whatever happens and without use, how long
	// a machine's token lives, and a one-time link; the defaults of identity where
	// 0. A demonstration whose clock is pushed by weeks sets them.
	SessionLife, SessionIdle, TokenLife, LinkLife time.Duration
}

// App is one zone in operation.
type App struct {
	Store         *store.Store
	Clock         clock.Clock
	Log           *slog.Logger
	Registry      *registry.Registry
	Clearance     *clearance.Desk
	Treasury      *treasury.Desk
	Drafts        *draft.Desk
	Bonded        *bonded.Desk
	Control       *control.Desk
	Oversight     *oversight.Desk
	Review        *deliberation.Desk
	Identity      *identity.Desk
	Subscriptions *subscription.Desk // once the doors are open

	Journal journal.Key // of the log; Public is published
	signer  note.Signer

	hooks        *httpapi.Webhooks
	drop         *fileDrop // nil: none
	options      Options
	secrets      *secrets
	facts        *facts
	reference    atomic.Pointer[clearance.Reference]
	tables       atomic.Pointer[tables]
	book         atomic.Pointer[oversight.Rulebook]
	tariff       atomic.Pointer[amendedTariff]
	reloading    sync.Mutex
	stop         context.CancelFunc
	running      sync.WaitGroup
	limitsAt     clock.Instant   // when the limits of waiting steps were last looked at
	timedOn      clock.Date      // last legal day whose timers have run
	reckonedBy   *clock.Calendar // the days of open debts are reckoned by it
	writtenOffOn clock.Date      // legal day on which write-offs were drafted
	feedsOn      clock.Date      // last legal day on which feeds were compared
	feedsAt      int64           // position up to which FeedsMoved has read the journal
	moneyOn      clock.Date      // last legal day whose statements and guarantees were looked after
	comparedAt   time.Time       // when days of banks were compared last
	comparedTo   int64           // position of the journal then
	announced    string          // last period whose draw key was told
	enactedOn    clock.Date      // last legal day whose rules were put in force
}

// Open opens a zone. Nothing runs by itself yet: see Start.
// Faults: those of store.Open; APP-SECRET-01 (others may read the secrets), -02
// (a key file is damaged), -03 (a database without a folder of secrets);
// APP-DROP-01 (no folder for the file drop).
func Open(ctx context.Context, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = &clock.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Origin == "" {
		o.Origin = "seine.zone/journal"
	}
	if o.Secrets == "" {
		if o.Dir == "" {
			return nil, fault.New(fault.Invalid, "APP-SECRET-03", "", "a zone on PostgreSQL needs a folder for its secrets", "name it with --secrets DIR")
		}
		o.Secrets = filepath.Join(o.Dir, "secrets")
	}
	a := &App{Clock: o.Clock, Log: o.Logger, options: o}
	var err error
	if a.facts, err = loadFacts(); err != nil {
		return nil, err
	}
	a.Store, err = store.Open(ctx, store.Options{
		Dir: o.Dir, URL: o.URL, Clock: o.Clock, Node: o.Node, ReadOnly: o.ReadOnly, Random: o.Random, Logger: o.Logger,
		Stale: func(ctx context.Context, _, _ string) error { return a.Reload(ctx) },
	})
	if err != nil {
		return nil, err
	}
	if err := a.furnish(ctx); err != nil {
		return nil, errors.Join(err, a.Store.Close())
	}
	return a, nil
}

func (a *App) furnish(ctx context.Context) (err error) {
	if a.secrets, err = openSecrets(a.options.Secrets, a.options.Random); err != nil {
		return err
	}
	if a.drop, err = newFileDrop(a, a.options.Drop); err != nil {
		return err
	}
	if a.Journal, err = a.secrets.journalKey(a.options.Origin); err != nil {
		return err
	}
	if a.signer, err = journal.ParsePrivate(a.Journal.Private); err != nil {
		return err
	}
	rules := renewing{a.Store, a}
	a.Registry = registry.New(rules)
	a.Clearance = clearance.New(a.Store, a.Reference)
	a.Bonded = bonded.New(a.Store, a.Reference)
	a.Bonded.JudgeLists(func() *risk.Table { return a.tables.Load().list })
	a.Bonded.ControlLists(func() []*risk.Instruction { return a.tables.Load().lists })
	a.Bonded.Recall(a.Store.Movement)
	a.Clearance.OnRelease(a.Bonded.AfterRelease)
	a.Control = control.New(a.Store, a.Reference, func() *risk.Table { return a.tables.Load().passage })
	a.Control.ControlPassages(func() []*risk.Instruction { return a.tables.Load().passages })
	a.Drafts = draft.New(a.Store)
	a.Treasury = treasury.New(a.Store, a.Reference, a.Clearance)
	a.Oversight = oversight.New(rules, a.house)
	setting := func() deliberation.Setting { return a.Reference().Setting() }
	a.Review, err = deliberation.New(rules, setting, a.Bonded.Actions(), a.Control.Actions(), a.Clearance.Actions(), a.Treasury.Actions(), a.Oversight.Actions())
	if err != nil {
		return err
	}
	tokens, err := a.secrets.seed(tokenKeyFile)
	if err != nil {
		return err
	}
	a.Identity = identity.New(a.Store, identity.Options{
		TokenKey: tokens, Clock: a.Clock, Random: a.options.Random, Log: a.Log,
		SessionLife: a.options.SessionLife, Idle: a.options.SessionIdle, TokenLife: a.options.TokenLife, LinkLife: a.options.LinkLife,
	})
	return a.Reload(ctx)
}

// renewing is the store of the stories that change what others rest on: after
// each of their decisions the reference snapshots are looked at, so that whoever
// changed a rule meets it changed.
type renewing struct {
	*store.Store
	app *App
}

// Decide takes the decision and renews the snapshots.
func (r renewing) Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error) {
	receipt, err := r.Store.Decide(ctx, c, decide)
	if err == nil {
		if late := r.app.renew(ctx); late != nil && ctx.Err() == nil {
			r.app.Log.Error("reference snapshots could not be renewed", "error", late)
		}
	}
	return receipt, err
}

// house tells the desk of rules what stands now.
func (a *App) house() oversight.House {
	return oversight.House{
		Setting: a.Reference().Setting(), Modes: a.facts.catalogue, Pages: a.pagesOf, Days: a.riskDesk().BackTestDays, Checks: a.riskDesk().EnoughChecks,
		Tables: map[risk.Kind]*risk.Table{risk.Declaration: a.facts.risk, risk.Passage: a.facts.passage, risk.List: a.facts.list},
		Known:  procedure.Known{Elements: map[procedure.Paper][]string{procedure.FilingBill: declaration.Elements(), procedure.BillOfEntry: declaration.Elements()}},
		Credit: a.Reference().Credit, Tariff: a.Reference().Duty.Tariff, ShippedTariff: a.facts.tariff, Nomenclature: a.facts.hs,
		Accepts: func(c *procedure.Catalogue) error { _, err := clearance.NewModes(c); return err },
	}
}

// pastPage is how many documents of the past are read in one go.
const pastPage = 500

// pagesOf reads the past page by page, the newest first.
func (a *App) pagesOf(ctx context.Context, kind decision.Kind, before string) (bodies []json.RawMessage, next string, err error) {
	page, err := a.Store.List(ctx, kind, store.Query{Before: before, Limit: pastPage})
	if err != nil {
		return nil, "", err
	}
	for _, item := range page.Items {
		bodies = append(bodies, item.Body)
	}
	return bodies, page.Next, nil
}

// Reference gives the reference snapshots in force now.
func (a *App) Reference() *clearance.Reference {
	r := a.reference.Load()
	if a.stale(r) {
		if err := a.Reload(context.Background()); err != nil {
			a.Log.Error("reference snapshots could not be renewed", "error", err)
			return r
		}
		return a.reference.Load()
	}
	return r
}

// stale tells whether a new period of the random draw has begun.
func (a *App) stale(r *clearance.Reference) bool {
	return r.DrawKey.Period != period(a.Clock.Now())
}

// period names the period of random draws that a moment falls in: its month.
func period(i clock.Instant) string { return i.Time().Format("2006-01") }

// Start runs what a zone does by itself: sealing the journal, timers, orders to
// the outside and to itself, and reloading of what other nodes changed. Close
// ends it.
func (a *App) Start(ctx context.Context) error {
	if a.options.ReadOnly {
		return nil
	}
	ctx, a.stop = context.WithCancel(ctx)
	if err := a.announceKey(ctx); err != nil {
		return err
	}
	if a.drop != nil {
		a.running.Go(func() { a.repeat(ctx, "file drop", time.Second, a.drop.round) })
	}
	for _, job := range []struct {
		name  string
		every time.Duration
		work  func(context.Context) error
	}{
		{"seal", time.Second, a.Seal},
		{"work", 50 * time.Millisecond, a.Work},
		{"reminders", time.Second, a.Remind},
		{"limits", 5 * time.Second, a.Limits},
		{"timers", time.Second, a.Timers},
		{"calendar", 5 * time.Second, a.Reckon},
		{"money", time.Second, a.Money},
		{"feeds", time.Second, a.Feeds},
		{"feeds that moved", 5 * time.Second, a.FeedsMoved},
		{"manifests", 10 * time.Second, a.SettleManifests},
		{"drafts", time.Hour, a.ForgetDrafts},
		{"write-offs", time.Minute, a.WriteOffs},
		{"reload", time.Second, a.follow},
		{"reads", time.Second, a.Identity.Flush},
	} {
		a.running.Go(func() { a.repeat(ctx, job.name, job.every, job.work) })
	}
	return nil
}

// repeat does work again and again until ctx ends; a failure is logged and tried
// again.
func (a *App) repeat(ctx context.Context, name string, every time.Duration, work func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("a job failed and will be tried again", "job", name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Close ends the jobs and closes the store; everything acknowledged is on disk.
func (a *App) Close() error {
	if a.stop != nil {
		a.stop()
	}
	a.running.Wait()
	return a.Store.Close()
}

// now gives the zone's time for pages.
// BookExtract writes an account book as one file for an auditor, signed with the
// key of the journal: see store.BookExtract.
func (a *App) BookExtract(ctx context.Context, w io.Writer, owner, number, id string) error {
	return a.Store.BookExtract(ctx, w, owner, number, id, a.signer, a.Journal.Public)
}

func (a *App) now() time.Time { return a.Clock.Now().Time() }

// Dir gives the folder of the zone, "" on PostgreSQL.
func (a *App) Dir() string { return a.options.Dir }

// wrap tells what was being done when err came.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
