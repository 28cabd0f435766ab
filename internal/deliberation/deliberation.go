// Package deliberation is the desk of the two officers. For the five matters of
// the plan, and for every change of a rule, one officer proposes with a reason, a
// second one whom the machine has drawn agrees or disagrees, and only then
// anything happens, in the same transaction as the second signature (DR §9.1).
// What is to happen is an action that another story has registered by name: the
// desk knows nothing of books, notes or declarations.
package deliberation

import (
	"context"
	"encoding/json"
	"fmt"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/review"
)

// Decider takes decisions and writes their outcome; the store is one.
type Decider interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
}

// Action is what happens once two officers agree. by is the officer whose word
// was the last one; the first officer, the document and its version as they were
// proposed stand in payload, which the same story made.
type Action interface {
	Apply(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error)
}

// Keeper is an action that also has something to do when it does not come about:
// a document that waited goes back to what it was.
type Keeper interface {
	Keep(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error)
}

// Func makes an Action of a function.
type Func func(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error)

// Apply calls f.
func (f Func) Apply(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	return f(v, by, payload)
}

// Pair makes an Action with a Keep of two functions.
type Pair struct{ Agreed, Kept Func }

// Apply is what happens when both agree.
func (p Pair) Apply(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	return p.Agreed(v, by, payload)
}

// Keep is what happens when it comes to nothing.
func (p Pair) Keep(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	return p.Kept(v, by, payload)
}

// Setting is who can be drawn, with which key and by which rules.
type Setting struct {
	Officers []party.Officer
	Key      review.PeriodKey
	Rules    review.Rules
}

func (s *Setting) officer(id string) review.Officer {
	for i := range s.Officers {
		if s.Officers[i].ID == id {
			return s.Officers[i].ForReview()
		}
	}
	return review.Officer{ID: id}
}

func (s *Setting) all() []review.Officer {
	list := make([]review.Officer, len(s.Officers))
	for i := range s.Officers {
		list[i] = s.Officers[i].ForReview()
	}
	return list
}

// Proposed is a proposal with what it would do: the document in the drawer.
type Proposed struct {
	ID         string          `json:"id"`
	Proposal   review.Proposal `json:"proposal"`
	Action     string          `json:"action"`
	Payload    json.RawMessage `json:"payload"`
	Number     string          `json:"number,omitempty"` // of the subject, as people know it
	Enterprise string          `json:"enterprise,omitempty"`
	Area       string          `json:"area,omitempty"`
	Office     string          `json:"office,omitempty"`
	Second     string          `json:"second"` // whose turn it is
	Opened     clock.Instant   `json:"opened"`
}

// Motion is what an officer wants to propose. Need says which posts may act.
type Motion struct {
	Matter     review.Matter
	Kind       string // of the subject: "book", "verification_list" …
	Subject    string // its id
	Number     string
	Action     string
	Payload    any
	Posts      []party.PostID
	Reason     string
	Enterprise string
	Area       string
	Office     string
}

// Reply tells where a proposal stands.
type Reply struct {
	Proposal string       `json:"proposal"`
	State    review.State `json:"state"`
	Second   string       `json:"second,omitempty"` // officer drawn
	Outcome  any          `json:"outcome,omitempty"`
}

// Open puts a motion of officer by on the desk and draws the second officer; the
// story adds what it changes itself. Faults: those of review.New;
// DELIBERATION-SUBJECT-01 when the same is already proposed.
func Open(v decision.View, s Setting, by decision.Actor, m Motion) (decision.Outcome, error) {
	var out decision.Outcome
	open, err := v.Find(dossier.Proposal, "subject", m.Subject, 50)
	if err != nil {
		return out, err
	}
	for _, id := range open {
		other, _, err := decision.Load[Proposed](v, dossier.Proposal, id)
		if err != nil {
			return out, err
		}
		if other.Action == m.Action && !review.Lifecycle.Final(other.Proposal.State) {
			return out, fault.New(fault.Conflict, "DELIBERATION-SUBJECT-01", "", "the same was already proposed by {officer}", "wait for the second officer",
				"officer", other.Proposal.First)
		}
	}
	payload, err := json.Marshal(m.Payload)
	if err != nil {
		return out, fmt.Errorf("write down proposal %s: %w", m.Action, err)
	}
	posts := make([]string, len(m.Posts))
	for i, p := range m.Posts {
		posts[i] = string(p)
	}
	need := review.Need{Posts: posts, Area: m.Area}
	if m.Enterprise != "" {
		need.Parties = []string{m.Enterprise}
	}
	drafted, err := review.New(review.Proposal{ID: v.NewID(), Matter: m.Matter, Kind: m.Kind, Subject: m.Subject, Need: need}, s.call(v, by, payload, m.Reason))
	if err != nil {
		return out, err
	}
	doc := Proposed{
		ID: drafted.ID, Proposal: *drafted, Action: m.Action, Payload: payload, Number: m.Number, Enterprise: m.Enterprise,
		Area: m.Area, Office: m.Office, Second: drafted.Second(), Opened: v.Now(),
	}
	out.Puts = []decision.Put{{Kind: dossier.Proposal, ID: doc.ID, Body: doc}}
	out.Entries = []journal.Entry{doc.entry(v, by, "proposal.opened", m.Reason)}
	out.Reply = Reply{Proposal: doc.ID, State: doc.Proposal.State, Second: doc.Second}
	return out, nil
}

func (s *Setting) call(v decision.View, by decision.Actor, payload []byte, reason string) review.Call {
	return review.Call{
		By: s.officer(by.ID), Payload: review.PayloadHash(payload), Reason: reason, At: v.Now(), Officers: s.all(), Key: s.Key, Rules: s.Rules,
	}
}

