package httpapi

import (
	"encoding/json"
	"net/http"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/risk"
)

// riskTables are read whole by those who keep them; others read of a secret rule
// only that there is one.
var riskTables = &resource[oversight.RiskTable]{
	kind: dossier.RiskTable, path: "risk-tables", tag: "rules", one: "risk-table", many: "risk-tables",
	parties: func(*oversight.RiskTable) ([]string, string) { return nil, "" },
	redact: func(p *identity.Principal, t *oversight.RiskTable) {
		if audience(p) != risk.Analyst {
			*t = t.Openly()
		}
	},
}

var instructions = &resource[oversight.Instruction]{
	kind: dossier.Instruction, path: "instructions", tag: "rules", one: "instruction", many: "instructions", number: "number",
	parties: func(*oversight.Instruction) ([]string, string) { return nil, "" },
	redact: func(p *identity.Principal, in *oversight.Instruction) {
		if audience(p) != risk.Analyst {
			*in = in.Openly()
		}
	},
}

var modeVersions = &resource[oversight.ModeVersion]{
	kind: dossier.ModeVersion, path: "mode-versions", tag: "rules", one: "mode-version", many: "mode-versions",
	parties: func(*oversight.ModeVersion) ([]string, string) { return nil, "" },
}

type riskTableQuery struct {
	paging
	Name  string `query:"name" doc:"what it judges: declaration, list, passage"`
	State string `query:"state"`
}

type instructionQuery struct {
	paging
	State string `query:"state"`
	Open  bool   `query:"open" doc:"drafts and those that act"`
}

type modeQuery struct {
	paging
	Mode string `query:"mode"`
}

// RuleAct is an act on a rule on its way.
type RuleAct struct {
	Act    string `json:"act"`
	Reason string `json:"reason,omitempty"`
}

type ruleActIn struct {
	byDocument
	Body RuleAct
}

// NewMode is a supervision mode as it is proposed.
type NewMode struct {
	Source string `json:"source" doc:"the mode's file"`
	Reason string `json:"reason"`
	Urgent string `json:"urgent,omitempty" doc:"why it must count from today"`
}

type parameterQuery struct {
	Name string     `query:"name" doc:"such as gate/comparison; all when not given"`
	Date clock.Date `query:"date" doc:"values of this day; of every day when not given"`
}

