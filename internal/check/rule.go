package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"seine/internal/risk"
)

// facts are the facts of a subject as they are stored: names and values, no
// types.
type facts struct {
	Head  map[string]any   `json:"head"`
	Lines []map[string]any `json:"lines"`
}

// riskTable is a risk table as the check reads it: for each rule the conditions
// as words, asked one after the other of plain values.
type riskTable struct {
	spec  risk.TableSpec
	epoch string
	types map[string]risk.Field
	rules []plainRule
}

type plainRule struct {
	*risk.RuleSpec
	groups [][]condition
	line   bool
	levels []*big.Rat // of a number
	days   []string   // of a day
}

// condition is one comparison: name, words of comparison, values.
type condition struct {
	name, op string
	values   []string
	numbers  []*big.Rat
}

// newRiskTable reads a table. An expression that is not understood is an error:
// then the verdicts of the table cannot be judged anew.
func newRiskTable(spec risk.TableSpec, fields []risk.Field) (*riskTable, error) {
	body, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	t := &riskTable{spec: spec, epoch: hex.EncodeToString(sum[:]), types: map[string]risk.Field{}}
	for _, f := range fields {
		t.types[f.Name] = f
	}
	for i := range spec.Rules {
		p := plainRule{RuleSpec: &spec.Rules[i]}
		if p.When != "" {
			if p.groups, err = t.parse(p.When); err != nil {
				return nil, fmt.Errorf("rule %s: %w", p.ID, err)
			}
		}
		for _, g := range p.groups {
			for _, c := range g {
				p.line = p.line || t.types[c.name].Line
			}
		}
		p.line = p.line || t.types[p.Measure].Line
		for _, level := range p.Levels {
			if t.types[p.Measure].Type == risk.Date {
				p.days = append(p.days, level)
				continue
			}
			q := number(level)
			if q == nil {
				return nil, fmt.Errorf("rule %s: level %q", p.ID, level)
			}
			p.levels = append(p.levels, q)
		}
		t.rules = append(t.rules, p)
	}
	slices.SortStableFunc(t.rules, func(a, b plainRule) int { return strings.Compare(a.ID, b.ID) })
	return t, nil
}

// number reads a number or a percentage.
func number(s string) *big.Rat {
	if p, ok := strings.CutSuffix(s, "%"); ok {
		if q := decimal(p); q != nil {
			return quotient(q, big.NewRat(100, 1))
		}
		return nil
	}
	return decimal(s)
}

// words cuts an expression into words, quoted texts (with the quote before them)
// and signs.
func words(s string) ([]string, error) {
	var all []string
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case c == '"':
			var b strings.Builder
			b.WriteByte('"')
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				b.WriteByte(s[i])
			}
			if i == len(s) {
				return nil, fmt.Errorf("text without end in %q", s)
			}
			i++
			all = append(all, b.String())
		case strings.IndexByte("()[],", c) >= 0:
			all = append(all, s[i:i+1])
			i++
		case strings.IndexByte("=!<>", c) >= 0:
			n := 1
			if i+1 < len(s) && s[i+1] == '=' {
				n = 2
			}
			all = append(all, s[i:i+n])
			i += n
		default:
			n := strings.IndexAny(s[i:], " \t\r\n()[],=!<>\"")
			if n < 0 {
				n = len(s) - i
			}
			all = append(all, s[i:i+n])
			i += n
		}
	}
	return all, nil
}

// parse reads groups of alternatives: all groups must hold, in each one of the
// conditions.
func (t *riskTable) parse(text string) ([][]condition, error) {
	w, err := words(text)
	if err != nil {
		return nil, err
	}
	// Without brackets the joining words tell: all “or” is one group, “and” parts
	// groups.
	var groups [][]condition
	joins := false // the next condition is an alternative to the one before
	for len(w) > 0 {
		switch w[0] {
		case "(", ")":
			w = w[1:]
			continue
		case "and", "or":
			joins = w[0] == "or"
			w = w[1:]
			continue
		}
		var c condition
		if c, w, err = t.condition(w); err != nil {
			return nil, err
		}
		if n := len(groups); n > 0 && joins {
			groups[n-1] = append(groups[n-1], c)
		} else {
			groups = append(groups, []condition{c})
		}
		joins = false
	}
	return groups, nil
}

