package risk

import (
	"strings"
	"unicode/utf8"

	"seine/internal/fault"
)

// Op is a comparison of the rule language.
type Op string

// The comparisons. Eq to Between compare one value, In and the Has family a
// list; Known and Unknown ask only whether the fact is there.
const (
	Eq      Op = "="
	Ne      Op = "!="
	Lt      Op = "<"
	Le      Op = "<="
	Gt      Op = ">"
	Ge      Op = ">="
	Between Op = "between" // both ends included
	In      Op = "in"
	NotIn   Op = "not in"
	Starts  Op = "starts"   // text begins with one of the values
	HasAny  Op = "has any"  // the set holds at least one of them
	HasNone Op = "has none" // the set holds none of them
	Known   Op = "is known"
	Unknown Op = "is unknown"
)

// Form is how a value was written.
type Form string

// The forms of a value.
const (
	FormString  Form = "string"
	FormNumber  Form = "number"
	FormPercent Form = "percent"
	FormDate    Form = "date"
	FormBool    Form = "bool"
)

// Value is a literal of a rule; Text is without quotes and without %.
type Value struct {
	Form Form   `json:"form"`
	Text string `json:"text"`
}

func (v Value) String() string {
	switch v.Form {
	case FormString:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.Text) + `"`
	case FormPercent:
		return v.Text + "%"
	case FormNumber, FormDate, FormBool:
	}
	return v.Text
}

// Condition is one comparison. Values come from the rule itself or from the
// named list List. At is the character (from 1) where it begins.
type Condition struct {
	Field  string  `json:"field"`
	Op     Op      `json:"op"`
	Values []Value `json:"values,omitempty"`
	List   string  `json:"list,omitempty"`
	At     int     `json:"-"`
}

// String writes the condition as Parse reads it.
func (c Condition) String() string {
	switch c.Op {
	case Known, Unknown:
		return c.Field + " " + string(c.Op)
	case Between:
		if len(c.Values) == 2 {
			return c.Field + " between " + c.Values[0].String() + " and " + c.Values[1].String()
		}
	case In, NotIn, Starts, HasAny, HasNone:
		if c.List != "" {
			return c.Field + " " + string(c.Op) + " @" + c.List
		}
		texts := make([]string, len(c.Values))
		for i, v := range c.Values {
			texts[i] = v.String()
		}
		return c.Field + " " + string(c.Op) + " [" + strings.Join(texts, ", ") + "]"
	case Eq, Ne, Lt, Le, Gt, Ge:
	}
	if len(c.Values) == 1 {
		return c.Field + " " + string(c.Op) + " " + c.Values[0].String()
	}
	return c.Field + " " + string(c.Op)
}

// Group is alternatives: it holds when one of its conditions does.
type Group struct {
	Any []Condition `json:"any"`
}

// Expr is a row of the decision table: it holds when all its groups do. This is
// less than free logic on purpose: every rule can be shown as a row of cells.
type Expr struct {
	All []Group `json:"all"`
}

// String writes the expression as Parse reads it, in one normal form.
func (e Expr) String() string {
	var b strings.Builder
	for i, g := range e.All {
		if i > 0 {
			b.WriteString(" and ")
		}
		if len(g.Any) > 1 && len(e.All) > 1 {
			b.WriteByte('(')
		}
		for j, c := range g.Any {
			if j > 0 {
				b.WriteString(" or ")
			}
			b.WriteString(c.String())
		}
		if len(g.Any) > 1 && len(e.All) > 1 {
			b.WriteByte(')')
		}
	}
	return b.String()
}

// Limits of one expression; more belongs into several rules or a named list.
const (
	maxExprBytes  = 16_000
	maxConditions = 64
)

// Parse reads one rule expression:
//
//	expression = group {"and" group} | condition {"or" condition}
//	group      = condition | "(" condition {"or" condition} ")"
//	condition  = field ("=" | "!=" | "<" | "<=" | ">" | ">=") value
//	           | field "between" value "and" value
//	           | field ("in" | "not in" | "starts" | "has any" | "has none") (list | value)
//	           | field "is" ("known" | "unknown")
//	           | field | "not" field
//	list       = "[" value {"," value} "]" | "@" name
//	value      = "text" | 1234.5 | 30% | 2026-01-31 | true | false
//
// A field alone means that a yes-or-no fact is yes. Line breaks count as blanks.
// Faults, with the character (from 1) where they are: RISK-EXPR-01 (unexpected
// word or sign), -02 (text without closing quote), -03 (and and or mixed without
// brackets), -04 (too long). Fields and types are checked by the table.
func Parse(src string) (Expr, error) {
	if len(src) > maxExprBytes {
		return Expr{}, fault.New(fault.Invalid, "RISK-EXPR-04", "", "the expression is longer than a rule may be",
			"make several rules of it, or put the values into a named list")
	}
	p := &parser{src: src, column: 1}
	p.next()
	e := p.expression()
	if p.fault == nil && p.tok.kind != tokEnd {
		p.unexpected("and, or, or the end")
	}
	if p.fault != nil {
		return Expr{}, p.fault
	}
	return e, nil
}

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokWord
	tokString
	tokNumber
	tokPercent
	tokDate
	tokList // @name
	tokSign
	tokBad
)

