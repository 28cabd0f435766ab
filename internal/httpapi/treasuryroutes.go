package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"seine/internal/bank"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/message"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/treasury"
)

var payments = &resource[revenue.Payment]{
	kind: dossier.Payment, path: "payments", tag: "money", one: "payment", many: "payments", owner: "enterprise", office: "office", right: "tax_bill",
	parties: func(p *revenue.Payment) ([]string, string) { return []string{p.Enterprise}, areaOf(p.Office) },
}

var refunds = &resource[revenue.Refund]{
	kind: dossier.Refund, path: "refunds", tag: "money", one: "refund", many: "refunds", owner: "enterprise", office: "office", right: "tax_bill",
	parties: func(r *revenue.Refund) ([]string, string) { return []string{r.Enterprise}, areaOf(r.Office) },
}

var statements = &resource[revenue.Statement]{
	kind: dossier.Statement, path: "statements", tag: "money", one: "statement", many: "statements", number: "number", owner: "enterprise", office: "office", right: "tax_bill",
	parties: func(s *revenue.Statement) ([]string, string) { return []string{s.Enterprise}, areaOf(s.Office) },
}

var taxDifferences = &resource[revenue.TaxDifference]{
	kind: dossier.TaxDifference, path: "tax-differences", tag: "money", one: "tax-difference", many: "tax-differences", owner: "enterprise", office: "office", right: "tax_bill",
	parties: func(d *revenue.TaxDifference) ([]string, string) { return []string{d.Enterprise}, areaOf(d.Office) },
}

var reconciliations = &resource[bank.Reconciliation]{
	kind: dossier.Reconciliation, path: "reconciliations", tag: "money", one: "reconciliation", many: "reconciliations",
	parties: func(*bank.Reconciliation) ([]string, string) { return nil, "" },
}

var bankMessages = &resource[treasury.Mail]{
	kind: dossier.BankMessage, path: "bank-messages", tag: "money", one: "bank-message", many: "bank-messages", right: "reconciliation",
	parties: func(*treasury.Mail) ([]string, string) { return nil, "" },
}

type stateQuery struct {
	paging
	State      string `query:"state"`
	Open       bool   `query:"open"`
	Enterprise string `query:"enterprise" doc:"credit code"`
}

func (q *stateQuery) where() map[string]string {
	w := map[string]string{"state": q.State, "enterprise": q.Enterprise}
	if q.Open {
		w["open"] = "true"
	}
	return w
}

type bankQuery struct {
	paging
	State string `query:"state"`
	Bank  string `query:"bank" doc:"name of the bank on the link"`
}

func (q *bankQuery) where() map[string]string {
	return map[string]string{"state": q.State, "bank": q.Bank}
}

// reasoned is an act that needs a reason.
type reasoned struct {
	Reason string `json:"reason"`
}

func (s *Server) treasuryRoutes() {
	pageOf := func(q *stateQuery) paging { return q.paging }
	listed(s, payments, pageOf, (*stateQuery).where)
	payments.show(s)
	listed(s, refunds, pageOf, (*stateQuery).where)
	refunds.show(s)
	listed(s, statements, pageOf, (*stateQuery).where)
	statements.show(s)
	listed(s, taxDifferences, pageOf, (*stateQuery).where)
	taxDifferences.show(s)
	ofBank := func(q *bankQuery) paging { return q.paging }
	listed(s, reconciliations, ofBank, (*bankQuery).where)
	reconciliations.show(s)
	listed(s, bankMessages, ofBank, (*bankQuery).where)
	bankMessages.show(s)
	s.paymentActs()
	s.taxActs()
	s.coverActs()
	s.dueRoutes()
}

