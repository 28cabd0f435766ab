package duty

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/jsonform"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Answer is what a case comes to: its working, the days that follow from its date,
// and the other ways that were asked for, each with its own working.
type Answer struct {
	*Working
	Dates           Dates
	UnitConsumption *UnitConsumption
	Ways            []Way // options side by side, in the order asked
	Selective       []Way // by the goods, and by the materials in them
	Materials       *Working
}

// Dates are the days that follow from the legal day of a case.
type Dates struct {
	Exchange        clock.Date // day whose exchange rate is taken
	PaymentDue      clock.Date // last day to pay, when the term begins on that day
	ConsolidatedDue clock.Date // last day to pay the month's consolidated tax
	SupplementUntil clock.Date // short tax may be asked for until then
	RefundUntil     clock.Date // and too much asked back
}

// Way is one of the ways side by side; Err says why it cannot be taken.
type Way struct {
	Name    string
	Working *Working
	Err     error
}

// Resolve answers a case with everything it asks for. A way that cannot be taken
// is given with its faults; faults of the case itself are those of Calculate.
func Resolve(c Case, ref Reference) (*Answer, error) {
	w, err := Calculate(c, ref)
	if err != nil {
		return nil, err
	}
	a := &Answer{Working: w, UnitConsumption: c.Events.UnitConsumption}
	if c.Date != 0 {
		a.Dates = Dates{
			Exchange:   ExchangeDate(c.Date, ref.Rules.At(c.Date).ExchangeRule, ref.Calendar),
			PaymentDue: PaymentDue(c.Date, ref.Rules, ref.Calendar), ConsolidatedDue: ConsolidatedDue(c.Date, ref.Rules, ref.Calendar),
			SupplementUntil: SupplementUntil(c.Date, false, ref.Rules), RefundUntil: RefundUntil(c.Date, ref.Rules),
		}
		if len(c.Parameters) > 0 {
			if own, err := ref.Rules.With(c.Parameters); err == nil {
				a.Dates.PaymentDue = PaymentDue(c.Date, own, ref.Calendar)
			}
		}
	}
	options := c.Options
	if c.Automatic {
		options = automatic(&c, &ref)
	}
	for i := range options {
		w, err := Calculate(options[i].Case, ref)
		if err != nil && fault.All(err) == nil {
			return nil, fmt.Errorf("option %q: %w", options[i].Name, err)
		}
		a.Ways = append(a.Ways, Way{options[i].Name, w, err})
	}
	if c.Selective != nil {
		if err := a.selective(c, ref); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// selective works out both ways of taxing goods made of bonded materials and sold
// into the country: duty on the goods, or on the materials with interest on it;
// consumption tax and VAT are on the goods either way (DR §3.12). Goods under a
// trade remedy or a quota may not choose. Faults: DUTY-SELECTIVE-01 (more than one
// line), -02 (goods that may not choose), those of Assess on the materials.
func (a *Answer) selective(c Case, ref Reference) error {
	if len(c.Lines) != 1 {
		return fault.New(fault.Invalid, "DUTY-SELECTIVE-01", "/selective", "the choice between goods and materials is made for one line of goods", "give one line with its materials")
	}
	l := &c.Lines[0]
	remedies := len(l.Remedies) > 0 || l.InQuota || l.Rates != nil && len(l.Rates.Remedies) > 0
	for t := AntiDumping; t <= Retaliation; t++ {
		remedies = remedies || a.Totals[t] != 0
	}
	if remedies {
		return fault.New(fault.Refused, "DUTY-SELECTIVE-02", "/selective", "goods under a trade remedy or inside a quota are taxed as goods", "leave the materials out")
	}
	a.Selective = []Way{{Name: "goods", Working: a.Working}}
	of := c
	of.Selective, of.Options, of.Automatic, of.Events = nil, nil, false, Events{}
	of.Lines, of.Freight, of.Insurance, of.Other, of.Incoterm = slices.Clone(c.Selective.Materials), Charge{}, Charge{}, Charge{}, ""
	for i := range of.Lines {
		if of.Lines[i].Rates != nil { // duty alone is levied on materials
			own := *of.Lines[i].Rates
			own.VAT, own.Consumption, own.Excise = nil, nil, nil
			of.Lines[i].Rates = &own
		}
	}
	bare := ref
	bare.Taxes = nil
	w, err := Calculate(of, bare)
	if err != nil {
		return under("/selective", renamed(err, "/lines", "/materials"))
	}
	a.Materials = w
	duty := w.Totals[Duty]
	for t := AntiDumping; t <= Retaliation; t++ {
		if duty, err = num.Add(duty, w.Totals[t]); err != nil {
			return err
		}
	}
	by := c
	by.Selective, by.Options, by.Automatic = nil, nil, false
	by.Lines = []Line{*l}
	by.Lines[0].Instead = &duty
	days := c.Selective.Deferred
	by.Events.Deferral = &Deferred{Tax: &duty, Days: &days}
	if w, err = Calculate(by, ref); err != nil {
		return err
	}
	a.Selective = append(a.Selective, Way{Name: "materials", Working: w})
	return nil
}

// renamed changes the beginning of the paths of faults.
func renamed(err error, from, to string) error {
	found := fault.All(err)
	if found == nil {
		return err
	}
	out := make(fault.List, len(found))
	for i, f := range found {
		g := *f
		if rest, ok := strings.CutPrefix(g.Path, from); ok {
			g.Path = to + rest
		}
		out[i] = &g
	}
	return out
}

// most bounds how many ways are looked up by themselves.
const mostWays = 12

// automatic finds the other ways the rates leave open: each preference, the quota,
// and the next day on which a rate of these goods changes.
func automatic(c *Case, ref *Reference) []Option {
	var options []Option
	add := func(name string, change func(*Case)) {
		other := *c
		other.Lines, other.Options, other.Automatic = slices.Clone(c.Lines), nil, false
		change(&other)
		options = append(options, Option{name, other})
	}
	lines := func(change func(*Line)) func(*Case) {
		return func(c *Case) {
			for i := range c.Lines {
				change(&c.Lines[i])
			}
		}
	}
	var signs []tariff.AreaCode
	conventional, special, quota := false, false, false
	next := clock.Date(0)
	later := func(d clock.Date) {
		if d > c.Date && (next == 0 || d < next) {
			next = d
		}
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		if r := l.Rates; r != nil {
			conventional, special, quota = conventional || r.Conventional != nil, special || r.Special != nil, quota || r.Quota != nil
			continue
		}
		a := assessor{c: &c.Consignment, ref: ref}
		g, err := a.goods(i)
		if err != nil {
			continue
		}
		for _, m := range g.Measures() {
			switch m.Kind {
			case tariff.Conventional:
				if m.Duty != nil && m.Duty.Calculable() {
					for _, sign := range m.Areas {
						if sign == l.Origin || len(sign) < 2 || strings.ContainsAny(string(sign), "+*#") {
							signs = append(signs, sign)
						}
					}
				}
			case tariff.QuotaIn:
				quota = quota || m.Duty != nil && m.Covers(l.Origin)
			default:
			}
		}
		for _, m := range g.Following() {
			later(m.From)
			if m.To != 0 {
				later(m.To + 1)
			}
		}
	}
	slices.Sort(signs)
	for _, sign := range slices.Compact(signs) {
		if len(options) < mostWays {
			add("preference "+string(sign), lines(func(l *Line) { l.Preference, l.Proof = Preference(sign), ProofGiven }))
		}
	}
	if conventional {
		add("preference conventional", lines(func(l *Line) { l.Preference, l.Proof = "conventional", ProofGiven }))
	}
	if special {
		add("preference special", lines(func(l *Line) { l.Preference, l.Proof = "special", ProofGiven }))
	}
	if quota {
		add("inside the quota", lines(func(l *Line) { l.InQuota = true }))
	}
	if next != 0 {
		add("from "+next.String(), func(c *Case) { c.Date = next })
	}
	return options
}

// MarshalJSON gives the documented form.
func (a *Answer) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil) }

