package procedure_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/procedure"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each script under testdata rehearses a mode; its trace is the golden file
// beside it.
func TestRehearsalsGoAsTheyDid(t *testing.T) {
	calendar := &clock.Calendar{KnownUntil: clock.MustDate("2026-12-31")}
	for script, mode := range map[string]string{
		"enter-first": "enter-first", "enter-first-late": "enter-first", "import-direct": "import-direct",
		"second-line-exit": "second-line-exit", "first-line-entry": "first-line-entry",
	} {
		trace := rehearse(t, shipped(t), mode, script, calendar)
		if !trace.OK {
			t.Errorf("%s: something was short or refused unexpectedly", script)
		}
		var b strings.Builder
		for _, l := range trace.Lines {
			fmt.Fprintf(&b, "%s %-10s %-11s %s\n", l.At.Time().Format("2006-01-02 15:04"), l.What, l.Step, l.Text)
		}
		fmt.Fprintf(&b, "stands %v\nopen   %v\nclosed %t\n", trace.Stands, trace.Open, trace.Closed)
		golden := filepath.Join("testdata", script+".trace")
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s: %s", script, diff)
		}
	}
}

func rehearse(t testing.TB, c *procedure.Catalogue, mode, script string, calendar *clock.Calendar) procedure.Trace {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", script+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := procedure.ParseScript(source)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.At(mode, s.Start.Date())
	if err != nil {
		t.Fatal(err)
	}
	trace, err := procedure.Simulate(m, s, calendar)
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func TestAFourthModeIsAFileAlone(t *testing.T) {
	source, err := os.ReadFile("testdata/modes/display-trade.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := procedure.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	if found := procedure.Check(m, known()); found != nil {
		t.Fatal(found)
	}
	before := shipped(t)
	c, err := before.With(m)
	if err != nil {
		t.Fatal(err)
	}
	if c.Epoch() == before.Epoch() {
		t.Error("another catalogue has the same epoch")
	}
	if _, err := before.At("display-trade", clock.MustDate("2026-11-23")); !fault.Is(err, "PROCEDURE-MODE-01") {
		t.Error(err)
	}
	offered := c.Open(procedure.BusinessForm, procedure.Out, clock.MustDate("2026-11-23"), "WGQ", 3)
	if len(offered) != 1 || offered[0].ID != "display-trade" {
		t.Errorf("offered %v", offered)
	}
	trace := rehearse(t, c, "display-trade", "display-trade", nil)
	if !trace.OK || !trace.Closed || len(trace.Open) != 0 {
		t.Errorf("%+v", trace)
	}
	want := map[string]int64{"legal:book-line:home-market": 4, "legal:book-line:on-hand": 96}
	if diff := cmp.Diff(want, trace.Stands); diff != "" {
		t.Error(diff)
	}
	// Stock at display that was sold is due by year-end at the latest.
	due := slices.IndexFunc(trace.Lines, func(h procedure.Happened) bool {
		return h.What == "opened" && strings.Contains(h.Text, "declare") && strings.Contains(h.Text, "due 2026-12-31")
	})
	if due < 0 {
		t.Errorf("%+v", trace.Lines)
	}
}

func TestScriptsThatDoNotFitAreRefused(t *testing.T) {
	for _, source := range []string{
		"start: yesterday", "acts: [{stepp: x}]", "start: 2026-11-23T09:00:00+08:00\nacts: [{after: soon}]", "{", "\x00",
	} {
		s, err := procedure.ParseScript([]byte(source))
		if err == nil {
			m, _ := shipped(t).At("enter-first", clock.MustDate("2026-11-23"))
			_, err = procedure.Simulate(m, s, nil)
		}
		if len(fault.All(err)) == 0 {
			t.Errorf("%q: %v", source, err)
		}
	}
}
