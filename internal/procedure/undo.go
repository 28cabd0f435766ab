package procedure

import (
	"slices"
	"strings"

	"seine/internal/fault"
	"seine/internal/ledger"
)

// Undoing says what undoing a step means. Movements are made the other way
// round, in the reverse order of the step.
type Undoing struct {
	Step *Step
	// Review tells that two officers are needed.
	Review    bool
	Post      []Posting
	Turn      []Turn
	Lift      []*Debt // opened by the step: they are lifted and their holds freed
	Reopen    []*Debt // discharged by the step: they are open again, their holds taken again
	Uncarry   []Carry // carried by the step: the successor is lifted, the old ones are open again
	Withdraws []Certificate
}

// Reverse says how step is undone in situation s, from the mode alone: whether
// later entries used the goods is for the books to say too. Faults:
// PROCEDURE-STEP-01, PROCEDURE-UNDO-01 (cannot be undone, with the reason),
// PROCEDURE-UNDO-02 (was not done), PROCEDURE-UNDO-03 (later steps stand on it;
// they are named).
func (m *Mode) Reverse(step string, s Situation) (Undoing, error) {
	st := m.Step(step)
	if st == nil {
		return Undoing{}, fault.New(fault.Invalid, "PROCEDURE-STEP-01", "", "{mode} has no step {step}",
			"choose one of: {steps}", "mode", m.ID, "step", step, "steps", strings.Join(m.stepIDs(), ", "))
	}
	var faults fault.List
	if st.Undo.How != Reverse {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-UNDO-01", "", "{step} cannot be undone: {reason}",
			"correct it by a further step", "step", step, "reason", st.Undo.Reason))
	}
	if _, done := s.Done[step]; !done {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-UNDO-02", "", "{step} was not done",
			"there is nothing to undo", "step", step))
	}
	if later := m.standingOn(st, &s); len(later) > 0 {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-UNDO-03", "", "{later} stand on {step}",
			"undo them first", "later", strings.Join(later, ", "), "step", step))
	}
	if len(faults) > 0 {
		return Undoing{}, faults
	}
	u := Undoing{Step: st, Review: st.Undo.Review, Withdraws: st.Undo.Withdraws}
	for _, t := range slices.Backward(st.Turn) {
		if s.holds(t.When) {
			u.Turn = append(u.Turn, Turn{Ledger: t.Ledger, In: t.Out, Out: t.In})
		}
	}
	for _, p := range slices.Backward(st.Post) {
		if s.holds(p.When) {
			u.Post = append(u.Post, m.counter(p)...)
		}
	}
	for _, o := range st.Open {
		if s.holds(o.When) {
			u.Lift = append(u.Lift, o.Debt)
		}
	}
	for _, d := range st.Discharge {
		if s.holds(d.When) {
			u.Reopen = append(u.Reopen, d.Debt)
		}
	}
	for _, c := range st.Carry {
		if s.holds(c.When) {
			u.Uncarry = append(u.Uncarry, c)
		}
	}
	return u, nil
}

// standingOn names the steps done that need st and would have nothing else to
// stand on.
func (m *Mode) standingOn(st *Step, s *Situation) []string {
	var later []string
	for _, other := range m.Steps {
		if _, done := s.Done[other.ID]; !done || other == st {
			continue
		}
		for _, any := range other.After {
			if slices.Contains(any, st.ID) && !slices.ContainsFunc(any, func(id string) bool {
				_, done := s.Done[id]
				return done && id != st.ID
			}) {
				later = append(later, other.ID)
				break
			}
		}
	}
	return later
}

// counter gives the movements that undo p. What a reservation moved is known
// from where it was made.
func (m *Mode) counter(p Posting) []Posting {
	reserved, _ := m.Reservation(p.As)
	p.When = nil
	switch p.Do {
	case ledger.Reserve:
		p.Do, p.Of = ledger.Void, Rest
		return []Posting{p}
	case ledger.Settle:
		back, again := reserved, reserved
		back.Do, back.As, back.From, back.To, back.Of, back.When = ledger.Post, "", reserved.To, reserved.From, p.Of, nil
		again.Of, again.When = p.Of, nil
		return []Posting{back, again}
	case ledger.Void:
		reserved.Of, reserved.When = p.Of, nil
		return []Posting{reserved}
	}
	p.From, p.To = p.To, p.From
	return []Posting{p}
}

// Reservation gives the posting that makes the reservation named as: a settle or
// void of it is about the same class of items.
func (m *Mode) Reservation(as string) (Posting, bool) {
	for _, st := range m.Steps {
		for _, p := range st.Post {
			if p.Do == ledger.Reserve && p.As == as {
				return p, true
			}
		}
	}
	return Posting{}, false
}
