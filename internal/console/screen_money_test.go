package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/review"
	"seine/internal/treasury"
)

// taxed lodges an import that passes, and gives its bill.
func (z *zone) taxed(lading string) (id string, b revenue.TaxBill) {
	z.t.Helper()
	z.judge(false)
	d := z.lodge(z.paper("import-direct", z.owner, "", "", lading, "10", "1000", juice(1, "900")))
	ids, err := z.store.Find(z.t.Context(), dossier.TaxBill, "declaration", d.ID, 1)
	if err != nil || len(ids) != 1 {
		z.t.Fatal(ids, err)
	}
	return ids[0], z.billOf(ids[0])
}

func (z *zone) billOf(id string) (b revenue.TaxBill) {
	z.t.Helper()
	if _, err := z.store.Load(z.t.Context(), dossier.TaxBill, id, &b); err != nil {
		z.t.Fatal(err)
	}
	return b
}

// pays lets a bank tell that a bill was paid.
func (z *zone) pays(reference, bill string, amount num.Money) treasury.PaymentReply {
	z.t.Helper()
	teller := decision.Actor{ID: "BANKA", Kind: journal.System, Posts: []string{string(party.BankPost)}}
	return reply[treasury.PaymentReply](z)(z.money.Pay(z.t.Context(), z.command("payment.tell"), teller, treasury.Payment{
		TaxBill: bill, Amount: amount, BankRef: reference, PaidOn: z.clock.Now().Date(), Payer: z.owner,
	}))
}

func fieldFault(t *testing.T, w *httptest.ResponseRecorder, code, path string) {
	t.Helper()
	if body := w.Body.String(); w.Code < 400 || !strings.Contains(body, code) || path != "" && !strings.Contains(body, `href="#`+FieldID(path)+`"`) {
		t.Errorf("%s at %s is not told beside its field: %d %s", code, path, w.Code, refusalOf(body))
	}
}

