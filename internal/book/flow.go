package book

import (
	"cmp"
	"slices"

	"seine/internal/clock"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Flow is what came to an account and left it during some days: opening and all
// that came are closing and all that left.
type Flow struct {
	From    clock.Date   `json:"from"`
	To      clock.Date   `json:"to"`
	Opening num.Quantity `json:"opening"`
	Closing num.Quantity `json:"closing"`
	In      []Stream     `json:"in"`
	Out     []Stream     `json:"out"`
}

// Stream is what came from, or went to, one place.
type Stream struct {
	Place     ledger.Place `json:"place"`
	Quantity  num.Quantity `json:"quantity"`
	Movements int          `json:"movements"`
}

// NewFlow adds up the movements of an account that count for the days from until
// to. Opening is what it held at the end of the day before.
func NewFlow(account string, moves []ledger.Movement, opening num.Quantity, from, to clock.Date) Flow {
	f := Flow{From: from, To: to, Opening: opening, Closing: opening, In: []Stream{}, Out: []Stream{}}
	for i := range moves {
		m := &moves[i]
		if m.Kind != ledger.Post && m.Kind != ledger.Settle || m.EffectiveOn < from || m.EffectiveOn > to {
			continue
		}
		side, other, sign := &f.In, m.From, num.Quantity(1)
		if m.From == account {
			side, other, sign = &f.Out, m.To, -1
		}
		f.Closing += sign * m.Quantity
		place := ledger.Place("")
		if a, err := ledger.ParseKey(other); err == nil {
			place = a.Place
		}
		n := slices.IndexFunc(*side, func(s Stream) bool { return s.Place == place })
		if n < 0 {
			n = len(*side)
			*side = append(*side, Stream{Place: place})
		}
		(*side)[n].Quantity += m.Quantity
		(*side)[n].Movements++
	}
	for _, side := range [][]Stream{f.In, f.Out} {
		slices.SortFunc(side, func(a, b Stream) int {
			return cmp.Or(cmp.Compare(b.Quantity, a.Quantity), cmp.Compare(a.Place, b.Place))
		})
	}
	return f
}