// paymentActs are what a bank tells over this door, and what an officer does with
// money that belongs to no bill.
func (s *Server) paymentActs() {
	add(s, route{id: "tell-payment", method: http.MethodPost, path: "/api/v1/payments", tag: "money", status: http.StatusCreated, summary: "A bank tells that a tax bill or a statement was paid; it is always recorded"},
		func(c *call, in *struct{ Body treasury.Payment }) (json.RawMessage, error) {
			if c.who.Staff() || !slices.Contains(c.who.Actor.Posts, string(party.BankPost)) {
				return nil, fault.New(fault.Forbidden, "HTTP-BANK-01", "", "only a bank tells payments", "let the bank of the payer send it")
			}
			return c.replied(s.Treasury.Pay(c.ctx(), c.command("payment.tell"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/payments", "201", treasury.PaymentReply{})
	add(s, route{id: "use-payment", method: http.MethodPost, path: "/api/v1/payments/{id}/use", tag: "money", summary: "Use what a payment left over for another bill of the payer"},
		func(c *call, in *struct {
			byDocument
			Body struct {
				TaxBill string `json:"taxBill"`
				Reason  string `json:"reason"`
			}
		},
		) (json.RawMessage, error) {
			_, id, _, err := payments.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.Use(c.ctx(), c.command("payment.use"), c.who.Actor, id, in.Body.TaxBill, in.Body.Reason))
		})
	s.answersWith("/api/v1/payments/{id}/use", "200", treasury.PaymentReply{})
	add(s, route{id: "return-payment", method: http.MethodPost, path: "/api/v1/payments/{id}/return", tag: "money", status: http.StatusAccepted, summary: "Propose to give back what a payment left over; a second officer decides"},
		func(c *call, in *struct {
			byDocument
			Body treasury.RefundRequest
		},
		) (json.RawMessage, error) {
			_, id, _, err := payments.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.ProposeReturn(c.ctx(), c.command("payment.return"), c.who.Actor, id, in.Body))
		})
	s.answersWith("/api/v1/payments/{id}/return", "202", deliberation.Reply{})
	add(s, route{id: "explain-difference", method: http.MethodPost, path: "/api/v1/reconciliations/{id}/explanations", tag: "money", summary: "Explain a difference between a bank and our books"},
		func(c *call, in *struct {
			byDocument
			Body struct {
				Difference int    `json:"difference" doc:"its place in the list, from 0"`
				Reason     string `json:"reason"`
			}
		},
		) (json.RawMessage, error) {
			_, id, _, err := reconciliations.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.Explain(c.ctx(), c.command("reconciliation.explain"), c.who.Actor, id, in.Body.Difference, in.Body.Reason))
		})
	s.answersWith("/api/v1/reconciliations/{id}/explanations", "200", bank.Reconciliation{})
	add(s, route{id: "compare-day", method: http.MethodPost, path: "/api/v1/reconciliations/{id}/comparisons", tag: "money", summary: "Lay a bank's day beside our books again"},
		func(c *call, in *byDocument) (json.RawMessage, error) {
			r, _, _, err := reconciliations.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			ours, err := s.Cash(c.ctx(), r.Bank, r.Day)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.Reconcile(c.ctx(), c.command("reconciliation.compare"), c.who.Actor, r.Bank, r.Day, ours))
		})
	s.answersWith("/api/v1/reconciliations/{id}/comparisons", "200", bank.Reconciliation{})
}

// taxActs are what two tax officers decide on.
func (s *Server) taxActs() {
	add(s, route{id: "refund-tax-bill", method: http.MethodPost, path: "/api/v1/tax-bills/{id}/refunds", tag: "money", status: http.StatusAccepted, summary: "Propose to refund tax; a second officer decides"},
		func(c *call, in *struct {
			byDocument
			Body treasury.RefundRequest
		},
		) (json.RawMessage, error) {
			_, id, _, err := taxBills.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.ProposeRefund(c.ctx(), c.command("tax-bill.refund"), c.who.Actor, id, in.Body))
		})
	s.answersWith("/api/v1/tax-bills/{id}/refunds", "202", deliberation.Reply{})
	add(s, route{id: "supplement-tax-bill", method: http.MethodPost, path: "/api/v1/tax-bills/{id}/supplements", tag: "money", status: http.StatusAccepted, summary: "Propose a further bill for short tax; a second officer decides"},
		func(c *call, in *struct {
			byDocument
			Body treasury.SupplementRequest
		},
		) (json.RawMessage, error) {
			_, id, _, err := taxBills.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.ProposeSupplement(c.ctx(), c.command("tax-bill.supplement"), c.who.Actor, id, in.Body))
		})
	s.answersWith("/api/v1/tax-bills/{id}/supplements", "202", deliberation.Reply{})
	add(s, route{id: "order-refund-again", method: http.MethodPost, path: "/api/v1/refunds/{id}/orders", tag: "money", summary: "Order a refund again that the bank could not pay out"},
		func(c *call, in *struct {
			byDocument
			Body reasoned
		},
		) (json.RawMessage, error) {
			_, id, _, err := refunds.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.OrderAgain(c.ctx(), c.command("refund.order-again"), c.who.Actor, id, in.Body.Reason))
		})
	s.answersWith("/api/v1/refunds/{id}/orders", "200", revenue.Refund{})
	add(s, route{id: "settle-tax-difference", method: http.MethodPost, path: "/api/v1/tax-differences/{id}/settlement", tag: "money", summary: "Close a difference of self-declared tax with a reason"},
		func(c *call, in *struct {
			byDocument
			Body reasoned
		},
		) (json.RawMessage, error) {
			_, id, _, err := taxDifferences.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.SettleDifference(c.ctx(), c.command("tax-difference.settle"), c.who.Actor, id, in.Body.Reason))
		})
	s.answersWith("/api/v1/tax-differences/{id}/settlement", "200", revenue.TaxDifference{})
}