func (t *riskTable) condition(w []string) (condition, []string, error) {
	bad := fmt.Errorf("not understood: %q", strings.Join(w, " "))
	if w[0] == "not" && len(w) > 1 {
		return condition{name: w[1], op: "=", values: []string{"false"}}, w[2:], t.known(w[1])
	}
	c := condition{name: w[0]}
	if err := t.known(c.name); err != nil {
		return c, nil, err
	}
	w = w[1:]
	one := func() bool {
		if len(w) == 0 {
			return false
		}
		c.values = append(c.values, strings.TrimPrefix(w[0], `"`))
		w = w[1:]
		return true
	}
	list := func() bool {
		switch {
		case len(w) == 0:
			return false
		case w[0][0] == '@':
			named, ok := t.spec.Lists[w[0][1:]]
			c.values, w = named.Values, w[1:]
			return ok
		case w[0] != "[":
			return one()
		}
		for w = w[1:]; len(w) > 0 && w[0] != "]"; {
			if w[0] == "," {
				w = w[1:]
				continue
			}
			one()
		}
		if len(w) == 0 {
			return false
		}
		w = w[1:]
		return true
	}
	next := func(words ...string) bool {
		if len(w) < len(words) || !slices.Equal(w[:len(words)], words) {
			return false
		}
		w = w[len(words):]
		return true
	}
	ok := true
	switch {
	case next("is", "known"):
		c.op = "is known"
	case next("is", "unknown"):
		c.op = "is unknown"
	case next("between"):
		c.op = "between"
		ok = one() && next("and") && one()
	case next("not", "in"):
		c.op = "not in"
		ok = list()
	case next("has", "any"):
		c.op = "has any"
		ok = list()
	case next("has", "none"):
		c.op = "has none"
		ok = list()
	case next("in"):
		c.op = "in"
		ok = list()
	case next("starts"):
		c.op = "starts"
		ok = list()
	case len(w) > 0 && strings.Contains(" = == != < <= > >= ", " "+w[0]+" "):
		c.op = strings.Replace(w[0], "==", "=", 1)
		w = w[1:]
		ok = one()
	default: // a flag alone
		c.op, c.values = "=", []string{"true"}
	}
	if !ok {
		return c, nil, bad
	}
	switch t.types[c.name].Type {
	case risk.Money, risk.Quantity, risk.Rate, risk.Count:
		for _, v := range c.values {
			q := number(v)
			if q == nil {
				return c, nil, bad
			}
			c.numbers = append(c.numbers, q)
		}
	}
	return c, w, nil
}

func (t *riskTable) known(name string) error {
	if _, ok := t.types[name]; !ok {
		return fmt.Errorf("there is no fact %q", name)
	}
	return nil
}

// of gives a fact: of the line where it is one of lines.
func (t *riskTable) of(f *facts, name string, line int) any {
	if !t.types[name].Line {
		return f.Head[name]
	}
	if line < 0 || line >= len(f.Lines) {
		return nil
	}
	return f.Lines[line][name]
}

