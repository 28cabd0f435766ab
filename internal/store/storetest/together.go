package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/store"
)

// Many writers at once, on every engine; on two nodes where it can be shared.

func lostUpdates(t *testing.T, e Engine) {
	place := e.Place(t)
	stores := []*store.Store{place(t, store.Options{Node: "one"})}
	if e.Shared {
		stores = append(stores, place(t, store.Options{Node: "two"}))
	}
	ctx := t.Context()
	if _, err := stores[0].Decide(ctx, command("note"), put(NoteKind, "counter", 0, Note{Name: "counter"})); err != nil {
		t.Fatal(err)
	}
	const writers, each = 8, 50
	err := many(writers, func(w int) error {
		s := stores[w%len(stores)]
		for range each {
			_, err := s.Decide(ctx, command("count"), func(v decision.View) (decision.Outcome, error) {
				n, version, err := decision.Load[Note](v, NoteKind, "counter")
				if err != nil {
					return decision.Outcome{}, err
				}
				n.Number++
				return decision.Outcome{Puts: []decision.Put{{Kind: NoteKind, ID: "counter", Version: version, Body: n}}}, nil
			})
			// On a server with several nodes a race may be lost for good: then it is
			// told, and the sender sends again.
			for fault.Is(err, "STORE-RACE-01") && e.Shared {
				_, err = s.Decide(ctx, command("count"), func(v decision.View) (decision.Outcome, error) {
					n, version, err := decision.Load[Note](v, NoteKind, "counter")
					n.Number++
					return decision.Outcome{Puts: []decision.Put{{Kind: NoteKind, ID: "counter", Version: version, Body: n}}}, err
				})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A node that remembers an old version refuses nobody because of it.
	for _, s := range stores {
		_, err := s.Decide(ctx, command("look"), func(v decision.View) (decision.Outcome, error) {
			n, _, err := decision.Load[Note](v, NoteKind, "counter")
			if err == nil && n.Number != writers*each {
				_, err = ledger.ParseKey("an old version")
			}
			return decision.Outcome{}, err
		})
		if err != nil {
			t.Error(err)
		}
	}
	var n Note
	version, err := stores[0].Load(context.Background(), NoteKind, "counter", &n)
	if err != nil || e.Shared && version != writers*each+1 {
		t.Fatalf("version %d, %v", version, err)
	}
	if n.Number != writers*each {
		t.Errorf("%d updates of %d were lost", writers*each-n.Number, writers*each)
	}
}

func hotAccount(t *testing.T, e Engine) {
	place := e.Place(t)
	stores := []*store.Store{place(t, store.Options{Node: "one"})}
	if e.Shared {
		stores = append(stores, place(t, store.Options{Node: "two"}))
	}
	ctx := t.Context()
	from, to := Account("e", "hot", ledger.Abroad), Account("e", "hot", ledger.OnHand)
	const writers, each, most = 8, 40, 300 * 100_000
	var refused atomic.Int64
	err := many(writers, func(w int) error {
		s := stores[w%len(stores)]
		for range each {
			_, err := s.Decide(ctx, command("arrive"), func(v decision.View) (decision.Outcome, error) {
				op := Move(v.NewID(), from, to, 100_000)
				op.Most = most
				return decision.Outcome{Transfers: []ledger.Op{op}, Entries: []journal.Entry{Entry("goods.arrived", "book", "hot")}}, nil
			})
			if fault.Is(err, "LEDGER-MOST-01") {
				refused.Add(1)
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stores {
		in := must[ledger.Balance](t)(s.Balance(ctx, to.Key()))
		out := must[ledger.Balance](t)(s.Balance(ctx, from.Key()))
		if in.Quantity != most || out.Quantity != -most || in.Count != most/100_000 {
			t.Errorf("in %v out %v after %d movements", in.Quantity, out.Quantity, in.Count)
		}
	}
	if refused.Load() != writers*each-most/100_000 {
		t.Errorf("%d refused", refused.Load())
	}
}

func journalOrder(t *testing.T, e Engine) {
	place := e.Place(t)
	stores := []*store.Store{place(t, store.Options{Node: "one"})}
	if e.Shared {
		stores = append(stores, place(t, store.Options{Node: "two"}))
	}
	ctx := t.Context()
	const writers, each = 6, 20
	if err := many(writers, func(w int) error {
		for i := range each {
			id := fmt.Sprintf("%d-%d", w, i)
			_, err := stores[w%len(stores)].Decide(ctx, command("note"), func(v decision.View) (decision.Outcome, error) {
				return decision.Outcome{Entries: []journal.Entry{Entry("note.made", "note", id), Entry("note.seen", "note", id)}}, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	const all = writers * each * 2
	for _, s := range stores {
		positions, stop := s.Watch()
		for p := range positions {
			if p == all {
				break
			}
		}
		stop()
		entries := must[[]*store.Stored](t)(s.Entries(ctx, 0, all+1))
		if len(entries) != all {
			t.Fatalf("%d entries", len(entries))
		}
		seen := map[string]bool{}
		for i, e := range entries {
			if e.Position != int64(i)+1 {
				t.Fatalf("position %d at place %d", e.Position, i+1)
			}
			if seen[e.ID] {
				t.Fatalf("entry %s twice", e.ID)
			}
			seen[e.ID] = true
			if c, err := e.Commit(e.Salt); err != nil || c != e.Commitment {
				t.Fatalf("commitment of entry %d does not hold, %v", e.Position, err)
			}
		}
	}
}

func closing(t *testing.T, e Engine) {
	s := open(t, e)
	var acknowledged atomic.Int64
	started := make(chan struct{}, 8)
	finished := make(chan error, 1)
	go func() {
		finished <- many(8, func(w int) error {
			started <- struct{}{}
			for {
				cmd := command("note")
				cmd.Urgent = w%2 == 0
				_, err := s.Decide(context.Background(), cmd, func(v decision.View) (decision.Outcome, error) {
					return decision.Outcome{Entries: []journal.Entry{Entry("note.made", "note", "n")}}, nil
				})
				if fault.Is(err, "STORE-CLOSED-01") || err != nil && fault.All(err) == nil {
					return nil
				}
				if err != nil {
					return err
				}
				acknowledged.Add(1)
			}
		})
	}()
	for range 8 {
		<-started
	}
	for acknowledged.Load() < 50 {
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
}
