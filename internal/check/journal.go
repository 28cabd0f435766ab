package check

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
)

// checkpoint is one sealed size with its root.
type checkpoint struct {
	size int64
	root [32]byte
}

// journal reads every entry once: position, commitment, tree and index are
// proven, and what the later sections need of it is remembered.
func (r *run) journal(ctx context.Context) error {
	r.trail = newTrails()
	if err := r.one(ctx, entryCount, nil, &r.total); err != nil {
		return err
	}
	points, err := r.checkpoints(ctx)
	if err != nil {
		return err
	}
	sealed := int64(0)
	if len(points) > 0 {
		sealed = points[len(points)-1].size
	}
	var indexed int64
	if err := r.one(ctx, refDone, nil, &indexed); err != nil {
		return err
	}
	var tree grown
	index := newIndex()
	expected := int64(1)
	take := func(e *entryRow) {
		r.proven(e)
		if e.position != expected {
			r.differ(JournalPosition, "entry", e.id, "the positions of the journal have a gap or a double", expected, e.position)
			expected = e.position
		}
		expected++
		if e.position <= sealed {
			tree.add(e.commitment)
			for len(points) > 0 && points[0].size <= tree.size {
				if root := tree.root(); points[0].size == tree.size && root != points[0].root {
					r.found(JournalRoot, "checkpoint", strconv.FormatInt(tree.size, 10), "the entries up to here hash to another root", encoded(root[:]), encoded(points[0].root[:]))
				}
				points = points[1:]
			}
		}
		if e.position <= indexed {
			index.entry(e)
		}
		r.remember(e)
	}
	if err := flow(ctx, r, "journal", entryAll, []any{int64(0), r.report.Position}, scanEntry, (*entryRow).work, take); err != nil {
		return err
	}
	for _, p := range points {
		r.found(JournalRoot, "checkpoint", strconv.FormatInt(p.size, 10), "the checkpoint seals more entries than there are", strconv.FormatInt(r.report.Position, 10), strconv.FormatInt(p.size, 10))
	}
	if r.src.Engine() == "postgres" {
		// Entries that wait for their position: of a few milliseconds, unless the
		// sequencer stands still.
		late := func(e *entryRow) { r.proven(e); r.remember(e) }
		if err := flow(ctx, r, "journal", entryLate, nil, scanEntry, (*entryRow).work, late); err != nil {
			return err
		}
	}
	if err := r.nodes(ctx, &tree); err != nil {
		return err
	}
	return r.index(ctx, index, indexed)
}

func scanEntry(rows *sql.Rows, e *entryRow) error {
	return rows.Scan(&e.position, &e.id, &e.at, &e.on, &e.actor, &e.actorKind, &e.kind, &e.subject, &e.enterprise, &e.area, &e.office,
		&e.rule, &e.law, &e.reason, &e.cause, &e.body, &e.salt, &e.commitment, &e.moved, &e.movedHash)
}

// work reads and hashes an entry; it is done for many at once.
func (e *entryRow) work() {
	if err := json.Unmarshal([]byte(e.subject), &e.refs); err != nil {
		e.unreadable = "its subjects cannot be read: " + err.Error()
		return
	}
	var err error
	if e.hash, err = e.commit(); err != nil {
		e.unreadable = "its body cannot be read: " + err.Error()
		return
	}
	if replayed(e.kind) && len(e.body) > 0 {
		_ = json.Unmarshal(e.body, &e.facts) // a body that is no object has no facts
	}
}

// proven compares an entry with what was committed to.
func (r *run) proven(e *entryRow) {
	switch {
	case e.unreadable != "":
		r.found(JournalForm, "entry", e.id, e.unreadable, "", "")
	case len(e.salt) != 16 || len(e.commitment) != 32:
		r.found(JournalForm, "entry", e.id, "salt or commitment has the wrong length", "16 and 32 bytes", strconv.Itoa(len(e.salt))+" and "+strconv.Itoa(len(e.commitment)))
	case !bytes.Equal(e.hash[:], e.commitment):
		r.found(JournalHash, "entry", e.id, "the entry at position "+strconv.FormatInt(e.position, 10)+" is not what was committed to", encoded(e.commitment), encoded(e.hash[:]))
	}
}

func encoded(hash []byte) string { return base64.StdEncoding.EncodeToString(hash) }

// checkpoints reads the signed texts and proves their signatures.
func (r *run) checkpoints(ctx context.Context) ([]checkpoint, error) {
	var points []checkpoint
	err := r.all(ctx, checkpointAll, nil, func(rows *sql.Rows) error {
		var size int64
		var root []byte
		var note string
		if err := rows.Scan(&size, &root, &note); err != nil {
			return err
		}
		id := strconv.FormatInt(size, 10)
		p := checkpoint{size: size}
		if copy(p.root[:], root) != len(p.root) || len(root) != len(p.root) {
			r.found(JournalNote, "checkpoint", id, "the root is no hash", "32 bytes", strconv.Itoa(len(root)))
		}
		points = append(points, p)
		text, origin, ok := noteText(note)
		if want := origin + "\n" + id + "\n" + encoded(root) + "\n"; !ok || text != want {
			r.found(JournalNote, "checkpoint", id, "the signed text does not say size and root of this checkpoint", want, text)
			return nil
		}
		if r.keys.public == nil {
			r.skipped("signatures: the key of the journal is not known")
			return nil
		}
		if origin != r.keys.origin || !r.keys.signed(text, note) {
			r.found(JournalSignature, "checkpoint", id, "not signed by the key of "+r.keys.origin, r.keys.origin, origin)
		}
		return nil
	})
	return points, err
}

