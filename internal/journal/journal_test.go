package journal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
)

const origin = "zone.example/journal"

var logKey = mustKey(origin, 1)

func mustKey(name string, seed byte) Key {
	k, err := NewKey(name, [32]byte{seed})
	if err != nil {
		panic(err)
	}
	return k
}

// entry gives the nth entry of the test log, n from 0.
func entry(n int) Entry {
	return Entry{
		ID: fmt.Sprintf("01JE%06d", n), Position: int64(n) + 1,
		At:          clock.Day(2026, 11, 23).Start().Add(3_600_000_000_000) + clock.Instant(n),
		EffectiveOn: clock.MustDate("2026-11-23"),
		Actor:       "officer-1", ActorKind: Officer, Type: "declaration.released",
		Subject:    []Ref{{"declaration", fmt.Sprintf("2231202610000000%02d", n)}, {"area", "WGQ"}},
		Enterprise: "91310000MA1K000000", Area: "WGQ", Office: "2231",
		Why:   Why{Rule: "RSK-001@3", Law: "CL art. 26", Reason: "低风险 <auto>"},
		Cause: "01JC000001",
		Body:  json.RawMessage(fmt.Sprintf(`{"before":"taxed","after":"released","n":%d,"lines":[{"q":"1.5","ok":true},null]}`, n)),
	}
}

func salt(n int) Salt { return Salt{byte(n), byte(n >> 8), 7} }

// testLog is a sealed log of size entries.
type testLog struct {
	tree        Memory
	state       State
	commitments []Commitment
}

func newLog(t testing.TB, size int) *testLog {
	t.Helper()
	l := &testLog{tree: Memory{}}
	for n := range size {
		e := entry(n)
		c, err := e.Commit(salt(n))
		if err != nil {
			t.Fatal(err)
		}
		l.commitments = append(l.commitments, c)
	}
	nodes, state, err := Seal(State{}, l.commitments)
	if err != nil {
		t.Fatal(err)
	}
	l.tree.Add(nodes)
	l.state = state
	return l
}

func (l *testLog) checkpoint(t testing.TB, size uint64) string {
	t.Helper()
	state, err := Load(size, l.tree)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCheckpoint(origin, state)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ParsePrivate(logKey.Private)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (l *testLog) receipt(t testing.TB, n int) []byte {
	t.Helper()
	path, err := Inclusion(l.tree, uint64(n), l.state.Size)
	if err != nil {
		t.Fatal(err)
	}
	r := NewReceipt(entry(n), salt(n), path, l.checkpoint(t, l.state.Size), logKey.Public)
	return encode(t, r)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func verify(t testing.TB, file []byte, keys ...string) *Report {
	t.Helper()
	r, err := VerifyFile(bytes.NewReader(file), Options{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func codes(l fault.List) (out []string) {
	for _, f := range l {
		out = append(out, f.Code+f.Path)
	}
	return out
}

func TestCanonicalBytesAreAsDocumented(t *testing.T) {
	e := Entry{
		ID: "a", Position: 9, At: 258, EffectiveOn: 3, Actor: "b", ActorKind: "system", Type: "x.y",
		Subject: []Ref{{"k", "i"}}, Enterprise: "E", Area: "A", Office: "O",
		Why: Why{"r", "l", "z"}, Cause: "c",
		Body: json.RawMessage(` { "b" : [1.0, null], "a" : "\u4e2d\n" } `),
	}
	got, err := e.Canonical(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) string { return fmt.Sprintf("%08x%x", len(s), s) }
	want := hex.EncodeToString([]byte("seinelog\x01")) + "0000000000000102" + "00000003" +
		text("a") + text("x.y") + text("b") + text("system") + text("E") + text("A") + text("O") +
		text("r") + text("l") + text("z") + text("c") +
		"00000001" + text("k") + text("i")
	body := "7b00000002" + text("a") + "22" + text("中\n") + text("b") + "5b00000002" + "23" + text("1.0") + "6e"
	want += fmt.Sprintf("%08x", len(body)/2) + body
	if diff := cmp.Diff(want, hex.EncodeToString(got)); diff != "" {
		t.Error(diff)
	}
	c, err := e.Commit(Salt{1})
	if err != nil {
		t.Fatal(err)
	}
	// Fixed for ever: a change here breaks every receipt that was handed out.
	if got, want := c.String(), "73FfE344BEWu7VuSHIaSolwbo0QxSpX5ltSdoiabawc="; got != want {
		t.Errorf("commitment %s, want %s", got, want)
	}
}

func TestBodyFormDoesNotMatterContentDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue(t, 3)
		compact, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, compact, " ", "\t"); err != nil {
			t.Fatal(err)
		}
		a, errA := appendBody(nil, compact)
		b, errB := appendBody(nil, pretty.Bytes())
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Fatalf("%s: %v %v: indented differs", compact, errA, errB)
		}
		w := anyValue(t, 3)
		other, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		c, err := appendBody(nil, other)
		if err != nil {
			t.Fatal(err)
		}
		// encoding/json sorts the names of maps, so equal values have equal text.
		if bytes.Equal(a, c) != bytes.Equal(compact, other) {
			t.Fatalf("%s and %s: bytes equal %t", compact, other, bytes.Equal(a, c))
		}
	})
}

