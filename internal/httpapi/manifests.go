package httpapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/manifest"
	"seine/internal/message"
	"seine/internal/party"
	"seine/internal/store"
)

// Message is a message as it came in. It is kept whole, whatever became of it.
type Message struct {
	ID        string        `json:"id"`
	Format    string        `json:"format"` // content type
	Sender    string        `json:"sender"` // enterprise
	Reference string        `json:"reference,omitempty"`
	Received  clock.Instant `json:"received"`
	State     string        `json:"state"` // received, taken, refused
	Bytes     int           `json:"bytes"`
	SHA256    string        `json:"sha256"`
	Packed    []byte        `json:"packed,omitempty"` // gzip of what came
	Faults    []string      `json:"faults,omitempty"` // codes, when refused
}

// States of a message.
const (
	messageReceived = "received"
	messageTaken    = "taken"
	messageRefused  = "refused"
)

var messages = &resource[Message]{
	kind: dossier.Message, path: "messages", tag: "manifests", one: "message", many: "messages", owner: "sender",
	parties: func(m *Message) ([]string, string) { return []string{m.Sender}, "" },
}

var manifests = &resource[clearance.Manifest]{
	kind: dossier.Manifest, path: "manifests", tag: "manifests", one: "manifest", many: "manifests", owner: "carrier", office: "office",
	parties: func(m *clearance.Manifest) ([]string, string) { return []string{m.Carrier}, areaOf(m.Office) },
}

var bills = &resource[clearance.BillOfLading]{
	kind: dossier.BillOfLading, path: "bills-of-lading", tag: "manifests", one: "bill-of-lading", many: "bills-of-lading", office: "office",
	parties: func(b *clearance.BillOfLading) ([]string, string) {
		parties := []string{b.Content.Consignee.Code, b.Content.Consignor.Code}
		for i := range b.Content.Notify {
			parties = append(parties, b.Content.Notify[i].Code)
		}
		return parties, areaOf(b.Office)
	},
}

type manifestQuery struct {
	paging
	State   string `query:"state"`
	Office  string `query:"office"`
	Journey string `query:"journey" doc:"voyage or flight number"`
	Number  string `query:"number"`
}

type billQuery struct {
	paging
	Number   string `query:"number"`
	Manifest string `query:"manifest" doc:"id of the manifest"`
	State    string `query:"state"`
}

type messageQuery struct {
	paging
	State string `query:"state"`
}

// Taken is what became of a message with manifests.
type Taken struct {
	Message   string          `json:"message" doc:"id under which the message is kept"`
	Manifests []ManifestTaken `json:"manifests"`
}

// ManifestTaken is what became of one manifest of a message.
type ManifestTaken struct {
	Status  int                      `json:"status"`
	Reply   *clearance.ManifestReply `json:"reply,omitempty"`
	Notes   []clearance.Notice       `json:"notes,omitempty" doc:"what was forgiven or not used while reading"`
	Problem *Problem                 `json:"problem,omitempty" doc:"why it was refused; with a reply: why some of its bills of lading were"`
}

// Content types of a manifest.
const (
	typeJSON    = "application/json"
	typeCSV     = "text/csv"
	typeXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeEDIFACT = "application/edifact"
)

func (s *Server) manifestRoutes() {
	listed(s, manifests, func(q *manifestQuery) paging { return q.paging }, func(q *manifestQuery) map[string]string {
		return map[string]string{"state": q.State, "office": q.Office, "journey": q.Journey, "number": q.Number}
	})
	manifests.show(s)
	listed(s, bills, func(q *billQuery) paging { return q.paging }, func(q *billQuery) map[string]string {
		return map[string]string{"number": q.Number, "manifest": q.Manifest, "state": q.State}
	})
	bills.show(s)
	listed(s, messages, func(q *messageQuery) paging { return q.paging }, func(q *messageQuery) map[string]string {
		return map[string]string{"state": q.State}
	})
	messages.show(s)
	if s.Clearance == nil {
		return
	}
	add(s, route{
		id: "send-manifest", method: http.MethodPost, path: "/api/v1/manifests", tag: "manifests", limit: maxLarge, status: http.StatusCreated,
		accept:  []string{typeJSON, typeCSV, typeEDIFACT},
		summary: "Send manifests: JSON, a table, or an EDIFACT interchange of CUSCAR; a known number and journey is an amendment",
	}, s.manifest)
	s.manifestLife()
}

