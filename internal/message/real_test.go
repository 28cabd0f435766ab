package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"seine/internal/fault"
	"seine/internal/manifest"
)

// shared gives a folder of real data, or skips the test.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("SEINE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(append([]string{root, "data"}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("shared data is not here")
	}
	return dir
}

func TestRealCargoReportsBecomeManifests(t *testing.T) {
	dir := shared(t, "04-messages", "edifact")
	names, err := filepath.Glob(filepath.Join(dir, "CUSCAR*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		readings, err := ReadCuscar(f)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, r := range readings {
			out, err := json.MarshalIndent(r, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Manifest.Consignments) == 0 {
				t.Errorf("%s: no bill of lading", name)
			}
			t.Logf("%s\n%s\nrules: %v", filepath.Base(name), out, r.Manifest.Check(manifest.SecondaryData, nil, 0))
		}
	}
}

var (
	comment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	assessed = regexp.MustCompile(`<(\w+:)?TaxAssessedAmount\b`)
)

func TestRealWCODocumentsAreRead(t *testing.T) {
	dir := shared(t, "04-messages", "wco-xml")
	f, err := os.Open(filepath.Join(dir, "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := NewTable(f, nil, TableLimits{})
	if err != nil {
		t.Fatal(err)
	}
	files, lines, taxes, broken := 0, 0, 0, 0
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		name := row.Text("file")
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		d, err := ReadWCO(bytes.NewReader(raw))
		if row.Text("well_formed") == "no" {
			broken++
			if !fault.Is(err, "MSG-XML-SYNTAX-01") {
				t.Errorf("%s: not well formed, but got %v", name, err)
			}
			continue
		}
		if err != nil {
			if row.Text("well_formed") == "yes" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		files++
		if row.Text("wco_type") != "DEC" {
			continue
		}
		foundLines, foundTaxes := 0, 0
		for _, declaration := range d.Declarations {
			foundLines += len(declaration.Lines)
			for _, item := range declaration.Lines {
				for _, tax := range item.Taxes {
					if tax.Assessed != nil {
						foundTaxes++
					}
				}
			}
		}
		if want, _ := row.Whole("goods_items"); want != foundLines {
			t.Errorf("%s: %d goods items, want %d", name, foundLines, want)
		}
		// The list counts mentions in comments as well: count elements ourselves.
		if want := len(assessed.FindAll(comment.ReplaceAll(raw, nil), -1)); want != foundTaxes {
			t.Errorf("%s: %d taxes assessed, want %d", name, foundTaxes, want)
		}
		lines += foundLines
		taxes += foundTaxes
	}
	t.Logf("%d documents, %d goods items, %d taxes; %d not well formed", files, lines, taxes, broken)
}

func TestRealAsycudaDeclarationsAreRead(t *testing.T) {
	dir := shared(t, "04-messages", "asycuda")
	f, err := os.Open(filepath.Join(dir, "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := NewTable(f, nil, TableLimits{})
	if err != nil {
		t.Fatal(err)
	}
	decode := Formats()["asycuda"].Decode
	lines, taxes := 0, 0
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(filepath.Join(dir, row.Text("file")))
		if err != nil {
			t.Fatal(err)
		}
		value, err := decode(in)
		in.Close()
		if err != nil {
			t.Errorf("%s: %v", row.Text("file"), err)
			continue
		}
		sad := value.(*SAD)
		if want, _ := row.Whole("items"); want != len(sad.Lines) {
			t.Errorf("%s: %d items, want %d", row.Text("file"), len(sad.Lines), want)
		}
		filled := 0
		for _, item := range sad.Lines {
			for _, tax := range item.Taxes {
				if tax.Amount != "" {
					filled++
				}
			}
		}
		if want, _ := row.Whole("tax_amounts_filled"); want != filled {
			t.Errorf("%s: %d tax amounts, want %d", row.Text("file"), filled, want)
		}
		lines += len(sad.Lines)
		taxes += filled
	}
	t.Logf("%d items, %d tax amounts", lines, taxes)
}
