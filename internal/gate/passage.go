package gate

import (
	"slices"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/num"
)

// LaneKind is what a lane is for (DR §6.5).
type LaneKind string

const (
	GoodsLane      LaneKind = "goods"
	ConvenientLane LaneKind = "convenient" // for gate-registered goods
	EmptyLane      LaneKind = "empty"
	InspectionLane LaneKind = "inspection"
	ManualLane     LaneKind = "manual"
)

// SealReading is what the lane read of an electronic seal.
type SealReading struct {
	ID     string `json:"id"`
	Sealed bool   `json:"sealed"`
	Alarm  bool   `json:"alarm"`
}

// Image is one picture taken; Ref names it in the picture store by its hash.
type Image struct {
	Kind string `json:"kind"` // plate, front, rear, left, right, driver
	Ref  string `json:"ref"`
}

// Readings is everything the devices of a lane gathered of one vehicle (DR
// §6.1). Readings are facts: nothing here is refused, only normalised.
type Readings struct {
	Area      string        `json:"area"`
	Gate      string        `json:"gate"`
	Lane      string        `json:"lane"`
	LaneKind  LaneKind      `json:"laneKind"`
	Direction Direction     `json:"direction"`
	Sequence  string        `json:"sequence"`        // of the lane controller, names the event
	At        clock.Instant `json:"at"`              // vehicle detected
	Since     clock.Instant `json:"since,omitempty"` // when gathering began again; 0: at At
	Again     bool          `json:"again,omitempty"` // gathered a second time

	CameraPlate string       `json:"cameraPlate,omitempty"` // unclear characters as ?
	EPlate      string       `json:"ePlate,omitempty"`      // id of the RFID plate
	EPlatePlate string       `json:"ePlatePlate,omitempty"` // plate written on it
	ICCard      string       `json:"icCard,omitempty"`
	Front       string       `json:"containerFront,omitempty"`
	Rear        string       `json:"containerRear,omitempty"`
	Weighed     bool         `json:"weighed"`
	Scale       num.Quantity `json:"scale,omitempty"` // kg
	Seal        *SealReading `json:"seal,omitempty"`
	Deviation   bool         `json:"deviation,omitempty"` // the fence saw the vehicle off its route
	Offline     bool         `json:"offline,omitempty"`   // the lane decided without the centre
	Images      []Image      `json:"images,omitempty"`
}

// GatherStep is what the lane does while it collects readings (DR §6.2).
type GatherStep string

const (
	GatherWait    GatherStep = "wait"    // for more readings
	GatherCompare GatherStep = "compare" // everything is there
	GatherAgain   GatherStep = "again"   // time is up: read everything once more
	GatherManual  GatherStep = "manual"  // the second time is up too: a person looks
)

// Gather says how to go on at moment now with what was read so far. Complete is:
// a plate, a weight, and as many containers as the notes name.
func Gather(notes []*ReleaseNote, r *Readings, now clock.Instant, tol *Tolerances) GatherStep {
	var boxes []string
	for _, n := range notes {
		for i := range n.Containers {
			if plain := plainBox(n.Containers[i].Number); !slices.Contains(boxes, plain) {
				boxes = append(boxes, plain)
			}
		}
	}
	if (r.CameraPlate != "" || r.EPlate != "") && r.Weighed && len(boxesRead(r)) >= len(boxes) {
		return GatherCompare
	}
	since := r.At
	if r.Since != 0 {
		since = r.Since
	}
	switch {
	case now < since.Add(tol.GatherTime):
		return GatherWait
	case !r.Again:
		return GatherAgain
	}
	return GatherManual
}

// Barrier says how the barrier moved; a later fact than the verdict.
type Barrier string

const (
	LiftedAutomatically Barrier = "automatic"
	LiftedByHand        Barrier = "manual"
	NotLifted           Barrier = "not_lifted"
	DrivenThrough       Barrier = "driven_through"
)

// Passage is one vehicle at one lane: what was read, what was decided, what
// happened.
type Passage struct {
	ID       string        `json:"id"`
	Readings Readings      `json:"readings"`
	Notes    []string      `json:"notes,omitempty"` // numbers
	Verdict  Verdict       `json:"verdict"`
	Override *Override     `json:"override,omitempty"`
	Barrier  Barrier       `json:"barrier,omitempty"`
	PassedAt clock.Instant `json:"passedAt,omitempty"`
}

// Find picks, out of the notes that could be meant, those of the vehicle: by
// e-plate, else by plate, else by container, in this order; the first way that
// finds any is taken. Notes that already passed this gate or died are left out.
func Find(candidates []*ReleaseNote, r *Readings) []*ReleaseNote {
	alive := func(n *ReleaseNote) bool { return n.State == Approved || n.State == PassedGate1 }
	pick := func(same func(*ReleaseNote) bool) []*ReleaseNote {
		var found []*ReleaseNote
		for _, n := range candidates {
			if alive(n) && same(n) {
				found = append(found, n)
			}
		}
		return found
	}
	if r.EPlate != "" {
		if found := pick(func(n *ReleaseNote) bool { return n.EPlate == r.EPlate }); found != nil {
			return found
		}
	}
	for _, plate := range []string{r.EPlatePlate, r.CameraPlate} {
		if plate == "" {
			continue
		}
		plain := codelist.NormalisePlate(plate)
		if found := pick(func(n *ReleaseNote) bool { return codelist.NormalisePlate(n.Plate) == plain }); found != nil {
			return found
		}
	}
	boxes := boxesRead(r)
	if len(boxes) == 0 {
		return nil
	}
	return pick(func(n *ReleaseNote) bool {
		return slices.ContainsFunc(n.Containers, func(c Container) bool { return slices.Contains(boxes, plainBox(c.Number)) })
	})
}
