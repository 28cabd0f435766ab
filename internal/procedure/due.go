package procedure

import (
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Due is a rule that gives a deadline, as it stands in a mode file.
//
//	due   = "min(" due {"," due} ")" | "max(" due {"," due} ")" | term
//	term  = event {shift}
//	shift = ("+" | "-") number unit | "+" number ("d" | "wd") " next month"
//	      | " month-end" | " year-end" | " to working day"
//	unit  = "min" | "h" | "d" | "wd" | "m" | "y"
//
// d are calendar days, wd working days, m months. The day of the event is not
// counted, and the deadline ends at 24:00 of its day: entry_declared+14d. With
// "next month" the count begins on the first of the month after the event's:
// released+5wd next month is its fifth working day, sold+15d next month its
// fifteenth day. With minutes or hours the deadline is a moment; window_end+0min
// is the moment of the event itself.
type Due struct {
	text  string
	pick  string // "min", "max" or "" for a term
	of    []Due
	event Event
	by    []shift
}

type shift struct {
	n    int
	unit string
	next bool // counted from the first of the next month
}

// Deadline is what a Due gives for one case.
type Deadline struct {
	At  clock.Instant // the moment at which it has passed
	Day clock.Date    // the legal day it falls on
	// Counted and Working say how the last shift found Day: it is the Working-th
	// working day on or after Counted. 0 where no calendar was asked.
	Counted clock.Date
	Working int
	// Provisional: working days were counted beyond the published holidays, so it
	// is to be computed again when they are known.
	Provisional bool
}

// String gives the rule as it was written.
func (d Due) String() string { return d.text }

// Events lists the events that the rule counts from.
func (d Due) Events() []Event {
	if d.pick == "" {
		return []Event{d.event}
	}
	var all []Event
	for _, part := range d.of {
		all = append(all, part.Events()...)
	}
	return all
}

// ParseDue reads a due rule. What is none is PROCEDURE-DUE-01. Whether its
// events exist is for the mode to say.
func ParseDue(text string) (Due, error) {
	d, rest, ok := parseDue(text, 0)
	if !ok || rest != "" || len(text) > 200 {
		if len(text) > 200 {
			text = text[:200] + "…"
		}
		return Due{}, fault.New(fault.Invalid, "PROCEDURE-DUE-01", "", "“{due}” is no rule for a deadline",
			"write an event and what is added, such as entry_declared+14d or released+5wd next month", "due", text)
	}
	d.text = text
	return d, nil
}

func parseDue(s string, depth int) (d Due, rest string, ok bool) {
	for _, pick := range []string{"min", "max"} {
		inner, found := strings.CutPrefix(s, pick+"(")
		if !found {
			continue
		}
		d.pick = pick
		for depth < 4 && len(d.of) < 8 {
			var part Due
			before := strings.TrimLeft(inner, " ")
			if part, inner, ok = parseDue(before, depth+1); !ok {
				return d, s, false
			}
			part.text = before[:len(before)-len(inner)]
			d.of = append(d.of, part)
			if after, more := strings.CutPrefix(inner, ","); more {
				inner = after
				continue
			}
			rest, ok = strings.CutPrefix(inner, ")")
			return d, rest, ok && len(d.of) > 1
		}
		return d, s, false
	}
	end := 0
	for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] == '_' || end > 0 && s[end] == '-' && end+1 < len(s) && s[end+1] >= 'a' && s[end+1] <= 'z') {
		end++
	}
	if d.event, rest = Event(s[:end]), s[end:]; end == 0 {
		return d, s, false
	}
	for len(d.by) < 8 {
		after, one, found := parseShift(rest)
		if !found {
			break
		}
		rest, d.by = after, append(d.by, one)
	}
	return d, rest, true
}

func parseShift(s string) (rest string, one shift, ok bool) {
	for _, word := range []string{" month-end", " year-end", " to working day"} {
		if rest, ok = strings.CutPrefix(s, word); ok {
			return rest, shift{unit: word[1:]}, true
		}
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return s, one, false
	}
	end := 1
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[1:end])
	if err != nil || n < 0 || n > 9999 {
		return s, one, false
	}
	// Longer names first: "min" before "m", "wd" before nothing.
	for _, unit := range []string{"min", "wd", "h", "d", "m", "y"} {
		if rest, ok = strings.CutPrefix(s[end:], unit); !ok {
			continue
		}
		one = shift{n: n, unit: unit}
		rest, one.next = strings.CutPrefix(rest, " next month")
		switch {
		case s[0] == '-' && (unit == "wd" || one.next), one.next && unit != "d" && unit != "wd",
			n == 0 && (unit != "min" || s[0] == '-'):
			return s, one, false
		case s[0] == '-':
			one.n = -n
		}
		return rest, one, true
	}
	return s, one, false
}

// Resolve gives the deadline. events tells the moments that are known; calendar
// may be nil, then only weekends are days off. A missing event is
// PROCEDURE-DUE-02; under min and max one known event is enough.
func (d Due) Resolve(events func(Event) (clock.Instant, bool), calendar *clock.Calendar) (Deadline, error) {
	if d.pick != "" {
		var best *Deadline
		var missing error
		for _, part := range d.of {
			one, err := part.Resolve(events, calendar)
			if err != nil {
				missing = err
				continue
			}
			if best == nil || d.pick == "min" && one.At < best.At || d.pick == "max" && one.At > best.At {
				best = &one
			}
		}
		if best == nil {
			return Deadline{}, missing
		}
		return *best, nil
	}
	at, known := events(d.event)
	if !known {
		return Deadline{}, fault.New(fault.Refused, "PROCEDURE-DUE-02", "", "the deadline {due} counts from {event}, which has not happened",
			"record the event first", "due", d.text, "event", string(d.event))
	}
	out := Deadline{Day: at.Date()}
	exact := false
	for _, s := range d.by {
		var counted clock.Date
		var working int
		out.Counted, out.Working = 0, 0
		switch s.unit {
		case "min", "h":
			// A moment plus hours stays a moment; of a day, hours run from its end.
			if !exact && out.Day != at.Date() {
				at = out.Day.End()
			}
			minutes := s.n
			if s.unit == "h" {
				minutes *= 60
			}
			at, exact = at+clock.Instant(minutes)*60_000_000, true
			out.Day = at.Date()
			continue
		case "wd":
			from := out.Day + 1
			if s.next {
				from = firstOfNextMonth(out.Day)
			}
			out.Day = calendar.NthWorking(from, s.n)
			counted, working = from, s.n
			out.Provisional = out.Provisional || calendar.Provisional(out.Day)
		case "d":
			if s.next {
				first := firstOfNextMonth(out.Day)
				out.Day = min(first.AddDays(s.n-1), first.AddMonths(1).AddDays(-1))
			} else {
				out.Day = out.Day.AddDays(s.n)
			}
		case "m":
			out.Day = out.Day.AddMonths(s.n)
		case "y":
			out.Day = out.Day.AddMonths(12 * s.n)
		case "month-end":
			out.Day = firstOfNextMonth(out.Day).AddDays(-1)
		case "year-end":
			out.Day = clock.Day(out.Day.Year(), 12, 31)
		case "to working day":
			counted, working = out.Day, 1
			out.Day = calendar.NextWorking(out.Day)
			out.Provisional = out.Provisional || calendar.Provisional(out.Day)
		}
		out.Counted, out.Working = counted, working
		exact = false
	}
	out.At = at
	if !exact {
		out.At = out.Day.End()
	}
	return out, nil
}

func firstOfNextMonth(d clock.Date) clock.Date { return clock.Day(d.Year(), d.Month()+1, 1) }
