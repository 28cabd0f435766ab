package duty

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Case is a question put to the calculator: a consignment, with what the asker
// states instead of our tables, what is late, deferred or diverted, and other
// ways to compare. docs/duty.md describes its JSON form.
type Case struct {
	Consignment
	Local      tariff.CurrencyCode // taxes are worked out in; empty is the house's
	Schedule   string              // name of the shipped schedule asked for; empty is the house's
	Parameters map[string]string   // rules stated with the case
	Events     Events
	Options    []Option   // other ways, compared with the case
	Automatic  bool       // find the other ways in the schedule
	Selective  *Breakdown // materials of goods sold into the country
}

// Option is another way of asking: the case with some of it changed.
type Option struct {
	Name string
	Case Case
}

// AllLines gives the lines of goods of the case and of everything it is compared
// with.
func (c *Case) AllLines() [][]Line {
	all := [][]Line{c.Lines}
	if c.Selective != nil {
		all = append(all, c.Selective.Materials)
	}
	for i := range c.Options {
		all = append(all, c.Options[i].Case.AllLines()...)
	}
	return all
}

// Breakdown is the bonded materials of goods that are sold into the country, for
// the choice between duty on them and on the goods (DR §3.12).
type Breakdown struct {
	Materials []Line
	Deferred  int64 // days from the start of deferral to the tax bill
}

// ReadCase reads a case in its JSON form, strictly, and reports every fault with
// its pointer.
//
// Faults: DUTY-CASE-01 (no JSON object), -02 (unknown member), -03 (wrong type or
// value), -04 (missing member), -05 (too large), -06 (member twice), and those of
// num, clock, TARIFF-CODE-01, TARIFF-UNIT-01, TARIFF-RATE-01, DUTY-QUANTITY-01.
func ReadCase(in io.Reader) (Case, error) {
	v, err := decodeStrict(in)
	if err != nil {
		return Case{}, err
	}
	o, _ := v.(map[string]any) // decodeStrict gives an object
	ways := o["options"]
	delete(o, "options")
	r := new(reader)
	c := r.readCase("", o)
	switch ways := ways.(type) {
	case nil:
	case string:
		if c.Automatic = ways == "auto"; !c.Automatic {
			r.wrong("/options", "“auto”, or a list of other ways")
		}
	default:
		r.list("/options", ways, func(path string, v any) { c.Options = append(c.Options, r.option(path, o, v)) })
	}
	return c, r.faults.OrNil()
}

// option reads one other way: members of the case that replace its own, and under
// "line" members that replace those of every line.
func (r *reader) option(path string, of map[string]any, v any) Option {
	changes, ok := v.(map[string]any)
	if !ok {
		r.wrong(path, "an object")
		return Option{}
	}
	var name string
	if v, ok := changes["name"]; ok {
		r.text(&name)(path+"/name", v)
	}
	if name == "" {
		r.missing(path + "/name")
	}
	merged := map[string]any{}
	for member, v := range of {
		merged[member] = v
	}
	for member, v := range changes {
		switch member {
		case "name", "line":
		case "rates", "parameters":
			merged[member] = together(of[member], v)
		default:
			merged[member] = v
		}
	}
	if line, ok := changes["line"].(map[string]any); ok {
		if lines, ok := merged["lines"].([]any); ok {
			changed := make([]any, len(lines))
			for i := range lines {
				changed[i] = together(lines[i], line)
			}
			merged["lines"] = changed
		}
	} else if changes["line"] != nil {
		r.wrong(path+"/line", "an object")
	}
	return Option{name, r.readCase(path, merged)}
}

// together gives the members of two objects, those of the second where both have one.
func together(a, b any) any {
	x, ok1 := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if !ok1 || !ok2 {
		return b
	}
	out := map[string]any{}
	for k, v := range x {
		out[k] = v
	}
	for k, v := range y {
		out[k] = v
	}
	return out
}

