package feed

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Column is one of the three that are laid side by side.
type Column string

const (
	Book   Column = "book"   // the legal book
	System Column = "system" // what the enterprise's system told
	Gate   Column = "gate"   // what passed the gates
)

// Fact is a movement of one line of the book as one column has it. Quantity is
// above 0 for what came, below for what went.
type Fact struct {
	Column   Column       `json:"column"`
	Line     int          `json:"line"`
	Document string       `json:"document,omitempty"` // verification list; "" for a movement without one
	On       clock.Date   `json:"on"`
	Quantity num.Quantity `json:"quantity"`
	Source   string       `json:"source"`             // message, movement of the books or passage
	Sequence int64        `json:"sequence,omitempty"` // of the message
	Record   int          `json:"record,omitempty"`   // in it, from 0
	Kind     Kind         `json:"kind,omitempty"`
	Part     string       `json:"part,omitempty"`
	Lot      string       `json:"lot,omitempty"`
}

// Item is one paper of one line, or one movement without a paper, about which the
// columns do not agree yet.
type Item struct {
	Line     int    `json:"line"`
	Document string `json:"document,omitempty"`
	Known    bool   `json:"known,omitempty"` // the paper is a list of this book
	Gate     bool   `json:"gate,omitempty"`  // its goods pass a gate
	State    string `json:"state"`           // awaited, apart
	Facts    []Fact `json:"facts"`
}

// What an open item is.
const (
	Awaited = "awaited" // the others have time yet
	Apart   = "apart"
)

// Sum is what a column has of the item.
func (i *Item) Sum(c Column) num.Quantity {
	var sum num.Quantity
	for k := range i.Facts {
		if i.Facts[k].Column == c {
			sum += i.Facts[k].Quantity
		}
	}
	return sum
}

// agrees tells whether all columns that must have the item have the same.
func (i *Item) agrees() bool {
	if i.Document == "" || !i.Known && i.Document != Opening {
		return len(i.Facts) == 0 || i.Sum(System) == 0 && i.Sum(Book) == 0 && i.Sum(Gate) == 0
	}
	return i.Sum(Book) == i.Sum(System) && (!i.Gate || i.Sum(Gate) == i.Sum(Book))
}

// settle says whether the item must still be awaited on a day.
func (i *Item) settle(today clock.Date, rules Rules) {
	i.State = Apart
	if i.Document == "" || !i.Known && i.Document != Opening {
		return
	}
	var last clock.Date
	for k := range i.Facts {
		last = max(last, i.Facts[k].On)
	}
	// The book waits for the release of the bill, which takes as long as it takes:
	// gate and system agree and nothing was posted.
	if i.Sum(Book) == 0 && i.Gate && i.Sum(System) == i.Sum(Gate) || int(today-last) <= rules.MovementDays {
		i.State = Awaited
	}
}

// first gives the movement at which the columns part and do not meet again. Of a
// paper that several columns have, the system's own movement is named.
func (i *Item) first() Fact {
	facts := slices.Clone(i.Facts)
	slices.SortStableFunc(facts, func(a, b Fact) int { return cmp.Compare(a.On, b.On) })
	at := 0
	prefix := Item{Document: i.Document, Known: i.Known, Gate: i.Gate}
	for k := range facts {
		prefix.Facts = facts[:k+1]
		if i.Document != "" && prefix.agrees() {
			at = k + 1
		}
	}
	at = min(at, len(facts)-1)
	for k := at; k < len(facts); k++ {
		if facts[k].Column == System {
			return facts[k]
		}
	}
	return facts[at]
}

// Row is one line of the book in the three columns.
type Row struct {
	Line        int               `json:"line"`
	Unit        codelist.UnitCode `json:"unit,omitempty"`
	Name        string            `json:"name,omitempty"`
	Book        num.Quantity      `json:"book"`
	System      num.Quantity      `json:"system"`
	Gate        num.Quantity      `json:"gate"`
	Awaited     num.Quantity      `json:"awaited,omitempty"` // of system less book: papers still under way
	Apart       num.Quantity      `json:"apart,omitempty"`   // the rest of system less book
	Items       int               `json:"items,omitempty"`   // that are apart
	First       *Fact             `json:"first,omitempty"`   // first movement without its counterpart
	Explained   string            `json:"explained,omitempty"`
	ExplainedBy string            `json:"explainedBy,omitempty"`
}

