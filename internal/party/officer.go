package party

import (
	"slices"
	"strconv"

	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/review"
)

// AnyArea stands for every area of the zone in an officer's areas.
const AnyArea = "*"

// OfficerState tells whether an officer serves.
type OfficerState string

// The states of an officer.
const (
	Serving OfficerState = "serving"
	OnLeave OfficerState = "on-leave"
	Left    OfficerState = "left"
)

// Officer is a person of the zone customs.
type Officer struct {
	ID     string              `json:"id"`
	Number string              `json:"number,omitempty"` // service number
	User   string              `json:"user,omitempty"`   // id of the account, "" when the person does not sign in
	Name   string              `json:"name"`             // Chinese
	NameEN string              `json:"nameEN,omitempty"`
	Posts  []PostID            `json:"posts"`
	Unit   string              `json:"unit,omitempty"`   // of the zone customs
	Office codelist.OfficeCode `json:"office,omitempty"` // where the officer signs, "" at the headquarters
	Area   string              `json:"area,omitempty"`   // home area
	Areas  []string            `json:"areas,omitempty"`  // areas the officer works in; AnyArea for all
	// Superiors are the officers above, the direct one first: the reporting line.
	Superiors []string     `json:"superiors,omitempty"`
	OnDuty    bool         `json:"onDuty,omitempty"`    // at work now
	Skills    []string     `json:"skills,omitempty"`    // kinds of inspection the officer is certified for
	Interests []string     `json:"interests,omitempty"` // enterprises and persons with a conflict of interest
	State     OfficerState `json:"state"`
}

// Holds tells whether the officer serves and holds a post.
func (o *Officer) Holds(p PostID) bool { return o.State == Serving && slices.Contains(o.Posts, p) }

// WorksIn tells whether the officer works in an area; "" is every area.
func (o *Officer) WorksIn(area string) bool { return inAreas(o.Areas, area) }

func inAreas(areas []string, area string) bool {
	return area == "" || slices.Contains(areas, AnyArea) || slices.Contains(areas, area)
}

// Actor gives the officer as one who acts. An officer who does not serve has no
// posts.
func (o *Officer) Actor() decision.Actor {
	a := decision.Actor{ID: o.ID, Kind: journal.Officer, Name: o.Name, Office: string(o.Office), Areas: slices.Clone(o.Areas)}
	if o.State == Serving {
		a.Posts = postNames(o.Posts)
	}
	return a
}

// ForReview gives what drawing a second officer needs to know. Somebody who
// works in all areas is given every area by name.
func (o *Officer) ForReview() review.Officer {
	areas := slices.Clone(o.Areas)
	if slices.Contains(areas, AnyArea) {
		areas = areas[:0]
		for _, a := range Organisation().Areas {
			areas = append(areas, a.ID)
		}
	}
	return review.Officer{
		ID: o.ID, Posts: postNames(o.Posts), Areas: areas, OnDuty: o.OnDuty && o.State == Serving,
		Superiors: slices.Clone(o.Superiors), Interests: slices.Clone(o.Interests),
	}
}

func postNames(posts []PostID) []string {
	names := make([]string, len(posts))
	for i, p := range posts {
		names[i] = string(p)
	}
	return names
}

// Validate gives all faults of the record: PARTY-NAME-02 without a name or
// number, PARTY-POST-01 for an unknown post or one of the enterprise side,
// PARTY-POST-02 for posts that one person may not hold together, PARTY-AREA-01,
// PARTY-UNIT-01, PARTY-LINE-01 for an officer in his own reporting line.
func (o *Officer) Validate() error {
	var faults fault.List
	if o.Name == "" || o.Number == "" {
		faults = append(faults, fault.New(fault.Invalid, "PARTY-NAME-02", "/name", "name or service number is missing",
			"give both as in the personnel register"))
	}
	faults = append(faults, Rights().checkPosts(o.Posts, Customs)...)
	for i, a := range o.Areas {
		if a != AnyArea && !knownArea(a) {
			faults = append(faults, unknownArea("/areas/"+strconv.Itoa(i), a))
		}
	}
	if o.Area != "" && !knownArea(o.Area) {
		faults = append(faults, unknownArea("/area", o.Area))
	}
	if _, ok := Organisation().Unit(o.Unit); !ok {
		faults = append(faults, fault.New(fault.Invalid, "PARTY-UNIT-01", "/unit", "“{unit}” is no unit of the zone customs",
			"use a unit of the organisation", "unit", o.Unit))
	}
	if slices.Contains(o.Superiors, o.ID) && o.ID != "" {
		faults = append(faults, fault.New(fault.Invalid, "PARTY-LINE-01", "/superiors", "an officer is not his own superior",
			"name the officers above, the direct one first"))
	}
	return faults.OrNil()
}
