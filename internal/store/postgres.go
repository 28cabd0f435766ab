package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"seine/internal/ledger"
)

// postgresEngine keeps a zone on a PostgreSQL server that several nodes may
// share. Each node groups its own outcomes; rows are locked in one order
// everywhere, and everything goes over in arrays.
type postgresEngine struct {
	s    *Store
	pool *pgxpool.Pool
	db   *sql.DB
}

func openPostgres(ctx context.Context, s *Store, o Options) (_ engine, err error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("read connection string: %w", err)
	}
	config.MaxConns = max(config.MaxConns, int32(8+2*runtime.GOMAXPROCS(0)))
	for name, value := range map[string]string{"application_name": "seine " + o.Node, "timezone": "UTC"} {
		if _, given := config.ConnConfig.RuntimeParams[name]; !given {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	e := &postgresEngine{s: s, pool: pool, db: stdlib.OpenDBFromPool(pool)}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	if o.ReadOnly {
		return e, migrated(ctx, conn, "postgres")
	}
	// Nodes that start together migrate one after the other.
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext('seine migrate ' || current_schema()))"); err != nil {
		return nil, fmt.Errorf("wait for migrations of other nodes: %w", err)
	}
	err = migrate(ctx, conn, "postgres", s.clock.Now())
	if _, unlockErr := conn.ExecContext(ctx, "SELECT pg_advisory_unlock(hashtext('seine migrate ' || current_schema()))"); err == nil {
		err = unlockErr
	}
	return e, err
}

func (e *postgresEngine) name() string { return "postgres" }

func (e *postgresEngine) rest(context.Context) error { return nil }

func (e *postgresEngine) alone() bool      { return false }
func (e *postgresEngine) readers() *sql.DB { return e.db }

func (e *postgresEngine) close() error {
	err := e.db.Close()
	e.pool.Close()
	return err
}

func (e *postgresEngine) chore(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func (e *postgresEngine) runChore(c *chore) {
	c.done <- e.chore(context.Background(), c.do)
}

// errCommit marks an error of the commit itself: whether it took place is not
// known, so it must not be tried again here.
var errCommit = errors.New("store: whether it was committed is not known")

func (e *postgresEngine) transient(err error) bool {
	if errors.Is(err, errCommit) {
		return false
	}
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return pgconn.SafeToRetry(err)
	}
	switch pe.Code {
	case "40001", "40P01", "55P03", "57P01", "57P02", "57P03": // serialization, deadlock, lock, restart
		return true
	case "23505": // another node made the same balance, mark or series first
		return pe.ConstraintName == "balance_pkey" || pe.ConstraintName == "balance_mark_pkey" || pe.ConstraintName == "series_pkey"
	}
	return false
}

func (e *postgresEngine) duplicate(err error) (string, bool) {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pe.Code != "23505" {
		return "", false
	}
	for _, t := range kinds {
		for _, c := range t.columns {
			if pe.ConstraintName == t.name+"_"+c.name {
				return t.name + "." + c.name, true
			}
		}
	}
	return pe.ConstraintName, true
}

func (e *postgresEngine) begin(ctx context.Context) (batch, error) {
	tx, err := e.pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return &postgresBatch{tx: tx}, nil
}

type postgresBatch struct {
	tx pgx.Tx
}

