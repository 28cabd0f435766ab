package risk

import (
	"fmt"
	"slices"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Secrecy says who may see why a control instruction exists.
type Secrecy string

// The levels of secrecy (DR §7.2).
const (
	Open       Secrecy = "open"
	Restricted Secrecy = "restricted" // officers see the action, not the reason
	Secret     Secrecy = "secret"     // the same, and the intelligence desk's list decides who reads it
)

// InstructionState is the state of a control instruction. It expires by its own
// time limits, which is no state but a reading of the clock.
type InstructionState string

// The states of a control instruction.
const (
	InstructionDraft     InstructionState = "draft"
	InstructionApproved  InstructionState = "approved"
	InstructionWithdrawn InstructionState = "withdrawn"
)

// InstructionSpec is a control instruction (布控) as it is written and stored.
type InstructionSpec struct {
	ID           string           `json:"id"`
	Subject      Kind             `json:"subject"`
	Scope        string           `json:"scope"` // rule expression
	Action       Action           `json:"action"`
	Share        num.Rate         `json:"share"`  // of the subjects in scope that are taken, above 0 up to 1
	Places       []string         `json:"places"` // customs offices, gates or lanes; empty: everywhere
	From         clock.Instant    `json:"from"`
	To           clock.Instant    `json:"to"` // first moment at which it no longer acts
	Issuer       string           `json:"issuer"`
	Approver     string           `json:"approver"`
	State        InstructionState `json:"state"`
	Intelligence string           `json:"intelligence,omitempty"` // reference of the record it comes from
	Secrecy      Secrecy          `json:"secrecy"`
	Reason       Label            `json:"reason"`
	Law          string           `json:"law,omitempty"`
}

// Instruction is a control instruction ready to be asked.
type Instruction struct {
	Spec  InstructionSpec
	scope []clause
	line  bool
}

// CompileInstruction checks an instruction against the facts and lists of its
// subject. Faults: those of Parse and of fields, and RISK-INSTRUCTION-01 (other
// subject), -02 (action), -03 (share), -04 (times), -05 (issuer approves
// himself or nobody approved), -06 (id, reason or secrecy missing).
func CompileInstruction(s InstructionSpec, c *Catalogue, lists Lists) (*Instruction, error) {
	var faults fault.List
	if s.Subject != c.Kind {
		faults = append(faults, fault.New(fault.Invalid, "RISK-INSTRUCTION-01", "/subject",
			"the instruction is about a {given}, the facts are of a {kind}", "choose the subject the scope speaks about",
			"given", s.Subject, "kind", c.Kind))
	}
	if !slices.Contains(actions, s.Action) {
		faults = append(faults, fault.New(fault.Invalid, "RISK-INSTRUCTION-02", "/action", "“{value}” is no action",
			"choose review, inspect, weigh, video, sample, audit or hold", "value", s.Action))
	}
	if s.Share <= 0 || s.Share > num.OneRate {
		faults = append(faults, fault.New(fault.Invalid, "RISK-INSTRUCTION-03", "/share", "a share of {value} is not possible",
			"give a share above 0 % and up to 100 %", "value", s.Share.PercentString()+" %"))
	}
	if s.From >= s.To {
		faults = append(faults, fault.New(fault.Invalid, "RISK-INSTRUCTION-04", "/to", "the instruction ends before it begins",
			"give an end after the beginning; every instruction expires"))
	}
	if s.State == InstructionApproved && (s.Approver == "" || s.Approver == s.Issuer) {
		faults = append(faults, fault.New(fault.Refused, "RISK-INSTRUCTION-05", "/approver",
			"an instruction acts only when another officer than its issuer approved it", "let a second officer approve it"))
	}
	known := slices.Contains([]Secrecy{Open, Restricted, Secret}, s.Secrecy)
	if s.ID == "" || s.Issuer == "" || s.Reason == (Label{}) || !known {
		path := "/reason"
		if !known {
			path = "/secrecy"
		}
		faults = append(faults, fault.New(fault.Invalid, "RISK-INSTRUCTION-06", path, "number, issuer, reason or secrecy is missing",
			"give all four"))
	}
	in := &Instruction{Spec: s}
	expr, err := Parse(s.Scope)
	if err == nil {
		in.scope, in.line, err = compileExpr(expr, c, lists)
	}
	if err := faults.Add("/scope", err); err != nil {
		return nil, fmt.Errorf("compile scope of instruction %s: %w", s.ID, err)
	}
	return in, faults.OrNil()
}

// Active tells whether the instruction acts at a moment: approved by a second
// officer, begun and not yet expired. Expiry needs nobody's hand.
func (in *Instruction) Active(at clock.Instant) bool {
	s := &in.Spec
	return s.State == InstructionApproved && s.Approver != "" && s.Approver != s.Issuer && s.From <= at && at < s.To
}

func (in *Instruction) at(place string) bool {
	return len(in.Spec.Places) == 0 || slices.Contains(in.Spec.Places, place)
}
