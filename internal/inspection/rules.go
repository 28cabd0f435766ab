package inspection

import (
	"bytes"
	_ "embed"
	"errors"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
)

//go:embed data/inspection.yaml
var rulesFile []byte

// Method is a way of inspecting.
type Method string

// The methods that every edition of the rules knows.
const (
	Documents     Method = "documents"
	Video         Method = "video"
	MachineScan   Method = "machine-scan"
	ManualPartial Method = "manual-partial"
	ManualFull    Method = "manual-full"
	Weigh         Method = "weigh"
	Radiation     Method = "radiation"
	Sampling      Method = "sampling"
)

// MethodRule says what a method needs.
type MethodRule struct {
	ID      Method `yaml:"id"`
	Title   string `yaml:"title"`
	TitleZH string `yaml:"titleZH"`
	Skill   string `yaml:"skill"` // certificate that both inspectors need, "" none
	Opens   bool   `yaml:"opens"` // the goods are opened
}

// ResultCode is one possible result.
type ResultCode struct {
	Code    string `yaml:"code"`
	Found   bool   `yaml:"found"` // something is wrong
	Type    string `yaml:"type"`  // kind of the finding, "" when nothing is
	Title   string `yaml:"title"`
	TitleZH string `yaml:"titleZH"`
}

// Rules are the parameters of one time.
type Rules struct {
	ValidFrom  clock.Date
	ValidTo    clock.Date // zero: in force
	Source     string
	Inspectors int    // drawn for each order
	Post       string // that they hold
	ValidDays  int
	Methods    []MethodRule
	Results    []ResultCode
}

// Method gives the rule of a method.
func (r *Rules) Method(id Method) (MethodRule, bool) {
	for _, m := range r.Methods {
		if m.ID == id {
			return m, true
		}
	}
	return MethodRule{}, false
}

// Result gives a result code.
func (r *Rules) Result(code string) (ResultCode, bool) {
	for _, c := range r.Results {
		if c.Code == code {
			return c, true
		}
	}
	return ResultCode{}, false
}

// finds tells whether some result code finds this.
func (r *Rules) finds(kind string) bool {
	for _, c := range r.Results {
		if c.Found && c.Type == kind {
			return true
		}
	}
	return false
}

func (r *Rules) methodNames() string {
	names := make([]string, len(r.Methods))
	for i, m := range r.Methods {
		names[i] = string(m.ID)
	}
	return strings.Join(names, ", ")
}

// ParameterFile gives the rules that come with the program, as they are written.
func ParameterFile() []byte { return rulesFile }

// Editions are rules one after the other, by their days. Empty ones stand for
// those that come with the program.
type Editions []Rules

// BuiltIn gives the rules that come with the program.
var BuiltIn = sync.OnceValue(func() Editions {
	all, err := ReadRules(rulesFile)
	if err != nil {
		panic(err) // a damaged build; a test reads the file
	}
	return all
})

// ReadRules reads dated rules. What is not complete is an error: what is proposed
// as a change is told so.
func ReadRules(raw []byte) (Editions, error) {
	var file struct {
		Rules []struct {
			ValidFrom  string       `yaml:"validFrom"`
			ValidTo    string       `yaml:"validTo"`
			Source     string       `yaml:"source"`
			Inspectors int          `yaml:"inspectors"`
			Post       string       `yaml:"post"`
			ValidDays  int          `yaml:"validDays"`
			Kinds      []MethodRule `yaml:"kinds"`
			Results    []ResultCode `yaml:"results"`
		} `yaml:"rules"`
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	var all Editions
	for _, f := range file.Rules {
		r := Rules{
			Source: f.Source, Inspectors: f.Inspectors, Post: f.Post, ValidDays: f.ValidDays, Methods: f.Kinds, Results: f.Results,
		}
		var err error
		if r.ValidFrom, err = clock.ParseDate(f.ValidFrom); err != nil {
			return nil, err
		}
		if err = r.ValidTo.UnmarshalText([]byte(f.ValidTo)); err != nil {
			return nil, err
		}
		if r.Source == "" || r.Inspectors < 2 || r.Post == "" || r.ValidDays < 1 || len(r.Methods) == 0 || len(r.Results) == 0 {
			return nil, errors.New("inspection rules are not complete")
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return nil, errors.New("there are no inspection rules")
	}
	return all, nil
}

// At gives the rules of a day. Fault: INSPECTION-RULES-01 when none speak for it.
func (all Editions) At(on clock.Date) (*Rules, error) {
	if len(all) == 0 {
		all = BuiltIn()
	}
	for i := range all {
		if r := &all[i]; on >= r.ValidFrom && (r.ValidTo == 0 || on <= r.ValidTo) {
			return r, nil
		}
	}
	return nil, fault.New(fault.Invalid, "INSPECTION-RULES-01", "", "no inspection rules are known for {day}",
		"give a day from {first} on", "day", on, "first", all[0].ValidFrom)
}
