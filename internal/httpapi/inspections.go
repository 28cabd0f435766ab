package httpapi

import (
	"encoding/json"
	"net/http"

	"seine/internal/clearance"
	"seine/internal/dossier"
	"seine/internal/identity"
	"seine/internal/inspection"
	"seine/internal/party"
)

var inspections = &resource[inspection.Order]{
	kind: dossier.InspectionOrder, path: "inspection-orders", tag: "inspection", one: "inspection-order", many: "inspection-orders",
	number: "number", owner: "enterprise", area: "area",
	parties: func(o *inspection.Order) ([]string, string) {
		return append([]string{o.Enterprise}, o.Parties...), o.Area
	},
	redact: func(p *identity.Principal, o *inspection.Order) {
		switch audience(p) {
		case "analyst":
		case "officer":
			o.Sources = o.VisibleSources()
		default: // the party learns what is examined, not why or by whose advice
			o.Sources, o.Drawings, o.IssuedBy = nil, nil, ""
		}
	},
}

type inspectionQuery struct {
	paging
	State   string `query:"state"`
	Open    bool   `query:"open"`
	Subject string `query:"subject" doc:"id of the declaration"`
}

func (s *Server) inspectionRoutes() {
	listed(s, inspections, func(q *inspectionQuery) paging { return q.paging }, func(q *inspectionQuery) map[string]string {
		w := map[string]string{"state": q.State, "subject": q.Subject}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	inspections.show(s)
	if s.Clearance == nil {
		return
	}
	add(s, route{id: "record-inspection", method: http.MethodPost, path: "/api/v1/inspection-orders/{id}/result", tag: "inspection", summary: "Record the result of an inspection"},
		func(c *call, in *struct {
			byDocument
			Body clearance.Finding
		},
		) (json.RawMessage, error) {
			_, id, _, err := inspections.load(c, in.ID, party.Inspect)
			if err != nil {
				return nil, err
			}
			receipt, err := s.Clearance.Inspected(c.ctx(), c.command("inspection.record/"+id), c.who.Actor, id, in.Body)
			return c.replied(receipt, inside(err, "/result"))
		})
	s.answersWith("/api/v1/inspection-orders/{id}/result", "200", clearance.StateReply{})
	add(s, route{id: "propose-disposal", method: http.MethodPost, path: "/api/v1/inspection-orders/{id}/disposal", tag: "inspection", summary: "Propose what follows an abnormal result; a second officer is drawn"},
		func(c *call, in *struct {
			byDocument
			Body clearance.Disposal
		},
		) (json.RawMessage, error) {
			o, id, _, err := inspections.load(c, in.ID, party.View)
			if err != nil {
				return nil, err
			}
			if err := c.may(party.Decide, party.Object{Kind: string(dossier.Proposal), ID: id, Area: o.Area}); err != nil {
				return nil, err
			}
			return c.replied(s.Clearance.ProposeDisposal(c.ctx(), c.command("inspection.dispose/"+id), c.who.Actor, id, in.Body))
		})
}
