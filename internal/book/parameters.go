package book

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Rules are the bounds of books and their merger in force during one span of days.
type Rules struct {
	ValidFrom      clock.Date
	ValidTo        clock.Date
	Source         string
	PriceDeviation num.Rate // from a group's average, without a signal
	UnitTolerance  num.Rate // of a conversion of units
	ShortPassDays  int      // after which goods that came in part raise an alarm
}

// Parameters are the dated rules.
type Parameters []Rules

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

// ReadParameters reads a parameter file (YAML; unknown keys are refused).
// Fault: BOOK-PARAMETER-01.
func ReadParameters(body []byte) (Parameters, error) {
	p, err := readParameters(body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "BOOK-PARAMETER-01", "", "the parameters of account books cannot be read: {problem}",
			"correct the file; each value needs the form that its comment shows", "problem", err).Because(err)
	}
	return p, nil
}

func readParameters(body []byte) (Parameters, error) {
	var raw struct {
		Books []struct {
			ValidFrom      string `yaml:"validFrom"`
			ValidTo        string `yaml:"validTo"`
			Source         string `yaml:"source"`
			PriceDeviation string `yaml:"priceDeviation"`
			UnitTolerance  string `yaml:"unitTolerance"`
			ShortPassDays  int    `yaml:"shortPassDays"`
		} `yaml:"books"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(body)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil {
		return nil, err
	}
	var all Parameters
	for _, r := range raw.Books {
		one := Rules{Source: r.Source, ShortPassDays: r.ShortPassDays}
		var err error
		if one.ValidFrom, err = clock.ParseDate(r.ValidFrom); err != nil {
			return nil, err
		}
		if err = one.ValidTo.UnmarshalText([]byte(r.ValidTo)); err != nil {
			return nil, err
		}
		if one.PriceDeviation, err = num.ParsePercent(r.PriceDeviation); err != nil {
			return nil, fmt.Errorf("priceDeviation: %w", err)
		}
		if one.UnitTolerance, err = num.ParsePercent(r.UnitTolerance); err != nil {
			return nil, fmt.Errorf("unitTolerance: %w", err)
		}
		if one.PriceDeviation < 0 || one.UnitTolerance < 0 || one.UnitTolerance > num.OneRate || one.ShortPassDays < 1 || one.ShortPassDays > 365 {
			return nil, fmt.Errorf("shares are at least 0, a tolerance at most 100 %%, days 1 to 365")
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no rule")
	}
	return all, nil
}

// At gives the rules of a day; without parameters those that come with the
// program. Fault: BOOK-PARAMETER-02.
func (p Parameters) At(on clock.Date) (Rules, error) {
	if p == nil {
		p = BuiltIn()
	}
	for _, r := range p {
		if r.ValidFrom <= on && (r.ValidTo == 0 || on <= r.ValidTo) {
			return r, nil
		}
	}
	return Rules{}, fault.New(fault.Refused, "BOOK-PARAMETER-02", "", "there are no rules of account books for {day}", "have rules put in force for that day", "day", on)
}
