package oversight

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/tariff"
)

// SetTariff is the reference set of tariff and pre-classification.
const SetTariff = dossier.SetTariff

// ActionTariff is a change of the tariff before two officers.
const ActionTariff = "oversight.tariff"

// TariffChange is rates that follow others: the document that the zone keeps. Its
// amendments carry their days themselves, so that the schedule with them on it
// answers for every day, before and after.
type TariffChange struct {
	Name       string             `json:"name"` // tariffChange: by which all of them are found
	ID         string             `json:"id"`
	ValidFrom  clock.Date         `json:"validFrom"` // first day of any amendment
	State      State              `json:"state"`
	Urgent     string             `json:"urgent,omitempty"`
	Amendments []tariff.Amendment `json:"amendments,omitempty"`
	Schedule   *ScheduleFile      `json:"schedule,omitempty"`  // instead of amendments: a whole schedule
	Reverts    string             `json:"reverts,omitempty"`   // the change that this one takes back
	Withdraws  bool               `json:"withdraws,omitempty"` // what it takes back is a schedule, before its day
	Author     string             `json:"author"`
	Reason     string             `json:"reason"`
	Proposed   clock.Instant      `json:"proposed"`
	ApprovedBy string             `json:"approvedBy,omitempty"`
	Approved   clock.Instant      `json:"approved,omitempty"`
}

// tariffChange is the name of these documents among the parameters.
const tariffChange = "tariff-change"

// mostChanges bounds how many changes of the tariff a zone keeps on top of the
// schedule that ships with the program.
const mostChanges = 10_000

// TariffChanges reads every change of the tariff, the approved ones in the order
// of their approval.
func TariffChanges(ctx context.Context, r Reader) ([]TariffChange, error) {
	ids, err := r.Find(ctx, dossier.Parameter, "name", tariffChange, mostChanges)
	if err != nil {
		return nil, err
	}
	list := make([]TariffChange, len(ids))
	for i, id := range ids {
		if _, err := r.Load(ctx, dossier.Parameter, id, &list[i]); err != nil {
			return nil, err
		}
	}
	sortChanges(list)
	return list, nil
}

// tariffChanges reads them within a decision.
func tariffChanges(v decision.View) ([]TariffChange, error) {
	ids, err := v.Find(dossier.Parameter, "name", tariffChange, mostChanges)
	if err != nil {
		return nil, err
	}
	list := make([]TariffChange, len(ids))
	for i, id := range ids {
		if list[i], _, err = decision.Load[TariffChange](v, dossier.Parameter, id); err != nil {
			return nil, err
		}
	}
	sortChanges(list)
	return list, nil
}

func sortChanges(list []TariffChange) {
	slices.SortFunc(list, func(x, y TariffChange) int {
		switch {
		case x.Approved != y.Approved:
			return int(clampInstant(x.Approved - y.Approved))
		case x.ID < y.ID:
			return -1
		case x.ID > y.ID:
			return 1
		}
		return 0
	})
}

func clampInstant(d clock.Instant) int64 { return max(-1, min(1, int64(d))) }

// Amended puts the approved changes on a schedule, in the order of approval; open
// gives the whole schedules among them.
// Faults: those of tariff.Schedule.Amend.
func Amended(s *tariff.Schedule, changes []TariffChange, open Schedules) (*tariff.Schedule, error) {
	withdrawn := map[string]bool{}
	for i := range changes {
		if changes[i].State == Approved && changes[i].Withdraws {
			withdrawn[changes[i].Reverts] = true
		}
	}
	for i := range changes {
		c := &changes[i]
		if c.State != Approved || c.Withdraws || withdrawn[c.ID] {
			continue
		}
		next, err := c.on(s, open)
		if err != nil {
			return nil, err
		}
		s = next
	}
	return s, nil
}

// on puts a change on a schedule.
func (c *TariffChange) on(s *tariff.Schedule, open Schedules) (*tariff.Schedule, error) {
	if c.Schedule == nil {
		return s.Amend(replacing(c.Amendments))
	}
	next, err := open(c.Schedule)
	if err != nil {
		return nil, fmt.Errorf("open schedule %s: %w", c.ID, err)
	}
	return s.Succeed(next, c.ValidFrom), nil
}

