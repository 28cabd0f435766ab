package journal

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/transparency-dev/merkle/proof"
	"golang.org/x/mod/sumdb/note"

	"seine/internal/fault"
)

// Formats of the files that prove something; each stands in the file itself.
const (
	ReceiptFormat     = "seine-receipt/1"
	ConsistencyFormat = "seine-consistency/1"
	BundleFormat      = "seine-bundle/1"
)

// Receipt proves that one entry is in the log. It is handed to whoever the entry
// concerns and can be checked for ever with the public key alone.
type Receipt struct {
	Format     string `json:"format"`
	Entry      Entry  `json:"entry"`
	Salt       Salt   `json:"salt"`
	Index      uint64 `json:"index"` // position − 1
	Proof      []Hash `json:"proof"` // from the leaf's sibling to the root
	Checkpoint string `json:"checkpoint"`
	Key        string `json:"key"` // the log's public key, to compare with the published one
}

// NewReceipt puts a receipt together; path is what Inclusion gave for the entry
// and the size of the checkpoint.
func NewReceipt(e Entry, salt Salt, path []Hash, checkpoint, public string) Receipt {
	return Receipt{
		Format: ReceiptFormat, Entry: e, Salt: salt, Index: uint64(e.Position - 1), Proof: path,
		Checkpoint: checkpoint, Key: public,
	}
}

// Check verifies r with key and gives the checkpoint it stands under. All faults
// are returned: JOURNAL-NOTE-01/02, JOURNAL-CHECKPOINT-01/03 (checkpoint),
// JOURNAL-PROOF-01 (content, salt or proof is not what was sealed),
// JOURNAL-PROOF-03 (position), JOURNAL-ENTRY-…, JOURNAL-BODY-… (form).
func (r *Receipt) Check(key note.Verifier) (Checkpoint, error) {
	c, err := OpenCheckpoint(r.Checkpoint, key)
	if err != nil {
		var faults fault.List
		if other := faults.Add("/checkpoint", err); other != nil {
			return c, other
		}
		if other := faults.Add("/entry", r.Entry.Validate()); other != nil {
			return c, other
		}
		return c, faults
	}
	return c, c.Proves(&r.Entry, r.Salt, r.Index, r.Proof)
}

// Proves tells whether path leads from e, at index, to the root of c. Faults:
// those of Receipt.Check but for the checkpoint's.
func (c Checkpoint) Proves(e *Entry, salt Salt, index uint64, path []Hash) error {
	var faults fault.List
	if other := faults.Add("/entry", e.Validate()); other != nil {
		return other
	}
	if len(faults) > 0 {
		return faults
	}
	commitment, err := e.Commit(salt)
	if err != nil {
		return err
	}
	if !included(commitment, index, c.Size, path, c.Root) {
		faults = append(faults, notSealed("", index))
	}
	return append(faults, position(e, index)...).OrNil()
}

// ConsistencyProof proves that the log of the older checkpoint is the beginning
// of the log of the newer one: nothing was taken out or changed in between.
type ConsistencyProof struct {
	Format string `json:"format"`
	Older  string `json:"older"`
	Newer  string `json:"newer"`
	Proof  []Hash `json:"proof"`
	Key    string `json:"key"`
}

// Check verifies p with key and gives both checkpoints. Faults: JOURNAL-NOTE-01,
// -02, JOURNAL-CHECKPOINT-01, -03 of either; JOURNAL-TREE-04 (wrong way round);
// JOURNAL-PROOF-02 (the log was rewritten, or the proof is not for these two).
func (p *ConsistencyProof) Check(key note.Verifier) (older, newer Checkpoint, err error) {
	var faults fault.List
	older, err = OpenCheckpoint(p.Older, key)
	if other := faults.Add("/older", err); other != nil {
		return older, newer, other
	}
	newer, err = OpenCheckpoint(p.Newer, key)
	if other := faults.Add("/newer", err); other != nil {
		return older, newer, other
	}
	if len(faults) > 0 {
		return older, newer, faults
	}
	return older, newer, VerifyConsistency(older, newer, p.Proof)
}

