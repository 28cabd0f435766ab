package inspection

import (
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/review"
)

// Inspector is what drawing needs to know of an officer; party fills it.
type Inspector struct {
	review.Officer
	Skills []string
}

// Drawing is one draw of inspectors with everything that is needed to repeat it.
type Drawing struct {
	Period     string        `json:"period"`
	Version    uint64        `json:"version"` // 1 for the first draw of an order
	Candidates []string      `json:"candidates"`
	Drawn      []string      `json:"drawn"`
	Reason     string        `json:"reason,omitempty"` // why it was drawn again
	At         clock.Instant `json:"at"`
}

// drawSubject names the draw: other purposes with the same key draw
// independently.
func drawSubject(order string) string { return "inspector:" + order }

// Repeats tells whether the drawing of this order comes from key: anybody can
// ask once the key is published.
func (d Drawing) Repeats(order string, key review.PeriodKey) bool {
	if key.Period != d.Period || !slices.IsSorted(d.Candidates) {
		return false
	}
	return slices.Equal(d.Drawn, pick(order, d.Version, d.Candidates, len(d.Drawn), key))
}

func pick(order string, version uint64, candidates []string, k int, key review.PeriodKey) []string {
	var drawn []string
	for _, i := range review.Pick(key, drawSubject(order), version, len(candidates), k) {
		drawn = append(drawn, candidates[i])
	}
	return drawn
}

// Draw gives the order with its inspectors, drawn by HMAC from key among the
// officers who are on duty, hold the post, work in the area, are certified for
// every method, did not issue or decide the order and have no interest in a
// party (DR §7.3). Drawing again before the inspection begins needs a reason and
// leaves out those in without. Faults: INSPECTION-DRAW-01 when there are too few
// to choose from, INSPECTION-DRAW-03 without a reason, INSPECTION-LIFECYCLE-01,
// INSPECTION-RULES-01.
func (o *Order) Draw(by Editions, officers []Inspector, key review.PeriodKey, without []string, reason string, at clock.Instant) (*Order, error) {
	rules, err := by.At(o.IssuedAt.Date())
	if err != nil {
		return nil, err
	}
	n, err := o.move(WasRedrawn)
	if err != nil {
		return nil, err
	}
	if len(o.Drawings) > 0 && reason == "" {
		return nil, fault.New(fault.Invalid, "INSPECTION-DRAW-03", "/reason", "inspectors are not drawn again without a reason",
			"state why one of them cannot come")
	}
	candidates := o.Candidates(officers, without, rules)
	if len(candidates) < rules.Inspectors {
		return nil, fault.New(fault.Refused, "INSPECTION-DRAW-01", "",
			"{needed} inspectors are needed, {there} can be drawn for {methods} in {area}",
			"call more certified officers to duty, or choose another method", "needed", rules.Inspectors, "there", len(candidates),
			"methods", methodList(o.Methods), "area", o.Area)
	}
	version := uint64(len(o.Drawings) + 1)
	n.Drawings = append(n.Drawings, Drawing{
		Period: key.Period, Version: version, Candidates: candidates,
		Drawn: pick(o.ID, version, candidates, rules.Inspectors, key), Reason: reason, At: at,
	})
	return n, nil
}

// Candidates gives the ids, sorted, of the officers that can be drawn.
func (o *Order) Candidates(officers []Inspector, without []string, rules *Rules) []string {
	concerned := append([]string{o.Enterprise}, o.Parties...)
	var ids []string
	for _, one := range officers {
		if !one.OnDuty || !slices.Contains(one.Posts, rules.Post) || slices.Contains(without, one.ID) || one.ID == o.IssuedBy ||
			(o.Area != "" && !slices.Contains(one.Areas, o.Area)) || !o.certified(one, rules) ||
			slices.ContainsFunc(one.Interests, func(p string) bool { return slices.Contains(concerned, p) }) {
			continue
		}
		ids = append(ids, one.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (o *Order) certified(one Inspector, rules *Rules) bool {
	for _, m := range o.Methods {
		if r, ok := rules.Method(m); ok && r.Skill != "" && !slices.Contains(one.Skills, r.Skill) {
			return false
		}
	}
	return true
}

func methodList(methods []Method) string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = string(m)
	}
	return strings.Join(names, ", ")
}
