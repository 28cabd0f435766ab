package declaration

import (
	"embed"
	"fmt"
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Mapping says how the columns of a foreign table become our elements: one
// readable file per source. An element that the source does not state carries
// the reason why it was supplied.
type Mapping struct {
	Name      string    `yaml:"name"`
	Title     string    `yaml:"title"`
	Source    string    `yaml:"source"`
	Delimiter string    `yaml:"delimiter"` // one character, a comma when empty
	Key       string    `yaml:"key"`       // column that names the row
	Columns   []string  `yaml:"columns"`   // columns that must be there
	Elements  []Element `yaml:"elements"`
	Local     []string  `yaml:"local"` // columns kept word for word; columns not named above are kept as well
	Label     *LabelMap `yaml:"label"`
	// Exchange are rates that the source does not state, for sums in yuan.
	Exchange []SuppliedRate `yaml:"exchange"`

	used map[string]bool // columns that an element or the label reads
}

// SuppliedRate is an exchange rate that a mapping fills in.
type SuppliedRate struct {
	Currency CurrencyCode `yaml:"currency"`
	Rate     string       `yaml:"rate"`     // yuan for one unit
	Supplied string       `yaml:"supplied"` // reason

	rate num.Rate
}

// ExchangeRate gives the rate that the mapping supplies for a currency, and its
// reason; false when it supplies none.
func (m *Mapping) ExchangeRate(c CurrencyCode) (num.Rate, string, bool) {
	for _, x := range m.Exchange {
		if x.Currency == c {
			return x.rate, x.Supplied, true
		}
	}
	return 0, "", false
}

// LabelMap names the columns that hold a known inspection result.
type LabelMap struct {
	Fraud    string `yaml:"fraud"`
	Critical string `yaml:"critical"`
	Source   string `yaml:"source"`
}

// When is the condition on the column's text under which an element is set.
type When string

const (
	Always  When = ""
	Given   When = "given"   // not blank
	Blank   When = "blank"   // blank
	Zero    When = "zero"    // a number equal to 0
	NonZero When = "nonzero" // anything else: a text that is no number goes on and is refused by its element
)

// Element is one line of a mapping.
type Element struct {
	To       string `yaml:"to"`       // RFC 6901 pointer of our element
	From     string `yaml:"from"`     // column
	Constant string `yaml:"constant"` // in place of the column's text
	Template string `yaml:"template"` // text with {Column}, {Column:padN} or {Column:year}
	When     When   `yaml:"when"`
	Steps    []Step `yaml:"steps"`
	Supplied string `yaml:"supplied"` // reason, when the source does not state the element

	set   setter
	parts []templatePart
}

// Step is one change of the text on its way.
type Step struct {
	name      string
	width     int
	with      string
	decimals  int
	factor    num.Rate
	table     map[string]string
	otherwise *string
	reason    string
	forms     []string
	grouping  grouping
}

// grouping is how the numbers of a source are written.
type grouping struct {
	Group   string `yaml:"group"`   // between thousands
	Decimal string `yaml:"decimal"` // before the fraction
}

// dateForms are the spellings of a day that a mapping may name, as Go's clock
// knows them.
var dateForms = map[string]string{
	"YYYY-MM-DD": "2006-01-02", "YYYYMMDD": "20060102", "YYYY/MM/DD": "2006/01/02", "YYYY/M/D": "2006/1/2", "YYYY.MM.DD": "2006.01.02",
	"DD/MM/YYYY": "02/01/2006", "MM/DD/YYYY": "01/02/2006", "DD.MM.YYYY": "02.01.2006", "YYYY年M月D日": "2006年1月2日",
}

// UnmarshalYAML reads a step: a word (trim, upper, percent) or one of padLeft,
// padRight, round, scale, prefix, table, date (the spelling, or a list of them,
// that a day has), number (group and decimal signs of the source's numbers).
func (s *Step) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		switch n.Value {
		case "trim", "upper", "percent":
			s.name = n.Value
			return nil
		}
		return fmt.Errorf("line %d: there is no step %q", n.Line, n.Value)
	}
	type pad struct {
		Width int    `yaml:"width"`
		With  string `yaml:"with"`
	}
	var raw struct {
		PadLeft   *pad              `yaml:"padLeft"`
		PadRight  *pad              `yaml:"padRight"`
		Round     *int              `yaml:"round"`
		Scale     *string           `yaml:"scale"`
		Prefix    *string           `yaml:"prefix"`
		Table     map[string]string `yaml:"table"`
		Otherwise *string           `yaml:"otherwise"`
		Reason    string            `yaml:"reason"`
		Date      yaml.Node         `yaml:"date"`
		Number    *grouping         `yaml:"number"`
	}
	for i := 0; i < len(n.Content); i += 2 {
		if !slices.Contains([]string{"padLeft", "padRight", "round", "scale", "prefix", "table", "otherwise", "reason", "date", "number"}, n.Content[i].Value) {
			return fmt.Errorf("line %d: a step has no key %q", n.Line, n.Content[i].Value)
		}
	}
	if err := n.Decode(&raw); err != nil {
		return err
	}
	pads := func(name string, p *pad) error {
		if utf8.RuneCountInString(p.With) != 1 || p.Width < 1 || p.Width > 64 {
			return fmt.Errorf("line %d: %s needs a width from 1 to 64 and one character", n.Line, name)
		}
		*s = Step{name: name, width: p.Width, with: p.With}
		return nil
	}
	switch {
	case raw.PadLeft != nil:
		return pads("padLeft", raw.PadLeft)
	case raw.PadRight != nil:
		return pads("padRight", raw.PadRight)
	case raw.Round != nil:
		if *raw.Round < 0 || *raw.Round > 8 {
			return fmt.Errorf("line %d: round needs 0 to 8 decimals", n.Line)
		}
		*s = Step{name: "round", decimals: *raw.Round}
	case raw.Scale != nil:
		factor, err := num.ParseRate(*raw.Scale)
		if err != nil {
			return fmt.Errorf("line %d: %w", n.Line, err)
		}
		*s = Step{name: "scale", factor: factor}
	case raw.Prefix != nil:
		*s = Step{name: "prefix", with: *raw.Prefix}
	case raw.Date.Kind != 0:
		return s.dates(&raw.Date)
	case raw.Number != nil:
		g := *raw.Number
		if g.Decimal == "" {
			g.Decimal = "."
		}
		if !strings.Contains(".,", g.Decimal) || len(g.Decimal) != 1 || g.Group == g.Decimal || g.Group != "" && utf8.RuneCountInString(g.Group) != 1 || strings.ContainsAny(g.Group, "0123456789-+eE") {
			return fmt.Errorf("line %d: number needs a decimal sign, point or comma, and another one character that groups thousands", n.Line)
		}
		*s = Step{name: "number", grouping: g}
	case raw.Table != nil:
		if raw.Otherwise != nil && raw.Reason == "" {
			return fmt.Errorf("line %d: otherwise needs a reason, nothing is supplied in silence", n.Line)
		}
		*s = Step{name: "table", table: raw.Table, otherwise: raw.Otherwise, reason: raw.Reason}
	default:
		return fmt.Errorf("line %d: an empty step", n.Line)
	}
	return nil
}