type token struct {
	kind tokenKind
	text string
	at   int
}

// parser reads src once, from left to right, with one token of look-ahead. The
// first fault stops it.
type parser struct {
	src        string
	pos        int // byte
	column     int // character, from 1
	tok        token
	conditions int
	fault      *fault.Fault
}

func (p *parser) fail(f *fault.Fault) {
	if p.fault == nil {
		p.fault = f
	}
	p.tok = token{kind: tokEnd, at: p.tok.at}
	p.pos = len(p.src)
}

func (p *parser) unexpected(expected string) {
	found := p.tok.text
	if p.tok.kind == tokEnd {
		found = "…"
	}
	p.fail(fault.New(fault.Invalid, "RISK-EXPR-01", "", "“{found}” at character {at} is not understood",
		"expected here: {expected}", "found", clip(found), "at", p.tok.at, "expected", expected))
}

func (p *parser) advance(n int) {
	p.column += utf8.RuneCountInString(p.src[p.pos : p.pos+n])
	p.pos += n
}

func (p *parser) next() {
	for p.pos < len(p.src) && strings.IndexByte(" \t\r\n", p.src[p.pos]) >= 0 {
		p.advance(1)
	}
	p.tok = token{kind: tokEnd, at: p.column}
	if p.pos >= len(p.src) {
		return
	}
	c := p.src[p.pos]
	rest := p.src[p.pos:]
	switch {
	case c >= 'a' && c <= 'z':
		p.take(tokWord, span(rest, isWord))
	case c >= '0' && c <= '9', c == '-' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		p.number(rest)
	case c == '"':
		p.string(rest)
	case c == '@':
		n := 1 + span(rest[1:], isWord)
		p.take(tokList, n)
		p.tok.text = p.tok.text[1:]
		if p.tok.text == "" {
			p.tok = token{tokBad, "@", p.tok.at}
		}
	default:
		p.sign(rest)
	}
}

func (p *parser) take(kind tokenKind, n int) {
	p.tok = token{kind, p.src[p.pos : p.pos+n], p.column}
	p.advance(n)
}

func (p *parser) number(rest string) {
	n := 1 + span(rest[1:], func(c byte) bool { return c >= '0' && c <= '9' || c == '.' || c == '-' })
	text := rest[:n]
	switch {
	case strings.LastIndexByte(text, '-') > 0:
		p.take(tokDate, n)
	case n < len(rest) && rest[n] == '%':
		p.take(tokPercent, n)
		p.advance(1)
	default:
		p.take(tokNumber, n)
	}
}

func (p *parser) string(rest string) {
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			at := p.column
			p.advance(i + 1)
			p.tok = token{tokString, b.String(), at}
			return
		case '\\':
			i++
			if i < len(rest) {
				b.WriteByte(rest[i])
			}
		default:
			b.WriteByte(rest[i])
		}
	}
	p.fail(fault.New(fault.Invalid, "RISK-EXPR-02", "", "the text that begins at character {at} has no closing quote",
		"close it with a double quote", "at", p.column))
}

