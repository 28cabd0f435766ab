package app

import (
	"context"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/obligation"
)

// longestStage is how many days after its due day a debt can still have a
// consequence before it (a file of procedures/ that says more is found by its
// test).
const longestStage = 400

// manyDebts is how many debts of one due day are taken in one go.
const manyDebts = 10_000

// Timers lets what is due bite. Debts are found by the partition of their due
// day, not by reading them all; on the same legal day only once.
func (a *App) Timers(ctx context.Context) error {
	today := a.Clock.Now().Date()
	if a.timedOn == today {
		return nil
	}
	for day := today.AddDays(-longestStage); day < today; day++ {
		ids, err := a.Store.Find(ctx, dossier.Obligation, "due_on", day.String(), manyDebts)
		if err != nil {
			return wrap("find the debts due on "+day.String(), err)
		}
		for _, id := range ids {
			if err := a.fallDue(ctx, id, today); err != nil {
				return err
			}
		}
	}
	a.timedOn = today
	return nil
}

// fallDue fires every stage of a debt that is due by today. A firing is a
// command with its own key, so that a restart fires nothing twice.
func (a *App) fallDue(ctx context.Context, id string, today clock.Date) error {
	for {
		var o obligation.Obligation
		if _, err := a.Store.Load(ctx, dossier.Obligation, id, &o); err != nil {
			return wrap("load debt "+id, err)
		}
		stage, on, more := o.NextStage()
		if !more || on > today {
			return nil
		}
		command := decision.Command{
			Name: "obligation.fall-due", Actor: decision.System.ID, Received: a.Clock.Now(), Key: id + "/" + stage.Name + "/" + on.String(), Content: []byte(stage.Name),
		}
		_, err := casework.LetFallDue(ctx, a.Store, command, id)
		if fault.All(err) != nil {
			a.Log.Warn("a debt could not fall due", "obligation", id, "stage", stage.Name, "error", err)
			return nil
		}
		if err != nil {
			return wrap("let debt "+id+" fall due", err)
		}
	}
}
