package writeoff

import (
	"strconv"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// Cause is how an enterprise explains a difference (DR §4.5).
type Cause string

const (
	ProcessLoss  Cause = "process_loss"  // more was lost in processing: the consumption is adjusted
	ForceMajeure Cause = "force_majeure" // fire, flood: written off on proof
	Unexplained  Cause = "unexplained"   // taxed
	Surplus      Cause = "surplus"       // more is there: added with its reason
)

// Explanation explains a part of the difference of one line.
type Explanation struct {
	Line       int          `json:"line"`
	Cause      Cause        `json:"cause"`
	Quantity   num.Quantity `json:"quantity"` // above zero
	Reason     string       `json:"reason"`
	Proof      string       `json:"proof,omitempty"`      // document that proves force majeure
	Discovered clock.Date   `json:"discovered,omitempty"` // of force majeure
	Voluntary  bool         `json:"voluntary,omitempty"`  // told before customs found it
}

// Settled is what became of the difference of an item; the parts sum to it.
type Settled struct {
	Loss      num.Quantity `json:"loss,omitempty"`      // more consumption
	Majeure   num.Quantity `json:"majeure,omitempty"`   // written off on proof
	Taxed     num.Quantity `json:"taxed,omitempty"`     // duty and taxes are due
	Tolerated num.Quantity `json:"tolerated,omitempty"` // within tolerance
	Added     num.Quantity `json:"added,omitempty"`     // surplus
}

// Shortage is what of a shortage leaves the book as a verified reduction.
func (s Settled) Shortage() num.Quantity { return s.Majeure + s.Taxed + s.Tolerated }

// CheckExplanations judges what an enterprise says of its differences, and says
// everything that is wrong. today is the day on which it says so.
//
// Faults: WRITEOFF-EXPLAIN-01 (no difference on the line), -02 (no such cause),
// -03 (a shortage explained as a surplus or the other way), -04 (more than
// differs), -05 (no reason), -06 (force majeure without proof or day), -07
// (process loss of a line that is no material).
func CheckExplanations(r *Report, all []Explanation) error {
	var faults fault.List
	sums := map[int]num.Quantity{}
	for i, e := range all {
		path := func(field string) string { return "/explanations/" + strconv.Itoa(i) + "/" + field }
		it, ok := r.Item(e.Line)
		if !ok || it.Difference == 0 {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-EXPLAIN-01", path("line"), "nothing differs on line {line}", "leave the explanation out", "line", e.Line))
			continue
		}
		switch e.Cause {
		case ProcessLoss, ForceMajeure, Unexplained, Surplus:
		default:
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-EXPLAIN-02", path("cause"), "“{value}” explains no difference", "write process_loss, force_majeure, unexplained or surplus", "value", string(e.Cause)))
			continue
		}
		if (e.Cause == Surplus) != (it.Difference > 0) {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-EXPLAIN-03", path("cause"), "line {line} differs by {difference}", "explain what is missing as a loss, what is too much as a surplus",
				"line", e.Line, "difference", it.Difference))
		}
		sums[e.Line] += e.Quantity
		if e.Quantity <= 0 || sums[e.Line] > abs(it.Difference) {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-EXPLAIN-04", path("quantity"), "{quantity} is not within the difference {difference} of line {line}", "explain at most what differs",
				"quantity", e.Quantity, "difference", abs(it.Difference), "line", e.Line))
		}
		if e.Reason == "" {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-EXPLAIN-05", path("reason"), "the explanation has no reason", "say in a few words what happened"))
		}
		if e.Cause == ForceMajeure && (e.Proof == "" || e.Discovered == 0) {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-EXPLAIN-06", path("proof"), "force majeure needs its proof and the day it was discovered", "name the document that proves it, and the day"))
		}
		if e.Cause == ProcessLoss && it.Kind != "material" {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-EXPLAIN-07", path("cause"), "line {line} is no material: nothing of it is lost in processing", "choose another cause", "line", e.Line))
		}
	}
	return faults.OrNil()
}

func abs(q num.Quantity) num.Quantity { return max(q, -q) }

// Within tells whether a difference is within tolerance (DR §4.5, OR): at most a
// share of the period's consumption, and little tax.
func (it *Item) Within(rules *Rules) bool {
	if it.Difference == 0 {
		return true
	}
	most, err := it.Base.Times(rules.ToleranceShare, num.Down)
	return err == nil && abs(it.Difference) <= most && it.Tax <= rules.ToleranceTax
}

