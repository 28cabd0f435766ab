package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/store"
	"seine/internal/store/storetest"
)

// crashPlace makes this test binary a writer that loads the store in that folder
// until it is killed, and prints the id of each document after it was
// acknowledged.
const crashPlace = "SEINE_CRASH_DIR"

func loadUntilKilled(dir string) {
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				var serial int64
				var id string
				_, err := s.Decide(context.Background(), decision.Command{Name: "crash", Actor: fmt.Sprint("w", w), Key: s.NewID(), Urgent: i%7 == 0},
					func(v decision.View) (decision.Outcome, error) {
						id = v.NewID()
						return decision.Outcome{
							Transfers: []ledger.Op{
								storetest.Move(v.NewID(), storetest.Account("e", "hot", ledger.Abroad), storetest.Account("e", "hot", ledger.OnHand), 3),
								storetest.Move(v.NewID(), storetest.Account("e", "hot", ledger.OnHand), storetest.Account("e", "hot", ledger.HomeMarket), 1),
							},
							Numbers: []decision.Series{"crash"},
							Finish: func(serials []int64) (decision.Outcome, error) {
								serial = serials[0]
								return decision.Outcome{
									Puts: []decision.Put{{Kind: storetest.PaperKind, ID: id, Body: storetest.Paper{
										Number: fmt.Sprintf("%09d", serial), Enterprise: fmt.Sprint("E", w), State: "manual",
									}}},
									Entries: []journal.Entry{storetest.Entry("declaration.lodged", "declaration", id)},
									Reply:   id,
								}, nil
							},
						}, nil
					})
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println("done", id, serial)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// A process that is killed at any moment loses nothing that it acknowledged, and
// leaves nothing half done: books in balance, numbers and positions without gaps.
func TestKillingTheProcessLosesNothingAcknowledged(t *testing.T) {
	kills := 20
	if testing.Short() {
		kills = 3
	}
	dir := t.TempDir()
	ctx := t.Context()
	acknowledged := map[string]int64{}
	for kill := range kills {
		child := exec.Command(os.Args[0], "-test.run=^$")
		child.Env = append(os.Environ(), crashPlace+"="+dir)
		pipe, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		began := make(chan struct{})
		read := make(chan error, 1)
		go func() {
			var once sync.Once
			lines := bufio.NewScanner(pipe)
			for lines.Scan() {
				var id string
				var serial int64
				// The last line may be cut off: an id that was not printed whole was not
				// acknowledged to anybody.
				line := lines.Text()
				if strings.HasPrefix(line, "error") {
					read <- fmt.Errorf("child: %s", line)
					once.Do(func() { close(began) })
					return
				}
				if n, err := fmt.Sscanf(line, "done %s %d", &id, &serial); n == 2 && err == nil && len(id) == 14 {
					acknowledged[id] = serial
					once.Do(func() { close(began) })
				}
			}
			once.Do(func() { close(began) })
			read <- nil
		}()
		<-began
		time.Sleep(time.Duration(rand.Int64N(int64(250 * time.Millisecond))))
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-read; err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed: that is no news
		if kill%5 == 4 || kill == kills-1 {
			checkAfterCrash(ctx, t, dir, acknowledged)
		}
	}
	t.Logf("%d kills, %d acknowledged", kills, len(acknowledged))
}

func checkAfterCrash(ctx context.Context, t *testing.T, dir string, acknowledged map[string]int64) {
	t.Helper()
	s, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	serials := map[int64]bool{}
	stored := map[string]bool{}
	for q := (store.Query{Limit: 1000}); ; {
		page, err := s.List(ctx, storetest.PaperKind, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Items {
			var p storetest.Paper
			if err := json.Unmarshal(i.Body, &p); err != nil {
				t.Fatal(err)
			}
			var n int64
			if _, err := fmt.Sscan(strings.TrimLeft(p.Number, "0"), &n); err != nil {
				t.Fatal(err)
			}
			serials[n], stored[i.ID] = true, true
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	lost := 0
	for id := range acknowledged {
		if !stored[id] {
			lost++
		}
	}
	if lost > 0 {
		t.Fatalf("%d of %d acknowledged documents are lost", lost, len(acknowledged))
	}
	for n := range int64(len(stored)) {
		if !serials[n+1] {
			t.Fatalf("number %d of %d is missing", n+1, len(stored))
		}
	}
	var entries, last int64
	for {
		page, err := s.Entries(ctx, last, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			entries++
			last++
			if e.Position != last {
				t.Fatalf("position %d at place %d", e.Position, last)
			}
			if !stored[e.Subject[0].ID] {
				t.Fatalf("entry about %s, which is not there", e.Subject[0].ID)
			}
		}
	}
	if entries != int64(len(stored)) {
		t.Fatalf("%d entries about %d documents", entries, len(stored))
	}
	accounts, err := s.Balances(ctx, "legal|e|hot|", "", 10)
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, a := range accounts {
		sum += int64(a.Quantity)
		if k, _ := ledger.ParseKey(a.Key); k.Place == ledger.OnHand && int64(a.Quantity) != 2*int64(len(stored)) {
			t.Fatalf("%d on hand after %d documents", a.Quantity, len(stored))
		}
	}
	if sum != 0 || len(accounts) != 3 {
		t.Fatalf("%d accounts sum to %d", len(accounts), sum)
	}
	// Nothing is missing from what is built behind.
	for w := range 16 {
		ids, err := s.Find(ctx, storetest.PaperKind, "enterprise", fmt.Sprint("E", w), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			delete(stored, id)
		}
	}
	if len(stored) > 0 {
		t.Fatalf("%d documents are not found by their enterprise", len(stored))
	}
}
