package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/risk"
	"seine/internal/store"
)

var declarations = &resource[declaration.Declaration]{
	kind: dossier.Declaration, path: "declarations", tag: "declarations", one: "declaration", many: "declarations",
	number: "number", owner: "enterprise", agent: "broker", office: "office",
	parties: func(d *declaration.Declaration) ([]string, string) {
		return []string{d.Consignee.Code(), d.Declarant.Code()}, areaOf(d.CompetentOffice)
	},
	redact: func(p *identity.Principal, d *declaration.Declaration) {
		if !p.Staff() {
			d.Label = nil
		}
	},
}

type declarationQuery struct {
	paging
	State      string     `query:"state" doc:"such as accepted, manual, taxed, released"`
	Open       bool       `query:"open" doc:"only those that are not finished"`
	Office     string     `query:"office" doc:"competent office, four digits"`
	Channel    string     `query:"channel" doc:"green, yellow or red"`
	Procedure  string     `query:"procedure" doc:"supervision mode"`
	Enterprise string     `query:"enterprise" doc:"credit code of the party inside China"`
	Number     string     `query:"number"`
	Bill       string     `query:"billOfLading"`
	DeclaredOn clock.Date `query:"declaredOn"`
}

func (q *declarationQuery) where() map[string]string {
	w := map[string]string{
		"state": q.State, "office": q.Office, "channel": q.Channel, "procedure": q.Procedure, "enterprise": q.Enterprise, "number": q.Number, "bill": q.Bill,
	}
	if q.Open {
		w["open"] = "true"
	}
	if q.DeclaredOn != 0 {
		w["declared_on"] = q.DeclaredOn.String()
	}
	return w
}

// Preview is what lodging would do. A declarant learns faults, duty and whether
// the three documents agree; the channel and what follows from it are told when
// the declaration is lodged, or trying would be a way to find out the rules.
type Preview struct {
	Value        string                    `json:"value" doc:"customs value, CNY"`
	Total        string                    `json:"total" doc:"tax due, CNY"`
	Taxes        []clearance.TaxFigure     `json:"taxes,omitempty"`
	Confirmation *declaration.Confirmation `json:"confirmation,omitempty" doc:"manifest, bill of lading and declaration held against each other"`
	Working      json.RawMessage           `json:"working,omitempty" doc:"each step of the tax; docs/duty.md"`
	Levy         *clearance.Levy           `json:"levy,omitempty" doc:"a domestic sale taxed both ways: by the goods and by the bonded materials in them"`
	Reply        json.RawMessage           `json:"reply,omitempty" doc:"for customs: as lodging would answer; the numbers are the next ones now"`
	Entries      []string                  `json:"entries,omitempty" doc:"for customs: types of the journal entries"`
}

// previewOf takes from the effects of a dry run what the reader may know.
func previewOf(p *identity.Principal, effects *decision.Effects) Preview {
	var out Preview
	for _, put := range effects.Puts {
		if a, ok := put.Body.(*clearance.Assessment); ok && put.Kind == dossier.Assessment {
			out.Value, out.Total, out.Taxes = a.Value.Fixed(), a.Total.Fixed(), a.Figures
			out.Confirmation, out.Working, out.Levy = a.Confirmation, json.RawMessage(a.Working), a.Levy
		}
	}
	if p.Staff() {
		out.Reply = effects.Reply
		for i := range effects.Entries {
			out.Entries = append(out.Entries, effects.Entries[i].Type)
		}
	}
	return out
}

// Why is everything that was judged about a declaration, as its reader may see
// it.
type Why struct {
	Declaration  string                    `json:"declaration"`
	Version      int64                     `json:"version"`
	At           clock.Instant             `json:"at"`
	Value        string                    `json:"value" doc:"customs value, CNY"`
	Total        string                    `json:"total" doc:"tax due, CNY"`
	Taxes        []clearance.TaxFigure     `json:"taxes,omitempty"`
	Confirmation *declaration.Confirmation `json:"confirmation,omitempty"`
	Working      json.RawMessage           `json:"working" doc:"each step of the tax with measure, base, rate, rounding and source; docs/duty.md"`
	Levy         *clearance.Levy           `json:"levy,omitempty" doc:"a domestic sale taxed both ways; the working is that of the one chosen"`
	Verdict      risk.Verdict              `json:"verdict" doc:"the why card"`
	Cures        []risk.Label              `json:"cures,omitempty" doc:"what the declarant can do"`
	Facts        json.RawMessage           `json:"facts,omitempty" doc:"what was judged, for risk analysts"`
}

