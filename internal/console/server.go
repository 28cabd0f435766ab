package console

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"seine/internal/fault"
	"seine/internal/party"
	"seine/web"
)

// Deps is what the console needs from the house. Each screen adds the small
// interface it reads or acts through; a nil one leaves its screen out.
type Deps struct {
	// Log receives internal errors with the reference number that is shown.
	Log *slog.Logger
	// Now gives the house's time, for live pages and for what is due.
	Now func() time.Time
	// Feed gives live messages; nil leaves /live out.
	Feed Feed
	// Remember stores a choice of language, theme or keys with the person; nil
	// keeps it in a cookie only.
	Remember func(ctx context.Context, v Viewer, setting, value string) error
	// House is what the screens read and act through.
	House House
	// Gallery shows every component and screen with fixed data at /gallery.
	Gallery bool
	// Demo is set where everything is invented, nil on a zone that works.
	Demo *Demonstration
}

// Server serves the console's pages.
type Server struct {
	deps    Deps
	screens []Screen
	ways    *http.ServeMux // to the screens that a link can lead to
	health  keptHealth     // of the risk rules
}

// New gives the console. Whoever puts the house together wraps it in the session
// that sets the Viewer (WithViewer); pages that need a person answer 403 without
// one.
func New(deps Deps) http.Handler {
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	s := &Server{deps: deps}
	s.screens = s.allScreens()
	s.ways = waysTo(s.screens)

	mux := http.NewServeMux()
	mux.Handle("GET "+web.Prefix, web.Handler())
	mux.HandleFunc("POST /preferences", s.preferences)
	if deps.Feed != nil {
		mux.HandleFunc("GET /live", s.live)
	}
	if deps.Gallery {
		mux.HandleFunc("GET /gallery", s.gallery)
		mux.HandleFunc("GET /gallery/{name}", s.gallery)
	}
	for _, screen := range s.screens {
		if screen.Public {
			mux.HandleFunc(screen.Pattern, screen.Serve)
			continue
		}
		mux.Handle(screen.Pattern, s.only(screen))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.Fail(w, r, fault.New(fault.NotFound, "CONSOLE-PAGE-01", "", "there is no page at this address",
			"look at the address, or go on from the navigation"))
	})
	return http.NewCrossOriginProtection().Handler(secured(withTaste(s.withNavigation(s.withListFiles(mux)))))
}

