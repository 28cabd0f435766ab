package bonded

import (
	"context"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/journal"
)

// Laid is what is to be laid on the difference table of a book: gathered outside
// the decision, because it is read from the chains of the books.
type Laid struct {
	Base    string // id of the table that it continues, "" for the first
	Version int64
	Begun   clock.Instant // from when on the columns are laid side by side
	Facts   []feed.Fact
	Papers  map[string]*feed.Paper
	Seen    map[string]string
	Up      int64 // messages up to this one are in it
}

// Compare lays the columns of a book side by side for today. A table that did not
// change writes nothing. Where a line parts, the journal names the first movement
// without its counterpart, and while the feed is live the officer's worklist shows
// the table. Faults: BONDED-FIND-01, BONDED-FEED-06 (the table is another by now).
func (d *Desk) Compare(ctx context.Context, c decision.Command, by decision.Actor, number string, laid Laid) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		s, err := d.sitting(v, number)
		if err != nil {
			return out, err
		}
		day := v.Now().Date()
		base, version, err := feed.Table{}, int64(0), error(nil)
		if s.feed.Table != "" {
			if base, version, err = decision.Load[feed.Table](v, dossier.FeedTable, s.feed.Table); err != nil {
				return out, err
			}
		}
		if s.feed.Table != laid.Base || version != laid.Version {
			return out, fault.New(fault.Conflict, "BONDED-FEED-06", "", "the table of account book {book} was changed meanwhile", "compare again", "book", number)
		}
		next := base.On(day)
		next.Book, next.Enterprise, next.Area, next.Office = number, s.feed.Enterprise, s.feed.Area, s.feed.Office
		next.Sequence, next.At, next.Test, next.Begun = laid.Up, v.Now(), s.feed.State == feed.TestFeed, laid.Begun
		for account, last := range laid.Seen {
			next.Seen[account] = last
		}
		if err := next.Take(laid.Facts, func(n string) *feed.Paper { return laid.Papers[n] }); err != nil {
			return out, err
		}
		parted := next.Settle(v.Now(), s.rules)
		id := feed.TableID(number, day)
		if err := s.name(&next); err != nil {
			return out, err
		}
		out.Reply = next
		if id == s.feed.Table && len(laid.Facts) == 0 && !parted && next.State == base.State && len(next.Items) == len(base.Items) {
			return out, nil
		}
		next.Revision++
		out.Puts = []decision.Put{{Kind: dossier.FeedTable, ID: id, Version: version, Body: next}}
		if id != s.feed.Table {
			out.Puts[0].Version = 0
			if s.feed.Table != "" {
				old := base
				if old.State == feed.TableOpen {
					old.State = feed.TableCarried
				}
				old.Seen = nil // the next table has it
				out.Puts = append(out.Puts, decision.Put{Kind: dossier.FeedTable, ID: s.feed.Table, Version: version, Body: old})
			}
			s.feed.Table = id
		}
		if parted {
			s.feed.CleanSince = day
		}
		s.feed.Parted = next.Parted()
		s.alarm()
		out.Entries, out.Orders = s.out.Entries, s.out.Orders
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Feed, ID: number, Version: s.version, Body: s.feed})
		if parted {
			for i := range next.Rows {
				r := &next.Rows[i]
				if was := rowOf(&base, r.Line); r.First == nil || was != nil && was.First != nil && *was.First == *r.First && was.Items == r.Items {
					continue
				}
				f := r.First
				e := feedEntry(v, &s.feed, by, "feed.parted", "", map[string]any{
					"line": r.Line, "book": r.Book, "system": r.System, "gate": r.Gate, "apart": r.Apart, "column": f.Column, "part": f.Part, "lot": f.Lot, "document": f.Document,
					"on": f.On, "quantity": f.Quantity, "source": f.Source, "record": f.Record, "test": next.Test,
				}, journal.Ref{Kind: string(dossier.FeedTable), ID: id})
				out.Entries = append(out.Entries, e)
			}
		} else {
			out.Entries = append(out.Entries, feedEntry(v, &s.feed, by, "feed.compared", "", map[string]any{"day": day.String(), "state": next.State, "facts": len(laid.Facts), "open": len(next.Items)},
				journal.Ref{Kind: string(dossier.FeedTable), ID: id}))
		}
		return out, nil
	})
}

func rowOf(t *feed.Table, line int) *feed.Row {
	for i := range t.Rows {
		if t.Rows[i].Line == line {
			return &t.Rows[i]
		}
	}
	return nil
}

// name writes names and units of the book's lines into a table.
func (s *sitting) name(t *feed.Table) error {
	if _, err := s.LineUnit(0); err != nil {
		return err
	}
	for i := range t.Rows {
		if l, ok := s.book.Line(t.Rows[i].Line); ok {
			t.Rows[i].Unit, t.Rows[i].Name = l.Unit, l.Name
		}
	}
	return nil
}

// ExplainDifference is an officer's reason for a line that is apart. Faults:
// STORE-ABSENT-01, FEED-TABLE-01, -02, BONDED-FEED-06 (a later table has it).
func (d *Desk) ExplainDifference(ctx context.Context, c decision.Command, by decision.Actor, id string, line int, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		t, version, err := decision.Load[feed.Table](v, dossier.FeedTable, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		s, err := d.sitting(v, t.Book)
		if err != nil {
			return decision.Outcome{}, err
		}
		if s.feed.Table != id {
			return decision.Outcome{}, fault.New(fault.Conflict, "BONDED-FEED-06", "", "the table of account book {book} was changed meanwhile", "compare again", "book", t.Book)
		}
		if t, err = t.Explain(line, by.ID, reason); err != nil {
			return decision.Outcome{}, err
		}
		s.feed.Parted = t.Parted()
		s.tell(by, "feed.explained", reason, map[string]any{"day": t.Day.String(), "line": line, "apart": rowOf(&t, line).Apart}, journal.Ref{Kind: string(dossier.FeedTable), ID: id})
		out := s.outcome(nil)
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.FeedTable, ID: id, Version: version, Body: t})
		out.Reply = t
		return out, nil
	})
}
