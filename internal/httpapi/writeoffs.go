package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"seine/internal/bonded"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/message"
	"seine/internal/num"
	"seine/internal/party"
	"seine/internal/print"
	"seine/internal/writeoff"
)

// writeOffs are papers on an account book, and are entrusted with it; so are
// residues.
var writeOffs = &resource[bonded.WriteOff]{
	kind: dossier.WriteOff, path: "write-offs", tag: "books", one: "write-off", many: "write-offs", number: "number", owner: "enterprise", area: "area",
	right:   string(dossier.Book),
	parties: func(w *bonded.WriteOff) ([]string, string) { return []string{w.Enterprise}, w.Area },
}

var residues = &resource[bonded.Residue]{
	kind: dossier.Residue, path: "residues", tag: "books", one: "residue", many: "residues", owner: "enterprise", area: "area", right: string(dossier.Book),
	parties: func(r *bonded.Residue) ([]string, string) { return []string{r.Enterprise}, r.Area },
}

type writeOffQuery struct {
	paging
	State      string `query:"state"`
	Open       bool   `query:"open"`
	Enterprise string `query:"enterprise"`
	Book       string `query:"book" doc:"number of the account book"`
}

type residueQuery struct {
	paging
	State      string `query:"state"`
	Open       bool   `query:"open" doc:"those of which nothing final has become: neither destroyed nor sold, re-exported or abandoned"`
	Enterprise string `query:"enterprise"`
	Book       string `query:"book" doc:"number of the account book"`
}

func (q *writeOffQuery) where() map[string]string {
	w := map[string]string{"state": q.State, "enterprise": q.Enterprise, "book": q.Book}
	if q.Open {
		w["open"] = "true"
	}
	return w
}

// CountsBody is a stock-taking, or some figures of one.
type CountsBody struct {
	Counts []writeoff.Count `json:"counts"`
	All    bool             `json:"all,omitempty" doc:"these are all figures: those before are forgotten"`
}

// OrdersBody is some work orders of a period.
type OrdersBody struct {
	Orders []writeoff.Order `json:"orders"`
}

// ExplanationsBody is all that an enterprise says of its differences.
type ExplanationsBody struct {
	Explanations []writeoff.Explanation `json:"explanations"`
}

// WriteOffAct is an act on a write-off.
type WriteOffAct struct {
	Act    string `json:"act" enum:"submit,ask_extension,return,visit,found,propose,extend,refuse_extension"`
	Reason string `json:"reason,omitempty"`
	Days   int    `json:"days,omitempty" doc:"with ask_extension: by how many days the report comes later"`
}

// ResidueAct is an act on a residue.
type ResidueAct struct {
	Act       string    `json:"act" enum:"ask_destroy,correct_code,sell,ask_export,ask_abandonment,propose_destroy,destroyed,gone,refuse"`
	Reason    string    `json:"reason"`
	Commodity string    `json:"commodity,omitempty" doc:"with correct_code: the code as it shall be; reason says why"`
	Name      string    `json:"name,omitempty" doc:"with correct_code, where the name changes too"`
	Destroyer string    `json:"destroyer,omitempty" doc:"with ask_destroy: who destroys it"`
	Buyer     string    `json:"buyer,omitempty" doc:"with sell"`
	Value     num.Money `json:"value,omitempty" doc:"with sell: the price without tax, in yuan"`
	Document  string    `json:"document,omitempty" doc:"with ask_export: list or bill under which it goes abroad"`
}

