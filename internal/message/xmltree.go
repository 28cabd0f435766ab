package message

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"seine/internal/fault"
)

// Bounds of an XML document.
const (
	XMLLimit    int64 = 64 << 20 // bytes
	xmlElements       = 1_000_000
	xmlDepth          = 64
)

// Element is one element of an XML document: its local name, attributes, text
// and children. Namespaces are dropped, except of the root, where they tell the
// kind of document.
type Element struct {
	Name       string
	Space      string // of the root only
	Attributes map[string]string
	Text       string // without surrounding blanks
	Children   []*Element
}

// readXML reads a document whole. Entities of a DTD are not expanded.
// Faults: MSG-XML-SYNTAX-01 with line and column, MSG-XML-LIMIT-01,
// MSG-XML-CHARSET-01, TEXT-SIZE-01.
func readXML(r io.Reader) (*Element, error) {
	d := xml.NewDecoder(&bounded{r, XMLLimit, XMLLimit})
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(label)
		if err != nil {
			return nil, fault.New(fault.Invalid, "MSG-XML-CHARSET-01", "", "the encoding “{value}” is not known", "write the document in UTF-8", "value", clip(label)).Because(err)
		}
		return e.NewDecoder().Reader(in), nil
	}
	var open []*Element
	var root *Element
	var texts [][]byte
	count := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, xmlFault(d, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if count++; count > xmlElements || len(open) >= xmlDepth {
				return nil, fault.New(fault.Invalid, "MSG-XML-LIMIT-01", "", "the document has more than {count} elements or {depth} levels", "send it in several documents",
					"count", xmlElements, "depth", xmlDepth)
			}
			e := &Element{Name: t.Name.Local}
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || a.Name.Local == "schemaLocation" {
					continue
				}
				if e.Attributes == nil {
					e.Attributes = map[string]string{}
				}
				e.Attributes[a.Name.Local] = a.Value
			}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.Children = append(parent.Children, e)
			} else if root != nil {
				return nil, outside(d)
			} else {
				root, e.Space = e, t.Name.Space
			}
			open = append(open, e)
			texts = append(texts, nil)
		case xml.EndElement:
			last := len(open) - 1
			open[last].Text = strings.TrimSpace(string(texts[last]))
			open, texts = open[:last], texts[:last]
		case xml.CharData:
			if len(open) == 0 {
				if len(bytes.Trim(t, " \t\r\n\ufeff")) > 0 {
					return nil, outside(d)
				}
			} else {
				texts[len(texts)-1] = append(texts[len(texts)-1], t...)
			}
		}
	}
	if root == nil {
		return nil, fault.New(fault.Invalid, "MSG-XML-SYNTAX-01", "", "this is no XML: line {line}, column {column}: {what}", "correct the document there and send it again",
			"line", 1, "column", 1, "what", "there is no element")
	}
	return root, nil
}

// outside is the fault of text or elements beside the one root element.
func outside(d *xml.Decoder) error {
	line, column := d.InputPos()
	return fault.New(fault.Invalid, "MSG-XML-SYNTAX-01", "", "this is no XML: line {line}, column {column}: {what}", "correct the document there and send it again",
		"line", line, "column", column, "what", "something stands outside the root element")
}

func xmlFault(d *xml.Decoder, err error) error {
	if fault.All(err) != nil {
		return fault.All(err)
	}
	if _, ok := errors.AsType[*xml.SyntaxError](err); !ok && !strings.HasPrefix(err.Error(), "xml:") {
		return fmt.Errorf("read the document: %w", err)
	}
	line, column := d.InputPos()
	return fault.New(fault.Invalid, "MSG-XML-SYNTAX-01", "", "this is no XML: line {line}, column {column}: {what}", "correct the document there and send it again",
		"line", line, "column", column, "what", clip(err.Error()))
}

// At follows names from child to child, the first of each; nil when one is missing.
func (e *Element) At(names ...string) *Element {
	for _, name := range names {
		if e == nil {
			return nil
		}
		var next *Element
		for _, c := range e.Children {
			if c.Name == name {
				next = c
				break
			}
		}
		e = next
	}
	return e
}

// Value gives the text at a path; "" when there is none.
func (e *Element) Value(names ...string) string {
	if found := e.At(names...); found != nil {
		return found.Text
	}
	return ""
}

// All gives all children of a name.
func (e *Element) All(name string) []*Element {
	if e == nil {
		return nil
	}
	var out []*Element
	for _, c := range e.Children {
		if c.Name == name {
			out = append(out, c)
		}
	}
	return out
}

// MarshalJSON writes an element without children and attributes as its text, any
// other as an object: "@name" attributes, "#" text, children by name, repeated
// ones as a list. Empty elements are left out.
func (e *Element) MarshalJSON() ([]byte, error) { return json.Marshal(e.plain()) }

func (e *Element) plain() any {
	if len(e.Children) == 0 && len(e.Attributes) == 0 {
		return e.Text
	}
	out := map[string]any{}
	for name, value := range e.Attributes {
		out["@"+name] = value
	}
	if e.Text != "" {
		out["#"] = e.Text
	}
	for _, c := range e.Children {
		value := c.plain()
		if value == "" {
			continue
		}
		if object, ok := value.(map[string]any); ok && len(object) == 0 {
			continue
		}
		switch before := out[c.Name].(type) {
		case nil:
			out[c.Name] = value
		case []any:
			out[c.Name] = append(before, value)
		default:
			out[c.Name] = []any{before, value}
		}
	}
	return out
}
