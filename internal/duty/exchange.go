package duty

import (
	"sort"
	"time"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// ExchangeRow is a rate from its day on: money of the house for one unit.
type ExchangeRow struct {
	From clock.Date
	Rate num.Rate
}

// Exchange is a table of exchange rates and the calendar they are read by.
type Exchange struct {
	Calendar *clock.Calendar
	rows     map[tariff.CurrencyCode][]ExchangeRow
	until    clock.Date
}

// NewExchange gives a table; until is the last day the table speaks for, 0 when
// it is open. Rows of one currency may come in any order.
func NewExchange(rows map[tariff.CurrencyCode][]ExchangeRow, calendar *clock.Calendar, until clock.Date) *Exchange {
	x := &Exchange{Calendar: calendar, rows: make(map[tariff.CurrencyCode][]ExchangeRow, len(rows)), until: until}
	for c, list := range rows {
		list = append([]ExchangeRow(nil), list...)
		sort.SliceStable(list, func(i, j int) bool { return list[i].From < list[j].From })
		x.rows[c] = list
	}
	return x
}

// ExchangeDate gives the day whose rate is taken for a declaration of day d
// (DR §5.1): by the rule "third_wednesday" the third Wednesday of the month
// before, or the fourth when the third is a holiday; by "levying_day" d itself.
func ExchangeDate(d clock.Date, rule string, calendar *clock.Calendar) clock.Date {
	if rule == "levying_day" {
		return d
	}
	first := d.AddDays(1 - d.DayOfMonth()).AddMonths(-1)
	for first.Weekday() != time.Wednesday {
		first++
	}
	third := first.AddDays(14)
	if !calendar.Working(third) {
		return third.AddDays(7)
	}
	return third
}

// Rate gives the exchange rate of a currency for a declaration of day d: the
// row in force on the day that rule points to. Fault: DUTY-FX-01.
func (x *Exchange) Rate(c tariff.CurrencyCode, d clock.Date, rule string) (num.Rate, error) {
	if x != nil {
		on := ExchangeDate(d, rule, x.Calendar)
		list := x.rows[c]
		i := sort.Search(len(list), func(i int) bool { return list[i].From > on })
		if i > 0 && (x.until == 0 || on <= x.until) {
			return list[i-1].Rate, nil
		}
	}
	return 0, noExchange(c, d)
}

func noExchange(c tariff.CurrencyCode, d clock.Date) error {
	return fault.New(fault.Invalid, "DUTY-FX-01", "/currency", "there is no exchange rate of {currency} for {day}",
		"state the rate with the case, or load the rates of that day", "currency", c, "day", d)
}

// MiddleRate gives the rate of a currency without base rate: the middle of the
// bank's buying and selling rates, to four decimals half-up (GACC Decree 124).
func MiddleRate(buy, sell num.Rate) (num.Rate, error) {
	sum, err := num.Add(buy, sell)
	if err != nil {
		return 0, err
	}
	v, err := num.MulDiv(int64(sum), 1, 2*10_000, num.HalfUp)
	return num.Rate(v * 10_000), err
}
