package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/control"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/gate"
	"seine/internal/journal"
	"seine/internal/ledger"
	"seine/internal/num"
	"seine/internal/risk"
)

// field finds the values that a form shows, by name.
var shownField = regexp.MustCompile(`<(input|textarea|select)[^>]*>`)

// formOf reads the values of a page's form, as a browser would send them.
func formOf(t *testing.T, body, id string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(body, `<form id="`+id+`"`)
	if !ok {
		t.Fatalf("no form %s", id)
	}
	rest, _, _ = strings.Cut(rest, "</form>")
	form := url.Values{}
	attribute := func(tag, name string) string {
		if m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag); m != nil {
			return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&lt;", "<").Replace(m[1])
		}
		return ""
	}
	for _, at := range shownField.FindAllStringIndex(rest, -1) {
		tag := rest[at[0]:at[1]]
		name := attribute(tag, "name")
		switch {
		case name == "":
		case strings.HasPrefix(tag, "<textarea"):
			text, _, _ := strings.Cut(rest[at[1]:], "</textarea>")
			form.Set(name, text)
		case strings.HasPrefix(tag, "<select"):
			options, _, _ := strings.Cut(rest[at[1]:], "</select>")
			if m := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(options); m != nil {
				form.Set(name, m[1])
			}
		case strings.Contains(tag, `type="checkbox"`):
			if strings.Contains(tag, " checked") {
				form.Set(name, "on")
			}
		case !strings.Contains(tag, `type="file"`):
			form.Set(name, attribute(tag, "value"))
		}
	}
	return form
}

func saved[T any](z *zone, kind decision.Kind, location string) T {
	z.t.Helper()
	var body T
	if _, err := z.store.Load(z.t.Context(), kind, location[strings.LastIndex(location, "/")+1:], &body); err != nil {
		z.t.Fatalf("%s: %v", location, err)
	}
	return body
}

// made asks for a redirect to what was made.
func made(t *testing.T, code int, location, body string) string {
	t.Helper()
	if code != http.StatusSeeOther {
		t.Fatalf("%d: %s %s", code, refusalOf(body), stateOf(body))
	}
	return location
}

