package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// leaves gives every command that does something, by its path.
func leaves(t *testing.T) map[string]*cobra.Command {
	t.Helper()
	all := map[string]*cobra.Command{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if c.RunE != nil && !c.HasSubCommands() {
			all[strings.TrimPrefix(c.CommandPath(), "seine ")] = c
		}
	}
	walk(newRoot(&session{}))
	return all
}

// callsOf reads what every function of this program calls or hands on: names of
// its own functions and of the session's methods, and “package.Name” of others.
func callsOf(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string][]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				name := ""
				switch n := n.(type) {
				case *ast.CallExpr:
					if of, ok := n.Fun.(*ast.Ident); ok {
						name = of.Name
					}
				case *ast.SelectorExpr:
					if of, ok := n.X.(*ast.Ident); ok && of.Name == "s" {
						name = "s." + n.Sel.Name
					} else if ok {
						name = of.Name + "." + n.Sel.Name
						calls[inProgram(f)] = append(calls[inProgram(f)], "method "+n.Sel.Name)
					}
				}
				calls[inProgram(f)] = append(calls[inProgram(f)], name)
				return true
			})
		}
	}
	return calls
}

// inProgram names a function as it is called: a method of the session by “s.”.
func inProgram(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	if of, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
		if name, ok := of.X.(*ast.Ident); ok && name.Name == "session" {
			return "s." + f.Name.Name
		}
	}
	return "method " + f.Name.Name
}

// makerOf gives the function of this program that a command's work is written in.
func makerOf(c *cobra.Command) string {
	name := runtime.FuncForPC(reflect.ValueOf(c.RunE).Pointer()).Name()
	name = name[strings.LastIndex(name, "/")+1:]
	parts := strings.Split(name, ".")[1:] // after the package; a short one may stand within its caller
	for i, p := range parts {
		if strings.HasPrefix(p, "func") {
			return parts[i-1]
		}
	}
	return parts[0]
}