func (s *Server) declarationRoutes() {
	listed(s, declarations, func(q *declarationQuery) paging { return q.paging }, (*declarationQuery).where)
	declarations.show(s)
	if s.Clearance == nil {
		return
	}
	add(s, route{id: "lodge-declaration", method: http.MethodPost, path: "/api/v1/declarations", tag: "declarations", status: http.StatusCreated, summary: "Lodge a declaration"},
		func(c *call, in *struct{ Body clearance.Lodging }) (json.RawMessage, error) {
			if err := c.mayLodge(&in.Body); err != nil {
				return nil, err
			}
			receipt, err := s.Clearance.Lodge(c.ctx(), c.command("declaration.lodge"), c.who.Actor, in.Body)
			return c.replied(receipt, inside(err, "/declaration", "/guarantee"))
		})
	s.answersWith("/api/v1/declarations", "201", clearance.LodgeReply{})
	add(s, route{id: "preview-declaration", method: http.MethodPost, path: "/api/v1/declarations/preview", tag: "declarations", summary: "What lodging would do; nothing is written"},
		func(c *call, in *struct{ Body clearance.Lodging }) (Preview, error) {
			if err := c.mayLodge(&in.Body); err != nil {
				return Preview{}, err
			}
			cmd := c.command("declaration.lodge")
			cmd.Key = ""
			effects, err := s.Clearance.TryLodge(c.ctx(), cmd, c.who.Actor, in.Body)
			if err != nil {
				return Preview{}, inside(err, "/declaration", "/guarantee")
			}
			return previewOf(c.who, &effects), nil
		})
	s.bulkRoute()
	add(s, route{
		id: "act-on-declaration", method: http.MethodPost, path: "/api/v1/declarations/{id}/acts", tag: "declarations",
		summary: "An officer's act: release, return, ask_more, inspect; supplement by the declarant",
	}, s.act)
	s.answersWith("/api/v1/declarations/{id}/acts", "200", clearance.StateReply{})
	s.correctionRoutes()
	add(s, route{
		id: "get-assessment", method: http.MethodGet, path: "/api/v1/declarations/{id}/assessment", tag: "declarations",
		summary: "Confirmation, tax working and why card, as the reader may see them",
	}, s.why)
	add(s, route{
		id: "get-life-line", method: http.MethodGet, path: "/api/v1/declarations/{id}/life-line", tag: "declarations",
		summary: "Everything that happened to it, newest first",
	},
		func(c *call, in *struct {
			byDocument
			Before int64 `query:"before" doc:"cursor: next of the page before"`
			Limit  int   `query:"limit"`
		},
		) (entryPage, error) {
			_, id, _, err := declarations.load(c, in.ID, party.View)
			if err != nil {
				return entryPage{}, err
			}
			return c.explore(store.Filter{Subject: refOf(dossier.Declaration, id), Before: in.Before, Limit: in.Limit})
		})
}