// TableState is what a day's table says.
type TableState string

const (
	TableAgreed    TableState = "agreed"
	TableOpen      TableState = "open"
	TableExplained TableState = "explained"
	TableCarried   TableState = "carried" // what was open stands in a later day's table
)

// Table is the standing difference table of a book on one day: book, system and
// gate side by side. It is carried from day to day; what all columns agree about
// leaves it.
type Table struct {
	Book       string            `json:"book"`
	Enterprise string            `json:"enterprise"`
	Area       string            `json:"area,omitempty"`
	Office     string            `json:"office,omitempty"`
	Day        clock.Date        `json:"day"`
	At         clock.Instant     `json:"at"`
	Begun      clock.Instant     `json:"begun,omitempty"` // what moved before is no matter of the first table of the feed
	State      TableState        `json:"state"`
	Test       bool              `json:"test,omitempty"` // the feed was in its test
	Rows       []Row             `json:"rows"`
	Items      []Item            `json:"items,omitempty"`
	Sequence   int64             `json:"sequence"`           // messages up to this one are in it
	Seen       map[string]string `json:"seen,omitempty"`     // account → last movement of the books that is in it
	Revision   int               `json:"revision,omitempty"` // how often the day's table was changed
}

// TableID names the table of a day.
func TableID(book string, day clock.Date) string { return book + "|" + day.String() }

// On gives the table carried to a day.
func (t Table) On(day clock.Date) Table {
	if t.Day != day {
		t.Day, t.Revision = day, 0
	}
	t.Rows, t.Items, t.Seen = slices.Clone(t.Rows), slices.Clone(t.Items), maps.Clone(t.Seen)
	for i := range t.Items {
		t.Items[i].Facts = slices.Clone(t.Items[i].Facts)
	}
	if t.Seen == nil {
		t.Seen = map[string]string{}
	}
	return t
}

// Line gives the row of a line, new where there is none.
func (t *Table) Line(line int) *Row {
	at, found := slices.BinarySearchFunc(t.Rows, line, func(r Row, n int) int { return cmp.Compare(r.Line, n) })
	if !found {
		t.Rows = slices.Insert(t.Rows, at, Row{Line: line})
	}
	return &t.Rows[at]
}

// maxItemFacts bounds what is kept of one paper; further movements of the same
// column are added to its last.
const maxItemFacts = 200

// Take lays further movements on the table. paper tells of the lists that they
// name, nil for one that is none of this book.
func (t *Table) Take(facts []Fact, paper func(number string) *Paper) error {
	var err error
	for _, f := range facts {
		row := t.Line(f.Line)
		column := map[Column]*num.Quantity{Book: &row.Book, System: &row.System, Gate: &row.Gate}[f.Column]
		if *column, err = num.Add(*column, f.Quantity); err != nil {
			return fmt.Errorf("line %d: %w", f.Line, err)
		}
		item := t.item(&f)
		if f.Document != "" && !item.Known {
			if p := paper(f.Document); p != nil {
				item.Known, item.Gate = true, p.Gate
			}
		}
		if f.Column == Book && item.Known && !item.Gate {
			// These goods pass no gate: its column follows the book, else it would stand
			// apart from the others for ever.
			if row.Gate, err = num.Add(row.Gate, f.Quantity); err != nil {
				return fmt.Errorf("line %d: %w", f.Line, err)
			}
		}
		if n := len(item.Facts); n >= maxItemFacts {
			for k := n - 1; k >= 0; k-- {
				if item.Facts[k].Column == f.Column {
					item.Facts[k].Quantity += f.Quantity
					break
				}
			}
			continue
		}
		item.Facts = append(item.Facts, f)
	}
	return nil
}

