package httpapi_test

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/httpapi"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/treasury"
)

// documented gives the routes of docs/openapi.json that write.
func documented() ([]string, error) {
	text, err := os.ReadFile("../../docs/openapi.json")
	if err != nil {
		return nil, err
	}
	var page struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return nil, err
	}
	var all []string
	for path, methods := range page.Paths {
		for method := range methods {
			if m := strings.ToUpper(method); m == http.MethodPost || m == http.MethodPut {
				all = append(all, m+" "+path)
			}
		}
	}
	slices.Sort(all)
	return all, nil
}

// free are routes that somebody without an account uses: to sign in, and out.
var free = []string{"POST /api/v1/sign-in", "POST /api/v1/sign-in/link", "POST /api/v1/sign-out", "POST /api/v1/token"}

// Every route that writes refuses who is not signed in, and, where it takes JSON, a
// member that it does not know, by its place.
func TestEveryRouteThatWritesKnowsItsCallerAndItsBody(t *testing.T) {
	h := open(t)
	all, err := documented()
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range all {
		method, path, _ := strings.Cut(route, " ")
		for _, name := range []string{"id", "sequence", "amendment", "delivery", "period", "code", "line", "number", "kind"} {
			path = strings.ReplaceAll(path, "{"+name+"}", "1")
		}
		if strings.Contains(path, "{") {
			t.Fatalf("what stands for the place in %s?", path)
		}
		public := slices.Contains(free, route)
		if a := h.ask(asked{}, method, path, `{}`); !public && a.Status != http.StatusUnauthorized {
			t.Errorf("%s without an account: %d %s", route, a.Status, a.Body)
		}
		a := h.ask(asked{who: "trader"}, method, path, `{"nonsense":1}`)
		if (a.Status < 400 || a.Status >= 500) && !public {
			t.Errorf("%s with nonsense: %d %s", route, a.Status, a.Body)
		}
		if a.Status == http.StatusUnprocessableEntity && strings.Contains(string(a.Body), "HTTP-JSON-02") {
			a.refused(http.StatusUnprocessableEntity, "HTTP-JSON-02", "/nonsense")
		}
	}
}

// distrusted gives the trader a grade whose papers officers read.
func (h *house) distrusted() {
	h.t.Helper()
	h.spoiled = append(h.spoiled, check.StateGrade)
	h.must(h.app.Store.Decide(h.t.Context(), h.command("grade"), func(v decision.View) (decision.Outcome, error) {
		ids, err := v.Find(dossier.Enterprise, "credit_code", trader, 1)
		if err != nil || len(ids) != 1 {
			return decision.Outcome{}, err
		}
		e, version, err := decision.Load[party.Enterprise](v, dossier.Enterprise, ids[0])
		e.Grades = []party.GradeChange{{Grade: "dishonest", From: clock.MustDate("2022-01-01"), Reason: "test"}}
		told := decision.Entry(v, decision.System, "test.put", journal.Ref{Kind: "enterprise", ID: ids[0]})
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Enterprise, ID: ids[0], Version: version, Body: e}}, Entries: []journal.Entry{told}}, err
	}))
}