// readCase reads the members of a case; path is that of the case itself.
func (r *reader) readCase(path string, o map[string]any) Case {
	c := Case{Consignment: Consignment{Direction: Import}}
	var direction, incoterm, currency, local string
	var rates *givenRates
	var lines, materials any
	r.object(path, o, map[string]func(string, any){
		"date": r.date(&c.Date), "direction": r.text(&direction), "incoterm": r.text(&incoterm), "currency": r.text(&currency), "local": r.text(&local),
		"schedule": r.text(&c.Schedule),
		"fx": func(path string, v any) {
			if s, ok := r.decimal(path, v); ok {
				rate, err := num.ParseRate(s)
				r.add(path, err)
				if err == nil && rate <= 0 {
					r.wrong(path, "an exchange rate above zero")
				}
				c.FX = rate
			}
		},
		"freight": r.charge(&c.Freight), "insurance": r.charge(&c.Insurance), "other": r.charge(&c.Other),
		"rates": func(path string, v any) { rates = r.rates(path, v) },
		"lines": func(_ string, v any) { lines = v },
		"parameters": func(path string, v any) {
			o, ok := v.(map[string]any)
			if !ok {
				r.wrong(path, "an object")
				return
			}
			c.Parameters = map[string]string{}
			for name, value := range o {
				c.Parameters[name] = fmt.Sprint(value)
			}
		},
		"late_payment": r.latePayment(&c.Events), "late_declaration": r.lateDeclaration(&c.Events), "deferral": r.deferral(&c.Events),
		"relief": r.relief(&c.Events), "recovery": r.recovery(&c.Events), "unit_consumption": r.unitConsumption(&c.Events),
		"selective": func(path string, v any) {
			c.Selective = new(Breakdown)
			r.object(path, v, map[string]func(string, any){
				"materials": func(_ string, v any) { materials = v },
				"days":      r.whole(&c.Selective.Deferred),
			})
			if materials == nil {
				r.missing(path + "/materials")
				return
			}
			r.list(path+"/materials", materials, func(path string, v any) { c.Selective.Materials = append(c.Selective.Materials, r.line(path, v, nil)) })
		},
		"options":   func(path string, _ any) { r.wrong(path, "absent inside another way") },
		"reference": func(string, any) {}, // the asker's own number, ignored
	})
	switch strings.ToLower(direction) {
	case "":
	case "i", "import", "进口":
		c.Direction = Import
	case "e", "export", "出口":
		c.Direction = Export
	default:
		c.Direction = Direction(direction)
	}
	// A named place after the term says where, not what: "CIF Shanghai".
	if term, _, _ := strings.Cut(strings.TrimSpace(incoterm), " "); term != "" {
		c.Incoterm = Incoterm(strings.ToUpper(term))
	}
	c.Currency, c.Local = r.currency(path+"/currency", currency), r.currency(path+"/local", local)
	if c.Date == 0 && !hasPath(r.faults, path+"/date") {
		r.missing(path + "/date")
	}
	switch {
	case lines != nil:
		r.list(path+"/lines", lines, func(path string, v any) { c.Lines = append(c.Lines, r.line(path, v, rates)) })
	case !c.Events.any():
		r.missing(path + "/lines")
	}
	return c
}

func hasPath(l fault.List, path string) bool {
	for _, f := range l {
		if f.Path == path {
			return true
		}
	}
	return false
}

