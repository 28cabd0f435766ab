package oversight

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/tariff"
)

// ScheduleFile is a whole schedule that follows the one in force: what it is and
// where its content lies.
type ScheduleFile struct {
	Pack        string     `json:"pack"`   // document with the content
	SHA256      string     `json:"sha256"` // of the content, as it was given
	Name        string     `json:"name"`
	Title       string     `json:"title,omitempty"`
	Edition     clock.Date `json:"edition,omitempty"`
	Source      string     `json:"source,omitempty"`
	Law         string     `json:"law,omitempty"` // what it rests on
	Commodities int        `json:"commodities"`
	Measures    int        `json:"measures"`
}

// SchedulePack is the content of a schedule as it was given: the document that
// both engines keep and every backup carries.
type SchedulePack struct {
	Name    string `json:"name"` // tariff-pack
	ID      string `json:"id"`
	Content []byte `json:"content"`
}

const schedulePack = "tariff-pack"

// declaredDigits is how many digits of the national schedule carry a rate.
const declaredDigits = 8

// Schedules opens the contents of schedules, by the document they lie in.
type Schedules func(file *ScheduleFile) (*tariff.Schedule, error)

// ReadSchedule reads a content against the schedule of the house and the
// nomenclature. Faults: those of tariff.ReadSuccessor.
func ReadSchedule(content []byte, shipped, hs *tariff.Schedule) (*tariff.Schedule, error) {
	return tariff.ReadSuccessor(content, hs, declaredDigits, shipped.About.Currency)
}

// OpenSchedules gives what opens schedules out of the documents of r.
func OpenSchedules(ctx context.Context, r Reader, shipped, hs *tariff.Schedule) Schedules {
	return func(f *ScheduleFile) (*tariff.Schedule, error) {
		var pack SchedulePack
		if _, err := r.Load(ctx, dossier.Parameter, f.Pack, &pack); err != nil {
			return nil, err
		}
		return opened(f, &pack, shipped, hs)
	}
}

func opened(f *ScheduleFile, pack *SchedulePack, shipped, hs *tariff.Schedule) (*tariff.Schedule, error) {
	if sum := sha256.Sum256(pack.Content); hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, fmt.Errorf("the content of schedule %s is not the one that was agreed on", f.Pack)
	}
	return ReadSchedule(pack.Content, shipped, hs)
}

// schedules opens contents within a decision.
func (d *Desk) schedules(v decision.View) Schedules {
	return func(f *ScheduleFile) (*tariff.Schedule, error) {
		pack, _, err := decision.Load[SchedulePack](v, dossier.Parameter, f.Pack)
		if err != nil {
			return nil, err
		}
		house := d.house()
		return opened(f, &pack, house.ShippedTariff, house.Nomenclature)
	}
}

// LoadSchedule keeps a whole schedule as a draft that shall be in force from a day
// on, so that it can be compared before anybody proposes it.
// Faults: those of ReadSchedule, under /content; OVERSIGHT-DAY-01.
func (d *Desk) LoadSchedule(ctx context.Context, c decision.Command, by decision.Actor, content []byte, from clock.Date) (decision.Receipt, error) {
	house := d.house()
	var faults fault.List
	s, err := ReadSchedule(content, house.ShippedTariff, house.Nomenclature)
	if other := faults.Add("/content", err); other != nil {
		return decision.Receipt{}, other
	}
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		wrong := append(fault.List(nil), faults...)
		if other := wrong.Add("", earliest(from, v.Now().Date(), "")); other != nil {
			return out, other
		}
		if err := wrong.OrNil(); err != nil {
			return out, err
		}
		sum := sha256.Sum256(content)
		doc := TariffChange{Name: tariffChange, ID: v.NewID(), ValidFrom: from, State: Draft, Author: by.ID, Proposed: v.Now(), Schedule: &ScheduleFile{
			SHA256: hex.EncodeToString(sum[:]), Name: s.About.Name, Title: s.About.Title, Edition: s.About.Edition, Source: s.About.Source,
		}}
		doc.Schedule.Commodities, doc.Schedule.Measures = s.Len()
		pack := SchedulePack{Name: schedulePack, ID: v.NewID(), Content: content}
		doc.Schedule.Pack = pack.ID
		out.Puts = []decision.Put{{Kind: dossier.Parameter, ID: pack.ID, Body: pack}, {Kind: dossier.Parameter, ID: doc.ID, Body: doc}}
		out.Entries = []journal.Entry{about(v, by, "tariff.loaded", journal.Ref{Kind: "tariff", ID: doc.ID}, journal.Why{},
			map[string]any{"from": from.String(), "sha256": doc.Schedule.SHA256, "title": doc.Schedule.Title})}
		out.Reply = TariffReply{doc.ID, doc.State, doc.ValidFrom}
		return out, nil
	})
}

func (d *Desk) loadedSchedule(v decision.View, id string) (TariffChange, int64, error) {
	doc, version, err := decision.Load[TariffChange](v, dossier.Parameter, id)
	if err == nil && (doc.Name != tariffChange || doc.Schedule == nil) {
		err = fault.New(fault.NotFound, "STORE-ABSENT-01", "", "there is no {kind} {id}", "check the number", "kind", "tariff", "id", id)
	}
	return doc, version, err
}

