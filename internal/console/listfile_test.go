package console

import (
	"encoding/csv"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A list is taken away whole, with the rows that its pages show to the same person.
func TestEveryListIsTakenAwayAsAFile(t *testing.T) {
	z := newZone(t)
	z.live()
	people := z.people()
	for _, path := range []string{"/declarations", "/manifests", "/books", "/lists", "/notes", "/ladings", "/due", "/due?view=tax", "/due?view=guarantees"} {
		address := path + "?as=csv"
		if strings.Contains(path, "?") {
			address = path + "&as=csv"
		}
		for _, name := range []string{"tax", "enterprise"} {
			w := get(t, z.pages(people[name]), address)
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
				t.Errorf("%s for %s answers %d %s", address, name, w.Code, refusalOf(w.Body.String()))
				continue
			}
			rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
			if err != nil || len(rows) < 1 {
				t.Errorf("%s for %s: %v", address, name, err)
				continue
			}
			page := get(t, z.pages(people[name]), path).Body.String()
			if shown := strings.Count(page, "data-row-link"); shown != len(rows)-1 {
				t.Errorf("%s for %s: %d rows in the file, %d on the page", address, name, len(rows)-1, shown)
			}
		}
	}
	staff := get(t, z.pages(people["tax"]), "/due?as=csv").Body.String()
	if strings.Contains(staff, "¥") || !strings.Contains(staff, z.owner) {
		t.Errorf("the file of the debts reads %s", staff)
	}
	if own := get(t, z.pages(people["other"]), "/declarations?as=csv").Body.String(); strings.Contains(own, z.owner) {
		t.Error("the file shows what the page does not")
	}
	book := get(t, z.pages(people["tax"]), "/declarations?as=xlsx")
	if book.Code != http.StatusOK || !strings.HasPrefix(book.Body.String(), "PK") || !strings.Contains(book.Header().Get("Content-Disposition"), "declarations.xlsx") {
		t.Errorf("the workbook answers %d %v", book.Code, book.Header())
	}
	for address, want := range map[string]string{"/declarations?as=pdf": "CONSOLE-FILE-01", "/status?as=csv": "CONSOLE-FILE-02"} {
		if w := get(t, z.pages(people["tax"]), address); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s answers %d without %s", address, w.Code, want)
		}
	}
	if w := get(t, z.pages(people["enterprise"]), "/journal?as=csv"); w.Code != http.StatusForbidden {
		t.Errorf("the journal as a file answers an enterprise %d", w.Code)
	}
}

func TestCellsAreWrittenAsWordsAndFigures(t *testing.T) {
	for markup, want := range map[string]string{
		`<span class="badge"><svg><title>x</title></svg> Red</span>`:     "Red",
		`<span class="short" title="a long name">a lo…</span>`:           "a long name",
		`<span>江南 </span> <small><code>91310115</code></small>`:          "江南 91310115",
		`<time datetime="2026-11-30">2026-11-30</time><br>2 d&nbsp;over`: "2026-11-30 2 d over",
	} {
		if got := textOf([]byte(markup)); got != want {
			t.Errorf("%s reads %q", markup, got)
		}
	}
	for text, want := range map[string]string{"¥\u00a01,234.50": "1234.50", "−2,400": "-2400", "USD\u00a01,000.00": "USD 1000.00"} {
		if got := plainFigure(text); got != want {
			t.Errorf("%s is written %q", text, got)
		}
	}
}

// Whoever asks for the file of a list without end, most of which is not for them, is
// refused after a bounded number of pages.
func TestTheFileOfAListLooksThroughSoManyPages(t *testing.T) {
	s, pages := &Server{deps: Deps{Log: slog.New(slog.DiscardHandler), Now: time.Now}}, 0
	endless := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		collect(r.Context(), Table{ID: listID, Columns: []Column{{Title: "x"}}, Pager: Pager{Older: "/books?as=csv&after=" + strconv.Itoa(pages)}})
		w.WriteHeader(http.StatusOK)
	})
	w := get(t, s.withListFiles(endless), "/books?as=csv")
	if pages != mostPages+1 || !strings.Contains(w.Body.String(), "CONSOLE-FILE-03") {
		t.Errorf("%d pages were asked, and the answer is %d %s", pages, w.Code, refusalOf(w.Body.String()))
	}
}
