package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/journal"
)

const entryColumns = `position, id, at_us, effective_on, actor, actor_kind, type, subject, enterprise, area, office,
	rule, law, reason, cause, body, salt, commitment, moved, moved_hash`

// Stored is one entry as the journal keeps it: with the salt and the commitment
// that the tree holds.
type Stored struct {
	journal.Entry
	Salt       journal.Salt
	Commitment journal.Commitment
	Moves      []string // ids of the movements that it quotes, in their order
}

func scanEntry(row interface{ Scan(...any) error }) (*Stored, error) {
	var e Stored
	var position sql.NullInt64
	var at, on int64
	var kind, subject string
	var enterprise, area, office, rule, law, reason, cause, body sql.NullString
	var salt, commitment, hash []byte
	var moved sql.NullString
	err := row.Scan(&position, &e.ID, &at, &on, &e.Actor, &kind, &e.Type, &subject, &enterprise, &area, &office,
		&rule, &law, &reason, &cause, &body, &salt, &commitment, &moved, &hash)
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
	if moved.Valid {
		if len(hash) != len(journal.Hash{}) {
			return nil, fmt.Errorf("entry %s: the hash of its movements has the wrong length", e.ID)
		}
		e.Moves = strings.Split(moved.String, "\n")
		e.Moved = &journal.Moved{Count: len(e.Moves), Hash: journal.Hash(hash)}
	}
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

// The index of subjects is kept by blocks of positions, so that only the youngest
// block is written; a row holds all entries about one object of one piece of the
// journal, so that what moves much costs few rows.
const (
	refProgress = "entry_ref"
	refBlock    = 16  // a block is 2^16 positions
	refRow      = 500 // positions in one row at most
)

// subjectRow is a row of entry_ref: the entries about one object, by position.
type subjectRow struct {
	block, first int64
	kind, id     string
	positions    []byte // decimals, rising, separated by blanks
}

// nextSubjects indexes the next entries by their subjects, nil where none wait.
func (s *Store) nextSubjects(ctx context.Context) (*addition, error) {
	top := s.tail.Load()
	from, err := s.progress(ctx, refProgress)
	if err != nil || from >= top {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, "SELECT position, subject, enterprise, area FROM entry WHERE position > $1 ORDER BY position LIMIT $2", from, behindChunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type object struct {
		block    int64
		kind, id string
	}
	type about struct {
		object
		position int64
	}
	var all []about
	to := from
	for rows.Next() {
		var subject string
		var enterprise, area sql.NullString
		if err := rows.Scan(&to, &subject, &enterprise, &area); err != nil {
			return nil, err
		}
		var refs []journal.Ref
		if err := json.Unmarshal([]byte(subject), &refs); err != nil {
			return nil, fmt.Errorf("subjects at position %d: %w", to, err)
		}
		if enterprise.String != "" {
			refs = append(refs, journal.Ref{Kind: "enterprise", ID: enterprise.String})
		}
		if area.String != "" {
			refs = append(refs, journal.Ref{Kind: "area", ID: area.String})
		}
		for _, r := range refs {
			all = append(all, about{object{to >> refBlock, r.Kind, r.ID}, to})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b about) int {
		return cmp.Or(cmp.Compare(a.block, b.block), strings.Compare(a.kind, b.kind), strings.Compare(a.id, b.id), cmp.Compare(a.position, b.position))
	})
	var packed []subjectRow
	count := 0
	for i, a := range all {
		switch {
		case i > 0 && a == all[i-1]: // named twice
		case i > 0 && a.object == all[i-1].object && count < refRow:
			last := &packed[len(packed)-1]
			last.positions = strconv.AppendInt(append(last.positions, ' '), a.position, 10)
			count++
		default:
			packed = append(packed, subjectRow{a.block, a.position, a.kind, a.id, strconv.AppendInt(nil, a.position, 10)})
			count = 1
		}
	}
	return &addition{more: to < top, write: func(ctx context.Context, tx *sql.Tx) error {
		mine, err := progressed(ctx, tx, refProgress, from, to)
		if err != nil || !mine {
			return err
		}
		return insertMany(ctx, tx, s.valueMarks(), "INSERT INTO entry_ref (block, kind, ref, first, positions)", "", 5, len(packed), func(i int, values []any) []any {
			p := &packed[i]
			return append(values, p.block, p.kind, p.id, p.first, string(p.positions))
		})
	}}, nil
}

// positionsAbout gives the positions of entries about an object within a block,
// downwards from one, at most limit.
func positionsAbout(ctx context.Context, q querier, r journal.Ref, block, from int64, limit int) ([]int64, error) {
	var all []int64
	for first := from; len(all) < limit; {
		rows, err := texts(q.QueryContext(ctx, "SELECT positions FROM entry_ref WHERE block = $1 AND kind = $2 AND ref = $3 AND first <= $4 ORDER BY first DESC LIMIT 16",
			block, r.Kind, r.ID, first))
		if err != nil || len(rows) == 0 {
			return all, err
		}
		for _, row := range rows {
			fields := strings.Fields(row)
			for _, field := range slices.Backward(fields) {
				p, err := strconv.ParseInt(field, 10, 64)
				if err != nil {
					return nil, fmt.Errorf("index of %s %s: %w", r.Kind, r.ID, err)
				}
				if p <= from && len(all) < limit {
					all = append(all, p)
				}
				first = p - 1
			}
		}
	}
	return all, nil
}
