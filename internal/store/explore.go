package store

import (
	"context"
	"slices"
	"sort"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/journal"
)

// Filter says which entries of the journal are wanted; what is empty does not
// matter.
type Filter struct {
	Subject     journal.Ref // about this object; enterprises and areas are subjects too
	Types       []string    // "declaration.released"
	Actor       string
	From, Until clock.Instant // recorded from, and before
	Before      int64         // cursor: Next of the page before
	Limit       int
}

// EntryPage is one page of the explorer. Next is 0 when there is nothing further; a page
// may be short, or empty, and still have a next: the search looks at a bounded
// stretch of the journal at a time.
type EntryPage struct {
	Entries []*Stored
	Next    int64
}

// exploreStretch is how many positions one page of a search looks at.
const exploreStretch = 50_000

// Explore searches the journal, newest first. By subject it uses the index of
// subjects and the entries that are not in it yet; otherwise it walks back.
func (s *Store) Explore(ctx context.Context, f Filter) (EntryPage, error) {
	top := s.tail.Load()
	if f.Before > 0 {
		top = min(top, f.Before-1)
	}
	var err error
	if f.Until > 0 {
		if top, err = s.positionBefore(ctx, f.Until, top); err != nil {
			return EntryPage{}, err
		}
	}
	limit := pageSize(f.Limit)
	if f.Subject.ID != "" {
		return s.exploreSubject(ctx, &f, top, limit)
	}
	bottom := max(top-exploreStretch, 0)
	where, args := f.where(nil)
	args = append(args, bottom, top, limit+1)
	n := len(args)
	found, err := scanEntries(s.read.QueryContext(ctx, "SELECT "+entryColumns+" FROM entry WHERE 1 = 1"+where+
		" AND position > $"+strconv.Itoa(n-2)+" AND position <= $"+strconv.Itoa(n-1)+" ORDER BY position DESC LIMIT $"+strconv.Itoa(n), args...))
	if err != nil {
		return EntryPage{}, err
	}
	page := EntryPage{Entries: found}
	switch {
	case len(found) > limit:
		page.Entries = found[:limit]
		page.Next = page.Entries[limit-1].Position
	case bottom > 0:
		if page.Next = bottom + 1; f.From > 0 && len(found) == 0 {
			first, err := s.positionBefore(ctx, f.From, top)
			if err != nil {
				return EntryPage{}, err
			}
			if first >= bottom {
				page.Next = 0
			}
		}
	}
	return page, nil
}

func (f *Filter) where(args []any) (string, []any) {
	var b strings.Builder
	add := func(condition string, v any) {
		args = append(args, v)
		b.WriteString(" AND " + condition + " $" + strconv.Itoa(len(args)))
	}
	if len(f.Types) > 0 {
		marks := make([]string, len(f.Types))
		for i, t := range f.Types {
			args = append(args, t)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		b.WriteString(" AND type IN (" + strings.Join(marks, ", ") + ")")
	}
	if f.Actor != "" {
		add("actor =", f.Actor)
	}
	if f.From > 0 {
		add("at_us >=", int64(f.From))
	}
	if f.Until > 0 {
		add("at_us <", int64(f.Until))
	}
	return b.String(), args
}

// positionBefore gives the last position, at most top, at which entries were
// recorded before an instant. Instants rise with positions but for moments of
// commands that ran side by side, so one minute is added.
func (s *Store) positionBefore(ctx context.Context, at clock.Instant, top int64) (int64, error) {
	late := int64(at) + 60_000_000
	var failed error
	n := sort.Search(int(top), func(i int) bool {
		var us int64
		err := s.read.QueryRowContext(ctx, "SELECT at_us FROM entry WHERE position = $1", i+1).Scan(&us)
		if err != nil {
			failed = err
		}
		return us >= late
	})
	return int64(n), failed
}

// exploreSubject reads the entries about one object.
func (s *Store) exploreSubject(ctx context.Context, f *Filter, top int64, limit int) (EntryPage, error) {
	var page EntryPage
	err := s.snapshot(ctx, func(q querier) error {
		var indexed int64
		if err := q.QueryRowContext(ctx, "SELECT coalesce((SELECT position FROM progress WHERE name = 'entry_ref'), 0)").Scan(&indexed); err != nil {
			return err
		}
		// What is not in the index yet is read as it stands: at most what came in the
		// last moments.
		var fresh []*Stored
		if top > indexed {
			like := `%` + strings.ReplaceAll(strings.ReplaceAll(f.Subject.ID, `%`, ``), `_`, ``) + `%`
			if strings.ContainsAny(f.Subject.ID, `%_\"<>&`) {
				like = `%`
			}
			some, err := scanEntries(q.QueryContext(ctx, "SELECT "+entryColumns+" FROM entry WHERE position > $1 AND position <= $2 AND (subject LIKE $3 OR enterprise = $4 OR area = $5) ORDER BY position DESC",
				indexed, top, like, f.Subject.ID, f.Subject.ID))
			if err != nil {
				return err
			}
			for _, e := range some {
				if e.about(f.Subject) && f.matches(e) {
					fresh = append(fresh, e)
				}
			}
		}
		page.Entries = fresh
		from := min(top, indexed)
		for block := from >> refBlock; block >= 0 && len(page.Entries) <= limit; block-- {
			for len(page.Entries) <= limit {
				positions, err := positionsAbout(ctx, q, f.Subject, block, from, limit+1)
				if err != nil {
					return err
				}
				for _, p := range positions {
					e, err := scanEntry(q.QueryRowContext(ctx, "SELECT "+entryColumns+" FROM entry WHERE position = $1", p))
					if err != nil {
						return err
					}
					if f.matches(e) {
						page.Entries = append(page.Entries, e)
					}
				}
				if len(positions) <= limit {
					break
				}
				from = positions[len(positions)-1] - 1
			}
		}
		if len(page.Entries) > limit {
			page.Entries = page.Entries[:limit]
			page.Next = page.Entries[limit-1].Position
		}
		return nil
	})
	return page, err
}

// about tells whether an entry is about an object.
func (e *Stored) about(r journal.Ref) bool {
	return slices.Contains(e.Subject, r) || (r.Kind == "enterprise" && e.Enterprise == r.ID) || (r.Kind == "area" && e.Area == r.ID)
}

func (f *Filter) matches(e *Stored) bool {
	return (len(f.Types) == 0 || slices.Contains(f.Types, e.Type)) && (f.Actor == "" || e.Actor == f.Actor) &&
		(f.From == 0 || e.At >= f.From) && (f.Until == 0 || e.At < f.Until)
}
