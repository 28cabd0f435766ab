package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"seine/internal/clock"
	"seine/internal/fault"
)

//go:embed migrations
var migrationFiles embed.FS

// migration is one step of a schema: a file such as 0007_book_reservation.sql.
type migration struct {
	number   int
	name     string
	checksum string
	text     string
}

// migrations lists the steps of an engine, which are numbered from 1 without
// gaps.
func migrations(files fs.FS, engine string) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/"+engine+"/*.sql")
	if err != nil {
		return nil, err
	}
	var all []migration
	for i, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(path.Base(name), "_")
		n, err := strconv.Atoi(number)
		if err != nil || n != i+1 {
			return nil, fmt.Errorf("migration %s is out of order", name)
		}
		sum := sha256.Sum256(content)
		all = append(all, migration{n, path.Base(name), hex.EncodeToString(sum[:]), string(content)})
	}
	return all, nil
}

// applied gives the checksums of the steps that were applied, by number.
func applied(ctx context.Context, q querier) (map[int]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT number, checksum FROM schema_migration")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	done := map[int]string{}
	for rows.Next() {
		var n int
		var sum string
		if err := rows.Scan(&n, &sum); err != nil {
			return nil, err
		}
		done[n] = sum
	}
	return done, rows.Err()
}

// pendingMigrations compares what was applied with what the program brings.
// Faults: STORE-MIGRATION-01, STORE-MIGRATION-02.
func pendingMigrations(all []migration, done map[int]string) ([]migration, error) {
	for n := range done {
		if n > len(all) {
			return nil, fault.New(fault.Refused, "STORE-MIGRATION-02", "", "the data was made by a newer program (schema {number}, this one knows {known})",
				"start the newer program", "number", n, "known", len(all))
		}
	}
	var rest []migration
	for _, m := range all {
		sum, ok := done[m.number]
		if !ok {
			rest = append(rest, m)
			continue
		}
		if sum != m.checksum {
			return nil, fault.New(fault.Refused, "STORE-MIGRATION-01", "", "migration {name} was changed after it had been applied",
				"start the program that made the data, or restore a backup", "name", m.name)
		}
	}
	return rest, nil
}

const migrationTable = `CREATE TABLE IF NOT EXISTS schema_migration (
	number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_us BIGINT NOT NULL)`

// migrate applies what is missing, each step in a transaction of its own.
func migrate(ctx context.Context, conn *sql.Conn, engine string, now clock.Instant) error {
	all, err := migrations(migrationFiles, engine)
	if err != nil {
		return err
	}
	if _, err = conn.ExecContext(ctx, migrationTable); err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	done, err := applied(ctx, conn)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	rest, err := pendingMigrations(all, done)
	if err != nil {
		return err
	}
	for _, m := range rest {
		if err := applyMigration(ctx, conn, m, now); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

func applyMigration(ctx context.Context, conn *sql.Conn, m migration, now clock.Instant) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if _, err := tx.ExecContext(ctx, m.text); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO schema_migration (number, name, checksum, applied_us) VALUES ($1, $2, $3, $4)",
		m.number, m.name, m.checksum, int64(now))
	if err != nil {
		return err
	}
	return tx.Commit()
}

// undefinedTable is what PostgreSQL answers where a table is missing.
const undefinedTable = "42P01"

// migrated tells whether a store that is only looked at has the schema that the
// program expects. Faults: STORE-MIGRATION-01, -02, -03 (older), STORE-EMPTY-01
// (a database in which there is no zone).
func migrated(ctx context.Context, q querier, engine string) error {
	all, err := migrations(migrationFiles, engine)
	if err != nil {
		return err
	}
	done, err := applied(ctx, q)
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok && pe.Code == undefinedTable {
		return fault.New(fault.NotFound, "STORE-EMPTY-01", "", "there is no zone in the database", "check the URL; “seine user add --admin” makes a new zone")
	}
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	rest, err := pendingMigrations(all, done)
	if err == nil && len(rest) > 0 {
		err = fault.New(fault.Refused, "STORE-MIGRATION-03", "", "the data has an older form ({number} steps are missing)",
			"run “seine migrate” first", "number", len(rest))
	}
	return err
}
