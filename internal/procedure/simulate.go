package procedure

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
)

// Script is a rehearsal of a mode: what somebody does, hour by hour, on a
// virtual clock. Everything else (automatic steps, time limits, overdue debts)
// happens by itself.
type Script struct {
	Start  clock.Instant           `yaml:"-"`
	Area   string                  `yaml:"area"`
	Credit int                     `yaml:"credit"`
	Holds  []Condition             `yaml:"holds"` // conditions that hold from the start
	Events map[Event]clock.Instant `yaml:"-"`
	// Stock is how much stands at each place where the mode begins.
	Stock int64 `yaml:"stock"`
	Acts  []Act `yaml:"acts"`
}

// Act is one line of a script. Without a step only time passes.
type Act struct {
	After string `yaml:"after"` // since the act before: "30min", "2h", "20d"
	Step  string `yaml:"step"`
	// Amounts are the quantities of the step by their measure; 1 when not given.
	Amounts map[Measure]int64 `yaml:"amounts"`
	Holds   []Condition       `yaml:"holds"`   // hold from now on
	Fails   []Condition       `yaml:"fails"`   // no longer hold
	Unasked bool              `yaml:"unasked"` // nobody gives the confirmations
	Machine bool              `yaml:"machine"` // low risk: the machine gives those it may
	Expect  string            `yaml:"expect"`  // code of the refusal that must come, "" for none
	Missing []string          `yaml:"missing"` // elements that the paper lacks
	Happens []Event           `yaml:"happens"` // events that happen now
}

