package tariff

import (
	"strconv"
	"strings"

	"seine/internal/num"
)

// Op says how a component of a duty expression joins what stands before it.
type Op uint8

// The ways a component joins. AtLeast and AtMost bound the sum so far; BoundPlus
// adds to the bound just before it: "max 18.9% and 16.5/100 kg".
const (
	Plus Op = iota
	Minus
	AtLeast
	AtMost
	BoundPlus
)

// Component is one term of a duty expression: a share of the value (Unit empty)
// or an amount for each unit of quantity. The amount is Rate ÷ Per, which keeps
// 33 1/3 % (1 ÷ 3) and 0.0622005 cents (0.0622005 ÷ 100) exact.
type Component struct {
	Op       Op           `json:"op,omitempty"`
	Rate     num.Rate     `json:"rate"`
	Per      int64        `json:"per,omitempty"` // 0 is 1
	Unit     UnitCode     `json:"unit,omitempty"`
	Currency CurrencyCode `json:"currency,omitempty"` // of an amount; empty is the schedule's
	Basis    string       `json:"basis,omitempty"`    // part or content it is taken on; empty is the whole
	Times    UnitCode     `json:"times,omitempty"`    // times the goods' quantity in this unit: each % vol of a hectolitre
	Over     num.Quantity `json:"over,omitempty"`     // only what exceeds this many units counts
	Under    num.Quantity `json:"under,omitempty"`    // times each degree by which the goods stay below this
}

// Divisor gives Per, 1 when it is not set.
func (c *Component) Divisor() int64 {
	if c.Per == 0 {
		return 1
	}
	return c.Per
}

// Reference is a rate that stands elsewhere. It can be worked out only together
// with the goods it points to.
type Reference uint8

// What a rate text may point to.
const (
	NoReference      Reference = iota
	ApplicableCode             // the duty of the code the goods have otherwise
	AbsentThisCode             // the duty as if this line did not exist
	NamedCode                  // the duty of the heading or codes in See
	EachInSet                  // each article of an ensemble at its own rate
	HighestInSet               // the article of the set with the highest rate
	ArticleItBelongs           // the article of which it is a part or accessory
	CompleteMovement           // the complete, assembled movement
	Note                       // a note to the chapter or section
	NoChange                   // the rate as it was before this line
	PartialValue               // duty on a part of the value set out in a note
	LikeArticles               // duty and taxes on like articles, capped
	EntryPrice                 // an entry price of the season, in a table of its own
	Agricultural               // an agricultural component by the goods' composition, in a table of its own
)

// Span is a code that a rate names, with all below it, or the codes from one to
// another: "2009", "98230301-98230312".
type Span string

// spanOf makes a span of the code first, up to last where that is not empty.
func spanOf(first, last string) (Span, bool) {
	from, err := ParseCode(first)
	if err != nil || last == "" {
		return Span(from), err == nil
	}
	to, err := ParseCode(last)
	return Span(from + "-" + to), err == nil && len(from) == len(to) && from < to
}

// Code gives the code, when the span is one code and not several.
func (s Span) Code() (Code, bool) { return Code(s), !strings.Contains(string(s), "-") }

// Holds tells whether code is the code of the span, one between its two, or one
// below these.
func (s Span) Holds(code Code) bool {
	from, to, found := strings.Cut(string(s), "-")
	if !found {
		to = from
	}
	return len(code) >= len(from) && from <= string(code[:len(from)]) && string(code[:len(to)]) <= to
}

// Expression is a duty expression: the terms of a rate, in order.
type Expression struct {
	Text       string      `json:"text"` // as the source writes it
	Components []Component `json:"terms,omitempty"`
	Reference  Reference   `json:"refers,omitempty"`
	See        []Span      `json:"see,omitempty"`        // codes a reference names
	Proviso    string      `json:"proviso,omitempty"`    // condition in words ("under bond …")
	Understood bool        `json:"understood,omitempty"` // false: never calculate with it
}

// Free tells whether the expression is plainly free of duty.
func (e *Expression) Free() bool {
	return e.Understood && e.Reference == NoReference && len(e.Components) == 1 &&
		e.Components[0].Rate == 0 && e.Components[0].Unit == ""
}

// Plain gives the rate when the expression is one share of the whole value and
// nothing else; the usual case, worth a short way.
func (e *Expression) Plain() (num.Rate, bool) {
	if !e.Understood || e.Reference != NoReference || len(e.Components) != 1 {
		return 0, false
	}
	c := &e.Components[0]
	if c.Op != Plus || c.Unit != "" || c.Basis != "" || c.Per > 1 {
		return 0, false
	}
	return c.Rate, true
}

// Calculable tells whether the duty follows from value and quantities alone.
func (e *Expression) Calculable() bool {
	return e.Understood && e.Reference == NoReference && len(e.Components) > 0
}

// AdValorem gives the expression of a plain rate.
func AdValorem(rate num.Rate) *Expression {
	return &Expression{Text: rate.PercentString() + "%", Components: []Component{{Rate: rate}}, Understood: true}
}

// Specific gives the expression of amount per one unit.
func Specific(amount num.Rate, unit UnitCode) *Expression {
	return &Expression{Text: amount.String() + "/" + string(unit), Components: []Component{{Rate: amount, Unit: unit}}, Understood: true}
}

// And gives an expression with the terms of both; the texts are joined.
func (e *Expression) And(f *Expression) *Expression {
	return &Expression{
		Text:       e.Text + " + " + f.Text,
		Components: append(append([]Component(nil), e.Components...), f.Components...),
		Understood: e.Understood && f.Understood && e.Reference == NoReference && f.Reference == NoReference,
	}
}

// String gives the expression in our own notation, the same for all sources:
// "20% + 0.088 USD/KGM", "min 0.5/NAR". References are shown as their text.
func (e *Expression) String() string {
	if !e.Understood || e.Reference != NoReference {
		return e.Text
	}
	var b strings.Builder
	for i := range e.Components {
		c := &e.Components[i]
		if i > 0 || c.Op != Plus {
			b.WriteString([...]string{" + ", " - ", " min ", " max ", " and "}[c.Op])
		}
		b.WriteString(c.String())
	}
	return strings.TrimSpace(b.String())
}

// String gives the term without its sign.
func (c *Component) String() string {
	var b strings.Builder
	if c.Unit == "" {
		b.WriteString(c.Rate.PercentString() + "%")
		if c.Per > 1 {
			b.WriteString("/" + strconv.FormatInt(c.Per, 10))
		}
	} else {
		b.WriteString(c.Rate.String())
		if c.Currency != "" {
			b.WriteString(" " + string(c.Currency))
		}
		b.WriteString("/")
		if c.Per > 1 {
			b.WriteString(strconv.FormatInt(c.Per, 10) + " ")
		}
		b.WriteString(string(c.Unit))
		if c.Times != "" {
			b.WriteString(" per " + string(c.Times))
		}
	}
	if c.Over != 0 {
		b.WriteString(" over " + c.Over.String())
	}
	if c.Under != 0 {
		b.WriteString(" per degree under " + c.Under.String())
	}
	if c.Basis != "" {
		b.WriteString(" on " + c.Basis)
	}
	return b.String()
}
