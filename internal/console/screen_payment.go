package console

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/store"
	"seine/internal/treasury"
)

var paymentWords = map[revenue.PaymentState]wording{
	revenue.Booked: {Agreed, "payment.booked"}, revenue.Loose: {Warn, "payment.loose"}, revenue.Giving: {Info, "payment.giving"}, revenue.Cleared: {Agreed, "payment.cleared"},
}

var resultWords = map[revenue.Result]Key{
	revenue.Exact: "result.exact", revenue.Partial: "result.partial", revenue.Over: "result.over", revenue.Twice: "result.twice",
	revenue.NotOwed: "result.notowed", revenue.NoBill: "result.nobill", revenue.Returned: "result.returned",
}

var taxDifferenceWords = map[revenue.DifferenceState]wording{
	revenue.DifferenceOpen: {Warn, "difference.open"}, revenue.DifferenceSettled: {Agreed, "difference.settled"},
}

var bandWords = map[revenue.Band]wording{
	revenue.Agrees: {OK, "band.agrees"}, revenue.FollowUp: {Warn, "band.followup"}, revenue.Manual: {Bad, "band.manual"},
}

func paymentObject(p *revenue.Payment) party.Object {
	return party.Object{Kind: "tax_bill", ID: p.ID, Area: areaOf(p.Office), Parties: []string{p.Enterprise}}
}

func taxDifferenceObject(d *revenue.TaxDifference) party.Object {
	return party.Object{Kind: "tax_bill", ID: d.ID, Area: areaOf(d.Office), Parties: []string{d.Enterprise}}
}

// paymentTable lists payments of which a part belongs to no bill: a tax officer
// finds out whose it is.
func (s *Server) paymentTable(ctx context.Context, who party.Who, asked url.Values) (Table, error) {
	t := Table{
		ID: "list", Caption: T(ctx, "payments.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "payments.none")},
		Columns: []Column{
			{Title: T(ctx, "credit.on")},
			{Title: T(ctx, "reconciliation.reference")},
			{Title: T(ctx, "reconciliation.bank")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "payment.result")},
			{Title: T(ctx, "taxbill.amount"), Number: true},
			{Title: T(ctx, "payment.left"), Number: true},
			{Title: T(ctx, "column.state")},
		},
	}
	page, err := s.house().Read.List(ctx, dossier.Payment, store.Query{Before: asked.Get("after"), Limit: pageRows, Open: true})
	if err != nil {
		return t, err
	}
	for _, item := range page.Items {
		p, err := read[revenue.Payment](item)
		if err != nil {
			return t, err
		}
		if party.May(who, party.View, paymentObject(p)) != nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Href: "/payments/" + url.PathEscape(p.ID), Cells: []templ.Component{
			Text(p.On.String()), Code(p.Reference), Code(p.Bank), Code(numberOr(p.Enterprise, p.Payer)), Text(named(ctx, resultWords, p.Result)),
			Number(Amount(p.Amount, "CNY")), Number(Amount(p.Left, "CNY")), BadgeView(badge(ctx, paymentWords, p.State)),
		}})
	}
	t.Pager = keyed(ctx, "/due", asked, page.Next, len(t.Rows))
	return t, nil
}

// paymentActs are what an officer does with money that belongs to no bill.
func (s *Server) paymentActs(bill string) []paperAct {
	return []paperAct{
		{Value: "use", Text: "payment.use", Right: party.Decide, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return s.house().Treasury.Use(ctx, c, by, id, bill, reason)
		}},
		{Value: "return", Text: "payment.return", Right: party.Decide, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
			return s.house().Treasury.ProposeReturn(ctx, c, by, id, treasury.RefundRequest{Reason: reason})
		}},
	}
}

// payment answers GET /payments/{id}.
func (s *Server) payment(w http.ResponseWriter, r *http.Request) { s.showPayment(w, r, nil) }

