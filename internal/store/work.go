package store

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/jsonform"
)

// errRace says that something an outcome relied on has changed: decide again.
var errRace = errors.New("store: somebody else was first")

// work is one command on its way through the writer.
type work struct {
	cmd     decision.Command
	key     replyKey
	content [32]byte
	keyed   bool
	now     clock.Instant

	// decide is set where the writer itself takes the decision, alone in a batch,
	// because others were faster too often.
	decide func() (*work, error)

	out  decision.Outcome
	prep *prepared
	// relied are documents that came from memory: the decision rests on them even
	// where the story did not say so.
	relied []decision.Reliance
	// counts are the movements so far of each balance that was looked at: a turn
	// carries values computed from them.
	counts map[string]int64

	done chan result // room for one
}

// result is what the writer answers.
type result struct {
	receipt decision.Receipt
	err     error
}

// prepared is an outcome brought to the form in which it is written.
type prepared struct {
	docs    []*docRow // as Outcome.Puts; base and version are set by the writer
	entries []*entryRow
	orders  []orderRow
	reply   []byte
}

// prepare renders an outcome. What it does needs no writer, so it is done where
// the decision was taken.
func prepare(out *decision.Outcome, cmd *decision.Command, now clock.Instant, random io.Reader, newID func() string) (*prepared, error) {
	p := &prepared{}
	for i := range out.Puts {
		put := &out.Puts[i]
		t, err := tableOf(put.Kind)
		if err != nil {
			return nil, err
		}
		if put.ID == "" {
			return nil, fmt.Errorf("store: a %s without an id cannot be kept", put.Kind)
		}
		row := &docRow{table: t, id: put.ID}
		if row.body, err = render(put.Body); err != nil {
			return nil, fmt.Errorf("render %s %s: %w", put.Kind, put.ID, err)
		}
		if row.columns, err = t.row(row.body); err != nil {
			return nil, err
		}
		p.docs = append(p.docs, row)
	}
	for i := range out.Entries {
		e := &entryRow{Entry: out.Entries[i]}
		if e.ID == "" {
			e.ID = newID()
		}
		if e.At == 0 {
			e.At = now
		}
		if e.Actor == "" {
			e.Actor = cmd.Actor
		}
		if e.ActorKind == "" && e.Actor == "system" {
			e.ActorKind = journal.System
		}
		e.Position = 0
		if err := e.Validate(); err != nil {
			return nil, fmt.Errorf("entry %s: %w", e.Type, err)
		}
		if _, err := io.ReadFull(random, e.salt[:]); err != nil {
			return nil, fmt.Errorf("draw salt: %w", err)
		}
		if len(out.Numbers) == 0 && (i > 0 || len(out.Transfers) == 0) { // else when the writer knows them
			var err error
			if e.commitment, err = e.Commit(e.salt); err != nil {
				return nil, err
			}
		}
		e.subject = subjects(e.Subject)
		p.entries = append(p.entries, e)
	}
	for _, o := range out.Orders {
		if o.ID == "" {
			o.ID = newID()
		}
		body, err := render(o.Body)
		if err != nil {
			return nil, fmt.Errorf("render order %s: %w", o.ID, err)
		}
		p.orders = append(p.orders, orderRow{Order: o, body: body})
	}
	if out.Reply != nil {
		var err error
		if p.reply, err = render(out.Reply); err != nil {
			return nil, fmt.Errorf("render reply: %w", err)
		}
	}
	return p, nil
}

// subjects gives the objects of an entry as JSON.
func subjects(refs []journal.Ref) []byte {
	if refs == nil {
		return []byte("null")
	}
	w := jsonform.Writer{B: make([]byte, 0, 48*len(refs)+2)}
	w.Open('[')
	for i := range refs {
		w.Open('{')
		w.Member("kind", refs[i].Kind)
		w.Member("id", refs[i].ID)
		w.Close('}')
	}
	w.Close(']')
	return w.B
}

func render(v any) ([]byte, error) {
	switch v := v.(type) {
	case json.RawMessage:
		return v, nil
	case jsonform.Appender: // what it writes need not be read again
		return v.AppendJSON(nil)
	case nil:
		return []byte("null"), nil
	}
	return json.Marshal(v)
}

// identify gives the hashes under which a command's reply is kept.
func identify(cmd *decision.Command) (key replyKey, content [32]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%s", len(cmd.Actor), cmd.Actor, cmd.Key)
	copy(key[:], h.Sum(nil))
	h.Reset()
	fmt.Fprintf(h, "%d:%s", len(cmd.Name), cmd.Name)
	h.Write(cmd.Content)
	h.Sum(content[:0])
	return key, content
}
