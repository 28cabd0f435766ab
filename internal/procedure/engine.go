package procedure

import (
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/obligation"
)

// Document is a paper as far as a mode looks into it.
type Document interface {
	// Missing gives the places at which the element is not stated, as RFC 6901
	// pointers: for "/lines/*/origin" perhaps "/lines/2/origin"; none when it is
	// stated everywhere.
	Missing(element string) []string
}

// Given is one confirmation that was given to a step.
type Given struct {
	By       Role
	Office   Office
	Officers []string // one id, or two for the two-man review; none when the machine gave it
}

// Situation is what a story knows when a step is to be taken.
type Situation struct {
	At     clock.Instant // the moment that counts for the step
	Area   string
	Credit int // level 1 to 5 of the debtor on that day
	// Events are the moments known so far. Steps done count as events under
	// their id, the step being taken too, and "now" is At.
	Events map[Event]clock.Instant
	// Done are the steps of this case that were taken, with the last time of each.
	Done map[string]clock.Instant
	// Confirmed are the confirmations already given to this step, in order.
	Confirmed []Given
	// LowRisk tells that the machine may give the confirmations marked for it.
	LowRisk bool
	// True are the conditions that hold; one not named does not.
	True map[Condition]bool
	// Paper is the document of the step, nil when it has none.
	Paper    Document
	Calendar *clock.Calendar

	step string // the step being taken: it counts as an event at At
}

func (s *Situation) event(e Event) (clock.Instant, bool) {
	if e == Now || s.step != "" && string(e) == s.step {
		return s.At, true
	}
	if at, ok := s.Events[e]; ok {
		return at, true
	}
	at, ok := s.Done[string(e)]
	return at, ok
}

func (s *Situation) holds(when []Condition) bool { return len(s.unmet(when)) == 0 }

func (s *Situation) unmet(when []Condition) []Condition {
	var out []Condition
	for _, c := range when {
		if !s.True[c] {
			out = append(out, c)
		}
	}
	return out
}

// Opening is a debt to open.
type Opening struct {
	Debt *Debt
	Of   Measure
	Due  Deadline
	// Share of Debt.Hold.Of that must be held; 0 when nothing is.
	Share  num.Rate
	Stages []obligation.Stage
}

// Carrying closes debts and opens a successor under their hold.
type Carrying struct {
	From []*Debt
	Into Opening
}

// Outcome says what follows from a step. The effects (postings, turns, debts,
// certificates) are to be written only when Ready; otherwise Missing and Unmet
// say what the step still waits for.
type Outcome struct {
	Mode    *Mode
	Step    *Step
	Ready   bool
	Missing []Confirmation // still needed, in order
	Unmet   []Condition
	// Machine tells that the confirmations were all given by the machine.
	Machine   bool
	Post      []Posting
	Turn      []Turn
	Open      []Opening
	Discharge []Discharge
	Carry     []Carrying
	// RatesOn and ExchangeOn are the legal days whose rates and exchange rates
	// apply, 0 when the step assesses no tax.
	RatesOn    clock.Date
	ExchangeOn clock.Date
	Issues     []Certificate
	Calls      []string
	Closes     bool
	// Findings are what was against the rules about a fact, which is recorded all
	// the same.
	Findings fault.List
}

