package tariff

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/num"
)

// ukKinds are the measure types of the UK tariff (the TARIC numbers).
var ukKinds = map[string]Kind{
	"103": MFN, "105": Suspension, "112": Suspension, "115": Suspension, "117": Suspension, "119": Suspension,
	"106": Conventional, "141": Conventional, "142": Conventional, "145": Conventional,
	"122": QuotaIn, "123": QuotaIn, "143": QuotaIn, "146": QuotaIn, "147": QuotaIn,
	"109": SupplementaryUnit, "110": SupplementaryUnit, "111": SupplementaryUnit,
	"305": VAT, "VTA": VAT, "VTE": VAT, "VTS": VAT, "VTZ": VAT, "306": Excise,
	"551": AntiDumping, "552": AntiDumping, "553": Countervailing, "554": Countervailing, "695": Additional, "696": Safeguard,
}

// ukOps are the duty expressions that join a component to what stands before it.
var ukOps = map[string]Op{"01": Plus, "04": Plus, "19": Plus, "20": Plus, "02": Minus, "36": Minus, "15": AtLeast, "17": AtMost, "35": AtMost}

// ukComposed are the duty expressions whose amount stands in the table of
// compositions: the agricultural component, whole or reduced, and the additional
// duties on sugar and on flour.
var ukComposed = map[string]bool{"12": true, "14": true, "21": true, "25": true, "27": true, "29": true}

// ukNothing is the duty expression that says there is no duty.
const ukNothing = "37"

// ukConditions are the condition codes of the UK tariff (the TARIC letters) and
// what meets them.
var ukConditions = map[string]string{
	"A": "anti-dumping document", "B": "document", "C": "document", "E": "document or quantity or price at most", "F": "price at least", "G": "document",
	"H": "document", "I": "document or quantity or price at most", "K": "certificate", "L": "CIF price above the minimum", "M": "price at least", "N": "price at least",
	"Q": "endorsed licence", "R": "net weight by supplementary unit at least", "S": "guarantee", "U": "ratio of price", "V": "import price at least the entry price",
	"X": "quantity", "Y": "other", "YA": "waiver", "YB": "waiver", "YC": "waiver", "YD": "waiver", "Z": "several documents",
}

// ukQualifiers say what of the goods a unit counts.
var ukQualifiers = map[string]string{
	"A": "total alcohol", "C": "1 000", "E": "net drained weight", "G": "gross", "I": "biodiesel", "M": "net dry", "P": "lactic matter", "R": "standard quality",
	"S": "raw sugar", "T": "dry lactic matter", "X": "hectolitre", "Z": "sucrose",
}

type ukComponent struct {
	Expression string      `json:"duty_expression_id"`
	Amount     json.Number `json:"duty_amount"`
	Money      string      `json:"monetary_unit_code"`
	Unit       string      `json:"measurement_unit_code"`
	Qualifier  string      `json:"measurement_unit_qualifier_code"`
}

