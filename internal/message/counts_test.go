package message

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"seine/internal/fault"
	"seine/internal/num"
	"seine/internal/writeoff"
)

func TestAStockTakingIsReadFromTextAndWorkbook(t *testing.T) {
	sheet := Sheet{Name: "stock", Head: CountHead, Rows: [][]string{
		{"1", "FIB", "fibre", "KGM", "", "hall 1", "12.5", "wet"},
		{"2", "CAP", "cap", "C62", "", "", "", ""},
		{"3", "", "wig", "", "L1", "", "0", ""},
	}}
	want := []writeoff.Count{
		{Row: 1, Line: 1, Part: "FIB", Unit: "KGM", Spot: "hall 1", Quantity: 12*num.OneQuantity + 50_000, Note: "wet"},
		{Row: 3, Line: 3, Lot: "L1"},
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"csv": func(b *bytes.Buffer) error { return sheet.WriteCSV(b) }, "xlsx": func(b *bytes.Buffer) error { return sheet.WriteXLSX(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		got, err := ReadCounts(b.Bytes())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func workbook(t *testing.T, do func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	for cell, v := range map[string]string{"A1": "项号", "B1": "盘点数量", "A2": "1", "B2": "5"} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	do(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsNoStockTaking(t *testing.T) {
	set := func(cell, value string) func(*excelize.File) {
		return func(f *excelize.File) {
			if err := f.SetCellValue("Sheet1", cell, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name       string
		body       []byte
		code, path string
	}{
		{"merged cells", workbook(t, func(f *excelize.File) {
			if err := f.MergeCell("Sheet1", "A2", "A4"); err != nil {
				t.Fatal(err)
			}
		}), "SHEET-MERGED-01", "/cell/A2:A4"},
		{"a wrong header", workbook(t, set("B1", "weight of it")), "TABLE-HEADER-01", "/row/0/quantity"},
		{"neither line nor part", workbook(t, set("A1", "goods")), "SHEET-COLUMN-01", "/row/0"},
		{"no number", workbook(t, set("B2", "five")), "NUM-SYNTAX-01", "/row/1/quantity"},
		{"a line that is no number", []byte("line,quantity\none,5\n"), "TABLE-WHOLE-01", "/row/1/line"},
		{"half a workbook", workbook(t, func(*excelize.File) {})[:200], "SHEET-READ-01", ""},
	} {
		_, err := ReadCounts(c.body)
		all := fault.All(err)
		if len(all) != 1 || all[0].Code != c.code || all[0].Path != c.path {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if got, err := ReadCounts(workbook(t, func(*excelize.File) {})); err != nil || len(got) != 1 || got[0].Line != 1 {
		t.Errorf("%+v %v", got, err)
	}
}
