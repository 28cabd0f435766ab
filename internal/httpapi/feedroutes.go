package httpapi

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"

	"seine/internal/bonded"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/feed"
	"seine/internal/message"
	"seine/internal/party"
	"seine/internal/store"
	"seine/locales"
)

// feeds belong to account books, and whoever may act on the book may on its feed.
var feeds = &resource[feed.Feed]{
	kind: dossier.Feed, path: "feeds", tag: "feeds", one: "feed", many: "feeds", owner: "enterprise", area: "area", right: string(dossier.Book),
	parties: func(f *feed.Feed) ([]string, string) { return []string{f.Enterprise}, f.Area },
}

type feedQuery struct {
	paging
	State string `query:"state"`
}

type feedPartsQuery struct {
	byDocument
	paging
	State string `query:"state"`
}

// feedEvents are the acts of an officer by the word of the API.
var feedEvents = map[string]feed.Event{"accept": feed.Accept, "refuse": feed.Refuse, "go-live": feed.GoLive, "suspend": feed.Suspend, "resume": feed.Resume, "end": feed.End}

// StagedCorrection changes one record of a message in staging.
type StagedCorrection struct {
	Record int             `json:"record" doc:"its place in the message, from 0"`
	Reason string          `json:"reason"`
	After  json.RawMessage `json:"after,omitempty" doc:"the record as it should have been; the record is set aside where it is not given"`
}

type byMessage struct {
	byDocument
	Sequence int64 `path:"sequence"`
}

// TellNotices fills in what notices say, in both languages, for whoever has no
// templates.
func TellNotices(lists ...[]feed.Notice) {
	for _, list := range lists {
		for i := range list {
			n := &list[i]
			f := n.Fault()
			n.TextZH, n.CureZH = locales.Fault(locales.Chinese, f)
			n.Text, n.Cure = f.Message(), f.Remedy()
		}
	}
}

// feedReplied answers with what became of a message.
func (c *call) feedReplied(receipt decision.Receipt, err error) (bonded.FeedReply, error) {
	var reply bonded.FeedReply
	raw, err := c.replied(receipt, err)
	if err == nil {
		err = json.Unmarshal(raw, &reply)
	}
	TellNotices(reply.Faults, reply.Findings)
	return reply, err
}

// ofFeed lists documents that belong to a feed, newest first.
func ofFeed[T any](c *call, in *feedPartsQuery, kind decision.Kind) (page[*T], error) {
	out := page[*T]{Items: []*T{}}
	f, _, _, err := feeds.load(c, in.ID, party.View)
	if err != nil {
		return out, err
	}
	q := store.Query{Where: map[string][]string{"book": {f.Book}}, Before: in.After, Limit: in.Limit}
	if in.State != "" {
		q.Where["state"] = []string{in.State}
	}
	found, err := c.s.store.List(c.ctx(), kind, q)
	if err != nil {
		return out, err
	}
	out.Next = found.Next
	for _, item := range found.Items {
		doc := new(T)
		if err := json.Unmarshal(item.Body, doc); err != nil {
			return out, err
		}
		if m, is := any(doc).(*feed.Received); is {
			TellNotices(m.Faults, m.Findings)
		}
		out.Items = append(out.Items, doc)
	}
	return out, c.s.identity.Read(c.ctx(), c.who, dossier.Feed, f.Book)
}

