package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"seine/internal/fault"
)

// counters tell how the writer is doing.
type counters struct {
	outcomes, batches, races, careful atomic.Int64
}

// Stats is how much the writer has done since the program started, and what
// waits for it now.
type Stats struct {
	Outcomes int64 // written
	Batches  int64 // commits; Outcomes / Batches is how many shared one
	Races    int64 // decisions taken again because others were first
	Careful  int64 // batches written one by one after one of them failed
	Waiting  int   // commands in the queue
}

// Stats gives the writer's figures.
func (s *Store) Stats() Stats {
	return Stats{
		Outcomes: s.counts.outcomes.Load(), Batches: s.counts.batches.Load(), Races: s.counts.races.Load(),
		Careful: s.counts.careful.Load(), Waiting: len(s.urgent) + len(s.normal),
	}
}

// chore is work of the store's own that needs the one writing connection.
type chore struct {
	do   func(*sql.Tx) error
	done chan error
}

// writer takes what waits, urgent first, and writes it in one commit. It never
// waits for more to come.
func (s *Store) writer() {
	batch := make([]*work, 0, s.options.MaxBatch)
	run, _ := s.engine.(interface{ runChore(*chore) })
	for {
		batch = batch[:0]
		select {
		case w := <-s.urgent:
			batch = append(batch, w)
		default:
			select {
			case w := <-s.urgent:
				batch = append(batch, w)
			case w := <-s.normal:
				batch = append(batch, w)
			case c := <-s.chores:
				run.runChore(c)
				continue
			case <-s.quit:
				// Nothing is handed over any more: write what is left and go.
				if batch = s.gather(batch); len(batch) == 0 {
					return
				}
			}
		}
		s.write(s.gather(batch))
		select {
		case c := <-s.chores: // one between two commits, so that it is never starved
			run.runChore(c)
		default:
		}
	}
}

// besideUrgent is how much else is written in one commit with what is urgent, or
// where something urgent came lately: a truck waits for the commit before its
// own, and for everything in its own.
const (
	besideUrgent = 12
	lately       = 2 * time.Second
)

// gather takes what waits, urgent first.
func (s *Store) gather(batch []*work) []*work {
	most := s.options.MaxBatch
	for len(batch) < most {
		select {
		case w := <-s.urgent:
			batch = append(batch, w)
			continue
		default:
		}
		break
	}
	for _, w := range batch {
		if w.cmd.Urgent {
			s.hurried = time.Now()
		}
	}
	if time.Since(s.hurried) < lately {
		most = min(most, max(besideUrgent, len(batch)))
	}
	for len(batch) < most {
		select {
		case w := <-s.normal:
			batch = append(batch, w)
			continue
		default:
		}
		break
	}
	return batch
}

// write brings a batch to disk and answers everybody in it.
func (s *Store) write(works []*work) {
	var shared []*work
	for _, w := range works {
		if w.decide == nil {
			shared = append(shared, w)
			continue
		}
		// Others were first too often: decide while nobody else writes.
		s.group(shared)
		shared = nil
		decided, err := decideAlone(w)
		if err != nil {
			w.done <- result{err: err}
			continue
		}
		decided.done = w.done
		s.group([]*work{decided})
	}
	s.group(shared)
}

// decideAlone takes a decision in the writer; a panic of the story is its own.
func decideAlone(w *work) (decided *work, err error) {
	defer func() {
		if p := recover(); p != nil {
			decided, err = nil, fmt.Errorf("%w: %s panicked: %v", errContent, w.cmd.Name, p)
		}
	}()
	return w.decide()
}

// group writes outcomes in one commit. When one of them turns out to be
// unwritable, it writes each alone, so that the one harms nobody.
func (s *Store) group(works []*work) {
	if len(works) == 0 {
		return
	}
	ctx := context.Background()
	answers, err := s.commit(ctx, works)
	for attempt := 1; err != nil && attempt < 5 && s.engine.transient(err); attempt++ {
		time.Sleep(time.Duration(attempt) * time.Millisecond)
		answers, err = s.commit(ctx, works)
	}
	if err != nil && len(works) > 1 {
		s.counts.careful.Add(1)
		s.log.Warn("batch failed, writing one by one", "outcomes", len(works), "error", err)
		for _, w := range works {
			if errors.Is(err, errCommit) && !w.keyed {
				// It may have happened, and nothing would tell a second time from the first.
				w.done <- result{err: s.failed(w, err)}
				continue
			}
			s.group([]*work{w})
		}
		return
	}
	if err != nil {
		works[0].done <- result{err: s.failed(works[0], err)}
		return
	}
	for i, w := range works {
		w.done <- answers[i]
	}
}

