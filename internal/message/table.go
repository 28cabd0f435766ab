package message

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/manifest"
	"seine/internal/num"
)

// Column is one column that a table may have.
type Column struct {
	Name     string   // our name; faults and Row methods use it
	Also     []string // other headers that mean the same
	Required bool     // without it the table cannot be read
}

// TableLimits bound a table; zero values mean the defaults.
type TableLimits struct {
	Columns   int // default 400
	RowBytes  int // default 256 KiB
	RowBreaks int // line breaks within one row's quotes, default 200
}

// Table reads rows of a CSV text (RFC 4180; comma, semicolon or tab, found from
// the header) one by one. A bad row is reported and the next one is read.
type Table struct {
	text    *Text
	in      *bufio.Reader
	limits  TableLimits
	sep     byte
	line    int // next line to read, from 1
	rows    int
	header  []string
	columns map[string]int
	unused  []string
	done    bool
}

// Row is one row of a table.
type Row struct {
	Number int // of the data row, from 1
	Line   int // in the file, from 1: what an editor shows
	table  *Table
	cells  []string
}

// NewTable settles encoding, separator and header. columns may be nil: then any
// header is taken and columns are named as they stand. Headers are compared
// without regard to case, blanks, hyphens, underscores and full width.
//
// Faults: those of DecodeText; TABLE-HEADER-01 (required column missing),
// TABLE-HEADER-02 (column twice), TABLE-HEADER-03 (no header), TABLE-LIMIT-01
// (too many columns), TABLE-LIMIT-02 (row too long), TABLE-QUOTE-01.
func NewTable(r io.Reader, columns []Column, limits TableLimits) (*Table, error) {
	text, _, err := DecodeText(r)
	if err != nil {
		return nil, err
	}
	if limits.Columns == 0 {
		limits.Columns = 400
	}
	if limits.RowBytes == 0 {
		limits.RowBytes = 256 << 10
	}
	if limits.RowBreaks == 0 {
		limits.RowBreaks = 200
	}
	t := &Table{text: text, limits: limits, line: 1, columns: map[string]int{}}
	t.in = bufio.NewReaderSize(text, limits.RowBytes+2)
	if err := t.findSeparator(); err != nil {
		return nil, err
	}
	for {
		t.header, err = t.record()
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.Invalid, "TABLE-HEADER-03", "/row/0", "the table has no header", "name the columns in the first line")
		}
		if err != nil {
			return nil, err
		}
		if !blank(t.header) {
			break
		}
	}
	return t, t.match(columns)
}

// Encoding names the encoding of the text as far as it has been read.
func (t *Table) Encoding() string { return t.text.Encoding() }

// Header gives the headers as they stand in the file.
func (t *Table) Header() []string { return t.header }

// Unused gives the headers that no column knows; their content is not read.
func (t *Table) Unused() []string { return t.unused }

// Has tells whether the table has the column.
func (t *Table) Has(name string) bool { _, ok := t.columns[name]; return ok }

