package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/deliberation"
	"seine/internal/fault"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/registry"
	"seine/internal/tariff"
)

// TariffProposal is changed rates for a second officer.
type TariffProposal struct {
	Amendments []tariff.Amendment `json:"amendments" doc:"rates that follow others, each from its day"`
	Reason     string             `json:"reason"`
	Urgent     string             `json:"urgent,omitempty" doc:"why it must count from today; empty: from tomorrow at the earliest"`
}

// TariffComparison is what other rates, or another schedule, would change.
type TariffComparison struct {
	On         clock.Date         `json:"on,omitempty" doc:"day to compare on; today when not given"`
	Schedule   string             `json:"schedule,omitempty" doc:"name of a schedule that ships with the program; empty: the house's with the amendments"`
	Amendments []tariff.Amendment `json:"amendments,omitempty"`
}

// RateChange is one code or rate that differs.
type RateChange struct {
	Code  tariff.Code       `json:"code"`
	Kind  string            `json:"kind,omitempty" doc:"empty: the code itself came or went"`
	Areas []tariff.AreaCode `json:"areas,omitempty"`
	Old   string            `json:"old,omitempty"`
	New   string            `json:"new,omitempty"`
}

// TariffCompared is the difference of two schedules and what it does to open business.
type TariffCompared struct {
	Changes []RateChange     `json:"changes" doc:"the first 1,000"`
	Count   int              `json:"count"`
	Effect  clearance.Effect `json:"effect"`
}

// ScheduleLoad is a whole schedule that shall follow the one in force.
type ScheduleLoad struct {
	Content []byte     `json:"content" doc:"a file as “seine tariff import” writes it, in base64"`
	From    clock.Date `json:"from" doc:"day it is in force from; everything known for later days gives way"`
}

// ScheduleProposal is what an officer says who proposes a loaded schedule.
type ScheduleProposal struct {
	Law    string `json:"law" doc:"what puts it in force"`
	Reason string `json:"reason"`
}

// ScheduleCompared is a schedule beside the tariff without it, on its first day.
type ScheduleCompared struct {
	Schedule oversight.TariffChange `json:"schedule"`
	TariffCompared
}

// RollBack is what an officer says who takes a change of the tariff back.
type RollBack struct {
	From   clock.Date `json:"from" doc:"first day on which the change no longer counts"`
	Reason string     `json:"reason"`
}

