package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"seine/internal/clock"
	"seine/internal/fault"
)

func TestReceiptOfEveryEntryVerifies(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7, 8, 21} {
		l := newLog(t, size)
		for n := range size {
			r := verify(t, l.receipt(t, n), logKey.Public)
			if !r.OK() || !r.Trusted || r.Kind != "receipt" || r.Entry.ID != entry(n).ID || r.Size != uint64(size) {
				t.Fatalf("%d of %d: %+v %v", n, size, r, r.Findings)
			}
		}
	}
}

func TestReceiptSurvivesAnEditor(t *testing.T) {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, newLog(t, 5).receipt(t, 3), "", "    "); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, append(pretty.Bytes(), '\n'), logKey.Public); !r.OK() {
		t.Error(r.Findings)
	}
}

// sweep changes every byte of file in turn and expects that it is noticed, or
// that the changed file says word for word the same.
func sweep(t *testing.T, file []byte) {
	t.Helper()
	if r := verify(t, file, logKey.Public); !r.OK() {
		t.Fatal(r.Findings)
	}
	said := map[string]bool{}
	canonicalLines := func(f []byte) string {
		var all []byte
		for _, line := range bytes.Split(bytes.TrimSpace(f), []byte("\n")) {
			b, err := canonicalJSON(line)
			if err != nil {
				return ""
			}
			all = append(all, b...)
		}
		return string(all)
	}
	said[canonicalLines(file)] = true
	missed, changed := 0, bytes.Clone(file)
	for i := range file {
		for _, flip := range []byte{0x01, 0x02 << (i % 7)} {
			changed[i] ^= flip
			if r := verify(t, changed, logKey.Public); r.OK() && !said[canonicalLines(changed)] {
				missed++
				t.Errorf("byte %d changed by %#x passes: …%s…", i, flip, changed[max(0, i-20):min(len(file), i+20)])
			}
			changed[i] ^= flip
		}
		if missed > 5 {
			t.FailNow()
		}
	}
	for _, cut := range []int{0, 1, len(file) / 3, len(file) - 2} {
		if verify(t, file[:cut], logKey.Public).OK() {
			t.Errorf("cut to %d bytes passes", cut)
		}
	}
	t.Logf("%d bytes, two changes each", len(file))
}

func TestAnyChangedByteOfAReceiptIsFound(t *testing.T) { sweep(t, newLog(t, 11).receipt(t, 6)) }

func TestAnyChangedByteOfAPromiseIsFound(t *testing.T) { sweep(t, encode(t, promises(t, 5)[3])) }

func TestAnyChangedByteOfAConsistencyProofIsFound(t *testing.T) {
	sweep(t, encode(t, consistency(t, newLog(t, 13), 6, 13)))
}

func TestAnyChangedByteOfABundleIsFound(t *testing.T) {
	l := newLog(t, 9)
	sweep(t, rangeBundle(t, l, 3, 3))
	sweep(t, selectionBundle(t, l, 2, 7))
}

func TestAnyChangedByteOfACheckpointIsFound(t *testing.T) {
	file := []byte(newLog(t, 4).checkpoint(t, 4))
	if r := verify(t, file, mustKey("other", 2).Public, logKey.Public); !r.OK() || r.Kind != "checkpoint" {
		t.Fatal(r.Findings)
	}
	for i := range file {
		file[i] ^= 1
		if verify(t, file, logKey.Public).OK() {
			t.Errorf("byte %d", i)
		}
		file[i] ^= 1
	}
	if r := verify(t, file); !fault.Is(r.Findings, "JOURNAL-KEY-05") {
		t.Error(r.Findings)
	}
}

func promises(t testing.TB, n int) []Promise {
	t.Helper()
	signer, err := ParsePrivate(logKey.Private)
	if err != nil {
		t.Fatal(err)
	}
	var entries []Promised
	for i := range n {
		e := entry(i)
		c, err := e.Commit(salt(i))
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, Promised{e.ID, c})
	}
	made := clock.MustDate("2026-11-23").Start()
	list, err := Sign(entries, made, made.Add(60_000_000_000), signer, logKey.Public)
	if err != nil || len(list) != n {
		t.Fatal(err)
	}
	return list
}

