package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Balance gives what an account holds now.
func (s *Store) Balance(ctx context.Context, key string) (ledger.Balance, error) {
	a, _, err := readBalance(ctx, s.read, key)
	return a.Balance, err
}

// Pending gives what is left of a reserved movement; false where nothing is.
func (s *Store) Pending(ctx context.Context, id string) (ledger.Pending, bool, error) {
	p, err := readPending(ctx, s.read, id)
	if err != nil || p == nil {
		return ledger.Pending{}, false, err
	}
	return *p, true, nil
}

// AccountBalance is one account and what it holds.
type AccountBalance struct {
	Key string
	ledger.Balance
}

// Balances gives the accounts whose key begins with prefix ("legal|owner|",
// "legal|owner|item|"), in order of key, from after on, at most limit.
func (s *Store) Balances(ctx context.Context, prefix, after string, limit int) ([]AccountBalance, error) {
	from := max(prefix, after)
	rows, err := s.read.QueryContext(ctx, "SELECT key, "+balanceColumns+" FROM balance WHERE key >= $1 AND key < $2 AND key <> $3 ORDER BY key LIMIT $4",
		from, prefix+"\U0010FFFF", after, pageSize(limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []AccountBalance
	for rows.Next() {
		var key string
		var a account
		if err := scanBalance(rows, &a, &key); err != nil {
			return nil, err
		}
		all = append(all, AccountBalance{key, a.Balance})
	}
	return all, rows.Err()
}

const movementColumns = "id, kind, from_key, to_key, quantity, value, pending, effective_on, recorded_us, cause, turn, prev_from, prev_to, after_from, after_to, layered, entry"

func scanMovement(row interface{ Scan(...any) error }) (m ledger.Movement, err error) {
	var pending, turn, prevFrom, prevTo, entry sql.NullString
	var layered int64
	err = row.Scan(&m.ID, &m.Kind, &m.From, &m.To, &m.Quantity, &m.Value, &pending, &m.EffectiveOn, &m.Recorded, &m.Cause, &turn,
		&prevFrom, &prevTo, &m.AfterFrom, &m.AfterTo, &layered, &entry)
	m.Pending, m.Turn, m.PrevFrom, m.PrevTo = pending.String, turn.String, prevFrom.String, prevTo.String
	m.Layered, m.Entry = layered != 0, entry.String
	return m, err
}

// Movement gives one movement. Fault: STORE-ABSENT-01.
func (s *Store) Movement(ctx context.Context, id string) (ledger.Movement, error) {
	m, err := movementOf(ctx, s.read, id)
	if errors.Is(err, sql.ErrNoRows) {
		return m, absent("movement", id)
	}
	return m, err
}

// Movements gives all movements after an id, in order of id, which is the order
// in which they were decided. The second pair of eyes reads the books this way.
func (s *Store) Movements(ctx context.Context, after string, limit int) ([]ledger.Movement, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT "+movementColumns+" FROM movement WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []ledger.Movement
	for rows.Next() {
		m, err := scanMovement(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// before gives the movement of an account that came before m.
func before(m *ledger.Movement, key string) string {
	if m.From == key {
		return m.PrevFrom
	}
	return m.PrevTo
}

// History gives the movements of an account, newest first, at most limit. from
// is "" for the first page, then the next of the page before; next is "" at the
// account's beginning. It follows the chain from movement to movement, so it
// costs what the page costs.
func (s *Store) History(ctx context.Context, key, from string, limit int) (page []ledger.Movement, next string, err error) {
	if from == "" {
		a, _, err := readBalance(ctx, s.read, key)
		if err != nil {
			return nil, "", err
		}
		from = a.Last
	}
	for limit = pageSize(limit); from != "" && len(page) < limit; {
		m, err := s.Movement(ctx, from)
		if err != nil {
			return nil, "", fmt.Errorf("history of %s: %w", key, err)
		}
		if m.From != key && m.To != key {
			return nil, "", fault.New(fault.Invalid, "STORE-CURSOR-01", "/after", "this is not the cursor of a page", "begin with the first page")
		}
		page = append(page, m)
		from = before(&m, key)
	}
	return page, from, nil
}

// mark is a remembered state of an account.
type mark struct {
	count            int64
	movement         string
	recorded         clock.Instant
	quantity, value  int64
	spanFrom, spanTo clock.Date
}

func (s *Store) marks(ctx context.Context, q querier, key, more string, args ...any) ([]mark, error) {
	rows, err := q.QueryContext(ctx, "SELECT count, movement, recorded_us, quantity, value, span_from, span_to FROM balance_mark WHERE key = $1 "+more,
		append([]any{key}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []mark
	for rows.Next() {
		var m mark
		if err := rows.Scan(&m.count, &m.movement, &m.recorded, &m.quantity, &m.value, &m.spanFrom, &m.spanTo); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// effect is what a movement did to an account.
func effect(m *ledger.Movement, key string) (quantity, value int64) {
	if m.Kind != ledger.Post && m.Kind != ledger.Settle {
		return 0, 0
	}
	if m.From == key {
		return -int64(m.Quantity), -int64(m.Value)
	}
	return int64(m.Quantity), int64(m.Value)
}

// snapshot gives f one consistent view of the database.
func (s *Store) snapshot(ctx context.Context, f func(q querier) error) error {
	v := s.newView(ctx, 0)
	defer v.end()
	tx, err := v.tx()
	if err != nil {
		return err
	}
	return f(tx)
}

// BalanceRecorded gives what was posted on an account as the books stood at a
// past instant. It looks at the marks of the account and at most 256 movements.
func (s *Store) BalanceRecorded(ctx context.Context, key string, at clock.Instant) (quantity num.Quantity, value num.Money, err error) {
	err = s.snapshot(ctx, func(q querier) error {
		a, _, err := readBalance(ctx, q, key)
		if err != nil {
			return err
		}
		sum, worth, last := int64(a.Quantity), int64(a.Value), a.Last
		// The first mark that is younger than the instant, if any, is a nearer start.
		younger, err := s.marks(ctx, q, key, "AND recorded_us > $2 ORDER BY count LIMIT 1", int64(at))
		if err != nil {
			return err
		}
		if len(younger) > 0 {
			sum, worth, last = younger[0].quantity, younger[0].value, younger[0].movement
		}
		for last != "" {
			m, err := scanMovement(q.QueryRowContext(ctx, "SELECT "+movementColumns+" FROM movement WHERE id = $1", last))
			if err != nil {
				return fmt.Errorf("movement %s of %s: %w", last, key, err)
			}
			if m.Recorded <= at {
				break
			}
			dq, dv := effect(&m, key)
			sum, worth, last = sum-dq, worth-dv, before(&m, key)
		}
		quantity, value = num.Quantity(sum), num.Money(worth)
		return nil
	})
	return quantity, value, err
}

// BalanceEffective gives what was posted on an account with an effective day on
// or before a day, as the books stand now. Stretches of 256 movements that lie
// wholly before or after the day are taken from the account's marks; only the
// others are read.
func (s *Store) BalanceEffective(ctx context.Context, key string, on clock.Date) (quantity num.Quantity, value num.Money, err error) {
	err = s.snapshot(ctx, func(q querier) error {
		a, _, err := readBalance(ctx, q, key)
		if err != nil {
			return err
		}
		marks, err := s.marks(ctx, q, key, "ORDER BY count")
		if err != nil {
			return err
		}
		// The open stretch after the last mark is one more.
		marks = append(marks, mark{a.Count, a.Last, 0, int64(a.Quantity), int64(a.Value), a.spanFrom, a.spanTo})
		var sum, worth int64
		previous := mark{}
		for _, m := range marks {
			switch {
			case m.count == previous.count || m.spanFrom > on: // nothing in it, or all later
			case m.spanTo <= on:
				sum += m.quantity - previous.quantity
				worth += m.value - previous.value
			default:
				for last := m.movement; last != "" && last != previous.movement; {
					one, err := scanMovement(q.QueryRowContext(ctx, "SELECT "+movementColumns+" FROM movement WHERE id = $1", last))
					if err != nil {
						return fmt.Errorf("movement %s of %s: %w", last, key, err)
					}
					if one.EffectiveOn <= on {
						dq, dv := effect(&one, key)
						sum, worth = sum+dq, worth+dv
					}
					last = before(&one, key)
				}
			}
			previous = m
		}
		quantity, value = num.Quantity(sum), num.Money(worth)
		return nil
	})
	return quantity, value, err
}

// Period gives what was posted on an account with an effective day from from to
// to, both included, as the books stand now. Stretches of 256 movements that lie
// wholly before or after are taken from the account's marks; only the others are
// read, so it costs what the days cost.
func (s *Store) Period(ctx context.Context, key string, from, to clock.Date) (p ledger.Period, err error) {
	err = s.snapshot(ctx, func(q querier) error {
		p, err = s.period(ctx, q, key, from, to)
		return err
	})
	return p, err
}

func (s *Store) period(ctx context.Context, q querier, key string, from, to clock.Date) (p ledger.Period, err error) {
	a, _, err := readBalance(ctx, q, key)
	if err != nil {
		return p, err
	}
	marks, err := s.marks(ctx, q, key, "ORDER BY count")
	if err != nil {
		return p, err
	}
	// The open stretch after the last mark is one more.
	marks = append(marks, mark{a.Count, a.Last, 0, int64(a.Quantity), int64(a.Value), a.spanFrom, a.spanTo})
	previous := mark{}
	for _, m := range marks {
		switch {
		case m.count == previous.count || m.spanFrom > to: // nothing in it, or all later
		case m.spanTo < from:
			p.Opening += num.Quantity(m.quantity - previous.quantity)
			p.Value += num.Money(m.value - previous.value)
		default:
			first := len(p.Movements)
			for last := m.movement; last != "" && last != previous.movement; {
				one, err := scanMovement(q.QueryRowContext(ctx, "SELECT "+movementColumns+" FROM movement WHERE id = $1", last))
				if err != nil {
					return p, fmt.Errorf("movement %s of %s: %w", last, key, err)
				}
				last = before(&one, key)
				dq, dv := effect(&one, key)
				switch {
				case dq == 0 && dv == 0 || one.EffectiveOn > to: // only reserved, or later
				case one.EffectiveOn < from:
					p.Opening, p.Value = p.Opening+num.Quantity(dq), p.Value+num.Money(dv)
				default:
					p.Movements = append(p.Movements, one)
				}
			}
			slices.Reverse(p.Movements[first:])
		}
		previous = m
	}
	return p, nil
}
