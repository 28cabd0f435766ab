package console

import (
	"math"
	"slices"

	"seine/internal/clock"
)

// axis gives each moment of a life line its place. Where things happened evenly
// it is one scale. Where several happened within seconds and the next a week later,
// one scale would draw them on top of one another: then pauses are drawn short, each
// still longer than every shorter one, and the axis is read by the moments that
// stand on it.
type axis struct {
	moments []clock.Instant // bounds of the pieces, in order
	places  []int           // of the bounds
	elastic bool
}

// Room that things on an axis need, in units of the drawing.
const (
	markRoom = 14  // of a mark beside another
	tickRoom = 118 // of a label of the axis

	endWeight       = 3           // of the room before the first thing and after the last
	secondOfMoments = 1_000_000.0 // as moments count
)

// newAxis spreads the time between from and to; at are moments between them that
// must be told apart.
func newAxis(from, to clock.Instant, at []clock.Instant) axis {
	a := axis{moments: []clock.Instant{from, to}, places: []int{plotLeft, plotRight}}
	runsOut := slices.ContainsFunc(at, func(i clock.Instant) bool { return i > to })
	at = slices.DeleteFunc(slices.Clone(at), func(i clock.Instant) bool { return i <= from || i >= to })
	slices.Sort(at)
	at = slices.Compact(at)
	crowded := 0
	for i := 1; i < len(at); i++ {
		if a.place(at[i])-a.place(at[i-1]) < markRoom {
			crowded++
		}
	}
	if crowded < 2 {
		return a
	}
	moments := append(append([]clock.Instant{from}, at...), to)
	weights := make([]float64, len(moments))
	total := 0.0
	for i := 1; i < len(moments); i++ {
		// A pause weighs by the digits of its length; even none has its place.
		weight := 1 + math.Log2(1+float64(moments[i]-moments[i-1])/secondOfMoments)
		if i == 1 || i == len(moments)-1 && !runsOut {
			weight = min(weight, endWeight) // nothing happens there
		}
		total += weight
		weights[i] = total
	}
	a = axis{moments: moments, elastic: true}
	for _, w := range weights {
		a.places = append(a.places, plotLeft+int(math.Round(float64(plotRight-plotLeft)*w/total)))
	}
	return a
}

// place gives where a moment is drawn; what lies outside stands at the end.
func (a axis) place(i clock.Instant) int {
	last := len(a.moments) - 1
	i = min(max(i, a.moments[0]), a.moments[last])
	k, _ := slices.BinarySearch(a.moments, i)
	k = min(max(k, 1), last)
	from, to := a.moments[k-1], a.moments[k]
	return a.places[k-1] + int(int64(a.places[k]-a.places[k-1])*int64(i-from)/int64(to-from))
}

// ticks gives what the axis is read by: days, hours or months of an even one, the
// moments themselves of another, as many as have room.
func (a axis) ticks() []tick {
	if !a.elastic {
		return ticks(a.moments[0], a.moments[1], a.place)
	}
	var list []tick
	free := 0
	for k, at := range a.moments[1 : len(a.moments)-1] {
		x := a.places[k+1]
		if x < free || x > plotRight-tickRoom {
			continue
		}
		form := "01-02 15:04:05"
		if len(list) > 0 && at.Date() == a.moments[k].Date() {
			form = "15:04:05"
		}
		list, free = append(list, tick{X: x, Text: at.Time().Format(form)}), x+tickRoom
	}
	return list
}