// dates takes one spelling or a list of them. Two that read one text as two days
// cannot stand together.
func (s *Step) dates(n *yaml.Node) error {
	var forms []string
	if n.Kind == yaml.ScalarNode {
		forms = []string{n.Value}
	} else if err := n.Decode(&forms); err != nil {
		return err
	}
	*s = Step{name: "date"}
	for _, f := range forms {
		layout, ok := dateForms[f]
		if !ok {
			return fmt.Errorf("line %d: there is no spelling of a day %q", n.Line, f)
		}
		s.forms = append(s.forms, layout)
	}
	if len(forms) == 0 || slices.Contains(forms, "DD/MM/YYYY") && slices.Contains(forms, "MM/DD/YYYY") {
		return fmt.Errorf("line %d: date needs spellings that cannot be taken for each other", n.Line)
	}
	return nil
}

// plain gives a number written with group and decimal signs without them. A
// group that has not three digits is no number: 1,5 is not one thousand five
// hundred in any country.
func (g grouping) plain(text string) (string, error) {
	sign, digits := "", text
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "-", rest
	}
	whole, fraction, broken := strings.Cut(digits, g.Decimal)
	good := !broken || fraction != "" && strings.Trim(fraction, "0123456789") == ""
	groups := []string{whole}
	if g.Group != "" {
		groups = strings.Split(whole, g.Group)
	}
	for i, part := range groups {
		good = good && part != "" && strings.Trim(part, "0123456789") == "" && (len(groups) == 1 || i > 0 && len(part) == 3 || i == 0 && len(part) <= 3)
	}
	if !good {
		return "", fault.New(fault.Invalid, "DEC-MAP-11", "", "“{value}” is no number with {decimal} before its fraction and {group} between its thousands",
			"write it so, or correct the number step of the mapping", "value", clip(text), "decimal", strconv.Quote(g.Decimal), "group", strconv.Quote(g.Group))
	}
	out := sign + strings.Join(groups, "")
	if broken {
		out += "." + fraction
	}
	return out, nil
}

