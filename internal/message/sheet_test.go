package message

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

func TestASheetIsReadAsItWasWritten(t *testing.T) {
	s := Sheet{Name: "收入", Head: []string{"关区 office", "paid"}, Rows: [][]string{{"0218", "1234567.05"}, {"=1+1", "-3.10"}}, Amounts: []int{1}}
	var csv, book bytes.Buffer
	if err := s.WriteCSV(&csv); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeff关区 office,paid\r\n0218,1234567.05\r\n=1+1,-3.10\r\n"; csv.String() != want {
		t.Errorf("%q", csv.String())
	}
	if err := s.WriteXLSX(&book); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&book)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows("收入")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"关区 office", "paid"}, {"0218", "1,234,567.05"}, {"=1+1", "-3.10"}}, rows); diff != "" {
		t.Error(diff)
	}
	if kind, err := f.GetCellType("收入", "B2"); err != nil || kind == excelize.CellTypeInlineString {
		t.Errorf("an amount is no number: %v %v", kind, err)
	}
	if formula, err := f.GetCellFormula("收入", "A3"); err != nil || formula != "" {
		t.Errorf("a text became a formula: %q %v", formula, err)
	}
}