// failed tells the sender of an outcome why it could not be written.
func (s *Store) failed(w *work, err error) error {
	if field, ok := s.engine.duplicate(err); ok {
		for _, t := range kinds {
			for _, c := range t.columns {
				if c.index == unique && field == t.name+"."+c.name {
					return fault.New(fault.Conflict, "STORE-DUPLICATE-01", "", "another {kind} has the same {field}",
						"take another one, or change the {kind} that has it", "kind", string(t.kind), "field", c.name).Because(err)
				}
			}
		}
		return fmt.Errorf("%w: %w", errRace, err) // an id was taken: decide again with a new one
	}
	if fault.All(err) != nil || errors.Is(err, errRace) || errors.Is(err, errContent) {
		return err
	}
	s.log.Error("write failed", "command", w.cmd.Name, "error", err)
	return fault.New(fault.Overload, "STORE-WRITE-01", "", "the disk or the database did not take it",
		"send it again with the same key; an operator can find out more with “seine doctor”").Because(err)
}

// errContent marks an outcome that cannot be rendered: a mistake in a story, not
// of the disk.
var errContent = errors.New("store: outcome cannot be written")

// commit writes one batch. An error means that nothing of it is written and
// nobody was answered.
func (s *Store) commit(ctx context.Context, works []*work) ([]result, error) {
	b, err := s.engine.begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer b.rollback()
	f := newFold(ctx, b, s.clock.Now())
	if !s.engine.alone() {
		if err := f.prefetch(works); err != nil {
			return nil, err
		}
		// Another node may have held the accounts until now: what follows its
		// movements was not recorded before them.
		f.recorded = s.clock.Now()
	}
	answers := make([]result, len(works))
	repeats := make(map[int]*storedReply)
	jobs := make([]renderJob, 0, len(works))
	at := make([]int, 0, len(works))
	for i, w := range works {
		t, repeated, err := f.add(w)
		switch {
		case repeated != nil:
			repeats[i] = repeated
		case err == nil:
			jobs, at = append(jobs, renderJob{w: w, t: t}), append(at, i)
		case errors.Is(err, errRace) || fault.All(err) != nil:
			answers[i].err = err
		case len(works) == 1 && !s.engine.transient(err):
			return nil, fmt.Errorf("%w: %w", errContent, err)
		default:
			return nil, err
		}
	}
	movements := f.books.Movements()
	for k := range jobs {
		span := jobs[k].t.span
		jobs[k].moved = movements[span[0]:span[1]]
	}
	renderAll(jobs, s.prepare)
	for k := range jobs {
		if err := jobs[k].err; err != nil {
			return nil, fmt.Errorf("%w: %w", errContent, err)
		}
		answers[at[k]].receipt = f.settle(jobs[k].w, jobs[k].t)
	}
	for i, r := range repeats {
		answers[i].receipt = repeatOf(r)
	}
	if len(jobs) == 0 {
		return answers, nil
	}
	r := f.rows()
	if err := b.write(ctx, r); err != nil {
		return nil, err
	}
	if err := b.commit(ctx); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	s.remember(r)
	s.record(r, len(jobs))
	s.counts.outcomes.Add(int64(len(jobs)))
	s.counts.batches.Add(1)
	return answers, nil
}

// remember puts into memory what was committed, before anybody is answered.
func (s *Store) remember(r *rows) {
	mark := s.documents.begin()
	for _, d := range r.docs {
		s.documents.put(docKey{d.table.kind, d.id}, cachedDoc{d.version, d.body, d.columns}, mark)
	}
	if s.balances != nil {
		mark := s.balances.begin()
		for i := range r.balances {
			s.balances.put(r.balances[i].key, r.balances[i].account, mark)
		}
	}
	if s.engine.alone() && len(r.entries) > 0 {
		s.numbered(r.entries[len(r.entries)-1].Position)
	}
}
