package internal_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestThePageOfArrowsIsAsTheyAre keeps docs/arrows.md: every room with its first
// sentence and the rooms it knows.
func TestThePageOfArrowsIsAsTheyAre(t *testing.T) {
	const house = "seine/internal/"
	out, err := exec.Command("go", "list", "-e", "-f", `{{.ImportPath}}	{{.Doc}}	{{join .Imports " "}}`, "seine/internal/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	page := "# Rooms and arrows\n\nPrinted from the code; `internal/arrows_test.go` holds the table of what is allowed.\n\n| room | what it is | knows |\n|---|---|---|\n"
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		room, ok := strings.CutPrefix(fields[0], house)
		if !ok || strings.HasPrefix(fields[1], "command-line") {
			continue
		}
		var knows []string
		for word := range strings.FieldsSeq(fields[2]) {
			if other, ours := strings.CutPrefix(word, house); ours {
				knows = append(knows, other)
			}
		}
		slices.Sort(knows)
		page += "| " + room + " | " + strings.ReplaceAll(fields[1], "|", "\\|") + " | " + strings.Join(knows, ", ") + " |\n"
	}
	same(t, filepath.Join("..", "docs", "arrows.md"), page)
}
