package tariff

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"seine/internal/num"
)

// usGrammar is the way the Harmonized Tariff Schedule of the United States
// writes rates: "Free", "4.5%", "1.5¢/kg + 3%", "33 1/3%", "40¢ each + 6% on the
// case + 5.3% on the battery", "The duty provided in the applicable subheading +
// 25%", and for special programmes a list "Free (A,AU,BH) 5¢/kg (PE)".
type usGrammar struct {
	hyphen, blanks, value, amount, over, degrees, programmes, codes *regexp.Regexp
	references                                                      []usReference
}

// usReference is a wording that points elsewhere.
type usReference struct {
	begins string
	refers Reference
}

var us = sync.OnceValue(func() *usGrammar {
	return &usGrammar{
		hyphen:     regexp.MustCompile(`([a-z])- ([a-z])`),
		blanks:     regexp.MustCompile(`\s+`),
		value:      regexp.MustCompile(`^(\d[\d,]*(?:\.\d+)?)(?: (\d+)/(\d+))? ?(?:%|percent)(.*)$`),
		amount:     regexp.MustCompile(`^(\$)?(\d[\d,]*(?:\.\d+)?) ?(¢|cents?)? ?(?:/ ?|(each\b)|for each )(.*)$`),
		over:       regexp.MustCompile(`^jewel over (\d+)$`),
		degrees:    regexp.MustCompile(`^(.+) for each degree under (\d+) degrees \(and fractions of a degree in proportion\)$`),
		programmes: regexp.MustCompile(`\( ?([A-Z]{1,2}[*+#]?(?:[ ,.]+[A-Z]{1,2}[*+#]?)*) ?,? ?\)`),
		codes:      regexp.MustCompile(`\b\d{4}(?:\.\d{2}){0,3}\b`),
		references: []usReference{
			{"the duty provided", ApplicableCode},
			{"the duty rate provided", ApplicableCode},
			{"the rate of duty applicable to that article in the set subject to the highest", HighestInSet},
			{"the rate applicable to each garment in the", EachInSet},
			{"the rate applicable to each article in the absence", AbsentThisCode},
			{"the rate applicable, to each article in the absence", AbsentThisCode},
			{"the rate applicable in the absence", AbsentThisCode},
			{"the rate applicable to the natural juice in heading", NamedCode},
			{"the rate provided for beneficiary countries in heading", NamedCode},
			{"the rate applicable to the article of which it is", ArticleItBelongs},
			{"the rate applicable to the complete, assembled", CompleteMovement},
			{"see additional u.s. note", Note},
			{"see u.s. note", Note},
			{"see ", NamedCode},
			{"no change", NoChange},
			{"a duty upon the value of", PartialValue},
			{"a duty upon the full value of", PartialValue},
			{"a duty equal to the duty upon the importation of like articles", LikeArticles},
			{"a duty (in lieu of any other duty or tax)", LikeArticles},
		},
	}
})

// usMovementCap is what follows the rate on parts of movements: a ceiling that
// can be worked out only with the complete movement.
const usMovementCap = ", but if consisting in part of a plate or a set of plates the total duty shall not exceed the duty for the complete movement"

// usUnits are the units of rate texts; basis is the content a unit implies.
var usUnits = map[string]Unit{
	"kg": {Code: "KGM"}, "g": {Code: "GRM"}, "t": {Code: "TNE"}, "liter": {Code: "LTR"}, "l": {Code: "LTR"}, "pf.liter": {Code: "PFL"},
	"bbl": {Code: "BLL"}, "doz.": {Code: "DZN"}, "doz": {Code: "DZN"}, "gross": {Code: "GRO"}, "pr.": {Code: "NPR"}, "pr": {Code: "NPR"},
	"m2": {Code: "MTK"}, "m²": {Code: "MTK"}, "m3": {Code: "MTQ"}, "m": {Code: "MTR"}, "lin. m": {Code: "MTR"}, "head": {Code: "NAR"}, "each": {Code: "NAR"},
	"article": {Code: "NAR"}, "pack": {Code: "PCK"}, "jewel": {Code: "JWL"}, "clean kg": {"KGM", "clean yield"}, "line/gross": {Code: "GRL"}, "line/ gross": {Code: "GRL"},
	"1000": {Code: "MIL"}, "1,000": {Code: "MIL"}, "1,000 pins": {Code: "MIL"}, "thousand": {Code: "MIL"}, "other piece or part": {"NAR", "other pieces or parts"},
}

