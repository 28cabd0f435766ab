package clearance

import (
	"context"

	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/manifest"
	"seine/internal/num"
)

// declaredMost is how many declarations of one bill of lading are looked at; a
// bill with more stays as it is.
const declaredMost = 1000

// SettleManifest brings the state of a manifest that was tallied to what its bills
// of lading have come to (DR §1.2, §2): matched when all goods of every bill are
// declared and manifest, bill and declarations confirm each other; tallied again
// when an amendment, a deletion or a recount broke that; written off when all
// those declarations are released and no difference of the tally is owed any more.
// It changes nothing where nothing changed.
func (d *Desk) SettleManifest(ctx context.Context, c decision.Command, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := decision.Load[Manifest](v, dossier.Manifest, id)
		if err != nil || doc.State != manifest.Tallied && doc.State != manifest.Matched {
			return out, err
		}
		m := doc.Content
		m.Consignments = nil
		for _, billID := range doc.Bills {
			bill, billVersion, err := decision.Load[BillOfLading](v, dossier.BillOfLading, billID)
			if err != nil {
				return out, err
			}
			out.Relied = append(out.Relied, decision.Reliance{Kind: dossier.BillOfLading, ID: billID, Version: billVersion})
			content := bill.Content
			if content.State, err = bill.reached(v, doc.Version, &out); err != nil {
				return out, err
			}
			m.Consignments = append(m.Consignments, content)
			if content.State == manifest.BillIssued {
				break // one is enough to know
			}
		}
		open, err := casework.OpenedBy(v, doc.ID, casework.ExplainDifference)
		if err != nil {
			return out, err
		}
		life, before := manifest.Life(), doc.State
		follow := func(on manifest.Event) bool {
			next, err := life.Next(doc.State, on, manifest.Case{Manifest: m})
			if err != nil {
				return false
			}
			doc.State = next
			e := decision.Entry(v, decision.System, "manifest."+string(on), journal.Ref{Kind: "manifest", ID: doc.ID})
			e.Office, e.Why.Rule = doc.Office, "three-document-confirmation"
			if on == manifest.EventWrittenOff {
				e.Why.Rule = "every declaration on it is released"
			}
			e.Body = fact(map[string]any{"number": doc.Number, "journey": doc.Journey, "bills": len(doc.Bills), "version": doc.Version})
			out.Entries = append(out.Entries, e)
			return true
		}
		matched := len(doc.Bills) > 0 && len(m.Consignments) == len(doc.Bills) && m.Consignments[len(m.Consignments)-1].State != manifest.BillIssued
		switch {
		case !matched && before == manifest.Matched:
			follow(manifest.EventUnmatched)
		case matched:
			if before == manifest.Tallied {
				follow(manifest.EventMatched)
			}
			if len(open) == 0 {
				follow(manifest.EventWrittenOff)
			}
		}
		if doc.State == before {
			return decision.Outcome{}, nil
		}
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Manifest, ID: doc.ID, Version: version, Body: doc})
		return out, nil
	})
}

// reached tells what has come of a bill of lading: issued while goods of it are
// not declared or not confirmed, matched when they all are, written off when all
// those declarations are released.
func (b *BillOfLading) reached(v decision.View, version int, out *decision.Outcome) (manifest.BillState, error) {
	left, err := v.Balance(b.account("packages", ledger.Undrawn).Key())
	if err != nil || left.Available() > 0 {
		return manifest.BillIssued, err
	}
	ids, err := v.Find(dossier.Declaration, "bill", b.Number, declaredMost)
	if err != nil {
		return "", err
	}
	var declared num.Quantity
	state := manifest.BillWrittenOff
	for _, id := range ids {
		d, declarationVersion, err := decision.Load[declaration.Declaration](v, dossier.Declaration, id)
		if err != nil {
			return "", err
		}
		switch d.State {
		case declaration.Draft, declaration.Returned, declaration.Deleted:
			continue
		}
		if manifest.NormalNumber(d.Transport.Voyage) != b.Journey {
			continue
		}
		out.Relied = append(out.Relied, decision.Reliance{Kind: dossier.Declaration, ID: id, Version: declarationVersion})
		released := d.State == declaration.Released || d.State == declaration.Closed
		ref := d.Confirmed
		if ref == nil || ref.Result != declaration.Confirmed && ref.Result != declaration.Signal || !released && ref.ManifestVersion != version {
			return manifest.BillIssued, nil
		}
		if !released {
			state = manifest.BillMatched
		}
		declared += d.Packages
	}
	// What was drawn by an application alone, or is not found yet, is not declared.
	if declared != b.Content.Packages {
		return manifest.BillIssued, nil
	}
	return state, nil
}
