package check

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver “pgx”
	_ "modernc.org/sqlite"             // the driver “sqlite”

	"seine/internal/fault"
)

// Source shows the records of a zone as they were at one moment. Database is one.
type Source interface {
	// Engine is "sqlite" or "postgres".
	Engine() string
	// Query reads; rows of one query are closed before the next is asked.
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Database reads a zone over a connection of its own, in one read-only
// transaction: whatever is written meanwhile is not seen.
type Database struct {
	db     *sql.DB
	tx     *sql.Tx
	engine string
}

// Open opens a zone for the check: its folder, or the URL of its PostgreSQL
// database. Faults: CHECK-OPEN-01 (neither or both), CHECK-OPEN-02 (there is no
// zone), CHECK-OPEN-03 (its records are not those this program knows),
// CHECK-OPEN-04 (the file is no database).
func Open(ctx context.Context, dir, database string) (*Database, error) {
	if (dir == "") == (database == "") {
		return nil, fault.New(fault.Invalid, "CHECK-OPEN-01", "", "name either a data folder or a database", "give --data DIR or --db URL")
	}
	d := &Database{engine: "postgres"}
	options := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	driver, name := "pgx", database
	if dir != "" {
		d.engine, driver, options = "sqlite", "sqlite", nil
		file, err := filepath.Abs(filepath.Join(dir, "zone.db"))
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(file); err != nil {
			return nil, fault.New(fault.NotFound, "CHECK-OPEN-02", "", "there is no zone in {folder}", "check the path after --data", "folder", dir).Because(err)
		}
		q := url.Values{"_pragma": {"busy_timeout(10000)", "query_only(1)", "cache_size(-65536)"}}
		name = (&url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: q.Encode()}).String()
	}
	var err error
	if d.db, err = sql.Open(driver, name); err != nil {
		return nil, fmt.Errorf("open the zone for the check: %w", err)
	}
	d.db.SetMaxOpenConns(1)
	if d.tx, err = d.db.BeginTx(ctx, options); err != nil {
		_ = d.db.Close()
		if dir != "" {
			return nil, fault.New(fault.Refused, "CHECK-OPEN-04", "", "{file} is no database of a zone", "restore it from a backup", "file", filepath.Join(dir, "zone.db")).Because(err)
		}
		return nil, fmt.Errorf("begin the check: %w", err)
	}
	// The first read fixes the moment that is looked at.
	var latest sql.NullInt64
	if err := d.tx.QueryRowContext(ctx, "SELECT max(number) FROM schema_migration").Scan(&latest); err != nil || latest.Int64 < schema {
		_ = d.Close()
		return nil, fault.New(fault.Refused, "CHECK-OPEN-03", "", "the records have schema {number}, the check knows {known}",
			"bring the zone to this program with “seine migrate”, then check again", "number", latest.Int64, "known", schema).Because(err)
	}
	return d, nil
}

// Engine is "sqlite" or "postgres".
func (d *Database) Engine() string { return d.engine }

// Query reads at the moment of the check.
func (d *Database) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.tx.QueryContext(ctx, query, args...)
}

// Close ends the look at the zone.
func (d *Database) Close() error {
	err := d.tx.Rollback()
	if closed := d.db.Close(); closed != nil {
		return closed
	}
	return err
}
