// Package number holds the forms of the zone's official document numbers: how
// each is written, read and checked (DR §0.2). The serial itself comes from the
// caller, who takes it from a series without gaps; cancelled documents keep
// their numbers, so a number is never given twice.
package number

import (
	"fmt"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Bill is a bill of entry or filing bill number: 18 digits, customs office (4),
// year (4), flag (1 import, 0 export), serial (9).
type Bill struct {
	Office string
	Year   int
	Import bool
	Serial int64
}

// List is a verification list number: QD, office (4), year (2), I or E, serial (9).
type List struct {
	Office string
	Year   int
	Import bool
	Serial int64
}

// Note is a release note number: Z, office (4), I or E, yymmdd, serial (12).
// TwoStep notes carry T as the first character of the serial.
type Note struct {
	Office  string
	Import  bool
	Day     clock.Date
	TwoStep bool
	Serial  int64
}

// PreEntry is a unified pre-entry number: year (4) and serial (14), 18 characters.
type PreEntry struct {
	Year   int
	Serial int64
}

// Book is an account book number: kind letter, office (4), mark (1 letter or
// digit), serial (6): twelve characters.
type Book struct {
	Kind   byte // T zone logistics, H zone processing, E networked processing, L bonded site outside
	Office string
	Mark   byte // W in the samples of logistics books
	Serial int64
}

// BookKinds are the letters an account book number can begin with.
const BookKinds = "THEL"

// String writes the number. Numbers built by hand should pass Check first.
func (n Bill) String() string {
	return fmt.Sprintf("%s%04d%c%09d", n.Office, n.Year, flag(n.Import, '1', '0'), n.Serial)
}

// String writes the number.
func (n List) String() string {
	return fmt.Sprintf("QD%s%02d%c%09d", n.Office, n.Year%100, flag(n.Import, 'I', 'E'), n.Serial)
}

// String writes the number.
func (n Note) String() string {
	head := fmt.Sprintf("Z%s%c%02d%02d%02d", n.Office, flag(n.Import, 'I', 'E'), n.Day.Year()%100, int(n.Day.Month()), n.Day.DayOfMonth())
	if n.TwoStep {
		return fmt.Sprintf("%sT%011d", head, n.Serial)
	}
	return fmt.Sprintf("%s%012d", head, n.Serial)
}

// String writes the number.
func (n PreEntry) String() string { return fmt.Sprintf("%04d%014d", n.Year, n.Serial) }

// String writes the number.
func (n Book) String() string { return fmt.Sprintf("%c%s%c%06d", n.Kind, n.Office, n.Mark, n.Serial) }

func flag(yes bool, a, b byte) byte {
	if yes {
		return a
	}
	return b
}

// ParseBill reads a bill of entry number. Fault: DEC-NUMBER-01.
func ParseBill(s string) (Bill, error) {
	if len(s) == 18 && digits(s) && (s[8] == '0' || s[8] == '1') {
		n := Bill{Office: s[:4], Year: int(number(s[4:8])), Import: s[8] == '1', Serial: number(s[9:])}
		if n.Year >= 1990 && n.Year <= 2199 && n.Serial > 0 {
			return n, nil
		}
	}
	return Bill{}, fault.New(fault.Invalid, "DEC-NUMBER-01", "", "“{value}” is not a declaration number",
		"give 18 digits: customs office (4), year (4), 1 for import or 0 for export, serial (9)", "value", clip(s))
}

// ParsePreEntry reads a unified pre-entry number. Fault: DEC-NUMBER-02.
func ParsePreEntry(s string) (PreEntry, error) {
	if len(s) == 18 && digits(s) {
		n := PreEntry{Year: int(number(s[:4])), Serial: number(s[4:])}
		if n.Year >= 1990 && n.Year <= 2199 && n.Serial > 0 {
			return n, nil
		}
	}
	return PreEntry{}, fault.New(fault.Invalid, "DEC-NUMBER-02", "", "“{value}” is not a pre-entry number",
		"give 18 digits: year (4) and serial (14)", "value", clip(s))
}

// ParseList reads a verification list number. The century of its year is that
// of 2000. Fault: DEC-NUMBER-03.
func ParseList(s string) (List, error) {
	if len(s) == 18 && strings.HasPrefix(s, "QD") && digits(s[2:8]) && (s[8] == 'I' || s[8] == 'E') && digits(s[9:]) && number(s[9:]) > 0 {
		return List{Office: s[2:6], Year: 2000 + int(number(s[6:8])), Import: s[8] == 'I', Serial: number(s[9:])}, nil
	}
	return List{}, fault.New(fault.Invalid, "DEC-NUMBER-03", "", "“{value}” is not a verification list number",
		"give QD, customs office (4 digits), year (2), I or E, serial (9)", "value", clip(s))
}

// ParseNote reads a release note number. Fault: DEC-NUMBER-04.
func ParseNote(s string) (Note, error) {
	bad := func() (Note, error) {
		return Note{}, fault.New(fault.Invalid, "DEC-NUMBER-04", "", "“{value}” is not a release note number",
			"give Z, customs office (4 digits), I or E, day as yymmdd, serial (12; T first for two-step)", "value", clip(s))
	}
	if len(s) != 24 || s[0] != 'Z' || !digits(s[1:5]) || (s[5] != 'I' && s[5] != 'E') || !digits(s[6:12]) || !digits(s[13:]) {
		return bad()
	}
	two := s[12] == 'T'
	if !two && !digits(s[12:13]) {
		return bad()
	}
	day, err := clock.ParseDate("20" + s[6:8] + "-" + s[8:10] + "-" + s[10:12])
	if err != nil {
		return bad()
	}
	n := Note{Office: s[1:5], Import: s[5] == 'I', Day: day, TwoStep: two}
	if two {
		n.Serial = number(s[13:])
	} else {
		n.Serial = number(s[12:])
	}
	if n.Serial == 0 {
		return bad()
	}
	return n, nil
}

// ParseBook reads an account book number. Fault: DEC-NUMBER-05.
func ParseBook(s string) (Book, error) {
	if len(s) == 12 && strings.IndexByte(BookKinds, s[0]) >= 0 && digits(s[1:5]) && letterOrDigit(s[5]) && digits(s[6:]) && number(s[6:]) > 0 {
		return Book{Kind: s[0], Office: s[1:5], Mark: s[5], Serial: number(s[6:])}, nil
	}
	return Book{}, fault.New(fault.Invalid, "DEC-NUMBER-05", "", "“{value}” is not an account book number",
		"give 12 characters: T, H, E or L, customs office (4 digits), a letter or digit, serial (6)", "value", clip(s))
}

// Check tells whether n can be written so that it reads back the same.
// Fault: DEC-NUMBER-06.
func (n Bill) Check() error { return check(n, n.String(), ParseBill) }

// Check tells whether n can be written so that it reads back the same.
// Fault: DEC-NUMBER-06.
func (n PreEntry) Check() error { return check(n, n.String(), ParsePreEntry) }

// Check tells whether n can be written so that it reads back the same.
// Fault: DEC-NUMBER-06.
func (n List) Check() error { return check(n, n.String(), ParseList) }

// Check tells whether n can be written so that it reads back the same.
// Fault: DEC-NUMBER-06.
func (n Note) Check() error { return check(n, n.String(), ParseNote) }

// Check tells whether n can be written so that it reads back the same.
// Fault: DEC-NUMBER-06.
func (n Book) Check() error { return check(n, n.String(), ParseBook) }

func check[N comparable](n N, text string, parse func(string) (N, error)) error {
	back, err := parse(text)
	if err != nil || back != n {
		return fault.New(fault.Invalid, "DEC-NUMBER-06", "", "no official number can be made: “{value}” does not keep its form",
			"check customs office, year and serial; a series that is full needs the next year", "value", clip(text))
	}
	return nil
}

// Office tells whether s has the form of a customs office: four digits.
func Office(s string) bool { return len(s) == 4 && digits(s) }

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func letterOrDigit(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' }

// number reads at most 14 digits that are known to be digits.
func number(s string) int64 {
	var v int64
	for i := 0; i < len(s); i++ {
		v = v*10 + int64(s[i]-'0')
	}
	return v
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
