// Package jsonform writes JSON by hand: for the few documents that every
// declaration leaves behind, where the general encoder was a third of the work.
// What it writes is, byte for byte, what encoding/json writes.
package jsonform

import (
	"encoding"
	"encoding/json"
	"slices"
	"strconv"
)

// Appender is a document that writes itself.
type Appender interface {
	// AppendJSON appends the document to b.
	AppendJSON(b []byte) ([]byte, error)
}

// Writer appends JSON to B. The caller opens and closes what it writes; commas
// stand where they must by themselves.
type Writer struct{ B []byte }

// comma sets one apart from the value before.
func (w *Writer) comma() {
	if n := len(w.B); n > 0 {
		switch w.B[n-1] {
		case '{', '[', ':', ',':
		default:
			w.B = append(w.B, ',')
		}
	}
}

// Open begins an object '{' or a list '['.
func (w *Writer) Open(bracket byte) {
	w.comma()
	w.B = append(w.B, bracket)
}

// Close ends an object '}' or a list ']'.
func (w *Writer) Close(bracket byte) { w.B = append(w.B, bracket) }

// Name begins a member. Names are plain: letters, digits, dots, underscores.
func (w *Writer) Name(name string) {
	w.comma()
	w.B = append(w.B, '"')
	w.B = append(w.B, name...)
	w.B = append(w.B, '"', ':')
}

// Text writes a text.
func (w *Writer) Text(s string) {
	w.comma()
	w.B = appendText(w.B, s)
}

// Int writes a whole number.
func (w *Writer) Int(n int64) {
	w.comma()
	w.B = strconv.AppendInt(w.B, n, 10)
}

// Bool writes true or false.
func (w *Writer) Bool(v bool) {
	w.comma()
	w.B = strconv.AppendBool(w.B, v)
}

// Raw writes JSON that is there already; none is null.
func (w *Writer) Raw(body []byte) {
	w.comma()
	if len(body) == 0 {
		body = []byte("null")
	}
	w.B = append(w.B, body...)
}

// Member is Name and Text.
func (w *Writer) Member(name, s string) {
	w.Name(name)
	w.Text(s)
}

// Optional is Member where there is a text.
func (w *Writer) Optional(name, s string) {
	if s != "" {
		w.Member(name, s)
	}
}

// Number is Name and Int.
func (w *Writer) Number(name string, n int64) {
	w.Name(name)
	w.Int(n)
}

// Append has a document write itself.
func (w *Writer) Append(d Appender) (err error) {
	w.comma()
	w.B, err = d.AppendJSON(w.B)
	return err
}

// Value writes v as encoding/json does, for what is rare.
func (w *Writer) Value(v any) error {
	body, err := json.Marshal(v)
	if err == nil {
		w.Raw(body)
	}
	return err
}

func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c < 0x20 || c >= 0x80 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return appendQuoted(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendQuoted writes a text that has more than plain letters. Letters beyond
// ASCII stand as they are, but for the two line ends that JavaScript knows and
// for what is no UTF-8; encoding/json is asked about those.
func appendQuoted(b []byte, s string) []byte {
	for _, r := range s {
		if r < 0x20 || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029' || r == '\uFFFD' || r == 0x7F {
			quoted, err := json.Marshal(s)
			if err != nil { // a text can always be written
				panic(err)
			}
			return append(b, quoted...)
		}
	}
	b = slices.Grow(b, len(s)+2)
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// Plain writes a member whose text needs no escapes: a number or a day.
func Plain[T encoding.TextAppender](w *Writer, name string, v T) {
	w.Name(name)
	b, err := v.AppendText(append(w.B, '"'))
	if err != nil { // numbers and days can always be written
		panic(err)
	}
	w.B = append(b, '"')
}

// Given is Plain where there is something.
func Given[T interface {
	comparable
	encoding.TextAppender
}](w *Writer, name string, v T,
) {
	var nothing T
	if v != nothing {
		Plain(w, name, v)
	}
}

// Rest is a member that is rare, written as encoding/json does where it is given.
func (w *Writer) Rest(name string, given bool, v any) error {
	if !given {
		return nil
	}
	w.Name(name)
	return w.Value(v)
}

// Count is Number where it is not 0.
func (w *Writer) Count(name string, n int64) {
	if n != 0 {
		w.Number(name, n)
	}
}

// Names gives the names of a map in the order in which they are written.
func Names[K ~string, V any](m map[K]V) []K {
	names := make([]K, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Key is Name for a name that may be any text.
func (w *Writer) Key(name string) {
	w.Text(name)
	w.B = append(w.B, ':')
}

// Object gives a small object of texts and numbers, such as the facts of a
// journal entry, as encoding/json does.
func Object(values map[string]any) (json.RawMessage, error) {
	w := Writer{B: make([]byte, 0, 128)}
	w.Open('{')
	for _, name := range Names(values) {
		w.Key(name)
		switch v := values[name].(type) {
		case string:
			w.Text(v)
		case int:
			w.Int(int64(v))
		case int64:
			w.Int(v)
		case bool:
			w.Bool(v)
		default:
			if err := w.Value(v); err != nil {
				return nil, err
			}
		}
	}
	w.Close('}')
	return w.B, nil
}
