package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the size of the zone's file is asked of the engine itself

	"seine/internal/bonded"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/registry"
	"seine/internal/store"
)

// House is a zone in operation, as whoever starts the measurement puts it
// together.
type House struct {
	Store     *store.Store
	Clock     clock.Clock
	Registry  *registry.Registry
	Clearance *clearance.Desk
	Bonded    *bonded.Desk
	Control   *control.Desk
	Reload    func(ctx context.Context) error // reference sets that were changed
	Start     func(ctx context.Context) error // what a zone does by itself: sealing, timers, orders

	// Door is the HTTP interface; nil where the stories are called in process.
	Door http.Handler
	// Token signs a machine in.
	Token func(ctx context.Context, client, secret string) (string, error)
	// Check is the second opinion on everything stored, nil where there is none.
	Check func(ctx context.Context) (findings []string, err error)

	Close func() error
}

// Options say what is measured and how.
type Options struct {
	Bench   string
	Trust   bool    // without the second opinion, which reads everything
	Clients int     // 0: as the bench is meant
	Bulk    int     // declarations in one request
	Rate    float64 // lodge: requests in a second, evenly; 0: as many as the clients can
	Hot     bool
	Keyless bool // requests without idempotency keys
	Beside  bool // gate: while lodging saturates the zone
	History int
	Rounds  int
	Seconds float64

	Folder string // scratch; its parent's disk is what is measured
	URL    string // PostgreSQL instead of the embedded database
	Open   func(ctx context.Context, dir, url string) (*House, error)
	Loader []string // command that runs Load in another process
	Tell   func(what string, done, total int64)
}

// run is a measurement under way.
type run struct {
	Options
	house  *House
	twin   *store.Twin
	report *Report
	zone   string // folder or schema of the house
	drop   func(context.Context) error

	mu       sync.Mutex
	recorded []store.Committed
}

// open founds an empty zone and its twin.
func open(ctx context.Context, o Options, r *Report) (_ *run, err error) {
	if o.Tell == nil {
		o.Tell = func(string, int64, int64) {}
	}
	b := &run{Options: o, report: r, drop: func(context.Context) error { return nil }}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close(context.WithoutCancel(ctx)))
		}
	}()
	dir, twin := store.Options{Dir: filepath.Join(o.Folder, "zone")}, store.Options{Dir: filepath.Join(o.Folder, "twin")}
	b.zone, r.Engine = dir.Dir, "sqlite"
	secrets := filepath.Join(o.Folder, "zone")
	if o.URL != "" {
		r.Engine = "postgres"
		if dir, twin, err = b.schemas(ctx); err != nil {
			return nil, err
		}
	}
	if b.house, err = o.Open(ctx, secrets, dir.URL); err != nil {
		return nil, fmt.Errorf("found the zone: %w", err)
	}
	b.house.Store.Record(func(c store.Committed) {
		b.mu.Lock()
		b.recorded = append(b.recorded, c)
		b.mu.Unlock()
	})
	twin.Clock = b.house.Clock
	if b.twin, err = store.OpenTwin(ctx, twin); err != nil {
		return nil, fmt.Errorf("open the twin: %w", err)
	}
	return b, nil
}

// schemas makes two schemas in the database of the URL, removed afterwards.
func (b *run) schemas(ctx context.Context) (zone, twin store.Options, err error) {
	conn, err := pgx.Connect(ctx, b.URL)
	if err != nil {
		return zone, twin, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	stem := fmt.Sprintf("seine_bench_%d", time.Now().UnixNano())
	names := []string{stem, stem + "_twin"}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
			return zone, twin, err
		}
	}
	b.drop = func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, b.URL)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		for _, name := range names {
			if _, err := conn.Exec(ctx, "DROP SCHEMA "+name+" CASCADE"); err != nil {
				return err
			}
		}
		return nil
	}
	b.zone = stem
	if zone.URL, err = inSchema(b.URL, names[0]); err == nil {
		twin.URL, err = inSchema(b.URL, names[1])
	}
	return zone, twin, err
}

func inSchema(address, schema string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read the connection string: %w", err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// size is how many bytes the zone takes on disk.
func (b *run) size(ctx context.Context) (int64, error) {
	if b.URL == "" {
		return b.fileSize(ctx)
	}
	conn, err := pgx.Connect(ctx, b.URL)
	if err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	var size int64
	err = conn.QueryRow(ctx, "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'",
		b.zone).Scan(&size)
	return size, err
}

// fileSize is the size of the zone's file with what still stands in its log.
func (b *run) fileSize(ctx context.Context) (size int64, err error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.Join(b.zone, "zone.db"), RawQuery: "mode=ro"}).String())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()").Scan(&size)
	return size, err
}

func (b *run) close(ctx context.Context) error {
	var errs []error
	if b.house != nil {
		b.house.Store.Record(nil)
		errs = append(errs, b.house.Close())
	}
	if b.twin != nil {
		errs = append(errs, b.twin.Close())
	}
	if b.URL == "" {
		errs = append(errs, os.RemoveAll(b.Folder))
	}
	return errors.Join(append(errs, b.drop(ctx))...)
}

// take gives the batches recorded since it was last called.
func (b *run) take() []store.Committed {
	b.mu.Lock()
	defer b.mu.Unlock()
	batches := b.recorded
	b.recorded = nil
	return batches
}

// follow writes what was recorded into the twin without measuring.
func (b *run) follow(ctx context.Context) error {
	for _, joined := range join(b.take(), 512) {
		if err := b.twin.Write(ctx, joined); err != nil {
			return fmt.Errorf("write into the twin: %w", err)
		}
	}
	return nil
}

