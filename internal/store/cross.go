package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"seine/internal/clock"
	"seine/internal/fault"
)

// A backup of one engine becomes a store of the other row by row: both have the
// same columns, so documents, books, journal, positions, hashes, replies and
// outgoing orders are what they were. What serves only an engine stays behind:
// its migrations and leases, and the search tables of the embedded database,
// which are made anew.

// notCarried are the tables that each engine makes for itself.
var notCarried = []string{"schema_migration", "lease", "search_tail", "search_behind"}

// crossRows is how many rows go into the embedded database at a time, and
// crossBytes about how many bytes of them at most.
const (
	crossRows  = 4 * manyRows
	crossBytes = 8 << 20
)

// otherSchema is the refusal of a backup that another version has written.
func otherSchema(number, known int) error {
	return fault.New(fault.Refused, "STORE-RESTORE-03", "", "the backup has {number} steps of the schema, this program {known}",
		"restore it with the program that wrote it, then start the newer one", "number", number, "known", known)
}

// intoSQLite fills a new database file from the archive of a PostgreSQL store.
func intoSQLite(ctx context.Context, part string, in io.Reader, file string, now clock.Instant) error {
	source, err := openArchive(in)
	if err != nil {
		return notABackup(file, err)
	}
	q := url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "cache_size(-65536)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: part, RawQuery: q.Encode()}).String())
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := migrate(ctx, conn, "sqlite", now); err != nil {
		return err
	}
	forms, err := sqliteForms(ctx, conn)
	if err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if _, err := tx.ExecContext(ctx, "DELETE FROM progress"); err != nil {
		return err
	}
	steps := map[string]string{}
	for missing := maps.Clone(forms); ; {
		m, err := source.next()
		if errors.Is(err, io.EOF) {
			if len(missing) > 0 {
				return notABackup(file, fmt.Errorf("without tables %v", slices.Sorted(maps.Keys(missing))))
			}
			break
		}
		if err != nil {
			return notABackup(file, err)
		}
		switch {
		case m.table == "schema_migration":
			err = m.steps(steps)
		case slices.Contains(notCarried, m.table):
		case missing[m.table] == nil:
			err = fmt.Errorf("table %q is not known, or comes twice", m.table)
		default:
			err = m.insert(ctx, tx, missing[m.table])
			delete(missing, m.table)
		}
		if err != nil {
			return notABackup(file, err)
		}
	}
	if err := samePostgresSteps(steps); err != nil {
		return err
	}
	if err := searchable(ctx, tx); err != nil {
		return fmt.Errorf("make what is searched: %w", err)
	}
	return tx.Commit()
}

// sqliteForms gives the types of the columns of every table that is carried.
func sqliteForms(ctx context.Context, q querier) (map[string]map[string]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT m.name, c.name, c.type FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	forms := map[string]map[string]string{}
	for rows.Next() {
		var table, column, form string
		if err := rows.Scan(&table, &column, &form); err != nil {
			return nil, err
		}
		if slices.Contains(notCarried, table) {
			continue
		}
		if forms[table] == nil {
			forms[table] = map[string]string{}
		}
		forms[table][column] = form
	}
	return forms, rows.Err()
}

// steps reads which steps the schema of the archive has had.
func (m *member) steps(into map[string]string) error {
	name, sum := slices.Index(m.columns, "name"), slices.Index(m.columns, "checksum")
	if name < 0 || sum < 0 {
		return errors.New("the table of migrations has other columns")
	}
	return m.rows(func(fields [][]byte) error {
		into[string(fields[name])] = string(fields[sum])
		return nil
	})
}

// samePostgresSteps refuses an archive of another schema. Fault:
// STORE-RESTORE-03.
func samePostgresSteps(steps map[string]string) error {
	all, err := migrations(migrationFiles, "postgres")
	if err != nil {
		return err
	}
	same := len(all) == len(steps)
	for _, m := range all {
		same = same && steps[m.name] == m.checksum
	}
	if !same {
		return otherSchema(len(steps), len(all))
	}
	return nil
}

