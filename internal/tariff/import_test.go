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
	if _, err := tariff.Import(filepath.Join(dir, "02-tariff"), two, nil); err != nil { // the folder of the tariff will do
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
		// What follows a bound belongs to it; a unit that stands once is that of both bounds.
		"9.1 + 45.1 EUR/100 kg MAX 18.9 + 16.5 EUR/100 kg": "9.1% + 45.1 EUR/100 KGM max 18.9% and 16.5 EUR/100 KGM",
		"11.2 MIN 22 EUR MAX 56 EUR/100 kg":                "11.2% min 22 EUR/100 KGM max 56 EUR/100 KGM",
	} {
		if e := tariff.ParseUKRate(text); e == nil || !e.Understood || e.String() != want {
			t.Errorf("%q is %v, want %q", text, e, want)
		}
	}
	for text, want := range map[string]tariff.Reference{
		"EP": tariff.EntryPrice, "9 + EA": tariff.Agricultural, "9 + EA MAX 18.7 +ADSZ": tariff.Agricultural, "0 + EA": tariff.Agricultural,
	} {
		if e := tariff.ParseUKRate(text); e == nil || !e.Understood || e.Reference != want || e.Calculable() {
			t.Errorf("%q points elsewhere: %v", text, e)
		}
	}
	for _, text := range []string{"EAT", "9 + EB", "14.00% (JUN-FEB), 0.00% (FEB-JUN)", "40.00% + 96.09 GBP/hl16.3 GBP/100kg", "10 MIN 22 EUR MAX 56 EUR/100 kg (150)", "5 MIN 3 EUR"} {
		if e := tariff.ParseUKRate(text); e == nil || e.Understood {
			t.Errorf("%q must not be understood: %v", text, e)
		}
	}
}

// A report never says that all is understood while one text is not.
func TestTheShareOfTextsUnderstoodIsCut(t *testing.T) {
	for _, c := range []struct {
		understood, stating, rates int
		want                       string
	}{
		{48_123, 48_123, 48_124, "(99.99 %, 0 pointing elsewhere), of the 48123 that state a rate 100.00 %"},
		{48_123, 48_124, 48_125, "(99.99 %, 0 pointing elsewhere), of the 48124 that state a rate 99.99 %"},
		{2, 3, 3, "(66.66 %,"},
		{3, 3, 3, "(100.00 %,"},
		{0, 0, 0, "(100.00 %,"},
		{0, 0, 4, "(0.00 %, 0 pointing elsewhere), of the 0 that state a rate 100.00 %"},
	} {
		r := tariff.SourceReport{Rates: c.rates, Understood: c.understood, Stating: c.stating}
		if got := r.String(); !strings.Contains(got, c.want) {
			t.Errorf("%+v: %s, want %s", c, got, c.want)
		}
	}
}