// A list that customs returned is filed anew under its id, read again, and in the
// end voided by two officers.
func TestAReturnedListIsRevisedOverItsDoor(t *testing.T) {
	h := open(t)
	number := h.workshop()
	h.distrusted()
	const path = "/api/v1/verification-lists"
	var listed bonded.Reply
	h.post("trader", path, sold(number, "")).into(http.StatusCreated, &listed)
	if len(listed.Waits) == 0 {
		t.Fatalf("the list of a distrusted enterprise is read by nobody: %+v", listed)
	}
	acts, revision := path+"/"+listed.ID+"/acts", path+"/"+listed.ID+"/revision"
	act := func(name string) map[string]string { return map[string]string{"act": name, "reason": "as discussed"} }
	h.post("trader", revision, sold(number, "")).refused(http.StatusConflict, "BOOK-LIFECYCLE-02", "")
	h.post("trader", acts, act("return")).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1001", acts, map[string]string{"act": "return"}).refused(http.StatusUnprocessableEntity, "BONDED-REASON-01", "/reason")
	h.post("1001", acts, act("burn")).refused(http.StatusUnprocessableEntity, "HTTP-ACT-01", "/act")
	h.post("1001", acts, act("return")).into(http.StatusOK, nil)

	bad := sold(number, "")
	bad.List.Lines[0].Quantity = 0
	h.post("trader", revision, bad).refused(http.StatusUnprocessableEntity, "BOOK-LIST-06", "/list/lines/0/quantity")
	h.post("carrier", revision, sold(number, "")).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1001", revision, sold(number, "")).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	better := sold(number, "")
	better.List.InternalNumber = "second try"
	var revised bonded.Reply
	h.post("trader", revision, better).into(http.StatusOK, &revised)
	var list bonded.List
	h.get("trader", path+"/"+listed.ID).into(http.StatusOK, &list)
	if revised.ID != listed.ID || list.InternalNumber != "second try" || len(list.Earlier) != 1 {
		t.Errorf("%+v, %d earlier versions", revised, len(list.Earlier))
	}
	h.post("1001", acts, act("approve")).into(http.StatusOK, nil)
	h.post("trader", acts, act("ask_void")).into(http.StatusOK, nil)
	var p deliberation.Reply
	h.post("1001", acts, act("propose_void")).into(http.StatusOK, &p)
	if p.Second == "" {
		t.Errorf("%+v", p)
	}
}