// Do says whether step can be taken in situation s and what follows from it.
//
// A request, timer or automatic step that the rules forbid is refused with all
// faults: PROCEDURE-STEP-01 (no such step), PROCEDURE-VALID-01, -AREA-01,
// -CREDIT-01 (the mode cannot be begun on this day, in this area, with this
// credit level), PROCEDURE-CLOSED-01, PROCEDURE-DONE-01 (done already),
// PROCEDURE-ORDER-01 (an earlier step is missing), PROCEDURE-ELEMENT-01 (an
// element is missing, one for each place), PROCEDURE-CONFIRM-01, -02
// (confirmations out of order, or not by different officers), PROCEDURE-TIMER-01
// (not yet time), PROCEDURE-DUE-02 (the event that a deadline counts from is not
// known). For a fact the same are findings and the effects stand; a deadline
// whose event is missing then counts from the fact itself and is provisional.
func (m *Mode) Do(step string, s Situation) (Outcome, error) {
	st := m.Step(step)
	if st == nil {
		return Outcome{}, fault.New(fault.Invalid, "PROCEDURE-STEP-01", "", "{mode} has no step {step}",
			"choose one of: {steps}", "mode", m.ID, "step", step, "steps", strings.Join(m.stepIDs(), ", "))
	}
	out := Outcome{Mode: m, Step: st}
	s.step = step
	faults := m.begin(&s)
	faults = append(faults, m.order(st, &s)...)
	faults = append(faults, m.elements(st, s.Paper)...)
	missing, machine, wrong := st.confirmations(&s)
	faults = append(faults, wrong...)
	out.Missing, out.Machine = missing, machine
	out.Unmet = s.unmet(st.When)
	if st.At != nil {
		faults = append(faults, st.fires(&s)...)
	}
	faults = append(faults, m.effects(&out, &s)...)
	if st.Kind == Fact {
		for _, c := range out.Unmet {
			faults = append(faults, fault.New(fault.Refused, "PROCEDURE-FACT-01", "", "{step} happened although {condition} does not hold",
				"find out why; the fact stays recorded", "step", step, "condition", string(c)))
		}
		out.Ready, out.Findings = true, faults
		return out, nil
	}
	if len(faults) > 0 {
		return Outcome{Mode: m, Step: st}, faults
	}
	out.Ready = len(out.Missing) == 0 && len(out.Unmet) == 0
	return out, nil
}

func (m *Mode) stepIDs() []string {
	ids := make([]string, len(m.Steps))
	for i, s := range m.Steps {
		ids[i] = s.ID
	}
	return ids
}

// Choose tells whether the mode can be begun: in force on the day, in the area,
// with the credit level. Faults: PROCEDURE-VALID-01, PROCEDURE-AREA-01,
// PROCEDURE-CREDIT-01.
func (m *Mode) Choose(on clock.Date, area string, credit int) error {
	return m.choose(on, area, credit).OrNil()
}

func (m *Mode) choose(on clock.Date, area string, credit int) fault.List {
	var faults fault.List
	if !m.InForce(on) {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-VALID-01", "/procedure", "{mode} is not in force on {day}",
			"choose a mode that is in force", "mode", m.ID, "day", on))
	}
	if len(m.Areas) > 0 && !slices.Contains(m.Areas, area) {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-AREA-01", "/procedure", "{mode} is not open in area {area}",
			"choose a mode of this area", "mode", m.ID, "area", area))
	}
	if credit < m.Credit {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-CREDIT-01", "/procedure",
			"{mode} needs credit level {least}, the enterprise has {level}",
			"use an ordinary mode until the credit level is restored", "mode", m.ID, "least", m.Credit, "level", credit))
	}
	return faults
}

// begin checks what is checked only once: an open case goes on under the mode
// and the permission it was begun with.
func (m *Mode) begin(s *Situation) fault.List {
	if len(s.Done) > 0 {
		return nil
	}
	return m.choose(s.At.Date(), s.Area, s.Credit)
}

func (m *Mode) order(st *Step, s *Situation) fault.List {
	if m.open(st, s) {
		return nil
	}
	var faults fault.List
	for _, other := range m.Steps {
		if _, done := s.Done[other.ID]; done && other.Final && other != st {
			faults = append(faults, fault.New(fault.Refused, "PROCEDURE-CLOSED-01", "", "the case was closed by {step}",
				"open a new case", "step", other.ID))
		}
	}
	if _, done := s.Done[st.ID]; done && !st.Repeats {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-DONE-01", "", "{step} was done already",
			"undo it first, if that is allowed", "step", st.ID))
	}
	for _, any := range st.After {
		if !any.done(s) {
			faults = append(faults, fault.New(fault.Refused, "PROCEDURE-ORDER-01", "", "{step} comes after {before}",
				"do that first", "step", st.ID, "before", strings.Join(any, "|")))
		}
	}
	return faults
}

func (a AnyOf) done(s *Situation) bool {
	for _, id := range a {
		if _, ok := s.Done[id]; ok {
			return true
		}
	}
	return false
}

