package codelist

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"seine/internal/clock"
)

//go:embed data
var facts embed.FS

// Set is all code lists of one edition: a snapshot that never changes and may
// be shared by any number of readers.
type Set struct {
	epoch string
	names []ListName
	lists map[ListName]func() *List
	meta  map[ListName]List
	units func() *unitTable
}

// Default gives the set that is built into the program. A damaged build panics;
// a test reads every list.
var Default = sync.OnceValue(func() *Set {
	s, err := Load(dataFS())
	if err != nil {
		panic(err)
	}
	return s
})

func dataFS() fs.FS {
	sub, err := fs.Sub(facts, "data")
	if err != nil {
		panic(err) // only for a name that is no path
	}
	return sub
}

// indexFile lists the files of facts with their metadata and checksums.
const indexFile = "index.tsv"

// Load reads a folder written by Import. The index and the small lists are
// read and verified now; a compressed list (UN/LOCODE) is read at its first
// use, so that a short command does not pay for 88,000 ports.
func Load(from fs.FS) (*Set, error) {
	index, err := fs.ReadFile(from, indexFile)
	if err != nil {
		return nil, fmt.Errorf("read the index of code lists: %w", err)
	}
	sum := sha256.Sum256(index)
	s := &Set{
		epoch: hex.EncodeToString(sum[:]),
		lists: map[ListName]func() *List{},
		meta:  map[ListName]List{},
	}
	metas, err := parseIndex(index)
	if err != nil {
		return nil, err
	}
	for _, m := range metas {
		s.names = append(s.names, m.Name)
		s.meta[m.Name] = m.List
		if strings.HasSuffix(m.file, ".gz") {
			if _, err := fs.Stat(from, m.file); err != nil {
				return nil, fmt.Errorf("code list %s: %w", m.Name, err)
			}
			s.lists[m.Name] = sync.OnceValue(func() *List {
				l, err := loadList(from, m)
				if err != nil {
					panic(err)
				}
				return l
			})
			continue
		}
		l, err := loadList(from, m)
		if err != nil {
			return nil, err
		}
		s.lists[m.Name] = func() *List { return l }
	}
	s.units = sync.OnceValue(func() *unitTable { return newUnitTable(s) })
	return s, nil
}

// Epoch names the content of the set: the SHA-256 of its index, which holds the
// SHA-256 of every list.
func (s *Set) Epoch() string { return s.epoch }

// Names gives the lists in the order of the index.
func (s *Set) Names() []ListName { return append([]ListName(nil), s.names...) }

// List gives a list by name; nil when the set has none of that name.
func (s *Set) List(name ListName) *List {
	load, ok := s.lists[name]
	if !ok {
		return nil
	}
	return load()
}

// About gives the metadata of a list (title, source, licence, rows, note)
// without loading its entries.
func (s *Set) About(name ListName) (List, bool) {
	m, ok := s.meta[name]
	return m, ok
}

// At gives what code means in the list on day on.
func (s *Set) At(name ListName, code string, on clock.Date) (Entry, bool) {
	l := s.List(name)
	if l == nil {
		return Entry{}, false
	}
	return l.At(code, on)
}

type listMeta struct {
	List
	file string
}

var indexColumns = []string{
	"name", "title", "title_zh", "coverage", "form", "source", "licence", "note", "rows", "sha256", "file",
}

func parseIndex(index []byte) ([]listMeta, error) {
	lines := strings.Split(strings.TrimSuffix(string(index), "\n"), "\n")
	if len(lines) == 0 || lines[0] != strings.Join(indexColumns, "\t") {
		return nil, errors.New("the index of code lists has other columns than this program reads")
	}
	var metas []listMeta
	for n, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != len(indexColumns) {
			return nil, fmt.Errorf("index of code lists, line %d: %d columns, want %d", n+2, len(f), len(indexColumns))
		}
		rows, err := strconv.Atoi(f[8])
		if err != nil {
			return nil, fmt.Errorf("index of code lists, line %d: rows: %w", n+2, err)
		}
		metas = append(metas, listMeta{file: f[10], List: List{
			Name: ListName(f[0]), Title: f[1], TitleZH: f[2], Coverage: Coverage(f[3]), Form: f[4],
			Source: f[5], Licence: f[6], Note: f[7], Rows: rows, SHA256: f[9],
		}})
	}
	return metas, nil
}

// maxListBytes bounds what one list may unpack to: the largest real one has 5 MB.
const maxListBytes = 64 << 20

func loadList(from fs.FS, m listMeta) (*List, error) {
	raw, err := fs.ReadFile(from, m.file)
	if err != nil {
		return nil, fmt.Errorf("code list %s: %w", m.Name, err)
	}
	if strings.HasSuffix(m.file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("code list %s: %w", m.Name, err)
		}
		if raw, err = io.ReadAll(io.LimitReader(z, maxListBytes)); err != nil {
			return nil, fmt.Errorf("code list %s: %w", m.Name, err)
		}
	}
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != m.SHA256 {
		return nil, fmt.Errorf("code list %s: the file does not have the checksum that the index states", m.Name)
	}
	entries, err := parseFacts(raw)
	if err != nil {
		return nil, fmt.Errorf("code list %s: %w", m.Name, err)
	}
	if len(entries) != m.Rows {
		return nil, fmt.Errorf("code list %s: %d rows, the index states %d", m.Name, len(entries), m.Rows)
	}
	return newList(m.List, entries), nil
}

// factColumns is the first line of every file of facts.
const factColumns = "code\tname\tname_zh\tvalid_from\tvalid_to\tattributes"

// parseFacts reads a file of facts. The rows must be sorted by code and first
// day, and spans of one code must not overlap.
func parseFacts(raw []byte) ([]Entry, error) {
	text := string(raw) // one copy: every string of the list points into it
	head, rest, _ := strings.Cut(text, "\n")
	if head != factColumns {
		return nil, errors.New("the first line does not name the columns of a file of facts")
	}
	entries := make([]Entry, 0, strings.Count(rest, "\n"))
	for n := 2; rest != ""; n++ {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		var f [6]string
		for i := range f {
			var more bool
			f[i], line, more = strings.Cut(line, "\t")
			if more != (i < len(f)-1) {
				return nil, fmt.Errorf("line %d: want %d columns", n, len(f))
			}
		}
		e := Entry{Code: f[0], Name: f[1], NameZH: f[2], packed: f[5]}
		if e.Code == "" {
			return nil, fmt.Errorf("line %d: no code", n)
		}
		if err := e.ValidFrom.UnmarshalText([]byte(f[3])); err != nil {
			return nil, fmt.Errorf("line %d: first day: %w", n, err)
		}
		if err := e.ValidTo.UnmarshalText([]byte(f[4])); err != nil {
			return nil, fmt.Errorf("line %d: last day: %w", n, err)
		}
		if len(entries) > 0 {
			before := entries[len(entries)-1]
			if e.Code < before.Code || (e.Code == before.Code && (before.ValidTo == 0 || e.ValidFrom <= before.ValidTo)) {
				return nil, fmt.Errorf("line %d: %q is out of order or overlaps the span before it", n, e.Code)
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// writeFacts writes entries in the form that parseFacts reads.
func writeFacts(entries []Entry) []byte {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	_, _ = w.WriteString(factColumns + "\n")
	for _, e := range entries {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Code, e.Name, e.NameZH, e.ValidFrom, e.ValidTo, e.packed)
	}
	_ = w.Flush() // into memory: cannot fail
	return b.Bytes()
}
