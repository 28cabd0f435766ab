package risk

import (
	"context"
	"iter"
	"reflect"
	"runtime"
	"slices"
	"sort"
	"sync"

	"seine/internal/clock"
)

// Case is one subject of the past with the facts it had then and, if it was
// checked, what was found.
type Case struct {
	Subject     Subject
	Facts       *Facts
	CreditLevel int
	Mode        string
	On          clock.Date
	Result      Result
}

// Result is what a check found.
type Result string

// The results a check can have. The zero value means that nobody looked.
const (
	Unchecked Result = ""
	Normal    Result = "normal"
	Found     Result = "found" // an irregularity
)

// Report compares two tables over the same past. The random draw and the
// control instructions are left out: they would be the same on both sides.
type Report struct {
	Cases       int                    `json:"cases"`
	Checked     int                    `json:"checked"`
	Old         Side                   `json:"old"`
	New         Side                   `json:"new"`
	Moves       map[string]int         `json:"moves"` // "green>red": count, changes only
	KnownCases  int                    `json:"known_cases"`
	NewlyFound  int                    `json:"newly_found"`      // known cases that only the new table would select
	NewlyMissed int                    `json:"newly_missed"`     // known cases that only the old one did
	Missed      []Subject              `json:"missed,omitempty"` // the first newly missed ones, by order of the input
	Rules       map[string]RuleEffect  `json:"rules"`            // rules that hit at least once
	Burden      map[int]map[string]int `json:"burden"`           // by credit level: "old_red", "new_red", "old_yellow", "new_yellow", "cases"
}

// Side is what one of the two tables did.
type Side struct {
	Channels  map[Channel]int `json:"channels"`
	Histogram [21]int         `json:"histogram"` // scores 0–4, 5–9, … 95–99, 100
	Found     int             `json:"found"`     // known cases selected (yellow or red)
	Missed    int             `json:"missed"`    // known cases left green
	Selected  int             `json:"selected"`  // checked cases that were selected
	NoBands   int             `json:"no_bands"`  // cases before the table's first band: not judged
}

// RuleEffect counts the hits of one rule in both tables.
type RuleEffect struct {
	Old int `json:"old"`
	New int `json:"new"`
}

// missedShown bounds the examples that a report names.
const missedShown = 50

// BackTest runs both tables over stored cases. It reads the cases once, in
// order, works on workers goroutines (0: one per processor) and gives the same
// report whatever their number. It stops with the first error of the cases or
// when ctx ends. Cases must not be changed while it runs.
func BackTest(ctx context.Context, cases iter.Seq2[Case, error], old, new *Table, workers int) (Report, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	type batch struct {
		first int
		cases []Case
	}
	const size = 512
	work := make(chan batch, workers)
	tallies := make([]*tally, workers)
	var group sync.WaitGroup
	for i := range tallies {
		tallies[i] = newTally(old, new)
		group.Go(func() {
			for b := range work {
				for j := range b.cases {
					tallies[i].add(b.first+j, &b.cases[j])
				}
			}
		})
	}
	var failed error
	next := batch{}
	for c, err := range cases {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			failed = err
			break
		}
		next.cases = append(next.cases, c)
		if len(next.cases) == size {
			work <- next
			next = batch{first: next.first + size, cases: make([]Case, 0, size)}
		}
	}
	work <- next
	close(work)
	group.Wait()
	if failed != nil {
		return Report{}, failed
	}
	return merge(tallies), nil
}

// tally counts the share of one worker.
type tally struct {
	old, new         *Table
	report           Report
	oldHits, newHits []int // by rule index
	same             []int // by rule of the old table: the unchanged rule of the new one, or -1
	changed          []int // rules of the new table that the old one has not
	missed           []numbered
	room             [2][]rawHit
	burden           [6]struct{ cases, oldRed, newRed, oldYellow, newYellow int }
	channels         [2][3]int
	moves            [3][3]int
}

type numbered struct {
	at      int
	subject Subject
}

func newTally(old, new *Table) *tally {
	t := &tally{
		old: old, new: new, oldHits: make([]int, len(old.rules)), newHits: make([]int, len(new.rules)),
		same: make([]int, len(old.rules)),
	}
	for i := range t.same {
		t.same[i] = -1
	}
	byVersion := map[string]int{}
	if old.Catalogue.Hash == new.Catalogue.Hash && reflect.DeepEqual(old.Spec.Lists, new.Spec.Lists) {
		for i := range old.rules {
			byVersion[old.rules[i].version] = i
		}
	}
	for i := range new.rules {
		if j, ok := byVersion[new.rules[i].version]; ok {
			t.same[j] = i
		} else {
			t.changed = append(t.changed, i)
		}
	}
	return t
}

// judgeNew judges by the new table: a rule that both tables have unchanged has
// the same answer in both and is asked once.
func (t *tally) judgeNew(c *Case, oldHits []rawHit, seen *missing) []rawHit {
	hits := t.room[1][:0]
	for _, h := range oldHits {
		if h.rule = t.same[h.rule]; h.rule >= 0 {
			hits = append(hits, h)
		}
	}
	for _, i := range t.changed {
		r := &t.new.rules[i]
		if !r.applies(c.On, c.CreditLevel, c.Mode) {
			continue
		}
		if h := r.ask(c.Facts, seen); h.level > 0 {
			h.rule = i
			hits = append(hits, h)
		}
	}
	return hits
}