func consistency(t testing.TB, l *testLog, older, newer uint64) ConsistencyProof {
	t.Helper()
	path, err := Consistency(l.tree, older, newer)
	if err != nil {
		t.Fatal(err)
	}
	return ConsistencyProof{ConsistencyFormat, l.checkpoint(t, older), l.checkpoint(t, newer), path, logKey.Public}
}

func rangeBundle(t testing.TB, l *testLog, first, count int) []byte {
	t.Helper()
	left, right, err := Edges(l.tree, uint64(first), uint64(count), l.state.Size)
	if err != nil {
		t.Fatal(err)
	}
	var lines []BundleLine
	for n := first; n < first+count; n++ {
		e, s := entry(n), salt(n)
		line := BundleLine{Index: uint64(n), Entry: &e, Salt: &s}
		if n%3 == 1 {
			line = BundleLine{Index: uint64(n), Commitment: &l.commitments[n]}
		}
		lines = append(lines, line)
	}
	return bundle(t, BundleHead{
		Kind: Range, Checkpoint: l.checkpoint(t, l.state.Size), Key: logKey.Public,
		First: uint64(first), Count: uint64(count), Left: left, Right: right,
	}, lines)
}

func selectionBundle(t testing.TB, l *testLog, picked ...int) []byte {
	t.Helper()
	var lines []BundleLine
	for _, n := range picked {
		e, s := entry(n), salt(n)
		path, err := Inclusion(l.tree, uint64(n), l.state.Size)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, BundleLine{Index: uint64(n), Entry: &e, Salt: &s, Proof: path})
	}
	return bundle(t, BundleHead{
		Kind: Selection, Checkpoint: l.checkpoint(t, l.state.Size), Key: logKey.Public, Count: uint64(len(picked)),
	}, lines)
}

func bundle(t testing.TB, head BundleHead, lines []BundleLine) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewBundleWriter(&out, head)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := w.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEveryStretchOfALogMakesABundle(t *testing.T) {
	for _, size := range []int{0, 1, 2, 5, 8, 11} {
		l := newLog(t, size)
		for first := 0; first <= size; first++ {
			for count := 0; first+count <= size; count++ {
				r := verify(t, rangeBundle(t, l, first, count), logKey.Public)
				if !r.OK() || r.Kind != "bundle" || r.Entries != uint64(count) {
					t.Fatalf("%d from %d of %d: %v", count, first, size, r.Findings)
				}
			}
		}
	}
}

func TestBundleFindings(t *testing.T) {
	l := newLog(t, 9)
	whole := string(rangeBundle(t, l, 2, 5))
	lines := strings.SplitAfter(whole, "\n")
	change := func(old, new string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("no %s", old)
		}
		return strings.Replace(whole, old, new, 1)
	}
	for name, c := range map[string]struct{ file, want string }{
		"an entry left out":      {lines[0] + lines[1] + strings.Join(lines[3:], ""), "JOURNAL-BUNDLE-05"},
		"the last line missing":  {strings.Join(lines[:5], ""), "JOURNAL-BUNDLE-02"},
		"a line too many":        {whole + lines[5], "JOURNAL-BUNDLE-03"},
		"two lines exchanged":    {lines[0] + lines[2] + lines[1] + strings.Join(lines[3:], ""), "JOURNAL-BUNDLE-05"},
		"a word changed":         {change("officer-1", "officer-2"), "JOURNAL-BUNDLE-06"},
		"a position changed":     {change(`"position":3`, `"position":4`), "JOURNAL-PROOF-03"},
		"beyond the checkpoint":  {change(`"count":5`, `"count":50`), "JOURNAL-BUNDLE-01"},
		"an unknown kind":        {change(`"kind":"range"`, `"kind":"all"`), "JOURNAL-BUNDLE-04"},
		"an unproven name added": {change(`"salt"`, `"note":1,"salt"`), "JOURNAL-FILE-03"},
		"head over many lines":   {strings.Replace(whole, `{"format"`, "{\n\"format\"", 1)[:len(lines[0])+1], "JOURNAL-FILE-03"},
	} {
		r := verify(t, []byte(c.file), logKey.Public)
		if !fault.Is(r.Findings, c.want) {
			t.Errorf("%s: %v, want %s", name, r.Findings, c.want)
		}
	}
	wrong := entry(4)
	wrong.Actor = "somebody else"
	s := salt(4)
	path, _ := Inclusion(l.tree, 4, 9)
	r := verify(t, bundle(t, BundleHead{Kind: Selection, Checkpoint: l.checkpoint(t, 9), Key: logKey.Public, Count: 1},
		[]BundleLine{{Index: 4, Entry: &wrong, Salt: &s, Proof: path}}), logKey.Public)
	if diff := cmp.Diff([]string{"JOURNAL-PROOF-01/1"}, codes(r.Findings)); diff != "" {
		t.Error(diff)
	}
}

