package procedure

import (
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
)

// Known is what the rest of the house knows, for checking a mode against it. A
// nil field is not checked.
type Known struct {
	Elements map[Paper][]string // elements of each paper; papers not named are not checked
	// Law tells whether a source is in the law register and alive on a day.
	Law   func(reference string, on clock.Date) bool
	Areas []string
	Modes []string // that can be called
	Risk  []string // sets of risk parameters
	On    clock.Date
}

// Check proves a mode: it can begin and end and has no dead end; every debt is
// opened, can be settled, has an overdue path and, where cover is held, was asked
// for cover; the books balance: what is taken somewhere was put there, and what
// is put somewhere is taken again or is stated as an end; every element, law,
// area and called mode exists. It returns what is wrong, nothing when all is
// well: PROCEDURE-CHECK-01 … -24.
func Check(m *Mode, known Known) fault.List {
	c := checker{mode: m, before: map[string]map[string]bool{}}
	c.order()
	if len(c.found) > 0 {
		return c.found // the rest needs an order that makes sense
	}
	for _, s := range m.Steps {
		c.before[s.ID] = c.mustBefore(s)
	}
	c.ends()
	c.papers(known)
	c.debts()
	c.reservations()
	c.places()
	c.register(known)
	return c.found
}

type checker struct {
	mode   *Mode
	found  fault.List
	before map[string]map[string]bool // steps that are certainly done before a step
}

func (c *checker) add(f *fault.Fault) { c.found = append(c.found, f) }

func (c *checker) at(s *Step) string { return "/steps/" + itoa(slices.Index(c.mode.Steps, s)) }

// order finds steps that can never be reached.
func (c *checker) order() {
	reached := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for _, s := range c.mode.Steps {
			free := !slices.ContainsFunc(s.After, func(any AnyOf) bool {
				return !slices.ContainsFunc(any, func(id string) bool { return reached[id] })
			})
			if free && !reached[s.ID] {
				reached[s.ID], changed = true, true
			}
		}
	}
	for _, s := range c.mode.Steps {
		if !reached[s.ID] {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-01", c.at(s)+"/after", "{step} can never be reached: steps wait for each other",
				"let one of them come first", "step", s.ID))
		}
	}
}

// mustBefore gives the steps that are certainly done when s is taken.
func (c *checker) mustBefore(s *Step) map[string]bool {
	if known, ok := c.before[s.ID]; ok {
		return known
	}
	all := map[string]bool{}
	c.before[s.ID] = all // reachable steps have no cycle that all paths need
	for _, any := range s.After {
		var common map[string]bool
		for _, id := range any {
			one := map[string]bool{id: true}
			for earlier := range c.mustBefore(c.mode.Step(id)) {
				one[earlier] = true
			}
			if common == nil {
				common = one
				continue
			}
			for earlier := range common {
				if !one[earlier] {
					delete(common, earlier)
				}
			}
		}
		for id := range common {
			all[id] = true
		}
	}
	return all
}

// ends finds modes that never end and steps that nothing waits for.
func (c *checker) ends() {
	needed := map[string]bool{}
	final := false
	var mark func(s *Step)
	mark = func(s *Step) {
		if needed[s.ID] {
			return
		}
		needed[s.ID] = true
		for _, any := range s.After {
			for _, id := range any {
				mark(c.mode.Step(id))
			}
		}
	}
	for _, s := range c.mode.Steps {
		if s.Final {
			final = true
			mark(s)
		}
		if s.Final && s.Repeats {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-02", c.at(s), "{step} closes the case and cannot happen again",
				"choose one of both", "step", s.ID))
		}
		if s.Kind == Fact && (len(s.Confirm) > 0 || len(s.When) > 0) {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-03", c.at(s), "{step} is a fact: it waits for no word and no condition",
				"put them on the step before or after", "step", s.ID))
		}
		for _, w := range s.Undo.Withdraws {
			if !slices.Contains(s.Issues, w) {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-04", c.at(s)+"/undo/withdraws", "undoing {step} takes back a {certificate} that it does not give",
					"name it under issues, or leave it out", "step", s.ID, "certificate", string(w)))
			}
		}
	}
	if !final {
		c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-05", "/steps", "no step closes the case", "mark the last step as final"))
		return
	}
	for _, s := range c.mode.Steps {
		if !needed[s.ID] && !s.Optional {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-06", c.at(s), "{step} is a dead end: the case can be closed without it",
				"let a later step come after it, or mark it as optional", "step", s.ID))
		}
	}
}