// line reads one line; general are the rates of the whole case.
func (r *reader) line(path string, v any, general *givenRates) Line {
	var l Line
	var hs, origin, preference, additional, applicable string
	own := general
	priced := false
	var one *amount // the price, where that of one unit is stated
	r.object(path, v, map[string]func(string, any){
		"hs": func(path string, v any) {
			// A number has lost a leading zero where its digits are odd.
			if n, ok := v.(json.Number); ok && len(n)%2 == 0 && strings.Trim(n.String(), "0123456789") == "" {
				v = n.String()
			}
			r.text(&hs)(path, v)
		},
		"origin": r.text(&origin), "preference": func(path string, v any) {
			if claimed, ok := v.(bool); ok { // true claims the agreement rate
				if claimed {
					preference = "conventional"
				}
				return
			}
			r.text(&preference)(path, v)
		}, "additional_code": r.text(&additional), "applicable": r.text(&applicable),
		"description": func(string, any) {},
		"price": func(path string, v any) {
			priced = true
			if o, ok := v.(map[string]any); ok {
				one = r.price(path, o, &l.Price)
				return
			}
			r.money(&l.Price)(path, v)
		},
		"net_mass": r.quantity(&l.NetMass), "gross_mass": r.quantity(&l.GrossMass),
		"provisional_part": r.flag(&l.PartClaimed),
		"origin_proof": func(path string, v any) {
			l.Proof = ProofGiven
			switch v := v.(type) {
			case bool:
				if !v {
					l.Proof = ProofMissing
				}
			case string: // the certificate's number, or a word for none
				switch strings.ToLower(strings.TrimSpace(v)) {
				case "", "no", "none", "missing", "false", "无":
					l.Proof = ProofMissing
				}
			default:
				r.wrong(path, "true, false or the number of the certificate")
			}
		},
		"quota": func(path string, v any) {
			switch v := v.(type) {
			case bool:
				l.InQuota = v
			case string:
				l.InQuota, l.QuotaNumber = v != "", v
			default:
				r.wrong(path, "true, false or an order number")
			}
		},
		"quantity": func(path string, v any) {
			if _, one := v.(map[string]any); one {
				v = []any{v}
				path = strings.TrimSuffix(path, "/0")
			}
			r.list(path, v, func(path string, v any) { l.Quantities = append(l.Quantities, r.quantityOf(path, v)) })
		},
		"parts": func(path string, v any) {
			r.list(path, v, func(path string, v any) {
				var p Part
				r.object(path, v, map[string]func(string, any){"of": r.text(&p.Of), "price": r.money(&p.Price)})
				l.Parts = append(l.Parts, p)
			})
		},
		"relief": func(path string, v any) {
			l.Relief = new(Depreciation)
			r.depreciation(path, v, l.Relief, nil)
		},
		"remedies": func(path string, v any) {
			if o, ok := v.(map[string]any); ok && o["kind"] == nil { // rates by kind
				for _, k := range [...]tariff.Kind{tariff.AntiDumping, tariff.Countervailing, tariff.Safeguard, tariff.Retaliation} {
					if rate, ok := o[k.String()]; ok {
						l.Remedies = append(l.Remedies, r.remedy(path+"/"+k.String(), rate, k))
						delete(o, k.String())
					}
				}
				r.object(path, o, remedyKinds)
				return
			} else if ok {
				v = []any{o}
			}
			r.list(path, v, func(path string, v any) { l.Remedies = append(l.Remedies, r.remedy(path, v, tariff.NoKind)) })
		},
		"rates": func(path string, v any) { own = r.rates(path, v) },
	})
	if !priced && !hasPath(r.faults, path+"/price") {
		r.missing(path + "/price")
	}
	if one != nil {
		r.timesQuantity(one, &l, path)
	}
	if hs != "" {
		code, err := tariff.ParseCode(hs)
		r.add(path+"/hs", err)
		l.Code = code
	} else if own == nil {
		r.missing(path + "/hs")
	}
	if applicable != "" {
		code, err := tariff.ParseCode(applicable)
		r.add(path+"/applicable", err)
		l.Applicable = code
	}
	switch strings.ToUpper(origin) {
	case "", "UNKNOWN", "ZZ", "ZZZ":
	default:
		if len(origin) > 3 || strings.Trim(strings.ToUpper(origin), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			r.wrong(path+"/origin", "a country of two or three characters")
		}
		l.Origin = tariff.AreaCode(strings.ToUpper(origin))
	}
	switch p := strings.ToLower(preference); p {
	case "mfn", "general", "special", "conventional", "suspension":
		preference = p
	case "agreement", "协定", "preferential":
		preference = "conventional"
	case "最惠国", "none":
		preference = "mfn"
	case "普通":
		preference = "general"
	case "特惠":
		preference = "special"
	}
	l.Preference, l.Additional = Preference(preference), tariff.AdditionalCode(additional)
	if own != nil {
		l.Rates = own.join(r, &l, path)
	}
	return l
}

// price reads a price written as an object: that of the whole line as total or
// amount, or that of one unit, which is given back.
func (r *reader) price(path string, o map[string]any, whole *num.Money) *amount {
	var one *amount
	var per string
	stated := 0
	total := func(path string, v any) {
		stated++
		r.money(whole)(path, v)
	}
	r.object(path, o, map[string]func(string, any){
		"total": total, "amount": total, "per": r.text(&per),
		"unit": func(at string, v any) {
			stated++
			if s, ok := r.decimal(at, v); ok {
				rate, err := num.ParseRate(s)
				r.add(at, err)
				one = &amount{rate: rate, path: path}
			}
		},
	})
	switch {
	case stated == 0:
		r.missing(path + "/total")
	case stated > 1:
		r.wrong(path, "the price of the whole or of one unit, not both")
		return nil
	case per != "" && one == nil:
		r.wrong(path+"/per", "absent beside the price of the whole")
	case per != "":
		u, err := tariff.ParseUnit(per)
		r.add(path+"/per", err)
		one.unit = u
	}
	return one
}

