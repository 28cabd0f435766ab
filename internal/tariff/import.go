package tariff

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Unread is a rate text that an importer did not understand; it stands on the
// schedule with its text and is never calculated with.
type Unread struct {
	Code   Code
	Column Kind
	Text   string
}

// SourceReport says what one source gave.
type SourceReport struct {
	Name        string // of the schedule
	File        string // source file, in the folder of the tariff
	Commodities int
	Measures    int
	Rates       int // rate texts read
	Understood  int // of these, understood
	Referring   int // of these, understood but pointing elsewhere
	Stating     int // of the texts read, those that state a rate at all
	// Conditions that measures make, and of these the understood ones: what must be
	// shown or reached, and what follows.
	Conditions, ConditionsUnderstood int
	Unread                           []Unread
	Rejected                         []string // rows that are no tariff line, with the reason
	Written                          string   // file written
	Bytes                            int
	Epoch                            string
}

// Report says what an import gave.
type Report struct {
	Sources []SourceReport
	Missing []string // source files that are not there
}

// Progress is told of each step of a long import; done and of count sources.
type Progress func(step string, done, of int)

// importer reads one source: which file, how, and what the schedule is called.
type importer struct {
	name, file string
	read       func(in io.Reader, r *SourceReport) (*Schedule, error)
	folder     func(in []io.Reader, r *SourceReport) (*Schedule, error) // when file is a folder
}

func importers() []importer {
	return []importer{
		{name: "hs", file: "hs_nomenclature_2022.csv.gz", read: ImportHS},
		{name: "cn", file: "cn_tariff_2026_subset.csv", read: ImportCN},
		{name: "us", file: "us_hts_2025-05.jsonl.gz", read: ImportUS},
		{name: "uk2020", file: "uk_global_tariff_2020.csv.gz", read: ImportUKGlobal},
		{name: "uk", file: "uk_commodities", folder: ImportUK},
		{name: "uk-seasonal", file: "uk_seasonal_measures.csv", read: ImportUKSeasons},
	}
}

// Import reads every public source under dir (the shared data folder, or the
// folder of the tariff in it) and writes each as compact facts NAME.tsv.gz into
// the folder out. The same sources give the same bytes. A source that is not
// there is reported as missing and its facts are left as they are; no source at
// all is an error.
func Import(dir, out string, progress Progress) (Report, error) {
	var report Report
	dir = sourceFolder(dir)
	list := importers()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	for i, im := range list {
		progress("reading "+im.file, i, len(list))
		r := SourceReport{Name: im.name, File: im.file}
		s, err := im.run(dir, &r)
		if errors.Is(err, fs.ErrNotExist) {
			report.Missing = append(report.Missing, im.file)
			continue
		}
		if err != nil {
			return report, fmt.Errorf("%s: %w", im.file, err)
		}
		r.Commodities, r.Measures = s.Len()
		r.Epoch, r.Written = s.Epoch(), im.name+".tsv.gz"
		packed, err := pack(s)
		if err != nil {
			return report, err
		}
		r.Bytes = len(packed)
		if err := os.MkdirAll(out, 0o755); err != nil {
			return report, fmt.Errorf("make folder for tariff facts: %w", err)
		}
		target := filepath.Join(out, r.Written)
		if err := os.WriteFile(target+".part", packed, 0o644); err != nil {
			return report, fmt.Errorf("write tariff facts: %w", err)
		}
		if err := os.Rename(target+".part", target); err != nil {
			return report, fmt.Errorf("write tariff facts: %w", err)
		}
		report.Sources = append(report.Sources, r)
	}
	progress("done", len(list), len(list))
	if len(report.Sources) == 0 {
		return report, fmt.Errorf("no tariff source under %s", dir)
	}
	return report, nil
}

// sourceFolder gives the folder under dir that the sources lie in: dir may be the
// folder of all shared data, or that of the tariff alone.
func sourceFolder(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, "02-tariff")); err == nil {
		return filepath.Join(dir, "02-tariff")
	}
	return dir
}

