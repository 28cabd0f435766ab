package check

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// entryRow is one entry of the journal as it is stored.
type entryRow struct {
	position, at, on                                              int64
	id, actor, actorKind, kind, subject, enterprise, area, office string
	rule, law, reason, cause                                      string
	body                                                          []byte
	salt, commitment                                              []byte
	moved                                                         string // ids of the movements quoted, one a line
	movedHash                                                     []byte
	refs                                                          []ref
	hash                                                          [32]byte
	unreadable                                                    string
	facts                                                         map[string]json.RawMessage // of the entries that are replayed
}

type ref struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// commit works out what the journal must have committed to: SHA-256 of the salt
// and the entry in the layout that the journal documents: "seinelog", a byte 1,
// the recorded moment (8 bytes), the legal day (4), eleven texts, the subjects,
// and the body as tagged values with the names of objects in order; where
// movements are quoted the byte is 2, and their count and hash end it.
func (e *entryRow) commit() ([32]byte, error) {
	var b bytes.Buffer
	b.Write(e.salt)
	b.WriteString("seinelog")
	if e.moved != "" {
		b.WriteByte(2)
	} else {
		b.WriteByte(1)
	}
	put := func(v any) { _ = binary.Write(&b, binary.BigEndian, v) } // a buffer takes everything
	text := func(s string) {
		put(uint32(len(s)))
		b.WriteString(s)
	}
	put(e.at)
	put(int32(e.on))
	for _, s := range []string{e.id, e.kind, e.actor, e.actorKind, e.enterprise, e.area, e.office, e.rule, e.law, e.reason, e.cause} {
		text(s)
	}
	put(uint32(len(e.refs)))
	for _, s := range e.refs {
		text(s.Kind)
		text(s.ID)
	}
	var body bytes.Buffer
	if len(e.body) > 0 {
		value, err := tree(e.body)
		if err != nil {
			return [32]byte{}, err
		}
		plant(&body, value)
	}
	put(uint32(body.Len()))
	b.Write(body.Bytes())
	if e.moved != "" {
		put(uint32(lines(e.moved)))
		b.Write(e.movedHash)
	}
	return sha256.Sum256(b.Bytes()), nil
}

func lines(s string) int {
	if s == "" {
		return 0
	}
	return strings.Count(s, "\n") + 1
}

// tree reads one JSON value with its numbers as they are written.
func tree(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return value, nil
}

// plant writes a value in the tagged layout.
func plant(b *bytes.Buffer, value any) {
	size := func(n int) { b.Write(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	text := func(s string) {
		size(len(s))
		b.WriteString(s)
	}
	switch v := value.(type) {
	case nil:
		b.WriteByte('n')
	case bool:
		if v {
			b.WriteByte('t')
		} else {
			b.WriteByte('f')
		}
	case json.Number:
		b.WriteByte('#')
		text(v.String())
	case string:
		b.WriteByte('"')
		text(v)
	case []any:
		b.WriteByte('[')
		size(len(v))
		for _, inner := range v {
			plant(b, inner)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.SortFunc(names, strings.Compare)
		b.WriteByte('{')
		size(len(names))
		for _, name := range names {
			text(name)
			plant(b, v[name])
		}
	}
}

// grown is the tree of the journal as it grows, leaf by leaf (RFC 6962: a leaf
// is SHA-256 of a zero byte and the commitment, a node of a one byte and both
// children). Every node that becomes whole is kept folded to eight bytes, to be
// compared with the stored ones.
type grown struct {
	size   int64
	peaks  []peak // whole subtrees from the left, each smaller than the one before
	folded [][]uint64
}

type peak struct {
	level int
	hash  [32]byte
}

func (g *grown) add(commitment []byte) {
	leaf := sha256.Sum256(append([]byte{0}, commitment...))
	g.size++
	g.peaks = append(g.peaks, peak{0, leaf})
	for n := len(g.peaks); n > 1 && g.peaks[n-1].level == g.peaks[n-2].level; n-- {
		left, right := g.peaks[n-2], g.peaks[n-1]
		next := peak{left.level + 1, parent(left.hash, right.hash)}
		g.peaks = append(g.peaks[:n-2], next)
		for len(g.folded) <= next.level {
			g.folded = append(g.folded, nil)
		}
		g.folded[next.level] = append(g.folded[next.level], fold(next.hash[:]))
	}
}

// root gives the root over all leaves so far.
func (g *grown) root() [32]byte {
	if len(g.peaks) == 0 {
		return sha256.Sum256(nil)
	}
	root := g.peaks[len(g.peaks)-1].hash
	for i := len(g.peaks) - 2; i >= 0; i-- {
		root = parent(g.peaks[i].hash, root)
	}
	return root
}

func parent(left, right [32]byte) [32]byte {
	return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
}

// fold makes eight bytes of a hash in which every bit of it counts.
func fold(hash []byte) uint64 {
	var f uint64
	for i, c := range hash {
		f ^= uint64(c) << (8 * (i % 8))
	}
	return f
}