// Elements lists the elements that paper must have in this mode, as the file
// names them.
func (m *Mode) Elements(paper Paper) []string { return m.Requires[paper] }

func (m *Mode) elements(st *Step, paper Document) fault.List {
	if paper == nil || st.Paper == "" {
		return nil
	}
	var faults fault.List
	for _, element := range m.Requires[st.Paper] {
		for _, at := range paper.Missing(element) {
			faults = append(faults, fault.New(fault.Invalid, "PROCEDURE-ELEMENT-01", at, "{mode} requires this element on the {paper}",
				"fill it in", "mode", m.ID, "paper", string(st.Paper)))
		}
	}
	return faults
}

// confirmations matches what was given with what is needed, in order.
func (st *Step) confirmations(s *Situation) (missing []Confirmation, machine bool, faults fault.List) {
	var seen []string
	given := s.Confirmed
	machine = len(st.Confirm) > 0 && len(given) == 0
	for _, need := range st.Confirm {
		if len(given) == 0 {
			if !(need.Machine && s.LowRisk) || len(missing) > 0 {
				missing, machine = append(missing, need), false
			}
			continue
		}
		g := given[0]
		if g.By != need.By || g.Office != need.Office {
			if need.Machine && s.LowRisk {
				continue // the machine gave this one; the next was given by a person
			}
			faults = append(faults, fault.New(fault.Refused, "PROCEDURE-CONFIRM-01", "",
				"{step} next needs the word of {needed}, not of {given}", "keep the order of the mode",
				"step", st.ID, "needed", who(need.By, need.Office), "given", who(g.By, g.Office)))
			return missing, false, faults
		}
		given = given[1:]
		if len(g.Officers) == 0 && need.Machine && s.LowRisk {
			continue
		}
		officers := slices.Compact(slices.Sorted(slices.Values(g.Officers)))
		repeated := slices.ContainsFunc(officers, func(o string) bool { return slices.Contains(seen, o) })
		if len(officers) < need.Officers || repeated {
			faults = append(faults, fault.New(fault.Refused, "PROCEDURE-CONFIRM-02", "",
				"{step} needs {officers} different officers of {needed}", "have another officer confirm",
				"step", st.ID, "officers", need.Officers, "needed", who(need.By, need.Office)))
		}
		seen = append(seen, officers...)
	}
	if len(given) > 0 {
		faults = append(faults, fault.New(fault.Refused, "PROCEDURE-CONFIRM-03", "", "{step} needs no word of {given}",
			"leave it out", "step", st.ID, "given", who(given[0].By, given[0].Office)))
	}
	return missing, machine, faults
}

func who(r Role, o Office) string {
	if o == "" {
		return string(r)
	}
	return string(r) + "@" + string(o)
}

func (st *Step) fires(s *Situation) fault.List {
	at, err := st.At.Resolve(s.event, s.Calendar)
	if err != nil {
		return fault.All(err)
	}
	if s.At < at.At {
		return fault.List{fault.New(fault.Refused, "PROCEDURE-TIMER-01", "", "it is not yet time for {step}",
			"wait until {due}", "step", st.ID, "due", at.At)}
	}
	return nil
}

// effects fills in what follows from the step.
func (m *Mode) effects(out *Outcome, s *Situation) fault.List {
	st := out.Step
	var faults fault.List
	for _, p := range st.Post {
		if s.holds(p.When) {
			out.Post = append(out.Post, p)
		}
	}
	for _, t := range st.Turn {
		if s.holds(t.When) {
			out.Turn = append(out.Turn, t)
		}
	}
	for _, o := range st.Open {
		if s.holds(o.When) {
			opening, wrong := o.Debt.opening(o.Of, st.Kind, s)
			out.Open, faults = append(out.Open, opening), append(faults, wrong...)
		}
	}
	for _, d := range st.Discharge {
		if s.holds(d.When) {
			out.Discharge = append(out.Discharge, d)
		}
	}
	for _, c := range st.Carry {
		if s.holds(c.When) {
			opening, wrong := c.Into.opening(c.Of, st.Kind, s)
			out.Carry, faults = append(out.Carry, Carrying{c.From, opening}), append(faults, wrong...)
		}
	}
	day := func(e Event) clock.Date {
		if e == "" {
			return 0
		}
		at, known := s.event(e)
		if !known {
			faults = append(faults, fault.New(fault.Refused, "PROCEDURE-DATE-01", "", "{step} takes the rates of the day of {event}, which has not happened",
				"record the event first", "step", st.ID, "event", string(e)))
			at = s.At
		}
		return at.Date()
	}
	out.RatesOn, out.ExchangeOn = day(st.Rates), day(st.Exchange)
	out.Issues, out.Calls, out.Closes = st.Issues, st.Calls, st.Final
	return faults
}

