package bonded

import (
	"context"
	"encoding/json"
	"maps"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/review"
	"seine/internal/tariff"
	"seine/internal/writeoff"
)

// Residue is scrap, a remainder, a defective or a by-product as the house keeps
// it (DR §4.6).
type Residue struct {
	writeoff.Residue
	ID         string        `json:"id"`
	BookID     string        `json:"bookId"`
	Enterprise string        `json:"enterprise"`
	Area       string        `json:"area,omitempty"`
	Office     string        `json:"office"`
	Told       clock.Instant `json:"told"`
	Sale       *ResidueSale  `json:"sale,omitempty"`
}

func (r *Residue) account(at ledger.Place, lot string) ledger.Account {
	return ledger.Account{Ledger: ledger.Legal, Owner: r.Enterprise, Item: bookItem(r.Book, r.Line), Lot: lot, Place: at, Status: ledger.Bonded}
}

func (r *Residue) entry(v decision.View, by decision.Actor, kind, reason string) journal.Entry {
	e := told(v, v.NewID, by, kind, journal.Ref{Kind: "residue", ID: r.ID}, journal.Ref{Kind: "book", ID: r.BookID})
	e.Enterprise, e.Area, e.Office, e.Why = r.Enterprise, r.Area, r.Office, journal.Why{Rule: "residues", Law: "EPZ-20", Reason: reason}
	e.Body = r.facts(nil)
	return e
}

// facts are what an entry tells of a residue, with more.
func (r *Residue) facts(more map[string]any) json.RawMessage {
	all := map[string]any{
		"book": r.Book, "line": r.Line, "class": r.Class, "commodity": r.Commodity, "quantity": r.Quantity.String(), "state": r.State, "officers": r.Officers,
	}
	maps.Copy(all, more)
	return fact(all)
}

func (r *Residue) outcome(v decision.View, by decision.Actor, version int64, kind, reason string, ops ...ledger.Op) decision.Outcome {
	return decision.Outcome{
		Transfers: ops, Puts: []decision.Put{{Kind: dossier.Residue, ID: r.ID, Version: version, Body: *r}},
		Entries: []journal.Entry{r.entry(v, by, kind, reason)}, Reply: Reply{ID: r.ID, Number: r.Book, State: string(r.State)},
	}
}

// TellResidue takes scrap, remainders, defectives and by-products onto the book
// under their own code. What stands in no consumption yet leaves the stock of its
// line. The schedule must know the code on the day it is told: what cannot be taxed
// could not be sold either. Faults: those of writeoff.Residue.Validate, TARIFF-CODE-01
// to -03 with the nearest codes, LEDGER-SHORT-01.
func (d *Desk) TellResidue(ctx context.Context, c decision.Command, by decision.Actor, bookID string, told writeoff.Residue) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		held, version, err := decision.Load[Book](v, dossier.Book, bookID)
		if err != nil {
			return decision.Outcome{}, err
		}
		r := Residue{Residue: told, ID: v.NewID(), BookID: bookID, Enterprise: keyOf(held.Operator), Area: held.Area, Office: string(held.CompetentOffice), Told: v.Now()}
		r.Book, r.State, r.Officers, r.DestroyedOn, r.Witness = held.Number, writeoff.ResidueKept, [2]string{}, 0, ""
		if r.Arisen == 0 || r.Arisen > v.Now().Date() {
			r.Arisen = v.Now().Date()
		}
		var faults fault.List
		if err := faults.Add("", r.Validate(&held.Book)); err != nil {
			return decision.Outcome{}, err
		}
		if err := faults.Add("", d.carried(r.Commodity, v.Now().Date())); err != nil {
			return decision.Outcome{}, err
		}
		if err := faults.OrNil(); err != nil {
			return decision.Outcome{}, err
		}
		if line, ok := held.Line(r.Line); ok {
			r.Unit = line.Unit
		}
		from := r.account(ledger.OnHand, "")
		if r.InUse {
			from = r.account(ledger.Produced, r.Class.Lot())
		}
		out := r.outcome(v, by, 0, "residue.told", r.Reason, ledger.Op{
			ID: v.NewID(), Kind: ledger.Post, From: from, To: r.account(ledger.OnHand, r.Class.Lot()), Quantity: r.Quantity, EffectiveOn: r.Arisen, Cause: r.ID,
		})
		out.Relied = []decision.Reliance{{Kind: dossier.Book, ID: bookID, Version: version}}
		return out, nil
	})
}

// carried tells whether the schedule knows a code on a day; one that is too short is
// judged with the residue, and without a schedule nothing is said. Faults:
// TARIFF-CODE-01 to -03.
func (d *Desk) carried(code string, on clock.Date) error {
	schedule := d.reference().Duty.Tariff
	if schedule == nil || len(code) < writeoff.LeastCode {
		return nil
	}
	_, err := schedule.Declared(tariff.Code(code), on)
	return onCode(err)
}

// ResidueCode is how a residue is classified.
type ResidueCode struct {
	Commodity string `json:"commodity"`
	Name      string `json:"name,omitempty"` // as before where it is not given
}

