package tariff

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// About says what a schedule is and where it comes from.
type About struct {
	Name     string // "cn", "us", "uk", "hs"
	Title    string
	Currency CurrencyCode
	Edition  clock.Date // day of the edition
	Source   string     // repository and commit, or publisher
	Licence  string     // as the source states it
}

// Schedule is one tariff as an immutable snapshot; it is safe for any number of
// readers at once.
type Schedule struct {
	About    About
	epoch    string
	goods    []Commodity
	measures []Measure // grouped by commodity, ordered by kind and start
	index    map[Key]int32
	sorted   []int32 // goods that have a code, by code
	kinds    [len(kindNames)]bool
}

// Epoch is the hash of the schedule's content: equal epochs are equal tariffs.
func (s *Schedule) Epoch() string { return s.epoch }

// Len gives the number of nomenclature lines and of measures.
func (s *Schedule) Len() (commodities, measures int) { return len(s.goods), len(s.measures) }

// Goods is one commodity of a schedule on one day: a small value, made without
// allocation. Its zero value stands for no commodity.
type Goods struct {
	s  *Schedule
	i  int32
	on clock.Date
}

// At gives the commodity with that code on day d.
//
// Faults: TARIFF-CODE-01 when it is no code, TARIFF-CODE-02 when there is none
// (nearest valid codes are named), TARIFF-CODE-03 when it is not in force on d.
func (s *Schedule) At(code Code, d clock.Date) (Goods, error) {
	if g, ok := s.Find(code, d); ok {
		return g, nil
	}
	return Goods{}, s.missing(code, d)
}

// Find is At without a fault: ok is false when there is no such code on that
// day. It does not allocate.
func (s *Schedule) Find(code Code, d clock.Date) (g Goods, ok bool) {
	k, ok := code.Key()
	if !ok {
		return Goods{}, false
	}
	i, ok := s.index[k]
	if !ok {
		return Goods{}, false
	}
	for ; i >= 0; i = s.goods[i].next {
		if c := &s.goods[i]; within(c.From, c.To, d) {
			return Goods{s, i, d}, true
		}
	}
	return Goods{}, false
}

// Declared gives the commodity under which goods of a declared code fall on day
// d: that code; the eight digits that a code of ten begins with, where they are
// not divided further; or the line of a code that is written out with zeros
// behind, as the US schedule does where it has no statistical suffix.
// Faults: those of At.
func (s *Schedule) Declared(code Code, d clock.Date) (Goods, error) {
	const rated, whole = 8, 10
	if g, ok := s.Find(code, d); ok {
		return g, nil
	}
	if len(code) > rated {
		if g, ok := s.Find(code[:rated], d); ok && g.Commodity().Declarable {
			return g, nil
		}
	}
	if n := len(code); n >= 4 && n < whole && n%2 == 0 {
		for ; n < whole; n += 2 {
			if g, ok := s.Find(code+Code("000000"[:n+2-len(code)]), d); ok {
				return g, nil
			}
		}
	}
	return Goods{}, s.missing(code, d)
}

// Nearest gives the longest beginning of code that the schedule knows on day d:
// a declaration under ten digits finds its eight-digit line.
func (s *Schedule) Nearest(code Code, d clock.Date) (Goods, bool) {
	for n := len(code); n >= 2; n-- {
		if g, ok := s.Find(code[:n], d); ok {
			return g, true
		}
	}
	return Goods{}, false
}

func (s *Schedule) missing(code Code, d clock.Date) error {
	k, ok := code.Key()
	if !ok {
		return badCode(string(code))
	}
	if i, ok := s.index[k]; ok {
		c := &s.goods[i]
		return fault.New(fault.Invalid, "TARIFF-CODE-03", "", "code {code} is not in force on {day}: valid {from} to {to}",
			"use a code valid on that day: {nearest}", "code", code, "day", d, "from", c.From, "to", c.To,
			"nearest", joinCodes(s.Suggest(code, d, 5)))
	}
	return fault.New(fault.Invalid, "TARIFF-CODE-02", "", "code {code} is not in the {schedule} schedule",
		"nearest valid codes: {nearest}", "code", code, "schedule", s.About.Name, "nearest", joinCodes(s.Suggest(code, d, 5)))
}

