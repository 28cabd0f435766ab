package console

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/locales"
)

func post(t *testing.T, h http.Handler, path string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// keyLike finds a key of ours that was shown instead of its words.
var (
	keyLike  = regexp.MustCompile(`>\s*[a-z]+\.[a-z]+(\.[a-z]+)?\s*<`)
	codeText = regexp.MustCompile(`<code[^>]*>[^<]*</code>`)
)

func TestEveryScreenShowsRealDataInBothLanguages(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	for _, c := range []struct {
		who   string
		paths []string
	}{
		{"officer", []string{
			"/work", "/work?view=inspect", "/work?view=overdue", "/work?view=mine", "/work?view=others", "/work?sort=-value", "/work?sort=risk&channel=red",
			"/work/new?view=decide&since=0", "/overview", "/declarations", "/declarations?q=COSU1", "/declarations?state=returned", "/declarations/" + z.held,
			"/declarations/" + z.released, "/declarations/" + z.returned, "/manifests", "/manifests/" + z.manifest, "/bills/" + z.bill, "/inspections/" + z.order,
			"/proposals/" + z.proposal, "/books", "/books/" + z.book, "/books/" + z.book + "?line=2", "/lists", "/lists/" + z.list, "/ladings", "/notes", "/notes/" + z.note, "/due", "/due?view=tax", "/due?view=guarantees",
			"/life/declaration/" + z.released, "/life/bill_of_lading/" + z.bill, "/life/enterprise/" + z.owner, "/enterprises/" + z.owner, "/life/guarantee/G1", "/guarantees/G1", "/life/container/MSCU1234566",
			"/journal", "/journal?kind=declaration&id=" + z.held, "/journal?type=declaration.held&actor=clerk&from=2026-11-23&until=2026-11-23", "/journal/" + z.entry,
			"/revenue", "/revenue?by=office", "/revenue?by=chapter", "/revenue?by=tax&from=2026-11-01&to=2026-11-30", "/verify", "/tariff?q=juice", "/tariff?code=2009110000&origin=US&price=1000&quantity=100&unit=KGM&currency=USD", "/codes", "/codes?list=currency&q=yen",
			"/modes", "/modes/import-direct", "/modes/first-line-entry", "/lanes", "/lanes/" + z.lane, "/settings", "/settings/rights", "/settings/risk", "/settings/people", "/settings/instructions", "/settings/instructions?view=all", "/settings/parameters", "/settings/parameters/gate/comparison", "/settings/parameters/duty/exchange_rule",
		}},
		{"enterprise", []string{
			"/home", "/declarations", "/declarations/" + z.held, "/declarations/" + z.returned, "/books", "/books/" + z.book, "/lists/" + z.list, "/due", "/due?view=tax",
			"/due?view=guarantees", "/guarantees/G1", "/declarations/" + z.released + "/correction", "/declarations/" + z.held + "/correction?kind=delete", "/books/new", "/books/" + z.book + "/change",
			"/lists", "/lists/new", "/lists/new?book=" + z.book + "&direction=out", "/ladings", "/ladings/new", "/ladings/new?bill=" + z.bill, "/notes", "/notes/new",
			"/notes/new?list=" + z.list, "/notes/" + z.note, "/declare", "/declare?from=" + z.returned, "/declare?bill=" + z.bill, "/life/declaration/" + z.held, "/life/enterprise/" + z.owner, "/enterprises/" + z.owner, "/tariff",
		}},
		{"tax", []string{
			"/revenue", "/reconciliations", "/reconciliations?view=open", "/tariff/changes", "/tariff/changes?code=20091100&kind=mfn&rate=5&from=2026-12-24&law=announcement",
			"/tariff?code=20091100&origin=BR&price=1000&day=2026-06-01",
		}},
		{"cover", []string{"/due?view=guarantees", "/guarantees/new", "/guarantees/G1"}},
		{"lane", []string{"/lanes", "/lanes/" + z.lane}},
		{"auditor", []string{"/journal", "/declarations", "/overview", "/settings"}},
		{"analyst", []string{"/settings/risk", "/settings/risk?subject=list", "/settings/risk?subject=passage", "/settings/risk/D-H01-PROHIBITED", "/settings/risk/health", "/settings/instructions/new", "/work?view=instructions", "/overview", "/work"}},
		{"operator", []string{"/settings", "/settings/rights"}},
	} {
		h := z.pages(people[c.who])
		for _, path := range c.paths {
			for _, tag := range locales.Languages {
				w := get(t, h, path, "Accept-Language", tag)
				body := w.Body.String()
				if w.Code != http.StatusOK {
					t.Errorf("%s %s in %s answers %d: %s", c.who, path, tag, w.Code, refusalOf(body))
					continue
				}
				if strings.Count(body, "<h1>") != 1 || !strings.Contains(body, `<html lang="`+tag+`"`) {
					t.Errorf("%s %s in %s: not one h1, or another language", c.who, path, tag)
				}
				if shown := keyLike.FindString(codeText.ReplaceAllString(body, "")); shown != "" {
					t.Errorf("%s %s in %s shows a key: %s", c.who, path, tag, shown)
				}
				if strings.Contains(body, "&lt;nil&gt;") || strings.Contains(body, "%!") {
					t.Errorf("%s %s in %s shows a value of the program instead of its words", c.who, path, tag)
				}
				fragment := get(t, h, path, "Accept-Language", tag, "HX-Request", "true").Body.String()
				if strings.Contains(fragment, "<main") || !strings.Contains(stable(body), stable(fragment)) {
					t.Errorf("%s %s in %s: the fragment is not a part of the page", c.who, path, tag)
				}
			}
		}
	}
}

// stable leaves out the keys of forms, which are new each time.
func stable(body string) string {
	return regexp.MustCompile(`name="key" value="[^"]*"`).ReplaceAllString(body, "")
}

// refusalOf gives the code that a page refuses with.
func refusalOf(body string) string {
	return strings.Join(regexp.MustCompile(`[A-Z]+-[A-Z]+-[0-9]{2}`).FindAllString(body, -1), " ")
}

// stateOf gives the words of a page that shows nothing else.
func stateOf(body string) string {
	_, after, _ := strings.Cut(body, `<div class="state">`)
	return regexp.MustCompile(`<[^>]*>|\s+`).ReplaceAllString(after[:min(len(after), 900)], " ")
}

func TestWhatBelongsToOthersIsNotThere(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["other"])
	absent := get(t, h, "/declarations/nosuch").Code
	for _, path := range []string{
		"/declarations/" + z.held, "/books/" + z.book, "/lists/" + z.list, "/inspections/" + z.order, "/life/declaration/" + z.held, "/life/enterprise/" + z.owner, "/enterprises/" + z.owner,
		"/life/guarantee/G1", "/guarantees/G1", "/journal/" + z.entry, "/journal/" + z.entry + "/receipt", "/declare?from=" + z.held,
		"/declarations/" + z.held + "/correction", "/books/" + z.book + "/change", "/lists/new?book=" + z.book, "/notes/" + z.note, "/notes/new?list=" + z.list,
	} {
		w := get(t, h, path)
		if w.Code != absent {
			t.Errorf("%s answers %d, an absent one %d", path, w.Code, absent)
		}
		if strings.Contains(w.Body.String(), "Frozen orange juice") {
			t.Errorf("%s tells of the goods", path)
		}
	}
	for _, path := range []string{"/declarations", "/books", "/lists", "/notes", "/ladings", "/due?view=tax", "/due?view=guarantees"} {
		if body := get(t, h, path).Body.String(); strings.Contains(body, z.owner) || strings.Contains(body, z.held) {
			t.Errorf("%s lists what is not theirs", path)
		}
	}
	for _, path := range []string{"/work", "/journal", "/overview", "/settings/risk", "/proposals/" + z.proposal, "/lanes"} {
		if w := get(t, h, path); w.Code != http.StatusForbidden {
			t.Errorf("%s answers %d to an enterprise", path, w.Code)
		}
	}
}

