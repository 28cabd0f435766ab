package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/store"
)

// Two nodes on one place; on an engine that only one program writes, one node
// does the same alone.

func nodes(t *testing.T, e Engine) []*store.Store {
	place := e.Place(t)
	all := []*store.Store{place(t, store.Options{Node: "one"})}
	if e.Shared {
		all = append(all, place(t, store.Options{Node: "two"}))
	}
	return all
}

// lastCarton has every node take from one balance until it is empty, each time
// with an official number: what was there is taken once, no more and no less, and
// the numbers have no gap and no double.
func lastCarton(t *testing.T, e Engine) {
	all := nodes(t, e)
	ctx := t.Context()
	const there, writers = 60, 8
	hand, gone := Account("e", "carton", ledger.OnHand), Account("e", "carton", ledger.HomeMarket)
	_, err := all[0].Decide(ctx, command("arrive"), func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{Transfers: []ledger.Op{Move(v.NewID(), Account("e", "carton", ledger.Abroad), hand, there)}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var serials []int64
	err = many(writers, func(w int) error {
		for {
			var serial int64
			_, err := all[w%len(all)].Decide(ctx, command("take"), func(v decision.View) (decision.Outcome, error) {
				// What the writer looks at may be old: only the books refuse.
				id := v.NewID()
				number := Numbered("taken", "T%09d", &serial)
				return decision.Outcome{
					Transfers: []ledger.Op{Move(v.NewID(), hand, gone, 1)},
					Numbers:   []decision.Number{number},
					Puts:      []decision.Put{{Kind: PaperKind, ID: id, Body: Paper{Number: number.StandIn, State: "taken"}}},
					Entries:   []journal.Entry{Entry("carton.taken", "declaration", id)},
				}, nil
			})
			switch {
			case err == nil:
				mu.Lock()
				serials = append(serials, serial)
				mu.Unlock()
			case fault.Is(err, "LEDGER-SHORT-01"):
				return nil
			case fault.Is(err, "STORE-RACE-01") && e.Shared: // lost for good: sent again
			default:
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(serials)
	for i, n := range serials {
		if n != int64(i)+1 {
			t.Fatalf("number %d at place %d of %d", n, i+1, len(serials))
		}
	}
	if len(serials) != there {
		t.Errorf("%d of %d cartons were taken", len(serials), there)
	}
	for _, s := range all {
		left := must[ledger.Balance](t)(s.Balance(ctx, hand.Key()))
		taken := must[ledger.Balance](t)(s.Balance(ctx, gone.Key()))
		if left.Quantity != 0 || taken.Quantity != there {
			t.Errorf("%v left, %v taken", left.Quantity, taken.Quantity)
		}
	}
}

// handover closes one node after the other has joined, whichever of them numbers
// the journal: the one that is left goes on from the same position.
func handover(t *testing.T, e Engine) {
	place := e.Place(t)
	ctx := t.Context()
	told := 0
	tell := func(s *store.Store, n int) {
		t.Helper()
		for range n {
			told++
			_, err := s.Decide(ctx, command("note"), func(decision.View) (decision.Outcome, error) {
				return decision.Outcome{Entries: []journal.Entry{Entry("note.made", "note", fmt.Sprint(told))}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	current := place(t, store.Options{Node: "node 0"})
	for turn := range 3 {
		tell(current, 5)
		var next *store.Store
		if e.Shared {
			next = place(t, store.Options{Node: fmt.Sprint("node ", turn+1)})
			tell(next, 5)
		}
		tell(current, 5)
		if err := current.Close(); err != nil {
			t.Fatal(err)
		}
		if next == nil {
			next = place(t, store.Options{Node: fmt.Sprint("node ", turn+1)})
		}
		tell(next, 5)
		current = next
	}
	positions, stop := current.Watch()
	defer stop()
	late := time.After(20 * time.Second)
	for last := int64(0); last < int64(told); {
		select {
		case last = <-positions:
		case <-late:
			t.Fatalf("the journal stands at %d of %d", last, told)
		}
	}
	seen := map[string]bool{}
	for i, entry := range must[[]*store.Stored](t)(current.Entries(ctx, 0, told+1)) {
		if entry.Position != int64(i)+1 || seen[entry.Subject[0].ID] {
			t.Fatalf("position %d at place %d, about %s", entry.Position, i+1, entry.Subject[0].ID)
		}
		seen[entry.Subject[0].ID] = true
	}
	if len(seen) != told {
		t.Errorf("%d of %d entries are there", len(seen), told)
	}
}

// beginning has the nodes use series for the first time at the same moment: both
// get numbers, and nobody is told of a duplicate that is none of his doing.
func beginning(t *testing.T, e Engine) {
	all := nodes(t, e)
	ctx := t.Context()
	const rounds, writers = 25, 4
	for round := range rounds {
		err := many(writers, func(w int) error {
			_, err := all[w%len(all)].Decide(ctx, command("begin"), func(v decision.View) (decision.Outcome, error) {
				number := Numbered(fmt.Sprint("new/", round), fmt.Sprintf("N%03d", round)+"%09d", nil)
				return decision.Outcome{
					Numbers: []decision.Number{number},
					Puts:    []decision.Put{{Kind: PaperKind, ID: v.NewID(), Body: Paper{Number: number.StandIn, State: "begun"}}},
				}, nil
			})
			return err
		})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for n := range writers {
			if ids := must[[]string](t)(all[0].Find(ctx, PaperKind, "number", fmt.Sprintf("N%03d%09d", round, n+1), 2)); len(ids) != 1 {
				t.Fatalf("number %d of series %d was given %d times", n+1, round, len(ids))
			}
		}
	}
}
