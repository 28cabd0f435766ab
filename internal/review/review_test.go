package review

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
)

var (
	key  = PeriodKey{Period: "2026-11-23", Key: [32]byte{1, 2, 3}}
	need = Need{Posts: []string{"review"}, Area: "WGQ", Parties: []string{"91310000MA1K000000"}}
)

func officer(id string, superiors ...string) Officer {
	return Officer{ID: id, Posts: []string{"review"}, Areas: []string{"WGQ"}, OnDuty: true, Superiors: superiors}
}

func staff() []Officer {
	return []Officer{officer("an", "chief", "head"), officer("bo", "chief", "head"), officer("cai", "chief2", "head"), officer("du", "chief2", "head")}
}

func call(by Officer, payload string) Call {
	return Call{
		By: by, Payload: payload, Reason: "price proven by invoice", At: clock.MustDate("2026-11-23").Start(),
		Officers: staff(), Key: key, Rules: Rules{ChiefPost: "section-chief"},
	}
}

func draft() Proposal {
	return Proposal{ID: "P1", Matter: Correction, Kind: "declaration", Subject: "223120261000000001", Need: need}
}

func open(t testing.TB) *Proposal {
	t.Helper()
	p, err := New(draft(), call(staff()[0], "hash"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func named(id string) Officer {
	for _, o := range staff() {
		if o.ID == id {
			return o
		}
	}
	return officer(id)
}

func TestLifecycleIsSound(t *testing.T) {
	if found := Lifecycle.Problems(); found != nil {
		t.Error(found)
	}
}

func TestSecondOfficerConfirms(t *testing.T) {
	p := open(t)
	q, err := p.Confirm(call(named(p.Second()), "hash"))
	if err != nil {
		t.Fatal(err)
	}
	if q.State != Confirmed || len(q.Signatures) != 2 || q.Signatures[1].Payload != "hash" || p.State != Proposed {
		t.Errorf("%+v", q)
	}
	if q.Signatures[0].Digest("P1") == q.Signatures[1].Digest("P1") || q.Signatures[0].Digest("P1") == q.Signatures[0].Digest("P2") {
		t.Error("signatures share a digest")
	}
	if _, err := q.Confirm(call(named(p.Second()), "hash")); !fault.Is(err, "REVIEW-LIFECYCLE-01") {
		t.Error(err)
	}
}

func TestOnlyTheDrawnOfficerReviewsWhatWasProposed(t *testing.T) {
	p := open(t)
	other := "bo"
	if p.Second() == other {
		other = "cai"
	}
	offDuty, interested := named(p.Second()), named(p.Second())
	offDuty.OnDuty = false
	interested.Interests = need.Parties
	for name, c := range map[string]struct {
		by            Officer
		payload, want string
	}{
		"the same person is refused":         {named("an"), "hash", "REVIEW-SECOND-02"},
		"somebody not drawn is refused":      {named(other), "hash", "REVIEW-SECOND-03"},
		"off duty now is refused":            {offDuty, "hash", "REVIEW-SECOND-04"},
		"an interest found later is refused": {interested, "hash", "REVIEW-SECOND-04"},
		"a changed payload is refused":       {named(p.Second()), "other", "REVIEW-PAYLOAD-01"},
	} {
		for _, act := range []func(Call) (*Proposal, error){p.Confirm, p.Return} {
			if _, err := act(call(c.by, c.payload)); !fault.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	silent := call(named(p.Second()), "hash")
	silent.Reason = " "
	if _, err := p.Return(silent); !fault.Is(err, "REVIEW-REASON-01") {
		t.Errorf("return without reason: %v", err)
	}
	if _, err := p.Confirm(silent); err != nil {
		t.Errorf("confirm needs no reason: %v", err)
	}
}

func TestTwoDisagreementsGoToTheChief(t *testing.T) {
	p := open(t)
	must := func(q *Proposal, err error) *Proposal {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	p = must(p.Return(call(named(p.Second()), "hash")))
	if p.State != Returned {
		t.Fatal(p.State)
	}
	if _, err := p.Again(call(named("bo"), "hash2")); !fault.Is(err, "REVIEW-FIRST-03") {
		t.Error(err)
	}
	p = must(p.Again(call(named("an"), "hash2")))
	if p.Round != 2 || p.Payload != "hash2" || len(p.Drawings) != 2 || p.Drawings[1].Version != 2 {
		t.Fatalf("%+v", p)
	}
	p = must(p.Return(call(named(p.Second()), "hash2")))
	if p.State != Disputed {
		t.Fatal(p.State)
	}
	if _, err := p.Confirm(call(named(p.Second()), "hash2")); !fault.Is(err, "REVIEW-LIFECYCLE-01") {
		t.Error(err)
	}
	for _, wrong := range []string{"an", p.Second(), "head"} {
		if _, err := p.Decide(call(officer(wrong), "hash2"), true); !fault.Is(err, "REVIEW-CHIEF-01") {
			t.Errorf("%s decided: %v", wrong, err)
		}
	}
	if _, err := p.Decide(call(officer("chief"), "hash"), true); !fault.Is(err, "REVIEW-PAYLOAD-01") {
		t.Error(err)
	}
	if q := must(p.Decide(call(officer("chief"), "hash2"), true)); q.State != Confirmed {
		t.Error(q.State)
	}
	if q := must(p.Decide(call(officer("chief"), "hash2"), false)); q.State != Refused || len(q.Signatures) != 5 {
		t.Errorf("%+v", q)
	}
	if err := p.CheckDraws(key); err != nil {
		t.Error(err)
	}
}

func TestChiefPostDecidesWhenNoSuperiorIsOnRecord(t *testing.T) {
	p := &Proposal{ID: "P", Need: need, Payload: "h", First: "an", State: Disputed, Round: 2}
	boss := officer("boss")
	if _, err := p.Decide(call(boss, "h"), true); !fault.Is(err, "REVIEW-CHIEF-01") {
		t.Error(err)
	}
	boss.Posts = []string{"section-chief"}
	if q, err := p.Decide(call(boss, "h"), true); err != nil || q.State != Confirmed {
		t.Error(err)
	}
}

func TestProposingTellsAllFaultsAtOnce(t *testing.T) {
	c := call(Officer{ID: "zhu", Interests: need.Parties}, "")
	c.Reason, c.Officers = "", nil
	d := draft()
	d.Matter = "holiday"
	_, err := New(d, c)
	var got []string
	for _, f := range fault.All(err) {
		got = append(got, f.Code)
	}
	want := []string{"REVIEW-MATTER-01", "REVIEW-REASON-01", "REVIEW-PAYLOAD-02", "REVIEW-FIRST-01", "REVIEW-FIRST-02", "REVIEW-SECOND-01"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhoCanBeDrawn(t *testing.T) {
	first := officer("an", "chief", "head")
	for name, c := range map[string]struct {
		change func(*Officer)
		rules  Rules
		want   bool
	}{
		"a qualified colleague":                    {func(*Officer) {}, Rules{}, true},
		"a colleague, when that is not wanted":     {func(*Officer) {}, Rules{ApartFromColleagues: true}, false},
		"another section's officer, when wanted":   {func(o *Officer) { o.Superiors = []string{"chief2"} }, Rules{ApartFromColleagues: true}, true},
		"another post":                             {func(o *Officer) { o.Posts = []string{"gate"} }, Rules{}, false},
		"another area":                             {func(o *Officer) { o.Areas = []string{"YS"} }, Rules{}, false},
		"off duty":                                 {func(o *Officer) { o.OnDuty = false }, Rules{}, false},
		"an interest in a party":                   {func(o *Officer) { o.Interests = []string{"x", "91310000MA1K000000"} }, Rules{}, false},
		"the first officer":                        {func(o *Officer) { o.ID = "an" }, Rules{}, false},
		"the first officer's superior":             {func(o *Officer) { o.ID = "head" }, Rules{}, false},
		"the first officer's direct superior":      {func(o *Officer) { o.ID = "chief" }, Rules{}, false},
		"somebody who reports to the first":        {func(o *Officer) { o.Superiors = []string{"an", "chief"} }, Rules{}, false},
		"somebody who reports to him over another": {func(o *Officer) { o.Superiors = []string{"x", "an"} }, Rules{}, false},
	} {
		o := officer("bo", "chief", "head")
		c.change(&o)
		k := call(first, "hash")
		k.Officers, k.Rules = []Officer{first, o}, c.rules
		_, err := New(draft(), k)
		if drawn := err == nil; drawn != c.want || err != nil && !fault.Is(err, "REVIEW-SECOND-01") {
			t.Errorf("%s: drawn %t, %v", name, drawn, err)
		}
	}
}

func TestRedrawLeavesOutWhoWasDrawn(t *testing.T) {
	p := open(t)
	first := p.Second()
	if _, err := p.Redraw(call(named("an"), "")); !fault.Is(err, "REVIEW-FIRST-04") {
		t.Error(err)
	}
	seen := []string{first}
	for range 2 {
		q, err := p.Redraw(call(officer("system"), ""))
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(seen, q.Second()) || q.State != Proposed {
			t.Errorf("%s was drawn again", q.Second())
		}
		seen, p = append(seen, q.Second()), q
	}
	if _, err := p.Redraw(call(officer("system"), "")); !fault.Is(err, "REVIEW-SECOND-01") {
		t.Error(err)
	}
	if err := p.CheckDraws(key); err != nil {
		t.Error(err)
	}
}

func TestAForgedDrawIsFound(t *testing.T) {
	p := open(t)
	for _, c := range p.Drawings[0].Candidates {
		q := p.clone()
		q.Drawings[0].Drawn = c
		if err := q.CheckDraws(key); (err == nil) != (c == p.Second()) {
			t.Errorf("%s: %v", c, err)
		}
	}
	q := p.clone()
	q.Drawings[0].Candidates = []string{q.Second(), "aa"}
	if err := q.CheckDraws(key); !fault.Is(err, "REVIEW-DRAW-01") {
		t.Errorf("candidates out of order: %v", err)
	}
	if err := q.CheckDraws(PeriodKey{Period: "other"}); err != nil {
		t.Error(err)
	}
}

func TestKeyIsTheOneAnnounced(t *testing.T) {
	announced := key.Hash()
	if err := key.Reveal(announced); err != nil {
		t.Error(err)
	}
	for _, other := range []PeriodKey{{key.Period, [32]byte{9}}, {"2026-11-24", key.Key}} {
		if err := other.Reveal(announced); !fault.Is(err, "REVIEW-KEY-01") {
			t.Error(err)
		}
	}
}

func TestDrawIsTheDocumentedOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := PeriodKey{Key: [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))}
		subject, version := rapid.String().Draw(t, "subject"), rapid.Uint64().Draw(t, "version")
		n := rapid.IntRange(1, 1<<40).Draw(t, "n")
		// Second opinion: over whole numbers of any size.
		mac := hmac.New(sha256.New, k.Key[:])
		b := binary.BigEndian.AppendUint32(nil, uint32(len(subject)))
		mac.Write(binary.BigEndian.AppendUint64(append(b, subject...), version))
		product := new(big.Int).Mul(new(big.Int).SetBytes(mac.Sum(nil)[:8]), big.NewInt(int64(n)))
		want := int(product.Rsh(product, 64).Int64())
		if got := Draw(k, subject, version, n); got != want || got < 0 || got >= n {
			t.Fatalf("%d, want %d of %d", got, want, n)
		}
	})
	if got := []int{Draw(key, "risk:1", 1, 1000), Draw(key, "risk:1", 2, 1000), Draw(key, "risk:2", 1, 1000), Draw(key, "x", 1, 0)}; !cmp.Equal(got, []int{255, 287, 3, 0}) {
		t.Errorf("draws are %v: every draw already made would come out otherwise", got)
	}
}

func TestDrawIsEven(t *testing.T) {
	var counts [10]int
	for i := range 20_000 {
		counts[Draw(key, fmt.Sprint("even:", i), 1, 10)]++
	}
	for n, c := range counts {
		if c < 1800 || c > 2200 {
			t.Errorf("%d came %d times of 20000", n, c)
		}
	}
}

func TestPickGivesDifferentNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, k := rapid.IntRange(0, 30).Draw(t, "n"), rapid.IntRange(0, 40).Draw(t, "k")
		got := Pick(key, "inspector:1", rapid.Uint64Range(0, 1000).Draw(t, "version"), n, k)
		if len(got) != min(n, k) {
			t.Fatalf("%d of %d: %v", k, n, got)
		}
		slices.Sort(got)
		if len(slices.Compact(slices.Clone(got))) != len(got) || len(got) > 0 && (got[0] < 0 || got[len(got)-1] >= n) {
			t.Fatal(got)
		}
	})
}

func TestARefusedActChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := New(draft(), call(staff()[0], "hash"))
		if err != nil {
			t.Fatal(err)
		}
		people := append(staff(), officer("chief"), officer("system"))
		for range rapid.IntRange(1, 12).Draw(t, "acts") {
			c := call(rapid.SampledFrom(people).Draw(t, "by"), rapid.SampledFrom([]string{"hash", "hash2"}).Draw(t, "payload"))
			if rapid.IntRange(0, 2).Draw(t, "as drawn") > 0 {
				c.By, c.Payload = named(p.Second()), p.Payload
			}
			before := p.clone()
			acts := []func(Call) (*Proposal, error){
				p.Confirm, p.Return, p.Again, p.Redraw, p.Withdraw,
				func(c Call) (*Proposal, error) { return p.Decide(c, true) },
			}
			q, err := acts[rapid.IntRange(0, len(acts)-1).Draw(t, "act")](c)
			if diff := cmp.Diff(before, p); diff != "" {
				t.Fatal(diff)
			}
			if err != nil {
				continue
			}
			p = q
			// Whatever happened: confirmed means two different people signed it.
			if p.State == Confirmed {
				last := p.Signatures[len(p.Signatures)-1]
				if last.Officer == p.First || last.Payload != p.Payload {
					t.Fatalf("%+v", p)
				}
			}
		}
		if err := p.CheckDraws(key); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLowRiskSkipsReviewButNotForRules(t *testing.T) {
	for _, m := range Matters {
		if Needed(m, true) != (m == RuleChange || m == Grading) || !Needed(m, false) {
			t.Errorf("%s", m)
		}
	}
}
