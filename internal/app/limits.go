package app

import (
	"context"
	"encoding/json"
	"time"

	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
)

// limitsEvery is how often the limits of waiting steps are looked at, by the
// zone's clock: the shortest limits are of hours.
const limitsEvery = 10 * time.Minute

// Limits looks at every open case: a step whose limit passed is marked late, once,
// for the desks that its mode calls; a mark ends when the step was taken.
func (a *App) Limits(ctx context.Context) error {
	now := a.Clock.Now()
	if a.limitsAt != 0 && now < a.limitsAt.Add(limitsEvery) {
		return nil
	}
	look := map[string]bool{}
	reference := a.Reference()
	err := a.open(ctx, dossier.Case, func(body json.RawMessage) error {
		var file casework.Case
		if err := json.Unmarshal(body, &file); err != nil {
			return wrap("read a case", err)
		}
		if reference.MayBeLate(&file, now) {
			look[file.ID] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = a.open(ctx, dossier.Late, func(body json.RawMessage) error {
		var mark casework.Late
		if err := json.Unmarshal(body, &mark); err != nil {
			return wrap("read a late mark", err)
		}
		look[mark.Case] = true
		return nil
	})
	if err != nil {
		return err
	}
	for id := range look {
		_, err := a.Clearance.LookAtLimits(ctx, a.command("case.look-at-limits"), id)
		if fault.All(err) != nil {
			a.Log.Warn("the limits of a case could not be looked at", "case", id, "error", err)
			continue
		}
		if err != nil {
			return wrap("look at the limits of case "+id, err)
		}
	}
	a.limitsAt = now
	return nil
}

// open gives the body of every document of a kind that is not final.
func (a *App) open(ctx context.Context, kind decision.Kind, do func(json.RawMessage) error) error {
	for before := ""; ; {
		bodies, next, err := a.Store.OpenPage(ctx, kind, before)
		if err != nil {
			return wrap("list open documents of kind "+string(kind), err)
		}
		for _, body := range bodies {
			if err := do(body); err != nil {
				return err
			}
		}
		if before = next; before == "" {
			return nil
		}
	}
}
