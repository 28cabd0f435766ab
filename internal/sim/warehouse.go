package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/feed"
	"seine/internal/num"
	"seine/internal/party"
)

// warehouse is the stock system of the visitors' enterprise: it tells customs
// over its feed what comes and goes on its account book.
type warehouse struct {
	door       *Door
	enterprise string
	book       string
	opened     clock.Date
	messages   int64
	parts      []part
	lots       []shelf
	told       map[string]bool // lists that were told of
}

type part struct {
	line   int
	number string
	unit   codelist.UnitCode
}

// shelf is what is left of a lot.
type shelf struct {
	part int // in parts
	lot  string
	left num.Quantity
}

// warehouseSystem is the name under which it sends.
const warehouseSystem = "DEMO-WMS"

// partNumber is how the books of the demonstration number an article.
func partNumber(line int, a *article) string { return fmt.Sprintf("P%02d-%s", line, a.code[:6]) }

// networked applies for a feed of the visitors' account book and lets an officer
// accept it; the system's first message tells of its parts.
func (w *Zone) networked(ctx context.Context, on clock.Date) error {
	own := w.shownStock()
	if own == nil || own.account == "" {
		return nil // two officers still decide about the book
	}
	h := &warehouse{door: w.doors[own.owner.ID], enterprise: own.owner.ID, book: own.account, opened: on, told: map[string]bool{}}
	for i := range w.stock {
		if s := &w.stock[i]; s.owner == own.owner && s.account == own.account {
			h.parts = append(h.parts, part{s.line, partNumber(s.line, s.goods.article), codelist.UnitCode(s.goods.unit)})
		}
	}
	if err := h.door.send(ctx, http.MethodPost, pathFeeds, map[string]string{"book": h.book, "system": warehouseSystem}, nil); err != nil {
		return w.refused(err)
	}
	if err := w.customsOnFeed(ctx, h, "accept"); err != nil {
		return err
	}
	w.house = h
	return w.morning(ctx, on)
}

// customsOnFeed lets the first filing officer who may act on the feed.
func (w *Zone) customsOnFeed(ctx context.Context, h *warehouse, act string) error {
	var err error
	for _, door := range w.officers[party.FilingOfficer] {
		if err = door.send(ctx, http.MethodPost, h.path()+"/acts", map[string]string{"act": act}, nil); err == nil {
			return nil
		}
	}
	return w.refused(err)
}

func (h *warehouse) path() string { return pathFeeds + "/" + url.PathEscape(h.book) }

// sends sends one message.
func (w *Zone) sends(ctx context.Context, records ...feed.Record) error {
	h := w.house
	h.messages++
	m := feed.Message{
		Enterprise: h.enterprise, System: warehouseSystem, Book: h.book, Sequence: h.messages, Key: fmt.Sprintf("demo-%08d", h.messages), SentAt: w.host.Now(), Records: records,
	}
	if err := h.door.send(ctx, http.MethodPost, h.path()+"/messages", m, nil); err != nil {
		h.messages-- // the number stays free
		return w.refused(err)
	}
	w.Counts.Messages++
	return nil
}

// morning is the first message of a day: the parts as the system has them.
func (w *Zone) morning(ctx context.Context, on clock.Date) error {
	if w.house == nil {
		return nil
	}
	var records []feed.Record
	for _, p := range w.house.parts {
		records = append(records, feed.Record{Kind: feed.PartMaster, ID: "part-" + p.number, On: on, Part: p.number, Unit: p.unit, BookLine: p.line})
	}
	return w.sends(ctx, records...)
}

// evening tells what came and went on the lists that the book posted since.
func (w *Zone) evening(ctx context.Context, on clock.Date) error {
	if w.house == nil {
		return nil
	}
	h := w.house
	var state struct {
		Stopped int64 `json:"stopped"`
	}
	if err := h.door.send(ctx, http.MethodGet, h.path(), nil, &state); err != nil || state.Stopped != 0 { // it waits for the correction of what it sent
		return w.refused(err)
	}
	var posted []bonded.List
	for after := ""; ; {
		var page struct {
			Items []bonded.List `json:"items"`
			Next  string        `json:"next"`
		}
		q := url.Values{"book": {h.book}, "state": {string(book.ListPosted)}, "limit": {"100"}, "after": {after}}
		if after == "" {
			q.Del("after")
		}
		if err := h.door.send(ctx, http.MethodGet, pathLists+"?"+q.Encode(), nil, &page); err != nil {
			return w.refused(err)
		}
		posted = append(posted, page.Items...)
		if after = page.Next; after == "" {
			break
		}
	}
	slices.SortFunc(posted, func(a, b bonded.List) int { return int(a.PostedAt - b.PostedAt) })
	var records []feed.Record
	for i := range posted {
		l := &posted[i]
		if h.told[l.ID] || len(records) > feed.MaxRecords/2 {
			continue
		}
		h.told[l.ID] = true
		for k := range l.Lines {
			records = append(records, h.moved(l, &l.Lines[k], on)...)
		}
	}
	if len(records) == 0 {
		return nil
	}
	return w.sends(ctx, records...)
}

