package store

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rowLimit is how long one row of an archive may be. The longest that is written
// is a document of a few megabytes.
const rowLimit = 1 << 28

// columnsRecord is the header of a member that names its columns in order.
const columnsRecord = "SEINE.columns"

// archive reads the backup of a store on PostgreSQL: a packed tar with a member
// for each table, as COPY writes its rows in text. Every error means that the
// file is no such backup, or not a whole one.
type archive struct {
	packed *gzip.Reader
	tar    *tar.Reader
}

func openArchive(in io.Reader) (*archive, error) {
	packed, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return &archive{packed, tar.NewReader(packed)}, nil
}

// member is one table of an archive. What it holds is read before the next.
type member struct {
	table   string
	columns []string
	content io.Reader
}

// next gives the next table, io.EOF after the last one of a whole archive.
func (a *archive) next() (*member, error) {
	h, err := a.tar.Next()
	if errors.Is(err, io.EOF) {
		// The packing ends with a sum over everything: without it the end is missing.
		if _, err := io.Copy(io.Discard, a.packed); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	table, ok := strings.CutSuffix(h.Name, ".copy")
	m := &member{table: table, columns: strings.Split(h.PAXRecords[columnsRecord], ","), content: a.tar}
	if !ok || slices.ContainsFunc(append(m.columns, m.table), notAName) {
		return nil, fmt.Errorf("member %q is no table", h.Name)
	}
	return m, nil
}

// notAName tells whether s cannot be the name of a table or a column of ours.
func notAName(s string) bool {
	return s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != ""
}

// rows calls f for every row; a field is nil where nothing is given. The fields
// are only good until f comes back.
func (m *member) rows(f func(fields [][]byte) error) error {
	lines := bufio.NewScanner(m.content)
	lines.Buffer(make([]byte, 0, 1<<16), rowLimit)
	lines.Split(wholeLines)
	fields := make([][]byte, 0, len(m.columns))
	for n := 1; lines.Scan(); n++ {
		fields = fields[:0]
		for raw := range bytes.SplitSeq(lines.Bytes(), []byte{'\t'}) {
			field, err := copied(raw)
			if err != nil {
				return fmt.Errorf("table %s, row %d: %w", m.table, n, err)
			}
			fields = append(fields, field)
		}
		if len(fields) != len(m.columns) {
			return fmt.Errorf("table %s, row %d: %d fields, %d columns", m.table, n, len(fields), len(m.columns))
		}
		if err := f(fields); err != nil {
			return err
		}
	}
	return lines.Err()
}

// wholeLines splits at line ends and takes no line that has none.
func wholeLines(data []byte, atEnd bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i:i], nil
	}
	if atEnd && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

// copySigns are the letters that stand for a sign after a backslash.
var copySigns = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\\': '\\'}

// copied takes the escapes out of a field, in place; nil is the field without a
// value.
func copied(raw []byte) ([]byte, error) {
	if string(raw) == `\N` {
		return nil, nil
	}
	at := bytes.IndexByte(raw, '\\')
	if at < 0 {
		return raw[:len(raw):len(raw)], nil
	}
	out := raw[:at]
	for i := at; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' {
			if i++; i == len(raw) {
				return nil, errors.New("an escape without its letter")
			}
			sign, ok := copySigns[raw[i]]
			if !ok {
				return nil, fmt.Errorf("escape %q is not known", raw[i-1:i+1])
			}
			c = sign
		}
		out = append(out, c)
	}
	return out, nil
}

// archived gives a field as a value of a column's type in the embedded database.
func archived(field []byte, form string) (any, error) {
	if field == nil {
		return nil, nil
	}
	switch form {
	case "INTEGER", "BIGINT":
		return strconv.ParseInt(string(field), 10, 64)
	case "BLOB":
		digits, ok := bytes.CutPrefix(field, []byte(`\x`))
		if !ok {
			return nil, errors.New("bytes do not begin with \\x")
		}
		return hex.DecodeString(string(digits))
	}
	if !utf8.Valid(field) {
		return nil, errors.New("text is not UTF-8")
	}
	return string(field), nil
}
