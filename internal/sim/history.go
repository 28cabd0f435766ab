package sim

import (
	"context"
	"fmt"
	"time"
)

// restDays is how many of the last days are left on the desks for the visitor.
const restDays = 4

// History makes days of business, the last of them today. The host's clock is
// pushed along.
func (w *Zone) History(ctx context.Context, days, shipsADay int) error {
	for day := range days {
		on := w.host.Now().Date()
		w.tell("making history", day+1, days)
		begin := w.morning
		if w.house == nil {
			begin = w.networked
		}
		if err := begin(ctx, on); err != nil {
			return fmt.Errorf("day %s: %w", on, err)
		}
		for ship := range shipsADay {
			w.chapter(ofShips, day, ship)
			kinds := []string{firstLineEntry, firstLineEntry, importDirect}
			if w.rand.IntN(2) == 0 {
				kinds = append(kinds, importDirect)
			}
			if w.rand.IntN(4) == 0 {
				kinds = append(kinds, enterFirst)
			}
			if err := w.Arrivals(ctx, on, kinds...); err != nil {
				return fmt.Errorf("day %s: %w", on, err)
			}
			w.push(17 * time.Minute)
		}
		w.chapter(ofSales, day, 0)
		for sale := range 2 + w.rand.IntN(3) {
			w.chapter(ofSales, day, 1+sale)
			if err := w.Sale(ctx, on); err != nil {
				return fmt.Errorf("day %s: %w", on, err)
			}
			w.push(11 * time.Minute)
		}
		w.chapter(ofTheLate, day, 0)
		if err := w.declareLate(ctx, on); err != nil {
			return fmt.Errorf("day %s: %w", on, err)
		}
		w.chapter(ofTheDesks, day, 0)
		if day < days-restDays {
			if err := w.Desks(ctx, 3); err != nil {
				return fmt.Errorf("day %s: %w", on, err)
			}
		}
		if err := w.statementsPaid(ctx); err != nil {
			return fmt.Errorf("day %s: %w", on, err)
		}
		if err := w.warehouseDay(ctx, on, days-1-day); err != nil {
			return fmt.Errorf("day %s: %w", on, err)
		}
		if day < days-1 {
			if err := w.dayClosed(ctx, on); err != nil {
				return fmt.Errorf("day %s: %w", on, err)
			}
			w.push((on.End() - w.host.Now()).Duration() + 8*time.Hour)
		}
	}
	if err := w.moneyScenes(ctx); err != nil {
		return err
	}
	return w.Scenes(ctx)
}

func (w *Zone) push(d time.Duration) {
	if w.host.Advance != nil && d > 0 {
		w.host.Advance(d)
	}
}

// Live goes on with the zone's business until ctx ends: a ship, a sale, a truck
// every few seconds.
func (w *Zone) Live(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		on := w.host.Now().Date()
		err := w.tellLate(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		switch n % 8 {
		case 0, 4, 6:
			err = w.Arrivals(ctx, on, firstLineEntry, importDirect)
		case 2:
			if err = w.Arrivals(ctx, on, enterFirst); err == nil {
				err = w.declareLate(ctx, on)
			}
		case 7:
			if err = w.Desks(ctx, 1); err == nil {
				err = w.evening(ctx, on)
			}
		default:
			err = w.Sale(ctx, on)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}
