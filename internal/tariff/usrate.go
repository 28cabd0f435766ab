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
	hyphen, blanks, tags, footnotes, percent, value, amount, over, degrees, programmes, codes, applicable, named, signs, either, greater *regexp.Regexp
	references                                                                                                                           []usReference
}

// usReference is a wording that points elsewhere.
type usReference struct {
	begins string
	refers Reference
}

// A number stands with digits, thousands set off or not, with or without a
// fraction behind: "1,000", "0.5", ".5", "33 1/3", "1/2".
const (
	usNumber = `(?:(\d+)/(\d+)|(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)(?:[ -](\d+)/(\d+))?)`
	usCodes  = `\d{4}(?:\.\d{2}){0,3}`
)

var us = sync.OnceValue(func() *usGrammar {
	return &usGrammar{
		hyphen:     regexp.MustCompile(`([a-z])- ([a-z])`),
		blanks:     regexp.MustCompile(`\s+`),
		tags:       regexp.MustCompile(`<sup>[^<]*</sup>|</?[a-z]+/?>`),
		footnotes:  regexp.MustCompile(`(?:(?: |%|\)|^Free)(?:\d{1,2}/ ?)+)$`),
		percent:    regexp.MustCompile(`(?:%| percent\b| per cent(?:um)?\b)(?: ad val(?:orem\b|\.?))?`),
		value:      regexp.MustCompile(`^` + usNumber + ` ?%(.*)$`),
		amount:     regexp.MustCompile(`^(\$)?` + usNumber + ` ?(¢|cents?)? ?(?:/ ?|per |(each\b)|for each )(.*)$`),
		over:       regexp.MustCompile(`^jewel over (\d+)$`),
		degrees:    regexp.MustCompile(`^(.+) for each degree under (\d+) degrees \(and fractions of a degree in proportion\)$`),
		programmes: regexp.MustCompile(`\( ?([A-Z]{1,2}[*+#]?(?:[ ,.]+[A-Z]{1,2}[*+#]?)*) ?,? ?\)`),
		codes:      regexp.MustCompile(`\b(` + usCodes + `)(?:(?:-| through | to )(` + usCodes + `))?\b`),
		applicable: regexp.MustCompile(`(?i)^the (?:rate of duty|duty|duty rate|rate)(?: provided)?(?: for)?(?: (?:originating )?goods of [a-z ]+)? in (?:the applicable|such) (?:sub)?heading(.*)$`),
		named:      regexp.MustCompile(`(?i)^(?:see|the (?:rate|duty)s?(?: of duty)? (?:provided|provided for|provided for beneficiary countries|applicable to the natural juice) in) (?:(?:(?:sub)?headings?|,|and|or|through|to|-|` + usCodes + `) ?)+$`),
		signs:      regexp.MustCompile(` ?\+ ?|,? plus |,? but not less than |,? (?:but not|nor|and not) more than |,? (?:less|minus) `),
		either:     regexp.MustCompile(`^(.+?),? or (.+?),? whichever is (?:the )?(higher|greater|lower|lesser|less)$`),
		greater:    regexp.MustCompile(`(?i)^the (higher|greater|lower|lesser) of:? (.+?),? (?:or|and) (.+)$`),
		references: []usReference{
			{"the rate of duty applicable to that article in the set subject to the highest", HighestInSet},
			{"the rate applicable to each garment in the", EachInSet},
			{"the rate applicable to each article in the absence", AbsentThisCode},
			{"the rate applicable, to each article in the absence", AbsentThisCode},
			{"the rate applicable in the absence", AbsentThisCode},
			{"the rate applicable to the article of which it is", ArticleItBelongs},
			{"the rate applicable to the complete, assembled", CompleteMovement},
			{"see additional u.s. note", Note},
			{"see u.s. note", Note},
			{"as provided in u.s. note", Note},
			{"as prescribed in u.s. note", Note},
			{"as provided in additional u.s. note", Note},
			{"as prescribed in additional u.s. note", Note},
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
	"kg": {Code: "KGM"}, "kilogram": {Code: "KGM"}, "g": {Code: "GRM"}, "t": {Code: "TNE"}, "metric ton": {Code: "TNE"}, "carat": {Code: "CTM"},
	"liter": {Code: "LTR"}, "l": {Code: "LTR"}, "pf.liter": {Code: "PFL"}, "proof liter": {Code: "PFL"},
	"bbl": {Code: "BLL"}, "barrel": {Code: "BLL"}, "doz.": {Code: "DZN"}, "doz": {Code: "DZN"}, "dozen": {Code: "DZN"}, "gross": {Code: "GRO"}, "pr.": {Code: "NPR"}, "pr": {Code: "NPR"}, "pair": {Code: "NPR"},
	"doz. pr.": {Code: "DPR"}, "doz. pairs": {Code: "DPR"}, "dozen pairs": {Code: "DPR"},
	"m2": {Code: "MTK"}, "m²": {Code: "MTK"}, "m3": {Code: "MTQ"}, "m³": {Code: "MTQ"}, "m": {Code: "MTR"}, "lin. m": {Code: "MTR"}, "lin.m": {Code: "MTR"}, "linear meter": {Code: "MTR"}, "head": {Code: "NAR"}, "each": {Code: "NAR"},
	"article": {Code: "NAR"}, "piece": {Code: "NAR"}, "pack": {Code: "PCK"}, "jewel": {Code: "JWL"}, "clean kg": {"KGM", "clean yield"}, "line/gross": {Code: "GRL"}, "line/ gross": {Code: "GRL"},
	"100": {Code: "CEN"}, "hundred": {Code: "CEN"}, "100 kg": {Code: "DTN"}, "1000": {Code: "MIL"}, "1,000": {Code: "MIL"}, "1,000 pins": {Code: "MIL"}, "thousand": {Code: "MIL"}, "other piece or part": {"NAR", "other pieces or parts"},
}

// usUnit finds a unit of a rate text, by its own spelling or by that of the
// column of statistical units.
func usUnit(s string) (Unit, bool) {
	for _, s := range [...]string{s, s + "."} { // the last point is gone with that of the sentence
		if u, ok := usUnits[s]; ok {
			return u, true
		}
		if u, ok := usStatistical[s]; ok {
			return u, true
		}
	}
	return Unit{}, false
}

// usMisprints are slips of the printed schedule in otherwise plain texts, and
// signs that stand for two others.
var usMisprints = strings.NewReplacer("weght", "weight", "inthe ", "in the ", "in the in the ", "in the ", "thebattery", "the battery",
	"oralterations", "or alterations", "m2of ", "m2 of ", " 99.19.", " 9919.", "pf. liter", "pf.liter", "but not less than ", "but not less than ", "but not less ", "but not less than ",
	"½", " 1/2", "⅓", " 1/3", "⅔", " 2/3", "¼", " 1/4", "¾", " 3/4", "⅛", " 1/8", "⅜", " 3/8", "⅝", " 5/8", "⅞", " 7/8")

// ParseUSRate reads the text of a rate column. It always gives an expression:
// one that it does not understand to its last word keeps its text and is marked
// so. An empty text gives nil: the line has no rate of its own.
func ParseUSRate(text string) *Expression {
	g := us()
	s := strings.TrimSpace(g.blanks.ReplaceAllString(text, " "))
	if s == "" {
		return nil
	}
	e := &Expression{Text: s}
	s = g.tags.ReplaceAllString(s, "")
	if mark := g.footnotes.FindString(s); mark != "" {
		s = strings.TrimSuffix(s, strings.TrimLeft(mark, "Fre%) "))
	}
	s = strings.TrimSpace(usMisprints.Replace(g.hyphen.ReplaceAllString(s, "$1$2")))
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	s = g.percent.ReplaceAllString(strings.TrimSuffix(s, "."), "%")
	lower := strings.ToLower(s)
	switch {
	case lower == "free":
		e.Components, e.Understood = []Component{{}}, true
		return e
	case strings.HasPrefix(lower, "free,") || strings.HasPrefix(lower, "free (see "):
		if !strings.ContainsAny(s, "%¢$") { // a rate in what follows would be another one
			e.Components, e.Proviso, e.Understood = []Component{{}}, strings.TrimSpace(strings.TrimPrefix(s[4:], ",")), true
		}
		return e
	case g.named.MatchString(s):
		return g.reference(e, s, NamedCode)
	}
	if m := g.applicable.FindStringSubmatch(s); m != nil {
		return g.reference(e, m[1], ApplicableCode)
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
	if rest, found := strings.CutPrefix(lower, "a duty of "); found {
		s = rest
	}
	if terms, ok := g.choice(s); ok {
		e.Components, e.Understood = terms, true
	}
	return e
}

// reference reads a wording that points elsewhere, or what follows it: terms that
// are added to the rate it points to.
func (g *usGrammar) reference(e *Expression, s string, refers Reference) *Expression {
	e.Reference, e.Understood = refers, true
	for _, m := range g.codes.FindAllStringSubmatch(s, -1) {
		if span, ok := spanOf(m[1], m[2]); ok {
			e.See = append(e.See, span)
		}
	}
	if refers == NamedCode && len(e.See) == 0 {
		e.Understood = false
		return e
	}
	if refers != ApplicableCode {
		return e
	}
	if s == "" {
		return e
	}
	op, more := Plus, ""
	if m := g.either.FindStringSubmatch("the duty" + s); m != nil && m[1] == "the duty" {
		op, more = usBound(m[3]), m[2]
	} else if at := g.signs.FindStringIndex(s); at != nil && at[0] == 0 {
		op, more = usOp(s[:at[1]]), s[at[1]:]
	}
	terms, ok := g.terms(strings.Replace(strings.TrimPrefix(more, "a duty of "), "upon the value of", "on the value of", 1))
	if !ok {
		e.Understood = false
		return e
	}
	terms[0].Op = op
	e.Components = terms
	return e
}

// usOp is what a sign between two terms does.
func usOp(sign string) Op {
	switch {
	case strings.Contains(sign, "not less"):
		return AtLeast
	case strings.Contains(sign, "more"):
		return AtMost
	case strings.Contains(sign, "less"), strings.Contains(sign, "minus"):
		return Minus
	}
	return Plus
}

// usBound is how the second of two rates bounds the first when the one that is
// so counts.
func usBound(which string) Op {
	if which == "higher" || which == "greater" {
		return AtLeast
	}
	return AtMost
}

// choice reads "rate or rate, whichever is higher" and "the greater of rate or
// rate", or plain terms.
func (g *usGrammar) choice(s string) ([]Component, bool) {
	first, second, which := s, "", ""
	if m := g.either.FindStringSubmatch(s); m != nil {
		first, second, which = m[1], m[2], m[3]
	} else if m := g.greater.FindStringSubmatch(s); m != nil {
		first, second, which = m[2], m[3], strings.ToLower(m[1])
	}
	out, ok := g.terms(first)
	if !ok || which == "" {
		return out, ok
	}
	bound, ok := g.terms(second)
	for i := range out {
		ok = ok && out[i].Op <= Minus
	}
	for i := range bound {
		ok = ok && bound[i].Op == Plus
		bound[i].Op = BoundPlus
	}
	if !ok {
		return nil, false
	}
	bound[0].Op = usBound(which)
	return append(out, bound...), true
}

// terms reads "term + term less term but not less than term".
func (g *usGrammar) terms(s string) ([]Component, bool) {
	var out []Component
	op := Plus
	for {
		part, next := s, []int{len(s), len(s)}
		if at := g.signs.FindStringIndex(s); at != nil {
			part, next = s[:at[0]], at
		}
		c, ok := g.term(strings.TrimSpace(part))
		if !ok {
			return nil, false
		}
		// What would be added to a bound is not said: to it, or to the whole.
		if c.Op = op; op < AtLeast && len(out) > 0 && out[len(out)-1].Op >= AtLeast {
			return nil, false
		}
		out = append(out, c)
		if next[0] == len(s) {
			return out, true
		}
		op, s = usOp(s[next[0]:next[1]]), s[next[1]:]
	}
}

// usValue reads the five parts of usNumber: a decimal by parse, with a fraction
// over its denominator, in units of one.
func usValue(m []string, one num.Rate, parse func(string) (num.Rate, error)) (rate num.Rate, per int64, ok bool) {
	digits, over, under := m[2], m[0]+m[3], m[1]+m[4]
	if digits != "" {
		if strings.HasPrefix(digits, ".") {
			digits = "0" + digits
		}
		var err error
		if rate, err = parse(strings.ReplaceAll(digits, ",", "")); err != nil {
			return 0, 0, false
		}
	}
	if over == "" {
		return rate, 0, true
	}
	n, err1 := strconv.ParseInt(over, 10, 32)
	d, err2 := strconv.ParseInt(under, 10, 32)
	if err1 != nil || err2 != nil || d < 2 || d > 1000 || n < 1 || n >= d || strings.Contains(digits, ".") || rate > num.Rate(1<<40) {
		return 0, 0, false
	}
	return rate*num.Rate(d) + num.Rate(n)*one, d, true // all over the denominator
}

// term reads one percentage or one amount per unit.
func (g *usGrammar) term(s string) (Component, bool) {
	if m := g.value.FindStringSubmatch(s); m != nil {
		var c Component
		var ok bool
		if c.Rate, c.Per, ok = usValue(m[1:6], num.Percent, num.ParsePercent); !ok {
			return c, false
		}
		c.Basis, ok = usBasis(m[6])
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
	if m == nil || (m[1] != "") == (m[7] != "") { // one of $ and ¢
		return c, false
	}
	var ok bool
	if c.Rate, c.Per, ok = usValue(m[2:7], num.OneRate, num.ParseRate); !ok {
		return c, false
	}
	if m[7] != "" { // cents: exact in dollars when the last digits allow it, else over a hundred
		switch {
		case c.Per != 0:
			c.Per *= 100
		case c.Rate%100 == 0:
			c.Rate /= 100
		default:
			c.Per = 100
		}
	}
	rest := strings.TrimSpace(m[9])
	if m[8] != "" { // each
		c.Unit = "NAR"
		c.Basis, ok = usBasis(rest)
		return c, ok
	}
	if o := g.over.FindStringSubmatch(rest); o != nil {
		n, err := strconv.ParseInt(o[1], 10, 32)
		c.Unit, c.Over = "JWL", num.Quantity(n)*num.OneQuantity
		return c, err == nil
	}
	if u, ok := usUnit(rest); ok {
		c.Unit, c.Basis = u.Code, u.Basis
		return c, true
	}
	for _, cut := range [...]string{" on ", " of ", ", including "} {
		unit, basis, found := strings.Cut(rest, cut)
		if u, ok := usUnit(unit); found && ok && u.Basis == "" {
			c.Unit = u.Code
			c.Basis, ok = usBasis(cut + basis)
			return c, ok && c.Basis != ""
		}
	}
	return c, false
}

// usBasis reads what follows a rate: the part or content that it is taken on. A
// number in it, or a word that limits, says more than a part's name does.
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
		if strings.ContainsAny(rest, "%¢$/0123456789;:") || rest == "" {
			return "", false
		}
		for w := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == ' ' || r == ',' }) {
			switch w {
			case "whichever", "except", "unless", "exceeding", "over", "under", "until", "when", "where":
				return "", false
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
		return rest, rest != ""
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
	s = strings.Replace(s, "(PA (PA)", "(PA)", 1) // a slip of the printed schedule
	var out []Programme
	at := 0
	piece := func(s string) string { return strings.TrimLeft(strings.TrimSpace(s), ",; ") }
	for _, m := range g.programmes.FindAllStringSubmatchIndex(s, -1) {
		var areas []AreaCode
		for _, a := range strings.FieldsFunc(s[m[2]:m[3]], func(r rune) bool { return r == ',' || r == ' ' || r == '.' }) {
			areas = append(areas, AreaCode(a))
		}
		duty := ParseUSRate(piece(s[at:m[0]]))
		if duty == nil {
			duty = &Expression{Text: s[at:m[1]]}
		}
		out = append(out, Programme{areas, duty})
		at = m[1]
	}
	switch rest := piece(s[at:]); {
	case rest == "" || at > 0 && g.footnotes.FindString(" "+rest) == " "+rest:
	case at > 0: // no programme is named for it, and it is not for all when others are
		out = append(out, Programme{nil, &Expression{Text: rest}})
	default:
		out = append(out, Programme{nil, ParseUSRate(rest)})
	}
	return out
}