// moved is what a line of a list did to the shelves: a lot came, or the oldest
// lots went.
func (h *warehouse) moved(l *bonded.List, line *book.ListLine, on clock.Date) []feed.Record {
	at := slices.IndexFunc(h.parts, func(p part) bool { return p.line == line.BookLine })
	if at < 0 {
		return nil
	}
	p := h.parts[at]
	record := feed.Record{
		Kind: feed.Receipt, ID: fmt.Sprintf("GR-%s-%d", l.Number, line.Number), On: on, Part: p.number, Lot: l.Number, Quantity: line.Quantity, Unit: p.unit, Location: "A-01", Document: l.Number,
	}
	if l.Direction == book.In {
		h.lots = append(h.lots, shelf{at, l.Number, line.Quantity})
		return []feed.Record{record}
	}
	var records []feed.Record
	record.Kind = feed.Issue
	rest := line.Quantity
	for i := range h.lots {
		s := &h.lots[i]
		take := min(rest, s.left)
		if s.part != at || take == 0 {
			continue
		}
		record.ID, record.Lot, record.Quantity = fmt.Sprintf("GI-%s-%d-%d", l.Number, line.Number, len(records)+1), s.lot, take
		s.left -= take
		rest -= take
		records = append(records, record)
	}
	return records
}

// fullest is the lot with the most on it, nil where nothing lies.
func (h *warehouse) fullest() *shelf {
	var found *shelf
	for i := range h.lots {
		if s := &h.lots[i]; s.left >= 10*num.OneQuantity && (found == nil || s.left > found.left) {
			found = s
		}
	}
	return found
}

// leak issues goods for which there is no paper: that evening the table names
// the movement.
func (w *Zone) leak(ctx context.Context, on clock.Date) error {
	if w.house == nil || w.house.fullest() == nil {
		return nil
	}
	s := w.house.fullest()
	p := w.house.parts[s.part]
	s.left -= 5 * num.OneQuantity
	err := w.sends(ctx, feed.Record{Kind: feed.Issue, ID: "GI-NO-PAPER", On: on, Part: p.number, Lot: s.lot, Quantity: 5 * num.OneQuantity, Unit: p.unit, Location: "A-01"})
	if err != nil {
		return err
	}
	return w.compared(ctx, on)
}

// compared waits until the zone has laid the columns of a day side by side: it
// does so by itself a moment after something moved, and the clock of the history
// must not run away from it.
func (w *Zone) compared(ctx context.Context, on clock.Date) error {
	for range 100 {
		var tables struct {
			Items []feed.Table `json:"items"`
		}
		if err := w.house.door.send(ctx, http.MethodGet, w.house.path()+"/differences?limit=1", nil, &tables); err != nil {
			return w.refused(err)
		}
		if len(tables.Items) > 0 && tables.Items[0].Day == on && tables.Items[0].State == feed.TableOpen {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil // where nothing works by itself, nothing is compared
}

// misunderstood moves goods within the house in a unit that nobody explained: the
// message waits in staging for the visitor's correction.
func (w *Zone) misunderstood(ctx context.Context, on clock.Date) error {
	if w.house == nil || w.house.fullest() == nil {
		return nil
	}
	s := w.house.fullest()
	return w.sends(ctx, feed.Record{
		Kind: feed.Transfer, ID: "MV-PALLETS", On: on, Part: w.house.parts[s.part].number, Lot: s.lot, Quantity: 2 * num.OneQuantity, Unit: "PF", Location: "A-01", ToLocation: "B-07",
	})
}

// warehouseDay is the evening of a day of the history: left is how many days come
// after it. The feed is put live when it was in test for a month; the evening
// before the last something leaks, and the last message is not understood.
func (w *Zone) warehouseDay(ctx context.Context, on clock.Date, left int) error {
	if err := w.evening(ctx, on); err != nil || w.house == nil {
		return err
	}
	if int(on-w.house.opened) == feed.BuiltIn().At(on).TestDays {
		if err := w.customsOnFeed(ctx, w.house, "go-live"); err != nil {
			return err
		}
	}
	switch left {
	case 1:
		return w.leak(ctx, on)
	case 0:
		return w.misunderstood(ctx, on)
	}
	return nil
}