// papers compares elements and papers.
func (c *checker) papers(known Known) {
	handled := map[Paper]bool{}
	for _, s := range c.mode.Steps {
		handled[s.Paper] = true
	}
	for i, p := range c.mode.Papers {
		if !handled[p] {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-07", "/papers/"+itoa(i), "no step handles the {paper} that the mode is chosen on",
				"add the step that takes it in", "paper", string(p)))
		}
	}
	for _, p := range sortedPapers(c.mode.Requires) {
		path := "/requires/" + string(p)
		if !handled[p] {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-08", path, "elements are required of the {paper}, which no step handles",
				"add the step that takes it in", "paper", string(p)))
		}
		elements, checked := known.Elements[p]
		for i, e := range c.mode.Requires[p] {
			if checked && !slices.Contains(elements, e) {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-09", path+"/"+itoa(i), "the {paper} has no element {element}",
					"use an element of the paper", "paper", string(p), "element", e))
			}
		}
	}
}

func sortedPapers(requires map[Paper][]string) []Paper {
	var papers []Paper
	for p := range requires {
		papers = append(papers, p)
	}
	slices.Sort(papers)
	return papers
}

// debts finds debts that are never opened, cannot be settled or never bite.
func (c *checker) debts() {
	for i, d := range c.mode.Debts {
		path := "/debts/" + itoa(i)
		var openers, settlers []*Step
		for _, s := range c.mode.Steps {
			if slices.ContainsFunc(s.Open, func(o Open) bool { return o.Debt == d }) ||
				slices.ContainsFunc(s.Carry, func(x Carry) bool { return x.Into == d }) {
				openers = append(openers, s)
			}
			if slices.ContainsFunc(s.Discharge, func(x Discharge) bool { return x.Debt == d }) ||
				slices.ContainsFunc(s.Carry, func(x Carry) bool { return slices.Contains(x.From, d) && x.Into != d }) {
				settlers = append(settlers, s)
			}
		}
		if len(openers) == 0 {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-10", path, "no step opens the debt {debt}",
				"open it, or leave it out", "debt", d.Name))
		}
		if len(d.Overdue) == 0 {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-11", path+"/overdue", "nothing happens when the debt {debt} is overdue",
				"state what bites, at least an alarm", "debt", d.Name))
		}
		for _, opener := range openers {
			later := func(s *Step) bool { return s != opener && (s.Repeats || !c.before[opener.ID][s.ID]) }
			if !slices.ContainsFunc(settlers, later) {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-12", path, "the debt {debt} that {step} opens can never be settled",
					"discharge or carry it in a later step", "debt", d.Name, "step", opener.ID))
			}
			c.opener(path, d, opener)
		}
	}
}

// opener looks at one step that opens a debt.
func (c *checker) opener(path string, d *Debt, s *Step) {
	known := func(e Event) bool {
		step := c.mode.Step(string(e))
		return step == nil || step == s || c.before[s.ID][step.ID]
	}
	if !slices.ContainsFunc(d.Due.Events(), known) {
		c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-13", path+"/due", "{due} counts from what need not have happened when {step} opens the debt",
			"count from a step before it", "due", d.Due.String(), "step", s.ID))
	}
	asked := func(s *Step) bool { return slices.Contains(s.When, GuaranteeEnough) }
	covered := d.Hold == nil || asked(s)
	for id := range c.before[s.ID] {
		covered = covered || asked(c.mode.Step(id))
	}
	if !covered {
		c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-14", path+"/hold", "{step} holds cover for {debt}, but nobody asked before whether there is enough",
			"add the condition guarantee-enough to it or to a step before", "step", s.ID, "debt", d.Name))
	}
	assessed := d.Of != OwedTax || s.Rates != ""
	for id := range c.before[s.ID] {
		assessed = assessed || c.mode.Step(id).Rates != ""
	}
	if !assessed {
		c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-15", path, "{step} opens a debt of tax that no step has assessed",
			"state the dates of rates on the step that assesses", "step", s.ID))
	}
}

