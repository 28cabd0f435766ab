package codelist

import (
	"math/big"
	"math/bits"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Ratio is an exact positive fraction in lowest terms.
type Ratio struct{ Num, Den int64 }

// unitTable holds what a unit measures and how large it is.
type unitTable struct {
	un      map[UnitCode]unitSize
	customs map[CustomsUnitCode]unitSize
	legal   map[UnitCode]CustomsUnitCode
}

type unitSize struct {
	dimension string
	factor    Ratio
	un        UnitCode
}

func newUnitTable(s *Set) *unitTable {
	t := &unitTable{
		un:      map[UnitCode]unitSize{},
		customs: map[CustomsUnitCode]unitSize{},
		legal:   map[UnitCode]CustomsUnitCode{},
	}
	if l := s.List(Units); l != nil {
		for e := range l.All() {
			if size, ok := sizeOf(e); ok {
				t.un[UnitCode(e.Code)] = size
			}
		}
	}
	if l := s.List(CustomsUnits); l != nil {
		for e := range l.All() {
			size, ok := sizeOf(e)
			if !ok {
				continue
			}
			t.customs[CustomsUnitCode(e.Code)] = size
			if size.un != "" {
				t.legal[size.un] = CustomsUnitCode(e.Code)
			}
		}
	}
	return t
}

func sizeOf(e Entry) (unitSize, bool) {
	dimension := e.Attribute("dim")
	ratio, ok := new(big.Rat).SetString(e.Attribute("factor"))
	if dimension == "" || !ok || ratio.Sign() <= 0 || !ratio.Num().IsInt64() || !ratio.Denom().IsInt64() {
		return unitSize{}, false
	}
	return unitSize{
		dimension: dimension, factor: Ratio{ratio.Num().Int64(), ratio.Denom().Int64()}, un: UnitCode(e.Attribute("un")),
	}, true
}

// find gives the size of a unit written as a Chinese customs code (three
// digits) or a code of Recommendation 20.
func (t *unitTable) find(code string) (unitSize, bool) {
	if len(code) == 3 && fits("3 digits", code) {
		size, ok := t.customs[CustomsUnitCode(code)]
		return size, ok
	}
	size, ok := t.un[UnitCode(code)]
	return size, ok
}

// UnitOf gives the unit of Recommendation 20 that means the same as a Chinese
// customs unit; ok is false when there is none (台, 瓶 and other counting words).
func (s *Set) UnitOf(code CustomsUnitCode) (UnitCode, bool) {
	size, ok := s.units().customs[code]
	return size.un, ok && size.un != ""
}

// CustomsUnitOf gives the Chinese customs unit that means the same as a unit of
// Recommendation 20.
func (s *Set) CustomsUnitOf(code UnitCode) (CustomsUnitCode, bool) {
	c, ok := s.units().legal[code]
	return c, ok
}

// Factor gives how many units to make one unit from, exactly: 1 t = 1000/1 kg.
// Each unit is a Chinese customs code (three digits) or a code of
// Recommendation 20; the two kinds mix. A unit converts to itself even when
// nothing else is known of it. Faults: CODELIST-UNIT-01 for an unknown unit,
// CODELIST-UNIT-02 when the two measure different things (pieces and
// kilograms, boxes and pieces), CODELIST-UNIT-03 when the ratio has more than
// 18 digits.
func (s *Set) Factor(from, to string) (Ratio, error) {
	t := s.units()
	a, okA := t.find(from)
	b, okB := t.find(to)
	same := from == to && (okA || s.unitListed(from))
	if same || (okA && a.un == UnitCode(to)) || (okB && b.un == UnitCode(from)) {
		return Ratio{1, 1}, nil
	}
	for _, side := range []struct {
		code string
		ok   bool
	}{{from, okA}, {to, okB}} {
		if !side.ok && !s.unitListed(side.code) {
			return Ratio{}, fault.New(fault.Invalid, "CODELIST-UNIT-01", "", "there is no unit “{code}”",
				"use a three-digit customs unit such as 035 or a UN unit such as KGM", "code", clip(side.code))
		}
	}
	if !okA || !okB || a.dimension != b.dimension {
		return Ratio{}, fault.New(fault.Invalid, "CODELIST-UNIT-02", "", "{from} cannot be converted to {to}: they do not measure the same thing",
			"give the quantity in {to} as well; it cannot be computed from {from}", "from", s.unitLabel(from), "to", s.unitLabel(to))
	}
	hiN, n := bits.Mul64(uint64(a.factor.Num), uint64(b.factor.Den))
	hiD, d := bits.Mul64(uint64(a.factor.Den), uint64(b.factor.Num))
	if hiN == 0 && hiD == 0 {
		g := gcd(n, d)
		if n, d = n/g, d/g; n < 1<<63 && d < 1<<63 {
			return Ratio{int64(n), int64(d)}, nil
		}
	}
	ratio := new(big.Rat).Quo(big.NewRat(a.factor.Num, a.factor.Den), big.NewRat(b.factor.Num, b.factor.Den))
	if !ratio.Num().IsInt64() || !ratio.Denom().IsInt64() {
		return Ratio{}, fault.New(fault.Invalid, "CODELIST-UNIT-03", "", "the ratio of {from} to {to} has too many digits",
			"convert to a unit of nearer size", "from", s.unitLabel(from), "to", s.unitLabel(to))
	}
	return Ratio{ratio.Num().Int64(), ratio.Denom().Int64()}, nil
}

// Convert gives a quantity of one unit in another, rounded once by mode to five
// decimals. Faults: those of Factor, and NUM-RANGE-01.
func (s *Set) Convert(q num.Quantity, from, to string, mode num.Rounding) (num.Quantity, error) {
	r, err := s.Factor(from, to)
	if err != nil {
		return 0, err
	}
	v, err := num.MulDiv(int64(q), r.Num, r.Den, mode)
	return num.Quantity(v), err
}

func (s *Set) unitListed(code string) bool {
	_, ok := s.unitEntry(code)
	return ok
}

func (s *Set) unitEntry(code string) (Entry, bool) {
	name := Units
	if fits("3 digits", code) {
		name = CustomsUnits
	}
	if l := s.List(name); l != nil {
		return l.Latest(code)
	}
	return Entry{}, false
}

func (s *Set) unitLabel(code string) string {
	e, _ := s.unitEntry(code)
	return strings.TrimSpace(code + " " + e.NameZH + " " + e.Name)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Country gives the entry of a country written with two letters, three letters
// or three digits (ISO 3166-1).
func (s *Set) Country(code string, on clock.Date) (Entry, bool) {
	l := s.List(Countries)
	if l == nil {
		return Entry{}, false
	}
	if len(code) != 3 {
		return l.At(code, on)
	}
	key := "alpha3"
	if fits("3 digits", code) {
		key = "num"
	}
	for _, e := range l.entries {
		if e.Attribute(key) == code && e.InForce(on) {
			return e, true
		}
	}
	return Entry{}, false
}

// Currency gives the entry of a currency written with three letters (ISO 4217)
// or with one of the old three-digit codes of Chinese customs ("502" is the US
// dollar; ISO's own numeric codes are not meant).
func (s *Set) Currency(code string, on clock.Date) (Entry, bool) {
	l := s.List(Currencies)
	if l == nil {
		return Entry{}, false
	}
	if old := s.List(CustomsCurrencies); old != nil && fits("3 digits", code) {
		e, ok := old.Latest(code)
		if !ok {
			return Entry{}, false
		}
		code = e.Attribute("iso")
	}
	return l.At(code, on)
}
