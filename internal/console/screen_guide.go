package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"seine/internal/fault"
	"seine/internal/law"
)

// Demonstration is a zone in which everything is invented: every page says so,
// and a guided path leads through it. It is never set on a zone that works.
type Demonstration struct {
	// Roles are those that whoever reaches the page may take by one click; none
	// where the demonstration can be reached from other machines.
	Roles []string
	// Take opens a session of the account of a role. Fault: IDENTITY-ACCOUNT-01
	// while the accounts are not made yet.
	Take func(ctx context.Context, role string) (session string, v Viewer, err error)
	// Advance pushes the clock of the zone; nil where it runs by itself only.
	Advance func(d time.Duration)
	// Outages are what a visitor may make fail for a while.
	Outages []Outage
	// ReadOnly lets whoever comes look and change nothing but the looks of pages:
	// a demonstration for the public.
	ReadOnly bool
}

// showcased tells whether a request may be served by a demonstration in which
// nothing can be changed: one that looks, or that takes a role to look with.
func showcased(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		role, found := strings.CutPrefix(r.URL.Path, "/guide/")
		return found && demoRoles[role] != "" || r.URL.Path == "/preferences" || r.URL.Path == "/sign-out"
	}
	return false
}

// Outage is something outside the house that a visitor of a demonstration can
// make fail for a while, to see what the house does without it.
type Outage struct {
	Kind string // a name of outageWords
	// Order makes it fail for a time from now on; 0 mends it.
	Order func(d time.Duration)
	// State tells how long it goes on failing, 0 where it works, and how many
	// messages wait on its side.
	State func() (left time.Duration, waits int)
}

// outageWords say of each outage what it is, what the house does meanwhile, and
// where that is seen, with the role that sees it.
var outageWords = map[string]struct {
	Title, Text Key
	Role, Href  string
}{
	"bank":  {"guide.outage.bank", "guide.outage.bank.text", "tax", "/reconciliations"},
	"lanes": {"guide.outage.lanes", "guide.outage.lanes.text", "gate", "/lanes"},
}

// outageMinutes are the lengths of an outage that can be ordered.
var outageMinutes = []int{1, 5, 15}

type push struct {
	hours int
	word  Key
}

// pushes are the hours by which the clock of a demonstration can be pushed at once.
var pushes = []push{{1, "guide.clock.hour"}, {24, "guide.clock.day"}, {7 * 24, "guide.clock.week"}}

// guideStep is one stop of the guided path: who acts, where, and the rule that
// the screen stands for.
type guideStep struct {
	Role, Href, Law string
	Title, Text     Key
}

// titleOfLaw says what a reference to a law stands for, in the page's language.
func titleOfLaw(ctx context.Context, ref string) string {
	register, err := lawRegister()
	if err != nil {
		return ref // the program carries the register, and its tests read it
	}
	return register.Title(ref, LanguageOf(ctx))
}

var lawRegister = sync.OnceValues(law.Default)

// guideSteps take about a minute each: a consignment from its declaration to the
// proof of what was decided about it.
var guideSteps = []guideStep{
	{"enterprise", "/declare", "CL art. 24", "guide.file", "guide.file.text"},
	{"officer", "/work", "SEED II.2(4)", "guide.channel", "guide.channel.text"},
	{"inspector", "/work?view=inspections", "CL art. 28", "guide.inspect", "guide.inspect.text"},
	{"gate", "/lanes", "SEED II.2(3)", "guide.gate", "guide.gate.text"},
	{"enterprise", "/books", "SEED III.3(1)", "guide.book", "guide.book.text"},
	{"enterprise", "/feeds", "SEED III.3(1)", "guide.feed", "guide.feed.text"},
	{"enterprise", "/write-offs", "SEED III.3(1)", "guide.count", "guide.count.text"},
	{"tax", "/due", "GUA art. 14", "guide.owed", "guide.owed.text"},
	{"auditor", "/journal", "SEED II.4(1)", "guide.prove", "guide.prove.text"},
}

