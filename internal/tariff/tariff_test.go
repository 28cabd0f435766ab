package tariff_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/tariff"
)

var today = clock.MustDate("2026-11-23")

func shipped(t testing.TB, name string) *tariff.Schedule {
	t.Helper()
	s, err := tariff.Shipped(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChineseExtract(t *testing.T) {
	cn := shipped(t, "cn")
	g, err := cn.At("20091100", today)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := g.Rate(tariff.MFN, "JP")
	if !ok || m.Duty.Text != "7.5%" {
		t.Errorf("most favoured nation rate %+v", m)
	}
	if m, ok = g.Rate(tariff.General, ""); !ok || m.Duty.Text != "90%" {
		t.Errorf("general rate %+v", m)
	}
	if next, err := cn.At("20091100", clock.MustDate("2027-01-01")); err != nil {
		t.Error(err)
	} else if _, ok := next.Rate(tariff.MFN, ""); !ok {
		t.Error("a statutory rate stands until it is replaced")
	}
	if _, ok := g.Rate(tariff.Provisional, ""); ok {
		t.Error("orange juice has no provisional rate")
	}
	var path []string
	for _, c := range g.Path() {
		path = append(path, string(c.Code))
	}
	if d := cmp.Diff([]string{"20", "2009", "200911", "20091100"}, path); d != "" {
		t.Error(d)
	}
	if c := g.Commodity(); c.ZH == "" || !c.Declarable {
		t.Errorf("%+v", c)
	}
	if heading := g.Path()[1]; heading.EN == "" || heading.Declarable {
		t.Errorf("%+v", heading)
	}
}

func TestUSHierarchyGivesTheRateOfTheLineAbove(t *testing.T) {
	us := shipped(t, "us")
	g, err := us.At("0101290010", today)
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := g.Rate(tariff.General, ""); !ok || m.Duty.Text != "20%" {
		t.Errorf("column 2 %+v", m)
	}
	if m, ok := g.Rate(tariff.MFN, "JP"); !ok || !m.Duty.Free() {
		t.Errorf("column 1 %+v", m)
	}
	if got := g.Path()[2].EN; got != "Horses:" {
		t.Errorf("a line without code stands in the hierarchy: %q", got)
	}
}

func TestUnknownCodeNamesTheNearest(t *testing.T) {
	cn := shipped(t, "cn")
	_, err := cn.At("20091199", today)
	if !fault.Is(err, "TARIFF-CODE-02") {
		t.Fatal(err)
	}
	if text := fault.All(err)[0].Remedy(); !strings.Contains(text, "20091100") {
		t.Error(text)
	}
	for _, bad := range []tariff.Code{"", "1", "12a4", "123456789012345"} {
		if _, err := cn.At(bad, today); !fault.Is(err, "TARIFF-CODE-01") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := tariff.ParseCode("85AB\xff"); !strings.Contains(err.Error(), "85AB� is not a commodity code") {
		t.Error(err)
	}
	// Nothing in the extract begins like this; still the neighbours are named.
	_, err = cn.At("99999999", today)
	if !fault.Is(err, "TARIFF-CODE-02") || len(cn.Suggest("99999999", today, 5)) == 0 {
		t.Error(err)
	}
}

func TestRatesAndCodesHaveDates(t *testing.T) {
	b := tariff.NewBuilder(tariff.About{Name: "test", Currency: "CNY"})
	b.Add(tariff.Commodity{Code: "01"})
	old := b.Add(tariff.Commodity{Code: "0101", Indent: 1, EN: "old", To: clock.MustDate("2023-12-31")})
	b.Measure(old, tariff.Measure{Kind: tariff.MFN, Duty: tariff.AdValorem(5 * num.Percent)})
	now := b.Add(tariff.Commodity{Code: "0101", Indent: 1, EN: "new", From: clock.MustDate("2024-01-01"), To: clock.MustDate("2025-12-31")})
	b.Measure(now, tariff.Measure{Kind: tariff.MFN, Duty: tariff.AdValorem(6 * num.Percent), To: clock.MustDate("2024-06-30")})
	b.Measure(now, tariff.Measure{Kind: tariff.MFN, Duty: tariff.AdValorem(7 * num.Percent), From: clock.MustDate("2024-07-01")})
	b.Measure(now, tariff.Measure{Kind: tariff.Conventional, Areas: []tariff.AreaCode{"TH"}, Duty: tariff.AdValorem(1 * num.Percent)})
	s := b.Schedule()
	for date, want := range map[string]string{"2020-05-05": "5%", "2023-12-31": "5%", "2024-01-01": "6%", "2024-06-30": "6%", "2024-07-01": "7%", "2025-12-31": "7%"} {
		g, err := s.At("0101", clock.MustDate(date))
		if err != nil {
			t.Fatal(date, err)
		}
		if m, ok := g.Rate(tariff.MFN, ""); !ok || m.Duty.Text != want {
			t.Errorf("%s: %+v, want %s", date, m, want)
		}
	}
	if _, err := s.At("0101", clock.MustDate("2026-01-01")); !fault.Is(err, "TARIFF-CODE-03") {
		t.Error(err)
	}
	g, _ := s.At("0101", clock.MustDate("2024-01-01"))
	if _, ok := g.Rate(tariff.Conventional, "TH"); !ok {
		t.Error("the agreement covers its country")
	}
	if _, ok := g.Rate(tariff.Conventional, "JP"); ok {
		t.Error("the agreement covers no other country")
	}
}

func TestEqualContentGivesEqualEpoch(t *testing.T) {
	for _, name := range []string{"hs", "us"} {
		s := shipped(t, name)
		var b bytes.Buffer
		if err := tariff.WriteFacts(&b, s); err != nil {
			t.Fatal(err)
		}
		again, err := tariff.ReadFacts(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if s.Epoch() == "" || s.Epoch() != again.Epoch() {
			t.Errorf("%s: %s and %s", name, s.Epoch(), again.Epoch())
		}
		g1, m1 := s.Len()
		if g2, m2 := again.Len(); g1 != g2 || m1 != m2 {
			t.Errorf("%s: %d %d and %d %d", name, g1, m1, g2, m2)
		}
	}
}

func TestSearchShowsTheHierarchy(t *testing.T) {
	us, cn := shipped(t, "us"), shipped(t, "cn")
	hits := us.Search("horses purebred", today, 10)
	if len(hits) == 0 || !strings.HasPrefix(string(hits[0].Goods.Commodity().Code), "010121") {
		t.Errorf("%+v", hits)
	}
	if hits = cn.Search("橙汁", today, 5); len(hits) == 0 || hits[0].Goods.Commodity().Code != "20091100" || len(hits[0].Path) != 4 {
		t.Errorf("%+v", hits)
	}
	if hits = cn.Search("2009.11", today, 5); len(hits) == 0 || hits[0].Goods.Commodity().Code != "200911" {
		t.Errorf("%+v", hits)
	}
	if hits = cn.Search("  ", today, 5); hits != nil {
		t.Errorf("%+v", hits)
	}
}

func TestLookUpDoesNotAllocate(t *testing.T) {
	us := shipped(t, "us")
	if n := testing.AllocsPerRun(100, func() {
		g, ok := us.Find("0101290010", today)
		if _, found := g.Rate(tariff.MFN, "JP"); !ok || !found {
			t.Fatal("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTaxesOfADay(t *testing.T) {
	taxes, err := tariff.ShippedTaxes()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tax        tariff.Kind
		code       tariff.Code
		date, want string
	}{
		{tariff.VAT, "85171300", "2014-06-16", "17%"},
		{tariff.VAT, "85171300", "2018-04-30", "17%"},
		{tariff.VAT, "85171300", "2018-05-01", "16%"},
		{tariff.VAT, "85171300", "2019-03-31", "16%"},
		{tariff.VAT, "85171300", "2026-11-23", "13%"},
		{tariff.VAT, "10011100", "2014-06-16", "13%"},
		{tariff.VAT, "10011100", "2026-11-23", "9%"},
		{tariff.ConsumptionTax, "22042100", "2026-11-23", "10%"},
		{tariff.ConsumptionTax, "22043000", "2026-11-23", ""},
		{tariff.ConsumptionTax, "33030000", "2014-06-16", "30%"},
		{tariff.ConsumptionTax, "33030000", "2026-11-23", ""}, // only above a price
		{tariff.ConsumptionTax, "85171300", "2026-11-23", ""},
	} {
		row, ok := taxes.At(c.tax, c.code, clock.MustDate(c.date))
		if ok != (c.want != "") || ok && row.Duty.Text != c.want {
			t.Errorf("%s of %s on %s: %+v", c.tax, c.code, c.date, row)
		}
	}
	if rows := taxes.Conditional(tariff.ConsumptionTax, "33030000", today); len(rows) != 1 || rows[0].Duty.Text != "15%" {
		t.Errorf("%+v", rows)
	}
	for _, r := range taxes.Rows() {
		if r.Law == "" || r.Goods == "" {
			t.Errorf("row without law or goods: %+v", r)
		}
	}
}

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		q        string
		from, to tariff.UnitCode
		want     string
	}{
		{"1", "TNE", "KGM", "1000"},
		{"1500", "KGM", "TNE", "1.5"},
		{"100", "KGM", "DTN", "1"},
		{"1", "KGM", "CTM", "5000"},
		{"2", "DZN", "NAR", "24"},
		{"1", "MTQ", "LTR", "1000"},
		{"1", "BLL", "LTR", "158.98729"},
		{"1", "TJO", "KWH", "277777.77778"},
	} {
		q, err := num.ParseQuantity(c.q)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tariff.Convert(q, c.from, c.to); err != nil || got.String() != c.want {
			t.Errorf("%s %s is %s %s, want %s (%v)", c.q, c.from, got, c.to, c.want, err)
		}
	}
	if _, err := tariff.Convert(1, "KGM", "LTR"); !fault.Is(err, "TARIFF-UNIT-02") {
		t.Error(err)
	}
	for text, want := range map[string]tariff.UnitCode{"kg": "KGM", "千克": "KGM", "Units": "NAR", "DZN": "DZN", "doz.": "DZN", "pairs": "NPR", "ltr": "LTR"} {
		if got, err := tariff.ParseUnit(text); err != nil || got != want {
			t.Errorf("%q is %q %v", text, got, err)
		}
	}
	if _, err := tariff.ParseUnit("bushel of nothing"); !fault.Is(err, "TARIFF-UNIT-01") {
		t.Error(err)
	}
}

func TestCodesSortAsATariff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := tariff.Code(rapid.StringMatching(`[0-9]{2,14}`).Draw(t, "a"))
		b := tariff.Code(rapid.StringMatching(`[0-9]{2,14}`).Draw(t, "b"))
		x, _ := a.Key()
		y, _ := b.Key()
		if (x < y) != (a < b) || (x == y) != (a == b) {
			t.Fatalf("%s %s", a, b)
		}
	})
}

func TestNotation(t *testing.T) {
	for _, c := range []struct{ text, want, code string }{
		{"6.5%", "6.5%", ""},
		{"6.5", "6.5%", ""},
		{"free", "0%", ""},
		{"10% + 0.5/kg", "10% + 0.5/KGM", ""},
		{"10%+1.2 USD/100 kg", "10% + 1.2 USD/100 KGM", ""},
		{"5% min 0.3/NAR max 0.8/NAR", "5% min 0.3/NAR max 0.8/NAR", ""},
		{"8% on case", "8% on case", ""},
		{"3 per unit", "3/NAR", ""},
		{"", "", "TARIFF-RATE-01"},
		{"-5%", "", "TARIFF-RATE-01"},
		{"10% +", "", "TARIFF-RATE-01"},
		{"five", "", "NUM-SYNTAX-01"},
		{"1/stone", "", "TARIFF-UNIT-01"},
		{"5 % x", "", "TARIFF-RATE-01"},
		{"1.2345678%", "", "NUM-DECIMALS-01"},
	} {
		e, err := tariff.ParseNotation(c.text)
		if c.code != "" {
			if !fault.Is(err, c.code) {
				t.Errorf("%q: %v, want %s", c.text, err, c.code)
			}
			continue
		}
		if err != nil || e.String() != c.want {
			t.Errorf("%q is %q %v, want %q", c.text, e, err, c.want)
		}
	}
}

func FuzzParseNotation(f *testing.F) {
	for _, s := range []string{"6.5%", "10% + 0.5/kg", "5% min 0.3/NAR max 0.8/NAR", "1.2 USD/100 kg - 3% on case", "free", "−", "/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := tariff.ParseNotation(s)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatalf("%q: not a fault: %v", s, err)
			}
			return
		}
		again, err := tariff.ParseNotation(e.String())
		if err != nil {
			t.Fatalf("%q gives %q: %v", s, e, err)
		}
		if d := cmp.Diff(e.Components, again.Components); d != "" {
			t.Fatalf("%q gives %q: %s", s, e, d)
		}
	})
}

