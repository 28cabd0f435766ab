package duty

import (
	"bytes"
	"encoding/json"
	"io"
	"sort"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// maxCase bounds a case in bytes; a declaration of 10,000 lines is well below.
const maxCase = 8 << 20

// reader walks a decoded JSON document and notes every fault with its pointer.
type reader struct{ faults fault.List }

func (r *reader) fail(f *fault.Fault) { r.faults = append(r.faults, f) }

// add notes the faults of err at path; err is one of ours, so nothing is left over.
func (r *reader) add(path string, err error) {
	for _, f := range fault.All(err) {
		g := *f
		g.Path = path
		r.fail(&g)
	}
}

func (r *reader) wrong(path, want string) {
	r.fail(fault.New(fault.Invalid, "DUTY-CASE-03", path, "this member must be {want}", "see docs/duty.md for the form", "want", want))
}

func (r *reader) missing(path string) {
	r.fail(fault.New(fault.Invalid, "DUTY-CASE-04", path, "this member is required", "add it"))
}

// object calls the function of each member present; a member without one is a fault.
func (r *reader) object(path string, v any, members map[string]func(path string, v any)) {
	o, ok := v.(map[string]any)
	if !ok {
		r.wrong(path, "an object")
		return
	}
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		at := path + "/" + pointer(name)
		read, ok := members[name]
		if !ok {
			known := make([]string, 0, len(members))
			for k := range members {
				known = append(known, k)
			}
			sort.Strings(known)
			r.fail(fault.New(fault.Invalid, "DUTY-CASE-02", at, "there is no member “{name}” here", "use one of: {known}",
				"name", clipped(name), "known", strings.Join(known, ", ")))
			continue
		}
		if o[name] != nil { // null is as good as absent
			read(at, o[name])
		}
	}
}

func clipped(s string) string {
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

// pointer escapes a member name for an RFC 6901 pointer.
func pointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(clipped(name))
}

func (r *reader) text(to *string) func(string, any) {
	return func(path string, v any) {
		s, ok := v.(string)
		if !ok {
			r.wrong(path, "a text")
			return
		}
		*to = strings.TrimSpace(s)
	}
}

func (r *reader) flag(to *bool) func(string, any) {
	return func(path string, v any) {
		b, ok := v.(bool)
		if !ok {
			r.wrong(path, "true or false")
			return
		}
		*to = b
	}
}

// decimal gives the digits of a number, written as JSON number or text. A JSON
// number with an exponent, as programs write very small and very large ones, is
// spelled out.
func (r *reader) decimal(path string, v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return spelled(v.String()), true
	case string:
		return strings.TrimSpace(v), true
	}
	r.wrong(path, "a decimal number")
	return "", false
}

