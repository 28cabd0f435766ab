package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// What is built behind the writer (the index of the journal's subjects, searched
// columns, the table of revenue) is read and put in order beside it, and handed
// over as rows only, all of them in one commit: the writer is kept from its work
// for as long as it takes to insert them.

// behindEvery is how long what is built behind may wait while nothing else asks
// for it.
const behindEvery = 200 * time.Millisecond

// behindChunk is how many entries, and how many documents, are taken up in one
// go.
const behindChunk = 2000

// addition is the next piece of something that is built behind.
type addition struct {
	more  bool // another one waits
	write func(context.Context, *sql.Tx) error
}

// behind builds what is built behind the writer until ctx ends.
func (s *Store) behind(ctx context.Context) {
	tick := time.NewTicker(behindEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.catchUp(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("building behind failed, will be tried again", "error", err)
		}
	}
}

// CatchUp waits until everything that is built behind stands at least where the
// journal stood when it was called: what was committed gets its position first.
// Tests and reports use it; live pages need not.
func (s *Store) CatchUp(ctx context.Context) error {
	if err := s.Settle(ctx); err != nil {
		return err
	}
	return s.catchUp(ctx)
}

// Rest copies what the embedded database holds in its log only into the database
// itself, so that what follows begins with an empty log. Nothing depends on it but
// measurements: the copying is due now and then, and between two stretches that are
// compared it must not fall on one of them alone.
func (s *Store) Rest(ctx context.Context) error { return s.engine.rest(ctx) }

func (s *Store) catchUp(ctx context.Context) error {
	s.building.Lock()
	defer s.building.Unlock()
	for more := true; more; {
		more = false
		var ready []*addition
		for _, next := range []func(context.Context) (*addition, error){s.nextSearched, s.nextSubjects, s.nextRevenue} {
			a, err := next(ctx)
			if err != nil {
				return err
			}
			if a != nil {
				ready, more = append(ready, a), more || a.more
			}
		}
		if len(ready) == 0 {
			return nil
		}
		err := s.engine.chore(ctx, func(tx *sql.Tx) error {
			for _, a := range ready {
				if err := a.write(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// progress tells how far something that is built behind has come.
func (s *Store) progress(ctx context.Context, name string) (int64, error) {
	var position int64
	err := s.read.QueryRowContext(ctx, "SELECT coalesce((SELECT position FROM progress WHERE name = $1), 0)", name).Scan(&position)
	return position, err
}

// progressed moves a progress on; false says that another node has done so.
func progressed(ctx context.Context, tx *sql.Tx, name string, from, to int64) (bool, error) {
	query, args := "UPDATE progress SET position = $1 WHERE name = $2 AND position = $3", []any{to, name, from}
	if from == 0 {
		query, args = "INSERT INTO progress (name, position) VALUES ($2, $1) ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE progress.position = 0", args[:2]
	}
	done, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("progress of %s: %w", name, err)
	}
	n, err := done.RowsAffected()
	return n == 1, err
}
