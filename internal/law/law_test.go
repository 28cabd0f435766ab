package law

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/clock"
	"seine/internal/fault"
)

func register(t testing.TB) *Register {
	t.Helper()
	r, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAlive(t *testing.T) {
	r := register(t)
	for _, tc := range []struct {
		name, ref, on, code string
	}{
		{"the duty regulations end with November 2024", "DR art. 37", "2024-11-30", ""},
		{"and are dead the day after", "DR art. 37", "2024-12-01", "LAW-REF-02"},
		{"when the duty law begins", "DL art. 43", "2024-12-01", ""},
		{"not a day before", "DL art. 43", "2024-11-30", "LAW-REF-02"},
		{"a rule lives on its next reference", "payment-time", "2026-11-23", ""},
		{"a rule lives in 2014", "payment-time", "2014-06-01", ""},
		{"a series lives in its member", "CRED", "2026-11-23", ""},
		{"a series has a beginning", "CRED", "2000-01-01", "LAW-REF-02"},
		{"a rule before any of its laws is dead", "trade-remedy-sale", "2014-01-01", "LAW-REF-02"},
		{"unknown keys are not alive", "XYZ art. 1", "2026-01-01", "LAW-REF-01"},
		{"unknown rules are no references", "no-such-rule", "2026-01-01", "LAW-REF-03"},
		{"empty references are not alive", "", "2026-01-01", "LAW-REF-03"},
		{"articles are written as art.", "DR 37", "2014-01-01", "LAW-REF-03"},
	} {
		on := clock.MustDate(tc.on)
		err := r.Check(tc.ref, on)
		if tc.code == "" && err != nil || tc.code != "" && !fault.Is(err, tc.code) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if r.Alive(tc.ref, on) != (err == nil) {
			t.Errorf("%s: Alive and Check differ", tc.name)
		}
	}
}

func TestOneLivingReferenceCarries(t *testing.T) {
	r := register(t)
	today := clock.MustDate("2026-11-23")
	for name, tc := range map[string]struct {
		refs []string
		code string
	}{
		"one dead, one alive":        {[]string{"DR art. 37", "DL art. 43"}, ""},
		"a part of the plan":         {[]string{"MEAS I.1"}, ""},
		"all dead":                   {[]string{"DR art. 37", "D124"}, "LAW-REF-02"},
		"one unknown spoils the lot": {[]string{"DL art. 43", "XYZ"}, "LAW-REF-01"},
		"none":                       {nil, "LAW-REF-01"},
	} {
		err := r.CheckAny(tc.refs, today)
		if tc.code == "" && err != nil || tc.code != "" && !fault.Is(err, tc.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCurrentFollowsReplacements(t *testing.T) {
	r := register(t)
	for _, tc := range []struct{ ref, on, key string }{
		{"DR art. 37", "2020-01-01", "DR"},
		{"DR art. 37", "2025-01-01", "DL"},
		{"CRED", "2014-05-01", "CRED170"},
		{"CRED", "2014-12-01", "CRED225"},
		{"CRED", "2026-04-01", "CRED2026"},
		{"CRED170", "2026-04-01", "CRED2026"},
		{"SEED", "2000-01-01", ""},
	} {
		now, ok := r.Current(tc.ref, clock.MustDate(tc.on))
		if now.Key != tc.key || ok != (tc.key != "") {
			t.Errorf("%s on %s: %s, want %s", tc.ref, tc.on, now.Key, tc.key)
		}
	}
}

func TestNoRuleIsDeadToday(t *testing.T) {
	if dead := register(t).Dead(clock.MustDate("2026-11-23")); len(dead) > 0 {
		t.Errorf("rules without living law: %v", dead)
	}
}

func TestPowers(t *testing.T) {
	r := register(t)
	today := clock.MustDate("2026-11-23")
	for _, act := range r.Acts() {
		if _, err := r.PowerFor(act, today); err != nil {
			t.Errorf("%s: %v", act, err)
		}
	}
	if p, err := r.PowerFor("declaration.cancel", today); err != nil || p.Officers != 2 {
		t.Errorf("cancelling takes two officers: %+v %v", p, err)
	}
	if _, err := r.PowerFor("declaration.burn", today); !fault.Is(err, "LAW-POWER-01") {
		t.Error(err)
	}
	if _, err := r.PowerFor("media.hold", clock.MustDate("1990-01-01")); !fault.Is(err, "LAW-POWER-02") {
		t.Error(err)
	}
	t.Logf("%d instruments, %d rules, %d powers, %d acts", len(r.Instruments), len(r.Rules), len(r.Powers), len(r.Acts()))
}

func TestTitles(t *testing.T) {
	r := register(t)
	for _, tc := range []struct{ ref, lang, want string }{
		{"DR art. 37", "en", "Import and Export Duty Regulations, art. 37"},
		{"DR art. 37", "zh-CN", "《进出口关税条例》第37条"},
		{"payment-time", "zh-CN", "缴款期限与滞纳金"},
		{"CL", "en", "Customs Law"},
		{"?", "en", "?"},
	} {
		if got := r.Title(tc.ref, tc.lang); got != tc.want {
			t.Errorf("%s in %s: %q, want %q", tc.ref, tc.lang, got, tc.want)
		}
	}
}

const good = `
instruments:
  - {key: A, kind: law, issuer: X, from: 2000-01-01, dates: given, title: {en: a, zh: 甲}, source: s}
rules:
  - {id: r, title: {en: r, zh: 规}, refs: [A art. 1]}
powers:
  - {id: P, title: {en: p, zh: 权}, rules: [r], post: officer, acts: [x.y]}
`

func TestReadRefuses(t *testing.T) {
	if _, err := Read([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		src  string
		want []string
	}{
		"not YAML":             {"\t:", []string{"LAW-FILE-01"}},
		"a misspelt key":       {"instrument: []", []string{"LAW-FILE-01"}},
		"no such day":          {"instruments: [{key: A, from: 2000-02-30}]", []string{"LAW-FILE-01"}},
		"an incomplete entry":  {"instruments: [{key: A}]", []string{"LAW-FILE-03"}},
		"an unknown reference": {"rules: [{id: r, title: {en: r, zh: r}, refs: [B]}]", []string{"LAW-FILE-04"}},
		"twice and unknown": {
			"rules: [{id: r, title: {en: r, zh: r}, refs: [B]}, {id: r, title: {en: r, zh: r}, refs: [B]}]",
			[]string{"LAW-FILE-02", "LAW-FILE-04", "LAW-FILE-04"},
		},
	} {
		_, err := Read([]byte(tc.src))
		var codes []string
		for _, f := range fault.All(err) {
			codes = append(codes, f.Code)
		}
		if diff := cmp.Diff(tc.want, codes); diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"DR art. 37", "SH6", "", "dr", "DR ", "DR art. ", "D\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		key, place, err := Split(ref)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		again := key
		if place != "" {
			again += " " + place
		}
		if again != ref {
			t.Fatalf("%q came apart as %q and %q", ref, key, place)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(data)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		r.Dead(clock.MustDate("2026-11-23"))
	})
}