// replacing says that amendments of an approved change take the place of what was
// known before: two officers have seen both.
func replacing(list []tariff.Amendment) []tariff.Amendment {
	out := slices.Clone(list)
	for i := range out {
		out[i].Replace = true
	}
	return out
}

// tariffAgreement is what two officers agree on.
type tariffAgreement struct {
	ID         string             `json:"id"`
	Version    int64              `json:"version"`
	From       clock.Date         `json:"from"`
	Urgent     string             `json:"urgent,omitempty"`
	Amendments []tariff.Amendment `json:"amendments,omitempty"`
	Schedule   *ScheduleFile      `json:"schedule,omitempty"`
	Withdraws  *ScheduleFile      `json:"withdraws,omitempty"`
}

// TariffReply tells where a change of the tariff stands.
type TariffReply struct {
	ID    string     `json:"id"`
	State State      `json:"state"`
	From  clock.Date `json:"from"`
}

// CheckTariff proves amendments against the tariff as it stands: what it gives is
// the schedule with them on it.
//
// Faults: OVERSIGHT-TARIFF-01 (nothing to change), OVERSIGHT-DAY-01, those of
// tariff.Schedule.Amend, with paths under /amendments.
func CheckTariff(s *tariff.Schedule, list []tariff.Amendment, today clock.Date, urgent string) (*tariff.Schedule, error) {
	if len(list) == 0 {
		return nil, fault.New(fault.Invalid, "OVERSIGHT-TARIFF-01", "/amendments", "there is nothing to change", "give at least one rate")
	}
	var faults fault.List
	for i := range list {
		if list[i].From == 0 {
			continue // Amend says so
		}
		if err := faults.Add("/amendments/"+strconv.Itoa(i), earliest(list[i].From, today, urgent)); err != nil {
			return nil, err
		}
	}
	next, err := s.Amend(list)
	if other := faults.Add("/amendments", err); other != nil {
		return nil, other
	}
	return next, faults.OrNil()
}

// ProposeTariff hands changed rates to a second officer. urgent says why they must
// count from today, "" when they need not.
// Faults: those of CheckTariff and of deliberation.Open.
func (d *Desk) ProposeTariff(ctx context.Context, c decision.Command, by decision.Actor, list []tariff.Amendment, reason, urgent string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		return d.proposeTariff(v, by, TariffChange{Amendments: list, Reason: reason, Urgent: urgent})
	})
}

func (d *Desk) proposeTariff(v decision.View, by decision.Actor, doc TariffChange) (decision.Outcome, error) {
	if _, err := CheckTariff(d.house().Tariff, doc.Amendments, v.Now().Date(), doc.Urgent); err != nil {
		return decision.Outcome{}, err
	}
	doc.Name, doc.ID, doc.State, doc.Author, doc.Proposed = tariffChange, v.NewID(), Proposed, by.ID, v.Now()
	doc.ValidFrom = doc.Amendments[0].From
	for _, a := range doc.Amendments {
		doc.ValidFrom = min(doc.ValidFrom, a.From)
	}
	number := string(doc.Amendments[0].Code)
	if n := len(doc.Amendments); n > 1 {
		number += " +" + strconv.Itoa(n-1)
	}
	out, err := d.open(v, by, "tariff", doc.ID, number, ActionTariff, doc.Reason, tariffAgreement{ID: doc.ID, Version: 1, From: doc.ValidFrom, Urgent: doc.Urgent, Amendments: doc.Amendments})
	if err != nil {
		return out, err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Parameter, ID: doc.ID, Body: doc})
	return out, nil
}