// ParseScript reads a script file: the fields of Script and Act in lower case,
// start and events as RFC 3339. Faults: PROCEDURE-SCRIPT-01, CLOCK-INSTANT-01.
func ParseScript(source []byte) (Script, error) {
	var f struct {
		Script `yaml:",inline"`
		Start  string            `yaml:"start"`
		Events map[string]string `yaml:"events"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil && (!errors.Is(err, io.EOF) || len(source) > maxFile) {
		return Script{}, badScript(err.Error())
	}
	s := f.Script
	var faults fault.List
	if other := faults.Add("/start", s.Start.UnmarshalText([]byte(f.Start))); other != nil {
		return s, other
	}
	s.Events = map[Event]clock.Instant{}
	for name, text := range f.Events {
		var at clock.Instant
		if other := faults.Add("/events/"+name, at.UnmarshalText([]byte(text))); other != nil {
			return s, other
		}
		s.Events[Event(name)] = at
	}
	return s, faults.OrNil()
}

func badScript(problem string) error {
	return fault.New(fault.Invalid, "PROCEDURE-SCRIPT-01", "", "the script does not fit: {problem}",
		"write it as the manual of procedures shows", "problem", problem)
}

// Happened is one line of a trace.
type Happened struct {
	At   clock.Instant `json:"at"`
	What string        `json:"what"` // done, automatic, waits, refused, finding, moved, opened, discharged, carried, bite, escalated, short
	Step string        `json:"step,omitempty"`
	Text string        `json:"text"`
}

// Trace is what a rehearsal gave.
type Trace struct {
	Lines  []Happened       `json:"lines"`
	Stands map[string]int64 `json:"stands"` // "ledger:item:place", places with nothing left out
	Open   map[string]int64 `json:"open"`   // debts still open, by name
	Closed bool             `json:"closed"`
	// OK tells that nothing was short and every refusal was expected.
	OK bool `json:"ok"`
}

type owing struct {
	debt   *Debt
	left   int64
	due    Deadline
	stages int // fired
}

type rehearsal struct {
	mode     *Mode
	calendar *clock.Calendar
	now      Situation
	stands   map[Stand]int64
	reserved map[string]int64
	owed     []*owing
	warned   map[string]bool
	amounts  map[Measure]int64 // last stated of each measure
	passed   int64             // by all passages
	trace    Trace
}

// Simulate walks a mode through a script. The error is a script that cannot be
// read; everything that goes wrong within the mode stands in the trace.
func Simulate(m *Mode, script Script, calendar *clock.Calendar) (Trace, error) {
	r := rehearsal{
		mode: m, calendar: calendar, stands: map[Stand]int64{}, reserved: map[string]int64{}, warned: map[string]bool{}, amounts: map[Measure]int64{},
		trace: Trace{OK: true},
		now: Situation{
			At: script.Start, Area: script.Area, Credit: script.Credit, Events: map[Event]clock.Instant{},
			Done: map[string]clock.Instant{}, True: map[Condition]bool{}, Calendar: calendar,
		},
	}
	maps.Copy(r.now.Events, script.Events)
	for _, c := range script.Holds {
		r.now.True[c] = true
	}
	for _, s := range m.Begins {
		r.stands[s] = script.Stock
	}
	for i, a := range script.Acts {
		if err := r.act(a); err != nil {
			var faults fault.List
			if other := faults.Add("/acts/"+itoa(i), err); other != nil {
				return r.trace, other
			}
			return r.trace, faults
		}
	}
	r.trace.Stands, r.trace.Open = map[string]int64{}, map[string]int64{}
	for at, q := range r.stands {
		if q != 0 {
			r.trace.Stands[string(at.Ledger)+":"+string(at.Item)+":"+string(at.At)] = q
		}
	}
	for _, o := range r.owed {
		if o.left > 0 {
			r.trace.Open[o.debt.Name] += o.left
		}
	}
	return r.trace, nil
}

func (r *rehearsal) say(what, step, text string) {
	r.trace.Lines = append(r.trace.Lines, Happened{r.now.At, what, step, text})
	if what == "short" {
		r.trace.OK = false
	}
}

func (r *rehearsal) act(a Act) error {
	if err := r.pass(a.After); err != nil {
		return err
	}
	for _, c := range a.Holds {
		r.now.True[c] = true
	}
	for _, c := range a.Fails {
		delete(r.now.True, c)
	}
	for _, e := range a.Happens {
		r.now.Events[e] = r.now.At
	}
	maps.Copy(r.amounts, a.Amounts)
	if a.Step != "" {
		r.take(a.Step, "done", a)
	}
	r.derive()
	// Automatic steps follow until nothing follows any more; none repeats for ever.
	for range len(r.mode.Steps) {
		ready := r.mode.Follow(r.now)
		ready = slices.DeleteFunc(ready, func(s *Step) bool { _, done := r.now.Done[s.ID]; return done })
		if len(ready) == 0 {
			break
		}
		r.take(ready[0].ID, "automatic", Act{})
		r.derive()
	}
	return nil
}

// derive sets the conditions that follow from the rehearsal itself; a script
// need not state them.
func (r *rehearsal) derive() {
	tax, all := int64(0), int64(0)
	for _, o := range r.owed {
		all += o.left
		if o.debt.Of == OwedTax && o.debt.Hold == nil {
			tax += o.left
		}
	}
	_, accepted := r.now.Done[StepAccept]
	_, released := r.now.Done[StepRelease]
	r.now.True[TaxSettled], r.now.True[NothingOwed] = accepted && tax == 0, all == 0
	r.now.True[BillReleased] = released
	r.now.True[FullyPassed] = r.amounts[Listed] > 0 && r.passed >= r.amounts[Listed]
}

// pass lets time go by, and with it time limits and overdue debts.
func (r *rehearsal) pass(after string) error {
	until := r.now.At
	if after != "" {
		minutes, ok := parseSpan(after)
		if !ok {
			return badScript("“" + after + "” is no span of time such as 30min, 2h or 20d")
		}
		until += clock.Instant(minutes) * 60_000_000
	}
	for {
		// What comes next, in the order of time.
		next, fire := until+1, func() {}
		for _, o := range r.owed {
			if o.left == 0 || o.stages >= len(o.debt.Overdue) {
				continue
			}
			stage := o.debt.Overdue[o.stages]
			if at := (o.due.Day + clock.Date(stage.AfterDays)).Start(); at < next {
				next, fire = at, func() {
					o.stages++
					r.say("bite", "", stage.Name+" for "+o.debt.Name+", due "+o.due.Day.String())
				}
			}
		}
		for _, w := range r.mode.Next(r.now) {
			if _, done := r.now.Done[w.Step.ID]; done || w.Limit == nil || r.warned[w.Step.ID] {
				continue
			}
			if w.Limit.At < next {
				next, fire = w.Limit.At, func() {
					r.warned[w.Step.ID] = true
					r.say("escalated", w.Step.ID, "to "+strings.Join(texts(w.Escalate...), ", "))
				}
			}
		}
		for _, s := range r.mode.Steps {
			if _, done := r.now.Done[s.ID]; done || s.Kind != Timer || !r.mode.open(s, &r.now) || !r.now.holds(s.When) {
				continue
			}
			if at, err := s.At.Resolve(r.now.event, r.calendar); err == nil && at.At < next {
				next, fire = at.At, func() { r.take(s.ID, "done", Act{}) }
			}
		}
		if next > until {
			break
		}
		r.now.At = max(r.now.At, next)
		fire()
	}
	r.now.At = until
	return nil
}

func parseSpan(s string) (minutes int64, ok bool) {
	for _, unit := range []struct {
		name    string
		minutes int64
	}{{"min", 1}, {"h", 60}, {"d", 24 * 60}} {
		if digits, found := strings.CutSuffix(s, unit.name); found {
			n, err := strconv.ParseUint(digits, 10, 16)
			return int64(n) * unit.minutes, err == nil
		}
	}
	return 0, false
}

// lacking is a paper that lacks some elements.
type lacking []string

// Missing gives the element itself when it is lacking.
func (l lacking) Missing(element string) []string {
	if slices.Contains(l, element) {
		return []string{element}
	}
	return nil
}

func (r *rehearsal) take(step, what string, a Act) {
	s := r.now
	s.Paper, s.LowRisk = lacking(a.Missing), a.Machine
	if st := r.mode.Step(step); st != nil && !a.Unasked {
		for i, c := range st.Confirm {
			if a.Machine && c.Machine {
				continue
			}
			g := Given{By: c.By, Office: c.Office}
			for n := range c.Officers {
				g.Officers = append(g.Officers, fmt.Sprintf("officer-%d-%d", i+1, n+1))
			}
			s.Confirmed = append(s.Confirmed, g)
		}
	}
	out, err := r.mode.Do(step, s)
	if err != nil {
		r.say("refused", step, err.Error())
		r.trace.OK = r.trace.OK && a.Expect != "" && fault.Is(err, a.Expect)
		return
	}
	for _, f := range out.Findings {
		r.say("finding", step, f.Error())
	}
	expected := a.Expect == "" || fault.Is(out.Findings, a.Expect)
	if !out.Ready {
		var for_ []string
		for _, c := range out.Missing {
			for_ = append(for_, who(c.By, c.Office))
		}
		r.say("waits", step, "for "+strings.Join(append(for_, texts(out.Unmet...)...), ", "))
		r.trace.OK = r.trace.OK && a.Expect == "waits"
		return
	}
	r.trace.OK = r.trace.OK && expected
	r.say(what, step, out.Step.Title.English)
	r.now.Done[step] = r.now.At
	if slices.ContainsFunc(out.Post, func(p Posting) bool { return p.Of == PassedNow }) {
		r.passed += r.amount(PassedNow, 0)
	}
	r.write(&out)
	r.trace.Closed = r.trace.Closed || out.Closes
}

// amount gives the quantity that a measure stands for; rest is what is left
// where it is taken from.
func (r *rehearsal) amount(m Measure, rest int64) int64 {
	switch q, given := r.amounts[m]; {
	case m == Rest:
		return rest
	case m == AllPassed:
		return r.passed
	case given:
		return q
	}
	return 1
}

// write carries the effects into the rehearsal's own small books.
func (r *rehearsal) write(out *Outcome) {
	step := out.Step.ID
	for _, p := range out.Post {
		switch p.Do {
		case ledger.Post:
			from := Stand{p.Ledger, p.Item, p.From}
			q := r.amount(p.Of, r.stands[from])
			r.move(step, from, -q)
			r.move(step, Stand{p.Ledger, p.Item, p.To}, q)
		case ledger.Reserve:
			from := Stand{p.Ledger, p.Item, p.From}
			q := r.amount(p.Of, r.stands[from])
			r.move(step, from, -q)
			r.reserved[p.As] += q
		case ledger.Settle, ledger.Void:
			made, _ := r.mode.Reservation(p.As)
			q := r.amount(p.Of, r.reserved[p.As])
			if q > r.reserved[p.As] {
				r.say("short", step, fmt.Sprintf("only %d of %d is reserved as %s", r.reserved[p.As], q, p.As))
			}
			r.reserved[p.As] -= q
			to := made.To
			if p.Do == ledger.Void {
				to = made.From
			}
			r.move(step, Stand{made.Ledger, made.Item, to}, q)
		}
	}
	for _, t := range out.Turn {
		for _, in := range t.In {
			at := Stand{t.Ledger, in.Item, in.At}
			r.move(step, at, -r.amount(in.Of, r.stands[at]))
		}
		for _, o := range t.Out {
			r.move(step, Stand{t.Ledger, o.Item, o.At}, r.amount(o.Of, 0))
		}
	}
	for _, o := range out.Open {
		r.open(step, o, r.amount(o.Of, 0))
	}
	for _, d := range out.Discharge {
		r.discharge(step, d)
	}
	for _, c := range out.Carry {
		left := int64(0)
		for _, o := range r.owed {
			if slices.Contains(c.From, o.debt) {
				left, o.left = left+o.left, 0
			}
		}
		r.say("carried", step, fmt.Sprintf("%d into %s", left, c.Into.Debt.Name))
		r.open(step, c.Into, left)
	}
}

func (r *rehearsal) move(step string, at Stand, q int64) {
	if q == 0 {
		return
	}
	r.stands[at] += q
	r.say("moved", step, fmt.Sprintf("%+d %s at %s", q, at.Item, where(at)))
	if r.stands[at] < 0 && !at.At.Outside() {
		r.say("short", step, fmt.Sprintf("%s at %s falls to %d", at.Item, where(at), r.stands[at]))
	}
}

func (r *rehearsal) open(step string, o Opening, q int64) {
	r.owed = append(r.owed, &owing{debt: o.Debt, left: q, due: o.Due})
	r.say("opened", step, fmt.Sprintf("%d of %s, due %s, hold %s %% of %s", q, o.Debt.Name, o.Due.Day, o.Share.PercentString(), cmp.Or(o.Debt.holdBase(), "nothing")))
}

func (d *Debt) holdBase() string {
	if d.Hold == nil {
		return ""
	}
	return string(d.Hold.Of)
}

func (r *rehearsal) discharge(step string, d Discharge) {
	open := int64(0)
	for _, o := range r.owed {
		if o.debt == d.Debt {
			open += o.left
		}
	}
	q := open
	if d.By != All {
		q = r.amount(d.Of, open)
	}
	if q > open {
		r.say("short", step, fmt.Sprintf("only %d of %d of %s is owed", open, q, d.Debt.Name))
		q = open
	}
	r.say("discharged", step, fmt.Sprintf("%d of %s, %d left", q, d.Debt.Name, open-q))
	for _, o := range r.owed {
		if o.debt == d.Debt {
			part := min(q, o.left)
			o.left, q = o.left-part, q-part
		}
	}
}
