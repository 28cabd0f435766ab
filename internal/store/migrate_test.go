package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"seine/internal/fault"
)

// columnsOfSQLite gives "table.column" of every table of a new store.
func columnsOfSQLite(t *testing.T) []string {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := texts(s.read.QueryContext(t.Context(), `SELECT m.name || '.' || c.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'search_%'`))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// The migrations of both engines are read and compared; that the reading sees
// every column is checked on a real store.
func TestBothEnginesEndWithTheSameTablesAndColumns(t *testing.T) {
	var postgres []string
	for _, m := range mustMigrations(t, "postgres") {
		postgres = append(postgres, declared(m.text)...)
	}
	var sqlite []string
	for _, m := range mustMigrations(t, "sqlite") {
		for _, c := range declared(m.text) {
			if !strings.HasPrefix(c, "search_") { // an index, in the form of tables
				sqlite = append(sqlite, c)
			}
		}
	}
	if diff := cmp.Diff(sqlite, postgres); diff != "" {
		t.Error(diff)
	}
	slices.Sort(sqlite)
	for _, c := range columnsOfSQLite(t) {
		if _, there := slices.BinarySearch(sqlite, c); !there && !strings.HasPrefix(c, "schema_migration.") {
			t.Errorf("%s was not found by reading the migrations", c)
		}
	}
}

func mustMigrations(t *testing.T, engine string) []migration {
	t.Helper()
	all, err := migrations(migrationFiles, engine)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// declared reads "table.column" out of CREATE TABLE statements that have one
// column in each line.
func declared(script string) []string {
	var all []string
	name := ""
	for line := range strings.Lines(script) {
		line, _, _ = strings.Cut(line, "--")
		words := strings.Fields(strings.TrimSuffix(strings.TrimSpace(line), "("))
		switch {
		case len(words) >= 3 && words[0] == "CREATE" && words[1] == "TABLE":
			name = words[2]
		case len(words) >= 6 && words[0] == "ALTER" && words[3] == "ADD":
			all = append(all, words[2]+"."+words[5])
		case strings.HasPrefix(strings.TrimSpace(line), ")"):
			name = ""
		case name != "" && len(words) > 1 && words[0] == strings.ToLower(words[0]):
			all = append(all, name+"."+words[0])
		}
	}
	return all
}

func TestAnAppliedMigrationMayNotChange(t *testing.T) {
	all := []migration{{number: 1, name: "0001_a.sql", checksum: "a"}, {number: 2, name: "0002_b.sql", checksum: "b"}}
	for _, c := range []struct {
		name string
		done map[int]string
		code string
		rest int
	}{
		{"an empty store gets all", map[int]string{}, "", 2},
		{"an older store gets the rest", map[int]string{1: "a"}, "", 1},
		{"the newest store gets nothing", map[int]string{1: "a", 2: "b"}, "", 0},
		{"a changed file is refused", map[int]string{1: "x"}, "STORE-MIGRATION-01", 0},
		{"a newer store is refused", map[int]string{1: "a", 2: "b", 3: "c"}, "STORE-MIGRATION-02", 0},
	} {
		rest, err := pendingMigrations(all, c.done)
		if len(rest) != c.rest || (c.code == "") != (err == nil) || (c.code != "" && !fault.Is(err, c.code)) {
			t.Errorf("%s: %d left, %v", c.name, len(rest), err)
		}
	}
	gap := fstest.MapFS{"migrations/sqlite/0001_a.sql": {}, "migrations/sqlite/0003_c.sql": {}}
	if _, err := migrations(gap, "sqlite"); err == nil {
		t.Error("numbers with a gap are refused")
	}
}

// A step that fails leaves nothing of itself.
func TestAFailedMigrationLeavesTheStoreAsItWas(t *testing.T) {
	db, err := sql.Open("sqlite", sqliteName(t.TempDir()+"/x.db", true))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, migrationTable); err != nil {
		t.Fatal(err)
	}
	err = applyMigration(ctx, conn, migration{number: 1, name: "0001_x.sql", text: "CREATE TABLE a (b TEXT); CREATE TABLE nonsense ("}, 0)
	if err == nil {
		t.Fatal("nonsense was applied")
	}
	var n int
	if err := conn.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM sqlite_schema WHERE name = 'a') + (SELECT count(*) FROM schema_migration)").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d traces, %v", n, errors.Join(err))
	}
}
