package treasury

import (
	"context"
	"fmt"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/journal"
	"seine/internal/revenue"
)

// StatementReply names the statement that was made out; Number is empty where
// there was nothing to put on one.
type StatementReply struct {
	Number string `json:"number,omitempty"`
	Bills  int    `json:"bills"`
}

// manyBills bounds the bills that wait for statements of one enterprise.
const manyBills = 20_000

// MakeStatement makes out the statement of an enterprise at an office for a
// month: every bill of the month that chose consolidated payment and stands on no
// statement yet (DR §3.4). A bill that chose it after the statement was made out
// goes on a further one.
func (d *Desk) MakeStatement(ctx context.Context, c decision.Command, enterprise, office string, month clock.Date) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		ids, err := v.Find(dossier.TaxBill, "consolidated", enterprise, manyBills)
		if err != nil {
			return decision.Outcome{}, err
		}
		var out decision.Outcome
		var bills []revenue.TaxBill
		for _, id := range ids {
			b, version, err := decision.Load[revenue.TaxBill](v, dossier.TaxBill, id)
			if err != nil {
				return out, err
			}
			if b.Office != office || b.Statement != "" || monthOf(b.Issued.Date()) > month {
				continue
			}
			bills = append(bills, b)
			out.Puts = append(out.Puts, decision.Put{Kind: dossier.TaxBill, ID: id, Version: version, Body: b})
		}
		if len(bills) == 0 {
			return decision.Outcome{Reply: StatementReply{}}, nil
		}
		ref1 := d.reference()
		due := duty.ConsolidatedDue(month, ref1.Duty.Rules, ref1.Calendar)
		s, err := revenue.NewStatement(enterprise, office, month, due, v.Now(), bills)
		if err != nil {
			return out, err
		}
		plain := s.Number
		for n := 2; ; n++ {
			other, err := byNumber[revenue.Statement](v, dossier.Statement, "number", s.Number)
			if err != nil {
				return out, err
			}
			if other == nil {
				break
			}
			s.Number = fmt.Sprintf("%s-%d", plain, n)
		}
		for i := range bills {
			bills[i].Statement = s.Number
			out.Puts[i].Body = bills[i]
		}
		id := v.NewID()
		out.Puts = append(out.Puts, decision.Put{Kind: dossier.Statement, ID: id, Body: s})
		subject := []journal.Ref{ref(dossier.Statement, id)}
		for _, p := range out.Puts[:min(len(bills), journal.MaxSubjects-1)] {
			subject = append(subject, ref(dossier.TaxBill, p.ID))
		}
		e := about(v, decision.System, "statement.issued", enterprise, office, map[string]any{
			"number": s.Number, "month": month.String()[:7], "bills": len(bills), "total": s.Total.Fixed(), "due": s.Due.String(),
		}, subject...)
		e.Why = journal.Why{Rule: "consolidated payment", Law: "G45"}
		out.Entries = []journal.Entry{e}
		out.Reply = StatementReply{s.Number, len(bills)}
		return out, nil
	})
}

func monthOf(d clock.Date) clock.Date { return d.AddDays(1 - d.DayOfMonth()) }
