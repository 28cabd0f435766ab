package number

import (
	"testing"

	"pgregory.net/rapid"

	"seine/internal/clock"
	"seine/internal/fault"
)

func TestOfficialNumbersAreWrittenAsInTheField(t *testing.T) {
	day := clock.MustDate("2020-07-09")
	for _, c := range []struct{ name, got, want string }{
		{"bill of entry, import", Bill{"2225", 2026, true, 42}.String(), "222520261000000042"},
		{"bill of entry, export", Bill{"2225", 2014, false, 999999999}.String(), "222520140999999999"},
		{"verification list", List{"2249", 2026, true, 7}.String(), "QD224926I000000007"},
		{"release note", Note{"2216", false, day, false, 31}.String(), "Z2216E200709000000000031"},
		{"two-step release note", Note{"2216", true, day, true, 31}.String(), "Z2216I200709T00000000031"},
		{"pre-entry number", PreEntry{2026, 123}.String(), "202600000000000123"},
		{"logistics book", Book{'T', "3111", 'W', 76}.String(), "T3111W000076"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestWhatIsNoOfficialNumberIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, code, value string
		parse             func(string) error
	}{
		{"17 digits are no bill", "DEC-NUMBER-01", "22252026100000004", bill},
		{"flag 2 is no direction", "DEC-NUMBER-01", "222520262000000042", bill},
		{"serial 0 is no bill", "DEC-NUMBER-01", "222520261000000000", bill},
		{"a letter is no bill", "DEC-NUMBER-01", "22252026100000004X", bill},
		{"full-width digits are no bill", "DEC-NUMBER-01", "２２２５２０２６１", bill},
		{"year 0000 is no pre-entry number", "DEC-NUMBER-02", "000000000000000123", pre},
		{"lower case is no list", "DEC-NUMBER-03", "qd224926i000000007", list},
		{"30 February is no note", "DEC-NUMBER-04", "Z2216E200230000000000031", note},
		{"a stray letter is no note", "DEC-NUMBER-04", "Z2216E200709X00000000031", note},
		{"kind X is no book", "DEC-NUMBER-05", "X3111W000076", book},
		{"nothing is no book", "DEC-NUMBER-05", "", book},
	} {
		if err := c.parse(c.value); !fault.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
		}
	}
	if err := (Bill{"2225", 2026, true, 1_000_000_000}).Check(); !fault.Is(err, "DEC-NUMBER-06") {
		t.Errorf("a tenth serial digit must be refused, got %v", err)
	}
	if err := (Book{'T', "22", 'W', 1}).Check(); !fault.Is(err, "DEC-NUMBER-06") {
		t.Errorf("a short office must be refused, got %v", err)
	}
}

func bill(s string) error { _, err := ParseBill(s); return err }
func pre(s string) error  { _, err := ParsePreEntry(s); return err }
func list(s string) error { _, err := ParseList(s); return err }
func note(s string) error { _, err := ParseNote(s); return err }
func book(s string) error { _, err := ParseBook(s); return err }

func TestEveryCheckedNumberReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		office := rapid.StringMatching(`[0-9]{4}`).Draw(t, "office")
		in := rapid.Bool().Draw(t, "import")
		year := rapid.IntRange(2000, 2099).Draw(t, "year")
		serial := rapid.Int64Range(1, 999_999_999).Draw(t, "serial")
		day := clock.Day(year, 1, 1).AddDays(rapid.IntRange(0, 364).Draw(t, "day"))
		for _, err := range []error{
			Bill{office, year, in, serial}.Check(), List{office, year, in, serial}.Check(),
			Note{office, in, day, serial%2 == 0, serial}.Check(), PreEntry{year, serial}.Check(),
			Book{'T', office, 'W', serial%999_999 + 1}.Check(),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"222520261000000042", "QD224926I000000007", "Z2216I200709T00000000031", "202600000000000123", "T3111W000076", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseBill(s); err == nil && n.String() != s {
			t.Fatalf("bill %q reads back as %q", s, n)
		}
		if n, err := ParseList(s); err == nil && n.String() != s {
			t.Fatalf("list %q reads back as %q", s, n)
		}
		if n, err := ParseNote(s); err == nil && n.String() != s {
			t.Fatalf("note %q reads back as %q", s, n)
		}
		if n, err := ParsePreEntry(s); err == nil && n.String() != s {
			t.Fatalf("pre-entry %q reads back as %q", s, n)
		}
		if n, err := ParseBook(s); err == nil && n.String() != s {
			t.Fatalf("book %q reads back as %q", s, n)
		}
	})
}
