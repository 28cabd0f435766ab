package clock_test

import (
	"testing"

	"seine/internal/clock"
)

func FuzzInstant(f *testing.F) {
	for _, s := range []string{"2026-11-23T09:00:00.000001+08:00", "2026-11-23T09:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:60Z", "+1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var i, again clock.Instant
		if i.UnmarshalText([]byte(s)) != nil {
			return
		}
		text, err := i.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalText(text); err != nil || again != i {
			t.Fatalf("%q is %d, written %s, read %d, %v", s, i, text, again, err)
		}
	})
}