// Arrival is when a means of transport came.
type Arrival struct {
	Day clock.Date    `json:"day,omitempty" doc:"legal day, YYYY-MM-DD"`
	At  clock.Instant `json:"at,omitempty" doc:"the moment, when it is known"`
}

// TallyReport is what was counted at the quay or apron.
type TallyReport struct {
	Lines  []clearance.TallyLine `json:"lines" doc:"every bill of lading of the manifest, and any that was found beside them"`
	Reason string                `json:"reason,omitempty" doc:"why it is counted again; needed when a report is in already, whose place it takes"`
}

// AmendmentAsked is a carrier's application to change a manifest after its cut-off.
type AmendmentAsked struct {
	Reason   string          `json:"reason"`
	Manifest json.RawMessage `json:"manifest" doc:"the whole manifest as it shall be, in the form of manifest JSON"`
}

// manifestLife serves what happens to a manifest after it was filed.
func (s *Server) manifestLife() {
	add(s, route{id: "report-arrival", method: http.MethodPost, path: "/api/v1/manifests/{id}/arrival", tag: "manifests", summary: "Report that the means of transport of a manifest has arrived"},
		func(c *call, in *struct {
			byDocument
			Body Arrival
		},
		) (json.RawMessage, error) {
			id, err := c.manifestOf(in.ID)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Clearance.ManifestArrived(c.ctx(), c.command("manifest.arrive/"+id), c.who.Actor, id, manifest.Moment{Day: in.Body.Day, At: in.Body.At}))
		})
	add(s, route{id: "report-tally", method: http.MethodPost, path: "/api/v1/manifests/{id}/tally", tag: "manifests", summary: "Report what was counted of a manifest; a difference holds the declarations on its bill of lading, a later report takes the place of the one before"},
		func(c *call, in *struct {
			byDocument
			Body TallyReport
		},
		) (json.RawMessage, error) {
			id, err := c.manifestOf(in.ID)
			if err != nil {
				return nil, err
			}
			return c.replied(s.Clearance.ManifestTallied(c.ctx(), c.command("manifest.tally/"+id), c.who.Actor, id, clearance.Counting{Lines: in.Body.Lines, Reason: in.Body.Reason}))
		})
	add(s, route{
		id: "ask-manifest-amendment", method: http.MethodPost, path: "/api/v1/manifests/{id}/amendments", tag: "manifests", status: http.StatusCreated,
		summary: "Ask to change a manifest after its cut-off; an officer decides",
	},
		func(c *call, in *struct {
			byDocument
			Body AmendmentAsked
		},
		) (json.RawMessage, error) {
			m, _, _, err := manifests.load(c, in.ID, party.Lodge)
			if err != nil {
				return nil, err
			}
			readings, err := message.ReadManifestJSON(bytes.NewReader(in.Body.Manifest))
			if err != nil {
				return nil, inside(err, "/manifest")
			}
			if len(readings) != 1 || manifest.NormalNumber(readings[0].Manifest.ID) != m.Number || manifest.NormalNumber(readings[0].Manifest.Transport.Journey) != m.Journey {
				return nil, fault.New(fault.Invalid, "HTTP-MANIFEST-02", "/manifest", "the amendment is not one of manifest {number}, journey {journey}",
					"send that manifest, once, as it shall be", "number", m.Number, "journey", m.Journey)
			}
			if err := readings[0].Faults.OrNil(); err != nil {
				return nil, inside(err, "/manifest")
			}
			return c.replied(s.Clearance.AskAmendment(c.ctx(), c.command("manifest.ask-amendment/"+m.ID), c.who.Actor, readings[0].Manifest, in.Body.Reason))
		})
	add(s, route{id: "list-manifest-amendments", method: http.MethodGet, path: "/api/v1/manifests/{id}/amendments", tag: "manifests", summary: "Amendments that were asked for of a manifest, newest first"},
		func(c *call, in *struct {
			byDocument
			paging
		},
		) (page[*clearance.ManifestAmendment], error) {
			out := page[*clearance.ManifestAmendment]{Items: []*clearance.ManifestAmendment{}}
			m, id, _, err := manifests.load(c, in.ID, party.View)
			if err != nil {
				return out, err
			}
			found, err := s.store.List(c.ctx(), dossier.Application, store.Query{Where: map[string][]string{"number": {m.Number}, "kind": {clearance.KindAmendment}}, Before: in.After, Limit: in.Limit})
			if err != nil {
				return out, err
			}
			for _, item := range found.Items {
				var a clearance.ManifestAmendment
				if err := json.Unmarshal(item.Body, &a); err != nil {
					return out, fmt.Errorf("read amendment %s: %w", item.ID, err)
				}
				if a.Manifest == id { // numbers come again with other journeys
					out.Items = append(out.Items, &a)
				}
			}
			out.Next = found.Next
			return out, nil
		})
	add(s, route{
		id: "decide-manifest-amendment", method: http.MethodPost, path: "/api/v1/manifests/{id}/amendments/{amendment}/decision", tag: "manifests",
		summary: "An officer's word on an amendment; agreed, every declaration on the manifest is matched again",
	},
		func(c *call, in *struct {
			byDocument
			Amendment string `path:"amendment" doc:"id of the application"`
			Body      clearance.Opinion
		},
		) (json.RawMessage, error) {
			_, id, _, err := manifests.load(c, in.ID, party.Decide)
			if err != nil {
				return nil, err
			}
			var asked clearance.ManifestAmendment
			if _, err := s.store.Load(c.ctx(), dossier.Application, in.Amendment, &asked); err != nil || asked.Manifest != id {
				if err != nil && fault.All(err) == nil {
					return nil, err
				}
				return nil, party.Absent("amendment", in.Amendment)
			}
			return c.replied(s.Clearance.DecideAmendment(c.ctx(), c.command("manifest.decide-amendment/"+in.Amendment), c.who.Actor, in.Amendment, in.Body))
		})
	for path, reply := range map[string]any{"arrival": clearance.ManifestReply{}, "tally": clearance.ManifestReply{}, "amendments/{amendment}/decision": clearance.ManifestReply{}} {
		s.answersWith("/api/v1/manifests/{id}/"+path, "200", reply)
	}
	s.answersWith("/api/v1/manifests/{id}/amendments", "201", clearance.AmendmentReply{})
}

