package console

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/codelist"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/journal"
	"seine/internal/writeoff"
)

func TestABookIsCountedOnAPhoneAndWrittenOff(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	firm, officer := z.pages(people["enterprise"]), z.pages(people["officer"])
	code := z.owner
	clerk := decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: z.owner}
	b := book.Book{
		Kind: book.Logistics, Posting: book.ByPart, Operator: book.Party{CreditCode: code}, CompetentOffice: codelist.OfficeCode("2218"),
		Lines: []book.Line{
			{Number: 1, Kind: book.Part, PartNumber: "CON", Commodity: "2009110000", Name: "juice", Unit: "KGM", Currency: "USD"},
			{Number: 2, Kind: book.Part, PartNumber: "SUG", Commodity: "1701990000", Name: "sugar", Unit: "KGM", Currency: "USD"},
		},
	}
	command := decision.Command{Name: "book.file", Actor: "test"}
	receipt, err := z.bonded.FileBook(t.Context(), command, clerk, b)
	if err != nil {
		t.Fatal(err)
	}
	var filed, drafted bonded.Reply
	if err := json.Unmarshal(receipt.Reply, &filed); err != nil {
		t.Fatal(err)
	}
	z.clock.Advance(3 * 24 * 3600 * 1e9)
	if body := get(t, firm, "/books/"+filed.ID+"/today").Body.String(); !strings.Contains(body, "Nothing is missing") {
		t.Error("a trial of closing an empty book")
	}
	receipt, err = z.bonded.DraftWriteOff(t.Context(), decision.Command{Name: "draft", Actor: "test"}, clerk, filed.ID, bonded.Drafting{Kind: writeoff.Supplementary})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(receipt.Reply, &drafted); err != nil {
		t.Fatal(err)
	}
	id := drafted.ID
	path := "/write-offs/" + id
	body := get(t, firm, path+"/count").Body.String()
	if !strings.Contains(body, "0 of 2 lines counted") || !strings.Contains(body, "juice") {
		t.Fatalf("the phone shows the first line: %s", body)
	}
	form := formOf(t, body, "count")
	if w := post(t, firm, path+"/count", with(form, "quantity", "five")); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-quantity"`) {
		t.Errorf("a word is no figure: %d", w.Code)
	}
	w := post(t, firm, path+"/count", with(form, "quantity", "5", "spot", "A"))
	if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "line=2") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	form = formOf(t, get(t, firm, w.Header().Get("Location")).Body.String(), "count")
	post(t, firm, path+"/count", with(form, "quantity", "0"))
	// A figure at a wrong spot is seen and taken back.
	post(t, firm, path+"/count", with(form, "quantity", "3", "spot", "B", "line", "1", "key", "once more"))
	if body = get(t, firm, path+"/count?line=1").Body.String(); !strings.Contains(body, "Counted of this line: 8") || strings.Count(body, `value="take-back"`) != 2 {
		t.Errorf("what was counted so far: %s", body)
	}
	back := with(form, "line", "1", "spot", "B", "do", "take-back", "key", "back")
	if w := post(t, firm, path+"/count", back); w.Code != http.StatusSeeOther {
		t.Errorf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, firm, path+"/count", with(back, "key", "another")); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "WRITEOFF-COUNT-07") {
		t.Errorf("taken back twice: %d", w.Code)
	}
	for _, file := range []string{"/sheet.csv", "/sheet.xlsx", "/report.pdf", "/report.csv", "/report.xlsx"} {
		if w := get(t, firm, path+file); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%s: %d", file, w.Code)
		}
	}
	body = get(t, firm, path).Body.String()
	for _, title := range []string{"Explain a difference", "Submit the report"} {
		if strings.Count(body, "<h2>"+title+"</h2>") != 1 {
			t.Errorf("no card of its own: %s", title)
		}
	}
	if strings.Contains(body, `id="acts"`) || formOf(t, body, "submit").Has("reason") {
		t.Error("what submits asks for more, or the acts stand in one card still")
	}
	explain := with(formOf(t, body, "explain"), "act", "explain", "line", "1", "cause", "surplus", "quantity", "many", "reason", "found behind the rack")
	if w := post(t, firm, path, explain); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-quantity"`) || formOf(t, w.Body.String(), "explain").Get("reason") != "found behind the rack" {
		t.Errorf("many is no figure: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, firm, path, with(explain, "quantity", "5")); w.Code != http.StatusSeeOther {
		t.Errorf("explain: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	// What was said is seen, taken back, and said again.
	if body := get(t, firm, path).Body.String(); !strings.Contains(body, "found behind the rack") || !strings.Contains(body, `value="unexplain"`) {
		t.Error("the page does not show what was explained")
	}
	if w := post(t, firm, path, with(explain, "act", "unexplain", "key", "take it back")); w.Code != http.StatusSeeOther {
		t.Errorf("take back: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, firm, path).Body.String(); strings.Contains(body, "found behind the rack") {
		t.Error("what was taken back stands there still")
	}
	if w := post(t, firm, path, with(explain, "quantity", "5", "key", "said again", "voluntary", "on")); w.Code != http.StatusSeeOther {
		t.Errorf("explain: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	asked := httptest.NewRequest(http.MethodGet, path, nil)
	asked.Header.Set("Accept-Language", "zh-CN")
	cards := httptest.NewRecorder()
	firm.ServeHTTP(cards, asked)
	for _, title := range []string{"说明差异", "提交报核"} {
		if !strings.Contains(cards.Body.String(), "<h2>"+title+"</h2>") {
			t.Errorf("no card of its own in Chinese: %s", title)
		}
	}
	w = post(t, firm, path, with(formOf(t, get(t, firm, path).Body.String(), "submit"), "act", "submit"))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("submit: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, officer, "/write-offs?view=waiting").Body.String(); !strings.Contains(body, path) {
		t.Error("a surplus of all there is waits for officers")
	}
	body = get(t, officer, path).Body.String()
	if !strings.Contains(body, "more than the tolerance") {
		t.Error("the desk does not say why")
	}
	if !strings.Contains(body, "found behind the rack") || !strings.Contains(body, "Told before customs found it") || strings.Contains(body, `value="unexplain"`) {
		t.Error("officers do not see what the enterprise says, or may take it back")
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", "zh-CN")
	chinese := httptest.NewRecorder()
	officer.ServeHTTP(chinese, r)
	if body := chinese.Body.String(); !strings.Contains(body, "第 1 项差异 5 KGM，超出容差") || strings.Contains(body, "the tolerance") {
		t.Error("the desk does not say why in Chinese")
	}
	w = post(t, officer, path, with(formOf(t, body, "acts"), "act", "propose", "reason", "counted and seen"))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("propose: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if ids, err := z.store.Find(t.Context(), dossier.Proposal, "subject", id, 2); err != nil || len(ids) != 1 {
		t.Errorf("%v %v", ids, err)
	}
	if w := post(t, firm, path+"/count", with(form, "quantity", "9")); w.Code == http.StatusSeeOther {
		t.Error("what was submitted was counted on")
	}
}

func TestWorkOrdersAreGivenOnTheScreenAndByFile(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	firm, officer := z.pages(people["enterprise"]), z.pages(people["officer"])
	clerk := decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: z.owner}
	b := book.Book{
		Kind: book.Processing, Processing: book.WorkOrder, CycleMonths: 6, Operator: book.Party{CreditCode: z.owner}, CompetentOffice: codelist.OfficeCode("2218"),
		Lines: []book.Line{
			{Number: 1, Kind: book.Material, PartNumber: "CON", Commodity: "2009110000", Name: "concentrate", Unit: "KGM", Currency: "USD"},
			{Number: 2, Kind: book.Product, PartNumber: "JUI", Commodity: "2009120000", Name: "juice", Unit: "KGM", Currency: "USD"},
		},
	}
	receipt, err := z.bonded.FileBook(t.Context(), decision.Command{Name: "book.file", Actor: "test"}, clerk, b)
	if err != nil {
		t.Fatal(err)
	}
	var filed, drafted bonded.Reply
	if err := json.Unmarshal(receipt.Reply, &filed); err != nil {
		t.Fatal(err)
	}
	day := z.clock.Now().Date()
	z.clock.Advance(3 * 24 * 3600 * 1e9)
	receipt, err = z.bonded.DraftWriteOff(t.Context(), decision.Command{Name: "draft", Actor: "test"}, clerk, filed.ID, bonded.Drafting{Kind: writeoff.Supplementary})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(receipt.Reply, &drafted); err != nil {
		t.Fatal(err)
	}
	path := "/write-offs/" + drafted.ID
	form := formOf(t, get(t, firm, path).Body.String(), "order")
	first := []string{"act", "order", "number", "W1", "state", "issuing", "kind", "issue", "line", "1", "quantity", "2500", "unit", "grm", "on", day.String()}
	if w := post(t, firm, path, with(form, append(first, "unit", "MTR")...)); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-order-unit"`) {
		t.Errorf("metres of a line in kilograms: %d", w.Code)
	}
	if w := post(t, firm, path, with(form, first...)); w.Code != http.StatusSeeOther {
		t.Fatalf("the form: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, firm, path).Body.String(); !strings.Contains(body, "issued 1: 2.5") {
		t.Error("the order does not stand on the page")
	}
	upload := func(content string) *httptest.ResponseRecorder {
		t.Helper()
		form := formOf(t, get(t, firm, path).Body.String(), "orders-file")
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		for name, values := range with(form, "act", "orders") {
			for _, value := range values {
				if err := m.WriteField(name, value); err != nil {
					t.Fatal(err)
				}
			}
		}
		part, err := m.CreateFormFile("sheet", "orders.csv")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
		_ = m.Close()
		r := httptest.NewRequest(http.MethodPost, path, &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		w := httptest.NewRecorder()
		firm.ServeHTTP(w, r)
		return w
	}
	const head = "order,state,kind,line,quantity,on\n"
	if w := upload(head + "W1,closed,issue,1,2.5," + day.String() + "\nW1,closed,output,9,2," + day.String() + "\n"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Row 2 below the head:") {
		t.Errorf("a line that is not there: %d", w.Code)
	}
	if w := upload(head + "W1,closed,issue,1,2.5," + day.String() + "\nW1,closed,output,2,2," + day.String() + "\n"); w.Code != http.StatusSeeOther {
		t.Fatalf("the file: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := upload(head + "W1,closed,issue,1,3," + day.String() + "\n"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "is closed and never changes") {
		t.Errorf("a closed order changed: %d", w.Code)
	}
	if w := get(t, firm, path+"/orders.csv"); !strings.Contains(w.Body.String(), "W1,closed,output,2,JUI,juice,,2,KGM") {
		t.Errorf("the sheet: %s", w.Body)
	}
	ask := with(formOf(t, get(t, firm, path).Body.String(), "ask-extension"), "act", "ask_extension", "days", "61", "reason", "flood")
	if w := post(t, firm, path, ask); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-extension-days"`) {
		t.Errorf("61 days: %d", w.Code)
	}
	if w := post(t, firm, path, with(ask, "days", "30", "reason", "")); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-extension-reason"`) {
		t.Errorf("without a reason: %d", w.Code)
	}
	if body := get(t, firm, path).Body.String(); !strings.Contains(body, "<h2>Ask for more time</h2>") {
		t.Error("more time has no card of its own")
	}
	if w := post(t, firm, path, with(ask, "days", "30")); w.Code != http.StatusSeeOther {
		t.Fatalf("30 days: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, officer, path, with(formOf(t, get(t, officer, path).Body.String(), "acts"), "act", "extend", "reason", "seen")); w.Code != http.StatusSeeOther {
		t.Fatalf("an officer gives them: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, firm, path).Body.String(); !strings.Contains(body, "30 days given") || strings.Contains(body, "Ask for more time") {
		t.Error("the page does not show that they were given")
	}
}

func TestScrapIsToldOnTheScreenAndDestroyed(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	firm, officer := z.pages(people["enterprise"]), z.pages(people["officer"])
	clerk := decision.Actor{ID: "clerk", Kind: journal.Enterprise, Enterprise: z.owner}
	b := book.Book{
		Kind: book.Processing, Processing: book.WorkOrder, CycleMonths: 6, Operator: book.Party{CreditCode: z.owner}, CompetentOffice: codelist.OfficeCode("2218"),
		Lines: []book.Line{{Number: 1, Kind: book.Material, PartNumber: "CON", Commodity: "2009110000", Name: "concentrate", Unit: "KGM", Currency: "USD"}},
	}
	receipt, err := z.bonded.FileBook(t.Context(), decision.Command{Name: "book.file", Actor: "test"}, clerk, b)
	if err != nil {
		t.Fatal(err)
	}
	var filed bonded.Reply
	if err := json.Unmarshal(receipt.Reply, &filed); err != nil {
		t.Fatal(err)
	}
	if body := get(t, firm, "/books/"+filed.ID).Body.String(); !strings.Contains(body, "/residues?book="+filed.Number) {
		t.Error("the book does not lead to its residues")
	}
	path := "/residues?book=" + filed.Number
	form := with(formOf(t, get(t, firm, path).Body.String(), "tell"), "act", "tell", "class", "scrap", "line", "1", "commodity", "2309909000", "name", "pulp", "quantity", "10", "inUse", "yes", "worthless", "yes")
	if w := post(t, firm, path, with(form, "class", "defective")); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-class"`) {
		t.Errorf("a defective material: %d", w.Code)
	}
	if w := post(t, firm, path, form); w.Code != http.StatusSeeOther {
		t.Fatalf("tell: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	ids, err := z.store.Find(t.Context(), dossier.Residue, "book", filed.Number, 2)
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	if body := get(t, firm, path).Body.String(); !strings.Contains(body, "pulp") || !strings.Contains(body, "Kept") {
		t.Error("the list does not show it")
	}
	one := "/residues/" + ids[0]
	ask := with(formOf(t, get(t, firm, one).Body.String(), "acts"), "act", "ask_destroy", "destroyer", "Green Works", "reason", "no use")
	if w := post(t, officer, one, ask); w.Code == http.StatusSeeOther {
		t.Error("an officer asked for the enterprise")
	}
	if w := post(t, firm, one, ask); w.Code != http.StatusSeeOther {
		t.Fatalf("ask: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, officer, "/residues?view=waiting").Body.String(); !strings.Contains(body, one) {
		t.Error("the officer does not see that it waits")
	}
	body := get(t, officer, one).Body.String()
	if w := post(t, officer, one, with(formOf(t, body, "acts"), "act", "propose_destroy", "reason", "worthless")); w.Code != http.StatusSeeOther {
		t.Fatalf("propose: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if ids, err := z.store.Find(t.Context(), dossier.Proposal, "subject", ids[0], 2); err != nil || len(ids) != 1 {
		t.Errorf("%v %v", ids, err)
	}

	// Another is sold: what cannot be sold so stands at its field, and the page tells the tax.
	again := formOf(t, get(t, firm, path).Body.String(), "tell")
	if w := post(t, firm, path, with(form, "key", again.Get("key"), "commodity", "2009110000", "worthless", "no")); w.Code != http.StatusSeeOther {
		t.Fatalf("tell: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	all, err := z.store.Find(t.Context(), dossier.Residue, "book", filed.Number, 3)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	other := "/residues/" + all[slices.IndexFunc(all, func(id string) bool { return id != ids[0] })]
	sell := with(formOf(t, get(t, firm, other).Body.String(), "acts"), "act", "sell", "buyer", "feed mill", "value", "much")
	if w := post(t, firm, other, sell); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-value"`) {
		t.Errorf("sold for much: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	code := with(formOf(t, get(t, firm, other).Body.String(), "correct-code"), "act", "correct_code", "commodity", "2308000000", "reason", "as the laboratory says")
	if w := post(t, firm, other, code); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-correct-commodity"`) || !strings.Contains(w.Body.String(), "TARIFF-CODE-02") {
		t.Errorf("a code outside the schedule: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, firm, other, with(code, "commodity", "2309909000")); w.Code != http.StatusSeeOther {
		t.Fatalf("correct: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, firm, "/residues?view=open&book="+filed.Number).Body.String(); !strings.Contains(body, other) {
		t.Error("what is kept is open")
	}
	if w := post(t, firm, other, with(sell, "value", "10000")); w.Code != http.StatusSeeOther {
		t.Fatalf("sell: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, firm, other).Body.String(); !strings.Contains(body, "Sold into the country") || !strings.Contains(body, "/tax-bills/T-") {
		t.Error("the page does not tell what was sold, and its bill")
	}
	if body := get(t, firm, "/residues?view=open&book="+filed.Number).Body.String(); strings.Contains(body, other) || !strings.Contains(body, one) {
		t.Error("what was sold is open, or what waits is not")
	}
}
