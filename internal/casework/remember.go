package casework

import (
	"context"
	"encoding/json"
	"fmt"

	"seine/internal/decision"
	"seine/internal/ledger"
)

// Decider takes decisions and writes their outcome; the store is one.
type Decider interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
	Preview(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Effects, error)
}

// Steady gives a decider whose decisions look at a view that remembers. A
// decision that quotes an official number is taken twice: once to see that it can
// be, and once by the writer with the number. The second time it must see what
// it saw the first time, and may not go to the database any more.
func Steady(store Decider) Decider {
	if already, ok := store.(steady); ok {
		return already
	}
	return steady{store}
}

type steady struct{ store Decider }

func (s steady) Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error) {
	return s.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) { return decide(Remember(v)) })
}

func (s steady) Preview(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Effects, error) {
	return s.store.Preview(ctx, c, func(v decision.View) (decision.Outcome, error) { return decide(Remember(v)) })
}

// Remember gives a view that answers a question asked before from memory. It
// belongs to one decision.
func Remember(v decision.View) decision.View {
	if already, ok := v.(*memory); ok {
		return already
	}
	return &memory{
		View: v, loads: map[string]loaded{}, finds: map[string][]string{},
		balances: map[string]ledger.Balance{}, pendings: map[string]*ledger.Pending{},
	}
}

type loaded struct {
	version int64
	body    json.RawMessage
	err     error // a fault: there is none
}

type memory struct {
	decision.View
	loads    map[string]loaded
	finds    map[string][]string
	balances map[string]ledger.Balance
	pendings map[string]*ledger.Pending // nil: there is none
}

// Load reads a document, the first time from the view beneath.
func (m *memory) Load(kind decision.Kind, id string, body any) (int64, error) {
	key := string(kind) + "\x00" + id
	l, known := m.loads[key]
	if !known {
		l.version, l.err = m.View.Load(kind, id, &l.body)
		m.loads[key] = l
	}
	if l.err != nil {
		return 0, l.err
	}
	if raw, ok := body.(*json.RawMessage); ok {
		*raw = append((*raw)[:0], l.body...)
		return l.version, nil
	}
	if err := json.Unmarshal(l.body, body); err != nil {
		return 0, fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return l.version, nil
}

// Find searches, the first time in the view beneath.
func (m *memory) Find(kind decision.Kind, column, value string, limit int) ([]string, error) {
	key := fmt.Sprintf("%s\x00%s\x00%s\x00%d", kind, column, value, limit)
	if ids, known := m.finds[key]; known {
		return ids, nil
	}
	ids, err := m.View.Find(kind, column, value, limit)
	if err == nil {
		m.finds[key] = ids
	}
	return ids, err
}

// Balance gives a balance, the first time from the view beneath.
func (m *memory) Balance(key string) (ledger.Balance, error) {
	if b, known := m.balances[key]; known {
		return b, nil
	}
	b, err := m.View.Balance(key)
	if err == nil {
		m.balances[key] = b
	}
	return b, err
}

// Pending gives what is left of a reserved movement, the first time from the
// view beneath.
func (m *memory) Pending(id string) (ledger.Pending, bool, error) {
	p, known := m.pendings[id]
	if !known {
		found, ok, err := m.View.Pending(id)
		if err != nil {
			return found, ok, err
		}
		if ok {
			p = &found
		}
		m.pendings[id] = p
	}
	if p == nil {
		return ledger.Pending{}, false, nil
	}
	return *p, true, nil
}
