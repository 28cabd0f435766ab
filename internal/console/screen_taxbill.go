package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/store"
	"seine/internal/treasury"
)

var refundWords = map[revenue.RefundState]wording{
	revenue.RefundProposed: {Info, "refund.proposed"}, revenue.RefundOrdered: {Info, "refund.ordered"}, revenue.RefundBounced: {Bad, "refund.bounced"},
	revenue.RefundPaid: {Agreed, "refund.paid"}, revenue.RefundRefused: {Missed, "refund.refused"},
}

var sourceWords = map[revenue.Source]Key{
	revenue.ByPayer: "credit.payer", revenue.ByGuarantor: "credit.guarantor", revenue.ByExcess: "credit.excess",
}

// taxBillPage is one bill: its taxes, what was paid on it, what went back, and
// the two things that a tax officer can propose.
type taxBillPage struct {
	Taxes, Credits, Further, Refunds Table
	Working                          string // address of the working as PDF
	Key, Path                        string
	Refund, Supplement               []Field
	RefundOff, SupplementOff         string
	May                              bool
}

func taxBillPath(id string) string { return "/tax-bills/" + url.PathEscape(id) }

// loadNumbered reads a document by its id or by its official number.
func loadNumbered[T any](ctx context.Context, s *Server, kind decision.Kind, id string) (*T, string, error) {
	doc := new(T)
	_, err := s.house().Read.Load(ctx, kind, id, doc)
	if fault.Is(err, "STORE-ABSENT-01") {
		ids, other := s.house().Read.Find(ctx, kind, "number", id, 1)
		if other != nil {
			return nil, "", other
		}
		if len(ids) == 1 {
			id, doc = ids[0], new(T)
			_, err = s.house().Read.Load(ctx, kind, id, doc)
		}
	}
	return doc, id, absentIf(err, journal.Ref{Kind: string(kind), ID: id})
}

func (s *Server) lateRule() revenue.LateRule {
	rules := s.house().Reference().Duty.Rules.At(s.now().Date())
	return revenue.LateRule{PerDay: rules.LatePerDay, Minimum: rules.LateMinimum, Rounding: rules.TaxRounding}
}

// taxBill answers GET /tax-bills/{id}: one bill, by its id or its number.
func (s *Server) taxBill(w http.ResponseWriter, r *http.Request) { s.showTaxBill(w, r, nil) }

