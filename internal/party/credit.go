package party

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Level is how far customs trust an enterprise, whatever the scheme of its day
// calls it: 5 most trusted … 1 seriously dishonest. 0 is no level.
type Level uint8

// The levels.
const (
	SeriouslyDishonest Level = 1
	Dishonest          Level = 2
	General            Level = 3
	Certified          Level = 4
	TopCertified       Level = 5
)

// Grade is one grade of a scheme.
type Grade struct {
	Code    string `yaml:"code"`
	Level   Level  `yaml:"level"`
	Title   string `yaml:"title"`
	TitleZH string `yaml:"titleZH"`
}

// Scheme is the set of grades of one law.
type Scheme struct {
	ID      string
	From    clock.Date
	To      clock.Date // zero: in force
	Source  string
	Usual   string // grade of an enterprise that was never graded
	Grades  []Grade
	Carries map[string]string // grade of the scheme before → grade of this one
}

// Grade gives a grade by its code.
func (s *Scheme) Grade(code string) (Grade, bool) {
	for _, g := range s.Grades {
		if g.Code == code {
			return g, true
		}
	}
	return Grade{}, false
}

// Effect is what a level leads to (DR §8.1). All of it is dated data.
type Effect struct {
	Level           Level
	Inspection      num.Rate // share of consignments drawn for inspection
	Guarantee       string   // exempt, part, full
	GuaranteeShare  num.Rate // of the highest possible tax
	CashOnly        bool     // money or a letter for each case
	Documents       string   // auto, auto-if-low, manual, manual-two
	Barred          []string // supervision modes by section of DR, "*" all
	SelfDeclaredTax bool
	Audit           string // self-check, sample, on-site, continuous
	AuditMonths     int    // between audits, 0 without a pause
	Source          string
}

// Allows tells whether the level may use a supervision mode, named by its
// section of DR ("3.1") or by a word of its own.
func (e Effect) Allows(mode string) bool {
	return !slices.Contains(e.Barred, "*") && !slices.Contains(e.Barred, mode)
}

// GradeChange is one decision on the grade of an enterprise.
type GradeChange struct {
	Grade    string     `json:"grade"` // code in the scheme of From
	From     clock.Date `json:"from"`  // first day
	Reason   string     `json:"reason,omitempty"`
	Law      string     `json:"law,omitempty"`      // rule that it rests on
	Evidence []string   `json:"evidence,omitempty"` // documents, proposals
}

// Standing is the grade of an enterprise on a day.
type Standing struct {
	Scheme  string
	Grade   Grade
	Since   clock.Date // first day of the grade, or of the scheme that it was carried into
	Carried bool       // decided under an earlier scheme
	Usual   bool       // never graded
}

// CreditRules are all schemes and effects.
type CreditRules struct {
	Schemes   []Scheme // by From
	effects   []effectSpan
	objection []objectionSpan
}

type effectSpan struct {
	span
	levels map[Level]Effect
}

type objectionSpan struct {
	span `yaml:",inline"`
	Days int `yaml:"days"`
}

// Credit gives the rules that are built in.
var Credit = built(func() (*CreditRules, error) { return ReadCredit(CreditFile()) })

// CreditFile gives the rules that come with the program, as they are written.
func CreditFile() []byte {
	raw, err := files.ReadFile("data/credit.yaml")
	if err != nil {
		panic(err) // a damaged build
	}
	return raw
}

// ReadCredit reads schemes and effects. What is not complete is an error: what is
// proposed as a change is told so.
func ReadCredit(raw []byte) (*CreditRules, error) {
	var file struct {
		Schemes []struct {
			ID      string `yaml:"id"`
			span    `yaml:",inline"`
			Usual   string            `yaml:"usual"`
			Grades  []Grade           `yaml:"grades"`
			Carries map[string]string `yaml:"carries"`
		} `yaml:"schemes"`
		Effects []struct {
			span   `yaml:",inline"`
			Levels []struct {
				Level           Level    `yaml:"level"`
				Inspection      string   `yaml:"inspection"`
				Guarantee       string   `yaml:"guarantee"`
				Share           string   `yaml:"share"`
				Cash            bool     `yaml:"cash"`
				Documents       string   `yaml:"documents"`
				Barred          []string `yaml:"barred"`
				SelfDeclaredTax bool     `yaml:"selfDeclaredTax"`
				Audit           string   `yaml:"audit"`
				AuditMonths     int      `yaml:"auditEveryMonths"`
			} `yaml:"levels"`
		} `yaml:"effects"`
		Objection []objectionSpan `yaml:"objectionDays"`
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, err
	}
	if len(file.Schemes) == 0 || len(file.Effects) == 0 {
		return nil, errors.New("credit schemes and their effects are missing")
	}
	rules := &CreditRules{objection: file.Objection}
	for i, s := range file.Schemes {
		scheme := Scheme{
			ID: s.ID, From: clock.Date(s.ValidFrom), To: clock.Date(s.ValidTo), Source: s.Source,
			Usual: s.Usual, Grades: s.Grades, Carries: s.Carries,
		}
		if _, ok := scheme.Grade(s.Usual); !ok || s.Source == "" {
			return nil, fmt.Errorf("credit scheme %s: usual grade or source is missing", s.ID)
		}
		if i > 0 {
			before := rules.Schemes[i-1]
			if before.To+1 != scheme.From {
				return nil, fmt.Errorf("credit scheme %s does not begin on the day after %s", s.ID, before.ID)
			}
			for _, g := range before.Grades {
				if _, ok := scheme.Grade(s.Carries[g.Code]); !ok {
					return nil, fmt.Errorf("credit scheme %s does not say what %s becomes", s.ID, g.Code)
				}
			}
		}
		rules.Schemes = append(rules.Schemes, scheme)
	}
	for _, e := range file.Effects {
		levels := map[Level]Effect{}
		for _, l := range e.Levels {
			inspection, err := num.ParseRate(l.Inspection)
			if err != nil {
				return nil, err
			}
			share, err := num.ParseRate(l.Share)
			if err != nil {
				return nil, err
			}
			levels[l.Level] = Effect{
				Level: l.Level, Inspection: inspection, Guarantee: l.Guarantee, GuaranteeShare: share, CashOnly: l.Cash,
				Documents: l.Documents, Barred: l.Barred, SelfDeclaredTax: l.SelfDeclaredTax,
				Audit: l.Audit, AuditMonths: l.AuditMonths, Source: e.Source,
			}
		}
		if len(levels) != int(TopCertified) {
			return nil, errors.New("credit effects do not name five levels")
		}
		rules.effects = append(rules.effects, effectSpan{e.span, levels})
	}
	return rules, nil
}

