package oversight

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/risk"
)

// Pages gives the documents of a kind page by page, in any order: next is handed
// back for the page after, "" when there is none.
type Pages func(ctx context.Context, kind decision.Kind, before string) (bodies []json.RawMessage, next string, err error)

// walk reads all documents of a kind.
func (p Pages) walk(ctx context.Context, kind decision.Kind) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for before := ""; ; {
			bodies, next, err := p(ctx, kind, before)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, body := range bodies {
				if !yield(body, nil) {
					return
				}
			}
			if before = next; before == "" {
				return
			}
		}
	}
}

// assessed is what a back-test reads of a stored assessment.
type assessed struct {
	Declaration string          `json:"declaration"`
	Version     int64           `json:"version"`
	At          clock.Instant   `json:"at"`
	Facts       json.RawMessage `json:"facts"`
}

// findings gives what checks found, by declaration: the worst of each.
func findings(ctx context.Context, pages Pages) (map[string]risk.Outcome, error) {
	all := map[string]risk.Outcome{}
	for body, err := range pages.walk(ctx, dossier.Label) {
		var l inspection.Label
		if err == nil {
			err = json.Unmarshal(body, &l)
		}
		if err != nil {
			return nil, fmt.Errorf("read the findings: %w", err)
		}
		one := all[l.Subject]
		switch {
		case l.Outcome == inspection.OutcomeFound:
			one.Result = risk.Found
		case one.Result == risk.Unchecked:
			one.Result = risk.Normal
		}
		if one.TaxDue, err = num.Add(one.TaxDue, l.TaxEffect); err != nil {
			return nil, fmt.Errorf("add the tax of the findings: %w", err)
		}
		all[l.Subject] = one
	}
	return all, nil
}

// Past streams the judged declarations from a day on as cases of a back-test:
// the facts as they were known then, and what a check found of them, if there
// was one. Only what fits on a page is in memory, and the findings.
func Past(ctx context.Context, pages Pages, facts *risk.Catalogue, from clock.Date) iter.Seq2[risk.Case, error] {
	return func(yield func(risk.Case, error) bool) {
		found, err := findings(ctx, pages)
		if err != nil {
			yield(risk.Case{}, err)
			return
		}
		for body, err := range pages.walk(ctx, dossier.Assessment) {
			if err != nil {
				yield(risk.Case{}, fmt.Errorf("read the past: %w", err))
				return
			}
			one, wanted, err := caseOf(body, facts, from)
			if err != nil {
				yield(one, err)
				return
			}
			if !wanted {
				continue
			}
			one.Result = found[one.Subject.ID].Result
			if !yield(one, nil) {
				return
			}
		}
	}
}

func caseOf(body json.RawMessage, facts *risk.Catalogue, from clock.Date) (one risk.Case, wanted bool, err error) {
	var a assessed
	if err := json.Unmarshal(body, &a); err != nil {
		return one, false, fmt.Errorf("read an assessment: %w", err)
	}
	if a.At.Date() < from || len(a.Facts) == 0 {
		return one, false, nil
	}
	one.Subject = risk.Subject{Kind: risk.Declaration, ID: a.Declaration, Version: a.Version}
	one.On = a.At.Date()
	if one.Facts, err = risk.ReadFacts(facts, a.Facts); err != nil {
		return one, false, fmt.Errorf("read the facts of declaration %s: %w", a.Declaration, err)
	}
	var known struct {
		Head struct {
			Credit    int    `json:"credit_level"`
			Procedure string `json:"procedure"`
		} `json:"head"`
	}
	if err := json.Unmarshal(a.Facts, &known); err != nil {
		return one, false, fmt.Errorf("read the facts of declaration %s: %w", a.Declaration, err)
	}
	one.CreditLevel, one.Mode = known.Head.Credit, known.Head.Procedure
	return one, true, nil
}

// TestTable runs a draft and the table it changes over the past and keeps the
// report with the draft, for the second officer to see. The past is read once,
// outside of the decision. Of verification lists and passages the facts are not
// kept: their tables are tried on nothing and the report says so by its count.
// Faults: OVERSIGHT-TABLE-04; OVERSIGHT-TABLE-06 when the draft was saved again
// meanwhile.
func (d *Desk) TestTable(ctx context.Context, c decision.Command, by decision.Actor, id string) (decision.Receipt, error) {
	var draft RiskTable
	if _, err := d.store.Load(ctx, dossier.RiskTable, id, &draft); err != nil {
		return decision.Receipt{}, err
	}
	kind := risk.Kind(draft.Name)
	tables, err := RiskTables(ctx, d.store, kind)
	if err != nil {
		return decision.Receipt{}, err
	}
	base := d.house().Tables[kind]
	if now, ok := RiskTableInForce(tables, draft.ValidFrom); ok {
		if base, err = now.Compile(base.Catalogue); err != nil {
			return decision.Receipt{}, err
		}
	}
	table, err := draft.Compile(base.Catalogue)
	if err != nil {
		return decision.Receipt{}, err
	}
	past := func(func(risk.Case, error) bool) {}
	if kind == risk.Declaration {
		past = Past(ctx, d.house().Pages, base.Catalogue, c.Received.Date().AddDays(-d.house().Days))
	}
	report, err := risk.BackTest(ctx, past, base, table, 0)
	if err != nil {
		return decision.Receipt{}, err
	}
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		doc, version, err := decision.Load[RiskTable](v, dossier.RiskTable, id)
		if err != nil {
			return out, err
		}
		if doc.State != Draft {
			return out, notDraft(&doc)
		}
		if doc.Epoch != draft.Epoch || doc.Base != draft.Base {
			return out, fault.New(fault.Conflict, "OVERSIGHT-TABLE-06", "", "the draft was saved again while it was tested", "test it again")
		}
		doc.Tested = &report
		out.Puts = []decision.Put{{Kind: dossier.RiskTable, ID: id, Version: version, Body: doc}}
		out.Entries = []journal.Entry{about(v, by, "risk-table.tested", journal.Ref{Kind: "risk_table", ID: id}, journal.Why{},
			map[string]any{"version": doc.Version, "cases": report.Cases, "newlyFound": report.NewlyFound, "newlyMissed": report.NewlyMissed})}
		out.Reply = report
		return out, nil
	})
}
