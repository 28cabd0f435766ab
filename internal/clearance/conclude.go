package clearance

import (
	"strconv"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/obligation"
	"seine/internal/procedure"
	"seine/internal/revenue"
	"seine/internal/risk"
)

// conclusion is what follows once a declaration is judged: it is accepted under
// its number, its case takes its steps, and it is held or taxed, secured and
// released as far as it can go by itself.
type conclusion struct {
	v      decision.View
	ref    *Reference
	terms  terms
	by     decision.Actor
	judged *judged
	cover  cover
	now    clock.Instant
	doc    declaration.Declaration
	known  int64 // version in the store, 0 when the declaration is new
	file   casework.Case
	filed  int64 // version of the case in the store, 0 when it is new
	owed   map[string]casework.Held
	open   declaration.Facts // inspections and instructions, of a declaration that waited
	after  ReleaseHook
	reason string // of the officer who passes it, "" for the machine
	bills  int    // tax bills issued for it before, all withdrawn
}

// accept takes a declaration that was just lodged all the way it can go; it has
// the stand-in of its official number.
func (c conclusion) accept() (decision.Outcome, error) {
	var out decision.Outcome
	j := c.judged
	var err error
	if c.doc, err = c.doc.Apply(declaration.EventAccept, c.now, c.facts()); err != nil {
		return out, err
	}
	c.file.Declaration = c.doc.ID
	e := c.entry("declaration.accepted")
	e.Why = journal.Why{Law: "CL-24"}
	e.Body = fact(map[string]any{"number": c.doc.Number, "procedure": c.doc.Procedure, "lines": len(c.doc.Lines), "value": j.Value.Fixed()})
	out.Entries = append(out.Entries, e)
	if err := c.step(&out, "lodge", nil); err != nil {
		return out, err
	}
	return c.concluded(out)
}

// concluded goes on with a declaration that was just accepted, or accepted again
// after an amendment: taxed, then held or passed.
func (c conclusion) concluded(out decision.Outcome) (decision.Outcome, error) {
	j := c.judged
	bill, err := c.taxed(&out)
	if err != nil {
		return out, err
	}
	c.differs(&out)
	c.chose(&out)
	c.doc.Channel, c.doc.Verdict = string(j.Verdict.Channel), j.ID
	if j.Confirmation != nil {
		c.doc.Confirmed = j.Confirmation.Ref(c.now)
	}
	waits := c.waits()
	if len(waits) > 0 {
		if c.doc, err = c.doc.Apply(declaration.EventHold, c.now, c.facts()); err != nil {
			return out, err
		}
		e := c.entry("declaration.held")
		e.Why = journal.Why{Rule: c.rule(), Reason: waits[0].Detail}
		e.Body = fact(map[string]any{"number": c.doc.Number, "channel": j.Verdict.Channel, "score": j.Verdict.Score, "waits": waits})
		out.Entries = append(out.Entries, e)
		return c.written(out, bill, waits), nil
	}
	if c.doc, err = c.doc.Apply(declaration.EventPassLow, c.now, c.facts()); err != nil {
		return out, err
	}
	return c.pass(out, bill)
}

// taxed takes the step in which the tax is determined, and issues the bill.
func (c *conclusion) taxed(out *decision.Outcome) (*revenue.TaxBill, error) {
	j := c.judged
	var bill *revenue.TaxBill
	if j.Total > 0 {
		b, err := c.bill()
		if err != nil {
			return nil, err
		}
		bill = &b
	}
	if err := c.step(out, "accept", bill); err != nil {
		return nil, err
	}
	if bill == nil {
		return nil, nil
	}
	owe, err := bill.Owe(c.v.NewID(), bill.Total, c.now.Date(), bill.Declaration)
	if err != nil {
		return nil, err
	}
	out.Transfers = append(out.Transfers, owe)
	if c.cover.guarantee != nil && c.terms.mode.Step("consolidate") != nil {
		if *bill, err = c.consolidate(out, *bill); err != nil {
			return nil, err
		}
	}
	id := c.v.NewID()
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: id, Body: *bill})
	e := c.entry("tax-bill.issued")
	e.Subject = append(e.Subject, journal.Ref{Kind: "tax_bill", ID: id})
	e.Why = journal.Why{Law: "DL-43"}
	e.Body = fact(map[string]any{
		"number": bill.Number, "total": bill.Total.Fixed(), "due": bill.Due.String(), "guarantee": bill.Guarantee, "shares": bill.Shares,
	})
	out.Entries = append(out.Entries, e)
	return bill, nil
}

