package control

import (
	"context"
	"slices"

	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/party"
)

// stored loads a passage with its notes and documents as they are now.
func (d *Desk) stored(v decision.View, by decision.Actor, id string, notes []string) (*haul, error) {
	p, version, err := decision.Load[Passage](v, dossier.Passage, id)
	if err != nil {
		return nil, err
	}
	h := &haul{v: v, ref: d.reference(), by: by, papers: map[string]*paper{}, passage: &p, version: version}
	if notes == nil {
		notes = p.Notes
	}
	return h, h.byNumber(notes)
}

// Barrier records how the barrier moved after a verdict: a fact of its own (DR
// §6.1). Lifted is as ordered. When it was lifted by hand or driven through
// against the verdict, the goods have passed: they are booked like any others,
// with an alarm. When it did not lift after the goods were booked, that is a
// difference to explain.
// Fault: CONTROL-BARRIER-01 (no such movement).
func (d *Desk) Barrier(ctx context.Context, c decision.Command, by decision.Actor, passage string, moved gate.Barrier) (decision.Receipt, error) {
	c.Nature, c.Urgent = decision.Fact, true
	if c.Key == "" {
		c.Key = "barrier/" + passage + "/" + string(moved)
	}
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if !slices.Contains([]gate.Barrier{gate.LiftedAutomatically, gate.LiftedByHand, gate.NotLifted, gate.DrivenThrough}, moved) {
			return decision.Outcome{}, fault.New(fault.Invalid, "CONTROL-BARRIER-01", "/barrier", "“{value}” is no movement of a barrier", "write automatic, manual, not_lifted or driven_through",
				"value", string(moved))
		}
		h, err := d.stored(v, by, passage, nil)
		if err != nil {
			return decision.Outcome{}, err
		}
		h.passage.Barrier = moved
		if moved != gate.NotLifted {
			h.passage.PassedAt = v.Now()
		}
		e := told(v, v.NewID, by, "barrier.moved", journal.Ref{Kind: "passage", ID: passage})
		e.Area = h.passage.Readings.Area
		e.Body = fact(map[string]any{"lane": laneOf(&h.passage.Readings), "barrier": moved, "verdict": h.passage.Verdict.Outcome, "booked": h.passage.Moved})
		switch {
		case moved == gate.NotLifted && h.passage.Moved:
			h.alarm = "the barrier did not lift, and the goods are booked as passed"
		case moved == gate.DrivenThrough:
			h.alarm = "the barrier was driven through"
		case moved == gate.LiftedByHand && !h.passage.Moved:
			h.alarm = "the barrier was lifted by hand against the verdict"
		}
		if moved != gate.NotLifted && !h.passage.Moved && len(h.notes) > 0 {
			out, err := h.carry()
			if err != nil {
				return out, err
			}
			silent(&out, e)
			if otherwise := out.Otherwise; otherwise != nil {
				out.Otherwise = func(refusal error) (decision.Outcome, error) {
					other, err := otherwise(refusal)
					silent(&other, e)
					return other, err
				}
			}
			return out, nil
		}
		var out decision.Outcome
		if err := h.differ(&out, &fault.List{}); err != nil {
			return out, err
		}
		out.Entries = append([]journal.Entry{e}, out.Entries...)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Passage, ID: passage, Version: h.version, Body: *h.passage})
		out.Reply = PassReply{Passage: passage, Outcome: h.passage.Verdict.Outcome, LED: h.passage.Verdict.LED, Notes: h.passage.Notes}
		return out, nil
	})
}

// silent takes out the order to the lane, which has acted already, and tells how
// the barrier moved before everything else.
func silent(out *decision.Outcome, e journal.Entry) {
	out.Orders = slices.DeleteFunc(out.Orders, func(o decision.Order) bool { return o.Channel == Device })
	out.Entries = append([]journal.Entry{e}, out.Entries...)
}

// chiefs may override a verdict, seconds may confirm it (DR §6.5; which posts
// these are is our reading).
var (
	chiefs  = []party.PostID{party.DivisionHead}
	seconds = []party.PostID{party.GateOfficer, party.DivisionHead, party.CommandWatch}
)

func holds(by decision.Actor, posts []party.PostID) bool {
	return slices.ContainsFunc(posts, func(p party.PostID) bool { return slices.Contains(by.Posts, string(p)) })
}

// Overriding is what a gate chief wants against the machine.
type Overriding struct {
	Reason  string       `json:"reason"` // code of the list in force
	Text    string       `json:"text,omitempty"`
	Video   string       `json:"video"` // mark in the lane's recording
	Outcome gate.Outcome `json:"outcome"`
	Note    string       `json:"note"` // number of the note that passes or is held
}

