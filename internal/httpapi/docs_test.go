package httpapi_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// The examples of docs/api.md, run one after the other by a shell against a real
// server; the first of them says what the reader fills in.
func TestTheExamplesOfTheDocsWork(t *testing.T) {
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not here")
		}
	}
	raw, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	h := open(t)
	// The receipt is asked for later on: sealing goes on beside, as in a zone.
	stop := make(chan struct{})
	var sealing sync.WaitGroup
	sealing.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				if err := h.app.Seal(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	defer sealing.Wait()
	defer close(stop)
	script := strings.Builder{}
	script.WriteString("set -eu\nBASE=" + h.url + "\nCLIENT=trader SECRET='secret of trader'\nCODE=" + trader + "\nDAY=" + h.app.Clock.Now().Date().String() + "\n")
	blocks := strings.Split(string(raw), "```sh\n")[1:]
	for _, block := range blocks[1:] { // the first is what was written above
		example, _, _ := strings.Cut(block, "```")
		script.WriteString("echo; echo '" + "── example'\n" + example)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script.String())
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "── example"); n != len(blocks)-1 || n < 8 {
		t.Errorf("%d of %d examples ran\n%s", n, len(blocks)-1, out)
	}
}

// The examples of how a book is filed and opened and how its feed begins are run
// too; the enterprise and the day stand for the reader's own.
func TestTheExamplesOfBooksAndFeedsWork(t *testing.T) {
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not here")
		}
	}
	h := open(t)
	script := strings.Builder{}
	script.WriteString("set -eu\ncurl() { command curl -sS --fail-with-body \"$@\"; }\nURL=" + h.url + "\nTOKEN='" + h.tokens["trader"] + "'\n")
	ran := 0
	for _, page := range []struct {
		name string
		most int // examples; those after them need what a reader has
	}{{"books", 1}, {"feed", 1}} {
		raw, err := os.ReadFile("../../docs/" + page.name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(raw), "```sh\n")[1:]
		for _, block := range blocks[:page.most] {
			example, _, _ := strings.Cut(block, "```")
			script.WriteString(strings.NewReplacer("2026-11-23", h.app.Clock.Now().Date().String(), "91310000MA1FL0EW6M", trader).Replace(example))
			ran++
		}
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script.String())
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil || ran != 2 {
		t.Fatalf("%d examples: %v\n%s", ran, err, out)
	}
	for _, said := range []string{`"state":"active"`, `"feed":"applied"`} {
		if !strings.Contains(string(out), said) {
			t.Errorf("no %s in\n%s", said, out)
		}
	}
}
