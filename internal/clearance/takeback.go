package clearance

import (
	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/procedure"
	"seine/internal/revenue"
	"seine/internal/risk"
)

// again is everything that a declaration is judged on anew: its terms, standing
// and papers now.
func (d *Desk) again(v decision.View, doc *declaration.Declaration, version int64) (*judged, terms, []decision.Reliance, error) {
	ref := d.reference()
	t, err := ref.terms(doc, doc.DeclaredOn)
	if err != nil {
		return nil, t, nil, err
	}
	s, relied, err := d.standing(v, doc, doc.DeclaredOn)
	if err != nil {
		return nil, t, nil, err
	}
	earlier, err := v.Find(dossier.Assessment, "declaration", doc.ID, 1000)
	if err != nil {
		return nil, t, nil, err
	}
	j, err := d.assess(v, ref, doc, version, int64(len(earlier)), t, s)
	if err != nil {
		return nil, t, nil, err
	}
	return j, t, append(relied, j.relied...), nil
}

// amended puts an amendment in force before release: what the acceptance had
// done is undone, and the declaration is confirmed, taxed and judged as if it
// were lodged now (DR §1.4).
func (d *Desk) amended(v decision.View, by decision.Actor, doc declaration.Declaration, version int64) (decision.Outcome, error) {
	var out decision.Outcome
	next, err := doc.Amended()
	if err != nil {
		return out, err
	}
	if next, err = next.Apply(declaration.EventAmended, v.Now(), declaration.Facts{}); err != nil {
		return out, err
	}
	back, err := d.takeBack(v, by, &doc, &out, "consolidate", "accept")
	if err != nil {
		return out, err
	}
	j, t, relied, err := d.again(v, &next, version+1)
	if err != nil {
		return out, err
	}
	ahead, err := casework.Ahead(v, out.Transfers)
	if err != nil {
		return out, err
	}
	cover, err := loadCover(v, t.mode, back.file.Guarantee, next.DeclaredOn, payer(&next))
	if err != nil {
		return out, err
	}
	file := back.file
	switch {
	case j.bill != nil:
		file.Bill, file.BillOffice, file.Lading = j.bill.ID, j.bill.Office, billKey(next.Transport.Voyage, next.BillOfLading)
	case file.Application == "":
		file.Bill, file.BillOffice, file.Lading = "", "", ""
	}
	c := conclusion{
		v: ahead, ref: d.reference(), terms: t, by: by, judged: j, cover: cover, now: v.Now(), doc: next, known: version, file: file,
		filed: back.filed, owed: back.owed, after: d.afterRelease, bills: back.bills,
	}
	if c.open, err = inspections(v, doc.ID); err != nil {
		return out, err
	}
	out.Relied = append(append(out.Relied, relied...), cover.relied...)
	out.Epochs = c.ref.Epochs
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Assessment, ID: j.ID, Body: &j.Assessment})
	out.Entries = append(out.Entries, correctedEntry(v, by, "declaration.amended", &next))
	return c.concluded(out)
}

func correctedEntry(v decision.View, by decision.Actor, kind string, doc *declaration.Declaration) journal.Entry {
	k := doc.Correction
	e := about(v, by, kind, doc, k.Text, map[string]any{"number": doc.Number, "reason": k.Reason, "changes": k.Changes, "first": k.First, "second": k.Second})
	e.Why.Law = "CL-26"
	return e
}

// takenBack is what is left of a case after its steps were undone.
type takenBack struct {
	file  casework.Case
	filed int64
	owed  map[string]casework.Held
	bills int // tax bills there were
}

// takeBack undoes steps of a declaration's case, the later ones first: draws are
// given back, tax debts lifted and their cover freed, and the tax bill is
// withdrawn. The case is not written yet.
// Faults: CLR-CASE-03, CLR-CORRECT-03, those of casework.Undo.
func (d *Desk) takeBack(v decision.View, by decision.Actor, doc *declaration.Declaration, out *decision.Outcome, steps ...string) (takenBack, error) {
	var back takenBack
	file, filed, ok, err := casework.Find(v, "declaration", doc.ID)
	if err != nil {
		return back, err
	}
	if !ok {
		return back, fault.New(fault.Refused, "CLR-CASE-03", "", "the case of declaration {number} is closed", "look at its life line", "number", doc.Number)
	}
	back = takenBack{file: file, filed: filed}
	if err := lookAt(v, file.Bill, out); err != nil {
		return back, err
	}
	mode, err := d.reference().modes.catalogue.Version(file.Mode, file.ModeVersion)
	if err != nil {
		return back, err
	}
	bills, err := v.Find(dossier.TaxBill, "declaration", doc.ID, 100)
	if err != nil {
		return back, err
	}
	back.bills = len(bills)
	bill, err := billOf(v, doc.ID)
	if err != nil {
		return back, err
	}
	goods := casework.Goods{}.Add(procedure.LadingLine, procedure.Declared, (&judged{}).drawLines(doc)...)
	if bill != nil {
		if err := unpaid(bill); err != nil {
			return back, err
		}
		amount, err := ledger.Amount(bill.bill.Total)
		if err != nil {
			return back, err
		}
		goods.Add(procedure.Tax, procedure.Assessed, casework.Line{Key: bill.bill.Number, Unit: "CNY", Quantity: amount})
	}
	if back.owed, err = casework.Owed(v, &file); err != nil {
		return back, err
	}
	before := map[procedure.Condition]bool{
		procedure.LadingKnown: file.Bill != "", procedure.ManifestMatched: true, procedure.SameAsApplied: true, procedure.RiskCleared: true,
		procedure.LicencesThere: true, procedure.TaxDue: bill != nil, procedure.TaxSettled: true, procedure.GuaranteeEnough: file.Guarantee != "",
		procedure.NothingOverdue: true, procedure.BookGiven: doc.BookNumber != "",
	}
	for _, id := range steps {
		if _, done := back.file.Done[id]; !done || mode.Step(id) == nil {
			continue
		}
		ahead, err := casework.Ahead(v, out.Transfers)
		if err != nil {
			return back, err
		}
		t, err := casework.Undo(ahead, mode, back.file, casework.Step{
			ID: id, By: by, Goods: goods, Calendar: d.reference().Calendar, At: v.Now(), IDs: v.NewID, Debts: back.owed, True: before,
		})
		if err != nil {
			return back, err
		}
		back.file = t.Case
		out.Merge(t.Outcome)
		if back.owed, err = fresh(back.owed, t.Outcome.Puts); err != nil {
			return back, err
		}
	}
	return back, withdraw(v, by, doc, bill, out)
}

