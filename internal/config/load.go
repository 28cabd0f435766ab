package config

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"

	"seine/internal/fault"
)

// Where a value came from.
const (
	FromDefault     = "default"
	FromFile        = "file"
	FromEnvironment = "environment"
	FromCommandLine = "command line"
)

// Sources are the layers of settings, the lowest first: the defaults, a file, the
// environment, the command line.
type Sources struct {
	File        string // "" for none
	Environment func(name string) (string, bool)
	CommandLine map[string]string // by key
}

// Effective is the settings in force with the origin of each value.
type Effective struct {
	Settings
	File string // read, "" for none

	values *koanf.Koanf
	origin map[string]string
}

// EnvironmentName gives the variable that sets a key: SEINE_SERVE_TLS_KEY.
func EnvironmentName(key string) string {
	return "SEINE_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(key))
}

// Load puts the layers together and gives all faults: CONFIG-FILE-01 (no such
// file, or it cannot be read), CONFIG-FILE-02 (no YAML of sections and keys),
// CONFIG-KEY-01 (unknown key), CONFIG-KEY-02 (key twice), CONFIG-VALUE-01 (value
// that the key does not take), CONFIG-SECRET-01 (secret file missing),
// CONFIG-SECRET-02 (others may read it), CONFIG-TOGETHER-01, -02.
func Load(from Sources) (*Effective, error) {
	e := &Effective{File: from.File, values: koanf.New("."), origin: map[string]string{}}
	var faults fault.List
	table := Table()
	defaults := map[string]string{}
	for _, s := range table {
		defaults[s.Key] = s.Default
	}
	e.layer(FromDefault, defaults)
	if from.File != "" {
		found, err := readFile(from.File)
		if err := faults.Add("", err); err != nil {
			return nil, err
		}
		e.layer(FromFile, found)
	}
	if from.Environment != nil {
		found := map[string]string{}
		for _, s := range table {
			if v, ok := from.Environment(EnvironmentName(s.Key)); ok && v != "" {
				found[s.Key] = v
			}
		}
		e.layer(FromEnvironment, found)
	}
	for key := range from.CommandLine {
		if !slices.ContainsFunc(table, func(s Setting) bool { return s.Key == key }) {
			return nil, fmt.Errorf("config: the command line sets %q, which is no setting", key)
		}
	}
	e.layer(FromCommandLine, from.CommandLine)
	e.place()
	for _, s := range table {
		value := e.values.String(s.Key)
		if s.File && value != "" {
			secret, err := readSecret(s.Key, value)
			if err := faults.Add(pointer(s.Key), err); err != nil {
				return nil, err
			}
			value = secret
			if err != nil {
				continue
			}
		}
		if !s.set(&e.Settings, value) {
			shown := value
			if s.Secret || s.File {
				shown = "…"
			}
			faults = append(faults, fault.New(fault.Invalid, "CONFIG-VALUE-01", pointer(s.Key), "“{value}” is no value of {key}",
				"write {unit}, such as {example}", "value", clip(shown), "key", s.Key, "unit", or(s.Unit, "a text"), "example", s.example()))
		}
	}
	return e, append(faults, e.together()...).OrNil()
}

// Changes lists the keys whose values differ in next, in the order of the table:
// those that a running server takes over, and those that wait for its next start.
func (e *Effective) Changes(next *Effective) (live, later []string) {
	for _, s := range Table() {
		if e.values.String(s.Key) == next.values.String(s.Key) {
			continue
		}
		if s.Live {
			live = append(live, s.Key)
		} else {
			later = append(later, s.Key)
		}
	}
	return live, later
}

