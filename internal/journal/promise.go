package journal

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"seine/internal/clock"
	"seine/internal/fault"
)

// PromiseFormat names the file that holds a Promise.
const PromiseFormat = "seine-promise/1"

// Promise is what the answer to a request carries: customs' signed word that an
// entry with this id and commitment was recorded and will be in the log by a
// stated time. Many promises of one commit share one signature: Statement signs
// the root of a small tree, and Path leads from the entry to that root.
type Promise struct {
	Format     string     `json:"format"`
	ID         string     `json:"id"`
	Commitment Commitment `json:"commitment"`
	Index      uint64     `json:"index"` // among the promises signed together, from 0
	Path       []Hash     `json:"path"`
	Statement  string     `json:"statement"` // signed note
	Key        string     `json:"key"`
}

// Statement is what is signed for a batch of promises. Its text, a line each:
// "seine-promise/1", origin, MadeAt and DueAt as RFC 3339 in the zone's time with
// six decimals, number of promises in decimal, root in base64. The first line
// keeps it apart from a checkpoint under the same key: there the second line is
// a number.
type Statement struct {
	Origin string
	MadeAt clock.Instant
	DueAt  clock.Instant // the entries have a receipt from then on
	Count  uint64
	Root   Hash
}

func (s Statement) text() string {
	return PromiseFormat + "\n" + s.Origin + "\n" + s.MadeAt.String() + "\n" + s.DueAt.String() + "\n" +
		strconv.FormatUint(s.Count, 10) + "\n" + s.Root.String() + "\n"
}

// Promised names one entry that is promised.
type Promised struct {
	ID         string
	Commitment Commitment
}

// leaf binds id and commitment: SHA-256(u32 length of the id ‖ id ‖ commitment).
func (p Promised) leaf() Commitment {
	var room [MaxWord + 36]byte
	b := appendText(room[:0], p.ID)
	return sha256.Sum256(append(b, p.Commitment[:]...))
}

// Sign promises entries, made together at the moment made, to be in the log by
// due. The promises stand in the order of entries; none gives none. public is
// the key that holders check with.
func Sign(entries []Promised, made, due clock.Instant, signer note.Signer, public string) ([]Promise, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	leaves := make([]Commitment, len(entries))
	for i, e := range entries {
		leaves[i] = e.leaf()
	}
	nodes, state, err := Seal(State{}, leaves)
	if err != nil {
		return nil, err
	}
	root, err := state.Root()
	if err != nil {
		return nil, err
	}
	s := Statement{Origin: signer.Name(), MadeAt: made, DueAt: due, Count: state.Size, Root: root}
	signed, err := note.Sign(&note.Note{Text: s.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign %d promises: %w", len(entries), err)
	}
	tree := Memory{}
	tree.Add(nodes)
	out := make([]Promise, len(entries))
	for i, e := range entries {
		path, err := Inclusion(tree, uint64(i), state.Size)
		if err != nil {
			return nil, err
		}
		out[i] = Promise{
			Format: PromiseFormat, ID: e.ID, Commitment: e.Commitment, Index: uint64(i), Path: path,
			Statement: string(signed), Key: public,
		}
	}
	return out, nil
}

// Open gives the statement of p when key signed it and p belongs to it. Faults:
// JOURNAL-NOTE-01, -02 (signature), JOURNAL-PROMISE-01 (signed, but no promise),
// JOURNAL-PROMISE-02 (the promise was changed), JOURNAL-CHECKPOINT-03 (other log).
func (p *Promise) Open(key note.Verifier) (Statement, error) {
	text, err := openNote(p.Statement, key)
	if err != nil {
		return Statement{}, under(err, "/statement")
	}
	s, err := parseStatement(text)
	if err != nil {
		return Statement{}, err
	}
	if s.Origin != key.Name() {
		return Statement{}, wrongOrigin(s.Origin, key.Name())
	}
	leaf := Promised{p.ID, p.Commitment}.leaf()
	if !included(leaf, p.Index, s.Count, p.Path, s.Root) {
		return Statement{}, fault.New(fault.Invalid, "JOURNAL-PROMISE-02", "", "the promise for {id} is not what was signed",
			"take the answer as it was given", "id", p.ID)
	}
	return s, nil
}

// KeptBy tells whether receipt r, already verified, keeps the promise: it must
// hold the entry that was promised (JOURNAL-PROMISE-03).
func (p *Promise) KeptBy(r *Receipt) error {
	c, err := r.Entry.Commit(r.Salt)
	if err != nil {
		return err
	}
	if c != p.Commitment || r.Entry.ID != p.ID {
		return fault.New(fault.Invalid, "JOURNAL-PROMISE-03", "", "the receipt is not for the entry {id} that was promised",
			"ask customs for the receipt of this entry, and show the promise", "id", p.ID)
	}
	return nil
}

func parseStatement(text string) (Statement, error) {
	bad := func() (Statement, error) {
		return Statement{}, fault.New(fault.Invalid, "JOURNAL-PROMISE-01", "/statement", "the signed text is no promise",
			"take the answer as it was given")
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 7 {
		return bad()
	}
	s := Statement{Origin: lines[1]}
	var err error
	if s.Count, err = strconv.ParseUint(lines[4], 10, 64); err != nil || s.Count > MaxSize {
		return bad()
	}
	if s.MadeAt.UnmarshalText([]byte(lines[2])) != nil || s.DueAt.UnmarshalText([]byte(lines[3])) != nil ||
		s.Root.UnmarshalText([]byte(lines[5])) != nil || s.text() != text {
		return bad()
	}
	return s, nil
}

// Memory is a NodeReader over a map: for small trees and tests.
type Memory map[NodeID]Hash

// Add keeps nodes.
func (m Memory) Add(nodes []Node) {
	for _, n := range nodes {
		m[n.NodeID] = n.Hash
	}
}

// Nodes gives the hashes of ids; one that is not there is an error.
func (m Memory) Nodes(ids []NodeID) ([]Hash, error) {
	out := make([]Hash, len(ids))
	for i, id := range ids {
		h, ok := m[id]
		if !ok {
			return nil, fmt.Errorf("node %d of level %d is not there", id.Index, id.Level)
		}
		out[i] = h
	}
	return out, nil
}
