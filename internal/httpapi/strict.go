package httpapi

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"seine/internal/fault"
)

// decode reads one JSON document into v and takes nothing that v has no place
// for. The quick way says only that something is wrong; then the document is
// walked again and every fault is named with its place.
//
// Faults: HTTP-JSON-01 (no JSON), HTTP-JSON-02 (a member that there is not),
// HTTP-JSON-03 (another kind of value is wanted), and those of the values.
func decode(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, end := d.Token(); end == io.EOF {
			return nil
		}
		return noJSON(d.InputOffset(), errors.New("more after the end of the document"))
	}
	return diagnose(raw, reflect.TypeOf(v).Elem(), err)
}

func noJSON(at int64, err error) error {
	return fault.New(fault.Invalid, "HTTP-JSON-01", "", "this is no JSON document (near byte {offset}): {problem}",
		"send one well-formed JSON document in UTF-8", "offset", at, "problem", clip(err.Error())).Because(err)
}

// clip keeps what a stranger sent short in our answer.
func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// diagnose finds every fault of a document that could not be read as a t.
func diagnose(raw []byte, t reflect.Type, cause error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it is empty")
		}
		return noJSON(d.InputOffset(), err)
	}
	var w walk
	w.value("", tree, t)
	if len(w.faults) == 0 {
		return noJSON(d.InputOffset(), cause)
	}
	return w.faults
}

// walk gathers the faults of a document; maxFaults of them are enough.
type walk struct{ faults fault.List }

const maxFaults = 200

var (
	textType = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonType = reflect.TypeFor[json.Unmarshaler]()
	rawType  = reflect.TypeFor[json.RawMessage]()
)

func (w *walk) value(path string, v any, t reflect.Type) {
	if len(w.faults) >= maxFaults || v == nil || t == rawType || t.Kind() == reflect.Interface {
		return
	}
	switch pointer := reflect.PointerTo(t); {
	case t.Kind() == reflect.Pointer:
		w.value(path, v, t.Elem())
		return
	case pointer.Implements(jsonType):
		raw, err := json.Marshal(v)
		if err == nil {
			err = reflect.New(t).Interface().(json.Unmarshaler).UnmarshalJSON(raw)
		}
		w.leaf(path, err, v, "another value")
		return
	case pointer.Implements(textType):
		text, ok := v.(string)
		if !ok {
			w.wrong(path, v, "a text in quotes")
			return
		}
		w.leaf(path, reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)), v, "another text")
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		w.object(path, v, t)
	case reflect.Map:
		members, ok := v.(map[string]any)
		if !ok {
			w.wrong(path, v, "an object")
			return
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			w.value(path+"/"+escape(name), members[name], t.Elem())
		}
	case reflect.Slice, reflect.Array:
		items, ok := v.([]any)
		if !ok {
			w.wrong(path, v, "a list")
			return
		}
		for i, item := range items {
			w.value(path+"/"+strconv.Itoa(i), item, t.Elem())
		}
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			w.wrong(path, v, "true or false")
		}
	case reflect.String:
		if _, ok := v.(string); !ok {
			w.wrong(path, v, "a text in quotes")
		}
	default:
		number, ok := v.(json.Number)
		if ok {
			raw, target := []byte(number), reflect.New(t)
			ok = json.Unmarshal(raw, target.Interface()) == nil
		}
		if !ok {
			w.wrong(path, v, "a whole number within range")
		}
	}
}

func (w *walk) leaf(path string, err error, v any, want string) {
	if err != nil && w.faults.Add(path, err) != nil {
		w.wrong(path, v, want)
	}
}

func (w *walk) object(path string, v any, t reflect.Type) {
	members, ok := v.(map[string]any)
	if !ok {
		w.wrong(path, v, "an object")
		return
	}
	known := membersOf(t)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		field, ok := known.byName[name]
		if !ok {
			for other, f := range known.byName { // the reader itself overlooks capitals
				if strings.EqualFold(other, name) {
					field, ok = f, true
				}
			}
		}
		if !ok {
			w.faults = append(w.faults, fault.New(fault.Invalid, "HTTP-JSON-02", path+"/"+escape(name), "there is no member “{name}” here",
				"leave it out, or use one of: {members}", "name", clip(name), "members", known.list))
			continue
		}
		w.value(path+"/"+escape(name), members[name], field)
	}
}

func (w *walk) wrong(path string, v any, want string) {
	kind := "an object"
	switch v := v.(type) {
	case string:
		kind = "the text “" + clip(v) + "”"
	case json.Number:
		kind = "the number " + clip(string(v))
	case bool:
		kind = strconv.FormatBool(v)
	case []any:
		kind = "a list"
	}
	w.faults = append(w.faults, fault.New(fault.Invalid, "HTTP-JSON-03", path, "{given} stands here where {wanted} is wanted",
		"write {wanted}", "given", kind, "wanted", want))
}

// escape writes a name as one step of a pointer.
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

type members struct {
	byName map[string]reflect.Type
	list   string
}

var membersKnown sync.Map // reflect.Type → *members

func membersOf(t reflect.Type) *members {
	if m, ok := membersKnown.Load(t); ok {
		return m.(*members)
	}
	m := &members{byName: map[string]reflect.Type{}}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported() || f.Anonymous && name == "":
			continue
		case name == "":
			name = f.Name
		}
		m.byName[name] = f.Type
	}
	m.list = strings.Join(slices.Sorted(maps.Keys(m.byName)), ", ")
	known, _ := membersKnown.LoadOrStore(t, m)
	return known.(*members)
}