// actOnTaxBill answers POST /tax-bills/{id}: a refund or a supplement is proposed;
// a second officer, who is drawn, decides.
func (s *Server) actOnTaxBill(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	b, id, err := loadNumbered[revenue.TaxBill](ctx, s, dossier.TaxBill, r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.may(ctx, party.Decide, taxBillObject(b))
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var receipt decision.Receipt
	var faults fault.List
	switch act := r.PostForm.Get("act"); act {
	case "refund":
		amount, wrong := typedMoney(r, "amount", true)
		if faults = wrong; faults == nil {
			receipt, err = s.house().Treasury.ProposeRefund(ctx, s.command(r, "tax-bill.refund", who.Actor), who.Actor, id, treasury.RefundRequest{Amount: amount, Reason: reasonOf(r, "reason")})
		}
	case "supplement":
		asked, wrong := supplementOf(r)
		if faults = wrong; faults == nil {
			receipt, err = s.house().Treasury.ProposeSupplement(ctx, s.command(r, "tax-bill.supplement", who.Actor), who.Actor, id, asked)
		}
		err = renamed(err, map[string]string{"/reason": "/why", "/lines": "/short/duty", "/lines/0/amount": "/short/duty"})
	default:
		faults = fault.List{fault.New(fault.Invalid, "CONSOLE-PAPER-01", "/act", "“{act}” is no act on this paper", "use a button of the page", "act", act)}
	}
	if err != nil {
		if faults = fault.All(err); len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	if faults != nil {
		s.showTaxBill(w, r, faults)
		return
	}
	sent(w, r, proposalPath(receipt, taxBillPath(id)))
}

// supplementTaxes are the taxes that short tax is asked for in.
var supplementTaxes = []duty.Tax{duty.Duty, duty.AntiDumping, duty.Countervailing, duty.Safeguard, duty.Retaliation, duty.ConsumptionTax, duty.VAT, duty.Interest}

// supplementOf reads the form of a supplement: what was short, by tax.
func supplementOf(r *http.Request) (treasury.SupplementRequest, fault.List) {
	asked := treasury.SupplementRequest{Reason: reasonOf(r, "why"), Breach: r.PostForm.Get("breach") != ""}
	var faults fault.List
	for _, t := range supplementTaxes {
		amount, wrong := typedMoney(r, "short/"+t.String(), false)
		faults = append(faults, wrong...)
		if amount != 0 {
			asked.Lines = append(asked.Lines, revenue.Line{Tax: t.String(), Amount: amount})
		}
		if amount < 0 {
			faults = append(faults, fault.New(fault.Invalid, "REVENUE-LINE-01", "/short/"+t.String(), "{tax} is below zero", "a refund is a document of its own", "tax", t.String()))
		}
	}
	return asked, faults
}

// typedMoney reads an amount as people type it: full width, grouped by commas.
// An amount that is needed and not there is CONSOLE-AMOUNT-01.
func typedMoney(r *http.Request, name string, needed bool) (num.Money, fault.List) {
	path := "/" + name
	text := strings.NewReplacer(",", "", " ", "", narrow, "", "¥", "").Replace(fold(strings.TrimSpace(r.PostForm.Get(name))))
	if text == "" {
		if needed {
			return 0, fault.List{fault.New(fault.Invalid, "CONSOLE-AMOUNT-01", path, "an amount is missing", "give it in yuan, with at most two decimals")}
		}
		return 0, nil
	}
	amount, err := num.ParseMoney(text)
	if err != nil {
		return 0, at(path, err)
	}
	return amount, nil
}

func reasonOf(r *http.Request, name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }

// renamed gives faults the pointers of a form's fields.
func renamed(err error, fields map[string]string) error {
	list := fault.All(err)
	if len(list) == 0 {
		return err
	}
	var out fault.List
	for _, f := range list {
		g := *f
		if path, known := fields[g.Path]; known {
			g.Path = path
		}
		out = append(out, &g)
	}
	return out
}

// proposalPath is where a proposal leads that was just made.
func proposalPath(r decision.Receipt, otherwise string) string {
	var reply deliberation.Reply
	if json.Unmarshal(r.Reply, &reply) != nil || reply.Proposal == "" {
		return otherwise
	}
	return "/proposals/" + reply.Proposal
}

func (s *Server) showTaxBill(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	b, id, err := loadNumbered[revenue.TaxBill](ctx, s, dossier.TaxBill, r.PathValue("id"))
	var who party.Who
	if err == nil {
		who, err = s.reads(ctx, taxBillObject(b))
	}
	var p taxBillPage
	if err == nil {
		p, err = s.taxBillView(ctx, who, id, b)
	}
	var page Page
	if err == nil {
		page, err = s.taxBillHead(ctx, id, b)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if page.Faults = faults; faults != nil {
		for _, list := range [][]Field{p.Refund, p.Supplement} {
			for i := range list {
				f := &list[i]
				f.Value, f.Faults = r.PostForm.Get(f.Name), Of(faults, f.Path)
			}
		}
	}
	s.Render(w, r, page, taxBillBody(p))
}

func (s *Server) taxBillHead(ctx context.Context, id string, b *revenue.TaxBill) (Page, error) {
	today := s.now().Date()
	state := badge(ctx, billTaxWords, b.State)
	if b.Payable() && dueNow(b.Due, s.now()) {
		state = badge(ctx, billTaxWords, revenue.Overdue)
	}
	page := Page{
		ID: b.Number, Title: T(ctx, "object.taxbill"), Badges: []Badge{state}, Live: []string{"tax"},
		Trail: []Link{{T(ctx, "due.tax"), "/due?view=tax"}},
		Acts:  []Act{{Text: T(ctx, "lifeline.title"), Href: "/life/tax_bill/" + id}},
		Facts: []Fact{
			{T(ctx, "column.enterprise"), Text(b.Enterprise)},
			{T(ctx, "column.due"), s.dueOf(b)},
			{T(ctx, "working.total"), Text(Amount(b.Total, "CNY"))},
			{T(ctx, "taxbill.paid"), Text(Amount(b.PaidTotal(), "CNY"))},
		},
	}
	if b.Payable() {
		owed, err := b.OwedOn(today, s.lateRule())
		if err != nil {
			return page, err
		}
		page.Facts = append(page.Facts, Fact{T(ctx, "taxbill.owed"), Text(Amount(owed, "CNY"))})
		if fee := owed - b.Rest(); fee > 0 {
			page.Facts = append(page.Facts, Fact{T(ctx, "taxname.latepayment"), Text(Amount(fee, "CNY"))})
		}
	}
	if b.Refunded > 0 {
		page.Facts = append(page.Facts, Fact{T(ctx, "revenue.refunded"), Text(Amount(b.Refunded, "CNY"))})
	}
	if b.Declaration != "" {
		page.Facts = append(page.Facts, Fact{T(ctx, "object.declaration"), Identifier(shortNumber(b.Declaration), "/declarations/"+b.Declaration)})
	}
	if b.Guarantee != "" {
		page.Facts = append(page.Facts, Fact{T(ctx, "object.guarantee"), Identifier(b.Guarantee, guaranteePath(b.Guarantee))})
	}
	if b.Statement != "" {
		page.Facts = append(page.Facts, Fact{T(ctx, "statement.one"), Identifier(b.Statement, statementPath(b.Statement))})
	}
	if b.Supplements != "" {
		page.Facts = append(page.Facts, Fact{T(ctx, "taxbill.supplements"), Identifier(b.Supplements, taxBillPath(b.Supplements))})
	}
	return page, nil
}

// dueOf is the due day of a bill, which is over only while something is to pay.
func (s *Server) dueOf(b *revenue.TaxBill) templ.Component {
	if b.Payable() {
		return dueCell(b.Due, s.now())
	}
	return Text(b.Due.String())
}

func (s *Server) taxBillView(ctx context.Context, who party.Who, id string, b *revenue.TaxBill) (taxBillPage, error) {
	p := taxBillPage{Key: newKey(), Path: taxBillPath(id), Taxes: taxTableOf(ctx, b), Credits: creditTable(ctx, b)}
	house := s.house().Read
	ids, err := house.Find(ctx, dossier.TaxBill, "supplements", b.Number, 20)
	if err != nil {
		return p, err
	}
	var further []*revenue.TaxBill
	for _, one := range ids {
		f := &revenue.TaxBill{}
		if _, err := house.Load(ctx, dossier.TaxBill, one, f); err != nil {
			return p, err
		}
		further = append(further, f)
	}
	p.Further = furtherTable(ctx, further)
	refunds, err := s.refundsOf(ctx, b.Number)
	if err != nil {
		return p, err
	}
	p.Refunds = refundTable(ctx, refunds)
	if b.Declaration != "" && b.Kind != revenue.SupplementKind {
		p.Working = workingFile(ctx, b.Declaration)
	}
	p.May = s.house().Treasury != nil && party.May(who, party.Decide, taxBillObject(b)) == nil
	if p.May {
		p.forms(ctx, b)
	}
	return p, nil
}

func (s *Server) refundsOf(ctx context.Context, bill string) ([]*revenue.Refund, error) {
	page, err := s.house().Read.List(ctx, dossier.Refund, store.Query{Where: map[string][]string{"tax_bill": {bill}}, Limit: 50})
	if err != nil {
		return nil, err
	}
	var list []*revenue.Refund
	for _, item := range page.Items {
		one, err := read[revenue.Refund](item)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// forms are what a tax officer fills in to propose a refund or a supplement.
func (p *taxBillPage) forms(ctx context.Context, b *revenue.TaxBill) {
	if b.Refundable() <= 0 {
		p.RefundOff = T(ctx, "taxbill.norefund")
	} else {
		p.Refund = []Field{
			{Path: "/amount", Name: "amount", Label: T(ctx, "taxbill.refund.amount"), Kind: "number", Required: true, Complete: "off", Hint: T(ctx, "taxbill.refund.most", "amount", Amount(b.Refundable(), "CNY"))},
			{Path: "/reason", Name: "reason", Label: T(ctx, "acts.reason"), Kind: "textarea", Required: true},
		}
	}
	switch b.State {
	case revenue.Paid, revenue.Called, revenue.Supplemented:
	default:
		p.SupplementOff = T(ctx, "taxbill.nosupplement")
		return
	}
	for _, t := range supplementTaxes {
		name := t.String()
		on := slices.ContainsFunc(b.Lines, func(l revenue.Line) bool { return l.Tax == name })
		if on || t == duty.Duty || t == duty.VAT {
			p.Supplement = append(p.Supplement, Field{Path: "/short/" + name, Name: "short/" + name, Label: T(ctx, "taxbill.short", "tax", named(ctx, taxWords, name)), Kind: "number", Complete: "off"})
		}
	}
	p.Supplement = append(p.Supplement,
		Field{Path: "/breach", Name: "breach", Label: T(ctx, "taxbill.breach"), Kind: "checkbox"},
		Field{Path: "/why", Name: "why", Label: T(ctx, "acts.reason"), Kind: "textarea", Required: true})
}

func taxTableOf(ctx context.Context, b *revenue.TaxBill) Table {
	t := Table{
		ID: "taxes", Caption: T(ctx, "taxbill.lines"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "revenue.tax")}, {Title: T(ctx, "taxbill.amount"), Number: true}},
	}
	declared := slices.ContainsFunc(b.Lines, func(l revenue.Line) bool { return l.Declared != nil })
	if declared {
		t.Columns = append(t.Columns, Column{Title: T(ctx, "taxbill.declared"), Number: true})
	}
	for _, l := range b.Lines {
		row := Row{Cells: []templ.Component{Text(named(ctx, taxWords, l.Tax)), Number(Amount(l.Amount, "CNY"))}}
		if declared {
			own := "–"
			if l.Declared != nil {
				own = Amount(*l.Declared, "CNY")
			}
			row.Cells = append(row.Cells, Number(own))
		}
		t.Rows = append(t.Rows, row)
	}
	total := Row{Total: true, Cells: []templ.Component{Text(T(ctx, "working.total")), Number(Amount(b.Total, "CNY"))}}
	if declared {
		total.Cells = append(total.Cells, Text(""))
	}
	t.Rows = append(t.Rows, total)
	return t
}

func creditTable(ctx context.Context, b *revenue.TaxBill) Table {
	t := Table{
		ID: "credits", Caption: T(ctx, "taxbill.credits"), Hidden: true, Pager: Pager{NeverTurnPage: true}, Empty: State{Kind: StateEmpty, Title: T(ctx, "taxbill.nothing")},
		Columns: []Column{
			{Title: T(ctx, "credit.on")},
			{Title: T(ctx, "credit.by")},
			{Title: T(ctx, "reconciliation.reference")},
			{Title: T(ctx, "revenue.tax"), Number: true},
			{Title: T(ctx, "taxname.latepayment"), Number: true},
		},
	}
	for _, c := range b.Credits {
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(c.On.String()), Text(named(ctx, sourceWords, c.By)), Code(c.BankRef), Number(Amount(c.Tax, "CNY")), Number(Amount(c.Fee, "CNY")),
		}})
	}
	return t
}

