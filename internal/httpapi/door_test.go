package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/httpapi"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/risk"
	"seine/internal/store"
	"seine/internal/treasury"
)

// lodge lodges and gives the reply.
func (h *house) lodge(who string, d declaration.Declaration, guarantee string) (r clearance.LodgeReply) {
	h.t.Helper()
	h.post(who, "/api/v1/declarations", lodging(d, guarantee)).into(http.StatusCreated, &r)
	return r
}

// passed lodges until the random draw lets one pass: some are drawn for a check
// whatever they hold.
func (h *house) passed(who string) (r clearance.LodgeReply) {
	h.t.Helper()
	for range 50 {
		if r = h.lodge(who, h.bill(), ""); r.Channel == risk.Green {
			return r
		}
	}
	h.t.Fatalf("none of 50 passes: %+v", r)
	return r
}

func TestOneDeclarationGoesItsWholeWayOverTheDoor(t *testing.T) {
	h := open(t)
	reply := h.passed("trader")
	if reply.State != declaration.Taxed || reply.TaxBill == "" || reply.Channel != risk.Green {
		t.Fatalf("%+v", reply)
	}
	var doc declaration.Declaration
	shown := h.get("trader", "/api/v1/declarations/"+reply.ID)
	shown.into(http.StatusOK, &doc)
	if shown.Header.Get("ETag") != `"1"` || doc.Number != reply.Number {
		t.Fatalf("ETag %s, number %s", shown.Header.Get("ETag"), doc.Number)
	}
	h.get("trader", "/api/v1/declarations/"+reply.Number).into(http.StatusOK, &doc) // by official number too

	var why httpapi.Why
	h.get("trader", "/api/v1/declarations/"+reply.ID+"/assessment").into(http.StatusOK, &why)
	if why.Facts != nil || why.Verdict.Draw.Period != "" || why.Total != "2775.23" || !bytes.Contains(why.Working, []byte("969.23")) {
		t.Errorf("the declarant sees %s", text(why))
	}
	h.get("1004", "/api/v1/declarations/"+reply.ID+"/assessment").into(http.StatusOK, &why)
	if why.Verdict.Draw.Period == "" {
		t.Error("the analyst does not see the draw")
	}

	var bills struct {
		Items []struct{ Number, State, Total string }
	}
	h.get("trader", "/api/v1/tax-bills?open=true").into(http.StatusOK, &bills)
	if len(bills.Items) == 0 || bills.Items[0].Number != reply.TaxBill {
		t.Fatalf("%+v", bills)
	}
	payment := treasury.Payment{TaxBill: reply.TaxBill, Amount: reply.Total, BankRef: "B-1"}
	h.post("trader", "/api/v1/payments", payment).refused(http.StatusForbidden, "HTTP-BANK-01", "")
	var paid treasury.PaymentReply
	h.post("bank", "/api/v1/payments", payment).into(http.StatusCreated, &paid)
	if paid.Released != declaration.Released {
		t.Fatalf("%+v", paid)
	}

	var line struct{ Items []journal.Entry }
	h.get("trader", "/api/v1/declarations/"+reply.ID+"/life-line").into(http.StatusOK, &line)
	var types []string
	for _, e := range line.Items {
		types = append(types, e.Type)
	}
	for _, want := range []string{"declaration.accepted", "tax-bill.issued", "tax-bill.paid", "declaration.released"} {
		if !strings.Contains(strings.Join(types, " "), want) {
			t.Errorf("no %s in %v", want, types)
		}
	}
}

