package revenue

import (
	"cmp"
	"slices"

	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/lifecycle"
	"seine/internal/num"
)

// Band says how far self-declared tax is from ours.
type Band string

const (
	NotDeclared Band = ""          // no figures of the enterprise's own
	Agrees      Band = "agrees"    // every line within the tolerance
	FollowUp    Band = "follow-up" // accepted, and marked for a check afterwards
	Manual      Band = "manual"    // so much lower that an officer must look first
)

// SelfLine is one tax as the enterprise and as we computed it.
type SelfLine struct {
	Tax      string    `json:"tax"`
	Declared num.Money `json:"declared"`
	Computed num.Money `json:"computed"`
}

// SelfComparison is an enterprise's own figures beside ours (DR §3.4).
type SelfComparison struct {
	Lines []SelfLine `json:"lines"`
	Short num.Money  `json:"short"` // by how much the declared sum is lower; below zero: higher
	Bound num.Money  `json:"bound"` // more than this, and an officer must look
	Band  Band       `json:"band"`
}

// CompareSelf lays the enterprise's figures beside ours. Both are by tax; a tax
// that one side does not name is nothing there. computed is the whole tax of the
// working, of which the share is taken. nil when nothing was declared.
func CompareSelf(declared, ours []Line, computed num.Money, r Rules) (*SelfComparison, error) {
	if len(declared) == 0 {
		return nil, nil
	}
	c := &SelfComparison{Band: Agrees, Bound: r.SelfShortAmount}
	at := func(tax string) *SelfLine {
		for i := range c.Lines {
			if c.Lines[i].Tax == tax {
				return &c.Lines[i]
			}
		}
		c.Lines = append(c.Lines, SelfLine{Tax: tax})
		return &c.Lines[len(c.Lines)-1]
	}
	for _, l := range declared {
		at(l.Tax).Declared += l.Amount
	}
	for _, l := range ours {
		at(l.Tax).Computed += l.Amount
	}
	slices.SortFunc(c.Lines, func(a, b SelfLine) int { return cmp.Compare(a.Tax, b.Tax) })
	for _, l := range c.Lines {
		gap := l.Computed - l.Declared
		if gap > r.SelfTolerance || -gap > r.SelfTolerance {
			c.Band = FollowUp
		}
		c.Short += gap
	}
	share, err := computed.Times(r.SelfShortShare, num.Down)
	if err != nil {
		return nil, err
	}
	if c.Bound = max(c.Bound, share); c.Short > c.Bound {
		c.Band = Manual
	}
	return c, nil
}

// DifferenceState is where a difference between declared and computed tax
// stands.
type DifferenceState string

const (
	DifferenceOpen    DifferenceState = "open"    // tax officer
	DifferenceSettled DifferenceState = "settled" // nobody: final
)

// DifferenceLife is the life of a difference of self-declared tax.
var DifferenceLife = &lifecycle.Table[DifferenceState, string, *TaxDifference]{
	Name: "difference of self-declared tax", Code: "REVENUE-DIFFERENCE-01", Initial: DifferenceOpen,
	States: []lifecycle.State[DifferenceState]{{Name: DifferenceOpen, Acts: "tax officer"}, {Name: DifferenceSettled, Final: true}},
	Moves:  []lifecycle.Move[DifferenceState, string, *TaxDifference]{{From: DifferenceOpen, On: "settled", To: DifferenceSettled}},
}

// TaxDifference is a declaration whose own tax figures are not ours.
type TaxDifference struct {
	ID          string          `json:"id"`
	Declaration string          `json:"declaration"`
	Number      string          `json:"number"` // of the declaration
	Enterprise  string          `json:"enterprise"`
	Office      string          `json:"office"`
	At          clock.Instant   `json:"at"`
	Compared    SelfComparison  `json:"compared"`
	Band        Band            `json:"band"`
	Settled     clock.Instant   `json:"settled,omitempty"`
	By          string          `json:"by,omitempty"`
	Reason      string          `json:"reason,omitempty"`
	State       DifferenceState `json:"state"`
}

// Settle closes the difference with an officer's reason.
// Faults: REVENUE-REASON-02, REVENUE-DIFFERENCE-01.
func (d TaxDifference) Settle(by, reason string, at clock.Instant) (TaxDifference, error) {
	if reason == "" {
		return d, fault.New(fault.Invalid, "REVENUE-REASON-02", "/reason", "a difference is settled with a reason", "say what was found")
	}
	next, err := DifferenceLife.Next(d.State, "settled", &d)
	if err != nil {
		return d, err
	}
	d.State, d.By, d.Reason, d.Settled = next, by, reason, at
	return d, nil
}
