package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(t *testing.T, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestTheStyleSheetNeedsNoBuild(t *testing.T) {
	path := Path("console.css")
	w := ask(t, path)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Fatalf("%q answers %d, %v", path, w.Code, w.Header())
	}
	if !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Error("an address that changes with the content may be kept for ever")
	}
	if old := ask(t, "/assets/0123/console.css"); strings.Contains(old.Header().Get("Cache-Control"), "immutable") {
		t.Error("the address of another version may not be kept")
	}
}

func TestPackedIsTheSame(t *testing.T) {
	w := ask(t, Path("console.css"), "Accept-Encoding", "br, gzip")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("headers %v", w.Header())
	}
	again := ask(t, Path("console.css"), "If-None-Match", w.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("answers %d", again.Code)
	}
}

func TestNoOtherFileIsServed(t *testing.T) {
	for _, path := range []string{"/assets/x/.keep", "/assets/x/../web.go", "/assets/", "/assets/x/nope.js"} {
		if w := ask(t, path); w.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
	if Path("nope.js") != "" {
		t.Error("an asset that is not there has an address")
	}
}
