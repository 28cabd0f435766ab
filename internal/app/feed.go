package app

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"seine/internal/console"
	"seine/internal/party"
	"seine/internal/store"
)

// liveFeed tells live pages what was journaled: only that something of a kind
// happened; what they show they ask for again, with their rights.
type liveFeed struct{ app *App }

const (
	feedPage = 500 // entries read in one go
	feedRoom = 64  // messages that may wait for a slow page
)

// Follow gives the entries of topics after a position.
func (f *liveFeed) Follow(ctx context.Context, v console.Viewer, topics []string, after string) (<-chan console.Message, error) {
	at := f.app.Store.Position()
	if after != "" {
		if n, err := strconv.ParseInt(after, 10, 64); err == nil && n >= 0 && n <= at {
			at = n
		}
	}
	out := make(chan console.Message, feedRoom)
	positions, stop := f.app.Store.Watch()
	go func() {
		defer close(out)
		defer stop()
		for {
			entries, err := f.app.Store.Entries(ctx, at, feedPage)
			if err != nil {
				if ctx.Err() == nil {
					f.app.Log.Error("the live feed broke off", "error", err)
				}
				return
			}
			for _, e := range entries {
				at = e.Position
				if !concerns(v, e) {
					continue
				}
				data, err := json.Marshal(map[string]any{"type": e.Type, "subject": e.Subject, "at": e.At})
				if err != nil {
					continue
				}
				for _, topic := range topicsOf(e) {
					if !slices.Contains(topics, topic) {
						continue
					}
					select {
					case out <- console.Message{ID: strconv.FormatInt(e.Position, 10), Topic: topic, Data: data}:
					default:
						return // too slow: it comes back with the last position it saw
					}
				}
			}
			if len(entries) == feedPage {
				continue
			}
			select {
			case <-ctx.Done():
				return
			case _, open := <-positions:
				if !open {
					return
				}
			}
		}
	}()
	return out, nil
}

// Behind is 0: readers are woken by the commit itself.
func (f *liveFeed) Behind() time.Duration { return 0 }

// topicsOf says which kinds of page an entry concerns.
func topicsOf(e *store.Stored) []string {
	object, _, _ := strings.Cut(e.Type, ".")
	topics := []string{object, "journal"}
	switch object {
	case "passage", "release-note":
		topics = append(topics, "gate")
	case "verification-list", "lading-application", "arrival":
		topics = append(topics, "book")
	case "tax-bill", "payment":
		topics = append(topics, "tax")
	}
	if e.Type == "obligation.overdue" || e.Type == "step.late" || e.Type == "passage.held" || e.Type == "payment.unmatched" {
		topics = append(topics, "alarm")
	}
	return topics
}

// concerns tells whether a person may learn that the entry was written: staff of
// the area, or the enterprise itself.
func concerns(v console.Viewer, e *store.Stored) bool {
	if v.Enterprise != "" {
		return e.Enterprise == v.Enterprise
	}
	return e.Area == "" || slices.Contains(v.Areas, e.Area) || slices.Contains(v.Areas, party.AnyArea)
}
