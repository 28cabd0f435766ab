package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"seine/internal/ledger"
)

// sqliteEngine keeps a zone in one file. There is one writing connection, which
// only the writer goroutine uses, and a pool of reading ones.
type sqliteEngine struct {
	s        *Store
	folder   *os.File // held lock
	write    *sql.DB
	conn     *sql.Conn
	pool     *sql.DB
	prepared map[string]*sql.Stmt
	writing  map[string]driver.Stmt // of conn, past database/sql
	args     []driver.NamedValue    // of exec, used again
	position int64                  // of the last entry
	searched int64                  // documents that went into search_tail
	keys     replyKeys
	started  bool // the writer goroutine owns conn
}

// Commits go into a log, and the log into the database, from time to time and
// beside the writer: a truck at a gate need not wait for it. Under a load without
// pause the log cannot begin again that way, so the commit that finds logPages in
// it does what is left.
const (
	logPages  = 40_000
	tidyEvery = 500 * time.Millisecond
)

// tidy copies the log into the database beside the writer until ctx ends.
func (e *sqliteEngine) tidy(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	done := int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		batches := e.s.counts.batches.Load()
		if batches == done {
			continue
		}
		done = batches
		var busy, pages, copied int64
		err := e.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &copied)
		if err != nil && ctx.Err() == nil {
			e.s.log.Warn("copying the log into the database failed, will be tried again", "error", err)
		}
	}
}

// rest copies the whole log into the database, so that it begins anew. Who reads an
// older state of the log is waited for.
func (e *sqliteEngine) rest(ctx context.Context) error {
	for {
		var busy, pages, copied int64
		if err := e.pool.QueryRowContext(ctx, "PRAGMA wal_checkpoint(RESTART)").Scan(&busy, &pages, &copied); err != nil {
			return fmt.Errorf("copy the log into the database: %w", err)
		}
		if busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// sqliteName gives the connection string of a database file. Settings stand in
// it because only then every connection of a pool has them. The order matters:
// the time-out first, for the settings themselves may meet a lock.
func sqliteName(file string, write bool) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(10000)")
	if write {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "wal_autocheckpoint("+strconv.Itoa(logPages)+")")
		q.Add("_pragma", "cache_size(-131072)")
		q.Add("_txlock", "immediate")
	} else {
		q.Add("_pragma", "query_only(1)")
		q.Add("_pragma", "cache_size(-16384)")
	}
	q.Add("_pragma", "foreign_keys(1)")
	return (&url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: q.Encode()}).String()
}

func openSQLite(ctx context.Context, s *Store, o Options) (_ engine, err error) {
	e := &sqliteEngine{s: s, prepared: map[string]*sql.Stmt{}, writing: map[string]driver.Stmt{}}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "zone.db")
	if !o.ReadOnly {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make data folder: %w", err)
		}
		if e.folder, err = lockFolder(dir); err != nil {
			return nil, err
		}
		if e.write, err = sql.Open("sqlite", sqliteName(file, true)); err != nil {
			return nil, err
		}
		e.write.SetMaxOpenConns(1)
		if e.conn, err = e.write.Conn(ctx); err != nil {
			return nil, fmt.Errorf("open %s: %w", file, err)
		}
		if err := migrate(ctx, e.conn, "sqlite", s.clock.Now()); err != nil {
			return nil, err
		}
		if err := e.conn.QueryRowContext(ctx, "SELECT coalesce(max(position), 0) FROM entry").Scan(&e.position); err != nil {
			return nil, err
		}
		if err := e.conn.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'search_tail'").Scan(&e.searched); err != nil {
			return nil, err
		}
		if err := e.keys.load(ctx, e.conn); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
	} else if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("open zone: %w", err)
	}
	if e.pool, err = sql.Open("sqlite", sqliteName(file, false)); err != nil {
		return nil, err
	}
	n := max(4, 2*runtime.GOMAXPROCS(0))
	e.pool.SetMaxOpenConns(n)
	e.pool.SetMaxIdleConns(n)
	if o.ReadOnly {
		if err := migrated(ctx, e.pool, "sqlite"); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *sqliteEngine) name() string     { return "sqlite" }
func (e *sqliteEngine) alone() bool      { return true }
func (e *sqliteEngine) readers() *sql.DB { return e.pool }

