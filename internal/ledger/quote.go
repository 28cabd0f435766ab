package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// quoteMagic opens the canonical bytes of a movement; the last byte is the
// version of this layout.
const quoteMagic = "seinemove\x01"

// Leaf is SHA-256 of the canonical bytes of one movement. Whoever may not see the
// movement is shown its leaf instead, and the quote stays proven.
type Leaf [32]byte

// Leaf gives the leaf of m. All numbers of the bytes hashed are big-endian, text
// is its length as u32 and UTF-8:
//
//	10 bytes     "seinemove" and the layout version, 1
//	then text    ID, Kind, From, To, Pending, Cause, Turn, PrevFrom, PrevTo
//	then i64     Quantity, Value, AfterFrom, AfterTo, Recorded
//	then i32     EffectiveOn
//	then a byte  1 where arrival layers were moved, else 0
//
// The entry that quotes the movement is not part of it: that is what the quote
// says.
func (m *Movement) Leaf() Leaf {
	var room [512]byte
	b := append(room[:0], quoteMagic...)
	for _, s := range [...]string{m.ID, string(m.Kind), m.From, m.To, m.Pending, m.Cause, m.Turn, m.PrevFrom, m.PrevTo} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	for _, n := range [...]int64{int64(m.Quantity), int64(m.Value), int64(m.AfterFrom), int64(m.AfterTo), int64(m.Recorded)} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(m.EffectiveOn))
	if m.Layered {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return sha256.Sum256(b)
}

// Quoted gives the one hash by which a journal entry quotes the movements that
// were written with it: SHA-256 over their leaves in the order of the movements'
// ids. The order of moves stays as it is.
func Quoted(moves []Movement) [32]byte {
	order := make([]*Movement, len(moves))
	for i := range moves {
		order[i] = &moves[i]
	}
	slices.SortFunc(order, func(a, b *Movement) int { return cmp.Compare(a.ID, b.ID) })
	leaves := make([]Leaf, len(order))
	for i, m := range order {
		leaves[i] = m.Leaf()
	}
	return QuotedLeaves(leaves)
}

// QuotedLeaves is Quoted for leaves that stand in the order of their movements'
// ids already.
func QuotedLeaves(leaves []Leaf) [32]byte {
	h := sha256.New()
	for i := range leaves {
		h.Write(leaves[i][:])
	}
	return [32]byte(h.Sum(nil))
}