func TestADeclarantDoesNotReadWhatSelectedIt(t *testing.T) {
	z := newZone(t)
	z.live()
	body := get(t, z.pages(z.people()["enterprise"]), "/declarations/"+z.held).Body.String()
	for _, secret := range []string{"Random draw", "of 100; yellow", "random-draw", "name=\"act\" value=\"release\""} {
		if strings.Contains(body, secret) {
			t.Errorf("the declarant reads %q", secret)
		}
	}
	if !strings.Contains(body, "Held for decision") {
		t.Error("the declarant does not learn where it stands")
	}
}

func TestStaffLooksAreRecorded(t *testing.T) {
	z := newZone(t)
	z.live()
	get(t, z.pages(z.people()["officer"]), "/declarations/"+z.held)
	get(t, z.pages(z.people()["enterprise"]), "/declarations/"+z.released)
	if want := []string{"declaration " + z.held}; !slices.Equal(z.logged, want) {
		t.Errorf("logged %v, want %v", z.logged, want)
	}
}

func TestAnOfficerActsWithAReason(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["officer"])
	path := "/declarations/" + z.held
	w := post(t, h, path, url.Values{"act": {"return"}, "key": {"k1"}, "reason": {" "}})
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "CLR-REASON-01") || !strings.Contains(w.Body.String(), `aria-invalid="true"`) {
		t.Fatalf("without a reason: %d", w.Code)
	}
	if w = post(t, h, path, url.Values{"act": {"return"}, "key": {"k2"}, "reason": {"wrong code"}, "version": {"99"}}); w.Code != http.StatusConflict {
		t.Errorf("another version: %d", w.Code)
	}
	form := url.Values{"act": {"inspect"}, "key": {"k3"}, "reason": {"price"}}
	for range 2 { // sent twice, done once
		if w = post(t, h, path, form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != path {
			t.Fatalf("inspect: %d %s", w.Code, stateOf(w.Body.String()))
		}
	}
	var d declaration.Declaration
	if _, err := z.store.Load(t.Context(), dossier.Declaration, z.held, &d); err != nil || d.State != declaration.Inspecting {
		t.Errorf("%s %v", d.State, err)
	}
	if w = post(t, z.pages(z.people()["lane"]), path, form); w.Code != http.StatusForbidden {
		t.Errorf("a gate officer decides: %d", w.Code)
	}
	if w = post(t, z.pages(z.people()["enterprise"]), path, url.Values{"act": {"release"}, "reason": {"please"}}); w.Code != http.StatusForbidden {
		t.Errorf("the declarant releases: %d", w.Code)
	}
}

