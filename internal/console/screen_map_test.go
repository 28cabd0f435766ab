package console

import (
	"strings"
	"testing"

	"seine/internal/clock"
	"seine/internal/control"
	"seine/internal/gate"
	"seine/internal/party"
)

func TestTheMapSaysInWordsWhatItDraws(t *testing.T) {
	now := sampleAt("2026-11-23T18:00")
	passage := func(id, area, lane, plate string, way gate.Direction, outcome gate.Outcome, minutes int) *control.Passage {
		p := &control.Passage{}
		p.ID = id
		p.Readings = gate.Readings{Area: area, Lane: area + "-" + lane, Direction: way, At: now - clock.Instant(minutes)*60_000_000, CameraPlate: plate}
		p.Verdict.Outcome = outcome
		return p
	}
	note := func(id, plate string, way gate.Direction, until clock.Instant) *control.Note {
		n := &control.Note{}
		n.ID, n.Area, n.Plate, n.Direction, n.ValidTo = id, "yangshan", plate, way, until
		return n
	}
	m := drawMap(t.Context(), party.Organisation().Areas, []*control.Passage{
		passage("p1", "yangshan", "1", "A1", gate.In, gate.Pass, 0),
		passage("p2", "yangshan", "2", "A2", gate.Out, gate.Pass, 11),
		passage("p3", "yangshan", "3", "A3", gate.In, gate.Hold, 90),
		passage("p4", "yangshan", "1", "A4", gate.In, gate.Hold, 95), // another one came since
		passage("p5", "yangshan", "1", "A5", gate.In, gate.Pass, 13), // has arrived
		passage("p6", "waigaoqiao", "1", "A6", gate.In, gate.Pass, 3),
	}, []*control.Note{
		note("n1", "A3", gate.In, now+1), note("n2", "A7", gate.In, now+1), note("n3", "A8", gate.Out, now+1), note("n4", "A9", gate.In, now-1),
	}, now)
	var yangshan *mapArea
	for i := range m.Areas {
		if m.Areas[i].ID == "yangshan" {
			yangshan = &m.Areas[i]
		}
	}
	if len(m.Areas) != 4 || yangshan == nil {
		t.Fatalf("%d areas", len(m.Areas))
	}
	if a := yangshan; a.In != 2 || a.Out != 1 || a.Held != 1 || a.Awaited != 2 || len(a.Lanes) != 3 {
		t.Errorf("in %d, out %d, held %d, awaited %d, lanes %d", a.In, a.Out, a.Held, a.Awaited, len(a.Lanes))
	}
	plates := map[string]int{}
	for _, v := range yangshan.Vehicles {
		plates[v.Plate] = v.X
	}
	if len(plates) != 5 || plates["A1"] <= mapGateX || plates["A2"] >= mapGateX || plates["A3"] >= mapGateX || plates["A8"] <= plates["A1"] {
		t.Errorf("vehicles stand at %v", plates)
	}
	if rows := len(m.Vehicles.Rows); rows != 6 {
		t.Errorf("%d vehicles in words, of 6 that are drawn", rows)
	}
	var page strings.Builder
	if err := mapDrawing(m).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), `id="vehicle-`); n != 6 {
		t.Errorf("%d vehicles drawn", n)
	}
}
