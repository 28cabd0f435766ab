package message

import (
	"errors"
	"io"
	"strconv"

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

const manyCounts = 100_000

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
