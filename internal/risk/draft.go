package risk

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Draft is a table that somebody wants in force. It remembers the epoch it was
// made from, so that two people cannot undo each other's work unseen.
type Draft struct {
	Base    string     `json:"base"` // epoch of the table it changes
	Spec    TableSpec  `json:"spec"`
	From    clock.Date `json:"from"` // first day in force
	Author  string     `json:"author"`
	Reason  string     `json:"reason"`
	Missing string     `json:"missing_reason,omitempty"` // why a known case may be missed from now on
}

// Propose checks a draft and gives the snapshot that would come into force; two
// officers decide afterwards. tested is the back-test of the draft, nil when
// none was run. All faults: those of Compile, and RISK-DRAFT-01 (the table in
// force is no longer the one the draft was made from), -02 (no author or
// reason), -03 (begins before tomorrow), -04 (same version name with other
// content), -05 (known cases would be missed and no reason is written).
func (d Draft) Propose(inForce *Table, tested *Report, today clock.Date) (*Table, error) {
	var faults fault.List
	if d.Base != inForce.Ref.Epoch {
		faults = append(faults, fault.New(fault.Conflict, "RISK-DRAFT-01", "/base", "the table changed since this draft was begun",
			"compare the draft with the table now in force and save it again"))
	}
	if strings.TrimSpace(d.Author) == "" || strings.TrimSpace(d.Reason) == "" {
		faults = append(faults, fault.New(fault.Invalid, "RISK-DRAFT-02", "/reason", "a change needs its author and a reason",
			"write why the rules should change"))
	}
	if d.From <= today {
		faults = append(faults, fault.New(fault.Invalid, "RISK-DRAFT-03", "/from", "a change comes into force tomorrow at the earliest",
			"choose a day after {today}", "today", today))
	}
	if d.Spec.Version == inForce.Spec.Version && len(Diff(inForce.Spec, d.Spec)) > 0 {
		faults = append(faults, fault.New(fault.Invalid, "RISK-DRAFT-04", "/spec/version", "version {version} is in force with other content",
			"give the draft its own version", "version", d.Spec.Version))
	}
	if tested != nil && tested.NewlyMissed > 0 && strings.TrimSpace(d.Missing) == "" {
		faults = append(faults, fault.New(fault.Refused, "RISK-DRAFT-05", "/missing_reason",
			"{count} known cases would no longer be selected", "write why that is acceptable, or change the draft",
			"count", tested.NewlyMissed))
	}
	t, err := Compile(d.Spec, inForce.Catalogue)
	if err := faults.Add("/spec", err); err != nil {
		return nil, fmt.Errorf("compile draft: %w", err)
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	return t, nil
}

// Change is one cell that differs between two tables. Old is empty when it was
// added, New when it was removed.
type Change struct {
	Part string `json:"part"` // rule, list, band, draw, table
	Key  string `json:"key"`  // rule id, list name, or index
	Cell string `json:"cell"` // JSON name of the cell; "" when the whole row came or went
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// Diff lists the changed cells from old to new, in a fixed order. The version
// name itself is not a change.
func Diff(old, new TableSpec) []Change {
	before, after := cells(old), cells(new)
	keys := map[[2]string]bool{}
	for k := range before {
		keys[k] = true
	}
	for k := range after {
		keys[k] = true
	}
	order := make([][2]string, 0, len(keys))
	for k := range keys {
		order = append(order, k)
	}
	sort.Slice(order, func(i, j int) bool {
		if order[i][0] != order[j][0] {
			return order[i][0] < order[j][0]
		}
		return order[i][1] < order[j][1]
	})
	var changes []Change
	for _, k := range order {
		b, had := before[k]
		a, has := after[k]
		switch {
		case !had:
			changes = append(changes, Change{Part: k[0], Key: k[1], New: whole(a)})
		case !has:
			changes = append(changes, Change{Part: k[0], Key: k[1], Old: whole(b)})
		default:
			changes = append(changes, compare(k, b, a)...)
		}
	}
	return changes
}

// cells breaks a table into rows of cells by (part, key).
func cells(s TableSpec) map[[2]string]map[string]json.RawMessage {
	rows := map[[2]string]map[string]json.RawMessage{}
	add := func(part, key string, row any) {
		body, err := json.Marshal(row)
		if err != nil {
			return
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(body, &fields) == nil {
			rows[[2]string{part, key}] = fields
		}
	}
	for _, r := range s.Rules {
		add("rule", r.ID, r)
	}
	for name, l := range s.Lists {
		add("list", name, l)
	}
	for i, b := range s.Bands {
		add("band", fmt.Sprintf("%03d", i+1), b)
	}
	for i, d := range s.Draws {
		add("draw", fmt.Sprintf("%03d", i+1), d)
	}
	add("table", s.ID, struct {
		Subject Kind  `json:"subject"`
		Title   Label `json:"title"`
	}{s.Subject, s.Title})
	return rows
}

func compare(k [2]string, before, after map[string]json.RawMessage) (changes []Change) {
	names := map[string]bool{}
	for n := range before {
		names[n] = true
	}
	for n := range after {
		names[n] = true
	}
	order := make([]string, 0, len(names))
	for n := range names {
		order = append(order, n)
	}
	sort.Strings(order)
	for _, n := range order {
		if b, a := plain(before[n]), plain(after[n]); b != a {
			changes = append(changes, Change{Part: k[0], Key: k[1], Cell: n, Old: b, New: a})
		}
	}
	return changes
}

// plain shows a cell: texts without quotes, the rest as JSON.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func whole(row map[string]json.RawMessage) string {
	body, err := json.Marshal(row)
	if err != nil {
		return ""
	}
	return string(body)
}