// insert puts the rows of a table into the embedded database.
func (m *member) insert(ctx context.Context, tx *sql.Tx, forms map[string]string) error {
	types := make([]string, len(m.columns))
	for i, c := range m.columns {
		if types[i] = forms[c]; types[i] == "" {
			return fmt.Errorf("table %s has no column %q", m.table, c)
		}
	}
	if len(types) != len(forms) {
		return fmt.Errorf("table %s comes with %d of its %d columns", m.table, len(types), len(forms))
	}
	into := "INSERT INTO " + m.table + " (" + strings.Join(m.columns, ", ") + ")"
	var ready, unnumbered [][]any
	size := 0
	write := func() error {
		err := insertMany(ctx, tx, plainMarks, into, "", len(types), len(ready), func(i int, values []any) []any { return append(values, ready[i]...) })
		ready, size = ready[:0], 0
		return errors.Join(err, ctx.Err())
	}
	position, id := slices.Index(m.columns, "position"), slices.Index(m.columns, "id")
	top := int64(0)
	err := m.rows(func(fields [][]byte) error {
		row := make([]any, len(fields))
		for i, field := range fields {
			var err error
			if row[i], err = archived(field, types[i]); err != nil {
				return fmt.Errorf("table %s, column %s: %w", m.table, m.columns[i], err)
			}
			size += len(field)
		}
		if m.table == "entry" {
			at, ok := row[position].(int64)
			if !ok {
				unnumbered = append(unnumbered, row)
				return nil
			}
			top = max(top, at)
		}
		if ready = append(ready, row); len(ready) >= crossRows || size >= crossBytes {
			return write()
		}
		return nil
	})
	if err != nil {
		return err
	}
	// What no node had numbered yet gets its position as the sequencer would have
	// given it: in order of id, after the last.
	slices.SortFunc(unnumbered, func(a, b []any) int { return strings.Compare(fmt.Sprint(a[id]), fmt.Sprint(b[id])) })
	for i, row := range unnumbered {
		row[position] = top + int64(i) + 1
	}
	ready = append(ready, unnumbered...)
	return write()
}

// searchable fills the blocks that the embedded database searches, as if every
// document had been written once.
func searchable(ctx context.Context, tx *sql.Tx) error {
	documents := int64(0)
	for _, kind := range Kinds() {
		t := kinds[kind]
		var count int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+t.name).Scan(&count); err != nil {
			return err
		}
		for _, c := range t.columns {
			if c.index != behind {
				continue
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO search_behind (block, field, value, id)
				SELECT ($1 + n) >> %d, $2, CAST(v AS TEXT), id FROM (SELECT row_number() OVER (ORDER BY id) AS n, %s AS v, id FROM %s) AS d WHERE v IS NOT NULL`,
				searchBlock, c.name, t.name), documents, string(kind)+"."+c.name)
			if err != nil {
				return err
			}
		}
		documents += count
	}
	// The tail goes on after them.
	if _, err := tx.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = 'search_tail'"); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES ('search_tail', $1)", documents)
	return err
}

// intoPostgres fills the tables of tx, which stand empty, from a backup of the
// embedded database.
func intoPostgres(ctx context.Context, tx pgx.Tx, file string) error {
	db, err := sql.Open("sqlite", sqliteName(file, false)+"&mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := intact(ctx, db, file); err != nil {
		return err
	}
	all, err := migrations(migrationFiles, "sqlite")
	if err != nil {
		return err
	}
	if done, err := applied(ctx, db); err != nil || len(done) != len(all) {
		return errors.Join(err, otherSchema(len(done), len(all)))
	}
	forms, err := sqliteForms(ctx, db)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM progress"); err != nil {
		return err
	}
	for _, table := range slices.Sorted(maps.Keys(forms)) {
		if err := carry(ctx, tx, db, table, slices.Sorted(maps.Keys(forms[table]))); err != nil {
			return fmt.Errorf("carry %s: %w", table, err)
		}
	}
	return nil
}

// carry copies one table.
func carry(ctx context.Context, tx pgx.Tx, db *sql.DB, table string, columns []string) error {
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + table
	if table == "reply" {
		// The embedded database forgets old keys, so a key may have come again: the
		// youngest reply is the one that counts.
		query += " WHERE seq IN (SELECT max(seq) FROM reply GROUP BY key) ORDER BY seq"
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if !rows.Next() {
			return nil, rows.Err()
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range values {
			if s, ok := v.(string); ok && (strings.ContainsRune(s, 0) || !utf8.ValidString(s)) {
				return nil, fault.New(fault.Refused, "STORE-RESTORE-04", "", "column {column} of table {table} holds signs that PostgreSQL does not keep",
					"restore the backup into a folder, correct the document there and take another backup", "column", columns[i], "table", table)
			}
		}
		return values, nil
	}))
	return errors.Join(err, rows.Err())
}
