package duty_test

import (
	"strings"
	"testing"

	"seine/internal/clock"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

func day(s string) clock.Date { return clock.MustDate(s) }

func parameters(t testing.TB) *duty.Parameters {
	t.Helper()
	p, err := duty.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func reference(t testing.TB) duty.Reference {
	t.Helper()
	return duty.Reference{Rules: parameters(t), Local: "CNY"}
}

// calculate answers a case given as JSON, and checks that the working adds up.
func calculate(t testing.TB, text string) *duty.Working {
	t.Helper()
	c, err := duty.ReadCase(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	w, err := duty.Calculate(c, reference(t))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := w.Verify(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return w
}

func money(t testing.TB, s string) num.Money {
	t.Helper()
	m, err := num.ParseMoney(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// want checks amounts given as name, amount pairs; "value" is the customs value
// and "total" everything owed.
func want(t testing.TB, w *duty.Working, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		got := w.Total
		switch pairs[i] {
		case "total":
		case "value":
			got = w.Value
		default:
			found := false
			for tax := duty.NoTax + 1; tax.String() != "unknown"; tax++ {
				if tax.String() == pairs[i] {
					got, found = w.Amount(tax), true
				}
			}
			if !found {
				t.Fatalf("no tax %q", pairs[i])
			}
		}
		if got != money(t, pairs[i+1]) {
			t.Errorf("%s is %s, want %s", pairs[i], got.Fixed(), pairs[i+1])
		}
	}
}

func verified(t testing.TB, w *duty.Working, err error) *duty.Working {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Verify(); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestT01InstallationAfterImportIsDeductedAndLateFeeFollowsTheCountOfDays(t *testing.T) {
	w := calculate(t, `{"date":"2004-01-10","incoterm":"CIF","currency":"CNY","other":-450000,"lines":[{"price":7000000,"origin":"JP"}],"rates":{"mfn":10}}`)
	want(t, w, "value", "6550000", "duty", "655000")
	p := parameters(t)
	for counted, fee := range map[string]string{"true": "327.50", "false": "0"} {
		q, err := p.With(map[string]string{"count_issue_day": counted})
		if err != nil {
			t.Fatal(err)
		}
		due := duty.PaymentDue(day("2004-01-10"), q, nil)
		w, err := duty.LatePaymentFee(w.Amount(duty.Duty), due, day("2004-01-25"), q, "CNY")
		want(t, verified(t, w, err), "late_payment", fee)
	}
}

func TestT02MFNOriginTakesTheProvisionalRate(t *testing.T) {
	w := calculate(t, `{"date":"2014-06-16","incoterm":"FOB","currency":"USD","freight":100,"insurance":100,
		"lines":[{"price":10000,"origin":"US"}],"rates":{"mfn":10,"provisional":2,"conventional":3,"general":20,"vat":17}}`)
	want(t, w, "value", "10200", "duty", "204.00", "vat", "1768.68", "total", "1972.68")
	if w.Currency != "USD" {
		t.Errorf("worked out in %s", w.Currency)
	}
}

func TestT03Wine(t *testing.T) {
	w := calculate(t, `{"date":"2014-06-16","currency":"CNY","lines":[{"price":100000,"origin":"FR"}],"rates":{"mfn":14,"consumption":{"kind":"ad_valorem","rate":10},"vat":17}}`)
	want(t, w, "duty", "14000", "consumption_tax", "12666.67", "vat", "21533.33", "total", "48200")
}

func TestT04Exchange(t *testing.T) {
	w := calculate(t, `{"date":"2014-06-16","currency":"USD","fx":"7.1795","lines":[{"price":10200,"origin":"US"}],"rates":{"mfn":0}}`)
	want(t, w, "value", "73230.90", "total", "0")
}

func TestT05ExchangeDateIsTheThirdWednesdayOfTheMonthBefore(t *testing.T) {
	holiday := &clock.Calendar{Holidays: map[clock.Date]string{day("2014-09-17"): "made up"}}
	for _, c := range []struct {
		declared, rule, want string
		calendar             *clock.Calendar
	}{
		{"2014-06-01", "third_wednesday", "2014-05-21", nil},
		{"2014-06-30", "third_wednesday", "2014-05-21", nil},
		{"2014-10-08", "third_wednesday", "2014-09-17", nil},
		{"2014-01-31", "third_wednesday", "2013-12-18", nil},
		{"2014-10-08", "third_wednesday", "2014-09-24", holiday},
		{"2025-06-03", "levying_day", "2025-06-03", nil},
	} {
		if got := duty.ExchangeDate(day(c.declared), c.rule, c.calendar).String(); got != c.want {
			t.Errorf("declared %s: %s, want %s", c.declared, got, c.want)
		}
	}
	p := parameters(t)
	if p.At(day("2024-11-30")).ExchangeRule != "third_wednesday" || p.At(day("2024-12-01")).ExchangeRule != "levying_day" {
		t.Error("the Duty Law changes the exchange rule on 1 December 2024")
	}
}

func TestT06T07LateDeclarationIsCutToYuanAndFreeUnderFifty(t *testing.T) {
	for value, fee := range map[string]string{"655000": "1637", "19999.99": "0", "20000": "50"} {
		w, err := duty.LateDeclarationFee(money(t, value), 5, day("2014-06-16"), parameters(t), "CNY")
		want(t, verified(t, w, err), "late_declaration", fee)
	}
	p := parameters(t)
	if n := duty.LateDeclarationDays(day("2014-06-02"), day("2014-06-16"), p, nil); n != 0 {
		t.Errorf("the fourteenth day is in time: %d", n)
	}
	if n := duty.LateDeclarationDays(day("2014-06-02"), day("2014-06-17"), p, nil); n != 1 {
		t.Errorf("the fifteenth day is the first late one: %d", n)
	}
}

func TestT08T09DeferralInterest(t *testing.T) {
	for _, c := range []struct {
		tax  string
		days int64
		on   string
		want string
	}{{"100000", 180, "2014-06-16", "180"}, {"100000", 180, "2006-06-16", "3060"}, {"66710", 365, "2014-06-16", "243.49"}} {
		w, err := duty.DeferralInterest(money(t, c.tax), c.days, day(c.on), parameters(t), "CNY")
		want(t, verified(t, w, err), "interest", c.want)
	}
}

func TestT10CompoundConsumptionTax(t *testing.T) {
	w := calculate(t, `{"date":"2014-06-16","currency":"CNY","lines":[{"price":300000,"origin":"GB","quantity":[{"value":2000,"unit":"unit"}]}],
		"rates":{"mfn":10,"consumption":{"kind":"compound","rate":20,"specific":0.5},"vat":17}}`)
	want(t, w, "duty", "30000", "consumption_tax", "83750", "vat", "70337.50")
	for _, s := range w.Steps {
		if s.Label == duty.LabelTaxedPrice && s.Result != money(t, "413750") {
			t.Errorf("composite price %s", s.Result)
		}
	}
}

func TestT11Cosmetics(t *testing.T) {
	w := calculate(t, `{"date":"2014-06-16","currency":"CNY","lines":[{"price":"100000","origin":"FR"}],"rates":{"mfn":"6.5%","consumption":{"kind":"ad_valorem","rate":30}}}`)
	want(t, w, "duty", "6500", "consumption_tax", "45642.86")
}

func TestT12T22UnitConsumption(t *testing.T) {
	q := func(s string) num.Quantity {
		v, err := num.ParseQuantity(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got, err := duty.Unaccounted(q("147200"), q("1.087"), q("1.025")); err != nil || got != q("9126.4") {
		t.Errorf("unaccounted %s %v", got, err)
	}
	if got, err := duty.Consumption(q("0.95"), 5*num.Percent); err != nil || got != q("1") {
		t.Errorf("gross unit consumption %s %v", got, err)
	}
	if _, err := duty.Consumption(q("1"), num.OneRate); !fault.Is(err, "DUTY-LOSS-01") {
		t.Error(err)
	}
}

func TestT13ReliefGoodsDepreciate(t *testing.T) {
	w, err := duty.Depreciated(money(t, "1200000"), 20, 5, day("2014-06-16"), parameters(t), "CNY")
	if verified(t, w, err).Steps[0].Result != money(t, "800000") {
		t.Error(w.Steps[0].Result)
	}
	w, err = duty.Depreciated(money(t, "1200000"), 61, 5, day("2014-06-16"), parameters(t), "CNY")
	if verified(t, w, err).Steps[0].Result != 0 {
		t.Error("after the supervision nothing is left to tax")
	}
	if _, err = duty.Depreciated(1, 1, 0, day("2014-06-16"), parameters(t), "CNY"); !fault.Is(err, "DUTY-RELIEF-01") {
		t.Error(err)
	}
}

func TestT14SelectiveLevyShowsBothWays(t *testing.T) {
	product, material, err := duty.Selective(&duty.DomesticSale{
		Date: day("2014-06-16"), Product: money(t, "1000000"), Material: money(t, "400000"),
		ProductDuty: 8 * num.Percent, MaterialDuty: 5 * num.Percent, VAT: 17 * num.Percent, DeferredDays: 180,
	}, parameters(t), "CNY")
	want(t, verified(t, product, err), "duty", "80000", "vat", "183600")
	want(t, verified(t, material, err), "duty", "20000", "interest", "36", "vat", "173400")
}

func TestT15LatePayment(t *testing.T) {
	w, err := duty.LatePaymentFee(money(t, "123456.78"), day("2014-06-16"), day("2014-06-27"), parameters(t), "CNY")
	want(t, verified(t, w, err), "late_payment", "679.01")
	w, err = duty.LatePaymentFee(money(t, "1000"), day("2014-06-16"), day("2014-06-27"), parameters(t), "CNY")
	want(t, verified(t, w, err), "late_payment", "0")
}

func TestT16DutyOfFiftyIsExempt(t *testing.T) {
	for price, owed := range map[string][2]string{"500.00": {"0", "85"}, "500.10": {"50.01", "93.52"}} {
		w := calculate(t, `{"date":"2014-06-16","currency":"CNY","lines":[{"price":"`+price+`","origin":"JP"}],"rates":{"mfn":10,"vat":17}}`)
		want(t, w, "duty", owed[0], "vat", owed[1])
	}
	// The threshold is that of the whole bill, not of one line.
	w := calculate(t, `{"date":"2014-06-16","currency":"CNY","lines":[{"price":"400","origin":"JP"},{"price":"400","origin":"JP"}],"rates":{"mfn":10,"vat":17}}`)
	want(t, w, "duty", "80", "vat", "149.60")
}

func TestT17WithoutProofOfOriginTheHighestRateApplies(t *testing.T) {
	for general, owed := range map[string]string{"35": "40000", "80": "80000"} {
		w := calculate(t, `{"date":"2025-06-16","currency":"CNY","lines":[{"price":"100000","origin":"US","origin_proof":false,
			"remedies":[{"kind":"anti_dumping","rate":12,"highest":30}]}],"rates":{"mfn":10,"general":`+general+`}}`)
		want(t, w, "total", owed)
		// Without any origin there is nothing that could be proved.
		w = calculate(t, `{"date":"2025-06-16","currency":"CNY","lines":[{"price":"100000"}],"rates":{"mfn":10,"anti_dumping":{"rate":12,"highest":30},"general":`+general+`}}`)
		want(t, w, "total", owed)
	}
}

func TestPriceOfOneUnit(t *testing.T) {
	for name, c := range map[string]struct{ line, value string }{
		"in the unit of the first quantity": {`"price":{"unit":"12.345"},"quantity":[{"value":100.5,"unit":"KGM"}]`, "1240.67"},
		"in a unit that converts":           {`"price":{"unit":2500,"per":"t"},"quantity":[{"value":7,"unit":"NAR"},{"value":400,"unit":"kg"}]`, "1000"},
		"by net mass":                       {`"price":{"unit":2500,"per":"t"},"net_mass":400`, "1000"},
		"the price of the whole":            {`"price":{"total":1000}`, "1000"},
		"the price of the whole as amount":  {`"price":{"amount":"1000.00"}`, "1000"},
	} {
		t.Run(name, func(t *testing.T) {
			w := calculate(t, `{"date":"2025-06-16","currency":"CNY","lines":[{"origin":"DE",`+c.line+`}],"rates":{"mfn":10}}`)
			want(t, w, "value", c.value)
		})
	}
}

func TestT18CompoundDuty(t *testing.T) {
	w := calculate(t, `{"date":"2025-06-16","currency":"CNY","lines":[{"price":800000,"origin":"DE","quantity":[{"value":50,"unit":"unit"}]}],"rates":{"mfn":3,"specific":1200}}`)
	want(t, w, "duty", "84000")
}

func TestT19AgreementOrigin(t *testing.T) {
	for _, c := range []struct{ name, date, rates, duty string }{
		{"a lower provisional rate wins over the agreement", "2014-06-16", `"conventional":5,"provisional":3,"mfn":8`, "3000"},
		{"a higher provisional rate does not", "2014-06-16", `"conventional":5,"provisional":6,"mfn":8`, "5000"},
		{"before the Duty Law a lower MFN rate does not help", "2014-06-16", `"conventional":5,"mfn":4`, "5000"},
		{"since the Duty Law it does", "2025-06-16", `"conventional":5,"mfn":4`, "4000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := calculate(t, `{"date":"`+c.date+`","currency":"CNY","lines":[{"price":100000,"origin":"TH","preference":"conventional","origin_proof":true}],"rates":{`+c.rates+`}}`)
			want(t, w, "duty", c.duty)
		})
	}
}

func TestT20FreightIsSharedByMass(t *testing.T) {
	w := calculate(t, `{"date":"2025-06-16","incoterm":"FOB","currency":"CNY","freight":1000,"insurance":0,
		"lines":[{"price":100,"origin":"JP","gross_mass":"120.5"},{"price":100,"origin":"JP","gross_mass":80},{"price":100,"origin":"JP","gross_mass":"33.3"}],"rates":{"mfn":0}}`)
	for i, share := range []string{"615.40", "442.17", "242.43"} {
		if got := w.Blocks[i+1].Value; got != money(t, share) {
			t.Errorf("line %d: %s, want %s", i, got, share)
		}
	}
}

func TestT21ConsolidatedTaxIsDueOnTheFifthWorkingDay(t *testing.T) {
	if got := duty.ConsolidatedDue(day("2014-06-16"), parameters(t), nil).String(); got != "2014-07-07" {
		t.Error(got)
	}
}

func TestGeneralRateIsNeverReplaced(t *testing.T) {
	w := calculate(t, `{"date":"2025-06-16","currency":"CNY","lines":[{"price":100000}],"rates":{"mfn":8,"provisional":2,"general":40}}`)
	want(t, w, "duty", "40000")
}

func TestQuota(t *testing.T) {
	const rates = `"rates":{"mfn":65,"general":180,"quota":1}`
	want(t, calculate(t, `{"date":"2025-06-16","currency":"CNY","lines":[{"price":100000,"origin":"US","quota":true}],`+rates+`}`), "duty", "1000")
	want(t, calculate(t, `{"date":"2025-06-16","currency":"CNY","lines":[{"price":100000,"origin":"US"}],`+rates+`}`), "duty", "65000")
}

func TestRemediesStandInTheBaseOfTheTaxesAfter(t *testing.T) {
	const c = `{"date":"2025-06-16","currency":"CNY","lines":[{"price":100000,"origin":"US","origin_proof":true}],"rates":{"mfn":10,"anti_dumping":20,"consumption":10,"vat":13}`
	want(t, calculate(t, c+`}`), "anti_dumping", "20000", "consumption_tax", "14444.44", "vat", "18777.78")
	want(t, calculate(t, c+`,"parameters":{"remedies_in_base":false}}`), "anti_dumping", "20000", "consumption_tax", "12222.22", "vat", "15888.89")
}

func TestExportDutyIsTakenOutOfThePrice(t *testing.T) {
	w := calculate(t, `{"date":"2025-06-16","direction":"export","incoterm":"CIF","currency":"CNY","freight":9000,"insurance":1000,"lines":[{"price":130000}],"rates":{"export":20}}`)
	want(t, w, "value", "100000", "export_duty", "20000", "total", "20000")
}

func TestValueRoundedToYuan(t *testing.T) {
	w := calculate(t, `{"date":"2014-06-16","currency":"CNY","lines":[{"price":"1000.50","origin":"JP"}],"rates":{"mfn":10},"parameters":{"value_round":"yuan"}}`)
	want(t, w, "value", "1001", "duty", "100.10")
}

func TestTermsOfPayment(t *testing.T) {
	p := parameters(t)
	for _, c := range []struct{ from, want string }{
		{"2019-03-02", "2019-03-18"}, // ends on a Sunday
		{"2025-06-03", "2025-06-18"},
	} {
		if got := duty.PaymentDue(day(c.from), p, nil).String(); got != c.want {
			t.Errorf("from %s: %s, want %s", c.from, got, c.want)
		}
	}
	if got := duty.SupplementUntil(day("2014-06-16"), false, p).String(); got != "2015-06-16" {
		t.Error(got)
	}
	if got := duty.SupplementUntil(day("2014-06-16"), true, p).String(); got != "2017-06-16" {
		t.Error(got)
	}
	if got := duty.RefundUntil(day("2025-06-16"), p).String(); got != "2028-06-16" {
		t.Error(got)
	}
	w, err := duty.Recovery(money(t, "10000"), day("2014-06-16"), day("2014-06-26"), true, p, "CNY")
	want(t, verified(t, w, err), "duty", "10000", "late_payment", "50", "total", "10050")
}

func TestRateDate(t *testing.T) {
	for _, c := range []struct {
		name string
		e    duty.Event
		want string
	}{
		{"acceptance", duty.Event{Accepted: 10, TransportEntered: 12}, "1970-01-11"},
		{"advance declaration waits for the transport", duty.Event{Accepted: 10, Advance: true, TransportEntered: 12}, "1970-01-13"},
		{"bonded goods sold", duty.Event{Accepted: 10, Formalities: 30}, "1970-01-31"},
		{"evasion, day of the act", duty.Event{Accepted: 10, Evasion: true, Acted: 5, Found: 50}, "1970-01-06"},
		{"evasion, day of discovery", duty.Event{Accepted: 10, Evasion: true, Found: 50}, "1970-02-20"},
	} {
		if got, err := duty.RateDate(c.e); err != nil || got.String() != c.want {
			t.Errorf("%s: %s %v", c.name, got, err)
		}
	}
	if _, err := duty.RateDate(duty.Event{Advance: true, Accepted: 10}); !fault.Is(err, "DUTY-DATE-02") {
		t.Error(err)
	}
	if got, err := duty.MiddleRate(717_950_000, 718_060_000); err != nil || got != 718_010_000 {
		t.Errorf("middle rate %s %v", got, err)
	}
	x := duty.NewExchange(map[tariff.CurrencyCode][]duty.ExchangeRow{"USD": {{day("2014-05-21"), 615_000_000}, {day("2014-06-18"), 616_000_000}}}, nil, 0)
	if got, err := x.Rate("USD", day("2014-06-30"), "third_wednesday"); err != nil || got != 615_000_000 {
		t.Errorf("June 2014: %s %v", got, err)
	}
	if _, err := x.Rate("EUR", day("2014-06-30"), "third_wednesday"); !fault.Is(err, "DUTY-FX-01") {
		t.Error(err)
	}
}
