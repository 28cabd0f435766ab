package main

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the driver “sqlite”

	"seine/internal/check"
)

var update = flag.Bool("update", false, "write docs/commands.md and the wanted outputs in the scripts anew")

// TestMain lets this test binary be the program itself, under the name seine.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"seine": main})
}

// TestScripts runs every script of testdata/script: each is a session at the
// command line with what it must print. The short run, which looks for races,
// takes those in which much runs side by side; the others do one thing after the
// other, and what they call is looked at in its own package.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		together := []string{"bench", "import", "keep"}
		scripts = slices.DeleteFunc(scripts, func(file string) bool {
			return !slices.Contains(together, strings.TrimSuffix(filepath.Base(file), ".txtar"))
		})
	}
	testscript.Run(t, testscript.Params{
		Files: scripts, UpdateScripts: *update, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			root, err := filepath.Abs(filepath.Join("..", ".."))
			env.Setenv("ROOT", root)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Defer(func() { checked(t, env) })
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"table": tableCommand, "garbage": garbageCommand, "tamper": tamperCommand},
	})
}

// checked has the second opinion look at every zone that a script leaves behind,
// but for those that it spoils on purpose: they lie under “spoiled”.
func checked(t *testing.T, env *testscript.Env) {
	zones, err := filepath.Glob(filepath.Join(env.WorkDir, "*", "zone.db"))
	if err != nil {
		t.Error(err)
	}
	for _, zone := range zones {
		if dir := filepath.Dir(zone); filepath.Base(dir) != "spoiled" {
			check.Tester(t, dir)
		}
	}
}

const tableHead = "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,Importer ID,Seller ID," +
	"Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"

// tableRow makes up row n of a table in the columns of the Korean mapping.
func tableRow(n int) string {
	day := fmt.Sprintf("2020-%02d-%02d", n%12+1, n%28+1)
	goods := []string{"440890", "690722", "620822", "200911", "851713"}[n%5]
	country := []string{"BE", "CN", "DE", "US", "VN"}[n%5]
	fraud := 0
	if n%7 == 0 {
		fraud = 1
	}
	return fmt.Sprintf("%d,%s,%d,B,11,21,11,%d,D%03d,I%03d,S%03d,,%s,%s,%s,%d.0,A,Y,%d.5,%d.0,%d,%d",
		10_000_000+n, day, 10*(n%4+1), []int{10, 40}[n%2], n%50, n%90, n%30, goods, country, country, n%9, n%700+1, 1_000_000+n*3_700%9_000_000, fraud, fraud)
}

func writeTable(path string, rows int) error {
	var b strings.Builder
	b.WriteString(tableHead + "\n")
	for n := range rows {
		b.WriteString(tableRow(n+1) + "\n")
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// tableCommand is “table FILE ROWS”: a made-up table of that many rows.
func tableCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: table FILE ROWS")
	}
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(writeTable(ts.MkAbs(args[0]), rows))
}

// tamperCommand is “tamper FOLDER STATEMENT”: somebody changes the records of a
// zone past the program.
func tamperCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: tamper FOLDER STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(filepath.Join(args[0], "zone.db")))
	ts.Check(err)
	result, err := db.Exec(args[1])
	ts.Check(err)
	changed, err := result.RowsAffected()
	ts.Check(errors.Join(err, db.Close()))
	if changed == 0 {
		ts.Fatalf("nothing was changed")
	}
}

// garbageCommand is “garbage FILE MEGABYTES”: bytes that are no text.
func garbageCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: garbage FILE MEGABYTES")
	}
	megabytes, err := strconv.Atoi(args[1])
	ts.Check(err)
	b := make([]byte, megabytes<<20)
	state := uint32(2463534242)
	for i := range b {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		b[i] = byte(state)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}
