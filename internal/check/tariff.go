package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/duty"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Reference is what duty is worked out by, as its rows stand.
type Reference struct {
	Tariff *tariff.Schedule
	Taxes  *tariff.Taxes
	Rules  *duty.Parameters
}

// tables are the rows of tariff, taxes and parameters as the check reads them:
// flat lists, searched from end to end of a code, with none of the look-ups of
// the rooms.
type tables struct {
	tariffEpoch, taxEpoch, ruleEpoch string
	currency                         string
	schedule                         *tariff.Schedule // that the rows are of: its name tells which tariff a working used
	goods                            []goodsRow
	byCode                           map[string][]int
	taxes                            []tariff.TaxRow
	rules                            []duty.ParameterRow
	remedies                         []tariff.Kind // kinds of remedy that the tariff has at all
	rates                            map[string][]exchangeRow
	worked                           func(clock.Date) bool // whether a day is worked on
}

type goodsRow struct {
	code     string
	from, to clock.Date
	above    int // row of the line above, -1 for none
	divided  bool
	measures []measureRow
}

type measureRow struct {
	kind            string
	areas, excluded []string
	additional      string
	quota           string
	duty            *tariff.Expression
	from, to        clock.Date
}

type exchangeRow struct {
	from clock.Date
	rate *big.Rat
}

// declaredDigits is how many digits a code of the national tariff has at least.
const declaredDigits = 8

// shipped gives the tables that come with the program, without exchange rates.
func shipped() (*tables, error) {
	read, err := shippedOnce()
	if err != nil {
		return nil, err
	}
	own := *read
	own.rates = map[string][]exchangeRow{}
	return &own, nil
}

// shippedOnce reads them: they are the same for every zone of this program.
var shippedOnce = sync.OnceValues(func() (*tables, error) {
	cn, err := tariff.Shipped("cn")
	if err != nil {
		return nil, err
	}
	hs, err := tariff.Shipped("hs")
	if err != nil {
		return nil, err
	}
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		return nil, err
	}
	rules, err := duty.Shipped()
	if err != nil {
		return nil, err
	}
	return read(Reference{Tariff: tariff.OnNomenclature(cn, hs, declaredDigits), Taxes: taxes, Rules: rules})
})

// read takes the rows out of a reference: of the tariff by its printed form, line
// after line.
func read(ref Reference) (*tables, error) {
	t := &tables{
		schedule: ref.Tariff, tariffEpoch: ref.Tariff.Epoch(), taxEpoch: ref.Taxes.Epoch(), ruleEpoch: ref.Rules.Epoch(), currency: string(ref.Tariff.About.Currency),
		byCode: map[string][]int{}, taxes: ref.Taxes.Rows(), rules: ref.Rules.Rows(), rates: map[string][]exchangeRow{},
	}
	return t, t.rowsOf(ref.Tariff)
}

// rowsOf takes the rows of a schedule.
func (t *tables) rowsOf(schedule *tariff.Schedule) error {
	var printed bytes.Buffer
	if err := tariff.WriteFacts(&printed, schedule); err != nil {
		return err
	}
	var expressions []*tariff.Expression
	var path []int // rows by indent
	for line := range strings.Lines(printed.String()) {
		f := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), make([]string, 12)...)
		switch f[0] {
		case "X":
			e := new(tariff.Expression)
			if err := json.Unmarshal([]byte(f[1]), e); err != nil {
				return fmt.Errorf("read duty expression: %w", err)
			}
			expressions = append(expressions, e)
		case "G":
			var indent int
			if _, err := fmt.Sscan(f[1], &indent); err != nil {
				return fmt.Errorf("read tariff line: %w", err)
			}
			g := goodsRow{code: f[2], from: dayOf(f[3]), to: dayOf(f[4]), above: -1}
			for len(path) > 0 && len(path) > indent {
				path = path[:len(path)-1]
			}
			for i := len(path) - 1; i >= 0 && g.above < 0; i-- {
				g.above = path[i]
			}
			for len(path) < indent {
				path = append(path, -1)
			}
			n := len(t.goods)
			path = append(path, n)
			t.goods = append(t.goods, g)
			if g.code != "" {
				t.byCode[g.code] = append(t.byCode[g.code], n)
				for above := g.above; above >= 0; above = t.goods[above].above {
					t.goods[above].divided = true
				}
			}
		case "M":
			m := measureRow{kind: f[1], areas: listOf(f[3]), excluded: listOf(f[4]), additional: f[5], quota: f[6], from: dayOf(f[8]), to: dayOf(f[9])}
			if f[7] != "" {
				var n int
				if _, err := fmt.Sscan(f[7], &n); err != nil || n < 0 || n >= len(expressions) {
					return fmt.Errorf("read tariff measure: no expression %q", f[7])
				}
				m.duty = expressions[n]
			}
			g := &t.goods[len(t.goods)-1]
			g.measures = append(g.measures, m)
			if kind := tariff.KindOf(m.kind); remedyOf[kind] != "" && !slices.Contains(t.remedies, kind) {
				t.remedies = append(t.remedies, kind)
			}
		}
	}
	slices.Sort(t.remedies)
	return nil
}

func dayOf(s string) clock.Date {
	d, err := clock.ParseDate(s)
	if err != nil {
		return 0 // open
	}
	return d
}

