package check

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"sync"

	"seine/internal/ledger"
	"seine/internal/oversight"
	"seine/internal/procedure"
	"seine/procedures"
)

// modes is what the check needs to know of the supervision modes.
type modes struct {
	known map[string]bool              // mode and version → its acceptance draws on bills of lading
	steps map[string][]*procedure.Step // mode and version → its steps
}

// draws tells whether the acceptance of a declaration under a mode draws on its
// bill of lading.
func (m modes) draws(mode string, version int) bool { return m.known[mode+"@"+strconv.Itoa(version)] }

func (m modes) knows(mode string, version int) bool {
	_, ok := m.known[mode+"@"+strconv.Itoa(version)]
	return ok
}

// ownModes are the modes that come with the program.
var ownModes = sync.OnceValues(func() (*procedure.Catalogue, error) { return procedure.Load(procedures.Files) })

// readModes reads the modes of the program and those that the zone put in force.
func (r *run) readModes(ctx context.Context) (modes, error) {
	m := modes{known: map[string]bool{}, steps: map[string][]*procedure.Step{}}
	catalogue, err := ownModes()
	if err != nil {
		return m, err
	}
	take := func(mode *procedure.Mode) {
		draws := false
		for _, s := range mode.Steps {
			if s.ID != "accept" {
				continue
			}
			for _, p := range s.Post {
				draws = draws || p.Item == procedure.LadingLine && p.Ledger == ledger.Legal && p.To == ledger.Drawn || p.Do == ledger.Settle
			}
		}
		ref := mode.ID + "@" + strconv.Itoa(mode.Version)
		m.known[ref], m.steps[ref] = draws, mode.Steps
	}
	for _, mode := range catalogue.List() {
		take(mode)
	}
	err = r.all(ctx, modesAll, nil, func(rows *sql.Rows) error {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		var v oversight.ModeVersion
		if json.Unmarshal([]byte(body), &v) != nil {
			return nil
		}
		mode, err := procedure.Parse([]byte(v.Source))
		if err == nil { // a draft may be anything
			take(mode)
		}
		return nil
	})
	return m, err
}