// standingBody is a guarantee with what it holds and what is to come.
type standingBody struct {
	Guarantee string                  `json:"guarantee"`
	Standing  guarantee.Standing      `json:"standing"`
	Alarms    []string                `json:"alarms,omitempty" doc:"expires: its term ends soon; short: little of it is free"`
	Debts     []guarantee.Due         `json:"debts"`
	Forecast  []guarantee.ExposureDay `json:"forecast"`
}

// exposure is what a guarantee holds and will hold, and what its holder should
// know now.
func (c *call) exposure(g *guarantee.Guarantee) (*standingBody, error) {
	st, debts, err := treasury.Exposed(c.ctx(), c.s.store, g)
	if err != nil {
		return nil, err
	}
	today := c.now.Date()
	rules := c.s.Reference().Revenue.At(today)
	alarms, err := g.Alarms(st, today, rules.ExpiryDays, rules.ShortShare)
	if err != nil {
		return nil, err
	}
	return &standingBody{g.Number, st, alarms, debts, g.Exposure(st, today, debts)}, nil
}

// dueQuery asks whose dues are read.
type dueQuery struct {
	Enterprise string `query:"enterprise" doc:"credit code; the own enterprise where not given"`
}

// forecast reads what an enterprise owes and when. Fault: HTTP-DUES-01.
func (c *call) forecast(q *dueQuery) (*treasury.Forecast, error) {
	code := q.Enterprise
	if code == "" {
		code = c.who.Actor.Enterprise
	}
	if code == "" {
		return nil, fault.New(fault.Invalid, "HTTP-DUES-01", "/enterprise", "nobody says whose dues", "give the credit code of the enterprise")
	}
	if err := c.may(party.View, party.Object{Kind: string(dossier.TaxBill), ID: code, Parties: []string{code}}); err != nil {
		return nil, err
	}
	if err := c.s.identity.Read(c.ctx(), c.who, dossier.Enterprise, code); err != nil {
		return nil, err
	}
	today := c.now.Date()
	rules := c.s.Reference().Duty.Rules.At(today)
	return treasury.ForecastOf(c.ctx(), c.s.store, code, today, revenue.LateRule{PerDay: rules.LatePerDay, Minimum: rules.LateMinimum, Rounding: rules.TaxRounding})
}

// dueRoutes are what an enterprise owes and when, and its statements as files.
func (s *Server) dueRoutes() {
	add(s, route{id: "get-dues", method: http.MethodGet, path: "/api/v1/dues", tag: "money", summary: "What an enterprise owes and when: bills, statements, the month that runs, and what it must do"},
		func(c *call, in *dueQuery) (*treasury.Forecast, error) { return c.forecast(in) })
	addFiles(s, "dues", "/api/v1/dues", "dues", "money", func(c *call, in *dueQuery) (*message.Sheet, error) {
		f, err := c.forecast(in)
		if err != nil {
			return nil, err
		}
		sheet := &message.Sheet{Name: "dues", Head: []string{"day", "kind", "number", "office", "bills", "tax", "late fee", "held"}, Amounts: []int{5, 6, 7}}
		for i := range f.Items {
			o := &f.Items[i]
			sheet.Rows = append(sheet.Rows, []string{o.Day.String(), o.Kind, o.Number, o.Office, strconv.Itoa(o.Bills), o.Tax.Fixed(), o.Fee.Fixed(), o.Held.Fixed()})
		}
		return sheet, nil
	})
	addFiles(s, "statement", "/api/v1/statements/{id}", "statement", "money", func(c *call, in *byDocument) (*message.Sheet, error) {
		st, id, _, err := statements.load(c, in.ID, party.View)
		if err != nil {
			return nil, err
		}
		if err := c.s.identity.Read(c.ctx(), c.who, dossier.Statement, id); err != nil {
			return nil, err
		}
		sheet := &message.Sheet{Name: "statement", Head: []string{"statement", "due", "bill", "declaration", "issued", "total", "paid"}, Amounts: []int{5, 6}}
		for _, l := range st.Lines {
			sheet.Rows = append(sheet.Rows, []string{st.Number, st.Due.String(), l.Bill, l.Declaration, l.Issued.String(), l.Total.Fixed(), l.Paid.Fixed()})
		}
		return sheet, nil
	})
}