func BenchmarkLookUp(b *testing.B) {
	us := shipped(b, "us")
	codes := []tariff.Code{"0101290010", "8517130000", "22042150", "6109100012", "87032301", "9608500000"}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		g, ok := us.Nearest(codes[i%len(codes)], today)
		if _, found := g.Rate(tariff.MFN, "JP"); !ok || !found && i > 1<<60 {
			b.Fatal("not found")
		}
		i++
	}
}

func BenchmarkReadUS(b *testing.B) {
	var buf bytes.Buffer
	if err := tariff.WriteFacts(&buf, shipped(b, "us")); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tariff.ReadFacts(bytes.NewReader(buf.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	us := shipped(b, "us")
	for b.Loop() {
		if len(us.Search("cotton shirts men", today, 20)) == 0 {
			b.Fatal("nothing found")
		}
	}
}

func TestCompareNamesEveryChange(t *testing.T) {
	make := func(rates map[tariff.Code]num.Rate) *tariff.Schedule {
		b := tariff.NewBuilder(tariff.About{Name: "test"})
		for _, c := range []tariff.Code{"01012100", "01012900", "01013000"} {
			if r, ok := rates[c]; ok {
				b.Measure(b.Add(tariff.Commodity{Code: c}), tariff.Measure{Kind: tariff.MFN, Duty: tariff.AdValorem(r * num.Percent)})
			}
		}
		return b.Schedule()
	}
	got := tariff.Compare(make(map[tariff.Code]num.Rate{"01012100": 5, "01012900": 8}), today, make(map[tariff.Code]num.Rate{"01012100": 5, "01012900": 6, "01013000": 1}), today)
	want := []tariff.Change{
		{Code: "01012900", Kind: tariff.MFN, Old: "8%", New: "6%"},
		{Code: "01013000", New: "in force"},
		{Code: "01013000", Kind: tariff.MFN, New: "1%"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	uk := shipped(t, "uk2020")
	changes := tariff.Compare(uk, clock.MustDate("2020-12-31"), uk, clock.MustDate("2021-01-01"))
	if len(changes) < 5000 {
		t.Errorf("the UK Global Tariff changed most rates: %d", len(changes))
	}
	if again := tariff.Compare(uk, today, uk, today); len(again) != 0 {
		t.Errorf("a schedule does not differ from itself: %+v", again[0])
	}
}

// The memory of the schedules is logged: it is what a node holds.
func TestMemoryOfALoadedSchedule(t *testing.T) {
	for _, name := range []string{"us", "cn"} {
		var buf bytes.Buffer
		if err := tariff.WriteFacts(&buf, shipped(t, name)); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := tariff.ReadFacts(bytes.NewReader(buf.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		lines, measures := s.Len()
		t.Logf("%s: %d lines and %d measures in %.1f MB", name, lines, measures, float64(after.HeapAlloc-before.HeapAlloc)/1e6)
		runtime.KeepAlive(s)
		runtime.KeepAlive(&buf)
	}
}
