package writeoff

import (
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
)

// State is where a write-off stands (DR §4.5).
type State string

const (
	Draft     State = "draft"
	Counting  State = "counting"
	Submitted State = "submitted"
	Compared  State = "compared"
	Passed    State = "passed"
	Review    State = "review"
	OnSite    State = "onsite"
	Decided   State = "decided"
	Adjusted  State = "adjusted"
)

// Event moves a write-off.
type Event string

const (
	EventCount   Event = "count"
	EventSubmit  Event = "submit"
	EventCompare Event = "compare"
	EventPass    Event = "pass"   // the machine
	EventRefer   Event = "refer"  // to two officers
	EventReturn  Event = "return" // to the enterprise
	EventVisit   Event = "visit"  // stock is checked on site
	EventFound   Event = "found"  // result of the visit
	EventDecide  Event = "decide" // two officers
	EventAdjust  Event = "adjust" // the book is brought to it
)

// Case is what the guards of a write-off ask about.
type Case struct {
	Report    *Report
	Counts    []Count
	Officers  [2]string
	Automatic bool // within tolerance, low risk and no doubt
}

type guard = lifecycle.Guard[Case]

var (
	countedAll = guard{Name: "everything counted", Check: func(c Case) error {
		missing := Uncounted(c.Report, c.Counts)
		if len(missing) == 0 {
			return nil
		}
		var faults fault.List
		for _, line := range missing {
			it, _ := c.Report.Item(line)
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-SUBMIT-01", "/counts", "line {line} should hold {quantity} and was not counted", "count it; write 0 when nothing is there",
				"line", line, "quantity", it.ShouldRemain.Quantity))
		}
		return faults
	}}
	identical = guard{Name: "every line adds up", Check: func(c Case) error {
		var faults fault.List
		for i := range c.Report.Items {
			if err := faults.Add("", c.Report.Items[i].Holds()); err != nil {
				return err
			}
		}
		return faults.OrNil()
	}}
	harmless = guard{Name: "within tolerance, low risk", Check: func(c Case) error {
		if c.Automatic {
			return nil
		}
		return fault.New(fault.Refused, "WRITEOFF-PASS-01", "", "the machine passes only what is within tolerance and of low risk", "leave it to two officers")
	}}
	byTwo = guard{Name: "two different officers", Check: func(c Case) error {
		if c.Officers[0] != "" && c.Officers[1] != "" && c.Officers[0] != c.Officers[1] {
			return nil
		}
		return fault.New(fault.Refused, "WRITEOFF-DECIDE-01", "/officers", "a write-off needs two different officers", "let a second officer, drawn by the system, confirm it")
	}}
)

// Life is the life of a write-off. Code of a step that cannot happen:
// WRITEOFF-LIFECYCLE-01.
var Life = &lifecycle.Table[State, Event, Case]{
	Name: "write-off", Code: "WRITEOFF-LIFECYCLE-01", Initial: Draft,
	States: []lifecycle.State[State]{
		{Name: Draft, Acts: "enterprise: counts its stock"},
		{Name: Counting, Acts: "enterprise"},
		{Name: Submitted, Acts: "system"},
		{Name: Compared, Acts: "system"},
		{Name: Passed, Acts: "system"},
		{Name: Review, Acts: "two officers"},
		{Name: OnSite, Acts: "officers on site"},
		{Name: Decided, Acts: "system"},
		{Name: Adjusted, Acts: "nobody", Final: true},
	},
	Moves: []lifecycle.Move[State, Event, Case]{
		{From: Draft, On: EventCount, To: Counting},
		{From: Counting, On: EventCount, To: Counting},
		{From: Counting, On: EventSubmit, To: Submitted, Guards: []guard{countedAll, identical}},
		{From: Submitted, On: EventCompare, To: Compared},
		{From: Compared, On: EventPass, To: Passed, Guards: []guard{harmless}},
		{From: Compared, On: EventRefer, To: Review},
		{From: Review, On: EventReturn, To: Counting},
		{From: Review, On: EventVisit, To: OnSite},
		{From: OnSite, On: EventFound, To: Review},
		{From: Review, On: EventDecide, To: Decided, Guards: []guard{byTwo, identical}},
		{From: Passed, On: EventAdjust, To: Adjusted},
		{From: Decided, On: EventAdjust, To: Adjusted},
	},
}

// Submission is by when the report of a period must be in: days after its end
// (DR §4.5: 30).
func Submission(p Period, rules *Rules) clock.Date { return p.End.AddDays(rules.SubmitDays) }

// MayExtend tells whether the day of a report may be put off by days: once, in a
// period that is closed by work order, by at most so much as the rules say, and
// asked for before it is over (DR §3.6: 60 days). extended tells that it was asked
// for or given already.
//
// Faults: WRITEOFF-EXTEND-01 (not by work order), -02 (too many days, or none), -03
// (extended already), -04 (too late: submitted, or due before today).
func MayExtend(r *Report, state State, extended bool, days int, due, today clock.Date, rules *Rules) error {
	switch {
	case r.Method != ByOrder:
		return fault.New(fault.Refused, "WRITEOFF-EXTEND-01", "", "only a period that is written off by work order may be submitted later", "submit it by {day}", "day", due)
	case state != Draft && state != Counting || today > due:
		return fault.New(fault.Refused, "WRITEOFF-EXTEND-04", "", "more time is asked for before {day} is over and before the report is submitted", "submit the report", "day", due)
	case extended:
		return fault.New(fault.Refused, "WRITEOFF-EXTEND-03", "", "more time was asked for already; it is given once", "submit it by {day}", "day", due)
	case days < 1 || days > rules.ExtendDays:
		return fault.New(fault.Invalid, "WRITEOFF-EXTEND-02", "/days", "{days} days are not 1 to {most}", "ask for at most {most} days", "days", days, "most", rules.ExtendDays)
	}
	return nil
}

// Gap is something that is missing for closing a period today.
type Gap struct {
	Kind GapKind           `json:"kind"`
	Line int               `json:"line,omitempty"`
	Ref  string            `json:"ref,omitempty"` // number of the paper
	Args map[string]string `json:"args,omitempty"`
}

// GapKind names what is missing.
type GapKind string

const (
	GapCount   GapKind = "count"   // not counted
	GapList    GapKind = "list"    // a list neither posted nor voided
	GapOrder   GapKind = "order"   // a work order not completed
	GapDoubt   GapKind = "doubt"   // a work order that cannot be true
	GapShort   GapKind = "short"   // the book would hold less than nothing
	GapResidue GapKind = "residue" // scrap waiting to be destroyed
	GapUse     GapKind = "use"     // use cannot be worked out
	GapDiffers GapKind = "differs" // a difference beyond tolerance that nobody explained
	GapTax     GapKind = "tax"     // the tax on what is missing cannot be worked out
)