// consolidate puts a bill on the month's statement under the guarantee that was
// named, where the mode lets it: with arrears the step waits, and the bill is to
// be paid before release like any other (DR §3.4).
func (c *conclusion) consolidate(out *decision.Outcome, bill revenue.TaxBill) (revenue.TaxBill, error) {
	if err := c.step(out, "consolidate", &bill); err != nil {
		return bill, err
	}
	if _, done := c.file.Done["consolidate"]; !done {
		return bill, nil
	}
	next, err := bill.Apply(revenue.EventConsolidate)
	if err != nil {
		return bill, err
	}
	next.Guarantee = c.cover.guarantee.Number
	next.Due = duty.ConsolidatedDue(bill.Issued.Date(), c.ref.Duty.Rules, c.ref.Calendar)
	return next, nil
}

// differs keeps the enterprise's own tax figures beside ours where they are not
// the same, for the tax officer (DR §3.4).
func (c *conclusion) differs(out *decision.Outcome) {
	self := c.judged.Self
	if self == nil || self.Band == revenue.Agrees {
		return
	}
	d := revenue.TaxDifference{
		ID: c.v.NewID(), Declaration: c.doc.ID, Number: c.doc.Number, Enterprise: payer(&c.doc), Office: string(c.doc.CompetentOffice), At: c.now,
		Compared: *self, Band: self.Band, State: revenue.DifferenceOpen,
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxDifference, ID: d.ID, Body: d})
	e := c.entry("tax-difference.found")
	e.Subject = append(e.Subject, journal.Ref{Kind: "tax_difference", ID: d.ID})
	e.Why = journal.Why{Rule: "self-declared tax: " + string(self.Band), Law: "DL-45"}
	e.Body = fact(map[string]any{"number": c.doc.Number, "lines": self.Lines, "short": self.Short.Fixed(), "bound": self.Bound.Fixed(), "band": self.Band})
	out.Entries = append(out.Entries, e)
}

// chose tells what the duty of a domestic sale is levied on from here on, and what
// the other way would have come to (DR §3.12).
func (c *conclusion) chose(out *decision.Outcome) {
	l := c.judged.Levy
	if l == nil {
		return
	}
	body := map[string]any{"number": c.doc.Number, "on": l.On, "difference": l.Difference.Fixed(), "materials": len(c.doc.Levy.Materials), "unchecked": l.Unchecked}
	for _, way := range l.Ways {
		body["by_"+string(way.On)] = way.Total.Fixed()
	}
	e := c.entry("declaration.levy-locked")
	e.Why = journal.Why{Rule: "selective levy", Law: "C75-II"}
	e.Body = fact(body)
	out.Entries = append(out.Entries, e)
}

// billNumber is the number of the next tax bill: that of the declaration, with
// a running number from the second bill on.
func (c *conclusion) billNumber() string {
	if c.bills == 0 {
		return "T" + c.doc.Number
	}
	return "T" + c.doc.Number + "-" + strconv.Itoa(c.bills+1)
}

// bill is the tax bill of the assessment. Its due day is that of the mode's debt
// where it opens one.
func (c *conclusion) bill() (revenue.TaxBill, error) {
	due := duty.PaymentDue(c.now.Date(), c.ref.Duty.Rules, c.ref.Calendar)
	b := revenue.TaxBill{
		Number: c.billNumber(), Declaration: c.doc.ID, Enterprise: payer(&c.doc), Office: string(c.doc.CompetentOffice),
		Issued: c.now, Due: due,
	}
	b.Lines, b.Shares = c.judged.Lines, c.judged.Shares
	b, err := revenue.New(b)
	if err != nil {
		return b, err
	}
	if b, err = b.Apply(revenue.EventConfirm); err != nil {
		return b, err
	}
	return b.Apply(revenue.EventIssue)
}

