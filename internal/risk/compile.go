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
	any  []test
	line bool // speaks of a goods line
}

// test is a compiled condition: one comparison of one slot.
type test struct {
	field *Field
	op    Op
	not   bool // for NotIn and HasNone: turn the answer of In and HasAny
	slot  int
	line  bool
	n, m  int64
	ns    []int64 // values of In and NotIn on numbers
	s     string
	list  []string            // sorted
	set   map[string]struct{} // instead of list when it is long
	src   Condition
	text  string // src as written, for why cards
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
		for _, cond := range g.Any {
			t, err := compileTest(cond, c, lists)
			if err := faults.Add("", err); err != nil {
				return nil, false, err
			}
			cl.line = cl.line || t.line
			cl.any = append(cl.any, t)
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
	t := test{field: field, op: cond.Op, slot: field.slot, line: field.Line, src: cond, text: cond.String()}
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
	switch cond.Op {
	case Known, Unknown:
		return t, nil
	case NotIn, HasNone:
		t.not = true
	case Eq, Ne, Lt, Le, Gt, Ge, Between, In, Starts, HasAny:
	}
	for _, v := range values {
		if err := t.add(v); err != nil {
			return test{}, fault.New(fault.Invalid, "RISK-FIELD-03", "", "{value} is no {type} for {field} (character {at})",
				"texts and codes in quotes; money with 2 decimals; rates as 0.3 or 30%; days as 2026-01-31; true or false for flags",
				"value", v.String(), "type", field.Type, "field", field.Name, "at", cond.At).Because(err)
		}
	}
	slices.Sort(t.list)
	if len(t.list) > 12 && t.op != Starts {
		t.set = make(map[string]struct{}, len(t.list))
		for _, s := range t.list {
			t.set[s] = struct{}{}
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
	switch t.field.Type {
	case Text, Code, Set:
		if v.Form != FormString || (t.op == Starts && v.Text == "") {
			return errForm
		}
		t.s = v.Text
		t.list = append(t.list, v.Text)
		return nil
	case Money, Quantity, Rate, Date, Bool, Count:
	}
	n, err := t.field.literal(v)
	if err != nil {
		return err
	}
	switch t.op {
	case In, NotIn:
		t.ns = append(t.ns, n)
	case Between:
		if t.ns = append(t.ns, n); len(t.ns) == 1 {
			t.n = n
			return nil
		}
		if t.m = n; t.m < t.n {
			return errForm
		}
	case Eq, Ne, Lt, Le, Gt, Ge, Starts, HasAny, HasNone, Known, Unknown:
		t.n = n
	}
	return nil
}

// ask evaluates one condition on a head or line value.
func (t *test) ask(v *value) truth {
	if t.op == Known || t.op == Unknown {
		return is(v.known == (t.op == Known))
	}
	if !v.known {
		return open
	}
	switch t.op {
	case Eq, Ne:
		if t.field.Type == Text || t.field.Type == Code {
			return is((v.s == t.s) == (t.op == Eq))
		}
		return is((v.n == t.n) == (t.op == Eq))
	case Lt:
		return is(v.n < t.n)
	case Le:
		return is(v.n <= t.n)
	case Gt:
		return is(v.n > t.n)
	case Ge:
		return is(v.n >= t.n)
	case Between:
		return is(v.n >= t.n && v.n <= t.m)
	case In, NotIn:
		if t.field.Type.ordered() {
			return is(slices.Contains(t.ns, v.n) != t.not)
		}
		return is(t.contains(v.s) != t.not)
	case Starts:
		for _, prefix := range t.list {
			if strings.HasPrefix(v.s, prefix) {
				return yes
			}
		}
		return no
	case HasAny, HasNone:
		return is(slices.ContainsFunc(v.set, t.contains) != t.not)
	case Known, Unknown:
	}
	return no
}

func (t *test) contains(s string) bool {
	if t.set != nil {
		_, ok := t.set[s]
		return ok
	}
	return slices.Contains(t.list, s)
}

func is(b bool) truth {
	if b {
		return yes
	}
	return no
}
