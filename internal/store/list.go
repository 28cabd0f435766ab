package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
)

// Query says which documents a list shows: those that meet every condition,
// newest first.
type Query struct {
	Where  map[string][]string // column → values, any of which will do
	Open   bool                // only documents whose state is not final
	Before string              // cursor: Next of the page before, "" for the first page
	Limit  int                 // at most; 50 where 0, 1,000 at most
}

// Item is one document of a list.
type Item struct {
	ID      string
	Version int64
	Body    json.RawMessage
}

// Page is one page of a list. Next is "" when there is no further page.
type Page struct {
	Items []Item
	Next  string
}

const (
	usualPage = 50
	mostOfAll = 1000
)

func pageSize(limit int) int {
	if limit <= 0 {
		return usualPage
	}
	return min(limit, mostOfAll)
}

// where gives the conditions of a query as SQL, with args numbered from the
// ones there are.
func (t *table) where(q *Query, args []any) (string, []any, error) {
	var b strings.Builder
	openOnly := q.Open
	for _, name := range sortedKeys(q.Where) {
		i, err := t.column(name)
		if err != nil {
			return "", nil, err
		}
		values := q.Where[name]
		marks := make([]string, len(values))
		for k, value := range values {
			v, err := t.columns[i].value(value)
			if err != nil {
				return "", nil, err
			}
			args = append(args, v)
			marks[k] = "$" + strconv.Itoa(len(args))
		}
		b.WriteString(" AND " + name + " IN (" + strings.Join(marks, ", ") + ")")
		if name == "state" && t.columns[i].index == open && !slices.ContainsFunc(values, t.isFinal) {
			openOnly = true // lets the index of open documents be used
		}
	}
	if openOnly && len(t.final) > 0 {
		b.WriteString(" AND " + t.stillOpen())
	}
	return b.String(), args, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// List gives one page of the documents of a kind, newest first. Any column may
// be a condition; a list by an indexed one costs what the page costs, a list by
// others walks back until the page is full.
func (s *Store) List(ctx context.Context, kind decision.Kind, q Query) (Page, error) {
	t, err := tableOf(kind)
	if err != nil {
		return Page{}, err
	}
	limit := pageSize(q.Limit)
	var items []Item
	if c := s.behindColumn(t, &q); c != nil {
		items, err = s.listBehind(ctx, t, c, &q, limit+1)
	} else {
		items, err = s.listDirect(ctx, t, &q, nil, limit+1)
	}
	if err != nil {
		return Page{}, fmt.Errorf("list %s: %w", kind, err)
	}
	if len(items) > limit {
		return Page{items[:limit], items[limit-1].ID}, nil
	}
	return Page{Items: items}, nil
}

// OpenWhere gives the bodies of all documents of a kind that are not final and
// have a value in a column, newest first, at most limit.
func (s *Store) OpenWhere(ctx context.Context, kind decision.Kind, column, value string, limit int) ([]json.RawMessage, error) {
	var bodies []json.RawMessage
	for before := ""; len(bodies) < limit; {
		page, err := s.List(ctx, kind, Query{Where: map[string][]string{column: {value}}, Open: true, Before: before, Limit: min(500, limit-len(bodies))})
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			bodies = append(bodies, item.Body)
		}
		if before = page.Next; before == "" {
			break
		}
	}
	return bodies, nil
}