// noteText gives the signed text of a note and its first line.
func noteText(note string) (text, origin string, ok bool) {
	end := strings.Index(note, "\n\n")
	if end < 0 {
		return "", "", false
	}
	text = note[:end+1]
	origin, _, ok = strings.Cut(text, "\n")
	return text, origin, ok
}

// signed tells whether a line of the note is a signature of the log's key: a
// dash, the name, and base64 of the key's id and the Ed25519 signature.
func (k *keys) signed(text, note string) bool {
	for line := range strings.Lines(note[len(text):]) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] != "—" || words[1] != k.origin {
			continue
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(words[2])
		if err == nil && len(raw) == 4+ed25519.SignatureSize && binary.BigEndian.Uint32(raw) == k.id && ed25519.Verify(k.public, []byte(text), raw[4:]) {
			return true
		}
	}
	return false
}

// nodes compares the stored nodes of the tree with the ones that grew.
func (r *run) nodes(ctx context.Context, tree *grown) error {
	seen := make([]int, len(tree.folded)+1)
	err := r.all(ctx, nodeAll, nil, func(rows *sql.Rows) error {
		var level, position int64
		var hash []byte
		if err := rows.Scan(&level, &position, &hash); err != nil {
			return err
		}
		id := strconv.FormatInt(level, 10) + "/" + strconv.FormatInt(position, 10)
		if level < 1 || level >= int64(len(tree.folded)) || position < 0 || position >= int64(len(tree.folded[level])) {
			r.found(JournalNode, "node", id, "the tree has no such node", "", encoded(hash))
			return nil
		}
		seen[level]++
		if len(hash) != 32 || fold(hash) != tree.folded[level][position] {
			r.found(JournalNode, "node", id, "the node is not the hash of what is below it", "", encoded(hash))
		}
		return nil
	})
	for level := 1; level < len(tree.folded); level++ {
		r.differ(JournalNode, "node", strconv.Itoa(level), "nodes of this level", int64(len(tree.folded[level])), int64(seen[level]))
	}
	return err
}

// blockOf is how many positions the sums of the index are kept for.
const blockOf = 1024

// subjects adds up who is told of where, once from the entries and once from the
// index, in sums that do not depend on the order.
type subjects struct {
	seed         maphash.Seed
	told, listed []uint64
}

func newIndex() *subjects { return &subjects{seed: maphash.MakeSeed()} }

func (s *subjects) add(into *[]uint64, kind, id string, position int64) {
	block := int(position / blockOf)
	for len(*into) <= block {
		*into = append(*into, 0)
	}
	var h maphash.Hash
	h.SetSeed(s.seed)
	_, _ = h.WriteString(kind) // never fails
	_ = h.WriteByte(0)
	_, _ = h.WriteString(id)
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(position)))
	(*into)[block] += h.Sum64()
}

func (s *subjects) entry(e *entryRow) {
	refs := slices.Clone(e.refs)
	if e.enterprise != "" {
		refs = append(refs, ref{"enterprise", e.enterprise})
	}
	if e.area != "" {
		refs = append(refs, ref{"area", e.area})
	}
	for i, one := range refs {
		if !slices.Contains(refs[:i], one) {
			s.add(&s.told, one.Kind, one.ID, e.position)
		}
	}
}

func (r *run) index(ctx context.Context, s *subjects, indexed int64) error {
	err := r.all(ctx, refAll, nil, func(rows *sql.Rows) error {
		var block, first int64
		var kind, id, positions string
		if err := rows.Scan(&block, &kind, &id, &first, &positions); err != nil {
			return err
		}
		before := int64(0)
		for field := range strings.FieldsSeq(positions) {
			position, err := strconv.ParseInt(field, 10, 64)
			switch {
			case err != nil, position <= before, before == 0 && position != first:
				r.found(JournalIndex, "entry_ref", kind+" "+id, "the positions of a row do not rise from its first", "", positions)
				return nil
			case position > indexed || block != position>>16:
				r.found(JournalIndex, "entry_ref", kind+" "+id, "stands where no entry is indexed", "", field)
				return nil
			}
			s.add(&s.listed, kind, id, position)
			before = position
		}
		return nil
	})
	for i := range max(len(s.told), len(s.listed)) {
		var told, listed uint64
		if i < len(s.told) {
			told = s.told[i]
		}
		if i < len(s.listed) {
			listed = s.listed[i]
		}
		if told != listed {
			r.found(JournalIndex, "entry_ref", strconv.Itoa(i*blockOf)+" to "+strconv.Itoa((i+1)*blockOf-1), "the entries of these positions are not indexed by their subjects", "", "")
		}
	}
	return err
}
