package casework

import (
	"context"
	"slices"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/procedure"
)

// Overdue is what became of a debt whose day has passed.
type Overdue struct {
	Obligation string           `json:"obligation"`
	Stage      string           `json:"stage"`
	State      obligation.State `json:"state"`
	Called     num.Money        `json:"called,omitempty"` // taken from the guarantee, CNY
}

// FallDue lets the next consequence of an overdue debt bite, on the legal day
// today (DR §3.1; design §2). The journal tells whoever acts on alarms, fees and
// credit; what is within the books is done here: “call-guarantee” takes what is
// held. Each stage bites once: the command's key names debt, stage and day.
// Faults: OBLIGATION-STAGE-01, OBLIGATION-LIFECYCLE-01.
func FallDue(v decision.View, today clock.Date, id string) (decision.Outcome, error) {
	var out decision.Outcome
	o, version, err := decision.Load[obligation.Obligation](v, dossier.Obligation, id)
	if err != nil {
		return out, err
	}
	next, stage, err := o.Fire(today)
	if err != nil {
		return out, err
	}
	reply := Overdue{Obligation: id, Stage: stage.Name, State: next.State}
	if stage.Name == string(procedure.CallGuarantee) && next.Hold.Left > 0 {
		called := next.Hold.Left
		op, err := guarantee.Guarantee{Number: next.Hold.Guarantee, Enterprise: next.Debtor}.Call(v.NewID(), called, today, id)
		if err != nil {
			return out, err
		}
		out.Transfers = append(out.Transfers, op)
		out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: BankChannel, Target: next.Hold.Guarantee, Body: bank.Order{
			Kind: bank.Called, Guarantee: next.Hold.Guarantee, Amount: called, Obligation: id, Reason: o.Kind,
		}})
		next.Hold.Left, reply.Called = 0, called
	}
	out.Puts = []decision.Put{{Kind: dossier.Obligation, ID: id, Version: version, Body: next}}
	e := decision.Entry(v, decision.System, "obligation.overdue", journal.Ref{Kind: "obligation", ID: id})
	e.EffectiveOn, e.Enterprise, e.Area, e.Office = o.Due.AddDays(stage.AfterDays), o.Debtor, o.Area, o.Office
	e.Why = journal.Why{Rule: o.Mode + " " + o.Kind, Reason: stage.Name}
	e.Body = body(map[string]any{
		"kind": o.Kind, "due": o.Due.String(), "stage": stage.Name, "afterDays": stage.AfterDays, "open": next.OpenTotal().String(), "called": reply.Called.Fixed(),
	})
	out.Entries = []journal.Entry{e}
	out.Reply = reply
	return out, nil
}

// LetFallDue is FallDue as a command of the clock: what is due on the day of the
// command's moment. A stage that is not due is refused and nothing happens.
func LetFallDue(ctx context.Context, store Decider, c decision.Command, id string) (decision.Receipt, error) {
	return store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return FallDue(v, v.Now().Date(), id) })
}

// ExplainDifference is the kind of debt that Difference opens.
const ExplainDifference = "explain-difference"

// differenceDays is how long the office has to explain a difference (DR §9.3,
// OR: five working days).
const differenceDays = 5