func (s *Server) writeOffRoutes() {
	listed(s, writeOffs, func(q *writeOffQuery) paging { return q.paging }, func(q *writeOffQuery) map[string]string { return q.where() })
	writeOffs.show(s)
	listed(s, residues, func(q *residueQuery) paging { return q.paging }, func(q *residueQuery) map[string]string {
		w := map[string]string{"state": q.State, "enterprise": q.Enterprise, "book": q.Book}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	residues.show(s)
	sheetOf := func(name string, write func(*bonded.WriteOff, *bonded.Book) *message.Sheet) {
		addFiles(s, "write-off-"+name, "/api/v1/write-offs/{id}", name, "books", func(c *call, in *byDocument) (*message.Sheet, error) {
			w, _, _, err := writeOffs.load(c, in.ID, party.View)
			if err != nil {
				return nil, err
			}
			var b bonded.Book
			if _, err := c.s.store.Load(c.ctx(), dossier.Book, w.BookID, &b); err != nil {
				return nil, err
			}
			return write(w, &b), nil
		})
	}
	sheetOf("sheet", func(w *bonded.WriteOff, b *bonded.Book) *message.Sheet { return message.CountSheet(w.Counts, &b.Book) })
	sheetOf("orders", func(w *bonded.WriteOff, b *bonded.Book) *message.Sheet { return message.OrderSheet(w.Orders, &b.Book) })
	sheetOf("report", func(w *bonded.WriteOff, _ *bonded.Book) *message.Sheet { return message.ReportSheet(&w.Report) })
	add(s, route{id: "print-write-off", method: http.MethodGet, path: "/api/v1/write-offs/{id}/report.pdf", tag: "books", answers: pdf, own: true, summary: "The report as PDF, with a QR code to its receipt in the journal"},
		func(c *call, in *struct {
			byDocument
			inLanguage
		},
		) (none, error) {
			language, err := in.chosen()
			if err != nil {
				return none{}, err
			}
			w, id, _, err := writeOffs.load(c, in.ID, party.View)
			if err != nil {
				return none{}, err
			}
			link := ""
			if w.Entry != "" {
				link = c.public("/journal/" + w.Entry + "/receipt")
			}
			content, err := print.WriteOffPDF(w, c.now.Time().Format("2006-01-02 15:04 -07:00"), link, language)
			if err != nil {
				return none{}, err
			}
			c.w.Header().Set("Content-Disposition", "attachment; filename=write-off-"+id+".pdf")
			answer(c.w, http.StatusOK, pdf, content)
			return none{}, nil
		})
	if s.Bonded == nil {
		return
	}
	add(s, route{id: "draft-write-off", method: http.MethodPost, path: "/api/v1/books/{id}/write-offs", tag: "books", status: http.StatusCreated, summary: "Draft the write-off of a period of a book"},
		func(c *call, in *struct {
			byDocument
			Body bonded.Drafting
		},
		) (json.RawMessage, error) {
			action := party.Lodge
			if c.who.Staff() {
				action, in.Body.Kind = party.Decide, writeoff.ByCustoms
			}
			_, id, _, err := books.load(c, in.ID, action)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.DraftWriteOff(c.ctx(), c.command("write-off.draft/"+id), c.who.Actor, id, in.Body))
		})
	s.answersWith("/api/v1/books/{id}/write-offs", "201", bonded.Reply{})
	add(s, route{id: "close-book-today", method: http.MethodGet, path: "/api/v1/books/{id}/write-offs/today", tag: "books", summary: "A trial of closing the book today: the report, and everything that would be missing"},
		func(c *call, in *byDocument) (bonded.Forecast, error) {
			_, id, _, err := books.load(c, in.ID, party.View)
			if err != nil {
				return bonded.Forecast{}, err
			}
			return s.Bonded.CloseToday(c.ctx(), c.command("write-off.trial"), id)
		})
	add(s, route{id: "count-stock", method: http.MethodPost, path: "/api/v1/write-offs/{id}/counts", tag: "books", summary: "Enter figures of the stock-taking"},
		func(c *call, in *struct {
			byDocument
			Body CountsBody
		},
		) (json.RawMessage, error) {
			_, id, _, err := writeOffs.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.EnterCounts(c.ctx(), c.command("write-off.count/"+id), c.who.Actor, id, in.Body.Counts, in.Body.All))
		})
	s.answersWith("/api/v1/write-offs/{id}/counts", "200", bonded.Reply{})
	add(s, route{id: "take-back-count", method: http.MethodPost, path: "/api/v1/write-offs/{id}/counts/taken-back", tag: "books", summary: "Take one figure of the stock-taking back: that of a line, lot and spot"},
		func(c *call, in *struct {
			byDocument
			Body writeoff.Spot
		},
		) (json.RawMessage, error) {
			_, id, _, err := writeOffs.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.TakeBackCount(c.ctx(), c.command("write-off.take-back-count/"+id), c.who.Actor, id, in.Body))
		})
	s.answersWith("/api/v1/write-offs/{id}/counts/taken-back", "200", bonded.Reply{})
	add(s, route{
		id: "count-stock-by-file", method: http.MethodPost, path: "/api/v1/write-offs/{id}/counts/file", tag: "books", limit: maxLarge,
		accept:  []string{typeCSV, typeXLSX},
		summary: "The whole stock-taking as CSV or XLSX: columns line or part, quantity, and lot, spot, unit, note",
	},
		func(c *call, in *struct {
			byDocument
			RawBody []byte
		},
		) (json.RawMessage, error) {
			_, id, _, err := writeOffs.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			counts, err := message.ReadCounts(in.RawBody)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.EnterCounts(c.ctx(), c.command("write-off.count/"+id), c.who.Actor, id, counts, true))
		})
	s.answersWith("/api/v1/write-offs/{id}/counts/file", "200", bonded.Reply{})
	add(s, route{id: "give-work-orders", method: http.MethodPost, path: "/api/v1/write-offs/{id}/orders", tag: "books", limit: maxLarge, summary: "Give work orders of the period; a closed one never changes"},
		func(c *call, in *struct {
			byDocument
			Body OrdersBody
		},
		) (json.RawMessage, error) {
			_, id, _, err := writeOffs.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.GiveOrders(c.ctx(), c.command("write-off.orders/"+id), c.who.Actor, id, in.Body.Orders))
		})
	s.answersWith("/api/v1/write-offs/{id}/orders", "200", bonded.Reply{})
	add(s, route{
		id: "give-work-orders-by-file", method: http.MethodPost, path: "/api/v1/write-offs/{id}/orders/file", tag: "books", limit: maxLarge,
		accept:  []string{typeCSV, typeXLSX},
		summary: "Work orders as CSV or XLSX, a row for each thing moved: columns order, state, kind, line or part, quantity, on, and lot, unit, mass, reverses, begun, ended, hours, stations",
	},
		func(c *call, in *struct {
			byDocument
			RawBody []byte
		},
		) (json.RawMessage, error) {
			_, id, _, err := writeOffs.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			orders, err := message.ReadOrders(in.RawBody)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.GiveOrders(c.ctx(), c.command("write-off.orders/"+id), c.who.Actor, id, orders))
		})
	s.answersWith("/api/v1/write-offs/{id}/orders/file", "200", bonded.Reply{})
	add(s, route{id: "explain-differences", method: http.MethodPost, path: "/api/v1/write-offs/{id}/explanations", tag: "books", summary: "Explain the differences; what is not explained is taxed"},
		func(c *call, in *struct {
			byDocument
			Body ExplanationsBody
		},
		) (json.RawMessage, error) {
			_, id, _, err := writeOffs.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.ExplainWriteOff(c.ctx(), c.command("write-off.explain/"+id), c.who.Actor, id, in.Body.Explanations))
		})
	s.answersWith("/api/v1/write-offs/{id}/explanations", "200", bonded.Reply{})
	add(s, route{
		id: "act-on-write-off", method: http.MethodPost, path: "/api/v1/write-offs/{id}/acts", tag: "books",
		summary: "submit, ask_extension (enterprise); return, visit, found, propose, extend, refuse_extension (customs)",
	},
		func(c *call, in *struct {
			byDocument
			Body WriteOffAct
		},
		) (json.RawMessage, error) {
			b, ctx, by, why := s.Bonded, c.ctx(), c.who.Actor, in.Body.Reason
			return perform(c, writeOffs, in.ID, in.Body.Act, acts{
				"submit": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.SubmitWriteOff(ctx, cmd, by, id)
				}},
				"ask_extension": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.AskExtension(ctx, cmd, by, id, in.Body.Days, why)
				}},
				"extend": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.AnswerExtension(ctx, cmd, by, id, true, why)
				}},
				"refuse_extension": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.AnswerExtension(ctx, cmd, by, id, false, why)
				}},
				"return": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ReturnWriteOff(ctx, cmd, by, id, why)
				}},
				"visit": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.VisitWriteOff(ctx, cmd, by, id, why)
				}},
				"found": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.FoundWriteOff(ctx, cmd, by, id, why)
				}},
				"propose": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ProposeWriteOff(ctx, cmd, by, id, why)
				}},
			})
		})
	add(s, route{id: "tell-residue", method: http.MethodPost, path: "/api/v1/books/{id}/residues", tag: "books", status: http.StatusCreated, summary: "Take scrap, remainders, defectives or by-products onto the book"},
		func(c *call, in *struct {
			byDocument
			Body writeoff.Residue
		},
		) (json.RawMessage, error) {
			_, id, _, err := books.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.TellResidue(c.ctx(), c.command("residue.tell/"+id), c.who.Actor, id, in.Body))
		})
	s.answersWith("/api/v1/books/{id}/residues", "201", bonded.Reply{})
	add(s, route{id: "act-on-residue", method: http.MethodPost, path: "/api/v1/residues/{id}/acts", tag: "books", summary: "ask_destroy, sell, ask_export, ask_abandonment (enterprise); propose_destroy, destroyed, gone, refuse (customs)"},
		func(c *call, in *struct {
			byDocument
			Body ResidueAct
		},
		) (json.RawMessage, error) {
			b, ctx, by, why := s.Bonded, c.ctx(), c.who.Actor, in.Body.Reason
			return perform(c, residues, in.ID, in.Body.Act, acts{
				"ask_destroy": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.AskDestroy(ctx, cmd, by, id, in.Body.Destroyer, why)
				}},
				"correct_code": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.CorrectResidue(ctx, cmd, by, id, bonded.ResidueCode{Commodity: in.Body.Commodity, Name: in.Body.Name}, why)
				}},
				"sell": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.SellResidue(ctx, cmd, by, id, bonded.ResidueSale{Buyer: in.Body.Buyer, Value: in.Body.Value})
				}},
				"ask_export": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.AskLeave(ctx, cmd, by, id, in.Body.Document, why)
				}},
				"ask_abandonment": {party.Lodge, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.GiveUp(ctx, cmd, by, id, why)
				}},
				"gone": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ResidueGone(ctx, cmd, by, id, true, why)
				}},
				"refuse": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ResidueGone(ctx, cmd, by, id, false, why)
				}},
				"propose_destroy": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.ProposeDestroy(ctx, cmd, by, id, why)
				}},
				"destroyed": {party.Decide, func(cmd decision.Command, id string) (decision.Receipt, error) {
					return b.Destroyed(ctx, cmd, by, id, why)
				}},
			})
		})
}

// public is an address of this house as others reach it.
func (c *call) public(path string) string {
	if base := c.s.PublicURL; strings.HasPrefix(base, "http") {
		return strings.TrimSuffix(base, "/") + path
	}
	scheme := "https://"
	if c.r.TLS == nil && c.r.Header.Get("X-Forwarded-Proto") != "https" {
		scheme = "http://"
	}
	return scheme + c.r.Host + path
}
