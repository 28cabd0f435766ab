package httpapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"

	"seine/internal/clock"
	"seine/internal/dossier"
	"seine/internal/draft"
	"seine/internal/party"
	"seine/internal/store"
)

// DraftKept is a draft as it is kept: values by the pointer of their element.
type DraftKept struct {
	Form   string            `json:"form,omitempty" enum:"declare" doc:"which form it is; declare, the form of a declaration, when not given"`
	Title  string            `json:"title,omitempty" doc:"what its owner knows it by, at most 80 characters"`
	Lines  int               `json:"lines,omitempty" doc:"goods lines of the form, at most 50"`
	Values map[string]string `json:"values,omitempty" doc:"as entered, by the pointer of the element: /lines/0/name"`
}

// DraftLine is a draft in the list of its owner.
type DraftLine struct {
	ID      string        `json:"id"`
	Form    string        `json:"form"`
	Title   string        `json:"title,omitempty"`
	Lines   int           `json:"lines,omitempty"`
	Saved   clock.Instant `json:"saved"`
	Expires clock.Instant `json:"expires" doc:"when it is forgotten unless it is kept again"`
}

// DraftShown is one draft with what stands in it.
type DraftShown struct {
	DraftLine
	Values map[string]string `json:"values,omitempty"`
}

func lineOf(d *draft.Draft) DraftLine {
	return DraftLine{d.ID, d.Form, d.Title, d.Lines, d.Saved, d.Expires}
}

// draftLimit is how large the body of a draft may be: what the room allows, and
// what writing it as JSON adds.
const draftLimit = 4 * draft.Size

func (s *Server) draftRoutes() {
	if s.Drafts == nil {
		return
	}
	add(s, route{id: "list-drafts", method: http.MethodGet, path: "/api/v1/drafts", tag: "declarations", summary: "Your own unfinished forms, the last kept first; at most ten"},
		func(c *call, _ *none) (page[DraftLine], error) {
			out := page[DraftLine]{Items: []DraftLine{}}
			list, err := c.drafts()
			for _, d := range list {
				out.Items = append(out.Items, lineOf(d))
			}
			return out, err
		})
	add(s, route{id: "get-draft", method: http.MethodGet, path: "/api/v1/drafts/{id}", tag: "declarations", summary: "One of your own unfinished forms"},
		func(c *call, in *byDraft) (DraftShown, error) {
			d, err := c.draft(in.ID)
			if err != nil {
				return DraftShown{}, err
			}
			return DraftShown{lineOf(d), d.Values}, nil
		})
	add(s, route{id: "keep-draft", method: http.MethodPost, path: "/api/v1/drafts", tag: "declarations", status: http.StatusCreated, limit: draftLimit, summary: "Keep an unfinished form; it has no effect"},
		func(c *call, in *struct{ Body DraftKept }) (draft.Reply, error) {
			return c.keepDraft("", &in.Body)
		})
	add(s, route{id: "replace-draft", method: http.MethodPut, path: "/api/v1/drafts/{id}", tag: "declarations", limit: draftLimit, summary: "Keep the form again as it is now"},
		func(c *call, in *struct {
			byDraft
			Body DraftKept
		},
		) (draft.Reply, error) {
			if _, err := c.draft(in.ID); err != nil {
				return draft.Reply{}, err
			}
			return c.keepDraft(in.ID, &in.Body)
		})
	add(s, route{id: "discard-draft", method: http.MethodDelete, path: "/api/v1/drafts/{id}", tag: "declarations", summary: "Forget an unfinished form"},
		func(c *call, in *byDraft) (none, error) {
			err := c.mayDraft()
			if err == nil {
				_, err = s.Drafts.Discard(c.ctx(), c.command("draft.discard/"+in.ID), c.who.Actor, in.ID)
			}
			return none{}, err
		})
}

// byDraft is how a draft is named.
type byDraft struct {
	ID string `path:"id" doc:"id of the draft"`
}

// mayDraft asks for the right to lodge what is drafted.
func (c *call) mayDraft() error {
	return c.may(party.Lodge, party.Object{Kind: string(dossier.Declaration), ID: "new", Parties: []string{c.who.Actor.Enterprise}})
}

// drafts gives those of the caller, the last kept first.
func (c *call) drafts() ([]*draft.Draft, error) {
	if err := c.mayDraft(); err != nil {
		return nil, err
	}
	found, err := c.s.store.List(c.ctx(), dossier.Draft, store.Query{Where: map[string][]string{"owner": {c.who.Actor.ID}}, Limit: draft.Most})
	if err != nil {
		return nil, err
	}
	var list []*draft.Draft
	for _, item := range found.Items {
		d := &draft.Draft{}
		if err := json.Unmarshal(item.Body, d); err != nil {
			return nil, err
		}
		if d.Belongs(c.who.Actor, c.now) {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b *draft.Draft) int { return cmp.Compare(b.Saved, a.Saved) })
	return list, nil
}

// draft gives one of the caller's; any other is not there.
func (c *call) draft(id string) (*draft.Draft, error) {
	list, err := c.drafts()
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if d.ID == id {
			return d, nil
		}
	}
	return nil, party.Absent(string(dossier.Draft), id)
}

func (c *call) keepDraft(id string, body *DraftKept) (kept draft.Reply, err error) {
	if err := c.mayDraft(); err != nil {
		return kept, err
	}
	form := draft.Draft{ID: id, Form: cmp.Or(body.Form, draft.Declaration), Title: body.Title, Lines: body.Lines, Values: body.Values}
	receipt, err := c.s.Drafts.Keep(c.ctx(), c.command("draft.keep/"+id), c.who.Actor, form)
	if _, err = c.replied(receipt, err); err == nil {
		err = json.Unmarshal(receipt.Reply, &kept)
	}
	return kept, err
}
