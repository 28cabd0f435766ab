package treasury_test

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"seine/internal/app"
	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/revenue"
	"seine/internal/sim/banksim"
)

// from tells what a bank other than the usual one says.
func (z *zone) from(peer string, sequence int64, kind bank.Kind, body any) bank.AckBody {
	z.Helper()
	ack, err := z.toldBy(peer, sequence, kind, body)
	z.ok(err)
	return ack
}

// Nobody but the bank that issued a letter changes or ends it.
func TestABankSpeaksForItsOwnLettersAlone(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		z.guaranteed("G1", 1_000_000_00)
		before := z.standing("G1")
		for n, body := range []any{
			bank.LetterChange{Number: "G1", Limit: 1_00}, bank.LetterChange{Number: "G1", ValidTo: clock.MustDate("2026-11-24")}, bank.LetterEnd{Number: "G1", On: clock.MustDate("2026-11-23")},
		} {
			kind := bank.GuaranteeChanged
			if _, end := body.(bank.LetterEnd); end {
				kind = bank.GuaranteeExpired
			}
			if ack := z.from("BANKB", int64(n+1), kind, body); ack.Status != bank.Refused || ack.Code != "TREASURY-LETTER-05" {
				z.Errorf("%s %+v: %+v", kind, body, ack)
			}
		}
		g := load[guarantee.Guarantee](z, dossier.Guarantee, "G1")
		if after := z.standing("G1"); after != before || g.State != guarantee.Active || g.ValidTo != clock.MustDate("2027-12-31") {
			z.Errorf("%+v, %+v", after, g)
		}
	})
}

// An answer to a call counts once, for the guarantee that was called, from the
// bank that spoke for it, however often and however late it comes.
func TestAnswersToACallThatComeLateOrTwice(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		z.guaranteed("G1", 1_000_000_00)
		d := z.lodge(50_000, "G1")
		z.until("2026-12-01")
		z.until("2026-12-08") // the fifth working day has passed, the guarantee is called
		o := z.debts("monthly-tax")[0]
		z.until("2026-12-17")
		today := z.clock.Now().Date()
		fee, err := d.Total.Times(500_000, num.HalfUp) // ten days
		z.ok(err)
		answer := bank.CallAnswer{Guarantee: "G1", Obligation: o.ID, Paid: d.Total + fee, PaidOn: today, Reference: "C1"}
		if ack := z.from("BANKB", 1, bank.CallAnswered, answer); ack.Status != bank.Refused || ack.Code != "TREASURY-LETTER-05" {
			z.Errorf("another bank answers: %+v", ack)
		}
		other := answer
		other.Guarantee = "G2"
		if ack := z.tells(bank.CallAnswered, other); ack.Status != bank.Refused || ack.Code != "TREASURY-CALL-02" {
			z.Errorf("another guarantee: %+v", ack)
		}
		// Refused first, which changes nothing; paid later.
		if ack := z.tells(bank.CallAnswered, bank.CallAnswer{Guarantee: "G1", Obligation: o.ID, Reason: "being looked at"}); ack.Status != bank.Taken {
			z.Errorf("%+v", ack)
		}
		if b := z.bill(d.TaxBill); b.State != revenue.Overdue || b.PaidTotal() != 0 {
			z.Fatalf("%+v", b)
		}
		z.tells(bank.CallAnswered, answer)
		b := z.bill(d.TaxBill)
		if b.State != revenue.Called || b.PaidTotal() != d.Total+fee || b.Fee != fee {
			z.Fatalf("%s paid %s fee %s of %s and %s", b.State, b.PaidTotal(), b.Fee, d.Total, fee)
		}
		// The same message again does nothing; the same answer under a new number is
		// money that nobody owes, and stands apart.
		if ack := z.says(z.sequence, bank.CallAnswered, answer); ack.Status != bank.Repeated {
			z.Errorf("%+v", ack)
		}
		z.tells(bank.CallAnswered, answer)
		all := found[revenue.Payment](z, dossier.Payment, "bank_reference", "BANKA|C1")
		if len(all) != 2 {
			z.Fatalf("%d payments", len(all))
		}
		slices.SortFunc(all, func(a, b revenue.Payment) int { return strings.Compare(string(a.Result), string(b.Result)) })
		if all[0].Result != revenue.Exact || all[1].Result != revenue.Twice || all[1].Left != answer.Paid {
			z.Errorf("%s, %s with %s left", all[0].Result, all[1].Result, all[1].Left)
		}
		if after := z.bill(d.TaxBill); after.PaidTotal() != b.PaidTotal() || after.Fee != b.Fee || after.State != b.State {
			z.Errorf("the bill moved: %+v", after)
		}

		// The payer pays after all, and the bank's answer comes when nothing is owed.
		z.tells(bank.GuaranteeChanged, bank.LetterChange{Number: "G1", Reinstated: z.standing("G1").Used})
		d = z.lodge(40_000, "G1")
		z.until("2027-01-04")
		z.until("2027-01-12")
		var called obligation.Obligation
		for _, o := range z.debts("monthly-tax") {
			if o.State == obligation.Overdue {
				called = o
			}
		}
		if called.ID == "" {
			z.Fatal("no second call")
		}
		b = z.bill(d.TaxBill)
		z.tells(bank.PaymentReceived, paid(b.Total*2, "R9", d.TaxBill, z.clock.Now().Date()))
		if b = z.bill(d.TaxBill); b.Payable() {
			z.Fatalf("%+v", b)
		}
		z.tells(bank.CallAnswered, bank.CallAnswer{Guarantee: "G1", Obligation: called.ID, Paid: b.Total, PaidOn: z.clock.Now().Date(), Reference: "C2"})
		if p := found[revenue.Payment](z, dossier.Payment, "bank_reference", "BANKA|C2")[0]; p.Result != revenue.Twice || p.Left != b.Total {
			z.Errorf("a late answer: %+v", p)
		}
	})
}

