package check

import (
	"encoding/json"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
)

// partTrail is what the journal tells of the parts of a book: which ones customs
// marked to stand alone, and where it was last changed.
type partTrail struct {
	changed int64 // position
	marks   map[string][]partMark
}

// partMark is one word of customs about a part.
type partMark struct {
	separate     bool
	position, at int64
	by, reason   string
}

// booked notes what an entry tells of the parts of a book, by its id and by the
// number that lists name it by.
func (t *trails) booked(id string, e *entryRow) {
	p := t.parts[id]
	if p == nil {
		p = &partTrail{marks: map[string][]partMark{}}
		t.parts[id] = p
	}
	var number string
	if json.Unmarshal(e.facts["number"], &number) == nil && number != "" {
		t.parts[number] = p
	}
	if e.kind == "book.changed" {
		p.changed = e.position
		return
	}
	var part string
	m := partMark{position: e.position, at: e.at, by: e.actor, reason: e.reason}
	if json.Unmarshal(e.facts["part"], &part) == nil && json.Unmarshal(e.facts["separate"], &m.separate) == nil {
		p.marks[part] = append(p.marks[part], m)
	}
}

// mark gives the last word of customs about a part up to a moment, none where they
// said nothing.
func (p *partTrail) mark(part string, until int64) (last partMark) {
	if p == nil {
		return last
	}
	for _, m := range p.marks[part] {
		if m.at <= until {
			last = m
		}
	}
	return last
}

const ever = int64(1)<<62 - 1

// parts compares the marks on the parts of a book with the acts of customs, and
// looks whether a marked part shares its line although the book was changed since.
func (r *run) parts(p *paperRow) {
	var b bonded.Book
	if !r.ran("journal") || json.Unmarshal([]byte(p.body), &b) != nil || b.Number == "" {
		return
	}
	t := r.trail.parts[p.id]
	tell := func(code Code, part, what, expected, actual string) {
		if expected != actual {
			r.found(code, "book", p.id, "part "+part+": "+what, expected, actual)
		}
	}
	lines, there := map[int]int{}, map[string]bool{}
	for i := range b.Parts {
		lines[b.Parts[i].Line]++
		there[b.Parts[i].Part] = true
	}
	for i := range b.Parts {
		x := &b.Parts[i]
		m := t.mark(x.Part, ever)
		tell(PartMarked, x.Part, "is marked separate", strconv.FormatBool(m.separate), strconv.FormatBool(x.Separate))
		if m.separate && x.Separate {
			var s book.Separation
			if x.Separation != nil {
				s = *x.Separation
			}
			tell(PartMarked, x.Part, "who marked it", m.by, s.By)
			tell(PartMarked, x.Part, "why", m.reason, s.Reason)
			r.differ(PartMarked, "book", p.id, "part "+x.Part+": when it was marked", m.at, int64(s.At))
		}
		if m.separate && lines[x.Line] > 1 && t.changed > m.position {
			r.found(PartMerged, "book", p.id, "part "+x.Part+" was marked separate and shares line "+strconv.Itoa(x.Line)+" since a later change of the book", "1", strconv.Itoa(lines[x.Line]))
		}
	}
	if t == nil {
		return
	}
	for part := range t.marks {
		if t.mark(part, ever).separate && !there[part] {
			r.found(PartMarked, "book", p.id, "part "+part+" was marked separate and is not there", "true", "")
		}
	}
}

// apart looks whether lines of a list that was filed after a part was marked share
// a line of the bill with it.
func (r *run) apart(l *bonded.List, id string) {
	t := r.trail.parts[l.Book]
	if t == nil || !r.ran("journal") || l.State == book.ListDraft {
		return
	}
	for i := range l.Lines {
		x := &l.Lines[i]
		if x.BillLine == 0 || !t.mark(x.PartNumber, int64(l.Filed)).separate {
			continue
		}
		for j := range l.Lines {
			if o := &l.Lines[j]; i != j && o.BillLine == x.BillLine {
				r.found(PartMerged, "verification_list", id, "line "+strconv.Itoa(x.Number)+", part "+x.PartNumber+", was marked separate and shares line "+strconv.Itoa(x.BillLine)+" of the bill with line "+strconv.Itoa(o.Number), "", "")
			}
		}
	}
}
