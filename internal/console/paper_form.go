package console

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/message"
	"seine/internal/num"
)

// formElement is one input of a form. Path is the element of the paper that it
// fills, which faults name it by.
type formElement struct {
	Path  string
	Label Key
	Kind  string
	Code  bool
	Hint  Key
	Wide  bool
}

// formSection is one group of the head.
type formSection struct {
	Title    Key
	Elements []formElement
}

// formShape is what a form asks for: the head in groups, and the columns of its
// lines in the order in which those of a spreadsheet are pasted.
type formShape struct {
	Name     string // id of the form in the page
	Action   string // where it is sent
	Sections []formSection
	Line     []formElement
	// Preset are the elements of a line that the form itself fills in: a line that
	// has nothing else is empty.
	Preset []string
	// Within leads pointers of the paper to the field that holds them:
	// "/equipment" to "/containers".
	Within map[string]string
}

// mostLines bounds the lines of a form; more go by file or API.
const mostLines = 50

// paperForm is a paper as it is being written: every value as it was entered, by
// the pointer of its element; lines as /lines/0/commodity.
type paperForm struct {
	Shape   *formShape
	Values  map[string]string
	Lines   int
	Paste   string
	Key     string
	Faults  fault.List
	Choices map[string][]Option
	Sources map[string]string // of values that were filled in: where from
	Before  map[string]string // of a change: the values in force
	Fixed   []string          // elements that cannot be changed here
	InOrder bool              // it was tried and nothing is wrong
	Revises string            // id of the returned paper whose place it takes
	Levy    *clearance.Levy   // both ways of taxing a sale that was tried
}

func newForm(shape *formShape) paperForm {
	return paperForm{Shape: shape, Values: map[string]string{}, Lines: min(1, len(shape.Line))}
}

func linePath(i int) string { return "/lines/" + strconv.Itoa(i) }

func (f *paperForm) value(path string) string { return f.Values[path] }

// set fills in a value that says something.
func (f *paperForm) set(path, value string) {
	if value != "" && value != "0" {
		f.Values[path] = value
	}
}

// take reads the values as they were entered, folded from full width.
func (f *paperForm) take(posted url.Values) {
	f.Paste = posted.Get("paste")
	for name, values := range posted {
		if strings.HasPrefix(name, "/") && len(values) > 0 {
			f.Values[name] = strings.TrimSpace(values[0])
		}
	}
	for i := range mostLines {
		if f.filled(i) {
			f.Lines = i + 1
		}
	}
	if lines, err := strconv.Atoi(posted.Get("lines")); err == nil && len(f.Shape.Line) > 0 {
		f.Lines = min(max(f.Lines, lines), mostLines)
	}
}

// filled tells whether anything but what the form itself presets stands on a line.
func (f *paperForm) filled(i int) bool {
	return slices.ContainsFunc(f.Shape.Line, func(e formElement) bool {
		return !slices.Contains(f.Shape.Preset, e.Path) && f.Values[linePath(i)+e.Path] != ""
	})
}

// next is the first line below those that are filled.
func (f *paperForm) next() int {
	next := 0
	for i := range mostLines {
		if f.filled(i) {
			next = i + 1
		}
	}
	return next
}

// takeRows puts rows of a table below the lines that are filled: columns in the
// order of the grid, or as named in the first row. A head that is not understood
// takes nothing in. Faults, at the field: CONSOLE-SHEET-03, -04, CONSOLE-PASTE-01.
func (f *paperForm) takeRows(ctx context.Context, at string, rows [][]string, preset func(path string)) {
	columns := make([]int, len(f.Shape.Line))
	for i := range columns {
		columns[i] = i
	}
	if len(rows) > 0 {
		named, faults := f.heads(ctx, at, rows[0])
		if len(faults) > 0 {
			f.Faults = append(f.Faults, faults...)
			return
		}
		if named != nil {
			columns, rows = named, rows[1:]
		}
	}
	next := f.next()
	for _, row := range rows {
		if !slices.ContainsFunc(row, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue
		}
		if next >= mostLines {
			f.Faults = append(f.Faults, fault.New(fault.Invalid, "CONSOLE-PASTE-01", at, "the form takes {most} lines",
				"send more lines as a file or by the API", "most", mostLines))
			break
		}
		for i, cell := range row {
			if i < len(columns) && columns[i] >= 0 {
				e := &f.Shape.Line[columns[i]]
				value := bareCell(strings.TrimSpace(cell))
				if e.Kind == "date" {
					value = message.Day(value)
				}
				f.Values[linePath(next)+e.Path] = value
			}
		}
		if preset != nil {
			preset(linePath(next))
		}
		next++
	}
	f.Lines = max(f.Lines, next)
}