func TestWhatAnotherEnterpriseOwnsIsNotThere(t *testing.T) {
	h := open(t)
	reply := h.lodge("trader", h.bill(), "")
	never := h.get("broker", "/api/v1/declarations/1zzzzzzzzzzzzz").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	there := h.get("broker", "/api/v1/declarations/"+reply.ID).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	if strings.Replace(there.Detail, reply.ID, "1zzzzzzzzzzzzz", 1) != never.Detail {
		t.Errorf("“%s” tells more than “%s”", there.Detail, never.Detail)
	}
	for _, path := range []string{"/assessment", "/life-line"} {
		h.get("broker", "/api/v1/declarations/"+reply.ID+path).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	}
	h.post("broker", "/api/v1/declarations/"+reply.ID+"/acts", map[string]string{"act": "release", "reason": "x"}).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	var page struct{ Items []json.RawMessage }
	h.get("broker", "/api/v1/declarations").into(http.StatusOK, &page)
	h.get("broker", "/api/v1/declarations?enterprise="+trader).into(http.StatusOK, &page)
	if len(page.Items) != 0 {
		t.Errorf("a stranger lists %s", page.Items)
	}
	h.post("broker", "/api/v1/declarations", lodging(h.bill(), "")).refused(http.StatusForbidden, "HTTP-MANDATE-01", "/declaration/consignee")
	// The trader sees its own, and may not act as customs do.
	h.post("trader", "/api/v1/declarations/"+reply.ID+"/acts", map[string]string{"act": "release", "reason": "x"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")

	// With a mandate the broker lodges and sees; without, no longer.
	e := party.Enterprise{}
	if _, err := h.app.Store.Load(t.Context(), "enterprise", trader, &e); err != nil {
		t.Fatal(err)
	}
	e.Agencies = []party.Agency{{Agent: broker, Scope: []string{"declaration"}, From: clock.MustDate("2026-01-01"), Mandate: "M1"}}
	h.post("1001", "/api/v1/enterprises", e).into(http.StatusCreated, nil)
	d := h.bill()
	d.Declarant.CreditCode = broker
	lodged := h.lodge("broker", d, "")
	h.get("broker", "/api/v1/declarations/"+reply.ID).into(http.StatusOK, nil)
	eventually(t, "the broker's list", func() bool {
		h.get("broker", "/api/v1/declarations").into(http.StatusOK, &page)
		return len(page.Items) == 1
	})
	if !strings.Contains(string(page.Items[0]), lodged.ID) {
		t.Errorf("%s", page.Items)
	}
}

func TestWithoutSigningInNothingIsShown(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/api/v1/declarations", "/api/v1/me", "/api/v1/journal", "/api/v1/tariff?q=pump", "/api/v1/events"} {
		r := h.get("", path)
		r.refused(http.StatusUnauthorized, "HTTP-AUTH-01", "")
		if r.Header.Get("WWW-Authenticate") == "" {
			t.Error("no challenge")
		}
	}
	h.tokens["old"] = "seine1.dHJhZGVy.1.AAAA"
	h.get("old", "/api/v1/me").refused(http.StatusUnauthorized, "IDENTITY-TOKEN-01", "")
	h.get("", "/healthz").into(http.StatusOK, nil)
	h.get("", "/readyz").into(http.StatusOK, nil)
	h.get("", "/api/v1/nowhere").refused(http.StatusNotFound, "HTTP-ROUTE-01", "")
	h.ask(asked{}, http.MethodDelete, "/api/v1/declarations", nil).refused(http.StatusMethodNotAllowed, "HTTP-METHOD-01", "")
	if r := h.get("", "/metrics"); !bytes.Contains(r.Body, []byte(`seine_http_requests_total{route="GET /api/v1/me",status="401"}`)) {
		t.Errorf("%s", r.Body)
	}
}

func TestWrongInputIsNamedByFieldAndNothingIsDone(t *testing.T) {
	h := open(t)
	send := func(body any) answer { return h.post("trader", "/api/v1/declarations", body) }
	garbage := make([]byte, 10<<20)
	random := rand.NewChaCha8([32]byte{7})
	random.Read(garbage)

	send(garbage).refused(http.StatusRequestEntityTooLarge, "HTTP-BODY-01", "")
	send(garbage[:500_000]).refused(http.StatusBadRequest, "HTTP-JSON-01", "")
	send("").refused(http.StatusBadRequest, "HTTP-JSON-01", "")
	send(`{"declaration":{}} {}`).refused(http.StatusBadRequest, "HTTP-JSON-01", "")
	h.ask(asked{who: "trader", kind: "text/plain"}, http.MethodPost, "/api/v1/declarations", "x").refused(http.StatusUnsupportedMediaType, "HTTP-BODY-02", "")
	for kind, code := range map[string]string{"application/json": "TEXT-BINARY-01", "text/csv": "TEXT-BINARY-01", "application/edifact": ""} {
		r := h.ask(asked{who: "carrier", kind: kind}, http.MethodPost, "/api/v1/manifests", garbage)
		var p httpapi.Problem
		if err := json.Unmarshal(r.Body, &p); err != nil || r.Status != http.StatusUnprocessableEntity || len(p.Errors) == 0 || code != "" && p.Errors[0].Code != code {
			t.Errorf("%s: %d %.300s", kind, r.Status, r.Body)
		}
	}

	good := text(lodging(h.bill(), ""))
	p := send(strings.Replace(good, `"tradeMode":"0110"`, `"tradeMod":"0110","lines2":1`, 1)).refused(http.StatusUnprocessableEntity, "HTTP-JSON-02", "/declaration/tradeMod")
	if len(p.Errors) != 2 || !strings.Contains(p.Errors[0].Cure, "tradeMode") {
		t.Errorf("%+v", p.Errors)
	}
	two := strings.Replace(good, `"quantity":"900"`, `"quantity":900`, 1)
	two = strings.Replace(two, `"total":"1800.00"`, `"total":"1800.001"`, 1)
	p = send(two).refused(http.StatusUnprocessableEntity, "HTTP-JSON-03", "/declaration/lines/0/quantity")
	if len(p.Errors) != 2 || p.Errors[1].Pointer != "/declaration/lines/0/total" {
		t.Errorf("%+v", p.Errors)
	}
	d := h.bill()
	d.DeclaredOn, d.Lines[0].Origin, d.Currency = clock.MustDate("2199-12-31"), "XX", "???"
	r := send(lodging(d, "G9"))
	if json.Unmarshal(r.Body, &p); r.Status != http.StatusUnprocessableEntity || !strings.HasPrefix(p.Errors[0].Pointer, "/declaration/") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	send(lodging(h.bill(), "G9")).refused(http.StatusNotFound, "CLR-GUARANTEE-01", "/guarantee")
	label := h.bill()
	label.Label = &declaration.Label{Source: "me"}
	send(lodging(label, "")).refused(http.StatusUnprocessableEntity, "HTTP-MEMBER-01", "/declaration/label")

	h.get("trader", "/api/v1/declarations?limit=many").refused(http.StatusUnprocessableEntity, "HTTP-PARAM-01", "")
	h.get("trader", "/api/v1/declarations?colour=red").refused(http.StatusUnprocessableEntity, "HTTP-PARAM-03", "")
	h.get("trader", "/api/v1/tariff").refused(http.StatusUnprocessableEntity, "HTTP-PARAM-02", "")

	var page struct{ Items []json.RawMessage }
	h.get("1001", "/api/v1/declarations").into(http.StatusOK, &page)
	if len(page.Items) != 0 {
		t.Errorf("something was done: %s", page.Items)
	}
}

func TestARepeatIsHarmlessAndOtherContentUnderItsKeyIsRefused(t *testing.T) {
	h := open(t)
	ask := func(d declaration.Declaration) answer {
		return h.ask(asked{who: "trader", key: "k-1"}, http.MethodPost, "/api/v1/declarations", lodging(d, ""))
	}
	first := ask(h.bill())
	first.into(http.StatusCreated, nil)
	again := ask(h.bill())
	again.into(http.StatusCreated, nil)
	if !bytes.Equal(first.Body, again.Body) || again.Header.Get("Idempotent-Replayed") != "true" || first.Header.Get("Idempotent-Replayed") != "" {
		t.Errorf("%s\n%s", first.Body, again.Body)
	}
	other := h.bill()
	other.Remarks = "changed"
	ask(other).refused(http.StatusConflict, "STORE-KEY-01", "")
	h.ask(asked{who: "trader", key: strings.Repeat("x", 300)}, http.MethodPost, "/api/v1/declarations", lodging(other, "")).refused(http.StatusUnprocessableEntity, "HTTP-KEY-01", "")
}

func TestABadRowInTheMiddleHindersNoOther(t *testing.T) {
	h := open(t)
	good := text(lodging(h.bill(), ""))
	bad := h.bill()
	bad.Lines[0].Commodity = "99"
	rows := []string{good, text(lodging(bad, "")), good, `{"declaration":7}`, good}
	var list, lines httpapi.Rows
	h.ask(asked{who: "trader", key: "bulk"}, http.MethodPost, "/api/v1/declarations/bulk", "["+strings.Join(rows, ",")+"]").into(http.StatusOK, &list)
	h.ask(asked{who: "trader", kind: "application/x-ndjson"}, http.MethodPost, "/api/v1/declarations/bulk", strings.Join(append(rows, "{nonsense"), "\n")).into(http.StatusOK, &lines)
	for name, got := range map[string]httpapi.Rows{"list": list, "lines": lines} {
		if got.Accepted != 3 || got.Refused != len(got.Rows)-3 {
			t.Fatalf("%s: %s", name, text(got))
		}
		for i, want := range []int{201, 422, 201, 422, 201} {
			r := got.Rows[i]
			if r.Row != i+1 || r.Status != want || (want == 201) != (r.Problem == nil && len(r.Entries) > 0) {
				t.Errorf("%s: row %d: %s", name, i+1, text(r))
			}
		}
		if p := got.Rows[1].Problem; p.Errors[0].Pointer != "/declaration/lines/0/commodity" {
			t.Errorf("%s: %+v", name, p.Errors)
		}
	}
	if lines.Rows[5].Problem.Errors[0].Code != "HTTP-JSON-01" {
		t.Errorf("%+v", lines.Rows[5].Problem)
	}
	var again httpapi.Rows
	h.ask(asked{who: "trader", key: "bulk"}, http.MethodPost, "/api/v1/declarations/bulk", "["+strings.Join(rows, ",")+"]").into(http.StatusOK, &again)
	if !again.Rows[0].Repeat || !bytes.Equal(again.Rows[0].Reply, list.Rows[0].Reply) {
		t.Errorf("%s", text(again.Rows[0]))
	}
	h.post("trader", "/api/v1/declarations/bulk", "[]").refused(http.StatusUnprocessableEntity, "HTTP-BULK-01", "")
	h.post("trader", "/api/v1/declarations/bulk", "["+good+",").refused(http.StatusBadRequest, "HTTP-JSON-01", "")
}

func TestABulkMayComePackedAndItsBoundsHoldUnpacked(t *testing.T) {
	h := open(t)
	good := text(lodging(h.bill(), ""))
	packed := func(raw string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	const path = "/api/v1/declarations/bulk"
	as := func(packing string) asked {
		return asked{who: "trader", header: map[string]string{"Content-Encoding": packing}}
	}
	var got httpapi.Rows
	h.ask(as("gzip"), http.MethodPost, path, packed("["+good+",{},"+good+"]")).into(http.StatusOK, &got)
	if got.Accepted != 2 || got.Refused != 1 || got.Rows[1].Problem == nil {
		t.Errorf("%s", text(got))
	}
	h.ask(as("gzip"), http.MethodPost, path, "["+good+"]").refused(http.StatusUnprocessableEntity, "HTTP-BODY-05", "")
	whole := packed("[" + good + "]")
	h.ask(as("gzip"), http.MethodPost, path, whole[:len(whole)-9]).refused(http.StatusUnprocessableEntity, "HTTP-BODY-05", "")
	h.ask(as("br"), http.MethodPost, path, whole).refused(http.StatusUnsupportedMediaType, "HTTP-BODY-04", "")
	// Twenty megabytes of blanks pack into a few kilobytes and are too many all the same.
	h.ask(as("gzip"), http.MethodPost, path, packed("["+strings.Repeat(" ", 20<<20)+"]")).refused(http.StatusRequestEntityTooLarge, "HTTP-BODY-01", "")
	h.ask(asked{who: "trader"}, http.MethodPost, path, "["+strings.Repeat(" ", 20<<20)+"]").refused(http.StatusRequestEntityTooLarge, "HTTP-BODY-01", "")
	h.ask(asked{who: "trader", kind: "text/csv"}, http.MethodPost, path, "a,b").refused(http.StatusUnsupportedMediaType, "HTTP-BODY-02", "")
	h.post("trader", path, "["+strings.Repeat("{},", 1000)+"{}]").refused(http.StatusUnprocessableEntity, "HTTP-BULK-01", "")
}

func TestAPreviewWritesNothing(t *testing.T) {
	h := open(t)
	var p httpapi.Preview
	h.post("trader", "/api/v1/declarations/preview", lodging(h.bill(), "")).into(http.StatusOK, &p)
	if p.Total != "2775.23" || len(p.Working) == 0 {
		t.Errorf("%s", text(p))
	}
	if p.Reply != nil || p.Entries != nil {
		t.Errorf("a declarant learns by trying what will be held: %s", text(p))
	}
	var page struct{ Items []json.RawMessage }
	h.get("1001", "/api/v1/declarations").into(http.StatusOK, &page)
	if len(page.Items) != 0 {
		t.Errorf("%s", page.Items)
	}
}

func TestListsGoByPagesThatMissNothing(t *testing.T) {
	h := open(t)
	want := map[string]bool{}
	for range 7 {
		want[h.lodge("trader", h.bill(), "").ID] = true
	}
	for _, who := range []string{"1001", "trader"} {
		seen, after := map[string]bool{}, ""
		eventually(t, "the search index", func() bool { return h.app.Store.CatchUp(t.Context()) == nil })
		for range 5 {
			var page struct {
				Items []struct{ ID string }
				Next  string
			}
			h.get(who, "/api/v1/declarations?limit=3&after="+after).into(http.StatusOK, &page)
			for _, d := range page.Items {
				seen[d.ID] = true
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(seen) != len(want) {
			t.Errorf("%s saw %d of %d", who, len(seen), len(want))
		}
	}
}

func TestAnOfficersActNeedsReasonRightAndTheVersionSeen(t *testing.T) {
	h := open(t)
	// A new importer of perfume with no history waits for nobody here; the officer
	// returns what is not released yet.
	reply := h.lodge("trader", h.bill(), "")
	path := "/api/v1/declarations/" + reply.ID + "/acts"
	h.post("1001", path, map[string]string{"act": "ask_more"}).refused(http.StatusUnprocessableEntity, "CLR-REASON-01", "/reason")
	h.post("1002", path, map[string]string{"act": "return", "reason": "r"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.ask(asked{who: "1001", header: map[string]string{"If-Match": `"7"`}}, http.MethodPost, path, map[string]string{"act": "return", "reason": "r"}).
		refused(http.StatusPreconditionFailed, "HTTP-MATCH-01", "")
	h.ask(asked{who: "1001", header: map[string]string{"If-Match": `yes`}}, http.MethodPost, path, map[string]string{"act": "return", "reason": "r"}).
		refused(http.StatusUnprocessableEntity, "HTTP-MATCH-02", "")
	h.post("1001", path, map[string]string{"act": "dance", "reason": "r"}).refused(http.StatusUnprocessableEntity, "CLR-ACT-01", "/act")
}

// held makes every declaration wait for an officer: the risk table says so.
func (h *house) inspected() (string, string) {
	h.t.Helper()
	d := h.bill()
	d.Transport.Voyage, d.BillOfLading = "042E", "BL1"
	reply := h.lodge("trader", d, "")
	if reply.State != declaration.Manual {
		h.t.Fatalf("%+v", reply)
	}
	var state clearance.StateReply
	h.post("1001", "/api/v1/declarations/"+reply.ID+"/acts", map[string]string{"act": "inspect", "reason": "look inside"}).into(http.StatusOK, &state)
	var page struct{ Items []inspection.Order }
	h.get("1002", "/api/v1/inspection-orders?open=true").into(http.StatusOK, &page)
	if len(page.Items) != 1 {
		h.t.Fatalf("%s", text(page))
	}
	return reply.ID, page.Items[0].ID
}

func TestAnInspectionIsRecordedByItsInspectors(t *testing.T) {
	h := open(t)
	id, order := h.inspected()
	var o inspection.Order
	h.get("trader", "/api/v1/inspection-orders/"+order).into(http.StatusOK, &o)
	if len(o.Sources) != 0 || len(o.Drawings) != 0 {
		t.Errorf("the party learns why and by whom: %s", text(o))
	}
	h.get("1002", "/api/v1/inspection-orders/"+order).into(http.StatusOK, &o)
	inspectors := o.Inspectors()
	if len(inspectors) != 2 {
		t.Fatalf("%v", inspectors)
	}
	finding := map[string]any{"begin": true, "result": map[string]any{"code": "N00", "present": map[string]any{"name": "王芳", "signature": "ab12", "at": h.app.Clock.Now()}}}
	h.post("1001", "/api/v1/inspection-orders/"+order+"/result", finding).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	var state clearance.StateReply
	h.post(inspectors[0], "/api/v1/inspection-orders/"+order+"/result", finding).into(http.StatusOK, &state)
	if state.ID != id {
		t.Errorf("%+v", state)
	}
}

func TestManifestsOfThreeFormatsAreTakenAndKeptAsTheyCame(t *testing.T) {
	h := open(t)
	for kind, file := range map[string]string{"application/json": "manifest-json/one.in", "text/csv": "manifest-csv/plain.csv", "application/edifact": "cuscar/d95b-sea-consolidated.edi"} {
		raw, err := os.ReadFile("../message/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		h.ask(asked{who: "trader", kind: kind}, http.MethodPost, "/api/v1/manifests", raw).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
		var taken httpapi.Taken
		h.ask(asked{who: "carrier", kind: kind}, http.MethodPost, "/api/v1/manifests", raw).into(http.StatusCreated, &taken)
		if len(taken.Manifests) == 0 || taken.Manifests[0].Reply == nil {
			t.Fatalf("%s", text(taken))
		}
		var kept httpapi.Message
		h.get("carrier", "/api/v1/messages/"+taken.Message).into(http.StatusOK, &kept)
		if kept.State != "taken" || kept.Bytes != len(raw) || kept.Format != kind {
			t.Errorf("%+v", kept)
		}
		h.get("trader", "/api/v1/messages/"+taken.Message).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
		h.get("carrier", "/api/v1/manifests/"+taken.Manifests[0].Reply.ID).into(http.StatusOK, nil)
		h.get("1001", "/api/v1/bills-of-lading/"+taken.Manifests[0].Reply.Bills[0].ID).into(http.StatusOK, nil)
	}
	broken, err := os.ReadFile("../message/testdata/manifest-csv/bad-rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	r := h.ask(asked{who: "carrier", kind: "text/csv"}, http.MethodPost, "/api/v1/manifests", broken)
	if r.Status != http.StatusMultiStatus && r.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestGoodBillsOfAManifestGoOnWhenOneIsBad(t *testing.T) {
	h := open(t)
	raw, err := os.ReadFile("../message/testdata/cuscar/d95b-sea-consolidated.edi")
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.Replace(raw, []byte("CNT+7:3000:KGM"), []byte("CNT+7:3000:POODS"), 1)
	var taken httpapi.Taken
	h.ask(asked{who: "carrier", kind: "application/edifact"}, http.MethodPost, "/api/v1/manifests", raw).into(http.StatusMultiStatus, &taken)
	m := taken.Manifests[0]
	if m.Status != http.StatusMultiStatus || m.Reply == nil || len(m.Reply.Refused) != 1 || m.Reply.Refused[0].Number != "FWD0001" || len(m.Reply.Bills) != 2 {
		t.Fatalf("%s", text(taken))
	}
	if m.Problem == nil || len(m.Problem.Errors) == 0 || m.Problem.Errors[0].Code != "MSG-CUSCAR-UNIT-01" {
		t.Errorf("%s", text(m.Problem))
	}
	var kept httpapi.Message
	h.get("carrier", "/api/v1/messages/"+taken.Message).into(http.StatusOK, &kept)
	if kept.State != "refused" || len(kept.Faults) == 0 {
		t.Errorf("%+v", kept)
	}
}

func TestAManifestArrivesIsTalliedAndAmendedOverTheDoor(t *testing.T) {
	h := open(t)
	raw, err := os.ReadFile("../message/testdata/manifest-json/one.in")
	if err != nil {
		t.Fatal(err)
	}
	var taken httpapi.Taken
	h.ask(asked{who: "carrier", kind: "application/json"}, http.MethodPost, "/api/v1/manifests", raw).into(http.StatusCreated, &taken)
	reply := taken.Manifests[0].Reply
	at := "/api/v1/manifests/" + reply.ID
	h.post("trader", at+"/arrival", httpapi.Arrival{Day: clock.MustDate("2026-11-20")}).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("carrier", at+"/arrival", httpapi.Arrival{}).refused(http.StatusUnprocessableEntity, "CLR-ARRIVAL-01", "/day")
	var now clearance.ManifestReply
	h.post("carrier", at+"/arrival", httpapi.Arrival{Day: clock.MustDate("2026-11-20")}).into(http.StatusOK, &now)
	if now.State != "arrived" {
		t.Fatalf("%+v", now)
	}
	var report httpapi.TallyReport
	h.post("carrier", at+"/tally", report).refused(http.StatusUnprocessableEntity, "CLR-TALLY-01", "")
	for _, b := range reply.Bills {
		report.Lines = append(report.Lines, clearance.TallyLine{Bill: b.Number, Packages: num.OneQuantity})
	}
	version := now.Version
	h.post("carrier", at+"/tally", report).into(http.StatusOK, &now)
	if now.State != "tallied" || now.Version != version+1 || len(now.Warnings) != 1 {
		t.Fatalf("%+v", now)
	}
	h.ask(asked{who: "carrier", kind: "application/json"}, http.MethodPost, "/api/v1/manifests", raw).refused(http.StatusConflict, "CLR-MANIFEST-02", "")
	other := httpapi.AmendmentAsked{Reason: "counted", Manifest: bytes.Replace(raw, []byte(reply.Number), []byte("OTHER"), 1)}
	h.post("carrier", at+"/amendments", other).refused(http.StatusUnprocessableEntity, "HTTP-MANIFEST-02", "/manifest")
	var asked clearance.AmendmentReply
	h.post("carrier", at+"/amendments", httpapi.AmendmentAsked{Reason: "counted", Manifest: raw}).refused(http.StatusUnprocessableEntity, "CLR-AMEND-05", "/manifest")
	other.Manifest = bytes.Replace(raw, []byte("水泵"), []byte("泵"), 1)
	h.post("carrier", at+"/amendments", other).into(http.StatusCreated, &asked)
	word := at + "/amendments/" + asked.ID + "/decision"
	h.post("carrier", word, clearance.Opinion{Agree: true, Reason: "as asked"}).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	h.post("1001", at+"/amendments/none/decision", clearance.Opinion{Agree: true, Reason: "as asked"}).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1001", word, clearance.Opinion{Agree: true, Reason: "as asked"}).into(http.StatusOK, &now)
	if now.Version != version+2 {
		t.Errorf("%+v", now)
	}
	var list struct{ Items []clearance.ManifestAmendment }
	h.get("carrier", at+"/amendments").into(http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].ID != asked.ID || list.Items[0].State != "closed" {
		t.Errorf("%+v", list)
	}
	h.get("trader", at+"/amendments").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	// What was counted wrong is counted again, with a reason.
	h.post("carrier", at+"/tally", report).refused(http.StatusUnprocessableEntity, "CLR-TALLY-03", "/reason")
	report.Reason = "the gangs counted pallets"
	h.post("carrier", at+"/tally", report).into(http.StatusOK, &now)
	var m clearance.Manifest
	h.get("carrier", at).into(http.StatusOK, &m)
	if len(m.Tallies) != 2 || m.Tallies[1].Reason != report.Reason {
		t.Errorf("%+v", m.Tallies)
	}
}

func TestKnowledgeIsAskedByDay(t *testing.T) {
	h := open(t)
	var c httpapi.Commodity
	h.get("trader", "/api/v1/tariff/2009110000?date=2026-06-01").into(http.StatusOK, &c)
	if len(c.Measures) == 0 || len(c.Taxes) == 0 || len(c.Path) == 0 {
		t.Errorf("%s", text(c))
	}
	h.get("trader", "/api/v1/tariff/0000").refused(http.StatusUnprocessableEntity, "TARIFF-CODE-02", "")
	for _, path := range []string{"/api/v1/tariff?q=orange+juice", "/api/v1/tariff?q=%E6%A9%99%E6%B1%81", "/api/v1/procedures", "/api/v1/codes", "/api/v1/codes/country?q=chi", "/api/v1/exchange-rates?currency=USD"} {
		r := h.get("trader", path)
		if r.Status != http.StatusOK || len(r.Body) < 60 {
			t.Errorf("%s: %d %.200s", path, r.Status, r.Body)
		}
	}
	h.get("trader", "/api/v1/procedures/import-direct").into(http.StatusOK, nil)
	h.get("trader", "/api/v1/codes/nothing").refused(http.StatusNotFound, "HTTP-LIST-01", "")
	var w struct{ Total json.RawMessage }
	h.post("trader", "/api/v1/duty/calculations", `{"date":"2026-11-23","currency":"CNY","lines":[{"hs":"2009110000","origin":"US","price":10000,"net_mass":900}]}`).into(http.StatusOK, &w)
	const one = `{"date":"2026-11-23","currency":"CNY","lines":[{"hs":"2009110000","origin":"US","price":10000,"net_mass":900}]}`
	paper := h.post("trader", "/api/v1/duty/calculations/working.pdf?language=zh-CN", one)
	if paper.Status != http.StatusOK || paper.Header.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(paper.Body, []byte("%PDF-")) {
		t.Errorf("%d %s", paper.Status, paper.Header.Get("Content-Type"))
	}
	h.post("trader", "/api/v1/duty/calculations/working.pdf?language=tlh", one).refused(http.StatusUnprocessableEntity, "PRINT-LANGUAGE-01", "/language")
	p := h.post("trader", "/api/v1/duty/calculations", `{"lines":[{"hs":"x"}],"colour":1}`)
	if p.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", p.Status, p.Body)
	}
}

func TestTheRegistryIsKeptByThoseWhoseOfficeItIs(t *testing.T) {
	h := open(t)
	h.post("1001", "/api/v1/users", map[string]any{"name": "li.wei", "enterprise": trader, "posts": []string{"enterprise-clerk"}}).refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.post("1005", "/api/v1/users", map[string]any{"name": "li.wei", "enterprise": trader, "posts": []string{"enterprise-clerk"}}).into(http.StatusCreated, nil)
	h.post("1005", "/api/v1/users", map[string]any{"name": "ghost", "officer": "9999"}).refused(http.StatusUnprocessableEntity, "REG-ACCOUNT-02", "/officer")
	h.post("1005", "/api/v1/users", map[string]any{"name": "ghost", "enterprise": "91310115MA1K35W0X8"}).refused(http.StatusUnprocessableEntity, "REG-ACCOUNT-03", "/enterprise")
	h.post("1005", "/api/v1/users", map[string]any{"name": "li.wei", "enterprise": trader}).refused(http.StatusConflict, "REG-ACCOUNT-01", "/name")
	var link httpapi.LinkMade
	h.post("1005", "/api/v1/users/li.wei/link", nil).into(http.StatusCreated, &link)
	var in httpapi.SignedIn
	first := h.post("", "/api/v1/sign-in/link", map[string]string{"link": link.Link})
	first.into(http.StatusOK, &in)
	if cookie := first.Header.Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("cookie %s", cookie)
	}
	h.post("", "/api/v1/sign-in/link", map[string]string{"link": link.Link}).refused(http.StatusForbidden, "PARTY-LINK-01", "")
	h.tokens["li.wei"] = in.Token
	var me httpapi.Me
	h.get("li.wei", "/api/v1/me").into(http.StatusOK, &me)
	if me.Enterprise != trader || me.Desk != "enterprise" {
		t.Errorf("%+v", me)
	}
	h.ask(asked{who: "li.wei"}, http.MethodPut, "/api/v1/me/password", map[string]string{"new": "a long enough sentence"}).into(http.StatusNoContent, nil)
	h.post("", "/api/v1/sign-in", map[string]string{"name": "li.wei", "password": "a long enough sentence"}).into(http.StatusOK, nil)
	h.post("", "/api/v1/sign-in", map[string]string{"name": "li.wei", "password": "wrong"}).refused(http.StatusUnauthorized, "IDENTITY-SIGNIN-01", "")
	h.post("li.wei", "/api/v1/sign-out", nil).into(http.StatusNoContent, nil)
	h.get("li.wei", "/api/v1/me").refused(http.StatusUnauthorized, "PARTY-SESSION-01", "")

	var made httpapi.ClientOpened
	h.post("1005", "/api/v1/clients", map[string]any{"clientId": "erp", "enterprise": trader, "name": "ERP", "posts": []string{"enterprise-clerk"}}).into(http.StatusCreated, &made)
	form := "grant_type=client_credentials&client_id=erp&client_secret=" + made.Secret
	var token struct {
		AccessToken string `json:"access_token"`
	}
	h.ask(asked{kind: "application/x-www-form-urlencoded"}, http.MethodPost, "/api/v1/token", form).into(http.StatusOK, &token)
	h.tokens["erp"] = token.AccessToken
	h.get("erp", "/api/v1/declarations").into(http.StatusOK, nil)
	h.ask(asked{kind: "application/x-www-form-urlencoded"}, http.MethodPost, "/api/v1/token", form+"x").refused(http.StatusUnauthorized, "IDENTITY-CLIENT-01", "")
	r := h.get("1005", "/api/v1/clients/erp")
	if bytes.Contains(r.Body, []byte("secret")) {
		t.Errorf("%s", r.Body)
	}
	h.post("1009", "/api/v1/exchange-rates", `[{"currency":"EUR","from":"2026-11-01","rate":"8.1","source":"notice 11"}]`).into(http.StatusCreated, nil)
	h.post("1001", "/api/v1/exchange-rates", `[{"currency":"EUR","from":"2026-11-01","rate":"8.1","source":"x"}]`).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
}

func TestLooksOfStaffStandInTheJournal(t *testing.T) {
	h := open(t)
	reply := h.lodge("trader", h.bill(), "")
	h.get("1001", "/api/v1/declarations/"+reply.ID).into(http.StatusOK, nil)
	h.get("1001", "/api/v1/declarations/"+reply.ID).into(http.StatusOK, nil)
	h.get("trader", "/api/v1/declarations/"+reply.ID).into(http.StatusOK, nil)
	if err := h.desk.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	var page struct{ Items []journal.Entry }
	h.get("1004", "/api/v1/journal?type=access.read").into(http.StatusOK, &page)
	if len(page.Items) != 1 || page.Items[0].Actor != "1001" || page.Items[0].Subject[0].ID != reply.ID {
		t.Errorf("%s", text(page))
	}
	h.get("trader", "/api/v1/journal?subject=declaration/"+reply.ID).into(http.StatusOK, &page)
	for _, e := range page.Items {
		if e.Type == "access.read" {
			t.Errorf("the trade sees who looked: %s", text(e))
		}
	}
}

func TestReceiptsProveEntriesAndCheckpointsContinue(t *testing.T) {
	h := open(t)
	lodged := h.post("trader", "/api/v1/declarations", lodging(h.bill(), ""))
	entry, _, _ := strings.Cut(lodged.Header.Get("Seine-Entries"), ",")
	if entry == "" {
		t.Fatalf("%v", lodged.Header)
	}
	h.get("trader", "/api/v1/journal/"+entry+"/receipt").refused(http.StatusConflict, "STORE-RECEIPT-01", "")
	if err := h.app.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	var point httpapi.CheckpointShown
	h.get("", "/api/v1/journal/checkpoint").into(http.StatusOK, &point)
	var light store.Condition
	if h.get("", "/api/v1/status").into(http.StatusOK, &light); light.Light != store.Green {
		t.Errorf("%+v", light)
	}
	var receipt journal.Receipt
	h.get("trader", "/api/v1/journal/"+entry+"/receipt").into(http.StatusOK, &receipt)
	key, err := journal.ParsePublic(point.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receipt.Check(key); err != nil {
		t.Error(err)
	}
	h.get("broker", "/api/v1/journal/"+entry+"/receipt").refused(http.StatusNotFound, "PARTY-RIGHT-01", "")
	h.lodge("trader", h.bill(), "")
	if err := h.app.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	var proof journal.ConsistencyProof
	h.get("", fmt.Sprintf("/api/v1/journal/consistency?older=%d", point.Size)).into(http.StatusOK, &proof)
	if _, _, err := proof.Check(key); err != nil {
		t.Error(err)
	}
	h.get("", "/api/v1/journal/consistency?older=1").refused(http.StatusNotFound, "HTTP-CHECKPOINT-02", "")
}

func TestACorrectionIsAskedForAndReviewed(t *testing.T) {
	h := open(t)
	lodged := h.lodge("trader", h.bill(), "")
	path := "/api/v1/declarations/" + lodged.ID + "/correction"
	h.post("trader", path, `{"reason":"no_such_reason","text":"x"}`).refused(http.StatusUnprocessableEntity, "DEC-AMEND-01", "/correction/reason")
	h.post("trader", path+"/word", `{"agree":true,"reason":"x"}`).refused(http.StatusForbidden, "PARTY-RIGHT-02", "")
	var asked clearance.StateReply
	h.post("trader", path, `{"reason":"writing_error","text":"declared twice"}`).into(http.StatusOK, &asked)
	if asked.State != declaration.DeleteRequested {
		t.Errorf("%+v", asked)
	}
	var kept clearance.StateReply
	h.post("1001", path+"/word", `{"agree":false,"reason":"it is needed"}`).into(http.StatusOK, &kept)
	if kept.State == declaration.DeleteRequested || kept.State == declaration.Deleted {
		t.Errorf("%+v", kept)
	}
}