func TestTaxIsGivenBackByTwoOfficersOnScreen(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	id, b := z.taxed("COSU2")
	path := "/tax-bills/" + id
	tax := z.pages(people["tax"])
	if body := get(t, tax, path).Body.String(); !strings.Contains(body, "Nothing was paid yet") || !strings.Contains(body, "Nothing was paid that could be given back.") || strings.Contains(body, `id="supplement" class`) {
		t.Error("an unpaid bill offers what cannot be proposed")
	}
	z.pays("P1", b.Number, b.Total)
	if w := get(t, tax, "/tax-bills/"+b.Number); w.Code != http.StatusOK {
		t.Fatalf("by its number: %d", w.Code)
	}
	body := get(t, tax, path).Body.String()
	for _, want := range []string{"P1", "The payer", Amount(b.Total, "CNY"), `href="/life/tax_bill/`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	form := formOf(t, body, "refund")
	fieldFault(t, post(t, tax, path, with(form, "amount", "", "reason", "r")), "CONSOLE-AMOUNT-01", "/amount")
	fieldFault(t, post(t, tax, path, with(form, "amount", "ten", "reason", "r")), "NUM-", "/amount")
	fieldFault(t, post(t, tax, path, with(form, "amount", "0.00", "reason", "r")), "REVENUE-REFUND-02", "/amount")
	fieldFault(t, post(t, tax, path, with(form, "amount", "999,999.00", "reason", "r")), "REVENUE-REFUND-02", "/amount")
	fieldFault(t, post(t, tax, path, with(form, "amount", "10.00")), "REVENUE-REASON-01", "/reason")
	fieldFault(t, post(t, tax, path, with(form, "act", "melt")), "CONSOLE-PAPER-01", "")
	w := post(t, tax, path, with(form, "amount", "１,000.00", "reason", "the origin was proven late"))
	proposal := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(proposal, "/proposals/") {
		t.Fatalf("%d %q %s", w.Code, proposal, refusalOf(w.Body.String()))
	}
	if got := z.billOf(id); got.Claimed != 100_000 || got.Refunded != 0 {
		t.Errorf("claimed %s, refunded %s", got.Claimed.Fixed(), got.Refunded.Fixed())
	}
	var doc deliberation.Proposed
	if _, err := z.store.Load(t.Context(), dossier.Proposal, strings.TrimPrefix(proposal, "/proposals/"), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Second != "t2" {
		t.Fatalf("drawn: %q", doc.Second)
	}
	second := z.pages(people["tax2"])
	body = get(t, second, proposal).Body.String()
	for _, want := range []string{"Give tax back", Amount(100_000, "CNY"), b.Number, "the origin was proven late"} {
		if !strings.Contains(body, want) {
			t.Errorf("the second officer does not see %q", want)
		}
	}
	own := post(t, tax, proposal, with(formOf(t, body, "acts"), "act", "agree", "reason", "fine"))
	if own.Code < 400 {
		t.Errorf("who proposed it agrees: %d", own.Code)
	}
	if w = post(t, second, proposal, with(formOf(t, body, "acts"), "act", "agree", "reason", "the certificate is genuine")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if got := z.billOf(id); got.Refunded != 100_000 || got.Claimed != 0 {
		t.Errorf("refunded %s", got.Refunded.Fixed())
	}
	if body = get(t, tax, path).Body.String(); !strings.Contains(body, "Bank pays out") {
		t.Error("the refund does not stand on the bill's page")
	}
	for name, code := range map[string]int{"enterprise": http.StatusOK, "other": http.StatusNotFound, "auditor": http.StatusOK, "lane": http.StatusForbidden} {
		if w := get(t, z.pages(people[name]), path); w.Code != code {
			t.Errorf("%s reads the bill: %d", name, w.Code)
		} else if code == http.StatusOK && strings.Contains(w.Body.String(), `id="refund"`) {
			t.Errorf("%s is offered a refund", name)
		}
		if w := post(t, z.pages(people[name]), path, with(form, "amount", "1.00", "reason", "mine")); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s proposes a refund: %d", name, w.Code)
		}
	}
}

func TestShortTaxIsAskedForByTwoOfficersOnScreen(t *testing.T) {
	z := newZone(t)
	z.live()
	id, b := z.taxed("COSU2")
	z.pays("P1", b.Number, b.Total)
	path, tax := "/tax-bills/"+id, z.pages(z.people()["tax"])
	form := formOf(t, get(t, tax, path).Body.String(), "supplement")
	fieldFault(t, post(t, tax, path, with(form, "why", "short")), "REVENUE-SUPPLEMENT-02", "/short/duty")
	fieldFault(t, post(t, tax, path, with(form, "short/vat", "x", "why", "short")), "NUM-", "/short/vat")
	fieldFault(t, post(t, tax, path, with(form, "short/vat", "-1", "why", "short")), "REVENUE-LINE-01", "/short/vat")
	fieldFault(t, post(t, tax, path, with(form, "short/vat", "20.00")), "REVENUE-REASON-01", "/why")
	w := post(t, tax, path, with(form, "short/duty", "100.00", "short/vat", "13.00", "breach", "on", "why", "the freight was left out"))
	proposal := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(proposal, "/proposals/") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	second := z.pages(z.people()["tax2"])
	body := get(t, second, proposal).Body.String()
	for _, want := range []string{"Ask for short tax", Amount(10_000, "CNY"), "The payer broke rules"} {
		if !strings.Contains(body, want) {
			t.Errorf("the second officer does not see %q", want)
		}
	}
	if w = post(t, second, proposal, with(formOf(t, body, "acts"), "act", "agree", "reason", "the invoice of the carrier shows it")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if got := z.billOf(id); got.State != revenue.Supplemented {
		t.Errorf("the first bill is %s", got.State)
	}
	body = get(t, tax, path).Body.String()
	if !strings.Contains(body, "Further bills for short tax") || !strings.Contains(body, Amount(11_300, "CNY")) {
		t.Error("the further bill does not stand on the page of the first")
	}
}

func TestStatementsCoverAndForecastAreReadByTheEnterprise(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	_, b := z.taxed("COSU2")
	month, number := clock.MustDate("2026-11-01"), "S202611"+zoneOffice+"-"+z.owner
	st, err := revenue.NewStatement(z.owner, zoneOffice, month, clock.MustDate("2026-12-07"), z.clock.Now(), []revenue.TaxBill{b})
	if err != nil {
		t.Fatal(err)
	}
	if st.Number != number {
		t.Fatal(st.Number)
	}
	z.spoiled = append(z.spoiled, "CHK-MONEY-05") // a statement that no story made out
	z.put(dossier.Statement, "s1", st)
	own := z.pages(people["enterprise"])
	if body := get(t, own, "/due?view=statements").Body.String(); !strings.Contains(body, `href="/statements/`+number) || !strings.Contains(body, "2026-12-07") {
		t.Error("the list lacks the statement with its due day")
	}
	body := get(t, own, "/statements/"+number).Body.String()
	for _, want := range []string{"Statement of 2026-11", b.Number, "2026-12-07", `href="/api/v1/statements/` + number + `/statement.csv"`, `statement.xlsx`} {
		if !strings.Contains(body, want) {
			t.Errorf("the statement lacks %q", want)
		}
	}
	body = get(t, own, "/guarantees/G1").Body.String()
	for _, want := range []string{"Bank of Shanghai", `href="/api/v1/guarantees/G1/exposure/exposure.csv"`, Amount(100_000_000, "CNY")} {
		if !strings.Contains(body, want) {
			t.Errorf("the guarantee lacks %q", want)
		}
	}
	body = get(t, own, "/forecast").Body.String()
	for _, want := range []string{"What is owed and when", Amount(b.Total, "CNY"), `/api/v1/dues/dues.csv?enterprise=` + z.owner, "Due within 30 days"} {
		if !strings.Contains(body, want) {
			t.Errorf("the forecast lacks %q", want)
		}
	}
	if body := get(t, z.pages(people["tax"]), "/forecast").Body.String(); !strings.Contains(body, `name="enterprise"`) {
		t.Error("staff are not asked whose dues")
	}
	if w := get(t, z.pages(people["tax"]), "/forecast?enterprise="+z.owner); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), b.Number[len(b.Number)-6:]) {
		t.Errorf("staff: %d", w.Code)
	}
	for _, page := range []string{"/statements/" + number, "/guarantees/G1", "/forecast?enterprise=" + z.owner} {
		if w := get(t, z.pages(people["other"]), page); w.Code != http.StatusNotFound && w.Code != http.StatusForbidden {
			t.Errorf("another enterprise reads %s: %d", page, w.Code)
		}
	}
	if w := get(t, own, "/statements/S0"); w.Code != http.StatusNotFound {
		t.Errorf("no statement: %d", w.Code)
	}
}

func TestAGuaranteeTellsThatItEnds(t *testing.T) {
	z := newZone(t)
	z.live()
	z.clock.Advance(clock.MustDate("2027-12-20").Start().Time().Sub(z.clock.Now().Time()))
	if body := get(t, z.pages(z.people()["enterprise"]), "/guarantees/G1").Body.String(); !strings.Contains(body, "Its term ends on 2027-12-31") {
		t.Error("the end of the term is not told")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestAnExcessPaymentIsUsedOrGivenBackOnScreen(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	_, b := z.taxed("COSU2")
	z.pays("P1", b.Number, b.Total+50_000)
	tax := z.pages(people["tax"])
	list := get(t, tax, "/due?view=payments").Body.String()
	i := strings.Index(list, `href="/payments/`)
	if i < 0 {
		t.Fatal("the list lacks the payment")
	}
	path, _, _ := strings.Cut(list[i+len(`href="`):], `"`)
	body := get(t, tax, path).Body.String()
	for _, want := range []string{"Paid too much", Amount(50_000, "CNY"), b.Number} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	form := formOf(t, body, "acts")
	fieldFault(t, post(t, tax, path, with(form, "act", "use", "taxBill", "T0", "reason", "r")), "TREASURY-USE-01", "/taxBill")
	fieldFault(t, post(t, tax, path, with(form, "act", "return")), "TREASURY-REASON-01", "/reason")
	if w := get(t, z.pages(people["enterprise"]), "/due?view=payments"); strings.Contains(w.Body.String(), `aria-current="page">Payments left over`) {
		t.Error("an enterprise is offered the payments of all")
	}
	w := post(t, tax, path, with(form, "act", "return", "reason", "the payer asks for it"))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	ids := must(z.store.Find(t.Context(), dossier.Proposal, "first", "t1", 5))
	if len(ids) != 1 {
		t.Fatal(ids)
	}
	second := z.pages(people["tax2"])
	body = get(t, second, "/proposals/"+ids[0]).Body.String()
	if !strings.Contains(body, "Give an excess payment back") || !strings.Contains(body, Amount(50_000, "CNY")) {
		t.Error("the second officer does not see what goes back")
	}
	if w = post(t, second, "/proposals/"+ids[0], with(formOf(t, body, "acts"), "act", "return", "reason", "ask the bank first")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	var doc deliberation.Proposed
	if _, err := z.store.Load(t.Context(), dossier.Proposal, ids[0], &doc); err != nil || doc.Proposal.State != review.Returned {
		t.Errorf("%s %v", doc.Proposal.State, err)
	}
}

func TestADifferenceOfSelfDeclaredTaxIsSettledOnScreen(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	z.put(dossier.TaxDifference, "d1", revenue.TaxDifference{
		ID: "d1", Declaration: z.released, Number: "2218X", Enterprise: z.owner, Office: zoneOffice, At: z.clock.Now(), Band: revenue.Manual, State: revenue.DifferenceOpen,
		Compared: revenue.SelfComparison{Band: revenue.Manual, Short: 200_000, Bound: 100_000, Lines: []revenue.SelfLine{{Tax: "duty", Declared: 300_000, Computed: 500_000}}},
	})
	tax := z.pages(people["tax"])
	if body := get(t, tax, "/due?view=differences").Body.String(); !strings.Contains(body, `href="/differences/d1"`) || !strings.Contains(body, "Officer looks first") {
		t.Error("the list lacks the difference")
	}
	body := get(t, tax, "/differences/d1").Body.String()
	for _, want := range []string{Amount(300_000, "CNY"), Amount(500_000, "CNY"), "Declared by the enterprise"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	form := with(formOf(t, body, "acts"), "act", "settle")
	fieldFault(t, post(t, tax, "/differences/d1", form), "REVENUE-REASON-02", "/reason")
	for _, who := range []string{"officer", "enterprise", "other", "auditor"} {
		if w := post(t, z.pages(people[who]), "/differences/d1", with(form, "reason", "mine")); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
			t.Errorf("%s settles it: %d", who, w.Code)
		}
	}
	if w := post(t, tax, "/differences/d1", with(form, "reason", "the enterprise pays the rest")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body = get(t, tax, "/differences/d1").Body.String(); !strings.Contains(body, "the enterprise pays the rest") || strings.Contains(body, `id="acts"`) {
		t.Error("a settled difference does not show why, or can be settled again")
	}
}

func TestADayIsComparedAgainOnItsPage(t *testing.T) {
	z := newZone(t)
	z.live()
	tax := z.pages(z.people()["tax"])
	if body := get(t, tax, "/due").Body.String(); !strings.Contains(body, `href="/reconciliations"`) {
		t.Error("the navigation does not lead to the reconciliations")
	}
	const id = "BANKA|2026-11-23"
	path, day := "/reconciliations/"+url.PathEscape(id), clock.MustDate("2026-11-23")
	z.put(dossier.Reconciliation, id, bank.Reconciliation{
		ID: id, Bank: "BANKA", Day: day, State: bank.ReconciliationOpen,
		Statement: bank.DayStatement{Day: day, Closing: 10_000, Lines: []bank.DayLine{{Reference: "P1", In: true, Amount: 10_000, TaxBill: "T1"}}},
	})
	form := with(formOf(t, get(t, tax, path).Body.String(), "acts"), "act", "compare")
	if w := post(t, z.pages(z.people()["officer"]), path, form); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound {
		t.Errorf("another officer compares: %d", w.Code)
	}
	if w := post(t, tax, path, form); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, tax, path).Body.String(); !strings.Contains(body, "the bank has it, no message came") {
		t.Error("the day was not compared")
	}
}

func TestTheWorkingIsOfferedAsPDF(t *testing.T) {
	z := newZone(t)
	z.live()
	id, b := z.taxed("COSU2")
	own := z.pages(z.people()["enterprise"])
	want := `href="/api/v1/declarations/` + b.Declaration + `/working.pdf?language=`
	for _, page := range []string{"/tax-bills/" + id, "/declarations/" + b.Declaration} {
		if body := get(t, own, page).Body.String(); !strings.Contains(body, want) {
			t.Errorf("%s offers no PDF", page)
		}
	}
	body := get(t, own, "/tariff?code=2009110000&origin=US&price=5%2C000&day=2026-11-23").Body.String()
	if !strings.Contains(body, `href="/tariff/working.pdf?code=2009110000`) {
		t.Error("the calculator offers no PDF")
	}
	if w := get(t, own, "/tariff/working.pdf?code=2009110000&origin=US&price=5%2C000&day=2026-11-23"); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF-") {
		t.Errorf("%d %s", w.Code, w.Header().Get("Content-Type"))
	}
	for _, bad := range []string{"", "?code=2009110000", "?code=99&price=1", "?code=2009110000&origin=US&price=x"} {
		if w := get(t, own, "/tariff/working.pdf"+bad); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusNotFound {
			t.Errorf("%q: %d", bad, w.Code)
		}
	}
}