// Override is the gate chief's decision against a verdict (DR §6.5). Nothing
// moves until a second officer has confirmed it.
// Faults: CONTROL-OVERRIDE-01 (goods that are booked already), -02 (another
// override waits); GATE-OVERRIDE-01 and 03 to 06.
func (d *Desk) Override(ctx context.Context, c decision.Command, by decision.Actor, passage string, o Overriding) (decision.Receipt, error) {
	c.Urgent = true
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		h, err := d.stored(v, by, passage, []string{o.Note})
		if err != nil {
			return decision.Outcome{}, err
		}
		if h.passage.Moved {
			return decision.Outcome{}, fault.New(fault.Refused, "CONTROL-OVERRIDE-01", "", "the goods of this passage are booked already", "have the difference cleared instead")
		}
		if h.passage.Asked != nil {
			return decision.Outcome{}, fault.New(fault.Conflict, "CONTROL-OVERRIDE-02", "", "an override by {officer} waits for its second officer", "wait for the second officer", "officer", h.passage.Asked.By)
		}
		asked := gate.Override{By: by.ID, Reason: o.Reason, Text: o.Text, Video: o.Video, Outcome: o.Outcome, Note: o.Note, At: v.Now()}
		if holds(by, chiefs) {
			asked.Role = gate.ChiefRole
		}
		// Everything but the second officer is checked now.
		trial := asked
		trial.Second = by.ID + " and another"
		if _, err := d.overridden(h, trial); err != nil {
			return decision.Outcome{}, err
		}
		h.passage.Asked = &asked
		e := told(v, v.NewID, by, "passage.override-asked", journal.Ref{Kind: "passage", ID: passage})
		e.Area, e.Why = h.passage.Readings.Area, journal.Why{Reason: o.Reason + " " + o.Text}
		e.Body = fact(map[string]any{"lane": laneOf(&h.passage.Readings), "verdict": h.passage.Verdict.Outcome, "wanted": o.Outcome, "note": o.Note, "video": o.Video})
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Passage, ID: passage, Version: h.version, Body: *h.passage}},
			Entries: []journal.Entry{e},
			Reply: PassReply{
				Passage: passage, Outcome: h.passage.Verdict.Outcome, LED: h.passage.Verdict.LED, Instruction: Keep, Notes: h.passage.Notes,
				Difference: &clearance.Notice{Code: "CONTROL-OVERRIDE-03", Detail: "a second officer has to confirm"},
			},
		}, nil
	})
}

func (d *Desk) overridden(h *haul, o gate.Override) (gate.Verdict, error) {
	tol, err := d.reference().Gate.At(h.passage.Readings.At.Date())
	if err != nil {
		return gate.Verdict{}, err
	}
	notes := make([]*gate.ReleaseNote, len(h.notes))
	for i, n := range h.notes {
		notes[i] = &n.ReleaseNote
	}
	return h.passage.Verdict.Overridden(o, notes, tol)
}

// ConfirmOverride is the second officer's word. Agreed, the barrier is told to
// lift and the goods are booked as any others; the passage goes to internal
// control by its entry in the journal.
// Faults: CONTROL-OVERRIDE-04 (none waits), CONTROL-OVERRIDE-05 (no post for it);
// GATE-OVERRIDE-02.
func (d *Desk) ConfirmOverride(ctx context.Context, c decision.Command, by decision.Actor, passage string, agree bool) (decision.Receipt, error) {
	c.Urgent = true
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		p, _, err := decision.Load[Passage](v, dossier.Passage, passage)
		if err != nil {
			return decision.Outcome{}, err
		}
		if p.Asked == nil {
			return decision.Outcome{}, fault.New(fault.Refused, "CONTROL-OVERRIDE-04", "", "no override waits at this passage", "look at the lane again")
		}
		if !holds(by, seconds) {
			return decision.Outcome{}, fault.New(fault.Forbidden, "CONTROL-OVERRIDE-05", "", "{officer} has no post to confirm an override", "call an officer of the gate or of the command centre", "officer", by.ID)
		}
		h, err := d.stored(v, by, passage, []string{p.Asked.Note})
		if err != nil {
			return decision.Outcome{}, err
		}
		o := *h.passage.Asked
		o.Second = by.ID
		verdict, err := d.overridden(h, o)
		if err != nil {
			return decision.Outcome{}, err
		}
		kind := "passage.override-refused"
		h.passage.Asked = nil
		if agree {
			kind = "passage.overridden"
			h.passage.Verdict, h.passage.Override = verdict, &o
			h.passage.Notes = []string{o.Note}
		}
		e := told(v, v.NewID, by, kind, journal.Ref{Kind: "passage", ID: passage})
		e.Area, e.Why = h.passage.Readings.Area, journal.Why{Rule: "override", Reason: o.Reason + " " + o.Text}
		e.Body = fact(map[string]any{
			"lane": laneOf(&h.passage.Readings), "first": o.By, "second": o.Second, "outcome": o.Outcome, "note": o.Note, "video": o.Video, "pool": "internal-control",
		})
		if agree && o.Outcome == gate.Pass {
			out, err := h.carry()
			out.Entries = append([]journal.Entry{e}, out.Entries...)
			return out, err
		}
		out := h.stopped(decision.Outcome{Entries: []journal.Entry{e}})
		return out, nil
	})
}