// VerifyConsistency tells whether path proves that older is a beginning of
// newer. Faults: JOURNAL-TREE-04, JOURNAL-PROOF-02.
func VerifyConsistency(older, newer Checkpoint, path []Hash) error {
	if older.Size > newer.Size {
		return fault.New(fault.Invalid, "JOURNAL-TREE-04", "", "a log of {older} entries cannot come before one of {newer}",
			"name the smaller size first", "older", older.Size, "newer", newer.Size)
	}
	rewritten := func() error {
		return fault.New(fault.Invalid, "JOURNAL-PROOF-02", "/proof",
			"the log of {newer} entries does not continue the log of {older} entries",
			"ask for the proof again; if it fails again, keep both checkpoints: they show that the log was rewritten",
			"older", older.Size, "newer", newer.Size)
	}
	if older.Size == 0 {
		// Everything continues the empty log, but its root is fixed.
		if len(path) > 0 || older.Root != Hash(hasher.EmptyRoot()) || newer.Size == 0 && newer.Root != older.Root {
			return rewritten()
		}
		return nil
	}
	if proof.VerifyConsistency(hasher, older.Size, newer.Size, raw(path), older.Root[:], newer.Root[:]) != nil {
		return rewritten()
	}
	return nil
}

// included tells whether path leads from commitment at index to root.
func included(commitment Commitment, index, size uint64, path []Hash, root Hash) bool {
	if size > MaxSize || index >= size || len(path) > 64 {
		return false
	}
	leaf := LeafHash(commitment)
	return proof.VerifyInclusion(hasher, index, size, leaf[:], raw(path), root[:]) == nil
}

func notSealed(path string, index uint64) *fault.Fault {
	return fault.New(fault.Invalid, "JOURNAL-PROOF-01", path, "what stands here is not what was sealed at position {position}",
		"content, salt or proof was changed: ask customs for the receipt again", "position", index+1)
}

// position tells whether the entry says the position it was sealed at.
func position(e *Entry, index uint64) fault.List {
	if e.Position > 0 && uint64(e.Position) == index+1 {
		return nil
	}
	return fault.List{fault.New(fault.Invalid, "JOURNAL-PROOF-03", "/entry/position",
		"the entry says position {stated}, but was sealed at {position}",
		"take the file as it was issued", "stated", e.Position, "position", index+1)}
}

// Decode reads one JSON document of at most limit bytes into v, which must say
// everything that the document says and in the same words: an unknown name, a
// name twice or in other letters, another spelling of a number or a moment is
// JOURNAL-FILE-03. So nothing in the file is believed that is not proven. Blanks,
// order of names and escapes are free: an editor may re-indent a receipt.
func Decode(doc []byte, limit int, v any) error {
	if len(doc) > limit {
		return fault.New(fault.Invalid, "JOURNAL-FILE-02", "", "the document is larger than {bytes} bytes",
			"take the file as it was issued", "bytes", limit)
	}
	said, err := canonicalJSON(doc)
	if err != nil {
		return notAsIssued(err)
	}
	if err := json.Unmarshal(doc, v); err != nil {
		return notAsIssued(err)
	}
	again, err := json.Marshal(v)
	if err != nil {
		return notAsIssued(err)
	}
	if understood, err := canonicalJSON(again); err != nil || !bytes.Equal(said, understood) {
		return notAsIssued(errors.Join(errors.New("says more than is understood"), err))
	}
	return nil
}

func notAsIssued(err error) error {
	return fault.New(fault.Invalid, "JOURNAL-FILE-03", "", "the document does not have the form in which it is issued",
		"take the file as it was issued; blanks may differ, words may not").Because(err)
}

// canonicalJSON gives the bytes of one JSON document as Canonical writes a body.
func canonicalJSON(doc []byte) ([]byte, error) {
	s := scanner{src: doc}
	out, err := s.value(make([]byte, 0, len(doc)), -4) // an entry's body stands deeper in a file
	if err != nil {
		return nil, err
	}
	if s.blanks(); s.at != len(s.src) {
		return nil, s.syntax()
	}
	return out, nil
}

// under puts prefix before the paths of the faults in err.
func under(err error, prefix string) error {
	var faults fault.List
	if other := faults.Add(prefix, err); other != nil {
		return other
	}
	return faults.OrNil()
}
