package codelist

import (
	"encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/num"
)

var today = clock.MustDate("2026-11-23")

func TestEveryListLoadsAndIsOrdered(t *testing.T) {
	s := Default()
	total := 0
	for _, name := range s.Names() {
		l := s.List(name)
		about, ok := s.About(name)
		if !ok || about.Rows != l.Len() || l.Len() == 0 || l.Source == "" || l.Licence == "" || l.Title == "" || l.TitleZH == "" {
			t.Errorf("%s: %d entries, about %+v", name, l.Len(), about)
		}
		total += l.Len()
		before := Entry{}
		for e := range l.All() {
			if e.Code < before.Code || (e.Name == "" && e.NameZH == "") {
				t.Errorf("%s: %+v after %+v", name, e, before)
			}
			if !fits(l.Form, e.Code) {
				t.Errorf("%s: %q is not %s", name, e.Code, l.Form)
			}
			if got, ok := l.Latest(e.Code); !ok || got.Code != e.Code {
				t.Errorf("%s: %q is not found again", name, e.Code)
			}
			before = e
		}
	}
	if s.List("nothing") != nil {
		t.Error("a list of no such name")
	}
	t.Logf("%d lists, %d entries, epoch %s", len(s.Names()), total, s.Epoch())
}

func TestLookups(t *testing.T) {
	s := Default()
	for _, c := range []struct {
		list           ListName
		code, key, has string
		zh             string
	}{
		{Countries, "CN", "alpha3", "CHN", "中国"},
		{Currencies, "USD", "minor", "2", "美元"},
		{Currencies, "JPY", "num", "392", "日本元"},
		{Units, "KGM", "factor", "1", "千克"},
		{Units, "LBR", "factor", "45359237/100000000", "磅"},
		{Packages, "CT", "num", "", ""},
		{Locations, "CNSGH", "sub", "31", ""},
		{Locations, "CNWGQ", "ed", "2014", ""},
		{Locations, "AEAJM", "ed", "ports", ""},
		{Offices, "2218", "province", "上海", "外高桥关"},
		{SupervisionModes, "0110", "about", "", "一般贸易"},
		{TransportModes, "Y", "origin", "seine", "保税港区"},
		{SpecialZones, "3122F941", "", "", "外高桥保税区"},
		{ContainerOwners, "CSQU", "", "", ""},
	} {
		e, ok := s.At(c.list, c.code, today)
		if c.list == ContainerOwners {
			continue // known or not, it is only information
		}
		if !ok || (c.has != "" && e.Attribute(c.key) != c.has) || (c.zh != "" && e.NameZH != c.zh) {
			t.Errorf("%s %s: %+v, %v", c.list, c.code, e, ok)
		}
	}
	if e, ok := s.Country("CHN", today); !ok || e.Code != "CN" {
		t.Errorf("CHN: %+v", e)
	}
	if e, ok := s.Country("156", today); !ok || e.Code != "CN" {
		t.Errorf("156: %+v", e)
	}
	if e, ok := s.Currency("502", today); !ok || e.Code != "USD" {
		t.Errorf("502: %+v", e)
	}
}

func TestACodeHoldsUntilItsLastDay(t *testing.T) {
	l := Default().List(Currencies)
	last := clock.MustDate("2003-01-31") // AFA was withdrawn in January 2003
	if !l.Has("AFA", last) || l.Has("AFA", last+1) {
		e, _ := l.Latest("AFA")
		t.Errorf("AFA: %+v", e)
	}
	if !l.Has("EUR", today) {
		t.Error("a currency that one country left is still in use elsewhere")
	}
}

