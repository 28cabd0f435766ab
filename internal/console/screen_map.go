package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/dossier"
	"seine/internal/gate"
	"seine/internal/party"
	"seine/internal/store"
)

// zoneMap is the zone as a plan: its areas with gate, lanes and yards, and the
// vehicles that passed lately or are expected. Vehicles says the same in words.
type zoneMap struct {
	Areas         []mapArea
	Width, Height int
	Vehicles      Table
}

// mapArea is one area of the plan. In and Out count what passed today.
type mapArea struct {
	ID, Name               string
	X, Y                   int
	In, Out, Held, Awaited int
	Lanes                  []mapLane
	Vehicles               []mapVehicle
}

// mapLane is a lane as its last vehicle left it.
type mapLane struct {
	Name, Short string
	Y           int // within the area
	Tone        Tone
	Title, Href string
}

// mapVehicle is a vehicle where it is about now: the plan knows its passage, not
// its position.
type mapVehicle struct {
	ID, Plate, Href string
	X, Y            int // within the area
	Tone            Tone
	Planned         bool // expected: a note is approved and the vehicle has not come
	Title           string
}

// Measures of an area on the plan, in the drawing's own units.
const (
	mapAreaWidth  = 580
	mapAreaHeight = 286
	mapGap        = 20
	mapGateX      = 150 // of the lanes; the public road lies left of them
	mapYardX      = 400 // where the yards begin
	mapFirstLane  = 74
	mapLaneApart  = 32
	mapMostLanes  = 6
	mapMostQueue  = 7
)

// mapMinutes is how long a vehicle that passed is shown on its way.
const mapMinutes = 12

// mapPassages bounds the passages that are read.
const mapPassages = 400

// mapPage answers GET /map.
func (s *Server) mapPage(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	m, err := s.zoneMap(ctx)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Render(w, r, Page{Title: T(ctx, "map.title"), Live: []string{"gate", "passage"}}, mapBody(m))
}

func (s *Server) zoneMap(ctx context.Context) (zoneMap, error) {
	who, err := s.who(ctx)
	if err != nil {
		return zoneMap{}, err
	}
	passed, err := s.house().Read.List(ctx, dossier.Passage, store.Query{Limit: mapPassages})
	if err != nil {
		return zoneMap{}, err
	}
	awaited, err := s.house().Read.List(ctx, dossier.ReleaseNote, store.Query{Where: map[string][]string{"state": {string(gate.Approved)}}, Limit: mapPassages})
	if err != nil {
		return zoneMap{}, err
	}
	var passages []*control.Passage // the newest first
	for _, item := range passed.Items {
		p, err := read[control.Passage](item)
		if err != nil {
			return zoneMap{}, err
		}
		passages = append(passages, p)
	}
	var notes []*control.Note
	for _, item := range awaited.Items {
		n, err := read[control.Note](item)
		if err != nil {
			return zoneMap{}, err
		}
		notes = append(notes, n)
	}
	var areas []party.Area
	for _, a := range party.Organisation().Areas {
		if party.May(who, party.View, party.Object{Kind: string(dossier.Passage), Area: a.ID}) == nil {
			areas = append(areas, a)
		}
	}
	return drawMap(ctx, areas, passages, notes, s.now()), nil
}

// drawMap places areas two by two, in each its lanes and vehicles.
func drawMap(ctx context.Context, areas []party.Area, passages []*control.Passage, notes []*control.Note, now clock.Instant) zoneMap {
	m := zoneMap{Width: mapAreaWidth, Height: mapAreaHeight}
	m.Vehicles = Table{
		ID: "vehicles", Caption: T(ctx, "map.vehicles"), Pager: Pager{NeverTurnPage: true},
		Empty: State{Kind: StateEmpty, Title: T(ctx, "map.empty"), Text: T(ctx, "state.empty.text")},
		Columns: []Column{
			{Title: T(ctx, "enterprise.area")},
			{Title: T(ctx, "lane.name")},
			{Title: T(ctx, "check.plate")},
			{Title: T(ctx, "form.direction")},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "journal.at")},
		},
	}
	for i := range areas {
		a := mapArea{ID: areas[i].ID, Name: inLanguage(ctx, areas[i].Title, areas[i].TitleZH), X: i % 2 * (mapAreaWidth + mapGap), Y: i / 2 * (mapAreaHeight + mapGap)}
		a.lanes(ctx, passages)
		a.passed(ctx, passages, now, &m.Vehicles)
		a.awaits(ctx, notes, now, &m.Vehicles)
		m.Areas = append(m.Areas, a)
		m.Width, m.Height = max(m.Width, a.X+mapAreaWidth), max(m.Height, a.Y+mapAreaHeight)
	}
	return m
}

// lanes places the lanes of an area that have been passed, by name.
func (a *mapArea) lanes(ctx context.Context, passages []*control.Passage) {
	for _, p := range passages {
		known := slices.ContainsFunc(a.Lanes, func(l mapLane) bool { return l.Name == p.Readings.Lane })
		if p.Readings.Area != a.ID || known {
			continue
		}
		b := badge(ctx, laneWords, p.Verdict.Outcome)
		a.Lanes = append(a.Lanes, mapLane{
			Name: p.Readings.Lane, Short: strings.TrimPrefix(p.Readings.Lane, a.ID+"-"), Tone: b.Tone, Href: "/lanes/" + p.Readings.Lane,
			Title: p.Readings.Lane + ": " + plateOf(&p.Readings) + ", " + b.Text,
		})
	}
	slices.SortFunc(a.Lanes, func(x, y mapLane) int {
		return cmp.Or(cmp.Compare(len(x.Name), len(y.Name)), strings.Compare(x.Name, y.Name))
	})
	for i := range a.Lanes {
		a.Lanes[i].Y = mapFirstLane + min(i, mapMostLanes-1)*mapLaneApart
	}
}

