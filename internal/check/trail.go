package check

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/num"
)

// trails is what the journal tells of the documents, kept small: one short
// record for each document that can still be many.
type trails struct {
	kinds        map[string]uint32 // bit of each kind of subject
	seen         map[key]uint32    // document → kinds it is told of as
	declarations map[key]*declarationTrail
	lists        map[key]*paperTrail
	notes        map[key]*paperTrail
	bills        map[key]*paperTrail // tax bills
	debts        map[key]*debtTrail
	manifests    map[key][]manifestVersion
	settled      map[key]string // state that the entries lead a manifest to, from its tally on
	grades       map[key]*gradeTrail
	changes      map[key]*tableChange               // of the tariff and of rules of tax
	corrected    map[string]bool                    // accounts of which a past movement was corrected
	residues     map[key]map[string]json.RawMessage // what was told of a residue, or last corrected
	parts        map[string]*partTrail              // id or number of a book → marks of customs on its parts
}

// gradeTrail is the credit grades of an enterprise as the journal tells them.
type gradeTrail struct {
	known bool     // how many it began with
	first int      // so many
	later []string // grade and first day of each that two officers gave
}

// graded notes what an entry tells of credit grades.
func (t *trails) graded(k key, e *entryRow) {
	g := t.grades[k]
	if g == nil {
		g = &gradeTrail{}
		t.grades[k] = g
	}
	switch e.kind {
	case "enterprise.registered":
		n, err := strconv.Atoi(string(e.facts["grades"]))
		g.known, g.first = err == nil, n
	case "enterprise.graded":
		var grade, from string
		_ = json.Unmarshal(e.facts["grade"], &grade) // what cannot be read is no grade
		_ = json.Unmarshal(e.facts["from"], &from)
		g.later = append(g.later, grade+" from "+from)
	}
}

// grades compares the credit grades of an enterprise with the entries: each after
// those that it began with has one (DR §8.1).
func (r *run) grades(p *paperRow) {
	var e struct {
		Grades []struct {
			Grade    string     `json:"grade"`
			From     clock.Date `json:"from"`
			Evidence []string   `json:"evidence"`
		} `json:"grades"`
	}
	g := r.trail.grades[keyOf(p.id)]
	if !r.ran("journal") || json.Unmarshal([]byte(p.body), &e) != nil {
		return
	}
	if g == nil {
		g = &gradeTrail{}
	}
	told := slices.Clone(g.later)
	for i, have := range e.Grades {
		name := have.Grade + " from " + have.From.String()
		if n := slices.Index(told, name); n >= 0 {
			told = slices.Delete(told, n, n+1)
			continue
		}
		// Of one whose beginning is not told, what two officers gave bears evidence.
		if g.known && i >= g.first || !g.known && len(have.Evidence) > 0 {
			r.found(StateGrade, "enterprise", p.id, "no entry tells of this credit grade", "", name)
		}
	}
	for _, name := range told {
		r.found(StateGrade, "enterprise", p.id, "the record lacks a credit grade that two officers gave", name, "")
	}
}

// declarationTrail is how far a declaration has come by the journal.
type declarationTrail struct {
	states     uint32 // that it may be in
	accepted   int64  // moment of the first acceptance
	released   int64  // moment of the last release
	releasedAt int64  // its position
	levy       string // what the duty of a domestic sale is levied on, as it was locked
	open       int16  // inspections without a result
	corrected  bool   // an amendment, deletion or new match has moved it back
}

// paperTrail is the same of any other paper.
type paperTrail struct {
	states uint32
	posted bool
}

// debtTrail is a debt as the journal tells it.
type debtTrail struct {
	opened, open num.Quantity // at first, and now
	held, left   num.Money    // cover at first, and now
	due          clock.Date
	state        string
	stages       int32
	noFigures    bool // opened by an entry that does not say how much
}

// manifestVersion is which version a manifest had from a position on.
type manifestVersion struct {
	position int64
	version  int64
}

func newTrails() trails {
	return trails{
		kinds: map[string]uint32{}, seen: map[key]uint32{}, declarations: map[key]*declarationTrail{}, lists: map[key]*paperTrail{},
		notes: map[key]*paperTrail{}, bills: map[key]*paperTrail{}, debts: map[key]*debtTrail{}, manifests: map[key][]manifestVersion{}, settled: map[key]string{},
		grades: map[key]*gradeTrail{}, changes: map[key]*tableChange{}, corrected: map[string]bool{}, parts: map[string]*partTrail{},
		residues: map[key]map[string]json.RawMessage{},
	}
}

// tells whether the journal tells of a document of this kind; kind "" is any.
func (t *trails) tells(kind, id string) bool {
	bits := t.seen[keyOf(id)]
	if kind == "" {
		return bits != 0
	}
	return bits&t.kinds[kind] != 0
}

// replayed tells whether the facts of an entry are needed.
func replayed(kind string) bool {
	return kind == "tariff.approved" || kind == "parameter.approved" || kind == "enterprise.graded" || kind == "enterprise.registered" || strings.HasPrefix(kind, "obligation.") || strings.HasPrefix(kind, "manifest.") || kind == "alarm.raised" || kind == "declaration.levy-locked" || kind == "payment.unmatched" || kind == "book.corrected" || kind == "book.changed" || kind == "book.part-marked" || kind == "residue.told" || kind == "residue.corrected"
}

