package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/fault"
	"seine/internal/identity"
	"seine/internal/journal"
	"seine/internal/party"
	"seine/internal/store"
)

// entryPage is one page of the journal, newest first. Documents that the caller
// may not see are left out, so a page may be short and still have a next.
type entryPage struct {
	Items []journal.Entry `json:"items"`
	Next  int64           `json:"next,omitempty" doc:"cursor of the next page"`
}

type journalQuery struct {
	Subject string        `query:"subject" doc:"kind and id, such as declaration/06fk…"`
	Type    string        `query:"type" doc:"such as declaration.released; several with commas"`
	Actor   string        `query:"actor"`
	From    clock.Instant `query:"from"`
	Until   clock.Instant `query:"until"`
	Before  int64         `query:"before" doc:"cursor: next of the page before"`
	Limit   int           `query:"limit"`
}

// CheckpointShown is a signed checkpoint of the journal.
type CheckpointShown struct {
	Size       int64        `json:"size"`
	Root       journal.Hash `json:"root"`
	Checkpoint string       `json:"checkpoint" doc:"signed note (C2SP tlog-checkpoint)"`
	Key        string       `json:"key" doc:"public key of the log"`
}

func refOf(kind decision.Kind, id string) journal.Ref { return journal.Ref{Kind: string(kind), ID: id} }

// visible tells whether somebody may see an entry: customs what concerns their
// areas and posts, the trade what concerns its own papers. Who of customs looked
// at something is for customs alone.
func visible(c func(party.Action, party.Object) error, p *identity.Principal, e *journal.Entry) (bool, error) {
	o := party.Object{Kind: "journal", ID: e.ID, Area: e.Area}
	if len(e.Subject) > 0 {
		o.Kind = e.Subject[0].Kind
	}
	if o.Area == "" && e.Office != "" {
		o.Area = areaOf(e.Office)
	}
	if !p.Staff() {
		if strings.HasPrefix(e.Type, "access.") || e.Enterprise == "" {
			return false, nil
		}
		o.Parties = []string{e.Enterprise}
	}
	err := c(party.View, o)
	if fault.All(err) != nil {
		return false, nil
	}
	return err == nil, err
}

// withheld are the members of an entry's body that customs keep to themselves.
var withheld = []string{"score", "draw", "hits", "selected", "instructions", "rule", "rules"}

// forReader gives an entry as p may read it, and whether anything was taken out.
func forReader(p *identity.Principal, e journal.Entry) (journal.Entry, bool) {
	if p.Staff() {
		return e, false
	}
	var body map[string]json.RawMessage
	cut := false
	if json.Unmarshal(e.Body, &body) == nil {
		for _, name := range withheld {
			if _, there := body[name]; there {
				delete(body, name)
				cut = true
			}
		}
		if cut {
			if raw, err := json.Marshal(body); err == nil {
				e.Body = raw
			}
		}
	}
	if cut {
		e.Why.Rule = ""
	}
	return e, cut
}

// explore gives a page of the journal as the caller may see it.
func (c *call) explore(f store.Filter) (entryPage, error) {
	out := entryPage{Items: []journal.Entry{}}
	found, err := c.s.store.Explore(c.ctx(), f)
	if err != nil {
		return out, err
	}
	out.Next = found.Next
	for _, e := range found.Entries {
		ok, err := visible(c.may, c.who, &e.Entry)
		if err != nil {
			return out, err
		}
		if ok {
			shown, _ := forReader(c.who, e.Entry)
			out.Items = append(out.Items, shown)
		}
	}
	return out, nil
}

func (c *call) entry(id string) (*store.Stored, error) {
	e, err := c.s.store.Entry(c.ctx(), id)
	if err != nil {
		if fault.Is(err, "STORE-ABSENT-01") {
			err = party.Absent("entry", id)
		}
		return nil, err
	}
	ok, err := visible(c.may, c.who, &e.Entry)
	if err == nil && !ok {
		err = party.Absent("entry", id)
	}
	return e, err
}