func TestADeclarantAsksForAnAmendmentAndTwoOfficersDecide(t *testing.T) {
	z := newZone(t)
	z.live()
	trade, first := z.pages(z.people()["enterprise"]), z.pages(z.people()["officer"])
	path := "/declarations/" + z.released + "/correction"
	if body := get(t, trade, "/declarations/"+z.released).Body.String(); !strings.Contains(body, path+"?kind=amend") {
		t.Fatal("the declaration does not offer an amendment")
	}
	form := formOf(t, get(t, trade, path).Body.String(), "correct")
	form.Set("do", "ask")
	form.Set("reason", "system_error")
	form.Set("text", "the port's system doubled the contract number")
	w := post(t, trade, path, form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "DEC-AMEND-03") {
		t.Fatalf("nothing changed: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/contract", "HT-2026-77")
	form.Set("/remarks", "corrected")
	form.Set("do", "compare")
	w = post(t, trade, path, form)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<ins>HT-2026-77</ins>") {
		t.Fatalf("the changes are not shown: %d", w.Code)
	}
	form.Set("do", "ask")
	form.Set("reason", "final_price")
	if w = post(t, trade, path, form); !strings.Contains(w.Body.String(), "DEC-AMEND-02") || !strings.Contains(w.Body.String(), `href="#f-contract"`) {
		t.Errorf("a reason that does not cover the element: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("reason", "system_error")
	w = post(t, trade, path, form)
	at := made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	before := saved[declaration.Declaration](z, dossier.Declaration, at)
	if before.State != declaration.AmendRequested || len(before.Correction.Changes) != 2 {
		t.Fatalf("%s %+v", before.State, before.Correction)
	}
	body := get(t, first, at).Body.String()
	if !strings.Contains(body, "Waits for the first officer") || !strings.Contains(body, "<ins>HT-2026-77</ins>") {
		t.Error("the officer does not see what is asked")
	}
	word := formOf(t, body, "correction")
	word.Set("act", "propose")
	word.Set("reason", "the port confirms it")
	w = post(t, trade, at+"/correction/word", word)
	if w.Code != http.StatusForbidden {
		t.Errorf("the declarant agrees: %d", w.Code)
	}
	w = post(t, first, at+"/correction/word", word)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	ids, err := z.store.Find(t.Context(), dossier.Proposal, "second", "o2", 20)
	if err != nil {
		t.Fatal(err)
	}
	shown := false
	for _, id := range ids {
		page := get(t, z.pages(z.people()["second"]), "/proposals/"+id).Body.String()
		if !strings.Contains(page, "HT-2026-77") {
			continue
		}
		shown = true
		agree := formOf(t, page, "acts")
		agree.Set("act", "agree")
		agree.Set("reason", "as the port says")
		w = post(t, z.pages(z.people()["second"]), "/proposals/"+id, agree)
		made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	}
	if !shown {
		t.Fatal("the drawn officer does not find it on the desk of the two")
	}
	after := saved[declaration.Declaration](z, dossier.Declaration, at)
	if after.Contract != "HT-2026-77" || after.Equipment != nil && len(after.Equipment) != len(before.Equipment) || after.Lines[0].UnitPrice != before.Lines[0].UnitPrice {
		t.Errorf("%+v", after)
	}
	if body := get(t, trade, at).Body.String(); !strings.Contains(body, "Both officers agreed") {
		t.Error("the declarant does not see how it ended")
	}
}

func TestADeletionIsAskedForWithAReason(t *testing.T) {
	z := newZone(t)
	z.live()
	trade := z.pages(z.people()["enterprise"])
	path := "/declarations/" + z.held + "/correction"
	form := formOf(t, get(t, trade, path+"?kind=delete").Body.String(), "correct")
	form.Set("do", "ask")
	w := post(t, trade, path, form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-reason"`) {
		t.Fatalf("without a reason: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("reason", "writing_error")
	form.Set("text", "declared twice, see the other number")
	w = post(t, trade, path, form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if d := saved[declaration.Declaration](z, dossier.Declaration, "/"+z.held); d.State != declaration.DeleteRequested {
		t.Errorf("%s", d.State)
	}
	if w := post(t, z.pages(z.people()["other"]), path, form); w.Code != http.StatusNotFound {
		t.Errorf("somebody else asks: %d", w.Code)
	}
}

func TestABookIsFiledAndChangedOnTheForm(t *testing.T) {
	z := newZone(t)
	z.live()
	trade := z.pages(z.people()["enterprise"])
	form := formOf(t, get(t, trade, "/books/new").Body.String(), "bookform")
	if form.Get("/operator/creditCode") != z.owner {
		t.Error("the owner is asked for what is registered")
	}
	form.Set("do", "paste")
	form.Set("paste", "part\tP-1\t2009.11.0000\tFrozen orange juice\tbrix 66\tKGM\tKGM\tUSD\tUS\t1\t5000\n")
	form = formOf(t, post(t, trade, "/books", form).Body.String(), "bookform")
	form.Set("do", "send")
	form.Set("/lines/0/unit", "")
	w := post(t, trade, "/books", form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "BOOK-FILE-06") {
		t.Fatalf("a line without a unit: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/lines/0/unit", "KGM")
	w = post(t, trade, "/books", form)
	at := made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if b := saved[bonded.Book](z, dossier.Book, at); b.State != book.Active || len(b.Lines) != 1 || b.Lines[0].MaxBalance != q("5000") {
		t.Fatalf("%+v", b)
	}
	form = formOf(t, get(t, trade, at+"/change").Body.String(), "bookform")
	form.Set("do", "compare")
	form.Set("/lines/0/maxBalance", "8000")
	if body := post(t, trade, at+"/change", form).Body.String(); !strings.Contains(body, "<del>5000</del>") || !strings.Contains(body, "<ins>8000</ins>") {
		t.Error("the change is not shown beside what is in force")
	}
	form.Set("do", "send")
	form.Set("/lines/0/unit", "LTR")
	if w = post(t, trade, at+"/change", form); !strings.Contains(w.Body.String(), "BONDED-CHANGE-02") {
		t.Errorf("another unit: %d", w.Code)
	}
	form.Set("/lines/0/unit", "KGM")
	w = post(t, trade, at+"/change", form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if b := saved[bonded.Book](z, dossier.Book, at); b.Lines[0].MaxBalance != q("8000") {
		t.Errorf("%+v", b.Lines[0])
	}
	if w = post(t, z.pages(z.people()["other"]), at+"/change", form); w.Code != http.StatusNotFound {
		t.Errorf("somebody else changes it: %d", w.Code)
	}
	form.Set("/operator/creditCode", z.other)
	if w = post(t, trade, "/books", form); w.Code == http.StatusSeeOther {
		t.Error("a book was opened for somebody else")
	}
}

func TestAPartIsKeptToItselfOnThePageOfItsLine(t *testing.T) {
	z := newZone(t)
	z.live()
	trade, officer := z.pages(z.people()["enterprise"]), z.pages(z.people()["officer"])
	b := saved[bonded.Book](z, dossier.Book, "/books/"+z.book)
	line, editor := "/books/"+b.ID+"/lines/1", "/books/"+b.ID+"/merger"
	form := formOf(t, get(t, trade, editor).Body.String(), "merger")
	for i, part := range []string{"P-1", "P-2"} {
		at := linePath(i)
		if i > 0 {
			form.Set("do", "add")
			form = formOf(t, post(t, trade, editor, form).Body.String(), "merger")
		}
		form.Set(at+"/part", part)
		form.Set(at+"/line", "1")
		form.Set(at+"/commodity", b.Lines[0].Commodity)
		form.Set(at+"/unit", string(b.Lines[0].Unit))
	}
	form.Set("do", "send")
	w := post(t, trade, editor, form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())

	if body := get(t, trade, line).Body.String(); !strings.Contains(body, "P-2") || strings.Contains(body, `id="mark-part"`) {
		t.Error("the enterprise does not see the parts of a line, or is offered the mark of customs")
	}
	mark := formOf(t, get(t, officer, line).Body.String(), "mark-part")
	mark.Set("act", "mark-part")
	mark.Set("part", "P-1")
	if w := post(t, officer, line, mark); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "BONDED-REASON-01") {
		t.Errorf("without a reason: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	mark.Set("reason", "under inquiry 77")
	if w := post(t, trade, line, mark); w.Code == http.StatusSeeOther {
		t.Error("the enterprise marked a part")
	}
	w = post(t, officer, line, mark)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	for _, path := range []string{line, editor} {
		for _, lang := range []string{"en", "zh-CN"} {
			body := get(t, trade, path, "Accept-Language", lang).Body.String()
			want := map[string]string{"en": "still merged with P-2", "zh-CN": "仍与 P-2 归并"}[lang]
			if !strings.Contains(body, "under inquiry 77") || !strings.Contains(body, want) || !strings.Contains(body, "o1") {
				t.Errorf("%s in %s does not tell who marked the part and why", path, lang)
			}
		}
	}
	// The editor refuses what leaves it merged, and what leaves it out.
	form = formOf(t, get(t, trade, editor).Body.String(), "merger")
	form.Set("do", "send")
	if w := post(t, trade, editor, form); !strings.Contains(w.Body.String(), "BONDED-MERGE-02") {
		t.Errorf("merged: %d", w.Code)
	}
	form.Set("/lines/0/part", "P-3")
	if w := post(t, trade, editor, form); !strings.Contains(w.Body.String(), "BONDED-SEPARATE-03") {
		t.Errorf("left out: %d", w.Code)
	}
	lift := formOf(t, get(t, officer, line).Body.String(), "lift-part")
	lift.Set("act", "lift-part")
	lift.Set("part", "P-1")
	lift.Set("reason", "in order")
	w = post(t, officer, line, lift)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if b := saved[bonded.Book](z, dossier.Book, "/books/"+z.book); len(b.Parts) != 2 || b.Parts[0].Separate {
		t.Errorf("%+v", b.Parts)
	}
}

func TestOpeningBalancesAreStatedOnTheForm(t *testing.T) {
	z := newZone(t)
	z.live()
	trade := z.pages(z.people()["enterprise"])
	b := saved[bonded.Book](z, dossier.Book, "/books/"+z.book)
	at := "/books/" + b.ID + "/opening"
	if page := get(t, trade, "/books/"+b.ID).Body.String(); !strings.Contains(page, `href="`+at+`"`) {
		t.Error("the page of the book does not lead to its opening")
	}
	form := formOf(t, get(t, trade, at).Body.String(), "opening")
	if form.Get("/lines/0/line") != strconv.Itoa(b.Lines[0].Number) || form.Get("/on") == "" {
		t.Fatalf("the lines of the book are not there: %v", form)
	}
	form.Set("do", "send")
	form.Set("/reason", "counted on the first day")
	w := post(t, trade, at, form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "BONDED-OPENING-02") {
		t.Fatalf("an opening of nothing: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	// The first row stays empty: the fault stands at the row in which the line is.
	form.Set("lines", "2")
	form.Set("/lines/1/line", strconv.Itoa(b.Lines[0].Number))
	form.Set("/lines/1/quantity", "-5")
	form.Set("/lines/1/value", "12.50")
	if w = post(t, trade, at, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-lines-1-line"`) {
		t.Fatalf("less than nothing: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/lines/1/quantity", "500")
	taken := z.clock.Now().Date().AddDays(-5)
	form.Set("/on", taken.String())
	w = post(t, trade, at, form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	held, err := z.store.Balance(t.Context(), bonded.Account(&b.Book, b.Lines[0].Number, "", ledger.Earlier).Key())
	if err != nil || held.Quantity != -q("500") {
		t.Errorf("from before the book came %s, %v", held.Quantity, err)
	}
	// It was posted today for an earlier day: what is known now of that day is not what
	// was known then.
	for _, path := range []string{"/books/" + b.ID + "?line=1", "/books/" + b.ID + "/lines/1"} {
		page := get(t, trade, path).Body.String()
		row := regexp.MustCompile(`<th scope="row">` + taken.String() + `</th>\s*<td class="number">([^<]*)</td>\s*<td class="number">([^<]*)</td>`).FindStringSubmatch(page)
		if !strings.Contains(page, `class="stock-known"`) || row == nil || row[1] == row[2] || row[2] != "500" {
			t.Errorf("%s does not tell what is known now from what was known then: %q", path, row)
		}
	}
	if w = post(t, z.pages(z.people()["other"]), at, form); w.Code != http.StatusNotFound {
		t.Errorf("somebody else states it: %d", w.Code)
	}
}

// Goods go between two books of one enterprise: the receiver's list is filed, its
// page leads to the sender's, which knows everything but what only the sender
// knows, and both are posted at once.
func TestATransferIsListedByTheReceiverAndAnsweredByTheSender(t *testing.T) {
	z := newZone(t)
	z.live()
	trade := z.pages(z.people()["enterprise"])
	from := saved[bonded.Book](z, dossier.Book, "/books/"+z.book)
	form := formOf(t, get(t, trade, "/books/"+from.ID+"/opening").Body.String(), "opening")
	form.Set("do", "send")
	form.Set("/reason", "counted on the first day")
	form.Set("/lines/0/quantity", "500")
	w := post(t, trade, "/books/"+from.ID+"/opening", form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())

	form = formOf(t, get(t, trade, "/books/new").Body.String(), "bookform")
	form.Set("do", "paste")
	form.Set("paste", "part\tP-1\t"+string(from.Lines[0].Commodity)+"\tFrozen orange juice\tbrix 66\tKGM\tKGM\tUSD\tUS\t1\t5000\n")
	form = formOf(t, post(t, trade, "/books", form).Body.String(), "bookform")
	form.Set("do", "send")
	w = post(t, trade, "/books", form)
	to := saved[bonded.Book](z, dossier.Book, made(t, w.Code, w.Header().Get("Location"), w.Body.String()))

	if page := get(t, trade, "/books/"+to.ID).Body.String(); !strings.Contains(page, "/lists/new?from=book&amp;book="+to.ID) {
		t.Error("the page of the book does not lead to a transfer")
	}
	form = formOf(t, get(t, trade, "/lists/new?from=book&book="+to.ID).Body.String(), "list")
	form.Set("/relatedBook", from.Number)
	form.Set("do", "paste")
	form.Set("paste", "1\t120\t240\tUSD\tUS\t120\t130\t120\n")
	form = formOf(t, post(t, trade, "/lists", form).Body.String(), "list")
	form.Set("do", "send")
	w = post(t, trade, "/lists", form)
	in := made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	id := in[strings.LastIndex(in, "/")+1:]
	if page := get(t, trade, in).Body.String(); !strings.Contains(page, `href="/lists/new?answers=`+id+`"`) {
		t.Fatal("the receiver's list does not lead to the sender's")
	}
	if w = get(t, z.pages(z.people()["other"]), "/lists/new?answers="+id); w.Code != http.StatusNotFound {
		t.Errorf("somebody else answers it: %d", w.Code)
	}
	form = formOf(t, get(t, trade, "/lists/new?answers="+id).Body.String(), "list")
	if form.Get("/book") != from.Number || form.Get("/relatedBook") != to.Number || form.Get("/relatedList") == "" || form.Get("/direction") != string(book.Out) {
		t.Fatalf("what the sender is asked: %v", form)
	}
	if only := len(from.Lines) == 1; only != (form.Get("/lines/0/bookLine") == "1") {
		t.Errorf("of %d lines the form chose %q", len(from.Lines), form.Get("/lines/0/bookLine"))
	}
	form.Set("/lines/0/bookLine", "1")
	form.Set("do", "send")
	w = post(t, trade, "/lists", form)
	out := saved[bonded.List](z, dossier.VerificationList, made(t, w.Code, w.Header().Get("Location"), w.Body.String()))
	if got := saved[bonded.List](z, dossier.VerificationList, in); out.State != book.ListPosted || got.State != book.ListPosted {
		t.Errorf("sent: %s, received: %s", out.State, got.State)
	}
	if page := get(t, trade, in).Body.String(); strings.Contains(page, "answers=") {
		t.Error("a transfer that is done asks for its sender")
	}
}

func TestAListAndItsNoteAreMadeOnTheForms(t *testing.T) {
	z := newZone(t)
	z.live()
	trade := z.pages(z.people()["enterprise"])
	form := formOf(t, get(t, trade, "/lists/new?book="+z.book).Body.String(), "list")
	form.Set("/procedure", "first-line-entry")
	form.Set("do", "paste")
	form.Set("paste", "1\t300\t600\tUSD\tUS\t\t330\t300\n9\t1\t1\n")
	body := post(t, trade, "/lists", form).Body.String()
	form = formOf(t, body, "list")
	if form.Get("/lines/0/name") != "Frozen orange juice" || form.Get("/lines/0/unit") != "KGM" || form.Get("/lines/0/legalQuantity") != "" {
		t.Fatalf("the book does not complete the line: %v", form)
	}
	form.Set("do", "check")
	w := post(t, trade, "/lists", form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-lines-1-bookLine"`) {
		t.Fatalf("a line that the book has not: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	for _, e := range listShape.Line {
		form.Del(linePath(1) + e.Path)
	}
	form.Set("lines", "1")
	if body = post(t, trade, "/lists", form).Body.String(); !strings.Contains(body, "Nothing is wrong") {
		t.Errorf("the list has faults: %s", refusalOf(body))
	}
	form.Set("do", "send")
	w = post(t, trade, "/lists", form)
	at := made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	l := saved[bonded.List](z, dossier.VerificationList, at)
	if l.State != book.ListApproved || l.Number == "" {
		t.Fatalf("%+v", l)
	}
	z.judge(false)
	lodged := z.lodge(z.paper("first-line-entry", z.owner, l.Book, l.Number, "COSU2", "20", "330", juice(1, "300")))

	id := at[strings.LastIndex(at, "/")+1:]
	form = formOf(t, get(t, trade, "/notes/new?list="+id).Body.String(), "note")
	if form.Get("/documents") != l.Number || form.Get("/lines/0/quantity") != "300" || form.Get("/goodsGross") != "330" {
		t.Fatalf("the note does not know the list: %v", form)
	}
	form.Set("/plate", "沪A54321")
	form.Set("/truckTare", "13,000")
	form.Set("/chassisTare", "1,000")
	form.Set("/total", "14,000")
	form.Set("do", "sum")
	if body = post(t, trade, "/notes", form).Body.String(); !strings.Contains(body, "14,330") || !strings.Contains(body, "The total differs by") {
		t.Error("the sum is not shown")
	}
	form.Set("do", "apply")
	w = post(t, trade, "/notes", form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-total"`) {
		t.Fatalf("a total that does not add up: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/total", "")
	form.Set("do", "sum")
	if body = post(t, trade, "/notes", form).Body.String(); formOf(t, body, "note").Get("/total") != "14330" {
		t.Error("the total is not filled in")
	}
	form.Set("/total", "14330")
	form.Set("do", "apply")
	w = post(t, trade, "/notes", form)
	note := made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	n := saved[control.Note](z, dossier.ReleaseNote, note)
	if n.State != gate.Approved || n.Area != zoneArea || lodged.ID == "" {
		t.Fatalf("%+v", n)
	}
	if body = get(t, trade, at).Body.String(); !strings.Contains(body, n.Number) {
		t.Error("the list does not show its note")
	}
	form = formOf(t, get(t, trade, note).Body.String(), "acts")
	form.Set("act", "ask_void")
	if w = post(t, trade, note, form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "CONTROL-REASON-01") {
		t.Errorf("voiding without a reason: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("reason", "the truck broke down")
	w = post(t, trade, note, form)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	if n = saved[control.Note](z, dossier.ReleaseNote, note); n.State != gate.VoidRequested {
		t.Errorf("%s", n.State)
	}
	for _, stranger := range []string{"other", "lane"} {
		if w = post(t, z.pages(z.people()[stranger]), note, form); w.Code == http.StatusSeeOther {
			t.Errorf("%s voids it", stranger)
		}
	}
}

func TestGoodsEnterFirstAndAreDeclaredFromWhatIsKnown(t *testing.T) {
	z := newZone(t)
	z.live()
	trade := z.pages(z.people()["enterprise"])
	found, err := z.store.Find(t.Context(), dossier.BillOfLading, "journey_number", "012E|COSU2", 1)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if body := get(t, trade, "/bills/"+found[0]).Body.String(); !strings.Contains(body, "/ladings/new?bill="+found[0]) {
		t.Error("the bill of lading does not lead to an application")
	}
	form := formOf(t, get(t, trade, "/ladings/new?bill="+found[0]).Body.String(), "lading")
	for path, want := range map[string]string{"/billOfLading": "COSU2", "/packages": "100", "/procedure": "enter-first", "/consignee/creditCode": z.owner, "/transport/voyage": "012E"} {
		if form.Get(path) != want {
			t.Errorf("%s is %q", path, form.Get(path))
		}
	}
	form.Set("do", "apply")
	form.Set("/billOfLading", "COSU9")
	w := post(t, trade, "/ladings", form)
	if w.Code == http.StatusSeeOther || !strings.Contains(w.Body.String(), `href="#f-billOfLading"`) {
		t.Fatalf("a bill of lading on no manifest: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	form.Set("/billOfLading", "COSU2")
	w = post(t, trade, "/ladings", form)
	at := made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	a := saved[bonded.Application](z, dossier.Application, at)
	if a.State != bonded.ApplicationApproved {
		t.Fatalf("%+v", a)
	}
	note := formOf(t, get(t, trade, "/notes/new?application="+a.ID).Body.String(), "note")
	note.Set("/plate", "沪A77777")
	note.Set("/truckTare", "13000")
	note.Set("/total", "14000")
	note.Set("do", "apply")
	w = post(t, trade, "/notes", note)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	z.clock.Advance(time.Minute)
	_, err = z.control.Pass(t.Context(), decision.Command{Name: "pass", Received: z.clock.Now()}, decision.Actor{ID: "lane-3", Kind: journal.Device}, gate.Readings{
		Area: zoneArea, Gate: "G1", Lane: z.lane, LaneKind: gate.GoodsLane, Direction: gate.In, Sequence: "S" + strconv.Itoa(99), At: z.clock.Now(),
		CameraPlate: "沪A77777", Weighed: true, Scale: q("14010"),
	})
	if err != nil {
		t.Fatal(err)
	}
	body := get(t, trade, at).Body.String()
	if !strings.Contains(body, "Customs of the port") || !strings.Contains(body, "2026-12-0") {
		t.Error("the two customs and the debt are not shown")
	}
	arrive := formOf(t, body, "acts")
	if arrive.Get("/packages") != "100" {
		t.Errorf("what passed is not proposed: %v", arrive)
	}
	arrive.Set("act", "arrive")
	arrive.Set("/packages", "101")
	if w = post(t, trade, at, arrive); w.Code == http.StatusSeeOther || !strings.Contains(w.Body.String(), "BONDED-ARRIVE-01") {
		t.Errorf("more than passed: %d", w.Code)
	}
	arrive.Set("/packages", "100")
	w = post(t, trade, at, arrive)
	made(t, w.Code, w.Header().Get("Location"), w.Body.String())
	body = get(t, trade, "/declare?application="+a.ID).Body.String()
	declare := formOf(t, body, "declare")
	for path, want := range map[string]string{
		"/filingType": "2", "/kind": "filing_bill", "/procedure": "enter-first", "/billOfLading": "COSU2", "/packages": "100", "/bookNumber": a.Content.BookNumber, "/tradeMode": "5033",
	} {
		if declare.Get(path) != want {
			t.Errorf("%s is %q, not %q", path, declare.Get(path), want)
		}
	}
	if !strings.Contains(body, "fields are filled from what was given before") || !strings.Contains(body, "Lading application "+a.Number) {
		t.Error("the form does not say where its values come from")
	}
	for _, path := range []string{at, "/declare?application=" + a.ID, "/lists/new?application=" + a.ID, "/notes/new?application=" + a.ID} {
		if w = get(t, trade, path, "HX-Request", "true"); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<main") {
			t.Errorf("fragment of %s: %d", path, w.Code)
		}
		if w = get(t, z.pages(z.people()["other"]), path); w.Code != http.StatusNotFound {
			t.Errorf("%s to somebody else: %d", path, w.Code)
		}
	}
}

func TestAMovementLeadsToTheListForWhoseGoodsItWasMade(t *testing.T) {
	z := newZone(t)
	z.live()
	page := get(t, z.pages(z.people()["enterprise"]), "/books/"+z.book).Body.String()
	at := strings.Index(page, `id="movements"`)
	if at < 0 || !strings.Contains(page[at:], `href="/lists/`+z.list+`"`) {
		t.Errorf("no movement of the book leads to list %s", z.list)
	}
}

func TestTheWorklistShowsFilingsThatWaitForAFirstWord(t *testing.T) {
	z := newZone(t)
	z.live()
	officer, trade := z.pages(z.people()["officer"]), z.pages(z.people()["enterprise"])
	waiting := func() bool {
		return strings.Contains(get(t, officer, "/work?view=papers").Body.String(), `href="/declarations/`+z.held+`"`)
	}
	if waiting() {
		t.Error("nothing was asked for yet")
	}
	path := "/declarations/" + z.held + "/correction"
	form := formOf(t, get(t, trade, path+"?kind=delete").Body.String(), "correct")
	form.Set("do", "ask")
	form.Set("reason", "writing_error")
	form.Set("text", "declared twice, see the other number")
	if w := post(t, trade, path, form); w.Code >= http.StatusBadRequest {
		t.Fatalf("asked: %d %s", w.Code, refusalOf(w.Body.String()))
	}
	if !waiting() {
		t.Error("a deletion that was asked for waits on no worklist")
	}
}

func TestAReturnedListIsRevisedOnItsForm(t *testing.T) {
	z := newZone(t)
	z.live()
	z.bonded.JudgeLists(func() *risk.Table { return drawn(t, risk.List, num.OneRate) })
	people := z.people()
	trade, desk := z.pages(people["enterprise"]), z.pages(people["officer"])
	form := formOf(t, get(t, trade, "/lists/new?book="+z.book).Body.String(), "list")
	form = with(form, "/procedure", "first-line-entry", "/lines/0/bookLine", "1", "/lines/0/quantity", "40", "/lines/0/total", "80", "/lines/0/origin", "US")
	w := post(t, trade, "/lists", with(form, "do", "send"))
	at := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(at, "/lists/") {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	id := strings.TrimPrefix(at, "/lists/")
	absent := get(t, trade, "/lists/new?revises=nosuch").Code
	if w := get(t, trade, "/lists/new?revises="+id); w.Code != http.StatusConflict {
		t.Errorf("a list that was not returned is revised: %d", w.Code)
	}
	if w := get(t, z.pages(people["other"]), "/lists/new?revises="+id); w.Code != absent {
		t.Errorf("another enterprise revises it: %d", w.Code)
	}
	acts := formOf(t, get(t, desk, at).Body.String(), "acts")
	if w := post(t, desk, at, with(acts, "act", "return", "reason", "not the quantity of the invoice")); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if body := get(t, trade, at).Body.String(); !strings.Contains(body, "/lists/new?revises="+id) {
		t.Error("the page does not lead to the revision")
	}
	again := formOf(t, get(t, trade, "/lists/new?revises="+id).Body.String(), "list")
	if again.Get("/lines/0/quantity") != "40" || again.Get("revises") != id {
		t.Fatalf("%v", again)
	}
	if w := post(t, trade, "/lists", with(again, "/lines/0/quantity", "45", "/lines/0/legalQuantity", "45", "do", "check")); !strings.Contains(w.Body.String(), "Nothing is wrong") {
		t.Errorf("%d %s", w.Code, refusalOf(w.Body.String()))
	}
	if w := post(t, trade, "/lists", with(again, "/lines/0/quantity", "45", "/lines/0/legalQuantity", "45", "do", "send")); w.Header().Get("Location") != at {
		t.Fatalf("%d %s %s", w.Code, w.Header().Get("Location"), refusalOf(w.Body.String()))
	}
	if body := get(t, desk, at).Body.String(); !strings.Contains(body, "Version 1, filed") || !strings.Contains(body, "45") {
		t.Error("the officer does not see the version that was returned")
	}
}
