package store_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"seine/internal/check"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/store"
	"seine/internal/store/storetest"
)

// crashPlace makes this test binary a writer that loads the store in that folder,
// or at that URL, until it is killed, and prints the id of each document after it
// was acknowledged.
const crashPlace = "SEINE_CRASH_PLACE"

// at gives the options of a store in a folder or on a server.
func at(place string) store.Options {
	if strings.Contains(place, "://") {
		return store.Options{URL: place}
	}
	return store.Options{Dir: place}
}

func loadUntilKilled(place string) {
	s, err := store.Open(context.Background(), at(place))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id, serial, err := lodgeToy(context.Background(), s, w, i)
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

// lodgeToy writes one document with a number, an entry and two movements of an
// account that everybody uses.
func lodgeToy(ctx context.Context, s *store.Store, writer, i int) (id string, serial int64, err error) {
	c := decision.Command{Name: "crash", Actor: fmt.Sprint("w", writer), Key: s.NewID(), Urgent: i%7 == 0}
	_, err = s.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		id = v.NewID()
		number := storetest.Numbered("crash", "%09d", &serial)
		return decision.Outcome{
			Transfers: []ledger.Op{
				storetest.Move(v.NewID(), storetest.Account("e", "hot", ledger.Abroad), storetest.Account("e", "hot", ledger.OnHand), 3),
				storetest.Move(v.NewID(), storetest.Account("e", "hot", ledger.OnHand), storetest.Account("e", "hot", ledger.HomeMarket), 1),
			},
			Numbers: []decision.Number{number},
			Puts: []decision.Put{{Kind: storetest.PaperKind, ID: id, Body: storetest.Paper{
				Number: number.StandIn, Enterprise: fmt.Sprint("E", writer), State: "manual",
			}}},
			Entries: []journal.Entry{storetest.Entry("declaration.lodged", "declaration", id)},
			Reply:   id,
		}, nil
	})
	return id, serial, err
}

// A process that is killed at any moment loses nothing that it acknowledged, and
// leaves nothing half done: books in balance, numbers and positions without gaps.
func TestKillingTheProcessLosesNothingAcknowledged(t *testing.T) {
	for engine, place := range map[string]func(*testing.T) string{
		"sqlite": (*testing.T).TempDir, "postgres": storetest.PostgresURL,
	} {
		t.Run(engine, func(t *testing.T) { killed(t, place(t)) })
	}
}

// victim is a process that loads the store until it is killed.
type victim struct {
	place        string
	process      *exec.Cmd
	began        chan struct{} // something was acknowledged
	read         chan error    // its output is at its end
	acknowledged map[string]int64
}

func dying(t *testing.T, place string) *victim {
	t.Helper()
	v := &victim{place: place, acknowledged: map[string]int64{}}
	v.again(t)
	return v
}

// again starts it once more.
func (v *victim) again(t *testing.T) {
	t.Helper()
	v.process = exec.Command(os.Args[0], "-test.run=^$")
	v.process.Env = append(os.Environ(), crashPlace+"="+v.place)
	pipe, err := v.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.process.Start(); err != nil {
		t.Fatal(err)
	}
	v.began, v.read = make(chan struct{}), make(chan error, 1)
	go func() {
		var once sync.Once
		defer once.Do(func() { close(v.began) })
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			var id string
			var serial int64
			// The last line may be cut off: an id that was not printed whole was not
			// acknowledged to anybody.
			line := lines.Text()
			if strings.HasPrefix(line, "error") {
				v.read <- fmt.Errorf("child: %s", line)
				return
			}
			if n, err := fmt.Sscanf(line, "done %s %d", &id, &serial); n == 2 && err == nil && len(id) == 14 {
				v.acknowledged[id] = serial
				once.Do(func() { close(v.began) })
			}
		}
		v.read <- nil
	}()
}

// kill ends it at once; what it had acknowledged is read to the end.
func (v *victim) kill(t *testing.T) {
	t.Helper()
	if err := v.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-v.read; err != nil {
		t.Fatal(err)
	}
	_ = v.process.Wait() // it was killed: that is no news
}