// opening computes due date and hold of a debt that is opened now.
func (d *Debt) opening(of Measure, kind Kind, s *Situation) (Opening, fault.List) {
	o := Opening{Debt: d, Of: of, Stages: d.Overdue}
	if d.Hold != nil {
		level := s.Credit
		if level < 1 || level > 5 {
			level = 1
		}
		o.Share = d.Hold.Shares[level]
	}
	var err error
	if o.Due, err = d.Due.Resolve(s.event, s.Calendar); err == nil {
		return o, nil
	}
	if kind == Fact {
		now := func(Event) (clock.Instant, bool) { return s.At, true }
		if o.Due, _ = d.Due.Resolve(now, s.Calendar); o.Due.Day != 0 {
			o.Due.Provisional, o.Due.Counted, o.Due.Working = true, 0, 0 // what it counts from is not known yet
		}
	}
	return o, fault.All(err)
}

// Follow lists the automatic steps that are ready to be taken in situation s
// (its Paper and Confirmed are not looked at), in the order of the file. After
// each of them a story asks again.
func (m *Mode) Follow(s Situation) []*Step {
	var ready []*Step
	for _, st := range m.Steps {
		if st.Kind == Automatic && m.open(st, &s) && s.holds(st.When) {
			ready = append(ready, st)
		}
	}
	return ready
}

// Waiting is a step that may come next, with the limit it stands under.
type Waiting struct {
	Step     *Step
	Limit    *Deadline // nil when it has none, or its event has not happened
	Escalate []Desk
}

// Next lists the steps that may be taken in situation s, as far as the order of
// steps goes: what a worklist shows. The limit of a request counts against who
// has to act, so it stands only while the conditions hold; that of other steps
// counts against the conditions themselves.
func (m *Mode) Next(s Situation) []Waiting {
	var next []Waiting
	for _, st := range m.Steps {
		if !m.open(st, &s) {
			continue
		}
		w := Waiting{Step: st}
		if st.Limit != nil && (st.Kind != Request || s.holds(st.When)) {
			if at, err := st.Limit.Within.Resolve(s.event, s.Calendar); err == nil {
				w.Limit, w.Escalate = &at, st.Limit.Escalate
			}
		}
		next = append(next, w)
	}
	return next
}

// Late lists the steps of situation s whose limit has passed and that were not
// taken since. A step that repeats is late only for what happened after it was
// taken last: a truck that left the port when another was already through.
func (m *Mode) Late(s Situation) []Waiting {
	var late []Waiting
	for _, w := range m.Next(s) {
		taken, done := s.Done[w.Step.ID]
		if done && w.Limit != nil {
			since := func(e Event) (clock.Instant, bool) {
				at, known := s.event(e)
				return at, known && at > taken
			}
			again, err := w.Step.Limit.Within.Resolve(since, s.Calendar)
			if err != nil {
				continue
			}
			w.Limit = &again
		}
		if w.Limit != nil && w.Limit.At <= s.At {
			late = append(late, w)
		}
	}
	return late
}

// open tells whether order finds nothing; it is asked for every step at every
// turn of a case, so it makes no faults.
func (m *Mode) open(st *Step, s *Situation) bool {
	if _, done := s.Done[st.ID]; done && !st.Repeats {
		return false
	}
	for _, other := range m.Steps {
		if !other.Final || other == st {
			continue
		}
		if _, done := s.Done[other.ID]; done {
			return false
		}
	}
	for _, any := range st.After {
		if !any.done(s) {
			return false
		}
	}
	return true
}
