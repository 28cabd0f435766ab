package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"seine/internal/bonded"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/oversight"
	"seine/internal/review"
)

const (
	sealAtMost   = 50_000          // entries under one checkpoint
	workAtMost   = 100             // orders carried out in one go
	workClaim    = time.Minute     // after which an order that was not finished waits again
	workAgain    = 5 * time.Second // before a failed order is tried again
	workAttempts = 20              // before it is given up and told
	manyOnBill   = 1000            // declarations on one bill of lading
)

// Seal seals what was journaled since the last checkpoint.
func (a *App) Seal(ctx context.Context) error {
	_, err := a.Store.SealNext(ctx, a.signer.Name(), a.signer, sealAtMost)
	return err
}

// Work carries out the orders that the house gave itself, such as matching every
// declaration on a bill of lading again after its manifest changed.
func (a *App) Work(ctx context.Context) error {
	return a.workOn(ctx, clearance.Work)
}

// Remind carries out the orders whose day has come.
func (a *App) Remind(ctx context.Context) error { return a.workOn(ctx, clearance.Reminder) }

func (a *App) workOn(ctx context.Context, channel string) error {
	orders, err := a.Store.Claim(ctx, channel, workAtMost, workClaim)
	if err != nil {
		return wrap("take the orders that wait", err)
	}
	for _, o := range orders {
		err := a.carryOut(ctx, o.Target, o.Body)
		switch {
		case err == nil:
			err = a.Store.Sent(ctx, o.ID, "done")
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			a.Log.Warn("an order of the house could not be carried out", "order", o.ID, "target", o.Target, "attempt", o.Attempts, "error", err)
			again := a.Clock.Now().Add(workAgain)
			if o.Attempts >= workAttempts {
				again = 0
			}
			err = a.Store.Failed(ctx, o.ID, err.Error(), again)
		}
		if err != nil {
			return wrap("finish order "+o.ID, err)
		}
	}
	return nil
}

func (a *App) carryOut(ctx context.Context, target string, body json.RawMessage) error {
	var name string
	if err := json.Unmarshal(body, &name); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	switch target {
	case clearance.RematchBill:
		return a.rematch(ctx, name)
	case clearance.PartShipments:
		_, err := a.Clearance.LookAtParts(ctx, a.command("manifest.look-at-parts"), name)
		return err
	case bonded.FeedGoOn:
		_, err := a.Bonded.GoOn(ctx, a.command("feed.go-on"), name)
		return err
	case bonded.FeedWatch:
		_, err := a.Bonded.WatchFeed(ctx, a.command("feed.watch"), name)
		return err
	case bonded.FeedLook:
		_, err := a.Bonded.LookAtFeed(ctx, a.command("feed.look"), name)
		return err
	case bonded.FeedCompare:
		return a.CompareFeed(ctx, name)
	case bonded.ShortPass:
		_, err := a.Bonded.LookAtShort(ctx, a.command("list.look-at-short"), name)
		return err
	}
	return fmt.Errorf("nobody carries out orders of kind %q", target)
}

// SettleManifests brings every manifest that was tallied to what its bills of
// lading have come to.
func (a *App) SettleManifests(ctx context.Context) error {
	for _, state := range []manifest.State{manifest.Tallied, manifest.Matched} {
		err := each(ctx, a, dossier.Manifest, string(state), func(id string, _ *struct{}) error {
			_, err := a.Clearance.SettleManifest(ctx, a.command("manifest.settle"), id)
			return wrap("settle manifest "+id, err)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rematch matches every declaration on a bill of lading again.
func (a *App) rematch(ctx context.Context, number string) error {
	// The list of declarations on a bill is built behind the writer: it must have
	// caught up with what was there when the order was given.
	if err := a.Store.CatchUp(ctx); err != nil {
		return err
	}
	ids, err := a.Store.Find(ctx, dossier.Declaration, "bill", number, manyOnBill)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := a.Clearance.Rematch(ctx, a.command("declaration.rematch"), id)
		if fault.All(err) != nil {
			a.Log.Warn("a declaration could not be matched again", "declaration", id, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("match declaration %s again: %w", id, err)
		}
	}
	return nil
}

// command is a command of the house itself.
func (a *App) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: decision.System.ID, Received: a.Clock.Now()}
}

// announceKey journals the hashes of this and the next period's draw key before
// anything is drawn with them, publishes those of periods that are over, and
// notes which rules came into force (design §2).
func (a *App) announceKey(ctx context.Context) error {
	now := a.Clock.Now()
	running, next := period(now), now.Date().AddDays(1-now.Date().DayOfMonth()).AddMonths(1)
	for _, p := range []string{running, period(next.Start())} {
		secret, err := a.secrets.drawKey(p)
		if err != nil {
			return err
		}
		if _, err := oversight.AnnounceKey(ctx, a.Store, a.command("draw-key.announce"), review.PeriodKey{Period: p, Key: secret}, running); err != nil {
			return wrap("announce the draw key of "+p, err)
		}
	}
	old, err := a.secrets.drawPeriods()
	if err != nil {
		return err
	}
	for _, p := range old {
		if p >= running {
			continue
		}
		secret, err := a.secrets.drawKey(p)
		if err != nil {
			return err
		}
		_, err = oversight.PublishKey(ctx, a.Store, a.command("draw-key.publish"), review.PeriodKey{Period: p, Key: secret}, running)
		if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
			return wrap("publish the draw key of "+p, err)
		}
	}
	return nil
}

// follow reloads the reference snapshots when a set has a new version, and
// announces the key of a new period.
func (a *App) follow(ctx context.Context) error {
	r := a.Reference()
	if a.announced != r.DrawKey.Period {
		if err := a.announceKey(ctx); err != nil {
			return err
		}
		a.announced = r.DrawKey.Period
	}
	if today := a.Clock.Now().Date(); a.enactedOn != today {
		if _, err := a.Oversight.Enact(ctx, a.command("rules.enact")); err != nil {
			return wrap("put the rules of the day in force", err)
		}
		a.enactedOn = today
		return a.Reload(ctx)
	}
	return a.renew(ctx)
}

// renew makes the reference snapshots anew when a set has a new version.
func (a *App) renew(ctx context.Context) error {
	r := a.Reference()
	for _, set := range referenceSets {
		value, err := a.Store.Epoch(ctx, set)
		if err != nil {
			return wrap("read the version of "+set, err)
		}
		known := ""
		for _, e := range r.Epochs {
			if e.Set == set {
				known = e.Value
			}
		}
		if known != value {
			return a.Reload(ctx)
		}
	}
	return nil
}
