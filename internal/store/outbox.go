package store

import (
	"context"
	"database/sql"
	"encoding/json"
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

// Claim takes orders of a channel that wait, oldest first, for this node. Until
// the claim has run out nobody else gets them; what is not finished by then
// waits again.
func (s *Store) Claim(ctx context.Context, channel string, limit int, claim time.Duration) ([]Outgoing, error) {
	now := s.clock.Now()
	var waiting bool
	err := s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND state <> 'sent' AND channel = $1 AND due_us <= $2)", channel, int64(now)).Scan(&waiting)
	if err != nil || !waiting {
		return nil, err
	}
	lock := ""
	if !s.engine.alone() {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	var taken []Outgoing
	err = s.engine.chore(ctx, func(tx *sql.Tx) error {
		taken = nil
		rows, err := tx.QueryContext(ctx, `SELECT id, channel, target, body, created_us, attempts FROM outbox
			WHERE state = 'waiting' AND state <> 'sent' AND channel = $1 AND due_us <= $2 ORDER BY due_us, seq LIMIT $3`+lock, channel, int64(now), limit)
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
				int64(now.Add(claim)), o.Attempts, s.options.Node, o.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return taken, err
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
