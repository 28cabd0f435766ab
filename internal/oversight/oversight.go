// Package oversight puts rules in force. No officer and no machine changes a
// rule alone: a new risk table, a control instruction or a supervision mode is
// drafted, shown cell by cell beside what is in force, tried on the past where
// that is possible, and approved by a second officer; it counts from a day, and
// every earlier version stays readable, so that any decision can be explained by
// the rules it was taken under (DR §7.1, §7.2, §9.1; plan II.3(1)). The secret
// keys of the random draws are announced before their period and published after
// it, so that nobody can have chosen whom the draw falls on.
package oversight

import (
	"context"
	"encoding/json"
	"slices"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/procedure"
	"seine/internal/review"
	"seine/internal/risk"
	"seine/internal/tariff"
)

// Store is what the desk needs of the store.
type Store interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
	Reader
}

// Reader reads documents outside of a decision.
type Reader interface {
	Load(ctx context.Context, kind decision.Kind, id string, body any) (version int64, err error)
	Find(ctx context.Context, kind decision.Kind, column, value string, limit int) (ids []string, err error)
}

// Reference sets that this desk publishes. An outcome that rests on an old
// version of one is refused, and the node reloads.
const (
	SetRisk         = "risk"
	SetInstructions = "instructions"
	SetModes        = "modes"
)

// Names of what two officers decide on here.
const (
	ActionRiskTable = "oversight.risk-table"
	ActionMode      = "oversight.mode"
)

// House is what the desk needs to know of the zone as it stands now.
type House struct {
	Setting deliberation.Setting
	// Tables are those that come with the program, by what they judge: in force
	// until another is.
	Tables map[risk.Kind]*risk.Table
	// Pages reads the past that a changed table is tried on, Days how much of it:
	// what was judged in so many days before today. Checks is how many checks a rule
	// and the random draw need before they are compared.
	Pages        Pages
	Days, Checks int
	// Modes are those that come with the program, Known what a mode is proven
	// against, and Accepts whether the rooms can work with the modes; nil does not
	// ask.
	Modes   *procedure.Catalogue
	Known   procedure.Known
	Accepts func(*procedure.Catalogue) error
	// Credit is the schemes of credit grades; nil: those that come with the program.
	Credit *party.CreditRules
	// Tariff is the schedule in force with its changes, ShippedTariff the one without;
	// Nomenclature gives a schedule that follows it its lines and words.
	Tariff, ShippedTariff, Nomenclature *tariff.Schedule
}

// credit gives the rules of credit grades in force.
func (h House) credit() *party.CreditRules {
	if h.Credit == nil {
		return party.Credit()
	}
	return h.Credit
}

// Desk is where rules are put in force. It holds no state of its own.
type Desk struct {
	store Store
	house func() House
}

// New gives a desk; house tells what stands at the time of the call.
func New(store Store, house func() House) *Desk { return &Desk{store, house} }

// Actions are what two officers can decide on here: the desk of deliberation
// carries them out.
func (d *Desk) Actions() map[string]deliberation.Action {
	return map[string]deliberation.Action{
		ActionRiskTable: deliberation.Pair{Agreed: d.tableAgreed, Kept: d.tableKept},
		ActionMode:      deliberation.Pair{Agreed: d.modeAgreed, Kept: d.modeKept},
		ActionParameter: deliberation.Pair{Agreed: d.parameterAgreed, Kept: d.parameterKept},
		ActionTariff:    deliberation.Pair{Agreed: d.tariffAgreed, Kept: d.tariffKept},
		ActionGrade:     deliberation.Func(d.gradeAgreed),

		ActionInstruction: deliberation.Pair{Agreed: d.instructionAgreed, Kept: d.instructionKept},
	}
}

// Cleared tells whether somebody with these posts reads secret rules and
// instructions whole: those who write them, and internal control, which watches
// over them. All others see what is to be done, not about whom or why (DR §7.2).
func Cleared(posts []string) bool {
	for _, p := range []party.PostID{party.RiskAnalyst, party.IntelligenceOfficer, party.InternalControl} {
		if slices.Contains(posts, string(p)) {
			return true
		}
	}
	return false
}

// State of a rule on its way. Whether an approved one is in force is a reading of
// the calendar.
type State string

// States of a table or mode.
const (
	Draft     State = "draft"     // its author acts
	Proposed  State = "proposed"  // the second officer acts
	Approved  State = "approved"  // in force from its day
	Refused   State = "refused"   // nobody: final
	Overtaken State = "overtaken" // nobody: an urgent change came before its day
	Discarded State = "discarded" // nobody: its author gave the draft up
)

// epoch is the body of a reference set's document.
type epoch struct {
	Value string `json:"value"`
}

