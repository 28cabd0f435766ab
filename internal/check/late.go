package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/procedure"
)

// Findings about limits of steps.
const (
	LateMark    Code = "CHK-LATE-01" // a late mark that neither the mode nor the case calls for, or that ended too soon or not at all
	LateMissing Code = "CHK-LATE-02" // a limit that passed and was not marked, though later ones were
)

const (
	lateAll   = "SELECT id, body FROM late_step ORDER BY id"
	lateCases = "SELECT id, body FROM case_file WHERE state NOT IN ('closed', 'undone', 'ended') ORDER BY id"
	caseByID  = "SELECT body FROM case_file WHERE id = $1"
)

// lateAllowance is how long the house may take to notice what passed or was done.
const lateAllowance = clock.Instant(24 * 3600 * 1_000_000)

// late compares the marks of late steps with the cases and the modes: each limit
// that passed has one, and each that is open has a step that still waits.
func (r *run) late(ctx context.Context) error {
	if err := r.readCalendar(ctx); err != nil {
		return err
	}
	marked := map[string]bool{} // case, step and limit
	var newest clock.Instant
	var open []casework.Late
	err := r.all(ctx, lateAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var mark casework.Late
		if json.Unmarshal([]byte(body), &mark) != nil {
			return nil // told by the section of documents
		}
		marked[mark.Case+"/"+mark.Step+"/"+strconv.FormatInt(int64(mark.Limit), 10)] = true
		newest = max(newest, mark.Noticed)
		if mark.Noticed < mark.Limit {
			r.found(LateMark, "late_step", id, "was noticed before the limit passed", mark.Limit.String(), mark.Noticed.String())
		}
		if (mark.State == casework.LateEnded) != (mark.Ended != 0) {
			r.found(LateMark, "late_step", id, "the state does not fit the moment at which it ended", "", mark.State)
		}
		if mark.State == casework.StillLate {
			open = append(open, mark)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range open {
		if err := r.stillLate(ctx, &open[i]); err != nil {
			return err
		}
	}
	if newest == 0 {
		return nil
	}
	return r.all(ctx, lateCases, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var c casework.Case
		if json.Unmarshal([]byte(body), &c) != nil {
			return nil
		}
		for _, s := range r.modes.steps[c.Mode+"@"+strconv.Itoa(c.ModeVersion)] {
			// What a request waits for is judged by the papers; a fact and what follows
			// by itself only by the order of steps.
			if s.Limit == nil || s.Kind != procedure.Automatic && s.Kind != procedure.Fact || !waits(&c, s) {
				continue
			}
			limit, known := r.limit(s.Limit.Within.String(), &c, s.ID, r.now)
			if known && limit+lateAllowance < newest && !marked[c.ID+"/"+s.ID+"/"+strconv.FormatInt(int64(limit), 10)] {
				r.found(LateMissing, "case", c.ID, "the limit of step "+s.ID+" passed and nobody was told", limit.String(), "")
			}
		}
		return nil
	})
}

// stillLate checks a mark that is open.
func (r *run) stillLate(ctx context.Context, mark *casework.Late) error {
	var body string
	var c casework.Case
	err := r.one(ctx, caseByID, []any{mark.Case}, &body)
	if err != nil || json.Unmarshal([]byte(body), &c) != nil {
		if err == nil || err.Error() == sql.ErrNoRows.Error() {
			r.found(LateMark, "late_step", mark.ID, "its case is not there", mark.Case, "")
			return nil
		}
		return err
	}
	if c.State != casework.Open {
		if c.Closed+lateAllowance < r.now {
			r.found(LateMark, "late_step", mark.ID, "is open, and its case is "+c.State, "", mark.State)
		}
		return nil
	}
	for _, s := range r.modes.steps[mark.Mode+"@"+strconv.Itoa(mark.ModeVersion)] {
		if s.ID != mark.Step || s.Limit == nil {
			continue
		}
		limit, known := r.limit(s.Limit.Within.String(), &c, s.ID, mark.Noticed)
		if taken := c.Done[s.ID]; taken != 0 && !known && taken+lateAllowance < r.now {
			r.found(LateMark, "late_step", mark.ID, "is open, and step "+s.ID+" was taken", "", taken.String())
		}
		if known && limit != mark.Limit && limit+lateAllowance < r.now {
			r.found(LateMark, "late_step", mark.ID, "limit by "+s.Limit.Within.String(), limit.String(), mark.Limit.String())
		}
		return nil
	}
	r.found(LateMark, "late_step", mark.ID, "mode "+mark.Mode+" has no limit on step "+mark.Step, "", "")
	return nil
}

// waits tells whether the order of steps lets a step come now.
func waits(c *casework.Case, s *procedure.Step) bool {
	for _, before := range s.After {
		if !slices.ContainsFunc(before, func(id string) bool { return c.Done[id] != 0 }) {
			return false
		}
	}
	return c.Done[s.ID] == 0 || s.Repeats
}

// limit works a limit out by the text of its rule: an event with a span of working
// days, days, months, hours or minutes, or the later or earlier of several. Events
// that happened before the step was taken last do not count any more. known is the moment
// whose calendar counts.
func (r *run) limit(rule string, c *casework.Case, step string, known clock.Instant) (clock.Instant, bool) {
	if word, rest, many := strings.Cut(rule, "("); many {
		var best clock.Instant
		for part := range strings.SplitSeq(strings.TrimSuffix(rest, ")"), ",") {
			at, counts := r.limit(strings.TrimSpace(part), c, step, known)
			if counts && (best == 0 || (at > best) == (word == "max")) {
				best = at
			}
		}
		return best, best != 0
	}
	event, span, _ := strings.Cut(rule, "+")
	at := c.Events[procedure.Event(event)]
	if at == 0 {
		at = c.Done[event]
	}
	if at == 0 || at <= c.Done[step] {
		return 0, false
	}
	digits := strings.TrimRight(span, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, false
	}
	day := at.Date()
	switch strings.TrimPrefix(span, digits) {
	case "min":
		return at + clock.Instant(n)*60_000_000, true
	case "h":
		return at + clock.Instant(n)*3600_000_000, true
	case "d":
		return (day + clock.Date(n)).End(), true
	case "m":
		return day.AddMonths(n).End(), true
	case "wd":
		for n > 0 {
			if day++; r.workedOn(day, known) {
				n--
			}
		}
		return day.End(), true
	}
	return 0, false
}
