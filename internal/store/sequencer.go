package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// sequenceEvery is how long a committed entry may wait for its position where
// several nodes write.
const sequenceEvery = 25 * time.Millisecond

// sequenceChunk is how many entries get positions in one transaction.
const sequenceChunk = 5000

// sequence numbers committed entries, on one node at a time: the one that holds
// the server's advisory lock. Its fencing number is checked in each transaction,
// so a node that lost the lock without knowing can number nothing. The others
// only look how far the journal has come.
func (s *Store) sequence(ctx context.Context) {
	tick := time.NewTicker(sequenceEvery)
	defer tick.Stop()
	var lease *leaseHeld
	defer func() { lease.release() }()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if lease == nil {
			var err error
			if lease, err = s.takeLease(ctx, "sequencer"); err != nil && ctx.Err() == nil {
				s.log.Warn("asking for the sequencer's lease failed", "error", err)
			}
		}
		var err error
		if lease != nil {
			err = s.numberEntries(ctx, lease)
		} else {
			err = s.lookUp(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("numbering entries failed, will be tried again", "error", err)
			lease.release()
			lease = nil
		}
	}
}

// leaseHeld is a job that this node alone does, as long as its connection lives.
type leaseHeld struct {
	conn  *sql.Conn
	name  string
	fence int64
}

func (l *leaseHeld) release() {
	if l != nil {
		_, _ = l.conn.ExecContext(context.Background(), "SELECT pg_advisory_unlock_all()")
		_ = l.conn.Close()
	}
}

// takeLease gives nil where another node holds the lease.
func (s *Store) takeLease(ctx context.Context, name string) (*leaseHeld, error) {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	l := &leaseHeld{conn: conn, name: name}
	var held bool
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(hashtext('seine ' || $1 || ' ' || current_schema()))", name).Scan(&held)
	if err != nil || !held {
		_ = conn.Close()
		return nil, err
	}
	err = conn.QueryRowContext(ctx, `INSERT INTO lease (name, holder, fence, until_us) VALUES ($1, $2, 1, 0)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = lease.fence + 1 RETURNING fence`, name, s.options.Node).Scan(&l.fence)
	if err != nil {
		l.release()
		return nil, fmt.Errorf("take lease %s: %w", name, err)
	}
	return l, nil
}

// numberEntries gives dense positions to what was committed, in order of id.
func (s *Store) numberEntries(ctx context.Context, l *leaseHeld) error {
	for {
		tx, err := l.conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		n, top, err := numberChunk(ctx, tx, l)
		if err != nil {
			_ = tx.Rollback()
			return err
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		s.numbered(top)
		if n < sequenceChunk {
			return nil
		}
	}
}

func numberChunk(ctx context.Context, tx *sql.Tx, l *leaseHeld) (n, top int64, err error) {
	var fence int64
	if err := tx.QueryRowContext(ctx, "SELECT fence FROM lease WHERE name = $1 FOR UPDATE", l.name).Scan(&fence); err != nil {
		return 0, 0, err
	}
	if fence != l.fence {
		return 0, 0, fmt.Errorf("another node took the lease %s (%d, ours is %d)", l.name, fence, l.fence)
	}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(position), 0) FROM entry").Scan(&top); err != nil {
		return 0, 0, err
	}
	done, err := tx.ExecContext(ctx, `UPDATE entry SET position = n.position FROM (
		SELECT id, $1 + row_number() OVER (ORDER BY id) AS position FROM (
			SELECT id FROM entry WHERE position IS NULL ORDER BY id LIMIT $2) AS waiting) AS n
		WHERE entry.id = n.id`, top, sequenceChunk)
	if err != nil {
		return 0, 0, err
	}
	n, err = done.RowsAffected()
	return n, top + n, err
}

// Settle waits until every entry that was committed before the call has its
// position: at once where this program is the only writer, after the next turn
// of the sequencer where several nodes write. A program that ends calls it
// before it seals, so that nothing it did is left for another to number.
func (s *Store) Settle(ctx context.Context) error {
	if s.engine.alone() {
		return nil
	}
	var last sql.NullString
	if err := s.read.QueryRowContext(ctx, "SELECT max(id) FROM entry WHERE position IS NULL").Scan(&last); err != nil {
		return fmt.Errorf("look for entries without a position: %w", err)
	}
	for waiting := last.Valid; waiting; {
		select {
		case <-time.After(sequenceEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM entry WHERE position IS NULL AND id <= $1)", last.String).Scan(&waiting); err != nil {
			return fmt.Errorf("look for entries without a position: %w", err)
		}
	}
	return s.lookUp(ctx)
}

// lookUp tells listeners how far another node has numbered.
func (s *Store) lookUp(ctx context.Context) error {
	var top int64
	if err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(position), 0) FROM entry").Scan(&top); err != nil {
		return err
	}
	s.numbered(top)
	return nil
}
