// Package extract is an account book as one file for an auditor: what its
// accounts hold, every movement that led there, the journal entries that quote
// those movements, and for each entry the proof that it is in the sealed journal.
// The file is verified without the zone and without a database: the entries must
// lead to the signed root, the movements must be those that the entries quote,
// and added up from nothing they must give the balances, the reservations and
// the arrival layers that the file states.
//
// That nothing was left out, customs sign: a statement names the book, the moment,
// and by one hash every account and the position of every entry about it. An entry
// or an account that is taken out of the middle, or off the end with figures to
// match, is not what was signed. The file speaks of the book as it stood at its
// checkpoint; it does not tell of anything younger.
package extract

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/mod/sumdb/note"

	"seine/internal/clock"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// Format names the form of the file and its version.
const Format = "seine-book/1"

// Account is what one account of the book holds.
type Account struct {
	Key string `json:"key"` // ledger|owner|item|lot|place|status
	ledger.Balance
}

// Head is the first line of the file.
type Head struct {
	Format     string        `json:"format"`
	Book       string        `json:"book"` // number
	Owner      string        `json:"owner"`
	At         clock.Instant `json:"at"`
	Checkpoint string        `json:"checkpoint"`
	Key        string        `json:"key"` // public key of the journal
	// Statement is signed by the key: see stated.
	Statement string    `json:"statement"`
	Accounts  []Account `json:"accounts"`
	Entries   int       `json:"entries"` // lines that follow
	// Unquoted counts the movements of the book that no entry quotes: they are
	// older than the quotes and stand in the file without proof.
	Unquoted []ledger.Movement `json:"unquoted,omitempty"`
}

// Line is one entry of the journal with what it moved.
type Line struct {
	Index uint64         `json:"index"` // position − 1
	Entry journal.Entry  `json:"entry"`
	Salt  journal.Salt   `json:"salt"`
	Proof []journal.Hash `json:"proof"`
	// Moves are the movements that the entry quotes, in the order of their ids.
	Moves []Move `json:"moves,omitempty"`
}

// Move is a movement of the book, or of one that belongs to another book only its
// leaf.
type Move struct {
	Movement *ledger.Movement `json:"movement,omitempty"`
	Leaf     *journal.Hash    `json:"leaf,omitempty"`
}

// Writer writes the file line by line.
type Writer struct {
	out     *bufio.Writer
	encoder *json.Encoder
	left    int
}

// stated are the lines of the statement: number and owner of the book, its moment,
// the checkpoint, how many accounts and entries there are, and in base64 the SHA-256
// of the accounts and the unquoted movements as they stand in the head and of the
// index of each entry, a line each.
func (h *Head) stated(as *written, indexes []uint64) []string {
	sum := sha256.New()
	for _, text := range [][]byte{as.Accounts, as.Unquoted} {
		_, _ = sum.Write(append(text, '\n')) // a hash takes everything
	}
	for _, index := range indexes {
		_, _ = sum.Write(strconv.AppendUint(nil, index, 10))
		_, _ = sum.Write([]byte{'\n'})
	}
	point := sha256.Sum256([]byte(h.Checkpoint))
	return []string{
		h.Book, h.Owner, h.At.String(), base64.StdEncoding.EncodeToString(point[:]), strconv.Itoa(len(h.Accounts)), strconv.Itoa(len(indexes)),
		base64.StdEncoding.EncodeToString(sum.Sum(nil)),
	}
}

// written are the members of a head that are hashed as they are written, so that a
// file of today is proven by a program that writes them otherwise.
type written struct {
	Accounts json.RawMessage `json:"accounts"`
	Unquoted json.RawMessage `json:"unquoted"`
}

// Sign states what the file holds: the entries at these indexes, and no others.
func (h *Head) Sign(indexes []uint64, signer note.Signer) error {
	var text bytes.Buffer
	var as written
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(h)
	if err == nil {
		err = json.Unmarshal(text.Bytes(), &as)
	}
	if err == nil {
		h.Statement, err = journal.SignText(Format, signer, h.stated(&as, indexes)...)
	}
	return err
}

// NewWriter writes the head and waits for its entries.
func NewWriter(w io.Writer, head Head) (*Writer, error) {
	head.Format = Format
	x := &Writer{out: bufio.NewWriter(w), left: head.Entries}
	x.encoder = json.NewEncoder(x.out)
	x.encoder.SetEscapeHTML(false)
	return x, x.encoder.Encode(head)
}

// Add writes one entry.
func (x *Writer) Add(line Line) error {
	x.left--
	return x.encoder.Encode(line)
}

// Close writes what is buffered; another number of entries than promised is an
// error. It does not close the file.
func (x *Writer) Close() error {
	if x.left != 0 {
		return fmt.Errorf("extract: %d entries are missing", x.left)
	}
	return x.out.Flush()
}
