package procedure_test

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/procedure"
)

func FuzzParseScript(f *testing.F) {
	for _, s := range []string{
		"start: 2026-11-23T09:00:00+08:00\nacts: [{step: list}, {after: 2d}]", "acts: [{stepp: x}]", "{", "a: &a [*a]", "events: {x: 9999999999999h}", "start: 0001-01-01T00:00:00Z\nacts: [{step: x, after: 99999999d}]",
	} {
		f.Add([]byte(s))
	}
	c := shipped(f)
	f.Fuzz(func(t *testing.T, source []byte) {
		s, err := procedure.ParseScript(source)
		if err == nil {
			m, _ := c.At("enter-first", clock.MustDate("2026-11-23"))
			_, err = procedure.Simulate(m, s, nil)
		}
		if err != nil && fault.All(err) == nil {
			t.Fatal(err)
		}
	})
}