// What a payment left over is used or given back, and tax of a bill is refunded or
// asked for, by tax officers alone.
func TestMoneyIsGivenBackAndAskedForOverItsDoor(t *testing.T) {
	h := open(t)
	h.must(h.app.Registry.Appoint(t.Context(), h.command("officer.appoint"), decision.System, party.Officer{
		Number: "1013", Name: "关员1013", Posts: []party.PostID{party.TaxOfficer}, Unit: "zone-customs", Office: "2218", Areas: []string{party.AnyArea}, OnDuty: true,
	}))
	if err := h.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, second := h.passed("trader"), h.passed("trader")
	pay := func(bill string, amount num.Money, reference string) (r treasury.PaymentReply) {
		t.Helper()
		h.post("bank", "/api/v1/payments", treasury.Payment{TaxBill: bill, Amount: amount, BankRef: reference}).into(http.StatusCreated, &r)
		return r
	}
	h.post("bank", "/api/v1/payments", `{"taxBill":"x","amount":"1.234"}`).refused(http.StatusUnprocessableEntity, "NUM-DECIMALS-01", "/amount")
	left := func(amount num.Money) string {
		t.Helper()
		var page struct{ Items []revenue.Payment }
		h.get("1009", "/api/v1/payments").into(http.StatusOK, &page)
		for _, p := range page.Items {
			if p.Left == amount {
				return "/api/v1/payments/" + p.ID
			}
		}
		t.Fatalf("no payment left %s: %+v", amount.Fixed(), page.Items)
		return ""
	}
	pay(first.TaxBill, first.Total+500_00, "B-1")
	path := left(500_00)
	use := map[string]string{"taxBill": second.TaxBill, "reason": "asked by the payer"}
	h.post("trader", path+"/use", use).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("carrier", path+"/use", use).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1009", path+"/use", map[string]string{"taxBill": second.TaxBill}).refused(http.StatusUnprocessableEntity, "TREASURY-REASON-01", "/reason")
	h.post("trader", path+"/return", treasury.RefundRequest{Reason: "mine"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1009", path+"/return", treasury.RefundRequest{Amount: 501_00, Reason: "too much"}).refused(http.StatusConflict, "REVENUE-EXCESS-01", "/amount")
	var p deliberation.Reply
	h.post("1009", path+"/use", use).into(http.StatusOK, nil)
	pay(second.TaxBill, second.Total-500_00+200_00, "B-2")
	h.post("1009", left(200_00)+"/return", treasury.RefundRequest{Reason: "asked by the payer"}).into(http.StatusAccepted, &p)

	bills := "/api/v1/tax-bills/" + first.TaxBill
	h.post("trader", bills+"/refunds", treasury.RefundRequest{Amount: 1_00, Reason: "mine"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1009", bills+"/refunds", treasury.RefundRequest{Amount: first.Total + 1, Reason: "more than was paid"}).refused(http.StatusConflict, "REVENUE-REFUND-02", "/amount")
	h.post("1009", bills+"/refunds", treasury.RefundRequest{Amount: 1_00, Reason: "rounded"}).into(http.StatusAccepted, &p)
	more := treasury.SupplementRequest{Lines: []revenue.Line{{Tax: "duty", Amount: 10_00}}, Reason: "the freight was left out"}
	h.post("trader", bills+"/supplements", more).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	none := more
	none.Lines = nil
	h.post("1009", bills+"/supplements", none).refused(http.StatusUnprocessableEntity, "REVENUE-SUPPLEMENT-02", "/lines")
	h.post("1009", bills+"/supplements", more).into(http.StatusAccepted, &p)
}

// Goods of a bill of lading are applied for before they are declared, by who may have
// them.
func TestALadingApplicationOverItsDoor(t *testing.T) {
	h := open(t)
	var filed bonded.Reply
	h.post("trader", "/api/v1/books", book.Book{
		Kind: book.Logistics, Posting: book.ByPart, CompetentOffice: "2218",
		Lines: []book.Line{{Number: 1, Kind: book.Part, Commodity: "2009110000", Name: "frozen orange juice", Unit: "KGM", Currency: "USD"}},
	}).into(http.StatusCreated, &filed)
	day := h.app.Clock.Now().Date()
	ship := map[string]any{
		"id": "MCOSU1", "kind": "original", "transport": map[string]any{"mode": "1", "meansId": "9074729", "meansName": "EVER GIVEN", "journey": "012E"}, "office": "2225",
		"portOfDischarge": "CNSHA", "portOfLoading": "USNYC", "arrivalEstimated": day.String(),
		"consignments": []any{map[string]any{
			"number": "COSU1", "type": "straight", "consignor": map[string]any{"name": "A"}, "consignee": map[string]any{"code": trader, "name": "测试贸易"}, "packages": 100, "grossMass": "1000",
			"goods": []any{map[string]any{"number": 1, "description": "frozen orange juice", "hs": "200911", "packages": "100", "grossMass": "1000"}},
		}},
	}
	var taken httpapi.Taken
	h.post("carrier", "/api/v1/manifests", ship).into(http.StatusCreated, &taken)
	d := h.bill()
	d.Kind, d.Procedure, d.BillOfLading, d.BookNumber, d.Transport, d.EntryOffice = declaration.FilingBill, "enter-first", "COSU1", filed.Number, declaration.Transport{Mode: "2", Voyage: "012E", Name: "EVER GIVEN"}, "2225"
	d.Packages, d.GrossMass, d.Manifest = 100*num.OneQuantity, 1000*num.OneQuantity, taken.Manifests[0].Reply.Number
	ask := bonded.LadingRequest{Content: d, Procedure: "enter-first", Guarantee: "G1"}
	const path = "/api/v1/lading-applications"
	h.post("broker", path, ask).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	wrong := ask
	wrong.Content.BillOfLading = "COSU9"
	a := h.post("trader", path, wrong)
	if a.Status < 400 || !strings.Contains(string(a.Body), `"/content/billOfLading"`) {
		t.Errorf("a bill of lading on no manifest: %d %s", a.Status, a.Body)
	}
	var applied bonded.Reply
	h.post("trader", path, ask).into(http.StatusCreated, &applied)
	acts := path + "/" + applied.ID + "/acts"
	arrive := map[string]any{"act": "arrive", "arrived": bonded.Amounts{Packages: 100 * num.OneQuantity, GrossMass: 1000 * num.OneQuantity}}
	h.post("carrier", acts, arrive).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("trader", acts, map[string]string{"act": "agree", "reason": "r"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("trader", acts, map[string]string{"act": "sail"}).refused(http.StatusUnprocessableEntity, "HTTP-ACT-01", "/act")
	h.post("trader", acts, arrive).refused(http.StatusConflict, "BONDED-ARRIVE-01", "/arrived/packages")
}
