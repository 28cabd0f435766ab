package clock_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
)

func TestParseDate(t *testing.T) {
	cases := []struct{ name, text, want, code string }{
		{"a day", "2024-12-01", "2024-12-01", ""},
		{"a leap day", "2024-02-29", "2024-02-29", ""},
		{"first day allowed", "1900-01-01", "1900-01-01", ""},
		{"last day allowed", "2199-12-31", "2199-12-31", ""},
		{"no leap day in 2100", "2100-02-29", "", "CLOCK-DATE-01"},
		{"thirtieth of February", "2024-02-30", "", "CLOCK-DATE-01"},
		{"month 13", "2024-13-01", "", "CLOCK-DATE-01"},
		{"one-digit month", "2024-1-01", "", "CLOCK-DATE-01"},
		{"blank after", "2024-01-01 ", "", "CLOCK-DATE-01"},
		{"time after", "2024-01-01T00:00:00Z", "", "CLOCK-DATE-01"},
		{"empty", "", "", "CLOCK-DATE-01"},
		{"before the range", "1899-12-31", "", "CLOCK-DATE-02"},
		{"after the range", "2200-01-01", "", "CLOCK-DATE-02"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, err := clock.ParseDate(c.text)
			if c.code == "" && (err != nil || d.String() != c.want) || c.code != "" && !fault.Is(err, c.code) {
				t.Errorf("%q → %q %v, want %q %q", c.text, d, err, c.want, c.code)
			}
		})
	}
	if _, err := clock.ParseDate(strings.Repeat("9", 1<<20)); len(err.Error()) > 1000 {
		t.Error("a refused text is shown clipped")
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2024-12-01", "2024-02-30", "0000-00-00", "2024-1-1", "９999-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := clock.ParseDate(s)
		if err == nil && d != 0 && d.String() != s {
			t.Fatalf("%q read as %s", s, d)
		}
	})
}

func TestDateAgreesWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := clock.Date(rapid.IntRange(-25000, 84000).Filter(func(n int) bool { return n != 0 }).Draw(t, "day"))
		want := time.Date(1970, 1, 1+int(n), 0, 0, 0, 0, time.UTC)
		if n.Year() != want.Year() || n.Month() != want.Month() || n.DayOfMonth() != want.Day() || n.Weekday() != want.Weekday() {
			t.Fatalf("%s is not %s", n, want)
		}
		back, err := clock.ParseDate(n.String())
		if err != nil || back != n {
			t.Fatalf("%d → %s → %d %v", n, n, back, err)
		}
		if got := n.Start().Date(); got != n {
			t.Fatalf("%s starts on %s", n, got)
		}
		if got := (n.End() - 1).Date(); got != n {
			t.Fatalf("%s ends on %s", n, got)
		}
		if n.End() != n.AddDays(1).Start() || n.End()-n.Start() != clock.Instant(24*time.Hour/time.Microsecond) {
			t.Fatalf("%s is not 24 hours", n)
		}
	})
}