func (s *Server) tariffRoutes() {
	if s.Reference == nil || s.Oversight == nil {
		return
	}
	keep := func(c *call) error { return c.may(party.Configure, party.Object{Kind: "tariff"}) }
	watch := func(c *call) error { return c.may(party.Confirm, party.Object{Kind: "tariff"}) } // who may be drawn as second
	add(s, route{id: "propose-tariff-change", method: http.MethodPost, path: "/api/v1/tariff/changes", tag: "knowledge", status: http.StatusCreated, summary: "Propose changed rates to a second officer"},
		func(c *call, in *struct{ Body TariffProposal }) (json.RawMessage, error) {
			if err := keep(c); err != nil {
				return nil, err
			}
			return c.replied(s.Oversight.ProposeTariff(c.ctx(), c.command("tariff.propose"), c.who.Actor, in.Body.Amendments, in.Body.Reason, in.Body.Urgent))
		})
	add(s, route{id: "roll-back-tariff-change", method: http.MethodPost, path: "/api/v1/tariff/changes/{id}/rollback", tag: "knowledge", status: http.StatusCreated, summary: "Propose to take an approved change back"},
		func(c *call, in *struct {
			ID   string `path:"id"`
			Body RollBack
		},
		) (json.RawMessage, error) {
			if err := keep(c); err != nil {
				return nil, err
			}
			return c.replied(s.Oversight.RollBackTariff(c.ctx(), c.command("tariff.rollback/"+in.ID), c.who.Actor, in.ID, in.Body.From, in.Body.Reason))
		})
	add(s, route{id: "list-tariff-changes", method: http.MethodGet, path: "/api/v1/tariff/changes", tag: "knowledge", summary: "Every change of the tariff, with where it stands"},
		func(c *call, _ *struct{}) (found[oversight.TariffChange], error) {
			if err := watch(c); err != nil {
				return found[oversight.TariffChange]{}, err
			}
			changes, err := oversight.TariffChanges(c.ctx(), s.store)
			if changes == nil {
				changes = []oversight.TariffChange{}
			}
			return found[oversight.TariffChange]{changes}, err
		})
	add(s, route{id: "load-tariff-schedule", method: http.MethodPost, path: "/api/v1/tariff/schedules", tag: "knowledge", status: http.StatusCreated, limit: maxLarge, summary: "Load a whole schedule as a draft, to be compared and proposed"},
		func(c *call, in *struct{ Body ScheduleLoad }) (json.RawMessage, error) {
			if err := keep(c); err != nil {
				return nil, err
			}
			return c.replied(s.Oversight.LoadSchedule(c.ctx(), c.command("tariff.load"), c.who.Actor, in.Body.Content, in.Body.From))
		})
	add(s, route{id: "compare-tariff-schedule", method: http.MethodGet, path: "/api/v1/tariff/schedules/{id}/comparison", tag: "knowledge", summary: "What a loaded schedule changes on its day, and its effect on open business"},
		func(c *call, in *struct {
			ID string `path:"id"`
		},
		) (ScheduleCompared, error) {
			if err := watch(c); err != nil {
				return ScheduleCompared{}, err
			}
			doc, before, after, err := s.Oversight.Beside(c.ctx(), in.ID)
			if err != nil {
				return ScheduleCompared{}, err
			}
			compared, err := s.compared(c.ctx(), before, after, doc.ValidFrom)
			return ScheduleCompared{doc, compared}, err
		})
	add(s, route{id: "propose-tariff-schedule", method: http.MethodPost, path: "/api/v1/tariff/schedules/{id}/proposal", tag: "knowledge", status: http.StatusCreated, summary: "Propose a loaded schedule to a second officer"},
		func(c *call, in *struct {
			ID   string `path:"id"`
			Body ScheduleProposal
		},
		) (json.RawMessage, error) {
			if err := keep(c); err != nil {
				return nil, err
			}
			return c.replied(s.Oversight.ProposeSchedule(c.ctx(), c.command("tariff.propose/"+in.ID), c.who.Actor, in.ID, in.Body.Law, in.Body.Reason))
		})
	add(s, route{id: "discard-tariff-schedule", method: http.MethodDelete, path: "/api/v1/tariff/schedules/{id}", tag: "knowledge", status: http.StatusOK, summary: "Give up a loaded schedule that nobody proposed"},
		func(c *call, in *struct {
			ID string `path:"id"`
		},
		) (json.RawMessage, error) {
			if err := keep(c); err != nil {
				return nil, err
			}
			return c.replied(s.Oversight.DiscardSchedule(c.ctx(), c.command("tariff.discard/"+in.ID), c.who.Actor, in.ID))
		})
	s.answersWith("/api/v1/tariff/schedules", "201", oversight.TariffReply{})
	s.answersWith("/api/v1/tariff/schedules/{id}", "200", oversight.TariffReply{})
	s.answersWith("/api/v1/tariff/schedules/{id}/proposal", "201", deliberation.Reply{})
	add(s, route{id: "compare-tariff", method: http.MethodPost, path: "/api/v1/tariff/comparisons", tag: "knowledge", summary: "What other rates or another schedule would change, and its effect on open business"},
		func(c *call, in *struct{ Body TariffComparison }) (TariffCompared, error) {
			if err := keep(c); err != nil {
				return TariffCompared{}, err
			}
			ref := s.Reference()
			on := in.Body.On
			if on == 0 {
				on = c.now.Date()
			}
			next := ref.Duty.Tariff
			if in.Body.Schedule != "" {
				other, err := dutyReference(ref.Duty, in.Body.Schedule)
				if err != nil {
					return TariffCompared{}, err
				}
				next = other.Tariff
			}
			if len(in.Body.Amendments) > 0 {
				var faults fault.List
				amended, err := next.Amend(in.Body.Amendments)
				if other := faults.Add("/amendments", err); other != nil {
					return TariffCompared{}, other
				}
				if err := faults.OrNil(); err != nil {
					return TariffCompared{}, err
				}
				next = amended
			}
			return s.compared(c.ctx(), ref.Duty.Tariff, next, on)
		})
	add(s, route{id: "enter-classifications", method: http.MethodPost, path: "/api/v1/classifications", tag: "knowledge", status: http.StatusCreated, summary: "Enter decisions on codes: pre-classifications and advance rulings"},
		func(c *call, in *struct{ Body []tariff.Classification }) (json.RawMessage, error) {
			if err := keep(c); err != nil {
				return nil, err
			}
			return c.replied(s.Registry.Classify(c.ctx(), c.command("classifications.enter"), c.who.Actor, in.Body, s.Reference().Duty.Tariff))
		})
	add(s, route{id: "search-classifications", method: http.MethodGet, path: "/api/v1/classifications", tag: "knowledge", summary: "Decisions on codes by part, name, number or code; an enterprise sees its own rulings"},
		func(c *call, in *struct {
			Q     string `query:"q"`
			Limit int    `query:"limit"`
		},
		) (found[tariff.Classification], error) {
			all := c.may(party.Configure, party.Object{Kind: "tariff"}) == nil
			out := found[tariff.Classification]{s.Reference().Classified.Search(in.Q, c.who.Actor.Enterprise, all, atMost(in.Limit))}
			if out.Items == nil {
				out.Items = []tariff.Classification{}
			}
			return out, nil
		})
	s.answersWith("/api/v1/classifications", "201", registry.Reply{})
	s.answersWith("/api/v1/tariff/changes", "201", deliberation.Reply{})
	s.answersWith("/api/v1/tariff/changes/{id}/rollback", "201", deliberation.Reply{})
}

// compared tells what differs between two tariffs on a day, and what the second
// does to open business.
func (s *Server) compared(ctx context.Context, before, after *tariff.Schedule, on clock.Date) (TariffCompared, error) {
	out := TariffCompared{Changes: []RateChange{}}
	for _, change := range tariff.Compare(before, on, after, on) {
		if out.Count++; out.Count <= 1000 {
			out.Changes = append(out.Changes, RateChange{change.Code, change.Kind.String(), change.Areas, change.Old, change.New})
		}
	}
	ref := *s.Reference()
	ref.Duty.Tariff = before
	var err error
	out.Effect, err = clearance.TariffEffect(ctx, s.store, &ref, after, on)
	return out, err
}
