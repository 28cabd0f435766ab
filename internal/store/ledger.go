package store

import (
	"context"

	"seine/internal/ledger"
)

// Balance gives what an account holds now.
func (s *Store) Balance(ctx context.Context, key string) (ledger.Balance, error) {
	a, _, err := readBalance(ctx, s.read, key)
	return a.Balance, err
}

// Pending gives what is left of a reserved movement; false where nothing is.
func (s *Store) Pending(ctx context.Context, id string) (ledger.Pending, bool, error) {
	p, err := readPending(ctx, s.read, id)
	if err != nil || p == nil {
		return ledger.Pending{}, false, err
	}
	return *p, true, nil
}