func TestAddMonthsKeepsTheDayOrTakesTheLast(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2024-01-31", 1, "2024-02-29"},
		{"2023-01-31", 1, "2023-02-28"},
		{"2024-03-31", -1, "2024-02-29"},
		{"2024-12-15", 1, "2025-01-15"},
		{"2024-01-15", -1, "2023-12-15"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-05-31", 0, "2024-05-31"},
	} {
		if got := clock.MustDate(c.from).AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestLegalDayIsTheZonesDay(t *testing.T) {
	var i clock.Instant
	if err := i.UnmarshalText([]byte("2026-11-22T16:00:00Z")); err != nil {
		t.Fatal(err)
	}
	if i.Date().String() != "2026-11-23" || i.String() != "2026-11-23T00:00:00.000000+08:00" {
		t.Errorf("%s on %s", i, i.Date())
	}
	if got := (i - 1).Date().String(); got != "2026-11-22" {
		t.Errorf("one microsecond before is %s", got)
	}
}

func TestInstantReadsOnlyRFC3339(t *testing.T) {
	for text, ok := range map[string]bool{
		"2026-11-23T09:41:00+08:00": true, "2026-11-23T09:41:00.123456Z": true,
		"2026-11-23T9:41:00Z": false, "2026-11-23T09:41:00,5Z": false, "2026-11-23 09:41:00Z": false,
		"2026-11-23": false, "": false, "2026-02-30T00:00:00Z": false, "2026-11-23T09:41:00": false,
	} {
		var i clock.Instant
		err := i.UnmarshalText([]byte(text))
		if ok != (err == nil) || !ok && !fault.Is(err, "CLOCK-INSTANT-01") {
			t.Errorf("%q: %v", text, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		i := clock.Instant(rapid.Int64Range(-2e15, 7e15).Draw(t, "µs"))
		b, _ := i.MarshalText()
		var back clock.Instant
		if err := back.UnmarshalText(b); err != nil || back != i {
			t.Fatalf("%d → %s → %d %v", i, b, back, err)
		}
	})
}

func TestZeroDateMeansNotGiven(t *testing.T) {
	b, err := json.Marshal(struct{ D clock.Date }{})
	if err != nil || string(b) != `{"D":""}` {
		t.Fatalf("%s %v", b, err)
	}
	var v struct{ D clock.Date }
	if err := json.Unmarshal(b, &v); err != nil || v.D != 0 {
		t.Fatal(v, err)
	}
}

// golden is the week of the 2014 National Day: 1 to 7 October off, 28 September
// and 11 October worked.
func golden() *clock.Calendar {
	c := &clock.Calendar{Holidays: map[clock.Date]string{}, Workdays: map[clock.Date]bool{
		clock.MustDate("2014-09-28"): true, clock.MustDate("2014-10-11"): true,
	}, KnownUntil: clock.MustDate("2014-12-31")}
	for d := clock.MustDate("2014-10-01"); d <= clock.MustDate("2014-10-07"); d++ {
		c.Holidays[d] = "National Day"
	}
	return c
}

func TestCalendar(t *testing.T) {
	c := golden()
	for text, want := range map[string]bool{
		"2014-09-28": true, "2014-09-27": false, "2014-10-01": false, "2014-10-08": true, "2014-10-11": true, "2014-10-12": false,
	} {
		if got := c.Working(clock.MustDate(text)); got != want {
			t.Errorf("%s working: %v", text, got)
		}
	}
	if got := c.NextWorking(clock.MustDate("2014-10-01")).String(); got != "2014-10-08" {
		t.Errorf("next working day %s", got)
	}
	if got := c.NthWorking(clock.MustDate("2014-07-01"), 5).String(); got != "2014-07-07" {
		t.Errorf("T21: fifth working day of July 2014 is %s", got)
	}
	if got := c.NthWorking(clock.MustDate("2014-10-01"), 4).String(); got != "2014-10-11" {
		t.Errorf("a Saturday worked in exchange counts: %s", got)
	}
	if c.Provisional(clock.MustDate("2014-12-31")) || !c.Provisional(clock.MustDate("2015-01-01")) {
		t.Error("past the published holidays a due date is provisional")
	}
	var none *clock.Calendar
	if !none.Provisional(1) || none.Working(clock.MustDate("2014-10-04")) || !none.Working(clock.MustDate("2014-10-01")) {
		t.Error("without a table only weekends count")
	}
}

func TestNthWorkingCountsWorkingDays(t *testing.T) {
	c := golden()
	rapid.Check(t, func(t *rapid.T) {
		from := clock.MustDate("2014-09-01").AddDays(rapid.IntRange(0, 60).Draw(t, "from"))
		n := rapid.IntRange(1, 30).Draw(t, "n")
		got, counted := c.NthWorking(from, n), 0
		for d := from; d <= got; d++ {
			if c.Working(d) {
				counted++
			}
		}
		if counted != n || !c.Working(got) {
			t.Fatalf("%dth working day from %s is %s: %d counted", n, from, got, counted)
		}
	})
}

func TestClocks(t *testing.T) {
	var s clock.System
	if a, b := s.Now(), s.Now(); b < a {
		t.Errorf("the machine's clock ran back from %d to %d", a, b)
	}
	v := clock.NewVirtual(100, false)
	v.Advance(time.Second)
	v.Advance(-time.Hour)
	if v.Now() != 1_000_100 {
		t.Errorf("standing clock at %d", v.Now())
	}
	r := clock.NewVirtual(0, true)
	r.Advance(time.Hour)
	if r.Now() < clock.Instant(time.Hour.Microseconds()) {
		t.Errorf("running clock at %d", r.Now())
	}
	if got := clock.Instant(0).Add(time.Millisecond); got != 1000 {
		t.Errorf("one millisecond is %d µs", got)
	}
}