func TestCheckGivesTheNearestCodes(t *testing.T) {
	s := Default()
	for _, c := range []struct {
		name     string
		list     ListName
		code     string
		standing Standing
		fault    string
		cure     string
	}{
		{"a code in force is listed", Countries, "CN", Listed, "", ""},
		{"an unknown code of a complete list is refused", Currencies, "USX", Refused, "CODELIST-UNKNOWN-01", "(USD US Dollar 美元"},
		{"a withdrawn currency is refused", Currencies, "AFA", Refused, "CODELIST-EXPIRED-01", "2026-11-23"},
		{"an unknown code of a partial list is unlisted", Offices, "9999", Unlisted, "", ""},
		{"a code of the wrong form is refused even there", Offices, "22A8", Refused, "CODELIST-FORM-01", "write it like 0801"},
		{"a deleted unit is withdrawn, not refused", Units, "BX", Withdrawn, "", ""},
		{"no such list", "nothing", "1", Refused, "CODELIST-LIST-01", ""},
		{"a slip in a port code stays in its country", Locations, "CNSGHH", Refused, "CODELIST-FORM-01", "CNSGH Shanghai"},
	} {
		t.Run(c.name, func(t *testing.T) {
			standing, err := s.Check(c.list, "/x", c.code, today)
			if standing != c.standing || (c.fault == "") != (err == nil) {
				t.Fatalf("%s, %v", standing, err)
			}
			if err == nil {
				return
			}
			f := fault.All(err)[0]
			if f.Code != c.fault || f.Path != "/x" || !strings.Contains(f.Remedy()+f.Message(), c.cure) {
				t.Errorf("%v; cure %s", f, f.Remedy())
			}
		})
	}
}

