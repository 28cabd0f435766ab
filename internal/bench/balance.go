package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
)

// How the history of a balance is made.
const (
	movesAtOnce = 100 // in one outcome
	historyDays = 365 // effective days that the history spreads over
	hotEvery    = 10  // of so many movements one is on the busiest account
)

// Balance measures questions about the past: what an account held as the books
// stood at a moment, and by what counts until a day, each in turn for a random
// account; one in ten for the busiest one. Beside, goods are posted all the while,
// and every fourth question is for the page of a whole book as it is now.
func Balance(ctx context.Context, o Options) (_ *Report, err error) {
	if o.Clients == 0 {
		o.Clients = 1
	}
	if o.History == 0 {
		o.History = 200_000
	}
	r := begin(o)
	r.What = "the balance of an account at a past moment"
	r.Way = "in process"
	if o.Beside {
		r.What += ", or the page of a book as it is now"
		r.Beside = "postings to all books by 64 writers"
	}
	b, err := open(ctx, o, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = closed(ctx, b, err) }()
	p := &past{run: b, from: b.house.Clock.Now().Date().AddDays(-historyDays)}
	if err := p.fill(ctx); err != nil {
		return nil, fmt.Errorf("store history: %w", err)
	}
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	b.take() // the rows of the history are not written again
	r.BytesPerOp = 0
	d := time.Duration(o.Seconds * float64(time.Second))
	for n := 1; n <= o.Rounds; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b.Tell("rounds", int64(n-1), int64(o.Rounds))
		busy, halt := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- p.besides(busy) }()
		from := readMeter()
		s, err := closedLoop(ctx, o.Clients, d, nil, p.ask)
		halt()
		if other := <-ended; err == nil {
			err = other
		}
		if err != nil {
			return nil, err
		}
		b.take()
		round := Round{Number: n, Operations: s.operations}
		round.since(from, s.operations, b.URL != "")
		round.PerSecond = float64(s.operations) / s.wall.Seconds()
		round.P50, round.P99 = percentiles(s.took)
		for k, v := range s.answers {
			if r.Answers == nil {
				r.Answers = map[string]int64{}
			}
			r.Answers[k] += v
		}
		r.Rounds = append(r.Rounds, round)
	}
	r.finish()
	return r, p.verify(ctx)
}

// past is a book with a history.
type past struct {
	*run
	from         clock.Date
	made         atomic.Int64
	first, last  clock.Instant
	moreMovement atomic.Int64
}

func (p *past) account(book, item int) ledger.Account {
	return ledger.Account{
		Ledger: ledger.Legal, Owner: "91310115MA1K" + fmt.Sprintf("%06d", book/2), Item: "book/T2218W" + fmt.Sprintf("%06d/%d", book, item),
		Place: ledger.OnHand, Status: ledger.Bonded,
	}
}

// which gives the account of the nth movement.
func (p *past) which(n int64) ledger.Account {
	if n%hotEvery == 0 {
		return p.account(0, 0)
	}
	return p.account(spread(n))
}

// fill posts the history: arrivals whose effective days rise over a year.
func (p *past) fill(ctx context.Context) error {
	total := int64(p.History)
	p.first = p.house.Clock.Now()
	_, err := closedLoop(ctx, 16, 0, nil, func(ctx context.Context, _, _ int) (string, int64, error) {
		begin := p.made.Add(movesAtOnce) - movesAtOnce
		if begin >= total {
			return "", 0, errDone
		}
		p.Tell("storing history", min(begin, total), total)
		err := p.post(ctx, begin, movesAtOnce, func(n int64) clock.Date { return p.from.AddDays(int(n * historyDays / total)) })
		p.take() // millions of rows need not stay in memory
		return "posted", movesAtOnce, err
	})
	p.last = p.house.Clock.Now()
	return err
}

func (p *past) post(ctx context.Context, begin int64, count int, on func(n int64) clock.Date) error {
	_, err := p.house.Store.Decide(ctx, p.command("bench.fill"), func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		for i := range count {
			n := begin + int64(i)
			a := p.which(n)
			out.Transfers = append(out.Transfers, ledger.Op{
				ID: v.NewID(), Kind: ledger.Post, From: a.At(ledger.Abroad), To: a, Quantity: num.Quantity(n%90+1) * num.OneQuantity, EffectiveOn: on(n), Cause: "bench",
			})
		}
		e := decision.Entry(v, decision.System, "book.posted", journal.Ref{Kind: "posting", ID: "bench"})
		e.Body = []byte(`{"count":` + strconv.Itoa(count) + `}`)
		out.Entries = []journal.Entry{e}
		return out, nil
	})
	return err
}

// besides posts to all books until it is told to stop.
func (p *past) besides(ctx context.Context) error {
	if !p.Beside {
		return nil
	}
	today := p.house.Clock.Now().Date()
	_, err := closedLoop(ctx, 64, 0, nil, func(context.Context, int, int) (string, int64, error) {
		if ctx.Err() != nil {
			return "", 0, errDone
		}
		n := int64(p.History) + p.moreMovement.Add(1)
		return "posted", 1, p.post(context.WithoutCancel(ctx), n, 1, func(int64) clock.Date { return today })
	})
	if ctx.Err() != nil {
		return nil // was told to
	}
	return err
}

// ask asks one question.
func (p *past) ask(ctx context.Context, client, n int) (string, int64, error) {
	random := rand.New(rand.NewPCG(uint64(client), uint64(n)))
	a := p.which(random.Int64N(int64(p.History)))
	store := p.house.Store
	switch {
	case p.Beside && n%4 == 3:
		prefix := string(a.Ledger) + "|" + a.Owner + "|" + a.Item[:len("book/T2218W000000/")]
		_, err := store.Balances(ctx, prefix, "", 100)
		return "page", 1, err
	case n%2 == 0:
		_, _, err := store.BalanceRecorded(ctx, a.Key(), p.moment(random))
		return "recorded", 1, err
	}
	_, _, err := store.BalanceEffective(ctx, a.Key(), p.from.AddDays(random.IntN(historyDays)))
	return "effective", 1, err
}

func (p *past) moment(random *rand.Rand) clock.Instant {
	return p.first + clock.Instant(random.Int64N(int64(p.last-p.first)+1))
}

// verify asks once more and holds the answers against the account's chain, read
// from its end to its beginning.
func (p *past) verify(ctx context.Context) error {
	random := rand.New(rand.NewPCG(3, 5))
	const questions = 20
	for range questions {
		a, at := p.which(random.Int64N(int64(p.History))|1), p.moment(random)
		day := p.from.AddDays(random.IntN(historyDays))
		var recorded, effective num.Quantity
		for next, more := "", true; more; more = next != "" {
			page, after, err := p.house.Store.History(ctx, a.Key(), next, 200)
			if err != nil {
				return err
			}
			for i := range page {
				if page[i].Recorded <= at {
					recorded += page[i].Quantity
				}
				if page[i].EffectiveOn <= day {
					effective += page[i].Quantity
				}
			}
			next = after
		}
		known, _, err := p.house.Store.BalanceRecorded(ctx, a.Key(), at)
		if err != nil {
			return err
		}
		counts, _, err := p.house.Store.BalanceEffective(ctx, a.Key(), day)
		if err != nil {
			return err
		}
		if known != recorded || counts != effective {
			p.report.wrong("%s held %s at %s and %s until %s; its chain says %s and %s", a.Key(), known, at, counts, day, recorded, effective)
			return p.booksBalance(ctx)
		}
	}
	p.report.right("%d questions were answered as the chains of their accounts say", 2*questions)
	return p.booksBalance(ctx)
}