// publish gives a reference set a new version, so that every node reloads.
func publish(v decision.View, out *decision.Outcome, set string) error {
	_, version, err := decision.Load[epoch](v, dossier.ReferenceSet, set)
	if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.ReferenceSet, ID: set, Version: version, Body: epoch{v.NewID()}})
	return nil
}

// earliest checks from which day a change may count: tomorrow, or today when it
// is urgent and says why. Fault: OVERSIGHT-DAY-01.
func earliest(from, today clock.Date, urgent string) error {
	if from > today || urgent != "" && from == today {
		return nil
	}
	return fault.New(fault.Invalid, "OVERSIGHT-DAY-01", "/from", "{day} is too early: a change counts from tomorrow, or from today when it is urgent",
		"choose a later day, or say why it is urgent", "day", from)
}

// changed refuses what is no longer as it was proposed.
func changed(v, proposed int64) error {
	if v == proposed {
		return nil
	}
	return fault.New(fault.Conflict, "OVERSIGHT-CHANGED-01", "/version", "this is no longer as it was proposed (version {proposed}, now {now})",
		"return the proposal; the first officer looks again", "proposed", proposed, "now", v)
}

// about begins an entry on a rule.
func about(v decision.View, by decision.Actor, kind string, on journal.Ref, why journal.Why, body map[string]any) journal.Entry {
	e := decision.Entry(v, by, kind, on)
	e.Why = why
	if raw, err := json.Marshal(body); err == nil { // plain texts and numbers: it always can be written
		e.Body = raw
	}
	return e
}

// open proposes a change of rule to a second officer.
func (d *Desk) open(v decision.View, by decision.Actor, kind, id, number, action, reason string, payload any) (decision.Outcome, error) {
	return deliberation.Open(v, d.house().Setting, by, deliberation.Motion{
		Matter: review.RuleChange, Kind: kind, Subject: id, Number: number, Action: action, Payload: payload, Posts: keepers[action], Reason: reason,
	})
}

// Enacted tells what came into force by a call of Enact.
type Enacted struct {
	Tables       []string `json:"tables,omitempty"`
	Modes        []string `json:"modes,omitempty"`
	Parameters   []string `json:"parameters,omitempty"`
	Instructions []string `json:"expiredInstructions,omitempty"`
}

// Enact notes what comes into force today and what has expired, and has every
// node reload. The house calls it once a day, soon after midnight, and at its
// start; called again it does nothing. Nothing waits for it: a table that counts
// from today is in force from its first moment, whoever reads it.
func (d *Desk) Enact(ctx context.Context, c decision.Command) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		var did Enacted
		today, now := v.Now().Date(), v.Now()
		house := d.house()
		for _, kind := range kinds(house) {
			tables, versions, err := tablesOf(v, kind)
			if err != nil {
				return out, err
			}
			for i := range tables {
				t := &tables[i]
				if t.State != Approved || t.ValidFrom > today || t.Enacted != 0 {
					continue
				}
				t.Enacted = now
				did.Tables = append(did.Tables, t.ID)
				out.Puts = append(out.Puts, decision.Put{Kind: dossier.RiskTable, ID: t.ID, Version: versions[i], Body: *t})
				out.Entries = append(out.Entries, about(v, decision.System, "risk-table.in-force", journal.Ref{Kind: "risk_table", ID: t.ID},
					journal.Why{Reason: t.Reason}, map[string]any{"name": t.Name, "version": t.Version, "epoch": t.Epoch}))
			}
		}
		modes, versions, err := modesOf(v)
		if err != nil {
			return out, err
		}
		for i := range modes {
			m := &modes[i]
			if m.ValidFrom > today || m.Enacted != 0 {
				continue
			}
			m.Enacted = now
			did.Modes = append(did.Modes, m.ID)
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.ModeVersion, ID: m.ID, Version: versions[i], Body: *m})
			out.Entries = append(out.Entries, about(v, decision.System, "mode.in-force", journal.Ref{Kind: "mode_version", ID: m.ID},
				journal.Why{Reason: m.Reason}, map[string]any{"mode": m.Mode, "version": m.ModeVersion, "hash": m.Hash}))
		}
		if did.Instructions, err = expire(v, &out); err != nil {
			return out, err
		}
		if did.Parameters, err = enactParameters(v, &out); err != nil {
			return out, err
		}
		for set, did := range map[string]bool{SetRisk: len(did.Tables) > 0, SetModes: len(did.Modes) > 0, SetInstructions: len(did.Instructions) > 0, SetParameters: len(did.Parameters) > 0} {
			if did {
				if err := publish(v, &out, set); err != nil {
					return out, err
				}
			}
		}
		out.Reply = did
		return out, nil
	})
}

// kinds are what tables judge, in one order.
func kinds(h House) []risk.Kind {
	var list []risk.Kind
	for kind := range h.Tables {
		list = append(list, kind)
	}
	slices.Sort(list)
	return list
}