// RollBackTariff proposes to take an approved change back from a day on: the rates
// that would stand without it follow. It needs two officers like every change.
// Faults: OVERSIGHT-TARIFF-02 (not approved, or taken back already), -03 (it is
// over by itself), those of ProposeTariff.
func (d *Desk) RollBackTariff(ctx context.Context, c decision.Command, by decision.Actor, id string, from clock.Date, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, _, err := decision.Load[TariffChange](v, dossier.Parameter, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		changes, err := tariffChanges(v)
		if err != nil {
			return decision.Outcome{}, err
		}
		var without []TariffChange
		for _, change := range changes {
			if change.Reverts == id && (change.State == Approved || change.State == Proposed) || change.ID == id && change.State != Approved || doc.Name != tariffChange {
				return decision.Outcome{}, notInForce()
			}
			if change.ID != id {
				without = append(without, change)
			}
		}
		if doc.Schedule != nil {
			return d.takeBackSchedule(v, by, &doc, without, reason)
		}
		if doc.Withdraws {
			return decision.Outcome{}, notInForce()
		}
		base, err := Amended(d.house().ShippedTariff, without, d.schedules(v))
		if err != nil {
			return decision.Outcome{}, err
		}
		back := base.Undo(doc.Amendments, from, "takes back "+id)
		if len(back) == 0 {
			return decision.Outcome{}, fault.New(fault.Refused, "OVERSIGHT-TARIFF-03", "/from", "from {day} on nothing of this change is left", "choose an earlier day", "day", from)
		}
		return d.proposeTariff(v, by, TariffChange{Amendments: back, Reason: reason, Reverts: id})
	})
}

func notInForce() error {
	return fault.New(fault.Refused, "OVERSIGHT-TARIFF-02", "", "this change is not in force, or is taken back already", "look at where it stands")
}

func agreedTariff(v decision.View, payload json.RawMessage) (TariffChange, int64, error) {
	var p tariffAgreement
	if err := json.Unmarshal(payload, &p); err != nil {
		return TariffChange{}, 0, err
	}
	doc, version, err := decision.Load[TariffChange](v, dossier.Parameter, p.ID)
	if err == nil {
		err = changed(version, p.Version)
	}
	return doc, version, err
}

// tariffAgreed puts the rates on the schedule from their days on.
func (d *Desk) tariffAgreed(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreedTariff(v, payload)
	if err != nil {
		return out, err
	}
	told := map[string]any{"from": doc.ValidFrom.String(), "author": doc.Author, "reverts": doc.Reverts}
	switch {
	case doc.Withdraws:
		changes, err := tariffChanges(v)
		if err != nil {
			return out, err
		}
		at := slices.IndexFunc(changes, func(c TariffChange) bool { return c.ID == doc.Reverts })
		if at < 0 || changes[at].Schedule == nil {
			return out, notInForce()
		}
		withdrawn := changes[at]
		if err := d.standsWithout(v, &withdrawn, slices.Delete(changes, at, at+1)); err != nil {
			return out, err
		}
		told["withdraws"] = doc.Reverts
	case doc.Schedule != nil:
		if err := earliest(doc.ValidFrom, v.Now().Date(), ""); err != nil {
			return out, err
		}
		if _, err := d.schedules(v)(doc.Schedule); err != nil {
			return out, err
		}
		told["schedule"] = doc.Schedule
	default:
		if _, err := CheckTariff(d.house().Tariff, doc.Amendments, v.Now().Date(), doc.Urgent); err != nil {
			return out, err
		}
		told["rates"], told["amendments"] = len(doc.Amendments), doc.Amendments
	}
	doc.State, doc.ApprovedBy, doc.Approved = Approved, by.ID, v.Now()
	out.Puts = []decision.Put{{Kind: dossier.Parameter, ID: doc.ID, Version: version, Body: doc}}
	out.Entries = []journal.Entry{about(v, by, "tariff.approved", journal.Ref{Kind: "tariff", ID: doc.ID}, journal.Why{Rule: doc.Urgent, Reason: doc.Reason},
		told)}
	out.Reply = TariffReply{doc.ID, doc.State, doc.ValidFrom}
	err = publish(v, &out, SetTariff)
	return out, err
}

// tariffKept closes a change that was not agreed to.
func (d *Desk) tariffKept(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	doc, version, err := agreedTariff(v, payload)
	if err != nil {
		return out, err
	}
	doc.State = Refused
	out.Puts = []decision.Put{{Kind: dossier.Parameter, ID: doc.ID, Version: version, Body: doc}}
	out.Entries = []journal.Entry{about(v, by, "tariff.refused", journal.Ref{Kind: "tariff", ID: doc.ID}, journal.Why{}, map[string]any{"from": doc.ValidFrom.String()})}
	return out, nil
}