// SchemeAt gives the scheme of a day. Fault: PARTY-SCHEME-01 before the first.
func (r *CreditRules) SchemeAt(on clock.Date) (*Scheme, error) {
	for i := range r.Schemes {
		if s := &r.Schemes[i]; on >= s.From && (s.To == 0 || on <= s.To) {
			return s, nil
		}
	}
	return nil, r.noScheme(on)
}

func (r *CreditRules) noScheme(on clock.Date) *fault.Fault {
	return fault.New(fault.Invalid, "PARTY-SCHEME-01", "", "no credit scheme is known for {day}",
		"give a day from {first} on", "day", on, "first", r.Schemes[0].From)
}

// At gives the standing of an enterprise on day on from its grade changes, in
// any order. A grade decided under an earlier scheme is carried into each later
// one; an enterprise without a change has the usual grade. Faults:
// PARTY-SCHEME-01; PARTY-GRADE-01 when a change names a grade that its scheme
// does not have.
func (r *CreditRules) At(changes []GradeChange, on clock.Date) (Standing, error) {
	scheme, err := r.SchemeAt(on)
	if err != nil {
		return Standing{}, err
	}
	var last *GradeChange
	for i := range changes {
		if c := &changes[i]; c.From <= on && (last == nil || c.From >= last.From) {
			last = c
		}
	}
	if last == nil {
		g, _ := scheme.Grade(scheme.Usual)
		return Standing{Scheme: scheme.ID, Grade: g, Since: scheme.From, Usual: true}, nil
	}
	first, err := r.SchemeAt(last.From)
	if err != nil {
		return Standing{}, err
	}
	if _, ok := first.Grade(last.Grade); !ok {
		return Standing{}, unknownGrade("", last.Grade, first)
	}
	code, since := last.Grade, last.From
	for i := range r.Schemes {
		if s := &r.Schemes[i]; s.From > last.From && s.From <= on {
			code, since = s.Carries[code], s.From
		}
	}
	g, _ := scheme.Grade(code) // every grade is carried: readCredit proves it
	return Standing{Scheme: scheme.ID, Grade: g, Since: since, Carried: since != last.From}, nil
}

func unknownGrade(path, code string, s *Scheme) *fault.Fault {
	codes := ""
	for i, g := range s.Grades {
		if i > 0 {
			codes += ", "
		}
		codes += g.Code
	}
	return fault.New(fault.Invalid, "PARTY-GRADE-01", path, "the credit scheme {scheme} has no grade “{grade}”",
		"use one of {codes}", "scheme", s.ID, "grade", code, "codes", codes)
}

// Effect gives what a level leads to on day on. Faults: PARTY-SCHEME-01 before
// the first rule, PARTY-LEVEL-01 for no such level.
func (r *CreditRules) Effect(level Level, on clock.Date) (Effect, error) {
	for _, e := range r.effects {
		if !e.holds(on) {
			continue
		}
		effect, ok := e.levels[level]
		if !ok {
			return Effect{}, fault.New(fault.Invalid, "PARTY-LEVEL-01", "", "there is no credit level {level}",
				"use a level from 1 to 5", "level", level)
		}
		return effect, nil
	}
	return Effect{}, r.noScheme(on)
}

// ObjectionDays gives the working days in which an enterprise may object to a
// new grade of day on; 0 when no rule speaks for that day.
func (r *CreditRules) ObjectionDays(on clock.Date) int {
	for _, o := range r.objection {
		if o.holds(on) {
			return o.Days
		}
	}
	return 0
}
