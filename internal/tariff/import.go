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
	File        string // source file, relative to the data folder
	Commodities int
	Measures    int
	Rates       int // rate texts read
	Understood  int // of these, understood
	Referring   int // of these, understood but pointing elsewhere
	Unread      []Unread
	Rejected    []string // rows that are no tariff line, with the reason
	Written     string   // file written
	Bytes       int
	Epoch       string
}

// Report says what an import gave.
type Report struct {
	Sources []SourceReport
	Missing []string // source files that are not there
}

// Progress is told of each step of a long import; done and of count sources.
type Progress func(step string, done, of int)

// source is one importer: which file it reads, how, and what it is called.
type importer struct {
	name, file string
	read       func(in io.Reader, r *SourceReport) (*Schedule, error)
}

func importers() []importer {
	return []importer{
		{"hs", "02-tariff/hs_nomenclature_2022.csv.gz", ImportHS},
		{"cn", "02-tariff/cn_tariff_2026_subset.csv", ImportCN},
		{"us", "02-tariff/us_hts_2025-05.jsonl.gz", ImportUS},
	}
}

// Import reads every public source under dir (the shared data folder) and writes
// each as compact facts NAME.tsv.gz into the folder out. The same sources give
// the same bytes. A source that is not there is reported as missing and its
// facts are left as they are; no source at all is an error.
func Import(dir, out string, progress Progress) (Report, error) {
	var report Report
	list := importers()
	if progress == nil {
		progress = func(string, int, int) {}
	}
	for i, im := range list {
		progress("reading "+im.file, i, len(list))
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(im.file)))
		if errors.Is(err, fs.ErrNotExist) {
			report.Missing = append(report.Missing, im.file)
			continue
		}
		if err != nil {
			return report, fmt.Errorf("read tariff source: %w", err)
		}
		r := SourceReport{Name: im.name, File: im.file}
		in, err := plain(bytes.NewReader(text))
		if err != nil {
			return report, fmt.Errorf("%s: %w", im.file, err)
		}
		s, err := im.read(in, &r)
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

// String gives the report of one source on one line.
func (r *SourceReport) String() string {
	share := 100.0
	if r.Rates > 0 {
		share = 100 * float64(r.Understood) / float64(r.Rates)
	}
	text := fmt.Sprintf("%s: %d lines, %d measures, %d of %d rate texts understood (%.2f %%, %d pointing elsewhere), %d bytes, epoch %s",
		r.Name, r.Commodities, r.Measures, r.Understood, r.Rates, share, r.Referring, r.Bytes, r.Epoch)
	if n := len(r.Unread); n > 0 {
		text += ", not understood: " + strings.Join(r.UnreadTexts(), " | ")
	}
	return text
}