func furtherTable(ctx context.Context, list []*revenue.TaxBill) Table {
	t := Table{
		ID: "further", Caption: T(ctx, "taxbill.further"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "object.taxbill")}, {Title: T(ctx, "working.result"), Number: true}, {Title: T(ctx, "column.due")}, {Title: T(ctx, "column.state")}, {Title: T(ctx, "acts.reason")},
		},
	}
	for _, b := range list {
		t.Rows = append(t.Rows, Row{Href: taxBillPath(b.Number), Cells: []templ.Component{
			Code(b.Number), Number(Amount(b.Total, "CNY")), Text(b.Due.String()), BadgeView(badge(ctx, billTaxWords, b.State)), short(b.Reason, 40),
		}})
	}
	return t
}

func refundTable(ctx context.Context, list []*revenue.Refund) Table {
	t := Table{
		ID: "refunds", Caption: T(ctx, "taxbill.refunds"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "refund.asked")}, {Title: T(ctx, "taxbill.amount"), Number: true}, {Title: T(ctx, "column.state")}, {Title: T(ctx, "proposal.first")}, {Title: T(ctx, "proposal.second")}, {Title: T(ctx, "acts.reason")},
		},
	}
	for _, r := range list {
		t.Rows = append(t.Rows, Row{Href: "/life/refund/" + r.ID, Cells: []templ.Component{
			When(r.Asked), Number(Amount(r.Amount, "CNY")), BadgeView(badge(ctx, refundWords, r.State)), Text(r.First), Text(numberOr(r.Second, "–")), short(r.Reason, 40),
		}})
	}
	return t
}

