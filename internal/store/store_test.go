package store_test

import (
	"testing"

	"go.uber.org/goleak"

	"seine/internal/store"
	"seine/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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

var sqlite = storetest.Engine{Name: "sqlite", Place: func(t *testing.T) storetest.Opener {
	dir := t.TempDir()
	return opener(func(o *store.Options) { o.Dir = dir })
}}

var postgres = storetest.Engine{Name: "postgres", Shared: true, Place: func(t *testing.T) storetest.Opener {
	url := storetest.PostgresURL(t)
	return opener(func(o *store.Options) { o.URL = url })
}}

func TestSQLite(t *testing.T)   { storetest.Run(t, sqlite) }
func TestPostgres(t *testing.T) { storetest.Run(t, postgres) }
