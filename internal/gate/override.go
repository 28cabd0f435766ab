package gate

import (
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// ChiefRole is the role that may override a verdict.
const ChiefRole = "gate_chief"

// Override is a gate chief's decision against the machine (DR §6.5).
type Override struct {
	By      string        `json:"by"`
	Role    string        `json:"role"`
	Second  string        `json:"second"` // another officer who confirms
	Reason  string        `json:"reason"` // code of the list in force
	Text    string        `json:"text,omitempty"`
	Video   string        `json:"video"` // mark in the lane's recording
	Outcome Outcome       `json:"outcome"`
	Note    string        `json:"note"` // number of the note that passes or is held
	At      clock.Instant `json:"at"`
}

// Overridden gives the verdict as the gate chief decides it. The rows stay as
// the machine found them. The passage goes to the internal-control pool and is
// posted to the book like any other: an override lifts the barrier, nothing else.
//
// Faults: GATE-OVERRIDE-01 not the gate chief, 02 no second officer or the same,
// 03 reason not listed, 04 outcome other than pass or hold, 05 no video mark, 06
// no note, so that there is nothing to post.
func (v Verdict) Overridden(o Override, notes []*ReleaseNote, tol *Tolerances) (Verdict, error) {
	var faults fault.List
	if o.Role != ChiefRole || o.By == "" {
		faults = append(faults, fault.New(fault.Forbidden, "GATE-OVERRIDE-01", "/role", "only the gate chief may override a verdict", "call the gate chief"))
	}
	if o.Second == "" || o.Second == o.By {
		faults = append(faults, fault.New(fault.Refused, "GATE-OVERRIDE-02", "/second", "an override needs a second officer", "let another officer confirm it"))
	}
	if !slices.Contains(tol.OverrideReasons, o.Reason) {
		faults = append(faults, fault.New(fault.Invalid, "GATE-OVERRIDE-03", "/reason", "“{value}” is no listed reason for an override",
			"use one of {reasons}", "value", o.Reason, "reasons", strings.Join(tol.OverrideReasons, ", ")))
	}
	if o.Outcome != Pass && o.Outcome != Hold {
		faults = append(faults, fault.New(fault.Invalid, "GATE-OVERRIDE-04", "/outcome", "an override cannot decide “{value}”", "decide pass or hold", "value", o.Outcome))
	}
	if o.Video == "" {
		faults = append(faults, fault.New(fault.Invalid, "GATE-OVERRIDE-05", "/video", "the override has no mark in the recording", "set the mark at the lane"))
	}
	if !slices.ContainsFunc(notes, func(n *ReleaseNote) bool {
		return n.Number == o.Note && o.Note != "" && (n.State == Approved || n.State == PassedGate1)
	}) {
		faults = append(faults, fault.New(fault.Refused, "GATE-OVERRIDE-06", "/note", "there is no living release note “{value}” for this vehicle",
			"have a note approved first: what passes must be booked", "value", o.Note))
	}
	if err := faults.OrNil(); err != nil {
		return v, err
	}
	v.Outcome = o.Outcome
	v.Reread = false
	if o.Outcome == Pass {
		v.LED = LEDPass
	}
	return v, nil
}