// apply changes text; reason is not empty when the step supplied a value that
// the source does not hold.
func (s *Step) apply(text string) (out, reason string, err error) {
	switch s.name {
	case "trim":
		return strings.TrimSpace(text), "", nil
	case "upper":
		return strings.ToUpper(text), "", nil
	case "prefix", "padLeft", "padRight":
		return s.lengthen(text), "", nil
	case "table":
		if to, ok := s.table[text]; ok {
			return to, "", nil
		}
		if s.otherwise != nil {
			return *s.otherwise, s.reason, nil
		}
		return "", "", fault.New(fault.Invalid, "DEC-MAP-05", "", "“{value}” is not in the mapping's table",
			"add it to the table of the mapping file, with what it means", "value", clip(text))
	case "date":
		for _, layout := range s.forms {
			if day, err := time.Parse(layout, text); err == nil {
				return day.Format("2006-01-02"), "", nil
			}
		}
		return "", "", fault.New(fault.Invalid, "DEC-MAP-10", "", "“{value}” is no day in the spelling of the mapping",
			"write an existing day so, or add the spelling to the mapping", "value", clip(text))
	case "number":
		out, err := s.grouping.plain(text)
		return out, "", err
	case "round":
		r, err := decimal(text)
		if err != nil {
			return "", "", err
		}
		return roundText(r, s.decimals), "", nil
	case "scale":
		r, err := decimal(text)
		if err != nil {
			return "", "", err
		}
		r.Mul(r, big.NewRat(int64(s.factor), int64(num.OneRate)))
		return exactText(r), "", nil
	case "percent":
		r, err := num.ParsePercent(text)
		if err != nil {
			return "", "", err
		}
		return r.String(), "", nil
	}
	return text, "", nil
}

// lengthen puts a prefix or characters that fill up at text. A blank stays one: a
// row of zeros would be a code that the source does not state.
func (s *Step) lengthen(text string) string {
	if text == "" {
		return ""
	}
	missing := max(0, s.width-utf8.RuneCountInString(text))
	switch s.name {
	case "padLeft":
		return strings.Repeat(s.with, missing) + text
	case "padRight":
		return text + strings.Repeat(s.with, missing)
	}
	return s.with + text
}

// decimal reads a decimal number that may carry an exponent, as programs write
// binary fractions: 1e-05.
func decimal(text string) (*big.Rat, error) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	exponent = strings.TrimPrefix(strings.TrimPrefix(exponent, "-"), "+")
	good := text != "" && len(text) <= 40 && len(exponent) <= 2 && strings.Trim(mantissa, "-.0123456789") == "" && strings.Trim(exponent, "0123456789") == ""
	if good {
		if r, ok := new(big.Rat).SetString(text); ok {
			return r, nil
		}
	}
	return nil, fault.New(fault.Invalid, "DEC-MAP-06", "", "“{value}” is no number", "write digits with one point", "value", clip(text))
}

// roundText writes r with at most decimals places, half away from zero.
func roundText(r *big.Rat, decimals int) string {
	return trimZeros(r.FloatString(decimals))
}

// exactText writes r exactly when it has a finite form of up to 30 decimals.
func exactText(r *big.Rat) string { return trimZeros(r.FloatString(30)) }

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

type templatePart struct {
	literal string
	column  string
	pad     int
	year    bool
}

