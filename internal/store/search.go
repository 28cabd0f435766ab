package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Columns with random values would make every commit touch pages all over an
// index that grows without end. On SQLite they are therefore found through
// blocks: each commit leaves one row in search_tail, at the end of that table,
// with what is to be searched of its documents; a job moves the rows, some at a
// time, into search_behind, whose key begins with a block number, so that only
// the youngest block is ever written. A search looks into each block and into the
// tail, so nothing is missed meanwhile.
//
// The text of a row is, for each document, documentMark, its id, fieldMark, and
// for each column kind.column=value and fieldMark. A row of an earlier version is
// of one document: its kind and id are columns, and its text has no documentMark
// and no kinds.
const (
	documentMark = "\x1d"
	fieldMark    = "\x1e"
	searchBlock  = 16 // a block is 2^16 documents
)

// behindFields appends what the tail keeps of a document: the columns that are
// built behind and whose value is new. It tells whether there were any.
func (d *docRow) behindFields(b *strings.Builder, memory *cache[docKey, cachedDoc]) bool {
	var before []any
	looked, any := false, false
	for i, c := range d.table.columns {
		if c.index != behind || d.columns[i] == nil {
			continue
		}
		if !looked && d.base > 0 {
			looked = true
			if doc, ok := memory.get(docKey{d.table.kind, d.id}); ok {
				before = doc.columns
			}
		}
		if before != nil && before[i] == d.columns[i] {
			continue
		}
		if !any {
			any = true
			b.WriteString(documentMark)
			b.WriteString(d.id)
			b.WriteString(fieldMark)
		}
		b.WriteString(string(d.table.kind))
		b.WriteByte('.')
		b.WriteString(c.name)
		b.WriteByte('=')
		b.WriteString(asText(d.columns[i]))
		b.WriteString(fieldMark)
	}
	return any
}

// tailRow is a row of search_tail.
type tailRow struct{ kind, id, fields string }

// each calls f for every column of every document of the row.
func (r *tailRow) each(f func(field, value, id string)) (documents int) {
	for document := range strings.SplitSeq(strings.TrimPrefix(r.fields, documentMark), documentMark) {
		id, prefix := r.id, r.kind+"."
		fields := strings.Trim(document, fieldMark)
		if r.kind == "" {
			id, fields, _ = strings.Cut(fields, fieldMark)
			prefix = ""
		}
		for one := range strings.SplitSeq(fields, fieldMark) {
			name, value, _ := strings.Cut(one, "=")
			f(prefix+name, value, id)
		}
		documents++
	}
	return documents
}

// find gives ids of documents with a value in a column, in order of id.
func (s *Store) find(ctx context.Context, q querier, t *table, name, value string, limit int) ([]string, error) {
	i, err := t.column(name)
	if err != nil {
		return nil, err
	}
	c := &t.columns[i]
	v, err := c.value(value)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = math.MaxInt32
	}
	switch {
	case c.index == listed && name != "state":
		return nil, fmt.Errorf("column %q only filters lists, documents are not found by it", name)
	case c.index == behind && s.engine.alone():
		return s.findBehind(ctx, q, t, c, v, limit)
	}
	query := "SELECT id FROM " + t.name + " WHERE " + name + " = $1"
	if c.index == open && !(name == "state" && t.isFinal(value)) {
		query += " AND " + t.stillOpen() // the very condition of the partial index
	}
	return texts(q.QueryContext(ctx, query+" ORDER BY id LIMIT $2", v, limit))
}

