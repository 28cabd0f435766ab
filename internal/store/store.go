package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
)

// Options say where the store is and how it works. Either Dir or URL is given.
type Options struct {
	Dir      string      // folder of the zone: SQLite in Dir/zone.db, made where it is missing
	URL      string      // PostgreSQL connection string
	Clock    clock.Clock // the machine's where nil
	Node     string      // name of this node in leases and logs; "node" where empty
	ReadOnly bool        // look only, beside a program that writes; Decide is refused
	Random   io.Reader   // salts of the journal; crypto/rand where nil
	Logger   *slog.Logger

	// Stale is told when an outcome was refused because it used an old version of
	// a reference set; it loads value before the decision is taken again.
	Stale func(ctx context.Context, set, value string) error

	CacheBytes int // documents remembered in memory; 64 MiB where 0
	MaxBatch   int // outcomes written in one commit; 512 where 0
}

// Store keeps one zone. All methods may be called at once from many goroutines.
type Store struct {
	condition conditions

	options Options
	clock   clock.Clock
	log     *slog.Logger
	engine  engine
	read    *sql.DB
	ids     ids

	prepared statements

	documents *cache[docKey, cachedDoc]
	balances  *cache[string, account] // nil where other nodes write too

	deciding       chan struct{} // one for each decision that is being taken
	urgent, normal chan *work
	chores         chan *chore
	hurried        time.Time // of the writer: when something urgent came last
	quit           chan struct{}
	closing        sync.RWMutex // held for reading while work is handed over
	closed         bool
	running        sync.WaitGroup
	stop           context.CancelFunc

	recorder recorder // of “seine bench”

	building sync.Mutex // one builds behind at a time

	feed   watch
	tail   atomic.Int64 // highest position that readers may rely on
	counts counters
}

// cachedDoc is a document in memory. columns is nil where it was read and not
// written by this program.
type cachedDoc struct {
	version int64
	body    []byte
	columns []any
}

// Open opens a store, making and migrating it where needed. Faults:
// STORE-LOCK-01 (another process writes in the folder), STORE-MIGRATION-01 (an
// applied migration was changed), STORE-MIGRATION-02 (made by a newer program),
// STORE-OPEN-01 (neither or both of Dir and URL).
func Open(ctx context.Context, o Options) (*Store, error) {
	if (o.Dir == "") == (o.URL == "") {
		return nil, fault.New(fault.Invalid, "STORE-OPEN-01", "", "name either a data folder or a database",
			"give --data DIR or --db URL")
	}
	if o.Clock == nil {
		o.Clock = &clock.System{}
	}
	if o.Node == "" {
		o.Node = "node"
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 64 << 20
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = 512
	}
	s := &Store{
		options: o, clock: o.Clock, log: o.Logger,
		urgent: make(chan *work, 1024), normal: make(chan *work, 8192), chores: make(chan *chore),
		quit: make(chan struct{}),
	}
	s.documents = newCache(o.CacheBytes, func(k docKey, d cachedDoc) int { return len(k.id) + len(d.body) + 96 })
	var err error
	if o.Dir != "" {
		s.engine, err = openSQLite(ctx, s, o)
	} else {
		s.engine, err = openPostgres(ctx, s, o)
	}
	if err != nil {
		return nil, err
	}
	s.read = s.engine.readers()
	s.prepared.db = s.read
	if s.engine.alone() && !o.ReadOnly {
		s.balances = newCache(o.CacheBytes, func(k string, a account) int { return 2*len(k) + 48*len(a.Layers) + 160 })
	}
	at := 2 * runtime.GOMAXPROCS(0)
	if !s.engine.alone() {
		at *= 4 // they wait for the server most of the time
	}
	s.deciding = make(chan struct{}, at)
	s.feed.init()
	if err := s.start(ctx); err != nil {
		s.stop()
		s.running.Wait()
		_ = s.engine.close()
		return nil, err
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	if s.options.ReadOnly {
		s.running.Go(func() { s.follow(background) })
		return s.loadTail(ctx)
	}
	var instance int64
	err := s.engine.chore(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO progress (name, position) VALUES ('instance', 1)
			ON CONFLICT (name) DO UPDATE SET position = progress.position + 1`)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT position FROM progress WHERE name = 'instance'`).Scan(&instance)
	})
	if err != nil {
		return fmt.Errorf("number this start of the program: %w", err)
	}
	s.ids.clock, s.ids.instance = s.clock, instance
	if err := s.loadTail(ctx); err != nil {
		return err
	}
	s.running.Go(s.writer)
	s.running.Go(func() { s.behind(background) })
	if e, ok := s.engine.(*sqliteEngine); ok {
		s.running.Go(func() { e.tidy(background) })
	}
	if !s.engine.alone() {
		s.running.Go(func() { s.sequence(background) })
	}
	return nil
}