// manifestOf finds a manifest of which its carrier, or customs, may tell what
// happened.
func (c *call) manifestOf(name string) (string, error) {
	action := party.Lodge
	if c.who.Staff() {
		action = party.Decide
	}
	_, id, _, err := manifests.load(c, name, action)
	return id, err
}

// manifest takes a message with manifests: it is kept as it came, read, and each
// manifest is taken or refused for itself.
func (s *Server) manifest(c *call, in *struct{ RawBody []byte }) (Taken, error) {
	object := party.Object{Kind: string(dossier.Manifest), ID: "new", Parties: []string{c.who.Actor.Enterprise}}
	if err := c.may(party.Lodge, object); err != nil {
		return Taken{}, err
	}
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	kept, version, err := s.keep(c, kind)
	if err != nil {
		return Taken{}, err
	}
	out := Taken{Message: kept.ID}
	readings, err := read(kind, in.RawBody)
	if err != nil {
		return out, s.close(c.ctx(), kept, version, err)
	}
	var refusals fault.List
	for i := range readings {
		one, refusal := s.takeManifest(c, kept.ID, i, &readings[i])
		if refusal != nil && fault.All(refusal) == nil {
			return out, refusal
		}
		refusals = append(refusals, fault.All(refusal)...)
		out.Manifests = append(out.Manifests, one)
	}
	if err := s.close(c.ctx(), kept, version, refusals.OrNil()); err != nil && len(readings) == 1 && out.Manifests[0].Reply == nil {
		return out, err
	}
	for i := range out.Manifests {
		if out.Manifests[i].Status != http.StatusCreated {
			c.status = http.StatusMultiStatus
		}
	}
	return out, nil
}

