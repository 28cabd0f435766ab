// Package clock gives Seine its time. Nothing in the house reads the machine's
// clock by itself: time comes in as a value, so that a decision can be repeated
// years later and a sandbox can push the calendar. Instants are microseconds
// since 1970 in UTC; legal days are days of the zone (Asia/Shanghai), and a
// deadline ends at 24:00 of its day.
package clock

import (
	"bytes"
	"sync"
	"time"
	"unicode/utf8"

	"seine/internal/fault"
)

// Zone is the zone's legal time. China has had no daylight saving since 1991.
var Zone = time.FixedZone("CST", 8*60*60)

// Instant is a moment: microseconds since 1970-01-01 00:00 UTC.
type Instant int64

// At gives the instant of t.
func At(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time gives i as a time in the zone.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).In(Zone) }

// Date gives the legal day that i falls on.
func (i Instant) Date() Date { return DateOf(i.Time()) }

// Add gives the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Duration gives the difference of two instants, taken as one, as a length of
// time: (b − a).Duration().
func (i Instant) Duration() time.Duration { return time.Duration(i) * time.Microsecond }

// String gives RFC 3339 with microseconds and the zone's offset.
func (i Instant) String() string {
	var buf [40]byte
	b, _ := i.AppendText(buf[:0]) // it never fails
	return string(b)
}

// MarshalText gives RFC 3339.
func (i Instant) MarshalText() ([]byte, error) { return i.AppendText(nil) }

// AppendText appends what MarshalText gives. Every document holds several
// instants, so the usual years are written digit by digit.
func (i Instant) AppendText(b []byte) ([]byte, error) {
	t := i.Time()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, "2006-01-02T15:04:05.000000Z07:00"), nil
	}
	b = append(appendDay(b, year, month, day), 'T')
	hour, minute, second := t.Clock()
	b = append(appendTwo(b, hour), ':')
	b = append(appendTwo(b, minute), ':')
	b = append(appendTwo(b, second), '.')
	micro := t.Nanosecond() / 1000
	b = appendTwo(appendTwo(appendTwo(b, micro/10_000), micro/100%100), micro%100)
	return append(b, "+08:00"...), nil // Zone
}

func appendDay(b []byte, year int, month time.Month, day int) []byte {
	b = appendTwo(appendTwo(b, year/100), year%100)
	b = appendTwo(append(b, '-'), int(month))
	return appendTwo(append(b, '-'), day)
}

func appendTwo(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// UnmarshalText reads RFC 3339. Fault: CLOCK-INSTANT-01.
func (i *Instant) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	// The library also takes one-digit hours and a comma in the second. A moment of
	// the year 9999 elsewhere may be one of the year 10000 in the zone, which could
	// be written and never read again.
	if err != nil || b[13] != ':' || bytes.IndexByte(b, ',') >= 0 || At(t).Time().Year() > 9999 || At(t).Time().Year() < 0 {
		return fault.New(fault.Invalid, "CLOCK-INSTANT-01", "", "“{value}” is not a moment in time",
			"write it as 2026-11-23T09:41:00+08:00", "value", clip(string(b))).Because(err)
	}
	*i = At(t)
	return nil
}

// clip keeps a refused text short enough to show, and never cuts a character.
func clip(s string) string {
	if len(s) <= 40 {
		return s
	}
	cut := 40
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// Date is a legal day: days since 1970-01-01. The zero value is that day and
// means “not given” in documents.
type Date int32

// DateOf gives the calendar day that t shows in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Day(y, m, d)
}

// Day gives the date of year, month, day; months and days may run over.
func Day(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads YYYY-MM-DD of the years 1900 to 2199.
// Faults: CLOCK-DATE-01 (form or no such day), CLOCK-DATE-02 (out of range).
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil || len(s) != 10 {
		return 0, fault.New(fault.Invalid, "CLOCK-DATE-01", "", "“{value}” is not a day",
			"write an existing day as YYYY-MM-DD", "value", clip(s)).Because(err)
	}
	if t.Year() < 1900 || t.Year() > 2199 {
		return 0, fault.New(fault.Invalid, "CLOCK-DATE-02", "", "{value} is out of range",
			"give a day between 1900-01-01 and 2199-12-31", "value", s)
	}
	return DateOf(t), nil
}

// MustDate is ParseDate for constants in code and tests; it panics.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String gives YYYY-MM-DD; the zero date gives "".
func (d Date) String() string {
	var buf [16]byte
	b, _ := d.AppendText(buf[:0]) // it never fails
	return string(b)
}

