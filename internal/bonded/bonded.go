// Package bonded tells the stories of stock in the zone: an enterprise opens an
// account book, files the verification lists that change it, brings goods in
// before they are declared, and in the end the book is posted by whichever came
// last, the release of the bill or the passage of the goods (DR §1.5, §3.1, §4).
// Each story reads as an officer would tell it: load, decide, tell.
package bonded

import (
	"context"
	"encoding/json"
	"strconv"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/risk"
)

// Desk is where the stories are told. It holds no state of its own.
type Desk struct {
	store     casework.Decider
	reference func() *clearance.Reference
	lists     func() *risk.Table
	controls  func() []*risk.Instruction
	movement  func(ctx context.Context, id string) (ledger.Movement, error)
}

// New gives a desk that writes through store; reference gives the reference
// snapshots in force at the time of the call.
func New(store casework.Decider, reference func() *clearance.Reference) *Desk {
	return &Desk{store: casework.Steady(store), reference: reference}
}

// JudgeLists sets the risk table that verification lists are judged by; without
// one the credit level alone decides. Call it before the desk is used.
func (d *Desk) JudgeLists(table func() *risk.Table) { d.lists = table }

// ControlLists sets the control instructions about verification lists; without
// them none is asked. Call it before the desk is used.
func (d *Desk) ControlLists(instructions func() []*risk.Instruction) { d.controls = instructions }

func (d *Desk) instructions() []*risk.Instruction {
	if d.controls == nil {
		return nil
	}
	return d.controls()
}

// Recall sets how a movement of the past is read; it never changes. Without it
// nothing can be corrected. Call it before the desk is used.
func (d *Desk) Recall(movement func(ctx context.Context, id string) (ledger.Movement, error)) {
	d.movement = movement
}

// Setting gives what the desk of the two officers needs to know.
func Setting(r *clearance.Reference) deliberation.Setting {
	return deliberation.Setting{Officers: r.Officers, Key: r.ReviewKey, Rules: r.ReviewRules}
}

// lowCredit is the least credit level whose papers the machine may pass (DR §8.1:
// general and better are automatic when the risk is low).
const lowCredit = 3

// standing is what is known of the enterprise behind a paper.
type standing struct {
	level      int
	registered clock.Date
	relied     []decision.Reliance
}

// standingOf finds an enterprise by its credit code, or else its customs code.
// Faults: BONDED-PARTY-01 (not registered), BONDED-PARTY-02 (registration not in
// force), PARTY-SCHEME-01, PARTY-GRADE-01.
func (d *Desk) standingOf(v decision.View, p book.Party, on clock.Date) (standing, error) {
	column, code := "credit_code", p.CreditCode
	if code == "" {
		column, code = "customs_code", p.Code
	}
	ids, err := v.Find(dossier.Enterprise, column, code, 1)
	if err != nil {
		return standing{}, err
	}
	if len(ids) == 0 {
		return standing{}, fault.New(fault.Refused, "BONDED-PARTY-01", "/operator", "no enterprise with code {code} is registered with this customs",
			"check the code, or register the enterprise first", "code", code)
	}
	e, version, err := decision.Load[party.Enterprise](v, dossier.Enterprise, ids[0])
	if err != nil {
		return standing{}, err
	}
	s := standing{level: lowCredit, registered: e.RegisteredOn, relied: []decision.Reliance{{Kind: dossier.Enterprise, ID: ids[0], Version: version}}}
	if e.State != party.Registered {
		return s, fault.New(fault.Refused, "BONDED-PARTY-02", "/operator", "the registration of {name} is {state}", "have the registration restored first",
			"name", e.Name, "state", string(e.State))
	}
	grade, err := e.GradeAt(d.reference().Credit, on)
	if err != nil {
		return s, err
	}
	if grade.Grade.Level > 0 {
		s.level = int(grade.Grade.Level)
	}
	return s, nil
}

// keyOf is the code under which an enterprise owns accounts and debts.
func keyOf(p book.Party) string { return p.Key() }

func areaOf(office codelist.OfficeCode) string {
	if a, ok := party.Organisation().AreaOfOffice(office); ok {
		return a.ID
	}
	return ""
}

