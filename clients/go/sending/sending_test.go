package sending

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// customs is a house whose first token has run out when the second file comes.
func customs(t *testing.T) (url string, got *[]string) {
	t.Helper()
	got = new([]string)
	tokens := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.URL.Path == tokenPath && r.Header.Get("Authorization") == "":
			tokens++
			fmt.Fprintf(w, `{"access_token":"%d"}`, tokens)
		case r.URL.Path == tokenPath, len(*got) == 1 && r.Header.Get("Authorization") != "Bearer 2":
			w.WriteHeader(http.StatusUnauthorized)
		case r.Method == http.MethodGet:
			fmt.Fprint(w, `{"enterprise":"E","applied":0}`)
		default:
			*got = append(*got, r.Header.Get("Content-Type")+" "+string(body))
			fmt.Fprint(w, `{"state":"applied"}`)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

// Both clients go on when their token runs out within a folder, and send tables as
// they are.
func TestATokenThatRunsOutIsAskedForAnew(t *testing.T) {
	script, err := filepath.Abs("../../python/seine_feed.py")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"text/csv kind\n", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet PK"}
	for name, run := range map[string]func(url, dir, secret string) error{
		"go": func(url, dir, _ string) error {
			waits, err := (&Client{URL: url, ID: "c", Secret: "s", Book: "B", System: "wms"}).Send(t.Context(), dir)
			if waits {
				return fmt.Errorf("something waits")
			}
			return err
		},
		"python": func(url, dir, secret string) error {
			out, err := exec.CommandContext(t.Context(), "python3", script, "--url", url, "--client", "c", "--secret-file", secret, "--book", "B", "--system", "wms", dir).CombinedOutput()
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("python3"); err != nil && name == "python" {
				t.Skip("there is no python3 here: the client was not run")
			}
			url, got := customs(t)
			dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
			for path, text := range map[string]string{filepath.Join(dir, "1.csv"): "kind\n", filepath.Join(dir, "2.xlsx"): "PK", filepath.Join(dir, "3.txt"): "no", secret: "s"} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := run(url, dir, secret); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(*got, want) {
				t.Errorf("%q", *got)
			}
		})
	}
}
