package clearance

import (
	"context"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/obligation"
	"seine/internal/procedure"
)

// ClosePartShipment is the kind of debt that a part shipment opens when its goods
// are not all declared in time.
const ClosePartShipment = "close-part-shipment"

// partDays is how many days after the arrival the goods of a bill of lading that
// are declared in parts must all be declared (DR §2, failure cases; the term of
// Customs Law art. 24).
const partDays = 14

// lookLater orders a look at the part shipments of a manifest when their time is
// over.
func lookLater(v decision.View, id string, arrived clock.Date) decision.Order {
	return decision.Order{ID: v.NewID(), Channel: Reminder, Target: PartShipments, Body: id, NotBefore: arrived.AddDays(partDays + 1).Start()}
}

// look orders a look at the part shipments of a bill of lading on which something
// was drawn, or given back, after their time.
func look(v decision.View, bill *BillOfLading, out *decision.Outcome) {
	if bill != nil && bill.Watched {
		out.Orders = append(out.Orders, decision.Order{ID: v.NewID(), Channel: Work, Target: PartShipments, Body: bill.Manifest})
	}
}

// lookAt is look for a bill of lading by its id, "" for none.
func lookAt(v decision.View, id string, out *decision.Outcome) error {
	if id == "" {
		return nil
	}
	bill, _, err := decision.Load[BillOfLading](v, dossier.BillOfLading, id)
	if err == nil {
		look(v, &bill, out)
	}
	return err
}

// LookAfterDraw is look for the stories of other desks that draw on a bill.
func LookAfterDraw(v decision.View, bill *BillOfLading, out *decision.Outcome) { look(v, bill, out) }

// LookAtParts looks at every bill of lading of a manifest fourteen days after its
// arrival, and after that whenever something is drawn on one. A bill that was
// declared in part, or is marked as a part of a bill, and has goods left owes the
// declaration of the rest: its consignee does, or where the bill names none, the
// carrier. The debt follows the rest: what is declared since, or taken off the
// manifest, discharges it.
func (d *Desk) LookAtParts(ctx context.Context, c decision.Command, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := decision.Load[Manifest](v, dossier.Manifest, id)
		if err != nil {
			return out, err
		}
		due := doc.Content.ArrivalActual.Day.AddDays(partDays)
		if !doc.Content.ArrivalActual.Given() || v.Now().Date() <= due {
			return out, nil
		}
		out.Relied = []decision.Reliance{{Kind: dossier.Manifest, ID: id, Version: version}}
		for _, billID := range doc.Bills {
			bill, billVersion, err := decision.Load[BillOfLading](v, dossier.BillOfLading, billID)
			if err != nil {
				return out, err
			}
			if !bill.Watched {
				bill.Watched = true
				out.Puts = append(out.Puts, decision.Put{Kind: dossier.BillOfLading, ID: billID, Version: billVersion, Body: &bill})
			} else {
				out.Relied = append(out.Relied, decision.Reliance{Kind: dossier.BillOfLading, ID: billID, Version: billVersion})
			}
			if err := d.lookAtBill(v, &doc, &bill, due, &out); err != nil {
				return out, err
			}
		}
		return out, nil
	})
}

func (d *Desk) lookAtBill(v decision.View, doc *Manifest, bill *BillOfLading, due clock.Date, out *decision.Outcome) error {
	left, err := v.Balance(bill.account("packages", ledger.Undrawn).Key())
	if err != nil {
		return err
	}
	drawn, err := v.Balance(bill.account("packages", ledger.Drawn).Key())
	if err != nil {
		return err
	}
	rest := left.Available()
	if bill.Closed || drawn.Quantity == 0 && !bill.Content.Split {
		rest = 0
	}
	open, err := casework.OpenedBy(v, bill.ID, ClosePartShipment)
	if err != nil {
		return err
	}
	item := "bl/" + bill.ID + "/packages rest"
	for _, held := range open {
		owed := held.Obligation.OpenTotal()
		stays := min(owed, rest)
		rest -= stays
		if owed == stays {
			continue
		}
		settled, err := casework.Settle(v, decision.System, held, []obligation.Part{{Item: item, Quantity: owed - stays}},
			journal.Ref{Kind: "bill_of_lading", ID: bill.ID}, "declared since, or taken off the manifest")
		if err != nil {
			return err
		}
		out.Merge(settled)
	}
	if rest <= 0 {
		return nil
	}
	debtor := bill.Content.Consignee.Code
	if debtor == "" {
		debtor = doc.Carrier
	}
	if debtor == "" {
		debtor = "office/" + bill.Office
	}
	o, err := obligation.New(obligation.Obligation{
		ID: v.NewID(), Kind: ClosePartShipment, Debtor: debtor, OpenedBy: bill.ID, Opened: v.Now(), Due: due,
		Lines:  []obligation.Line{{Item: item, Unit: unitOf(bill), Amount: rest}},
		Stages: []obligation.Stage{{Name: string(procedure.Alarm), AfterDays: 1}}, Area: areaOf(bill.Office), Office: bill.Office,
	})
	if err != nil {
		return err
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Obligation, ID: o.ID, Body: o})
	e := decision.Entry(v, decision.System, "obligation.opened", journal.Ref{Kind: "obligation", ID: o.ID}, journal.Ref{Kind: "bill_of_lading", ID: bill.ID}, journal.Ref{Kind: "manifest", ID: doc.ID})
	e.Enterprise, e.Area, e.Office = o.Debtor, o.Area, o.Office
	e.Why = journal.Why{Law: "CL-24", Reason: "part shipment not closed by " + due.String()}
	e.Body = fact(map[string]any{"kind": o.Kind, "due": o.Due.String(), "open": o.OpenTotal().String(), "held": "0.00", "guarantee": ""})
	out.Entries = append(out.Entries, e)
	return nil
}
