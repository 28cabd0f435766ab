package party

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
)

// PostID names a post.
type PostID string

// The posts (DR §13).
const (
	FilingOfficer       PostID = "filing-officer"
	Reviewer            PostID = "reviewer"
	GateOfficer         PostID = "gate-officer"
	Inspector           PostID = "inspector"
	CommandWatch        PostID = "command-watch"
	Expert              PostID = "expert"
	RiskAnalyst         PostID = "risk-analyst"
	IntelligenceOfficer PostID = "intelligence-officer"
	Auditor             PostID = "auditor"
	TaxOfficer          PostID = "tax-officer"
	GuaranteeOfficer    PostID = "guarantee-officer"
	IPROfficer          PostID = "ipr-officer"
	StatisticsOfficer   PostID = "statistics"
	InternalControl     PostID = "internal-control"
	DivisionHead        PostID = "division-head"
	Administrator       PostID = "administrator"

	LaneDevice PostID = "lane-device"

	EnterpriseClerk PostID = "enterprise-clerk"
	BrokerPost      PostID = "broker"
	CarrierPost     PostID = "carrier"
	BankPost        PostID = "bank"
)

// Side is one of the two sides of the counter, or the equipment between them.
type Side string

// The sides.
const (
	Customs    Side = "customs"
	OfTheTrade Side = "enterprise"
	Equipment  Side = "device"
)

// Action is what somebody wants to do with a document.
type Action string

// The actions; data/rights.yaml says what each means.
const (
	View      Action = "view"
	Lodge     Action = "lodge"
	Decide    Action = "decide"
	Confirm   Action = "confirm"
	Inspect   Action = "inspect"
	Operate   Action = "operate"
	Configure Action = "configure"
	Manage    Action = "manage"
)

var actions = [...]Action{View, Lodge, Decide, Confirm, Inspect, Operate, Configure, Manage}

// Post is one post with what it may do.
type Post struct {
	ID      PostID              `yaml:"id"`
	Title   string              `yaml:"title"`
	TitleZH string              `yaml:"titleZH"`
	Side    Side                `yaml:"side"`
	Desk    string              `yaml:"desk"`  // which desk of the console it sits at
	Agent   bool                `yaml:"agent"` // may use mandates of other enterprises
	May     map[string][]Action `yaml:"may"`   // by kind of document
}

// Matrix says who may do what: post × kind of document × action.
type Matrix struct {
	Posts  []Post   `yaml:"posts"`
	Always []string `yaml:"always"` // kinds that "*" does not mean
	Apart  []Apart  `yaml:"apart"`
}

// Apart is a group of posts of which one person may hold one only.
type Apart struct {
	Source string   `yaml:"source"`
	Posts  []PostID `yaml:"posts"`
}

// Rights gives the matrix that is built in.
var Rights = built(func() (*Matrix, error) {
	var m Matrix
	if err := read("rights.yaml", &m); err != nil {
		return nil, err
	}
	for _, p := range m.Posts {
		if p.Side != Customs && p.Side != OfTheTrade && p.Side != Equipment {
			return nil, fmt.Errorf("post %s: no side", p.ID)
		}
		for kind, may := range p.May {
			for _, a := range may {
				if !slices.Contains(actions[:], a) {
					return nil, fmt.Errorf("post %s, %s: no action %s", p.ID, kind, a)
				}
			}
		}
	}
	for _, group := range m.Apart {
		for _, p := range group.Posts {
			if _, ok := m.Post(p); !ok {
				return nil, fmt.Errorf("posts apart: no post %s", p)
			}
		}
	}
	return &m, nil
})

// Post gives a post by its id.
func (m *Matrix) Post(id PostID) (Post, bool) {
	for _, p := range m.Posts {
		if p.ID == id {
			return p, true
		}
	}
	return Post{}, false
}

// allows tells whether the post lists the action for the kind.
func (m *Matrix) allows(p *Post, action Action, kind string) bool {
	if slices.Contains(p.May[kind], action) {
		return true
	}
	if _, named := p.May[kind]; named || slices.Contains(m.Always, kind) {
		return false
	}
	return slices.Contains(p.May["*"], action)
}

// checkPosts gives PARTY-POST-01 and PARTY-POST-02 for the posts of one person.
func (m *Matrix) checkPosts(posts []PostID, side Side) fault.List {
	var faults fault.List
	for i, id := range posts {
		if p, ok := m.Post(id); !ok || p.Side != side {
			faults = append(faults, fault.New(fault.Invalid, "PARTY-POST-01", "/posts/"+strconv.Itoa(i),
				"there is no post “{post}” on this side", "choose one of {posts}", "post", string(id), "posts", m.names(side)))
		}
	}
	for _, group := range m.Apart {
		var both []string
		for _, p := range group.Posts {
			if slices.Contains(posts, p) {
				both = append(both, string(p))
			}
		}
		if len(both) > 1 {
			faults = append(faults, fault.New(fault.Refused, "PARTY-POST-02", "/posts",
				"one person may not hold these posts together: {posts}", "give all but one of them to others ({source})",
				"posts", strings.Join(both, ", "), "source", group.Source))
		}
	}
	return faults
}