// heads reads a first row that names the columns, in either language or by the
// element; nil when it is a row of goods, of which every one has a figure. The
// column of the faults, which the form gave out itself, is left out. Faults:
// CONSOLE-SHEET-03 a column that the form does not have, -04 one that stands twice.
func (f *paperForm) heads(ctx context.Context, at string, row []string) ([]int, fault.List) {
	columns, known, named, figures := make([]int, len(row)), 0, 0, false
	var faults fault.List
	for i, cell := range row {
		cell = fold(strings.TrimPrefix(cell, "\ufeff"))
		figures = figures || strings.ContainsFunc(cell, unicode.IsDigit)
		plain := strings.ToLower(cell)
		columns[i] = slices.IndexFunc(f.Shape.Line, func(e formElement) bool {
			return plain != "" && (plain == strings.ToLower(strings.TrimPrefix(e.Path, "/")) || isWord(plain, e.Label) || plain == strings.ToLower(T(ctx, e.Label)))
		})
		if cell != "" {
			named++
		}
		switch {
		case columns[i] >= 0 && slices.Contains(columns[:i], columns[i]):
			faults = append(faults, fault.New(fault.Invalid, "CONSOLE-SHEET-04", at, "the column “{name}” stands twice in the first row", "keep one of them", "name", cell))
		case columns[i] >= 0:
			known++
		case cell != "" && !isWord(plain, "form.sheet.faults"):
			faults = append(faults, fault.New(fault.Invalid, "CONSOLE-SHEET-03", at, "the form has no column “{name}”", "name the columns as the form does, or leave the first row away; the form gives its lines out as a table",
				"name", cell))
		}
	}
	if known < 2 && (figures || named < 2) {
		return nil, nil
	}
	return columns, faults
}

// isWord tells whether a text in small letters is a word of the console in any of
// its languages.
func isWord(text string, k Key) bool {
	return text == strings.ToLower(Word("en", k)) || text == strings.ToLower(Word("zh-CN", k))
}

// pasted gives the rows of a spreadsheet: columns by tabs.
func pasted(text string) [][]string {
	var rows [][]string
	for row := range strings.Lines(text) {
		rows = append(rows, strings.Split(strings.TrimRight(row, "\r\n"), "\t"))
	}
	return rows
}

// sheetLimit bounds an imported table.
const sheetLimit = 256 << 10

// readSheet gives the rows of a file: of a workbook (XLSX, first sheet) or of CSV,
// separated by comma, semicolon or tab, in UTF-8 or, as Chinese spreadsheets write
// it, GB 18030. Faults: CONSOLE-SHEET-01, those of message.ReadRows; all at /sheet.
func readSheet(file io.Reader) ([][]string, error) {
	content, err := io.ReadAll(io.LimitReader(file, sheetLimit+1))
	if err == nil && (len(content) == 0 || len(content) > sheetLimit) {
		err = errors.New("empty or too large")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "CONSOLE-SHEET-01", "/sheet", "the file could not be read as a table", "send CSV or XLSX: one line in each row, at most 256 KiB").Because(err)
	}
	rows, err := message.ReadRows(content)
	list := fault.All(err)
	if list == nil {
		return rows, err
	}
	for i, f := range list {
		g := *f
		g.Path = "/sheet" // where in the file it is, the text says
		list[i] = &g
	}
	return nil, list
}

// rearrange carries out what a form does with its own lines (add one, take
// pasted rows or a file in) and tells whether that was asked.
func (f *paperForm) rearrange(ctx context.Context, r *http.Request, preset func(path string)) bool {
	switch r.PostForm.Get("do") {
	case "add":
		f.Lines = min(f.Lines+1, mostLines)
		if preset != nil {
			preset(linePath(f.Lines - 1))
		}
	case "paste":
		f.takeRows(ctx, "/paste", pasted(f.Paste), preset)
		f.Paste = ""
	case "import":
		file, _, err := r.FormFile("sheet")
		if err != nil {
			f.Faults = fault.List{fault.New(fault.Invalid, "CONSOLE-SHEET-02", "/sheet", "no file was chosen", "choose the file of the lines, then import it")}
			return true
		}
		defer func() { _ = file.Close() }()
		rows, err := readSheet(file)
		if err != nil {
			f.Faults = fault.All(err)
			return true
		}
		f.takeRows(ctx, "/sheet", rows, preset)
	default:
		return false
	}
	return true
}

// onLines gives the faults of a list that speak of lines, for the marks in the
// grid after an import.
func onLines(list fault.List) fault.List {
	var found fault.List
	for _, one := range list {
		if strings.HasPrefix(one.Path, "/lines/") {
			found = append(found, one)
		}
	}
	return found
}

