package store

import (
	"context"
	"database/sql"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// docKey names one document.
type docKey struct {
	kind decision.Kind
	id   string
}

// account is a balance as it is stored: with the effective days of the
// movements since the account's last mark.
type account struct {
	ledger.Balance
	spanFrom, spanTo clock.Date
}

// replyKey is a hash of actor and idempotency key.
type replyKey [16]byte

// storedReply is what was answered to a command with a key.
type storedReply struct {
	content [32]byte
	reply   []byte
	entries []string
}

// docRow is a document to write. base is the version that stands in the
// database, 0 when the document is new.
type docRow struct {
	table   *table
	id      string
	base    int64
	version int64
	columns []any
	body    []byte
}

type entryRow struct {
	journal.Entry
	subject    []byte
	moved      string // ids of the movements that it quotes, one a line
	salt       journal.Salt
	commitment journal.Commitment
}

type orderRow struct {
	decision.Order
	body []byte
}

type replyRow struct {
	key replyKey
	storedReply
}

type balanceRow struct {
	key   string
	isNew bool
	account
}

type markRow struct {
	key              string
	count            int64
	movement         string
	recorded         clock.Instant
	quantity, value  int64
	spanFrom, spanTo clock.Date
}

type pendingRow struct {
	id    string
	isNew bool
	left  *ledger.Pending // nil: nothing is left
}

type seriesRow struct {
	name  string
	isNew bool
	last  int64
}

// rows is everything that one batch writes, each thing once and in the order of
// its keys.
type rows struct {
	recorded  clock.Instant
	docs      []*docRow
	movements []ledger.Movement
	balances  []balanceRow
	marks     []markRow
	pendings  []pendingRow
	entries   []*entryRow
	orders    []orderRow
	replies   []replyRow
	series    []seriesRow
}

// batch is one open write transaction. The readers lock what they read until
// the end, and give only what is there.
type batch interface {
	replies(ctx context.Context, keys []replyKey) (map[replyKey]*storedReply, error)
	versions(ctx context.Context, t *table, ids []string) (map[string]int64, error)
	epochs(ctx context.Context, sets []string) (map[string]string, error)
	series(ctx context.Context, names []string) (map[string]int64, error)
	pendings(ctx context.Context, ids []string) (map[string]*ledger.Pending, error)
	balances(ctx context.Context, keys []string) (map[string]account, error)
	write(ctx context.Context, r *rows) error
	commit(ctx context.Context) error
	rollback()
}

// engine is one of the two databases. Reading goes through database/sql and is
// common to both; only what is here differs.
type engine interface {
	name() string
	// begin opens a write transaction. One is open at a time.
	begin(ctx context.Context) (batch, error)
	// readers is the pool of reading connections.
	readers() *sql.DB
	// chore runs f in a write transaction of its own, by way of the writer where
	// there is only one writing connection.
	chore(ctx context.Context, f func(*sql.Tx) error) error
	// rest brings into the tables what stands in a log only; nothing where the server
	// does so at times of its own.
	rest(ctx context.Context) error
	// alone tells whether no other process can write, so that what the program
	// remembers is what the database holds.
	alone() bool
	// duplicate tells whether err says that a key exists already, and which:
	// "table.column".
	duplicate(err error) (field string, ok bool)
	// transient tells whether the same batch may succeed when it is tried again.
	transient(err error) bool
	// close ends all connections.
	close() error
}
