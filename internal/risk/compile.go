package risk

import (
	"errors"
	"slices"
	"sort"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// clause is a compiled group of alternatives.
type clause struct {
	first test
	rest  []test // alternatives to first
	line  bool   // speaks of a goods line
}

func (c *clause) tests() int { return 1 + len(c.rest) }

func (c *clause) test(i int) *test {
	if i == 0 {
		return &c.first
	}
	return &c.rest[i-1]
}

// test is a compiled condition: one comparison of one slot. It is kept small
// because hundreds of them are walked through for every subject; what only the
// why card needs hangs behind the pointer.
type test struct {
	ask  asking
	not  bool // turn the answer of a list
	line bool
	slot int32
	n, m int64
	s    string
	in   *listed
	why  *why
}

// listed are the values of a condition that compares with several.
type listed struct {
	texts   []string
	set     map[string]struct{} // instead of texts when they are many
	numbers []int64
}

type why struct {
	field *Field
	text  string // the condition as written
}

// asking is a comparison fitted to the type of its field.
type asking uint8

const (
	askKnown asking = iota
	askUnknown
	askText
	askNotText
	askNumber
	askNotNumber
	askLess
	askAtMost
	askMore
	askAtLeast
	askBetween
	askTextIn
	askNumberIn
	askStarts
	askHas
)

// asked gives the comparison for an operator on a type that fits it.
func asked(op Op, t Type) asking {
	text := t == Text || t == Code
	switch op {
	case Known:
		return askKnown
	case Eq:
		if text {
			return askText
		}
		return askNumber
	case Ne:
		if text {
			return askNotText
		}
		return askNotNumber
	case Lt:
		return askLess
	case Le:
		return askAtMost
	case Gt:
		return askMore
	case Ge:
		return askAtLeast
	case Between:
		return askBetween
	case In, NotIn:
		if text {
			return askTextIn
		}
		return askNumberIn
	case Starts:
		return askStarts
	case HasAny, HasNone:
		return askHas
	case Unknown:
	}
	return askUnknown
}

// truth has three values: what depends on an unknown fact is neither true nor
// false.
type truth uint8

const (
	no truth = iota
	yes
	open
)

// compileExpr checks an expression against the catalogue. It tells whether any
// part speaks of goods lines. Faults: RISK-FIELD-01 (unknown, with the nearest
// name), RISK-FIELD-02 (comparison does not fit the type), RISK-FIELD-03 (value
// does not fit the type), RISK-LIST-01 (unknown or empty named list).
func compileExpr(e Expr, c *Catalogue, lists Lists) (clauses []clause, line bool, err error) {
	var faults fault.List
	for _, g := range e.All {
		var cl clause
		for i, cond := range g.Any {
			t, err := compileTest(cond, c, lists)
			if err := faults.Add("", err); err != nil {
				return nil, false, err
			}
			cl.line = cl.line || t.line
			if i == 0 {
				cl.first = t
			} else {
				cl.rest = append(cl.rest, t)
			}
		}
		line = line || cl.line
		clauses = append(clauses, cl)
	}
	// Conditions on the whole document first: they are asked once, not per line.
	sort.SliceStable(clauses, func(i, j int) bool { return !clauses[i].line && clauses[j].line })
	return clauses, line, faults.OrNil()
}

func unknownField(name string, c *Catalogue, at int) *fault.Fault {
	return fault.New(fault.Invalid, "RISK-FIELD-01", "", "there is no fact “{field}” for a {kind} (character {at})",
		"did you mean {nearest}?", "field", name, "kind", c.Kind, "at", at, "nearest", c.nearest(name))
}

func compileTest(cond Condition, c *Catalogue, lists Lists) (test, error) {
	field, ok := c.byName[cond.Field]
	if !ok {
		return test{}, unknownField(cond.Field, c, cond.At)
	}
	t := test{
		slot: int32(field.slot), line: field.Line, not: cond.Op == NotIn || cond.Op == HasNone,
		why: &why{field: field, text: cond.String()}, in: &listed{},
	}
	if !fits(cond.Op, field.Type) {
		return test{}, fault.New(fault.Invalid, "RISK-FIELD-02", "", "{field} is a {type}: “{op}” cannot be asked of it (character {at})",
			"texts and codes know = != in, not in, starts; numbers and dates = != < <= > >= between, in; flags = !=; sets has any, has none",
			"field", field.Name, "type", field.Type, "op", cond.Op, "at", cond.At)
	}
	values := cond.Values
	if cond.List != "" {
		list, ok := lists[cond.List]
		if !ok || len(list.Values) == 0 {
			return test{}, fault.New(fault.Invalid, "RISK-LIST-01", "", "there is no list @{list} with values in it (character {at})",
				"define it under lists, or write the values in [ ]", "list", cond.List, "at", cond.At)
		}
		values = nil
		for _, v := range list.Values {
			values = append(values, field.listValue(v))
		}
	}
	t.ask = asked(cond.Op, field.Type)
	for _, v := range values {
		if err := t.add(v); err != nil {
			return test{}, fault.New(fault.Invalid, "RISK-FIELD-03", "", "{value} is no {type} for {field} (character {at})",
				"texts and codes in quotes; money with 2 decimals; rates as 0.3 or 30%; days as 2026-01-31; true or false for flags",
				"value", v.String(), "type", field.Type, "field", field.Name, "at", cond.At).Because(err)
		}
	}
	if len(t.in.texts) > 12 && t.ask != askStarts {
		t.in.set = make(map[string]struct{}, len(t.in.texts))
		for _, s := range t.in.texts {
			t.in.set[s] = struct{}{}
		}
	}
	return t, nil
}

// fits tells whether a comparison can be asked of a type.
func fits(op Op, t Type) bool {
	switch op {
	case Known, Unknown:
		return true
	case Eq, Ne:
		return t != Set
	case Lt, Le, Gt, Ge, Between:
		return t.ordered()
	case In, NotIn:
		return t == Text || t == Code || t.ordered()
	case Starts:
		return t == Text || t == Code
	case HasAny, HasNone:
		return t == Set
	}
	return false
}

// listValue gives the value of a named list the form its field expects; lists
// are plain texts.
func (f *Field) listValue(text string) Value {
	if f.Type.ordered() {
		return levelValue(text)
	}
	return Value{FormString, text}
}

// errForm is a value written in a form its field does not take; the caller
// makes the fault of it.
var errForm = errors.New("value in another form than the field's")

// literal reads a value of a rule for an ordered or yes-or-no field.
func (f *Field) literal(v Value) (int64, error) {
	switch {
	case f.Type == Bool && v.Form == FormBool:
		if v.Text == "true" {
			return 1, nil
		}
		return 0, nil
	case f.Type == Rate && v.Form == FormPercent:
		r, err := num.ParsePercent(v.Text)
		return int64(r), err
	case f.Type == Date && v.Form == FormDate:
		d, err := clock.ParseDate(v.Text)
		return int64(d), err
	case f.Type.ordered() && f.Type != Date && v.Form == FormNumber:
		return f.parse(v.Text)
	}
	return 0, errForm
}

func (t *test) add(v Value) error {
	field := t.why.field
	switch field.Type {
	case Text, Code, Set:
		if v.Form != FormString || (t.ask == askStarts && v.Text == "") {
			return errForm
		}
		t.s = v.Text
		t.in.texts = append(t.in.texts, v.Text)
		return nil
	case Money, Quantity, Rate, Date, Bool, Count:
	}
	n, err := field.literal(v)
	if err != nil {
		return err
	}
	t.in.numbers = append(t.in.numbers, n)
	if t.ask != askBetween || len(t.in.numbers) == 1 {
		t.n = n
		return nil
	}
	if t.m = n; t.m < t.n {
		return errForm
	}
	return nil
}

// of evaluates the condition on a value.
func (t *test) of(v *value) truth {
	if !v.known {
		switch t.ask {
		case askKnown:
			return no
		case askUnknown:
			return yes
		default:
			return open
		}
	}
	held := false
	switch t.ask {
	case askKnown:
		held = true
	case askUnknown:
	case askText:
		held = v.s == t.s
	case askNotText:
		held = v.s != t.s
	case askNumber:
		held = v.n == t.n
	case askNotNumber:
		held = v.n != t.n
	case askLess:
		held = v.n < t.n
	case askAtMost:
		held = v.n <= t.n
	case askMore:
		held = v.n > t.n
	case askAtLeast:
		held = v.n >= t.n
	case askBetween:
		held = v.n >= t.n && v.n <= t.m
	case askTextIn:
		held = t.in.contains(v.s) != t.not
	case askNumberIn:
		held = slices.Contains(t.in.numbers, v.n) != t.not
	case askStarts:
		for _, prefix := range t.in.texts {
			if strings.HasPrefix(v.s, prefix) {
				held = true
				break
			}
		}
	case askHas:
		held = slices.ContainsFunc(v.set, t.in.contains) != t.not
	}
	if held {
		return yes
	}
	return no
}

func (l *listed) contains(s string) bool {
	if l.set != nil {
		_, ok := l.set[s]
		return ok
	}
	return slices.Contains(l.texts, s)
}