// Seasons by whole months are understood when every month stands in one of them.
func TestUKSeasons(t *testing.T) {
	seasons, ok := tariff.ParseUKSeasons("4.00% (JAN-MAR), 0.00% (APR-JUL), 8.00% (AUG-DEC)")
	if !ok || len(seasons) != 3 || seasons[1].Season.String() != "0401-0731" {
		t.Errorf("%+v, %v", seasons, ok)
	}
	for day, want := range map[string]string{"2020-10-01": "6%", "2021-02-28": "6%", "2024-02-29": "6%", "2020-07-01": "12%", "2020-09-30": "12%"} {
		seasons, ok := tariff.ParseUKSeasons("6.00% (OCT-JUN), 12.00% (JUL-SEP)")
		if !ok {
			t.Fatal("not understood")
		}
		got := ""
		for _, s := range seasons {
			if s.Season.In(clock.MustDate(day)) {
				got += s.Duty.String()
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
	for _, text := range []string{"14.00% (JUN-FEB), 0.00% (FEB-JUN)", "12.00% (APR-NOV), 8.00% (DEC-APR)", "10% (JAN-MAR)", "10%", "x (JAN-DEC)", "10% (JAN-DEC"} {
		if _, ok := tariff.ParseUKSeasons(text); ok {
			t.Errorf("%q: the days cannot be told", text)
		}
	}
}

func TestSeasonalPreferenceHoldsInItsSeason(t *testing.T) {
	uk := shipped(t, "uk-seasonal")
	for day, want := range map[string]string{"2022-06-01": "10.5%", "2022-11-01": "6%", "2023-05-14": "6%"} {
		g, err := uk.At("0702000000", clock.MustDate(day))
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := g.Rate(tariff.Conventional, "AU"); !ok || m.Duty.String() != want {
			t.Errorf("%s: %+v, want %s", day, m, want)
		}
	}
}

func FuzzParseUKRate(f *testing.F) {
	for _, s := range []string{"0.00%", "10.2 + 93.1 EUR/100 kg", "4.5 MIN 0.3 EUR/p/st MAX 0.8 EUR/p/st", "EP", " + ", " MAX "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e := tariff.ParseUKRate(s); e != nil && e.Understood && e.Reference == tariff.NoReference && len(e.Components) == 0 {
			t.Fatalf("%q understood as nothing", s)
		}
		_, _ = tariff.ParseUKSeasons(s)
	})
}

// The importers read whatever they are given without breaking.
func FuzzImporters(f *testing.F) {
	f.Add([]byte(`{"chapter":1,"htsno":"0101.21.00","indent":"2","description":"x","units":["kg"],"general":"Free","special":"","other":"20%"}`))
	f.Add([]byte("hs8,mfn_percent,general_percent,provisional_percent,provisional_scope\n20058000,5,80,1,all\n"))
	f.Add([]byte("hscode,description\n01,Animals\n0101,Horses\n"))
	f.Add([]byte(`{"goods_nomenclature_item_id":"0102291010","number_indents":3,"import_measures":[{"effective_start_date":"2021-01-01","measure_type":{"id":"103"},"measure_components":[{"duty_expression_id":"01","duty_amount":10.2}],"geographical_area":{"id":"1011"}}]}`))
	f.Add([]byte(`{"data":{"id":"1","type":"commodity","attributes":{"goods_nomenclature_item_id":"0102291010"},"relationships":{"import_measures":{"data":[{"id":"1","type":"commodity"}]}}},"included":[]}`))
	f.Add([]byte("geographical_area_id,goods_nomenclature_item_id,measure_type_id,from,to,duty\nAU,0702000000,142,15/05,1/11,10.50%\n"))
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
				return tariff.ImportUKSeasons(bytes.NewReader(b), r)
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

// flatCommodity is a commodity answer of the UK service, made up for the test,
// with one measure and what measure adds to it or replaces.
func flatCommodity(measure string) string {
	return `{"goods_nomenclature_item_id":"0702000007","producline_suffix":"80","number_indents":1,"description":"Tomatoes",
		"chapter":{"goods_nomenclature_item_id":"0700000000"},"heading":{"goods_nomenclature_item_id":"0702000000"},"ancestors":null,"export_measures":null,
		"import_measures":[` + measure + `]}`
}

func importedUK(t *testing.T, documents ...string) (*tariff.Schedule, *tariff.SourceReport, error) {
	t.Helper()
	var in []io.Reader
	for _, d := range documents {
		in = append(in, strings.NewReader(d))
	}
	r := new(tariff.SourceReport)
	s, err := tariff.ImportUK(in, r)
	return s, r, err
}

func TestUKMeasuresOfOtherShapes(t *testing.T) {
	for _, c := range []struct{ name, components, want string }{
		{"what follows a bound belongs to it", `{"duty_expression_id":"01","duty_amount":9.1},{"duty_expression_id":"04","duty_amount":45.1,"monetary_unit_code":"EUR","measurement_unit_code":"DTN"},
			{"duty_expression_id":"17","duty_amount":18.9},{"duty_expression_id":"19","duty_amount":16.5,"monetary_unit_code":"EUR","measurement_unit_code":"DTN"}`, "9.1% + 45.1 EUR/DTN max 18.9% and 16.5 EUR/DTN"},
		{"no duty", `{"duty_expression_id":"37","duty_amount":null}`, "0%"},
		{"an unknown expression is not understood", `{"duty_expression_id":"01","duty_amount":9},{"duty_expression_id":"40","duty_amount":1}`, "not understood"},
		{"an amount by composition points elsewhere", `{"duty_expression_id":"01","duty_amount":9},{"duty_expression_id":"12","duty_amount":null},{"duty_expression_id":"17","duty_amount":18.7},{"duty_expression_id":"21","duty_amount":null}`, "composition"},
		{"an amount without unit is not understood", `{"duty_expression_id":"01","duty_amount":9,"monetary_unit_code":"GBP"}`, "not understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, r, err := importedUK(t, flatCommodity(`{"effective_start_date":"2021-01-01T00:00:00.000Z","effective_end_date":null,"measure_type":{"id":"103"},"duty_expression":null,
				"geographical_area":{"id":"1011","children_geographical_areas":null},"excluded_countries":null,"legal_acts":null,"measure_conditions":null,"order_number":null,"additional_code":null,"measure_components":[`+c.components+`]}`))
			if err != nil || len(r.Rejected) > 0 {
				t.Fatal(err, r.Rejected)
			}
			g, err := s.At("0702000007", clock.MustDate("2021-06-16"))
			if err != nil {
				t.Fatal(err)
			}
			m, ok := g.Rate(tariff.MFN, "US")
			if !ok {
				t.Fatal("no duty")
			}
			got := m.Duty.String()
			switch {
			case !m.Duty.Understood:
				got = "not understood"
			case m.Duty.Reference == tariff.Agricultural && !m.Duty.Calculable():
				got = "composition"
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A measure that leaves out where or since when it holds is left out and named:
// it would hold for all origins and all days.
func TestUKMeasuresThatSayTooLittleAreLeftOut(t *testing.T) {
	const duty = `"measure_components":[{"duty_expression_id":"01","duty_amount":5}]`
	for name, measure := range map[string]string{
		"no area":         `{"effective_start_date":"2021-01-01","measure_type":{"id":"142"},"geographical_area":null,` + duty + `}`,
		"no type":         `{"effective_start_date":"2021-01-01","measure_type":null,"geographical_area":{"id":"1011"},` + duty + `}`,
		"no first day":    `{"effective_start_date":null,"measure_type":{"id":"142"},"geographical_area":{"id":"1011"},` + duty + `}`,
		"no such day":     `{"effective_start_date":"2021-13-01","measure_type":{"id":"142"},"geographical_area":{"id":"1011"},` + duty + `}`,
		"ends too early":  `{"effective_start_date":"2021-02-01","effective_end_date":"2021-01-01","measure_type":{"id":"142"},"geographical_area":{"id":"1011"},` + duty + `}`,
		"huge threshold":  `{"effective_start_date":"2021-01-01","measure_type":{"id":"142"},"geographical_area":{"id":"1011"},"measure_conditions":[{"condition_code":"V","condition_duty_amount":1e99}],` + duty + `}`,
		"first day words": `{"effective_start_date":"always","measure_type":{"id":"142"},"geographical_area":{"id":"1011"},` + duty + `}`,
	} {
		s, r, err := importedUK(t, flatCommodity(measure))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, measures := s.Len(); measures != 0 || len(r.Rejected) != 1 || !strings.Contains(r.String(), "left out 1: 0702000007: measure ") {
			t.Errorf("%s: %d measures, %s", name, measures, r)
		}
	}
	// A file that is no commodity does not take the others with it.
	s, r, err := importedUK(t, `[]`, `{"goods_nomenclature_item_id":`, flatCommodity(""))
	if err != nil || len(r.Rejected) != 2 {
		t.Errorf("%v, %v", r.Rejected, err)
	} else if _, ok := s.Find("0702000007", clock.MustDate("2021-06-16")); !ok {
		t.Error("the commodity is not there")
	}
	if _, _, err := importedUK(t, `{}`); err == nil {
		t.Error("nothing was read, and nobody is told")
	}
}

// The service itself gives resources that name each other.
func TestUKAnswerOfLinkedResources(t *testing.T) {
	s, r, err := importedUK(t, `{"data":{"id":"93796","type":"commodity","attributes":{"goods_nomenclature_item_id":"0702000007","producline_suffix":"80","number_indents":1,"description":"Tomatoes"},
			"relationships":{"chapter":{"data":{"id":"1","type":"chapter"}},"heading":{"data":{"id":"2","type":"heading"}},"ancestors":{"data":[]},"import_measures":{"data":[{"id":"20","type":"measure"}]},"export_measures":{"data":[]}}},
		"included":[{"id":"1","type":"chapter","attributes":{"goods_nomenclature_item_id":"0700000000","description":"Vegetables"}},{"id":"2","type":"heading","attributes":{"goods_nomenclature_item_id":"0702000000","description":"Tomatoes, fresh"}},
			{"id":"20","type":"measure","attributes":{"effective_start_date":"2021-01-01T00:00:00.000Z","effective_end_date":null,"vat":false,"excise":false},
				"relationships":{"duty_expression":{"data":{"id":"20-duty","type":"duty_expression"}},"measure_type":{"data":{"id":"142","type":"measure_type"}},"geographical_area":{"data":{"id":"2005","type":"geographical_area"}},
					"excluded_countries":{"data":[{"id":"VE","type":"geographical_area"}]},"measure_components":{"data":[{"id":"20-01","type":"measure_component"}]},"measure_conditions":{"data":[{"id":"7","type":"measure_condition"}]},"order_number":{"data":null}}},
			{"id":"20-duty","type":"duty_expression","attributes":{"base":"6.00 %"}},{"id":"142","type":"measure_type","attributes":{"description":"Tariff preference"}},
			{"id":"2005","type":"geographical_area","attributes":{"description":"General"},"relationships":{"children_geographical_areas":{"data":[{"id":"IN","type":"geographical_area"},{"id":"VE","type":"geographical_area"}]}}},
			{"id":"20-01","type":"measure_component","attributes":{"duty_expression_id":"01","duty_amount":6.0}},
			{"id":"7","type":"measure_condition","attributes":{"condition_code":"V","action":"Apply the duty","action_code":"01","condition_duty_amount":52.6,"condition_monetary_unit_code":"EUR","condition_measurement_unit_code":"DTN"},
				"relationships":{"measure_condition_components":{"data":[{"id":"7-01","type":"measure_condition_component"}]}}},
			{"id":"7-01","type":"measure_condition_component","attributes":{"duty_expression_id":"01","duty_amount":12.5}}]}`)
	if err != nil || len(r.Rejected) > 0 {
		t.Fatal(err, r.Rejected)
	}
	g, err := s.At("0702000007", clock.MustDate("2021-06-16"))
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Path()) != 3 {
		t.Errorf("path %v", g.Path())
	}
	m, ok := g.Rate(tariff.Conventional, "IN")
	if !ok || m.Duty.String() != "6%" || len(m.Conditions) != 1 || m.Conditions[0].AtLeast.String() != "52.6" || m.Conditions[0].Duty.String() != "12.5%" {
		t.Errorf("%+v", m)
	}
	if _, ok := g.Rate(tariff.Conventional, "VE"); ok {
		t.Error("an excluded country has the preference")
	}
}
