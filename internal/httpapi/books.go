package httpapi

import (
	"encoding/json"
	"net/http"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/procedure"
)

var books = &resource[bonded.Book]{
	kind: dossier.Book, path: "books", tag: "books", one: "book", many: "books", number: "number", owner: "enterprise", area: "area",
	parties: func(b *bonded.Book) ([]string, string) {
		return []string{operator(b.Operator), operator(b.Processor), operator(b.Declarant)}, b.Area
	},
}

var lists = &resource[bonded.List]{
	kind: dossier.VerificationList, path: "verification-lists", tag: "books", one: "verification-list", many: "verification-lists", number: "number", owner: "enterprise",
	parties: func(l *bonded.List) ([]string, string) {
		return []string{operator(l.Operator), operator(l.Processor), operator(l.Declarant)}, areaOf(l.CompetentOffice)
	},
	redact: func(p *identity.Principal, l *bonded.List) {
		if l.Verdict != nil {
			v := l.Verdict.For(audience(p))
			l.Verdict = &v
		}
	},
}

// applications are papers on a bill of lading, and are entrusted with it.
var applications = &resource[bonded.Application]{
	kind: dossier.Application, path: "lading-applications", tag: "books", one: "lading-application", many: "lading-applications", number: "number",
	owner: "enterprise", area: "area", right: string(dossier.BillOfLading),
	parties: func(a *bonded.Application) ([]string, string) { return []string{a.Enterprise}, a.Area },
}

var proposals = &resource[deliberation.Proposed]{
	kind: dossier.Proposal, path: "proposals", tag: "registry", one: "proposal", many: "proposals",
	parties: func(p *deliberation.Proposed) ([]string, string) { return nil, p.Area },
}

func operator(p book.Party) string {
	if p.CreditCode != "" {
		return p.CreditCode
	}
	return p.Code
}

type bookQuery struct {
	paging
	State      string `query:"state"`
	Enterprise string `query:"enterprise"`
	Number     string `query:"number"`
}

type listQuery struct {
	paging
	State      string `query:"state"`
	Open       bool   `query:"open"`
	Enterprise string `query:"enterprise"`
	Book       string `query:"book" doc:"number of the account book"`
	Direction  string `query:"direction" doc:"in or out"`
}

type applicationQuery struct {
	paging
	State      string `query:"state"`
	Open       bool   `query:"open"`
	Enterprise string `query:"enterprise"`
}

type proposalQuery struct {
	paging
	State  string `query:"state"`
	Second string `query:"second" doc:"officer whose word is awaited"`
	Matter string `query:"matter"`
}

// BookAct is an act on an account book.
type BookAct struct {
	Act    string     `json:"act" enum:"refile,change,ask_close,state_opening,mark_line,mark_part,propose,return,pause,resume,propose_correction"`
	Reason string     `json:"reason,omitempty"`
	Book   *book.Book `json:"book,omitempty" doc:"with refile and change: the book as it shall be"`
	// What is paused, with pause: 4 both ways, 5 goods coming in, 6 goods going out.
	Execution  book.Execution     `json:"execution,omitempty" doc:"with pause: 4 both ways, 5 goods coming in, 6 goods going out"`
	Mark       *bonded.LineMark   `json:"mark,omitempty" doc:"with mark_line"`
	Part       *bonded.PartMark   `json:"part,omitempty" doc:"with mark_part: the part of the book that shall stand alone, or no longer"`
	Opening    *bonded.Opening    `json:"opening,omitempty" doc:"with state_opening"`
	Correction *bonded.Correction `json:"correction,omitempty" doc:"with propose_correction"`
}

// PaperAct is an act on a paper, with its reason.
type PaperAct struct {
	Act    string          `json:"act"`
	Reason string          `json:"reason,omitempty"`
	Arrive *bonded.Amounts `json:"arrived,omitempty" doc:"with arrive: what stands in the warehouse"`
}

// noAct refuses an act that there is not. Fault: HTTP-ACT-01.
func noAct(act, known string) error {
	return fault.New(fault.Invalid, "HTTP-ACT-01", "/act", "“{act}” is no act here", "choose one of: {acts}", "act", clip(act), "acts", known)
}

