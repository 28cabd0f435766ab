package oversight

import (
	"context"
	"encoding/json"
	"strings"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/risk"
)

// ActionInstruction is a control instruction, agreed by two officers.
const ActionInstruction = "oversight.instruction"

// Ended is the state of an approved instruction whose time is over. It stopped
// by itself at that moment; the state only clears the worklist.
const Ended risk.InstructionState = "ended"

// Instruction is a control instruction (布控) as the zone keeps it.
type Instruction struct {
	risk.InstructionSpec
	Number    string        `json:"number"`
	ValidFrom clock.Date    `json:"validFrom"`
	ValidTo   clock.Date    `json:"validTo"`
	Issued    clock.Instant `json:"issued"`
	Approved  clock.Instant `json:"approved,omitempty"`
	Ended     clock.Instant `json:"ended,omitempty"`
	EndedBy   string        `json:"endedBy,omitempty"`
	EndReason string        `json:"endReason,omitempty"`
	Proposal  string        `json:"proposal,omitempty"` // by which the drawn officer agrees
	Second    string        `json:"second,omitempty"`   // officer drawn first, while it waits
}

// Openly gives the instruction as officers outside of the risk desk may read it:
// of one that is not open they see what is to be done, not about whom or why
// (DR §7.2).
func (in Instruction) Openly() Instruction {
	if in.Secrecy != risk.Open {
		in.Scope, in.Reason, in.Intelligence, in.Law, in.EndReason, in.Share = "", risk.Label{}, "", "", "", 0
	}
	return in
}

// InstructionReply tells where an instruction stands.
type InstructionReply struct {
	ID     string                `json:"id"`
	Number string                `json:"number"`
	State  risk.InstructionState `json:"state"`

	Proposal string `json:"proposal,omitempty"` // by which the drawn officer agrees
	Second   string `json:"second,omitempty"`   // who that is
}

// compiled checks an instruction against the table in force.
func (d *Desk) compiled(v decision.View, s risk.InstructionSpec) error {
	table, _, err := d.standing(v, s.Subject, v.Now().Date())
	if err != nil {
		return err
	}
	_, err = risk.CompileInstruction(s, table.Catalogue, table.Spec.Lists)
	return err
}

// IssueInstruction writes a control instruction down and draws the officer who is
// to approve it; it does not act before that (DR §7.2). Number, state, issuer and approver are
// not the caller's to state. Faults: those of risk.CompileInstruction and of
// deliberation.Open;
// OVERSIGHT-INSTRUCTION-01 (over before it begins to act), OVERSIGHT-TABLE-01.
func (d *Desk) IssueInstruction(ctx context.Context, c decision.Command, by decision.Actor, s risk.InstructionSpec) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		s.ID, s.Issuer, s.Approver, s.State = v.NewID(), by.ID, "", risk.InstructionDraft
		var faults fault.List
		if err := faults.Add("", d.compiled(v, s)); err != nil {
			return out, err
		}
		if err := faults.Add("", alive(&s, v.Now())); err != nil {
			return out, err
		}
		if err := faults.OrNil(); err != nil {
			return out, err
		}
		in := Instruction{InstructionSpec: s, Number: "C" + s.ID, ValidFrom: s.From.Date(), ValidTo: s.To.Date(), Issued: v.Now()}
		reason := openly(&s, s.Reason.ZH+" "+s.Reason.EN)
		opened, err := d.open(v, by, "instruction", in.ID, in.Number, ActionInstruction, reason, instructionPayload{in.ID})
		if err != nil {
			return out, err
		}
		if to, ok := opened.Reply.(deliberation.Reply); ok {
			in.Proposal, in.Second = to.Proposal, to.Second
		}
		out = in.written(v, by, 0, "instruction.issued", reason)
		opened.Reply = nil
		out.Merge(opened)
		return out, nil
	})
}

// openly gives a reason as the journal may show it: of a restricted or secret
// instruction the journal keeps that there is one.
func openly(s *risk.InstructionSpec, reason string) string {
	if s.Secrecy == risk.Open {
		return strings.TrimSpace(reason)
	}
	return string(s.Secrecy)
}

func alive(s *risk.InstructionSpec, now clock.Instant) error {
	if s.To > now {
		return nil
	}
	return fault.New(fault.Refused, "OVERSIGHT-INSTRUCTION-01", "/to", "the instruction has expired: it would never act", "give it a later end")
}

