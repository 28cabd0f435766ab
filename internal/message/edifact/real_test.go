package edifact

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// shared gives the folder with real messages, or skips the test.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("SEINE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir := filepath.Join(append([]string{root, "data"}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data is not here")
	}
	return dir
}

func readPlain(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return raw
}

// Every message from the field is read to its end, with as many segments, right
// counts and closed messages as an independent count found.
func TestRealInterchangesAreReadWhole(t *testing.T) {
	dir := shared(t, "04-messages", "edifact")
	f, err := os.Open(filepath.Join(dir, "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	files, segments := 0, 0
	for _, row := range rows[1:] {
		name, closed, right := row[0], row[4], row[5]
		raw := readPlain(t, filepath.Join(dir, name))
		file, err := Read(bytes.NewReader(raw), Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		files++
		segments += file.Segments
		if row[3] == "0" { // their count knows only apostrophes as terminator
			if file.Segments != strings.Count(strings.TrimSpace(string(raw)), "\n")+1 {
				t.Errorf("%s: %d segments", name, file.Segments)
			}
			continue
		}
		expected, _ := strconv.Atoi(row[3])
		if file.Segments != expected {
			t.Errorf("%s: %d segments, want %d", name, file.Segments, expected)
		}
		gotClosed, gotRight := 0, 0
		for _, m := range file.Messages() {
			if m.Trailer == nil {
				continue
			}
			gotClosed++
			if given, err := strconv.Atoi(m.Trailer.Get(1, 1)); err == nil && given == len(m.Segments)+2 {
				gotRight++
			}
		}
		if strconv.Itoa(gotClosed) != closed || strconv.Itoa(gotRight) != right {
			t.Errorf("%s: %d closed, %d counts right, want %s and %s", name, gotClosed, gotRight, closed, right)
		}
		hasUNB := len(file.Interchanges) > 0 && file.Interchanges[0].Header != nil
		if hasUNB != (row[6] == "yes") {
			t.Errorf("%s: UNB %v, want %s", name, hasUNB, row[6])
		}
		t.Logf("%-60.60s %6d segments, faults %v, notes %v", name, file.Segments, codes(file.Faults), codes(file.Notes))
	}
	t.Logf("%d files, %d segments", files, segments)
}

func codes[L ~[]E, E interface{ Error() string }](list L) []string {
	var out []string
	for _, f := range list {
		code, _, _ := strings.Cut(f.Error(), " ")
		out = append(out, strings.TrimSuffix(code, ":"))
	}
	return out
}