// pass goes on with a declaration that nothing holds any more: tax, settlement
// and release.
func (c conclusion) pass(out decision.Outcome, bill *revenue.TaxBill) (decision.Outcome, error) {
	facts := c.facts()
	var err error
	if c.doc, err = c.doc.Apply(declaration.EventTax, c.now, facts); err != nil {
		return out, err
	}
	facts.NoTaxDue = c.judged.Total == 0
	facts.TaxGuaranteed = bill != nil && bill.State == revenue.Consolidated
	facts.TaxPaid = bill != nil && bill.State == revenue.Paid
	if !facts.NoTaxDue && !facts.TaxGuaranteed && !facts.TaxPaid {
		number := c.billNumber()
		if bill != nil {
			number = bill.Number
		}
		return c.written(out, bill, []Notice{{Code: "CLR-TAX-01", Detail: "tax bill " + number + " is to be paid"}}), nil
	}
	if c.doc, err = c.doc.Apply(declaration.EventSettle, c.now, facts); err != nil {
		return out, err
	}
	if c.doc, err = c.doc.Apply(declaration.EventRelease, c.now, facts); err != nil {
		return out, err
	}
	if err := c.step(&out, "release", nil); err != nil {
		return out, err
	}
	out.Entries = append(out.Entries, c.releasedEntry())
	if c.after != nil {
		if err := c.after(c.v, &out, &c.file, &c.doc, c.v.NewID); err != nil {
			return out, err
		}
	}
	return c.written(out, bill, nil), nil
}

func (c *conclusion) releasedEntry() journal.Entry {
	j := c.judged
	e := c.entry("declaration.released")
	e.Why = journal.Why{Rule: "risk " + j.Verdict.Table.Version, Law: "SEED-II.2.4", Reason: c.reason}
	e.Body = fact(map[string]any{
		"number": c.doc.Number, "channel": j.Verdict.Channel, "score": j.Verdict.Score, "tax": j.Total.Fixed(), "assessment": c.doc.Verdict,
	})
	return e
}

// step lets the case take a step of its mode; a step the mode does not have is
// none, and one that still waits for something is left for later.
func (c *conclusion) step(out *decision.Outcome, id string, bill *revenue.TaxBill) error {
	if c.terms.mode.Step(id) == nil {
		return nil
	}
	j := c.judged
	goods := casework.Goods{}
	if j.bill != nil {
		goods.Add(procedure.LadingLine, procedure.Declared, j.drawLines(&c.doc)...)
	}
	if bill != nil {
		amount, err := ledger.Amount(bill.Total)
		if err != nil {
			return err
		}
		goods.Add(procedure.Tax, procedure.Assessed, casework.Line{Key: bill.Number, Unit: "CNY", Quantity: amount})
	}
	s := casework.Step{
		ID: id, By: c.by, LowRisk: true, Goods: goods, HighestTax: j.Highest, Calendar: c.ref.Calendar, At: c.now,
		IDs: c.v.NewID, Debts: c.owed, True: c.conditions(bill),
	}
	t, err := casework.Take(c.v, c.terms.mode, c.file, s)
	if err != nil || !t.Ready {
		return err
	}
	c.file = t.Case
	out.Merge(t.Outcome)
	// A debt that was opened in this breath can be settled or carried in it too.
	if c.owed, err = fresh(c.owed, t.Outcome.Puts); err != nil {
		return err
	}
	return nil
}

// conditions answers what the mode may ask about a declaration.
func (c *conclusion) conditions(bill *revenue.TaxBill) map[procedure.Condition]bool {
	j := c.judged
	matched := j.Confirmation == nil || j.waits() == nil
	return map[procedure.Condition]bool{
		procedure.LadingKnown:     j.bill != nil,
		procedure.ManifestMatched: matched,
		procedure.SameAsApplied:   true, // quantities are held by the reservation itself; papers by the confirmation
		procedure.RiskCleared:     c.reason != "" || j.Verdict.Channel != risk.Red,
		procedure.LicencesThere:   true, // a missing licence is a hard rule of the risk table
		procedure.TaxDue:          bill != nil,
		procedure.TaxSettled:      j.Total == 0 || c.doc.State == declaration.PaidOrGuaranteed || c.doc.State == declaration.Released,
		procedure.GuaranteeEnough: c.cover.guarantee != nil,
		procedure.NothingOverdue:  c.cover.clean,
		procedure.BookGiven:       c.doc.BookNumber != "",
	}
}

