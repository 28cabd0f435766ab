package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"seine/internal/fault"
	"seine/internal/journal"
)

// nodes reads the journal's tree; it satisfies journal.NodeReader.
type nodes struct {
	ctx context.Context
	q   querier
}

// Nodes gives the stored nodes of the journal's tree, for proofs.
func (s *Store) Nodes(ctx context.Context) journal.NodeReader { return nodes{ctx, s.read} }

// Nodes gives stored nodes. Those of level 0 are made from the commitments.
func (n nodes) Nodes(ids []journal.NodeID) ([]journal.Hash, error) {
	found := make([]journal.Hash, len(ids))
	for i, id := range ids {
		var raw []byte
		query, args := "SELECT hash FROM merkle_node WHERE level = $1 AND position = $2", []any{int64(id.Level), int64(id.Index)}
		if id.Level == 0 {
			query, args = "SELECT commitment FROM entry WHERE position = $1", []any{int64(id.Index) + 1}
		}
		if err := n.q.QueryRowContext(n.ctx, query, args...).Scan(&raw); err != nil {
			return nil, fmt.Errorf("node %d/%d: %w", id.Level, id.Index, err)
		}
		if len(raw) != len(found[i]) {
			return nil, fmt.Errorf("node %d/%d has %d bytes", id.Level, id.Index, len(raw))
		}
		copy(found[i][:], raw)
		if id.Level == 0 {
			found[i] = journal.LeafHash(journal.Commitment(found[i]))
		}
	}
	return found, nil
}

// Sealed is one checkpoint of the journal.
type Sealed struct {
	Size int64
	Root journal.Hash
	Note string // signed text
	At   int64  // microseconds since 1970 UTC
}

// SealNext seals the entries that came since the last checkpoint, at most limit,
// into the tree and signs a checkpoint in the name of the log origin. Without
// new entries it does nothing and gives the last checkpoint. Faults as
// journal.Checkpoint.Sign.
func (s *Store) SealNext(ctx context.Context, origin string, signer note.Signer, limit int) (Sealed, error) {
	var done Sealed
	err := s.engine.chore(ctx, func(tx *sql.Tx) error {
		if !s.engine.alone() {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext('seine seal ' || current_schema()))"); err != nil {
				return err
			}
		}
		last, err := lastCheckpoint(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT position, commitment FROM entry WHERE position > $1 ORDER BY position LIMIT $2", last.Size, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		var leaves []journal.Commitment
		for rows.Next() {
			var position int64
			var raw []byte
			if err := rows.Scan(&position, &raw); err != nil {
				return err
			}
			if position != last.Size+int64(len(leaves))+1 || len(raw) != len(journal.Commitment{}) {
				return fmt.Errorf("journal has a gap before position %d", position)
			}
			leaves = append(leaves, journal.Commitment(raw))
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
		if done = last; len(leaves) == 0 {
			return nil
		}
		state, err := journal.Load(uint64(last.Size), nodes{ctx, tx})
		if err != nil {
			return err
		}
		made, next, err := journal.Seal(state, leaves)
		if err != nil {
			return err
		}
		checkpoint, err := journal.NewCheckpoint(origin, next)
		if err != nil {
			return err
		}
		signed, err := checkpoint.Sign(signer)
		if err != nil {
			return err
		}
		// The leaves are the commitments of the entries themselves.
		made = slices.DeleteFunc(made, func(n journal.Node) bool { return n.Level == 0 })
		err = insertMany(ctx, tx, s.valueMarks(), "INSERT INTO merkle_node (level, position, hash)", "", 3, len(made), func(i int, values []any) []any {
			return append(values, int64(made[i].Level), int64(made[i].Index), made[i].Hash[:])
		})
		if err != nil {
			return err
		}
		done = Sealed{int64(next.Size), checkpoint.Root, signed, int64(s.clock.Now())}
		_, err = tx.ExecContext(ctx, "INSERT INTO checkpoint (size, root, note, at_us) VALUES ($1, $2, $3, $4)", done.Size, done.Root[:], done.Note, done.At)
		return err
	})
	if err != nil {
		return Sealed{}, fmt.Errorf("seal journal: %w", err)
	}
	return done, nil
}

func scanCheckpoint(row interface{ Scan(...any) error }) (c Sealed, err error) {
	var root []byte
	err = row.Scan(&c.Size, &root, &c.Note, &c.At)
	copy(c.Root[:], root)
	return c, err
}

func lastCheckpoint(ctx context.Context, q querier) (Sealed, error) {
	c, err := scanCheckpoint(q.QueryRowContext(ctx, "SELECT size, root, note, at_us FROM checkpoint ORDER BY size DESC LIMIT 1"))
	if errors.Is(err, sql.ErrNoRows) {
		return Sealed{}, nil
	}
	return c, err
}

// LastCheckpoint gives the newest checkpoint; its Size is 0 where nothing was
// sealed yet.
func (s *Store) LastCheckpoint(ctx context.Context) (Sealed, error) {
	return lastCheckpoint(ctx, s.read)
}

// Checkpoints gives checkpoints of more than after entries, in order of size.
func (s *Store) Checkpoints(ctx context.Context, after int64, limit int) ([]Sealed, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT size, root, note, at_us FROM checkpoint WHERE size > $1 ORDER BY size LIMIT $2", after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Sealed
	for rows.Next() {
		c, err := scanCheckpoint(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// Receipt proves that an entry is in the sealed journal; public is the log's
// public key. Faults: STORE-ABSENT-01, STORE-RECEIPT-01 (not sealed yet).
func (s *Store) Receipt(ctx context.Context, entry, public string) (journal.Receipt, error) {
	var receipt journal.Receipt
	err := s.snapshot(ctx, func(q querier) error {
		e, err := readEntry(ctx, q, entry)
		if err != nil {
			return err
		}
		last, err := lastCheckpoint(ctx, q)
		if err != nil {
			return err
		}
		if e.Position == 0 || e.Position > last.Size {
			return fault.New(fault.Refused, "STORE-RECEIPT-01", "", "the entry is written and not sealed yet", "ask again after the next checkpoint, within a minute")
		}
		path, err := journal.Inclusion(nodes{ctx, q}, uint64(e.Position-1), uint64(last.Size))
		if err != nil {
			return err
		}
		receipt = journal.NewReceipt(e.Entry, e.Salt, path, last.Note, public)
		return nil
	})
	return receipt, err
}

func readEntry(ctx context.Context, q querier, id string) (*Stored, error) {
	e, err := scanEntry(q.QueryRowContext(ctx, "SELECT "+entryColumns+" FROM entry WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, absent("entry", id)
	}
	return e, err
}

// Entry gives one entry of the journal by its id. Fault: STORE-ABSENT-01.
func (s *Store) Entry(ctx context.Context, id string) (*Stored, error) {
	return readEntry(ctx, s.read, id)
}