// place lets the layer that says where the zone lies say it alone: a folder on
// the command line outranks a database in the file.
func (e *Effective) place() {
	rank := []string{FromDefault, FromFile, FromEnvironment, FromCommandLine}
	places := []string{"zone.data", "zone.database", "zone.database-file"}
	highest := 0
	for _, key := range places {
		highest = max(highest, slices.Index(rank, e.Origin(key)))
	}
	for _, key := range places {
		if slices.Index(rank, e.Origin(key)) < highest {
			e.layer(FromDefault, map[string]string{key: ""})
		}
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (s *Setting) example() string {
	switch {
	case s.Default != "":
		return s.Default
	case s.Unit == "URL" && strings.HasPrefix(s.Key, "zone."):
		return "postgres://seine@localhost/zone"
	case s.Unit == "URL":
		return "https://zone.example"
	}
	return "one in its manual"
}

// layer lays values over those that are there.
func (e *Effective) layer(origin string, values map[string]string) {
	nested := provider{}
	for key, v := range values {
		section, name, _ := strings.Cut(key, ".")
		inner, _ := nested[section].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
			nested[section] = inner
		}
		inner[name] = v
		e.origin[key] = origin
	}
	_ = e.values.Load(nested, nil) // a map of texts cannot fail
}

// provider hands a map to koanf.
type provider map[string]any

// ReadBytes is not used.
func (provider) ReadBytes() ([]byte, error) { return nil, errors.ErrUnsupported }

// Read gives the map.
func (p provider) Read() (map[string]any, error) { return p, nil }

const maxFile = 1 << 20

// readFile reads a file of sections with keys, strictly.
func readFile(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, unreadable(path, err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(content, &root); err != nil {
		return nil, badFile(path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	found := map[string]string{}
	if len(root.Content) == 0 {
		return found, nil
	}
	var faults fault.List
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, badFile(path, fmt.Sprintf("line %d: sections such as “serve:” are expected", top.Line))
	}
	table := Table()
	for i := 0; i+1 < len(top.Content); i += 2 {
		section, body := top.Content[i].Value, top.Content[i+1]
		if body.Kind == yaml.ScalarNode && body.Tag == "!!null" {
			continue // a section with nothing but comments
		}
		if body.Kind != yaml.MappingNode {
			faults = append(faults, badFile(path, fmt.Sprintf("line %d: keys are expected under “%s:”", body.Line, section)))
			continue
		}
		for j := 0; j+1 < len(body.Content); j += 2 {
			name, value := body.Content[j], body.Content[j+1]
			key := section + "." + name.Value
			switch {
			case !slices.ContainsFunc(table, func(s Setting) bool { return s.Key == key }):
				faults = append(faults, fault.New(fault.Invalid, "CONFIG-KEY-01", pointer(key), "line {line}: there is no setting {key}",
					"the nearest is {nearest}; “seine config print --defaults” lists all", "line", name.Line, "key", clip(key), "nearest", nearest(key, table)))
			case value.Kind != yaml.ScalarNode:
				faults = append(faults, badFile(path, fmt.Sprintf("line %d: one value is expected for %s", value.Line, key)))
			case value.Tag == "!!null":
			default:
				if _, twice := found[key]; twice {
					faults = append(faults, fault.New(fault.Invalid, "CONFIG-KEY-02", pointer(key), "line {line}: {key} is set twice", "keep one of them",
						"line", name.Line, "key", key))
				}
				found[key] = value.Value
			}
		}
	}
	return found, faults.OrNil()
}

func unreadable(path string, err error) error {
	return fault.New(fault.NotFound, "CONFIG-FILE-01", "", "the settings cannot be read from {file}: {problem}",
		"check the path after --config and who may read it", "file", path, "problem", cause(err)).Because(err)
}

func badFile(path, problem string) *fault.Fault {
	return fault.New(fault.Invalid, "CONFIG-FILE-02", "", "{file} is no file of settings: {problem}",
		"write sections with keys, as “seine config print --defaults” shows", "file", path, "problem", problem)
}

// cause gives the reason of a file error without its path.
func cause(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// readSecret reads a secret from its file; a line end at its end is no part of
// it.
func readSecret(key, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		problem := "it is a folder"
		if err != nil {
			problem = cause(err)
		}
		return "", fault.New(fault.Invalid, "CONFIG-SECRET-01", "", "the secret of {key} cannot be read from {file}: {problem}",
			"write it into that file", "key", key, "file", path, "problem", problem)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fault.New(fault.Refused, "CONFIG-SECRET-02", "", "others may read the secret in {file}", "take their rights away: chmod 600 {file}", "file", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return strings.TrimRight(string(content), "\r\n"), nil
}

func pointer(key string) string { return "/" + strings.ReplaceAll(key, ".", "/") }

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// nearest gives the key that takes the fewest changes to write.
func nearest(key string, table []Setting) string {
	best, least := "", len(key)+100
	for _, s := range table {
		if d := distance(key, s.Key); d < least {
			best, least = s.Key, d
		}
	}
	return best
}

// distance counts letters to change, add or take away.
func distance(a, b string) int {
	if len(a) > 80 {
		a = a[:80]
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}

// Value is one effective value, fit to be shown: secrets are covered.
type Value struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Unit    string `json:"unit,omitempty"`
	Default string `json:"default"`
	Origin  string `json:"origin"`
	Text    string `json:"text"`
}

// Origin tells which layer a key's value came from.
func (e *Effective) Origin(key string) string { return e.origin[key] }

// Values lists every setting with its value and origin, in the order of the file.
func (e *Effective) Values() []Value {
	var all []Value
	for _, s := range Table() {
		v := e.values.String(s.Key)
		if s.Secret && v != "" {
			if u, err := url.Parse(v); err == nil {
				v = u.Redacted()
			} else {
				v = "…"
			}
		}
		all = append(all, Value{s.Key, v, s.Unit, s.Default, e.origin[s.Key], s.Text})
	}
	return all
}

// Write prints the settings as the file that they could be read from, with a
// comment for each: what it is, its unit and, unless it is the default, where it
// came from.
func (e *Effective) Write(out io.Writer) error {
	var b strings.Builder
	section := ""
	for _, v := range e.Values() {
		s, name, _ := strings.Cut(v.Key, ".")
		if s != section {
			if section != "" {
				b.WriteString("\n")
			}
			section = s
			b.WriteString(s + ":\n")
		}
		b.WriteString("  # " + v.Text)
		if v.Unit != "" {
			b.WriteString(" (" + v.Unit + ")")
		}
		b.WriteString("\n  " + name + ": " + quote(v.Value))
		if v.Origin != FromDefault {
			b.WriteString(" # from the " + v.Origin)
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// quote writes a value as YAML text where it is not a plain word.
func quote(s string) string {
	plain := s != ""
	for _, r := range s {
		plain = plain && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("./_-", r))
	}
	if plain {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
