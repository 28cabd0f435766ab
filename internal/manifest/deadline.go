package manifest

import (
	"time"

	"seine/internal/clock"
	"seine/internal/fault"
)

// Part is the portion of a manifest that a deadline speaks of.
type Part string

const (
	PrimaryData   Part = "primary"   // transport, bills, packages, mass, short description
	SecondaryData Part = "secondary" // parties, containers, full description
)

// Milestone is the moment that a deadline counts back from.
type Milestone string

const (
	AtLoading Milestone = "loading" // loading of the goods begins
	AtArrival Milestone = "arrival" // the means of transport reaches the first port
)

// DeadlineRule says how long before a milestone a part must be in. Rules are
// dated parameters: a rule is ended and followed, never edited.
type DeadlineRule struct {
	Kind      Kind
	Part      Part
	Mode      Mode
	Near      bool // from or to Hong Kong or Macau
	Before    Milestone
	Lead      time.Duration
	ValidFrom clock.Date
	ValidTo   clock.Date // last day; 0 is open
	Source    string
}

// SeaDeadlines gives the rules for sea of DR §1.2 (CCAM). They are the default
// of a zone that sets no others.
func SeaDeadlines() []DeadlineRule {
	from := clock.MustDate("2009-01-01")
	rule := func(k Kind, p Part, near bool, m Milestone, lead time.Duration) DeadlineRule {
		return DeadlineRule{Kind: k, Part: p, Mode: Sea, Near: near, Before: m, Lead: lead, ValidFrom: from, Source: "CCAM"}
	}
	return []DeadlineRule{
		rule(Original, PrimaryData, false, AtLoading, 24*time.Hour),
		rule(Original, PrimaryData, true, AtLoading, 2*time.Hour),
		rule(Original, SecondaryData, false, AtArrival, 0),
		rule(Original, SecondaryData, true, AtArrival, 0),
		rule(PreStowage, PrimaryData, false, AtLoading, 24*time.Hour),
		rule(PreStowage, PrimaryData, true, AtLoading, 4*time.Hour),
		rule(Loading, PrimaryData, false, AtLoading, 30*time.Minute),
		rule(Loading, PrimaryData, true, AtLoading, 30*time.Minute),
	}
}

// near tells whether the journey begins (inbound) or ends (outbound) in Hong
// Kong or Macau, which feeders serve at short notice.
func (m Manifest) near() bool {
	port := m.PortOfLoading
	if !m.Inbound() {
		port = m.PortOfDischarge
	}
	return len(port) >= 2 && (port[:2] == "HK" || port[:2] == "MO")
}

// Deadline gives the rule in force on day on for this part of the manifest;
// false when none speaks of it.
func (m Manifest) Deadline(rules []DeadlineRule, part Part, on clock.Date) (DeadlineRule, bool) {
	for _, r := range rules {
		if r.Kind == m.Kind && r.Part == part && r.Mode == m.Transport.Mode && r.Near == m.near() &&
			r.ValidFrom <= on && (r.ValidTo == 0 || on <= r.ValidTo) {
			return r, true
		}
	}
	return DeadlineRule{}, false
}

// Due gives the last moment at which the part is in time, for a milestone at at.
func (r DeadlineRule) Due(at clock.Instant) clock.Instant { return at.Add(-r.Lead) }

// Late gives MAN-LATE-01 when the part came after its time. It is a matter for
// the officer (fine up to 50,000 CNY, PEN art. 22(4)), not a reason to refuse
// the data: what is late is taken all the same.
func (r DeadlineRule) Late(received, milestone clock.Instant) error {
	if due := r.Due(milestone); received > due {
		return fault.New(fault.Refused, "MAN-LATE-01", "", "the {part} data were due at {due} and came at {received}",
			"send them in time; the delay is reported to the officer", "part", string(r.Part), "due", due, "received", received)
	}
	return nil
}