// acts carries out one of some acts by its name. Those of the trade are lodged,
// those of customs decided.
type acts map[string]struct {
	action party.Action
	do     func(c decision.Command, id string) (decision.Receipt, error)
}

func (a acts) names() string {
	text := ""
	for _, name := range sortedNames(a) {
		if text != "" {
			text += ", "
		}
		text += name
	}
	return text
}

// perform loads the document, authorises the act and does it.
func perform[T any](c *call, r *resource[T], id, act string, known acts) (json.RawMessage, error) {
	one, ok := known[act]
	if !ok {
		return nil, noAct(act, known.names())
	}
	_, id, _, err := r.load(c, id, one.action)
	if err != nil {
		return nil, err
	}
	return c.replied(one.do(c.command(r.one+"."+act+"/"+id), id))
}

type paperIn struct {
	byDocument
	Body PaperAct
}

func (s *Server) bookRoutes() {
	listed(s, books, func(q *bookQuery) paging { return q.paging }, func(q *bookQuery) map[string]string {
		return map[string]string{"state": q.State, "enterprise": q.Enterprise, "number": q.Number}
	})
	books.show(s)
	listed(s, lists, func(q *listQuery) paging { return q.paging }, func(q *listQuery) map[string]string {
		w := map[string]string{"state": q.State, "enterprise": q.Enterprise, "book": q.Book, "direction": q.Direction}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	lists.show(s)
	listed(s, applications, func(q *applicationQuery) paging { return q.paging }, func(q *applicationQuery) map[string]string {
		w := map[string]string{"state": q.State, "enterprise": q.Enterprise, "kind": string(procedure.LadingApplication)}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	applications.show(s)
	listed(s, proposals, func(q *proposalQuery) paging { return q.paging }, func(q *proposalQuery) map[string]string {
		return map[string]string{"state": q.State, "second": q.Second, "matter": q.Matter}
	})
	proposals.show(s)
	s.stockRoutes()
	if s.Review != nil {
		s.proposalActs()
	}
	s.extractRoute()
	if s.Bonded == nil {
		return
	}
	// mayFor tells whether the caller may file for a party: for its own enterprise
	// where none is named.
	mayFor := func(c *call, kind decision.Kind, p *book.Party) error {
		if operator(*p) == "" {
			p.CreditCode = c.who.Actor.Enterprise
		}
		parties, err := c.companies(operator(*p))
		if err != nil {
			return err
		}
		return c.may(party.Lodge, party.Object{Kind: string(kind), ID: "new", Parties: parties})
	}
	add(s, route{id: "file-book", method: http.MethodPost, path: "/api/v1/books", tag: "books", status: http.StatusCreated, summary: "File an account book"},
		func(c *call, in *struct{ Body book.Book }) (json.RawMessage, error) {
			if err := mayFor(c, dossier.Book, &in.Body.Operator); err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.FileBook(c.ctx(), c.command("book.file"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/books", "201", bonded.Reply{})
	add(s, route{id: "act-on-book", method: http.MethodPost, path: "/api/v1/books/{id}/acts", tag: "books", summary: "refile, change, ask_close, state_opening (enterprise); mark_line (either); mark_part, propose, return, pause, resume, propose_correction (customs)"},
		func(c *call, in *struct {
			byDocument
			Body BookAct
		},
		) (json.RawMessage, error) {
			wanted := book.Book{}
			if in.Body.Book != nil {
				wanted = *in.Body.Book
			}
			opening, mark, correction, why := bonded.Opening{}, bonded.LineMark{}, bonded.Correction{}, in.Body.Reason
			part := bonded.PartMark{}
			if in.Body.Part != nil {
				part = *in.Body.Part
			}
			if in.Body.Opening != nil {
				opening = *in.Body.Opening
			}
			if in.Body.Mark != nil {
				mark = *in.Body.Mark
			}
			if in.Body.Correction != nil {
				correction = *in.Body.Correction
			}
			if opening.Reason == "" {
				opening.Reason = why
			}
			side := party.Lodge // of the counter, for what both may do
			if c.who.Staff() {
				side = party.Decide
			}
			b, ctx, by := s.Bonded, c.ctx(), c.who.Actor
			return perform(c, books, in.ID, in.Body.Act, acts{
				"ask_close": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.AskCloseBook(ctx, cmd, by, id, why)
				}},
				"state_opening": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					receipt, err := b.StateOpening(ctx, cmd, by, id, opening)
					return receipt, inside(err, "/opening", "/reason")
				}},
				"mark_line": {side, func(cmd decision.Command, id string) (decision.Receipt, error) {
					receipt, err := b.MarkLine(ctx, cmd, by, id, mark, why)
					return receipt, inside(err, "/mark", "/reason")
				}},
				"mark_part": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					receipt, err := b.MarkPart(ctx, cmd, by, id, part, why)
					return receipt, inside(err, "/part", "/reason")
				}},
				"pause": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.PauseBook(ctx, cmd, by, id, in.Body.Execution, why)
				}},
				"resume": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ResumeBook(ctx, cmd, by, id, why)
				}},
				"propose_correction": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					receipt, err := b.ProposeCorrection(ctx, cmd, by, id, correction, why)
					return receipt, inside(err, "/correction", "/reason")
				}},
				"refile": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return s.Bonded.RefileBook(c.ctx(), cmd, c.who.Actor, id, wanted)
				}},
				"change": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return s.Bonded.ChangeBook(c.ctx(), cmd, c.who.Actor, id, wanted)
				}},
				"propose": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return s.Bonded.ProposeBook(c.ctx(), cmd, c.who.Actor, id, in.Body.Reason)
				}},
				"return": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return s.Bonded.ReturnBook(c.ctx(), cmd, c.who.Actor, id, in.Body.Reason)
				}},
			})
		})
	add(s, route{id: "file-list", method: http.MethodPost, path: "/api/v1/verification-lists", tag: "books", status: http.StatusCreated, summary: "File a verification list"},
		func(c *call, in *struct{ Body bonded.Listing }) (json.RawMessage, error) {
			if err := mayFor(c, dossier.VerificationList, &in.Body.List.Operator); err != nil {
				return nil, err
			}
			receipt, err := s.Bonded.FileList(c.ctx(), c.command("list.file"), c.who.Actor, in.Body)
			return c.replied(receipt, inside(err, "/list", "/procedure", "/application", "/guarantee"))
		})
	s.answersWith("/api/v1/verification-lists", "201", bonded.Reply{})
	add(s, route{id: "weigh-levy", method: http.MethodPost, path: "/api/v1/verification-lists/levy", tag: "books", summary: "Tax a sale into the country both ways, by its goods and by the bonded materials in them as the book tells them; nothing is written"},
		func(c *call, in *struct{ Body bonded.Listing }) (*clearance.Levy, error) {
			if err := mayFor(c, dossier.VerificationList, &in.Body.List.Operator); err != nil {
				return nil, err
			}
			levy, err := s.Bonded.WeighLevy(c.ctx(), c.command("list.file"), in.Body)
			return levy, inside(err, "/list", "/procedure", "/application", "/guarantee")
		})
	add(s, route{id: "revise-list", method: http.MethodPost, path: "/api/v1/verification-lists/{id}/revision", tag: "books", summary: "File a verification list anew that customs have returned"},
		func(c *call, in *struct {
			byDocument
			Body bonded.Listing
		},
		) (json.RawMessage, error) {
			_, id, _, err := lists.load(c, in.ID, party.Lodge)
			if err == nil {
				err = mayFor(c, dossier.VerificationList, &in.Body.List.Operator)
			}
			if err != nil {
				return nil, err
			}
			receipt, err := s.Bonded.ReviseList(c.ctx(), c.command("list.revise"), c.who.Actor, id, in.Body)
			return c.replied(receipt, inside(err, "/list", "/procedure", "/application", "/guarantee"))
		})
	s.answersWith("/api/v1/verification-lists/{id}/revision", "200", bonded.Reply{})
	add(s, route{
		id: "act-on-list", method: http.MethodPost, path: "/api/v1/verification-lists/{id}/acts", tag: "books",
		summary: "withdraw, ask_void (enterprise); approve, return, propose_void, keep, propose_close_short (customs)",
	},
		func(c *call, in *paperIn) (json.RawMessage, error) {
			b, ctx, by, why := s.Bonded, c.ctx(), c.who.Actor, in.Body.Reason
			return perform(c, lists, in.ID, in.Body.Act, acts{
				"withdraw": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.WithdrawList(ctx, cmd, by, id, why)
				}},
				"ask_void": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.AskVoidList(ctx, cmd, by, id, why)
				}},
				"approve": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.DecideList(ctx, cmd, by, id, true, why)
				}},
				"return": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.DecideList(ctx, cmd, by, id, false, why)
				}},
				"keep": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.KeepList(ctx, cmd, by, id, why)
				}},
				"propose_void": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ProposeVoidList(ctx, cmd, by, id, why)
				}},
				"propose_close_short": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ProposeCloseShort(ctx, cmd, by, id, why)
				}},
			})
		})
	add(s, route{id: "apply-lading", method: http.MethodPost, path: "/api/v1/lading-applications", tag: "books", status: http.StatusCreated, summary: "Apply to take goods into the zone before they are declared"},
		func(c *call, in *struct{ Body bonded.LadingRequest }) (json.RawMessage, error) {
			parties, err := c.companies(in.Body.Content.Consignee.Code())
			if err != nil {
				return nil, err
			}
			if err := c.may(party.Lodge, party.Object{Kind: string(dossier.BillOfLading), ID: in.Body.Content.BillOfLading, Parties: parties}); err != nil {
				return nil, err
			}
			receipt, err := s.Bonded.Apply(c.ctx(), c.command("application.file"), c.who.Actor, in.Body)
			return c.replied(receipt, inside(err, "/content", "/content", "/procedure", "/containers", "/guarantee"))
		})
	s.answersWith("/api/v1/lading-applications", "201", bonded.Reply{})
	add(s, route{
		id: "act-on-lading-application", method: http.MethodPost, path: "/api/v1/lading-applications/{id}/acts", tag: "books",
		summary: "arrive (enterprise); agree, refuse, confirm_arrival (customs)",
	},
		func(c *call, in *paperIn) (json.RawMessage, error) {
			b, ctx, by, why := s.Bonded, c.ctx(), c.who.Actor, in.Body.Reason
			arrived := bonded.Amounts{Packages: num.Quantity(0)}
			if in.Body.Arrive != nil {
				arrived = *in.Body.Arrive
			}
			return perform(c, applications, in.ID, in.Body.Act, acts{
				"arrive": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					receipt, err := b.Arrive(ctx, cmd, by, id, arrived)
					return receipt, inside(err, "/arrived")
				}},
				"agree": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.DecideApplication(ctx, cmd, by, id, true, why)
				}},
				"refuse": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.DecideApplication(ctx, cmd, by, id, false, why)
				}},
				"confirm_arrival": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.DecideArrival(ctx, cmd, by, id, why)
				}},
			})
		})
}

