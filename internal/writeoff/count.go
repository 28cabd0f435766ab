package writeoff

import (
	"slices"
	"strconv"

	"seine/internal/book"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
)

// Count is one figure of a stock-taking: what somebody found at one spot.
type Count struct {
	Line     int               `json:"line"`
	Part     string            `json:"part,omitempty"` // the enterprise's own number, where it has no line number at hand
	Lot      string            `json:"lot,omitempty"`
	Spot     string            `json:"spot,omitempty"` // shelf, hall, tank
	Quantity num.Quantity      `json:"quantity"`
	Unit     codelist.UnitCode `json:"unit,omitempty"` // empty: the line's
	Note     string            `json:"note,omitempty"`
	Row      int               `json:"row,omitempty"` // of the file it came from
}

// CheckCounts brings the figures of a stock-taking to lines of the book and says
// everything that is wrong with them. Paths are "/counts/3/quantity", or
// "/row/5/quantity" for a figure that came from a file.
//
// Faults: WRITEOFF-COUNT-01 (no such line or part), -02 (part and line disagree),
// -03 (another unit), -04 (below zero), -05 (counted twice at one spot), -06 (a
// lot at two spots).
func CheckCounts(b *book.Book, counts []Count) ([]Count, error) {
	var faults fault.List
	out := make([]Count, 0, len(counts))
	type spot struct {
		line      int
		lot, spot string
	}
	seen := map[spot]int{}
	lots := map[[2]string]int{}
	for i, c := range counts {
		path := func(field string) string {
			if c.Row > 0 {
				return "/row/" + strconv.Itoa(c.Row) + "/" + field
			}
			return "/counts/" + strconv.Itoa(i) + "/" + field
		}
		line, ok := lineOf(b, c.Line, c.Part)
		if !ok {
			field, value := "line", strconv.Itoa(c.Line)
			if c.Line == 0 {
				field, value = "part", c.Part
			}
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-COUNT-01", path(field), "“{value}” is no line and no part of account book {book}",
				"write the number of a line of the book, or the part number as the book has it", "value", value, "book", b.Number))
			continue
		}
		if c.Line != 0 && c.Part != "" && line.PartNumber != "" && line.PartNumber != c.Part {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-COUNT-02", path("part"), "line {line} is part {known}, not {part}", "correct the line or the part",
				"line", line.Number, "known", line.PartNumber, "part", c.Part))
		}
		if c.Unit != "" && c.Unit != line.Unit {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-COUNT-03", path("unit"), "line {line} is counted in {known}, not in {unit}", "convert the figure to {known}",
				"line", line.Number, "known", line.Unit, "unit", c.Unit))
		}
		if c.Quantity < 0 {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-COUNT-04", path("quantity"), "{quantity} cannot have been counted", "give what is there, 0 when nothing is",
				"quantity", c.Quantity))
		}
		c.Line, c.Part, c.Unit = line.Number, line.PartNumber, line.Unit
		place := spot{c.Line, c.Lot, c.Spot}
		if first, twice := seen[place]; twice {
			faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-COUNT-05", path("spot"), "line {line} was counted twice at this spot, first in figure {first}", "add the two figures up, or name the spots",
				"line", c.Line, "first", first))
		} else if c.Lot != "" {
			if first, moved := lots[[2]string{strconv.Itoa(c.Line), c.Lot}]; moved {
				faults = append(faults, fault.New(fault.Invalid, "WRITEOFF-COUNT-06", path("lot"), "lot {lot} stands at two spots, first in figure {first}", "look where the lot is, or give its parts names of their own",
					"lot", c.Lot, "first", first))
			}
			lots[[2]string{strconv.Itoa(c.Line), c.Lot}] = number(i, c.Row)
		}
		seen[place] = number(i, c.Row)
		out = append(out, c)
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	return out, nil
}

func number(i, row int) int {
	if row > 0 {
		return row
	}
	return i + 1
}

// lineOf finds a line of a book by its number, or where that is 0 by its part.
func lineOf(b *book.Book, number int, part string) (*book.Line, bool) {
	if number != 0 {
		return b.Line(number)
	}
	for i := range b.Lines {
		if part != "" && b.Lines[i].PartNumber == part {
			return &b.Lines[i], true
		}
	}
	return nil, false
}

// Spot is where a figure of a stock-taking was counted.
type Spot struct {
	Line int    `json:"line"`
	Lot  string `json:"lot,omitempty"`
	Spot string `json:"spot,omitempty"`
}

// Without gives the figures without the one of a spot. Fault: WRITEOFF-COUNT-07
// when there is none.
func Without(counts []Count, at Spot) ([]Count, error) {
	n := slices.IndexFunc(counts, func(c Count) bool { return c.Line == at.Line && c.Lot == at.Lot && c.Spot == at.Spot })
	if n < 0 {
		return nil, fault.New(fault.Invalid, "WRITEOFF-COUNT-07", "/spot", "line {line} has no figure of lot “{lot}” at “{spot}”", "look which figures the line has; somebody may have taken it back already",
			"line", at.Line, "lot", at.Lot, "spot", at.Spot)
	}
	if len(counts) == 1 {
		return nil, nil // as before anything was counted
	}
	return slices.Delete(slices.Clone(counts), n, n+1), nil
}

// totals sums the figures of each line.
func totals(counts []Count) map[int]num.Quantity {
	sums := map[int]num.Quantity{}
	for _, c := range counts {
		sums[c.Line] += c.Quantity
	}
	return sums
}

// Uncounted lists the lines that hold something by the book and were not counted.
func Uncounted(r *Report, counts []Count) []int {
	seen := map[int]bool{}
	for _, c := range counts {
		seen[c.Line] = true
	}
	var lines []int
	for i := range r.Items {
		it := &r.Items[i]
		if !seen[it.Line] && it.ShouldRemain.Quantity != 0 {
			lines = append(lines, it.Line)
		}
	}
	return lines
}
