package print

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"seine/internal/clock"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
	"seine/locales"
)

const sample = `{"date":"2026-06-01","currency":"CNY","customs_value":"36711.17","taxes":{"duty":"2753.34","vat":"5130.39"},"total":"7883.73",
"steps":[{"step":0,"label":"price","formula":"given","base":"5000.00","currency":"USD","result":"5000.00"},
{"step":1,"line":0,"label":"customs_value","formula":"converted","base":"5000.00","rate":"7.1795","result":"35897.50"},
{"step":2,"line":0,"label":"duty","tax":"duty","formula":"of_value","terms":[1],"rate":"7.5%","source":"中华人民共和国进出口税则（2026），第二十章，未冷冻的橙汁","result":"2753.34"}],
"notes":[{"line":0,"code":"x","text":"looked at by an officer"}],"reference":{"parameters":"e3d3","tariff":"b1c3"}}`

// shown gives the characters that a PDF maps its glyphs to.
func shown(t *testing.T, file []byte) map[rune]bool {
	t.Helper()
	found := map[rune]bool{}
	hex := regexp.MustCompile(`<([0-9A-Fa-f]{4})> *(?:<[0-9A-Fa-f]{4}> *)?<([0-9A-Fa-f]{4})>`)
	for _, part := range bytes.Split(file, []byte("stream"))[1:] {
		text := bytes.TrimLeft(part, "\r\n")
		if z, err := zlib.NewReader(bytes.NewReader(text)); err == nil {
			if plain, err := io.ReadAll(z); err == nil {
				text = plain
			}
		}
		if !bytes.Contains(text, []byte("begincmap")) {
			continue
		}
		for _, m := range hex.FindAllSubmatch(text, -1) {
			var r rune
			for _, c := range string(m[2]) {
				r = r<<4 | rune(strings.IndexRune("0123456789abcdef", unicode.ToLower(c)))
			}
			found[r] = true
		}
	}
	return found
}

func TestAWorkingIsPrintedInBothLanguages(t *testing.T) {
	w, err := ReadWorking(json.RawMessage(sample))
	if err != nil {
		t.Fatal(err)
	}
	head := Head{Number: "221820261000000117", Enterprise: "外高桥葡萄酒交易有限公司 91310115MA1H000011", Goods: []string{"2009110000 冷冻橙汁（未发酵），镕"}, Printed: "2026-11-23 09:41 +08:00"}
	for _, language := range locales.Languages {
		file, err := WorkingPDF(w, head, language)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(file, []byte("%PDF-")) || len(file) < 5000 || len(file) > 400_000 {
			t.Errorf("%s: %d bytes", language, len(file))
		}
		have := shown(t, file)
		for _, r := range head.Goods[0] + head.Enterprise + SourceIn(language, w.Steps[2].Source) + wordsOf(language)("print.working") {
			if r != ' ' && !have[r] {
				t.Errorf("%s: %q is not in the file", language, r)
			}
		}
	}
}

func TestALongWorkingGoesOverPages(t *testing.T) {
	w, err := ReadWorking(json.RawMessage(sample))
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		w.Steps = append(w.Steps, w.Steps[2])
	}
	file, err := WorkingPDF(w, Head{}, locales.English)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(file, []byte("/Type /Page\n")); n < 8 {
		t.Errorf("%d pages", n)
	}
}

func TestACharacterThatTheFontLacksFailsTheJob(t *testing.T) {
	w, err := ReadWorking(json.RawMessage(sample))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WorkingPDF(w, Head{Goods: []string{"\U00020BB7野家"}}, locales.Chinese); !fault.Is(err, "PRINT-GLYPH-01") {
		t.Error(err)
	}
}

func TestLinesBreakWithoutLosingAnything(t *testing.T) {
	s, err := newSheet("t")
	if err != nil {
		t.Fatal(err)
	}
	s.size(textSize)
	const text = "未冷冻的橙汁，白利糖度值不超过20；Announcement 39 of 2019（增值税法第十条）。ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 末。"
	for width := 20.0; width < 400; width += 7 {
		lines := s.wrap(text, width)
		joined := strings.ReplaceAll(strings.Join(lines, ""), " ", "")
		if want := strings.ReplaceAll(text, " ", ""); joined != want {
			t.Fatalf("at %v: %q", width, joined)
		}
		for i, line := range lines {
			if i > 0 && width > 60 && strings.ContainsRune(noStart, []rune(line)[0]) {
				t.Errorf("at %v a line begins with %q", width, line)
			}
			if w := s.width(line); w > width && len([]rune(line)) > 2 {
				t.Errorf("at %v: %q is %v wide", width, line, w)
			}
		}
	}
	if got := words("A big 税则，of"); !slices.Equal(got, []string{"A ", "big ", "税", "则，", "of"}) {
		t.Errorf("%q", got)
	}
}