func joinCodes(codes []Code) string {
	parts := make([]string, len(codes))
	for i, c := range codes {
		parts[i] = string(c)
	}
	return strings.Join(parts, ", ")
}

// Suggest gives up to limit declarable codes in force on day d that lie nearest
// to code: those that share the longest beginning first, then in tariff order.
func (s *Schedule) Suggest(code Code, d clock.Date, limit int) []Code {
	at, _ := slices.BinarySearchFunc(s.sorted, code, func(i int32, c Code) int { return cmp.Compare(s.goods[i].Code, c) })
	type near struct {
		shared, distance int
		code             Code
	}
	var found []near
	// A few dozen on each side, however far they lie: an extract has wide gaps.
	for _, step := range [...]int{-1, 1} {
		j := at
		if step < 0 {
			j--
		}
		for taken := 0; j >= 0 && j < len(s.sorted) && taken < 50; j += step {
			c := &s.goods[s.sorted[j]]
			if !c.Declarable || !within(c.From, c.To, d) {
				continue
			}
			n := 0
			for n < len(code) && n < len(c.Code) && code[n] == c.Code[n] {
				n++
			}
			found = append(found, near{n, (j - at) * step, c.Code})
			taken++
		}
	}
	slices.SortStableFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(b.shared, a.shared), cmp.Compare(a.distance, b.distance))
	})
	found = found[:min(limit, len(found))]
	codes := make([]Code, len(found))
	for i, f := range found {
		codes[i] = f.code
	}
	slices.Sort(codes)
	return codes
}

// Commodity gives the nomenclature line.
func (g Goods) Commodity() *Commodity { return &g.s.goods[g.i] }

// Schedule gives the schedule the commodity belongs to.
func (g Goods) Schedule() *Schedule { return g.s }

// On gives the day the commodity was looked up for.
func (g Goods) On() clock.Date { return g.on }

// Parent gives the line above in the hierarchy.
func (g Goods) Parent() (Goods, bool) {
	p := g.s.goods[g.i].Parent
	if p < 0 {
		return Goods{}, false
	}
	return Goods{g.s, p, g.on}, true
}

// Path gives the lines from the chapter down to the commodity itself.
func (g Goods) Path() []*Commodity {
	var path []*Commodity
	for i := g.i; i >= 0; i = g.s.goods[i].Parent {
		path = append(path, &g.s.goods[i])
	}
	slices.Reverse(path)
	return path
}

// Rate gives the measure of one kind that holds for goods of that area on the
// day, from the commodity itself or the nearest line above that has one. Where
// several hold on one line the first that names the area wins over one for all
// origins. Measures that need an additional code or an order number are not
// taken: see Measures. It does not allocate.
func (g Goods) Rate(kind Kind, area AreaCode) (*Measure, bool) {
	for i := g.i; i >= 0; i = g.s.goods[i].Parent {
		c := &g.s.goods[i]
		var open *Measure
		ms := g.s.measures[c.firstMeasure : c.firstMeasure+c.measures]
		for j := range ms {
			m := &ms[j]
			if m.Kind != kind || m.AdditionalCode != "" || m.Quota != "" || !m.In(g.on) || !m.Covers(area) {
				continue
			}
			if len(m.Areas) > 0 {
				return m, true
			}
			if open == nil {
				open = m
			}
		}
		if open != nil {
			return open, true
		}
	}
	return nil, false
}

// Measures gives every measure in force on the day, of the commodity and of all
// lines above it, nearest first.
func (g Goods) Measures() []*Measure {
	var all []*Measure
	for i := g.i; i >= 0; i = g.s.goods[i].Parent {
		c := &g.s.goods[i]
		for j := c.firstMeasure; j < c.firstMeasure+c.measures; j++ {
			if m := &g.s.measures[j]; m.In(g.on) {
				all = append(all, m)
			}
		}
	}
	return all
}

