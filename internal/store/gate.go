package store

import "context"

// gateTables keep what the gate lets through and what it saw. Notes of a vehicle
// are found by its plate or its containers while they are alive.
var gateTables = []table{
	{kind: "release_note", columns: []column{
		{name: "number", index: unique},
		{name: "enterprise", index: behind},
		{name: "book", index: behind},
		{name: "plate", index: open},
		{name: "e_plate", index: open},
		{name: "box", index: open},
		{name: "box2", index: open},
		{name: "area"},
		{name: "state", index: open},
	}, final: []string{"passed", "passed_gate_2", "deleted", "void"}},
	{kind: "passage", columns: []column{
		{name: "lane", at: "/readings/lane", index: direct},
		{name: "gate", at: "/readings/gate"},
		{name: "area", at: "/readings/area"},
		{name: "plate", at: "/readings/cameraPlate,/readings/ePlatePlate", index: behind},
		{name: "container", at: "/readings/containerFront", index: behind},
		{name: "outcome", at: "/verdict/outcome"},
		{name: "at_us", at: "/readings/at", form: instant},
		{name: "barrier", at: "/barrier/state"},
	}},
}

// Lanes lists the lanes at which a vehicle was ever read. It steps from one name to
// the next in the index, so that many passages cost no more than few.
func (s *Store) Lanes(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `WITH RECURSIVE step (lane) AS (
		SELECT MIN(lane) FROM passage WHERE lane IS NOT NULL
		UNION ALL SELECT (SELECT MIN(p.lane) FROM passage p WHERE p.lane > step.lane) FROM step WHERE step.lane IS NOT NULL)
		SELECT lane FROM step WHERE lane IS NOT NULL ORDER BY lane`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lanes []string
	for rows.Next() {
		var lane string
		if err := rows.Scan(&lane); err != nil {
			return nil, err
		}
		lanes = append(lanes, lane)
	}
	return lanes, rows.Err()
}