func (s *Server) journalRoutes() {
	add(s, route{id: "search-journal", method: http.MethodGet, path: "/api/v1/journal", tag: "journal", summary: "What happened, newest first"},
		func(c *call, in *journalQuery) (entryPage, error) {
			f := store.Filter{Actor: in.Actor, From: in.From, Until: in.Until, Before: in.Before, Limit: in.Limit}
			if in.Type != "" {
				f.Types = strings.Split(in.Type, ",")
			}
			if in.Subject != "" {
				kind, id, ok := strings.Cut(in.Subject, "/")
				if !ok || id == "" {
					return entryPage{}, fault.New(fault.Invalid, "HTTP-PARAM-01", "", "“{value}” is no value of parameter “{name}”", "write {wanted}",
						"value", clip(in.Subject), "name", "subject", "wanted", "kind/id")
				}
				f.Subject = journal.Ref{Kind: kind, ID: id}
			} else if !c.who.Staff() {
				f.Subject = journal.Ref{Kind: "enterprise", ID: c.who.Actor.Enterprise}
			}
			return c.explore(f)
		})
	add(s, route{id: "get-checkpoint", method: http.MethodGet, path: "/api/v1/journal/checkpoint", tag: "journal", open: true, summary: "The newest signed checkpoint and the public key; open to everybody"},
		func(c *call, _ *struct{}) (CheckpointShown, error) {
			last, err := s.store.LastCheckpoint(c.ctx())
			if err == nil && last.Size == 0 {
				err = fault.New(fault.NotFound, "HTTP-CHECKPOINT-01", "", "nothing is sealed yet", "ask again in a minute")
			}
			return CheckpointShown{last.Size, last.Root, last.Note, s.LogKey}, err
		})
	add(s, route{id: "get-status", method: http.MethodGet, path: "/api/v1/status", tag: "system", open: true, summary: "How the house is, as a light; open to everybody"},
		func(c *call, _ *struct{}) (store.Condition, error) { return s.store.Condition(c.ctx()), nil })
	add(s, route{id: "get-consistency", method: http.MethodGet, path: "/api/v1/journal/consistency", tag: "journal", open: true, summary: "Proof that the log of one checkpoint goes on in that of a later one"},
		func(c *call, in *struct {
			Older int64 `query:"older" required:"true" doc:"size of the older checkpoint"`
			Newer int64 `query:"newer" doc:"size of the newer one; the newest when not given"`
		},
		) (journal.ConsistencyProof, error) {
			return s.consistency(c, in.Older, in.Newer)
		})
	add(s, route{id: "get-entry", method: http.MethodGet, path: "/api/v1/journal/{id}", tag: "journal", summary: "One entry"},
		func(c *call, in *byDocument) (journal.Entry, error) {
			e, err := c.entry(in.ID)
			if err != nil {
				return journal.Entry{}, err
			}
			shown, _ := forReader(c.who, e.Entry)
			return shown, nil
		})
	add(s, route{id: "get-receipt", method: http.MethodGet, path: "/api/v1/journal/{id}/receipt", tag: "journal", summary: "Proof that an entry is in the log; check it with “seine verify”"},
		func(c *call, in *byDocument) (journal.Receipt, error) {
			e, err := c.entry(in.ID)
			if err != nil {
				return journal.Receipt{}, err
			}
			if _, cut := forReader(c.who, e.Entry); cut {
				return journal.Receipt{}, fault.New(fault.Forbidden, "HTTP-RECEIPT-01", "", "this entry holds what only customs may see, and a receipt proves the whole of it", "ask the office for it in the case at hand")
			}
			c.w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="receipt-%s.json"`, e.ID))
			return s.store.Receipt(c.ctx(), e.ID, s.LogKey)
		})
	s.eventRoutes()
}

// consistency proves that one checkpoint goes on in another. Fault:
// HTTP-CHECKPOINT-02 (no checkpoint of that size).
func (s *Server) consistency(c *call, older, newer int64) (journal.ConsistencyProof, error) {
	p := journal.ConsistencyProof{Format: journal.ConsistencyFormat, Key: s.LogKey, Proof: []journal.Hash{}}
	at := func(size int64) (store.Sealed, error) {
		found, err := s.store.Checkpoints(c.ctx(), size-1, 1)
		if err == nil && (len(found) == 0 || found[0].Size != size) {
			err = fault.New(fault.NotFound, "HTTP-CHECKPOINT-02", "", "there is no checkpoint of {size} entries", "give the size of a checkpoint that was issued", "size", size)
		}
		if err != nil {
			return store.Sealed{}, err
		}
		return found[0], nil
	}
	before, err := at(older)
	if err != nil {
		return p, err
	}
	after, err := s.store.LastCheckpoint(c.ctx())
	if err == nil && newer != 0 {
		after, err = at(newer)
	}
	if err != nil {
		return p, err
	}
	p.Older, p.Newer = before.Note, after.Note
	proof, err := journal.Consistency(s.store.Nodes(c.ctx()), uint64(max(before.Size, 0)), uint64(max(after.Size, 0)))
	if proof != nil {
		p.Proof = proof
	}
	return p, err
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