// mayLodge authorises lodging: for the own enterprise, or with its mandate, and
// never what only customs may state. Fault: HTTP-MEMBER-01.
func (c *call) mayLodge(l *clearance.Lodging) error {
	d := &l.Declaration
	var faults fault.List
	for path, given := range map[string]bool{"/declaration/label": d.Label != nil, "/declaration/supplied": len(d.Supplied) > 0} {
		if given {
			faults = append(faults, fault.New(fault.Invalid, "HTTP-MEMBER-01", path, "this is not for a declarant to state", "leave it out"))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	// Whose goods they are decides: somebody abroad is spoken for by the declarant.
	code := d.Consignee.CreditCode
	if code == "" {
		code = d.Consignee.CustomsCode
	}
	if code == "" {
		code = c.who.Actor.Enterprise
	}
	if code != c.who.Actor.Enterprise {
		ids, err := c.companies(code)
		if err != nil {
			return err
		}
		code = ids[0]
	}
	err := c.may(party.Lodge, party.Object{Kind: string(dossier.Declaration), ID: d.BillOfLading, Parties: []string{code}})
	if fault.Is(err, "PARTY-RIGHT-01") {
		return fault.New(fault.Forbidden, "HTTP-MANDATE-01", "/declaration/consignee", "you may not declare for {code}", "have a mandate of that enterprise registered", "code", code)
	}
	return err
}

func (s *Server) act(c *call, in *struct {
	byDocument
	IfMatch string `header:"If-Match" doc:"the ETag that the officer saw: when the declaration changed since, nothing is done"`
	Body    clearance.Decision
},
) (json.RawMessage, error) {
	action := party.Decide
	if in.Body.Act == clearance.ActSupplement {
		action = party.Lodge
	}
	_, id, version, err := declarations.load(c, in.ID, action)
	if err != nil {
		return nil, err
	}
	seen, err := c.expected()
	if err != nil {
		return nil, err
	}
	if seen != 0 {
		if seen != version && c.r.Header.Get("Idempotency-Key") == "" {
			return nil, fault.New(fault.Conflict, "HTTP-MATCH-01", "", "the document has changed since it was shown (version {seen}, now {now})", "read it again and decide then", "seen", seen, "now", version)
		}
		in.Body.Version = seen
	}
	return c.replied(s.Clearance.Decide(c.ctx(), c.command("declaration."+string(in.Body.Act)+"/"+id), c.who.Actor, id, in.Body))
}

// audience tells how much of a why card somebody sees.
func audience(p *identity.Principal) risk.Audience {
	switch {
	case !p.Staff():
		return risk.Declarant
	case oversight.Cleared(p.Actor.Posts):
		return risk.Analyst
	}
	return risk.Officer
}

func (s *Server) why(c *call, in *byDocument) (Why, error) {
	d, id, _, err := declarations.load(c, in.ID, party.View)
	if err != nil {
		return Why{}, err
	}
	if d.Verdict == "" {
		return Why{}, party.Absent("assessment", in.ID)
	}
	var a struct {
		clearance.Assessment
		Facts json.RawMessage `json:"facts"` // passed on as they were stored
	}
	if _, err := s.store.Load(c.ctx(), dossier.Assessment, d.Verdict, &a); err != nil {
		return Why{}, err
	}
	if err := s.identity.Read(c.ctx(), c.who, dossier.Declaration, id); err != nil {
		return Why{}, err
	}
	reader := audience(c.who)
	out := Why{
		Declaration: id, Version: a.Version, At: a.At, Value: a.Value.Fixed(), Total: a.Total.Fixed(), Taxes: a.Figures, Confirmation: a.Confirmation,
		Working: a.Working, Levy: a.Levy, Verdict: a.Verdict.For(reader),
	}
	out.Cures = out.Verdict.Cures()
	if reader == risk.Analyst {
		out.Facts = a.Facts
	}
	return out, nil
}

// Row is the receipt of one row of a bulk.
type Row struct {
	Row     int             `json:"row" doc:"from 1, in the order sent"`
	Status  int             `json:"status" doc:"as the row alone would have been answered"`
	Reply   json.RawMessage `json:"reply,omitempty"`
	Entries []string        `json:"entries,omitempty" doc:"ids of the journal entries, for receipts"`
	Repeat  bool            `json:"repeated,omitempty"`
	Problem *Problem        `json:"problem,omitempty"`
}

// Rows is what a bulk is answered with.
type Rows struct {
	Accepted int   `json:"accepted"`
	Refused  int   `json:"refused"`
	Rows     []Row `json:"rows"`
}

func rowKey(key string, row int) string {
	if key == "" {
		return ""
	}
	return key + "/" + strconv.Itoa(row)
}
