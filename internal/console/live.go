package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"seine/internal/fault"
)

// Message is one thing that happened, for pages that show it while it is new.
type Message struct {
	ID    string // position in the feed, to go on from; "" when it may be lost
	Topic string // alarm, gate, declaration …
	Data  []byte // one line of JSON; what a page shows it asks for again, with its rights
}

// Feed gives live messages.
type Feed interface {
	// Follow gives the messages of topics after the one with this id ("" means
	// from now on) until ctx ends. The channel is closed when the reader was too
	// slow; it then opens the stream again from the last id it saw.
	Follow(ctx context.Context, v Viewer, topics []string, after string) (<-chan Message, error)
	// Behind tells how far the feed is behind what was committed.
	Behind() time.Duration
}

// beatEvery is how often a stream says that it lives and how far behind it is;
// a page turns amber after 5 s of silence, so a beat is well below that.
const beatEvery = 2 * time.Second

var topicPattern = regexp.MustCompile(`^[a-z][a-z-]{0,30}$`)

// live answers GET /live?topics=alarm,gate with server-sent events: the messages
// and, every two seconds, a beat with the time it was sent and the feed's lag,
// both in microseconds.
func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	v := ViewerOf(ctx)
	topics := strings.Split(r.URL.Query().Get("topics"), ",")
	if !v.SignedIn() {
		s.Fail(w, r, fault.New(fault.Forbidden, "CONSOLE-ROLE-01", "", "this page is not open to your role",
			"ask your operator for the right, or sign in as somebody who has it"))
		return
	}
	if len(topics) > 20 {
		topics = topics[:20]
	}
	for _, topic := range topics {
		if !topicPattern.MatchString(topic) {
			s.Fail(w, r, fault.New(fault.Invalid, "CONSOLE-TOPIC-01", "/topics", "“{topic}” is not a topic",
				"give small letters, separated by commas", "topic", topic))
			return
		}
	}
	after := r.Header.Get("Last-Event-ID")
	if after == "" {
		after = r.URL.Query().Get("after")
	}
	messages, err := s.deps.Feed.Follow(ctx, v, topics, after)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	if err := out.SetWriteDeadline(time.Time{}); err != nil {
		s.deps.Log.Debug("stream keeps the server's time limit", "err", err)
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	if s.beat(w) != nil || out.Flush() != nil {
		return
	}
	for {
		var failed error
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			failed = s.beat(w)
		case m, open := <-messages:
			if !open {
				return
			}
			failed = send(w, m)
		}
		if failed != nil || out.Flush() != nil {
			return // the reader has gone
		}
	}
}

func (s *Server) beat(w http.ResponseWriter) error {
	data, err := json.Marshal(map[string]int64{
		"sent": s.deps.Now().UnixMicro(), "behind": s.deps.Feed.Behind().Microseconds(),
	})
	if err != nil {
		return err
	}
	return send(w, Message{Topic: "beat", Data: data})
}

func send(w http.ResponseWriter, m Message) error {
	if m.ID != "" {
		if _, err := fmt.Fprintf(w, "id: %s\n", m.ID); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", m.Topic, m.Data)
	return err
}