// ear is what one bank heard of customs.
type ear struct {
	mu    sync.Mutex
	heard []*bank.Message
}

func (e *ear) hear(m *bank.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, m)
}

// of counts what was heard of a kind about a guarantee, and what was heard at all.
func (e *ear) of(kind bank.Kind, number string) (matching, all int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range e.heard {
		if o, err := bank.Body[bank.Order](m); err == nil && m.Kind == kind && o.Guarantee == number {
			matching++
		}
	}
	return matching, len(e.heard)
}

// Two banks over real sockets, each losing and repeating: letters, holds, calls
// and payments of each go to and come from the right one, and count once.
func TestTwoBanksOverSockets(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		ours, err := z.app.BankKey()
		z.ok(err)
		key, err := bank.ParsePublic(ours)
		z.ok(err)
		ctx, cancel := context.WithCancel(z.Context())
		ears := map[string]*ear{"BANKA": {}, "BANKB": {}}
		banks := map[string]*banksim.Bank{}
		for seed, name := range []string{"BANKA", "BANKB"} {
			b, err := banksim.Open(banksim.Options{
				Name: name, Dir: z.TempDir(), Customs: app.Customs, Key: key, Seed: uint64(seed), Now: z.clock.Now, Log: slog.New(slog.DiscardHandler), Heard: ears[name].hear,
				Switches: banksim.Switches{Loss: 10, Repeat: 50, Late: 80 * time.Millisecond, Delay: 10 * time.Millisecond},
			})
			z.ok(err)
			defer b.Close() //nolint:errcheck // a test's bank
			z.ok(z.app.TrustBank(name, b.Public()))
			banks[name] = b
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		z.ok(err)
		ended := make(chan error, 3)
		go func() { ended <- z.app.ServeBanks(ctx, listener) }()
		for _, b := range banks {
			go func() { ended <- b.Run(ctx, listener.Addr().String()) }()
		}
		defer func() {
			cancel()
			for range 3 {
				if err := <-ended; err != nil {
					z.Error(err)
				}
			}
		}()
		wait := func(what string, done func() bool) {
			z.Helper()
			for end := time.Now().Add(60 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
				if time.Now().After(end) {
					z.Fatalf("waited too long: %s", what)
				}
			}
		}
		heard := func(name string, kind bank.Kind, number string, times int) {
			z.Helper()
			wait(name+" hears "+string(kind), func() bool { n, _ := ears[name].of(kind, number); return n >= times })
		}
		numbers := map[string]string{"BANKA": "LA-1", "BANKB": "LB-1"}
		for name, number := range numbers {
			z.ok(banks[name].Tell(bank.GuaranteeIssued, bank.Letter{
				Number: number, Form: string(guarantee.Account), Beneficiary: guarantee.Customs, Guarantor: name, Enterprise: trader, Obligation: "taxes", Liability: "joint",
				Limit: 1_000_000_00, ValidFrom: clock.MustDate("2026-01-01"), ValidTo: clock.MustDate("2027-12-31"),
			}))
			wait(number+" is registered", func() bool { return len(found[guarantee.Guarantee](z, dossier.Guarantee, "number", number)) == 1 })
			z.must(z.app.Treasury.Answer(z.Context(), z.command("answer"), z.guarantor("2001"), number, true, "complete"))
		}
		first, second := z.lodge(50_000, "LA-1"), z.lodge(20_000, "LB-1")
		heard("BANKA", bank.Held, "LA-1", 1)
		heard("BANKB", bank.Held, "LB-1", 1)

		// The second trader's bank pays; its own letter is free again, and it alone is told.
		z.ok(banks["BANKB"].Pay(bank.Payment{Reference: "PB-1", Amount: second.Total, TaxBill: second.TaxBill, Payer: trader}))
		heard("BANKB", bank.Released, "LB-1", 1)
		if s := z.standing("LB-1"); s.Held != 0 || s.Free != s.Limit {
			z.Errorf("%+v", s)
		}
		if s := z.standing("LA-1"); s.Held != first.Total {
			z.Errorf("%+v", s)
		}

		// The first is not paid: its guarantor is called, and answers late.
		z.until("2026-12-01")
		z.until("2026-12-08")
		heard("BANKA", bank.Called, "LA-1", 1)
		answered := func() []revenue.Payment {
			return slices.DeleteFunc(found[revenue.Payment](z, dossier.Payment, "bank_day", revenue.BankDay("BANKA", z.clock.Now().Date())), func(p revenue.Payment) bool { return p.By != revenue.ByGuarantor })
		}
		wait("the call is answered", func() bool { return len(answered()) > 0 })
		// What one bank says about the other's letter is refused on the wire too.
		o := z.debts("monthly-tax")[0]
		z.ok(banks["BANKB"].Tell(bank.CallAnswered, bank.CallAnswer{Guarantee: "LA-1", Obligation: o.ID, Paid: 1_00, PaidOn: z.clock.Now().Date(), Reference: "PB-2"}))
		z.ok(banks["BANKB"].Tell(bank.GuaranteeExpired, bank.LetterEnd{Number: "LA-1", On: z.clock.Now().Date()}))
		wait("all is acknowledged", func() bool { return banks["BANKA"].Outstanding() == 0 && banks["BANKB"].Outstanding() == 0 })
		var codes []string
		for _, code := range banks["BANKB"].Refused() {
			codes = append(codes, code)
		}
		if !slices.Equal(codes, []string{"TREASURY-LETTER-05", "TREASURY-LETTER-05"}) || len(banks["BANKA"].Refused()) != 0 {
			z.Errorf("BANKB was refused %v, BANKA %v", codes, banks["BANKA"].Refused())
		}
		if paid := answered(); len(paid) != 1 || paid[0].Bank != "BANKA" || paid[0].Amount != first.Total || paid[0].Bill != first.TaxBill {
			z.Errorf("%+v", paid)
		}
		if g := load[guarantee.Guarantee](z, dossier.Guarantee, "LA-1"); g.State != guarantee.Active {
			z.Errorf("%+v", g)
		}
		// Each was told of its own letter alone, and of everything once.
		for name, number := range numbers {
			of, all := 0, 0
			for _, kind := range []bank.Kind{bank.Held, bank.Released, bank.Called} {
				n, sum := ears[name].of(kind, number)
				of, all = of+n, sum
			}
			if of != all || of != 2 { // held, and released or called
				z.Errorf("%s heard %d messages, %d of them about its letter", name, all, of)
			}
		}
		for name, want := range map[string]num.Money{"BANKA": first.Total, "BANKB": second.Total} {
			if got := z.balance(revenue.CashAccount(name)); got != want {
				z.Errorf("%s holds %s, want %s", name, got, want)
			}
		}
	})
}
