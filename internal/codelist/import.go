package codelist

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"seine/internal/clock"
)

// Report tells what Import made.
type Report struct {
	Epoch string       // of the whole set
	Lists []ListReport // in the order of the index
}

// ListReport tells what became of one list.
type ListReport struct {
	Name    ListName
	Rows    int            // entries written
	Bytes   int            // of the file written
	Skipped map[string]int // rows of the source not taken over, by reason
}

// Import makes the files of facts in folder out from the public tables in from,
// which is the folder 03-codes or one that holds it. The same input gives the
// same bytes. progress, when not nil, is told after each list how many of how
// many are done. Everything is made in memory first and the index is written
// last, so an import that is broken off leaves a folder that Load refuses or
// the old one; start it again.
func Import(from, out string, progress func(done, total int, list ListName)) (Report, error) {
	dir, err := codesFolder(from)
	if err != nil {
		return Report{}, err
	}
	all := specs()
	var report Report
	index := bytes.NewBufferString(strings.Join(indexColumns, "\t") + "\n")
	files := make(map[string][]byte, len(all))
	for n, sp := range all {
		r := &reader{skipped: map[string]int{}, open: func(file string) ([]byte, error) {
			return os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		}}
		entries, err := sp.read(r)
		if err != nil {
			return Report{}, fmt.Errorf("import code list %s: %w", sp.name, err)
		}
		sortEntries(entries)
		if err := sound(entries); err != nil {
			return Report{}, fmt.Errorf("import code list %s: %w", sp.name, err)
		}
		raw := writeFacts(entries)
		sum := sha256.Sum256(raw)
		file, body := string(sp.name)+".tsv", raw
		if sp.compressed {
			file += ".gz"
			if body, err = compress(raw); err != nil {
				return Report{}, fmt.Errorf("import code list %s: %w", sp.name, err)
			}
		}
		files[file] = body
		fmt.Fprintln(index, strings.Join([]string{
			string(sp.name), sp.title, sp.titleZH, string(sp.coverage), sp.form, sp.source, sp.licence, sp.note,
			strconv.Itoa(len(entries)), hex.EncodeToString(sum[:]), file,
		}, "\t"))
		report.Lists = append(report.Lists, ListReport{Name: sp.name, Rows: len(entries), Bytes: len(body), Skipped: r.skipped})
		if progress != nil {
			progress(n+1, len(all), sp.name)
		}
	}
	sum := sha256.Sum256(index.Bytes())
	report.Epoch = hex.EncodeToString(sum[:])
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return Report{}, fmt.Errorf("make the folder of facts: %w", err)
	}
	for _, name := range names {
		if err := replaceFile(filepath.Join(out, name), files[name]); err != nil {
			return Report{}, err
		}
	}
	return report, replaceFile(filepath.Join(out, indexFile), index.Bytes())
}

// codesFolder finds the folder with the tables at or below from.
func codesFolder(from string) (string, error) {
	for _, dir := range []string{from, filepath.Join(from, "03-codes"), filepath.Join(from, "data", "03-codes")} {
		if _, err := os.Stat(filepath.Join(dir, "iso_countries.csv")); err == nil {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no code tables at %s: iso_countries.csv is not there", from)
}

func compress(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func replaceFile(path string, body []byte) error {
	part := path + ".part"
	if err := os.WriteFile(part, body, 0o644); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	return nil
}

// sound refuses what the file of facts could not carry or a lookup could not
// find again.
func sound(entries []Entry) error {
	for i, e := range entries {
		if e.Code == "" {
			return errors.New("an entry has no code")
		}
		if strings.ContainsAny(e.Code+e.Name+e.NameZH+e.packed, "\t\n\r\x00") {
			return fmt.Errorf("%s: a tab or line end inside a field", e.Code)
		}
		if i > 0 && entries[i-1].Code == e.Code && (entries[i-1].ValidTo == 0 || e.ValidFrom <= entries[i-1].ValidTo) {
			return fmt.Errorf("%s: two entries for the same days", e.Code)
		}
	}
	return nil
}

// spec says how one list is made.
type spec struct {
	name           ListName
	title, titleZH string
	coverage       Coverage
	form           string
	source         string
	licence        string
	note           string
	compressed     bool
	read           func(*reader) ([]Entry, error)
}

// reader reads source tables and counts what is left out.
type reader struct {
	open    func(file string) ([]byte, error)
	skipped map[string]int
}

func (r *reader) skip(reason string) { r.skipped[reason]++ }

// table reads a CSV (gzip when the name says so) whose first line names the
// columns and calls row with a getter by column name. A missing column is an error.
func (r *reader) table(file string, columns []string, row func(get func(string) string) error) error {
	raw, err := r.open(file)
	if err != nil {
		return err
	}
	var in io.Reader = bytes.NewReader(raw)
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		in = z
	}
	lines := csv.NewReader(in)
	lines.ReuseRecord = true
	head, err := lines.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	at := map[string]int{}
	for i, name := range head {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}
	for _, c := range columns {
		if _, ok := at[c]; !ok {
			return fmt.Errorf("%s: no column %q", file, c)
		}
	}
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := row(func(name string) string { return text(record[at[name]]) }); err != nil {
			line, _ := lines.FieldPos(0)
			return fmt.Errorf("%s, line %d: %w", file, line, err)
		}
	}
}

func (r *reader) json(file string, into any) error {
	raw, err := r.open(file)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // coordinates stay decimal text
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// text brings a cell to one line in composed form (NFC).
func text(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }

// pack joins name, value pairs to an attribute text; pairs with an empty value
// are left out and the separator inside a value becomes a slash.
func pack(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('|')
		}
		b.WriteString(pairs[i] + "=" + strings.ReplaceAll(pairs[i+1], "|", "/"))
	}
	return b.String()
}

// lastDay gives the last day of a text such as "2003-01", "1989 to 1990" or
// "1990-07 to 1990-09": the standard publishes months only.
func lastDay(s string) (clock.Date, error) {
	_, after, ranged := strings.Cut(s, " to ")
	if ranged {
		s = after
	} else if len(s) == 9 && s[4] == '-' {
		s = s[5:] // "1989-1990"
	}
	if len(s) == 4 {
		s += "-12"
	}
	first, err := clock.ParseDate(s + "-01")
	if err != nil {
		return 0, err
	}
	return first.AddMonths(1) - 1, nil
}