// ukExpression makes the duty expression of components; what it does not know
// leaves the expression not understood.
func ukExpression(text string, components []ukComponent) *Expression {
	e := &Expression{Text: strings.Join(strings.Fields(text), " "), Understood: len(components) > 0}
	for _, x := range components {
		if ukComposed[x.Expression] {
			e.Reference = Agricultural
			continue
		}
		if x.Expression == ukNothing && len(components) == 1 {
			e.Components = []Component{{}}
			return e
		}
		op, ok := ukOps[x.Expression]
		if !ok {
			return &Expression{Text: e.Text}
		}
		if n := len(e.Components); op == Plus && n > 0 && e.Components[n-1].Op >= AtLeast {
			op = BoundPlus // what follows a bound belongs to it
		}
		c := Component{Op: op, Currency: CurrencyCode(x.Money)}
		amount := x.Amount.String()
		if amount == "" {
			amount = "0"
		}
		var err error
		switch {
		case x.Money == "" && x.Unit == "":
			c.Rate, err = num.ParsePercent(amount)
		case x.Money == "" && x.Unit == "RET":
			c.Rate, err = num.ParsePercent(amount)
			c.Basis = "retail price"
		case x.Money != "" && x.Unit == "ASV" && x.Qualifier == "X": // for each % vol of a hectolitre
			c.Rate, err = num.ParseRate(amount)
			c.Unit, c.Times = "HLT", "ASV"
		case x.Money != "" && x.Unit == "DTN" && x.Qualifier == "Z": // for each % of sucrose of 100 kg
			c.Rate, err = num.ParseRate(amount)
			c.Unit, c.Times = "DTN", "BRX"
		case x.Money != "" && (x.Unit == "SPR" || x.Unit == "SPQ"): // small producers' relief, for each litre of pure alcohol
			c.Rate, err = num.ParseRate(amount)
			c.Unit, c.Times = "LPA", "SPR"
		case x.Money != "" && x.Unit != "":
			c.Rate, err = num.ParseRate(amount)
			c.Unit = UnitCode(x.Unit)
			if x.Qualifier != "" {
				if c.Basis = ukQualifiers[x.Qualifier]; c.Basis == "" {
					c.Basis = "qualifier " + x.Qualifier
				}
			}
		default:
			err = fmt.Errorf("amount without unit")
		}
		if err != nil || c.Rate < 0 {
			return &Expression{Text: e.Text}
		}
		e.Components = append(e.Components, c)
	}
	if e.Reference == Agricultural {
		e.Components = nil // parts of an amount that is not known say nothing by themselves
	}
	return e
}

type ukArea struct {
	ID       string   `json:"id"`
	Children []ukArea `json:"children_geographical_areas"`
}

type ukNode struct {
	ID          string `json:"goods_nomenclature_item_id"`
	Suffix      string `json:"producline_suffix"`
	Indents     int    `json:"number_indents"`
	Description string `json:"description"`
}

type ukCommodity struct {
	ukNode
	Chapter, Heading ukNode
	Ancestors        []ukNode
	Import           []ukMeasure `json:"import_measures"`
	Export           []ukMeasure `json:"export_measures"`
}

type ukMeasure struct {
	Start  string                 `json:"effective_start_date"`
	End    *string                `json:"effective_end_date"`
	Excise bool                   `json:"excise"`
	VAT    bool                   `json:"vat"`
	Duty   struct{ Base string }  `json:"duty_expression"`
	Type   struct{ ID string }    `json:"measure_type"`
	Code   *struct{ Code string } `json:"additional_code"`
	Order  *struct {
		Number string `json:"number"`
	} `json:"order_number"`
	Acts []struct {
		Code string `json:"regulation_code"`
	} `json:"legal_acts"`
	Area       ukArea        `json:"geographical_area"`
	Excluded   []ukArea      `json:"excluded_countries"`
	Components []ukComponent `json:"measure_components"`
	Conditions []struct {
		Code       string        `json:"condition_code"`
		Text       string        `json:"condition"`
		Document   string        `json:"document_code"`
		Need       string        `json:"requirement"`
		Action     string        `json:"action"`
		ActionCode string        `json:"action_code"`
		Amount     json.Number   `json:"condition_duty_amount"`
		Money      string        `json:"condition_monetary_unit_code"`
		Unit       string        `json:"condition_measurement_unit_code"`
		Duty       string        `json:"duty_expression"`
		Components []ukComponent `json:"measure_condition_components"`
	} `json:"measure_conditions"`
}

// ukDay reads the day of an instant as the UK service writes it.
func ukDay(s string) (clock.Date, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) > 10 {
		s = s[:10]
	}
	return clock.ParseDate(s)
}

