package declaration

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
)

// CorrectionKind says what is asked for.
type CorrectionKind string

const (
	Amend  CorrectionKind = "amend"
	Delete CorrectionKind = "delete"
)

// Change is one field that differs between two versions of a declaration.
// Before or After is empty when the field is absent on that side.
type Change struct {
	Path   string `json:"path"` // RFC 6901
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Correction is a request to amend or delete an accepted declaration (删改单).
type Correction struct {
	Kind     CorrectionKind `json:"kind"`
	Reason   string         `json:"reason"` // code of the listed reason
	Text     string         `json:"text,omitempty"`
	By       string         `json:"by,omitempty"`
	At       clock.Instant  `json:"at,omitempty"`
	Changes  []Change       `json:"changes,omitempty"`
	Proposed *Declaration   `json:"proposed,omitempty"` // the whole declaration as it shall be
	First    string         `json:"first,omitempty"`    // officers who confirmed
	Second   string         `json:"second,omitempty"`
}

// kept are the elements that belong to the process, not to what is declared. A
// correction neither lists nor changes them.
var kept = []string{
	"/id", "/number", "/preEntryNumber", "/kind", "/direction", "/procedure", "/procedureVersion", "/state", "/version",
	"/times", "/channel", "/verdict", "/confirmed", "/correction", "/label", "/supplied",
}

// Diff lists the declared elements in which after differs from before, sorted by
// path. Elements of the process (state, times, verdict …) are not compared.
func Diff(before, after *Declaration) ([]Change, error) {
	a, err := flat(before)
	if err != nil {
		return nil, err
	}
	b, err := flat(after)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for path, text := range a {
		if other, ok := b[path]; !ok || other != text {
			changes = append(changes, Change{path, text, other})
		}
	}
	for path, text := range b {
		if _, ok := a[path]; !ok {
			changes = append(changes, Change{path, "", text})
		}
	}
	slices.SortFunc(changes, func(x, y Change) int { return strings.Compare(x.Path, y.Path) })
	return changes, nil
}

// flat gives every leaf of a declaration's JSON by its pointer.
func flat(d *Declaration) (map[string]string, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write declaration %s: %w", d.ID, err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read declaration %s: %w", d.ID, err)
	}
	leaves := map[string]string{}
	walk("", tree, leaves)
	maps.DeleteFunc(leaves, func(path, _ string) bool {
		return slices.ContainsFunc(kept, func(k string) bool { return path == k || strings.HasPrefix(path, k+"/") })
	})
	return leaves, nil
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func walk(path string, node any, leaves map[string]string) {
	switch n := node.(type) {
	case map[string]any:
		for name, child := range n {
			walk(path+"/"+pointerEscape.Replace(name), child, leaves)
		}
	case []any:
		for i, child := range n {
			walk(path+"/"+strconv.Itoa(i), child, leaves)
		}
	default:
		leaves[path] = fmt.Sprint(n)
	}
}

// NewCorrection prepares the request to turn d into proposed (nil: to delete d)
// for a listed reason. It checks that the reason is listed, that it still holds
// after release, and that every changed element may change for it (Customs Law
// art. 26). d is not changed; put the result in d.Correction and apply
// EventAskAmend or EventAskDelete.
// Faults: DEC-AMEND-01 unknown reason, DEC-AMEND-02 element not covered by the
// reason, DEC-AMEND-03 nothing changes, DEC-AMEND-04 not after release,
// DEC-AMEND-05 no explanation.
func NewCorrection(d, proposed *Declaration, reason, text, by string, at clock.Instant, rules *AmendmentRules) (*Correction, error) {
	i := slices.IndexFunc(rules.Reasons, func(r AmendmentReason) bool { return r.Code == reason })
	if i < 0 {
		codes := make([]string, len(rules.Reasons))
		for j := range rules.Reasons {
			codes[j] = rules.Reasons[j].Code
		}
		return nil, fault.New(fault.Invalid, "DEC-AMEND-01", "/correction/reason", "“{value}” is no listed reason for a correction",
			"use one of {codes}", "value", reason, "codes", strings.Join(codes, ", "))
	}
	rule := &rules.Reasons[i]
	var faults fault.List
	if strings.TrimSpace(text) == "" {
		faults = append(faults, fault.New(fault.Invalid, "DEC-AMEND-05", "/correction/text", "the correction is not explained",
			"say what happened and name the proof"))
	}
	if d.Times.Released != 0 && !rule.Late {
		faults = append(faults, fault.New(fault.Refused, "DEC-AMEND-04", "/correction/reason", "the reason “{value}” holds only before release",
			"use another listed reason, or report the error to customs as a voluntary disclosure", "value", reason))
	}
	k := &Correction{Kind: Delete, Reason: reason, Text: text, By: by, At: at}
	if proposed == nil {
		if err := faults.OrNil(); err != nil {
			return nil, err
		}
		return k, nil
	}
	changes, err := Diff(d, proposed)
	if err != nil {
		return nil, err
	}
	k.Kind, k.Changes, k.Proposed = Amend, changes, proposed
	if len(changes) == 0 {
		faults = append(faults, fault.New(fault.Invalid, "DEC-AMEND-03", "", "the amendment changes nothing", "state what shall change"))
	}
	for _, change := range changes {
		if !slices.ContainsFunc(rule.Paths, func(pattern string) bool { return covers(pattern, change.Path) }) {
			faults = append(faults, fault.New(fault.Refused, "DEC-AMEND-02", change.Path, "this element may not change for the reason “{reason}”",
				"give another listed reason, or leave the element as it was", "reason", reason))
		}
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	return k, nil
}

// covers tells whether pattern allows path: each * stands for one segment, a
// final /* for everything below.
func covers(pattern, path string) bool {
	for {
		if pattern == "/*" {
			return path != ""
		}
		if pattern == "" || path == "" {
			return pattern == path
		}
		var want, have string
		want, pattern = cutSegment(pattern)
		have, path = cutSegment(path)
		if want != "*" && want != have {
			return false
		}
	}
}

func cutSegment(path string) (segment, rest string) {
	path = strings.TrimPrefix(path, "/")
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

// Amended gives d with the declared elements of its open correction and the
// process elements of d: what the second officer's confirmation puts in force.
// Fault: DEC-AMEND-06 when no amendment is open.
func (d Declaration) Amended() (Declaration, error) {
	if d.Correction == nil || d.Correction.Proposed == nil {
		return d, fault.New(fault.Refused, "DEC-AMEND-06", "/correction", "no amendment is open", "ask for the amendment first")
	}
	n := *d.Correction.Proposed
	n.ID, n.Number, n.PreEntryNumber = d.ID, d.Number, d.PreEntryNumber
	n.Kind, n.Direction, n.Procedure, n.ProcedureVersion = d.Kind, d.Direction, d.Procedure, d.ProcedureVersion
	n.State, n.Version, n.Times = d.State, d.Version, d.Times
	n.Channel, n.Verdict, n.Confirmed = d.Channel, d.Verdict, d.Confirmed
	n.Label, n.Supplied = d.Label, d.Supplied
	done := *d.Correction
	done.Proposed = nil // the declaration itself is now what was proposed
	n.Correction = &done
	return n, nil
}
