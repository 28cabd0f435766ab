package app

import (
	"context"

	"seine/internal/dossier"
	"seine/internal/draft"
)

// ForgetDrafts empties the drafts that have expired.
func (a *App) ForgetDrafts(ctx context.Context) error {
	now := a.Clock.Now()
	return each(ctx, a, dossier.Draft, string(draft.Kept), func(at string, d *draft.Draft) error {
		if d.Expires > now {
			return nil
		}
		command := a.command("draft.forget")
		command.Content = []byte(at)
		_, err := a.Drafts.Forget(ctx, command, at)
		return wrap("forget draft "+at, err)
	})
}
