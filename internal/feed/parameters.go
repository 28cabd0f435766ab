package feed

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

// Rules are the parameters in force during one span of days.
type Rules struct {
	ValidFrom, ValidTo clock.Date
	Source             string
	Silent             time.Duration // without an applied message before the feed is degraded
	TestDays           int           // clean before going live
	MovementDays       int           // within which list, report and passage must meet
	Material           num.Rate      // by which a work order may differ from its plan
	Waiting            int           // messages kept behind a gap
	Patience           time.Duration // for a missing or staged message, before officers are told
}

// Parameters are the dated rules.
type Parameters []Rules

// At gives the rules in force on a day; the last ones where none are.
func (p Parameters) At(on clock.Date) Rules {
	for _, r := range p {
		if r.ValidFrom <= on && (r.ValidTo == 0 || on <= r.ValidTo) {
			return r
		}
	}
	if len(p) == 0 {
		return BuiltIn()[0]
	}
	return p[len(p)-1]
}

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
// Fault: FEED-PARAMETER-01.
func ReadParameters(body []byte) (Parameters, error) {
	p, err := readParameters(body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "FEED-PARAMETER-01", "", "the parameters of feeds cannot be read: {problem}",
			"correct the file; each value needs the form that its comment shows", "problem", err).Because(err)
	}
	return p, nil
}

func readParameters(body []byte) (Parameters, error) {
	var raw struct {
		Supervision []struct {
			ValidFrom       string `yaml:"validFrom"`
			ValidTo         string `yaml:"validTo"`
			Source          string `yaml:"source"`
			SilentHours     int    `yaml:"silentHours"`
			TestDays        int    `yaml:"testDays"`
			MovementDays    int    `yaml:"movementDays"`
			MaterialPercent string `yaml:"materialPercent"`
			WaitingMessages int    `yaml:"waitingMessages"`
			PatienceMinutes int    `yaml:"patienceMinutes"`
		} `yaml:"supervision"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(body)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil {
		return nil, err
	}
	var all Parameters
	for _, r := range raw.Supervision {
		one := Rules{Source: r.Source, Silent: time.Duration(r.SilentHours) * time.Hour, TestDays: r.TestDays, MovementDays: r.MovementDays, Waiting: r.WaitingMessages, Patience: time.Duration(r.PatienceMinutes) * time.Minute}
		var err error
		if one.ValidFrom, err = clock.ParseDate(r.ValidFrom); err != nil {
			return nil, err
		}
		if err = one.ValidTo.UnmarshalText([]byte(r.ValidTo)); err != nil {
			return nil, err
		}
		if one.Material, err = num.ParsePercent(r.MaterialPercent); err != nil {
			return nil, fmt.Errorf("materialPercent: %w", err)
		}
		if r.SilentHours < 1 || r.SilentHours > 24*31 || r.TestDays < 0 || r.TestDays > 366 || r.MovementDays < 0 || r.MovementDays > 60 ||
			one.Material < 0 || r.WaitingMessages < 1 || r.WaitingMessages > 10_000 ||
			r.PatienceMinutes < 1 || r.PatienceMinutes > 24*60 {
			return nil, fmt.Errorf("hours are 1 to 744, test days 0 to 366, movement days 0 to 60, waiting messages 1 to 10,000, minutes 1 to 1,440")
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("supervision: no rules")
	}
	return all, nil
}
