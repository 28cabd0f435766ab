package feed

import (
	"slices"

	"seine/internal/clock"
)

// AlarmKind says what is wrong with a feed, so that an officer looks at it.
type AlarmKind string

// The kinds of alarms, the gravest first.
const (
	AlarmSilent AlarmKind = "silent" // nothing could be applied for longer than the rules allow
	AlarmApart  AlarmKind = "apart"  // book, system and gate part, and nobody has explained it
	AlarmGap    AlarmKind = "gap"    // a message is missing
	AlarmStaged AlarmKind = "staged" // a message waits for its correction
)

// AlarmKinds lists them.
var AlarmKinds = []AlarmKind{AlarmSilent, AlarmApart, AlarmGap, AlarmStaged}

// Alarm is what is wrong, and since when it is told.
type Alarm struct {
	Kind  AlarmKind     `json:"kind"`
	Since clock.Instant `json:"since"`
}

// Alarmed gives the feed with the alarms that hold at a moment, and which of them
// are new and which are over. A feed in its test raises none, and one that
// customs have suspended only for what is apart. A message may be missing, or
// wait for its correction, for as long as the rules have patience: messages
// overtake each other.
func (f Feed) Alarmed(at clock.Instant, rules Rules) (next Feed, raised, ended []AlarmKind) {
	gaps := len(f.Gaps()) > 0
	switch {
	case !gaps && f.Stopped == 0:
		f.Troubled = 0
	case f.Troubled == 0:
		f.Troubled = at
	}
	told := (f.State == Live || f.State == Degraded) && f.Troubled != 0 && f.Troubled.Add(rules.Patience) <= at
	holds := map[AlarmKind]bool{
		AlarmSilent: f.State == Degraded, AlarmGap: told && gaps, AlarmStaged: told && f.Stopped != 0,
		AlarmApart: f.Parted > 0 && (f.State == Live || f.State == Degraded || f.State == Suspended),
	}
	var alarms []Alarm
	for _, kind := range AlarmKinds {
		was := slices.IndexFunc(f.Alarms, func(a Alarm) bool { return a.Kind == kind })
		switch {
		case holds[kind] && was >= 0:
			alarms = append(alarms, f.Alarms[was])
		case holds[kind]:
			alarms, raised = append(alarms, Alarm{kind, at}), append(raised, kind)
		case was >= 0:
			ended = append(ended, kind)
		}
	}
	f.Alarms = alarms
	return f, raised, ended
}

// Parted counts the lines that are apart and that nobody has explained.
func (t *Table) Parted() int {
	n := 0
	for i := range t.Rows {
		if t.Rows[i].Items > 0 && t.Rows[i].Explained == "" {
			n++
		}
	}
	return n
}