// ImportUK reads commodity answers of the UK tariff service, one JSON document
// for each commodity, and joins them to one schedule with their lines above.
func ImportUK(files []io.Reader, r *SourceReport) (*Schedule, error) {
	type line struct {
		node     ukNode
		indent   int
		code     Code
		measures []Measure
	}
	lines := map[string]*line{}
	put := func(n ukNode, indent, digits int) *line {
		if n.Suffix == "" {
			n.Suffix = "80"
		}
		key := n.ID + n.Suffix
		if l, ok := lines[key]; ok {
			return l
		}
		l := &line{node: n, indent: indent}
		if n.Suffix == "80" && len(n.ID) >= digits {
			l.code = Code(n.ID[:digits])
		}
		lines[key] = l
		return l
	}
	for n, in := range files {
		c, err := readUKCommodity(in)
		if err != nil {
			r.reject(fmt.Sprintf("commodity %d: %v", n+1, err))
			continue
		}
		if len(c.ID) != 10 {
			r.reject(fmt.Sprintf("commodity %d: code %q", n+1, c.ID))
			continue
		}
		put(ukNode{ID: c.Chapter.ID, Description: c.Chapter.Description}, 0, 2)
		put(ukNode{ID: c.Heading.ID, Description: c.Heading.Description}, 1, 4)
		for _, a := range c.Ancestors {
			put(a, a.Indents+1, 10)
		}
		l := put(c.ukNode, c.Indents+1, 10)
		if l.measures != nil { // the same commodity twice: the first answer stands
			r.reject(fmt.Sprintf("commodity %d: %s was given before", n+1, c.ID))
			continue
		}
		for _, m := range slices.Concat(c.Import, c.Export) {
			read, err := m.read(l.code, r)
			if err != nil {
				r.reject(fmt.Sprintf("%s: measure %s: %v", c.ID, m.Type.ID, err))
				continue
			}
			l.measures = append(l.measures, read)
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("none of %d files is a commodity: %s", len(files), strings.Join(r.Rejected, "; "))
	}
	keys := make([]string, 0, len(lines))
	for k := range lines {
		keys = append(keys, k)
	}
	// Nomenclature order: code, then product line, the smaller indent first.
	slices.SortFunc(keys, func(a, b string) int {
		x, y := lines[a], lines[b]
		return cmp.Or(cmp.Compare(x.node.ID, y.node.ID), cmp.Compare(x.indent, y.indent), cmp.Compare(x.node.Suffix, y.node.Suffix))
	})
	b := NewBuilder(About{
		Name: "uk", Title: "UK Integrated Online Tariff, some commodities", Currency: "GBP", Edition: clock.Day(2021, 1, 1),
		Source: "trade-tariff/trade-tariff-duty-calculator@c9cbbc7281de", Licence: "MIT",
	})
	for _, k := range keys {
		l := lines[k]
		i := b.Add(Commodity{Code: l.code, Indent: uint8(min(l.indent, 40)), EN: l.node.Description})
		for _, m := range l.measures {
			b.Measure(i, m)
		}
	}
	return b.Schedule(), nil
}

// readUKCommodity reads one answer of the service: flat, or as the service gives
// it, resources that name each other.
func readUKCommodity(in io.Reader) (ukCommodity, error) {
	var c ukCommodity
	text, err := io.ReadAll(in)
	if err != nil {
		return c, fmt.Errorf("read: %w", err)
	}
	var linked struct {
		Data     *ukResource
		Included []ukResource
	}
	if err := json.Unmarshal(text, &linked); err == nil && linked.Data != nil {
		j := ukJoin{named: map[ukName]*ukResource{}, left: ukMost}
		for i := range linked.Included {
			j.named[linked.Included[i].ukName] = &linked.Included[i]
		}
		joined := j.flat(linked.Data, ukDepth)
		if j.left < 0 {
			return c, fmt.Errorf("its resources name each other without end")
		}
		if text, err = json.Marshal(joined); err != nil {
			return c, fmt.Errorf("join: %w", err)
		}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("read: %w", err)
	}
	return c, nil
}

// ukDepth is how far resources are followed: commodity, measure, condition, its
// component.
const ukDepth = 4

// ukMost is how many resources one answer joins at most; a heading with hundreds
// of measures stays far below.
const ukMost = 200_000

// ukJoin puts resources into those that name them.
type ukJoin struct {
	named map[ukName]*ukResource
	left  int
}

// ukName is what one resource calls another by.
type ukName struct {
	ID   ukText `json:"id"`
	Type string `json:"type"`
}

// ukText is a text, or a number written as such.
type ukText string

// UnmarshalJSON reads either.
func (t *ukText) UnmarshalJSON(b []byte) error {
	*t = ukText(strings.Trim(string(b), `"`))
	return nil
}

// ukResource is one resource of an answer with the names of those it belongs with.
type ukResource struct {
	ukName
	Attributes    map[string]json.RawMessage
	Relationships map[string]struct{ Data json.RawMessage }
}

// flat gives the resource with those it names inside it. One that the answer does
// not hold is its name alone.
func (j *ukJoin) flat(u *ukResource, depth int) map[string]any {
	out := map[string]any{"id": u.ID}
	for member, v := range u.Attributes {
		out[member] = v
	}
	if depth == 0 {
		return out
	}
	find := func(n ukName) map[string]any {
		if j.left--; j.left < 0 {
			return nil
		}
		if found, ok := j.named[n]; ok {
			return j.flat(found, depth-1)
		}
		return map[string]any{"id": n.ID}
	}
	for member, v := range u.Relationships {
		var many []ukName
		var one *ukName
		if err := json.Unmarshal(v.Data, &one); err == nil {
			if one != nil {
				out[member] = find(*one)
			}
		} else if err := json.Unmarshal(v.Data, &many); err == nil {
			list := make([]map[string]any, len(many))
			for i, n := range many {
				list[i] = find(n)
			}
			out[member] = list
		}
	}
	return out
}

// read gives one measure of the model. One that does not say where or since when
// it holds is no measure: it would hold everywhere and always.
func (m *ukMeasure) read(code Code, r *SourceReport) (Measure, error) {
	out := Measure{Kind: ukKinds[m.Type.ID], Type: m.Type.ID}
	var err error
	if m.Type.ID == "" || m.Area.ID == "" || m.Start == "" {
		return out, fmt.Errorf("type, area or first day is missing")
	}
	if out.From, err = ukDay(m.Start); err != nil {
		return out, err
	}
	if m.End != nil {
		if out.To, err = ukDay(*m.End); err != nil {
			return out, err
		}
		if out.To != 0 && out.To < out.From {
			return out, fmt.Errorf("it ends on %s, before it begins on %s", out.To, out.From)
		}
	}
	components := slices.DeleteFunc(slices.Clone(m.Components), func(c ukComponent) bool { return c.Expression == "99" })
	switch {
	case m.VAT:
		out.Kind = VAT
	case m.Excise:
		out.Kind = Excise
	case len(m.Components) == 0 && (out.Kind == NoKind || out.Kind == MFN && !conditionsHaveDuty(m)):
		out.Kind = Control
	case out.Kind == NoKind:
		out.Kind = Other
	}
	if len(components) > 0 {
		out.Duty = ukExpression(m.Duty.Base, components)
		r.count(code, out.Kind, out.Duty)
	}
	if m.Area.ID != "1011" {
		for _, a := range m.Area.Children {
			out.Areas = append(out.Areas, AreaCode(a.ID))
		}
		if len(out.Areas) == 0 && m.Area.ID != "" {
			out.Areas = []AreaCode{AreaCode(m.Area.ID)}
		}
	}
	for _, a := range m.Excluded {
		out.Excluded = append(out.Excluded, AreaCode(a.ID))
	}
	if m.Code != nil && out.Kind != VAT { // VAT carries its own kind in that place
		out.AdditionalCode = AdditionalCode(m.Code.Code)
	}
	if m.Code != nil && out.Kind == VAT {
		out.Type += " " + m.Code.Code
	}
	if m.Order != nil {
		out.Quota = m.Order.Number
	}
	if len(m.Acts) > 0 {
		out.Law = m.Acts[0].Code
	}
	for _, c := range m.Conditions {
		d := Condition{Code: c.Code, Document: c.Document, Unit: UnitCode(c.Unit), Currency: CurrencyCode(c.Money), Action: c.ActionCode, Text: c.Action}
		if d.Action == "" {
			d.Action = c.Action
			d.Text = c.Need
		}
		if s := c.Amount.String(); s != "" {
			if d.AtLeast, err = num.ParseRate(s); err != nil {
				return out, fmt.Errorf("condition amount: %w", err)
			}
		}
		if len(c.Components) > 0 {
			d.Duty = ukExpression(plainText(c.Duty), c.Components)
			r.count(code, out.Kind, d.Duty)
		}
		r.condition(code, &d)
		out.Conditions = append(out.Conditions, d)
	}
	return out, nil
}

func conditionsHaveDuty(m *ukMeasure) bool {
	for _, c := range m.Conditions {
		if len(c.Components) > 0 {
			return true
		}
	}
	return false
}

// plainText drops the tags the service puts into texts.
func plainText(s string) string {
	var b strings.Builder
	tag := false
	for _, c := range s {
		switch {
		case c == '<':
			tag = true
		case c == '>':
			tag = false
		case !tag:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// ukTextUnits are the units of the rate texts of the 2020 table, blanks removed.
var ukTextUnits = map[string]Component{
	"100kg": {Unit: "KGM", Per: 100}, "1000kg": {Unit: "TNE"}, "kg": {Unit: "KGM"}, "hl": {Unit: "HLT"}, "p/st": {Unit: "NAR"}, "1000p/st": {Unit: "MIL"}, "100m": {Unit: "MTR", Per: 100}, "msq": {Unit: "MTK"},
	"100kgeda": {Unit: "KGM", Per: 100, Basis: "net drained weight"}, "100kgmas": {Unit: "KGM", Per: 100, Basis: "net dry"}, "100kg/br": {Unit: "KGM", Per: 100, Basis: "gross"},
	"100kgstdqual": {Unit: "KGM", Per: 100, Basis: "standard quality"}, "100kg/%sacchar.": {Unit: "DTN", Times: "BRX"}, "%vol/hl": {Unit: "HLT", Times: "ASV"},
	"kg/lacticmatter": {Unit: "KGM", Basis: "lactic matter"}, "kg/drylacticmatter": {Unit: "KGM", Basis: "dry lactic matter"}, "kg/tot/alc": {Unit: "KGM", Basis: "total alcohol"},
}

// ukMonths are the months as the 2020 table writes seasons, with their last day.
var ukMonths = map[string]int16{
	"JAN": 131, "FEB": 229, "MAR": 331, "APR": 430, "MAY": 531, "JUN": 630, "JUL": 731, "AUG": 831, "SEP": 930, "OCT": 1031, "NOV": 1130, "DEC": 1231,
}

// SeasonalRate is a rate that holds in a part of every year.
type SeasonalRate struct {
	Season Season
	Duty   *Expression
}

// ParseUKSeasons reads "4.00% (JAN-MAR), 0.00% (APR-JUL), 8.00% (AUG-DEC)": rates
// by whole months. ok is false when the text is no such list, or when a month
// stands in two seasons or in none, so that the days cannot be told from it.
func ParseUKSeasons(text string) (seasons []SeasonalRate, ok bool) {
	var covered [13]bool
	months := 0
	for part := range strings.SplitSeq(text, ",") {
		rate, when, found := strings.Cut(strings.TrimSpace(part), " (")
		when, closed := strings.CutSuffix(when, ")")
		if !found || !closed {
			return nil, false
		}
		first, last, two := strings.Cut(when, "-")
		if !two {
			last = first
		}
		from, to := ukMonths[first], ukMonths[last]
		c, ok := ukTextTerm(rate)
		if from == 0 || to == 0 || !ok {
			return nil, false
		}
		for m := from / 100; ; m = m%12 + 1 {
			if covered[m] {
				return nil, false
			}
			covered[m], months = true, months+1
			if m == to/100 {
				break
			}
		}
		seasons = append(seasons, SeasonalRate{Season{from/100*100 + 1, to}, &Expression{Text: rate, Components: []Component{c}, Understood: true}})
	}
	return seasons, months == 12
}

// ParseUKRate reads a rate text of the 2020 table: "10.2 + 93.1 EUR/100 kg",
// "4.5 MIN 0.3 EUR/p/st MAX 0.8 EUR/p/st", "9.1 + 45.1 EUR/100 kg MAX 18.9 + 16.5
// EUR/100 kg". Entry prices and agricultural components point to tables of their
// own; a text that states two things at once is not understood.
func ParseUKRate(text string) *Expression {
	s := strings.Join(strings.Fields(strings.ReplaceAll(text, "\u00a0", " ")), " ")
	if s == "" {
		return nil
	}
	e := &Expression{Text: s}
	switch {
	case s == "EP" || strings.HasPrefix(s, "EP "):
		e.Reference, e.Understood = EntryPrice, true
		return e
	case ukAgricultural(s):
		e.Reference, e.Understood = Agricultural, true
		return e
	}
	op := Plus
	var terms []Component
	rest := s
	for {
		// Up to the nearest sign.
		at, width, nextOp := len(rest), 0, Plus
		for _, sign := range [...]struct {
			text string
			op   Op
		}{{" + ", Plus}, {" MIN ", AtLeast}, {" MAX ", AtMost}} {
			if i := strings.Index(rest, sign.text); i >= 0 && i < at {
				at, width, nextOp = i, len(sign.text), sign.op
			}
		}
		c, ok := ukTextTerm(rest[:at])
		if !ok {
			// "MIN 22 EUR MAX 56 EUR/100 kg": the unit of both stands once, at the end.
			if f := strings.Fields(rest[:at]); len(f) == 2 && nextOp == AtMost {
				if _, unit, found := strings.Cut(rest[at:], "/"); found && !strings.Contains(rest[at+width:], " M") {
					c, ok = ukTextTerm(rest[:at] + "/" + unit)
				}
			}
			if !ok {
				return e
			}
		}
		if n := len(terms); op == Plus && n > 0 && terms[n-1].Op >= AtLeast {
			op = BoundPlus // what follows a bound belongs to it
		}
		c.Op = op
		terms = append(terms, c)
		if width == 0 {
			break
		}
		rest, op = rest[at+width:], nextOp
	}
	e.Components, e.Understood = terms, true
	return e
}

// ukAgricultural tells whether a text holds an agricultural component (EA) with
// at most the additional duty on sugar (ADSZ) or flour (ADFM): the amounts stand
// in the table of compositions.
func ukAgricultural(s string) bool {
	f := strings.Fields(strings.NewReplacer("+", " + ").Replace(s))
	found := false
	for i, w := range f {
		switch w {
		case "EA":
			found = true
		case "+", "MAX", "ADSZ", "ADFM":
		default:
			if _, err := num.ParsePercent(w); err != nil || i > 0 && f[i-1] != "MAX" {
				return false
			}
		}
	}
	return found
}

func ukTextTerm(s string) (Component, bool) {
	amount, unit, found := strings.Cut(s, "/")
	if !found {
		rate, err := num.ParsePercent(strings.TrimSuffix(strings.TrimSpace(s), "%"))
		return Component{Rate: rate}, err == nil && rate >= 0
	}
	f := strings.Fields(amount)
	if len(f) != 2 || f[1] != "GBP" && f[1] != "EUR" {
		return Component{}, false
	}
	c, ok := ukTextUnits[strings.ToLower(strings.ReplaceAll(unit, " ", ""))]
	rate, err := num.ParseRate(f[0])
	c.Rate, c.Currency = rate, CurrencyCode(f[1])
	return c, ok && err == nil && rate >= 0
}

// ImportUKGlobal reads the table that compared the common external tariff of
// 2020 with the UK Global Tariff of 2021: commodity, description, cet_duty_rate,
// ukgt_duty_rate.
func ImportUKGlobal(in io.Reader, r *SourceReport) (*Schedule, error) {
	rows, err := readTable(in, "commodity", "description", "cet_duty_rate", "ukgt_duty_rate")
	if err != nil {
		return nil, err
	}
	b := NewBuilder(About{
		Name: "uk2020", Title: "UK Global Tariff and common external tariff, 2020", Currency: "GBP", Edition: clock.Day(2020, 5, 19),
		Source: "simonwo/dev.tariffs.local@61bf0ae576c1", Licence: "none stated by the repository; UK government publication",
	})
	slices.SortStableFunc(rows, func(x, y map[string]string) int { return strings.Compare(x["commodity"], y["commodity"]) })
	last := Code("")
	for _, row := range rows {
		code, err := ParseCode(row["commodity"])
		if err != nil || len(code) != 8 {
			r.reject("code " + row["commodity"])
			continue
		}
		for n := 2; n <= 6; n += 2 {
			if len(last) < n || last[:n] != code[:n] {
				b.Add(Commodity{Code: code[:n], Indent: uint8(n/2 - 1)})
			}
		}
		last = code
		line := b.Add(Commodity{Code: code, Indent: 3, EN: strings.ToValidUTF8(row["description"], "�")})
		for _, m := range [...]struct {
			column string
			Measure
		}{
			{"cet_duty_rate", Measure{Kind: MFN, Type: "common external tariff", To: clock.Day(2020, 12, 31)}},
			{"ukgt_duty_rate", Measure{Kind: MFN, Type: "UK Global Tariff", From: clock.Day(2021, 1, 1)}},
		} {
			text := strings.ToValidUTF8(row[m.column], "�")
			if seasons, ok := ParseUKSeasons(text); ok {
				for _, season := range seasons {
					m.Duty, m.Season = season.Duty, season.Season
					r.count(code, MFN, m.Duty)
					b.Measure(line, m.Measure)
				}
			} else if m.Duty = ParseUKRate(text); m.Duty != nil {
				r.count(code, MFN, m.Duty)
				b.Measure(line, m.Measure)
			}
		}
	}
	return b.Schedule(), nil
}

// ImportUKSeasons reads the table of seasonal preferences of the UK tariff:
// geographical_area_id, goods_nomenclature_item_id, measure_type_id, from and to
// (day/month of every year, both included) and duty.
func ImportUKSeasons(in io.Reader, r *SourceReport) (*Schedule, error) {
	rows, err := readTable(in, "geographical_area_id", "goods_nomenclature_item_id", "measure_type_id", "from", "to", "duty")
	if err != nil {
		return nil, err
	}
	b := NewBuilder(About{
		Name: "uk-seasonal", Title: "UK seasonal preferences", Currency: "GBP", Edition: clock.Day(2021, 1, 1),
		Source: "trade-tariff/trade-tariff-backend@3c0266943e27", Licence: "MIT",
	})
	slices.SortStableFunc(rows, func(x, y map[string]string) int {
		return strings.Compare(x["goods_nomenclature_item_id"], y["goods_nomenclature_item_id"])
	})
	last := Code("")
	line := -1
	for _, row := range rows {
		code, err := ParseCode(row["goods_nomenclature_item_id"])
		if err != nil || len(code) != 10 {
			r.reject("code " + row["goods_nomenclature_item_id"])
			continue
		}
		first, ok1 := ukDayOfYear(row["from"])
		end, ok2 := ukDayOfYear(row["to"])
		kind := ukKinds[row["measure_type_id"]]
		if !ok1 || !ok2 || kind == NoKind {
			r.reject(fmt.Sprintf("%s: season %s to %s of measure %s", code, row["from"], row["to"], row["measure_type_id"]))
			continue
		}
		if code != last {
			for n := 2; n <= 8; n += 2 {
				if len(last) < n || last[:n] != code[:n] {
					b.Add(Commodity{Code: code[:n], Indent: uint8(n/2 - 1)})
				}
			}
			last, line = code, b.Add(Commodity{Code: code, Indent: 4})
		}
		duty := ParseUKRate(strings.ReplaceAll(row["duty"], " / ", "/"))
		if duty == nil {
			r.reject(string(code) + ": no rate")
			continue
		}
		r.count(code, kind, duty)
		b.Measure(line, Measure{Kind: kind, Type: row["measure_type_id"], Areas: []AreaCode{AreaCode(row["geographical_area_id"])}, Duty: duty, Season: Season{first, end}})
	}
	return b.Schedule(), nil
}

// ukDayOfYear reads "15/05" or "1/6", day and month.
func ukDayOfYear(s string) (int16, bool) {
	d, m, found := strings.Cut(s, "/")
	day, err1 := strconv.ParseUint(d, 10, 8)
	month, err2 := strconv.ParseUint(m, 10, 8)
	if !found || err1 != nil || err2 != nil || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	return int16(month*100 + day), true
}