func (s *Server) feedRoutes() {
	listed(s, feeds, func(q *feedQuery) paging { return q.paging }, func(q *feedQuery) map[string]string { return map[string]string{"state": q.State} })
	feeds.show(s)
	add(s, route{id: "list-feed-messages", method: http.MethodGet, path: "/api/v1/feeds/{id}/messages", tag: "feeds", summary: "Messages of a feed, newest first; state=staged are those to correct"},
		func(c *call, in *feedPartsQuery) (page[*feed.Received], error) {
			return ofFeed[feed.Received](c, in, dossier.FeedMessage)
		})
	add(s, route{id: "get-feed-message", method: http.MethodGet, path: "/api/v1/feeds/{id}/messages/{sequence}", tag: "feeds", summary: "One message of a feed, with what became of it"},
		func(c *call, in *byMessage) (*feed.Received, error) { return c.feedMessage(in, party.View) })
	add(s, route{id: "list-work-orders", method: http.MethodGet, path: "/api/v1/feeds/{id}/work-orders", tag: "feeds", summary: "Work orders as the feed told them"},
		func(c *call, in *feedPartsQuery) (page[*feed.WorkOrder], error) {
			return ofFeed[feed.WorkOrder](c, in, dossier.WorkOrder)
		})
	add(s, route{id: "list-feed-differences", method: http.MethodGet, path: "/api/v1/feeds/{id}/differences", tag: "feeds", summary: "Difference tables of the days, newest first: book, system and gate, with the first movement without its counterpart"},
		func(c *call, in *feedPartsQuery) (page[*feed.Table], error) {
			return ofFeed[feed.Table](c, in, dossier.FeedTable)
		})
	addFiles(s, "feed-differences", "/api/v1/feeds/{id}", "differences", "feeds", func(c *call, in *byDocument) (*message.Sheet, error) { return c.differenceSheet(in.ID) })
	if s.Bonded == nil {
		return
	}
	add(s, route{id: "apply-for-feed", method: http.MethodPost, path: "/api/v1/feeds", tag: "feeds", status: http.StatusCreated, summary: "Ask for networked supervision of an account book"},
		func(c *call, in *struct {
			Body struct {
				Book   string `json:"book" doc:"number of the account book"`
				System string `json:"system" doc:"name of the program that will send"`
			}
		},
		) (json.RawMessage, error) {
			if _, _, _, err := books.load(c, in.Body.Book, party.Lodge); err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.ApplyForFeed(c.ctx(), c.command("feed.apply"), c.who.Actor, in.Body.Book, in.Body.System))
		})
	s.answersWith("/api/v1/feeds", "201", bonded.FeedReply{})
	add(s, route{id: "act-on-feed", method: http.MethodPost, path: "/api/v1/feeds/{id}/acts", tag: "feeds", summary: "accept, refuse, go-live, suspend, resume, end (customs)"},
		func(c *call, in *struct {
			byDocument
			Body struct {
				Act    string `json:"act" enum:"accept,refuse,go-live,suspend,resume,end"`
				Reason string `json:"reason,omitempty"`
			}
		},
		) (json.RawMessage, error) {
			event, ok := feedEvents[in.Body.Act]
			if !ok {
				return nil, noAct(in.Body.Act, "accept, refuse, go-live, suspend, resume, end")
			}
			f, _, _, err := feeds.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.MoveFeed(c.ctx(), c.command("feed."+in.Body.Act), c.who.Actor, f.Book, event, in.Body.Reason))
		})
	s.answersWith("/api/v1/feeds/{id}/acts", "200", bonded.FeedReply{})
	add(s, route{
		id: "send-feed-message", method: http.MethodPost, path: "/api/v1/feeds/{id}/messages", tag: "feeds", limit: maxLarge, accept: []string{typeJSON, typeCSV, typeXLSX},
		summary: "Send a message: JSON as docs/feed.schema.json has it, or records as CSV or XLSX with the envelope in the query",
	}, func(c *call, in *struct {
		byDocument
		System   string        `query:"system" doc:"with CSV and XLSX"`
		Sequence int64         `query:"sequence" doc:"with CSV and XLSX"`
		Key      string        `query:"key" doc:"with CSV and XLSX"`
		SentAt   clock.Instant `query:"sentAt" doc:"with CSV and XLSX"`
		RawBody  []byte
	},
	) (reply bonded.FeedReply, err error) {
		f, _, _, err := feeds.load(c, in.ID, party.Lodge)
		if err != nil {
			return reply, err
		}
		var m feed.Message
		if kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); kind == typeCSV || kind == typeXLSX {
			m = feed.Message{Enterprise: f.Enterprise, System: in.System, Book: f.Book, Sequence: in.Sequence, Key: in.Key, SentAt: in.SentAt}
			m.Records, err = message.ReadRecords(in.RawBody)
		} else {
			m, err = feed.ReadJSON(in.RawBody)
		}
		if err != nil {
			return reply, err
		}
		if m.Book != f.Book {
			return reply, party.Absent(string(dossier.Feed), m.Book)
		}
		cmd := c.command("feed.send")
		cmd.Key = "" // the sequence and the key of the message make a repeat harmless, and its answer is of now
		return c.feedReplied(s.Bonded.TakeMessage(c.ctx(), cmd, c.who.Actor, m))
	})
	add(s, route{id: "correct-feed-message", method: http.MethodPost, path: "/api/v1/feeds/{id}/messages/{sequence}/corrections", tag: "feeds", summary: "Correct a record of a message in staging, or set it aside"},
		func(c *call, in *struct {
			byMessage
			Body StagedCorrection
		},
		) (reply bonded.FeedReply, err error) {
			m, err := c.feedMessage(&in.byMessage, party.Lodge)
			if err != nil {
				return reply, err
			}
			var after *feed.Record
			if len(in.Body.After) > 0 && string(in.Body.After) != "null" {
				record, err := feed.ReadRecord(in.Body.After)
				if err != nil {
					return reply, inside(err, "/after")
				}
				after = &record
			}
			return c.feedReplied(s.Bonded.CorrectMessage(c.ctx(), c.command("feed.correct"), c.who.Actor, m.Book, m.Sequence, in.Body.Record, after, in.Body.Reason))
		})
	add(s, route{id: "explain-feed-difference", method: http.MethodPost, path: "/api/v1/feeds/{id}/differences/explanations", tag: "feeds", summary: "Give the reason for a line that is apart in the newest table (customs)"},
		func(c *call, in *struct {
			byDocument
			Body struct {
				Line   int    `json:"line" doc:"of the account book"`
				Reason string `json:"reason"`
			}
		},
		) (json.RawMessage, error) {
			f, _, _, err := feeds.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Bonded.ExplainDifference(c.ctx(), c.command("feed.explain"), c.who.Actor, f.Table, in.Body.Line, in.Body.Reason))
		})
	s.answersWith("/api/v1/feeds/{id}/differences/explanations", "200", feed.Table{})
}

