package console

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"seine/internal/clock"
	"seine/internal/deliberation"
	"seine/internal/num"
	"seine/internal/oversight"
	"seine/internal/tariff"
	"seine/internal/treasury"
)

// payloadWords name the fields of proposals whose story has no table of its own.
var payloadWords = map[string]Key{
	"from": "risk.from", "validFrom": "mode.from", "validTo": "books.validto", "urgent": "proposal.urgent", "name": "proposal.rule", "law": "entry.law", "reason": "acts.reason",
	"grade": "enterprise.grade", "evidence": "enterprise.evidence", "enterprise": "column.enterprise", "limit": "due.limit", "number": "guarantee.number", "source": "working.source",
	"office": "fact.office", "state": "column.state",
}

// payloadField names a field of a payload in words as far as there are any: the
// last name that is known, with the line it stands on.
func payloadField(ctx context.Context, path string) string {
	names := strings.Split(strings.TrimPrefix(path, "/"), "/")
	word, known := payloadWords[names[len(names)-1]]
	if !known {
		return declarationShape.labelOf(ctx, path)
	}
	for _, name := range names {
		if _, err := strconv.Atoi(name); err == nil {
			return T(ctx, word) + " " + name
		}
	}
	return T(ctx, word)
}

// tariffProposed lays out the amendments of a tariff, a row for each.
func (s *Server) tariffProposed(ctx context.Context, payload []byte) ([]compared, error) {
	var asked struct {
		From       clock.Date              `json:"from"`
		Urgent     string                  `json:"urgent"`
		Amendments []tariff.Amendment      `json:"amendments"`
		Schedule   *oversight.ScheduleFile `json:"schedule"`
		Withdraws  *oversight.ScheduleFile `json:"withdraws"`
	}
	if err := json.Unmarshal(payload, &asked); err != nil {
		return nil, err
	}
	var list []compared
	term := T(ctx, "proposal.term", "from", asked.From.String())
	if f := asked.Schedule; f != nil {
		list = append(list, compared{T(ctx, "tariff.schedule"), "", joinedWords(f.Title, term, f.Law)})
	}
	if f := asked.Withdraws; f != nil {
		list = append(list, compared{T(ctx, "tariff.schedule"), joinedWords(f.Title, term, f.Law), "—"})
	}
	for i := range asked.Amendments {
		a := &asked.Amendments[i]
		what := joinedWords(string(a.Code), named(ctx, rateKinds, a.Kind))
		for _, area := range a.Areas {
			what += " " + string(area)
		}
		rate := a.Rate
		if rate == "" {
			rate = T(ctx, "proposal.rate.ends")
		}
		term := T(ctx, "proposal.term", "from", a.From.String())
		if a.To != 0 {
			term = T(ctx, "proposal.term.until", "from", a.From.String(), "to", a.To.String())
		}
		list = append(list, compared{what, "", joinedWords(rate, term, a.Law)})
	}
	if asked.Urgent != "" {
		list = append(list, compared{T(ctx, "proposal.urgent"), "", asked.Urgent})
	}
	return list, nil
}

// gradeProposed lays out another credit grade with what it rests on.
func (s *Server) gradeProposed(ctx context.Context, payload []byte) ([]compared, error) {
	var asked struct {
		Grade    string     `json:"grade"`
		From     clock.Date `json:"from"`
		Law      string     `json:"law"`
		Evidence []string   `json:"evidence"`
		Changes  []struct {
			Old string `json:"old"`
		} `json:"changes"`
	}
	if err := json.Unmarshal(payload, &asked); err != nil {
		return nil, err
	}
	title := func(code string) string {
		if scheme, err := s.credit().SchemeAt(asked.From); err == nil {
			if grade, ok := scheme.Grade(code); ok {
				return gradeTitle(ctx, grade)
			}
		}
		return code
	}
	before := ""
	if len(asked.Changes) > 0 {
		before = title(asked.Changes[0].Old)
	}
	return []compared{
		{T(ctx, "enterprise.grade"), before, title(asked.Grade)},
		{T(ctx, "risk.from"), "", asked.From.String()},
		{T(ctx, "enterprise.law"), "", asked.Law},
		{T(ctx, "enterprise.evidence"), "", strings.Join(asked.Evidence, ", ")},
	}, nil
}

// coverProposed lays out what a guarantee shall be worth.
func (s *Server) coverProposed(ctx context.Context, p *deliberation.Proposed) ([]compared, error) {
	g, err := s.loadGuarantee(ctx, p.Proposal.Subject)
	if err != nil {
		return nil, err
	}
	var asked struct {
		Limit    num.Money  `json:"limit"`
		ValidTo  clock.Date `json:"validTo"`
		Restored num.Money  `json:"restored"`
	}
	if err := json.Unmarshal(p.Payload, &asked); err != nil {
		return nil, err
	}
	now := func(text string) string {
		if p.Action == treasury.ActionCover {
			return ""
		}
		return text
	}
	var list []compared
	if p.Action == treasury.ActionCover {
		list = append(list, compared{T(ctx, "guarantee.form"), "", named(ctx, guaranteeForms, g.Form)}, compared{T(ctx, "due.guarantor"), "", dashed(g.Guarantor)})
	}
	if p.Action == treasury.ActionCoverReturn {
		list = append(list, compared{T(ctx, "due.limit"), Amount(g.Limit, "CNY"), Amount(0, "CNY")})
	}
	if asked.Limit != 0 {
		list = append(list, compared{T(ctx, "due.limit"), now(Amount(g.Limit, "CNY")), Amount(asked.Limit, "CNY")})
	}
	if asked.ValidTo != 0 {
		list = append(list, compared{T(ctx, "books.validto"), now(g.ValidTo.String()), asked.ValidTo.String()})
	}
	if asked.Restored != 0 {
		list = append(list, compared{T(ctx, "guarantee.restored"), "", Amount(asked.Restored, "CNY")})
	}
	return list, nil
}