func (in *Instruction) written(v decision.View, by decision.Actor, version int64, kind, reason string) decision.Outcome {
	s := &in.InstructionSpec
	body := map[string]any{"number": in.Number, "state": s.State, "action": s.Action, "from": s.From.String(), "to": s.To.String(), "secrecy": s.Secrecy}
	why := journal.Why{Reason: reason}
	if s.Secrecy == risk.Open {
		why.Law = s.Law
		body["scope"], body["share"] = s.Scope, s.Share.PercentString()+" %"
	}
	return decision.Outcome{
		Puts:    []decision.Put{{Kind: dossier.Instruction, ID: in.ID, Version: version, Body: *in}},
		Entries: []journal.Entry{about(v, by, kind, journal.Ref{Kind: "instruction", ID: in.ID}, why, body)},
		Reply:   InstructionReply{in.ID, in.Number, s.State, in.Proposal, in.Second},
	}
}

// loaded gives an instruction in one of some states.
// Fault: OVERSIGHT-INSTRUCTION-02.
func loaded(v decision.View, id string, states ...risk.InstructionState) (Instruction, int64, error) {
	in, version, err := decision.Load[Instruction](v, dossier.Instruction, id)
	if err != nil {
		return in, 0, err
	}
	for _, s := range states {
		if in.State == s {
			return in, version, nil
		}
	}
	return in, 0, fault.New(fault.Refused, "OVERSIGHT-INSTRUCTION-02", "", "instruction {number} is {state}", "issue a new one",
		"number", in.Number, "state", string(in.State))
}

// instructionPayload is what two officers agree on. The instruction itself does
// not stand in it: not everybody who sees a proposal may read whom it is about.
type instructionPayload struct {
	Instruction string `json:"instruction"`
}

// instructionAgreed is the drawn officer's word: from its time on it acts, on
// every node. Faults: OVERSIGHT-INSTRUCTION-01, -02, those of
// risk.CompileInstruction when the table changed since.
func (d *Desk) instructionAgreed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	in, version, err := agreedInstruction(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	var faults fault.List
	in.Approver, in.State, in.Approved, in.Second = by.ID, risk.InstructionApproved, v.Now(), ""
	for _, err := range []error{alive(&in.InstructionSpec, v.Now()), d.compiled(v, in.InstructionSpec)} {
		if other := faults.Add("", err); other != nil {
			return decision.Outcome{}, other
		}
	}
	if err := faults.OrNil(); err != nil {
		return decision.Outcome{}, err
	}
	out := in.written(v, by, version, "instruction.approved", openly(&in.InstructionSpec, in.Reason.ZH+" "+in.Reason.EN))
	err = publish(v, &out, SetInstructions)
	return out, err
}

// instructionKept ends an instruction that was not agreed to; it never acted.
func (d *Desk) instructionKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	in, version, err := agreedInstruction(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	in.State, in.Ended, in.EndedBy, in.Second = risk.InstructionWithdrawn, v.Now(), by.ID, ""
	return in.written(v, by, version, "instruction.withdrawn", openly(&in.InstructionSpec, "")), nil
}

func agreedInstruction(v decision.View, payload json.RawMessage) (Instruction, int64, error) {
	var p instructionPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return Instruction{}, 0, err
	}
	return loaded(v, p.Instruction, risk.InstructionDraft)
}

func reasoned(reason string) error {
	if strings.TrimSpace(reason) != "" {
		return nil
	}
	return fault.New(fault.Invalid, "OVERSIGHT-INSTRUCTION-03", "/reason", "an act on an instruction needs a reason", "say why, in a sentence")
}

// WithdrawInstruction ends an instruction before its time. One officer may: it
// only takes a control away. Faults: OVERSIGHT-INSTRUCTION-02, -03, -04 (it waits
// for its second officer: its proposal is withdrawn).
func (d *Desk) WithdrawInstruction(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		in, version, err := loaded(v, id, risk.InstructionDraft, risk.InstructionApproved)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		if in.State == risk.InstructionDraft && in.Proposal != "" {
			return decision.Outcome{}, fault.New(fault.Refused, "OVERSIGHT-INSTRUCTION-04", "", "instruction {number} waits for its second officer", "withdraw its proposal", "number", in.Number)
		}
		acted := in.State == risk.InstructionApproved
		in.State, in.Ended, in.EndedBy, in.EndReason = risk.InstructionWithdrawn, v.Now(), by.ID, reason
		out := in.written(v, by, version, "instruction.withdrawn", openly(&in.InstructionSpec, reason))
		if acted {
			err = publish(v, &out, SetInstructions)
		}
		return out, err
	})
}

// expire closes the approved instructions whose time is over.
func expire(v decision.View, out *decision.Outcome) (ended []string, err error) {
	ids, err := v.Find(dossier.Instruction, "state", string(risk.InstructionApproved), 1000)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		in, version, err := decision.Load[Instruction](v, dossier.Instruction, id)
		if err != nil {
			return nil, err
		}
		if in.To > v.Now() {
			continue
		}
		in.State, in.Ended = Ended, in.To
		one := in.written(v, decision.System, version, "instruction.expired", "")
		one.Reply = nil
		out.Merge(one)
		ended = append(ended, id)
	}
	return ended, nil
}