// spelled writes a JSON number without exponent; one beyond any amount is left as
// it is, and refused by whoever reads it.
func spelled(s string) string {
	mantissa, exponent, found := strings.Cut(strings.ToLower(s), "e")
	if !found {
		return s
	}
	n, err := strconv.Atoi(exponent)
	if err != nil || n < -12 || n > 18 {
		return s
	}
	sign := ""
	if rest, negative := strings.CutPrefix(mantissa, "-"); negative {
		sign, mantissa = "-", rest
	}
	whole, part, _ := strings.Cut(mantissa, ".")
	for ; n > 0; n-- {
		if part == "" {
			part = "0"
		}
		whole, part = whole+part[:1], part[1:]
	}
	for ; n < 0; n++ {
		if whole == "" {
			whole = "0"
		}
		whole, part = whole[:len(whole)-1], whole[len(whole)-1:]+part
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if part = strings.TrimRight(part, "0"); part != "" {
		part = "." + part
	}
	return sign + whole + part
}

func (r *reader) money(to *num.Money) func(string, any) {
	return func(path string, v any) {
		if s, ok := r.decimal(path, v); ok {
			m, err := num.ParseMoney(s)
			r.add(path, err)
			*to = m
		}
	}
}

func (r *reader) quantity(to *num.Quantity) func(string, any) {
	return func(path string, v any) {
		if s, ok := r.decimal(path, v); ok {
			q, err := num.ParseQuantity(s)
			r.add(path, err)
			*to = q
		}
	}
}

// expression reads a rate of duty: a number is a percentage; a text is in our
// notation or as a schedule prints it ("1.5¢/kg + 3%"); an object states it as
// rate, or as amount and unit.
func (r *reader) expression(to **tariff.Expression) func(string, any) {
	return func(path string, v any) {
		if o, ok := v.(map[string]any); ok {
			if _, share := o["rate"]; share {
				r.object(path, o, map[string]func(string, any){"rate": r.expression(to)})
				return
			}
			if a := r.amount(path, o); a != nil {
				if a.unit == "" {
					r.missing(path + "/unit")
				}
				*to = tariff.Specific(a.rate, a.unit)
			}
			return
		}
		s, ok := r.decimal(path, v)
		if !ok {
			return
		}
		e, err := tariff.ParseNotation(s)
		if err != nil {
			for _, printed := range [...]*tariff.Expression{tariff.ParseUSRate(s), tariff.ParseUKRate(s)} {
				if printed != nil && printed.Understood {
					*to = printed
					return
				}
			}
		}
		r.add(path, err)
		*to = e
	}
}

// percent reads a percentage: 13, "13%", "3‰", or {"rate": 13}.
func (r *reader) percent(path string, v any) num.Rate {
	if o, ok := v.(map[string]any); ok {
		var rate num.Rate
		given := false
		r.object(path, o, map[string]func(string, any){"rate": func(path string, v any) { given, rate = true, r.percent(path, v) }})
		if !given && !hasPath(r.faults, path+"/rate") {
			r.missing(path + "/rate")
		}
		return rate
	}
	s, ok := r.decimal(path, v)
	if !ok {
		return 0
	}
	parse := num.ParsePercent
	if thousandth, found := strings.CutSuffix(s, "‰"); found {
		s = thousandth
		parse = func(s string) (num.Rate, error) {
			rate, err := num.ParsePercent(s)
			if err == nil && rate%10 != 0 {
				_, err = num.ParsePercent(s + "0") // one decimal more than a rate holds
			}
			return rate / 10, err
		}
	}
	rate, err := parse(strings.TrimSpace(strings.TrimSuffix(s, "%")))
	r.add(path, err)
	if rate < 0 {
		r.wrong(path, "a percentage of 0 or more")
	}
	return rate
}

// charge reads freight, insurance or another charge: an amount in total, a
// percentage ("0.3%", "3‰"), an object {mark, value, currency}, or one that names
// its mark: {rate}, {unit} (by the tonne) or {amount} ({total}).
func (r *reader) charge(to *Charge) func(string, any) {
	return func(path string, v any) {
		share := func(v any) bool {
			s, ok := v.(string)
			s = strings.TrimSpace(s)
			return ok && (strings.HasSuffix(s, "%") || strings.HasSuffix(s, "‰"))
		}
		o, ok := v.(map[string]any)
		if !ok {
			if share(v) {
				to.Mark, to.Rate = ByRate, r.percent(path, v)
				return
			}
			to.Mark = InTotal
			r.money(&to.Amount)(path, v)
			return
		}
		var value any
		var currency, at string
		take := func(mark Mark) func(string, any) {
			return func(path string, v any) {
				if value != nil || mark != NoCharge && to.Mark != NoCharge && to.Mark != mark {
					r.wrong(path, "absent beside another mark")
					return
				}
				if value, at = v, path; mark != NoCharge {
					to.Mark = mark
				}
			}
		}
		r.object(path, o, map[string]func(string, any){
			"mark": func(path string, v any) {
				s, _ := v.(string)
				if n, ok := v.(json.Number); ok {
					s = n.String()
				}
				mark := NoCharge
				switch strings.ToLower(strings.TrimSpace(s)) {
				case "1", "rate":
					mark = ByRate
				case "2", "unit":
					mark = ByMass
				case "3", "total", "amount":
					mark = InTotal
				default:
					r.wrong(path, "1 (rate), 2 (by the tonne) or 3 (total)")
				}
				if to.Mark != NoCharge && to.Mark != mark {
					r.wrong(path, "the mark of the value beside it")
				}
				to.Mark = mark
			},
			"value": take(NoCharge), "rate": take(ByRate), "unit": take(ByMass), "amount": take(InTotal), "total": take(InTotal),
			"currency": r.text(&currency),
		})
		to.Currency = r.currency(path+"/currency", currency)
		if value == nil {
			if !hasPath(r.faults, path+"/value") {
				r.missing(path + "/value")
			}
			return
		}
		if to.Mark == NoCharge {
			if to.Mark = InTotal; share(value) {
				to.Mark = ByRate
			}
		}
		if to.Mark == ByRate {
			to.Rate = r.percent(at, value)
			return
		}
		r.money(&to.Amount)(at, value)
	}
}

func (r *reader) currency(path, s string) tariff.CurrencyCode {
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s)
	if len(s) != 3 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		r.wrong(path, "an ISO 4217 currency of three letters")
		return ""
	}
	return tariff.CurrencyCode(s)
}

func (r *reader) list(path string, v any, each func(path string, v any)) {
	l, ok := v.([]any)
	if !ok {
		r.wrong(path, "a list")
		return
	}
	for i, item := range l {
		each(path+"/"+strconv.Itoa(i), item)
	}
}

