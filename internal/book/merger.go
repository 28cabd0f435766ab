package book

import (
	"slices"
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/num"
)

// Part-level items (料号级) are what an enterprise's own system knows; each is
// merged into one line of the book (项号级), and list lines into lines of a bill
// (DR §4.3). The relation stands in the book and is checked whenever book or list
// are filed.

// PartItem is one part and the line of the book it belongs to.
type PartItem struct {
	Part       string            `json:"part"`
	Line       int               `json:"line"`
	Commodity  string            `json:"commodity"`
	Name       string            `json:"name"`
	Unit       codelist.UnitCode `json:"unit"`
	Factor     *Conversion       `json:"factor,omitempty"` // unit of the part → unit of the line, where they differ
	Consumable bool              `json:"consumable,omitempty"`
	Separate   bool              `json:"separate,omitempty"` // marked by customs: never merged
	Separation *Separation       `json:"separation,omitempty"`
	Licence    bool              `json:"licence,omitempty"`
	Remedy     bool              `json:"remedy,omitempty"`
}

// Separation is the act by which customs marked a part: it stands while the mark
// does, and nobody else writes it.
type Separation struct {
	At     clock.Instant `json:"at"`
	By     string        `json:"by"` // officer
	Reason string        `json:"reason"`
}

// Marked gives the part of a number if customs marked it.
func (b *Book) Marked(part string) (*PartItem, bool) {
	for i := range b.Parts {
		if p := &b.Parts[i]; p.Part == part && p.Separate && part != "" {
			return p, true
		}
	}
	return nil, false
}

// Beside gives the other parts that stand on the line of a part.
func (b *Book) Beside(p *PartItem) []string {
	var others []string
	for i := range b.Parts {
		if o := &b.Parts[i]; o.Line == p.Line && o.Part != p.Part {
			others = append(others, o.Part)
		}
	}
	return others
}

// Separated gives list lines with the marks that customs set on their parts,
// whatever the sender wrote there.
func (b *Book) Separated(lines []ListLine) []ListLine {
	own := slices.Clone(lines)
	for i := range own {
		_, own[i].Separate = b.Marked(own[i].PartNumber)
	}
	return own
}

// Further rules of merging.
const (
	MergeItem       MergeRule = "item"       // a part belongs to exactly one line of the book
	MergeClassified MergeRule = "classified" // customs have decided on another code
	MergeFactor     MergeRule = "factor"     // the conversion of units does not agree
)

// PartViolation is a pair of parts that may not stand in one line, or one part (B
// is "") that does not fit its line.
type PartViolation struct {
	A    string    `json:"a"`
	B    string    `json:"b,omitempty"`
	Line int       `json:"line"`
	Rule MergeRule `json:"rule"`
}

// Decided gives the code that customs have decided on for goods, "" for none.
type Decided func(part, name string) string

// CheckParts checks the merger of parts into the lines of a book: group
// conditions, each part on exactly one line and under one code, the decisions on
// codes, and conversions that agree within tolerance with those of the line. Which
// of the conditions hold between parts is our reading: names of parts differ by
// nature. Fault: NUM-RANGE-01.
func (b *Book) CheckParts(decided Decided, tolerance num.Rate) ([]PartViolation, error) {
	var all []PartViolation
	first := map[string]*PartItem{}
	lines := map[int][]*PartItem{}
	for i := range b.Parts {
		p := &b.Parts[i]
		say := func(other string, rule MergeRule) {
			all = append(all, PartViolation{A: p.Part, B: other, Line: p.Line, Rule: rule})
		}
		if seen := first[p.Part]; seen != nil {
			rule := MergeItem
			if seen.Commodity != p.Commodity {
				rule = MergePart
			}
			say(seen.Part, rule)
			continue
		}
		first[p.Part] = p
		line, ok := b.Line(p.Line)
		if !ok || p.Part == "" {
			say("", MergeItem)
			continue
		}
		if p.Commodity != line.Commodity {
			say("", MergeCommodity)
		}
		if rule, err := p.unit(line, tolerance); err != nil {
			return nil, err
		} else if rule != "" {
			say("", rule)
		}
		if decided != nil {
			if code := decided(p.Part, p.Name); code != "" && !begins(code, p.Commodity) {
				say("", MergeClassified)
			}
		}
		for _, other := range lines[p.Line] {
			if rule := p.apart(other); rule != "" {
				say(other.Part, rule)
			}
		}
		lines[p.Line] = append(lines[p.Line], p)
	}
	return all, nil
}

