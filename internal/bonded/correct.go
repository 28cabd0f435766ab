package bonded

import (
	"context"
	"encoding/json"
	"strings"

	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/review"
)

// Correction says that a movement of the past should have been larger or smaller.
// The movement stays as it is: a further one counts for the same day.
type Correction struct {
	Movement string       `json:"movement"` // id
	Change   num.Quantity `json:"change"`   // above zero: it should have been so much more; below: less
}

type correctionPayload struct {
	bookPayload
	ID       string          `json:"id"` // names the correction as the cause of what it moves
	Change   num.Quantity    `json:"change"`
	Movement ledger.Movement `json:"movement"`
}

// ProposeCorrection is the first officer's word for a correction of the book; a
// second one is drawn, and the further entry is made with the second signature.
// Faults: BONDED-REASON-01, BONDED-OFFICE-01, BONDED-CORRECT-01 (no posting of
// this book), -02 (the change is nothing, or takes more than was moved), those of
// the desk of the two officers.
func (d *Desk) ProposeCorrection(ctx context.Context, c decision.Command, by decision.Actor, id string, wanted Correction, reason string) (decision.Receipt, error) {
	no := fault.New(fault.Invalid, "BONDED-CORRECT-01", "/movement", "“{movement}” is no posting of this account book", "take the movement from the history of the line", "movement", wanted.Movement)
	if d.movement == nil {
		return decision.Receipt{}, no
	}
	m, err := d.movement(ctx, wanted.Movement)
	if fault.Is(err, "STORE-ABSENT-01") {
		return decision.Receipt{}, no
	}
	if err != nil {
		return decision.Receipt{}, err
	}
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[Book](v, dossier.Book, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if err := customsWord(by, &doc, reason); err != nil {
			return decision.Outcome{}, err
		}
		from, err := ledger.ParseKey(m.From)
		if err != nil || from.Ledger != ledger.Legal || from.Owner != keyOf(doc.Operator) || !strings.HasPrefix(from.Item, "book/"+doc.Number+"/") || m.Kind != ledger.Post && m.Kind != ledger.Settle {
			return decision.Outcome{}, no
		}
		if wanted.Change == 0 || -wanted.Change > m.Quantity {
			return decision.Outcome{}, fault.New(fault.Invalid, "BONDED-CORRECT-02", "/change", "{quantity} were moved: that cannot be changed by {change}", "write by how much it should have been more, or with a minus less",
				"quantity", m.Quantity, "change", wanted.Change)
		}
		p := correctionPayload{bookPayload{id, version, by.ID, reason}, v.NewID(), wanted.Change, m}
		if _, err := p.op(v); err != nil {
			return decision.Outcome{}, err
		}
		return deliberation.Open(v, Setting(d.reference()), by, deliberation.Motion{
			Matter: review.Correction, Kind: "book", Subject: id, Number: doc.Number, Action: ActCorrect,
			Payload: p, Posts: bookPosts, Reason: reason, Enterprise: keyOf(doc.Operator), Area: doc.Area, Office: string(doc.CompetentOffice),
		})
	})
}

// op is the further entry: between the same accounts, on the same day. What comes
// from beyond the book takes its share of the value along.
func (p *correctionPayload) op(v decision.View) (ledger.Op, error) {
	from, err := ledger.ParseKey(p.Movement.From)
	if err != nil {
		return ledger.Op{}, err
	}
	to, err := ledger.ParseKey(p.Movement.To)
	if err != nil {
		return ledger.Op{}, err
	}
	op := ledger.Op{ID: v.NewID(), Kind: ledger.Post, From: from, To: to, Quantity: p.Change, EffectiveOn: p.Movement.EffectiveOn, Cause: p.ID}
	if p.Change < 0 {
		op.From, op.To, op.Quantity = to, from, -p.Change
	}
	if op.From.Place.Outside() {
		value, err := p.Movement.Value.Part(int64(op.Quantity), int64(p.Movement.Quantity), num.HalfUp)
		if err != nil {
			return op, err
		}
		op.Value = &value
	}
	return op, nil
}

// correct is what happens when two officers agree. A past day on which the line
// would have held less than nothing is a finding, not a refusal; what is there
// now is a bound as ever. Faults: LEDGER-SHORT-01.
func (d *Desk) correct(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var p correctionPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return decision.Outcome{}, err
	}
	doc, version, err := decision.Load[Book](v, dossier.Book, p.Book)
	if err != nil {
		return decision.Outcome{}, err
	}
	op, err := p.op(v)
	if err != nil {
		return decision.Outcome{}, err
	}
	e := doc.entry(v, v.NewID, by, "book.corrected", p.Reason)
	e.EffectiveOn = op.EffectiveOn
	e.Subject = append(e.Subject, journal.Ref{Kind: "correction", ID: p.ID})
	line := op.From.Item[strings.LastIndexByte(op.From.Item, '/')+1:]
	e.Body = fact(map[string]any{
		"number": doc.Number, "line": line, "movement": p.Movement.ID, "change": p.Change, "on": op.EffectiveOn.String(),
		"from": op.From.Key(), "to": op.To.Key(), "officers": [2]string{p.First, by.ID},
	})
	return decision.Outcome{
		Relied:    []decision.Reliance{{Kind: dossier.Book, ID: doc.ID, Version: version}},
		Transfers: []ledger.Op{op},
		Entries:   []journal.Entry{e},
		Reply:     Reply{ID: doc.ID, Number: doc.Number, State: string(doc.State)},
	}, nil
}
