package bonded

import (
	"strconv"
	"strings"

	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
)

// decidedFor looks codes up that customs have decided on for the owner of a book.
func decidedFor(ref *clearance.Reference, b *book.Book, on clock.Date) book.Decided {
	if ref.Classified == nil {
		return nil
	}
	return func(part, name string) string {
		row, ok := ref.Classified.Decided(keyOf(b.Operator), part, name, on)
		if !ok {
			return ""
		}
		return string(row.Code)
	}
}

// Merged is what a merger would give: the lines of the bill, and what is wrong.
type Merged struct {
	Bills      []book.BillLine      `json:"bills,omitempty"`
	Violations []book.Violation     `json:"violations,omitempty"`
	Parts      []book.PartViolation `json:"parts,omitempty"`
	Passes     bool                 `json:"passes"` // nothing but signals
}

// TryMerger checks the parts of a book, and lines as a list of it would merge
// them into a bill. Nothing is written. Fault: NUM-RANGE-01.
func (d *Desk) TryMerger(b *book.Book, lines []book.ListLine, on clock.Date) (Merged, error) {
	var m Merged
	ref := d.reference()
	rules, err := ref.Books.At(on)
	if err != nil {
		return m, err
	}
	if m.Parts, err = b.CheckParts(decidedFor(ref, b, on), rules.UnitTolerance); err != nil {
		return m, err
	}
	m.Bills, m.Violations, err = book.MergeList(lines, b, decidedFor(ref, b, on), rules)
	m.Passes = len(m.Parts) == 0 && !book.Blocking(m.Violations)
	return m, err
}

// partsFit refuses a book whose parts do not fit their lines. Fault:
// BONDED-MERGE-02, one for each pair.
func (d *Desk) partsFit(v decision.View, b *book.Book) error {
	m, err := d.TryMerger(b, nil, v.Now().Date())
	if err != nil {
		return err
	}
	var faults fault.List
	for _, p := range m.Parts {
		faults = append(faults, PartFault(b, p))
	}
	return faults.OrNil()
}

// PartFault words a violation at the part that it stands at.
func PartFault(b *book.Book, p book.PartViolation) *fault.Fault {
	path := "/parts"
	for i := range b.Parts {
		if b.Parts[i].Part == p.A && b.Parts[i].Line == p.Line {
			path = "/parts/" + strconv.Itoa(i)
		}
	}
	return fault.New(fault.Invalid, "BONDED-MERGE-02", path, "part {a} does not fit line {line} ({b}): {rule}", "move the part to another line, or correct its code or unit",
		"a", p.A, "b", p.B, "line", p.Line, "rule", string(p.Rule))
}

// mergerFaults refuses a list whose lines may not be merged as it asks. Signals
// block nothing: they count for the risk. Faults: BONDED-MERGE-01, one for each
// pair; BONDED-SEPARATE-06; the unit conversion has a fault of its own.
func mergerFaults(ref *clearance.Reference, l *List, held *book.Book, rules book.Rules, on clock.Date) (fault.List, error) {
	_, violations, err := book.MergeList(l.Lines, held, decidedFor(ref, held, on), rules)
	if err != nil {
		return nil, err
	}
	faults := alone(l, held)
	for _, x := range violations {
		if x.Signal || x.Rule == book.MergeFactor {
			continue
		}
		faults = append(faults, fault.New(fault.Invalid, "BONDED-MERGE-01", "/lines/"+strconv.Itoa(x.A-1), "lines {a} and {b} may not stand in one line of the bill: {rule}", "give them different lines of the bill, or correct what differs",
			"a", x.A, "b", x.B, "rule", string(x.Rule)))
	}
	return faults, nil
}

// alone refuses goods that come onto a line which a part that customs marked still
// shares with others; what is merged already may leave. Fault: BONDED-SEPARATE-06.
func alone(l *List, held *book.Book) fault.List {
	var faults fault.List
	if held == nil || l.Direction != book.In {
		return nil
	}
	for i := range l.Lines {
		p, set := held.Marked(l.Lines[i].PartNumber)
		if !set {
			continue
		}
		if others := held.Beside(p); len(others) > 0 {
			faults = append(faults, fault.New(fault.Refused, "BONDED-SEPARATE-06", "/lines/"+strconv.Itoa(i)+"/partNumber", "part {part} was marked separate by customs and still shares line {line} of the book with {others}",
				"move the part to a line of its own first, by a change of the book", "part", p.Part, "line", p.Line, "others", strings.Join(others, ", ")))
		}
	}
	return faults
}
