package message

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"seine/internal/fault"
)

// filled writes rows into a workbook; merge joins two cells of it.
func filled(t *testing.T, rows [][]any, merge ...string) []byte {
	return workbook(t, func(f *excelize.File) {
		for i, row := range rows {
			at, err := excelize.CoordinatesToCellName(1, i+1)
			if err == nil {
				err = f.SetSheetRow("Sheet1", at, &row)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(merge) == 2 {
			if err := f.MergeCell("Sheet1", merge[0], merge[1]); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestRowsAreTheSameFromAFileOfAnyKind(t *testing.T) {
	want := [][]string{{"料号", "数量"}, {"0012", "900"}, {"P\"1", "12.50000"}}
	for name, body := range map[string][]byte{
		"workbook":       filled(t, [][]any{{"料号", "数量"}, {"0012", 900}, {}, {"P\"1", "12.50000"}}),
		"comma":          []byte("料号,数量\r\n0012,900\r\n\r\n\"P\"\"1\",12.50000\r\n"),
		"semicolon, BOM": []byte("\ufeff料号;数量\n0012;900\n\"P\"\"1\";12.50000"),
		"GB 18030":       append([]byte{0xc1, 0xcf, 0xba, 0xc5, '\t', 0xca, 0xfd, 0xc1, 0xbf}, "\n0012\t900\n\"P\"\"1\"\t12.50000\n"...),
	} {
		rows, err := ReadRows(body)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestRowsThatNobodyCanRead(t *testing.T) {
	for _, c := range []struct {
		name, code, path string
		body             []byte
	}{
		{"merged cells are named", "SHEET-MERGED-01", "/cell/A2:A3", filled(t, [][]any{{"part", "quantity"}, {"P1", 1}, {"", 2}}, "A2", "A3")},
		{"no workbook", "SHEET-READ-01", "", []byte("PK\x03\x04 and nothing else")},
		{"nothing", "TEXT-EMPTY-01", "", nil},
		{"a quote that is never closed", "TABLE-QUOTE-01", "/row/1", []byte("part,quantity\n\"P1,1\n")},
	} {
		_, err := ReadRows(c.body)
		all := fault.All(err)
		if len(all) == 0 || all[0].Code != c.code || c.path != "" && all[0].Path != c.path {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A workbook keeps numbers as binary fractions; what was written is meant.
func TestFiguresOfAWorkbookAreThoseThatWereWritten(t *testing.T) {
	sum := 1.1 // not a constant: the noise of the binary form is the matter
	body := filled(t, [][]any{{"part", "quantity"}, {"P", sum * 3}, {"P", sum / 22000}, {"P", 1234567890.12345}, {"3.30000000000000031", 1e6}, {"1e5", -sum * 3}})
	rows, err := ReadRows(body)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"part", "quantity"}, {"P", "3.3"}, {"P", "0.00005"}, {"P", "1234567890.12345"}, {"3.30000000000000031", "1000000"}, {"1e5", "-3.3"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if Day("46356") != "2026-11-30" || Day("2026-11-30") != "2026-11-30" || Day("20261130") != "20261130" || Day("") != "" {
		t.Error(Day("46356"))
	}
}
