package declaration

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"seine/internal/fault"
)

// Bounds of a table: a hostile file costs no more memory than this.
const (
	maxLineBytes  = 1 << 20 // of one row
	maxOpenLines  = 50      // physical lines that one quoted field may run over
	maxTableBytes = 8 << 30 // of an unpacked file
	sniffBytes    = 64 << 10
)

// Record is one row of a table: a draft declaration, or the faults that kept it
// from becoming one (paths begin with /rows/<row>/<column>).
type Record struct {
	Row         int    // data rows from 1
	Line        int    // physical line of the file on which it begins
	Key         string // text of the mapping's key column
	Declaration *Declaration
	Faults      fault.List
}

// Rows reads a table row by row.
type Rows struct {
	Encoding  string   // UTF-8, UTF-8 with BOM, UTF-16 (by its byte order mark) or GB18030
	Delimiter string   // that the header shows: the mapping's, or the one of , ; tab and | that gives every column
	Columns   []string // as the header names them

	m       *Mapping
	in      *bufio.Reader
	index   map[string]int
	pending []string // lines read ahead and given back
	line    int
	row     int
	fields  []string
	ended   bool
}

// Read opens a table for mapping m. A gzip file is unpacked; UTF-8 with or
// without byte order mark, UTF-16 with one, and GB18030 are told apart by their
// bytes. Columns may stand in any order and beside others.
// Faults: DEC-CSV-01 empty, DEC-CSV-02 columns missing or named twice,
// DEC-CSV-03 not readable as packed file, DEC-CSV-10 a workbook or an archive.
func (m *Mapping) Read(r io.Reader) (*Rows, error) {
	in := bufio.NewReaderSize(r, sniffBytes)
	if magic, _ := in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, broken(err)
		}
		in = bufio.NewReaderSize(io.LimitReader(unpacked, maxTableBytes), sniffBytes)
	}
	rows := &Rows{m: m, in: in, Encoding: "UTF-8", Delimiter: m.Delimiter}
	head, err := in.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, broken(err)
	}
	switch {
	case strings.HasPrefix(string(head), "PK\x03\x04"), strings.HasPrefix(string(head), "\xd0\xcf\x11\xe0"):
		return nil, fault.New(fault.Invalid, "DEC-CSV-10", "", "the file is a workbook or an archive, not a table of text", "save the sheet as CSV in UTF-8 and send that")
	case strings.HasPrefix(string(head), "\ufeff"):
		rows.Encoding = "UTF-8 with BOM"
		_, _ = in.Discard(3) // three bytes that were just looked at
	case strings.HasPrefix(string(head), "\xff\xfe"), strings.HasPrefix(string(head), "\xfe\xff"):
		rows.Encoding = "UTF-16"
		rows.in = bufio.NewReaderSize(unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Reader(in), sniffBytes)
	case !utf8Prefix(head):
		rows.Encoding = "GB18030"
		rows.in = bufio.NewReaderSize(simplifiedchinese.GB18030.NewDecoder().Reader(in), sniffBytes)
	}
	if head, _ := rows.in.Peek(sniffBytes); bytes.ContainsRune(head, '\r') && !bytes.ContainsRune(head, '\n') {
		rows.in = bufio.NewReaderSize(returnsAsEnds{rows.in}, sniffBytes)
	}
	return rows, rows.header()
}

// returnsAsEnds reads a table whose lines end with a carriage return alone, as some
// spreadsheets still write them.
type returnsAsEnds struct{ io.Reader }

func (r returnsAsEnds) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// utf8Prefix tells whether b is valid UTF-8 but for a character cut at its end.
func utf8Prefix(b []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(b); cut++ {
		if utf8.Valid(b[:len(b)-cut]) {
			return true
		}
	}
	return false
}

func broken(err error) error {
	return fault.New(fault.Invalid, "DEC-CSV-03", "", "the file breaks off or cannot be unpacked", "send it again, whole").Because(err)
}

func (r *Rows) header() error {
	text, err := r.readRow()
	if errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "DEC-CSV-01", "", "the table is empty", "send a table with a header and rows")
	}
	if err != nil {
		return err
	}
	r.Delimiter = r.m.delimiterOf(text)
	columns, err := r.split(text, nil)
	if err != nil {
		return fault.New(fault.Invalid, "DEC-CSV-04", "/rows/0", "the header cannot be read", "write the column names on the first line, separated by {delimiter}",
			"delimiter", r.Delimiter).Because(err)
	}
	r.index = make(map[string]int, len(columns))
	var faults fault.List
	for i, name := range columns {
		name = strings.TrimSpace(name)
		columns[i] = name
		if _, twice := r.index[name]; twice {
			faults = append(faults, fault.New(fault.Invalid, "DEC-CSV-05", "/rows/0", "column “{column}” stands twice in the header",
				"name each column once", "column", clip(name)))
		}
		r.index[name] = i
	}
	for _, name := range r.m.Columns {
		if _, ok := r.index[name]; !ok {
			faults = append(faults, fault.New(fault.Invalid, "DEC-CSV-02", "/rows/0", "column “{column}” is missing from the header",
				"send all columns of the mapping {mapping}, or use another mapping", "column", name, "mapping", r.m.Name))
		}
	}
	r.Columns = columns
	return faults.OrNil()
}

