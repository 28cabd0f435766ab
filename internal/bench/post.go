package bench

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Sizes of the books that are posted to.
const (
	books     = 5000
	bookItems = 20
)

// Post measures postings to account books: what one event moves on one book,
// journaled and durable. Hot, everything falls on one item of one book.
func Post(ctx context.Context, o Options) (_ *Report, err error) {
	if o.Clients == 0 {
		o.Clients = usual
	}
	r := begin(o)
	r.What = "goods received and taken into stock on a book: two movements and their journal entry"
	r.Way = "in process"
	b, err := open(ctx, o, r)
	if err != nil {
		return nil, err
	}
	defer func() { err = closed(ctx, b, err) }()
	var made, acked atomic.Int64
	post := func(ctx context.Context, _, _ int) (string, int64, error) {
		n := made.Add(1)
		err := b.post(ctx, n)
		if err == nil {
			acked.Add(1)
		}
		return "posted", 1, err
	}
	for done := int64(0); done < int64(o.History); done = made.Load() {
		b.Tell("storing history", done, int64(o.History))
		stop := min(done+20_000, int64(o.History))
		if _, err := closedLoop(ctx, usual, 0, nil, func(ctx context.Context, client, n int) (string, int64, error) {
			if made.Load() >= stop {
				return "", 0, errDone
			}
			return post(ctx, client, n)
		}); err != nil {
			return nil, fmt.Errorf("store history: %w", err)
		}
		if err := b.follow(ctx); err != nil {
			return nil, err
		}
	}
	if err := b.house.Start(ctx); err != nil {
		return nil, err
	}
	if err := b.rounds(ctx, func(ctx context.Context, d time.Duration) (stretch, error) {
		return closedLoop(ctx, o.Clients, d, nil, post)
	}); err != nil {
		return nil, err
	}
	return r, b.checkPosted(ctx, acked.Load())
}

// post is one event: goods cross the border and are taken into stock.
func (b *run) post(ctx context.Context, n int64) error {
	book, item := spread(n)
	if b.Hot {
		book, item = 0, 0
	}
	c := b.command("bench.post")
	c.Key = "post-" + strconv.FormatInt(n, 10)
	if b.Keyless {
		c.Key = ""
	}
	account := ledger.Account{
		Ledger: ledger.Legal, Owner: "91310115MA1K" + fmt.Sprintf("%06d", book/2), Item: "book/T2218W" + fmt.Sprintf("%06d/%d", book, item),
		Status: ledger.Bonded,
	}
	_, err := b.house.Store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		on := v.Now().Date()
		cause := v.NewID()
		move := func(from, to ledger.Place) ledger.Op {
			return ledger.Op{
				ID: v.NewID(), Kind: ledger.Post, From: account.At(from), To: account.At(to), Quantity: 25 * num.OneQuantity, EffectiveOn: on, Cause: cause,
			}
		}
		e := decision.Entry(v, decision.System, "book.posted", journal.Ref{Kind: "book_line", ID: account.Item}, journal.Ref{Kind: "posting", ID: cause})
		e.Body = []byte(`{"quantity":"25"}`)
		return decision.Outcome{
			Transfers: []ledger.Op{move(ledger.Abroad, ledger.Border), move(ledger.Border, ledger.OnHand)},
			Entries:   []journal.Entry{e}, Reply: map[string]string{"cause": cause},
		}, nil
	})
	return err
}

// spread scatters events over books and items.
func spread(n int64) (book, item int) {
	x := uint64(n) * 0x9e3779b97f4a7c15
	x ^= x >> 29
	return int(x % books), int(x / books % bookItems)
}

// checkPosted checks that the stock is what was acknowledged.
func (b *run) checkPosted(ctx context.Context, acked int64) error {
	var stock num.Quantity
	for after := ""; ; {
		page, err := b.house.Store.Balances(ctx, string(ledger.Legal)+"|", after, 1000)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, a := range page {
			if account, err := ledger.ParseKey(a.Key); err != nil {
				return err
			} else if account.Place == ledger.OnHand {
				stock += a.Quantity
			}
		}
		after = page[len(page)-1].Key
	}
	if want := num.Quantity(acked) * 25 * num.OneQuantity; stock == want {
		b.report.right("%d postings were acknowledged and are in the stock", acked)
	} else {
		b.report.wrong("%d postings were acknowledged, which makes %s, and the stock is %s", acked, want, stock)
	}
	return b.booksBalance(ctx)
}
