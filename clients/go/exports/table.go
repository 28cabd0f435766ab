package exports

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// row is one row of an export: what stands in each column, whatever the file is.
type row map[string]string

// get gives the first of some columns that has something in it.
func (r row) get(names ...string) string {
	for _, n := range names {
		if v := strings.TrimSpace(r[n]); v != "" {
			return v
		}
	}
	return ""
}

// data are the tables of an export by their plain names, and the documents that
// are no table.
type data struct {
	tables map[string][]row
	plants []planned // of planning examples
	cases  []workCase
}

// most bounds one unpacked file.
const most = 256 << 20

// load reads files and folders, also packed by gzip, into one set of tables: an
// export may come in parts.
func load(paths []string) (*data, error) {
	d := &data{tables: map[string][]row{}}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			if err := d.file(name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *data) file(name string) error {
	plain := strings.TrimSuffix(name, ".gz")
	ext := strings.ToLower(filepath.Ext(plain))
	if ext != ".csv" && ext != ".tsv" && ext != ".json" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var in io.Reader = bufio.NewReader(f)
	if plain != name {
		if in, err = gzip.NewReader(in); err != nil {
			return err
		}
	}
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return err
	}
	if len(text) > most {
		return fmt.Errorf("it holds more than %d bytes", most)
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	if ext == ".json" {
		return d.document(text)
	}
	rows, err := readTable(text)
	if err != nil {
		return err
	}
	table := plainName(strings.TrimSuffix(filepath.Base(plain), filepath.Ext(plain)))
	d.tables[table] = append(d.tables[table], rows...)
	return nil
}

// readTable reads a table with commas, semicolons or tabs. Where semicolons part
// the columns, a comma in a figure is its point.
func readTable(text []byte) ([]row, error) {
	head, _, _ := bytes.Cut(text, []byte("\n"))
	table := csv.NewReader(bytes.NewReader(text))
	for _, sep := range ";\t" {
		if bytes.Count(head, []byte(string(sep))) > bytes.Count(head, []byte(string(table.Comma))) {
			table.Comma = sep
		}
	}
	cells, err := table.ReadAll()
	if err != nil || len(cells) == 0 {
		return nil, err
	}
	names := make([]string, len(cells[0]))
	for i, h := range cells[0] {
		if names[i] = plainColumn(h); names[i] != "" && slices.Contains(names[:i], names[i]) {
			return nil, fmt.Errorf("the column %s stands twice", h)
		}
	}
	var rows []row
	for _, line := range cells[1:] {
		r := row{}
		for i, cell := range line {
			if whole, part, one := strings.Cut(cell, ","); one && table.Comma == ';' && digits(strings.TrimPrefix(whole, "-")) && digits(part) {
				cell = whole + "." + part
			}
			r[names[i]] = cell
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// plainName brings names of tables to one form: build_lines, build.buildline and
// BuildLine are the same.
func plainName(s string) string {
	s = strings.ToLower(s[strings.LastIndexByte(s, '.')+1:])
	return strings.TrimSuffix(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s), "s")
}

// plainColumn does it for columns: item, item_id and Item are the same.
func plainColumn(s string) string {
	s = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
	if s != "id" && s != "_id" {
		s = strings.TrimSuffix(s, "_id")
	}
	return s
}

// document reads JSON: the objects of a database with their model, a planning
// example, or worked cases.
func (d *data) document(text []byte) error {
	var objects []struct {
		Model  string                     `json:"model"`
		Key    json.RawMessage            `json:"pk"`
		Fields map[string]json.RawMessage `json:"fields"`
		Case   string                     `json:"case"`
	}
	if err := json.Unmarshal(text, &objects); err != nil {
		var p planned
		if json.Unmarshal(text, &p) != nil || len(p.Products)+len(p.Lines)+len(p.Stock) == 0 {
			return fmt.Errorf("it is no export that is known: %w", err)
		}
		d.plants = append(d.plants, p)
		return nil
	}
	for i, o := range objects {
		switch {
		case o.Model != "":
			r := row{}
			for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
				r[plainColumn(name)] = scalar(o.Fields[name])
			}
			if key := scalar(o.Key); key != "" {
				r["pk"] = key
			}
			table := plainName(o.Model)
			d.tables[table] = append(d.tables[table], r)
		case o.Case != "":
			var all []workCase
			if err := json.Unmarshal(text, &all); err != nil {
				return err
			}
			d.cases = append(d.cases, all...)
			return nil
		default:
			return fmt.Errorf("object %d names no model", i)
		}
	}
	return nil
}

// scalar gives a text, or a number with the digits that it was written with;
// nothing for lists and objects.
func scalar(raw json.RawMessage) string {
	var s string
	switch text := strings.TrimSpace(string(raw)); {
	case text == "" || text == "null" || text[0] == '[' || text[0] == '{':
		return ""
	case json.Unmarshal(raw, &s) == nil:
		return s
	default:
		return text
	}
}