func (a *mapArea) laneY(name string) int {
	if i := slices.IndexFunc(a.Lanes, func(l mapLane) bool { return l.Name == name }); i >= 0 {
		return a.Lanes[i].Y
	}
	return mapFirstLane
}

// passed places the vehicles that passed lately: inwards on the way to the yards,
// outwards on the public road; one that was stopped stands at its lane until the
// next one comes.
func (a *mapArea) passed(ctx context.Context, passages []*control.Passage, now clock.Instant, t *Table) {
	seen := map[string]bool{}
	for _, p := range passages {
		r := &p.Readings
		if r.Area != a.ID {
			continue
		}
		through := p.Verdict.Outcome == gate.Pass
		if through && r.At.Date() == now.Date() {
			if r.Direction == gate.Out {
				a.Out++
			} else {
				a.In++
			}
		}
		newest := !seen[r.Lane]
		seen[r.Lane] = true
		seconds := int(now-r.At) / 1_000_000
		stands := !through && newest && r.At.Date() == now.Date()
		if through && (seconds >= mapMinutes*60 || seconds < 0) || !through && !stands {
			continue
		}
		v := mapVehicle{ID: p.ID, Plate: plateOf(r), Href: "/lanes/" + r.Lane, Y: a.laneY(r.Lane), X: mapGateX + 16}
		b := badge(ctx, laneWords, p.Verdict.Outcome)
		where := b
		switch {
		case stands:
			a.Held++
			v.X = mapGateX - 38
		case r.Direction == gate.Out:
			where = Badge{b.Tone, T(ctx, "map.leaving")}
			v.X = mapGateX - 36 - seconds*(mapGateX-50)/(mapMinutes*60)
		default:
			where = Badge{b.Tone, T(ctx, "map.arriving")}
			v.X = mapGateX + 14 + seconds*(mapYardX-mapGateX-48)/(mapMinutes*60)
		}
		v.Tone, v.Title = where.Tone, v.Plate+": "+where.Text
		a.Vehicles = append(a.Vehicles, v)
		t.Rows = append(t.Rows, Row{Href: v.Href, Cells: []templ.Component{
			Text(a.Name), Code(r.Lane), Code(v.Plate), Text(laneDirection(ctx, r.Direction)), BadgeView(where), WhenExactly(r.At),
		}})
	}
}

// awaits queues the vehicles whose notes are approved and hold still: those that
// come in on the public road, those that go out before the yards. One that was
// stopped stands at its lane.
func (a *mapArea) awaits(ctx context.Context, notes []*control.Note, now clock.Instant, t *Table) {
	var queued [2]int
	for _, n := range notes {
		stopped := slices.ContainsFunc(a.Vehicles, func(v mapVehicle) bool { return v.Plate == n.Plate })
		if n.Area != a.ID || stopped || n.ValidTo != 0 && n.ValidTo < now {
			continue
		}
		a.Awaited++
		b := Badge{Pending, T(ctx, "map.awaited")}
		t.Rows = append(t.Rows, Row{Href: "/notes/" + n.ID, Cells: []templ.Component{
			Text(a.Name), Text(""), Code(n.Plate), Text(laneDirection(ctx, n.Direction)), BadgeView(b), WhenExactly(n.Cleared),
		}})
		side := 0
		if n.Direction == gate.Out {
			side = 1
		}
		place := queued[side]
		if queued[side]++; place >= mapMostQueue {
			continue
		}
		v := mapVehicle{ID: n.ID, Plate: n.Plate, Href: "/notes/" + n.ID, X: 14, Y: mapFirstLane + place*26, Tone: Pending, Planned: true, Title: n.Plate + ": " + b.Text}
		if side == 1 {
			v.X = mapYardX - 34
		}
		a.Vehicles = append(a.Vehicles, v)
	}
}

// placed is a place of the drawing as its attributes have it.
func placed(x, y int) string { return "translate(" + strconv.Itoa(x) + " " + strconv.Itoa(y) + ")" }

func galleryMap(ctx context.Context) Specimen {
	now := sampleAt("2026-11-23T09:41")
	passage := func(id, lane, plate string, way gate.Direction, outcome gate.Outcome, minutes int) *control.Passage {
		p := &control.Passage{}
		p.ID = id
		p.Readings = gate.Readings{Area: "waigaoqiao", Gate: "waigaoqiao-main", Lane: "waigaoqiao-" + lane, Direction: way, At: now - clock.Instant(minutes)*60_000_000, CameraPlate: plate}
		p.Verdict.Outcome = outcome
		return p
	}
	note := &control.Note{}
	note.ID, note.Area, note.Plate, note.Direction, note.Cleared = "n1", "waigaoqiao", "沪A00009", gate.In, now
	m := drawMap(ctx, party.Organisation().Areas, []*control.Passage{
		passage("p1", "1", "沪A00001", gate.In, gate.Pass, 3), passage("p2", "2", "沪A00002", gate.Out, gate.Pass, 9),
		passage("p3", "3", "沪A00003", gate.In, gate.Hold, 12), passage("p4", "1", "沪A00004", gate.In, gate.Pass, 11),
	}, []*control.Note{note}, now)
	return Specimen{Name: "map", Title: "map.title", Page: Page{Title: T(ctx, "map.title"), Live: []string{"gate"}}, Body: mapBody(m)}
}