func killed(t *testing.T, place string) {
	kills := 20
	if testing.Short() {
		kills = 3
	}
	v := &victim{place: place, acknowledged: map[string]int64{}}
	for kill := range kills {
		v.again(t)
		<-v.began
		time.Sleep(time.Duration(rand.Int64N(int64(250 * time.Millisecond))))
		v.kill(t)
		if kill%5 == 4 || kill == kills-1 {
			checkAfterCrash(t.Context(), t, place, v.acknowledged)
		}
	}
	t.Logf("%d kills, %d acknowledged", kills, len(v.acknowledged))
}

// A node that dies while it numbers the journal leaves that to the other, which
// has been there all the time and goes on.
func TestANodeThatDiesLeavesTheJournalToTheOther(t *testing.T) {
	place := storetest.PostgresURL(t)
	ctx := t.Context()
	kills := 3
	if testing.Short() {
		kills = 1
	}
	child := dying(t, place) // is the first and holds the lease
	<-child.began
	survivor, err := store.Open(ctx, store.Options{URL: place, Node: "survivor"})
	if err != nil {
		t.Fatal(err)
	}
	defer survivor.Close()
	own := map[string]int64{}
	for kill := range kills {
		for i := range 20 {
			id, serial, err := lodgeToy(ctx, survivor, i%16, i)
			if err != nil {
				t.Fatal(err)
			}
			own[id] = serial
		}
		child.kill(t)
		late, end := context.WithTimeout(ctx, 20*time.Second)
		if err := survivor.Settle(late); err != nil {
			t.Fatalf("nobody numbers the journal any more: %v", err)
		}
		end()
		if kill+1 < kills {
			child.again(t)
			<-child.began
		}
	}
	for id, serial := range child.acknowledged {
		own[id] = serial
	}
	if err := survivor.Close(); err != nil {
		t.Fatal(err)
	}
	checkAfterCrash(ctx, t, place, own)
}

