package tariff

import (
	"fmt"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Code is a commodity code as digits without dots: 2 (chapter), 4 (heading), 6
// (Harmonized System subheading) or up to 14 digits of a national schedule.
type Code string

// Key is a code packed into one word, digits from the left, so that keys sort
// as a printed tariff does and a parent stands before its children.
type Key uint64

// ParseCode reads a commodity code; dots and blanks between digits are dropped,
// as printed tariffs set them. Fault: TARIFF-CODE-01.
func ParseCode(s string) (Code, error) {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			out = append(out, c)
		case c == '.' || c == ' ':
		default:
			return "", badCode(s)
		}
	}
	if len(out) < 2 || len(out) > 14 {
		return "", badCode(s)
	}
	return Code(out), nil
}

func badCode(s string) error {
	if len(s) > 40 {
		s = s[:40]
	}
	return fault.New(fault.Invalid, "TARIFF-CODE-01", "", "{code} is not a commodity code",
		"write 2 to 14 digits, such as 85171300", "code", strings.ToValidUTF8(s, "�"))
}

// Key packs c; ok is false for anything but 2 to 14 digits.
func (c Code) Key() (k Key, ok bool) {
	if len(c) < 2 || len(c) > 14 {
		return 0, false
	}
	for i := range len(c) {
		d := c[i] - '0'
		if d > 9 {
			return 0, false
		}
		k |= Key(d) << (60 - 4*i)
	}
	return k | Key(len(c)), true
}

// digits is how many digits the code has.
func (k Key) digits() int { return int(k & 15) }

// chapter is the number of the first two digits.
func (k Key) chapter() int { return int(k>>60)*10 + int(k>>56&15) }

// beginning is the key of the code's first n digits, 2 to as many as it has.
func (k Key) beginning(n int) Key { return k>>(64-4*n)<<(64-4*n) | Key(n) }

// Kind is what a measure does, the same over all sources.
type Kind uint8

// The kinds of measure. Columns of the Chinese tariff come first (DR §5.2).
const (
	NoKind          Kind = iota
	MFN                  // most favoured nation rate, third country duty
	Conventional         // rate under an agreement, tariff preference
	Special              // special preferential rate for least developed countries
	General              // general rate: no treaty, or origin unknown; US column 2
	Provisional          // provisional rate on the whole code
	ProvisionalPart      // provisional rate on part of the goods of the code
	QuotaIn              // rate inside a tariff quota
	Suspension           // autonomous suspension of duty
	AntiDumping
	Countervailing
	Safeguard
	Retaliation // additional duty against a country
	Additional  // other additional duty
	ConsumptionTax
	Excise
	VAT
	ExportDuty
	SupplementaryUnit
	Control // prohibition, restriction, licence or document
	Other
)

var kindNames = [...]string{
	"", "mfn", "conventional", "special", "general", "provisional", "provisional_part", "quota", "suspension",
	"anti_dumping", "countervailing", "safeguard", "retaliation", "additional", "consumption_tax", "excise", "vat",
	"export_duty", "supplementary_unit", "control", "other",
}

// String gives the kind's name as files and messages write it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// KindOf gives the kind with that name, NoKind when there is none.
func KindOf(name string) Kind {
	for i, n := range kindNames {
		if n == name {
			return Kind(i)
		}
	}
	return NoKind
}

// AreaCode is a geographical area: an ISO 3166 country, or a group or programme
// in the source's own sign ("1011", "A+"). Empty means all origins.
type AreaCode string

// CurrencyCode is an ISO 4217 letter code.
type CurrencyCode string

// AdditionalCode is a further code that picks one of several measures, such as
// the exporter in an anti-dumping case (4 characters).
type AdditionalCode string

// Commodity is one line of a goods nomenclature. A line without code is a
// heading between others ("Horses:").
type Commodity struct {
	Code       Code
	EN, ZH     string // descriptions; ZH may be empty
	Indent     uint8
	Parent     int32 // index of the line above in the hierarchy, -1 for none
	Declarable bool  // no further subdivision: may stand in a declaration
	Units      []Unit
	From, To   clock.Date // validity, both days included; 0 is open

	firstMeasure, measures int32
	next                   int32 // a later version of the same code, -1 for none
}

// Measure is one dated rule on a commodity and all below it.
type Measure struct {
	Kind           Kind
	Type           string // the source's own measure type
	Areas          []AreaCode
	Excluded       []AreaCode
	AdditionalCode AdditionalCode
	Quota          string // order number
	Duty           *Expression
	Conditions     []Condition
	From, To       clock.Date // validity, both days included; 0 is open
	Season         Season     // part of each year in which it holds; zero is the whole year
	Law            string     // regulation or note the measure rests on
}

// In tells whether the measure holds on day d.
func (m *Measure) In(d clock.Date) bool {
	return within(m.From, m.To, d) && (m.Season == Season{} || m.Season.In(d))
}

// Season is a part of every year, both days included, each as month × 100 + day:
// {1101, 514} is 1 November to 14 May.
type Season struct{ First, Last int16 }

// In tells whether day d lies in the season.
func (s Season) In(d clock.Date) bool {
	at := int16(int(d.Month())*100 + d.DayOfMonth())
	if s.First <= s.Last {
		return s.First <= at && at <= s.Last
	}
	return at >= s.First || at <= s.Last
}

// String gives "1101-0514", "" for the whole year.
func (s Season) String() string {
	if s == (Season{}) {
		return ""
	}
	return fmt.Sprintf("%04d-%04d", s.First, s.Last)
}

// parseSeason reads what String gives.
func parseSeason(text string) (Season, error) {
	if text == "" {
		return Season{}, nil
	}
	var s Season
	if n, err := fmt.Sscanf(text, "%04d-%04d", &s.First, &s.Last); err != nil || n != 2 || s.String() != text {
		return s, fmt.Errorf("%q is no season", text)
	}
	return s, nil
}

// Covers tells whether the measure applies to goods of that area.
func (m *Measure) Covers(area AreaCode) bool {
	for _, x := range m.Excluded {
		if x == area {
			return false
		}
	}
	if len(m.Areas) == 0 {
		return true
	}
	for _, a := range m.Areas {
		if a == area {
			return true
		}
	}
	return false
}

func within(from, to, d clock.Date) bool { return (from == 0 || from <= d) && (to == 0 || d <= to) }

// Condition is one test a measure makes: a document that must be presented, a
// quantity or price that must be reached, and what follows.
type Condition struct {
	Code     string       `json:"code"`               // letter of the condition group
	Document string       `json:"document,omitempty"` // certificate, licence or document code
	AtLeast  num.Rate     `json:"at_least,omitempty"` // threshold
	Unit     UnitCode     `json:"unit,omitempty"`
	Currency CurrencyCode `json:"currency,omitempty"`
	Action   string       `json:"action,omitempty"` // the source's action code
	Text     string       `json:"text,omitempty"`
	Duty     *Expression  `json:"duty,omitempty"` // rate that applies when the test is met
}
