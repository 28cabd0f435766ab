package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/store"
	"seine/internal/subscription"
)

// CloudEvent is one journal entry as the CNCF's CloudEvents 1.0 writes it: what
// live streams and webhooks carry. Its id is the entry's.
type CloudEvent struct {
	SpecVersion string        `json:"specversion"`
	ID          string        `json:"id"`
	Source      string        `json:"source"`
	Type        string        `json:"type"`
	Subject     string        `json:"subject,omitempty"`
	Time        string        `json:"time"`
	ContentType string        `json:"datacontenttype"`
	Sequence    string        `json:"sequence"` // position in the journal, of the sequence extension
	Data        journal.Entry `json:"data"`
}

// eventOf writes an entry as an event. Source is the address of the house.
func eventOf(source string, e journal.Entry) CloudEvent {
	out := CloudEvent{
		SpecVersion: "1.0", ID: e.ID, Source: source, Type: "seine." + e.Type, Time: e.At.Time().Format(time.RFC3339Nano),
		ContentType: "application/json", Sequence: strconv.FormatInt(e.Position, 10), Data: e,
	}
	if len(e.Subject) > 0 {
		out.Subject = e.Subject[0].Kind + "/" + e.Subject[0].ID
	}
	return out
}

const (
	beatEvery  = 15 * time.Second
	maxStreams = 500
	feedChunk  = 200
)

type eventQuery struct {
	Topics string `query:"topics" doc:"beginnings of types with commas: declaration, tax-bill.paid; all when not given"`
	After  int64  `query:"after" doc:"go on after this position; from now on when not given"`
	Last   string `header:"Last-Event-ID" doc:"as browsers send it when they come back; goes before after"`
}

func (s *Server) eventRoutes() {
	var open atomic.Int64
	add(s, route{
		id: "follow-events", method: http.MethodGet, path: "/api/v1/events", tag: "journal", answers: "text/event-stream", own: true,
		summary: "Live journal as server-sent events; what the caller may not see is left out",
	},
		func(c *call, in *eventQuery) (json.RawMessage, error) {
			list, err := subscription.ReadTopics(in.Topics)
			if err != nil {
				return nil, err
			}
			at := s.store.Position()
			if in.Last != "" {
				if at, err = strconv.ParseInt(in.Last, 10, 64); err != nil {
					return nil, fault.New(fault.Invalid, "HTTP-PARAM-01", "", "“{value}” is no value of parameter “{name}”", "write {wanted}", "value", clip(in.Last), "name", "Last-Event-ID", "wanted", "a position")
				}
			} else if c.r.URL.Query().Has("after") {
				at = in.After
			}
			if open.Add(1) > maxStreams {
				open.Add(-1)
				return nil, fault.New(fault.Overload, "HTTP-STREAM-01", "", "{limit} streams are open already", "come back later, or use a webhook", "limit", maxStreams)
			}
			s.metrics.streams.Inc()
			defer func() { open.Add(-1); s.metrics.streams.Dec() }()
			c.follow(list, at)
			return nil, nil
		})
}

// follow streams the journal after a position until the reader goes, the house
// closes or the session ends.
func (c *call) follow(list subscription.Topics, at int64) {
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(c.w)
	// A stream has no end of its own: the time limits of ordinary requests would
	// cut it off, the one for reading too.
	if err := errors.Join(out.SetReadDeadline(time.Time{}), out.SetWriteDeadline(time.Time{})); err != nil {
		c.s.log.Warn("stream keeps the server's time limits", "reference", c.reference, "error", err)
	}
	c.w.WriteHeader(http.StatusOK)
	if _, err := fmt.Fprintf(c.w, "retry: 2000\n\n"); err != nil || out.Flush() != nil {
		return
	}
	grown, stop := c.s.store.Watch()
	defer stop()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		for {
			entries, err := c.s.store.Entries(c.ctx(), at, feedChunk)
			if err != nil {
				if c.ctx().Err() == nil {
					c.s.log.Error("stream broke off", "reference", c.reference, "error", err)
				}
				return
			}
			sent := false
			for _, e := range entries {
				at = e.Position
				ok, err := c.send(list, e)
				if err != nil {
					return
				}
				sent = sent || ok
			}
			if sent && out.Flush() != nil {
				return
			}
			if len(entries) < feedChunk {
				break
			}
		}
		select {
		case <-c.ctx().Done():
			return
		case _, open := <-grown:
			if !open {
				return
			}
		case <-beat.C:
			// Who may no longer look is shown the door at the next beat.
			if who, err := c.s.principal(c.r); err != nil {
				return
			} else {
				c.who = who
			}
			if _, err := fmt.Fprintf(c.w, ": %d\n\n", at); err != nil || out.Flush() != nil {
				return
			}
		}
	}
}

// send writes one entry where the reader wants it and may see it.
func (c *call) send(list subscription.Topics, e *store.Stored) (bool, error) {
	if !list.Takes(e.Type) {
		return false, nil
	}
	ok, err := visible(c.may, c.who, &e.Entry)
	if err != nil || !ok {
		return false, err
	}
	shown, _ := forReader(c.who, e.Entry)
	raw, err := json.Marshal(eventOf(c.s.PublicURL, shown))
	if err != nil {
		return false, err
	}
	_, err = fmt.Fprintf(c.w, "id: %d\nevent: %s\ndata: %s\n\n", e.Position, e.Type, raw)
	return true, err
}
