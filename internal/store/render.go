package store

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"seine/internal/decision"
	"seine/internal/journal"
	"seine/internal/ledger"
)

// renderJob is an outcome that must be made ready before it can be written.
type renderJob struct {
	w     *work
	t     *taken
	moved []ledger.Movement // by the outcome; the entry that quotes them is put in
	err   error
}

// renderAll renders what is not rendered yet, puts the official numbers in and
// quotes the movements, on all processors.
func renderAll(jobs []renderJob, how func(*decision.Outcome, *work) (*prepared, error)) {
	one := func(j *renderJob) {
		if j.t.prep == nil {
			if j.t.prep, j.err = how(j.t.out, j.w); j.err != nil {
				return
			}
		}
		if len(j.t.numbers) > 0 || len(j.moved) > 0 {
			j.t.prep, j.err = j.t.prep.completed(j.t.out.Numbers, j.t.numbers, j.moved)
		}
	}
	n := min(runtime.GOMAXPROCS(0), 8)
	if len(jobs) < 8 || n == 1 {
		for i := range jobs {
			one(&jobs[i])
		}
		return
	}
	var wg sync.WaitGroup
	for k := range n {
		wg.Go(func() {
			for i := k; i < len(jobs); i += n {
				one(&jobs[i])
			}
		})
	}
	wg.Wait()
}

// completed gives p with what only the writer knows: official numbers in the
// places of their stand-ins, and the movements quoted by the first entry. p stays
// as it is: a batch that is tried again may give other numbers.
func (p *prepared) completed(wanted []decision.Number, numbers []string, moved []ledger.Movement) (*prepared, error) {
	if len(numbers) == 0 {
		return p.quoting(moved)
	}
	q := standIns{wanted: wanted, numbers: numbers}
	for _, n := range numbers {
		if strings.ContainsFunc(n, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\\<>&`, r) }) {
			return nil, fmt.Errorf("store: number %q cannot stand in JSON as it is", n)
		}
	}
	done := &prepared{reply: q.bytes(p.reply)}
	docs := make([]docRow, len(p.docs))
	for i, d := range p.docs {
		docs[i] = *d
		docs[i].body = q.bytes(d.body)
		docs[i].columns = make([]any, len(d.columns))
		for k, v := range d.columns {
			if text, ok := v.(string); ok && q.quoted(text) {
				v = q.text(text)
			}
			docs[i].columns[k] = v
		}
		done.docs = append(done.docs, &docs[i])
	}
	entries := make([]entryRow, len(p.entries))
	for i, e := range p.entries {
		entries[i] = *e
		e = &entries[i]
		e.Body, e.subject = q.bytes(e.Body), q.bytes(e.subject)
		for _, field := range [...]*string{&e.Cause, &e.Why.Rule, &e.Why.Law, &e.Why.Reason} {
			*field = q.text(*field)
		}
		for k := range e.Subject {
			if q.quoted(e.Subject[k].ID) {
				e.Subject = slices.Clone(e.Subject)
				e.Subject[k].ID = q.text(e.Subject[k].ID)
			}
		}
		if i == 0 {
			e.quote(moved)
		}
		var err error
		if e.commitment, err = e.Commit(e.salt); err != nil {
			return nil, err
		}
		done.entries = append(done.entries, e)
	}
	for _, o := range p.orders {
		o.Target, o.body = q.text(o.Target), q.bytes(o.body)
		done.orders = append(done.orders, o)
	}
	return done, nil
}

// quoting gives p with the movements quoted by its first entry.
func (p *prepared) quoting(moved []ledger.Movement) (*prepared, error) {
	if len(p.entries) == 0 {
		return p, nil
	}
	done := *p
	first := *p.entries[0]
	first.quote(moved)
	var err error
	if first.commitment, err = first.Commit(first.salt); err != nil {
		return nil, err
	}
	done.entries = slices.Clone(p.entries)
	done.entries[0] = &first
	return &done, nil
}

// quote makes e the entry that proves the movements.
func (e *entryRow) quote(moved []ledger.Movement) {
	if len(moved) == 0 {
		return
	}
	e.Moved = &journal.Moved{Count: len(moved), Hash: ledger.Quoted(moved)}
	ids := make([]string, len(moved))
	for i := range moved {
		moved[i].Entry, ids[i] = e.ID, moved[i].ID
	}
	slices.Sort(ids)
	e.moved = strings.Join(ids, "\n")
}

// standIns puts numbers in the places of their stand-ins.
type standIns struct {
	wanted  []decision.Number
	numbers []string
}

func (q *standIns) quoted(s string) bool {
	return slices.ContainsFunc(q.wanted, func(n decision.Number) bool { return strings.Contains(s, n.StandIn) })
}

func (q *standIns) text(s string) string {
	for i := range q.wanted {
		if len(s) >= len(q.wanted[i].StandIn) {
			s = strings.ReplaceAll(s, q.wanted[i].StandIn, q.numbers[i])
		}
	}
	return s
}

func (q *standIns) bytes(b []byte) []byte {
	for i := range q.wanted {
		if in := []byte(q.wanted[i].StandIn); bytes.Contains(b, in) {
			b = bytes.ReplaceAll(b, in, []byte(q.numbers[i]))
		}
	}
	return b
}