func (e *sqliteEngine) close() error {
	var errs []error
	if e.conn != nil {
		errs = append(errs, e.conn.Raw(func(any) error {
			var errs []error
			for _, st := range e.writing {
				errs = append(errs, st.Close())
			}
			return errors.Join(errs...)
		}))
	}
	for _, st := range e.prepared {
		errs = append(errs, st.Close())
	}
	if e.pool != nil {
		errs = append(errs, e.pool.Close())
	}
	if e.conn != nil {
		errs = append(errs, e.conn.Close())
	}
	if e.write != nil {
		errs = append(errs, e.write.Close())
	}
	if e.folder != nil {
		errs = append(errs, e.folder.Close())
	}
	return errors.Join(errs...)
}

// chore hands f to the writer goroutine, or runs it at once before there is one.
func (e *sqliteEngine) chore(ctx context.Context, f func(*sql.Tx) error) error {
	c := &chore{do: f, done: make(chan error, 1)}
	if !e.started {
		e.started = true
		e.runChore(c)
		return <-c.done
	}
	select {
	case e.s.chores <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-e.s.quit:
		return closedFault()
	}
	return <-c.done
}

func (e *sqliteEngine) runChore(c *chore) {
	c.done <- func() error {
		tx, err := e.conn.BeginTx(context.Background(), nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
		if err := c.do(tx); err != nil {
			return err
		}
		return tx.Commit()
	}()
}

func (e *sqliteEngine) duplicate(err error) (string, bool) {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return "", false
	}
	switch se.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
	default:
		return "", false
	}
	text := se.Error() // … UNIQUE constraint failed: table.column (2067)
	field, _, _ := strings.Cut(text[strings.LastIndex(text, "failed: ")+len("failed: "):], " ")
	return strings.TrimSuffix(field, ","), true
}

func (e *sqliteEngine) transient(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&0xff == lib.SQLITE_BUSY
}

// statement prepares a statement once for the writing connection. Its texts are
// few: they are constants, or made from the descriptors.
func (e *sqliteEngine) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	st := e.prepared[query]
	if st == nil {
		var err error
		if st, err = e.conn.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		e.prepared[query] = st
	}
	return st, nil
}

// exec executes a statement that gives no rows, on the driver itself: it is all
// that the writer does, and database/sql looks at each argument and takes its
// locks again each time. Arguments are text, int64, []byte and nil. The writer is
// not interrupted.
func (e *sqliteEngine) exec(query string, args ...any) (changed int64, err error) {
	err = e.conn.Raw(func(connection any) error {
		st := e.writing[query]
		if st == nil {
			if st, err = connection.(driver.ConnPrepareContext).PrepareContext(context.Background(), inOrder(query)); err != nil {
				return err
			}
			e.writing[query] = st
		}
		e.args = e.args[:0]
		for i, v := range args {
			e.args = append(e.args, driver.NamedValue{Ordinal: i + 1, Value: v})
		}
		done, err := st.(driver.StmtExecContext).ExecContext(context.Background(), e.args)
		clear(e.args)
		if err != nil {
			return err
		}
		changed, err = done.RowsAffected()
		return err
	})
	return changed, err
}

// inOrder writes $1, $2 … as ? where they stand in order, each once. The driver
// looks a numbered parameter up by its name each time a statement is executed,
// and one without a name by its place.
func inOrder(query string) string {
	var b strings.Builder
	rest := query
	for n := 1; ; n++ {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		tail, isNext := strings.CutPrefix(after, strconv.Itoa(n))
		if !isNext || tail != "" && tail[0] >= '0' && tail[0] <= '9' {
			return query
		}
		b.WriteByte('?')
		rest = tail
	}
}

// preparedConn reads over the writing connection with prepared statements.
type preparedConn struct{ e *sqliteEngine }