// givenRates is a rates block before it is joined with a line: an amount
// without unit counts in the unit of the line's first quantity.
type givenRates struct {
	rates    GivenRates
	specific *amount
	// the amount per unit of consumption tax
	consumption *amount
	share       *num.Rate
}

type amount struct {
	rate num.Rate
	unit tariff.UnitCode
	path string
}

func (r *reader) rates(path string, v any) *givenRates {
	g := new(givenRates)
	members := map[string]func(string, any){
		"mfn": r.expression(&g.rates.MFN), "conventional": r.expression(&g.rates.Conventional), "special": r.expression(&g.rates.Special),
		"general": r.expression(&g.rates.General), "provisional": r.expression(&g.rates.Provisional), "quota": r.expression(&g.rates.Quota),
		"export": r.expression(&g.rates.Export), "excise": r.expression(&g.rates.Excise),
		"specific": func(path string, v any) { g.specific = r.amount(path, v) },
		"vat": func(path string, v any) {
			rate := r.percent(path, v)
			g.rates.VAT = &rate
		},
		"consumption": func(path string, v any) { r.consumption(path, v, g) },
	}
	for _, k := range [...]tariff.Kind{tariff.AntiDumping, tariff.Countervailing, tariff.Safeguard, tariff.Retaliation} {
		members[k.String()] = func(path string, v any) {
			g.rates.Remedies = append(g.rates.Remedies, r.remedy(path, v, k))
		}
	}
	r.object(path, v, members)
	return g
}

// amount reads an amount per unit: a number, "1200/NAR", or {rate, unit}.
func (r *reader) amount(path string, v any) *amount {
	a := &amount{path: path}
	if o, ok := v.(map[string]any); ok {
		var unit string
		given := false
		r.object(path, o, map[string]func(string, any){
			"rate": func(path string, v any) { given, a.rate = true, r.ratio(path, v) }, "amount": func(path string, v any) { given, a.rate = true, r.ratio(path, v) },
			"unit": r.text(&unit),
		})
		if !given {
			r.missing(path + "/rate")
		}
		if unit != "" {
			u, err := tariff.ParseUnit(unit)
			r.add(path+"/unit", err)
			a.unit = u
		}
		return a
	}
	s, ok := r.decimal(path, v)
	if !ok {
		return nil
	}
	if number, unit, found := strings.Cut(s, "/"); found {
		u, err := tariff.ParseUnit(strings.TrimSpace(unit))
		r.add(path, err)
		a.unit, s = u, strings.TrimSpace(number)
	}
	a.rate = r.ratio(path, json.Number(s))
	return a
}

func (r *reader) ratio(path string, v any) num.Rate {
	s, ok := r.decimal(path, v)
	if !ok {
		return 0
	}
	rate, err := num.ParseRate(s)
	r.add(path, err)
	if rate < 0 {
		r.wrong(path, "an amount of 0 or more")
	}
	return rate
}

func (r *reader) consumption(path string, v any, g *givenRates) {
	if _, ok := v.(map[string]any); !ok {
		// "20% + 0.5/LTR" is both at once.
		if s, ok := v.(string); ok && strings.ContainsAny(s, "+/") {
			var e *tariff.Expression
			r.expression(&e)(path, v)
			g.rates.Consumption = e
			return
		}
		rate := r.percent(path, v)
		g.share = &rate
		return
	}
	var kind string
	r.object(path, v, map[string]func(string, any){
		"kind": r.text(&kind),
		"rate": func(path string, v any) {
			rate := r.percent(path, v)
			g.share = &rate
		},
		"specific": func(path string, v any) { g.consumption = r.amount(path, v) },
	})
	hasShare, hasAmount := g.share != nil, g.consumption != nil
	kind = strings.NewReplacer("-", "_", " ", "_", "从价", "ad_valorem", "从量", "specific", "复合", "compound").Replace(strings.ToLower(kind))
	switch kind {
	case "":
	case "ad_valorem", "specific", "compound":
		if kind != "specific" && !hasShare {
			r.missing(path + "/rate")
		}
		if kind != "ad_valorem" && !hasAmount {
			r.missing(path + "/specific")
		}
		// The kind decides; the other member is a contradiction unless it is zero.
		if kind == "ad_valorem" && hasAmount && g.consumption.rate != 0 {
			r.wrong(path+"/specific", "absent with kind ad_valorem")
		}
		if kind == "specific" && hasShare && *g.share != 0 {
			r.wrong(path+"/rate", "absent with kind specific")
		}
	default:
		r.wrong(path+"/kind", "ad_valorem, specific or compound")
	}
}

