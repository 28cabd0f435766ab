package risk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// TableSpec is a risk evaluation table (风险评估表) as people write, read and
// compare it. Compile turns it into the immutable snapshot that judges.
type TableSpec struct {
	ID      string               `json:"id"`
	Subject Kind                 `json:"subject"`
	Version string               `json:"version"`
	Title   Label                `json:"title"`
	Bands   []Band               `json:"bands"`
	Draws   []DrawRatio          `json:"draws"`
	Lists   map[string]NamedList `json:"lists,omitempty"`
	Rules   []RuleSpec           `json:"rules"`
}

// Band holds the scores at which medium and high begin, from a date on (DR
// §7.1: 40 and 70, OR).
type Band struct {
	From   clock.Date `json:"from"`
	Medium int        `json:"medium"`
	High   int        `json:"high"`
	Source string     `json:"source"`
}

// DrawRatio is the share drawn at random (DR §7.3, §8.1). The first row that
// fits date, credit level and mode counts; empty Credit or Modes fit all.
type DrawRatio struct {
	From   clock.Date `json:"from"`
	Credit []int      `json:"credit,omitempty"`
	Modes  []string   `json:"modes,omitempty"`
	Ratio  num.Rate   `json:"ratio"`
	Action Action     `json:"action"`
	Source string     `json:"source"`
}

// NamedList is a list of values that rules use as @name.
type NamedList struct {
	Title  Label    `json:"title"`
	Values []string `json:"values"`
	Source string   `json:"source"`
}

// Lists are named lists by name.
type Lists map[string]NamedList

// RuleSpec is one rule: an indicator with a weight, or a hard rule.
//
// When must hold (on one goods line, if it speaks of lines). Without Measure the
// level is then 1. With Measure the level is the number of Levels that the
// measured fact has reached: at least them when Direction is "up", at most them
// when "down". Points are weight × level; a rule at level 0 is no hit.
type RuleSpec struct {
	ID        string     `json:"id"`
	Object    Kind       `json:"object"` // whose behaviour the rule looks at
	Title     Label      `json:"title"`
	When      string     `json:"when,omitempty"`
	Measure   string     `json:"measure,omitempty"`
	Direction string     `json:"direction,omitempty"` // up, down
	Levels    []string   `json:"levels,omitempty"`
	Weight    int        `json:"weight"` // points per level, 0–100
	Hard      Action     `json:"hard,omitempty"`
	Credit    []int      `json:"credit,omitempty"` // credit levels it is for; empty: all
	Modes     []string   `json:"modes,omitempty"`  // supervision modes it is for; empty: all
	ValidFrom clock.Date `json:"valid_from"`
	ValidTo   clock.Date `json:"valid_to,omitzero"` // last day; zero: no end
	Owner     string     `json:"owner"`
	Reason    Label      `json:"reason"`
	Law       string     `json:"law,omitempty"` // rule or reference of the law register: "customs-value", "SH9"
	Source    string     `json:"source"`        // where the rule or its figures come from; OR marks our own reading
	Cure      Label      `json:"cure,omitzero"` // what the declarant can do
	Secret    bool       `json:"secret,omitempty"`
}

