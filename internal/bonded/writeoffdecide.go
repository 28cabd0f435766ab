package bonded

import (
	"context"
	"encoding/json"
	"slices"

	"seine/internal/book"
	"seine/internal/clearance"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/party"
	"seine/internal/review"
	"seine/internal/writeoff"
)

// handle is what the officer's acts share that change where a write-off stands;
// beside is what they write beyond it.
func (d *Desk) handle(ctx context.Context, c decision.Command, by decision.Actor, id, reason, kind string, do func(v decision.View, doc *WriteOff) error, beside ...*decision.Outcome) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		if err := reasoned(reason); err != nil {
			return decision.Outcome{}, err
		}
		doc, version, err := decision.Load[WriteOff](v, dossier.WriteOff, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if by.Office != "" && by.Office != doc.Office {
			return decision.Outcome{}, fault.New(fault.Forbidden, "BONDED-OFFICE-01", "", "office {office} decides on this", "leave it to that office", "office", doc.Office)
		}
		if err := do(v, &doc); err != nil {
			return decision.Outcome{}, err
		}
		out := decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.WriteOff, ID: id, Version: version, Body: doc}},
			Entries: []journal.Entry{doc.entry(v, by, kind, reason)}, Reply: doc.reply(),
		}
		for _, more := range beside {
			out.Merge(*more)
		}
		return out, nil
	})
}

// ReturnWriteOff sends it back to the enterprise. Faults: BONDED-REASON-01,
// BONDED-OFFICE-01, WRITEOFF-LIFECYCLE-01.
func (d *Desk) ReturnWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.handle(ctx, c, by, id, reason, "write-off.returned", func(_ decision.View, doc *WriteOff) error {
		doc.Reason = reason
		return doc.move(writeoff.EventReturn)
	})
}

// VisitWriteOff orders a check of the stock on site. Faults: as ReturnWriteOff.
func (d *Desk) VisitWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.handle(ctx, c, by, id, reason, "write-off.visit-ordered", func(v decision.View, doc *WriteOff) error {
		doc.Visit = &Visit{Ordered: v.Now(), By: by.ID, Reason: reason}
		return doc.move(writeoff.EventVisit)
	})
}

// FoundWriteOff reports what was found on site. Faults: as ReturnWriteOff.
func (d *Desk) FoundWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, found string) (decision.Receipt, error) {
	return d.handle(ctx, c, by, id, found, "write-off.visited", func(v decision.View, doc *WriteOff) error {
		if err := doc.move(writeoff.EventFound); err != nil {
			return err
		}
		visit := *doc.Visit
		visit.Found, visit.Officer, visit.At = found, by.ID, v.Now()
		doc.Visit = &visit
		return nil
	})
}

// writeOffPosts may propose and confirm a write-off (DR §9.1, our reading).
var writeOffPosts = []party.PostID{party.FilingOfficer, party.Reviewer}

// ProposeWriteOff is the first officer's word for bringing the book to the
// report; the second is drawn. Faults: BONDED-WRITEOFF-03 (it is not on the desk
// of two officers); those of the desk of the two officers.
func (d *Desk) ProposeWriteOff(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
	return d.decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		doc, version, err := decision.Load[WriteOff](v, dossier.WriteOff, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		if doc.State != writeoff.Review {
			return decision.Outcome{}, fault.New(fault.Refused, "BONDED-WRITEOFF-03", "", "write-off {number} is {state}: nothing waits for two officers", "look at it again", "number", doc.Number, "state", string(doc.State))
		}
		return deliberation.Open(v, Setting(d.reference()), by, deliberation.Motion{
			Matter: review.WriteOff, Kind: "write_off", Subject: id, Number: doc.Number, Action: ActWriteOff,
			Payload: writeOffPayload{id, version, by.ID, reason}, Posts: writeOffPosts, Reason: reason, Enterprise: doc.Enterprise, Area: doc.Area, Office: doc.Office,
		})
	})
}

