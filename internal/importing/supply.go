package importing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"seine/internal/fault"
	"seine/internal/message"
)

// Supply says what is added to manifests whose source does not state everything
// that our rules ask for, such as those of another country. Each addition has
// its reason and is kept with the message; nothing is added in silence.
type Supply struct {
	Name     string     `yaml:"name"`
	Elements []Addition `yaml:"elements"`
}

// Addition fills one element where it is missing, or translates its code.
type Addition struct {
	To       string            `yaml:"to"` // pointer into the manifest as JSON; * is every bill or line
	Value    string            `yaml:"value"`
	Table    map[string]string `yaml:"table"` // in place of Value: the source's code → ours
	Supplied string            `yaml:"supplied"`
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
	for i, a := range s.Elements {
		if err == nil && (!strings.HasPrefix(a.To, "/") || (a.Value == "") == (len(a.Table) == 0) || a.Supplied == "") {
			err = fmt.Errorf("element %d (%s) needs a pointer, either a value or a table, and its reason under supplied", i+1, a.To)
		}
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "IMPORT-SUPPLY-01", "", "the file of additions cannot be used: {problem}",
			"correct it as docs/operations.md shows", "problem", err).Because(err)
	}
	return &s, nil
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
	for _, a := range s.Elements {
		a.fill(doc, "", strings.Split(a.To[1:], "/"), &done)
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
	return done, nil
}

// fill walks down to the element and fills or translates it.
func (a *Addition) fill(at any, path string, rest []string, done *[]Supplied) {
	name := rest[0]
	if list, ok := at.([]any); ok && len(rest) > 1 {
		for i := range list {
			if index := strconv.Itoa(i); name == "*" || name == index {
				a.fill(list[i], path+"/"+index, rest[1:], done)
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
		if object[name] == nil && rest[1] != "*" && a.Value != "" {
			object[name] = map[string]any{}
		}
		a.fill(object[name], path, rest[1:], done)
		return
	}
	value, missing := a.Value, object[name] == nil || object[name] == ""
	if len(a.Table) > 0 {
		var known bool
		if value, known = a.Table[fmt.Sprint(object[name])]; !known {
			return
		}
	} else if !missing {
		return
	}
	object[name] = value
	*done = append(*done, Supplied{path, value, a.Supplied})
}