// differenceSheet is the newest difference table of a feed, a row for each line of
// the book with the first movement without its counterpart.
func (c *call) differenceSheet(id string) (*message.Sheet, error) {
	f, _, _, err := feeds.load(c, id, party.View)
	if err != nil {
		return nil, err
	}
	sheet := &message.Sheet{
		Name: "differences-" + f.Book, Figures: []int{4, 5, 6, 7, 8, 9, 16},
		Head: []string{"day", "line", "name", "unit", "book", "system", "gate", "awaited", "apart", "items apart", "first on", "first in", "first kind", "part", "lot", "document", "quantity", "message", "record", "explained", "explained by"},
	}
	if f.Table == "" {
		return sheet, nil
	}
	var t feed.Table
	if _, err := c.s.store.Load(c.ctx(), dossier.FeedTable, f.Table, &t); err != nil {
		return nil, err
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		row := []string{t.Day.String(), strconv.Itoa(r.Line), r.Name, string(r.Unit), r.Book.String(), r.System.String(), r.Gate.String(), r.Awaited.String(), r.Apart.String(), strconv.Itoa(r.Items)}
		if x := r.First; x != nil {
			row = append(row, x.On.String(), string(x.Column), string(x.Kind), x.Part, x.Lot, x.Document, x.Quantity.String(), "", "")
			if x.Sequence > 0 {
				row[17], row[18] = strconv.FormatInt(x.Sequence, 10), strconv.Itoa(x.Record)
			}
		} else {
			row = append(row, "", "", "", "", "", "", "", "", "")
		}
		sheet.Rows = append(sheet.Rows, append(row, r.Explained, r.ExplainedBy))
	}
	return sheet, nil
}

// feedMessage loads a message of a feed on which the action is allowed.
func (c *call) feedMessage(in *byMessage, action party.Action) (*feed.Received, error) {
	f, _, _, err := feeds.load(c, in.ID, action)
	if err != nil {
		return nil, err
	}
	m := new(feed.Received)
	_, err = c.s.store.Load(c.ctx(), dossier.FeedMessage, feed.MessageID(f.Book, in.Sequence), m)
	TellNotices(m.Faults, m.Findings)
	return m, err
}