// opensAZone lists the commands from whose work a way leads to where a store is
// opened: no list is kept by hand.
func opensAZone(t *testing.T) []string {
	t.Helper()
	calls := callsOf(t)
	reaches := map[string]bool{}
	var leads func(name string, seen map[string]bool) bool
	leads = func(name string, seen map[string]bool) bool {
		if slices.Contains([]string{"app.Open", "store.Open", "check.Open", "store.Restore"}, name) {
			return true
		}
		if seen[name] {
			return false
		}
		seen[name] = true
		return slices.ContainsFunc(calls[name], func(next string) bool { return leads(next, seen) })
	}
	var found []string
	for path, c := range leaves(t) {
		maker := makerOf(c)
		if calls[maker] == nil {
			t.Fatalf("%s: what it does is written in %q, which is not found", path, maker)
		}
		if _, known := reaches[maker]; !known {
			reaches[maker] = leads(maker, map[string]bool{})
		}
		if reaches[maker] {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	return found
}

// callable gives the arguments that a command needs before it looks for a zone.
var callable = map[string][]string{
	"backup": {"FRESH"}, "bank trust": {"BANKA", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}, "book export": {"--book", "T2218W000001"},
	"demo": {"--addr", "127.0.0.1:0"}, "duty": {"--hs", "20091100", "--price", "5", "--date", "2026-06-01", "--currency", "USD", "--origin", "US"},
	"import declarations": {"TABLE"}, "import manifest": {"TABLE"}, "journal receipt": {"0p3k2m8x1a2b3c"}, "restore": {"TABLE"},
	"risk backtest": {"../../internal/risk/data/declaration.yaml"}, "user add": {"--admin"}, "user link": {"admin"}, "user lock": {"admin"}, "user unlock": {"admin"},
}

// Every command from whose work a way leads to a store says so when nobody names
// one, goes where --db leads, and refuses in JSON with --json.
func TestEveryCommandThatOpensAZoneTakesItsFlags(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "table.csv")
	if err := writeTable(table, 1); err != nil {
		t.Fatal(err)
	}
	call := func(args ...string) (status int, said string) {
		cmd := exec.CommandContext(t.Context(), "seine", args...)
		cmd.Env = append(os.Environ(), "SEINE_CONFIG=")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		return exitStatus(cmd.Run()), out.String()
	}
	all := opensAZone(t)
	for _, want := range []string{"serve", "check", "migrate", "import declarations", "user unlock", "doctor", "bench lodge"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not found to open a zone: the reading of the source is broken", want)
		}
	}
	for _, never := range []string{"decode", "verify", "tariff show", "version"} {
		if slices.Contains(all, never) {
			t.Errorf("%s is found to open a zone", never)
		}
	}
	free := []string{"demo", "duty"} // they work without one
	for _, path := range all {
		if strings.HasPrefix(path, "bench ") {
			continue // it measures zones of its own
		}
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(path)
			for _, a := range callable[path] {
				switch a {
				case "FRESH":
					a = filepath.Join(t.TempDir(), "fresh")
				case "TABLE":
					a = table
				}
				args = append(args, a)
			}
			if slices.Contains(free, path) {
				t.Logf("%s works without a zone of anybody's", path)
			} else if status, said := call(args...); status != exitUse || !strings.Contains(said, "CMD-USE-01: name the zone with --data DIR or --db URL") {
				t.Errorf("without a zone: status %d\n%s", status, said)
			}
			gone := append(slices.Clone(args), "--db", "postgres://nobody@127.0.0.1:1/zone", "--secrets", filepath.Join(t.TempDir(), "secrets"))
			status, said := call(gone...)
			if path == "doctor" {
				if status != exitFindings || !strings.Contains(said, "DOCTOR-STORE-01") {
					t.Errorf("with a server that is not there: status %d\n%s", status, said)
				}
				return
			}
			if path == "restore" { // what it is given is read first
				if status != exitFailed || !strings.Contains(said, "STORE-RESTORE-02") {
					t.Errorf("with a file that is no backup: status %d\n%s", status, said)
				}
				return
			}
			if status != exitFailed || !strings.Contains(said, "CMD-DATABASE-01 at /db") || !strings.Contains(said, "check the URL after --db") {
				t.Errorf("with a server that is not there: status %d\n%s", status, said)
			}
			_, said = call(append(gone, "--json")...)
			var body struct {
				Faults []struct{ Code, Cure string }
			}
			last := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
			if err := json.Unmarshal([]byte(last), &body); err != nil || len(body.Faults) == 0 || body.Faults[0].Code != "CMD-DATABASE-01" || body.Faults[0].Cure == "" {
				t.Errorf("with --json: %v\n%s", err, said)
			}
		})
	}
	t.Logf("%d commands open a zone: %s", len(all), strings.Join(all, ", "))
}

// quoted is a word of a command line, bare or in quotes.
var quoted = regexp.MustCompile(`'[^']*'|"[^"]*"|“[^”]*”|\S+`)

