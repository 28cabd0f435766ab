package risk

import (
	"encoding/json"
	"fmt"
	"strconv"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/jsonform"
	"seine/internal/num"
)

// value holds one fact: n for everything with an order and for bool, s for text
// and codes, set for sets.
type value struct {
	known bool
	n     int64
	s     string
	set   []string
}

// Facts is what is known about one subject: head values and values per goods
// line. What was never set is unknown, which is something else than empty or 0.
// Setting a fact that the catalogue lacks, or with another type, is remembered
// and returned by Err and by Assess, so that a builder of facts reads as a plain
// list.
type Facts struct {
	catalogue *Catalogue
	head      []value
	lines     []value // line by line, catalogue.lines each
	count     int
	faults    fault.List
}

// NewFacts gives facts with nothing known, with room for so many goods lines.
func NewFacts(c *Catalogue, lines int) *Facts {
	return &Facts{catalogue: c, head: make([]value, c.heads), lines: make([]value, 0, lines*c.lines)}
}

// Reset forgets everything but the catalogue, so that the memory is used again.
func (f *Facts) Reset() {
	clear(f.head)
	clear(f.lines)
	f.lines, f.count, f.faults = f.lines[:0], 0, nil
}

// Head gives the row of facts about the whole subject.
func (f *Facts) Head() Row { return Row{f, -1} }

// AddLine appends a goods line and gives its row.
func (f *Facts) AddLine() Row {
	for range f.catalogue.lines {
		f.lines = append(f.lines, value{})
	}
	f.count++
	return Row{f, f.count - 1}
}

// Lines gives the number of goods lines.
func (f *Facts) Lines() int { return f.count }

// Err gives all faults of setting: RISK-FACT-01 (not in the catalogue),
// RISK-FACT-02 (other type), RISK-FACT-03 (a line fact set on the head or the
// other way round).
func (f *Facts) Err() error { return f.faults.OrNil() }

// Row is the head or one line of facts.
type Row struct {
	facts *Facts
	line  int
}

// place finds where name is kept in this row, or notes the fault.
func (r Row) place(name string, want ...Type) *value {
	f := r.facts
	field, ok := f.catalogue.byName[name]
	path := "/" + name
	if r.line >= 0 {
		path = pointer("lines", r.line) + path
	}
	if !ok {
		f.faults = append(f.faults, fault.New(fault.Invalid, "RISK-FACT-01", path, "there is no fact “{name}” for a {kind}",
			"did you mean {nearest}? New facts are declared in the fact catalogue first", "name", name, "kind", f.catalogue.Kind,
			"nearest", f.catalogue.nearest(name)))
		return nil
	}
	fits := false
	for _, t := range want {
		fits = fits || t == field.Type
	}
	if !fits {
		f.faults = append(f.faults, fault.New(fault.Invalid, "RISK-FACT-02", path, "fact {name} is a {type}, not a {given}",
			"give it as the catalogue declares it", "name", name, "type", field.Type, "given", want[0]))
		return nil
	}
	if field.Line != (r.line >= 0) {
		f.faults = append(f.faults, fault.New(fault.Invalid, "RISK-FACT-03", path, "fact {name} belongs to the other level",
			"set facts of a line on a line and facts of the document on the head", "name", name))
		return nil
	}
	if r.line < 0 {
		return &f.head[field.slot]
	}
	return &f.lines[r.line*f.catalogue.lines+field.slot]
}

// Text sets a text or code; an empty one stays unknown.
func (r Row) Text(name, s string) Row {
	if v := r.place(name, Code, Text); v != nil && s != "" {
		*v = value{known: true, s: s}
	}
	return r
}

// Money sets an amount.
func (r Row) Money(name string, m num.Money) Row { return r.number(name, Money, int64(m)) }

// Quantity sets a quantity in the unit the catalogue names.
func (r Row) Quantity(name string, q num.Quantity) Row { return r.number(name, Quantity, int64(q)) }

// Rate sets a ratio.
func (r Row) Rate(name string, rate num.Rate) Row { return r.number(name, Rate, int64(rate)) }

// Date sets a day; the zero day stays unknown.
func (r Row) Date(name string, d clock.Date) Row {
	if d == 0 {
		r.place(name, Date)
		return r
	}
	return r.number(name, Date, int64(d))
}

// Count sets a whole number.
func (r Row) Count(name string, n int64) Row { return r.number(name, Count, n) }

// Flag sets a yes or no.
func (r Row) Flag(name string, yes bool) Row {
	if yes {
		return r.number(name, Bool, 1)
	}
	return r.number(name, Bool, 0)
}

// Set sets several codes; an empty set is known to be empty. The slice is kept,
// not copied.
func (r Row) Set(name string, codes []string) Row {
	if v := r.place(name, Set); v != nil {
		*v = value{known: true, set: codes}
	}
	return r
}

func (r Row) number(name string, t Type, n int64) Row {
	if v := r.place(name, t); v != nil {
		*v = value{known: true, n: n}
	}
	return r
}

// print writes a value as rules and why cards show it; "" when unknown.
func (f *Field) print(v value) string {
	if !v.known {
		return ""
	}
	switch f.Type {
	case Text, Code:
		return v.s
	case Set:
		return fmt.Sprint(v.set)
	}
	return f.printNumber(v.n)
}

