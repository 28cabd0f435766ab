package revenue

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// ReportKeys are what revenue can be summed by.
var ReportKeys = []string{"day", "office", "chapter", "tax"}

// ReportRow is revenue of some days, offices, chapters or taxes, in fen.
type ReportRow struct {
	Day       string    `json:"day,omitempty"`
	Office    string    `json:"office,omitempty"`
	Chapter   string    `json:"chapter,omitempty"`
	Tax       string    `json:"tax,omitempty"`
	Assessed  num.Money `json:"assessed"`
	Withdrawn num.Money `json:"withdrawn"`
	Paid      num.Money `json:"paid"`
	Refunded  num.Money `json:"refunded"`
}

// Key is what the row is the sum of: a day, an office, a chapter or a tax.
func (r *ReportRow) Key() string { return r.Day + r.Office + r.Chapter + r.Tax }

// ReportFilter asks for revenue of a span of days, of some offices or of all,
// summed by one of ReportKeys.
type ReportFilter struct {
	From, To clock.Date
	Offices  []string // nil: all
	By       string
}

// Report is revenue of a span of days, summed.
type Report struct {
	From clock.Date  `json:"from"`
	To   clock.Date  `json:"to"`
	By   string      `json:"by"`
	Rows []ReportRow `json:"rows"`
	Sum  ReportRow   `json:"sum"`
}

// NewReport gives an empty report. What is not given is this month until today,
// by day. Faults: REVENUE-REPORT-01 (nothing is summed by that),
// REVENUE-REPORT-02 (it ends before it begins).
func NewReport(from, to clock.Date, by string, today clock.Date) (Report, error) {
	if to == 0 {
		to = today
	}
	if from == 0 {
		from = today.AddDays(1 - today.DayOfMonth())
	}
	if by == "" {
		by = ReportKeys[0]
	}
	r := Report{From: from, To: to, By: by}
	if !slices.Contains(ReportKeys, by) {
		return r, fault.New(fault.Invalid, "REVENUE-REPORT-01", "/by", "revenue is not summed by “{by}”", "choose day, office, chapter or tax", "by", by)
	}
	if to < from {
		return r, fault.New(fault.Invalid, "REVENUE-REPORT-02", "/to", "the report ends on {to}, before it begins on {from}", "give the days the other way round", "to", to, "from", from)
	}
	return r, nil
}

// Filled gives the report with its rows and their sum. Fault: NUM-RANGE-01.
func (r Report) Filled(rows []ReportRow) (Report, error) {
	r.Rows, r.Sum = rows, ReportRow{}
	for i := range rows {
		row := &rows[i]
		for _, part := range []struct {
			to  *num.Money
			add num.Money
		}{{&r.Sum.Assessed, row.Assessed}, {&r.Sum.Withdrawn, row.Withdrawn}, {&r.Sum.Paid, row.Paid}, {&r.Sum.Refunded, row.Refunded}} {
			var err error
			if *part.to, err = num.Add(*part.to, part.add); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// ageBands are the ages by which what is outstanding is counted, in days past due.
var ageBands = []struct {
	name string
	from int
}{{"not-due", -1 << 30}, {"1-15", 1}, {"16-30", 16}, {"31-90", 31}, {"over-90", 91}}

// Aged is what is outstanding of one age.
type Aged struct {
	Age   string    `json:"age" doc:"days past the due day"`
	Bills int       `json:"bills"`
	Tax   num.Money `json:"tax"`
	Fee   num.Money `json:"fee" doc:"late fee through today, charged or not"`
}

// Ages counts what is outstanding on a day by how long it is overdue.
type Ages struct {
	Bands []Aged
	on    clock.Date
	late  LateRule
}

// NewAges begins to count as of a day.
func NewAges(on clock.Date, late LateRule) *Ages {
	a := &Ages{on: on, late: late}
	for _, band := range ageBands {
		a.Bands = append(a.Bands, Aged{Age: band.name})
	}
	return a
}

// Take counts a bill, unless nothing is to be paid on it.
// Fault: NUM-RANGE-01.
func (a *Ages) Take(b *TaxBill) error {
	if !b.Payable() {
		return nil
	}
	owed, err := b.OwedOn(a.on, a.late)
	if err != nil {
		return err
	}
	at := 0
	for i := range ageBands {
		if int(a.on)-int(b.Due) >= ageBands[i].from {
			at = i
		}
	}
	band := &a.Bands[at]
	band.Bills++
	if band.Tax, err = num.Add(band.Tax, b.Rest()); err != nil {
		return err
	}
	band.Fee, err = num.Add(band.Fee, owed-b.Rest())
	return err
}