func anyValue(t *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(fmt.Sprint(rapid.Int32().Draw(t, "number")))
	case 3:
		return strings.ToValidUTF8(rapid.String().Draw(t, "text"), "")
	case 4:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "len"))
		for i := range list {
			list[i] = anyValue(t, depth-1)
		}
		return list
	}
	m := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		m[strings.ToValidUTF8(rapid.StringN(0, 3, -1).Draw(t, "name"), "")] = anyValue(t, depth-1)
	}
	return m
}

func TestBodyMustBeOneStrictValue(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2)
	for body, want := range map[string]string{
		`{"a":1,"a":2}`: "JOURNAL-BODY-02", `{"a":1,"b":2,"\u0061":2}`: "JOURNAL-BODY-02",
		`"\ud800"`: "JOURNAL-BODY-04", `"\ud800\u0041"`: "JOURNAL-BODY-04", `"\udc00\ud800"`: "JOURNAL-BODY-04",
		`01`: "JOURNAL-BODY-01", `1.`: "JOURNAL-BODY-01", `.5`: "JOURNAL-BODY-01", `+1`: "JOURNAL-BODY-01",
		`1e`: "JOURNAL-BODY-01", `-`: "JOURNAL-BODY-01", `nul`: "JOURNAL-BODY-01", `tru`: "JOURNAL-BODY-01",
		`{}{}`: "JOURNAL-BODY-01", `[1,]`: "JOURNAL-BODY-01", `{"a":1,}`: "JOURNAL-BODY-01", `{a:1}`: "JOURNAL-BODY-01",
		"\"a\nb\"": "JOURNAL-BODY-01", "\"\xff\"": "JOURNAL-BODY-01", `"\x"`: "JOURNAL-BODY-01", `"\u12g4"`: "JOURNAL-BODY-01",
		`"abc`: "JOURNAL-BODY-01", ` `: "JOURNAL-BODY-01", `[`: "JOURNAL-BODY-01", `{"a"`: "JOURNAL-BODY-01",
		deep: "JOURNAL-BODY-03", `"` + strings.Repeat("x", MaxBody) + `"`: "JOURNAL-BODY-03",
	} {
		if _, err := appendBody(nil, []byte(body)); !fault.Is(err, want) {
			t.Errorf("%.40q: %v, want %s", body, err, want)
		}
	}
	for _, body := range []string{"", "null", "-0.5e+10", `"\ud83d\ude00\/"`, `{"":[]}`, "\t{ }\r\n"} {
		if _, err := appendBody(nil, []byte(body)); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestValidateNamesEveryField(t *testing.T) {
	e := entry(0)
	if err := e.Validate(); err != nil {
		t.Fatal(err)
	}
	bad := Entry{
		Position: -1, ActorKind: "Head Officer", Type: "released", Why: Why{Reason: strings.Repeat("x", MaxReason+1)},
		Subject: []Ref{{"k", ""}}, Area: "\xff", Body: json.RawMessage(`{`),
	}
	want := []string{
		"JOURNAL-ENTRY-01/id", "JOURNAL-ENTRY-01/actor", "JOURNAL-ENTRY-03/area", "JOURNAL-ENTRY-02/why/reason",
		"JOURNAL-ENTRY-04/type", "JOURNAL-ENTRY-05/actor_kind", "JOURNAL-ENTRY-01/subject/0/id",
		"JOURNAL-ENTRY-07/position", "JOURNAL-ENTRY-08/at", "JOURNAL-BODY-01/body",
	}
	bad.At = -1 << 62
	if diff := cmp.Diff(want, codes(fault.All(bad.Validate()))); diff != "" {
		t.Error(diff)
	}
}

func TestTreeEqualsTheReferenceTree(t *testing.T) {
	l := newLog(t, 70)
	reference := testonly.New(rfc6962.DefaultHasher)
	for n := range l.commitments {
		reference.AppendData(l.commitments[n][:])
	}
	for size := uint64(0); size <= 70; size++ {
		state, err := Load(size, l.tree)
		if err != nil {
			t.Fatal(err)
		}
		root, err := state.Root()
		if err != nil || !bytes.Equal(root[:], reference.HashAt(size)) {
			t.Fatalf("root of %d differs: %v", size, err)
		}
		for index := range size {
			got, err := Inclusion(l.tree, index, size)
			want, _ := reference.InclusionProof(index, size)
			if err != nil || !slices.EqualFunc(want, raw(got), bytes.Equal) {
				t.Fatalf("inclusion of %d in %d differs: %v", index, size, err)
			}
		}
		for older := range size {
			got, err := Consistency(l.tree, older, size)
			want, _ := reference.ConsistencyProof(older, size)
			if err != nil || !slices.EqualFunc(want, raw(got), bytes.Equal) {
				t.Fatalf("consistency of %d and %d differs: %v", older, size, err)
			}
		}
	}
}

func TestSealingInPiecesEqualsSealingAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := make([]Commitment, rapid.IntRange(0, 300).Draw(t, "size"))
		for i := range leaves {
			leaves[i] = Commitment{byte(i), byte(i >> 8)}
		}
		all, whole, err := Seal(State{}, leaves)
		if err != nil {
			t.Fatal(err)
		}
		var pieces []Node
		state := State{}
		for rest := leaves; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			nodes, next, err := Seal(state, rest[:n])
			if err != nil {
				t.Fatal(err)
			}
			pieces, state, rest = append(pieces, nodes...), next, rest[n:]
		}
		if len(leaves) > 0 && !cmp.Equal(whole, state) || len(all) != len(pieces) {
			t.Fatalf("%v %v", whole, state)
		}
		a, b := Memory{}, Memory{}
		a.Add(all)
		b.Add(pieces)
		if !cmp.Equal(a, b) {
			t.Fatal("other nodes")
		}
		if len(leaves) == 0 {
			return
		}
		// Any two sizes prove their order, and a forged root of either does not.
		size := uint64(len(leaves))
		older := rapid.Uint64Range(0, size).Draw(t, "older")
		path, err := Consistency(a, older, size)
		if err != nil {
			t.Fatal(err)
		}
		point := func(size uint64) Checkpoint {
			s, err := Load(size, a)
			if err != nil {
				t.Fatal(err)
			}
			c, err := NewCheckpoint(origin, s)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		o, n := point(older), point(size)
		if err := VerifyConsistency(o, n, path); err != nil {
			t.Fatal(err)
		}
		forged := o
		forged.Root[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1
		if !fault.Is(VerifyConsistency(forged, n, path), "JOURNAL-PROOF-02") {
			t.Fatal("a forged root passed")
		}
	})
}