// Close lets what waits be written, stops all work and closes the store. What is
// sent afterwards is refused with STORE-CLOSED-01.
func (s *Store) Close() error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		return nil
	}
	s.closed = true
	close(s.quit)
	s.closing.Unlock()
	s.stop()
	s.running.Wait()
	s.feed.close()
	s.prepared.close()
	return s.engine.close()
}

func closedFault() error {
	return fault.New(fault.Overload, "STORE-CLOSED-01", "", "the program is stopping", "send it again in a minute; nothing was done")
}

// hand gives work to the writer. It waits where too much is waiting already, for
// as long as ctx allows.
func (s *Store) hand(ctx context.Context, w *work) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return closedFault()
	}
	lane := s.normal
	if w.cmd.Urgent {
		lane = s.urgent
	}
	select {
	case lane <- w:
		return nil
	default:
	}
	select {
	case lane <- w:
		return nil
	case <-ctx.Done():
		return fault.New(fault.Overload, "STORE-BUSY-01", "", "too much is waiting to be written",
			"send it again a little later; nothing was done").Because(ctx.Err())
	}
}

// NewID gives a new time-ordered identifier: 14 characters, unique in the store.
func (s *Store) NewID() string { return s.ids.next() }

// Now gives the store's time.
func (s *Store) Now() clock.Instant { return s.clock.Now() }

// Clock gives the store's clock.
func (s *Store) Clock() clock.Clock { return s.clock }

// Engine gives "sqlite" or "postgres".
func (s *Store) Engine() string { return s.engine.name() }

// Node gives this node's name.
func (s *Store) Node() string { return s.options.Node }

// Epoch gives the present version of a reference set, "" where none was ever
// published.
func (s *Store) Epoch(ctx context.Context, set string) (string, error) {
	var value sql.NullString
	err := s.read.QueryRowContext(ctx, "SELECT value FROM reference_set WHERE id = $1", set).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value.String, err
}

// ids makes time-ordered identifiers: eleven characters of microseconds, three
// of the number of this start of the program, so that no two starts and no two
// nodes ever make the same.
type ids struct {
	clock    clock.Clock
	instance int64
	last     atomic.Int64
}

const digits = "0123456789abcdefghjkmnpqrstvwxyz"

func (i *ids) next() string {
	now := int64(i.clock.Now())
	for {
		last := i.last.Load()
		if now <= last {
			now = last + 1
		}
		if i.last.CompareAndSwap(last, now) {
			break
		}
	}
	var b [14]byte
	for k, v := 10, now; k >= 0; k, v = k-1, v>>5 {
		b[k] = digits[v&31]
	}
	for k, v := 13, i.instance; k >= 11; k, v = k-1, v>>5 {
		b[k] = digits[v&31]
	}
	return string(b[:])
}

// Load reads a document outside of a decision. Fault: STORE-ABSENT-01.
func (s *Store) Load(ctx context.Context, kind decision.Kind, id string, body any) (version int64, err error) {
	v := s.newView(ctx, 0)
	v.cold = v.cold || !s.engine.alone() // no guard follows: another node may know better
	defer v.end()
	return v.Load(kind, id, body)
}

// Find gives the ids of documents whose searched column has this value, in
// order of id, at most limit.
func (s *Store) Find(ctx context.Context, kind decision.Kind, column, value string, limit int) ([]string, error) {
	v := s.newView(ctx, 0)
	defer v.end()
	return v.Find(kind, column, value, limit)
}

func absent(kind decision.Kind, id string) error {
	return fault.New(fault.NotFound, "STORE-ABSENT-01", "", "there is no {kind} “{id}”", "check the number",
		"kind", strings.ReplaceAll(string(kind), "_", " "), "id", id)
}
