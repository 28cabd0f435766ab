package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/transparency-dev/merkle/compact"
	"golang.org/x/mod/sumdb/note"

	"seine/internal/fault"
)

// Kinds of bundle.
const (
	// Range holds every entry of a stretch of the log, so that none can be left
	// out unseen; the hashes left and right of it lead to the root.
	Range = "range"
	// Selection holds chosen entries, each with its own proof.
	Selection = "selection"
)

// maxLine bounds one line of a bundle and one document: a body, its escapes and
// a proof.
const maxLine = 4 << 20

// maxFindings is where verifying stops looking for more.
const maxFindings = 100

// BundleHead is the first line of a bundle, a file for auditors: one JSON
// document a line, first the head, then Count entries in the order of the log.
type BundleHead struct {
	Format     string `json:"format"`
	Kind       string `json:"kind"`
	Checkpoint string `json:"checkpoint"`
	Key        string `json:"key"`
	First      uint64 `json:"first"` // index of the first entry of a range
	Count      uint64 `json:"count"`
	Left       []Hash `json:"left,omitempty"`  // of a range: the whole subtrees before it
	Right      []Hash `json:"right,omitempty"` // and after it
}

// BundleLine is one entry of a bundle. An entry that the reader may not see is
// withheld: its line holds only the commitment, and the range stays proven.
type BundleLine struct {
	Index      uint64      `json:"index"`
	Entry      *Entry      `json:"entry,omitempty"`
	Salt       *Salt       `json:"salt,omitempty"`
	Commitment *Commitment `json:"commitment,omitempty"`
	Proof      []Hash      `json:"proof,omitempty"` // in a selection only
}

// Edges gives the hashes to the left and right of count entries from index first
// in a log of size entries, for the head of a range bundle. A stretch beyond the
// log is JOURNAL-BUNDLE-01.
func Edges(reader NodeReader, first, count, size uint64) (left, right []Hash, err error) {
	if !stretch(first, count, size) {
		return nil, nil, beyond(first, count, size)
	}
	if left, err = readNodes(reader, compact.RangeNodes(0, first, nil)); err != nil {
		return nil, nil, err
	}
	right, err = readNodes(reader, compact.RangeNodes(first+count, size, nil))
	return left, right, err
}

func stretch(first, count, size uint64) bool {
	return size <= MaxSize && first <= size && count <= size-first
}

func beyond(first, count, size uint64) *fault.Fault {
	return fault.New(fault.Invalid, "JOURNAL-BUNDLE-01", "/count", "{count} entries from index {first} do not fit into a log of {size}",
		"export a stretch that is sealed", "count", count, "first", first, "size", size)
}

// BundleWriter writes a bundle line by line.
type BundleWriter struct {
	out     *bufio.Writer
	left    uint64
	encoder *json.Encoder
}

// NewBundleWriter writes the head of a bundle and waits for its lines.
func NewBundleWriter(w io.Writer, head BundleHead) (*BundleWriter, error) {
	head.Format = BundleFormat
	b := &BundleWriter{out: bufio.NewWriter(w), left: head.Count}
	b.encoder = json.NewEncoder(b.out)
	b.encoder.SetEscapeHTML(false)
	return b, b.encoder.Encode(head)
}

// Add writes one line.
func (b *BundleWriter) Add(line BundleLine) error {
	if b.left == 0 {
		return errors.New("bundle: more lines than its head promised")
	}
	b.left--
	return b.encoder.Encode(line)
}

// Close writes what is buffered; fewer lines than promised are an error. It does
// not close the file.
func (b *BundleWriter) Close() error {
	if b.left > 0 {
		return fmt.Errorf("bundle: %d lines are missing", b.left)
	}
	return b.out.Flush()
}

// bundleCheck verifies a bundle while it is read.
type bundleCheck struct {
	head   BundleHead
	point  Checkpoint
	seen   *compact.Range // of a range: the tree up to the last line
	next   uint64         // least index that the next line may have
	report *Report
}

// verifyBundle reads a bundle whose first line is head and reports into r.
func verifyBundle(head []byte, in *bufio.Reader, key func(string) (note.Verifier, error), r *Report) {
	c := bundleCheck{report: r}
	if !r.found("", Decode(head, maxLine, &c.head)) {
		return
	}
	verifier, err := key(c.head.Key)
	if !r.found("", err) {
		return
	}
	c.point, err = OpenCheckpoint(c.head.Checkpoint, verifier)
	if !r.found("/checkpoint", err) {
		return
	}
	r.sealed(c.point)
	if !c.open() {
		return
	}
	for n := uint64(0); n < c.head.Count && len(r.Findings) < maxFindings; n++ {
		line, err := readLine(in)
		if err != nil || len(line) == 0 {
			r.found("", orTruncated(err, n, c.head.Count))
			return
		}
		c.line(fmt.Sprintf("/%d", n+1), line)
	}
	if len(r.Findings) >= maxFindings {
		return
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		r.found("", fault.New(fault.Invalid, "JOURNAL-BUNDLE-03", "", "more follows after the {count} entries that the head names",
			"take the file as it was issued", "count", c.head.Count))
	}
	c.close()
}