func (t *tally) add(at int, c *Case) {
	var seen missing
	oldHits := t.old.judge(c.Facts, c.On, c.CreditLevel, c.Mode, t.room[0][:0], &seen)
	newHits := t.judgeNew(c, oldHits, &seen)
	t.room[0], t.room[1] = oldHits, newHits
	oldScore, oldChannel, oldOK := t.old.score(oldHits, c.On)
	newScore, newChannel, newOK := t.new.score(newHits, c.On)
	r := &t.report
	r.Cases++
	if !oldOK {
		r.Old.NoBands++
	}
	if !newOK {
		r.New.NoBands++
	}
	r.Old.Histogram[oldScore/5]++
	r.New.Histogram[newScore/5]++
	t.channels[0][oldChannel.rank()]++
	t.channels[1][newChannel.rank()]++
	t.moves[oldChannel.rank()][newChannel.rank()]++
	for _, h := range oldHits {
		t.oldHits[h.rule]++
	}
	for _, h := range newHits {
		t.newHits[h.rule]++
	}
	if c.CreditLevel >= 1 && c.CreditLevel <= 5 {
		b := &t.burden[c.CreditLevel]
		b.cases++
		count(oldChannel, &b.oldYellow, &b.oldRed)
		count(newChannel, &b.newYellow, &b.newRed)
	}
	if c.Result == Unchecked {
		return
	}
	r.Checked++
	oldTook, newTook := oldChannel != Green, newChannel != Green
	if oldTook {
		r.Old.Selected++
	}
	if newTook {
		r.New.Selected++
	}
	if c.Result != Found {
		return
	}
	r.KnownCases++
	count2(oldTook, &r.Old.Found, &r.Old.Missed)
	count2(newTook, &r.New.Found, &r.New.Missed)
	switch {
	case newTook && !oldTook:
		r.NewlyFound++
	case oldTook && !newTook:
		r.NewlyMissed++
		if len(t.missed) < missedShown {
			t.missed = append(t.missed, numbered{at, c.Subject})
		}
	}
}

func count(c Channel, yellow, red *int) {
	switch c {
	case Yellow:
		*yellow++
	case Red:
		*red++
	case Green:
	}
}

func count2(took bool, found, missed *int) {
	if took {
		*found++
	} else {
		*missed++
	}
}

var channels = [3]Channel{Green, Yellow, Red}

func merge(tallies []*tally) Report {
	total := Report{
		Old: Side{Channels: map[Channel]int{}}, New: Side{Channels: map[Channel]int{}},
		Moves: map[string]int{}, Rules: map[string]RuleEffect{}, Burden: map[int]map[string]int{},
	}
	var missed []numbered
	for _, t := range tallies {
		r := &t.report
		total.Cases += r.Cases
		total.Checked += r.Checked
		total.KnownCases += r.KnownCases
		total.NewlyFound += r.NewlyFound
		total.NewlyMissed += r.NewlyMissed
		total.Old.take(&r.Old, t.channels[0])
		total.New.take(&r.New, t.channels[1])
		for i, from := range channels {
			for j, to := range channels {
				if i != j && t.moves[i][j] > 0 {
					total.Moves[string(from)+">"+string(to)] += t.moves[i][j]
				}
			}
		}
		for i, n := range t.oldHits {
			if n > 0 {
				e := total.Rules[t.old.rules[i].spec.ID]
				e.Old += n
				total.Rules[t.old.rules[i].spec.ID] = e
			}
		}
		for i, n := range t.newHits {
			if n > 0 {
				e := total.Rules[t.new.rules[i].spec.ID]
				e.New += n
				total.Rules[t.new.rules[i].spec.ID] = e
			}
		}
		for level := 1; level <= 5; level++ {
			b := t.burden[level]
			if b.cases == 0 {
				continue
			}
			if total.Burden[level] == nil {
				total.Burden[level] = map[string]int{}
			}
			row := total.Burden[level]
			row["cases"] += b.cases
			row["old_red"] += b.oldRed
			row["new_red"] += b.newRed
			row["old_yellow"] += b.oldYellow
			row["new_yellow"] += b.newYellow
		}
		missed = append(missed, t.missed...)
	}
	sort.Slice(missed, func(i, j int) bool { return missed[i].at < missed[j].at })
	for _, m := range slices.Clone(missed)[:min(len(missed), missedShown)] {
		total.Missed = append(total.Missed, m.subject)
	}
	return total
}

func (s *Side) take(o *Side, byRank [3]int) {
	for i, n := range byRank {
		if n > 0 {
			s.Channels[channels[i]] += n
		}
	}
	for i, n := range o.Histogram {
		s.Histogram[i] += n
	}
	s.Found += o.Found
	s.Missed += o.Missed
	s.Selected += o.Selected
	s.NoBands += o.NoBands
}
