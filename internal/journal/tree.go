package journal

import (
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"seine/internal/fault"
)

// MaxSize bounds the number of entries of one log, so that no arithmetic on
// sizes that came from outside can run over.
const MaxSize = 1 << 53

var (
	hasher = rfc6962.DefaultHasher
	ranges = compact.RangeFactory{Hash: hasher.HashChildren}
)

// NodeID names a node of the tree: the Index-th of its Level from the left,
// both from 0. Level 0 are the leaves.
type NodeID struct {
	Level uint8
	Index uint64
}

// Node is one node of the tree with its hash. A node of the ones Seal returns
// covers 2^Level entries that are all there, so its hash never changes.
type Node struct {
	NodeID
	Hash Hash
}

// State is what the sealer must remember between two runs: how many entries are
// sealed and the hashes of the whole subtrees that cover them, from left to
// right. The zero State is the empty log.
type State struct {
	Size  uint64
	Peaks []Hash
}

// NodeReader gives stored nodes; the store satisfies it. A node that is not
// there is an error, never a zero hash.
type NodeReader interface {
	Nodes(ids []NodeID) ([]Hash, error)
}

// LeafHash gives the hash of the leaf that holds c: SHA-256(0x00 ‖ c). A store
// that keeps the commitments need not keep the nodes of level 0.
func LeafHash(c Commitment) Hash { return Hash(hasher.HashLeaf(c[:])) }

// Load gives the sealer's state for the first size entries from stored nodes.
func Load(size uint64, reader NodeReader) (State, error) {
	if size > MaxSize {
		return State{}, sizeFault(size)
	}
	peaks, err := readNodes(reader, compact.RangeNodes(0, size, nil))
	return State{Size: size, Peaks: peaks}, err
}

// Seal appends leaves, in the order of their positions, to the tree that s
// stands for. It returns every node that became whole, level 0 included, in an
// order in which children come before their parents, and the state after it. s
// is not changed. A state that does not fit its size is JOURNAL-TREE-01.
func Seal(s State, leaves []Commitment) (nodes []Node, next State, err error) {
	r, err := s.compactRange()
	if err != nil {
		return nil, s, err
	}
	if s.Size+uint64(len(leaves)) > MaxSize {
		return nil, s, sizeFault(s.Size + uint64(len(leaves)))
	}
	nodes = make([]Node, 0, 2*len(leaves)+1)
	keep := func(id compact.NodeID, hash []byte) {
		nodes = append(nodes, Node{NodeID{uint8(id.Level), id.Index}, Hash(hash)})
	}
	for i := range leaves {
		if err := r.Append(hasher.HashLeaf(leaves[i][:]), keep); err != nil {
			return nil, s, fmt.Errorf("append leaf %d: %w", s.Size+uint64(i), err)
		}
	}
	next = State{Size: r.End(), Peaks: make([]Hash, len(r.Hashes()))}
	for i, h := range r.Hashes() {
		next.Peaks[i] = Hash(h)
	}
	return nodes, next, nil
}

// Root gives the root of the tree; of the empty log it is SHA-256 of nothing.
// A state that does not fit its size is JOURNAL-TREE-01.
func (s State) Root() (Hash, error) {
	if s.Size == 0 && len(s.Peaks) == 0 {
		return Hash(hasher.EmptyRoot()), nil
	}
	r, err := s.compactRange()
	if err != nil {
		return Hash{}, err
	}
	root, err := r.GetRootHash(nil)
	if err != nil {
		return Hash{}, fmt.Errorf("root of %d entries: %w", s.Size, err)
	}
	return Hash(root), nil
}

func (s State) compactRange() (*compact.Range, error) {
	if s.Size > MaxSize {
		return nil, sizeFault(s.Size)
	}
	r, err := ranges.NewRange(0, s.Size, raw(s.Peaks))
	if err != nil {
		return nil, fault.New(fault.Invalid, "JOURNAL-TREE-01", "", "{hashes} hashes do not make a tree of {size} entries",
			"load the state from the stored nodes", "hashes", len(s.Peaks), "size", s.Size).Because(err)
	}
	return r, nil
}

func sizeFault(size uint64) error {
	return fault.New(fault.Invalid, "JOURNAL-TREE-02", "", "{size} is no possible number of entries",
		"take the file as it was issued", "size", size)
}

// Inclusion gives the proof that the entry at index (from 0) is in the log of
// the first size entries. An index that is not below size is JOURNAL-TREE-03.
func Inclusion(reader NodeReader, index, size uint64) ([]Hash, error) {
	if size > MaxSize || index >= size {
		return nil, fault.New(fault.Invalid, "JOURNAL-TREE-03", "", "entry {index} is not among the first {size}",
			"wait for the next checkpoint", "index", index, "size", size)
	}
	n, err := proof.Inclusion(index, size)
	if err != nil {
		return nil, fmt.Errorf("inclusion of %d in %d: %w", index, size, err)
	}
	return build(reader, n)
}

// Consistency gives the proof that the log of the first older entries is the
// beginning of the log of the first newer ones. older above newer is
// JOURNAL-TREE-04.
func Consistency(reader NodeReader, older, newer uint64) ([]Hash, error) {
	if newer > MaxSize || older > newer {
		return nil, fault.New(fault.Invalid, "JOURNAL-TREE-04", "", "a log of {older} entries cannot come before one of {newer}",
			"name the smaller size first", "older", older, "newer", newer)
	}
	n, err := proof.Consistency(older, newer)
	if err != nil {
		return nil, fmt.Errorf("consistency of %d and %d: %w", older, newer, err)
	}
	return build(reader, n)
}

func build(reader NodeReader, n proof.Nodes) ([]Hash, error) {
	hashes, err := readNodes(reader, n.IDs)
	if err != nil {
		return nil, err
	}
	path, err := n.Rehash(raw(hashes), hasher.HashChildren)
	if err != nil {
		return nil, fmt.Errorf("build proof: %w", err)
	}
	out := make([]Hash, len(path))
	for i := range path {
		out[i] = Hash(path[i])
	}
	return out, nil
}

func readNodes(reader NodeReader, ids []compact.NodeID) ([]Hash, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	wanted := make([]NodeID, len(ids))
	for i, id := range ids {
		wanted[i] = NodeID{uint8(id.Level), id.Index}
	}
	hashes, err := reader.Nodes(wanted)
	if err != nil {
		return nil, fmt.Errorf("read %d nodes of the journal's tree: %w", len(ids), err)
	}
	if len(hashes) != len(ids) {
		return nil, fmt.Errorf("read %d nodes of the journal's tree: got %d", len(ids), len(hashes))
	}
	return hashes, nil
}

func raw(hashes []Hash) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}