func orTruncated(err error, have, want uint64) error {
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return fault.New(fault.Invalid, "JOURNAL-BUNDLE-02", "", "the file ends after {have} of {want} entries",
		"load the file down again", "have", have, "want", want)
}

// open looks at the head and takes up the hashes left of a range.
func (c *bundleCheck) open() bool {
	h := &c.head
	if !stretch(h.First, h.Count, c.point.Size) {
		return c.report.found("", beyond(h.First, h.Count, c.point.Size))
	}
	if h.Kind == Selection && h.First == 0 && h.Left == nil && h.Right == nil {
		return true
	}
	if h.Kind == Range && len(h.Left) <= 64 && len(h.Right) <= 64 {
		seen, err := ranges.NewRange(0, h.First, raw(h.Left))
		if err == nil {
			c.seen, c.next = seen, h.First
			return true
		}
	}
	return c.report.found("", fault.New(fault.Invalid, "JOURNAL-BUNDLE-04", "/kind", "the head fits no kind of bundle",
		"take the file as it was issued"))
}

// line looks at one entry.
func (c *bundleCheck) line(path string, text []byte) {
	var l BundleLine
	if !c.report.found(path, Decode(text, maxLine, &l)) {
		c.seen = nil
		return
	}
	whole := l.Entry != nil && l.Salt != nil && l.Commitment == nil
	withheld := l.Entry == nil && l.Salt == nil && l.Commitment != nil
	ordered := l.Index >= c.next && (c.head.Kind == Selection || l.Index == c.next && l.Proof == nil)
	if !whole && !withheld || !ordered {
		c.report.found(path, fault.New(fault.Invalid, "JOURNAL-BUNDLE-05", "",
			"the line is out of order, or neither an entry with its salt nor a commitment", "take the file as it was issued"))
		c.seen = nil
		return
	}
	c.next = l.Index + 1
	c.report.Entries++
	var commitment Commitment
	if whole {
		if !c.report.found(path+"/entry", l.Entry.Validate()) {
			c.seen = nil
			return
		}
		made, err := l.Entry.Commit(*l.Salt)
		if !c.report.found(path+"/entry", err) {
			return
		}
		commitment = made
		if wrong := position(l.Entry, l.Index); wrong != nil {
			c.report.found(path, wrong)
		}
	} else {
		commitment = *l.Commitment
		c.report.Withheld++
	}
	if c.head.Kind == Selection {
		if !included(commitment, l.Index, c.point.Size, l.Proof, c.point.Root) {
			c.report.found(path, notSealed("", l.Index))
		}
		return
	}
	if c.seen != nil {
		leaf := LeafHash(commitment)
		if err := c.seen.Append(leaf[:], nil); err != nil {
			c.report.found(path, fmt.Errorf("append leaf %d: %w", l.Index, err))
			c.seen = nil
		}
	}
}

// close compares the root that a range leads to with the signed one.
func (c *bundleCheck) close() {
	if c.head.Kind != Range || c.seen == nil {
		return
	}
	root := Hash(hasher.EmptyRoot())
	right, err := ranges.NewRange(c.seen.End(), c.point.Size, raw(c.head.Right))
	if err == nil {
		err = c.seen.AppendRange(right, nil)
	}
	if err == nil && c.point.Size > 0 {
		var sum []byte
		if sum, err = c.seen.GetRootHash(nil); err == nil {
			root = Hash(sum)
		}
	}
	if err != nil || root != c.point.Root {
		c.report.found("", fault.New(fault.Invalid, "JOURNAL-BUNDLE-06", "",
			"the entries from {first} to {last} are not those that were sealed: one was changed, left out or put in",
			"ask customs for the bundle again; receipts of single entries show which one differs",
			"first", c.head.First+1, "last", c.head.First+c.head.Count).Because(err))
	}
}

// readLine gives the next line without its end; io.EOF when there is none left.
// A line above maxLine is JOURNAL-FILE-02.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, fault.New(fault.Invalid, "JOURNAL-FILE-02", "", "the document is larger than {bytes} bytes",
				"take the file as it was issued", "bytes", maxLine)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