func parseTemplate(t string) ([]templatePart, error) {
	var parts []templatePart
	for t != "" {
		before, rest, found := strings.Cut(t, "{")
		if before != "" {
			parts = append(parts, templatePart{literal: before})
		}
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, fmt.Errorf("template %q has an open brace", t)
		}
		column, form, _ := strings.Cut(inside, ":")
		part := templatePart{column: column}
		switch {
		case form == "":
		case form == "year":
			part.year = true
		default:
			if n, err := fmt.Sscanf(form, "pad%d", &part.pad); n != 1 || err != nil || part.pad < 1 || part.pad > 64 {
				return nil, fmt.Errorf("template form %q is unknown", form)
			}
		}
		parts = append(parts, part)
		t = after
	}
	return parts, nil
}

//go:embed mappings/*.yaml
var mappingFiles embed.FS

// MappingNames lists the mappings that come with the program.
func MappingNames() []string {
	files, err := fs.Glob(mappingFiles, "mappings/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i := range files {
		files[i] = strings.TrimSuffix(path.Base(files[i]), ".yaml")
	}
	return files
}

// NamedMapping gives a mapping that comes with the program. Faults: DEC-MAP-01
// when there is none of that name, DEC-MAP-02 as ReadMapping.
func NamedMapping(name string) (*Mapping, error) {
	if !slices.Contains(MappingNames(), name) {
		return nil, fault.New(fault.NotFound, "DEC-MAP-01", "", "there is no mapping “{name}”",
			"use one of {names}, or give the path of a mapping file", "name", clip(name), "names", strings.Join(MappingNames(), ", "))
	}
	body, err := mappingFiles.ReadFile("mappings/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("read mapping %s: %w", name, err)
	}
	return ReadMapping(body)
}

// ReadMapping reads a mapping file (YAML; unknown keys are refused) and proves
// it: every element exists, every column it reads is among the columns, every
// element that comes from no column has a reason. Fault: DEC-MAP-02.
func ReadMapping(body []byte) (*Mapping, error) {
	m, err := readMapping(body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "DEC-MAP-02", "", "the mapping cannot be used: {problem}",
			"correct the mapping file", "problem", err).Because(err)
	}
	return m, nil
}

