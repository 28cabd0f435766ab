package httpapi

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/party"
)

// cookieName is the cookie of a session.
const cookieName = "seine_session"

// ticketCookie carries a sign-on through another house on its way.
const ticketCookie = "seine_signon"

// Who tells who asks: by a bearer token (of a machine, or of a session), a
// client certificate that the connection has proved, or the cookie of a session.
// Faults: HTTP-AUTH-01 (nothing shown), those of identity.
func Who(desk *identity.Desk, r *http.Request) (*identity.Principal, error) {
	if h := r.Header["Authorization"]; len(h) == 1 {
		kind, token, _ := strings.Cut(h[0], " ")
		if !strings.EqualFold(kind, "Bearer") {
			return nil, notSignedIn()
		}
		if strings.Contains(token, ".") {
			return desk.Bearer(r.Context(), token)
		}
		return desk.Session(r.Context(), token)
	}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return desk.Certificate(r.Context(), r.TLS.PeerCertificates[0].Raw)
	}
	if cookie, err := r.Cookie(cookieName); err == nil {
		return desk.Session(r.Context(), cookie.Value)
	}
	return nil, notSignedIn()
}

func notSignedIn() error {
	return fault.New(fault.Forbidden, "HTTP-AUTH-01", "", "nobody is signed in", "send a bearer token, or sign in")
}

func (s *Server) principal(r *http.Request) (*identity.Principal, error) { return Who(s.identity, r) }

// Remember sets the cookie of a session that was opened.
func Remember(w http.ResponseWriter, o identity.Opened, secure bool) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: o.Token, Path: "/", Expires: o.Expires.Time(), HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	})
}

// Forget takes the cookie of a session away.
func Forget(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}

// Token gives the session's token that a browser sent, "" without one.
func Token(r *http.Request) string {
	if cookie, err := r.Cookie(cookieName); err == nil {
		return cookie.Value
	}
	if _, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && !strings.Contains(token, ".") {
		return token
	}
	return ""
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// SignedIn is a session as its owner learns of it.
type SignedIn struct {
	Token   string        `json:"token" doc:"also set as a cookie; send it as a bearer token where there are no cookies"`
	Expires clock.Instant `json:"expires"`
	User    string        `json:"user"`
}

// Me is who asks.
type Me struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Name       string   `json:"name,omitempty"`
	User       string   `json:"user,omitempty"`
	Enterprise string   `json:"enterprise,omitempty"`
	Office     string   `json:"office,omitempty"`
	Posts      []string `json:"posts"`
	Areas      []string `json:"areas,omitempty"`
	Desk       string   `json:"desk,omitempty"`
	Language   string   `json:"language,omitempty"`
}

type signInBody struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

type linkBody struct {
	Link string `json:"link" doc:"the token of the one-time link"`
}

type passwordBody struct {
	Old string `json:"old,omitempty"`
	New string `json:"new"`
}

// tokenAnswer is the answer of RFC 6749 §5.1.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in" doc:"seconds"`
}

func (s *Server) opened(c *call, o identity.Opened, err error) (SignedIn, error) {
	if err != nil {
		return SignedIn{}, err
	}
	Remember(c.w, o, s.Secure)
	return SignedIn{o.Token, o.Expires, o.User}, nil
}

