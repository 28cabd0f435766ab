package httpapi

import (
	"encoding/json"
	"net/http"

	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/gate"
	"seine/internal/identity"
	"seine/internal/party"
)

var notes = &resource[control.Note]{
	kind: dossier.ReleaseNote, path: "release-notes", tag: "gate", one: "release-note", many: "release-notes", number: "number", owner: "enterprise", area: "area",
	parties: func(n *control.Note) ([]string, string) { return []string{n.Enterprise}, n.Area },
}

// passages belong to the gate: the trade sees what became of its note.
var passages = &resource[control.Passage]{
	kind: dossier.Passage, path: "passages", tag: "gate", one: "passage", many: "passages", area: "area",
	parties: func(p *control.Passage) ([]string, string) { return nil, p.Readings.Area },
	redact: func(p *identity.Principal, passage *control.Passage) {
		if passage.Risk != nil {
			v := passage.Risk.For(audience(p))
			passage.Risk = &v
		}
	},
}

type noteQuery struct {
	paging
	State      string `query:"state"`
	Open       bool   `query:"open"`
	Enterprise string `query:"enterprise"`
	Plate      string `query:"plate"`
	Book       string `query:"book"`
}

type passageQuery struct {
	paging
	Lane    string `query:"lane"`
	Plate   string `query:"plate"`
	Outcome string `query:"outcome"`
}

// Moved is how the barrier moved.
type Moved struct {
	Barrier gate.Barrier  `json:"barrier" enum:"automatic,manual,not_lifted,driven_through"`
	At      clock.Instant `json:"at,omitempty"`
}

// OverrideWord is the second officer's word on an override.
type OverrideWord struct {
	Agree bool `json:"agree"`
}

func (s *Server) gateRoutes() {
	listed(s, notes, func(q *noteQuery) paging { return q.paging }, func(q *noteQuery) map[string]string {
		w := map[string]string{"state": q.State, "enterprise": q.Enterprise, "plate": q.Plate, "book": q.Book}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	notes.show(s)
	listed(s, passages, func(q *passageQuery) paging { return q.paging }, func(q *passageQuery) map[string]string {
		return map[string]string{"lane": q.Lane, "plate": q.Plate, "outcome": q.Outcome}
	})
	passages.show(s)
	if s.Gate == nil {
		return
	}
	add(s, route{id: "apply-note", method: http.MethodPost, path: "/api/v1/release-notes", tag: "gate", status: http.StatusCreated, summary: "Apply for a release note for one truck"},
		func(c *call, in *struct{ Body control.NoteRequest }) (json.RawMessage, error) {
			parties, err := c.companies(in.Body.Note.Enterprise)
			if err != nil {
				return nil, err
			}
			if err := c.may(party.Lodge, party.Object{Kind: string(dossier.ReleaseNote), ID: "new", Parties: parties}); err != nil {
				return nil, err
			}
			receipt, err := s.Gate.ApplyNote(c.ctx(), c.command("note.apply"), c.who.Actor, in.Body)
			return c.replied(receipt, inside(err, "/note", "/packages"))
		})
	s.answersWith("/api/v1/release-notes", "201", control.Reply{})
	add(s, route{
		id: "act-on-note", method: http.MethodPost, path: "/api/v1/release-notes/{id}/acts", tag: "gate",
		summary: "delete, ask_void (enterprise); approve, refuse, keep, propose_void (customs)",
	},
		func(c *call, in *paperIn) (json.RawMessage, error) {
			d, ctx, by, why := s.Gate, c.ctx(), c.who.Actor, in.Body.Reason
			return perform(c, notes, in.ID, in.Body.Act, acts{
				"delete": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.DeleteNote(ctx, cmd, by, id, why)
				}},
				"ask_void": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.AskVoidNote(ctx, cmd, by, id, why)
				}},
				"approve": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.DecideNote(ctx, cmd, by, id, true, why)
				}},
				"refuse": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.DecideNote(ctx, cmd, by, id, false, why)
				}},
				"keep": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.KeepNote(ctx, cmd, by, id, why)
				}},
				"propose_void": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.ProposeVoidNote(ctx, cmd, by, id, why)
				}},
			})
		})
	add(s, route{id: "read-vehicle", lane: true, method: http.MethodPost, path: "/api/v1/gate/readings", tag: "gate", summary: "What the devices of a lane read of one vehicle; the answer is the verdict"},
		func(c *call, in *struct{ Body gate.Readings }) (json.RawMessage, error) {
			if err := c.atGate(&in.Body); err != nil {
				return nil, err
			}
			cmd := c.command("gate.pass")
			cmd.Urgent = true
			return c.replied(s.Gate.Pass(c.ctx(), cmd, c.who.Actor, in.Body))
		})
	add(s, route{id: "replay-passage", lane: true, method: http.MethodPost, path: "/api/v1/gate/replays", tag: "gate", summary: "A passage that the lane decided while the centre was away, in order"},
		func(c *call, in *struct{ Body control.Recorded }) (json.RawMessage, error) {
			if err := c.atGate(&in.Body.Readings); err != nil {
				return nil, err
			}
			return c.replied(s.Gate.Replay(c.ctx(), c.command("gate.replay"), c.who.Actor, in.Body))
		})
	operate := func(c *call, id string, action party.Action) (string, error) {
		passage, id, _, err := passages.load(c, id, action)
		if err == nil && c.who.Device() {
			err = c.who.Client.AtLane(passage.Readings.Area, passage.Readings.Lane)
		}
		return id, err
	}
	add(s, route{id: "tell-barrier", lane: true, method: http.MethodPost, path: "/api/v1/passages/{id}/barrier", tag: "gate", summary: "How the barrier moved after the verdict"},
		func(c *call, in *struct {
			byDocument
			Body Moved
		},
		) (json.RawMessage, error) {
			id, err := operate(c, in.ID, party.Operate)
			if err != nil {
				return nil, err
			}
			cmd := c.command("gate.barrier/" + id)
			cmd.Urgent = true
			return c.replied(s.Gate.Barrier(c.ctx(), cmd, c.who.Actor, id, in.Body.Barrier))
		})
	add(s, route{id: "override-verdict", method: http.MethodPost, path: "/api/v1/passages/{id}/override", tag: "gate", summary: "The gate chief's decision against a verdict; a second officer confirms"},
		func(c *call, in *struct {
			byDocument
			Body control.Overriding
		},
		) (json.RawMessage, error) {
			id, err := operate(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Gate.Override(c.ctx(), c.command("gate.override/"+id), c.who.Actor, id, in.Body))
		})
	add(s, route{id: "confirm-override", method: http.MethodPost, path: "/api/v1/passages/{id}/override/word", tag: "gate", summary: "The second officer's word on an override"},
		func(c *call, in *struct {
			byDocument
			Body OverrideWord
		},
		) (json.RawMessage, error) {
			id, err := operate(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Gate.ConfirmOverride(c.ctx(), c.command("gate.confirm-override/"+id), c.who.Actor, id, in.Body.Agree))
		})
}

// atGate authorises the lane that readings come from; equipment answers for its
// own lanes only.
func (c *call) atGate(r *gate.Readings) error {
	if c.who.Device() {
		if err := c.who.Client.AtLane(r.Area, r.Lane); err != nil {
			return err
		}
	}
	return c.may(party.Operate, party.Object{Kind: string(dossier.Passage), ID: "new", Area: r.Area})
}
