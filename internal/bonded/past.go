package bonded

import (
	"context"
	"slices"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Past is how what the books hold, and held, is read; the store is one.
type Past interface {
	Balance(ctx context.Context, key string) (ledger.Balance, error)
	Pending(ctx context.Context, id string) (ledger.Pending, bool, error)
	History(ctx context.Context, key, from string, limit int) (page []ledger.Movement, next string, err error)
	BalanceRecorded(ctx context.Context, key string, at clock.Instant) (num.Quantity, num.Money, error)
	BalanceEffective(ctx context.Context, key string, on clock.Date) (num.Quantity, num.Money, error)
}

// Statuses are the customs statuses that goods on a book can have.
var Statuses = []ledger.Status{ledger.Bonded, ledger.DutyPaid, ledger.NonBonded}

// historyPage is how many movements are read at once, most how many altogether.
const (
	historyPage = 500
	historyMost = 20_000
)

// Account is where the law's book counts a line of a book.
func Account(b *book.Book, line int, status ledger.Status, at ledger.Place) ledger.Account {
	return (&Book{Book: *b}).account(line, status, at)
}

// Stock is what a line holds in one customs status.
type Stock struct {
	Line      int            `json:"line"`
	Status    ledger.Status  `json:"status"`
	Quantity  num.Quantity   `json:"quantity"`
	Available num.Quantity   `json:"available"`
	Incoming  num.Quantity   `json:"incoming"`
	Outgoing  num.Quantity   `json:"outgoing"`
	Expected  num.Quantity   `json:"expected"`
	Value     num.Money      `json:"value"`
	Opened    num.Quantity   `json:"opened,omitempty"` // what was there before the books began
	Old       num.Quantity   `json:"old,omitempty"`    // left of it
	Layers    []ledger.Layer `json:"layers,omitempty"` // arrivals that are kept apart, oldest first
	Account   string         `json:"account"`
	Balance   ledger.Balance `json:"-"`
	Then      *StockThen     `json:"then,omitempty"`
}

// StockThen answers two questions about the past: what is known now about a day,
// and what was known at a moment.
type StockThen struct {
	EffectiveOn clock.Date    `json:"effectiveOn,omitempty"`
	Known       *num.Quantity `json:"known,omitempty"` // at the end of that day, by all that is known now
	RecordedAt  clock.Instant `json:"recordedAt,omitempty"`
	Knew        *num.Quantity `json:"knew,omitempty"` // by all that was recorded until that moment
}

// StockOf reads what a line holds, in each customs status that it ever had; the
// bonded one always.
func StockOf(ctx context.Context, p Past, b *book.Book, line int) ([]Stock, error) {
	var all []Stock
	for _, status := range Statuses {
		account := Account(b, line, status, ledger.OnHand)
		held, err := p.Balance(ctx, account.Key())
		if err != nil {
			return nil, err
		}
		if held.Count == 0 && status != ledger.Bonded {
			continue
		}
		s := Stock{
			Line: line, Status: status, Quantity: held.Quantity, Available: held.Available(), Incoming: held.Incoming, Outgoing: held.Outgoing,
			Expected: held.Expected(), Value: held.Value, Layers: held.Layers, Account: account.Key(), Balance: held,
		}
		if len(held.Layers) > 0 {
			if err := s.Before(ctx, p, b); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// Before adds up what was there before the books began, and what is left of it.
func (s *Stock) Before(ctx context.Context, p Past, b *book.Book) error {
	key := Account(b, s.Line, s.Status, ledger.Earlier).Key()
	held, err := p.Balance(ctx, key)
	if err != nil || held.Count == 0 {
		return err
	}
	before, _, err := p.History(ctx, key, "", historyPage)
	if err != nil {
		return err
	}
	s.Opened, s.Old = -held.Quantity, 0
	for _, l := range s.Layers {
		if slices.ContainsFunc(before, func(m ledger.Movement) bool { return m.Cause == l.Cause }) {
			s.Old += l.Quantity
		}
	}
	return nil
}

// Asking adds what was known then to a stock; a zero day or moment is not asked.
func (s *Stock) Asking(ctx context.Context, p Past, on clock.Date, at clock.Instant) error {
	if on == 0 && at == 0 {
		return nil
	}
	s.Then = &StockThen{EffectiveOn: on, RecordedAt: at}
	if on != 0 {
		q, _, err := p.BalanceEffective(ctx, s.Account, on)
		if err != nil {
			return err
		}
		s.Then.Known = &q
	}
	if at != 0 {
		q, _, err := p.BalanceRecorded(ctx, s.Account, at)
		if err != nil {
			return err
		}
		s.Then.Knew = &q
	}
	return nil
}

// Reserved is what is set aside on an account, or expected there, and why.
type Reserved struct {
	ID        string         `json:"id"`
	Cause     string         `json:"cause"` // case of the list, or whatever asked for it
	Direction book.Direction `json:"direction"`
	Open      num.Quantity   `json:"open"`
	Since     clock.Instant  `json:"since"`
}

// ReservedOn finds what makes up the pending figures of an account, newest first.
// It reads its history back until all of it is found.
func ReservedOn(ctx context.Context, p Past, s *Stock) ([]Reserved, error) {
	var list []Reserved
	in, out := s.Incoming, s.Outgoing
	for from, n := "", 0; (in > 0 || out > 0) && n < historyMost; {
		page, next, err := p.History(ctx, s.Account, from, historyPage)
		if err != nil {
			return nil, err
		}
		for i := range page {
			m := &page[i]
			if m.Kind != ledger.Reserve {
				continue
			}
			left, open, err := p.Pending(ctx, m.ID)
			if err != nil {
				return nil, err
			}
			if !open {
				continue
			}
			r := Reserved{ID: m.ID, Cause: m.Cause, Direction: book.In, Open: left.Open, Since: m.Recorded}
			if m.From == s.Account {
				r.Direction = book.Out
				out -= left.Open
			} else {
				in -= left.Open
			}
			list = append(list, r)
		}
		n += len(page)
		if from = next; from == "" {
			break
		}
	}
	return list, nil
}

// FlowOf reads what came to an account and left it, by place, on the days from
// until to, as it is known now. Fault: BONDED-FLOW-01 for days in the wrong order,
// -02 when there is too much for one answer.
func FlowOf(ctx context.Context, p Past, account string, from, to clock.Date) (book.Flow, error) {
	if from == 0 || to < from {
		return book.Flow{}, fault.New(fault.Invalid, "BONDED-FLOW-01", "/from", "there is no period from {from} to {to}", "write a first day and a last day that is not before it", "from", from, "to", to)
	}
	opening, _, err := p.BalanceEffective(ctx, account, from.AddDays(-1))
	if err != nil {
		return book.Flow{}, err
	}
	var moves []ledger.Movement
	for after := ""; ; {
		page, next, err := p.History(ctx, account, after, historyPage)
		if err != nil {
			return book.Flow{}, err
		}
		moves = append(moves, page...)
		// Nothing counts for a day after it was recorded.
		if after = next; after == "" || len(page) == 0 || page[len(page)-1].Recorded.Date() < from {
			break
		}
		if len(moves) >= historyMost {
			return book.Flow{}, fault.New(fault.Refused, "BONDED-FLOW-02", "/from", "more than {most} movements lie in this period", "choose a later first day", "most", historyMost)
		}
	}
	return book.NewFlow(account, moves, opening, from, to), nil
}
