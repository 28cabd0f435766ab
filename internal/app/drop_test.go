package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/httpapi"
	"seine/internal/journal"
	"seine/internal/message"
	"seine/internal/store/storetest"
)

// dropping is a warehouse whose system leaves files.
type dropping struct {
	*month
	dir string // of the feed
}

func newDropping(t *testing.T, o Options) *dropping {
	t.Helper()
	o.Drop = t.TempDir()
	d := &dropping{month: monthOn(t, o)}
	d.dir = filepath.Join(o.Drop, d.book)
	if err := os.MkdirAll(filepath.Join(d.dir, dropInbox), 0o700); err != nil {
		t.Fatal(err)
	}
	return d
}

// message is message n as JSON: 10 kg that came.
func (d *dropping) message(n int64) string {
	return feedMessage(d.t, d.owner, d.book, n, d.clock.Now())
}

func feedMessage(t *testing.T, owner, book string, n int64, at clock.Instant) string {
	t.Helper()
	body, err := json.Marshal(feed.Message{
		Enterprise: owner, System: "wms", Book: book, Sequence: n, Key: fmt.Sprintf("key-%06d", n), SentAt: at,
		Records: []feed.Record{{Kind: feed.Receipt, ID: fmt.Sprint("r", n), On: clock.MustDate("2026-10-01"), Part: "OJ", Lot: fmt.Sprint("L", n), Quantity: q(10), Unit: "KGM", Location: "A"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func (d *dropping) put(name, content string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, dropInbox, name), []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *dropping) round() {
	d.t.Helper()
	if err := d.app.drop.round(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// holds tells what lies in a folder of the feed.
func (d *dropping) holds(folder string) []string {
	d.t.Helper()
	entries, err := os.ReadDir(filepath.Join(d.dir, folder))
	if err != nil {
		d.t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (d *dropping) want(folder string, names ...string) {
	d.t.Helper()
	if got := d.holds(folder); !slices.Equal(got, names) {
		d.t.Errorf("%s holds %v, not %v", folder, got, names)
	}
}

func (d *dropping) applied(want int64) {
	d.t.Helper()
	var f feed.Feed
	if _, err := d.app.Store.Load(d.t.Context(), dossier.Feed, d.book, &f); err != nil {
		d.t.Fatal(err)
	}
	if f.Applied != want {
		d.t.Errorf("messages up to %d are applied, not %d", f.Applied, want)
	}
}

// codes are the faults that a refused file was given.
func (d *dropping) codes(name string) []string {
	d.t.Helper()
	body, err := os.ReadFile(filepath.Join(d.dir, dropRefused, name+".problem.json"))
	if err != nil {
		d.t.Fatal(err)
	}
	var p httpapi.Problem
	if err := json.Unmarshal(body, &p); err != nil {
		d.t.Fatal(err)
	}
	var codes []string
	for _, e := range p.Errors {
		if e.DetailZH == "" || e.CureZH == "" {
			d.t.Errorf("%s is not told in Chinese", e.Code)
		}
		codes = append(codes, e.Code+" "+e.Pointer)
	}
	return codes
}

// A table may be a workbook, or be written in GB18030 with semicolons; a message
// that goes to staging says why in words.
func TestTablesOfTheDropAreWhatProgramsOfTablesWrite(t *testing.T) {
	d := newDropping(t, Options{Dir: t.TempDir()})
	sheet := message.Sheet{Name: "1", Head: []string{"类别", "编号", "日期", "料号", "批号", "数量", "单位", "库位"}, Rows: [][]string{{"入库", "r2", "2026-10-01", "OJ", "L2", "10", "KGM", "A"}}}
	var b bytes.Buffer
	if err := sheet.WriteXLSX(&b); err != nil {
		t.Fatal(err)
	}
	d.put("2_key-000002.xlsx", b.String())
	d.put("3_key-000003.csv", "\xc0\xe0\xb1\xf0;id;on;part;lot;quantity;unit;location\nreceipt;r3;2026-10-01;OJ;L3;10;BX;A\n")
	d.round()
	d.want(dropDone, "2_key-000002.xlsx", "2_key-000002.xlsx.receipt.json", "3_key-000003.csv", "3_key-000003.csv.receipt.json")
	d.applied(2)
	said, err := os.ReadFile(filepath.Join(d.dir, dropDone, "3_key-000003.csv.receipt.json"))
	if err != nil || !strings.Contains(string(said), "BX does not convert to KGM for part OJ") || !strings.Contains(string(said), "text_zh") {
		t.Errorf("%s, %v", said, err)
	}
}

// On both engines: files are taken in the order of their names, one that is still
// written is left alone, and the journal names the drop as the one who sent.
func TestFilesOfAFeedAreTakenByName(t *testing.T) {
	for _, o := range []Options{{Dir: t.TempDir()}, {URL: storetest.PostgresURL(t), Secrets: filepath.Join(t.TempDir(), "secrets")}} {
		t.Run(map[bool]string{true: "embedded", false: "postgres"}[o.Dir != ""], func(t *testing.T) {
			d := newDropping(t, o)
			if err := d.app.Store.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			before := d.app.Store.Position()
			d.put("002.json", d.message(2))
			d.put("003.ndjson", d.message(3)+"\n\n"+d.message(4)+"\n")
			d.put("004.json", "["+d.message(5)+","+d.message(6)+"]")
			d.put("7_key-000007.csv", "kind,id,on,part,lot,quantity,unit,location\nreceipt,r7,2026-10-01,OJ,L7,10,KGM,A\n")
			d.put("008.json.part", d.message(8)[:40])
			d.put(".009.json", d.message(9))
			d.round()
			d.applied(7)
			d.want(dropInbox, ".009.json", "008.json.part")
			d.want(dropRefused)
			d.want(dropDone, "002.json", "002.json.receipt.json", "003.ndjson", "003.ndjson.receipt.json", "004.json", "004.json.receipt.json", "7_key-000007.csv", "7_key-000007.csv.receipt.json")
			if err := os.Rename(filepath.Join(d.dir, dropInbox, "008.json.part"), filepath.Join(d.dir, dropInbox, "008.json")); err != nil {
				t.Fatal(err)
			}
			d.put("008.json", d.message(8))
			d.round()
			d.applied(8)
			var receipt dropReceipt
			body, err := os.ReadFile(filepath.Join(d.dir, dropDone, "003.ndjson.receipt.json"))
			if err == nil {
				err = json.Unmarshal(body, &receipt)
			}
			if err != nil || len(receipt.Messages) != 2 || receipt.Messages[1].Sequence != 4 || receipt.Messages[1].State != feed.Done {
				t.Errorf("%+v %v", receipt, err)
			}
			if err := d.app.Store.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			entries, err := d.app.Store.Entries(t.Context(), before, 100)
			if err != nil || len(entries) != 7 {
				t.Fatal(len(entries), err)
			}
			for _, e := range entries {
				if e.Type != "feed.message-applied" || e.Actor != "drop/"+d.book || e.ActorKind != journal.Client || e.Enterprise != d.owner {
					t.Errorf("%s by %s (%s) of %s", e.Type, e.Actor, e.ActorKind, e.Enterprise)
				}
			}
		})
	}
}

// What is dropped again changes nothing, also after a crash between the decision
// and the move, and also as a table whose file has another time.
func TestAFileThatComesAgainChangesNothing(t *testing.T) {
	d := newDropping(t, Options{Dir: t.TempDir()})
	table := "kind,id,on,part,lot,quantity,unit,location\nreceipt,r3,2026-10-01,OJ,L3,10,KGM,A\n"
	d.put("2.json", d.message(2))
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var f feed.Feed
	if _, err := d.app.Store.Load(t.Context(), dossier.Feed, d.book, &f); err != nil {
		t.Fatal(err)
	}
	// Taken, and the power fails before it is moved.
	if _, err := d.app.drop.take(t.Context(), root, &f, "2.json"); err != nil {
		t.Fatal(err)
	}
	d.applied(2)
	before := d.app.Store.Position()
	d.round()
	if now := d.app.Store.Position(); now != before {
		t.Errorf("a file that comes again wrote %d entries", now-before)
	}
	d.put("3_key-000003.csv", table)
	d.round()
	d.applied(3)
	d.put("3_key-000003.csv", table)
	if err := os.Chtimes(filepath.Join(d.dir, dropInbox, "3_key-000003.csv"), time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.round()
	d.applied(3)
	d.want(dropRefused)
	d.want(dropDone, "2.json", "2.json.receipt.json", "3_key-000003.csv", "3_key-000003.csv.2", "3_key-000003.csv.2.receipt.json", "3_key-000003.csv.receipt.json")
	// Other content under a number that was used is refused, as over the interface.
	d.put("2.json", strings.Replace(d.message(2), `"10"`, `"11"`, 1))
	d.round()
	if got := d.codes("2.json"); !slices.Equal(got, []string{"BONDED-FEED-04 /sequence"}) {
		t.Error(got)
	}
}

// A gap is no reason to refuse: what comes too early is taken and waits, and what
// comes far too early stays in the inbox until it can be taken.
func TestAGapInTheDrop(t *testing.T) {
	d := newDropping(t, Options{Dir: t.TempDir()})
	d.put("3.json", d.message(3))
	d.put("4.json", d.message(1_000_000))
	d.round()
	d.round()
	d.applied(1)
	d.want(dropInbox, "4.json")
	d.want(dropDone, "3.json", "3.json.receipt.json")
	d.put("5.json", d.message(2))
	d.round()
	d.applied(3)
	d.want(dropInbox, "4.json")
	d.want(dropRefused)
}

// Whatever is wrong with a file, it lies in refused/ with every fault beside it,
// and what is right is taken all the same.
func TestBrokenFilesAreRefusedWithAllTheirFaults(t *testing.T) {
	d := newDropping(t, Options{Dir: t.TempDir()})
	other := strings.Replace(d.message(2), d.book, "T0000A000001", 1)
	garbage := make([]byte, 10<<20)
	source := rand.NewChaCha8([32]byte{7})
	_, _ = source.Read(garbage)
	for name, content := range map[string]string{
		"a.json":           "{",
		"b.json":           "",
		"c.json":           other,
		"d.json":           strings.Replace(strings.Replace(d.message(2), `"sequence":2`, `"sequence":"two"`, 1), `"10"`, `"ten"`, 1),
		"e.ndjson":         "{}\n" + d.message(2) + "\nnonsense\n",
		"f.txt":            d.message(2),
		"g.csv":            "kind,id\n",
		"h_key-000009.csv": "kind,id\n",
		"9_key-000009.csv": "gift,id\n",
		"i.json":           string(garbage),
		"j.json":           strings.Repeat("x", dropBytes+1),
		"8_key-000008.csv": strings.Repeat(",", 10<<20),
		"k.json":           strings.Repeat("[", 10<<20),
		"l.ndjson":         strings.Repeat("{}\n", feed.MaxBatch+1),
	} {
		d.put(name, content)
	}
	outside := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(outside, []byte(d.message(5)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(d.dir, dropInbox, "m.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(d.dir, dropInbox, "n.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	d.round()
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("broken files took %s", took)
	}
	d.want(dropInbox)
	d.want(dropDone)
	d.applied(2) // the good line of a bad file counts
	for name, want := range map[string][]string{
		"a.json":           {"FEED-READ-01 "},
		"b.json":           {"FEED-BATCH-01 "},
		"c.json":           {"PARTY-RIGHT-01 "},
		"d.json":           {"FEED-READ-02 /records/0/quantity", "FEED-READ-02 /sequence"},
		"f.txt":            {"APP-DROP-02 "},
		"g.csv":            {"APP-DROP-02 "},
		"h_key-000009.csv": {"APP-DROP-02 "},
		"9_key-000009.csv": {"FEED-READ-03 /records", "TABLE-HEADER-01 /row/0/kind", "TABLE-HEADER-01 /row/0/on"},
		"i.json":           {"FEED-READ-01 "},
		"j.json":           {"APP-DROP-04 "},
		"k.json":           {"FEED-READ-01 "},
		"l.ndjson":         {"FEED-BATCH-01 "},
		"m.json":           {"APP-DROP-03 "},
		"n.json":           {"APP-DROP-03 "},
	} {
		if got := d.codes(name); strings.HasPrefix(name, "d.") && len(got) < 2 || !strings.HasPrefix(name, "d.") && !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
	}
	if got := d.codes("e.ndjson"); !slices.Contains(got, "FEED-READ-01 /2") || slices.ContainsFunc(got, func(c string) bool { return strings.Contains(c, " /1") }) {
		t.Error(got)
	}
	if got := d.codes("8_key-000008.csv"); got[0] != "TABLE-LIMIT-01 /row/1" {
		t.Error(got)
	}
}

// A folder that is no feed's, one of a feed that nobody accepted, and links in
// place of folders are left alone.
func TestWhatIsNoFolderOfAFeedIsLeftAlone(t *testing.T) {
	d := newDropping(t, Options{Dir: t.TempDir()})
	stranger := filepath.Join(d.app.drop.dir, "T9999A000001")
	if err := os.MkdirAll(filepath.Join(stranger, dropInbox), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stranger, dropInbox, "2.json"), []byte(d.message(2)), 0o600); err != nil {
		t.Fatal(err)
	}
	// A link to the folder of another feed would let one speak as the other.
	if err := os.Symlink(d.dir, filepath.Join(d.app.drop.dir, "link")); err != nil {
		t.Fatal(err)
	}
	d.round()
	d.applied(1)
	if _, err := os.Stat(filepath.Join(stranger, dropInbox, "2.json")); err != nil {
		t.Error(err)
	}
	// An inbox that is a link leads out of the folder of the feed.
	if err := os.RemoveAll(filepath.Join(d.dir, dropInbox)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(stranger, dropInbox), filepath.Join(d.dir, dropInbox)); err != nil {
		t.Fatal(err)
	}
	if err := d.app.drop.round(t.Context()); err == nil {
		t.Error("a link stands for the inbox")
	}
	d.applied(1)
	if _, err := Open(t.Context(), Options{Dir: t.TempDir(), Drop: filepath.Join(stranger, "nowhere")}); !fault.Is(err, "APP-DROP-01") {
		t.Error(err)
	}
}

// TestDropForTheKill is the program that TestKilledAmongFiles kills.
func TestDropForTheKill(t *testing.T) {
	dir := os.Getenv("SEINE_KILL_DROP_ZONE")
	if dir == "" {
		t.Skip("is run by TestKilledAmongFiles")
	}
	a, err := Open(t.Context(), Options{Dir: dir, Drop: os.Getenv("SEINE_KILL_DROP"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-t.Context().Done()
}

// The program is killed again and again among files: each message counts once.
func TestKilledAmongFiles(t *testing.T) {
	zone := t.TempDir()
	d := newDropping(t, Options{Dir: zone})
	const files, kills = 150, 5
	for n := int64(2); n < files+2; n++ {
		d.put(fmt.Sprintf("%06d.json", n), feedMessage(t, d.owner, d.book, n, d.clock.Now()))
	}
	if err := d.app.Close(); err != nil {
		t.Fatal(err)
	}
	left := func() int { return len(d.holds(dropInbox)) }
	for n := range kills {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDropForTheKill$")
		cmd.Env = append(os.Environ(), "SEINE_KILL_DROP_ZONE="+zone, "SEINE_KILL_DROP="+filepath.Dir(d.dir))
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, "some files are taken", func() bool { return left() <= files-(n+1)*files/(kills+1) })
		if err := cmd.Process.Kill(); err != nil { // SIGKILL
			t.Fatal(err, said.String())
		}
		_ = cmd.Wait()
	}
	t.Logf("%d of %d files were left at the last kill", left(), files)
	var err error
	if d.app, err = Open(t.Context(), Options{Dir: zone, Drop: filepath.Dir(d.dir)}); err != nil {
		t.Fatal(err)
	}
	d.round()
	d.want(dropInbox)
	d.want(dropRefused)
	d.applied(files + 1)
	for n := int64(2); n < files+2; n++ {
		if _, err := os.Stat(filepath.Join(d.dir, dropDone, fmt.Sprintf("%06d.json.receipt.json", n))); errors.Is(err, fs.ErrNotExist) {
			t.Errorf("file %d has no receipt", n)
		}
	}
	if err := d.app.Close(); err != nil {
		t.Fatal(err)
	}
	check.Tester(t, zone)
	if d.app, err = Open(t.Context(), Options{Dir: zone}); err != nil { // the end of the test closes it
		t.Fatal(err)
	}
}

// What an operator watches: how many files were taken and refused, and how many
// the last look found waiting.
func TestFiguresOfTheDropAreShown(t *testing.T) {
	d := newDropping(t, Options{Dir: t.TempDir()})
	registry := prometheus.NewRegistry()
	registry.MustRegister(d.app.drop.figures()...)
	shown := func() string {
		w := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		return w.Body.String()
	}
	d.put("002.json", d.message(2))
	d.put("003.json", "{")
	d.round()
	waiting := `seine_drop_waiting{feed="` + d.book + `"} 2`
	for _, want := range []string{`seine_drop_files_total{outcome="taken"} 1`, `seine_drop_files_total{outcome="refused"} 1`, waiting} {
		if !strings.Contains(shown(), want+"\n") {
			t.Errorf("%s is not shown:\n%s", want, shown())
		}
	}
	d.round()
	if strings.Contains(shown(), "seine_drop_waiting{") {
		t.Errorf("nothing waits any more:\n%s", shown())
	}
}