func (s *Server) identityRoutes() {
	add(s, route{
		id: "issue-token", method: http.MethodPost, path: "/api/v1/token", tag: "identity", open: true, summary: "A token for a machine (OAuth 2 client credentials)",
		accept: []string{"application/x-www-form-urlencoded"}, limit: 8 << 10,
	}, func(c *call, in *struct{ RawBody []byte }) (tokenAnswer, error) {
		form, err := url.ParseQuery(string(in.RawBody))
		if err != nil || form.Get("grant_type") != "client_credentials" {
			return tokenAnswer{}, fault.New(fault.Invalid, "HTTP-GRANT-01", "/grant_type", "only client_credentials is granted here", "send grant_type=client_credentials")
		}
		client, secret, basic := c.r.BasicAuth()
		if !basic {
			client, secret = form.Get("client_id"), form.Get("client_secret")
		}
		issued, err := s.identity.Issue(c.ctx(), client, secret)
		return tokenAnswer{issued.Token, "Bearer", int(issued.Life / time.Second)}, err
	})
	add(s, route{id: "sign-in", method: http.MethodPost, path: "/api/v1/sign-in", tag: "identity", open: true, summary: "Sign in with name and password", limit: 8 << 10},
		func(c *call, in *struct{ Body signInBody }) (SignedIn, error) {
			o, err := s.identity.SignIn(c.ctx(), in.Body.Name, in.Body.Password)
			return s.opened(c, o, err)
		})
	add(s, route{id: "use-link", method: http.MethodPost, path: "/api/v1/sign-in/link", tag: "identity", open: true, summary: "Sign in with a one-time link", limit: 8 << 10},
		func(c *call, in *struct{ Body linkBody }) (SignedIn, error) {
			o, err := s.identity.UseLink(c.ctx(), in.Body.Link)
			return s.opened(c, o, err)
		})
	add(s, route{id: "sign-out", method: http.MethodPost, path: "/api/v1/sign-out", tag: "identity", open: true, summary: "Sign out"},
		func(c *call, _ *struct{}) (none, error) {
			Forget(c.w, s.Secure)
			if token := Token(c.r); token != "" {
				return none{}, s.identity.SignOut(c.ctx(), token)
			}
			return none{}, nil
		})
	add(s, route{id: "who-am-i", method: http.MethodGet, path: "/api/v1/me", tag: "identity", summary: "Who asks, with posts and areas"},
		func(c *call, _ *struct{}) (Me, error) {
			a := c.who.Actor
			me := Me{ID: a.ID, Kind: string(a.Kind), Name: a.Name, Enterprise: a.Enterprise, Office: a.Office, Posts: a.Posts, Areas: a.Areas, Desk: party.Rights().Desk(a.Posts), Language: c.who.Language}
			if c.who.User != nil {
				me.User = c.who.User.ID
			}
			return me, nil
		})
	add(s, route{id: "change-password", method: http.MethodPut, path: "/api/v1/me/password", tag: "identity", summary: "Change one's own password", limit: 8 << 10},
		func(c *call, in *struct{ Body passwordBody }) (none, error) {
			if c.who.User == nil {
				return none{}, notSignedIn()
			}
			return none{}, s.identity.SetPassword(c.ctx(), c.who.Actor, c.who.User.ID, &in.Body.Old, in.Body.New)
		})
	if s.SignOn != nil {
		s.mux.HandleFunc("GET /api/v1/sign-in/oidc", s.beginSignOn)
		s.mux.HandleFunc("GET /api/v1/sign-in/oidc/callback", s.finishSignOn)
	}
}

func (s *Server) beginSignOn(w http.ResponseWriter, r *http.Request) {
	address, ticket, err := s.SignOn.Begin(localPage(r.URL.Query().Get("next")))
	if err != nil {
		s.problem(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: ticketCookie, Value: ticket, Path: "/api/v1/sign-in/oidc", MaxAge: 600, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, address, http.StatusFound)
}

func (s *Server) finishSignOn(w http.ResponseWriter, r *http.Request) {
	ticket := ""
	if cookie, err := r.Cookie(ticketCookie); err == nil {
		ticket = cookie.Value
	}
	http.SetCookie(w, &http.Cookie{Name: ticketCookie, Path: "/api/v1/sign-in/oidc", MaxAge: -1, HttpOnly: true, Secure: s.Secure})
	o, next, err := s.SignOn.Finish(r.Context(), ticket, r.URL.Query().Get("state"), r.URL.Query().Get("code"))
	if err != nil {
		s.problem(w, r, err)
		return
	}
	Remember(w, o, s.Secure)
	http.Redirect(w, r, localPage(next), http.StatusSeeOther)
}

// localPage keeps a redirect inside the house.
func localPage(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}
