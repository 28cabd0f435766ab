package store

import (
	"context"
	"encoding/binary"
	"sync"
)

// KeysRemembered is how many idempotency keys a store on SQLite knows, the
// newest ones: a command that is repeated after so many others counts as new.
// On PostgreSQL all keys are known.
const KeysRemembered = 4_000_000

// replyKeys says where the reply of a key stands. Keys are random, so an index
// in the database would touch a page anywhere for each command; the one program
// that writes remembers them instead, about 40 bytes each. Two generations: when
// the young one is full the old one is forgotten.
type replyKeys struct {
	mu         sync.RWMutex
	young, old map[uint64]int64 // beginning of the key → row
	next       int64            // row of the next reply
}

func short64(k replyKey) uint64 { return binary.BigEndian.Uint64(k[:]) }

// find gives the row of a key, 0 where it is not known. Rarely it is the row of
// another key that begins alike: the reader compares the whole.
func (r *replyKeys) find(k replyKey) int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if at, ok := r.young[short64(k)]; ok {
		return at
	}
	return r.old[short64(k)]
}

func (r *replyKeys) add(k replyKey, at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.young == nil || len(r.young) >= KeysRemembered/2 {
		r.old, r.young = r.young, map[uint64]int64{}
	}
	r.young[short64(k)] = at
}

// load reads the newest keys when a store is opened.
func (r *replyKeys) load(ctx context.Context, q querier) error {
	var top int64
	if err := q.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM reply").Scan(&top); err != nil {
		return err
	}
	r.next = top + 1
	rows, err := q.QueryContext(ctx, "SELECT seq, key FROM reply WHERE seq > $1 ORDER BY seq", top-KeysRemembered)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var at int64
		var raw []byte
		if err := rows.Scan(&at, &raw); err != nil {
			return err
		}
		var k replyKey
		copy(k[:], raw)
		r.add(k, at)
	}
	return rows.Err()
}
