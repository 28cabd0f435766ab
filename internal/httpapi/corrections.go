package httpapi

import (
	"encoding/json"
	"net/http"

	"seine/internal/clearance"
	"seine/internal/party"
)

// correctionRoutes are amendment and deletion of an accepted declaration: the
// declarant asks, the first officer says a word, and what is agreed on goes to
// the desk of the two officers as a proposal (DR §1.4, §9.1).
func (s *Server) correctionRoutes() {
	add(s, route{
		id: "ask-correction", method: http.MethodPost, path: "/api/v1/declarations/{id}/correction", tag: "declarations",
		summary: "Ask to amend (with the whole declaration as it shall be) or to delete (without), for a listed reason",
	},
		func(c *call, in *struct {
			byDocument
			Body clearance.CorrectionRequest
		},
		) (json.RawMessage, error) {
			_, id, _, err := declarations.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			receipt, err := s.Clearance.AskCorrection(c.ctx(), c.command("declaration.correct/"+id), c.who.Actor, id, in.Body)
			return c.replied(receipt, inside(err, "/proposed", "/correction", "/version"))
		})
	s.answersWith("/api/v1/declarations/{id}/correction", "200", clearance.StateReply{})
	add(s, route{
		id: "review-correction", method: http.MethodPost, path: "/api/v1/declarations/{id}/correction/word", tag: "declarations",
		summary: "The first officer's word: agreeing proposes it and draws the second officer",
	},
		func(c *call, in *struct {
			byDocument
			Body clearance.Opinion
		},
		) (json.RawMessage, error) {
			_, id, _, err := declarations.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Clearance.ReviewCorrection(c.ctx(), c.command("declaration.correction-word/"+id), c.who.Actor, id, in.Body))
		})
}