// entry tells what happened to a proposal; the last signature and draw stand in
// it, so that both can be checked from the journal alone.
func (p *Proposed) entry(v decision.View, by decision.Actor, kind, reason string) journal.Entry {
	e := decision.Entry(v, by, kind, journal.Ref{Kind: "proposal", ID: p.ID}, journal.Ref{Kind: p.Proposal.Kind, ID: p.Proposal.Subject})
	e.Enterprise, e.Area, e.Office = p.Enterprise, p.Area, p.Office
	e.Why = journal.Why{Rule: "two officers", Reason: reason}
	body := map[string]any{
		"action": p.Action, "matter": p.Proposal.Matter, "number": p.Number, "payload": p.Proposal.Payload, "state": p.Proposal.State, "second": p.Second,
	}
	if n := len(p.Proposal.Signatures); n > 0 {
		last := p.Proposal.Signatures[n-1]
		body["signature"] = last.Digest(p.ID)
		body["verdict"] = last.Verdict
	}
	if n := len(p.Proposal.Drawings); n > 0 {
		last := p.Proposal.Drawings[n-1]
		body["draw"] = map[string]any{"period": last.Period, "version": last.Version, "candidates": len(last.Candidates)}
	}
	if raw, err := json.Marshal(body); err == nil { // plain texts and numbers: it always can be written
		e.Body = raw
	}
	return e
}

// Desk is where officers meet. It holds no state of its own.
type Desk struct {
	store   Decider
	setting func() Setting
	actions map[string]Action
}

// New gives a desk. actions are what proposals can do, by name; the map is
// copied. Two stories that register one name are a mistake of the program.
func New(store Decider, setting func() Setting, actions ...map[string]Action) (*Desk, error) {
	all := map[string]Action{}
	for _, some := range actions {
		for name, action := range some {
			if all[name] != nil {
				return nil, fmt.Errorf("action %q is registered twice", name)
			}
			all[name] = action
		}
	}
	return &Desk{store, setting, all}, nil
}

// act moves a proposal; with does what follows.
func (d *Desk) act(ctx context.Context, c decision.Command, by decision.Actor, id, kind, reason string,
	move func(*review.Proposal, review.Call) (*review.Proposal, error),
) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[Proposed](v, dossier.Proposal, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		s := d.setting()
		next, err := move(&doc.Proposal, s.call(v, by, doc.Payload, reason))
		if err != nil {
			return decision.Outcome{}, err
		}
		doc.Proposal, doc.Second = *next, ""
		if next.State == review.Proposed {
			doc.Second = next.Second()
		}
		var out decision.Outcome
		if out, err = d.follow(v, by, &doc); err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Proposal, ID: id, Version: version, Body: doc})
		out.Entries = append([]journal.Entry{doc.entry(v, by, kind+string(next.State), reason)}, out.Entries...)
		out.Reply = Reply{Proposal: id, State: next.State, Second: doc.Second, Outcome: out.Reply}
		return out, nil
	})
}

// follow does what was proposed, or undoes what waited for it.
func (d *Desk) follow(v decision.View, by decision.Actor, p *Proposed) (decision.Outcome, error) {
	action := d.actions[p.Action]
	if action == nil {
		return decision.Outcome{}, fmt.Errorf("proposal %s wants %q, which no story has registered", p.ID, p.Action)
	}
	switch p.Proposal.State {
	case review.Confirmed:
		return action.Apply(v, by, p.Payload)
	case review.Refused, review.Withdrawn:
		if keeper, ok := action.(Keeper); ok {
			return keeper.Keep(v, by, p.Payload)
		}
	case review.Proposed, review.Returned, review.Disputed:
	}
	return decision.Outcome{}, nil
}

// Confirm is the second officer's word: agree makes it happen at once, otherwise
// it goes back to the first officer, and the second time to the section chief
// (DR §9.1). Faults: those of review.Proposal.Confirm and Return, and of the
// action.
func (d *Desk) Confirm(ctx context.Context, c decision.Command, by decision.Actor, proposal string, agree bool, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, proposal, "proposal.", reason, func(p *review.Proposal, call review.Call) (*review.Proposal, error) {
		if agree {
			return p.Confirm(call)
		}
		return p.Return(call)
	})
}

// Again is the first officer's answer to a return: the same once more with a
// reason; another second officer is drawn. Changed data is a proposal of its
// own. Faults: those of review.Proposal.Again.
func (d *Desk) Again(ctx context.Context, c decision.Command, by decision.Actor, proposal, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, proposal, "proposal.", reason, (*review.Proposal).Again)
}

// Withdraw is the first officer taking it back. Faults: those of
// review.Proposal.Withdraw.
func (d *Desk) Withdraw(ctx context.Context, c decision.Command, by decision.Actor, proposal, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, proposal, "proposal.", reason, (*review.Proposal).Withdraw)
}

// Redraw has another second officer drawn because the drawn one cannot act.
// Faults: those of review.Proposal.Redraw.
func (d *Desk) Redraw(ctx context.Context, c decision.Command, by decision.Actor, proposal, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, proposal, "proposal.redrawn-", reason, (*review.Proposal).Redraw)
}

// Decide is the section chief's word on two officers who disagreed twice.
// Faults: those of review.Proposal.Decide.
func (d *Desk) Decide(ctx context.Context, c decision.Command, by decision.Actor, proposal string, uphold bool, reason string) (decision.Receipt, error) {
	return d.act(ctx, c, by, proposal, "proposal.", reason, func(p *review.Proposal, call review.Call) (*review.Proposal, error) {
		return p.Decide(call, uphold)
	})
}
