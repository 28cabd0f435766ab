package identity

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"seine/internal/decision"
	"seine/internal/journal"
)

// Customs staff see what enterprises would hide from each other, so what they
// look at stands in the journal (access.read): who, when, which documents. To
// keep reading quick the looks of a second are written together; too many at
// once are written before the reader gets an answer, so none is lost but those
// of the last second before a crash.

// reads gathers looks until they are written.
type reads struct {
	mu     sync.Mutex
	by     map[string]*looks // by actor
	count  int
	writes sync.Mutex // one flush at a time
}

type looks struct {
	actor decision.Actor
	at    map[journal.Ref]bool
}

const (
	readsEvery  = time.Second
	readsAtMost = 4096
)

// Read notes that p looked at documents of a kind. Only staff are noted.
func (d *Desk) Read(ctx context.Context, p *Principal, kind decision.Kind, ids ...string) error {
	if p == nil || !p.Staff() || len(ids) == 0 {
		return nil
	}
	r := &d.reads
	r.mu.Lock()
	if r.by == nil {
		r.by = map[string]*looks{}
	}
	l := r.by[p.Actor.ID]
	if l == nil {
		l = &looks{p.Actor, map[journal.Ref]bool{}}
		r.by[p.Actor.ID] = l
	}
	for _, id := range ids {
		if ref := (journal.Ref{Kind: string(kind), ID: id}); !l.at[ref] {
			l.at[ref] = true
			r.count++
		}
	}
	full := r.count > readsAtMost
	r.mu.Unlock()
	if full {
		return d.Flush(ctx)
	}
	return nil
}

// Flush writes the looks gathered so far.
func (d *Desk) Flush(ctx context.Context) error {
	r := &d.reads
	r.writes.Lock()
	defer r.writes.Unlock()
	r.mu.Lock()
	batch := r.by
	count := r.count
	r.by, r.count = nil, 0
	r.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	_, err := d.store.Decide(ctx, d.command("access.record", "system"), func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		for _, id := range slices.Sorted(maps.Keys(batch)) {
			l := batch[id]
			refs := slices.SortedFunc(maps.Keys(l.at), func(a, b journal.Ref) int {
				return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
			})
			for part := range slices.Chunk(refs, journal.MaxSubjects) {
				out.Entries = append(out.Entries, decision.Entry(v, l.actor, "access.read", part...))
			}
		}
		return out, nil
	})
	if err != nil {
		r.mu.Lock()
		for id, l := range batch { // tried again with the next
			if kept := r.by[id]; kept != nil {
				maps.Copy(kept.at, l.at)
				continue
			}
			if r.by == nil {
				r.by = map[string]*looks{}
			}
			r.by[id] = l
		}
		r.count += count
		r.mu.Unlock()
	}
	return err
}

// Run writes the looks of staff every second until ctx ends, and the last ones
// then.
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(readsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return d.Flush(last)
		case <-tick.C:
			if err := d.Flush(ctx); err != nil && ctx.Err() == nil {
				d.o.Log.Error("looks of staff could not be written, will be tried again", "error", err)
			}
		}
	}
}
