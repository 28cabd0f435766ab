package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/ledger"
)

// view is what one decision looks at. It opens a snapshot of the database only
// when something is asked that memory does not hold. What came from memory is
// guarded: should it be older than the database, the decision is taken again.
// A view belongs to one goroutine.
type view struct {
	s    *Store
	ctx  context.Context
	now  clock.Instant
	snap *sql.Tx
	mark uint64 // of the document cache, before the snapshot
	bal  uint64 // of the balance cache, before the snapshot
	cold bool   // do not use memory: it was old the last time

	relied []decision.Reliance
	counts map[string]int64
}

func (s *Store) newView(ctx context.Context, now clock.Instant) *view {
	if now == 0 {
		now = s.clock.Now()
	}
	return &view{s: s, ctx: ctx, now: now, cold: s.options.ReadOnly}
}

func (v *view) tx() (*sql.Tx, error) {
	if v.snap != nil {
		return v.snap, nil
	}
	v.mark = v.s.documents.now()
	if v.s.balances != nil {
		v.bal = v.s.balances.now()
	}
	var how *sql.TxOptions // SQLite's are always snapshots
	if !v.s.engine.alone() {
		how = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := v.s.read.BeginTx(v.ctx, how)
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	v.snap = tx
	return tx, nil
}

func (v *view) end() {
	if v.snap != nil {
		v.snap.Rollback() //nolint:errcheck // nothing was written
		v.snap = nil
	}
}

// Now is the moment at which the command was received.
func (v *view) Now() clock.Instant { return v.now }

// NewID gives a new time-ordered identifier.
func (v *view) NewID() string { return v.s.ids.next() }

// Load reads a document's newest version into body.
func (v *view) Load(kind decision.Kind, id string, body any) (int64, error) {
	t, err := tableOf(kind)
	if err != nil {
		return 0, err
	}
	k := docKey{kind, id}
	doc, known := cachedDoc{}, false
	if !v.cold {
		if doc, known = v.s.documents.get(k); known {
			v.relied = append(v.relied, decision.Reliance{Kind: kind, ID: id, Version: doc.version})
		}
	}
	if !known {
		tx, err := v.tx()
		if err != nil {
			return 0, err
		}
		err = v.s.prepared.row(v.ctx, tx, t.load, id).Scan(&doc.version, &doc.body)
		if errors.Is(err, sql.ErrNoRows) {
			return 0, absent(kind, id)
		}
		if err != nil {
			return 0, fmt.Errorf("load %s %s: %w", kind, id, err)
		}
		v.s.documents.fill(k, doc, v.mark)
	}
	if raw, ok := body.(*json.RawMessage); ok {
		*raw = append((*raw)[:0], doc.body...)
		return doc.version, nil
	}
	if err := json.Unmarshal(doc.body, body); err != nil {
		return 0, fmt.Errorf("read body of %s %s: %w", kind, id, err)
	}
	return doc.version, nil
}

// Find gives the ids of documents whose searched column has this value.
func (v *view) Find(kind decision.Kind, column, value string, limit int) ([]string, error) {
	t, err := tableOf(kind)
	if err != nil {
		return nil, err
	}
	tx, err := v.tx()
	if err != nil {
		return nil, err
	}
	ids, err := v.s.find(v.ctx, tx, t, column, value, limit)
	if err != nil {
		return nil, fmt.Errorf("find %s by %s: %w", kind, column, err)
	}
	return ids, nil
}

// Balance gives an account's balance by its key.
func (v *view) Balance(key string) (ledger.Balance, error) {
	var a account
	known := false
	if v.s.balances != nil && !v.cold {
		a, known = v.s.balances.get(key)
	}
	if !known {
		tx, err := v.tx()
		if err != nil {
			return ledger.Balance{}, err
		}
		if a, _, err = readBalance(v.ctx, v.s.prepared.in(tx), key); err != nil {
			return ledger.Balance{}, err
		}
		if v.s.balances != nil {
			v.s.balances.fill(key, a, v.bal)
		}
	}
	if v.counts == nil {
		v.counts = map[string]int64{}
	}
	v.counts[key] = a.Count
	return a.Balance, nil
}

// Period gives what was posted on an account within some days.
func (v *view) Period(key string, from, to clock.Date) (ledger.Period, error) {
	tx, err := v.tx()
	if err != nil {
		return ledger.Period{}, err
	}
	return v.s.period(v.ctx, v.s.prepared.in(tx), key, from, to)
}

// Pending gives what is left of a reserved movement.
func (v *view) Pending(id string) (ledger.Pending, bool, error) {
	tx, err := v.tx()
	if err != nil {
		return ledger.Pending{}, false, err
	}
	p, err := readPending(v.ctx, v.s.prepared.in(tx), id)
	if err != nil || p == nil {
		return ledger.Pending{}, false, err
	}
	return *p, true, nil
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

const balanceColumns = "quantity, value, incoming, outgoing, layers, last, count, span_from, span_to"

func scanBalance(row interface{ Scan(...any) error }, a *account, more ...any) error {
	var layers sql.NullString
	err := row.Scan(append(more, &a.Quantity, &a.Value, &a.Incoming, &a.Outgoing, &layers, &a.Last, &a.Count, &a.spanFrom, &a.spanTo)...)
	if err != nil || layers.String == "" {
		return err
	}
	if err := json.Unmarshal([]byte(layers.String), &a.Layers); err != nil {
		return fmt.Errorf("read layers: %w", err)
	}
	return nil
}

func readBalance(ctx context.Context, q querier, key string) (a account, found bool, err error) {
	err = scanBalance(q.QueryRowContext(ctx, "SELECT "+balanceColumns+" FROM balance WHERE key = $1", key), &a)
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("read balance %s: %w", key, err)
	}
	return a, true, nil
}

const pendingColumns = "id, from_key, to_key, reserved, open, value, layered, cause"

func scanPending(row interface{ Scan(...any) error }) (*ledger.Pending, error) {
	var p ledger.Pending
	var from, to string
	var value sql.NullInt64
	var layered int64
	err := row.Scan(&p.ID, &from, &to, &p.Reserved, &p.Open, &value, &layered, &p.Cause)
	if err != nil {
		return nil, err
	}
	if p.From, err = ledger.ParseKey(from); err != nil {
		return nil, err
	}
	if p.To, err = ledger.ParseKey(to); err != nil {
		return nil, err
	}
	if value.Valid {
		v := moneyOf(value.Int64)
		p.Value = &v
	}
	p.Layered = layered != 0
	return &p, nil
}

func readPending(ctx context.Context, q querier, id string) (*ledger.Pending, error) {
	p, err := scanPending(q.QueryRowContext(ctx, "SELECT "+pendingColumns+" FROM pending WHERE id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read pending movement %s: %w", id, err)
	}
	return p, nil
}

// statements are queries that decisions ask all the time, prepared once for the
// reading pool.
type statements struct {
	db     *sql.DB
	all    sync.Map // query → *sql.Stmt
	making sync.Mutex
}

// row asks a query of one row inside a transaction. Preparing takes a second
// connection of the pool, so only one decision prepares at a time: if all of them
// did, each holding its snapshot, none would ever get one.
func (p *statements) row(ctx context.Context, tx *sql.Tx, query string, args ...any) *sql.Row {
	st, ok := p.all.Load(query)
	if !ok {
		if !p.making.TryLock() {
			return tx.QueryRowContext(ctx, query, args...)
		}
		made, err := p.db.PrepareContext(ctx, query)
		if err == nil {
			var lost bool
			if st, lost = p.all.LoadOrStore(query, made); lost {
				_ = made.Close()
			}
		}
		p.making.Unlock()
		if err != nil {
			return tx.QueryRowContext(ctx, query, args...) // it carries the error
		}
	}
	return tx.StmtContext(ctx, st.(*sql.Stmt)).QueryRowContext(ctx, args...)
}

func (p *statements) close() {
	p.all.Range(func(_, st any) bool {
		_ = st.(*sql.Stmt).Close()
		return true
	})
}

// in makes a transaction use prepared statements for queries of one row.
func (p *statements) in(tx *sql.Tx) querier { return preparedTx{tx, p} }

type preparedTx struct {
	*sql.Tx
	p *statements
}

func (t preparedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return t.p.row(ctx, t.Tx, query, args...)
}
