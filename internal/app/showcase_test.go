package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAShowcaseIsLookedAtAndNotChanged(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	served := 0
	doors := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ })
	show := Showcase(doors, func() time.Time { return now })
	ask := func(method, path, from, forwarded string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", forwarded)
		w := httptest.NewRecorder()
		show.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/guide", 200},
		{"POST", "/guide/officer", 200}, // the console knows what may be taken
		{"GET", "/api/v1/status", 200},
		{"POST", "/api/v1/declarations", 403},
		{"DELETE", "/api/v1/webhooks/1", 403},
		{"POST", "/api/v1/tokens", 403},
		{"GET", "/metrics", 404},
	} {
		if w := ask(c.method, c.path, "192.0.2.1:1000", ""); w.Code != c.status || c.status == 403 && !strings.Contains(w.Body.String(), "APP-SHOWCASE-01") {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	for range showcaseBurst {
		ask("GET", "/", "192.0.2.2:1000", "198.51.100.7") // not believed: no proxy of this machine
	}
	w := ask("GET", "/", "192.0.2.2:2000", "198.51.100.8")
	if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "APP-SHOWCASE-02") || w.Header().Get("Retry-After") == "" {
		t.Errorf("one request more: %d %s", w.Code, w.Body)
	}
	if w := ask("GET", "/", "192.0.2.3:1000", ""); w.Code != 200 {
		t.Errorf("another visitor: %d", w.Code)
	}
	for range showcaseBurst {
		ask("GET", "/", "127.0.0.1:1000", "203.0.113.1, 198.51.100.9")
	}
	if a, b := ask("GET", "/", "127.0.0.1:1000", "198.51.100.9"), ask("GET", "/", "127.0.0.1:1000", "198.51.100.10"); a.Code != 429 || b.Code != 200 {
		t.Errorf("behind a proxy: %d and %d", a.Code, b.Code)
	}
	now = now.Add(time.Second)
	if w := ask("GET", "/", "192.0.2.2:1000", ""); w.Code != 200 {
		t.Errorf("a second later: %d", w.Code)
	}
	if served == 0 {
		t.Error("nothing was served")
	}
}

func TestAVisitorFollowsFewPagesAtOnce(t *testing.T) {
	b := &visitors{now: time.Now, known: map[string]*visitor{}}
	for i := range showcaseStreams {
		if !b.come("a", true) {
			t.Fatalf("stream %d is refused", i)
		}
	}
	if b.come("a", true) || !b.come("a", false) || !b.come("b", true) {
		t.Error("one stream too many, or others suffer from it")
	}
	b.leave("a")
	if !b.come("a", true) {
		t.Error("a stream that ended still counts")
	}
}

func TestAddressesThatAreGoneAreForgotten(t *testing.T) {
	now := time.Now()
	b := &visitors{now: func() time.Time { return now }, known: map[string]*visitor{}}
	for i := range showcaseKnown {
		b.known[string(rune(i+1000))] = &visitor{seen: now}
	}
	if b.come("new", false) {
		t.Error("there was no room")
	}
	now = now.Add(showcaseForget + time.Second)
	if !b.come("new", false) || len(b.known) != 1 {
		t.Errorf("%d addresses are remembered", len(b.known))
	}
}
