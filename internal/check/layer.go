package check

import (
	"encoding/json"
	"slices"
	"strconv"

	"seine/internal/ledger"
)

// layered moves arrivals from one account to the other, the oldest first: goods
// from outside are an arrival of their own, and what an account held before it
// kept arrivals is its oldest, without a cause. It comes before the quantities.
func (p *replay) layered(m *moveRow, a, b *pot) {
	if kept := len(a.layers) > 0 || len(b.layers) > 0; m.layered == 0 {
		if kept {
			p.r.found(LedgerLayer, "movement", m.id, "moves goods of which arrivals are kept, and not the arrivals", "1", "0")
		}
		return
	}
	var moved []arrival
	if a.inside {
		rest := whole(a.layers, a.quantity)
		for left := m.quantity; left > 0 && len(rest) > 0; {
			part := min(left, rest[0].quantity)
			moved = append(moved, arrival{rest[0].cause, rest[0].on, part})
			left -= part
			if rest[0].quantity -= part; rest[0].quantity == 0 {
				rest = rest[1:]
			}
		}
		a.layers = rest
	} else {
		moved = []arrival{{m.cause, m.on, m.quantity}}
	}
	if b.inside {
		b.layers = append(whole(b.layers, b.quantity), moved...)
	}
}

// whole gives the arrivals with what came without one before them.
func whole(layers []arrival, quantity int64) []arrival {
	for _, l := range layers {
		quantity -= l.quantity
	}
	if quantity <= 0 {
		return slices.Clone(layers)
	}
	return append([]arrival{{quantity: quantity}}, layers...)
}

// layers compares the arrivals that are stored with those that were replayed.
func (p *replay) layers(account, text string, a *pot) {
	var stored []ledger.Layer
	if text != "" {
		if err := json.Unmarshal([]byte(text), &stored); err != nil {
			p.r.found(LedgerLayer, "balance", account, "the arrival layers cannot be read: "+err.Error(), "", text)
			return
		}
	}
	told := func(i int) string {
		if i >= len(a.layers) {
			return ""
		}
		return a.layers[i].cause + " " + strconv.FormatInt(a.layers[i].quantity, 10)
	}
	for i := range max(len(stored), len(a.layers)) {
		switch {
		case i >= len(stored):
			p.r.found(LedgerLayer, "balance", account, "arrival "+strconv.Itoa(i+1)+" is missing", told(i), "")
		case i >= len(a.layers) || stored[i].Cause != a.layers[i].cause || int64(stored[i].Quantity) != a.layers[i].quantity || int64(stored[i].On) != a.layers[i].on:
			p.r.found(LedgerLayer, "balance", account, "arrival "+strconv.Itoa(i+1)+" is another", told(i), stored[i].Cause+" "+strconv.FormatInt(int64(stored[i].Quantity), 10))
		default:
			continue
		}
		return
	}
}
