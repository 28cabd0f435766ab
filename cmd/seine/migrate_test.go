package main

import (
	"bytes"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seine/internal/store/storetest"
)

// older takes the newest migration of a zone back, so that it is what the program
// before made.
func older(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "zone.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	takeBack(t, db)
}

// takeBack takes the newest migration back.
func takeBack(t *testing.T, db *sql.DB) {
	t.Helper()
	const ours = "0010_residue" // write down here how a newer one is taken back
	var newest string
	if err := db.QueryRow("SELECT max(name) FROM schema_migration").Scan(&newest); err != nil || !strings.HasPrefix(newest, ours) {
		t.Fatalf("the newest migration is %s (%v), this test takes %s back", newest, err, ours)
	}
	for _, statement := range []string{
		"DROP INDEX residue_state", "CREATE INDEX residue_state ON residue (state, id) WHERE state NOT IN ('destroyed')",
		"DELETE FROM schema_migration WHERE name LIKE '" + ours + "%'",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestAZoneOnAServerIsMigratedOnlyAfterACopyOfItChecksOut(t *testing.T) {
	url, secrets := storetest.PostgresURL(t), filepath.Join(t.TempDir(), "secrets")
	call := func(status int, args ...string) string {
		t.Helper()
		cmd := exec.Command("seine", append(args, "--db", url, "--secrets", secrets)...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if got := exitStatus(cmd.Run()); got != status {
			t.Fatalf("%s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, out.String())
		}
		return out.String()
	}
	has := func(said, words string) {
		t.Helper()
		if !strings.Contains(said, words) {
			t.Errorf("%q is not in\n%s", words, said)
		}
	}
	call(exitDone, "user", "add", "--admin")
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	takeBack(t, db)
	has(call(exitFailed, "check"), "STORE-MIGRATION-03")

	// What does not check out in the new form stays in the old one, and leaves no
	// copy and no trial.
	var salt []byte
	if err := db.QueryRow("UPDATE entry SET salt = '\\x00' FROM (SELECT salt AS was FROM entry WHERE position = 1) old WHERE position = 1 RETURNING was").Scan(&salt); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept.backup")
	has(call(exitFailed, "migrate", "--backup", kept), "CMD-MIGRATE-01")
	has(call(exitFailed, "check"), "STORE-MIGRATION-03")
	if left, err := filepath.Glob(kept + "*"); err != nil || len(left) > 0 {
		t.Errorf("the trial left %v (%v)", left, err)
	}
	if _, err := db.Exec("UPDATE entry SET salt = $1 WHERE position = 1", salt); err != nil {
		t.Fatal(err)
	}

	has(call(exitDone, "migrate", "--backup", kept), "as it was before: "+kept)
	has(call(exitDone, "migrate"), "nothing to do")
	has(call(exitDone, "check"), "clean: ")
	var trials int
	if err := db.QueryRow("SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'seine_trial_%'").Scan(&trials); err != nil || trials != 0 {
		t.Errorf("%d schemas of trials are left (%v)", trials, err)
	}

	// The copy is the zone as it was.
	url = storetest.PostgresURL(t)
	has(call(exitFailed, "restore", kept), "STORE-MIGRATION-03")
	has(call(exitDone, "migrate", "--backup", filepath.Join(t.TempDir(), "again.backup")), "as it was before")
	has(call(exitDone, "check"), "clean: ")
}

func TestAZoneIsMigratedOnlyAfterACopyOfItChecksOut(t *testing.T) {
	call := func(status int, args ...string) string {
		t.Helper()
		cmd := exec.Command("seine", args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if got := exitStatus(cmd.Run()); got != status {
			t.Fatalf("%s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, out.String())
		}
		return out.String()
	}
	has := func(said, words string) {
		t.Helper()
		if !strings.Contains(said, words) {
			t.Errorf("%q is not in\n%s", words, said)
		}
	}
	dir := filepath.Join(t.TempDir(), "zone")
	call(exitDone, "user", "add", "--admin", "--data", dir)
	has(call(exitDone, "migrate", "--data", dir), "nothing to do")

	older(t, dir)
	has(call(exitFailed, "backup", filepath.Join(t.TempDir(), "b"), "--data", dir), "STORE-MIGRATION-03")
	before := filepath.Join(dir, "before-migration.db")
	has(call(exitDone, "migrate", "--data", dir), "as it was before: "+before)
	has(call(exitDone, "migrate", "--data", dir), "nothing to do")
	has(call(exitDone, "check", "--data", dir), "clean: ")

	// The copy is the zone as it was, and a file that exists is never written over.
	again := filepath.Join(t.TempDir(), "again")
	has(call(exitFailed, "restore", before, "--data", again), "STORE-MIGRATION-03") // restored, and for the program before
	older(t, dir)
	has(call(exitFailed, "migrate", "--data", dir), "STORE-BACKUP-01")

	// What does not check out in the new form stays in the old one.
	db, err := sql.Open("sqlite", filepath.Join(again, "zone.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE entry SET salt = x'00' WHERE position = 1"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	held, err := os.ReadFile(filepath.Join(again, "zone.db"))
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept.db")
	has(call(exitFailed, "migrate", "--data", again, "--backup", kept), "CMD-MIGRATE-01")
	if now, err := os.ReadFile(filepath.Join(again, "zone.db")); err != nil || !bytes.Equal(now, held) {
		t.Errorf("the zone was changed, or cannot be read: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(kept), "*")); err != nil || len(left) > 0 {
		t.Errorf("the trial left %v (%v)", left, err)
	}
	has(call(exitFailed, "backup", filepath.Join(t.TempDir(), "b"), "--data", again), "STORE-MIGRATION-03")
}
