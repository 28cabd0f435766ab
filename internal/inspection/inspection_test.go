package inspection

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/review"
)

var (
	now = clock.MustDate("2026-11-23").Start()
	key = review.PeriodKey{Period: "2026-11-23", Key: [32]byte{1, 2, 3}}
)

func draft() Order {
	return Order{
		ID: "i1", Subject: "d1", Target: Target{Kind: Bill, Number: "221820261000000001"},
		Sources: []Source{{Selection: ByRandom, Ref: "draw"}, {Selection: ByIntelligence, Ref: "x", Text: "named person", Secret: true}},
		Methods: []Method{MachineScan, ManualPartial}, Items: []Item{{Line: 1, What: "count the cartons"}},
		Place: "yard 3", Area: "waigaoqiao", Office: "2218", Enterprise: "e1", IssuedBy: "system",
	}
}

func inspector(id string) Inspector {
	return Inspector{
		Officer: review.Officer{ID: id, Posts: []string{"inspector"}, Areas: []string{"waigaoqiao"}, OnDuty: true},
		Skills:  []string{"manual", "image-reading"},
	}
}

func crew() []Inspector {
	var all []Inspector
	for i := range 6 {
		all = append(all, inspector(fmt.Sprintf("o%d", i)))
	}
	return all
}

// must is for the steps of a test that are not its question.
func must(o *Order, err error) *Order {
	if err != nil {
		panic(err)
	}
	return o
}

func begun() *Order {
	o := must(Issue(BuiltIn(), draft(), now))
	o = must(o.Draw(BuiltIn(), crew(), key, nil, "", now))
	o = must(o.Notify(now))
	o = must(o.Arrive(now))
	return must(o.Begin(o.Inspectors()[0], now))
}

func result(o *Order, code string) Result {
	r := Result{
		Code: code, Answers: []Answer{{Item: 0, Text: "480, as declared"}}, Present: &Present{Name: "王芳", Signature: "ab12"},
		SealsBefore: []string{"S1"}, SealsAfter: []string{"S2"}, SignedBy: slices.Clone(o.Inspectors()), At: now,
	}
	if code != "N00" {
		r.Findings = []Finding{{Line: 1, Type: "quantity", Declared: "480", Found: "460"}}
	}
	return r
}

func codes(err error) []string {
	var all []string
	for _, f := range fault.All(err) {
		all = append(all, strings.TrimSpace(f.Code+" "+f.Path))
	}
	slices.Sort(all)
	return all
}

func TestLifecycleIsSound(t *testing.T) {
	if p := Lifecycle.Problems(); len(p) > 0 {
		t.Fatal(p)
	}
}

