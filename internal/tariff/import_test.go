package tariff_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/clock"
	"seine/internal/tariff"
)

// update rewrites the facts that ship with the program from the public data.
var update = flag.Bool("update", false, "rewrite the shipped tariff facts")

// shared gives the folder of public data, or skips the test.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SEINE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "data")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data is not here")
	}
	return dir
}

func unpacked(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestImportIsRepeatableAndNamesWhatItDidNotRead(t *testing.T) {
	dir := shared(t)
	one, two := t.TempDir(), t.TempDir()
	report, err := tariff.Import(dir, one, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tariff.Import(dir, two, nil); err != nil {
		t.Fatal(err)
	}
	if *update {
		if _, err := tariff.Import(dir, "data", nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range report.Sources {
		t.Log(r.String())
		// Two of the UK answers are about the same commodity.
		r.Rejected = slices.DeleteFunc(r.Rejected, func(s string) bool { return strings.HasSuffix(s, "was given before") })
		if len(r.Rejected) > 0 {
			t.Errorf("%s: rejected %v", r.Name, r.Rejected)
		}
		a, err := os.ReadFile(filepath.Join(one, r.Written))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(two, r.Written))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two imports differ", r.Name)
		}
		shipped, err := os.ReadFile(filepath.Join("data", r.Written))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(unpacked(t, a), unpacked(t, shipped)) {
			t.Errorf("%s: the shipped facts are not those of the public data; run the test with -update", r.Name)
		}
	}
}

func TestUKCommodityKeepsConditionsAndAreas(t *testing.T) {
	uk := shipped(t, "uk")
	g, err := uk.At("0809400500", clock.MustDate("2021-06-16"))
	if err != nil {
		t.Fatal(err)
	}
	priced := 0
	for _, m := range g.Measures() {
		for _, c := range m.Conditions {
			if c.Duty != nil && c.Duty.Understood && c.AtLeast > 0 {
				priced++
			}
		}
	}
	if priced == 0 {
		t.Error("the entry prices of plums are conditions with a duty of their own")
	}
	if g, err = uk.At("7202118000", clock.MustDate("2021-06-16")); err != nil {
		t.Fatal(err)
	}
	found := map[tariff.Kind]string{}
	for _, m := range g.Measures() {
		if m.Duty != nil {
			found[m.Kind] = m.Duty.String()
		}
	}
	want := map[tariff.Kind]string{
		tariff.MFN: "2.7%", tariff.Conventional: "0%", tariff.Suspension: "0%", tariff.QuotaIn: "20%", tariff.AntiDumping: "144.1 GBP/TNE on biodiesel",
		tariff.Safeguard: "25%", tariff.Additional: "25%", tariff.VAT: "20%",
	}
	if d := cmp.Diff(want, found); d != "" {
		t.Error(d)
	}
	if g, err = uk.At("0102291010", clock.MustDate("2021-06-16")); err != nil {
		t.Fatal(err)
	}
	if m, ok := g.Rate(tariff.MFN, "US"); !ok || m.Duty.String() != "10.2% + 93.1 EUR/DTN" {
		t.Errorf("%+v", m)
	}
}

func TestUKRateTexts(t *testing.T) {
	for text, want := range map[string]string{
		"0.00%": "0%", "32.72 GBP/100kg": "32.72 GBP/100 KGM", "10.2 + 93.1 EUR/100 kg": "10.2% + 93.1 EUR/100 KGM", "25.41 GBP/hl": "25.41 GBP/HLT",
		"4.5 MIN 0.3 EUR/p/st MAX 0.8 EUR/p/st": "4.5% min 0.3 EUR/NAR max 0.8 EUR/NAR", "0.71 GBP/%vol/hl + 5 GBP/hl": "0.71 GBP/HLT per ASV + 5 GBP/HLT",
		"8.00% + 2.22 GBP/msq": "8% + 2.22 GBP/MTK", "0.31 GBP/100kg/%sacchar.": "0.31 GBP/DTN per BRX", "101.65 GBP/1000kg": "101.65 GBP/TNE",
		"1.19 EUR/kg/lactic matter + 27.5 EUR/100 kg": "1.19 EUR/KGM on lactic matter + 27.5 EUR/100 KGM",
	} {
		if e := tariff.ParseUKRate(text); e == nil || !e.Understood || e.String() != want {
			t.Errorf("%q is %v, want %q", text, e, want)
		}
	}
	for _, text := range []string{"EP", "9 + EA", "9 + EA MAX 18.7 +ADSZ", "14.00% (JUN-FEB), 0.00% (FEB-JUN)", "40.00% + 96.09 GBP/hl16.3 GBP/100kg", "9.1 + 45.1 EUR/100 kg MAX 18.9 + 16.5 EUR/100 kg", "11.2 MIN 22 EUR MAX 56 EUR/100 kg"} {
		if e := tariff.ParseUKRate(text); e == nil || e.Understood {
			t.Errorf("%q must not be understood: %v", text, e)
		}
	}
}

func FuzzParseUKRate(f *testing.F) {
	for _, s := range []string{"0.00%", "10.2 + 93.1 EUR/100 kg", "4.5 MIN 0.3 EUR/p/st MAX 0.8 EUR/p/st", "EP", " + ", " MAX "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e := tariff.ParseUKRate(s); e != nil && e.Understood && len(e.Components) == 0 {
			t.Fatalf("%q understood as nothing", s)
		}
	})
}

// The importers read whatever they are given without breaking.
func FuzzImporters(f *testing.F) {
	f.Add([]byte(`{"chapter":1,"htsno":"0101.21.00","indent":"2","description":"x","units":["kg"],"general":"Free","special":"","other":"20%"}`))
	f.Add([]byte("hs8,mfn_percent,general_percent,provisional_percent,provisional_scope\n20058000,5,80,1,all\n"))
	f.Add([]byte("hscode,description\n01,Animals\n0101,Horses\n"))
	f.Add([]byte(`{"goods_nomenclature_item_id":"0102291010","number_indents":3,"import_measures":[{"effective_start_date":"2021-01-01","measure_type":{"id":"103"},"measure_components":[{"duty_expression_id":"01","duty_amount":10.2}],"geographical_area":{"id":"1011"}}]}`))
	f.Add([]byte("seine-tariff 1\tx\nG\t0\t01\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func(*tariff.SourceReport) (*tariff.Schedule, error){
			func(r *tariff.SourceReport) (*tariff.Schedule, error) { return tariff.ImportUS(bytes.NewReader(b), r) },
			func(r *tariff.SourceReport) (*tariff.Schedule, error) { return tariff.ImportCN(bytes.NewReader(b), r) },
			func(r *tariff.SourceReport) (*tariff.Schedule, error) { return tariff.ImportHS(bytes.NewReader(b), r) },
			func(r *tariff.SourceReport) (*tariff.Schedule, error) {
				return tariff.ImportUKGlobal(bytes.NewReader(b), r)
			},
			func(r *tariff.SourceReport) (*tariff.Schedule, error) {
				return tariff.ImportUK([]io.Reader{bytes.NewReader(b)}, r)
			},
			func(*tariff.SourceReport) (*tariff.Schedule, error) { return tariff.ReadFacts(bytes.NewReader(b)) },
		} {
			s, err := read(new(tariff.SourceReport))
			if err != nil {
				continue
			}
			var out bytes.Buffer
			if err := tariff.WriteFacts(&out, s); err != nil {
				t.Fatal(err)
			}
		}
	})
}