func (p *parser) sign(rest string) {
	for _, s := range []string{"==", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ","} {
		if strings.HasPrefix(rest, s) {
			p.take(tokSign, len(s))
			return
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	p.take(tokBad, n)
}

func (p *parser) is(kind tokenKind, text string) bool {
	return p.tok.kind == kind && p.tok.text == text
}

func (p *parser) accept(kind tokenKind, text string) bool {
	if !p.is(kind, text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expression() Expr {
	var e Expr
	first := p.group()
	e.All = append(e.All, first)
	if p.is(tokWord, "or") {
		if len(first.Any) > 1 {
			p.mixed()
			return e
		}
		for p.accept(tokWord, "or") {
			e.All[0].Any = append(e.All[0].Any, p.condition())
		}
		if p.is(tokWord, "and") {
			p.mixed()
		}
		return e
	}
	for p.accept(tokWord, "and") {
		e.All = append(e.All, p.group())
		if p.is(tokWord, "or") {
			p.mixed()
		}
	}
	return e
}

func (p *parser) mixed() {
	p.fail(fault.New(fault.Invalid, "RISK-EXPR-03", "", "“and” and “or” stand side by side at character {at}",
		"put the alternatives in brackets: a and (b or c); more than that is two rules", "at", p.tok.at))
}

func (p *parser) group() Group {
	if !p.accept(tokSign, "(") {
		return Group{Any: []Condition{p.condition()}}
	}
	g := Group{Any: []Condition{p.condition()}}
	for p.accept(tokWord, "or") {
		g.Any = append(g.Any, p.condition())
	}
	if p.is(tokWord, "and") {
		p.mixed()
	}
	if !p.accept(tokSign, ")") {
		p.unexpected("or, or a closing bracket")
	}
	return g
}

func (p *parser) condition() Condition {
	if p.conditions++; p.conditions > maxConditions {
		p.fail(fault.New(fault.Invalid, "RISK-EXPR-04", "", "the expression is longer than a rule may be",
			"make several rules of it, or put the values into a named list"))
	}
	c := Condition{At: p.tok.at, Op: Eq}
	not := p.accept(tokWord, "not")
	if p.tok.kind != tokWord || keyword(p.tok.text) {
		p.unexpected("the name of a fact")
		return c
	}
	c.Field = p.tok.text
	p.next()
	if not {
		c.Values = []Value{{FormBool, "false"}}
		return c
	}
	switch {
	case p.tok.kind == tokSign:
		p.comparison(&c)
	case p.accept(tokWord, "between"):
		c.Op = Between
		c.Values = []Value{p.value()}
		if !p.accept(tokWord, "and") {
			p.unexpected("and, with the upper end")
		}
		c.Values = append(c.Values, p.value())
	case p.accept(tokWord, "in"):
		c.Op = In
		p.values(&c)
	case p.accept(tokWord, "not"):
		if !p.accept(tokWord, "in") {
			p.unexpected("in")
		}
		c.Op = NotIn
		p.values(&c)
	case p.accept(tokWord, "starts"):
		c.Op = Starts
		p.values(&c)
	case p.accept(tokWord, "has"):
		switch {
		case p.accept(tokWord, "any"):
			c.Op = HasAny
		case p.accept(tokWord, "none"):
			c.Op = HasNone
		default:
			p.unexpected("any or none")
		}
		p.values(&c)
	case p.accept(tokWord, "is"):
		switch {
		case p.accept(tokWord, "known"):
			c.Op = Known
		case p.accept(tokWord, "unknown"):
			c.Op = Unknown
		default:
			p.unexpected("known or unknown")
		}
	default: // a yes-or-no fact alone
		c.Values = []Value{{FormBool, "true"}}
	}
	return c
}

func (p *parser) comparison(c *Condition) {
	switch p.tok.text {
	case "=", "==":
		c.Op = Eq
	case "!=", "<", "<=", ">", ">=":
		c.Op = Op(p.tok.text)
	default:
		// A closing bracket or a comma ends a fact that stands alone.
		c.Values = []Value{{FormBool, "true"}}
		return
	}
	p.next()
	c.Values = []Value{p.value()}
}

// values reads a list, a named list or a single value.
func (p *parser) values(c *Condition) {
	if p.tok.kind == tokList {
		c.List = p.tok.text
		p.next()
		return
	}
	if !p.accept(tokSign, "[") {
		c.Values = []Value{p.value()}
		return
	}
	for {
		c.Values = append(c.Values, p.value())
		if !p.accept(tokSign, ",") {
			break
		}
	}
	if !p.accept(tokSign, "]") {
		p.unexpected("a comma or ]")
	}
}

func (p *parser) value() Value {
	v := Value{Text: p.tok.text}
	switch {
	case p.tok.kind == tokString:
		v.Form = FormString
	case p.tok.kind == tokNumber:
		v.Form = FormNumber
	case p.tok.kind == tokPercent:
		v.Form = FormPercent
	case p.tok.kind == tokDate:
		v.Form = FormDate
	case p.is(tokWord, "true"), p.is(tokWord, "false"):
		v.Form = FormBool
	default:
		p.unexpected(`a value: "text", 1234.5, 30%, 2026-01-31, true or false`)
		return v
	}
	p.next()
	return v
}

func keyword(s string) bool {
	switch s {
	case "and", "or", "not", "in", "between", "is", "known", "unknown", "starts", "has", "any", "none", "true", "false":
		return true
	}
	return false
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.'
}

func span(s string, in func(byte) bool) int {
	for i := range len(s) {
		if !in(s[i]) {
			return i
		}
	}
	return len(s)
}

func clip(s string) string {
	if len(s) <= 40 {
		return s
	}
	n := 40
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
