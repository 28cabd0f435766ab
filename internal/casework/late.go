package casework

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/procedure"
)

// States of a late mark.
const (
	StillLate = "open"
	LateEnded = "ended"
)

// Late marks a step of a case whose limit passed before it was taken, and names
// the desks that the mode calls then. There is one for each limit; it ends when
// the step was taken, or no longer waits for whoever was late.
type Late struct {
	ID          string           `json:"id"`
	Case        string           `json:"case"`
	Mode        string           `json:"mode"`
	ModeVersion int              `json:"modeVersion"`
	Step        string           `json:"step"`
	Title       string           `json:"title"` // of the step, as the mode calls it
	TitleZH     string           `json:"titleZH"`
	Rule        string           `json:"rule"` // of the limit, as the mode has it
	Limit       clock.Instant    `json:"limit"`
	Desks       []procedure.Desk `json:"desks"`
	Enterprise  string           `json:"enterprise"`
	Area        string           `json:"area,omitempty"`
	Office      string           `json:"office,omitempty"`
	Declaration string           `json:"declaration,omitempty"`
	List        string           `json:"list,omitempty"`
	Application string           `json:"application,omitempty"`
	State       string           `json:"state"`
	Noticed     clock.Instant    `json:"noticed"`
	Ended       clock.Instant    `json:"ended,omitempty"`
}

// latesOfCase bounds the marks of one case: a mode has few steps with a limit.
const latesOfCase = 1000

// situation is what a mode is asked about a case without a step under way.
func (c *Case) situation(at clock.Instant, holds map[procedure.Condition]bool, calendar *clock.Calendar) procedure.Situation {
	return procedure.Situation{At: at, Area: c.Area, Credit: c.Credit, Events: c.Events, Done: c.Done, True: holds, Calendar: calendar}
}

// LateSteps are the steps of a case whose limit has passed at a moment.
func (c *Case) LateSteps(mode *procedure.Mode, at clock.Instant, holds map[procedure.Condition]bool, calendar *clock.Calendar) []procedure.Waiting {
	if c.State != Open {
		return nil
	}
	return mode.Late(c.situation(at, holds, calendar))
}

// LookAtLimits compares the late marks of a case with what is late now: a limit
// that passed is marked once, and a mark ends when its step was taken. It changes
// nothing where nothing changed.
func LookAtLimits(v decision.View, mode *procedure.Mode, c Case, version int64, holds map[procedure.Condition]bool, calendar *clock.Calendar) (decision.Outcome, error) {
	out := decision.Outcome{Relied: []decision.Reliance{{Kind: dossier.Case, ID: c.ID, Version: version}}}
	ids, err := v.Find(dossier.Late, "case_id", c.ID, latesOfCase)
	if err != nil {
		return out, err
	}
	late := c.LateSteps(mode, v.Now(), holds, calendar)
	for _, id := range ids {
		mark, at, err := decision.Load[Late](v, dossier.Late, id)
		if err != nil {
			return out, err
		}
		same := slices.IndexFunc(late, func(w procedure.Waiting) bool { return w.Step.ID == mark.Step && w.Limit.At == mark.Limit })
		if same >= 0 {
			late = slices.Delete(late, same, same+1)
		}
		if same < 0 && mark.State == StillLate {
			mark.State, mark.Ended = LateEnded, v.Now()
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Late, ID: id, Version: at, Body: mark})
			out.Entries = append(out.Entries, mark.entry(v, "step.late-ended"))
		}
		if same >= 0 && mark.State == LateEnded { // it waited for somebody else in between
			mark.State, mark.Ended = StillLate, 0
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Late, ID: id, Version: at, Body: mark})
			out.Entries = append(out.Entries, mark.entry(v, "step.late"))
		}
	}
	for _, w := range late {
		mark := Late{
			ID: v.NewID(), Case: c.ID, Mode: c.Mode, ModeVersion: c.ModeVersion, Step: w.Step.ID, Title: w.Step.Title.English, TitleZH: w.Step.Title.Chinese,
			Rule: w.Step.Limit.Within.String(), Limit: w.Limit.At, Desks: w.Escalate, Enterprise: c.Debtor, Area: c.Area, Office: c.Office,
			Declaration: c.Declaration, List: c.List, Application: c.Application, State: StillLate, Noticed: v.Now(),
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Late, ID: mark.ID, Body: mark})
		out.Entries = append(out.Entries, mark.entry(v, "step.late"))
	}
	if len(out.Puts) == 0 {
		return decision.Outcome{}, nil
	}
	return out, nil
}

// entry tells of a mark, on the life line of whatever papers the case has.
func (l *Late) entry(v decision.View, kind string) journal.Entry {
	subjects := []journal.Ref{{Kind: "late_step", ID: l.ID}, {Kind: "case", ID: l.Case}}
	for _, paper := range []journal.Ref{{Kind: "declaration", ID: l.Declaration}, {Kind: "verification_list", ID: l.List}, {Kind: "application", ID: l.Application}} {
		if paper.ID != "" {
			subjects = append(subjects, paper)
		}
	}
	e := decision.Entry(v, decision.System, kind, subjects...)
	e.Enterprise, e.Area, e.Office = l.Enterprise, l.Area, l.Office
	e.Why = journal.Why{Rule: l.Mode + " " + l.Step, Reason: l.Rule}
	e.Body = body(map[string]any{"step": l.Step, "title": l.Title, "titleZH": l.TitleZH, "limit": l.Limit.String(), "desks": l.Desks})
	return e
}
