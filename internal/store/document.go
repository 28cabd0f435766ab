package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/decision"
)

// index says how documents are found by a column.
type index uint8

const (
	listed index = iota // filters lists, is not found by
	unique              // at once; no two documents share a value
	direct              // at once
	open                // at once, while the document's state is not final: worklists
	behind              // on SQLite built behind the writer: random values on a hot table
)

// form says how a column is stored.
type form uint8

const (
	text    form = iota // as it stands in the body; days too, as YYYY-MM-DD
	integer             // whole number
	instant             // microseconds since 1970 UTC
)

// column is one thing that documents of a kind are searched or filtered by. Its
// value stands in the body at a JSON pointer whose names match without regard to
// capitals and underscores ("/creditCode" finds "CreditCode" and "credit_code");
// several pointers joined by "|" give their values joined by "|"; of pointers
// joined by "," the first that gives a value counts. at "" means the column's own
// name. when, such as "/state=overdue", leaves the column empty in all other
// documents.
type column struct {
	name  string
	at    string
	form  form
	index index
	when  string
}

// origin is where the value of a column comes from: alternatives of each part,
// and the part that must have a certain value.
type origin struct {
	parts [][]int
	only  int // -1: always
	value string
}

// table is how one kind of document is kept. Every table also has id, version
// and body, and is read in the order of ids, which is the order of time. final
// are the states of which no worklist is kept.
type table struct {
	kind    decision.Kind
	name    string // SQL name
	columns []column
	final   []string

	picks   *pick
	parts   int
	origins []origin // of each column

	load, insert, update string // SQL
}

// register completes a descriptor: the SQL and the reader of its columns.
func register(t table) *table {
	if t.name == "" {
		t.name = string(t.kind)
	}
	t.picks = &pick{part: -1}
	t.origins = make([]origin, len(t.columns))
	add := func(pointer string) int {
		p := t.picks.add(pointer, t.parts)
		t.parts = max(t.parts, p+1)
		return p
	}
	for i, c := range t.columns {
		at := c.at
		if at == "" {
			at = "/" + c.name
		}
		o := &t.origins[i]
		for piece := range strings.SplitSeq(at, "|") {
			var choice []int
			for pointer := range strings.SplitSeq(piece, ",") {
				choice = append(choice, add(pointer))
			}
			o.parts = append(o.parts, choice)
		}
		o.only = -1
		if pointer, value, ok := strings.Cut(c.when, "="); ok {
			o.only, o.value = add(pointer), value
		}
	}
	names, marks, sets := "id, version", "$1, $2", "version = $1"
	for i, c := range t.columns {
		names += ", " + c.name
		marks += ", $" + strconv.Itoa(i+3)
		sets += ", " + c.name + " = $" + strconv.Itoa(i+2)
	}
	n := len(t.columns)
	t.load = "SELECT version, body FROM " + t.name + " WHERE id = $1"
	t.insert = "INSERT INTO " + t.name + " (" + names + ", body) VALUES (" + marks + ", $" + strconv.Itoa(n+3) + ")"
	t.update = "UPDATE " + t.name + " SET " + sets + ", body = $" + strconv.Itoa(n+2) +
		" WHERE id = $" + strconv.Itoa(n+3) + " AND version = $" + strconv.Itoa(n+4)
	return &t
}

func (t *table) column(name string) (int, error) {
	for i := range t.columns {
		if t.columns[i].name == name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("store: documents of kind %s are not searched by %q", t.kind, name)
}

func (t *table) isFinal(state string) bool { return slices.Contains(t.final, state) }

// stillOpen is the condition of the partial index over open documents.
func (t *table) stillOpen() string {
	if len(t.final) == 0 {
		return "state IS NOT NULL"
	}
	return "state NOT IN ('" + strings.Join(t.final, "', '") + "')"
}

// row reads the searched columns out of a body: string, int64 or nil each.
func (t *table) row(body []byte) ([]any, error) {
	parts := make([]part, t.parts)
	s := scan{src: body}
	t.picks.read(&s, parts)
	if s.bad {
		return nil, fmt.Errorf("store: body of a %s is no JSON object", t.kind)
	}
	values := make([]any, len(t.columns))
	for i, c := range t.columns {
		o := &t.origins[i]
		if o.only >= 0 && parts[o.only].text != o.value {
			continue
		}
		var v string
		given := false
		for j, choice := range o.parts {
			if j > 0 {
				v += "|"
			}
			for _, p := range choice {
				if parts[p].text != "" {
					v += parts[p].text
					given = true
					break
				}
			}
		}
		if !given {
			continue
		}
		value, err := c.value(v)
		if err != nil {
			return nil, fmt.Errorf("store: column %s of a %s: %w", c.name, t.kind, err)
		}
		values[i] = value
	}
	return values, nil
}

// value brings a text to the column's form.
func (c *column) value(v string) (any, error) {
	switch c.form {
	case integer:
		if v == "" {
			return nil, nil
		}
		return strconv.ParseInt(v, 10, 64)
	case instant:
		if v == "" {
			return nil, nil
		}
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, nil
		}
		var at clock.Instant
		err := at.UnmarshalText([]byte(v))
		return int64(at), err
	case text:
	}
	return v, nil
}

// kinds are all kinds of documents, by kind.
var kinds = func() map[decision.Kind]*table {
	all := map[decision.Kind]*table{}
	for _, group := range [][]table{partyTables, manifestTables, declarationTables, bookTables, revenueTables, gateTables, controlTables, supervisionTables, systemTables} {
		for _, t := range group {
			if all[t.kind] != nil {
				panic("store: kind " + string(t.kind) + " is declared twice")
			}
			all[t.kind] = register(t)
		}
	}
	return all
}()

// Kinds lists every kind of document that can be stored, in order of name.
func Kinds() []decision.Kind {
	var all []decision.Kind
	for k := range kinds {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

func tableOf(kind decision.Kind) (*table, error) {
	if t := kinds[kind]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("store: there is no kind of document %q", kind)
}

// Columns gives the searched columns of a body, as the store would write them:
// text, int64 or absent. The second pair of eyes compares them with what stands
// in the tables.
func Columns(kind decision.Kind, body []byte) (map[string]any, error) {
	t, err := tableOf(kind)
	if err != nil {
		return nil, err
	}
	values, err := t.row(body)
	if err != nil {
		return nil, err
	}
	named := map[string]any{}
	for i, v := range values {
		if v != nil {
			named[t.columns[i].name] = v
		}
	}
	return named, nil
}
