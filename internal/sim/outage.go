package sim

import (
	"context"
	"net/http"
	"sync"
	"time"

	"seine/internal/control"
	"seine/internal/gate"
)

// Wire is the line between the lanes of the demonstration and the centre. A
// visitor may cut it for a while: lanes then decide by themselves on the notes
// they know, remember what they did, and tell it in order when the line is back.
// The zero Wire is whole.
type Wire struct {
	mu     sync.Mutex
	cut    time.Time // until then
	passed []control.Recorded
}

// Cut cuts the line for a time from now on; 0 mends it.
func (w *Wire) Cut(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = time.Now().Add(d)
}

// Down tells how long the line stays cut, 0 where it is whole, and how many
// passages wait to be told.
func (w *Wire) Down() (left time.Duration, waits int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(time.Until(w.cut), 0), len(w.passed)
}

func (w *Wire) keep(r control.Recorded) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed = append(w.passed, r)
}

// next gives the oldest passage that waits; told takes it away.
func (w *Wire) next() (control.Recorded, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.passed) == 0 || time.Now().Before(w.cut) {
		return control.Recorded{}, false
	}
	return w.passed[0], true
}

func (w *Wire) told() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.passed = w.passed[1:]
}

// away tells whether lanes have to decide by themselves.
func (w *Zone) away() bool {
	if w.host.Wire == nil {
		return false
	}
	left, _ := w.host.Wire.Down()
	return left > 0
}

// alone is a passage at a lane that cannot reach the centre: what agrees with the
// note passes, the rest stays before the barrier.
func (w *Zone) alone(r gate.Readings, note string, agrees bool) gate.Outcome {
	act := control.Recorded{Readings: r, Outcome: gate.Hold, Notes: []string{note}, Barrier: gate.NotLifted}
	if agrees {
		act.Outcome, act.Barrier = gate.Pass, gate.LiftedAutomatically
	}
	w.host.Wire.keep(act)
	return act.Outcome
}

// tellLate tells the centre what lanes did while they could not reach it.
func (w *Zone) tellLate(ctx context.Context) error {
	for w.host.Wire != nil {
		act, waits := w.host.Wire.next()
		if !waits {
			return nil
		}
		lane, err := w.equipment(ctx, act.Readings.Area, act.Readings.Lane)
		if err != nil {
			return err
		}
		if err := lane.send(ctx, http.MethodPost, pathReplays, act, nil); err != nil {
			if err = w.refused(err); err != nil {
				return err
			}
		} else {
			w.Counts.Passages++
		}
		w.host.Wire.told()
	}
	return nil
}
