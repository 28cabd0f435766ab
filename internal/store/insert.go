package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// manyRows is how many rows one statement inserts where many are waiting: a
// statement costs more than a row, and on a server a whole round trip.
const manyRows = 64

// insertMany inserts count rows of so many columns. into is “INSERT INTO table
// (columns)”, end what stands after the values; row appends the values of row i.
// It is not interrupted midway: watching for that would cost time at each
// statement, and what it is used for takes milliseconds.
func insertMany(ctx context.Context, tx *sql.Tx, as valueMarks, into, end string, columns, count int, row func(i int, values []any) []any) error {
	ctx = context.WithoutCancel(ctx)
	args := make([]any, 0, columns*manyRows)
	rows := func(from, to int) []any {
		args = args[:0]
		for i := from; i < to; i++ {
			args = row(i, args)
		}
		return args
	}
	done := 0
	if count >= manyRows {
		st, err := tx.PrepareContext(ctx, into+" VALUES "+as.placeholders(columns, manyRows)+end)
		if err != nil {
			return err
		}
		defer st.Close()
		for ; done+manyRows <= count; done += manyRows {
			if _, err := st.ExecContext(ctx, rows(done, done+manyRows)...); err != nil {
				return err
			}
		}
	}
	if done == count {
		return nil
	}
	_, err := tx.ExecContext(ctx, into+" VALUES "+as.placeholders(columns, count-done)+end, rows(done, count)...)
	return err
}

// valueMarks is how a statement marks where its values go. PostgreSQL wants them
// numbered; the embedded engine's driver looks each numbered one up by its name at
// every execution, which takes longer than the row where there are hundreds.
type valueMarks bool

const (
	numberedMarks valueMarks = true
	plainMarks    valueMarks = false
)

// valueMarks gives the marks of the store's engine.
func (s *Store) valueMarks() valueMarks { return valueMarks(!s.engine.alone()) }

// placeholders gives ($1, $2), ($3, $4) and so on, or (?, ?), (?, ?).
func (m valueMarks) placeholders(columns, rows int) string {
	mark := "?"
	if m == numberedMarks {
		mark = "$"
	}
	var b strings.Builder
	for i := range columns * rows {
		switch {
		case i == 0:
			b.WriteString("(" + mark)
		case i%columns == 0:
			b.WriteString("), (" + mark)
		default:
			b.WriteString(", " + mark)
		}
		if m == numberedMarks {
			b.WriteString(strconv.Itoa(i + 1))
		}
	}
	b.WriteByte(')')
	return b.String()
}
