package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"seine/internal/ledger"
)

// sqlSource reads what a fold asks for, key by key.
type sqlSource struct {
	q querier
}

// readReply gives the stored reply of a key, nil where there is none. at is the
// row where the program remembers it, 0 to look it up by the index of the key.
func readReply(ctx context.Context, q querier, key replyKey, at int64) (*storedReply, error) {
	var r storedReply
	var content []byte
	query, args := "SELECT content, reply, entries FROM reply WHERE key = $1", []any{key[:]}
	if at > 0 {
		query, args = "SELECT content, reply, entries FROM reply WHERE seq = $1 AND key = $2", []any{at, key[:]}
	}
	var reply sql.NullString
	var entries string
	err := q.QueryRowContext(ctx, query, args...).Scan(&content, &reply, &entries)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read reply: %w", err)
	}
	copy(r.content[:], content)
	if reply.Valid {
		r.reply = []byte(reply.String)
	}
	if entries != "" {
		r.entries = strings.Split(entries, ",")
	}
	return &r, nil
}

func (s *sqlSource) replies(ctx context.Context, keys []replyKey) (map[replyKey]*storedReply, error) {
	found := make(map[replyKey]*storedReply, len(keys))
	for _, k := range keys {
		r, err := readReply(ctx, s.q, k, 0)
		if err != nil {
			return nil, err
		}
		if r != nil {
			found[k] = r
		}
	}
	return found, nil
}

func (s *sqlSource) versions(ctx context.Context, t *table, ids []string) (map[string]int64, error) {
	found := make(map[string]int64, len(ids))
	for _, id := range ids {
		var v int64
		err := s.q.QueryRowContext(ctx, "SELECT version FROM "+t.name+" WHERE id = $1", id).Scan(&v)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[id] = v
	}
	return found, nil
}

func (s *sqlSource) epochs(ctx context.Context, sets []string) (map[string]string, error) {
	found := make(map[string]string, len(sets))
	for _, set := range sets {
		var v sql.NullString
		err := s.q.QueryRowContext(ctx, "SELECT value FROM reference_set WHERE id = $1", set).Scan(&v)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[set] = v.String
	}
	return found, nil
}

func (s *sqlSource) series(ctx context.Context, names []string) (map[string]int64, error) {
	found := make(map[string]int64, len(names))
	for _, n := range names {
		var last int64
		err := s.q.QueryRowContext(ctx, "SELECT last FROM series WHERE name = $1", n).Scan(&last)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[n] = last
	}
	return found, nil
}

func (s *sqlSource) pendings(ctx context.Context, ids []string) (map[string]*ledger.Pending, error) {
	found := make(map[string]*ledger.Pending, len(ids))
	for _, id := range ids {
		p, err := readPending(ctx, s.q, id)
		if err != nil {
			return nil, err
		}
		if p != nil {
			found[id] = p
		}
	}
	return found, nil
}

func (s *sqlSource) balances(ctx context.Context, keys []string) (map[string]account, error) {
	found := make(map[string]account, len(keys))
	for _, k := range keys {
		a, ok, err := readBalance(ctx, s.q, k)
		if err != nil {
			return nil, err
		}
		if ok {
			found[k] = a
		}
	}
	return found, nil
}