// remember takes up what an entry tells.
func (r *run) remember(e *entryRow) {
	t := &r.trail
	for i, s := range e.refs {
		bit, known := t.kinds[s.Kind]
		if !known {
			bit = 1 << min(len(t.kinds), 31)
			t.kinds[s.Kind] = bit
		}
		k := keyOf(s.ID)
		t.seen[k] |= bit
		switch s.Kind {
		case "declaration":
			r.declarationStep(k, s.ID, e)
		case "verification_list":
			r.paperStep(t.lists, listLife, k, s, e)
		case "release_note":
			r.paperStep(t.notes, noteLife, k, s, e)
		case "tax_bill":
			r.paperStep(t.bills, billLife, k, s, e)
		case "obligation":
			t.debt(k, e)
		case "tariff", "parameter":
			if i == 0 {
				t.agreed(s.ID, e)
			}
		case "book":
			switch {
			case i != 0:
			case e.kind == "book.corrected":
				t.correction(e)
			case e.kind == "book.changed" || e.kind == "book.part-marked":
				t.booked(s.ID, e)
			}
		case "residue":
			if i == 0 && (e.kind == "residue.told" || e.kind == "residue.corrected") {
				t.residues[k] = e.facts
			}
		case "enterprise":
			if i == 0 && strings.HasPrefix(e.kind, "enterprise.") {
				t.graded(k, e)
			}
		case "manifest":
			if i == 0 {
				t.manifest(k, e)
			}
		}
	}
}

func (r *run) declarationStep(k key, id string, e *entryRow) {
	moves, known := declarationLife.entries[e.kind]
	if !known && e.kind != "declaration.levy-locked" {
		return
	}
	d := r.trail.declarations[k]
	if d == nil {
		d = &declarationTrail{states: declarationLife.initial}
		r.trail.declarations[k] = d
	}
	if !known { // the choice of a domestic sale moves nothing
		d.levy = ""
		_ = json.Unmarshal(e.facts["on"], &d.levy) // what cannot be read is no choice
		return
	}
	next, possible := declarationLife.walk(d.states, moves)
	if !possible {
		r.found(StateStep, "declaration", id, "“"+e.kind+"” at position "+strconv.FormatInt(e.position, 10)+" was not possible",
			"", declarationLife.names(d.states))
	}
	d.states = next
	switch e.kind {
	case "declaration.accepted":
		if d.accepted == 0 {
			d.accepted = e.at
		}
	case "declaration.released":
		d.released, d.releasedAt = e.at, e.position
		if d.open > 0 {
			r.found(StateInspected, "declaration", id, "released at position "+strconv.FormatInt(e.position, 10)+" with inspections open", "0", strconv.Itoa(int(d.open)))
		}
	case "inspection.ordered":
		d.open++
	case "inspection.recorded":
		d.open--
	case "declaration.amended", "declaration.amended-late", "declaration.correction-refused", "declaration.matched", "declaration.amendment-requested", "declaration.deletion-requested":
		d.corrected = true
	}
}

func (r *run) paperStep(papers map[key]*paperTrail, life *life, k key, s ref, e *entryRow) {
	moves, known := life.entries[e.kind]
	if !known {
		return
	}
	p := papers[k]
	if p == nil {
		p = &paperTrail{states: life.initial}
		papers[k] = p
	}
	next, possible := life.walk(p.states, moves)
	if !possible {
		r.found(StateStep, s.Kind, s.ID, "“"+e.kind+"” at position "+strconv.FormatInt(e.position, 10)+" was not possible", "", life.names(p.states))
	}
	p.states = next
	p.posted = p.posted || e.kind == "verification-list.posted"
}

// manifest notes the version that a manifest has from an entry on.
func (t *trails) manifest(k key, e *entryRow) {
	switch e.kind {
	case "manifest.tallied", "manifest.tally-replaced", "manifest.unmatched":
		t.settled[k] = "tallied"
	case "manifest.matched", "manifest.written_off":
		t.settled[k] = strings.TrimPrefix(e.kind, "manifest.")
	}
	switch e.kind {
	case "manifest.amended", "manifest.arrived", "manifest.tallied", "manifest.tally-replaced":
		version, err := strconv.ParseInt(string(e.facts["version"]), 10, 64)
		if err == nil {
			t.manifests[k] = append(t.manifests[k], manifestVersion{e.position, version})
		}
	}
}

// version gives the version of a manifest at a position of the journal.
func (t *trails) version(manifest string, position int64) int64 {
	version := int64(1)
	for _, v := range t.manifests[keyOf(manifest)] {
		if v.position < position {
			version = v.version
		}
	}
	return version
}

// debt takes up what an entry tells of a debt.
func (t *trails) debt(k key, e *entryRow) {
	d := t.debts[k]
	if d == nil {
		d = &debtTrail{state: "open"}
		t.debts[k] = d
	}
	text := func(name string) string {
		var s string
		_ = json.Unmarshal(e.facts[name], &s) // "" where the entry does not say it
		return s
	}
	amount := func(name string) num.Money {
		m, _ := num.ParseMoney(text(name))
		return m
	}
	rest := func() (num.Quantity, bool) {
		q, err := num.ParseQuantity(text("open"))
		return q, err == nil
	}
	if due, err := clock.ParseDate(text("due")); err == nil && e.kind != "obligation.overdue" {
		d.due = due
	}
	switch e.kind {
	case "obligation.opened":
		d.open, _ = rest()
		d.opened, d.held = d.open, amount("held")
		d.left = d.held
	case "obligation.carried":
		// The successor; it takes over what its predecessors had open.
		d.held = amount("held")
		d.left, d.noFigures = d.held, true
	case "obligation.discharged", "obligation.partly-discharged", "obligation.lifted":
		if open, ok := rest(); ok {
			d.open = open
		}
		d.left -= amount("freed")
		if end := strings.TrimPrefix(e.kind, "obligation."); end != "partly-discharged" {
			d.state = end
		}
	case "obligation.overdue":
		d.left -= amount("called")
		d.stages++
	case "alarm.raised", "payment.unmatched":
		d.noFigures = true
	}
}
