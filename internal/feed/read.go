package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/num"
)

// reading gathers what is wrong with a message while it is read.
type reading struct{ faults fault.List }

func (r *reading) add(f *fault.Fault) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, f)
	}
}

func (r *reading) take(path string, err error) {
	var some fault.List
	if some.Add(path, err) != nil {
		some = fault.List{wrong(path, "another value", err.Error())}
	}
	for _, f := range some {
		r.add(f)
	}
}

func wrong(path, wanted, given string) *fault.Fault {
	return fault.New(fault.Invalid, "FEED-READ-02", path, "“{given}” stands here where {wanted} is wanted", "write {wanted}", "given", clip(given), "wanted", wanted)
}

func noJSON(problem error) error {
	return fault.New(fault.Invalid, "FEED-READ-01", "", "this is no JSON message: {problem}", "send one JSON object in UTF-8, see docs/feed.md", "problem", clip(problem.Error())).Because(problem)
}

// ReadJSON reads a message as JSON: exactly what the schema knows, every fault at
// its place. Faults: FEED-READ-01 (no JSON), -02 (another value is wanted), -03
// (no such member), those of numbers, days and units.
func ReadJSON(body []byte) (Message, error) {
	var m Message
	var r reading
	if !utf8.Valid(body) { // a name in another encoding would be kept as signs that nobody can read
		return m, noJSON(errors.New("it is not UTF-8"))
	}
	members, err := object(body)
	if err != nil {
		return m, noJSON(err)
	}
	var records []json.RawMessage
	for _, name := range sortedNames(members) {
		raw := members[name]
		switch path := "/" + name; name {
		case "enterprise":
			r.text(path, raw, func(s string) error { m.Enterprise = s; return nil })
		case "system":
			r.text(path, raw, func(s string) error { m.System = s; return nil })
		case "book":
			r.text(path, raw, func(s string) error { m.Book = s; return nil })
		case "key":
			r.text(path, raw, func(s string) error { m.Key = s; return nil })
		case "sentAt":
			r.text(path, raw, func(s string) error { return m.SentAt.UnmarshalText([]byte(s)) })
		case "sequence":
			if m.Sequence, err = strconv.ParseInt(string(raw), 10, 64); err != nil {
				r.add(wrong(path, "a whole number", string(raw)))
			}
		case "records":
			if json.Unmarshal(raw, &records) != nil {
				r.add(wrong(path, "a list", string(raw)))
			}
		default:
			r.add(noMember(path, name, "enterprise, system, book, sequence, key, sentAt, records"))
		}
	}
	for i, raw := range records[:min(len(records), MaxRecords+1)] {
		record, some := readRecord(raw)
		for _, f := range some {
			r.add(f.Under(place(i)))
		}
		m.Records = append(m.Records, record)
	}
	return m, r.faults.OrNil()
}

// ReadRecord reads one record as JSON, as a correction gives it.
func ReadRecord(body []byte) (Record, error) {
	record, faults := readRecord(body)
	return record, faults.OrNil()
}

// object takes a JSON object apart. The same member twice is refused: one of the
// two would be lost.
func object(body []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	t, err := d.Token()
	if err != nil || t != json.Delim('{') {
		return nil, errors.Join(errors.New("no object"), err)
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if _, twice := members[text]; twice || !ok {
			return nil, errors.New("the member “" + clip(text) + "” stands twice")
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		members[text] = raw
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more after the end of the message")
	}
	return members, nil
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *reading) text(path string, raw json.RawMessage, set func(string) error) {
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		r.add(wrong(path, "a text in quotes", string(raw)))
		return
	}
	if err := set(s); err != nil {
		r.take(path, err)
	}
}

func noMember(path, name, members string) *fault.Fault {
	return fault.New(fault.Invalid, "FEED-READ-03", path, "there is no member “{name}” here", "leave it out, or use one of: {members}", "name", clip(name), "members", members)
}

func readRecord(raw json.RawMessage) (record Record, faults fault.List) {
	var r reading
	members, err := object(raw)
	if err != nil {
		return record, fault.List{wrong("", "an object", string(raw))}
	}
	for _, name := range sortedNames(members) {
		value, path := members[name], "/"+name
		switch {
		case name == "bookLine":
			n, err := strconv.ParseInt(string(value), 10, 32)
			if err != nil || n < 0 {
				r.add(wrong(path, "a whole number", string(value)))
			}
			record.BookLine = int(n)
		case name == "conversions":
			r.list(path, value, func(members map[string]json.RawMessage, path string) {
				var c Conversion
				r.nested(path, members, map[string]func(string) error{
					"unit": func(s string) error { c.Unit = codelist.UnitCode(s); return nil }, "quantity": quantity(&c.Quantity), "equals": quantity(&c.Equals),
				})
				record.Conversions = append(record.Conversions, c)
			})
		case name == "materials":
			r.list(path, value, func(members map[string]json.RawMessage, path string) {
				var n Need
				r.nested(path, members, map[string]func(string) error{"part": func(s string) error { n.Part = s; return nil }, "quantity": quantity(&n.Quantity)})
				record.Materials = append(record.Materials, n)
			})
		default:
			set := record.setter(name)
			if set == nil {
				r.add(noMember(path, name, strings.Join(columns, ", ")))
				continue
			}
			r.text(path, value, set)
		}
	}
	return record, r.faults
}

