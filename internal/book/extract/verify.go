package extract

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// Bounds of a file.
const (
	maxLine     = 64 << 20 // bytes of one line
	maxFindings = 100      // where verifying stops looking for more
)

// Report is what verifying a file found. It proves what it says when Findings is
// empty; it proves that customs said it when Trusted is true too.
type Report struct {
	Kind      string        `json:"kind"` // "book"
	Book      string        `json:"book,omitempty"`
	Owner     string        `json:"owner,omitempty"`
	At        clock.Instant `json:"at,omitzero"`
	Origin    string        `json:"origin,omitempty"`
	Key       string        `json:"key,omitempty"`
	Trusted   bool          `json:"trusted"`
	Size      uint64        `json:"size,omitempty"`
	Root      string        `json:"root,omitempty"`
	Entries   int           `json:"entries"`
	Movements int           `json:"movements"`
	Withheld  int           `json:"withheld,omitempty"` // movements of other books, shown as leaves
	Unquoted  int           `json:"unquoted,omitempty"` // movements that nothing proves
	Accounts  int           `json:"accounts"`
	Complete  bool          `json:"complete"` // customs signed that nothing was left out
	Findings  fault.List    `json:"-"`
}

// OK tells whether nothing was found wrong.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

// MarshalJSON gives the report with its findings in English; "ok" is first.
func (r *Report) MarshalJSON() ([]byte, error) {
	type finding struct {
		Code string `json:"code"`
		Path string `json:"path,omitempty"`
		Text string `json:"text"`
		Cure string `json:"cure,omitempty"`
	}
	type plain Report
	findings := make([]finding, len(r.Findings))
	for i, f := range r.Findings {
		findings[i] = finding{f.Code, f.Path, f.Message(), f.Remedy()}
	}
	return json.Marshal(struct {
		OK bool `json:"ok"`
		*plain
		Findings []finding `json:"findings"`
	}{r.OK(), (*plain)(r), findings})
}

func (r *Report) found(path string, err error) bool {
	if err == nil {
		return true
	}
	if other := r.Findings.Add(path, err); other != nil {
		r.Findings = append(r.Findings, unreadable(path).Because(other))
	}
	return false
}

func unreadable(path string) *fault.Fault {
	return fault.New(fault.Invalid, "BOOK-EXTRACT-01", path, "the file cannot be read to its end", "copy the file again")
}

// Recognised tells whether a file that begins with begin holds a book.
func Recognised(begin []byte) bool { return bytes.HasPrefix(begin, []byte(`{"format":"`+Format+`"`)) }

// Verify reads a file and reports whether it proves what it says. It needs
// nothing but the file and the keys that the reader trusts. The error is non-nil
// only when one of the keys is no key.
//
// Findings: BOOK-EXTRACT-01 (unreadable or cut short), -02 (more follows), -03
// (entries out of order), -04 (movements are not those quoted), -05 (a movement
// stands outside the book, or twice), -06 (a balance does not follow from the
// movements), -07 (movements of an account are missing), -08 (an item does not
// sum to zero), -09 (arrival layers), -11 (less than is reserved), -12 (a movement
// outside the chains), -13 (a movement says another quantity), JOURNAL-NOTE-03
// (something was left out, put in or changed that customs stated), JOURNAL-…
// (entries, checkpoint, key).
func Verify(in io.Reader, options journal.Options) (*Report, error) {
	keys, err := journal.Keyring(options.Keys)
	if err != nil {
		return nil, err
	}
	c := check{report: &Report{Kind: "book"}, moves: map[string]*ledger.Movement{}}
	c.file(bufio.NewReaderSize(in, 64<<10), keys)
	return c.report, nil
}

type check struct {
	report *Report
	head   Head
	prefix string
	moves  map[string]*ledger.Movement
}

