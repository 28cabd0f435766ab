package oversight

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/risk"
)

// Spans is how many spans the last thirty days are cut into, the oldest first.
const (
	Spans     = 10
	daysASpan = 3
)

// Health is how the rules of declarations did in the last days, held against the
// random draw (DR §7.4), and how often each of them stopped a declaration.
type Health struct {
	risk.Health
	Since clock.Date            `json:"since"`
	At    clock.Instant         `json:"at"`
	Stops map[string][Spans]int `json:"stops"` // by rule: declarations it applied to that did not pass by themselves, last 30 days
	// Instructions tells by control instruction how many declarations were in its
	// scope, and how many of them it took.
	Instructions map[string]InstructionUse `json:"instructions"`
}

// InstructionUse is how often a control instruction applied and acted.
type InstructionUse struct {
	InScope int `json:"inScope"`
	Taken   int `json:"taken"` // the share of them that was drawn
}

// judged is what the health of rules is counted from: the verdict of a stored
// assessment.
type judged struct {
	Declaration string        `json:"declaration"`
	At          clock.Instant `json:"at"`
	Verdict     struct {
		Channel  risk.Channel     `json:"channel"`
		Selected []risk.Selection `json:"selected"`
		Hits     []struct {
			Rule string `json:"rule"`
		} `json:"hits"`
		Instructions []struct {
			ID     string `json:"id"`
			Picked bool   `json:"picked"`
		} `json:"instructions"`
	} `json:"verdict"`
}

// Health counts how the rules of declarations did in the days that a changed
// table is tried on.
func (d *Desk) Health(ctx context.Context, now clock.Instant) (Health, error) {
	return Healthy(ctx, d.house().Pages, now.Date().AddDays(-d.house().Days), now, d.house().Checks)
}

// Healthy counts how the rules did from a day on until now. Every declaration
// counts once, as it was judged last; rules are compared with the draw from
// enough checks on. It reads the whole past of those days: a
// screen keeps the answer for a while.
func Healthy(ctx context.Context, pages Pages, from clock.Date, now clock.Instant, enough int) (Health, error) {
	h := Health{Since: from, At: now, Stops: map[string][Spans]int{}, Instructions: map[string]InstructionUse{}}
	var failed error
	outcomes := func(yield func(risk.Outcome) bool) {
		for o, err := range h.outcomes(ctx, pages, from) {
			if err != nil {
				failed = err
				return
			}
			if !yield(o) {
				return
			}
		}
	}
	var err error
	if h.Health, err = risk.Tally(outcomes, enough); failed != nil {
		err = failed
	}
	return h, err
}

func (h *Health) outcomes(ctx context.Context, pages Pages, from clock.Date) iter.Seq2[risk.Outcome, error] {
	return func(yield func(risk.Outcome, error) bool) {
		found, err := findings(ctx, pages)
		if err != nil {
			yield(risk.Outcome{}, err)
			return
		}
		today, last := h.At.Date(), ""
		for body, err := range pages.walk(ctx, dossier.Assessment) {
			var j judged
			if err == nil {
				err = json.Unmarshal(body, &j)
			}
			if err != nil {
				yield(risk.Outcome{}, fmt.Errorf("read the past: %w", err))
				return
			}
			// The newest version of a declaration comes first.
			if j.Declaration == last || j.At.Date() < from {
				continue
			}
			last = j.Declaration
			o := found[j.Declaration]
			o.Subject, o.Selected = risk.Subject{Kind: risk.Declaration, ID: j.Declaration}, j.Verdict.Selected
			span := Spans - 1 - int(today-j.At.Date())/daysASpan
			for _, hit := range j.Verdict.Hits {
				o.Hits = append(o.Hits, hit.Rule)
				if j.Verdict.Channel != risk.Green && span >= 0 && span < Spans {
					stops := h.Stops[hit.Rule]
					stops[span]++
					h.Stops[hit.Rule] = stops
				}
			}
			for _, hit := range j.Verdict.Instructions {
				use := h.Instructions[hit.ID]
				if use.InScope++; hit.Picked {
					use.Taken++
				}
				h.Instructions[hit.ID] = use
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}
