package app

import (
	"context"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/writeoff"
)

// WriteOffs drafts the report of every book whose period is over. A legal day is
// gone through once; each period has one key, so that neither a restart nor a
// second node drafts it twice.
func (a *App) WriteOffs(ctx context.Context) error {
	today := a.Clock.Now().Date()
	if a.writtenOffOn == today {
		return nil
	}
	rules, err := a.Reference().WriteOff.At(today)
	if err != nil {
		return wrap("find the rules of write-off", err)
	}
	if err := a.Store.CatchUp(ctx); err != nil {
		return err
	}
	for _, state := range []book.State{book.Active, book.ChangePending, book.Paused, book.Closing} {
		err := each(ctx, a, dossier.Book, string(state), func(id string, b *bonded.Book) error {
			if b.Approved == 0 {
				return nil
			}
			p := writeoff.NextPeriod(&b.Book, b.Approved.Date(), rules.CycleMonths)
			if p.End >= today {
				return nil
			}
			command := a.command("write-off.draft")
			command.Key, command.Content = id+"/"+p.End.String(), []byte(p.End.String())
			_, err := a.Bonded.DraftWriteOff(ctx, command, decision.System, id, bonded.Drafting{Kind: writeoff.Normal})
			if fault.Is(err, "BONDED-WRITEOFF-02") {
				return nil // the one before is not finished
			}
			if fault.All(err) != nil {
				a.Log.Warn("a write-off could not be drafted", "book", b.Number, "error", err)
				return nil
			}
			return wrap("draft the write-off of book "+b.Number, err)
		})
		if err != nil {
			return err
		}
	}
	a.writtenOffOn = today
	return nil
}
