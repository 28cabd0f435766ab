package guarantee

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/num"
)

// Standing is what a guarantee holds now; Limit is Held + Used + Free.
type Standing struct {
	Limit num.Money `json:"limit"`
	Held  num.Money `json:"held"`
	Used  num.Money `json:"used"`
	Free  num.Money `json:"free"`
}

// Due is a debt that a part of the guarantee is held for.
type Due struct {
	Day        clock.Date `json:"day"`
	Obligation string     `json:"obligation"`
	Kind       string     `json:"kind"`
	Owed       num.Money  `json:"owed"` // what must be paid for it, 0 where it is not money
	Held       num.Money  `json:"held"`
}

// ExposureDay is how a guarantee stands at the end of a day to come.
type ExposureDay struct {
	Day  clock.Date `json:"day"`
	Due  num.Money  `json:"due"`  // to be paid by the end of the day
	Held num.Money  `json:"held"` // still held at the end of it
	Free num.Money  `json:"free"`
	Ends bool       `json:"ends,omitempty"` // the term ends: nothing new can be held from the next day on
}

// Exposure forecasts a guarantee from day today on, as far as debts are known:
// each is settled on the day it is due and frees what is held for it. A debt that
// is overdue stays held on the first day. Days on which nothing changes are left
// out, the first is always there. Nothing is free after the end of the term.
func (g Guarantee) Exposure(s Standing, today clock.Date, debts []Due) []ExposureDay {
	debts = slices.Clone(debts)
	slices.SortStableFunc(debts, func(a, b Due) int { return int(a.Day - b.Day) })
	list := []ExposureDay{{Day: today, Held: s.Held, Free: s.Free}}
	day := func(d clock.Date) *ExposureDay {
		last := &list[len(list)-1]
		if last.Day == d {
			return last
		}
		list = append(list, ExposureDay{Day: d, Held: last.Held, Free: last.Free})
		return &list[len(list)-1]
	}
	ended := false
	end := func(until clock.Date) {
		if !ended && g.ValidTo >= today && g.ValidTo < until {
			ended = true
			day(g.ValidTo).Ends = true
			after := day(g.ValidTo + 1)
			after.Free = 0
		}
	}
	for _, d := range debts {
		if d.Day < today { // overdue: it is to be paid now, and nobody knows when it will be
			list[0].Due += d.Owed
			continue
		}
		end(d.Day)
		at := day(d.Day)
		at.Due += d.Owed
		at.Held -= d.Held
		if !ended {
			at.Free += d.Held
		}
	}
	end(g.ValidTo + 1)
	return list
}

// Alarms that a guarantee raises by itself, once as long as they hold.
const (
	AlarmExpires = "expires" // its term ends soon
	AlarmShort   = "short"   // little of it is free
)

// Alarms tells which alarms hold on day today: its term ends within so many
// days, or less than a share of its limit is free. Only an active guarantee
// raises any.
func (g Guarantee) Alarms(s Standing, today clock.Date, within int, share num.Rate) ([]string, error) {
	if g.State != Active {
		return nil, nil
	}
	var list []string
	if g.ValidTo < today.AddDays(within) {
		list = append(list, AlarmExpires)
	}
	least, err := g.Limit.Times(share, num.Up)
	if err != nil {
		return nil, err
	}
	if s.Free < least {
		list = append(list, AlarmShort)
	}
	return list, nil
}
