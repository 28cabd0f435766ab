package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/store"
	"seine/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashPlace); dir != "" {
		loadUntilKilled(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func TestTwoProgramsDoNotWriteInOneFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Options{Dir: dir}); !fault.Is(err, "STORE-LOCK-01") {
		t.Errorf("a second writer: %v", err)
	}
	reader, err := store.Open(t.Context(), store.Options{Dir: dir, ReadOnly: true})
	if err != nil {
		t.Fatal("a program that only looks may open beside:", err)
	}
	defer reader.Close()
	decide := func(v decision.View) (decision.Outcome, error) {
		return decision.Outcome{Puts: []decision.Put{{Kind: storetest.NoteKind, ID: "n", Body: storetest.Note{Name: "n"}}}}, nil
	}
	if _, err := reader.Decide(t.Context(), decision.Command{Name: "x"}, decide); !fault.Is(err, "STORE-READONLY-01") {
		t.Errorf("writing by a reader: %v", err)
	}
	if _, err := first.Decide(t.Context(), decision.Command{Name: "x"}, decide); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Load(t.Context(), storetest.NoteKind, "n", &storetest.Note{}); err != nil {
		t.Error("the reader does not see it:", err)
	}
	if _, err := first.Decide(t.Context(), decision.Command{Name: "x"}, func(decision.View) (decision.Outcome, error) {
		return decision.Outcome{Entries: []journal.Entry{storetest.Entry("note.made", "note", "n")}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	positions, stop := reader.Watch()
	for p := range positions {
		if p == 1 {
			break
		}
	}
	stop()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal("the folder is free again:", err)
	}
	again.Close()
}

// opener opens stores on one place and closes them after the test.
func opener(place func(*store.Options)) storetest.Opener {
	return func(t *testing.T, o store.Options) *store.Store {
		t.Helper()
		place(&o)
		s, err := store.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
}

func emptyFolder(t *testing.T) store.Options {
	return store.Options{Dir: filepath.Join(t.TempDir(), "copy")}
}

func emptySchema(t *testing.T) store.Options {
	return store.Options{URL: storetest.PostgresURL(t)}
}

var sqlite = storetest.Engine{Name: "sqlite", Empty: emptyFolder, Other: emptySchema, Place: func(t *testing.T) storetest.Opener {
	dir := t.TempDir()
	return opener(func(o *store.Options) { o.Dir = dir })
}}

var postgres = storetest.Engine{Name: "postgres", Shared: true, Empty: emptySchema, Other: emptyFolder, Place: func(t *testing.T) storetest.Opener {
	url := storetest.PostgresURL(t)
	return opener(func(o *store.Options) { o.URL = url })
}}

func TestSQLite(t *testing.T)   { storetest.Run(t, sqlite) }
func TestPostgres(t *testing.T) { storetest.Run(t, postgres) }
