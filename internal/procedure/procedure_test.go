package procedure

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

func source(t testing.TB, mode string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "procedures", mode+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parsed(t testing.TB, mode string) *Mode {
	t.Helper()
	m, err := Parse([]byte(source(t, mode)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var shippedModes = []string{"enter-first", "first-line-entry", "import-direct", "second-line-exit"}

func instant(s string) clock.Instant {
	var i clock.Instant
	if err := i.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return i
}

func TestDueRules(t *testing.T) {
	events := map[Event]clock.Instant{
		EntryDeclared: instant("2026-11-22T20:00:00+08:00"), Accepted: instant("2014-06-12T09:00:00+08:00"),
		WasSold: instant("2026-12-15T10:00:00+08:00"), Issued: instant("2004-01-10T10:00:00+08:00"),
		GateOut: instant("2026-11-22T23:30:00+08:00"), Released: instant("2026-01-31T00:00:00+08:00"),
	}
	calendar := &clock.Calendar{
		Holidays: map[clock.Date]string{clock.MustDate("2026-12-07"): "test"}, KnownUntil: clock.MustDate("2026-12-31"),
	}
	for due, want := range map[string]string{
		"entry_declared+14d":                  "2026-12-06 whole day",
		"entry_declared+14d to working day":   "2026-12-08 whole day", // Sunday, then a holiday
		"issued+15d":                          "2004-01-25 whole day", // vector T1
		"accepted+5wd next month":             "2014-07-07 whole day", // vector T21
		"sold+15d next month":                 "2027-01-15 whole day provisional?",
		"min(sold+30d,sold year-end)":         "2026-12-31 whole day",
		"min(sold+30d, sold year-end)":        "2026-12-31 whole day",
		"max(sold+30d,sold year-end)":         "2027-01-14 whole day",
		"sold month-end":                      "2026-12-31 whole day",
		"released+1m":                         "2026-02-28 whole day",
		"released+31d next month":             "2026-02-28 whole day",
		"released+1y":                         "2027-01-31 whole day",
		"sold+1wd":                            "2026-12-16 whole day",
		"sold+13wd":                           "2027-01-01 whole day provisional",
		"gate_out+90min":                      "2026-11-23 01:00",
		"gate_out+4h":                         "2026-11-23 03:30",
		"gate_out+0min":                       "2026-11-22 23:30",
		"gate_out+1d+2h":                      "2026-11-24 02:00", // hours after the end of a day
		"gate_out-1d":                         "2026-11-21 whole day",
		"gate_out":                            "2026-11-22 whole day",
		"min(form_expiry,sold+6m)":            "2027-06-15 whole day", // the event that is not known is passed over
		"max(min(sold,gate_out),accepted+1d)": "2026-11-22 whole day",
	} {
		d, err := ParseDue(due)
		if err != nil {
			t.Error(err)
			continue
		}
		at, err := d.Resolve(func(e Event) (clock.Instant, bool) { i, ok := events[e]; return i, ok }, calendar)
		if err != nil {
			t.Errorf("%s: %v", due, err)
			continue
		}
		got := at.Day.String() + at.At.Time().Format(" 15:04")
		if at.At == at.Day.End() {
			got = at.Day.String() + " whole day"
		}
		if at.Provisional {
			got += " provisional"
		}
		if strings.TrimSuffix(want, " provisional?") != got {
			t.Errorf("%s is %s, want %s", due, got, want)
		}
		if d.String() != due {
			t.Errorf("%s prints as %s", due, d)
		}
	}
	d, err := ParseDue("form_expiry+1d")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Resolve(func(Event) (clock.Instant, bool) { return 0, false }, nil); !fault.Is(err, "PROCEDURE-DUE-02") {
		t.Error(err)
	}
}

func TestWhatIsNoDueRuleIsRefused(t *testing.T) {
	for _, due := range []string{
		"", "+14d", "sold+", "sold+d", "sold+14", "sold+14x", "sold+-1d", "sold + 14d", "min(sold)", "min(sold,)", "min(sold,sold",
		"sold+1h next month", "sold-1wd", "sold-5d next month", "sold+99999d", "sold+0d", "sold+1d)", "Sold+1d", "min(min(min(min(min(a,b),b),b),b),b)",
		"sold next month", strings.Repeat("a", 300),
	} {
		if _, err := ParseDue(due); !fault.Is(err, "PROCEDURE-DUE-01") {
			t.Errorf("%q: %v", due, err)
		}
	}
}

func codes(err error) []string {
	var out []string
	for _, f := range fault.All(err) {
		out = append(out, f.Code+" "+f.Path)
	}
	return out
}

func TestAFileIsRefusedWithEveryFaultAndItsLine(t *testing.T) {
	good := source(t, "enter-first")
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q in the file", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct{ file, want string }{
		"an unknown key":        {replace("credit: 3", "kredit: 3"), "PROCEDURE-FILE-01 "},
		"a key twice":           {replace("credit: 3", "credit: 3\ncredit: 4"), "PROCEDURE-FILE-01 "},
		"no YAML":               {"mode: [", "PROCEDURE-FILE-01 "},
		"an empty file":         {"", "PROCEDURE-FILE-01 "},
		"two documents":         {good + "\n---\nmode: x\n", "PROCEDURE-FILE-01 "},
		"a number that is none": {replace("version: 1", "version: one"), "PROCEDURE-FILE-01 "},
		"a list for a word":     {replace("risk: enter-first", "risk: [a]"), "PROCEDURE-FILE-01 "},
		"no title in Chinese":   {replace(`{en: "Enter first, declare later", zh: 先入区、后报关}`, "{en: Enter first}"), "PROCEDURE-FILE-02 /title/zh"},
		"no steps":              {good[:strings.Index(good, "steps:")], "PROCEDURE-FILE-02 /steps"},
		"an unknown place":      {replace("from: provisional, to: difference", "from: provisional, to: limbo"), "PROCEDURE-WORD-01 /steps/4/post/0/to"},
		"an unknown condition":  {replace("when: [same-as-application]", "when: [good-weather]"), "PROCEDURE-WORD-01 /steps/7/when/0"},
		"an unknown paper":      {replace("lading-application: [", "love-letter: ["), "PROCEDURE-WORD-01 /requires/love-letter"},
		"an unknown event":      {replace("due: entry_declared+14d", "due: sunrise+14d"), "PROCEDURE-WORD-01 /debts/0/due"},
		"a bad due rule":        {replace("due: entry_declared+14d", "due: in a fortnight"), "PROCEDURE-DUE-01 /debts/0/due"},
		"an unknown step":       {replace("after: [apply]", "after: [applied]"), "PROCEDURE-REF-01 /steps/1/after/0"},
		"an unknown debt":       {replace("{debt: declare, of: passed}", "{debt: owe, of: passed}"), "PROCEDURE-REF-01 /steps/3/open/0/debt"},
		"a step twice":          {replace("step: port-out", "step: note"), "PROCEDURE-NAME-02 /steps/2/step"},
		"a bad name":            {replace("mode: enter-first", "mode: Enter First"), "PROCEDURE-NAME-01 /mode"},
		"no element":            {replace("/manifest,", "manifest,"), "PROCEDURE-NAME-03 /requires/lading-application/8"},
		"a bad day":             {replace("2014-05-01", "2014-02-30"), "CLOCK-DATE-01 /valid/from"},
		"ends before it begins": {replace("{from: 2014-05-01}", "{from: 2014-05-01, to: 2014-04-30}"), "PROCEDURE-VALUE-01 /valid/to"},
		"a bad credit level":    {replace("credit: 3", "credit: 6"), "PROCEDURE-VALUE-01 /credit"},
		"a share of a bad kind": {replace(`4: "0.5"`, `4: "half"`), "NUM-SYNTAX-01 /debts/0/hold/share"},
		"a share left out":      {replace(`, 4: "0.5"`, ``), "PROCEDURE-FILE-02 /debts/0/hold/share/4"},
		"stages out of order":   {replace("after: 30", "after: 1"), "PROCEDURE-VALUE-01 /debts/0/overdue/1/after"},
		"undo none, no reason":  {replace(`{how: none, reason: "a truck that left the port did leave it"}`, "{how: none}"), "PROCEDURE-VALUE-01 /steps/2/undo/reason"},
		"no way of undoing":     {replace(`undo: {how: none, reason: "a truck that left the port did leave it"}`, ""), "PROCEDURE-FILE-02 /steps/2/undo/how"},
		"three officers":        {replace("officers: 2", "officers: 3"), "PROCEDURE-VALUE-01 /steps/10/confirm/0/officers"},
		"a settle with places":  {replace("{do: settle, as: draw,", "{do: settle, as: draw, from: undrawn,"), "PROCEDURE-FILE-02 /steps/7/post/0/from"},
		"a reserve no name":     {replace("{do: reserve, as: draw,", "{do: reserve,"), "PROCEDURE-FILE-02 /steps/0/post/0/as"},
		"a timer without time":  {replace("kind: fact", "kind: timer"), "PROCEDURE-VALUE-01 /steps/2/at"},
		"a huge file":           {good + strings.Repeat("# x\n", 100_000), "PROCEDURE-FILE-03 "},
	} {
		_, err := Parse([]byte(c.file))
		if !slices.Contains(codes(err), c.want) {
			t.Errorf("%s: %q, want %s", name, codes(err), c.want)
		}
	}
	_, err := Parse([]byte(replace("credit: 3", "kredit: 3")))
	if text := err.Error(); !strings.Contains(text, "line 9: field kredit not found") || strings.Contains(text, "procedure.") {
		t.Error(text)
	}
	// Several faults come together.
	_, err = Parse([]byte(strings.NewReplacer("credit: 3", "credit: 9", "to: difference", "to: limbo", "entry_declared+14d", "soon").Replace(good)))
	if len(fault.All(err)) != 3 {
		t.Error(codes(err))
	}
}

func TestCheckFindsWhatIsWrongWithAMode(t *testing.T) {
	for _, c := range []struct{ mode, old, new, want string }{
		{"enter-first", "step: note\n", "step: note\n    at_end: 1\n", ""},
		{"second-line-exit", "after: [lodge]", "after: [lodge, release]", "PROCEDURE-CHECK-01"},
		{"enter-first", "    final: true\n    undo: {how: reverse, review: true}\n\n  - step: return", "    final: true\n    repeats: true\n    undo: {how: reverse, review: true}\n\n  - step: return", "PROCEDURE-CHECK-02"},
		{"enter-first", "kind: fact\n    actor: {role: gate, office: zone}", "kind: fact\n    when: [risk-cleared]\n    actor: {role: gate, office: zone}", "PROCEDURE-CHECK-03"},
		{"enter-first", "    issues: [gate-note]\n", "", "PROCEDURE-CHECK-04"},
		{"import-direct", "    final: true\n", "", "PROCEDURE-CHECK-05"},
		{"enter-first", "    optional: true           # not every port gate reports\n", "", "PROCEDURE-CHECK-06"},
		{"import-direct", "papers: [bill-of-entry]", "papers: [bill-of-entry, stock-note]", "PROCEDURE-CHECK-07"},
		{"import-direct", "  bill-of-entry: [/direction,", "  stock-note: [/x]\n  bill-of-entry: [/direction,", "PROCEDURE-CHECK-08"},
		{"import-direct", "/levyNature,", "/weather,", "PROCEDURE-CHECK-09"},
		{"second-line-exit", "    open:\n      - {debt: tax, of: assessed, when: [tax-due]}\n", "", "PROCEDURE-CHECK-10"},
		{"second-line-exit", "    overdue:\n      - {after: 1, bite: [alarm, late-payment-fee]}\n      - {after: 90, bite: [credit-event, open-case]}      # tax overdue for three months, DR §8.1\n", "", "PROCEDURE-CHECK-11"},
		{"second-line-exit", "    discharge:\n      - {debt: tax, by: by-line, of: paid}\n", "", "PROCEDURE-CHECK-12"},
		{"second-line-exit", "due: accept+15d", "due: release+15d", "PROCEDURE-CHECK-13"},
		{"enter-first", "guarantee-enough, nothing-overdue", "nothing-overdue", "PROCEDURE-CHECK-14"},
		{"second-line-exit", "    dates: {rates: accept, exchange: accept}", "    # none", "PROCEDURE-CHECK-15"},
		{"second-line-exit", "    paper: verification-list\n", "    paper: verification-list\n    repeats: true\n", "PROCEDURE-CHECK-16"},
		{"second-line-exit", "after: [release, list, gate-out]\n    when", "after: [release, gate-out]\n    when", ""},
		{"first-line-entry", "after: [release, list]\n", "after: [release]\n", ""},
		{"first-line-entry", "{do: settle, as: stock, of: listed}", "{do: settle, as: shelf, of: listed}", "PROCEDURE-CHECK-17"},
		{"first-line-entry", "{do: settle, as: stock, of: listed}", "{item: book-line, from: on-hand, to: scrap, of: listed}", "PROCEDURE-CHECK-19"},
		{"first-line-entry", "from: undrawn, to: drawn", "from: drawn, to: drawn", "PROCEDURE-CHECK-20"},
		{"first-line-entry", "from: undrawn, to: drawn", "from: in-transit, to: drawn", "PROCEDURE-CHECK-21"},
		{"first-line-entry", "from: undrawn, to: drawn", "from: undrawn, to: in-transit", "PROCEDURE-CHECK-22"},
		{"first-line-entry", "areas: []            # every area of the zone", "areas: [MARS]", "PROCEDURE-CHECK-23"},
		{"first-line-entry", "CL art. 26]", "CL art. 999]", "PROCEDURE-CHECK-24"},
	} {
		text := source(t, c.mode)
		if !strings.Contains(text, c.old) {
			t.Errorf("%s: no %q in %s", c.want, c.old, c.mode)
			continue
		}
		m, err := Parse([]byte(strings.Replace(text, c.old, c.new, 1)))
		if err != nil {
			if c.want != "" {
				t.Errorf("%s: %v", c.want, err)
			}
			continue
		}
		found := Check(m, Known{
			Elements: map[Paper][]string{BillOfEntry: slices.DeleteFunc(m.Elements(BillOfEntry), func(e string) bool { return e == "/weather" })},
			Areas:    []string{"WGQ"}, Law: func(ref string, _ clock.Date) bool { return ref != "CL art. 999" },
		})
		if c.want != "" && !fault.Is(found, c.want) {
			t.Errorf("%s in %s: %v", c.want, c.mode, found)
		}
		if c.want == "" && len(found) > 0 {
			t.Errorf("%s with %q: %v", c.mode, c.new, found)
		}
	}
	m := parsed(t, "first-line-entry")
	for _, s := range m.Steps {
		s.Post = slices.DeleteFunc(s.Post, func(p Posting) bool { return p.Do == ledger.Settle || p.Do == ledger.Void })
	}
	if found := Check(m, Known{}); !fault.Is(found, "PROCEDURE-CHECK-18") {
		t.Error(found)
	}
}

// filing is a paper that lacks the places named.
type filing map[string][]string

func (f filing) Missing(element string) []string { return f[element] }

func situation(done ...string) Situation {
	s := Situation{
		At: instant("2026-11-24T10:00:00+08:00"), Area: "WGQ", Credit: 3,
		Events: map[Event]clock.Instant{EntryDeclared: instant("2026-11-22T20:00:00+08:00")},
		Done:   map[string]clock.Instant{}, True: map[Condition]bool{},
	}
	for i, d := range done {
		s.Done[d] = instant("2026-11-23T09:00:00+08:00") + clock.Instant(i)
	}
	return s
}

func TestMissingElementsAreNamedWhereTheyAreMissing(t *testing.T) {
	m := parsed(t, "first-line-entry")
	s := situation()
	s.Paper = filing{"/tradeMode": {"/tradeMode"}, "/lines/*/origin": {"/lines/1/origin", "/lines/4/origin"}, "/remarks": {"/remarks"}}
	_, err := m.Do(StepLodge, s)
	want := []string{"PROCEDURE-ELEMENT-01 /tradeMode", "PROCEDURE-ELEMENT-01 /lines/1/origin", "PROCEDURE-ELEMENT-01 /lines/4/origin"}
	if diff := cmp.Diff(want, codes(err)); diff != "" {
		t.Error(diff)
	}
	if n := len(m.Elements(FilingBill)); n != 30 {
		t.Errorf("the unified filing bill has %d elements, not 30", n)
	}
}

func TestAModeIsBegunOnlyWhereItIsOpen(t *testing.T) {
	m := parsed(t, "enter-first")
	m.Areas = []string{"YS"}
	s := situation()
	s.At, s.Credit = instant("2014-04-30T23:59:00+08:00"), 2
	_, err := m.Do(StepApply, s)
	want := []string{"PROCEDURE-VALID-01 /procedure", "PROCEDURE-AREA-01 /procedure", "PROCEDURE-CREDIT-01 /procedure"}
	if diff := cmp.Diff(want, codes(err)); diff != "" {
		t.Error(diff)
	}
	// An open case goes on, whatever happened to the permission.
	s.Done = map[string]clock.Instant{StepApply: s.At}
	if _, err := m.Do(StepNote, s); err != nil {
		t.Error(err)
	}
}

func TestTwoCustomsConfirmInTheirOrder(t *testing.T) {
	m := parsed(t, "enter-first")
	zone, port := Given{Customs, ZoneOffice, []string{"a"}}, Given{Customs, PortOffice, []string{"b"}}
	ready := func(s Situation) Situation {
		for _, c := range m.Step(StepApply).When {
			s.True[c] = true
		}
		return s
	}
	for name, c := range map[string]struct {
		given   []Given
		low     bool
		missing int
		want    string
	}{
		"none yet":                   {nil, false, 2, ""},
		"the zone has":               {[]Given{zone}, false, 1, ""},
		"both have":                  {[]Given{zone, port}, false, 0, ""},
		"the port cannot come first": {[]Given{port, zone}, false, 0, "PROCEDURE-CONFIRM-01"},
		"one officer is not both":    {[]Given{zone, {Customs, PortOffice, []string{"a"}}}, false, 0, "PROCEDURE-CONFIRM-02"},
		"nobody signed":              {[]Given{{Customs, ZoneOffice, nil}}, false, 1, "PROCEDURE-CONFIRM-02"},
		"one too many":               {[]Given{zone, port, zone}, false, 0, "PROCEDURE-CONFIRM-03"},
		"low risk needs nobody":      {nil, true, 0, ""},
		"low risk, port looked":      {[]Given{port}, true, 0, ""},
	} {
		s := ready(situation())
		s.Confirmed, s.LowRisk = c.given, c.low
		out, err := m.Do(StepApply, s)
		if c.want != "" {
			if !fault.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(out.Missing) != c.missing || out.Ready != (c.missing == 0) || out.Machine != (c.low && len(c.given) == 0) {
			t.Errorf("%s: missing %v, ready %t, machine %t, %v", name, out.Missing, out.Ready, out.Machine, err)
		}
	}
	s := situation()
	s.LowRisk = true
	if out, err := m.Do(StepApply, s); err != nil || out.Ready || len(out.Unmet) != 4 {
		t.Errorf("conditions that do not hold: %+v %v", out.Unmet, err)
	}
}

func TestTheGateOpensTheDebtWithItsCover(t *testing.T) {
	m := parsed(t, "enter-first")
	for level, want := range map[int]num.Rate{5: 0, 4: num.OneRate / 2, 3: num.OneRate, 2: num.OneRate, 0: num.OneRate} {
		s := situation(StepApply, StepNote)
		s.Credit = level
		out, err := m.Do(StepGateIn, s)
		if err != nil || !out.Ready || len(out.Open) != 1 || len(out.Findings) > 0 {
			t.Fatalf("%+v %v", out, err)
		}
		if o := out.Open[0]; o.Share != want || o.Due.Day != clock.MustDate("2026-12-06") || o.Of != PassedNow || len(o.Stages) != 5 {
			t.Errorf("level %d: %+v", level, o)
		}
		if len(out.Post) != 2 || out.Post[1].Ledger != ledger.Physical {
			t.Errorf("%+v", out.Post)
		}
	}
}

func TestAFactIsNeverRefused(t *testing.T) {
	for _, mode := range shippedModes {
		m := parsed(t, mode)
		for _, st := range m.Steps {
			if st.Kind != Fact {
				continue
			}
			s := situation()
			s.Events, s.Area = nil, "nowhere"
			s.Credit = 0
			out, err := m.Do(st.ID, s)
			if err != nil || !out.Ready || len(out.Findings) == 0 {
				t.Errorf("%s %s: %+v %v", mode, st.ID, out.Findings, err)
			}
			for _, o := range out.Open {
				if !o.Due.Provisional || o.Due.Day == 0 {
					t.Errorf("%s %s: due %+v", mode, st.ID, o.Due)
				}
			}
		}
	}
}

func TestReleaseWaitsForItsConditions(t *testing.T) {
	m := parsed(t, "second-line-exit")
	s := situation(StepList, StepLodge, StepAccept)
	s.LowRisk = true
	out, err := m.Do(StepRelease, s)
	if diff := cmp.Diff([]Condition{RiskCleared, LicencesThere, TaxSettled}, out.Unmet); err != nil || diff != "" || out.Ready {
		t.Error(err, diff)
	}
	for _, c := range out.Unmet {
		s.True[c] = true
	}
	if out, err = m.Do(StepRelease, s); err != nil || !out.Ready || len(out.Issues) != 1 {
		t.Error(out, err)
	}
	if _, err := m.Do("sleep", s); !fault.Is(err, "PROCEDURE-STEP-01") {
		t.Error(err)
	}
	if _, err := m.Do(StepLodge, s); !fault.Is(err, "PROCEDURE-DONE-01") {
		t.Error(err)
	}
	if _, err := m.Do(StepPost, s); !fault.Is(err, "PROCEDURE-ORDER-01") {
		t.Error(err)
	}
	s.Done[StepPost] = s.At
	if _, err := m.Do(StepNote, s); !fault.Is(err, "PROCEDURE-CLOSED-01") {
		t.Error(err)
	}
}

func TestRatesAreOfTheDayOfAcceptance(t *testing.T) {
	m := parsed(t, "import-direct")
	s := situation(StepLodge)
	s.True[TaxDue], s.True[LadingKnown] = true, true
	out, err := m.Do(StepAccept, s)
	if err != nil || out.RatesOn != clock.MustDate("2026-11-24") || out.ExchangeOn != out.RatesOn || len(out.Post) != 1 || len(out.Open) != 1 {
		t.Errorf("%+v %v", out, err)
	}
	s.True = nil
	if out, err = m.Do(StepAccept, s); err != nil || len(out.Post) != 0 || len(out.Open) != 0 {
		t.Errorf("a bill without lading and tax: %+v %v", out, err)
	}
	s.True = map[Condition]bool{TaxDue: true, GuaranteeEnough: true, NothingOverdue: true}
	s.Done[StepAccept] = instant("2014-06-12T09:00:00+08:00")
	if out, err = m.Do("consolidate", s); err != nil || len(out.Carry) != 1 || out.Carry[0].Into.Due.Day != clock.MustDate("2014-07-07") {
		t.Errorf("%+v %v", out.Carry, err)
	}
}

func TestLimitsCountAgainstWhoHasToAct(t *testing.T) {
	m := parsed(t, "second-line-exit")
	s := situation(StepList, StepLodge, StepAccept)
	limit := func() *Deadline {
		for _, w := range m.Next(s) {
			if w.Step.ID == StepRelease {
				return w.Limit
			}
		}
		t.Fatal("release is not next")
		return nil
	}
	if at := limit(); at != nil {
		t.Errorf("the officer is blamed while tax is open: %+v", at)
	}
	s.True = map[Condition]bool{RiskCleared: true, LicencesThere: true, TaxSettled: true}
	if at := limit(); at == nil || at.Day != clock.MustDate("2026-11-24") {
		t.Errorf("%+v", at)
	}
}

func TestUndoReversesWhatTheStepDid(t *testing.T) {
	m := parsed(t, "enter-first")
	s := situation(StepApply, StepNote, StepGateIn, StepLodge, StepAccept)
	u, err := m.Reverse(StepAccept, s)
	if err != nil {
		t.Fatal(err)
	}
	if !u.Review || len(u.Reopen) != 1 || u.Reopen[0].Name != "declare" {
		t.Errorf("%+v", u)
	}
	want := []Posting{
		{Do: ledger.Post, Ledger: ledger.Legal, Item: LadingLine, From: ledger.Drawn, To: ledger.Undrawn, Of: Declared},
		{Do: ledger.Reserve, As: "draw", Ledger: ledger.Legal, Item: LadingLine, From: ledger.Undrawn, To: ledger.Drawn, Of: Declared},
	}
	if diff := cmp.Diff(want, u.Post); diff != "" {
		t.Error(diff)
	}
	for step, code := range map[string]string{
		StepGateIn: "PROCEDURE-UNDO-01", StepRelease: "PROCEDURE-UNDO-02", StepLodge: "PROCEDURE-UNDO-03", "x": "PROCEDURE-STEP-01",
	} {
		if _, err := m.Reverse(step, s); !fault.Is(err, code) {
			t.Errorf("%s: %v", step, err)
		}
	}
	u, err = m.Reverse(StepPost, situation(StepPost))
	if err != nil || len(u.Turn) != 1 || u.Turn[0].In[0].Item != BookLine || u.Turn[0].Out[0].Item != LadingLine {
		t.Errorf("%+v %v", u, err)
	}
	u, err = parsed(t, "import-direct").Reverse("consolidate", func() Situation {
		s := situation(StepLodge, StepAccept, "consolidate")
		s.True = map[Condition]bool{TaxDue: true}
		return s
	}())
	if err != nil || len(u.Uncarry) != 1 {
		t.Errorf("%+v %v", u, err)
	}
}

// Whatever order somebody tries, a shipped mode never lets a step happen before
// those it stands on, never goes on after it was closed, and can always still be
// closed.
func TestNoWayThroughAModeEndsInTheMiddle(t *testing.T) {
	var modes []*Mode
	for _, name := range shippedModes {
		modes = append(modes, parsed(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(modes).Draw(t, "mode")
		s := situation()
		s.Credit, s.LowRisk = 5, false
		for _, c := range vocabulary["condition"] {
			if rapid.Bool().Draw(t, c) {
				s.True[Condition(c)] = true
			}
		}
		closed := false
		try := func(id string) {
			s.At += 60_000_000
			before := maps.Clone(s.Done)
			s.Confirmed = nil
			for i, c := range m.Step(id).Confirm {
				g := Given{By: c.By, Office: c.Office}
				for n := range c.Officers {
					g.Officers = append(g.Officers, fmt.Sprint(i, n))
				}
				s.Confirmed = append(s.Confirmed, g)
			}
			out, err := m.Do(id, s)
			if !maps.Equal(before, s.Done) {
				t.Fatal("a question changed the situation")
			}
			if err != nil || !out.Ready || m.Step(id).Kind == Fact && len(out.Findings) > 0 {
				return
			}
			if closed {
				t.Fatalf("%s after the case was closed", id)
			}
			for _, any := range m.Step(id).After {
				if !any.done(&s) {
					t.Fatalf("%s before %v", id, any)
				}
			}
			s.Done[id], closed = s.At, out.Closes
		}
		for range rapid.IntRange(0, 15).Draw(t, "tries") {
			try(rapid.SampledFrom(m.stepIDs()).Draw(t, "step"))
		}
		for _, c := range vocabulary["condition"] {
			s.True[Condition(c)] = true
		}
		for range len(m.Steps) {
			for _, w := range m.Next(s) {
				if !closed {
					try(w.Step.ID)
				}
			}
		}
		if !closed {
			t.Fatalf("%s cannot be closed after %v", m.ID, slices.Sorted(maps.Keys(s.Done)))
		}
	})
}

func TestCatalogueKeepsVersionsApart(t *testing.T) {
	text := source(t, "enter-first")
	second := strings.NewReplacer("version: 1", "version: 2", "{from: 2014-05-01}", "{from: 2027-01-01}").Replace(text)
	first := strings.Replace(text, "{from: 2014-05-01}", "{from: 2014-05-01, to: 2026-12-31}", 1)
	c, err := Load(fstest.MapFS{
		"a.yaml": {Data: []byte(first)}, "b.yaml": {Data: []byte(second)}, "notes.txt": {Data: []byte("x")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for day, version := range map[string]int{"2026-12-31": 1, "2027-01-01": 2} {
		if m, err := c.At("enter-first", clock.MustDate(day)); err != nil || m.Version != version {
			t.Errorf("%s: %v %v", day, m, err)
		}
	}
	if _, err := c.At("enter-first", clock.MustDate("2014-04-30")); !fault.Is(err, "PROCEDURE-VALID-01") {
		t.Error(err)
	}
	if m, err := c.Version("enter-first", 2); err != nil || m.Ref() != "enter-first@2" {
		t.Error(err)
	}
	if _, err := c.Version("enter-first", 3); !fault.Is(err, "PROCEDURE-MODE-01") {
		t.Error(err)
	}
	if open := c.Open(FilingBill, In, clock.MustDate("2026-11-23"), "WGQ", 3); len(open) != 1 || open[0].Version != 1 {
		t.Error(open)
	}
	if open := c.Open(FilingBill, In, clock.MustDate("2026-11-23"), "WGQ", 2); len(open) != 0 {
		t.Error("offered to a discredited enterprise")
	}
	again, err := Parse([]byte(second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.With(again); !fault.Is(err, "PROCEDURE-CATALOGUE-01") {
		t.Error(err)
	}
	overlapping, err := Parse([]byte(strings.Replace(second, "version: 2", "version: 3", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.With(overlapping); !fault.Is(err, "PROCEDURE-CATALOGUE-02") {
		t.Error(err)
	}
	if _, err := Load(fstest.MapFS{"bad.yaml": {Data: []byte("mode: x")}}); !slices.Contains(codes(err), "PROCEDURE-FILE-02 /bad.yaml/steps") {
		t.Error(codes(err))
	}
}

func TestWordsAreListed(t *testing.T) {
	if !slices.Contains(Words("place"), "on-hand") || Words("nothing") != nil || !slices.Contains(Meanings(), "condition") {
		t.Error(Meanings())
	}
}

func FuzzParse(f *testing.F) {
	for _, mode := range shippedModes {
		f.Add([]byte(source(f, mode)))
	}
	f.Add([]byte("mode: x\nsteps: [{step: a, after: [a|b]}]"))
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := Parse(file)
		if err != nil {
			if len(fault.All(err)) == 0 {
				t.Fatal(err)
			}
			return
		}
		// Whatever can be read can be checked and asked.
		Check(m, Known{})
		for _, st := range m.Steps {
			m.Do(st.ID, Situation{})
			m.Reverse(st.ID, Situation{Done: map[string]clock.Instant{st.ID: 0}})
		}
		m.Next(Situation{})
	})
}

func FuzzParseDue(f *testing.F) {
	for _, s := range []string{"entry_declared+14d", "min(sold+30d,sold year-end)", "released+5wd next month", "gate-in+7d to working day", "a+1h-2min"} {
		f.Add(s)
	}
	calendar := &clock.Calendar{KnownUntil: clock.MustDate("2026-12-31")}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDue(text)
		if err != nil {
			return
		}
		at := instant("2026-11-23T09:00:00+08:00")
		got, err := d.Resolve(func(Event) (clock.Instant, bool) { return at, true }, calendar)
		if err != nil || got.At < got.Day.Start() || got.At > got.Day.End() {
			t.Fatalf("%s: %+v %v", text, got, err)
		}
	})
}

// A quota that runs out by itself: a timer, a child case, a debt that nobody
// settles in time.
const quota = `
mode: quota
version: 1
title: {en: Quota, zh: 配额}
law: [x]
valid: {from: 2026-01-01}
areas: []
credit: 1
line: none
direction: both
papers: [business-form]
instructions: {en: Watch the end., zh: 注意到期。}
risk: quota
debts:
  - {debt: report, title: {en: Report, zh: 报告}, debtor: enterprise, of: goods, due: grant+10d, overdue: [{after: 1, bite: [alarm]}]}
steps:
  - step: grant
    title: {en: Granted, zh: 发放}
    kind: request
    actor: {role: enterprise, side: inside}
    paper: business-form
    open: [{debt: report, of: declared}]
    calls: [trip]
    undo: {how: reverse}
  - step: report
    title: {en: Reported, zh: 报告}
    kind: request
    actor: {role: enterprise}
    after: [grant]
    optional: true
    discharge: [{debt: report, by: all}]
    undo: {how: reverse}
  - step: expire
    title: {en: Expired, zh: 到期}
    kind: timer
    actor: {role: system}
    at: grant+30d
    after: [grant]
    final: true
    undo: {how: none, reason: time has passed}
`

func TestATimerFiresAtItsTimeAndNotBefore(t *testing.T) {
	m, err := Parse([]byte(quota))
	if err != nil {
		t.Fatal(err)
	}
	if found := Check(m, Known{Modes: []string{"trip"}}); found != nil {
		t.Error(found)
	}
	if found := Check(m, Known{Modes: []string{"quota"}, Risk: []string{"other"}}); len(found) != 2 {
		t.Error(found)
	}
	s := situation("grant")
	s.Done["grant"] = instant("2026-11-23T09:00:00+08:00")
	s.At = instant("2026-12-23T23:59:59+08:00")
	if _, err := m.Do("expire", s); !fault.Is(err, "PROCEDURE-TIMER-01") {
		t.Error(err)
	}
	s.At = instant("2026-12-24T00:00:00+08:00")
	if out, err := m.Do("expire", s); err != nil || !out.Ready || !out.Closes {
		t.Error(err)
	}
	if out, err := m.Do("grant", situation()); err != nil || !slices.Equal(out.Calls, []string{"trip"}) {
		t.Error(err)
	}
	trace, err := Simulate(m, Script{
		Start: instant("2026-11-23T09:00:00+08:00"), Credit: 1, Acts: []Act{{Step: "grant"}, {After: "60d"}},
	}, nil)
	if err != nil || !trace.Closed || !trace.OK || trace.Open["report"] != 1 {
		t.Errorf("%+v %v", trace, err)
	}
	var got []string
	for _, l := range trace.Lines {
		got = append(got, l.At.Time().Format("01-02 ")+l.What)
	}
	if diff := cmp.Diff([]string{"11-23 done", "11-23 opened", "12-04 bite", "12-24 done"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestARehearsalSaysWhenTheBooksFallShort(t *testing.T) {
	m := parsed(t, "second-line-exit")
	trace, err := Simulate(m, Script{
		Start: instant("2026-11-23T09:00:00+08:00"), Area: "WGQ", Credit: 3, Stock: 5,
		Acts: []Act{{Step: StepList, Amounts: map[Measure]int64{Listed: 6}}},
	}, nil)
	if err != nil || trace.OK || trace.Stands["legal:book-line:on-hand"] != -1 {
		t.Errorf("%+v %v", trace, err)
	}
}

// A lodging takes three steps and asks twice what follows.
func BenchmarkLodgeToRelease(b *testing.B) {
	m := parsed(b, "import-direct")
	base := situation()
	for _, c := range vocabulary["condition"] {
		base.True[Condition(c)] = true
	}
	base.LowRisk, base.Paper = true, filing{}
	b.ReportAllocs()
	for b.Loop() {
		s := base
		s.Done = map[string]clock.Instant{}
		for _, id := range []string{StepLodge, StepAccept, StepRelease} {
			out, err := m.Do(id, s)
			if err != nil || !out.Ready {
				b.Fatal(out.Unmet, err)
			}
			s.Done[id] = s.At
		}
		if m.Follow(s) == nil {
			b.Fatal("nothing follows")
		}
	}
}

// open and order are two ways to say one thing.
func TestOpenAgreesWithOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := parsedOnce[rapid.SampledFrom(shippedModes).Draw(t, "mode")]
		s := situation()
		for _, id := range m.stepIDs() {
			if rapid.Bool().Draw(t, id) {
				s.Done[id] = s.At
			}
		}
		for _, st := range m.Steps {
			open := true
			for _, other := range m.Steps {
				_, done := s.Done[other.ID]
				open = open && !(done && (other.Final && other != st || other == st && !st.Repeats))
			}
			for _, any := range st.After {
				open = open && slices.ContainsFunc(any, func(id string) bool { _, done := s.Done[id]; return done })
			}
			if m.open(st, &s) != open || (len(m.order(st, &s)) == 0) != open {
				t.Fatalf("%s after %v: %t", st.ID, s.Done, open)
			}
		}
	})
}

var parsedOnce = func() map[string]*Mode {
	all := map[string]*Mode{}
	for _, name := range shippedModes {
		b, err := os.ReadFile(filepath.Join("..", "..", "procedures", name+".yaml"))
		if err != nil {
			panic(err)
		}
		if all[name], err = Parse(b); err != nil {
			panic(err)
		}
	}
	return all
}()
