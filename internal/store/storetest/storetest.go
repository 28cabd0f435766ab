// Package storetest holds what every engine of the store must do alike: one
// suite, run on SQLite and on PostgreSQL, with many writers at once where that
// matters. A third engine would have to pass it unchanged.
package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/store"
)

// Opener opens a store on the same empty place each time it is called within
// one test: a second store beside the first where the engine allows it, the same
// data again after the first was closed.
type Opener func(t *testing.T, o store.Options) *store.Store

// Engine is what the suite needs to know of an engine.
type Engine struct {
	Name   string
	Place  func(t *testing.T) Opener        // an empty place for one test
	Shared bool                             // several stores may be open on one place
	Empty  func(t *testing.T) store.Options // where a backup may be restored to
	Other  func(t *testing.T) store.Options // the same, of the other engine
}

// Note is the toy document of the suite: kind "parameter", found by name.
type Note struct {
	Name   string `json:"name"`
	Text   string `json:"text,omitempty"`
	Number int64  `json:"number,omitempty"`
}

// Paper is a toy declaration: its number is unique, its enterprise is found
// behind.
type Paper struct {
	Number     string        `json:"number,omitempty"`
	Enterprise string        `json:"enterprise,omitempty"`
	State      string        `json:"state"`
	Channel    string        `json:"channel,omitempty"`
	Received   clock.Instant `json:"received,omitempty"`
}

// Kinds of the toy documents.
const (
	NoteKind  decision.Kind = "parameter"
	PaperKind decision.Kind = "declaration"
)

// Entry gives a journal entry about one object.
func Entry(kind, subject, id string) journal.Entry {
	return journal.Entry{
		Type: kind, Actor: "tester", ActorKind: journal.System, Subject: []journal.Ref{{Kind: subject, ID: id}},
		Body: json.RawMessage(`{"test":true}`),
	}
}

// Account gives an account of the toy book.
func Account(owner, item string, place ledger.Place) ledger.Account {
	return ledger.Account{Ledger: ledger.Legal, Owner: owner, Item: item, Place: place, Status: ledger.Bonded}
}

// Move gives an operation that posts a quantity.
func Move(id string, from, to ledger.Account, q int64) ledger.Op {
	return ledger.Op{ID: id, Kind: ledger.Post, From: from, To: to, Quantity: num.Quantity(q), EffectiveOn: clock.MustDate("2026-11-23"), Cause: "test"}
}

// PostgresURL gives a connection string for a new, empty schema of the server
// in SEINE_TEST_POSTGRES and drops it after the test; without a server the test
// is skipped.
func PostgresURL(t *testing.T) string {
	t.Helper()
	server := os.Getenv("SEINE_TEST_POSTGRES")
	if server == "" {
		t.Skip("SEINE_TEST_POSTGRES is not set")
	}
	return newSchema(t, server)
}

// wantFault fails unless err carries code.
func wantFault(t *testing.T, err error, code string) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want fault %s", err, code)
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// many calls f from n goroutines and gives their errors joined.
func many(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := f(i); err != nil {
				errs[i] = fmt.Errorf("writer %d: %w", i, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Numbered wants the next serial of a series, written by a format of one number;
// given, where it is not nil, learns the serial.
func Numbered(series, format string, given *int64) decision.Number {
	return decision.Next(series, func(serial int64) (string, error) {
		if given != nil {
			*given = serial
		}
		return fmt.Sprintf(format, serial), nil
	})
}