// each runs a query and calls f for each row.
func each(ctx context.Context, tx pgx.Tx, query string, arg any, f func(pgx.Rows) error) error {
	rows, err := tx.Query(ctx, query, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (b *postgresBatch) replies(ctx context.Context, keys []replyKey) (map[replyKey]*storedReply, error) {
	raw := make([][]byte, len(keys))
	for i := range keys {
		raw[i] = keys[i][:]
	}
	found := map[replyKey]*storedReply{}
	err := each(ctx, b.tx, "SELECT key, content, reply, entries FROM reply WHERE key = ANY($1)", raw, func(rows pgx.Rows) error {
		var key, content []byte
		var reply *string
		var entries string
		if err := rows.Scan(&key, &content, &reply, &entries); err != nil {
			return err
		}
		r := &storedReply{}
		copy(r.content[:], content)
		if reply != nil {
			r.reply = []byte(*reply)
		}
		if entries != "" {
			r.entries = strings.Split(entries, ",")
		}
		found[replyKey(key)] = r
		return nil
	})
	return found, err
}

func (b *postgresBatch) versions(ctx context.Context, t *table, ids []string) (map[string]int64, error) {
	return b.integers(ctx, "SELECT id, version FROM "+t.name+" WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids)
}

func (b *postgresBatch) series(ctx context.Context, names []string) (map[string]int64, error) {
	return b.integers(ctx, "SELECT name, last FROM series WHERE name = ANY($1) ORDER BY name FOR UPDATE", names)
}

func (b *postgresBatch) integers(ctx context.Context, query string, keys []string) (map[string]int64, error) {
	found := make(map[string]int64, len(keys))
	err := each(ctx, b.tx, query, keys, func(rows pgx.Rows) error {
		var k string
		var v int64
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		found[k] = v
		return nil
	})
	return found, err
}

func (b *postgresBatch) epochs(ctx context.Context, sets []string) (map[string]string, error) {
	found := make(map[string]string, len(sets))
	err := each(ctx, b.tx, "SELECT id, coalesce(value, '') FROM reference_set WHERE id = ANY($1) ORDER BY id FOR SHARE", sets, func(rows pgx.Rows) error {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return err
		}
		found[k] = v
		return nil
	})
	return found, err
}

func (b *postgresBatch) pendings(ctx context.Context, ids []string) (map[string]*ledger.Pending, error) {
	found := make(map[string]*ledger.Pending, len(ids))
	err := each(ctx, b.tx, "SELECT "+pendingColumns+" FROM pending WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids, func(rows pgx.Rows) error {
		p, err := scanPending(rows)
		if err != nil {
			return err
		}
		found[p.ID] = p
		return nil
	})
	return found, err
}

func (b *postgresBatch) balances(ctx context.Context, keys []string) (map[string]account, error) {
	found := make(map[string]account, len(keys))
	err := each(ctx, b.tx, "SELECT key, "+balanceColumns+" FROM balance WHERE key = ANY($1) ORDER BY key FOR UPDATE", keys, func(rows pgx.Rows) error {
		var key string
		var a account
		if err := scanBalance(rows, &a, &key); err != nil {
			return err
		}
		found[key] = a
		return nil
	})
	return found, err
}

func (b *postgresBatch) rollback() {
	_ = b.tx.Rollback(context.Background()) // after a commit there is nothing to roll back
}

func (b *postgresBatch) commit(ctx context.Context) error {
	err := b.tx.Commit(ctx)
	if err != nil && !errors.Is(err, pgx.ErrTxCommitRollback) {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	return err
}

// columns are arrays being filled for one statement.
type columns struct {
	args  []any
	types []string
}

func fill[T any](c *columns, sqlType string, n int, value func(int) T) {
	array := make([]T, n)
	for i := range array {
		array[i] = value(i)
	}
	c.args, c.types = append(c.args, array), append(c.types, sqlType)
}

// unnest gives the arrays as a table expression.
func (c *columns) unnest() string {
	var b strings.Builder
	b.WriteString("unnest(")
	for i, t := range c.types {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1) + "::" + t + "[]")
	}
	b.WriteString(")")
	return b.String()
}