// timesQuantity makes the price of the line of the price of one unit.
func (r *reader) timesQuantity(one *amount, l *Line, path string) {
	unit := one.unit
	if unit == "" && len(l.Quantities) > 0 {
		unit = l.Quantities[0].Unit
	}
	q, ok, err := l.quantityIn(unit, "")
	if err == nil && !ok {
		asked := string(unit)
		if unit == "" {
			asked = "the unit of the price"
		}
		r.fail(fault.New(fault.Invalid, "DUTY-QUANTITY-01", path+"/quantity", "the rate needs a quantity in {unit}",
			"add a quantity in {unit} or a unit that converts to it", "unit", asked))
		return
	}
	if err == nil {
		var v int64
		v, err = num.MulDiv(int64(q), int64(one.rate), quantityScale, num.HalfUp)
		l.Price = num.Money(v)
	}
	r.add(one.path, err)
}

func (r *reader) quantityOf(path string, v any) Quantity {
	var q Quantity
	var unit string
	valued := false
	r.object(path, v, map[string]func(string, any){
		"value": func(path string, v any) {
			valued = true
			r.quantity(&q.Value)(path, v)
		},
		"unit": r.text(&unit), "of": r.text(&q.Of),
	})
	if !valued {
		r.missing(path + "/value")
	}
	if unit == "" {
		r.missing(path + "/unit")
		return q
	}
	u, err := tariff.ParseUnit(unit)
	r.add(path+"/unit", err)
	q.Unit = u
	return q
}

// remedyKinds are the kinds of remedies, for the fault that names them.
var remedyKinds = map[string]func(string, any){"anti_dumping": nil, "countervailing": nil, "safeguard": nil, "retaliation": nil}

// Calculate answers a case: it is Assess with the parameters the case states, and
// with what is late, deferred or recovered. A
// case that gives all rates itself, is in a foreign currency and has no exchange
// rate is worked out in its own currency, as textbooks do, and a note says so.
// Fault besides those of Assess: DUTY-PARAMETER-01.
func Calculate(c Case, ref Reference) (*Working, error) {
	if c.Local != "" {
		ref.Local = c.Local
	}
	if c.Currency == "" {
		c.Currency = ref.Local
	}
	if len(c.Parameters) > 0 {
		p, err := ref.Rules.With(c.Parameters)
		if err != nil {
			return nil, fault.New(fault.Invalid, "DUTY-PARAMETER-01", "/parameters", "{problem}", "see docs/duty.md for the parameters and their values",
				"problem", err.Error()).Because(err)
		}
		ref.Rules = p
	}
	if len(c.Lines) == 0 && c.Events.any() {
		w := &Working{Date: c.Date, Currency: ref.Local, Parameter: ref.Rules.Epoch()}
		if err := c.Events.apply(w, &c, &ref); err != nil {
			return nil, err
		}
		return w, nil
	}
	own := false
	if c.FX == 0 && c.Currency != ref.Local && c.Date != 0 {
		if _, err := ref.FX.Rate(c.Currency, c.Date, ref.Rules.At(c.Date).ExchangeRule); err != nil && allGiven(c.Lines) {
			own, ref.Local = true, c.Currency
		}
	}
	w, err := Assess(&c.Consignment, &ref)
	if err != nil {
		return nil, err
	}
	if err := c.Events.apply(w, &c, &ref); err != nil {
		return nil, err
	}
	if err := w.Verify(); err != nil {
		return nil, fmt.Errorf("the working does not add up: %w", err)
	}
	if own {
		w.Notes = append(w.Notes, Note{Line: -1, Code: "no_exchange", Text: "No exchange rate is known: the working is in " + string(c.Currency) + ".", Values: []NoteValue{{"currency", string(c.Currency)}}})
	}
	return w, nil
}

func allGiven(lines []Line) bool {
	for i := range lines {
		if lines[i].Rates == nil {
			return false
		}
	}
	return true
}
