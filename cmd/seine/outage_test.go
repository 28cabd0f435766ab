package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"seine/internal/check"
)

// waitsOf reads from the guided path what waits on the side of each outage.
var waitsOf = regexp.MustCompile(`(?s)data-waits="(\d+)".*?name="kind" value="(\w+)"`)

// A visitor of a demonstration makes the bank and the lanes fail: the house goes on,
// says so, and has caught up when they are back, to the second opinion's content.
// Every stop of the guided path leads its role to a page.
func TestAnOutageIsOrderedAndCaughtUpWith(t *testing.T) {
	if testing.Short() {
		t.Skip("a demonstration is made")
	}
	dir := filepath.Join(t.TempDir(), "zone")
	cmd := exec.CommandContext(t.Context(), "seine", "demo", "--addr", "127.0.0.1:0", "--data", dir, "--days", "2", "--ships", "1", "--every", "50ms", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			_ = cmd.Process.Signal(syscall.SIGINT)
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	var ready shown
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.Made == nil || ready.Made.Declarations == 0 || ready.SignIn["officer"] == "" {
		t.Fatalf("the demonstration said %q: %v", line, err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	visitor := &http.Client{Jar: jar, Timeout: time.Minute}
	get := func(path string) (int, string) {
		t.Helper()
		res, err := visitor.Get(ready.Base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	post := func(path string, form url.Values) (int, string) {
		t.Helper()
		res, err := visitor.PostForm(ready.Base+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	waits := func(kind string) int {
		_, page := get("/guide")
		for _, m := range waitsOf.FindAllStringSubmatch(page, -1) {
			if m[2] == kind {
				n, _ := strconv.Atoi(m[1])
				return n
			}
		}
		t.Fatalf("the guided path does not show the outage of the %s", kind)
		return 0
	}
	until := func(what string, done func() bool) {
		t.Helper()
		for limit := time.Now().Add(2 * time.Minute); !done(); time.Sleep(200 * time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatalf("waited too long: %s", what)
			}
		}
	}
	light := func() string {
		_, body := get("/api/v1/status")
		var c struct{ Messages string }
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			t.Fatal(err)
		}
		return c.Messages
	}

	for _, wrong := range []url.Values{{"kind": {"bank"}, "minutes": {"600"}}, {"kind": {"sun"}, "minutes": {"1"}}, {"kind": {"bank"}, "minutes": {"-1"}}} {
		if status, page := post("/guide/outage", wrong); status != http.StatusForbidden || !strings.Contains(page, "CONSOLE-GUIDE-04") {
			t.Errorf("%v: answer %d", wrong, status)
		}
	}
	for _, kind := range []string{"bank", "lanes"} {
		if status, page := post("/guide/outage", url.Values{"kind": {kind}, "minutes": {"15"}}); status != http.StatusOK || !strings.Contains(page, "Fails for another 15 minutes") {
			t.Fatalf("the outage of the %s: answer %d", kind, status)
		}
	}
	until("something waits for the bank and for the lanes", func() bool { return waits("bank") > 0 && waits("lanes") > 0 })
	until("the light for messages is yellow", func() bool {
		post("/guide/clock", url.Values{"hours": {"1"}}) // messages of the house to the bank grow old
		return light() == "yellow"
	})
	for _, kind := range []string{"bank", "lanes"} {
		post("/guide/outage", url.Values{"kind": {kind}, "minutes": {"0"}})
	}
	until("the bank and the lanes have told everything", func() bool { return waits("bank") == 0 && waits("lanes") == 0 })
	until("the light for messages is green", func() bool { return light() == "green" })

	// Every stop leads the role that it names to a page.
	_, page := get("/guide")
	stops := regexp.MustCompile(`action="/guide/([a-z-]+)"><input type="hidden" name="to" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
	seen := map[string]bool{}
	for _, stop := range stops {
		role, to := stop[1], strings.ReplaceAll(stop[2], "&amp;", "&")
		if status, page := post("/guide/"+role, url.Values{"to": {to}}); status != http.StatusOK || strings.Contains(page, `id="faults"`) {
			t.Errorf("%s at %s: answer %d", role, to, status)
		}
		seen[to] = true
	}
	for _, want := range []string{"/declare", "/feeds", "/write-offs", "/lanes", "/reconciliations", "/due", "/journal"} {
		if !seen[want] {
			t.Errorf("no stop leads to %s", want)
		}
	}
	end()
	check.Tester(t, dir)
	db, err := sql.Open("sqlite", filepath.Join(dir, "zone.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var told int
	if err := db.QueryRow(`SELECT count(*) FROM passage WHERE body LIKE '%"offline":true%'`).Scan(&told); err != nil || told == 0 {
		t.Errorf("%d passages that lanes decided by themselves: %v", told, err)
	}
}