// insert queues INSERT INTO table (names) from the arrays.
func (c *columns) insert(q *pgx.Batch, table, names string) {
	q.Queue("INSERT INTO "+table+" ("+names+") SELECT * FROM "+c.unnest(), c.args...)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (b *postgresBatch) write(ctx context.Context, r *rows) error {
	q := &pgx.Batch{}
	exact := map[int]int{} // statement → rows that it must change
	// A series that is used for the first time is locked by nobody yet: where two
	// nodes begin it at once, the second must fail here, and be done again, before
	// its documents fail with numbers that the first has given already.
	queueSeries(q, exact, r.series)
	for from := 0; from < len(r.docs); {
		to := from
		for to < len(r.docs) && r.docs[to].table == r.docs[from].table {
			to++
		}
		var fresh, changed []*docRow
		for _, d := range r.docs[from:to] {
			if d.base == 0 {
				fresh = append(fresh, d)
			} else {
				changed = append(changed, d)
			}
		}
		queueDocs(q, exact, r.docs[from].table, fresh, changed)
		from = to
	}
	if n := len(r.movements); n > 0 {
		m := r.movements
		c := &columns{}
		fill(c, "text", n, func(i int) string { return m[i].ID })
		fill(c, "text", n, func(i int) string { return string(m[i].Kind) })
		fill(c, "text", n, func(i int) string { return m[i].From })
		fill(c, "text", n, func(i int) string { return m[i].To })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].Quantity) })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].Value) })
		fill(c, "text", n, func(i int) *string { return optional(m[i].Pending) })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].EffectiveOn) })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].Recorded) })
		fill(c, "text", n, func(i int) string { return m[i].Cause })
		fill(c, "text", n, func(i int) *string { return optional(m[i].Turn) })
		fill(c, "text", n, func(i int) *string { return optional(m[i].PrevFrom) })
		fill(c, "text", n, func(i int) *string { return optional(m[i].PrevTo) })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].AfterFrom) })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].AfterTo) })
		fill(c, "bigint", n, func(i int) int64 { return truth(m[i].Layered) })
		fill(c, "text", n, func(i int) *string { return optional(m[i].Entry) })
		c.insert(q, "movement", "id, kind, from_key, to_key, quantity, value, pending, effective_on, recorded_us, cause, turn, prev_from, prev_to, after_from, after_to, layered, entry")
	}
	if err := queueBalances(q, exact, r.balances); err != nil {
		return err
	}
	if n := len(r.marks); n > 0 {
		m := r.marks
		c := &columns{}
		fill(c, "text", n, func(i int) string { return m[i].key })
		fill(c, "bigint", n, func(i int) int64 { return m[i].count })
		fill(c, "text", n, func(i int) string { return m[i].movement })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].recorded) })
		fill(c, "bigint", n, func(i int) int64 { return m[i].quantity })
		fill(c, "bigint", n, func(i int) int64 { return m[i].value })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].spanFrom) })
		fill(c, "bigint", n, func(i int) int64 { return int64(m[i].spanTo) })
		c.insert(q, "balance_mark", "key, count, movement, recorded_us, quantity, value, span_from, span_to")
	}
	queuePendings(q, exact, r.pendings)
	queueEntries(q, r.entries)
	if n := len(r.orders); n > 0 {
		o := r.orders
		c := &columns{}
		fill(c, "text", n, func(i int) string { return o[i].ID })
		fill(c, "text", n, func(i int) string { return o[i].Channel })
		fill(c, "text", n, func(i int) string { return o[i].Target })
		fill(c, "text", n, func(i int) string { return string(o[i].body) })
		fill(c, "bigint", n, func(int) int64 { return int64(r.recorded) })
		fill(c, "text", n, func(int) string { return "waiting" })
		fill(c, "bigint", n, func(i int) int64 { return int64(max(r.recorded, o[i].NotBefore)) })
		fill(c, "bigint", n, func(int) int64 { return 0 })
		c.insert(q, "outbox", "id, channel, target, body, created_us, state, due_us, attempts")
	}
	if n := len(r.replies); n > 0 {
		p := r.replies
		c := &columns{}
		fill(c, "bytea", n, func(i int) []byte { return p[i].key[:] })
		fill(c, "bytea", n, func(i int) []byte { return p[i].content[:] })
		fill(c, "text", n, func(i int) *string { return optional(string(p[i].reply)) })
		fill(c, "text", n, func(i int) string { return strings.Join(p[i].entries, ",") })
		fill(c, "bigint", n, func(int) int64 { return int64(r.recorded) })
		c.insert(q, "reply", "key, content, reply, entries, recorded_us")
	}
	if q.Len() == 0 {
		return nil
	}
	results := b.tx.SendBatch(ctx, q)
	defer results.Close()
	for i := range q.Len() {
		done, err := results.Exec()
		if err != nil {
			return fmt.Errorf("%.60s…: %w", q.QueuedQueries[i].SQL, err)
		}
		if want, ok := exact[i]; ok && done.RowsAffected() != int64(want) {
			return fmt.Errorf("%w: %.60s… changed %d rows, not %d", errRace, q.QueuedQueries[i].SQL, done.RowsAffected(), want)
		}
	}
	return results.Close()
}

