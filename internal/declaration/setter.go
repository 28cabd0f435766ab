package declaration

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"seine/internal/fault"
)

// setter puts the text of one element where it belongs.
type setter func(d *Declaration, text string) error

var unmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// setterOf finds the element at an RFC 6901 pointer by the JSON names of the
// declaration. Only line 0 can be addressed: a row of a table is one line.
func setterOf(pointer string) (setter, error) {
	if !strings.HasPrefix(pointer, "/") {
		return nil, fmt.Errorf("%q is no pointer", pointer)
	}
	t := reflect.TypeFor[Declaration]()
	var walkTo []func(reflect.Value) reflect.Value
	for segment := range strings.SplitSeq(pointer[1:], "/") {
		if t.Kind() == reflect.Pointer && !t.Implements(unmarshaler) {
			t = t.Elem()
			walkTo = append(walkTo, func(v reflect.Value) reflect.Value {
				if v.IsNil() {
					v.Set(reflect.New(v.Type().Elem()))
				}
				return v.Elem()
			})
		}
		switch t.Kind() {
		case reflect.Struct:
			field, ok := fieldNamed(t, segment)
			if !ok {
				return nil, fmt.Errorf("a declaration has no element %s", pointer)
			}
			t = field.Type
			walkTo = append(walkTo, func(v reflect.Value) reflect.Value { return v.FieldByIndex(field.Index) })
		case reflect.Slice:
			if segment != "0" {
				return nil, fmt.Errorf("%s: a row can fill element 0 of a list only", pointer)
			}
			t = t.Elem()
			walkTo = append(walkTo, func(v reflect.Value) reflect.Value {
				if v.Len() == 0 {
					v.Set(reflect.MakeSlice(v.Type(), 1, 1))
				}
				return v.Index(0)
			})
		default:
			return nil, fmt.Errorf("%s goes below a simple element", pointer)
		}
	}
	pointed := t.Kind() == reflect.Pointer
	if pointed {
		t = t.Elem()
	}
	set, err := leaf(t)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pointer, err)
	}
	return func(d *Declaration, text string) error {
		v := reflect.ValueOf(d).Elem()
		for _, step := range walkTo {
			v = step(v)
		}
		if pointed {
			v.Set(reflect.New(t))
			v = v.Elem()
		}
		return set(v, text)
	}, nil
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for field := range t.Fields() {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// leaf gives how a simple element takes its text.
func leaf(t reflect.Type) (func(reflect.Value, string) error, error) {
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return func(v reflect.Value, text string) error {
			return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return func(v reflect.Value, text string) error {
			v.SetString(text)
			return nil
		}, nil
	case reflect.Int, reflect.Int64:
		return func(v reflect.Value, text string) error {
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil {
				return fault.New(fault.Invalid, "DEC-MAP-08", "", "“{value}” is no whole number", "write digits only", "value", clip(text)).Because(err)
			}
			v.SetInt(n)
			return nil
		}, nil
	case reflect.Bool:
		return func(v reflect.Value, text string) error {
			b, err := strconv.ParseBool(text)
			if err != nil {
				return fault.New(fault.Invalid, "DEC-MAP-09", "", "“{value}” is neither yes nor no", "write true or false", "value", clip(text)).Because(err)
			}
			v.SetBool(b)
			return nil
		}, nil
	}
	return nil, fmt.Errorf("an element of type %s cannot be filled from one text", t)
}
