package message

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"seine/internal/fault"
)

// JSONLimit is how many bytes a JSON document may have.
const JSONLimit int64 = 64 << 20

// readJSON gives the value of a JSON text in any accepted encoding, numbers as
// they stand. Faults: those of DecodeText, MSG-JSON-SYNTAX-01 with line and
// column.
func readJSON(r io.Reader) (value any, encoding string, err error) {
	text, _, err := decodeText(r, JSONLimit)
	if err != nil {
		return nil, "", err
	}
	first, err := firstSign(text)
	if err != nil {
		return nil, "", err
	}
	if first.sign != '{' && first.sign != '[' { // do not read 64 MB of something else
		return nil, text.Encoding(), syntaxFault(1, 1, "an object or a list was expected")
	}
	whole, err := io.ReadAll(io.MultiReader(bytes.NewReader(first.read), text))
	if err != nil {
		return nil, text.Encoding(), err
	}
	d := json.NewDecoder(bytes.NewReader(whole))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		offset := d.InputOffset()
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			offset = syntax.Offset
		}
		line, column := position(whole, offset)
		return nil, text.Encoding(), syntaxFault(line, column, err.Error())
	}
	if rest := bytes.TrimSpace(whole[d.InputOffset():]); len(rest) > 0 {
		line, column := position(whole, d.InputOffset())
		return nil, text.Encoding(), syntaxFault(line, column, "more follows after the end")
	}
	return value, text.Encoding(), nil
}

type sniffed struct {
	sign byte
	read []byte
}

// firstSign reads up to the first character that is no blank.
func firstSign(r io.Reader) (sniffed, error) {
	var out sniffed
	one := make([]byte, 1)
	for len(out.read) < 4096 {
		n, err := r.Read(one)
		if n == 1 {
			out.read = append(out.read, one[0])
			if !strings.ContainsRune(" \t\r\n", rune(one[0])) {
				out.sign = one[0]
				return out, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func position(b []byte, offset int64) (line, column int) {
	offset = min(max(offset, 0), int64(len(b)))
	before := b[:offset]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

func syntaxFault(line, column int, what string) error {
	return fault.New(fault.Invalid, "MSG-JSON-SYNTAX-01", "", "this is no JSON: line {line}, column {column}: {what}", "correct the text there and send it again",
		"line", line, "column", column, "what", clip(what))
}

// fill puts a JSON value into a body struct and says everything that does not
// fit: MSG-JSON-TYPE-01 (another kind of value), MSG-JSON-FIELD-01 (unknown
// name), and the faults of the values themselves. What fits is taken.
func fill(path string, from any, into reflect.Value, list *fault.List) {
	if from == nil {
		return
	}
	if into.Kind() == reflect.Pointer {
		target := reflect.New(into.Type().Elem())
		before := len(*list)
		fill(path, from, target.Elem(), list)
		if len(*list) == before || target.Elem().Kind() == reflect.Struct {
			into.Set(target)
		}
		return
	}
	if into.CanAddr() {
		if reader, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
			text, ok := scalar(from)
			if !ok {
				wrongType(path, "a number or text", list)
				return
			}
			if err := list.Add(path, reader.UnmarshalText([]byte(text))); err != nil {
				wrongType(path, "a valid value", list)
			}
			return
		}
	}
	switch into.Kind() {
	case reflect.String:
		text, ok := scalar(from)
		if !ok {
			wrongType(path, "text", list)
			return
		}
		into.SetString(text)
	case reflect.Int:
		text, _ := scalar(from)
		n, err := strconv.Atoi(text)
		if err != nil {
			wrongType(path, "a whole number", list)
			return
		}
		into.SetInt(int64(n))
	case reflect.Bool:
		b, ok := from.(bool)
		if !ok {
			wrongType(path, "true or false", list)
			return
		}
		into.SetBool(b)
	case reflect.Slice:
		items, ok := from.([]any)
		if !ok {
			wrongType(path, "a list", list)
			return
		}
		out := reflect.MakeSlice(into.Type(), len(items), len(items))
		for i, item := range items {
			fill(path+"/"+strconv.Itoa(i), item, out.Index(i), list)
		}
		into.Set(out)
	case reflect.Struct:
		object, ok := from.(map[string]any)
		if !ok {
			wrongType(path, "an object", list)
			return
		}
		fillObject(path, object, into, list)
	default:
		wrongType(path, "nothing", list)
	}
}

func fillObject(path string, object map[string]any, into reflect.Value, list *fault.List) {
	fields := map[string]int{}
	for i := range into.NumField() {
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = i
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i, known := fields[name]
		if !known {
			*list = append(*list, fault.New(fault.Invalid, "MSG-JSON-FIELD-01", path+"/"+pointer(clip(name)), "there is no field “{name}”", "leave it out or correct the name",
				"name", clip(name)))
			continue
		}
		fill(path+"/"+pointer(name), object[name], into.Field(i), list)
	}
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

func wrongType(path, expected string, list *fault.List) {
	*list = append(*list, fault.New(fault.Invalid, "MSG-JSON-TYPE-01", path, "here stands another kind of value, expected is {expected}", "send {expected}", "expected", expected))
}
