package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/ledger"
	"seine/internal/num"
)

const (
	openLists    = 10_000 // lists of one book that are under way at once
	openFeeds    = 1000   // feeds of one enterprise
	compareTries = 5      // a table that others change meanwhile is laid anew so often
)

// fedStates are the states in which a feed is compared.
var fedStates = []feed.State{feed.TestFeed, feed.Live, feed.Degraded, feed.Suspended}

// Feeds lays the columns of every book with a feed side by side, once each legal
// day; a message that moved something does so too.
func (a *App) Feeds(ctx context.Context) error {
	today := a.Clock.Now().Date()
	if a.feedsOn == today {
		return nil
	}
	for _, state := range fedStates {
		err := each(ctx, a, dossier.Feed, string(state), func(_ string, f *feed.Feed) error {
			if f.Applied == 0 {
				return nil
			}
			return a.quiet("compare the feed of "+f.Book, func() error { return a.CompareFeed(ctx, f.Book) })
		})
		if err != nil {
			return err
		}
	}
	a.feedsOn = today
	return nil
}

// FeedsMoved compares the feeds of every enterprise of which the journal tells
// that something moved since the last look: what the book posted or the gate let
// pass stands in the difference table within seconds, without a message of the
// system.
func (a *App) FeedsMoved(ctx context.Context) error {
	top := a.Store.Position()
	if a.feedsAt == 0 {
		a.feedsAt = top // what was before, Feeds compares at the start
		return nil
	}
	moved := map[string]bool{}
	for a.feedsAt < top {
		entries, err := a.Store.Entries(ctx, a.feedsAt, feedPage)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if len(e.Moves) > 0 && e.Enterprise != "" {
				moved[e.Enterprise] = true
			}
		}
		a.feedsAt = entries[len(entries)-1].Position
	}
	for _, enterprise := range slices.Sorted(maps.Keys(moved)) {
		numbers, err := a.Store.Find(ctx, dossier.Feed, "enterprise", enterprise, openFeeds)
		if err != nil {
			return err
		}
		for _, number := range numbers {
			if err := a.quiet("compare the feed of "+number, func() error { return a.compareIfFed(ctx, number) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareIfFed compares a feed that has told of something and is not ended.
func (a *App) compareIfFed(ctx context.Context, number string) error {
	var f feed.Feed
	if _, err := a.Store.Load(ctx, dossier.Feed, number, &f); err != nil {
		return err
	}
	if f.Applied == 0 || !slices.Contains(fedStates, f.State) {
		return nil
	}
	return a.CompareFeed(ctx, number)
}

// CompareFeed lays what is new in the book, the system and at the gate on the
// table of a book. Where another look was first, it looks again.
func (a *App) CompareFeed(ctx context.Context, number string) error {
	for again := compareTries; ; again-- {
		if err := a.Store.CatchUp(ctx); err != nil {
			return err
		}
		laid, err := a.gather(ctx, number)
		if err != nil {
			return wrap("gather what the feed of "+number+" is compared with", err)
		}
		_, err = a.Bonded.Compare(ctx, a.command("feed.compare"), decision.System, number, *laid)
		if again <= 1 || !fault.Is(err, "BONDED-FEED-06") {
			return err
		}
	}
}

// gathering is one look at the columns of a book.
type gathering struct {
	a     *App
	ctx   context.Context
	feed  feed.Feed
	base  feed.Table
	laid  bonded.Laid
	lists map[string]*bonded.List // by number; nil: there is none
	cases map[string]string       // case → number of its list
}

func (a *App) gather(ctx context.Context, number string) (*bonded.Laid, error) {
	g := &gathering{
		a: a, ctx: ctx, lists: map[string]*bonded.List{}, cases: map[string]string{},
		laid: bonded.Laid{Papers: map[string]*feed.Paper{}, Seen: map[string]string{}},
	}
	if _, err := a.Store.Load(ctx, dossier.Feed, number, &g.feed); err != nil {
		return nil, err
	}
	// The first table begins with what the book held when the feed was accepted:
	// what was posted since, the system may have told of already.
	g.base.At, g.base.Begun = g.feed.Since, g.feed.Since
	if g.laid.Base = g.feed.Table; g.laid.Base != "" {
		g.base.Begun = 0
		var err error
		if g.laid.Version, err = a.Store.Load(ctx, dossier.FeedTable, g.laid.Base, &g.base); err != nil {
			return nil, err
		}
	}
	g.laid.Begun = cmp.Or(g.base.Begun, g.base.At)
	for _, step := range []func() error{g.system, g.legal, g.gate} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &g.laid, nil
}

// system reads the messages that were applied since the table.
func (g *gathering) system() error {
	for n := g.base.Sequence + 1; n <= g.feed.Applied; n++ {
		var m feed.Received
		if _, err := g.a.Store.Load(g.ctx, dossier.FeedMessage, feed.MessageID(g.feed.Book, n), &m); err != nil {
			return err
		}
		g.laid.Facts = append(g.laid.Facts, m.Facts(m.Moves)...)
	}
	g.laid.Up = g.feed.Applied
	for i := range g.laid.Facts {
		if err := g.paper(g.laid.Facts[i].Document); err != nil {
			return err
		}
	}
	return nil
}

// paper looks a list up once.
func (g *gathering) paper(number string) error {
	if _, known := g.lists[number]; known || number == "" || number == feed.Opening {
		return nil
	}
	g.lists[number] = nil
	ids, err := g.a.Store.Find(g.ctx, dossier.VerificationList, "number", number, 1)
	if err != nil || len(ids) == 0 {
		return err
	}
	var l bonded.List
	if _, err := g.a.Store.Load(g.ctx, dossier.VerificationList, ids[0], &l); err != nil {
		return err
	}
	if p := bonded.PaperOf(&l, g.feed.Book); p != nil {
		g.lists[number], g.laid.Papers[number] = &l, p
	}
	return nil
}

// since gives the movements of an account after the last that the table has,
// oldest first. Of an account that the table has not seen all count, unless it is
// old: then only what was written since the tables began. When the last table was
// laid says nothing: what moved in that moment may have been too late for it.
func (g *gathering) since(account string, old bool) ([]ledger.Movement, error) {
	b, err := g.a.Store.Balance(g.ctx, account)
	if err != nil || b.Last == "" {
		return nil, err
	}
	g.laid.Seen[account] = b.Last
	seen, known := g.base.Seen[account]
	known = known || !old
	var list []ledger.Movement
	for from := b.Last; from != "" && from != seen; {
		page, next, err := g.a.Store.History(g.ctx, account, from, 200)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if page[i].ID == seen || !known && page[i].Recorded <= g.laid.Begun {
				next = ""
				break
			}
			if page[i].Kind == ledger.Post || page[i].Kind == ledger.Settle {
				list = append(list, page[i])
			}
		}
		from = next
	}
	slices.Reverse(list)
	return list, nil
}

// within are places between which goods move without leaving the enterprise.
var within = []ledger.Place{ledger.OnHand, ledger.InTransit, ledger.WorkInProgress, ledger.OnDisplay, ledger.Consumed, ledger.Produced, ledger.Scrap}

// legal reads what the book posted; for the first table also what it held before.
func (g *gathering) legal() error {
	ids, err := g.a.Store.Find(g.ctx, dossier.Book, "number", g.feed.Book, 1)
	if err != nil || len(ids) == 0 {
		return err
	}
	var b bonded.Book
	if _, err := g.a.Store.Load(g.ctx, dossier.Book, ids[0], &b); err != nil {
		return err
	}
	for i := range b.Lines {
		line := b.Lines[i].Number
		key := ledger.Account{Ledger: ledger.Legal, Owner: g.feed.Enterprise, Item: "book/" + g.feed.Book + "/" + strconv.Itoa(line), Place: ledger.OnHand, Status: ledger.Bonded}.Key()
		moves, err := g.since(key, g.laid.Base == "")
		if err != nil {
			return err
		}
		if g.laid.Base == "" {
			held, err := g.heldBefore(key, moves)
			if err != nil {
				return err
			}
			g.laid.Facts = append(g.laid.Facts, feed.Openings(line, held, g.base.At.Date())...)
		}
		for k := range moves {
			m := &moves[k]
			q, other := m.Quantity, m.From
			if m.From == key {
				q, other = -m.Quantity, m.To
			}
			at, err := ledger.ParseKey(other)
			if err != nil {
				return err
			}
			number, err := g.listOf(m.Cause)
			if err != nil {
				return err
			}
			if slices.Contains(within, at.Place) && !g.enteredBefore(number, at.Place, q) {
				continue
			}
			g.laid.Facts = append(g.laid.Facts, feed.Fact{Column: feed.Book, Line: line, Document: number, On: m.EffectiveOn, Quantity: q, Source: m.ID})
		}
	}
	return nil
}

// heldBefore is what an account held before some movements, its latest.
func (g *gathering) heldBefore(key string, moves []ledger.Movement) (num.Quantity, error) {
	b, err := g.a.Store.Balance(g.ctx, key)
	if err != nil {
		return 0, err
	}
	held := b.Quantity
	for i := range moves {
		if moves[i].From == key {
			held += moves[i].Quantity
		} else {
			held -= moves[i].Quantity
		}
	}
	return held, nil
}

// enteredBefore tells whether goods came onto the book out of what they had
// entered the zone as, before they were declared: the book makes its lines of the
// packages of the lading application, and for the enterprise that is a receipt.
func (g *gathering) enteredBefore(number string, from ledger.Place, came num.Quantity) bool {
	l := g.lists[number]
	return from == ledger.Produced && came > 0 && l != nil && l.Direction == book.In && l.Application != ""
}

// listOf gives the list of the case that a movement was made for, "" where it was
// made for none.
func (g *gathering) listOf(cause string) (string, error) {
	if number, known := g.cases[cause]; known {
		return number, nil
	}
	var file casework.Case
	_, err := g.a.Store.Load(g.ctx, dossier.Case, cause, &file)
	if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return "", err
	}
	number := ""
	if err == nil && file.List != "" {
		var l bonded.List
		if _, err := g.a.Store.Load(g.ctx, dossier.VerificationList, file.List, &l); err != nil {
			return "", err
		}
		number = l.Number
	}
	g.cases[cause] = number
	return number, g.paper(number)
}

// gate reads what passed on the lists that are under way or spoken of.
func (g *gathering) gate() error {
	bodies, err := g.a.Store.OpenWhere(g.ctx, dossier.VerificationList, "book", g.feed.Book, openLists)
	if err != nil {
		return err
	}
	for _, body := range bodies {
		l := new(bonded.List)
		if err := json.Unmarshal(body, l); err != nil {
			return fmt.Errorf("read a list of %s: %w", g.feed.Book, err)
		}
		if p := bonded.PaperOf(l, g.feed.Book); p != nil && l.Number != "" && g.lists[l.Number] == nil {
			g.lists[l.Number], g.laid.Papers[l.Number] = l, p
		}
	}
	for i := range g.base.Items {
		if err := g.paper(g.base.Items[i].Document); err != nil {
			return err
		}
	}
	for _, number := range slices.Sorted(maps.Keys(g.lists)) {
		l := g.lists[number]
		if l == nil || !g.laid.Papers[number].Gate {
			continue
		}
		done := map[int]bool{}
		for i := range l.Lines {
			line := l.Lines[i].BookLine
			if done[line] {
				continue
			}
			done[line] = true
			key := ledger.Account{
				Ledger: ledger.Physical, Owner: g.feed.Enterprise, Item: "book/" + g.feed.Book + "/" + strconv.Itoa(line), Lot: l.ID, Place: ledger.Passed, Status: ledger.Bonded,
			}.Key()
			moves, err := g.since(key, l.PostedAt != 0 && l.PostedAt <= g.laid.Begun)
			if err != nil {
				return err
			}
			for k := range moves {
				q := moves[k].Quantity
				if (moves[k].From == key) != (l.Direction == book.Out) {
					q = -q
				}
				g.laid.Facts = append(g.laid.Facts, feed.Fact{Column: feed.Gate, Line: line, Document: number, On: moves[k].EffectiveOn, Quantity: q, Source: moves[k].Cause})
			}
		}
	}
	return nil
}