// item finds the open item of a movement, or opens it. A movement without a paper
// is an item by itself.
func (t *Table) item(f *Fact) *Item {
	for i := range t.Items {
		if it := &t.Items[i]; it.Line == f.Line && f.Document != "" && it.Document == f.Document {
			return it
		}
	}
	t.Items = append(t.Items, Item{Line: f.Line, Document: f.Document})
	return &t.Items[len(t.Items)-1]
}

// Settle closes what agrees and says where the columns stand apart. It tells
// whether a line parted that did not before, or at another movement.
func (t *Table) Settle(at clock.Instant, rules Rules) (parted bool) {
	today := at.Date()
	t.Items = slices.DeleteFunc(t.Items, func(i Item) bool { return i.agrees() })
	before := map[int]Row{}
	for i := range t.Rows {
		r := &t.Rows[i]
		before[r.Line] = *r
		r.Awaited, r.Apart, r.Items, r.First = 0, 0, 0, nil
	}
	for i := range t.Items {
		it := &t.Items[i]
		it.settle(today, rules)
		r := t.Line(it.Line)
		if it.State == Awaited {
			r.Awaited += it.Sum(System) - it.Sum(Book)
			continue
		}
		r.Apart += it.Sum(System) - it.Sum(Book)
		r.Items++
		if f := it.first(); r.First == nil || f.On < r.First.On || f.On == r.First.On && f.Source < r.First.Source {
			r.First = &f
		}
	}
	t.State = TableAgreed
	for i := range t.Rows {
		r, was := &t.Rows[i], before[t.Rows[i].Line]
		if r.Items == 0 {
			r.Explained, r.ExplainedBy = "", ""
			continue
		}
		same := was.First != nil && *was.First == *r.First && was.Apart == r.Apart && was.Items == r.Items
		if !same {
			r.Explained, r.ExplainedBy, parted = "", "", true
		}
		if r.Explained == "" {
			t.State = TableOpen
		} else if t.State == TableAgreed {
			t.State = TableExplained
		}
	}
	return parted
}

// Explain gives an officer's reason for a line that is apart. Faults:
// FEED-TABLE-01 (the line is not apart), -02 (no reason).
func (t Table) Explain(line int, by, reason string) (Table, error) {
	t.Rows = slices.Clone(t.Rows)
	if reason == "" || len(reason) > maxReason {
		return t, fault.New(fault.Invalid, "FEED-TABLE-02", "/reason", "a difference is explained by a reason of 1 to {limit} characters", "say what happened", "limit", maxReason)
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Line != line || r.Items == 0 {
			continue
		}
		r.Explained, r.ExplainedBy = reason, by
		t.State = TableExplained
		for k := range t.Rows {
			if t.Rows[k].Items > 0 && t.Rows[k].Explained == "" {
				t.State = TableOpen
			}
		}
		return t, nil
	}
	return t, fault.New(fault.Refused, "FEED-TABLE-01", "/line", "line {line} is not apart", "choose a line with a difference", "line", line)
}

// Facts gives what a message did to what the enterprise answers for: the outside
// movements of bonded goods.
func (m *Received) Facts(moves []Move) []Fact {
	var facts []Fact
	for i := range moves {
		v := &moves[i]
		if q := v.Outside(); q != 0 && v.Line != 0 && v.Status == ledger.Bonded {
			facts = append(facts, Fact{
				Column: System, Line: v.Line, Document: v.Document, On: v.On, Quantity: q, Source: MessageID(m.Book, m.Sequence), Sequence: m.Sequence, Record: v.Record,
				Kind: v.Kind, Part: v.Part, Lot: v.Lot,
			})
		}
	}
	return facts
}

// Openings are the facts by which a table begins: what the book and the gate held
// before the system told of anything.
func Openings(line int, held num.Quantity, on clock.Date) []Fact {
	if held == 0 {
		return nil
	}
	source := Opening + "/" + strconv.Itoa(line)
	return []Fact{
		{Column: Book, Line: line, Document: Opening, On: on, Quantity: held, Source: source},
		{Column: Gate, Line: line, Document: Opening, On: on, Quantity: held, Source: source},
	}
}