func queueDocs(q *pgx.Batch, exact map[int]int, t *table, fresh, changed []*docRow) {
	values := func(c *columns, docs []*docRow) (names []string) {
		for k, col := range t.columns {
			names = append(names, col.name)
			if col.form == text {
				fill(c, "text", len(docs), func(i int) *string {
					v, _ := docs[i].columns[k].(string)
					if docs[i].columns[k] == nil {
						return nil
					}
					return &v
				})
				continue
			}
			fill(c, "bigint", len(docs), func(i int) *int64 {
				v, ok := docs[i].columns[k].(int64)
				if !ok {
					return nil
				}
				return &v
			})
		}
		fill(c, "text", len(docs), func(i int) string { return string(docs[i].body) })
		return append(names, "body")
	}
	if n := len(fresh); n > 0 {
		c := &columns{}
		fill(c, "text", n, func(i int) string { return fresh[i].id })
		fill(c, "bigint", n, func(i int) int64 { return fresh[i].version })
		names := values(c, fresh)
		c.insert(q, t.name, "id, version, "+strings.Join(names, ", "))
	}
	if n := len(changed); n > 0 {
		c := &columns{}
		fill(c, "text", n, func(i int) string { return changed[i].id })
		fill(c, "bigint", n, func(i int) int64 { return changed[i].base })
		fill(c, "bigint", n, func(i int) int64 { return changed[i].version })
		names := values(c, changed)
		sets := "version = u.version"
		for _, name := range names {
			sets += ", " + name + " = u." + name
		}
		exact[q.Len()] = n
		q.Queue("UPDATE "+t.name+" AS d SET "+sets+" FROM "+c.unnest()+" AS u (id, base, version, "+strings.Join(names, ", ")+
			") WHERE d.id = u.id AND d.version = u.base", c.args...)
	}
}

func queueBalances(q *pgx.Batch, exact map[int]int, all []balanceRow) error {
	var fresh, changed []*balanceRow
	for i := range all {
		if all[i].isNew {
			fresh = append(fresh, &all[i])
		} else {
			changed = append(changed, &all[i])
		}
	}
	const names = "key, quantity, value, incoming, outgoing, layers, last, count, span_from, span_to"
	arrays := func(rows []*balanceRow) (*columns, error) {
		n := len(rows)
		layers := make([]*string, n)
		for i, r := range rows {
			v, err := layersText(r.Layers)
			if err != nil {
				return nil, err
			}
			if text, ok := v.(string); ok {
				layers[i] = &text
			}
		}
		c := &columns{}
		fill(c, "text", n, func(i int) string { return rows[i].key })
		fill(c, "bigint", n, func(i int) int64 { return int64(rows[i].Quantity) })
		fill(c, "bigint", n, func(i int) int64 { return int64(rows[i].Value) })
		fill(c, "bigint", n, func(i int) int64 { return int64(rows[i].Incoming) })
		fill(c, "bigint", n, func(i int) int64 { return int64(rows[i].Outgoing) })
		fill(c, "text", n, func(i int) *string { return layers[i] })
		fill(c, "text", n, func(i int) string { return rows[i].Last })
		fill(c, "bigint", n, func(i int) int64 { return rows[i].Count })
		fill(c, "bigint", n, func(i int) int64 { return int64(rows[i].spanFrom) })
		fill(c, "bigint", n, func(i int) int64 { return int64(rows[i].spanTo) })
		return c, nil
	}
	if len(fresh) > 0 {
		c, err := arrays(fresh)
		if err != nil {
			return err
		}
		c.insert(q, "balance", names)
	}
	if len(changed) > 0 {
		c, err := arrays(changed)
		if err != nil {
			return err
		}
		exact[q.Len()] = len(changed)
		q.Queue(`UPDATE balance AS b SET quantity = u.quantity, value = u.value, incoming = u.incoming, outgoing = u.outgoing, layers = u.layers,
			last = u.last, count = u.count, span_from = u.span_from, span_to = u.span_to FROM `+c.unnest()+" AS u ("+names+") WHERE b.key = u.key", c.args...)
	}
	return nil
}

