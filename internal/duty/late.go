package duty

import (
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// single makes a working of one block from steps on, in the currency given, and
// fills results, block and totals.
func single(d clock.Date, currency tariff.CurrencyCode, p *Parameters, steps []Step) (*Working, error) {
	w := &Working{Date: d, Currency: currency, Steps: steps, Parameter: p.Epoch()}
	b := Block{Line: -1, Last: len(steps)}
	for i := range steps {
		s := &steps[i]
		var err error
		if s.Formula == OfValue {
			if s.Base, err = sumOf(steps[:i], s.Terms); err != nil {
				return nil, err
			}
		}
		if s.Result, err = s.result(steps[:i]); err != nil {
			return nil, err
		}
		if s.Tax != NoTax {
			if b.Amounts[s.Tax], err = num.Add(b.Amounts[s.Tax], s.Result); err != nil {
				return nil, err
			}
			if w.Total, err = num.Add(w.Total, s.Result); err != nil {
				return nil, err
			}
		}
	}
	w.Blocks, w.Totals = []Block{b}, b.Amounts
	return w, nil
}

// PaymentDue gives the last day to pay tax whose term begins with an event on
// day from: the issue of the bill, or the completed declaration since the Duty
// Law (Rules.PaymentFrom says which). The first day is not counted, and a term
// that ends on a day off ends on the next working day, as the rules of the day
// say (DR §5.3).
func PaymentDue(from clock.Date, p *Parameters, calendar *clock.Calendar) clock.Date {
	due, working := PaymentTerm(from, p)
	if working > 0 {
		due = calendar.NthWorking(due, working)
	}
	return due
}

// PaymentTerm gives the day on which the term of PaymentDue ends before any
// calendar is asked; it then moves to the working-th working day on or after it, 0
// where it stays.
func PaymentTerm(from clock.Date, p *Parameters) (end clock.Date, working int) {
	r := p.At(from)
	end = from.AddDays(int(r.PaymentDays))
	if r.CountIssueDay {
		end--
	}
	if r.ShiftToWorking {
		working = 1
	}
	return end, working
}

// ConsolidatedDue gives the last day to pay the consolidated tax of the month
// that d lies in: the fifth working day of the month after (DR §3.4).
func ConsolidatedDue(d clock.Date, p *Parameters, calendar *clock.Calendar) clock.Date {
	next := d.AddDays(1 - d.DayOfMonth()).AddMonths(1)
	return calendar.NthWorking(next, int(p.At(d).PayWorkingDay))
}

// LatePaymentFee gives the surcharge on tax due on day due and paid on day paid:
// 0.05 % a day from the day after the due day through the day of payment; less
// than the minimum is not collected (DR §5.3). A negative tax is DUTY-BASE-01.
func LatePaymentFee(tax num.Money, due, paid clock.Date, p *Parameters, currency tariff.CurrencyCode) (*Working, error) {
	if tax < 0 {
		return nil, negativeBase(tax)
	}
	r := p.At(paid)
	days := max(0, int64(paid)-int64(due))
	steps := []Step{{
		Label: LabelLatePayment, Tax: LatePayment, Formula: PerDay, Rounding: r.TaxRounding, Base: tax, Rate: r.LatePerDay, Numer: days, Denom: 1,
		Source: p.Law("late_payment_per_day", paid),
	}}
	return underMinimum(paid, currency, p, steps, r.LateMinimum, p.Law("late_payment_minimum", paid))
}

// underMinimum takes a fee below its minimum off again.
func underMinimum(d clock.Date, currency tariff.CurrencyCode, p *Parameters, steps []Step, minimum num.Money, law string) (*Working, error) {
	w, err := single(d, currency, p, steps)
	if err != nil || w.Total == 0 || w.Total >= minimum {
		return w, err
	}
	last := len(steps) - 1
	steps = append(steps, Step{Label: LabelExempt, Tax: steps[last].Tax, Formula: Exempted, Terms: 1 << last, Source: law})
	return single(d, currency, p, steps)
}

func negativeBase(m num.Money) error {
	return fault.New(fault.Invalid, "DUTY-BASE-01", "", "{amount} is no base for a fee or tax: it is negative", "give an amount of zero or more", "amount", m.Fixed())
}

// LateDeclarationDays gives the days for which goods that entered on day entered
// and were accepted on day accepted are late: from the fifteenth day after entry
// through the day of acceptance. A last free day that is a day off moves to the
// next working day.
func LateDeclarationDays(entered, accepted clock.Date, p *Parameters, calendar *clock.Calendar) int64 {
	r := p.At(accepted)
	last := entered.AddDays(int(r.DeclareDays))
	if r.ShiftToWorking {
		last = calendar.NextWorking(last)
	}
	return max(0, int64(accepted)-int64(last))
}

// LateDeclarationFee gives the fee for declaring goods of that customs value so
// many days late: 0.05 % a day, cut to whole yuan; below the minimum it is
// nothing (GACC Decree 128). A negative value or count is DUTY-BASE-01.
func LateDeclarationFee(value num.Money, days int64, on clock.Date, p *Parameters, currency tariff.CurrencyCode) (*Working, error) {
	if value < 0 || days < 0 {
		return nil, negativeBase(min(value, num.Money(days)))
	}
	r := p.At(on)
	law := p.Law("late_declaration_per_day", on)
	steps := []Step{
		{Label: LabelLateDeclared, Formula: PerDay, Rounding: num.Down, Base: value, Rate: r.DeclarePerDay, Numer: days, Denom: 1, Source: law},
		{Label: LabelLateDeclared, Tax: LateDeclaration, Formula: WholeUnits, Rounding: num.Down, Terms: 1, Source: law},
	}
	return underMinimum(on, currency, p, steps, r.DeclareMinimum, p.Law("late_declaration_minimum", on))
}

// DeferralInterest gives the interest on tax deferred for so many days at the
// current-deposit rate of the day the tax bill is made out (DR §5.3).
// A negative tax or count is DUTY-BASE-01.
func DeferralInterest(tax num.Money, days int64, billed clock.Date, p *Parameters, currency tariff.CurrencyCode) (*Working, error) {
	if tax < 0 || days < 0 {
		return nil, negativeBase(min(tax, num.Money(days)))
	}
	return single(billed, currency, p, []Step{interestStep(tax, days, billed, p)})
}

func interestStep(tax num.Money, days int64, billed clock.Date, p *Parameters) Step {
	r := p.At(billed)
	return Step{
		Label: LabelInterest, Tax: Interest, Formula: PerDay, Rounding: r.TaxRounding, Base: tax, Rate: r.DeferralRate,
		Numer: days, Denom: r.DeferralDays, Source: p.Law("deferral_rate", billed),
	}
}

// SupplementUntil gives the last day on which short tax may be asked for, from
// the day it was paid or the goods were released; breach tells whether the payer
// broke rules (DR §5.3).
func SupplementUntil(from clock.Date, breach bool, p *Parameters) clock.Date {
	r := p.At(from)
	years := r.SupplementYears
	if breach {
		years = r.BreachYears
	}
	return from.AddMonths(12 * int(years))
}

// RefundUntil gives the last day on which the payer may ask for tax paid too
// much back.
func RefundUntil(paid clock.Date, p *Parameters) clock.Date {
	return paid.AddMonths(12 * int(p.At(paid).RefundYears))
}

// Recovery gives short tax with its surcharge from the day after the due day to
// the day of payment; without a breach of rules no surcharge is due before the
// new bill's own term has passed, so breach must be true to charge it.
func Recovery(short num.Money, due, paid clock.Date, breach bool, p *Parameters, currency tariff.CurrencyCode) (*Working, error) {
	if short < 0 {
		return nil, negativeBase(short)
	}
	steps := []Step{{Label: LabelShortTax, Tax: Duty, Formula: Given, Base: short}}
	if breach {
		r := p.At(paid)
		steps = append(steps, Step{
			Label: LabelLatePayment, Tax: LatePayment, Formula: PerDay, Rounding: r.TaxRounding, Base: short, Rate: r.LatePerDay,
			Numer: max(0, int64(paid)-int64(due)), Denom: 1, Source: p.Law("late_payment_per_day", paid),
		})
	}
	return single(paid, currency, p, steps)
}

// Depreciated gives the customs value of relief goods put to another use:
// value × (1 − months used ÷ (years × 12)); after the whole time it is zero
// (DR §5.3). A started month counts as the caller counts it. DUTY-BASE-01 for a
// negative value, DUTY-RELIEF-01 for months or years that cannot be.
func Depreciated(value num.Money, months, years int64, on clock.Date, p *Parameters, currency tariff.CurrencyCode) (*Working, error) {
	if value < 0 {
		return nil, negativeBase(value)
	}
	d := Depreciation{months, years}
	step, err := d.step(value, "")
	if err != nil {
		return nil, err
	}
	w, err := single(on, currency, p, []Step{step})
	if err == nil {
		w.Blocks[0].Value = w.Steps[0].Result
	}
	return w, err
}

// step gives the depreciated value as a step of a working.
func (d *Depreciation) step(value num.Money, path string) (Step, error) {
	if d.Months < 0 || d.Years <= 0 || d.Years > 100 {
		return Step{}, fault.New(fault.Invalid, "DUTY-RELIEF-01", path, "{months} months of {years} years of supervision cannot be",
			"give the months used, 0 or more, and the years of supervision", "months", d.Months, "years", d.Years)
	}
	s := Step{Label: LabelDepreciated, Formula: Proportion, Rounding: num.HalfUp, Base: value, Numer: max(0, d.Years*12-d.Months), Denom: d.Years * 12}
	var err error
	s.Result, err = s.result(nil)
	return s, err
}

// selectiveLaw is where the choice between goods and materials comes from.
const selectiveLaw = "circular 75 [2013] II: duty on the materials or on the goods, VAT and consumption tax as usual"

// DomesticSale is goods made of bonded materials and sold into the country, for
// which the enterprise may choose how to be taxed (DR §3.12).
type DomesticSale struct {
	Date     clock.Date
	Product  num.Money // customs value of the product
	Material num.Money // customs value of the bonded materials in it
	// Rates of duty of product and materials, and of VAT on the product.
	ProductDuty, MaterialDuty, VAT num.Rate
	DeferredDays                   int64 // from the start of deferral to the tax bill
}

// Selective gives both ways of taxing a domestic sale: by the product as it
// leaves, and by the materials as they came in, with interest on their deferred
// duty; VAT is on the product's value and the duty of the way chosen.
func Selective(s *DomesticSale, p *Parameters, currency tariff.CurrencyCode) (product, material *Working, err error) {
	if s.Product < 0 || s.Material < 0 || s.DeferredDays < 0 {
		return nil, nil, negativeBase(min(s.Product, s.Material, num.Money(s.DeferredDays)))
	}
	mode := p.At(s.Date).TaxRounding
	product, err = single(s.Date, currency, p, []Step{
		{Label: LabelValue, Formula: Given, Base: s.Product},
		{Label: LabelDuty, Tax: Duty, Formula: OfValue, Rounding: mode, Terms: 1, Rate: s.ProductDuty},
		{Label: LabelVAT, Tax: VAT, Formula: OfValue, Rounding: mode, Terms: 3, Rate: s.VAT},
	})
	if err != nil {
		return nil, nil, err
	}
	duty, err := s.Material.Times(s.MaterialDuty, mode)
	if err != nil {
		return nil, nil, err
	}
	material, err = single(s.Date, currency, p, []Step{
		{Label: LabelValue, Formula: Given, Base: s.Product},
		{Label: LabelValue, Formula: Given, Base: s.Material},
		{Label: LabelDuty, Tax: Duty, Formula: OfValue, Rounding: mode, Terms: 2, Rate: s.MaterialDuty},
		interestStep(duty, s.DeferredDays, s.Date, p),
		{Label: LabelVAT, Tax: VAT, Formula: OfValue, Rounding: mode, Terms: 1 | 4, Rate: s.VAT},
	})
	return product, material, err
}

// Consumption gives the gross unit consumption of a material: what the product
// contains, with the share lost in processing: net ÷ (1 − loss). Fault:
// DUTY-LOSS-01 for a loss of all or a negative one.
func Consumption(net num.Quantity, loss num.Rate) (num.Quantity, error) {
	if loss < 0 || loss >= num.OneRate {
		return 0, fault.New(fault.Invalid, "DUTY-LOSS-01", "", "a process loss of {rate} % cannot be", "give a loss of 0 to under 100 %", "rate", loss.PercentString())
	}
	v, err := num.MulDiv(int64(net), int64(num.OneRate), int64(num.OneRate-loss), num.HalfUp)
	return num.Quantity(v), err
}

// Unaccounted gives the material written off beyond what was used: products ×
// (declared − actual unit consumption).
func Unaccounted(products, declared, actual num.Quantity) (num.Quantity, error) {
	v, err := num.MulDiv(int64(products), int64(declared-actual), int64(num.OneQuantity), num.HalfUp)
	return num.Quantity(v), err
}

// Event says which day's rates apply (DR §5.2.5).
type Event struct {
	Accepted         clock.Date // declaration accepted
	Advance          bool       // declared before the goods arrived
	TransportEntered clock.Date // transport declared its entry
	Formalities      clock.Date // bonded goods sold, relief goods diverted, temporary goods kept, rent due: tax formalities accepted
	Evasion          bool
	Acted, Found     clock.Date // evasion: day of the act if known, else of discovery
}

// RateDate gives the legal day whose rates and exchange apply. Fault:
// DUTY-DATE-02 when the day that decides is not given.
func RateDate(e Event) (clock.Date, error) {
	var d clock.Date
	switch {
	case e.Evasion && e.Acted != 0:
		d = e.Acted
	case e.Evasion:
		d = e.Found
	case e.Formalities != 0:
		d = e.Formalities
	case e.Advance:
		d = e.TransportEntered
	default:
		d = e.Accepted
	}
	if d == 0 {
		return 0, fault.New(fault.Invalid, "DUTY-DATE-02", "/date", "the day that decides the rates is not known yet",
			"give the day of acceptance, of entry of the transport for an advance declaration, or of the tax formalities")
	}
	return d, nil
}