// reservations finds those that are made twice, never ended or ended too early.
func (c *checker) reservations() {
	made := map[string]*Step{}
	for _, s := range c.mode.Steps {
		for i, p := range s.Post {
			if p.Do != ledger.Reserve {
				continue
			}
			if made[p.As] != nil || s.Repeats {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-16", c.at(s)+"/post/"+itoa(i), "the reservation {name} can be made twice",
					"give each its own name, on a step that does not repeat", "name", p.As))
			}
			made[p.As] = s
		}
	}
	ended := map[string]bool{}
	for _, s := range c.mode.Steps {
		for i, p := range s.Post {
			if p.Do != ledger.Settle && p.Do != ledger.Void {
				continue
			}
			ended[p.As] = true
			if maker := made[p.As]; maker == nil || maker != s && !c.before[s.ID][maker.ID] {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-17", c.at(s)+"/post/"+itoa(i), "{step} ends the reservation {name}, which need not have been made",
					"let it come after the step that reserves", "step", s.ID, "name", p.As))
			}
		}
	}
	for _, s := range c.mode.Steps {
		for _, p := range s.Post {
			if p.Do == ledger.Reserve && !ended[p.As] {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-18", c.at(s), "the reservation {name} is never settled or given up",
					"settle or void it in a later step", "name", p.As))
			}
		}
		if !s.Final {
			continue
		}
		for name, maker := range made {
			if ended[name] && (maker == s || c.before[s.ID][maker.ID]) && !c.endedBy(s, name) {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-19", c.at(s), "{step} closes the case while {name} is still reserved",
					"settle or void it there or before", "step", s.ID, "name", name))
			}
		}
	}
}

// endedBy tells whether a reservation is certainly ended when s is done.
func (c *checker) endedBy(s *Step, name string) bool {
	ends := func(s *Step) bool {
		return slices.ContainsFunc(s.Post, func(p Posting) bool {
			return p.As == name && (p.Do == ledger.Settle || p.Do == ledger.Void)
		})
	}
	for id := range c.before[s.ID] {
		if ends(c.mode.Step(id)) {
			return true
		}
	}
	return ends(s)
}

// places finds goods that are taken where nothing was put, and goods that are
// left where nobody looks.
func (c *checker) places() {
	put, taken := map[Stand]bool{}, map[Stand]*Step{}
	for _, s := range c.mode.Begins {
		put[s] = true
	}
	type leg struct {
		at   Stand
		step *Step
	}
	var puts, takes []leg
	for _, s := range c.mode.Steps {
		for i, p := range s.Post {
			if p.Do != ledger.Post && p.Do != ledger.Reserve {
				continue
			}
			if p.From == p.To {
				c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-20", c.at(s)+"/post/"+itoa(i), "{step} moves goods from {place} to {place}",
					"name two places", "step", s.ID, "place", string(p.From)))
			}
			takes = append(takes, leg{Stand{p.Ledger, p.Item, p.From}, s})
			puts = append(puts, leg{Stand{p.Ledger, p.Item, p.To}, s})
		}
		for _, t := range s.Turn {
			for _, in := range t.In {
				takes = append(takes, leg{Stand{t.Ledger, in.Item, in.At}, s})
			}
			for _, out := range t.Out {
				puts = append(puts, leg{Stand{t.Ledger, out.Item, out.At}, s})
			}
		}
	}
	for _, l := range puts {
		put[l.at] = true
	}
	for _, l := range takes {
		taken[l.at] = l.step
		if !l.at.At.Outside() && !put[l.at] {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-21", c.at(l.step), "{step} takes {item} from {place}, where nothing was put",
				"put it there before, or state it under begins", "step", l.step.ID, "item", string(l.at.Item), "place", where(l.at)))
		}
	}
	for _, l := range puts {
		if !l.at.At.Outside() && taken[l.at] == nil && !slices.Contains(c.mode.Ends, l.at) {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-22", c.at(l.step), "{step} puts {item} at {place}, and nothing takes it from there",
				"take it further, or state it under ends", "step", l.step.ID, "item", string(l.at.Item), "place", where(l.at)))
		}
	}
}

func where(s Stand) string { return string(s.Ledger) + ":" + string(s.At) }

// register compares laws, areas, called modes and risk sets.
func (c *checker) register(known Known) {
	exists := func(path, meaning, name string, list []string) {
		if list != nil && !slices.Contains(list, name) {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-23", path, "there is no {meaning} “{name}”",
				"use one of: {words}", "meaning", meaning, "name", name, "words", strings.Join(list, ", ")))
		}
	}
	for i, a := range c.mode.Areas {
		exists("/areas/"+itoa(i), "area", a, known.Areas)
	}
	exists("/risk", "set of risk parameters", c.mode.Risk, known.Risk)
	for _, s := range c.mode.Steps {
		for i, called := range s.Calls {
			exists(c.at(s)+"/calls/"+itoa(i), "mode", called, known.Modes)
		}
	}
	if known.Law == nil {
		return
	}
	for i, law := range c.mode.Law {
		if on := max(known.On, c.mode.From); !known.Law(law, on) {
			c.add(fault.New(fault.Invalid, "PROCEDURE-CHECK-24", "/law/"+itoa(i), "{law} is not in the law register, or not alive on {day}",
				"cite a source that is in force", "law", law, "day", on))
		}
	}
}
