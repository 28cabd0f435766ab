package store

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Backup writes a consistent copy of everything that is committed into a new
// file, while the store goes on serving. On SQLite the file is a database of its
// own; on PostgreSQL it is a compressed archive with one member for each table.
// A file that exists is never written over (STORE-BACKUP-01).
func (s *Store) Backup(ctx context.Context, file string) error {
	return s.BackupTried(ctx, file, func(string) error { return nil })
}

// BackupTried is Backup that gives the copy its name only after try, which is
// told where the copy stands meanwhile, has found it good; otherwise there is no
// copy.
func (s *Store) BackupTried(ctx context.Context, file string, try func(part string) error) error {
	return copyTried(file, try, func(part string) error {
		if e, ok := s.engine.(*postgresEngine); ok {
			return e.dump(ctx, part)
		}
		return copySQLite(ctx, s.options.Dir, part)
	})
}

// BackupFolder is BackupTried of an embedded database that nobody has open,
// whatever schema it has: an upgrade takes it before it changes anything. Faults:
// STORE-BACKUP-01, STORE-LOCK-01 (a program has it open).
func BackupFolder(ctx context.Context, dir, file string, try func(part string) error) (err error) {
	folder, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	return copyTried(file, try, func(part string) error { return copySQLite(ctx, dir, part) })
}

// BackupServer is BackupTried of a database server, whatever schema it has: an
// upgrade takes it before it changes anything. Programs that use the database go
// on meanwhile; what they write after the snapshot is not in it.
// Fault: STORE-BACKUP-01.
func BackupServer(ctx context.Context, url, file string, try func(part string) error) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer pool.Close()
	e := &postgresEngine{pool: pool}
	return copyTried(file, try, func(part string) error { return e.dump(ctx, part) })
}

// Beside makes an empty schema of its own beside that of a database server, gives
// the URL that leads there to try, and takes the schema away again. Fault:
// STORE-BESIDE-01 (the account may not make one).
func Beside(ctx context.Context, url string, try func(url string) error) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	name := "seine_trial_" + strings.ToLower(rand.Text()[:12])
	if _, err := conn.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
		return fault.New(fault.Refused, "STORE-BESIDE-01", "", "no schema for the trial can be made in the database",
			"let the account make one for the time of the upgrade: GRANT CREATE ON DATABASE").Because(err)
	}
	defer func() {
		_, dropped := conn.Exec(context.WithoutCancel(ctx), "DROP SCHEMA "+name+" CASCADE")
		err = errors.Join(err, dropped)
	}()
	return try(inSchema(url, name))
}

// inSchema gives a connection string, in either of its forms, that leads to a
// schema.
func inSchema(dsn, schema string) string {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme == "" {
		return dsn + " search_path=" + schema
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// copyTried writes a file under another name until it is whole and tried.
func copyTried(file string, try, write func(part string) error) error {
	if _, err := os.Lstat(file); err == nil {
		return fault.New(fault.Refused, "STORE-BACKUP-01", "", "{file} exists already", "name a file that does not exist", "file", file)
	}
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return err // the engines word it as what it is not
	}
	part := file + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := write(part)
	if err == nil {
		err = syncFile(part)
	}
	if err == nil {
		err = try(part)
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
func copySQLite(ctx context.Context, dir, to string) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(dir, "zone.db")}).EscapedPath()+"?_pragma=busy_timeout(10000)")
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

// Restore makes a store out of a backup, in a folder or a database schema that
// holds none yet. The backup may be of the other engine: documents, books,
// journal and positions are the same on both. An older backup of the same engine
// is restored as it was, and brought up to date by whoever opens it. Faults: STORE-RESTORE-01 (there is
// a store already), STORE-RESTORE-02 (the file is no backup), STORE-RESTORE-03
// (made with a newer schema, or with another one for the other engine), STORE-RESTORE-04
// (a text that PostgreSQL does not keep), STORE-MIGRATION-01, STORE-MIGRATION-02,
// STORE-OPEN-01.
func Restore(ctx context.Context, o Options, file string) error {
	if (o.Dir == "") == (o.URL == "") {
		return fault.New(fault.Invalid, "STORE-OPEN-01", "", "name either a data folder or a database", "give --data DIR or --db URL")
	}
	engine, err := BackupEngine(file)
	if err != nil {
		return err
	}
	if o.Clock == nil {
		o.Clock = &clock.System{}
	}
	if o.Dir != "" {
		return restoreSQLite(ctx, o, file, engine)
	}
	return restorePostgres(ctx, o, file, engine)
}