// listDirect reads a page from the table, of the given ids where there are any.
func (s *Store) listDirect(ctx context.Context, t *table, q *Query, ids []string, limit int) ([]Item, error) {
	where, args, err := t.where(q, nil)
	if err != nil {
		return nil, err
	}
	if q.Before != "" {
		args = append(args, q.Before)
		where += " AND id < $" + strconv.Itoa(len(args))
	}
	if ids != nil {
		marks := make([]string, len(ids))
		for i, id := range ids {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		where += " AND id IN (" + strings.Join(marks, ", ") + ")"
	}
	args = append(args, limit)
	rows, err := s.read.QueryContext(ctx, "SELECT id, version, body FROM "+t.name+" WHERE 1 = 1"+where+" ORDER BY id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var items []Item
	for rows.Next() {
		var i Item
		var body []byte
		if err := rows.Scan(&i.ID, &i.Version, &body); err != nil {
			return nil, err
		}
		i.Body = body
		items = append(items, i)
	}
	return items, rows.Err()
}

// behindColumn gives the condition to find candidates by, where the engine keeps
// its index behind and no better one is asked for.
func (s *Store) behindColumn(t *table, q *Query) *column {
	if !s.engine.alone() || q.Open {
		return nil
	}
	var found *column
	for name, values := range q.Where {
		i, err := t.column(name)
		if err != nil || len(values) != 1 {
			continue
		}
		switch c := &t.columns[i]; c.index {
		case unique, direct:
			return nil
		case open:
			if !t.isFinal(values[0]) {
				return nil
			}
		case behind:
			found = c
		case listed:
		}
	}
	return found
}

func (s *Store) listBehind(ctx context.Context, t *table, c *column, q *Query, limit int) ([]Item, error) {
	value, err := c.value(q.Where[c.name][0])
	if err != nil {
		return nil, err
	}
	const step = 200
	var items []Item
	at := q.Before
	for len(items) < limit {
		ids, err := s.candidates(ctx, s.read, t, c, asText(value), at, true, step)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			break
		}
		some, err := s.listDirect(ctx, t, &Query{Where: q.Where, Open: q.Open}, ids, step)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
		if len(ids) < step {
			break
		}
		at = ids[len(ids)-1]
	}
	return items[:min(len(items), limit)], nil
}

// Count counts documents, to at most limit: a screen shows "1,000+" and does not
// wait for the rest.
func (s *Store) Count(ctx context.Context, kind decision.Kind, q Query, limit int) (int, error) {
	t, err := tableOf(kind)
	if err != nil {
		return 0, err
	}
	where, args, err := t.where(&q, nil)
	if err != nil {
		return 0, err
	}
	args = append(args, limit)
	var n int
	err = s.read.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+t.name+" WHERE 1 = 1"+where+" LIMIT $"+strconv.Itoa(len(args))+") AS found", args...).Scan(&n)
	return n, err
}

// CountOpen counts the documents of a kind that are not final, by state: the
// first screen of an officer. It costs what is open, not what is stored.
func (s *Store) CountOpen(ctx context.Context, kind decision.Kind) (map[string]int, error) {
	t, err := tableOf(kind)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, "SELECT state, count(*) FROM "+t.name+" WHERE "+t.stillOpen()+" GROUP BY state")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var state sql.NullString
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		counts[state.String] = n
	}
	return counts, rows.Err()
}

// Due gives the documents of a kind that are not final and fall due on or before
// a day, by the column due_on (obligation, tax_bill, inspection_order: the due
// day), soonest first. after is the cursor Next of the page before. It costs
// what is found.
func (s *Store) Due(ctx context.Context, kind decision.Kind, until clock.Date, after string, limit int) (Page, error) {
	t, err := tableOf(kind)
	if err != nil {
		return Page{}, err
	}
	if _, err := t.column("due_on"); err != nil {
		return Page{}, err
	}
	day, id := "", ""
	if after != "" {
		var ok bool
		if day, id, ok = strings.Cut(after, "|"); !ok {
			return Page{}, fault.New(fault.Invalid, "STORE-CURSOR-01", "/after", "this is not the cursor of a page", "begin with the first page")
		}
	}
	limit = pageSize(limit)
	rows, err := s.read.QueryContext(ctx, "SELECT id, version, body, due_on FROM "+t.name+" WHERE due_on <= $1 AND (due_on, id) > ($2, $3) AND "+
		t.stillOpen()+" ORDER BY due_on, id LIMIT $4", until.String(), day, id, limit+1)
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	var p Page
	for rows.Next() {
		var i Item
		var body []byte
		var due string
		if err := rows.Scan(&i.ID, &i.Version, &body, &due); err != nil {
			return Page{}, err
		}
		if len(p.Items) == limit {
			p.Next = day + "|" + p.Items[limit-1].ID
			break
		}
		day = due
		i.Body = body
		p.Items = append(p.Items, i)
	}
	return p, rows.Err()
}

// openPage is how many documents OpenPage gives in one go.
const openPage = 500

// OpenPage gives the bodies of the documents of a kind that are not final, page by
// page: before is the cursor of the page before, next that of the one after.
func (s *Store) OpenPage(ctx context.Context, kind decision.Kind, before string) (bodies []json.RawMessage, next string, err error) {
	page, err := s.List(ctx, kind, Query{Open: true, Before: before, Limit: openPage})
	if err != nil {
		return nil, "", err
	}
	for _, item := range page.Items {
		bodies = append(bodies, item.Body)
	}
	return bodies, page.Next, nil
}
