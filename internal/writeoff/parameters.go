package writeoff

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Rules are the parameters of write-off during one span of days.
type Rules struct {
	ValidFrom      clock.Date
	ValidTo        clock.Date
	Source         string
	ToleranceShare num.Rate  // of the period's consumption
	ToleranceTax   num.Money // CNY
	SubmitDays     int
	ExtendDays     int
	CycleMonths    int
	MajeureDays    int
	YieldMargin    num.Rate
	EnoughOrders   int
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
// Fault: WRITEOFF-PARAMETER-01.
func ReadParameters(body []byte) (Parameters, error) {
	p, err := readParameters(body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "WRITEOFF-PARAMETER-01", "", "the parameters of write-off cannot be read: {problem}",
			"correct the file; each value needs the form that its comment shows", "problem", err).Because(err)
	}
	return p, nil
}

func readParameters(body []byte) (Parameters, error) {
	var raw struct {
		WriteOff []struct {
			ValidFrom      string `yaml:"validFrom"`
			ValidTo        string `yaml:"validTo"`
			Source         string `yaml:"source"`
			ToleranceShare string `yaml:"toleranceShare"`
			ToleranceTax   string `yaml:"toleranceTax"`
			SubmitDays     int    `yaml:"submitDays"`
			ExtendDays     int    `yaml:"extendDays"`
			CycleMonths    int    `yaml:"cycleMonths"`
			MajeureDays    int    `yaml:"majeureDays"`
			YieldMargin    string `yaml:"yieldMargin"`
			EnoughOrders   int    `yaml:"enoughOrders"`
		} `yaml:"writeOff"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(body))
	decoder.KnownFields(true)
	if err := decoder.Decode(&raw); err != nil {
		return nil, err
	}
	if len(raw.WriteOff) == 0 {
		return nil, fmt.Errorf("writeOff: no row")
	}
	all := make(Parameters, 0, len(raw.WriteOff))
	for _, r := range raw.WriteOff {
		rules := Rules{
			Source: r.Source, SubmitDays: r.SubmitDays, ExtendDays: r.ExtendDays, CycleMonths: r.CycleMonths, MajeureDays: r.MajeureDays, EnoughOrders: r.EnoughOrders,
		}
		var err error
		if rules.ValidFrom, err = clock.ParseDate(r.ValidFrom); err != nil {
			return nil, err
		}
		if err = rules.ValidTo.UnmarshalText([]byte(r.ValidTo)); err != nil {
			return nil, err
		}
		if rules.ToleranceShare, err = num.ParsePercent(r.ToleranceShare); err != nil {
			return nil, fmt.Errorf("toleranceShare: %w", err)
		}
		if rules.ToleranceTax, err = num.ParseMoney(r.ToleranceTax); err != nil {
			return nil, fmt.Errorf("toleranceTax: %w", err)
		}
		if rules.YieldMargin, err = num.ParsePercent(r.YieldMargin); err != nil {
			return nil, fmt.Errorf("yieldMargin: %w", err)
		}
		switch {
		case rules.ToleranceShare < 0 || rules.ToleranceShare > num.OneRate || rules.ToleranceTax < 0:
			err = fmt.Errorf("tolerance: a share is 0 to 100 %%, a tax not below zero")
		case rules.YieldMargin < 0 || rules.YieldMargin > num.OneRate || rules.EnoughOrders < 1:
			err = fmt.Errorf("yield: a margin is 0 to 100 %%, at least one earlier order is needed")
		case rules.SubmitDays < 1 || rules.SubmitDays > 366 || rules.ExtendDays < 0 || rules.ExtendDays > 366 || rules.MajeureDays < 1 || rules.MajeureDays > 366:
			err = fmt.Errorf("days are 1 to 366")
		case rules.CycleMonths < 1 || rules.CycleMonths > 12:
			err = fmt.Errorf("cycleMonths: %d is not 1 to 12", rules.CycleMonths)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, rules)
	}
	return all, nil
}

// At gives the rules in force on day on. Fault: WRITEOFF-PARAMETER-02.
func (p Parameters) At(on clock.Date) (*Rules, error) {
	for i := range p {
		if on >= p[i].ValidFrom && (p[i].ValidTo == 0 || on <= p[i].ValidTo) {
			return &p[i], nil
		}
	}
	return nil, fault.New(fault.Refused, "WRITEOFF-PARAMETER-02", "", "no parameters of write-off are in force on {day}",
		"enter parameters that cover this day", "day", on)
}