// usMisprints are slips of the printed schedule in otherwise plain texts.
var usMisprints = strings.NewReplacer("weght", "weight", "inthe ", "in the ", "in the in the ", "in the ", "thebattery", "the battery",
	"oralterations", "or alterations", "m2of ", "m2 of ", "pf. liter", "pf.liter", "but not less than ", "but not less than ", "but not less ", "but not less than ")

// ParseUSRate reads the text of a rate column. It always gives an expression:
// one that it does not understand keeps its text and is marked so. An empty
// text gives nil: the line has no rate of its own.
func ParseUSRate(text string) *Expression {
	g := us()
	s := strings.TrimSpace(g.blanks.ReplaceAllString(text, " "))
	if s == "" {
		return nil
	}
	e := &Expression{Text: s}
	s = usMisprints.Replace(g.hyphen.ReplaceAllString(s, "$1$2"))
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	s = strings.TrimSuffix(s, ".")
	lower := strings.ToLower(s)
	switch {
	case lower == "free":
		e.Components, e.Understood = []Component{{}}, true
		return e
	case strings.HasPrefix(lower, "free,") || strings.HasPrefix(lower, "free (see "):
		e.Components, e.Proviso, e.Understood = []Component{{}}, strings.TrimSpace(strings.TrimPrefix(s[4:], ",")), true
		return e
	}
	for _, r := range g.references {
		if strings.HasPrefix(lower, r.begins) {
			return g.reference(e, s, r.refers)
		}
	}
	if capped, found := strings.CutSuffix(s, usMovementCap); found {
		s = capped
		defer func() {
			if e.Understood {
				e.Reference, e.Proviso = CompleteMovement, strings.TrimPrefix(usMovementCap, ", ")
			}
		}()
	}
	if terms, ok := g.terms(s); ok {
		e.Components, e.Understood = terms, true
	}
	return e
}

// reference reads a wording that points elsewhere, with terms added to it.
func (g *usGrammar) reference(e *Expression, s string, refers Reference) *Expression {
	e.Reference, e.Understood = refers, true
	for _, c := range g.codes.FindAllString(s, -1) {
		if code, err := ParseCode(c); err == nil {
			e.See = append(e.See, code)
		}
	}
	if refers == NamedCode && len(e.See) == 0 {
		e.Understood = false
		return e
	}
	if refers != ApplicableCode {
		return e
	}
	for _, sign := range [...]struct {
		text string
		op   Op
	}{{"+", Plus}, {" plus ", Plus}, {" minus ", Minus}} {
		_, more, found := strings.Cut(s, sign.text)
		if !found {
			continue
		}
		more = strings.TrimPrefix(strings.TrimSpace(more), "a duty of ")
		terms, ok := g.terms(strings.TrimSpace(strings.Replace(more, "upon the value of", "on the value of", 1)))
		if !ok {
			e.Understood = false
			return e
		}
		terms[0].Op = sign.op
		e.Components = terms
		return e
	}
	return e
}

// terms reads "term + term less term but not less than term".
func (g *usGrammar) terms(s string) ([]Component, bool) {
	var out []Component
	for part := range strings.SplitSeq(s, "+") {
		rest := strings.TrimSpace(part)
		op := Plus
		for rest != "" {
			next, nextOp := "", Plus
			if a, b, found := strings.Cut(rest, " less "); found && !strings.HasPrefix(b, "than ") && !strings.HasSuffix(a, "not") {
				rest, next, nextOp = a, b, Minus
			} else if a, b, found := strings.Cut(rest, " but not less than "); found {
				rest, next, nextOp = a, b, AtLeast
			}
			c, ok := g.term(strings.TrimSpace(rest))
			if !ok {
				return nil, false
			}
			c.Op = op
			out = append(out, c)
			rest, op = strings.TrimSpace(next), nextOp
		}
		if strings.TrimSpace(part) == "" {
			return nil, false
		}
	}
	return out, len(out) > 0
}