// CorrectResidue puts another code on a residue that is still kept, with a reason;
// the journal keeps the one before. Faults: BONDED-REASON-01, BONDED-RESIDUE-04
// (something became of it already), -05 (nothing would change), those of
// writeoff.Residue.Validate, TARIFF-CODE-01 to -03 with the nearest codes.
func (d *Desk) CorrectResidue(ctx context.Context, c decision.Command, by decision.Actor, id string, code ResidueCode, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Residue](v, dossier.Residue, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		if r.State != writeoff.ResidueKept {
			return decision.Outcome{}, fault.New(fault.Refused, "BONDED-RESIDUE-04", "/commodity", "the code of a residue is corrected while it is kept: this one is {state}", "have what was asked for refused first, if it is not final", "state", string(r.State))
		}
		held, bookVersion, err := decision.Load[Book](v, dossier.Book, r.BookID)
		if err != nil {
			return decision.Outcome{}, err
		}
		before := r.Commodity
		if code.Name == "" {
			code.Name = r.Name
		}
		if code.Commodity == r.Commodity && code.Name == r.Name {
			return decision.Outcome{}, fault.New(fault.Invalid, "BONDED-RESIDUE-05", "/commodity", "the residue bears code {code} and this name already", "write the code as it shall be", "code", code.Commodity)
		}
		r.Commodity, r.Name = code.Commodity, code.Name
		var faults fault.List
		if err := faults.Add("", r.Validate(&held.Book)); err != nil {
			return decision.Outcome{}, err
		}
		if err := faults.Add("", d.carried(r.Commodity, v.Now().Date())); err != nil {
			return decision.Outcome{}, err
		}
		if err := faults.OrNil(); err != nil {
			return decision.Outcome{}, err
		}
		out := r.outcome(v, by, version, "residue.corrected", reason)
		out.Entries[0].Body = r.facts(map[string]any{"before": before})
		out.Relied = []decision.Reliance{{Kind: dossier.Book, ID: r.BookID, Version: bookVersion}}
		return out, nil
	})
}

// AskDestroy asks to destroy a residue; two levels of officers decide. Faults:
// BONDED-REASON-01, WRITEOFF-RESIDUE-06.
func (d *Desk) AskDestroy(ctx context.Context, c decision.Command, by decision.Actor, id, destroyer, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Residue](v, dossier.Residue, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		r.Destroyer, r.Reason = destroyer, reason
		if r.Residue, err = r.Apply(writeoff.ResidueAsk); err != nil {
			return decision.Outcome{}, err
		}
		return r.outcome(v, by, version, "residue.destruction-asked", reason), nil
	})
}

type residuePayload struct {
	Residue string `json:"residue"`
	Version int64  `json:"version"`
	First   string `json:"first"`
	Reason  string `json:"reason"`
}

// ProposeDestroy is level 1 of the approval; level 2 is drawn. Faults:
// WRITEOFF-RESIDUE-06, those of the desk of the two officers.
func (d *Desk) ProposeDestroy(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Residue](v, dossier.Residue, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if _, err := r.Apply(writeoff.ResidueRefuse); err != nil {
			return decision.Outcome{}, err
		}
		return deliberation.Open(v, Setting(d.reference()), by, deliberation.Motion{
			Matter: review.WriteOff, Kind: "residue", Subject: id, Number: r.Book, Action: ActDestroy, Payload: residuePayload{id, version, by.ID, reason},
			Posts: writeOffPosts, Reason: reason, Enterprise: r.Enterprise, Area: r.Area, Office: r.Office,
		})
	})
}

func proposedResidue(v decision.View, payload json.RawMessage) (Residue, int64, residuePayload, error) {
	var p residuePayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return Residue{}, 0, p, err
	}
	r, version, err := decision.Load[Residue](v, dossier.Residue, p.Residue)
	if err != nil {
		return r, 0, p, err
	}
	return r, version, p, seen(p.Version, version)
}

func approveDestroy(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	r, version, p, err := proposedResidue(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	r.Officers = [2]string{p.First, by.ID}
	if r.Residue, err = r.Apply(writeoff.ResidueApprove); err != nil {
		return decision.Outcome{}, err
	}
	return r.outcome(v, by, version, "residue.destruction-approved", p.Reason), nil
}

func refuseDestroy(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	r, version, p, err := proposedResidue(v, payload)
	if err != nil {
		return decision.Outcome{}, err
	}
	if r.Residue, err = r.Apply(writeoff.ResidueRefuse); err != nil {
		return decision.Outcome{}, err
	}
	return r.outcome(v, by, version, "residue.destruction-refused", p.Reason), nil
}

// Destroyed is an officer's word that a residue was destroyed under his eyes; the
// book is rid of it. Faults: BONDED-REASON-01, WRITEOFF-RESIDUE-06.
func (d *Desk) Destroyed(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		r, version, err := decision.Load[Residue](v, dossier.Residue, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		if r.Residue, err = r.Apply(writeoff.ResidueDestroy); err != nil {
			return decision.Outcome{}, err
		}
		r.DestroyedOn, r.Witness = v.Now().Date(), by.ID
		lot := r.Class.Lot()
		return r.outcome(v, by, version, "residue.destroyed", reason, ledger.Op{
			ID: v.NewID(), Kind: ledger.Post, From: r.account(ledger.OnHand, lot), To: r.account(ledger.Destroyed, lot), Quantity: r.Quantity, EffectiveOn: r.DestroyedOn, Cause: r.ID,
		}), nil
	})
}