// proposalActs are the words of the two officers.
func (s *Server) proposalActs() {
	add(s, route{
		id: "act-on-proposal", method: http.MethodPost, path: "/api/v1/proposals/{id}/acts", tag: "registry",
		summary: "agree, disagree (second officer); again, withdraw (first); redraw; uphold, overrule (head)",
	},
		func(c *call, in *paperIn) (json.RawMessage, error) {
			d, ctx, by, why := s.Review, c.ctx(), c.who.Actor, in.Body.Reason
			return perform(c, proposals, in.ID, in.Body.Act, acts{
				"agree": {party.Confirm, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.Confirm(ctx, cmd, by, id, true, why)
				}},
				"disagree": {party.Confirm, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.Confirm(ctx, cmd, by, id, false, why)
				}},
				"again": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) { return d.Again(ctx, cmd, by, id, why) }},
				"withdraw": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.Withdraw(ctx, cmd, by, id, why)
				}},
				"redraw": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.Redraw(ctx, cmd, by, id, why)
				}},
				"uphold": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.Decide(ctx, cmd, by, id, true, why)
				}},
				"overrule": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.Decide(ctx, cmd, by, id, false, why)
				}},
			})
		})
	s.answersWith("/api/v1/proposals/{id}/acts", "200", deliberation.Reply{})
}