// Every example is a call that the program understands: its command is there, its
// flags exist, and it has as many arguments as it needs.
func TestEveryExampleCanBeCalled(t *testing.T) {
	n := 0
	for path, c := range leaves(t) {
		for line := range strings.Lines(c.Example) {
			for _, piece := range strings.Split(line, "|") {
				words := quoted.FindAllString(strings.TrimSpace(piece), -1)
				for len(words) > 0 && strings.Contains(words[0], "=") {
					words = words[1:] // a variable of the environment
				}
				if len(words) == 0 || words[0] != "seine" {
					continue
				}
				if i := slices.Index(words, ">"); i > 0 {
					words = words[:i]
				}
				n++
				root := newRoot(&session{})
				called, rest, err := root.Find(words[1:])
				if err == nil {
					err = called.ParseFlags(rest)
				}
				if err == nil {
					err = called.ValidateArgs(called.Flags().Args())
				}
				if err != nil {
					t.Errorf("%s: “%s”: %v", path, strings.TrimSpace(piece), err)
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d examples were found", n)
	}
}

// Whatever comes from the call or the machine is refused with a code and a cure.
func TestEveryRefusalOfTheCommandLineHasACodeAndACure(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.csv")
	secret := filepath.Join(dir, "secret")
	for _, file := range []string{empty, secret} {
		if err := os.WriteFile(file, []byte("[]"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	zone := filepath.Join(dir, "zone")
	for name, c := range map[string]struct {
		args   string
		status int
		code   string
	}{
		"a command that is not there":             {"improt", exitUse, "CMD-USE-01"},
		"a flag that is not there":                {"check --loudly", exitUse, "CMD-USE-01"},
		"a flag that is missing":                  {"tariff import", exitUse, "CMD-USE-01"},
		"a value that is no number":               {"journal list --limit many --data ZONE", exitUse, "CMD-USE-01"},
		"an argument too many":                    {"version x", exitUse, "CMD-USE-01"},
		"a folder without a zone":                 {"check --data NOWHERE", exitFailed, "CMD-ZONE-01"},
		"a URL that is none":                      {"user list --db postgres://a:b@[::1", exitFailed, "CONFIG-VALUE-01"},
		"a section that is not there":             {"check --data ZONE --only leger", exitFailed, "CHECK-SECTION-01"},
		"a position before the first":             {"journal list --data ZONE --after -5", exitFailed, "CMD-FLAG-01"},
		"no entries at all":                       {"journal list --data ZONE --limit 0", exitFailed, "CMD-FLAG-01"},
		"a backup into a folder that is not":      {"backup NOWHERE/x.db --data ZONE", exitFailed, "CMD-FILE-02"},
		"a bank that loses more than everything":  {"bank simulate --dir NOWHERE --loss 101", exitFailed, "CMD-FLAG-01"},
		"a demonstration of no day":               {"demo --days 0", exitFailed, "CMD-FLAG-01"},
		"a demonstration without a pause":         {"demo --every 0s", exitFailed, "CMD-FLAG-01"},
		"a demonstration of less than no ship":    {"demo --ships -1", exitFailed, "CMD-FLAG-01"},
		"an address without a port":               {"demo --addr nonsense", exitFailed, "CMD-LISTEN-01"},
		"a certificate that is not there":         {"serve --data ZONE --tls-cert NOWHERE --tls-key NOWHERE", exitFailed, "CMD-TLS-01"},
		"a file that is not there, to be sent":    {"feed send NOWHERE --client a --secret-file SECRET --book b --system s", exitFailed, "CMD-FILE-02"},
		"a secret that is not there":              {"feed send EMPTY --client a --secret-file NOWHERE --book b --system s", exitFailed, "CMD-FILE-02"},
		"an export that is not there":             {"feed read NOWHERE --into OUT", exitFailed, "CMD-FILE-02"},
		"a manual where nobody may write":         {"man /proc/nowhere", exitFailed, "CMD-FILE-02"},
		"a manifest format that is not there":     {"import manifest EMPTY --format telex --data OTHER", exitFailed, "CMD-FORMAT-01"},
		"a manifest that is not there, after one": {"import manifest EMPTY NOWHERE --data OTHER", exitFailed, "CMD-FILE-01"},
		"a measurement in a folder that is not":   {"bench lodge --data NOWHERE", exitFailed, "CMD-FILE-02"},
	} {
		t.Run(name, func(t *testing.T) {
			var args []string
			places := strings.NewReplacer("ZONE", zone, "NOWHERE", filepath.Join(dir, "nowhere"), "OTHER", filepath.Join(dir, "other"), "OUT", filepath.Join(dir, "out"), "EMPTY", empty, "SECRET", secret)
			for _, a := range strings.Fields(c.args) {
				args = append(args, places.Replace(a))
			}
			if strings.Contains(c.args, "ZONE") && !exists(filepath.Join(zone, "zone.db")) {
				if err := exec.Command("seine", "user", "add", "--admin", "--data", zone).Run(); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("seine", append(args, "--json")...)
			var out, errs bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errs
			status := exitStatus(cmd.Run())
			var body struct {
				Faults []struct{ Code, Cure, Detail string }
			}
			_ = json.Unmarshal(errs.Bytes(), &body) // a flag that is not understood is told in words
			if len(body.Faults) == 0 && c.status == exitUse && strings.Contains(errs.String(), c.code) && strings.Contains(errs.String(), "--help") {
				return
			}
			if status != c.status || len(body.Faults) == 0 || body.Faults[0].Code != c.code || body.Faults[0].Cure == "" {
				t.Errorf("status %d\n%s%s", status, out.String(), errs.String())
			}
			for _, left := range []string{"other", "nowhere"} {
				if exists(filepath.Join(dir, left)) {
					t.Errorf("%s was made", left)
				}
			}
		})
	}
}