func (s *Server) oversightRoutes() {
	add(s, route{id: "list-parameters", method: http.MethodGet, path: "/api/v1/parameters", tag: "rules", summary: "Dated parameters with their values, validity and source"},
		func(c *call, in *parameterQuery) (found[oversight.ParameterRow], error) {
			out := found[oversight.ParameterRow]{Items: []oversight.ParameterRow{}}
			if err := c.may(party.View, party.Object{Kind: "rule", ID: "parameters"}); err != nil {
				return out, err
			}
			changes, err := oversight.ParameterChanges(c.ctx(), s.store)
			if err != nil {
				return out, err
			}
			book, err := oversight.NewRulebook(changes)
			if err != nil {
				return out, err
			}
			for _, row := range book.Rows {
				if (in.Name == "" || in.Name == row.Name) && (in.Date == 0 || row.InForce(in.Date)) {
					out.Items = append(out.Items, row)
				}
			}
			return out, nil
		})
	listed(s, riskTables, func(q *riskTableQuery) paging { return q.paging }, func(q *riskTableQuery) map[string]string {
		return map[string]string{"name": q.Name, "state": q.State}
	})
	riskTables.show(s)
	listed(s, instructions, func(q *instructionQuery) paging { return q.paging }, func(q *instructionQuery) map[string]string {
		w := map[string]string{"state": q.State}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	instructions.show(s)
	listed(s, modeVersions, func(q *modeQuery) paging { return q.paging }, func(q *modeQuery) map[string]string {
		return map[string]string{"mode": q.Mode}
	})
	modeVersions.show(s)
	if s.Oversight == nil {
		return
	}
	d := s.Oversight
	keeps := func(c *call, kind string, action party.Action) error {
		return c.may(action, party.Object{Kind: kind, ID: "new"})
	}
	add(s, route{id: "save-risk-table", method: http.MethodPost, path: "/api/v1/risk-tables", tag: "rules", status: http.StatusCreated, summary: "Save a draft of a risk table"},
		func(c *call, in *struct{ Body oversight.TableDraft }) (json.RawMessage, error) {
			if err := keeps(c, "risk_table", party.Configure); err != nil {
				return nil, err
			}
			return c.replied(d.SaveTable(c.ctx(), c.command("risk-table.save"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/risk-tables", "201", oversight.TableReply{})
	add(s, route{id: "restore-risk-table", method: http.MethodPost, path: "/api/v1/risk-tables/restorations", tag: "rules", status: http.StatusCreated, summary: "Begin a draft with the rules of an earlier table"},
		func(c *call, in *struct{ Body oversight.Rollback }) (json.RawMessage, error) {
			if err := keeps(c, "risk_table", party.Configure); err != nil {
				return nil, err
			}
			return c.replied(d.RestoreTable(c.ctx(), c.command("risk-table.restore"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/risk-tables/restorations", "201", oversight.TableReply{})
	add(s, route{id: "rule-health", method: http.MethodGet, path: "/api/v1/risk-tables/health", tag: "rules", summary: "How the rules of declarations did against the random draw"},
		func(c *call, _ *struct{}) (oversight.Health, error) {
			if audience(c.who) != risk.Analyst {
				return oversight.Health{}, party.Absent("risk_table", "health")
			}
			return d.Health(c.ctx(), c.now)
		})
	add(s, route{id: "act-on-risk-table", method: http.MethodPost, path: "/api/v1/risk-tables/{id}/acts", tag: "rules", summary: "test (on the past), propose (to a second officer), discard"},
		func(c *call, in *ruleActIn) (json.RawMessage, error) {
			return perform(c, riskTables, in.ID, in.Body.Act, acts{
				"test": {party.Configure, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.TestTable(c.ctx(), cmd, c.who.Actor, id)
				}},
				"propose": {party.Configure, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.ProposeTable(c.ctx(), cmd, c.who.Actor, id, in.Body.Reason)
				}},
				"discard": {party.Configure, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.DiscardTable(c.ctx(), cmd, c.who.Actor, id, in.Body.Reason)
				}},
			})
		})
	add(s, route{id: "issue-instruction", method: http.MethodPost, path: "/api/v1/instructions", tag: "rules", status: http.StatusCreated, summary: "Write a control instruction; it acts when the drawn officer approves its proposal"},
		func(c *call, in *struct{ Body risk.InstructionSpec }) (json.RawMessage, error) {
			if err := keeps(c, "instruction", party.Decide); err != nil {
				return nil, err
			}
			return c.replied(d.IssueInstruction(c.ctx(), c.command("instruction.issue"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/instructions", "201", oversight.InstructionReply{})
	add(s, route{id: "act-on-instruction", method: http.MethodPost, path: "/api/v1/instructions/{id}/acts", tag: "rules", summary: "withdraw; the drawn officer approves by the proposal"},
		func(c *call, in *ruleActIn) (json.RawMessage, error) {
			return perform(c, instructions, in.ID, in.Body.Act, acts{
				"withdraw": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return d.WithdrawInstruction(c.ctx(), cmd, c.who.Actor, id, in.Body.Reason)
				}},
			})
		})
	s.answersWith("/api/v1/instructions/{id}/acts", "200", oversight.InstructionReply{})
	add(s, route{id: "propose-parameter", method: http.MethodPost, path: "/api/v1/parameters", tag: "rules", status: http.StatusCreated, summary: "Propose a new dated value of a parameter to a second officer"},
		func(c *call, in *struct{ Body oversight.ParameterDraft }) (json.RawMessage, error) {
			if err := keeps(c, "rule", party.Configure); err != nil {
				return nil, err
			}
			return c.replied(d.ProposeParameter(c.ctx(), c.command("parameter.propose"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/parameters", "201", deliberation.Reply{})
	add(s, route{id: "propose-grade", method: http.MethodPost, path: "/api/v1/enterprises/{id}/grades", tag: "registry", status: http.StatusCreated, summary: "Propose another credit grade of an enterprise to a second officer"},
		func(c *call, in *struct {
			byDocument
			Body oversight.GradeDraft
		},
		) (json.RawMessage, error) {
			_, id, _, err := enterprises.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			in.Body.Enterprise = id
			return c.replied(d.ProposeGrade(c.ctx(), c.command("enterprise.grade/"+id), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/enterprises/{id}/grades", "201", deliberation.Reply{})
	add(s, route{id: "propose-mode", method: http.MethodPost, path: "/api/v1/mode-versions", tag: "rules", status: http.StatusCreated, summary: "Propose a supervision mode, or the next version of one, to a second officer"},
		func(c *call, in *struct{ Body NewMode }) (json.RawMessage, error) {
			if err := keeps(c, "procedure", party.Configure); err != nil {
				return nil, err
			}
			if in.Body.Source == "" {
				return nil, fault.New(fault.Invalid, "HTTP-PARAM-02", "/source", "the parameter “{name}” is missing", "give it", "name", "source")
			}
			return c.replied(d.ProposeMode(c.ctx(), c.command("mode.propose"), c.who.Actor, []byte(in.Body.Source), in.Body.Reason, in.Body.Urgent))
		})
}