func listOf(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func between(from, to, on clock.Date) bool { return from <= on && (to == 0 || on <= to) }

// rule gives the value of a parameter on a day, that of its oldest row before.
func (t *tables) rule(name string, on clock.Date) string {
	value := ""
	var oldest clock.Date
	for i := range t.rules {
		p := &t.rules[i]
		if p.Name != name {
			continue
		}
		if between(p.From, p.To, on) {
			return p.Value
		}
		if value == "" || p.From < oldest {
			value, oldest = p.Value, p.From
		}
	}
	return value
}

func (t *tables) ruleRate(name string, on clock.Date) *big.Rat {
	if q := decimal(t.rule(name, on)); q != nil {
		return q
	}
	return new(big.Rat)
}

// commodity finds the line of the tariff for a declared code: the code itself,
// the eight digits that it begins with when they are not divided further, or the
// code with zeros behind.
func (t *tables) commodity(code string, on clock.Date) int {
	find := func(code string) int {
		for _, n := range t.byCode[code] {
			if between(t.goods[n].from, t.goods[n].to, on) {
				return n
			}
		}
		return -1
	}
	if n := find(code); n >= 0 {
		return n
	}
	if len(code) > declaredDigits {
		if n := find(code[:declaredDigits]); n >= 0 && !t.goods[n].divided {
			return n
		}
	}
	if len(code) >= 4 && len(code)%2 == 0 {
		for code += "00"; len(code) <= declaredDigits+2; code += "00" {
			if n := find(code); n >= 0 {
				return n
			}
		}
	}
	return -1
}

func (m *measureRow) covers(area string) bool {
	return !slices.Contains(m.excluded, area) && (len(m.areas) == 0 || slices.Contains(m.areas, area))
}

// column gives the rate of a column for goods of an origin: of the line, or the
// nearest above it that has one; one that names the origin before one for all.
func (t *tables) column(line int, kind tariff.Kind, area string, on clock.Date) *tariff.Expression {
	for n := line; n >= 0; n = t.goods[n].above {
		var open *measureRow
		for i := range t.goods[n].measures {
			m := &t.goods[n].measures[i]
			if m.kind != kind.String() || m.additional != "" || m.quota != "" || !between(m.from, m.to, on) || !m.covers(area) {
				continue
			}
			if len(m.areas) > 0 {
				return m.duty
			}
			if open == nil {
				open = m
			}
		}
		if open != nil {
			return open.duty
		}
	}
	return nil
}

// remedy gives the trade remedies of a kind on goods of an origin.
func (t *tables) remedy(line int, kind tariff.Kind, area string, on clock.Date) []*tariff.Expression {
	var all []*tariff.Expression
	for n := line; n >= 0; n = t.goods[n].above {
		for i := range t.goods[n].measures {
			m := &t.goods[n].measures[i]
			if m.kind == kind.String() && m.duty != nil && m.quota == "" && m.additional == "" && between(m.from, m.to, on) && m.covers(area) {
				all = append(all, m.duty)
			}
		}
	}
	return all
}

// tax gives the row of VAT or consumption tax on a code: the longest beginning
// that is in force and asks no condition.
func (t *tables) tax(kind tariff.Kind, code string, on clock.Date) *tariff.Expression {
	var best *tariff.TaxRow
	longest := -1
	for i := range t.taxes {
		row := &t.taxes[i]
		if row.Tax != kind || row.Condition != "" || !between(row.From, row.To, on) {
			continue
		}
		if slices.ContainsFunc(row.Except, func(c tariff.Code) bool { return strings.HasPrefix(code, string(c)) }) {
			continue
		}
		if len(row.Codes) == 0 && longest < 0 {
			best, longest = row, 0
		}
		for _, c := range row.Codes {
			if len(c) > longest && strings.HasPrefix(code, string(c)) {
				best, longest = row, len(c)
			}
		}
	}
	if best == nil {
		return nil
	}
	return &best.Duty
}

// exchange gives the rate of a currency for a day, nil where the zone has none:
// by the rule of the day the row of the day itself, or of the third Wednesday of
// the month before.
func (t *tables) exchange(currency string, on clock.Date) *big.Rat {
	if t.rule("exchange_rule", on) == "third_wednesday" {
		first := on.AddDays(1 - on.DayOfMonth()).AddMonths(-1)
		third := first.AddDays((3-int(first.Weekday())+7)%7 + 14)
		if t.worked != nil && !t.worked(third) {
			third = third.AddDays(7)
		}
		on = third
	}
	var rate *big.Rat
	var newest clock.Date
	for _, row := range t.rates[currency] {
		if row.from <= on && (rate == nil || row.from >= newest) {
			rate, newest = row.rate, row.from
		}
	}
	return rate
}

// quantityIn gives a line's quantity in a unit: as it is stated, else converted,
// else from the net mass.
func quantityIn(l *declaration.GoodsItem, unit tariff.UnitCode) *big.Rat {
	type stated struct {
		q    int64
		unit tariff.UnitCode
	}
	all := []stated{{int64(l.Quantity), tariff.UnitCode(l.Unit)}}
	if l.LegalUnit != "" {
		all = append(all, stated{int64(l.LegalQuantity), tariff.UnitCode(l.LegalUnit)})
	}
	if l.LegalUnit2 != "" {
		all = append(all, stated{int64(l.LegalQuantity2), tariff.UnitCode(l.LegalUnit2)})
	}
	for _, s := range all {
		if s.unit == unit {
			return scaled(s.q, 100_000)
		}
	}
	if l.NetMass > 0 {
		all = append(all, stated{int64(l.NetMass), "KGM"})
	}
	for _, s := range all {
		if tariff.Convertible(s.unit, unit) {
			// The sizes of units are one table for both opinions.
			if q, err := tariff.Convert(num.Quantity(s.q), s.unit, unit); err == nil {
				return scaled(int64(q), 100_000)
			}
		}
	}
	return nil
}
