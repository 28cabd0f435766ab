package message

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// Sheet is a table that is given out as a file.
type Sheet struct {
	Name string // of the sheet in a workbook
	Head []string
	Rows [][]string
	// Amounts are the columns that hold amounts with two decimals, Figures those of
	// numbers with as many as they have.
	Amounts, Figures []int
}

// WriteCSV writes a sheet as CSV for office programs: with a byte order mark, so
// that Chinese is read right, and with lines ending as RFC 4180 says.
func (s *Sheet) WriteCSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(s.Head); err != nil {
		return err
	}
	if err := c.WriteAll(s.Rows); err != nil {
		return err
	}
	return c.Error()
}

// WriteXLSX writes a sheet as a workbook, row by row. Amounts are written as
// numbers with two decimals, figures as numbers; everything else as text, so that codes keep their
// zeros and nothing is taken for a formula.
func (s *Sheet) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if err := f.SetSheetName("Sheet1", s.Name); err != nil {
		return fmt.Errorf("name the sheet: %w", err)
	}
	style, err := f.NewStyle(&excelize.Style{NumFmt: 4})
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	amount, figure := map[int]bool{}, map[int]bool{}
	for _, i := range s.Amounts {
		amount[i] = true
	}
	for _, i := range s.Figures {
		figure[i] = true
	}
	for n := -1; n < len(s.Rows); n++ {
		texts := s.Head
		if n >= 0 {
			texts = s.Rows[n]
		}
		row := make([]any, len(texts))
		for i, t := range texts {
			row[i] = t
			switch {
			case n < 0:
			case amount[i]:
				row[i] = excelize.Cell{StyleID: style, Value: cellNumber(t)}
			case figure[i]:
				row[i] = cellNumber(t)
			}
		}
		at, err := excelize.CoordinatesToCellName(1, n+2)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, row); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// cellNumber is a number as a workbook keeps numbers: as a binary fraction,
// which is what the format of office programs prescribes. It goes nowhere else.
func cellNumber(text string) any {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return v
	}
	return text
}
