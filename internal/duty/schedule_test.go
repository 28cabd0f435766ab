package duty_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

// chinese gives the reference a zone works with: the shipped Chinese extract, the
// table of VAT and consumption tax, yuan.
func chinese(t testing.TB) duty.Reference {
	t.Helper()
	cn, err := tariff.Shipped("cn")
	if err != nil {
		t.Fatal(err)
	}
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		t.Fatal(err)
	}
	ref := reference(t)
	ref.Tariff, ref.Taxes = cn, taxes
	return ref
}

func assess(t testing.TB, ref duty.Reference, text string) (*duty.Working, error) {
	t.Helper()
	c, err := duty.ReadCase(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return duty.Calculate(c, ref)
}

func TestRatesAreLookedUpOnTheDay(t *testing.T) {
	ref := chinese(t)
	w, err := assess(t, ref, `{"date":"2026-11-23","incoterm":"CIF","currency":"CNY","lines":[{"hs":"2009.1100","price":100000,"origin":"BR"}]}`)
	want(t, verified(t, w, err), "duty", "7500", "vat", "13975", "consumption_tax", "0")
	if w.Tariff != ref.Tariff.Epoch() || w.TaxTable != ref.Taxes.Epoch() || w.Parameter != ref.Rules.Epoch() {
		t.Error("a working names the tables it used")
	}
	lines := w.TaxLines()
	if len(lines) != 2 || lines[0].Tax != duty.Duty || lines[0].Rate != "7.5%" || lines[0].Amount != money(t, "7500") || lines[0].Base != money(t, "100000") ||
		lines[1].Tax != duty.VAT || lines[1].Rate != "13%" || lines[1].Base != money(t, "107500") {
		t.Errorf("%+v", lines)
	}
	w, err = assess(t, ref, `{"date":"2026-11-23","incoterm":"CIF","currency":"CNY","lines":[{"hs":"20091100","price":100000}]}`)
	want(t, verified(t, w, err), "duty", "90000")
	// Ten digits of a declaration stand on the eight of the tariff.
	w, err = assess(t, ref, `{"date":"2026-11-23","incoterm":"CIF","currency":"CNY","lines":[{"hs":"2009110090","price":100000,"origin":"BR"}]}`)
	want(t, verified(t, w, err), "duty", "7500")
}

func TestUnknownCodeIsRefusedWithItsNeighbours(t *testing.T) {
	_, err := assess(t, chinese(t), `{"date":"2026-11-23","incoterm":"CIF","currency":"CNY","lines":[{"hs":"20091100","price":1,"origin":"BR"},{"hs":"20091199","price":1,"origin":"BR"}]}`)
	list := fault.All(err)
	if len(list) != 1 || list[0].Code != "TARIFF-CODE-02" || list[0].Path != "/lines/1/hs" || !strings.Contains(list[0].Remedy(), "20091100") {
		t.Errorf("%v", err)
	}
	_, err = assess(t, chinese(t), `{"date":"2026-11-23","incoterm":"CIF","currency":"CNY","lines":[{"hs":"200911","price":1,"origin":"BR"}]}`)
	if !fault.Is(err, "DUTY-RATE-03") {
		t.Errorf("a heading has no rate of its own: %v", err)
	}
	_, err = assess(t, chinese(t), `{"date":"2014-06-16","incoterm":"CIF","currency":"CNY","lines":[{"hs":"20091100","price":1,"origin":"BR"}]}`)
	if !fault.Is(err, "DUTY-RATE-03") {
		t.Errorf("the extract of 2026 does not answer for 2014: %v", err)
	}
}

// Every line of the extract gives the duty its row says, by three ways of asking.
func TestEveryChineseRateIsApplied(t *testing.T) {
	f, err := os.Open(filepath.Join(shared(t), "cn_tariff_2026_subset.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	ref := chinese(t)
	n := 0
	for _, row := range rows[1:] {
		mfn, general, provisional, scope := row[1], row[2], row[3], row[4]
		whole, part := mfn, mfn
		if provisional != "" && scope == "all" {
			whole, part = provisional, provisional
		}
		if provisional != "" && scope == "part" {
			part = provisional
		}
		for _, ask := range []struct {
			origin      tariff.AreaCode
			part        bool
			wantPercent string
		}{{"BR", false, whole}, {"BR", true, part}, {"", false, general}} {
			w, err := duty.Assess(&duty.Consignment{Date: day("2026-06-15"), Direction: duty.Import, Incoterm: "CIF", Currency: "CNY", Lines: []duty.Line{{
				Code: tariff.Code(row[0]), Origin: ask.origin, PartClaimed: ask.part, Price: 1_000_000 * num.OneMoney,
				Quantities: []duty.Quantity{{Value: num.OneQuantity, Unit: "KGM"}},
			}}}, &ref)
			if err != nil {
				t.Fatalf("%s: %v", row[0], err)
			}
			rate, err := num.ParsePercent(ask.wantPercent)
			if err != nil {
				t.Fatal(err)
			}
			expected := num.Money(int64(rate)) // a million yuan is 1e8 fen: a rate unit each
			if got := w.Amount(duty.Duty); got != expected {
				t.Errorf("%s origin %q part %v: duty %s, row says %s %%", row[0], ask.origin, ask.part, got, ask.wantPercent)
			}
			n++
		}
	}
	t.Logf("%d rates asked", n)
}

func TestUSCompoundAndProgrammeRates(t *testing.T) {
	us, err := tariff.Shipped("us")
	if err != nil {
		t.Fatal(err)
	}
	ref := reference(t)
	ref.Tariff, ref.Local = us, "USD"
	for _, c := range []struct{ name, line, duty string }{
		{"statistical code takes the rate of its line", `"hs":"0101290010","origin":"JP"`, "0"},
		{"column 2 for unknown origin", `"hs":"0101290010"`, "2000"},
		{"column 2 claimed", `"hs":"0101290010","origin":"CU","preference":"general"`, "2000"},
		{"specific rate by the head", `"hs":"0104200000","origin":"JP","quantity":{"value":100,"unit":"NAR"}`, "68"},
		{"specific rate by another unit", `"hs":"0104200000","origin":"JP","quantity":{"value":10,"unit":"doz."}`, "81.60"},
		{"free under a programme", `"hs":"0104200000","origin":"AU","preference":"AU","origin_proof":true,"quantity":{"value":100,"unit":"NAR"}`, "0"},
		{"a rate that points to a named code takes that code's", `"hs":"98220535","origin":"JP"`, "1700"},
		{"the code under which the goods fall otherwise, and more", `"hs":"99038801","origin":"JP","applicable":"0101290010"`, "2500"},
		{"a rate that points to a heading", `"hs":"2202993600","origin":"JP","applicable":"20093120","quantity":{"value":10000,"unit":"LTR"}`, "170"},
		{"a code between the two that a rate names", `"hs":"0401507500","origin":"MX","preference":"S+","applicable":"98230305","quantity":{"value":100,"unit":"KGM"}`, "155.60"},
		{"eight digits where the schedule writes zeros behind", `"hs":"04015075","origin":"JP","quantity":{"value":100,"unit":"KGM"}`, "164.60"},
		{"programme claimed without proof", `"hs":"0104200000","origin":"AU","preference":"AU","origin_proof":false,"quantity":{"value":100,"unit":"NAR"}`, "68"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := assess(t, ref, `{"date":"2025-06-16","currency":"USD","local":"USD","lines":[{"price":10000,`+c.line+`}]}`)
			want(t, verified(t, w, err), "duty", c.duty)
		})
	}
	_, err = assess(t, ref, `{"date":"2025-06-16","currency":"USD","local":"USD","lines":[{"price":10000,"hs":"2202993600","origin":"JP"}]}`)
	if !fault.Is(err, "TARIFF-POINT-02") {
		t.Errorf("a rate that points elsewhere is not guessed: %v", err)
	}
	for applicable, code := range map[string]string{`,"applicable":"98230313"`: "TARIFF-POINT-03", "": "TARIFF-POINT-02"} { // outside the range; which of the range
		_, err = assess(t, ref, `{"date":"2025-06-16","currency":"USD","local":"USD","lines":[{"price":10000,"hs":"0401507500","origin":"MX","preference":"S+","quantity":{"value":100,"unit":"KGM"}`+applicable+`}]}`)
		if !fault.Is(err, code) {
			t.Errorf("a range of codes%s: %v, want %s", applicable, err, code)
		}
	}
	_, err = assess(t, ref, `{"date":"2025-06-16","currency":"USD","local":"USD","lines":[{"price":10000,"hs":"0104200000","origin":"ZA","preference":"XX"}]}`)
	if !fault.Is(err, "DUTY-PREFERENCE-01") {
		t.Errorf("no programme of that sign: %v", err)
	}
}

func TestForeignAmountsInADutyAreConverted(t *testing.T) {
	uk, err := tariff.Shipped("uk")
	if err != nil {
		t.Fatal(err)
	}
	ref := reference(t)
	ref.Tariff, ref.Local = uk, "GBP"
	ref.FX = duty.NewExchange(map[tariff.CurrencyCode][]duty.ExchangeRow{"EUR": {{From: day("2020-01-01"), Rate: 90_000_000}}}, nil, 0)
	w, err := assess(t, ref, `{"date":"2021-06-16","currency":"GBP","local":"GBP","lines":[{"price":10000,"hs":"0102291010","origin":"US","net_mass":1000}]}`)
	// 10.2 % of 10,000 and 93.10 EUR on each of ten times 100 kg, at 0.9; VAT is zero.
	want(t, verified(t, w, err), "duty", "1857.90", "total", "1857.90")
}
