package store_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/store"
)

// TestDecisionsThatBeginTogetherDoNotWaitForEachOther lets as many decisions as
// there are reading connections hold a snapshot each before any of them asks its
// first prepared query.
func TestDecisionsThatBeginTogetherDoNotWaitForEachOther(t *testing.T) {
	s := sqlite.Place(t)(t, store.Options{})
	n := max(4, 2*runtime.GOMAXPROCS(0))
	var together, done sync.WaitGroup
	together.Add(n)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	errs := make([]error, n)
	for i := range n {
		done.Go(func() {
			first := true
			_, errs[i] = s.Decide(ctx, decision.Command{Name: "look"}, func(v decision.View) (decision.Outcome, error) {
				if _, err := v.Find(dossier.Book, "number", "none", 1); err != nil {
					return decision.Outcome{}, err
				}
				if first {
					first = false
					together.Done()
					together.Wait()
				}
				_, _, err := decision.Load[map[string]any](v, dossier.Case, "none")
				return decision.Outcome{}, err
			})
		})
	}
	done.Wait()
	for i, err := range errs {
		if !fault.Is(err, "STORE-ABSENT-01") {
			t.Errorf("decision %d: %v", i, err)
		}
	}
}
