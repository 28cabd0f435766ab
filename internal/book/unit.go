package book

import (
	"strings"

	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/num"
)

// Conversion says how a line is counted in another unit, as two quantities that
// are the same goods: 12 bottles are 9 litres. Two quantities say exactly what
// one factor with so many decimals could not.
type Conversion struct {
	Unit codelist.UnitCode `json:"unit"` // the other unit
	Of   num.Quantity      `json:"of"`   // so many declared units …
	Are  num.Quantity      `json:"are"`  // … are so many of the other
}

// check tells what is wrong with a conversion. Fault: BOOK-UNIT-01.
func (c *Conversion) check(path string) *fault.Fault {
	if c == nil || c.Unit != "" && c.Of > 0 && c.Are > 0 {
		return nil
	}
	return fault.New(fault.Invalid, "BOOK-UNIT-01", path, "{of} declared units are no {are} of “{unit}”", "give the other unit and two quantities above zero that are the same goods",
		"of", c.Of, "are", c.Are, "unit", c.Unit)
}

// To counts a declared quantity in the other unit, half up to the fifth decimal.
// Fault: NUM-RANGE-01.
func (c Conversion) To(declared num.Quantity) (num.Quantity, error) {
	v, err := num.MulDiv(int64(declared), int64(c.Are), int64(c.Of), num.HalfUp)
	return num.Quantity(v), err
}

// Back counts a quantity of the other unit in declared units, half up to the
// fifth decimal. Fault: NUM-RANGE-01.
func (c Conversion) Back(other num.Quantity) (num.Quantity, error) {
	v, err := num.MulDiv(int64(other), int64(c.Of), int64(c.Are), num.HalfUp)
	return num.Quantity(v), err
}

// Agrees tells whether a quantity of the other unit is what the declared one
// makes, give or take the share tolerance of it (DR §4.3: 0.1 %).
// Fault: NUM-RANGE-01.
func (c Conversion) Agrees(declared, other num.Quantity, tolerance num.Rate) (bool, error) {
	want, err := c.To(declared)
	if err != nil {
		return false, err
	}
	off, err := want.Times(tolerance, num.HalfUp)
	difference := other - want
	return max(difference, -difference) <= max(off, -off), err
}

// validateUnits judges the conversions of a line. Fault: BOOK-UNIT-01.
func (l *Line) validateUnits(path string, add func(*fault.Fault)) {
	for _, c := range []struct {
		name string
		is   *Conversion
		unit codelist.UnitCode // it must be for
	}{{"/legal", l.Legal, l.LegalUnit}, {"/legal2", l.Legal2, l.LegalUnit2}, {"/feed", l.Feed, ""}} {
		bad := c.is.check(path + c.name)
		if bad == nil && c.is != nil && c.name != "/feed" && !strings.EqualFold(string(c.unit), string(c.is.Unit)) {
			bad = fault.New(fault.Invalid, "BOOK-UNIT-02", path+c.name, "the conversion is to “{unit}”, the line's legal unit is “{legal}”", "write the same unit in both",
				"unit", c.is.Unit, "legal", c.unit)
		}
		if bad != nil {
			add(bad)
		}
	}
}

// Conflicts compares the legal quantities of a list line with what the line of
// the book makes of the declared one. Faults: BOOK-UNIT-03, NUM-RANGE-01.
func (l *Line) Conflicts(line *ListLine, path string, tolerance num.Rate) fault.List {
	var faults fault.List
	for _, c := range []struct {
		name  string
		is    *Conversion
		unit  codelist.UnitCode
		given num.Quantity
	}{{"/legalQuantity", l.Legal, line.LegalUnit, line.LegalQuantity}, {"/legalQuantity2", l.Legal2, line.LegalUnit2, line.LegalQuantity2}} {
		if c.is == nil || c.unit == "" && c.given == 0 {
			continue
		}
		agrees, err := c.is.Agrees(line.Quantity, c.given, tolerance)
		if err != nil {
			_ = faults.Add(path+c.name, err) // it is a fault
			continue
		}
		if agrees && c.unit == c.is.Unit {
			continue
		}
		want, _ := c.is.To(line.Quantity) // it did not overflow above
		faults = append(faults, fault.New(fault.Invalid, "BOOK-UNIT-03", path+c.name, "{given} {unit} is not what {quantity} of line {line} make: {want} {legal}",
			"write the legal quantity of the declared one, or have the conversion of the book changed",
			"given", c.given, "unit", c.unit, "quantity", line.Quantity, "line", l.Number, "want", want, "legal", c.is.Unit))
	}
	return faults
}