// ProposeSchedule hands a loaded schedule to a second officer.
// Faults: OVERSIGHT-SCHEDULE-01 (not a draft any more), -02 (no law),
// OVERSIGHT-DAY-01, those of deliberation.Open.
func (d *Desk) ProposeSchedule(ctx context.Context, c decision.Command, by decision.Actor, id, law, reason string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := d.loadedSchedule(v, id)
		if err != nil {
			return out, err
		}
		if doc.State != Draft {
			return out, noDraft()
		}
		var faults fault.List
		if law == "" {
			faults = append(faults, fault.New(fault.Invalid, "OVERSIGHT-SCHEDULE-02", "/law", "a schedule needs the law it rests on", "name the announcement that puts it in force"))
		}
		if other := faults.Add("", earliest(doc.ValidFrom, v.Now().Date(), "")); other != nil {
			return out, other
		}
		if err := faults.OrNil(); err != nil {
			return out, err
		}
		file := *doc.Schedule
		file.Law = law
		doc.Schedule, doc.State, doc.Author, doc.Reason, doc.Proposed = &file, Proposed, by.ID, reason, v.Now()
		out, err = d.open(v, by, "tariff", doc.ID, doc.Schedule.Title, ActionTariff, reason, tariffAgreement{ID: doc.ID, Version: version + 1, From: doc.ValidFrom, Schedule: doc.Schedule})
		if err != nil {
			return out, err
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Parameter, ID: doc.ID, Version: version, Body: doc})
		return out, nil
	})
}

func noDraft() error {
	return fault.New(fault.Refused, "OVERSIGHT-SCHEDULE-01", "", "this schedule is no draft any more", "look at where it stands, or load the file again")
}

// DiscardSchedule gives up a schedule that nobody has proposed.
// Fault: OVERSIGHT-SCHEDULE-01.
func (d *Desk) DiscardSchedule(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := d.loadedSchedule(v, id)
		if err != nil {
			return out, err
		}
		if doc.State != Draft {
			return out, noDraft()
		}
		doc.State = Discarded
		out.Puts = []decision.Put{{Kind: dossier.Parameter, ID: doc.ID, Version: version, Body: doc}}
		out.Entries = []journal.Entry{about(v, by, "tariff.discarded", journal.Ref{Kind: "tariff", ID: doc.ID}, journal.Why{}, nil)}
		out.Reply = TariffReply{doc.ID, doc.State, doc.ValidFrom}
		return out, nil
	})
}

// takeBackSchedule proposes that a schedule whose day has not come never comes
// into force. Faults: OVERSIGHT-SCHEDULE-03 (its day has come), -04 (later changes
// rest on it), those of deliberation.Open.
func (d *Desk) takeBackSchedule(v decision.View, by decision.Actor, doc *TariffChange, without []TariffChange, reason string) (decision.Outcome, error) {
	back := TariffChange{
		Name: tariffChange, ID: v.NewID(), ValidFrom: doc.ValidFrom, State: Proposed, Author: by.ID, Reason: reason, Proposed: v.Now(), Reverts: doc.ID, Withdraws: true,
	}
	if err := d.standsWithout(v, doc, without); err != nil {
		return decision.Outcome{}, err
	}
	out, err := d.open(v, by, "tariff", back.ID, doc.Schedule.Title, ActionTariff, reason, tariffAgreement{ID: back.ID, Version: 1, From: back.ValidFrom, Withdraws: doc.Schedule})
	if err != nil {
		return out, err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Parameter, ID: back.ID, Body: back})
	return out, nil
}

// standsWithout tells whether a schedule can be taken back today.
func (d *Desk) standsWithout(v decision.View, doc *TariffChange, without []TariffChange) error {
	if doc.ValidFrom <= v.Now().Date() {
		return fault.New(fault.Refused, "OVERSIGHT-SCHEDULE-03", "", "the schedule has been in force since {day}", "load the schedule that shall follow it", "day", doc.ValidFrom)
	}
	_, err := Amended(d.house().ShippedTariff, without, d.schedules(v))
	if fault.All(err) != nil {
		return fault.New(fault.Refused, "OVERSIGHT-SCHEDULE-04", "", "changes that were agreed on later rest on this schedule", "take those back first").Because(err)
	}
	return err
}

// Beside gives what two officers compare: the tariff without a change of the
// schedule and with it, and the change. Fault: not found, when there is no such
// schedule; those of ReadSchedule.
func (d *Desk) Beside(ctx context.Context, id string) (doc TariffChange, before, after *tariff.Schedule, err error) {
	changes, err := TariffChanges(ctx, d.store)
	if err != nil {
		return doc, nil, nil, err
	}
	var others []TariffChange
	for i := range changes {
		if changes[i].ID == id && changes[i].Schedule != nil {
			doc = changes[i]
		} else if changes[i].Reverts != id {
			others = append(others, changes[i])
		}
	}
	if doc.ID == "" {
		return doc, nil, nil, fault.New(fault.NotFound, "STORE-ABSENT-01", "", "there is no {kind} {id}", "check the number", "kind", "tariff", "id", id)
	}
	house := d.house()
	open := OpenSchedules(ctx, d.store, house.ShippedTariff, house.Nomenclature)
	if before = house.Tariff; doc.State == Approved {
		if before, err = Amended(house.ShippedTariff, others, open); err != nil {
			return doc, nil, nil, err
		}
	}
	next, err := open(doc.Schedule)
	if err != nil {
		return doc, nil, nil, err
	}
	return doc, before, before.Succeed(next, doc.ValidFrom), nil
}
