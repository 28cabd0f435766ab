package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/review"
	"seine/internal/store"
	"seine/internal/treasury"
)

var guaranteeForms = map[guarantee.Form]Key{
	guarantee.Letter: "guarantee.form.letter", guarantee.Deposit: "guarantee.form.deposit", guarantee.Account: "guarantee.form.account", guarantee.Exempt: "guarantee.form.exempt",
}

const guaranteesPath = "/due?view=guarantees"

func guaranteePath(number string) string { return "/guarantees/" + url.PathEscape(number) }

func guaranteeTrail(ctx context.Context) []Link {
	return []Link{{T(ctx, "due.guarantees"), guaranteesPath}}
}

// guaranteePage is one guarantee: what it is worth, what it holds, what will be
// free again and when, and what its officers can do with it.
type guaranteePage struct {
	cover
	Facts    []Fact
	Debts    Table
	Forecast Table
	Alarms   []string // that its term ends soon, that little is free
	File     string   // address of the forecast as a file, without its kind
	OnWay    []Link   // proposals that wait for a second officer
	Acts     actsForm
	Line     LifeLine
}

// guarantee answers GET /guarantees/{id}.
func (s *Server) guarantee(w http.ResponseWriter, r *http.Request) { s.showGuarantee(w, r, nil) }

// actOnGuarantee answers POST /guarantees/{id}: accept, refuse, change, end, give
// back.
func (s *Server) actOnGuarantee(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	g, err := s.loadGuarantee(r.Context(), r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	faults, done := s.carryOut(w, r, guaranteeObject(g), g.Number, "guarantee", guaranteePath(g.Number), s.guaranteeActs(g, false, r.PostForm))
	if !done {
		s.showGuarantee(w, r, faults)
	}
}

func (s *Server) loadGuarantee(ctx context.Context, number string) (*guarantee.Guarantee, error) {
	var g guarantee.Guarantee
	_, err := s.house().Read.Load(ctx, dossier.Guarantee, number, &g)
	return &g, absentIf(err, journal.Ref{Kind: "guarantee", ID: number})
}

// guaranteeActs are what can be done with a guarantee as it stands; typed is what
// was entered beside the reason. A guarantee that two officers answer has no
// answer of one.
func (s *Server) guaranteeActs(g *guarantee.Guarantee, twoAnswer bool, typed url.Values) []paperAct {
	desk := s.house().Treasury
	if desk == nil {
		return nil
	}
	change := paperAct{Value: "change", Text: "guarantee.change", Right: party.Decide, Do: func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
		change, faults := readCoverChange(typed)
		if len(faults) > 0 {
			return decision.Receipt{}, faults
		}
		change.Reason = reason
		return desk.ProposeCoverChange(ctx, c, by, id, change)
	}}
	giveBack := paperAct{Value: "return", Text: "guarantee.return", Right: party.Decide, Danger: true, Do: desk.ProposeCoverReturn}
	switch g.State {
	case guarantee.Registered:
		if twoAnswer {
			return nil
		}
		answer := func(accept bool) func(context.Context, decision.Command, decision.Actor, string, string) (decision.Receipt, error) {
			return func(ctx context.Context, c decision.Command, by decision.Actor, id, reason string) (decision.Receipt, error) {
				return desk.Answer(ctx, c, by, id, accept, reason)
			}
		}
		return []paperAct{
			{Value: "accept", Text: "guarantee.accept", Right: party.Decide, Do: answer(true)},
			{Value: "refuse", Text: "guarantee.refuse", Right: party.Decide, Danger: true, Do: answer(false)},
		}
	case guarantee.Active:
		return []paperAct{change, {Value: "end", Text: "guarantee.end", Right: party.Decide, Danger: true, Do: desk.EndCover}, giveBack}
	case guarantee.Expired:
		return []paperAct{change, giveBack}
	case guarantee.Refused, guarantee.Closed:
	}
	return nil
}

