package importing

import (
	"context"
	"encoding/json"

	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/inspection"
	"seine/internal/journal"
)

// feed gives risk the result of an inspection that was made elsewhere. Such a
// label names no order of ours, and since the source does not say how the goods
// were chosen it never counts as a random sample.
func (d *Declarations) feed(ctx context.Context, key, id string, known *declaration.Label) error {
	content, err := json.Marshal(known)
	if err != nil {
		return err
	}
	c := decision.Command{Name: "label.feed", Nature: decision.Fact, Actor: d.By.ID, Key: key + "/label", Content: content, Received: d.Now()}
	_, err = d.Store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		l := inspection.Label{
			ID: v.NewID(), Subject: id, How: []inspection.Selection{inspection.ByOfficer}, Outcome: inspection.OutcomeNormal, At: v.Now(),
		}
		if known.Fraud {
			l.Outcome = inspection.OutcomeFound
		}
		if err := l.Validate(); err != nil {
			return decision.Outcome{}, err
		}
		body, err := json.Marshal(map[string]any{"outcome": l.Outcome, "grade": known.Critical, "source": known.Source})
		if err != nil {
			return decision.Outcome{}, err
		}
		e := decision.Entry(v, d.By, "label.fed", journal.Ref{Kind: string(dossier.Declaration), ID: id}, journal.Ref{Kind: string(dossier.Label), ID: l.ID})
		e.Body = body
		return decision.Outcome{
			Puts:    []decision.Put{{Kind: dossier.Label, ID: l.ID, Body: l}},
			Entries: []journal.Entry{e},
		}, nil
	})
	return err
}