// withdraw takes a tax bill back that nobody has paid.
func withdraw(v decision.View, by decision.Actor, doc *declaration.Declaration, b *standingBill, out *decision.Outcome) error {
	if b == nil {
		return nil
	}
	next, err := b.bill.Apply(revenue.EventWithdraw)
	if err != nil {
		return err
	}
	op, err := b.bill.Withdraw(v.NewID(), v.Now().Date())
	if err != nil {
		return err
	}
	out.Transfers = append(out.Transfers, op)
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: b.id, Version: b.version, Body: next})
	e := about(v, by, "tax-bill.withdrawn", doc, "", map[string]any{"number": next.Number, "total": next.Total.Fixed(), "shares": next.Shares})
	e.Subject = append(e.Subject, journal.Ref{Kind: "tax_bill", ID: b.id})
	out.Entries = append(out.Entries, e)
	return nil
}

// handBack undoes all that a declaration had done, because it is returned or
// deleted: its own case is closed, goods that entered first or stand on a list
// wait for another declaration.
func (d *Desk) handBack(v decision.View, by decision.Actor, doc *declaration.Declaration, out *decision.Outcome) error {
	back, err := d.takeBack(v, by, doc, out, "release", "consolidate", "accept", "lodge")
	if err != nil {
		return err
	}
	file := back.file
	if file.Application != "" || file.List != "" {
		file.Declaration = ""
	} else {
		file.State, file.Closed = casework.Closed, v.Now()
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: file.ID, Version: back.filed, Body: file})
	out.Once()
	return nil
}

// deleted deletes a declaration: the number stays with it for ever, what it had
// drawn is given back, its tax bill and debts are gone.
// Fault: CLR-CORRECT-05 when a list counts on its release.
func (d *Desk) deleted(v decision.View, by decision.Actor, doc declaration.Declaration, version int64) (decision.Outcome, error) {
	var out decision.Outcome
	facts, err := posted(v, doc.ID)
	if err != nil {
		return out, err
	}
	next, err := doc.Apply(declaration.EventDeleted, v.Now(), facts)
	if err != nil {
		return out, err
	}
	if doc.ListNumber != "" && doc.Times.Released != 0 {
		return out, fault.New(fault.Refused, "CLR-CORRECT-05", "/listNumber", "verification list {list} counts on the release of this declaration",
			"have the list voided first", "list", doc.ListNumber)
	}
	if err := d.handBack(v, by, &doc, &out); err != nil {
		return out, err
	}
	next.Version = version + 1
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Declaration, ID: doc.ID, Version: version, Body: next})
	out.Entries = append(out.Entries, correctedEntry(v, by, "declaration.deleted", &next))
	out.Reply = StateReply{next.ID, next.Number, next.State, next.Version}
	return out, nil
}

