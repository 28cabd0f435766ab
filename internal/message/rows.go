package message

import (
	"errors"
	"io"

	"seine/internal/fault"
)

// ReadRows gives the rows of a table whose first row need not name the columns: of
// a CSV text, or of the first sheet of a workbook (XLSX). Blank rows are left out.
//
// Faults: those of DecodeText; SHEET-READ-01 (no workbook), SHEET-MERGED-01 (merged
// cells), TABLE-HEADER-03 (no row at all), TABLE-QUOTE-01, TABLE-LIMIT-01, -02.
func ReadRows(body []byte) ([][]string, error) {
	t, _, err := openTable(body, []Column{})
	if err != nil {
		return nil, err
	}
	rows := [][]string{t.header}
	var faults fault.List
	for {
		cells, err := t.record()
		switch {
		case errors.Is(err, io.EOF):
			return rows, faults.OrNil()
		case err != nil && !t.ofRow(err):
			return nil, err
		case err != nil:
			faults = append(faults, fault.All(err)...)
		case !blank(cells):
			rows = append(rows, cells)
		}
	}
}