// MarshalText gives YYYY-MM-DD, nothing for the zero date.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// AppendText appends what MarshalText gives.
func (d Date) AppendText(b []byte) ([]byte, error) {
	if d == 0 {
		return b, nil
	}
	year, month, day := d.utc().Date()
	if year < 0 || year > 9999 {
		return d.utc().AppendFormat(b, "2006-01-02"), nil
	}
	return appendDay(b, year, month, day), nil
}

// UnmarshalText reads what ParseDate reads; empty is the zero date.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	*d, err = ParseDate(string(b))
	return
}

// Year gives the calendar year.
func (d Date) Year() int { return d.utc().Year() }

// Month gives the month.
func (d Date) Month() time.Month { return d.utc().Month() }

// DayOfMonth gives the day within the month, from 1.
func (d Date) DayOfMonth() int { return d.utc().Day() }

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// AddDays gives the day n days later.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// AddMonths gives the same day n months later, or the last day of that month
// where it has no such day.
func (d Date) AddMonths(n int) Date {
	t := d.utc()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return DateOf(first.AddDate(0, 0, min(t.Day(), last)-1))
}

// Start gives the first instant of the legal day.
func (d Date) Start() Instant {
	t := d.utc()
	return At(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, Zone))
}

// End gives 24:00 of the legal day, the instant at which a deadline of that day
// has passed.
func (d Date) End() Instant { return (d + 1).Start() }

// Calendar tells working days from others. Holidays and Workdays are the dated
// exceptions the State Council publishes each year; KnownUntil is the last day
// they speak for. Past it only weekends count and a due date is provisional.
type Calendar struct {
	Holidays   map[Date]string // days off that are not Saturday or Sunday, or are named
	Workdays   map[Date]bool   // Saturdays and Sundays worked in exchange
	KnownUntil Date
}

// Working tells whether d is a working day.
func (c *Calendar) Working(d Date) bool {
	if c != nil {
		if c.Workdays[d] {
			return true
		}
		if _, off := c.Holidays[d]; off {
			return false
		}
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// NextWorking gives d, or the first working day after it.
func (c *Calendar) NextWorking(d Date) Date {
	for !c.Working(d) {
		d++
	}
	return d
}

// NthWorking gives the nth working day on or after d, n from 1.
func (c *Calendar) NthWorking(d Date, n int) Date {
	d = c.NextWorking(d)
	for ; n > 1; n-- {
		d = c.NextWorking(d + 1)
	}
	return d
}

// Exception is a run of days that are not what their weekday says: days off for one
// reason, or a Saturday or Sunday that is worked in exchange.
type Exception struct {
	First, Last Date
	Working     bool
	Name        string // of the holiday, "" for a day that is worked
}

// Days counts the days of the exception.
func (e Exception) Days() int { return int(e.Last-e.First) + 1 }

// Exceptions gives the exceptions of a year in order, neighbouring days of one name
// taken together.
func (c *Calendar) Exceptions(year int) []Exception {
	var list []Exception
	if c == nil {
		return list
	}
	for d := Day(year, 1, 1); d.Year() == year; d++ {
		name, off := c.Holidays[d]
		worked := c.Workdays[d]
		if !off && !worked {
			continue
		}
		if worked {
			name = ""
		}
		if n := len(list) - 1; n >= 0 && list[n].Last+1 == d && list[n].Name == name && list[n].Working == worked {
			list[n].Last = d
			continue
		}
		list = append(list, Exception{d, d, worked, name})
	}
	return list
}

// Provisional tells whether a due date lies past the published holidays and
// must be computed again when they are known.
func (c *Calendar) Provisional(d Date) bool { return c == nil || d > c.KnownUntil }

// Clock says what time it is.
type Clock interface{ Now() Instant }

// System is the machine's clock, never running backwards within the process.
type System struct {
	mu   sync.Mutex
	last Instant
}

// Now gives the present moment.
func (s *System) Now() Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, At(time.Now()))
	return s.last
}

// Virtual is a clock for sandboxes, demos and tests: it stands at a set moment
// and moves by being told, or runs with the machine's clock from an offset.
type Virtual struct {
	mu      sync.Mutex
	base    Instant
	started time.Time
	running bool
}

// NewVirtual gives a clock that stands at i; running lets it go on from there.
func NewVirtual(i Instant, running bool) *Virtual {
	return &Virtual{base: i, started: time.Now(), running: running}
}

// Now gives the clock's moment.
func (v *Virtual) Now() Instant {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.running {
		return v.base
	}
	return v.base.Add(time.Since(v.started))
}

// Advance pushes the clock by d; a negative d is ignored, time does not run back.
func (v *Virtual) Advance(d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if d > 0 {
		v.base = v.base.Add(d)
	}
}