// actOnPayment answers POST /payments/{id}: what is left is used for another bill,
// or it is proposed to give it back.
func (s *Server) actOnPayment(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	p, err := s.loadPayment(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	faults, done := s.carryOut(w, r, paymentObject(p), p.ID, "payment", "/payments/"+url.PathEscape(p.ID), s.paymentActs(fold(reasonOf(r, "taxBill"))))
	if !done {
		s.showPayment(w, r, faults)
	}
}

func (s *Server) loadPayment(ctx context.Context, id string) (*revenue.Payment, error) {
	var p revenue.Payment
	_, err := s.house().Read.Load(ctx, dossier.Payment, id, &p)
	return &p, absentIf(err, journal.Ref{Kind: string(dossier.Payment), ID: id})
}

func (s *Server) showPayment(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	p, err := s.loadPayment(ctx, r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.readsOf(ctx, paymentObject(p), journal.Ref{Kind: string(dossier.Payment), ID: p.ID})
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var acts actsForm
	if s.house().Treasury != nil && p.State == revenue.Loose {
		acts = actsOn(ctx, who, paymentObject(p), "/payments/"+url.PathEscape(p.ID), s.paymentActs(""))
		acts.Fields = []Field{paymentBillField(ctx)}
	}
	if faults != nil {
		acts.again(r, faults)
	}
	page := paymentHead(ctx, p)
	page.Faults = faults
	s.Render(w, r, page, partsAndActs(T(ctx, "payment.parts"), partTable(ctx, p), acts))
}

func paymentBillField(ctx context.Context) Field {
	return Field{Path: "/taxBill", Name: "taxBill", Label: T(ctx, "payment.for"), Code: true, Complete: "off", Hint: T(ctx, "payment.for.text")}
}

func paymentHead(ctx context.Context, p *revenue.Payment) Page {
	page := Page{
		ID: p.Reference, Title: T(ctx, "payment.one"), Badges: []Badge{badge(ctx, paymentWords, p.State)}, Live: []string{"tax"},
		Trail: []Link{{T(ctx, "payments.title"), "/due?view=payments"}},
		Acts:  []Act{{Text: T(ctx, "lifeline.title"), Href: "/life/payment/" + p.ID}},
		Facts: []Fact{
			{T(ctx, "reconciliation.bank"), Text(p.Bank)},
			{T(ctx, "credit.on"), Text(p.On.String())},
			{T(ctx, "column.enterprise"), Text(numberOr(numberOr(p.Enterprise, p.Payer), "–"))},
			{T(ctx, "payment.result"), Text(named(ctx, resultWords, p.Result))},
			{T(ctx, "taxbill.amount"), Text(Amount(p.Amount, "CNY"))},
			{T(ctx, "payment.left"), Text(Amount(p.Left, "CNY"))},
		},
	}
	if given := numberOr(p.Bill, p.Statement); given != "" {
		page.Facts = append(page.Facts, Fact{T(ctx, "payment.given"), Text(given)})
	}
	return page
}

func partTable(ctx context.Context, p *revenue.Payment) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "payment.parts"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "payment.noparts")},
		Columns: []Column{{Title: T(ctx, "object.taxbill")}, {Title: T(ctx, "revenue.tax"), Number: true}, {Title: T(ctx, "taxname.latepayment"), Number: true}},
	}
	for _, part := range p.Parts {
		t.Rows = append(t.Rows, Row{Href: taxBillPath(part.Bill), Cells: []templ.Component{Code(part.Bill), Number(Amount(part.Tax, "CNY")), Number(Amount(part.Fee, "CNY"))}})
	}
	return t
}

func galleryPayment(ctx context.Context) Specimen {
	p := &revenue.Payment{
		ID: "p", Reference: "P-20261122-0007", Bank: "BOCSHA", On: clock.MustDate("2026-11-22"), Bill: "T2218260000098", Enterprise: "91310000MA1FL0EW6X", Amount: 1_100_000, Left: 45_750,
		Result: revenue.Over, State: revenue.Loose, Parts: []revenue.Part{{Bill: "T2218260000098", Tax: 1_054_250}},
	}
	acts := actsForm{Path: "/gallery/payment", Key: "sample", Acts: []Act{{Text: T(ctx, "payment.use"), Name: "act", Value: "use"}, {Text: T(ctx, "payment.return"), Name: "act", Value: "return"}}, Fields: []Field{paymentBillField(ctx)}}
	page := paymentHead(ctx, p)
	page.Acts = nil
	return Specimen{Name: "payment", Title: "payment.one", Page: page, Body: partsAndActs(T(ctx, "payment.parts"), partTable(ctx, p), acts)}
}

// taxDifferenceTable lists self-declared tax that is not ours, newest first.
func (s *Server) taxDifferenceTable(ctx context.Context, who party.Who, asked url.Values) (Table, error) {
	t := Table{
		ID: "list", Caption: T(ctx, "differences.title"), Hidden: true, Empty: State{Kind: StateEmpty, Title: T(ctx, "differences.none"), Text: T(ctx, "differences.none.text")},
		Columns: []Column{
			{Title: T(ctx, "column.declaration")},
			{Title: T(ctx, "column.enterprise")},
			{Title: T(ctx, "difference.band")},
			{Title: T(ctx, "difference.short"), Number: true},
			{Title: T(ctx, "column.state")},
			{Title: T(ctx, "column.since")},
		},
	}
	q := store.Query{Before: asked.Get("after"), Limit: pageRows, Where: map[string][]string{}}
	if who.Actor.Enterprise != "" {
		q.Where["enterprise"] = []string{who.Actor.Enterprise}
	}
	page, err := s.house().Read.List(ctx, dossier.TaxDifference, q)
	if err != nil {
		return t, err
	}
	for _, item := range page.Items {
		d, err := read[revenue.TaxDifference](item)
		if err != nil {
			return t, err
		}
		if party.May(who, party.View, taxDifferenceObject(d)) != nil {
			continue
		}
		t.Rows = append(t.Rows, Row{Href: "/differences/" + d.ID, Cells: []templ.Component{
			Code(numberOr(d.Number, shortNumber(d.Declaration))), Enterprise(ctx, d.Enterprise), BadgeView(badge(ctx, bandWords, d.Band)), Number(Amount(d.Compared.Short, "CNY")),
			BadgeView(badge(ctx, taxDifferenceWords, d.State)), since(d.At, s.now()),
		}})
	}
	t.Pager = keyed(ctx, "/due", asked, page.Next, len(t.Rows))
	return t, nil
}