// readCoverChange makes the change of what was typed; a field left empty stays
// as it is.
func readCoverChange(typed url.Values) (treasury.CoverChange, fault.List) {
	p := coverReader(typed)
	change := treasury.CoverChange{Limit: p.money("/limit"), ValidTo: p.day("/validTo"), Restored: p.money("/restored")}
	return change, p.faults
}

// coverReader reads fields whose names are their paths without the slash.
func coverReader(typed url.Values) *formReader {
	f := &paperForm{Values: map[string]string{}}
	for name := range typed {
		f.Values["/"+name] = strings.TrimSpace(typed.Get(name))
	}
	return &formReader{f: f}
}

func (s *Server) showGuarantee(w http.ResponseWriter, r *http.Request, faults fault.List) {
	ctx := r.Context()
	g, err := s.loadGuarantee(ctx, r.PathValue("id"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	who, err := s.reads(ctx, guaranteeObject(g))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	p, err := s.guaranteeFile(ctx, who, g)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if faults != nil {
		p.Acts.again(r, faults)
	}
	page := guaranteeHead(ctx, p)
	page.Faults = faults
	page.Acts = append(page.Acts, lookedAct(ctx, who, guaranteeObject(g))...)
	s.Render(w, r, page, guaranteeBody(*p))
}

// guaranteeFile gathers all about a guarantee that the person may see.
func (s *Server) guaranteeFile(ctx context.Context, who party.Who, g *guarantee.Guarantee) (*guaranteePage, error) {
	c, err := s.cover(ctx, *g)
	if err != nil {
		return nil, err
	}
	p := &guaranteePage{cover: c, Facts: guaranteeFacts(ctx, g)}
	page, err := s.house().Read.List(ctx, dossier.Obligation, store.Query{
		Where: map[string][]string{"guarantee": {g.Number}, "state": {string(obligation.Open), string(obligation.Overdue)}}, Limit: 200,
	})
	if err != nil {
		return nil, err
	}
	if p.Debts, err = s.obligationTable(ctx, who, page); err != nil {
		return nil, err
	}
	p.Debts.ID, p.Debts.Caption, p.Debts.Pager = "debts", T(ctx, "guarantee.debts"), Pager{NeverTurnPage: true}
	st, debts, err := treasury.Exposed(ctx, s.house().Read, g)
	if err != nil {
		return nil, err
	}
	today := s.now().Date()
	p.Forecast, p.File = exposureTable(ctx, g.Exposure(st, today, debts)), "/api/v1/guarantees/"+url.PathEscape(g.Number)+"/exposure/exposure"
	rules := s.house().Reference().Revenue.At(today)
	alarms, err := g.Alarms(st, today, rules.ExpiryDays, rules.ShortShare)
	if err != nil {
		return nil, err
	}
	p.Alarms = coverWarnings(ctx, g, st, alarms)
	twoAnswer := false
	if who.Actor.Kind == journal.Officer {
		if twoAnswer, err = s.coverOnWay(ctx, p); err != nil {
			return nil, err
		}
		p.Acts = actsOn(ctx, who, guaranteeObject(g), guaranteePath(g.Number), s.guaranteeActs(g, twoAnswer, nil))
		if g.State == guarantee.Active || g.State == guarantee.Expired {
			p.Acts.Fields = coverFields(ctx)
		}
	}
	entries, err := s.entriesOf(ctx, journal.Ref{Kind: "guarantee", ID: g.Number})
	if err != nil {
		return nil, err
	}
	p.Line = lifeLine(ctx, entries, s.now())
	return p, nil
}

var coverAlarms = map[string]Key{guarantee.AlarmExpires: "cover.expires", guarantee.AlarmShort: "cover.short"}

// coverWarnings are what the holder of a guarantee should know now.
func coverWarnings(ctx context.Context, g *guarantee.Guarantee, st guarantee.Standing, alarms []string) []string {
	var list []string
	for _, a := range alarms {
		list = append(list, T(ctx, coverAlarms[a], "day", g.ValidTo.String(), "free", Amount(st.Free, "CNY"), "limit", Amount(st.Limit, "CNY")))
	}
	return list
}

func guaranteeFacts(ctx context.Context, g *guarantee.Guarantee) []Fact {
	return []Fact{
		{T(ctx, "guarantee.form"), Text(named(ctx, guaranteeForms, g.Form))},
		{T(ctx, "due.guarantor"), Text(dashed(g.Guarantor))},
		{T(ctx, "guarantee.obligation"), Text(dashed(g.Obligation))},
		{T(ctx, "guarantee.liability"), Text(dashed(g.Liability))},
		{T(ctx, "guarantee.purposes"), Text(numberOr(joinWords(g.Purposes), T(ctx, "guarantee.allpurposes")))},
		{T(ctx, "mode.from"), Text(g.ValidFrom.String())},
		{T(ctx, "books.validto"), Text(g.ValidTo.String())},
		{T(ctx, "guarantee.registered.at"), When(g.Registered)},
	}
}

// coverFields are asked beside the reason; those of a change only.
func coverFields(ctx context.Context) []Field {
	field := func(name string, label Key, kind string) Field {
		return Field{Path: "/" + name, Name: name, Label: T(ctx, label), Kind: kind, Complete: "off"}
	}
	limit := field("limit", "guarantee.newlimit", "")
	limit.Hint = T(ctx, "guarantee.change.hint")
	restored := field("restored", "guarantee.restored", "")
	restored.Hint = T(ctx, "guarantee.restored.hint")
	return []Field{limit, field("validTo", "guarantee.newend", "date"), restored}
}

// coverOnWay finds what waits for a second officer, and tells whether the
// guarantee itself is answered by two.
func (s *Server) coverOnWay(ctx context.Context, p *guaranteePage) (twoAnswer bool, err error) {
	ids, err := s.house().Read.Find(ctx, dossier.Proposal, "subject", p.Number, 50)
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		var doc deliberation.Proposed
		if _, err := s.house().Read.Load(ctx, dossier.Proposal, id, &doc); err != nil {
			return false, err
		}
		twoAnswer = twoAnswer || doc.Action == treasury.ActionCover
		if !review.Lifecycle.Final(doc.Proposal.State) {
			p.OnWay = append(p.OnWay, Link{named(ctx, motionWords, doc.Action), "/proposals/" + id})
		}
	}
	return twoAnswer, nil
}

func exposureTable(ctx context.Context, days []guarantee.ExposureDay) Table {
	t := Table{
		ID: "forecast", Caption: T(ctx, "guarantee.forecast"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{
			{Title: T(ctx, "revenue.day")},
			{Title: T(ctx, "guarantee.topay"), Number: true},
			{Title: T(ctx, "due.held"), Number: true},
			{Title: T(ctx, "due.free"), Number: true},
			{Title: T(ctx, "guarantee.remark")},
		},
	}
	for _, d := range days {
		remark := ""
		if d.Ends {
			remark = T(ctx, "guarantee.termends")
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{
			Text(d.Day.String()), Number(Amount(d.Due, "CNY")), Number(Amount(d.Held, "CNY")), Number(Amount(d.Free, "CNY")), Text(remark),
		}})
	}
	return t
}

func guaranteeHead(ctx context.Context, p *guaranteePage) Page {
	page := Page{
		ID: p.Number, Title: T(ctx, "object.guarantee"), Trail: guaranteeTrail(ctx), Acts: p.Acts.onPage(),
		Badges: []Badge{badge(ctx, guaranteeWords, p.State)},
		Facts: []Fact{
			{T(ctx, "column.enterprise"), Identifier(p.Enterprise, "/enterprises/"+p.Enterprise)},
			{T(ctx, "guarantee.form"), Text(named(ctx, guaranteeForms, p.Form))},
			{T(ctx, "books.validto"), Text(p.ValidTo.String())},
		},
	}
	return page
}

type guaranteeForm struct {
	Fields []Field
	Key    string
}

// newGuarantee answers GET /guarantees/new.
func (s *Server) newGuarantee(w http.ResponseWriter, r *http.Request) {
	if _, err := s.may(r.Context(), party.Decide, party.Object{Kind: "guarantee"}); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showGuaranteeForm(w, r, r.URL.Query(), nil)
}

// registerGuarantee answers POST /guarantees: written down, to be accepted by a
// second officer.
func (s *Server) registerGuarantee(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	if !s.form(w, r) {
		return
	}
	request, faults := readGuarantee(r.PostForm)
	who, err := s.may(ctx, party.Decide, guaranteeObject(&request.Guarantee))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var opened deliberation.Reply
	if len(faults) == 0 {
		var receipt decision.Receipt
		if receipt, err = s.house().Treasury.ProposeCover(ctx, s.command(r, "guarantee.register", who.Actor), who.Actor, request); err == nil {
			err = json.Unmarshal(receipt.Reply, &opened)
		}
		if faults = fault.All(err); err != nil && len(faults) == 0 {
			s.Fail(w, r, err)
			return
		}
	}
	if len(faults) > 0 {
		s.showGuaranteeForm(w, r, r.PostForm, faults)
		return
	}
	sent(w, r, "/proposals/"+opened.Proposal)
}

func readGuarantee(typed url.Values) (treasury.CoverRequest, fault.List) {
	p := coverReader(typed)
	g := guarantee.Guarantee{
		Number: p.code("/number"), Enterprise: p.code("/enterprise"), Form: guarantee.Form(p.text("/form")), Guarantor: p.text("/guarantor"), Bank: p.text("/bank"),
		Obligation: p.text("/obligation"), Liability: p.text("/liability"), Limit: p.money("/limit"), ValidFrom: p.day("/validFrom"), ValidTo: p.day("/validTo"),
		Purposes: typedList(p.text("/purposes")),
	}
	if p.on("/beneficiary") {
		g.Beneficiary = guarantee.Customs
	}
	return treasury.CoverRequest{Guarantee: g, Reason: p.text("/reason")}, p.faults
}

func (s *Server) showGuaranteeForm(w http.ResponseWriter, r *http.Request, typed url.Values, faults fault.List) {
	page := guaranteeFormHead(r.Context())
	page.Faults = faults
	s.Render(w, r, page, guaranteeFormBody(newGuaranteeForm(r.Context(), typed, faults, s.now().Date())))
}

func guaranteeFormHead(ctx context.Context) Page {
	return Page{Title: T(ctx, "guarantee.new"), Trail: guaranteeTrail(ctx), Acts: []Act{{Text: T(ctx, "guarantee.send"), Form: "register", Key: "s"}}}
}

func newGuaranteeForm(ctx context.Context, typed url.Values, faults fault.List, today clock.Date) guaranteeForm {
	field := func(name string, label Key, value, kind string, required bool) Field {
		if typed.Has(name) {
			value = typed.Get(name)
		}
		return Field{Path: "/" + name, Name: name, Label: T(ctx, label), Value: value, Kind: kind, Complete: "off", Required: required, Faults: Of(faults, "/"+name)}
	}
	number, enterprise := field("number", "guarantee.number", "", "", true), field("enterprise", "enterprise.code", "", "", true)
	number.Code, enterprise.Code = true, true
	form := field("form", "guarantee.form", string(guarantee.Letter), "select", true)
	form.Options = options(ctx, guaranteeForms)
	form.Hint = T(ctx, "guarantee.form.hint")
	beneficiary := field("beneficiary", "guarantee.beneficiary", "", "checkbox", false)
	guarantor := field("guarantor", "due.guarantor", "", "", false)
	guarantor.Hint = T(ctx, "guarantee.guarantor.hint")
	bank := field("bank", "guarantee.bank", "", "", false)
	bank.Hint = T(ctx, "guarantee.bank.hint")
	purposes := field("purposes", "guarantee.purposes", "", "", false)
	purposes.Hint = T(ctx, "guarantee.purposes.hint")
	return guaranteeForm{Key: newKey(), Fields: []Field{
		number, enterprise, form, guarantor, beneficiary, field("obligation", "guarantee.obligation", "", "", false), field("liability", "guarantee.liability", "", "", false),
		field("limit", "due.limit", "", "", true), field("validFrom", "mode.from", today.String(), "date", true), field("validTo", "books.validto", "", "date", true),
		purposes, bank, field("reason", "acts.reason", "", "textarea", true),
	}}
}

func sampleGuarantee() guarantee.Guarantee {
	return guarantee.Guarantee{
		Number: "G2026000117", Enterprise: "91310000MA1FL0EW6X", Form: guarantee.Letter, Beneficiary: guarantee.Customs, Guarantor: "Bank of Shanghai", Obligation: "taxes of imports",
		Liability: "joint and several", Limit: 100_000_000, ValidFrom: clock.MustDate("2026-04-01"), ValidTo: clock.MustDate("2027-03-31"), State: guarantee.Active, Registered: sampleAt("2026-03-28T10:20"),
	}
}

func galleryGuarantee(ctx context.Context) Specimen {
	g := sampleGuarantee()
	p := &guaranteePage{cover: cover{Guarantee: g, Held: 41_260_000, Used: 2_000_000, Free: 56_740_000}, Facts: guaranteeFacts(ctx, &g)}
	p.Debts = Table{
		ID: "debts", Caption: T(ctx, "guarantee.debts"), Hidden: true, Pager: Pager{NeverTurnPage: true},
		Columns: []Column{{Title: T(ctx, "column.due")}, {Title: T(ctx, "due.what")}, {Title: T(ctx, "due.held"), Number: true}},
		Rows:    []Row{{Href: "/gallery/life", Cells: []templ.Component{Text("2026-12-05"), Text(T(ctx, "duty.pay")), Number(Amount(41_260_000, "CNY"))}}},
	}
	debts := []guarantee.Due{{Day: clock.MustDate("2026-12-05"), Kind: "tax", Owed: num.Money(41_260_000), Held: 41_260_000}}
	p.Forecast = exposureTable(ctx, g.Exposure(guarantee.Standing{Limit: g.Limit, Held: p.Held, Used: p.Used, Free: p.Free}, clock.MustDate("2026-11-23"), debts))
	p.File = "/gallery/guarantee"
	p.Alarms = coverWarnings(ctx, &g, guarantee.Standing{Limit: g.Limit, Free: 6_740_000}, []string{guarantee.AlarmExpires, guarantee.AlarmShort})
	p.OnWay = []Link{{T(ctx, "motion.guarantee.change"), "/gallery/proposal"}}
	p.Acts = actsForm{Path: "/guarantees/gallery", Key: "gallery", Fields: coverFields(ctx), Acts: []Act{
		{Text: T(ctx, "guarantee.change"), Form: "acts", Name: "act", Value: "change"},
		{Text: T(ctx, "guarantee.end"), Form: "acts", Name: "act", Value: "end", Danger: true},
		{Text: T(ctx, "guarantee.return"), Form: "acts", Name: "act", Value: "return", Danger: true},
	}}
	page := guaranteeHead(ctx, p)
	page.Facts[0].Value = Code(g.Enterprise)
	return Specimen{Name: "guarantee", Title: "object.guarantee", Page: page, Body: guaranteeBody(*p)}
}

func galleryGuaranteeForm(ctx context.Context) Specimen {
	faults := fault.List{fault.New(fault.Invalid, "GUARANTEE-FIELD-02", "/liability", "a letter of guarantee must name beneficiary, obligation and liability",
		"ask the guarantor for a letter that does (Regulations on Guarantees for Customs Affairs, art. 13)")}
	f := newGuaranteeForm(ctx, url.Values{"number": {"G2026000117"}, "guarantor": {"Bank of Shanghai"}, "limit": {"1,000,000.00"}, "beneficiary": {"on"}}, faults, clock.MustDate("2026-11-23"))
	f.Key = "gallery"
	page := guaranteeFormHead(ctx)
	page.Faults = faults
	return Specimen{Name: "guarantee-form", Title: "guarantee.new", Page: page, Body: guaranteeFormBody(f)}
}
