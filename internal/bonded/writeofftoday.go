package bonded

import (
	"context"

	"seine/internal/book"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/writeoff"
)

// Forecast is what closing a book today would come to.
type Forecast struct {
	WriteOff WriteOff       `json:"writeOff"`
	Gaps     []writeoff.Gap `json:"gaps"`
}

// CloseToday is a trial of closing a book on any day: the report as of today, and
// everything that would be missing. Nothing is written.
func (d *Desk) CloseToday(ctx context.Context, c decision.Command, bookID string) (Forecast, error) {
	var f Forecast
	_, err := d.store.Preview(ctx, c, func(v decision.View) (decision.Outcome, error) {
		held, _, err := decision.Load[Book](v, dossier.Book, bookID)
		if err != nil {
			return decision.Outcome{}, err
		}
		f = Forecast{}
		doc, rules, err := d.freshWriteOff(v, &held, Drafting{Kind: writeoff.Supplementary, End: v.Now().Date()})
		if err != nil {
			return decision.Outcome{}, err
		}
		others, err := v.Find(dossier.WriteOff, "book", held.Number, manyLists)
		if err != nil {
			return decision.Outcome{}, err
		}
		for _, id := range others {
			o, _, err := decision.Load[WriteOff](v, dossier.WriteOff, id)
			if err != nil {
				return decision.Outcome{}, err
			}
			if o.State == writeoff.Adjusted {
				doc.Before = id
				continue
			}
			doc.Report.Period.Start, doc.Orders, doc.Counts, doc.Explanations, doc.Before = o.Report.Period.Start, o.Orders, o.Counts, o.Explanations, o.Before
		}
		if err := d.compile(v, &held, &doc, rules); err != nil {
			all := fault.All(err)
			if len(all) == 0 {
				return decision.Outcome{}, err
			}
			f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapUse, Ref: all[0].Code, Args: all[0].Args})
		}
		d.tax(v, &doc)
		f.WriteOff = doc
		return decision.Outcome{}, f.look(v, &held, rules)
	})
	return f, err
}

// look finds what is missing.
func (f *Forecast) look(v decision.View, held *Book, rules *writeoff.Rules) error {
	doc := &f.WriteOff
	for _, line := range writeoff.Uncounted(&doc.Report, doc.Counts) {
		f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapCount, Line: line})
	}
	for i := range doc.Report.Items {
		it := &doc.Report.Items[i]
		if it.ShouldRemain.Quantity < 0 {
			f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapShort, Line: it.Line, Args: map[string]string{"quantity": it.ShouldRemain.Quantity.String()}})
		}
		if rest := it.Unexplained(doc.Explanations); rest > 0 && !it.Within(rules) {
			if it.Difference < 0 {
				rest = -rest
			}
			f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapDiffers, Line: it.Line, Args: map[string]string{"quantity": rest.String() + " " + string(it.Unit), "tax": it.Tax.Fixed() + " CNY"}})
		}
	}
	for _, t := range doc.Taxes {
		if t.Unknown != "" {
			f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapTax, Line: t.Line, Ref: t.Unknown})
		}
	}
	for i := range doc.Orders {
		if o := &doc.Orders[i]; o.State != writeoff.OrderClosed && o.State != writeoff.OrderCompleted {
			f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapOrder, Ref: o.Number})
		}
	}
	for _, x := range doc.Doubts {
		f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapDoubt, Line: x.Line, Ref: x.Order, Args: map[string]string{"kind": string(x.Kind)}})
	}
	ids, err := v.Find(dossier.VerificationList, "book", held.Number, manyLists)
	if err != nil {
		return err
	}
	for _, id := range ids {
		l, _, err := decision.Load[List](v, dossier.VerificationList, id)
		if err != nil {
			return err
		}
		if l.State != book.ListPosted && l.State != book.ListWrittenOff && l.State != book.ListVoided {
			f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapList, Ref: l.Number, Args: map[string]string{"state": string(l.State)}})
		}
	}
	if ids, err = v.Find(dossier.Residue, "book", held.Number, manyLists); err != nil {
		return err
	}
	for _, id := range ids {
		r, _, err := decision.Load[Residue](v, dossier.Residue, id)
		if err != nil {
			return err
		}
		if r.State == writeoff.ResidueAsked || r.State == writeoff.ResidueApproved || r.State == writeoff.ResidueLeaving || r.State == writeoff.ResidueGivenUp {
			f.Gaps = append(f.Gaps, writeoff.Gap{Kind: writeoff.GapResidue, Line: r.Line, Ref: id})
		}
	}
	return nil
}
