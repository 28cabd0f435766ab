package app

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"seine/internal/bank"
	"seine/internal/banklink"
	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/treasury"
)

const (
	bankKeyFile = "bank.key"
	bankPrefix  = "bank-"
	bankSuffix  = ".pub"
	bankOrders  = 200 // orders made into messages in one go
	// Customs is what we are called on the bank link.
	Customs = "CUSTOMS"
)

// bankKey gives the key that signs what we tell banks.
func (s *secrets) bankKey() (ed25519.PrivateKey, error) {
	seed, err := s.seed(bankKeyFile)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed[:]), nil
}

// banks reads the public keys of the banks that are known, by name.
func (s *secrets) banks() (map[string]ed25519.PublicKey, error) {
	files, err := filepath.Glob(filepath.Join(s.dir, bankPrefix+"*"+bankSuffix))
	if err != nil {
		return nil, err
	}
	known := map[string]ed25519.PublicKey{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		key, err := bank.ParsePublic(string(text))
		if err != nil {
			return nil, err
		}
		known[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), bankPrefix), bankSuffix)] = key
	}
	return known, nil
}

// BankKey gives our public key of the bank link, as a bank needs it.
func (a *App) BankKey() (string, error) {
	key, err := a.secrets.bankKey()
	if err != nil {
		return "", err
	}
	return bank.FormatPublic(key.Public().(ed25519.PublicKey)), nil
}

// TrustBank keeps the public key of a bank in the folder of secrets: from then on
// its messages are taken. Faults: APP-BANK-01 (the name), BANK-KEY-01.
func (a *App) TrustBank(name, key string) error {
	if !bank.Name(name) || name == Customs {
		return fault.New(fault.Invalid, "APP-BANK-01", "", "“{name}” cannot name a bank", "use letters, digits and hyphens, at most 32", "name", name)
	}
	if _, err := bank.ParsePublic(key); err != nil {
		return err
	}
	return writeDurably(filepath.Join(a.secrets.dir, bankPrefix+name+bankSuffix), []byte(strings.TrimSpace(key)+"\n"), secretMode)
}

// ServeBanks speaks with banks over a listener until ctx ends: what they tell
// becomes facts, what waits for them in the outbox becomes messages.
func (a *App) ServeBanks(ctx context.Context, l net.Listener) error {
	key, err := a.secrets.bankKey()
	if err != nil {
		return err
	}
	known, err := a.secrets.banks()
	if err != nil {
		return err
	}
	a.running.Go(func() {
		a.repeat(ctx, "bank orders", 50*time.Millisecond, func(ctx context.Context) error { return a.dispatch(ctx, known) })
	})
	link := &banklink.Link{
		Name: Customs, Key: key, Log: a.Log, Now: a.Clock.Now, Side: bankSide{a},
		Peers: func(name string) (ed25519.PublicKey, bool) { k, ok := known[name]; return k, ok },
		Forged: func(ctx context.Context, from string, refusal error) {
			if err := a.Treasury.Forged(ctx, a.command("bank.forged"), from, refusal); err != nil {
				a.Log.Error("a forged message could not be journaled", "error", err)
			}
		},
	}
	return link.Serve(ctx, l)
}

// dispatch makes messages of the orders to banks that wait in the outbox.
func (a *App) dispatch(ctx context.Context, known map[string]ed25519.PublicKey) error {
	if len(known) == 0 {
		return nil
	}
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	orders, err := a.Store.Claim(ctx, casework.BankChannel, bankOrders, workClaim)
	if err != nil {
		return wrap("take the orders to banks", err)
	}
	for _, o := range orders {
		var order bank.Order
		err := json.Unmarshal(o.Body, &order)
		var done treasury.Dispatched
		if err == nil {
			command := decision.Command{Name: "bank.dispatch", Actor: decision.System.ID, Key: o.ID, Content: o.Body, Received: a.Clock.Now()}
			done, err = a.Treasury.Dispatch(ctx, command, Customs, names, o.Target, order)
		}
		switch {
		case err == nil && done.Bank == "":
			err = a.Store.Sent(ctx, o.ID, "no bank is concerned")
		case err == nil:
			err = a.Store.Sent(ctx, o.ID, treasury.MailID("out", done.Bank, done.Sequence))
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			a.Log.Warn("an order to a bank could not be made into a message", "order", o.ID, "error", err)
			err = a.Store.Failed(ctx, o.ID, err.Error(), a.Clock.Now().Add(workClaim))
		}
		if err != nil {
			return wrap("finish order "+o.ID, err)
		}
	}
	return nil
}

// bankSide is our memory as the link asks for it.
type bankSide struct{ a *App }

// Seen is how far we have heard a bank without a gap.
func (s bankSide) Seen(ctx context.Context, peer string) (int64, error) {
	var p treasury.Peer
	_, err := s.a.Store.Load(ctx, dossier.BankPeer, peer, &p)
	if fault.Is(err, "STORE-ABSENT-01") {
		return 0, nil
	}
	return p.Seen, err
}

// Take records what a bank tells.
func (s bankSide) Take(ctx context.Context, m *bank.Message, payload []byte) (bank.AckBody, error) {
	return s.a.Treasury.Receive(ctx, decision.Command{Name: "bank.receive", Received: s.a.Clock.Now()}, m, payload)
}

// Waiting gives our messages that a bank has not acknowledged.
func (s bankSide) Waiting(ctx context.Context, peer string, limit int) ([]banklink.Letter, error) {
	ids, err := s.a.Store.Find(ctx, dossier.BankMessage, "waiting", peer, limit)
	if err != nil {
		return nil, err
	}
	list := make([]banklink.Letter, 0, len(ids))
	for _, id := range ids {
		var m treasury.Mail
		if _, err := s.a.Store.Load(ctx, dossier.BankMessage, id, &m); err != nil {
			return nil, err
		}
		if m.State == treasury.MailWaiting {
			list = append(list, banklink.Letter{Sequence: m.Sequence, Payload: []byte(m.Payload)})
		}
	}
	return list, nil
}

// Acknowledged notes what a bank has taken.
func (s bankSide) Acknowledged(ctx context.Context, peer string, a bank.AckBody) error {
	return s.a.Treasury.Acknowledged(ctx, decision.Command{Name: "bank.acknowledged", Actor: "bank/" + peer, Received: s.a.Clock.Now()}, peer, a)
}
