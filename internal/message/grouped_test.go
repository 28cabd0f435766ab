package message

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seine/internal/message/edifact"
)

// Every segment of a message is told in a field or kept as it came.
func TestNothingOfAGroupedMessageIsLost(t *testing.T) {
	for _, g := range []*grammar{codeco, coarri, cusdec, cusres} {
		files, err := filepath.Glob("testdata/" + g.name + "/*.edi")
		if err != nil || len(files) < 2 {
			t.Fatal(g.name, files, err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			allIsTold(t, name, raw, g)
		}
	}
}

// allIsTold looks for every component of every segment in what was read.
func allIsTold(t *testing.T, name string, raw []byte, g *grammar) []EDIReading {
	t.Helper()
	readings, err := readGrouped(bytes.NewReader(raw), g)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	file, err := edifact.Read(bytes.NewReader(raw), edifact.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range file.Messages() {
		out, err := json.Marshal(readings[i])
		if err != nil {
			t.Fatal(err)
		}
		told := tidied(string(out))
		for _, s := range m.Segments {
			if s.Tag == "UNS" {
				continue
			}
			for _, element := range s.Data {
				for _, repeat := range element {
					for _, v := range repeat {
						quoted, _ := json.Marshal(v)
						if !strings.Contains(told, tidied(strings.Trim(string(quoted), `"`))) {
							t.Errorf("%s: “%s” of segment %d %s is lost", name, v, s.Number, s.Tag)
						}
					}
				}
			}
		}
	}
	return readings
}

// tidied forgets what reading may change: blanks, case, the decimal mark and
// the release character of what was kept.
func tidied(s string) string {
	return strings.NewReplacer(" ", "", "-", "", ",", ".", "?", "").Replace(strings.ToUpper(s))
}

func TestRealMessagesOfContainersAndDeclarationsAreRead(t *testing.T) {
	dir := shared(t, "04-messages", "edifact")
	for _, g := range []*grammar{codeco, coarri, cusdec, cusres} {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		cases, units, lines, kept, faults := 0, 0, 0, 0, 0
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if file, _ := edifact.Read(bytes.NewReader(raw), edifact.Limits{}); file == nil || len(file.Messages()) == 0 || file.Messages()[0].Type() != g.kind {
				continue
			}
			for _, r := range allIsTold(t, filepath.Base(name), raw, g) {
				cases++
				if r.Document.Kind.Code == "" {
					t.Errorf("%s: no document name", filepath.Base(name))
				}
				if want := bytes.Count(raw, []byte("EQD+")); len(r.Head.Equipment) != want {
					t.Errorf("%s: %d units, want %d", filepath.Base(name), len(r.Head.Equipment), want)
				}
				units += len(r.Head.Equipment)
				lines += len(r.Head.Lines)
				kept += len(r.Kept)
				faults += len(r.Faults)
				for _, f := range r.Faults {
					t.Logf("%s: %s %s", filepath.Base(name), f.Code, f.Text)
				}
			}
		}
		t.Logf("%s: %d cases, %d units, %d lines; %d segments kept, %d faults", g.kind, cases, units, lines, kept, faults)
	}
}

func TestDatesAreGivenInTheFormOfTheStandard(t *testing.T) {
	for _, c := range []struct{ value, form, when, until string }{
		{"241126", "2", "2026-11-24", ""},
		{"202611240851", "203", "2026-11-24T08:51", ""},
		{"2026112408510800", "205", "", ""}, // no sign before the zone
		{"202611240851+0800", "205", "2026-11-24T08:51+08:00", ""},
		{"202611240851UTC", "303", "2026-11-24T08:51Z", ""},
		{"202611240851CET", "303", "2026-11-24T08:51 CET", ""},
		{"20261101-20261124", "718", "2026-11-01", "2026-11-24"},
		{"2026110120261124", "718", "2026-11-01", "2026-11-24"},
		{"202611", "610", "2026-11", ""},
		{"20261124", "", "2026-11-24", ""},
		{"20261399", "102", "", ""},
		{"14", "804", "", ""},
	} {
		if when, until, _, _ := isoDate(c.value, c.form); when != c.when || until != c.until {
			t.Errorf("%s:%s is %q to %q, want %q to %q", c.value, c.form, when, until, c.when, c.until)
		}
	}
}

func FuzzGrouped(f *testing.F) {
	grammars := []*grammar{codeco, coarri, cusdec, cusres}
	for i, g := range grammars {
		files, _ := filepath.Glob("testdata/" + g.name + "/*.edi")
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, which uint8) {
		file, err := edifact.Read(bytes.NewReader(raw), edifact.Limits{Segments: 2000})
		if err != nil {
			return
		}
		for _, m := range file.Messages() {
			m.Header = edifact.Segment{} // as every format
			reading := grammars[int(which)%len(grammars)].message(&m)
			if _, err := json.Marshal(reading); err != nil {
				t.Fatal(err)
			}
		}
	})
}