// holds tells whether a condition holds; what is not known holds nothing but
// “is unknown”.
func (t *riskTable) holds(c *condition, f *facts, line int) bool {
	v := t.of(f, c.name, line)
	switch {
	case c.op == "is known":
		return v != nil
	case c.op == "is unknown":
		return v == nil
	case v == nil:
		return false
	}
	switch v := v.(type) {
	case []any:
		any := slices.ContainsFunc(v, func(x any) bool { return slices.Contains(c.values, fmt.Sprint(x)) })
		return any == (c.op == "has any")
	case bool:
		return (fmt.Sprint(v) == c.values[0]) == (c.op == "=")
	}
	text := fmt.Sprint(v)
	if len(c.numbers) > 0 {
		q := decimal(text)
		if q == nil {
			return false
		}
		return ordered(c.op, len(c.numbers), func(i int) int { return q.Cmp(c.numbers[i]) })
	}
	if t.types[c.name].Type == risk.Date {
		return ordered(c.op, len(c.values), func(i int) int { return strings.Compare(text, c.values[i]) })
	}
	switch c.op {
	case "=":
		return text == c.values[0]
	case "!=":
		return text != c.values[0]
	case "in":
		return slices.Contains(c.values, text)
	case "not in":
		return !slices.Contains(c.values, text)
	case "starts":
		return slices.ContainsFunc(c.values, func(p string) bool { return strings.HasPrefix(text, p) })
	}
	return false
}

// ordered compares a value with the n-th of a condition's values by cmp.
func ordered(op string, n int, cmp func(i int) int) bool {
	equal := func() bool {
		for i := range n {
			if cmp(i) == 0 {
				return true
			}
		}
		return false
	}
	switch op {
	case "=", "in":
		return equal()
	case "!=", "not in":
		return !equal()
	case "<":
		return cmp(0) < 0
	case "<=":
		return cmp(0) <= 0
	case ">":
		return cmp(0) > 0
	case ">=":
		return cmp(0) >= 0
	case "between":
		return n == 2 && cmp(0) >= 0 && cmp(1) <= 0
	}
	return false
}

// struck is a rule that applied: how strongly, where, on how many lines.
type struck struct {
	rule        *plainRule
	level       int
	line, lines int
}

// judge asks every rule in force.
func (t *riskTable) judge(f *facts, day string, credit int, mode string) []struck {
	var all []struck
	for i := range t.rules {
		p := &t.rules[i]
		if day < p.ValidFrom.String() || p.ValidTo != 0 && day > p.ValidTo.String() ||
			len(p.Credit) > 0 && !slices.Contains(p.Credit, credit) || len(p.Modes) > 0 && !slices.Contains(p.Modes, mode) {
			continue
		}
		s := struck{rule: p}
		first, last := -1, 0
		if p.line {
			first, last = 0, len(f.Lines)
		}
		for line := first; line < last; line++ {
			level := t.level(p, f, line)
			if level == 0 {
				continue
			}
			if s.lines++; level > s.level {
				s.level, s.line = level, line+1
			}
		}
		if s.level > 0 {
			if !p.line {
				s.lines = 0
			}
			all = append(all, s)
		}
	}
	return all
}

func (t *riskTable) level(p *plainRule, f *facts, line int) int {
	for _, group := range p.groups {
		if !slices.ContainsFunc(group, func(c condition) bool { return t.holds(&c, f, line) }) {
			return 0
		}
	}
	if p.Measure == "" {
		return 1
	}
	v := t.of(f, p.Measure, line)
	if v == nil {
		return 0
	}
	level, text := 0, fmt.Sprint(v)
	reached := func(c int) bool { return p.Direction == "down" && c <= 0 || p.Direction != "down" && c >= 0 }
	q := decimal(text)
	for _, threshold := range p.levels {
		if q != nil && reached(q.Cmp(threshold)) {
			level++
		}
	}
	for _, day := range p.days {
		if reached(strings.Compare(text, day)) {
			level++
		}
	}
	return level
}

// UnmarshalJSON reads facts with their numbers as they are written.
func (f *facts) UnmarshalJSON(raw []byte) error {
	value, err := tree(raw)
	if err != nil {
		return err
	}
	whole, _ := value.(map[string]any)
	f.Head, _ = whole["head"].(map[string]any)
	lines, _ := whole["lines"].([]any)
	for _, one := range lines {
		line, _ := one.(map[string]any)
		f.Lines = append(f.Lines, line)
	}
	return nil
}
