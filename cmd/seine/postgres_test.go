package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seine/internal/check"
	"seine/internal/store/storetest"
)

func TestTheSameCommandsWorkOnPostgreSQL(t *testing.T) {
	url, secrets, table := storetest.PostgresURL(t), filepath.Join(t.TempDir(), "secrets"), filepath.Join(t.TempDir(), "rows.csv")
	if err := writeTable(table, 300); err != nil {
		t.Fatal(err)
	}
	call := func(status int, args ...string) string {
		t.Helper()
		args = append(args, "--secrets", secrets)
		if url != "" {
			args = append(args, "--db", url)
		}
		cmd := exec.Command("seine", args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if got := exitStatus(cmd.Run()); got != status {
			t.Fatalf("%s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, out.String())
		}
		return out.String()
	}
	want := func(said, words string) {
		t.Helper()
		if !strings.Contains(said, words) {
			t.Errorf("%q is not in\n%s", words, said)
		}
	}
	want(call(exitDone, "import", "declarations", table, "--exchange", "KRW=0.0058"), "lodged now 300, in already 0, refused 0")
	want(call(exitDone, "import", "declarations", table, "--exchange", "KRW=0.0058", "--labels"), "lodged now 0, in already 300, refused 0")
	want(call(exitDone, "user", "add", "--admin"), "/sign-in/")
	want(call(exitFindings, "doctor"), "schema is that of this program (postgres)")
	want(call(exitDone, "migrate"), "nothing to do")
	want(call(exitDone, "journal", "list", "--type", "label.fed", "--limit", "1"), "label.fed")
	want(call(exitDone, "risk", "backtest", "../../internal/risk/data/declaration.yaml"), "300 declarations, 300 of them inspected")
	want(call(exitDone, "check"), "clean: ")
	check.TesterURL(t, url, secrets)
	file := filepath.Join(t.TempDir(), "zone.backup")
	call(exitDone, "backup", file)
	want(call(exitFailed, "restore", file), "STORE-RESTORE-01")

	// The zone moves to the embedded database and from there to another server.
	moved, again := filepath.Join(t.TempDir(), "moved"), filepath.Join(t.TempDir(), "moved.backup")
	url = ""
	call(exitDone, "restore", file, "--data", moved)
	want(call(exitDone, "check", "--data", moved), "clean: ")
	call(exitDone, "backup", again, "--data", moved, "--verify")
	url = storetest.PostgresURL(t)
	want(call(exitDone, "restore", again), "restored: ")
	want(call(exitDone, "import", "declarations", table, "--exchange", "KRW=0.0058"), "lodged now 0, in already 300, refused 0")
	want(call(exitDone, "check"), "clean: ")
}