func TestTheSecondOfficerIsTheDrawnOne(t *testing.T) {
	z := newZone(t)
	z.live()
	path := "/proposals/" + z.proposal
	first := z.pages(z.people()["officer"])
	if body := get(t, first, path).Body.String(); !strings.Contains(body, "You proposed this") {
		t.Error("the first officer does not read why the acts are off")
	}
	if w := post(t, first, path, url.Values{"act": {"agree"}, "reason": {"yes"}, "key": {"a"}}); w.Code == http.StatusSeeOther {
		t.Error("the first officer agrees with himself")
	}
	if w := post(t, z.pages(z.people()["second"]), path, url.Values{"act": {"agree"}, "reason": {"nothing moved"}, "key": {"b"}}); w.Code != http.StatusSeeOther {
		t.Errorf("the drawn officer: %d %s", w.Code, stateOf(w.Body.String()))
	}
}

func TestADeclarationIsMadeOnTheForm(t *testing.T) {
	z := newZone(t)
	z.live()
	z.judge(false)
	h := z.pages(z.people()["enterprise"])
	day := z.clock.Now().Date().String()
	form := url.Values{
		"/procedure": {"import-direct"}, "/kind": {"bill_of_entry"}, "/direction": {"import"}, "/competentOffice": {"２２１８"}, "/entryOffice": {"2218"},
		"/declaredOn": {day}, "/entryOn": {day}, "/consignee/creditCode": {z.owner}, "/declarant/creditCode": {z.owner}, "/transport/mode": {"2"},
		"/departureCountry": {"us"}, "/tradeMode": {"0110"}, "/levyNature": {"101"}, "/tradeCountry": {"US"}, "/terms": {"CIF"}, "/currency": {"USD"},
		"/packages": {"10"}, "/packageKind": {"CT"}, "/grossMass": {"1,000"}, "/netMass": {"900"}, "lines": {"1"}, "key": {"f1"},
		"paste": {"2009.11.0000\tFrozen orange juice\tbrix 66\t900\tKGM\t900\tKGM\t1800\tUS\t900\n"}, "do": {"paste"},
	}
	body := post(t, h, "/declare", form).Body.String()
	if !strings.Contains(body, `value="Frozen orange juice"`) || !strings.Contains(body, `value="1800"`) {
		t.Fatal("the pasted row is not on the form")
	}
	for _, e := range lineElements {
		if found := regexp.MustCompile(`name="/lines/0` + e.Path + `"[^>]* value="([^"]*)"|value="([^"]*)"[^>]* name="/lines/0` + e.Path + `"`).FindStringSubmatch(body); found != nil {
			form.Set("/lines/0"+e.Path, found[1]+found[2])
		}
	}
	form.Del("paste")
	form.Set("/entryOn", "2026-11-31")
	form.Set("do", "lodge")
	w := post(t, h, "/declare", form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-entryOn"`) || !strings.Contains(w.Body.String(), "<title>Error:") {
		t.Fatalf("a wrong day: %d", w.Code)
	}
	form.Set("/entryOn", day)
	form.Set("/lines/0/origin", "QQ")
	if w = post(t, h, "/declare", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#f-lines-0-origin"`) {
		t.Fatalf("a fault of the story stands at its field: %d", w.Code)
	}
	form.Set("/lines/0/origin", "US")
	form.Set("do", "preview")
	before := z.store.Position()
	w = post(t, h, "/declare", form)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="preview"`) || !strings.Contains(w.Body.String(), "Value added tax") {
		t.Fatalf("preview: %d %s", w.Code, stateOf(w.Body.String()))
	}
	if z.store.Position() != before {
		t.Error("a preview writes")
	}
	// Drawn for a check or not: a preview says the same, or trying would tell.
	z.judge(true)
	if again := post(t, h, "/declare", form); stable(again.Body.String()) != stable(w.Body.String()) {
		t.Error("a preview tells whether the declaration will be held")
	}
	z.judge(false)
	form.Set("do", "lodge")
	if w = post(t, h, "/declare", form); w.Code != http.StatusSeeOther {
		t.Fatalf("lodge: %d %s", w.Code, w.Body)
	}
	if w = get(t, h, w.Header().Get("Location")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Waits for tax") {
		t.Errorf("the declaration: %d", w.Code)
	}
	form.Set("/consignee/creditCode", z.other)
	if w = post(t, h, "/declare", form); w.Code == http.StatusSeeOther {
		t.Error("it was lodged for somebody else without a mandate")
	}
}

func TestAManifestIsTakenAndItsFaultsAreNamed(t *testing.T) {
	z := newZone(t)
	z.live()
	v := z.people()["enterprise"]
	v.Posts = []string{"carrier"}
	h := z.pages(v)
	if w := get(t, h, "/manifests/new"); w.Code != http.StatusOK {
		t.Fatalf("form: %d", w.Code)
	}
	for _, c := range []struct{ name, text, code string }{
		{"nothing", " ", "CONSOLE-UPLOAD-01"},
		{"broken EDIFACT", "UNB+UNOC:3+A+B+261120:0300+1'UNH+1+CUSDEC:D:95B:UN'", "MSG-"},
		{"a table with wrong columns", "a,b\n1,2\n", "TABLE-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := post(t, h, "/manifests", url.Values{"text": {c.text}})
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.code) {
				t.Errorf("%d, no %s", w.Code, c.code)
			}
		})
	}
}

func TestTheLaneIsObeyedOnce(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["lane"])
	body := get(t, h, "/lanes/"+z.lane).Body.String()
	found := regexp.MustCompile(`name="passage" value="([^"]+)"`).FindStringSubmatch(body)
	if found == nil || !strings.Contains(body, `data-key="F4"`) || !strings.Contains(body, `data-key="Enter"`) {
		t.Fatal("the three buttons are not there")
	}
	form := url.Values{"passage": {found[1]}, "act": {"lift"}, "key": {"l"}}
	if w := post(t, h, "/lanes/"+z.lane, form); w.Code != http.StatusSeeOther {
		t.Fatalf("lift: %d %s", w.Code, w.Body)
	}
	if body = get(t, h, "/lanes/"+z.lane).Body.String(); !strings.Contains(body, "lifted by hand") {
		t.Error("the barrier is not told")
	}
}