// join puts batches together until each has at least so many outcomes.
func join(batches []store.Committed, least int) []store.Committed {
	var all []store.Committed
	for from := 0; from < len(batches); {
		to, n := from, 0
		for to < len(batches) && n < least {
			n += batches[to].Outcomes
			to++
		}
		all = append(all, store.Join(batches[from:to]...))
		from = to
	}
	return all
}

// stretch is what one turn of the house gave.
type stretch struct {
	operations int64
	took       []time.Duration // of each request
	wall       time.Duration
	answers    map[string]int64
	began      *meter        // when it began in earnest, where that was later than the call
	rest       time.Duration // that bringing the log into the database took afterwards
	outcomes   int64         // that the house wrote meanwhile, where other work is in the ratio too
}

// load keeps the house busy for a while.
type load func(ctx context.Context, d time.Duration) (stretch, error)

// rounds takes turns: the house under load, then its rows raw.
func (b *run) rounds(ctx context.Context, do load) error {
	r := b.report
	d := time.Duration(b.Seconds * float64(time.Second))
	if _, err := do(ctx, min(d, time.Second)); err != nil { // to warm up
		return err
	}
	if err := b.settle(ctx); err != nil {
		return err
	}
	before, err := b.size(ctx)
	if err != nil {
		return err
	}
	for n := 1; n <= b.Rounds; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.Tell("rounds", int64(n-1), int64(b.Rounds))
		if err := b.house.Store.Rest(ctx); err != nil {
			return err
		}
		stats, from := b.house.Store.Stats(), readMeter()
		s, err := do(ctx, d)
		if err != nil {
			return err
		}
		if s.began != nil {
			from = *s.began
		}
		// What the log still holds is part of what was written, here and in the twin.
		ended := time.Now()
		if err := b.house.Store.Rest(ctx); err != nil {
			return err
		}
		s.rest = time.Since(ended)
		// What is built behind belongs to the work, so its processor time counts.
		if err := b.house.Store.CatchUp(ctx); err != nil {
			return err
		}
		round := Round{Number: n, Operations: s.operations}
		round.since(from, s.operations, b.URL != "")
		round.PerSecond = float64(s.operations) / s.wall.Seconds()
		round.P50, round.P99 = percentiles(s.took)
		if now := b.house.Store.Stats(); now.Batches > stats.Batches {
			round.PerCommit = float64(now.Outcomes-stats.Outcomes) / float64(now.Batches-stats.Batches)
		}
		for k, v := range s.answers {
			if r.Answers == nil {
				r.Answers = map[string]int64{}
			}
			r.Answers[k] += v
		}
		if err := b.raw(ctx, n, &round, &s); err != nil {
			return err
		}
		r.Rounds = append(r.Rounds, round)
	}
	b.Tell("rounds", int64(b.Rounds), int64(b.Rounds))
	r.finish()
	if err := b.settle(ctx); err != nil {
		return err
	}
	after, err := b.size(ctx)
	if r.Operations > 0 {
		r.BytesPerOp = (after - before) / r.Operations
	}
	return err
}

// settle lets everything that was recorded reach the twin, and what is built
// behind be built.
func (b *run) settle(ctx context.Context) error {
	if err := b.follow(ctx); err != nil {
		return err
	}
	return b.house.Store.CatchUp(ctx)
}

// raw writes the rows of a round once more, half of them in batches as full as
// the clients could make them and half in the batches as they were; which comes
// first changes from round to round.
func (b *run) raw(ctx context.Context, n int, round *Round, s *stretch) error {
	operations := s.operations
	batches := b.take()
	if len(batches) < 4 || operations == 0 {
		return b.write(ctx, batches)
	}
	var outcomes int64
	for _, c := range batches {
		outcomes += int64(c.Outcomes)
	}
	perOutcome := float64(operations) / float64(outcomes) // an operation may be more than one outcome
	halves := [2][]store.Committed{batches[:len(batches)/2], batches[len(batches)/2:]}
	full := n % 2
	halves[full] = join(halves[full], max(1, min(512, b.Clients*max(1, b.Bulk))/2))
	for k, half := range halves {
		if err := b.twin.Rest(ctx); err != nil {
			return err
		}
		from := readMeter()
		began := time.Now()
		took, err := b.timed(ctx, half)
		if err != nil {
			return err
		}
		if err := b.twin.Rest(ctx); err != nil {
			return err
		}
		wall, done := time.Since(began), 0
		for _, c := range half {
			done += c.Outcomes
		}
		rate := float64(done) * perOutcome / wall.Seconds()
		if k != full {
			round.RawSame = rate
			round.RawP50, round.RawP99 = percentiles(took)
			continue
		}
		var f Figures
		f.since(from, int64(float64(done)*perOutcome), b.URL != "")
		round.Raw, round.RawCPU, round.RawPerCommit = rate, f.CPU+f.Database, float64(done)/float64(len(half))
	}
	if limit := max(round.Raw, round.RawSame); limit > 0 {
		written := float64(s.operations)
		if s.outcomes > 0 {
			written = float64(s.outcomes) * perOutcome
		}
		round.Ratio = written / (s.wall + s.rest).Seconds() / limit
	}
	return nil
}

func (b *run) write(ctx context.Context, batches []store.Committed) error {
	_, err := b.timed(ctx, batches)
	return err
}

// timed writes batches and tells how long each took.
func (b *run) timed(ctx context.Context, batches []store.Committed) ([]time.Duration, error) {
	took := make([]time.Duration, 0, len(batches))
	for _, c := range batches {
		began := time.Now()
		if err := b.twin.Write(ctx, c); err != nil {
			return nil, fmt.Errorf("write into the twin: %w", err)
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// command is a command of the bench itself, which sets the scene.
func (b *run) command(name string) decision.Command {
	return decision.Command{Name: name, Actor: decision.System.ID, Received: b.house.Clock.Now()}
}