// amendedLate puts an amendment in force after release. The goods have gone on
// what was declared: the declaration must still confirm with its manifest, its
// tax must come out the same, and what it draws on the bill of lading is
// corrected by the difference.
// Faults: CLR-CONFIRM-01, -02; CLR-CORRECT-04 (the tax would change),
// CLR-CORRECT-07 (other quantities were settled by them already).
func (d *Desk) amendedLate(v decision.View, by decision.Actor, doc declaration.Declaration, version int64) (decision.Outcome, error) {
	var out decision.Outcome
	next, err := doc.Amended()
	if err != nil {
		return out, err
	}
	if next, err = next.Apply(declaration.EventAmendedLate, v.Now(), declaration.Facts{}); err != nil {
		return out, err
	}
	j, _, relied, err := d.again(v, &next, version+1)
	if err != nil {
		return out, err
	}
	if f := j.waits(); f != nil {
		return out, f
	}
	last, _, err := decision.Load[Assessment](v, dossier.Assessment, doc.Verdict)
	if err != nil {
		return out, err
	}
	if j.Total != last.Total {
		return out, fault.New(fault.Refused, "CLR-CORRECT-04", "/lines", "the amendment changes the tax from {before} to {after} CNY after release",
			"have the difference refunded, or collected by a supplementary bill, first", "before", last.Total.Fixed(), "after", j.Total.Fixed())
	}
	if err := d.redraw(v, &doc, &next, j, &out); err != nil {
		return out, err
	}
	out.Relied, out.Epochs = append(out.Relied, relied...), d.reference().Epochs
	j.FollowUp = j.FollowUp || j.Verdict.Channel != risk.Green // it has passed already
	next.Verdict = j.ID
	if j.Confirmation != nil {
		next.Confirmed = j.Confirmation.Ref(v.Now())
	}
	next.Version = version + 1
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.Declaration, ID: doc.ID, Version: version, Body: next},
		decision.Put{Kind: dossier.Assessment, ID: j.ID, Body: &j.Assessment})
	out.Entries = append(out.Entries, correctedEntry(v, by, "declaration.amended-late", &next))
	out.Reply = StateReply{next.ID, next.Number, next.State, next.Version}
	return out, nil
}

// redraw corrects what a released declaration has drawn on its bill of lading.
func (d *Desk) redraw(v decision.View, doc, next *declaration.Declaration, j *judged, out *decision.Outcome) error {
	before, after := billKey(doc.Transport.Voyage, doc.BillOfLading), billKey(next.Transport.Voyage, next.BillOfLading)
	if before == after && doc.Packages == next.Packages && doc.GrossMass == next.GrossMass {
		return nil
	}
	file, filed, ok, err := casework.Find(v, "declaration", doc.ID)
	if err != nil {
		return err
	}
	settled := !ok
	if ok {
		mode, err := d.reference().modes.catalogue.Version(file.Mode, file.ModeVersion)
		if err != nil {
			return err
		}
		if accept := mode.Step("accept"); accept != nil {
			settled = len(accept.Discharge) > 0
			for _, p := range accept.Post {
				settled = settled || p.Do != ledger.Post
			}
		}
	}
	if settled {
		return fault.New(fault.Refused, "CLR-CORRECT-07", "/packages", "what was owed is settled by the quantities of this declaration",
			"have the case reopened first")
	}
	if file.Bill == "" {
		return nil
	}
	old, _, err := decision.Load[BillOfLading](v, dossier.BillOfLading, file.Bill)
	if err != nil {
		return err
	}
	look(v, &old, out)
	out.Transfers = append(out.Transfers, old.draw(v, doc.Packages, doc.GrossMass, ledger.Drawn, ledger.Undrawn, doc.ID)...)
	if j.bill == nil {
		return nil
	}
	look(v, j.bill, out)
	out.Transfers = append(out.Transfers, j.bill.draw(v, next.Packages, next.GrossMass, ledger.Undrawn, ledger.Drawn, doc.ID)...)
	file.Bill, file.BillOffice, file.Lading = j.bill.ID, j.bill.Office, after
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: file.ID, Version: filed, Body: file})
	return nil
}

// keep lets a declaration go on as it was: its correction was refused. Before
// release it goes back to where its last judgement leaves it; what an officer had
// not passed yet waits for the officer again.
func (d *Desk) keep(v decision.View, by decision.Actor, doc declaration.Declaration, version int64, reason string) (decision.Outcome, error) {
	event := declaration.EventRefused
	if doc.Times.Released != 0 {
		event = declaration.EventRefusedLate
	}
	was := doc.State
	next, err := doc.Apply(event, v.Now(), declaration.Facts{})
	if err != nil {
		return decision.Outcome{}, err
	}
	refused := about(v, by, "declaration.correction-refused", &next, reason, map[string]any{"number": doc.Number, "from": was})
	if next.State == declaration.Released {
		next.Version = version + 1
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Declaration, ID: doc.ID, Version: version, Body: next}},
			Entries: []journal.Entry{refused}, Reply: StateReply{next.ID, next.Number, next.State, next.Version},
		}, nil
	}
	c, standing, relied, err := d.waiting(v, by, next, version, "")
	if err != nil {
		return decision.Outcome{}, err
	}
	if c.open, err = inspections(v, doc.ID); err != nil {
		return decision.Outcome{}, err
	}
	out := decision.Outcome{Relied: relied, Epochs: c.ref.Epochs, Entries: []journal.Entry{refused}}
	waits := c.waits()
	if len(waits) > 0 || doc.Times.Taxed == 0 {
		if c.doc, err = c.doc.Apply(declaration.EventHold, v.Now(), declaration.Facts{}); err != nil {
			return out, err
		}
		return c.written(out, nil, waits), nil
	}
	if c.doc, err = c.doc.Apply(declaration.EventPassLow, v.Now(), declaration.Facts{}); err != nil {
		return out, err
	}
	return c.onwards(out, standing)
}
