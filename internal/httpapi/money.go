package httpapi

import (
	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/guarantee"
	"seine/internal/obligation"
	"seine/internal/revenue"
)

var taxBills = &resource[revenue.TaxBill]{
	kind: dossier.TaxBill, path: "tax-bills", tag: "money", one: "tax-bill", many: "tax-bills", number: "number", owner: "enterprise", office: "office",
	parties: func(b *revenue.TaxBill) ([]string, string) { return []string{b.Enterprise}, areaOf(b.Office) },
}

var obligations = &resource[obligation.Obligation]{
	kind: dossier.Obligation, path: "obligations", tag: "money", one: "obligation", many: "obligations", owner: "debtor",
	parties: func(o *obligation.Obligation) ([]string, string) { return []string{o.Debtor}, o.Area },
}

var guarantees = &resource[guarantee.Guarantee]{
	kind: dossier.Guarantee, path: "guarantees", tag: "money", one: "guarantee", many: "guarantees", number: "number", owner: "enterprise",
	parties: func(g *guarantee.Guarantee) ([]string, string) { return []string{g.Enterprise, g.Guarantor}, "" },
}

type moneyQuery struct {
	paging
	State       string `query:"state"`
	Open        bool   `query:"open"`
	Enterprise  string `query:"enterprise" doc:"credit code"`
	Declaration string `query:"declaration" doc:"id of the declaration"`
}

type debtQuery struct {
	paging
	State  string     `query:"state" doc:"open, overdue, discharged, carried or lifted"`
	Open   bool       `query:"open"`
	Debtor string     `query:"debtor" doc:"credit code"`
	DueOn  clock.Date `query:"dueOn"`
}

type guaranteeQuery struct {
	paging
	State      string `query:"state"`
	Enterprise string `query:"enterprise" doc:"credit code"`
}

func (s *Server) moneyRoutes() {
	listed(s, taxBills, func(q *moneyQuery) paging { return q.paging }, func(q *moneyQuery) map[string]string {
		w := map[string]string{"state": q.State, "enterprise": q.Enterprise, "declaration": q.Declaration}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	taxBills.show(s)
	listed(s, obligations, func(q *debtQuery) paging { return q.paging }, func(q *debtQuery) map[string]string {
		w := map[string]string{"state": q.State, "debtor": q.Debtor}
		if q.Open {
			w["open"] = "true"
		}
		if q.DueOn != 0 {
			w["due_on"] = q.DueOn.String()
		}
		return w
	})
	obligations.show(s)
	listed(s, guarantees, func(q *guaranteeQuery) paging { return q.paging }, func(q *guaranteeQuery) map[string]string {
		return map[string]string{"state": q.State, "enterprise": q.Enterprise}
	})
	guarantees.show(s)
	if s.Treasury != nil {
		s.treasuryRoutes()
		s.revenueRoutes()
	}
}
