package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"seine/internal/check"
	"seine/internal/importing"
	"seine/internal/store"
)

// importRun starts an import of a table into a zone as a program of its own.
func importRun(t *testing.T, dir, table string, more ...string) *exec.Cmd {
	t.Helper()
	args := append([]string{"import", "declarations", table, "--data", dir, "--exchange", "KRW=0.0058", "--json", "--show", "0"}, more...)
	cmd := exec.Command("seine", args...)
	cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
	return cmd
}

// sums reads what an import printed.
func sums(t *testing.T, cmd *exec.Cmd) imported {
	t.Helper()
	got := imported{Summary: &importing.Summary{}}
	if err := json.Unmarshal(cmd.Stdout.(*bytes.Buffer).Bytes(), &got); err != nil {
		t.Fatalf("%v\n%s\n%s", err, cmd.Stdout, cmd.Stderr)
	}
	return got
}

// accepted waits until the journal of a zone has so many acceptances, and gives
// how many it has.
func accepted(t *testing.T, dir string, atLeast int) int {
	t.Helper()
	end := time.Now().Add(30 * time.Second)
	for {
		st, err := store.Open(t.Context(), store.Options{Dir: dir, ReadOnly: true})
		if err != nil {
			if time.Now().After(end) {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
			continue
		}
		n := 0
		for after := int64(0); ; {
			entries, err := st.Entries(t.Context(), after, 5000)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				after = e.Position
				if e.Type == "declaration.accepted" {
					n++
				}
			}
			if len(entries) < 5000 {
				break
			}
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if n >= atLeast {
			return n
		}
		if time.Now().After(end) {
			t.Fatalf("%d declarations after 30 s", n)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func exitStatus(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -100
	}
	return 0
}

func TestABrokenOffImportGoesOnWithoutDoubles(t *testing.T) {
	if testing.Short() {
		t.Skip("imports thousands of rows")
	}
	const rows = 6000
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		status int
	}{{"by Ctrl-C", syscall.SIGINT, exitInterrupted}, {"by kill -9", syscall.SIGKILL, -1}} {
		t.Run(c.name, func(t *testing.T) {
			dir, table := filepath.Join(t.TempDir(), "zone"), filepath.Join(t.TempDir(), "rows.csv")
			if err := writeTable(table, rows); err != nil {
				t.Fatal(err)
			}
			first := importRun(t, dir, table)
			if err := first.Start(); err != nil {
				t.Fatal(err)
			}
			accepted(t, dir, 300)
			if err := first.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			if got := exitStatus(first.Wait()); got != c.status {
				t.Fatalf("exit status %d, want %d\n%s\n%s", got, c.status, first.Stdout, first.Stderr)
			}
			in := accepted(t, dir, 1)
			if in == rows {
				t.Skip("the import was faster than the signal")
			}
			if c.signal == syscall.SIGINT {
				if got := sums(t, first); !got.Broken || got.Lodged != int64(in) {
					t.Errorf("told %d lodged and broken off %t, the journal has %d", got.Lodged, got.Broken, in)
				}
			}
			second := importRun(t, dir, table)
			if err := second.Run(); err != nil {
				t.Fatalf("%v\n%s", err, second.Stderr)
			}
			got := sums(t, second)
			if got.Before != int64(in) || got.Lodged != int64(rows-in) || got.Refused != 0 {
				t.Errorf("in already %d, lodged %d, refused %d; before it were %d of %d", got.Before, got.Lodged, got.Refused, in, rows)
			}
			if n := accepted(t, dir, rows); n != rows {
				t.Errorf("%d acceptances in the journal for %d rows", n, rows)
			}
			check.Tester(t, dir)
			t.Logf("broken off after %d of %d rows", in, rows)
		})
	}
}

// sharedFile gives a file of the shared data, or skips the test.
func sharedFile(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("SEINE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root, "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skip("shared data is not here")
	}
	return path
}

func TestTheRealDeclarationsGoIn(t *testing.T) {
	table := sharedFile(t, "01-declarations-fraud", "declarations_train.csv.gz")
	if testing.Short() {
		t.Skip("imports tens of thousands of rows")
	}
	dir := filepath.Join(t.TempDir(), "zone")
	cmd := importRun(t, dir, table)
	if got := exitStatus(cmd.Run()); got != exitFindings {
		t.Fatalf("exit status %d\n%s", got, cmd.Stderr)
	}
	check.Tester(t, dir)
	got := sums(t, cmd)
	if got.Rows != 37385 || got.Lodged+got.Refused != got.Rows || got.Before != 0 {
		t.Errorf("%d rows, %d lodged, %d in already, %d refused", got.Rows, got.Lodged, got.Before, got.Refused)
	}
	// The rows that cannot be taxed: no price, or one below half a fen.
	reasons := map[string]int{}
	for _, r := range got.Reasons {
		reasons[r.Code+" "+r.Field] = r.Rows
	}
	if reasons["DUTY-VALUE-01 /lines/0/price"] != 358 || reasons["DUTY-VALUE-02 /lines/0/price"] != 250 || len(reasons) != 2 || got.Refused != 608 {
		t.Errorf("refused %d: %v", got.Refused, reasons)
	}
	offices := int64(0)
	for _, o := range got.Offices {
		offices += o.Total
	}
	channels := int64(0)
	for _, n := range got.Channels {
		channels += n
	}
	if offices != got.Lodged || channels != got.Lodged {
		t.Errorf("%d by office, %d by channel, %d lodged", offices, channels, got.Lodged)
	}
	t.Logf("%d rows in %.1f s: %d lodged, %d refused, value %s CNY, tax %s CNY, channels %v",
		got.Rows, got.Seconds, got.Lodged, got.Refused, got.Value.Fixed(), got.Total.Fixed(), got.Channels)
}

func TestEveryRealCargoReportIsAnswered(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedFile(t, "04-messages", "edifact"), "CUSCAR*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no cargo reports", err)
	}
	dir := filepath.Join(t.TempDir(), "zone")
	answer := func(more ...string) (all []importing.FileOutcome) {
		t.Helper()
		args := append([]string{"import", "manifest", "--data", dir, "--json"}, more...)
		cmd := exec.Command("seine", append(args, files...)...)
		cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
		if got := exitStatus(cmd.Run()); got != exitDone && got != exitFindings {
			t.Fatalf("exit status %d\n%s", got, cmd.Stderr)
		}
		if err := json.Unmarshal(cmd.Stdout.(*bytes.Buffer).Bytes(), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	all := answer()
	if len(all) != len(files) {
		t.Fatalf("%d answers to %d files", len(all), len(files))
	}
	taken := 0
	for i := range all {
		if len(all[i].Manifests) == 0 {
			t.Errorf("%s: no manifest", all[i].File)
		}
		for _, m := range all[i].Manifests {
			if !m.Refused() {
				taken++
			}
			for _, f := range m.Faults {
				if f.Code == "" || f.Detail == "" || f.Cure == "" {
					t.Errorf("%s: a refusal without words: %+v", all[i].File, f)
				}
			}
		}
	}
	// With what the samples lack added and marked, those are taken whose content
	// does not contradict itself.
	added := 0
	for _, out := range answer("--supply", filepath.Join("testdata", "supply", "samples.yaml")) {
		for _, m := range out.Manifests {
			if !m.Refused() {
				added++
				if len(m.Supplied) == 0 && taken == 0 {
					t.Errorf("%s: taken without additions, but refused before", out.File)
				}
			}
		}
	}
	if taken < 2 || added != len(files) {
		t.Errorf("of %d files %d manifests taken as they are, %d with additions", len(files), taken, added)
	}
	check.Tester(t, dir)
	t.Logf("%d files: %d manifests taken as they are, %d with additions", len(files), taken, added)
}
