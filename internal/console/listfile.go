package console

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"seine/internal/fault"
	"seine/internal/message"
)

// Every list can be taken away as a file: the same rows in the same words, from the
// first to the last, as its pages show them. The pages themselves are asked for them
// one after the other, so whoever may not see a row on a page has it in no file.

// Bounds of such a file: its rows, and the pages looked through for them, which may
// hold rows that this person may not see.
const (
	mostFiled = 10_000
	mostPages = mostFiled / pageRows
)

// formsOfLists are the files that a list is written as, by the parameter “as”.
var formsOfLists = map[string]struct {
	Type  string
	Write func(message.Sheet, http.ResponseWriter) error
}{
	"csv":  {"text/csv; charset=utf-8", func(s message.Sheet, w http.ResponseWriter) error { return s.WriteCSV(w) }},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", func(s message.Sheet, w http.ResponseWriter) error { return s.WriteXLSX(w) }},
}

type (
	collectedKey struct{}
	listPathKey  struct{}
)

// collect gives the list of a page to whoever asked the page for it.
func collect(ctx context.Context, t Table) string {
	if kept, asked := ctx.Value(collectedKey{}).(*[]Table); asked && t.ID == listID {
		*kept = append(*kept, t)
	}
	return ""
}

// listID is the id of the table that is the list of a page.
const listID = "list"

// fileOf is the address of the list of this page as a file; "" where it has none.
func fileOf(ctx context.Context, t Table, form string) string {
	u, known := ctx.Value(listPathKey{}).(*url.URL)
	if !known || t.ID != listID || t.Filed {
		return ""
	}
	q := u.Query()
	q.Del("after")
	q.Set("as", form)
	return u.Path + "?" + q.Encode()
}

// withListFiles answers GET …?as=csv and ?as=xlsx of every page that has a list.
// Faults: CONSOLE-FILE-01 (no such form), -02 (the page has no list), -03 (too long).
func (s *Server) withListFiles(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		as := r.URL.Query().Get("as")
		if as == "" || r.Method != http.MethodGet {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), listPathKey{}, r.URL)))
			return
		}
		form, known := formsOfLists[as]
		if !known {
			s.Fail(w, r, fault.New(fault.Invalid, "CONSOLE-FILE-01", "/as", "a list is not written as “{form}”", "ask for csv or xlsx", "form", as))
			return
		}
		sheet := message.Sheet{Name: listName(r.URL.Path)}
		for at, pages := r.URL, 1; at != nil && r.Context().Err() == nil; pages++ {
			page, kept := r.Clone(r.Context()), []Table{}
			page.URL = at
			page.Header.Set("HX-Request", "true") // the frame of the page is not needed
			page.Header.Del("HX-History-Restore-Request")
			answer := &heldAnswer{header: http.Header{}}
			next.ServeHTTP(answer, page.WithContext(context.WithValue(page.Context(), collectedKey{}, &kept)))
			if answer.status != http.StatusOK {
				answer.give(w)
				return
			}
			if len(kept) == 0 {
				s.Fail(w, r, fault.New(fault.NotFound, "CONSOLE-FILE-02", "/as", "this page has no list", "ask a page with a list"))
				return
			}
			t := kept[0]
			if err := addRows(r.Context(), &sheet, t); err != nil {
				s.Fail(w, r, err)
				return
			}
			if len(sheet.Rows) > mostFiled || pages > mostPages {
				s.Fail(w, r, fault.New(fault.Refused, "CONSOLE-FILE-03", "/as", "the list has more than {rows} rows", "narrow the search, and ask again", "rows", mostFiled))
				return
			}
			if at = nil; t.Pager.Older != "" && !t.Pager.NeverTurnPage {
				at, _ = url.Parse(t.Pager.Older) // our own address
			}
		}
		w.Header().Set("Content-Type", form.Type)
		w.Header().Set("Content-Disposition", `attachment; filename="`+sheet.Name+`.`+as+`"`)
		w.Header().Set("Cache-Control", "no-store")
		_ = form.Write(sheet, w) // the answer is on its way: what fails now, fails at the reader
	})
}

// listName is what the file of a list is called: the last word of its address.
func listName(address string) string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, path.Base(address))
	const longest = 31 // of a sheet in a workbook
	return cmp.Or(name[:min(len(name), longest)], listID)
}

// addRows adds the rows of a part of a list, as texts.
func addRows(ctx context.Context, sheet *message.Sheet, t Table) error {
	if sheet.Head == nil {
		for i, c := range t.Columns {
			title := c.Title
			if c.Unit != "" {
				title += " " + c.Unit
			}
			if sheet.Head = append(sheet.Head, title); c.Number {
				sheet.Figures = append(sheet.Figures, i)
			}
		}
	}
	for _, row := range t.Rows {
		cells := make([]string, 0, len(row.Cells))
		for i, cell := range row.Cells {
			var markup bytes.Buffer
			if err := cell.Render(ctx, &markup); err != nil {
				return err
			}
			text := textOf(markup.Bytes())
			if numeric(t.Columns, i) {
				text = plainFigure(text)
			} else {
				text = plainCell(text)
			}
			cells = append(cells, text)
		}
		sheet.Rows = append(sheet.Rows, cells)
	}
	return nil
}

// textOf gives the words of a cell: what is drawn is left out, what is cut short
// stands in its title whole.
func textOf(markup []byte) string {
	nodes, err := html.ParseFragment(bytes.NewReader(markup), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return ""
	}
	var words []string
	var read func(n *html.Node)
	read = func(n *html.Node) {
		if n.Type == html.TextNode {
			words = append(words, strings.Fields(n.Data)...)
			return
		}
		if n.Type == html.ElementNode {
			if n.Data == "svg" {
				return
			}
			for _, a := range n.Attr {
				if a.Key == "title" && slices.ContainsFunc(n.Attr, func(c html.Attribute) bool { return c.Key == "class" && c.Val == "short" }) {
					words = append(words, strings.Fields(a.Val)...)
					return
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			read(c)
		}
	}
	for _, n := range nodes {
		read(n)
	}
	return strings.Join(words, " ")
}

// plainFigure writes a figure as programs read it: no groups, a plain minus, no sign
// of yuan; any other unit stays beside it.
func plainFigure(text string) string {
	text = strings.NewReplacer(",", "", "−", "-", "¥", "", narrow, " ").Replace(text)
	return strings.TrimSpace(text)
}

// heldAnswer keeps an answer back until it is known what it is.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header { return h.header }

func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *heldAnswer) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// give answers what was held.
func (h *heldAnswer) give(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	if h.status == 0 {
		h.status = http.StatusOK
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes())
}