func readMapping(body []byte) (*Mapping, error) {
	decoder := yaml.NewDecoder(strings.NewReader(string(body)))
	decoder.KnownFields(true)
	m := &Mapping{}
	if err := decoder.Decode(m); err != nil {
		return nil, err
	}
	if m.Delimiter == "" {
		m.Delimiter = ","
	}
	if len(m.Delimiter) != 1 || strings.ContainsAny(m.Delimiter, "\"\r\n") {
		return nil, fmt.Errorf("the delimiter must be one character")
	}
	for i := range m.Exchange {
		x := &m.Exchange[i]
		var err error
		if x.rate, err = num.ParseRate(x.Rate); err != nil || x.rate <= 0 || x.Supplied == "" || len(x.Currency) != 3 {
			return nil, fmt.Errorf("exchange %d: a supplied rate needs a currency, a rate above zero and its reason", i+1)
		}
	}
	m.used = map[string]bool{}
	use := func(where, column string) error {
		if !slices.Contains(m.Columns, column) {
			return fmt.Errorf("%s reads column %q, which is not listed under columns", where, column)
		}
		m.used[column] = true
		return nil
	}
	if err := use("key", m.Key); err != nil {
		return nil, err
	}
	for i := range m.Elements {
		e := &m.Elements[i]
		where := fmt.Sprintf("element %d (%s)", i+1, e.To)
		var err error
		if e.set, err = setterOf(e.To); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		if e.From != "" {
			if err := use(where, e.From); err != nil {
				return nil, err
			}
		}
		if e.parts, err = parseTemplate(e.Template); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		for _, p := range e.parts {
			if p.column != "" {
				if err := use(where, p.column); err != nil {
					return nil, err
				}
			}
		}
		switch e.When {
		case Always, Given, Blank, Zero, NonZero:
		default:
			return nil, fmt.Errorf("%s: there is no condition %q", where, e.When)
		}
		if e.When != Always && e.From == "" {
			return nil, fmt.Errorf("%s: a condition needs a column", where)
		}
		if (e.Constant != "" || e.From == "") && e.Supplied == "" {
			return nil, fmt.Errorf("%s comes from no column and gives no reason under supplied", where)
		}
		if e.From == "" && e.Constant == "" && e.Template == "" {
			return nil, fmt.Errorf("%s has neither from, constant nor template", where)
		}
	}
	if m.Label != nil {
		for _, column := range []string{m.Label.Fraud, m.Label.Critical} {
			if column != "" {
				if err := use("label", column); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, column := range m.Local {
		if !slices.Contains(m.Columns, column) {
			return nil, fmt.Errorf("local names column %q, which is not listed under columns", column)
		}
	}
	return m, nil
}

// row turns the fields of one row into a draft. at gives a column's text.
func (m *Mapping) row(at func(column string) string, columns []string) (*Declaration, fault.List) {
	d := &Declaration{State: Draft, Lines: make([]GoodsItem, 1)}
	var faults fault.List
	refuse := func(column string, err error) {
		_ = faults.Add("/"+pointerEscape.Replace(column), err) // every error here is a fault
	}
	for i := range m.Elements {
		e := &m.Elements[i]
		text := at(e.From)
		switch e.When {
		case Given:
			if strings.TrimSpace(text) == "" {
				continue
			}
		case Blank:
			if strings.TrimSpace(text) != "" {
				continue
			}
		case Zero, NonZero:
			if isZero(text) != (e.When == Zero) {
				continue
			}
		}
		var err error
		column, reason := e.From, e.Supplied
		switch {
		case e.Constant != "":
			text = e.Constant
		case e.parts != nil:
			text, column, err = fill(e.parts, at)
		}
		for j := 0; j < len(e.Steps) && err == nil; j++ {
			var why string
			if text, why, err = e.Steps[j].apply(text); why != "" {
				reason = why
			}
		}
		if err == nil {
			err = e.set(d, text)
		}
		if err != nil {
			refuse(column, err)
			continue
		}
		if reason != "" {
			d.Supplied = append(d.Supplied, Supplied{Path: e.To, Reason: reason})
		}
	}
	for _, column := range columns {
		if m.used[column] && !slices.Contains(m.Local, column) {
			continue
		}
		if text := at(column); text != "" {
			if d.Local == nil {
				d.Local = map[string]string{}
			}
			d.Local[column] = text
		}
	}
	if m.Label != nil {
		d.Label = m.label(at, refuse)
	}
	return d, faults
}

func (m *Mapping) label(at func(string) string, refuse func(string, error)) *Label {
	l := &Label{Source: m.Label.Source}
	switch text := at(m.Label.Fraud); text {
	case "0", "false":
	case "1", "true":
		l.Fraud = true
	case "":
		return nil // not inspected
	default:
		refuse(m.Label.Fraud, badLabel(text))
		return nil
	}
	if m.Label.Critical == "" {
		return l
	}
	switch text := at(m.Label.Critical); text {
	case "", "0":
	case "1", "2":
		l.Critical = int(text[0] - '0')
	default:
		refuse(m.Label.Critical, badLabel(text))
		return nil
	}
	return l
}

func badLabel(text string) error {
	return fault.New(fault.Invalid, "DEC-MAP-07", "", "“{value}” is no inspection result", "write 0 or 1, for the grade 0, 1 or 2", "value", clip(text))
}

// isZero tells whether text is a number equal to 0, in any of the ways 0, 0.0, -0.
func isZero(text string) bool {
	digits := strings.Trim(text, "-.0")
	return digits == "" && strings.Contains(text, "0")
}

// fill gives the text of a template, and the column that a fault of it is told
// of. A blank column is DEC-MAP-12: what stands in its place would be invented.
func fill(parts []templatePart, at func(string) string) (text, column string, err error) {
	var b strings.Builder
	for _, p := range parts {
		text := p.literal
		if p.column != "" {
			column = p.column
			if text = at(column); text == "" {
				return "", column, fault.New(fault.Invalid, "DEC-MAP-12", "", "column “{column}” is blank, and the mapping makes another element of it",
					"fill it in", "column", clip(column))
			}
		}
		if p.year {
			if day, err := clock.ParseDate(text); err == nil {
				text = fmt.Sprintf("%04d", day.Year())
			}
		}
		for i := utf8.RuneCountInString(text); i < p.pad; i++ {
			b.WriteByte('0')
		}
		b.WriteString(text)
	}
	return b.String(), column, nil
}

func clip(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40]) + "…"
	}
	return s
}
