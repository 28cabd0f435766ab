// Package extract is an account book as one file for an auditor: what its
// accounts hold, every movement that led there, the journal entries that quote
// those movements, and for each entry the proof that it is in the sealed journal.
// The file is verified without the zone and without a database: the entries must
// lead to the signed root, the movements must be those that the entries quote,
// and added up from nothing they must give the balances, the reservations and
// the arrival layers that the file states.
//
// What the file cannot show is that nothing younger was left out: it speaks of
// the book as it stood at its checkpoint. Each account says how many movements it
// had and which was the last, so an account that is shown short contradicts any
// receipt of a later movement.
package extract

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

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
	Accounts   []Account     `json:"accounts"`
	Entries    int           `json:"entries"` // lines that follow
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
