package risk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"seine/internal/fault"
)

// Kind is the kind of thing judged.
type Kind string

// The kinds of subject. Tables exist for the first three; the others may be the
// object of a rule (whose behaviour it looks at).
const (
	Declaration Kind = "declaration" // bill of entry or filing bill
	List        Kind = "list"        // bonded verification list
	Passage     Kind = "passage"     // a vehicle at a lane
	Enterprise  Kind = "enterprise"
	Book        Kind = "book"
	Note        Kind = "note"
	Vehicle     Kind = "vehicle"
)

var kinds = []Kind{Declaration, List, Passage, Enterprise, Book, Note, Vehicle}

// Type is the type of a fact; it decides which comparisons a rule may make.
type Type string

// The types of facts and the units they are compared in.
const (
	Text     Type = "text"     // free text, exact
	Code     Type = "code"     // a code of a list, exact, upper case where letters
	Money    Type = "money"    // num.Money, CNY unless the field says otherwise
	Quantity Type = "quantity" // num.Quantity in the unit the field names
	Rate     Type = "rate"     // num.Rate, a plain ratio; rules may write 30%
	Date     Type = "date"     // clock.Date
	Bool     Type = "bool"
	Count    Type = "count" // whole number
	Set      Type = "set"   // several codes, no order
)

var types = []Type{Text, Code, Money, Quantity, Rate, Date, Bool, Count, Set}

func (t Type) ordered() bool {
	return t == Money || t == Quantity || t == Rate || t == Date || t == Count
}

// Label is a text in both languages of the house.
type Label struct {
	EN string `json:"en" yaml:"en"`
	ZH string `json:"zh" yaml:"zh"`
}

// In gives the text for a language tag ("zh-CN", "en"), English by default.
func (l Label) In(lang string) string {
	if strings.HasPrefix(lang, "zh") && l.ZH != "" {
		return l.ZH
	}
	return l.EN
}

// Field declares one fact that rules may ask for.
type Field struct {
	Name   string `json:"name" yaml:"name"` // lower case, digits, _ and dots: "hs.chapter"
	Type   Type   `json:"type" yaml:"type"`
	Label  Label  `json:"label" yaml:"label"`
	Unit   string `json:"unit,omitempty" yaml:"unit"`     // of a quantity or money: "kg", "CNY"
	Line   bool   `json:"line,omitempty" yaml:"line"`     // one value per goods line instead of one per document
	Kinds  []Kind `json:"kinds" yaml:"kinds"`             // which subjects have it
	Values string `json:"values,omitempty" yaml:"values"` // where the values come from: a code list or a few words

	slot int
}

// Catalogue is the set of facts that subjects of one kind have. It never
// changes once made and may be shared.
type Catalogue struct {
	Kind   Kind
	Fields []Field // by name
	Hash   string  // SHA-256 of the declarations, hexadecimal

	byName map[string]*Field
	heads  int
	lines  int
}

// NewCatalogue picks the fields of one kind out of all declared ones.
// Faults: RISK-CATALOGUE-01 (malformed or repeated name), -02 (unknown type or
// kind), -03 (a label is missing in one language).
func NewCatalogue(kind Kind, all []Field) (*Catalogue, error) {
	var faults fault.List
	c := &Catalogue{Kind: kind, byName: map[string]*Field{}}
	seen := map[string]bool{}
	for i, f := range all {
		path := pointer("fields", i)
		if !validName(f.Name) || seen[f.Name] || keyword(f.Name) {
			faults = append(faults, fault.New(fault.Invalid, "RISK-CATALOGUE-01", path+"/name",
				"“{name}” is no name for a fact, or is used twice",
				"use lower-case letters, digits, _ and dots, once, and no word of the rule language", "name", f.Name))
		}
		seen[f.Name] = true
		if !slices.Contains(types, f.Type) || len(f.Kinds) == 0 ||
			slices.ContainsFunc(f.Kinds, func(k Kind) bool { return !slices.Contains(kinds, k) }) {
			faults = append(faults, fault.New(fault.Invalid, "RISK-CATALOGUE-02", path,
				"fact {name} has an unknown type or subject kind", "types are text, code, money, quantity, rate, date, bool, count, set",
				"name", f.Name))
		}
		if f.Label.EN == "" || f.Label.ZH == "" {
			faults = append(faults, fault.New(fault.Invalid, "RISK-CATALOGUE-03", path+"/label",
				"fact {name} lacks a label", "give label.en and label.zh", "name", f.Name))
		}
		if slices.Contains(f.Kinds, kind) {
			c.Fields = append(c.Fields, f)
		}
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	sort.Slice(c.Fields, func(i, j int) bool { return c.Fields[i].Name < c.Fields[j].Name })
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Line {
			f.slot = c.lines
			c.lines++
		} else {
			f.slot = c.heads
			c.heads++
		}
		c.byName[f.Name] = f
	}
	body, err := json.Marshal(c.Fields)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	c.Hash = hex.EncodeToString(sum[:])
	return c, nil
}

// Field gives the declaration of a fact by name.
func (c *Catalogue) Field(name string) (Field, bool) {
	f, ok := c.byName[name]
	if !ok {
		return Field{}, false
	}
	return *f, true
}

// nearest gives the declared name most like name, for “did you mean”.
func (c *Catalogue) nearest(name string) string {
	best, least := "", 1<<30
	for _, f := range c.Fields {
		if d := distance(name, f.Name); d < least {
			best, least = f.Name, d
		}
	}
	return best
}

// distance is the number of single-character edits between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func validName(s string) bool {
	if s == "" || len(s) > 60 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' {
			return false
		}
	}
	return s[len(s)-1] != '.'
}
