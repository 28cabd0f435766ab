package duty

import (
	"crypto/sha256"
	_ "embed" // the parameters ship with the program
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"seine/internal/clock"
	"seine/internal/num"
)

// Rules is every parameter of this package as it stands on one day.
type Rules struct {
	From clock.Date // first day the set is in force

	TaxRounding    num.Rounding // each tax, to the fen
	ExciseRounding num.Rounding // excise, to the penny
	ValueRound     string       // "fen" or "yuan": precision of the customs value of a line
	Insurance      num.Rate     // share of price and freight when insurance is not known
	ExchangeRule   string       // "third_wednesday" or "levying_day"

	PreferLowerMFN  bool      // MFN instead of a higher agreement rate where no provisional rate stands
	MissingOrigin   bool      // no proof of origin under a remedy: highest rate rule
	ExemptDuty      num.Money // duty on one bill up to this is not levied
	ExemptOther     num.Money // the same for each other tax
	RemediesInBase  bool      // trade remedies count in the base of consumption tax and VAT
	CountIssueDay   bool      // the day a bill is issued is day one of the term
	ShiftToWorking  bool      // a term that ends on a day off ends on the next working day
	PaymentDays     int64     // term of payment
	PaymentFrom     string    // "bill" or "declaration": what the term runs from
	LatePerDay      num.Rate  // surcharge a day on unpaid tax
	LateMinimum     num.Money // surcharge below this is not collected
	DeclareDays     int64     // days after entry in which goods must be declared
	DeclarePerDay   num.Rate  // late declaration fee a day on the value
	DeclareMinimum  num.Money // late declaration fee below this is not collected
	DeferralRate    num.Rate  // current-deposit rate, a year
	DeferralDays    int64     // days in the year of that rate
	SupplementYears int64     // years in which short tax may be asked for
	BreachYears     int64     // the same when the payer broke rules
	RefundYears     int64     // years in which the payer may ask for a refund
	PayWorkingDay   int64     // consolidated tax of a month: due on this working day of the next
}

// ParameterRow is one dated row of the parameter file.
type ParameterRow struct {
	Name  string     `json:"name"`
	Value string     `json:"value"`
	From  clock.Date `json:"from"`
	To    clock.Date `json:"to"`
	Law   string     `json:"law"`
	Mark  string     `json:"mark,omitempty"` // "OR": our reading of an open point
}

// Parameters is the dated table of rules; it is immutable.
type Parameters struct {
	rows  []ParameterRow
	sets  []Rules // by From
	laws  []map[string]string
	epoch string
}

//go:embed data/parameters.json
var parameterFile string

var shipped = sync.OnceValues(func() (*Parameters, error) { return ReadParameters(strings.NewReader(parameterFile)) })

// Shipped gives the parameters that ship with the program.
func Shipped() (*Parameters, error) { return shipped() }

// Epoch is the hash of the table.
func (p *Parameters) Epoch() string { return p.epoch }

// Rows gives the table, for display.
func (p *Parameters) Rows() []ParameterRow { return slices.Clone(p.rows) }

// At gives the rules of day d. Before the first row it gives the oldest set.
func (p *Parameters) At(d clock.Date) *Rules {
	i := sort.Search(len(p.sets), func(i int) bool { return p.sets[i].From > d })
	return &p.sets[max(0, i-1)]
}

// Law gives the source of a parameter as it stands on day d.
func (p *Parameters) Law(name string, d clock.Date) string {
	i := sort.Search(len(p.sets), func(i int) bool { return p.sets[i].From > d })
	return p.laws[max(0, i-1)][name]
}

