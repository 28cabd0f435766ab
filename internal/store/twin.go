package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Committed is one batch as a store wrote it: every row of every table, ready to
// be written by the same statements once more.
type Committed struct {
	Outcomes int
	rows     *rows
}

// recorder is who is told of every commit.
type recorder struct {
	tell atomic.Pointer[func(Committed)]
}

// Record has f told of every batch once it is on disk; nil ends it. f is called
// by the writer and holds it up.
func (s *Store) Record(f func(Committed)) {
	if f == nil {
		s.recorder.tell.Store(nil)
		return
	}
	s.recorder.tell.Store(&f)
}

func (s *Store) record(r *rows, outcomes int) {
	if f := s.recorder.tell.Load(); f != nil {
		(*f)(Committed{outcomes, r})
	}
}

// Twin is a second database of the same form that gets the very batches another
// store has committed, and does nothing else: no decisions, no reading, no
// indexes built behind, no sealing. How fast it takes them is the limit of what
// the storage can do with these rows, and what “seine bench” compares with.
type Twin struct {
	engine engine
}

// OpenTwin makes a twin in an empty folder or schema.
func OpenTwin(ctx context.Context, o Options) (*Twin, error) {
	if o.Clock == nil || (o.Dir == "") == (o.URL == "") {
		return nil, errors.New("store: a twin needs a clock and either a folder or a database")
	}
	s := &Store{options: o, clock: o.Clock}
	// Nothing is remembered: what the rows say is written.
	s.documents = newCache(0, func(docKey, cachedDoc) int { return 1 })
	t := &Twin{}
	var err error
	if o.Dir != "" {
		t.engine, err = openSQLite(ctx, s, o)
	} else {
		t.engine, err = openPostgres(ctx, s, o)
	}
	return t, err
}

// Write brings a batch to disk. Like the writer of a store it is not interrupted:
// watching for that would cost time at each statement.
func (t *Twin) Write(ctx context.Context, batch Committed) error {
	ctx = context.WithoutCancel(ctx)
	b, err := t.engine.begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer b.rollback()
	if err := b.write(ctx, batch.rows); err != nil {
		return err
	}
	if err := b.commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Rest is [Store.Rest] of the twin.
func (t *Twin) Rest(ctx context.Context) error { return t.engine.rest(ctx) }

// Close closes the twin.
func (t *Twin) Close() error { return t.engine.close() }

// Join makes one batch of several, as the writer would have made it had they
// waited together: each document and each balance is written once.
func Join(batches ...Committed) Committed {
	if len(batches) == 1 {
		return batches[0]
	}
	all, outcomes := &rows{}, 0
	docs := map[docKey]int{}
	balances := map[string]int{}
	pendings := map[string]int{}
	series := map[string]int{}
	for _, batch := range batches {
		r := batch.rows
		outcomes += batch.Outcomes
		all.recorded = r.recorded
		for _, d := range r.docs {
			k := docKey{d.table.kind, d.id}
			if at, before := docs[k]; before {
				last := *d
				last.base = all.docs[at].base
				all.docs[at] = &last
				continue
			}
			docs[k] = len(all.docs)
			all.docs = append(all.docs, d)
		}
		for _, b := range r.balances {
			if at, before := balances[b.key]; before {
				b.isNew = all.balances[at].isNew
				all.balances[at] = b
				continue
			}
			balances[b.key] = len(all.balances)
			all.balances = append(all.balances, b)
		}
		for _, p := range r.pendings {
			if at, before := pendings[p.id]; before {
				p.isNew = all.pendings[at].isNew
				all.pendings[at] = p
				continue
			}
			pendings[p.id] = len(all.pendings)
			all.pendings = append(all.pendings, p)
		}
		for _, n := range r.series {
			if at, before := series[n.name]; before {
				all.series[at].last = n.last
				continue
			}
			series[n.name] = len(all.series)
			all.series = append(all.series, n)
		}
		all.movements = append(all.movements, r.movements...)
		all.marks = append(all.marks, r.marks...)
		all.entries = append(all.entries, r.entries...)
		all.orders = append(all.orders, r.orders...)
		all.replies = append(all.replies, r.replies...)
	}
	all.inOrder()
	// What was reserved and used up within the joined batch leaves no row.
	kept := all.pendings[:0]
	for _, p := range all.pendings {
		if p.left != nil || !p.isNew {
			kept = append(kept, p)
		}
	}
	all.pendings = kept
	return Committed{outcomes, all}
}

// inOrder puts what several batches wrote in the order of its keys.
func (r *rows) inOrder() {
	slices.SortFunc(r.docs, func(a, b *docRow) int {
		return cmp.Or(strings.Compare(a.table.name, b.table.name), strings.Compare(a.id, b.id))
	})
	slices.SortFunc(r.balances, func(a, b balanceRow) int { return strings.Compare(a.key, b.key) })
	slices.SortFunc(r.pendings, func(a, b pendingRow) int { return strings.Compare(a.id, b.id) })
	slices.SortFunc(r.series, func(a, b seriesRow) int { return strings.Compare(a.name, b.name) })
	slices.SortFunc(r.replies, func(a, b replyRow) int { return slices.Compare(a.key[:], b.key[:]) })
}
