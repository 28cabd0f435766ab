package party

import (
	"bytes"
	"embed"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"

	"seine/internal/clock"
)

//go:embed data/*.yaml
var files embed.FS

// read fills into from an embedded file; a key that we do not know is an error.
func read(name string, into any) error {
	raw, err := files.ReadFile("data/" + name)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// day is a date in a YAML file.
type day clock.Date

// UnmarshalYAML reads YYYY-MM-DD.
func (d *day) UnmarshalYAML(n *yaml.Node) error {
	at, err := clock.ParseDate(n.Value)
	*d = day(at)
	return err
}

// span is the time for which a rule holds, with its source.
type span struct {
	ValidFrom day    `yaml:"validFrom"`
	ValidTo   day    `yaml:"validTo"`
	Source    string `yaml:"source"`
}

func (s span) holds(on clock.Date) bool {
	return on >= clock.Date(s.ValidFrom) && (s.ValidTo == 0 || on <= clock.Date(s.ValidTo))
}

// built gives a value made from embedded data once; damaged data is a fault of
// the build and panics, a test makes every one.
func built[T any](make func() (T, error)) func() T {
	return sync.OnceValue(func() T {
		v, err := make()
		if err != nil {
			panic(err)
		}
		return v
	})
}
