package store

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"seine/internal/fault"
)

// Backup writes a consistent copy of everything that is committed into a new
// file, while the store goes on serving. On SQLite the file is a database of its
// own; on PostgreSQL it is a compressed archive with one member for each table.
// A file that exists is never written over (STORE-BACKUP-01).
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, err := os.Lstat(file); err == nil {
		return fault.New(fault.Refused, "STORE-BACKUP-01", "", "{file} exists already", "name a file that does not exist", "file", file)
	}
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var err error
	if e, ok := s.engine.(*postgresEngine); ok {
		err = e.dump(ctx, part)
	} else {
		err = s.copySQLite(ctx, part)
	}
	if err == nil {
		err = syncFile(part)
	}
	if err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("backup: %w", err)
	}
	// Only a whole copy gets the name that was asked for.
	if err := os.Rename(part, file); err != nil {
		return err
	}
	return syncFile(filepath.Dir(file))
}

// copySQLite reads the database over a connection of its own, in one snapshot;
// the writer goes on meanwhile.
func (s *Store) copySQLite(ctx context.Context, to string) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(s.options.Dir, "zone.db")}).EscapedPath()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", to)
	return err
}

func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// Restore makes a store out of a backup of the same engine, in a folder or a
// database schema that holds none yet. Faults: STORE-RESTORE-01 (there is a
// store already), STORE-RESTORE-02 (the file is no backup of this engine),
// STORE-RESTORE-03 (PostgreSQL: made with another schema), STORE-MIGRATION-01,
// STORE-MIGRATION-02, STORE-OPEN-01.
func Restore(ctx context.Context, o Options, file string) error {
	switch {
	case (o.Dir == "") == (o.URL == ""):
		return fault.New(fault.Invalid, "STORE-OPEN-01", "", "name either a data folder or a database", "give --data DIR or --db URL")
	case o.Dir != "":
		return restoreSQLite(ctx, o, file)
	}
	return restorePostgres(ctx, o, file)
}

func occupied(place string) error {
	return fault.New(fault.Refused, "STORE-RESTORE-01", "", "{place} holds a zone already", "restore into an empty place", "place", place)
}

func notABackup(file string, err error) error {
	return fault.New(fault.Invalid, "STORE-RESTORE-02", "", "{file} is not a backup of this kind of store", "name a file that “seine backup” has written for it",
		"file", file).Because(err)
}

func restoreSQLite(ctx context.Context, o Options, file string) error {
	target := filepath.Join(o.Dir, "zone.db")
	if _, err := os.Lstat(target); err == nil {
		return occupied(o.Dir)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return err
	}
	lock, err := lockFolder(o.Dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	part := target + ".part"
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(part)
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copy backup: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteName(part, false))
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return notABackup(file, errors.Join(err, errors.New(verdict)))
	}
	if err := restorable(ctx, db, "sqlite", file); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if err := os.Rename(part, target); err != nil {
		return err
	}
	return syncFile(o.Dir)
}

// restorable tells whether q holds a store that this program can bring up to
// date.
func restorable(ctx context.Context, q querier, engine, file string) error {
	all, err := migrations(migrationFiles, engine)
	if err != nil {
		return err
	}
	done, err := applied(ctx, q)
	if err != nil {
		return notABackup(file, err)
	}
	_, err = pendingMigrations(all, done)
	return err
}

// dump writes every table of the schema as COPY gives it, all of one snapshot.
func (e *postgresEngine) dump(ctx context.Context, file string) error {
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // nothing was written
	rows, err := tx.Query(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	packed := gzip.NewWriter(out)
	archive := tar.NewWriter(packed)
	spool, err := os.CreateTemp(filepath.Dir(file), "seine-backup-*")
	if err != nil {
		return err
	}
	defer os.Remove(spool.Name())
	defer spool.Close()
	for _, t := range tables {
		columns, err := columnsOf(ctx, tx, t)
		if err != nil {
			return err
		}
		// An archive names the size before the content: spool one table at a time.
		if _, err := spool.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := spool.Truncate(0); err != nil {
			return err
		}
		if _, err := tx.Conn().PgConn().CopyTo(ctx, spool, "COPY "+t+" ("+strings.Join(columns, ", ")+") TO STDOUT"); err != nil {
			return fmt.Errorf("copy %s: %w", t, err)
		}
		size, err := spool.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if _, err := spool.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: t + ".copy", Mode: 0o600, Size: size, PAXRecords: map[string]string{"SEINE.columns": strings.Join(columns, ",")}, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if _, err := io.Copy(archive, spool); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), packed.Close(), out.Sync(), out.Close())
}

func columnsOf(ctx context.Context, tx pgx.Tx, table string) ([]string, error) {
	rows, err := tx.Query(ctx, "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position", table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func restorePostgres(ctx context.Context, o Options, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	packed, err := gzip.NewReader(in)
	if err != nil {
		return notABackup(file, err)
	}
	conn, err := pgx.Connect(ctx, o.URL)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // after a commit there is nothing to roll back
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_migration')").Scan(&there); err != nil {
		return err
	}
	if there {
		return occupied("the database")
	}
	if err := restoreTables(ctx, tx, tar.NewReader(packed), file); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// restoreTables makes the schema that the backup had, step by step, and fills
// it; Open brings it up to date afterwards.
func restoreTables(ctx context.Context, tx pgx.Tx, archive *tar.Reader, file string) error {
	if _, err := tx.Exec(ctx, migrationTable); err != nil {
		return err
	}
	all, err := migrations(migrationFiles, "postgres")
	if err != nil {
		return err
	}
	for _, m := range all {
		if _, err := tx.Exec(ctx, m.text); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	tables := 0
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return notABackup(file, err)
		}
		name, ok := strings.CutSuffix(h.Name, ".copy")
		columns := h.PAXRecords["SEINE.columns"]
		if !ok || columns == "" || strings.ContainsAny(name+columns, " ;()'\"") {
			return notABackup(file, fmt.Errorf("member %q", h.Name))
		}
		if _, err := tx.Conn().PgConn().CopyFrom(ctx, archive, "COPY "+name+" ("+columns+") FROM STDIN"); err != nil {
			return notABackup(file, fmt.Errorf("fill %s: %w", name, err))
		}
		tables++
	}
	var count int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM schema_migration").Scan(&count); err != nil {
		return err
	}
	if tables == 0 || count != len(all) {
		return fault.New(fault.Refused, "STORE-RESTORE-03", "", "the backup has {number} steps of the schema, this program {known}",
			"restore it with the program that wrote it, then start the newer one", "number", count, "known", len(all))
	}
	// Numbers that the database gives out by itself go on after the highest.
	_, err = tx.Exec(ctx, "SELECT setval(pg_get_serial_sequence('outbox', 'seq'), (SELECT coalesce(max(seq), 0) + 1 FROM outbox), false)")
	return err
}