func (f *Field) printNumber(n int64) string {
	switch f.Type {
	case Money:
		return num.Money(n).Fixed()
	case Quantity:
		return num.Quantity(n).String()
	case Rate:
		return num.Rate(n).String()
	case Date:
		return clock.Date(n).String()
	case Bool:
		return strconv.FormatBool(n != 0)
	case Count, Text, Code, Set:
	}
	return strconv.FormatInt(n, 10)
}

// MarshalJSON writes the known facts: {"kind", "head": {name: value}, "lines":
// [{…}]}. Numbers with decimals are strings, flags are booleans, counts are
// numbers, sets are arrays. ReadFacts reads it back.
func (f *Facts) MarshalJSON() ([]byte, error) { return f.AppendJSON(nil) }

// AppendJSON appends what MarshalJSON writes.
func (f *Facts) AppendJSON(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: b}
	w.Open('{')
	w.Member("kind", string(f.catalogue.Kind))
	w.Name("head")
	f.appendRow(&w, f.head, false)
	if f.count > 0 {
		w.Name("lines")
		w.Open('[')
		for i := range f.count {
			f.appendRow(&w, f.lines[i*f.catalogue.lines:(i+1)*f.catalogue.lines], true)
		}
		w.Close(']')
	}
	w.Close('}')
	return w.B, nil
}

func (f *Facts) appendRow(w *jsonform.Writer, values []value, line bool) {
	w.Open('{')
	for i := range f.catalogue.Fields { // by name
		field := &f.catalogue.Fields[i]
		if field.Line != line || !values[field.slot].known {
			continue
		}
		v := &values[field.slot]
		w.Name(field.Name)
		switch field.Type {
		case Bool:
			w.Bool(v.n != 0)
		case Count:
			w.Int(v.n)
		case Set:
			w.Open('[')
			for _, code := range v.set {
				w.Text(code)
			}
			w.Close(']')
		case Text, Code, Money, Quantity, Rate, Date:
			w.Text(field.print(*v))
		}
	}
	w.Close('}')
}

// ReadFacts reads what MarshalJSON writes. Faults: RISK-FACT-01 to -03, and
// RISK-FACT-04 when it is no such JSON or of another kind than the catalogue.
func ReadFacts(c *Catalogue, data []byte) (*Facts, error) {
	var body struct {
		Kind  Kind                         `json:"kind"`
		Head  map[string]json.RawMessage   `json:"head"`
		Lines []map[string]json.RawMessage `json:"lines"`
	}
	unreadable := func(path string, err error) error {
		return fault.New(fault.Invalid, "RISK-FACT-04", path, "these are no facts of a {kind}",
			"give kind, head and lines with the values as the fact catalogue declares them", "kind", c.Kind).Because(err)
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return nil, unreadable("", err)
	}
	if body.Kind != c.Kind {
		return nil, unreadable("/kind", nil)
	}
	f := NewFacts(c, len(body.Lines))
	for name, raw := range body.Head {
		if err := f.Head().read(name, raw); err != nil {
			return nil, unreadable("/head/"+name, err)
		}
	}
	for i, line := range body.Lines {
		row := f.AddLine()
		for name, raw := range line {
			if err := row.read(name, raw); err != nil {
				return nil, unreadable(pointer("lines", i)+"/"+name, err)
			}
		}
	}
	return f, f.Err()
}

func (r Row) read(name string, raw json.RawMessage) error {
	field, ok := r.facts.catalogue.byName[name]
	if !ok {
		r.Text(name, "") // notes RISK-FACT-01
		return nil
	}
	switch field.Type {
	case Bool:
		var b bool
		if err := json.Unmarshal(raw, &b); err != nil {
			return err
		}
		r.Flag(name, b)
	case Count:
		var n int64
		if err := json.Unmarshal(raw, &n); err != nil {
			return err
		}
		r.Count(name, n)
	case Set:
		var set []string
		if err := json.Unmarshal(raw, &set); err != nil {
			return err
		}
		r.Set(name, set)
	case Text, Code, Money, Quantity, Rate, Date:
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		if field.Type == Text || field.Type == Code {
			r.Text(name, s)
			return nil
		}
		n, err := field.parse(s)
		if err != nil {
			return err
		}
		r.number(name, field.Type, n)
	}
	return nil
}

// parse reads a value of an ordered type as a rule or a stored fact writes it.
func (f *Field) parse(s string) (int64, error) {
	switch f.Type {
	case Money:
		v, err := num.ParseMoney(s)
		return int64(v), err
	case Quantity:
		v, err := num.ParseQuantity(s)
		return int64(v), err
	case Rate:
		v, err := num.ParseRate(s)
		return int64(v), err
	case Date:
		v, err := clock.ParseDate(s)
		return int64(v), err
	case Count:
		return strconv.ParseInt(s, 10, 64)
	case Text, Code, Bool, Set:
	}
	return 0, fmt.Errorf("a %s has no number", f.Type)
}

// pointer gives "/name/i", an RFC 6901 pointer to element i.
func pointer(name string, i int) string { return "/" + name + "/" + strconv.Itoa(i) }
