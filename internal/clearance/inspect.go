package clearance

import (
	"context"
	"fmt"

	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/party"
)

// inspections tells what open inspection orders stand in the way of release.
func inspections(v decision.View, declarationID string) (declaration.Facts, error) {
	var facts declaration.Facts
	ids, err := v.Find(dossier.InspectionOrder, "subject", declarationID, 50)
	if err != nil {
		return facts, err
	}
	for _, id := range ids {
		o, _, err := decision.Load[inspection.Order](v, dossier.InspectionOrder, id)
		if err != nil {
			return facts, err
		}
		switch {
		case o.State == inspection.Abnormal:
			facts.AbnormalOpen++
		case o.Open():
			facts.OpenInspections++
		default:
			if err := holds(v, &o, &facts); err != nil {
				return facts, err
			}
		}
	}
	return facts, nil
}

// inspect orders an inspection of a declaration: two inspectors are drawn by the
// machine among those on duty, and the declarant is told (DR §1.12, §7.3).
func (d *Desk) inspect(v decision.View, by decision.Actor, doc declaration.Declaration, version int64, reason string, source inspection.Selection) (decision.Outcome, error) {
	ref := d.reference()
	var out decision.Outcome
	next, err := doc.Apply(declaration.EventInspect, v.Now(), declaration.Facts{})
	if err != nil {
		return out, err
	}
	var containers []codelist.ContainerNumber
	for i := range doc.Equipment {
		containers = append(containers, codelist.ContainerNumber(doc.Equipment[i].Number))
	}
	place := doc.GoodsPlace
	if place == "" {
		place = "office " + string(doc.CompetentOffice)
	}
	issued, err := inspection.Issue(ref.Inspection, inspection.Order{
		ID: v.NewID(), Subject: doc.ID, Target: inspection.Target{Kind: inspection.Bill, Number: doc.Number, Containers: containers},
		Sources: []inspection.Source{{Selection: source, Ref: by.ID, Text: reason}}, Methods: []inspection.Method{inspection.ManualPartial},
		Place: place, Area: areaOf(string(doc.CompetentOffice)), Office: codelist.OfficeCode(doc.CompetentOffice),
		Enterprise: payer(&doc), IssuedBy: by.ID,
	}, v.Now())
	if err != nil {
		return out, err
	}
	if issued.Number, err = orderNumber(v, &doc); err != nil {
		return out, err
	}
	drawn, err := issued.Draw(ref.Inspection, ref.Inspectors(), ref.ReviewKey, nil, "", v.Now())
	if err != nil {
		return out, err
	}
	if drawn, err = drawn.Notify(v.Now()); err != nil {
		return out, err
	}
	next.Version = version + 1
	out.Puts = []decision.Put{
		{Kind: dossier.Declaration, ID: doc.ID, Version: version, Body: next},
		{Kind: dossier.InspectionOrder, ID: drawn.ID, Body: drawn},
	}
	e := about(v, by, "inspection.ordered", &next, reason, map[string]any{
		"number": drawn.Number, "inspectors": drawn.Inspectors(), "due": drawn.DueOn.String(), "selected": source,
	})
	e.Subject = append(e.Subject, journal.Ref{Kind: "inspection_order", ID: drawn.ID})
	e.Why.Law = "CL-28"
	out.Entries = []journal.Entry{e}
	out.Reply = StateReply{next.ID, next.Number, next.State, next.Version}
	return out, nil
}

// orderNumber gives the number of the next inspection order of a declaration:
// that of the declaration with an I before it, and a count from the second order
// on.
func orderNumber(v decision.View, doc *declaration.Declaration) (string, error) {
	const most = 100 // orders of one declaration
	before, err := v.Find(dossier.InspectionOrder, "subject", doc.ID, most)
	if err != nil || len(before) == 0 {
		return "I" + doc.Number, err
	}
	return fmt.Sprintf("I%s-%d", doc.Number, len(before)+1), nil
}

// Finding is the result of an inspection as the inspectors enter it.
type Finding struct {
	Result inspection.Result `json:"result"`
	Begin  bool              `json:"begin,omitempty"` // arrival and beginning are noted in the same act
}

// Inspected records an inspection's result. A normal one sends the declaration
// back to the desk with nothing in its way; an abnormal one waits for two
// officers. Either way risk learns from it (DR §7.4).
// Faults: those of inspection.Order.
func (d *Desk) Inspected(ctx context.Context, c decision.Command, by decision.Actor, orderID string, f Finding) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		stored, version, err := decision.Load[inspection.Order](v, dossier.InspectionOrder, orderID)
		if err != nil {
			return out, err
		}
		o := &stored
		if f.Begin {
			if o.State == inspection.Notified {
				if o, err = o.Arrive(v.Now()); err != nil {
					return out, err
				}
			}
			if o.State == inspection.Arrived {
				if o, err = o.Begin(by.ID, v.Now()); err != nil {
					return out, err
				}
			}
		}
		f.Result.At = v.Now()
		if len(f.Result.SignedBy) == 0 {
			f.Result.SignedBy = o.Inspectors()
		}
		if o, err = o.Record(d.reference().Inspection, f.Result); err != nil {
			return out, err
		}
		doc, docVersion, err := decision.Load[declaration.Declaration](v, dossier.Declaration, o.Subject)
		if err != nil {
			return out, err
		}
		next, err := doc.Apply(declaration.EventInspected, v.Now(), declaration.Facts{})
		if err != nil {
			return out, err
		}
		next.Version = docVersion + 1
		if o.State == inspection.Normal {
			var label inspection.Label
			if o, label, err = o.FeedBack(v.NewID(), v.Now()); err != nil {
				return out, err
			}
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.Label, ID: label.ID, Body: label})
		}
		out.Puts = append(out.Puts,
			decision.Put{Kind: dossier.InspectionOrder, ID: o.ID, Version: version, Body: o},
			decision.Put{Kind: dossier.Declaration, ID: doc.ID, Version: docVersion, Body: next})
		e := about(v, by, "inspection.recorded", &next, "", map[string]any{"number": o.Number, "code": f.Result.Code, "findings": len(f.Result.Findings)})
		e.Subject = append(e.Subject, journal.Ref{Kind: "inspection_order", ID: o.ID})
		out.Entries = append(out.Entries, e)
		out.Reply = StateReply{next.ID, next.Number, next.State, next.Version}
		return out, nil
	})
}

// Inspectors gives the officers who hold the inspector's post.
func (r *Reference) Inspectors() []inspection.Inspector {
	var list []inspection.Inspector
	for i := range r.Officers {
		if o := &r.Officers[i]; o.Holds(party.Inspector) {
			list = append(list, inspection.Inspector{Officer: o.ForReview(), Skills: o.Skills})
		}
	}
	return list
}
