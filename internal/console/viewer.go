package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"

	"seine/locales"
)

// The roles that a person may sign in with.
const (
	RoleOfficer    = "officer"
	RoleAnalyst    = "analyst"
	RoleDispatcher = "dispatcher"
	RoleLane       = "lane"
	RoleAuditor    = "auditor"
	RoleEnterprise = "enterprise"
	RoleOperator   = "operator"
)

var roleNames = map[string]Key{
	RoleOfficer:    "role.officer",
	RoleAnalyst:    "role.analyst",
	RoleDispatcher: "role.dispatcher",
	RoleLane:       "role.lane",
	RoleAuditor:    "role.auditor",
	RoleEnterprise: "role.enterprise",
	RoleOperator:   "role.operator",
}

// Viewer is the person who looks at a page. The zero Viewer has not signed in.
// The program that puts the house together sets it, from the session, with
// WithViewer; screens read it and never trust a parameter of the request.
type Viewer struct {
	ID, Name, Role  string
	Language, Theme string // as chosen in the person's settings, "" when not
	Posts, Areas    []string
	Enterprise      string // the enterprise the person acts for, "" for officers
}

// SignedIn tells whether v is a person known to the house.
func (v Viewer) SignedIn() bool { return v.ID != "" }

// taste is how the page is shown to this person on this machine.
type taste struct {
	language, theme string // theme is light, dark or "" for the system's
	keys            bool   // single-key shortcuts
	here            string // path and query of the page, to come back to
}

type (
	viewerKey struct{}
	tasteKey  struct{}
	demoKey   struct{}
)

// isDemo tells whether everything on the page is invented.
func isDemo(ctx context.Context) bool {
	demo, _ := ctx.Value(demoKey{}).(*Demonstration)
	return demo != nil
}

// isShowcase tells whether nothing of the demonstration can be changed.
func isShowcase(ctx context.Context) bool {
	demo, _ := ctx.Value(demoKey{}).(*Demonstration)
	return demo != nil && demo.ReadOnly
}

// WithViewer returns ctx with the person who looks.
func WithViewer(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// ViewerOf gives the person who looks.
func ViewerOf(ctx context.Context) Viewer {
	v, _ := ctx.Value(viewerKey{}).(Viewer)
	return v
}

// WithLanguage returns ctx with a language for the words, for pages that are
// made without a request (documents, mails, tests).
func WithLanguage(ctx context.Context, tag string) context.Context {
	t := tasteOf(ctx)
	t.language = tag
	return context.WithValue(ctx, tasteKey{}, t)
}

// LanguageOf gives the language of the page, one of locales.Languages.
func LanguageOf(ctx context.Context) string { return tasteOf(ctx).language }

func tasteOf(ctx context.Context) taste {
	if t, known := ctx.Value(tasteKey{}).(taste); known {
		return t
	}
	return taste{language: locales.English, keys: true}
}

const (
	languageCookie = "seine_language"
	themeCookie    = "seine_theme"
	keysCookie     = "seine_keys"
)

// withTaste finds language, theme and keys for each request: what the person
// has set, else the cookie of this machine, else what the browser asks for.
func withTaste(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := ViewerOf(r.Context())
		t := taste{
			language: known(v.Language, locales.Languages...),
			theme:    known(v.Theme, "light", "dark"),
			keys:     cookie(r, keysCookie) != "off",
			here:     r.URL.RequestURI(),
		}
		if t.language == "" {
			t.language = known(cookie(r, languageCookie), locales.Languages...)
		}
		if t.language == "" {
			t.language = accepted(r.Header.Get("Accept-Language"))
		}
		if t.theme == "" {
			t.theme = known(cookie(r, themeCookie), "light", "dark")
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tasteKey{}, t)))
	})
}

func known(value string, values ...string) string {
	for _, v := range values {
		if v == value {
			return v
		}
	}
	return ""
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// accepted gives the first language of an Accept-Language header that the house
// speaks; every kind of Chinese gets ours.
func accepted(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return locales.English
	}
	for _, tag := range tags {
		if locales.IsChinese(tag.String()) {
			return locales.Chinese
		}
		if base, _ := tag.Base(); base.String() == locales.English {
			return locales.English
		}
	}
	return locales.English
}

// preferences answers POST /preferences: it keeps the choices in cookies and
// goes back to the page. A person's stored settings, where there are any, are
// changed through Deps.Remember as well.
func (s *Server) preferences(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	if err := r.ParseForm(); err != nil {
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
		return
	}
	choices := []struct {
		field, cookie string
		allowed       []string
	}{
		{"language", languageCookie, locales.Languages},
		{"theme", themeCookie, []string{"light", "dark", "system"}},
		{"keys", keysCookie, []string{"on", "off"}},
	}
	for _, c := range choices {
		value := known(r.PostForm.Get(c.field), c.allowed...)
		if value == "" {
			continue
		}
		http.SetCookie(w, &http.Cookie{
			Name: c.cookie, Value: value, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
		})
		if s.deps.Remember != nil && !isShowcase(r.Context()) && ViewerOf(r.Context()).SignedIn() {
			if err := s.deps.Remember(r.Context(), ViewerOf(r.Context()), c.field, value); err != nil {
				s.Fail(w, r, err)
				return
			}
		}
	}
	http.Redirect(w, r, localPath(r.PostForm.Get("back")), http.StatusSeeOther)
}

// localPath gives path when it leads to a page of this host, else "/".
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}
