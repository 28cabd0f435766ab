package message

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"seine/internal/fault"
)

// rows reads a table to its end: cells of good rows, codes of bad ones.
func rows(t interface{ Fatal(...any) }, table *Table) (out [][]string) {
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			list := fault.All(err)
			if list == nil || row.Line == 0 {
				t.Fatal(err)
			}
			out = append(out, []string{list[0].Code})
			continue
		}
		out = append(out, row.Cells())
	}
}

func TestTableRows(t *testing.T) {
	cases := []struct {
		name, text string
		want       [][]string
	}{
		{"comma", "a,b\n1,2\n", [][]string{{"1", "2"}}},
		{"semicolon", "a;b\n1,5;2\n", [][]string{{"1,5", "2"}}},
		{"tab and CRLF", "a\tb\r\n1\t2\r\n", [][]string{{"1", "2"}}},
		{"no line end at the end", "a,b\n1,2", [][]string{{"1", "2"}}},
		{"empty lines are no rows", "\n\na,b\n\n,\n1,2\n\n", [][]string{{"1", "2"}}},
		{"quotes", "a,b\n\"1,\"\"x\"\"\ny\",2\n", [][]string{{"1,\"x\"\ny", "2"}}},
		{"blanks around quotes", "a,b\n \"1\" ,2\n", [][]string{{"1", "2"}}},
		{"a quote within a cell is text", "a,b\n5\" pipe,2\n", [][]string{{"5\" pipe", "2"}}},
		{"too few cells", "a,b\n1\n", [][]string{{"1"}}},
		{"too many cells", "a,b\n1,2,3\n4,5\n", [][]string{{"TABLE-CELLS-01"}, {"4", "5"}}},
		{"a lost quote spoils one line", "a,b\n\"1,2\n3,4\n5,6\n", [][]string{{"TABLE-QUOTE-01"}, {"3", "4"}, {"5", "6"}}},
		{"text behind a quote", "a,b\n\"1\"x,2\n3,4\n", [][]string{{"TABLE-QUOTE-01"}, {"3", "4"}}},
		{"a line that is too long", "a,b\n" + strings.Repeat("x", 400) + ",1\n3,4\n", [][]string{{"TABLE-LIMIT-02"}, {"3", "4"}}},
		{"too many columns", "a,b\n" + strings.Repeat(",", 60) + "\n3,4\n", [][]string{{"TABLE-LIMIT-01"}, {"3", "4"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			table, err := NewTable(strings.NewReader(c.text), nil, TableLimits{Columns: 50, RowBytes: 300})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, rows(t, table)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRowsKnowTheirLine(t *testing.T) {
	table, err := NewTable(strings.NewReader("\nqty,day,money,n\n\n1.5,2026-11-23,9.99,3\n\"x\ny\",never,1.234,4.5\n2,2026-02-30,1,1\n"), nil, TableLimits{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := table.Next()
	if err != nil || first.Line != 4 || first.Number != 1 {
		t.Fatal(first.Line, first.Number, err)
	}
	q, err1 := first.Quantity("qty")
	d, err2 := first.Date("day")
	m, err3 := first.Money("money")
	n, err4 := first.Whole("n")
	if q.String() != "1.5" || d.String() != "2026-11-23" || m.String() != "9.99" || n != 3 || errors.Join(err1, err2, err3, err4) != nil {
		t.Error(q, d, m, n, err1, err2, err3, err4)
	}
	second, err := table.Next()
	if err != nil || second.Line != 5 {
		t.Fatal(second.Line, err)
	}
	_, err1 = second.Quantity("qty")
	_, err2 = second.Date("day")
	_, err3 = second.Money("money")
	_, err4 = second.Whole("n")
	for i, want := range []struct {
		err        error
		code, path string
	}{
		{err1, "NUM-SYNTAX-01", "/row/2/qty"},
		{err2, "CLOCK-DATE-01", "/row/2/day"},
		{err3, "NUM-DECIMALS-01", "/row/2/money"},
		{err4, "TABLE-WHOLE-01", "/row/2/n"},
	} {
		if list := fault.All(want.err); len(list) != 1 || list[0].Code != want.code || list[0].Path != want.path || list[0].Args["line"] != "5" {
			t.Error(i, list)
		}
	}
	if third, err := table.Next(); err != nil || third.Line != 7 {
		t.Error(third.Line, err)
	}
}

func TestHeaders(t *testing.T) {
	columns := []Column{{Name: "bill_number", Also: []string{"提单号"}, Required: true}, {Name: "mass", Required: true}}
	for _, c := range []struct {
		name, text string
		codes      []string
	}{
		{"case, blanks and hyphens do not matter", "Bill-Number, MASS \n", nil},
		{"other words", "提单号,mass\n", nil},
		{"a missing column is named", "bill number\n", []string{"TABLE-HEADER-01"}},
		{"a column twice", "bill_number,提单号,mass\n", []string{"TABLE-HEADER-02"}},
		{"all at once", "x,y\n", []string{"TABLE-HEADER-01", "TABLE-HEADER-01"}},
		{"none", "\n\n", []string{"TABLE-HEADER-03"}},
		{"only a byte order mark", "\ufeff", []string{"TABLE-HEADER-03"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewTable(strings.NewReader(c.text), columns, TableLimits{})
			var got []string
			for _, f := range fault.All(err) {
				got = append(got, f.Code)
			}
			if diff := cmp.Diff(c.codes, got); diff != "" {
				t.Error(diff, err)
			}
		})
	}
}

func TestWrittenTablesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOfN(rapid.SampledFrom([]rune("ab\", ;\n海\t1")), 0, 8, -1)
		want := rapid.SliceOfN(rapid.SliceOfN(cell, 3, 3), 0, 5).Draw(t, "rows")
		var text strings.Builder
		w := csv.NewWriter(&text)
		_ = w.Write([]string{"one", "two", "three"})
		_ = w.WriteAll(want)
		table, err := NewTable(strings.NewReader(text.String()), nil, TableLimits{})
		if err != nil {
			t.Fatal(err)
		}
		var full [][]string
		for _, row := range want {
			if !blank(row) {
				full = append(full, row)
			}
		}
		if diff := cmp.Diff(full, rows(t, table)); diff != "" {
			t.Fatal(diff, text.String())
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add("a,b\n1,2\n")
	f.Add("a;b\n\"1;\n2\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := NewTable(strings.NewReader(text), nil, TableLimits{Columns: 20, RowBytes: 1000, RowBreaks: 5})
		if err != nil {
			if fault.All(err) == nil {
				t.Fatal(err)
			}
			return
		}
		line := 0
		for {
			row, err := table.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil && fault.All(err) == nil {
				t.Fatal(err)
			}
			if row.Line == 0 {
				return // the text itself ended with a fault
			}
			if row.Line <= line {
				t.Fatalf("line %d after %d", row.Line, line)
			}
			line = row.Line
		}
	})
}