// texts reads one column of text.
func texts(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// findBehind collects candidates from the tail and from every block and keeps
// those whose document still has the value.
func (s *Store) findBehind(ctx context.Context, q querier, t *table, c *column, value any, limit int) ([]string, error) {
	v := asText(value)
	var found []string
	after := ""
	for len(found) < limit {
		want := min(limit-len(found), 1<<20)
		page, err := s.candidates(ctx, q, t, c, v, after, false, want)
		if err != nil {
			return nil, err
		}
		for chunk := range slices.Chunk(page, 200) {
			args := []any{value}
			marks := make([]string, len(chunk))
			for i, id := range chunk {
				args = append(args, id)
				marks[i] = fmt.Sprintf("$%d", i+2)
			}
			still, err := texts(q.QueryContext(ctx, "SELECT id FROM "+t.name+" WHERE "+c.name+" = $1 AND id IN ("+strings.Join(marks, ", ")+") ORDER BY id", args...))
			if err != nil {
				return nil, err
			}
			found = append(found, still...)
		}
		if len(page) < want {
			break
		}
		after = page[len(page)-1]
	}
	return found[:min(len(found), limit)], nil
}

func tailRows(rows *sql.Rows, err error) ([]tailRow, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []tailRow
	for rows.Next() {
		var r tailRow
		if err := rows.Scan(&r.kind, &r.id, &r.fields); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// candidates gives the first ids after one (or before it, downwards) that had
// the value at some time.
func (s *Store) candidates(ctx context.Context, q querier, t *table, c *column, v, after string, downwards bool, limit int) ([]string, error) {
	wanted := string(t.kind) + "." + c.name
	tail, err := tailRows(q.QueryContext(ctx, "SELECT kind, id, fields FROM search_tail WHERE kind = '' AND instr(fields, $1) > 0 OR kind = $2 AND instr(fields, $3) > 0",
		fieldMark+wanted+"="+v+fieldMark, string(t.kind), fieldMark+c.name+"="+v+fieldMark))
	if err != nil {
		return nil, err
	}
	var all []string
	for i := range tail {
		tail[i].each(func(field, value, id string) {
			if field == wanted && value == v && (after == "" || (id > after) != downwards && id != after) {
				all = append(all, id)
			}
		})
	}
	var low, high sql.NullInt64
	if err := q.QueryRowContext(ctx, "SELECT (SELECT min(block) FROM search_behind), (SELECT max(block) FROM search_behind)").Scan(&low, &high); err != nil {
		return nil, err
	}
	query := "SELECT id FROM search_behind WHERE block = $1 AND field = $2 AND value = $3 AND id > $4 ORDER BY id LIMIT $5"
	if downwards {
		query = "SELECT id FROM search_behind WHERE block = $1 AND field = $2 AND value = $3 AND id < $4 ORDER BY id DESC LIMIT $5"
		if after == "" {
			after = "\U0010FFFF"
		}
	}
	if high.Valid {
		for block := low.Int64; block <= high.Int64; block++ {
			ids, err := texts(q.QueryContext(ctx, query, block, string(t.kind)+"."+c.name, v, after, limit))
			if err != nil {
				return nil, err
			}
			all = append(all, ids...)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if downwards {
		slices.Reverse(all)
	}
	return all[:min(len(all), limit)], nil
}

// nextSearched moves the oldest rows of the tail into the blocks, nil where the
// tail is empty.
func (s *Store) nextSearched(ctx context.Context) (*addition, error) {
	if !s.engine.alone() {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, "SELECT seq, kind, id, fields FROM search_tail ORDER BY seq LIMIT $1", behindChunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type row struct {
		block            int64
		field, value, id string
	}
	var all []row
	var last int64
	moved := 0
	for moved < behindChunk && rows.Next() {
		var r tailRow
		if err := rows.Scan(&last, &r.kind, &r.id, &r.fields); err != nil {
			return nil, err
		}
		moved += r.each(func(field, value, id string) {
			all = append(all, row{last >> searchBlock, field, value, id})
		})
	}
	if err := rows.Err(); err != nil || moved == 0 {
		return nil, err
	}
	slices.SortFunc(all, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.block, b.block), strings.Compare(a.field, b.field), strings.Compare(a.value, b.value), strings.Compare(a.id, b.id))
	})
	return &addition{more: moved >= behindChunk, write: func(ctx context.Context, tx *sql.Tx) error {
		err := insertMany(ctx, tx, plainMarks, "INSERT OR IGNORE INTO search_behind (block, field, value, id)", "", 4, len(all), func(i int, values []any) []any {
			return append(values, all[i].block, all[i].field, all[i].value, all[i].id)
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec("DELETE FROM search_tail WHERE seq <= $1", last)
		return err
	}}, nil
}
