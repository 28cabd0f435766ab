package console

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/message"
)

// workbookOf makes a workbook as office programs write it.
func workbookOf(t *testing.T, rows [][]any, merge ...string) string {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for i, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = f.SetSheetRow("Sheet1", at, &row)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(merge) == 2 {
		if err := f.MergeCell("Sheet1", merge[0], merge[1]); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Lines of an account book come out of a workbook and go back into one, with what
// is wrong beside each; a workbook that cannot be understood takes nothing in and
// says why.
func TestLinesComeFromAWorkbookAndGoBackIntoOne(t *testing.T) {
	z := newZone(t)
	z.live()
	h := z.pages(z.people()["enterprise"])
	form := url.Values{"/kind": {"equipment"}, "/competentOffice": {"2218"}, "lines": {"1"}, "key": {"k"}, "do": {"import"}}
	sheet := workbookOf(t, [][]any{
		{"kind", "commodity", "name", "unit", "maxBalance", "serialNumber", "entryWay", "supervisedUntil"},
		{"unit", "8479899990", "Press", "SET", 1, "SN-1", "first_line", 46356},
		{"unit", "8479899990", "=Press", "SET", 0.1 + 0.2, "SN-2", "by boat", "2030-01-01"},
	})
	body := sendFile(t, h, "/books", form, "sheet", sheet).Body.String()
	for _, want := range []string{`value="Press"`, `value="2026-11-30"`, `value="0.3"`, `value="SN-2"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	for _, c := range []struct {
		name, code, text string
		rows             [][]any
		merge            []string
	}{
		{"merged cells", "SHEET-MERGED-01", "A2 to A3", [][]any{{"kind", "commodity"}, {"unit", "8479899990"}, {"", "8479899991"}}, []string{"A2", "A3"}},
		{"a column that the form does not have", "CONSOLE-SHEET-03", "“Colour”", [][]any{{"kind", "commodity", "Colour"}, {"unit", "8479899990", "red"}}, nil},
		{"a column twice", "CONSOLE-SHEET-04", "“Commodity”", [][]any{{"kind", "commodity", "Commodity"}, {"unit", "8479899990", "8479899991"}}, nil},
		{"a head in words of another house", "CONSOLE-SHEET-03", "“Artikel”", [][]any{{"Artikel", "Zolltarifnummer"}, {"unit", "8479899990"}}, nil},
	} {
		w := sendFile(t, h, "/books", form, "sheet", workbookOf(t, c.rows, c.merge...))
		body := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, c.code) || !strings.Contains(body, c.text) || strings.Contains(body, `value="8479899990"`) {
			t.Errorf("%s: %d, code %t, place %t", c.name, w.Code, strings.Contains(body, c.code), strings.Contains(body, c.text))
		}
	}

	for path, value := range map[string]string{"/kind": "unit", "/commodity": "8479899990", "/name": "=Press", "/unit": "SET", "/serialNumber": "SN-2", "/entryWay": "by boat"} {
		form.Set(linePath(0)+path, value)
	}
	form.Set("do", "workbook")
	w := post(t, h, "/books", form)
	if kind := w.Header().Get("Content-Type"); !strings.Contains(kind, "spreadsheetml") || !strings.Contains(w.Header().Get("Content-Disposition"), "book-lines.xlsx") {
		t.Fatalf("%d %s", w.Code, kind)
	}
	given := w.Body.String()
	rows, err := message.ReadRows([]byte(given))
	if err != nil || len(rows) != 2 || rows[0][len(bookShape.Line)] != "What is wrong" || !strings.Contains(strings.Join(rows[1], "|"), "'=Press") || len(rows[1]) <= len(bookShape.Line) {
		t.Fatalf("%q, %v", rows, err)
	}
	// What was given out is taken in again as it was.
	again := url.Values{"/kind": {"equipment"}, "lines": {"1"}, "key": {"k"}, "do": {"import"}}
	if body := sendFile(t, h, "/books", again, "sheet", given).Body.String(); !strings.Contains(body, `value="=Press"`) || !strings.Contains(body, `value="SN-2"`) || strings.Contains(body, "CONSOLE-SHEET") {
		t.Error("the lines that were given out are not taken in again")
	}
}

// Asking for the lines as a file sends nothing, whatever the form is for.
func TestGivingLinesBackSendsNothing(t *testing.T) {
	z := newZone(t)
	z.live()
	trade := z.pages(z.people()["enterprise"])
	path := "/declarations/" + z.released + "/correction"
	form := formOf(t, get(t, trade, path).Body.String(), "correct")
	form.Set("/contract", "HT-2026-77")
	form.Set("reason", "system_error")
	form.Set("text", "the port's system doubled the contract number")
	form.Set("do", "sheet")
	w := post(t, trade, path, form)
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") || !strings.Contains(w.Body.String(), "What is wrong") {
		t.Errorf("%d %s", w.Code, kind)
	}
	if d := saved[declaration.Declaration](z, dossier.Declaration, path[:len(path)-len("/correction")]); d.Correction != nil {
		t.Errorf("an amendment was sent: %+v", d.Correction)
	}
}