// BackupEngine tells which engine a backup is of: “sqlite” or “postgres”. Fault:
// STORE-RESTORE-02.
func BackupEngine(file string) (string, error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	head := make([]byte, 16)
	n, err := io.ReadFull(in, head)
	switch {
	case err == nil && string(head) == "SQLite format 3\x00":
		return "sqlite", nil
	case n > 2 && head[0] == 0x1f && head[1] == 0x8b:
		return "postgres", nil
	}
	return "", notABackup(file, errors.Join(err, errors.New("neither a database file nor a packed archive")))
}

func occupied(place string) error {
	return fault.New(fault.Refused, "STORE-RESTORE-01", "", "{place} holds a zone already", "restore into an empty place", "place", place)
}

func notABackup(file string, err error) error {
	return fault.New(fault.Invalid, "STORE-RESTORE-02", "", "{file} is not a backup, or not a whole one", "name a file that “seine backup” has written",
		"file", file).Because(err)
}

func restoreSQLite(ctx context.Context, o Options, file, engine string) error {
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
	if engine == "sqlite" {
		_, err = io.Copy(out, in)
	} else {
		err = intoSQLite(ctx, part, in, file, o.Clock.Now())
	}
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copy backup: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteName(part, false))
	if err != nil {
		return err
	}
	defer db.Close()
	if err := intact(ctx, db, file); err != nil {
		return err
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

// intact has the embedded database look at each of its pages.
func intact(ctx context.Context, db *sql.DB, file string) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return notABackup(file, errors.Join(err, errors.New(verdict)))
	}
	return nil
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
		if err := archive.WriteHeader(&tar.Header{Name: t + ".copy", Mode: 0o600, Size: size, PAXRecords: map[string]string{columnsRecord: strings.Join(columns, ",")}, Format: tar.FormatPAX}); err != nil {
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

func restorePostgres(ctx context.Context, o Options, file, engine string) error {
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
	all, err := migrations(migrationFiles, "postgres")
	if err != nil {
		return err
	}
	// The schema is made step by step, that of an older backup as far as it had
	// come; Open brings it up to date afterwards.
	if engine == "postgres" {
		had, err := stepsOf(file)
		if err != nil {
			return err
		}
		if had > len(all) {
			return otherSchema(had, len(all))
		}
		all = all[:had]
	}
	if _, err := tx.Exec(ctx, migrationTable); err != nil {
		return err
	}
	for _, m := range all {
		if _, err := tx.Exec(ctx, m.text); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	if engine == "sqlite" {
		err = intoPostgres(ctx, tx, file)
		for _, m := range all {
			if err == nil {
				_, err = tx.Exec(ctx, "INSERT INTO schema_migration (number, name, checksum, applied_us) VALUES ($1, $2, $3, $4)", m.number, m.name, m.checksum, int64(o.Clock.Now()))
			}
		}
	} else {
		err = restoreTables(ctx, tx, file, len(all))
	}
	if err != nil {
		return err
	}
	// Numbers that the database gives out by itself go on after the highest.
	for _, table := range []string{"outbox", "reply"} {
		if _, err := tx.Exec(ctx, "SELECT setval(pg_get_serial_sequence('"+table+"', 'seq'), (SELECT coalesce(max(seq), 0) + 1 FROM "+table+"), false)"); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// restoreTables fills the tables of tx from an archive.
func restoreTables(ctx context.Context, tx pgx.Tx, file string, known int) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	source, err := openArchive(in)
	if err != nil {
		return notABackup(file, err)
	}
	for {
		m, err := source.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return notABackup(file, err)
		}
		if m.table == "progress" { // the migrations may have left something in it
			if _, err := tx.Exec(ctx, "DELETE FROM progress"); err != nil {
				return err
			}
		}
		if _, err := tx.Conn().PgConn().CopyFrom(ctx, m.content, "COPY "+m.table+" ("+strings.Join(m.columns, ", ")+") FROM STDIN"); err != nil {
			return notABackup(file, fmt.Errorf("fill %s: %w", m.table, err))
		}
	}
	var count, last int
	if err := tx.QueryRow(ctx, "SELECT count(*), coalesce(max(number), 0) FROM schema_migration").Scan(&count, &last); err != nil {
		return err
	}
	if count != known || last != known {
		return otherSchema(last, known)
	}
	return nil
}

// stepsOf counts the steps of the schema that an archive of PostgreSQL had.
func stepsOf(file string) (int, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	source, err := openArchive(in)
	if err != nil {
		return 0, notABackup(file, err)
	}
	for {
		m, err := source.next()
		if err != nil {
			return 0, notABackup(file, fmt.Errorf("look for its schema: %w", err))
		}
		if m.table != "schema_migration" {
			continue
		}
		steps := 0
		err = m.rows(func([][]byte) error { steps++; return nil })
		if err != nil {
			return 0, notABackup(file, err)
		}
		return steps, nil
	}
}
