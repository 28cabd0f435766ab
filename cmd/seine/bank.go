package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/app"
	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/sim"
	"seine/internal/sim/banksim"
	"seine/internal/store"
)

func newBank(s *session) *cobra.Command {
	c := &cobra.Command{
		Use:   "bank",
		Short: "The link to banks: keys, a bank that is none, what differs",
		Long: "bank looks after the bank link, over which banks tell what was paid and customs tell\n" +
			"what they hold, free, call and refund. The protocol is in docs/bank.md.",
	}
	c.AddCommand(bankKey(s), bankTrust(s), bankSimulate(s), bankReconcile(s))
	return c
}

func bankKey(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "key", Short: "Print the zone's public key of the bank link", Args: cobra.NoArgs,
		Example: "  seine bank key --data ./zone",
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, true)
			if err != nil {
				return err
			}
			key, err := a.BankKey()
			if err == nil {
				fmt.Fprintln(s.out, key)
			}
			return errors.Join(err, a.Close())
		},
	}
}

func bankTrust(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "trust NAME KEY", Short: "Keep a bank's public key: its messages are taken from the next start on", Args: cobra.ExactArgs(2),
		Example: "  seine bank trust BANKA 'x5W…=' --data ./zone",
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, true)
			if err != nil {
				return err
			}
			if err = a.TrustBank(args[0], args[1]); err == nil {
				fmt.Fprintf(s.out, "%s is known; start the zone again with --bank-addr\n", args[0])
			}
			return errors.Join(err, a.Close())
		},
	}
}

// simulated is how a simulated bank is asked for.
type simulated struct {
	connect, name, dir, key string
	seed                    uint64
	switches                banksim.Switches
}

func bankSimulate(s *session) *cobra.Command {
	var o simulated
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Be a bank that speaks the bank link, as well or as badly as asked",
		Long: "simulate speaks the bank link for real and remembers in --dir what it said and heard.\n" +
			"It reads one JSON object a line from standard input: {\"kind\": \"payment.received\",\n" +
			"\"body\": {…}} with the kinds and bodies of docs/bank.md; a day.statement needs only its\n" +
			"day. Calls and refunds it answers by itself. It prints what customs tell it, its own\n" +
			"public key first, and ends when the input has ended and everything is acknowledged.",
		Example: "  seine bank simulate --connect 127.0.0.1:7070 --name BANKA --dir ./banka --customs-key KEY --loss 10 --late 5s",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return s.bankSimulate(cmd.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.connect, "connect", "", "`address` at which customs listen; empty prints the key only")
	f.StringVar(&o.name, "name", "BANKA", "what the bank is called")
	f.StringVar(&o.dir, "dir", "", "`folder` of its memory and key")
	f.StringVar(&o.key, "customs-key", "", "public `key` of customs, as “seine bank key” prints it")
	f.Uint64Var(&o.seed, "seed", 1, "the same seed makes the same mistakes")
	f.IntVar(&o.switches.Loss, "loss", 0, "frames of a hundred that are lost")
	f.IntVar(&o.switches.Repeat, "repeat", 0, "frames of a hundred that are sent twice")
	f.IntVar(&o.switches.BadSignature, "bad-signature", 0, "frames of a hundred with a spoiled signature")
	f.IntVar(&o.switches.WrongAmount, "wrong-amount", 0, "payments of a hundred that are told with a fen more than was booked")
	f.DurationVar(&o.switches.Delay, "delay", 0, "longest delay of a frame")
	f.DurationVar(&o.switches.Late, "late", 0, "before calls and refunds are answered")
	return c
}

func (s *session) bankSimulate(ctx context.Context, o simulated) error {
	if o.dir == "" {
		return errUse{errors.New("name the bank's folder with --dir")}
	}
	for flag, share := range map[string]int{"loss": o.switches.Loss, "repeat": o.switches.Repeat, "bad-signature": o.switches.BadSignature, "wrong-amount": o.switches.WrongAmount} {
		if share < 0 || share > 100 {
			return outOfRange(flag, strconv.Itoa(share), "0", "100")
		}
	}
	options := banksim.Options{
		Name: o.name, Dir: o.dir, Customs: app.Customs, Switches: o.switches, Seed: o.seed, Log: slog.New(slog.NewTextHandler(s.errs, nil)),
		Heard: func(m *bank.Message) {
			s.line(m, "%d %s %s", m.Sequence, m.Kind, m.Body)
		},
	}
	if o.connect != "" {
		key, err := bank.ParsePublic(o.key)
		if err != nil {
			return err
		}
		options.Key = key
	}
	b, err := banksim.Open(options)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	s.line(map[string]string{"key": b.Public()}, "key %s", b.Public())
	if o.connect == "" {
		return nil
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- b.Run(running, o.connect) }()
	told := tell(b, s.in)
	for told == nil && b.Outstanding() > 0 && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	for n, code := range b.Refused() {
		s.line(map[string]any{"sequence": n, "refused": code}, "message %d was refused: %s", n, code)
	}
	stop()
	return errors.Join(told, <-ended)
}

