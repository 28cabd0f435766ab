package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seine/internal/tariff"
)

// dutyCommand runs “seine duty --json” on a case and gives what it prints.
func dutyCommand(t *testing.T, text string, args ...string) (map[string]any, int) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "case.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	status := run(append([]string{"duty", "--json"}, args...), in, out, out)
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.NewDecoder(out).Decode(&got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got, status
}

// member gives what stands at a path such as "taxes.duty" or "lines.0.taxes.vat".
func member(v any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		switch o := v.(type) {
		case map[string]any:
			v = o[name]
		case []any:
			n := 0
			if _, err := fmt.Sscan(name, &n); err != nil || n >= len(o) {
				return "absent"
			}
			v = o[n]
		default:
			return "absent"
		}
	}
	if v == nil {
		return "absent"
	}
	return fmt.Sprint(v)
}

// The test vectors of the domain rules (§5.5), through the command as a user
// would ask.
func TestDutyVectors(t *testing.T) {
	const y14, y25 = `{"date":"2014-06-16","currency":"CNY",`, `{"date":"2025-06-16","currency":"CNY",`
	wants := func(pairs ...string) []string { return pairs }
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"T1 counting the day of issue", `{"date":"2004-01-10","incoterm":"CIF","currency":"CNY","other":-450000,"lines":[{"price":7000000,"origin":"JP"}],"rates":{"mfn":10},"late_payment":{"issued":"2004-01-10","paid":"2004-01-25"},"parameters":{"count_issue_day":true}}`, wants("customs_value", "6550000.00", "taxes.duty", "655000.00", "taxes.late_payment", "327.50")},
		{"T1 by the default", `{"date":"2004-01-10","incoterm":"CIF","currency":"CNY","other":{"amount":-450000},"lines":[{"price":7000000,"origin":"JP"}],"rates":{"mfn":10},"late_payment":{"issued":"2004-01-10","paid":"2004-01-25"}}`, wants("taxes.duty", "655000.00", "taxes.late_payment", "0.00", "total", "655000.00")},
		{"T2", `{"date":"2014-06-16","incoterm":"FOB","currency":"USD","freight":100,"insurance":100,"lines":[{"price":10000,"origin":"US","preference":"mfn"}],"rates":{"mfn":10,"provisional":2,"conventional":3,"general":20,"vat":17}}`, wants("customs_value", "10200.00", "taxes.duty", "204.00", "taxes.vat", "1768.68", "total", "1972.68")},
		{"T3", y14 + `"lines":[{"price":100000,"origin":"FR"}],"rates":{"mfn":14,"consumption":{"kind":"ad_valorem","rate":10},"vat":17}}`, wants("taxes.duty", "14000.00", "taxes.consumption_tax", "12666.67", "taxes.vat", "21533.33", "total", "48200.00")},
		{"T4", `{"date":"2014-06-16","currency":"USD","fx":7.1795,"lines":[{"price":10200,"origin":"US"}],"rates":{"mfn":0}}`, wants("customs_value", "73230.90", "currency", "CNY")},
		{"T5 June", y14 + `"lines":[{"price":1000,"origin":"US"}],"rates":{"mfn":0}}`, wants("dates.exchange", "2014-05-21")},
		{"T5 October", `{"date":"2014-10-08","lines":[{"price":1000,"origin":"US"}],"rates":{"mfn":0}}`, wants("dates.exchange", "2014-09-17")},
		{"T6", y14 + `"late_declaration":{"value":655000,"days":5}}`, wants("taxes.late_declaration", "1637.00")},
		{"T7 below", y14 + `"late_declaration":{"value":"19999.99","days":5}}`, wants("total", "0.00")},
		{"T7 at", y14 + `"late_declaration":{"value":20000.00,"days":"5"}}`, wants("total", "50.00")},
		{"T7 by days of the calendar", y14 + `"lines":[{"price":20000,"origin":"US"}],"rates":{"mfn":0},"late_declaration":{"entered":"2014-05-28"}}`, wants("taxes.late_declaration", "50.00")},
		{"T8 of 2014", y14 + `"deferral":{"tax":100000,"days":180}}`, wants("total", "180.00")},
		{"T8 of 2006", `{"date":"2006-06-16","deferral":{"tax":100000,"days":180,"rate":6.12}}`, wants("total", "3060.00")},
		{"T9", y14 + `"deferral":{"tax":66710,"from":"2013-06-16","to":"2014-06-16"}}`, wants("taxes.interest", "243.49")},
		{"T10", y14 + `"lines":[{"price":300000,"origin":"GB","quantity":[{"value":2000,"unit":"unit"}]}],"rates":{"mfn":10,"consumption":{"kind":"compound","rate":20,"specific":{"amount":0.5,"unit":"unit"}},"vat":17}}`, wants("taxes.duty", "30000.00", "taxes.consumption_tax", "83750.00", "taxes.vat", "70337.50")},
		{"T11", y14 + `"lines":[{"price":"100000","origin":"FR"}],"rates":{"mfn":"6.5%","consumption":{"kind":"ad valorem","rate":"30"}}}`, wants("taxes.duty", "6500.00", "taxes.consumption_tax", "45642.86")},
		{"T12", y14 + `"unit_consumption":{"products":147200,"declared":1.087,"actual":1.025}}`, wants("unit_consumption.unaccounted", "9126.4")},
		{"T13", y14 + `"relief":{"value":1200000,"months":20,"years":5}}`, wants("customs_value", "800000.00")},
		{"T13 with its taxes", y14 + `"lines":[{"price":1200000,"origin":"DE","relief":{"months":20,"years":5}}],"rates":{"mfn":10,"vat":17}}`, wants("customs_value", "800000.00", "taxes.duty", "80000.00", "taxes.vat", "149600.00")},
		{"T14", y14 + `"lines":[{"price":1000000,"origin":"CN"}],"rates":{"mfn":8,"vat":17},"selective":{"materials":[{"price":400000,"origin":"JP","rates":{"mfn":5}}],"days":180}}`, wants("selective.0.working.taxes.duty", "80000.00", "selective.0.working.taxes.vat", "183600.00", "selective.1.working.taxes.duty", "20000.00", "selective.1.working.taxes.interest", "36.00", "selective.1.working.taxes.vat", "173400.00", "selective.1.difference", "-70164.00")},
		{"T15", y14 + `"late_payment":{"tax":123456.78,"days":11}}`, wants("total", "679.01")},
		{"T16 exempt", y14 + `"lines":[{"price":500,"origin":"JP"}],"rates":{"mfn":10}}`, wants("taxes.duty", "0.00", "total", "0.00")},
		{"T16 payable", y14 + `"lines":[{"price":500.1,"origin":"JP"}],"rates":{"mfn":10}}`, wants("total", "50.01")},
		{"T17 normal and highest", y25 + `"lines":[{"price":100000,"origin":"US","origin_proof":false}],"rates":{"mfn":10,"general":35,"anti_dumping":{"highest":30}}}`, wants("total", "40000.00")},
		{"T17 origin not even stated", y25 + `"lines":[{"price":100000,"origin_proof":false}],"rates":{"mfn":10,"general":35,"anti_dumping":30}}`, wants("total", "40000.00")},
		{"T17 general", y25 + `"lines":[{"price":100000,"origin":"US","origin_proof":false,"remedies":{"anti_dumping":{"rate":12,"highest":30}}}],"rates":{"mfn":10,"general":80}}`, wants("total", "80000.00")},
		{"T18", y25 + `"lines":[{"price":800000,"origin":"DE","quantity":[{"value":50,"unit":"台"}]}],"rates":{"mfn":3,"specific":1200}}`, wants("total", "84000.00")},
		{"T19 provisional", y14 + `"lines":[{"price":100,"origin":"TH","preference":"APTA","origin_proof":true}],"rates":{"conventional":5,"provisional":3,"mfn":8},"parameters":{"exempt_duty":0}}`, wants("total", "3.00")},
		{"T19 most favoured nation", y25 + `"lines":[{"price":100,"origin":"TH","preference":true,"origin_proof":"E25/1"}],"rates":{"conventional":5,"mfn":4},"parameters":{"exempt_duty":0}}`, wants("total", "4.00")},
		{"T20", y25 + `"incoterm":"FOB Rotterdam","freight":1000,"insurance":0,"lines":[{"price":100,"origin":"JP","gross_mass":120.5},{"price":100,"origin":"JP","gross_mass":80},{"price":100,"origin":"JP","gross_mass":33.3}],"rates":{"mfn":0}}`, wants("lines.0.customs_value", "615.40", "lines.1.customs_value", "442.17", "lines.2.customs_value", "242.43")},
		{"T21", `{"date":"2014-06-30","lines":[{"price":1000,"origin":"US"}],"rates":{"mfn":0}}`, wants("dates.consolidated_due", "2014-07-07")},
		{"T22", y14 + `"unit_consumption":{"net":0.95,"loss":5}}`, wants("unit_consumption.gross", "1")},
		{"options side by side", y25 + `"lines":[{"price":100000,"origin":"US"}],"rates":{"mfn":10,"conventional":0,"quota":1},"options":[{"name":"agreement","line":{"origin":"TH","preference":"conventional"}},{"name":"quota","line":{"quota":true}},{"name":"dearer","rates":{"mfn":20}},{"name":"no such rate","line":{"preference":"special"}}]}`, wants("total", "10000.00", "options.0.total", "0.00", "options.1.difference", "-9000.00", "options.2.total", "20000.00", "options.3.faults.0.code", "DUTY-PREFERENCE-01")},
		{"options found by themselves", `{"date":"2026-06-15","currency":"CNY","lines":[{"hs":"20091100","price":100000,"origin":"BR"}],"options":"auto"}`, wants("taxes.duty", "7500.00")},
		{"a rate as a schedule prints it", `{"date":"2026-02-18","currency":"USD","local":"USD","lines":[{"price":10000,"origin":"JP","quantity":[{"value":1000,"unit":"KG"}]}],"rates":{"mfn":"1.5¢/kg + 3%"}}`, wants("taxes.duty", "315.00")},
		{"a schedule by its name", `{"date":"2026-02-18","schedule":"us","currency":"USD","lines":[{"hs":"9822.05.35","price":100,"origin":"JP"}],"parameters":{"exempt_duty":0}}`, wants("taxes.duty", "17.00")},
		{"numbers as programs write them", y25 + `"fx":1e0,"lines":[{"price":1.5E3,"origin":"JP","net_mass":1e-5}],"rates":{"mfn":{"rate":10}}}`, wants("taxes.duty", "150.00")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, status := dutyCommand(t, c.text)
			if status != exitDone {
				t.Fatalf("status %d: %v", status, got)
			}
			for i := 0; i < len(c.want); i += 2 {
				if have := member(got, c.want[i]); have != c.want[i+1] {
					t.Errorf("%s is %s, want %s", c.want[i], have, c.want[i+1])
				}
			}
		})
	}
}

