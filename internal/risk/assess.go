package risk

import (
	"math/bits"
	"slices"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Question is everything a judgement depends on.
type Question struct {
	Subject      Subject
	Facts        *Facts
	Table        *Table
	Instructions []*Instruction
	Key          DrawKey
	CreditLevel  int    // of the enterprise behind the subject, 5 best … 1 worst (DR §8.1)
	Mode         string // supervision mode, for rules and draws that are for some modes only
	Place        string // customs office, gate or lane, for instructions that are for some places only
	At           clock.Instant
	Model        *ModelPart // a model's opinion, when one is in force
}

// Assess judges. The strictest of score, hard rules, instructions, draw and
// model wins; the verdict says which of them asked for what. The same question
// always gets the same verdict. Faults: those of building the facts;
// RISK-ASSESS-01 (table, facts and subject are of different kinds), -02 (no such
// credit level), -03 (no bands or draw ratio in force that day), -04 (no draw
// key).
func Assess(q Question) (Verdict, error) {
	band, ratio, err := q.check()
	if err != nil {
		return Verdict{}, err
	}
	var room [16]rawHit
	var seen missing
	raw := q.Table.judge(q.Facts, q.At.Date(), q.CreditLevel, q.Mode, room[:0], &seen)
	v := Verdict{
		Subject: q.Subject, At: q.At, CreditLevel: q.CreditLevel, Mode: q.Mode, Place: q.Place,
		Channel: Green, MediumAt: band.Medium, HighAt: band.High, Table: q.Table.Ref, Model: q.Model,
	}
	if len(raw) > 0 {
		v.Hits = make([]Hit, 0, len(raw))
	}
	for _, h := range raw {
		hit := q.Table.explain(h, q.Facts)
		v.Sum += hit.Points
		v.Hits = append(v.Hits, hit)
		if hit.Hard != "" {
			v.demand(ByHardRule, hit.Hard.Channel(), hit.Hard)
		}
	}
	v.Score = min(max(v.Sum, 0), 100)
	v.Band = channelOf(v.Score, band)
	if v.Band != Green {
		action := Review
		if v.Band == Yellow {
			action = Audit
		}
		v.demand(ByScore, v.Band, action)
	}
	q.instruct(&v, &seen)
	v.Draw = Draw{Period: q.Key.Period, Value: q.Key.Number("", q.Subject), Ratio: ratio.Ratio}
	if v.Draw.Picked = v.Draw.Value < v.Draw.Ratio; v.Draw.Picked {
		v.demand(ByRandom, ratio.Action.Channel(), ratio.Action)
	}
	if q.Model != nil && q.Model.Channel != Green {
		v.demand(ByModel, q.Model.Channel, Review)
	}
	v.Missing = seen.names(q.Facts.catalogue)
	return v, nil
}

func (q *Question) check() (Band, DrawRatio, error) {
	if err := q.Facts.Err(); err != nil {
		return Band{}, DrawRatio{}, err
	}
	if q.Table.Spec.Subject != q.Subject.Kind || q.Table.Catalogue.Hash != q.Facts.catalogue.Hash {
		return Band{}, DrawRatio{}, fault.New(fault.Invalid, "RISK-ASSESS-01", "/subject",
			"a {kind} was to be judged by a table for another kind or with other facts", "use the table of that subject",
			"kind", q.Subject.Kind)
	}
	if q.CreditLevel < 1 || q.CreditLevel > 5 {
		return Band{}, DrawRatio{}, fault.New(fault.Invalid, "RISK-ASSESS-02", "/credit_level", "there is no credit level {level}",
			"give 5 (best) to 1 (worst); an enterprise without a grade has 3", "level", q.CreditLevel)
	}
	if len(q.Key.secret) == 0 {
		return Band{}, DrawRatio{}, fault.New(fault.Refused, "RISK-ASSESS-04", "", "there is no key for the random draw of this period",
			"make and announce the key of the period first")
	}
	on := q.At.Date()
	band, ok := q.Table.bands(on)
	ratio, found := q.Table.draw(on, q.CreditLevel, q.Mode)
	if !ok || !found {
		return Band{}, DrawRatio{}, fault.New(fault.Refused, "RISK-ASSESS-03", "", "the risk table has no bands or no draw ratio for {day}",
			"add a row that is in force that day", "day", on)
	}
	return band, ratio, nil
}

func channelOf(score int, b Band) Channel {
	switch {
	case score >= b.High:
		return Red
	case score >= b.Medium:
		return Yellow
	}
	return Green
}

// demand takes the stricter channel and notes who asked and what is to be done.
func (v *Verdict) demand(by Selection, c Channel, a Action) {
	v.Channel = Stricter(v.Channel, c)
	if !slices.Contains(v.Selected, by) {
		v.Selected = append(v.Selected, by)
	}
	if !slices.Contains(v.Actions, a) {
		v.Actions = append(v.Actions, a)
	}
}

// instruct asks the control instructions. One that holds but was not drawn for
// its share is still told, so that its share can be checked.
func (q *Question) instruct(v *Verdict, seen *missing) {
	for _, in := range q.Instructions {
		if in.Spec.Subject != q.Subject.Kind || !in.Active(q.At) || !in.at(q.Place) {
			continue
		}
		line, lines := hold(in.scope, in.line, q.Facts, seen)
		if lines == 0 {
			continue
		}
		hit := InstructionHit{
			ID: in.Spec.ID, Action: in.Spec.Action, Share: in.Spec.Share, Line: line,
			Secrecy: in.Spec.Secrecy, Approver: in.Spec.Approver,
		}
		hit.Drawn = q.Key.Number(in.Spec.ID, q.Subject)
		if hit.Picked = hit.Drawn < hit.Share; hit.Picked {
			v.demand(ByInstruction, hit.Action.Channel(), hit.Action)
		}
		v.Instructions = append(v.Instructions, hit)
	}
}

// rawHit is a hit before it is put into words.
type rawHit struct {
	rule  int // index
	level int
	line  int // from 1; 0: the whole document
	lines int
}

// judge appends the rules that apply. It allocates nothing unless room is short.
func (t *Table) judge(f *Facts, on clock.Date, credit int, mode string, room []rawHit, seen *missing) []rawHit {
	for i := range t.rules {
		r := &t.rules[i]
		if !r.applies(on, credit, mode) {
			continue
		}
		if h := r.ask(f, seen); h.level > 0 {
			h.rule = i
			room = append(room, h)
		}
	}
	return room
}

// ask evaluates one rule: the strongest level over the lines, the first line
// that has it, and the number of lines on which the rule applies.
func (r *rule) ask(f *Facts, seen *missing) (h rawHit) {
	if !r.line {
		if !conjunction(r.clauses, f, -1, seen) {
			return h
		}
		if h.level = r.level(f, -1, seen); h.level > 0 {
			h.lines = 1
		}
		return h
	}
	// Conditions on the whole document stand first and are asked once.
	if !conjunction(r.clauses[:r.heads], f, -1, seen) {
		return h
	}
	for line := range f.count {
		if !conjunction(r.clauses[r.heads:], f, line, seen) {
			continue
		}
		level := r.level(f, line, seen)
		if level == 0 {
			continue
		}
		if h.lines++; level > h.level {
			h.level, h.line = level, line+1
		}
	}
	return h
}

func (r *rule) level(f *Facts, line int, seen *missing) int {
	if r.measure == nil {
		return 1
	}
	v := f.at(r.measure.slot, r.measure.Line, line)
	if !v.known {
		seen.note(r.measure)
		return 0
	}
	level := 0
	for _, threshold := range r.levels {
		if r.down && v.n <= threshold || !r.down && v.n >= threshold {
			level++
		}
	}
	return level
}

// hold tells on which line (from 1, 0 for the whole document) and on how many
// lines all clauses hold.
func hold(clauses []clause, byLine bool, f *Facts, seen *missing) (first, count int) {
	if !byLine {
		if conjunction(clauses, f, -1, seen) {
			return 0, 1
		}
		return 0, 0
	}
	for line := range f.count {
		if conjunction(clauses, f, line, seen) {
			if count++; count == 1 {
				first = line + 1
			}
		}
	}
	return first, count
}

// conjunction tells whether every clause holds. When none is false and some
// depend on unknown facts, those facts are noted: knowing them would matter.
func conjunction(clauses []clause, f *Facts, line int, seen *missing) bool {
	undecided := false
	for i := range clauses {
		switch clauses[i].ask(f, line) {
		case no:
			return false
		case open:
			undecided = true
		case yes:
		}
	}
	if !undecided {
		return true
	}
	for i := range clauses {
		if clauses[i].ask(f, line) != open {
			continue
		}
		for j := range clauses[i].tests() {
			t := clauses[i].test(j)
			if t.of(f.at(int(t.slot), t.line, line)) == open {
				seen.note(t.why.field)
			}
		}
	}
	return false
}

func (c *clause) ask(f *Facts, line int) truth {
	result := c.first.of(f.at(int(c.first.slot), c.first.line, line))
	if result == yes || len(c.rest) == 0 {
		return result
	}
	for i := range c.rest {
		t := &c.rest[i]
		switch t.of(f.at(int(t.slot), t.line, line)) {
		case yes:
			return yes
		case open:
			result = open
		case no:
		}
	}
	return result
}

var nothing value

// at gives a value; a line fact asked of the whole document is unknown.
func (f *Facts) at(slot int, byLine bool, line int) *value {
	if !byLine {
		return &f.head[slot]
	}
	if line < 0 {
		return &nothing
	}
	return &f.lines[line*f.catalogue.lines+slot]
}

// missing is the set of unknown facts that mattered, one bit each for the first
// 256 head and 256 line facts.
type missing struct {
	head, line [4]uint64
}

func (m *missing) note(f *Field) {
	words := &m.head
	if f.Line {
		words = &m.line
	}
	if f.slot < 256 {
		words[f.slot/64] |= 1 << (f.slot % 64)
	}
}

func (m *missing) names(c *Catalogue) []string {
	n := 0
	for i := range m.head {
		n += bits.OnesCount64(m.head[i]) + bits.OnesCount64(m.line[i])
	}
	if n == 0 {
		return nil
	}
	names := make([]string, 0, n)
	for i := range c.Fields {
		f := &c.Fields[i]
		words := &m.head
		if f.Line {
			words = &m.line
		}
		if f.slot < 256 && words[f.slot/64]&(1<<(f.slot%64)) != 0 {
			names = append(names, f.Name)
		}
	}
	return names
}

// explain puts a hit into words, with the values its conditions met.
func (t *Table) explain(h rawHit, f *Facts) Hit {
	r := &t.rules[h.rule]
	s := r.spec
	hit := Hit{
		Rule: s.ID, RuleVersion: r.version, Object: s.Object, Title: s.Title,
		Weight: s.Weight, Level: h.level, Points: s.Weight * h.level, Hard: s.Hard,
		Line: h.line, Reason: s.Reason, Law: s.Law, Cure: s.Cure, Secret: s.Secret,
	}
	if h.line > 0 {
		hit.Lines = h.lines
	}
	if r.measure != nil {
		hit.Measure = r.measure.Name
		hit.Measured = r.measure.print(*f.at(r.measure.slot, r.measure.Line, h.line-1))
	}
	n := 0
	for i := range r.clauses {
		n += r.clauses[i].tests()
	}
	if n > 0 {
		hit.Conditions = make([]ConditionSeen, 0, n)
	}
	for i := range r.clauses {
		for j := range r.clauses[i].tests() {
			c := r.clauses[i].test(j)
			v := f.at(int(c.slot), c.line, h.line-1)
			hit.Conditions = append(hit.Conditions, ConditionSeen{
				Group: i + 1, Field: c.why.field.Name, Label: c.why.field.Label, Text: c.why.text,
				Actual: c.why.field.print(*v), Held: c.of(v) == yes,
			})
		}
	}
	return hit
}

// score gives score and channel of hits alone, without drawing, instructions
// and words: what a back-test needs. It is not ok on a day without bands.
func (t *Table) score(hits []rawHit, on clock.Date) (score int, c Channel, ok bool) {
	band, ok := t.bands(on)
	if !ok {
		return 0, Green, false
	}
	sum, c := 0, Green
	for _, h := range hits {
		s := t.rules[h.rule].spec
		sum += s.Weight * h.level
		if s.Hard != "" {
			c = Stricter(c, s.Hard.Channel())
		}
	}
	score = min(max(sum, 0), 100)
	return score, Stricter(c, channelOf(score, band)), true
}
