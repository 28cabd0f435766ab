package duty

import (
	"fmt"
	"io"
	"strings"

	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// Case is a question put to the calculator: a consignment, with what the asker
// states instead of our tables. docs/duty.md describes its JSON form.
type Case struct {
	Consignment
	Local      tariff.CurrencyCode // taxes are worked out in; empty is the house's
	Parameters map[string]string   // rules stated with the case
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
	c := Case{Consignment: Consignment{Direction: Import}}
	r := new(reader)
	var direction, incoterm, currency, local string
	var rates *givenRates
	var lines any
	r.object("", v, map[string]func(string, any){
		"date": r.date(&c.Date), "direction": r.text(&direction), "incoterm": r.text(&incoterm), "currency": r.text(&currency), "local": r.text(&local),
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
		"reference": func(string, any) {}, // the asker's own number, ignored
	})
	if direction != "" {
		c.Direction = Direction(direction)
	}
	c.Incoterm = Incoterm(strings.ToUpper(incoterm))
	c.Currency, c.Local = r.currency("/currency", currency), r.currency("/local", local)
	if c.Date == 0 && !hasPath(r.faults, "/date") {
		r.missing("/date")
	}
	if lines == nil {
		r.missing("/lines")
	} else {
		r.list("/lines", lines, func(path string, v any) { c.Lines = append(c.Lines, r.line(path, v, rates)) })
	}
	return c, r.faults.OrNil()
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
	r.object(path, v, map[string]func(string, any){
		"hs": r.text(&hs), "origin": r.text(&origin), "preference": r.text(&preference), "additional_code": r.text(&additional), "applicable": r.text(&applicable),
		"description": func(string, any) {},
		"price": func(path string, v any) {
			priced = true
			r.money(&l.Price)(path, v)
		},
		"net_mass": r.quantity(&l.NetMass), "gross_mass": r.quantity(&l.GrossMass),
		"provisional_part": r.flag(&l.PartClaimed),
		"origin_proof": func(path string, v any) {
			var given bool
			r.flag(&given)(path, v)
			l.Proof = ProofMissing
			if given {
				l.Proof = ProofGiven
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
		"remedies": func(path string, v any) {
			r.list(path, v, func(path string, v any) { l.Remedies = append(l.Remedies, r.remedy(path, v, tariff.NoKind)) })
		},
		"rates": func(path string, v any) { own = r.rates(path, v) },
	})
	if !priced && !hasPath(r.faults, path+"/price") {
		r.missing(path + "/price")
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
	l.Preference, l.Additional = Preference(preference), tariff.AdditionalCode(additional)
	if own != nil {
		l.Rates = own.join(r, &l, path)
	}
	return l
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

// Calculate answers a case: it is Assess with the parameters the case states. A
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
	if err := w.Verify(); err != nil {
		return nil, fmt.Errorf("the working does not add up: %w", err)
	}
	if own {
		w.Notes = append(w.Notes, Note{-1, "no_exchange", "No exchange rate is known: the working is in " + string(c.Currency) + "."})
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
