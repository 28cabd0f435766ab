package console

import (
	"encoding/json"
	"net/http"
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
	for _, file := range []string{"/sheet.csv", "/sheet.xlsx", "/report.pdf"} {
		if w := get(t, firm, path+file); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%s: %d", file, w.Code)
		}
	}
	w = post(t, firm, path, with(formOf(t, get(t, firm, path).Body.String(), "acts"), "act", "submit"))
	if w.Code != http.StatusSeeOther {
		t.Fatalf("submit: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, officer, "/write-offs?view=waiting").Body.String(); !strings.Contains(body, path) {
		t.Error("a surplus of all there is waits for officers")
	}
	body = get(t, officer, path).Body.String()
	if !strings.Contains(body, "differs by more than the tolerance") {
		t.Error("the desk does not say why")
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