func (r *reading) list(path string, raw json.RawMessage, each func(members map[string]json.RawMessage, path string)) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		r.add(wrong(path, "a list", string(raw)))
		return
	}
	for i, item := range items[:min(len(items), maxNested+1)] {
		at := path + "/" + strconv.Itoa(i)
		members, err := object(item)
		if err != nil {
			r.add(wrong(at, "an object", string(item)))
			continue
		}
		each(members, at)
	}
}

func (r *reading) nested(path string, members map[string]json.RawMessage, setters map[string]func(string) error) {
	for _, name := range sortedNames(members) {
		set := setters[name]
		if set == nil {
			r.add(noMember(path+"/"+name, name, strings.Join(sortedNames(setters), ", ")))
			continue
		}
		r.text(path+"/"+name, members[name], set)
	}
}

func quantity(into *num.Quantity) func(string) error {
	return func(s string) (err error) { *into, err = num.ParseQuantity(s); return err }
}

// columns are the members of a record as columns of a table.
var columns = strings.Fields("kind id on part lot status quantity unit location toLocation document workOrder reason name bookLine conversions state materials reverses")

// setter gives what writes a member that is a text; nil for another name.
func (r *Record) setter(name string) func(string) error {
	plainly := func(into *string) func(string) error { return func(s string) error { *into = s; return nil } }
	switch name {
	case "kind":
		return func(s string) error { r.Kind = Kind(s); return nil }
	case "on":
		return func(s string) (err error) { r.On, err = clock.ParseDate(s); return err }
	case "status":
		return func(s string) error { r.Status = ledger.Status(s); return nil }
	case "quantity":
		return quantity(&r.Quantity)
	case "unit":
		return func(s string) error { r.Unit = codelist.UnitCode(s); return nil }
	case "state":
		return func(s string) error { r.State = OrderState(s); return nil }
	case "id":
		return plainly(&r.ID)
	case "part":
		return plainly(&r.Part)
	case "lot":
		return plainly(&r.Lot)
	case "location":
		return plainly(&r.Location)
	case "toLocation":
		return plainly(&r.ToLocation)
	case "document":
		return plainly(&r.Document)
	case "workOrder":
		return plainly(&r.WorkOrder)
	case "reason":
		return plainly(&r.Reason)
	case "name":
		return plainly(&r.Name)
	case "reverses":
		return plainly(&r.Reverses)
	}
	return nil
}

// Columns are the members of a record as columns of a table.
func Columns() []string { return slices.Clone(columns) }

// NoColumn refuses a column of a table that no member has. Fault: FEED-READ-03.
func NoColumn(name string) *fault.Fault {
	return noMember("/records", name, strings.Join(columns, ", "))
}

// ReadRow reads a record from cells by the name of their column; empty cells are
// not given. Conversions stand as "12 C62 = 1", several with "; " between;
// materials as "PART = 2.5". Faults: FEED-READ-02, -03, those of numbers and days,
// below the place of record n.
func ReadRow(n int, cells map[string]string) (Record, error) {
	var record Record
	var r reading
	for _, name := range sortedNames(cells) {
		switch text := strings.TrimSpace(cells[name]); {
		case text == "":
		case !slices.Contains(columns, name):
			r.add(NoColumn(name))
		default:
			r.take(place(n)+"/"+name, record.cell(name, text))
		}
	}
	return record, r.faults.OrNil()
}

func (r *Record) cell(name, text string) error {
	switch name {
	case "bookLine":
		n, err := strconv.ParseInt(text, 10, 32)
		if r.BookLine = int(n); err != nil || n < 0 {
			return wrong("", "a whole number", text)
		}
		return nil
	case "conversions":
		for part := range strings.SplitSeq(text, ";") {
			left, equals, ok := strings.Cut(part, "=")
			q, unit, both := strings.Cut(strings.TrimSpace(left), " ")
			if !ok || !both {
				return wrong("", "12 C62 = 1", text)
			}
			c := Conversion{Unit: codelist.UnitCode(strings.TrimSpace(unit))}
			if err := errors.Join(quantity(&c.Quantity)(q), quantity(&c.Equals)(strings.TrimSpace(equals))); err != nil {
				return wrong("", "12 C62 = 1", text)
			}
			r.Conversions = append(r.Conversions, c)
		}
		return nil
	case "materials":
		for part := range strings.SplitSeq(text, ";") {
			name, q, ok := strings.Cut(part, "=")
			need := Need{Part: strings.TrimSpace(name)}
			if !ok || quantity(&need.Quantity)(strings.TrimSpace(q)) != nil {
				return wrong("", "PART = 2.5", text)
			}
			r.Materials = append(r.Materials, need)
		}
		return nil
	}
	return r.setter(name)(text)
}