// delimiterOf tells what separates the columns of a header: the mapping's
// delimiter, unless only another one gives every column of the mapping.
func (m *Mapping) delimiterOf(header string) string {
	if len(m.Columns) == 0 {
		return m.Delimiter
	}
	for _, d := range []string{m.Delimiter, ",", ";", "\t", "|"} {
		found := strings.Split(header, d)
		for i := range found {
			found[i] = strings.TrimSpace(strings.Trim(strings.TrimSpace(found[i]), `"`))
		}
		if !slices.ContainsFunc(m.Columns, func(c string) bool { return !slices.Contains(found, c) }) {
			return d
		}
	}
	return m.Delimiter
}

// Next gives the next row; io.EOF after the last. A row that cannot be read is a
// Record with Faults, and reading goes on behind it. Any other error is that of
// the reader. Faults in records: DEC-CSV-06 number of fields, DEC-CSV-07 quoting,
// DEC-CSV-08 characters, DEC-CSV-09 too long, DEC-MAP-05 to 12, CLOCK and NUM
// faults of the elements.
func (r *Rows) Next() (Record, error) {
	text, err := r.readRow()
	record := Record{Row: r.row, Line: r.line}
	if err != nil {
		if list := fault.All(err); list != nil {
			r.row++
			record.Row = r.row
			record.Faults = under(record.Row, list)
			return record, nil
		}
		return record, err
	}
	r.row++
	record.Row = r.row
	record.Line = r.line - strings.Count(text, "\n")
	fields, err := r.split(text, r.fields[:0])
	if err != nil {
		record.Faults = under(record.Row, fault.All(err))
		return record, nil
	}
	r.fields = fields
	if len(fields) != len(r.Columns) {
		record.Faults = under(record.Row, fault.List{fault.New(fault.Invalid, "DEC-CSV-06", "", "the row has {count} fields, the header has {want}",
			"check quotes and separators of this row", "count", len(fields), "want", len(r.Columns))})
		return record, nil
	}
	at := func(column string) string {
		if i, ok := r.index[column]; ok {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	record.Key = strings.Clone(at(r.m.Key))
	d, faults := r.m.row(at, r.Columns)
	if len(faults) > 0 {
		record.Faults = under(record.Row, faults)
		return record, nil
	}
	record.Declaration = d
	return record, nil
}

func under(row int, list fault.List) fault.List {
	out := make(fault.List, len(list))
	for i, f := range list {
		out[i] = f.Under("/rows/" + strconv.Itoa(row))
	}
	return out
}

// readRow gives the text of one row: one physical line, or several while a quote
// is open. A quote that is never closed costs one line, not the rest of the file.
func (r *Rows) readRow() (string, error) {
	var text string
	for {
		line, err := r.readLine()
		if err != nil {
			return "", err
		}
		if strings.TrimSpace(line) != "" {
			text = line
			break
		}
	}
	if strings.Count(text, `"`)%2 == 0 {
		return text, nil
	}
	var ahead []string
	whole := text
	for len(ahead) < maxOpenLines && len(whole) < maxLineBytes {
		line, err := r.readLine()
		if err != nil {
			if !errors.Is(err, io.EOF) && fault.All(err) == nil {
				return "", err
			}
			break
		}
		ahead = append(ahead, line)
		whole += "\n" + line
		if strings.Count(whole, `"`)%2 == 0 {
			return whole, nil
		}
	}
	r.pending = append(ahead, r.pending...)
	r.line -= len(ahead)
	return text, nil // split will refuse its quote
}

func (r *Rows) readLine() (string, error) {
	if len(r.pending) > 0 {
		line := r.pending[0]
		r.pending = r.pending[1:]
		r.line++
		return line, nil
	}
	if r.ended {
		return "", io.EOF
	}
	var b []byte
	long := false
	for {
		part, err := r.in.ReadSlice('\n')
		if !long {
			b = append(b, part...)
		}
		if len(b) > maxLineBytes {
			long, b = true, nil
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			r.ended = true
			if len(part) == 0 && len(b) == 0 && !long {
				return "", io.EOF
			}
			break
		}
		if err != nil {
			r.ended = true // what the file still holds cannot be reached
			return "", broken(fmt.Errorf("read line %d: %w", r.line+1, err))
		}
		break
	}
	r.line++
	if long {
		return "", fault.New(fault.Invalid, "DEC-CSV-09", "", "the row is longer than {most} bytes", "check the line ends of the file", "most", maxLineBytes)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

// split cuts a row into its fields, into the given slice.
func (r *Rows) split(text string, into []string) ([]string, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || strings.ContainsRune(text, 0) {
		return nil, fault.New(fault.Invalid, "DEC-CSV-08", "", "the row holds bytes that are no text in {encoding}", "save the file as UTF-8", "encoding", r.Encoding)
	}
	if !strings.Contains(text, `"`) {
		for {
			i := strings.IndexByte(text, r.Delimiter[0])
			if i < 0 {
				return append(into, text), nil
			}
			into = append(into, text[:i])
			text = text[i+1:]
		}
	}
	parser := csv.NewReader(strings.NewReader(text))
	parser.Comma = rune(r.Delimiter[0])
	fields, err := parser.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, "DEC-CSV-07", "", "the quotes of the row are wrong", "close each quote and double those inside a field").Because(err)
	}
	if _, err := parser.Read(); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "DEC-CSV-07", "", "the quotes of the row are wrong", "close each quote and double those inside a field")
	}
	return slices.Clip(fields), nil
}
