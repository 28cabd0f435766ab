package httpapi

import (
	"net/http"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/fault"
	"seine/internal/ledger"
	"seine/internal/message"
	"seine/internal/party"
)

// balanceQuery asks what the lines of a book hold, and held.
type balanceQuery struct {
	byDocument
	Effective clock.Date    `query:"effective" doc:"also what is known now about the end of this day"`
	Recorded  clock.Instant `query:"recorded" doc:"also what was known at this moment"`
	From      int           `query:"from" doc:"first line number wanted"`
	Limit     int           `query:"limit" minimum:"1" maximum:"1000" doc:"lines a page; 50 when not given"`
}

// BookBalances are the lines of a book with what they hold.
type BookBalances struct {
	Book  string         `json:"book"`
	Items []bonded.Stock `json:"items"`
	Next  int            `json:"next,omitempty" doc:"line number that the next page begins with"`
}

type lineQuery struct {
	byDocument
	Line   int           `path:"line" doc:"line number of the book"`
	Status ledger.Status `query:"status" doc:"bonded (when not given), duty-paid or non-bonded"`
	After  string        `query:"after" doc:"cursor: next of the page before"`
	Limit  int           `query:"limit" minimum:"1" maximum:"1000" doc:"movements a page; 50 when not given"`
}

// LineMovements is a page of a line's past, newest first.
type LineMovements struct {
	Items    []ledger.Movement `json:"items"`
	Next     string            `json:"next,omitempty"`
	Reserved []bonded.Reserved `json:"reserved" doc:"what is pending now, and the case that asks for it"`
}

type flowQuery struct {
	byDocument
	Line   int           `path:"line" doc:"line number of the book"`
	Status ledger.Status `query:"status" doc:"bonded (when not given), duty-paid or non-bonded"`
	From   clock.Date    `query:"from" required:"true" doc:"first day"`
	To     clock.Date    `query:"to" required:"true" doc:"last day"`
}

// MergerTry is list lines as they shall be merged.
type MergerTry struct {
	Lines []book.ListLine `json:"lines,omitempty"`
	Parts []book.PartItem `json:"parts,omitempty" doc:"in place of the book's own"`
}

// line finds a line of a book for whoever may see it. Fault: HTTP-LINE-01.
func (c *call) bookLine(id string, line int, status ledger.Status) (*book.Book, bonded.Stock, error) {
	b, _, _, err := books.load(c, id, party.View)
	if err != nil {
		return nil, bonded.Stock{}, err
	}
	if status == "" {
		status = ledger.Bonded
	}
	if _, ok := b.Line(line); !ok || status != ledger.Bonded && status != ledger.DutyPaid && status != ledger.NonBonded {
		return nil, bonded.Stock{}, fault.New(fault.NotFound, "HTTP-LINE-01", "/line", "account book {book} has no line {line} with goods of status “{status}”", "look at the lines of the book",
			"book", b.Number, "line", line, "status", clip(string(status)))
	}
	account := bonded.Account(&b.Book, line, status, ledger.OnHand).Key()
	held, err := c.s.store.Balance(c.ctx(), account)
	return &b.Book, bonded.Stock{Line: line, Status: status, Incoming: held.Incoming, Outgoing: held.Outgoing, Account: account, Balance: held}, err
}

func (c *call) balances(in *balanceQuery) (*BookBalances, error) {
	b, _, _, err := books.load(c, in.ID, party.View)
	if err != nil {
		return nil, err
	}
	limit := in.Limit
	if limit == 0 {
		limit = 50
	}
	out := &BookBalances{Book: b.Number, Items: []bonded.Stock{}}
	shown := 0
	for i := range b.Lines {
		n := b.Lines[i].Number
		if n < in.From {
			continue
		}
		if shown++; shown > limit {
			out.Next = n
			break
		}
		stock, err := bonded.StockOf(c.ctx(), c.s.store, &b.Book, n)
		if err != nil {
			return nil, err
		}
		for k := range stock {
			if err := stock[k].Asking(c.ctx(), c.s.store, in.Effective, in.Recorded); err != nil {
				return nil, err
			}
		}
		out.Items = append(out.Items, stock...)
	}
	return out, nil
}

