package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/app"
	"seine/internal/bench"
)

// benches are what can be measured, in the order of the help.
var benches = []struct {
	name, short, example string
	run                  func(context.Context, bench.Options) (*bench.Report, error)
}{
	{"lodge", "declarations lodged over HTTP, to the answer that is on disk", "--clients 64 --rounds 3 --json", bench.Lodge},
	{"post", "postings to account books", "--hot --history 1000000", bench.Post},
	{"balance", "balances of accounts at past moments", "--history 1000000 --beside", bench.Balance},
	{"gate", "trucks at a lane: from readings to the verdict that is on disk", "--beside", bench.Gate},
	{"import", "rows of a table imported as declarations", "--db postgres://seine@127.0.0.1/seine --engine postgres", bench.Import},
	{"duty", "calculations of duty on one processor", "--lines 20", bench.Duty},
}

func newBench(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "bench", Short: "Measure this program against its own machine",
		Long: "Each measurement founds an empty zone in a folder (or schema) of its own, keeps it busy, and by turns\n" +
			"writes the very rows that it committed once more into a twin database by a program that does nothing\n" +
			"else: that is the limit of the storage, and the ratio of the two is printed. Everything is fully\n" +
			"durable. Afterwards the answers are checked; exit status 3 when something is not right.\n" +
			"docs/performance.md says what the figures mean.",
	}
	for _, b := range benches {
		var o bench.Options
		var engine, profile string
		var inProcess bool
		one := &cobra.Command{
			Use: b.name, Short: "Measure " + b.short, Args: cobra.NoArgs, Example: "  seine bench " + b.name + "\n  seine bench " + b.name + " " + b.example,
			RunE: func(cmd *cobra.Command, _ []string) error {
				o.Bench = b.name
				return s.bench(cmd.Context(), &o, engine, profile, inProcess, b.run)
			},
		}
		f := one.Flags()
		f.IntVar(&o.Rounds, "rounds", 5, "rounds; medians are printed")
		f.Float64Var(&o.Seconds, "seconds", 2, "seconds of each measured stretch")
		f.StringVar(&profile, "cpuprofile", "", "`file` for a profile of the processor time")
		if b.name == "duty" {
			f.IntVar(&o.Bulk, "lines", 1, "lines of a consignment")
			c.AddCommand(one)
			continue
		}
		f.StringVar(&engine, "engine", "", "sqlite, or postgres with --db (default: by what is given)")
		f.BoolVar(&o.Trust, "no-check", false, "do not run seine check on the zone afterwards")
		f.IntVar(&o.History, "history", 0, "operations stored before the first round")
		if b.name == "gate" {
			f.IntVar(&o.Clients, "clients", 0, "lanes that take the next truck when one is through; 0: a truck every 5 ms")
		} else {
			f.IntVar(&o.Clients, "clients", 0, "who act at once (default 256; 8 with --bulk; 1 for balances)")
		}
		switch b.name {
		case "lodge":
			f.IntVar(&o.Bulk, "bulk", 1, "declarations in one request")
			f.Float64Var(&o.Rate, "rate", 0, "requests in a second, evenly; 0: as many as the clients can")
			f.BoolVar(&inProcess, "in-process", false, "without HTTP")
			f.BoolVar(&o.Keyless, "no-keys", false, "send no idempotency keys")
		case "post":
			f.BoolVar(&o.Hot, "hot", false, "everything on one item of one book")
			f.BoolVar(&o.Keyless, "no-keys", false, "without idempotency keys")
		case "balance":
			f.BoolVar(&o.Beside, "beside", false, "while goods are posted to all books; pages of whole books too")
		case "gate":
			f.BoolVar(&o.Beside, "beside", false, "while lodging saturates the zone")
		}
		c.AddCommand(one)
	}
	c.AddCommand(&cobra.Command{
		Use: "load", Short: "The load program of “bench lodge”", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return bench.Load(cmd.Context(), s.in, s.out) },
	})
	return c
}

func (s *session) bench(ctx context.Context, o *bench.Options, engine, profile string, inProcess bool, run func(context.Context, bench.Options) (*bench.Report, error)) (err error) {
	switch {
	case !slices.Contains([]string{"", "sqlite", "postgres"}, engine):
		return errUse{fmt.Errorf("there is no engine “%s”; it is sqlite or postgres", engine)}
	case engine == "postgres" && s.db == "":
		return errUse{errors.New("name a PostgreSQL database with --db URL; schemas are made in it and removed")}
	case engine == "sqlite" && s.db != "":
		return errUse{errors.New("--db is for --engine postgres")}
	case o.Rounds < 1 || o.Seconds <= 0 || o.Clients < 0 || o.Bulk < 0 || o.Bulk > 1000 || o.History < 0 || o.Rate < 0:
		return errUse{errors.New("rounds, seconds, clients, lines, rate and history are above zero, a bulk has at most 1,000")}
	}
	o.URL, o.Open = s.db, s.measured
	if o.Folder, err = os.MkdirTemp(s.data, "seine-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.Folder)) }()
	if !inProcess {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		o.Loader = []string{self, "bench", "load"}
	}
	var shown *progress
	what := ""
	o.Tell = func(of string, done, total int64) {
		if of != what {
			if shown != nil {
				shown.end()
			}
			shown, what = newProgress(s.errs, of, total), of
		}
		shown.set(done)
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	report, err := run(ctx, *o)
	if shown != nil {
		shown.end()
	}
	if err != nil {
		return err
	}
	if err := s.print(report, report.WriteText); err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return errFindings
	}
	return nil
}

// measured opens an empty zone with its doors for a measurement.
func (s *session) measured(ctx context.Context, dir, url string) (*bench.House, error) {
	o := app.Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(s.errs, &slog.HandlerOptions{Level: slog.LevelError})), TokenLife: 24 * time.Hour}
	if url != "" {
		o.Dir, o.URL, o.Secrets = "", url, filepath.Join(dir, "secrets")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	a, err := app.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	door, err := a.Doors(app.ServeOptions{})
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &bench.House{
		Store: a.Store, Clock: a.Clock, Registry: a.Registry, Clearance: a.Clearance, Bonded: a.Bonded, Control: a.Control,
		Reload: a.Reload, Start: a.Start, Close: a.Close, Door: door,
		Check: func(ctx context.Context) (findings []string, err error) {
			report, err := secondOpinion(ctx, o.Dir, o.URL, filepath.Join(dir, "secrets"))
			if err != nil {
				return nil, err
			}
			for i := range report.Findings {
				findings = append(findings, report.Findings[i].String())
			}
			return findings, nil
		},
		Token: func(ctx context.Context, client, secret string) (string, error) {
			issued, err := a.Identity.Issue(ctx, client, secret)
			return issued.Token, err
		},
	}, nil
}