func (m *Matrix) names(side Side) string {
	var names []string
	for _, p := range m.Posts {
		if p.Side == side {
			names = append(names, string(p.ID))
		}
	}
	return strings.Join(names, ", ")
}

// Who is the one who acts, on a day, with the mandates that others gave to the
// enterprise.
type Who struct {
	Actor    decision.Actor
	Mandates []Mandate
	On       clock.Date
}

// Mandate is an agency of Principal whose agent is the actor's enterprise.
type Mandate struct {
	Principal string // enterprise acted for
	Agency
}

// Object is what the act is about.
type Object struct {
	Kind    string   // of document: "declaration", "book" …
	ID      string   // for the refusal only
	Area    string   // "" when it belongs to no single area
	Parties []string // enterprises whose document it is
}

// May tells whether who may do action on object: nil, or a fault. An act on
// something that who may not even see is not_found PARTY-RIGHT-01, with the same
// text as for a document that never was; one on something visible is forbidden
// PARTY-RIGHT-02. The system itself may do everything.
func (m *Matrix) May(who Who, action Action, object Object) error {
	if who.Actor.Kind == journal.System {
		return nil
	}
	if m.reaches(who, action, object) {
		return nil
	}
	if action == View || !m.reaches(who, View, object) {
		return Absent(object.Kind, object.ID)
	}
	return fault.New(fault.Forbidden, "PARTY-RIGHT-02", "", "your posts do not include: {action} {kind}",
		"ask somebody with one of these posts: {posts}", "action", string(action), "kind", spoken(object.Kind),
		"posts", m.holders(action, object.Kind))
}

// May is Rights().May.
func May(who Who, action Action, object Object) error { return Rights().May(who, action, object) }

// Could tells whether one of these posts lists the action for the kind at all,
// whosever the document is and wherever it lies: what a page asks before it offers
// a way that would end at a refusal.
func (m *Matrix) Could(posts []string, action Action, kind string) bool {
	for _, id := range posts {
		if p, known := m.Post(PostID(id)); known && m.allows(&p, action, kind) {
			return true
		}
	}
	return false
}

// Could is Rights().Could.
func Could(posts []string, action Action, kind string) bool {
	return Rights().Could(posts, action, kind)
}

// Absent is the refusal for a document that is not there or may not be seen.
func Absent(kind, id string) *fault.Fault {
	return fault.New(fault.NotFound, "PARTY-RIGHT-01", "", "there is no {kind} {id}",
		"check the number and that you are signed in for the right enterprise or area", "kind", spoken(kind), "id", id)
}

// spoken is the name of a kind of document as a sentence has it.
func spoken(kind string) string { return strings.ReplaceAll(kind, "_", " ") }

func (m *Matrix) reaches(who Who, action Action, object Object) bool {
	for _, id := range who.Actor.Posts {
		p, ok := m.Post(PostID(id))
		if !ok || !m.allows(&p, action, object.Kind) || !sideOf(p.Side, who.Actor.Kind) {
			continue
		}
		if p.Side != OfTheTrade {
			if inAreas(who.Actor.Areas, object.Area) {
				return true
			}
			continue
		}
		if who.Actor.Enterprise == "" {
			continue
		}
		if slices.Contains(object.Parties, who.Actor.Enterprise) {
			return true
		}
		if !p.Agent {
			continue
		}
		for _, mandate := range who.Mandates {
			if mandate.Agent == who.Actor.Enterprise && slices.Contains(object.Parties, mandate.Principal) &&
				mandate.InForce(object.Kind, who.On) {
				return true
			}
		}
	}
	return false
}

// sideOf tells whether an actor of this kind can hold a post of this side: a
// post of customs written into the account of an enterprise has no effect.
func sideOf(s Side, kind journal.ActorKind) bool {
	switch s {
	case Customs:
		return kind == journal.Officer
	case Equipment:
		return kind == journal.Device
	case OfTheTrade:
	}
	return kind == journal.Enterprise || kind == journal.Client || kind == journal.Outside
}

func (m *Matrix) holders(action Action, kind string) string {
	var names []string
	for i := range m.Posts {
		if m.allows(&m.Posts[i], action, kind) {
			names = append(names, m.Posts[i].Title)
		}
	}
	if len(names) == 0 {
		return "–"
	}
	return strings.Join(names, ", ")
}

// Desk gives the desk of the console for a set of posts: that of the first one
// known, "" when there is none.
func (m *Matrix) Desk(posts []string) string {
	for _, id := range posts {
		if p, ok := m.Post(PostID(id)); ok {
			return p.Desk
		}
	}
	return ""
}