func (p preparedConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := p.e.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (p preparedConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	st, err := p.e.statement(ctx, query)
	if err != nil {
		return p.e.conn.QueryRowContext(ctx, query, args...) // it carries the error
	}
	return st.QueryRowContext(ctx, args...)
}

func (e *sqliteEngine) begin(context.Context) (batch, error) {
	if _, err := e.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	return &sqliteBatch{sqlSource: sqlSource{q: preparedConn{e}}, e: e}, nil
}

// sqliteBatch is a write transaction. What is remembered from earlier commits is
// read from memory: nobody else writes.
type sqliteBatch struct {
	sqlSource
	e      *sqliteEngine
	ended  bool
	lastAt int64
	tail   int64      // documents written into search_tail
	keys   []replyKey // written by this batch
}

func (b *sqliteBatch) versions(ctx context.Context, t *table, ids []string) (map[string]int64, error) {
	if len(ids) == 1 {
		if doc, ok := b.e.s.documents.get(docKey{t.kind, ids[0]}); ok {
			return map[string]int64{ids[0]: doc.version}, nil
		}
	}
	return b.sqlSource.versions(ctx, t, ids)
}

func (b *sqliteBatch) replies(ctx context.Context, keys []replyKey) (map[replyKey]*storedReply, error) {
	found := map[replyKey]*storedReply{}
	for _, k := range keys {
		at := b.e.keys.find(k)
		if at == 0 {
			continue
		}
		r, err := readReply(ctx, b.q, k, at)
		if err != nil {
			return nil, err
		}
		if r != nil {
			found[k] = r
		}
	}
	return found, nil
}

func (b *sqliteBatch) balances(ctx context.Context, keys []string) (map[string]account, error) {
	if len(keys) == 1 {
		if a, ok := b.e.s.balances.get(keys[0]); ok {
			return map[string]account{keys[0]: a}, nil
		}
	}
	return b.sqlSource.balances(ctx, keys)
}

func (b *sqliteBatch) rollback() {
	if !b.ended {
		b.ended = true
		// An error that ended the transaction by itself leaves nothing to roll back.
		_, _ = b.e.exec("ROLLBACK")
	}
}

func (b *sqliteBatch) commit(context.Context) error {
	if _, err := b.e.exec("COMMIT"); err != nil {
		return err
	}
	b.ended = true
	b.e.position = b.lastAt
	b.e.searched += b.tail
	for i := range b.keys {
		b.e.keys.add(b.keys[i], b.e.keys.next+int64(i))
	}
	b.e.keys.next += int64(len(b.keys))
	return nil
}

func (b *sqliteBatch) write(_ context.Context, r *rows) error {
	for _, d := range r.docs {
		if err := b.writeDoc(d); err != nil {
			return fmt.Errorf("write %s %s: %w", d.table.kind, d.id, err)
		}
	}
	if err := b.writeTail(r.docs); err != nil {
		return fmt.Errorf("write what is searched: %w", err)
	}
	for i := range r.movements {
		m := &r.movements[i]
		_, err := b.e.exec(`INSERT INTO movement (id, kind, from_key, to_key, quantity, value, pending, effective_on, recorded_us,
			cause, turn, prev_from, prev_to, after_from, after_to, layered, entry)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			m.ID, string(m.Kind), m.From, m.To, int64(m.Quantity), int64(m.Value), null(m.Pending), int64(m.EffectiveOn), int64(m.Recorded),
			m.Cause, null(m.Turn), null(m.PrevFrom), null(m.PrevTo), int64(m.AfterFrom), int64(m.AfterTo), truth(m.Layered), null(m.Entry))
		if err != nil {
			return fmt.Errorf("write movement %s: %w", m.ID, err)
		}
	}
	for i := range r.balances {
		if err := b.writeBalance(&r.balances[i]); err != nil {
			return fmt.Errorf("write balance %s: %w", r.balances[i].key, err)
		}
	}
	for i := range r.marks {
		m := &r.marks[i]
		_, err := b.e.exec(`INSERT INTO balance_mark (key, count, movement, recorded_us, quantity, value, span_from, span_to)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			m.key, m.count, m.movement, int64(m.recorded), m.quantity, m.value, int64(m.spanFrom), int64(m.spanTo))
		if err != nil {
			return fmt.Errorf("write mark of %s: %w", m.key, err)
		}
	}
	for _, p := range r.pendings {
		if err := b.writePending(p); err != nil {
			return fmt.Errorf("write pending movement %s: %w", p.id, err)
		}
	}
	b.lastAt = b.e.position
	for _, n := range r.entries {
		b.lastAt++
		n.Position = b.lastAt
		var hash []byte
		if n.Moved != nil {
			hash = n.Moved.Hash[:]
		}
		_, err := b.e.exec(`INSERT INTO entry (position, id, at_us, effective_on, actor, actor_kind, type, subject, enterprise, area,
			office, rule, law, reason, cause, body, salt, commitment, moved, moved_hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
			n.Position, n.ID, int64(n.At), int64(n.EffectiveOn), n.Actor, string(n.ActorKind), n.Type, string(n.subject), null(n.Enterprise),
			null(n.Area), null(n.Office), null(n.Why.Rule), null(n.Why.Law), null(n.Why.Reason), null(n.Cause), null(string(n.Body)),
			n.salt[:], n.commitment[:], null(n.moved), hash)
		if err != nil {
			return fmt.Errorf("write entry %s: %w", n.ID, err)
		}
	}
	for _, o := range r.orders {
		_, err := b.e.exec(`INSERT INTO outbox (id, channel, target, body, created_us, state, due_us, attempts)
			VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0)`,
			o.ID, o.Channel, o.Target, string(o.body), int64(r.recorded), int64(max(r.recorded, o.NotBefore)))
		if err != nil {
			return fmt.Errorf("write order %s: %w", o.ID, err)
		}
	}
	for i := range r.replies {
		p := &r.replies[i]
		_, err := b.e.exec("INSERT INTO reply (seq, key, content, reply, entries, recorded_us) VALUES ($1, $2, $3, $4, $5, $6)",
			b.e.keys.next+int64(i), p.key[:], p.content[:], null(string(p.reply)), strings.Join(p.entries, ","), int64(r.recorded))
		if err != nil {
			return fmt.Errorf("write reply: %w", err)
		}
		b.keys = append(b.keys, p.key)
	}
	for _, n := range r.series {
		_, err := b.e.exec("INSERT INTO series (name, last) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET last = excluded.last", n.name, n.last)
		if err != nil {
			return fmt.Errorf("write series %s: %w", n.name, err)
		}
	}
	return nil
}

// truth stores a truth as a number.
func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// null stores an empty text as nothing.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (b *sqliteBatch) writeDoc(d *docRow) error {
	if d.base == 0 {
		args := make([]any, 0, len(d.columns)+3)
		args = append(append(append(args, d.id, d.version), d.columns...), string(d.body))
		if _, err := b.e.exec(d.table.insert, args...); err != nil {
			return err
		}
	} else {
		args := make([]any, 0, len(d.columns)+4)
		args = append(append(append(args, d.version), d.columns...), string(d.body), d.id, d.base)
		done, err := b.e.exec(d.table.update, args...)
		if err != nil {
			return err
		}
		if done != 1 {
			return fmt.Errorf("%w: version %d is gone", errRace, d.base)
		}
	}
	return nil
}

// writeTail leaves one row with everything that is to be searched of the batch's
// documents. Its number counts documents, so that the blocks that are made of the
// rows are of about one size.
func (b *sqliteBatch) writeTail(docs []*docRow) error {
	var text strings.Builder
	b.tail = 0
	for _, d := range docs {
		if d.behindFields(&text, b.e.s.documents) {
			b.tail++
		}
	}
	if b.tail == 0 {
		return nil
	}
	_, err := b.e.exec("INSERT INTO search_tail (seq, kind, id, fields) VALUES ($1, '', '', $2)", b.e.searched+b.tail, text.String())
	return err
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprint(v)
}

func (b *sqliteBatch) writeBalance(a *balanceRow) error {
	layers, err := layersText(a.Layers)
	if err != nil {
		return err
	}
	if a.isNew {
		_, err = b.e.exec(`INSERT INTO balance (key, quantity, value, incoming, outgoing, layers, last, count, span_from, span_to)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			a.key, int64(a.Quantity), int64(a.Value), int64(a.Incoming), int64(a.Outgoing), layers, a.Last, a.Count, int64(a.spanFrom), int64(a.spanTo))
		return err
	}
	done, err := b.e.exec(`UPDATE balance SET quantity = $1, value = $2, incoming = $3, outgoing = $4, layers = $5, last = $6, count = $7,
		span_from = $8, span_to = $9 WHERE key = $10`,
		int64(a.Quantity), int64(a.Value), int64(a.Incoming), int64(a.Outgoing), layers, a.Last, a.Count, int64(a.spanFrom), int64(a.spanTo), a.key)
	if err != nil {
		return err
	}
	if done != 1 {
		return errors.New("store: balance was not there")
	}
	return nil
}

func layersText(layers []ledger.Layer) (any, error) {
	if len(layers) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(layers)
	return string(text), err
}

func (b *sqliteBatch) writePending(p pendingRow) error {
	if p.left == nil {
		_, err := b.e.exec("DELETE FROM pending WHERE id = $1", p.id)
		return err
	}
	var value any
	if p.left.Value != nil {
		value = int64(*p.left.Value)
	}
	if !p.isNew {
		_, err := b.e.exec("UPDATE pending SET open = $1, value = $2 WHERE id = $3", int64(p.left.Open), value, p.id)
		return err
	}
	_, err := b.e.exec("INSERT INTO pending (id, from_key, to_key, reserved, open, value, layered, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		p.id, p.left.From.Key(), p.left.To.Key(), int64(p.left.Reserved), int64(p.left.Open), value, truth(p.left.Layered), p.left.Cause)
	return err
}
