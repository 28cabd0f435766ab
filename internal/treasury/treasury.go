// Package treasury tells the stories of the money: a bank says that something
// was paid, a debt falls due and bites, a month is put on one statement, two
// officers give tax back or ask for more, a guarantor's letter comes, changes and
// ends, and each day the bank's account of the treasury is laid beside ours.
//
// What a bank says is a fact. It is recorded whatever it says; what fits no bill
// stands apart with an obligation to clear it, and nothing is ever half posted.
package treasury

import (
	"context"
	"encoding/json"
	"strconv"

	"seine/internal/casework"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/obligation"
	"seine/internal/revenue"
)

// Decider takes decisions and writes their outcome; the store is one.
type Decider interface {
	Decide(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Receipt, error)
	Preview(ctx context.Context, c decision.Command, decide func(decision.View) (decision.Outcome, error)) (decision.Effects, error)
}

// Desk is where the stories are told. It holds no state of its own.
type Desk struct {
	store     Decider
	reference func() *clearance.Reference
	clearance *clearance.Desk
}

// New gives a desk that writes through store; papers is the desk that releases
// what waited for its tax.
func New(store Decider, reference func() *clearance.Reference, papers *clearance.Desk) *Desk {
	return &Desk{store: casework.Steady(store), reference: reference, clearance: papers}
}

// Names of what two officers decide on in the treasury.
const (
	ActionRefund     = "treasury.refund"
	ActionExcess     = "treasury.refund-excess"
	ActionSupplement = "treasury.supplement"

	ActionCover       = "guarantee.accept"
	ActionCoverChange = "guarantee.change"
	ActionCoverReturn = "guarantee.return"
)

// Actions are what two officers can decide on in the treasury.
func (d *Desk) Actions() map[string]deliberation.Action {
	return map[string]deliberation.Action{
		ActionRefund:     deliberation.Pair{Agreed: d.refunded, Kept: d.refundKept},
		ActionExcess:     deliberation.Pair{Agreed: d.refunded, Kept: d.refundKept},
		ActionSupplement: deliberation.Func(d.supplemented),

		ActionCover:       deliberation.Pair{Agreed: d.coverAgreed, Kept: d.coverKept},
		ActionCoverChange: deliberation.Func(d.coverChanged),
		ActionCoverReturn: deliberation.Func(d.coverReturned),
	}
}

// rules gives the dated rules of the money side, and how the late fee runs.
func (d *Desk) rules(v decision.View) revenue.Rules { return d.reference().Revenue.At(v.Now().Date()) }

func (d *Desk) lateRule(v decision.View) revenue.LateRule {
	r := d.reference().Duty.Rules.At(v.Now().Date())
	return revenue.LateRule{PerDay: r.LatePerDay, Minimum: r.LateMinimum, Rounding: r.TaxRounding}
}

// found is a document with its version.
type found[T any] struct {
	id      string
	version int64
	doc     T
}

// byNumber finds a document by its number; nil where there is none.
func byNumber[T any](v decision.View, kind decision.Kind, column, number string) (*found[T], error) {
	if number == "" {
		return nil, nil
	}
	ids, err := v.Find(kind, column, number, 1)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	doc, version, err := decision.Load[T](v, kind, ids[0])
	if err != nil {
		return nil, err
	}
	return &found[T]{ids[0], version, doc}, nil
}

// about begins an entry on the money of an enterprise.
func about(v decision.View, by decision.Actor, kind, enterprise, office string, body map[string]any, subject ...journal.Ref) journal.Entry {
	e := decision.Entry(v, by, kind, subject...)
	e.Enterprise, e.Office = enterprise, office
	e.Body = fact(body)
	return e
}

func fact(values map[string]any) json.RawMessage {
	body, err := json.Marshal(values)
	if err != nil { // amounts and texts: they always can be written
		return json.RawMessage(strconv.Quote(err.Error()))
	}
	return body
}

func ref(kind decision.Kind, id string) journal.Ref { return journal.Ref{Kind: string(kind), ID: id} }

// discharged settles all of an obligation and tells so.
func discharged(v decision.View, by decision.Actor, out *decision.Outcome, id string) error {
	if id == "" {
		return nil
	}
	o, version, err := decision.Load[obligation.Obligation](v, dossier.Obligation, id)
	if err != nil || obligation.Lifecycle.Final(o.State) {
		return err
	}
	next, _, err := o.DischargeAll()
	if err != nil {
		return err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Obligation, ID: id, Version: version, Body: next})
	tellDischarge(v, by, out, &next)
	return nil
}

func tellDischarge(v decision.View, by decision.Actor, out *decision.Outcome, o *obligation.Obligation) {
	kind := "obligation." + string(o.State)
	if !obligation.Lifecycle.Final(o.State) {
		kind = "obligation.partly-discharged"
	}
	e := about(v, by, kind, o.Debtor, o.Office, map[string]any{"kind": o.Kind, "open": o.OpenTotal().String(), "freed": "0.00"}, ref(dossier.Obligation, o.ID))
	e.Area = o.Area
	out.Entries = append(out.Entries, e)
}