func (r *reader) remedy(path string, v any, kind tariff.Kind) Remedy {
	m := Remedy{Kind: kind, Law: statedLaw}
	o, ok := v.(map[string]any)
	if !ok {
		r.expression(&m.Duty)(path, v)
		return m
	}
	var name, exporter string
	r.object(path, o, map[string]func(string, any){
		"kind": r.text(&name), "rate": r.expression(&m.Duty), "exporter": r.text(&exporter), "law": r.text(&m.Law),
		"highest": func(path string, v any) { m.Highest = r.percent(path, v) },
	})
	m.Exporter = tariff.AdditionalCode(exporter)
	if name != "" {
		m.Kind = tariff.KindOf(name)
		if _, ok := remedyTax(m.Kind); !ok {
			r.wrong(path+"/kind", "anti_dumping, countervailing, safeguard or retaliation")
		}
	} else if kind == tariff.NoKind {
		r.missing(path + "/kind")
	}
	if m.Duty == nil && m.Highest == 0 {
		r.missing(path + "/rate")
	} else if m.Duty == nil {
		m.Duty = tariff.AdValorem(m.Highest)
	}
	return m
}

// join makes the rates of one line.
func (g *givenRates) join(r *reader, l *Line, path string) *GivenRates {
	rates := g.rates
	whole := func(a *amount) *tariff.Expression {
		unit := a.unit
		if unit == "" {
			if len(l.Quantities) == 0 {
				r.fail(fault.New(fault.Invalid, "DUTY-QUANTITY-01", path+"/quantity", "the rate needs a quantity in {unit}",
					"add a quantity in {unit} or a unit that converts to it", "unit", "the unit of the rate"))
				return nil
			}
			unit = l.Quantities[0].Unit
		}
		return tariff.Specific(a.rate, unit)
	}
	if g.specific != nil {
		if e := whole(g.specific); e != nil {
			if rates.MFN != nil {
				e = rates.MFN.And(e)
			}
			rates.MFN = e
		}
	}
	if g.share != nil && (*g.share != 0 || g.consumption == nil) {
		rates.Consumption = tariff.AdValorem(*g.share)
	}
	if g.consumption != nil {
		if e := whole(g.consumption); e != nil {
			if rates.Consumption != nil {
				e = rates.Consumption.And(e)
			}
			rates.Consumption = e
		}
	}
	return &rates
}

// decodeStrict reads one JSON value and nothing after it, numbers kept as text,
// members given twice refused.
func decodeStrict(in io.Reader) (any, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxCase+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxCase {
		return nil, fault.New(fault.Invalid, "DUTY-CASE-05", "", "the case is larger than {limit} bytes", "send fewer lines at once", "limit", maxCase)
	}
	notJSON := func(err error) error {
		return fault.New(fault.Invalid, "DUTY-CASE-01", "", "this is not one JSON object", "send one JSON object as docs/duty.md describes").Because(err)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if twice, err := memberTwice(text); err != nil {
		return nil, notJSON(err)
	} else if twice != "" {
		return nil, fault.New(fault.Invalid, "DUTY-CASE-06", twice, "this member is given twice", "give it once")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, notJSON(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, notJSON(err)
	}
	if _, ok := v.(map[string]any); !ok {
		return nil, notJSON(nil)
	}
	return v, nil
}

// memberTwice gives the pointer of the first member that an object has twice.
func memberTwice(text []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	type level struct {
		seen  map[string]bool // nil in a list
		name  string
		index int
		value bool // a name was read, its value comes
	}
	var stack []level
	for {
		t, err := d.Token()
		if err == io.EOF {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		delim, isDelim := t.(json.Delim)
		if isDelim && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		if n := len(stack); n > 0 {
			top := &stack[n-1]
			switch {
			case top.seen == nil:
				top.index++
			case !top.value:
				name, _ := t.(string)
				top.name = name
				if top.seen[name] {
					path := ""
					for _, l := range stack {
						if l.seen == nil {
							path += "/" + strconv.Itoa(l.index-1)
						} else {
							path += "/" + pointer(l.name)
						}
					}
					return path, nil
				}
				top.seen[name], top.value = true, true
				continue
			default:
				top.value = false
			}
		}
		if isDelim {
			l := level{}
			if delim == '{' {
				l.seen = map[string]bool{}
			}
			stack = append(stack, l)
		}
	}
}

func (r *reader) date(to *clock.Date) func(string, any) {
	return func(path string, v any) {
		s, ok := v.(string)
		if !ok {
			r.wrong(path, "a day as YYYY-MM-DD")
			return
		}
		s = strings.TrimSpace(s)
		if len(s) == 10 && s[4] == '/' && s[7] == '/' {
			s = strings.ReplaceAll(s, "/", "-")
		} else if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
			s = s[:4] + "-" + s[4:6] + "-" + s[6:]
		}
		d, err := clock.ParseDate(s)
		r.add(path, err)
		*to = d
	}
}