func checkAfterCrash(ctx context.Context, t *testing.T, place string, acknowledged map[string]int64) {
	t.Helper()
	s, err := store.Open(ctx, at(place))
	if err != nil {
		t.Fatal(err)
	}
	defer secondOpinion(t, place)
	defer s.Close()
	if err := errors.Join(s.Settle(ctx), s.CatchUp(ctx)); err != nil {
		t.Fatal(err)
	}
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

// secondOpinion runs the parts of the check that hold for toy documents too.
func secondOpinion(t *testing.T, place string) {
	t.Helper()
	o := at(place)
	db, err := check.Open(context.WithoutCancel(t.Context()), o.Dir, o.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// The toy movements are caused by “test”, of which no entry tells.
	report, err := check.Run(context.WithoutCancel(t.Context()), db, check.Options{Only: []string{"journal", "replies", "ledger"}, Except: []check.Code{check.LedgerCause}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Error(f)
	}
	for _, part := range report.Sections {
		if part.Records == 0 {
			t.Errorf("the check saw nothing of the %s", part.Name)
		}
	}
}

// forgetful is a way to the server that loses the answers to commits: it sends the
// commit on and then breaks off, as a network does at the wrong moment.
type forgetful struct {
	listener net.Listener
	to       string
	losing   atomic.Bool
	lost     atomic.Int64
}

func (f *forgetful) serve() {
	for {
		client, err := f.listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("tcp", f.to)
			if err != nil {
				return
			}
			defer server.Close()
			go func() {
				_, _ = io.Copy(client, server)
				client.Close()
			}()
			buffer := make([]byte, 64<<10)
			for {
				n, err := client.Read(buffer)
				if err != nil {
					return
				}
				commit := bytes.Contains(bytes.ToLower(buffer[:n]), []byte("commit\x00"))
				drop := commit && f.losing.Load()
				if drop {
					client.Close() // before the answer can come
				}
				if _, err := server.Write(buffer[:n]); err != nil {
					return
				}
				if drop {
					f.lost.Add(1)
					// The server is given the time to do it.
					time.Sleep(50 * time.Millisecond)
					return
				}
			}
		}()
	}
}

// When the answer to a commit is lost, nobody knows whether it took place. Then a
// command with a key is looked up, and one without a key is not written a second
// time: its sender is told.
func TestACommitWhoseAnswerIsLostIsNotDoneTwice(t *testing.T) {
	place := storetest.PostgresURL(t)
	there, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	first, err := store.Open(ctx, store.Options{URL: place}) // makes the tables
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if there.Port() == "" {
		t.Skip("the server is not reached by TCP")
	}
	way := &forgetful{to: there.Host}
	if way.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer way.listener.Close()
	go way.serve()
	there.Host = way.listener.Addr().String()
	q := there.Query()
	q.Set("sslmode", "disable")
	there.RawQuery = q.Encode()
	s, err := store.Open(ctx, store.Options{URL: there.String()})
	if err != nil {
		t.Fatal(err)
	}
	const writers = 24
	told := make([]error, writers)
	way.losing.Store(true)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			c := decision.Command{Name: "pass", Actor: fmt.Sprint("w", w)}
			if w%2 == 0 {
				c.Key = s.NewID()
			}
			_, told[w] = s.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
				id := v.NewID()
				return decision.Outcome{
					Puts:    []decision.Put{{Kind: storetest.PaperKind, ID: id, Body: storetest.Paper{Number: id, Enterprise: fmt.Sprint("E", w), State: "manual"}}},
					Entries: []journal.Entry{storetest.Entry("declaration.lodged", "declaration", id)},
				}, nil
			})
		})
	}
	for deadline := time.Now().Add(20 * time.Second); way.lost.Load() < 3 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	way.losing.Store(false)
	all.Wait()
	if err := errors.Join(s.Settle(ctx), s.CatchUp(ctx)); err != nil {
		t.Fatal(err)
	}
	unsure := 0
	for w := range writers {
		ids, err := s.Find(ctx, storetest.PaperKind, "enterprise", fmt.Sprint("E", w), 0)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case len(ids) > 1:
			t.Errorf("writer %d: done %d times", w, len(ids))
		case told[w] == nil && len(ids) != 1:
			t.Errorf("writer %d: acknowledged and not there", w)
		case told[w] != nil && !fault.Is(told[w], "STORE-WRITE-01"):
			t.Errorf("writer %d: %v", w, told[w])
		case told[w] != nil:
			unsure++
		}
	}
	t.Logf("%d answers lost, %d of %d senders were told that it is not known", way.lost.Load(), unsure, writers)
	if way.lost.Load() == 0 || unsure == 0 {
		t.Error("no answer was lost")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A server that throws its clients out in the middle of a load loses nothing that
// was acknowledged, and the store goes on by itself on new connections.
func TestAServerThatDropsItsConnectionsLosesNothingAcknowledged(t *testing.T) {
	place := storetest.PostgresURL(t)
	ctx := t.Context()
	// The application's name tells our connections from those of other tests.
	own := place + "&application_name=" + fmt.Sprintf("seine%d", rand.Int64N(1<<50))
	s, err := store.Open(ctx, store.Options{URL: own})
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]int64{}
	var mu sync.Mutex
	refused := map[string]int{}
	ending, end := context.WithCancel(ctx)
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := 0; ending.Err() == nil; i++ {
				id, serial, err := lodgeToy(ctx, s, w, i)
				mu.Lock()
				if err == nil {
					acknowledged[id] = serial
				} else {
					refused[err.Error()]++
				}
				mu.Unlock()
			}
		})
	}
	db, err := sql.Open("pgx", place)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, name, _ := strings.Cut(own, "application_name=")
	drops, dropped := 10, 0
	if testing.Short() {
		drops = 3
	}
	for range drops {
		mu.Lock()
		before := len(acknowledged)
		mu.Unlock()
		for deadline := time.Now().Add(20 * time.Second); ; {
			mu.Lock()
			now := len(acknowledged)
			mu.Unlock()
			if now > before+20 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the store does not go on: %d acknowledged, refusals %v", now, refused)
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(30 * time.Millisecond))))
		var n int
		if err := db.QueryRowContext(ctx, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1", name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		dropped += n
	}
	end()
	writers.Wait()
	if dropped < drops {
		t.Errorf("%d connections ended in %d drops", dropped, drops)
	}
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%d connections ended, %d acknowledged, refused %v", dropped, len(acknowledged), refused)
	checkAfterCrash(ctx, t, place, acknowledged)
}
