package party

import (
	"fmt"
	"strings"

	"seine/internal/codelist"
)

// Area is one of the areas of the zone.
type Area struct {
	ID      string                   `yaml:"id"`
	Title   string                   `yaml:"title"`
	TitleZH string                   `yaml:"titleZH"`
	Zone    codelist.SpecialZoneCode `yaml:"zone"`   // code of the special trade zone
	Unit    string                   `yaml:"unit"`   // unit of the zone customs in charge
	Office  codelist.OfficeCode      `yaml:"office"` // customs office of its documents
}

// Unit is a part of the zone customs: a comprehensive office, a division, an
// office at an area, the anti-smuggling branch.
type Unit struct {
	ID      string                `yaml:"id"`
	Kind    string                `yaml:"kind"`
	Title   string                `yaml:"title"`
	TitleZH string                `yaml:"titleZH"`
	Parent  string                `yaml:"parent"`
	Offices []codelist.OfficeCode `yaml:"offices"`
}

// Structure is the zone customs and its areas.
type Structure struct {
	Areas []Area `yaml:"areas"`
	Units []Unit `yaml:"units"`
}

// Organisation gives the structure that is built in.
var Organisation = built(func() (*Structure, error) {
	var s Structure
	if err := read("organisation.yaml", &s); err != nil {
		return nil, err
	}
	for _, a := range s.Areas {
		if _, ok := s.Unit(a.Unit); !ok {
			return nil, fmt.Errorf("area %s: no unit %s", a.ID, a.Unit)
		}
	}
	for _, u := range s.Units {
		if _, ok := s.Unit(u.Parent); u.Parent != "" && !ok {
			return nil, fmt.Errorf("unit %s: no unit %s", u.ID, u.Parent)
		}
	}
	return &s, nil
})

// Area gives an area by its id.
func (s *Structure) Area(id string) (Area, bool) {
	for _, a := range s.Areas {
		if a.ID == id {
			return a, true
		}
	}
	return Area{}, false
}

// Unit gives a unit by its id.
func (s *Structure) Unit(id string) (Unit, bool) {
	for _, u := range s.Units {
		if u.ID == id {
			return u, true
		}
	}
	return Unit{}, false
}

// AreaOfOffice gives the area whose documents a customs office takes.
func (s *Structure) AreaOfOffice(code codelist.OfficeCode) (Area, bool) {
	for _, a := range s.Areas {
		if a.Office == code {
			return a, true
		}
	}
	return Area{}, false
}

func knownArea(id string) bool {
	_, ok := Organisation().Area(id)
	return ok
}

func areaNames() string {
	var names []string
	for _, a := range Organisation().Areas {
		names = append(names, a.ID)
	}
	return strings.Join(names, ", ")
}
