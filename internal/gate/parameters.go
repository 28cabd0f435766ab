package gate

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Bound is how far the scale may differ from the note.
type Bound struct {
	Percent     num.Rate     // of the expected mass …
	Kg          num.Quantity // … or this, whichever is more: passes
	HoldPercent num.Rate     // above this the truck is held
}

// BoundOverride is a bound for one enterprise, one heading, or both.
type BoundOverride struct {
	Enterprise string // code, "" for any
	Commodity  string // leading digits, "" for any; every line of the note must fit
	Bound
}

// Tolerances are the bounds of the comparison in force during one span of days.
type Tolerances struct {
	ValidFrom         clock.Date
	ValidTo           clock.Date
	Source            string
	GatherTime        time.Duration
	Goods             Bound
	Types             map[NoteType]Bound
	EmptyKg           num.Quantity
	UnclearCharacters int
	Middle            map[Risk]Outcome
	OverrideReasons   []string
	Overrides         []BoundOverride
}

// Parameters are the dated tolerances.
type Parameters []Tolerances

//go:embed parameters.yaml
var builtIn []byte

// ParameterFile gives the text of the parameters that come with the program.
func ParameterFile() []byte { return builtIn }

// BuiltIn gives the parameters that come with the program.
var BuiltIn = sync.OnceValue(func() Parameters {
	p, err := ReadParameters(builtIn)
	if err != nil {
		panic(err) // the file is part of the program and tested
	}
	return p
})

type rawBound struct {
	Percent     string `yaml:"percent"`
	Kg          string `yaml:"kg"`
	HoldPercent string `yaml:"holdPercent"`
}

func (r rawBound) bound() (b Bound, err error) {
	if b.Percent, err = num.ParsePercent(r.Percent); err != nil {
		return
	}
	if b.Kg, err = num.ParseQuantity(r.Kg); err != nil {
		return
	}
	b.HoldPercent, err = num.ParsePercent(r.HoldPercent)
	if err == nil && (b.Percent < 0 || b.Kg < 0 || b.HoldPercent < b.Percent || b.HoldPercent > num.OneRate) {
		err = fmt.Errorf("a bound needs 0 ≤ percent ≤ holdPercent ≤ 100 and kg ≥ 0")
	}
	return
}

// ReadParameters reads a parameter file (YAML; unknown keys are refused).
// Fault: GATE-PARAMETER-01.
func ReadParameters(body []byte) (Parameters, error) {
	p, err := readParameters(body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "GATE-PARAMETER-01", "", "the parameters of the gate cannot be read: {problem}",
			"correct the file; each value needs the form that its comment shows", "problem", err).Because(err)
	}
	return p, nil
}

func readParameters(body []byte) (Parameters, error) {
	var raw struct {
		Comparison []struct {
			ValidFrom         string                `yaml:"validFrom"`
			ValidTo           string                `yaml:"validTo"`
			Source            string                `yaml:"source"`
			GatherSeconds     int                   `yaml:"gatherSeconds"`
			Goods             rawBound              `yaml:"goods"`
			Types             map[NoteType]rawBound `yaml:"types"`
			EmptyKg           string                `yaml:"emptyKg"`
			UnclearCharacters int                   `yaml:"unclearCharacters"`
			Middle            map[Risk]Outcome      `yaml:"middle"`
			OverrideReasons   []string              `yaml:"overrideReasons"`
			Overrides         []struct {
				Enterprise string `yaml:"enterprise"`
				Commodity  string `yaml:"commodity"`
				rawBound   `yaml:",inline"`
			} `yaml:"overrides"`
		} `yaml:"comparison"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(body)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil {
		return nil, err
	}
	var all Parameters
	for _, r := range raw.Comparison {
		t := Tolerances{
			Source: r.Source, UnclearCharacters: r.UnclearCharacters, Middle: r.Middle,
			OverrideReasons: r.OverrideReasons, Types: map[NoteType]Bound{}, GatherTime: time.Duration(r.GatherSeconds) * time.Second,
		}
		if r.GatherSeconds < 1 || r.GatherSeconds > 600 {
			return nil, fmt.Errorf("gatherSeconds: %d is not between 1 and 600", r.GatherSeconds)
		}
		var err error
		if t.ValidFrom, err = clock.ParseDate(r.ValidFrom); err != nil {
			return nil, err
		}
		if err = t.ValidTo.UnmarshalText([]byte(r.ValidTo)); err != nil {
			return nil, err
		}
		if t.Goods, err = r.Goods.bound(); err != nil {
			return nil, fmt.Errorf("goods: %w", err)
		}
		for kind, b := range r.Types {
			if t.Types[kind], err = b.bound(); err != nil {
				return nil, fmt.Errorf("type %d: %w", kind, err)
			}
		}
		if t.EmptyKg, err = num.ParseQuantity(r.EmptyKg); err != nil {
			return nil, fmt.Errorf("emptyKg: %w", err)
		}
		for risk, outcome := range t.Middle {
			if !outcome.known() {
				return nil, fmt.Errorf("middle: %s is %q", risk, outcome)
			}
		}
		for _, o := range r.Overrides {
			b, err := o.bound()
			if err != nil {
				return nil, fmt.Errorf("override: %w", err)
			}
			t.Overrides = append(t.Overrides, BoundOverride{Enterprise: o.Enterprise, Commodity: o.Commodity, Bound: b})
		}
		all = append(all, t)
	}
	return all, nil
}

// At gives the tolerances in force on day on. Fault: GATE-PARAMETER-02.
func (p Parameters) At(on clock.Date) (*Tolerances, error) {
	for i := range p {
		if on >= p[i].ValidFrom && (p[i].ValidTo == 0 || on <= p[i].ValidTo) {
			return &p[i], nil
		}
	}
	return nil, fault.New(fault.Refused, "GATE-PARAMETER-02", "", "no parameters of the gate are in force on {day}",
		"enter parameters that cover this day", "day", on)
}

// boundFor gives the bound of a note: its own override, else that of its type,
// else that of goods.
func (t *Tolerances) boundFor(n *ReleaseNote) Bound {
	for i := range t.Overrides {
		o := &t.Overrides[i]
		if o.Enterprise != "" && o.Enterprise != n.Enterprise {
			continue
		}
		fits := o.Commodity == "" || len(n.Lines) > 0
		for j := range n.Lines {
			fits = fits && strings.HasPrefix(n.Lines[j].Commodity, o.Commodity)
		}
		if fits {
			return o.Bound
		}
	}
	if b, ok := t.Types[n.Type]; ok {
		return b
	}
	return t.Goods
}
