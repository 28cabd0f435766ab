// Package clearance tells the stories of the papers: a carrier's manifest comes
// in, an enterprise lodges a declaration on it, the three documents confirm each
// other, the tax is computed, the risk is judged, and either the machine
// releases the goods in the same breath or an officer's desk is where they wait.
// Each story reads as an officer would tell it: load, decide, tell.
package clearance

import (
	"context"

	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/declaration"
)

// Decider takes decisions and writes their outcome; the store is one.
type Decider interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
	Preview(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Effects, error)
}

// ReleaseHook follows a release within its own transaction: the list of the
// goods learns that its bill is released and, when the goods have passed too, the
// book is posted. It may move the case on and adds to the outcome; ids gives the
// ids to use, because the decision is rehearsed. bonded.Desk.AfterRelease is one.
type ReleaseHook func(v decision.View, out *decision.Outcome, file *casework.Case, doc *declaration.Declaration, ids func() string) error

// Desk is where the stories are told. It holds no state of its own.
type Desk struct {
	store        Decider
	reference    func() *Reference
	afterRelease ReleaseHook
}

// OnRelease sets what follows a release. Call it before the desk is used.
func (d *Desk) OnRelease(h ReleaseHook) { d.afterRelease = h }

// New gives a desk that writes through store; reference gives the reference
// snapshots in force at the time of the call.
func New(store Decider, reference func() *Reference) *Desk {
	return &Desk{store: casework.Steady(store), reference: reference}
}