// AppendJSON appends the working's JSON form with the members that docs/duty.md
// adds to it.
func (a *Answer) AppendJSON(b []byte) ([]byte, error) {
	b, err := a.Working.AppendJSON(b)
	if err != nil {
		return b, err
	}
	out := jsonform.Writer{B: b[:len(b)-1]}
	out.Name("dates")
	out.Open('{')
	for _, d := range a.Dates.named() {
		if d.day != 0 {
			out.Member(d.name, d.day.String())
		}
	}
	out.Close('}')
	if u := a.UnitConsumption; u != nil {
		out.Name("unit_consumption")
		out.Open('{')
		if u.grossKnown {
			out.Member("gross", u.Gross.String())
		}
		if u.writtenBeyond {
			out.Member("unaccounted", u.Unaccounted.String())
		}
		out.Close('}')
	}
	for _, group := range [...]struct {
		name string
		ways []Way
	}{{"options", a.Ways}, {"selective", a.Selective}} {
		if len(group.ways) == 0 {
			continue
		}
		out.Name(group.name)
		out.Open('[')
		for i := range group.ways {
			if err := a.appendWay(&out, &group.ways[i]); err != nil {
				return out.B, err
			}
		}
		out.Close(']')
	}
	if a.Materials != nil {
		out.Name("materials")
		if err := out.Append(a.Materials); err != nil {
			return out.B, err
		}
	}
	out.Close('}')
	return out.B, nil
}

