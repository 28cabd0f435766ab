package check

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"hash"
	"strconv"
)

// quotes holds the movements against the entries of the journal that quote them.
type quotes struct {
	r        *run
	open     map[key]*quote // by entry, while movements of it are still to come
	unquoted int64
}

type quote struct {
	entry string
	left  int64
	want  []byte
	sum   hash.Hash
}

// work hashes a movement in the layout that the books document: "seinemove" and a
// byte 1, nine texts, five numbers of eight bytes, the legal day (4), and a byte
// that tells whether arrival layers moved.
func (m *moveRow) work() {
	var b bytes.Buffer
	b.WriteString("seinemove\x01")
	for _, s := range []string{m.id, m.kind, m.from, m.to, m.pending, m.cause, m.turn, m.prevFrom, m.prevTo} {
		b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		b.WriteString(s)
	}
	for _, n := range []int64{m.quantity, m.value, m.afterFrom, m.afterTo, m.recorded} {
		b.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(m.on)))
	b.WriteByte(byte(m.layered))
	m.leaf = sha256.Sum256(b.Bytes())
}

// take adds a movement to the quote of its entry; movements come in the order of
// their ids, as they were quoted.
func (q *quotes) take(m *moveRow) {
	if m.entry == "" {
		q.unquoted++
		return
	}
	k := keyOf(m.entry)
	one := q.open[k]
	if one == nil {
		if m.moved == "" {
			q.r.found(LedgerQuote, "movement", m.id, "names an entry that quotes no movement, or was quoted in full", "", m.entry)
			return
		}
		one = &quote{entry: m.entry, left: int64(lines(m.moved)), want: m.movedHash, sum: sha256.New()}
		q.open[k] = one
	}
	one.sum.Write(m.leaf[:])
	if one.left--; one.left > 0 {
		return
	}
	delete(q.open, k)
	if sum := one.sum.Sum(nil); !bytes.Equal(sum, one.want) {
		q.r.found(LedgerQuote, "entry", m.entry, "the movements are not those that the entry quotes", encoded(one.want), encoded(sum))
	}
}

// end finds the entries whose movements are not all there.
func (q *quotes) end(ctx context.Context) error {
	for _, one := range q.open {
		q.r.found(LedgerQuote, "entry", one.entry, "movements that the entry quotes are missing", "0", strconv.FormatInt(one.left, 10))
	}
	for range q.unquoted {
		q.r.skipped("movements that no entry quotes")
	}
	return q.r.all(ctx, quotedAbsent, nil, func(rows *sql.Rows) error {
		var id, moved string
		if err := rows.Scan(&id, &moved); err != nil {
			return err
		}
		q.r.found(LedgerQuote, "entry", id, "movements that the entry quotes are missing", moved, "")
		return nil
	})
}
