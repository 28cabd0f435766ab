package message

import (
	"bytes"
	"encoding/csv"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"seine/internal/clock"
	"seine/internal/fault"
)

// unzipMost bounds the bytes that a workbook may unfold to.
const unzipMost = 64 << 20

// openTable opens a CSV text or the first sheet of a workbook as a table.
func openTable(body []byte, columns []Column) (t *Table, workbook bool, err error) {
	var in io.Reader = bytes.NewReader(body)
	if workbook = isWorkbook(body); workbook {
		text, err := flatten(body)
		if err != nil {
			return nil, true, err
		}
		in = bytes.NewReader(text)
	}
	t, err = NewTable(in, columns, TableLimits{})
	return t, workbook, err
}

// flatten writes the first sheet of a workbook as CSV: figures as they were written.
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
	for y, row := range rows {
		for x, cell := range row {
			if row[x], err = plainFigure(f, name, x, y, cell); err != nil {
				return nil, noWorkbook(err)
			}
		}
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

// figureDigits are the digits of a number that a workbook keeps and shows: a cell
// of 3.3 may be stored as 3.3000000000000003, which nobody wrote.
const figureDigits = 15

// plainFigure gives a cell as it was meant: a number without the noise of its
// binary form and without an exponent; any text as it stands.
func plainFigure(f *excelize.File, sheet string, x, y int, cell string) (string, error) {
	if len(cell) <= figureDigits && !strings.ContainsAny(cell, "eE") {
		return cell, nil // the usual case
	}
	figure, ok := new(big.Rat).SetString(cell)
	if !ok || strings.Contains(cell, "/") {
		return cell, nil
	}
	at, err := excelize.CoordinatesToCellName(x+1, y+1)
	if err != nil {
		return "", err
	}
	switch kind, err := f.GetCellType(sheet, at); {
	case err != nil:
		return "", err
	case kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber:
		return cell, nil
	}
	return shown(figure), nil
}

// shown writes a number with the digits that a workbook keeps.
func shown(figure *big.Rat) string {
	if figure.Sign() == 0 {
		return "0"
	}
	size, one, ten := new(big.Rat).Abs(figure), big.NewRat(1, 1), big.NewRat(10, 1)
	decimals := figureDigits
	for ; size.Cmp(one) >= 0; decimals-- {
		size.Quo(size, ten)
	}
	for size.Mul(size, ten); size.Cmp(one) < 0; decimals++ {
		size.Mul(size, ten)
	}
	text := figure.FloatString(max(0, decimals))
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Day gives a day as it stands in a cell: workbooks keep one as the days since the
// end of 1899.
func Day(cell string) string {
	if at, is := serial(cell, len(cell) == len("46356")); is {
		return at.Date().String()
	}
	return cell
}

// serial reads a number of days since the end of 1899, as workbooks keep moments.
func serial(s string, workbook bool) (clock.Instant, bool) {
	if !workbook || s == "" || strings.ContainsAny(s, "/eE-") {
		return 0, false
	}
	v, ok := new(big.Rat).SetString(s)
	if !ok || v.Cmp(big.NewRat(200_000, 1)) > 0 {
		return 0, false
	}
	// Rounded to the minute: a fraction of a day is never exact.
	minutes := v.Mul(v, big.NewRat(24*60, 1)).Add(v, big.NewRat(1, 2))
	whole := new(big.Int).Quo(minutes.Num(), minutes.Denom()).Int64()
	return clock.Day(1899, time.December, 30).AddDays(int(whole / (24 * 60))).Start().Add(time.Duration(whole%(24*60)) * time.Minute), true
}

// isWorkbook tells whether a file begins as a workbook does.
func isWorkbook(body []byte) bool { return bytes.HasPrefix(body, []byte("PK\x03\x04")) }
