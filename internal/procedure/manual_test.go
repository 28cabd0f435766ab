package procedure

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The manual ends with the words that a file may use; this test keeps the list.
// Set SEINE_UPDATE=1 to write it anew.
func TestTheManualListsEveryWord(t *testing.T) {
	const file, mark = "../../procedures/README.md", "<!-- words: kept by TestTheManualListsEveryWord -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, got, found := strings.Cut(string(text), mark)
	if !found {
		t.Fatalf("%s lacks the mark %s", file, mark)
	}
	var want strings.Builder
	want.WriteString("\n| meaning | words |\n|---|---|\n")
	for _, meaning := range Meanings() {
		fmt.Fprintf(&want, "| %s | `%s` |\n", meaning, strings.Join(Words(meaning), "` `"))
	}
	if got == want.String() {
		return
	}
	if os.Getenv("SEINE_UPDATE") == "" {
		t.Fatalf("the words of the manual are old; run again with SEINE_UPDATE=1")
	}
	if err := os.WriteFile(file, []byte(head+mark+want.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
