package store

import (
	"context"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"testing"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// toy is the outcome that the benchmarks write: one declaration, three
// movements between accounts of 5,000 books with 20 items, one entry.
func toy(newID func() string, n int64) decision.Outcome {
	id := newID()
	book := rand.IntN(5000)
	enterprise := fmt.Sprintf("9131000%011d", book/2)
	item := fmt.Sprintf("T2248W%06d/%d", book, rand.IntN(20))
	account := func(p ledger.Place) ledger.Account {
		return ledger.Account{Ledger: ledger.Legal, Owner: enterprise[7:], Item: item, Place: p, Status: ledger.Bonded}
	}
	move := func(from, to ledger.Place) ledger.Op {
		return ledger.Op{ID: newID(), Kind: ledger.Post, From: account(from), To: account(to), Quantity: 100 * 100_000, EffectiveOn: 20780, Cause: id}
	}
	lines := make([]map[string]any, 3)
	for i := range lines {
		lines[i] = map[string]any{"number": i + 1, "commodity": "8471300000", "name": "portable computer", "quantity": "100", "total": "6550.00", "currency": "USD"}
	}
	return decision.Outcome{
		Puts: []decision.Put{{Kind: "declaration", ID: id, Body: map[string]any{
			"number": fmt.Sprintf("22482026I%s", id), "consignee": map[string]any{"creditCode": enterprise}, "state": "released", "direction": "import",
			"procedure": "first-line-entry", "competentOffice": "2248", "channel": "low", "lines": lines,
		}}},
		Transfers: []ledger.Op{move(ledger.Abroad, ledger.Border), move(ledger.Border, ledger.OnHand), move(ledger.Abroad, ledger.Border)},
		Entries: []journal.Entry{{
			ID: newID(), Actor: "u", ActorKind: journal.Enterprise, Type: "declaration.released", Subject: []journal.Ref{{Kind: "declaration", ID: id}},
			Enterprise: enterprise, At: clock.Instant(n), Why: journal.Why{Rule: "risk/low"}, Body: json.RawMessage(`{"channel":"low","score":12,"tax":"851.50"}`),
		}},
	}
}

const benchClients = 256

// BenchmarkDecide is the whole way of an outcome, from 256 callers: on SQLite, or
// on an empty schema of a PostgreSQL server named in SEINE_BENCH_POSTGRES.
func BenchmarkDecide(b *testing.B) {
	o := Options{URL: os.Getenv("SEINE_BENCH_POSTGRES")}
	if o.URL == "" {
		o.Dir = b.TempDir()
	}
	s, err := Open(context.Background(), o)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var n atomic.Int64
	b.SetParallelism(benchClients / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			_, err := s.Decide(context.Background(), decision.Command{Name: "bench", Actor: "u"}, func(v decision.View) (decision.Outcome, error) {
				return toy(v.NewID, i), nil
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(s.Stats().Outcomes)/float64(max(s.Stats().Batches, 1)), "outcomes/commit")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

// remembered gives nothing but the accounts of earlier batches.
type remembered struct {
	sqlSource
	accounts map[string]account
}

func (m *remembered) balances(_ context.Context, keys []string) (map[string]account, error) {
	found := map[string]account{}
	for _, k := range keys {
		if a, ok := m.accounts[k]; ok {
			found[k] = a
		}
	}
	return found, nil
}

// BenchmarkRaw is the limit: the same rows, made before, written by the same
// statements in grouped commits of 128 by one goroutine that does nothing else.
func BenchmarkRaw(b *testing.B) {
	ctx := context.Background()
	s := &Store{clock: &clock.System{}, options: Options{Random: crand.Reader}}
	s.ids.clock = s.clock
	s.documents = newCache(1<<20, func(docKey, cachedDoc) int { return 1 })
	e, err := openSQLite(ctx, s, Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.close()
	const size = 128
	var batches []*rows
	memory := &remembered{accounts: map[string]account{}}
	for done := 0; done < b.N; done += size {
		f := newFold(ctx, memory, 1)
		for i := range min(size, b.N-done) {
			w := &work{now: 1, out: toy(s.NewID, int64(done+i+1))}
			if w.prep, err = s.prepare(&w.out, w); err != nil {
				b.Fatal(err)
			}
			t, _, err := f.add(w)
			if err != nil {
				b.Fatal(err)
			}
			f.settle(w, t)
		}
		r := f.rows()
		for _, row := range r.balances {
			memory.accounts[row.key] = row.account
		}
		batches = append(batches, r)
	}
	b.ResetTimer()
	for _, r := range batches {
		t, err := e.begin(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if err := t.write(ctx, r); err != nil {
			b.Fatal(err)
		}
		if err := t.commit(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}