func (s *Server) takeManifest(c *call, kept string, i int, r *message.ManifestReading) (ManifestTaken, error) {
	var out ManifestTaken
	for _, f := range r.Notes {
		out.Notes = append(out.Notes, clearance.Notice{Code: f.Code, Path: f.Path, Detail: f.Message()})
	}
	refused := func(err error) (ManifestTaken, error) {
		p := ProblemOf(err, c.reference)
		out.Status, out.Problem = p.Status, &p
		return out, err
	}
	if len(r.Syntax) > 0 {
		return refused(append(slices.Clone(r.Syntax), r.Faults...))
	}
	switch r.Function {
	case message.Cancel, message.Deletion:
		return refused(fault.New(fault.Refused, "HTTP-MANIFEST-01", "", "a message of function “{function}” is not carried out over this address", "ask the office of entry to cancel the manifest", "function", string(r.Function)))
	default:
	}
	cmd := c.command("manifest.receive")
	cmd.Key = rowKey(cmd.Key, i+1)
	receipt, err := s.Clearance.ReceiveManifest(c.ctx(), cmd, c.who.Actor, clearance.Filing{Manifest: r.Manifest, Scope: r.Function.Scope(), Message: kept, Faults: r.Faults})
	if err != nil {
		return refused(err)
	}
	out.Status, out.Reply = http.StatusCreated, new(clearance.ManifestReply)
	if err := json.Unmarshal(receipt.Reply, out.Reply); err != nil {
		return out, err
	}
	var left fault.List
	for _, bill := range out.Reply.Refused {
		for _, reason := range bill.Faults {
			left = append(left, reason.Fault())
		}
	}
	if len(left) == 0 {
		return out, nil
	}
	p := ProblemOf(left, c.reference)
	out.Status, out.Problem = http.StatusMultiStatus, &p
	return out, left
}

func read(kind string, raw []byte) ([]message.ManifestReading, error) {
	switch kind {
	case typeCSV:
		return message.ReadManifestCSV(bytes.NewReader(raw))
	case typeEDIFACT:
		return message.ReadCuscar(bytes.NewReader(raw))
	}
	return message.ReadManifestJSON(bytes.NewReader(raw))
}

// keep writes a message down as it came, before it is read.
func (s *Server) keep(c *call, kind string) (m Message, version int64, err error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(c.body); err != nil {
		return m, 0, fmt.Errorf("pack message: %w", err)
	}
	if err := z.Close(); err != nil {
		return m, 0, fmt.Errorf("pack message: %w", err)
	}
	sum := sha256.Sum256(c.body)
	m = Message{Format: kind, Sender: c.who.Actor.Enterprise, Received: c.now, State: messageReceived, Bytes: len(c.body), SHA256: hex.EncodeToString(sum[:]), Packed: packed.Bytes()}
	cmd := c.command("message.keep")
	cmd.Key = rowKey(cmd.Key, 0)
	receipt, err := s.store.Decide(c.ctx(), cmd, func(v decision.View) (decision.Outcome, error) {
		m.ID = v.NewID()
		e := decision.Entry(v, c.who.Actor, "message.received", journal.Ref{Kind: string(dossier.Message), ID: m.ID})
		e.Body = json.RawMessage(`{"bytes":` + fmt.Sprint(m.Bytes) + `,"format":"` + m.Format + `","sha256":"` + m.SHA256 + `"}`)
		return decision.Outcome{
			Puts: []decision.Put{{Kind: dossier.Message, ID: m.ID, Body: m}}, Entries: []journal.Entry{e}, Reply: m.ID,
		}, nil
	})
	if err != nil {
		return m, 0, err
	}
	if err := json.Unmarshal(receipt.Reply, &m.ID); err != nil {
		return m, 0, err
	}
	if version, err = s.store.Load(c.ctx(), dossier.Message, m.ID, &m); err != nil {
		return m, 0, err
	}
	return m, version, nil
}

// close notes what became of a message and passes its refusal on.
func (s *Server) close(ctx context.Context, m Message, version int64, refusal error) error {
	if refusal != nil && fault.All(refusal) == nil {
		return refusal
	}
	m.State = messageTaken
	if refusal != nil {
		m.State = messageRefused
		for _, f := range fault.All(refusal)[:min(len(fault.All(refusal)), 20)] {
			m.Faults = append(m.Faults, strings.TrimSpace(f.Code+" "+f.Path))
		}
	}
	_, err := s.store.Decide(ctx, decision.Command{Name: "message.close", Actor: "system", Received: s.clock.Now()}, func(decision.View) (decision.Outcome, error) {
		return decision.Outcome{Puts: []decision.Put{{Kind: dossier.Message, ID: m.ID, Version: version, Body: m}}}, nil
	})
	if err != nil {
		return err
	}
	return refusal
}
