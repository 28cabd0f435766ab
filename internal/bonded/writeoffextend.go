package bonded

import (
	"context"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/writeoff"
)

// Extension is more time for the report of a period, as the enterprise asked for
// it and an officer answered (DR §3.6).
type Extension struct {
	Days    int           `json:"days"`
	Reason  string        `json:"reason"`
	Asked   clock.Instant `json:"asked"`
	By      string        `json:"by"`
	Granted bool          `json:"granted,omitempty"`
	Officer string        `json:"officer,omitempty"` // who answered; empty while nobody has
	At      clock.Instant `json:"at,omitempty"`
	Why     string        `json:"why,omitempty"`
}

// AskExtension is the enterprise asking for days more until the report must be in.
// Faults: those of writeoff.MayExtend; BONDED-EXTEND-02 (no reason).
func (d *Desk) AskExtension(ctx context.Context, c decision.Command, by decision.Actor, id string, days int, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, _, version, rules, err := d.openWriteOff(v, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		asked := doc.Extension != nil && (doc.Extension.Officer == "" || doc.Extension.Granted)
		if err := writeoff.MayExtend(&doc.Report, doc.State, asked, days, doc.Due, v.Now().Date(), rules); err != nil {
			return decision.Outcome{}, err
		}
		if reason == "" {
			return decision.Outcome{}, fault.New(fault.Invalid, "BONDED-EXTEND-02", "/reason", "more time is asked for without a reason", "say in a few words why the report takes longer")
		}
		doc.Extension = &Extension{Days: days, Reason: reason, Asked: v.Now(), By: by.ID}
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.WriteOff, ID: id, Version: version, Body: doc}},
			Entries: []journal.Entry{doc.entry(v, by, "write-off.extension-asked", reason)}, Reply: doc.reply(),
		}, nil
	})
}

// AnswerExtension is an officer giving the time that was asked for, or refusing
// it; given, the debt of submitting falls due later by so much. Faults:
// BONDED-EXTEND-01 (nothing was asked), BONDED-REASON-01, BONDED-OFFICE-01.
func (d *Desk) AnswerExtension(ctx context.Context, c decision.Command, by decision.Actor, id string, grant bool, reason string) (decision.Receipt, error) {
	kind := "write-off.extension-refused"
	if grant {
		kind = "write-off.extended"
	}
	var moved decision.Outcome
	return d.handle(ctx, c, by, id, reason, kind, func(v decision.View, doc *WriteOff) error {
		moved = decision.Outcome{}
		if doc.Extension == nil || doc.Extension.Officer != "" || doc.State != writeoff.Draft && doc.State != writeoff.Counting {
			return fault.New(fault.Refused, "BONDED-EXTEND-01", "", "write-off {number} waits for no more time", "look at it again", "number", doc.Number)
		}
		e := *doc.Extension
		e.Granted, e.Officer, e.At, e.Why = grant, by.ID, v.Now(), reason
		doc.Extension = &e
		if !grant {
			return nil
		}
		doc.Due = doc.Due.AddDays(e.Days)
		return d.putOff(v, by, doc, &moved)
	}, &moved)
}

// putOff moves the day of the debt of submitting to that of the write-off. One
// that has fallen due meanwhile stays overdue: its consequences have begun.
func (d *Desk) putOff(v decision.View, by decision.Actor, doc *WriteOff, out *decision.Outcome) error {
	debts, err := casework.OpenedBy(v, doc.ID, SubmitWriteOff)
	if err != nil {
		return err
	}
	for _, debt := range debts {
		next := debt.Obligation
		was := next.Due
		next, moves := next.PutOff(doc.Due, d.reference().Calendar.Provisional(doc.Due))
		if !moves {
			continue
		}
		e := told(v, v.NewID, by, "obligation.rescheduled", journal.Ref{Kind: "obligation", ID: next.ID}, journal.Ref{Kind: "write_off", ID: doc.ID})
		e.Enterprise, e.Area, e.Office, e.Why = doc.Enterprise, doc.Area, doc.Office, journal.Why{Rule: "write-off", Reason: doc.Extension.Why}
		e.Body = fact(map[string]any{"kind": next.Kind, "was": was.String(), "due": next.Due.String(), "provisional": next.Provisional})
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Obligation, ID: next.ID, Version: debt.Version, Body: next})
		out.Entries = append(out.Entries, e)
	}
	return nil
}