// Outside lists the lines whose difference is not within tolerance.
func (r *Report) Outside(rules *Rules) []int {
	var lines []int
	for i := range r.Items {
		if !r.Items[i].Within(rules) {
			lines = append(lines, r.Items[i].Line)
		}
	}
	return lines
}

// Taxable is what of a shortage would be taxed: what nothing else explains. A
// difference within its share of the consumption counts whole, because whether it
// is tolerated depends on its tax.
func (it *Item) Taxable(all []Explanation) num.Quantity {
	rest := max(0, -it.Difference)
	for _, e := range all {
		if e.Line == it.Line && (e.Cause == ProcessLoss || e.Cause == ForceMajeure) {
			rest -= min(rest, e.Quantity)
		}
	}
	return rest
}

// Unexplained is what of a difference nothing explains, above zero for a shortage
// and for a surplus alike.
func (it *Item) Unexplained(all []Explanation) num.Quantity {
	rest := abs(it.Difference)
	for _, e := range all {
		if e.Line == it.Line && e.Cause != Unexplained {
			rest -= min(rest, e.Quantity)
		}
	}
	return rest
}

// Settle says what becomes of each difference: what was explained as it was
// explained, a rest within tolerance as tolerated, every other rest taxed. The
// closing of each item is what was counted. Fault: WRITEOFF-SETTLE-01 when
// nothing was counted.
func (r Report) Settle(all []Explanation, rules *Rules) (Report, error) {
	items := make([]Item, len(r.Items))
	copy(items, r.Items)
	for i := range items {
		it := &items[i]
		it.Settled = Settled{}
		if it.Counted == nil {
			return r, fault.New(fault.Refused, "WRITEOFF-SETTLE-01", "", "nothing was counted on line {line}", "enter the stock-taking first", "line", it.Line)
		}
		it.Closing = Stock{*it.Counted, it.CountedValue}
		if it.Difference >= 0 {
			it.Settled.Added = it.Difference
			continue
		}
		rest := -it.Difference
		for _, e := range all {
			if e.Line != it.Line {
				continue
			}
			q := min(rest, e.Quantity)
			switch e.Cause {
			case ProcessLoss:
				it.Settled.Loss += q
			case ForceMajeure:
				it.Settled.Majeure += q
			case Unexplained, Surplus:
				continue // the rest below
			}
			rest -= q
		}
		if it.Within(rules) {
			it.Settled.Tolerated = rest
		} else {
			it.Settled.Taxed = rest
		}
	}
	r.Items = items
	return r, nil
}

// Adjustment brings the book from what it holds to what was decided.
type Adjustment struct {
	Line     int          `json:"line"`
	From     ledger.Place `json:"from"`
	To       ledger.Place `json:"to"`
	Quantity num.Quantity `json:"quantity"`
	Why      string       `json:"why"` // consumption, output, loss, majeure, taxed, tolerated, surplus
}

// Adjustments are the entries of a settled report, in order of line: what came is
// booked before what went. After them the book holds what was counted.
func (r *Report) Adjustments() []Adjustment {
	var list []Adjustment
	for i := range r.Items {
		it := &r.Items[i]
		add := func(q num.Quantity, from, to ledger.Place, why string) {
			if q < 0 {
				q, from, to = -q, to, from
			}
			if q != 0 {
				list = append(list, Adjustment{it.Line, from, to, q, why})
			}
		}
		consumption := it.Consumption - it.Posted
		add(it.Settled.Added, ledger.Difference, ledger.OnHand, "surplus")
		add(it.Flows[Made]-it.PostedOutput, ledger.Produced, ledger.OnHand, "output")
		add(consumption, ledger.OnHand, ledger.Consumed, "consumption")
		add(it.Settled.Loss, ledger.OnHand, ledger.Consumed, "loss")
		add(it.Settled.Majeure, ledger.OnHand, ledger.Lost, "majeure")
		add(it.Settled.Taxed, ledger.OnHand, ledger.Difference, "taxed")
		add(it.Settled.Tolerated, ledger.OnHand, ledger.Difference, "tolerated")
	}
	return list
}

// Query tells whether the consumption of a line should be asked about: a surplus
// in this write-off and in the one before says that more was declared than used.
func (it *Item) Query(before *Report) bool {
	if before == nil || it.Difference <= 0 {
		return false
	}
	last, ok := before.Item(it.Line)
	return ok && last.Difference > 0
}
