package console

import (
	"context"
	"net/http"

	"seine/internal/clock"
	"seine/internal/store"
)

// status answers GET /status: how the house is, for anybody, and what to do while
// it does not work.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	c := s.house().Read.Condition(r.Context())
	w.Header().Set("Cache-Control", "no-store")
	s.Render(w, r, statusPage(r.Context()), statusBody(c))
}

func statusPage(ctx context.Context) Page {
	return Page{Title: T(ctx, "status.title"), Bare: true}
}

// lights gives each light its tone and word.
var lights = map[store.Light]wording{
	store.Green:  {OK, "status.green"},
	store.Yellow: {Warn, "status.yellow"},
	store.Red:    {Bad, "status.red"},
}

// whileDown are the rules for the time in which the house does not work.
var whileDown = []Key{"status.rule.kept", "status.rule.again", "status.rule.lanes", "status.rule.later", "status.rule.import", "status.rule.proof"}

func galleryStatus(ctx context.Context) Specimen {
	return Specimen{Name: "status", Title: "status.title", Page: statusPage(ctx), Body: statusBody(store.Condition{
		Light: store.Yellow, Papers: store.Green, Proof: store.Yellow, Messages: store.Green, At: clock.MustDate("2026-11-24").Start(),
	})}
}
