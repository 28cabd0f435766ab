package message

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"seine/internal/book"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/writeoff"
)

// countColumns are the columns of a stock-taking.
var countColumns = []Column{
	{Name: "line", Also: []string{"序号", "项号", "book line"}},
	{Name: "part", Also: []string{"料号", "part number"}},
	{Name: "lot", Also: []string{"批号"}},
	{Name: "spot", Also: []string{"位置", "库位", "location"}},
	{Name: "quantity", Also: []string{"数量", "盘点数量", "counted"}, Required: true},
	{Name: "unit", Also: []string{"单位"}},
	{Name: "note", Also: []string{"备注"}},
}

// CountHead is the head of the sheet that is given out to be filled in.
var CountHead = []string{"line", "part", "name", "unit", "lot", "spot", "quantity", "note"}

const (
	manyCounts = 100_000
	unzipMost  = 64 << 20 // bytes that a workbook may unfold to
)

// ReadCounts reads the figures of a stock-taking from a CSV text or a workbook
// (XLSX, first sheet). Rows without a quantity are left out: they were not
// counted. All faults are given at once.
//
// Faults: those of NewTable and its rows; SHEET-READ-01 (no workbook), SHEET-MERGED-01
// (merged cells), SHEET-COLUMN-01 (neither line nor part), SHEET-ROWS-01 (too many).
func ReadCounts(body []byte) ([]writeoff.Count, error) {
	t, _, err := openTable(body, countColumns)
	if err != nil {
		return nil, err
	}
	if !t.Has("line") && !t.Has("part") {
		return nil, fault.New(fault.Invalid, "SHEET-COLUMN-01", "/row/0", "the table names neither lines nor parts", "add a column “line” or “part”")
	}
	var faults fault.List
	counts := []writeoff.Count{}
	for {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err := faults.Add("", err); err != nil {
			return nil, err
		}
		if err != nil || row.Text("quantity") == "" {
			continue
		}
		c := writeoff.Count{
			Row: row.Number, Part: row.Text("part"), Lot: row.Text("lot"), Spot: row.Text("spot"), Unit: codelist.UnitCode(row.Text("unit")), Note: row.Text("note"),
		}
		var wrong error
		if c.Quantity, wrong = row.Quantity("quantity"); wrong == nil {
			c.Line, wrong = row.Whole("line")
		}
		if err := faults.Add("", wrong); err != nil {
			return nil, err
		}
		if counts = append(counts, c); len(counts) > manyCounts {
			return nil, fault.New(fault.Invalid, "SHEET-ROWS-01", "", "the table has more than {most} figures", "send it in parts", "most", manyCounts)
		}
	}
	return counts, faults.OrNil()
}

// flatten writes the first sheet of a workbook as CSV: cells as they are shown.
// Merged cells are refused, because nobody can say for which row their content
// counts.
func flatten(body []byte) ([]byte, error) {
	f, err := excelize.OpenReader(bytes.NewReader(body), excelize.Options{UnzipSizeLimit: unzipMost, UnzipXMLSizeLimit: unzipMost, RawCellValue: true})
	if err != nil {
		return nil, noWorkbook(err)
	}
	defer f.Close()
	name := f.GetSheetName(0)
	merged, err := f.GetMergeCells(name)
	if err != nil {
		return nil, noWorkbook(err)
	}
	var faults fault.List
	for _, m := range merged {
		faults = append(faults, fault.New(fault.Invalid, "SHEET-MERGED-01", "/cell/"+m.GetStartAxis()+":"+m.GetEndAxis(), "cells {from} to {to} are merged", "take the merging out and write the value into each row",
			"from", m.GetStartAxis(), "to", m.GetEndAxis()))
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	rows, err := f.GetRows(name)
	if err != nil {
		return nil, noWorkbook(err)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func noWorkbook(err error) error {
	return fault.New(fault.Invalid, "SHEET-READ-01", "", "the workbook cannot be read", "save it again as XLSX, or as CSV").Because(err)
}

// CountSheet is the sheet of a stock-taking to be filled in: every line of the
// book with what was counted so far. What should be there is not on it: whoever
// counts, counts.
func CountSheet(counts []writeoff.Count, b *book.Book) *Sheet {
	sheet := &Sheet{Name: "stock", Head: CountHead}
	for i := range b.Lines {
		l := &b.Lines[i]
		found := false
		for _, c := range counts {
			if c.Line == l.Number {
				found = true
				sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(l.Number), l.PartNumber, l.Name, string(l.Unit), c.Lot, c.Spot, c.Quantity.String(), c.Note})
			}
		}
		if !found {
			sheet.Rows = append(sheet.Rows, []string{strconv.Itoa(l.Number), l.PartNumber, l.Name, string(l.Unit), "", "", "", ""})
		}
	}
	return sheet
}
