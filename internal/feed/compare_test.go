package feed_test

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/feed"
	"seine/internal/num"
)

// day is a fact on a day of November.
func fact(c feed.Column, document string, day int, q num.Quantity, source string) feed.Fact {
	return feed.Fact{Column: c, Line: 1, Document: document, On: clock.Day(2026, 11, day), Quantity: q, Source: source, Lot: "L" + source}
}

func TestWhereTheColumnsPart(t *testing.T) {
	papers := newShelf().papers
	b, s, g := feed.Book, feed.System, feed.Gate
	for _, c := range []struct {
		name           string
		facts          []feed.Fact
		awaited, apart num.Quantity
		items          int
		first          string // source
		state          feed.TableState
	}{
		{"all three agree", []feed.Fact{fact(b, "IN-1", 10, 9, "1"), fact(g, "IN-1", 10, 9, "2"), fact(s, "IN-1", 11, 9, "3")}, 0, 0, 0, "", feed.TableAgreed},
		{"to another book, through no gate", []feed.Fact{fact(b, "BOOK-1", 10, -9, "1"), fact(s, "BOOK-1", 10, -9, "2")}, 0, 0, 0, "", feed.TableAgreed},
		{"the system has two days", []feed.Fact{fact(b, "OUT-1", 21, -9, "1"), fact(g, "OUT-1", 21, -9, "2")}, 9, 0, 0, "", feed.TableAgreed},
		{"and no more", []feed.Fact{fact(b, "OUT-1", 20, -9, "1"), fact(g, "OUT-1", 20, -9, "2")}, 0, 9, 1, "1", feed.TableOpen},
		{"the book waits for its bill", []feed.Fact{fact(s, "OUT-1", 1, -9, "1"), fact(g, "OUT-1", 1, -9, "2")}, -9, 0, 0, "", feed.TableAgreed},
		{"posted, told and never seen at a gate", []feed.Fact{fact(b, "OUT-1", 1, -9, "1"), fact(s, "OUT-1", 1, -9, "2")}, 0, 0, 1, "2", feed.TableOpen},
		{"a lot left without papers", []feed.Fact{fact(s, "", 23, -9, "leak")}, 0, -9, 1, "leak", feed.TableOpen},
		{"on a paper that is none", []feed.Fact{fact(s, "NO", 23, -9, "leak")}, 0, -9, 1, "leak", feed.TableOpen},
		{
			"the first of several is named, whichever was told first",
			[]feed.Fact{fact(s, "", 22, -1, "late"), fact(s, "", 12, -1, "early"), fact(b, "OUT-1", 15, -9, "between"), fact(b, "IN-1", 1, 5, "a"), fact(g, "IN-1", 1, 5, "b"), fact(s, "IN-1", 2, 5, "c")},
			0, 7, 3, "early", feed.TableOpen,
		},
		{
			"of a paper it is the movement after the last agreement",
			[]feed.Fact{fact(b, "OUT-1", 1, -5, "1"), fact(g, "OUT-1", 1, -5, "2"), fact(s, "OUT-1", 1, -5, "3"), fact(b, "OUT-1", 5, -4, "4"), fact(g, "OUT-1", 5, -4, "5"), fact(s, "OUT-1", 6, -3, "6")},
			0, 1, 1, "6", feed.TableOpen,
		},
		{"what was there before the system told", append(feed.Openings(1, 9, clock.Day(2026, 11, 1)), fact(s, feed.Opening, 2, 9, "1")), 0, 0, 0, "", feed.TableAgreed},
		{"and what of it the first count did not find", append(feed.Openings(1, 9, clock.Day(2026, 11, 1)), fact(s, feed.Opening, 2, 8, "1")), 0, -1, 1, "1", feed.TableOpen},
	} {
		table := feed.Table{Book: "B"}.On(today)
		if err := table.Take(c.facts, func(n string) *feed.Paper { return papers[n] }); err != nil {
			t.Fatal(err)
		}
		parted := table.Settle(today.Start(), rules)
		r := table.Rows[0]
		first := ""
		if r.First != nil {
			first = r.First.Source
		}
		if r.Awaited != c.awaited || r.Apart != c.apart || r.Items != c.items || first != c.first || table.State != c.state || parted != (c.items > 0) {
			t.Errorf("%s: %+v, first %q, %s", c.name, r, first, table.State)
		}
		if table.State == feed.TableAgreed && r.Items == 0 && r.Awaited == 0 && r.Gate != r.Book {
			t.Errorf("%s: nothing is open, and the gate stands at %d, the book at %d", c.name, r.Gate, r.Book)
		}
		if r.System-r.Book != r.Awaited+r.Apart {
			t.Errorf("%s: system less book is %v, awaited and apart are %v and %v", c.name, r.System-r.Book, r.Awaited, r.Apart)
		}
		if table.Settle(today.Start(), rules) {
			t.Errorf("%s: parts again though nothing changed", c.name)
		}
	}
}

// A table is carried on: what agrees leaves it, an explanation stays until the
// difference is another.
func TestATableIsCarriedFromDayToDay(t *testing.T) {
	none := func(string) *feed.Paper { return nil }
	table := feed.Table{Book: "B"}.On(today)
	_ = table.Take([]feed.Fact{fact(feed.System, "", 22, -9, "leak")}, none)
	table.Settle(today.Start(), rules)
	explained, err := table.Explain(1, "officer", "burnt")
	if err != nil || explained.State != feed.TableExplained || table.Rows[0].Explained != "" {
		t.Fatal(explained, err)
	}
	next := explained.On(today + 1)
	if next.Settle((today+1).Start(), rules) || next.State != feed.TableExplained || next.Rows[0].First.Source != "leak" {
		t.Errorf("the next day: %+v", next)
	}
	_ = next.Take([]feed.Fact{fact(feed.System, "", 23, -1, "more")}, none)
	if !next.Settle((today+1).Start(), rules) || next.State != feed.TableOpen || next.Rows[0].Items != 2 || next.Rows[0].Apart != -10 {
		t.Errorf("after another: %+v", next.Rows[0])
	}
	if len(explained.Items) != 1 {
		t.Error("the table before was changed")
	}
	if _, err := next.Explain(7, "o", "r"); err == nil {
		t.Error("a line that is not apart was explained")
	}
}
