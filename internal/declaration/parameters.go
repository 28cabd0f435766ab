package declaration

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Span is the days during which a parameter holds, and the rule it comes from.
type Span struct {
	ValidFrom clock.Date `yaml:"-" json:"validFrom"`
	ValidTo   clock.Date `yaml:"-" json:"validTo,omitempty"`
	Source    string     `yaml:"source" json:"source"`
}

// Validation holds the bounds that a declaration is judged by.
type Validation struct {
	Span
	MaxLines       int
	EarliestDay    clock.Date
	EntryDaysAhead int
	TextRunes      int
	MassTolerance  num.Quantity // kg per line
	TotalTolerance num.Money    // per line
}

// Tolerances are the bounds of the three-document confirmation (DR §2).
type Tolerances struct {
	Span
	Packages            num.Quantity
	MassManifestPercent num.Rate
	MassManifestKg      num.Quantity
	MassDeclaredPercent num.Rate
	Similarity          num.Rate
	Mismatch            [10]Outcome // what a difference in row i+1 means
}

// AmendmentReason is one listed reason for a change after acceptance.
type AmendmentReason struct {
	Code  string   `yaml:"code" json:"code"`
	Title string   `yaml:"title" json:"title"`
	Late  bool     `yaml:"late" json:"late"` // also after release
	Paths []string `yaml:"paths" json:"paths"`
}

// AmendmentRules is the list of reasons in force.
type AmendmentRules struct {
	Span
	Reasons []AmendmentReason
}

// LevyRules say who may choose what the duty of a domestic sale is levied on
// (DR §3.12).
type LevyRules struct {
	Span
	Areas       []string // "*" is all
	RemedyGoods bool     // goods and materials under a trade remedy may choose
	Consumption num.Rate // how far materials may differ from the consumption on file
}

// Eligible tells whether enterprises of an area may choose.
func (r *LevyRules) Eligible(area string) bool {
	return slices.Contains(r.Areas, "*") || slices.Contains(r.Areas, area)
}

// Parameters are all dated parameters of the room.
type Parameters struct {
	Validation    []Validation
	Confirmation  []Tolerances
	Amendment     []AmendmentRules
	SelectiveLevy []LevyRules
}

//go:embed parameters.yaml
var builtIn []byte

// ParameterFile gives the text of the parameters that come with the program.
func ParameterFile() []byte { return builtIn }

// BuiltIn gives the parameters that come with the program.
var BuiltIn = sync.OnceValue(func() *Parameters {
	p, err := ReadParameters(builtIn)
	if err != nil {
		panic(err) // the file is part of the program and tested
	}
	return p
})

type rawSpan struct {
	ValidFrom string `yaml:"validFrom"`
	ValidTo   string `yaml:"validTo"`
	Source    string `yaml:"source"`
}

func (r rawSpan) span() (s Span, err error) {
	s.Source = r.Source
	if s.ValidFrom, err = clock.ParseDate(r.ValidFrom); err != nil {
		return s, err
	}
	return s, s.ValidTo.UnmarshalText([]byte(r.ValidTo))
}

// ReadParameters reads a parameter file (YAML; unknown keys are refused).
// Fault: DEC-PARAMETER-01.
func ReadParameters(data []byte) (*Parameters, error) {
	p, err := readParameters(data)
	if err != nil {
		return nil, fault.New(fault.Invalid, "DEC-PARAMETER-01", "", "the parameters of declarations cannot be read: {problem}",
			"correct the file; each value needs the form that its comment shows", "problem", err).Because(err)
	}
	return p, nil
}

