package declaration

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"seine/internal/fault"
)

const shapes = `
name: shapes
key: no
columns: [no, day, mass, box, 品名]
elements:
  - {to: /billOfLading, from: no}
  - {to: /entryOn, from: day, steps: [{date: [YYYY-MM-DD, YYYYMMDD, DD.MM.YYYY]}]}
  - {to: /grossMass, from: mass, steps: [{number: {group: ",", decimal: "."}}]}
  - {to: /lines/0/name, from: 品名}
`

// shaped reads a table and writes each row as key and name, or its first fault.
func shaped(t *testing.T, mapping string, raw []byte) (rows *Rows, out []string, err error) {
	t.Helper()
	m, err := ReadMapping([]byte(mapping))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err = m.Read(bytes.NewReader(raw)); err != nil {
		if fault.All(err) == nil {
			t.Fatalf("no fault: %v", err)
		}
		return rows, nil, err
	}
	for {
		r, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return rows, out, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Declaration == nil {
			out = append(out, r.Faults[0].Code+" "+r.Faults[0].Path)
			continue
		}
		out = append(out, strings.Join([]string{r.Key, r.Declaration.EntryOn.String(), r.Declaration.GrossMass.String(), r.Declaration.Lines[0].Name}, " "))
	}
}

func packed(raw []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(raw)
	_ = z.Close()
	return b.Bytes()
}

func TestATableIsReadInWhateverShapeItComes(t *testing.T) {
	plain := "no,day,mass,box,品名\na1,2026-11-23,5,CSQU3054383,葡萄酒\na2,2026-11-24,6.5,,苹果\n"
	want := []string{"a1 2026-11-23 5 葡萄酒", "a2 2026-11-24 6.5 苹果"}
	encode := func(out string, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return []byte(out)
	}
	swapped := "extra,品名,mass,day,no,box\nx,葡萄酒,5,2026-11-23,a1,CSQU3054383\ny,苹果,6.5,2026-11-24,a2,\n"
	for _, c := range []struct {
		name                string
		raw                 []byte
		encoding, delimiter string
	}{
		{"as it is", []byte(plain), "UTF-8", ","},
		{"columns in another order and one more", []byte(swapped), "UTF-8", ","},
		{"lines that end in CR LF", []byte(strings.ReplaceAll(plain, "\n", "\r\n")), "UTF-8", ","},
		{"no line end after the last row", []byte(strings.TrimSuffix(plain, "\n")), "UTF-8", ","},
		{"blank lines between", []byte(strings.ReplaceAll(plain, "\n", "\n\n")), "UTF-8", ","},
		{"semicolons", []byte(strings.ReplaceAll(plain, ",", ";")), "UTF-8", ";"},
		{"tabs", []byte(strings.ReplaceAll(plain, ",", "\t")), "UTF-8", "\t"},
		{"bars", []byte(strings.ReplaceAll(plain, ",", "|")), "UTF-8", "|"},
		{"quoted names", []byte(strings.Replace(plain, "no,day", `"no","day"`, 1)), "UTF-8", ","},
		{"UTF-8 with its mark", []byte("\ufeff" + plain), "UTF-8 with BOM", ","},
		{"GB18030", encode(simplifiedchinese.GB18030.NewEncoder().String(plain)), "GB18030", ","},
		{"UTF-16, little end first", encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain)), "UTF-16", ","},
		{"UTF-16, big end first, semicolons", encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(plain, ",", ";"))), "UTF-16", ";"},
		{"packed", packed([]byte(plain)), "UTF-8", ","},
		{"packed UTF-16", packed(encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain))), "UTF-16", ","},
		{"lines that end with a carriage return alone", []byte(strings.ReplaceAll(plain, "\n", "\r")), "UTF-8", ","},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, got, err := shaped(t, shapes, c.raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if rows.Encoding != c.encoding || rows.Delimiter != c.delimiter {
				t.Errorf("named %s with %q", rows.Encoding, rows.Delimiter)
			}
		})
	}
}

func TestATableThatIsNoneIsRefusedAsAWhole(t *testing.T) {
	noise := make([]byte, 10<<20)
	rand.New(rand.NewSource(1)).Read(noise)
	for _, c := range []struct {
		name, code string
		raw        []byte
	}{
		{"empty", "DEC-CSV-01", nil},
		{"blank lines only", "DEC-CSV-01", []byte("\n\r\n \n")},
		{"a packed nothing", "DEC-CSV-01", packed(nil)},
		{"a byte order mark only", "DEC-CSV-01", []byte("\ufeff")},
		{"a column is missing", "DEC-CSV-02", []byte("no,day,mass,box\n1,2,3,4\n")},
		{"a column twice", "DEC-CSV-05", []byte("no,day,mass,box,品名,no\n")},
		{"ten megabytes of noise", "", noise},
		{"the head of a packed file", "DEC-CSV-03", packed([]byte(shapes))[:8]},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got, err := shaped(t, shapes, c.raw); err == nil || (c.code != "" && !fault.Is(err, c.code)) {
				t.Errorf("%v %v", got, err)
			}
		})
	}
	if _, got, err := shaped(t, shapes, []byte("no,day,mass,box,品名\n")); err != nil || len(got) != 0 {
		t.Errorf("a header only is a table of no rows: %v %v", got, err)
	}
}

