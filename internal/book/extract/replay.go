package extract

import (
	"math/big"
	"slices"
	"strconv"

	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// pot is one account while its movements are added up.
type pot struct {
	quantity, in, out num.Quantity
	value             num.Money
	count             int64
	last              string
	outside           bool
	layers            []ledger.Layer
}

// link is a place in the chain of an account: what follows a movement.
type link struct{ account, before string }

// books adds the movements up from nothing, each when both its accounts have come
// to the movement it follows, and compares with what the head states.
func (c *check) books() {
	pots := map[string]*pot{}
	for i := range c.head.Accounts {
		account, err := ledger.ParseKey(c.head.Accounts[i].Key)
		if !c.report.found("/accounts/"+strconv.Itoa(i)+"/key", err) {
			return
		}
		pots[account.Key()] = &pot{outside: account.Place.Outside()}
	}
	next := make(map[link]*ledger.Movement, 2*len(c.moves))
	for _, m := range c.moves {
		for _, l := range [...]link{{m.From, m.PrevFrom}, {m.To, m.PrevTo}} {
			if pots[l.account] == nil || next[l] != nil {
				c.tell("/accounts", "BOOK-EXTRACT-12", "movement {id} belongs to no chain of the accounts shown", "id", m.ID)
				return
			}
			next[l] = m
		}
	}
	var ready []*ledger.Movement
	offer := func(account string) {
		m := next[link{account, pots[account].last}]
		if m != nil && pots[m.From].last == m.PrevFrom && pots[m.To].last == m.PrevTo {
			ready = append(ready, m)
		}
	}
	for account := range pots {
		offer(account)
	}
	for done := map[string]bool{}; len(ready) > 0 && len(c.report.Findings) < maxFindings; {
		m := ready[0]
		if ready = ready[1:]; done[m.ID] {
			continue // both its accounts offered it
		}
		done[m.ID] = true
		c.apply(m, pots[m.From], pots[m.To])
		offer(m.From)
		offer(m.To)
	}
	if c.report.OK() {
		c.compare(pots)
	}
}

func (c *check) tell(path, code, text string, args ...any) {
	c.report.found(path, fault.New(fault.Invalid, code, "", text, "ask customs for the file again", args...))
}

// apply does one movement.
func (c *check) apply(m *ledger.Movement, from, to *pot) {
	from.last, to.last = m.ID, m.ID
	from.count++
	to.count++
	switch m.Kind {
	case ledger.Reserve:
		from.out += m.Quantity
		to.in += m.Quantity
	case ledger.Settle, ledger.Void:
		from.out -= m.Quantity
		to.in -= m.Quantity
	}
	if m.Kind == ledger.Post || m.Kind == ledger.Settle {
		if m.Layered {
			arrive(m, from, to)
		}
		from.quantity -= m.Quantity
		to.quantity += m.Quantity
		from.value -= m.Value
		to.value += m.Value
	}
	if m.Quantity <= 0 || from.quantity != m.AfterFrom || to.quantity != m.AfterTo {
		c.tell("/accounts", "BOOK-EXTRACT-13", "after movement {id} its accounts hold {from} and {to}, it says {saidFrom} and {saidTo}",
			"id", m.ID, "from", from.quantity, "to", to.quantity, "saidFrom", m.AfterFrom, "saidTo", m.AfterTo)
	}
	if !from.outside && from.quantity < from.out {
		c.tell("/accounts", "BOOK-EXTRACT-11", "after movement {id} less is there than is reserved", "id", m.ID)
	}
}

// arrive moves arrivals, the oldest first: goods from outside are an arrival of
// their own, and what stood there before arrivals were kept is the oldest.
func arrive(m *ledger.Movement, from, to *pot) {
	moved := []ledger.Layer{{Cause: m.Cause, On: m.EffectiveOn, Quantity: m.Quantity}}
	if !from.outside {
		moved = nil
		from.layers = whole(from)
		for left := m.Quantity; left > 0 && len(from.layers) > 0; {
			first := &from.layers[0]
			part := min(left, first.Quantity)
			moved = append(moved, ledger.Layer{Cause: first.Cause, On: first.On, Quantity: part})
			left -= part
			if first.Quantity -= part; first.Quantity == 0 {
				from.layers = from.layers[1:]
			}
		}
	}
	if !to.outside {
		to.layers = append(whole(to), moved...)
	}
}

// whole gives the layers of an account with what came without one before them.
func whole(p *pot) []ledger.Layer {
	rest := p.quantity
	for _, l := range p.layers {
		rest -= l.Quantity
	}
	if rest <= 0 {
		return p.layers
	}
	return append([]ledger.Layer{{Quantity: rest}}, p.layers...)
}

// compare holds what was added up against what the head states.
func (c *check) compare(pots map[string]*pot) {
	sums := map[string]*[2]big.Int{}
	for i := range c.head.Accounts {
		a := &c.head.Accounts[i]
		path, p := "/accounts/"+strconv.Itoa(i), pots[a.Key]
		switch {
		case p.last != a.Last || p.count != a.Count:
			c.tell(path, "BOOK-EXTRACT-07", "the account had {count} movements, {have} of them are in the file", "count", a.Count, "have", p.count)
		case p.quantity != a.Quantity || p.value != a.Value || p.in != a.Incoming || p.out != a.Outgoing:
			c.tell(path, "BOOK-EXTRACT-06", "added up, the account holds {have} worth {value}; the file says {said} worth {worth}, or other reservations",
				"have", p.quantity, "value", p.value, "said", a.Quantity, "worth", a.Value)
		case !slices.Equal(p.layers, a.Layers):
			c.tell(path, "BOOK-EXTRACT-09", "the arrival layers, first in first out, are others than the file says")
		}
		account, _ := ledger.ParseKey(a.Key) // was read before
		item := string(account.Ledger) + "|" + account.Item
		if sums[item] == nil {
			sums[item] = new([2]big.Int)
		}
		sums[item][0].Add(&sums[item][0], big.NewInt(int64(a.Quantity)))
		sums[item][1].Add(&sums[item][1], big.NewInt(int64(a.Value)))
	}
	for item, sum := range sums {
		if sum[0].Sign() != 0 || sum[1].Sign() != 0 {
			c.tell("/accounts", "BOOK-EXTRACT-08", "over all its accounts {item} sums to {quantity}, not to nothing", "item", item, "quantity", num.Quantity(sum[0].Int64()))
		}
	}
}
