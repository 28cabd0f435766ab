package check

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/oversight"
)

// dayRow is one row of days off and days worked in exchange, from a day on.
type dayRow struct {
	approved    clock.Instant
	from        clock.Date
	off, worked []string
}

// readCalendar reads the rows that come with the program and those that two officers
// agreed on.
func (r *run) readCalendar(ctx context.Context) (err error) {
	if r.daysOff != nil {
		return nil
	}
	if r.daysOff, err = shippedDays(); err != nil {
		return err
	}
	err = r.all(ctx, calendarAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var doc storedChange
		if json.Unmarshal([]byte(body), &doc) != nil || doc.State != "approved" {
			return nil
		}
		row := dayRow{approved: doc.Approved, from: doc.ValidFrom}
		for name, into := range map[string]*[]string{"holidays": &row.off, "workdays": &row.worked} {
			if err := yaml.Unmarshal([]byte(doc.Values[name]), into); err != nil {
				r.found(StateColumn, "parameter", id, "the days of the calendar cannot be read: "+err.Error(), "", doc.Values[name])
			}
		}
		r.daysOff = append(r.daysOff, row)
		return nil
	})
	slices.SortFunc(r.daysOff, func(a, b dayRow) int { return cmp.Compare(a.from, b.from) })
	return err
}

// shippedDays are the rows that come with the program.
func shippedDays() ([]dayRow, error) {
	var file struct {
		Calendar []struct {
			From     string   `yaml:"validFrom"`
			Holidays []string `yaml:"holidays"`
			Workdays []string `yaml:"workdays"`
		} `yaml:"calendar"`
	}
	if err := yaml.Unmarshal(oversight.HouseFile(), &file); err != nil {
		return nil, fmt.Errorf("read the calendar that comes with the program: %w", err)
	}
	list := []dayRow{}
	for _, row := range file.Calendar {
		list = append(list, dayRow{from: dayOf(row.From), off: row.Holidays, worked: row.Workdays})
	}
	return list, nil
}

// lists tells whether a day stands in a list of days and spans first..last.
func lists(list []string, d clock.Date) bool {
	day := d.String() // days of one form compare as texts
	return slices.ContainsFunc(list, func(text string) bool {
		days, _, _ := strings.Cut(strings.TrimSpace(text), " ") // the name of the holiday may follow
		first, last, isSpan := strings.Cut(days, "..")
		if !isSpan {
			last = first
		}
		return first <= day && day <= last
	})
}

// workedOn tells whether a day is worked on by what was agreed on up to a moment:
// the row in force on the day says so, else the day of the week.
func (r *run) workedOn(d clock.Date, known clock.Instant) bool {
	for i := range slices.Backward(r.daysOff) {
		row := &r.daysOff[i]
		if row.from > d || row.approved > known {
			continue
		}
		if lists(row.worked, d) {
			return true
		}
		if lists(row.off, d) {
			return false
		}
		break
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// knownMoments are the moments from which on a calendar was another.
func (r *run) knownMoments() []clock.Instant {
	all := []clock.Instant{0}
	for i := range r.daysOff {
		all = append(all, r.daysOff[i].approved)
	}
	return all
}