// With gives a copy in which the named parameters have other values on all days;
// it serves what-if questions and cases that state their own rule.
func (p *Parameters) With(values map[string]string) (*Parameters, error) {
	rows := slices.Clone(p.rows)
	for name, value := range values {
		found := false
		for i := range rows {
			if rows[i].Name == name {
				rows[i].Value, rows[i].Law, found = value, "stated with the case", true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no parameter %q", name)
		}
	}
	return newParameters(rows)
}

// ReadParameters reads a parameter file: a JSON array of ParameterRow. Every
// parameter must have a row on every day from the first row's on, and no two.
func ReadParameters(r io.Reader) (*Parameters, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	var rows []ParameterRow
	if err := d.Decode(&rows); err != nil {
		return nil, fmt.Errorf("read duty parameters: %w", err)
	}
	return newParameters(rows)
}

func newParameters(rows []ParameterRow) (*Parameters, error) {
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("hash duty parameters: %w", err)
	}
	sum := sha256.Sum256(text)
	p := &Parameters{rows: rows, epoch: hex.EncodeToString(sum[:16])}
	starts := []clock.Date{}
	for _, row := range rows {
		starts = append(starts, row.From)
	}
	slices.Sort(starts)
	for _, from := range slices.Compact(starts) {
		set, laws := Rules{From: from}, map[string]string{}
		for _, row := range rows {
			if row.From > from || (row.To != 0 && row.To < from) {
				continue
			}
			if _, twice := laws[row.Name]; twice {
				return nil, fmt.Errorf("duty parameter %q has two rows on %s", row.Name, from)
			}
			if err := set.set(row.Name, row.Value); err != nil {
				return nil, err
			}
			laws[row.Name] = row.Law
		}
		for _, row := range rows {
			if _, ok := laws[row.Name]; !ok {
				return nil, fmt.Errorf("duty parameter %q has no row on %s", row.Name, from)
			}
		}
		p.sets, p.laws = append(p.sets, set), append(p.laws, laws)
	}
	if len(p.sets) == 0 {
		return nil, fmt.Errorf("there are no duty parameters")
	}
	return p, nil
}

var roundings = map[string]num.Rounding{"half_up": num.HalfUp, "half_even": num.HalfEven, "down": num.Down, "up": num.Up}

func (r *Rules) set(name, value string) error {
	var err error
	number := func(to *int64) {
		*to, err = strconv.ParseInt(value, 10, 64)
	}
	choice := func(to *string, allowed ...string) {
		*to = value
		if !slices.Contains(allowed, value) {
			err = fmt.Errorf("not one of %s", strings.Join(allowed, ", "))
		}
	}
	flag := func(to *bool) {
		var s string
		choice(&s, "true", "false")
		*to = s == "true"
	}
	rate := func(to *num.Rate) {
		if *to, err = num.ParseRate(value); err == nil && (*to < 0 || *to > num.OneRate) {
			err = fmt.Errorf("not between 0 and 1")
		}
	}
	money := func(to *num.Money) { *to, err = num.ParseMoney(value) }
	switch name {
	case "tax_rounding":
		var ok bool
		if r.TaxRounding, ok = roundings[value]; !ok {
			err = fmt.Errorf("not a rounding")
		}
	case "excise_rounding":
		var ok bool
		if r.ExciseRounding, ok = roundings[value]; !ok {
			err = fmt.Errorf("not a rounding")
		}
	case "value_round":
		choice(&r.ValueRound, "fen", "yuan")
	case "insurance_default":
		rate(&r.Insurance)
	case "exchange_rule":
		choice(&r.ExchangeRule, "third_wednesday", "levying_day")
	case "prefer_lower_mfn":
		flag(&r.PreferLowerMFN)
	case "missing_origin_highest":
		flag(&r.MissingOrigin)
	case "exempt_duty":
		money(&r.ExemptDuty)
	case "exempt_other":
		money(&r.ExemptOther)
	case "remedies_in_base":
		flag(&r.RemediesInBase)
	case "count_issue_day":
		flag(&r.CountIssueDay)
	case "shift_to_working_day":
		flag(&r.ShiftToWorking)
	case "payment_days":
		number(&r.PaymentDays)
	case "payment_runs_from":
		choice(&r.PaymentFrom, "bill", "declaration")
	case "late_payment_per_day":
		rate(&r.LatePerDay)
	case "late_payment_minimum":
		money(&r.LateMinimum)
	case "declaration_days":
		number(&r.DeclareDays)
	case "late_declaration_per_day":
		rate(&r.DeclarePerDay)
	case "late_declaration_minimum":
		money(&r.DeclareMinimum)
	case "deferral_rate":
		rate(&r.DeferralRate)
	case "deferral_days_in_year":
		number(&r.DeferralDays)
		if r.DeferralDays < 1 {
			err = fmt.Errorf("not a number of days")
		}
	case "supplement_years":
		number(&r.SupplementYears)
	case "supplement_years_breach":
		number(&r.BreachYears)
	case "refund_years":
		number(&r.RefundYears)
	case "consolidated_working_day":
		number(&r.PayWorkingDay)
	default:
		err = fmt.Errorf("unknown")
	}
	if err != nil {
		return fmt.Errorf("duty parameter %q, value %q: %w", name, value, err)
	}
	return nil
}
