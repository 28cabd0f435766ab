package revenue

import (
	_ "embed" // the parameters ship with the program
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"seine/internal/clock"
	"seine/internal/num"
)

// Rules is every parameter of the money side as it stands on one day.
type Rules struct {
	SelfTolerance   num.Money // self-declared tax: difference of a line without consequence
	SelfShortShare  num.Rate  // share of the computed tax …
	SelfShortAmount num.Money // … or amount, whichever is larger, by which it may be short before an officer looks
	DifferenceDays  int       // working days in which a difference is cleared
	StatementDay    int       // day of the month on which the statement of the month before is made out
	ExpiryDays      int       // days before the end of a guarantee in which that is told
	ShortShare      num.Rate  // share of a limit below which what is free is told
	ExemptLevel     int       // credit level from which a guarantee may be spared (GUA art. 10)
	NoticeSeconds   int       // in which a bank is told of a release
}

// ParameterRow is one dated row of the parameter file.
type ParameterRow struct {
	Name  string     `json:"name"`
	Value string     `json:"value"`
	From  clock.Date `json:"from"`
	To    clock.Date `json:"to,omitzero"`
	Law   string     `json:"law"`
	Mark  string     `json:"mark,omitempty"` // "OR": our reading of an open point
}

// Parameters is the dated table of rules; it is immutable.
type Parameters struct{ rows []ParameterRow }

//go:embed data/parameters.json
var parameterFile string

var shipped = sync.OnceValues(func() (*Parameters, error) { return ReadParameters(strings.NewReader(parameterFile)) })

// Shipped gives the parameters that ship with the program.
func Shipped() (*Parameters, error) { return shipped() }

// ReadParameters reads a parameter file: a JSON array of ParameterRow. No
// parameter may have two rows on one day, and each must have a first row.
func ReadParameters(r io.Reader) (*Parameters, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	p := &Parameters{}
	if err := d.Decode(&p.rows); err != nil {
		return nil, fmt.Errorf("read the parameters of revenue: %w", err)
	}
	for i, a := range p.rows {
		if err := (&Rules{}).set(a.Name, a.Value); err != nil {
			return nil, err
		}
		for _, b := range p.rows[:i] {
			if a.Name == b.Name && (b.To == 0 || b.To >= a.From) && (a.To == 0 || a.To >= b.From) {
				return nil, fmt.Errorf("parameter %q of revenue has two rows on %s", a.Name, max(a.From, b.From))
			}
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(p.rows, func(r ParameterRow) bool { return r.Name == name }) {
			return nil, fmt.Errorf("parameter %q of revenue has no row", name)
		}
	}
	return p, nil
}

// Rows gives the table, for display.
func (p *Parameters) Rows() []ParameterRow { return slices.Clone(p.rows) }

// At gives the rules of day d. Before the first row of a parameter its oldest
// value holds.
func (p *Parameters) At(d clock.Date) Rules {
	var r Rules
	for _, name := range names {
		var best *ParameterRow
		for i := range p.rows {
			row := &p.rows[i]
			if row.Name != name {
				continue
			}
			in := row.From <= d && (row.To == 0 || row.To >= d)
			if in || best == nil || best.From > row.From && best.From > d {
				best = row
			}
			if in {
				break
			}
		}
		_ = r.set(best.Name, best.Value) // was read when the file was
	}
	return r
}

var names = []string{
	"self_tolerance", "self_short_share", "self_short_amount", "difference_days", "statement_day", "expiry_alarm_days", "short_alarm_share",
	"exempt_level", "bank_notice_seconds",
}

func (r *Rules) set(name, value string) (err error) {
	switch name {
	case "self_tolerance":
		r.SelfTolerance, err = num.ParseMoney(value)
	case "self_short_share":
		r.SelfShortShare, err = num.ParseRate(value)
	case "self_short_amount":
		r.SelfShortAmount, err = num.ParseMoney(value)
	case "difference_days":
		r.DifferenceDays, err = strconv.Atoi(value)
	case "statement_day":
		r.StatementDay, err = strconv.Atoi(value)
	case "expiry_alarm_days":
		r.ExpiryDays, err = strconv.Atoi(value)
	case "short_alarm_share":
		r.ShortShare, err = num.ParseRate(value)
	case "exempt_level":
		r.ExemptLevel, err = strconv.Atoi(value)
	case "bank_notice_seconds":
		r.NoticeSeconds, err = strconv.Atoi(value)
	default:
		return fmt.Errorf("there is no parameter %q of revenue", name)
	}
	if err != nil {
		return fmt.Errorf("parameter %q of revenue: %w", name, err)
	}
	return nil
}

// BuiltIn gives the parameters that ship with the program; that they can be read
// is proven by a test of this room.
func BuiltIn() *Parameters {
	p, err := shipped()
	if err != nil {
		panic(err)
	}
	return p
}
