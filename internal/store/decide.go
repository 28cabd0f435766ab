package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/num"
)

// How often a decision is taken: first beside others, then by the writer itself
// while it writes nothing else.
const (
	besides = 4
	tries   = 12
)

func moneyOf(v int64) num.Money { return num.Money(v) }

// Decide takes a decision and writes its outcome: everything or nothing, on disk
// before it returns. decide looks at one snapshot; it must be free of effects,
// because it is called again when somebody else was first. What it returns as a
// fault is the answer and nothing is written.
//
// A command whose key was used before gets the reply of that time (Repeated).
// Faults: those of decide, of the forms of its numbers and of the ledger; STORE-KEY-01 (key used
// with other content), STORE-RACE-01 (others were faster every time),
// STORE-EPOCH-01 (a reference set is old here), STORE-DUPLICATE-01 (a number or
// name that only one document may have), STORE-BUSY-01, STORE-CLOSED-01,
// STORE-READONLY-01, STORE-WRITE-01 (the disk or the database failed).
//
// When ctx ends while the outcome is being written, Decide returns its error and
// the outcome may still be written: repeat the command with its key.
func (s *Store) Decide(ctx context.Context, cmd decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error) {
	if s.options.ReadOnly {
		return decision.Receipt{}, fault.New(fault.Refused, "STORE-READONLY-01", "", "this program only looks",
			"send it to the program that serves the zone")
	}
	var key replyKey
	var content [32]byte
	if cmd.Key != "" {
		key, content = identify(&cmd)
	}
	take := func(cold bool) (*work, error) {
		v := s.newView(ctx, cmd.Received)
		v.cold = v.cold || cold
		defer v.end()
		out, err := decide(v)
		if err != nil {
			if len(v.relied) > 0 && !s.engine.alone() {
				err = &doubtful{err}
			}
			return nil, err
		}
		w := &work{
			cmd: cmd, key: key, content: content, keyed: cmd.Key != "", now: s.clock.Now(), out: out,
			relied: v.relied, counts: v.counts, done: make(chan result, 1),
		}
		// A document that is put is guarded by its own version.
		if w.prep, err = s.prepare(&w.out, w); err != nil {
			return nil, err
		}
		return w, nil
	}
	var last error
	for try := 1; try <= tries; try++ {
		var w *work
		var err error
		if try <= besides {
			if w, err = s.inTurn(ctx, &cmd, func() (*work, error) { return take(try > 1) }); errors.Is(err, errBusy) {
				return decision.Receipt{}, fault.New(fault.Overload, "STORE-BUSY-01", "", "too much is waiting to be written",
					"send it again a little later; nothing was done").Because(err)
			}
			if refusal, ok := errors.AsType[*doubtful](err); ok {
				// It rests on what this node remembers, and nothing is written that would
				// show that another node has changed it: look again.
				if w, err = take(true); err != nil {
					s.log.Debug("refused again after looking again", "before", refusal.error)
				}
			}
			if err != nil {
				// A repeat is answered even where the same decision would now be refused.
				if receipt, known := s.answered(ctx, cmd, key, content); known != nil {
					return receipt, answeredError(known)
				}
				return decision.Receipt{}, err
			}
		} else {
			w = &work{cmd: cmd, key: key, content: content, keyed: cmd.Key != "", now: s.clock.Now(), done: make(chan result, 1)}
			w.decide = func() (*work, error) { return take(true) }
		}
		if err := s.hand(ctx, w); err != nil {
			return decision.Receipt{}, err
		}
		var r result
		select {
		case r = <-w.done:
		case <-ctx.Done():
			return decision.Receipt{}, fmt.Errorf("wait for %s to be written: %w", cmd.Name, ctx.Err())
		}
		r.receipt.Decided = try
		if r.err == nil || !errors.Is(r.err, errRace) {
			return r.receipt, r.err
		}
		s.counts.races.Add(1)
		last = r.err
		if stale, ok := errors.AsType[*staleEpoch](r.err); ok && s.options.Stale != nil {
			if err := s.options.Stale(ctx, stale.set, stale.value); err != nil {
				return decision.Receipt{}, fmt.Errorf("load %s %s: %w", stale.set, stale.value, err)
			}
		}
		if try > 1 {
			pause := time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 6)))
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return decision.Receipt{}, ctx.Err()
			}
		}
	}
	if stale, ok := errors.AsType[*staleEpoch](last); ok {
		return decision.Receipt{}, fault.New(fault.Conflict, "STORE-EPOCH-01", "", "this node works with an old version of {set}, {value} is in force",
			"send it again when the node has loaded it", "set", stale.set, "value", stale.value).Because(last)
	}
	return decision.Receipt{}, fault.New(fault.Conflict, "STORE-RACE-01", "", "others changed the same documents {times} times meanwhile",
		"read again and decide again", "times", tries).Because(last)
}

