package app

import (
	"context"
	"encoding/json"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/obligation"
)

// duePage is how many debts are looked at in one go.
const duePage = 500

// Timers lets what is due bite. Debts are found by their due day, soonest first,
// and only while they are open; a legal day is gone through once.
func (a *App) Timers(ctx context.Context) error {
	today := a.Clock.Now().Date()
	if a.timedOn == today {
		return nil
	}
	for after := ""; ; {
		page, err := a.Store.Due(ctx, dossier.Obligation, today.AddDays(-1), after, duePage)
		if err != nil {
			return wrap("find the debts that are due", err)
		}
		for _, item := range page.Items {
			var o obligation.Obligation
			if err := json.Unmarshal(item.Body, &o); err != nil {
				return wrap("read debt "+item.ID, err)
			}
			if err := a.fallDue(ctx, o, today); err != nil {
				return err
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	a.timedOn = today
	return nil
}

// fallDue fires every stage of a debt that is due by today. A firing is a
// command with its own key, so that neither a restart nor a second node fires it
// twice.
func (a *App) fallDue(ctx context.Context, o obligation.Obligation, today clock.Date) error {
	for {
		stage, on, more := o.NextStage()
		if !more || on > today {
			return nil
		}
		command := a.command("obligation.fall-due")
		command.Key, command.Content = o.ID+"/"+stage.Name+"/"+on.String(), []byte(stage.Name)
		_, err := a.Treasury.LetFallDue(ctx, command, o.ID)
		if fault.All(err) != nil {
			a.Log.Warn("a debt could not fall due", "obligation", o.ID, "stage", stage.Name, "error", err)
			return nil
		}
		if err != nil {
			return wrap("let debt "+o.ID+" fall due", err)
		}
		done := o.StagesDone
		if _, err := a.Store.Load(ctx, dossier.Obligation, o.ID, &o); err != nil {
			return wrap("load debt "+o.ID, err)
		}
		if o.StagesDone <= done {
			return nil // somebody else fires it just now
		}
	}
}