// waits lists why a person must look, empty when the machine may go on.
func (c *conclusion) waits() []Notice {
	var list []Notice
	if f := c.judged.waits(); f != nil {
		list = append(list, Notice{Code: f.Code, Path: f.Path, Detail: f.Message()})
	}
	if c.judged.SelfShort {
		list = append(list, Notice{"CLR-SELF-01", "/declaredTax", "the declared tax is short of the computed one by more than the tolerance", nil})
	}
	if c.judged.Verdict.Channel == risk.Red {
		list = append(list, Notice{Code: "CLR-RISK-01", Detail: "selected for a decision by an officer"})
	}
	if c.open.OpenInspections+c.open.AbnormalOpen > 0 {
		list = append(list, Notice{Code: "CLR-INSPECT-01", Detail: "an inspection has no result yet, or an abnormal one is not settled"})
	}
	return list
}

// rule names what held the declaration, for the journal.
func (c *conclusion) rule() string {
	v := &c.judged.Verdict
	if c.judged.waits() != nil {
		return "three-document-confirmation"
	}
	for i := range v.Hits {
		if v.Hits[i].Hard != "" {
			return v.Hits[i].Rule
		}
	}
	for i := range v.Instructions {
		if v.Instructions[i].Picked {
			return v.Instructions[i].ID
		}
	}
	switch {
	case v.Draw.Picked:
		return "random-draw"
	case len(v.Hits) > 0:
		return v.Hits[0].Rule
	}
	return "self-declaration"
}

func (c *conclusion) facts() declaration.Facts {
	facts := c.open
	facts.NeedsConfirmation, facts.ManifestVersion = c.terms.confirm, c.judged.current
	return facts
}

// entry begins a journal entry about the declaration.
func (c *conclusion) entry(kind string) journal.Entry {
	return journal.Entry{
		ID: c.v.NewID(), At: c.now, EffectiveOn: c.now.Date(), Actor: c.by.ID, ActorKind: c.by.Kind, Type: kind,
		Subject:    []journal.Ref{{Kind: "declaration", ID: c.doc.ID}},
		Enterprise: payer(&c.doc), Area: c.terms.area, Office: string(c.doc.CompetentOffice),
	}
}

// written completes the outcome with declaration, case and reply.
func (c *conclusion) written(out decision.Outcome, bill *revenue.TaxBill, waits []Notice) decision.Outcome {
	j := c.judged
	c.doc.Version = c.known + 1
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.Declaration, ID: c.doc.ID, Version: c.known, Body: c.doc},
		decision.Put{Kind: dossier.Case, ID: c.file.ID, Version: c.filed, Body: c.file})
	reply := LodgeReply{
		ID: c.doc.ID, Number: c.doc.Number, State: c.doc.State, Channel: j.Verdict.Channel, Value: j.Value, Taxes: j.Figures,
		Total: j.Total, Levy: j.Levy.Reply(), Waits: waits,
	}
	if j.Confirmation != nil {
		reply.Confirmation = j.Confirmation.Result
	}
	if bill != nil {
		reply.TaxBill, reply.Due = bill.Number, bill.Due
	}
	out.Reply = reply
	out.Once()
	return out
}

// fresh adds the obligations that puts open to those known.
func fresh(known map[string]casework.Held, puts []decision.Put) (map[string]casework.Held, error) {
	next := make(map[string]casework.Held, len(known)+1)
	for id, held := range known {
		next[id] = held
	}
	for _, p := range puts {
		if o, ok := p.Body.(obligation.Obligation); ok && p.Kind == dossier.Obligation {
			next[p.ID] = casework.Held{Obligation: o, Version: p.Version}
		}
	}
	return next, nil
}
