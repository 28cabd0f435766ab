package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/journal"
)

const entryColumns = `position, id, at_us, effective_on, actor, actor_kind, type, subject, enterprise, area, office,
	rule, law, reason, cause, body, salt, commitment`

// Stored is one entry as the journal keeps it: with the salt and the commitment
// that the tree holds.
type Stored struct {
	journal.Entry
	Salt       journal.Salt
	Commitment journal.Commitment
}

func scanEntry(row interface{ Scan(...any) error }) (*Stored, error) {
	var e Stored
	var position sql.NullInt64
	var at, on int64
	var kind, subject string
	var enterprise, area, office, rule, law, reason, cause, body sql.NullString
	var salt, commitment []byte
	err := row.Scan(&position, &e.ID, &at, &on, &e.Actor, &kind, &e.Type, &subject, &enterprise, &area, &office,
		&rule, &law, &reason, &cause, &body, &salt, &commitment)
	if err != nil {
		return nil, err
	}
	e.Position, e.At, e.EffectiveOn = position.Int64, clock.Instant(at), clock.Date(on)
	e.ActorKind = journal.ActorKind(kind)
	if err := json.Unmarshal([]byte(subject), &e.Subject); err != nil {
		return nil, fmt.Errorf("read subjects of entry %s: %w", e.ID, err)
	}
	e.Enterprise, e.Area, e.Office, e.Cause = enterprise.String, area.String, office.String, cause.String
	e.Why = journal.Why{Rule: rule.String, Law: law.String, Reason: reason.String}
	if body.Valid {
		e.Body = json.RawMessage(body.String)
	}
	if len(salt) != len(e.Salt) || len(commitment) != len(e.Commitment) {
		return nil, fmt.Errorf("entry %s: salt or commitment has the wrong length", e.ID)
	}
	copy(e.Salt[:], salt)
	copy(e.Commitment[:], commitment)
	return &e, nil
}

func scanEntries(rows *sql.Rows, err error) ([]*Stored, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []*Stored
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// Entries gives the journal after a position, in order of position, at most
// limit. It is the feed of webhooks, live pages, statistics and other nodes.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]*Stored, error) {
	return scanEntries(s.read.QueryContext(ctx, "SELECT "+entryColumns+" FROM entry WHERE position > $1 ORDER BY position LIMIT $2", after, limit))
}

// Blocks of positions by which the index of subjects is kept: only the youngest
// is written.
const (
	refBlock = 16   // a block is 2^16 positions
	refChunk = 1000 // entries indexed in one go
)

// indexEntries indexes the subjects of the next entries and tells whether more
// are waiting.
func (s *Store) indexEntries(ctx context.Context) (more bool, err error) {
	top := s.tail.Load()
	done, err := s.progress(ctx, "entry_ref")
	if err != nil || done >= top {
		return false, err
	}
	err = s.engine.chore(ctx, func(tx *sql.Tx) error {
		// Read again: on a server another node may have been here.
		err := tx.QueryRowContext(ctx, "INSERT INTO progress (name, position) VALUES ('entry_ref', 0) ON CONFLICT (name) DO UPDATE SET position = progress.position RETURNING position").Scan(&done)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT position, subject, enterprise, area FROM entry WHERE position > $1 ORDER BY position LIMIT $2", done, refChunk)
		if err != nil {
			return err
		}
		defer rows.Close()
		type ref struct {
			block, position int64
			kind, id        string
		}
		var all []ref
		for rows.Next() {
			var subject string
			var enterprise, area sql.NullString
			if err := rows.Scan(&done, &subject, &enterprise, &area); err != nil {
				return err
			}
			var refs []journal.Ref
			if err := json.Unmarshal([]byte(subject), &refs); err != nil {
				return fmt.Errorf("subjects at position %d: %w", done, err)
			}
			if enterprise.String != "" {
				refs = append(refs, journal.Ref{Kind: "enterprise", ID: enterprise.String})
			}
			if area.String != "" {
				refs = append(refs, journal.Ref{Kind: "area", ID: area.String})
			}
			for _, r := range refs {
				all = append(all, ref{done >> refBlock, done, r.Kind, r.ID})
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
		slices.SortFunc(all, func(a, b ref) int {
			return cmp.Or(cmp.Compare(a.block, b.block), strings.Compare(a.kind, b.kind), strings.Compare(a.id, b.id), cmp.Compare(a.position, b.position))
		})
		err = insertMany(ctx, tx, "INSERT INTO entry_ref (block, kind, ref, position)", " ON CONFLICT DO NOTHING", 4, len(all), func(i int, values []any) []any {
			return append(values, all[i].block, all[i].kind, all[i].id, all[i].position)
		})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE progress SET position = $1 WHERE name = 'entry_ref'", done)
		return err
	})
	return done < top, err
}

// progress tells how far something that is built behind has come.
func (s *Store) progress(ctx context.Context, name string) (int64, error) {
	var position int64
	err := s.read.QueryRowContext(ctx, "SELECT coalesce((SELECT position FROM progress WHERE name = $1), 0)", name).Scan(&position)
	return position, err
}
