package oversight

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/review"
	"seine/internal/risk"
)

// ActionGrade is another credit grade of an enterprise, agreed by two officers.
const ActionGrade = "enterprise.grade"

// GradeDraft is another credit grade as an officer proposes it (DR §8.1: each
// change with its evidence).
type GradeDraft struct {
	Enterprise string     `json:"-"` // its id
	Grade      string     `json:"grade" doc:"code in the credit scheme of the first day"`
	From       clock.Date `json:"from" doc:"first day, today or later"`
	Law        string     `json:"law" doc:"rule that it rests on"`
	Evidence   []string   `json:"evidence" doc:"documents that show why"`
	Reason     string     `json:"reason"`
}

// GradeReply tells which grade an enterprise has from which day.
type GradeReply struct {
	ID    string     `json:"id"`
	Grade string     `json:"grade"`
	From  clock.Date `json:"from"`
}

// gradeAgreement is what two officers agree on.
type gradeAgreement struct {
	Enterprise string        `json:"enterprise"`
	Grade      string        `json:"grade"`
	From       clock.Date    `json:"from"`
	Law        string        `json:"law"`
	Evidence   []string      `json:"evidence"`
	Reason     string        `json:"reason"`
	Author     string        `json:"author"`
	Changes    []risk.Change `json:"changes"`
}

// CheckGrade gives the standing that draft would end. Faults: OVERSIGHT-GRADE-01
// (the enterprise has this grade then), -02 (not after the last change), -03
// (before today), -04 (no law), -05 (no evidence), PARTY-GRADE-01 (no such grade
// in the scheme of the first day), PARTY-SCHEME-01.
func CheckGrade(by *party.CreditRules, e *party.Enterprise, draft GradeDraft, today clock.Date) (party.Standing, error) {
	var faults fault.List
	refuse := func(f *fault.Fault) { faults = append(faults, f) }
	if draft.Law == "" {
		refuse(fault.New(fault.Invalid, "OVERSIGHT-GRADE-04", "/law", "a grade needs the rule it rests on", "name the law and its article"))
	}
	if len(draft.Evidence) == 0 {
		refuse(fault.New(fault.Invalid, "OVERSIGHT-GRADE-05", "/evidence", "a grade needs evidence", "name the documents that show why"))
	}
	if draft.From < today {
		refuse(fault.New(fault.Invalid, "OVERSIGHT-GRADE-03", "/from", "{day} is past: decisions were taken by the grade of that day", "choose today or a later day", "day", draft.From))
	}
	for _, g := range e.Grades {
		if draft.From <= g.From {
			refuse(fault.New(fault.Invalid, "OVERSIGHT-GRADE-02", "/from", "the grade changes on {day} already", "choose a day after it", "day", g.From))
			break
		}
	}
	next := append(slices.Clip(e.Grades), party.GradeChange{Grade: draft.Grade, From: draft.From})
	then, err := e.GradeAt(by, draft.From)
	if err == nil {
		_, err = by.At(next, draft.From)
	}
	path := "/grade"
	if fault.Is(err, "PARTY-SCHEME-01") {
		path = "/from"
	}
	if other := faults.Add(path, err); other != nil {
		return then, other
	}
	if err == nil && then.Grade.Code == draft.Grade {
		refuse(fault.New(fault.Invalid, "OVERSIGHT-GRADE-01", "/grade", "the enterprise has this grade on {day} already", "choose another grade, or leave it", "day", draft.From))
	}
	return then, faults.OrNil()
}

// ProposeGrade hands another credit grade of an enterprise to a second officer.
// Faults: those of CheckGrade and of deliberation.Open; STORE-ABSENT-01.
func (d *Desk) ProposeGrade(ctx context.Context, c decision.Command, by decision.Actor, draft GradeDraft) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		e, _, err := decision.Load[party.Enterprise](v, dossier.Enterprise, draft.Enterprise)
		if err != nil {
			return decision.Outcome{}, err
		}
		draft.Law = strings.TrimSpace(draft.Law)
		var evidence []string
		for _, paper := range draft.Evidence {
			if paper = strings.TrimSpace(paper); paper != "" {
				evidence = append(evidence, paper)
			}
		}
		draft.Evidence = evidence
		then, err := CheckGrade(d.house().credit(), &e, draft, v.Now().Date())
		if err != nil {
			return decision.Outcome{}, err
		}
		return deliberation.Open(v, d.house().Setting, by, deliberation.Motion{
			Matter: review.Grading, Kind: string(dossier.Enterprise), Subject: e.ID, Number: e.ID, Enterprise: e.ID, Action: ActionGrade, Posts: keepers[ActionGrade], Reason: draft.Reason,
			Payload: gradeAgreement{
				e.ID, draft.Grade, draft.From, draft.Law, draft.Evidence, draft.Reason, by.ID,
				[]risk.Change{{Part: "enterprise", Key: e.ID, Cell: "grade", Old: then.Grade.Code, New: draft.Grade}},
			},
		})
	})
}

// gradeAgreed gives the enterprise the grade from its day on. It is checked
// against the record as it stands now: other data may have changed meanwhile.
func (d *Desk) gradeAgreed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	var p gradeAgreement
	if err := json.Unmarshal(payload, &p); err != nil {
		return out, err
	}
	e, version, err := decision.Load[party.Enterprise](v, dossier.Enterprise, p.Enterprise)
	if err != nil {
		return out, err
	}
	before, err := CheckGrade(d.house().credit(), &e, GradeDraft{e.ID, p.Grade, p.From, p.Law, p.Evidence, p.Reason}, v.Now().Date())
	if err != nil {
		return out, err
	}
	e.Grades = append(slices.Clip(e.Grades), party.GradeChange{Grade: p.Grade, From: p.From, Reason: p.Reason, Law: p.Law, Evidence: p.Evidence})
	entry := about(v, by, "enterprise.graded", journal.Ref{Kind: string(dossier.Enterprise), ID: e.ID}, journal.Why{Rule: "two officers", Reason: p.Reason, Law: p.Law},
		map[string]any{"grade": p.Grade, "before": before.Grade.Code, "from": p.From.String(), "evidence": p.Evidence, "author": p.Author})
	entry.Enterprise = e.ID
	out.Puts = []decision.Put{{Kind: dossier.Enterprise, ID: e.ID, Version: version, Body: e}}
	out.Entries = []journal.Entry{entry}
	out.Reply = GradeReply{e.ID, p.Grade, p.From}
	return out, nil
}