// sharedTariff gives the folder of public tariff data, or skips the test.
func sharedTariff(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SEINE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "data", "02-tariff")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data is not here")
	}
	return dir
}

// Every different rate text of the public cases, put to the command as it stands:
// it is worked out, or refused with a code and never guessed. What each comes to
// is compared in internal/duty.
func TestEveryRateTextThroughTheCommand(t *testing.T) {
	f, err := os.Open(filepath.Join(sharedTariff(t), "us_mfn_rate_text_cases.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	worked, refused := 0, 0
	for _, row := range rows[1:] {
		text := row[1]
		if text == "" || seen[text] {
			continue
		}
		seen[text] = true
		quantities, parts := []map[string]any{}, []map[string]any{}
		if e := tariff.ParseUSRate(text); e.Calculable() {
			for _, c := range e.Components {
				switch {
				case c.Unit != "":
					quantities = append(quantities, map[string]any{"value": 1, "unit": c.Unit, "of": c.Basis}, map[string]any{"value": 100, "unit": "DEG"})
				case c.Basis != "":
					parts = append(parts, map[string]any{"of": c.Basis, "price": 100})
				}
			}
		}
		body, err := json.Marshal(map[string]any{
			"date": "2026-02-18", "currency": "USD", "local": "USD", "parameters": map[string]any{"exempt_duty": 0}, "rates": map[string]any{"mfn": text},
			"lines": []any{map[string]any{"price": 100, "origin": "JP", "quantity": quantities, "parts": parts}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, status := dutyCommand(t, string(body))
		switch {
		case status == exitDone:
			worked++
		case status == exitFailed:
			refused++
			if member(got, "faults.0.code") == "absent" {
				t.Errorf("%q is refused without a code: %v", text, got)
			}
		}
	}
	t.Logf("%d texts worked out, %d refused", worked, refused)
	if worked < 600 {
		t.Errorf("only %d texts worked out", worked)
	}
}

func TestDutyPrintsItsWorkingAsPDF(t *testing.T) {
	const text = `{"date":"2026-06-01","currency":"CNY","lines":[{"hs":"20091100","price":5000,"origin":"US"}]}`
	for _, language := range []string{"en", "zh-CN"} {
		file := filepath.Join(t.TempDir(), "working.pdf")
		if got, status := dutyCommand(t, text, "--pdf", file, "--language", language); status != exitDone || member(got, "total") == "absent" {
			t.Fatalf("status %d: %v", status, got)
		}
		if content, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(content), "%PDF-") {
			t.Errorf("%s: %v", language, err)
		}
	}
	if got, status := dutyCommand(t, text, "--pdf", filepath.Join(t.TempDir(), "w.pdf"), "--language", "tlh"); status != exitFailed || member(got, "faults.0.code") != "PRINT-LANGUAGE-01" {
		t.Errorf("status %d: %v", status, got)
	}
}
