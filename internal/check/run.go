package check

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Options say how the check is done. The zero Options check everything that can
// be checked without the secrets.
type Options struct {
	// Secrets is the folder of the zone's keys. With it the signatures of the
	// journal and the random draws are checked too.
	Secrets string
	// PublicKey of the journal, as published; before that of Secrets.
	PublicKey string
	// Now is the moment by which is judged what is due; that of the newest entry
	// where 0.
	Now clock.Instant
	// Only are the sections to run, all where empty: journal, replies, ledger,
	// declarations, debts, money, stock, documents, numbers.
	Only []string
	// Except are codes that are not looked at.
	Except []Code
	// Most is how many findings of one code are written out; all are counted. 200
	// where 0.
	Most int
	// Workers is how many processors are used; all where 0.
	Workers int
	// Progress is told how far a section is; total is 0 where it is not known.
	Progress func(section string, done, total int64)
	// accountsAtOnce bounds the balances that are added up in one reading of the
	// movements; tests lower it.
	accountsAtOnce int64
}

// Sections are the parts of the check in their order.
var Sections = []string{"journal", "replies", "ledger", "declarations", "debts", "money", "stock", "documents", "numbers"}

// run is one check under way.
type run struct {
	src    Source
	o      Options
	now    clock.Instant
	today  clock.Date
	mu     sync.Mutex // guards report
	report Report
	count  int64 // records of the section under way
	total  int64
	shown  time.Time // when the progress was told last

	keys  keys
	trail trails
	books ledgers

	numbers  map[string]*serials // by name of the series
	duties   *tables             // as they stand now
	tables   []version           // as they stood, the oldest first
	schemes  []ruleRow           // credit schemes, by first day
	orders   []ruleRow           // rules of inspection, by first day
	given    map[key][]gradeOf   // credit grades by code of the enterprise
	daysOff  []dayRow            // days off and worked in exchange, by first day
	drawn    map[key][2]int64    // packages and mass declared on a bill of lading
	bills    map[key]*declared
	modes    modes
	amended  map[key]string        // bill of lading → its manifest, where that was amended
	unjudged map[key]bool          // bills of lading drawn on under a mode that is not on record
	reckoned map[string]*riskTable // by epoch
}