func (c *check) file(in *bufio.Reader, keys journal.Keys) {
	r := c.report
	first, err := line(in)
	if !r.found("", err) || !r.found("", journal.Decode(first, maxLine, &c.head)) {
		return
	}
	h := &c.head
	r.Book, r.Owner, r.At, r.Accounts = h.Book, h.Owner, h.At, len(h.Accounts)
	key, err := keys.Choose(h.Key)
	if !r.found("/key", err) {
		return
	}
	r.Key, r.Trusted = key.Text, key.Trusted
	point, err := journal.OpenCheckpoint(h.Checkpoint, key.Verifier)
	if !r.found("/checkpoint", err) {
		return
	}
	r.Origin, r.Size, r.Root = point.Origin, point.Size, point.Root.String()
	c.prefix = "|" + h.Owner + "|book/" + h.Book + "/"
	for i := range h.Unquoted {
		c.moved("/unquoted/"+strconv.Itoa(i), &h.Unquoted[i])
		r.Unquoted++
	}
	next := uint64(0)
	var indexes []uint64
	for n := range h.Entries {
		text, err := line(in)
		if !r.found("/"+strconv.Itoa(n+1), err) {
			return
		}
		l := new(Line)
		path := "/" + strconv.Itoa(n+1)
		if !r.found(path, journal.Decode(text, maxLine, l)) {
			return
		}
		if l.Index < next {
			r.found(path, fault.New(fault.Invalid, "BOOK-EXTRACT-03", "", "the entries are out of order", "take the file as it was issued"))
		}
		next = l.Index + 1
		indexes = append(indexes, l.Index)
		c.line(path, l, point)
		if len(r.Findings) >= maxFindings {
			return
		}
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		r.found("", fault.New(fault.Invalid, "BOOK-EXTRACT-02", "", "more follows after the {count} entries that the head names", "take the file as it was issued",
			"count", h.Entries))
	}
	if r.OK() {
		c.books()
	}
	var as written
	if err = json.Unmarshal(first, &as); err == nil {
		err = journal.OpenText(Format, h.Statement, key.Verifier, h.stated(&as, indexes)...)
	}
	r.Complete = r.found("/statement", err)
}

// line gives the next line without its end.
func line(in *bufio.Reader) ([]byte, error) {
	var all []byte
	for {
		part, err := in.ReadSlice('\n')
		all = append(all, part...)
		switch {
		case len(all) > maxLine:
			return nil, unreadable("").Because(errors.New("a line is too long"))
		case err == nil, errors.Is(err, io.EOF) && len(all) > 0:
			return bytes.TrimRight(all, "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return nil, unreadable("").Because(err)
		}
	}
}

// line looks at one entry: sealed, and quoting what stands beside it.
func (c *check) line(path string, l *Line, point journal.Checkpoint) {
	r := c.report
	r.Entries++
	if !r.found(path, point.Proves(&l.Entry, l.Salt, l.Index, l.Proof)) {
		return
	}
	leaves := make([]ledger.Leaf, len(l.Moves))
	last := ""
	for i, m := range l.Moves {
		switch at := path + "/moves/" + strconv.Itoa(i); {
		case m.Movement != nil && m.Leaf == nil:
			if m.Movement.ID <= last || m.Movement.Entry != l.Entry.ID {
				r.found(at, notQuoted())
			}
			last = m.Movement.ID
			leaves[i] = m.Movement.Leaf()
			c.moved(at, m.Movement)
			r.Movements++
		case m.Leaf != nil && m.Movement == nil:
			leaves[i] = ledger.Leaf(*m.Leaf)
			r.Withheld++
		default:
			r.found(at, notQuoted())
		}
	}
	quoted := l.Entry.Moved
	if quoted == nil && len(l.Moves) == 0 {
		return
	}
	if quoted == nil || quoted.Count != len(leaves) || quoted.Hash != journal.Hash(ledger.QuotedLeaves(leaves)) {
		r.found(path+"/moves", notQuoted())
	}
}

func notQuoted() *fault.Fault {
	return fault.New(fault.Invalid, "BOOK-EXTRACT-04", "", "the movements are not those that the entry quotes: one was changed, left out or put in",
		"ask customs for the file again")
}

// moved keeps a movement of the book.
func (c *check) moved(path string, m *ledger.Movement) {
	if _, twice := c.moves[m.ID]; twice || !c.within(m.From) || !c.within(m.To) {
		c.report.found(path, fault.New(fault.Invalid, "BOOK-EXTRACT-05", "", "movement {id} stands twice, or outside the book", "take the file as it was issued", "id", m.ID))
		return
	}
	c.moves[m.ID] = m
}

func (c *check) within(account string) bool {
	_, rest, ok := strings.Cut(account, "|")
	return ok && strings.HasPrefix("|"+rest, c.prefix)
}
