package importing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"seine/internal/fault"
	"seine/internal/message"
)

// Supply says what is added to manifests whose source does not state everything
// that our rules ask for, or states it in codes of its own, such as those of
// another country. Each addition has its reason and is kept with the message;
// nothing is added in silence.
type Supply struct {
	Name     string     `yaml:"name"`
	Elements []Addition `yaml:"elements"`
}

// Addition fills one element where it is missing, or translates its code. It
// gives exactly one of Value, Table, Units and From.
type Addition struct {
	To       string            `yaml:"to"` // pointer into the manifest as JSON; * is every bill or line
	Value    string            `yaml:"value"`
	Table    map[string]string `yaml:"table"` // the source's code → ours, also a code that the message states and the manifest cannot hold
	Units    map[string]string `yaml:"units"` // the source's unit of mass → one of Recommendation 20, for an amount that could not be read
	From     string            `yaml:"from"`  // pointer to an element of the message, or the name of one beside this
	Match    string            `yaml:"match"` // expression with one group, which is taken of From
	Supplied string            `yaml:"supplied"`

	match *regexp.Regexp
}

// Supplied is one addition that was made.
type Supplied struct {
	Path   string `json:"path"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// ReadSupply reads a file of additions (YAML, unknown keys refused).
// Fault: IMPORT-SUPPLY-01.
func ReadSupply(text []byte) (*Supply, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var s Supply
	err := decoder.Decode(&s)
	for i := range s.Elements {
		if err == nil {
			err = s.Elements[i].settle(i)
		}
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "IMPORT-SUPPLY-01", "", "the file of additions cannot be used: {problem}",
			"correct it as docs/operations.md shows", "problem", err).Because(err)
	}
	return &s, nil
}

func (a *Addition) settle(i int) error {
	given := 0
	for _, one := range []bool{a.Value != "", len(a.Table) > 0, len(a.Units) > 0, a.From != ""} {
		if one {
			given++
		}
	}
	if !strings.HasPrefix(a.To, "/") || given != 1 || a.Supplied == "" {
		return fmt.Errorf("element %d (%s) needs a pointer, one of value, table, units and from, and its reason under supplied", i+1, a.To)
	}
	if a.Match == "" {
		return nil
	}
	var err error
	if a.match, err = regexp.Compile(a.Match); err != nil || a.match.NumSubexp() != 1 || a.From == "" {
		return fmt.Errorf("element %d (%s): match needs from and an expression with one group", i+1, a.To)
	}
	return nil
}

// apply makes the additions to a reading and tells which. A fault of the reading
// at an element that was filled is settled by it.
func (s *Supply) apply(r *message.ManifestReading) ([]Supplied, error) {
	if s == nil {
		return nil, nil
	}
	var written bytes.Buffer
	if err := message.WriteManifestJSON(&written, r.Manifest, r.Function); err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	decoder := json.NewDecoder(&written)
	decoder.UseNumber()
	var doc any
	if err := decoder.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read the manifest again: %w", err)
	}
	var done []Supplied
	for i := range s.Elements {
		f := filling{s.Elements[i], r, doc, &done}
		f.fill(doc, "", strings.Split(f.To[1:], "/"))
	}
	if len(done) == 0 {
		return nil, nil
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	again, err := message.ReadManifestJSON(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(again) != 1 {
		return nil, fmt.Errorf("the manifest became %d", len(again))
	}
	var left fault.List
	for _, f := range r.Faults {
		settled := false
		for _, d := range done {
			settled = settled || f.Path == d.Path
		}
		if !settled {
			left = append(left, f)
		}
	}
	r.Manifest, r.Faults = again[0].Manifest, append(left, again[0].Faults...)
	r.DeriveTotals() // of bills whose lines are complete now
	return done, nil
}

// filling is one addition at work on one manifest.
type filling struct {
	Addition
	of   *message.ManifestReading
	doc  any
	done *[]Supplied
}

// fill walks down to the element and fills or translates it.
func (f *filling) fill(at any, path string, rest []string) {
	name := rest[0]
	if list, ok := at.([]any); ok && len(rest) > 1 {
		for i := range list {
			if index := strconv.Itoa(i); name == "*" || name == index {
				f.fill(list[i], path+"/"+index, rest[1:])
			}
		}
		return
	}
	object, ok := at.(map[string]any)
	if !ok {
		return
	}
	path += "/" + name
	if len(rest) > 1 {
		if object[name] == nil && rest[1] != "*" && (f.Value != "" || f.From != "") {
			object[name] = map[string]any{}
		}
		f.fill(object[name], path, rest[1:])
		return
	}
	if value := f.worth(object, name, path); value != "" {
		object[name] = value
		*f.done = append(*f.done, Supplied{path, value, f.Supplied})
	}
}

// worth gives what the element is filled with, "" for nothing.
func (f *filling) worth(object map[string]any, name, path string) string {
	missing := object[name] == nil || object[name] == ""
	stated, _ := f.of.StatedAt(path)
	switch {
	case len(f.Table) > 0 && missing:
		return f.Table[stated.Value]
	case len(f.Table) > 0:
		return f.Table[fmt.Sprint(object[name])]
	case !missing:
		return ""
	case len(f.Units) > 0:
		if kilograms, ok := message.Kilograms(stated.Value, f.Units[stated.List]); ok {
			return kilograms.String()
		}
		return ""
	case f.From != "":
		return f.source(object)
	}
	return f.Value
}

// source gives the element that From names, or the group of it that matches.
func (f *filling) source(object map[string]any) string {
	var value any = object[f.From]
	if path, absolute := strings.CutPrefix(f.From, "/"); absolute {
		value = f.doc
		for part := range strings.SplitSeq(path, "/") {
			inner, ok := value.(map[string]any)
			if !ok {
				value = nil
				break
			}
			value = inner[part]
		}
		if value == nil {
			if stated, ok := f.of.StatedAt(f.From); ok {
				value = stated.Value
			}
		}
	}
	text, ok := value.(string)
	if !ok || f.match == nil {
		return text
	}
	found := f.match.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return found[1]
}