// tell lets the bank tell what the lines of r say.
func tell(b *banksim.Bank, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, bank.MaxPayload)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var m bank.Message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return fmt.Errorf("read “%s”: %w", lines.Text(), err)
		}
		var err error
		switch m.Kind {
		case bank.PaymentReceived:
			var p bank.Payment
			if p, err = bank.Body[bank.Payment](&m); err == nil {
				err = b.Pay(p)
			}
		case bank.StatementOfTheDay:
			var d bank.DayStatement
			if d, err = bank.Body[bank.DayStatement](&m); err == nil {
				err = b.Day(d.Day)
			}
		default:
			err = b.Tell(m.Kind, m.Body)
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

func bankReconcile(s *session) *cobra.Command {
	var name, day string
	c := &cobra.Command{
		Use:   "reconcile",
		Short: "Print what differs between the banks' days and the zone's books",
		Long: "reconcile prints the days of banks as the zone has compared them: each difference with\n" +
			"its kind, the bank's figure and ours. Exit status 3: something differs and nobody has\n" +
			"explained it.",
		Example: "  seine bank reconcile --data ./zone --day 2026-11-23",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return s.bankReconcile(cmd.Context(), name, day) },
	}
	c.Flags().StringVar(&name, "bank", "", "only this bank")
	c.Flags().StringVar(&day, "day", "", "only this day")
	return c
}

func (s *session) bankReconcile(ctx context.Context, name, day string) (err error) {
	if day != "" {
		if _, err := clock.ParseDate(day); err != nil {
			return errUse{err}
		}
	}
	e, err := s.zone()
	if err != nil {
		return err
	}
	a, err := s.open(ctx, e, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	q := store.Query{Where: map[string][]string{}, Limit: 500}
	if name != "" {
		q.Where["bank"] = []string{name}
	}
	if day != "" {
		q.Where["day"] = []string{day}
	}
	page, err := a.Store.List(ctx, dossier.Reconciliation, q)
	if err != nil {
		return err
	}
	days := []bank.Reconciliation{}
	open := 0
	for _, item := range page.Items {
		var r bank.Reconciliation
		if err := json.Unmarshal(item.Body, &r); err != nil {
			return err
		}
		days = append(days, r)
		if r.State == bank.ReconciliationOpen {
			open++
		}
	}
	if s.asJSON {
		if err := json.NewEncoder(s.out).Encode(days); err != nil {
			return err
		}
	} else {
		for _, r := range days {
			fmt.Fprintf(s.out, "%s %s %s: bank %s, books %s, %d movements\n", r.Bank, r.Day, r.State, r.Statement.Closing.Fixed(), r.Ours.Fixed(), r.Records)
			for _, d := range r.Differences {
				fmt.Fprintf(s.out, "  %s %s %s bank %s ours %s %s\n", d.Kind, d.Reference, d.Subject, d.Bank.Fixed(), d.Ours.Fixed(), d.Explained)
			}
		}
	}
	if open > 0 {
		return errFindings
	}
	return nil
}

// banks lets banks speak at an address and gives the address.
func (s *session) banks(ctx context.Context, a *app.App, address string) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen for banks on %s: %w", address, err)
	}
	go func() {
		if err := a.ServeBanks(ctx, l); err != nil && ctx.Err() == nil {
			a.Log.Error("the bank link has ended", "error", err)
		}
	}()
	return l.Addr().String(), nil
}

// demoBank gives the demonstration its bank, which speaks over a socket like any
// other.
func (s *session) demoBank(ctx context.Context, a *app.App, dir string) (*banksim.Bank, error) {
	key, err := a.BankKey()
	if err != nil {
		return nil, err
	}
	public, err := bank.ParsePublic(key)
	if err != nil {
		return nil, err
	}
	b, err := banksim.Open(banksim.Options{Name: sim.BankName, Dir: filepath.Join(dir, "demo-bank"), Customs: app.Customs, Key: public, Now: a.Clock.Now})
	if err != nil {
		return nil, err
	}
	if err := a.TrustBank(sim.BankName, b.Public()); err != nil {
		return nil, err
	}
	address, err := s.banks(ctx, a, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		if err := b.Run(ctx, address); err != nil {
			a.Log.Error("the bank of the demonstration has ended", "error", err)
		}
		_ = b.Close()
	}()
	return b, nil
}