// doubtful is a refusal that rests on documents from memory, on a database that
// other nodes write too.
type doubtful struct{ error }

func (d *doubtful) Unwrap() error { return d.error }

// inTurn takes a decision when a processor is likely to be free for it. Were all
// that are asked for taken at once, the writer and whoever stands at a gate would
// queue behind them for a processor. What is urgent does not wait.
func (s *Store) inTurn(ctx context.Context, cmd *decision.Command, take func() (*work, error)) (*work, error) {
	if cmd.Urgent {
		return take()
	}
	select {
	case s.deciding <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errBusy, ctx.Err())
	}
	defer func() { <-s.deciding }()
	return take()
}

// errBusy ends a command whose turn never came.
var errBusy = errors.New("store: others are being decided")

// prepare renders an outcome for the writer.
func (s *Store) prepare(out *decision.Outcome, w *work) (*prepared, error) {
	return prepare(out, &w.cmd, w.now, s.options.Random, s.ids.next)
}

// answered looks whether a command had been answered before. known is nil where
// it had not, errAnswered where receipt is that answer, else a fault.
func (s *Store) answered(ctx context.Context, cmd decision.Command, key replyKey, content [32]byte) (receipt decision.Receipt, known error) {
	if cmd.Key == "" {
		return receipt, nil
	}
	at := int64(0)
	if e, ok := s.engine.(*sqliteEngine); ok {
		if at = e.keys.find(key); at == 0 {
			return receipt, nil
		}
	}
	found, err := readReply(ctx, s.read, key, at)
	switch {
	case err != nil || found == nil:
		return receipt, nil
	case found.content != content:
		return receipt, keyFault(cmd.Key)
	}
	return repeatOf(found), errAnswered
}

var errAnswered = errors.New("store: answered before")

func answeredError(err error) error {
	if errors.Is(err, errAnswered) {
		return nil
	}
	return err
}

func repeatOf(r *storedReply) decision.Receipt {
	return decision.Receipt{Reply: r.reply, Entries: r.entries, Repeated: true}
}

// Preview takes a decision and tells what it would do, without writing. Numbers
// are the ones that would be given now; a fact that the books refuse shows its
// other outcome. Faults as Decide.
func (s *Store) Preview(ctx context.Context, cmd decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Effects, error) {
	v := s.newView(ctx, cmd.Received)
	v.cold = true
	defer v.end()
	out, err := decide(v)
	if err != nil {
		return decision.Effects{}, err
	}
	return s.effects(v, cmd, out)
}

// effects folds one outcome over a snapshot.
func (s *Store) effects(v *view, cmd decision.Command, out decision.Outcome) (decision.Effects, error) {
	tx, err := v.tx()
	if err != nil {
		return decision.Effects{}, err
	}
	w := &work{cmd: cmd, now: s.clock.Now(), out: out}
	f := newFold(v.ctx, &sqlSource{q: tx}, w.now)
	t, _, err := f.add(w)
	if err != nil {
		if errors.Is(err, errRace) {
			err = fault.New(fault.Conflict, "STORE-RACE-01", "", "others changed the same documents {times} times meanwhile",
				"read again and decide again", "times", 1).Because(err)
		}
		return decision.Effects{}, err
	}
	jobs := []renderJob{{w: w, t: t}}
	if renderAll(jobs, s.prepare); jobs[0].err != nil {
		return decision.Effects{}, jobs[0].err
	}
	receipt := f.settle(w, t)
	effects := decision.Effects{Movements: f.books.Movements(), Balances: f.books.Balances(), Reply: receipt.Reply}
	effects.Puts, effects.Orders = t.out.Puts, t.out.Orders
	for _, e := range t.prep.entries {
		effects.Entries = append(effects.Entries, e.Entry)
	}
	return effects, nil
}
