package app

import (
	"context"
	"encoding/json"
	"reflect"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/obligation"
)

// duePage is how many debts are looked at in one go.
const duePage = 500

// lastDay is later than any debt is due.
var lastDay = clock.MustDate("2199-12-31")

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

// Reckon moves the days of open debts when the calendar became another: other days
// off were agreed on, or the holidays of a year became known. It also looks once
// after every start, so that a change that another node took up is not missed.
func (a *App) Reckon(ctx context.Context) error {
	calendar := a.Reference().Calendar
	if a.reckonedBy != nil && reflect.DeepEqual(a.reckonedBy, calendar) {
		return nil
	}
	today := a.Clock.Now().Date()
	for after := ""; ; {
		page, err := a.Store.Due(ctx, dossier.Obligation, lastDay, after, duePage)
		if err != nil {
			return wrap("find the debts that are open", err)
		}
		for _, item := range page.Items {
			var o obligation.Obligation
			if err := json.Unmarshal(item.Body, &o); err != nil {
				return wrap("read debt "+item.ID, err)
			}
			next, moves := o.Again(calendar, today)
			if !moves {
				continue
			}
			_, err := a.Treasury.MoveDue(ctx, a.command("obligation.move-due"), o.ID)
			if fault.All(err) != nil {
				a.Log.Warn("the day of a debt could not move", "obligation", o.ID, "to", next.Due.String(), "error", err)
				continue
			}
			if err != nil {
				return wrap("move the day of debt "+o.ID, err)
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	a.reckonedBy = calendar
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