// wantsBack tells whether the lines are to be given back as a file.
func wantsBack(r *http.Request) bool {
	do := r.PostForm.Get("do")
	return do == "sheet" || do == "workbook"
}

// giveBack answers with the lines as a table, CSV or XLSX as was asked, with what
// is wrong with each in a last column, for the spreadsheet that they came from.
func (f *paperForm) giveBack(w http.ResponseWriter, r *http.Request, name string, faults fault.List) {
	ctx := r.Context()
	table := message.Sheet{Name: name}
	for _, e := range f.Shape.Line {
		table.Head = append(table.Head, T(ctx, e.Label))
	}
	table.Head = append(table.Head, T(ctx, "form.sheet.faults"))
	marked := *f
	marked.Faults = faults
	known := marked.known()
	for i := range f.Lines {
		if !f.filled(i) {
			continue
		}
		row := make([]string, 0, len(table.Head))
		for _, e := range f.Shape.Line {
			row = append(row, plainCell(f.Values[linePath(i)+e.Path]))
		}
		var wrong []string
		for _, one := range known {
			if strings.HasPrefix(one.Path, linePath(i)+"/") {
				text, cure := Refusal(ctx, one)
				wrong = append(wrong, sentence(text)+" "+sentence(cure))
			}
		}
		table.Rows = append(table.Rows, append(row, strings.Join(wrong, " ")))
	}
	kind, extension, write := "text/csv; charset=utf-8", ".csv", table.WriteCSV
	if r.PostForm.Get("do") == "workbook" {
		kind, extension, write = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", table.WriteXLSX
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+extension+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_ = write(w) // the answer is on its way: what fails now, fails at the reader
}

// plainCell keeps a spreadsheet from taking a value for a formula.
func plainCell(value string) string {
	if value != "" && strings.ContainsRune(formulaSigns, rune(value[0])) {
		return "'" + value
	}
	return value
}

// bareCell is a cell as it was before plainCell.
func bareCell(value string) string {
	if rest, quoted := strings.CutPrefix(value, "'"); quoted && rest != "" && strings.ContainsRune(formulaSigns, rune(rest[0])) {
		return rest
	}
	return value
}

// formulaSigns are what a spreadsheet takes for the beginning of a formula.
const formulaSigns = "=+-@\t\r"

// known gives the faults with pointers that stand on the form: one about a whole
// party or charge leads to its first field.
func (f *paperForm) known() fault.List {
	list := make(fault.List, len(f.Faults))
	for i, one := range f.Faults {
		list[i] = one
		if path := f.fieldOf(one.Path); path != one.Path {
			moved := *one
			moved.Path = path
			list[i] = &moved
		}
	}
	return list
}

// fieldOf finds the field that a pointer speaks of.
func (f *paperForm) fieldOf(path string) string {
	var fields []string
	for _, section := range f.Shape.Sections {
		for _, e := range section.Elements {
			fields = append(fields, e.Path)
		}
	}
	for i := range f.Lines {
		for _, e := range f.Shape.Line {
			fields = append(fields, linePath(i)+e.Path)
		}
	}
	if path == "" || slices.Contains(fields, path) {
		return path
	}
	for from, to := range f.Shape.Within {
		if path == from || strings.HasPrefix(path, from+"/") {
			return to
		}
	}
	for _, field := range fields {
		if strings.HasPrefix(field, path+"/") {
			return field
		}
	}
	return path
}

// field gives an element of the form as an input, with its faults. Lines have no
// hints: their heads stand above every field.
func (f *paperForm) field(ctx context.Context, e formElement, under string) Field {
	path := under + e.Path
	field := Field{
		Path: path, Name: path, Label: T(ctx, e.Label), Value: f.Values[path], Kind: e.Kind, Code: e.Code, Complete: "off",
		Options: f.Choices[path], Source: f.Sources[path], ReadOnly: slices.Contains(f.Fixed, path),
	}
	if p := pickOf(e); p != "" {
		field.Pick = "pick-" + string(p)
	}
	if field.Options == nil && under != "" {
		field.Options = f.Choices["/lines"+e.Path]
	}
	if field.ReadOnly && len(field.Options) > 0 { // a choice cannot be read only: one is left
		field.Options = slices.DeleteFunc(slices.Clone(field.Options), func(o Option) bool { return o.Value != field.Value })
	}
	if f.Before != nil && f.Before[path] != field.Value {
		field.Changed, field.Before = true, f.Before[path]
	}
	if e.Hint != "" {
		field.Hint = T(ctx, e.Hint)
	}
	for _, one := range f.known() {
		if one.Path == path {
			field.Faults = append(field.Faults, one)
		}
	}
	return field
}

// pasteHint names the columns that are taken.
func (f *paperForm) pasteHint(ctx context.Context) string {
	names := make([]string, len(f.Shape.Line))
	for i, e := range f.Shape.Line {
		names[i] = T(ctx, e.Label)
	}
	return T(ctx, "form.paste.hint", "columns", strings.Join(names, ", "))
}

// sourced tells how many of the fields that have a value were filled in from
// somewhere else.
func (f *paperForm) sourced() (filled, all int) {
	count := func(path string) {
		all++
		if f.Values[path] != "" && f.Sources[path] != "" {
			filled++
		}
	}
	for _, section := range f.Shape.Sections {
		for _, e := range section.Elements {
			count(e.Path)
		}
	}
	for i := range f.Lines {
		for _, e := range f.Shape.Line {
			count(linePath(i) + e.Path)
		}
	}
	return filled, all
}

// from marks every value that has no source yet as coming from there.
func (f *paperForm) from(source string) {
	if f.Sources == nil {
		f.Sources = map[string]string{}
	}
	for path, value := range f.Values {
		if value != "" {
			f.Sources[path] = cmp.Or(f.Sources[path], source)
		}
	}
}

// over lets fill put values in and marks them as coming from source.
func (f *paperForm) over(source string, fill func()) {
	before := f.Values
	f.Values = map[string]string{}
	fill()
	if f.Sources == nil {
		f.Sources = map[string]string{}
	}
	for path, value := range f.Values {
		if value != "" {
			before[path], f.Sources[path] = value, source
		}
	}
	f.Values = before
}

// keep marks the values that are still as they were filled in with their source.
func (f *paperForm) keep(filled *paperForm) {
	f.Sources = map[string]string{}
	for path, source := range filled.Sources {
		if f.Values[path] == filled.Values[path] {
			f.Sources[path] = source
		}
	}
}

// keyed gives the form its key: a new one unless what was sent comes back with
// faults, so that sending it twice does it once.
func (f *paperForm) keyed(r *http.Request) {
	f.Key = cmp.Or(r.PostForm.Get("key"), newKey())
	if len(f.Faults) == 0 && r.Method == http.MethodPost {
		f.Key = newKey()
	}
}

// formReader reads the values of a form and gathers what cannot be read.
type formReader struct {
	f      *paperForm
	faults fault.List
}

// fold brings full-width signs to their plain form: ＭＳＣＵ is MSCU.
func fold(s string) string { return strings.TrimSpace(width.Fold.String(s)) }

func (p *formReader) text(path string) string { return strings.TrimSpace(p.f.Values[path]) }

func (p *formReader) code(path string) string { return strings.ToUpper(fold(p.f.Values[path])) }

// commodity gives a code without the dots that people write into it.
func (p *formReader) commodity(path string) string {
	return strings.NewReplacer(".", "", " ", "").Replace(p.code(path))
}

func (p *formReader) bad(path string, err error) {
	if err != nil {
		p.faults = append(p.faults, at(path, err)...)
	}
}

// number gives the digits of a field without the commas people group them by.
func (p *formReader) number(path string) string {
	return strings.NewReplacer(",", "", " ", "", "\u00a0", "").Replace(fold(p.f.Values[path]))
}

func (p *formReader) quantity(path string) num.Quantity {
	text := p.number(path)
	if text == "" {
		return 0
	}
	q, err := num.ParseQuantity(text)
	p.bad(path, err)
	return q
}

// whole reads a number without decimals. Fault: CONSOLE-FORM-03.
func (p *formReader) whole(path string) int {
	text := p.number(path)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		p.bad(path, fault.New(fault.Invalid, "CONSOLE-FORM-03", "", "“{value}” is not a whole number", "write digits only", "value", text))
	}
	return n
}

func (p *formReader) money(path string) num.Money {
	text := p.number(path)
	if text == "" {
		return 0
	}
	m, err := num.ParseMoney(text)
	p.bad(path, err)
	return m
}

// share reads a rate that is written in percent.
func (p *formReader) share(path string) num.Rate {
	text := strings.TrimSuffix(p.number(path), "%")
	if text == "" {
		return 0
	}
	rate, err := num.ParsePercent(text)
	p.bad(path, err)
	return rate
}

func (p *formReader) day(path string) clock.Date {
	text := fold(p.f.Values[path])
	if text == "" {
		return 0
	}
	d, err := clock.ParseDate(text)
	p.bad(path, err)
	return d
}

func (p *formReader) on(path string) bool { return p.f.Values[path] == "on" }
