package app

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"seine/internal/bank"
	"seine/internal/check"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/registry"
	"seine/internal/revenue"
	"seine/internal/sim/banksim"
	"seine/internal/treasury"
)

// zoneWithBank is a zone that trusts a bank, and the bank.
func zoneWithBank(t *testing.T, dir string, s banksim.Switches) *banksim.Bank {
	t.Helper()
	a, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	_, err = a.Registry.Rate(t.Context(), command("rates", a), decision.System, []registry.ExchangeRate{{Currency: "USD", From: clock.MustDate("2026-01-01"), Rate: 717_950_000, Source: "test"}})
	if err != nil {
		t.Fatal(err)
	}
	key, err := a.BankKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := bank.ParsePublic(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := banksim.Open(banksim.Options{Name: "BANKA", Dir: t.TempDir(), Customs: Customs, Key: public, Switches: s, Seed: 7, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	if err := a.TrustBank("BANKA", b.Public()); err != nil {
		t.Fatal(err)
	}
	return b
}

func lodged(t *testing.T, a *App) clearance.LodgeReply {
	t.Helper()
	if err := a.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := a.Clearance.Lodge(t.Context(), command("lodge", a), clerk, clearance.Lodging{Declaration: importBill(a.Clock.Now().Date())})
	if err != nil {
		t.Fatal(err)
	}
	var reply clearance.LodgeReply
	if err := json.Unmarshal(r.Reply, &reply); err != nil {
		t.Fatal(err)
	}
	return reply
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long: %s", what)
		}
	}
}

// A bank that loses, repeats, delays and signs badly still gets everything
// through, once.
func TestABadBankLosesNothingAndPaysNothingTwice(t *testing.T) {
	dir := t.TempDir()
	b := zoneWithBank(t, dir, banksim.Switches{Loss: 20, Repeat: 25, BadSignature: 3, Delay: 10 * time.Millisecond, Late: 50 * time.Millisecond})
	a, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	bill := lodged(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- a.ServeBanks(ctx, listener) }()
	go func() { ended <- b.Run(ctx, listener.Addr().String()) }()
	const parts = 40
	for i := range parts {
		if err := b.Pay(bank.Payment{Reference: fmt.Sprintf("R%03d", i), Amount: 1_00, TaxBill: bill.TaxBill, PaidOn: a.Clock.Now().Date()}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "every payment is acknowledged", func() bool { return b.Outstanding() == 0 })
	if err := b.Day(a.Clock.Now().Date()); err != nil {
		t.Fatal(err)
	}
	until(t, "the day is acknowledged", func() bool { return b.Outstanding() == 0 })
	if err := a.Money(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r bank.Reconciliation
	if _, err := a.Store.Load(t.Context(), dossier.Reconciliation, treasury.ReconciliationID("BANKA", a.Clock.Now().Date()), &r); err != nil || r.State != bank.ReconciliationAgreed || r.Records != parts {
		t.Errorf("%+v %v", r, err)
	}
	cash, err := a.Cash(t.Context(), "BANKA", a.Clock.Now().Date())
	if err != nil || cash != parts*1_00 {
		t.Errorf("the treasury has %s: %v", cash, err)
	}
	cancel()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	check.Tester(t, dir)
}

func TestAForgedMessageIsRefusedAndJournaled(t *testing.T) {
	dir := t.TempDir()
	zoneWithBank(t, dir, banksim.Switches{})
	a, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.ServeBanks(ctx, listener) }()
	before := a.Store.Position()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	m := bank.Message{Version: 1, Kind: bank.PaymentReceived, Sender: "BANKA", Receiver: Customs, Sequence: 1, Body: json.RawMessage(`{"reference":"X","amount":"5.00"}`)}
	payload, err := m.Payload()
	if err != nil {
		t.Fatal(err)
	}
	if err := bank.Sign(payload, other).Write(conn); err != nil {
		t.Fatal(err)
	}
	if _, err := bank.ReadFrame(conn); err == nil {
		t.Error("a forger got an answer")
	}
	until(t, "the forgery is journaled", func() bool { return a.Store.Position() > before })
	entries, err := a.Store.Entries(t.Context(), before, 10)
	if err != nil || len(entries) != 1 || entries[0].Type != "bank-message.forged" || entries[0].Why.Rule != "BANK-SIGNATURE-01" {
		t.Errorf("%+v %v", entries, err)
	}
	if found, err := a.Store.Find(t.Context(), dossier.BankMessage, "state", "taken", 10); err != nil || len(found) != 0 {
		t.Errorf("%v %v", found, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestServeForTheKill is the program that TestKilledInTheMiddle kills.
func TestServeForTheKill(t *testing.T) {
	dir := os.Getenv("SEINE_KILL_DIR")
	if dir == "" {
		t.Skip("is run by TestKilledInTheMiddle")
	}
	a, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", os.Getenv("SEINE_KILL_ADDR"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("listening", listener.Addr())
	_ = a.ServeBanks(t.Context(), listener)
}

// The program is killed again and again while a bank pays: what was acknowledged
// is on disk, what was not is repeated, and nothing is booked twice.
func TestKilledInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	b := zoneWithBank(t, dir, banksim.Switches{})
	a, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	bill := lodged(t, a)
	day := a.Clock.Now().Date()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	_ = probe.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, address) }()
	start := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeForTheKill$", "-test.v")
		cmd.Env = append(os.Environ(), "SEINE_KILL_DIR="+dir, "SEINE_KILL_ADDR="+address)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "listening") {
				return cmd
			}
		}
		t.Fatal("the program does not listen")
		return nil
	}
	const parts, kills = 120, 4
	paid := 0
	for range kills {
		cmd := start()
		for range parts / kills {
			if err := b.Pay(bank.Payment{Reference: fmt.Sprintf("K%03d", paid), Amount: 10, TaxBill: bill.TaxBill, PaidOn: day}); err != nil {
				t.Fatal(err)
			}
			paid++
		}
		time.Sleep(60 * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil { // SIGKILL
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	left := b.Outstanding()
	cmd := start()
	until(t, "everything is acknowledged", func() bool { return b.Outstanding() == 0 })
	t.Logf("%d of %d were not acknowledged when the program was killed for the last time", left, parts)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if a, err = Open(t.Context(), Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	payments, err := a.Store.Find(t.Context(), dossier.Payment, "bank_day", revenue.BankDay("BANKA", day), 1000)
	if err != nil || len(payments) != parts {
		t.Errorf("%d payments of %d: %v", len(payments), parts, err)
	}
	if cash, err := a.Cash(t.Context(), "BANKA", day); err != nil || cash != parts*10 {
		t.Errorf("the treasury has %s: %v", cash, err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	check.Tester(t, dir)
}

// A bank that tells wrong amounts, and answers late: what it told is booked as
// told, and its own statement of the day names each difference.
func TestABankThatTellsWrongAmountsIsFoundByItsDay(t *testing.T) {
	dir := t.TempDir()
	b := zoneWithBank(t, dir, banksim.Switches{WrongAmount: 50, Late: 30 * time.Millisecond})
	a, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	bill := lodged(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- a.ServeBanks(ctx, listener) }()
	go func() { ended <- b.Run(ctx, listener.Addr().String()) }()
	const parts = 20
	for i := range parts {
		if err := b.Pay(bank.Payment{Reference: fmt.Sprintf("W%03d", i), Amount: 1_00, TaxBill: bill.TaxBill, PaidOn: a.Clock.Now().Date()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Day(a.Clock.Now().Date()); err != nil {
		t.Fatal(err)
	}
	until(t, "all is acknowledged", func() bool { return b.Outstanding() == 0 })
	if err := a.Money(t.Context()); err != nil {
		t.Fatal(err)
	}
	var r bank.Reconciliation
	if _, err := a.Store.Load(t.Context(), dossier.Reconciliation, treasury.ReconciliationID("BANKA", a.Clock.Now().Date()), &r); err != nil {
		t.Fatal(err)
	}
	kinds := map[bank.DifferenceKind]int{}
	for _, d := range r.Differences {
		kinds[d.Kind]++
	}
	wrong := kinds[bank.AmountDiffers]
	if r.State != bank.ReconciliationOpen || wrong == 0 || wrong == parts || kinds[bank.BalanceDiffers] != 1 || len(r.Differences) != wrong+1 || r.Records != parts {
		t.Errorf("%s %v of %d", r.State, kinds, r.Records)
	}
	if cash, err := a.Cash(t.Context(), "OTHER-BANK", a.Clock.Now().Date()); err != nil || cash != 0 {
		t.Errorf("another bank has %s of it: %v", cash, err)
	}
	cancel()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	check.Tester(t, dir)
}
