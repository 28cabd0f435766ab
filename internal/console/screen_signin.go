package console

import (
	"context"
	"net/http"
	"net/url"

	"seine/internal/fault"
)

// SessionCookie is the name of the cookie that carries the session token. It is
// sent to this host only, and scripts cannot read it.
const SessionCookie = "seine_session"

// signInPath leads to the sign-in page and back to path afterwards.
func signInPath(path string) string {
	if path = localPath(path); path == "/" {
		return "/sign-in"
	}
	return "/sign-in?back=" + url.QueryEscape(path)
}

// signIn answers GET and POST /sign-in: name and password.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	page := signInPage{Back: localPath(r.URL.Query().Get("back"))}
	if r.Method == http.MethodPost {
		if !s.form(w, r) {
			return
		}
		page.Name, page.Back = r.PostForm.Get("name"), localPath(r.PostForm.Get("back"))
		session, v, err := s.house().Identity.SignIn(r.Context(), page.Name, r.PostForm.Get("password"))
		if err == nil {
			s.welcome(w, r, session, v, page.Back)
			return
		}
		if page.Faults = fault.All(err); len(page.Faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	s.Render(w, r, Page{Title: T(r.Context(), "signin.title"), Bare: true, Faults: page.Faults}, signInBody(page))
}

// signInLink answers GET /sign-in/{token} with a page that asks to go on, and
// POST with the session: a link that a mail program looks at beforehand is not
// used up by it.
func (s *Server) signInLink(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	var faults fault.List
	if r.Method == http.MethodPost {
		session, v, err := s.house().Identity.UseLink(r.Context(), token)
		if err == nil {
			s.welcome(w, r, session, v, "/")
			return
		}
		if faults = fault.All(err); len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is the secret
	s.Render(w, r, Page{Title: T(r.Context(), "signin.title"), Bare: true, Faults: faults}, signInLinkBody(token, len(faults) > 0))
}

func (s *Server) welcome(w http.ResponseWriter, r *http.Request, session string, v Viewer, back string) {
	http.SetCookie(w, &http.Cookie{
		Name: SessionCookie, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	})
	if back == "/" {
		back = homeOf(v.Role)
	}
	sent(w, r, back)
}

// signOut answers POST /sign-out.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	if session := cookie(r, SessionCookie); session != "" {
		if err := s.house().Identity.SignOut(r.Context(), session); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	http.SetCookie(w, &http.Cookie{Name: SessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
	sent(w, r, "/sign-in")
}

// homeOf is the first page of a role.
func homeOf(role string) string {
	switch role {
	case RoleEnterprise:
		return "/home"
	case RoleLane:
		return "/lanes"
	case RoleDispatcher, RoleAnalyst:
		return "/overview"
	case RoleAuditor:
		return "/journal"
	case RoleOperator:
		return "/settings"
	}
	return "/work"
}

// first answers GET /: the first page of the person's role.
func (s *Server) firstPage(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, homeOf(ViewerOf(r.Context()).Role), http.StatusSeeOther)
}

type signInPage struct {
	Name, Back string
	Faults     fault.List
}

func gallerySignIn(ctx context.Context) Specimen {
	return Specimen{
		Name: "sign-in", Title: "signin.title", Page: Page{Bare: true},
		Body: signInBody(signInPage{Name: "chen.jing", Back: "/"}),
	}
}