func (s *Server) taxDifferenceActs() []paperAct {
	return []paperAct{{Value: "settle", Text: "difference.settle", Right: party.Decide, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
		return s.house().Treasury.SettleDifference(ctx, c, by, id, reason)
	}}}
}

// taxDifference answers GET /differences/{id}: an enterprise's own figures beside
// ours.
func (s *Server) taxDifference(w http.ResponseWriter, r *http.Request) {
	s.showTaxDifference(w, r, nil)
}

// settleTaxDifference answers POST /differences/{id}.
func (s *Server) settleTaxDifference(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	d, err := s.loadTaxDifference(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	faults, done := s.carryOut(w, r, taxDifferenceObject(d), d.ID, "tax-difference", "/differences/"+d.ID, s.taxDifferenceActs())
	if !done {
		s.showTaxDifference(w, r, faults)
	}
}

func (s *Server) loadTaxDifference(ctx context.Context, id string) (*revenue.TaxDifference, error) {
	var d revenue.TaxDifference
	_, err := s.house().Read.Load(ctx, dossier.TaxDifference, id, &d)
	return &d, absentIf(err, journal.Ref{Kind: string(dossier.TaxDifference), ID: id})
}

func (s *Server) showTaxDifference(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	d, err := s.loadTaxDifference(ctx, r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.readsOf(ctx, taxDifferenceObject(d), journal.Ref{Kind: string(dossier.TaxDifference), ID: d.ID})
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var acts actsForm
	if s.house().Treasury != nil && d.State == revenue.DifferenceOpen {
		acts = actsOn(ctx, who, taxDifferenceObject(d), "/differences/"+d.ID, s.taxDifferenceActs())
	}
	if faults != nil {
		acts.again(r, faults)
	}
	page := taxDifferenceHead(ctx, d)
	page.Faults = faults
	s.Render(w, r, page, partsAndActs(T(ctx, "difference.lines"), selfTable(ctx, d), acts))
}

func taxDifferenceHead(ctx context.Context, d *revenue.TaxDifference) Page {
	page := Page{
		ID: numberOr(d.Number, d.ID), Title: T(ctx, "difference.one"), Badges: []Badge{badge(ctx, taxDifferenceWords, d.State), badge(ctx, bandWords, d.Band)},
		Trail: []Link{{T(ctx, "differences.title"), "/due?view=differences"}},
		Facts: []Fact{
			{T(ctx, "column.enterprise"), Text(d.Enterprise)},
			{T(ctx, "object.declaration"), Identifier(shortNumber(d.Declaration), "/declarations/"+d.Declaration)},
			{T(ctx, "difference.short"), Text(Amount(d.Compared.Short, "CNY"))},
			{T(ctx, "difference.bound"), Text(Amount(d.Compared.Bound, "CNY"))},
			{T(ctx, "column.since"), When(d.At)},
		},
	}
	if d.State == revenue.DifferenceSettled {
		page.Facts = append(page.Facts, Fact{T(ctx, "difference.by"), Text(d.By)}, Fact{T(ctx, "acts.reason"), Text(d.Reason)})
	}
	return page
}

func selfTable(ctx context.Context, d *revenue.TaxDifference) Table {
	t := Table{
		ID: "list", Caption: T(ctx, "difference.lines"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "revenue.tax")}, {Title: T(ctx, "taxbill.declared"), Number: true}, {Title: T(ctx, "difference.computed"), Number: true}, {Title: T(ctx, "difference.short"), Number: true},
		},
	}
	for _, l := range d.Compared.Lines {
		t.Rows = append(t.Rows, Row{Changed: l.Declared != l.Computed, Cells: []templ.Component{
			Text(named(ctx, taxWords, l.Tax)), Number(Amount(l.Declared, "CNY")), Number(Amount(l.Computed, "CNY")), Number(Amount(l.Computed-l.Declared, "CNY")),
		}})
	}
	return t
}

func galleryTaxDifference(ctx context.Context) Specimen {
	d := &revenue.TaxDifference{
		ID: "d", Number: "221820261000000117", Declaration: "221820261000000117", Enterprise: "91310000MA1FL0EW6X", At: sampleAt("2026-11-22T15:20"), Band: revenue.Manual, State: revenue.DifferenceOpen,
		Compared: revenue.SelfComparison{Short: 320_050, Bound: 100_000, Lines: []revenue.SelfLine{{Tax: "duty", Declared: 1_000_000, Computed: 1_250_050}, {Tax: "vat", Declared: 2_500_100, Computed: 2_570_100}}},
	}
	acts := actsForm{Path: "/gallery/taxdifference", Key: "sample", Acts: []Act{{Text: T(ctx, "difference.settle"), Name: "act", Value: "settle"}}}
	return Specimen{Name: "taxdifference", Title: "difference.one", Page: taxDifferenceHead(ctx, d), Body: partsAndActs(T(ctx, "difference.lines"), selfTable(ctx, d), acts)}
}
