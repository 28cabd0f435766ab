package risk

import (
	"iter"
	"math/big"
	"slices"
	"sort"

	"seine/internal/num"
)

// Outcome is one judged subject with what became of it: the label that every
// check gives back to the rules (DR §7.4).
type Outcome struct {
	Subject  Subject     `json:"subject"`
	Hits     []string    `json:"hits,omitempty"`     // ids of the rules that applied
	Selected []Selection `json:"selected,omitempty"` // who asked for the check
	Result   Result      `json:"result,omitempty"`   // unchecked, normal, found
	What     string      `json:"what,omitempty"`     // kind of the finding
	TaxDue   num.Money   `json:"tax_due,omitempty"`  // recovered, CNY
}

// OutcomeOf starts an outcome from a verdict; the result comes later.
func OutcomeOf(v Verdict) Outcome {
	o := Outcome{Subject: v.Subject, Selected: slices.Clone(v.Selected)}
	for _, h := range v.Hits {
		o.Hits = append(o.Hits, h.Rule)
	}
	return o
}

// Counts of one group of subjects. Rates are Found / Checked and the like; they
// are left as counts so that nothing is lost in a percentage.
type Counts struct {
	Judged  int       `json:"judged"`
	Checked int       `json:"checked"`
	Found   int       `json:"found"`
	Normal  int       `json:"normal"` // false alarms where something selected it
	TaxDue  num.Money `json:"tax_due"`
}

// FindRate is the share of checks that found something, 0 without checks.
func (c Counts) FindRate() num.Rate {
	if c.Checked == 0 {
		return 0
	}
	r, err := num.MulDiv(int64(c.Found), int64(num.OneRate), int64(c.Checked), num.HalfUp)
	if err != nil {
		return 0
	}
	return num.Rate(r)
}

// Standing says how a rule compares with chance.
type Standing string

// The standings. A rule that is not better than random checks for 90 days is to
// be looked at by its owner (DR §7.4, OR). Luck is told from merit by the usual
// comparison of two shares, one-sided, at 5 %.
const (
	TooFew    Standing = "too_few"    // fewer checks than asked for on either side
	Better    Standing = "better"     // finds more than random checks, beyond luck
	Unclear   Standing = "unclear"    // finds more, but luck would do as well
	NotBetter Standing = "not_better" // finds no more
)

// RuleHealth is how one rule does.
type RuleHealth struct {
	Rule     string   `json:"rule"`
	Counts   Counts   `json:"counts"`
	HitRate  num.Rate `json:"hit_rate"`  // judged subjects on which it applied
	FindRate num.Rate `json:"find_rate"` // checks of those that found something
	Standing Standing `json:"standing"`
}

// Health is how the whole table does. Random counts every subject that the draw
// picked, whatever else selected it: only that is an unbiased sample of all
// goods and shows what passes unseen.
type Health struct {
	All      Counts               `json:"all"`
	Random   Counts               `json:"random"`
	Selected map[Selection]Counts `json:"selected"`
	Rules    []RuleHealth         `json:"rules"` // by id
}

// Tally counts outcomes of a period. atLeast is the number of checks that a rule
// and the random sample need before they are compared (OR, a parameter of the
// caller). Fault: NUM-RANGE-01 when a sum of taxes does not fit.
func Tally(outcomes iter.Seq[Outcome], atLeast int) (Health, error) {
	h := Health{Selected: map[Selection]Counts{}}
	rules := map[string]*Counts{}
	for o := range outcomes {
		if err := h.All.add(o); err != nil {
			return Health{}, err
		}
		for i, by := range o.Selected {
			if slices.Contains(o.Selected[:i], by) {
				continue
			}
			c := h.Selected[by]
			if err := c.add(o); err != nil {
				return Health{}, err
			}
			h.Selected[by] = c
		}
		for i, id := range o.Hits {
			if slices.Contains(o.Hits[:i], id) {
				continue
			}
			if rules[id] == nil {
				rules[id] = &Counts{}
			}
			if err := rules[id].add(o); err != nil {
				return Health{}, err
			}
		}
	}
	h.Random = h.Selected[ByRandom]
	for id, c := range rules {
		r := RuleHealth{Rule: id, Counts: *c, FindRate: c.FindRate(), Standing: TooFew}
		rate, err := num.MulDiv(int64(c.Judged), int64(num.OneRate), int64(h.All.Judged), num.HalfUp)
		if err != nil {
			return Health{}, err
		}
		r.HitRate = num.Rate(rate)
		if c.Checked >= max(atLeast, 1) && h.Random.Checked >= max(atLeast, 1) {
			r.Standing = compareShares(c.Found, c.Checked, h.Random.Found, h.Random.Checked)
		}
		h.Rules = append(h.Rules, r)
	}
	sort.Slice(h.Rules, func(i, j int) bool { return h.Rules[i].Rule < h.Rules[j].Rule })
	return h, nil
}

func (c *Counts) add(o Outcome) error {
	c.Judged++
	switch o.Result {
	case Normal:
		c.Checked++
		c.Normal++
	case Found:
		c.Checked++
		c.Found++
	case Unchecked:
	}
	var err error
	c.TaxDue, err = num.Add(c.TaxDue, o.TaxDue)
	return err
}

// compareShares compares a of b with c of d, exactly. With N = b+d cases and
// F = a+c finds, the squared test value is (ad−cb)²·N / (b·d·F·(N−F)); it is
// beyond luck above 1.645² = 2.706.
func compareShares(a, b, c, d int) Standing {
	big64 := func(n int) *big.Int { return big.NewInt(int64(n)) }
	product := func(factors ...*big.Int) *big.Int {
		p := big.NewInt(1)
		for _, f := range factors {
			p.Mul(p, f)
		}
		return p
	}
	gap := new(big.Int).Sub(product(big64(a), big64(d)), product(big64(c), big64(b)))
	if gap.Sign() <= 0 {
		return NotBetter
	}
	cases, finds := b+d, a+c
	left := product(gap, gap, big64(cases), big64(1000))
	right := product(big64(b), big64(d), big64(finds), big64(cases-finds), big64(2706))
	if left.Cmp(right) > 0 {
		return Better
	}
	return Unclear
}