// decideWriteOff brings the book to what two officers agreed on. Fault:
// BONDED-WRITEOFF-04 when the books have changed since it was submitted.
func (d *Desk) decideWriteOff(v decision.View, by decision.Actor, payload json.RawMessage) (decision.Outcome, error) {
	var out decision.Outcome
	var p writeOffPayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return out, err
	}
	doc, held, version, rules, err := d.openWriteOff(v, p.WriteOff)
	if err != nil {
		return out, err
	}
	if err := seen(p.Version, version); err != nil {
		return out, err
	}
	then := slices.Clone(doc.Report.Items)
	if err := d.compile(v, &held, &doc, rules); err != nil {
		return out, err
	}
	d.tax(v, &doc)
	for i := range doc.Report.Items {
		if now := &doc.Report.Items[i]; i >= len(then) || now.ShouldRemain.Quantity != then[i].ShouldRemain.Quantity || now.Difference != then[i].Difference {
			return out, fault.New(fault.Conflict, "BONDED-WRITEOFF-04", "", "line {line} was booked on since the write-off was submitted", "return it, so that it is compared anew", "line", now.Line)
		}
	}
	doc.Officers, doc.Reason = [2]string{p.First, by.ID}, p.Reason
	if err := doc.move(writeoff.EventDecide); err != nil {
		return out, err
	}
	return d.adjust(v, by, out, doc, version, rules)
}

// adjust posts what was decided on the last day of the period, opens the tax on
// what is missing, and makes what was counted the opening of the next period.
func (d *Desk) adjust(v decision.View, by decision.Actor, out decision.Outcome, doc WriteOff, version int64, rules *writeoff.Rules) (decision.Outcome, error) {
	held, bookVersion, err := decision.Load[Book](v, dossier.Book, doc.BookID)
	if err != nil {
		return out, err
	}
	if doc.Report, err = doc.Report.Settle(doc.Explanations, rules); err != nil {
		return out, err
	}
	if err := doc.move(writeoff.EventAdjust); err != nil {
		return out, err
	}
	for _, a := range doc.Report.Adjustments() {
		out.Transfers = append(out.Transfers, ledger.Op{
			ID: v.NewID(), Kind: ledger.Post, From: lineAccount(&doc, a.Line, a.From), To: lineAccount(&doc, a.Line, a.To), Quantity: a.Quantity, EffectiveOn: doc.Report.Period.End, Cause: doc.ID,
		})
	}
	doc.Adjusted = v.Now()
	if err := d.bill(v, by, &out, &doc); err != nil {
		return out, err
	}
	held.LastWriteOff, held.Lines = doc.Report.Period.End, slices.Clone(held.Lines)
	var last *writeoff.Report
	if doc.Before != "" {
		b, _, err := decision.Load[WriteOff](v, dossier.WriteOff, doc.Before)
		if err != nil {
			return out, err
		}
		last = &b.Report
	}
	for i := range held.Lines {
		if it, ok := doc.Report.Item(held.Lines[i].Number); ok {
			held.Lines[i].Opening, held.Lines[i].ConsumptionQuery = it.Closing.Quantity, it.Query(last)
		}
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Book, ID: held.ID, Version: bookVersion, Body: held})
	lists, err := postedLists(v, doc.Book, doc.Report.Period)
	if err != nil {
		return out, err
	}
	for _, l := range lists {
		next, err := l.list.Apply(book.ListWriteOff)
		if err != nil {
			continue // it was voided or written off before
		}
		l.list.VerificationList = next
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.VerificationList, ID: l.list.ID, Version: l.version, Body: l.list})
	}
	e := doc.entry(v, by, "write-off.adjusted", doc.Reason)
	doc.Entry = e.ID
	out.Entries = append(out.Entries, e)
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.WriteOff, ID: doc.ID, Version: version, Body: doc})
	out.Reply = doc.reply()
	return out, nil
}

// bill issues the tax bill of what is missing, and opens the debt of paying it.
func (d *Desk) bill(v decision.View, by decision.Actor, out *decision.Outcome, doc *WriteOff) error {
	ref := d.reference()
	b := clearance.TaxBillOf(doc.Enterprise, doc.Office, "T"+doc.Number, v.Now(), ref)
	for _, t := range doc.Taxes {
		it, ok := doc.Report.Item(t.Line)
		if !ok || it.Settled.Taxed == 0 {
			continue
		}
		for _, f := range t.Figures {
			b.Add(it.Commodity[:2], f)
		}
	}
	issued, owed, err := b.Issue(v, by, journal.Ref{Kind: "write_off", ID: doc.ID})
	if err != nil || issued == nil {
		return err
	}
	doc.TaxBill = issued.Number
	out.Merge(owed)
	return nil
}