// Version is the first 16 hexadecimal digits of the SHA-256 of the rule: two
// rules with one version are the same rule.
func (r RuleSpec) Version() string {
	body, err := json.Marshal(r)
	if err != nil {
		return "" // a RuleSpec always marshals: no floats, no channels
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// Epoch is the SHA-256 of the whole table, hexadecimal: the name of a snapshot.
func (s TableSpec) Epoch() string {
	body, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// ReadTable reads a table from YAML (or JSON, which is YAML). An unknown key is
// a fault, so that a misspelt one is not silently ignored. Fault: RISK-TABLE-01.
func ReadTable(data []byte) (TableSpec, error) {
	var s TableSpec
	if err := readYAML(data, &s); err != nil {
		return TableSpec{}, fault.New(fault.Invalid, "RISK-TABLE-01", "", "this is no risk table: {problem}",
			"correct the place named; keys are those of the default table", "problem", clip(err.Error())).Because(err)
	}
	return s, nil
}

// readYAML reads YAML by way of JSON, so that one set of names and one set of
// text forms (dates, decimals) serves both.
func readYAML(data []byte, into any) error {
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return err
	}
	plain, err := plainTree(tree, 0)
	if err != nil {
		return err
	}
	body, err := json.Marshal(plain)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func plainTree(v any, depth int) (any, error) {
	if depth > 20 {
		return nil, fmt.Errorf("nested deeper than 20")
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			plain, err := plainTree(item, depth+1)
			if err != nil {
				return nil, err
			}
			out[key] = plain
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			plain, err := plainTree(item, depth+1)
			if err != nil {
				return nil, err
			}
			out[i] = plain
		}
		return out, nil
	case string, int, bool, nil:
		return v, nil
	}
	// A bare decimal or date has lost its digits or its form by now.
	return nil, fmt.Errorf("put the value %v in quotes", v)
}

// Table is an immutable snapshot of a risk table, checked and ready to judge.
// It may be used by any number of goroutines.
type Table struct {
	Spec      TableSpec
	Ref       TableRef
	Catalogue *Catalogue
	rules     []rule
}

type rule struct {
	clauses []clause
	heads   int // so many of them speak of the whole document and stand first
	levels  []int64
	measure *Field
	from    clock.Date
	to      clock.Date
	credit  uint8 // bit per level
	down    bool
	line    bool
	modes   []string
	spec    *RuleSpec
	version string
}

// Compile checks every cell of a table against the fact catalogue and gives the
// snapshot. All faults are returned: those of Parse and of fields with the path
// of the rule, and RISK-TABLE-02 (repeated rule id), -03 (a required cell is
// empty), -04 (weight or levels), -05 (validity), -06 (neither weight nor hard
// action), -07 (bands), -08 (draw ratios), -09 (subject or object), -10 (measure
// has no order), -11 (credit level).
func Compile(s TableSpec, c *Catalogue) (*Table, error) {
	var faults fault.List
	if s.Subject != c.Kind || s.ID == "" || s.Version == "" {
		faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-09", "/subject",
			"the table lacks id or version, or is about a {given} and not a {kind}", "name what the table judges",
			"given", s.Subject, "kind", c.Kind))
	}
	faults = append(faults, checkBands(s.Bands)...)
	faults = append(faults, checkDraws(s.Draws)...)
	t := &Table{Spec: s, Catalogue: c, Ref: TableRef{ID: s.ID, Version: s.Version, Epoch: s.Epoch()}}
	t.Spec.Rules = slices.Clone(s.Rules)
	slices.SortStableFunc(t.Spec.Rules, func(a, b RuleSpec) int { return strings.Compare(a.ID, b.ID) })
	position := map[string]int{}
	for i, r := range s.Rules {
		if _, twice := position[r.ID]; twice {
			faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-02", pointer("rules", i)+"/id",
				"rule {id} exists twice", "give each rule its own id", "id", r.ID))
		}
		position[r.ID] = i
	}
	for i := range t.Spec.Rules {
		compiled, err := compileRule(&t.Spec.Rules[i], c, s.Lists)
		if err := faults.Add(pointer("rules", position[t.Spec.Rules[i].ID]), err); err != nil {
			return nil, fmt.Errorf("compile rule %s: %w", t.Spec.Rules[i].ID, err)
		}
		t.rules = append(t.rules, compiled)
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	return t, nil
}

func checkBands(bands []Band) (faults fault.List) {
	if len(bands) == 0 {
		faults = append(faults, bandFault("/bands"))
	}
	for i, b := range bands {
		if b.Medium <= 0 || b.High <= b.Medium || b.High > 100 || b.Source == "" || (i > 0 && bands[i-1].From >= b.From) {
			faults = append(faults, bandFault(pointer("bands", i)))
		}
	}
	return faults
}

func bandFault(path string) *fault.Fault {
	return fault.New(fault.Invalid, "RISK-TABLE-07", path, "the bands are not in order",
		"give bands by rising date with 0 < medium < high ≤ 100 and a source")
}

func checkDraws(draws []DrawRatio) (faults fault.List) {
	bad := func(path string) {
		faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-08", path, "the random draw is not complete",
			"give rows with a ratio from 0 to 1, an action and a source, and for every credit level one that fits all modes"))
	}
	if len(draws) == 0 {
		bad("/draws")
	}
	for i, d := range draws {
		if d.Ratio < 0 || d.Ratio > num.OneRate || !slices.Contains(actions, d.Action) || d.Source == "" || badCredit(d.Credit) {
			bad(pointer("draws", i))
		}
	}
	for level := 1; level <= 5 && len(draws) > 0; level++ {
		if !slices.ContainsFunc(draws, func(d DrawRatio) bool {
			return len(d.Modes) == 0 && (len(d.Credit) == 0 || slices.Contains(d.Credit, level))
		}) {
			bad("/draws")
		}
	}
	return faults
}

func badCredit(levels []int) bool {
	return slices.ContainsFunc(levels, func(l int) bool { return l < 1 || l > 5 })
}