// secured sets the headers that keep a page to itself: nothing from another
// host, no frame, no script in the page, no guessing of types.
func secured(next http.Handler) http.Handler {
	const policy = "default-src 'self'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; " +
		"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// Screen is one page of the console and who may open it.
type Screen struct {
	Pattern string   // as http.ServeMux takes it: "GET /declarations/{id}"
	Roles   []string // empty: everybody who has signed in
	// Needs is the action on documents of the kind Of that a post of the person must
	// list; "" where every post may open it. Whose document it is the page itself asks.
	Needs  party.Action
	Of     string
	Nav    Key    // its word in the navigation, "" when it is not listed
	Group  Key    // the heading it stands under
	Href   string // where the navigation leads
	Serve  http.HandlerFunc
	Public bool // open to whoever has not signed in
}

// opens tells whether this person's desk and posts open the screen at all.
func (s Screen) opens(v Viewer) bool {
	return v.SignedIn() && (len(s.Roles) == 0 || slices.Contains(s.Roles, v.Role)) &&
		(s.Needs == "" || party.Could(v.Posts, s.Needs, s.Of))
}

// only serves a screen to those who may open it.
func (s *Server) only(screen Screen) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := ViewerOf(r.Context())
		if !v.SignedIn() && s.deps.House.Identity != nil && r.Method == http.MethodGet && r.Header.Get("HX-Request") == "" {
			http.Redirect(w, r, signInPath(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		if !screen.opens(v) {
			s.Fail(w, r, fault.New(fault.Forbidden, "CONSOLE-ROLE-01", "", "this page is not open to your role",
				"ask your operator for the right, or sign in as somebody who has it"))
			return
		}
		screen.Serve(w, r)
	})
}

// navGroup is one heading of the navigation with its links.
type navGroup struct {
	Title Key
	Links []navLink
}

type navLink struct {
	Title   Key
	Href    string
	Current bool
}

type navigationKey struct{}

// withNavigation puts the links that this person may follow into the context.
func (s *Server) withNavigation(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		groups := s.navigation(ViewerOf(r.Context()), r.URL.Path)
		ctx := context.WithValue(r.Context(), navigationKey{}, groups)
		ctx = s.withPicks(s.withNames(context.WithValue(ctx, waysKey{}, s.ways)))
		r = r.WithContext(context.WithValue(ctx, demoKey{}, s.deps.Demo))
		if s.deps.Demo != nil && s.deps.Demo.ReadOnly && !showcased(r) {
			s.Fail(w, r, fault.New(fault.Forbidden, "CONSOLE-GUIDE-03", "", "nothing can be changed in this demonstration: it is there to be looked at",
				"start one of your own with “seine demo”, and try everything"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) navigation(v Viewer, path string) []navGroup {
	var groups []navGroup
	for _, screen := range s.screens {
		if screen.Nav == "" || !screen.opens(v) {
			continue
		}
		i := slices.IndexFunc(groups, func(g navGroup) bool { return g.Title == screen.Group })
		if i < 0 {
			i, groups = len(groups), append(groups, navGroup{Title: screen.Group})
		}
		groups[i].Links = append(groups[i].Links, navLink{Title: screen.Nav, Href: screen.Href, Current: within(path, screen.Href)})
	}
	return groups
}

// within tells whether path is the page at href or one below it.
func within(path, href string) bool {
	return path == href || href != "/" && len(path) > len(href) && path[:len(href)] == href && path[len(href)] == '/'
}

func navigationOf(ctx context.Context) []navGroup {
	groups, _ := ctx.Value(navigationKey{}).([]navGroup)
	return groups
}

// Page is what the frame around a screen shows.
type Page struct {
	Title  string   // the h1, in the viewer's language
	ID     string   // identifier shown in mono before the title, with its copy button
	Trail  []Link   // the pages above this one
	Badges []Badge  // beside the title
	Acts   []Act    // on the right; the first is the primary one
	Facts  []Fact   // the few facts under the title
	Live   []string // topics of /live that this page shows; none: no indicator
	Faults fault.List
	Bare   bool // without navigation: sign-in, wall, handheld
}

// Link is a word that leads somewhere.
type Link struct{ Text, Href string }

// Render answers with a screen: the whole page, or only the body when htmx asks
// for a fragment. Status is 200, or that of the page's faults.
func (s *Server) Render(w http.ResponseWriter, r *http.Request, page Page, body templ.Component) {
	w.Header().Add("Vary", "HX-Request, Cookie, Accept-Language")
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	if len(page.Faults) > 0 {
		status = statusOf(page.Faults.Kind())
	}
	s.answer(w, r, status, page, body)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, status int, page Page, body templ.Component) {
	whole := layout(page, body)
	if r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true" {
		whole = body
	}
	templ.Handler(whole, templ.WithStatus(status), templ.WithErrorHandler(func(_ *http.Request, err error) http.Handler {
		s.deps.Log.Error("page not rendered", "path", r.URL.Path, "err", err)
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		})
	})).ServeHTTP(w, r)
}

// Fail answers with a page that says what went wrong and what to do. Faults are
// shown with their words; any other error only with a reference number, under
// which the log has it.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	faults := fault.All(err)
	status, state := http.StatusInternalServerError, State{Kind: StateFailed}
	switch {
	case len(faults) == 0:
		reference := rand.Text()[:10]
		s.deps.Log.Error("request failed", "reference", reference, "path", r.URL.Path, "err", err)
		state.Title, state.Text = T(ctx, "state.failed"), T(ctx, "state.failed.text", "reference", reference)
	default:
		status = statusOf(faults.Kind())
		state.Text, state.Cure = Refusal(ctx, faults[0])
		state.Code = faults[0].Code
		switch faults.Kind() {
		case fault.Forbidden:
			state.Kind, state.Title = StateForbidden, T(ctx, "state.forbidden")
		case fault.NotFound:
			state.Kind, state.Title = StateEmpty, T(ctx, "state.notfound")
		case fault.Overload:
			state.Title = T(ctx, "state.overload")
		case fault.Invalid, fault.Refused, fault.Conflict:
			state.Title = T(ctx, "state.refused")
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	page := Page{Title: state.Title}
	state.Title = ""
	templ.Handler(layout(page, StatePanel(state)), templ.WithStatus(status)).ServeHTTP(w, r)
}

func statusOf(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Overload:
		return http.StatusServiceUnavailable
	case fault.Refused, fault.Conflict:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// htmxConfig tells htmx what it may not do: our style sheet has the indicator,
// and nothing that a page says is evaluated.
const htmxConfig = `{"includeIndicatorCSS":false}`
