package console

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"seine/internal/fault"
)

// Tone is a state as shape and colour together; the word is always beside it.
type Tone string

const (
	Neutral Tone = "neutral"
	OK      Tone = "ok"      // ● in order, green channel
	Warn    Tone = "warn"    // ▲ look at it, yellow channel
	Bad     Tone = "bad"     // ■ held, red channel
	Alarm   Tone = "alarm"   // ◆
	Info    Tone = "info"    // ● under way
	Agreed  Tone = "agreed"  // ✓
	Missed  Tone = "missed"  // ✕
	Pending Tone = "pending" // dashed: not yet
)

// Badge is a state with its word.
type Badge struct {
	Tone Tone
	Text string
}

// Fact is a name and its value; Value may be text or any component.
type Fact struct {
	Name  string
	Value templ.Component
}

// Text is a fact's plain value.
func Text(value string) templ.Component { return text(value) }

// Act is something a person can do on a page. Href makes it a link; Form names
// the form it sends; Off says why it cannot be done now.
type Act struct {
	Text   string
	Href   string
	Form   string // id of the form that it sends
	Name   string // of the button in the form
	Value  string
	Key    string // single key, shown on it
	Danger bool
	Off    string
}

// Column is one head of a table. Href sorts by it.
type Column struct {
	Title  string
	Unit   string // shown after the title of a number
	Number bool
	Href   string
	Sorted string // "ascending", "descending" or "" as aria-sort takes it
}

// Row is one line of a table. The first cell is the row's head; with Href it is
// the link that opens the row.
type Row struct {
	Href    string
	Cells   []templ.Component
	Changed bool // lit: differs from before, or new since the page was opened
	Total   bool
}

// Table is rows under heads, with what to show when there are none.
type Table struct {
	ID      string
	Caption string
	Hidden  bool // the caption is for screen readers only: a title stands above
	Columns []Column
	Rows    []Row
	Pager   Pager
	Empty   State
	Filed   bool // the page offers a file of its own
}

// Pager leads through a long list by keys: no page numbers, no counting.
type Pager struct {
	Shown         string // what is shown, in words: "50 of about 12,400"
	Newer, Older  string // addresses; "" when there is nothing that way
	FirstOfAll    string
	NeverTurnPage bool // the list is whole
}

// Option is one choice of a Field.
type Option struct{ Value, Text string }

// Field is one input of a form with what is wrong with it. Path is the pointer
// that faults name it by; it also makes the id of the input.
type Field struct {
	Path     string // RFC 6901: "/lines/2/origin"
	Name     string // of the input
	Label    string
	Value    string
	Hint     string
	Source   string // where a value came from that was filled in
	Changed  bool   // differs from the value in force
	Before   string // that value
	Kind     string // text, date, number, password, textarea, select, checkbox; "" is text
	Options  []Option
	Code     bool // shown in mono
	Required bool
	ReadOnly bool
	Complete string // autocomplete token, "off" when there is none
	Pick     string // id of the list that is offered while it is written
	Faults   fault.List
}

// rowOf gives the row of a file that a path points into, counted below its head;
// "" for a path of a form.
func rowOf(path string) string {
	rest, of := strings.CutPrefix(path, "/row/")
	row, _, _ := strings.Cut(rest, "/")
	if !of || row == "0" {
		return ""
	}
	return row
}

// Of gives the faults of list that are about this path.
func Of(list fault.List, path string) fault.List {
	var found fault.List
	for _, f := range list {
		if f.Path == path {
			found = append(found, f)
		}
	}
	return found
}

// FieldID gives the id of the input for a path, which links of the summary use.
func FieldID(path string) string {
	id := []byte("f")
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			id = append(id, c)
		default:
			id = append(id, '-')
		}
	}
	return string(id)
}

// describedBy lists the ids of what explains a field.
func (f Field) describedBy() string {
	id, list := FieldID(f.Path), ""
	add := func(part string, wanted bool) {
		if !wanted {
			return
		}
		if list != "" {
			list += " "
		}
		list += id + part
	}
	add("-hint", f.Hint != "")
	add("-source", f.Source != "")
	add("-before", f.Changed)
	add("-fault", len(f.Faults) > 0)
	return list
}

// StateKind is why a list or a page shows nothing.
type StateKind string

const (
	StateEmpty     StateKind = "empty"
	StateForbidden StateKind = "forbidden"
	StateFailed    StateKind = "failed"
	StateStale     StateKind = "stale"
)

// State is what stands where there is nothing to show: what is so, and what to
// do next.
type State struct {
	Kind  StateKind
	Title string
	Text  string
	Cure  string
	Code  string
	Act   Act
}

// View is a saved view over a list: a worklist by due time, by channel.
type View struct {
	Text    string
	Count   string
	Href    string
	Current bool
}

func sorted(c Column) templ.Attributes {
	if c.Sorted == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": c.Sorted}
}

func numeric(columns []Column, i int) bool { return i < len(columns) && columns[i].Number }

func inputType(f Field) string {
	switch f.Kind {
	case "", "number": // numbers are text: a wheel may not change them, and grouping is ours
		return "text"
	}
	return f.Kind
}

// inputAttributes are the same for every kind of input; only what is set stands
// in the page.
func inputAttributes(f Field) templ.Attributes {
	a := templ.Attributes{"id": FieldID(f.Path), "name": f.Name}
	if f.Required {
		a["required"] = true
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if f.Kind == "number" {
		a["inputmode"] = "decimal"
	}
	switch {
	case f.Pick != "": // browsers offer no list where they may complete nothing
		a["list"] = f.Pick
	case f.Complete != "":
		a["autocomplete"] = f.Complete
	}
	if by := f.describedBy(); by != "" {
		a["aria-describedby"] = by
	}
	if len(f.Faults) > 0 {
		a["aria-invalid"] = "true"
	}
	return a
}

// sentence writes the first letter large and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	last, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case strings.ContainsRune(".?!。？！…", last):
		return s
	case containsChinese(s):
		return s + "。"
	}
	return s + "."
}

func containsChinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func first(text, _ string) string  { return text }
func second(_, cure string) string { return cure }

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func yesNo(yes bool) string {
	if yes {
		return "true"
	}
	return "false"
}

// pageName is what a page is called in the title of the window.
func pageName(p Page) string {
	if p.ID == "" {
		return p.Title
	}
	return Container(p.ID) + " " + p.Title
}

func actAttributes(a Act) templ.Attributes {
	attributes := keyAttribute(a)
	for name, value := range map[string]string{"form": a.Form, "name": a.Name, "value": a.Value} {
		if value != "" {
			attributes[name] = value
		}
	}
	return attributes
}

func keyAttribute(a Act) templ.Attributes {
	if a.Key == "" {
		return templ.Attributes{}
	}
	return templ.Attributes{"data-key": a.Key}
}
