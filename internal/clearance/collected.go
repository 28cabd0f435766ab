package clearance

import (
	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/procedure"
	"seine/internal/revenue"
)

// Collected follows money that was booked on the tax bill of a declaration: tax
// of it is discharged from the debt and what was held for it becomes free; when
// the bill is settled, a declaration that only waited for its tax is released, all
// in one transaction (DR §5.4, S44). b is the bill afterwards. It gives the state
// of the declaration.
func (d *Desk) Collected(v decision.View, by decision.Actor, out *decision.Outcome, b *revenue.TaxBill, tax num.Money) (declaration.State, error) {
	if tax > 0 {
		if err := d.settle(v, by, out, b, tax); err != nil {
			return "", err
		}
	}
	doc, docVersion, err := decision.Load[declaration.Declaration](v, dossier.Declaration, b.Declaration)
	if err != nil {
		return "", err
	}
	if doc.State != declaration.Taxed || b.Payable() {
		return doc.State, nil
	}
	facts, err := d.releaseFacts(v, &doc)
	if err != nil {
		return "", err
	}
	facts.TaxPaid = true
	if doc, err = doc.Apply(declaration.EventSettle, v.Now(), facts); err != nil {
		return "", err
	}
	// What still stands in the way of release is a refusal of release, not of the
	// payment: the declaration then waits, paid.
	if released, err := doc.Apply(declaration.EventRelease, v.Now(), facts); err == nil {
		doc = released
		e := about(v, decision.System, "declaration.released", &doc, "", map[string]any{"number": doc.Number, "taxBill": b.Number})
		e.Why = journal.Why{Rule: "tax paid", Law: "DL-43"}
		out.Entries = append(out.Entries, e)
		if err := d.caseReleased(v, out, &doc); err != nil {
			return "", err
		}
	} else if fault.All(err) == nil {
		return "", err
	}
	doc.Version = docVersion + 1
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Declaration, ID: doc.ID, Version: docVersion, Body: doc})
	return doc.State, nil
}

// caseReleased takes the case's step of release after a payment, on the case as
// the outcome has left it.
func (d *Desk) caseReleased(v decision.View, out *decision.Outcome, doc *declaration.Declaration) error {
	file, version, ok, err := casework.Find(v, "declaration", doc.ID)
	if err != nil || !ok {
		return err
	}
	for _, p := range out.Puts {
		if changed, is := p.Body.(casework.Case); is && p.ID == file.ID {
			file = changed
		}
	}
	mode, err := d.reference().modes.catalogue.Version(file.Mode, file.ModeVersion)
	if err != nil || mode.Step("release") == nil {
		return err
	}
	t, err := casework.Take(v, mode, file, casework.Step{
		ID: "release", By: decision.System, LowRisk: true, Calendar: d.reference().Calendar, At: v.Now(), IDs: v.NewID,
		True: map[procedure.Condition]bool{
			procedure.ManifestMatched: true, procedure.RiskCleared: true, procedure.LicencesThere: true, procedure.TaxSettled: true,
		},
	})
	if err != nil || !t.Ready {
		return err
	}
	out.Merge(t.Outcome)
	if d.afterRelease != nil {
		if err := d.afterRelease(v, out, &t.Case, doc, v.NewID); err != nil {
			return err
		}
	}
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: file.ID, Version: version, Body: t.Case})
	return nil
}

// releaseFacts is what the world says about a declaration that waits only for
// its tax.
func (d *Desk) releaseFacts(v decision.View, doc *declaration.Declaration) (declaration.Facts, error) {
	t, err := d.reference().terms(doc, doc.DeclaredOn)
	if err != nil {
		return declaration.Facts{}, err
	}
	facts, err := inspections(v, doc.ID)
	if err != nil {
		return facts, err
	}
	facts.NeedsConfirmation = t.confirm
	if t.confirm && doc.Confirmed != nil && doc.Confirmed.Manifest != "" {
		ids, err := v.Find(dossier.BillOfLading, "journey_number", billKey(doc.Transport.Voyage, doc.BillOfLading), 1)
		if err != nil {
			return facts, err
		}
		if len(ids) == 1 {
			b, _, err := decision.Load[BillOfLading](v, dossier.BillOfLading, ids[0])
			if err != nil {
				return facts, err
			}
			carried, _, err := decision.Load[Manifest](v, dossier.Manifest, b.Manifest)
			if err != nil {
				return facts, err
			}
			facts.ManifestVersion = carried.Version
		}
	}
	return facts, nil
}

// settle takes the case's step of payment: so much of the debt is discharged and
// what was held for it becomes free.
func (d *Desk) settle(v decision.View, by decision.Actor, out *decision.Outcome, b *revenue.TaxBill, tax num.Money) error {
	file, version, ok, err := casework.Find(v, "declaration", b.Declaration)
	if err != nil || !ok {
		return err
	}
	mode, err := d.reference().modes.catalogue.Version(file.Mode, file.ModeVersion)
	if err != nil {
		return err
	}
	step := "settle"
	if _, consolidated := file.Done["consolidate"]; consolidated {
		step = "pay-month"
	}
	if mode.Step(step) == nil {
		return nil
	}
	owed, err := casework.Owed(v, &file)
	if err != nil {
		return err
	}
	amount, err := ledger.Amount(tax)
	if err != nil {
		return err
	}
	goods := casework.Goods{}.Add(procedure.Tax, procedure.PaidNow, casework.Line{Key: b.Number, Unit: "CNY", Quantity: amount})
	t, err := casework.Take(v, mode, file, casework.Step{
		ID: step, By: by, Goods: goods, Calendar: d.reference().Calendar, At: v.Now(), IDs: v.NewID, Debts: owed,
	})
	if err != nil {
		return err
	}
	out.Merge(t.Outcome)
	out.Puts = append(out.Puts, decision.Put{Kind: dossier.Case, ID: file.ID, Version: version, Body: t.Case})
	return nil
}