func TestSearchFindsByCodeAndByEitherName(t *testing.T) {
	s := Default()
	for _, c := range []struct {
		list  ListName
		query string
		first string
	}{
		{Locations, "cnsgh", "CNSGH"},
		{Locations, "Waigaoqiao", "CNWGQ"},
		{Countries, "中国", "CN"},
		{Countries, "aland", "AX"},
		{Units, "kilogram", "KGM"},
		{CustomsUnits, "千克", "035"},
		{SupervisionModes, "一般", "0110"},
		{Countries, "ＣＮ", "CN"},
	} {
		found := s.List(c.list).Search(c.query, today, 5)
		if len(found) == 0 || found[0].Code != c.first {
			t.Errorf("search %q in %s: %v, want %s first", c.query, c.list, found, c.first)
		}
	}
	if found := s.List(Countries).Search(" ", today, 5); found != nil {
		t.Errorf("an empty query finds %v", found)
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	s := Default()
	_ = s.List(Locations)
	if n := testing.AllocsPerRun(100, func() {
		e, ok := s.At(Locations, "CNSGH", today)
		if !ok || e.Attribute("fn") == "" {
			t.Fatal("not found")
		}
		if _, err := s.Check(Countries, "/x", "CN", today); err != nil {
			t.Fatal(err)
		}
		if _, err := ParseContainerNumber("CSQU3054383"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Convert(100_000, "070", "KGM", num.HalfUp); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestUnitsConvertExactly(t *testing.T) {
	s := Default()
	for _, c := range []struct{ amount, from, to, want string }{
		{"1", "070", "035", "1000"},
		{"1", "TNE", "036", "1000000"},
		{"1", "076", "KGM", "0.45359"},
		{"1000", "LBR", "035", "453.59237"},
		{"1", "075", "035", "0.5"},
		{"1", "073", "074", "100"},
		{"12", "007", "127", "1"},
		{"1", "054", "007", "1000"},
		{"3", "025", "007", "6"},
		{"1", "144", "025", "10000"},
		{"1", "063", "095", "1000"},
		{"1", "057", "SET", "10000"},
		{"3", "085", "030", "1"},
		{"1", "098", "095", "3.78541"},
		{"1", "118", "RM", "1"},
		{"2", "142", "142", "2"},
		{"5", "BX", "BX", "5"},
	} {
		q, err := num.ParseQuantity(c.amount)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Convert(q, c.from, c.to, num.HalfUp)
		if err != nil || got.String() != c.want {
			t.Errorf("%s %s = %s %s, %v, want %s", c.amount, c.from, got, c.to, err, c.want)
		}
	}
	for _, c := range []struct{ from, to, code string }{
		{"007", "035", "CODELIST-UNIT-02"},
		{"142", "007", "CODELIST-UNIT-02"},
		{"999", "035", "CODELIST-UNIT-01"},
		{"KGM", "QQQ", "CODELIST-UNIT-01"},
	} {
		if _, err := s.Factor(c.from, c.to); !fault.Is(err, c.code) {
			t.Errorf("%s to %s: %v, want %s", c.from, c.to, err, c.code)
		}
	}
	if u, ok := s.UnitOf("035"); !ok || u != "KGM" {
		t.Errorf("035 is %q", u)
	}
	if u, ok := s.CustomsUnitOf("KGM"); !ok || u != "035" {
		t.Errorf("KGM is %q", u)
	}
}

func TestCustomsUnitsAgreeWithTheirUnitedNationsUnit(t *testing.T) {
	s := Default()
	seen := 0
	for e := range s.List(CustomsUnits).All() {
		un := e.Attribute("un")
		if un == "" {
			continue
		}
		if !s.List(Units).Has(un, today) {
			t.Errorf("%s %s: no unit %s", e.Code, e.NameZH, un)
		}
		r, err := s.Factor(e.Code, un)
		if err != nil || r != (Ratio{1, 1}) {
			t.Errorf("%s %s to %s: %v, %v", e.Code, e.NameZH, un, r, err)
		}
		seen++
	}
	for e := range s.List(CustomsUnits).All() {
		if e.Attribute("dim") == "" {
			t.Errorf("%s %s has no size", e.Code, e.NameZH)
		}
	}
	t.Logf("%d units", seen)
}

func TestConversionIsTheExactFraction(t *testing.T) {
	s := Default()
	var codes []string
	for code := range s.units().customs {
		codes = append(codes, string(code))
	}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.SampledFrom(codes).Draw(t, "from")
		to := rapid.SampledFrom(codes).Draw(t, "to")
		r, err := s.Factor(from, to)
		if err != nil {
			return
		}
		back, err := s.Factor(to, from)
		if err != nil || back != (Ratio{r.Den, r.Num}) {
			t.Fatalf("%s→%s is %v, back is %v, %v", from, to, r, back, err)
		}
		a, _ := new(big.Rat).SetString(attr(s, from, "factor"))
		b, _ := new(big.Rat).SetString(attr(s, to, "factor"))
		if new(big.Rat).Quo(a, b).Cmp(big.NewRat(r.Num, r.Den)) != 0 {
			t.Fatalf("%s→%s is %v, want %v", from, to, r, new(big.Rat).Quo(a, b))
		}
	})
}

func attr(s *Set, code, key string) string {
	e, _ := s.unitEntry(code)
	return e.Attribute(key)
}

// TestContainerVectors runs the check digits of DR §6.4.
func TestContainerVectors(t *testing.T) {
	for _, number := range []string{"CSQU3054383", "MWCU6059784", "CBHU3202732", "TEMU4567894", "CSQU1000080"} {
		if got, err := ParseContainerNumber(number); err != nil || string(got) != number {
			t.Errorf("%s: %q, %v", number, got, err)
		}
	}
}

func TestContainerVectorsOfSharedData(t *testing.T) {
	dir := sharedData(t)
	ran := 0
	for _, row := range rows(t, filepath.Join(dir, "iso6346_check_digit_vectors.csv")) {
		want, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := ContainerRemainder(row[0] + row[1]); !ok || got != want {
			t.Errorf("%s%s: %d, want %d", row[0], row[1], got, want)
		}
		ran++
	}
	for _, row := range rows(t, filepath.Join(dir, "iso6346_transposition_vectors.csv")) {
		want, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		// This file gives a remainder of 10 as the printed 0 in one row.
		if got, ok := ContainerRemainder(row[0]); !ok || got%10 != want%10 {
			t.Errorf("%s: %d, want %d", row[0], got, want)
		}
		for _, swapped := range strings.Split(row[2], ";") {
			if number, _, ok := strings.Cut(swapped, "@"); ok {
				if _, err := ParseContainerNumber(number); err != nil {
					t.Errorf("%s, an unnoticed swap: %v", number, err)
				}
			}
		}
		ran++
	}
	t.Logf("%d vectors", ran)
}

func rows(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

func TestContainerNumbersAsPeopleWriteThem(t *testing.T) {
	for _, text := range []string{"csqu 305438-3", "ＣＳＱＵ３０５４３８３", " CSQU/305438/3\n", "CSQU\u00a0305438\u20113"} {
		got, err := ParseContainerNumber(text)
		if err != nil || got != "CSQU3054383" || got.Pretty() != "CSQU 305438 3" || got.Prefix() != "CSQU" || got.Serial() != "305438" {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, c := range []struct{ text, code, cure string }{
		{"CSQU3054384", "CODELIST-CONTAINER-03", "CSQU3054383"},
		{"CSQU305438", "CODELIST-CONTAINER-04", "check digit of CSQU305438 is 3"},
		{"CSQA3054383", "CODELIST-CONTAINER-02", "U for a freight container"},
		{"", "CODELIST-CONTAINER-01", "CSQU3054383"},
		{"CSQU30543834", "CODELIST-CONTAINER-01", ""},
		{"1234567890A", "CODELIST-CONTAINER-01", ""},
	} {
		_, err := ParseContainerNumber(c.text)
		if !fault.Is(err, c.code) || !strings.Contains(fault.All(err)[0].Remedy(), c.cure) {
			t.Errorf("%q: %v, want %s", c.text, err, c.code)
		}
	}
}

func TestOneWrongDigitIsAlwaysSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stem := rapid.StringMatching(`[A-Z]{3}[UJZ][0-9]{6}`).Draw(t, "stem")
		digit, ok := ContainerCheckDigit(stem)
		if !ok {
			t.Fatal("no check digit")
		}
		number := stem + strconv.Itoa(digit)
		if _, err := ParseContainerNumber(number); err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(4, 9).Draw(t, "at")
		other := byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		if other == number[at] {
			return
		}
		wrong := number[:at] + string(other) + number[at+1:]
		a, _ := ContainerRemainder(stem)
		b, _ := ContainerRemainder(wrong)
		if a == b {
			t.Fatalf("%s and %s have one remainder", number, wrong)
		}
		// The printed digit confuses remainders 10 and 0 only.
		if _, err := ParseContainerNumber(wrong); err == nil && a%10 != b%10 {
			t.Fatalf("%s passed", wrong)
		}
	})
}

func TestContainerTypes(t *testing.T) {
	s := Default()
	for _, code := range []string{"22G1", "45G1", "22GP", "45R1", "L5G1", "22T6", "2 2 g 1"} {
		if ct, err := s.ContainerType(code, today); err != nil || ct.Length == "" || ct.Height == "" || ct.Width == "" || ct.Group == "" {
			t.Errorf("%s: %+v, %v", code, ct, err)
		}
	}
	for _, code := range []string{"", "22", "Z2G1", "2ZG1", "22X1", "22G1X"} {
		if _, err := s.ContainerType(code, today); !fault.Is(err, "CODELIST-CONTAINERTYPE-01") {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestCreditCodes(t *testing.T) {
	// Published codes of large companies, and one whose sum is worked out in
	// public: 1505 mod 31 = 17, so the character is the fourteenth, E.
	for _, code := range []string{"91512081MA62K0260E", "914403001922038216", "9144030071526726XG", "91330100799655058B"} {
		if got, err := ParseCreditCode(code); err != nil || string(got) != code {
			t.Errorf("%s: %q, %v", code, got, err)
		}
	}
	if got, err := ParseCreditCode("９１５１２０８１ ma62k0260e"); err != nil || got.Region() != "512081" {
		t.Errorf("%q, %v", got, err)
	}
	for _, c := range []struct{ text, code, cure string }{
		{"91350100M000100Y4Z", "CODELIST-CREDIT-01", "I, O, S, V and Z"}, // Z does not occur
		{"91350100M000100Y44", "CODELIST-CREDIT-02", "last character is 3"},
		{"91350100M000100Y4", "CODELIST-CREDIT-01", ""},
		{"9135O100M000100Y43", "CODELIST-CREDIT-01", ""},
		{"91A50100M000100Y43", "CODELIST-CREDIT-01", ""},
	} {
		_, err := ParseCreditCode(c.text)
		if !fault.Is(err, c.code) || !strings.Contains(fault.All(err)[0].Remedy(), c.cure) {
			t.Errorf("%q: %v, want %s", c.text, err, c.code)
		}
	}
}

func TestOneWrongCharacterOfACreditCodeIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stem := rapid.StringMatching(`9[1-3][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}`).Draw(t, "stem")
		check, ok := CreditCheck(stem)
		if !ok {
			t.Fatal("no check character")
		}
		code := stem + string(check)
		if _, err := ParseCreditCode(code); err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, 16).Draw(t, "at")
		other := creditAlphabet[rapid.IntRange(0, 30).Draw(t, "other")]
		if other == code[at] {
			return
		}
		if _, err := ParseCreditCode(code[:at] + string(other) + code[at+1:]); err == nil {
			t.Fatalf("%s with %c at %d passed", code, other, at)
		}
	})
}

func TestPlates(t *testing.T) {
	for text, want := range map[string]Plate{
		"沪A12345": "沪A12345", "沪a·12345": "沪A12345", " 沪Ａ １２３４５ ": "沪A12345", "沪AD12345": "沪AD12345",
		"沪A1234挂": "沪A1234挂", "粤Z1234港": "粤Z1234港", "沪B-O12I5": "沪B01215",
	} {
		if got, err := ParsePlate(text); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "沪", "沪A", "沪A123", "A12345", "沪112345", "沪A1234567", "沪A12挂45"} {
		if got, err := ParsePlate(text); !fault.Is(err, "CODELIST-PLATE-01") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if got := NormalisePlate("ab-123 cd"); got != "AB123CD" {
		t.Errorf("a foreign plate is %q", got)
	}
}

func TestCustomsCodes(t *testing.T) {
	if got, err := ParseCustomsCode("3122 4609ab"); err != nil || got != "31224609AB" {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"", "312246", "AB22460912", "31224609121"} {
		if _, err := ParseCustomsCode(text); !fault.Is(err, "CODELIST-CUSTOMSCODE-01") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseContainerNumber(f *testing.F) {
	for _, seed := range []string{"CSQU3054383", "csqu 305438 3", "ＣＳＱＵ３０５４３８３", "", "\xff\xfe", "CSQU305438"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseContainerNumber(text)
		if err != nil {
			if fault.All(err) == nil {
				t.Fatalf("%q: an error without a code: %v", text, err)
			}
			return
		}
		if again, err := ParseContainerNumber(string(got)); err != nil || again != got {
			t.Fatalf("%q gave %q, which gives %q, %v", text, got, again, err)
		}
	})
}

func FuzzParseIdentifiers(f *testing.F) {
	for _, seed := range []string{"914403001922038216", "沪A·12345", "沪A1234挂", "31224609AB", "22G1", "\xff", "１"} {
		f.Add(seed)
	}
	s := Default()
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := ParseCreditCode(text); err == nil {
			if again, err := ParseCreditCode(string(got)); err != nil || again != got {
				t.Fatalf("credit code %q gave %q, then %q, %v", text, got, again, err)
			}
		}
		if plate := NormalisePlate(text); len(text) < 80 && NormalisePlate(string(plate)) != plate {
			t.Fatalf("plate %q gave %q, then %q", text, plate, NormalisePlate(string(plate)))
		}
		_, _ = ParsePlate(text)
		_, _ = ParseCustomsCode(text)
		_, _ = s.ContainerType(text, today)
		_, _ = s.Factor(text, "035")
		_ = s.List(Countries).Nearest(text, today, 3)
		_ = s.List(Countries).Search(text, today, 3)
		_, _ = s.Check(Offices, "", text, today)
	})
}

func FuzzParseFacts(f *testing.F) {
	f.Add([]byte(factColumns + "\nAA\tname\t名\t2014-01-01\t\tk=v|l=w\n"))
	f.Add([]byte(factColumns + "\n\t\t\t\t\t\n"))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		entries, err := parseFacts(raw)
		if err != nil {
			return
		}
		again, err := parseFacts(writeFacts(entries))
		if err != nil || len(again) != len(entries) {
			t.Fatalf("%d entries became %d, %v", len(entries), len(again), err)
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	s := Default()
	l := s.List(Locations)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := l.At("CNSGH", today); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		s, err := Load(dataFS())
		if err != nil {
			b.Fatal(err)
		}
		_ = s.List(Locations)
	}
}