// coverActs are the guarantees: what they hold and will hold, and the officer's
// answer to a letter that a bank has sent.
func (s *Server) coverActs() {
	add(s, route{id: "get-guarantee-exposure", method: http.MethodGet, path: "/api/v1/guarantees/{id}/exposure", tag: "money", summary: "What a guarantee holds, and what it will hold day by day as debts fall due"},
		func(c *call, in *byDocument) (*standingBody, error) {
			g, _, _, err := guarantees.load(c, in.ID, party.View)
			if err != nil {
				return nil, err
			}
			return c.exposure(g)
		})
	addFiles(s, "guarantee-exposure", "/api/v1/guarantees/{id}/exposure", "exposure", "money", func(c *call, in *byDocument) (*message.Sheet, error) {
		g, _, _, err := guarantees.load(c, in.ID, party.View)
		if err != nil {
			return nil, err
		}
		b, err := c.exposure(g)
		if err != nil {
			return nil, err
		}
		sheet := &message.Sheet{Name: "exposure", Head: []string{"day", "due", "held", "free", "term ends"}, Amounts: []int{1, 2, 3}}
		for _, d := range b.Forecast {
			ends := ""
			if d.Ends {
				ends = "yes"
			}
			sheet.Rows = append(sheet.Rows, []string{d.Day.String(), d.Due.Fixed(), d.Held.Fixed(), d.Free.Fixed(), ends})
		}
		return sheet, nil
	})
	add(s, route{id: "answer-guarantee", method: http.MethodPost, path: "/api/v1/guarantees/{id}/answer", tag: "money", summary: "Accept or refuse a guarantee that a bank has registered"},
		func(c *call, in *struct {
			byDocument
			Body struct {
				Accept bool   `json:"accept"`
				Reason string `json:"reason"`
			}
		},
		) (json.RawMessage, error) {
			_, id, _, err := guarantees.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.Answer(c.ctx(), c.command("guarantee.answer"), c.who.Actor, id, in.Body.Accept, in.Body.Reason))
		})
	s.answersWith("/api/v1/guarantees/{id}/answer", "200", guarantee.Guarantee{})
	add(s, route{id: "register-guarantee", method: http.MethodPost, path: "/api/v1/guarantees", tag: "money", status: http.StatusAccepted, summary: "Register a letter, a deposit, a general account or an exemption; a second officer accepts it"},
		func(c *call, in *struct{ Body treasury.CoverRequest }) (json.RawMessage, error) {
			g := &in.Body.Guarantee
			if err := c.may(party.Decide, party.Object{Kind: string(dossier.Guarantee), ID: g.Number, Parties: []string{g.Enterprise}}); err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.ProposeCover(c.ctx(), c.command("guarantee.register"), c.who.Actor, in.Body))
		})
	s.answersWith("/api/v1/guarantees", "202", deliberation.Reply{})
	add(s, route{id: "change-guarantee", method: http.MethodPost, path: "/api/v1/guarantees/{id}/change", tag: "money", status: http.StatusAccepted, summary: "Propose another limit or term of a guarantee; a second officer decides"},
		func(c *call, in *struct {
			byDocument
			Body treasury.CoverChange
		},
		) (json.RawMessage, error) {
			_, id, _, err := guarantees.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.ProposeCoverChange(c.ctx(), c.command("guarantee.change"), c.who.Actor, id, in.Body))
		})
	s.answersWith("/api/v1/guarantees/{id}/change", "202", deliberation.Reply{})
	add(s, route{id: "end-guarantee", method: http.MethodPost, path: "/api/v1/guarantees/{id}/end", tag: "money", summary: "End a guarantee today: nothing new is held on it"},
		func(c *call, in *struct {
			byDocument
			Body reasoned
		},
		) (json.RawMessage, error) {
			_, id, _, err := guarantees.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.EndCover(c.ctx(), c.command("guarantee.end"), c.who.Actor, id, in.Body.Reason))
		})
	s.answersWith("/api/v1/guarantees/{id}/end", "200", guarantee.Guarantee{})
	add(s, route{id: "return-guarantee", method: http.MethodPost, path: "/api/v1/guarantees/{id}/return", tag: "money", status: http.StatusAccepted, summary: "Propose to give a guarantee back on which nothing is held; a second officer decides"},
		func(c *call, in *struct {
			byDocument
			Body reasoned
		},
		) (json.RawMessage, error) {
			_, id, _, err := guarantees.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Treasury.ProposeCoverReturn(c.ctx(), c.command("guarantee.return"), c.who.Actor, id, in.Body.Reason))
		})
	s.answersWith("/api/v1/guarantees/{id}/return", "202", deliberation.Reply{})
}
