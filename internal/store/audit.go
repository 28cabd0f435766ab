package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"seine/internal/book/extract"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// ledgersOfBook are the ledgers in which a book has accounts.
var ledgersOfBook = [...]ledger.Name{ledger.Legal, ledger.Physical, ledger.Shadow}

// BookExtract writes an account book as one file for an auditor: owner and number
// name it, id its document; a book on which nothing moved yet has no accounts. All
// of it is of one moment. Fault: STORE-RECEIPT-01 (its last entries are not sealed
// yet).
func (s *Store) BookExtract(ctx context.Context, w io.Writer, owner, number, id string, signer note.Signer, public string) error {
	return s.snapshot(ctx, func(q querier) error {
		last, err := lastCheckpoint(ctx, q)
		if err != nil {
			return err
		}
		head := extract.Head{Book: number, Owner: owner, At: s.clock.Now(), Checkpoint: last.Note, Key: public}
		for _, name := range ledgersOfBook {
			some, err := accountsUnder(ctx, q, string(name)+"|"+owner+"|book/"+number+"/")
			if err != nil {
				return err
			}
			head.Accounts = append(head.Accounts, some...)
		}
		entries, unquoted, err := quotedBy(ctx, q, head.Accounts)
		if err != nil {
			return err
		}
		head.Unquoted = unquoted
		if err := s.entriesAbout(ctx, q, journal.Ref{Kind: "book", ID: id}, entries); err != nil {
			return err
		}
		ids := make([]string, 0, len(entries))
		for id, position := range entries {
			if position == 0 || position > last.Size {
				return fault.New(fault.Refused, "STORE-RECEIPT-01", "", "the entry is written and not sealed yet", "ask again after the next checkpoint, within a minute")
			}
			ids = append(ids, id)
		}
		slices.SortFunc(ids, func(a, b string) int { return int(entries[a] - entries[b]) })
		head.Entries = len(ids)
		indexes := make([]uint64, len(ids))
		for i, id := range ids {
			indexes[i] = uint64(entries[id] - 1)
		}
		if err := head.Sign(indexes, signer); err != nil {
			return err
		}
		out, err := extract.NewWriter(w, head)
		if err != nil {
			return err
		}
		within := func(account string) bool {
			name, rest, _ := strings.Cut(account, "|")
			return slices.Contains(ledgersOfBook[:], ledger.Name(name)) && strings.HasPrefix(rest, owner+"|book/"+number+"/")
		}
		for _, id := range ids {
			line, err := extractLine(ctx, q, id, uint64(last.Size), within)
			if err != nil {
				return fmt.Errorf("entry %s: %w", id, err)
			}
			if err := out.Add(line); err != nil {
				return err
			}
		}
		return out.Close()
	})
}

// accountsUnder gives all accounts whose key begins with prefix.
func accountsUnder(ctx context.Context, q querier, prefix string) ([]extract.Account, error) {
	rows, err := q.QueryContext(ctx, "SELECT key, "+balanceColumns+" FROM balance WHERE key >= $1 AND key < $2 ORDER BY key", prefix, prefix+"\U0010FFFF")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []extract.Account
	for rows.Next() {
		var key string
		var a account
		if err := scanBalance(rows, &a, &key); err != nil {
			return nil, err
		}
		all = append(all, extract.Account{Key: key, Balance: a.Balance})
	}
	return all, rows.Err()
}

// quotedBy follows the chains of accounts to their beginnings and gives the
// entries that quote what is on them, each with its position, and the movements
// that none quotes.
func quotedBy(ctx context.Context, q querier, accounts []extract.Account) (entries map[string]int64, unquoted []ledger.Movement, err error) {
	entries, seen := map[string]int64{}, map[string]bool{}
	for i := range accounts {
		for key, next := accounts[i].Key, accounts[i].Last; next != ""; {
			m, err := movementOf(ctx, q, next)
			if err != nil {
				return nil, nil, fmt.Errorf("movement %s of %s: %w", next, key, err)
			}
			next = before(&m, key)
			if m.Entry == "" && !seen[m.ID] {
				seen[m.ID] = true
				unquoted = append(unquoted, m)
			}
			if _, known := entries[m.Entry]; known || m.Entry == "" {
				continue
			}
			var position sql.NullInt64
			if err := q.QueryRowContext(ctx, "SELECT position FROM entry WHERE id = $1", m.Entry).Scan(&position); err != nil {
				return nil, nil, fmt.Errorf("entry of movement %s: %w", m.ID, err)
			}
			entries[m.Entry] = position.Int64
		}
	}
	return entries, unquoted, nil
}

func movementOf(ctx context.Context, q querier, id string) (ledger.Movement, error) {
	return scanMovement(q.QueryRowContext(ctx, "SELECT "+movementColumns+" FROM movement WHERE id = $1", id))
}

// entriesAbout adds the indexed entries about an object.
func (s *Store) entriesAbout(ctx context.Context, q querier, about journal.Ref, into map[string]int64) error {
	var top int64
	err := q.QueryRowContext(ctx, "SELECT position FROM progress WHERE name = $1", refProgress).Scan(&top)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	for block := range top>>refBlock + 1 {
		positions, err := positionsAbout(ctx, q, about, block, top, int(1)<<refBlock)
		if err != nil {
			return err
		}
		for _, p := range positions {
			var id string
			if err := q.QueryRowContext(ctx, "SELECT id FROM entry WHERE position = $1", p).Scan(&id); err != nil {
				return err
			}
			into[id] = p
		}
	}
	return nil
}

// extractLine reads an entry, its proof and what it moved; a movement outside the
// book is shown by its leaf.
func extractLine(ctx context.Context, q querier, id string, size uint64, within func(account string) bool) (extract.Line, error) {
	e, err := readEntry(ctx, q, id)
	if err != nil {
		return extract.Line{}, err
	}
	line := extract.Line{Index: uint64(e.Position - 1), Entry: e.Entry, Salt: e.Salt}
	if line.Proof, err = journal.Inclusion(nodes{ctx, q}, line.Index, size); err != nil {
		return line, err
	}
	for _, id := range e.Moves {
		m, err := movementOf(ctx, q, id)
		if err != nil {
			return line, fmt.Errorf("movement %s: %w", id, err)
		}
		if within(m.From) && within(m.To) {
			line.Moves = append(line.Moves, extract.Move{Movement: &m})
			continue
		}
		leaf := journal.Hash(m.Leaf())
		line.Moves = append(line.Moves, extract.Move{Leaf: &leaf})
	}
	return line, nil
}
