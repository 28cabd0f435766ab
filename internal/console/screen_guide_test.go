package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestADemonstrationSaysSoAndLetsItsRolesBeTaken(t *testing.T) {
	taken := ""
	pages := New(Deps{Demo: &Demonstration{Roles: []string{"gate"}, Take: func(_ context.Context, role string) (string, Viewer, error) {
		taken = role
		return "session", Viewer{ID: "g", Role: RoleLane}, nil
	}}})
	call := func(method, path string) *httptest.ResponseRecorder {
		body := strings.NewReader(url.Values{"to": {"/lanes"}}.Encode())
		r := httptest.NewRequestWithContext(t.Context(), method, path, body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		return w
	}
	page := call(http.MethodGet, "/guide")
	for _, want := range []string{"Demonstration: everything here is invented.", `action="/guide/gate"`, `value="/lanes"`} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(page.Body.String(), `action="/guide/officer"`) {
		t.Error("a role is offered that may not be taken")
	}
	if w := call(http.MethodPost, "/guide/officer"); w.Code != http.StatusForbidden || taken != "" {
		t.Errorf("a role that is not offered: %d, taken %q", w.Code, taken)
	}
	w := call(http.MethodPost, "/guide/gate")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/lanes" || taken != "gate" || !strings.Contains(w.Header().Get("Set-Cookie"), SessionCookie+"=session") {
		t.Errorf("taking a role: %d to %q, cookie %q", w.Code, w.Header().Get("Location"), w.Header().Get("Set-Cookie"))
	}
}

func TestAZoneThatWorksHasNoGuidedPath(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/guide", nil)
	w := httptest.NewRecorder()
	New(Deps{}).ServeHTTP(w, r)
	if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "invented") {
		t.Errorf("answer %d", w.Code)
	}
}

func TestTheClockOfADemonstrationIsPushedWhereItsRolesAreFree(t *testing.T) {
	var pushed time.Duration
	advance := func(d time.Duration) { pushed += d }
	for name, c := range map[string]struct {
		demo  Demonstration
		hours string
		want  time.Duration
	}{
		"a day":                   {Demonstration{Roles: []string{"gate"}, Advance: advance}, "24", 24 * time.Hour},
		"backwards":               {Demonstration{Roles: []string{"gate"}, Advance: advance}, "-24", 0},
		"no number":               {Demonstration{Roles: []string{"gate"}, Advance: advance}, "", 0},
		"a hundred years":         {Demonstration{Roles: []string{"gate"}, Advance: advance}, "876600", 0},
		"from other machines":     {Demonstration{Advance: advance}, "24", 0},
		"a clock of its own pace": {Demonstration{Roles: []string{"gate"}}, "24", 0},
	} {
		t.Run(name, func(t *testing.T) {
			pushed = 0
			pages := New(Deps{Demo: &c.demo})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/guide/clock", strings.NewReader(url.Values{"hours": {c.hours}}.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			pages.ServeHTTP(w, r)
			if code := map[bool]int{true: http.StatusSeeOther, false: http.StatusForbidden}[c.want > 0]; w.Code != code || pushed != c.want {
				t.Errorf("answer %d, pushed by %v", w.Code, pushed)
			}
			shown := get(t, pages, "/guide").Body.String()
			if offered := strings.Contains(shown, `action="/guide/clock"`); offered != (len(c.demo.Roles) > 0 && c.demo.Advance != nil) {
				t.Errorf("offered: %v", offered)
			}
		})
	}
}

func TestADemonstrationForThePublicIsLookedAt(t *testing.T) {
	remembered := false
	pages := New(Deps{
		Remember: func(context.Context, Viewer, string, string) error { remembered = true; return nil },
		Demo: &Demonstration{ReadOnly: true, Roles: []string{"gate"}, Take: func(context.Context, string) (string, Viewer, error) {
			return "session", Viewer{ID: "g", Role: RoleLane}, nil
		}},
	})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/guide", 200},
		{"POST", "/guide/gate", 303},
		{"POST", "/guide/clock", 403},
		{"POST", "/preferences", 303},
		{"POST", "/lanes/1", 403},
		{"POST", "/sign-in", 403},
		{"PUT", "/guide/gate", 403},
		{"POST", "/guide/gate/", 403},
	} {
		r := httptest.NewRequestWithContext(WithViewer(t.Context(), Viewer{ID: "g", Role: RoleLane}), c.method, c.path, strings.NewReader("language=zh-CN&back=/guide"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		if w.Code != c.status || c.status == 403 && !strings.Contains(w.Body.String(), "CONSOLE-GUIDE-03") {
			t.Errorf("%s %s: %d", c.method, c.path, w.Code)
		}
		if c.path == "/guide" && !strings.Contains(w.Body.String(), "nothing can be changed") {
			t.Error("the page does not say that nothing can be changed")
		}
	}
	if remembered {
		t.Error("a visitor changed the looks of the next one")
	}
}