func compileRule(s *RuleSpec, c *Catalogue, lists Lists) (rule, error) {
	var faults fault.List
	r := rule{spec: s, version: s.Version(), from: s.ValidFrom, to: s.ValidTo, modes: s.Modes, credit: 1<<6 - 1}
	if s.ValidTo == 0 {
		r.to = math.MaxInt32
	}
	if len(s.Credit) > 0 {
		r.credit = 0
	}
	for name, missing := range map[string]bool{
		"id": s.ID == "", "owner": s.Owner == "", "source": s.Source == "",
		"title": s.Title.EN == "" || s.Title.ZH == "", "reason": s.Reason.EN == "" || s.Reason.ZH == "",
		"when": s.When == "" && s.Measure == "",
	} {
		if missing {
			faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-03", "/"+name, "rule {id} lacks its {cell}",
				"every rule says what it asks, why, by whom and on which source, in both languages", "id", s.ID, "cell", name))
		}
	}
	if !slices.Contains(kinds, s.Object) {
		faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-09", "/object",
			"the table lacks id or version, or is about a {given} and not a {kind}", "name what the table judges",
			"given", s.Object, "kind", c.Kind))
	}
	if s.ValidFrom == 0 || (s.ValidTo != 0 && s.ValidTo < s.ValidFrom) {
		faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-05", "/valid_from", "rule {id} has no valid period",
			"give valid_from, and valid_to not before it", "id", s.ID))
	}
	if badCredit(s.Credit) {
		faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-11", "/credit", "rule {id} names a credit level that does not exist",
			"levels are 5 (best) to 1 (worst)", "id", s.ID))
	}
	if s.Hard != "" && !slices.Contains(actions, s.Hard) || s.Hard == "" && s.Weight == 0 {
		faults = append(faults, fault.New(fault.Invalid, "RISK-TABLE-06", "/hard", "rule {id} would change nothing",
			"give a weight, or a hard action: review, inspect, weigh, video, sample, audit or hold", "id", s.ID))
	}
	for _, level := range s.Credit {
		if level >= 1 && level <= 5 {
			r.credit |= 1 << level
		}
	}
	if s.When != "" {
		expr, err := Parse(s.When)
		if err == nil {
			r.clauses, r.line, err = compileExpr(expr, c, lists)
		}
		if err := faults.Add("/when", err); err != nil {
			return r, err
		}
		for r.heads < len(r.clauses) && !r.clauses[r.heads].line {
			r.heads++
		}
	}
	if err := faults.Add("", r.compileLevels(c)); err != nil {
		return r, err
	}
	return r, faults.OrNil()
}

// compileLevels checks measure, direction, levels and weight together.
func (r *rule) compileLevels(c *Catalogue) error {
	s := r.spec
	bad := func(path string) *fault.Fault {
		return fault.New(fault.Invalid, "RISK-TABLE-04", path, "weight or levels of rule {id} are not possible",
			"weight is 0 to 100; levels need a measure, a direction (up or down) and rise or fall accordingly", "id", s.ID)
	}
	if s.Weight < 0 || s.Weight > 100 {
		return bad("/weight")
	}
	if s.Measure == "" {
		if len(s.Levels) > 0 || s.Direction != "" {
			return bad("/levels")
		}
		return nil
	}
	field, ok := c.byName[s.Measure]
	if !ok {
		return unknownField(s.Measure, c, 1).Under("/measure")
	}
	if !field.Type.ordered() {
		return fault.New(fault.Invalid, "RISK-TABLE-10", "/measure", "{field} is a {type} and cannot be measured in levels",
			"measure a number or a date, or use a condition", "field", field.Name, "type", field.Type)
	}
	r.measure, r.line, r.down = field, r.line || field.Line, s.Direction == "down"
	if len(s.Levels) == 0 || len(s.Levels) > 10 || (s.Direction != "up" && s.Direction != "down") {
		return bad("/levels")
	}
	for i, text := range s.Levels {
		v, err := field.literal(levelValue(text))
		if err != nil {
			return bad(pointer("levels", i)).Because(err)
		}
		if i > 0 && (v > r.levels[i-1]) == r.down || i > 0 && v == r.levels[i-1] {
			return bad(pointer("levels", i))
		}
		r.levels = append(r.levels, v)
	}
	return nil
}

func levelValue(text string) Value {
	if p, ok := strings.CutSuffix(text, "%"); ok {
		return Value{FormPercent, p}
	}
	if len(text) == 10 && text[4] == '-' {
		return Value{FormDate, text}
	}
	return Value{FormNumber, text}
}

// bands gives the bands in force on a day.
func (t *Table) bands(on clock.Date) (Band, bool) {
	for i := len(t.Spec.Bands) - 1; i >= 0; i-- {
		if t.Spec.Bands[i].From <= on {
			return t.Spec.Bands[i], true
		}
	}
	return Band{}, false
}

// draw gives the row of the random draw that counts.
func (t *Table) draw(on clock.Date, credit int, mode string) (DrawRatio, bool) {
	for _, d := range t.Spec.Draws {
		if d.From <= on && (len(d.Credit) == 0 || slices.Contains(d.Credit, credit)) &&
			(len(d.Modes) == 0 || slices.Contains(d.Modes, mode)) {
			return d, true
		}
	}
	return DrawRatio{}, false
}

// applies tells whether a rule is in force for this day, credit level and mode.
func (r *rule) applies(on clock.Date, credit int, mode string) bool {
	return r.from <= on && on <= r.to && r.credit&(1<<credit) != 0 &&
		(len(r.modes) == 0 || slices.Contains(r.modes, mode))
}
