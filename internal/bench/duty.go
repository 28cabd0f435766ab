package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"seine/internal/clock"
	"seine/internal/duty"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Duty measures calculations of duty with a whole shipped schedule on one
// processor: every calculable commodity in turn.
func Duty(ctx context.Context, o Options) (*Report, error) {
	o.Clients = 1
	r := begin(o)
	r.Engine, r.Way = "none", "in process"
	const schedule = "us"
	before := heap()
	ref, err := duty.ReferenceOf(schedule)
	if err != nil {
		return nil, err
	}
	memory := heap() - before
	s, err := tariff.Shipped(schedule)
	if err != nil {
		return nil, err
	}
	commodities, measures := s.Len()
	b := &dutyBench{ref: ref}
	if err := b.gather(s); err != nil {
		return nil, err
	}
	perCase := max(1, o.Bulk)
	r.Bulk = perCase
	r.What = fmt.Sprintf("one consignment of %d line(s), every rate looked up and the working kept; schedule %s: %d commodities, %d measures, %d of them calculable here",
		perCase, schedule, commodities, measures, len(b.lines))
	r.Notes = append(r.Notes, fmt.Sprintf("the schedule takes %d kB of memory", memory/1024))
	var w duty.Working
	d := time.Duration(o.Seconds * float64(time.Second))
	for n := 1; n <= o.Rounds; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from, began := readMeter(), time.Now()
		var done int64
		for time.Since(began) < d {
			for range 256 {
				c := b.next(perCase)
				if err := duty.AssessInto(&w, c, &b.ref); err != nil {
					return nil, fmt.Errorf("assess %s: %w", c.Lines[0].Code, err)
				}
				done++
			}
		}
		round := Round{Number: n, Operations: done}
		round.since(from, done, false)
		round.PerSecond = float64(done) / time.Since(began).Seconds()
		r.Rounds = append(r.Rounds, round)
	}
	if err := b.verify(r, perCase); err != nil {
		return nil, err
	}
	r.finish()
	return r, nil
}

type dutyBench struct {
	ref   duty.Reference
	lines []duty.Line
	at    int
	one   duty.Consignment
}

var dutyDay = clock.MustDate("2026-11-01")

// gather keeps the commodities whose duty can be computed from what a usual
// declaration says.
func (b *dutyBench) gather(s *tariff.Schedule) error {
	b.one = duty.Consignment{Date: dutyDay, Direction: "import", Incoterm: "CIF", Currency: b.ref.Local}
	for _, code := range everyCode(s) {
		line := duty.Line{
			Code: code, Origin: "DE", Price: 123_456, NetMass: 250 * num.OneQuantity, GrossMass: 260 * num.OneQuantity,
			Quantities: []duty.Quantity{{Value: 1000 * num.OneQuantity, Unit: "NAR"}, {Value: 250 * num.OneQuantity, Unit: "KGM"}, {Value: 250 * num.OneQuantity, Unit: "LTR"}},
		}
		c := b.one
		c.Lines = []duty.Line{line}
		if _, err := duty.Assess(&c, &b.ref); err == nil {
			b.lines = append(b.lines, line)
		}
	}
	if len(b.lines) == 0 {
		return errors.New("bench: nothing of the schedule can be computed")
	}
	return nil
}

// everyCode walks along the schedule.
func everyCode(s *tariff.Schedule) []tariff.Code {
	var all []tariff.Code
	for at := tariff.Code("0"); ; {
		before := len(all)
		for _, code := range s.Suggest(at, dutyDay, 1000) {
			if code > at {
				all = append(all, code)
			}
		}
		if len(all) == before {
			return all
		}
		at = all[len(all)-1]
	}
}

func (b *dutyBench) next(n int) *duty.Consignment {
	if b.at+n > len(b.lines) {
		b.at = 0
	}
	b.one.Lines = b.lines[b.at:min(b.at+n, len(b.lines))]
	b.at += n
	return &b.one
}

// verify lets every working add itself up again.
func (b *dutyBench) verify(r *Report, n int) error {
	b.at = 0
	var checked int
	for range len(b.lines) / n {
		w, err := duty.Assess(b.next(n), &b.ref)
		if err != nil {
			return err
		}
		if err := w.Verify(); err != nil {
			r.wrong("%s: %v", b.one.Lines[0].Code, err)
			continue
		}
		checked++
	}
	r.right("%d workings add up again", checked)
	return nil
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