// moneyProposed is what two officers decide on in the treasury, in words: the
// story keeps the amounts beside the proposal.
func (s *Server) moneyProposed(ctx context.Context, action, subject string, payload []byte) ([]compared, error) {
	if action == treasury.ActionSupplement {
		var asked struct {
			Lines  []revenue.Line `json:"lines"`
			Breach bool           `json:"breach"`
		}
		if err := json.Unmarshal(payload, &asked); err != nil {
			return nil, err
		}
		var list []compared
		for _, l := range asked.Lines {
			list = append(list, compared{T(ctx, "taxbill.short", "tax", named(ctx, taxWords, l.Tax)), "", Amount(l.Amount, "CNY")})
		}
		if asked.Breach {
			list = append(list, compared{T(ctx, "taxbill.breach"), "", "✓"})
		}
		return list, nil
	}
	var r revenue.Refund
	if _, err := s.house().Read.Load(ctx, dossier.Refund, subject, &r); err != nil {
		return nil, err
	}
	list := []compared{{T(ctx, "taxbill.refund.amount"), "", Amount(r.Amount, "CNY")}}
	if r.Bill != "" {
		list = append(list, compared{T(ctx, "object.taxbill"), r.Bill, r.Bill})
	}
	if r.Payment != "" {
		list = append(list, compared{T(ctx, "payment.one"), r.Payment, r.Payment})
	}
	return list, nil
}