func readParameters(data []byte) (*Parameters, error) {
	var raw struct {
		Validation []struct {
			rawSpan        `yaml:",inline"`
			MaxLines       int    `yaml:"maxLines"`
			EarliestDay    string `yaml:"earliestDay"`
			EntryDaysAhead int    `yaml:"entryDaysAhead"`
			TextRunes      int    `yaml:"textRunes"`
			MassTolerance  string `yaml:"massTolerance"`
			TotalTolerance string `yaml:"totalTolerance"`
		} `yaml:"validation"`
		Confirmation []struct {
			rawSpan             `yaml:",inline"`
			Packages            string    `yaml:"packages"`
			MassManifestPercent string    `yaml:"massManifestPercent"`
			MassManifestKg      string    `yaml:"massManifestKg"`
			MassDeclaredPercent string    `yaml:"massDeclaredPercent"`
			Similarity          string    `yaml:"similarity"`
			Mismatch            []Outcome `yaml:"mismatch"`
		} `yaml:"confirmation"`
		SelectiveLevy []struct {
			rawSpan            `yaml:",inline"`
			Areas              []string `yaml:"areas"`
			RemedyGoods        bool     `yaml:"remedyGoods"`
			ConsumptionPercent string   `yaml:"consumptionPercent"`
		} `yaml:"selectiveLevy"`
		Amendment []struct {
			rawSpan `yaml:",inline"`
			Reasons []AmendmentReason `yaml:"reasons"`
		} `yaml:"amendment"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil {
		return nil, err
	}
	p := &Parameters{}
	for _, r := range raw.Validation {
		v := Validation{MaxLines: r.MaxLines, EntryDaysAhead: r.EntryDaysAhead, TextRunes: r.TextRunes}
		var errs [4]error
		v.Span, errs[0] = r.span()
		v.EarliestDay, errs[1] = clock.ParseDate(r.EarliestDay)
		v.MassTolerance, errs[2] = num.ParseQuantity(r.MassTolerance)
		v.TotalTolerance, errs[3] = num.ParseMoney(r.TotalTolerance)
		if err := firstOf(errs[:]); err != nil {
			return nil, fmt.Errorf("validation: %w", err)
		}
		p.Validation = append(p.Validation, v)
	}
	for _, r := range raw.Confirmation {
		var t Tolerances
		var errs [6]error
		t.Span, errs[0] = r.span()
		t.Packages, errs[1] = num.ParseQuantity(r.Packages)
		t.MassManifestPercent, errs[2] = num.ParsePercent(r.MassManifestPercent)
		t.MassManifestKg, errs[3] = num.ParseQuantity(r.MassManifestKg)
		t.MassDeclaredPercent, errs[4] = num.ParsePercent(r.MassDeclaredPercent)
		t.Similarity, errs[5] = num.ParseRate(r.Similarity)
		if err := firstOf(errs[:]); err != nil {
			return nil, fmt.Errorf("confirmation: %w", err)
		}
		if len(r.Mismatch) != len(t.Mismatch) {
			return nil, fmt.Errorf("confirmation: mismatch needs %d outcomes, has %d", len(t.Mismatch), len(r.Mismatch))
		}
		for i, o := range r.Mismatch {
			if o != RowNoMatch && o != RowConflict && o != RowSignal {
				return nil, fmt.Errorf("confirmation: mismatch %d is %q", i+1, o)
			}
			t.Mismatch[i] = o
		}
		p.Confirmation = append(p.Confirmation, t)
	}
	for _, r := range raw.SelectiveLevy {
		l := LevyRules{Areas: r.Areas, RemedyGoods: r.RemedyGoods}
		var errs [2]error
		l.Span, errs[0] = r.span()
		l.Consumption, errs[1] = num.ParsePercent(r.ConsumptionPercent)
		if err := firstOf(errs[:]); err != nil {
			return nil, fmt.Errorf("selectiveLevy: %w", err)
		}
		if l.Consumption < 0 || l.Consumption >= num.OneRate {
			return nil, fmt.Errorf("selectiveLevy: %s %% is no tolerance", l.Consumption.PercentString())
		}
		p.SelectiveLevy = append(p.SelectiveLevy, l)
	}
	for _, r := range raw.Amendment {
		span, err := r.span()
		if err != nil {
			return nil, fmt.Errorf("amendment: %w", err)
		}
		p.Amendment = append(p.Amendment, AmendmentRules{Span: span, Reasons: r.Reasons})
	}
	return p, nil
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// InForce tells whether the span covers day on.
func (s Span) InForce(on clock.Date) bool {
	return on >= s.ValidFrom && (s.ValidTo == 0 || on <= s.ValidTo)
}

func noneInForce(what string, on clock.Date) error {
	return fault.New(fault.Refused, "DEC-PARAMETER-02", "", "no {parameter} parameters are in force on {day}",
		"enter parameters that cover this day", "parameter", what, "day", on)
}

// ValidationAt gives the bounds in force on day on. Fault: DEC-PARAMETER-02.
func (p *Parameters) ValidationAt(on clock.Date) (*Validation, error) {
	for i := range p.Validation {
		if p.Validation[i].InForce(on) {
			return &p.Validation[i], nil
		}
	}
	return nil, noneInForce("validation", on)
}

// TolerancesAt gives the tolerances in force on day on. Fault: DEC-PARAMETER-02.
func (p *Parameters) TolerancesAt(on clock.Date) (*Tolerances, error) {
	for i := range p.Confirmation {
		if p.Confirmation[i].InForce(on) {
			return &p.Confirmation[i], nil
		}
	}
	return nil, noneInForce("confirmation", on)
}

// LevyAt gives the rules of the choice in force on day on. Fault:
// DEC-PARAMETER-02.
func (p *Parameters) LevyAt(on clock.Date) (*LevyRules, error) {
	for i := range p.SelectiveLevy {
		if p.SelectiveLevy[i].InForce(on) {
			return &p.SelectiveLevy[i], nil
		}
	}
	return nil, noneInForce("selectiveLevy", on)
}

// AmendmentAt gives the amendment reasons in force on day on. Fault:
// DEC-PARAMETER-02.
func (p *Parameters) AmendmentAt(on clock.Date) (*AmendmentRules, error) {
	for i := range p.Amendment {
		if p.Amendment[i].InForce(on) {
			return &p.Amendment[i], nil
		}
	}
	return nil, noneInForce("amendment", on)
}
