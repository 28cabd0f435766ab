package procedure

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Catalogue is all modes in all versions as one unchangeable snapshot.
type Catalogue struct {
	modes []*Mode // by id, then version
	epoch string
}

// NewCatalogue puts modes together. Faults: PROCEDURE-CATALOGUE-01 (a version is
// given twice), PROCEDURE-CATALOGUE-02 (two versions of a mode are in force on
// one day: which version speaks would be open).
func NewCatalogue(modes ...*Mode) (*Catalogue, error) {
	c := &Catalogue{modes: slices.Clone(modes)}
	slices.SortStableFunc(c.modes, func(a, b *Mode) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	var faults fault.List
	for i, m := range c.modes {
		for _, earlier := range c.modes[:i] {
			switch {
			case earlier.ID != m.ID:
			case earlier.Version == m.Version:
				faults = append(faults, fault.New(fault.Invalid, "PROCEDURE-CATALOGUE-01", "", "{mode} is given twice",
					"give a change its own version", "mode", m.Ref()))
			case (earlier.To == 0 || m.From <= earlier.To) && (m.To == 0 || earlier.From <= m.To):
				faults = append(faults, fault.New(fault.Invalid, "PROCEDURE-CATALOGUE-02", "", "{mode} and {other} are in force on the same day",
					"end one version the day before the next begins", "mode", earlier.Ref(), "other", m.Ref()))
			}
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	h := sha256.New()
	for _, m := range c.modes {
		fmt.Fprintf(h, "%s %s\n", m.Ref(), m.Hash)
	}
	c.epoch = hex.EncodeToString(h.Sum(nil))
	return c, nil
}

// Load reads every .yaml file of a folder. Faults of a file have its name before
// their path; others as NewCatalogue.
func Load(files fs.FS) (*Catalogue, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("read the procedures: %w", err)
	}
	var modes []*Mode
	var faults fault.List
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".yaml" {
			continue
		}
		source, err := fs.ReadFile(files, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read procedure %s: %w", e.Name(), err)
		}
		m, err := Parse(source)
		if err != nil {
			if other := faults.Add("/"+e.Name(), err); other != nil {
				return nil, other
			}
			continue
		}
		modes = append(modes, m)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return NewCatalogue(modes...)
}

// With gives a catalogue with further modes, faults as NewCatalogue. c is not
// changed.
func (c *Catalogue) With(modes ...*Mode) (*Catalogue, error) {
	return NewCatalogue(append(slices.Clone(c.modes), modes...)...)
}

// Epoch names the content of the catalogue: a hash over all files. Decisions
// keep it, and a node with another epoch is refused.
func (c *Catalogue) Epoch() string { return c.epoch }

// List gives all modes in all versions, by id and version.
func (c *Catalogue) List() []*Mode { return slices.Clone(c.modes) }

// At gives the version of the mode that is in force on day. Faults:
// PROCEDURE-MODE-01 (no such mode), PROCEDURE-VALID-01 (not in force).
func (c *Catalogue) At(id string, day clock.Date) (*Mode, error) {
	known := false
	for _, m := range c.modes {
		if m.ID == id {
			known = true
			if m.InForce(day) {
				return m, nil
			}
		}
	}
	if !known {
		return nil, noMode(id)
	}
	return nil, fault.New(fault.Refused, "PROCEDURE-VALID-01", "/procedure", "{mode} is not in force on {day}",
		"choose a mode that is in force", "mode", id, "day", day)
}

// Version gives one version of a mode: an open case goes on under the version it
// was opened with. Fault: PROCEDURE-MODE-01.
func (c *Catalogue) Version(id string, version int) (*Mode, error) {
	for _, m := range c.modes {
		if m.ID == id && m.Version == version {
			return m, nil
		}
	}
	return nil, noMode(id + "@" + itoa(version))
}

func noMode(id string) error {
	return fault.New(fault.Invalid, "PROCEDURE-MODE-01", "/procedure", "there is no supervision mode “{mode}”",
		"choose a mode of the list", "mode", id)
}

// Open lists the modes that a paper can be lodged under: in force on day, open
// to the area and the credit level, and for goods going this way.
func (c *Catalogue) Open(paper Paper, way Direction, day clock.Date, area string, credit int) []*Mode {
	var open []*Mode
	for _, m := range c.modes {
		if slices.Contains(m.Papers, paper) && (m.Way == way || m.Way == Both || way == Both) && m.Choose(day, area, credit) == nil {
			open = append(open, m)
		}
	}
	return open
}