// Difference opens the debt of explaining what is not as the papers say: goods
// that passed and cannot be booked, more than was listed, a barrier that did not
// do what it was told. The office owes it; an alarm stands in the journal with
// it. lines name what differs.
func Difference(v decision.View, by decision.Actor, ids func() string, calendar *clock.Calendar, subject journal.Ref, where Place, lines []obligation.Line, reason string, refusal error) (decision.Outcome, error) {
	var out decision.Outcome
	now := v.Now()
	due := calendar.NthWorking(now.Date()+1, differenceDays)
	o, err := obligation.New(obligation.Obligation{
		ID: ids(), Kind: ExplainDifference, Debtor: "office/" + where.Office, Mode: where.Mode, OpenedBy: subject.ID, Opened: now,
		Due: due, Provisional: calendar.Provisional(due), Counted: now.Date() + 1, Working: differenceDays, Lines: lines,
		Stages: []obligation.Stage{{Name: string(procedure.Alarm), AfterDays: 1}}, Area: where.Area, Office: where.Office,
	})
	if err != nil {
		return out, err
	}
	out.Puts = []decision.Put{{Kind: dossier.Obligation, ID: o.ID, Body: o}}
	rule := ""
	if list := fault.All(refusal); len(list) > 0 {
		rule = list[0].Code
	}
	e := journal.Entry{
		ID: ids(), At: now, EffectiveOn: now.Date(), Actor: by.ID, ActorKind: by.Kind, Type: "alarm.raised",
		Subject:    slices.Clip([]journal.Ref{subject, {Kind: "obligation", ID: o.ID}}),
		Enterprise: where.Enterprise, Area: where.Area, Office: where.Office, Why: journal.Why{Rule: rule, Reason: reason},
	}
	differs := make([]map[string]string, len(lines))
	for i, l := range lines {
		differs[i] = map[string]string{"item": l.Item, "unit": l.Unit, "quantity": l.Amount.String()}
	}
	e.Body = body(map[string]any{"due": o.Due.String(), "lines": differs})
	out.Entries = []journal.Entry{e}
	return out, nil
}

// Settle discharges parts of a debt that no case holds, because what it was owed
// for is there or no longer differs: the cover that it frees is given back. cause
// is the document that made it so.
// Faults: those of obligation.Discharge.
func Settle(v decision.View, by decision.Actor, held Held, parts []obligation.Part, cause journal.Ref, reason string) (decision.Outcome, error) {
	var out decision.Outcome
	o, freed, err := held.Obligation.Discharge(parts...)
	if err != nil {
		return out, err
	}
	out.Puts = []decision.Put{{Kind: dossier.Obligation, ID: o.ID, Version: held.Version, Body: o}}
	if freed > 0 {
		op, err := guarantee.Guarantee{Number: o.Hold.Guarantee, Enterprise: o.Debtor}.Release(v.NewID(), freed, v.Now().Date(), o.ID)
		if err != nil {
			return out, err
		}
		out.Transfers = append(out.Transfers, op)
		out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: BankChannel, Target: o.Hold.Guarantee, Body: bank.Order{
			Kind: bank.Released, Guarantee: o.Hold.Guarantee, Amount: freed, Obligation: o.ID,
		}})
	}
	kind := "obligation." + string(o.State)
	if !obligation.Lifecycle.Final(o.State) {
		kind = "obligation.partly-discharged"
	}
	e := decision.Entry(v, by, kind, journal.Ref{Kind: "obligation", ID: o.ID}, cause)
	e.Enterprise, e.Area, e.Office, e.Why = o.Debtor, o.Area, o.Office, journal.Why{Reason: reason}
	e.Body = body(map[string]any{"kind": o.Kind, "open": o.OpenTotal().String(), "freed": freed.Fixed(), "guarantee": o.Hold.Guarantee})
	out.Entries = []journal.Entry{e}
	return out, nil
}

// OpenedBy reads the debts of a kind that a document opened and that are still
// owed, the oldest first.
func OpenedBy(v decision.View, document, kind string) ([]Held, error) {
	ids, err := v.Find(dossier.Obligation, "opened_by", document, 1000)
	if err != nil {
		return nil, err
	}
	var open []Held
	for _, id := range ids {
		o, version, err := decision.Load[obligation.Obligation](v, dossier.Obligation, id)
		if err != nil {
			return nil, err
		}
		if o.Kind == kind && !obligation.Lifecycle.Final(o.State) {
			open = append(open, Held{o, version})
		}
	}
	return open, nil
}

// Place says where something happened and under which mode.
type Place struct {
	Mode, Area, Office, Enterprise string
}