func queuePendings(q *pgx.Batch, exact map[int]int, all []pendingRow) {
	var gone []string
	var fresh, changed []*ledger.Pending
	for _, p := range all {
		switch {
		case p.left == nil:
			gone = append(gone, p.id)
		case p.isNew:
			fresh = append(fresh, p.left)
		default:
			changed = append(changed, p.left)
		}
	}
	value := func(p *ledger.Pending) *int64 {
		if p.Value == nil {
			return nil
		}
		v := int64(*p.Value)
		return &v
	}
	if len(gone) > 0 {
		exact[q.Len()] = len(gone)
		q.Queue("DELETE FROM pending WHERE id = ANY($1)", gone)
	}
	if n := len(fresh); n > 0 {
		c := &columns{}
		fill(c, "text", n, func(i int) string { return fresh[i].ID })
		fill(c, "text", n, func(i int) string { return fresh[i].From.Key() })
		fill(c, "text", n, func(i int) string { return fresh[i].To.Key() })
		fill(c, "bigint", n, func(i int) int64 { return int64(fresh[i].Reserved) })
		fill(c, "bigint", n, func(i int) int64 { return int64(fresh[i].Open) })
		fill(c, "bigint", n, func(i int) *int64 { return value(fresh[i]) })
		fill(c, "bigint", n, func(i int) int64 { return truth(fresh[i].Layered) })
		fill(c, "text", n, func(i int) string { return fresh[i].Cause })
		c.insert(q, "pending", pendingColumns)
	}
	if n := len(changed); n > 0 {
		c := &columns{}
		fill(c, "text", n, func(i int) string { return changed[i].ID })
		fill(c, "bigint", n, func(i int) int64 { return int64(changed[i].Open) })
		fill(c, "bigint", n, func(i int) *int64 { return value(changed[i]) })
		exact[q.Len()] = n
		q.Queue("UPDATE pending AS p SET open = u.open, value = u.value FROM "+c.unnest()+" AS u (id, open, value) WHERE p.id = u.id", c.args...)
	}
}

func queueEntries(q *pgx.Batch, e []*entryRow) {
	n := len(e)
	if n == 0 {
		return
	}
	c := &columns{}
	fill(c, "text", n, func(i int) string { return e[i].ID })
	fill(c, "bigint", n, func(i int) int64 { return int64(e[i].At) })
	fill(c, "bigint", n, func(i int) int64 { return int64(e[i].EffectiveOn) })
	fill(c, "text", n, func(i int) string { return e[i].Actor })
	fill(c, "text", n, func(i int) string { return string(e[i].ActorKind) })
	fill(c, "text", n, func(i int) string { return e[i].Type })
	fill(c, "text", n, func(i int) string { return string(e[i].subject) })
	fill(c, "text", n, func(i int) *string { return optional(e[i].Enterprise) })
	fill(c, "text", n, func(i int) *string { return optional(e[i].Area) })
	fill(c, "text", n, func(i int) *string { return optional(e[i].Office) })
	fill(c, "text", n, func(i int) *string { return optional(e[i].Why.Rule) })
	fill(c, "text", n, func(i int) *string { return optional(e[i].Why.Law) })
	fill(c, "text", n, func(i int) *string { return optional(e[i].Why.Reason) })
	fill(c, "text", n, func(i int) *string { return optional(e[i].Cause) })
	fill(c, "text", n, func(i int) *string { return optional(string(e[i].Body)) })
	fill(c, "bytea", n, func(i int) []byte { return e[i].salt[:] })
	fill(c, "bytea", n, func(i int) []byte { return e[i].commitment[:] })
	fill(c, "text", n, func(i int) *string { return optional(e[i].moved) })
	fill(c, "bytea", n, func(i int) []byte {
		if e[i].Moved == nil {
			return nil
		}
		return e[i].Moved.Hash[:]
	})
	c.insert(q, "entry", "id, at_us, effective_on, actor, actor_kind, type, subject, enterprise, area, office, rule, law, reason, cause, body, salt, commitment, moved, moved_hash")
}

func queueSeries(q *pgx.Batch, exact map[int]int, all []seriesRow) {
	for _, isNew := range []bool{true, false} {
		c := &columns{}
		var some []seriesRow
		for _, r := range all {
			if r.isNew == isNew {
				some = append(some, r)
			}
		}
		if len(some) == 0 {
			continue
		}
		fill(c, "text", len(some), func(i int) string { return some[i].name })
		fill(c, "bigint", len(some), func(i int) int64 { return some[i].last })
		if isNew {
			c.insert(q, "series", "name, last")
			continue
		}
		exact[q.Len()] = len(some)
		q.Queue("UPDATE series AS s SET last = u.last FROM "+c.unnest()+" AS u (name, last) WHERE s.name = u.name", c.args...)
	}
}