// stockRoutes tell what the books hold, and let a merger be tried.
func (s *Server) stockRoutes() {
	add(s, route{id: "get-book-balances", method: http.MethodGet, path: "/api/v1/books/{id}/balances", tag: "books", summary: "What the lines of a book hold now, and held then"},
		func(c *call, in *balanceQuery) (*BookBalances, error) { return c.balances(in) })
	addFiles(s, "book-balances", "/api/v1/books/{id}", "balances", "books", func(c *call, in *balanceQuery) (*message.Sheet, error) {
		b, _, _, err := books.load(c, in.ID, party.View)
		if err != nil {
			return nil, err
		}
		sheet := &message.Sheet{
			Name: "balances-" + b.Number, Figures: []int{6, 7, 8, 9, 10, 13, 14, 15}, Amounts: []int{12},
			Head: []string{"line", "part", "commodity", "name", "unit", "status", "quantity", "available", "incoming", "outgoing", "expected", "currency", "value", "old goods"},
		}
		if in.Effective != 0 {
			sheet.Head = append(sheet.Head, "known of "+in.Effective.String())
		}
		if in.Recorded != 0 {
			sheet.Head = append(sheet.Head, "known at "+in.Recorded.String())
		}
		err = everyPage(&in.Limit, func() (bool, error) {
			list, err := c.balances(in)
			if err != nil {
				return false, err
			}
			for _, x := range list.Items {
				line, ok := b.Line(x.Line)
				if !ok {
					line = &book.Line{Number: x.Line}
				}
				row := []string{
					strconv.Itoa(x.Line), line.PartNumber, line.Commodity, line.Name, string(line.Unit), string(x.Status),
					x.Quantity.String(), x.Available.String(), x.Incoming.String(), x.Outgoing.String(), x.Expected.String(), string(line.Currency), x.Value.Fixed(), x.Old.String(),
				}
				if in.Effective != 0 {
					row = append(row, x.Then.Known.String())
				}
				if in.Recorded != 0 {
					row = append(row, x.Then.Knew.String())
				}
				sheet.Rows = append(sheet.Rows, row)
			}
			in.From = list.Next
			return list.Next > 0, nil
		})
		return sheet, err
	})
	movements := func(c *call, in *lineQuery) (*LineMovements, error) {
		_, stock, err := c.bookLine(in.ID, in.Line, in.Status)
		if err != nil {
			return nil, err
		}
		limit := in.Limit
		if limit == 0 {
			limit = 50
		}
		out := &LineMovements{Items: []ledger.Movement{}, Reserved: []bonded.Reserved{}}
		page, next, err := c.s.store.History(c.ctx(), stock.Account, in.After, limit)
		if err != nil {
			return nil, err
		}
		out.Items, out.Next = append(out.Items, page...), next
		reserved, err := bonded.ReservedOn(c.ctx(), c.s.store, &stock)
		out.Reserved = append(out.Reserved, reserved...)
		return out, err
	}
	add(s, route{id: "list-line-movements", method: http.MethodGet, path: "/api/v1/books/{id}/lines/{line}/movements", tag: "books", summary: "What moved on a line of a book, newest first, and what is reserved and why"}, movements)
	addFiles(s, "line-movements", "/api/v1/books/{id}/lines/{line}", "movements", "books", func(c *call, in *lineQuery) (*message.Sheet, error) {
		sheet := &message.Sheet{Name: "movements", Head: []string{"recorded", "effective", "kind", "from", "to", "quantity", "value", "from afterwards", "to afterwards", "cause", "id"}, Figures: []int{5, 7, 8}, Amounts: []int{6}}
		err := everyPage(&in.Limit, func() (bool, error) {
			list, err := movements(c, in)
			if err != nil {
				return false, err
			}
			for i := range list.Items {
				m := &list.Items[i]
				from, to := placeOf(m.From), placeOf(m.To)
				sheet.Rows = append(sheet.Rows, []string{
					m.Recorded.String(), m.EffectiveOn.String(), string(m.Kind), from, to, m.Quantity.String(), m.Value.Fixed(), m.AfterFrom.String(), m.AfterTo.String(), m.Cause, m.ID,
				})
			}
			in.After = list.Next
			return list.Next != "", nil
		})
		return sheet, err
	})
	add(s, route{id: "get-line-flow", method: http.MethodGet, path: "/api/v1/books/{id}/lines/{line}/flow", tag: "books", summary: "What came to a line and left it during some days, by place"},
		func(c *call, in *flowQuery) (*book.Flow, error) {
			_, stock, err := c.bookLine(in.ID, in.Line, in.Status)
			if err != nil {
				return nil, err
			}
			f, err := bonded.FlowOf(c.ctx(), c.s.store, stock.Account, in.From, in.To)
			return &f, err
		})
	if s.Bonded == nil {
		return
	}
	add(s, route{id: "try-merger", method: http.MethodPost, path: "/api/v1/books/{id}/merger", tag: "books", summary: "Check a merger of parts, and of list lines into a bill; nothing is written"},
		func(c *call, in *struct {
			byDocument
			Body MergerTry
		},
		) (*bonded.Merged, error) {
			b, _, _, err := books.load(c, in.ID, party.View)
			if err != nil {
				return nil, err
			}
			if parts := in.Body.Parts; parts != nil {
				for i := range parts { // what customs marked is marked, whatever is tried
					_, parts[i].Separate = b.Marked(parts[i].Part)
				}
				b.Parts = parts
			}
			m, err := s.Bonded.TryMerger(&b.Book, in.Body.Lines, c.now.Date())
			return &m, err
		})
}

// sheetRows bounds a file of rows; a workbook takes a million.
const sheetRows = 1_000_000

// everyPage reads one page of as many rows as were asked for, or all pages: a file
// holds what there is, and what was left out of it nobody would miss.
func everyPage(limit *int, read func() (more bool, err error)) error {
	one := *limit > 0
	if !one {
		*limit = 1000
	}
	for n := 0; ; n += *limit {
		more, err := read()
		if err != nil || !more || one {
			return err
		}
		if n+*limit >= sheetRows {
			return fault.New(fault.Refused, "HTTP-SHEET-01", "", "there are more than {most} rows", "ask for them page by page, with limit and after", "most", sheetRows)
		}
	}
}

func placeOf(key string) string {
	a, err := ledger.ParseKey(key)
	if err != nil {
		return key
	}
	return string(a.Place)
}