func TestABrokenPackingTellsWhatItCostAndKeepsTheRowsBefore(t *testing.T) {
	var b strings.Builder
	b.WriteString("no,day,mass,box,品名\n")
	random := rand.New(rand.NewSource(1))
	for range 5000 {
		b.WriteString("a" + strings.Repeat("x", random.Intn(9)) + ",2026-11-23,5,,n\n")
	}
	whole := packed([]byte(b.String()))
	_, got, err := shaped(t, shapes, whole[:len(whole)*2/3])
	if err != nil || len(got) < 100 || len(got) > 4999 {
		t.Fatal(len(got), err)
	}
	if last := got[len(got)-1]; !strings.HasPrefix(last, "DEC-CSV-03") {
		t.Errorf("the end is %s", last)
	}
	for _, row := range got[:len(got)-1] {
		if strings.HasPrefix(row, "DEC-") {
			t.Fatalf("a row before the break: %s", row)
		}
	}
}

func TestAValueIsReadAsTheMappingSaysOrRefused(t *testing.T) {
	row := func(day, mass string) string { return "a1," + day + ",\"" + mass + "\",,n" }
	for _, c := range []struct{ name, row, want string }{
		{"a day as the clock writes it", row("2026-11-23", "5"), "a1 2026-11-23 5 n"},
		{"a day without signs", row("20261123", "5"), "a1 2026-11-23 5 n"},
		{"a day with points", row("23.11.2026", "5"), "a1 2026-11-23 5 n"},
		{"a spelling the mapping does not name", row("11/23/2026", "5"), "DEC-MAP-10 /rows/1/day"},
		{"a day that does not exist", row("31.02.2026", "5"), "DEC-MAP-10 /rows/1/day"},
		{"a day out of range", row("18991231", "5"), "CLOCK-DATE-02 /rows/1/day"},
		{"thousands as the mapping says", row("20261123", "1,234,567.5"), "a1 2026-11-23 1234567.5 n"},
		{"a comma that may be a decimal one", row("20261123", "1,5"), "DEC-MAP-11 /rows/1/mass"},
		{"a group of four", row("20261123", "1,2345"), "DEC-MAP-11 /rows/1/mass"},
		{"groups behind the point", row("20261123", "1.234,567"), "DEC-MAP-11 /rows/1/mass"},
		{"blanks between thousands", row("20261123", "1 234"), "DEC-MAP-11 /rows/1/mass"},
		{"six decimals", row("20261123", "1.234567"), "NUM-DECIMALS-01 /rows/1/mass"},
		{"a quoted line break within a field", "a1,20261123,5,,\"n\nn\"", "a1 2026-11-23 5 n\nn"},
		{"too many fields", row("20261123", "5") + ",6", "DEC-CSV-06 /rows/1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got, err := shaped(t, shapes, []byte("no,day,mass,box,品名\n"+c.row+"\nz9,20261124,1,,z\n"))
			if err != nil || len(got) != 2 || got[0] != c.want || got[1] != "z9 2026-11-24 1 z" {
				t.Errorf("%q %v", got, err)
			}
		})
	}
	// Without a step nothing is guessed.
	bare := strings.NewReplacer(", steps: [{date: [YYYY-MM-DD, YYYYMMDD, DD.MM.YYYY]}]", "", `, steps: [{number: {group: ",", decimal: "."}}]`, "").Replace(shapes)
	for _, r := range []string{row("2026-11-23", "1,234"), row("20261123", "5"), row("2026/11/23", "5")} {
		if _, got, err := shaped(t, bare, []byte("no,day,mass,box,品名\n"+r+"\n")); err != nil || len(got) != 1 || strings.HasPrefix(got[0], "a1") {
			t.Errorf("%s: %q %v", r, got, err)
		}
	}
}

func TestStepsThatCanBeTakenTwoWaysAreRefused(t *testing.T) {
	for _, step := range []string{
		"{date: [DD/MM/YYYY, MM/DD/YYYY]}", "{date: []}", "{date: YY-MM-DD}", "{number: {group: '.', decimal: '.'}}", "{number: {group: '1'}}",
		"{number: {decimal: ';'}}", "{number: {group: ',,'}}",
	} {
		if _, err := ReadMapping([]byte(strings.Replace(shapes, "{date: [YYYY-MM-DD, YYYYMMDD, DD.MM.YYYY]}", step, 1))); err == nil {
			t.Errorf("%s is taken", step)
		}
	}
}