func BenchmarkWorkingPDF(b *testing.B) {
	w, err := ReadWorking(json.RawMessage(sample))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := WorkingPDF(w, Head{}, locales.Chinese); err != nil {
			b.Fatal(err)
		}
	}
}

// What a rule of the program rests on is worded in Chinese too; what an officer
// wrote stays as it is.
func TestEverySourceHasItsChinese(t *testing.T) {
	known, err := locales.Sources()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := duty.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules.Rows() {
		if known[r.Law] == "" {
			t.Errorf("no Chinese for %q", r.Law)
		}
	}
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range taxes.Rows() {
		if known[r.Law] == "" {
			t.Errorf("no Chinese for %q", r.Law)
		}
	}
	for _, c := range [][2]string{
		{"mfn, tariff of 2026, from 2026-01-01", "最惠国税率, 2026 年税则，自 2026-01-01 起"},
		{"Duty Regulations art. 37, Customs Duty Law art. 43", "进出口关税条例第三十七条，关税法第四十三条"},
		{"announcement 12 of the zone", "announcement 12 of the zone"},
	} {
		if got := SourceIn(locales.Chinese, c[0]); got != c[1] {
			t.Errorf("%q: %q", c[0], got)
		}
		if got := SourceIn(locales.English, c[0]); got != c[0] {
			t.Errorf("%q: %q", c[0], got)
		}
	}
}

// What the program itself notes is Chinese in a Chinese working, down to the goods
// and conditions of the tax tables.
func TestNotesOfTheProgramHaveTheirChinese(t *testing.T) {
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := tariff.Shipped("cn")
	if err != nil {
		t.Fatal(err)
	}
	ref, err := duty.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`[a-z]{3,}`)
	seen := map[string]int{}
	for _, code := range []tariff.Code{"2203000000", "3303000000", "3304990000", "8711100000", "8711200000", "9101110000", "9102110000", "8903210000", "4409101000", "7103990000", "7116200000"} {
		rows := taxes.Conditional(tariff.ConsumptionTax, code, clock.MustDate("2026-06-01"))
		if len(rows) == 0 {
			t.Errorf("the tables say nothing of %s", code)
		}
		for _, row := range rows {
			if got := ValueIn(locales.Chinese, row.Condition) + ValueIn(locales.Chinese, row.Goods); words.MatchString(got) {
				t.Errorf("%s: %s", code, got)
			}
		}
		c := duty.Consignment{Date: clock.MustDate("2026-06-01"), Direction: duty.Import, Currency: "CNY", Lines: []duty.Line{{
			Code: code, Origin: "FR", Price: 10_000_00, Quantities: []duty.Quantity{{Value: num.OneQuantity, Unit: "C62"}, {Value: num.OneQuantity, Unit: "KGM"}},
		}}}
		w, err := duty.Assess(&c, &duty.Reference{Tariff: schedule, Taxes: taxes, Local: "CNY", Rules: ref})
		if err != nil {
			continue // a code that the schedule does not have
		}
		body, err := w.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		own, err := ReadWorking(body)
		if err != nil {
			t.Fatal(err)
		}
		for i := range own.Notes {
			n := &own.Notes[i]
			seen[n.Code]++
			if got := n.in(locales.Chinese); words.MatchString(got) {
				t.Errorf("%s: %s", code, got)
			}
			if got := n.in(locales.English); strings.Contains(got, "{{") || !words.MatchString(got) {
				t.Errorf("%s: %s", code, got)
			}
		}
	}
	if seen["consumption_tax_possible"] < 3 {
		t.Errorf("%v", seen)
	}
	n := Note{Code: "no_exchange", Text: "No exchange rate is known: the working is in USD.", Values: map[string]string{"currency": "USD"}}
	if got := n.in(locales.Chinese); got != "没有可用汇率：计算过程以 USD 表示。" {
		t.Error(got)
	}
}