// findSeparator looks at the header line, which is the first one that is not empty.
func (t *Table) findSeparator() error {
	for {
		first, _ := t.in.Peek(1)
		if len(first) == 0 || (first[0] != '\n' && first[0] != '\r') {
			break
		}
		if first[0] == '\n' {
			t.line++
		}
		_, _ = t.in.Discard(1)
	}
	head, err := t.in.Peek(t.limits.RowBytes)
	t.sep = ','
	if len(head) == 0 {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	best, counts, quoted := 0, map[byte]int{}, false
	for _, c := range head {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	for _, c := range []byte{',', ';', '\t'} {
		if counts[c] > best {
			t.sep, best = c, counts[c]
		}
	}
	return nil
}

// plainHeader brings a header to the form in which headers are compared.
func plainHeader(s string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "", "/", "").Replace(manifest.NormalNumber(s))
}

func (t *Table) match(columns []Column) error {
	var list fault.List
	meaning := map[string]string{}
	for _, c := range columns {
		meaning[plainHeader(c.Name)] = c.Name
		for _, also := range c.Also {
			meaning[plainHeader(also)] = c.Name
		}
	}
	for i, h := range t.header {
		name, known := meaning[plainHeader(h)]
		if columns == nil {
			name, known = strings.TrimSpace(h), strings.TrimSpace(h) != ""
		}
		if !known {
			if strings.TrimSpace(h) != "" {
				t.unused = append(t.unused, clip(h))
			}
			continue
		}
		if first, twice := t.columns[name]; twice {
			list = append(list, fault.New(fault.Invalid, "TABLE-HEADER-02", "/row/0/"+pointer(name), "columns {first} and {second} both mean {name}",
				"keep one of them", "first", first+1, "second", i+1, "name", name))
			continue
		}
		t.columns[name] = i
	}
	for _, c := range columns {
		if _, there := t.columns[c.Name]; !there && c.Required {
			list = append(list, fault.New(fault.Invalid, "TABLE-HEADER-01", "/row/0/"+pointer(c.Name), "the column {name} is missing; the header has {header}",
				"add the column {name}", "name", c.Name, "header", clip(strings.Join(t.header, ", "))))
		}
	}
	return list.OrNil()
}

// pointer escapes a name for an RFC 6901 pointer.
func pointer(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

// Next gives the next row, io.EOF after the last. A fault concerns one row only
// and reading may go on, unless it is one of DecodeText's or of the source.
//
// Faults of a row: TABLE-CELLS-01 (more cells than columns), TABLE-QUOTE-01
// (a quote that is not closed, or text after it), TABLE-LIMIT-02.
func (t *Table) Next() (Row, error) {
	for {
		if t.done {
			return Row{}, io.EOF
		}
		line := t.line
		cells, err := t.record()
		if errors.Is(err, io.EOF) {
			t.done = true
			return Row{}, io.EOF
		}
		if err != nil && !t.ofRow(err) {
			t.done = true
			return Row{}, err
		}
		if err == nil && blank(cells) {
			continue
		}
		t.rows++
		row := Row{Number: t.rows, Line: line, table: t, cells: cells}
		if err != nil {
			return row, err
		}
		if extra := len(cells) - len(t.header); extra > 0 && !blank(cells[len(t.header):]) {
			return row, fault.New(fault.Invalid, "TABLE-CELLS-01", "/row/"+strconv.Itoa(t.rows), "line {line} has {given} cells, the header {expected}",
				"put cells that contain the separator into quotes", "line", line, "given", len(cells), "expected", len(t.header))
		}
		return row, nil
	}
}

// ofRow tells whether a fault concerns one row only.
func (t *Table) ofRow(err error) bool {
	return fault.Is(err, "TABLE-QUOTE-01") || fault.Is(err, "TABLE-LIMIT-01") || fault.Is(err, "TABLE-LIMIT-02")
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// record reads one record. On a fault it goes on behind the line in which the
// record began, so that one lost quote does not swallow the rest of the file.
func (t *Table) record() ([]string, error) {
	var (
		cells  []string
		cell   []byte
		n      int // bytes looked at
		breaks int // line breaks within quotes
	)
	at := func(i int) (byte, bool, error) {
		b, err := t.in.Peek(i + 1)
		if len(b) > i {
			return b[i], true, nil
		}
		if err == nil || errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
			return 0, false, nil
		}
		return 0, false, err
	}
	window, err := t.in.Peek(1)
	if len(window) == 0 {
		return nil, err
	}
	bad := func(f *fault.Fault) ([]string, error) {
		if err := t.skipLine(); err != nil {
			return nil, err
		}
		return nil, f
	}
	quoted, closed := false, false // inside quotes; a quoted cell has ended
	for {
		c, more, err := at(n)
		if err != nil {
			return nil, err
		}
		if n >= t.limits.RowBytes {
			return bad(fault.New(fault.Invalid, "TABLE-LIMIT-02", t.rowPath(), "line {line} is longer than {limit} bytes", "check line ends and quotes",
				"line", t.line, "limit", t.limits.RowBytes))
		}
		if !more || (c == '\n' && !quoted) {
			if quoted {
				return bad(t.quoteFault())
			}
			if !closed && len(cell) > 0 && cell[len(cell)-1] == '\r' {
				cell = cell[:len(cell)-1]
			}
			cells = append(cells, string(cell))
			if more {
				n++
				t.line++
			}
			t.line += breaks
			_, _ = t.in.Discard(n)
			return cells, nil
		}
		n++
		switch {
		case quoted && c == '"':
			if next, more, err := at(n); err != nil {
				return nil, err
			} else if more && next == '"' {
				cell = append(cell, '"')
				n++
			} else {
				quoted, closed = false, true
			}
		case quoted:
			if c == '\n' {
				if breaks++; breaks > t.limits.RowBreaks {
					return bad(t.quoteFault())
				}
			}
			cell = append(cell, c)
		case c == t.sep:
			cells = append(cells, string(cell))
			cell, closed = cell[:0], false
			if len(cells) >= t.limits.Columns {
				return bad(fault.New(fault.Invalid, "TABLE-LIMIT-01", t.rowPath(), "line {line} has more than {limit} columns", "check that this is the right file",
					"line", t.line, "limit", t.limits.Columns))
			}
		case closed && c != '\r' && c != ' ' && c != '\t':
			return bad(t.quoteFault())
		case closed:
		case c == '"' && len(strings.TrimSpace(string(cell))) == 0:
			cell, quoted = cell[:0], true
		default:
			cell = append(cell, c)
		}
	}
}

func (t *Table) rowPath() string { return "/row/" + strconv.Itoa(t.rows+1) }

func (t *Table) quoteFault() *fault.Fault {
	return fault.New(fault.Invalid, "TABLE-QUOTE-01", t.rowPath(), "a quote that begins in line {line} is not closed, or text follows it",
		"close the quote; write a quote within a cell twice", "line", t.line)
}

// skipLine passes over the rest of the line at which the reader stands.
func (t *Table) skipLine() error {
	for {
		line, err := t.in.ReadSlice('\n')
		if err == nil {
			t.line++
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		_ = line
	}
}

// Path gives the pointer to a cell of the row.
func (r Row) Path(name string) string {
	return "/row/" + strconv.Itoa(r.Number) + "/" + pointer(name)
}

// Text gives the cell without surrounding blanks; "" when there is none.
func (r Row) Text(name string) string {
	i, known := r.table.columns[name]
	if !known || i >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// Cells gives the row's cells as they stand.
func (r Row) Cells() []string { return r.cells }

// Needed gives the cell, or TABLE-EMPTY-01 when it is empty.
func (r Row) Needed(name string) (string, error) {
	if s := r.Text(name); s != "" {
		return s, nil
	}
	return "", fault.New(fault.Invalid, "TABLE-EMPTY-01", r.Path(name), "{name} is empty in line {line}", "fill it in", "name", name, "line", r.Line)
}

// parsed reads a cell by parse; an empty cell is the zero value. A fault gets
// the cell's path and line.
func parsed[T any](r Row, name string, parse func(string) (T, error)) (T, error) {
	var zero T
	s := r.Text(name)
	if s == "" {
		return zero, nil
	}
	v, err := parse(s)
	if err != nil {
		var list fault.List
		if err := list.Add(r.Path(name), err); err != nil {
			return zero, err
		}
		for _, f := range list {
			f.Args = withLine(f.Args, r.Line)
		}
		return zero, list
	}
	return v, nil
}

func withLine(args map[string]string, line int) map[string]string {
	out := map[string]string{"line": strconv.Itoa(line)}
	for k, v := range args {
		out[k] = v
	}
	return out
}

// Quantity reads a cell as a quantity; faults NUM-* with the cell's path.
func (r Row) Quantity(name string) (num.Quantity, error) {
	return parsed(r, name, num.ParseQuantity)
}

// Money reads a cell as an amount of money; faults NUM-*.
func (r Row) Money(name string) (num.Money, error) { return parsed(r, name, num.ParseMoney) }

// Date reads a cell as a day; faults CLOCK-DATE-*.
func (r Row) Date(name string) (clock.Date, error) { return parsed(r, name, clock.ParseDate) }

// Whole reads a cell as a whole number; fault TABLE-WHOLE-01.
func (r Row) Whole(name string) (int, error) {
	return parsed(r, name, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, fault.New(fault.Invalid, "TABLE-WHOLE-01", "", "“{value}” is not a whole number", "write digits only", "value", clip(s)).Because(err)
		}
		return n, nil
	})
}