func TestRulesAreReadAndEveryFindingHasItsCode(t *testing.T) {
	r, err := BuiltIn().At(now.Date())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Method{Documents, Video, MachineScan, ManualPartial, ManualFull, Weigh, Radiation, Sampling} {
		if rule, ok := r.Method(m); !ok || rule.Title == "" || rule.TitleZH == "" {
			t.Errorf("%s: %+v", m, rule)
		}
	}
	for _, c := range r.Results {
		if c.Found != (c.Type != "") || c.Title == "" || c.TitleZH == "" {
			t.Errorf("%+v", c)
		}
	}
	if _, err := BuiltIn().At(clock.MustDate("1999-12-31")); !fault.Is(err, "INSPECTION-RULES-01") {
		t.Error(err)
	}
	for name, raw := range map[string]string{"nothing": "rules: []", "half a rule": "rules: [{validFrom: 2020-01-01}]", "a word we do not know": "rulez: []"} {
		if _, err := ReadRules([]byte(raw)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestAnOrderIsIssuedWithAllItsFaultsAtOnce(t *testing.T) {
	o, err := Issue(BuiltIn(), draft(), now)
	if err != nil || o.State != Issued || o.DueOn != now.Date().AddDays(7) || !o.Open() {
		t.Fatalf("%+v, %v", o, err)
	}
	_, err = Issue(BuiltIn(), Order{
		Sources: []Source{{Selection: "rumour"}}, Methods: []Method{"dance"}, Items: []Item{{}}, DueOn: now.Date() - 1,
		Target: Target{Containers: nil},
	}, now)
	want := []string{
		"INSPECTION-DUE-01 /dueOn", "INSPECTION-ISSUER-01 /issuedBy", "INSPECTION-ITEM-01 /items/0", "INSPECTION-METHOD-01 /methods/0",
		"INSPECTION-PLACE-01 /place", "INSPECTION-SOURCE-01 /sources/0/selection", "INSPECTION-SUBJECT-01 /subject", "INSPECTION-TARGET-01 /target",
	}
	if diff := cmp.Diff(want, codes(err)); diff != "" {
		t.Error(diff)
	}
}

func TestInspectorsAreDrawnAmongThoseWhoMayAndCan(t *testing.T) {
	o := must(Issue(BuiltIn(), draft(), now))
	off, elsewhere, clerk, unskilled, friend, issuer := inspector("a"), inspector("b"), inspector("c"), inspector("d"), inspector("e"), inspector("f")
	off.OnDuty = false
	elsewhere.Areas = []string{"yangshan"}
	clerk.Posts = []string{"filing-officer"}
	unskilled.Skills = []string{"manual"}
	friend.Interests = []string{"e1"}
	o.IssuedBy = "f"
	all := append(crew(), off, elsewhere, clerk, unskilled, friend, issuer)
	rules, err := BuiltIn().At(now.Date())
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Candidates(all, []string{"o0"}, rules); !slices.Equal(got, []string{"o1", "o2", "o3", "o4", "o5"}) {
		t.Errorf("candidates %v", got)
	}
	_, err = o.Draw(BuiltIn(), all[6:], key, nil, "", now)
	if !fault.Is(err, "INSPECTION-DRAW-01") {
		t.Errorf("drawn from nobody: %v", err)
	}
	one := must(o.Draw(BuiltIn(), all, key, nil, "", now))
	if _, err := one.Draw(BuiltIn(), all, key, one.Inspectors()[:1], "", now); !fault.Is(err, "INSPECTION-DRAW-03") {
		t.Errorf("drawn again without a reason: %v", err)
	}
	two := must(one.Draw(BuiltIn(), all, key, one.Inspectors()[:1], "ill", now))
	if slices.Contains(two.Inspectors(), one.Inspectors()[0]) || len(two.Drawings) != 2 || len(one.Drawings) != 1 {
		t.Errorf("%+v", two.Drawings)
	}
	if _, err := begun().Draw(BuiltIn(), all, key, nil, "late", now); !fault.Is(err, "INSPECTION-LIFECYCLE-01") {
		t.Errorf("drawn again during the inspection: %v", err)
	}
}

func TestADrawCanBeRepeatedByAnybodyWithTheKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draft()
		d.ID = rapid.StringMatching(`[a-z0-9]{1,12}`).Draw(t, "id")
		var all []Inspector
		for i := range rapid.IntRange(2, 30).Draw(t, "officers") {
			all = append(all, inspector(fmt.Sprintf("o%02d", i)))
		}
		k := review.PeriodKey{Period: "p"}
		copy(k.Key[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		a := must(must(Issue(BuiltIn(), d, now)).Draw(BuiltIn(), all, k, nil, "", now))
		b := must(must(Issue(BuiltIn(), d, now)).Draw(BuiltIn(), rapid.Permutation(all).Draw(t, "shuffled"), k, nil, "", now))
		if diff := cmp.Diff(a.Drawings, b.Drawings); diff != "" {
			t.Fatalf("the order of the officers changes the draw: %s", diff)
		}
		drawing := a.Drawings[0]
		if len(drawing.Drawn) != 2 || drawing.Drawn[0] == drawing.Drawn[1] || !drawing.Repeats(d.ID, k) {
			t.Fatalf("%+v", drawing)
		}
		forged := drawing
		forged.Drawn = []string{drawing.Drawn[1], drawing.Drawn[0]}
		if forged.Repeats(d.ID, k) {
			t.Fatal("another order of inspectors passes as the draw")
		}
	})
}

func TestEveryInspectorIsDrawnAboutEquallyOften(t *testing.T) {
	count := map[string]int{}
	const orders = 3000
	for i := range orders {
		d := draft()
		d.ID = fmt.Sprintf("order-%d", i)
		for _, who := range must(must(Issue(BuiltIn(), d, now)).Draw(BuiltIn(), crew(), key, nil, "", now)).Inspectors() {
			count[who]++
		}
	}
	for who, n := range count {
		if n < 850 || n > 1150 { // expected 1000, five standard deviations are about 130
			t.Errorf("%s was drawn %d times of %d", who, n, orders)
		}
	}
}

func TestTheWayOfANormalInspection(t *testing.T) {
	o := begun()
	o, err := o.Record(BuiltIn(), result(o, "N00"))
	if err != nil || o.State != Normal || o.Open() {
		t.Fatalf("%+v, %v", o, err)
	}
	o, label, err := o.FeedBack("l1", now)
	want := Label{ID: "l1", Subject: "d1", How: []Selection{ByRandom, ByIntelligence}, Outcome: OutcomeNormal, Order: "i1", At: now}
	if diff := cmp.Diff(want, label); err != nil || diff != "" || o.State != FedBack {
		t.Fatalf("%s %v %s", o.State, err, diff)
	}
	if err := label.Validate(); err != nil || !label.Random() {
		t.Error(err)
	}
}

func TestTheWayOfAnAbnormalInspection(t *testing.T) {
	o := begun()
	o = must(o.Record(BuiltIn(), result(o, "F01")))
	if o.State != Abnormal || !o.Open() || !o.Result.Found {
		t.Fatalf("%+v", o)
	}
	if _, _, err := o.FeedBack("l1", now); !fault.Is(err, "INSPECTION-LIFECYCLE-01") {
		t.Errorf("fed back before it was disposed of: %v", err)
	}
	if _, err := o.Dispose(Disposal{Measure: "forget"}); !slices.Equal(codes(err), []string{"INSPECTION-DISPOSE-01 /measure", "INSPECTION-DISPOSE-02 /proposal"}) {
		t.Errorf("%v", err)
	}
	o = must(o.Dispose(Disposal{Measure: "levy", Proposal: "p1", TaxEffect: 12_345_00, At: now}))
	_, label, err := o.FeedBack("l1", now)
	if err != nil || label.Outcome != OutcomeFound || label.TaxEffect != num.Money(12_345_00) || !slices.Equal(label.Types, []string{"quantity"}) {
		t.Fatalf("%+v, %v", label, err)
	}
}

func TestAResultIsRefusedWithAllItsFaults(t *testing.T) {
	o := begun()
	for name, c := range map[string]struct {
		change func(*Result)
		want   []string
	}{
		"a code that is none":        {func(r *Result) { r.Code = "X" }, []string{"INSPECTION-RESULT-01 /code"}},
		"normal with a finding":      {func(r *Result) { r.Findings = []Finding{{Type: "value"}} }, []string{"INSPECTION-RESULT-02 /findings"}},
		"abnormal without one":       {func(r *Result) { r.Code = "F03" }, []string{"INSPECTION-RESULT-02 /findings"}},
		"a finding of no kind":       {func(r *Result) { r.Code, r.Findings = "F03", []Finding{{Type: "smell"}} }, []string{"INSPECTION-RESULT-06 /findings/0/type"}},
		"one signature":              {func(r *Result) { r.SignedBy = r.SignedBy[:1] }, []string{"INSPECTION-RESULT-03 /signedBy"}},
		"a stranger's signature":     {func(r *Result) { r.SignedBy = append(r.SignedBy, "x") }, []string{"INSPECTION-RESULT-03 /signedBy"}},
		"nobody for the party":       {func(r *Result) { r.Present = nil }, []string{"INSPECTION-RESULT-04 /present"}},
		"an item without answer":     {func(r *Result) { r.Answers = nil }, []string{"INSPECTION-RESULT-05 /answers"}},
		"opened and not sealed anew": {func(r *Result) { r.SealsAfter = nil }, []string{"INSPECTION-SEAL-01 /sealsAfter"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := result(o, "N00")
			c.change(&r)
			n, err := o.Record(BuiltIn(), r)
			if diff := cmp.Diff(c.want, codes(err)); diff != "" || n != nil {
				t.Errorf("%v %s", n, diff)
			}
		})
	}
}

func TestWhoBegins(t *testing.T) {
	o := must(must(must(Issue(BuiltIn(), draft(), now)).Notify(now)).Arrive(now))
	if _, err := o.Begin("o1", now); !fault.Is(err, "INSPECTION-DRAW-02") {
		t.Errorf("begun before the draw: %v", err)
	}
	o = must(o.Draw(BuiltIn(), crew(), key, nil, "", now))
	if _, err := o.Begin("stranger", now); !fault.Is(err, "INSPECTION-INSPECTOR-01") {
		t.Errorf("begun by a stranger: %v", err)
	}
	who := o.Inspectors()[0]
	for name, alone := range map[string]Alone{"no reason": {Approver: "boss"}, "nobody's leave": {Reason: "smoke"}, "his own leave": {Reason: "smoke", Approver: who}} {
		if _, err := o.BeginAlone(who, alone, now); !fault.Is(err, "INSPECTION-ALONE-01") {
			t.Errorf("%s: %v", name, err)
		}
	}
	alone := must(o.BeginAlone(who, Alone{Reason: "smoke", Approver: "boss"}, now))
	r := result(alone, "N00")
	r.Present = nil
	if _, err := alone.Record(BuiltIn(), r); err != nil {
		t.Errorf("opened alone, and yet a party must sign: %v", err)
	}
}

func TestWithdrawingAndBeingLate(t *testing.T) {
	o := must(Issue(BuiltIn(), draft(), now))
	if _, err := o.Withdraw(""); !fault.Is(err, "INSPECTION-WITHDRAW-01") {
		t.Error(err)
	}
	if w := must(o.Withdraw("declaration cancelled")); w.Open() || w.State != Withdrawn {
		t.Errorf("%+v", w)
	}
	if _, err := begun().Withdraw("too late"); !fault.Is(err, "INSPECTION-LIFECYCLE-01") {
		t.Error(err)
	}
	if o.Overdue(o.DueOn.End()-1) || !o.Overdue(o.DueOn.End()) {
		t.Error("the deadline ends at 24:00 of its day")
	}
}

func TestASecretReasonIsNotShownAtTheSite(t *testing.T) {
	o := must(Issue(BuiltIn(), draft(), now))
	want := []Source{{Selection: ByRandom, Ref: "draw"}, {Selection: ByIntelligence, Secret: true}}
	if diff := cmp.Diff(want, o.VisibleSources()); diff != "" {
		t.Error(diff)
	}
}

func TestLabelsFromOutside(t *testing.T) {
	if err := (Label{Subject: "d9", How: []Selection{ByOfficer}, Outcome: OutcomeFound, Types: []string{"value"}, TaxEffect: 100}).Validate(); err != nil {
		t.Fatal(err)
	}
	got := codes(Label{How: []Selection{"dice"}, Outcome: OutcomeNormal, TaxEffect: 1}.Validate())
	want := []string{"INSPECTION-LABEL-01 /outcome", "INSPECTION-LABEL-02 /types", "INSPECTION-SOURCE-01 /how/0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestNoEventsBreakAnOrder applies events in any order: a refused one gives
// nothing, and no order becomes normal or disposed without its result.
func TestNoEventsBreakAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := must(Issue(BuiltIn(), draft(), now))
		for range rapid.IntRange(0, 25).Draw(t, "events") {
			before := *o
			var n *Order
			var err error
			switch rapid.IntRange(0, 8).Draw(t, "event") {
			case 0:
				n, err = o.Notify(now)
			case 1:
				n, err = o.Arrive(now)
			case 2:
				n, err = o.Draw(BuiltIn(), crew(), key, nil, "again", now)
			case 3:
				n, err = o.Begin("o1", now)
			case 4:
				n, err = o.Record(BuiltIn(), result(o, rapid.SampledFrom([]string{"N00", "F01", "F99"}).Draw(t, "code")))
			case 5:
				n, err = o.Dispose(Disposal{Measure: "amend", Proposal: "p"})
			case 6:
				n, _, err = o.FeedBack("l", now)
			case 7:
				n, err = o.BeginAlone("o2", Alone{Reason: "r", Approver: "b"}, now)
			case 8:
				if rapid.IntRange(0, 9).Draw(t, "withdraw") == 0 {
					n, err = o.Withdraw("r")
				} else {
					continue
				}
			}
			if diff := cmp.Diff(before, *o); diff != "" {
				t.Fatalf("the order was changed in place: %s", diff)
			}
			if err != nil {
				if n != nil || fault.All(err) == nil {
					t.Fatalf("%v with %v", n, err)
				}
				continue
			}
			o = n
			if (o.State == Normal || o.State == Abnormal || o.State == Disposed || o.State == FedBack) != (o.Result != nil) {
				t.Fatalf("%s with result %v", o.State, o.Result)
			}
		}
	})
}

func TestAnOrderSurvivesTheStore(t *testing.T) {
	o := begun()
	o = must(o.Record(BuiltIn(), result(o, "F01")))
	o = must(o.Dispose(Disposal{Measure: "levy", Proposal: "p1", TaxEffect: 1, At: now}))
	o, _, err := o.FeedBack("l1", now)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Order
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(o, &back); diff != "" {
		t.Error(diff)
	}
}