// mode finds the mode in force of a paper that begins a case. Faults:
// PROCEDURE-MODE-01, PROCEDURE-VALID-01, BONDED-MODE-01 (the mode has no such
// step).
func modeWith(ref *clearance.Reference, id, step string, on clock.Date) (*procedure.Mode, error) {
	mode, err := ref.Modes().Catalogue().At(id, on)
	if err != nil {
		return nil, err
	}
	if mode.Step(step) == nil {
		return nil, fault.New(fault.Invalid, "BONDED-MODE-01", "/procedure", "mode {mode} has no step “{step}”", "choose a mode that has it",
			"mode", id, "step", step)
	}
	return mode, nil
}

// ModeOf finds the mode that a case goes by: the version it was opened under.
// Fault: PROCEDURE-MODE-01.
func ModeOf(ref *clearance.Reference, file *casework.Case) (*procedure.Mode, error) {
	return ref.Modes().Catalogue().Version(file.Mode, file.ModeVersion)
}

// Unready words what a step still waits for, when nobody but the sender can do
// something about it. Fault: BONDED-WAITS-01, one for each condition.
func Unready(t *casework.Taken, step string) error {
	var faults fault.List
	for _, c := range t.Unmet {
		faults = append(faults, fault.New(fault.Refused, "BONDED-WAITS-01", "", "“{step}” of the mode needs: {condition}", "fulfil the condition, then send it again",
			"step", step, "condition", string(c)))
	}
	return faults.OrNil()
}

// Lacking words everything that a step still waits for, people's words included.
// Faults: BONDED-WAITS-01, -02.
func Lacking(t *casework.Taken, step string) error {
	if err := Unready(t, step); err != nil {
		return err
	}
	var faults fault.List
	for _, m := range t.Missing {
		faults = append(faults, fault.New(fault.Refused, "BONDED-WAITS-02", "", "“{step}” of the mode needs the word of {who} of the office “{office}”", "have it confirmed there first",
			"step", step, "who", string(m.By), "office", string(m.Office)))
	}
	return faults.OrNil()
}

// Reply tells where a book, list or application stands.
type Reply struct {
	ID      string             `json:"id"`
	Number  string             `json:"number,omitempty"`
	State   string             `json:"state"`
	Case    string             `json:"case,omitempty"`
	Waits   []clearance.Notice `json:"waits,omitempty"` // why a person must look
	Posted  bool               `json:"posted,omitempty"`
	Highest num.Money          `json:"highestTax,omitempty"` // what a hold is measured by, CNY

	Levy *clearance.LevyReply `json:"levy,omitempty"` // both ways of a sale into the country
}

// fact renders the body of a journal entry; what goes in are plain texts and
// numbers, so it cannot fail.
func fact(values map[string]any) json.RawMessage {
	body, err := json.Marshal(values)
	if err != nil {
		return json.RawMessage(strconv.Quote(err.Error()))
	}
	return body
}

// told begins a journal entry whose ids can be drawn again.
func told(v decision.View, ids func() string, by decision.Actor, kind string, subject ...journal.Ref) journal.Entry {
	now := v.Now()
	return journal.Entry{
		ID: ids(), At: now, EffectiveOn: now.Date(), Actor: by.ID, ActorKind: by.Kind, Type: kind, Subject: subject,
	}
}

// find gives the one document with a number. Fault: BONDED-FIND-01.
func find[T any](v decision.View, kind decision.Kind, number, path string) (body T, version int64, err error) {
	ids, err := v.Find(kind, "number", number, 1)
	if err != nil {
		return body, 0, err
	}
	if number == "" || len(ids) == 0 {
		return body, 0, fault.New(fault.NotFound, "BONDED-FIND-01", path, "there is no {kind} with number “{number}”", "check the number",
			"kind", string(kind), "number", number)
	}
	return decision.Load[T](v, kind, ids[0])
}

// decide is a command of this desk.
func (d *Desk) decide(ctx context.Context, c decision.Command, story func(v decision.View) (decision.Outcome, error)) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, story)
}