// run reads the importer's file, or every file of its folder in order of name.
func (im *importer) run(dir string, r *SourceReport) (*Schedule, error) {
	path := filepath.Join(dir, im.file)
	files := []string{path}
	if im.folder != nil {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("read folder: %w", err)
		}
		files = files[:0]
		for _, e := range entries {
			if !e.IsDir() {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
	}
	in := make([]io.Reader, len(files))
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
		if in[i], err = plain(bytes.NewReader(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	if im.folder != nil {
		return im.folder(in, r)
	}
	return im.read(in[0], r)
}

// pack writes the facts compressed, without time or name, so that the bytes
// depend on the content alone.
func pack(s *Schedule) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack tariff facts: %w", err)
	}
	if err := WriteFacts(z, s); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack tariff facts: %w", err)
	}
	return b.Bytes(), nil
}

// plain unpacks gzip when the content is packed, and drops a byte order mark.
func plain(in io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(in, 1<<16)
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		b = bufio.NewReaderSize(z, 1<<16)
	}
	if head, _ := b.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		if _, err := b.Discard(3); err != nil {
			return nil, fmt.Errorf("read: %w", err)
		}
	}
	return b, nil
}

// count notes one rate text in the report.
func (r *SourceReport) count(code Code, column Kind, e *Expression) {
	r.Rates++
	if e.Understood || statesRate(e.Text) {
		r.Stating++
	}
	switch {
	case !e.Understood:
		r.Unread = append(r.Unread, Unread{code, column, e.Text})
	case e.Reference != NoReference:
		r.Referring++
		r.Understood++
	default:
		r.Understood++
	}
}

// statesRate tells whether a text that was not understood states a rate: one
// without any digit ("suspended", ":") has none to understand.
func statesRate(text string) bool {
	return strings.ContainsAny(text, "0123456789") || strings.Contains(strings.ToLower(text), "free")
}

// condition notes one condition of a measure: it is understood when it says by
// what it is met, or that it is what remains, and what follows.
func (r *SourceReport) condition(code Code, c *Condition) {
	r.Conditions++
	_, known := ukConditions[c.Code]
	if known && (c.Action != "" || c.Text != "") && (c.Duty == nil || c.Duty.Understood) {
		r.ConditionsUnderstood++
		return
	}
	r.reject(fmt.Sprintf("%s: condition %s %s is not understood", code, c.Code, c.Text))
}

func (r *SourceReport) reject(reason string) { r.Rejected = append(r.Rejected, reason) }

// UnreadTexts gives the different texts not understood, in order.
func (r *SourceReport) UnreadTexts() []string {
	var texts []string
	for _, u := range r.Unread {
		texts = append(texts, u.Text)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// shareOf gives part of whole in percent, cut to two decimals: it is not 100 while
// anything is missing, and all of nothing is 100.
func shareOf(part, whole int) string {
	if whole == 0 {
		return "100.00"
	}
	n := part * 100_00 / whole
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

// String gives the report of one source on one line.
func (r *SourceReport) String() string {
	text := fmt.Sprintf("%s: %d lines, %d measures, %d of %d rate texts understood (%s %%, %d pointing elsewhere)",
		r.Name, r.Commodities, r.Measures, r.Understood, r.Rates, shareOf(r.Understood, r.Rates), r.Referring)
	if r.Stating != r.Rates {
		text += fmt.Sprintf(", of the %d that state a rate %s %%", r.Stating, shareOf(r.Understood, r.Stating))
	}
	if r.Conditions > 0 {
		text += fmt.Sprintf(", %d of %d conditions understood", r.ConditionsUnderstood, r.Conditions)
	}
	text += fmt.Sprintf(", %d bytes, epoch %s", r.Bytes, r.Epoch)
	if n := len(r.Unread); n > 0 {
		texts := r.UnreadTexts()
		more := ""
		if len(texts) > 12 {
			more = fmt.Sprintf(" and %d more", len(texts)-12)
			texts = texts[:12]
		}
		text += ", not understood: " + strings.Join(texts, " | ") + more
	}
	if n := len(r.Rejected); n > 0 {
		text += fmt.Sprintf(", left out %d: %s", n, strings.Join(r.Rejected[:min(n, 5)], " | "))
		if n > 5 {
			text += fmt.Sprintf(" and %d more", n-5)
		}
	}
	return text
}