func TestAForeignKeyProvesNothing(t *testing.T) {
	l := newLog(t, 3)
	file := l.receipt(t, 1)
	if r := verify(t, file); !r.OK() || r.Trusted {
		t.Errorf("without a trusted key: %v, trusted %t", r.Findings, r.Trusted)
	}
	other := mustKey(origin, 9)
	if r := verify(t, file, other.Public); !fault.Is(r.Findings, "JOURNAL-KEY-04") || r.Trusted {
		t.Error(r.Findings)
	}
	// A forger signs an own log under the same name and puts his key inside.
	signer, err := ParsePrivate(other.Private)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCheckpoint(origin, l.state)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	path, _ := Inclusion(l.tree, 1, 3)
	for _, key := range []string{other.Public, logKey.Public} {
		r := verify(t, encode(t, NewReceipt(entry(1), salt(1), path, forged, key)), logKey.Public)
		if r.OK() {
			t.Error("a forged receipt passes")
		}
	}
	if _, err := c.Sign(mustSigner(t, mustKey("another/log", 1))); !fault.Is(err, "JOURNAL-CHECKPOINT-03") {
		t.Error(err)
	}
	if _, err := VerifyFile(strings.NewReader(""), Options{Keys: []string{"nonsense"}}); !fault.Is(err, "JOURNAL-KEY-03") {
		t.Error(err)
	}
}