// Run checks a zone and gives what it found. An error means that the check could
// not be finished; findings are no error. Faults: CHECK-SECTION-01 (there is no
// such section: a check of nothing would be clean), CHECK-KEY-01, -02.
func Run(ctx context.Context, src Source, o Options) (*Report, error) {
	for _, name := range o.Only {
		if !slices.Contains(Sections, name) {
			return nil, fault.New(fault.NotFound, "CHECK-SECTION-01", "/only", "the check has no section “{name}”", "use one of {names}",
				"name", name, "names", strings.Join(Sections, ", "))
		}
	}
	if o.Most == 0 {
		o.Most = 200
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.accountsAtOnce == 0 {
		o.accountsAtOnce = 1_500_000
	}
	r := &run{src: src, o: o, report: Report{
		Engine: src.Engine(), Findings: []Finding{}, Counts: map[Code]int{}, Skipped: map[string]int64{},
	}}
	var newest int64
	if err := r.one(ctx, entryTop, nil, &r.report.Position, &newest); err != nil {
		return nil, fmt.Errorf("find the end of the journal: %w", err)
	}
	if r.now = o.Now; r.now == 0 {
		r.now = clock.Instant(newest)
	}
	r.today = r.now.Date()
	r.report.At = r.now.String()
	var err error
	if r.keys, err = readKeys(o); err != nil {
		return nil, err
	}
	if err := r.readSeries(ctx); err != nil {
		return nil, fmt.Errorf("read the series: %w", err)
	}
	if r.ran("declarations") || r.ran("stock") || r.ran("money") {
		if err := r.prepare(ctx); err != nil {
			return nil, fmt.Errorf("read the tables: %w", err)
		}
	}
	steps := map[string]func(context.Context) error{
		"journal": r.journal, "replies": r.replies, "ledger": r.ledger, "declarations": r.declarations, "debts": r.debts,
		"money": r.money, "stock": r.stock, "documents": r.documents, "numbers": r.series,
	}
	for _, name := range Sections {
		if len(o.Only) > 0 && !slices.Contains(o.Only, name) {
			continue
		}
		begin := time.Now()
		r.count, r.total, r.shown = 0, 0, begin
		if err := steps[name](ctx); err != nil {
			return nil, fmt.Errorf("check the %s: %w", name, err)
		}
		if r.o.Progress != nil {
			r.o.Progress(name, r.count, r.count)
		}
		r.report.Sections = append(r.report.Sections, Section{name, r.count, time.Since(begin)})
	}
	r.report.sort()
	return &r.report, nil
}

// ran tells whether a section is part of this check: later ones rest on it.
func (r *run) ran(section string) bool {
	return len(r.o.Only) == 0 || slices.Contains(r.o.Only, section)
}

// found notes a finding.
func (r *run) found(c Code, kind, id, detail, expected, actual string) {
	if slices.Contains(r.o.Except, c) {
		return
	}
	f := Finding{Code: c, Severity: Broken, Kind: kind, ID: id, Detail: detail, Expected: clip(expected), Actual: clip(actual)}
	if doubtful[c] {
		f.Severity = Doubtful
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.report.Counts[c]++; r.report.Counts[c] <= r.o.Most {
		r.report.Findings = append(r.report.Findings, f)
	}
}

// differ notes a finding where two numbers are not the same.
func (r *run) differ(c Code, kind, id, detail string, expected, actual int64) {
	if expected != actual {
		r.found(c, kind, id, detail, strconv.FormatInt(expected, 10), strconv.FormatInt(actual, 10))
	}
}

// skipped counts what could not be recomputed.
func (r *run) skipped(why string) {
	r.mu.Lock()
	r.report.Skipped[why]++
	r.mu.Unlock()
}

func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// step counts records for the progress; only the reader calls it.
func (r *run) step(section string, n int64) {
	r.count += n
	if r.o.Progress != nil && time.Since(r.shown) >= 200*time.Millisecond {
		r.shown = time.Now()
		r.o.Progress(section, r.count, max(r.total, r.count))
	}
}

// one reads a single row.
func (r *run) one(ctx context.Context, query string, args []any, into ...any) error {
	rows, err := r.src.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(rows.Err(), sql.ErrNoRows)
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	return rows.Close()
}

// all reads every row of a query, one after the other.
func (r *run) all(ctx context.Context, query string, args []any, row func(*sql.Rows) error) error {
	rows, err := r.src.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return rows.Close()
}

// batch is how many rows go from hand to hand at once.
const batch = 256

// flow reads the rows of a query, works on them on all processors and then takes
// them up one after the other in their order: reading, working and taking up run
// at the same time. work and take may be nil.
func flow[T any](ctx context.Context, r *run, section, query string, args []any, scan func(*sql.Rows, *T) error, work, take func(*T)) error {
	type load struct {
		rows []T
		done chan struct{}
	}
	hand := make(chan *load, 2*r.o.Workers)  // to whoever works
	order := make(chan *load, 4*r.o.Workers) // to whoever takes up
	var hands sync.WaitGroup
	if work != nil {
		for range r.o.Workers {
			hands.Go(func() {
				for l := range hand {
					for i := range l.rows {
						work(&l.rows[i])
					}
					close(l.done)
				}
			})
		}
	}
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		for l := range order {
			<-l.done
			if take != nil {
				for i := range l.rows {
					take(&l.rows[i])
				}
			}
		}
	}()
	send := func(l *load) {
		order <- l
		if work == nil {
			close(l.done)
			return
		}
		hand <- l
	}
	l := &load{rows: make([]T, 0, batch), done: make(chan struct{})}
	err := r.all(ctx, query, args, func(rows *sql.Rows) error {
		l.rows = append(l.rows, *new(T))
		if err := scan(rows, &l.rows[len(l.rows)-1]); err != nil {
			return err
		}
		if len(l.rows) == batch {
			r.step(section, batch)
			send(l)
			l = &load{rows: make([]T, 0, batch), done: make(chan struct{})}
		}
		return ctx.Err()
	})
	r.step(section, int64(len(l.rows)))
	send(l)
	close(hand)
	close(order)
	hands.Wait()
	<-taken
	return err
}

// share works on n things on all processors.
func (r *run) share(n int, work func(i int)) {
	var hands sync.WaitGroup
	for k := range min(r.o.Workers, max(n, 1)) {
		hands.Go(func() {
			for i := k; i < n; i += r.o.Workers {
				work(i)
			}
		})
	}
	hands.Wait()
}

// key stands for an identifier in memory: itself where it is short, else its
// hash.
type key [16]byte

func keyOf(id string) (k key) {
	if len(id) <= len(k) {
		copy(k[:], id)
		return k
	}
	sum := sha256.Sum256([]byte(id))
	copy(k[:], sum[:])
	return k
}