func galleryTaxBill(ctx context.Context) Specimen {
	s := &Server{}
	s.deps.Now = sampleAt("2026-11-23T09:41").Time
	declared := num.Money(1_200_000)
	b := &revenue.TaxBill{
		Number: "T2218260000117", Enterprise: "91310000MA1FL0EW6X", Office: "2218", Total: 3_820_150, Issued: sampleAt("2026-11-02T10:00"), Due: clock.MustDate("2026-11-17"), State: revenue.Paid,
		Lines:   []revenue.Line{{Tax: "duty", Amount: 1_250_050, Declared: &declared}, {Tax: "vat", Amount: 2_570_100}},
		Credits: []revenue.Credit{{On: clock.MustDate("2026-11-16"), Tax: 3_820_150, By: revenue.ByPayer, BankRef: "P-20261116-0042"}},
		Claimed: 120_000, Guarantee: "G2026000117", Statement: "S2026112218-91310000MA1FL0EW6X",
	}
	p := taxBillPage{Key: "sample", Path: "/gallery/taxbill", Taxes: taxTableOf(ctx, b), Credits: creditTable(ctx, b), May: true, Working: "/gallery/taxbill"}
	p.Further = furtherTable(ctx, []*revenue.TaxBill{{Number: "T2218260000117-B1", Total: 84_000, Due: clock.MustDate("2026-12-08"), State: revenue.Issued, Reason: T(ctx, "gallery.sample")}})
	p.Refunds = refundTable(ctx, []*revenue.Refund{{ID: "r", Asked: sampleAt("2026-11-20T11:00"), Amount: 120_000, First: "chen.jing", Second: "liu.wei", Reason: T(ctx, "gallery.sample"), State: revenue.RefundProposed}})
	p.forms(ctx, b)
	page := Page{
		ID: b.Number, Title: T(ctx, "object.taxbill"), Badges: []Badge{badge(ctx, billTaxWords, b.State)}, Trail: []Link{{T(ctx, "due.tax"), "/gallery/home"}},
		Facts: []Fact{{T(ctx, "column.due"), s.dueOf(b)}, {T(ctx, "working.total"), Text(Amount(b.Total, "CNY"))}, {T(ctx, "taxbill.paid"), Text(Amount(b.PaidTotal(), "CNY"))}},
	}
	return Specimen{Name: "taxbill", Title: "object.taxbill", Page: page, Body: taxBillBody(p)}
}
