package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"seine/internal/clock"
)

// Outgoing is an order that waits to be sent. It may be sent twice when a
// program dies between sending and telling: receivers go by ID.
type Outgoing struct {
	ID       string
	Channel  string
	Target   string
	Body     json.RawMessage
	Created  clock.Instant
	Attempts int // this one included
}

// Claim takes orders of a channel that wait and are due, oldest first, for this
// node. Until the claim has run out nobody else gets them; what is not finished
// by then waits again.
func (s *Store) Claim(ctx context.Context, channel string, limit int, claim time.Duration) ([]Outgoing, error) {
	return s.ClaimExcept(ctx, channel, nil, limit, claim)
}

// ClaimExcept is Claim that leaves the orders for some targets where they are:
// they wait as they did, and go on when their target is not excepted any more.
func (s *Store) ClaimExcept(ctx context.Context, channel string, except []string, limit int, claim time.Duration) ([]Outgoing, error) {
	which, args := "channel = $1 AND due_us <= $2", []any{channel, int64(s.clock.Now())}
	if len(except) > 0 {
		marks := make([]string, len(except))
		for i, target := range except {
			args = append(args, target)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		which += " AND target NOT IN (" + strings.Join(marks, ", ") + ")"
	}
	return s.claim(ctx, which, args, limit, claim)
}

// ClaimOf takes the orders for one target that nobody has in hand, due or not:
// those of a target that is no more.
func (s *Store) ClaimOf(ctx context.Context, channel, target string, limit int, claim time.Duration) ([]Outgoing, error) {
	return s.claim(ctx, "channel = $1 AND target = $2 AND claimed_by IS NULL", []any{channel, target}, limit, claim)
}

func (s *Store) claim(ctx context.Context, which string, args []any, limit int, claim time.Duration) ([]Outgoing, error) {
	which = " FROM outbox WHERE state = 'waiting' AND state <> 'sent' AND " + which
	var waiting bool
	err := s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1"+which+")", args...).Scan(&waiting)
	if err != nil || !waiting {
		return nil, err
	}
	lock := ""
	if !s.engine.alone() {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	until := s.clock.Now().Add(claim)
	var taken []Outgoing
	err = s.engine.chore(ctx, func(tx *sql.Tx) error {
		taken = nil
		rows, err := tx.QueryContext(ctx, "SELECT id, channel, target, body, created_us, attempts"+which+" ORDER BY due_us, seq LIMIT "+strconv.Itoa(limit)+lock, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var o Outgoing
			var body []byte
			if err := rows.Scan(&o.ID, &o.Channel, &o.Target, &body, &o.Created, &o.Attempts); err != nil {
				return err
			}
			o.Body = body
			o.Attempts++
			taken = append(taken, o)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
		for _, o := range taken {
			_, err := tx.ExecContext(ctx, "UPDATE outbox SET due_us = $1, attempts = $2, claimed_by = $3 WHERE id = $4",
				int64(until), o.Attempts, s.options.Node, o.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return taken, err
}

// Unclaim gives a claimed order back untried: it waits as before it was claimed.
func (s *Store) Unclaim(ctx context.Context, id string) error {
	return s.engine.chore(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE outbox SET due_us = $1, attempts = attempts - 1, claimed_by = NULL WHERE id = $2 AND state = 'waiting' AND claimed_by IS NOT NULL",
			int64(s.clock.Now()), id)
		return err
	})
}

// Sent tells that an order went out; result is kept for people to read.
func (s *Store) Sent(ctx context.Context, id, result string) error {
	return s.settleOrder(ctx, id, "sent", 0, result)
}

// Failed tells that an order could not be sent: it waits again until a moment,
// or, with again 0, is given up.
func (s *Store) Failed(ctx context.Context, id, result string, again clock.Instant) error {
	if again == 0 {
		return s.settleOrder(ctx, id, "given-up", 0, result)
	}
	return s.settleOrder(ctx, id, "waiting", again, result)
}

func (s *Store) settleOrder(ctx context.Context, id, state string, due clock.Instant, result string) error {
	return s.engine.chore(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE outbox SET state = $1, due_us = $2, result = $3, claimed_by = NULL WHERE id = $4 AND state = 'waiting'",
			state, int64(due), result, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return absent("waiting order", id)
	})
}

// OutboxCounts counts the orders that wait or were given up, by channel and
// state.
func (s *Store) OutboxCounts(ctx context.Context) (map[string]map[string]int, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT channel, state, count(*) FROM outbox WHERE state <> 'sent' GROUP BY channel, state")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]map[string]int{}
	for rows.Next() {
		var channel, state string
		var n int
		if err := rows.Scan(&channel, &state, &n); err != nil {
			return nil, err
		}
		if counts[channel] == nil {
			counts[channel] = map[string]int{}
		}
		counts[channel][state] = n
	}
	return counts, rows.Err()
}

// Oldest counts the orders of a channel that wait and gives the moment of the
// oldest, 0 where none waits.
func (s *Store) Oldest(ctx context.Context, channel string) (waiting int, since clock.Instant, err error) {
	var us sql.NullInt64
	err = s.read.QueryRowContext(ctx, "SELECT count(*), MIN(created_us) FROM outbox WHERE state = 'waiting' AND channel = $1", channel).Scan(&waiting, &us)
	return waiting, clock.Instant(us.Int64), err
}