func (a *Answer) appendWay(out *jsonform.Writer, way *Way) error {
	out.Open('{')
	defer out.Close('}')
	out.Member("name", way.Name)
	if way.Err != nil {
		out.Name("faults")
		out.Open('[')
		for _, f := range fault.All(way.Err) {
			out.Open('{')
			out.Member("code", f.Code)
			out.Member("path", f.Path)
			out.Member("text", f.Message())
			out.Member("cure", f.Remedy())
			out.Close('}')
		}
		out.Close(']')
		return nil
	}
	out.Member("total", way.Working.Total.Fixed())
	out.Member("difference", (way.Working.Total - a.Total).Fixed())
	out.Name("working")
	return out.Append(way.Working)
}

type namedDay struct {
	name string
	day  clock.Date
}

func (d *Dates) named() []namedDay {
	return []namedDay{
		{"consolidated_due", d.ConsolidatedDue}, {"exchange", d.Exchange}, {"payment_due", d.PaymentDue}, {"refund_until", d.RefundUntil}, {"supplement_until", d.SupplementUntil},
	}
}

// WriteText prints the working, then the other ways with what they come to, the
// cheapest first.
func (a *Answer) WriteText(w io.Writer) error {
	if err := a.Working.WriteText(w); err != nil {
		return err
	}
	var b strings.Builder
	if a.Dates.PaymentDue != 0 {
		fmt.Fprintf(&b, "%-34s %18s\n", "to be paid by", a.Dates.PaymentDue)
	}
	if u := a.UnitConsumption; u != nil && u.grossKnown {
		fmt.Fprintf(&b, "%-34s %18s\n", "gross unit consumption", u.Gross)
	}
	if u := a.UnitConsumption; u != nil && u.writtenBeyond {
		fmt.Fprintf(&b, "%-34s %18s\n", "unaccounted", u.Unaccounted)
	}
	for _, group := range [...]struct {
		title string
		ways  []Way
	}{{"Other ways", a.Ways}, {"Selective levy", a.Selective}} {
		if len(group.ways) == 0 {
			continue
		}
		b.WriteString("\n" + group.title + "\n")
		ways := slices.Clone(group.ways)
		slices.SortStableFunc(ways, func(x, y Way) int {
			if x.Working == nil || y.Working == nil {
				return cmp.Compare(boolInt(x.Working == nil), boolInt(y.Working == nil))
			}
			return cmp.Compare(x.Working.Total, y.Working.Total)
		})
		for i := range ways {
			if ways[i].Err != nil {
				fmt.Fprintf(&b, "%-34s %s\n", ways[i].Name, ways[i].Err)
				continue
			}
			fmt.Fprintf(&b, "%-34s %18s %18s\n", ways[i].Name, ways[i].Working.Total.Fixed(), signed(ways[i].Working.Total-a.Total))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func signed(m num.Money) string {
	if m > 0 {
		return "+" + m.Fixed()
	}
	return m.Fixed()
}