func TestStateThatDoesNotFitItsSizeIsRefused(t *testing.T) {
	s := State{Size: 5, Peaks: []Hash{{1}}}
	if _, _, err := Seal(s, nil); !fault.Is(err, "JOURNAL-TREE-01") {
		t.Error(err)
	}
	if _, err := s.Root(); !fault.Is(err, "JOURNAL-TREE-01") {
		t.Error(err)
	}
	if _, err := Load(MaxSize+1, Memory{}); !fault.Is(err, "JOURNAL-TREE-02") {
		t.Error(err)
	}
	if _, err := Load(5, Memory{}); err == nil {
		t.Error("loaded nodes that are not there")
	}
	if _, err := Inclusion(Memory{}, 3, 3); !fault.Is(err, "JOURNAL-TREE-03") {
		t.Error(err)
	}
	if _, err := Consistency(Memory{}, 4, 3); !fault.Is(err, "JOURNAL-TREE-04") {
		t.Error(err)
	}
}

func TestKeys(t *testing.T) {
	if again := mustKey(origin, 1); again != logKey {
		t.Error("the same seed gives another key")
	}
	for _, name := range []string{"", "a b", "a+b"} {
		if _, err := NewKey(name, [32]byte{1}); !fault.Is(err, "JOURNAL-KEY-01") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := ParsePrivate(logKey.Public); !fault.Is(err, "JOURNAL-KEY-02") {
		t.Error(err)
	}
	if _, err := ParsePrivate(logKey.Private + "x"); err == nil || strings.Contains(err.Error(), logKey.Private[20:]) {
		t.Error("accepted, or the fault shows the key")
	}
	for _, text := range []string{logKey.Private, "", strings.Repeat("x", 2000), strings.ToUpper(logKey.Public)} {
		if _, err := ParsePublic(text); !fault.Is(err, "JOURNAL-KEY-03") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	if _, err := ParsePublic("  " + logKey.Public + "\n"); err != nil {
		t.Error(err)
	}
}

func BenchmarkCommit(b *testing.B) {
	e := entry(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Commit(Salt{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	leaves := make([]Commitment, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Seal(State{}, leaves); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPromise200(b *testing.B) {
	signer, err := ParsePrivate(logKey.Private)
	if err != nil {
		b.Fatal(err)
	}
	entries := make([]Promised, 200)
	for i := range entries {
		entries[i] = Promised{ID: fmt.Sprint(i)}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Sign(entries, 0, 1, signer, logKey.Public); err != nil {
			b.Fatal(err)
		}
	}
}