// term reads one percentage or one amount per unit.
func (g *usGrammar) term(s string) (Component, bool) {
	if m := g.value.FindStringSubmatch(s); m != nil {
		var c Component
		rate, err := num.ParsePercent(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			return c, false
		}
		c.Rate = rate
		if m[2] != "" { // 33 1/3 %: all over the third
			n, err1 := strconv.ParseInt(m[2], 10, 32)
			d, err2 := strconv.ParseInt(m[3], 10, 32)
			if err1 != nil || err2 != nil || d < 2 || d > 1000 || n >= d {
				return c, false
			}
			c.Rate, c.Per = c.Rate*num.Rate(d)+num.Rate(n)*num.Percent, d
		}
		basis, ok := usBasis(m[4])
		c.Basis = basis
		return c, ok
	}
	c := Component{}
	if m := g.degrees.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseInt(m[2], 10, 32)
		if err != nil {
			return c, false
		}
		c.Under = num.Quantity(n) * num.OneQuantity
		s = m[1]
	}
	m := g.amount.FindStringSubmatch(s)
	if m == nil || (m[1] != "") == (m[3] != "") { // one of $ and ¢
		return c, false
	}
	amount := strings.ReplaceAll(m[2], ",", "")
	rate, err := num.ParseRate(amount)
	if err != nil {
		return c, false
	}
	c.Rate = rate
	if m[3] != "" { // cents: exact in dollars when the last digits allow it, else over a hundred
		if rate%100 == 0 {
			c.Rate = rate / 100
		} else {
			c.Per = 100
		}
	}
	rest := strings.TrimSpace(m[5])
	if m[4] != "" { // each
		c.Unit = "NAR"
		basis, ok := usBasis(rest)
		c.Basis = basis
		return c, ok
	}
	if o := g.over.FindStringSubmatch(rest); o != nil {
		n, err := strconv.ParseInt(o[1], 10, 32)
		c.Unit, c.Over = "JWL", num.Quantity(n)*num.OneQuantity
		return c, err == nil
	}
	if u, ok := usUnits[rest]; ok {
		c.Unit, c.Basis = u.Code, u.Basis
		return c, true
	}
	for _, cut := range [...]string{" on ", " of ", ", including "} {
		unit, basis, found := strings.Cut(rest, cut)
		if u, ok := usUnits[unit]; found && ok && u.Basis == "" {
			basis, ok := usBasis(cut + basis)
			c.Unit, c.Basis = u.Code, basis
			return c, ok && basis != ""
		}
	}
	return c, false
}

// usBasis reads what follows a rate: the part or content that it is taken on.
func usBasis(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", true
	}
	for _, begin := range [...]string{"on ", "of ", "upon ", ", including "} {
		rest, found := strings.CutPrefix(s, begin)
		if !found {
			if rest, found = strings.CutPrefix(s, strings.TrimSpace(begin)+" "); !found {
				continue
			}
		}
		if begin == ", including " {
			return "including " + rest, true
		}
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, "the "), "such ")
		switch rest {
		case "full value of the imported article", "entire set":
			return "", true
		}
		return rest, rest != "" && !strings.ContainsAny(rest, "%¢$/")
	}
	return "", false
}

// Programme is a rate for goods of one or more special programmes.
type Programme struct {
	Areas []AreaCode // signs of the programmes; empty is all
	Duty  *Expression
}

// ParseUSSpecial reads the column of special rates: texts, each followed by the
// programmes it is for in brackets.
func ParseUSSpecial(text string) []Programme {
	g := us()
	s := strings.TrimSpace(g.blanks.ReplaceAllString(text, " "))
	if s == "" {
		return nil
	}
	var out []Programme
	at := 0
	for _, m := range g.programmes.FindAllStringSubmatchIndex(s, -1) {
		var areas []AreaCode
		for _, a := range strings.FieldsFunc(s[m[2]:m[3]], func(r rune) bool { return r == ',' || r == ' ' || r == '.' }) {
			areas = append(areas, AreaCode(a))
		}
		duty := ParseUSRate(s[at:m[0]])
		if duty == nil {
			duty = &Expression{Text: s[at:m[1]]}
		}
		out = append(out, Programme{areas, duty})
		at = m[1]
	}
	if rest := strings.TrimSpace(s[at:]); rest != "" {
		out = append(out, Programme{nil, ParseUSRate(rest)})
	}
	return out
}
