package codelist

import (
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// ContainerType is what a size and type code says of a container.
type ContainerType struct {
	Code   ContainerTypeCode
	Length string // "6068 mm"
	Height string // "2591 mm", "> 2895 mm"
	Width  string // "2438 mm", "> 2500 mm"
	Group  string // English name of the type group, "General purpose container"
	Type   string // English name of the type; "" when the code names the group only ("22GP")
}

// TwentyFoot tells whether it is a 20-foot box, of which a truck takes two.
func (t ContainerType) TwentyFoot() bool { return strings.HasPrefix(string(t.Code), "2") }

// ContainerType reads an ISO 6346 size and type code: one character of the
// length, one of height and width, two of the type ("22G1") or of the type
// group ("22GP", second letter not a digit). Fault: CODELIST-CONTAINERTYPE-01.
func (s *Set) ContainerType(code string, on clock.Date) (ContainerType, error) {
	plain := tidy(clipInput(code))
	refuse := func(part string) (ContainerType, error) {
		return ContainerType{}, fault.New(fault.Invalid, "CODELIST-CONTAINERTYPE-01", "",
			"“{value}” is not an ISO 6346 size and type code: “{part}” is unknown",
			"write length, height and type as painted below the number, such as 22G1 or 45R1",
			"value", clip(code), "part", clip(part))
	}
	if len(plain) != 4 || !fits("4 characters", plain) {
		return refuse(plain)
	}
	length, ok := s.At(ContainerLengths, plain[:1], on)
	if !ok {
		return refuse(plain[:1])
	}
	height, ok := s.At(ContainerHeights, plain[1:2], on)
	if !ok {
		return refuse(plain[1:2])
	}
	group, ok := s.At(ContainerGroups, plain[2:3], on)
	if !ok {
		return refuse(plain[2:])
	}
	t := ContainerType{
		Code: ContainerTypeCode(plain), Length: length.Name,
		Height: height.Attribute("height"), Width: height.Attribute("width"), Group: group.Name,
	}
	// A letter in the last place names a group of types (GP, RE, UT …): nothing
	// more is said than the group.
	if plain[3] >= '0' && plain[3] <= '9' {
		kind, known := s.At(ContainerTypes, plain[2:], on)
		if !known && s.List(ContainerTypes).Coverage == Complete {
			return refuse(plain[2:])
		}
		t.Type = kind.Name
	}
	return t, nil
}