// unit tells whether the part can be counted in the line's unit, and as the line
// itself says where it knows the part's unit.
func (p *PartItem) unit(line *Line, tolerance num.Rate) (MergeRule, error) {
	switch {
	case p.Factor == nil && p.Unit != line.Unit:
		return MergeUnit, nil
	case p.Factor == nil:
		return "", nil
	case p.Factor.Unit != line.Unit || p.Factor.Of <= 0 || p.Factor.Are <= 0:
		return MergeFactor, nil
	case line.Feed == nil || line.Feed.Unit != p.Unit:
		return "", nil
	}
	// As many of the part's unit as the line says are one of its own must come back
	// as what they came from.
	back, err := p.Factor.To(line.Feed.Are)
	if err != nil {
		return "", err
	}
	agrees, err := Conversion{Unit: line.Unit, Of: num.OneQuantity, Are: num.OneQuantity}.Agrees(line.Feed.Of, back, tolerance)
	if err == nil && !agrees {
		return MergeFactor, nil
	}
	return "", err
}

// apart gives the rule that keeps two parts out of one line.
func (p *PartItem) apart(o *PartItem) MergeRule {
	switch {
	case p.Consumable != o.Consumable:
		return MergeConsumable
	case p.Separate || o.Separate:
		return MergeSeparate
	case p.Licence || o.Licence:
		return MergeLicence
	case p.Remedy || o.Remedy:
		return MergeRemedy
	case p.Commodity != o.Commodity:
		return MergeCommodity
	}
	return ""
}

// begins tells whether one of two codes is the beginning of the other.
func begins(a, b string) bool {
	n := min(len(a), len(b))
	return a[:n] == b[:n]
}

// MergeList is Merge for a list of this book: also each part on its line of the
// book and under the code that customs decided on, and legal quantities as the
// book converts them; what of it customs marked is what the book says. book may be
// nil.
func MergeList(lines []ListLine, b *Book, decided Decided, rules Rules) ([]BillLine, []Violation, error) {
	var controlled func(int) bool
	if b != nil {
		lines = b.Separated(lines)
		controlled = func(n int) bool {
			l, ok := b.Line(n)
			return ok && l.QuantityControl
		}
	}
	bills, violations, err := Merge(lines, controlled, rules.PriceDeviation)
	if err != nil || b == nil {
		return bills, violations, err
	}
	for i := range lines {
		l := &lines[i]
		say := func(rule MergeRule) { violations = append(violations, Violation{A: l.Number, Rule: rule}) }
		if n := slices.IndexFunc(b.Parts, func(p PartItem) bool { return p.Part == l.PartNumber && p.Part != "" }); n >= 0 {
			p := &b.Parts[n]
			if p.Line != l.BookLine && l.BookLine != 0 {
				say(MergeItem)
			}
			if p.Commodity != l.Commodity {
				say(MergePart)
			}
		}
		if decided != nil {
			if code := decided(l.PartNumber, l.Name); code != "" && !begins(code, l.Commodity) {
				say(MergeClassified)
			}
		}
		if held, ok := b.Line(l.BookLine); ok && len(held.Conflicts(l, "", rules.UnitTolerance)) > 0 {
			say(MergeFactor)
		}
	}
	return bills, violations, nil
}

// String words a violation for lists and logs.
func (v PartViolation) String() string {
	text := "line " + strconv.Itoa(v.Line) + ", part " + v.A
	if v.B != "" {
		text += " and " + v.B
	}
	return text + ": " + string(v.Rule)
}