// Following gives the measures of the commodity and of the lines above it that
// begin or end after the day, nearest line first.
func (g Goods) Following() []*Measure {
	var all []*Measure
	for i := g.i; i >= 0; i = g.s.goods[i].Parent {
		c := &g.s.goods[i]
		for j := c.firstMeasure; j < c.firstMeasure+c.measures; j++ {
			if m := &g.s.measures[j]; m.From > g.on || m.To != 0 && m.To >= g.on {
				all = append(all, m)
			}
		}
	}
	return all
}

// Builder collects lines in the order of the printed tariff and makes a
// Schedule of them.
type Builder struct {
	about    About
	goods    []Commodity
	measures [][]Measure
	open     []int32 // last line at each indent
	byKey    map[Key]int32
	digits   int // codes shorter than this are never declarable
}

// Digits says that a declaration needs at least n digits of this schedule.
func (b *Builder) Digits(n int) { b.digits = n }

// NewBuilder starts a schedule.
func NewBuilder(about About) *Builder { return &Builder{about: about, byKey: map[Key]int32{}} }

// Add appends a line below the last line of a smaller indent, and gives its
// number for Measure.
func (b *Builder) Add(c Commodity) int {
	n := int(c.Indent)
	c.Parent, c.next = -1, -1
	if len(b.open) > n {
		b.open = b.open[:n]
	}
	for j := len(b.open) - 1; j >= 0; j-- {
		if b.open[j] >= 0 {
			c.Parent = b.open[j]
			break
		}
	}
	i := int32(len(b.goods))
	for len(b.open) < n {
		b.open = append(b.open, -1)
	}
	b.open = append(b.open, i)
	if k, ok := c.Code.Key(); ok {
		if first, ok := b.byKey[k]; ok {
			for b.goods[first].next >= 0 {
				first = b.goods[first].next
			}
			b.goods[first].next = i
		} else {
			b.byKey[k] = i
		}
	}
	b.goods = append(b.goods, c)
	b.measures = append(b.measures, nil)
	return int(i)
}

// Line gives the number of the line with that code, if it was added.
func (b *Builder) Line(code Code) (int, bool) {
	k, ok := code.Key()
	if !ok {
		return 0, false
	}
	i, ok := b.byKey[k]
	return int(i), ok
}

// Measure puts a measure on a line.
func (b *Builder) Measure(line int, m Measure) { b.measures[line] = append(b.measures[line], m) }

// Schedule closes the builder: finds what is declarable, orders the measures and
// computes the epoch.
func (b *Builder) Schedule() *Schedule {
	s := b.close()
	h := sha256.New()
	_ = writeFacts(h, s) // a hash takes everything
	s.epoch = hex.EncodeToString(h.Sum(nil)[:16])
	return s
}

func (b *Builder) close() *Schedule {
	s := &Schedule{About: b.about, goods: b.goods, index: b.byKey}
	hasCodeBelow := make([]bool, len(s.goods))
	for i := len(s.goods) - 1; i >= 0; i-- {
		c := &s.goods[i]
		if (c.Code != "" || hasCodeBelow[i]) && c.Parent >= 0 {
			hasCodeBelow[c.Parent] = true
		}
		c.Declarable = c.Code != "" && !hasCodeBelow[i] && len(c.Code) >= b.digits
	}
	for i := range s.goods {
		ms := b.measures[i]
		slices.SortStableFunc(ms, func(x, y Measure) int {
			return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.From, y.From))
		})
		s.goods[i].firstMeasure, s.goods[i].measures = int32(len(s.measures)), int32(len(ms))
		s.measures = append(s.measures, ms...)
		for _, m := range ms {
			s.kinds[m.Kind] = true
		}
		if s.goods[i].Code != "" {
			s.sorted = append(s.sorted, int32(i))
		}
	}
	slices.SortStableFunc(s.sorted, func(i, j int32) int { return cmp.Compare(s.goods[i].Code, s.goods[j].Code) })
	return s
}

// Has tells whether the schedule holds any measure of that kind.
func (s *Schedule) Has(k Kind) bool { return int(k) < len(s.kinds) && s.kinds[k] }