// demoRoles name the roles of a demonstration.
var demoRoles = map[string]Key{
	"officer": "demo.officer", "reviewer": "demo.reviewer", "inspector": "demo.inspector", "gate": "demo.gate", "tax": "demo.tax",
	"analyst": "demo.analyst", "analyst-second": "demo.analyst.second", "chief-second": "demo.chief.second", "auditor": "demo.auditor", "chief": "demo.chief", "administrator": "demo.administrator",
	"enterprise": "demo.enterprise", "broker": "demo.broker", "carrier": "demo.carrier",
}

// apiDocs is where the HTTP interface is described.
const apiDocs = "/api/docs"

// guide answers GET /guide: what the demonstration is, its roles, the path.
func (s *Server) guide(w http.ResponseWriter, r *http.Request) { s.guided(w, r, nil) }

func (s *Server) guided(w http.ResponseWriter, r *http.Request, faults fault.List) {
	s.Render(w, r, Page{Title: T(r.Context(), "guide.title"), Bare: !ViewerOf(r.Context()).SignedIn(), Faults: faults}, guideBody(s.deps.Demo.Roles, s.mayPush(), s.outages()))
}

// outages gives what may be made to fail by whoever reaches the page.
func (s *Server) outages() []Outage {
	if !s.mayPush() {
		return nil
	}
	return s.deps.Demo.Outages
}

// guideOutage answers POST /guide/outage: makes something fail for some minutes,
// or mends it. Fault: CONSOLE-GUIDE-04.
func (s *Server) guideOutage(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	all := s.outages()
	minutes, err := strconv.Atoi(r.PostForm.Get("minutes"))
	i := slices.IndexFunc(all, func(o Outage) bool { return o.Kind == r.PostForm.Get("kind") })
	if err != nil || i < 0 || minutes != 0 && !slices.Contains(outageMinutes, minutes) {
		s.Fail(w, r, fault.New(fault.Forbidden, "CONSOLE-GUIDE-04", "/minutes", "this outage cannot be ordered here", "order that of the bank or of the lanes for 1, 5 or 15 minutes, from the machine that runs the demonstration"))
		return
	}
	all[i].Order(time.Duration(minutes) * time.Minute)
	sent(w, r, "/guide#outages")
}

// mayPush tells whether whoever reaches the page may push the clock: where roles
// are free to take, so is time.
func (s *Server) mayPush() bool { return s.deps.Demo.Advance != nil && len(s.deps.Demo.Roles) > 0 }

// guideClock answers POST /guide/clock: pushes the clock by hours. What falls due
// meanwhile falls due.
func (s *Server) guideClock(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	hours, err := strconv.Atoi(r.PostForm.Get("hours"))
	known := slices.ContainsFunc(pushes, func(p push) bool { return p.hours == hours })
	if err != nil || !known || !s.mayPush() {
		s.Fail(w, r, fault.New(fault.Forbidden, "CONSOLE-GUIDE-02", "/hours", "the clock cannot be pushed by that here", "push it by 1, 24 or 168 hours, from the machine that runs the demonstration"))
		return
	}
	s.deps.Demo.Advance(time.Duration(hours) * time.Hour)
	sent(w, r, "/guide")
}

// guideTake answers POST /guide/{role}: signs in as that role and goes where the
// step leads.
func (s *Server) guideTake(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	role := r.PathValue("role")
	if !slices.Contains(s.deps.Demo.Roles, role) {
		s.Fail(w, r, fault.New(fault.Forbidden, "CONSOLE-GUIDE-01", "", "this role cannot be taken here",
			"use the sign-in links that the demonstration printed"))
		return
	}
	session, v, err := s.deps.Demo.Take(r.Context(), role)
	if err != nil {
		faults := fault.All(err)
		if len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
		s.guided(w, r, faults)
		return
	}
	s.welcome(w, r, session, v, localPath(r.PostForm.Get("to")))
}

func galleryGuide(ctx context.Context) Specimen {
	return Specimen{
		Name: "guide", Title: "guide.title", Page: Page{Title: T(ctx, "guide.title")},
		Body: guideBody([]string{"officer", "inspector", "gate", "tax", "auditor", "enterprise"}, true, []Outage{
			{Kind: "bank", State: func() (time.Duration, int) { return 4 * time.Minute, 3 }},
			{Kind: "lanes", State: func() (time.Duration, int) { return 0, 0 }},
		}),
	}
}
