package duty

import (
	"encoding/json"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

// Events is what besides the goods themselves makes something owed: tax paid or
// declared late, tax deferred, relief that ends, tax found short. A nil member did
// not happen.
type Events struct {
	LatePayment     *LatePaid
	LateDeclaration *LateDeclared
	Deferral        *Deferred
	Relief          *Diverted
	Recovery        *Short
	UnitConsumption *UnitConsumption
}

// LatePaid is tax paid after its term: either the days are stated, or the day the
// term began (the bill's issue, or the declaration since the Duty Law) or ended.
type LatePaid struct {
	Tax               *num.Money // nil: all taxes of the case
	Issued, Due, Paid clock.Date
	Days              *int64
}

// LateDeclared is goods declared late.
type LateDeclared struct {
	Value             *num.Money // nil: the customs value of the case
	Entered, Accepted clock.Date // accepted 0 is the day of the case
	Days              *int64
}

// Deferred is duty whose payment was deferred.
type Deferred struct {
	Tax      *num.Money // nil: the duty of the case
	From, To clock.Date // to 0 is the day of the case
	Days     *int64
	Rate     *num.Rate // a year; nil: the rate of the day
}

// Diverted is relieved goods of a value put to another use, without their taxes.
type Diverted struct {
	Depreciation
	Value num.Money
}

// Short is tax that was levied too low.
type Short struct {
	Tax       num.Money
	Due, Paid clock.Date
	Breach    bool
}

// UnitConsumption asks for a gross unit consumption, and for what was written off
// beyond it.
type UnitConsumption struct {
	Net                       *num.Quantity
	Loss                      num.Rate
	Products                  *num.Quantity
	Declared, Actual          num.Quantity
	Gross, Unaccounted        num.Quantity // the answer
	grossKnown, writtenBeyond bool
}

func (e *Events) any() bool {
	return e.LatePayment != nil || e.LateDeclaration != nil || e.Deferral != nil || e.Relief != nil || e.Recovery != nil || e.UnitConsumption != nil
}

// apply works the events out and joins them to the working.
func (e *Events) apply(w *Working, c *Case, ref *Reference) error {
	at := func(path string, x *Working, err error) error {
		if err != nil {
			return under(path, err)
		}
		return w.join(x)
	}
	if d := e.Relief; d != nil {
		x, err := Depreciated(d.Value, d.Months, d.Years, c.Date, ref.Rules, ref.Local)
		if err == nil && len(c.Lines) == 0 {
			x.Blocks[0].Line, x.Value = 0, x.Steps[0].Result
		}
		if err := at("/relief", x, err); err != nil {
			return err
		}
	}
	if d := e.Deferral; d != nil {
		tax, days := w.Totals[Duty], int64(0)
		if d.Tax != nil {
			tax = *d.Tax
		}
		to := d.To
		if to == 0 {
			to = c.Date
		}
		switch {
		case d.Days != nil:
			days = *d.Days
		case d.From != 0:
			days = int64(to) - int64(d.From)
		default:
			return fault.New(fault.Invalid, "DUTY-CASE-04", "/deferral/days", "this member is required", "add it")
		}
		rules := ref.Rules
		if d.Rate != nil {
			own, err := rules.With(map[string]string{"deferral_rate": d.Rate.String()})
			if err != nil {
				return under("/deferral/rate", fault.New(fault.Invalid, "DUTY-PARAMETER-01", "", "{problem}", "see docs/duty.md for the parameters and their values", "problem", err.Error()).Because(err))
			}
			rules = own
		}
		x, err := DeferralInterest(tax, days, to, rules, ref.Local)
		if err := at("/deferral", x, err); err != nil {
			return err
		}
	}
	if d := e.LateDeclaration; d != nil {
		value, accepted := w.Value, d.Accepted
		if d.Value != nil {
			value = *d.Value
		}
		if accepted == 0 {
			accepted = c.Date
		}
		var days int64
		switch {
		case d.Days != nil:
			days = *d.Days
		case d.Entered != 0:
			days = LateDeclarationDays(d.Entered, accepted, ref.Rules, ref.Calendar)
		default:
			return fault.New(fault.Invalid, "DUTY-CASE-04", "/late_declaration/days", "this member is required", "add it")
		}
		x, err := LateDeclarationFee(value, days, accepted, ref.Rules, ref.Local)
		if err := at("/late_declaration", x, err); err != nil {
			return err
		}
	}
	if d := e.LatePayment; d != nil {
		tax := w.Total
		if d.Tax != nil {
			tax = *d.Tax
		}
		due, paid := d.Due, d.Paid
		switch {
		case d.Days != nil && *d.Days < 0:
			return under("/late_payment/days", negativeBase(num.Money(*d.Days)))
		case d.Days != nil: // counted already: from any day, that many before the payment
			if paid == 0 {
				paid = c.Date
			}
			due = paid.AddDays(-int(*d.Days))
		case paid == 0:
			return fault.New(fault.Invalid, "DUTY-CASE-04", "/late_payment/paid", "this member is required", "add it")
		case due == 0 && d.Issued != 0:
			due = PaymentDue(d.Issued, ref.Rules, ref.Calendar)
		case due == 0:
			due = PaymentDue(c.Date, ref.Rules, ref.Calendar)
		}
		x, err := LatePaymentFee(tax, due, paid, ref.Rules, ref.Local)
		if err := at("/late_payment", x, err); err != nil {
			return err
		}
	}
	if d := e.Recovery; d != nil {
		x, err := Recovery(d.Tax, d.Due, d.Paid, d.Breach, ref.Rules, ref.Local)
		if err := at("/recovery", x, err); err != nil {
			return err
		}
	}
	return e.consume()
}

func (e *Events) consume() error {
	u := e.UnitConsumption
	if u == nil {
		return nil
	}
	var err error
	if u.Net != nil {
		if u.Gross, err = Consumption(*u.Net, u.Loss); err != nil {
			return under("/unit_consumption", err)
		}
		u.grossKnown = true
	}
	if u.Products != nil {
		if u.Unaccounted, err = Unaccounted(*u.Products, u.Declared, u.Actual); err != nil {
			return under("/unit_consumption", err)
		}
		u.writtenBeyond = true
	}
	return nil
}

// under puts faults below a member of the case.
func under(path string, err error) error {
	found := fault.All(err)
	if found == nil {
		return err
	}
	out := make(fault.List, len(found))
	for i, f := range found {
		out[i] = f.Under(path)
	}
	return out
}

// join appends the blocks of x to w, with what they owe.
func (w *Working) join(x *Working) error {
	from := len(w.Steps)
	w.Steps = append(w.Steps, x.Steps...)
	for _, b := range x.Blocks {
		b.First, b.Last = b.First+from, b.Last+from
		w.Blocks = append(w.Blocks, b)
	}
	var err error
	for t := range x.Totals {
		if w.Totals[t], err = num.Add(w.Totals[t], x.Totals[t]); err != nil {
			return err
		}
	}
	if w.Value, err = num.Add(w.Value, x.Value); err != nil {
		return err
	}
	w.Total, err = num.Add(w.Total, x.Total)
	return err
}

// whole reads a whole number of 0 or more.
func (r *reader) whole(to *int64) func(string, any) {
	return func(path string, v any) {
		s, ok := r.decimal(path, v)
		if !ok {
			return
		}
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil || n < 0 {
			r.wrong(path, "a whole number of 0 or more")
			return
		}
		*to = n
	}
}

func (r *reader) wholePtr(to **int64) func(string, any) {
	return func(path string, v any) { *to = new(int64); r.whole(*to)(path, v) }
}

func (r *reader) moneyPtr(to **num.Money) func(string, any) {
	return func(path string, v any) { *to = new(num.Money); r.money(*to)(path, v) }
}

func (r *reader) quantityPtr(to **num.Quantity) func(string, any) {
	return func(path string, v any) { *to = new(num.Quantity); r.quantity(*to)(path, v) }
}

func (r *reader) latePayment(e *Events) func(string, any) {
	return func(path string, v any) {
		e.LatePayment = new(LatePaid)
		d := e.LatePayment
		r.object(path, v, map[string]func(string, any){
			"tax": r.moneyPtr(&d.Tax), "issued": r.date(&d.Issued), "due": r.date(&d.Due), "paid": r.date(&d.Paid), "days": r.wholePtr(&d.Days),
		})
	}
}

func (r *reader) lateDeclaration(e *Events) func(string, any) {
	return func(path string, v any) {
		e.LateDeclaration = new(LateDeclared)
		d := e.LateDeclaration
		r.object(path, v, map[string]func(string, any){
			"value": r.moneyPtr(&d.Value), "entered": r.date(&d.Entered), "accepted": r.date(&d.Accepted), "days": r.wholePtr(&d.Days),
		})
	}
}

func (r *reader) deferral(e *Events) func(string, any) {
	return func(path string, v any) {
		e.Deferral = new(Deferred)
		d := e.Deferral
		r.object(path, v, map[string]func(string, any){
			"tax": r.moneyPtr(&d.Tax), "from": r.date(&d.From), "to": r.date(&d.To), "days": r.wholePtr(&d.Days),
			"rate": func(path string, v any) {
				rate := r.percent(path, v)
				d.Rate = &rate
			},
		})
	}
}

func (r *reader) relief(e *Events) func(string, any) {
	return func(path string, v any) {
		e.Relief = new(Diverted)
		r.depreciation(path, v, &e.Relief.Depreciation, &e.Relief.Value)
	}
}

// depreciation reads months and years, and a value where the goods have no line.
func (r *reader) depreciation(path string, v any, to *Depreciation, value *num.Money) {
	members := map[string]func(string, any){"months": r.whole(&to.Months), "years": r.whole(&to.Years)}
	if value != nil {
		members["value"] = r.money(value)
	}
	r.object(path, v, members)
	o, _ := v.(map[string]any)
	for name := range members {
		if o != nil && o[name] == nil {
			r.missing(path + "/" + name)
		}
	}
}

func (r *reader) recovery(e *Events) func(string, any) {
	return func(path string, v any) {
		e.Recovery = new(Short)
		d := e.Recovery
		r.object(path, v, map[string]func(string, any){
			"tax": r.money(&d.Tax), "due": r.date(&d.Due), "paid": r.date(&d.Paid), "breach": r.flag(&d.Breach),
		})
		for name, missing := range map[string]bool{"due": d.Due == 0, "paid": d.Paid == 0} {
			if missing && !hasPath(r.faults, path+"/"+name) {
				r.missing(path + "/" + name)
			}
		}
	}
}

func (r *reader) unitConsumption(e *Events) func(string, any) {
	return func(path string, v any) {
		e.UnitConsumption = new(UnitConsumption)
		u := e.UnitConsumption
		r.object(path, v, map[string]func(string, any){
			"net": r.quantityPtr(&u.Net), "products": r.quantityPtr(&u.Products), "declared": r.quantity(&u.Declared), "actual": r.quantity(&u.Actual),
			"loss": func(path string, v any) {
				if n, ok := v.(json.Number); ok { // 5 and "5%" are five per cent
					v = strings.TrimSpace(n.String())
				}
				u.Loss = r.percent(path, v)
			},
		})
		if u.Net == nil && u.Products == nil {
			r.missing(path + "/net")
		}
	}
}