func mustSigner(t testing.TB, k Key) note.Signer {
	t.Helper()
	s, err := ParsePrivate(k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRewrittenLogIsFound(t *testing.T) {
	l := newLog(t, 10)
	good := consistency(t, l, 6, 10)
	if r := verify(t, encode(t, good), logKey.Public); !r.OK() || r.Older != 6 || r.Size != 10 {
		t.Fatal(r.Findings)
	}
	// The same log with entry 3 replaced.
	other := &testLog{tree: Memory{}, commitments: append([]Commitment(nil), l.commitments...)}
	other.commitments[3][0] ^= 1
	nodes, state, err := Seal(State{}, other.commitments)
	if err != nil {
		t.Fatal(err)
	}
	other.tree.Add(nodes)
	other.state = state
	bad := consistency(t, other, 6, 10)
	bad.Older = good.Older
	if r := verify(t, encode(t, bad), logKey.Public); !fault.Is(r.Findings, "JOURNAL-PROOF-02") {
		t.Error(r.Findings)
	}
	turned := good
	turned.Older, turned.Newer = good.Newer, good.Older
	if r := verify(t, encode(t, turned), logKey.Public); !fault.Is(r.Findings, "JOURNAL-TREE-04") {
		t.Error(r.Findings)
	}
	empty := consistency(t, l, 0, 10)
	if r := verify(t, encode(t, empty), logKey.Public); !r.OK() {
		t.Error(r.Findings)
	}
}

func TestPromiseIsKeptByItsReceipt(t *testing.T) {
	l := newLog(t, 4)
	key, err := ParsePublic(logKey.Public)
	if err != nil {
		t.Fatal(err)
	}
	list := promises(t, 4)
	for n, p := range list {
		r := verify(t, encode(t, p), logKey.Public)
		if !r.OK() || r.Kind != "promise" || r.Promised != entry(n).ID || r.DueAt == 0 {
			t.Fatalf("%+v %v", r, r.Findings)
		}
		var receipt Receipt
		if err := json.Unmarshal(l.receipt(t, n), &receipt); err != nil {
			t.Fatal(err)
		}
		if _, err := receipt.Check(key); err != nil {
			t.Fatal(err)
		}
		if err := p.KeptBy(&receipt); err != nil {
			t.Error(err)
		}
		if err := list[(n+1)%4].KeptBy(&receipt); !fault.Is(err, "JOURNAL-PROMISE-03") {
			t.Error(err)
		}
	}
	swapped := list[0]
	swapped.Path = list[1].Path
	if _, err := swapped.Open(key); !fault.Is(err, "JOURNAL-PROMISE-02") {
		t.Error(err)
	}
	// A checkpoint is no promise and the other way round, though signed by one key.
	mixed := list[0]
	mixed.Statement = l.checkpoint(t, 4)
	if _, err := mixed.Open(key); !fault.Is(err, "JOURNAL-PROMISE-01") {
		t.Error(err)
	}
	if _, err := OpenCheckpoint(list[0].Statement, key); !fault.Is(err, "JOURNAL-CHECKPOINT-01") {
		t.Error(err)
	}
}

func TestHostileFilesAreRefusedInWords(t *testing.T) {
	for name, file := range map[string]string{
		"nothing": "", "blanks": " \n\n", "garbage": strings.Repeat("\x00\xff", 5000), "no format": "{}",
		"unknown format": `{"format":"seine-receipt/2"}`, "not closed": `{"format":"seine-receipt/1"`,
		"other type": `{"format":"seine-receipt/1","index":"x"}`, "a list": `[]`,
		"empty receipt": `{"format":"seine-receipt/1"}`,
		"huge size":     `{"format":"seine-bundle/1","count":18446744073709551615}`,
		"deep":          `{"format":"seine-receipt/1","entry":` + strings.Repeat("[", 9000),
		"name twice":    `{"format":"seine-receipt/1","format":"seine-receipt/1"}`,
		"10 MB line":    strings.Repeat("x", 10<<20),
		"10 MB lines":   "{" + strings.Repeat("\n", 10<<20),
	} {
		r := verify(t, []byte(file), logKey.Public)
		if r.OK() {
			t.Errorf("%s passes", name)
		}
		for _, f := range r.Findings {
			if !strings.HasPrefix(f.Code, "JOURNAL-") || f.Message() == "" || strings.Contains(f.Message(), "{") {
				t.Errorf("%s: %v", name, f)
			}
		}
	}
}

func TestReportAsJSON(t *testing.T) {
	r := verify(t, newLog(t, 2).receipt(t, 0), mustKey(origin, 3).Public)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		OK       bool
		Findings []struct{ Code, Text, Cure string }
		Entry    Entry
	}
	if err := json.Unmarshal(b, &back); err != nil || back.OK || len(back.Findings) != 1 ||
		back.Findings[0].Code != "JOURNAL-KEY-04" || back.Findings[0].Cure == "" || back.Entry.ID == "" {
		t.Errorf("%v %s", err, b)
	}
}

func FuzzVerifyFile(f *testing.F) {
	l := newLog(f, 6)
	f.Add(l.receipt(f, 2))
	f.Add(encode(f, promises(f, 3)[1]))
	f.Add(encode(f, consistency(f, l, 2, 6)))
	f.Add(rangeBundle(f, l, 1, 3))
	f.Add(selectionBundle(f, l, 1, 3))
	f.Add([]byte(l.checkpoint(f, 6)))
	f.Fuzz(func(t *testing.T, file []byte) {
		r := verify(t, file, logKey.Public)
		if len(r.Findings) > maxFindings+10 {
			t.Errorf("%d findings", len(r.Findings))
		}
		// What is proven can only be an entry that we sealed.
		if r.OK() && r.Entry != nil {
			n := int(r.Entry.Position) - 1
			if n < 0 || n > 5 || r.Entry.ID != entry(n).ID || r.Entry.Actor != entry(n).Actor {
				t.Errorf("proved %+v", r.Entry)
			}
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e-3,"\u00e9\ud83d\ude00"],"":null}`, `[[],{}]`, `"x"`, `-0`, `{"b":1,"a":true}`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := appendBody(nil, body)
		if err != nil || len(body) == 0 {
			return
		}
		// What we take, encoding/json takes too, and its own spelling gives the
		// same bytes.
		var raw json.RawMessage
		if err := json.Unmarshal(body, &raw); err != nil {
			t.Fatalf("%q: taken, but %v", body, err)
		}
		again, err := json.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := appendBody(nil, again); len(again) <= MaxBody && (err != nil || !bytes.Equal(b, got)) {
			t.Fatalf("%q and %q differ: %v", body, again, err)
		}
	})
}

func ExampleVerifyFile() {
	report, err := VerifyFile(strings.NewReader(`{"format":"seine-receipt/1"}`), Options{})
	fmt.Println(report.OK(), err)
	// Output: false <nil>
}