// sendFile posts a form that carries a file.
func sendFile(t *testing.T, h http.Handler, path string, form url.Values, name, content string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for field, values := range form {
		for _, value := range values {
			if err := parts.WriteField(field, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	file, err := parts.CreateFormFile(name, "lines.csv")
	if err == nil {
		_, err = file.Write([]byte(content))
	}
	if err == nil {
		err = parts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, &body)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAFileOfLinesIsMarkedInTheGrid(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["enterprise"])
	form := url.Values{"/direction": {"import"}, "lines": {"1"}, "key": {"k"}, "do": {"import"}}
	sheet := "\ufeffName of the goods;Commodity;Quantity;Price\r\nFrozen orange juice;2009.11.0000;900;1800\r\nApple juice;2009.71.0000;12,5,0x;7\r\n"
	w := sendFile(t, h, "/declare", form, "sheet", sheet)
	body := w.Body.String()
	for _, want := range []string{`value="Frozen orange juice"`, `value="2009.71.0000"`, `value="1800"`, `href="#f-lines-1-quantity"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	if strings.Contains(body, `href="#f-lines-0-quantity"`) {
		t.Error("a line in order is marked")
	}
	for i, row := range [][]string{{"2009.11.0000", "Frozen orange juice", "900"}, {"=1+1", "Apple juice", "12x"}} {
		for j, path := range []string{"/commodity", "/name", "/quantity"} {
			form.Set(linePath(i)+path, row[j])
		}
	}
	form.Set("do", "sheet")
	w = post(t, h, "/declare", form)
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
		t.Fatalf("%d %s", w.Code, got)
	}
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "What is wrong") || !strings.HasPrefix(lines[2], "'=1+1,") || !strings.Contains(lines[2], "12x") || strings.Count(lines[2], "12x") < 2 {
		t.Errorf("%q", lines)
	}
	for _, c := range []struct{ name, content string }{{"no table", ""}, {"too large", strings.Repeat("x", sheetLimit+1)}} {
		form.Set("do", "import")
		if w = sendFile(t, h, "/declare", form, "sheet", c.content); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "CONSOLE-SHEET-01") {
			t.Errorf("%s: %d", c.name, w.Code)
		}
	}
	if w = post(t, h, "/declare", form); !strings.Contains(w.Body.String(), "CONSOLE-SHEET-02") {
		t.Errorf("no file: %d", w.Code)
	}
}
